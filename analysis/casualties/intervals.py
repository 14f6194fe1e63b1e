"""Values known only as intervals: their bounds read and checked, for counts and times alike."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Bounds(NamedTuple):
    """Least and greatest possible value of each unit, the greatest infinite where nothing bounds it."""

    lower: Floats
    upper: Floats

    @property
    def exact(self) -> Flags:
        """Which values are known exactly."""
        return self.lower == self.upper

    @property
    def unbounded(self) -> Flags:
        """Which values have no upper bound."""
        return np.isinf(self.upper)

    @property
    def ends(self) -> Floats:
        """All finite bounds."""
        return np.concatenate([self.lower, self.upper[~self.unbounded]])


def read_bounds(lower: ArrayLike, upper: ArrayLike, names: tuple[str, str] = ("lower", "upper")) -> Bounds:
    """Read two lists of numbers from 0, a missing upper bound being infinite; `names` are those of the arguments."""
    below, above = _numbers(lower, names[0]), _numbers(upper, names[1])
    if below.size != above.size or not below.size:
        raise ValueError(
            f"{names[0]} and {names[1]} must be equally long, not {below.size} and {above.size} (and not 0)"
        )
    wrong = np.flatnonzero(~(np.isfinite(below) & (below >= 0)))
    if wrong.size:
        row = wrong[0]
        raise ValueError(
            f"{names[0]} must be a number from 0, not {below[row]:g} (row {row}); give 0 where nothing is known"
        )
    above[np.isnan(above)] = np.inf
    crossed = np.flatnonzero(above < below)
    if crossed.size:
        row = crossed[0]
        raise ValueError(
            f"{names[1]} {above[row]:g} is below {names[0]} {below[row]:g} (row {row}); were they exchanged?"
        )
    return Bounds(below, above)


def _numbers(values: ArrayLike, name: str) -> Floats:
    given = pd.Series(values)
    if given.dtype.kind in "mM":
        raise ValueError(f"{name} must be numbers, not dates or durations; give hours or days since a moment")
    try:
        return pd.to_numeric(given).to_numpy(dtype="float64", na_value=np.nan, copy=True)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must be one list of numbers: {problem}") from problem


def log_difference(larger: Any, smaller: Any) -> Any:
    """log(exp(larger) - exp(smaller)) without leaving the logs."""
    return larger + np.log(-np.expm1(smaller - larger))
