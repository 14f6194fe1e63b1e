"""Decayed sums over past events, and the likelihood of an exponential kernel with its derivatives."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.dynamics.rhythm import Rhythm

Floats = NDArray[np.float64]


class Likelihood(NamedTuple):
    """Log likelihood, its gradient and its Hessian by the logarithms of baseline, jump and decay."""

    value: float
    gradient: Floats
    hessian: Floats


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
    carried = _carried(within[:, :, -1], since[:, -1], faded[:, -1], orders)
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


def _carried(ends: Floats, since: Floats, faded: Floats, orders: int) -> Floats:
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


def loglik(theta: Floats, times: Floats, start: float, end: float, rhythm: Rhythm) -> float:
    """Give the log likelihood alone; `theta` as in `likelihood`."""
    baseline, jump, decay = np.exp(theta)
    intensity = baseline * rhythm.at(times) + jump * past_sums(times, decay, 1)[0]
    expected = baseline * rhythm.integral(start, end) - jump / decay * np.expm1(-decay * (end - times)).sum()
    return float(np.log(intensity).sum() - expected)


def likelihood(theta: Floats, times: Floats, start: float, end: float, rhythm: Rhythm) -> Likelihood:
    """
    Give the log likelihood of an exponential kernel and its derivatives.

    Parameters
    ----------
    theta : array, shape (3,)
        Logarithms of baseline, jump and decay.
    times : array, shape (n,)
        Events from `start` to `end`.
    start, end : float
    rhythm : Rhythm

    Returns
    -------
    Likelihood
    """
    baseline, jump, decay = np.exp(theta)
    weight = rhythm.at(times)
    sums, first, second = past_sums(times, decay, 3)
    intensity = baseline * weight + jump * sums
    by = np.array([baseline * weight, jump * sums, -jump * decay * first]) / intensity
    left = end - times
    gone = np.exp(-decay * left)
    ended = -np.expm1(-decay * left)
    share, slope, curve = ended.sum(), (left * gone).sum(), (left * left * gone).sum()
    immigrants, offspring = baseline * rhythm.integral(start, end), jump / decay * share
    value = np.log(intensity).sum() - immigrants - offspring
    by_decay = jump * slope - offspring
    gradient = by.sum(axis=1) - np.array([immigrants, offspring, by_decay])
    hessian = -by @ by.T
    hessian[0, 0] += by[0].sum() - immigrants
    hessian[1, 1] += by[1].sum() - offspring
    hessian[1, 2] += by[2].sum() - by_decay
    hessian[2, 1] = hessian[1, 2]
    bent = jump * decay * (decay * second - first) / intensity
    hessian[2, 2] += bent.sum() - (offspring - jump * slope - jump * decay * curve)
    return Likelihood(float(value), gradient, hessian)
