"""Hints about a table: they name what is odd, and stay silent where nothing is."""

import datetime as dt

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


def test_two_days_in_a_row_have_no_gap_between_them_however_much_happens() -> None:
    assert survey(events(["2020-01-01"] * 500 + ["2020-01-02"] * 500 + ["2020-01-03"] * 5)).gaps.empty


def test_a_pause_that_is_this_countrys_rhythm_is_no_gap_and_a_longer_one_is() -> None:
    """Ten events a week, all on Sundays: six days without any are usual, three weeks without any are not."""
    sundays = [day for week in daily("2020-01-05", 200)[::7] for day in [week] * 10]
    assert survey(events(sundays)).gaps.empty
    skipped = [day for day in sundays if not "2020-03-01" <= day <= "2020-03-20"]
    assert survey(events(skipped)).gaps["days"].tolist() == [28]


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


def test_events_that_differ_in_a_count_or_target_are_no_repeats() -> None:
    days = ["2020-08-09", "2020-08-09"]
    alike = {"location": "Minsk", "actor1": "Protesters"}
    assert len(survey(events(days, **alike, deaths_best=pd.array([1, 1], dtype="Int64"))).repeats) == 1
    assert len(survey(events(days, **alike, deaths_best=pd.array([1, 2], dtype="Int64"))).repeats) == 0
    assert len(survey(events(days, **alike, target=["parliament", "square"])).repeats) == 0
    said = survey(events(days, **alike)).summary()
    assert "1 event repeats day, place, type, actors and counts of another (E1)" in said


def test_like_rows_of_a_publisher_that_has_many_are_left_out_and_this_is_said() -> None:
    rows = events(["2020-08-09"] * 4, location="Minsk", gdelt_globaleventid=["1", "2", None, None])
    seen = survey(rows)
    assert seen.repeats["event_id"].tolist() == ["E3"], "the rows of other files are looked at all the same"
    assert "not looked for; a row of GDELT is a statement in the news" in seen.summary()


def test_dates_after_today_or_after_their_report_are_listed() -> None:
    rows = events(["2020-08-09", "2020-08-11", "2062-08-09"])
    assert len(survey(rows).ahead) == 0, "what day it is has to be said"
    assert survey(rows, today=dt.date(2020, 8, 11)).ahead["event_id"].tolist() == ["E2"]
    assert "dates in the future: 2 rows are" in survey(rows, today=dt.date(2020, 8, 10)).summary()
    reported = rows.assign(reported_at=pd.to_datetime(["2020-08-09T12:00Z", "2020-08-10T12:00Z", None], utc=True))
    assert survey(reported).ahead.empty, "a day ahead may be the same day on another clock"
    early = rows.assign(reported_at=pd.to_datetime("2020-08-10T12:00Z"))
    assert survey(early).ahead["event_id"].tolist() == ["E2"]


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
