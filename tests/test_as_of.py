"""What was known when: nothing said or done later is ever visible."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import load_casualties, load_events, load_results, load_sources, load_turnout

NOON = pd.Timestamp("2020-10-06T12:00+06:00")


CRISES = {  # zone, and days in which much was said
    "KGZ": ("Asia/Bishkek", dt.datetime(2020, 10, 4), dt.datetime(2020, 10, 8)),
    "BLR": ("Europe/Minsk", dt.datetime(2020, 8, 9), dt.datetime(2020, 8, 19)),
}


def test_noon_of_6_october_shows_no_later_report() -> None:
    assert load_casualties(episode="KGZ-2020-10", as_of="2020-10-06T12:00")["reported_at"].max() <= NOON
    assert load_events(country="KGZ", as_of="2020-10-06T12:00")["reported_at"].max() <= NOON


def test_each_country_has_its_own_noon() -> None:
    moment = "2020-08-17T18:30"  # the minister named two dead at 18:09 in Minsk, 21:09 in Bishkek
    assert "CAS-0259" in set(load_casualties(as_of=moment)["report_id"])
    assert "CAS-0259" not in set(load_casualties(as_of="2020-08-17T18:00")["report_id"])
    assert "CAS-0259" not in set(load_casualties(as_of=moment, timezone="Asia/Bishkek")["report_id"])


@pytest.mark.parametrize("country", CRISES)
@given(data=st.data())
@settings(max_examples=15)
def test_nothing_an_event_points_to_is_later(country: str, data: st.DataObject) -> None:
    zone, first, last = CRISES[country]
    moment = data.draw(st.datetimes(first, last))
    limit = pd.Timestamp(moment, tz=zone)
    shown = load_events(country=country, as_of=moment)
    reports = load_casualties().set_index("report_id")["reported_at"]
    pointed = shown["report_ids"].dropna().str.split(";").explode()
    assert (reports[pointed] <= limit).all()
    published = load_sources().set_index("source_id")["published"].dropna()
    cited = published[published.index.isin(shown["source_ids"].str.split(";").explode())]
    clocked = pd.to_datetime(cited[cited.str.contains("T")], utc=True, format="ISO8601")
    assert (clocked <= limit).all()
    dated = pd.to_datetime(cited[cited.str.len() == 10], format="%Y-%m-%d")
    assert (dated.dt.date < limit.date()).all()


def test_no_death_is_shown_before_a_report_of_it() -> None:
    for hour in range(24):
        moment = pd.Timestamp(2020, 10, 6, hour)
        reports = load_casualties(episode="KGZ-2020-10", as_of=moment)
        dead = reports.loc[reports["measure"] == "killed", "value"].max()
        assert load_events(country="KGZ", as_of=moment)["deaths_best"].sum() <= (0 if pd.isna(dead) else dead)


def test_outcome_waits_for_the_last_source() -> None:
    noon = load_events(as_of="2020-10-06T12:00").set_index("event_id")["outcome"]
    assert pd.isna(noon["KGZ-2020-0082"]), "that the governor came back on the 8th was not known"
    assert load_events().set_index("event_id")["outcome"]["KGZ-2020-0082"] == "resigned, back 8 October"


def test_own_events_keep_their_deaths_when_no_report_is_known() -> None:
    rows = {"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"], "country_iso3": ["KGZ"]}
    mine = pd.DataFrame(rows | {"reported_at": ["2020-10-05"], "report_ids": ["MINE-1"], "deaths_best": [2]})
    assert load_events(mine, as_of="2020-10-07")["deaths_best"].item() == 2


def test_own_sources_date_own_events_and_ours_do_not() -> None:
    rows = {"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"], "country_iso3": ["KGZ"]}
    mine = pd.DataFrame(rows | {"source_ids": ["SEED-VOA"]})
    assert load_events(mine)["reported_at"].isna().all()
    pages = pd.DataFrame({"source_id": ["SEED-VOA"], "published": ["2020-10-05T10:00+06:00"]})
    assert str(load_events(mine, sources=pages)["reported_at"].item()) == "2020-10-05 10:00:00+06:00"


def test_noon_of_6_october_shows_what_had_been_said() -> None:
    events = set(load_events(as_of="2020-10-06T12:00")["event_id"])
    assert "KGZ-2020-0046" in events, "the White House was taken at 03:00 and reported by 04:34"
    assert "KGZ-2020-0051" in events, "Atambayev was free and reported so at 08:42"
    assert "KGZ-2020-0076" not in events, "the annulment was first reported in the afternoon"


def test_annulment_is_known_by_the_evening() -> None:
    assert "KGZ-2020-0076" in set(load_events(as_of="2020-10-06 18:00")["event_id"])


def test_injured_known_at_noon_and_in_the_evening() -> None:
    noon = load_casualties(episode="KGZ-2020-10", as_of="2020-10-06T12:00")
    evening = load_casualties(episode="KGZ-2020-10", as_of="2020-10-06T18:00")
    assert noon.loc[noon["measure"] == "injured", "value"].max() == 590
    assert evening.loc[evening["measure"] == "injured", "value"].max() == 686


def test_count_known_at_noon_of_5_october() -> None:
    known = load_results(election="KGZ-2020-10-04-PARL", as_of="2020-10-05T12:00")
    assert "preliminary_2020-10-05T11:00" in set(known["stage"])
    assert "preliminary_2020-10-05_98pct" not in set(known["stage"]), "known by its day only"
    turnout = load_turnout(election="KGZ-2020-10-04-PARL", as_of="2020-10-04T17:00")
    assert turnout["turnout_pct"].max() == 35.24


def test_report_known_by_its_day_is_hidden_until_that_day_ends() -> None:
    row = load_casualties().set_index("report_id").loc["CAS-0055"]
    assert row["reported_at_precision"] == "day"
    assert "CAS-0055" not in set(load_casualties(as_of="2020-10-06T23:59")["report_id"])
    assert "CAS-0055" in set(load_casualties(as_of="2020-10-06")["report_id"])


def test_bare_date_means_its_end() -> None:
    by_day = load_casualties(as_of="2020-10-06")
    assert by_day.equals(load_casualties(as_of=dt.date(2020, 10, 6)))
    assert by_day.equals(load_casualties(as_of="2020-10-06T23:59:59"))


def test_midnight_in_a_column_of_times_is_a_time() -> None:
    rows = pd.DataFrame({"event_id": ["A", "B"], "date": "2020-10-05", "event_type": "Riots", "country_iso3": "KGZ"})
    timed = rows.assign(reported_at=pd.to_datetime(["2020-10-06 00:00", "2020-10-06 09:30"]))
    assert load_events(timed)["reported_at"].dt.hour.tolist() == [0, 9]
    dated = rows.assign(reported_at=pd.to_datetime(["2020-10-06", "2020-10-07"]))
    assert load_events(dated)["reported_at_precision"].tolist() == ["day", "day"]


def test_doubled_hour_is_not_moved() -> None:
    rows = {"event_id": ["A"], "date": ["2020-10-25"], "time_local": ["02:10"], "event_type": ["Riots"]}
    moldova = pd.DataFrame(rows | {"country_iso3": ["MDA"], "reported_at": ["2020-10-25T02:20+03:00"]})
    assert load_events(moldova)["reported_at"].item() == pd.Timestamp("2020-10-25T02:20+03:00")


def test_zone_must_exist_and_leaves_the_bundled_clocks_alone() -> None:
    with pytest.raises(ValueError, match="unknown timezone 'Asia/Bishkekk'; did you mean Asia/Bishkek"):
        load_events(as_of="2020-10-06", timezone="Asia/Bishkekk")
    abroad = load_events(timezone="America/New_York")
    assert abroad["reported_at"].equals(load_events()["reported_at"])
    assert len(load_casualties(as_of="2020-10-06T00:00", timezone="America/New_York")) == len(
        load_casualties(as_of="2020-10-06T04:00Z")
    )


def test_impossible_time_is_called_so() -> None:
    with pytest.raises(ValueError, match=r"as_of = '2020-10-06T25:00': expected a date as YYYY-MM-DD"):
        load_events(as_of="2020-10-06T25:00")


def test_midnight_as_datetime_is_the_start_of_the_day() -> None:
    midnight = load_casualties(episode="KGZ-2020-10", as_of=dt.datetime(2020, 10, 6))
    assert len(midnight) < len(load_casualties(episode="KGZ-2020-10", as_of=dt.date(2020, 10, 6)))


def test_time_without_offset_is_the_clock_of_the_country() -> None:
    assert load_casualties(as_of="2020-10-06T12:00", episode="KGZ-2020-10").equals(
        load_casualties(as_of="2020-10-06T06:00Z", episode="KGZ-2020-10")
    )


def test_each_row_is_read_on_its_own_clock() -> None:
    rows = pd.DataFrame(
        {
            "event_id": ["A", "B"],
            "date": ["2020-08-10", "2020-08-10"],
            "event_type": ["Protests", "Protests"],
            "country_iso3": ["KGZ", "BLR"],
            "reported_at": ["2020-08-10T12:00", "2020-08-10T12:00"],
        }
    )
    loaded = load_events(rows)
    assert [str(moment) for moment in loaded["reported_at"]] == [
        "2020-08-10 06:00:00+00:00",
        "2020-08-10 09:00:00+00:00",
    ]
    assert len(load_events(rows, as_of="2020-08-10T12:00")) == 2


def test_event_is_never_known_before_it_happened() -> None:
    rows = {"event_id": ["A"], "date": ["2020-10-10"], "time_local": ["09:00"], "event_type": ["Protests"]}
    announced = pd.DataFrame(rows | {"country_iso3": ["KGZ"], "reported_at": ["2020-10-01"]})
    assert load_events(announced)["reported_at"].item() == pd.Timestamp("2020-10-10T09:00+06:00")


def test_page_older_than_the_event_is_not_a_report_of_it() -> None:
    event = load_events().set_index("event_id").loc["KGZ-2020-0052"]
    published = load_sources().set_index("source_id")["published"]
    assert published[event["source_ids"].split(";")].min() < "2020"
    assert event["reported_at"] > pd.Timestamp("2020-10-06T00:00+06:00")


def test_sources_published_later_are_not_listed() -> None:
    early = load_events(as_of="2020-10-06T12:00").set_index("event_id")["source_ids"]
    today = load_events().set_index("event_id")["source_ids"]
    assert set(early["KGZ-2020-0046"].split(";")) < set(today["KGZ-2020-0046"].split(";"))


def test_as_of_without_knowing_when_reported_is_refused() -> None:
    rows = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-10"], "event_type": ["Riots"], "country_iso3": ["KGZ"]})
    with pytest.raises(ValueError, match="1 have neither reported_at nor a dated source"):
        load_events(rows, as_of="2020-10-11")


def test_time_without_offset_needs_a_country_with_one_zone() -> None:
    rows = {"event_id": ["A"], "date": ["2020-10-10"], "event_type": ["Riots"], "reported_at": ["2020-10-11"]}
    russian = pd.DataFrame(rows | {"country_iso3": ["RUS"]})
    with pytest.raises(ValueError, match="time with its offset"):
        load_events(russian, as_of="2020-10-12T12:00")
    assert len(load_events(russian, as_of="2020-10-12T12:00", timezone="Europe/Moscow")) == 1


moments = st.datetimes(dt.datetime(2020, 8, 1), dt.datetime(2021, 3, 1))


@given(moments, moments)
@settings(max_examples=40)
def test_knowledge_only_grows(one: dt.datetime, other: dt.datetime) -> None:
    early, late = sorted([one, other])
    assert set(load_events(as_of=early)["event_id"]) <= set(load_events(as_of=late)["event_id"])
    assert set(load_casualties(as_of=early)["report_id"]) <= set(load_casualties(as_of=late)["report_id"])


def test_moment_that_is_not_known_has_no_precision() -> None:
    mine = load_events(pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]}))
    assert mine[["reported_at", "reported_at_precision"]].isna().all(axis=None)
