"""ACLED exports of every generation as events. All rows here are invented."""

from __future__ import annotations

import json
from pathlib import Path

import ibis
import pandas as pd
import pytest

from analysis import DataError, check, load_events
from analysis.formats import acled

OLDEST = (
    "GWNO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,ALLY_ACTOR_1,INTER1,ACTOR2,"
    "ALLY_ACTOR_2,INTER2,INTERACTION,COUNTRY,ADMIN1,ADMIN2,ADMIN3,LOCATION,LATITUDE,LONGITUDE,GEO_PRECISION,SOURCE,"
    "NOTES,FATALITIES"
)
MIDDLE = (
    "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,region,country,admin1,admin2,admin3,location,latitude,"
    "longitude,geo_precision,source,source_scale,notes,fatalities,timestamp,iso3"
)
NEWEST = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp,population_best"
)
WORDS = {"notes", "tags", "NOTES"}  # columns that sizes of crowds are read from, which takes most of the time
OLDEST_WITHOUT, NEWEST_WITHOUT = (
    ",".join(name for name in header.split(",") if name not in WORDS) for header in (OLDEST, NEWEST)
)
OF_OLDEST = {
    "GWNO": "501",
    "EVENT_ID_CNTY": "7KEN",
    "EVENT_DATE": "04/10/2012",
    "TIME_PRECISION": "1",
    "EVENT_TYPE": "Riots/Protests",
    "ACTOR1": "Rioters (Kenya)",
    "INTER1": "5",
    "INTER2": "0",
    "COUNTRY": "Kenya",
    "ADMIN1": "Nowhere",
    "LATITUDE": "-1.5",
    "LONGITUDE": "37",
    "GEO_PRECISION": "2",
    "FATALITIES": "0",
}
OF_MIDDLE = {
    "data_id": "99",
    "iso": "32",
    "iso3": "ARG",
    "event_id_cnty": "ARG1",
    "event_date": "03 December 2020",
    "time_precision": "2",
    "event_type": "Protests",
    "sub_event_type": "Peaceful protest",
    "actor1": "Protesters (Argentina)",
    "inter1": "6",
    "country": "Argentina",
    "region": "South America",
    "admin1": "Chubut",
    "location": "Invented",
    "geo_precision": "1",
    "notes": "People gathered. [size=about 200]",
    "fatalities": "0",
}
OF_NEWEST = {
    "event_id_cnty": "KGZ1",
    "event_date": "2024-06-01",
    "time_precision": "3",
    "disorder_type": "Political violence",
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "actor1": "Unidentified Armed Group",
    "inter1": "Political militia",
    "actor2": "Civilians",
    "iso": "417",
    "country": "Kyrgyzstan",
    "admin1": "Osh",
    "location": "Invented",
    "latitude": "40.5",
    "longitude": "72.8",
    "geo_precision": "3",
    "notes": "Invented.",
    "fatalities": "12",
    "tags": "women targeted: girls; crowd size=dozens; local administrators",
    "population_best": "1000",
}


def export(folder: Path, header: str, usual: dict[str, str], *rows: dict[str, str], name: str = "acled.csv") -> Path:
    path = folder / name
    frame = pd.DataFrame([usual | row for row in rows], columns=header.split(","))
    frame.to_csv(path, index=False)
    return path


def one(frame: pd.DataFrame, row: int = 0) -> dict[str, object]:
    return frame.iloc[row].dropna().to_dict()


def test_the_oldest_export(tmp_path: Path) -> None:
    events = load_events(export(tmp_path, OLDEST, OF_OLDEST, {}))
    assert one(events)["event_id"] == "7KEN"
    assert events["date"].dt.strftime("%Y-%m-%d").tolist() == ["2012-10-04"]
    assert one(events)["country_iso3"] == "KEN"
    assert one(events)["event_type"] == "Riots"
    assert "sub_event_type" not in one(events)
    assert one(events)["geo_precision"] == 2
    assert one(events)["latitude"] == -1.5
    assert one(events)["acled_event_type"] == "Riots/Protests"
    assert one(events)["acled_gwno"] == "501"


def test_an_export_of_the_middle_years(tmp_path: Path) -> None:
    events = load_events(export(tmp_path, MIDDLE, OF_MIDDLE, {}))
    row = one(events)
    assert events["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-12-03"]
    assert (row["country_iso3"], row["date_precision"], row["admin1"]) == ("ARG", 2, "Chubut")
    assert (row["event_type"], row["sub_event_type"]) == ("Protests", "Peaceful protest")
    assert (row["size_text"], row["size_best"]) == ("about 200", 200)
    assert row["summary"] == "People gathered. [size=about 200]"
    assert "region" not in row
    assert row["acled_region"] == "South America"


def test_an_export_of_today(tmp_path: Path) -> None:
    row = one(load_events(export(tmp_path, NEWEST, OF_NEWEST, {})))
    assert row["date"] == pd.Timestamp("2024-06-01")
    assert (row["country_iso3"], row["country"], row["date_precision"]) == ("KGZ", "Kyrgyzstan", 3)
    assert (row["actor1"], row["actor2"]) == ("Unidentified Armed Group", "Civilians")
    assert (row["deaths_low"], row["deaths_best"]) == (12, 12)
    assert (row["size_text"], row["size_low"], row["size_high"]) == ("dozens", 24, 99)
    assert row["acled_population_best"] == "1000"


def test_an_answer_of_the_api_mixes_numbers_and_text(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    row = OF_NEWEST | {"iso": 417, "fatalities": 12, "latitude": 40.5, "tags": None, "time_precision": 3}
    path.write_text(json.dumps({"status": 200, "success": True, "count": 1, "messages": [], "data": [row]}))
    events = load_events(path)
    assert one(events)["country_iso3"] == "KGZ"
    assert one(events)["deaths_best"] == 12
    assert events["size_text"].isna().all()


def test_fatalities_have_no_upper_bound_and_missing_ones_are_not_zero(tmp_path: Path) -> None:
    """The most conservative report is a lower bound; 0 stands also where nobody knows."""
    rows = [{"fatalities": "0"}, {"fatalities": "", "event_id_cnty": "KGZ2"}]
    events = load_events(export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, *rows)).sort_values("event_id")
    assert events["deaths_low"].fillna(-1).tolist() == [0, -1]
    assert events["deaths_high"].isna().all()


def test_event_types_before_2019(tmp_path: Path) -> None:
    types = [
        ("Battle-No change of territory", "Battles", "Armed clash"),
        ("Battle-Government regains territory", "Battles", "Government regains territory"),
        ("Battle-Non-state actor overtakes territory", "Battles", "Non-state actor overtakes territory"),
        ("Remote violence", "Explosions/Remote violence", ""),
        ("Violence against civilians", "Violence against civilians", ""),
        ("Violence Against Civilians ", "Violence against civilians", ""),
        ("Headquarters or base established", "Strategic developments", "Headquarters or base established"),
        ("Non-violent transfer of territory", "Strategic developments", "Non-violent transfer of territory"),
        ("Strategic development", "Strategic developments", ""),
    ]
    rows = [{"EVENT_ID_CNTY": str(place), "EVENT_TYPE": found} for place, (found, _, _) in enumerate(types)]
    events = (
        load_events(export(tmp_path, OLDEST_WITHOUT, OF_OLDEST, *rows))
        .sort_values("event_id")
        .fillna({"sub_event_type": ""})
    )
    assert list(zip(events["event_type"], events["sub_event_type"], strict=True)) == [one[1:] for one in types]
    assert events["acled_event_type"].str.strip().tolist() == [found.strip() for found, _, _ in types]


def test_riots_and_protests_were_one_type(tmp_path: Path) -> None:
    sides = {"50": "Riots", "60": "Protests", "16": "Protests", "65": "Riots", "15": "Riots"}
    rows = [{"EVENT_ID_CNTY": code, "INTER1": code[0], "INTER2": code[1]} for code in sides]
    events = load_events(export(tmp_path, OLDEST_WITHOUT, OF_OLDEST, *rows))
    assert dict(zip(events["event_id"], events["event_type"], strict=True)) == sides


def test_riots_or_protests_without_their_actors_are_named_not_guessed(tmp_path: Path) -> None:
    path = export(tmp_path, OLDEST_WITHOUT, OF_OLDEST, {"INTER1": "1", "INTER2": "7"})
    with pytest.raises(DataError, match=r"line 2, EVENT_TYPE.* = 'Riots/Protests': expected one of"):
        load_events(path)


def test_a_spelling_of_a_sub_event_type(tmp_path: Path) -> None:
    changed = {"sub_event_type": "Excessive force against protestors", "event_type": "protests"}
    row = one(load_events(export(tmp_path, MIDDLE, OF_MIDDLE, changed)))
    assert (row["event_type"], row["sub_event_type"]) == ("Protests", "Excessive force against protesters")


def test_kosovo_has_no_number(tmp_path: Path) -> None:
    rows = [{"iso": "0", "country": "Kosovo", "event_id_cnty": "KOS1"}, {"iso": "4", "country": "Afghanistan"}]
    events = load_events(export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, *rows))
    assert sorted(events["country_iso3"]) == ["AFG", "XKX"]


def test_a_file_without_numbers_has_the_names_of_countries(tmp_path: Path) -> None:
    names = {"Democratic Republic of Congo": "COD", "Ivory Coast": "CIV", "eSwatini": "SWZ", "Republic of Congo": "COG"}
    rows = [{"COUNTRY": name, "EVENT_ID_CNTY": str(place)} for place, name in enumerate(names)]
    events = load_events(export(tmp_path, OLDEST_WITHOUT, OF_OLDEST, *rows))
    assert events.sort_values("event_id")["country_iso3"].tolist() == list(names.values())


def test_crowd_sizes_come_from_tags_or_notes(tmp_path: Path) -> None:
    worded = [
        ("crowd size=no report", "", ""),
        ("", "Invented. [size= no report]", ""),
        ("", "Invented. [size=no reports]", ""),
        ("crowd size=several thousand", "Invented. [size=hundreds]", "several thousand"),
        ("women targeted: girls; crowd size=about 40; detentions", "", "about 40"),
        ("detentions", "Marched to the square [size=between 100 and 300].", "between 100 and 300"),
        ("", "Nothing of size said.", ""),
    ]
    rows = [
        {"event_id_cnty": str(place), "tags": tags, "notes": notes} for place, (tags, notes, _) in enumerate(worded)
    ]
    events = load_events(export(tmp_path, NEWEST, OF_NEWEST, *rows)).sort_values("event_id")
    assert events["size_text"].fillna("").tolist() == [expected for _, _, expected in worded]
    assert events["size_low"].fillna(-1).tolist() == [-1, -1, -1, 3000, -1, 100, -1]
    assert events["size_best"].fillna(-1).tolist() == [-1, -1, -1, -1, 40, -1, -1]


def test_tags_of_hdx_and_a_repeated_header_are_no_events(tmp_path: Path) -> None:
    tags = {"event_id_cnty": "#event+code", "event_date": "#date+occurred", "event_type": "#event+type"}
    empty = dict.fromkeys(NEWEST_WITHOUT.split(","), "")
    again = {name: name for name in NEWEST_WITHOUT.split(",")}
    path = export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, empty | tags, {}, again, {"event_id_cnty": "KGZ2"})
    assert load_events(path)["event_id"].tolist() == ["KGZ1", "KGZ2"]


def test_na_of_r_is_missing(tmp_path: Path) -> None:
    row = one(load_events(export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, {"actor2": "NA", "admin1": "NA"})))
    assert "actor2" not in row
    assert "admin1" not in row


def test_overlapping_exports_repeat_ids(tmp_path: Path) -> None:
    first = export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, {}, name="first.csv")
    second = export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, {"event_id_cnty": "KGZ2"}, {}, name="second.csv")
    with pytest.raises(DataError, match=r"second\.csv, line 3, event_id_cnty = 'KGZ1': expected rows that differ"):
        load_events([first, second])


def test_exports_of_two_generations_load_together(tmp_path: Path) -> None:
    paths = [
        export(tmp_path, OLDEST, OF_OLDEST, {}, name="old.csv"),
        export(tmp_path, NEWEST, OF_NEWEST, {}, name="new.csv"),
    ]
    assert load_events(paths)["country_iso3"].tolist() == ["KEN", "KGZ"]


def test_bad_cells_are_named_by_the_publishers_column(tmp_path: Path) -> None:
    bad = [
        ("event_date", "31 November 2020"),
        ("event_date", "19165"),
        ("fatalities", "many"),
        ("latitude", "91"),
        ("time_precision", "5"),
        ("event_type", "Mischief"),
        ("sub_event_type", "Mischief"),
        ("iso", "9999"),
    ]
    rows = [{}, *({"event_id_cnty": f"BAD{place}", column: value} for place, (column, value) in enumerate(bad))]
    rows[-1]["country"] = "Atlantis"
    path = export(tmp_path, NEWEST_WITHOUT, OF_NEWEST, *rows)
    assert check(path, "events").good["event_id"].tolist() == ["KGZ1"]
    with pytest.raises(DataError) as raised:
        load_events(path)
    problems = raised.value.problems
    assert problems["file"].str.endswith("acled.csv").all()
    assert sorted(set(problems["line"])) == list(range(3, 11))
    for line, (column, value) in enumerate(bad, start=3):
        named = problems[(problems["line"] == line) & (problems["value"] == value)]
        assert named["column"].str.contains(column).any(), (column, value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("event_id_cnty,deleted_timestamp", "list of deleted"),
        ("week,region,country,admin1,event_type,sub_event_type,events,fatalities", "counts by week"),
    ],
)
def test_other_files_of_acled_are_refused_with_the_reason(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    with pytest.raises(DataError, match=said):
        load_events(path)


@pytest.mark.parametrize("header", [OLDEST, MIDDLE, NEWEST])
def test_the_mapping_compiles_for_bigquery(header: str) -> None:
    raw = ibis.table(dict.fromkeys(header.lower().split(","), "string"), name="raw")
    assert "raw" in ibis.to_sql(raw.select(**acled.events(raw)), dialect="bigquery")


def test_the_api_sample(shared: Path) -> None:
    events = load_events(shared / "data" / "acled_api_json" / "acled_sample.json")
    assert len(events) == 10
    assert int(events["deaths_best"].sum()) == 4
    assert events["size_text"].isna().all()  # two state "no report", eight nothing
    assert events.set_index("event_id").loc["KEN6833", "country_iso3"] == "KEN"


@pytest.mark.parametrize(("name", "rows", "deaths"), [("old", 326, 2), ("old_deletion", 9000, 4568)])
def test_samples_of_the_r_package(shared: Path, name: str, rows: int, deaths: int) -> None:
    """Every note begins with the day, so a date on the wrong row would show."""
    events = load_events(shared / "data" / "acled_acledR" / f"acled_{name}_dummy.rda")
    assert len(events) == rows
    assert int(events["deaths_best"].sum()) == deaths
    assert events["country_iso3"].notna().all()
    noted = events["summary"].str.extract(r"^On (\d{1,2} \w+ 202\d)")[0]
    days = pd.to_datetime(noted, format="%d %B %Y", errors="coerce")
    assert days.notna().mean() > 0.85
    assert (days.dropna() == events["date"][days.notna()]).all()
    assert (events["size_text"].isna() | ~events["size_text"].str.startswith("no report")).all()
    assert (events["event_type"] == events["acled_event_type"]).all()
    assert (events["date"].dt.year.astype("str") == events["acled_year"]).all()
