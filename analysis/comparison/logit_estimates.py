"""Estimates of a logit: maximum likelihood, Firth's penalty, sandwich errors, and King and Zeng's corrections."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.inference import ChiSquared, chi_squared, sandwich, wald

Floats = NDArray[np.float64]

TOLERANCE = 1e-6  # of columns scaled to 1; below it the solver halves steps that only rounding tells apart
ITERATIONS = 500


class Estimate(NamedTuple):
    """What one way of estimating gives, in the order of the columns."""

    params: Floats
    covariance: Floats
    low: Floats
    high: Floats
    statistics: Floats
    p_values: Floats
    loglik: float
    global_test: ChiSquared
    model: Any


class Sample(NamedTuple):
    """Columns of the linear predictor, 0/1 outcomes, weights with mean 1, groups or None, place of the intercept."""

    columns: Floats
    outcome: Floats
    weights: Floats
    groups: NDArray[np.int64] | None
    intercept: int | None


def maximum_likelihood(sample: Sample, errors: str, level: float) -> Estimate:
    """Maximise the likelihood, each row counted by its weight."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    x, y, weights = sample.columns, sample.outcome, sample.weights
    scale = np.abs(x).max(axis=0)
    model = GLM(y, x / scale, Binomial(), var_weights=weights).fit(tol=1e-12, tol_criterion="params")
    params = np.asarray(model.params) / scale
    covariance = information_inverse(sample, params) if errors == "classical" else _robust(sample, params)
    loglik = _loglik(sample, params)
    null = np.zeros_like(params)
    if sample.intercept is not None:
        share = np.average(y, weights=weights)
        null[sample.intercept] = np.log(share / (1 - share))
    test = chi_squared(2 * (loglik - _loglik(sample, null)), len(params) - (sample.intercept is not None))
    return _normal(params, covariance, loglik, test, model, level)


def firth(sample: Sample, errors: str, level: float) -> Estimate:
    """Maximise Firth's penalised likelihood; profile intervals and tests, unless `errors` asks for a sandwich."""
    from firthmodels import FirthLogisticRegression

    scale = np.abs(sample.columns).max(axis=0)
    model = FirthLogisticRegression("numpy", fit_intercept=False, max_iter=ITERATIONS, gtol=TOLERANCE, xtol=TOLERANCE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not converge becomes an error here, or a missing bound below
        try:
            model.fit(sample.columns / scale, sample.outcome)
        except np.linalg.LinAlgError:
            model.converged_ = False
    if not model.converged_:
        raise ValueError(
            f"Firth's penalised likelihood found no maximum in {ITERATIONS} steps; leave columns out, or bring them to "
            "similar sizes"
        )
    params, loglik = model.coef_ / scale, float(model.loglik_ + np.log(scale).sum())
    test = _penalised_test(sample, loglik)
    if errors != "classical":
        return _normal(params, _robust(sample, params), loglik, test, model, level)
    bounds = np.array([_profile(model, place, level) for place in range(len(params))]) / scale[:, None]
    statistics = np.where(model.coef_ == 0, 0.0, (model.coef_ / model.lrt_bse_) ** 2)
    covariance = information_inverse(sample, params)
    return Estimate(params, covariance, bounds[:, 0], bounds[:, 1], statistics, model.lrt_pvalues_, loglik, test, model)


def _profile(model: Any, place: int, level: float) -> Floats:
    """Test one coefficient and bound it where the profile penalised likelihood does; missing where it found none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model.lrt([place])
            bounds = model.conf_int(alpha=1 - level, method="pl", features=[place], max_iter=ITERATIONS, tol=TOLERANCE)
        except np.linalg.LinAlgError:
            return np.full(2, np.nan)
    return np.asarray(bounds[place])


def _penalised_test(sample: Sample, loglik: float) -> ChiSquared:
    """
    Compare the fit with all slopes fixed at 0, the penalty still that of the full information matrix.

    With equal weights p (1 - p) in every row the matrix is p (1 - p) X'X, and the intercept has a closed form.
    """
    n, k = sample.columns.shape
    events = sample.outcome.sum()
    share = (events + k / 2) / (n + k) if sample.intercept is not None else 0.5
    penalty = (np.linalg.slogdet(sample.columns.T @ sample.columns)[1] + k * np.log(share * (1 - share))) / 2
    null = events * np.log(share) + (n - events) * np.log(1 - share) + penalty
    return chi_squared(2 * (loglik - null), k - (sample.intercept is not None))


def _loglik(sample: Sample, params: Floats) -> float:
    predictor = sample.columns @ params
    return float(sample.weights @ (sample.outcome * predictor - np.logaddexp(0, predictor)))


def information_inverse(sample: Sample, params: Floats) -> Floats:
    """Invert the Fisher information X'WX at the estimate."""
    from scipy.special import expit

    chance = expit(sample.columns @ params)
    weighted = sample.columns * (sample.weights * chance * (1 - chance))[:, None]
    return np.linalg.inv(sample.columns.T @ weighted)


def _robust(sample: Sample, params: Floats) -> Floats:
    """Sandwich by the sample's groups, or row by row; small-sample factors as statsmodels and Stata have them."""
    from scipy.special import expit

    x = sample.columns
    n, k = x.shape
    scores = x * (sample.weights * (sample.outcome - expit(x @ params)))[:, None]
    given = n if sample.groups is None else n - 1
    return sandwich(scores, information_inverse(sample, params), sample.groups) * given / (n - k)


def _normal(params: Floats, covariance: Floats, loglik: float, test: ChiSquared, model: Any, level: float) -> Estimate:
    found = wald(params, covariance, level)
    return Estimate(params, covariance, found.low, found.high, found.z**2, found.p_values, loglik, test, model)


def rare_weights(outcome: Floats, prevalence: float) -> Floats:
    """Weight events and non-events so that their shares are those of the population (King and Zeng 2001, eq. 8)."""
    share = outcome.mean()
    return np.where(outcome == 1, prevalence / share, (1 - prevalence) / (1 - share))


def prior_shift(outcome: Floats, prevalence: float) -> float:
    """Give what the intercept has too much when events were sampled more often than they occur (eq. 7)."""
    share = outcome.mean()
    return float(np.log((1 - prevalence) / prevalence * share / (1 - share)))


def unbiased(sample: Sample, estimate: Estimate, event_weight: float, level: float) -> Estimate:
    """
    Subtract the small-sample bias from maximum-likelihood estimates (eq. 12 and 13).

    bias = (X'WX)^-1 X'W xi with xi = Q_ii ((1 + w1) p - w1) / 2, Q = X (X'WX)^-1 X' and W = w p (1 - p); the
    covariance shrinks by (n / (n + k))^2.
    """
    from scipy.special import expit

    x = sample.columns
    n, k = x.shape
    chance = expit(x @ estimate.params)
    inverse = information_inverse(sample, estimate.params)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    xi = leverage * ((1 + event_weight) * chance - event_weight) / 2
    bias = inverse @ (x.T @ (sample.weights * chance * (1 - chance) * xi))
    params, covariance = estimate.params - bias, estimate.covariance * (n / (n + k)) ** 2
    return _normal(params, covariance, estimate.loglik, estimate.global_test, estimate.model, level)
