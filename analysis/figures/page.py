"""The briefing: one page of what was known at an hour, and from whom."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import casualties, charts, elections, events
from analysis.as_of import cutoff
from analysis.charts import style
from analysis.columns import END_OF_DAY
from analysis.crisis import Crisis
from analysis.figures.case import EVENING, RULES, crisis_shown, day
from analysis.figures.made import published
from analysis.tables import load_casualties, on_local_clock

DAYS_SHOWN = 3
SPOKEN = ["statement", "annulment", "appointment", "resignation", "parliament_session", "transfer_of_power"]
SPOKEN += ["emergency_declared"]
OTHERS = ["latest", "running_max", "envelope"]
MEASURES = {"killed": "dead", "injured": "injured"}
WORDS_LETTERS = 62
PARTIES_SHOWN = 6
Tolls = dict[str, casualties.CasualtyEstimate | None]
LEAST_HEIGHT = 9  # of the strip, in boxes, so that a quiet day has no giant ones


@published
def briefing(
    as_of: Any = None,
    country: str | None = None,
    data: str | os.PathLike[str] | None = None,
    timezone: str | None = None,
) -> Figure:
    """
    Draw one page of what had been said by a moment: events, toll, places, the count, and who had said what last.

    The vote and the toll are those of the crisis: the first of each in the days that the country's events cover.

    Parameters
    ----------
    as_of : date, datetime or str, optional
        Time without offset is local to the country; a bare date means its end. Default: the evening of 6 October 2020
        for the worked case; for any other, the last thing that was said.
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
        If `as_of` is no moment, the country has no events, nothing had been reported by then, or the tables end before
        it.
    """
    whole = crisis_shown(country, data, timezone=timezone)
    if as_of is None:
        as_of = EVENING if country is None and data is None else _last_word(whole)
    case = crisis_shown(country, data, as_of, timezone)
    happened = case.events
    if happened.empty:
        raise ValueError(
            f"nothing had been reported by {as_of}; the first report is of {whole.events['reported_at'].min()}"
        )
    moment = cutoff(as_of, whole.events.head(1), case.timezone).dt.tz_convert(case.timezone).item()
    if case.coverage_stated and moment.tz_localize(None) > case.end + pd.Timedelta(days=1):
        raise ValueError(
            f"as_of = {as_of!r}: the tables end on {day(case.end)} {case.end:%Y}; nothing is known of later"
        )
    tolls = {measure: _known(whole.casualties, measure, as_of) for measure in MEASURES}
    others = {
        m: casualties.compare_rules(whole.casualties, m, rules=OTHERS, as_of=as_of) for m, toll in tolls.items() if toll
    }
    said = case.casualties
    count = elections.latest_count(case.results)
    bar = case.election["threshold_pct"].dropna()
    taken = events.seized(happened).sort_values(["date", "time_local", "event_id"])
    wall = moment.tz_localize(None)
    with style.style():
        figure = style.blank(13.6)
        style.headline(
            figure,
            _finding(tolls, others, taken),
            f"{case.name}, as known on {day(moment)} {moment:%Y} at {moment:%H:%M}. Nothing on this page was said later; what was\n"
            "reported without an hour counts from the end of its day. Later figures differ.",
            f"{case.credit(happened, 'events')}\n{case.credit(said, 'casualties')}\n{case.credit(count, 'results')}",
        )
        _tolls(figure, tolls, others, _forecast(whole, tolls["injured"], as_of))
        _rules(figure, others)
        _strip(figure, happened, wall)
        rows = [(_when(row), _place(row)) for row in taken.itertuples()]
        charts.draw_rows(style.axes(figure, 0.35, 5.05, 4.2, 2.0), "Places reported seized so far", rows, [0, 1.35], 38)
        _count(figure, count, None if bar.empty else bar.item(), happened)
        _words(figure, said, happened)
    return figure


def _last_word(case: Crisis) -> pd.Timestamp:
    """Tell when the last event, statement or count was reported in the days looked at."""
    tables = (case.events, case.casualties, case.results)
    last = pd.concat([rows["reported_at"].dt.tz_convert(case.timezone) for rows in tables if len(rows)]).max()
    if pd.isna(last):
        raise ValueError("no event has `reported_at` or a dated source, so that nothing can be said of any hour")
    end = (case.end + END_OF_DAY).tz_localize(case.timezone)
    return min(last, end) if case.coverage_stated else last


def _known(reports: pd.DataFrame, measure: str, as_of: Any) -> casualties.CasualtyEstimate | None:
    """Reconcile the statements of a measure heard by the moment; None if nobody ever stated any."""
    stated = (reports["measure"] == measure).any()
    return casualties.reconcile(reports, measure, as_of=as_of) if stated else None


def _forecast(case: Crisis, injured: casualties.CasualtyEstimate | None, as_of: Any) -> casualties.Nowcast | None:
    """Forecast the final count of the injured from the other crises; None where too little is known."""
    if injured is None or injured.partial:
        return None
    every = load_casualties()
    others = every[every["episode"] != injured.episode]
    reports = pd.concat([on_local_clock(rows, "UTC") for rows in (others, case.casualties)], ignore_index=True)
    seen = casualties.nowcast(reports, as_of=as_of, episode=injured.episode, timezone=case.timezone)
    return None if seen.high is None else seen


def _finding(tolls: Tolls, others: dict[str, pd.DataFrame], taken: pd.DataFrame) -> str:
    """Say the dead, the injured and the seized places; what nobody reported is not zero."""
    stated = any(rules["low"].notna().any() for rules in others.values())
    none = f"No {'official ' if stated else ''}count of dead or injured"
    numbers = [f"{toll.number} {MEASURES[measure]}" for measure, toll in tolls.items() if toll and toll.low is not None]
    back = int(taken["given_back"].sum())
    seized = f"{len(taken)} places reported seized" if len(taken) else "no seizure reported"
    return f"{', '.join(numbers) or none}, {seized}" + (f", {back} given back" if back else "")


def _when(row: Any) -> str:
    """Day and hour of an event, as far as known."""
    return f"{row.date.day} {row.date:%b}" + (f", {row.time_local}" if isinstance(row.time_local, str) else "")


def _said(row: pd.Series) -> str:
    """Day and hour of a report, the hour where it is known."""
    at = row["reported_at"]
    return f"{at.day} {at:%b}" + (f", {at:%H:%M}" if row["reported_at_precision"] != "day" else "")


def _place(row: Any) -> str:
    """Name a seized place, how the sources say it ended, and whether it was given back since."""
    name = row.location if pd.isna(row.target) else row.target
    ends = [*([] if pd.isna(row.outcome) or row.outcome == "seized" else [row.outcome])]
    ends += ["given back"] if row.given_back else []
    return f"{name} ({', '.join(ends)})" if ends else str(name)


def _tolls(figure: Figure, tolls: Tolls, others: dict[str, pd.DataFrame], final: casualties.Nowcast | None) -> None:
    """Draw the dead and the injured, with range, who counted and until when, and how far the count may still grow."""
    for left, (measure, toll) in zip((0.35, 3.45), tolls.items(), strict=True):
        colour = style.INK if measure == "killed" else style.VERMILION
        lines = (toll.stands_on() if toll else None) or [_no_count(others.get(measure))]
        if toll and toll.contradiction:
            lines = ["The bodies that counted contradict each other: quote the range."]
        number = toll.number if toll else "no count"
        charts.draw_number(style.axes(figure, left, 10.75, 2.9, 1.5), number, MEASURES[measure], lines, colour)
    number, lines = "open", ["Too few other crises, or too partial a count, to say how far it may grow."]
    if final is not None:
        number = casualties.quotable(final.low, None, final.high)
        lines = [
            f"{final.level:.0%} interval from how the counts of the {len(final.growth)} other crises whose counts grew "
            "still rose at the same age. Rough: so few."
        ]
    charts.draw_number(
        style.axes(figure, 6.55, 10.75, 3.1, 1.5), number, "injured in the final count", lines, style.SOFT
    )


def _no_count(rules: pd.DataFrame | None) -> str:
    """Say that the competent body had not counted, and what others had."""
    if rules is None or rules["low"].isna().all():
        return "No count is known to have been published by then."
    return f"No official count by then. Highest of others: {rules.loc['running_max', 'number']}."


def _rules(figure: Figure, others: dict[str, pd.DataFrame]) -> None:
    """Show what other rules make of the same statements."""
    said = [
        f"{MEASURES[measure]}: "
        + ", ".join(f"{RULES[str(rule)]} {_short(row['number'])}" for rule, row in rules.iterrows())
        for measure, rules in others.items()
    ]
    ax = style.axes(figure, 0.35, 10.19, 9.3, 0.2)
    ax.axis("off")
    if said:
        style.label(ax, 0, 0.5, f"Rule: official. By other rules, {'; '.join(said)}.", size=9.5, color=style.SOFT)


def _short(number: str) -> str:
    """Write a quotable number as short as it goes."""
    return number.replace(" or more", "+").replace("no count", "none").replace(" to ", "-")


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
    title = f"Events of three days; hollow: hour not known; line: {wall:%H:%M}"
    style.label(labels, 0, 1.13, title, weight="bold", size=12, transform=labels.transAxes)
    units.axvline(wall, color=style.VERMILION, linewidth=1.5)
    if recent.empty:
        labels.axis("off")
        style.label(
            units, 0.02, 0.5, "No event of these days was reported.", color=style.SOFT, transform=units.transAxes
        )
        units.set_yticks([])
        return
    charts.draw_event_units(units, events.boxes(events.slots(recent, until=wall)), events.SLOT_HOURS, lanes)
    charts.draw_turning_points(labels, turns)
    units.set_ylim(0, max(units.get_ylim()[1], LEAST_HEIGHT))


def _count(figure: Figure, count: pd.DataFrame, bar: float | None, happened: pd.DataFrame) -> None:
    """Draw the count as published, and whether it still stood; or that there was none."""
    head = style.axes(figure, 5.0, 6.75, 4.65, 0.3)
    head.axis("off")
    if count.empty:
        style.label(head, 0, 0.6, "The count: none published by then", weight="bold", size=12)
        return
    style.label(head, 0, 0.6, _said_count(count.iloc[0]), weight="bold", size=12)
    shown = count[count["contestant"] != "Against all"].head(PARTIES_SHOWN)
    frame = shown.set_index("contestant").rename(columns={"vote_share_pct": "share_pct"}).assign(is_option=False)
    ax = style.axes(figure, 6.75, 5.25, 2.9, 1.5)
    charts.draw_outcome(ax, frame, frame["alignment"].map(style.ALIGNMENT_COLOURS).to_dict(), bar, {})
    ax.set_xticks([])
    voided = happened[happened["action"] == "annulment"]
    dashed = "" if bar is None else f"Dashed: {bar:g}% bar. "
    notes = [f"{dashed}Orange: close to the government, blue: opposition."]
    notes += [
        f"The result was annulled (reported {day(row.reported_at)}, {row.reported_at:%H:%M})."
        for row in voided.itertuples()
    ]
    style.label(head, 0, -5.35, "\n".join(notes), size=9.5, color=style.SOFT, va="top", linespacing=1.35)


def _said_count(row: pd.Series) -> str:
    """Say how far the count had got, and when it was published."""
    counted = f"{row['counted_pct']:.0f}% of stations"
    if pd.isna(row["counted_pct"]):
        counted = "final" if row["count_method"] == "final" else "share not said"
    clock = "" if row["reported_at_precision"] == "day" else f", {row['reported_at']:%H:%M}"
    return f"The count, {counted}, {day(row['reported_at'])}{clock}"


def _words(figure: Figure, said: pd.DataFrame, happened: pd.DataFrame) -> None:
    """Write who had said what last: of the toll, competent bodies first, and of the crisis by actor."""
    words = casualties.last_words(said)
    measures = words["measure"].unique()
    against = [casualties.against_known(said, measure) for measure in measures]
    old = {report for one in against for report in one.loc[one["stale"], "report_id"]}
    words = words.assign(rank=words["issuer_type"] != "competent").sort_values("rank", kind="stable")
    rows = []
    for _, row in words.iterrows():
        whom = "" if row["population"] == "all" else f" ({row['population'].replace('_', ' ')})"
        note = " (out of date when it was said)" if row["report_id"] in old else ""
        said_so = f"{casualties.said_number(row)} {row['measure']}{whom}, {row['location']}{note}"
        rows.append((_said(row), str(row["issuing_body"]), said_so))
    charts.draw_rows(
        style.axes(figure, 0.35, 2.75, 9.3, 2.05), "Last word on the toll, by body", rows, [0, 1.35, 4.1], WORDS_LETTERS
    )
    spoken = happened[happened["action"].isin(SPOKEN)]
    spoken = spoken.sort_values(["reported_at", "event_id"], ascending=[False, True], kind="stable")
    latest = [(_said(row), str(row["summary"])) for _, row in spoken.drop_duplicates("actor1").iterrows()]
    charts.draw_rows(
        style.axes(figure, 0.35, 0.85, 9.3, 1.75), "Latest statements and decisions, by actor", latest, [0, 1.35], 108
    )
