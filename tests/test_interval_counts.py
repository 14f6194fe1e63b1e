"""Counts known as intervals: hand-worked and library fits as special cases, coverage, properties, refusals."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats
from scipy.special import logsumexp

from analysis.casualties import fit_interval_counts

RANGES = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 6) | st.none()), min_size=2, max_size=12)
CLOSED = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 6)), min_size=2, max_size=12)


def bounds(pairs: list[tuple[int, int | None]]) -> tuple[list[int], list[int | None]]:
    return [low for low, _ in pairs], [None if width is None else low + width for low, width in pairs]


def test_counts_of_the_toy_example() -> None:
    fit = fit_interval_counts(low=(0, 1, 3, 2, 5), high=(2, 1, 6, 4, 9))
    assert fit.mean == pytest.approx(2.995166, abs=1e-5)
    assert fit.loglik == pytest.approx(-5.550528, abs=1e-5)
    assert (fit.n, fit.n_exact, fit.n_open, fit.dispersion) == (5, 1, 0, 0)


def test_exact_counts_give_the_ordinary_estimate_and_interval() -> None:
    counts = np.array([2, 1, 5, 3, 7])
    fit = fit_interval_counts(counts, counts)
    assert fit.mean == pytest.approx(3.6, abs=1e-6)
    assert fit.loglik == pytest.approx(stats.poisson.logpmf(counts, 3.6).sum(), abs=1e-9)
    for end in (fit.mean_low, fit.mean_high):
        fall = 2 * (fit.loglik - stats.poisson.logpmf(counts, end).sum())
        assert fall == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-6)


def test_exact_counts_give_the_negative_binomial_of_statsmodels() -> None:
    counts = default_rng(1).negative_binomial(1.5, 0.2, 80)
    theirs = sm.NegativeBinomial(counts, np.ones(80)).fit(disp=0)
    fit = fit_interval_counts(counts, counts, "negative binomial")
    assert fit.mean == pytest.approx(counts.mean(), rel=1e-4)
    assert fit.dispersion == pytest.approx(theirs.params[1], rel=1e-3)
    assert fit.loglik == pytest.approx(theirs.llf, abs=1e-5)
    assert fit.mean_low < fit_interval_counts(counts, counts).mean_low


def test_counts_that_vary_less_than_poisson_have_no_dispersion() -> None:
    counts = [4, 5, 5, 6, 5, 4]
    fit = fit_interval_counts(counts, counts, "negative binomial")
    assert fit.dispersion == 0
    assert fit.loglik == pytest.approx(fit_interval_counts(counts, counts).loglik, abs=1e-9)


@pytest.mark.parametrize("family", ["poisson", "negative binomial"])
@pytest.mark.parametrize(("low", "high"), [(0, 3), (5, 40), (900, 980), (3000, 3005)])
def test_likelihood_holds_an_interval_far_from_the_mean(low: int, high: int, family: str) -> None:
    fit = fit_interval_counts([*[120] * 40, low], [*[120] * 40, high], family)
    law = stats.poisson(fit.mean)
    if fit.dispersion:
        law = stats.nbinom(1 / fit.dispersion, 1 / (1 + fit.dispersion * fit.mean))
    expected = 40 * law.logpmf(120) + logsumexp(law.logpmf(np.arange(low, high + 1)))
    assert fit.loglik == pytest.approx(expected, rel=1e-9)


def test_large_counts_and_open_tops_stay_finite() -> None:
    fit = fit_interval_counts([1_000_000, 10, 999_000], [1_100_000, 20, None])
    assert math.isfinite(fit.loglik)
    assert 10 < fit.mean_low < fit.mean < fit.mean_high < 1_100_000
    open_above = fit_interval_counts([100] * 50 + [90], [None] * 50 + [95])
    assert open_above.mean > 100
    assert open_above.n_open == 50


def test_counts_that_may_all_be_zero_have_mean_zero() -> None:
    fit = fit_interval_counts([0, 0, 0], [0, 0, 0])
    assert (fit.mean, fit.mean_low) == (0, 0)
    assert fit.mean_high == pytest.approx(stats.chi2.ppf(0.95, 1) / 6, rel=1e-6)


def test_interval_of_the_mean_covers_it() -> None:
    rng = default_rng(2)
    covered = 0
    for _ in range(150):
        counts = rng.poisson(4.0, 12)
        width = rng.choice([1, 3, 5], 12)
        low = counts // width * width
        high = np.where(low >= 8, np.inf, low + width - 1.0)
        fit = fit_interval_counts(low, high)
        covered += fit.mean_low <= 4.0 <= fit.mean_high
    assert 0.90 <= covered / 150 <= 0.99


@settings(max_examples=25)
@given(RANGES.filter(lambda pairs: any(width is not None for _, width in pairs)), st.integers(0, 5))
def test_widening_never_lowers_the_likelihood(pairs: list[tuple[int, int | None]], more: int) -> None:
    low, high = bounds(pairs)
    wide_low = [max(0, value - more) for value in low]
    wide_high = [None if value is None else value + more for value in high]
    assert fit_interval_counts(wide_low, wide_high).loglik >= fit_interval_counts(low, high).loglik - 1e-9


@settings(max_examples=25)
@given(CLOSED)
def test_mean_lies_within_the_bounds_in_any_order(pairs: list[tuple[int, int | None]]) -> None:
    low, high = bounds(pairs)
    fit = fit_interval_counts(low, high)
    assert min(low) - 1e-6 <= fit.mean <= max(high) + 1e-6
    assert fit.mean_low <= fit.mean <= fit.mean_high
    assert fit_interval_counts(low[::-1], high[::-1]).mean == pytest.approx(fit.mean, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "options", "message"),
    [
        ([1, 2], [None, math.inf], {}, "no count has an upper bound"),
        ([1, 2], [3], {}, "equally long"),
        ([], [], {}, "equally long"),
        ([3, 5], [4, 2], {}, r"high 2 is below low 5 \(row 1\)"),
        ([-1, 5], [4, 6], {}, r"low must be a number from 0, not -1 \(row 0\)"),
        ([None, 5], [4, 6], {}, "low must be a number from 0"),
        ([1.5, 5], [4, 6], {}, "whole numbers, not 1.5"),
        ([1, 5], [4, 6.5], {}, "whole numbers, not 6.5"),
        (["some", 5], [4, 6], {}, "low must be one list of numbers"),
        ([1, 5], [4, 6], {"family": "normal"}, "family must be"),
        ([1, 5], [4, 6], {"level": 95}, "level must be"),
    ],
)
def test_refuses_with_a_reason(low: list, high: list, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_interval_counts(low, high, **options)


def test_summary_names_the_interval_as_that_of_the_mean() -> None:
    text = fit_interval_counts([0, 1, 3], [2, None, 6]).summary()
    assert "3 counts, 0 known exactly and 1 without an upper bound" in text
    assert "not of the next count" in text
