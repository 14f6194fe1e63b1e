"""Interrupted series: Sicily as published, statsmodels and hand-worked cases, simulated truth, and what is refused."""

import pathlib
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from statsmodels.genmod.families import NegativeBinomial, Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis import DataError, event_panel, load_events
from analysis.dynamics import interrupted, leave_one_out
from analysis.tables import load_table

CALM = [1, 0, 2, 1, 1, 0, 3, 1, 2, 1, 0, 2, 1, 1, 2]
LOUD = [9, 7, 11, 6, 8, 10, 7, 9, 8, 7]


def days(values: object, start: str = "2020-09-20") -> pd.Series:
    return pd.Series(values, index=pd.period_range(start, periods=len(values), freq="D"))


@pytest.fixture
def sicily(shared: pathlib.Path) -> pd.DataFrame:
    frame = pd.read_csv(shared / "reference/sicily_its.csv")
    return frame.set_index(pd.PeriodIndex.from_fields(year=frame["year"], month=frame["month"], freq="M")).assign(
        events=frame["aces"].to_numpy(), log_population=np.log(frame["stdpop"].to_numpy())
    )


# Published ----------------------------------------------------------------------------------------------------------


def test_sicily_as_published(sicily: pd.DataFrame, shared: pathlib.Path) -> None:
    published = pd.read_csv(shared / "reference/expected.csv").query("id == 'A3'").set_index("quantity")
    step = interrupted(sicily, "2005-01", family="poisson", slopes=False, offset="log_population")
    rhythm = interrupted(sicily, "2005-01", slopes=False, offset="log_population", harmonics=2)
    ours = {
        "IRR smoking ban": step.effects["rate_ratio"].item(),
        "IRR CI low": step.effects["low"].item(),
        "IRR CI high": step.effects["high"].item(),
        "quasi-Poisson dispersion": step.dispersion,
        "harmonic IRR": rhythm.effects["rate_ratio"].item(),
        "harmonic quasi CI low": rhythm.effects["low"].item(),
        "harmonic quasi CI high": rhythm.effects["high"].item(),
        "time coef": step.params["trend"],
    }
    assert set(ours) == set(published.index)
    for quantity, value in ours.items():
        row = published.loc[quantity]
        assert value == pytest.approx(float(row["expected"]), abs=float(row["tolerance"])), quantity
    assert 'use family="quasipoisson"' in step.summary()
    assert 'use family="quasipoisson"' not in rhythm.summary()


# By hand, and by statsmodels ----------------------------------------------------------------------------------------


def test_two_levels_by_hand() -> None:
    found = interrupted(days([2, 4, 3, 3, 6, 10, 8, 8]), "2020-09-24", family="poisson", slopes=False, trend=False)
    row = found.effects.iloc[0]
    error = np.sqrt(1 / 12 + 1 / 32)
    assert (row["break"], row["term"]) == (pd.Period("2020-09-24", "D"), "level")
    assert [row["rate_ratio"], row["low"], row["high"]] == pytest.approx(
        [8 / 3, 8 / 3 * np.exp(-1.959964 * error), 8 / 3 * np.exp(1.959964 * error)]
    )
    assert found.dispersion == pytest.approx((2 / 3 + 8 / 8) / 6)
    assert found.path["expected"].to_numpy() == pytest.approx([3] * 8)
    assert found.path["fitted"].to_numpy() == pytest.approx([3] * 4 + [8] * 4)
    assert found.excess["excess"].to_numpy() == pytest.approx([3, 7, 5, 5])
    assert found.excess["cumulative"].to_numpy() == pytest.approx([3, 10, 15, 20])


def columns_by_hand(n: int, place: int, cycle: int) -> np.ndarray:
    time = np.arange(n)
    after = time >= place
    waves = [wave(2 * np.pi * time / cycle) for wave in (np.sin, np.cos)]
    return np.column_stack([np.ones(n), time + 1, after, after * (time - place), *waves])


@pytest.mark.parametrize("errors", ["classical", "hac"])
@pytest.mark.parametrize("family", ["poisson", "quasipoisson", "negbin"])
def test_coefficients_and_errors_are_those_of_statsmodels(family: str, errors: str) -> None:
    counts = default_rng(1).negative_binomial(2, 0.3, 80)
    found = interrupted(days(counts), "2020-10-30", family=family, errors=errors, harmonics=1)
    law = NegativeBinomial(alpha=found.alpha) if family == "negbin" else Poisson()
    model = GLM(counts, columns_by_hand(80, 40, 7), family=law)
    theirs = {"scale": "X2"} if family == "quasipoisson" else {}
    if errors == "hac":
        theirs = {"cov_type": "HAC", "cov_kwds": {"maxlags": 3, "use_correction": True}}
    fit = model.fit(**theirs)
    assert found.lags == (3 if errors == "hac" else 0)
    assert found.params.to_numpy() == pytest.approx(fit.params, rel=1e-6)
    assert found.bse.to_numpy() == pytest.approx(fit.bse, rel=1e-4)
    assert found.dispersion == pytest.approx(fit.pearson_chi2 / fit.df_resid, rel=1e-6)
    assert (found.alpha > 0) == (family == "negbin")


def test_slope_is_the_change_of_growth_after_the_break() -> None:
    time = np.arange(40)
    rate = np.exp(3 + 0.02 * time + (time >= 20) * (0.5 - 0.05 * (time - 20)))
    found = interrupted(days(np.round(rate * 1000)), "2020-10-10")
    ratios = found.effects.set_index("term")["rate_ratio"]
    assert (ratios["level"], ratios["slope"]) == pytest.approx((np.exp(0.5), np.exp(-0.05)), rel=1e-3)
    assert found.path["expected"].to_numpy() == pytest.approx(1000 * np.exp(3 + 0.02 * time), rel=1e-3)


def test_two_breaks_one_day_apart_have_a_ratio_each() -> None:
    found = interrupted(days([*CALM, 5, *LOUD]), ["2020-10-06", "2020-10-05"], slopes=False, trend=False)
    before, after = np.mean(CALM), np.mean(LOUD)
    assert found.effects["rate_ratio"].to_numpy() == pytest.approx([5 / before, after / 5])
    assert "A single period from 2020-10-05 is fitted exactly: its ratio is one count's." in found.summary()
    hac = interrupted(days([*CALM, 5, *LOUD]), ["2020-10-05", "2020-10-06"], slopes=False, trend=False, errors="hac")
    assert "Its HAC error is too small" in hac.summary()


def test_slopes_may_be_those_of_some_dates() -> None:
    series = days([*CALM, 5, *LOUD])
    found = interrupted(series, ["2020-10-05", "2020-10-06"], slopes=["2020-10-06"], trend=False)
    assert found.effects[["break", "term"]].astype(str).to_numpy().tolist() == [
        ["2020-10-05", "level"],
        ["2020-10-06", "level"],
        ["2020-10-06", "slope"],
    ]
    with pytest.raises(ValueError, match="slopes names 2020-10-07, which is no break"):
        interrupted(series, "2020-10-05", slopes=["2020-10-07"])


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_exposure_scales_rates_and_not_ratios(seed: int, factor: int) -> None:
    series = days(default_rng(seed).poisson(np.repeat([3, 6], 15)) + 1)
    plain = interrupted(series, "2020-10-05", trend=False, slopes=False)
    scaled = interrupted(series, "2020-10-05", trend=False, slopes=False, offset=np.full(30, np.log(factor)))
    pd.testing.assert_frame_equal(plain.effects, scaled.effects, rtol=1e-5, atol=1e-12)
    assert scaled.path["expected"].to_numpy() == pytest.approx(plain.path["expected"].to_numpy(), rel=1e-6)


# Simulated truth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "times"), [("quasipoisson", 60), ("negbin", 30)])
def test_intervals_cover_the_truth_and_the_counts_without_the_break(family: str, times: int) -> None:
    rng = default_rng(15)
    time, truth = np.arange(60), (np.log(2.0), 0.02)
    effect = np.where(time >= 30, truth[0] + truth[1] * (time - 30), 0)
    covered, single, total = [], [], []
    for _ in range(times):
        counts = rng.poisson(3 * np.exp(effect) * rng.gamma(2, 0.5, 60))
        found = interrupted(days(counts), "2020-10-20", family=family)
        covered.append(found.effects["low"].lt(np.exp(truth)) & found.effects["high"].gt(np.exp(truth)))
        other = rng.poisson(3 * rng.gamma(2, 0.5, 30))
        single.append(np.mean(found.path["predicted_low"][30:].le(other) & found.path["predicted_high"][30:].ge(other)))
        last = found.excess.iloc[-1]
        total.append(last["cumulative_low"] <= counts[30:].sum() - other.sum() <= last["cumulative_high"])
    assert (np.mean(covered, axis=0) >= 0.86).all()
    assert 0.93 <= np.mean(single) <= 1
    assert np.mean(total) >= 0.86


def test_correlated_neighbours_are_said_and_hac_errors_are_wider() -> None:
    rng = default_rng(6)
    state = np.zeros(300)
    for place in range(1, 300):
        state[place] = 0.8 * state[place - 1] + 0.3 * rng.normal()
    series = days(rng.poisson(10 * np.exp(state)))
    classical = interrupted(series, "2021-02-01", slopes=False)
    hac = interrupted(series, "2021-02-01", slopes=False, errors="hac", lags=10)
    assert classical.autocorrelation > 0.3
    assert 'use errors="hac"' in classical.summary()
    assert "the interval of the sum is too short" in hac.summary()
    assert hac.bse["level 2021-02-01"] > 1.2 * classical.bse["level 2021-02-01"]


# Days not covered, zero days, panels --------------------------------------------------------------------------------


def test_days_not_covered_are_left_out_and_listed_and_are_not_zero() -> None:
    series = days([*CALM, *LOUD]).astype("Int64")
    series.iloc[[3, 17]] = pd.NA
    found = interrupted(series, "2020-10-05", slopes=False, trend=False)
    assert found.dropped.astype(str).to_numpy().tolist() == [
        ["2020-09-23", "count missing (not covered)"],
        ["2020-10-07", "count missing (not covered)"],
    ]
    loud, calm = np.delete(LOUD, 2), np.delete(CALM, 3)
    assert found.effects["rate_ratio"].item() == pytest.approx(loud.mean() / calm.mean())
    assert found.n == 23
    assert np.isnan(found.path.loc["2020-10-07", "observed"])
    assert found.excess.loc["2020-10-07", "cumulative"] == found.excess.loc["2020-10-06", "cumulative"]
    zero = interrupted(series.fillna(0), "2020-10-05", slopes=False, trend=False)
    assert zero.effects["rate_ratio"].item() != pytest.approx(found.effects["rate_ratio"].item())


def test_a_day_without_count_and_offset_is_left_out_once() -> None:
    series = days([*CALM, *LOUD]).astype("Int64")
    series.iloc[3] = pd.NA
    offset = np.zeros(25)
    offset[[3, 4]] = np.nan
    found = interrupted(series, "2020-10-05", slopes=False, trend=False, offset=offset)
    assert found.dropped["reason"].tolist() == ["count missing (not covered)", "offset missing"]
    assert found.n == 23


def test_panel_of_events_has_its_zero_days_and_observed_days_alone_are_refused() -> None:
    dates = ["2020-09-22", *["2020-10-05"] * 4, *["2020-10-06"] * 6, "2020-10-09", "2020-10-15"]
    events = pd.DataFrame({"event_id": [f"E{i}" for i in range(13)], "date": pd.to_datetime(dates)})
    events = events.assign(country_iso3="KGZ")
    panel = event_panel(events, by=("country",), freq="D", coverage=("2020-09-15", "2020-10-20"))
    found = interrupted(panel, "2020-10-05", slopes=False, trend=False)
    assert found.n == 36
    assert found.effects["rate_ratio"].item() == pytest.approx((12 / 16) / (1 / 20))
    observed = panel["events"][panel["events"] > 0]
    with pytest.raises(ValueError, match=r"19 of 24 periods .* are not in the series .* event_panel makes both"):
        interrupted(observed, "2020-10-05")
    several = pd.concat([panel, panel.rename({"KGZ": "KAZ"})])
    with pytest.raises(ValueError, match=r"the panel has 2 units \(KGZ, KAZ\)"):
        interrupted(several, "2020-10-05")


def test_october_2020_by_the_days_of_its_events() -> None:
    events = load_events(country="KGZ").query("event_type in ['Protests', 'Riots'] and date_precision == 1")
    spans = load_table("coverage").query("table == 'events' and region == 'KG'")[["start", "end"]]
    panel = event_panel(events, by=(), freq="D", coverage=spans)
    breaks = ["2020-10-05", "2020-10-06", "2020-10-09", "2020-10-15"]
    found = interrupted(panel, breaks, slopes=False, trend=False)
    ratios = found.effects.set_index(found.effects["break"].astype(str))
    assert ratios.loc["2020-10-05", "low"] > 5
    assert ratios.loc["2020-10-15", "high"] < 1
    assert found.excess["cumulative_low"].iloc[-1] > 0
    assert "2020-10-05 is fitted exactly" in found.summary()
    with pytest.raises(ValueError, match="from 2020-10-04 to 2020-10-04 no event was counted in 1 covered period: a"):
        interrupted(panel, ["2020-10-04", *breaks], slopes=False, trend=False)


def test_dates_in_any_order_are_the_same_series() -> None:
    series = days([*CALM, *LOUD])
    shuffled = series.sample(frac=1, random_state=1)
    stamps = shuffled.set_axis(shuffled.index.to_timestamp())
    for other in (shuffled, stamps):
        pd.testing.assert_frame_equal(
            interrupted(other, "2020-10-05").effects, interrupted(series, "2020-10-05").effects
        )


@pytest.mark.parametrize("month", ["2020-10", pd.Period("2020-10", "M")])
def test_month_in_a_series_of_days_is_its_first_day(month: object) -> None:
    found = interrupted(days([3, 1, 2, 4, 2] * 12), month, slopes=False)
    assert "2020-10-01: rate x" in found.summary()


def test_weeks_are_placed_by_the_periods_they_are_given_as() -> None:
    weeks = pd.Series([3, 4, 2, 3, 9, 8, 11, 9], index=pd.period_range("2020-09-07", periods=8, freq="W-SUN"))
    found = interrupted(weeks, "2020-10-07", slopes=False, trend=False)
    assert str(found.effects["break"].item()) == "2020-10-05/2020-10-11"
    with pytest.raises(ValueError, match=r"a date may begin its week or end it\); give a PeriodIndex"):
        interrupted(weeks.set_axis(weeks.index.to_timestamp()), "2020-10-07")


def test_same_seed_same_intervals_and_input_left_as_it_was() -> None:
    series = days([*CALM, *LOUD])
    before = series.copy()
    first, again, other = (interrupted(series, "2020-10-05", seed=seed).path for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    pd.testing.assert_series_equal(series, before)


# One day left out ---------------------------------------------------------------------------------------------------


def test_one_loud_day_carries_the_finding() -> None:
    series = days([*CALM, 40, 1, 2, 0, 1, 2, 1, 0, 2, 1])
    found = leave_one_out(series, "2020-10-05", slopes=False, trend=False)
    assert found["left_out"].isna().tolist() == [True, *[False] * 25]
    loud = found.set_index("left_out").loc[pd.Period("2020-10-05", "D")]
    assert loud["rate_ratio"] == pytest.approx(np.mean([1, 2, 0, 1, 2, 1, 0, 2, 1]) / np.mean(CALM))
    assert (found["problem"] == "").all()
    holed = series.astype("Int64")
    holed.iloc[4] = pd.NA
    by_hand = interrupted(holed, "2020-10-05", slopes=False, trend=False).effects
    row = found.set_index("left_out").loc[series.index[4], by_hand.columns[2:]]
    assert row.astype(float).to_numpy() == pytest.approx(by_hand.iloc[0, 2:].astype(float).to_numpy())


def test_a_day_that_cannot_be_missed_is_said() -> None:
    series = days([*[0] * 14, 1, *LOUD])
    found = leave_one_out(series, "2020-10-05", slopes=False, trend=False).set_index("left_out")
    only = found.loc[pd.Period("2020-10-04", "D")]
    assert np.isnan(only["rate_ratio"])
    assert "no event was counted in 14 covered periods" in only["problem"]
    assert (found["problem"] != "").sum() == 1


# Said in words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "breaks", "options", "words"),
    [
        ([], "2020-10-05", {}, "expected days or other periods"),
        ([0] * 25, "2020-10-05", {}, "all 25 covered periods have 0 events"),
        ([0] * 15 + [1] + [0] * 9, "2020-10-05", {}, "from 2020-09-20 to 2020-10-04 no event was counted in 15"),
        ([0] * 15 + LOUD, "2020-10-05", {}, "no event was counted in 15 covered periods: a ratio to or from nothing"),
        (CALM + [0] * 10, "2020-10-05", {}, "from 2020-10-05 to 2020-10-14 no event was counted"),
        (CALM + LOUD, "2020-11-05", {}, "break 2020-11-05 lies outside the series, which runs from 2020-09-20"),
        (CALM + LOUD, "2020-09-20", {}, "before the first break there are 0 covered periods"),
        (CALM + LOUD, "2020-10-14", {}, "from 2020-10-14 to 2020-10-14 there is 1 covered period"),
        (CALM + LOUD, ["2020-10-05", "2020-10-05"], {}, "is there twice"),
        (CALM + LOUD, ["2020-10-05", "2020-10-06"], {}, "pass slopes=False"),
        (CALM + LOUD, [], {}, "no break is given"),
        (CALM + LOUD, "soon", {}, "break 'soon' is no date"),
        ([1, 2, 1, 2, 3], "2020-09-23", {"slopes": False}, "5 covered periods are too few for 3 coefficients"),
        (CALM + LOUD, "2020-10-05", {"family": "quasipoison"}, "did you mean quasipoisson"),
        (CALM + LOUD, "2020-10-05", {"errors": "robust"}, "unknown errors 'robust'"),
        (CALM + LOUD, "2020-10-05", {"lags": 2}, 'only with errors="hac"'),
        (CALM + LOUD, "2020-10-05", {"level": 95}, "level must be between 0 and 1"),
        (CALM + LOUD, "2020-10-05", {"harmonics": 4}, "4 harmonics cannot be told apart in a cycle of 7"),
        (CALM + LOUD, "2020-10-05", {"offset": [0.0] * 3}, "offset has shape (3,)"),
        (CALM + LOUD, "2020-10-05", {"offset": [-np.inf] * 25}, "offset is infinite"),
        (CALM + LOUD, "2020-10-05", {"offset": "population"}, "is no column of the panel"),
        ([0, 0, 0, 0, 5, 0, 0, 0, 4, 5, 6, 5, 4], "2020-09-25", {}, "perfectly separated"),
    ],
)
def test_what_cannot_be_estimated_is_said(
    values: list[int], breaks: object, options: dict[str, object], words: str
) -> None:
    series = days(values) if values else pd.Series([], dtype="int64")
    with pytest.raises(ValueError, match=re.escape(words)):
        interrupted(series, breaks, **options)


@pytest.mark.parametrize("wrong", [-1.0, 0.5, np.inf])
def test_counts_that_are_none_are_listed(wrong: float) -> None:
    with pytest.raises(DataError) as error:
        interrupted(days([*CALM, wrong, *LOUD]), "2020-10-05")
    assert error.value.problems[["line", "value", "demand"]].to_numpy().tolist() == [
        ["2020-10-05", wrong, "a whole number, 0 or more"]
    ]
