"""Counts of a self-exciting process, period by period: the moments of each, and what it lets expect of the next."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from analysis.dynamics.rhythm import Rhythm

Floats = NDArray[np.float64]

TERMS = 22  # of the power series, for arguments below 1: exact to the last digit


class Response(NamedTuple):
    """
    What a period owes to its beginning and to the baseline, each linearly.

    Attributes
    ----------
    mean, variance, baseline : array, shape (5, ...)
        By the mean and the variance of the excitation at the beginning, and by a constant baseline of 1. Rows: mean of
        the count, mean of the excitation left, variance of the count, their covariance, variance of the excitation.
    """

    mean: Floats
    variance: Floats
    baseline: Floats


def response(branching: Floats, decay: Floats, length: Floats) -> Response:
    """
    Solve the equations of the first two moments of count and excitation over a period.

    Parameters
    ----------
    branching, decay, length : arrays that broadcast

    Returns
    -------
    Response

    Notes
    -----
    With the excitation X, the rate b + X, jump a, decay d and z = d - a: dN has rate b + X, dX = -d X dt + a dN, hence
    E N' = b + E X, E X' = a b - z E X, Var N' = 2 Cov + b + E X, Cov' = -z Cov + Var X + a (b + E X), Var X' =
    -2 z Var X + a^2 (b + E X). The solutions are written in phi functions, which stay exact where z is 0.
    """
    jump, s = branching * decay, length
    z = (1 - branching) * decay * s
    f0, f1, f2, f3, f4 = _phi(z)
    _, g1, g2, g3, g4 = _phi(2 * z)
    a, a2, a3 = jump * s, (jump * s) ** 2, (jump * s) ** 3
    twice = 4 * g3 - f2
    mean = [s * f1, f0, s * f1 + 2 * s * (a2 * twice + a * (f1 - f2)), f0 * (a2 * f2 + a), a2 * f0 * f1 / s]
    nothing = np.zeros_like(z)
    variance = [nothing, nothing, (s * f1) ** 2, s * f0 * f1, f0 * f0]
    baseline = [
        s * (1 + a * f2),
        a * f1,
        s * (1 + 3 * a * f2 + 2 * a2 * (f2 - 3 * f3 + 2 * g3) + 2 * a3 * (4 * g4 + f4 - f3)),
        a * f1 + a2 * (f1 - f2 + (2 * g2 - f2)) + a3 * twice,
        (a2 * g1 + a3 * (2 * g2 - f2)) / s,
    ]
    return Response(*(np.array(np.broadcast_arrays(*rows)) for rows in (mean, variance, baseline)))


def _phi(x: Floats) -> list[Floats]:
    """Give exp(-x), (1 - exp(-x)) / x, and on: each is (1 / k! - the one before) / x; 1 / k! at 0."""
    near = np.abs(x) < 1
    far, close = np.where(near, 1.0, x), np.where(near, x, 0.0)
    found = [np.exp(-x)]
    last = np.exp(-far)
    for k in range(1, 5):
        last = (1 / math.factorial(k - 1) - last) / far
        series = np.zeros_like(close)
        for j in range(TERMS, -1, -1):
            series = (-1) ** j / math.factorial(j + k) + close * series
        found.append(np.where(near, series, last))
    return found


ROOM = 4_000_000  # numbers held at once
FLOOR = 1e-9


class Beat(NamedTuple):
    """
    How the rhythm lies in the periods.

    Attributes
    ----------
    kinds : array of int, shape (n,)
        Which kind each period is: periods that begin at the same place of the cycle are of one kind.
    offsets : array, shape (m,)
        Lengths, from a change of the rhythm to the end of the period.
    steps : array, shape (n_kinds, m)
        By how much the rhythm changes there.
    """

    kinds: NDArray[np.intp]
    offsets: Floats
    steps: Floats


def beat_of(rhythm: Rhythm, start: float, width: float, n: int) -> Beat:
    """Lay the rhythm over n periods of one width."""
    phases = np.mod(start + width * np.arange(n), rhythm.cycle)
    _, firsts, kinds = np.unique(np.round(phases / rhythm.cycle, 9) % 1, return_index=True, return_inverse=True)
    part = rhythm.cycle / len(rhythm.weights)
    rows: list[dict[float, float]] = []
    for phase in phases[firsts]:
        edges = part * np.arange(math.floor(phase / part + 1e-9) + 1, math.ceil((phase + width) / part - 1e-9))
        begins = np.append(phase, edges)
        weights = rhythm.at((begins + np.append(edges, phase + width)) / 2)
        lengths = np.round(phase + width - begins, 12)
        rows.append(dict(zip(lengths.tolist(), np.diff(weights, prepend=0.0).tolist(), strict=True)))
    offsets = sorted({offset for row in rows for offset in row})
    steps = np.array([[row.get(offset, 0.0) for offset in offsets] for row in rows])
    return Beat(kinds, np.array(offsets), steps)


class Forecasts(NamedTuple):
    """Mean and variance of each count given all before, shape (n, k)."""

    mean: Floats
    variance: Floats


class Counts(NamedTuple):
    """Counts by period, NaN where not covered; width of a period; and how the rhythm lies in them."""

    counts: Floats
    width: float
    beat: Beat

    def forecasts(self, thetas: Floats) -> Forecasts:
        """
        Expect each count from those before.

        Parameters
        ----------
        thetas : array, shape (k, 3)
            Log baseline, branching ratio, log decay.

        Returns
        -------
        Forecasts

        Notes
        -----
        Mean and variance of the excitation are carried from period to period: exact moments of the continuous process
        over the period, then the linear update by the count. The variance that comes from where in the period the
        events lie goes with their number, so that an empty period leaves none. Periods not covered bring no update.
        """
        baseline, branching, decay = np.exp(thetas[:, 0]), thetas[:, 1], np.exp(thetas[:, 2])
        by_mean, by_variance, _ = response(branching, decay, np.array(self.width))
        lengths = response(branching[None], decay[None], self.beat.offsets[:, None]).baseline
        inputs = np.einsum("ko,rot->krt", self.beat.steps, lengths) * baseline
        faded, seen_by, least = np.exp(-2 * decay * self.width), by_mean[0] ** 2, FLOOR * baseline
        mean, variance = np.zeros_like(baseline), np.zeros_like(baseline)
        found = np.empty((2, len(self.counts), len(baseline)))
        for place, (count, kind) in enumerate(zip(self.counts.tolist(), self.beat.kinds.tolist(), strict=True)):
            expected, left, spread, shared, loose = inputs[kind] + by_mean * mean + by_variance * variance
            found[0, place], found[1, place] = expected, spread
            if count != count:
                mean, variance = left, loose
                continue
            gain = shared / spread
            kept = faded * variance * (1 - seen_by * variance / spread)
            mean = np.maximum(left + gain * (count - expected), least)
            variance = kept + np.maximum(loose - gain * shared - kept, 0) * (count / expected)
        return Forecasts(found[0], found[1])

    def immigrants(self, baseline: float) -> Floats:
        """Expect events that no event excited, shape (n,): `baseline` per unit of time, by the rhythm."""
        return baseline * (self.beat.steps @ self.beat.offsets)[self.beat.kinds]

    def each(self, thetas: Floats) -> Floats:
        """Log probability of each count given all before, shape (n_covered, k)."""
        covered = ~np.isnan(self.counts)
        found = self.forecasts(thetas)
        return log_probability(self.counts[covered, None], found.mean[covered], found.variance[covered])

    def loglik(self, thetas: Floats) -> Floats:
        """Log likelihood of many parameters at once, shape (k,)."""
        groups = math.ceil(len(thetas) * len(self.counts) / ROOM)
        with np.errstate(all="ignore"):  # explosions too large for a number give none, and climbing refuses those
            return np.concatenate([self.each(part).sum(axis=0) for part in np.array_split(thetas, groups)])


def log_probability(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """
    Give log probabilities of the generalised Poisson law (Consul) with these means and variances.

    It is the law of all descendants of Poisson immigrants, and Poisson's own where variance and mean are the same.
    """
    ratio = np.sqrt(mean / variance)
    immigrants, branching = mean * ratio, 1 - ratio
    rate = np.maximum(immigrants + counts * branching, FLOOR * immigrants)
    return np.log(immigrants) + (counts - 1) * np.log(rate) - rate - gammaln(counts + 1)


def placed(counts: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Place each count in its law: the chance of fewer, and the chance of at most as many."""
    below = np.zeros_like(mean)
    for fewer in range(int(counts.max())):
        more = counts > fewer
        below[more] += np.exp(log_probability(np.array(float(fewer)), mean[more], variance[more]))
    below = np.minimum(below, 1.0)
    return below, np.minimum(below + np.exp(log_probability(counts, mean, variance)), 1.0)
