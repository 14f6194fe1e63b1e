"""The power-law tail of severities: published fits, the library it rests on, simulated truth, and what it refuses."""

import math
import pathlib
import warnings

import numpy as np
import pandas as pd
import powerlaw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats
from scipy.special import zeta

from analysis.casualties import Severity, severity, tails

TOLLS = st.lists(st.integers(1, 400), min_size=12, max_size=60).filter(lambda tolls: len(set(tolls)) > 4)


def library(deaths: object, **options: object) -> powerlaw.Fit:
    """Exact discrete fit of `powerlaw`, with the exponents this project considers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return powerlaw.Fit(
            deaths, discrete=True, estimate_discrete=False, verbose=0, parameter_ranges={"alpha": [1, 5]}, **options
        )


@pytest.fixture
def attacks(shared: pathlib.Path) -> pd.Series:
    return pd.read_csv(shared / "reference/terrorism_severity.csv")["deaths"]


def test_terrorism_as_clauset_shalizi_and_newman_published_it(attacks: pd.Series) -> None:
    assert (attacks.mean().round(2), attacks.std().round(2), attacks.max()) == (4.35, 31.58, 2749)
    fit = severity(attacks, resamples=200, seed=1)
    assert (fit.n, fit.xmin, fit.n_tail, fit.resamples) == (9101, 12, 547, 200)
    assert fit.alpha == pytest.approx(2.370, abs=0.003)
    assert fit.distance == pytest.approx(0.01769, abs=5e-5)
    assert fit.p_value == pytest.approx(0.68, abs=0.08)
    assert fit.lognormal_ratio == pytest.approx(-0.28, abs=0.02)
    assert fit.lognormal_p == pytest.approx(0.78, abs=0.01)
    assert fit.exponential_ratio == pytest.approx(2.457, abs=0.02)
    assert fit.exponential_p == pytest.approx(0.014, abs=0.001)


def test_exponent_is_the_exact_one_not_the_approximation(attacks: pd.Series) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        approximate = powerlaw.Fit(attacks.to_numpy(), discrete=True, xmin=12, verbose=0).power_law.alpha
    assert approximate == pytest.approx(2.3677, abs=1e-4)
    assert severity(attacks, xmin=12, resamples=0).alpha == pytest.approx(2.3699, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "alpha", "xmin", "n_tail"),
    [("words", 1.953, 7, 2958), ("flares", 1.788, 323, 1711), ("cities", 2.370, 52457, 580)],
)
def test_other_published_sets(name: str, alpha: float, xmin: int, n_tail: int) -> None:
    fit = severity(powerlaw.load_test_dataset(name), resamples=0)
    assert (fit.xmin, fit.n_tail) == (xmin, n_tail)
    assert fit.alpha == pytest.approx(alpha, abs=0.001)


@pytest.mark.parametrize("alpha", [1.8, 2.4, 3.2])
def test_every_candidate_equals_that_of_powerlaw(alpha: float) -> None:
    deaths = default_rng(3).zipf(alpha, 400)
    deaths = deaths[deaths < 10**6]
    theirs = library(deaths).xmin_fitting_results
    for xmin, exponent, distance, valid in zip(
        theirs["xmins"], theirs["alphas"], theirs["distances"], theirs["valid_fits"], strict=True
    ):
        if valid:
            ours = severity(deaths, xmin=int(xmin), resamples=0)
            assert ours.alpha == pytest.approx(exponent, abs=3e-4)
            assert ours.distance == pytest.approx(distance, abs=3e-4)


@settings(max_examples=25)
@given(TOLLS)
def test_choice_of_xmin_is_that_of_powerlaw(deaths: list[int]) -> None:
    theirs = library(deaths)
    distances = np.where(theirs.xmin_fitting_results["valid_fits"], theirs.xmin_fitting_results["distances"], np.inf)
    if np.sort(distances)[0] == np.inf or np.diff(np.sort(distances)[:2])[0] < 1e-3:
        return
    assert severity(deaths, resamples=0).xmin == theirs.xmin


def test_comparison_with_an_exponential_is_that_of_powerlaw(attacks: pd.Series) -> None:
    fit = library(attacks.to_numpy(), xmin=12)
    ratio, _ = fit.distribution_compare("power_law", "exponential", normalized_ratio=True)
    assert severity(attacks, xmin=12, resamples=0).exponential_ratio == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(("xmin", "alpha"), [(1, 2.5), (12, 2.37), (40, 1.6), (3, 4.5)])
def test_draws_follow_the_law_exactly(xmin: int, alpha: float) -> None:
    drawn = tails._draw(tails._Tail(xmin, alpha, 0.0), 100_000, default_rng(5))
    values = np.arange(xmin, xmin + 30)
    expected = values**-alpha / zeta(alpha, xmin)
    observed = np.array([(drawn == value).sum() for value in values])
    rest = drawn.size - observed.sum()
    test = stats.chisquare([*observed, rest], drawn.size * np.array([*expected, 1 - expected.sum()]))
    assert drawn.min() >= xmin
    assert test.pvalue > 0.001


@pytest.mark.parametrize("alpha", [1.7, 2.5, 3.5])
def test_simulated_exponent_is_found_with_its_standard_error(alpha: float) -> None:
    rng = default_rng(7)
    fits = [severity(rng.zipf(alpha, 400), xmin=1, resamples=0) for _ in range(60)]
    errors = np.array([(fit.alpha - alpha) / fit.alpha_se for fit in fits])
    assert abs(errors.mean()) < 4 / math.sqrt(60)
    assert 0.7 < errors.std(ddof=1) < 1.35


def test_simulated_threshold_is_found() -> None:
    rng = default_rng(8)
    tail = rng.zipf(2.5, 400_000)
    fit = severity(np.concatenate([rng.integers(1, 20, 1500), tail[tail >= 20][:1500]]), resamples=0)
    assert 15 <= fit.xmin <= 25
    assert fit.alpha == pytest.approx(2.5, abs=0.15)


def test_bootstrap_rejects_a_true_power_law_at_the_nominal_rate() -> None:
    rng = default_rng(9)
    p_values = [severity(rng.zipf(2.4, 200), resamples=39, seed=seed).p_value for seed in range(30)]
    assert sum(p < 0.1 for p in p_values) <= 8
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_bootstrap_rules_out_what_is_no_power_law() -> None:
    fit = severity(1 + default_rng(10).poisson(20, 600), resamples=60)
    assert fit.p_value < 0.1
    assert "is ruled out" in fit.summary()


def test_exponential_severities_are_ruled_out_over_their_range_and_told_apart() -> None:
    fit = severity(default_rng(10).geometric(0.05, 1000), xmin=5, resamples=60)
    assert fit.p_value < 0.1
    assert fit.exponential_ratio < -3
    assert "worse than an exponential" in fit.summary()


def test_known_threshold_stays_in_the_bootstrap() -> None:
    deaths = default_rng(11).zipf(2.4, 300)
    fit = severity(deaths, xmin=2, resamples=30)
    assert (fit.xmin, fit.xmin_given, fit.resamples) == (2, True, 30)
    assert "threshold given" in fit.summary()


def test_lognormal_that_runs_off_to_a_power_law_is_not_told_apart() -> None:
    fit = severity(powerlaw.load_test_dataset("words"), resamples=0)
    assert abs(fit.lognormal_ratio) < 1
    assert "do not tell it from a lognormal" in fit.summary()


def test_zeros_and_missing_tolls_are_counted_and_change_nothing() -> None:
    deaths = default_rng(12).zipf(2.2, 100).tolist()
    fit = severity(deaths, resamples=5)
    more = severity(pd.Series([*deaths, 0, 0, None], dtype="Int64"), resamples=5)
    assert sum(more.dropped.values()) == 3
    assert "Left out: 2 (no deaths" in more.summary()
    same = [name for name in Severity.__slots__ if name != "dropped"]
    assert [getattr(fit, name) for name in same] == [getattr(more, name) for name in same]


@settings(max_examples=20)
@given(TOLLS, st.randoms(use_true_random=False))
def test_order_of_events_is_irrelevant(deaths: list[int], random: object) -> None:
    shuffled = list(deaths)
    random.shuffle(shuffled)
    try:
        fit = severity(deaths, resamples=2)
    except ValueError:
        with pytest.raises(ValueError, match="no power law"):
            severity(shuffled, resamples=2)
        return
    assert repr(severity(shuffled, resamples=2)) == repr(fit)


def test_seed_decides_and_input_stays() -> None:
    deaths = default_rng(13).zipf(2.2, 200)
    before = deaths.copy()
    first, again, other = (severity(deaths, resamples=40, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert (deaths == before).all()


def test_summary_says_what_was_not_tested_and_what_it_does_not_say() -> None:
    fit = severity([1] * 20 + [2] * 6 + [3] * 3 + [5, 9], resamples=0)
    assert math.isnan(fit.p_value)
    text = fit.summary()
    assert "was not tested" in text
    assert "fewer than 50 events" in text
    assert "does not say how many the next event will kill" in text


@pytest.mark.parametrize(
    ("deaths", "options", "message"),
    [
        ([1, 2, -3, 4], {}, "-3 is not"),
        ([1, 2, 2.5, 4], {}, "2.5 is not"),
        ([1, 2, math.inf, 4], {}, "inf is not"),
        (["many", "few"], {}, "one list of whole numbers"),
        ([[1, 2], [3, 4]], {}, "one list of whole numbers"),
        ([1, 1, 2], {}, "at least 3"),
        ([], {}, "at least 3"),
        ([0, 0, None], {}, "at least 3"),
        ([1, 2, 3, 4], {"xmin": 0}, "xmin must be"),
        ([1, 2, 3, 4], {"xmin": 1.5}, "xmin must be"),
        ([1, 2, 3, 4], {"xmin": 4}, "choose a smaller one"),
        ([1, 2, 3, 4], {"resamples": -1}, "resamples"),
        ([1000] * 50 + [1001, 1002], {}, "no power law"),
    ],
)
def test_refuses_with_a_reason(deaths: list[object], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        severity(deaths, **options)
