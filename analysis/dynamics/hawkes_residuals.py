"""Does the kernel hold? The distribution of residuals when the parameters come from the same events."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.dynamics.laws import ResidualTest

Floats = NDArray[np.float64]

GRID = 250
PATHS = 4000


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
    variance, both taken from the data. Paths of that process are simulated on a grid of 250 points, on which the
    distance of the p-value is measured too.
    """
    n = len(uniforms)
    order = np.argsort(uniforms)
    ranked = uniforms[order]
    grid = (np.arange(GRID) + 0.5) / GRID
    below = np.searchsorted(ranked, grid, side="right")
    shared = np.vstack([np.zeros(scores.shape[1]), np.cumsum(scores[order] - scores.mean(axis=0), axis=0)])[below] / n
    spread = np.cov(scores, rowvar=False, bias=True).reshape(scores.shape[1], -1)
    covariance = np.minimum.outer(grid, grid) - np.outer(grid, grid) - shared @ np.linalg.pinv(spread) @ shared.T
    values, vectors = np.linalg.eigh(covariance)
    paths = default_rng(seed).normal(size=(PATHS, GRID)) * np.sqrt(np.maximum(values, 0)) @ vectors.T
    distance = np.sqrt(n) * np.abs(below / n - grid).max()
    beyond = int((np.abs(paths).max(axis=1) >= distance).sum())
    steps = np.arange(n + 1) / n
    exact = max(float((steps[1:] - ranked).max()), float((ranked - steps[:-1]).max()))
    return ResidualTest(exact, (1 + beyond) / (1 + PATHS), null)
