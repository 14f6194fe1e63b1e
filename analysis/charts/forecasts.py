"""Charts of forecasts: skill against the best baseline, and how often events happened as forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import BLUE, FAINT, INK, SOFT, STALE, VERMILION, label, name_ticks

MINUS = "\N{MINUS SIGN}"
VERDICT_COLOURS = {"better": BLUE, "worse": VERMILION}


def percent(share: float) -> str:
    """Write a share as a signed percentage with a true minus."""
    rounded = round(100 * share)
    return f"{rounded:+d}%".replace("-", MINUS) if rounded else "0%"


def draw_skill(ax: Axes, skill: pd.DataFrame, reach: float, *, named: bool = True) -> Axes:
    """
    Draw each model's skill with its interval against zero, which is the best baseline.

    Parameters
    ----------
    ax : Axes
    skill : DataFrame
        Indexed by model, in drawing order from the top: `skill`, `skill_low`, `skill_high` (shares), `verdict`,
        `baseline` (bool: drawn grey), as `forecast.Backtest.skill` has them. "the same" marks the best baseline itself.
    reach : float
        The axis shows -reach to reach / 2; what lies beyond its left end ends in an arrow.
    named : bool
        Whether to name the rows.

    Returns
    -------
    Axes
    """
    places = np.arange(len(skill))[::-1]
    left, right = -100 * reach, 50 * reach
    ax.set_xlim(left, right)
    ax.axvline(0, color=INK, linewidth=1)
    for place, (_, row) in zip(places, skill.iterrows(), strict=True):
        colour = STALE if row["baseline"] else VERDICT_COLOURS.get(row["verdict"], INK)
        if row["verdict"] == "the same":
            ax.plot(0, place, marker="D", markersize=7, color=SOFT)
            label(ax, -0.06 * (right - left), place, "best baseline", size=9.5, color=SOFT, ha="right")
            continue
        low, best, high = (100 * row[name] for name in ("skill_low", "skill", "skill_high"))
        ax.plot([max(low, left), high], [place, place], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.55)
        if low < left:
            ax.plot(left, place, marker="<", markersize=8, color=colour, clip_on=False)
        if best >= left:
            ax.plot(best, place, marker="o", markersize=8, color=colour)
        label(ax, 1.03, place, percent(row["skill"]), transform=ax.get_yaxis_transform(), color=colour, weight="bold")
    name_ticks(ax, "y", places, [str(name) if named else "" for name in skill.index])
    ax.set_ylim(-0.6, len(skill) - 0.4)
    ax.grid(axis="x", color=FAINT)
    ax.spines["left"].set_visible(False)
    return ax


def draw_calibration(ax: Axes, curve: pd.DataFrame, colour: str = BLUE) -> Axes:
    """
    Draw the share of events against the forecast probability, with the band of calibrated forecasts and the diagonal.

    Parameters
    ----------
    ax : Axes
    curve : DataFrame
        `probability`, `observed`, `low`, `high`, as `forecast.Calibration.curve` has them.
    colour : str

    Returns
    -------
    Axes
    """
    x = 100 * curve["probability"]
    ax.plot([0, 100], [0, 100], color=SOFT, linewidth=1, linestyle=(0, (4, 2)))
    ax.fill_between(x, 100 * curve["low"], 100 * curve["high"], color=FAINT, linewidth=0)
    inside = curve["observed"].between(curve["low"], curve["high"])
    ax.plot(x, 100 * curve["observed"], color=colour, linewidth=2)
    ax.plot(x[~inside], 100 * curve["observed"][~inside], "o", color=VERMILION, markersize=5)
    ax.set_xlim(-2, 102)
    ax.set_ylim(-4, 104)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_yticks([0, 25, 50, 75, 100])
    return ax


def draw_forecast_histogram(ax: Axes, counts: pd.DataFrame) -> Axes:
    """
    Draw how many forecasts were made at each probability: events above the line, the others below it.

    The longest bar on either side has its number.

    Parameters
    ----------
    ax : Axes
    counts : DataFrame
        `low`, `high` (probabilities), `events`, `others`.

    Returns
    -------
    Axes
    """
    left, width = 100 * counts["low"], 100 * (counts["high"] - counts["low"])
    ax.bar(left, counts["events"], width=width * 0.9, align="edge", color=VERMILION)
    ax.bar(left, -counts["others"], width=width * 0.9, align="edge", color=STALE)
    ax.axhline(0, color=INK, linewidth=0.8)
    middle = left + width / 2
    for side, sign in (("events", 1), ("others", -1)):
        longest = counts[side].idxmax()
        height = counts[side][longest]
        va = "bottom" if sign > 0 else "top"
        label(ax, middle[longest], sign * height, f"{height}", size=9.5, ha="center", va=va, color=SOFT)
    ax.set_xlim(-2, 102)
    ax.axis("off")
    return ax
