"""UCDP GED as events. Rows written here are invented."""

from __future__ import annotations

import json
from pathlib import Path

import ibis
import pandas as pd
import pytest

from analysis import DataError, check, event_panel, load_events
from analysis.formats import ucdp_ged

COLUMNS = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_new_id,conflict_name,dyad_name,side_a,"
    "side_b,where_prec,where_coordinates,adm_1,adm_2,latitude,longitude,country,country_id,region,"
    "event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
    "low,gwnoa,gwnob"
)
HEADER = COLUMNS.split(",")
USUAL = {
    "id": "1",
    "relid": "KGZ-2010-3-1-1",
    "year": "2010",
    "type_of_violence": "2",
    "side_a": "Group A",
    "side_b": "Group B",
    "where_prec": "2",
    "where_coordinates": "Osh town",
    "adm_1": "Osh oblast",
    "latitude": "40.5",
    "longitude": "72.8",
    "country": "Kyrgyzstan",
    "country_id": "703",
    "date_prec": "1",
    "date_start": "2010-06-10 00:00:00.000",
    "date_end": "2010-06-10 00:00:00.000",
    "best": "5",
    "high": "9",
    "low": "4",
}


def release(folder: Path, *rows: dict[str, str], columns: dict[str, str] | None = None) -> Path:
    path = folder / "ged.csv"
    frame = pd.DataFrame([USUAL | {"id": str(place)} | row for place, row in enumerate(rows, 1)], columns=HEADER)
    frame.rename(columns=columns or {}).to_csv(path, index=False)
    return path


def test_every_column(tmp_path: Path) -> None:
    row = load_events(release(tmp_path, {})).iloc[0]
    assert row["event_id"] == "1"
    assert row["date"] == pd.Timestamp("2010-06-10")
    assert (row["event_type"], row["sub_event_type"]) == ("Battles", "Armed clash")
    assert (row["actor1"], row["actor2"]) == ("Group A", "Group B")
    assert (row["country_iso3"], row["country"], row["admin1"]) == ("KGZ", "Kyrgyzstan", "Osh oblast")
    assert (row["location"], row["latitude"], row["longitude"]) == ("Osh town", 40.5, 72.8)
    assert (row["date_precision"], row["geo_precision"]) == (1, 2)
    assert (row["deaths_low"], row["deaths_best"], row["deaths_high"]) == (4, 5, 9)
    assert row["ucdp_ged_date_end"] == "2010-06-10 00:00:00.000"


def test_types_of_violence_and_codes_of_precision(tmp_path: Path) -> None:
    rows = [{"type_of_violence": kind, "date_prec": date, "where_prec": where} for kind, date, where in ALL_CODES]
    events = load_events(release(tmp_path, *rows)).sort_values("event_id")
    assert events["event_type"].tolist() == ["Battles", "Battles", *["Violence against civilians"] * 5]
    assert events["sub_event_type"].tolist() == ["Armed clash", "Armed clash", *["Attack"] * 5]
    assert events["date_precision"].tolist() == [1, 2, 2, 3, 4, 1, 1]
    assert events["geo_precision"].tolist() == [1, 2, 3, 3, 3, 3, 3]


ALL_CODES = [
    ("1", "1", "1"),
    ("2", "2", "2"),
    ("3", "3", "3"),
    ("3", "4", "4"),
    ("3", "5", "5"),
    ("3", "1", "6"),
    ("3", "1", "7"),
]


def test_an_event_of_several_days_keeps_its_end(tmp_path: Path) -> None:
    changed = {"date_prec": "4", "date_end": "2010-06-30 00:00:00.000"}
    row = load_events(release(tmp_path, changed)).iloc[0]
    assert row["date"] == pd.Timestamp("2010-06-10")
    assert row["date_precision"] == 3
    assert row["ucdp_ged_date_end"] == "2010-06-30 00:00:00.000"


def test_an_event_known_to_the_year_is_imprecise_in_a_panel_of_months(tmp_path: Path) -> None:
    path = release(tmp_path, {"date_prec": "5"}, {"date_prec": "4"})
    for freq, number in (("W", 2), ("M", 1), ("Q", 1)):
        with pytest.warns(UserWarning, match="less exactly than to the"):
            panel = event_panel(path, freq=freq, coverage=("2010-01-01", "2010-12-31"))
        assert panel.attrs["imprecise"] == number
    assert event_panel(path, freq="Y", coverage=("2010-01-01", "2010-12-31")).attrs["imprecise"] == 0


def test_bounds_in_the_wrong_order_are_the_lowest_and_the_highest_number(tmp_path: Path) -> None:
    estimates = [("7", "7", "6"), ("7", "6", "7"), ("0", "0", "4"), ("9", "5", "4"), ("2", "2", "2")]
    rows = [dict(zip(("low", "best", "high"), numbers, strict=True)) for numbers in estimates]
    events = load_events(release(tmp_path, *rows)).sort_values("event_id")
    found = events[["deaths_low", "deaths_best", "deaths_high"]].to_numpy().tolist()
    assert found == [[6, 7, 7], [6, 6, 7], [0, 0, 4], [4, 5, 9], [2, 2, 2]]
    assert events["ucdp_ged_high"].tolist() == [high for _, _, high in estimates]


def test_the_tags_of_hdx_are_no_event(tmp_path: Path) -> None:
    tags = dict.fromkeys(HEADER, "") | {"year": "#date+year", "date_start": "#date+start", "best": "#affected+killed"}
    path = release(tmp_path, tags, {}, {"date_start": "2010-13-01"})
    with pytest.raises(DataError, match=r"ged\.csv, line 4, date_start = '2010-13-01'"):
        load_events(path)
    assert check(path, "events").good["event_id"].tolist() == ["2"]


def test_an_answer_of_the_api(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    row = USUAL | {"id": 1, "best": 5, "date_start": "2010-06-10T00:00:00", "country_id": 703}
    path.write_text(json.dumps({"TotalCount": 1, "TotalPages": 1, "NextPageUrl": "", "Result": [row]}))
    events = load_events(path)
    assert events[["country_iso3", "deaths_best"]].to_numpy().tolist() == [["KGZ", 5]]
    assert events["date"].tolist() == [pd.Timestamp("2010-06-10")]


def test_releases_to_5_named_the_estimates_otherwise(tmp_path: Path) -> None:
    columns = {"best": "best_est", "low": "low_est", "high": "high_est"}
    row = load_events(release(tmp_path, {}, columns=columns)).iloc[0]
    assert (row["deaths_low"], row["deaths_best"], row["deaths_high"]) == (4, 5, 9)


def test_a_country_is_the_state_of_that_day(tmp_path: Path) -> None:
    rows = [{"country_id": "365", "country": "", "date_start": day} for day in ("1991-12-25", "1991-12-26")]
    assert load_events(release(tmp_path, *rows))["country_iso3"].tolist() == ["SUN", "RUS"]


def test_bad_cells_are_named_by_the_publishers_column(tmp_path: Path) -> None:
    bad = [("best", "many"), ("low", "-1"), ("type_of_violence", "4"), ("date_prec", "9"), ("where_prec", "x")]
    path = release(tmp_path, {}, *({column: value} for column, value in bad))
    with pytest.raises(DataError) as raised:
        load_events(path)
    problems = raised.value.problems
    for line, (column, value) in enumerate(bad, start=3):
        named = problems[(problems["line"] == line) & (problems["value"] == value)]
        assert named["column"].str.contains(column).any(), (column, value)


def test_the_mapping_compiles_for_bigquery() -> None:
    raw = ibis.table(dict.fromkeys(HEADER, "string"), name="raw")
    assert "raw" in ibis.to_sql(raw.select(**ucdp_ged.events(raw)), dialect="bigquery")


def test_the_sample_of_ukraine(shared: Path) -> None:
    events = load_events(shared / "data" / "ucdp_ged_ukraine_hdx" / "conflict_data_ukr_first1200.csv")
    assert len(events) == 1200
    assert events["event_id"].is_unique
    assert set(events["country_iso3"]) == {"UKR"}
    assert events["date"].agg(["min", "max"]).dt.strftime("%Y-%m-%d").tolist() == ["2014-01-22", "2015-01-09"]
    assert int(events["deaths_best"].sum()) == 4285
    sides = [events[f"ucdp_ged_deaths_{who}"].astype(int) for who in ("a", "b", "civilians", "unknown")]
    assert (sum(sides) == events["deaths_best"]).all()
    assert int(((events["deaths_best"] == 0) & (events["deaths_high"] > 0)).sum()) == 11
    published = events[["ucdp_ged_low", "ucdp_ged_best", "ucdp_ged_high"]].astype(int)
    disordered = (published["ucdp_ged_low"] > published["ucdp_ged_best"]) | (
        published["ucdp_ged_best"] > published["ucdp_ged_high"]
    )
    assert events["event_id"][disordered].tolist() == ["155425", "155426"]
    assert events["date_precision"].value_counts().to_dict() == {1: 1101, 2: 82, 3: 10, 4: 7}


def test_like_events_of_the_sample_are_no_repeats_and_short_pauses_no_gaps(shared: Path) -> None:
    found = check(shared / "data" / "ucdp_ged_ukraine_hdx" / "conflict_data_ukr_first1200.csv")
    told = found.good.filter(like="ucdp_ged_").drop(columns=["ucdp_ged_id", "ucdp_ged_relid"])
    assert told.duplicated().sum() == 334, "agree in every cell but their ids"
    assert len(found.survey.repeats) == 0
    assert "not looked for; UCDP gives each of several like events an id of its own" in found.survey.summary()
    assert found.survey.gaps["days"].tolist() == [52, 49, 22], "not the pauses of 5 and 6 days"
