"""Times known as intervals: published fits, other estimators as special cases, simulation, properties, refusals."""

import math
import pathlib

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from statsmodels.duration.survfunc import SurvfuncRight

from analysis.casualties import fit_interval_times, interval_distribution, turnbull

SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8) | st.none()), min_size=1, max_size=14)


def bounds(pairs: list[tuple[int, int | None]]) -> tuple[list[int], list[int | None]]:
    return [low for low, _ in pairs], [None if width is None else low + width for low, width in pairs]


@pytest.fixture
def cosmesis(shared: pathlib.Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/bcdeter_interval.csv")


# Survival without a form


def test_turnbull_of_the_radiotherapy_group(cosmesis: pd.DataFrame) -> None:
    only = cosmesis[cosmesis["treat"] == 1]
    fit = turnbull(only["lower"], only["upper"])
    assert fit.n == 46
    at = {5: 0.954, 7: 0.920, 8: 0.832, 12: 0.761, 25: 0.668, 34: 0.586, 40: 0.466}
    survival = fit.survival(list(at))
    assert survival["low"].to_numpy() == pytest.approx(list(at.values()), abs=0.002)
    assert survival["high"].to_numpy() == pytest.approx(list(at.values()), abs=0.002)
    expected = [(4, 5), (6, 7), (7, 8), (11, 12), (24, 25), (33, 34), (38, 40), (46, 48)]
    assert list(zip(fit.masses["left"], fit.masses["right"], strict=True)) == expected
    assert fit.gap <= 1e-6


def test_survival_is_a_range_inside_an_interval() -> None:
    fit = turnbull([0, 2, 2, 5, 6], [3, 4, 6, None, 8])
    inside = fit.survival([2.5]).iloc[0]
    assert (inside["low"], inside["high"]) == (pytest.approx(0.4), pytest.approx(1.0))


def test_turnbull_of_exact_and_open_times_is_kaplan_meier() -> None:
    rng = default_rng(3)
    times, limits = rng.integers(1, 20, 60).astype(float), rng.integers(1, 25, 60).astype(float)
    died = times <= limits
    seen = np.minimum(times, limits)
    theirs = SurvfuncRight(seen, died)
    fit = turnbull(seen, np.where(died, seen, np.inf), tolerance=1e-9)
    ours = fit.survival(theirs.surv_times)
    assert ours["high"].to_numpy() == pytest.approx(theirs.surv_prob, abs=1e-4)


@settings(max_examples=40)
@given(SPANS, st.sampled_from([0.25, 3.0, 1000.0]))
def test_turnbull_scales_with_the_unit_and_forgets_the_order(spans: list[tuple[int, int | None]], unit: float) -> None:
    low, high = (pd.Series(ends, dtype="float64") for ends in bounds(spans))
    fit, scaled = turnbull(low, high), turnbull(low[::-1] * unit, high[::-1] * unit)
    assert scaled.masses["left"].to_numpy() == pytest.approx(fit.masses["left"].to_numpy() * unit)
    assert scaled.masses["mass"].to_numpy() == pytest.approx(fit.masses["mass"].to_numpy(), abs=1e-6)
    assert scaled.loglik == pytest.approx(fit.loglik, abs=1e-6)


@settings(max_examples=40)
@given(SPANS, st.integers(0, 100))
def test_no_other_masses_are_likelier(spans: list[tuple[int, int | None]], seed: int) -> None:
    low, high = (pd.Series(ends, dtype="float64").fillna(np.inf).to_numpy()[:, None] for ends in bounds(spans))
    fit = turnbull(low[:, 0], high[:, 0])
    moments = np.arange(0, 21, 0.5)  # all bounds are whole, so that every interval holds one of these
    possible = ((low < moments) & (moments <= high)) | ((low == moments) & (low == high))

    def loglik(shares: np.ndarray) -> float:
        return np.log(possible @ shares).sum()

    exact = fit.masses["left"] == fit.masses["right"]
    ours = (moments == (fit.masses["left"] + np.where(exact, 0, 0.5)).to_numpy()[:, None]).T @ fit.masses["mass"]
    assert loglik(ours) == pytest.approx(fit.loglik, abs=1e-4)
    for others in default_rng(seed).dirichlet(np.full(moments.size, 0.2), 20):
        for part in (0.001, 0.1, 0.9):
            assert loglik((1 - part) * ours + part * others) <= fit.loglik + 1e-6


def test_summary_of_turnbull_says_what_is_open() -> None:
    assert "nothing is known of when" in turnbull([0, 2, 4], [3, None, None]).summary()
    assert "half had come by 2" in turnbull([1, 2, 3], [1, 2, 3]).summary()
    assert "lies between 1 and 2" in turnbull([1, 1], [2, 2]).summary()


def test_turnbull_refuses_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="upper 1 is below lower 2"):
        turnbull([2], [1])
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        turnbull([1], [2], tolerance=0)
    monkeypatch.setattr(interval_distribution, "MOST_STEPS", 2)
    with pytest.raises(ValueError, match="no convergence in 2 steps"):
        turnbull([0, 2, 2, 5, 6, 1], [3, 4, 6, None, 8, 7])


# Accelerated failure time


@pytest.mark.parametrize(
    ("distribution", "chemotherapy", "se"),
    [("weibull", -0.5664, 0.1678), ("lognormal", -0.4158, 0.1968), ("exponential", -0.7644, 0.2740)],
)
def test_times_as_survreg_fits_them(cosmesis: pd.DataFrame, distribution: str, chemotherapy: float, se: float) -> None:
    group = (cosmesis["treat"] == 2).astype(int).to_frame("chemotherapy")
    fit = fit_interval_times(cosmesis["lower"], cosmesis["upper"], group, distribution)
    row = fit.coefficients.loc["chemotherapy"]
    assert row["estimate"] == pytest.approx(chemotherapy, abs=0.001)
    assert row["se"] == pytest.approx(se, abs=0.001)
    if distribution == "weibull":
        intercept = fit.coefficients.loc["intercept"]
        assert intercept["estimate"] == pytest.approx(3.8872, abs=0.001)
        assert intercept["se"] == pytest.approx(0.135, abs=0.001)
        assert fit.scale == pytest.approx(0.596, abs=0.001)
        assert fit.loglik == pytest.approx(-149.757, abs=0.002)


def test_exact_lognormal_times_are_a_regression_of_logs() -> None:
    rng = default_rng(4)
    place = pd.DataFrame({"place": rng.normal(50, 3, 120)})
    times = np.exp(0.1 * place["place"] + rng.normal(0, 0.5, 120))
    theirs = sm.OLS(np.log(times), sm.add_constant(place)).fit()
    fit = fit_interval_times(times, times, place, "lognormal")
    assert fit.coefficients["estimate"].to_numpy() == pytest.approx(theirs.params.to_numpy(), rel=1e-4)
    assert fit.scale == pytest.approx(math.sqrt(theirs.ssr / 120), rel=1e-4)
    assert fit.loglik == pytest.approx(theirs.llf - np.log(times).sum(), abs=1e-4)


def test_open_exponential_times_have_events_over_time_at_risk() -> None:
    lower, upper = np.array([3.0, 5, 7, 11, 20]), np.array([3.0, 5, np.inf, 11, np.nan])
    fit = fit_interval_times(lower, upper, distribution="exponential")
    assert fit.coefficients.loc["intercept", "estimate"] == pytest.approx(math.log(46 / 3), abs=1e-6)
    assert fit.coefficients.loc["intercept", "se"] == pytest.approx(1 / math.sqrt(3), abs=1e-4)
    assert (fit.scale, fit.scale_se, fit.n_exact, fit.n_open) == (1, 0, 3, 2)


@pytest.mark.parametrize("distribution", ["weibull", "lognormal"])
def test_simulated_times_between_bulletins_are_recovered(distribution: str) -> None:
    rng = default_rng(5)
    group = pd.DataFrame({"group": np.repeat([0, 1], 400)})
    noise = rng.normal(size=800) if distribution == "lognormal" else np.log(rng.exponential(size=800))
    times = np.exp(2.0 - 0.7 * group["group"] + 0.5 * noise)
    lower = np.floor(times / 2) * 2
    fit = fit_interval_times(lower, np.where(lower >= 12, np.nan, lower + 2), group, distribution)
    truth = np.array([2.0, -0.7])
    assert (np.abs(fit.coefficients["estimate"] - truth) < 4 * fit.coefficients["se"]).all()
    assert abs(fit.scale - 0.5) < 4 * fit.scale_se


@settings(max_examples=15)
@given(st.sampled_from(["weibull", "lognormal", "exponential"]), st.floats(0.01, 1000), st.integers(0, 50))
def test_unit_of_time_moves_only_the_intercept(distribution: str, unit: float, seed: int) -> None:
    rng = default_rng(seed)
    lower = rng.integers(0, 10, 40).astype(float)
    upper = np.where(rng.random(40) < 0.2, np.inf, lower + rng.integers(1, 5, 40))
    group = pd.DataFrame({"group": np.arange(40) % 2})
    fit = fit_interval_times(lower, upper, group, distribution)
    scaled = fit_interval_times(lower[::-1] * unit, upper[::-1] * unit, group[::-1], distribution)
    shift = scaled.coefficients["estimate"] - fit.coefficients["estimate"]
    assert shift.to_numpy() == pytest.approx([math.log(unit), 0], abs=1e-4)
    assert scaled.scale == pytest.approx(fit.scale, rel=1e-4)


GROUP = pd.DataFrame({"g": [0, 0, 0, 0, 1, 1, 1, 1]})
LOWER, UPPER = [1, 2, 3, 4, 1, 2, 3, 4], [2, 3, 4, 5, 3, 4, 4, 6]


@pytest.mark.parametrize(
    ("lower", "upper", "covariates", "distribution", "message"),
    [
        (LOWER, [None] * 8, None, "weibull", "happened in none"),
        ([0, *LOWER[1:]], [0, *UPPER[1:]], None, "weibull", "exactly 0"),
        (LOWER, UPPER, GROUP, "gamma", "distribution must be"),
        (LOWER, UPPER, GROUP[:5], "weibull", "5 rows for 8 times"),
        (LOWER, UPPER, GROUP.assign(g=1), "weibull", "constant or a sum"),
        (LOWER, UPPER, GROUP.assign(g=[*"abcdefgh"]), "weibull", "must be numbers"),
        (LOWER, UPPER, GROUP.assign(g=[None, 1, 1, 1, 0, 0, 0, 0]), "weibull", "missing or infinite values in g"),
        (LOWER, UPPER, GROUP.rename(columns={"g": "intercept"}), "weibull", "intercept is added"),
        (LOWER, [2, 3, 4, 5, None, None, None, None], GROUP, "weibull", "no finite maximum"),
        ([0, 0, 0], [3, 4, 4], None, "exponential", "no finite maximum"),
        ([0, 2, 3, 3], [3, 4, 4, None], None, "weibull", "without any spread"),
        ([0, 2, 1, 2], [3, 4, 4, None], None, "lognormal", "no finite maximum"),
    ],
)
def test_times_refused_with_a_reason(
    lower: list, upper: list, covariates: pd.DataFrame | None, distribution: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit_interval_times(lower, upper, covariates, distribution)


def test_summary_of_times_gives_factors_and_no_causes() -> None:
    text = fit_interval_times(LOWER, UPPER, GROUP).summary()
    assert "multiplies the time by" in text
    assert "assigned at random" in text
