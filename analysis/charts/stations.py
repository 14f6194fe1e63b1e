"""Charts of polling stations: fingerprints, digits, round percentages, two counts, dose and error rates of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.colors
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from analysis.charts.style import BLUE, FAINT, INK, SOFT, VERMILION, label, name_ticks

MINUS = "\N{MINUS SIGN}"


def draw_station_grid(ax: Axes, grid: pd.DataFrame, most: int | None = None) -> Axes:
    """
    Draw the number of stations in each cell of turnout and share, on a logarithmic colour scale.

    Parameters
    ----------
    ax : Axes
    grid : DataFrame
        As `elections.station_grid` returns it. Cells without stations stay white.
    most : int, optional
        Stations at the dark end of the scale; default: the fullest cell.

    Returns
    -------
    Axes
    """
    cells = [
        Rectangle(
            (row.turnout_pct_low, row.share_pct_low),
            row.turnout_pct_high - row.turnout_pct_low,
            row.share_pct_high - row.share_pct_low,
        )
        for row in grid.itertuples()
    ]
    top = int(grid["stations"].max()) if most is None else most
    scale = matplotlib.colors.LogNorm(vmin=0.4, vmax=top)  # below 1, so that a single station is not white
    mesh = PatchCollection(cells, cmap="Blues", norm=scale, linewidth=0)
    mesh.set_array(grid["stations"].to_numpy(dtype="float64"))
    ax.add_collection(mesh)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
    ax.set_aspect("equal")
    ax.grid(color=FAINT)
    ax.set_xlabel("Turnout, % of registered")
    return ax


def draw_station_key(ax: Axes, grid: Axes) -> Axes:
    """Explain the colours of an Axes drawn by `draw_station_grid` in one of its own, lying down."""
    mesh = grid.collections[0]
    most = int(mesh.get_clim()[1])
    bar = ax.figure.colorbar(mesh, cax=ax, orientation="horizontal")
    bar.outline.set_visible(False)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100) if tick <= most]
    bar.set_ticks(ticks, labels=[str(tick) for tick in ticks])
    bar.minorticks_off()
    ax.set_xlim(1, most)
    ax.set_xlabel("Stations in a cell", size=10)
    return ax


def draw_digits(ax: Axes, cells: pd.DataFrame, said: str, colour: str) -> Axes:
    """
    Draw how often each digit occurs, against what chance gives.

    Parameters
    ----------
    ax : Axes
    cells : DataFrame, shape (10, 4)
        `cell` (the digit), `observed`, `expected` and `sd` (stations).
    said : str
        Verdict under the name, such as "p = 0.42, 1,987 stations".
    colour : str

    Returns
    -------
    Axes
    """
    digits = cells["cell"].to_numpy()
    ax.fill_between(
        np.repeat(digits, 2) + np.tile([-0.5, 0.5], len(digits)),
        np.repeat(cells["expected"] - 1.96 * cells["sd"], 2),
        np.repeat(cells["expected"] + 1.96 * cells["sd"], 2),
        color=FAINT,
        linewidth=0,
    )
    ax.step(digits, cells["expected"], where="mid", color=SOFT, linewidth=1)
    ax.plot(digits, cells["observed"], linestyle="none", marker="o", markersize=7, color=colour)
    ax.set_xticks(digits)
    ax.set_xlim(-0.6, 9.6)
    ax.set_ylim(0, float(cells[["observed", "expected"]].to_numpy().max()) * 1.3)
    ax.set_title(said, loc="left", size=10, weight="normal", color=SOFT)
    return ax


def draw_excess(ax: Axes, rows: pd.DataFrame, colours: Sequence[str]) -> Axes:
    """
    Draw how far each election lies from its null, in standard deviations, with the band of chance.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        Indexed by the name to show, in drawing order from the top: `z` and `said` (text behind the point).
    colours : sequence of str
        One per row.

    Returns
    -------
    Axes
    """
    places = np.arange(len(rows))[::-1]
    ax.axvspan(-1.96, 1.96, color=FAINT, linewidth=0)
    ax.axvline(0, color=SOFT, linewidth=1)
    for place, z, said, colour in zip(places, rows["z"], rows["said"], colours, strict=True):
        ax.plot([0, z], [place, place], color=colour, linewidth=2)
        ax.plot(z, place, marker="o", markersize=8, color=colour)
        label(ax, max(z, 1.96) + 0.6, place, said)
    name_ticks(ax, "y", places, [str(name) for name in rows.index])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.spines["left"].set_visible(False)
    return ax


def draw_percent_excess(ax: Axes, cells: pd.DataFrame, named: Sequence[int]) -> Axes:
    """
    Draw stations near each whole percent beyond what chance puts there.

    Parameters
    ----------
    ax : Axes
    cells : DataFrame
        `cell` (whole percent) and `excess` (stations, may be negative).
    named : sequence of int
        Percents to name above their bar.

    Returns
    -------
    Axes
    """
    round_ones = cells["cell"] % 5 == 0
    ax.bar(cells["cell"], cells["excess"], width=0.8, color=np.where(round_ones, VERMILION, "#9A9A9A"))
    ax.axhline(0, color=SOFT, linewidth=1)
    heights = cells.set_index("cell")["excess"]
    for percent in named:
        label(ax, percent, heights[percent] + heights.max() * 0.05, f"{percent}%", ha="center", weight="bold")
    ax.set_xlim(0, 100)
    ax.grid(axis="y")
    return ax


def draw_estimates(ax: Axes, rows: pd.DataFrame, colours: Mapping[str, str], said: Sequence[str] | None = None) -> Axes:
    """
    Draw estimates with their intervals, one row each, against zero.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        Indexed by the name to show, in drawing order from the top: `low`, `best`, `high`; and where known
        `range_low`, `range_high`, drawn as a thin line (how far the estimate moves when a region is left out).
    colours : mapping
        By name.
    said : sequence of str, optional
        Text at the right edge of each row; default: the estimate with its sign.

    Returns
    -------
    Axes
    """
    places = np.arange(len(rows))[::-1]
    ax.axvline(0, color=INK, linewidth=1)
    columns = [name for name in ("low", "high", "range_low", "range_high") if name in rows]
    reach = rows[columns].abs().to_numpy().max() * 1.05
    texts = [f"{best:+.1f}".replace("-", MINUS) for best in rows["best"]] if said is None else said
    for place, (name, row), text in zip(places, rows.iterrows(), texts, strict=True):
        colour = colours.get(str(name), SOFT)
        if "range_low" in rows:
            ax.plot([row["range_low"], row["range_high"]], [place, place], color=colour, linewidth=1)
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.55)
        ax.plot(row["best"], place, marker="o", markersize=8, color=colour)
        label(ax, 1.02, place, text, transform=ax.get_yaxis_transform(), weight="bold", color=colour)
    name_ticks(ax, "y", places, [str(name) for name in rows.index])
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    return ax


def draw_bars(ax: Axes, values: pd.Series, form: str) -> Axes:
    """
    Draw one horizontal bar per row, positive and negative in two colours, with its value behind it.

    Parameters
    ----------
    ax : Axes
    values : Series
        Indexed by the name to show, in drawing order from the top.
    form : str
        How to write a value, such as "{:+.1f}".

    Returns
    -------
    Axes
    """
    places = np.arange(len(values))[::-1]
    ax.barh(places, values, height=0.62, color=[VERMILION if value > 0 else BLUE for value in values])
    ax.axvline(0, color=INK, linewidth=1)
    for place, value in zip(places, values, strict=True):
        label(
            ax, 1.02, place, form.format(value).replace("-", MINUS), transform=ax.get_yaxis_transform(), weight="bold"
        )
    name_ticks(ax, "y", places, [str(name) for name in values.index])
    ax.spines["left"].set_visible(False)
    return ax


def draw_rates(ax: Axes, rates: pd.DataFrame, names: Mapping[str, str], wolf_pct: Sequence[float]) -> Axes:
    """
    Draw how often each test flags each kind of election, as a table of shaded cells.

    Parameters
    ----------
    ax : Axes
    rates : DataFrame, shape (n_tests, n_situations)
        Percent flagged; missing cells say so. Rows and columns in drawing order.
    names : mapping
        What to call each column.
    wolf_pct : sequence of float
        For each of the first columns, those of clean elections, the rate above which flags are marked as an alarm. The
        other columns are shaded as power.

    Returns
    -------
    Axes
    """
    split = len(wolf_pct)
    limits = [*wolf_pct, *[None] * (rates.shape[1] - split)]
    for place, (_, row) in enumerate(rates.iloc[::-1].iterrows()):
        for step, (value, limit) in enumerate(zip(row, limits, strict=True)):
            _draw_rate(ax, step + (0.25 if step >= split else 0), place, value, limit)
    name_ticks(ax, "y", np.arange(len(rates)), [str(name) for name in rates.index[::-1]])
    steps = [step + (0.25 if step >= split else 0) for step in range(rates.shape[1])]
    name_ticks(ax, "x", steps, [names[str(column)] for column in rates.columns])
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.5, steps[-1] + 0.5)
    ax.set_ylim(-0.5, len(rates) - 0.5)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return ax


def _draw_rate(ax: Axes, x: float, y: float, value: float, limit: float | None) -> None:
    """Shade one cell: an error, marked beyond the limit, or power where there is none."""
    options: dict[str, Any] = {"ha": "center", "size": 11}
    if np.isnan(value):
        label(ax, x, y, "not run", color=SOFT, **(options | {"size": 9}))
        return
    colour = BLUE if limit is None else VERMILION if value > limit else "#9A9A9A"
    strength = 0.12 + 0.88 * value / 100
    ax.add_patch(Rectangle((x - 0.47, y - 0.44), 0.94, 0.88, color=colour, alpha=strength, linewidth=0))
    shown = f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"
    label(ax, x, y, shown, color="white" if strength > 0.6 else INK, weight="bold", **options)
