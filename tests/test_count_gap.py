"""Two counts of the same stations, and shares against a dose: worked by hand, simulated, and on Kyrgyzstan 2020."""

import pathlib
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from analysis.columns import DataError
from analysis.forensics import CountGap, count_gap, dose_response


def count(votes: dict[str, list[int | None]], **columns: list) -> pd.DataFrame:
    """Votes of A, B, ... by station as a long count; further columns per station."""
    rows = [
        {"station_id": station, "contestant": name, "votes": number}
        | {key: values[i] for key, values in columns.items()}
        for i, (station, numbers) in enumerate(votes.items())
        for name, number in zip("ABCDEFGH", numbers, strict=False)
    ]
    return pd.DataFrame(rows).astype({"votes": "Int64"})


def of(gap: CountGap, contestant: str) -> pd.Series:
    return gap.by_contestant.set_index("contestant").loc[contestant]


FIRST = {"1": [100, 50, 10], "2": [80, 60, 20], "3": [40, 90, 30], "4": [70, 70, 20]}
SECOND = {"1": [103, 47, 10], "2": [84, 56, 20], "3": [41, 89, 30], "4": [70, 70, 20]}


# Two counts ---------------------------------------------------------------------------------------------------------


def test_gap_worked_by_hand() -> None:
    gap = count_gap(count(FIRST), count(SECOND))
    a, b, c = (of(gap, name) for name in "ABC")
    assert a[["first", "second", "gap", "gained", "lost", "equal"]].tolist() == [290, 298, 8, 3, 0, 1]
    assert b[["gap", "gained", "lost", "equal"]].tolist() == [-8, 0, 3, 1]
    assert c[["gap", "gained", "lost", "equal"]].tolist() == [0, 0, 0, 4]
    assert a["points"] == pytest.approx(100 * 8 / 640)
    assert [a["p_value"], b["p_value"], c["p_value"]] == pytest.approx([0.25, 0.25, 1])
    assert [a["p_holm"], b["p_holm"], c["p_holm"]] == pytest.approx([0.75, 0.75, 1])
    assert (gap.n, gap.effect_votes) == (4, 16)
    assert a["excess_se"] == pytest.approx(np.sqrt(40 / 3))
    assert gap.statistic == pytest.approx(8 / np.sqrt(40 / 3))
    t = 8 / np.sqrt(40 / 3)
    assert gap.p_value == pytest.approx(3 * (1 - t / np.sqrt(2 + t**2)))  # the t distribution with 2 degrees of freedom
    assert gap.stations.index.tolist() == ["2", "1", "3", "4"]
    assert gap.stations.loc["2", ["difference", "gap", "gainer", "loser"]].tolist() == [8, 0, "A", "B"]
    assert pd.isna(gap.stations.loc["4", "gainer"])


def test_interval_is_the_jackknife_with_the_stations_that_differ() -> None:
    a = of(count_gap(count(FIRST), count(SECOND)), "A")
    gaps = np.array([3, 4, 1, 0])
    without = np.array([4 / 3 * (8 - each) for each in gaps])
    se = np.sqrt(3 / 4 * ((without - without.mean()) ** 2).sum())
    assert (a["low"], a["high"]) == (pytest.approx(8 - 4.302653 * se), pytest.approx(8 + 4.302653 * se))


def test_a_doubled_station_decides_the_gap_but_not_the_matched_gap_or_the_test() -> None:
    first = FIRST | {"5": [400, 100, 60]}
    second = SECOND | {"5": [200, 50, 30]}
    gap = count_gap(count(first, flags=[""] * 4 + ["doubled"]), count(second))
    assert of(gap, "A")[["gap", "gap_matched", "excess", "lost"]].tolist() == [-192, 8, 8, 1]
    assert gap.by_flag.set_index("flag")["stations"].to_dict() == {"none": 4, "doubled": 1, "mismatched": 1}
    assert gap.by_flag.set_index("flag")["gap"].to_dict() == {"none": 0, "doubled": -280, "mismatched": -280}
    assert "(-280; +0 without 1 station whose totals differ by more than 10%)" in gap.finding()
    for flag in ("doubled", "mismatched"):
        left = count_gap(count(first, flags=[""] * 4 + ["doubled"]), count(second), leave_out=[flag])
        assert left.excluded.to_numpy().tolist() == [[f"flagged {flag}", 1]]
        assert (left.n, of(left, "A")["gap"]) == (4, 8)


def test_mismatched_stations_are_compared_but_not_behind_the_test() -> None:
    gap = count_gap(count(FIRST | {"5": [400, 100, 60]}), count(SECOND | {"5": [200, 50, 30]}))
    alone = count_gap(count(FIRST), count(SECOND))
    assert (gap.n, gap.statistic, gap.p_value) == (alone.n, alone.statistic, alone.p_value)
    assert gap.excluded.to_numpy().tolist() == [["mismatched totals", 1]]
    assert "Used 4 of 5; left out: 1 mismatched totals." in gap.summary()
    assert len(gap.stations) == 5
    assert "differ in 4 of 5 stations" in gap.finding()


def test_one_flag_can_be_left_out_by_its_name() -> None:
    first, second = count(FIRST | {"5": [400, 100, 60]}), count(SECOND | {"5": [200, 50, 30]})
    one, listed = (count_gap(first, second, leave_out=flag) for flag in ("mismatched", ["mismatched"]))
    assert one.stations.index.tolist() == listed.stations.index.tolist() == ["2", "1", "3", "4"]
    assert one.excluded.equals(listed.excluded)


def test_every_station_mismatched_leaves_nothing_to_test() -> None:
    gap = count_gap(count({"1": [10, 20], "2": [30, 5]}), count({"1": [20, 40], "2": [60, 10]}))
    assert (gap.n, gap.p_value, gap.flags()) == (0, None, False)
    assert gap.excluded.to_numpy().tolist() == [["mismatched totals", 2]]
    assert of(gap, "A")["gap"] == 40


def test_stations_that_all_changed_alike_have_no_standard_error_and_no_test() -> None:
    gap = count_gap(count({"1": [50, 50], "2": [60, 40]}), count({"1": [51, 49], "2": [61, 39]}))
    assert gap.p_value is None
    assert "+1" not in gap.finding().split("Beyond")[1]
    assert "+2 votes (no interval from fewer than two stations, or from stations that all" in gap.finding()


def test_finding_names_the_largest_and_the_clearest_change_and_says_what_is_corrected() -> None:
    first = {str(i): [1000, 500, 500] for i in range(20)}
    moves = [60, -40] * 5 + [0] * 10
    second = {str(i): [1000 + moves[i] + 2 - i % 2, 500 - moves[i], 498 + i % 2] for i in range(20)}
    gap = count_gap(count(first), count(second))
    said = gap.finding()
    assert "A changed most: +130 votes (95% interval not corrected: -" in said
    assert "Clearest is C: -30 votes (95% interval not corrected: -" in said
    assert gap.p_value == of(gap, "C")["excess_p_holm"] < 0.001
    assert of(gap, "A")["excess_p_holm"] > 0.05
    assert said.count("corrected for their number") == 2


def test_ballots_found_for_everybody_give_no_excess() -> None:
    gap = count_gap(
        count(FIRST), count({key: [v + v // 10 for v in row] for key, row in FIRST.items()}), mismatch_pct=11
    )
    assert (gap.by_contestant["gap"] > 0).all()
    assert gap.by_contestant["excess"].to_numpy() == pytest.approx([0, 0, 0], abs=1e-9)
    assert of(gap, "A")["p_value"] == 0.125
    assert (gap.p_value, gap.statistic, gap.flags()) == (1, 0, False)


def test_regions_add_up_to_the_whole() -> None:
    regions = ["N", "N", "S", None]
    gap = count_gap(count(FIRST, region=regions), count(SECOND, region=regions))
    table = gap.by_region.set_index(["region", "contestant"])
    assert table.loc[("N", "A"), ["gap", "gained", "lost"]].tolist() == [7, 2, 0]
    assert table.loc[("S", "A"), "gap"] == 1
    assert gap.by_region["region"].isna().sum() == 3
    sums = gap.by_region.groupby("contestant")[["first", "second", "gap", "gained", "lost", "equal"]].sum()
    assert sums.equals(gap.by_contestant.set_index("contestant").sort_index()[sums.columns])


def test_what_is_in_one_count_only_is_listed() -> None:
    first = count(FIRST | {"8": [5, 5, 5]})
    second = count(SECOND | {"9": [7, 7, 7], "3": [41, None, 30]})
    first = pd.concat([first, pd.DataFrame({"station_id": ["1"], "contestant": ["Z"], "votes": [9]})])
    gap = count_gap(first, second)
    rows = gap.unmatched.astype(object).where(gap.unmatched.notna(), None)
    assert rows.to_numpy().tolist() == [
        [None, "Z", "contestant only in the first count", 9],
        ["3", None, "with votes missing for some contestants", 160],
        ["8", None, "only in the first count", 15],
        ["9", None, "only in the second count", 21],
    ]
    assert gap.n + gap.excluded["stations"].sum() == 6
    assert "Used 3 of 6; left out:" in gap.summary()


def test_identical_counts() -> None:
    gap = count_gap(count(FIRST), count(FIRST))
    assert (gap.p_value, gap.statistic, gap.effect_votes) == (1, 0, 0)
    assert gap.finding() == "The two counts agree in 4 stations."
    assert not gap.flags()


def test_one_station_has_a_gap_and_no_interval() -> None:
    gap = count_gap(count({"1": [10, 90]}), count({"1": [11, 89]}))
    assert of(gap, "A")["gap"] == 1
    assert np.isnan(of(gap, "A")["low"])
    assert "no interval from fewer than two stations" in gap.summary()


def test_a_station_with_no_votes_at_all_agrees() -> None:
    gap = count_gap(count({"1": [0, 0]}), count({"1": [0, 0]}))
    assert np.isnan(of(gap, "A")["points"])
    assert gap.p_value is None
    assert gap.finding() == "The two counts agree in 1 station."


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (count({"1": [1, 2]}), count({"2": [1, 2]}), "1 only in the first count, 1 only in the second count"),
        (count({"1": [1]}), count({"1": [1]}).assign(contestant="Z"), "at least one contestant in both counts"),
        (pd.concat([count({"1": [1]})] * 2), count({"1": [1]}), "first count, station_id = '1': expected one row per"),
        (count({"1": [1]}), count({"1": [-1]}), "second count, votes = '-1': expected a whole number.* 1"),
        (count({"1": [1]}).drop(columns="votes"), count({"1": [1]}), "the columns votes"),
    ],
)
def test_counts_that_cannot_be_compared(first: pd.DataFrame, second: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        count_gap(first, second)


@pytest.mark.parametrize("bad", [2.5, "two", -3, np.inf])
def test_votes_that_are_no_whole_number_are_refused_and_never_truncated(bad: object) -> None:
    good = count(FIRST)
    votes = good["votes"].astype(object)
    votes[(good["station_id"] == "3") & (good["contestant"] == "B")] = bad
    said = f"votes = '{bad}': expected a whole number, 0 or more \\(station 3\\)"
    with pytest.raises(DataError, match="second count, " + said):
        count_gap(good, good.assign(votes=votes))
    dosed_rows = good.assign(votes=votes, valid=500, region="N", dose=good["station_id"].astype(float))
    with pytest.raises(DataError, match="stations, " + said):
        dose_response(dosed_rows, dose="dose")


def test_unknown_flag_and_level() -> None:
    with pytest.raises(ValueError, match="no station is flagged 'double'; flags: doubled"):
        count_gap(count(FIRST, flags=["doubled"] * 4), count(SECOND), leave_out=["double"])
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        count_gap(count(FIRST), count(SECOND), level=95)


@settings(max_examples=15)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 6), min_size=1, max_size=12))
def test_swapping_the_counts_turns_every_sign(rows: list[tuple[int, ...]]) -> None:
    first = count({str(i): list(row[:3]) for i, row in enumerate(rows)})
    second = count({str(i): list(row[3:]) for i, row in enumerate(rows)})
    there, back = count_gap(first, second), count_gap(second, first)
    for name in "ABC":
        assert of(there, name)["gap"] == -of(back, name)["gap"]
        assert of(there, name)["p_holm"] == pytest.approx(of(back, name)["p_holm"])
    assert there.by_contestant["excess"].sum() == pytest.approx(0, abs=1e-6)
    assert (there.by_contestant[["gained", "lost", "equal"]].sum(axis=1) == len(rows)).all()
    assert there.effect_votes <= there.stations["difference"].sum()


def recounted(rng: Generator, copying: float, found: float, shaved: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make 200 stations: symmetric copying errors, ballots found by share, and votes of B counted for A."""
    first = np.array([rng.multinomial(rng.integers(300, 1500), [0.4, 0.3, 0.2, 0.1]) for _ in range(200)])
    second = first.copy()
    for i in np.flatnonzero(rng.random(200) < copying):
        lost, gained = rng.choice(4, 2, replace=False)
        moved = min(int(rng.geometric(0.2)), int(second[i, lost]))
        second[i, [lost, gained]] += [-moved, moved]
    for i in np.flatnonzero(rng.random(200) < found):
        second[i] += rng.multinomial(rng.geometric(0.1), first[i] / first[i].sum())
    for i in np.flatnonzero(rng.random(200) < shaved):
        second[i, :2] += [5, -5]
    return tuple(count({str(i): row.tolist() for i, row in enumerate(table)}) for table in (first, second))


def test_symmetric_errors_are_rarely_called_conspicuous_and_shaving_always() -> None:
    rng = default_rng(1)
    null = [count_gap(*recounted(rng, 0.15, 0)).p_value <= 0.05 for _ in range(15)]
    assert sum(null) <= 2
    shaved = count_gap(*recounted(rng, 0.15, 0, shaved=0.25))
    assert shaved.p_value < 0.01
    assert of(shaved, "A")["low"] < 250 < of(shaved, "A")["high"]
    assert of(shaved, "A")["excess_p_holm"] < 0.01


def test_found_ballots_break_the_symmetry_but_favour_nobody() -> None:
    rng = default_rng(2)
    gaps = [count_gap(*recounted(rng, 0, 0.3)) for _ in range(8)]
    assert all(gap.by_contestant["p_holm"].min() < 0.001 for gap in gaps)
    assert all(gap.p_value == gap.by_contestant["excess_p_holm"].min() for gap in gaps)
    assert sum(gap.flags() for gap in gaps) <= 2


@pytest.fixture
def kyrgyz(shared: pathlib.Path) -> pd.DataFrame:
    return pd.read_csv(shared / "facts/precincts_kgz_2020.csv")


def kyrgyz_count(table: pd.DataFrame, prefix: str) -> pd.DataFrame:
    parties = [name[2:] for name in table if name.startswith("m_")]
    wide = table[[prefix + party for party in parties]].set_axis(parties, axis="columns")
    wide = wide.assign(station_id=table["precinct_id"], region=table["region"], dose=table["form2_share_pct"])
    wide = wide.assign(flags=table["machine_flag"].replace("ok", ""), valid=wide[parties].sum(axis=1))
    keys = ["station_id", "region", "flags", "valid", "dose"]
    return wide.melt(id_vars=keys, var_name="contestant", value_name="votes").astype({"votes": "Int64"})


def test_kyrgyzstan_2020_everybody_gained_from_the_machines_to_the_hand_count(kyrgyz: pd.DataFrame) -> None:
    gap = count_gap(kyrgyz_count(kyrgyz, "m_"), kyrgyz_count(kyrgyz, ""))
    totals = gap.by_contestant[["first", "second", "gap", "gap_matched"]].sum()
    assert totals.tolist() == [1_864_140, 1_859_140, -5_000, 1_941]
    assert (gap.n, len(gap.stations)) == (2300, 2339)
    assert gap.excluded.to_numpy().tolist() == [["only in the second count", 74], ["mismatched totals", 39]]
    flags = gap.by_flag.set_index("flag")["stations"]
    assert flags.to_dict() == {"none": 2300, "machine_doubled": 17, "machine_gap": 21, "mismatched": 39}
    leader = of(gap, "birimdik")
    assert leader[["gap_matched", "gained", "lost"]].tolist() == [713, 188, 31]
    assert leader["excess_low"] < 0 < leader["excess"] == pytest.approx(271.3, abs=0.1)
    assert leader["excess_p_holm"] == pytest.approx(0.914, abs=0.001)
    assert gap.p_value == of(gap, "reforma")["excess_p_holm"] == pytest.approx(0.029, abs=0.001)
    assert (gap.by_contestant["excess_p_holm"] <= 0.05).sum() == 1
    assert "birimdik changed most: +271 votes" in gap.finding()
    assert "Clearest is reforma: -73 votes" in gap.finding()


# Dose ---------------------------------------------------------------------------------------------------------------


def dosed(rng: Generator, slope: float, n: int = 600, regions: int = 9, between: float = 0.0) -> pd.DataFrame:
    """Make stations of which a contestant's share rises by `slope` points per 10 of dose within regions."""
    region = rng.integers(regions, size=n)
    dose = np.minimum(rng.exponential(4 + 3 * region), 100)
    valid = rng.integers(200, 1500, n)
    share = 40 + between * region + slope * dose / 10 + 3 * rng.standard_normal(n)
    votes = rng.binomial(valid, np.clip(share / 100, 0, 1))
    ids = np.arange(n).astype(str)
    columns = {"station_id": ids, "region": region.astype(str), "valid": valid, "form2_share_pct": dose}
    others = pd.DataFrame(columns | {"contestant": "others", "votes": valid - votes})
    return pd.concat([pd.DataFrame(columns | {"contestant": "A", "votes": votes}), others], ignore_index=True)


def test_slope_and_standard_error_are_those_of_statsmodels() -> None:
    frame = dosed(default_rng(1), 1.0)
    row = dose_response(frame, "A", resamples=99).estimates.iloc[0]
    own = frame[frame["contestant"] == "A"]
    own = own.assign(y=100 * own["votes"] / own["valid"], x=own["form2_share_pct"] / 10)
    fit = smf.wls("y ~ x + C(region)", own, weights=own["valid"]).fit(
        cov_type="cluster", cov_kwds={"groups": own["region"].astype(int).to_numpy()}
    )
    assert row["estimate"] == pytest.approx(fit.params["x"], rel=1e-8)
    assert row["se"] == pytest.approx(fit.bse["x"], rel=1e-8)
    assert row["pooled"] == pytest.approx(smf.wls("y ~ x", own, weights=own["valid"]).fit().params["x"], rel=1e-8)


def test_standard_error_with_districts_inside_regions_is_that_of_statsmodels() -> None:
    frame = dosed(default_rng(1), 1.0, regions=4)
    frame["district"] = frame["region"] + "-" + (frame["station_id"].astype(int) % 5).astype(str)
    response = dose_response(frame, "A", resamples=499)
    own = frame[frame["contestant"] == "A"]
    own = own.assign(y=100 * own["votes"] / own["valid"], x=own["form2_share_pct"] / 10)
    fit = smf.wls("y ~ x + C(region)", own, weights=own["valid"]).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(own["district"])[0]}
    )
    row = response.estimates.iloc[0]
    assert (response.cluster, response.clusters) == ("district", 20)
    assert row["se"] == pytest.approx(fit.bse["x"], rel=1e-8)
    assert row["low"] < 1.0 < row["high"]


@pytest.mark.parametrize("cluster", ["region", "town"])
def test_wild_bootstrap_is_the_one_written_out_with_every_refit(cluster: str) -> None:
    frame = dosed(default_rng(4), 0.05, n=80, regions=5)
    frame["town"] = frame["region"] + "-" + (frame["station_id"].astype(int) % 2).astype(str)
    own = frame[frame["contestant"] == "A"]
    y, x = (100 * own["votes"] / own["valid"]).to_numpy(), own["form2_share_pct"].to_numpy() / 10
    w, region = own["valid"].to_numpy(dtype=float), own["region"].astype(int).to_numpy()
    group = pd.factorize(own[cluster])[0]
    design = np.column_stack([x, region[:, None] == np.arange(5)]).astype(float)
    bread = np.linalg.inv(design.T @ (w[:, None] * design))

    def t(outcome: np.ndarray) -> float:
        beta = bread @ design.T @ (w * outcome)
        scores = design * (w * (outcome - design @ beta))[:, None]
        summed = np.array([scores[group == g].sum(axis=0) for g in range(group.max() + 1)])
        return abs(beta[0]) / np.sqrt((bread @ summed.T @ summed @ bread)[0, 0])

    means = np.array([np.average(y[region == g], weights=w[region == g]) for g in range(5)])[region]
    webb = np.outer([-1, 1], np.sqrt([0.5, 1, 1.5])).ravel()
    draws = default_rng(0).choice(webb, (1500, group.max() + 1))
    drawn = np.array([t(means + draw[group] * (y - means)) for draw in draws])
    ours = dose_response(frame, "A", cluster=cluster, resamples=20_000).estimates["p_value"].iloc[0]
    assert 0.02 < ours < 0.98
    assert ours == pytest.approx((drawn >= t(y)).mean(), abs=0.035)


@pytest.mark.parametrize("slope", [0.0, 1.5])
def test_known_slope_is_recovered_and_covered(slope: float) -> None:
    rng = default_rng(7)
    rows = [dose_response(dosed(rng, slope), "A", resamples=299).estimates.iloc[0] for _ in range(16)]
    assert np.mean([row["estimate"] for row in rows]) == pytest.approx(slope, abs=0.12)
    assert sum(row["low"] <= slope <= row["high"] for row in rows) >= 13
    if slope:
        assert all(row["p_value"] < 0.05 for row in rows)


def test_strongholds_with_low_doses_hide_the_slope_unless_regions_are_compared_within() -> None:
    row = dose_response(dosed(default_rng(3), 1.0, between=-3.0), "A").estimates.iloc[0]
    assert row["pooled"] < -0.5
    assert row["low"] < 1.0 < row["high"]
    assert row["low"] > 0


def test_slopes_of_all_contestants_add_up_to_nothing_and_are_corrected() -> None:
    response = dose_response(dosed(default_rng(5), 2.0), resamples=199)
    rows = response.estimates.set_index("contestant")
    assert rows["estimate"].sum() == pytest.approx(0, abs=1e-9)
    assert rows["votes"].sum() == pytest.approx(0, abs=1e-6)
    assert rows["p_holm"].tolist() == pytest.approx((2 * rows["p_value"]).clip(upper=1).tolist())
    assert response.p_value == rows["p_holm"].min()
    assert abs(response.effect_votes) == pytest.approx(rows["votes"].abs().max())


def test_votes_are_slope_times_dose_times_valid_votes() -> None:
    frame = pd.DataFrame({"station_id": list("abcd"), "region": list("NNSS"), "contestant": "A", "valid": 200})
    frame = frame.assign(votes=[60, 70, 40, 60], dose=[0.0, 10.0, 20.0, 40.0])
    response = dose_response(frame, "A", dose="dose")
    row = response.estimates.iloc[0]
    assert (row["estimate"], row["votes"]) == (pytest.approx(5), pytest.approx(0.05 * 200 * 7))
    bands = response.bands
    assert bands[["dose_low", "stations", "share_pct"]].to_numpy().tolist() == [
        [0, 1, 30], [10, 1, 35], [20, 1, 20], [40, 1, 30],
    ]  # fmt: skip


def test_bands_are_compared_within_regions() -> None:
    rng = default_rng(8)
    bands = dose_response(dosed(rng, 2.0, n=4000, between=-3.0), "A", resamples=9).bands
    assert bands["points"].iloc[0] == 0
    assert bands["points"].is_monotonic_increasing
    assert not bands["share_pct"].is_monotonic_increasing
    assert bands["stations"].sum() == 4000


def test_bent_relation_shows_in_the_quadratic_term() -> None:
    rng = default_rng(9)
    straight = dosed(rng, 1.0)
    bent = straight.assign(form2_share_pct=np.sqrt(straight["form2_share_pct"]) * 10)
    assert dose_response(bent, "A").estimates["curve_p"].iloc[0] < 0.05
    straights = [dose_response(dosed(rng, 1.0), "A", resamples=199).estimates["curve_p"].iloc[0] for _ in range(10)]
    assert sum(p <= 0.05 for p in straights) <= 2


def test_leaving_a_region_out_shows_how_far_one_carries_the_slope() -> None:
    frame = dosed(default_rng(6), 0.0, regions=4)
    own = (frame["region"] == "3") & (frame["contestant"] == "A")
    frame.loc[own, "votes"] = (
        (frame["valid"] * (0.2 + frame["form2_share_pct"] / 200)).round().clip(upper=frame["valid"])
    )
    response = dose_response(frame, "A")
    table = response.by_region.set_index("region")
    assert table.loc["3", "slope"] == pytest.approx(5, abs=0.3)
    assert abs(table.loc["3", "without"]) < 0.5
    row = response.estimates.iloc[0]
    assert (row["without_low"], row["without_high"]) == (table["without"].min(), table["without"].max())


def test_one_region_gives_a_slope_and_no_test() -> None:
    response = dose_response(dosed(default_rng(2), 1.0, regions=1), "A")
    assert response.p_value is None
    assert not response.flags()
    assert np.isnan(response.estimates["low"].iloc[0])
    assert "A single cluster gives no interval and no test" in response.summary()


def test_same_seed_same_numbers_and_nothing_of_the_input_changed() -> None:
    frame = dosed(default_rng(2), 1.0)
    before = frame.copy()
    first, again = (dose_response(frame, resamples=99, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.estimates, again.estimates)
    pd.testing.assert_frame_equal(frame, before)


def test_stations_without_dose_votes_or_region_are_counted() -> None:
    frame = dosed(default_rng(2), 1.0, n=100)
    frame.loc[frame["station_id"] == "1", "form2_share_pct"] = None
    frame.loc[frame["station_id"] == "2", "region"] = None
    frame.loc[frame["station_id"] == "3", ["valid", "votes"]] = 0
    frame = frame.drop(frame.index[(frame["station_id"] == "4") & (frame["contestant"] == "A")])
    response = dose_response(frame, resamples=9)
    assert response.n == 96
    assert response.excluded.set_index("reason")["stations"].to_dict() == {
        "with no votes stated for a contestant": 1,
        "with no form2_share_pct stated": 1,
        "with no region stated": 1,
        "with no valid votes": 1,
    }


@pytest.mark.parametrize("dose", [0.1, 7.7, 33.3])
def test_dose_that_is_constant_within_every_region_is_refused(dose: float) -> None:
    frame = dosed(default_rng(2), 1.0, n=100)
    words = "a form2_share_pct that differs between the stations of some region"
    for factor in (1.0, frame["region"].astype(float)):
        with pytest.raises(DataError, match=words):
            dose_response(frame.assign(form2_share_pct=dose * factor))
    district = "d" + (frame["station_id"].astype(int) % 4).astype(str)
    with pytest.raises(DataError, match=words):
        dose_response(frame.assign(form2_share_pct=dose, region="N", district=district))


def test_region_with_a_constant_dose_has_no_slope_of_its_own() -> None:
    frame = dosed(default_rng(2), 1.0, regions=3)
    frame.loc[frame["region"] == "1", "form2_share_pct"] = 7.7
    slopes = dose_response(frame, "A", resamples=9).by_region.set_index("region")["slope"]
    assert slopes.isna().to_dict() == {"0": False, "1": True, "2": False}


def test_station_with_more_votes_than_valid_ones_is_left_out_and_counted() -> None:
    frame = dosed(default_rng(2), 1.0, n=100)
    frame.loc[(frame["station_id"] == "7") & (frame["contestant"] == "A"), "votes"] = 5000
    response = dose_response(frame, resamples=9)
    assert response.excluded.to_numpy().tolist() == [["with more votes than valid ones", 1]]
    assert response.n == 99


def test_one_station_has_one_finite_dose() -> None:
    frame = dosed(default_rng(2), 1.0, n=100)
    seventh = frame["station_id"] == "7"
    last = seventh & (frame["contestant"] == "others")
    once = r"form2_share_pct = '.*': expected the same number on every row of a station \(station 7\)"
    for other in (99.0, np.nan):
        with pytest.raises(DataError, match=once):
            dose_response(frame.assign(form2_share_pct=frame["form2_share_pct"].mask(last, other)))
    for bad in (np.inf, -np.inf, "many"):
        doses = frame["form2_share_pct"].astype(object).mask(seventh, bad)
        with pytest.raises(DataError, match=r"expected a finite number \(station 7\)"):
            dose_response(frame.assign(form2_share_pct=doses))


def test_dose_finding_says_that_its_intervals_are_not_corrected() -> None:
    assert "(95% interval not corrected: +" in dose_response(dosed(default_rng(2), 2.0), resamples=99).finding()


def test_thousands_of_clusters_need_no_table_of_stations_by_clusters() -> None:
    frame = dosed(default_rng(2), 1.0, n=20_000, regions=5)
    frame["district"] = frame["region"] + "-" + (frame["station_id"].astype(int) % 500).astype(str)
    tracemalloc.start()
    response = dose_response(frame, "A", resamples=9)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.clusters > 2000
    assert peak < response.n * response.clusters * 8 / 4


def test_dose_that_cannot_be_used() -> None:
    frame = dosed(default_rng(2), 1.0, n=100)
    with pytest.raises(DataError, match="a form2_share_pct that differs between the stations of some region"):
        dose_response(frame.assign(form2_share_pct=frame["region"].astype(float)))
    with pytest.raises(DataError, match="every town in one region; 1 lie in several"):
        dose_response(frame.assign(town="x"), cluster="town")
    with pytest.raises(DataError, match="one row per station and contestant"):
        dose_response(pd.concat([frame, frame]))
    with pytest.raises(DataError, match="the columns dose"):
        dose_response(frame, dose="dose")
    with pytest.raises(ValueError, match="unknown contestant 'B'"):
        dose_response(frame, ["A", "B"])
    with pytest.raises(ValueError, match="bands go from 0 to 1"):
        dose_response(frame, "A", bands=[0, 1])
    with pytest.raises(ValueError, match="expected two or more rising edges"):
        dose_response(frame, "A", bands=[0, 0, 100])


def test_kyrgyzstan_2020_no_party_rises_clearly_with_form_2_within_regions(kyrgyz: pd.DataFrame) -> None:
    response = dose_response(kyrgyz_count(kyrgyz, ""), dose="dose")
    rows = response.estimates.set_index("contestant")
    assert (response.n, response.clusters) == (2413, 10)
    assert rows.index[0] == "birimdik"
    assert rows.loc["birimdik", ["estimate", "without_low", "without_high"]].tolist() == pytest.approx(
        [1.168, 0.798, 1.471], abs=0.001
    )
    assert rows.loc["birimdik", "low"] < 0 < rows.loc["birimdik", "high"]
    assert rows.loc["against_all", "p_value"] > 0.5
    assert (rows.loc[rows["estimate"] > 0, "p_value"] > 0.05).all()
