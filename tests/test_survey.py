"""Hints about a table: they name what is odd, and stay silent where nothing is."""

import pandas as pd

from analysis import load_events
from analysis.survey import survey


def events(days: list[str], **columns: object) -> pd.DataFrame:
    frame = {"event_id": [f"E{i}" for i in range(len(days))], "date": pd.to_datetime(days), "country_iso3": "BLR"}
    return pd.DataFrame(frame | {"event_type": "Protests", "location": None} | columns)


def daily(start: str, n: int) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in pd.date_range(start, periods=n)]


def test_even_series_has_no_gap_and_a_hole_in_it_has_one() -> None:
    assert survey(events(daily("2020-01-01", 60))).gaps.empty
    holed = daily("2020-01-01", 60) + daily("2020-06-01", 60)
    gap = survey(events(holed)).gaps.iloc[0]
    assert (str(gap["after"].date()), str(gap["before"].date()), gap["days"]) == ("2020-02-29", "2020-06-01", 93)
    assert gap["expected_events"] == 93 * 120 / 211


def test_few_events_say_nothing_about_gaps() -> None:
    assert survey(events(["2020-01-01", "2020-01-02", "2021-01-01"])).gaps.empty


def test_gaps_are_told_by_country() -> None:
    rows = pd.concat([events(daily("2020-01-01", 40)), events(daily("2021-01-01", 40)).assign(country_iso3="GEO")])
    assert survey(rows).gaps.empty, "each country has an even series; only together is there a hole"


def test_repeated_event_needs_a_place() -> None:
    days = ["2020-08-09", "2020-08-09"]
    assert len(survey(events(days)).repeats) == 0
    assert survey(events(days, location="Minsk")).repeats["event_id"].tolist() == ["E1"]
    assert len(survey(events(days, location=["Minsk", "Brest"])).repeats) == 0


def test_zero_everywhere_is_questioned_and_missing_is_not() -> None:
    days = daily("2020-01-01", 30)
    zero = pd.array([0] * 30, dtype="Int64")
    assert survey(events(days, deaths_best=zero)).zeros == (
        "deaths_best is 0 in all 30 rows that state it: none, or not coded?",
    )
    assert survey(events(days, deaths_best=pd.array([None] * 30, dtype="Int64"))).zeros == ()
    assert survey(events(days, deaths_best=pd.array([0] * 29 + [1], dtype="Int64"))).zeros == ()
    assert "in the sea" in survey(events(days, latitude=0.0, longitude=0.0)).zeros[0]


def test_empty_table_is_surveyed() -> None:
    seen = survey(load_events().head(0))
    assert (seen.rows, seen.first, len(seen.gaps), len(seen.repeats)) == (0, None, 0, 0)
    assert seen.summary() == "span: no dates\ncountries: not stated"
