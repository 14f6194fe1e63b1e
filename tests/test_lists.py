"""Multiple systems estimation: published numbers, hand-worked cases, an independent fit, coverage, properties."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.casualties import multiple_systems

KOSOVO_FIRST = [
    ("EXH:ABA:OSCE + EXH:HRW + OSCE:HRW", 203.03, 10356.5),
    ("EXH:ABA:OSCE + EXH:OSCE:HRW", 203.11, 12741.0),
    ("EXH:OSCE:HRW + EXH:ABA + ABA:OSCE", 203.96, 18393.3),
    ("EXH:ABA:OSCE + EXH:HRW + ABA:HRW + OSCE:HRW", 209.14, 9824.2),
    ("EXH:OSCE:HRW + EXH:ABA + ABA:OSCE + ABA:HRW", 210.19, 19233.5),
]
PAIRS_OF_FOUR = "EXH:ABA + EXH:OSCE + EXH:HRW + ABA:OSCE + ABA:HRW + OSCE:HRW"
MODELS_OF_THREE = [
    "A + B + C",
    "A:B + C",
    "A:C + B",
    "B:C + A",
    "A:B + A:C",
    "A:B + B:C",
    "A:C + B:C",
    "A:B + A:C + B:C",
]
TRIPLES_OF_FOUR = "EXH:ABA:OSCE + EXH:ABA:HRW + EXH:OSCE:HRW + ABA:OSCE:HRW"


def histories(counts, names="ABCDE") -> pd.DataFrame:
    """All capture histories that can be seen, in binary order, first list fastest."""
    lists_ = len(counts).bit_length()
    order = np.arange(1, 2**lists_)
    held = {names[i]: (order >> i) & 1 for i in range(lists_)}
    return pd.DataFrame(held).assign(count=np.asarray(counts))


def newton(design: np.ndarray, counts: np.ndarray, steps: int = 40) -> np.ndarray:
    """Coefficients of a Poisson regression, without the library the module uses."""
    beta = np.linalg.lstsq(design, np.log(counts + 0.5), rcond=None)[0]
    for _ in range(steps):
        mean = np.exp(design @ beta)
        beta = beta + np.linalg.lstsq(design.T * mean @ design, design.T @ (counts - mean), rcond=None)[0]
    return beta


def design_of(model: str, cells: pd.DataFrame) -> np.ndarray:
    """Columns of a generating class: products of every non-empty subset of each generator, and a constant."""
    terms = {
        frozenset(subset)
        for generator in model.split(" + ")
        for size in range(1, generator.count(":") + 2)
        for subset in itertools.combinations(generator.split(":"), size)
    }
    columns = [cells[sorted(term)].prod(axis=1) for term in sorted(terms, key=lambda t: (len(t), sorted(t)))]
    return np.column_stack([np.ones(len(cells)), *columns]).astype(float)


@pytest.fixture
def kosovo(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "kosovo_mse.csv")


@pytest.fixture
def slavery(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "uk_slavery_5lists.csv")


# Two lists


def test_chapman_by_hand() -> None:
    # 200 on one list, 150 on the other, 30 on both: 201 x 151 / 31 - 1.
    result = multiple_systems(histories([170, 120, 30]))
    assert result.estimate == pytest.approx(978.0645, abs=1e-4)
    assert result.se**2 == pytest.approx(20133.99, abs=0.01)
    factor = np.exp(1.959964 * np.sqrt(np.log(1 + 20133.988 / 658.0645**2)))
    assert (result.low, result.high) == pytest.approx((320 + 658.0645 / factor, 320 + 658.0645 * factor), abs=0.01)
    assert (result.model, result.criterion, result.n, result.near) == ("A + B", "chapman", 320, 1)
    assert result.models["df"].item() == 0


def test_a_list_inside_the_other_says_nothing_of_the_unseen() -> None:
    for counts in ([170, 0, 30], [0, 170, 30]):
        with pytest.raises(ValueError, match="nested lists do not say how many both missed"):
            multiple_systems(histories(counts))


def test_weights_near_one_do_not_break_the_averaged_interval() -> None:
    cells = pd.DataFrame({"A": [1, 0, 1, 0, 1, 0, 1], "B": [0, 1, 1, 0, 0, 1, 1], "C": [0, 0, 0, 1, 1, 1, 1]})
    result = multiple_systems(cells.assign(count=[149, 223, 4, 0, 120, 356, 147]))
    assert result.low < result.estimate < result.high


def test_chapman_covers_when_lists_are_independent() -> None:
    rng = np.random.default_rng(11)
    counts = rng.multinomial(2000, [0.56, 0.24, 0.14, 0.06], size=300)[:, 1:]
    results = [multiple_systems(histories(drawn)) for drawn in counts]
    covered = np.mean([result.low <= 2000 <= result.high for result in results])
    assert covered == pytest.approx(0.95, abs=0.03)


# Kosovo 1999


def test_kosovo_reproduces_the_published_model(kosovo: pd.DataFrame) -> None:
    result = multiple_systems(kosovo)
    best = result.models.iloc[0]
    assert result.model == "EXH:ABA:OSCE + EXH:HRW + OSCE:HRW"
    assert result.n == 4400
    assert result.estimate == pytest.approx(10356.5, abs=0.5)
    assert result.se == pytest.approx(785.9, abs=0.5)
    assert best["bic"] == pytest.approx(203.03, abs=0.005)
    assert best["deviance"] == pytest.approx(9.323, abs=0.01)
    assert best["df"] == 4
    estimates = result.models.set_index("model")["estimate"]
    assert estimates["EXH + ABA + OSCE + HRW"] == pytest.approx(7394.6, abs=0.5)
    assert estimates[PAIRS_OF_FOUR] == pytest.approx(14402.5, abs=1)
    assert estimates[TRIPLES_OF_FOUR] == pytest.approx(16941.9, abs=1)


def test_kosovo_table_of_all_113_models(kosovo: pd.DataFrame) -> None:
    models = multiple_systems(kosovo).models
    assert len(models) == models["model"].nunique() == 113
    assert models["identified"].all()
    assert models["bic"].is_monotonic_increasing
    assert models["weight"].sum() == pytest.approx(1)
    for (name, bic, estimate), row in zip(KOSOVO_FIRST, models.itertuples(), strict=False):
        assert (row.model, round(row.bic, 2), round(row.estimate, 1)) == (name, bic, estimate)
    counts = kosovo["n"].to_numpy(dtype=float)
    for row in models.itertuples():
        design = design_of(row.model, kosovo)
        beta = newton(design, counts)
        mean = np.exp(design @ beta)
        loglik = stats.poisson.logpmf(counts, mean).sum()
        variance = np.linalg.inv(design.T * mean @ design)[0, 0]
        unseen = np.exp(beta[0])
        assert row.parameters == design.shape[1] == 15 - row.df
        assert row.bic == pytest.approx(-2 * loglik + design.shape[1] * np.log(4400), abs=1e-5)
        assert row.aic == pytest.approx(-2 * loglik + 2 * design.shape[1], abs=1e-5)
        assert row.estimate == pytest.approx(4400 + unseen, rel=1e-6)
        assert row.se == pytest.approx(np.sqrt(unseen + unseen**2 * variance), rel=1e-5)
        assert row.high == pytest.approx(4400 + unseen * np.exp(1.959964 * np.sqrt(variance)), rel=1e-5)


def test_kosovo_interval_spans_the_near_equal_models(kosovo: pd.DataFrame) -> None:
    result = multiple_systems(kosovo)
    assert result.near == 3
    assert result.spread == pytest.approx((10356.5, 18393.3), abs=0.5)
    assert (result.model_low, result.model_high) == pytest.approx((9005, 12105), abs=1)
    assert result.low < result.model_high < result.spread[1] < result.high
    assert result.summary() == (
        "An estimated 10,357 victims (95% model-averaged interval 9,172 to 20,864). "
        "The chosen model alone (EXH:ABA:OSCE + EXH:HRW + OSCE:HRW) gives 10,357 (9,005 to 12,105). "
        "The 3 models within 2 units of BIC give 10,357 to 18,393 victims. "
        "4,400 victims are on at least one of the 4 lists; all victims beyond these are estimated, not counted. "
        "This assumes that records of one person were linked without error, that every victim could have been listed, "
        "and that no dependence joins all 4 lists at once; the data cannot test it."
    )
    assert result._repr_markdown_() == result.summary()


def test_averaged_interval_is_the_quantiles_of_simulated_mixture(kosovo: pd.DataFrame) -> None:
    result = multiple_systems(kosovo, level=0.8)
    models, rng = result.models, np.random.default_rng(3)
    chosen = rng.choice(len(models), size=400_000, p=models["weight"])
    unseen = (models["estimate"] - result.n).to_numpy()
    log_sd = np.sqrt(np.log1p((models["se"].to_numpy() / unseen) ** 2))
    drawn = unseen[chosen] * np.exp(log_sd[chosen] * rng.standard_normal(len(chosen)))
    low, high = result.n + np.quantile(drawn, [0.1, 0.9])
    assert (result.low, result.high) == pytest.approx((low, high), rel=0.005)


# Modern slavery in the United Kingdom 2013


def test_slavery_stepwise_reproduces_the_published_model(slavery: pd.DataFrame) -> None:
    result = multiple_systems(slavery, criterion="stepwise")
    assert result.n == 2744
    assert set(result.model.split(" + ")) == {"LA:NG", "NG:GP", "PFNCA:GP", "LA:PFNCA", "GO:GP", "NG:GO"}
    assert result.estimate == pytest.approx(11313.0, abs=0.5)
    assert result.se == pytest.approx(802.7, abs=1)
    assert result.models["deviance"].iloc[0] == pytest.approx(16.351, abs=0.01)
    assert (result.low, result.high) == pytest.approx((9884, 13027), abs=5)
    assert len(result.models) == 7
    assert "pairs at most" in result.summary()
    assert "leaves out that others might have been chosen" in result.summary()


def test_slavery_bootstrap_selects_anew_and_is_wider(slavery: pd.DataFrame) -> None:
    result, again = (multiple_systems(slavery, criterion="stepwise", resamples=40, seed=2) for _ in range(2))
    assert (result.low, result.high) == (again.low, again.high)
    assert result.interval == "bootstrap"
    assert 2744 < result.low < result.estimate < result.high
    assert result.high - result.low > result.model_high - result.model_low


def test_pair_without_common_victims_leaves_the_fit() -> None:
    # A and B exclude each other although 60 in common were to be expected; C is independent of both.
    counts = [300, 300, 0, 300, 100, 100, 0]
    result = multiple_systems(histories(counts), criterion="stepwise")
    assert result.model == "A:B + C"
    # By hand: C is seen in a quarter of those on A or B alone (100 of 400), so 300 / (1/4) x 3/4 = 900 lack C.
    assert result.estimate == pytest.approx(1100 + 900, abs=1e-3)
    assert result.models.loc[0, "deviance"] == pytest.approx(0, abs=1e-6)


# Which models identify the number


def test_models_without_an_estimate_are_flagged_not_dropped() -> None:
    # Nobody is on both A and B, so a dependence A:B is minus infinity. With A:C + B:C the unseen are estimated from
    # A and B among those not on C, whose overlap is empty: the number runs to infinity although no margin is empty.
    models = multiple_systems(histories([40, 50, 0, 60, 9, 8, 0])).models
    identified = models["identified"]
    assert set(models.loc[identified, "model"]) == {"A + B + C", "A:C + B", "B:C + A"}
    assert len(models) == 8
    assert identified.is_monotonic_decreasing
    assert models.loc[~identified, "weight"].eq(0).all()
    assert models.loc[~identified, ["bic", "estimate", "se", "low", "high"]].isna().all(axis=None)


def test_zero_cell_without_a_zero_margin_is_found() -> None:
    # A and B share 5 victims, all on C as well: what needs an overlap of A and B outside C has no estimate.
    models = multiple_systems(histories([40, 50, 0, 60, 9, 8, 5])).models
    assert set(models.loc[~models["identified"], "model"]) == {"A:C + B:C", "A:B + A:C + B:C"}


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_flag_agrees_with_whether_newton_settles(counts: list[int]) -> None:
    cells = histories(counts)
    cells["count"] += cells[["A", "B", "C"]].sum(axis=1) == 1  # no list is empty
    identified = []
    for model in MODELS_OF_THREE:
        design = design_of(model, cells)
        with np.errstate(over="ignore"):
            beta = newton(design, cells["count"].to_numpy(dtype=float), steps=60)
        if np.linalg.eigvalsh(design.T * np.exp(design @ beta) @ design)[0] > 1e-8:
            identified.append(model)
    if not identified:
        with pytest.raises(ValueError, match="share too few victims"):
            multiple_systems(cells)
        return
    models = multiple_systems(cells).models
    assert set(models["model"]) == set(MODELS_OF_THREE)
    assert set(models.loc[models["identified"], "model"]) == set(identified)


def test_lists_that_hardly_overlap_are_refused() -> None:
    apart = histories([40, 50, 0, 60, 0, 0, 0])
    for criterion in ("bic", "aic", "stepwise"):
        with pytest.raises(ValueError, match=r"A, B, C share too few victims.*linked, or merge"):
            multiple_systems(apart, criterion=criterion)
    with pytest.raises(ValueError, match="A and B have no victim in common"):
        multiple_systems(histories([170, 120, 0]))


def test_five_lists_are_searched_in_full(slavery: pd.DataFrame) -> None:
    result = multiple_systems(slavery)
    assert len(result.models) == result.models["model"].nunique() == 6893
    assert result.models["identified"].sum() == 904
    pairs = "LA:NG + LA:PFNCA + NG:GO + NG:GP + PFNCA:GP + GO:GP"
    assert result.models.set_index("model").loc[pairs, "deviance"] == pytest.approx(16.351, abs=0.01)


# Coverage of a known number


def dependent(interactions: dict[int, float]) -> np.ndarray:
    """Chances of the 8 histories of three lists, each holding about a quarter, with log odds ratios by bits."""
    order = np.arange(8)
    log_chance = sum(b * ((order >> i) & 1) for i, b in enumerate([-1.1, -1.2, -1.0]))
    log_chance = log_chance + sum(b * ((order & term) == term) for term, b in interactions.items())
    return np.exp(log_chance) / np.exp(log_chance).sum()


def coverage(draws) -> tuple[float, float]:
    """Share of draws of 2,000 victims that the averaged and the chosen model's interval hold the number of."""
    results = [multiple_systems(histories(counts[1:])) for counts in draws]
    averaged = [result.low <= 2000 <= result.high for result in results]
    alone = [result.model_low <= 2000 <= result.model_high for result in results]
    return float(np.mean(averaged)), float(np.mean(alone))


def test_interval_covers_when_a_fitted_model_is_right() -> None:
    rng = np.random.default_rng(0)
    averaged, alone = coverage(rng.multinomial(2000, dependent({3: 1.0}), size=300))
    assert averaged == pytest.approx(0.95, abs=0.03)
    assert alone < averaged


def test_interval_fails_as_documented_when_all_lists_depend_together() -> None:
    rng = np.random.default_rng(0)
    averaged, alone = coverage(rng.multinomial(2000, dependent({7: 1.0}), size=60))
    assert averaged == pytest.approx(0.32, abs=0.15)
    assert alone < 0.1


def test_interval_fails_as_documented_when_chances_of_capture_vary() -> None:
    rng = np.random.default_rng(0)

    def draw() -> np.ndarray:
        log_odds = np.array([-1.1, -1.2, -1.0]) + 0.5 * rng.standard_normal((2000, 1))
        caught = rng.random((2000, 3)) < 1 / (1 + np.exp(-log_odds))
        return np.bincount(caught @ [1, 2, 4], minlength=8)

    averaged, alone = coverage([draw() for _ in range(60)])
    assert averaged == pytest.approx(0.27, abs=0.15)
    assert alone < 0.3


# Properties

full_tables = st.lists(st.integers(1, 60), min_size=7, max_size=7)


@settings(max_examples=10)
@given(full_tables, st.randoms(use_true_random=False), st.sampled_from(["bic", "aic"]))
def test_order_of_rows_and_lists_does_not_matter(counts: list[int], random, criterion: str) -> None:
    cells = histories(counts)
    rows, columns = random.sample(range(7), 7), random.sample(list(cells.columns), 4)
    straight = multiple_systems(cells, criterion=criterion)
    shuffled = multiple_systems(cells.iloc[rows][columns], criterion=criterion)
    for name in ("estimate", "se", "low", "high", "model_low", "model_high", "spread"):
        assert getattr(shuffled, name) == pytest.approx(getattr(straight, name), rel=1e-5)
    assert {frozenset(g.split(":")) for g in shuffled.model.split(" + ")} == {
        frozenset(g.split(":")) for g in straight.model.split(" + ")
    }


@settings(max_examples=10)
@given(full_tables, st.sampled_from(["bic", "stepwise"]))
def test_persons_halves_and_names_of_the_count_give_the_same(counts: list[int], criterion: str) -> None:
    cells = histories(counts)
    persons = cells.loc[cells.index.repeat(cells["count"])].drop(columns="count").astype(bool)
    twice = pd.concat(
        [cells.assign(count=cells["count"] // 2), cells.assign(count=cells["count"] - cells["count"] // 2)]
    )
    expected = multiple_systems(cells, criterion=criterion)
    for same in (persons, twice, cells.rename(columns={"count": "n"}), cells[cells["count"] > 0].astype(float)):
        result = multiple_systems(same, criterion=criterion)
        assert (result.estimate, result.low, result.high) == (expected.estimate, expected.low, expected.high)


@settings(max_examples=10)
@given(full_tables, st.integers(2, 9))
def test_every_model_scales_with_the_counts(counts: list[int], factor: int) -> None:
    once = multiple_systems(histories(counts)).models.set_index("model").sort_index()
    more = multiple_systems(histories([factor * count for count in counts])).models.set_index("model").sort_index()
    np.testing.assert_allclose(more["estimate"], factor * once["estimate"], rtol=1e-5)
    np.testing.assert_allclose(more["deviance"], factor * once["deviance"], rtol=1e-4, atol=1e-4)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=7, max_size=7), st.sampled_from(["bic", "aic", "stepwise"]))
def test_bounds_hold_for_sparse_tables(counts: list[int], criterion: str) -> None:
    try:
        result = multiple_systems(histories(counts), criterion=criterion)
    except ValueError as refused:
        assert "on list" in str(refused) or "share too few" in str(refused)
        return
    assert sum(counts) == result.n <= result.low <= result.high
    assert result.n <= result.model_low <= result.estimate <= result.model_high
    assert result.spread[0] <= result.estimate <= result.spread[1]
    wider = multiple_systems(histories(counts), criterion=criterion, level=0.99)
    assert wider.low <= result.low
    assert wider.high >= result.high


def test_input_is_not_changed_and_missing_histories_are_zero() -> None:
    cells = histories([40, 50, 7, 60, 9, 8, 0])
    before = cells.copy()
    whole = multiple_systems(cells)
    pd.testing.assert_frame_equal(cells, before)
    part = multiple_systems(cells[cells["count"] > 0])
    assert (part.estimate, part.low, part.high) == (whole.estimate, whole.low, whole.high)
    assert part.models["parameters"].add(part.models["df"]).eq(7).all()
    unlisted = pd.concat([cells, pd.DataFrame([{"A": 0, "B": 0, "C": 0, "count": 0}])])
    assert multiple_systems(unlisted).estimate == whole.estimate


# Refusals

GOOD = histories([40, 50, 7, 60, 9, 8, 2])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (pd.concat([GOOD, GOOD.iloc[[0]].assign(A=0, count=4)]), r"4 victims are on no list \(all columns 0\); leave"),
        (GOOD.assign(A=[2, 0, 1, 0, 1, 0, 1]), "list A has the value 2; expected 0 or 1"),
        (GOOD.assign(A=list("1010101")), "list A has the value '1'; expected 0 or 1; drop the column if"),
        (GOOD.assign(A=[None, 0, 1, 0, 1, 0, 1]), "list A has missing values; expected 1"),
        (GOOD.assign(count=[-1, 5, 5, 5, 5, 5, 5]), "column count has the value -1; expected whole numbers"),
        (GOOD.assign(count=[1.5, 5, 5, 5, 5, 5, 5]), "column count has the value 1.5; expected whole numbers"),
        (GOOD.assign(count=[np.inf, 5, 5, 5, 5, 5, 5]), "column count has the value inf; expected whole numbers"),
        (GOOD.assign(count=[None, 5, 5, 5, 5, 5, 5]), "column count has missing values"),
        (GOOD.assign(count=list("1234567")), "column count holds str; expected whole numbers"),
        (GOOD.assign(n=1), "both `count` and `n` are columns"),
        (GOOD[["A", "count"]], "1 list given; expected two or more"),
        (GOOD.drop(columns=["A", "B", "C"]), "0 list given; expected two or more"),
        (GOOD[["A", "B", "B", "count"]], "column B occurs twice"),
        (GOOD.assign(D=0, E=0), "no victim is on list D, E; leave it out"),
        (GOOD.iloc[:0], "no victim is on list A, B, C"),
        (GOOD.assign(**{f"L{i}": 1 for i in range(13)}), "16 lists given; merge similar ones, at most 15"),
    ],
)
def test_cells_that_are_no_lists_are_refused(cells: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        multiple_systems(cells)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"criterion": "dic"}, "criterion is 'dic'; expected"),
        ({"level": 95}, "level is 95; expected a number between 0 and 1"),
        ({"p_enter": 0}, "p_enter is 0; expected a number between 0 and 1"),
        ({"resamples": -1, "criterion": "stepwise"}, "resamples is -1; expected a whole number"),
        ({"resamples": 10}, 'resamples needs criterion="stepwise"'),
    ],
)
def test_options_out_of_range_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        multiple_systems(GOOD, **options)


def test_six_lists_name_the_way_out() -> None:
    rng = np.random.default_rng(1)
    persons = pd.DataFrame(rng.random((900, 6)) < 0.3, columns=list("ABCDEF"))
    persons = persons[persons.any(axis=1)]
    with pytest.raises(ValueError, match=r'6 lists have too many .* criterion="stepwise"'):
        multiple_systems(persons)
    result = multiple_systems(persons, criterion="stepwise")
    assert result.low < 900 < result.high
