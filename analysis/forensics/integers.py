"""Whole-percent turnouts and shares: more of them than independent voters produce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.forensics.result import StationTest
from analysis.forensics.stations import countable
from analysis.options import known
from analysis.told import said_count

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

SAID = {"either": "turnout or share", "turnout": "turnout", "share": "share"}
HIGHEST_PCT = 99
# Near means within 1 / NEAR of a percent: 0.05 percentage points.
NEAR = 20
# Counts further than this from their mean have probabilities that no sum notices.
FAR_SD, FAR_COUNTS = 8, 12
EXACT_UP_TO = 5000


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerPeaks(StationTest):
    """
    Stations with a whole-percent turnout or share, against those that chance makes.

    Attributes
    ----------
    statistic : float
        `excess` / `sd`.
    p_value : float
        Probability of `observed` or more under the null: exact (Poisson binomial) up to 5,000 stations, normal with
        continuity correction beyond.
    kind : {"either", "turnout", "share"}
        What is a whole percentage.
    multiples : int
        Multiples of how many percent are counted: 1 for all, 5 for 0, 5, 10, ...
    observed : int
        Stations within 0.05 points of such a percentage.
    expected, sd : float
        Mean and standard deviation of that number under the null (stations).
    by_percent : DataFrame
        `measure` ("turnout", "share"), `percent`, and stations `observed` and `expected` there.
    """

    name: ClassVar[str] = "integer_peaks"
    null: ClassVar[str] = (
        "turnout and votes at a station are independent binomial counts, with the station's own turnout and share "
        "as probabilities."
    )
    assumptions: ClassVar[str] = (
        "nobody rounds: each count comes from ballots. Small stations make whole percentages by themselves, which "
        "the null accounts for; turnout and share at a station are taken as independent. For shares of a few percent "
        "the expectation is too high and the test seldom flags, because each station's own share is its probability. "
        "The excess counts stations, not stolen votes, and misses every falsification that does not aim at a round "
        "percentage."
    )

    kind: str
    multiples: int
    observed: int
    expected: float
    sd: float
    by_percent: pd.DataFrame

    @property
    def excess(self) -> float:
        """Stations beyond those expected."""
        return self.observed - self.expected

    def finding(self) -> str:
        """Say how many stations have whole percentages, and how many chance makes."""
        whole = "a whole percentage" if self.multiples == 1 else f"a multiple of {self.multiples} percent"
        return (
            f"{self.observed:,} of {said_count(self.n, 'station')} have {whole} (within 0.05 points) as "
            f"{SAID[self.kind]}; chance makes {self.expected:,.1f} (standard deviation {self.sd:.1f}), the difference "
            f"is {self.excess:+,.1f}."
        )


def integer_peaks(
    stations: pd.DataFrame, kind: str = "either", *, multiples: int = 1, minimum: int = 100
) -> IntegerPeaks:
    """
    Count stations with whole-percent turnout or share, and compare with the exact expectation.

    Who writes a result instead of counting it tends to choose a round percentage. Such stations are then more frequent
    than when every voter decides alone. Near means within 0.05 percentage points, decided in whole numbers.

    Parameters
    ----------
    stations : DataFrame
        As `forensics.stations` returns it. Turnout is issued / registered (cast where issued is not stated), share is
        votes / cast. Stations above 99 % turnout or share are left out, because 100 % is whole for other reasons.
    kind : {"either", "turnout", "share"}
        Count stations where either percentage is whole, or one of them. The same stations are used for all three.
    multiples : int
        Count multiples of so many percent only: 5 for 0, 5, 10, ...
    minimum : int
        Smallest number of registered voters.

    Returns
    -------
    IntegerPeaks
        Observed and expected stations, and both for each percentage.

    Raises
    ------
    DataError
        If a column is absent, a number is negative, or no station can be used.
    ValueError
        If `kind` is unknown or `multiples` does not divide 100.

    Notes
    -----
    The expectation is the sum, over the counts near a whole percentage, of the binomial probabilities with the
    station's own size and percentage; for `either` 1 - (1 - p_turnout)(1 - p_share). Kobak, Shpilkin and Pshenichnikov
    simulate the same null; here it is computed, so that there is no seed.

    References
    ----------
    Kobak, D., Shpilkin, S., Pshenichnikov, M. S. (2016). Integer percentages as electoral falsification
    fingerprints. Annals of Applied Statistics 10(1), 54-73. https://doi.org/10.1214/16-AOAS904

    Examples
    --------
    >>> rows = pd.DataFrame({"registered": [1000, 1013, 1999], "cast": [700, 613, 1201], "votes": [490, 300, 801]})
    >>> found = integer_peaks(rows)
    >>> found.observed, round(found.expected, 2), round(found.p_value, 2)
    (1, 0.58, 0.47)
    """
    known(kind, SAID, "kind")
    if multiples < 1 or 100 % multiples:
        raise ValueError(f"multiples must divide 100, such as 1, 5 or 10; {multiples} does not")
    used, excluded = countable(stations, minimum=minimum, highest_pct=HIGHEST_PCT, issued=True)
    columns = {"turnout": ("registered", "issued"), "share": ("cast", "votes")}
    measures = list(columns) if kind == "either" else [kind]
    observed, expected = np.zeros(len(used), dtype="bool"), np.zeros(len(used))
    tables = []
    for measure in measures:
        size, count = (used[column].to_numpy() for column in columns[measure])
        near, probability, table = _near(size, count, multiples)
        observed |= near
        expected = 1 - (1 - expected) * (1 - probability)
        tables.append(table.assign(measure=measure)[["measure", "percent", "observed", "expected"]])
    number, mean = int(observed.sum()), float(expected.sum())
    sd = float(np.sqrt((expected * (1 - expected)).sum()))
    return IntegerPeaks(
        statistic=(number - mean) / sd if sd else 0.0,
        p_value=_as_many(number, expected),
        n=len(used),
        excluded=excluded,
        kind=kind,
        multiples=multiples,
        observed=number,
        expected=mean,
        sd=sd,
        by_percent=pd.concat(tables, ignore_index=True),
    )


def _near(size: Counts, count: Counts, multiples: int) -> tuple[Flags, Floats, pd.DataFrame]:
    """Whether each count is near a whole percentage of its size, the probability of that, and both by percentage."""
    near = np.zeros(size.size, dtype="bool")
    probability = np.zeros(size.size)
    binomial = _Binomial(size, count)
    rows = []
    for percent in range(0, 101, multiples):
        first = -((1 - NEAR * percent) * size // (100 * NEAR))
        last = np.minimum((NEAR * percent + 1) * size // (100 * NEAR), size)
        here = (first <= count) & (count <= last)
        chance = binomial.between(first, last)
        near |= here
        probability += chance
        rows.append((percent, int(here.sum()), float(chance.sum())))
    return near, np.minimum(probability, 1), pd.DataFrame(rows, columns=["percent", "observed", "expected"])


class _Binomial:
    """Binomial probabilities of every station, with its own size and percentage."""

    def __init__(self, size: Counts, count: Counts):
        from scipy.special import gammaln

        self.size = size
        share = count / size
        reach = FAR_SD * np.sqrt(size * share * (1 - share)) + FAR_COUNTS
        self.low, self.high = count - reach, count + reach
        # The smallest float for 0: its powers vanish, and its power 0 is 1.
        self.log_share, self.log_rest = (np.log(np.maximum(p, np.finfo("float64").tiny)) for p in (share, 1 - share))
        self.log_orders = gammaln(size + 1.0)

    def between(self, first: Counts, last: Counts) -> Floats:
        """Probability of a count from `first` to `last`, 0 where that is too far from the mean to matter."""
        chance = np.zeros(self.size.size)
        rows = np.flatnonzero((first <= last) & (last >= self.low) & (first <= self.high))
        count = first[rows]
        while rows.size:
            chance[rows] += self._probability(rows, count)
            more = count < last[rows]
            rows, count = rows[more], count[more] + 1
        return chance

    def _probability(self, rows: Counts, count: Counts) -> Floats:
        from scipy.special import gammaln

        rest = self.size[rows] - count
        ways = self.log_orders[rows] - gammaln(count + 1.0) - gammaln(rest + 1.0)
        return np.exp(ways + count * self.log_share[rows] + rest * self.log_rest[rows])


def _as_many(number: int, probabilities: Floats) -> float:
    """Probability that as many or more of independent events with these probabilities happen."""
    from scipy.stats import norm, poisson_binom

    if probabilities.size <= EXACT_UP_TO:
        return float(np.clip(poisson_binom.sf(number - 1, probabilities), 0, 1))
    sd = np.sqrt((probabilities * (1 - probabilities)).sum())
    return float(norm.sf((number - 0.5 - probabilities.sum()) / sd))
