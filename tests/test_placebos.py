"""Placebo dates: fits as in statsmodels, p-values uniform where nothing happened, breaks found, and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, default_rng
from scipy import stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from analysis import DataError, event_panel
from analysis.dynamics import Placebos, placebos


def days(values: object, start: str = "2020-08-01") -> pd.Series:
    return pd.Series(values, index=pd.period_range(start, periods=len(values), freq="D"))


def compared(values: object, place: int, **options: object) -> Placebos:
    series = days(values)
    return placebos(series, series.index[place], **options)


def wandering(rng: Generator, n: int) -> np.ndarray:
    """Counts whose log rate is autoregressive, 0.6 from day to day."""
    state, steps = np.zeros(n + 50), rng.normal(size=n + 50)
    for place in range(1, n + 50):
        state[place] = 0.6 * state[place - 1] + 0.8 * steps[place]
    return rng.poisson(3 * np.exp(0.6 * state[50:] - 0.18))


def quasi_f(counts: np.ndarray, offset: np.ndarray, slopes: bool, trend: bool) -> tuple[float, float]:
    """Quasi-F and ratio of levels in one window by statsmodels."""
    time = np.arange(len(counts))
    after = time >= len(counts) // 2
    base = [np.ones(len(counts)), time] if trend else [np.ones(len(counts))]
    added = [after, after * (time - len(counts) // 2)] if slopes else [after]
    small, large = (
        GLM(counts, np.column_stack(columns), family=Poisson(), offset=offset).fit() for columns in (base, base + added)
    )
    dispersion = max(large.pearson_chi2 / large.df_resid, 1.0)
    return (small.deviance - large.deviance) / len(added) / dispersion, float(np.exp(large.params[len(base)]))


@pytest.mark.parametrize(("slopes", "trend"), [(True, True), (False, True), (True, False), (False, False)])
def test_statistic_of_each_date_is_that_of_statsmodels(slopes: bool, trend: bool) -> None:
    rng = default_rng(1)
    values, exposure = rng.negative_binomial(2, 0.4, 40), rng.normal(0, 0.2, 40)
    found = compared(values, 20, slopes=slopes, trend=trend, window=6, offset=exposure)
    for place in (6, 13, 20, 29, 34):
        around = slice(place - 6, place + 6)
        row = found.dates.iloc[place]
        ours = (row["statistic"], row["rate_ratio"])
        assert ours == pytest.approx(quasi_f(values[around], exposure[around], slopes, trend), rel=1e-5)


def test_share_and_p_value_by_hand() -> None:
    rng = default_rng(3)
    found = compared(rng.poisson(3, 60), 30, window=5)
    of_placebos = found.dates.query("role == 'placebo'")["statistic"]
    assert found.n == len(of_placebos) == 60 - 9 - 9  # 9 too near an end, the break and 4 to each side
    larger = (of_placebos >= found.statistic).sum()
    assert found.share == larger / 42
    assert found.p_value == pytest.approx((found.cluster + larger) / (found.cluster + 42))
    high = (of_placebos >= of_placebos.quantile(0.9)).reindex(range(60), fill_value=False).astype(int)
    assert found.cluster == high.sum() / (high.diff() == 1).sum()


def test_p_values_are_uniform_where_there_is_no_break() -> None:
    rng = default_rng(2020)
    p_values = np.array([compared(rng.poisson(3, 100), 50).p_value for _ in range(500)])
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(p_values <= 0.05) <= 0.07
    assert 0.07 <= np.mean(p_values <= 0.1) <= 0.13


@pytest.mark.parametrize("draw", [wandering, lambda rng, n: rng.negative_binomial(1, 0.25, n)])
def test_neither_bursts_nor_overdispersion_make_p_values_small(draw: object) -> None:
    rng = default_rng(4)
    p_values = np.array([compared(draw(rng, 100), 50).p_value for _ in range(120)])
    assert np.mean(p_values <= 0.05) <= 0.09
    assert np.mean(p_values <= 0.5) == pytest.approx(0.5, abs=0.12)


def test_a_true_break_stands_out() -> None:
    rng = default_rng(5)
    found = [compared(rng.poisson(np.repeat([3, 12], 75)), 75) for _ in range(30)]
    assert np.mean([one.share <= 0.02 for one in found]) >= 0.9
    assert np.median([one.dates["rate_ratio"].iloc[75] for one in found]) == pytest.approx(4, rel=0.2)


def test_no_placebo_sees_the_break_and_the_table_says_why() -> None:
    found = compared(default_rng(6).poisson(3, 80), 40, window=8)
    roles = found.dates.groupby("reason").size().to_dict()
    assert roles == {"": 80 - 15 - 14, "too near an end": 15, "too near the break": 14}
    assert found.dates["role"].value_counts().to_dict() == {"placebo": 50, "set aside": 29, "break": 1}
    assert found.dates.loc[found.dates["role"] == "set aside", "statistic"].isna().all()
    before = compared(default_rng(6).poisson(3, 80), 40, window=8, before_only=True)
    assert before.n == 32 - 8 + 1
    assert "after the break" in before.summary()


def test_days_not_covered_set_their_neighbours_aside() -> None:
    values = days(default_rng(7).poisson(3, 80)).astype("Int64")
    values.iloc[70] = pd.NA
    found = placebos(values, values.index[40], window=8)
    assert (found.dates["reason"] == "with periods not covered").sum() == 72 - 63 + 1
    values.iloc[45] = pd.NA
    with pytest.raises(ValueError, match="1 period around 2020-09-10 not covered"):
        placebos(values, values.index[40], window=8)


def test_windows_without_events_and_separated_ones_have_finite_statistics() -> None:
    values = np.zeros(60, dtype=int)
    values[30:33] = [9, 14, 6]
    found = compared(values, 30, window=6)
    assert np.isfinite(found.dates.loc[found.dates["reason"] == "", "statistic"]).all()
    assert np.isnan(found.dates["rate_ratio"].iloc[30])
    assert (found.dates["statistic"].iloc[[6, 15, 50]] == 0).all()
    one = compared([0] * 30 + [1] + [0] * 29, 30, window=6)
    assert "Events around the break: 1. So few say little about any change." in one.summary()


def test_few_placebos_bound_the_p_value() -> None:
    found = compared(default_rng(8).poisson(3, 24), 12, window=5)
    assert found.p_value >= found.cluster / (found.cluster + found.n)
    assert re.search(r"With \d+ placebos, alike in runs of [0-9.]+, p cannot be below 0\.\d{3}", found.summary())


def test_panel_of_events_is_read_and_input_left_as_it_was() -> None:
    events = pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(40)],
            "date": pd.to_datetime("2020-09-01") + pd.to_timedelta(np.arange(40) * 2 % 61, unit="D"),
            "country_iso3": "KGZ",
        }
    )
    panel = event_panel(events, by=(), freq="D", coverage=("2020-09-01", "2020-10-31"))
    before = panel.copy()
    found = placebos(panel, "2020-10-05", window=7)
    pd.testing.assert_frame_equal(panel, before)
    pd.testing.assert_frame_equal(found.dates, placebos(panel["events"], pd.Period("2020-10-05"), window=7).dates)


@pytest.mark.parametrize(
    ("change", "at", "options", "words"),
    [
        (lambda s: s, "2021-01-01", {}, "break 2021-01-01 lies outside the series"),
        (lambda s: s, "2020-08-03", {}, "2020-08-03 has 2 periods before it"),
        (lambda s: s, "2020-08-31", {"window": 4}, "window = 4"),
        (lambda s: s[:12], "2020-08-07", {"window": 6}, "no placebo date is left among 12 periods"),
        (lambda s: s * 0, "2020-08-31", {}, "all 60 covered periods have 0 events"),
        (lambda s: s.drop(s.index[5]), "2020-08-31", {}, "event_panel makes both"),
        (lambda s: s.set_axis(range(60)), "2020-08-31", {}, "expected days or other periods"),
        (lambda s: s, "soon", {}, "break 'soon' is no date"),
    ],
)
def test_what_cannot_be_compared_is_said(change: object, at: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        placebos(change(days(default_rng(9).poisson(3, 60))), at, **options)


def test_a_count_that_is_none_is_listed() -> None:
    with pytest.raises(DataError, match="a whole number, 0 or more"):
        compared([1.5] + [2] * 59, 30)
