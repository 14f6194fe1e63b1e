"""The news report of 6 October 2020 that the project starts from: each of its statements is a row with its source."""

import pandas as pd
import pytest

from analysis import load_cases, load_casualties, load_elections, load_events, load_results

SEED = "SEED-VOA"


def from_seed(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that name the report among their sources."""
    return frame[frame["source_ids"].str.split(";").map(lambda ids: SEED in ids)]


EVENTS = {
    "vote of 4 October": ("2020-10-04", "vote", "Parliamentary election"),
    "rally in Bishkek on 5 October": ("2020-10-05", "rally", "Main rally"),
    "12 losing parties demand annulment": ("2020-10-05", "agreement", "twelve parties signed a demand"),
    "clashes through the night": ("2020-10-06", "clash", "After hours of fighting"),
    "White House stormed": ("2020-10-06", "building_seizure", "took parlia"),
    "fire, furnishings and portraits destroyed": ("2020-10-06", "looting", "alight, furnishings and portraits"),
    "national broadcaster seized with little resistance": (
        "2020-10-06",
        "building_seizure",
        "television.*little resistance",
    ),
    "State Committee for National Security seized": ("2020-10-06", "building_seizure", "security headquarters"),
    "mayor's office stormed": ("2020-10-06", "building_seizure", "City Hall, the mayor office"),
    "Atambayev freed, early in an 11-year sentence": ("2020-10-06", "prisoner_release", "Atambayev.*11-year sentence"),
    "result annulled by midday": ("2020-10-06", "annulment", "invalid, by midday"),
    "president: a coup attempt": ("2020-10-06", "statement", "attempted coup"),
    "president: no order to fire": ("2020-10-06", "statement", "forbidden opening fire"),
    "president: calls for calm, ready to meet leaders": (
        "2020-10-06",
        "statement",
        "calm and was ready to meet.*7 October",
    ),
    "Asanov acting minister after the minister failed to appear": (
        "2020-10-06",
        "appointment",
        "Asanov.*minister stayed away",
    ),
    "spokeswoman: president in control": ("2020-10-06", "statement", "spokeswoman.*in control"),
    "Interfax: at a residence outside Bishkek, not fled": (
        "2020-10-06",
        "statement",
        "Interfax.*not fled.*outside Bishkek",
    ),
    "analysts: authority lost": ("2020-10-06", "statement", "Analysts.*lost his authority"),
    "analysts: a setback for Russia": ("2020-10-06", "statement", "setback for Russia"),
    "statement by the Russian embassy": ("2020-10-06", "statement", "Russian embassy"),
    "statement by the UN spokesman": ("2020-10-06", "statement", "UN chief, through his spokesman"),
}


@pytest.mark.parametrize(("date", "action", "words"), EVENTS.values(), ids=EVENTS.keys())
def test_statement_is_an_event(date: str, action: str, words: str) -> None:
    rows = from_seed(load_events())
    rows = rows[(rows["date"] == date) & (rows["action"] == action)]
    assert rows["summary"].str.contains(words, regex=True).sum() == 1


def test_white_house_is_parliament_and_presidency() -> None:
    rows = from_seed(load_events())
    taken = rows[(rows["action"] == "building_seizure") & (rows["target"] == "White House")]
    assert taken["location"].item() == "White House (parliament and presidency)"


def test_more_than_600_injured_is_at_least_601() -> None:
    row = from_seed(load_casualties()).set_index("measure").loc["injured"]
    assert row["qualifier"] == "more_than"
    assert (row["value"], row["value_low"]) == (600, 601)
    assert pd.isna(row["value_high"])


def test_one_killed() -> None:
    row = from_seed(load_casualties()).set_index("measure").loc["killed"]
    assert (row["value_low"], row["value"], row["value_high"]) == (1, 1, 1)


def test_most_seats_went_to_two_pro_government_parties() -> None:
    rows = from_seed(load_results())
    assert set(rows["contestant"]) == {"Birimdik", "Mekenim Kyrgyzstan"}
    assert set(rows["alignment"]) == {"pro_government"}
    total = load_elections(election="KGZ-2020-10-04-PARL")["seats_total"].item()
    assert rows["seats"].sum() > total / 2


def test_the_vote_itself_names_the_report() -> None:
    assert "KGZ-2020-10-04-PARL" in set(from_seed(load_elections())["election_id"])


def test_belarus_2020_is_a_case() -> None:
    case = load_cases().set_index("case_id").loc["BLR-2020-08"]
    assert case["mass_protest"]
    assert not case["incumbent_exit"]
