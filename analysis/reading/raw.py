"""Other publishers' delimited files: recognised by the header, read fast, cells and counts refused with their line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as arrow
import pyarrow.csv

from analysis.columns import DEMANDS, PROBLEM_COLUMNS, DataError, problem
from analysis.reading.splitting import demand_header

HEADER_ENCODINGS = ("utf-8-sig", "windows-1255", "latin-1")  # tried in turn, only to recognise a header


def header_of(content: bytes) -> list[str]:
    r"""
    Guess the header of a delimited text file, to recognise what it is.

    Parameters
    ----------
    content : bytes
        Of the file.

    Returns
    -------
    list of str
        Cells of the first line, among the first ten, that is more than half filled (titles above a table are not).
        Empty if there is none.

    Examples
    --------
    >>> header_of(b"Election of 4 October;;\nstation;registered;cast\n1;900;450\n")
    ['station', 'registered', 'cast']
    """
    text = next(filter(None, (_decoded(content[:20_000], encoding) for encoding in HEADER_ENCODINGS)), "")
    lines = text.splitlines()[:10]
    separator = max(",;\t|", key=lambda mark: max((line.count(mark) for line in lines), default=0))
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    return next((row for row in rows if sum(map(bool, row)) > len(row) / 2), [])


def _decoded(content: bytes, encoding: str) -> str:
    """Text of the start of a file, whose last character may be cut; "" in another encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content)
    except UnicodeDecodeError:
        return ""


def raw_table(
    content: bytes,
    name: str,
    *,
    encoding: str = "utf-8-sig",
    sep: str = ",",
    header: int | None = 0,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    r"""
    Read a delimited text file as text cells, fast.

    Parameters
    ----------
    content : bytes
        Of the file, unpacked.
    name : str
        What to call it in a message.
    encoding : str
        Of the text.
    sep : str
        Separator of cells, one character.
    header : int or None
        Lines above the header; None where the file has no header.
    names : sequence of str, optional
        Column names to use instead of the header, needed where there is none.

    Returns
    -------
    DataFrame of str, shape (n_rows, n_columns)
        Cells as found, "" where empty; blank lines are left out. The index is the row's line in the file (its row,
        where cells hold line breaks), which `integers` names in its message: keep it while selecting rows.

    Raises
    ------
    DataError
        If the file is empty, not in that encoding, names a column twice, or has rows of another width than the first.

    Examples
    --------
    >>> raw_table(b"station,cast\n7,450\n\n8,\n", "mine.csv")["cast"].to_dict()
    {2: '450', 4: ''}
    """
    text = _text(content, name, encoding)
    above = 0 if header is None else header + 1
    if header is not None:
        reader = csv.reader(text.splitlines(keepends=True)[header : header + 50], delimiter=sep)
        found = next(reader, [])
        above = header + reader.line_num
        demand_header(found, name)
        names = names or found
    if not names:
        raise DataError(problem(name, "the file is empty"))
    return _fast_cells(text.encode("utf-8"), name, list(names), sep, above)


def _text(content: bytes, name: str, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = content[error.start : error.start + 1]
        raise DataError(problem(name, f"text in {encoding}; found the byte {found!r}", line)) from None


def _fast_cells(content: bytes, name: str, names: list[str], sep: str, above: int) -> pd.DataFrame:
    """Cells below the first `above` lines; a row of another width than `names` is a fault."""
    faults: list[tuple[str, int, None, str, str]] = []

    def uneven(row: Any) -> str:
        demand = f"{len(names)} cells as in the header, found {row.actual_columns}"
        faults.append((name, row.number, None, row.text, demand))
        return "skip"

    try:
        cells = arrow.csv.read_csv(
            io.BytesIO(content),
            arrow.csv.ReadOptions(use_threads=False, skip_rows=above, column_names=names, block_size=1 << 24),
            arrow.csv.ParseOptions(
                delimiter=sep, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=uneven
            ),
            arrow.csv.ConvertOptions(column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False),
        )
    except arrow.ArrowInvalid as error:
        raise DataError(problem(name, f"the file cannot be split into cells ({error})")) from error
    if faults:
        raise DataError(pd.DataFrame(faults, columns=PROBLEM_COLUMNS, dtype=object))
    frame = cells.to_pandas().astype("str")
    frame.index = pd.RangeIndex(above + 1, above + 1 + len(frame))
    return frame[(frame != "").any(axis=1)]


def integers(cells: pd.Series, name: str, column: str, *, tolerance: float = 0.0) -> pd.Series:
    """
    Read a column of another publisher's file as counts.

    Parameters
    ----------
    cells : Series of str
        As `raw_table` gives them; "12" and "12.0" are twelve, "" is missing.
    name, column : str
        What to call the file and the column in a message.
    tolerance : float
        How far from a whole number a cell may be, for publishers whose numbers went through floating point.

    Returns
    -------
    Series of Int64
        With the index of `cells`.

    Raises
    ------
    DataError
        Listing every other cell with its line: words, fractions, negative numbers.

    Examples
    --------
    >>> integers(pd.Series(["12", "12.0", ""]), "mine.csv", "cast").tolist()
    [12, 12, <NA>]
    """
    stripped = cells.str.strip()
    form = r"[0-9]{1,15}(?:\.[0-9]+)?" if tolerance else r"[0-9]{1,15}(?:\.0)?"
    numbers = pd.to_numeric(stripped.where(stripped.str.fullmatch(form))).astype("float64")
    whole = numbers.round().where((numbers - numbers.round()).abs() <= tolerance)
    bad = cells[whole.isna() & (stripped != "")]
    if len(bad):
        faults = pd.DataFrame({"file": name, "line": bad.index, "column": column, "value": bad}, dtype=object)
        raise DataError(faults.assign(demand=DEMANDS["count"]))
    return whole.astype("Int64")
