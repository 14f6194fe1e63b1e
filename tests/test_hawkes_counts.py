"""Self-excitation of binned counts: exact moments, probabilities by brute force, simulated truth, gaps, and words."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import expm

from analysis.dynamics import HawkesCountsFit, fit_hawkes, fit_hawkes_counts, simulate_hawkes
from analysis.dynamics.hawkes_filter import Counts, beat_of, log_probability, placed, response
from analysis.dynamics.rhythm import STEADY, rhythm_of

Floats = NDArray[np.float64]

DAY_AND_NIGHT = np.where((np.arange(24) >= 8) & (np.arange(24) < 22), 5.0, 1.0)


def binned(times: Floats, width: float, end: float) -> NDArray[np.int64]:
    return np.histogram(times, width * np.arange(round(end / width) + 1))[0]


def fitted(seed: int, width: float, end: float) -> HawkesCountsFit:
    return fit_hawkes_counts(binned(simulate_hawkes(0.5, 0.6, 1.0, end, seed=seed), width, end), width=width)


@settings(max_examples=60)
@given(st.one_of(st.floats(0, 1.5), st.just(1.0), st.floats(0.999999, 1.000001)), st.floats(0.05, 5), st.floats(0.1, 4))
def test_moments_solve_their_differential_equations(branching: float, decay: float, length: float) -> None:
    jump = branching * decay
    z = decay - jump
    system = np.zeros((6, 6))  # count, excitation, variance, covariance, variance of the excitation; baseline
    system[0, [1, 5]] = 1
    system[1, [1, 5]] = -z, jump
    system[2, [1, 3, 5]] = 1, 2, 1
    system[3, [1, 3, 4, 5]] = jump, -z, 1, jump
    system[4, [1, 4, 5]] = jump**2, -2 * z, jump**2
    solved = expm(system * length)
    found = response(np.array(branching), np.array(decay), np.array(length))
    for ours, column in ((found.mean, 1), (found.variance, 4), (found.baseline, 5)):
        assert ours == pytest.approx(solved[:5, column], rel=1e-8, abs=1e-11)


def test_moments_are_those_of_simulated_periods() -> None:
    """200,000 first periods of length 2, begun without a past: each is cut from one long baseline of its own."""
    rng = default_rng(1)
    immigrants = np.sort(rng.uniform(0, 2, 100_000))
    group = rng.integers(0, 200_000, 100_000)
    counts = np.bincount(group, minlength=200_000)
    excitation = np.bincount(group, 0.6 * np.exp(immigrants - 2), 200_000)
    now, owner = immigrants, group
    while len(now):
        born = rng.poisson(0.6, len(now))
        now, owner = np.repeat(now, born), np.repeat(owner, born)
        now = now + rng.exponential(1, len(now))
        owner, now = owner[now < 2], now[now < 2]
        counts = counts + np.bincount(owner, minlength=200_000)
        excitation = excitation + np.bincount(owner, 0.6 * np.exp(now - 2), 200_000)
    found = response(np.array(0.6), np.array(1.0), np.array(2.0)).baseline * 0.25
    shared = np.cov(counts, excitation)
    seen = [counts.mean(), excitation.mean(), shared[0, 0], shared[0, 1], shared[1, 1]]
    assert seen == pytest.approx(found.tolist(), rel=0.03)


def test_probabilities_of_short_histories_are_those_of_simulation() -> None:
    """Histories of three periods: the filter's chance against the share among 6,000 simulated ones."""
    shares: dict[tuple[int, ...], float] = {}
    rounds = 6000
    for seed in range(rounds):
        history = tuple(binned(simulate_hawkes(0.5, 0.6, 1.0, 3, seed=seed), 1, 3).tolist())
        shares[history] = shares.get(history, 0) + 1 / rounds
    theta = np.array([[math.log(0.5), 0.6, 0.0]])
    for history in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (2, 0, 0), (0, 2, 1)]:
        chance = math.exp(Counts(np.array(history, float), 1.0, beat_of(STEADY, 0, 1.0, 3)).loglik(theta)[0])
        error = math.sqrt(shares[history] / rounds)
        assert chance == pytest.approx(shares[history], abs=3.5 * error + 0.04 * chance), history


def test_law_has_its_moments_and_is_poisson_without_spread() -> None:
    counts = np.arange(400.0)
    chances = np.exp(log_probability(counts, np.array(3.0), np.array(12.0)))
    assert [chances.sum(), chances @ counts, chances @ (counts - 3) ** 2] == pytest.approx([1, 3, 12])
    poisson = np.exp(log_probability(counts[:30], np.array(3.0), np.array(3.0)))
    assert poisson == pytest.approx(stats.poisson.pmf(counts[:30], 3))
    low, high = placed(np.array([0.0, 4.0]), np.full(2, 3.0), np.full(2, 3.0))
    assert [*low, *high] == pytest.approx([0, *stats.poisson.cdf([3, 0, 4], 3)])


def test_truth_is_recovered_and_covered_over_200_simulations() -> None:
    """Periods of two mean waits; the docstring has other widths."""
    fits = [fitted(seed, 2.0, 400) for seed in range(200)]
    ends = [fit.profile("branching_ratio") for fit in fits]
    assert np.mean([fit.branching_ratio for fit in fits]) == pytest.approx(0.6, abs=0.03)
    assert np.mean([low <= 0.6 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.03)
    assert all(fit.converged for fit in fits)


@pytest.mark.parametrize("width", [0.5, 4.0])
def test_all_parameters_are_recovered_whatever_the_periods(width: float) -> None:
    fit = fitted(3, width, 1000 * max(width, 0.6))
    for name, truth in {"baseline": 0.5, "jump": 0.6, "decay": 1.0, "branching_ratio": 0.6}.items():
        assert fit.interval.loc[name, "low"] < truth < fit.interval.loc[name, "high"], name
    assert fit.converged


def test_narrow_periods_say_what_the_times_say() -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 200, seed=2)
    exact, counted = fit_hawkes(times, 200), fit_hawkes_counts(binned(times, 0.05, 200), width=0.05)
    assert counted.branching_ratio == pytest.approx(exact.branching_ratio, abs=0.01)
    assert counted.baseline == pytest.approx(exact.baseline, rel=0.02)
    assert counted.profile("branching_ratio") == pytest.approx(exact.profile("branching_ratio"), abs=0.015)
    assert counted.se["decay"] == pytest.approx(exact.se["decay"], rel=0.1)


def test_width_of_a_period_is_only_a_unit() -> None:
    counts = binned(simulate_hawkes(0.5, 0.6, 1.0, 300, seed=4), 1, 300)
    one, other = fit_hawkes_counts(counts), fit_hawkes_counts(counts, width=24)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-6)
    assert other.branching_ratio == pytest.approx(one.branching_ratio, abs=1e-4)
    assert other.decay * 24 == pytest.approx(one.decay, rel=1e-3)


def test_rhythm_of_the_day_is_no_contagion() -> None:
    """Poisson events, five times as many by day as by night, counted by hour: 0.34 without the rhythm."""
    wrong, right = [], []
    for seed in range(3):
        times = simulate_hawkes(0.5, 0, 1.0, 24 * 60, rhythm=DAY_AND_NIGHT, cycle=24, seed=seed)
        hourly = binned(times, 1, 24 * 60)
        wrong.append(fit_hawkes_counts(hourly))
        right.append(fit_hawkes_counts(hourly, rhythm=DAY_AND_NIGHT, cycle=24))
    assert np.mean([fit.branching_ratio for fit in wrong]) == pytest.approx(0.34, abs=0.05)
    assert np.mean([fit.branching_ratio for fit in right]) < 0.1
    assert all(fit.profile("branching_ratio")[0] > 0.2 for fit in wrong)


def test_one_wave_looks_like_contagion_unless_its_course_is_given() -> None:
    """A rate that steps up for six days and down again, and no event that excites another: 5 % of 40 false alarms."""
    rate = np.repeat([0.2, 20.0, 6.0, 0.2], [34, 2, 4, 60])
    waves = [default_rng(seed).poisson(rate) for seed in range(8)]
    wrong = [fit_hawkes_counts(counts) for counts in waves[:3]]
    assert all(fit.profile("branching_ratio")[0] > 0.4 for fit in wrong)
    right = [fit_hawkes_counts(counts, rhythm=rate, cycle=100) for counts in waves]
    assert np.mean([fit.profile("branching_ratio")[0] == 0 for fit in right]) >= 7 / 8
    assert [fit.baseline for fit in right] == pytest.approx([rate.mean()] * 8, rel=0.4)


def test_rhythm_within_wide_periods_counts() -> None:
    """Half-days from 20:00: each holds its own share of the day's baseline."""
    rhythm = rhythm_of(DAY_AND_NIGHT, 24)
    seen = Counts(np.zeros(4), 12.0, beat_of(rhythm, 20, 12.0, 4))
    found = seen.forecasts(np.array([[0.0, 0.0, 0.0]]))
    first, second = rhythm.integral(20, 32), rhythm.integral(32, 44)
    assert found.mean[:, 0] == pytest.approx([first, second, first, second])
    assert found.variance[:, 0] == pytest.approx(found.mean[:, 0])


def test_dated_periods_know_their_time_of_day() -> None:
    times = simulate_hawkes(0.4, 0.3, 1.0, 24 * 20, rhythm=DAY_AND_NIGHT, cycle=24, seed=1)
    hourly = binned(times, 1, 24 * 20)[7:]
    dated = pd.Series(hourly, index=pd.period_range("2020-10-01 07:00", periods=len(hourly), freq="h"))
    one = fit_hawkes_counts(dated, rhythm=DAY_AND_NIGHT, cycle=24)
    other = fit_hawkes_counts(hourly, start=7, rhythm=DAY_AND_NIGHT, cycle=24)
    assert one.loglik == other.loglik
    assert one.path.index.equals(dated.index)


def test_period_not_covered_is_not_zero() -> None:
    counts = binned(simulate_hawkes(0.5, 0.6, 1.0, 600, seed=6), 1, 600).astype(float)
    gaps = counts.copy()
    gaps[100:200] = np.nan
    gaps[::50] = np.nan
    fit, empty = fit_hawkes_counts(gaps), fit_hawkes_counts(np.nan_to_num(gaps))
    assert fit.missing == len(fit.dropped) == 110
    assert fit.periods == 490
    assert fit.interval.loc["branching_ratio", "low"] < 0.6 < fit.interval.loc["branching_ratio", "high"]
    assert fit.interval.loc["baseline", "low"] < 0.5 < fit.interval.loc["baseline", "high"]
    assert empty.branching_ratio > fit.branching_ratio + 0.05
    assert fit.path["observed"].isna().sum() == 110
    assert fit.path["expected"].iloc[199] == pytest.approx(
        0.5 / (1 - fit.branching_ratio) * fit.baseline / 0.5, rel=0.01
    )
    assert "Not covered: 110 periods" in fit.summary()


def test_gap_changes_nothing_before_it() -> None:
    counts = np.array([0, 1, 3, 0, 2, 1], dtype=float)
    theta = np.array([[-0.5, 0.5, 0.0]])
    whole = Counts(counts, 1.0, beat_of(STEADY, 0, 1.0, 6)).forecasts(theta)
    gap = counts.copy()
    gap[3] = np.nan
    seen = Counts(gap, 1.0, beat_of(STEADY, 0, 1.0, 6)).forecasts(theta)
    assert (seen.mean[:4] == whole.mean[:4]).all()
    assert seen.mean[4] > whole.mean[4]  # an unseen hour may have held events; an empty one did not


def test_wide_periods_cannot_tell_the_decay() -> None:
    fit = fitted(1, 30.0, 6000)
    low, high = fit.profile("decay")
    assert math.isinf(high)
    assert low > 0
    assert "too wide to tell how fast" in fit.summary()
    low, high = fit.profile("branching_ratio")
    assert low < 0.6 < high


def test_residual_test_rejects_what_no_such_process_gives() -> None:
    """Every event reported twice: only even counts."""
    assert fit_hawkes_counts(2 * default_rng(2).poisson(1.5, 300)).residual_test.p_value < 0.05
    rejected = [fitted(seed, 2.0, 400).residual_test.p_value < 0.05 for seed in range(20)]
    assert np.mean(rejected) <= 0.2


def test_residuals_are_uniform_places() -> None:
    fit = fitted(2, 1.0, 400)
    assert ((fit.residuals >= 0) & (fit.residuals <= 1)).all()
    assert stats.kstest(fit.residuals, "uniform").pvalue > 0.01
    assert fit.residual_departure.abs().max() == pytest.approx(fit.residual_test.statistic)
    assert fit.residual_departure.abs().max() < fit.residual_test.critical, "the model holds"


def test_baseline_of_the_path_is_what_nothing_excited() -> None:
    """Offspring in the period of their parent are excited too: half-days at a fifth and at the whole of the rate."""
    counts = binned(simulate_hawkes(0.5, 0.6, 1.0, 480, rhythm=[1, 5], cycle=24, seed=3), 12, 480)
    fit = fit_hawkes_counts(counts, width=12, rhythm=[1, 5], cycle=24)
    assert fit.path["baseline"].iloc[:2].tolist() == pytest.approx([12 * fit.baseline / 3, 12 * fit.baseline * 5 / 3])
    assert fit.path["baseline"].sum() == pytest.approx(counts.sum() * (1 - fit.branching_ratio), rel=0.05)


def test_residuals_of_doubled_events_depart_beyond_the_critical_distance() -> None:
    fit = fit_hawkes_counts(2 * default_rng(2).poisson(1.5, 300))
    assert fit.residual_departure.abs().max() > fit.residual_test.critical
    assert "do not fit an exponential kernel" in fit.summary()


def test_steady_counts_show_no_excitation() -> None:
    fit = fit_hawkes_counts([2, 2, 3, 2, 1, 2, 2, 3, 2, 2] * 5)
    assert (fit.branching_ratio, fit.jump) == (0, 0)
    assert fit.baseline == pytest.approx(2.1, rel=1e-4)
    assert fit.loglik == pytest.approx(stats.poisson.logpmf([2, 2, 3, 2, 1, 2, 2, 3, 2, 2] * 5, 2.1).sum())
    assert fit.interval.loc["branching_ratio", "low"] == 0
    assert fit.interval.loc["decay"].tolist() == [0, math.inf]
    assert "none is seen to excite another" in fit.summary()


@pytest.mark.parametrize(
    ("counts", "options", "said"),
    [
        ([0] * 30, {}, "all 30 covered periods have 0 events.*below 0.1 per period"),
        ([0, 0, 1, 0], {}, "1 event in 4 covered periods"),
        ([5, 3], {}, "8 events in 2 covered periods"),
        ([math.nan] * 4, {}, "no period is covered"),
        ([1, 2.5, 0], {}, "events = '2.5': expected a whole number"),
        ([1, -2, 0], {}, "events = '-2.0': expected a whole number"),
        ([1, 2, 3, 4], {"width": 0}, "width is 0"),
        ([1, 2, 3, 4], {"level": 2}, "level must be"),
    ],
)
def test_what_cannot_be_fitted_is_said(counts: list[float], options: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_hawkes_counts(counts, **options)


def test_days_left_out_are_refused() -> None:
    days = pd.period_range("2020-10-01", periods=6, freq="D").delete(3)
    with pytest.raises(ValueError, match=r"are not in the series \(2020-10-04\)"):
        fit_hawkes_counts(pd.Series([1, 0, 2, 1, 0], index=days))
