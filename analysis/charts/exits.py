"""Charts of cumulative incidence: how many have gone by each day, and how many are still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import INK, SOFT, label


def draw_incidence(ax: Axes, curve: pd.DataFrame, colour: str) -> Axes:
    """
    Draw a cumulative incidence as steps, in percent, with its pointwise interval as a band.

    Parameters
    ----------
    ax : Axes
    curve : DataFrame
        Of one kind of event, indexed by time: `incidence`, `low`, `high` (0 to 1), as `cumulative_incidence` has them.
    colour : str

    Returns
    -------
    Axes
    """
    days = curve.index.to_numpy()
    ax.fill_between(days, 100 * curve["low"], 100 * curve["high"], step="post", color=colour, alpha=0.18, linewidth=0)
    ax.step(days, 100 * curve["incidence"], where="post", color=colour, linewidth=2.2)
    ax.set_xlim(days[0], days[-1])
    ax.yaxis.set_major_formatter("{x:.0f}%")
    ax.grid(axis="y")
    return ax


def draw_at_risk(ax: Axes, counts: Mapping[float, int], named: str, down: float = 0.62) -> Axes:
    """
    Write how many units are still followed below the ticks of an axis, and set the ticks there.

    Parameters
    ----------
    ax : Axes
    counts : mapping
        Units by time.
    named : str
        What they are; stands right of the numbers.
    down : float
        Distance below the axis, in inches.

    Returns
    -------
    Axes
    """
    ax.set_xticks(list(counts))
    place = -down / (ax.get_window_extent().height / ax.figure.dpi)
    across = ax.get_xaxis_transform()
    for time, count in counts.items():
        label(ax, time, place, f"{count:,}", transform=across, ha="center", size=10, color=SOFT)
    width = ax.get_window_extent().width / ax.figure.dpi
    label(ax, 1 + 0.25 / width, place, named, transform=ax.transAxes, size=10, color=SOFT)
    return ax


def draw_named_points(ax: Axes, points: Sequence[tuple[float, float, float, float, str]]) -> Axes:
    """
    Mark single events on a curve and name each at the end of a line.

    Parameters
    ----------
    ax : Axes
    points : sequence of (x, y, x of the name, y of the name, name)
        In data coordinates.

    Returns
    -------
    Axes
    """
    for x, y, across, up, name in points:
        ax.plot([x, across], [y, up], color=SOFT, linewidth=0.9)
        ax.plot(x, y, "o", color=INK, markersize=6, zorder=3)
        label(ax, across + 3, up, name, size=10)
    return ax
