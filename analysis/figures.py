"""
The published figures: one function each, without arguments, that loads, computes, draws and returns a Figure.

`write` is the only place that writes figures; `differences` compares them with those on disk, byte for byte. The
functions in `__all__` are the figures; a new one needs no other registration.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
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
AFTERNOON_TURNOUT = "2020-10-04T14:00+06:00"  # the last report of that day by region
LAST_FULL_COUNT = "preliminary_2020-10-05T11:00"
PROJECTED = "preliminary_2020-10-05T08:49"
FIRST_DAY, LAST_DAY = pd.Timestamp("2020-10-04"), pd.Timestamp("2020-10-16")
LANES = ["Protests", "Riots", "Violence against civilians", "Strategic developments"]
STAGES = {
    "preliminary_2020-10-04_38.8pct": "Electronic\n4 Oct, evening\n39% of stations",
    LAST_FULL_COUNT: "Electronic\n5 Oct, 11:00\n98%",
    "manual_2020-10-05T11:00": "Manual\n5 Oct, 11:00\n63%",
    "precincts_machine_2020-10-12": "Machine, by station\n12 Oct\n97%",
    "precincts_manual_2020-10-23": "Hand, by station\n23 Oct\n97%",
}
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
    "Media, international and rights groups": ["media", "international", "rights_group", "opposition"],
}


def timeline() -> Figure:
    """Events by type, crowd sizes and the injured, hour by hour, 4 to 16 October 2020."""
    period = load_events(start=FIRST_DAY, end=LAST_DAY)
    reports = load_casualties(episode=EPISODE)
    toll = casualties.running_maximum(reports, issuing_body=MINISTRY, location="Bishkek")
    turns = period.dropna(subset="turning_point").sort_values(["date", "event_id"])
    end = LAST_DAY + pd.Timedelta(days=1)
    per_day = period["date"].value_counts()
    shown = toll[charts.wall(toll["reported_at"], ZONE) <= end]
    with style.style():
        figure = style.blank(9.6)
        style.headline(
            figure,
            f"{per_day.max()} of {len(period)} events fell on one day, {per_day.idxmax():%-d %B 2020}",
            "Kyrgyzstan, 4 to 16 October 2020, Bishkek time. One box per event: filled where the hour is known, hollow\n"
            "where only the day is (placed anywhere in that day).",
            f"{credit(period, 'events')}\n{credit(reports, 'casualties')}",
        )
        left, width = 0.95, 7.35
        labels = style.axes(figure, left, 7.05, width, 1.35)
        units_ax = style.axes(figure, left, 3.85, width, 3.1)
        crowd_ax = style.axes(figure, left, 2.35, width, 1.3)
        toll_ax = style.axes(figure, left, 0.98, width, 1.15)
        for ax in (labels, units_ax, crowd_ax, toll_ax):
            charts.day_axis(ax, FIRST_DAY, end, named=ax in (units_ax, toll_ax))
        charts.draw_event_units(units_ax, events.slots(period), events.SLOT_HOURS, LANES)
        charts.draw_turning_points(labels, turns)
        charts.draw_crowds(crowd_ax, events.crowds(period))
        charts.name_lane(crowd_ax, "Crowd sizes\nas reported,\npersons")
        charts.draw_steps(toll_ax, toll, end, ZONE)
        charts.name_lane(toll_ax, f"Injured,\nhighest official\ncount so far:\n{int(shown['value'].iloc[-1]):,}")
        toll_ax.set_ylim(0, 1500)
        toll_ax.set_yticks([0, 500, 1000], ["0", "500", "1,000"])
        toll_ax.grid(axis="y")
    return figure


def where() -> Figure:
    """Gatherings and seized places by region, and the seized places of central Bishkek."""
    period = load_events(start=FIRST_DAY, end=LAST_DAY)
    counts = events.by_region(period)
    taken = events.seized(period)
    mapped = (taken["region"] == "KG-GB") & (taken["geo_precision"] == 1)
    clock = taken["time_local"].map(lambda time: f", {time}", na_action="ignore").fillna("")
    centre = taken.assign(said=taken["location"] + "\n" + taken["date"].map(_day) + clock)[mapped]
    said = taken[~mapped].groupby("region")["target"].agg(", ".join).to_dict()
    if "KG-GB" in said:
        said["KG-GB"] = f"Map below; also {said['KG-GB']}"
    names = load_table("turnout").drop_duplicates("region").set_index("region")["region_name"].to_dict()
    first = taken["date"].value_counts()
    capital, mines = int((taken["region"] == "KG-GB").sum()), int((taken["kind"] == "mine").sum())
    with style.style():
        figure = style.blank(10.0)
        style.headline(
            figure,
            f"{'All' if first.max() == len(taken) else f'{first.max()} of'} {len(taken)} seizures came on {_day(first.idxmax())}: "
            f"{capital} in Bishkek, {mines} mines, {len(taken) - capital - mines} elsewhere",
            "Kyrgyzstan, 4 to 16 October 2020. Each mark is one event. Few local sources reach Naryn, Batken and Issyk-Kul,\n"
            "so few marks there do not mean calm.",
            f"{credit(period, 'events')}\nTiles stand roughly where the regions lie. Attempts that failed are not shown.",
        )
        grid = style.axes(figure, 0.31, 3.6, 9.38, 5.15)
        charts.draw_region_tiles(grid, counts, said, TILES, names)
        charts.draw_mark_key(grid, 7.3, -2.0)
        inset = style.axes(figure, 0.35, 0.8, 9.3, 2.45)
        inset.set_title("Seized in central Bishkek", pad=8)
        left = ("Bishkek City Hall", "Dostuk hotel", "State Committee for National Security")
        charts.draw_places(inset, centre, dict.fromkeys(left, "left"))
        charts.draw_distance(inset)
    return figure


def injured_as_reported() -> Figure:
    """Every statement of the number of injured, when it was said, by whom and in which words."""
    episode = load_casualties(episode=EPISODE)
    total = {"measure": "injured", "population": "all", "scope": "cumulative", "location": "Bishkek"}
    reports = episode[(episode[list(total)] == pd.Series(total)).all(axis=1)]
    groups = dict(zip(ISSUERS, (style.VERMILION, style.BLUE, style.GREEN), strict=True))
    colours = {kind: groups[group] for group, kinds in ISSUERS.items() for kind in kinds}
    curve = casualties.running_maximum(reports, issuing_body=MINISTRY, location="Bishkek")
    start, end = pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-11")
    said = charts.wall(curve["reported_at"], ZONE)
    days = (said.iloc[-1].normalize() - said.iloc[0].normalize()).days
    with style.style():
        figure = style.blank(7.4)
        style.headline(
            figure,
            f"From {int(curve['value'].iloc[0])} injured to {int(curve['value'].iloc[-1]):,} in {days} days, with stale figures all the way",
            "Every statement of the number of people hurt in Bishkek, by the hour it was published, Bishkek time. A bar across a\n"
            "day means that only the day is known.",
            f"{credit(reports, 'casualties')}\nInjured: people who asked doctors for help, police included. "
            "Line: highest exact count of the health ministry so far.",
        )
        ax = style.axes(figure, 0.95, 1.05, 8.7, 4.95)
        charts.day_axis(ax, start, end)
        charts.draw_steps(ax, curve, end, ZONE, colour="#E8B79B")
        charts.draw_reports(ax, reports, colours, start, end, ZONE)
        ax.set_ylim(0, 1400)
        ax.set_yticks(range(0, 1401, 200), [f"{tick:,}" for tick in range(0, 1401, 200)])
        ax.set_ylabel("Persons")
        for moment, value in zip(said, curve["value"], strict=True):
            if moment > end:
                text = f"{value:,} on {_day(moment)} \N{RIGHTWARDS ARROW}"
                style.label(ax, end, 1300, text, ha="right", weight="bold", color=style.VERMILION)
            elif value > 100:
                style.label(ax, moment, value + 42, f"{value:,}", ha="right", weight="bold", color=style.VERMILION)
        charts.draw_group_key(ax, groups, 0.015, 0.965)
        charts.draw_wording_key(ax, set(reports["qualifier"]), 0.015, 0.77)
    return figure


def vote() -> Figure:
    """Votes by party against the 7 per cent bar, projected seats and wasted votes."""
    rules = load_elections(election=ELECTION).iloc[0]
    bar = rules["threshold_pct"]
    count = load_results(election=ELECTION, stage=LAST_FULL_COUNT, level="national")
    result = elections.outcome(count, bar, base=rules["ballots_cast"])
    seats = load_results(election=ELECTION, stage=PROJECTED).set_index("contestant")["seats"]
    stance = count.set_index("contestant")["alignment"]
    nearest = result[~result["passed"] & ~result["is_option"]].iloc[0]
    notes = {party: f"{number} seats" for party, number in seats.items()}
    notes[nearest.name] = f"{int(nearest['short']):,} votes short"
    close = int(seats[stance.reindex(seats.index) == "pro_government"].sum())
    wasted_pct = result["wasted"].sum() / rules["ballots_cast"]
    stances = {"Close to the government": "pro_government", "Opposition": "opposition", "Stance not clear": "unknown"}
    with style.style():
        figure = style.blank(7.9)
        style.headline(
            figure,
            f"{result['passed'].sum()} of {(~result['is_option']).sum()} parties cleared the bar; {wasted_pct:.0%} of ballots went to the others",
            f"Electronic count of 98% of stations, 5 October 2020, 11:00. Seats as projected then, {close} of {rules['seats_total']} for parties close to\n"
            "the government. The result was annulled on 6 October and nobody took a seat.",
            f"{credit(count, 'results')}\nThe bar counts {bar:g}% of all voters who took part; parties also needed 0.7% in each "
            "of nine regions. 'Against all' wins no seats.",
        )
        ax = style.axes(figure, 1.95, 1.2, 7.6, 5.4)
        colours = stance.map(style.ALIGNMENT_COLOURS).to_dict()
        charts.draw_outcome(ax, result, colours, bar, notes)
        ax.set_xlabel("Share of ballots, %")
        style.label(ax, bar + 0.2, -0.25, f"{bar:g}% bar", size=10)
        charts.draw_group_key(ax, {name: style.ALIGNMENT_COLOURS[kind] for name, kind in stances.items()}, 0.6, 0.4)
    return figure


def count_stages() -> Figure:
    """Shares of the leading parties across the stages of the count, electronic to manual."""
    rules = load_elections(election=ELECTION).iloc[0]
    results = load_results(election=ELECTION, level="national")
    used = results[results["stage"].isin(STAGES)]
    valid_pct = 100 * rules["valid_votes"] / rules["ballots_cast"]
    shares = elections.stage_shares(used, list(STAGES), valid_pct).drop(index="Against all")
    leading = shares[shares.max(axis=1) >= rules["threshold_pct"]].sort_values(LAST_FULL_COUNT, ascending=False)
    passing = sorted(set((shares >= rules["threshold_pct"]).sum()))
    with style.style():
        figure = style.blank(7.2)
        style.headline(
            figure,
            f"{', '.join(map(str, passing[:-1]))} or {passing[-1]} parties over the bar, depending on the count you read",
            "Share of ballots by stage of the count, every party that was over 7% at some stage. Partial counts are not samples:\n"
            "the stations that report first differ from the rest.",
            f"{credit(used, 'results')}\nStation files give valid votes; shares of ballots assume {valid_pct:.1f}% of ballots "
            "valid, as on 5 October. That they are machine and hand count is inferred.",
        )
        ax = style.axes(figure, 1.05, 1.55, 6.5, 4.45)
        charts.draw_stages(ax, leading, list(STAGES.values()), rules["threshold_pct"], PARTY_COLOURS)
        ax.set_yticks([0, 10, 15, 20, 25], ["0", "10", "15", "20", "25%"])
    return figure


def form2() -> Figure:
    """Voters gained and lost by each region through Form 2, and party shares where many had moved."""
    here = load_turnout(election=ELECTION, level="region")
    here = here[here["reported_at"] == pd.Timestamp(AFTERNOON_TURNOUT)]
    home = load_turnout(election="KGZ-2021-04-11-REF", level="region")
    net = elections.net_movement(here, home)
    table = load_table("form2")
    moved_in = table[table["reconstructed"] & (table["level"] == "region")].set_index("region")["voters"].to_dict()
    names = here.set_index("region")["region_name"].to_dict()
    bands = load_table("station_bands")
    shares = elections.band_shares(bands).drop(columns="Against all")
    shares = shares[shares.mean().nlargest(6).index]
    stations = bands.drop_duplicates(["region", "form2_band"]).groupby("form2_band")["stations"].sum()
    gained = net[net["net_low"] > 0]
    with style.style():
        figure = style.blank(7.0)
        style.headline(
            figure,
            f"Address changes moved {gained['net_best'].sum() / 1000:.0f},000 voters, net, into {' and '.join(names[region] for region in gained.index)}",
            "Left: net change of each region's voter list in October 2020; diamonds: voters who moved in by Form 2.\n"
            "Right: shares of the six largest parties by how many of a station's voters had moved in.",
            f"{credit(pd.concat([here, home]), 'turnout')}\nNet: list implied by published turnout, against April 2021 when Form 2 was gone, at equal totals; "
            "whiskers: rounding of the turnout.\nMoved in, and right: Kloop's station files, reconstructed where ratios were published. "
            "Movers did not choose stations at random.",
        )
        left = style.axes(figure, 1.25, 1.65, 3.75, 4.0)
        charts.draw_net_movement(left, net, moved_in, names)
        right = style.axes(figure, 5.75, 1.65, 2.1, 4.0)
        said = [f"{band.replace('25-100', '25+')}\n({stations[band]:,})" for band in shares.index]
        charts.draw_band_shares(right, shares, said, PARTY_COLOURS)
        right.set_xlabel("Moved in, % of list (stations)")
    return figure


def fingerprint() -> Figure:
    """Turnout against the share of the leading party, by number of stations."""
    grid = load_table("station_grid")
    leader = grid["contestant"].iloc[0]
    turnout = load_elections(election=ELECTION).iloc[0]["turnout_pct"]
    strongholds = grid[grid["share_pct_low"] >= 80]
    ordinary = strongholds[strongholds["turnout_pct_low"] < 74]["stations"].sum()
    with style.style():
        figure = style.blank(8.4)
        style.headline(
            figure,
            f"{strongholds['stations'].sum()} stations gave {leader} 80% or more, {ordinary} of them at ordinary turnout",
            f"{grid['stations'].sum():,} stations of 4 October 2020 by turnout and by the share of {leader}, the leading party, in cells of two\n"
            "points. Stuffed boxes pull stations towards the upper right corner; ordinary here is a turnout below 74%.",
            f"{credit(grid, 'station_grid')}\nTurnout is reconstructed from published ratios; stations for which that failed are "
            "missing. A picture, not a test: strongholds look alike.",
        )
        ax = style.axes(figure, 0.95, 1.2, 8.0, 5.75)
        charts.draw_station_grid(ax, grid)
        ax.set_ylabel(f"Share of {leader}, % of valid votes")
        ax.axvline(turnout, color=style.SOFT, linewidth=1, linestyle=(0, (4, 2)))
        style.label(ax, turnout, 102, f"national turnout {turnout:.1f}%", size=10, ha="center")
    return figure


def _day(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%B}"


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
