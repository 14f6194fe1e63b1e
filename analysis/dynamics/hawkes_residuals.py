"""Does the kernel hold? The distribution of residuals when the parameters come from the same events."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.dynamics.laws import RARE, ResidualTest

Floats = NDArray[np.float64]

GRID = (np.arange(200) + 0.5) / 200
PATHS = 2000
TINY = 1e-12


def uniform_test(uniforms: Floats, scores: Floats, seed: int, null: str) -> ResidualTest:
    """
    Compare residuals with the uniform law, allowing for the parameters estimated from the same data.

    Parameters
    ----------
    uniforms : array, shape (n,)
        Residuals that are independent and uniform at the true parameters.
    scores : array, shape (n, p)
        Score of each observation at the estimate, p the number of parameters that were free.
    seed : int
        Of the simulated null distribution.
    null : str
        What it supposes.

    Returns
    -------
    ResidualTest
        Kolmogorov-Smirnov distance, and its p-value.

    Notes
    -----
    The empirical process of the residuals loses what the score explains of it (Durbin 1973): its limit is Gaussian
    with covariance min(u, v) - u v - c(u)' I^-1 c(v), c(u) the covariance of 1(U <= u) with the score and I its
    variance, both taken from the data. Paths of that process are simulated on a grid of 200 points, on which the
    distance of the p-value is measured too.
    """
    n = len(uniforms)
    order = np.argsort(uniforms)
    ranked = uniforms[order]
    below = np.searchsorted(ranked, GRID, side="right")
    shared = np.vstack([np.zeros(scores.shape[1]), np.cumsum(scores[order] - scores.mean(axis=0), axis=0)])[below] / n
    bridge = np.minimum.outer(GRID, GRID) - np.outer(GRID, GRID)
    p_value, critical = _chance(below / n - GRID, n, bridge, shared, scores, seed)
    steps = np.arange(n + 1) / n
    distance = max(float((steps[1:] - ranked).max()), float((ranked - steps[:-1]).max()))
    return ResidualTest(distance, p_value, null, critical)


def departure(low: Floats, high: Floats) -> Floats:
    """
    Give the mean distribution of residuals less the uniform one, at `GRID`.

    Parameters
    ----------
    low, high : array, shape (n,)
        As in `interval_test`.

    Returns
    -------
    array, shape (200,)
    """
    return np.asarray(sum(_excess(low[part], high[part]).sum(axis=0) for part in _parts(len(low))) / len(low))


def _excess(low: Floats, high: Floats) -> Floats:
    """By residual, its distribution (even between low and high) less the uniform one, shape (n, 200)."""
    width = np.maximum(high - low, TINY)[:, None]
    return np.asarray(np.clip((GRID - low[:, None]) / width, 0, 1) - GRID)


def _parts(n: int) -> list[NDArray[np.intp]]:
    """Rows that are held at once."""
    return np.array_split(np.arange(n), 1 + n // 10_000)


def interval_test(low: Floats, high: Floats, scores: Floats, seed: int, null: str) -> ResidualTest:
    """
    Do the same for counts, whose residual is known only to lie evenly between two probabilities.

    Parameters
    ----------
    low, high : array, shape (n,)
        Probability of fewer, and of at most as many, given all before.
    scores, seed, null
        As in `uniform_test`.

    Returns
    -------
    ResidualTest
        Distance of the mean distribution of the residuals (Czado, Gneiting and Held 2009): no random draw enters.

    Notes
    -----
    The covariance of single residuals, which is no Brownian bridge here, is taken from the data.
    """
    n = len(low)
    centred = scores - scores.mean(axis=0)
    shared, squares = np.zeros((len(GRID), scores.shape[1])), np.zeros((len(GRID),) * 2)
    for part in _parts(n):
        excess = _excess(low[part], high[part])
        shared += excess.T @ centred[part]
        squares += excess.T @ excess
    mean = departure(low, high)
    p_value, critical = _chance(mean, n, squares / n - np.outer(mean, mean), shared / n, scores, seed)
    return ResidualTest(float(np.abs(mean).max()), p_value, null, critical)


def _chance(
    deviation: Floats, n: int, covariance: Floats, shared: Floats, scores: Floats, seed: int
) -> tuple[float, float]:
    """Simulate paths of the limit: the share that goes at least as far, and how far one in twenty goes."""
    spread = np.cov(scores, rowvar=False, bias=True).reshape(scores.shape[1], -1)
    values, vectors = np.linalg.eigh(covariance - shared @ np.linalg.pinv(spread) @ shared.T)
    paths = default_rng(seed).normal(size=(PATHS, len(GRID))) * np.sqrt(np.maximum(values, 0)) @ vectors.T
    reached = np.abs(paths).max(axis=1) / np.sqrt(n)
    beyond = int((reached >= np.abs(deviation).max()).sum())
    return (1 + beyond) / (1 + PATHS), float(np.quantile(reached, 1 - RARE))
