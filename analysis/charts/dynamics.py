"""Charts of dynamics: counts and changes of level, what would have been, ratios, placebo dates, order of onset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import BLUE, FAINT, INK, ORANGE, SOFT, STALE, VERMILION, label, name_ticks, spread

BAR_DAYS = 0.8  # of a day
LAST_MINUTE = "23:59"  # of a day whose hour is not known
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # under words that lie on lines
PALE, PALER = "#F6D9A8", "#FCF0DC"  # ORANGE, lightened


def week_axis(ax: Axes, start: pd.Timestamp, end: pd.Timestamp, named: bool = True) -> Axes:
    """Set an axis of days from `start` to `end`: a line at each Monday and, if `named`, its date."""
    ax.set_xlim(start, end)
    mondays = pd.date_range(start, end, freq="W-MON")
    ax.set_xticks(mondays, [f"{monday.day} {monday:%b}" if named else "" for monday in mondays])
    ax.tick_params(axis="x", length=0, labelsize=10)
    ax.grid(axis="x")
    return ax


def _starts(periods: pd.PeriodIndex) -> np.ndarray:
    return matplotlib.dates.date2num(periods.start_time)


def _ends(periods: pd.PeriodIndex) -> np.ndarray:
    return _starts(periods + 1)


def draw_daily_counts(ax: Axes, counts: pd.DataFrame, colours: Mapping[str, str]) -> Axes:
    """
    Draw counts per day as stacked bars; a day that is not covered has none, and a grey line below the axis.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    counts : DataFrame, indexed by daily period
        One column per kind, from the axis up; missing where not covered.
    colours : mapping
        By column.

    Returns
    -------
    Axes
    """
    floor = pd.Series(0.0, index=counts.index)
    centres = _starts(counts.index) + 0.5
    for kind in counts:
        heights = counts[kind].astype("float64")
        ax.bar(centres, heights, width=BAR_DAYS, bottom=floor, color=colours[str(kind)], linewidth=0)
        floor = floor + heights
    unknown = counts.isna().any(axis=1).to_numpy()
    for start in _starts(counts.index[unknown]):
        ax.plot([start, start + 1], [0, 0], color=STALE, linewidth=4, solid_capstyle="butt", clip_on=False)
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    return ax


def draw_levels(ax: Axes, levels: pd.DataFrame, colour: str = INK) -> Axes:
    """
    Draw the level of each regime as a line over its interval.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    levels : DataFrame
        As `ChangePoints.levels`: `first` and `last` (periods), `level`, `low`, `high`.
    colour : str

    Returns
    -------
    Axes
    """
    starts, ends = _starts(pd.PeriodIndex(levels["first"])), _ends(pd.PeriodIndex(levels["last"]))
    for start, end, row in zip(starts, ends, levels.itertuples(), strict=True):
        ax.fill_between([start, end], row.low, row.high, color=colour, alpha=0.14, linewidth=0, zorder=0.5)
        ax.plot([start, end], [row.level, row.level], color=colour, linewidth=2, solid_capstyle="butt")
    return ax


def draw_changes(ax: Axes, table: pd.DataFrame, said: Sequence[str], sure: Sequence[bool]) -> Axes:
    """
    Draw the date of each change with its interval, one row each, and words behind it.

    A change lies between two days: the mark stands at the end of the last day before it, filled if it is sure.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    table : DataFrame
        As `ChangePoints.table`: `last_before`, `low`, `high` (periods).
    said : sequence of str
        What to write to the right of each.
    sure : sequence of bool

    Returns
    -------
    Axes
    """
    columns = (_ends(pd.PeriodIndex(table[name])) for name in ("last_before", "low", "high"))
    for rank, (at, low, high, text, known) in enumerate(zip(*columns, said, sure, strict=True)):
        ax.plot([low, high], [-rank, -rank], color=INK, linewidth=3, solid_capstyle="butt")
        fill = INK if known else "white"
        ax.plot(at, -rank, "o", markersize=8, markerfacecolor=fill, markeredgecolor=INK, markeredgewidth=1.5)
        label(ax, max(at, high) + 0.9, -rank, text, size=10)
    ax.set_ylim(-len(table) + 0.4, 0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_visible(False)
    return ax


def draw_course(ax: Axes, path: pd.DataFrame, colour: str = BLUE) -> Axes:
    """
    Draw what was observed as bars with their number; a day that is not covered has none, and a grey line.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    path : DataFrame, indexed by daily period
        As `Interrupted.path`: `observed`.
    colour : str

    Returns
    -------
    Axes
    """
    draw_daily_counts(ax, path[["observed"]], {"observed": colour})
    for centre, count in zip(_starts(path.index) + 0.5, path["observed"], strict=True):
        if count > 0:
            label(ax, centre, count, f"{count:,.0f}", ha="center", va="bottom", weight="bold", color=colour)
    return ax


def draw_expected(ax: Axes, path: pd.DataFrame) -> Axes:
    """
    Draw the expected course as a line, on the interval of its mean, on the paler and wider one of single days.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    path : DataFrame, indexed by daily period
        As `Interrupted.path`: `expected`, `low`, `high`, `predicted_low`, `predicted_high`.

    Returns
    -------
    Axes
    """
    edges = np.column_stack([_starts(path.index), _ends(path.index)]).ravel()

    def held(column: str) -> np.ndarray:
        return np.repeat(path[column].to_numpy(dtype="float64"), 2)

    ax.fill_between(edges, held("predicted_low"), held("predicted_high"), color=PALER, linewidth=0, zorder=0.4)
    ax.fill_between(edges, held("low"), held("high"), color=PALE, linewidth=0, zorder=0.5)
    ax.plot(edges, held("expected"), color=ORANGE, linewidth=2.2)
    return ax


def draw_excitation(ax: Axes, path: pd.DataFrame) -> Axes:
    """
    Draw what each day was expected to bring: a line, shaded down to the part that no event excited.

    Parameters
    ----------
    ax : Axes
        With an axis of days already set.
    path : DataFrame, indexed by daily period
        As `HawkesCountsFit.path`: `expected`, `baseline`.

    Returns
    -------
    Axes
    """
    edges = np.column_stack([_starts(path.index), _ends(path.index)]).ravel()
    expected, baseline = (np.repeat(path[name].to_numpy(dtype="float64"), 2) for name in ("expected", "baseline"))
    ax.fill_between(edges, baseline, expected, color=PALE, linewidth=0, zorder=0.5)
    ax.plot(edges, expected, color=ORANGE, linewidth=2.2)
    ax.plot(edges, baseline, color=INK, linewidth=1.5)
    return ax


def draw_branching(ax: Axes, rows: pd.DataFrame, said: Sequence[str], simulated: Mapping[str, np.ndarray]) -> Axes:
    """
    Draw branching ratios with their intervals, or the ratios of simulated series as ticks, against 1: explosion.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        Indexed by the name to show, in drawing order from the top: `best`, `low`, `high`; the ends are missing where
        the row is one of simulations.
    said : sequence of str
        Text of each row, above it.
    simulated : mapping of name to array
        Ratios drawn as ticks, by row.

    Returns
    -------
    Axes
    """
    places = np.arange(len(rows))[::-1]
    ax.axvline(1, color=INK, linewidth=1)
    for place, (name, row), text in zip(places, rows.iterrows(), said, strict=True):
        others = simulated.get(str(name), np.empty(0))
        colour = STALE if len(others) else BLUE
        ax.plot(others, [place] * len(others), "|", color=STALE, markersize=14, markeredgewidth=1)
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.55)
        ax.plot(row["best"], place, "o", markersize=8, color=INK if len(others) else BLUE)
        label(ax, 0, place + 0.36, text, size=10, bbox=ON_WHITE)
    name_ticks(ax, "y", places, [str(name) for name in rows.index])
    ax.set_ylim(-0.45, len(rows) - 0.3)
    ax.set_xlim(-0.03, 1.1 * max(1.0, rows["high"].max()))
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    return ax


def draw_departures(
    ax: Axes,
    curves: Mapping[str, pd.Series],
    critical: Mapping[str, float],
    colours: Mapping[str, str],
    said: Sequence[str],
) -> Axes:
    """
    Draw by how much residuals depart from the uniform law, with the distance that one in twenty exceed by chance.

    Parameters
    ----------
    ax : Axes
    curves : mapping of name to Series
        As `HawkesCountsFit.residual_departure`, indexed from 0 to 1.
    critical : mapping of name to float
        Distance on either side of 0, dashed.
    colours : mapping
        By name.
    said : sequence of str
        Text of each curve, on its upper dashed line.

    Returns
    -------
    Axes
    """
    ax.axhline(0, color=INK, linewidth=1)
    for name, curve in curves.items():
        ax.plot(curve.index, curve.to_numpy(), color=colours[name], linewidth=2)
        for side in (-1, 1):
            ax.axhline(side * critical[name], color=colours[name], linewidth=1.2, linestyle=(0, (4, 3)))
    reach = max(*critical.values(), *(float(curve.abs().max()) for curve in curves.values()))
    for place, text in zip(spread([critical[name] for name in curves], 0.4 * reach), said, strict=True):
        label(ax, 0.02, place + 0.03 * reach, text, size=10, va="bottom")
    ax.set_ylim(-1.3 * reach, 1.6 * reach)
    ax.set_xlim(0, 1)
    return ax


def draw_ratios(ax: Axes, rows: pd.DataFrame, said: Sequence[str], colour: str = BLUE) -> Axes:
    """
    Draw ratios with their intervals on a logarithmic axis against 1, one row each; a missing one has only its words.

    Parameters
    ----------
    ax : Axes
        With the limits of x set; an interval that is missing on one side runs to the edge and ends in an arrow.
    rows : DataFrame
        Indexed by the name to show, in drawing order from the top: `ratio`, `low`, `high`.
    said : sequence of str
        Text of each row, above it.
    colour : str

    Returns
    -------
    Axes
    """
    ax.set_xscale("log")
    left, right = ax.get_xlim()
    places = np.arange(len(rows))[::-1]
    ax.axvline(1, color=INK, linewidth=1)
    for place, row, text in zip(places, rows.itertuples(), said, strict=True):
        if pd.notna(row.ratio):
            low, high = (edge if pd.isna(end) else end for end, edge in ((row.low, left), (row.high, right)))
            ax.plot([low, high], [place, place], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.55)
            ax.plot(row.ratio, place, "o", markersize=8, color=colour)
            for end, edge, mark in ((row.low, left, "<"), (row.high, right, ">")):
                if pd.isna(end):
                    ax.plot(edge, place, mark, markersize=8, color=colour, clip_on=False)
        label(ax, left, place + 0.36, text, size=10, color=SOFT if pd.isna(row.ratio) else INK, bbox=ON_WHITE)
    name_ticks(ax, "y", places, [str(name) for name in rows.index])
    ax.set_ylim(-0.45, len(rows) - 0.3)
    ax.minorticks_off()
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    return ax


def draw_placebos(ax: Axes, tables: Sequence[pd.DataFrame], said: Sequence[str]) -> Axes:
    """
    Draw how large the change at a date is beside those at its placebo dates, one row per date.

    Parameters
    ----------
    ax : Axes
    tables : sequence of DataFrame
        As `Placebos.dates`: `role` and `statistic`; from the top.
    said : sequence of str
        Text of each row, above it.

    Returns
    -------
    Axes
    """
    places = range(len(tables) - 1, -1, -1)
    for place, table, text in zip(places, tables, said, strict=True):
        others = table.loc[table["role"] == "placebo", "statistic"]
        ax.plot(others, [place] * len(others), "|", color=STALE, markersize=12, markeredgewidth=1)
        own = table.loc[table["role"] == "break", "statistic"]
        ax.plot(own, [place] * len(own), "D", color=VERMILION, markersize=8)
        label(ax, 0, place + 0.36, text, size=10, bbox=ON_WHITE)
    ax.set_yticks([])
    ax.set_ylim(-0.45, len(tables) - 0.3)
    ax.set_xlim(left=-0.3)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    return ax


def draw_order(
    ax: Axes, order: pd.DataFrame, names: Mapping[str, str], said: pd.DataFrame, columns: Sequence[float], none: str
) -> Axes:
    """
    Draw between which moments the first protest of each unit lies: a bar where the hour is not known, else a dot.

    Parameters
    ----------
    ax : Axes
        With a wall-clock axis already set.
    order : DataFrame
        As `dynamics.first_protests` returns it, in drawing order from the top.
    names : mapping
        By unit.
    said : DataFrame
        What to write behind each row, in columns headed by their names.
    columns : sequence of float
        Where each of them begins, in widths of the Axes.
    none : str
        What to write on the row of a unit without a protest.

    Returns
    -------
    Axes
    """
    places = range(len(order) - 1, -1, -1)
    for place, row, texts in zip(places, order.itertuples(), said.itertuples(index=False), strict=True):
        if pd.isna(row.earliest):
            label(ax, 0.02, place, none, transform=ax.get_yaxis_transform(), color=SOFT, size=10, bbox=ON_WHITE)
            continue
        exact = row.earliest == row.latest
        if exact:
            ax.plot(row.latest, place, "o", color=VERMILION, markersize=9)
        else:
            ax.plot([row.earliest, row.latest], [place, place], color=VERMILION, linewidth=9, solid_capstyle="butt")
        if row.latest.strftime("%H:%M") != LAST_MINUTE:
            hour = f"{'at' if exact else 'by'} {row.latest:%H:%M}"
            label(ax, row.latest + pd.Timedelta(hours=2), place, hour, size=10, bbox=ON_WHITE)
        for x, text in zip(columns, texts, strict=True):
            label(ax, x, place, text, transform=ax.get_yaxis_transform(), size=10, linespacing=1.1)
    for x, header in zip(columns, said.columns, strict=True):
        label(ax, x, len(order) - 0.45, header, transform=ax.get_yaxis_transform(), size=10, va="bottom", weight="bold")
    name_ticks(ax, "y", list(places), [names[str(unit)] for unit in order.index])
    ax.hlines(np.arange(len(order)) - 0.5, *ax.get_xlim(), color=FAINT, linewidth=0.8)
    ax.set_ylim(-0.5, len(order) - 0.5)
    ax.spines["left"].set_visible(False)
    return ax
