"""Any source, hostile or damaged: typed rows or one clear sentence."""

import bz2
import datetime as dt
import functools
import gzip
import http.server
import io
import json
import lzma
import pathlib
import threading
import warnings
import zipfile

import openpyxl
import pandas as pd
import pytest

from analysis import DataError, check, load_cases, load_casualties, load_events, load_results, load_table
from analysis.charts import style
from analysis.formats.examples import example
from analysis.reading.splitting import LARGE_BYTES
from analysis.schema import BUNDLED as TABLES

HEADER = "event_id,date,event_type,country_iso3,location,size_low,size_best,size_high\n"
GOOD = "E1,2020-10-05,Protests,KGZ,Talas,100,,500\n"


def csv(folder: pathlib.Path, content: str | bytes, name: str = "mine.csv") -> pathlib.Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sentence(source: object, table: str = "events") -> str:
    with pytest.raises(DataError) as error:
        check(source, table)
    return str(error.value)


@pytest.mark.parametrize("name", TABLES)
def test_bundled_table_loads_and_loads_again_from_its_frame(name: str) -> None:
    table = load_table(name)
    assert load_table(name, table).equals(table)
    assert list(table.columns) == list(TABLES[name].columns)


def test_missing_is_not_zero(tmp_path: pathlib.Path) -> None:
    event = load_events(csv(tmp_path, HEADER + GOOD)).iloc[0]
    assert pd.isna(event["size_best"])
    assert (event["size_low"], event["size_high"]) == (100, 500)


def test_same_rows_from_every_container(tmp_path: pathlib.Path) -> None:
    plain = load_events(csv(tmp_path, HEADER + GOOD))
    sources = [csv(tmp_path, gzip.compress((HEADER + GOOD).encode()), "mine.csv.gz"), plain]
    for writer, name in ((plain.to_parquet, "mine.parquet"), (plain.to_excel, "mine.xlsx")):
        writer(tmp_path / name, index=False)
        sources.append(tmp_path / name)
    sources += [io.StringIO(HEADER + GOOD), io.BytesIO((HEADER + GOOD).encode()), str(tmp_path / "mine.csv")]
    for source in sources:
        assert load_events(source).equals(plain), source


def test_bundled_casualties_survive_excel_and_parquet(tmp_path: pathlib.Path) -> None:
    # Excel knows no offsets, so times travel as text, as in the CSV.
    table = pd.read_csv(pathlib.Path(__file__).parent.parent / "data" / "casualties.csv", dtype="str")
    table.to_excel(tmp_path / "c.xlsx", index=False)
    table.to_parquet(tmp_path / "c.parquet")
    assert load_casualties(tmp_path / "c.xlsx").equals(load_casualties())
    assert load_casualties(tmp_path / "c.parquet").equals(load_casualties())


def test_glob_and_list_are_joined_in_order(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, HEADER + GOOD, "a.csv")
    csv(tmp_path, HEADER + GOOD.replace("E1", "E2"), "b.csv")
    assert load_events(str(tmp_path / "*.csv"))["event_id"].tolist() == ["E1", "E2"]
    assert load_events([tmp_path / "b.csv", tmp_path / "a.csv"])["event_id"].tolist() == ["E2", "E1"]


def test_id_used_in_two_files_is_named_with_its_file(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, HEADER + GOOD, "a.csv")
    csv(tmp_path, HEADER + GOOD, "b.csv")
    with pytest.raises(DataError) as error:
        load_events(str(tmp_path / "*.csv"))
    assert error.value.problems[["line", "column"]].to_numpy().tolist() == [[2, "event_id"]]
    assert error.value.problems["file"].item().endswith("b.csv")


def test_columns_of_the_user_are_kept(tmp_path: pathlib.Path) -> None:
    source = csv(tmp_path, HEADER.strip() + ",my note\n" + GOOD.strip() + ",kept\n")
    assert load_events(source)["my note"].tolist() == ["kept"]


def test_bom_and_crlf_and_quotes_are_read(tmp_path: pathlib.Path) -> None:
    content = "\ufeff" + (HEADER + 'E1,2020-10-05,Protests,KGZ,"Osh,\r\ncity ""x""",1,2,3\n').replace("\n", "\r\n")
    event = load_events(csv(tmp_path, content)).iloc[0]
    assert event["event_id"] == "E1"
    assert event["location"] == 'Osh,\r\r\ncity "x"'


def test_lines_are_counted_as_an_editor_shows_them(tmp_path: pathlib.Path) -> None:
    rows = 'E1,2020-10-05,Protests,KGZ,"two\nlines",1,2,3\n\nE2,5 Oct,Protests,KGZ,Osh,1,2,3\n'
    with pytest.raises(DataError) as error:
        load_events(csv(tmp_path, HEADER + rows))
    assert error.value.problems[["line", "column", "value"]].to_numpy().tolist() == [[5, "date", "5 Oct"]]


HOSTILE = {
    "mathtext": r"$\frac{1}{0} $ and \alpha",
    "unbalanced dollar": "costs $5 ^_{}",
    "html": "<script>alert(1)</script>",
    "right to left": "\u0645\u064a\u062f\u0627\u0646 \u0622\u0644\u0627 \u0637\u0648",
    "combining": "Ала\u0301-Тоо\u0301",
    "formula": "=1+1",
    "not a number": "NA",
    "cyrillic": "Площадь Ала-Тоо",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_kept_and_drawn_as_it_is(tmp_path: pathlib.Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    event = load_events(csv(tmp_path, HEADER + GOOD.replace("Talas", cell))).iloc[0]
    assert event["location"] == name
    with style.style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = style.blank(2.0)
        ax = style.axes(figure, 1, 0.5, 5, 1)
        drawn = style.label(ax, 0.1, 0.5, event["location"])
        ax.set_xticks([0.5], [event["location"]])
        figure.savefig(io.BytesIO(), format="svg")
        assert drawn.get_text() == name


def test_summary_of_hostile_cells_is_escaped_in_a_notebook(tmp_path: pathlib.Path) -> None:
    result = check(csv(tmp_path, HEADER + GOOD.replace("2020-10-05", "<b>5 Oct</b>")))
    assert "<b>5 Oct" not in result._repr_html_()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "mine.csv: the file is empty"),
        ("\n\n", "mine.csv: the file is empty"),
        (HEADER.replace("location", "date") + GOOD, "mine.csv, line 1: the header names a column twice: 'date'"),
        (HEADER.replace("event_type", "event type") + GOOD, "the header lacks event_type (is it 'event type'?)"),
        (b"\x1f\x8b\x08broken", "mine.csv: the file is damaged and cannot be read"),
        (b"PK\x03\x04broken", "mine.csv: the file is damaged and cannot be read"),
        (b"PAR1broken", "mine.csv: the file is damaged and cannot be read"),
        (b"BZh91AY&SYbroken", "mine.csv: the file is damaged and cannot be read"),
        (b"7z\xbc\xaf\x27\x1cpacked", "7z archives are not read; unpack it first"),
        (b'{"success": false, "messages": ["token expired"]}', "the server said ['token expired']"),
        (b'{"data": []}', "a list of records, or one under 'data' or 'Result'; there is none, or an empty"),
        (b'{"data": [', "mine.csv: the file is damaged and cannot be read"),
        (b"\xd0\xcf\x11\xe0old", "old Excel files (.xls) are not read; save it as .xlsx or CSV"),
    ],
)
def test_unreadable_file_gives_one_sentence(tmp_path: pathlib.Path, content: str | bytes, said: str) -> None:
    message = sentence(csv(tmp_path, content))
    assert said in message
    assert "\n" not in message


def test_missing_file_folder_and_empty_glob_give_one_sentence(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, HEADER + GOOD)
    assert "there is no such file; did you mean" in sentence(tmp_path / "mime.csv")
    assert "this is a folder; name a file" in sentence(tmp_path)
    assert "no file matches this pattern" in sentence(str(tmp_path / "*.tsv"))
    assert "the list of sources is empty" in sentence([])


@pytest.mark.parametrize(
    ("row", "column", "demand"),
    [
        (GOOD.replace("Talas", "Ta\0las"), "location", "text without NUL"),
        (GOOD.replace("Talas", "Tala\xe9s"), "location", "text without NUL or undecodable bytes"),
        (GOOD.replace(",500", ""), None, "8 cells as in the header, found 7"),
        (GOOD.replace(",500", ",500,9"), None, "8 cells as in the header, found 9"),
        (GOOD.replace("2020-10-05", "2020-02-30"), "date", "a date as YYYY-MM-DD"),
        (GOOD.replace("Protests", "Protest"), "event_type", "one of: Battles"),
        (GOOD.replace("100", "1,5").replace("1,5", '"1,5"'), "size_low", "a whole number"),
        (GOOD.replace("100", "-1"), "size_low", "a whole number"),
        (GOOD.replace("KGZ", "Kyrgyzstan"), "country_iso3", "an ISO 3166-1 alpha-3 code"),
        (GOOD.replace("E1", ""), "event_id", "this cell may not be empty"),
        (GOOD.replace("100", "501"), "size_low", "size_low <= size_high in the same row"),
    ],
)
def test_bad_cell_is_named(tmp_path: pathlib.Path, row: str, column: str | None, demand: str) -> None:
    source = csv(tmp_path, (HEADER + GOOD.replace("E1", "E0") + row).encode("latin-1"))
    with pytest.raises(DataError, match=r"mine\.csv, line 3") as error:
        load_events(source)
    first = error.value.problems.iloc[0]
    assert (first["line"], first["column"]) == (3, column)
    assert demand in first["demand"]
    split = check(source)
    assert (split.rows_read, len(split.good), len(split.set_aside)) == (2, 1, 1)
    assert demand in split.set_aside["reason"].item()


def test_stray_quote_costs_its_own_line_only(tmp_path: pathlib.Path) -> None:
    rows = [GOOD.replace("E1", f"E{i}") for i in range(1, 1001)]
    rows[1] = rows[1].replace("E2", '"E2')
    rows[500] = rows[500].replace("Talas", '"Ta"las')
    split = check(csv(tmp_path, HEADER + "".join(rows)))
    assert (split.rows_read, len(split.good)) == (1000, 998)
    assert split.set_aside["line"].tolist() == [3, 502]
    assert split.set_aside["raw"].tolist() == [rows[1].strip(), rows[500].strip()]


def test_broken_row_does_not_claim_the_id_of_a_good_one(tmp_path: pathlib.Path) -> None:
    split = check(csv(tmp_path, HEADER + "E1\n" + GOOD))
    assert split.good["event_id"].tolist() == ["E1"]


def test_all_bad_cells_are_listed_at_once(tmp_path: pathlib.Path) -> None:
    rows = "".join(GOOD.replace("E1", f"E{i}").replace("2020-10-05", "soon") for i in range(30))
    with pytest.raises(DataError, match=r"and 22 more; `\.problems` lists them all") as error:
        load_events(csv(tmp_path, HEADER + rows))
    assert len(error.value.problems) == 30


def test_unknown_values_suggest_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean Kyrgyzstan"):
        load_events(country="Kyrgystan")
    with pytest.raises(ValueError, match="did you mean KGZ-2020-10-04-PARL"):
        load_results(election="KGZ-2020-10-04")
    with pytest.raises(ValueError, match="unknown table 'event'; did you mean events"):
        check("x.csv", "event")
    with pytest.raises(ValueError, match="unknown format of the bundled table 'acled'; allowed: unrest"):
        load_events(format="acled")


def test_zone_of_a_check_must_exist() -> None:
    mine = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]})
    with pytest.raises(ValueError, match="unknown timezone 'Mars/Phobos'"):
        check(mine, timezone="Mars/Phobos")


def test_country_by_name_code_or_list_is_the_same() -> None:
    kyrgyz = load_events(country="KGZ")
    assert set(kyrgyz["country_iso3"]) == {"KGZ"}
    for country in ("Kyrgyzstan", "kg", ["Kyrgyz Republic", "KGZ"]):
        assert load_events(country=country).equals(kyrgyz)
    assert len(load_events(country=["Belarus", "KGZ"])) == len(load_events()) > len(kyrgyz)


def test_what_is_not_covered_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(ValueError, match="no rows of KAZ; the table has BLR, KGZ"):
        load_events(country="Kazakhstan")
    both = "BLR 2020-08-09 to 2020-11-15, KGZ 2020-09-01 to 2021-01-28"
    with pytest.raises(ValueError, match=f"outside what the table covers, {both}$"):
        load_events(start="2019-01-01", end="2019-12-31")
    with pytest.raises(ValueError, match=r"outside what the table covers, KGZ 2020-09-01 to 2021-01-28$"):
        load_events(country="KGZ", start="2020-08-10", end="2020-08-20")
    assert load_events(country="KGZ", start="2020-09-05", end="2020-09-06").empty, "covered, none found"


def test_part_that_is_not_covered_is_said() -> None:
    with pytest.warns(UserWarning, match="the table covers KGZ 2020-09-01 to 2021-01-28 only"):
        assert len(load_events(country="KGZ", start="2019-01-01", end="2020-09-03")) == 5


def test_country_that_is_not_covered_beside_one_that_is_is_said() -> None:
    with pytest.warns(UserWarning, match="the table covers KGZ 2020-09-01 to 2021-01-28 only; nothing was looked for"):
        august = load_events(start="2020-08-10", end="2020-08-20")
    assert set(august["country_iso3"]) == {"BLR"}
    with pytest.warns(UserWarning, match="the table covers BLR 2020-08-09 to 2020-11-15 only"):
        load_events(start="2020-12-01")
    load_events(country="BLR", start="2020-08-10", end="2020-08-20")


@pytest.mark.parametrize("start", [20201005, True, "October", "2020-13", "06.10.2020", "2020-10-6", "", pd.NaT])
def test_start_that_is_no_date_is_refused(start: object) -> None:
    with pytest.raises(ValueError, match="is not a date; write it as YYYY-MM-DD"):
        load_events(start=start)


@pytest.mark.parametrize("month", ["2020-10", pd.Period("2020-10", "M")])
def test_a_month_stands_for_its_days(month: object) -> None:
    october = load_events(start="2020-10-01", end="2020-10-31")
    assert load_events(start=month, end=month).equals(october)
    assert load_events(start=dt.date(2020, 10, 1), end=pd.Timestamp("2020-10-31T23:00+06:00")).equals(october)


def test_empty_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="list of countries to keep is empty"):
        load_events(country=[])
    with pytest.raises(ValueError, match="list of episode to keep is empty"):
        load_casualties(episode=[])
    mine = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]})
    with pytest.raises(ValueError, match="no events in that span"):
        load_events(mine, start="2022-01-01", end="2022-02-01")


@pytest.mark.parametrize(
    ("column", "value", "demand"),
    [
        ("date", "0000-01-01", "a date"),
        ("time_local", "0\u0663:00", "a time of day"),
        ("country_iso3", "ZZZ", "an ISO 3166-1 alpha-3 code"),
        ("sub_event_type", "Peaceful protest", "sub_event_type of event_type in the same row"),
        ("event_id", "  ", "this cell may not be empty"),
        ("size_low", True, "a whole number"),
        ("note of mine", "caf\ufffd", "undecodable bytes"),
        ("reported_at", "9999-12-31T23:59-12:00", "a date as YYYY-MM-DD"),
    ],
)
def test_value_outside_the_dictionary_is_refused(column: str, value: object, demand: str) -> None:
    row = {"event_id": "A", "date": "2020-10-05", "event_type": "Riots", "country_iso3": "KGZ", column: value}
    with pytest.raises(DataError) as error:
        load_events(pd.DataFrame([row]))
    assert column in set(error.value.problems["column"])
    assert demand in error.value.problems["demand"].iloc[0]


def test_lone_surrogate_is_a_bad_cell() -> None:
    row = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]})
    for dtype in ("string[python]", object):
        with pytest.raises(DataError, match="undecodable"):
            load_events(row.assign(summary=pd.Series(["a\udc80"], dtype=dtype)))


def test_excel_errors_and_uncomputed_formulas_are_not_empty_cells(tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["event_id", "date", "event_type", "size_best", "deaths_best"])
    book.active.append(["A", "2020-10-05", "Riots", "=1+1", "#N/A"])
    book.save(tmp_path / "formula.xlsx")
    with pytest.raises(DataError) as error:
        load_events(tmp_path / "formula.xlsx")
    assert error.value.problems[["line", "column", "value"]].to_numpy().tolist() == [
        [2, "size_best", "=1+1"],
        [2, "deaths_best", "#N/A"],
    ]


def test_text_file_with_a_mark_or_another_encoding(tmp_path: pathlib.Path) -> None:
    path = csv(tmp_path, "\ufeff" + HEADER + GOOD)
    with path.open(encoding="utf-8") as file:
        assert len(load_events(file)) == 1
    latin = csv(tmp_path, (HEADER + GOOD.replace("Talas", "Tal\xe9s")).encode("latin-1"), "latin.csv")
    with latin.open(encoding="utf-8") as file:
        assert "this cannot be read" in sentence(file)
    assert "this cannot be read" in sentence(file), "closed"


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + GOOD).encode("utf-16"),
        (HEADER + GOOD).replace(",", ";"),
        (HEADER + GOOD).replace(",", "\t").replace("\n", "\r\n"),
        HEADER.replace(",", " , ").replace("size_low", "Size_Low").replace("date", "DATE") + GOOD,
        HEADER + GOOD.replace("500", "500.0"),
        bz2.compress((HEADER + GOOD).encode()),
        lzma.compress((HEADER + GOOD).encode()),
    ],
    ids=["utf-16", "semicolons", "tabs", "header with blanks and capitals", "whole float", "bz2", "xz"],
)
def test_shapes_of_a_users_file_that_mean_the_same(tmp_path: pathlib.Path, content: str | bytes) -> None:
    plain = load_events(csv(tmp_path, HEADER + GOOD, "plain.csv"))
    assert load_events(csv(tmp_path, content)).equals(plain)


def test_comma_inside_a_semicolon_file_stays_in_its_cell(tmp_path: pathlib.Path) -> None:
    path = csv(tmp_path, "event_id;date;event_type;location\nE1;2020-10-05;Riots;Talas, the square\n")
    assert load_events(path)["location"].tolist() == ["Talas, the square"]


def test_decimal_comma_is_refused_and_not_guessed(tmp_path: pathlib.Path) -> None:
    path = csv(tmp_path, "event_id;date;event_type;latitude\nE1;2020-10-05;Riots;42,87\n")
    with pytest.raises(DataError, match="latitude = '42,87': expected a finite number"):
        load_events(path)


def test_members_of_a_zip_are_read_and_named(tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as packed:
        packed.writestr("a.csv", HEADER + GOOD)
        packed.writestr("b.csv", HEADER + GOOD.replace("E1", "E2").replace("2020-10-05", "soon"))
        packed.writestr("__MACOSX/._a.csv", "what an archiver adds")
    with pytest.raises(DataError, match=r"two\.zip/b\.csv, line 2, date = 'soon'"):
        load_events(tmp_path / "two.zip")
    assert check(tmp_path / "two.zip").rows_read == 2


def test_records_of_a_server_are_read(tmp_path: pathlib.Path) -> None:
    row = {"event_id": "E1", "date": "2020-10-05", "event_type": "Riots", "size_low": 100, "size_best": None}
    for held in ([row], {"data": [row]}, {"Result": [row], "TotalCount": 1}):
        event = load_events(csv(tmp_path, json.dumps(held), "answer.json")).iloc[0]
        assert (event["event_id"], event["size_low"], pd.isna(event["size_best"])) == ("E1", 100, True)


def test_stata_and_parquet_files_are_read(tmp_path: pathlib.Path) -> None:
    mine = pd.DataFrame({"event_id": ["E1"], "date": pd.to_datetime(["2020-10-05"]), "event_type": ["Riots"]})
    mine.to_stata(tmp_path / "mine.dta", convert_dates={"date": "td"}, write_index=False)
    mine.to_parquet(tmp_path / "mine.parquet")
    assert load_events(tmp_path / "mine.dta").equals(load_events(tmp_path / "mine.parquet"))


def large(rows: int, bad: dict[int, str] | None = None) -> str:
    """A file beyond the size from which DuckDB splits it; cells with quotes, commas and line breaks."""
    note = '"said ""enough"", and' + chr(10) + 'left"'
    lines = [f"E{i},2020-10-05,Protests,KGZ,{note},{'x' * 600}" for i in range(rows)]
    for place, line in (bad or {}).items():
        lines[place] = line
    return "event_id,date,event_type,country_iso3,location,own\n" + "\n".join(lines) + "\n"


def test_large_file_is_split_as_a_small_one(tmp_path: pathlib.Path) -> None:
    rows = 14_000
    path = csv(tmp_path, large(rows, {13_000: "E13000,soon,Protests,KGZ,Talas,x"}))
    assert path.stat().st_size > LARGE_BYTES
    found = check(path)
    assert (found.rows_read, len(found.good)) == (rows, rows - 1)
    assert found.set_aside["line"].tolist() == [2 + 2 * 13_000]
    assert found.good["location"].unique().tolist() == ['said "enough", and' + chr(10) + "left"]
    assert found.good["event_id"].tolist()[:3] == ["E0", "E1", "E2"]


@pytest.mark.parametrize(
    "line", ["E5,2020-10-05", 'E5,2020-10-05,Protests,KGZ,"Talas,x', 'E5,2020-10-05,P"rotests"x,KGZ,T,x']
)
def test_row_that_cannot_be_split_in_a_large_file_costs_itself_only(tmp_path: pathlib.Path, line: str) -> None:
    found = check(csv(tmp_path, large(14_000, {5: line})))
    assert found.rows_read == 14_000
    assert found.set_aside["line"].tolist() == [12]


def test_web_page_is_not_taken_for_data(tmp_path: pathlib.Path) -> None:
    assert "page.csv: this is a web page, not data" in sentence(csv(tmp_path, "<html>log in</html>\n", "page.csv"))


def test_file_that_was_read_before_is_not_called_empty(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, "event_id,date,event_type\nA,2020-10-05,Riots\n", "mine.csv")
    with (tmp_path / "mine.csv").open("rb") as opened:
        assert len(load_events(opened)) == 1
        assert "mine.csv: this open file was read to its end before" in sentence(opened)
    twice = example("acled")
    assert len(load_events(twice)) == len(load_events(twice))


def test_program_is_not_shown_as_a_header(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\x7fELF\x02\x01\x00\x00,\x00\nrest\x00")
    assert "mine.csv: expected text with a header; the file does not begin with text" in sentence(path)


def test_file_of_nobody_is_answered_with_the_formats_there_are(tmp_path: pathlib.Path) -> None:
    said = sentence(csv(tmp_path, "a,b\n1,2\n", "mine.csv"))
    assert "mine.csv: no known format; the header begins 'a', 'b'. Formats: unrest (this package's own columns)" in said
    assert all(name in said for name in ("acled", "gdelt", "ucdp_ged"))


def test_address_is_read_and_its_faults_are_sentences(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, HEADER + GOOD)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"HTTP://127.0.0.1:{server.server_port}"
        assert len(load_events(f"{address}/mine.csv")) == 1
        assert "HTTP Error 404" in sentence(f"{address}/none.csv")
        assert "this cannot be read" in sentence(f"{address}/a b.csv")
        server.shutdown()


def test_loading_does_not_change_the_users_frame() -> None:
    mine = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"], "size_low": [3.0]})
    before = mine.copy()
    load_events(mine)
    assert mine.equals(before)


def test_caller_may_change_what_a_loader_returns() -> None:
    cases = load_cases()
    cases["country"] = "Atlantis"
    assert "Atlantis" not in set(load_cases()["country"])


# What is there but was not read ---------------------------------------------------------------------------------------


def workbook(folder: pathlib.Path, **sheets: list[list[str]]) -> pathlib.Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


ROWS = [["event_id", "date", "event_type"], ["E1", "2020-10-05", "Protests"]]


def test_sheets_of_a_workbook_that_were_not_read_are_named(tmp_path: pathlib.Path) -> None:
    path = workbook(tmp_path, Events=ROWS, More=ROWS, Blank=[], Codes=[["1", "day"]])
    said = "book.xlsx: only the first sheet, 'Events', was read; left out: 'More', 'Codes'"
    with pytest.warns(UserWarning, match=said):
        assert len(load_events(path)) == 1
    assert f"{said}\n" in f"{check(path).summary()}\n"
    assert check(path).record()["notes"] == [f"{tmp_path}/{said}"]
    assert len(load_events(workbook(tmp_path, Events=ROWS, Blank=[]))) == 1, "without a warning"


def test_workbook_whose_first_sheet_is_empty_says_where_the_cells_are(tmp_path: pathlib.Path) -> None:
    path = workbook(tmp_path, Cover=[], Events=ROWS)
    assert "the first sheet, 'Cover', is empty; of the others, 'Events' hold cells" in sentence(path)


def test_a_header_without_rows_is_no_empty_answer(tmp_path: pathlib.Path) -> None:
    empty = csv(tmp_path, HEADER, "empty.csv")
    for source in (empty, load_events().head(0), [empty, empty]):
        with pytest.raises(DataError, match="at least one row; there is a header and nothing below it"):
            load_events(source)
    found = check(empty)
    assert (found.rows_read, len(found.good), len(found.set_aside)) == (0, 0, 0)
    assert "empty.csv: there is a header and no row below it" in found.summary()


def test_one_file_of_several_without_rows_is_named(tmp_path: pathlib.Path) -> None:
    csv(tmp_path, HEADER, "a.csv")
    csv(tmp_path, HEADER + GOOD, "b.csv")
    with pytest.warns(UserWarning, match=r"a\.csv: there is a header and no row below it"):
        assert len(load_events(tmp_path / "*.csv")) == 1
