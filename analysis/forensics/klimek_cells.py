"""Elections as shares of stations per cell of turnout and share: Klimek's process, honest rivals, their likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import logit, ndtr

Floats = NDArray[np.float64]

CELLS = 40
SIGMA_EXTREME = 0.075  # Klimek et al. 2012
INCREMENTAL_NODES, EXTREME_NODES = 20, 20
EXTREME_REACH = 4 * SIGMA_EXTREME
RARE = 1e-9
KIND = 5  # numbers that describe one kind of honest stations

EDGES = np.linspace(0, 1, CELLS + 1)
LOGIT_EDGES = logit(np.clip(EDGES, RARE, 1 - RARE))


class Fitted(NamedTuple):
    """
    A maximum of the likelihood.

    Attributes
    ----------
    estimate : ndarray, shape (n_parameters,)
        Where it lies.
    deviance : float
        Minus twice the log likelihood, up to a constant that all models of one election share.
    covariance : ndarray, shape (n_parameters, n_parameters)
        Of the estimate if the model is right.
    dispersion : float
        Mean Pearson chi-squared of the cells where at least one station is expected; about 1 if the model is right.
    bic : float
        Deviance plus the number of parameters times the logarithm of the number of stations.
    """

    estimate: Floats
    deviance: float
    covariance: Floats
    dispersion: float
    bic: float


def cells(turnout: Floats, share: Floats) -> Floats:
    """Count stations per cell, turnout down and share across."""
    return np.histogram2d(turnout, share, bins=[EDGES, EDGES])[0]


def klimek_cells(values: Floats) -> Floats:
    """
    Give the share of stations that Klimek's process puts in each cell.

    Parameters
    ----------
    values : ndarray, shape (8,)
        tau, sigma_tau, nu, sigma_nu, theta, alpha, f_i, and the share of extreme stations among those that are not
        incremental.

    Returns
    -------
    ndarray, shape (CELLS, CELLS)
        Sums to 1. xi is integrated by Gauss-Legendre quadrature; given xi, the cell of a station says between which
        bounds its honest turnout and share lay.
    """
    theta, f_i, extreme = values[4], values[6], values[7]
    some = np.exp(-0.5 * (INCREMENTAL / theta) ** 2) * INCREMENTAL_WEIGHTS
    weights = np.concatenate(
        [[(1 - f_i) * (1 - extreme)], f_i * some / some.sum(), (1 - f_i) * extreme * EXTREME_WEIGHTS]
    )
    return _shifted(values[:4], values[5], weights)


def honest_cells(values: Floats, *, log_odds: bool = False) -> Floats:
    """
    Give the share of stations that a mixture of kinds of honest stations puts in each cell.

    Parameters
    ----------
    values : ndarray, shape (6 * kinds - 1,)
        For each kind mean and standard deviation of turnout, of share, and their correlation; then the log-odds of
        every kind but the first against the first.
    log_odds : bool
        Whether the log-odds of turnout and share are normal, or turnout and share themselves, cut to [0, 1].
    """
    kinds = (len(values) + 1) // (KIND + 1)
    odds = np.exp(np.concatenate([[0], values[KIND * kinds :]]))
    parts = zip(odds / odds.sum(), values[: KIND * kinds].reshape(kinds, KIND), strict=True)
    edges = LOGIT_EDGES if log_odds else EDGES
    return np.sum([weight * _one_kind(edges, *part) for weight, part in parts], axis=0)


def fit_cells(
    observed: Floats, model: Callable[[Floats], Floats], start: Floats, low: Floats, high: Floats, scale: Floats
) -> Fitted:
    """Maximise the likelihood of cell counts, as the least squares of Poisson deviance residuals."""
    stations = observed.sum()
    filled = observed > 0
    counts = observed[filled]

    def residuals(values: Floats) -> Floats:
        expected = stations * model(values)
        there = np.maximum(expected[filled], RARE)
        deviance = 2 * np.maximum(counts * np.log(counts / there) - counts + there, 0)
        empty = 2 * np.maximum(expected[~filled], 0) + RARE
        return np.concatenate([np.sign(counts - there) * np.sqrt(deviance), np.sqrt(empty)])

    room = 1e-4
    best = least_squares(
        residuals,
        np.clip(start, low + room, high - room),
        bounds=(low, high),
        x_scale=scale,
        ftol=1e-5,
        xtol=1e-4,
        tr_solver="lsmr",
        max_nfev=40,
    )
    expected = stations * model(best.x)
    common = expected >= 1
    pearson = (observed - expected)[common] ** 2 / expected[common]
    return Fitted(
        estimate=best.x,
        deviance=2 * best.cost,
        covariance=np.linalg.pinv(best.jac.T @ best.jac),
        dispersion=float(pearson.mean()) if common.any() else 1.0,
        bic=2 * best.cost + len(start) * np.log(stations),
    )


def _nodes(number: int, reach: float) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(number)
    return reach * (points + 1) / 2, weights * reach / 2


INCREMENTAL, INCREMENTAL_WEIGHTS = _nodes(INCREMENTAL_NODES, 1)
_SHORT, _RAW = _nodes(EXTREME_NODES, EXTREME_REACH)
EXTREME_WEIGHTS = _RAW * np.exp(-0.5 * (_SHORT / SIGMA_EXTREME) ** 2)
EXTREME_WEIGHTS /= EXTREME_WEIGHTS.sum()
XI = np.concatenate([[0.0], INCREMENTAL, 1 - _SHORT])


def _shifted(normal: Floats, alpha: float, weights: Floats) -> Floats:
    """Sum the cells over xi, each with its weight."""
    tau, sigma_tau, nu, sigma_nu = normal
    bounds = (np.clip((EDGES - XI[:, None]) / (1 - XI[:, None]), 0, 1) - tau) / sigma_tau
    chance, middle = _bins(bounds)
    node, row = np.nonzero(weights[:, None] * chance > RARE)
    xi = XI[node, None]
    honest = np.clip(tau + sigma_tau * middle[node, row], RARE, 1)[:, None]
    moved = xi**alpha
    share = (EDGES * (honest + xi * (1 - honest)) - xi * (1 - honest) - moved * honest) / (honest * (1 - moved))
    across = np.diff(ndtr((np.clip(share, 0, 1) - nu) / sigma_nu))
    total = (ndtr((1 - tau) / sigma_tau) - ndtr(-tau / sigma_tau)) * (ndtr((1 - nu) / sigma_nu) - ndtr(-nu / sigma_nu))
    down = (row == np.arange(CELLS)[:, None]) * (weights[node] * chance[node, row])
    return down @ across / max(total, RARE)


def _one_kind(edges: Floats, tau: float, sigma_tau: float, nu: float, sigma_nu: float, correlation: float) -> Floats:
    chance, middle = _bins((edges - tau) / sigma_tau)
    mean = nu + correlation * sigma_nu * middle[:, None]
    below = ndtr((edges - mean) / (sigma_nu * np.sqrt(1 - correlation**2)))
    across = np.diff(below) / np.maximum(below[:, -1:] - below[:, :1], RARE)
    return chance[:, None] * across / max(chance.sum(), RARE)


def _bins(bounds: Floats) -> tuple[Floats, Floats]:
    """Give the probability and the mean of a standard normal between neighbouring bounds."""
    chance = np.diff(ndtr(bounds))
    density = np.exp(-0.5 * bounds**2) / np.sqrt(2 * np.pi)
    centre = (bounds[..., 1:] + bounds[..., :-1]) / 2
    return chance, np.where(chance > RARE, -np.diff(density) / np.maximum(chance, RARE), centre)
