"""Tests of stations: published numbers, exact nulls by brute force, hand-worked cases, and what is left out."""

import itertools
import math
import pathlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats

from analysis import DataError
from analysis.forensics import (
    anomalous_votes,
    extreme_digits,
    integer_peaks,
    last_digit,
    last_two_digits,
    second_digit,
    simulate,
    turnout_share,
    zero_five,
)

YEARS = [2011, 2012, 2018]
DIGIT_TESTS = [last_digit, second_digit, zero_five, last_two_digits]
STATION_TESTS = [integer_peaks, turnout_share, lambda frame: anomalous_votes(frame, permutations=0)]

COUNT = st.one_of(st.none(), st.integers(0, 400))
ROWS = st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=30)


def russia(shared: pathlib.Path, year: int) -> pd.DataFrame:
    names = {"voters": "registered", "given": "issued", "received": "cast", "leader": "votes"}
    return pd.read_csv(shared / f"reference/russia{year}_stations.csv.gz").rename(columns=names)


def frame(*rows: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["registered", "cast", "votes"])


def clean(seed: int, n: int = 300) -> pd.DataFrame:
    """Voters who decide alone; stations differ in size, turnout and share, all unrelated."""
    rng = default_rng(seed)
    registered = rng.integers(200, 3000, n)
    cast = rng.binomial(registered, rng.beta(30, 20, n))
    return pd.DataFrame({"registered": registered, "cast": cast, "votes": rng.binomial(cast, rng.beta(20, 20, n))})


def uniform(p_values: list[float]) -> bool:
    """Whether p-values could be uniform; fixed seeds keep the answer."""
    return stats.kstest(p_values, "uniform").pvalue > 0.01


# Digits -------------------------------------------------------------------------------------------------------------


def test_second_digits_of_benford() -> None:
    published = [0.11968, 0.11389, 0.10882, 0.10433, 0.10031, 0.09668, 0.09337, 0.09035, 0.08757, 0.08500]
    test = second_digit(range(10, 110))
    shares = test.expected / test.n
    assert shares.tolist() == pytest.approx(published, abs=6e-6)
    assert test.expected_mean == pytest.approx(4.18739, abs=1e-5)
    assert (shares * shares.index**2).sum() - test.expected_mean**2 == pytest.approx(8.25378, abs=1e-5)


@pytest.mark.parametrize(
    ("year", "chi_square", "p_value", "mean"),
    [(2011, 23.128, 0.0059, 4.2313), (2012, 23.755, 0.0047, 4.1967), (2018, 17.415, 0.0426, 4.0034)],
)
def test_digits_of_russian_leaders(
    shared: pathlib.Path, year: int, chi_square: float, p_value: float, mean: float
) -> None:
    stations = russia(shared, year)
    last = last_digit(stations["votes"])
    assert (last.statistic, last.p_value) == (pytest.approx(chi_square, abs=0.001), pytest.approx(p_value, abs=5e-5))
    large = stations[(stations["registered"] >= 100) & (stations["cast"] > 0)]
    assert second_digit(large["votes"]).mean_digit == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize(
    ("party", "chi_square", "p_value"),
    [
        ("birimdik", 6.89, 0.648),
        ("mekenim_kyrgyzstan", 5.22, 0.815),
        ("kyrgyzstan", 9.91, 0.357),
        ("butun_kyrgyzstan", 16.75, 0.053),
    ],
)
def test_last_digits_of_kyrgyz_parties_show_nothing(
    shared: pathlib.Path, party: str, chi_square: float, p_value: float
) -> None:
    test = last_digit(pd.read_csv(shared / "facts/precincts_kgz_2020.csv")[party], minimum=10)
    assert test.statistic == pytest.approx(chi_square, abs=0.006)
    assert test.p_value == pytest.approx(p_value, abs=6e-4)
    assert not test.flags()


def test_last_digits_worked_by_hand() -> None:
    test = last_digit([*range(100, 110), 111, 121])
    # Digit 1 three times, the others once, 1.2 expected each: (9 x 0.2^2 + 1.8^2) / 1.2 = 3.
    assert test.statistic == pytest.approx(3)
    assert (test.df, test.n, test.observed[1], test.expected[1]) == (9, 12, 3, pytest.approx(1.2))
    assert test.p_value == pytest.approx(stats.chi2.sf(3, 9))


def test_iranian_pairs_as_beber_and_scacco_published_them() -> None:
    assert last_two_digits([113] * 72 + [112] * 44).p_value == pytest.approx(0.04106, abs=1e-5)


def test_seven_tenths_of_all_pairs_are_far_apart() -> None:
    assert last_two_digits(range(100, 200)).observed == 70


@pytest.mark.parametrize(("count", "far"), [(100, 0), (101, 0), (110, 0), (109, 0), (190, 0), (102, 1), (191, 1)])
def test_nine_and_zero_are_neighbours(count: int, far: int) -> None:
    assert last_two_digits([count]).observed == far


def test_extreme_digits_as_beber_and_scacco_published_them() -> None:
    assert extreme_digits(116, most=20, least=5) == pytest.approx(0.0351, abs=0.002)


@pytest.mark.parametrize(("most", "least"), [(2, 0), (1, 0), (3, 1), (4, 0), (0, 4)])
def test_extreme_digits_count_all_ten_thousand_quadruples(most: int, least: int) -> None:
    times = [np.bincount(digits, minlength=10) for digits in itertools.product(range(10), repeat=4)]
    hits = sum(time.max() >= most and time.min() <= least for time in times)
    assert extreme_digits(4, most, least) == pytest.approx(hits / 10_000, abs=1e-12)


def test_extreme_digits_of_none() -> None:
    with pytest.raises(ValueError, match="1 or more digits"):
        extreme_digits(0, 1, 0)


def test_rounding_to_fives_is_seen_and_honest_counts_are_not() -> None:
    counts = pd.Series(default_rng(1).integers(100, 900, 1000))
    assert zero_five(counts).p_value > 0.05
    rounded = counts.where(counts.index > 100, counts // 5 * 5)
    assert zero_five(rounded).p_value < 1e-6
    assert last_digit(rounded).p_value < 1e-6


@pytest.mark.parametrize("test", DIGIT_TESTS)
def test_digits_of_independent_counts_are_called_odd_as_often_as_stated(test: Callable) -> None:
    rng = default_rng(5)
    scales = (10 ** rng.uniform(2, 5, (100, 2000))).astype("int64")
    assert uniform([test(counts).p_value for counts in scales])


@pytest.mark.parametrize("test", DIGIT_TESTS)
@given(counts=st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1).map(lambda counts: [*counts, 100]))
@settings(max_examples=30)
def test_every_count_is_used_or_counted_in_any_order(test: Callable, counts: list[int | None]) -> None:
    found, turned = test(pd.Series(counts, dtype="Int64")), test(pd.Series(counts[::-1], dtype="Int64"))
    assert found.n + found.excluded["stations"].sum() == len(counts)
    assert (found.statistic, found.p_value) == (turned.statistic, turned.p_value)


def test_counts_left_out_are_told_by_reason() -> None:
    test = last_digit(pd.Series([150, 99, 3, None, 1200]))
    assert dict(test.excluded.to_numpy().tolist()) == {"with no count stated": 1, "with a count below 100": 2}
    assert "Used 2 of 5; left out: 1 with no count stated; 2 with a count below 100." in test.summary()


@pytest.mark.parametrize("wrong", [-1, 120.5, math.inf, "many"])
def test_counts_that_are_none(wrong: object) -> None:
    with pytest.raises(DataError, match=str(wrong)):
        last_digit([150, wrong])


def test_no_count_large_enough() -> None:
    with pytest.raises(DataError, match="at least one usable station; 2 with a count below 100"):
        last_digit([5, 50])


def test_second_digit_says_how_weak_it_is() -> None:
    assert "weak evidence" in second_digit([100, 200]).summary()


# Whole percentages --------------------------------------------------------------------------------------------------


def near(count: object, size: int, multiples: int = 1) -> object:
    """Whether the nearest multiple is at most 0.05 percent away: what is left over, times twenty, is below the size."""
    over = (100 * count) % (multiples * size)
    return 20 * np.minimum(over, multiples * size - over) <= size


def chance(count: int, size: int, multiples: int = 1) -> float:
    counts = np.arange(size + 1)
    return stats.binom.pmf(counts[near(counts, size, multiples)], size, count / size).sum()


def usable_rows(stations: pd.DataFrame) -> pd.DataFrame:
    low_enough = stations[["cast", "votes"]].to_numpy() * 100 <= stations[["registered", "cast"]].to_numpy() * 99
    return stations[low_enough.all(axis=1) & (stations["cast"] > 0)]


PUBLISHED = [
    (2011, 1003.477, 767.1, 449.3, 1002.6, 17803, 86718),
    (2012, 1159.585, 734.6, 634.6, 1161.0, 18025, 87623),
    (2018, 1708.839, 859.0, 1296.2, 1708.6, 19271, 91152),
]


@pytest.mark.parametrize(("year", "either", "share", "turnout", "exact", "observed", "n"), PUBLISHED)
def test_integer_peaks_of_russia_as_published(
    shared: pathlib.Path, year: int, either: float, share: float, turnout: float, exact: float, observed: int, n: int
) -> None:
    stations = russia(shared, year)
    found = integer_peaks(stations)
    assert (found.observed, found.n, found.n + found.excluded["stations"].sum()) == (observed, n, len(stations))
    assert found.excess == pytest.approx(exact, abs=0.06)
    assert found.excess == pytest.approx(either, abs=12)
    assert found.sd == pytest.approx(115, abs=3)
    assert integer_peaks(stations, "share").excess == pytest.approx(share, abs=12)
    assert integer_peaks(stations, "turnout").excess == pytest.approx(turnout, abs=12)
    assert found.flags(0.001)


def test_expectation_is_that_of_brute_force_on_russian_stations(shared: pathlib.Path) -> None:
    stations = russia(shared, 2018).sample(200, random_state=1)
    found = integer_peaks(stations)
    used = usable_rows(stations[stations["registered"] >= 100])
    used = used[100 * used["issued"] <= 99 * used["registered"]]
    either = [
        1 - (1 - chance(row.issued, row.registered)) * (1 - chance(row.votes, row.cast)) for row in used.itertuples()
    ]
    assert (found.n, found.expected) == (len(used), pytest.approx(sum(either), abs=1e-9))


@pytest.mark.parametrize("multiples", [1, 5])
@given(rows=st.lists(st.tuples(st.integers(100, 700), st.floats(0.001, 0.99), st.floats(0, 0.99)), max_size=12))
@settings(max_examples=40)
def test_expectation_and_p_value_are_those_of_brute_force(rows: list[tuple], multiples: int) -> None:
    stations = usable_rows(
        frame((120, 60, 30), *[(size, math.ceil(size * t), int(math.ceil(size * t) * s)) for size, t, s in rows])
    )
    found = integer_peaks(stations, multiples=multiples)
    p = [
        1 - (1 - chance(row.cast, row.registered, multiples)) * (1 - chance(row.votes, row.cast, multiples))
        for row in stations.itertuples()
    ]
    seen = sum(
        near(row.cast, row.registered, multiples) or near(row.votes, row.cast, multiples)
        for row in stations.itertuples()
    )
    number = np.ones(1)
    for one in p:
        number = np.convolve(number, [1 - one, one])
    assert (found.n, found.observed) == (len(stations), seen)
    assert found.expected == pytest.approx(sum(p), abs=1e-9)
    assert found.sd == pytest.approx(math.sqrt(sum(one * (1 - one) for one in p)), abs=1e-6)
    assert found.p_value == pytest.approx(number[seen:].sum(), abs=1e-9)


@pytest.mark.parametrize(("cast", "whole"), [(1399, 1), (1400, 1), (1401, 1), (1402, 0), (1398, 0), (1139, 1)])
def test_five_hundredths_of_a_percent_off_is_near_whatever_the_float_says(cast: int, whole: int) -> None:
    # 1401 of 2000 are 70.05 percent, 1139 are 56.95 percent.
    assert integer_peaks(frame((2000, cast, 700)), "turnout").observed == whole


def test_stations_of_a_hundred_have_whole_percentages_by_nature() -> None:
    found = integer_peaks(frame((100, 61, 17), (100, 47, 11)), "turnout")
    assert (found.observed, found.expected, found.p_value) == (2, pytest.approx(2), pytest.approx(1))


def test_fives_are_counted_apart() -> None:
    stations = frame((1000, 650, 300), (1000, 640, 300), (1000, 643, 300))
    assert integer_peaks(stations, "turnout").observed == 2
    assert integer_peaks(stations, "turnout", multiples=5).observed == 1


def test_percentages_add_up_to_the_whole() -> None:
    found = integer_peaks(clean(3))
    by_percent = found.by_percent.set_index(["measure", "percent"])
    for kind in ["turnout", "share"]:
        one = integer_peaks(clean(3), kind)
        assert by_percent.loc[kind].sum().tolist() == pytest.approx([one.observed, one.expected])
        assert len(by_percent.loc[kind]) == 101


def test_rounded_results_are_counted() -> None:
    stations = clean(7, n=2000)
    rounded = stations.copy()
    rounded.loc[:199, "votes"] = (rounded["cast"] * (rounded["votes"] / rounded["cast"]).round(2)).round()[:200]
    assert not integer_peaks(stations, "share").flags()
    found = integer_peaks(rounded, "share", minimum=200)
    assert found.p_value < 1e-6
    assert found.excess == pytest.approx(180, abs=4 * found.sd)


def test_independent_voters_are_called_odd_as_often_as_stated() -> None:
    assert uniform([integer_peaks(clean(seed, n=200)).p_value for seed in range(60)])


def test_beyond_five_thousand_stations_the_normal_distribution_serves() -> None:
    stations = clean(11, n=4900)
    exact = integer_peaks(stations)
    twice = integer_peaks(pd.concat([stations, stations], ignore_index=True))
    assert exact.p_value == pytest.approx(stats.norm.sf((exact.excess - 0.5) / exact.sd), abs=0.002)
    assert twice.p_value == pytest.approx(stats.norm.sf((2 * exact.excess - 0.5) / (math.sqrt(2) * exact.sd)))


def test_unknown_kinds_and_multiples() -> None:
    with pytest.raises(ValueError, match="did you mean turnout"):
        integer_peaks(frame((100, 50, 20)), "turnouts")
    with pytest.raises(ValueError, match="3 does not"):
        integer_peaks(frame((100, 50, 20)), multiples=3)


# Anomalous votes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "votes", "share", "peak"),
    [(2011, 14932292.408, 0.46323, 51), (2012, 11183822.183, 0.24614, 60), (2018, 10138780.239, 0.18023, 61)],
)
def test_anomalous_votes_of_russia_as_published(
    shared: pathlib.Path, year: int, votes: float, share: float, peak: int
) -> None:
    found = anomalous_votes(russia(shared, year), permutations=0)
    assert found.votes == pytest.approx(votes, abs=0.01)
    assert found.share_of_leader == pytest.approx(share, abs=5e-6)
    assert (found.peak_bin, found.peak_rule, found.p_value) == (peak, "fit", None)
    assert found.effect_votes == found.votes == found.statistic
    swing = np.ptp(found.sensitivity["votes"])
    assert swing > 3e6


def test_anomalous_votes_worked_by_hand() -> None:
    stations = frame(*[(1000, 500, 200)] * 6, (1000, 501, 201), (1000, 900, 800))
    found = anomalous_votes(stations, permutations=0)
    # Bin 49 < turnout <= 50: 200 votes to 300 others. The others of all stations, 6 x 300 + 300 + 100, explain two
    # thirds of 2,200 votes; the leader has 1,200 + 201 + 800.
    assert (found.peak_bin, found.coefficient) == (49, pytest.approx(2 / 3))
    assert found.votes == pytest.approx(2201 - 2200 * 2 / 3)
    assert found.share_of_leader == pytest.approx(found.votes / 2201)
    assert found.bins.loc[50, ["stations", "leader", "other"]].tolist() == [1, 201, 300]
    assert found.bins.loc[89, "anomalous"] == pytest.approx(800 - 100 * 2 / 3)


@pytest.mark.parametrize("cast", range(1, 101))
def test_turnout_bins_hold_their_upper_edge(cast: int) -> None:
    found = anomalous_votes(frame((100, cast, 0), (300, 150, 75)), minimum=1, permutations=0)
    assert found.bins["stations"].to_numpy().nonzero()[0].tolist() == sorted({cast - 1, 49})


def test_bins_and_sensitivity_agree_with_the_estimate() -> None:
    found = anomalous_votes(clean(2), permutations=0)
    assert found.bins["anomalous"].sum() == pytest.approx(found.votes)
    assert found.bins["stations"].sum() == found.n
    first = found.sensitivity.iloc[0]
    assert (first["votes"], first["peak_bin"]) == (pytest.approx(found.votes), found.peak_bin)
    shifted = found.sensitivity.query("peak_rule == 'shifted'")["peak_bin"]
    assert set(shifted) == {found.peak_bin + by for by in range(-5, 6) if by}
    assert set(found.sensitivity["bin_width_pct"]) == {0.5, 1, 2}


def test_stuffed_ballots_are_recovered_and_clean_ones_not_called_odd() -> None:
    rng = default_rng(4)
    registered = rng.integers(500, 2000, 3000)
    cast = rng.binomial(registered, rng.normal(0.5, 0.05, 3000))
    honest = pd.DataFrame({"registered": registered, "cast": cast, "votes": rng.binomial(cast, 0.4)})
    stuffed = (honest["registered"] // 4).where(honest.index < 300, 0)
    stations = honest.assign(cast=honest["cast"] + stuffed, votes=honest["votes"] + stuffed)
    found = anomalous_votes(stations, permutations=39)
    assert found.votes == pytest.approx(stuffed.sum(), rel=0.1)
    assert found.p_value == 1 / 40
    assert anomalous_votes(honest, permutations=39).p_value > 0.05


def test_regions_that_differ_make_anomalous_votes_but_no_small_p_value() -> None:
    rng = default_rng(8)
    parts = []
    for region, turnout, share in [("north", 0.45, 0.3), ("south", 0.75, 0.7)]:
        cast = rng.binomial(1000, rng.normal(turnout, 0.05, 400))
        votes = rng.binomial(cast, rng.normal(share, 0.05, 400))
        parts.append(pd.DataFrame({"region": region, "registered": 1000, "cast": cast, "votes": votes}))
    stations = pd.concat(parts, ignore_index=True)
    found = anomalous_votes(stations, permutations=99)
    assert found.share_of_leader > 0.3
    assert found.p_value > 0.05
    assert anomalous_votes(stations.drop(columns="region"), permutations=99).p_value == 0.01


def test_permutations_follow_the_seed_and_can_be_left_out() -> None:
    stations = clean(6)
    first, second = (anomalous_votes(stations, permutations=19, seed=3).p_value for _ in range(2))
    assert first == second
    assert first in [number / 20 for number in range(1, 21)]
    with pytest.raises(ValueError, match="0 or more"):
        anomalous_votes(stations, permutations=-1)


def test_shares_unrelated_to_turnout_are_called_odd_as_often_as_stated() -> None:
    assert uniform([anomalous_votes(clean(seed, n=150), permutations=19).p_value for seed in range(40)])


def test_stations_where_everybody_votes_are_not_taken_as_honest() -> None:
    barracks = frame((60000, 60000, 100), (60000, 60000, 100))
    found = anomalous_votes(pd.concat([clean(3, n=1000), barracks], ignore_index=True), permutations=0)
    assert found.bins["other"].idxmax() == 99
    assert found.peak_bin == pytest.approx(60, abs=2)
    fitted = found.sensitivity.query("peak_rule == 'fit'")
    assert fitted["peak_bin"].tolist() == pytest.approx([60, 60, 60], abs=2)


def test_fitted_peak_is_closer_to_the_honest_turnout_than_the_fullest_bin() -> None:
    honest = 60
    choices = [anomalous_votes(clean(seed, n=150), permutations=0).sensitivity for seed in range(40)]
    far = pd.concat(choices).query("bin_width_pct == 1 and peak_rule != 'shifted'").set_index("peak_rule")["peak_bin"]
    missed = (far - honest).abs().groupby(level=0).mean()
    assert missed["fit"] < 0.8 * missed["argmax"]
    assert missed["fit"] < 2


def test_where_no_gaussian_fits_the_fullest_bin_is_taken_and_said() -> None:
    found = anomalous_votes(frame((200, 200, 150), (300, 300, 200)), permutations=0)
    assert (found.peak_bin, found.peak_rule, found.votes) == (99, "argmax", pytest.approx(0))


def test_a_contestant_with_every_ballot_has_no_proportion() -> None:
    with pytest.raises(DataError, match="every ballot"):
        anomalous_votes(frame((200, 100, 100), (300, 250, 250)))


# Turnout and share --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "correlation"), [(2011, 0.748), (2012, 0.6278), (2018, 0.569)])
def test_turnout_and_share_in_russia(shared: pathlib.Path, year: int, correlation: float) -> None:
    found = turnout_share(russia(shared, year))
    assert found.statistic == pytest.approx(correlation, abs=1e-4)
    assert found.excess_slope > 50 * found.excess_slope_se


def test_turnout_counts_the_ballots_issued_where_they_are_stated() -> None:
    stations = frame((1000, 390, 100), (1000, 500, 200), (1000, 610, 300))
    issued = stations.assign(issued=pd.array([400, None, 600], dtype="Int64"))
    shares = stations["votes"] / stations["cast"]
    assert turnout_share(issued).statistic == pytest.approx(np.corrcoef([0.4, 0.5, 0.6], shares)[0, 1])
    assert turnout_share(stations).statistic == pytest.approx(np.corrcoef([0.39, 0.5, 0.61], shares)[0, 1])


def test_slope_and_its_error_are_those_of_least_squares() -> None:
    stations = clean(9)
    found = turnout_share(stations)
    turnout, support = stations["cast"] / stations["registered"], stations["votes"] / stations["registered"]
    assert found.slope == pytest.approx(np.polyfit(turnout, support, 1)[0])
    assert found.mean_share == pytest.approx((stations["votes"] / stations["cast"]).mean())
    assert found.excess_slope == pytest.approx(found.slope - found.mean_share)
    design = np.column_stack([np.ones(len(turnout)), turnout])
    miss = support - found.mean_share * turnout
    miss -= design @ np.linalg.lstsq(design, miss)[0]
    bread = np.linalg.inv(design.T @ design)
    meat = (design * miss.to_numpy()[:, None] ** 2).T @ design * len(turnout) / (len(turnout) - 2)
    assert found.excess_slope_se == pytest.approx(math.sqrt((bread @ meat @ bread)[1, 1]))


def test_p_value_is_that_of_a_slope_with_region_constants_and_robust_errors() -> None:
    stations = simulate(400, seed=2)
    found = turnout_share(stations)
    rows = stations[(stations["registered"] >= 100) & (stations["cast"] > 0)]
    rows = rows.assign(turnout=rows["issued"] / rows["registered"], share=rows["votes"] / rows["cast"])
    fit = smf.ols("share ~ turnout + C(region)", rows).fit(cov_type="HC3", use_t=True)
    assert len(rows) == found.n
    assert found.p_value == pytest.approx(fit.pvalues["turnout"], rel=1e-6)


def test_few_stations_per_region_give_no_p_value_or_a_careful_one() -> None:
    pair = frame((1000, 400, 100), (1000, 500, 200), (1000, 600, 300)).assign(region=["a", "a", "b"])
    assert turnout_share(pair).p_value is None
    assert not turnout_share(pair).flags()
    rng, flagged = default_rng(3), 0
    for _ in range(300):
        cast = rng.integers(300, 900, 40)
        rows = pd.DataFrame({"registered": 1000, "cast": cast, "votes": rng.binomial(cast, rng.uniform(0.3, 0.7, 40))})
        flagged += turnout_share(rows.assign(region=np.arange(40) // 2)).flags()
    assert flagged <= 27, "upper 0.1 % of Binomial(300, .05)"


def test_stations_of_unequal_size_keep_the_level() -> None:
    p_values = [turnout_share(simulate(500, heterogeneity="none", seed=seed)).p_value for seed in range(300)]
    assert uniform(p_values)


def test_regions_that_differ_correlate_but_give_no_small_p_value() -> None:
    rng = default_rng(12)
    p_values = []
    for _ in range(200):
        region = np.repeat(np.arange(4), 30)
        cast = rng.binomial(1000, 0.4 + 0.1 * region)
        votes = rng.binomial(cast, 0.3 + 0.1 * region)
        found = turnout_share(pd.DataFrame({"registered": 1000, "cast": cast, "votes": votes, "region": region}))
        assert found.statistic > 0.9
        p_values.append(found.p_value)
    assert uniform(p_values)


def test_regions_of_one_station_say_nothing() -> None:
    stations = frame((100, 40, 10), (100, 50, 20), (100, 60, 30)).assign(region=["a", "b", "c"])
    found = turnout_share(stations)
    assert (found.p_value, math.isnan(found.within), found.regions) == (None, True, 3)


def test_stations_without_region_form_one_of_their_own() -> None:
    stations = clean(1, n=6).assign(region=["a", "a", "b", "b", None, None])
    assert turnout_share(stations).regions == 3
    assert turnout_share(stations.assign(region=None)).p_value == turnout_share(clean(1, n=6)).p_value


@pytest.mark.parametrize("votes", [(20, 25, 30), (20, 30, 30)])
def test_stations_that_do_not_differ_have_no_correlation(votes: tuple[int, int, int]) -> None:
    casts = (40, 50, 60) if votes == (20, 25, 30) else (50, 50, 50)
    with pytest.raises(DataError, match="differ in turnout and in share; 3 can be used"):
        turnout_share(frame(*[(100, cast, own) for cast, own in zip(casts, votes, strict=True)]))


# What all tests of stations share -----------------------------------------------------------------------------------


@pytest.mark.parametrize("test", STATION_TESTS, ids=["integer_peaks", "turnout_share", "anomalous_votes"])
@given(rows=ROWS)
@settings(max_examples=40)
def test_every_station_is_used_or_counted_in_any_order(test: Callable, rows: list[tuple]) -> None:
    good = [(200, 90, 85, 40), (300, 150, 150, 100), (250, 100, 100, 20)]
    stations = pd.DataFrame([*rows, *good], columns=["registered", "issued", "cast", "votes"]).astype("Int64")
    before = stations.copy()
    found, turned = test(stations), test(stations[::-1])
    assert found.n + found.excluded["stations"].sum() == len(stations)
    assert found.statistic == pytest.approx(turned.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(turned.p_value, abs=1e-9)
    pd.testing.assert_frame_equal(stations, before)


@pytest.mark.parametrize("test", STATION_TESTS, ids=["integer_peaks", "turnout_share", "anomalous_votes"])
def test_stations_left_out_are_told_by_reason(test: Callable) -> None:
    good = [(200, 90, 40), (300, 150, 100), (250, 100, 20)]
    bad = [(None, 90, 40), (200, None, 40), (200, 90, None), (50, 30, 10), (200, 0, 0), (200, 201, 100), (200, 90, 91)]
    found = test(pd.DataFrame([*good, *bad], columns=["registered", "cast", "votes"]).astype("Int64"))
    assert (found.n, found.excluded["stations"].tolist()) == (3, [1] * 7)
    assert found.excluded["reason"].tolist()[:3] == [
        f"with no {name} stated" for name in ["registered", "cast", "votes"]
    ]
    said = found.summary()
    for reason in [
        "no registered stated",
        "registered;",
        "no ballots",
        "turnout over 100%",
        "more votes than ballots",
    ]:
        assert reason in said
    assert said.startswith(found.finding())


@pytest.mark.parametrize("test", STATION_TESTS, ids=["integer_peaks", "turnout_share", "anomalous_votes"])
def test_impossible_and_absent_numbers(test: Callable) -> None:
    with pytest.raises(DataError, match="a whole number, 0 or more"):
        test(frame((200, 90, 40), (300, 150, -1), (250, 100, 20)))
    with pytest.raises(DataError, match="the columns votes"):
        test(frame((200, 90, 40)).drop(columns="votes"))
    with pytest.raises(DataError, match="at least one usable station; 1 with no ballots"):
        test(frame((200, 0, 0)))


@pytest.mark.parametrize("kind", ["turnout", "share", "either"])
def test_full_stations_are_no_integer_peaks(kind: str) -> None:
    found = integer_peaks(frame((200, 200, 100), (200, 199, 100), (300, 150, 150), (1000, 990, 500)), kind)
    assert (found.n, found.excluded.to_numpy().tolist()) == (
        1,
        [["with turnout over 99%", 2], ["with a share over 99%", 1]],
    )


def test_shares_do_not_depend_on_the_unit() -> None:
    stations = clean(10)
    large = stations * 10
    assert turnout_share(large).statistic == pytest.approx(turnout_share(stations).statistic)
    small, tenfold = (anomalous_votes(rows, permutations=0) for rows in (stations, large))
    assert tenfold.votes == pytest.approx(10 * small.votes)


def test_turnouts_are_dealt_not_shares_so_that_small_stations_with_other_shares_do_not_flag() -> None:
    flagged = 0
    for seed in range(60):
        rng = default_rng(seed)
        registered = rng.integers(100, 2000, 400)
        cast = rng.binomial(registered, rng.uniform(0.4, 0.7, 400))
        votes = rng.binomial(cast, 0.3 + 0.3 * registered / 2000)
        rows = pd.DataFrame({"registered": registered, "cast": cast, "votes": votes})
        flagged += anomalous_votes(rows, permutations=39, seed=seed).p_value <= 0.05
    assert flagged <= 9, "upper 0.1 % of Binomial(60, .05)"


def test_a_leader_who_does_worse_at_high_turnout_is_never_flagged() -> None:
    rows = pd.DataFrame({"registered": 1000, "cast": [500] * 90 + [900] * 10, "votes": [250] * 90 + [100] * 10})
    found = anomalous_votes(rows, permutations=19)
    assert found.votes < 0
    assert not found.flags()
    assert "did worse at high turnout" in found.finding()


@pytest.mark.parametrize("bad", [100.5, float("inf"), "many", -3])
def test_a_count_that_is_no_whole_number_is_refused_with_its_station(bad: object) -> None:
    rows = frame((1000, 500, 100), (1000, 600, 200), (1000, 700, 300))
    rows["votes"] = pd.Series([100, bad, 300], dtype=object, index=rows.index)
    for test in (turnout_share, integer_peaks, anomalous_votes):
        with pytest.raises(DataError, match="a whole number"):
            test(rows)


def test_more_valid_votes_than_ballots_and_more_ballots_than_voters_are_left_out_and_counted() -> None:
    rows = simulate(200, seed=1)[["registered", "issued", "cast", "valid", "votes"]].astype("int64")
    rows = rows[(rows["registered"] >= 150) & (rows["cast"] > 0)]
    rows.iloc[0, 3] = rows.iloc[0, 2] + 1
    rows.iloc[1, 2] = rows.iloc[1, 0] + 1
    reasons = turnout_share(rows).excluded.set_index("reason")["stations"].to_dict()
    assert reasons == {"with turnout over 100%": 1, "with more valid votes than ballots": 1}


def test_a_station_given_twice_is_refused() -> None:
    rows = simulate(200, seed=1)
    with pytest.raises(DataError, match="every station once"):
        turnout_share(pd.concat([rows, rows.tail(1)]))
