"""Distributions of counts with a zero part: plain, inflated, hurdle; and what they say of the counts observed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST = 1e-16
RARE = 0.05  # share under the null that goes beyond the critical distance of a test


class Zeros(NamedTuple):
    """
    Zeros observed and expected.

    Attributes
    ----------
    observed : int
        Rows with a count of 0.
    expected, low, high : float
        What the fitted model expects, and the interval within which the number would fall if the model held.
    p_value : float
        Two-sided probability of a number at least as far from the expected one if the fitted model holds exactly.
    """

    observed: int
    expected: float
    low: float
    high: float
    p_value: float


class ResidualTest(NamedTuple):
    """
    Kolmogorov-Smirnov test of the residuals.

    Attributes
    ----------
    statistic : float
        Largest distance between their distribution and the one they have if the model holds (0 to 1).
    p_value : float
        Probability of a distance at least as large under the null.
    null : str
        What the p-value supposes.
    critical : float
        Distance that one in twenty exceed under the null.
    """

    statistic: float
    p_value: float
    null: str
    critical: float


class Law(NamedTuple):
    """Count distribution of each row: mean of the plain count part, NB2 dispersion, mass of the zero part."""

    mean: Floats
    alpha: float
    zero_part: str  # "", "inflated" or "hurdle"
    zero_mass: Floats

    def cdf(self, counts: Floats) -> Floats:
        """P(Y <= count), 0 below 0."""
        law, shape = self._plain()
        plain = law.cdf(counts, *shape)
        if self.zero_part == "inflated":
            plain = self.zero_mass + (1 - self.zero_mass) * plain
        elif self.zero_part == "hurdle":
            none = law.cdf(0, *shape)
            plain = self.zero_mass + (1 - self.zero_mass) * (plain - none) / (1 - none)
        return np.where(counts < 0, 0.0, plain)

    def moments(self) -> tuple[Floats, Floats]:
        """Mean and variance of each row's count."""
        law, shape = self._plain()
        second = self.mean + (1 + self.alpha) * self.mean**2
        weight = np.ones_like(self.mean)
        if self.zero_part:
            weight = 1 - self.zero_mass
        if self.zero_part == "hurdle":
            weight = weight / law.sf(0, *shape)
        return weight * self.mean, weight * second - (weight * self.mean) ** 2

    def _plain(self) -> tuple[Any, tuple[Any, ...]]:
        from scipy.stats import nbinom, poisson

        if self.alpha > 0:
            return nbinom, (1 / self.alpha, 1 / (1 + self.alpha * self.mean))
        return poisson, (self.mean,)


def quantile_residuals(counts: Floats, law: Law, seed: int) -> Floats:
    """Randomised quantile residuals: the normal quantile of a uniform draw between F(y - 1) and F(y)."""
    from scipy.stats import norm

    low, high = law.cdf(counts - 1), law.cdf(counts)
    drawn = low + (high - low) * default_rng(seed).uniform(size=len(counts))
    return norm.ppf(np.clip(drawn, SMALLEST, 1 - SMALLEST))


def residual_test(residuals: Floats) -> ResidualTest:
    """Compare residuals with the standard normal."""
    from scipy.stats import kstest, kstwo

    null = (
        "the counts come from the fitted model, which makes the residuals standard normal; "
        "because the coefficients come from the same counts, the test rejects less often than it says"
    )
    if not np.isfinite(residuals).all():
        return ResidualTest(np.nan, np.nan, null, np.nan)
    found = kstest(residuals, "norm")
    return ResidualTest(float(found.statistic), float(found.pvalue), null, float(kstwo.isf(RARE, len(residuals))))


def zeros(counts: Floats, law: Law, level: float) -> Zeros:
    """Compare the number of zeros with what the model expects, as a sum of independent draws (normal limit)."""
    from scipy.stats import norm

    chance = law.cdf(np.zeros_like(counts))
    expected, deviation = float(chance.sum()), float(np.sqrt((chance * (1 - chance)).sum()))
    observed = int((counts == 0).sum())
    reach = float(norm.ppf((1 + level) / 2)) * deviation
    far = max(abs(observed - expected) - 0.5, 0.0)
    p_value = float(2 * norm.sf(far / deviation)) if deviation > 0 else float("nan")
    return Zeros(observed, expected, max(expected - reach, 0.0), min(expected + reach, len(counts)), p_value)


def pearson_dispersion(counts: Floats, law: Law, parameters: int) -> float:
    """Give the Pearson statistic over its degrees of freedom; about 1 if the model's variance is right."""
    mean, variance = law.moments()
    return float(((counts - mean) ** 2 / variance).sum() / (len(counts) - parameters))
