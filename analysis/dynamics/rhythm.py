"""A known rhythm of the baseline, such as day and night: weights over a cycle, with a mean of 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rhythm:
    """
    Piecewise constant weights over a cycle.

    Attributes
    ----------
    weights : array, shape (n_parts,)
        Of the equal parts of a cycle; their mean is 1.
    cycle : float
        Length of a cycle, in the unit of the times. Time 0 is the beginning of one.
    """

    weights: Floats
    cycle: float

    def at(self, times: Floats) -> Floats:
        """Weight at each time."""
        if len(self.weights) == 1:
            return np.ones(len(times))
        part = np.floor(np.mod(times, self.cycle) / self.cycle * len(self.weights)).astype(int)
        return np.asarray(self.weights[np.minimum(part, len(self.weights) - 1)])

    @property
    def _course(self) -> tuple[Floats, Floats]:
        """Ends of the parts within a cycle, and the integral up to each."""
        edges = np.linspace(0, self.cycle, len(self.weights) + 1)
        return edges, np.append(0, np.cumsum(self.weights)) * self.cycle / len(self.weights)

    def until(self, times: Floats | float) -> Floats:
        """Integral of the weights from time 0 on."""
        whole, rest = np.divmod(times, self.cycle)
        return np.asarray(whole * self.cycle + np.interp(rest, *self._course))

    def integral(self, start: Floats | float, end: Floats | float) -> Floats:
        """Integral of the weights between two times."""
        return self.until(end) - self.until(start)

    def times_of(self, integrals: Floats, start: float) -> Floats:
        """Find the times by which the integral from `start` on has reached these values: the inverse of `integral`."""
        edges, sums = self._course
        whole, rest = np.divmod(integrals + self.until(start), self.cycle)
        return np.asarray(whole * self.cycle + np.interp(rest, sums, edges))


STEADY = Rhythm(np.ones(1), 1.0)


def rhythm_of(weights: Any, cycle: float | None) -> Rhythm:
    """
    Read the options `rhythm` and `cycle`.

    Raises
    ------
    ValueError
        If the weights are no positive numbers, or the length of the cycle is not stated.
    """
    if weights is None:
        return STEADY
    if isinstance(weights, Rhythm):
        return weights
    values = np.asarray(weights, dtype="float64")
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or (values <= 0).any():
        raise ValueError("rhythm: expected positive weights of the equal parts of a cycle, such as 24 hourly ones")
    if cycle is None or not cycle > 0:
        raise ValueError(f"cycle is {cycle!r}; expected the length of a cycle in the unit of the times, such as 24")
    return Rhythm(values / values.mean(), float(cycle))
