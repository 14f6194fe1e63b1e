"""Charts of elections: outcome, count stages, and voters on the move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import BLUE, INK, SOFT, VERMILION, label, name_ticks, spread

OPTION_COLOUR = "#BBBBBB"


def draw_outcome(
    ax: Axes, outcome: pd.DataFrame, colours: Mapping[str, str], threshold_pct: float | None, notes: Mapping[str, str]
) -> Axes:
    """
    Draw each contestant's share as a bar against the threshold.

    Parameters
    ----------
    ax : Axes
    outcome : DataFrame
        As `elections.outcome` returns it, in drawing order from the top.
    colours : mapping
        Colour of each contestant; options such as "Against all" are grey.
    threshold_pct : float or None
        Threshold, in the unit of `share_pct`; None where there is none.
    notes : mapping
        What to write behind the share, by contestant.

    Returns
    -------
    Axes
    """
    places = np.arange(len(outcome))[::-1]
    shades = [
        OPTION_COLOUR if option else colours.get(str(name), SOFT) for name, option in outcome["is_option"].items()
    ]
    ax.barh(places, outcome["share_pct"], height=0.72, color=shades)
    if threshold_pct is not None:
        ax.axvline(threshold_pct, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    bar = threshold_pct or 0.0
    for place, (name, row) in zip(places, outcome.iterrows(), strict=True):
        near = 0.72 * bar < row["share_pct"] < bar
        x = (bar if near else row["share_pct"]) + 0.3
        label(ax, x, place, f"{row['share_pct']:.2f}%   {notes.get(str(name), '')}".rstrip())
    name_ticks(ax, "y", places, [str(name) for name in outcome.index])
    ax.set_ylim(-0.6, len(outcome) - 0.4)
    ax.set_xlim(0, outcome["share_pct"].max() * 1.22)
    ax.spines["left"].set_visible(False)
    return ax


def draw_bracket(ax: Axes, x: float, low: float, high: float, text: str) -> Axes:
    """Join the rows from `low` to `high` by a bracket at `x` and say what they have in common."""
    ax.plot([x - 0.3, x, x, x - 0.3], [low, low, high, high], color=SOFT, linewidth=1)
    label(ax, x + 0.4, (low + high) / 2, text, color=SOFT, linespacing=1.35)
    return ax


def draw_stages(
    ax: Axes, shares: pd.DataFrame, names: Sequence[str], threshold_pct: float, colours: Mapping[str, str]
) -> Axes:
    """
    Draw contestants' shares across count stages as lines, labelled at the right.

    Parameters
    ----------
    ax : Axes
    shares : DataFrame, shape (n_contestants, n_stages)
        Percent, one row per contestant; missing values leave a gap.
    names : sequence of str
        How to call each stage on the axis.
    threshold_pct : float
        Threshold, in percent.
    colours : mapping
        Colour of each contestant.

    Returns
    -------
    Axes
    """
    steps = np.arange(shares.shape[1])
    top = float(np.nanmax(shares.to_numpy()))
    at = spread([float(value) for value in shares.iloc[:, -1]], gap=top * 0.052)
    for (name, row), height in zip(shares.iterrows(), at, strict=True):
        colour = colours.get(str(name), SOFT)
        ax.plot(steps, row, color=colour, linewidth=1, marker="o", markersize=7, clip_on=False)
        label(ax, steps[-1] + 0.12, height, f"{name} {row.iloc[-1]:.1f}", color=colour, weight="bold")
    ax.axhline(threshold_pct, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    said = f"{threshold_pct:g}% bar"
    label(ax, -0.012, threshold_pct, said, transform=ax.get_yaxis_transform(), ha="right", size=10.5, weight="bold")
    name_ticks(ax, "x", steps, names)
    ax.set_xlim(-0.3, steps[-1] + 0.05)
    ax.set_ylim(0, top * 1.06)
    ax.grid(axis="y")
    return ax


def draw_net_movement(ax: Axes, net: pd.DataFrame, moved_in: Mapping[str, int], names: Mapping[str, str]) -> Axes:
    """
    Draw voters gained and lost by region, with the range, and those who moved in.

    Parameters
    ----------
    ax : Axes
    net : DataFrame
        As `elections.net_movement` returns it, in drawing order from the top.
    moved_in : mapping
        Voters who moved in, by region, drawn as hollow diamonds.
    names : mapping
        Region names by code.

    Returns
    -------
    Axes
    """
    places = np.arange(len(net))[::-1]
    thousands = net[["net_low", "net_best", "net_high"]] / 1000
    colours = [VERMILION if best > 0 else BLUE for best in thousands["net_best"]]
    ax.barh(places, thousands["net_best"], height=0.62, color=colours)
    errors = [thousands["net_best"] - thousands["net_low"], thousands["net_high"] - thousands["net_best"]]
    ax.errorbar(thousands["net_best"], places, xerr=errors, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
    gross = [moved_in.get(str(region), np.nan) / 1000 for region in net.index]
    ax.plot(gross, places, linestyle="none", marker="D", markersize=7, markerfacecolor="none", markeredgecolor=INK)
    reach = max(np.nanmax(gross), thousands["net_high"].max()) * 1.3
    for place, best in zip(places, thousands["net_best"], strict=True):
        label(ax, reach, place, f"{best:+.0f}".replace("-", "\N{MINUS SIGN}"), ha="right", weight="bold")
    label(ax, reach, len(net) - 0.3, "net", ha="right", color=SOFT)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_xlim(thousands["net_low"].min() * 1.2, reach)
    name_ticks(ax, "y", places, [names.get(str(region), str(region)) for region in net.index])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Voters, thousands")
    return ax


def draw_band_shares(ax: Axes, shares: pd.DataFrame, names: Sequence[str], colours: Mapping[str, str]) -> Axes:
    """
    Draw contestants' shares by band as lines, labelled at the right.

    Parameters
    ----------
    ax : Axes
    shares : DataFrame, shape (n_bands, n_contestants)
        Percent.
    names : sequence of str
        How to call each band on the axis.
    colours : mapping
        Colour of each contestant.

    Returns
    -------
    Axes
    """
    steps = np.arange(len(shares))
    top = float(shares.to_numpy().max())
    at = spread([float(value) for value in shares.iloc[-1]], gap=top * 0.062)
    for (name, values), height in zip(shares.items(), at, strict=True):
        colour = colours.get(str(name), SOFT)
        ax.plot(steps, values, color=colour, linewidth=2.2, marker="o", markersize=6, clip_on=False)
        label(ax, steps[-1] + 0.12, height, f"{name} {values.iloc[-1]:.1f}", color=colour, weight="bold", size=9.5)
    name_ticks(ax, "x", steps, names)
    ax.set_xlim(-0.15, steps[-1] + 0.05)
    ax.set_ylim(0, top * 1.08)
    ax.set_ylabel("Share of valid votes, %")
    ax.grid(axis="y")
    return ax
