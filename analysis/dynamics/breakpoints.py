"""The regression behind an interrupted series: complete counts, columns of the breaks, fit, covariance."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.columns import DataError, problem
from analysis.designs import dependent_columns, separation
from analysis.dynamics.likelihoods import covariance, overdispersion

Floats = NDArray[np.float64]

LEAST_FOR_SLOPE = 3
LEAST_SPARE = 3
# Days between neighbours, and the frequency they tell.
STEPS = {1: "D", 7: "W", 28: "M", 29: "M", 30: "M", 31: "M", 90: "Q", 91: "Q", 92: "Q", 365: "Y", 366: "Y"}
HOUR = pd.Timedelta(hours=1)
CYCLES = {"h": 24.0, "D": 7.0, "M": 12.0, "Q": 4.0}


class Counted(NamedTuple):
    """Counts by period, NaN where not covered; `dropped` says which and why."""

    periods: pd.PeriodIndex
    counts: Floats
    offset: Floats
    dropped: pd.DataFrame

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Periods that a model can use."""
        return np.isfinite(self.counts)

    def without(self, place: int) -> Counted:
        """Set one period aside as if it were not covered."""
        counts = self.counts.copy()
        counts[place] = np.nan
        return self._replace(counts=counts)


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
            f"{said} no event was counted in {covered} covered periods: a ratio to or from nothing has no finite "
            "estimate; merge the segment with a neighbour by leaving a break out, or take a longer series"
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
    hessian = model.hessian(result.params, scale=1.0, observed=False)
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


def read_counted(series: pd.Series | pd.DataFrame, offset: Any = None) -> Counted:
    """Read a series of counts, or a panel of one unit, and its offset."""
    values = _one_unit(series)
    periods = _periods(values.index)
    order = np.argsort(periods.asi8, kind="stable")
    periods, values = periods[order], values.iloc[order]
    _demand_complete(periods)
    counts = pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan)
    _demand_whole(periods, counts)
    exposure = _offset(offset, series, order)
    missing = [("count missing (not covered)", np.isnan(counts)), ("offset missing", np.isnan(exposure))]
    dropped = pd.concat([pd.DataFrame({"period": periods[gaps], "reason": why}) for why, gaps in missing])
    counts = np.where(np.isnan(exposure), np.nan, counts)
    if not np.nansum(counts):
        raise ValueError(f"all {np.isfinite(counts).sum()} covered periods have 0 events: nothing can have changed")
    return Counted(periods, counts, exposure, dropped.sort_values("period", ignore_index=True))


def places_of(dates: Any, periods: pd.PeriodIndex, what: str = "break") -> dict[pd.Period, int]:
    """Find the periods of one or several dates, in order."""
    several = list(dates) if isinstance(dates, Iterable) and not isinstance(dates, str) else [dates]
    if not several:
        raise ValueError(f"no {what} is given; name one or several dates")
    found = {}
    for date in several:
        try:
            period = date.asfreq(periods.freq) if isinstance(date, pd.Period) else pd.Period(date, freq=periods.freq)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} {date!r} is no date; expected something like '2020-10-05'") from error
        if pd.isna(period) or not periods[0] <= period <= periods[-1]:
            raise ValueError(f"{what} {date} lies outside the series, which runs from {periods[0]} to {periods[-1]}")
        if period in found:
            raise ValueError(f"{what} {date} is there twice: {period} is one period of the series; give it once")
        found[period] = int(period.ordinal - periods[0].ordinal) // periods.freq.n
    return dict(sorted(found.items()))


def _one_unit(series: pd.Series | pd.DataFrame) -> pd.Series:
    if isinstance(series, pd.DataFrame):
        if "events" not in series.columns:
            raise ValueError("the frame has no column `events`; give a panel from event_panel, or one of its columns")
        series = series["events"]
    if series.empty:
        raise ValueError("the series is empty")
    if isinstance(series.index, pd.MultiIndex):
        if "period" not in series.index.names:
            raise ValueError(f"the index has levels {', '.join(map(str, series.index.names))}, and none named `period`")
        units = series.index.droplevel("period").unique()
        if len(units) > 1:
            raise ValueError(
                f"the panel has {len(units)} units ({', '.join(map(str, units[:3]))}, ...); an interrupted series is "
                "of one: choose it with panel.xs(...), or count all together with event_panel(..., by=())"
            )
        series = series.droplevel([name for name in series.index.names if name != "period"])
    return series


def _periods(index: pd.Index) -> pd.PeriodIndex:
    if isinstance(index, pd.PeriodIndex):
        periods = index
    elif isinstance(index, pd.DatetimeIndex):
        wall = index.tz_localize(None)
        periods = wall.to_period(_frequency(wall))
    else:
        raise ValueError(
            f"the series is indexed by {index.dtype}; expected days or other periods, as event_panel gives"
        )
    if periods.hasnans:
        raise ValueError("the index has missing dates; every count needs its period")
    if repeated := periods[periods.duplicated()].astype(str).tolist():
        raise ValueError(f"{repeated[0]} is there twice; sum the counts of each period first")
    return periods


def _frequency(index: pd.DatetimeIndex) -> str:
    """Frequency of a calendar that may have gaps: the commonest distance between neighbours."""
    if len(index) < 3:
        raise ValueError(f"{len(index)} dates do not tell how long a period is; give a PeriodIndex")
    if index.freqstr is not None:
        return index.to_period().freqstr
    commonest = pd.Series(np.diff(index.sort_values())).mode()[0]
    if commonest == HOUR:
        return "h"
    if commonest.days not in STEPS or commonest != pd.Timedelta(days=commonest.days):
        raise ValueError(f"dates that lie {commonest} apart are of no known frequency; give a PeriodIndex")
    step = STEPS[commonest.days]
    return f"W-{index[0].strftime('%a').upper()}" if step == "W" else step


def _demand_complete(periods: pd.PeriodIndex) -> None:
    whole = pd.period_range(periods[0], periods[-1], freq=periods.freq)
    if len(absent := whole.difference(periods)):
        shown = ", ".join(map(str, absent[:3])) + (", ..." if len(absent) > 3 else "")
        raise ValueError(
            f"{len(absent)} of {len(whole)} periods between {periods[0]} and {periods[-1]} are not in the series "
            f"({shown}): days without events are 0, and days not covered missing; event_panel makes both"
        )


def _demand_whole(periods: pd.PeriodIndex, counts: Floats) -> None:
    wrong = np.isfinite(counts) & ((counts < 0) | (counts != np.floor(counts))) | np.isinf(counts)
    if wrong.any():
        demand = "a whole number, 0 or more"
        rows = [problem("series", demand, str(periods[i]), "events", counts[i]) for i in np.flatnonzero(wrong)]
        raise DataError(pd.concat(rows))


def _offset(offset: Any, series: pd.Series | pd.DataFrame, order: NDArray[np.intp]) -> Floats:
    if offset is None:
        return np.zeros(len(order))
    if isinstance(offset, str):
        if not isinstance(series, pd.DataFrame) or offset not in series.columns:
            raise ValueError(f"offset {offset!r} is no column of the panel; give its values, one per period")
        offset = series[offset]
    if np.shape(offset) != (len(order),):
        raise ValueError(
            f"offset has shape {np.shape(offset)}; expected one value for each of the {len(order)} periods"
        )
    if isinstance(offset, pd.Series) and not offset.index.equals(series.index):
        raise ValueError("offset has another index than the series; align it first, or give plain values")
    values = pd.to_numeric(pd.Series(np.asarray(offset))).to_numpy(dtype="float64", na_value=np.nan)[order]
    if np.isinf(values).any():
        raise ValueError("offset is infinite: it is the logarithm of the exposure, which must be above 0")
    return values
