"""Maximum likelihood of count models on statsmodels: starts that converge, a check that they did, the covariance."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs import demand_independent, separation
from analysis.dynamics.designs import Design
from analysis.dynamics.laws import Law
from analysis.told import said_count

Floats = NDArray[np.float64]
Errors = Literal["classical", "robust", "cluster", "hac"]

ERRORS = ("classical", "robust", "cluster", "hac")
FAMILIES = ("poisson", "negbin", "zip", "zinb", "hurdle", "hurdle_negbin")
WITH_ALPHA = ("negbin", "zinb", "hurdle_negbin")
ZERO_PART = {"zip": "inflated", "zinb": "inflated", "hurdle": "hurdle", "hurdle_negbin": "hurdle"}
NEARLY_POISSON = 1e-3  # alpha times the mean count, at which the slope towards overdispersion is taken
STARTS = (0.5, 0.1, 2.0, 10.0)
DECREMENT = 1e-5  # of the log likelihood, that one more Newton step would gain
NEWTON = ("newton", 200)
QUASI_NEWTON = ("bfgs", 5000)
FLAT = 1e-10
NO_ZEROS_LEFT = 1e-3


class Likelihood(NamedTuple):
    """A maximum: estimates, scores by row, curvature; `at_poisson`: alpha is 0; `vanished`: the zero part is."""

    names: list[str]
    params: Floats
    scores: Floats
    hessian: Floats
    loglik: float
    converged: bool
    at_poisson: bool
    model: Any
    vanished: bool = False


def maximise(family: str, design: Design) -> Likelihood:
    """Fit a family of `FAMILIES`."""
    _refuse_unbounded(family, design)
    if family in ("poisson", "negbin"):
        return _plain(family, design)
    return _inflated(family, design) if ZERO_PART[family] == "inflated" else _hurdle(family, design)


def law_of(family: str, design: Design, params: Floats) -> Law:
    """Distribution of each row's count at these estimates."""
    columns, zero_columns = design.columns.to_numpy(), design.zero_columns.to_numpy()
    zero_part = ZERO_PART.get(family, "")
    gamma, rest = np.split(params, [zero_columns.shape[1] if zero_part else 0])
    mean = np.exp(columns @ rest[: columns.shape[1]] + design.offset)
    mass = np.zeros(len(mean))
    if zero_part:
        predictor = zero_columns @ gamma
        mass = 1 / (1 + np.exp(-predictor if zero_part == "inflated" else predictor))
    return Law(mean, float(rest[-1]) if family in WITH_ALPHA else 0.0, zero_part, mass)


def overdispersion(counts: Floats, columns: pd.DataFrame, offset: Floats) -> float:
    """NB2 dispersion alpha of a regression, 0 where the counts are not overdispersed; ValueError if none is found."""
    design = Design(counts, columns, columns, offset, None, np.arange(len(counts)), len(counts), pd.DataFrame())
    found = _plain("negbin", design)
    if not found.converged:
        raise ValueError('the dispersion of the negative binomial did not converge; take family="quasipoisson"')
    return float(found.params[-1])


def _refuse_unbounded(family: str, design: Design) -> None:
    """Say where the likelihood has no maximum: no zeros for a zero part, or terms that separate."""
    none = design.counts == 0
    zero_part = ZERO_PART.get(family, "")
    if zero_part and not none.any():
        raise ValueError(f'no count is 0, so the zero part of "{family}" has nothing to explain; use "negbin"')
    if zero_part and design.counts.max() == 1:
        raise ValueError(
            f'all counts are 0 or 1, so "{family}" cannot tell its zero part from its count part; take "poisson"'
        )
    if zero_part and (found := separation(design.zero_columns, np.where(none, -1.0, 1.0))):
        raise ValueError(
            f"the zero part is perfectly separated by {', '.join(found.terms)}: along it zeros are certain or "
            "impossible, and no finite coefficient is most likely; leave the term out of zero_formula, or merge its "
            "categories"
        )
    truncated = zero_part == "hurdle"
    if truncated:
        demand_independent(design.columns[~none], "rows with a count above 0")
    rows, least = (~none, 1) if truncated else (np.ones(len(none), dtype=bool), 0)
    signs = np.where(design.counts[rows] == least, -1.0, 0.0)
    if found := separation(design.columns[rows], signs):
        told = "all counts above 0 are 1" if truncated else "all counts are 0"
        labels = design.columns.index[rows][found.rows]
        raise ValueError(
            f"{told} in {said_count(len(labels), 'row')} (first: {', '.join(map(str, labels[:3]))}) that "
            f"{', '.join(found.terms)} tell apart, so that no finite coefficient is most likely; leave these rows or "
            "the term out, or merge categories"
        )
    if (some := int((design.counts > 0).sum())) < design.columns.shape[1]:
        raise ValueError(
            f"{said_count(some, 'row')} with events cannot carry {said_count(design.columns.shape[1], 'coefficient')}; "
            "take fewer columns"
        )


def _plain(family: str, design: Design) -> Likelihood:
    from statsmodels.discrete.discrete_model import NegativeBinomialP, Poisson

    arguments = (design.counts, design.columns.to_numpy())
    poisson = _best(Poisson(*arguments, offset=design.offset), [None])
    names = list(design.columns)
    if family == "poisson":
        return _taken(names, poisson)
    return _with_alpha(names, poisson, NegativeBinomialP(*arguments, p=2, offset=design.offset))


def _inflated(family: str, design: Design) -> Likelihood:
    from statsmodels.discrete.count_model import ZeroInflatedNegativeBinomialP, ZeroInflatedPoisson

    columns, zero_columns = design.columns.to_numpy(), design.zero_columns.to_numpy()
    options = {"exog_infl": zero_columns, "offset": design.offset}
    poisson = _plain("poisson", design)
    start = np.concatenate([np.zeros(zero_columns.shape[1]), poisson.params])
    inflated = _best(ZeroInflatedPoisson(design.counts, columns, **options), [start], order=(QUASI_NEWTON, NEWTON))
    names = [f"zero_{name}" for name in design.zero_columns] + list(design.columns)
    found = _taken(names, inflated)
    if family == "zinb":
        model = ZeroInflatedNegativeBinomialP(design.counts, columns, p=2, **options)
        found = _with_alpha(names, inflated, model, order=(QUASI_NEWTON, NEWTON))
    vanished = bool(law_of(family, design, found.params).zero_mass.max() <= NO_ZEROS_LEFT)
    return found._replace(converged=found.converged and not vanished, vanished=vanished)


def _hurdle(family: str, design: Design) -> Likelihood:
    """Logit of any event, and a count model truncated at 0 for the rows with events; the two are independent."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP, TruncatedLFPoisson

    some = design.counts > 0
    logit = Logit(some.astype("float64"), design.zero_columns.to_numpy())
    zero = _taken([f"zero_{name}" for name in design.zero_columns], _best(logit, [None]))
    arguments = (design.counts[some], design.columns.to_numpy()[some])
    truncated = TruncatedLFPoisson(*arguments, offset=design.offset[some])
    positive = _best(truncated, [_plain("poisson", design).params])
    count = _taken(list(design.columns), positive)
    if family == "hurdle_negbin":
        model = TruncatedLFNegativeBinomialP(*arguments, p=2, offset=design.offset[some])
        count = _with_alpha(list(design.columns), positive, model)
    scores = np.zeros((len(some), len(zero.params) + len(count.params)))
    scores[:, : len(zero.params)] = zero.scores
    scores[some, len(zero.params) :] = count.scores
    return Likelihood(
        names=zero.names + count.names,
        params=np.concatenate([zero.params, count.params]),
        scores=scores,
        hessian=_diagonal(zero.hessian, count.hessian),
        loglik=zero.loglik + count.loglik,
        converged=zero.converged and count.converged,
        at_poisson=count.at_poisson,
        model=(zero.model, count.model),
    )


def _diagonal(first: Floats, second: Floats) -> Floats:
    from scipy.linalg import block_diag

    return block_diag(first, second)


def _with_alpha(names: list[str], poisson: Any, model: Any, order: Any = (NEWTON, QUASI_NEWTON)) -> Likelihood:
    """Fit an NB2 model from its Poisson limit; where the likelihood falls from alpha = 0 on, that limit is the fit."""
    limit = _taken(names, poisson)
    named = [*names, "alpha"]
    counts = model.endog
    with _quiet():
        slope = model.score(np.append(limit.params, NEARLY_POISSON / counts.mean()))[-1]
    if limit.converged and slope <= 0:
        hessian = _diagonal(limit.hessian, np.array([[-np.inf]]))
        scores = np.column_stack([limit.scores, np.zeros(len(limit.scores))])
        params = np.append(limit.params, 0.0)
        return limit._replace(names=named, params=params, scores=scores, hessian=hessian, at_poisson=True)
    moment = max(counts.var() - counts.mean(), NEARLY_POISSON) / counts.mean() ** 2
    starts = [np.append(limit.params, alpha) for alpha in (min(moment, STARTS[0]), 0.05 * moment, *STARTS)]
    found = _best(model, starts, order=order)
    return _taken(named, found, alpha_above=0.0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what optimisers say on their way; whether they arrived is checked afterwards."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _best(model: Any, starts: Iterable[Any], order: Any = (NEWTON, QUASI_NEWTON)) -> Any:
    """Maximise from each start by each method until one has converged; the last attempt otherwise."""
    result = None
    for start in starts:
        for method, steps in order:
            try:
                with _quiet():
                    result = model.fit(start_params=start, method=method, maxiter=steps, disp=0)
            except np.linalg.LinAlgError:
                continue
            if _at_maximum(result):
                return result
    return result


def _at_maximum(result: Any) -> bool:
    """Whether statsmodels says so, the likelihood curves down, and a further Newton step would gain nothing."""
    params = np.asarray(result.params)
    with _quiet():
        if not (result.mle_retvals["converged"] and np.isfinite(params).all() and np.isfinite(result.llf)):
            return False
        score, hessian = result.model.score(params), result.model.hessian(params)
    curvature = -np.diag(hessian)
    if not (np.isfinite(hessian).all() and (curvature > 0).all()):
        return False
    scaled, score = hessian / np.sqrt(np.outer(curvature, curvature)), score / np.sqrt(curvature)
    if np.linalg.eigvalsh(scaled).max() >= -FLAT:
        return False
    return bool(-score @ np.linalg.solve(scaled, score) < 2 * DECREMENT)


def _taken(names: list[str], result: Any, alpha_above: float | None = None) -> Likelihood:
    """Read a statsmodels result; NaN throughout if none came about."""
    if result is None:
        k = len(names)
        return Likelihood(names, np.full(k, np.nan), np.full((0, k), np.nan), np.eye(k), np.nan, False, False, None)
    params = np.asarray(result.params, dtype="float64")
    with _quiet():
        scores, hessian, loglik = result.model.score_obs(params), result.model.hessian(params), float(result.llf)
        sound = _at_maximum(result) and (alpha_above is None or bool(params[-1] > alpha_above))
    return Likelihood(names, params, scores, hessian, loglik, sound, False, result)


def newey_west_lags(n: int) -> int:
    """Give the lags of Newey and West's rule, 4 (n / 100)^(2/9), rounded down."""
    return int(4 * (n / 100) ** (2 / 9))


def covariance(
    scores: Floats, hessian: Floats, errors: str, *, n: int, groups: NDArray[np.int64] | None = None, lags: int = 0
) -> Floats:
    """
    Give the covariance of the coefficients.

    Parameters
    ----------
    scores : array, shape (n_rows, k)
        Derivative of each row's log likelihood; 0 in rows without observation, so that lags keep their distance.
    hessian : array, shape (k, k)
        Second derivative of the log likelihood.
    errors : {"classical", "robust", "cluster", "hac"}
        Inverse information; or a sandwich: HC1, by group, or Bartlett kernel (Newey and West 1987).
    n : int
        Rows with an observation.
    groups : array of int, shape (n_rows,), optional
        Group of each row, for "cluster".
    lags : int
        Lags of the Bartlett kernel, for "hac".

    Returns
    -------
    array, shape (k, k)
        Sandwiches carry the usual small-sample factor: n / (n - k), for groups G / (G - 1) x (n - 1) / (n - k).
    """
    from statsmodels.stats.sandwich_covariance import S_crosssection, S_hac_simple, S_white_simple

    bread = np.asarray(np.linalg.inv(-hessian), dtype="float64")
    k = len(bread)
    if errors == "classical":
        return bread
    if errors == "cluster" and groups is not None:
        count = len(np.unique(groups))
        return count / (count - 1) * (n - 1) / (n - k) * bread @ S_crosssection(scores, groups) @ bread
    meat: Floats = S_hac_simple(scores, nlags=lags) if errors == "hac" else S_white_simple(scores)
    return np.asarray(n / (n - k) * bread @ meat @ bread, dtype="float64")
