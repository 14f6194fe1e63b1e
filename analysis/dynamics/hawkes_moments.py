"""How many events a period of a self-exciting process holds, and what excitation it leaves: means and covariances."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
