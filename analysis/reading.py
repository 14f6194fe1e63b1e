"""
From any source to typed rows, with every row accounted for.

`read` turns a path, glob, URL, open file, DataFrame or list of them into text cells that remember their file and
line. `validate` types those cells by the data dictionary and lists every cell that does not fit.
"""

from __future__ import annotations

import csv
import difflib
import glob
import gzip
import http.client
import io
import os
import re
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.columns import DAY, DTYPES, PROBLEM_COLUMNS, DataError, damaged, parse, problem, to_text
from analysis.countries import row_zones
from analysis.schema import Table

URL_TIMEOUT_S = 60


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
    parts = [_with_required(_read_one(item), table) for item in _expand(source)]
    text = pd.concat([part.text for part in parts], ignore_index=True).fillna("")
    offsets = [0, *pd.Series([len(part.text) for part in parts]).cumsum()]
    faults = [part.faults.assign(row=part.faults["row"] + offset) for part, offset in zip(parts, offsets, strict=False)]
    origin = pd.concat([part.origin for part in parts], ignore_index=True)
    return Cells(text, origin, pd.concat(faults, ignore_index=True), parts[0].name)


def _expand(source: Any) -> list[Any]:
    """List the single sources behind a glob or a list."""
    if isinstance(source, (list, tuple)):
        if not source:
            raise DataError(problem("source", "the list of sources is empty"))
        return [single for item in source for single in _expand(item)]
    if not isinstance(source, (str, os.PathLike)) or _is_url(source):
        return [source]
    name = os.fspath(source)
    if os.path.isdir(name):
        raise DataError(problem(name, "this is a folder; name a file, or a pattern such as folder/*.csv"))
    if os.path.exists(name) or not glob.has_magic(name):
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if not os.path.isdir(path))
    if not found:
        raise DataError(problem(name, "no file matches this pattern"))
    return list(found)


def _is_url(source: Any) -> bool:
    return isinstance(source, str) and re.match(r"https?://", source, re.IGNORECASE) is not None


def _read_one(source: Any) -> Cells:
    if isinstance(source, pd.DataFrame):
        return _frame_cells(source, "DataFrame", list(source.index))
    name, content = _content(source)
    if isinstance(content, str):
        return _csv_cells(content, name)
    try:
        return _decode(content, name)
    except DataError:
        raise
    except Exception as error:  # the libraries that read gzip, Parquet and Excel raise whatever theirs raise
        said = str(error).partition("\n")[0][:100]
        raise DataError(problem(name, f"the file is damaged and cannot be read ({said})")) from error


def _content(source: Any) -> tuple[str, str | bytes]:
    """Name and raw content of a path, URL or open file."""
    opened = hasattr(source, "read")
    name = str(getattr(source, "name", "open file")) if opened else os.fspath(source)
    try:
        if opened:
            return name, source.read()
        if _is_url(name):
            with urllib.request.urlopen(name, timeout=URL_TIMEOUT_S) as response:
                return name, response.read()
        return name, Path(name).read_bytes()
    except FileNotFoundError:
        raise DataError(problem(name, _missing(name))) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise DataError(problem(name, f"this cannot be read ({error})")) from error


def _missing(name: str) -> str:
    folder, file = os.path.split(name)
    near = difflib.get_close_matches(file, os.listdir(folder or ".") if os.path.isdir(folder or ".") else [], n=1)
    hint = f"did you mean {os.path.join(folder, near[0])}?" if near else "check the spelling and the folder"
    return f"there is no such file; {hint}"


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
    _demand_header(header, name)
    sheet = pd.DataFrame(rows[1:], columns=header, dtype=object)
    text = pd.DataFrame({column: to_text(sheet[column]) for column in header}, index=sheet.index)
    filled = (text != "").any(axis=1)
    return _cells(text[filled], name, [int(row) + 2 for row in text.index[filled]])


def _frame_cells(frame: pd.DataFrame, name: str, lines: list[Any]) -> Cells:
    header = [str(column) for column in frame.columns]
    _demand_header(header, name)
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
    _demand_header(header.cells, name)
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


def _demand_header(header: list[str], name: str) -> None:
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


def validate(cells: Cells, table: Table, timezone: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Type text cells by the dictionary and list every cell that does not fit.

    Parameters
    ----------
    cells : Cells
        As `read` returns them.
    table : Table
        The model to meet.
    timezone : str, optional
        Zone of times written without offset; default: that of the row's country.

    Returns
    -------
    frame : DataFrame, shape (n_rows, n_columns)
        All rows, typed; columns of the dictionary first and in its order, then the source's other columns as text.
    problems : DataFrame
        Columns of `DataError.problems` plus `row`, the row's position. Empty if all is well.
    """
    zones = row_zones(cells.text, timezone)
    moments = [name for name, column in table.columns.items() if column.metadata["kind"] == "moment"]
    precisions = {f"{name}_precision": name for name in moments}
    typed, found = {}, [cells.faults]
    for name, column in table.columns.items():
        kind = column.metadata["kind"]
        if name in cells.text:
            typed[name], demand = parse(cells.text[name], kind, zones)
            found.append(_problems(cells, demand.dropna(), name))
        else:
            stated = precisions.get(name)
            typed[name] = _precision(cells.text[stated]) if stated in cells.text else _absent(cells.text.index, kind)
    extra = {}
    for name in (name for name in cells.text if name not in typed):
        extra[name], demand = parse(cells.text[name], "text")
        found.append(_problems(cells, demand.dropna(), name))
    frame = pd.DataFrame(typed | extra)
    broken = set(cells.faults["row"])  # a row that could not be split has one problem, not one for each of its cells
    found.append(_failures(frame[list(table.columns)].drop(index=list(broken)), cells, table))
    problems = pd.concat(found, ignore_index=True).drop_duplicates(["row", "column"])
    problems = problems[~problems["row"].isin(broken) | problems["column"].isna()]
    return frame, problems.sort_values("row", kind="stable", ignore_index=True)


def _absent(index: pd.Index, kind: str) -> pd.Series:
    return pd.Series(None, index=index, dtype=object).astype(DTYPES[kind])


def _precision(moments: pd.Series) -> pd.Series:
    """Whether each moment is written as a bare date ("day") or with a time ("minute")."""
    bare = moments.str.strip().str.fullmatch(DAY).map({True: "day", False: "minute"})
    return bare.where(moments.str.strip() != "").astype("str")


def _problems(cells: Cells, demand: pd.Series, column: str) -> pd.DataFrame:
    rows = demand.index
    origin = cells.origin.loc[rows]
    return pd.DataFrame(
        {
            "row": rows,
            "file": origin["file"],
            "line": origin["line"],
            "column": column,
            "value": cells.text.loc[rows, column] if column in cells.text else "",
            "demand": demand,
        },
        dtype=object,
    )


def _failures(frame: pd.DataFrame, cells: Cells, table: Table) -> pd.DataFrame:
    """Cells that are of their kind but break a check of the pandera model."""
    try:
        table.model.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return pd.DataFrame(columns=["row", *PROBLEM_COLUMNS], dtype=object)
    # A check across columns lists every cell of the row; keep the two it names, as in "a <= b in the same row".
    wide = cases["check"].str.extract(r"^(\w+) (?:<=|of) (\w+) in the same row$")
    cases = cases[wide[0].isna() | (cases["column"] == wide[0]) | (cases["column"] == wide[1])]
    repeated = cases["check"] == "multiple_fields_uniqueness"
    cases = cases[~repeated | (cases["column"] == table.key[0])]
    said = {
        "not_nullable": "a value; this cell may not be empty",
        "multiple_fields_uniqueness": f"rows that differ in {', '.join(table.key)}; an earlier row has the same",
    }
    demand = cases["check"].replace(said)
    parts = [
        _problems(cells, part.set_axis(cases.loc[part.index, "index"]), column)
        for column, part in demand.groupby(pd.Categorical(cases["column"], list(table.columns)), observed=True)
    ]
    return pd.concat(parts, ignore_index=True)
