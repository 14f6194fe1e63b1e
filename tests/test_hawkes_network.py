"""Self-excitation among units: simulated truth, agreement with one unit, and words."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from analysis.dynamics import HawkesNetworkFit, fit_hawkes, fit_hawkes_network, simulate_hawkes, simulate_hawkes_network

BRANCHING = np.array([[0.5, 0.1], [0.3, 0.2]])
RADIUS = 0.35 + math.sqrt(0.0225 + 0.03)  # of that matrix, by hand


def fitted(seed: int, end: float = 500) -> HawkesNetworkFit:
    capital, south = simulate_hawkes_network([0.4, 0.2], BRANCHING, 1.0, end, seed=seed)
    return fit_hawkes_network({"capital": capital, "south": south}, end)


def test_one_unit_is_the_univariate_fit() -> None:
    times = simulate_hawkes(0.5, 0.6, 1.0, 400, seed=3)
    one, network = fit_hawkes(times, 400), fit_hawkes_network({"all": times}, 400)
    assert network.loglik == pytest.approx(one.loglik, abs=1e-7)
    assert network.poisson_loglik == pytest.approx(one.poisson_loglik, abs=1e-9)
    assert network.radius == pytest.approx(one.branching_ratio, abs=1e-5)
    assert network.decay_se == pytest.approx(one.se["decay"], rel=1e-4)
    assert network.branching_se.loc["all", "all"] == pytest.approx(one.se["branching_ratio"], rel=1e-4)
    assert network.baselines_se["all"] == pytest.approx(one.se["baseline"], rel=1e-4)


def test_truth_is_recovered_and_the_radius_covered() -> None:
    """At full size, 60 simulations: mean radius 0.582 (truth 0.579), covered in 93 %."""
    fits = [fitted(seed) for seed in range(24)]
    mean = np.mean([fit.branching.to_numpy() for fit in fits], axis=0)
    assert mean == pytest.approx(BRANCHING, abs=0.06)
    assert np.mean([fit.baselines.to_numpy() for fit in fits], axis=0) == pytest.approx([0.4, 0.2], abs=0.06)
    assert np.mean([fit.radius for fit in fits]) == pytest.approx(RADIUS, abs=0.05)
    assert np.mean([fit.radius_low <= RADIUS <= fit.radius_high for fit in fits]) >= 0.8
    assert all(fit.stationary for fit in fits)


def intensity(fit: HawkesNetworkFit, unit: str, at: float, times: dict[str, NDArray[np.float64]]) -> float:
    excited = sum(
        fit.branching.loc[unit, source] * fit.decay * np.exp(-fit.decay * (at - past[past < at])).sum()
        for source, past in times.items()
    )
    return float(fit.baselines[unit] + excited)


def test_likelihood_is_that_of_loops_and_no_neighbour_is_better() -> None:
    capital, south = simulate_hawkes_network([0.4, 0.2], BRANCHING, 1.0, 100, seed=1)
    times = {"capital": capital, "south": south}
    fit = fit_hawkes_network(times, 100)
    value = sum(math.log(intensity(fit, unit, at, times)) for unit, all_times in times.items() for at in all_times)
    value -= 100 * fit.baselines.sum()
    for source, past in times.items():
        value -= fit.branching[source].sum() * (1 - np.exp(-fit.decay * (100 - past))).sum()
    assert fit.loglik == pytest.approx(value, abs=1e-8)
    assert fit.loglik > fit.poisson_loglik


def test_unit_that_excites_none_has_zeros_and_no_error() -> None:
    lone = np.arange(1, 60) * 1.7
    fit = fit_hawkes_network({"even": lone, "silent": []}, 110)
    assert fit.branching.to_numpy().tolist() == [[0, 0], [0, 0]]
    assert fit.baselines["silent"] == 0
    assert np.isnan(fit.branching_se.loc["even", "even"])
    assert fit.radius == 0
    assert fit.stationary


def test_few_events_per_parameter_are_said() -> None:
    text = fitted(1, end=30).summary()
    assert "are few for 7 parameters" in text
    assert "Spectral radius" in text


def test_explosion_is_said() -> None:
    times = np.log1p(np.arange(1, 300)) * 10
    fit = fit_hawkes_network({"a": times[::2], "b": times[1::2]})
    assert not fit.stationary
    assert "not stationary" in fit.summary()


def test_timestamps_of_all_units_share_a_clock() -> None:
    capital, south = simulate_hawkes_network([0.4, 0.2], BRANCHING, 1.0, 200, seed=2)
    stamps = {
        name: pd.Timestamp("2020-10-01") + pd.to_timedelta(times, unit="h")
        for name, times in {"capital": capital, "south": south}.items()
    }
    dated = fit_hawkes_network(stamps, pd.Timestamp("2020-10-01") + pd.Timedelta(200, "h"))
    plain = fit_hawkes_network({"capital": capital, "south": south}, 200)
    assert dated.loglik == pytest.approx(plain.loglik, abs=1e-5)


def test_shared_times_and_missing_ones_are_counted() -> None:
    fit = fit_hawkes_network({"a": [1.0, 2.0, 5.0], "b": [2.0, math.nan, 6.0]}, 10)
    assert fit.shared_times == 1
    assert fit.dropped.to_dict("records") == [{"unit": "b", "position": 1, "reason": "no time"}]
    assert "1 event at the very time of one elsewhere" in fit.summary()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({}, "expected a mapping"),
        ([1, 2], "expected a mapping"),
        ({"a": [], "b": []}, "no event"),
        ({"a": [1], "b": []}, "one event"),
        ({"a": [1, 1, 2], "b": [4]}, "unit a: 1 event with the time of another"),
        ({"a": [1, 2], "b": [40]}, "outside the span"),
    ],
)
def test_what_cannot_be_fitted_is_said(times: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_hawkes_network(times, 10)
