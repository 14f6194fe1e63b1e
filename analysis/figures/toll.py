"""Figures of the dead and injured."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import casualties, charts
from analysis.charts import style
from analysis.citing import credit
from analysis.crisis import Crisis
from analysis.figures.case import (
    EPISODE,
    EVENING,
    MEASURES,
    RULES,
    ZONE,
    clock_said,
    crisis_shown,
    day,
    grown,
    span_said,
)
from analysis.figures.made import published
from analysis.tables import load_casualties
from analysis.told import said_count

ISSUERS = {
    "Ministry of Health": ["competent"],
    "Other authorities and doctors": ["authority", "medical"],
    "Media and all others": ["media", "international", "rights_group", "opposition"],
}
SEED = "SEED-VOA"
BY_ISSUER = {
    "Body in charge": (style.VERMILION, ["competent"]),
    "Other authorities and doctors": (style.BLUE, ["authority", "medical"]),
    "Media and all others": (style.GREEN, ["media", "international", "rights_group", "opposition"]),
}
MOST_PANELS = 3
PANEL_IN = 1.9
TITLE_LETTERS = 76
ENDS = ("official", "running_max")
QUOTED = {"killed": "dead", "injured": "injured", "detained": "detained"}
TITLES = {"killed": "Dead", "injured": "Injured"}
EPISODES = {
    "BLR-2020-08": "Belarus 2020",
    "KGZ-2002-03": "Aksy 2002",
    "KGZ-2005-03": "March 2005",
    "KGZ-2010-04": "April 2010",
    "KGZ-2010-06": "June 2010",
    "KGZ-2019-08": "Koi-Tash 2019",
    "KGZ-2020-10": "October 2020",
}
PLACES = {"KGZ-2020-10": "Bishkek", "KGZ-2010-06": "south"}
HOURS = [  # episode, measure, moment
    ("KGZ-2020-10", "injured", "2020-10-05"),
    ("KGZ-2020-10", "injured", "2020-10-10 12:00"),
    ("KGZ-2010-06", "killed", "2010-07-30"),
]


@published
def toll(country: str | None = None, data: str | os.PathLike[str] | None = None, timezone: str | None = None) -> Figure:
    """
    Draw every running total of the dead, the injured and others that was stated, when, in which words and by whom.

    Parameters
    ----------
    country : str, optional
        Name or ISO code; default: that of the worked case, or the one of the events in `data`.
    data : path, optional
        Folder with the tables of your case, as `load_crisis` reads it; default: the bundled tables.
    timezone : str, optional
        Needed where the country has several zones.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If no running total was stated.
    """
    case = crisis_shown(country, data, timezone=timezone)
    totals = case.casualties[case.casualties["scope"] == "cumulative"]
    measures = [measure for measure in MEASURES if (totals["measure"] == measure).any()][:MOST_PANELS]
    if not measures:
        raise ValueError(f"{case.folder}/casualties.csv has no running total of {', '.join(MEASURES)} in this crisis")
    shown = totals[totals["measure"].isin(measures)]
    said = charts.wall(shown["reported_at"], case.timezone)
    first, last = said.min().normalize(), said.max().normalize()
    margin = (last - first) / 40 if last - first > charts.MOST_DAYS else pd.Timedelta(0)
    rest = len(case.casualties) - len(shown)
    span = (first - margin, last + pd.Timedelta(days=1) + margin)
    colours = {kind: colour for colour, kinds in BY_ISSUER.values() for kind in kinds}
    with style.style():
        figure = style.blank(3.25 + PANEL_IN * len(measures))
        style.headline(
            figure,
            _stated(case.casualties, measures),
            f"{case.name}: every running total by when it was published, {span_said(first, last)}, {clock_said(case.timezone)}.\n"
            f"A bar across a day: hour not known. Grey: counts of a part, such as one hospital or civilians alone."
            + (
                f"\nNot drawn: {said_count(rest, 'statement')} of other kinds (additions, stocks, other measures)."
                if rest
                else ""
            ),
            f"{case.credit(shown, 'casualties')}\nLine: highest exact count of the body in charge so far, where it published one.",
        )
        for rank, measure in enumerate(measures):
            ax = style.axes(figure, 0.95, 0.95 + PANEL_IN * (len(measures) - 1 - rank), 7.0, PANEL_IN - 0.35)
            charts.time_axis(ax, *span, named=rank == len(measures) - 1)
            _statements(ax, case, shown[shown["measure"] == measure], measure, colours, span)
        key = style.axes(figure, 0.95, 0.95 + PANEL_IN * len(measures) - 0.2, 7.0, 0.75)
        key.axis("off")
        key.set_xlim(0, 1)
        key.set_ylim(0, 1)
        charts.draw_group_key(key, {name: colour for name, (colour, _) in BY_ISSUER.items()}, 0.015, 0.85)
        charts.draw_wording_key(key, set(shown["qualifier"]), 0.5, 0.85)
    return figure


def _stated(reports: pd.DataFrame, measures: Sequence[str]) -> str:
    """Say what the body in charge counts of everybody in the end, and what the highest counts allow where it is more."""
    last = reports["reported_at"].max()
    official, highest = [], []
    for measure in (one for one in measures if one in QUOTED):
        counted, most = (casualties.reconcile(reports, measure, as_of=last, rule=rule) for rule in ENDS)
        whole = counted.low is not None and not counted.partial
        official += [f"{counted.number} {QUOTED[measure]}"] if whole else []
        more = most.low is not None and (not whole or most.low > (counted.low or 0))
        highest += [f"{most.number} {QUOTED[measure]}"] if more else []
    if not official:
        return _fitted("Highest counts: ", highest) if highest else "No count of the dead, injured or detained"
    said = f"Officially {', '.join(official)}"
    return _fitted(f"{said}; highest counts: ", highest) if highest else f"{said}; no count is higher"


def _fitted(start: str, words: list[str]) -> str:
    """Join as many of the words as a title has room for, the first at least."""
    room = [number for number in range(1, len(words) + 1) if len(start + ", ".join(words[:number])) <= TITLE_LETTERS]
    return start + ", ".join(words[: max(room, default=1)])


def _statements(
    ax: Axes,
    case: Crisis,
    shown: pd.DataFrame,
    measure: str,
    colours: dict[str, str],
    span: tuple[pd.Timestamp, pd.Timestamp],
) -> None:
    """Draw the statements of one measure, those of a part in grey, and how the official count grew."""
    whole = shown["report_id"].isin(casualties.against_known(case.casualties, measure)["report_id"])
    known = grown(case.casualties, measure)
    if known is not None and known.said.startswith("highest official"):
        charts.draw_steps(ax, known.course.assign(best=known.course["persons"]), span[1], case.timezone, "#E8B79B")
    charts.draw_reports(ax, shown[~whole], dict.fromkeys(colours, style.STALE), *span, case.timezone)
    charts.draw_reports(ax, shown[whole], colours, *span, case.timezone)
    ax.set_ylim(0, 1.15 * shown["value"].max())
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    charts.name_lane(ax, f"{MEASURES[measure]},\npersons")


@published
def injured_as_reported() -> Figure:
    """Every running total of the injured, when it was said, by whom and in which words."""
    episode = load_casualties(episode=EPISODE)
    injured = episode[episode["measure"] == "injured"]
    total = {"population": "all", "scope": "cumulative", "location": "Bishkek"}
    reports = injured[(injured[list(total)] == pd.Series(total)).all(axis=1)]
    groups = dict(zip(ISSUERS, (style.VERMILION, style.BLUE, style.GREEN), strict=True))
    colours = {kind: groups[group] for group, kinds in ISSUERS.items() for kind in kinds}
    curve = casualties.timeline(episode).dropna(subset="best").drop_duplicates("best").reset_index()
    start, end = pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-11")
    said = charts.wall(curve["moment"], ZONE)
    days = (said.iloc[-1].normalize() - said.iloc[0].normalize()).days
    top = 200 * (curve["best"].max() // 200 + 1)
    with style.style():
        figure = style.blank(7.4)
        style.headline(
            figure,
            f"From {int(curve['best'].iloc[0])} injured to {int(curve['best'].iloc[-1]):,} in {days} days, in {len(reports)} statements",
            "Every running total of people hurt in Bishkek, by the hour it was published, Bishkek time. A bar across a day\n"
            f"means that only the day is known. {len(injured) - len(reports)} partial counts (police alone, single hospitals, additions) are not drawn.",
            f"{credit(reports, 'casualties')}\nInjured: people who asked doctors for help, police included. "
            "Line: highest exact count of the health ministry so far.",
        )
        ax = style.axes(figure, 0.95, 1.05, 8.7, 4.95)
        charts.day_axis(ax, start, end)
        charts.draw_steps(ax, curve, end, ZONE, colour="#E8B79B")
        charts.draw_reports(ax, reports, colours, start, end, ZONE)
        _persons(ax, curve, end, top)
        charts.draw_group_key(ax, groups, 0.015, 0.965)
        charts.draw_wording_key(ax, set(reports["qualifier"]), 0.015, 0.77)
    return figure


@published
def injured_as_known() -> Figure:
    """Draw what was known of the injured at each moment, with every statement, those already surpassed in grey."""
    episode = load_casualties(episode=EPISODE)
    said = casualties.against_known(episode)
    official = casualties.timeline(episode).dropna(subset="best").drop_duplicates("best").reset_index()
    modelled = casualties.timeline(episode, rule="model")
    evening = casualties.reconcile(episode, as_of=EVENING)
    start, end = pd.Timestamp("2020-10-05 12:00"), pd.Timestamp("2020-10-11")
    inside = said[charts.wall(said["reported_at"], ZONE).between(start, end)]
    seed = said[said["source_ids"].str.contains(SEED)].iloc[0]
    top = 200 * (official["best"].max() // 200 + 2)
    with style.style():
        figure = style.blank(7.6)
        style.headline(
            figure,
            f"{official['best'].iloc[0]} injured known at midnight, {evening.best} by the next evening, {official['best'].iloc[-1]:,} in the end",
            "Persons hurt in Bishkek, by the hour it was said, Bishkek time. Line: the health ministry's running total; band: 95% of a\n"
            "model of all statements, which can change its mind. Blue: statements; grey: those surely out of date when said.\n"
            "A bar across a day: hour not known.",
            f"{credit(said, 'casualties')}\nInjured: people who asked doctors for help, police included.",
        )
        ax = style.axes(figure, 0.95, 1.05, 8.7, 4.95)
        charts.day_axis(ax, start, end)
        ax.set_ylim(0, top)
        charts.draw_known(ax, modelled, end, ZONE, colour="#FBE3D3")
        charts.draw_steps(ax, official, end, ZONE, colour=style.VERMILION)
        charts.draw_statements(ax, said, start, end, ZONE)
        _persons(ax, official, end, top)
        noon = seed["reported_at"].tz_localize(None).normalize() + pd.Timedelta(hours=12)
        ax.annotate(
            "Voice of America:\n“more than 600”, 6 October, hour not known",
            (noon, seed["value"]),
            xytext=(noon + pd.Timedelta(hours=14), 0.3 * top),
            arrowprops={"arrowstyle": "-", "color": style.SOFT},
            size=10.5,
            va="center",
        )
        charts.draw_wording_key(ax, set(inside["qualifier"]), 0.72, 0.22)
    return figure


def _persons(ax: Axes, curve: pd.DataFrame, end: pd.Timestamp, top: int) -> None:
    """Scale the axis in persons, and write each step's total beside it; one beyond the axis, at its end."""
    ax.set_ylim(0, top)
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylabel("Persons")
    for moment, value in zip(charts.wall(curve["moment"], ZONE), curve["best"], strict=True):
        text, place = f"{value:,}", (moment, value + 0.03 * top)
        if moment > end:
            text, place = f"{value:,} on {day(moment)} \N{RIGHTWARDS ARROW}", (end, value + 0.03 * top)
        if value > 0.1 * top:
            style.label(ax, *place, text, ha="right", weight="bold", color=style.VERMILION)


@published
def episodes() -> Figure:
    """Draw how the counts of the dead and injured grew in seven episodes, by days since the first statement."""
    reports = load_casualties()
    grown = {measure: _courses(reports, measure) for measure in TITLES}
    june = grown["killed"][0]["KGZ-2010-06"]
    with style.style():
        figure = style.blank(7.6)
        style.headline(
            figure,
            f"In June 2010 the count of the dead grew from {june.iloc[0]} to {june.iloc[-1]}, over {june.index[-1] / 30:.0f} months",
            "Lowest number that the statements allow, by days since the first. Solid: running total of the competent body; dashed:\n"
            "highest number anybody stated, where no such body counted.",
            f"{credit(reports, 'casualties')}\nPolice and civilians together; where only a part was counted, that part, and more is open. What counts as injured differs.",
        )
        for left, (measure, (courses, words, dashed)) in zip((0.75, 5.4), grown.items(), strict=True):
            ax = style.axes(figure, left, 1.3, 2.6, 4.55)
            ax.set_title(f"{TITLES[measure]}, persons", pad=10)
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xlim(0.2, 300)
            ax.set_ylim(0.8, 3500)
            charts.draw_courses(ax, courses, words, dashed)
            ax.set_xticks([1, 7, 30, 180], ["1", "7", "30", "180"])
            ax.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
            ax.minorticks_off()
            ax.grid(axis="y")
            ax.set_xlabel("Days since the first statement")
    return figure


@published
def rules_compared() -> Figure:
    """Draw three hours under every rule: who is believed decides the number."""
    with style.style():
        figure = style.blank(6.6)
        for rank, (episode, measure, as_of) in enumerate(HOURS):
            reports = load_casualties(episode=episode)
            rules = casualties.compare_rules(reports, measure, as_of=as_of)
            moment = rules["as_of"].iloc[0]
            ax = style.axes(figure, 1.75 + 2.75 * rank, 1.2, 2.35, 3.7)
            right = 200 * (int(rules[["low", "high"]].max(axis=None)) // 200 + 1)
            ax.set_xlim(0, right)
            ax.set_xlabel("Persons")
            charts.draw_rules(ax, rules, RULES if rank == 0 else {})
            ax.xaxis.set_major_formatter("{x:,.0f}")
            ax.set_xticks([0, right // 2, right])
            ax.set_title(f"{TITLES[measure]}, {PLACES[episode]}\n{day(moment)} {moment:%Y, %H:%M}", size=10.5, pad=8)
        style.headline(
            figure,
            f"{day(moment)} {moment:%Y}: {rules.loc['official', 'low']}, {rules.loc['latest', 'number']}, or {rules.loc['running_max', 'number']} dead, depending on the rule",
            "What five rules make of the statements heard by three moments. Orange: bodies that the rule believes contradict each\n"
            "other, and it names no best number. An arrow: open above.",
            f"{credit(reports, 'casualties')}\nRight: on one page the ministry had 356 dead and the deputy prime minister 893; an outlet's own count of burials was over 1,000.",
        )
    return figure


def _courses(reports: pd.DataFrame, measure: str) -> tuple[dict[str, pd.Series], dict[str, str], list[str]]:
    """By episode, persons known by days since the first statement, the end in words, and who had no competent body."""
    rules = {
        rule: casualties.timeline(reports, measure, rule=rule).dropna(subset="low")
        for rule in ("official", "running_max")
    }
    counted = rules["official"].index.unique("episode")
    courses, words, dashed = {}, {}, []
    for episode in rules["running_max"].index.unique("episode"):
        rule = "official" if episode in counted else "running_max"
        dashed += [] if rule == "official" else [episode]
        known = rules[rule].xs(episode, level="episode")
        low, best, high = (None if pd.isna(value) else int(value) for value in known[["low", "best", "high"]].iloc[-1])
        words[episode] = f"{EPISODES[episode]}: {casualties.quotable(low, best, high)}"
        days = (known.index - known.index[0]) / pd.Timedelta(days=1)
        courses[episode] = known["low"].astype("int64").set_axis(days).drop_duplicates()
    return courses, words, dashed
