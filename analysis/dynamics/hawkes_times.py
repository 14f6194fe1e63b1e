"""Event times as a point process needs them: increasing numbers within a span."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST = 2


class EventTimes(NamedTuple):
    """
    Increasing times within a span, in `unit`.

    Attributes
    ----------
    times : array, shape (n,)
    start, end : float
    origin : Timestamp or None
        The moment of time 0, if the times were dates.
    unit : str
    dropped : DataFrame
        `position` and `reason` of the entries without a time.
    """

    times: Floats
    start: float
    end: float
    origin: pd.Timestamp | None
    unit: str
    dropped: pd.DataFrame

    def numbers(self, at: Any) -> Floats:
        """Read moments, as numbers or timestamps, in the unit of the fit."""
        values = pd.Series(np.atleast_1d(at) if np.ndim(at) == 0 else at)
        if self.origin is not None and not pd.api.types.is_numeric_dtype(values.dtype):
            return np.asarray(_since(pd.to_datetime(values), self.origin, self.unit))
        return _numbers(values)


def read_times(times: Any, start: Any, end: Any, unit: str) -> EventTimes:
    """Read numbers or timestamps; timestamps become `unit`s since midnight of the first day."""
    values = pd.Series(times).reset_index(drop=True) if len(times) else pd.Series(dtype="float64")
    missing = values.isna()
    dropped = pd.DataFrame({"position": np.flatnonzero(missing), "reason": "no time"})
    values = values[~missing]
    origin = None
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        origin = _moment(start, values).normalize() if start is not None else values.min().normalize()
        numbers = _since(values, origin, unit)
        start, end = (None if at is None else float(_since(_moment(at, values), origin, unit)) for at in (start, end))
    else:
        numbers = _numbers(values)
    numbers = np.sort(numbers)
    first = 0.0 if start is None else float(start)
    last = (float(numbers[-1]) if len(numbers) else first) if end is None else float(end)
    _check(numbers, first, last, len(dropped))
    return EventTimes(numbers, first, last, origin, unit if origin is not None else "that of the times", dropped)


def _moment(at: Any, like: pd.Series) -> pd.Timestamp:
    moment = pd.Timestamp(at)
    zone = like.dt.tz
    return moment.tz_localize(zone) if zone is not None and moment.tzinfo is None else moment


def _since(values: Any, origin: pd.Timestamp, unit: str) -> Any:
    try:
        return np.asarray((values - origin) / pd.Timedelta(1, unit), dtype="float64")
    except ValueError as problem:
        raise ValueError(f"unit is {unit!r}; expected one of pandas, such as 'h', 'D' or 'min'") from problem


def _numbers(values: pd.Series) -> Floats:
    try:
        return values.to_numpy(dtype="float64")
    except (TypeError, ValueError) as problem:
        raise ValueError(
            f"times must be numbers, or timestamps (pandas.to_datetime makes them): {problem}"
        ) from problem


def _check(times: Floats, start: float, end: float, missing: int) -> None:
    if not np.isfinite([*times, start, end]).all():
        raise ValueError("times, start and end must be finite")
    if not len(times):
        without = f" ({missing} entries have no time)" if missing else ""
        raise ValueError(f"no event{without}: nothing can be said of contagion")
    if times[0] < start or times[-1] > end:
        outside = int(((times < start) | (times > end)).sum())
        raise ValueError(
            f"{outside} of {len(times)} events lie outside the span {start:g} to {end:g} (they run from {times[0]:g} "
            f"to {times[-1]:g}); give start= and end= as the span that was watched"
        )
    if len(times) < FEWEST:
        raise ValueError("one event: nothing can be said of contagion; it takes several tens")
    ties = int((np.diff(times) == 0).sum())
    if ties:
        raise ValueError(
            f"{ties} of {len(times)} events have the time of another, which has probability 0 in continuous time: the "
            "times are rounded. Do not spread them at random; count them by period and use fit_hawkes_counts"
        )
