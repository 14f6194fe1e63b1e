"""Calibration: exact decomposition, a band that is wrong as often as it says, and the PIT of counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats

from analysis.forecast import calibration, decompose, pit, scores

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20).map(lambda k: k / 20)), min_size=1, max_size=60)


@given(PAIRS, st.sampled_from(["isotonic", "values"]))
def test_parts_add_up_to_the_brier_score(pairs: list[tuple[int, float]], method: str) -> None:
    outcomes, probabilities = np.array(pairs).T
    parts = decompose(outcomes, probabilities, method)
    assert parts.brier == pytest.approx(scores(outcomes, probabilities)["brier"].mean())
    assert parts.brier == pytest.approx(parts.reliability - parts.resolution + parts.uncertainty, abs=1e-12)
    assert parts.uncertainty == pytest.approx(outcomes.mean() * (1 - outcomes.mean()))
    assert parts.reliability >= -1e-12
    assert parts.resolution >= -1e-12


@given(PAIRS)
def test_values_are_murphys_formula(pairs: list[tuple[int, float]]) -> None:
    y, p = np.array(pairs).T
    groups = [(p == value, value) for value in np.unique(p)]
    reliability = sum(rows.sum() * (value - y[rows].mean()) ** 2 for rows, value in groups) / len(y)
    resolution = sum(rows.sum() * (y[rows].mean() - y.mean()) ** 2 for rows, _ in groups) / len(y)
    parts = decompose(y, p, "values")
    assert (parts.reliability, parts.resolution) == pytest.approx((reliability, resolution), abs=1e-12)


def test_base_rate_has_neither_reliability_nor_resolution_to_lose() -> None:
    parts = decompose([0, 1, 0, 0], [0.25] * 4)
    assert parts[:4] == pytest.approx((0.1875, 0, 0, 0.1875))


def test_isotonic_curve_by_hand() -> None:
    outcomes, probabilities = [0, 1, 0, 1, 1, 0, 1, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    curve = calibration(outcomes, probabilities).curve
    assert curve["observed"].to_list() == pytest.approx([0, 0.5, 0.5, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 1])
    assert curve["n"].to_list() == [1, 1, 1, 2, 1, 1, 1, 1, 1]
    assert curve["events"].sum() == 6


def test_band_is_left_by_calibrated_forecasts_as_often_as_it_says() -> None:
    """Of 400 sets, 41 left the 90% band; of these 60 more than 14 would have chance 0.001."""
    left = 0
    for seed in range(60):
        rng = default_rng(seed)
        p = rng.beta(1, 2, 40).round(1)
        left += calibration(rng.random(40) < p, p, resamples=500, seed=seed).outside > 0
    assert 0 < left <= stats.binom.ppf(0.999, 60, 0.1)


def test_overconfident_forecasts_leave_the_band_and_have_a_slope_below_one() -> None:
    rng = default_rng(3)
    truth = rng.beta(2, 2, 300)
    said = (truth**3 / (truth**3 + (1 - truth) ** 3)).round(1).clip(0.05, 0.95)
    found = calibration(rng.random(300) < truth, said)
    assert found.outside > 0
    assert found.p_value < 0.02
    assert 0.2 < found.slope < 0.5
    assert "Not calibrated" in found.summary()
    assert found.decomposition.reliability > 0.01


def test_seed_and_order_of_rows() -> None:
    rng = default_rng(4)
    p = rng.beta(1, 2, 50)
    y, order = rng.random(50) < p, rng.permutation(50)
    first, again = calibration(y, p), calibration(y[order], p[order])
    assert first.curve.to_numpy().tolist() == again.curve.to_numpy().tolist()
    assert first.summary() == again.summary()
    assert not first.curve.equals(calibration(y, p, seed=1).curve)


@pytest.mark.parametrize(
    ("outcomes", "probabilities"),
    [
        ([0] * 10, np.linspace(0.1, 0.9, 10)),
        ([0] * 5 + [1] * 5, np.linspace(0.1, 0.9, 10)),
        ([0, 1] * 5, [0.4] * 10),
    ],
)
def test_slope_without_a_finite_value_is_missing(outcomes: list[int], probabilities: list[float]) -> None:
    found = calibration(outcomes, probabilities)
    assert np.isnan(found.slope)
    assert "slope" not in found.summary()


def test_too_little_to_say_is_refused() -> None:
    with pytest.raises(ValueError, match="9 forecasts cannot show calibration"):
        calibration([0] * 9, [0.5] * 9)
    with pytest.raises(ValueError, match="100 or more"):
        calibration([0] * 10, [0.5] * 10, resamples=10)
    with pytest.raises(ValueError, match="level"):
        calibration([0] * 10, [0.5] * 10, level=90)
    with pytest.raises(ValueError, match="there are no forecasts"):
        decompose([], [])
    with pytest.raises(ValueError, match="unknown method"):
        decompose([1], [0.5], "bins")


# PIT ----------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8), st.integers(0, 50), st.integers(1, 12))
def test_pit_is_the_mean_of_randomised_ones(outcomes: list[int], seed: int, bins: int) -> None:
    draws = default_rng(seed).poisson(3, (len(outcomes), 9))
    table = pit(outcomes, draws, bins=bins)
    assert table["density"].mean() == pytest.approx(1)
    expected = np.zeros(bins)
    for y, x in zip(outcomes, draws, strict=True):
        low, high = (x < y).mean(), (x <= y).mean()
        if high > low:
            for k in range(bins):
                expected[k] += max(min(high, (k + 1) / bins) - max(low, k / bins), 0) / (high - low)
        else:
            expected[max(int(np.ceil(high * bins - 1e-9)) - 1, 0)] += 1
    assert table["density"].to_numpy() == pytest.approx(bins * expected / len(outcomes), abs=1e-6)


def test_pit_is_flat_for_the_true_law_and_a_u_for_a_narrow_one() -> None:
    rng = default_rng(5)
    outcomes = rng.negative_binomial(2, 0.3, 3000)
    true, narrow = rng.negative_binomial(2, 0.3, (3000, 200)), rng.poisson(2 * 0.7 / 0.3, (3000, 200))
    assert pit(outcomes, true)["density"].between(0.85, 1.15).all()
    shape = pit(outcomes, narrow)["density"]
    assert shape.iloc[[0, -1]].min() > 1.5 > 0.8 > shape.iloc[4]


def test_pit_leaves_missing_outcomes_out_and_counts_the_others() -> None:
    assert pit([0, np.nan], [[0, 1], [5, 5]]).attrs["n"] == 1
    with pytest.raises(ValueError, match="every outcome is missing"):
        pit([np.nan], [[1]])
    with pytest.raises(ValueError, match="expected"):
        pit([1, 2], [[1]])
    with pytest.raises(ValueError, match="0 bins"):
        pit([1], [[1]], bins=0)
