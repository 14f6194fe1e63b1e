"""A series as change points need it: the covered values in order, with their labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Covered(NamedTuple):
    """Numbers of the covered periods, shape (n,), their labels, and how many periods were not covered."""

    numbers: Floats
    labels: pd.Index
    missing: int


def covered(series: Any, *, counts: bool) -> Covered:
    """Read a series or a panel of one unit; whole numbers from 0 are demanded of counts."""
    one = _one_series(series)
    _check_order(one.index)
    try:
        values = pd.to_numeric(one).to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"the series must hold numbers: {problem}") from problem
    known = ~np.isnan(values)
    _check_values(values[known], one.index[known], counts)
    return Covered(values[known], one.index[known], int((~known).sum()))


def _one_series(series: Any) -> pd.Series:
    if isinstance(series, pd.DataFrame):
        if "events" not in series.columns:
            raise ValueError(
                f"a frame needs the column `events`; found {', '.join(map(str, series.columns))}: choose one column"
            )
        series = series["events"]
    one = series if isinstance(series, pd.Series) else pd.Series(series)
    if one.index.nlevels == 1:
        return one
    if "period" not in one.index.names:
        raise ValueError(f"the index has levels {list(one.index.names)}; expected one level, or units and `period`")
    units = one.index.droplevel("period").unique()
    if len(units) > 1:
        raise ValueError(
            f"the panel holds {len(units)} units ({', '.join(map(str, units[:3]))}, ...); give one of them, "
            'such as panel.xs("KG-GB", level="region"), or sum them first'
        )
    return one.droplevel([name for name in one.index.names if name != "period"])


def _check_order(index: pd.Index) -> None:
    if not index.is_unique or not index.is_monotonic_increasing:
        raise ValueError("the periods must be in order, each of them once; sort the series by its index")
    places = _places(index)
    if places is None or len(places) < 3:
        return
    steps = np.diff(places)
    gaps = np.flatnonzero(steps >= 1.9 * steps.min())
    if gaps.size:
        raise ValueError(
            f"no period between {index[gaps[0]]} and {index[gaps[0] + 1]}; give every period: 0 where nothing "
            "happened, missing where not covered (as event_panel does)"
        )


def _places(index: pd.Index) -> NDArray[np.int64] | None:
    """Where periods lie in time; None for labels of another kind, whose distances mean nothing here."""
    if isinstance(index, (pd.PeriodIndex, pd.DatetimeIndex)):
        return np.asarray(index.asi8)
    return None


def _check_values(values: Floats, labels: pd.Index, counts: bool) -> None:
    wrong = np.isinf(values) | (((values < 0) | (values != np.floor(values))) if counts else False)
    if wrong.any():
        first = int(np.argmax(wrong))
        demand = 'whole counts from 0; for other numbers use model="gaussian"' if counts else "finite numbers"
        raise ValueError(f"the value at {labels[first]} is {values[first]:g}; expected {demand}")
