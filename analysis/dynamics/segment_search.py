"""Every best division of a series into segments, exactly, by dynamic programming on cumulative sums."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import gammaln, xlogy

Floats = NDArray[np.float64]

TRIM = 0.15
# The smallest share of the total sum of squares that counts as scatter and not as rounding.
ROUNDING = 1e-12


class Covered(NamedTuple):
    """Numbers of the covered periods, shape (n,), their labels, and how many periods were not covered."""

    numbers: Floats
    labels: pd.Index
    missing: int


class Costs(NamedTuple):
    """
    Costs of segments: minus the log likelihood that a segment gains by a level of its own, up to what is common to all.

    `sums` are cumulative sums from 0, shape (n + 1,). Gaussian costs are half the usual unit: they add up to the
    residual sum of squares once that around 0 is added.
    """

    sums: Floats
    poisson: bool

    def __call__(self, start: Any, end: Any) -> Floats:
        """Cost of the segments from each start (included) to one end (not included)."""
        total = self.sums[end] - self.sums[start]
        if self.poisson:
            return -xlogy(total, total / (end - start))
        return -total * total / (end - start)


def costs_of(values: Floats, *, poisson: bool) -> Costs:
    """Costs of all segments of a series; a Gaussian one should be centred, for the sake of digits."""
    return Costs(np.concatenate([[0.0], np.cumsum(values)]), poisson)


def least_costs(costs: Costs, most: int, min_size: int) -> Floats:
    """
    Find the least cost of the first points of a series with each number of breaks.

    Parameters
    ----------
    costs : Costs
        Of a series of n points.
    most : int
        Largest number of breaks.
    min_size : int
        Points that a segment has at least.

    Returns
    -------
    ndarray, shape (most + 1, n + 1)
        Row k, column j: least cost of the first j points with k breaks; infinite where there is no room for them.

    Notes
    -----
    Segment neighbourhood search (Auger and Lawrence 1989): exact, time n squared, memory n.
    """
    n = costs.sums.size - 1
    least = np.full((most + 1, n + 1), np.inf)
    starts = np.arange(n + 1)
    for end in range(min_size, n + 1):
        last = costs(starts[: end - min_size + 1], end)
        least[0, end] = last[0]
        least[1:, end] = (least[:-1, : end - min_size + 1] + last).min(axis=1)
    return least


def places(costs: Costs, least: Floats, breaks: int, min_size: int) -> list[int]:
    """Positions of the breaks in the best division: how many points precede each of them."""
    found: list[int] = []
    end = costs.sums.size - 1
    for before in range(breaks - 1, -1, -1):
        starts = np.arange(end - min_size + 1)
        end = int(np.argmin(least[before, starts] + costs(starts, end)))
        found.insert(0, end)
    return found


def profiles(costs: Costs, least: Floats, breaks: int, min_size: int) -> Floats:
    """
    Find the least cost for every position of every break, the other breaks being where they fit best.

    Returns
    -------
    ndarray, shape (breaks, n + 1)
        Row i, column j: break i after the first j points.
    """
    total = costs.sums[-1]
    backward = least_costs(Costs(total - costs.sums[::-1], costs.poisson), breaks - 1, min_size)
    rows = [least[i] + backward[breaks - 1 - i, ::-1] for i in range(breaks)]
    return np.array(rows)


class Divisions:
    """Best divisions of one series into each number of segments, and what follows from them."""

    def __init__(self, data: Covered, poisson: bool, most: int, min_size: int, dispersion: float | None):
        self.data, self.poisson, self.min_size = data, poisson, min_size
        values = data.numbers if poisson else data.numbers - data.numbers.mean()
        self.squares = float(values @ values)
        self.costs: Costs = costs_of(values, poisson=poisson)
        self.least = least_costs(self.costs, most, min_size)
        self.ends = [places(self.costs, self.least, breaks, min_size) for breaks in range(most + 1)]
        self.dispersion = self._estimated() if dispersion is None else dispersion

    def best(self, criterion: str) -> int:
        """Choose the number of breaks with the smallest criterion; 0 where all values are equal."""
        if np.ptp(self.data.numbers) == 0:
            return 0
        return int((self.bic() if criterion == "bic" else self.mbic()).idxmin())

    def _estimated(self) -> float:
        """Estimate the dispersion from neighbouring counts, except those across the breaks of the finest division."""
        y = self.data.numbers
        same = np.ones(y.size - 1, dtype=bool)
        same[np.array(self.ends[-1], dtype="int64") - 1] = False
        steps, totals = np.diff(y)[same], (y[1:] + y[:-1])[same]
        return max(1.0, float(steps @ steps / totals.sum())) if totals.any() else 1.0

    def rss(self, cost: Any) -> Any:
        """Residual sum of squares of divisions from their costs."""
        return np.maximum(self.squares + cost, ROUNDING * self.squares)

    def loglik(self) -> Floats:
        """Log likelihood by number of breaks."""
        y, cost = self.data.numbers, self.least[:, -1]
        if self.poisson:
            return np.asarray(-cost - y.sum() - gammaln(y + 1).sum())
        with np.errstate(divide="ignore"):
            return np.asarray(-y.size / 2 * (np.log(2 * math.pi * self.rss(cost) / y.size) + 1))

    def bic(self) -> pd.Series:
        """Schwarz's criterion by number of breaks."""
        breaks = np.arange(len(self.ends))
        return self._penalised(2 * breaks * math.log(self.data.numbers.size))

    def mbic(self) -> pd.Series:
        """Criterion of Zhang and Siegmund by number of breaks."""
        n = self.data.numbers.size
        shares = [np.log(np.diff([0, *ends, n]) / n).sum() for ends in self.ends]
        return self._penalised(3 * np.arange(len(self.ends)) * math.log(n) + np.array(shares))

    def _penalised(self, penalty: Any) -> pd.Series:
        common = (1 if self.poisson and self.dispersion == 1 else 2) * math.log(self.data.numbers.size)
        values = -2 * self.loglik() / self.dispersion + common + penalty
        return pd.Series(values, index=pd.RangeIndex(len(self.ends), name="breaks"))

    def ratios(self, breaks: int) -> Floats:
        """Twice the log likelihood ratio of every position of every break to the best, shape (breaks, n + 1)."""
        cost = profiles(self.costs, self.least, breaks, self.min_size)
        if self.poisson:
            return np.asarray(2 * (cost - self.least[breaks, -1]) / self.dispersion)
        return np.asarray(self.data.numbers.size * np.log(self.rss(cost) / self.rss(self.least[breaks, -1])))

    def sup_f(self) -> float | None:
        """Largest F of one break against none, 15 % of the points on either side left out."""
        n = self.data.numbers.size
        trimmed = max(math.floor(TRIM * n), 1)
        first = np.arange(trimmed, n - trimmed + 1)
        if self.poisson or n < 3 or not first.size or self.squares == 0:
            return None
        largest = float(-(self.costs(0, first) + self.costs(first, n)).min())
        return largest / (float(self.rss(-largest)) / (n - 2))


def poisson_interval(total: Floats, level: float) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson mean (Garwood 1936)."""
    tail = (1 - level) / 2
    low = np.where(total > 0, stats.chi2.ppf(tail, 2 * np.maximum(total, 1e-9)) / 2, 0.0)
    return low, np.asarray(stats.chi2.isf(tail, 2 * total + 2) / 2)


def hulls(ratios: Floats, level: float) -> tuple[list[int], list[int]]:
    """First and last position of each break whose likelihood ratio is not too large."""
    inside = ratios <= -2 * math.log1p(-math.sqrt(level))
    return [int(np.argmax(row)) for row in inside], [int(row.size - 1 - np.argmax(row[::-1])) for row in inside]


def dispersion_within(residuals: Floats, fitted: Floats, breaks: int) -> float:
    """Pearson's statistic of counts by its degrees of freedom."""
    free = residuals.size - breaks - 1
    some = fitted > 0
    return float((residuals[some] ** 2 / fitted[some]).sum() / free) if free and some.any() else math.nan


def autocorrelation(residuals: Floats) -> float:
    """Correlation of neighbouring residuals."""
    total = float(residuals @ residuals)
    return float(residuals[1:] @ residuals[:-1]) / total if total > 0 else math.nan
