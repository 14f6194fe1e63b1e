"""Local level: the Nile as published, statsmodels and hand-worked forecasts, coverage, and what is refused."""

import pathlib
import re

import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analysis.dynamics import local_level


def months(values: object) -> pd.Series:
    return pd.Series(values, index=pd.period_range("2015-01", periods=len(values), freq="M"))


def test_nile_as_published(shared: pathlib.Path) -> None:
    published = pd.read_csv(shared / "reference/expected.csv").query("id == 'A5'").set_index("quantity")
    nile = pd.read_csv(shared / "reference/nile.csv")["value"]
    years = pd.period_range("1871", periods=len(nile) + 1, freq="Y")
    found = local_level(pd.Series([*nile, 0.0], index=years), "1971")
    for name, value in (("eps", found.irregular_variance), ("eta", found.level_variance)):
        row = published.loc[f"local level sigma2 {name} (exact diffuse)"]
        assert value == pytest.approx(float(row["expected"]), abs=float(row["tolerance"])), name
    assert found.loglik == pytest.approx(-632.5456 - np.log(2 * np.pi) / 2, abs=1e-3)
    assert found.n == 100


def test_forecast_is_that_of_statsmodels() -> None:
    rng = default_rng(1)
    other = rng.normal(size=(60, 1))
    values = 100 + np.cumsum(rng.normal(size=60)) + rng.normal(size=60) + 3 * other[:, 0]
    found = local_level(months(values), "2018-05", regressors=other)
    model = UnobservedComponents(values[:40], "llevel", exog=other[:40], mle_regression=False, use_exact_diffuse=True)
    theirs = model.filter([found.irregular_variance, found.level_variance])
    forecast = theirs.get_forecast(20, exog=other[40:])
    assert found.path["expected"].to_numpy() == pytest.approx(forecast.predicted_mean, rel=1e-6)
    half = 1.959964 * np.asarray(forecast.se_mean)
    assert (found.path["high"] - found.path["expected"]).to_numpy() == pytest.approx(half, rel=1e-5)
    assert found.loglik == pytest.approx(theirs.llf, abs=1e-6)


def test_intervals_cover_single_values_and_sums() -> None:
    rng = default_rng(2)
    single, total = [], []
    for _ in range(40):
        values = 50 + np.cumsum(rng.normal(0, 1, 80)) + rng.normal(0, 2, 80)
        found = local_level(months(values), "2020-01")
        single.append(found.path["observed"].between(found.path["low"], found.path["high"]).mean())
        last = found.excess.iloc[-1]
        total.append(last["cumulative_low"] <= 0 <= last["cumulative_high"])
    assert 0.88 <= np.mean(single) <= 0.99
    assert 0.85 <= np.mean(total) <= 1.0


def test_an_effect_is_summed_and_periods_not_covered_add_nothing() -> None:
    rng = default_rng(3)
    values = months(rng.normal([100] * 40 + [130] * 10, 2))
    values.iloc[[5, 44]] = np.nan
    found = local_level(values, "2018-05")
    last = found.excess.iloc[-1]
    assert last["cumulative_low"] <= 270 <= last["cumulative_high"]
    assert found.n == 39
    assert found.excess["cumulative"].iloc[4] == found.excess["cumulative"].iloc[3]
    assert np.isnan(found.excess["excess"].iloc[4])
    assert "From 2018-05 to 2019-02 (9 covered periods)" in found.summary()


def test_later_values_do_not_move_the_forecast() -> None:
    values = months(default_rng(4).normal(10, 1, 40))
    other = values.copy()
    other.iloc[30:] = 1000
    first, second = (local_level(one, "2017-07").path["expected"] for one in (values, other))
    pd.testing.assert_series_equal(first, second)


def test_an_interval_below_zero_is_said() -> None:
    found = local_level(months(default_rng(5).poisson(1, 40)), "2017-07")
    assert "reaches below 0" in found.summary()


@pytest.mark.parametrize(
    ("values", "at", "options", "words"),
    [
        (range(40), "2030-01", {}, "lies outside the series"),
        (range(40), "2015-05", {}, "4 covered periods before 2015-05 are too few; a local level needs 10"),
        ([3] * 40, "2017-07", {}, "all 30 values before 2017-07 are 3"),
        ([*range(30), *[None] * 10], "2017-07", {}, "no period from 2017-07 on is covered"),
        (range(40), "2017-07", {"level": 95}, "level must be between 0 and 1"),
        (range(40), "2017-07", {"regressors": [1.0] * 39}, "regressors have 39 rows"),
        (range(40), "2017-07", {"regressors": [np.nan] * 40}, "regressors have missing"),
    ],
)
def test_what_cannot_be_forecast_is_said(values: object, at: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        local_level(months(list(values)), at, **options)
