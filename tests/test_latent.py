"""The total behind contradicting reports: hand-worked cases, brute force, coverage of known truths, real reports."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import norm

from analysis import load_casualties
from analysis.casualties.forward import BURST_RISE, BURST_SHARE, Model, Reports
from analysis.casualties.latent import LatentFit, fit_latent
from analysis.casualties.simulated import simulate_reports

OPEN = float("inf")
SERIES = [16, 590, 686, 768, 911, 1002, 1218, 1250]
HOURS = [0.0, 8.0, 15.0, 34.0, 36.5, 58.0, 86.0, 408.0]
LOW, HIGH = [4.0, 6.0, 2.0, 0.0], [4.0, OPEN, 3.0, 7.0]


def fitted(rows: list[tuple[float, float, float, str]]) -> LatentFit:
    cutoffs, low, high, issuers = zip(*rows, strict=True)
    return fit_latent(cutoffs, low, high, issuers)


def ministry() -> list[tuple[float, float, float, str]]:
    return [(hour, value, value, "competent") for hour, value in zip(HOURS, SERIES, strict=True)]


def simulated_fit(n: int, seed: int, **options: float) -> tuple[LatentFit, int]:
    reports = simulate_reports(n, seed, **options)
    return fit_latent(reports.cutoffs, reports.low, reports.high, reports.issuers), int(reports.truth[-1])


def test_consistent_exact_reports_are_the_answer() -> None:
    fit = fitted(ministry())
    assert (fit.low, fit.best, fit.high, fit.exact, fit.consistent) == (1250, 1250, 1250, True, True)
    for column in ("low", "best", "high"):
        assert fit.path[column].tolist() == SERIES
    assert fit.issuer_error == {"competent": 0.0}
    assert fit.interval(0.5) == (1250, 1250)


def test_the_same_total_twice_at_one_cut_off_is_still_exact() -> None:
    assert fitted([*ministry(), (408.0, 1250, 1250, "media"), (15.0, 686, 686, "media")]).exact


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(590, 590, (590, 590, 590)), (550, 650, (550, 600, 650)), (601, OPEN, (601, 601, None))],
)
def test_a_single_report_is_its_own_interval(low: float, high: float, expected: tuple[int, int, int | None]) -> None:
    fit = fitted([(1.0, low, high, "media")])
    assert (fit.low, fit.best, fit.high) == expected
    assert fit.exact == (low == high)


def test_lower_bounds_alone_leave_the_total_unbounded() -> None:
    fit = fitted([(1.0, 601, OPEN, "media"), (2.0, 101, OPEN, "authority"), (3.0, 901, OPEN, "media")])
    assert (fit.low, fit.high) == (901, None)
    assert fit.path["low"].tolist() == [601, 601, 901]
    assert fit.path["high"].isna().all()
    missing = fit_latent([1.0], [601], [None], ["media"])
    assert missing.high is None


def test_consistent_intervals_give_the_range_of_curves_through_them() -> None:
    # Worked by hand: from above, 650 at the first is cut to 640 by the later "up to 640".
    fit = fitted([(1.0, 550, 650, "a"), (2.0, 601, OPEN, "b"), (3.0, 0, 640, "a")])
    assert fit.path[["low", "high"]].to_numpy().tolist() == [[550, 640], [601, 640], [601, 640]]
    assert not fit.exact


def test_vaguer_duplicates_of_consistent_reports_change_nothing() -> None:
    vague = [(8.0, 550, 650, "media"), (15.0, 601, OPEN, "media"), (408.0, 1001, OPEN, "authority")]
    fit = fitted([*ministry(), *vague])
    assert (fit.low, fit.best, fit.high) == (1250, 1250, 1250)


def test_vaguer_duplicates_of_contradicting_reports_change_little() -> None:
    rows = [*ministry(), (86.5, 911, 911, "media"), (15.5, 120, 120, "media")]
    plain = fitted(rows)
    vague = fitted([*rows, (8.0, 501, OPEN, "competent"), (408.0, 601, OPEN, "competent"), (58.0, 501, OPEN, "media")])
    for end in ("low", "best", "high"):
        assert getattr(vague, end) == pytest.approx(getattr(plain, end), rel=0.04)


def test_one_stale_report_does_not_drag_the_series() -> None:
    fit = fitted([*ministry(), (408.0, 120, 120, "media")])
    assert fit.best == pytest.approx(1250, rel=0.02)
    assert fit.low < 1250 < fit.high
    assert fit.low > 1000
    assert not fit.exact


def test_order_of_rows_does_not_matter() -> None:
    reports = simulate_reports(20, seed=3)
    rows = list(zip(reports.cutoffs, reports.low, reports.high, reports.issuers, strict=True))
    one, other = fitted(rows), fitted(rows[::-1])
    pd.testing.assert_frame_equal(one.path, other.path)
    assert one.loglik == other.loglik
    assert one.issuer_error == other.issuer_error


def test_only_the_order_of_cut_offs_matters_and_dates_are_read() -> None:
    reports = simulate_reports(12, seed=5)
    hours = fit_latent(reports.cutoffs, reports.low, reports.high, reports.issuers)
    dates = pd.Timestamp("2020-10-05", tz="Asia/Bishkek") + pd.to_timedelta(reports.cutoffs**2, unit="h")
    dated = fit_latent(dates, reports.low, reports.high, reports.issuers)
    assert dated.path["cutoff"].tolist() == sorted(set(dates))
    pd.testing.assert_frame_equal(hours.path.drop(columns="cutoff"), dated.path.drop(columns="cutoff"))
    plain = dates.tz_localize(None).to_numpy()
    assert fit_latent(plain, reports.low, reports.high, reports.issuers).best == hours.best


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 300), st.sampled_from([0, 5, 100, None]), st.sampled_from("ab")),
        min_size=1,
        max_size=8,
    )
)
def test_any_reports_give_a_monotone_path(rows: list[tuple[int, int, int | None, str]]) -> None:
    fit = fitted([(when, low, OPEN if more is None else low + more, who) for when, low, more, who in rows])
    path = fit.path.astype({"high": "float64"}).fillna({"high": np.inf})
    for column in ("low", "best", "high"):
        assert path[column].is_monotonic_increasing
    assert (path["low"] <= path["best"]).all()
    assert (path["best"] <= path["high"]).all()
    assert (fit.low, fit.best) == (path["low"].iloc[-1], path["best"].iloc[-1])
    assert fit.converged


def test_inputs_are_not_changed() -> None:
    low, high = np.array([5.0, 9.0, 3.0]), np.array([5.0, np.nan, 3.0])
    fit_latent(np.array([1.0, 2.0, 3.0]), low, high, ["a", "b", "a"])
    np.testing.assert_array_equal(low, [5.0, 9.0, 3.0])
    np.testing.assert_array_equal(high, [5.0, np.nan, 3.0])


def written_out(model: Model, point: np.ndarray) -> np.ndarray:
    """Probability of every path of totals through three cut-offs, together with the reports of the two tests below."""
    still, rise, wrong = expit(point[0]), np.exp(point[1]), expit(point[2])
    starts = np.concatenate([[0.0], model.edges])[None] - model.logs[:, None]
    ends = np.append(model.edges, np.inf)[None] - model.logs[:, None]
    matrix = still * np.eye(len(model.logs))
    for mean, share in ((rise, 1 - BURST_SHARE), (BURST_RISE, BURST_SHARE)):
        chance = np.exp(-np.maximum(starts, 0) / mean) - np.exp(-np.maximum(ends, 0) / mean)
        matrix += (1 - still) * share * np.triu(chance)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    chance = np.ones((3, len(model.logs)))
    for low, high, when, log_error in zip(LOW, HIGH, (0, 1, 2, 2), point[[3, 4, 3, 4]], strict=True):
        start = -np.inf if low == 0 else np.log(low + 0.5)
        right = norm.cdf((np.log(high + 1.5) - model.logs) / np.exp(log_error))
        right -= norm.cdf((start - model.logs) / np.exp(log_error))
        reach = model.logs + np.log(10)
        off = np.clip(np.minimum(np.log(high + 1.5), reach) - max(start, 0), 0, None) / reach
        chance[when] *= (1 - wrong) * right + wrong * off
    return np.einsum("i,ij,jk->ijk", model.first * chance[0], matrix * chance[1], matrix * chance[2])


def small_model() -> Model:
    """The reports LOW and HIGH by a, b, a, b at three cut-offs."""
    when, issuer = np.array([0, 1, 2, 2]), np.array([0, 1, 0, 1])
    return Model(Reports(pd.Series([1, 2, 3]), when, issuer, np.array(LOW), np.array(HIGH), ("a", "b")))


def test_forward_and_backward_passes_equal_the_sum_over_all_paths() -> None:
    model, point = small_model(), np.array([-0.3, -1.2, -2.0, -1.5, -0.7])
    joint = written_out(model, point)
    loglik, smooth = model.smoothed(point[None])
    assert loglik[0] == pytest.approx(np.log(joint.sum()), abs=1e-9)
    assert model.loglik(point[None])[0] == loglik[0]
    given_all = [joint.sum(axis=axes) / joint.sum() for axes in ((1, 2), (0, 2), (0, 1))]
    np.testing.assert_allclose(smooth[:, 0], given_all, atol=1e-9)


def test_the_fit_is_the_penalised_maximum_of_the_sum_over_all_paths() -> None:
    model = small_model()
    centre, spread = np.array([0, np.log(0.25), logit(0.05), *[np.log(0.1)] * 2]), np.array([1.5, 1, 0.7, 1, 1])

    def objective(point: np.ndarray) -> float:
        return 0.5 * (((point - centre) / spread) ** 2).sum() - np.log(written_out(model, point).sum())

    best = minimize(objective, centre, method="BFGS").x
    fit = fit_latent([1, 2, 3, 3], LOW, HIGH, ["a", "b", "a", "b"])
    assert [fit.issuer_error["a"], fit.issuer_error["b"]] == pytest.approx(np.exp(best[3:]), rel=0.05)
    assert fit.loglik == pytest.approx(np.log(written_out(model, best).sum()), abs=0.05)


def test_issuers_are_told_apart() -> None:
    reports = simulate_reports(80, seed=2)
    fit = fit_latent(reports.cutoffs, reports.low, reports.high, reports.issuers)
    errors = [fit.issuer_error[name] for name in ("competent", "authority", "media")]
    assert errors == sorted(errors)


def test_wider_levels_hold_narrower_ones() -> None:
    fit, _ = simulated_fit(20, seed=4)
    ends = [fit.interval(level) for level in (0.5, 0.8, 0.95)]
    assert ends[2][0] <= ends[1][0] <= ends[0][0] <= fit.best <= ends[0][1] <= ends[1][1] <= ends[2][1]
    assert ends[2] == (fit.low, fit.high)


def test_simulation_repeats_and_is_what_it_says() -> None:
    one, same = simulate_reports(40, seed=9), simulate_reports(40, seed=9)
    np.testing.assert_array_equal(one.low, same.low)
    assert one.issuers == same.issuers
    assert (np.diff(one.truth) >= 0).all()
    assert (one.low <= one.high).all()
    assert set(one.cutoffs) == set(one.moments)
    faultless = simulate_reports(40, seed=9, errors={"competent": 1e-9}, wrong=0.0)
    truth = faultless.truth[np.searchsorted(faultless.moments, faultless.cutoffs)]
    assert ((faultless.low <= truth) & (truth <= faultless.high)).all()
    with pytest.raises(ValueError, match="0 reports asked for"):
        simulate_reports(0, seed=1)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = {0.8: 0, 0.95: 0}
    runs = 500
    for seed in range(runs):
        fit, truth = simulated_fit(30, seed)
        for level in held:
            low, high = fit.interval(level)
            held[level] += low <= truth <= (OPEN if high is None else high)
    for level, times in held.items():
        assert times / runs == pytest.approx(level, abs=0.03)


def test_what_all_issuers_miss_the_model_misses() -> None:
    # A bias all share cannot be seen in their reports.
    fits = [simulated_fit(20, seed, bias=0.2) for seed in range(40)]
    assert np.median([fit.best / truth for fit, truth in fits]) == pytest.approx(0.8, abs=0.04)
    assert np.mean([fit.low <= truth <= (fit.high or OPEN) for fit, truth in fits]) < 0.6


def test_reports_that_repeat_one_old_total_pull_the_answer_down() -> None:
    fits = [simulated_fit(20, seed, herd=0.5) for seed in range(40)]
    assert 0.8 < np.median([fit.best / truth for fit, truth in fits]) < 0.95


def test_reports_of_october_2020_end_near_the_last_of_the_ministry() -> None:
    rows = load_casualties(episode="KGZ-2020-10")
    rows = rows[(rows["measure"] == "injured") & (rows["scope"] == "cumulative") & (rows["population"] == "all")]
    rows = rows[rows["location"] == "Bishkek"]
    cutoffs = rows["as_of"].where(rows["as_of"] <= rows["reported_at"], rows["reported_at"])
    value = rows["value"].astype("float64")
    half = value.map(lambda total: 10.0 ** (len(f"{total:.0f}") - len(f"{total:.0f}".rstrip("0"))) / 2)
    about = rows["qualifier"] == "about"
    low = rows["value_low"].astype("float64").where(~about, np.ceil(value - half))
    high = rows["value_high"].astype("float64").where(~about, np.floor(value + half))
    fit = fit_latent(cutoffs, low, high, rows["issuer_type"].tolist())
    assert fit.best == pytest.approx(1250, rel=0.02)
    assert 1000 < fit.low < 1250 < fit.high < 1550


@pytest.mark.parametrize(
    ("cutoffs", "low", "high", "issuers", "message"),
    [
        ([], [], [], [], "no reports"),
        ([1.0, 2.0], [5], [5], ["a"], "lengths differ: 2 cutoffs, 1 low, 1 high, 1 issuers"),
        ([1.0], [7], [5], ["a"], r"low exceeds high in 1 report\(s\), first: 7 > 5"),
        ([1.0, float("nan")], [5, 6], [5, 6], ["a", "a"], "a cut-off is missing"),
        ([OPEN], [5], [5], ["a"], "a cut-off is missing"),
        (["Monday"], [5], [5], ["a"], "cutoffs must be numbers or datetimes"),
        ([1.0], [None], [5], ["a"], "a lower bound is missing"),
        ([1.0], [-1], [5], ["a"], "whole numbers of persons"),
        ([1.0], [5.5], [6], ["a"], "whole numbers of persons"),
        ([1.0], [5], [10**11], ["a"], "whole numbers of persons"),
    ],
)
def test_broken_input_is_refused(cutoffs: list, low: list, high: list, issuers: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_latent(cutoffs, low, high, issuers)


def test_a_level_that_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        fit_latent([1.0], [5], [5], ["a"], level=95)
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        fit_latent([1.0], [5], [5], ["a"]).interval(0)


def test_stale_report_beside_an_exact_series_costs_what_the_docs_say() -> None:
    series = [16, 590, 686, 768, 911, 1002, 1218, 1250]
    alone = fit_latent(range(8), series, series, ["ministry"] * 8)
    assert (alone.low, alone.best, alone.high) == (1250, 1250, 1250)
    assert "nothing shows an error" in alone.summary()
    joined = fit_latent([*range(8), 7], [*series, 120], [*series, 120], [*["ministry"] * 8, "agency"])
    assert joined.low == pytest.approx(1090, abs=20)
    assert joined.best == pytest.approx(1245, abs=10)
    assert joined.high == pytest.approx(1390, abs=20)
    assert "95% interval" in joined.summary()
    assert joined._repr_markdown_() == joined.summary()
