"""Scores: published numbers, brute force, what makes a score proper, and what is refused."""

import pathlib

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats
from sklearn.metrics import auc, precision_recall_curve

from analysis.forecast import closed_crps, discrimination, scores

OUTCOMES = (0, 0, 3, 12, 0)
MEMBERS = [
    [0, 0, 0, 0, 1, 2, 0, 0, 0, 5],
    [0] * 10,
    list(range(10)),
    [0, 0, 1, 1, 2, 2, 3, 3, 20, 40],
    list(range(10, 101, 10)),
]
COUNTS = st.integers(0, 1500)


@pytest.fixture
def expected(shared: pathlib.Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/expected.csv", dtype="str").set_index(["id", "quantity"])


def published(expected: pd.DataFrame, row: str, quantity: str) -> object:
    cells = expected.loc[(row, quantity)]
    return pytest.approx([float(cell) for cell in cells["expected"].split()], abs=float(cells["tolerance"]))


# Published ----------------------------------------------------------------------------------------------------------


def test_views_2023_members_score_as_its_code_scores_them(expected: pd.DataFrame) -> None:
    table = scores(OUTCOMES, MEMBERS)
    assert table["crps"].tolist() == published(expected, "E1", "crps rows")
    assert [table["crps"].mean()] == published(expected, "E1", "crps mean")
    assert table["ignorance"].tolist() == published(expected, "E1", "ign rows (11 bins)")
    assert table["interval_score"].tolist() == published(expected, "E1", "mis90 rows")
    assert scores(OUTCOMES, MEMBERS, estimator="fair")["crps"].tolist() == published(expected, "E1", "fair crps rows")


def test_means_of_views_2023() -> None:
    means = scores(OUTCOMES, MEMBERS).mean()
    assert means[["ignorance", "interval_score"]].to_list() == pytest.approx([2.500431, 82.75], abs=1e-6)
    assert means["coverage"] == 0.8, "ten draws of 10 to 100 do not cover 0"


def test_fair_estimator_is_far_from_the_usual_with_ten_draws() -> None:
    assert scores([0], [MEMBERS[4]])["crps"].item() == pytest.approx(38.5)
    assert scores([0], [MEMBERS[4]], estimator="fair")["crps"].item() == pytest.approx(36.6666667)


def test_closed_forms(expected: pd.DataFrame) -> None:
    assert closed_crps([0], "normal", mu=0, sigma=1) == published(expected, "E2", "CRPS N(0,1) at 0")
    assert closed_crps([1.5], "normal", mu=1, sigma=2) == published(expected, "E2", "CRPS N(1,2) at 1.5")
    assert closed_crps([2], "poisson", mean=3) == published(expected, "E2", "CRPS Poisson(3) at 2")
    assert closed_crps([4], "negbin", n=5, prob=0.3) == published(expected, "E2", "CRPS NegBin(n=5,p=.3) at 4")


def test_probability_scores_of_the_scikit_learn_documentation(expected: pd.DataFrame) -> None:
    found = discrimination([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert [found.average_precision] == published(expected, "E3", "average precision")
    assert [found.roc_auc] == published(expected, "E3", "ROC AUC")
    assert [scores([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])["brier"].mean()] == published(expected, "E3", "Brier")
    assert [scores([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.65])["log_score"].mean()] == published(expected, "E3", "log loss")


def test_average_precision_is_not_the_trapezoid(expected: pd.DataFrame) -> None:
    precision, recall, _ = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert [auc(recall, precision)] == published(expected, "E3", "trapezoid PR area (do not use)")


def test_every_published_row_is_tested(expected: pd.DataFrame) -> None:
    rows = expected.index[expected.index.get_level_values("id").isin(["E1", "E2", "E3"])]
    text = pathlib.Path(__file__).read_text(encoding="utf-8")
    assert len(rows) == 14
    assert all(f'"{quantity}"' in text for _, quantity in rows)


# Brute force --------------------------------------------------------------------------------------------------------


@given(st.lists(COUNTS, min_size=2, max_size=30), COUNTS)
def test_scores_by_brute_force(draws: list[int], outcome: int) -> None:
    x = np.array(draws, dtype="float64")
    row = scores([outcome], [draws]).iloc[0]
    spread = np.abs(x[:, None] - x[None, :]).mean()
    assert row["crps"] == pytest.approx(np.abs(x - outcome).mean() - spread / 2, abs=1e-8)
    low, high = np.quantile(x, [0.05, 0.95])
    missed = max(low - outcome, 0) + max(outcome - high, 0)
    assert row["interval_score"] == pytest.approx(high - low + 20 * missed, rel=1e-9, abs=1e-8)
    assert row["coverage"] == (low <= outcome <= high)
    assert row["brier"] == pytest.approx(((x >= 1).mean() - (outcome >= 1)) ** 2)
    fair = scores([outcome], [draws], estimator="fair")["crps"].item()
    assert fair == pytest.approx(np.abs(x - outcome).mean() - spread / 2 * len(x) / (len(x) - 1), abs=1e-8)


@given(st.lists(st.lists(st.floats(-50, 50), min_size=5, max_size=5), min_size=1, max_size=6), st.integers(0, 100))
def test_crps_is_that_of_scoringrules_with_all_pairs(draws: list[list[float]], seed: int) -> None:
    outcomes = default_rng(seed).normal(0, 20, len(draws))
    theirs = scoringrules.crps_ensemble(outcomes, np.array(draws), estimator="nrg")
    assert scores(outcomes, draws)["crps"].to_numpy() == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize(
    ("outcome", "bin_of"),
    [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (25, 4), (26, 5), (251, 8), (1000, 9), (1001, 10), (10**6, 10)],
)
def test_ignorance_counts_the_draws_in_the_bin_of_the_outcome(outcome: int, bin_of: int) -> None:
    middle = [0, 1, 4, 8, 20, 40, 70, 200, 400, 900, 5000]
    draws = [middle[k] for k in range(11) for _ in range(k + 1)]
    found = scores([outcome], [draws])["ignorance"].item()
    assert found == pytest.approx(-np.log2((bin_of + 2) / (len(draws) + 11)))


def test_many_rows_are_scored_as_one_by_one() -> None:
    rng = default_rng(0)
    draws, outcomes = rng.poisson(3, (400, 700)), rng.poisson(3, 400)
    whole = scores(outcomes, draws)
    for row in (0, 186, 187, 188, 399):
        pd.testing.assert_series_equal(
            whole.loc[row], scores(outcomes[[row]], draws[[row]]).iloc[0], check_names=False, rtol=1e-12
        )


def test_order_of_draws_does_not_matter() -> None:
    draws = default_rng(1).poisson(3, (5, 40))
    pd.testing.assert_frame_equal(scores(OUTCOMES, draws), scores(OUTCOMES, draws[:, ::-1]))


# What a score must do -----------------------------------------------------------------------------------------------


def test_many_draws_come_to_the_closed_form() -> None:
    draws = default_rng(2).negative_binomial(2, 0.3, (1, 200_000))
    assert scores([4], draws)["crps"].item() == pytest.approx(closed_crps([4], "negbin", n=2, prob=0.3)[0], abs=0.02)


@pytest.mark.parametrize("score", ["brier", "log_score", "crps", "ignorance"])
def test_true_probability_has_the_best_expected_score(score: str) -> None:
    chances = np.round(np.arange(0.05, 1, 0.05), 2)
    wrong = [0.3 * scores([1], [p])[score].item() + 0.7 * scores([0], [p])[score].item() for p in chances]
    assert chances[np.argmin(wrong)] == 0.3


def test_true_distribution_has_the_best_mean_crps() -> None:
    outcomes = stats.poisson.ppf(np.linspace(0.0005, 0.9995, 1000), 4)
    means = [2, 3, 4, 5, 6]
    assert means[np.argmin([closed_crps(outcomes, "poisson", mean=mean).mean() for mean in means])] == 4


def test_crps_of_one_draw_is_the_absolute_error() -> None:
    assert scores([7, 2], [[4], [4]])["crps"].tolist() == [3, 2]


def test_crps_of_a_probability_is_its_brier_score() -> None:
    table = scores([0, 1], [0.2, 0.2])
    assert table["crps"].tolist() == table["brier"].tolist() == pytest.approx([0.04, 0.64])


def test_interval_of_a_probability_holds_only_what_is_not_nearly_excluded() -> None:
    assert scores([1, 0, 1, 1], [0.04, 0.96, 0.5, 0.96])["coverage"].tolist() == [0, 0, 1, 1]


def test_certain_and_wrong_costs_infinity_as_a_probability_but_not_with_finite_draws() -> None:
    assert scores([1], [0.0])["log_score"].item() == np.inf
    assert scores([1], [[0] * 9])["log_score"].item() == pytest.approx(-np.log(0.05))


def test_event_may_be_more_than_one() -> None:
    row = scores([30], [[0, 10, 25, 40]], event=25).iloc[0]
    assert row["brier"] == 0.25


# Missing and wrong --------------------------------------------------------------------------------------------------


def test_missing_outcome_has_missing_scores_and_keeps_its_place() -> None:
    outcomes = pd.Series([1, None, 3], index=["a", "b", "c"], dtype="Int64")
    table = scores(outcomes, [[1, 2]] * 3)
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.isna().all(axis=1).tolist() == [False, True, False]
    assert scores(outcomes.iloc[:2], [0.2, 0.3]).isna().all(axis=1).tolist() == [False, True]


def test_no_forecasts_give_an_empty_table() -> None:
    assert scores([], np.empty((0, 5))).shape == (0, 6)


def test_outcome_below_the_bins_has_no_ignorance() -> None:
    assert scores([-1], [[0, 1]]).isna().sum(axis=1).item() == 1


@pytest.mark.parametrize(
    ("outcomes", "draws", "options", "message"),
    [
        ([1, 2], [[1, 2]], {}, r"shape \(1, 2\) for 2 outcomes"),
        ([1], [[1.0, np.nan]], {}, "1 forecasts have draws that are missing"),
        ([1], [[1]], {"estimator": "fair"}, "needs 2 or more"),
        ([1], [[1]], {"estimator": "pairs"}, "unknown estimator"),
        ([1], [[1]], {"level": 90}, "level must be between 0 and 1"),
        ([1], [12.0], {}, "divide percentages by 100"),
        ([3], [0.5], {}, "for counts give draws"),
        ([np.inf], [[1]], {}, "is infinite"),
    ],
)
def test_refusals(outcomes: list[float], draws: list[object], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scores(outcomes, draws, **options)


def test_wrong_parameters_of_a_law_are_named() -> None:
    with pytest.raises(ValueError, match="the negbin law takes n and prob, not mean"):
        closed_crps([1], "negbin", mean=3)
    with pytest.raises(ValueError, match="unknown law"):
        closed_crps([1], "gamma")


def test_discrimination_without_events_or_without_others() -> None:
    none, all_ = discrimination([0, 0], [0.1, 0.2]), discrimination([1, 1], [0.1, 0.2])
    assert np.isnan(none.average_precision)
    assert np.isnan(none.roc_auc)
    assert np.isnan(all_.roc_auc)
    assert all_.average_precision == all_.base_rate == 1
    with pytest.raises(ValueError, match="1 outcomes are missing"):
        discrimination([np.nan, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match="expected one for each of 2"):
        discrimination([0, 1], [[0.1], [0.2]])
