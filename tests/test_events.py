"""What is shown of events."""

import pandas as pd
import pytest

from analysis import events, load_events, load_sources


def test_votes_and_sessions_are_not_crowds() -> None:
    shown = events.crowds(load_events())
    assert set(shown["event_type"]) == {"Protests", "Riots"}
    assert "parliament_session" not in set(shown["action"])


def test_each_place_is_seized_once_and_attempts_are_not_seizures() -> None:
    taken = events.seized(load_events(country="KGZ", start="2020-10-04", end="2020-10-16"))
    assert not taken["target"].duplicated().any()
    assert {"White House", "OTRK", "State Committee for National Security", "Bishkek City Hall"} <= set(taken["target"])
    assert "Kumtor office" not in set(taken["target"])
    assert (taken["kind"] == "mine").sum() == 6


def test_same_name_in_two_towns_is_two_places() -> None:
    halls = {"region": ["KG-GB", "KG-O"], "action": ["building_seizure"] * 2, "target": ["City Hall"] * 2}
    counts = events.by_region(pd.DataFrame(halls | {"date": ["2020-10-06"] * 2}))
    assert counts["buildings"].to_dict() == {"KG-GB": 1, "KG-O": 1}


def test_events_without_a_region_are_counted_as_such() -> None:
    rows = pd.DataFrame({"region": ["KG-T", None], "action": ["rally"] * 2, "target": [None] * 2, "date": ["2020"] * 2})
    assert events.by_region(rows)["gatherings"].to_dict() == {"KG-T": 1, "not stated": 1}


def test_regions_count_every_gathering_and_seizure() -> None:
    period = load_events(country="KGZ", start="2020-10-04", end="2020-10-16")
    counts = events.by_region(period)
    assert counts["gatherings"].sum() == len(events.gatherings(period))
    assert counts[["buildings", "mines"]].to_numpy().sum() == len(events.seized(period))


def test_every_event_has_one_slot_of_its_own() -> None:
    period = load_events(country="KGZ", start="2020-10-04", end="2020-10-16")
    units = events.slots(period)
    assert sorted(units["event_id"]) == sorted(period["event_id"])
    assert not units.duplicated(["event_type", "start", "height"]).any()
    known = period.set_index("event_id")["time_local"].dropna()
    placed = units.set_index("event_id")
    assert (placed.loc[known.index, "start"].dt.hour == known.str[:2].astype(int) // 4 * 4).all()
    assert (placed["start"].dt.normalize() == period.set_index("event_id")["date"].reindex(placed.index)).all()
    assert placed["timed"].sum() == len(known)


def test_events_without_a_time_fill_the_day_evenly() -> None:
    rows = {"event_id": list("ABCDEFG"), "event_type": "Riots", "date": pd.Timestamp("2020-10-06"), "time_local": None}
    units = events.slots(pd.DataFrame(rows))
    assert units["start"].dt.hour.tolist() == [0, 4, 8, 12, 16, 20, 0]
    assert units["height"].tolist() == [0] * 6 + [1]


def test_event_without_a_time_is_not_placed_after_the_moment() -> None:
    rows = {"event_id": list("ABCD"), "event_type": "Riots", "date": pd.Timestamp("2020-10-06"), "time_local": None}
    units = events.slots(pd.DataFrame(rows), until=pd.Timestamp("2020-10-06 09:00"))
    assert units["start"].dt.hour.tolist() == [0, 4, 8, 0]
    midnight = events.slots(pd.DataFrame(rows), until=pd.Timestamp("2020-10-06 00:00"))
    assert set(midnight["start"].dt.hour) == {0}


PAPERS = pd.DataFrame({"source_id": list("abcd"), "publisher": ["24.kg", "24.kg", "TASS", "Newcomer"]})


def cited(*rows: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["date", "source_ids"])
    return frame.assign(date=pd.to_datetime(frame["date"]), event_id=[str(number) for number in range(len(frame))])


def test_publishers_of_a_day_count_once_and_a_day_without_events_is_not_there() -> None:
    rows = cited(("2020-10-05", "a;b"), ("2020-10-05", "b;c"), ("2020-10-07", "d"))
    days = events.publishers_by_period(rows, PAPERS)
    assert days.index.astype(str).tolist() == ["2020-10-05", "2020-10-07"], "nobody can be seen silent"
    assert days["events"].tolist() == [2, 1]
    assert days["publishers"].tolist() == [2, 1]
    assert days["seen_once"].tolist() == [1, 1], "two pages of one publisher are one witness"
    assert events.publishers_by_period(rows, PAPERS, "M")["publishers"].tolist() == [3]


def test_steady_publishers_are_those_before_and_since() -> None:
    rows = cited(("2020-10-04", "a;b"), ("2020-10-04", "c"), ("2020-10-05", "b"), ("2020-10-06", "a;d"))
    steady = events.steady_publishers(rows, PAPERS, "2020-10-05")
    assert steady.to_dict("index") == {"24.kg": {"before": 1, "since": 2}}, "TASS fell silent, Newcomer came"
    assert events.steady_publishers(rows, PAPERS, "2020-09-01").empty


def test_reporters_held_fixed_take_out_what_only_newcomers_saw() -> None:
    rows = cited(("2020-10-04", "a"), ("2020-10-05", "a;d"), ("2020-10-05", "d"), ("2020-10-05", "c"))
    steady = events.steady_publishers(rows, PAPERS, "2020-10-05")
    kept = events.reported_by(rows, PAPERS, steady.index)
    assert kept["event_id"].tolist() == ["0", "1"]
    assert kept.columns.tolist() == rows.columns.tolist()


def test_unknown_publishers_and_sources_are_named() -> None:
    rows = cited(("2020-10-04", "a;x"))
    with pytest.raises(ValueError, match="cited but not among the sources: x"):
        events.publishers_by_period(rows, PAPERS)
    with pytest.raises(ValueError, match=r"unknown publisher 'Tass'; allowed: 24\.kg, TASS, Newcomer"):
        events.reported_by(rows, PAPERS, ["Tass"])


def test_every_event_of_the_table_has_a_publisher() -> None:
    every = load_events()
    days = events.publishers_by_period(every, load_sources())
    assert days["events"].sum() == len(every)
    assert (days["publishers"] >= 1).all()
    assert len(events.reported_by(every, load_sources(), load_sources()["publisher"].unique())) == len(every)
