"""Two forecasters on the same rows: difference and skill, with intervals by paired bootstrap of whole countries."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import default_rng
from numpy.typing import ArrayLike, NDArray

from analysis.told import Told

Floats = NDArray[np.float64]

FEW_BLOCKS = 10
BETTER, WORSE, UNCLEAR = "better", "worse", "not distinguishable"
SAME, UNJUDGED = "the same", "cannot be judged"


@dataclass(frozen=True, eq=False)
class Comparison(Told):
    """
    How much better one forecaster is than another.

    Attributes
    ----------
    skill, skill_low, skill_high : float
        1 - mean score / mean score of the baseline: share of the baseline's score that is saved; above 0 is better.
        Missing where the baseline is never wrong.
    difference, difference_low, difference_high : float
        Mean score minus that of the baseline, in the unit of the score; below 0 is better. Bounds are missing where
        there is one block.
    verdict : {"better", "worse", "not distinguishable", "the same", "cannot be judged"}
        From the interval of the difference: "better" only if all of it is below 0.
    blocks, n : int
        Blocks (countries), and forecasts.
    level : float
        Of both intervals.
    """

    skill: float
    skill_low: float
    skill_high: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str
    blocks: int
    n: int
    level: float

    def summary(self) -> str:
        """Say the verdict, and on what it rests."""
        lines = [f"{self.said()}: {VERDICTS[self.verdict]} ({self.n:,} forecasts, {self.blocks:,} countries)."]
        if 1 < self.blocks < FEW_BLOCKS:
            lines.append(f"With {self.blocks} countries the interval is rough, and rather too short.")
        return "\n".join(lines)

    def said(self) -> str:
        """Write skill and interval in percent."""
        if not np.isfinite(self.skill):
            return "skill not defined" if np.isfinite(self.difference) else "skill minus infinity or not defined"
        said = f"skill {100 * self.skill:+.0f}%"
        if np.isfinite(self.skill_low) and np.isfinite(self.skill_high):
            said += f" ({100 * self.level:g}% interval {100 * self.skill_low:+.0f}% to {100 * self.skill_high:+.0f}%)"
        return said


VERDICTS = {
    BETTER: "better than the baseline",
    WORSE: "worse than the baseline",
    UNCLEAR: "not distinguishable from the baseline",
    SAME: "the same forecasts as the baseline",
    UNJUDGED: "cannot be told from the baseline by these rows",
}


def compare(
    scores: ArrayLike,
    baseline: ArrayLike,
    blocks: ArrayLike,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """
    Compare two forecasters by their scores on the same rows, resampling whole countries.

    Rows of one country are not independent, so countries, not rows, are drawn; and the two scores of a row stay
    together, so that what makes a row hard for both cancels out.

    Parameters
    ----------
    scores, baseline : array_like, shape (n,)
        Scores of the same forecasts, lower is better.
    blocks : array_like, shape (n,)
        Country (or other block) of each row.
    level : float
        Confidence level of the intervals.
    resamples : int
        Bootstrap samples.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Comparison
        Skill, difference, intervals, verdict.

    Raises
    ------
    ValueError
        If lengths differ, there is no row, a score is missing, or an option is out of range.

    Notes
    -----
    Intervals are bias-corrected and accelerated (BCa), by `scipy.stats.bootstrap`, over sums by block. One block gives
    none. Measured on 1,000 simulated pairs of equally good forecasters, 30 countries of 1 to 6 rows each: @MISS@ of the
    95% intervals of the difference miss 0.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82(397),
    171-185.

    Examples
    --------
    >>> ours, theirs = [0.1, 0.2, 0.1, 0.3, 0.2, 0.1], [0.3, 0.3, 0.2, 0.4, 0.3, 0.3]
    >>> found = compare(ours, theirs, ["A", "A", "B", "C", "D", "E"])
    >>> round(found.skill, 3), found.verdict
    (0.444, 'better')
    """
    ours, theirs = np.asarray(scores, dtype="float64"), np.asarray(baseline, dtype="float64")
    codes, names = pd.factorize(np.asarray(blocks))
    _demand(ours, theirs, codes, level, resamples)
    sums = [np.bincount(codes, weights=values).astype("float64") for values in (ours, theirs, np.ones(len(ours)))]
    difference, skill = (statistic(sums[0], sums[1], sums[2]) for statistic in (_difference, _skill))
    bounds = skill_bounds = (np.nan, np.nan)
    if len(names) > 1 and np.isfinite(difference):
        bounds = _interval(_difference, sums, level, resamples, seed)
        skill_bounds = _interval(_skill, sums, level, resamples, seed) if np.isfinite(skill) else skill_bounds
    return Comparison(
        skill=float(skill),
        skill_low=skill_bounds[0],
        skill_high=skill_bounds[1],
        difference=float(difference),
        difference_low=bounds[0],
        difference_high=bounds[1],
        verdict=SAME if np.array_equal(ours, theirs) else _verdict(difference, *bounds),
        blocks=len(names),
        n=len(ours),
        level=level,
    )


def _demand(ours: Floats, theirs: Floats, codes: NDArray[Any], level: float, resamples: int) -> None:
    if not len(ours) == len(theirs) == len(codes):
        raise ValueError(
            f"{len(ours)} scores, {len(theirs)} of the baseline and {len(codes)} blocks; expected as many of each"
        )
    if not len(ours):
        raise ValueError("there are no scores to compare")
    if np.isnan(ours).any() or np.isnan(theirs).any():
        raise ValueError("a score is missing; leave the row out for both")
    if (codes < 0).any():
        raise ValueError(f"{(codes < 0).sum()} rows have no block")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level}")
    if resamples < 100:
        raise ValueError(f"{resamples} resamples cannot give an interval; take 1,000 or more")


def _difference(ours: Floats, theirs: Floats, rows: Floats, axis: int = -1) -> Any:
    with np.errstate(invalid="ignore"):
        return (ours.sum(axis=axis) - theirs.sum(axis=axis)) / rows.sum(axis=axis)


def _skill(ours: Floats, theirs: Floats, rows: Floats, axis: int = -1) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - ours.sum(axis=axis) / theirs.sum(axis=axis)


def _interval(statistic: Any, sums: list[Floats], level: float, resamples: int, seed: int) -> tuple[float, float]:
    """BCa interval over blocks, percentile where blocks are too alike for it."""
    from scipy.stats import bootstrap

    options = {"paired": True, "vectorized": True, "confidence_level": level, "n_resamples": resamples}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate samples, handled below
        found = bootstrap(sums, statistic, method="BCa", rng=default_rng(seed), **options)
        if not np.isfinite(found.confidence_interval).all():
            found = bootstrap(sums, statistic, method="percentile", rng=default_rng(seed), **options)
    low, high = found.confidence_interval
    return float(low), float(high)


def _verdict(difference: float, low: float, high: float) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return WORSE if difference == np.inf else UNJUDGED
    return BETTER if high < 0 else WORSE if low > 0 else UNCLEAR
