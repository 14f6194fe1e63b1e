"""Figures of the election of October 2020: stages of the count, voters on the move."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from analysis import charts, elections
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.case import ELECTION, LAST_FULL_COUNT, PARTY_COLOURS, listed
from analysis.figures.made import published
from analysis.tables import load_elections, load_results, load_table, load_turnout

HOME_LISTS = "KGZ-2021-04-11-REF"  # the next vote with turnout by region, and without Form 2
AFTERNOON_TURNOUT = "2020-10-04T14:00+06:00"  # the last report of that day by region
PARTIES_SHOWN = 6
STAGES = [
    "preliminary_2020-10-04_38.8pct",
    LAST_FULL_COUNT,
    "precincts_machine_2020-10-12",
    "manual_2020-10-05T11:00",
    "precincts_manual_2020-10-23",
]
COMPLETE_PCT = (97.5, 100.5)  # sum of all shares of a stage, of ballots or of valid votes; a wider miss is unexplained


@published
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
            f"{listed(passing, 'or')} parties over the bar, depending on the count you read",
            f"Share of ballots by stage of the count, every party that was over {bar:g}% at some stage. Partial counts are not\n"
            f"samples: the stations that report first differ from the rest.{said}",
            f"{credit(used, 'results')}\nStation files give valid votes; shares of ballots assume {valid_pct:.1f}% of ballots "
            "valid, as nationally. That they are machine and hand count is inferred.",
        )
        ax = style.axes(figure, 1.05, 1.55, 6.5, 4.45)
        charts.draw_stages(ax, leading, names, bar, PARTY_COLOURS)
        ax.yaxis.set_major_formatter("{x:.0f}%")
    return figure


@published
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
            f"Lists of {listed([names[region] for region in gained.index])} were {gained['net_best'].sum().round(-3):,.0f} voters longer with Form 2",
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


def _stage_name(row: pd.Series) -> str:
    """Name a count stage by method, moment and share of stations."""
    at = row["reported_at"]
    clock = f", {at:%H:%M}" if row["reported_at_precision"] == "minute" else ""
    detail = "by station" if row["stage"].startswith("precincts") else "in total"
    return f"{row['count_method'].capitalize()}\n{detail}\n{at.day} {at:%b}{clock}\n{row['counted_pct']:.0f}% counted"
