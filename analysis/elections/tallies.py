"""Reading votes and seats, however they come, as exact numbers by name; and what they are shares of."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

# Answers on the ballot paper, and ballots, that are no party.
OPTIONS = ("Against all", "Invalid", "No one", "None of the above")
INVALID = "Invalid"
ONE_COUNT = ("election_id", "stage", "level", "region")
# Shares printed with two decimals may sum to a little more than their total.
ROUNDING = Fraction(1005, 1000)

Counts = dict[Hashable, Fraction]


class Tally(NamedTuple):
    """Numbers by name, the names without a number, and whether the names are names or mere positions."""

    counts: Counts
    missing: list[Hashable]
    named: bool


def listed(names: Iterable[Hashable]) -> list[Hashable]:
    """List names; a single text is one name, not a row of letters."""
    return [names] if isinstance(names, str) else list(names)


def folded(names: Iterable[Hashable]) -> frozenset[str]:
    """Names as they are compared with answers such as "Against all": without regard to case and outer spaces."""
    return frozenset(fold(name) for name in listed(names))


def fold(name: Hashable) -> str:
    """One name as it is compared with answers such as "Against all"."""
    return str(name).strip().casefold()


def without_invalid(counts: Counts) -> Counts:
    """Leave out invalid ballots."""
    return {name: count for name, count in counts.items() if fold(name) != fold(INVALID)}


def exact(value: Any, what: str = "number") -> Fraction:
    """Read a number as it is printed: 7.25 is 29/4, not the binary fraction nearest to it."""
    try:
        number = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{what} is {value!r}; expected a finite number") from None
    if number < 0:
        raise ValueError(f"{what} is {value}; expected 0 or more")
    return number


def read_tally(values: Any, column: str, never: Iterable[Hashable] = ()) -> Tally:
    """Read a frame of one count, a Series, a mapping or a plain list of numbers, without the names in `never`."""
    left_out = folded(never)
    pairs = [(name, value) for name, value in _pairs(values, column) if fold(name) not in left_out]
    names = [name for name, _ in pairs]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    several = next((name for name in names if isinstance(name, tuple)), None)
    if several is not None:
        raise ValueError(f"a party is named {several!r}; expected one text: select one count, indexed by party alone")
    if twice:
        raise ValueError(f"{', '.join(twice)} appears twice; add up its {column}, or select one count")
    if not pairs:
        raise ValueError(f"no {column} given")
    counts = {name: exact(value, f"{column} of {name}") for name, value in pairs if not pd.isna(value)}
    missing = [name for name, value in pairs if pd.isna(value)]
    return Tally(counts, missing, isinstance(values, (pd.DataFrame, pd.Series, Mapping)))


def read_counts(values: Any, column: str, never: Iterable[Hashable] = ()) -> Counts:
    """Read a tally in which nothing may be missing."""
    counts, missing, _ = read_tally(values, column, never)
    if missing:
        raise ValueError(f"no {column} stated for {', '.join(map(str, missing))}; choose a count that has {column}")
    return counts


def _pairs(values: Any, column: str) -> list[tuple[Hashable, Any]]:
    if isinstance(values, pd.DataFrame):
        values = _one_count(values, column)
    if isinstance(values, (pd.Series, Mapping)):
        return list(values.items())
    return list(enumerate(values))


def _one_count(frame: pd.DataFrame, column: str) -> pd.Series:
    name = next((name for name in ("contestant", "party") if name in frame.columns), None)
    if name is None or column not in frame.columns:
        raise ValueError(f"the frame lacks contestant or {column}; give a Series of {column} indexed by party instead")
    mixed = [key for key in ONE_COUNT if key in frame.columns and len(frame[key].unique()) > 1]
    if mixed:
        raise ValueError(f"the frame holds several counts ({', '.join(mixed)} varies); select one of each")
    return frame.set_index(name)[column]


def whole_of(counts: Counts, total: Any = None, what: str = "total") -> Fraction:
    """
    Say what a tally is a share of.

    A stated total counts. Otherwise whole numbers are counts of a whole that is their sum, and numbers with decimals
    are published shares: of 1 if they sum to about 1 or less, of 100 if to about 100 or less.
    """
    summed = sum(counts.values(), Fraction(0))
    if not summed:
        raise ValueError("all numbers are 0, so their shares are undefined; expected votes or seats")
    if total is not None:
        stated = exact(total, what)
        if stated * (1 if are_whole(counts) else ROUNDING) < summed:
            raise ValueError(f"{what} {as_number(stated):,} is smaller than the sum of votes {as_number(summed):,}")
        return stated
    if are_whole(counts):
        return summed
    return next((Fraction(whole) for whole in (1, 100) if summed <= whole * ROUNDING), summed)


def are_whole(counts: Counts) -> bool:
    """Say whether all numbers are whole, as votes are and published shares are not."""
    return all(number.denominator == 1 for number in counts.values())


def bar_of(threshold_pct: Any, base: Any) -> Fraction:
    """Votes that reach a threshold in percent of a base, exactly."""
    return exact(threshold_pct, "threshold") * exact(base, "base") / 100


def votes_needed(bar: Fraction) -> int:
    """Smallest whole number of votes at or above a bar."""
    return math.ceil(bar)


def as_number(value: Fraction) -> int | float:
    """Give back an exact number as Python users expect it."""
    return int(value) if value.denominator == 1 else float(value)
