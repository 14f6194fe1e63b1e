"""Times and events as arrays, checked: what a unit's time is, whether it ended in an event, and in which."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.told import said_count

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_EVENT = ("none", "censored", "false", "0", "0.0")


class Observed(NamedTuple):
    """
    Units with a known time.

    Attributes
    ----------
    time : array of float, shape (n,)
        When the unit had its event or was last seen without.
    code : array of int, shape (n,)
        0 without an event, otherwise 1 + the place in `modes`.
    modes : list
        Kinds of event, sorted.
    kept : array of bool, shape (n_given,)
        Which of the units given these are.
    dropped : DataFrame
        `row` and `missing` of the others.
    """

    time: Floats
    code: Ints
    modes: list[Any]
    kept: NDArray[np.bool_]
    dropped: pd.DataFrame


def read_observed(time: ArrayLike, event: ArrayLike, **others: Any) -> Observed:
    """Read times and events, and leave out units that miss either or one of `others`, with a warning."""
    cells = {"time": time, "event": event, **others}
    index = next((cell.index for cell in cells.values() if isinstance(cell, pd.Series)), None)
    columns = {name: _column(name, cell) for name, cell in cells.items()}
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{len(column)} of {name}" for name, column in columns.items())
        raise ValueError(f"{sizes}: expected one of each for every unit, in the same order")
    if not len(columns["time"]):
        raise ValueError("there are no times: nothing can be estimated")
    missing = pd.DataFrame({name: column.isna() for name, column in columns.items()})
    kept = ~missing.any(axis=1).to_numpy()
    dropped = pd.DataFrame(
        {
            "row": (missing.index if index is None else index)[~kept],
            "missing": [", ".join(missing.columns[row]) for row in missing[~kept].to_numpy()],
        }
    )
    if not kept.any():
        raise ValueError(f"every one of the {len(kept)} units misses its time or event")
    if len(dropped):
        warnings.warn(
            f"{len(dropped)} of {len(kept)} units miss {' or '.join(missing.columns[missing.any()])} and are left out: "
            "a missing event is not taken for no event. If they differ from the others, so will the estimates",
            UserWarning,
            stacklevel=3,
        )
    numbers = _times(columns["time"][kept])
    code, modes = _codes(columns["event"][kept])
    return Observed(numbers, code, modes, kept, dropped)


def _column(name: str, cells: Any) -> pd.Series:
    column = pd.Series(cells).reset_index(drop=True)
    if isinstance(column.iloc[0] if len(column) else 0, (list, tuple, np.ndarray)):
        raise ValueError(f"{name} holds lists; expected one value for each unit")
    return column


def _times(column: pd.Series) -> Floats:
    if column.dtype.kind in "mM":
        raise ValueError("time must be numbers, such as days since the vote, not dates; `exits` counts them for cases")
    try:
        numbers = column.to_numpy(dtype="float64")
    except (TypeError, ValueError) as error:
        raise ValueError(f"time must be numbers, such as days since the vote ({error})") from error
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        raise ValueError(
            f"time is {numbers[wrong][0]:g} in {said_count(int(wrong.sum()), 'unit')}: expected a finite number from "
            "0; an event before the origin is no event after it, so check its date or leave the unit out"
        )
    return numbers


def ended(column: pd.Series) -> NDArray[np.bool_]:
    """Tell which units had an event, of a column without missing cells."""
    return ~column.astype(object).astype(str).str.strip().str.lower().isin(NO_EVENT).to_numpy()


def _codes(column: pd.Series) -> tuple[Ints, list[Any]]:
    """Code events: 0 for none, then 1, 2, ... for the kinds in sorted order."""
    gone = ended(column)
    values = column.to_numpy(dtype=object)[gone]
    if pd.api.types.is_numeric_dtype(column.dtype) or all(isinstance(value, (bool, int, float)) for value in values):
        values = np.array([_whole(value) for value in values], dtype=object)
    modes = sorted(set(values), key=lambda mode: (isinstance(mode, str), mode))
    code = np.zeros(len(column), dtype="int64")
    places = {mode: place for place, mode in enumerate(modes, 1)}
    code[gone] = [places[value] for value in values]
    return code, modes


def _whole(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def last_at_or_before(times: Floats, at: Floats) -> Ints:
    """Place of the last of the sorted times that is not after each moment; -1 before the first."""
    return np.searchsorted(times, at, side="right").astype("int64") - 1


def read_moments(at: ArrayLike) -> Floats:
    """Read moments to report at."""
    moments = np.atleast_1d(np.asarray(at, dtype="float64"))
    if moments.ndim != 1 or not np.isfinite(moments).all() or (moments < 0).any():
        raise ValueError(f"moments must be finite numbers from 0, in the unit of the times, not {at!r}")
    return moments


def log_log_interval(estimate: Floats, se: Floats, level: float, seen: Floats) -> tuple[Floats, Floats]:
    """
    Interval of a probability p on the scale log(-log p), and the exact one where p is 0.

    Where no unit has had the event yet, the bound is 1 - (alpha / 2)^(1 / n) with n the units not lost from sight: had
    p been larger, n units without the event would be less likely than alpha / 2 (Clopper and Pearson).
    """
    from scipy.stats import norm

    z = norm.ppf((1 + level) / 2)
    inside = (estimate > 0) & (estimate < 1)
    p = np.where(inside, estimate, 0.5)
    reach = z * np.where(inside, se, 0) / np.abs(p * np.log(p))
    low, high = p ** np.exp(reach), p ** np.exp(-reach)
    exact = 1 - ((1 - level) / 2) ** (1 / np.maximum(seen, 1))
    low = np.where(inside, low, np.where(estimate <= 0, 0.0, 1 - exact))
    high = np.where(inside, high, np.where(estimate <= 0, exact, 1.0))
    return low, high
