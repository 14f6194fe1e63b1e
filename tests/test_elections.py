"""Elections: hand-worked cases, published numbers, properties."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import elections, load_elections, load_results, load_table, load_turnout

OCTOBER = "KGZ-2020-10-04-PARL"


def october_count() -> pd.DataFrame:
    return load_results(election=OCTOBER, stage="preliminary_2020-10-05T11:00", level="national")


def test_four_parties_pass_on_ballots_and_on_valid_votes() -> None:
    rules = load_elections(election=OCTOBER).iloc[0]
    for base in ("ballots_cast", "valid_votes"):
        result = elections.outcome(october_count(), rules["threshold_pct"], base=rules[base])
        passed = result.index[result["passed"]].tolist()
        assert passed == ["Birimdik", "Mekenim Kyrgyzstan", "Kyrgyzstan", "Butun Kyrgyzstan"]


def test_announced_shares_are_of_ballots() -> None:
    rules = load_elections(election=OCTOBER).iloc[0]
    result = elections.outcome(october_count(), rules["threshold_pct"], base=rules["ballots_cast"])
    announced = october_count().set_index("contestant")["vote_share_pct"]
    assert ((result["share_pct"] - announced).abs() < 0.0051).all()


def test_votes_missing_to_the_bar() -> None:
    # Worked by hand: 7 % of 1,990,753 is 139,352.71, so 139,353 votes are needed; Mekenchil had 136,276.
    result = elections.outcome(october_count(), 7, base=1_990_753)
    assert result.loc["Mekenchil", "short"] == 139_353 - 136_276
    assert result.loc["Butun Kyrgyzstan", "short"] == 0


def test_wasted_votes_leave_out_options_and_passing_parties() -> None:
    count = pd.DataFrame({"contestant": ["A", "B", "C", "Against all"], "votes": [70, 20, 6, 4]})
    result = elections.outcome(count, threshold_pct=7)
    assert result["wasted"].to_dict() == {"A": 0, "B": 0, "C": 6, "Against all": 0}


def test_share_equal_to_the_threshold_passes() -> None:
    count = pd.DataFrame({"contestant": ["A", "B"], "votes": [93, 7]})
    assert elections.outcome(count, threshold_pct=7).loc["B", "passed"]


def test_outcome_refuses_what_would_be_silently_wrong() -> None:
    count = pd.DataFrame({"contestant": ["A", "A"], "votes": [1, 2]})
    with pytest.raises(ValueError, match="appears twice"):
        elections.outcome(count, 7)
    with pytest.raises(ValueError, match="no votes stated for B"):
        elections.outcome(pd.DataFrame({"contestant": ["A", "B"], "votes": [1, None]}), 7)
    with pytest.raises(ValueError, match=r"base 2 is smaller than the sum of votes 3"):
        elections.outcome(pd.DataFrame({"contestant": ["A", "B"], "votes": [1, 2]}), 7, base=2)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any), st.floats(0.1, 40))
def test_no_vote_is_lost_between_passed_wasted_and_options(votes: list[int], threshold_pct: float) -> None:
    count = pd.DataFrame({"contestant": [f"P{i}" for i in range(len(votes))], "votes": votes})
    result = elections.outcome(count, threshold_pct)
    assert result["votes"].where(result["passed"], 0).sum() + result["wasted"].sum() == sum(votes)


def test_four_or_five_parties_by_count_stage() -> None:
    results = load_results(election=OCTOBER, level="national")
    stages = ["preliminary_2020-10-05T11:00", "manual_2020-10-05T11:00", "precincts_manual_2020-10-23"]
    shares = elections.stage_shares(results, stages, valid_pct=98.4).drop(index="Against all")
    assert (shares >= 7).sum().tolist() == [4, 5, 4]


def test_one_stage_does_not_add_up_and_is_known_for_it() -> None:
    results = load_results(election=OCTOBER, level="national")
    complete = results.groupby("stage").filter(lambda rows: len(rows) == 17)
    summed = complete.groupby("stage")["vote_share_pct"].sum()
    assert summed[summed < 97.5].round(2).to_dict() == {"preliminary_2020-10-04_38.8pct": 92.59}


def test_hand_count_leaves_mekenchil_below_the_bar_of_ballots_but_not_of_valid_votes() -> None:
    hand = load_results(election=OCTOBER, stage="precincts_manual_2020-10-23", level="national")
    valid = hand.set_index("contestant")["vote_share_pct"]["Mekenchil"]
    rules = load_elections(election=OCTOBER).iloc[0]
    ballots = valid * rules["valid_votes"] / rules["ballots_cast"]
    assert ballots < 7 < valid


def test_unknown_stage_is_named() -> None:
    with pytest.raises(ValueError, match="no such stage: noon"):
        elections.stage_shares(october_count(), ["noon"], valid_pct=98)


def test_net_movement_agrees_with_the_commission() -> None:
    # The CEC said in January 2021 that lists had shrunk by about 80,000 in Bishkek and 30,000 in Osh city.
    here = load_turnout(election=OCTOBER, level="region")
    here = here[here["reported_at"] == pd.Timestamp("2020-10-04T14:00+06:00")]
    net = elections.net_movement(here, load_turnout(election="KGZ-2021-04-11-REF", level="region"))
    said = load_table("form2").query("measure == 'list_shrinkage'").set_index("region")["voters"]
    assert net.loc["KG-GB", "net_best"] == pytest.approx(said["KG-GB"], rel=0.06)
    assert net.loc["KG-GO", "net_best"] == pytest.approx(said["KG-GO"], rel=0.06)
    assert net["net_best"].sum() == pytest.approx(0, abs=1e-6)
    assert (net["net_low"] <= net["net_best"]).all()
    assert (net["net_best"] <= net["net_high"]).all()


@given(st.integers(100, 10**6), st.floats(0.05, 0.95))
def test_implied_list_contains_the_list_it_was_printed_from(registered: int, turnout: float) -> None:
    voted = round(registered * turnout)
    printed = round(100 * voted / registered, 2)
    if printed <= 0.01:
        return
    row = pd.DataFrame({"region": ["A"], "voted": [voted], "turnout_pct": [printed]})
    implied = elections.implied_list(row).iloc[0]
    assert implied["registered_low"] - 1e-6 <= registered <= implied["registered_high"] + 1e-6


def test_net_movement_needs_common_regions() -> None:
    one = pd.DataFrame({"region": ["A"], "voted": [1], "turnout_pct": [50.0]})
    with pytest.raises(ValueError, match="share no region"):
        elections.net_movement(one, one.assign(region="B"))


def test_band_edges_belong_to_the_upper_band() -> None:
    rows = pd.DataFrame(
        {
            "station_id": ["1", "2", "3"],
            "region": "KG-T",
            "contestant": "A",
            "form2_share_pct": [4.999, 5.0, 100.0],
            "ballots": 10,
            "votes": 5,
            "votes_machine": [5, None, 6],
        }
    )
    bands = elections.station_bands(rows).set_index("form2_band")
    assert bands["stations"].to_dict() == {"0-5": 1, "25-100": 1, "5-10": 1}
    assert bands["stations_machine"].to_dict() == {"0-5": 1, "25-100": 1, "5-10": 0}


def test_shares_of_a_band_sum_to_100() -> None:
    assert elections.band_shares(load_table("station_bands")).sum(axis=1).round(9).tolist() == [100.0] * 4


def test_band_shares_do_not_fall_for_the_mix_of_regions() -> None:
    # In both regions A doubles with the band; pooled, it would fall, because movers went where A is weak.
    rows = pd.DataFrame(
        {
            "region": ["N", "N", "N", "N", "S", "S", "S", "S"],
            "form2_band": ["0-5", "0-5", "25-100", "25-100"] * 2,
            "contestant": ["A", "B"] * 4,
            "votes_hand": [10, 90, 180, 720, 360, 540, 80, 20],
        }
    )
    pooled = rows.groupby(["form2_band", "contestant"])["votes_hand"].sum().unstack()
    assert pooled["A"].div(pooled.sum(axis=1)).tolist() == [0.37, 0.26]
    assert elections.band_shares(rows)["A"].round(9).tolist() == [25.0, 50.0]


def test_region_without_some_band_is_left_out_of_all() -> None:
    rows = pd.DataFrame({"region": ["N", "N", "X"], "form2_band": ["0-5", "5-10", "0-5"], "contestant": "A"})
    assert elections.band_shares(rows.assign(votes_hand=1))["A"].tolist() == [100.0, 100.0]
    with pytest.raises(ValueError, match="no region has votes in every band"):
        elections.band_shares(rows.assign(votes_hand=1).iloc[1:])


def test_grid_keeps_100_percent_in_the_last_cell() -> None:
    stations = pd.DataFrame({"registered": [10, 10], "ballots": [10, 0], "valid": [10, 5], "votes": [10, 0]})
    grid = elections.station_grid(stations)
    assert grid[["turnout_pct_low", "share_pct_low"]].to_numpy().tolist() == [[0, 0], [98, 98]]


def test_grid_leaves_out_stations_without_voters_or_votes() -> None:
    stations = pd.DataFrame({"registered": [0, None, 10], "ballots": [1, 1, 1], "valid": [1, 1, 0], "votes": [1, 1, 0]})
    assert elections.station_grid(stations).empty
