"""Count models: published fits, statsmodels and hand-worked cases, simulated truth, and what they refuse in words."""

import pathlib
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.count_model import ZeroInflatedNegativeBinomialP
from statsmodels.discrete.discrete_model import Logit, NegativeBinomialP, Poisson
from statsmodels.discrete.truncated_model import HurdleCountModel
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from analysis import DataError
from analysis.dynamics import CountFit, fit_counts

ARTICLES = "art ~ C(fem, Treatment('Men')) + C(mar, Treatment('Single')) + kid5 + phd + ment"
FAMILIES = ("poisson", "negbin", "zip", "zinb", "hurdle", "hurdle_negbin")
PUBLISHED = {
    "poisson": "Poisson",
    "negbin": "NB2",
    "zip": "ZIP",
    "zinb": "ZINB",
    "hurdle": "hurdle Poisson (logit zero)",
    "hurdle_negbin": "hurdle NB (logit zero)",
}


@pytest.fixture
def articles(shared: pathlib.Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/biochemists.csv")


@pytest.fixture
def published(shared: pathlib.Path) -> pd.DataFrame:
    table = pd.read_csv(shared / "reference/expected.csv", index_col=["id", "quantity"])
    return table.loc["A1", ["expected", "tolerance"]]


def rows(n: int = 60, seed: int = 1) -> pd.DataFrame:
    rng = default_rng(seed)
    return pd.DataFrame(
        {
            "y": rng.poisson(1.5, n),
            "x": rng.normal(size=n),
            "g": rng.choice(list("abc"), n),
            "exposure": rng.uniform(1, 5, n),
        }
    )


def drawn(family: str, n: int, rng: Generator) -> pd.DataFrame:
    """Counts whose mean is exp(0.8 + 0.5 x) with alpha 0.5; zero part with logit -0.5 + 0.8 x."""
    x = rng.normal(size=n)
    mean = np.exp(0.8 + 0.5 * x)
    law = stats.poisson(mean) if family in ("poisson", "zip", "hurdle") else stats.nbinom(2, 2 / (2 + mean))
    chance, event = rng.uniform(size=n), rng.uniform(size=n) < expit(-0.5 + 0.8 * x)
    if family in ("poisson", "negbin"):
        return pd.DataFrame({"y": law.ppf(chance), "x": x})
    if family in ("zip", "zinb"):
        return pd.DataFrame({"y": np.where(event, 0, law.ppf(chance)), "x": x})
    none = law.cdf(0)
    return pd.DataFrame({"y": np.where(event, law.ppf(none + (1 - none) * chance), 0), "x": x})


# Published ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_articles_of_biochemists_as_published(family: str, articles: pd.DataFrame, published: pd.DataFrame) -> None:
    fit = fit_counts(articles, ARTICLES, family)
    found = {"loglik": fit.loglik, "theta": fit.dispersion.theta}
    if family == "negbin":
        found |= dict(zip(["const", "fem", "mar", "kid5", "phd", "ment"], fit.params, strict=False))
    checked = [name for name in found if f"{PUBLISHED[family]} {name}" in published.index]
    assert checked[0] == "loglik"
    for name in checked:
        value, tolerance = published.loc[f"{PUBLISHED[family]} {name}"]
        assert found[name] == pytest.approx(float(value), abs=float(tolerance)), name
    assert fit.converged
    assert fit.n == len(articles) == 915


def test_every_published_row_is_tested(published: pd.DataFrame) -> None:
    names = [f"{said} {what}" for said in PUBLISHED.values() for what in ("loglik", "theta")]
    names += [f"NB2 {name}" for name in ("const", "fem", "mar", "kid5", "phd", "ment")]
    assert len(published) == 14
    assert set(published.index) <= set(names)


def test_hurdle_is_not_the_stock_model_of_statsmodels(articles: pd.DataFrame) -> None:
    columns = pd.get_dummies(articles.drop(columns="art"), drop_first=True, dtype=float).assign(const=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = HurdleCountModel(articles["art"], columns, dist="poisson", zerodist="poisson").fit(disp=0)
    assert stock.llf < fit_counts(articles, ARTICLES, "hurdle").loglik - 10


def test_articles_need_more_than_a_poisson(articles: pd.DataFrame) -> None:
    poisson, negbin = (fit_counts(articles, ARTICLES, family) for family in ("poisson", "negbin"))
    assert poisson.dispersion.pearson > 1.5
    assert poisson.zeros.observed == (articles["art"] == 0).sum() > poisson.zeros.high
    assert poisson.zeros.p_value < 1e-6
    assert poisson.residual_test.p_value < 1e-4
    assert negbin.zeros.low < negbin.zeros.observed < negbin.zeros.high
    assert negbin.residual_test.p_value > 0.05


# By hand, and by statsmodels ----------------------------------------------------------------------------------------


def test_two_groups_by_hand() -> None:
    frame = pd.DataFrame({"events": [2, 4, 0, 6, 8, 10, 12, 6], "after": [0] * 4 + [1] * 4})
    fit = fit_counts(frame, "events ~ after", "poisson", errors="classical", level=0.9)
    assert fit.params.to_numpy() == pytest.approx([np.log(3), np.log(3)])
    assert fit.bse["after"] == pytest.approx(np.sqrt(1 / 12 + 1 / 36))
    reach = stats.norm.ppf(0.95) * np.sqrt(1 / 12 + 1 / 36)
    assert fit.ratios.loc["after", ["ratio", "low", "high"]].to_list() == pytest.approx(
        [3, 3 * np.exp(-reach), 3 * np.exp(reach)]
    )
    assert fit.p_values["after"] == pytest.approx(2 * stats.norm.sf(np.log(3) / fit.bse["after"]))
    loglik = stats.poisson.logpmf(frame["events"], [3] * 4 + [9] * 4).sum()
    assert (fit.loglik, fit.aic, fit.bic) == pytest.approx((loglik, 4 - 2 * loglik, 2 * np.log(8) - 2 * loglik))
    assert fit.zeros.expected == pytest.approx(4 * np.exp(-3) + 4 * np.exp(-9))
    squares = (frame["events"] - np.repeat([3, 9], 4)) ** 2
    assert fit.dispersion.pearson == pytest.approx((squares / np.repeat([3, 9], 4)).sum() / 6)


@pytest.mark.parametrize(
    ("errors", "theirs"),
    [
        ("classical", {}),
        ("robust", {"cov_type": "HC1"}),
        ("cluster", {"cov_type": "cluster", "cov_kwds": {"groups": "g"}}),
        ("hac", {"cov_type": "HAC", "cov_kwds": {"maxlags": 3, "use_correction": True}}),
    ],
)
@pytest.mark.parametrize(("family", "model"), [("poisson", Poisson), ("negbin", NegativeBinomialP)])
def test_errors_are_those_of_statsmodels(errors: str, theirs: dict[str, object], family: str, model: type) -> None:
    frame = drawn("negbin", 200, default_rng(4)).assign(g=np.arange(200) // 5)
    options = {"cluster": "g"} if errors == "cluster" else {"lags": 3} if errors == "hac" else {}
    ours = fit_counts(frame, "y ~ x", family, errors=errors, **options)
    if errors == "cluster":
        theirs = theirs | {"cov_kwds": {"groups": frame["g"].to_numpy()}}
    fitted = model(frame["y"], frame[["x"]].assign(const=1.0)[["const", "x"]]).fit(
        disp=0, method="newton", start_params=ours.params.to_numpy(), **theirs
    )
    factor = 200 / (200 - len(ours.params)) if errors == "robust" else 1.0  # which statsmodels leaves out here
    assert ours.bse.to_numpy() == pytest.approx(np.sqrt(factor) * fitted.bse.to_numpy(), rel=1e-5)


def test_few_groups_are_said() -> None:
    frame = drawn("poisson", 180, default_rng(4)).assign(region=np.arange(180) % 9)
    with pytest.warns(UserWarning, match="region has 9 groups: with fewer than about 30 errors by group are too small"):
        fit_counts(frame, "y ~ x", "poisson", errors="cluster", cluster="region")


def test_hurdle_is_a_logit_and_a_truncated_count() -> None:
    frame = drawn("hurdle", 400, default_rng(5))
    fit = fit_counts(frame, "y ~ x", "hurdle", zero_formula="~ x", errors="classical")
    logit = Logit((frame["y"] > 0) * 1.0, frame[["x"]].assign(const=1.0)[["const", "x"]]).fit(disp=0)
    assert fit.params.iloc[:2].to_numpy() == pytest.approx(logit.params.to_numpy(), abs=1e-6)
    assert fit.bse.iloc[:2].to_numpy() == pytest.approx(logit.bse.to_numpy(), rel=1e-6)
    some = frame[frame["y"] > 0]
    mean = np.exp(fit.params["Intercept"] + fit.params["x"] * some["x"])
    truncated = stats.poisson.logpmf(some["y"], mean) - np.log1p(-np.exp(-mean))
    assert fit.loglik == pytest.approx(logit.llf + truncated.sum())


def test_zeros_expected_are_those_statsmodels_predicts() -> None:
    frame = drawn("zinb", 600, default_rng(6))
    fit = fit_counts(frame, "y ~ x", "zinb", errors="classical")
    columns = frame[["x"]].assign(const=1.0)[["const", "x"]].to_numpy()
    model = ZeroInflatedNegativeBinomialP(frame["y"].to_numpy(), columns, exog_infl=columns, p=2)
    chance = model.predict(fit.params.to_numpy(), which="prob-zero")
    assert fit.zeros.expected == pytest.approx(chance.sum())
    assert fit.bse.to_numpy() == pytest.approx(
        np.sqrt(np.diag(np.linalg.inv(-model.hessian(fit.params.to_numpy())))), rel=1e-6
    )


def test_offset_is_a_logarithm_of_exposure_in_a_column_or_in_values() -> None:
    frame = rows().assign(log_exposure=lambda table: np.log(table["exposure"]))
    column = fit_counts(frame, "y ~ 1", "poisson", offset="log_exposure")
    values = fit_counts(frame, "y ~ 1", "poisson", offset=np.log(frame["exposure"]))
    assert column.params["Intercept"] == pytest.approx(np.log(frame["y"].sum() / frame["exposure"].sum()))
    assert column.params["Intercept"] == values.params["Intercept"]


def test_residuals_lie_where_the_count_does_and_follow_the_seed() -> None:
    frame = rows()
    fit, again, other = (fit_counts(frame, "y ~ 1", "poisson", seed=seed) for seed in (3, 3, 4))
    drawn_at = stats.norm.cdf(fit.residuals)
    mean = frame["y"].mean()
    assert (stats.poisson.cdf(frame["y"] - 1, mean) <= drawn_at).all()
    assert (drawn_at <= stats.poisson.cdf(frame["y"], mean)).all()
    pd.testing.assert_series_equal(fit.residuals, again.residuals)
    assert not np.allclose(fit.residuals, other.residuals)
    assert fit.residual_test.statistic == pytest.approx(stats.kstest(fit.residuals, "norm").statistic)


# Simulated truth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_simulated_coefficients_are_found(family: str) -> None:
    fit = fit_counts(drawn(family, 3000, default_rng(11)), "y ~ x", family)
    truth = {"Intercept": 0.8, "x": 0.5, "zero_Intercept": -0.5, "zero_x": 0.8, "alpha": 0.5}
    errors = [(fit.params[name] - truth[name]) / fit.bse[name] for name in fit.params.index]
    assert np.abs(errors).max() < 3.5
    assert (fit.bse < 0.35).all()
    assert fit.residual_test.p_value > 0.01
    assert ("alpha" in fit.params.index) == (family in ("negbin", "zinb", "hurdle_negbin"))


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = default_rng(12)
    fits = [fit_counts(drawn("negbin", 150, rng), "y ~ x").interval.loc["x"] for _ in range(120)]
    covered = np.mean([low <= 0.5 <= high for low, high in fits])
    assert 0.88 <= covered <= 0.99


def test_residual_test_rejects_the_wrong_law_and_seldom_the_right_one() -> None:
    rng = default_rng(13)
    frames = [drawn("negbin", 300, rng) for _ in range(40)]
    wrong = [fit_counts(frame, "y ~ x", "poisson").residual_test.p_value for frame in frames]
    right = [fit_counts(frame, "y ~ x", "negbin").residual_test.p_value for frame in frames]
    assert np.mean(np.array(wrong) < 0.05) > 0.8
    assert np.mean(np.array(right) < 0.05) < 0.15


def test_without_overdispersion_the_negative_binomial_is_the_poisson() -> None:
    frame = rows().assign(y=default_rng(2).binomial(3, 0.5, 60))
    with pytest.warns(UserWarning, match="not overdispersed: alpha is 0"):
        negbin = fit_counts(frame, "y ~ x", "negbin")
    poisson = fit_counts(frame, "y ~ x", "poisson")
    assert (negbin.dispersion.alpha, negbin.dispersion.theta) == (0, np.inf)
    assert negbin.loglik == poisson.loglik
    pd.testing.assert_series_equal(negbin.params[["Intercept", "x"]], poisson.params)
    assert negbin.bse[["Intercept", "x"]].to_numpy() == pytest.approx(poisson.bse.to_numpy())
    assert np.isnan(negbin.bse["alpha"])


@settings(max_examples=15)
@given(st.floats(0.01, 100), st.integers(0, 10**6))
def test_units_of_a_column_do_not_matter(scale: float, seed: int) -> None:
    frame = drawn("negbin", 120, default_rng(seed))
    fit, other = fit_counts(frame, "y ~ x"), fit_counts(frame.assign(x=frame["x"] * scale), "y ~ x")
    assert other.params["x"] * scale == pytest.approx(fit.params["x"], rel=1e-3, abs=1e-5)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-4)


# Rows left out ------------------------------------------------------------------------------------------------------


def test_rows_with_missing_cells_are_left_out_and_listed() -> None:
    frame = rows().astype({"y": "Int64"}).astype({"g": "str"}).assign(unused=np.nan)
    frame.loc[3, "y"], frame.loc[5, "x"], frame.loc[5, "g"] = pd.NA, np.nan, None
    before = frame.copy()
    fit = fit_counts(frame, "y ~ x + g", "poisson")
    assert fit.dropped.to_dict("list") == {"row": [3, 5], "missing": ["y", "x, g"]}
    assert (fit.n, len(fit.residuals)) == (58, 58)
    assert "58 rows, 2 left out (missing y: 1; x, g: 1)" in fit.summary()
    rest = fit_counts(frame.drop(index=[3, 5]), "y ~ x + g", "poisson")
    pd.testing.assert_series_equal(fit.params, rest.params)
    pd.testing.assert_frame_equal(frame, before)


def test_rows_left_out_keep_their_place_in_time() -> None:
    frame = rows(80).astype({"y": "Int64"})
    frame.loc[1::2, "y"] = pd.NA
    apart = fit_counts(frame, "y ~ x", "poisson", errors="hac", lags=1)
    together = fit_counts(frame, "y ~ x", "poisson", errors="robust")
    assert apart.bse.to_numpy() == pytest.approx(together.bse.to_numpy())


# Said in words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "formula", "options", "said"),
    [
        (lambda f: f[:0], "y ~ x", {}, "the frame has no rows"),
        (lambda f: f.assign(x=np.nan), "y ~ x", {}, "every one of the 60 rows misses a cell: x in 60"),
        (lambda f: f.assign(y=0), "y ~ x", {}, "all 60 counts of y are 0"),
        (lambda f: f.assign(y="many"), "y ~ x", {}, "the outcome y is no column of numbers"),
        (lambda f: f.assign(c=3.0), "y ~ x + c", {}, "c: collinear"),
        (lambda f: f.assign(x2=2 * f["x"]), "y ~ x + x2", {}, "x2: collinear"),
        (lambda f: f[:3], "y ~ x + g", {}, "3 rows without missing cells are too few for"),
        (lambda f: f, "y ~ xx", {}, "unknown column in the formula 'xx'; did you mean x"),
        (lambda f: f.set_index("x"), "y ~ x", {}, r"x is in the index; frame.reset_index\(\) makes it a column"),
        (lambda f: f, "y ~ x +", {}, "cannot be read"),
        (lambda f: f, "x", {}, "is not of the form"),
        (lambda f: f.assign(z=0), "y ~ np.log(z)", {}, "a logarithm of 0"),
        (lambda f: f, "y ~ x", {"family": "normal"}, "unknown family 'normal'"),
        (lambda f: f, "y ~ x", {"errors": "HC3"}, "unknown errors 'HC3'"),
        (lambda f: f, "y ~ x", {"cluster": "g"}, 'errors="cluster" and cluster='),
        (lambda f: f.assign(g="a"), "y ~ x", {"cluster": "g", "errors": "cluster"}, "g has 1 group"),
        (lambda f: f, "y ~ x", {"lags": 3}, 'only with errors="hac"'),
        (lambda f: f, "y ~ x", {"level": 95}, "level must be between 0 and 1"),
        (lambda f: f, "y ~ x", {"offset": np.ones(3)}, r"offset has shape \(3,\)"),
        (lambda f: f.assign(o=-np.inf), "y ~ x", {"offset": "o"}, "offset is -inf in row 0"),
        (lambda f: f, "y ~ x", {"zero_formula": "~ x"}, "has no zero part"),
        (lambda f: f.assign(y=f["y"] + 1), "y ~ x", {"family": "zip"}, "no count is 0"),
        (lambda f: f.assign(y=(f["y"] > 0) * 1), "y ~ x", {"family": "hurdle"}, "all counts are 0 or 1"),
        (lambda f: f.assign(y=[1] + [0] * 59), "y ~ x", {}, "1 row with events cannot carry 2 coefficients"),
        (
            lambda f: f.assign(y=np.where(f["g"] == "a", 0, f["y"])),
            "y ~ g",
            {},
            "all counts are 0 in .* rows .* tell apart",
        ),
        (
            lambda f: f.assign(late=(f["y"] > 0) * 1.0),
            "y ~ x",
            {"family": "hurdle", "zero_formula": "~ late"},
            "the zero part is perfectly separated by .*late",
        ),
        (
            lambda f: f.assign(late=(f["y"] > 0) * 1.0),
            "y ~ x",
            {"family": "zinb", "zero_formula": "~ late"},
            "the zero part is perfectly separated by .*late",
        ),
    ],
)
def test_what_cannot_be_fitted_is_said(change: object, formula: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_counts(change(rows()), formula, **options)


@pytest.mark.parametrize("wrong", [-1.0, 0.5, np.inf])
def test_outcomes_that_are_no_counts_are_listed(wrong: float) -> None:
    frame = rows().astype({"y": "float64"})
    frame.loc[7, "y"] = wrong
    with pytest.raises(DataError) as error:
        fit_counts(frame, "y ~ x")
    assert error.value.problems[["line", "column", "value", "demand"]].to_numpy().tolist() == [
        [7, "y", wrong, "a whole number, 0 or more"]
    ]


def empty(fit: CountFit) -> bool:
    numbers = [fit.loglik, fit.aic, fit.bic, *fit.params, *fit.bse, *fit.p_values, *fit.interval.to_numpy().ravel()]
    numbers += [*fit.dispersion, fit.zeros.expected, *fit.residuals, fit.residual_test.statistic]
    return bool(np.isnan(numbers).all()) and fit.model is None


def test_without_convergence_there_are_no_numbers_and_a_word_on_what_to_try() -> None:
    frame = rows().assign(x=lambda table: table["x"] * 1e9)
    with pytest.warns(ConvergenceWarning, match=r'did not converge.*Try "poisson".*columns of similar size'):
        fit = fit_counts(frame, "y ~ x", "negbin")
    assert not fit.converged
    assert empty(fit)
    assert fit.n == 60
    assert "did not converge: there are no estimates" in fit.summary()


def test_a_zero_part_without_excess_zeros_vanishes() -> None:
    frame = rows().assign(y=default_rng(2).binomial(6, 0.4, 60))
    assert (frame["y"] == 0).any()
    with pytest.warns(ConvergenceWarning, match='vanishes .* Take "poisson" or "negbin"'):
        fit = fit_counts(frame, "y ~ 1", "zip")
    assert not fit.converged
    assert empty(fit)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=8, max_size=25))
def test_a_group_without_events_is_the_only_separation(cells: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame(cells, columns=["y", "g"]).astype({"g": "str"})
    sums = frame.groupby("g")["y"].sum()
    if len(sums) < 2 or not frame["y"].any():
        return
    if (sums == 0).any():
        with pytest.raises(ValueError, match=r"all counts are 0 in|rows? with events cannot carry"):
            fit_counts(frame, "y ~ g", "poisson")
    elif (frame["y"] > 0).sum() >= len(sums):
        fit = fit_counts(frame, "y ~ g", "poisson", errors="classical")
        rate = frame.groupby("g")["y"].mean().to_numpy()
        assert fit.ratios["ratio"].to_numpy() == pytest.approx(rate[1:] / rate[0], rel=1e-5)


def test_summary_says_the_parts_and_the_checks() -> None:
    said = fit_counts(drawn("hurdle_negbin", 400, default_rng(8)), "y ~ x", "hurdle_negbin").summary()
    assert said.startswith("Hurdle negative binomial model, y ~ x:")
    assert re.search(r"zero_x: odds of any event x [0-9.]+ \(95% interval", said)
    assert re.search(r"\nx: rate x [0-9.]+ ", said)
    assert "Null: the counts come from the fitted model" in said
