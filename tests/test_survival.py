"""Kaplan-Meier curves: textbook numbers, hand-worked bounds, properties and edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import load_cases
from analysis.casualties import fit_interval_times
from analysis.comparison import exits, survival

# Miller (1997), acute myelogenous leukaemia, weeks; 0: last seen in remission.
MAINTAINED = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT_MAINTAINED = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
# Freireich et al. (1963), weeks of remission under 6-MP and placebo.
MERCAPTOPURINE = (
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
    [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
)
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)

samples = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=25)


def joined(*groups: tuple[list[int], list[int]]) -> pd.DataFrame:
    parts = [pd.DataFrame({"time": time, "event": event, "group": i}) for i, (time, event) in enumerate(groups)]
    return pd.concat(parts, ignore_index=True)


def test_leukaemia_curve_as_r_prints_it() -> None:
    left = survival(*MAINTAINED).at([9, 13, 18, 23, 31, 34, 48])
    assert left["survival"].round(3).tolist() == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert left["se"].round(4).tolist() == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert left["at_risk"].tolist() == [11, 10, 8, 7, 5, 4, 2]


def test_log_rank_as_published() -> None:
    aml, gehan = joined(MAINTAINED, NOT_MAINTAINED), joined(MERCAPTOPURINE, PLACEBO)
    found = survival(aml["time"], aml["event"], group=aml["group"])
    assert found.test.statistic == pytest.approx(3.396, abs=5e-4)
    assert found.test.p_value == pytest.approx(0.0653, abs=5e-5)
    assert found.groups["median"].tolist() == [31, 23]
    assert survival(gehan["time"], gehan["event"], group=gehan["group"]).test.statistic == pytest.approx(
        16.79, abs=5e-3
    )


def test_log_log_interval_by_hand() -> None:
    left = survival([2, 4, 5, 6, 9, 9], [1, 1, 0, 1, 0, 0]).curve.loc[6]
    estimate, variance = 4 / 9, (4 / 9) ** 2 * (1 / 30 + 1 / 20 + 1 / 6)
    assert left["se"] == pytest.approx(variance**0.5)
    reach = 1.959963985 * variance**0.5 / (estimate * -np.log(estimate))
    assert left["low"] == pytest.approx(estimate ** np.exp(reach))
    assert left["high"] == pytest.approx(estimate ** np.exp(-reach))


def test_events_come_before_the_end_of_observation_at_the_same_time() -> None:
    assert survival([5, 5], [1, 0]).curve.loc[5, ["survival", "at_risk", "events", "lost"]].tolist() == [0.5, 2, 1, 1]


def test_without_events_the_lower_bound_is_exact() -> None:
    left = survival([3, 8, 8], [0, 0, 0])
    assert left.curve["survival"].tolist() == [1, 1]
    assert left.curve["low"].tolist() == pytest.approx([0.025 ** (1 / 3), 0.025 ** (1 / 2)])
    assert left.curve["high"].tolist() == [1, 1]
    assert "0 had an event" in left.summary()
    assert "fewer than half had gone" in left.summary()


def test_single_unit_and_exit_on_the_day_of_the_vote() -> None:
    left = survival([0], [1]).curve.loc[0]
    assert (left["survival"], left["low"], left["high"]) == (0, 0, 1)
    assert survival([0, 4], [1, 0]).at([0, 4])["survival"].tolist() == [0.5, 0.5]


def test_nothing_is_said_beyond_the_last_time_unless_all_have_gone() -> None:
    assert survival([3, 8], [1, 0]).at([9])["survival"].isna().all()
    assert survival([3, 8], [1, 1]).at([9])["survival"].tolist() == [0]
    assert survival([3, 8], [1, 0]).at([1]).iloc[0].tolist() == pytest.approx([1, 0, 0.025**0.5, 1, 2])


def test_missing_event_is_not_no_event() -> None:
    times = pd.Series([3, 5, 8], index=["a", "b", "c"])
    with pytest.warns(UserWarning, match="1 of 3 units miss event and are left out"):
        left = survival(times, [True, None, False])
    assert left.dropped.to_numpy().tolist() == [["b", "event"]]
    assert left.groups["n"].tolist() == [2]
    assert "Left out for missing cells and listed in `dropped`: 1 unit." in left.summary()


@pytest.mark.parametrize(
    ("time", "event", "group", "said"),
    [
        ([-1, 2], [1, 0], None, "time is -1 in 1 unit: expected a finite number from 0"),
        ([np.inf, 2], [1, 0], None, "time is inf"),
        (
            pd.to_timedelta([1, 2], unit="D"),
            [1, 0],
            None,
            "time must be numbers, such as days since the vote, not dates",
        ),
        (["soon", "late"], [1, 0], None, "time must be numbers"),
        ([1, 2], [1], None, "2 of time, 1 of event: expected one of each"),
        ([], [], None, "there are no times"),
        ([1, 2], [1, 0], ["a", "a"], r"all units are in one group \(a\)"),
        ([None, None], [1, 0], None, "every one of the 2 units misses"),
    ],
)
def test_input_that_cannot_be_right_is_refused(time: list, event: list, group: list | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        survival(time, event, group=group)


def test_level_is_checked_and_widens() -> None:
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        survival(*MAINTAINED, level=95)
    narrow, wide = (survival(*MAINTAINED, level=level).curve for level in (0.8, 0.99))
    assert (wide["low"] <= narrow["low"]).all()
    assert (wide["high"] >= narrow["high"]).all()


def test_groups_that_no_event_can_tell_apart_have_no_test() -> None:
    found = survival([1, 2, 8, 9], [0, 0, 1, 0], group=["a", "a", "b", "b"])
    assert np.isnan(found.test.statistic)
    assert "no test between them" in found.summary()


@settings(max_examples=40)
@given(samples)
def test_order_and_copies_do_not_matter(rows: list[tuple[int, int]]) -> None:
    time, event = zip(*rows, strict=True)
    curve = survival(time, event).curve
    pd.testing.assert_frame_equal(survival(time[::-1], event[::-1]).curve, curve)
    twice = survival(time * 2, event * 2).curve
    assert twice["survival"].to_numpy() == pytest.approx(curve["survival"].to_numpy())
    assert twice["se"].to_numpy() == pytest.approx(curve["se"].to_numpy() / 2**0.5, abs=1e-9)


@settings(max_examples=40)
@given(samples)
def test_curve_falls_inside_its_interval(rows: list[tuple[int, int]]) -> None:
    curve = survival(*zip(*rows, strict=True)).curve
    assert (curve["survival"].diff().dropna() <= 1e-12).all()
    assert (curve["low"] <= curve["survival"] + 1e-12).all()
    assert (curve["survival"] <= curve["high"] + 1e-12).all()
    assert ((curve[["low", "high"]] >= 0) & (curve[["low", "high"]] <= 1)).all(axis=None)


def test_kaplan_meier_is_turnbull_where_every_day_is_known() -> None:
    found = exits(load_cases())
    days = [10, 30, 90, 180, 300]
    exact = survival(found.frame["time_days"], found.frame["exited"]).at(days)["survival"]
    bounds = found.turnbull().survival(days)
    assert bounds["low"].to_numpy() == pytest.approx(exact.to_numpy(), abs=1e-5)
    assert bounds["high"].to_numpy() == pytest.approx(exact.to_numpy(), abs=1e-5)


def test_weibull_model_of_the_rossi_data(shared) -> None:
    rossi = pd.read_csv(shared / "reference/rossi.csv")
    flags = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    columns = pd.DataFrame({name: (rossi[name] == value).astype(int) for name, value in flags.items()})
    columns = columns.assign(age=rossi["age"], prio=rossi["prio"])
    upper = rossi["week"].where(rossi["arrest"] == 1, np.inf)
    fit = fit_interval_times(rossi["week"], upper, columns)
    assert fit.loglik == pytest.approx(-679.917, abs=1e-3)
    assert (fit.n_exact, fit.n_open) == (114, 318)


def test_copies_of_units_add_nothing_if_clustered() -> None:
    time, event = np.tile(NOT_MAINTAINED, 2)
    twice = survival(time, event, cluster=np.tile(range(12), 2))
    once = survival(*NOT_MAINTAINED, cluster=range(12))
    pd.testing.assert_series_equal(twice.curve["se"], once.curve["se"])
    assert once.curve["se"].iloc[:-1].to_numpy() == pytest.approx(
        survival(*NOT_MAINTAINED).curve["se"].iloc[:-1].to_numpy(), rel=0.1
    )
    assert "take the clusters as independent" in twice.summary()
    with pytest.raises(ValueError, match="cluster has 1 group"):
        survival(*NOT_MAINTAINED, cluster=[1] * 12)
