"""Beta-binomial mixtures of turnout and share: maximum likelihood, and which component a station may be of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, logsumexp, softmax

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MOST_COMPONENTS = 5
MOST_STATIONS = 2000
SMALLEST_SHAPE, LARGEST_SHAPE = np.exp(-3), np.exp(12)


def fit_mixture(successes: Counts, trials: Counts) -> pd.DataFrame:
    """
    Fit a beta-binomial mixture; BIC chooses one to five components.

    Parameters
    ----------
    successes, trials : ndarray of int, shape (n_stations,)
        Such as ballots cast and registered voters. Of more than 2,000 stations every so manieth in order of their
        rate is used.

    Returns
    -------
    DataFrame, one row per component
        Shapes `a`, `b` (e**-3 to e**12; the largest are all but a binomial) and `weight`, heaviest component first.
    """
    order = np.argsort(successes / trials, kind="stable")
    if len(order) > MOST_STATIONS:
        order = order[np.linspace(0, len(order) - 1, MOST_STATIONS).astype("int64")]
    k, n = successes[order].astype("float64"), trials[order].astype("float64")
    best, lowest = _maximum(k, n, 1)
    for components in range(2, MOST_COMPONENTS + 1):
        richer, bic = _maximum(k, n, components)
        if bic >= lowest:
            break
        best, lowest = richer, bic
    a, b, weight = np.exp(best)
    mixture = pd.DataFrame({"a": a, "b": b, "weight": weight / weight.sum()})
    return mixture.sort_values("weight", ascending=False, ignore_index=True)


def responsibilities(mixture: pd.DataFrame, successes: Counts, trials: Counts) -> Floats:
    """
    Give each station's probabilities of the components.

    Returns
    -------
    ndarray, shape (n_stations, n_components)
        Rows sum to 1.
    """
    a, b, weight = mixture[["a", "b", "weight"]].to_numpy("float64").T
    k, n = (counts[:, None].astype("float64") for counts in (successes, trials))
    return np.asarray(softmax(_log_parts(k, n, a, b, np.log(weight)), axis=1))


def _log_parts(k: Floats, n: Floats, a: Floats, b: Floats, log_weight: Floats) -> Floats:
    """Log of weight times probability, without the binomial coefficient, which all components share."""
    return np.asarray(betaln(k + a, n - k + b) - betaln(a, b) + log_weight)


def _start(k: Floats, n: Floats, components: int) -> Floats:
    """Match the moments of equal parts of the stations, in order of their rate."""
    rates = [np.clip(part, 0.001, 0.999) for part in np.array_split(k / n, components)]
    mean = np.array([part.mean() for part in rates])
    spread = np.array([max(part.var(), 1e-5) for part in rates])
    size = np.clip(mean * (1 - mean) / spread - 1, 1, 1000)
    return np.stack([np.log(mean * size), np.log((1 - mean) * size), np.zeros(components)])


def _maximum(k: Floats, n: Floats, components: int) -> tuple[Floats, float]:
    """Maximise the likelihood over log a, log b and log odds of the components; give them and the BIC."""
    start = _start(k, n, components)
    k, n = k[:, None], n[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        log_a, log_b, odds = flat.reshape(3, -1)
        a, b = np.exp(log_a), np.exp(log_b)
        parts = _log_parts(k, n, a, b, odds - logsumexp(odds))
        total = logsumexp(parts, axis=1, keepdims=True)
        share = np.exp(parts - total)
        size = digamma(a + b) - digamma(n + a + b)
        slope_a = (share * (digamma(k + a) - digamma(a) + size)).mean(axis=0) * a
        slope_b = (share * (digamma(n - k + b) - digamma(b) + size)).mean(axis=0) * b
        slope = np.concatenate([slope_a, slope_b, share.mean(axis=0) - softmax(odds)])
        return -float(total.mean()), -slope

    shapes = [(np.log(SMALLEST_SHAPE), np.log(LARGEST_SHAPE))] * (2 * start.shape[1])
    bounds = shapes + [(-9.0, 9.0)] * start.shape[1]
    low, high = np.array(bounds).T
    best = minimize(loss, np.clip(start.ravel(), low, high), jac=True, method="L-BFGS-B", bounds=bounds)
    bic = 2 * len(k) * float(best.fun) + (3 * components - 1) * np.log(len(k))
    return best.x.reshape(start.shape), float(bic)
