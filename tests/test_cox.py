"""Cox's model: published numbers, the partial likelihood against statsmodels, proportionality, monotone likelihoods."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from statsmodels.duration.hazard_regression import PHReg

from analysis import load_cases
from analysis.comparison import cox, exits

FORMULA = "~ fin + age + race + wexp + mar + paro + prio"
# Edmonson et al. (1979), ovarian cancer: days, death, age, ECOG performance status.
OVARIAN = [
    *[(59, 1, 72.3315, 1), (115, 1, 74.4932, 1), (156, 1, 66.4658, 2), (421, 0, 53.3644, 1), (431, 1, 50.3397, 1)],
    *[(448, 0, 56.4301, 2), (464, 1, 56.9370, 2), (475, 1, 59.8548, 2), (477, 0, 64.1753, 1), (563, 1, 55.1781, 2)],
    *[(638, 1, 56.7562, 2), (744, 0, 50.1096, 1), (769, 0, 59.6301, 2), (770, 0, 57.0521, 1), (803, 0, 39.2712, 1)],
    *[(855, 0, 43.1233, 2), (1040, 0, 38.8932, 2), (1106, 0, 44.6000, 1), (1129, 0, 53.9068, 1)],
    *[(1206, 0, 44.2055, 1), (1227, 0, 59.5890, 2), (268, 1, 74.5041, 2), (329, 1, 43.1370, 1), (353, 1, 63.2192, 2)],
    *[(365, 1, 64.4247, 1), (377, 0, 58.3096, 1)],
]
# Freireich et al. (1963), weeks of remission under 6-MP (0) and placebo (1).
REMISSION = pd.DataFrame(
    {
        "weeks": [
            *[6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
            *[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
        ],
        "relapse": [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, *[1] * 21],
        "placebo": [0] * 21 + [1] * 21,
    }
)


@pytest.fixture
def rossi(shared) -> pd.DataFrame:
    rows = pd.read_csv(shared / "reference/rossi.csv")
    flags = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    return rows.assign(**{name: (rows[name] == value).astype(int) for name, value in flags.items()})


@pytest.fixture
def ovarian() -> pd.DataFrame:
    return pd.DataFrame(OVARIAN, columns=["days", "died", "age", "ps"])


def falls(seed: int, n: int = 130) -> pd.DataFrame:
    """Draw about 25 exits: log hazard ratios 0.5 for x and -0.7 for z; loss uniform, and at 365 days."""
    rng = default_rng(seed)
    x, z = rng.normal(size=n), (rng.uniform(size=n) < 0.4).astype(float)
    time = rng.exponential(1 / (7.5e-4 * np.exp(0.5 * x - 0.7 * z)))
    lost = np.minimum(365, rng.uniform(0, 2500, size=n))
    days = np.ceil(np.minimum(time, lost))
    return pd.DataFrame({"x": x, "z": z, "days": days, "left": (time <= lost).astype(int)})


def test_rossi_recidivism_as_published(rossi: pd.DataFrame) -> None:
    fit = cox(rossi, FORMULA, time="week", event="arrest")
    assert fit.params.tolist() == pytest.approx([-0.3794, -0.0574, 0.3139, -0.1498, -0.4337, -0.0849, 0.0915], abs=2e-4)
    assert fit.bse.tolist() == pytest.approx([0.1914, 0.0220, 0.3080, 0.2122, 0.3819, 0.1958, 0.0286], abs=2e-4)
    assert fit.loglik == pytest.approx(-658.74766, abs=1e-3)
    assert fit.likelihood_ratio.statistic == pytest.approx(33.2659, abs=1e-3)
    assert (fit.n, fit.events, fit.ties, fit.likelihood_ratio.df) == (432, 114, "efron", 7)
    assert fit.ratios.loc["fin", ["ratio", "low", "high"]].tolist() == pytest.approx([0.684, 0.470, 0.996], abs=1e-3)
    assert fit.proportional.loc["all", "p_value"] == pytest.approx(0.0134, abs=1e-4)
    assert "Proportional hazards are doubtful" in fit.summary()


def test_heavy_ties_as_published() -> None:
    efron = cox(REMISSION, "~ placebo", time="weeks", event="relapse")
    assert (efron.params["placebo"], efron.bse["placebo"]) == pytest.approx((1.5721, 0.4124), abs=5e-5)


def test_proportionality_of_the_ovarian_data_as_r_prints_it(ovarian: pd.DataFrame) -> None:
    fit = cox(ovarian, "~ age + ps", time="days", event="died")
    assert fit.params.tolist() == pytest.approx([0.16150, 0.01866], abs=1e-5)
    assert fit.proportional["statistic"].tolist() == pytest.approx([0.698, 2.371, 3.633], abs=5e-4)
    assert fit.proportional["df"].tolist() == [1, 1, 2]
    assert "Nothing speaks against ratios that stay the same over time" in fit.summary()


def test_ratio_that_turns_round_with_time_is_found() -> None:
    rng = default_rng(5)
    x = np.repeat([0.0, 1.0], 150)
    time = np.where(x == 1, rng.weibull(0.6, 300), rng.weibull(2.5, 300)) + 0.01
    fit = cox(pd.DataFrame({"x": x, "days": time, "left": 1}), "~ x", time="days", event="left")
    assert fit.proportional.loc["x", "p_value"] < 1e-6


def test_intervals_cover_and_the_proportionality_test_keeps_its_level() -> None:
    held, found = [], []
    for seed in range(100):
        fit = cox(falls(seed), "~ x + z", time="days", event="left")
        held.append((fit.interval["low"] <= [0.5, -0.7]) & (fit.interval["high"] >= [0.5, -0.7]))
        found.append(fit.proportional["p_value"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)
    assert np.mean(np.array(found) < 0.05) <= 0.1
    assert 0.4 <= np.mean(found) <= 0.6


def test_scale_and_origin_of_a_covariate_do_not_matter(ovarian: pd.DataFrame) -> None:
    fit = cox(ovarian, "~ age + ps", time="days", event="died", cluster="ps")
    moved = cox(ovarian.assign(age=1e4 + ovarian["age"] / 1e3), "~ age + ps", time="days", event="died", cluster="ps")
    assert moved.params["age"] / 1e3 == pytest.approx(fit.params["age"], rel=1e-6)
    assert moved.bse.to_numpy() / [1e3, 1] == pytest.approx(fit.bse.to_numpy(), rel=1e-6)
    assert moved.proportional.to_numpy() == pytest.approx(fit.proportional.to_numpy(), rel=1e-6)


def test_row_order_does_not_matter() -> None:
    rows = falls(1).assign(who=np.arange(130) // 2)
    one = cox(rows, "~ x + z", time="days", event="left", cluster="who")
    two = cox(rows[::-1], "~ x + z", time="days", event="left", cluster="who")
    pd.testing.assert_series_equal(one.params, two.params)
    pd.testing.assert_series_equal(one.bse, two.bse)
    pd.testing.assert_frame_equal(one.proportional, two.proportional)


def test_clustered_errors_are_those_of_statsmodels_without_ties() -> None:
    rng = default_rng(8)
    rows = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "days": rng.permutation(60) + 1.0})
    rows = rows.assign(left=[1, *rng.integers(0, 2, 59)], who=np.arange(60) % 20)
    rows.loc[rows["days"].idxmin(), "left"] = 1  # nobody is lost before the first event: there statsmodels gives none
    fit = cox(rows, "~ x + y", time="days", event="left", cluster="who")
    theirs = PHReg(rows["days"], rows[["x", "y"]], rows["left"]).fit(groups=rows["who"].to_numpy(), disp=False)
    assert fit.bse.tolist() == pytest.approx((theirs.bse * (20 / 19) ** 0.5).tolist(), rel=1e-4)


def test_clustered_errors_with_ties_are_those_of_leaving_rows_out() -> None:
    rows = REMISSION.assign(dose=default_rng(3).normal(size=42), who=range(42))
    fit = cox(rows, "~ placebo + dose", time="weeks", event="relapse", cluster="who")
    without = [
        cox(rows.drop(index=row), "~ placebo + dose", time="weeks", event="relapse").params for row in rows.index
    ]
    jackknife = (41 / 42 * (pd.DataFrame(without) - np.mean(without, axis=0)) ** 2).sum() ** 0.5
    assert fit.bse.tolist() == pytest.approx(jackknife.tolist(), rel=0.12)
    assert fit.bse["placebo"] != pytest.approx(cox(rows, "~ placebo", time="weeks", event="relapse").bse["placebo"])


def test_copies_within_a_cluster_shrink_classical_errors_only() -> None:
    rows = falls(4)
    copies = pd.concat([rows] * 4).assign(who=np.tile(range(130), 4))
    shift = default_rng(0).uniform(0, 1e-3, len(copies))
    copies = copies.assign(days=copies["days"] + shift)
    once = cox(rows.assign(who=range(130)), "~ x + z", time="days", event="left", cluster="who")
    classical = cox(copies, "~ x + z", time="days", event="left")
    clustered = cox(copies, "~ x + z", time="days", event="left", cluster="who")
    assert classical.bse["x"] == pytest.approx(cox(rows, "~ x + z", time="days", event="left").bse["x"] / 2, rel=0.03)
    assert clustered.bse.tolist() == pytest.approx(once.bse.tolist(), rel=0.03)


def test_separating_column_is_refused_and_named_and_the_penalty_answers() -> None:
    rows = falls(2).assign(split=lambda frame: 1 - frame["left"] * (1 - (frame.index % 3 == 7)))
    with pytest.raises(ValueError, match=r'split: every event fell on one side.*penalty="firth"'):
        cox(rows, "~ x + split", time="days", event="left")
    fit = cox(rows, "~ x + split", time="days", event="left", penalty="firth")
    assert fit.separated == ["split"]
    assert (fit.ties, fit.penalty) == ("breslow", "firth")
    assert np.isfinite(fit.params).all()
    assert fit.interval.loc["split", "low"] < fit.interval.loc["split", "high"] < 0
    assert "the data give its ratio a direction but no size" in fit.summary()


def test_penalty_is_that_of_firth_by_brute_force() -> None:
    rows = falls(6, n=60)
    fit = cox(rows, "~ x", time="days", event="left", penalty="firth")

    def penalised(b: float) -> float:
        model = PHReg(rows["days"], rows[["x"]], rows["left"])
        return model.loglike([b]) + 0.5 * np.log(-model.hessian(np.array([b]))[0, 0])

    grid = np.linspace(fit.params["x"] - 0.01, fit.params["x"] + 0.01, 41)
    assert grid[np.argmax([penalised(b) for b in grid])] == pytest.approx(fit.params["x"], abs=6e-4)
    top = penalised(fit.params["x"])
    assert fit.loglik == pytest.approx(top, abs=1e-6), "the penalty is that of the column as given"
    assert fit.likelihood_ratio.statistic == pytest.approx(2 * (top - penalised(0)), abs=1e-4)
    said = cox(rows, "~ x", time="days", event="left", level=0.995).summary()
    assert "(99.5% interval" in said
    assert fit.likelihood_ratio.p_value == pytest.approx(fit.p_values["x"], rel=1e-3)
    for end in fit.interval.loc["x"]:
        assert 2 * (top - penalised(end)) == pytest.approx(3.8415, abs=2e-3)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(-2, 2)), min_size=4, max_size=14))
def test_likelihood_without_maximum_is_found_exactly(rows: list[tuple[int, bool, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["days", "left", "x"])
    gone = frame[frame["left"]]
    at_risk = [frame.loc[frame["days"] >= day, "x"] for day in gone["days"]]
    if not len(gone) or frame["x"].nunique() < 2:
        return
    highest = all(x == among.max() for x, among in zip(gone["x"], at_risk, strict=True))
    lowest = all(x == among.min() for x, among in zip(gone["x"], at_risk, strict=True))
    flat = all(among.min() == among.max() for among in at_risk)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        if flat:
            with pytest.raises(ValueError, match="these do not differ"):
                cox(frame, "~ x", time="days", event="left")
        elif highest or lowest:
            with pytest.raises(ValueError, match="x: every event fell on one side"):
                cox(frame, "~ x", time="days", event="left")
        else:
            assert np.isfinite(cox(frame, "~ x", time="days", event="left").params["x"])


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("~ one", "one: collinear in the 130 rows without missing cells, that is constant"),
        ("~ x + double", "double: collinear"),
        ("~ gone", "every one of the 130 rows misses a cell: gone in 130"),
        ("~ 1", "the formula names no covariate"),
        ("left ~ x", "is not of the form '~ day"),
        ("~ left", "left is what is to be explained"),
        ("~ y", "unknown column in the formula 'y'"),
        ("~ log(z)", "z. is -inf in"),
    ],
)
def test_covariates_that_cannot_be_fitted_are_answered_in_words(formula: str, said: str) -> None:
    rows = falls(3).assign(one=1.0, gone=np.nan, double=lambda frame: 2 * frame["x"])
    with pytest.raises(ValueError, match=said):
        cox(rows, formula, time="days", event="left")


def test_no_event_one_event_and_times_below_zero() -> None:
    rows = falls(3)
    with pytest.raises(ValueError, match="expected a frame with one row per unit, not list"):
        cox([3, 4], "~ x")
    with pytest.raises(ValueError, match="none of the 130 rows has an event"):
        cox(rows.assign(left=0), "~ x", time="days", event="left")
    middle = pd.DataFrame({"x": [1.0, 0.0, 2.0, 1.5], "days": [1, 2, 3, 4], "left": [1, 0, 0, 0]})
    with pytest.warns(UserWarning, match="1 event for 1 coefficient, fewer than 5 each"):
        fit = cox(middle, "~ x", time="days", event="left")
    assert fit.ratios.loc["x", "low"] < 0.2
    assert fit.ratios.loc["x", "high"] > 2
    assert "too few to test whether" in fit.summary()
    with pytest.raises(ValueError, match="time is -4 in 1 unit"):
        cox(rows.assign(days=rows["days"].where(rows.index > 0, -4)), "~ x", time="days", event="left")


def test_one_way_of_going_among_several_takes_the_others_as_lost() -> None:
    rows = falls(7).assign(how=lambda frame: np.where(frame["left"] == 0, "none", np.where(frame.index % 2, "a", "b")))
    fit = cox(rows, "~ x", time="days", event="how", mode="a")
    by_hand = cox(rows.assign(a=rows["how"] == "a"), "~ x", time="days", event="a")
    assert fit.params["x"] == by_hand.params["x"]
    assert fit.events == (rows["how"] == "a").sum()
    with pytest.raises(ValueError, match="no row ended as 'c'; there are 'a', 'b'"):
        cox(rows, "~ x", time="days", event="how", mode="c")


def test_options_are_checked() -> None:
    rows = falls(3).assign(who=1)
    for options, said in (
        ({"penalty": "ridge"}, "unknown penalty 'ridge'"),
        ({"penalty": "firth", "cluster": "who"}, "cluster= has no penalised counterpart"),
        ({"cluster": "who"}, "who has 1 group"),
        ({"cluster": "whom"}, "unknown column for cluster 'whom'; did you mean who"),
        ({"level": 95}, "level must be between 0 and 1"),
        ({"event": "gone"}, "unknown column for event 'gone'"),
    ):
        with pytest.raises(ValueError, match=said):
            cox(rows, "~ x", **{"time": "days", "event": "left", **options})


def test_rows_with_missing_cells_are_counted_and_their_events_too() -> None:
    rows = falls(3)
    rows.loc[rows.index[rows["left"] == 1][:2], "x"] = np.nan
    rows.loc[rows.index[rows["left"] == 0][:3], "days"] = np.nan
    fit = cox(rows, "~ x", time="days", event="left")
    assert (fit.n, len(fit.dropped), fit.dropped_events) == (125, 5, 2)
    assert fit.dropped["missing"].value_counts().to_dict() == {"days": 3, "x": 2}
    assert "in `dropped`: 5 rows, 2 of them with an event." in fit.summary()


def test_what_is_known_too_late_is_refused_in_cases_only() -> None:
    cases = exits(load_cases()).frame
    for name in ("mass_protest", "security_defection", "deaths_best"):
        with pytest.raises(ValueError, match=f"{name} is known only with the"):
            cox(cases, f"~ {name}")
    assert cox(cases, "~ mass_protest", allow=["mass_protest"]).events == 25
    own = cases[["time_days", "exited", "mass_protest"]]
    assert "chosen looking back" not in cox(own, "~ mass_protest").summary()


def test_cases_speak_of_levels_of_their_sample_and_of_lost_exits() -> None:
    cases = exits(load_cases()).frame
    fit = cox(cases, "~ official_margin_pct", cluster="country_iso3")
    assert (fit.n, fit.events, len(fit.dropped), fit.dropped_events) == (114, 17, 16, 8)
    assert fit.ratios.loc["official_margin_pct", "high"] < 1
    assert "cases were chosen looking back" in fit.summary()
    assert "errors by cluster" in fit.summary()
    kinds = cox(cases, "~ C(election_kind)").summary()
    assert "election_kind = parliamentary, rather than the level left out, goes with" in kinds
    disputed = cox(cases, "~ disputed", penalty="firth")
    assert disputed.separated == ["disputed"]
