"""Times known only to lie between two moments: "some time between two bulletins"."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.casualties.intervals import Bounds, Floats, log_difference, read_bounds
from analysis.told import Told, said_count

Distribution = Literal["weibull", "exponential", "lognormal"]

LEAST_SCALE = 1e-3
FLAT = 1e-5  # curvature or slope of the log likelihood, per time bounded from above, that is none
Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, eq=False)
class IntervalTimes(Told):
    """
    Accelerated failure time model of times known only to lie between two moments.

    log(time) = intercept + covariates x coefficients + scale x noise, the noise being that of the distribution.

    Attributes
    ----------
    coefficients : DataFrame, shape (1 + n_covariates, 4)
        Indexed by "intercept" and the covariates: `estimate`, `se`, and the 95% bounds `low`, `high`. exp(estimate)
        multiplies the time (no unit); exp(intercept) has the unit of the input.
    scale, scale_se : float
        Spread of log(time) and its standard error; 1 and 0 for the exponential. The Weibull shape is 1 / scale.
    loglik : float
        Log likelihood on the scale of the times.
    n, n_exact, n_open : int
        Times, those known exactly and those that had not come by their last bound.
    distribution : str
        "weibull", "exponential" or "lognormal".
    """

    coefficients: pd.DataFrame
    scale: float
    scale_se: float
    loglik: float
    n: int
    n_exact: int
    n_open: int
    distribution: str

    def summary(self) -> str:
        """Say in plain sentences how each covariate stretches or shortens the time."""
        parts = [
            f"{said_count(self.n, 'time')}, {self.n_exact:,} known exactly and {self.n_open:,} not yet come. Model: "
            f"{self.distribution} with scale {self.scale:.3g}."
        ]
        for name, row in self.coefficients.drop(index="intercept").iterrows():
            factor, low, high = np.exp(row[["estimate", "low", "high"]].to_numpy(dtype="float64"))
            parts.append(f"One unit more of {name} multiplies the time by {factor:.2f} (95% {low:.2f} to {high:.2f}).")
        if len(self.coefficients) > 1:
            parts.append("These are associations within the model: effects only of covariates assigned at random.")
        return " ".join(parts)


def fit_interval_times(
    lower: ArrayLike,
    upper: ArrayLike,
    covariates: pd.DataFrame | None = None,
    distribution: Distribution = "weibull",
) -> IntervalTimes:
    """
    Fit an accelerated failure time model to times known only to lie in (lower, upper].

    The same model and likelihood as `survreg` with type "interval2" in R. Use it to compare how long something took
    between places or bodies, when only the bulletins before and after are dated. It fails where the form is wrong
    (look at `turnbull` first, and compare log likelihoods), where bulletins were timed by what happened, and where a
    group has no time bounded from above.

    Parameters
    ----------
    lower, upper : array_like, shape (n,)
        Last moments at which it had not happened and first at which it had, as for `turnbull`.
    covariates : DataFrame, shape (n, n_covariates), optional
        Numbers, one row per time in the same order; groups as 0 and 1. The intercept is added.
    distribution : {"weibull", "exponential", "lognormal"}
        Distribution of the times.

    Returns
    -------
    IntervalTimes
        Coefficients with standard errors from the observed information, scale and log likelihood.

    Raises
    ------
    ValueError
        If bounds are negative, cross or differ in length, a covariate is missing, constant or repeats others, or the
        likelihood has no finite maximum.

    References
    ----------
    Kalbfleisch, J. D., Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed. Wiley.

    Examples
    --------
    Hours until the count passed ten, in places with (1) and without (0) a hospital.

    >>> lower, upper = [0, 2, 3, 5, 6, 1, 9, 4], [3, 4, 6, None, 8, 2, None, 5]
    >>> places = pd.DataFrame({"hospital": [1, 1, 1, 0, 0, 1, 0, 0]})
    >>> fit = fit_interval_times(lower, upper, places)
    >>> fit.coefficients["estimate"].round(2).to_dict()
    {'intercept': 2.15, 'hospital': -1.11}
    """
    bounds = read_bounds(lower, upper)
    if distribution not in ("weibull", "exponential", "lognormal"):
        raise ValueError(f'distribution must be "weibull", "exponential" or "lognormal", not {distribution!r}')
    if bounds.unbounded.all():
        raise ValueError("it has happened in none of the times (all upper bounds are missing): no model can be fitted")
    if (bounds.upper == 0).any():
        raise ValueError("a time of exactly 0 has no logarithm; give an upper bound above 0")
    design = _design(covariates, bounds.lower.size)
    estimates, se, loglik = _most_likely(bounds, design, distribution)
    k = design.shape[1]
    table = pd.DataFrame({"estimate": estimates[:k], "se": se[:k]}, index=design.columns)
    table["low"], table["high"] = table["estimate"] - Z95 * table["se"], table["estimate"] + Z95 * table["se"]
    log_scale, log_scale_se = (0.0, 0.0) if distribution == "exponential" else (estimates[k], se[k])
    return IntervalTimes(
        coefficients=table,
        scale=float(np.exp(log_scale)),
        scale_se=float(np.exp(log_scale) * log_scale_se),
        loglik=loglik,
        n=bounds.lower.size,
        n_exact=int(bounds.exact.sum()),
        n_open=int(bounds.unbounded.sum()),
        distribution=distribution,
    )


def _design(covariates: pd.DataFrame | None, n: int) -> pd.DataFrame:
    """Covariates with the intercept, as floats."""
    design = pd.DataFrame({"intercept": np.ones(n)})
    if covariates is None:
        return design
    if len(covariates) != n:
        raise ValueError(f"covariates have {len(covariates)} rows for {n} times; give one row per time, in their order")
    if "intercept" in covariates.columns:
        raise ValueError("the intercept is added by the model; rename or drop the covariate of that name")
    try:
        numbers = covariates.reset_index(drop=True).astype("float64")
    except (TypeError, ValueError) as problem:
        raise ValueError(f"covariates must be numbers; make 0/1 columns of groups first ({problem})") from problem
    bad = numbers.columns[~np.isfinite(numbers).all()]
    if len(bad):
        raise ValueError(f"covariates have missing or infinite values in {', '.join(map(str, bad))}; drop those rows")
    design = pd.concat([design, numbers], axis=1)
    if np.linalg.matrix_rank(design.to_numpy()) < design.shape[1]:
        raise ValueError("a covariate is constant or a sum of others, so its coefficient is not determined; drop it")
    return design


def _most_likely(bounds: Bounds, design: pd.DataFrame, distribution: Distribution) -> tuple[Floats, Floats, float]:
    """Estimates of (coefficients, log scale) and their standard errors, and the log likelihood."""
    from scipy.optimize import minimize
    from statsmodels.tools.numdiff import approx_hess3

    with_scale = distribution != "exponential"
    columns, back = _standardised(design, with_scale=with_scale)

    def cost(parameters: Floats) -> float:
        return -_loglik(parameters, bounds, columns, distribution)

    found = minimize(cost, _start(bounds, columns, len(back)), jac="3-point", method="BFGS", options={"gtol": 1e-7})
    information = np.atleast_2d(approx_hess3(found.x, cost))
    flat = FLAT * (~bounds.unbounded).sum()
    rising = np.linalg.eigvalsh(information).min() < flat or np.abs(found.jac).max() > flat
    if rising or (with_scale and np.exp(found.x[-1]) < _finest(bounds)):
        raise ValueError(
            "the likelihood has no finite maximum: either a group of a covariate has no time bounded from above (or "
            "from below), or the intervals are so wide that times without any spread fit them; drop the covariate, use "
            'distribution="exponential", whose scale is fixed, or `turnbull`'
        )
    variance = np.diag(back @ np.linalg.inv(information) @ back.T)
    return back @ found.x, np.sqrt(variance), float(-found.fun)


def _standardised(design: pd.DataFrame, *, with_scale: bool) -> tuple[Floats, Floats]:
    """Centred and scaled columns, and the matrix that takes parameters back to the columns as given."""
    values = design.to_numpy()
    centre, spread = values.mean(axis=0), values.std(axis=0)
    centre[0], spread[0] = 0.0, 1.0
    back = np.diag(np.append(1 / spread, 1.0) if with_scale else 1 / spread)
    back[0, 1 : len(centre)] = -(centre / spread)[1:]
    return (values - centre) / spread, back


def _start(bounds: Bounds, columns: Floats, size: int) -> Floats:
    """Least squares on the logs of midpoints, 1.5 times the last bound where it had not come."""
    finite = np.where(bounds.unbounded, 2 * np.maximum(bounds.lower, 1e-9), bounds.upper)
    middle = np.log((bounds.lower + finite) / 2)
    start = np.zeros(size)
    start[: columns.shape[1]] = np.linalg.lstsq(columns, middle, rcond=None)[0]
    return start


def _loglik(parameters: Floats, bounds: Bounds, design: Floats, distribution: Distribution) -> float:
    """Log likelihood of (coefficients, log scale) on the scale of the times."""
    from scipy.stats import gumbel_l, norm

    noise = norm if distribution == "lognormal" else gumbel_l
    k = design.shape[1]
    log_scale = parameters[k] if parameters.size > k else 0.0
    centre, scale = design @ parameters[:k], np.exp(log_scale)
    with np.errstate(all="ignore"):
        start, stop = ((np.log(end) - centre) / scale for end in bounds)
        from_above = log_difference(noise.logsf(start), noise.logsf(stop))
        from_below = log_difference(noise.logcdf(stop), noise.logcdf(start))
        between = np.where(start > 0, from_above, from_below)
        density = noise.logpdf(start) - log_scale - np.log(bounds.lower)
    total = float(np.where(bounds.exact, density, between).sum())
    return total if np.isfinite(total) else -1e10


def _finest(bounds: Bounds) -> float:
    """Scale the bounds cannot tell from 0: a tenth of the smallest log ratio of two of them."""
    ends = np.unique(bounds.ends[bounds.ends > 0])
    if ends.size < 2 or bounds.exact.any():
        return LEAST_SCALE
    return float(np.diff(np.log(ends)).min() / 10)
