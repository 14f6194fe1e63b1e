"""Crises side by side: shares and odds with their intervals, the nearest cases and what followed in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.charts.style import FAINT, INK, SOFT, label, name_ticks

SERIES_GAP = 0.27  # between the series of one name, rows apart by 1
SAID_AT = 1.05  # axes coordinates of the texts right of the intervals


def draw_intervals(
    ax: Axes,
    rows: pd.DataFrame,
    colours: Mapping[str, str],
    limits: tuple[float, float],
    *,
    ticks: Sequence[float] | None = None,
    reference: float | None = None,
) -> Axes:
    """
    Draw estimates with intervals, one row per name and, close together, one per series.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        In drawing order from the top: `name`, `series`, `low`, `best`, `high`, `said` (text at the right edge).
        Missing bounds are not drawn. A bound beyond the limits ends in an arrow.
    colours : mapping
        By series.
    limits : (float, float)
        Ends of the axis.
    ticks : sequence of float, optional
        Marks of a logarithmic axis; default: a linear one.
    reference : float, optional
        Value marked by a line, such as odds of 1.

    Returns
    -------
    Axes
    """
    if ticks is not None:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.set_xlim(*limits)
    names = list(dict.fromkeys(rows["name"]))
    if reference is not None:
        ax.axvline(reference, color=INK, linewidth=1)
    for rank, name in enumerate(names):
        own = rows[rows["name"] == name]
        places = -rank + SERIES_GAP * ((len(own) - 1) / 2 - np.arange(len(own)))
        for place, row in zip(places, own.itertuples(), strict=True):
            _draw_interval(ax, place, row.low, row.best, row.high, colours[row.series], limits)
            label(ax, SAID_AT, place, row.said, transform=ax.get_yaxis_transform(), color=colours[row.series])
    name_ticks(ax, "y", -np.arange(len(names)), names)
    ax.set_ylim(0.6 - len(names), 0.6)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    return ax


def _draw_interval(
    ax: Axes, place: float, low: float, best: float, high: float, colour: str, limits: tuple[float, float]
) -> None:
    ends = np.clip([low, high], *limits)
    ax.plot(ends, [place, place], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.55)
    ax.plot(best, place, marker="o", markersize=7, color=colour, clip_on=False)
    for beyond, end, marker in ((low < limits[0], limits[0], "<"), (high > limits[1], limits[1], ">")):
        if beyond:
            ax.plot(end, place, marker=marker, markersize=9, color=colour, clip_on=False)


def draw_contributions(ax: Axes, parts: pd.DataFrame, spans: pd.DataFrame, colours: Mapping[str, str]) -> Axes:
    """
    Draw how far each case is from one, as a bar made of what each variable adds, and how far it could be.

    Parameters
    ----------
    ax : Axes
    parts : DataFrame
        Indexed by the name to show, in drawing order from the top; a column per variable; missing where not compared.
    spans : DataFrame
        `low`, `high` of each case: distance if the missing cells were alike, and if they were as unlike as can be.
    colours : mapping
        By variable.

    Returns
    -------
    Axes
    """
    places = -np.arange(len(parts))
    left = np.zeros(len(parts))
    for name, colour in colours.items():
        width = parts[name].astype("float64").fillna(0.0).to_numpy()
        ax.barh(places, width, left=left, height=0.5, color=colour)
        left = left + width
    for place, (low, high) in zip(places, spans[["low", "high"]].to_numpy(), strict=True):
        if high - low > 1e-9:
            ax.plot([low, high], [place - 0.36, place - 0.36], color=SOFT, linewidth=1.2)
            ax.plot(high, place - 0.36, marker="|", markersize=6, color=SOFT)
    ax.plot(left, places, marker="o", markersize=6, linestyle="none", color=INK, clip_on=False)
    name_ticks(ax, "y", places, [str(name) for name in parts.index])
    ax.set_ylim(0.4 - len(parts), 0.6)
    ax.set_xlim(0, max(float(spans["high"].max()) * 1.05, 0.1))
    ax.grid(axis="x")
    return ax


def draw_followed(ax: Axes, cells: pd.DataFrame, happened: pd.DataFrame, colour: str, columns: Sequence[float]) -> Axes:
    """
    Write what followed in each case as a table, in bold colour where it happened.

    Parameters
    ----------
    ax : Axes
        As high as that of the cases beside it.
    cells : DataFrame of str
        In drawing order from the top; the column names stand above.
    happened : DataFrame of bool
        Of the same shape.
    colour : str
    columns : sequence of float
        Where each column begins, 0 to 1.

    Returns
    -------
    Axes
    """
    ax.set_xlim(0, 1)
    ax.set_ylim(0.4 - len(cells), 0.6)
    ax.axis("off")
    for x, name in zip(columns, cells.columns, strict=True):
        label(ax, x, 0.68, str(name), weight="bold", va="bottom", linespacing=1.25)
        for rank, (said, true) in enumerate(zip(cells[name], happened[name], strict=True)):
            weight = "bold" if true else "normal"
            label(ax, x, -rank, said, color=colour if true else SOFT, weight=weight)
    for rank in range(len(cells) - 1):
        ax.plot([0, 1], [-rank - 0.5, -rank - 0.5], color=FAINT, linewidth=0.8)
    return ax
