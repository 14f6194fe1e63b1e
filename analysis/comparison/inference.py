"""Errors, intervals and tests that the models of cases share: by group, by Wald, by chi-squared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ChiSquared(NamedTuple):
    """
    Chi-squared test.

    Attributes
    ----------
    statistic : float
        Chi-squared; of a likelihood-ratio test twice the difference of the log likelihoods, penalised ones under
        Firth's penalty.
    df : int
        Degrees of freedom: coefficients fixed under the null.
    p_value : float
        Probability of a statistic at least as large under the null; missing without degrees of freedom.
    """

    statistic: float
    df: int
    p_value: float


class Wald(NamedTuple):
    """Normal inference, one value per coefficient: standard errors, bounds, estimate over error, two-sided p-values."""

    bse: Floats
    low: Floats
    high: Floats
    z: Floats
    p_values: Floats


def chi_squared(statistic: float, df: int) -> ChiSquared:
    """Complete a test by its p-value; what rounding puts below 0 counts as 0."""
    from scipy.stats import chi2

    floored = max(float(statistic), 0.0) if statistic == statistic else float("nan")
    return ChiSquared(floored, df, float(chi2.sf(floored, df)) if df else float("nan"))


def wald(params: Floats, covariance: Floats, level: float) -> Wald:
    """Give the normal errors, bounds and p-values of estimates with a covariance."""
    from scipy.stats import norm

    bse = np.sqrt(np.diag(covariance))
    reach = norm.ppf((1 + level) / 2) * bse
    z = params / bse
    return Wald(bse, params - reach, params + reach, z, 2 * norm.sf(np.abs(z)))


def read_groups(groups: Any, what: str) -> Ints:
    """Take the groups, numbered from 0; at least two."""
    numbers = pd.factorize(pd.Series(groups))[0].astype("int64")
    if (count := int(numbers.max()) + 1) < 2:
        raise ValueError(f"{what} has {count} group; errors by group need at least 2, and about 30 to be right")
    return numbers


def sandwich(scores: Floats, bread: Floats, groups: Ints | None) -> Floats:
    """
    Take the covariance from what each row, or each of G groups of rows, adds to the score.

    Holds where rows differ in variance or hang together within groups. The factor is G / (G - 1); none without groups.
    """
    factor = 1.0
    if groups is not None:
        count = int(groups.max()) + 1
        scores = np.column_stack([np.bincount(groups, column, minlength=count) for column in scores.T])
        factor = count / (count - 1)
    return factor * (bread @ (scores.T @ scores) @ bread)


def jackknife(groups: Ints, estimate: Callable[[NDArray[np.bool_]], Floats]) -> Floats:
    """Take standard errors from leaving each group out in turn."""
    count = int(groups.max()) + 1
    without = np.array([estimate(groups != group) for group in range(count)])
    return np.sqrt((count - 1) / count * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
