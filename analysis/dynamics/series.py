"""The series of one unit: every period in order of time, missing where not covered, and never read as 0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import DataError, problem

Floats = NDArray[np.float64]

# Days between neighbours, and the frequency they tell; weeks are not here, since a date may begin or end one.
STEPS = {1: "D", 28: "M", 29: "M", 30: "M", 31: "M", 90: "Q", 91: "Q", 92: "Q", 365: "Y", 366: "Y"}
HOUR = pd.Timedelta(hours=1)
COUNT = "a whole number, 0 or more"


class Series(NamedTuple):
    """Numbers by period, NaN where not covered, their labels, and where each stood in what the user gave."""

    labels: pd.Index
    numbers: Floats
    order: NDArray[np.intp]


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


def read_series(series: Any, demand: str | None = COUNT) -> Series:
    """
    Read a series, a panel of one unit, or a list: counts, said in the words of `demand`; or any numbers, if None.

    Dates become periods and are put in order; labels of other kinds must be in order. Periods absent inside the span
    are refused, since nobody can tell whether they had no events or no coverage.
    """
    one = _one_unit(series)
    labels = _periods(one.index) if isinstance(one.index, (pd.PeriodIndex, pd.DatetimeIndex)) else one.index
    if repeated := labels[labels.duplicated()].astype(str).tolist():
        raise ValueError(f"{repeated[0]} is there twice; sum the counts of each period first")
    order = np.arange(len(labels))
    if isinstance(labels, pd.PeriodIndex):
        order = np.argsort(labels.asi8, kind="stable")
    elif not labels.is_monotonic_increasing:
        raise ValueError("the index is neither in order nor of dates; sort the series by time")
    labels = labels[order]
    _demand_complete(labels)
    try:
        numbers = pd.to_numeric(one).to_numpy(dtype="float64", na_value=np.nan)[order]
    except (TypeError, ValueError) as error:
        raise ValueError(f"the series must hold numbers: {error}") from error
    _demand_numbers(labels, numbers, demand)
    return Series(labels, numbers, order)


def read_periods(series: Any, demand: str | None = COUNT) -> Series:
    """Read a series whose labels are periods, as `read_series` does."""
    read = read_series(series, demand)
    if not isinstance(read.labels, pd.PeriodIndex):
        raise ValueError(
            f"the series is indexed by {read.labels.dtype}; expected days or other periods, as event_panel gives"
        )
    return read


def read_counted(series: Any, offset: Any = None) -> Counted:
    """Read a series of counts by period, or a panel of one unit, and its offset."""
    read = read_periods(series)
    exposure = _offset(offset, series, read.order)
    uncounted, unexposed = np.isnan(read.numbers), np.isnan(exposure)
    reasons = np.where(uncounted, "count missing (not covered)", np.where(unexposed, "offset missing", ""))
    left_out = uncounted | unexposed
    counts = np.where(unexposed, np.nan, read.numbers)
    if not np.nansum(counts):
        raise ValueError(f"all {np.isfinite(counts).sum()} covered periods have 0 events: nothing can have changed")
    dropped = pd.DataFrame({"period": read.labels[left_out], "reason": pd.array(reasons[left_out], dtype="str")})
    return Counted(read.labels, counts, exposure, dropped)


def places_of(dates: Any, periods: pd.PeriodIndex, what: str = "break") -> dict[pd.Period, int]:
    """Find the periods of one or several dates, in order; a date longer than a period, such as a month, begins it."""
    several = list(dates) if isinstance(dates, Iterable) and not isinstance(dates, str) else [dates]
    if not several:
        raise ValueError(f"no {what} is given; name one or several dates")
    found = {}
    for date in several:
        try:
            given = isinstance(date, pd.Period)
            period = date.asfreq(periods.freq, how="start") if given else pd.Period(date, freq=periods.freq)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} {date!r} is no date; expected something like '2020-10-05'") from error
        if pd.isna(period) or not periods[0] <= period <= periods[-1]:
            raise ValueError(f"{what} {date} lies outside the series, which runs from {periods[0]} to {periods[-1]}")
        if period in found:
            raise ValueError(f"{what} {date} is there twice: {period} is one period of the series; give it once")
        found[period] = int(period.ordinal - periods[0].ordinal) // periods.freq.n
    return dict(sorted(found.items()))


def _one_unit(series: Any) -> pd.Series:
    if isinstance(series, pd.DataFrame):
        if "events" not in series.columns:
            raise ValueError(
                f"the frame has no column `events` (found {', '.join(map(str, series.columns))}); give a panel from "
                "event_panel, or one of its columns"
            )
        series = series["events"]
    one = series if isinstance(series, pd.Series) else pd.Series(series)
    if one.index.nlevels == 1:
        return one
    if "period" not in one.index.names:
        raise ValueError(f"the index has levels {', '.join(map(str, one.index.names))}, and none named `period`")
    units = one.index.droplevel("period").unique()
    if len(units) > 1:
        shown = ", ".join(map(str, units[:3])) + (", ..." if len(units) > 3 else "")
        raise ValueError(
            f"the panel has {len(units)} units ({shown}), and this is about one: choose it with panel.xs(...), "
            "or count all together with event_panel(..., by=())"
        )
    return one.droplevel([name for name in one.index.names if name != "period"])


def _periods(index: pd.PeriodIndex | pd.DatetimeIndex) -> pd.PeriodIndex:
    if index.hasnans:
        raise ValueError("the index has missing dates; every value needs its period")
    if isinstance(index, pd.PeriodIndex):
        return index
    wall = index.tz_localize(None)
    return wall.to_period(_frequency(wall))


def _frequency(index: pd.DatetimeIndex) -> str:
    """Frequency of a calendar that may have gaps: the commonest distance between neighbours."""
    if len(index) < 3:
        raise ValueError(f"{len(index)} dates do not tell how long a period is; give a PeriodIndex")
    commonest = pd.Series(np.diff(index.sort_values())).mode()[0]
    if commonest == HOUR:
        return "h"
    if commonest.days not in STEPS or commonest != pd.Timedelta(days=commonest.days):
        week = " (a date may begin its week or end it)" if commonest.days == 7 else ""
        raise ValueError(f"dates that lie {commonest} apart do not tell their periods{week}; give a PeriodIndex")
    return STEPS[commonest.days]


def _demand_complete(labels: pd.Index) -> None:
    """Refuse gaps in time; labels that are neither periods nor whole numbers have no distances to judge by."""
    if not len(labels):
        return
    whole: pd.Index
    if isinstance(labels, pd.PeriodIndex):
        whole = pd.period_range(labels[0], labels[-1], freq=labels.freq)
    elif pd.api.types.is_integer_dtype(labels.dtype):
        steps = np.diff(labels)
        whole = pd.RangeIndex(labels[0], labels[-1] + 1, int(np.gcd.reduce(steps)) if len(steps) else 1)
    else:
        return
    if len(absent := whole.difference(labels)):
        shown = ", ".join(map(str, absent[:3])) + (", ..." if len(absent) > 3 else "")
        raise ValueError(
            f"{len(absent)} of {len(whole)} periods between {labels[0]} and {labels[-1]} are not in the series "
            f"({shown}): periods without events are 0, and those not covered missing; event_panel makes both"
        )


def _demand_numbers(labels: pd.Index, numbers: Floats, demand: str | None) -> None:
    wrong = np.isinf(numbers)
    if demand is not None:
        wrong |= np.isfinite(numbers) & ((numbers < 0) | (numbers != np.floor(numbers)))
    if wrong.any():
        said = "a finite number" if demand is None else demand
        rows = [problem("series", said, str(labels[i]), "events", numbers[i]) for i in np.flatnonzero(wrong)]
        raise DataError(pd.concat(rows))


def _offset(offset: Any, series: Any, order: NDArray[np.intp]) -> Floats:
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
