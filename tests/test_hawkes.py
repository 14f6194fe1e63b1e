"""Self-excitation in continuous time: published fit, brute force, simulated truth, and what is refused in words."""

import math
import pathlib

import hawkesbook
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.dynamics import HawkesFit, fit_hawkes, simulate_hawkes
from analysis.dynamics.hawkes_recursion import Observed, likelihood, loglik
from analysis.dynamics.rhythm import STEADY, Rhythm, rhythm_of

Floats = NDArray[np.float64]

DAY_AND_NIGHT = np.where((np.arange(24) >= 8) & (np.arange(24) < 22), 5.0, 1.0)
EVENTS = st.lists(st.floats(0.01, 50), min_size=2, max_size=25, unique=True)


@pytest.fixture
def retweets(shared: pathlib.Path) -> pd.Series:
    return pd.read_csv(shared / "reference/retweets_niwa_minutes.csv")["minutes"]


def clusters(baseline: float, branching: float, end: float, seed: int, *, shape: float) -> Floats:
    """Self-exciting events whose waits follow a gamma law with mean `shape`, not an exponential one."""
    rng = default_rng(seed)
    now = rng.uniform(0, end, rng.poisson(baseline * end))
    found = [now]
    while len(now):
        now = np.repeat(now, rng.poisson(branching, len(now)))
        now = now + rng.gamma(shape, 1, len(now))
        now = now[now < end]
        found.append(now)
    return np.sort(np.concatenate(found))


def test_retweets_as_published(retweets: pd.Series, shared: pathlib.Path) -> None:
    fit = fit_hawkes(retweets)
    ours = {
        "mu": fit.baseline,
        "alpha": fit.jump,
        "beta": fit.decay,
        "branching ratio": fit.branching_ratio,
        "se mu": fit.se["baseline"],
        "se alpha": fit.se["jump"],
        "se beta": fit.se["decay"],
        "loglik (T=last event)": fit.loglik,
    }
    published = pd.read_csv(shared / "reference/expected.csv").query("id == 'A7'").set_index("quantity")
    for quantity, value in ours.items():
        row = published.loc[quantity]
        assert value == pytest.approx(float(row["expected"]), abs=float(row["tolerance"])), quantity
    assert 1 / fit.decay == pytest.approx(12.64, abs=0.01)
    assert fit.residual_test.statistic == pytest.approx(0.0309, abs=1e-4)
    assert fit.n == 4772
    assert fit.converged


def test_retweets_do_not_fit_an_exponential_kernel(retweets: pd.Series) -> None:
    """Plain Kolmogorov-Smirnov gives p = 0.0002 too: the published fit is no good description."""
    fit = fit_hawkes(retweets)
    assert fit.residual_test.p_value < 0.001
    assert "do not fit an exponential kernel" in fit.summary()


def test_likelihood_is_that_of_hawkesbook() -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 300, seed=8)
    fit = fit_hawkes(times, 300)
    theirs = hawkesbook.exp_mle(times, 300, np.array([0.5, 0.5, 1.2]))
    assert [fit.baseline, fit.jump, fit.decay] == pytest.approx(theirs.tolist(), rel=2e-3)
    parameters = np.array([fit.baseline, fit.jump, fit.decay])
    assert fit.loglik == pytest.approx(hawkesbook.exp_log_likelihood(times, 300, parameters), abs=1e-8)
    assert fit.loglik >= hawkesbook.exp_log_likelihood(times, 300, theirs)
    theirs = hawkesbook.exp_hawkes_compensators(times, parameters)
    assert np.cumsum(fit.residuals) == pytest.approx(theirs, rel=1e-9)
    assert fit.compensator(times) == pytest.approx(theirs, rel=1e-9)


def slow_intensity(at: float, times: Floats, fit: HawkesFit) -> float:
    past = times[times < at]
    return fit.baseline * float(fit.rhythm.at(np.array([at]))[0]) + fit.jump * np.exp(-fit.decay * (at - past)).sum()


@pytest.mark.parametrize("n", [40, 300])
def test_intensity_is_that_of_two_loops(n: int) -> None:
    times = np.sort(default_rng(n).uniform(0, 100, n)) ** 1.2
    fit = fit_hawkes(times, rhythm=DAY_AND_NIGHT, cycle=24)
    at = np.append(times, default_rng(1).uniform(0, times[-1], 20))
    assert fit.intensity(at) == pytest.approx([slow_intensity(one, times, fit) for one in at], rel=1e-10)
    value = np.log(fit.intensity(times)).sum() - fit.compensator(fit.seen.end)[0]
    assert fit.loglik == pytest.approx(value, rel=1e-10)


@settings(max_examples=40)
@given(EVENTS, st.floats(-2, 1), st.floats(0.05, 1.4), st.floats(-2, 2), st.booleans())
def test_derivatives_are_those_of_small_steps(
    events: list[float], baseline: float, branching: float, decay: float, steady: bool
) -> None:
    rhythm = STEADY if steady else Rhythm(np.array([0.5, 1.5]), 24.0)
    seen = Observed(np.sort(events), 0.0, 51.0, rhythm)
    theta = np.array([baseline, branching, decay])
    steps = 1e-5 * np.eye(3)
    found, up, down = (likelihood(thetas, seen) for thetas in (theta[None], theta + steps, theta - steps))
    assert found.value[0] == pytest.approx(loglik(theta, seen), rel=1e-12)
    size = 1 + np.abs(found.hessian).max()
    assert (up.value - down.value) / 2e-5 == pytest.approx(found.gradient[0], abs=1e-5 * size)
    assert (up.gradient - down.gradient) / 2e-5 == pytest.approx(found.hessian[0], abs=1e-5 * size)


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_another_unit_of_time_changes_only_the_unit(seed: int, unit: float) -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 100, seed=seed)
    one, other = fit_hawkes(times, 100), fit_hawkes(times * unit, 100 * unit)
    assert other.branching_ratio == pytest.approx(one.branching_ratio, abs=1e-4)
    assert other.baseline * unit == pytest.approx(one.baseline, rel=1e-3)
    assert other.loglik + one.n * math.log(unit) == pytest.approx(one.loglik, abs=1e-6)
    assert other.profile("branching_ratio") == pytest.approx(one.profile("branching_ratio"), abs=1e-3)


def test_truth_is_recovered_and_covered_over_200_simulations() -> None:
    """At full size, 500 simulations of 400 units: mean 0.588, 94 % covered, residual test 3 % (5 % nominal)."""
    fits = [fit_hawkes(simulate_hawkes(0.5, 0.6, 1.0, 300, seed=seed), 300) for seed in range(200)]
    ends = [fit.profile("branching_ratio") for fit in fits]
    assert np.mean([fit.branching_ratio for fit in fits]) == pytest.approx(0.6, abs=0.03)
    assert np.mean([low <= 0.6 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.03)
    assert np.mean([fit.residual_test.p_value < 0.2 for fit in fits[:100]]) == pytest.approx(0.2, abs=0.1)
    assert all(fit.converged for fit in fits)


def test_residual_test_rejects_a_wrong_kernel() -> None:
    """Offspring that come after a delay (gamma, shape 3): 92 % of 40 simulations are rejected."""
    rejected = [
        fit_hawkes(clusters(0.2, 0.8, 1500, seed, shape=3), 1500).residual_test.p_value < 0.05 for seed in range(10)
    ]
    assert np.mean(rejected) >= 0.8


def test_ignored_rhythm_looks_like_contagion() -> None:
    """Poisson events, five times as many by day as by night: 0.34 without the rhythm, 0.03 with it."""
    days = 60
    wrong, right = [], []
    for seed in range(6):
        times = simulate_hawkes(0.5, 0, 1.0, 24 * days, rhythm=DAY_AND_NIGHT, cycle=24, seed=seed)
        wrong.append(fit_hawkes(times, 24 * days))
        right.append(fit_hawkes(times, 24 * days, rhythm=DAY_AND_NIGHT, cycle=24))
    assert np.mean([fit.branching_ratio for fit in wrong]) == pytest.approx(0.34, abs=0.05)
    assert all(fit.profile("branching_ratio")[0] > 0.2 for fit in wrong)
    assert np.mean([fit.branching_ratio for fit in right]) < 0.08
    assert np.mean([fit.profile("branching_ratio")[0] == 0 for fit in right]) >= 0.8


def test_excitation_on_a_rhythm_is_recovered() -> None:
    times = simulate_hawkes(0.3, 0.5, 1.0, 24 * 150, rhythm=DAY_AND_NIGHT, cycle=24, seed=4)
    fit = fit_hawkes(times, 24 * 150, rhythm=DAY_AND_NIGHT, cycle=24)
    for name, truth in {"baseline": 0.3, "jump": 0.5, "decay": 1.0, "branching_ratio": 0.5}.items():
        assert fit.interval.loc[name, "low"] < truth < fit.interval.loc[name, "high"], name
    assert fit.se["branching_ratio"] < 0.05


def test_intervals_are_where_the_profile_has_fallen() -> None:
    """Scan the profile likelihood of each parameter on a grid, by brute force."""
    from scipy.optimize import minimize

    times = simulate_hawkes(0.5, 0.6, 1.0, 150, seed=3)
    fit = fit_hawkes(times, 150)
    seen = Observed(times, 0.0, 150.0, STEADY)
    theta = np.array([math.log(fit.baseline), fit.branching_ratio, math.log(fit.decay)])

    def fallen(name: str, value: float) -> float:
        def loss(rest: Floats) -> float:
            whole = {
                "baseline": [math.log(value), rest[0], rest[1]],
                "branching_ratio": [rest[0], value, rest[1]],
                "decay": [rest[0], rest[1], math.log(value)],
                "jump": [rest[0], value / math.exp(rest[1]), rest[1]],
            }[name]
            return -loglik(np.array(whole), seen) if whole[1] >= 0 else 1e9

        begin = {"baseline": theta[1:], "branching_ratio": theta[[0, 2]], "decay": theta[:2], "jump": theta[[0, 2]]}
        found = minimize(loss, begin[name], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8})
        return 2 * (fit.loglik + found.fun)

    for name, row in fit.interval.iterrows():
        for end in row:
            assert fallen(name, end) == pytest.approx(1.959964**2, abs=2e-3), name


def test_no_excitation_is_an_answer() -> None:
    times = np.arange(1, 101) + default_rng(0).uniform(-0.2, 0.2, 100)  # more even than chance
    fit = fit_hawkes(times, 101)
    assert (fit.branching_ratio, fit.jump) == (0, 0)
    assert math.isnan(fit.decay)
    assert fit.loglik == pytest.approx(100 * math.log(100 / 101) - 100)
    assert fit.poisson_loglik == pytest.approx(100 * math.log(100 / 101) - 100)
    assert fit.baseline == pytest.approx(100 / 101, rel=1e-4)
    low, high = fit.interval.loc["branching_ratio"]
    assert low == 0
    assert 0 < high < 1
    assert fit.interval.loc["decay"].tolist() == [0, math.inf]
    assert fit.poisson_test.p_value > 0.49
    assert "none is seen to excite another" in fit.summary()
    assert fit.residual_test.p_value < 0.05  # too even for Poisson
    assert fit.intensity([50.0]).tolist() == [fit.baseline]


def test_explosion_is_said() -> None:
    times = np.log1p(np.arange(1, 400)) * 10  # ever faster
    fit = fit_hawkes(times)
    assert fit.branching_ratio > 1
    assert "explode" in fit.summary()


def test_two_events_are_too_few_to_tell() -> None:
    fit = fit_hawkes([1.0, 1.2], 10)
    assert fit.profile("branching_ratio")[0] == 0
    assert "too few to tell" in fit.summary()


def test_events_are_sorted_and_not_changed() -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 50, seed=1)
    shuffled = default_rng(0).permutation(times)
    kept = shuffled.copy()
    assert fit_hawkes(shuffled, 50).loglik == fit_hawkes(times, 50).loglik
    assert (shuffled == kept).all()


def test_entry_without_a_time_is_listed() -> None:
    fit = fit_hawkes([1.0, math.nan, 1.5, 4.0, 4.1], 10)
    assert fit.n == 4
    assert fit.dropped.to_dict("records") == [{"position": 1, "reason": "no time"}]


def test_timestamps_are_measured_from_midnight() -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 300, rhythm=DAY_AND_NIGHT, cycle=24, seed=5)
    stamps = pd.Timestamp("2020-10-01", tz="Asia/Bishkek") + pd.to_timedelta(times, unit="h")
    one = fit_hawkes(times, 300, rhythm=DAY_AND_NIGHT, cycle=24)
    other = fit_hawkes(pd.Series(stamps), "2020-10-13 12:00", rhythm=DAY_AND_NIGHT, cycle=24)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-6)
    assert other.unit == "h"
    assert other.intensity(stamps[:3]) == pytest.approx(one.intensity(times[:3]), rel=1e-4)


@pytest.mark.parametrize(
    ("times", "options", "said"),
    [
        ([], {}, "no event: nothing"),
        ([math.nan], {}, r"no event \(1 entries have no time\)"),
        ([3.0], {"end": 10}, "one event: nothing"),
        ([2, 2, 2, 2], {"end": 10}, "3 of 4 events have the time of another.*fit_hawkes_counts"),
        ([1, 5, 12], {"end": 10}, "1 of 3 events lie outside the span 0 to 10"),
        ([-1, 5], {"end": 10}, "1 of 2 events lie outside the span"),
        ([1, math.inf], {}, "must be finite"),
        (["a", "b"], {}, "times must be numbers"),
        ([1, 2], {"level": 95}, "level must be between 0 and 1"),
        ([1, 2], {"rhythm": [1, 0], "cycle": 24}, "expected positive weights"),
        ([1, 2], {"rhythm": [1, 2]}, "expected the length of a cycle"),
    ],
)
def test_what_cannot_be_fitted_is_said(times: list[object], options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_hawkes(times, **options)


def test_simulation_has_the_moments_of_the_process() -> None:
    """Mean rate 1.25; variance of counts in long windows over their mean 1 / (1 - n)^2 = 6.25 (Hawkes 1971)."""
    times = simulate_hawkes(0.5, 0.6, 1.0, 200_000, seed=1)
    counts = np.histogram(times, np.arange(1000, 200_001, 200))[0]
    assert counts.mean() / 200 == pytest.approx(1.25, rel=0.02)
    assert counts.var() / counts.mean() == pytest.approx(6.25, rel=0.15)
    assert (np.diff(times) > 0).all()


def test_simulation_follows_the_rhythm_and_the_seed() -> None:
    times = simulate_hawkes(1.0, 0, 1.0, 24_000, rhythm=DAY_AND_NIGHT, cycle=24, seed=3)
    by_hour = np.histogram(times % 24, np.arange(25))[0]
    assert by_hour / by_hour.mean() == pytest.approx(rhythm_of(DAY_AND_NIGHT, 24).weights, rel=0.15)
    assert (times == simulate_hawkes(1.0, 0, 1.0, 24_000, rhythm=DAY_AND_NIGHT, cycle=24, seed=3)).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"jump": 1.2}, "1.2 offspring .* explodes"),
        ({"decay": 0}, "decay is 0"),
        ({"baseline": -1}, "from 0 on"),
        ({"end": 0}, "expected a later end"),
    ],
)
def test_impossible_simulation_is_refused(options: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        simulate_hawkes(**({"baseline": 0.5, "jump": 0.5, "decay": 1.0, "end": 10} | options))
