"""What every test of stations says: statistic, null, p-value, effect in votes, exclusions, measured error rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from analysis.told import Told, said_p

RUNS, POWER_RUNS, STATIONS = 1000, 200, 2000
WOLF_PCT, WOLF_REAL_PCT = 10.0, 25.0
COLUMNS = (
    "clean_pct",
    "realistic_pct",
    "stuffing_pct",
    "moving_pct",
    "rounding_pct",
    "busing_pct",
    "klimek_pct",
    "real_flagged",
    "real_counts",
)
# Percent of simulated elections flagged at 5 %, as `unrest calibrate` prints them; then flags on counts of leading
# parties in real elections whose count was not disputed, as in the table `station_tests`.
MEASURED: dict[str, tuple[float, ...]] = {
    "last_digit": (6.2, 4.6, 3, 9, 6.5, 5.5, 3, 5, 9),
    "zero_five": (5.2, 5.3, 4, 5, 5, 7.5, 4, 2, 9),
    "last_two_digits": (4.6, 5.3, 6, 4.5, 5, 3, 6.5, 2, 9),
    "second_digit": (19.5, 9.3, 9.5, 8.5, 7.5, 6.5, 6, 8, 9),
    "integer_peaks": (6.2, 4.2, 3.5, 4, 100, 4, 9, 0, 9),
    "turnout_share": (5.4, 100, 100, 100, 100, 100, 100, 9, 9),
    "anomalous_votes": (3.5, 7.2, 6, 6.5, 7, 6, 90, 4, 9),
    "klimek": (0, 0, 0, 0, 0, 0, 100, 0, 9),
    "resampled_kernel": (3.8, 3.6, 5, 4, 100, 4, 3.5, 4, 9),
}


def error_rates() -> pd.DataFrame:
    """
    Give the measured rates at which each test flags elections of known making.

    Returns
    -------
    DataFrame, one row per test
        Indexed by `test`. Percent of simulated elections of 2,000 stations flagged at the 5 % level: of 1,000 each
        `clean_pct` (all stations alike), `realistic_pct` (clean, but regions, towns and villages differ as they do);
        of 200 each, with manipulation in a tenth of the stations, `stuffing_pct`, `moving_pct`, `rounding_pct`,
        `busing_pct`, and in a third, by the process of Klimek et al., `klimek_pct` (power). `real_flagged` of
        `real_counts` counts of real elections that were not disputed. `wolf`: whether the test flags clean elections
        too often for a flag to mean much, more than 10 % of the simulated or 25 % of the real ones.

    Notes
    -----
    Counts of one real election are not independent of one another: few flags there mean little, many mean a lot.

    Examples
    --------
    >>> error_rates()["wolf"]["turnout_share"]
    np.True_
    """
    rates = pd.DataFrame.from_dict(MEASURED, orient="index", columns=list(COLUMNS), dtype="float64")
    real_pct = 100 * rates["real_flagged"] / rates["real_counts"]
    wolf = (rates[["clean_pct", "realistic_pct"]].max(axis=1) > WOLF_PCT) | (real_pct > WOLF_REAL_PCT)
    return rates.assign(real_pct=real_pct, wolf=wolf).rename_axis("test")


def false_positives(name: str) -> str:
    """Say how often a test flags elections without manipulation; empty for a test that was not measured."""
    if name not in MEASURED:
        return ""
    rates = error_rates().loc[name]
    said = (
        f"On {RUNS:,} simulated clean elections it flags {rates['clean_pct']:.1f}% where stations are alike, "
        f"{rates['realistic_pct']:.1f}% where regions and towns differ; on real ones that were not disputed "
        f"{rates['real_flagged']:.0f} of {rates['real_counts']:.0f} counts from three elections. With a tenth of the "
        f"stations stuffed it flags {rates['stuffing_pct']:.1f}%, with votes moved there {rates['moving_pct']:.1f}%."
    )
    return said + (" It cries wolf: a flag alone means little." if rates["wolf"] else "")


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
