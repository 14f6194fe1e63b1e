"""
Days, weeks, months, quarters and years as whole numbers that every engine computes alike.

A number counts periods from the year 1 on (months and quarters: `year * 12 + month - 1`, `year * 4 + quarter - 1`).
1 January of the year 1 is a Monday in the Gregorian calendar, so weeks are whole sevenths of the days since.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

ALIASES = {
    "D": "D",
    "W": "W-SUN",
    "W-SUN": "W-SUN",
    "W-SAT": "W-SAT",
    "epiweek": "W-SAT",
    "M": "M",
    "Q": "Q-DEC",
    "Y": "Y-DEC",
}
SAID = {"D": "day", "W-SUN": "week", "W-SAT": "week", "M": "month", "Q-DEC": "quarter", "Y-DEC": "year"}
# Codes of `date_precision` (2 the week, 3 the month, 4 longer) too coarse for the period
TOO_COARSE = {"D": 2, "W-SUN": 3, "W-SAT": 3, "M": 4, "Q-DEC": 4}
KNOWN_MONDAY = pd.Timestamp("2001-01-01")
DAYS_BEFORE = KNOWN_MONDAY.toordinal() - 1  # since 1 January of the year 1


@dataclass(frozen=True)
class Frequency:
    """
    Length of a period.

    Attributes
    ----------
    name : str
        As pandas calls it: "D", "W-SUN", "W-SAT", "M", "Q-DEC" or "Y-DEC".
    """

    name: str

    @property
    def said(self) -> str:
        """Its word in a sentence."""
        return SAID[self.name]

    @property
    def too_coarse(self) -> int | None:
        """Lowest code of `date_precision` whose events cannot be placed in one period; None if all can."""
        return TOO_COARSE.get(self.name)

    def numbered(self, date: ir.DateValue) -> ir.IntegerValue:
        """Give the number of the period that a date falls in."""
        if self.name == "Y-DEC":
            return date.year().cast("int64")
        if self.name == "Q-DEC":
            return date.year().cast("int64") * 4 + date.quarter() - 1
        if self.name == "M":
            return date.year().cast("int64") * 12 + date.month() - 1
        days = date.delta(ibis.date("0001-01-01"), unit="day").cast("int64")
        return {"D": days, "W-SUN": days // 7, "W-SAT": (days + 1) // 7}[self.name]

    @property
    def _offset(self) -> int:
        """Number of the period less its ordinal in pandas."""
        monday = KNOWN_MONDAY
        number = {
            "Y-DEC": monday.year,
            "Q-DEC": monday.year * 4,
            "M": monday.year * 12,
            "D": DAYS_BEFORE,
            "W-SUN": DAYS_BEFORE // 7,
            "W-SAT": (DAYS_BEFORE + 1) // 7,
        }[self.name]
        return int(number - pd.Period(monday, self.name).ordinal)

    def number(self, day: pd.Timestamp) -> int:
        """Give the number of the period that a day falls in."""
        return int(pd.Period(day, self.name).ordinal) + self._offset

    def numbers(self, days: pd.Series) -> np.ndarray:
        """Give the numbers of the periods that days fall in."""
        ordinals = pd.PeriodIndex(days, freq=self.name).asi8
        return np.asarray(ordinals, dtype="int64") + self._offset

    def periods(self, first: int, last: int) -> pd.PeriodIndex:
        """Give all periods from one number to another, both included."""
        ordinals = np.arange(first, last + 1) - self._offset
        return pd.PeriodIndex.from_ordinals(ordinals, freq=self.name, name="period")

    def whole(self, starts: pd.Series, ends: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Give the first and last period that lie wholly inside each span of days; last < first if none does."""
        day = pd.Timedelta(days=1)
        return self.numbers(starts - day) + 1, self.numbers(ends + day) - 1


def frequency(freq: str) -> Frequency:
    """Read the option `freq`."""
    if freq in ALIASES:
        return Frequency(ALIASES[freq])
    near = difflib.get_close_matches(str(freq), ALIASES, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(
        f"unknown freq {freq!r}{hint} Allowed: 'D' day, 'W' week from Monday (ISO), 'W-SAT' or 'epiweek' week from "
        "Sunday (epidemiological), 'M' month, 'Q' quarter, 'Y' year"
    )
