"""Change points: the Nile as published, brute force on short series, simulated breaks, and the answer "no change"."""

import itertools
import math
import pathlib
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats

from analysis.dynamics import ChangePoints, change_points

COUNTS = st.lists(st.integers(0, 12), min_size=4, max_size=9)


def quietly(*args: object, **options: object) -> ChangePoints:
    """Change points of a series that may be noisier than the model, which is not what the test is about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return change_points(*args, **options)


def days(values: list[int | None], start: str = "2020-10-01") -> pd.Series:
    return pd.Series(values, index=pd.period_range(start, periods=len(values), freq="D"), dtype="Int64")


@pytest.fixture
def nile(shared: pathlib.Path) -> pd.Series:
    return pd.read_csv(shared / "reference/nile.csv").set_index("time")["value"]


def test_nile_as_published(nile: pd.Series, shared: pathlib.Path) -> None:
    published = pd.read_csv(shared / "reference/expected.csv").query("id == 'A5'").set_index("quantity")
    one, two = change_points(nile, "gaussian", n=1), change_points(nile, "gaussian", n=2)
    ours = {
        "breakpoint last year of first regime": one.breaks[0],
        "2nd breakpoint if m=2": two.breaks[1],
        "RSS m=0": change_points(nile, "gaussian", n=0).rss,
        "RSS m=1": one.rss,
        "supF (15% trim)": one.sup_f,
        "mean before": one.levels["level"].iloc[0],
        "mean after": one.levels["level"].iloc[1],
    }
    assert set(published.index) - set(ours) == {
        "local level sigma2 eps (exact diffuse)",
        "local level sigma2 eta (exact diffuse)",
    }
    for quantity, value in ours.items():
        row = published.loc[quantity]
        assert value == pytest.approx(float(row["expected"]), abs=max(float(row["tolerance"]), 1e-9)), quantity
    assert two.breaks.tolist() == [1898, 1953]


def test_nile_has_one_break_by_either_criterion(nile: pd.Series) -> None:
    found = change_points(nile, "gaussian")
    assert found.breaks.tolist() == [1898]
    assert found.table["first_after"].tolist() == [1899]
    assert found.bic.round().tolist() == [1318, 1270, 1276, 1285, 1292, 1311]  # as strucchange prints them
    assert found.bic.idxmin() == found.mbic.idxmin() == 1
    assert found.intervals.loc[1898].tolist() == [1896, 1899]
    assert "After 1898 (95% interval 1896 to 1899): 1,098 -> 850." in found.summary()


def test_pelt_of_ruptures_agrees_on_the_nile(nile: pd.Series) -> None:
    penalty = 2 * nile.diff().dropna().var() / 2 * math.log(len(nile))
    places = ruptures.Pelt(model="l2", jump=1).fit(nile.to_numpy(dtype="float64")).predict(pen=penalty)
    assert nile.index[[place - 1 for place in places[:-1]]].tolist() == [1898]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_division_is_that_of_ruptures(n: int) -> None:
    values = np.cumsum(default_rng(n).normal(size=60))
    places = ruptures.Dynp(model="l2", jump=1, min_size=3).fit(values).predict(n_bkps=n)
    found = quietly(values, "gaussian", n, min_size=3)
    assert (found.breaks + 1).tolist() == places[:-1]


def division_loglik(values: list[int], breaks: tuple[int, ...], poisson: bool) -> float:
    """Log likelihood of a division by the textbook, each segment with its own mean."""
    parts = np.split(np.array(values, dtype="float64"), breaks)
    if poisson:
        return sum(stats.poisson.logpmf(part, part.mean()).sum() for part in parts)
    rss = sum(((part - part.mean()) ** 2).sum() for part in parts)
    return len(values) * (stats.norm.logpdf(0, 0, math.sqrt(rss / len(values))) - 0.5)


@settings(max_examples=60)
@given(COUNTS, st.sampled_from(["poisson", "gaussian"]), st.integers(1, 2), st.integers(1, 2))
def test_no_division_is_better(values: list[int], model: str, n: int, min_size: int) -> None:
    places = [
        cut
        for cut in itertools.combinations(range(1, len(values)), n)
        if np.diff([0, *cut, len(values)]).min() >= min_size
    ]
    room = (len(values) - 3) // 2 if model == "gaussian" else n
    if not places or n > room or len(set(values)) == 1:
        return
    parts = [sum(((p - p.mean()) ** 2).sum() for p in np.split(np.array(values), cut)) for cut in places]
    if model == "gaussian" and min(parts) < 1e-6:
        return
    best = max(division_loglik(values, cut, model == "poisson") for cut in places)
    found = quietly(values, model, n, min_size=min_size)
    assert found.loglik == pytest.approx(best, abs=1e-8)
    chosen = tuple(found.breaks + 1)
    assert division_loglik(values, chosen, model == "poisson") == pytest.approx(best, abs=1e-8)
    assert np.diff([0, *chosen, len(values)]).min() >= min_size


@settings(max_examples=40)
@given(COUNTS)
def test_intervals_hold_every_position_that_is_nearly_as_likely(values: list[int]) -> None:
    if len(set(values)) == 1:
        return
    found = quietly(values, n=1, min_size=1)
    logliks = {cut: division_loglik(values, (cut,), True) for cut in range(1, len(values))}
    near = [cut - 1 for cut, one in logliks.items() if 2 * (found.loglik - one) <= -2 * math.log(1 - math.sqrt(0.95))]
    assert found.intervals.iloc[0].tolist() == [min(near), max(near)]


@settings(max_examples=40)
@given(COUNTS)
def test_reversed_series_has_the_same_likelihood_and_criteria(values: list[int]) -> None:
    there, back = quietly(values), quietly(values[::-1])
    assert there.n == back.n
    assert there.bic.tolist() == pytest.approx(back.bic.tolist())


def test_criteria_by_hand() -> None:
    values = [1, 0, 1, 0, 6, 8, 7, 7]
    found = change_points(values)
    assert found.breaks.tolist() == [3]
    loglik = division_loglik(values, (4,), True)
    assert found.bic[1] == pytest.approx(-2 * loglik + 3 * math.log(8))
    assert found.mbic[1] == pytest.approx(-2 * loglik + 4 * math.log(8) + 2 * math.log(0.5))
    exact = stats.chi2.ppf(0.025, 56) / 8, stats.chi2.ppf(0.975, 58) / 8
    assert found.levels.loc[1, ["low", "high"]].tolist() == pytest.approx(exact)
    assert found.levels["points"].tolist() == [4, 4]


def test_gaussian_levels_have_student_intervals() -> None:
    values = default_rng(1).normal([0] * 20 + [3] * 20)
    found = change_points(values, "gaussian", n=1)
    half = stats.t.ppf(0.975, 38) * math.sqrt(found.rss / 38 / found.levels["points"].iloc[0])
    row = found.levels.iloc[0]
    assert (row["level"] - row["low"], row["high"] - row["level"]) == pytest.approx((half, half))


@pytest.mark.parametrize(("model", "n"), [("poisson", 100), ("gaussian", 100)])
def test_no_change_is_the_answer_where_there_is_none(model: str, n: int) -> None:
    rng = default_rng(4)
    draw = {"poisson": lambda: rng.poisson(2, n), "gaussian": lambda: rng.normal(size=n)}[model]
    found = [quietly(draw(), model) for _ in range(120)]
    assert sum(one.n > 0 for one in found) <= 7
    assert sum(one.bic.idxmin() > 0 for one in found) <= 18
    assert "No change" in next(one for one in found if one.n == 0).summary()


def test_simulated_breaks_are_found_and_covered() -> None:
    rng = default_rng(5)
    rates = np.repeat([0.5, 5, 1], [50, 15, 60])
    found = [quietly(rng.poisson(rates)) for _ in range(80)]
    right = [one for one in found if one.n == 2]
    assert len(right) >= 70
    covered = [(one.table["low"] <= [49, 64]) & (one.table["high"] >= [49, 64]) for one in right]
    assert np.mean(covered) >= 0.93
    assert np.median([one.table["high"] - one.table["low"] for one in right]) <= 4


def test_clustered_counts_make_false_breaks_which_the_dispersion_takes_back() -> None:
    rng = default_rng(6)
    series = [rng.negative_binomial(2, 2 / 7, 150) for _ in range(60)]  # mean 5, variance 17.5
    poisson = [quietly(one).n > 0 for one in series]
    assert np.mean(poisson) > 0.8
    quasi = [quietly(one, dispersion="estimate") for one in series]
    assert np.mean([one.n > 0 for one in quasi]) < 0.12
    assert 2.6 < np.mean([one.dispersion for one in quasi]) < 3.8
    with pytest.warns(UserWarning, match='use dispersion="estimate"'):
        change_points(series[0])


def test_dispersion_of_poisson_counts_is_near_1_and_a_break_does_not_raise_it() -> None:
    rng = default_rng(7)
    estimates = [change_points(rng.poisson([2] * 60 + [20] * 60), dispersion="estimate").dispersion for _ in range(20)]
    assert np.mean(estimates) < 1.15
    widths = [
        np.ptp(change_points([0, 1, 2, 0, 1, 3, 1, 4, 6, 3, 5, 6], n=1, dispersion=d).intervals.iloc[0]) for d in (1, 4)
    ]
    assert widths[0] < widths[1]


def test_correlated_neighbours_are_said() -> None:
    noise = default_rng(8).normal(size=200)
    for place in range(1, 200):
        noise[place] += 0.7 * noise[place - 1]
    with pytest.warns(UserWarning, match="neighbouring residuals are correlated"):
        found = change_points(noise, "gaussian", max_breaks=1)
    assert "one wave may look like two breaks" in found.summary()


def test_periods_not_covered_take_no_part_and_keep_their_place() -> None:
    found = change_points(days([0, 1, 0, 1, 0, None, None, 9, 8, 10, 9, 11]))
    assert (found.n, found.points, found.missing) == (1, 10, 2)
    assert found.table[["last_before", "first_after"]].astype(str).to_numpy().tolist() == [["2020-10-05", "2020-10-08"]]
    assert found.levels["level"].tolist() == [0.4, 9.4]
    assert "Not covered, and without a part in it: 2 periods" in found.summary()


def test_panel_of_one_unit_is_its_events() -> None:
    series = days([0, 1, 0, 0, 1, 0, 9, 8, 10, 9, 11, 9])
    index = pd.MultiIndex.from_product([["KG-GB"], series.index], names=["region", "period"])
    panel = pd.DataFrame({"events": series.to_numpy(), "deaths_low": 0}, index=index)
    found = change_points(panel)
    assert isinstance(found.breaks, pd.PeriodIndex)
    assert found.breaks.astype(str).tolist() == ["2020-10-06"]
    pd.testing.assert_frame_equal(found.table, change_points(series).table)
    several = pd.concat([panel, panel.rename({"KG-GB": "KG-O"})])
    with pytest.raises(ValueError, match=r"the panel has 2 units \(KG-GB, KG-O\), and this is about one"):
        change_points(several)


def test_dates_in_any_order_are_the_same_series() -> None:
    series = days([0, 1, 0, 0, 1, 0, 9, 8, 10, 9, 11, 9])
    shuffled = series.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(change_points(shuffled).table, change_points(series).table)
    stamps = change_points(shuffled.set_axis(shuffled.index.to_timestamp()))
    pd.testing.assert_frame_equal(stamps.table, change_points(series).table)


def test_input_is_not_changed_and_answers_repeat() -> None:
    series = days([0, 1, 0, 0, 1, 0, 9, 8, 10, 9, 11, 9])
    before = series.copy()
    assert change_points(series).summary() == change_points(series).summary()
    pd.testing.assert_series_equal(series, before)


def test_nothing_to_divide_is_said() -> None:
    silent = change_points([0] * 10)
    assert (silent.n, silent.levels["level"].item()) == (0, 0)
    assert silent.levels["high"].item() == pytest.approx(stats.chi2.ppf(0.975, 2) / 20)
    assert "All values are 0: there is nothing to divide." in silent.summary()
    equal = change_points([7.5] * 10, "gaussian")
    assert (equal.n, equal.loglik, equal.sup_f) == (0, math.inf, None)
    assert "All values are 7.5" in equal.summary()
    assert "too few periods" in change_points([2, 1]).summary()


def test_levels_without_scatter_are_found_exactly() -> None:
    found = change_points([1.5] * 8 + [9.0] * 8, "gaussian")
    assert (found.breaks.tolist(), found.intervals.iloc[0].tolist()) == ([7], [7, 7])


def test_largest_number_and_short_series_are_said() -> None:
    found = quietly([0] * 6 + [20] * 6 + [0] * 6 + [20] * 6, max_breaks=2)
    assert "That is the largest number allowed: raise max_breaks." in found.summary()
    assert "With fewer than 30 periods" in found.summary()


@pytest.mark.parametrize(
    ("series", "options", "words"),
    [
        ([], {}, "0 covered periods; a change needs at least 2"),
        ([3], {}, "1 covered period; a change needs at least 2"),
        ([None, None], {}, "0 covered periods"),
        ([1, 2], {"n": 5}, "5 breaks cannot fit into 2 covered periods with 2 or more in each segment: at most 0"),
        ([0] * 9, {"n": 1}, "all 9 covered values are 0: there is no place for a break"),
        (
            [1.5, 2],
            {},
            "line 0, events = '1.5': expected a whole number, 0 or more; for other numbers use model=\"gaussian\"",
        ),
        ([1, -2], {}, "line 1, events = '-2.0': expected a whole number, 0 or more"),
        ([math.inf, 2], {"model": "gaussian"}, "events = 'inf': expected a finite number"),
        (["many", "few"], {}, "the series must hold numbers"),
        ([1, 2], {"model": "poison"}, "did you mean poisson"),
        ([1, 2], {"criterion": "aic"}, "unknown criterion"),
        ([1, 2], {"n": -1}, "whole number of breaks from 0"),
        ([1, 2], {"max_breaks": -1}, "max_breaks must be 0 or more"),
        ([1, 2], {"min_size": 0}, "min_size must be a whole number"),
        ([1, 2], {"level": 95}, "level must be between 0 and 1"),
        ([1, 2], {"dispersion": 0.5}, "dispersion must be a number from 1"),
        ([1, 2], {"model": "gaussian", "dispersion": 2}, "dispersion is for counts"),
        (pd.DataFrame({"deaths": [1, 2]}), {}, "the frame has no column `events` (found deaths)"),
        (
            days([1, 2, 3, 4]).drop(pd.Period("2020-10-03")),
            {},
            "1 of 4 periods between 2020-10-01 and 2020-10-04 are not",
        ),
        (pd.Series([1, 2, 3], index=[3, 2, 1]), {}, "neither in order nor of dates"),
        (pd.Series([1, 2, 3], index=[1, 2, 2]), {}, "2 is there twice"),
        (pd.Series([1, 2, 3, 4], index=[1871, 1872, 1874, 1875]), {}, "(1873): periods without events are 0"),
        (
            pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["region", "day"])),
            {},
            "the index has levels region, day, and none named `period`",
        ),
    ],
)
def test_what_cannot_be_answered_is_said(series: object, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        change_points(series, **options)


def test_months_and_quarters_of_unequal_length_are_no_gaps() -> None:
    monthly = pd.Series([1, 2, 1, 2, 1, 2] * 2, index=pd.date_range("2020-01-01", periods=12, freq="MS"))
    assert change_points(monthly).points == 12
    with pytest.raises(ValueError, match="1 of 12 periods between 2020-01 and 2020-12 are not in the series"):
        change_points(monthly.drop(pd.Timestamp("2020-04-01")))
