"""The mean of counts reported only as intervals: "between 3 and 6 dead"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.casualties.intervals import Bounds, log_difference, read_bounds
from analysis.options import demand_level
from analysis.told import Told

Family = Literal["poisson", "negative binomial"]

# Below this log probability distribution functions are no longer exact: the mass is summed from the edge that has most.
DEEP, TERMS = -650.0, 4096
LOG_DISPERSION = (-16.0, 8.0)
SEARCHED = 1e3  # times the largest bound, for the mean


@dataclass(frozen=True, slots=True)
class IntervalCounts(Told):
    """
    Mean of counts of which only bounds are reported.

    Attributes
    ----------
    mean : float
        Maximum likelihood estimate of the mean count (persons or events per reported unit).
    mean_low, mean_high : float
        Profile likelihood interval of the mean.
    level : float
        Its confidence level (0 to 1).
    dispersion : float
        Negative binomial excess a in variance = mean + a mean^2; 0 for the Poisson and where it fits as well.
    loglik : float
        Log likelihood at the estimate.
    n, n_exact, n_open : int
        Counts, those known exactly and those without an upper bound.
    family : str
        "poisson" or "negative binomial".
    """

    mean: float
    mean_low: float
    mean_high: float
    level: float
    dispersion: float
    loglik: float
    n: int
    n_exact: int
    n_open: int
    family: str

    def summary(self) -> str:
        """Say in plain sentences what the mean is and what was known of the counts."""
        return (
            f"{self.n:,} counts, {self.n_exact:,} known exactly and {self.n_open:,} without an upper bound, have a "
            f"mean of {self.mean:.4g} ({100 * self.level:g}% interval {self.mean_low:.4g} to {self.mean_high:.4g}, "
            f"{self.family} likelihood). The interval is that of the mean, not of the next count, and trusts every "
            "bound."
        )


def fit_interval_counts(
    low: ArrayLike, high: ArrayLike, family: Family = "poisson", *, level: float = 0.95
) -> IntervalCounts:
    """
    Estimate the mean of counts reported as "at least" and "at most", by maximum likelihood.

    The log likelihood is the sum of log(F(high) - F(low - 1)), so a wide range weighs little and an exact count as
    usual; midpoints are never taken. Use it for comparable units (days, places, episodes) whose tolls are ranges. It
    fails where the bounds are wrong, where they depend on the toll beyond containing it (only large tolls left
    open), and where the Poisson is too narrow for the units: compare the negative binomial.

    Parameters
    ----------
    low : array_like, shape (n,)
        Least possible counts (whole numbers from 0).
    high : array_like, shape (n,)
        Greatest possible counts, not below `low`; None, NaN or infinity where no upper bound is known.
    family : {"poisson", "negative binomial"}
        Distribution of the counts; the negative binomial has variance mean + dispersion x mean^2 (NB2).
    level : float
        Confidence level of the profile likelihood interval of the mean.

    Returns
    -------
    IntervalCounts
        Mean, interval, dispersion and log likelihood.

    Raises
    ------
    ValueError
        If bounds are no whole numbers, cross or differ in length, or no finite mean is most likely.

    Examples
    --------
    Deaths in five places: at most 2, exactly 1, 3 to 6, 2 to 4, 5 to 9.

    >>> fit = fit_interval_counts(low=[0, 1, 3, 2, 5], high=[2, 1, 6, 4, 9])
    >>> round(fit.mean, 3), round(fit.mean_low, 2), round(fit.mean_high, 2)
    (2.995, 1.59, 5.0)
    """
    bounds = _read(low, high)
    if family not in ("poisson", "negative binomial"):
        raise ValueError(f'family must be "poisson" or "negative binomial", not {family!r}')
    demand_level(level)
    if bounds.unbounded.all():
        raise ValueError(
            "no count has an upper bound, so the mean has none either: give a `high` for at least one, or report "
            "the largest `low` as a minimum"
        )
    if not bounds.lower.any() and not bounds.exact.all():
        raise ValueError("every range begins at 0, so a mean of 0 fits as well as any: the mean is not bounded below")
    mean = _best_mean(bounds, family)
    loglik, dispersion = _profile(bounds, mean, family)
    mean_low, mean_high = _profile_interval(bounds, mean, loglik, family, level)
    return IntervalCounts(
        mean=mean,
        mean_low=mean_low,
        mean_high=mean_high,
        level=level,
        dispersion=dispersion,
        loglik=loglik,
        n=bounds.lower.size,
        n_exact=int(bounds.exact.sum()),
        n_open=int(bounds.unbounded.sum()),
        family=family,
    )


def _read(low: ArrayLike, high: ArrayLike) -> Bounds:
    bounds = read_bounds(low, high, ("low", "high"))
    for name, values in zip(("low", "high"), bounds, strict=True):
        broken = values[np.isfinite(values) & (values != np.floor(values))]
        if broken.size:
            raise ValueError(f"{name} must be whole numbers, not {broken[0]:g}; a count has no fractions")
    return bounds


def _best_mean(bounds: Bounds, family: Family) -> float:
    """Mean of largest likelihood; between the smallest low and well above the largest bound."""
    from scipy.optimize import minimize_scalar

    if bounds.lower.max() == 0:
        return 0.0
    least = max(bounds.lower.min(), 1e-3 / bounds.lower.size)
    most = bounds.ends.max()
    log_most = np.log(SEARCHED * (most + 1))
    found = minimize_scalar(
        lambda log_mean: -_profile(bounds, float(np.exp(log_mean)), family)[0],
        bounds=(np.log(least), log_most),
        method="bounded",
        options={"xatol": 1e-10},
    )
    if found.x > log_most - 0.01:
        raise ValueError(
            f"no finite mean is most likely: too few counts are bounded from above (largest bound {most:g})"
        )
    return float(np.exp(found.x))


def _profile(bounds: Bounds, mean: float, family: Family) -> tuple[float, float]:
    """Largest log likelihood at this mean, and the dispersion that gives it."""
    from scipy.optimize import minimize_scalar

    poisson = _loglik(bounds, mean, 0.0)
    if family == "poisson":
        return poisson, 0.0
    found = minimize_scalar(
        lambda log_dispersion: -_loglik(bounds, mean, float(np.exp(log_dispersion))),
        bounds=LOG_DISPERSION,
        method="bounded",
        options={"xatol": 1e-6},
    )
    if -found.fun <= poisson:
        return poisson, 0.0
    return float(-found.fun), float(np.exp(found.x))


def _profile_interval(bounds: Bounds, mean: float, loglik: float, family: Family, level: float) -> tuple[float, float]:
    """Means at which twice the log likelihood falls by the chi-squared quantile; 0 and infinity where it does not."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    allowed = loglik - chi2.ppf(level, 1) / 2

    def excess(log_mean: float) -> float:
        return _profile(bounds, float(np.exp(log_mean)), family)[0] - allowed

    start = np.log(mean) if mean > 0 else np.log(1e-6 / bounds.lower.size)
    bottom, top = start - 30, np.log(SEARCHED * (bounds.ends.max() + 1))
    low = float(np.exp(brentq(excess, bottom, start))) if mean > 0 and excess(bottom) < 0 else 0.0
    high = float(np.exp(brentq(excess, start, top))) if excess(top) < 0 else float("inf")
    return low, high


def _loglik(bounds: Bounds, mean: float, dispersion: float) -> float:
    """Sum of log P(low <= X <= high), each taken from the tail in which it is the smaller difference."""
    law, shape = _law(mean, dispersion)
    exact = bounds.exact
    low, high = bounds.lower[~exact], bounds.upper[~exact]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = law.logcdf(low - 1, *shape)
        from_below = log_difference(law.logcdf(high, *shape), below)
        from_above = log_difference(law.logsf(low - 1, *shape), law.logsf(high, *shape))
    inside = np.where(below > np.log(0.5), from_above, from_below)
    for row in np.flatnonzero(~(inside > DEEP)):
        inside[row] = _summed(law, shape, low[row], high[row], mean)
    return float(law.logpmf(bounds.lower[exact], *shape).sum() + inside.sum())


def _law(mean: float, dispersion: float) -> tuple[Any, tuple[float, ...]]:
    """SciPy's distribution of the counts, and its shape."""
    from scipy.stats import nbinom, poisson

    return (nbinom, (1 / dispersion, 1 / (1 + dispersion * mean))) if dispersion > 0 else (poisson, (mean,))


def _summed(law: Any, shape: tuple[float, ...], low: float, high: float, mean: float) -> float:
    """Log mass of an interval far from the mean, where it falls off fast from the nearer edge."""
    from scipy.special import logsumexp

    steps = np.arange(min(TERMS, high - low + 1))
    return float(logsumexp(law.logpmf(low + steps if low > mean else high - steps, *shape)))
