"""Nearest cases: distances by hand, missing cells as Gower, no look at what followed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import load_cases
from analysis.comparison import nearest

VARIABLES = ["turnout_pct", "disputed", "observer_verdict"]


def votes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": ["a", "b", "c", "d", "e"],
            "turnout_pct": [50.0, 60.0, 90.0, np.nan, np.nan],
            "disputed": pd.array([True, True, False, True, None], dtype="boolean"),
            "observer_verdict": ["flawed", "mostly", "flawed", "flawed", "flawed"],
            "incumbent_exit": pd.array([True, False, False, True, False], dtype="boolean"),
        }
    )


def test_distances_by_hand() -> None:
    found = nearest(votes(), "a", 3, VARIABLES)
    assert found.table["distance"].to_dict() == {
        "d": 0.0,
        "b": pytest.approx((0.25 + 0 + 1) / 3),
        "c": pytest.approx(2 / 3),
    }
    assert found.contributions.loc["b"].tolist() == pytest.approx([0.25 / 3, 0, 1 / 3])


def test_missing_cell_is_not_compared_and_widens_the_distance() -> None:
    row = nearest(votes(), "a", 3, VARIABLES).table.loc["d"]
    assert row["compared"] == 2
    assert (row["distance_low"], row["distance_high"]) == (0.0, pytest.approx(1 / 3))
    assert np.isnan(nearest(votes(), "a", 3, VARIABLES).contributions.loc["d", "turnout_pct"])


def test_case_with_few_cells_is_set_aside_and_listed() -> None:
    found = nearest(votes(), "a", 3, VARIABLES)
    assert found.candidates == 3
    assert found.set_aside.to_dict("list") == {"case_id": ["e"], "compared": [1], "missing": ["turnout_pct, disputed"]}
    assert "1 case set aside" in found.summary()


def test_contributions_add_up_to_the_distance() -> None:
    found = nearest(load_cases(), "KGZ-2020-10", 20)
    assert found.contributions.sum(axis=1).to_numpy() == pytest.approx(found.table["distance"].to_numpy(), abs=1e-9)
    assert found.table["distance"].is_monotonic_increasing
    assert (found.table["distance_low"] <= found.table["distance"] + 1e-9).all()
    assert (found.table["distance"] <= found.table["distance_high"] + 1e-9).all()


def test_what_followed_is_shown_but_never_compared() -> None:
    cases = load_cases()
    found = nearest(cases, "KGZ-2020-10")
    assert not set(found.variables) & {"mass_protest", "deaths_low", "incumbent_exit", "result_annulled_or_rerun"}
    assert {"mass_protest", "incumbent_exit"} <= set(found.outcomes)
    other = cases.assign(mass_protest=~cases["mass_protest"], incumbent_exit=~cases["incumbent_exit"])
    pd.testing.assert_frame_equal(nearest(other, "KGZ-2020-10").table, found.table)
    with pytest.raises(ValueError, match="mass_protest is known only with the protest"):
        nearest(cases, "KGZ-2020-10", variables=["turnout_pct", "mass_protest"])
    assert nearest(cases, "KGZ-2020-10", variables=["turnout_pct", "mass_protest"], until="with the protest").candidates


@settings(max_examples=15)
@given(st.permutations(range(12)))
def test_row_order_changes_nothing(order: list[int]) -> None:
    cases = load_cases().iloc[-40:-28]
    case_id = cases["case_id"].iloc[3]
    expected = nearest(cases, case_id, 4, ["turnout_pct", "incumbent_ran", "observer_verdict"])
    found = nearest(cases.iloc[order], case_id, 4, ["turnout_pct", "incumbent_ran", "observer_verdict"])
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_ties_are_broken_by_id_and_said() -> None:
    frame = pd.DataFrame({"case_id": ["a", "d", "c", "b", "e"], "disputed": [1, 1, 1, 1, 0]}).astype(
        {"disputed": "boolean"}
    )
    found = nearest(frame, "a", 2, ["disputed"])
    assert found.table.index.tolist() == ["b", "c"]
    assert found.tied == ("d",)
    assert "As near as the last: d." in found.summary()


def test_of_equally_near_cases_the_one_of_which_more_is_known_comes_first() -> None:
    frame = votes().assign(turnout_pct=[50.0, 50.0, 90.0, np.nan, np.nan], case_id=list("adcbe"))
    found = nearest(frame.assign(observer_verdict=["flawed"] * 4 + ["mostly"]), "a", 1, VARIABLES)
    assert (found.table.index.tolist(), found.tied) == (["d"], ("b",))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"turnout_pct": np.nan}, "turnout_pct is missing in all 5 cases"),
        ({"turnout_pct": 50.0}, "turnout_pct is the same in all 5 cases"),
        ({"case_id": ["a", "b", "b", "d", "e"]}, "case_id b stands in 2 rows"),
    ],
)
def test_columns_that_tell_nothing_and_copies_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        nearest(votes().assign(**change), "a", 2, VARIABLES)


def test_questions_without_an_answer_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown case_id 'z'"):
        nearest(votes(), "z", 2, VARIABLES)
    with pytest.raises(ValueError, match="expected 1 to 3"):
        nearest(votes(), "a", 9, VARIABLES)
    with pytest.raises(ValueError, match="only 1 of 3 variables are filled in e"):
        nearest(votes(), "e", 1, VARIABLES)
    with pytest.raises(ValueError, match="unknown variable"):
        nearest(votes(), "a", 1, ["turnout"])
