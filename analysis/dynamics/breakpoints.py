"""The regression behind an interrupted series: columns of the breaks, fit, covariance."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.designs import dependent_columns, separation
from analysis.dynamics.likelihoods import covariance, overdispersion
from analysis.dynamics.series import Counted

Floats = NDArray[np.float64]

LEAST_FOR_SLOPE = 3
LEAST_SPARE = 3
CYCLES = {"h": 24.0, "D": 7.0, "M": 12.0, "Q": 4.0}


class Breaks(NamedTuple):
    """Known dates with their places, those with a slope, and what else the model holds."""

    places: Mapping[pd.Period, int]
    sloped: tuple[pd.Period, ...]
    trend: bool
    harmonics: int
    cycle: float


class Regression(NamedTuple):
    """Coefficients of an interrupted series, their covariance, and the spread of counts about the mean."""

    columns: pd.DataFrame
    params: Floats
    cov: Floats
    pearson: float
    scale: float
    alpha: float
    lags: int


def cycle_length(periods: pd.PeriodIndex, harmonics: int, cycle: float | None) -> float:
    """Give the periods of one cycle: as told, or the week of days, the day of hours, the year of months."""
    if harmonics == 0:
        return 1.0
    base = periods.freqstr.split("-")[0].rstrip("E")
    length = CYCLES.get(base) if cycle is None else cycle
    if length is None:
        raise ValueError(f"harmonics need a cycle: how many periods of {periods.freqstr} does it have?")
    if harmonics < 0 or 2 * harmonics >= length:
        raise ValueError(
            f"{harmonics} harmonics cannot be told apart in a cycle of {length:g} periods: expected 0 to "
            f"{int(np.ceil(length / 2)) - 1}"
        )
    return float(length)


def columns_of(length: int, breaks: Breaks) -> pd.DataFrame:
    """Columns of the linear predictor, one row per period; slopes are D (t - T0), so that levels are those at T0."""
    time = np.arange(length, dtype="float64")
    columns = {"Intercept": np.ones(length)}
    if breaks.trend:
        columns["trend"] = time + 1
    for date, place in breaks.places.items():
        after = (time >= place).astype("float64")
        columns[f"level {date}"] = after
        if date in breaks.sloped:
            columns[f"slope {date}"] = after * (time - place)
    for k in range(1, breaks.harmonics + 1):
        columns[f"sin {k}"] = np.sin(2 * np.pi * k * time / breaks.cycle)
        columns[f"cos {k}"] = np.cos(2 * np.pi * k * time / breaks.cycle)
    return pd.DataFrame(columns)


def without_breaks(columns: pd.DataFrame) -> pd.DataFrame:
    """Columns of the same periods had nothing been broken."""
    broken = [name for name in columns if name.startswith(("level ", "slope "))]
    return columns.assign(**dict.fromkeys(broken, 0.0))


def demand_estimable(counted: Counted, breaks: Breaks, columns: pd.DataFrame) -> None:
    """Refuse segments that are too short, hold no event, or cannot be told from the rest."""
    edges = [0, *breaks.places.values(), len(counted.periods)]
    starts = [None, *breaks.places]
    for date, first, end in zip(starts, edges[:-1], edges[1:], strict=True):
        sloped = breaks.trend if date is None else date in breaks.sloped
        _demand_segment(counted, first, end, sloped)
    covered = counted.covered
    spare = covered.sum() - columns.shape[1]
    if spare < LEAST_SPARE:
        raise ValueError(
            f"{covered.sum()} covered periods are too few for {columns.shape[1]} coefficients: {LEAST_SPARE} more are "
            "needed to see how much counts vary; take fewer breaks, slopes=False, or a longer series"
        )
    if names := dependent_columns(columns[covered]):
        raise ValueError(
            f"{', '.join(names)}: collinear with the other terms in these periods; take fewer breaks or slopes"
        )
    at_zero = np.where(counted.counts[covered] == 0, -1.0, 0.0)
    if found := separation(columns[covered], at_zero):
        raise ValueError(
            f"{', '.join(found.terms)}: zeros and events are perfectly separated in time, so that a rate ratio runs "
            "off to 0 or infinity; take fewer breaks, slopes=False, or longer periods"
        )


def _demand_segment(counted: Counted, first: int, end: int, sloped: bool) -> None:
    segment = counted.counts[first:end]
    said = f"from {counted.periods[first]} to {counted.periods[end - 1]}" if end > first else "before the first break"
    covered = int(np.isfinite(segment).sum())
    least = LEAST_FOR_SLOPE if sloped else 1
    if covered < least:
        number = "is 1 covered period" if covered == 1 else f"are {covered} covered periods"
        raise ValueError(
            f"{said} there {number}: a level needs 1, and a slope or trend {LEAST_FOR_SLOPE}; "
            "name fewer breaks, pass slopes=False (or only the dates that have one), or take a longer series"
        )
    if not np.nansum(segment):
        raise ValueError(
            f"{said} no event was counted in {covered} covered period{'s' * (covered > 1)}: a ratio to or from "
            "nothing has no finite estimate; merge the segment with a neighbour by leaving a break out, or take a "
            "longer series"
        )


def regress(counted: Counted, columns: pd.DataFrame, family: str, errors: str, lags: int) -> Regression:
    """Fit the regression; the quasi-Poisson has the Poisson's coefficients."""
    covered = counted.covered
    counts, values, offset = counted.counts[covered], columns.to_numpy()[covered], counted.offset[covered]
    alpha = overdispersion(counts, columns[covered], offset) if family == "negbin" else 0.0
    model, result = _fitted(counts, values, offset, alpha)
    pearson = float(result.pearson_chi2 / result.df_resid)
    scale = pearson if family == "quasipoisson" else 1.0
    scores = np.zeros((len(covered), values.shape[1]))
    scores[covered] = model.score_obs(result.params, scale=1.0)
    # As statsmodels has it: expected information for model-based errors, observed within a sandwich.
    hessian = model.hessian(result.params, scale=1.0, observed=errors != "classical")
    cov = covariance(scores, hessian, errors, n=int(covered.sum()), lags=lags)
    cov = cov * (scale if errors == "classical" else 1.0)
    return Regression(columns, np.asarray(result.params), cov, pearson, scale, alpha, lags)


def _fitted(counts: Floats, values: Floats, offset: Floats, alpha: float) -> tuple[Any, Any]:
    from statsmodels.genmod.families import NegativeBinomial, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    model = GLM(counts, values, family=NegativeBinomial(alpha=alpha) if alpha else Poisson(), offset=offset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = model.fit(maxiter=200)
    if not result.converged:
        raise ValueError(
            "the fit did not converge: too little is known for so many terms; take fewer breaks, slopes or harmonics"
        )
    return model, result


def expected(fit: Regression, columns: pd.DataFrame, offset: Floats, reach: float) -> tuple[Floats, Floats, Floats]:
    """Mean count of each period with its interval, `reach` standard errors to each side on the log scale."""
    values = columns.to_numpy()
    predictor = values @ fit.params + offset
    error = np.sqrt(np.einsum("ij,jk,ik->i", values, fit.cov, values))
    return np.exp(predictor), np.exp(predictor - reach * error), np.exp(predictor + reach * error)


def drawn(fit: Regression, columns: pd.DataFrame, offset: Floats, draws: int, seed: int) -> Floats:
    """Draw counts that could have been, shape (draws, n): uncertain coefficients, and the spread of counts."""
    rng = default_rng(seed)
    params = rng.multivariate_normal(fit.params, fit.cov, size=draws, method="eigh")
    mean = np.exp(np.clip(params @ columns.to_numpy().T + offset, -700, 40))
    if fit.alpha > 0:
        mean = mean * rng.gamma(1 / fit.alpha, fit.alpha, size=mean.shape)
    elif fit.scale > 1:
        mean = rng.gamma(mean / (fit.scale - 1), fit.scale - 1)
    return rng.poisson(mean).astype("float64")
