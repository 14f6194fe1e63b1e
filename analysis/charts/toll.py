"""Charts of casualty counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import INK, SOFT, label

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
        `reported_at` and `value`, as `casualties.running_maximum` returns them.
    end : Timestamp
        Where the axis ends, wall clock; statements after it are not drawn.
    zone : str
        Time zone of the axis.
    colour : str

    Returns
    -------
    Axes
    """
    times = wall(curve["reported_at"], zone)
    shown = curve[(times <= end).to_numpy()]
    x = [*times[times <= end], end]
    y = [*shown["value"].astype("int64"), int(shown["value"].iloc[-1])]
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
    times = wall(reports["reported_at"], zone)
    inside = times.between(start, end)
    for row, time in zip(reports[inside].itertuples(), times[inside], strict=True):
        colour, mark = colours[row.issuer_type], QUALIFIER_MARKS[row.qualifier]
        fill = colour if row.qualifier == "exact" else "white"
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
