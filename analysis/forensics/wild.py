"""Weighted least squares after partialling out, and the wild cluster bootstrap of one slope."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW_CLUSTERS = 12
WEBB = np.sqrt([0.5, 1.0, 1.5])
DOUBLINGS, BISECTIONS = 12, 25


def dummies(codes: Ints) -> Floats:
    """Make one 0/1 column per code."""
    return (codes[:, None] == np.unique(codes)).astype("float64")


def _summed(values: Floats, codes: Ints, groups: int) -> Floats:
    """Sum the rows of `values` by code."""
    return np.column_stack([np.bincount(codes, column, groups) for column in values.T])


class Partialled:
    """Weighted least squares of several outcomes on x, after the columns of z are taken out of both."""

    def __init__(self, x: Floats, z: Floats, weights: Floats):
        self.root = np.sqrt(weights)[:, None]
        self.basis = np.linalg.qr(z * self.root)[0]
        self.x = self.residual(x[:, None])[:, 0]
        self.lever = weights * self.x
        self.total = float(self.lever @ self.x)
        if self.total <= 1e-12 * float(weights @ x**2):
            self.total = np.nan

    def residual(self, values: Floats) -> Floats:
        """Take the columns of z out of the columns of `values`."""
        return values - self.basis @ (self.basis.T @ (values * self.root)) / self.root

    def slopes(self, outcomes: Floats) -> Floats:
        """Estimate the slope of each column of `outcomes`; missing where nothing of x is left."""
        return self.lever @ outcomes / self.total


class WildBootstrap:
    """
    Wild cluster bootstrap of one slope.

    The bootstrap outcome is the restricted residual of each cluster times one random weight. Everything is linear in
    the weights, so a draw needs only how the residuals of each cluster enter the scores of every other.
    """

    def __init__(self, fit: Partialled, y: Floats, cluster: Ints, draws: Floats):
        self.fit, self.n_groups = fit, draws.shape[1]
        residual = fit.residual(y[:, None])[:, 0]
        self.estimate = float(fit.lever @ residual / fit.total)
        self.spread = np.bincount(cluster, fit.lever * fit.x, self.n_groups)
        scores = np.bincount(cluster, fit.lever * (residual - self.estimate * fit.x), self.n_groups)
        self.length = float(np.sqrt((scores**2).sum()))
        self.of_y, self.of_x = (self._drawn(part, cluster, draws) for part in (residual, fit.x))

    def _drawn(self, part: Floats, cluster: Ints, draws: Floats) -> Floats:
        """Compute the scores of the clusters (draws x clusters) when each cluster's `part` is times its weight."""
        own = np.bincount(cluster, self.fit.lever * part, self.n_groups)
        taken = _summed(self.fit.basis * self.fit.root * part[:, None], cluster, self.n_groups)
        given = _summed(self.fit.basis / self.fit.root * self.fit.lever[:, None], cluster, self.n_groups)
        return draws * own - draws @ taken @ given.T

    def se(self, parameters: int) -> float:
        """Clustered standard error (CR1) of a model with so many parameters."""
        n, groups = len(self.fit.x), self.n_groups
        factor = groups / (groups - 1) * (n - 1) / (n - parameters)
        return float(np.sqrt(factor) * self.length / self.fit.total)

    def p_value(self, slope: float) -> float:
        """Test that the slope has this value."""
        scores = self.of_y - slope * self.of_x
        drawn = scores.sum(axis=1) / self.fit.total
        lengths = np.sqrt(((scores - drawn[:, None] * self.spread) ** 2).sum(axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            extreme = np.abs(drawn) / lengths >= np.abs(self.estimate - slope) / np.float64(self.length)
        return float((1 + extreme.sum()) / (1 + len(drawn)))

    def bound(self, step: float, alpha: float) -> float:
        """Find where the test begins to reject on the side of `step`."""
        inside, outside = self.estimate, self.estimate + step
        for _ in range(DOUBLINGS):
            if self.p_value(outside) < alpha:
                break
            inside, outside = outside, self.estimate + 2 * (outside - self.estimate)
        else:
            return float(np.copysign(np.inf, step))
        for _ in range(BISECTIONS):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if self.p_value(middle) < alpha else (middle, outside)
        return (inside + outside) / 2


def cluster_weights(rng: Generator, clusters: int, resamples: int) -> Floats:
    """Draw the weights of the clusters: mean 0, variance 1, resamples x clusters."""
    sizes = WEBB if clusters <= FEW_CLUSTERS else np.ones(1)
    return rng.choice(sizes, (resamples, clusters)) * rng.choice([-1.0, 1.0], (resamples, clusters))
