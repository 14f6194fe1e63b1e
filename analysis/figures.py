"""
The published figures: one function each, without arguments, that loads, computes, draws and returns a Figure.

`write` is the only place that writes figures; `differences` compares them with those on disk, byte for byte. The
functions in `__all__` are the figures; a new one needs no other registration.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from analysis import casualties, charts, elections, events
from analysis.charts import style
from analysis.citing import credit
from analysis.tables import load_casualties, load_elections, load_events, load_results, load_table, load_turnout
from analysis.writing import write_whole

__all__ = ["count_stages", "fingerprint", "form2", "injured_as_reported", "timeline", "vote", "where"]

FORMATS = ("svg", "png", "pdf")
ELECTION = "KGZ-2020-10-04-PARL"
EPISODE = "KGZ-2020-10"
ZONE = "Asia/Bishkek"
MINISTRY = "Ministry of Health"
HOME_LISTS = "KGZ-2021-04-11-REF"  # the next vote with turnout by region, and without Form 2
AFTERNOON_TURNOUT = "2020-10-04T14:00+06:00"  # the last report of that day by region
LAST_FULL_COUNT = "preliminary_2020-10-05T11:00"
PROJECTED = "preliminary_2020-10-05T08:49"
FIRST_DAY, LAST_DAY = pd.Timestamp("2020-10-04"), pd.Timestamp("2020-10-16")
PARTIES_SHOWN = 6
LABEL_LETTERS = 40  # of a place on the map
STRONGHOLD_PCT, HIGH_TURNOUT_PCT = 80, 74  # share and turnout from which `fingerprint` counts stations
STAGES = [
    "preliminary_2020-10-04_38.8pct",
    LAST_FULL_COUNT,
    "precincts_machine_2020-10-12",
    "manual_2020-10-05T11:00",
    "precincts_manual_2020-10-23",
]
COMPLETE_PCT = (97.5, 100.5)  # sum of all shares of a stage, of ballots or of valid votes; a wider miss is unexplained
TILES = {
    "KG-T": (0, 0),
    "KG-C": (0, 1),
    "KG-GB": (0, 2),
    "KG-Y": (0, 3),
    "KG-J": (1, 1),
    "KG-N": (1, 2),
    "KG-B": (2, 0),
    "KG-GO": (2, 1),
    "KG-O": (2, 2),
}
PARTY_COLOURS = {
    "Birimdik": style.VERMILION,
    "Mekenim Kyrgyzstan": style.ORANGE,
    "Kyrgyzstan": style.PURPLE,
    "Butun Kyrgyzstan": style.BLUE,
    "Mekenchil": style.GREEN,
    "Respublika": style.SKY,
}
ISSUERS = {
    "Ministry of Health": ["competent"],
    "Other authorities and doctors": ["authority", "medical"],
    "Media and all others": ["media", "international", "rights_group", "opposition"],
}


def timeline() -> Figure:
    """Events by type, crowd sizes and the injured, hour by hour, 4 to 16 October 2020."""
    period = load_events(start=FIRST_DAY, end=LAST_DAY)
    reports = load_casualties(episode=EPISODE)
    toll = casualties.running_maximum(reports, issuing_body=MINISTRY, location="Bishkek")
    turns = period.dropna(subset="turning_point").sort_values(["date", "event_id"])
    end = LAST_DAY + pd.Timedelta(days=1)
    sure = period[period["date_precision"] == 1]
    per_day = sure["date"].value_counts()
    shown = toll[charts.wall(toll["reported_at"], ZONE) <= end]
    lanes = [kind for kind in style.EVENT_COLOURS if kind in set(period["event_type"])]
    with style.style():
        figure = style.blank(9.6)
        style.headline(
            figure,
            f"{per_day.max()} of {len(period)} recorded events fell on one day, {_day(per_day.idxmax())} 2020",
            f"Kyrgyzstan, {FIRST_DAY.day} to {_day(LAST_DAY)} 2020, Bishkek time. One box per event: filled where the hour is\n"
            f"known, hollow where only the day is (placed anywhere in it); of {len(period) - len(sure)} the day is not certain.",
            f"{credit(period, 'events')}\n{credit(reports, 'casualties')}",
        )
        left, width = 0.95, 7.35
        labels = style.axes(figure, left, 7.05, width, 1.35)
        units_ax = style.axes(figure, left, 3.85, width, 3.1)
        crowd_ax = style.axes(figure, left, 2.35, width, 1.3)
        toll_ax = style.axes(figure, left, 0.98, width, 1.15)
        for ax in (labels, units_ax, crowd_ax, toll_ax):
            charts.day_axis(ax, FIRST_DAY, end, named=ax in (units_ax, toll_ax))
        charts.draw_event_units(units_ax, events.slots(period), events.SLOT_HOURS, lanes)
        charts.draw_turning_points(labels, turns)
        charts.draw_crowds(crowd_ax, events.crowds(period))
        charts.name_lane(crowd_ax, "Crowd: lowest\nto highest report,\ndot: best")
        charts.draw_steps(toll_ax, toll, end, ZONE)
        charts.name_lane(toll_ax, f"Injured,\nhighest official\ncount so far:\n{int(shown['value'].max()):,}")
        toll_ax.set_ylim(0, 1.2 * shown["value"].max())
        toll_ax.set_yticks(range(0, int(shown["value"].max()), 500))
        toll_ax.yaxis.set_major_formatter("{x:,.0f}")
        toll_ax.grid(axis="y")
    return figure


def where() -> Figure:
    """Gatherings and seized places by region, and both in central Bishkek."""
    period = load_events(start=FIRST_DAY, end=LAST_DAY)
    counts = events.by_region(period)
    taken = events.seized(period)
    mapped = (taken["region"] == "KG-GB") & (taken["geo_precision"] == 1)
    clock = taken["time_local"].map(lambda time: f", {time}", na_action="ignore").fillna("")
    short = taken["location"].where(taken["location"].str.len() <= LABEL_LETTERS, taken["target"])
    centre = taken.assign(said=short + "\n" + taken["date"].map(_day) + clock)[mapped]
    crowded = events.gatherings(period).query("region == 'KG-GB' and geo_precision == 1")
    crowded = crowded[~crowded["location"].isin(centre["location"])]
    often = crowded["location"].value_counts().head(2)
    squares = crowded[crowded["location"].isin(often.index)].drop_duplicates("location")
    squares = squares.assign(target=squares["location"], said=_gathered(squares["location"], often))
    said = taken[~mapped].groupby("region")["target"].agg(", ".join).to_dict()
    if "KG-GB" in said:
        said["KG-GB"] = f"Map below; also {said['KG-GB']}"
    turnout = load_table("turnout").drop_duplicates("region").set_index("region")["region_name"].to_dict()
    coverage = load_table("coverage").query("table == 'events' and completeness == 'thin'")
    thin = sorted(turnout[region] for region in coverage["region"])
    per_day = taken["date"].value_counts()
    capital, mines = int((taken["region"] == "KG-GB").sum()), int((taken["kind"] == "mine").sum())
    all_of_them = per_day.max() == len(taken)
    with style.style():
        figure = style.blank(9.95)
        style.headline(
            figure,
            f"{'All' if all_of_them else f'{per_day.max()} of'} {len(taken)} recorded seizures came on {_day(per_day.idxmax())}: "
            f"{capital} in Bishkek, {mines} mines",
            f"Kyrgyzstan, {FIRST_DAY.day} to {_day(LAST_DAY)} 2020. Each mark is one event. Few local sources reach {_listed(thin)},\n"
            "so few marks there do not mean calm.",
            f"{credit(period, 'events')}\nTiles stand roughly where the regions lie. Attempts that failed are not shown.",
        )
        grid = style.axes(figure, 0.31, 3.5, 9.38, 5.2)
        charts.draw_region_tiles(grid, counts, said, TILES, turnout)
        charts.draw_mark_key(grid, 7.3, -2.0)
        inset = style.axes(figure, 0.35, 0.8, 9.3, 2.35)
        inset.set_title("Central Bishkek: seized buildings, and where crowds gathered", pad=8)
        sides = {"OTRK": "above", "White House": "left", "Bishkek City Hall": "below", "Dostuk hotel": "left"}
        charts.draw_places(inset, centre, sides)
        charts.draw_places(inset, squares, {"Government House, Old Square": "left"}, marked=False)
        charts.draw_distance(inset)
    return figure


def injured_as_reported() -> Figure:
    """Every running total of the injured, when it was said, by whom and in which words."""
    episode = load_casualties(episode=EPISODE)
    injured = episode[episode["measure"] == "injured"]
    total = {"population": "all", "scope": "cumulative", "location": "Bishkek"}
    reports = injured[(injured[list(total)] == pd.Series(total)).all(axis=1)]
    groups = dict(zip(ISSUERS, (style.VERMILION, style.BLUE, style.GREEN), strict=True))
    colours = {kind: groups[group] for group, kinds in ISSUERS.items() for kind in kinds}
    curve = casualties.running_maximum(reports, issuing_body=MINISTRY, location="Bishkek")
    start, end = pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-11")
    said = charts.wall(curve["reported_at"], ZONE)
    days = (said.iloc[-1].normalize() - said.iloc[0].normalize()).days
    top = 200 * (curve["value"].max() // 200 + 1)
    with style.style():
        figure = style.blank(7.4)
        style.headline(
            figure,
            f"From {int(curve['value'].iloc[0])} injured to {int(curve['value'].iloc[-1]):,} in {days} days, with stale figures all the way",
            "Every running total of people hurt in Bishkek, by the hour it was published, Bishkek time. A bar across a day\n"
            f"means that only the day is known. {len(injured) - len(reports)} partial counts (police alone, single hospitals, additions) are not drawn.",
            f"{credit(reports, 'casualties')}\nInjured: people who asked doctors for help, police included. "
            "Line: highest exact count of the health ministry so far.",
        )
        ax = style.axes(figure, 0.95, 1.05, 8.7, 4.95)
        charts.day_axis(ax, start, end)
        charts.draw_steps(ax, curve, end, ZONE, colour="#E8B79B")
        charts.draw_reports(ax, reports, colours, start, end, ZONE)
        ax.set_ylim(0, top)
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.set_ylabel("Persons")
        for moment, value in zip(said, curve["value"], strict=True):
            text, place = f"{value:,}", (moment, value + 0.03 * top)
            if moment > end:
                text, place = f"{value:,} on {_day(moment)} \N{RIGHTWARDS ARROW}", (end, value + 0.03 * top)
            if value > 0.1 * top:
                style.label(ax, *place, text, ha="right", weight="bold", color=style.VERMILION)
        charts.draw_group_key(ax, groups, 0.015, 0.965)
        charts.draw_wording_key(ax, set(reports["qualifier"]), 0.015, 0.77)
    return figure


def vote() -> Figure:
    """Votes by party against the 7 per cent bar, projected seats and wasted votes."""
    rules = load_elections(election=ELECTION).iloc[0]
    bar = rules["threshold_pct"]
    count = load_results(election=ELECTION, stage=LAST_FULL_COUNT, level="national")
    result = elections.outcome(count, bar, base=rules["ballots_cast"])
    projected = load_results(election=ELECTION, stage=PROJECTED)
    seats = projected.set_index("contestant")["seats"]
    stance = count.set_index("contestant")["alignment"]
    below = result[~result["passed"] & ~result["is_option"]]
    notes = {party: f"{number} seats" for party, number in seats.items()}
    notes |= {party: f"{int(row['short']):,} votes short" for party, row in below.head(1).iterrows()}
    close = int(seats[stance.reindex(seats.index) == "pro_government"].sum())
    wasted = int(result["wasted"].sum())
    annulled = load_events().query("action == 'annulment'")["date"].min()
    at = count["reported_at"].iloc[0]
    stances = {"Close to the government": "pro_government", "Opposition": "opposition", "Stance not clear": "unknown"}
    with style.style():
        figure = style.blank(7.9)
        style.headline(
            figure,
            f"{result['passed'].sum()} of {(~result['is_option']).sum()} parties cleared the national bar; "
            f"{wasted / rules['ballots_cast']:.0%} of ballots went to the others",
            f"Electronic count of {count['counted_pct'].iloc[0]:.0f}% of stations, {_day(at)} {at:%Y, %H:%M}, and the seats projected from it: {close} of {rules['seats_total']} for parties\n"
            f"close to the government. The result was annulled on {_day(annulled)} and nobody took a seat.",
            f"{credit(pd.concat([count, projected]), 'results', most=5)}\nThe bar counts {bar:g}% of all voters who took part; parties also needed a "
            "minimum in every region. 'Against all' wins no seats.",
        )
        ax = style.axes(figure, 1.95, 1.2, 7.6, 5.4)
        colours = stance.map(style.ALIGNMENT_COLOURS).to_dict()
        charts.draw_outcome(ax, result, colours, bar, notes)
        ax.set_xlabel("Share of ballots, %")
        style.label(ax, bar + 0.2, -0.25, f"{bar:g}% bar", size=10)
        if len(below):
            rows = len(result) - 1 - result.index.get_indexer(below.index)
            charts.draw_bracket(
                ax, 15.5, rows.min(), rows.max(), f"{wasted:,} votes\nfor parties below the bar\ncounted for nothing"
            )
        charts.draw_group_key(ax, {name: style.ALIGNMENT_COLOURS[kind] for name, kind in stances.items()}, 0.66, 0.8)
    return figure


def count_stages() -> Figure:
    """Shares of the leading parties across the stages of the count, electronic to manual."""
    rules = load_elections(election=ELECTION).iloc[0]
    bar = rules["threshold_pct"]
    results = load_results(election=ELECTION, level="national")
    used = results[results["stage"].isin(STAGES)]
    valid_pct = 100 * rules["valid_votes"] / rules["ballots_cast"]
    shares = elections.stage_shares(used, STAGES, valid_pct).drop(index="Against all")
    published = used.groupby("stage")["vote_share_pct"].sum()
    odd = published[~published.between(*COMPLETE_PCT)]
    leading = shares[shares.max(axis=1) >= bar].sort_values(LAST_FULL_COUNT, ascending=False)
    passing = sorted(set((shares.drop(columns=odd.index) >= bar).sum()))
    names = [_stage_name(used[used["stage"] == stage].iloc[0]) for stage in STAGES]
    said = "".join(f" The shares of the first stage add up to {total:.1f}%, unexplained." for total in odd)
    with style.style():
        figure = style.blank(7.2)
        style.headline(
            figure,
            f"{_listed(passing, 'or')} parties over the bar, depending on the count you read",
            f"Share of ballots by stage of the count, every party that was over {bar:g}% at some stage. Partial counts are not\n"
            f"samples: the stations that report first differ from the rest.{said}",
            f"{credit(used, 'results')}\nStation files give valid votes; shares of ballots assume {valid_pct:.1f}% of ballots "
            "valid, as nationally. That they are machine and hand count is inferred.",
        )
        ax = style.axes(figure, 1.05, 1.55, 6.5, 4.45)
        charts.draw_stages(ax, leading, names, bar, PARTY_COLOURS)
        ax.yaxis.set_major_formatter("{x:.0f}%")
    return figure


def form2() -> Figure:
    """Voters gained and lost by each region through Form 2, and party shares where many had moved."""
    here = load_turnout(election=ELECTION, level="region")
    here = here[here["reported_at"] == pd.Timestamp(AFTERNOON_TURNOUT)]
    home = load_turnout(election=HOME_LISTS, level="region")
    net = elections.net_movement(here, home)
    table = load_table("form2")
    moved = table[table["reconstructed"] & (table["level"] == "region")]
    names = here.set_index("region")["region_name"].to_dict()
    bands = load_table("station_bands")
    shares = elections.band_shares(bands).drop(columns="Against all")
    shares = shares[bands.groupby("contestant")["votes_hand"].sum()[shares.columns].nlargest(PARTIES_SHOWN).index]
    stations = bands.drop_duplicates(["region", "form2_band"]).groupby("form2_band")["stations"].sum()
    gained = net[net["net_low"] > 0]
    later = home["reported_at"].iloc[0]
    with style.style():
        figure = style.blank(7.0)
        style.headline(
            figure,
            f"Lists of {_listed([names[region] for region in gained.index])} were {gained['net_best'].sum().round(-3):,.0f} voters longer with Form 2",
            f"Left: voter lists of October 2020 against {later:%B %Y}, when Form 2 was gone, at equal totals; diamonds: voters\n"
            f"who moved in. Right: the {PARTIES_SHOWN} largest parties by how many of a station's voters moved in, at equal regional mix.",
            f"{credit(pd.concat([here, home]), 'turnout')}. {credit(bands, 'station_bands')}\nLists are implied by published turnout; whiskers are its "
            "rounding and leave out every other change of the lists in six months.\nMoved in, and bands: reconstructed from published "
            "ratios. Movers did not choose stations at random, so the right side shows no cause.",
        )
        left = style.axes(figure, 1.25, 1.65, 3.75, 4.0)
        charts.draw_net_movement(left, net, moved.set_index("region")["voters"].to_dict(), names)
        right = style.axes(figure, 5.75, 1.65, 2.1, 4.0)
        said = [f"{band.replace('-100', '+')}\n({stations[band]:,})" for band in shares.index]
        charts.draw_band_shares(right, shares, said, PARTY_COLOURS)
        right.set_xlabel("Moved in, % of list (stations)")
    return figure


def fingerprint() -> Figure:
    """Turnout against the share of the leading party, by number of stations."""
    grid = load_table("station_grid")
    leader = grid["contestant"].iloc[0]
    rules = load_elections(election=ELECTION).iloc[0]
    strong = grid[grid["share_pct_low"] >= STRONGHOLD_PCT]
    high, strong_and_high = (
        frame.loc[frame["turnout_pct_low"] >= HIGH_TURNOUT_PCT, "stations"].sum() for frame in (grid, strong)
    )
    total, strongholds = grid["stations"].sum(), strong["stations"].sum()
    step = int((grid["turnout_pct_high"] - grid["turnout_pct_low"]).iloc[0])
    with style.style():
        figure = style.blank(8.4)
        style.headline(
            figure,
            f"{strongholds} of {total:,} stations gave {leader} {STRONGHOLD_PCT}% or more of the vote",
            f"Stations by turnout and by the share of {leader}, the leading party, in cells of {step} points. Turnout was {HIGH_TURNOUT_PCT}% or more in\n"
            f"{strong_and_high} of the {strongholds} ({strong_and_high / strongholds:.1%}) and in {high} of all {total:,} ({high / total:.1%}).",
            f"{credit(grid, 'station_grid')}\nTurnout is reconstructed from published ratios; {rules['precincts'] - total:,} of {rules['precincts']:,} stations are missing. "
            "A picture, not a test: strongholds and stuffed boxes can look alike.",
        )
        ax = style.axes(figure, 0.95, 1.2, 8.0, 5.75)
        charts.draw_station_grid(ax, grid)
        ax.set_ylabel(f"Share of {leader}, % of valid votes")
        turnout = rules["turnout_pct"]
        ax.axvline(turnout, color=style.SOFT, linewidth=1, linestyle=(0, (4, 2)))
        style.label(ax, turnout, 102, f"national turnout {turnout:.1f}%", size=10, ha="center")
    return figure


def _day(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%B}"


def _listed(words: Sequence[object], last: str = "and") -> str:
    """Join words as a sentence does."""
    *first, final = map(str, words)
    return f"{', '.join(first)} {last} {final}" if first else final


def _gathered(locations: pd.Series, times: pd.Series) -> pd.Series:
    return locations + locations.map(times).map("\n{} gatherings".format)


def _stage_name(row: pd.Series) -> str:
    """Name a count stage by method, moment and share of stations."""
    at = row["reported_at"]
    clock = f", {at:%H:%M}" if row["reported_at_precision"] == "minute" else ""
    detail = "by station" if row["stage"].startswith("precincts") else "in total"
    return f"{row['count_method'].capitalize()}\n{detail}\n{at.day} {at:%b}{clock}\n{row['counted_pct']:.0f}% counted"


# Writing and comparing ------------------------------------------------------------------------------------------------


def names(wanted: list[str] | None = None) -> list[str]:
    """
    List figures, in the order of `__all__`.

    Parameters
    ----------
    wanted : list of str, optional
        Names to check; default: all.

    Raises
    ------
    ValueError
        If a name is not a figure.
    """
    unknown = sorted(set(wanted or []) - set(__all__))
    if unknown:
        raise ValueError(f"no such figure: {', '.join(unknown)}; the figures are {', '.join(__all__)}")
    return list(wanted or __all__)


def render(name: str, format: str = "svg") -> bytes:
    """
    Draw one figure.

    Parameters
    ----------
    name : str
        Name of a figure.
    format : {"svg", "png", "pdf"}

    Returns
    -------
    bytes
        The file. The same tables and library versions give the same bytes.

    Raises
    ------
    ValueError
        If the name or format is not known.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; allowed: {', '.join(FORMATS)}")
    draw: Callable[[], Figure] = globals()[names([name])[0]]
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[format]
    with style.style():
        buffer = io.BytesIO()
        draw().savefig(buffer, format=format, dpi=160, metadata=metadata)
    return buffer.getvalue()


def write(name: str, folder: str | os.PathLike[str], format: str = "svg") -> Path:
    """
    Write one figure, whole or not at all.

    Parameters
    ----------
    name : str
        Name of a figure.
    folder : path
        Made if it does not exist.
    format : {"svg", "png", "pdf"}

    Returns
    -------
    Path
        Of the file, `<name>.<format>`.
    """
    return write_whole(Path(folder) / f"{name}.{format}", render(name, format))


def difference(name: str, folder: str | os.PathLike[str]) -> str | None:
    """
    Compare one figure with its SVG on disk.

    Parameters
    ----------
    name : str
        Name of a figure.
    folder : path
        Where the SVG lies.

    Returns
    -------
    str or None
        What is wrong: missing, drawn by another Matplotlib (then bytes cannot be compared), or different. None if equal.
    """
    path = Path(folder) / f"{name}.svg"
    if not path.is_file():
        return f"{name}: {path} does not exist; run `unrest figures {name}`"
    on_disk = path.read_bytes()
    drawn_by = re.search(rb"Matplotlib v([\w.]+)", on_disk)
    if drawn_by and drawn_by[1].decode() != mpl.__version__:
        return (
            f"{name}: drawn by Matplotlib {drawn_by[1].decode()}, this is {mpl.__version__}; bytes cannot be compared"
        )
    if on_disk != render(name):
        return f"{name}: {path} differs from what the tables give now; run `unrest figures {name}` and look at it"
    return None
