"""From counted groups to a complete panel: every unit in every period, 0 inside coverage and missing outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.panel.counting import SUMS, THINGS
from analysis.panel.coverage import Coverage
from analysis.panel.periods import Frequency

PLACES = ("country", "country_iso3", "region", "admin1", "location")
KINDS_OF_EVENT = ("event_type", "sub_event_type", "action")
ACTORS = ("actor", "actor1")
MOST_CELLS = 20_000_000


def units_of(
    found: pd.DataFrame, by: Sequence[str], coverage: Coverage | None, spoken_of: Collection[str]
) -> pd.DataFrame:
    """
    List the units of a panel in order: places that occur or are covered, crossed with kinds, crossed with the rest.

    A place without any of the events asked for is a unit all the same, unless the condition speaks of places
    (`spoken_of` names its columns); kinds and the rest alike.

    Returns
    -------
    DataFrame, shape (n_units, len(by))
        Categories with sorted values; one row without columns for a panel of periods alone.
    """
    passing = found[found["events"] > 0]
    parts = [
        _occurring(passing if set(alike) & set(spoken_of) else found, part, coverage) for part, alike in _groups(by)
    ]
    number = int(np.prod([len(part) for part in parts], dtype="int64"))
    if number > MOST_CELLS:
        raise ValueError(_too_many(number, "units"))
    if not parts:
        return pd.DataFrame(index=range(1))
    rows = np.indices([len(part) for part in parts]).reshape(len(parts), -1)
    crossed = {name: part[name].to_numpy()[row] for part, row in zip(parts, rows, strict=True) for name in part}
    units = pd.DataFrame({name: pd.Categorical(crossed[name]) for name in by})
    return units.sort_values(list(by), ignore_index=True)


def _groups(by: Sequence[str]) -> Iterator[tuple[list[str], Sequence[str]]]:
    """Split levels into those whose combinations must occur, and those that are crossed; with columns of that sort."""
    for together in (PLACES, KINDS_OF_EVENT):
        if part := [name for name in by if name in together]:
            yield part, together
    yield from (
        ([name], [name, *(ACTORS if name in ACTORS else [])]) for name in by if name not in PLACES + KINDS_OF_EVENT
    )


def _occurring(found: pd.DataFrame, part: list[str], coverage: Coverage | None) -> pd.DataFrame:
    named = [] if coverage is None or not set(part) <= set(coverage.levels) else [coverage.spans[part]]
    return pd.concat([found[part], *named]).drop_duplicates(ignore_index=True)


def filled(
    found: pd.DataFrame,
    units: pd.DataFrame,
    span: tuple[int, int],
    frequency: Frequency,
    coverage: Coverage | None,
    uncoded: Collection[str],
) -> tuple[pd.DataFrame, int]:
    """
    Lay counted groups out as a complete panel.

    Parameters
    ----------
    found : DataFrame
        As `counting.counted` returns it, inside the span.
    units : DataFrame
    span : (int, int)
        First and last period.
    frequency : Frequency
    coverage : Coverage, optional
        None: everything is covered.
    uncoded : collection of str
        "deaths" or "size" where no event of the source states any: missing throughout, not 0.

    Returns
    -------
    panel : DataFrame, shape (n_units * n_periods, 7)
    outside : int
        Events in cells that are not covered.
    """
    first, last = span
    width = last - first + 1
    if len(units) * width > MOST_CELLS:
        raise ValueError(_too_many(len(units) * width, "cells"))
    covered = np.ones((len(units), width), dtype=bool)
    if coverage is not None:
        covered = coverage.covers(units.astype("str"), first, last, frequency)
    inside = covered.ravel()
    cells = _places(found, units) * width + found["period"].to_numpy() - first
    shown = inside[cells]
    outside = int(found["events"].to_numpy()[~shown].sum())
    panel = pd.DataFrame(
        _columns(found[shown], cells[shown], inside, uncoded), index=_index(units, frequency.periods(*span))
    )
    return panel, outside


def _places(found: pd.DataFrame, units: pd.DataFrame) -> np.ndarray:
    """Find the row of `units` that each counted group belongs to."""
    if units.columns.empty:
        return np.zeros(len(found), dtype="int64")
    numbered = units.astype("str").assign(unit=range(len(units)))
    return found[list(units)].astype("str").merge(numbered, on=list(units), how="left")["unit"].to_numpy("int64")


def _columns(
    found: pd.DataFrame, cells: np.ndarray, inside: np.ndarray, uncoded: Collection[str]
) -> dict[str, pd.arrays.IntegerArray]:
    columns = {"events": _spread(found["events"], cells, inside)}
    nowhere = np.zeros(len(inside), dtype=bool)
    for name in sorted(SUMS, key=lambda name: (THINGS.index(name.split("_")[0]), SUMS.index(name))):
        sums = found[name] if name in found else pd.Series(np.nan, index=found.index)
        for bound, left_open in (("_high", "_open_"), ("_best", "_unsettled_")):
            if name.endswith(bound):
                sums = sums.mask(found[name.replace(bound, left_open)] > 0)
        columns[name] = _spread(sums, cells, nowhere if name.split("_")[0] in uncoded else inside)
    return columns


def _spread(values: pd.Series, cells: np.ndarray, inside: np.ndarray) -> pd.arrays.IntegerArray:
    """Put values into their cells; all others are 0 inside coverage and missing outside."""
    whole = values.astype("Int64")
    numbers, missing = np.zeros(len(inside), dtype="int64"), ~inside
    numbers[cells] = whole.fillna(0).to_numpy("int64")
    missing[cells] = whole.isna().to_numpy()
    return pd.arrays.IntegerArray(numbers, missing)


def _index(units: pd.DataFrame, periods: pd.PeriodIndex) -> pd.Index:
    if units.columns.empty:
        return periods
    codes = [units[name].cat.codes.to_numpy().repeat(len(periods)) for name in units]
    levels = [pd.Index(units[name].cat.categories, dtype="str") for name in units]
    codes.append(np.tile(np.arange(len(periods)), len(units)))
    return pd.MultiIndex(levels=[*levels, periods], codes=codes, names=[*units.columns, "period"])


def _too_many(number: int, what: str) -> str:
    return (
        f"the complete panel would have {number:,} {what}, more than {MOST_CELLS:,}: take longer periods (freq), fewer "
        "groups (by), a shorter span (start, end), or only some events (where)"
    )
