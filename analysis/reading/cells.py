"""Any file as text cells: CSV, Parquet, Excel, told apart by content."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.columns import PROBLEM_COLUMNS, DataError, damaged, problem, to_text
from analysis.reading.sources import expand, named_content
from analysis.schema import Table


@dataclass(frozen=True)
class Cells:
    """
    Text cells of one or several sources.

    Attributes
    ----------
    text : DataFrame of str, shape (n_rows, n_columns)
        Cells as found, "" where empty.
    origin : DataFrame, shape (n_rows, 2)
        `file` and `line` of each row.
    faults : DataFrame
        Rows that could not be split into cells: problem columns plus `row`, the row's position in `text`.
    name : str
        What to call the source in a message.
    """

    text: pd.DataFrame
    origin: pd.DataFrame
    faults: pd.DataFrame
    name: str


def read(source: Any, table: Table) -> Cells:
    """
    Read a source as text cells.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        CSV (UTF-8, also gzipped), Parquet or Excel (.xlsx, first sheet); told apart by content, not by name.
    table : Table
        Whose required columns must be present.

    Returns
    -------
    Cells
        Rows of all sources, in order.

    Raises
    ------
    DataError
        If a source is missing, a folder, empty, unreadable, has a repeated header or lacks a required column.
    """
    parts = [_with_required(_read_one(item), table) for item in expand(source)]
    text = pd.concat([part.text for part in parts], ignore_index=True).fillna("")
    offsets = [0, *pd.Series([len(part.text) for part in parts]).cumsum()]
    faults = [part.faults.assign(row=part.faults["row"] + offset) for part, offset in zip(parts, offsets, strict=False)]
    origin = pd.concat([part.origin for part in parts], ignore_index=True)
    return Cells(text, origin, pd.concat(faults, ignore_index=True), parts[0].name)


def _read_one(source: Any) -> Cells:
    if isinstance(source, pd.DataFrame):
        return _frame_cells(source, "DataFrame", list(source.index))
    name, content = named_content(source)
    if isinstance(content, str):
        return _csv_cells(content, name)
    try:
        return _decode(content, name)
    except DataError:
        raise
    except Exception as error:  # the libraries that read gzip, Parquet and Excel raise whatever theirs raise
        said = str(error).partition("\n")[0][:100]
        raise DataError(problem(name, f"the file is damaged and cannot be read ({said})")) from error


def _decode(content: bytes, name: str) -> Cells:
    """Tell the format by the first bytes and read it."""
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    if content.startswith(b"PAR1"):
        frame = pd.read_parquet(io.BytesIO(content))
        return _frame_cells(frame, name, list(range(1, len(frame) + 1)))
    if content.startswith(b"PK\x03\x04"):
        return _excel_cells(content, name)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(problem(name, "old Excel files (.xls) are not read; save it as .xlsx or CSV"))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(problem(name, "the file is UTF-16; save it as UTF-8"))
    return _csv_cells(content.decode("utf-8-sig", errors="replace"), name)


def _excel_cells(content: bytes, name: str) -> Cells:
    import openpyxl

    # The cached value is what Excel showed; a formula never computed has none, and shows its text instead.
    shown, written = (
        openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
        .worksheets[0]
        .iter_rows(values_only=True)
        for values in (True, False)
    )
    rows = [
        [formula if value is None else value for value, formula in zip(*pair, strict=True)]
        for pair in zip(shown, written, strict=True)
    ]
    if not rows:
        raise DataError(problem(name, "the first sheet is empty"))
    header = to_text(pd.Series(rows[0], dtype=object)).tolist()
    demand_header(header, name)
    sheet = pd.DataFrame(rows[1:], columns=header, dtype=object)
    text = pd.DataFrame({column: to_text(sheet[column]) for column in header}, index=sheet.index)
    filled = (text != "").any(axis=1)
    return _cells(text[filled], name, [int(row) + 2 for row in text.index[filled]])


def _frame_cells(frame: pd.DataFrame, name: str, lines: list[Any]) -> Cells:
    header = [str(column) for column in frame.columns]
    demand_header(header, name)
    text = pd.DataFrame({column: to_text(frame.iloc[:, i]) for i, column in enumerate(header)}, index=frame.index)
    return _cells(text, name, lines)


def _csv_cells(content: str, name: str) -> Cells:
    lines = io.StringIO(content.removeprefix("\ufeff"), newline="").readlines()
    rows = _split(lines)
    header = next(rows, None)
    if header is None:
        raise DataError(problem(name, "the file is empty"))
    if header.demand:
        raise DataError(problem(name, f"the header is not {header.demand}", line=header.line))
    demand_header(header.cells, name)
    width = len(header.cells)
    cells: list[list[str]] = []
    numbers: list[int] = []
    faults: list[tuple[int, str, int, None, str, str]] = []
    for row in rows:
        demand = row.demand
        if not demand and len(row.cells) != width:
            demand = f"{width} cells as in the header, found {len(row.cells)}"
        if demand and row.end > row.line:  # a stray quote: its line alone is bad, the lines it swallowed are not
            row = rows.send(row.line)
            demand = "a row of comma-separated cells (a quote is not closed)"
        if demand:
            faults.append((len(cells), name, row.line, None, row.raw, demand))
        cells.append((row.cells + [""] * width)[:width])
        numbers.append(row.line)
    text = pd.DataFrame(cells, columns=header.cells, dtype="str")
    return _cells(text, name, numbers, pd.DataFrame(faults, columns=["row", *PROBLEM_COLUMNS], dtype=object))


@dataclass(frozen=True)
class _Row:
    """One row of a CSV: its cells, first and last line (from 1), raw text, and what is wrong with it."""

    cells: list[str]
    line: int
    end: int
    raw: str
    demand: str = ""


def _split(lines: list[str]) -> Generator[_Row, int | None, None]:
    """Split lines into rows, blank lines left out; sent a line, give that line alone and go on after it."""
    start = 0
    while start < len(lines):
        reader = csv.reader(lines[start:], strict=True)
        alone = None
        while alone is None:
            first = start + reader.line_num
            try:
                cells, demand = next(reader), ""
            except StopIteration:
                return
            except csv.Error as error:
                cells, demand = [], f"a row of comma-separated cells ({error})"
            if cells or demand:
                end = start + reader.line_num
                alone = yield _Row(cells, first + 1, end, "".join(lines[first:end]).strip("\r\n"), demand)
        yield _Row([], alone, alone, lines[alone - 1].strip("\r\n"))
        start = alone


def demand_header(header: list[str], name: str) -> None:
    """Refuse a header with repeated or damaged names."""
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(problem(name, f"the header names a column twice: {', '.join(map(repr, repeated))}", line=1))
    if damaged(pd.Series(header, dtype="str")).any():
        raise DataError(problem(name, "the header is not UTF-8 text; save the file as UTF-8", line=1))


def _cells(text: pd.DataFrame, name: str, lines: list[Any], faults: pd.DataFrame | None = None) -> Cells:
    if faults is None:
        faults = pd.DataFrame(columns=["row", *PROBLEM_COLUMNS], dtype=object)
    origin = pd.DataFrame({"file": name, "line": pd.Series(lines, dtype=object)}, index=range(len(lines)))
    return Cells(text.reset_index(drop=True), origin, faults, name)


def _with_required(cells: Cells, table: Table) -> Cells:
    """Refuse a source that lacks a required column, and say what it has instead."""
    missing = [column for column in table.required if column not in cells.text.columns]
    if missing:
        near = {column: difflib.get_close_matches(column, cells.text.columns, n=1, cutoff=0.75) for column in missing}
        hints = [f"{column} (is it {near[column][0]!r}?)" if near[column] else column for column in missing]
        has = ", ".join(repr(column) for column in cells.text.columns[:12])
        demand = f"as {table.name}, the header lacks {', '.join(hints)}; it has {has}"
        raise DataError(problem(cells.name, demand, line=1))
    return cells
