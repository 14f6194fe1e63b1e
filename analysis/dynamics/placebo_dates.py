"""Is the break more than any other date would show? The same break at placebo dates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.dynamics.breakpoints import Breaks, columns_of
from analysis.dynamics.laws import said_p
from analysis.dynamics.series import Counted, places_of, read_counted
from analysis.told import Told

Floats = NDArray[np.float64]

LEAST_WINDOW, USUAL_WINDOW, PART = 5, 14, 10
FEW, FEW_EVENTS = 19, 10
TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Placebos(Told):
    """
    A break compared with every date at which nothing is known to have happened.

    Attributes
    ----------
    share : float
        Share of the placebo dates with a statistic at least as large as that of the break (0 to 1).
    p_value : float
        (1 + their number) / (1 + placebos).
    statistic : float
        That of the break: fall of the deviance per added term over the dispersion (quasi-F), in its window.
    n : int
        Placebo dates.
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
    dates: pd.DataFrame
    events: int
    window: int
    margin: int

    def summary(self) -> str:
        """Say how the break compares, and what the comparison supposes."""
        at = self.dates.loc[self.dates["role"] == "break", "date"].iloc[0]
        aside = self.dates["reason"].value_counts().drop("", errors="ignore")
        lines = [
            f"At {at} the change is {self.statistic:.3g} (quasi-F, {self.window} periods on each side); "
            f"{self.share:.0%} of {self.n:,} placebo dates show one at least as large, {said_p(self.p_value)}.",
            "Null: the date is like any other of this series.",
        ]
        if len(aside):
            lines.append("Set aside: " + "; ".join(f"{count:,} {reason}" for reason, count in aside.items()) + ".")
        if self.events < FEW_EVENTS:
            lines.append(f"Events around the break: {self.events}. So few say little about any change.")
        if self.n < FEW:
            lines.append(f"With {self.n} placebos no p-value below {1 / (1 + self.n):.2f} is possible.")
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
    A dispersion below 1 is taken as 1, and a window without events has the statistic 0. Ties count as at least as
    large. Statistics of neighbouring dates share data, so the p-value is exact on average over series and not given
    the placebos; it is no more exact than the series is long.

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
    blank = (np.nan, np.nan)
    fits = [blank if why else _change(counted, date, window, slopes, trend) for date, why in enumerate(asides)]
    dates = pd.DataFrame(
        {
            "date": counted.periods,
            "role": pd.array(roles, dtype="str"),
            "reason": pd.array(asides, dtype="str"),
            "statistic": [fit[0] for fit in fits],
            "rate_ratio": [fit[1] for fit in fits],
        }
    )
    events = int(counted.counts[place - window : place + window].sum())
    return _compared(dates, events, window, margin)


def _check(counted: Counted, place: int, window: int, margin: int) -> None:
    length, at = len(counted.periods), counted.periods[place]
    if window < LEAST_WINDOW or margin < 0:
        raise ValueError(f"window = {window}, margin = {margin}: expected at least {LEAST_WINDOW} and 0 periods")
    if not window <= place <= length - window:
        raise ValueError(
            f"{at} has {place} periods before it and {length - place} from it on; a window of {window} on each side "
            "needs as many; take a shorter window or a longer series"
        )
    if gaps := int((~counted.covered[place - window : place + window]).sum()):
        raise ValueError(f"{gaps} periods around {at} are not covered; every period of its window must be")


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


def _change(counted: Counted, date: int, window: int, slopes: bool, trend: bool) -> tuple[float, float]:
    """Quasi-F of a break in the middle of its window, and the ratio of levels."""
    around = slice(date - window, date + window)
    counts, offset = counted.counts[around], counted.offset[around]
    if not counts.any():
        return 0.0, np.nan
    period = counted.periods[date]
    model = Breaks({period: window}, (period,) if slopes else (), trend, 0, 1.0)
    columns = columns_of(2 * window, model).to_numpy()
    kept = 2 if trend else 1
    with_break, without = _poisson(counts, columns, offset), _poisson(counts, columns[:, :kept], offset)
    dispersion = max(with_break.pearson_chi2 / with_break.df_resid, 1.0)
    statistic = (without.deviance - with_break.deviance) / (columns.shape[1] - kept) / dispersion
    both_sides = counts[:window].any() and counts[window:].any()
    return max(float(statistic), 0.0), float(np.exp(with_break.params[kept])) if both_sides else np.nan


def _poisson(counts: Floats, columns: Floats, offset: Floats) -> Any:
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a window may be perfectly separated: its deviance is finite all the same
        return GLM(counts, columns, family=Poisson(), offset=offset).fit()


def _compared(dates: pd.DataFrame, events: int, window: int, margin: int) -> Placebos:
    own = float(dates.loc[dates["role"] == "break", "statistic"].iloc[0])
    others = dates.loc[dates["role"] == "placebo", "statistic"]
    larger = int((others >= own * (1 - TIE)).sum())
    return Placebos(
        share=larger / len(others),
        p_value=(1 + larger) / (1 + len(others)),
        statistic=own,
        n=len(others),
        dates=dates,
        events=events,
        window=window,
        margin=margin,
    )
