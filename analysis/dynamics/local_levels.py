"""What a series would have done, by a level that wanders: fitted before a date, and forecast after it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.dynamics.series import places_of, read_periods
from analysis.options import demand_level
from analysis.told import Told, said_count

Floats = NDArray[np.float64]

LEAST_BEFORE = 10


@dataclass(frozen=True, eq=False)
class LocalLevel(Told):
    """
    A local level fitted before a date, and what came after against its forecast.

    Attributes
    ----------
    at : Period
        First period that the fit does not see.
    irregular_variance, level_variance : float
        Of the single values about the level, and of its step from one period to the next; squared units of the series.
    loglik : float
        Diffuse log likelihood of the periods before.
    n : int
        Covered periods before `at`.
    path : DataFrame, indexed by period from `at` on
        `observed` (NaN where not covered), `expected`, `low`, `high`: forecast of single values at `level`.
    excess : DataFrame, indexed by period from `at` on
        `excess` (observed - expected), `cumulative` with `cumulative_low`, `cumulative_high`. Periods that are not
        covered add nothing.
    level : float
        Coverage of the intervals.
    """

    at: pd.Period
    irregular_variance: float
    level_variance: float
    loglik: float
    n: int
    path: pd.DataFrame
    excess: pd.DataFrame
    level: float

    def summary(self) -> str:
        """Say what came on top of the forecast, and what the forecast supposes."""
        total, after = self.excess.iloc[-1], int(self.path["observed"].count())
        lines = [
            f"From {self.at} to {self.path.index[-1]} ({said_count(after, 'covered period')}) the sum is "
            f"{total['cumulative']:+,.4g} against the forecast from the {self.n:,} periods before "
            f"({100 * self.level:g}% interval {total['cumulative_low']:+,.4g} to {total['cumulative_high']:+,.4g}).",
            f"Variance of single values {self.irregular_variance:.4g}, of the level's steps {self.level_variance:.4g}.",
            "The forecast supposes that nothing else changed, and normal errors: for few events take interrupted.",
        ]
        if (self.path["low"] < 0).any() and (self.path["observed"].dropna() >= 0).all():
            lines.append("The interval reaches below 0, where such a series cannot be.")
        return "\n".join(lines)


def local_level(
    series: pd.Series | pd.DataFrame, at: Any, *, regressors: ArrayLike | None = None, level: float = 0.95
) -> LocalLevel:
    """
    Forecast a series from a date on by a local level fitted before it, and sum what came on top.

    Use it beside `interrupted` for long series of large numbers that wander: it supposes no trend that goes on, and
    its interval widens with the distance from the date. With few events per period take `interrupted`.

    Parameters
    ----------
    series : Series or DataFrame
        Numbers by period, or a panel of one unit, of which `events` is taken; missing means not covered.
    at : date
        First period of the new course, which the fit does not see, nor any later one.
    regressors : array_like, shape (n_periods,) or (n_periods, k), optional
        What moves with the series but was not touched by what happened at `at` (unrest elsewhere, number of reports):
        a row for each period of the series, before and after, in the same order. Nothing may be missing.
    level : float
        Coverage of the intervals, 0 to 1.

    Returns
    -------
    LocalLevel
        Variances, forecast and excess.

    Raises
    ------
    DataError
        If a value is not finite.
    ValueError
        If periods are absent inside the span, `at` lies outside it, fewer than 10 covered periods precede it or all of
        them are equal, or nothing was observed from it on.

    Warns
    -----
    ConvergenceWarning
        (A UserWarning of statsmodels.) No maximum was found.

    Notes
    -----
    y = level + b x + e, level moving by independent normal steps; `UnobservedComponents` of statsmodels with the exact
    diffuse start (Durbin and Koopman), the coefficients of the regressors part of the state, so that their uncertainty
    is in the intervals. That of the two variances is not.

    References
    ----------
    Durbin, J., Koopman, S. J. (2012). Time Series Analysis by State Space Methods, 2nd ed. Oxford University Press.
    Brodersen, K. H. et al. (2015). Inferring causal impact using Bayesian structural time-series models. Annals of
    Applied Statistics 9(1), 247-274.

    Examples
    --------
    >>> months = pd.period_range("2019-01", periods=20, freq="M")
    >>> values = [102, 98, 101, 99, 100, 103, 97, 100, 99, 101, 102, 98, 100, 101, 99, 100, 150, 149, 152, 149]
    >>> found = local_level(pd.Series(values, index=months), "2020-05")
    >>> found.excess["cumulative"].round().tolist()
    [50.0, 99.0, 151.0, 200.0]
    """
    demand_level(level)
    read = read_periods(series, None)
    ((period, place),) = places_of([at], read.labels).items()
    before, after = read.numbers[:place], read.numbers[place:]
    _demand_both_sides(before, after, period)
    outside = _regressors(regressors, read.order)
    unit = float(np.nanstd(before))
    result = _fitted(before / unit, outside[:place])
    mean, cov = _forecast(result, outside[place:])
    path, excess = _compared(read.labels[place:].rename("period"), after, unit * mean, unit**2 * cov, level)
    n = int(np.isfinite(before).sum())
    irregular, step = result.params[:2] * unit**2
    # The level and each coefficient start without a prior and take one value each.
    loglik = float(result.llf) - (n - 1 - outside.shape[1]) * np.log(unit)
    return LocalLevel(period, float(irregular), float(step), loglik, n, path, excess, level)


def _demand_both_sides(before: Floats, after: Floats, period: pd.Period) -> None:
    known = before[np.isfinite(before)]
    if known.size < LEAST_BEFORE:
        raise ValueError(
            f"{known.size} covered periods before {period} are too few; a local level needs {LEAST_BEFORE}"
        )
    if np.ptp(known) == 0:
        raise ValueError(f"all {known.size} values before {period} are {known[0]:g}: how the series varies is unknown")
    if not np.isfinite(after).any():
        raise ValueError(f"no period from {period} on is covered: there is nothing to compare with the forecast")


def _regressors(regressors: Any, order: NDArray[np.intp]) -> Floats:
    """Regressors by period, shape (n, k), k = 0 where there are none."""
    if regressors is None:
        return np.zeros((len(order), 0))
    values = np.asarray(regressors, dtype="float64").reshape(len(regressors), -1)
    if len(values) != len(order):
        raise ValueError(f"regressors have {len(values)} rows; expected one for each of the {len(order)} periods")
    if not np.isfinite(values).all():
        raise ValueError("regressors have missing or infinite cells; every period needs its value")
    return values[order]


def _fitted(before: Floats, outside: Floats) -> Any:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    exog = {"exog": outside, "mle_regression": False} if outside.shape[1] else {}
    model = UnobservedComponents(before, "llevel", use_exact_diffuse=True, **exog)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in ("lbfgs", "bfgs", "nm"):
            result = model.fit(disp=0, maxiter=1000, method=method)
            if result.mle_retvals["converged"]:
                break
    if not result.mle_retvals["converged"]:
        warnings.warn(
            "the variances of the local level did not converge: do not rest anything on them; take a longer series "
            "or fewer regressors",
            ConvergenceWarning,
            stacklevel=3,
        )
    return result


def _forecast(result: Any, outside: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the values to come: the state at the first of them, plus the level's later steps."""
    irregular, step = result.params[:2]
    rows = np.column_stack([np.ones(len(outside)), outside])
    filtered = result.filter_results
    state, cov = filtered.predicted_state[:, -1], filtered.predicted_state_cov[:, :, -1]
    places = np.arange(len(rows))
    steps = step * np.minimum.outer(places, places)
    return rows @ state, rows @ cov @ rows.T + steps + irregular * np.eye(len(rows))


def _compared(
    periods: pd.PeriodIndex, observed: Floats, mean: Floats, cov: Floats, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    from scipy.stats import norm

    reach = norm.ppf((1 + level) / 2)
    half = reach * np.sqrt(np.diag(cov))
    path = pd.DataFrame({"observed": observed, "expected": mean, "low": mean - half, "high": mean + half}, periods)
    seen = np.isfinite(observed)
    total = np.where(seen, observed - mean, 0.0).cumsum()
    summed = np.tril(np.ones((len(mean), len(mean)))) * seen
    half = reach * np.sqrt(np.einsum("ij,jk,ik->i", summed, cov, summed))
    sums = {"cumulative": total, "cumulative_low": total - half, "cumulative_high": total + half}
    return path, pd.DataFrame({"excess": observed - mean, **sums}, periods)
