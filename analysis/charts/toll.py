"""Charts of casualty counts."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import BLUE, FAINT, INK, SOFT, STALE, VERMILION, label, name_ticks, spread

QUALIFIER_MARKS = {"exact": "o", "about": "s", "at_least": "^", "more_than": "^", "up_to": "v", "between": "D"}
QUALIFIER_NAMES = {"o": "exact", "^": "at least / more than", "s": "about", "v": "up to", "D": "range"}


def wall(moments: pd.Series, zone: str) -> pd.Series:
    """Wall-clock times of a zone, without zone, as an axis shows them."""
    return moments.dt.tz_convert(zone).dt.tz_localize(None)


def draw_steps(ax: Axes, curve: pd.DataFrame, end: pd.Timestamp, zone: str, colour: str = INK) -> Axes:
    """
    Draw a running total as a step line that holds until the next statement, with its last value.

    Parameters
    ----------
    ax : Axes
    curve : DataFrame
        `moment` and `best`, in order of time, as `casualties.timeline` returns them.
    end : Timestamp
        Where the axis ends, wall clock; statements after it are not drawn.
    zone : str
        Time zone of the axis.
    colour : str

    Returns
    -------
    Axes
    """
    times = wall(curve["moment"], zone)
    shown = curve[(times <= end).to_numpy()]
    x = [*times[times <= end], end]
    y = [*shown["best"].astype("int64"), int(shown["best"].iloc[-1])]
    ax.step(x, y, where="post", color=colour, linewidth=2)
    ax.plot(x[:-1], y[:-1], linestyle="none", marker="o", color=colour, markersize=4)
    return ax


def draw_reports(
    ax: Axes, reports: pd.DataFrame, colours: Mapping[str, str], start: pd.Timestamp, end: pd.Timestamp, zone: str
) -> Axes:
    """
    Draw every statement of a number where it was said, by its wording and by who said it.

    A statement known only by its day is a bar across that day, up to the end or the start of the axis.

    Parameters
    ----------
    ax : Axes
    reports : DataFrame
        `reported_at`, `reported_at_precision`, `value`, `qualifier`, `issuer_type`.
    colours : mapping
        Colour of each type of issuing body.
    start, end : Timestamp
        Span of the axis, wall clock; only reports inside it are drawn.
    zone : str
        Time zone of the axis.

    Returns
    -------
    Axes
    """
    return _mark_each(ax, reports, [colours[kind] for kind in reports["issuer_type"]], start, end, zone)


def _mark_each(
    ax: Axes, reports: pd.DataFrame, colours: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, zone: str
) -> Axes:
    """Mark each report where it was said, by its wording; one known by its day at noon, on a bar across the day."""
    times = wall(reports["reported_at"], zone)
    for row, time, colour in zip(reports.itertuples(), times, colours, strict=True):
        if not start <= time <= end:
            continue
        mark, fill = QUALIFIER_MARKS[row.qualifier], colour if row.qualifier == "exact" else "white"
        if row.reported_at_precision == "day":
            ax.plot([time.normalize(), time], [row.value] * 2, color=colour, linewidth=1.2, alpha=0.55)
            time = time.normalize() + pd.Timedelta(hours=12)
        ax.plot(time, row.value, mark, markersize=7, markerfacecolor=fill, markeredgecolor=colour, markeredgewidth=1.4)
    ax.grid(axis="y")
    return ax


def draw_wording_key(ax: Axes, qualifiers: Collection[str], x: float, y: float) -> Axes:
    """Explain the marks of `draw_reports` in a column, from axes coordinates (x, y) downwards."""
    height = ax.get_window_extent().height / ax.figure.dpi
    marks = dict.fromkeys(mark for qualifier, mark in QUALIFIER_MARKS.items() if qualifier in qualifiers)
    for rank, mark in enumerate(marks):
        place = y - 0.25 * rank / height
        fill = SOFT if mark == "o" else "white"
        ax.plot(
            x,
            place,
            mark,
            markersize=7,
            markerfacecolor=fill,
            markeredgecolor=SOFT,
            transform=ax.transAxes,
            clip_on=False,
        )
        label(ax, x + 0.018, place, QUALIFIER_NAMES[mark], transform=ax.transAxes, color=SOFT)
    return ax


def draw_known(ax: Axes, known: pd.DataFrame, end: pd.Timestamp, zone: str, colour: str = FAINT) -> Axes:
    """
    Shade the range that was known at each moment, as steps that hold until the next.

    Parameters
    ----------
    ax : Axes
    known : DataFrame
        Indexed by moment, with `low` and `high`, as `casualties.timeline` returns it. Where `high` is missing the
        range is open above: shaded to the top of the axis.
    end : Timestamp
        Where the axis ends, wall clock.
    zone : str
    colour : str

    Returns
    -------
    Axes
    """
    known = known.dropna(subset="low")
    times = wall(known.index.to_series(), zone)
    inside = (times <= end).to_numpy()
    x = [*times[inside], end]
    top = ax.get_ylim()[1]
    low, high = known["low"][inside].astype("float64"), known["high"][inside].astype("float64").fillna(top)
    ax.fill_between(x, [*low, low.iloc[-1]], [*high, high.iloc[-1]], step="post", color=colour, linewidth=0)
    return ax


def draw_statements(ax: Axes, said: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, zone: str) -> Axes:
    """
    Draw every statement where it was said; those already surpassed are grey, exact ones filled.

    Parameters
    ----------
    ax : Axes
    said : DataFrame
        As `casualties.against_known` returns it. A statement known only by its day stands at that day's noon, on a
        bar across the day.
    start, end : Timestamp
        Span of the axis, wall clock; only statements inside it are drawn.
    zone : str

    Returns
    -------
    Axes
    """
    return _mark_each(ax, said, [STALE if stale else BLUE for stale in said["stale"]], start, end, zone)


def draw_courses(ax: Axes, courses: Mapping[str, pd.Series], names: Mapping[str, str], dashed: Collection[str]) -> Axes:
    """
    Draw how counts grew, by days since the first statement, on logarithmic scales, labelled at the right.

    Parameters
    ----------
    ax : Axes
        With logarithmic axes whose limits are set.
    courses : mapping
        By episode, persons known, indexed by days since the first statement (from 0, which is drawn at the left end).
    names : mapping
        What to write at the end of each course.
    dashed : collection of str
        Episodes to draw dashed.

    Returns
    -------
    Axes
    """
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    ends = [math.log10(max(course.iloc[-1], low)) for course in courses.values()]
    gap = 0.052 * (math.log10(high) - math.log10(low))
    places = dict(zip(courses, spread(ends, gap), strict=True))
    for episode, course in courses.items():
        strong = episode == max(courses)
        colour = VERMILION if strong else SOFT
        look = {"color": colour, "linewidth": 2.2 if strong else 1.4}
        look["linestyle"] = (0, (3, 2)) if episode in dashed else "solid"
        x = [max(days, left) for days in course.index]
        ax.step([*x, right], [*course, course.iloc[-1]], where="post", **look)
        ax.plot(x, course, "o", color=colour, markersize=3)
        weight = "bold" if strong else "normal"
        label(ax, right * 1.12, 10 ** places[episode], names[episode], size=10, color=colour, weight=weight)
    return ax


def draw_rules(ax: Axes, rules: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """
    Draw the interval that each rule gives, one row a rule, with its words behind it.

    Parameters
    ----------
    ax : Axes
        With the limits of x set; an interval that is open above ends in an arrow at the right.
    rules : DataFrame
        As `casualties.compare_rules` returns it.
    names : mapping
        Name of each rule; empty to leave the rows unnamed.

    Returns
    -------
    Axes
    """
    left, right = ax.get_xlim()
    places = range(len(rules) - 1, -1, -1)
    for place, (_, row) in zip(places, rules.iterrows(), strict=True):
        colour = VERMILION if row["contradiction"] else BLUE
        if pd.notna(row["low"]):
            top = right if pd.isna(row["high"]) else row["high"]
            ax.plot([row["low"], top], [place] * 2, color=colour, linewidth=5, solid_capstyle="butt")
            if pd.isna(row["high"]):
                ax.plot(right, place, ">", color=colour, markersize=9, clip_on=False)
        if pd.notna(row["best"]):
            ax.plot(row["best"], place, "o", color=colour, markersize=8)
        label(ax, left, place + 0.3, row["number"], size=10)
    name_ticks(ax, "y", list(places), [names.get(str(rule), "") for rule in rules.index])
    ax.set_ylim(-0.5, len(rules) - 0.3)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    return ax
