"""Seats: published allocations, the Kyrgyz elections under their laws, hand-worked cases, properties."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import elections, load_elections, load_results

LAW = "KGZ-{}-PARL"
VOTES = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
HOUSE = st.integers(1, 150)
PROPORTIONAL = ("hare", "dhondt", "sainte_lague")


def count_of(election: str, stage: str) -> pd.DataFrame:
    return load_results(election=LAW.format(election), stage=stage, level="national")


def rules_of(election: str) -> pd.Series:
    return load_elections(election=LAW.format(election)).iloc[0]


def official(count: pd.DataFrame) -> dict[str, int]:
    won = count[count["seats"].fillna(0) > 0]
    return dict(zip(won["contestant"], won["seats"].astype(int), strict=True))


def seated(result: elections.SeatAllocation) -> dict[str, int]:
    return result.seats[result.seats > 0].to_dict()


# Published allocations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "house", "method", "expected"),
    [
        ([100_000, 80_000, 30_000, 20_000], 8, "dhondt", [4, 3, 1, 0]),
        ([100_000, 80_000, 30_000, 20_000], 8, "sainte_lague", [3, 3, 1, 1]),
        ([53_000, 24_000, 23_000], 7, "sainte_lague", [3, 2, 2]),
        ([53_000, 24_000, 23_000], 7, "dhondt", [4, 2, 1]),
        ([47_000, 16_000, 15_900, 12_000, 6_000, 3_100], 10, "hare", [5, 2, 1, 1, 1, 0]),
        # By hand: at the Droop quota of 9,091 the remainders 6,909 and 6,809 take the last two seats.
        ([47_000, 16_000, 15_900, 12_000, 6_000, 3_100], 10, "droop", [5, 2, 2, 1, 0, 0]),
    ],
)
def test_worked_examples(votes: list[int], house: int, method: str, expected: list[int]) -> None:
    assert elections.allocate_seats(votes, house, method).seats.tolist() == expected


@pytest.mark.parametrize("method", ["hare", "dhondt", "sainte_lague"])
def test_kyrgyzstan_2015_among_the_parties_that_passed(shared: Path, method: str) -> None:
    table = pd.read_csv(shared / "reference/kg2015_passing_parties.csv")
    result = elections.allocate_seats(table, 120, method)
    assert result.seats.tolist() == table["seats"].tolist() == [38, 28, 18, 13, 12, 11]


# Kyrgyz elections by their laws -------------------------------------------------------------------------------------


def test_kyrgyzstan_2007_hare_but_not_dhondt_gives_the_official_seats() -> None:
    count, rules = count_of("2007-12-16", "final"), rules_of("2007-12-16")

    def seats(method: str) -> dict[str, int]:
        # A court's reading of the regional threshold kept Ata Meken out; the table lumps the rest.
        kept_out = ["Ata Meken", "Other parties"]
        base = rules["registered_voters"]
        return seated(elections.allocate_seats(count, 90, method, threshold=5, base=base, barred=kept_out))

    assert seats("hare") == official(count) == {"Ak Jol": 71, "Communist Party": 8, "SDPK": 11}
    assert seats("dhondt") == {"Ak Jol": 72, "Communist Party": 8, "SDPK": 10}


def implied_electorate(count: pd.DataFrame) -> int:
    """Registered voters for which all printed shares of them come out, in the middle of a narrow range."""
    rows = count.dropna(subset="votes")
    votes, share = rows["votes"].astype("float64"), rows["vote_share_pct"]
    low, high = (100 * votes / (share + 0.005)).max(), (100 * votes / (share - 0.005)).min()
    assert 0 < high - low < 1000
    return round((low + high) / 2)


def test_kyrgyzstan_2010_by_registered_voters() -> None:
    count = count_of("2010-10-10", "final")
    electorate = implied_electorate(count)
    assert electorate == pytest.approx(3_036_770, abs=10)
    stated = count.dropna(subset="votes")
    result = elections.allocate_seats(stated, 120, threshold=5, base=electorate, cap=65)
    assert seated(result) == official(count)
    assert sorted(result.seats, reverse=True) == [28, 26, 25, 23, 18]


def test_kyrgyzstan_2010_the_base_decided_whether_butun_kyrgyzstan_sat() -> None:
    early = count_of("2010-10-10", "preliminary_2010-10-11")

    def passed(base: float) -> bool:
        result = elections.allocate_seats(early, 120, threshold=5, base=base, barred=["Other parties"])
        return "Butun Kyrgyzstan" in result.passed

    assert passed(rules_of("2010-10-10")["ballots_cast"])
    assert passed(2_909_100)
    assert not passed(2_909_101)
    assert not passed(implied_electorate(count_of("2010-10-10", "final")))


@pytest.mark.parametrize("stage", ["final", "announcement_2015-10-15"])
def test_kyrgyzstan_2015_from_all_votes(stage: str) -> None:
    count, rules = count_of("2015-10-04", stage), rules_of("2015-10-04")
    result = elections.allocate_seats(count, 120, threshold=7, base=rules["ballots_cast"], cap=65)
    assert seated(result) == official(count)
    assert result.capped == []


def test_kyrgyzstan_2020_projected_seats_follow_from_the_votes_of_11_in_the_morning() -> None:
    count, rules = count_of("2020-10-04", "preliminary_2020-10-05T11:00"), rules_of("2020-10-04")
    result = elections.allocate_seats(count, 120, threshold=7, base=rules["ballots_cast"], cap=65)
    assert seated(result) == official(count_of("2020-10-04", "preliminary_2020-10-05T08:49"))
    assert sorted(result.seats, reverse=True)[:5] == [46, 45, 16, 13, 0]
    assert result.quota == Fraction(487_685 + 475_372 + 174_317 + 141_940, 120)
    assert result.bar_votes == 139_353
    assert result.table.loc["Mekenchil", "kept_out"] == "below the threshold"
    assert result.wasted == 1_958_930 - 35_714 - 1_279_314
    assert "In the division: 4 parties" in result.summary()


def test_kyrgyzstan_2020_hand_count_seats_five_four_or_two_parties_by_base() -> None:
    rules = rules_of("2020-10-04")
    hand = count_of("2020-10-04", "precincts_manual_2020-10-23")
    bases = elections.bases_of(rules, hand)
    assert {name: round(base) for name, base in bases.items() if base} == {
        "ballots": 1_918_005,
        "registered": 3_435_113,
    }
    curve = elections.threshold_curve(hand, 120, [3, 5, 7], bases=bases, cap=65)
    at_seven = curve[curve["threshold_pct"] == 7].set_index("base")
    assert hand["votes"].sum() == 1_887_345
    assert at_seven["passed"].to_dict() == {"valid votes": 5, "ballots": 4, "registered": 2}
    parties = ["Birimdik", "Mekenim Kyrgyzstan", "Kyrgyzstan", "Butun Kyrgyzstan", "Mekenchil"]
    assert at_seven.loc["valid votes", parties].tolist() == [41, 40, 15, 12, 12]
    assert at_seven.loc["ballots", parties].tolist() == [46, 44, 16, 14, 0]
    assert at_seven.loc["registered", parties].tolist() == [61, 59, 0, 0, 0]
    assert curve.groupby("base", sort=False)["passed"].agg(list).to_dict() == {
        "valid votes": [9, 6, 5],
        "ballots": [9, 6, 4],
        "registered": [6, 2, 2],
    }


def test_kyrgyzstan_2020_nobody_at_the_bar_fell_to_the_regional_threshold() -> None:
    stage = "precincts_manual_2020-10-23"
    hand = count_of("2020-10-04", stage)
    regions = load_results(election=LAW.format("2020-10-04"), stage=stage, level="region")
    result = elections.allocate_seats(hand, 120, threshold=7, regional=regions, regional_threshold=0.7)
    assert len(result.passed) == 5
    # The smaller parties do fall to it, in the regions named.
    lower = elections.allocate_seats(hand, 120, threshold=1, regional=regions, regional_threshold=0.7)
    assert lower.table.loc["Social Democrats", "kept_out"].startswith("below the regional threshold in ")


def test_kyrgyzstan_2021_list_seats_from_the_printed_shares() -> None:
    count = count_of("2021-11-28", "final")
    lists = count.dropna(subset="vote_share_pct").set_index("contestant")
    result = elections.allocate_seats(lists["vote_share_pct"], 54, threshold=5, base=100, cap=27)
    assert result.seats.to_dict() == lists["seats"].to_dict()
    assert result.seats.sum() == 54


# The cap ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("excess", ["added", "anew"])
def test_cap_moves_seats_to_the_other_parties(excess: str) -> None:
    votes = {"A": 600, "B": 200, "C": 150}
    assert elections.allocate_seats(votes, 120).seats.tolist() == [76, 25, 19]
    result = elections.allocate_seats(votes, 120, cap=65, excess=excess)
    assert result.seats.tolist() == [65, 31, 24]
    assert result.capped == ["A"]
    assert "Held at the cap of 65 seats: A." in result.summary()


def test_two_readings_of_the_excess_can_differ_by_a_seat() -> None:
    # By hand: quota 100 gives 7, 2, 1, 0. The two seats above the cap, at 150 votes each, go to B and C; dividing the
    # five seats of B, C and D anew, at 60 votes each, leaves D the largest remainder.
    votes = {"A": 700, "B": 134, "C": 133, "D": 33}
    assert elections.allocate_seats(votes, 10, cap=5).seats.tolist() == [5, 3, 2, 0]
    assert elections.allocate_seats(votes, 10, cap=5, excess="anew").seats.tolist() == [5, 2, 2, 1]


def test_a_second_party_lifted_over_the_cap_is_capped_too() -> None:
    result = elections.allocate_seats({"A": 60, "B": 30, "C": 10}, 10, cap=4)
    assert result.seats.tolist() == [4, 4, 2]
    assert result.capped == ["A", "B"]


def test_cap_that_leaves_seats_to_nobody_is_undefined() -> None:
    with pytest.raises(elections.AllocationError, match="only one party passes and none may hold more than 65 of 120"):
        elections.allocate_seats({"A": 95, "B": 5}, 120, threshold=7, cap=65)
    with pytest.raises(elections.AllocationError, match="only 2 parties pass"):
        elections.allocate_seats({"A": 95, "B": 50}, 120, cap=50)
    assert elections.allocate_seats({"A": 95, "B": 5}, 120, threshold=7).seats.tolist() == [120, 0]


# Thresholds ---------------------------------------------------------------------------------------------------------


def test_share_equal_to_the_threshold_passes_exactly() -> None:
    # 0.7 % of 1,000 is 7; as binary fractions 0.7 / 100 * 1,000 is 6.999999999999999.
    assert elections.allocate_seats({"A": 993, "B": 7}, 200, threshold=0.7).passed == ["A", "B"]
    assert elections.allocate_seats({"A": 993, "B": 7}, 200, threshold=0.7, base=1001).passed == ["A"]


def test_against_all_counts_in_the_base_of_valid_votes_and_never_in_the_quota() -> None:
    votes = {"A": 60, "B": 7, "Against all": 33, "Invalid": 10}
    by_default = elections.allocate_seats(votes, 10, threshold=7)
    assert by_default.base_votes == 100
    assert by_default.quota == Fraction(67, 10)
    assert by_default.seats.to_dict() == {"A": 9, "B": 1, "Against all": 0, "Invalid": 0}
    assert elections.allocate_seats(votes, 10, threshold=10, base="party_votes").passed == ["A", "B"]
    assert elections.allocate_seats(votes, 10, threshold=7, base=110).passed == ["A"]


def test_answers_that_are_no_party_get_no_seats_in_any_spelling() -> None:
    votes = {"A": 60, "against all": 30, "INVALID ": 10, "None of the above": 10}
    result = elections.allocate_seats(votes, 10, threshold=7)
    assert (result.passed, result.base_votes, result.wasted) == (["A"], 100, 0)
    assert elections.allocate_seats({"A": 6, "No one": 4}, 10, threshold=7, base="party_votes").base_votes == 6


def test_one_name_may_be_given_as_text() -> None:
    votes = {"A": 50, "B": 30, "AB": 20}
    assert elections.allocate_seats(votes, 8, never="ab").seats.tolist() == [5, 3, 0]
    assert elections.allocate_seats(votes, 8, barred="AB").seats.tolist() == [5, 3, 0]
    for rule in ("never", "barred"):
        curve = elections.threshold_curve(votes, 8, [1, 2], **{rule: "AB"})
        assert curve["seated"].tolist() == ["A;B", "A;B"]


def test_every_region_has_its_bar() -> None:
    votes = {"A": 80, "B": 20}
    regions = {"North": {"A": 30, "B": 20}, "South": {"A": 50, "B": 0}}
    result = elections.allocate_seats(votes, 10, regional=regions, regional_threshold=0.7)
    assert result.table["kept_out"].to_dict() == {"A": "", "B": "below the regional threshold in South"}
    wide = pd.DataFrame(regions).T
    again = elections.allocate_seats(votes, 10, regional=wide, regional_threshold=0.7)
    assert again.seats.to_dict() == result.seats.to_dict() == {"A": 10, "B": 0}


def test_share_equal_to_the_regional_threshold_passes() -> None:
    regions = {"North": {"A": 993, "B": 7}}
    assert elections.allocate_seats({"A": 993, "B": 7}, 9, regional=regions, regional_threshold=0.7).passed == [
        "A",
        "B",
    ]
    assert elections.allocate_seats({"A": 993, "B": 7}, 9, regional=regions, regional_threshold=0.71).passed == ["A"]


def test_published_shares_may_sum_to_a_little_over_100() -> None:
    result = elections.allocate_seats({"A": 60.01, "B": 33.0, "C": 7.0}, 10, threshold=7, base=100)
    assert result.passed == ["A", "B", "C"]
    assert result.seats.tolist() == [6, 3, 1]
    with pytest.raises(ValueError, match="base 98 is smaller than the sum of votes"):
        elections.allocate_seats({"A": 60.01, "B": 33.0, "C": 7.0}, 10, threshold=7, base=98)


def test_base_of_the_regional_threshold_decides() -> None:
    # In 2007 the commission read 0.5 % in every region as a share of the whole country's list.
    votes = {"A": 900, "B": 100}
    regions = {"Large": {"A": 850, "B": 96}, "Small": {"A": 50, "B": 4}}

    def passed(base: object) -> list[str]:
        rules = {"regional": regions, "regional_threshold": 0.5, "regional_base": base}
        return elections.allocate_seats(votes, 10, **rules).passed

    assert passed({"Large": 1800, "Small": 200}) == ["A", "B"]
    assert passed(2000) == ["A"]
    with pytest.raises(ValueError, match="regional_base 800 is smaller than the sum of votes 946"):
        passed({"Large": 800, "Small": 200})
    with pytest.raises(ValueError, match="no regional_base for Small"):
        passed({"Large": 2000})


def test_regions_cannot_hold_more_votes_than_the_country() -> None:
    regions = {"North": {"A": 30, "B": 20}, "South": {"A": 51, "B": 0}}
    with pytest.raises(ValueError, match="the regions give A 81 votes, more than its 80 in all"):
        elections.allocate_seats({"A": 80, "B": 20}, 10, regional=regions, regional_threshold=0.7)
    # Shares do not add up over regions.
    shares = {"North": {"A": 90.5, "B": 9.5}, "South": {"A": 60.5, "B": 39.5}}
    result = elections.allocate_seats({"A": 80.5, "B": 19.5}, 10, regional=shares, regional_threshold=9.6)
    assert result.table.loc["B", "kept_out"] == "below the regional threshold in North"


@pytest.mark.parametrize(
    "name", ["Other", "others", "OTHER PARTIES", "Other (12 lists)", "Others (below 1 %)", " Other"]
)
def test_rows_of_several_parties_get_no_seats(name: str) -> None:
    with pytest.raises(ValueError, match="would get seats as if it were one party"):
        elections.allocate_seats({"A": 50, name: 50}, 10)
    assert elections.allocate_seats({"A": 50, "Otherwise": 50}, 10).seats.tolist() == [5, 5]


def test_party_has_one_name() -> None:
    votes = pd.Series([6, 4], index=pd.MultiIndex.from_tuples([("N", "A"), ("N", "B")]))
    for several in (votes, {("N", "A"): 6, ("N", "B"): 4}):
        with pytest.raises(ValueError, match=r"a party is named \('N', 'A'\); expected one text"):
            elections.allocate_seats(several, 10)


def test_votes_that_cannot_be_allocated_are_told_why() -> None:
    with pytest.raises(elections.AllocationError, match="no party passes"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, threshold=51)
    with pytest.raises(ValueError, match="'Other parties' would get seats as if it were one party"):
        elections.allocate_seats({"A": 50, "Other parties": 50}, 10)
    with pytest.raises(ValueError, match="base 99 is smaller than the sum of votes 100"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, threshold=5, base=99)
    with pytest.raises(ValueError, match="unknown base 'ballots'; expected valid_votes or party_votes, or the number"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, threshold=5, base="ballots")
    with pytest.raises(ValueError, match="base says what a threshold is a share of"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, base=100)
    with pytest.raises(ValueError, match="needs both regional="):
        elections.allocate_seats({"A": 50, "B": 50}, 10, regional_threshold=1)
    with pytest.raises(ValueError, match="no votes stated for B in South"):
        elections.allocate_seats({"A": 5, "B": 5}, 10, regional={"South": {"A": 5}}, regional_threshold=1)
    with pytest.raises(ValueError, match="unknown barred party 'C'"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, barred=["C"])
    with pytest.raises(ValueError, match="unknown method 'dhont'; did you mean dhondt"):
        elections.allocate_seats({"A": 50, "B": 50}, 10, "dhont")
    with pytest.raises(ValueError, match="no votes stated for B"):
        elections.allocate_seats({"A": 50, "B": None}, 10)
    with pytest.raises(ValueError, match=r"seats is 10\.5; expected a whole number"):
        elections.allocate_seats({"A": 50}, 10.5)
    with pytest.raises(ValueError, match="votes of A is -1; expected 0 or more"):
        elections.allocate_seats({"A": -1}, 1)
    with pytest.raises(ValueError, match="votes of A is '1/0'; expected a finite number"):
        elections.allocate_seats({"A": "1/0"}, 1)
    with pytest.raises(ValueError, match="Droop quota is a whole number of votes"):
        elections.allocate_seats({"A": 60.5, "B": 39.5}, 3, "droop")
    with pytest.raises(elections.AllocationError, match="too few votes for this quota"):
        elections.allocate_seats({"A": 10}, 9, "droop")


def test_a_frame_must_hold_one_count() -> None:
    both = load_results(election=LAW.format("2015-10-04"), level="national")
    with pytest.raises(ValueError, match=r"several counts \(stage varies\)"):
        elections.allocate_seats(both, 120)
    with pytest.raises(ValueError, match="A appears twice"):
        elections.allocate_seats(pd.Series([1, 2], index=["A", "A"]), 3)


# Ties ---------------------------------------------------------------------------------------------------------------


def test_untied_largest_remainder_is_never_passed_over() -> None:
    # Quota 7/2: remainders 2, 2 and 3 of 3.5 for two seats. C's is the largest; A and B tie for the other.
    result = elections.allocate_seats({"A": 2, "B": 2, "C": 3}, 2)
    assert result.seats.to_dict() == {"A": 1, "B": 0, "C": 1}
    tie = result.ties.iloc[0].to_dict()
    assert tie == {"round": 1, "parties": ("A", "B"), "seats": 1, "given_to": ("A",), "broken_by": "name"}
    assert "A, B tied exactly for 1 seat; given to A by alphabetical order" in result.summary()
    with pytest.raises(elections.AllocationError, match="A, B tie exactly for 1 seat; decide by lot"):
        elections.allocate_seats({"A": 2, "B": 2, "C": 3}, 2, tie="raise")


def test_tie_goes_to_the_larger_vote_before_the_alphabet() -> None:
    # 30 / 2 = 15 / 1: B has the larger vote in all.
    result = elections.allocate_seats({"A": 15, "B": 30}, 2, "dhondt")
    assert result.seats.to_dict() == {"A": 0, "B": 2}
    assert result.ties["broken_by"].tolist() == ["votes"]


def test_near_tie_is_none() -> None:
    third = 10**17
    result = elections.allocate_seats({"A": third, "B": third + 1}, 1, "sainte_lague")
    assert result.ties.empty
    assert result.seats["B"] == 1


def test_tie_under_a_cap_says_its_round() -> None:
    result = elections.allocate_seats({"A": 80, "B": 10, "C": 10}, 10, cap=5, excess="added")
    assert result.seats.to_dict() == {"A": 5, "B": 3, "C": 2}
    assert result.ties["round"].tolist() == [2]


# The curve ----------------------------------------------------------------------------------------------------------


def test_curve_tells_where_there_is_no_allocation() -> None:
    curve = elections.threshold_curve({"A": 60, "B": 40}, 10, [10, 50, 70], cap=9)
    assert curve["undefined"].isna().tolist() == [True, False, False]
    assert curve["undefined"][1].startswith("only one party passes")
    assert curve["undefined"][2].startswith("no party passes")
    assert curve["A"].tolist() == [6, pd.NA, pd.NA]
    assert curve["gallagher"][0] == 0
    assert curve["effective_seats"][0] == pytest.approx(1 / (0.36 + 0.16))


def test_curve_refuses_a_party_named_like_its_columns() -> None:
    with pytest.raises(ValueError, match="the party 'passed' has the name of a column"):
        elections.threshold_curve({"A": 60, "passed": 40}, 10, [5])


def test_curve_reads_thresholds_once_for_all_bases() -> None:
    curve = elections.threshold_curve({"A": 60, "B": 40}, 10, iter([5, 7]), bases={"votes": None, "ballots": 110})
    assert curve["base"].tolist() == ["votes", "votes", "ballots", "ballots"]


def test_bases_are_of_valid_votes_all_stated() -> None:
    # By hand: 90 of 180 valid votes are half of the 200 ballots; the 10 invalid ballots are no part of them.
    election = pd.Series({"valid_votes": 180, "ballots_cast": 200, "registered_voters": 400})
    count = pd.DataFrame({"contestant": ["A", "B", "invalid"], "votes": [60, 30, 10], "counted_pct": 50.0})
    assert elections.bases_of(election, count) == {"valid votes": None, "ballots": 100, "registered": 200}
    with pytest.raises(ValueError, match="no votes stated for B; give the bases yourself"):
        elections.bases_of(election, count.assign(votes=[60, None, 10]))


def test_wasted_share_rises_with_the_threshold() -> None:
    votes = {f"P{i}": 100 - 7 * i for i in range(14)}
    curve = elections.threshold_curve(votes, 50, range(1, 13))
    assert curve["wasted_share_pct"].is_monotonic_increasing
    assert curve["passed"].is_monotonic_decreasing


# Properties ---------------------------------------------------------------------------------------------------------


@given(VOTES, HOUSE, st.sampled_from(PROPORTIONAL))
def test_every_seat_is_given_and_nobody_without_votes_sits(votes: list[int], house: int, method: str) -> None:
    result = elections.allocate_seats(votes, house, method)
    assert result.seats.sum() == house
    assert all(result.seats[i] == 0 for i, count in enumerate(votes) if count == 0)


@given(VOTES, HOUSE)
def test_hare_stays_within_the_quota(votes: list[int], house: int) -> None:
    result = elections.allocate_seats(votes, house)
    for count, won in zip(votes, result.seats, strict=True):
        fair = Fraction(count * house, sum(votes))
        assert floor(fair) <= won <= ceil(fair)


@given(VOTES, HOUSE, st.sampled_from(["dhondt", "sainte_lague"]))
def test_a_larger_house_takes_no_seat_away(votes: list[int], house: int, method: str) -> None:
    smaller = elections.allocate_seats(votes, house, method).seats
    assert (elections.allocate_seats(votes, house + 1, method).seats >= smaller).all()


@given(VOTES, HOUSE, st.sampled_from(PROPORTIONAL), st.randoms(use_true_random=False), st.integers(2, 10**6))
def test_order_and_scale_of_votes_do_not_matter(
    votes: list[int], house: int, method: str, random: object, factor: int
) -> None:
    named = {f"P{i}": count for i, count in enumerate(votes)}
    shuffled = list(named.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    seats = elections.allocate_seats(named, house, method).seats.to_dict()
    assert elections.allocate_seats(dict(shuffled), house, method).seats.to_dict() == seats
    scaled = {party: count * factor for party, count in named.items()}
    assert elections.allocate_seats(scaled, house, method).seats.to_dict() == seats


@given(VOTES, HOUSE, st.sampled_from(PROPORTIONAL), st.integers(1, 40))
def test_no_party_below_the_threshold_sits(votes: list[int], house: int, method: str, threshold: int) -> None:
    assume(any(100 * count >= threshold * sum(votes) for count in votes))
    result = elections.allocate_seats(votes, house, method, threshold=threshold)
    seats = dict(enumerate(result.seats))
    assert all(seats[i] == 0 for i, count in enumerate(votes) if 100 * count < threshold * sum(votes))
    held = sum(count for i, count in enumerate(votes) if seats[i])
    assert held + result.wasted == sum(votes)


@given(VOTES, HOUSE, st.sampled_from(PROPORTIONAL), st.integers(1, 150), st.sampled_from(["added", "anew"]))
def test_cap_holds(votes: list[int], house: int, method: str, cap: int, excess: str) -> None:
    assume(cap * sum(count > 0 for count in votes) >= house)
    result = elections.allocate_seats(votes, house, method, cap=cap, excess=excess)
    assert result.seats.max() <= cap
    assert result.seats.sum() == house
    assert all(result.seats[party] == cap for party in result.capped)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 12), st.sampled_from(PROPORTIONAL))
def test_agrees_with_the_apportionment_package_wherever_nothing_ties(votes: list[int], house: int, method: str) -> None:
    methods = pytest.importorskip("apportionment.methods")
    compute: Callable[..., list[int]] = methods.compute
    theirs = {"hare": "hamilton", "sainte_lague": "saintelague"}.get(method, method)
    result = elections.allocate_seats(votes, house, method)
    try:
        expected = compute(theirs, votes, house, fractions=True, tiesallowed=False)
    except methods.TiesException:
        assert len(result.ties) == 1
        return
    assert result.ties.empty
    assert result.seats.tolist() == expected
