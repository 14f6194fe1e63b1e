"""Capture histories: how many victims are on which of several lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COUNT_NAMES = ("count", "n")
MOST_LISTS = 15


class Captures(NamedTuple):
    """Victims by history 1, 2, ...: list `i` holds those of the histories in which bit `i` is set."""

    lists: tuple[str, ...]
    counts: Floats

    @property
    def observed(self) -> int:
        """Victims on at least one list."""
        return round(float(self.counts.sum()))


def read_captures(cells: pd.DataFrame) -> Captures:
    """Sum the counts of each capture history, with zero for those that do not occur."""
    count_column = _count_column(cells)
    columns = [column for column in cells.columns if column != count_column]
    if len(columns) < 2:
        raise ValueError(f"{len(columns)} list given; expected two or more columns of 0 and 1 besides the count")
    if len(columns) > MOST_LISTS:
        raise ValueError(f"{len(columns)} lists given; merge similar ones, at most {MOST_LISTS} can be fitted")
    held = np.column_stack([_indicator(cells[column], column) for column in columns])
    counts = np.ones(len(cells)) if count_column is None else _whole_counts(cells[count_column], count_column)
    empty = [str(column) for column, total in zip(columns, counts @ held, strict=True) if total == 0]
    if empty:
        raise ValueError(f"no victim is on list {', '.join(empty)}; leave it out")
    history = held @ (1 << np.arange(len(columns)))
    totals = np.bincount(history, weights=counts, minlength=2 ** len(columns)).astype("float64")
    if totals[0] > 0:
        raise ValueError(
            f"{totals[0]:,.0f} victims are on no list (all columns 0); leave such rows out, their number is estimated"
        )
    return Captures(tuple(map(str, columns)), totals[1:])


def _count_column(cells: pd.DataFrame) -> str | None:
    repeated = cells.columns[cells.columns.duplicated()].unique()
    if len(repeated):
        raise ValueError(f"column {', '.join(map(str, repeated))} occurs twice; give each list its own name")
    present = [name for name in COUNT_NAMES if name in cells.columns]
    if len(present) > 1:
        raise ValueError("both `count` and `n` are columns; keep the one that counts victims, rename the other")
    return present[0] if present else None


def _indicator(values: pd.Series, column: object) -> NDArray[np.int64]:
    if values.isna().any():
        raise ValueError(f"list {column} has missing values; expected 1 (on the list) or 0 (not on it) in every row")
    wrong = values[~values.isin([0, 1])]
    if len(wrong):
        raise ValueError(
            f"list {column} has the value {wrong.tolist()[0]!r}; expected 0 or 1; drop the column if it is no list"
        )
    return values.to_numpy(dtype="int64")


def _whole_counts(values: pd.Series, column: str) -> Floats:
    if not pd.api.types.is_numeric_dtype(values):
        raise ValueError(f"column {column} holds {values.dtype}; expected whole numbers of victims")
    if values.isna().any():
        raise ValueError(f"column {column} has missing values; expected the number of victims, 0 where there is none")
    counts = values.to_numpy(dtype="float64")
    wrong = counts[~((counts >= 0) & (counts == np.floor(counts)) & np.isfinite(counts))]
    if wrong.size:
        raise ValueError(f"column {column} has the value {wrong[0]:g}; expected whole numbers of victims, 0 or more")
    return counts
