"""All tests on one election: corrections, exclusions, what cannot be run, and error rates that stay true."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis import DataError, forensics, load_table
from analysis.forensics.result import MEASURED, RUNS, STATIONS

QUICK = {"resamples": 20, "permutations": 19}


@pytest.fixture(scope="module")
def rounded() -> forensics.ForensicReport:
    return forensics.report(forensics.simulate(1000, manipulation="rounding", fraction=0.2, seed=3), **QUICK)


def test_rounded_figures_are_found_after_correction(rounded: forensics.ForensicReport) -> None:
    assert rounded.tests.loc["integer_peaks", "p_holm"] < 0.001
    assert "integer_peaks" in rounded.summary().splitlines()[1]


def test_corrections_are_those_worked_out_by_hand(rounded: forensics.ForensicReport) -> None:
    tests = rounded.tests.dropna(subset="p_value").sort_values("p_value")
    number = len(tests)
    worked = np.maximum.accumulate(tests["p_value"].to_numpy() * np.arange(number, 0, -1)).clip(max=1)
    assert tests["p_holm"].to_numpy() == pytest.approx(worked)
    ratio = tests["p_value"].to_numpy() * number / np.arange(1, number + 1)
    assert tests["p_bh"].to_numpy() == pytest.approx(np.minimum.accumulate(ratio[::-1])[::-1].clip(max=1))


def test_every_test_says_its_null_its_stations_and_its_errors(rounded: forensics.ForensicReport) -> None:
    assert set(rounded.results) == set(MEASURED)
    for name, result in rounded.results.items():
        said = result.summary()
        assert "Null: " in said, name
        assert "Assumes: " in said, name
        assert f"Used {result.n:,} of {result.n + result.excluded['stations'].sum():,}" in said
        assert "simulated clean elections it flags" in said, name
        assert ("cries wolf" in said) == (name in forensics.error_rates().query("wolf").index), name


def test_summary_names_the_tests_that_cry_wolf() -> None:
    clean = forensics.report(forensics.simulate(1000, seed=1), **QUICK)
    assert clean.tests.loc["turnout_share", "flagged"]
    assert "turnout_share" in clean.summary().splitlines()[2]
    assert clean.summary().splitlines()[-1] == "No test proves fraud, and none proves its absence."


def test_bad_stations_are_counted_with_their_reason_and_never_lost() -> None:
    stations = forensics.simulate(400, seed=2)[["region", "registered", "issued", "cast", "valid", "votes"]]
    stations = stations.astype(dict.fromkeys(["registered", "issued", "cast", "valid", "votes"], "Int64"))
    stations.loc[stations.index[0], ["issued", "cast"]] = stations["registered"].iloc[0] + 50
    stations.loc[stations.index[1], "votes"] = stations["cast"].iloc[1] + 1
    stations.loc[stations.index[2], ["issued", "cast", "valid", "votes"]] = 0
    stations.loc[stations.index[3], "registered"] = pd.NA
    report = forensics.report(stations, **QUICK)
    assert (report.tests["n"] + report.tests["excluded"] == 400).all()
    for name in ("turnout_share", "anomalous_votes", "klimek", "resampled_kernel"):
        assert report.tests.loc[name, "excluded"] >= 4, name
    reasons = " ".join(report.results["turnout_share"].excluded["reason"])
    for word in ("registered", "turnout", "votes"):
        assert word in reasons


def test_negative_votes_and_missing_columns_are_errors() -> None:
    stations = forensics.simulate(50, seed=2)
    with pytest.raises(DataError, match="a whole number, 0 or more"):
        forensics.report(stations.assign(votes=-1), **QUICK)
    with pytest.raises(DataError, match="the columns registered are missing"):
        forensics.report(stations.drop(columns="registered"), **QUICK)


def test_what_cannot_be_run_is_listed_with_the_reason() -> None:
    small = forensics.simulate(60, share=0.02, seed=4)
    report = forensics.report(small, **QUICK)
    assert "last_digit" in set(report.not_run["test"])
    assert report.not_run["reason"].str.len().min() > 10
    assert "Not run: last_digit" in report.summary()
    assert set(report.tests.index) | set(report.not_run["test"]) == set(MEASURED)


def test_nothing_usable_is_an_error_in_words() -> None:
    nothing = forensics.simulate(20, seed=1).assign(votes=0, cast=0, valid=0, issued=0)
    with pytest.raises(DataError, match="stations that some test can use"):
        forensics.report(nothing, **QUICK)


def test_same_seed_same_report_and_the_input_stays() -> None:
    stations = forensics.simulate(300, seed=5)
    before = stations.copy()
    one, two = (forensics.report(stations, seed=7, **QUICK).tests for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(stations, before)


def test_one_contestant_out_of_a_long_table() -> None:
    rows = [("1", "A", 30, 100), ("1", "B", 20, 100), ("2", "B", 3, 90)]
    long = pd.DataFrame(rows, columns=["station_id", "contestant", "votes", "registered"]).assign(cast=60)
    stations = forensics.stations(long, "A")
    assert stations["votes"].tolist() == [30, pd.NA]
    assert stations["registered"].tolist() == [100, 90]
    assert stations["issued"].isna().all()
    with pytest.raises(ValueError, match="unknown contestant 'C'"):
        forensics.stations(long, "C")
    with pytest.raises(DataError, match="one row per station for 'B'"):
        forensics.stations(pd.concat([long, long.tail(1)]), "B")
    with pytest.raises(DataError, match="the same registered, cast on every row"):
        forensics.stations(long.assign(registered=[100, 101, 90]), "A")
    with pytest.raises(DataError, match="a station in every row; 1 have none"):
        forensics.stations(long.assign(station_id=["1", "1", None]), "A")
    with pytest.raises(DataError, match="the columns votes, registered are missing"):
        forensics.stations(long.drop(columns=["votes", "registered"]), "A")


# Error rates --------------------------------------------------------------------------------------------------------


def test_calibration_is_the_same_for_any_number_of_processes() -> None:
    world = {"clean": {"heterogeneity": "none"}}
    done = []
    one = forensics.calibrate(4, situations=world, n=200, workers=1, progress=done.append)
    two = forensics.calibrate(4, situations=world, n=200, workers=2)
    pd.testing.assert_frame_equal(one, two)
    assert done == [1, 2, 3, 4]
    assert (one["runs"] == 4).all()
    assert (one["low_pct"] <= one["flagged_pct"]).all()
    assert (one["flagged_pct"] <= one["high_pct"]).all()


@pytest.mark.parametrize("situation", ["clean", "realistic", "rounding"])
def test_recorded_rates_hold_on_elections_not_used_for_them(situation: str) -> None:
    from analysis.forensics.calibration import SITUATIONS

    runs = 12
    world = {situation: SITUATIONS[situation]}
    again = forensics.calibrate(runs, situations=world, n=STATIONS, seed=50_000).set_index("test")["flagged"]
    recorded = forensics.error_rates()[f"{situation}_pct"] / 100
    for name, flagged in again.items():
        low, high = binom.interval(0.9999, runs, min(max(recorded[name], 0.003), 0.997))
        assert low <= flagged <= high, name


def test_tests_with_a_valid_null_keep_their_level_where_stations_are_alike() -> None:
    rates = forensics.error_rates()
    assert RUNS == 1000
    assert rates["clean_pct"].drop("second_digit").max() < 8.0, "nominal 5 %; counts of alike stations are not Benford"


def test_flags_on_real_elections_are_those_of_the_table() -> None:
    table = load_table("station_tests").query("~disputed and test in @MEASURED")
    rates = forensics.error_rates()
    assert table.groupby("test")["flagged"].sum().to_dict() == rates["real_flagged"].to_dict()
    assert table.groupby("test").size().to_dict() == rates["real_counts"].to_dict()
