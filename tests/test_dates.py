"""Dates of publishers as text: what is read, and what is left as found."""

from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.formats.dates import day, iso

WRITTEN = ["%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%B-%Y", "%Y-%m-%d 00:00:00.000", "%d/%m/%Y"]


def read(texts: list[str | None], **options: str) -> list[str | None]:
    column = ibis.memtable(pa.table({"text": pa.array(texts, pa.string())})).text
    return day(column, **options).name("day").to_pyarrow().to_pylist()


@given(st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), min_size=1, max_size=50))
@settings(max_examples=10)
def test_every_shape_gives_the_day_it_was_written_from(days: list[dt.date]) -> None:
    texts = [f"{one:{form}}" for one in days for form in WRITTEN]
    expected = [one.isoformat() for one in days for _ in WRITTEN]
    assert read(texts, slashes="dmy") == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("3 Dec 2020", "2020-12-03"),
        ("9-May-20", "2020-05-09"),
        ("12-SEPT-1999", "1999-09-12"),
        ("01-Jan-70", "1970-01-01"),
        ("31-Dec-69", "2069-12-31"),
        ("2014-01-22T00:00:00", "2014-01-22"),
        ("2014-01-22 13:45:00+02:00", "2014-01-22"),
    ],
)
def test_one_shape(found: str, expected: str) -> None:
    assert read([found]) == [expected]


@pytest.mark.parametrize(
    "found",
    [
        "soon",
        "2020",
        "2020-10",
        "31 Juny 2020",
        "3 Marble 2020",
        "30 February 2020",
        "20200230",
        "20201301",
        "19165",
        "44197",
        "4/10/2020",
        " 2020-10-05",
        "2020-10-05 to 2020-10-06",
    ],
)
def test_anything_else_stays_as_found(found: str) -> None:
    assert read([found]) == [found]


def test_a_missing_date_stays_missing() -> None:
    assert read([None, "2020-10-05"]) == [None, "2020-10-05"]


def test_slashes_are_read_in_the_order_the_publisher_states() -> None:
    texts = ["4/10/2020", "18/04/2001", "12/31/1999", "4/10/20"]
    assert read(texts, slashes="dmy") == ["2020-10-04", "2001-04-18", "12/31/1999", "4/10/20"]
    assert read(texts, slashes="mdy") == ["2020-04-10", "18/04/2001", "1999-12-31", "4/10/20"]


def test_parts_join_without_being_cut() -> None:
    parts = pa.table({"y": ["2020", "2020", None], "m": ["3", "123", "4"], "d": ["09", "0", "5"]})
    table = ibis.memtable(parts)
    assert iso(table.y, table.m, table.d).name("day").to_pyarrow().to_pylist() == ["2020-03-09", "2020-123-00", None]


@pytest.mark.parametrize("engine", ["bigquery", "pyspark", "duckdb"])
def test_dates_compile_for_every_engine(engine: str) -> None:
    table = ibis.table({"text": "string"}, name="raw")
    assert "raw" in ibis.to_sql(table.select(day=day(table.text, slashes="mdy")), dialect=engine)
