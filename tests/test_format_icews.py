"""ICEWS as events. Rows written here are invented."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd
import pytest

from analysis import DataError, load_events
from analysis.formats import icews
from analysis.formats.cameo import CLASSES, ROOTS
from analysis.schema.facts import EVENT_TYPES, SUB_EVENT_TYPES

COLUMNS = (
    "Event ID,Event Date,Source Name,Source Sectors,Source Country,Event Text,CAMEO Code,Intensity,"
    "Target Name,Target Sectors,Target Country,Story ID,Sentence Number,Publisher,City,District,Province,"
    "Country,Latitude,Longitude"
)
HEADER = COLUMNS.split(",")
USUAL = {
    "Event ID": "7",
    "Event Date": "2018-06-01",
    "Source Name": "Citizen (A)",
    "Source Sectors": "NA",
    "Event Text": "Demonstrate or rally",
    "CAMEO Code": "141",
    "Target Name": "Government (A)",
    "City": "Bishkek",
    "District": "NA",
    "Province": "Bishkek",
    "Country": "Kyrgyzstan",
    "Latitude": "42.87",
    "Longitude": "74.59",
}


def table(folder: Path, *rows: dict[str, str], quoted: bool = False, name: str = "events.tab") -> Path:
    path = folder / name
    frame = pd.DataFrame([USUAL | row for row in rows], columns=HEADER, dtype="str").fillna("NA")
    frame.to_csv(path, sep="\t", index=False, quoting=1 if quoted else 3)
    return path


@pytest.mark.parametrize("quoted", [False, True])
def test_every_column(tmp_path: Path, quoted: bool) -> None:
    row = load_events(table(tmp_path, {}, quoted=quoted)).iloc[0]
    assert row["event_id"] == "7-2018-06-01"
    assert row["date"] == pd.Timestamp("2018-06-01")
    assert (row["event_type"], row["action"]) == ("Protests", "protest")
    assert (row["actor1"], row["actor2"]) == ("Citizen (A)", "Government (A)")
    assert (row["country_iso3"], row["admin1"], row["location"]) == ("KGZ", "Bishkek", "Bishkek")
    assert (row["latitude"], row["longitude"]) == (42.87, 74.59)
    assert row["icews_cameo_code"] == "141"


def test_an_id_can_mean_two_events_of_different_days(tmp_path: Path) -> None:
    path = table(tmp_path, {}, {"Event Date": "2018-06-02"})
    assert load_events(path)["event_id"].tolist() == ["7-2018-06-01", "7-2018-06-02"]


def test_the_same_row_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"events\.tab, line 3, Event ID and Event Date = '7-2018-06-01'"):
        load_events(table(tmp_path, {}, {}))


def test_na_is_missing_and_namibia_is_not(tmp_path: Path) -> None:
    rows = [
        {"Country": "NA", "City": "NA", "Province": "NA", "Latitude": "NA", "Longitude": "NA"},
        {"Event ID": "8", "Country": "Namibia"},
        {"Event ID": "9", "Country": "Cote d'Ivoire"},
        {"Event ID": "a", "Country": "the former Yugoslav Republic of Macedonia"},
        {"Event ID": "b", "Country": "Occupied Palestinian Territory"},
        {"Event ID": "c", "Country": "Democratic Republic of Congo"},
    ]
    events = load_events(table(tmp_path, *rows)).sort_values("event_id")
    assert events["country_iso3"].fillna("").tolist() == ["", "NAM", "CIV", "MKD", "PSE", "COD"]
    assert events.iloc[0][["admin1", "location", "latitude"]].isna().all()


def test_deaths_and_sizes_are_not_coded(tmp_path: Path) -> None:
    events = load_events(table(tmp_path, {"CAMEO Code": "202", "Intensity": "-10"}))
    assert events[["deaths_low", "deaths_best", "deaths_high", "size_low"]].isna().all(axis=None)


def test_database_names_and_dates_without_dashes(tmp_path: Path) -> None:
    path = tmp_path / "icews.csv"
    names = {name: name.lower().replace(" ", "_") for name in HEADER}
    pd.DataFrame([USUAL | {"Event Date": "20180601"}], columns=HEADER).rename(columns=names).to_csv(path, index=False)
    assert load_events(path)["event_id"].tolist() == ["7-2018-06-01"]


def test_bad_cells_are_named_by_the_publishers_column(tmp_path: Path) -> None:
    bad = [("CAMEO Code", "14"), ("Country", "Atlantis"), ("Event Date", "soon"), ("Latitude", "91")]
    path = table(tmp_path, *({"Event ID": str(place), column: value} for place, (column, value) in enumerate(bad)))
    with pytest.raises(DataError) as raised:
        load_events(path)
    problems = raised.value.problems
    for line, (column, value) in enumerate(bad, start=2):
        named = problems[(problems["line"] == line) & (problems["value"] == value)]
        assert named["column"].str.contains(column).any(), (column, value)


def test_every_class_of_the_cameo_table_is_in_the_vocabulary() -> None:
    for prefix, (event_type, sub_event_type) in CLASSES.items():
        assert prefix[:2] in ROOTS
        assert event_type in EVENT_TYPES
        assert sub_event_type is None or SUB_EVENT_TYPES[sub_event_type] == event_type


def test_the_mapping_compiles_for_bigquery() -> None:
    raw = ibis.table({name.lower().replace(" ", "_"): "string" for name in HEADER}, name="raw")
    assert "raw" in ibis.to_sql(raw.select(**icews.events(raw)), dialect="bigquery")


def test_the_sample_of_june_2018(shared: Path) -> None:
    events = load_events(shared / "data" / "icews" / "events.2018.sample.tab")
    assert len(events) == 3705
    assert events["event_id"].is_unique
    assert events["date"].value_counts().tolist() == [2359, 1346]
    codes = events["icews_cameo_code"]
    assert (events["event_type"] == "Riots").sum() == (codes == "145").sum() == 18
    assert (events["event_type"] == "Protests").sum() == (codes.str.startswith("14") & (codes != "145")).sum() == 113
    assert (events["sub_event_type"] == "Arrests").sum() == (codes == "173").sum() == 244
    assert (events["country_iso3"] == "IND").sum() == 708
    assert events["country_iso3"].isna().sum() == (events["icews_country"].isna()).sum() == 2
    assert ((events["event_type"] == "Strategic developments").mean()) > 0.89  # most rows are talk
