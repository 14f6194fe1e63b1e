"""GDELT events of all three layouts. Rows written here are invented."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from analysis import DataError, event_panel, load_events
from analysis.formats import gdelt, mapped
from analysis.formats.gdelt import COLUMNS, LAYOUTS

USUAL = {
    "GLOBALEVENTID": "900",
    "SQLDATE": "20201005",
    "MonthYear": "202010",
    "Year": "2020",
    "FractionDate": "2020.7616",
    "Actor1Code": "KGZOPP",
    "Actor1Name": "BISHKEK",
    "Actor2Code": "GOV",
    "IsRootEvent": "1",
    "EventCode": "141",
    "EventBaseCode": "141",
    "EventRootCode": "14",
    "QuadClass": "3",
    "NumMentions": "4",
    "ActionGeo_Type": "4",
    "ActionGeo_FullName": 'Bishkek, "Bishkek City", Kyrgyzstan',
    "ActionGeo_CountryCode": "KG",
    "ActionGeo_ADM1Code": "KG01",
    "ActionGeo_Lat": "42.87",
    "ActionGeo_Long": "74.59",
    "DATEADDED": "20201006",
    "SOURCEURL": "https://example.org/a",
}
MODERN = {"DATEADDED": "20201006041500"}


def line(width: int = 61, **cells: str) -> str:
    row = USUAL | (MODERN if width == 61 else {}) | cells
    return "\t".join(row.get(name, "") for name in LAYOUTS[width])


def file(folder: Path, *lines: str, name: str = "20201006.export.CSV") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_layouts_are_the_published_ones() -> None:
    assert len(COLUMNS) == 61
    assert {width: len(names) for width, names in LAYOUTS.items()} == {57: 57, 58: 58, 61: 61}
    assert LAYOUTS[57][-1] == "DATEADDED"
    assert LAYOUTS[58][25:31] == COLUMNS[25:31] == gdelt.ACTION
    assert LAYOUTS[58][56:] == ("DATEADDED", "SOURCEURL")


def test_every_column_of_2_0(tmp_path: Path) -> None:
    row = load_events(file(tmp_path, line())).iloc[0]
    assert row["event_id"] == "900"
    assert row["date"] == pd.Timestamp("2020-10-05")
    assert (row["event_type"], row["action"]) == ("Protests", "protest")
    assert (row["actor1"], row["actor2"]) == ("BISHKEK", "GOV")
    assert (row["country_iso3"], row["admin1"], row["geo_precision"]) == ("KGZ", "KG01", 2)
    assert row["location"] == 'Bishkek, "Bishkek City", Kyrgyzstan'
    assert (row["latitude"], row["longitude"]) == (42.87, 74.59)
    assert row["reported_at"] == pd.Timestamp("2020-10-06T04:15:00Z")
    assert row["gdelt_nummentions"] == "4"


def test_layouts_may_be_mixed_in_one_file(tmp_path: Path) -> None:
    lines = [line(57, GLOBALEVENTID="1"), line(58, GLOBALEVENTID="2"), line(61, GLOBALEVENTID="3")]
    events = load_events(file(tmp_path, *lines)).sort_values("event_id")
    assert events["country_iso3"].tolist() == ["KGZ"] * 3
    assert events["gdelt_sourceurl"].fillna("").tolist() == ["", *["https://example.org/a"] * 2]
    assert events["reported_at_precision"].tolist() == ["day", "day", "minute"]


def test_gzip_and_zip_are_read_as_they_come(tmp_path: Path) -> None:
    zipped, packed = tmp_path / "a.export.CSV.zip", tmp_path / "b.CSV.gz"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.export.CSV", line(GLOBALEVENTID="1") + "\n")
    packed.write_bytes(gzip.compress((line(58, GLOBALEVENTID="2") + "\n").encode()))
    assert sorted(load_events([zipped, packed])["event_id"]) == ["1", "2"]


def named(separator: str, names: tuple[str, ...] = COLUMNS) -> str:
    """Two rows below a header, quoted as programs write them."""
    rows = [USUAL | MODERN | {"GLOBALEVENTID": one} for one in ("1", "2")]
    frame = pd.DataFrame([[row.get(name, "") for name in names] for row in rows], columns=list(names))
    return frame.to_csv(sep=separator, index=False)


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz"])
def test_a_header_is_read_by_its_names_streamed_and_loaded_alike(tmp_path: Path, separator: str, name: str) -> None:
    path, turned = tmp_path / name, named(separator, COLUMNS[::-1]).encode()
    path.write_bytes(gzip.compress(turned) if name.endswith("gz") else turned)
    bare = load_events(file(tmp_path, line(GLOBALEVENTID="1"), line(GLOBALEVENTID="2"), name="bare.CSV"))
    headed = load_events(path)
    pd.testing.assert_frame_equal(headed[bare.columns], bare)
    streamed = event_panel(path, freq="M", coverage=("2020-10-01", "2020-10-31"))
    assert streamed["events"].tolist() == [2]


def test_a_header_put_above_the_rows_as_they_come_is_read_and_names_lines(tmp_path: Path) -> None:
    header = "\t".join(COLUMNS).upper()
    assert len(load_events(file(tmp_path, header, line()))) == 1
    with pytest.raises(DataError, match="line 3, SQLDATE = 'x'"):
        load_events(file(tmp_path, header, line(), line(GLOBALEVENTID="2", SQLDATE="x")))
    with pytest.raises(DataError, match="line 3"):
        load_events(file(tmp_path, header, line(), line(GLOBALEVENTID="2", ActionGeo_FullName='"Osh" city')))


def test_typed_columns_of_bigquery() -> None:
    typed = {name: pa.array([USUAL.get(name)], pa.string()) for name in COLUMNS}
    numbers = {"GLOBALEVENTID": 900, "SQLDATE": 20201005, "ActionGeo_Type": 4, "DATEADDED": 20201006041500}
    table = pa.table(typed | {name: pa.array([number]) for name, number in numbers.items()})
    row = mapped(ibis.memtable(table)).to_pyarrow().to_pylist()[0]
    assert (row["event_id"], row["date"], row["country_iso3"]) == ("900", "2020-10-05", "KGZ")
    assert row["reported_at"] == "2020-10-06T04:15:00Z"


def test_country_codes_are_fips_not_iso(tmp_path: Path) -> None:
    codes = {"AS": "AUS", "AU": "AUT", "RS": "RUS", "SZ": "CHE", "SW": "SWE", "CH": "CHN", "UP": "UKR", "GM": "DEU"}
    lines = [line(GLOBALEVENTID=code, ActionGeo_CountryCode=code) for code in codes]
    with pytest.raises(DataError):  # an id is digits: the first row tells the layout
        load_events(file(tmp_path, *lines))
    lines = [line(GLOBALEVENTID=str(place), ActionGeo_CountryCode=code) for place, code in enumerate(codes)]
    events = load_events(file(tmp_path, *lines))
    assert dict(zip(events["gdelt_actiongeo_countrycode"], events["country_iso3"], strict=True)) == codes


def test_a_row_without_a_place_has_no_coordinates(tmp_path: Path) -> None:
    """GDELT 1.0 writes 0 for them, which is a place in the sea."""
    nowhere = {"ActionGeo_Type": "0", "ActionGeo_FullName": "", "ActionGeo_CountryCode": "", "ActionGeo_ADM1Code": ""}
    row = load_events(file(tmp_path, line(58, **nowhere, ActionGeo_Lat="0", ActionGeo_Long="0"))).iloc[0]
    assert row[["latitude", "longitude", "geo_precision", "country_iso3", "admin1"]].isna().all()


def test_a_country_as_a_whole_is_no_region(tmp_path: Path) -> None:
    codes = {"1": ("KG", "1"), "2": ("KG00", "4"), "3": ("KG01", "5")}
    lines = [
        line(GLOBALEVENTID=one, ActionGeo_ADM1Code=code, ActionGeo_Type=kind) for one, (code, kind) in codes.items()
    ]
    events = load_events(file(tmp_path, *lines)).sort_values("event_id")
    assert events["admin1"].fillna("").tolist() == ["", "", "KG01"]
    assert events["geo_precision"].tolist() == [3, 2, 3]


def test_deaths_are_not_coded(tmp_path: Path) -> None:
    events = load_events(file(tmp_path, line(EventCode="202", EventRootCode="20")))
    assert events["event_type"].tolist() == ["Violence against civilians"]
    assert events[["deaths_low", "deaths_best", "deaths_high"]].isna().all(axis=None)


def test_a_lost_zero_is_refused_because_014_would_read_as_protest(tmp_path: Path) -> None:
    path = file(tmp_path, line(), line(GLOBALEVENTID="901", EventCode="14"))
    with pytest.raises(DataError, match=r"line 2, EventCode = '14': expected one of"):
        load_events(path)


def test_bad_cells_are_named_by_the_publishers_column(tmp_path: Path) -> None:
    bad = [("SQLDATE", "20201305"), ("ActionGeo_CountryCode", "ZZ"), ("ActionGeo_Type", "9"), ("EventCode", "---")]
    rows = [line(GLOBALEVENTID=str(place), **{column: value}) for place, (column, value) in enumerate(bad)]
    with pytest.raises(DataError) as raised:
        load_events(file(tmp_path, line(), *rows))
    problems = raised.value.problems
    for number, (column, value) in enumerate(bad, start=2):
        named = problems[(problems["line"] == number) & (problems["value"] == value)]
        assert named["column"].str.contains(column).any(), (column, value)


def test_a_row_of_another_width_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2: 57 or 58 or 61 cells, found 60|line 2.*found 60"):
        load_events(file(tmp_path, line(), line().rpartition("\t")[0]))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("\t".join(["410412347", "20150218230000", "20150218230000", *["1"] * 13]), "mentions"),
        ("\t".join(["20150218230000-0", "20150218230000", *[""] * 25]), "Knowledge Graph"),
        ("DATE\tNUMARTS\tCOUNTS\tTHEMES\tLOCATIONS", "Knowledge Graph"),
        ("Date\tSource\tTarget\tCAMEOCode\tNumEvents\tNumArts", "reduced file"),
        ("tableId,dataType,Empty,Description", "column names"),
    ],
)
def test_other_files_of_gdelt_are_refused_with_the_reason(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_events(file(tmp_path, row, row))


def test_the_mapping_compiles_for_bigquery() -> None:
    raw = ibis.table({name.lower(): "string" for name in COLUMNS}, name="raw")
    assert "raw" in ibis.to_sql(raw.select(**gdelt.events(raw)), dialect="bigquery")


def test_the_sample_of_2_0(shared: Path) -> None:
    events = load_events(shared / "data" / "gdelt" / "sparkgdelt_events.csv")
    assert len(events) == 100
    assert events["event_id"].is_unique
    added = pd.to_datetime(events["gdelt_dateadded"].str[:8], format="%Y%m%d")
    late = (added - events["date"]).dt.days.value_counts().to_dict()
    assert late == {0: 50, 365: 29, 7: 14, 1: 5, 30: 2}
    assert events["event_type"].value_counts().to_dict() == {"Strategic developments": 96, "Battles": 4}
    assert (events["country_iso3"].isna() == events["gdelt_actiongeo_countrycode"].isna()).all()


def test_the_sample_of_1_0_has_two_layouts(shared: Path) -> None:
    events = load_events(shared / "data" / "gdelt" / "sparkgdelt_events1.csv")
    assert len(events) == 100
    assert int(events["gdelt_sourceurl"].isna().sum()) == 40
    assert events["event_type"].value_counts().to_dict() == {
        "Strategic developments": 92,
        "Protests": 4,
        "Battles": 3,
        "Violence against civilians": 1,
    }
    nowhere = events["gdelt_actiongeo_type"] == "0"
    assert nowhere.any()
    assert events.loc[nowhere, ["latitude", "longitude"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["sparkgdelt_mentions.csv", "gdeltpyr_events1.csv", "gdeltpyr_events2.csv"])
def test_files_beside_the_events_are_refused(shared: Path, name: str) -> None:
    with pytest.raises(DataError, match="GDELT events; this is"):
        load_events(shared / "data" / "gdelt" / name)
