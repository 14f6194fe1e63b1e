"""Chi-squared tests: statistic, degrees of freedom and p-value, told alike by every model."""

from __future__ import annotations

from typing import NamedTuple


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


def chi_squared(statistic: float, df: int) -> ChiSquared:
    """Complete a test by its p-value; what rounding puts below 0 counts as 0."""
    from scipy.stats import chi2

    floored = max(float(statistic), 0.0) if statistic == statistic else float("nan")
    return ChiSquared(floored, df, float(chi2.sf(floored, df)) if df else float("nan"))
