"""Row accounting: whatever is done to a table, every bad cell is named and no row is lost."""

import csv
import io
import pathlib

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import DataError, check
from analysis.schema import BUNDLED as TABLES
from analysis.tables import load_table

DATA = pathlib.Path(__file__).parent.parent / "data"
GARBAGE = {
    "day": ["2020-13-01", "yesterday", "06.10.2020", "2020-10-6", "0"],
    "moment": ["2020-10-06 25:00", "noon", "2020-10", "06.10.2020 12:00"],
    "clock": ["25:00", "noon", "7:00", "12:60"],
    "count": ["-1", "1.5", "about 600", "600+", "1e3", "inf", "99999999999999999999", "٣"],
    "number": ["nan", "inf", "1,5", "half", "--1"],
    "flag": ["yes", "2", "-"],
    "ids": ["A;;B", ";A", "A B"],
    "text": ["a\0b", "caf\ufffd"],
}


def table_rows(name: str) -> tuple[list[str], list[list[str]]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows[:25]


def as_file(header: list[str], rows: list[list[str]]) -> io.StringIO:
    content = io.StringIO(newline="")
    csv.writer(content).writerows([header, *rows])
    content.seek(0)
    return content


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[str, list[str], list[list[str]], dict[tuple[int, str], str]]:
    """A bundled table of which some cells hold what their column does not allow."""
    name = draw(st.sampled_from(sorted(set(TABLES) - {"sources"})))
    header, rows = table_rows(name)
    places = st.tuples(st.integers(0, len(rows) - 1), st.sampled_from(header))
    bad = {}
    for row, column in draw(st.lists(places, min_size=1, max_size=6, unique=True)):
        value = draw(st.sampled_from(GARBAGE[TABLES[name].columns[column].metadata["kind"]]))
        rows[row][header.index(column)] = value
        bad[row, column] = value
    return name, header, rows, bad


@given(corrupted())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_every_corrupted_cell_is_named_and_no_row_is_lost(case) -> None:
    name, header, rows, bad = case
    result = check(as_file(header, rows), name)
    assert result.rows_read == len(rows) == len(result.good) + len(result.set_aside)
    named = {(row.line, row.column): row.value for row in result.problems.itertuples()}
    text = as_file(header, rows).getvalue()
    starts = line_numbers(text)
    for (row, column), value in bad.items():
        assert named[starts[row], column] == value
    assert set(result.set_aside["line"]) >= {starts[row] for row, _ in bad}
    with pytest.raises(DataError) as error:
        load_table(name, as_file(header, rows))
    assert len(error.value.problems) == len(result.problems)


def line_numbers(text: str) -> list[int]:
    """First line of each data row, as an editor counts them."""
    reader = csv.reader(io.StringIO(text, newline=""))
    starts, line = [], 0
    for _ in reader:
        starts.append(line + 1)
        line = reader.line_num
    return starts[1:]


@given(st.sampled_from(sorted(TABLES)), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_order_of_rows_and_columns_does_not_matter(name: str, random) -> None:
    header, rows = table_rows(name)
    order = list(range(len(header)))
    random.shuffle(order)
    shuffled = [[row[i] for i in order] for row in rows]
    random.shuffle(shuffled)
    key = list(TABLES[name].key)
    straight = check(as_file(header, rows), name).good.sort_values(key, ignore_index=True)
    mixed = check(as_file([header[i] for i in order], shuffled), name).good.sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(straight, mixed)


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_a_table_or_a_data_error(content: bytes) -> None:
    try:
        result = check(io.BytesIO(content), "sources")
    except DataError as error:
        assert len(error.problems) == 1
    else:
        assert result.rows_read == len(result.good) + len(result.set_aside)


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_below_a_good_header_is_accounted_for(content: str) -> None:
    result = check(io.StringIO("source_id,publisher,title\n" + content), "sources")
    assert result.rows_read == len(result.good) + len(result.set_aside)
    assert result.set_aside["reason"].notna().all()
