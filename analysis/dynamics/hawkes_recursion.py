"""Decayed sums over past events, and the likelihood of an exponential kernel with its derivatives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.dynamics.hawkes_maximum import Shape
from analysis.dynamics.rhythm import Rhythm

Floats = NDArray[np.float64]


def past_sums(times: Floats, decay: float, orders: int) -> Floats:
    """
    Sum exp(-decay d), d exp(-decay d) and d^2 exp(-decay d) over the past of each event, d being the time since.

    Parameters
    ----------
    times : array, shape (n,)
        Increasing.
    decay : float
        Per unit of time.
    orders : int
        How many of the three sums.

    Returns
    -------
    array, shape (orders, n)

    Notes
    -----
    A first-order recursion (Ozaki 1979). The events are laid out in about sqrt(n) rows; the recursion runs along all
    rows at once and then carries each row's end into the next, so that nothing overflows and nothing cancels.
    """
    n = len(times)
    width = max(1, math.isqrt(n))
    rows = -(-n // width)
    padded = np.append(times, np.full(rows * width - n, times[-1])).reshape(rows, width)
    within = _along(np.diff(padded, axis=1, prepend=padded[:, :1]), decay, orders)
    since = padded - np.append(padded[0, 0], padded[:-1, -1])[:, None]
    faded = np.exp(-decay * since)
    carried = _carried(within[:, :, -1], since[:, -1], faded[:, -1])
    for order, sums in enumerate(_aged(carried[:, :, None], since, faded)):
        within[order] += sums
    return within.reshape(orders, -1)[:, :n]


def _along(gaps: Floats, decay: float, orders: int) -> Floats:
    """Run the recursion along every row, each beginning with no past."""
    found = np.zeros((orders, *gaps.shape))
    fading = np.exp(-decay * gaps)
    state = np.zeros((orders, len(gaps)))
    for place in range(1, gaps.shape[1]):
        state[0] += 1
        for order, sums in enumerate(_aged(state, gaps[:, place], fading[:, place])):
            found[order, :, place] = sums
        state = found[:, :, place].copy()
    return found


def _carried(ends: Floats, since: Floats, faded: Floats) -> Floats:
    """Give the state that each row begins with: all earlier rows, their last events included."""
    carried = np.zeros_like(ends)
    for row in range(1, ends.shape[1]):
        aged = _aged(carried[:, row - 1], since[row - 1], faded[row - 1])
        carried[:, row] = ends[:, row - 1] + np.array(aged)
        carried[0, row] += 1
    return carried


def _aged(state: Floats, gap: Floats | float, faded: Floats | float) -> list[Floats]:
    """Let time pass over the sums."""
    aged = [faded * state[0]]
    if len(state) > 1:
        aged.append(faded * (state[1] + gap * state[0]))
    if len(state) > 2:
        aged.append(faded * (state[2] + gap * (2 * state[1] + gap * state[0])))
    return aged


class Observed(NamedTuple):
    """Events at increasing `times` from `start` to `end`, and the rhythm of their baseline."""

    times: Floats
    start: float
    end: float
    rhythm: Rhythm

    @property
    def exposure(self) -> float:
        """Length of the span, weighted by the rhythm."""
        return float(self.rhythm.integral(self.start, self.end))


def loglik(theta: Floats, seen: Observed) -> float:
    """Give the log likelihood alone, at one point as those of `likelihood`."""
    baseline, branching, decay = np.exp(theta[0]), theta[1], np.exp(theta[2])
    intensity = baseline * seen.rhythm.at(seen.times) + branching * decay * past_sums(seen.times, decay, 1)[0]
    offspring = -branching * np.expm1(-decay * (seen.end - seen.times)).sum()
    return float(np.log(intensity).sum() - baseline * seen.exposure - offspring)


def likelihood(thetas: Floats, seen: Observed) -> Shape:
    """
    Give the log likelihood of an exponential kernel and its derivatives.

    Parameters
    ----------
    thetas : array, shape (k, 3)
        Points: logarithm of the baseline, branching ratio, logarithm of the decay.
    seen : Observed

    Returns
    -------
    Shape
        At the k points.
    """
    return Shape(*(np.array(parts) for parts in zip(*(_at(theta, seen) for theta in thetas), strict=True)))


def _at(theta: Floats, seen: Observed) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient and Hessian at one point."""
    baseline, branching, decay = np.exp(theta[0]), theta[1], np.exp(theta[2])
    weight = seen.rhythm.at(seen.times)
    sums, first, second = past_sums(seen.times, decay, 3)
    intensity = baseline * weight + branching * decay * sums
    bent = decay * (sums - decay * first)
    by = np.array([baseline * weight, decay * sums, branching * bent]) / intensity
    left = seen.end - seen.times
    gone = np.exp(-decay * left)
    share, slope, curve = -np.expm1(-decay * left).sum(), (left * gone).sum(), (left * left * gone).sum()
    immigrants = baseline * seen.exposure
    value = np.log(intensity).sum() - immigrants - branching * share
    gradient = by.sum(axis=1) - np.array([immigrants, share, branching * decay * slope])
    hessian = -by @ by.T
    hessian[0, 0] += by[0].sum() - immigrants
    hessian[1, 2] += (bent / intensity).sum() - decay * slope
    hessian[2, 1] = hessian[1, 2]
    twice = decay * (sums - 3 * decay * first + decay**2 * second)
    hessian[2, 2] += branching * ((twice / intensity).sum() - decay * slope + decay**2 * curve)
    return float(value), gradient, hessian


class Increments(NamedTuple):
    """Expected events between successive events, shape (n,), and the score of each such wait, shape (n, 3)."""

    compensator: Floats
    scores: Floats


def increments(theta: Floats, seen: Observed) -> Increments:
    """Cut the compensator and the score at the events; what follows the last event is left out."""
    baseline, branching, decay = np.exp(theta[0]), theta[1], np.exp(theta[2])
    weight = seen.rhythm.at(seen.times)
    sums, first = past_sums(seen.times, decay, 2)
    intensity = baseline * weight + branching * decay * sums
    before = np.append(seen.start, seen.times[:-1])
    immigrants = baseline * seen.rhythm.integral(before, seen.times)
    spent = np.append(0, 1 + sums[:-1]) - sums
    slower = decay * (first - np.append(0, first[:-1]))
    found = [
        baseline * weight / intensity - immigrants,
        decay * sums / intensity - spent,
        branching * (decay * (sums - decay * first) / intensity - slower),
    ]
    return Increments(immigrants + branching * spent, np.array(found).T)


def excited(at: Floats, times: Floats, decay: float) -> tuple[Floats, NDArray[np.intp]]:
    """Sum exp(-decay d) over the events before each moment, and count those events."""
    before = np.searchsorted(times, at, side="left")
    if not len(times):
        return np.zeros(len(at)), before
    sums = np.append(0, past_sums(times, decay, 1)[0] + 1)
    last = np.append(-np.inf, times)
    return sums[before] * np.exp(-decay * (at - last[before])), before
