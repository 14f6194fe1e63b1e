"""What all formats share: told by the header, mapped on any engine, streamed as they are loaded."""

import gzip
import pathlib
import warnings
import zipfile

import ibis
import pandas as pd
import pytest

from analysis import DataError, event_panel, formats, load_events
from analysis.formats import gdelt
from analysis.formats.examples import example
from analysis.schema import TABLES

ACLED = "event_id_cnty,event_date,event_type,sub_event_type,actor1,iso,country,admin1,fatalities,tags,notes\n"
ROWS = [
    "KGZ1,2020-10-05,Protests,Peaceful protest,Protesters,417,Kyrgyzstan,Bishkek,0,crowd size=hundreds,x\n",
    "KGZ2,05 October 2020,Riots,Mob violence,Rioters (Kyrgyzstan),417,Kyrgyzstan,Bishkek,1,crowd size=about 200,x\n",
    "KGZ3,2020-10-06,Protests,Peaceful protest,Protesters (Kyrgyzstan),417,Kyrgyzstan,Osh,0,,[size=no report]\n",
    "XKX1,2020-10-06,Protests,Peaceful protest,Protesters (Kosovo),0,Kosovo,Pristina,0,crowd size=at least 50,x\n",
]


def written(folder: pathlib.Path, text: str, name: str = "acled.csv") -> pathlib.Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def panel(events: object, **options: object) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # coverage is not stated
        return event_panel(events, **options)


def test_every_publisher_says_whose_it_is_and_reads_a_table_of_the_dictionary() -> None:
    for name, publisher in formats.publishers().items():
        assert name == publisher.NAME
        assert len(publisher.CITATION) > 40, name
        assert publisher.TABLE in TABLES, name
        offers = {"events": "events", "precincts": "precincts"}.get(publisher.TABLE, "rows")
        assert callable(getattr(publisher, offers)), name


def test_streamed_words_are_the_sizes_of_the_loaded_rows(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + "".join(ROWS))
    streamed = panel(path, freq="D")
    pd.testing.assert_frame_equal(streamed, panel(load_events(path), freq="D"))
    sizes = streamed.loc[("KGZ", "2020-10-05"), ["size_low", "size_best", "size_high"]]
    assert sizes.fillna(-1).tolist() == [200, -1, -1], "hundreds is 200 to 999, about 200 is a point without bounds"
    assert streamed.loc[("XKX", "2020-10-06"), "events"] == 1, "ISO does not number Kosovo; its name decides"


def test_condition_on_sizes_in_words_is_that_on_the_numbers(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + "".join(ROWS))
    found = panel(path, freq="D", where="size_low >= 200")
    assert found["events"].sum() == 1
    pd.testing.assert_frame_equal(found, panel(load_events(path), freq="D", where="size_low >= 200"))


def test_gzip_zip_and_several_files_are_streamed_as_one(tmp_path: pathlib.Path) -> None:
    whole = panel(written(tmp_path, ACLED + "".join(ROWS)), by=("country", "admin1"))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((ACLED + "".join(ROWS[:2])).encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("c.csv", ACLED + ROWS[2])
        packed.writestr("d.csv", ACLED + ROWS[3])
    pd.testing.assert_frame_equal(panel([tmp_path / "a.csv.gz", tmp_path / "b.zip"], by=("country", "admin1")), whole)


def test_bad_cell_of_a_streamed_file_is_named_with_its_line_and_the_publishers_column(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + ROWS[0] + ROWS[1].replace("05 October 2020", "Monday"))
    with pytest.raises(DataError) as error:
        panel(path)
    assert error.value.problems[["line", "value"]].to_numpy().tolist() == [["3", "Monday"]]
    with pytest.raises(DataError, match="line 3, event_date = 'Monday': expected a date that exists"):
        load_events(path)


def test_row_that_cannot_be_split_stops_a_streamed_file_too(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + ROWS[0] + "KGZ9,2020-10-05\n")
    with pytest.raises(DataError, match=r"line 3: 11 cells as in the header, found 2"):
        panel(path)


def test_headerless_rows_of_several_layouts_are_streamed_and_loaded_alike(tmp_path: pathlib.Path) -> None:
    stated = {"sqldate": "20201005", "eventcode": "141", "isrootevent": "1", "dateadded": "20201005"}
    stated |= {"actiongeo_countrycode": "KG"}
    rows = []
    for number, (width, names) in enumerate(gdelt.DIALECT.layouts.items(), start=1):
        assert len(names) == width
        cells = stated | {"globaleventid": str(number)}
        rows.append("\t".join(cells.get(name.lower(), "") for name in names) + "\n")
    single = written(tmp_path, "".join(rows[-1:]), "single.export.CSV")
    assert panel(single)["events"].sum() == len(load_events(single)) == 1
    mixed = written(tmp_path, "".join(rows), "mixed.export.CSV")
    assert load_events(mixed)["event_id"].tolist() == ["1", "2", "3"]
    pd.testing.assert_frame_equal(panel(mixed), panel(load_events(mixed)))


def test_lost_column_of_a_publisher_is_named() -> None:
    table = pd.DataFrame({"EVENT_ID_CNTY": ["A1"], "EVENT_DATE": ["2020-10-05"], "EVENT_TYPE": ["Riots"]})
    assert len(load_events(table.assign(COUNTRY="Kyrgyzstan"))) == 1
    ged = {"id": ["1"], "relid": ["K-1"], "date_start": ["2020-10-05"], "type_of_violence": ["1"], "best": ["0"]}
    with pytest.raises(DataError, match=r"name one with format=|the header lacks \w+"):
        load_events(pd.DataFrame(ged), format="ucdp_ged")


def test_file_of_another_table_is_sent_to_its_loader() -> None:
    acled = pd.DataFrame({"event_id_cnty": ["A1"], "event_date": ["2020-10-05"], "event_type": ["Riots"]})
    with pytest.raises(DataError, match="this is a file of acled, which holds events: load_events"):
        formats.cells(acled, TABLES["conflicts"])


@pytest.mark.parametrize(
    ("system", "code", "date", "country"),
    [
        ("gw", "365", "1991-12-25", "SUN"),
        ("gw", "365", "1991-12-26", "RUS"),
        ("gw", "345", "2006-06-05", "SRB"),
        ("gw", "345", "2003-02-04", "SCG"),
        ("cow", "652", "1961-09-28", "SYR"),  # a coup on the day before Syria entered the list
        ("fips", "SZ", "2020-01-01", "CHE"),
        ("fips", "AS", "2020-01-01", "AUS"),
        ("iso_numeric", "688", "2020-01-01", "SRB"),
        ("name", "Côte d'Ivoire", "2020-01-01", "CIV"),
        ("gw", "9999", "2020-01-01", "9999"),  # stays, so that validation names it
    ],
)
def test_country_key_is_right_by_date(system: str, code: str, date: str, country: str) -> None:
    class Publisher:
        NAME, TABLE, CODES = "x", "events", system

        @staticmethod
        def events(raw):
            return {"date": raw.date, "country_code": raw.code}

    from analysis.formats.mapping import mapped

    found = mapped(ibis.memtable({"date": [date], "code": [code]}), Publisher)
    assert found.country_iso3.to_pyarrow().to_pylist() == [country]


@pytest.mark.parametrize("large", [False, True])
def test_row_shifted_by_a_stray_separator_is_never_counted(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """DuckDB lets a row pass that is too long by empty cells; its numbers stand in the wrong columns."""
    monkeypatch.setattr("analysis.reading.splitting.LARGE_BYTES", 0 if large else 8_000_000)
    path = written(tmp_path, "event_id,date,event_type,deaths_best,summary\nA,2020-01-02,Riots,,2,\n")
    for read in (load_events, panel):
        with pytest.raises(DataError, match="line 2: 5 cells as in the header, found 6"):
            read(path)


def test_column_narrowed_to_hashes_is_an_error_and_not_a_second_header(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + ROWS[0] + ROWS[1].replace("05 October 2020", "########"))
    with pytest.raises(DataError, match="line 3, event_date = '########'"):
        load_events(path)
    assert len(load_events(written(tmp_path, ACLED + "#event,#date,,,,,,,,,\n" + ROWS[0]))) == 1


def test_date_with_slashes_is_read_where_the_publisher_wrote_them_only(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataError, match="event_date = '4/10/2020'"):
        load_events(written(tmp_path, ACLED + ROWS[0].replace("2020-10-05", "4/10/2020")))


def test_thousand_with_a_point_is_not_one(tmp_path: pathlib.Path) -> None:
    header = "event_id,date,event_type,deaths_best\n"
    with pytest.raises(DataError, match=r"deaths_best = '1\.000': expected a whole number"):
        load_events(written(tmp_path, header + "A,2020-10-05,Riots,1.000\n"))
    path = written(tmp_path, header + "A,2020-10-05,Riots,1.0\nB,2020-10-05,Riots,\n")
    assert load_events(path)["deaths_best"].sum() == panel(path, by=())["deaths_best"].item() == 1


def test_page_of_an_answer_is_not_taken_for_the_whole(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, '{"TotalCount": 5, "TotalPages": 3, "Result": [{"id": "1"}]}', "page.json")
    with pytest.raises(DataError, match="one page of an answer, with 1 of them"):
        load_events(path)


def test_frame_as_its_publisher_wrote_it_is_counted_as_its_file(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, ACLED + "".join(ROWS))
    frame = pd.read_csv(path, dtype="str")
    pd.testing.assert_frame_equal(panel(frame, by="country"), panel(path, by="country"))


@pytest.mark.parametrize("learned", [1, 3, 50_000])
def test_wordings_of_crowds_that_come_late_count_as_early_ones(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, learned: int
) -> None:
    monkeypatch.setattr("analysis.panel.counting.LEARNED", learned)
    path = written(tmp_path, ACLED + "".join(ROWS))
    found = panel(path, freq="M").loc["KGZ", ["size_low", "size_best", "size_high"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [[200, None, None]]
    pd.testing.assert_frame_equal(panel(path, by=("admin1",)), panel(load_events(path), by=("admin1",)))


def test_what_a_publisher_does_not_code_is_missing_and_not_zero() -> None:
    found = panel(load_events(example("gdelt")), freq="Y", by="country")
    assert found["deaths_best"].isna().all()
    assert found["size_low"].isna().all()


@pytest.mark.parametrize("source", [None, 5, {}, True])
def test_what_is_no_source_is_refused_in_words(source: object) -> None:
    if source is not None:
        with pytest.raises(ValueError, match="a source is a path"):
            load_events(source)
    with pytest.raises(ValueError, match="a source is a path"):
        event_panel(source)


def test_address_is_named_without_its_secrets() -> None:
    for address in ("http://me:SEKRET@127.0.0.1:9/x.csv", "http://127.0.0.1:9/x.csv?key=SEKRET"):
        with pytest.raises(DataError) as error:
            load_events(address)
        assert "SEKRET" not in str(error.value)
        assert "127.0.0.1:9/x.csv" in str(error.value)


def test_files_whose_rows_are_numbered_are_read_whole_so_that_copies_are_seen() -> None:
    numbered = [one for one in formats.publishers("events").values() if getattr(one, "NUMBERED", False)]
    assert [one.NAME for one in numbered] == ["crowd_counting", "navco"]
    assert not any(getattr(one, "STREAMS", True) for one in numbered)
