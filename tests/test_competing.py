"""Competing ways of ending: cumulative incidence and the Fine-Gray model."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from analysis import load_cases
from analysis.comparison import cumulative_incidence, exits, fine_gray, survival

samples = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=25)


@pytest.fixture
def mgus2(shared) -> pd.DataFrame:
    rows = pd.read_csv(shared / "reference/mgus2.csv")
    first = rows["pstat"] == 1
    how = np.where(first, "pcm", np.where(rows["death"] == 1, "death", "none"))
    return rows.assign(time=rows["ptime"].where(first, rows["futime"]), how=how, male=(rows["sex"] == "M").astype(int))


def subdistribution(seed: int, n: int = 300) -> pd.DataFrame:
    """Draw from a Fine-Gray model of event 1 with coefficient 0.5 and share 0.3 at x = 0; loss uniform on (0, 4)."""
    rng = default_rng(seed)
    x, u = rng.normal(size=n), rng.uniform(size=n)
    share = 1 - 0.7 ** np.exp(0.5 * x)
    one = rng.uniform(size=n) < share
    asked = -np.log(1 - (1 - (1 - u * share) ** np.exp(-0.5 * x)) / 0.3)
    time, lost = np.where(one, asked, rng.exponential(size=n)), rng.uniform(0, 4, size=n)
    event = np.where(time <= lost, np.where(one, 1, 2), 0)
    return pd.DataFrame({"x": x, "time": np.minimum(time, lost), "event": event})


def test_incidence_of_the_mgus2_data_as_cmprsk_gives_it(mgus2: pd.DataFrame) -> None:
    found = cumulative_incidence(mgus2["time"], mgus2["how"], at=[60, 120, 240])["incidence"]
    assert found["pcm"].tolist() == pytest.approx([0.0341037, 0.0637222, 0.0998137], abs=1e-5)
    assert found["death"].tolist() == pytest.approx([0.320367, 0.5318177, 0.724028], abs=1e-5)


def test_incidence_by_hand() -> None:
    found = cumulative_incidence([2, 4, 5, 6, 9, 9], ["a", "b", "none", "a", "none", "none"])
    # S is 1, 5/6, 4/6, 4/6, 4/9, 4/9
    assert found["incidence"]["a"].tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 6 + 4 / 6 / 3, 7 / 18])
    assert found["incidence"]["b"].tolist() == pytest.approx([0, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
    assert found["at_risk"]["a"].tolist() == [6, 5, 4, 3, 2]
    assert found["events"]["a"].tolist() == [1, 1, 1, 2, 2]


def test_without_loss_the_incidence_is_a_share_with_its_binomial_error() -> None:
    found = cumulative_incidence([1, 2, 3, 4, 5], list("aabab")).groupby("event").last()
    assert found["incidence"].tolist() == pytest.approx([0.6, 0.4])
    assert found["se"].tolist() == pytest.approx([(0.6 * 0.4 / 5) ** 0.5] * 2)


def test_interval_by_hand_and_exact_before_the_first_event() -> None:
    found = cumulative_incidence([1, 2, 3, 3], ["a", "none", "b", "none"]).loc["b"]
    assert found["high"].iloc[:2].tolist() == pytest.approx([1 - 0.025 ** (1 / 4)] * 2)
    estimate, se = found.loc[3, ["incidence", "se"]]
    assert estimate == pytest.approx(3 / 8)
    reach = 1.959963985 * se / (estimate * -np.log(estimate))
    assert found.loc[3, ["low", "high"]].tolist() == pytest.approx(
        [estimate ** np.exp(reach), estimate ** np.exp(-reach)]
    )


@settings(max_examples=40)
@given(samples)
def test_ways_of_ending_and_staying_add_up_to_one(rows: list[tuple[int, int]]) -> None:
    time, event = zip(*rows, strict=True)
    found = cumulative_incidence(time, event)
    stay = survival(time, event).curve["survival"]
    gone = found["incidence"].groupby("time").sum() if len(found) else 0 * stay
    assert (gone + stay).to_numpy() == pytest.approx(1)
    assert (found["low"] <= found["incidence"] + 1e-12).all()
    assert (found["incidence"] <= found["high"] + 1e-12).all()


@settings(max_examples=40)
@given(samples)
def test_errors_are_those_of_statsmodels_where_it_has_any(rows: list[tuple[int, int]]) -> None:
    time, event = map(np.array, zip(*rows, strict=True))
    found = cumulative_incidence(time, event)
    modes = sorted(set(event[event > 0]))
    if modes:
        with np.errstate(all="ignore"):
            theirs = CumIncidenceRight(time, np.searchsorted([0, *modes], event))
        for mode, se in zip(modes, theirs.cinc_se, strict=True):
            ours = found.loc[mode, "se"].to_numpy()
            held = np.isfinite(se)
            assert ours[held] == pytest.approx(se[held], abs=1e-7)
            assert np.isfinite(ours).all()


@settings(max_examples=40)
@given(samples)
def test_order_and_copies_do_not_matter(rows: list[tuple[int, int]]) -> None:
    time, event = zip(*rows, strict=True)
    found = cumulative_incidence(time, event)
    pd.testing.assert_frame_equal(cumulative_incidence(time[::-1], event[::-1]), found)
    twice = cumulative_incidence(time * 2, event * 2)
    assert twice["incidence"].to_numpy() == pytest.approx(found["incidence"].to_numpy())
    assert twice["se"].to_numpy() == pytest.approx(found["se"].to_numpy() / 2**0.5, abs=1e-7)


def test_no_event_is_an_empty_frame_and_one_event_a_wide_interval() -> None:
    assert cumulative_incidence([3, 4], ["none", "none"]).empty
    assert cumulative_incidence([3, 4], [0, 0], at=[3]).empty
    one = cumulative_incidence([3, 4, 5], ["coup", "none", "none"], at=[5]).loc[("coup", 5)]
    assert one["incidence"] == pytest.approx(1 / 3)
    assert one["high"] - one["low"] > 0.7


def test_moments_before_the_first_and_after_the_last_time() -> None:
    found = cumulative_incidence([3, 4, 8], ["a", "b", "none"], at=[0, 3.5, 9]).loc["a"]
    assert found["incidence"].tolist() == pytest.approx([0, 1 / 3, np.nan], nan_ok=True)
    assert found["at_risk"].tolist() == [3, 2, 0]
    assert cumulative_incidence([3, 4], ["a", "b"], at=[9])["incidence"].tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="moments must be finite numbers from 0"):
        cumulative_incidence([3, 4], ["a", "b"], at=[-1])


def test_missing_way_is_left_out_and_listed() -> None:
    with pytest.warns(UserWarning, match="a missing event is not taken for no event"):
        found = cumulative_incidence([3, 4, 8], ["a", None, "none"])
    assert found.attrs["dropped"]["row"].tolist() == [1]


def test_time_zero_counts_and_a_negative_time_is_refused() -> None:
    assert cumulative_incidence([0, 4], ["a", "none"])["incidence"]["a"].tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="an event before the origin is no event after it"):
        cumulative_incidence([-3, 4], ["a", "none"])


def test_incidence_intervals_cover() -> None:
    hazards = np.array([4e-4, 1.5e-4, 5e-5])
    held = []
    for seed in range(100):
        rng = default_rng(seed)
        time, kind = rng.exponential(1 / hazards.sum(), 130), rng.choice(3, 130, p=hazards / hazards.sum()) + 1
        lost = np.minimum(365, rng.uniform(0, 2500, 130))
        event = np.where(time <= lost, kind, 0)
        found = cumulative_incidence(np.minimum(time, lost), event, at=[360]).loc[(1, 360)]
        truth = hazards[0] / hazards.sum() * -np.expm1(-360 * hazards.sum())
        held.append(found["low"] <= truth <= found["high"])
    assert 0.9 <= np.mean(held) <= 0.99


def test_fine_gray_of_the_mgus2_data_as_cmprsk_gives_it(mgus2: pd.DataFrame) -> None:
    fit = fine_gray(mgus2, "~ age + male", "pcm", time="time", event="how")
    assert fit.params.tolist() == pytest.approx([-0.01734, -0.26004], abs=1e-5)
    assert fit.bse.tolist() == pytest.approx([0.00574, 0.1857], rel=1e-3)
    assert (fit.n, fit.events, fit.competing) == (1384, 115, 860)
    assert "115 ended so, 860 otherwise" in fit.summary()


def test_fine_gray_is_cox_on_those_who_ended_otherwise_kept_for_ever_if_none_is_lost() -> None:
    rows = subdistribution(1).query("event > 0")
    fit = fine_gray(rows, "~ x", 1, time="time", event="event")
    kept = rows["time"].where(rows["event"] == 1, 99)
    assert fit.params["x"] == pytest.approx(PHReg(kept, rows[["x"]], rows["event"] == 1).fit(disp=False).params[0])
    alone = rows.query("event == 1")
    plain = PHReg(alone["time"], alone[["x"]], np.ones(len(alone))).fit(groups=np.arange(len(alone)), disp=False)
    own = fine_gray(alone, "~ x", 1, time="time", event="event")
    assert own.params["x"] == pytest.approx(plain.params[0])
    assert own.bse["x"] == pytest.approx(plain.bse[0])


def test_fine_gray_recovers_the_truth_and_its_errors_are_honest() -> None:
    fits = [fine_gray(subdistribution(seed), "~ x", 1, time="time", event="event") for seed in range(50)]
    found = pd.DataFrame({"estimate": [fit.params["x"] for fit in fits], "se": [fit.bse["x"] for fit in fits]})
    assert found["estimate"].mean() == pytest.approx(0.5, abs=0.05)
    assert found["se"].mean() == pytest.approx(found["estimate"].std(), rel=0.25)
    held = [fit.interval.loc["x", "low"] <= 0.5 <= fit.interval.loc["x", "high"] for fit in fits]
    assert np.mean(held) >= 0.87


def test_copies_of_rows_add_nothing_if_clustered() -> None:
    rows = subdistribution(2, n=80).assign(unit=range(80))
    once = fine_gray(rows, "~ x", 1, time="time", event="event", cluster="unit")
    twice = fine_gray(pd.concat([rows, rows]), "~ x", 1, time="time", event="event", cluster="unit")
    assert twice.params["x"] == pytest.approx(once.params["x"])
    assert twice.bse["x"] == pytest.approx(once.bse["x"])
    backwards = fine_gray(rows[::-1], "~ x", 1, time="time", event="event", cluster="unit")
    assert backwards.bse["x"] == pytest.approx(once.bse["x"])


def test_fine_gray_answers_what_cannot_be_fitted_in_words() -> None:
    rows = subdistribution(3, n=40).assign(one=1.0, gone=np.nan, split=lambda frame: (frame["event"] == 1).astype(int))
    for formula, said in (
        ("~ one", "one: collinear in the 40 rows without missing cells, that is constant"),
        ("~ gone", "every one of the 40 rows misses a cell: gone in 40"),
        ("~ split", "split: every 1 fell on one side"),
        ("~ 1", "the formula names no covariate"),
        ("~ event", "event is what is to be explained"),
    ):
        with pytest.raises(ValueError, match=said):
            fine_gray(rows, formula, 1, time="time", event="event")
    with pytest.raises(ValueError, match="no row ended as 'coup'; there are 1, 2"):
        fine_gray(rows, "~ x", "coup", time="time", event="event")


def test_few_exits_are_said_and_late_columns_refused() -> None:
    cases = exits(load_cases()).frame
    with pytest.warns(UserWarning, match="3 events for 1 coefficient, fewer than 5 each"):
        fit = fine_gray(cases, "~ official_margin_pct", "coup")
    assert "cases were chosen looking back" in fit.summary()
    assert fit.dropped_events == 8
    with pytest.raises(ValueError, match="security_defection is known only with the outcome"):
        fine_gray(cases, "~ security_defection", "resigned")


def test_errors_by_cluster_are_those_of_leaving_clusters_out() -> None:
    time, event = [1, 2, 3, 4, 5], list("aabab")
    one = cumulative_incidence(time, event, cluster=range(5)).groupby("event").last()
    assert one["se"].tolist() == pytest.approx([(0.6 * 0.4 / 4) ** 0.5] * 2)
    twice = cumulative_incidence(time * 2, event * 2, cluster=[*range(5), *range(5)]).groupby("event").last()
    assert twice["se"].tolist() == pytest.approx(one["se"].tolist())
    with pytest.raises(ValueError, match="cluster has 1 group"):
        cumulative_incidence(time, event, cluster=["KGZ"] * 5)
