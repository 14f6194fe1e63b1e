"""Logits: published coefficients, exact small cases, cover of the intervals, and what is refused."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2

from analysis import DataError, load_cases
from analysis.comparison import LogitFit, fit_logit, marginal_effects

MODEL_1 = "warl + gdpenl + lpopl1 + lmtnest + ncontig + Oil + nwstate + instab + polity2l + ethfrac + relfrac"
MODEL_3 = MODEL_1.replace("polity2l", "anocl + deml")
SEX2 = "case ~ age + oc + vic + vicl + vis + dia"
KING_ZENG = "conflict ~ major + contig + power + maxdem + mindem + years"
PREVALENCE = 1042 / 303772


def expected(shared: Path, row: str, model: str = "") -> dict[str, float]:
    table = pd.read_csv(shared / "reference/expected.csv")
    table = table[(table.iloc[:, 0] == row) & table.iloc[:, 1].str.startswith(model)]
    names = table.iloc[:, 1].str.removeprefix(model).str.strip()
    return dict(zip(names, table.iloc[:, 2].astype("float64"), strict=True))


def fearon_laitin(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/fearon_laitin_2003.csv.gz")


def rows(seed: int = 0, n: int = 200) -> pd.DataFrame:
    random = default_rng(seed)
    frame = pd.DataFrame(
        {
            "x": random.normal(size=n),
            "flag": random.integers(0, 2, n).astype(float),
            "kind": random.choice(["a", "b", "c"], n),
            "place": random.integers(0, 40, n),
        }
    )
    chance = expit(-1 + 0.7 * frame["x"] - 0.7 * frame["flag"] + 0.5 * (frame["kind"] == "b"))
    return frame.assign(y=(random.uniform(size=n) < chance).astype(int))


def rare(seed: int, events_per_coefficient: int) -> pd.DataFrame:
    """Rows of which about a tenth are events; true log odds 0.7, 0 and -0.7."""
    random = default_rng(seed)
    n = 30 * events_per_coefficient
    frame = pd.DataFrame({"x": random.normal(size=n), "a": random.integers(0, 2, n), "b": random.uniform(size=n) < 0.3})
    chance = expit(-2.211 + 0.7 * frame["x"] - 0.7 * frame["b"])
    return frame.assign(y=(random.uniform(size=n) < chance).astype(int))


# Published numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "formula"),
    [("M1", f"onset ~ {MODEL_1}"), ("M2", f"ethonset ~ {MODEL_1}"), ("M3", f"onset ~ {MODEL_3}")],
)
def test_fearon_and_laitin_table_1(shared: Path, model: str, formula: str) -> None:
    wars = fearon_laitin(shared).replace({"onset": {4: 1}, "ethonset": {4: 1}})
    if model == "M2":
        wars = wars[wars["second"] > 0.049999]  # 5186 rows only with groups of 5 percent
    fit = fit_logit(wars, formula)
    published = expected(shared, "D1", model)
    assert fit.n == published.pop("N")
    assert len(fit.dropped) == len(wars) - fit.n
    for what, value in published.items():
        term, kind = what.split()[:2]
        if kind in {"coef", "se"}:
            found = (fit.params if kind == "coef" else fit.bse)["Intercept" if term == "const" else term]
            assert found == pytest.approx(value, abs=6e-4), what
    if model == "M1":
        assert fit.loglik == pytest.approx(-480.402, abs=6e-4)
        assert fit.events == 106
    assert len(published) >= 24


def test_onset_coded_4_is_refused_and_named(shared: Path) -> None:
    wars = fearon_laitin(shared)
    (row,) = wars.index[wars["onset"] == 4]
    with pytest.raises(DataError, match=f"line {row}, onset = '4") as refusal:
        fit_logit(wars, f"onset ~ {MODEL_1}")
    assert len(refusal.value.problems) == 1
    assert "no row is recoded or left out" in str(refusal.value)


def test_other_code_is_refused_in_a_row_that_misses_a_cell_too() -> None:
    frame = rows()
    frame.loc[5, ["y", "x"]] = [4, np.nan]
    with pytest.raises(DataError, match="line 5, y = '4"):
        fit_logit(frame, "y ~ x")


def test_sex2_by_firth(shared: Path) -> None:
    fit = fit_logit(pd.read_csv(shared / "reference/sex2.csv"), SEX2, penalty="firth")
    checked = 0
    for what, value in expected(shared, "D3").items():
        term, kind = what.replace("const", "Intercept").split()[:2]
        if kind == "coef":
            assert fit.params[term] == pytest.approx(value, abs=1e-4), what
        elif kind == "se":
            assert fit.bse[term] == pytest.approx(value, abs=1e-4), what
        elif kind == "profile":
            assert fit.statistics[term] == pytest.approx(value, abs=1e-3), what
            assert fit.p_values[term] == pytest.approx(chi2.sf(value, 1), rel=0.01), what
        else:
            assert fit.global_test.statistic == pytest.approx(value, abs=1e-3)
        checked += 1
    assert checked == 21
    assert fit.global_test.df == 6
    assert fit.test == "penalised likelihood ratio"


def test_king_and_zeng_corrections(shared: Path) -> None:
    wars = pd.read_csv(shared / "reference/mid_king_zeng.csv.gz")
    weighted = fit_logit(wars, KING_ZENG, prevalence=PREVALENCE, correction="weighting")
    assert weighted.params["major"] == pytest.approx(1.7366, abs=1e-4)
    assert weighted.errors == "robust"
    unbiased = fit_logit(wars, KING_ZENG, prevalence=PREVALENCE, correction="weighting", bias="king_zeng")
    assert unbiased.params["major"] == pytest.approx(1.672177, abs=1e-5)
    prior = fit_logit(wars, KING_ZENG, prevalence=PREVALENCE)
    assert prior.params["Intercept"] == pytest.approx(-7.5247, abs=1e-4)
    assert "population share of events of 0.00343" in prior.summary()


# Exact cases --------------------------------------------------------------------------------------------------------


def test_firth_in_a_table_of_four_cells_adds_a_half_to_each() -> None:
    frame = pd.DataFrame({"y": [1] * 3 + [0] * 9 + [1] * 5 + [0] * 2, "x": [0] * 12 + [1] * 7})
    fit = fit_logit(frame, "y ~ x", penalty="firth")
    assert fit.params["x"] == pytest.approx(np.log(5.5 * 9.5 / (2.5 * 3.5)), abs=1e-6)
    assert fit.params["Intercept"] == pytest.approx(np.log(3.5 / 9.5), abs=1e-6)


def penalised(params: Any, fit: LogitFit) -> float:
    x, y = fit.columns.to_numpy(), fit.cells[fit.outcome].to_numpy()
    predictor = x @ params
    weights = expit(predictor) * expit(-predictor)
    return float(y @ predictor - np.logaddexp(0, predictor).sum() + np.linalg.slogdet((x.T * weights) @ x)[1] / 2)


def test_profile_bounds_lie_where_the_penalised_profile_falls_by_half_the_quantile() -> None:
    frame = rows(3, 60)
    frame["apart"] = ((frame["y"] == 1) & (frame["x"] > 0)).astype(int)
    fit = fit_logit(frame, "y ~ x + apart", penalty="firth", level=0.9)
    assert fit.separated == ["apart"]
    assert fit.loglik == pytest.approx(penalised(fit.params.to_numpy(), fit), abs=1e-6)
    for place in (1, 2):
        for bound in fit.interval.iloc[place]:
            found = minimize(
                lambda free, place=place, bound=bound: -penalised(np.insert(free, place, bound), fit),
                np.delete(fit.params.to_numpy(), place),
                method="Nelder-Mead",
                options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
            )
            assert 2 * (fit.loglik + found.fun) == pytest.approx(chi2.ppf(0.9, 1), abs=1e-3)


def test_errors_are_those_of_statsmodels() -> None:
    from statsmodels.formula.api import logit

    frame = rows()
    reference = logit("y ~ x + flag", frame)
    robust = reference.fit(cov_type="HC1", disp=0)
    grouped = reference.fit(cov_type="cluster", cov_kwds={"groups": frame["place"]}, disp=0)
    assert fit_logit(frame, "y ~ x + flag").bse.to_numpy() == pytest.approx(
        reference.fit(disp=0).bse.to_numpy(), rel=1e-5
    )
    found = fit_logit(frame, "y ~ x + flag", errors="robust").bse.to_numpy()
    assert found == pytest.approx(np.sqrt(200 / 197) * robust.bse.to_numpy(), rel=1e-5)  # its "HC1" has no n / (n - k)
    assert fit_logit(frame, "y ~ x + flag", cluster="place").bse.to_numpy() == pytest.approx(
        grouped.bse.to_numpy(), rel=1e-5
    )
    assert fit_logit(frame, "y ~ x + flag").global_test.statistic == pytest.approx(reference.fit(disp=0).llr, rel=1e-6)


def test_marginal_effects_are_those_of_statsmodels() -> None:
    from statsmodels.formula.api import logit

    frame = rows()
    found = marginal_effects(fit_logit(frame, "y ~ x + flag")).table.set_index("variable")
    reference = logit("y ~ x + flag", frame).fit(disp=0).get_margeff(dummy=True).summary_frame()
    assert found["effect"].to_numpy() == pytest.approx(reference["dy/dx"].to_numpy(), abs=1e-6)
    assert found["se"].to_numpy() == pytest.approx(reference["Std. Err."].to_numpy(), abs=1e-6)


def test_marginal_effect_of_a_category_alone_is_the_difference_of_shares() -> None:
    frame = rows()
    shares = frame.groupby("kind")["y"].mean()
    effects = marginal_effects(fit_logit(frame, "y ~ kind")).table.set_index("contrast")["effect"]
    assert effects["b against a"] == pytest.approx(shares["b"] - shares["a"], abs=1e-8)
    assert effects["c against a"] == pytest.approx(shares["c"] - shares["a"], abs=1e-8)


def test_marginal_effect_starts_from_the_first_category_in_its_order() -> None:
    frame = rows().assign(kind=lambda table: pd.Categorical(table["kind"], ["c", "a", "b"]))
    table = marginal_effects(fit_logit(frame, "y ~ kind")).table
    assert table["contrast"].tolist() == ["a against c", "b against c"]
    shares = frame.groupby("kind", observed=True)["y"].mean()
    assert table["effect"].tolist() == pytest.approx([shares["a"] - shares["c"], shares["b"] - shares["c"]], abs=1e-8)


def test_marginal_effect_moves_a_variable_in_every_term() -> None:
    frame = rows()
    fit = fit_logit(frame, "y ~ x + I(x ** 2) + x:flag")
    b = fit.params
    slope = b["x"] + 2 * b["I(x ** 2)"] * frame["x"] + b["x:flag"] * frame["flag"]
    chance = fit.predict(frame)
    found = marginal_effects(fit, ["x"]).table["effect"].iloc[0]
    assert found == pytest.approx((chance * (1 - chance) * slope).mean(), abs=1e-7)


def test_marginal_effects_cover_the_truth() -> None:
    everyone = rows(99, 50_000)
    rest = -1 + 0.7 * everyone["x"] + 0.5 * (everyone["kind"] == "b")
    truth = float((expit(rest - 0.7) - expit(rest)).mean())
    tables = [marginal_effects(fit_logit(rows(seed, 300), "y ~ x + flag + kind"), ["flag"]).table for seed in range(60)]
    inside = [table["low"].iloc[0] <= truth <= table["high"].iloc[0] for table in tables]
    assert 53 <= sum(inside) <= 60


# Cover --------------------------------------------------------------------------------------------------------------


def measured(pattern: str) -> list[float]:
    """Three numbers that the docstring of `fit_logit` says of 500 samples with 3, 5 and 10 events per coefficient."""
    found = re.search(pattern, " ".join(str(fit_logit.__doc__).split()))
    assert found, pattern
    return [float(number) for number in found.groups()]


@pytest.mark.parametrize(("place", "events_per_coefficient", "runs"), [(0, 3, 60), (1, 5, 40), (2, 10, 20)])
def test_firth_intervals_cover_with_few_events_as_often_as_said(
    place: int, events_per_coefficient: int, runs: int
) -> None:
    truth = np.array([0.7, 0.0, -0.7])
    inside = []
    for seed in range(runs):
        interval = fit_logit(rare(seed, events_per_coefficient), "y ~ x + a + b", penalty="firth").interval[1:]
        inside.append((interval["low"] <= truth) & (truth <= interval["high"]))
    share = measured(r"average of the three, ([\d.]+), ([\d.]+) and ([\d.]+) percent under Firth")[place] / 100
    assert np.mean(inside) == pytest.approx(share, abs=2.5 * np.sqrt(share * (1 - share) / np.size(inside)))


@pytest.mark.filterwarnings("ignore:.*maximum likelihood is biased:UserWarning")
@pytest.mark.parametrize(("place", "events_per_coefficient", "runs"), [(0, 3, 100), (1, 5, 100), (2, 10, 40)])
def test_maximum_likelihood_refuses_separated_samples_as_often_as_said(
    place: int, events_per_coefficient: int, runs: int
) -> None:
    share = measured(r"refused (\d+), (\d+) and (\d+) of the 500 as separated")[place] / 500
    refused = 0
    for seed in range(runs):
        try:
            fit_logit(rare(seed, events_per_coefficient), "y ~ x + a + b")
        except ValueError as error:
            refused += "separated" in str(error)
    assert refused / runs == pytest.approx(share, abs=2.5 * np.sqrt(share * (1 - share) / runs))


# Rows ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_row_order_changes_nothing(penalty: Any) -> None:
    frame = rows()
    one = fit_logit(frame, "y ~ x + kind", penalty=penalty)
    other = fit_logit(frame.sample(frac=1, random_state=1), "y ~ x + kind", penalty=penalty)
    assert one.params.to_numpy() == pytest.approx(other.params.to_numpy(), abs=1e-7)
    assert one.interval.to_numpy() == pytest.approx(other.interval.to_numpy(), abs=1e-4)


def test_rows_twice_leave_coefficients_and_shrink_errors_by_root_two() -> None:
    frame = rows()
    once, twice = fit_logit(frame, "y ~ x"), fit_logit(pd.concat([frame, frame]), "y ~ x")
    assert twice.params.to_numpy() == pytest.approx(once.params.to_numpy(), abs=1e-7)
    assert twice.bse.to_numpy() * np.sqrt(2) == pytest.approx(once.bse.to_numpy(), rel=1e-6)
    named = frame.assign(case_id=[f"c{i}" for i in range(len(frame))])
    with pytest.warns(UserWarning, match="case_id c0 stands in 2 rows .* as independent"):
        fit_logit(pd.concat([named, named]), "y ~ x")


def test_unit_of_a_column_changes_its_coefficient_only() -> None:
    frame = rows().assign(far=lambda t: 1e9 * t["x"])
    for penalty in (None, "firth"):
        one, other = (fit_logit(frame, f"y ~ {name} + flag", penalty=penalty) for name in ("x", "far"))
        assert other.params["far"] * 1e9 == pytest.approx(one.params["x"], rel=1e-6)
        assert other.params["flag"] == pytest.approx(one.params["flag"], rel=1e-6)
        assert other.interval.loc["far"].to_numpy() * 1e9 == pytest.approx(one.interval.loc["x"].to_numpy(), rel=1e-4)


def test_rows_with_gaps_are_listed() -> None:
    frame = rows()
    frame.loc[[3, 7], "x"] = np.nan
    frame["y"] = frame["y"].astype("Int64")
    frame.loc[7, "y"] = pd.NA
    fit = fit_logit(frame, "y ~ x")
    assert fit.n == 198
    assert fit.dropped.to_dict("list") == {"row": [3, 7], "missing": ["x", "y, x"]}
    assert "2 left out" in fit.summary()
    assert fit.predict(frame).isna().sum() == 2


def test_frame_is_not_modified() -> None:
    frame = rows()
    before = frame.copy()
    fit_logit(frame, "y ~ x + kind", penalty="firth")
    pd.testing.assert_frame_equal(frame, before)


# Refusals -----------------------------------------------------------------------------------------------------------


def test_separating_column_is_named_and_firth_answers() -> None:
    frame = rows().assign(apart=lambda t: t["y"])
    with pytest.raises(ValueError, match=r'separated by apart: at least \d+ of 200 rows .* penalty="firth"'):
        fit_logit(frame, "y ~ x + apart")
    fit = fit_logit(frame, "y ~ apart", penalty="firth")
    events = int(frame["y"].sum())
    assert fit.params["apart"] == pytest.approx(np.log((events + 0.5) * (200 - events + 0.5) / 0.25), abs=1e-5)
    assert "Separated by apart" in fit.summary()
    with pytest.raises(ValueError, match="robust errors would be far too small"):
        fit_logit(frame, "y ~ apart", penalty="firth", errors="robust")


@pytest.mark.parametrize("value", [0, 1])
def test_no_event_or_only_events_is_said(value: int) -> None:
    with pytest.raises(ValueError, match=f"all 200 outcomes of y are {value}"):
        fit_logit(rows().assign(y=value), "y ~ x", penalty="firth")


def test_one_event_has_a_finite_odds_ratio_under_firth() -> None:
    frame = pd.DataFrame({"y": [1] + [0] * 19, "x": [1] * 10 + [0] * 10})
    with pytest.raises(ValueError, match="separated by x"):
        fit_logit(frame, "y ~ x")
    fit = fit_logit(frame, "y ~ x", penalty="firth")
    assert fit.params["x"] == pytest.approx(np.log(1.5 * 10.5 / (9.5 * 0.5)), abs=1e-6)
    assert fit.interval.loc["x", "low"] < 0 < fit.interval.loc["x", "high"]
    assert "20 rows, 1 with outcome 1" in fit.summary()
    assert "1.0 rows of the rarer outcome per coefficient: few" in fit.summary()


def test_constant_and_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match="still: collinear"):
        fit_logit(rows().assign(still=3.0), "y ~ x + still")
    with pytest.raises(ValueError, match="every one of the 200 rows misses a cell: empty in 200"):
        fit_logit(rows().assign(empty=np.nan), "y ~ x + empty")
    with pytest.raises(ValueError, match="no rows"):
        fit_logit(rows().iloc[:0], "y ~ x")


def test_few_events_per_coefficient_are_warned_of() -> None:
    frame = rare(2, 3)
    with pytest.warns(UserWarning, match=r"for 3 coefficients: maximum likelihood is biased"):
        fit_logit(frame, "y ~ x + a + I(x ** 2)")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"penalty": "ridge"}, "unknown penalty"),
        ({"errors": "cluster"}, "belong together"),
        ({"prevalence": 3.0}, "between 0 and 1"),
        ({"correction": "weighting"}, "needs prevalence"),
        ({"penalty": "firth", "bias": "king_zeng"}, "removes the small-sample bias itself"),
        ({"level": 95}, "between 0 and 1"),
        ({"cluster": "one"}, "one has 1 group"),
        ({"least_confidence": "high"}, "no column confidence"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_logit(rows().assign(one=1), "y ~ x", **options)


def test_prior_correction_needs_an_intercept() -> None:
    with pytest.raises(ValueError, match="shifts the intercept"):
        fit_logit(rows(), "y ~ x - 1", prevalence=0.01)


def test_categories_are_no_outcome() -> None:
    with pytest.raises(ValueError, match="3 categories"):
        fit_logit(rows(), "kind ~ x")


def test_prediction_without_a_column_is_refused() -> None:
    fit = fit_logit(rows(), "y ~ x + kind")
    with pytest.raises(ValueError, match="unknown column in the formula 'kind'"):
        fit.predict(rows()[["x"]])


def test_prediction_of_an_unknown_category_is_refused() -> None:
    fit = fit_logit(rows(), "y ~ kind")
    assert fit.predict(rows())[0] == pytest.approx(rows().groupby("kind")["y"].mean()[rows()["kind"][0]], abs=1e-8)
    with pytest.raises(ValueError, match="cannot be predicted"):
        fit.predict(rows().assign(kind="z"))


# The cases ----------------------------------------------------------------------------------------------------------


def test_security_defection_cannot_explain_the_exit_unless_allowed() -> None:
    cases = load_cases()
    with pytest.raises(ValueError, match="security_defection is known only with the outcome"):
        fit_logit(cases, "incumbent_exit ~ security_defection", penalty="firth")
    allowed = fit_logit(cases, "incumbent_exit ~ security_defection", penalty="firth", allow=["security_defection"])
    assert allowed.odds.loc["security_defection", "ratio"] > 20
    with pytest.raises(ValueError, match="mass_protest is known only with the protest"):
        fit_logit(cases, "incumbent_exit ~ mass_protest", until="with the result")


def test_surer_rows_stand_beside_all_rows() -> None:
    cases = load_cases()
    fit = fit_logit(cases, "incumbent_exit ~ incumbent_ran", penalty="firth", least_confidence="high")
    everything = fit_logit(cases, "incumbent_exit ~ incumbent_ran", penalty="firth")
    assert fit.n == (cases["confidence"] == "high").sum()
    assert fit.all_rows is not None
    assert fit.all_rows.n == len(cases)
    assert fit.odds["ratio_all_rows"].to_numpy() == pytest.approx(everything.odds["ratio"].to_numpy())
    assert "all rows x" in fit.summary()


def test_deaths_as_a_comparison_are_an_outcome() -> None:
    cases = load_cases()
    fit = fit_logit(cases, "deaths_low > 0 ~ incumbent_ran", penalty="firth")
    assert fit.events == (cases["deaths_low"] > 0).sum()
    assert fit.dropped["missing"].tolist() == ["deaths_low"] * cases["deaths_low"].isna().sum()
