"""The briefing: one page of what was known at an hour, and from whom."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import casualties, charts, elections, events
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.case import ELECTION, EPISODE, EVENING, day
from analysis.tables import load_casualties, load_elections, load_events, load_results

DAYS_SHOWN = 3
SPOKEN = ["statement", "annulment", "appointment", "resignation"]
MEASURES = {"killed": "dead", "injured": "injured"}
WORDS_LETTERS = 62
PARTIES_SHOWN = 6
LEAST_HEIGHT = 9  # of the strip, in boxes, so that a quiet day has no giant ones


def briefing(as_of: Any = EVENING) -> Figure:
    """
    Draw one page of what had been said by a moment: events, toll, places, the count, and who had said what last.

    Parameters
    ----------
    as_of : date, datetime or str
        Time without offset is local; a bare date means its end.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `as_of` is no moment, or nothing had been reported by then.
    """
    happened = load_events(as_of=as_of)
    if happened.empty:
        raise ValueError(f"nothing had been reported by {as_of}; the first event was reported later")
    reports = load_casualties(episode=EPISODE)
    tolls = {measure: casualties.reconcile(reports, measure, as_of=as_of) for measure in MEASURES}
    moment = tolls["killed"].as_of
    final = casualties.nowcast(load_casualties(), as_of=as_of, episode=EPISODE)
    said = load_casualties(episode=EPISODE, as_of=as_of)
    results = load_results(election=ELECTION, as_of=as_of)
    count = elections.latest_count(results)
    rules = load_elections(election=ELECTION).iloc[0]
    taken = events.seized(happened)
    wall = moment.tz_localize(None)
    numbers = [f"{toll.number} {MEASURES[measure]}" for measure, toll in tolls.items() if toll.low is not None]
    with style.style():
        figure = style.blank(13.0)
        style.headline(
            figure,
            f"{', '.join(numbers) or 'No count of dead or injured'}, {len(taken)} places seized",
            f"{happened['country'].iloc[0]}, as known on {day(moment)} {moment:%Y} at {moment:%H:%M}. Nothing on this page was said later; what was\n"
            "reported without an hour counts from the end of its day. Later figures differ.",
            f"{credit(happened, 'events')}\n{_source(said, 'casualties')}\n{_source(count, 'results')}",
        )
        _tolls(figure, tolls, final)
        _strip(figure, happened, wall)
        rows = [
            (_when(row), f"{row.target}, {row.location}" if pd.isna(row.target) else str(row.target))
            for row in taken.itertuples()
        ]
        charts.draw_rows(style.axes(figure, 0.35, 5.05, 4.2, 2.0), "Places reported seized so far", rows, [0, 1.35], 38)
        _count(figure, count, rules["threshold_pct"], happened)
        _words(figure, casualties.last_words(said), happened)
    return figure


def _source(rows: pd.DataFrame, table: str) -> str:
    return credit(rows, table) if len(rows) else f"Nothing in data/{table}.csv yet"


def _when(row: Any) -> str:
    """Day and hour of an event, as far as known."""
    return f"{row.date.day} {row.date:%b}" + (f", {row.time_local}" if isinstance(row.time_local, str) else "")


def _said(row: Any) -> str:
    """Day and hour of a report, the hour where it is known."""
    clock = f", {row.reported_at:%H:%M}" if row.reported_at_precision != "day" else ""
    return f"{row.reported_at.day} {row.reported_at:%b}{clock}"


def _tolls(figure: Figure, tolls: dict[str, casualties.CasualtyEstimate], final: casualties.Nowcast) -> None:
    """Draw the dead and the injured, with range, who counted and until when, and how far the count may still grow."""
    for left, (measure, toll) in zip((0.35, 3.45), tolls.items(), strict=True):
        colour = style.INK if measure == "killed" else style.VERMILION
        lines = ["No body had counted them yet."]
        if toll.low is not None:
            until = toll.counted_until
            lines = [f"{toll.issuing_body},", f"counted until {day(until)}, {until:%H:%M}", f"({toll.report_id})"]
        charts.draw_number(style.axes(figure, left, 10.25, 3.0, 1.6), toll.number, MEASURES[measure], lines, colour)
    lines = ["Too few other episodes to say how far", "the count may still grow."]
    number = "open"
    if final.high is not None:
        number = f"{final.low:,} to {final.high:,}"
        lines = [
            f"{final.level:.0%} interval from how {len(final.growth)} other",
            "crises' counts grew after the same",
            "time. Rough: so few episodes.",
        ]
    charts.draw_number(
        style.axes(figure, 6.55, 10.25, 3.1, 1.6), number, "injured in the final count", lines, style.SOFT
    )


def _strip(figure: Figure, happened: pd.DataFrame, wall: pd.Timestamp) -> None:
    """Draw the last days, one box per event, and the turning points."""
    end = wall.ceil("D")
    start = end - pd.Timedelta(days=DAYS_SHOWN)
    recent = happened[happened["date"] >= start]
    lanes = [kind for kind in style.EVENT_COLOURS if kind in set(recent["event_type"])]
    labels = style.axes(figure, 0.35, 9.2, 7.95, 0.75)
    units = style.axes(figure, 0.35, 7.4, 7.95, 1.8)
    charts.day_axis(labels, start, end, named=False)
    charts.day_axis(units, start, end)
    turns = recent.dropna(subset="turning_point").sort_values(["date", "time_local", "event_id"])
    style.label(
        labels,
        0,
        1.13,
        "Events of three days; hollow: hour not known",
        weight="bold",
        size=12,
        transform=labels.transAxes,
    )
    charts.draw_event_units(units, events.slots(recent, until=wall), events.SLOT_HOURS, lanes)
    charts.draw_turning_points(labels, turns)
    units.set_ylim(0, max(units.get_ylim()[1], LEAST_HEIGHT))
    units.axvline(wall, color=style.VERMILION, linewidth=1.5)


def _count(figure: Figure, count: pd.DataFrame, bar: float, happened: pd.DataFrame) -> None:
    """Draw the count as published, and whether it still stood; or that there was none."""
    head = style.axes(figure, 5.0, 6.75, 4.65, 0.3)
    head.axis("off")
    if count.empty:
        style.label(head, 0, 0.6, "The count: none published by then", weight="bold", size=12)
        return
    at, counted = count["reported_at"].iloc[0], count["counted_pct"].iloc[0]
    style.label(head, 0, 0.6, f"The count, {counted:.0f}% of stations, {day(at)}, {at:%H:%M}", weight="bold", size=12)
    shown = count[count["contestant"] != "Against all"].head(PARTIES_SHOWN)
    frame = shown.set_index("contestant").rename(columns={"vote_share_pct": "share_pct"}).assign(is_option=False)
    ax = style.axes(figure, 6.75, 5.25, 2.9, 1.5)
    charts.draw_outcome(ax, frame, frame["alignment"].map(style.ALIGNMENT_COLOURS).to_dict(), bar, {})
    ax.set_xticks([])
    voided = happened[happened["action"] == "annulment"]
    notes = [f"Dashed: {bar:g}% bar. Orange: close to the government, blue: opposition."]
    notes += [
        f"The result was annulled (reported {day(row.reported_at)}, {row.reported_at:%H:%M})."
        for row in voided.itertuples()
    ]
    style.label(head, 0, -5.35, "\n".join(notes), size=9.5, color=style.SOFT, va="top", linespacing=1.35)


def _words(figure: Figure, words: pd.DataFrame, happened: pd.DataFrame) -> None:
    """Write who had said what last: of the toll by body, and of the crisis by actor."""
    rows = []
    for row in words.sort_values("reported_at", ascending=False, kind="stable").itertuples():
        low, high = int(row.low), None if pd.isna(row.high) else int(row.high)
        whom = "" if row.population == "all" else f" ({row.population.replace('_', ' ')})"
        number = casualties.quotable(low, int(row.value) if row.qualifier in ("exact", "about") else None, high)
        rows.append((_said(row), str(row.issuing_body), f"{number} {row.measure}{whom}, {row.location}"))
    charts.draw_rows(
        style.axes(figure, 0.35, 2.75, 9.3, 2.05), "Last word on the toll, by body", rows, [0, 1.35, 4.1], WORDS_LETTERS
    )
    spoken = happened[happened["action"].isin(SPOKEN)]
    spoken = spoken.sort_values(["reported_at", "event_id"], ascending=[False, True], kind="stable")
    spoken = spoken.drop_duplicates("actor1")
    latest = [(_said(row), str(row.summary)) for row in spoken.itertuples()]
    charts.draw_rows(
        style.axes(figure, 0.35, 0.85, 9.3, 1.75),
        "Latest statements, appointments and resignations",
        latest,
        [0, 1.35],
        108,
    )
