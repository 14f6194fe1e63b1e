"""What every test of stations says: statistic, null, p-value, effect in votes, exclusions, measured error rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from analysis.forensics.rates import false_positives
from analysis.told import Told, said_p


@dataclass(frozen=True, kw_only=True, eq=False)
class StationTest(Told):
    """
    What every test of stations has.

    Attributes
    ----------
    name, null, assumptions : str
        Key of the test; what holds if nothing happened; what must be true for the p-value to mean what it says.
    statistic : float
        The test's own number.
    p_value : float or None
        Probability of a statistic at least as extreme under the null; None for an estimate without a null.
    n : int
        Stations (or counts) used.
    excluded : DataFrame
        One row per reason: `reason`, `stations`. Used + excluded = given.
    effect_votes : float or None
        Size of what was found in votes, where the method has one.
    """

    name: ClassVar[str]
    null: ClassVar[str]
    assumptions: ClassVar[str]

    statistic: float
    p_value: float | None
    n: int
    excluded: pd.DataFrame
    effect_votes: float | None = None

    def flags(self, alpha: float = 0.05) -> bool:
        """Whether the test calls the election conspicuous at a level, before any correction for other tests."""
        return self.p_value is not None and self.p_value <= alpha

    def finding(self) -> str:
        """Say the result in one sentence."""
        raise NotImplementedError

    def summary(self) -> str:
        """Say the finding with its null, what was left out, what it assumes and how often it is wrong."""
        lines = [self.finding(), f"Null: {self.null}"]
        if self.p_value is not None:
            lines[1] += f" Found: {said_p(self.p_value)}."
        lines += [said_stations(self.n, self.excluded), f"Assumes: {self.assumptions}", false_positives(self.name)]
        return "\n".join(line for line in lines if line)


def said_stations(n: int, excluded: pd.DataFrame) -> str:
    """Say how many stations were used, and why the others were not."""
    left_out = int(excluded["stations"].sum())
    why = "; ".join(f"{row.stations:,} {row.reason}" for row in excluded.itertuples())
    return f"Used {n:,} of {n + left_out:,}" + (f"; left out: {why}." if left_out else ".")
