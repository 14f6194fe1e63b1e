"""Charts of panels: what happened where and when, and where nobody looked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle

from analysis.charts.style import BLUE, FAINT, INK, SOFT, label, name_ticks
from analysis.options import known

MOST_ROWS = 25
MOST_PERIODS = 1_500
BLUES = LinearSegmentedColormap.from_list("blues", ["#E3EEF6", BLUE, "#00304D"])
DARK = 0.38  # of the colour scale; numbers on darker cells are white
HATCH = "////"


def draw_panel(ax: Axes, panel: pd.DataFrame, column: str = "events") -> Axes:
    """
    Draw a panel as a grid: a row per unit, a column per period, darker where more happened.

    A cell with nothing is empty, a cell that is not covered is hatched, and a cell whose events do not state the number
    has a question mark: the three never look alike. The number of every cell is written in it where there is room, the
    sum of the row at its end, with "≥" where a number in it is missing.

    Parameters
    ----------
    ax : Axes
        Wide; about a quarter of an inch high per row.
    panel : DataFrame
        As `event_panel` returns it, indexed by one level or more and `period`.
    column : str
        What to draw, such as "events" or "deaths_best".

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are more rows or periods than can be told apart, or nothing is covered.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> periods = pd.period_range("2020-10-05", periods=3, freq="D")
    >>> index = pd.MultiIndex.from_product([["Osh", "Talas"], periods], names=["place", "period"])
    >>> panel = pd.DataFrame({"events": pd.array([3, 0, None, 1, 1, None], dtype="Int64")}, index=index)
    >>> ax = draw_panel(Figure().add_subplot(), panel)
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "total"]
    ['3', '2']
    """
    cells = _grid(panel[known(column, panel.columns, "column of the panel")])
    most = cells.max().max()
    if pd.isna(most):
        raise ValueError(f"no cell of {column} is known, so there is nothing to draw")
    norm = PowerNorm(0.5, vmin=0, vmax=max(float(most), 1))
    shown = cells.to_numpy(dtype="float64", na_value=np.nan)
    unstated = np.isnan(shown) & _grid(panel["events"]).notna().loc[cells.index].to_numpy()
    ax.pcolormesh(np.ma.masked_where(~(shown > 0), shown), cmap=BLUES, norm=norm, edgecolors="white", linewidth=0.5)
    for row, place in zip(*np.nonzero(np.isnan(shown) & ~unstated), strict=True):
        ax.add_patch(Rectangle((place, row), 1, 1, facecolor="none", edgecolor=FAINT, hatch=HATCH, linewidth=0))
    for row, place in zip(*np.nonzero(unstated), strict=True):
        label(ax, place + 0.5, row + 0.5, "?", ha="center", color=SOFT, size=9.5, gid="unstated")
    _numbers(ax, shown, norm)
    ax.hlines(range(len(cells) + 1), 0, cells.shape[1], color=FAINT, linewidth=0.8)
    for row, total in enumerate(cells.sum(axis=1, min_count=1)):
        text = "" if pd.isna(total) else f"{'≥ ' if unstated[row].any() else ''}{int(total):,}"
        label(ax, 1.012 * cells.shape[1], row + 0.5, text, weight="bold", gid="total")
    name_ticks(ax, "y", np.arange(len(cells)) + 0.5, [str(name) for name in cells.index])
    _period_axis(ax, pd.PeriodIndex(cells.columns))
    ax.set_ylim(len(cells), 0)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _grid(values: pd.Series) -> pd.DataFrame:
    """Units by periods, most first."""
    levels = [name for name in values.index.names if name != "period"]
    names = values.index.droplevel("period") if levels else pd.Index(["all"] * len(values))
    units = [", ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names]
    flat = pd.Series(values.array, index=pd.MultiIndex.from_arrays([units, values.index.get_level_values("period")]))
    cells = flat.unstack()
    if len(cells) > MOST_ROWS or cells.shape[1] > MOST_PERIODS:
        raise ValueError(
            f"{len(cells)} rows of {cells.shape[1]} periods cannot be told apart, {MOST_ROWS} of {MOST_PERIODS} can: "
            "choose some rows, or a longer freq"
        )
    return cells.loc[cells.sum(axis=1).sort_values(ascending=False, kind="stable").index]


def _numbers(ax: Axes, shown: np.ndarray, norm: PowerNorm) -> None:
    """Write the number of each cell in it, where there is room."""
    box = ax.get_window_extent()
    widest = len(f"{np.nanmax(shown):,.0f}")
    if (
        box.width / ax.figure.dpi / shown.shape[1] < 0.1 * widest + 0.1
        or box.height / ax.figure.dpi / len(shown) < 0.16
    ):
        return
    for row, place in zip(*np.nonzero(shown > 0), strict=True):
        value = shown[row, place]
        colour = "white" if norm(value) > DARK else INK
        label(ax, place + 0.5, row + 0.5, f"{value:,.0f}", ha="center", color=colour, size=9.5)


def _period_axis(ax: Axes, periods: pd.PeriodIndex) -> None:
    """Name about ten periods by the day they begin with."""
    step = max(1, -(-len(periods) // 10))
    places = np.arange(0, len(periods), step)
    starts = periods[places].start_time
    form = (
        "{:%Y}" if periods.freqstr.startswith("Y") else "{:%b %Y}" if periods.freqstr[0] in "MQ" else "{0.day} {0:%b}"
    )
    name_ticks(ax, "x", places + 0.5, [form.format(start) for start in starts])
    ax.tick_params(axis="x", labelcolor=SOFT)
    ax.set_xlim(0, len(periods))


def draw_panel_key(ax: Axes, x: float, y: float) -> Axes:
    """Explain the cells of `draw_panel`, from axes coordinates (x, y) to the right."""
    box = ax.get_window_extent()
    inches, high = box.width / ax.figure.dpi, 0.16 * ax.figure.dpi / box.height
    side = 0.22 / inches
    entries = {"none": "", "not covered": HATCH}
    if any(text.get_gid() == "unstated" for text in ax.texts):
        entries["number not stated"] = "?"
    for text, inside in entries.items():
        hatch = inside if inside == HATCH else None
        cell = Rectangle((x, y), side, high, transform=ax.transAxes, clip_on=False, facecolor="white", hatch=hatch)
        cell.set(edgecolor=SOFT, linewidth=0.5)
        ax.add_patch(cell)
        if inside == "?":
            label(ax, x + side / 2, y + high / 2, "?", transform=ax.transAxes, ha="center", color=SOFT, size=9.5)
        label(ax, x + 1.4 * side, y + high / 2, text, transform=ax.transAxes, size=10)
        x += (0.5 + 0.085 * len(text)) / inches
    return ax
