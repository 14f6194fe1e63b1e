"""Backtests of panels: windows 3 to 14 months ahead, from covered counts of the past alone, whatever the future was."""

import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from analysis import event_panel
from analysis.forecast import (
    AllZero,
    Conflictology,
    GlobalBootstrap,
    LaggedCounts,
    LastPoisson,
    PanelModel,
    backtest,
    pit,
    scores,
)

BASELINES = ["all zero", "last 12 periods", "last count, Poisson", "all places' last 12 periods"]
AHEAD = np.arange(3, 15)


def panel(places: int = 8, months: int = 76, seed: int = 0, spread: float = 2.0) -> pd.DataFrame:
    """Counts of places whose levels differ by `spread` (on the log scale) and stay."""
    rng = default_rng(seed)
    means = np.exp(rng.normal(-0.5, spread, places)).clip(max=50)
    counts = rng.negative_binomial(0.7, 0.7 / (0.7 + means[:, None]), (places, months))
    names = [f"C{code:02d}" for code in range(places)]
    index = pd.MultiIndex.from_product(
        [names, pd.period_range("2010-01", periods=months, freq="M")], names=["country", "period"]
    )
    return pd.DataFrame({"events": pd.array(counts.ravel(), dtype="Int64")}, index=index)


def quick(frame: pd.DataFrame, **options: object) -> object:
    return backtest(frame, "events", **({"draws": 50, "resamples": 200} | options))


# Windows ------------------------------------------------------------------------------------------------------------


def test_windows_are_3_to_14_months_after_what_is_known_and_end_with_the_panel() -> None:
    found = quick(panel())
    rows = found.of("all zero")
    gap = [(row.period - row.trained_to).n for row in rows.itertuples()]
    assert gap == rows["ahead"].tolist()
    assert (rows["ahead"].min(), rows["ahead"].max()) == (3, 14)
    assert rows["trained_to"].unique().astype(str).tolist() == ["2013-02", "2014-02", "2015-02"]
    assert rows["period"].max() == pd.Period("2016-04", "M")
    assert found.trained == (38, 62)
    assert found.n == 8 * 12 * 3


def test_other_windows() -> None:
    rows = quick(panel(), ahead=(1, 2), every=6, minimum=60).of("all zero")
    assert sorted(rows["ahead"].unique()) == [1, 2]
    assert len(rows["trained_to"].unique()) == 3


@settings(max_examples=4)
@given(st.integers(0, 20))
def test_changing_the_future_changes_no_forecast(seed: int) -> None:
    frame = panel(5, 64, seed)
    first = quick(frame).forecasts["trained_to"].min()
    changed = frame.copy()
    later = changed.index.get_level_values("period") > first
    changed.loc[later, "events"] = default_rng(seed).poisson(9, later.sum())
    columns = ["model", "country", "period", "mean", "probability"]
    one, other = (quick(table).forecasts for table in (frame, changed))
    pd.testing.assert_frame_equal(
        *(made.loc[made["trained_to"] == first, columns].reset_index(drop=True) for made in (one, other))
    )


def test_changing_the_past_changes_what_leans_on_it() -> None:
    frame = panel(seed=1)
    changed = frame.assign(events=frame["events"] + 5)
    one, other = quick(frame), quick(changed)
    assert other.scores["crps"]["all zero"] == pytest.approx(one.scores["crps"]["all zero"] + 5)
    for model in (*BASELINES[1:], "lagged counts"):
        assert other.of(model)["mean"].mean() == pytest.approx(one.of(model)["mean"].mean() + 5, rel=0.15)


def test_order_of_rows_and_of_models_does_not_matter_and_the_seed_does() -> None:
    frame = panel()
    one = quick(frame, models=[LaggedCounts(), Conflictology(6, "last 6")])
    other = quick(frame.sample(frac=1, random_state=0), models=[Conflictology(6, "last 6"), LaggedCounts()])
    pd.testing.assert_frame_equal(one.scores.sort_index(), other.scores.sort_index())
    assert not one.scores["crps"].equals(quick(frame, seed=1).scores["crps"])


def test_streaming_in_parts_covers_every_place_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = quick(panel())
    monkeypatch.setattr("analysis.forecast.rolling_panel.DRAWS_AT_ONCE", 12 * 50 * 3)
    parts = quick(panel())
    keys = ["country", "period", "model", "outcome"]
    pd.testing.assert_frame_equal(whole.forecasts[keys], parts.forecasts[keys])
    assert parts.scores["crps"].to_numpy() == pytest.approx(whole.scores["crps"].to_numpy(), rel=0.2)
    assert parts.scores.loc["all zero"].equals(whole.scores.loc["all zero"])


# Baselines by hand --------------------------------------------------------------------------------------------------


def draws_of(model: object, past: list[list[float]], draws: int = 4000) -> np.ndarray:
    counts = np.array(past, dtype="float64")
    return model.fit(counts, AHEAD).draw(np.arange(len(counts)), AHEAD[:2], draws, default_rng(0))


def test_all_zero_draws_zeros() -> None:
    assert not draws_of(AllZero(), [[5, 5]]).any()


def test_conflictology_draws_the_places_own_covered_last_year() -> None:
    past = [[9] * 3 + [0] * 6 + [4] * 6, [7, *[np.nan] * 11, 2, 2, 2]]
    drawn = draws_of(Conflictology(), past)
    assert set(np.unique(drawn[0])) == {0, 4}
    assert drawn[0].mean() == pytest.approx(2, abs=0.1)
    assert set(np.unique(drawn[1])) == {2}


def test_place_without_a_covered_period_draws_from_all() -> None:
    past = [[1.0] * 12, [np.nan] * 12, [3.0] * 12]
    fitted = Conflictology().fit(np.array(past), AHEAD)
    drawn = fitted.draw(np.array([1]), AHEAD, 500, default_rng(0))
    assert set(np.unique(drawn)) == {1, 3}
    assert fitted.note.startswith("1 place without a covered period")


def test_global_bootstrap_draws_from_everybodys_last_year() -> None:
    drawn = draws_of(GlobalBootstrap(), [[50, *[0] * 12], [50, *[8] * 12]])
    assert set(np.unique(drawn)) == {0, 8}
    assert drawn[0].mean() == pytest.approx(drawn[1].mean(), abs=0.2)


def test_last_poisson_stands_on_the_last_covered_count() -> None:
    drawn = draws_of(LastPoisson(), [[1, 6, np.nan], [np.nan] * 3, [0, 0, 0]])
    assert drawn.mean(axis=(1, 2)) == pytest.approx([6, 0, 0], abs=0.1)
    assert drawn[0].var() == pytest.approx(6, rel=0.1)


def test_units_are_drawn_as_asked() -> None:
    fitted = LastPoisson().fit(np.array([[0.0], [100.0]]), AHEAD)
    assert fitted.draw(np.array([1, 0]), AHEAD, 20, default_rng(0)).mean(axis=(1, 2)).round(-2).tolist() == [100, 0]


# The regression -----------------------------------------------------------------------------------------------------


def test_regression_beats_every_baseline_where_places_differ_and_stay() -> None:
    found = quick(panel(40, 120, seed=3), draws=100)
    assert found.verdict["lagged counts"] == "better than the baseline"
    assert 0.8 < found.scores.loc["lagged counts", "coverage"] <= 1


def test_regression_is_not_called_better_where_all_places_are_alike() -> None:
    verdicts = [quick(panel(20, 100, seed, spread=0)).verdict.item() for seed in range(8)]
    assert verdicts.count("better than the baseline") <= 1


def test_regression_without_events_forecasts_none_and_says_so() -> None:
    frame = panel().assign(events=0)
    found = quick(frame)
    assert found.scores["crps"].eq(0).all()
    assert "no event in the past to learn from: all zero" in found.summary()
    assert "An event came in none of" in found.summary()
    assert found.verdict.item() == "the same forecasts as the baseline"


def test_draws_stay_within_twice_the_largest_count_seen_on_average() -> None:
    past = np.concatenate([np.zeros((5, 80)), default_rng(0).poisson(3, (5, 80))]).astype("float64")
    past[9, -3:] = 400
    drawn = LaggedCounts().fit(past, AHEAD).draw(np.arange(10), AHEAD, 500, default_rng(1))
    assert drawn.mean(axis=(1, 2)).max() < 900


# Not covered --------------------------------------------------------------------------------------------------------


def test_cells_that_are_not_covered_are_not_scored_and_are_counted() -> None:
    frame = panel()
    hole = pd.IndexSlice["C03", pd.Period("2015-05", "M") : pd.Period("2015-12", "M")]
    frame.loc[hole, "events"] = pd.NA
    found = quick(frame)
    assert found.n == 8 * 12 * 3 - 8
    assert len(found.dropped) == 8
    assert set(found.dropped["country"]) == {"C03"}
    assert "Not forecast for missing cells: 8 rows (events: 8 used for nothing)" in found.summary()


def test_missing_is_not_zero_in_the_past() -> None:
    frame = panel(2, 60).assign(events=5)
    frame.loc[pd.IndexSlice["C00", : pd.Period("2013-06", "M")], "events"] = pd.NA
    found = quick(frame)
    assert (found.of("last 12 periods")["mean"] == 5).all()


def test_panel_of_event_panel_is_read_as_it_is() -> None:
    events = pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in range(300)],
            "date": pd.date_range("2019-01-01", periods=300, freq="6D").strftime("%Y-%m-%d"),
            "event_type": "Protests",
            "country_iso3": ["KGZ", "KAZ", "UZB"] * 100,
        }
    )
    months = event_panel(events, by="country", freq="M", coverage=("2019-01-01", "2023-12-31"))
    found = quick(months)
    assert found.countries == 3
    assert found.verdict.item() == "cannot be told from the baseline by these rows", "three countries are too few"
    alone = event_panel(events, by=(), freq="M", coverage=("2019-01-01", "2023-12-31"))
    assert quick(alone).countries == 1


def test_scores_are_those_of_the_draws() -> None:
    class Fixed:
        name, note = "fixed", ""

        def fit(self, past: np.ndarray, ahead: np.ndarray) -> "Fixed":
            return self

        def draw(self, units: np.ndarray, ahead: np.ndarray, draws: int, rng: object) -> np.ndarray:
            return np.broadcast_to(np.array([0, 1, 2, 9], dtype="int32"), (len(units), len(ahead), 4))

    assert isinstance(Fixed(), PanelModel)
    found = quick(panel(), models=[Fixed()]).of("fixed")
    expected = scores(found["outcome"], np.tile([0, 1, 2, 9], (len(found), 1)))
    pd.testing.assert_frame_equal(found[expected.columns], expected)
    assert (found["mean"] == 3).all()
    whole = quick(panel(), models=[Fixed()])
    by_hand = pit(found["outcome"], np.tile([0, 1, 2, 9], (len(found), 1)), bins=5)
    pd.testing.assert_frame_equal(whole.pit("fixed", bins=5), by_hand)
    assert (found["probability"] == 0.75).all()


def test_last_poisson_is_scored_on_the_draws_of_its_seed() -> None:
    """The draws made again from the seed, and CRPS = mean|x - y| - mean|x - x'| / 2 over all pairs."""
    frame = panel(places=3, months=50)
    rows = quick(frame, seed=7, draws=40).of("last count, Poisson")
    wide = frame["events"].unstack("period").to_numpy(dtype="float64")
    known = wide.shape[1] - 14
    rng = default_rng([7, known, zlib.crc32(b"last count, Poisson")])
    drawn = rng.poisson(wide[:, known - 1, None, None], (3, 12, 40))
    happened = wide[:, known + 2 :]
    pairs = np.abs(drawn[..., :, None] - drawn[..., None, :]).mean((-1, -2))
    np.testing.assert_allclose(rows["crps"], (np.abs(drawn - happened[..., None]).mean(-1) - pairs / 2).ravel())
    assert rows["trained_to"].unique().astype(str).tolist() == ["2012-12"]
    assert rows["period"].min() == pd.Period("2013-03", "M")


@pytest.mark.parametrize("order", [["event_type", "country", "period"], ["country", "event_type", "period"]])
def test_countries_are_resampled_wherever_they_stand_in_the_index(order: list[str]) -> None:
    both = pd.concat({"Protests": panel(), "Riots": panel(seed=1)}, names=["event_type"])
    assert quick(both.reorder_levels(order)).countries == 8
    regions = both.rename_axis(index={"country": "admin1"})
    assert quick(regions).countries == 8


# Refused ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda frame: frame, {"predictors": ["x"]}, "predictors are for cases"),
        (lambda frame: frame, {"models": [3]}, "3 is no model of a panel"),
        (lambda frame: frame, {"models": [AllZero()]}, "two models are called 'all zero'"),
        (lambda frame: frame, {"ahead": (0, 3)}, "ahead = "),
        (lambda frame: frame, {"ahead": 3}, "ahead = 3: expected the first and the last period"),
        (lambda frame: frame, {"every": 0}, "every = 0, draws = 50: expected 1 or more of each"),
        (lambda frame: frame, {"draws": 0}, "draws = 0: expected 1 or more of each"),
        (lambda frame: frame, {"minimum": 70}, "76 periods; 70 to learn from and 14 ahead are 84"),
        (lambda frame: frame.assign(events=-1), {}, "expected counts, 0 or more"),
        (lambda frame: frame.assign(events=0.5), {}, "expected counts, 0 or more"),
        (lambda frame: pd.concat([frame, frame.head(1)]), {}, "There twice: 1 cell "),
        (lambda frame: frame.rename(columns={"events": "event"}), {}, "did you mean event"),
        (lambda frame: frame.assign(events=pd.NA), {}, "is covered: there is nothing to score"),
        (
            lambda frame: frame.reset_index().assign(period="2010").set_index(["country", "period"]),
            {},
            "holds no periods",
        ),
    ],
)
def test_refusals(change: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quick(change(panel()), **options)
