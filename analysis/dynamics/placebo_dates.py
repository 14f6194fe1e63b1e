"""Is the break more than any other date would show? The same break at placebo dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import kl_div

from analysis.dynamics.breakpoints import Breaks, columns_of
from analysis.dynamics.series import Counted, places_of, read_counted
from analysis.told import Told, said_count, said_p

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

LEAST_WINDOW, USUAL_WINDOW, PART = 5, 14, 10
FEW, FEW_EVENTS = 19, 10
TIE = 1e-9
TOP = 0.1  # share of the placebo dates whose runs tell how long a cluster of large statistics is
STEPS, TOLERANCE = 60, 1e-9
LARGEST, LEAST_MEAN = 30.0, 1e-3
RUN_OFF = np.log(1e6)


@dataclass(frozen=True, eq=False)
class Placebos(Told):
    """
    A break compared with every date at which nothing is known to have happened.

    Attributes
    ----------
    share : float
        Share of the placebo dates with a statistic at least as large as that of the break (0 to 1).
    p_value : float
        (cluster + their number) / (cluster + n). Its null: the date is like any other of this series.
    statistic : float
        That of the break: fall of the deviance per added term over the dispersion (quasi-F), in its window.
    n : int
        Placebo dates.
    cluster : float
        How many neighbouring dates a large change at one date shows at, from 1: mean run length of the placebo dates in
        the upper tenth. n / cluster is how many independent comparisons there are.
    dates : DataFrame
        One row per date: `date` (period), `role` ("break", "placebo" or "set aside"), `reason` (why set aside),
        `statistic`, `rate_ratio` (change of level in the window; NaN where it runs off to 0 or infinity).
    events : int
        Events in the window of the break.
    window : int
        Periods on each side of a date that its fit sees.
    margin : int
        Periods to each side of the break within which no date is a placebo.
    """

    share: float
    p_value: float
    statistic: float
    n: int
    cluster: float
    dates: pd.DataFrame
    events: int
    window: int
    margin: int

    def summary(self) -> str:
        """Say how the break compares, and what the comparison supposes."""
        at = self.dates.loc[self.dates["role"] == "break", "date"].iloc[0]
        aside = self.dates["reason"].value_counts().drop("", errors="ignore")
        lines = [
            f"At {at} the change is {self.statistic:.3g} (quasi-F, {said_count(self.window, 'period')} on each side); "
            f"{self.share:.0%} of {self.n:,} placebo dates show one at least as large, {said_p(self.p_value)}.",
            "Null: the date is like any other of this series.",
        ]
        if len(aside):
            lines.append("Set aside: " + "; ".join(f"{count:,} {reason}" for reason, count in aside.items()) + ".")
        if self.events < FEW_EVENTS:
            lines.append(f"Events around the break: {self.events}. So few say little about any change.")
        if self.n < FEW * self.cluster:
            least = self.cluster / (self.cluster + self.n)
            lines.append(f"With {self.n} placebos, alike in runs of {self.cluster:.1f}, p cannot be below {least:.3f}.")
        return "\n".join(lines)


def placebos(
    series: pd.Series | pd.DataFrame,
    at: Any,
    *,
    slopes: bool = True,
    trend: bool = True,
    offset: str | ArrayLike | None = None,
    window: int | None = None,
    margin: int | None = None,
    before_only: bool = False,
) -> Placebos:
    """
    Compare a break with the same break at every other admissible date.

    At each date a quasi-Poisson regression sees only the `window` periods on either side, so that all dates have the
    same number of periods and the same chance of a large statistic. On the whole series dates near its ends differ
    from those in the middle, and one true break lifts the statistic of all others: placebo p-values are then not
    uniform where there is no break. Dates whose window reaches across the break are set aside.

    Use it beside `interrupted`, whose p-value believes the model: series that wander or burst show large changes at
    many dates, and here they are counted. It fails where few dates are left, and where days near the break are special
    as such (election weeks), since other days do not show what such days do.

    Parameters
    ----------
    series : Series or DataFrame
        As for `interrupted`.
    at : date
        The break.
    slopes, trend : bool
        Whether the break may change the slope, and whether the window has a trend.
    offset : str or array_like, shape (n_periods,), optional
        Logarithm of the exposure.
    window : int, optional
        Periods on each side, from 5. Default: a tenth of the series, from 5 to 14.
    margin : int, optional
        Dates less than this many periods from the break are no placebos. Default: `window`, so that no placebo sees
        the break.
    before_only : bool
        Whether only dates before the break are placebos, where what came after is unlike what was before.

    Returns
    -------
    Placebos
        Share, p-value and the table of dates.

    Raises
    ------
    DataError
        If a count is no whole number from 0.
    ValueError
        If the break lies outside the series or less than `window` from an end, a period of its window is not covered,
        or no placebo date is left.

    Notes
    -----
    Dates are exchangeable only where the series is stationary but for the break: the same law at all dates, however
    neighbours depend. A trend within the window is taken out; seasons and other breaks are not.

    Windows of neighbouring dates overlap, so that large statistics come in runs; the break is one more run, not one
    more date, and counts as `cluster` dates. Counted as one date, the smallest p-value comes up twice as often as it
    says. A dispersion below 1 is taken as 1, and a window without events has the statistic 0. Ties count as at least
    as large, which makes large p-values too large where events are few.

    Measured on 22,500 series without a break (100, 150 and 365 periods, break in the middle, default window; Poisson
    counts of mean 3 or 0.5, and rates whose logarithm is autoregressive, 0.6 from day to day): the distribution of the
    p-values is 0.01 to 0.04 from the uniform, p <= 0.05 in 4.3 to 5.6 % of them, and a Kolmogorov-Smirnov test of 500
    at a time rejects uniformity at 5 % in 2 of 45 sets.

    References
    ----------
    Abadie, A., Diamond, A., Hainmueller, J. (2015). Comparative politics and the synthetic control method. American
    Journal of Political Science 59(2), 495-510 (in-time placebos).

    Examples
    --------
    >>> days = pd.period_range("2020-08-01", periods=60, freq="D")
    >>> counts = pd.Series([1, 2, 0, 1, 3, 1] * 7 + [9, 7, 12, 8, 10, 9] * 3, index=days)
    >>> found = placebos(counts, "2020-09-12", slopes=False)
    >>> found.n, found.share, round(found.p_value, 3)
    (38, 0.0, 0.026)
    """
    counted = read_counted(series, offset)
    ((_, place),) = places_of([at], counted.periods).items()
    length = len(counted.periods)
    window = max(LEAST_WINDOW, min(USUAL_WINDOW, length // PART)) if window is None else window
    margin = window if margin is None else margin
    _check(counted, place, window, margin)
    asides = _asides(counted, place, window, margin, before_only)
    roles = ["set aside" if reason else "placebo" for reason in asides]
    roles[place] = "break"
    places = np.flatnonzero([not reason for reason in asides])
    fitted = np.full((len(counted.periods), 2), np.nan)
    fitted[places] = np.column_stack(_changes(counted, places, window, slopes, trend))
    dates = pd.DataFrame(
        {
            "date": counted.periods,
            "role": pd.array(roles, dtype="str"),
            "reason": pd.array(asides, dtype="str"),
            "statistic": fitted[:, 0],
            "rate_ratio": fitted[:, 1],
        }
    )
    events = int(counted.counts[place - window : place + window].sum())
    return _compared(dates, place, events, window, margin)


def _check(counted: Counted, place: int, window: int, margin: int) -> None:
    length, at = len(counted.periods), counted.periods[place]
    if window < LEAST_WINDOW or margin < 0:
        raise ValueError(f"window = {window}, margin = {margin}: expected at least {LEAST_WINDOW} and 0 periods")
    if not window <= place <= length - window:
        raise ValueError(
            f"{at} has {said_count(place, 'period')} before it and {length - place} from it on; a window of {window} "
            "on each side needs as many; take a shorter window or a longer series"
        )
    if gaps := int((~counted.covered[place - window : place + window]).sum()):
        raise ValueError(f"{said_count(gaps, 'period')} around {at} not covered; every period of its window must be")


def _asides(counted: Counted, place: int, window: int, margin: int, before_only: bool) -> list[str]:
    """Say of each date why it is no placebo; empty where it is one, or the break."""
    length = len(counted.periods)
    reasons = []
    for date in range(length):
        if date == place:
            reasons.append("")
        elif not window <= date <= length - window:
            reasons.append("too near an end")
        elif abs(date - place) < margin:
            reasons.append("too near the break")
        elif before_only and date > place:
            reasons.append("after the break")
        elif not counted.covered[date - window : date + window].all():
            reasons.append("with periods not covered")
        else:
            reasons.append("")
    if sum(not reason for reason in reasons) == 1:
        raise ValueError(
            f"no placebo date is left among {length} periods, with {window} on each side of a date and a margin of "
            f"{margin}; take a shorter window or a longer series"
        )
    return reasons


def _changes(counted: Counted, dates: Places, window: int, slopes: bool, trend: bool) -> tuple[Floats, Floats]:
    """Quasi-F of a break in the middle of each date's window, and the ratio of levels."""
    around = dates[:, None] + np.arange(-window, window)
    counts, offset = counted.counts[around], counted.offset[around]
    middle = counted.periods[window]
    model = Breaks({middle: window}, (middle,) if slopes else (), trend, 0, 1.0)
    columns = columns_of(2 * window, model).to_numpy()
    kept = 2 if trend else 1
    broken, smooth = poisson_windows(counts, columns, offset), poisson_windows(counts, columns[:, :kept], offset)
    dispersion = np.maximum(broken.pearson / (2 * window - columns.shape[1]), 1.0)
    statistic = (smooth.deviance - broken.deviance) / (columns.shape[1] - kept) / dispersion
    change = broken.params[:, kept]
    finite = counts[:, :window].any(axis=1) & counts[:, window:].any(axis=1) & (np.abs(change) < RUN_OFF)
    ratio = np.exp(np.where(finite, change, np.nan))
    return np.where(counts.any(axis=1), np.maximum(statistic, 0.0), 0.0), ratio


class Windows(NamedTuple):
    """Poisson fits of many windows: deviance and Pearson statistic, shape (n,), coefficients, shape (n, k)."""

    deviance: Floats
    pearson: Floats
    params: Floats


def poisson_windows(counts: Floats, columns: Floats, offset: Floats) -> Windows:
    """
    Fit the Poisson regressions of many windows at once, as `GLM` of statsmodels does one by one.

    Parameters
    ----------
    counts, offset : array, shape (n, 2 window)
        One window per row.
    columns : array, shape (2 window, k)
        The same for all windows.

    Notes
    -----
    Iteratively reweighted least squares. In a window without finite maximum the deviance still converges.
    """
    mean = (counts + counts.mean(axis=1, keepdims=True)) / 2 + LEAST_MEAN
    deviance = np.full(len(counts), np.inf)
    for _ in range(STEPS):
        response = np.log(mean) - offset + (counts - mean) / mean
        gram = np.einsum("ni,ij,ik->njk", mean, columns, columns)
        moment = np.einsum("ni,ni,ij->nj", mean, response, columns)
        params = np.einsum("njk,nk->nj", np.linalg.pinv(gram, rcond=1e-12, hermitian=True), moment)
        mean = np.exp(np.clip(params @ columns.T + offset, -LARGEST, LARGEST))
        before, deviance = deviance, 2 * kl_div(counts, mean).sum(axis=1)
        if (np.abs(before - deviance) <= TOLERANCE * (deviance + 0.1)).all():
            break
    return Windows(deviance, ((counts - mean) ** 2 / mean).sum(axis=1), params)


def _cluster(statistics: Floats) -> float:
    """Mean length of the runs of neighbouring placebo dates in the upper tenth; NaN divides runs."""
    some = statistics[np.isfinite(statistics)]
    high = statistics >= max(float(np.quantile(some, 1 - TOP)), np.nextafter(0, 1))
    starts = high & ~np.concatenate([[False], high[:-1]])
    return float(high.sum() / starts.sum()) if high.any() else 1.0


def _compared(dates: pd.DataFrame, place: int, events: int, window: int, margin: int) -> Placebos:
    others = dates["statistic"].to_numpy(dtype="float64", copy=True)
    own, others[place] = float(others[place]), np.nan
    n, larger = int(np.isfinite(others).sum()), int((others >= own * (1 - TIE)).sum())
    cluster = _cluster(others)
    return Placebos(
        share=larger / n,
        p_value=(cluster + larger) / (cluster + n),
        statistic=own,
        n=n,
        cluster=cluster,
        dates=dates,
        events=events,
        window=window,
        margin=margin,
    )
