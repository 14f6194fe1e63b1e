"""Backtests of cases: nothing of the future is used, noise is not called skill, and odd tables get an answer."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.special import expit

from analysis import DataError, load_cases
from analysis.forecast import BaseRate, CaseModel, FirthLogit, LastObservation, RecentBaseRate, RegionBaseRate, backtest

BASELINES = ["base rate", "recent base rate", "region base rate", "last observation"]
NIGHT = ["disputed", "official_margin_pct"]
EASY = {"date": "day", "unit": "land", "region": "area"}


def table(n: int = 60, seed: int = 0, strength: float = 0.0, lands: int = 20, votes: int = 4) -> pd.DataFrame:
    """Cases of `lands` countries, `votes` on every polling day a year apart; x moves the odds by `strength`."""
    rng = default_rng(seed)
    x = rng.normal(size=(n, 3))
    return pd.DataFrame(
        {
            "land": rng.choice([f"L{code:02d}" for code in range(lands)], n),
            "area": rng.choice(["north", "south"], n),
            "day": pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(n) // votes * 366, unit="D"),
            "x": x[:, 0],
            "second": x[:, 1],
            "third": x[:, 2],
            "happened": rng.random(n) < expit(-0.4 + strength * x[:, 0]),
        }
    )


def quick(frame: pd.DataFrame, predictors: list[str] = ("x",), **options: object) -> object:
    return backtest(frame, "happened", predictors=predictors, **(EASY | {"resamples": 200} | options))


def forecast_of(found: object, model: str) -> pd.Series:
    return found.of(model).set_index("row")["probability"].sort_index()


# Only the past ------------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(st.integers(22, 59), st.integers(0, 30))
def test_changing_the_future_changes_no_forecast(first: int, seed: int) -> None:
    frame, rng = table(seed=seed, strength=1.0), default_rng(seed)
    day = frame["day"].iloc[first]
    unknown = frame["day"] > day - pd.Timedelta(days=365)
    changed = frame.assign(happened=frame["happened"] ^ unknown)
    later = frame["day"] > day
    changed.loc[later, ["x", "second"]] = rng.normal(size=(later.sum(), 2))
    changed.loc[later, ["land", "area"]] = "elsewhere"
    one, other = quick(frame, ["x", "second"]), quick(changed, ["x", "second"])
    until = frame.index[frame["day"] <= day]
    for model in (*BASELINES, "Firth logit"):
        pd.testing.assert_series_equal(
            forecast_of(one, model).reindex(until), forecast_of(other, model).reindex(until), rtol=1e-12
        )


def test_changing_what_is_known_does_change_forecasts() -> None:
    frame = table(strength=1.0)
    changed = frame.assign(happened=frame["happened"] ^ (frame.index < 10))
    for model in (*BASELINES[:1], "Firth logit"):
        assert not np.allclose(forecast_of(quick(frame), model), forecast_of(quick(changed), model))


def test_outcome_of_eight_months_ago_is_not_known_yet() -> None:
    """Cases 240 days apart: with 365 days to know, the last one is left out; with 200, it is used."""
    days = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(30) * 240, unit="D")
    frame = table(30).assign(day=days)
    slow = quick(frame, minimum=10).of("base rate")["trained_on"]
    fast = quick(frame, minimum=10, outcome_known_after_days=200).of("base rate")["trained_on"]
    assert slow.to_list() == list(range(10, 29))
    assert fast.to_list() == list(range(10, 30))


def test_case_known_to_the_day_is_used() -> None:
    frame = table(6).assign(day=pd.to_datetime(["2001-01-01"] * 3 + ["2002-01-01"] * 3))
    assert set(quick(frame, (), minimum=3).forecasts["trained_on"]) == {3}
    with pytest.raises(ValueError, match="3 cases must be known, that is 366 days"):
        quick(frame, (), minimum=3, outcome_known_after_days=366)


def test_case_is_never_in_its_own_past_even_if_outcomes_are_known_at_once() -> None:
    """By hand: 5 votes on 4 days. Before the third day 2 cases were known, 1 of them an event: (1 + 1/2) / 3."""
    frame = pd.DataFrame(
        {
            "land": ["A", "B", "C", "A", "B"],
            "area": "north",
            "day": pd.to_datetime(["2000-01-01", "2000-06-01", "2001-01-01", "2001-01-01", "2002-01-01"]),
            "happened": [1, 0, 0, 0, 1],
        }
    )
    found = quick(frame, (), minimum=1, outcome_known_after_days=0)
    base = found.of("base rate")
    assert base["trained_on"].tolist() == [1, 2, 2, 4]
    np.testing.assert_allclose(base["probability"], [1.5 / 2, 1.5 / 3, 1.5 / 3, 1.5 / 5])
    np.testing.assert_allclose(base["brier"], [0.75**2, 0.5**2, 0.5**2, 0.7**2])
    last = found.of("last observation").set_index("row")["probability"]
    np.testing.assert_allclose(last[[1, 2, 3, 4]], [0.75, 0.5, 1.0, 0.0])


def test_models_see_no_outcome_and_no_other_column() -> None:
    seen = []

    class Spy:
        name, columns, note = "spy", ("x",), ""

        def fit(self, past: pd.DataFrame, outcome: pd.Series) -> "Spy":
            seen.extend(past.columns)
            return self

        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            seen.extend(rows.columns)
            return np.full(len(rows), 0.5)

    assert isinstance(Spy(), CaseModel)
    found = backtest(table(), "happened", [Spy()], **EASY)
    assert set(seen) == {"unit", "region", "date", "x"}
    assert found.scores.loc["spy", "brier"] == 0.25


@pytest.mark.parametrize("leak", ["security_defection", "mass_protest", "days_to_exit"])
def test_leak_is_refused_with_the_reason_and_allowed_by_name(leak: str) -> None:
    cases = load_cases()
    with pytest.raises(ValueError, match=f"{leak} is known only with the .*, so it cannot"):
        backtest(cases, "incumbent_exit", predictors=[*NIGHT, leak])
    if leak == "security_defection":
        allowed = backtest(cases, "incumbent_exit", predictors=[leak], allow=[leak])
        assert allowed.verdict["Firth logit"] == "better than the baseline", "that is what a leak looks like"


def test_outcome_is_no_predictor_of_itself() -> None:
    with pytest.raises(ValueError, match="happened is what is forecast"):
        quick(table(), ["happened"])


# Baselines by hand --------------------------------------------------------------------------------------------------


def small() -> tuple[pd.DataFrame, pd.Series]:
    past = pd.DataFrame(
        {
            "unit": list("AABBC"),
            "region": ["n", "n", "n", "s", "s"],
            "date": pd.to_datetime(["2001-01-01", "2003-01-01", "2002-01-01", "2002-01-01", "2002-01-01"]),
        }
    )
    return past, pd.Series([0.0, 1.0, 1.0, 0.0, 0.0])


def test_baselines_by_hand() -> None:
    past, outcome = small()
    rows = pd.DataFrame({"unit": ["A", "B", "Z"], "region": ["n", "s", None], "date": pd.Timestamp("2010-01-01")})
    base = 2.5 / 6
    assert BaseRate().fit(past, outcome).predict(rows).tolist() == pytest.approx([base] * 3)
    assert RecentBaseRate(cases=1).fit(past, outcome).predict(rows).tolist() == pytest.approx([0.75] * 3)
    north, south = (2 + 5 * base) / 8, (0 + 5 * base) / 7
    assert RegionBaseRate().fit(past, outcome).predict(rows).tolist() == pytest.approx([north, south, base])
    assert LastObservation().fit(past, outcome).predict(rows).tolist() == pytest.approx([1, 0.5, base])


def test_baselines_are_always_there_and_all_forecast_the_same_rows() -> None:
    found = quick(table())
    assert found.scores.index.tolist() == [*BASELINES, "Firth logit"]
    assert found.scores["baseline"].tolist() == [True] * 4 + [False]
    rows = [found.of(model)["row"].tolist() for model in found.scores.index]
    assert all(listed == rows[0] for listed in rows)
    assert backtest(table(), "happened", **EASY).summary().count("nothing is claimed") == 1


def test_probabilities_have_no_pit() -> None:
    with pytest.raises(ValueError, match="have no PIT"):
        quick(table()).pit("base rate")


def test_scores_and_skill_are_those_of_the_forecasts() -> None:
    found = quick(table(strength=2))
    ours, rival = found.of("Firth logit"), found.of(found.best_baseline)
    assert ((ours["probability"] - ours["outcome"]) ** 2).mean() == pytest.approx(found.scores["brier"]["Firth logit"])
    assert found.scores.loc[BASELINES, "brier"].min() == rival["brier"].mean()
    assert found.skill["skill"]["Firth logit"] == pytest.approx(1 - ours["brier"].mean() / rival["brier"].mean())
    saved = found.saved.loc["Firth logit"]
    assert saved["brier"] == pytest.approx(rival["brier"].mean() - ours["brier"].mean())
    assert saved["brier"] == pytest.approx(saved["by_reliability"] + saved["by_resolution"])


# Firth logit --------------------------------------------------------------------------------------------------------


def test_firth_logit_averages_the_share_of_events_in_its_past() -> None:
    frame = table(50, strength=2)
    outcome = frame["happened"].astype("float64")
    fitted = FirthLogit(["x", "second"]).fit(frame, outcome)
    assert fitted.predict(frame).mean() == pytest.approx(outcome.mean())


def test_firth_logit_does_not_care_about_units_constants_and_copies() -> None:
    frame = table(50, strength=1)
    outcome = frame["happened"].astype("float64")
    plain = FirthLogit(["x"]).fit(frame, outcome).predict(frame)
    odd = frame.assign(x=1000 * frame["x"] + 5, same=3.0, copy=frame["x"], word="w")
    assert FirthLogit(["x", "same", "copy", "word"]).fit(odd, outcome).predict(odd) == pytest.approx(plain, abs=1e-6)


def test_level_not_seen_in_the_past_counts_as_the_most_common() -> None:
    frame = pd.DataFrame({"word": ["a"] * 6 + ["b"] * 4})
    outcome = pd.Series([0.0, 0, 0, 0, 1, 0, 1, 1, 0, 1])
    fitted = FirthLogit("word").fit(frame, outcome)
    new, common, other = fitted.predict(pd.DataFrame({"word": ["new", "a", "b"]}))
    assert new == common < other


def test_separating_column_has_finite_forecasts() -> None:
    frame = table().assign(x=lambda rows: rows["happened"].astype("float64"))
    found = quick(frame)
    assert found.of("Firth logit")["probability"].between(0.001, 0.999).all()
    assert found.verdict["Firth logit"] == "better than the baseline"


def test_logit_without_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="without predictors is the base rate"):
        FirthLogit([])


# Simulated truth ----------------------------------------------------------------------------------------------------


def test_uninformative_columns_are_not_called_better() -> None:
    """Of 1,000 tables of 100 cases with 3 columns of noise, 1 logit was called better and 133 worse; here of 50."""
    verdicts = [
        quick(table(100, seed, lands=40, votes=10), ["x", "second", "third"]).verdict.item() for seed in range(50)
    ]
    assert sum(verdict == "better than the baseline" for verdict in verdicts) <= 4
    assert sum(verdict == "not distinguishable from the baseline" for verdict in verdicts) >= 20


def test_informative_column_is_found() -> None:
    found = [quick(table(150, seed, strength=2.0, lands=40, votes=10)) for seed in range(8)]
    assert sum(one.verdict.item() == "better than the baseline" for one in found) >= 7
    assert all(one.saved["by_resolution"]["Firth logit"] > 0.02 for one in found)


# Odd tables ---------------------------------------------------------------------------------------------------------


def test_order_of_rows_does_not_matter() -> None:
    frame = table(strength=1)
    one, other = quick(frame), quick(frame.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.forecasts, other.forecasts)
    assert one.summary() == other.summary()


def test_frame_is_not_changed() -> None:
    frame = table()
    before = frame.copy(deep=True)
    quick(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_duplicate_rows_are_refused_in_words() -> None:
    frame = table()
    with pytest.raises(ValueError, match="Repeating another: 2 rows"):
        quick(pd.concat([frame, frame.head(2)]))
    cases = load_cases()
    with pytest.raises(ValueError, match="Repeating another: 1 row "):
        backtest(pd.concat([cases, cases.head(1)]), "mass_protest")


def test_constant_column_alone_forecasts_the_base_rate_and_says_so() -> None:
    found = quick(table().assign(x=1.0))
    assert forecast_of(found, "Firth logit").equals(forecast_of(found, "base rate"))
    assert found.notes["note"].tolist() == ["no column varies in the past, or too few rows: base rate"]
    assert f"Firth logit, in {found.n} forecasts: no column varies" in found.summary()


@pytest.mark.parametrize("events", [0, 1, 60])
def test_few_or_only_events(events: int) -> None:
    frame = table().assign(happened=lambda rows: rows.index >= len(rows) - events)
    found = quick(frame)
    assert found.events == min(events, found.n)
    assert np.isfinite(found.scores["brier"]).all()
    assert found.verdict.item() != "better than the baseline"
    alike = f"An event came in {'all' if events else 'none'} of" in found.summary()
    assert alike == (events != 1)
    if events == 0:
        assert "all outcomes of the past are alike: base rate" in found.summary()
        assert np.isnan(found.scores["average_precision"]).all()


def test_column_without_any_cell_is_named() -> None:
    with pytest.raises(ValueError, match="every one of the 60 rows misses a cell, so none can be forecast: x in 60"):
        quick(table().assign(x=np.nan))
    with pytest.raises(ValueError, match="no row has happened, day and land"):
        quick(table().assign(happened=pd.array([None] * 60, dtype="boolean")))


def test_missing_cells_are_counted_and_their_rows_still_teach_the_base_rate() -> None:
    frame = table().astype({"happened": "boolean"})
    frame.loc[[0, 30], "x"] = np.nan
    frame.loc[31, "happened"] = pd.NA
    frame.loc[32, "land"] = None
    found = quick(frame)
    gaps = found.dropped.set_index("row")
    assert gaps["missing"].to_dict() == {0: "x", 30: "x", 31: "outcome", 32: "unit"}
    assert gaps["used"].to_dict() == {0: "for training", 30: "for training", 31: "for nothing", 32: "for nothing"}
    assert not {30, 31, 32} & set(found.forecasts["row"])
    known = frame["day"] <= frame["day"].iloc[56] - pd.Timedelta(days=365)
    assert found.of("base rate")["trained_on"].iloc[-1] == known.sum() - 2
    assert "Not forecast for missing cells: 4 rows (outcome: 1 used for nothing" in found.summary()


def test_one_country_is_scored_but_not_judged() -> None:
    found = quick(table(lands=1, strength=2))
    assert found.countries == 1
    assert found.verdict.item() == "cannot be told from the baseline by these rows"
    assert "intervals are rough or cannot be had" in found.summary()
    assert found.skill["skill_low"].drop(found.best_baseline).isna().all()


def test_too_few_cases_are_said() -> None:
    with pytest.raises(ValueError, match="20 cases must be known"):
        quick(table(12))
    assert quick(table(30)).untested == 20


def test_certain_and_wrong_baseline_has_an_infinite_log_score() -> None:
    found = quick(table(strength=1), score="log_score")
    assert np.isinf(found.scores["log_score"]["last observation"])
    assert found.best_baseline != "last observation"
    assert found.skill["verdict"]["last observation"] == "worse"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outcome": "hapened"}, "did you mean happened"),
        ({"date": "land"}, "expected dates"),
        ({"score": "accuracy"}, "unknown score"),
        ({"level": 95}, "level must be"),
        ({"resamples": 1}, "1 resamples"),
        ({"event": 0}, "everything would be one"),
        ({"minimum": 0}, "a past of 1 or more"),
        ({"outcome_known_after_days": -1}, "no outcome is known before"),
        ({"models": [BaseRate()]}, "two models are called 'base rate'"),
        ({"models": [7]}, "7 is no model of cases"),
        ({"predictors": ["unit"]}, "unknown column"),
    ],
)
def test_refusals(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        backtest(table(), **({"outcome": "happened"} | EASY | options))


def test_days_with_a_time_zone_are_refused_in_words() -> None:
    frame = table()
    with pytest.raises(ValueError, match="day has a time zone; expected days"):
        quick(frame.assign(day=frame["day"].dt.tz_localize("Asia/Bishkek")))


def test_column_named_as_ours_and_outcome_of_text_are_refused() -> None:
    with pytest.raises(ValueError, match="may not be called unit"):
        quick(table().assign(unit=1.0), ["unit"])
    with pytest.raises(DataError, match="happened"):
        quick(table().assign(happened="yes"))
    with pytest.raises(ValueError, match="no rows"):
        backtest(pd.DataFrame(), "happened")


def test_model_that_returns_the_wrong_shape_is_named() -> None:
    class Short:
        name, columns, note = "short", (), ""

        def fit(self, past: pd.DataFrame, outcome: pd.Series) -> "Short":
            return self

        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            return np.array([0.5])

    with pytest.raises(ValueError, match=r"short returned shape \(1,\) for 4 rows"):
        backtest(table(), "happened", [Short()], **EASY)


# The bundled cases --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exits() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return backtest(load_cases(), "incumbent_exit", predictors=NIGHT)


def test_cases_carry_their_caveat_and_accounts(exits: object) -> None:
    text = exits.summary()
    assert "chosen looking back" in text
    assert "Not forecast for missing cells: 16 rows (official_margin_pct: 16 used for training)" in text
    assert exits.n + exits.untested + len(exits.dropped) == len(load_cases())
    assert exits.forecasts["date"].is_monotonic_increasing or exits.of("base rate")["date"].is_monotonic_increasing


def test_falling_rate_makes_the_old_base_rate_easy_to_beat(exits: object) -> None:
    """Against the plain base rate alone the logit would look skilled; the recent base rate takes that away."""
    old = exits.scores.loc["base rate"]
    assert exits.best_baseline == "recent base rate"
    assert old["brier"] > 1.15 * exits.scores["brier"]["recent base rate"]
    assert exits.verdict.item() == "not distinguishable from the baseline"


def test_deaths_are_an_event_of_one_or_more() -> None:
    cases = load_cases()
    found = backtest(cases, "deaths_low")
    tested = cases.loc[found.of("base rate")["row"], "deaths_low"]
    assert (found.of("base rate")["outcome"].to_numpy() == (tested >= 1).to_numpy()).all()
    assert found.dropped["missing"].tolist() == ["outcome", "outcome"]
