"""Delimited text as rows of cells, every row accounted for: fast where the file is clean, line by line where not."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from analysis.columns import PROBLEM_COLUMNS, DataError, damaged, problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEPARATORS = ",;\t|"
BLOCK_BYTES = 1 << 24
GZIP = b"\x1f\x8b"
LARGE_BYTES = 8_000_000  # from here on DuckDB splits the file, several times as fast as the csv module


@dataclass(frozen=True)
class Dialect:
    r"""
    How a publisher writes delimited text.

    Attributes
    ----------
    encodings : tuple of str
        Tried in turn, strictly. Where none fits, bytes that are no UTF-8 are marked, so that their cells are named.
    quoted : bool
        Whether a cell may stand in double quotes.
    layouts : mapping of int to tuple of str
        Where files have no header: number of cells in a row -> names of its columns. Rows of several layouts may be
        mixed in one file.
    stray : str, optional
        Encoding of single bytes in files that are otherwise UTF-8, such as a pasted Windows-1252 ellipsis.
    separator : str, optional
        Between cells; default: whichever of comma, semicolon, tab and bar splits the first line most.

    Examples
    --------
    >>> from analysis.reading import Sheet
    >>> headless = Dialect(layouts={2: ("day", "place")})
    >>> Sheet("mine.csv", b"2020-10-05,Osh\n").cells(headless).text["place"].tolist()
    ['Osh']
    """

    encodings: tuple[str, ...] = ("utf-8-sig",)
    quoted: bool = True
    layouts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    stray: str | None = None
    separator: str | None = None

    def below(self, head: Sequence[str]) -> Dialect:
        """
        Give the dialect of a file with this first row.

        Where files have no header but this one names their columns, it is ordinary text below a header: quoted, with
        whatever separator it has, the columns in whatever order the header says.
        """
        known = {name.casefold() for names in self.layouts.values() for name in names}
        named = sum(cell.strip().casefold() in known for cell in head)
        return self if 2 * named <= len(head) else Dialect(self.encodings, stray=self.stray)


@dataclass(frozen=True)
class Split:
    """
    Delimited text as cells.

    Attributes
    ----------
    text : DataFrame of str, shape (n_rows, n_columns)
        Cells as found, "" where empty.
    lines : list of int
        Line of each row, from 1, as an editor shows it.
    faults : DataFrame
        Rows that could not be split: the columns of `DataError.problems` plus `row`.
    """

    text: pd.DataFrame
    lines: list[int]
    faults: pd.DataFrame


def decoded(content: bytes, dialect: Dialect) -> str:
    """Read bytes as text; where no encoding of the dialect fits, bytes that are no UTF-8 become U+FFFD."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in dialect.encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding.startswith("utf-8") or not _mixed(content):
            return text.removeprefix("\ufeff")
    if dialect.stray is None:
        return content.decode("utf-8-sig", errors="replace")
    pieces = content.removeprefix("\ufeff".encode()).decode("utf-8", errors="surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: _byte(byte[0], str(dialect.stray)), pieces)


def _byte(escaped: str, encoding: str) -> str:
    """Read a byte that is no UTF-8 in another encoding."""
    return escaped.encode("utf-8", errors="surrogateescape").decode(encoding, errors="replace")


def _mixed(content: bytes) -> bool:
    """Whether text that is no UTF-8 as a whole is UTF-8 in places: read in one encoding, some of it would be wrong."""
    beyond = len(content) - len(content.decode("ascii", errors="ignore"))
    undecodable = content.decode("utf-8", errors="replace").count("\N{REPLACEMENT CHARACTER}")
    return undecodable < beyond


def first_row(text: str, dialect: Dialect) -> list[str]:
    """Cells of the first line that is not blank; [] if there is none."""
    start = text[:1_000_000].lstrip("\r\n")
    separator = dialect.separator or separator_of(start)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    try:
        return next(csv.reader(io.StringIO(start, newline=""), delimiter=separator, quoting=quoting), [])
    except csv.Error:
        return start.partition("\n")[0].rstrip("\r").split(separator)


def separator_of(text: str) -> str:
    r"""
    Whichever separator splits the first line into most cells.

    Examples
    --------
    >>> separator_of("day;place, region;deaths\n")
    ';'
    """
    line = re.split("[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    return max(SEPARATORS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def split(text: str, name: str, dialect: Dialect) -> Split:
    """
    Split delimited text into rows of cells; rows of another width are faults, blank lines are no rows.

    Raises
    ------
    DataError
        If the text is empty or its header cannot be read.
    """
    separator = dialect.separator or separator_of(text)
    if not dialect.layouts and len(text) > LARGE_BYTES:
        fast = _fast(text, name, separator, dialect.quoted)
        if fast is not None:
            return fast
    return _careful(text, name, separator, dialect)


def demand_header(header: list[str], name: str) -> list[str]:
    """
    Return a header without blanks around its names; refuse one with repeated or damaged names.

    Examples
    --------
    >>> demand_header([" day ", "", "place"], "mine.csv")
    ['day', 'unnamed_2', 'place']
    """
    names = [column.strip() or f"unnamed_{place}" for place, column in enumerate(header, start=1)]
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise DataError(problem(name, f"the header names a column twice: {', '.join(map(repr, repeated))}", line=1))
    if damaged(pd.Series(names, dtype="str")).any():
        raise DataError(problem(name, "the header is not UTF-8 text; save the file as UTF-8", line=1))
    return names


# Fast -----------------------------------------------------------------------------------------------------------------


def _fast(text: str, name: str, separator: str, quoted: bool) -> Split | None:
    """Split with DuckDB, which refuses whatever is not strictly delimited; None where it refuses."""
    import duckdb
    import ibis

    header = demand_header(first_row(text, Dialect(separator=separator, quoted=quoted)), name)
    with tempfile.TemporaryDirectory(prefix="unrest-") as folder:
        path = Path(folder, "cells.csv")
        path.write_text(text, encoding="utf-8", newline="")
        if not even(path, separator=separator, quoted=quoted):
            return None
        engine = ibis.duckdb.connect()
        engine.raw_sql("SET enable_progress_bar = false")  # it would write into what a program reads from us
        try:
            cells = strict(engine, [str(path)], header, separator=separator, quoted=quoted).to_pyarrow()
        except duckdb.Error:
            return None
    frame = cells.to_pandas().astype("str").fillna("")
    height = sum((frame[column].str.count("\n") for column in frame), start=pd.Series(1, index=frame.index))
    lines = (2 + height.cumsum() - height).tolist()
    whole = text.count("\n") + (not text.endswith("\n"))
    if (lines[-1] + int(height.iloc[-1]) - 1 if lines else 1) != whole:  # blank lines, or line ends of another kind
        return None
    return Split(frame, lines, _faults([]))


def even(path: Path | str, *, separator: str, quoted: bool = True) -> bool:
    r"""
    Whether all rows of a file have as many cells as its first; DuckDB lets empty ones at the end of a row pass.

    Where no line ends in an empty cell, it lets nothing pass; only other files are split for it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     written = path.write_text("day,place\n2020-10-05,Osh,\n")
    ...     even(path, separator=",")
    False
    """
    import pyarrow
    import pyarrow.csv

    if not _has_empty_ends(path, separator):
        return True
    nothing = pyarrow.csv.ConvertOptions(include_columns=["-"], include_missing_columns=True)
    parsing = pyarrow.csv.ParseOptions(
        delimiter=separator, quote_char='"' if quoted else False, newlines_in_values=quoted, ignore_empty_lines=True
    )
    try:
        pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES), parsing, nothing)
    except pyarrow.ArrowInvalid:
        return False
    return True


def _has_empty_ends(path: Path | str, separator: str) -> bool:
    """Whether a plain file has, or a packed file may have, lines that end in a separator or in an empty quoted cell."""
    before = b"\n" * 4
    with open(path, "rb") as file:
        if file.read(len(GZIP)) == GZIP:
            return True
        file.seek(0)
        while block := file.read(BLOCK_BYTES >> 2):
            if _ends_empty(before + block, ord(separator)):
                return True
            before = (before + block)[-4:]
    return _ends_empty(before + b"\n", ord(separator))


def _ends_empty(text: bytes, separator: int) -> bool:
    """Whether a line that ends after the first four bytes ends in a separator, or in one and two quotes."""
    marks = np.frombuffer(text, dtype="uint8")
    ends = np.flatnonzero(marks[4:] - np.uint8(ord("\n")) <= ord("\r") - ord("\n")) + 4
    last, second, third = marks[ends - 1], marks[ends - 2], marks[ends - 3]
    empty = (last == ord('"')) & (second == ord('"')) & (third == separator)
    return bool(((last == separator) | empty).any())


def strict(
    engine: Any,
    paths: Sequence[str],
    names: Sequence[str],
    *,
    separator: str,
    quoted: bool = True,
    header: bool = True,
    gzipped: bool = False,
) -> ir.Table:
    r"""
    Lay a lazy relation of DuckDB over delimited files; every cell is text.

    Parameters
    ----------
    engine : ibis DuckDB backend
        Connection that reads them.
    paths : sequence of str
        Files of the same columns.
    names : sequence of str
        Of the columns.
    separator : str
        Between cells.
    quoted : bool
        Whether a cell may stand in double quotes.
    header : bool
        Whether the first line of each file is a header.
    gzipped : bool
        Whether the files are gzipped.

    Returns
    -------
    Ibis table
        Reading it fails with a `duckdb.Error` at the first row of another width or with a stray quote.

    Examples
    --------
    >>> import ibis
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     written = path.write_text("day,place\n2020-10-05,Osh\n")
    ...     strict(ibis.duckdb.connect(), [str(path)], ["day", "place"], separator=",").place.execute().tolist()
    ['Osh']
    """
    return engine.read_csv(
        list(paths),
        columns=dict.fromkeys(names, "VARCHAR"),
        header=header,
        delim=separator,
        quote='"' if quoted else "",
        escape='"' if quoted else "",
        strict_mode=True,
        null_padding=False,
        compression="gzip" if gzipped else "none",
    )


# Careful --------------------------------------------------------------------------------------------------------------


def _careful(text: str, name: str, separator: str, dialect: Dialect) -> Split:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    rows = _rows(io.StringIO(text, newline="").readlines(), separator, quoting)
    layouts = dict(dialect.layouts)
    if not layouts:
        header = next(rows, None)
        if header is None:
            raise DataError(problem(name, "the file is empty"))
        if header.demand:
            raise DataError(problem(name, f"the header is not {header.demand}", line=header.line))
        layouts = {len(header.cells): tuple(demand_header(header.cells, name))}
    columns = max(layouts.values(), key=len)
    places = {width: [columns.index(column) for column in names] for width, names in layouts.items()}
    widths = " or ".join(map(str, sorted(layouts)))
    demanded = f"{widths} cells" if dialect.layouts else f"{widths} cells as in the header"
    cells: list[list[str]] = []
    lines: list[int] = []
    faults: list[tuple[int, str, int, None, str, str]] = []
    for row in rows:
        demand = row.demand
        if not demand and len(row.cells) not in layouts:
            demand = f"{demanded}, found {len(row.cells)}"
        if demand and row.end > row.line:  # a stray quote: its line alone is bad, the lines it swallowed are not
            row = rows.send(row.line)
            demand = "a row of cells with separators between (a quote is not closed)"
        if demand:
            faults.append((len(cells), name, row.line, None, row.raw, demand))
        cells.append(_placed(row.cells, places, len(columns)))
        lines.append(row.line)
    return Split(pd.DataFrame(cells, columns=list(columns), dtype="str"), lines, _faults(faults))


def _placed(cells: list[str], places: dict[int, list[int]], width: int) -> list[str]:
    """Cells in the order of the widest layout, "" where a narrower one has no such column."""
    if len(cells) == width and len(places[width]) == width:
        return cells
    if len(cells) not in places:
        return (cells + [""] * width)[:width]
    placed = [""] * width
    for place, cell in zip(places[len(cells)], cells, strict=True):
        placed[place] = cell
    return placed


def _faults(rows: list[tuple[int, str, int, None, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["row", *PROBLEM_COLUMNS], dtype=object)


@dataclass(frozen=True)
class _Row:
    """One row of text: its cells, first and last line (from 1), raw text, and what is wrong with it."""

    cells: list[str]
    line: int
    end: int
    raw: str
    demand: str = ""


def _rows(lines: list[str], separator: str, quoting: Literal[0, 3]) -> Generator[_Row, int | None, None]:
    """Split lines into rows, blank lines left out; sent a line, give that line alone and go on after it."""
    start = 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=separator, quoting=quoting, strict=True)
        alone = None
        while alone is None:
            first = start + reader.line_num
            try:
                cells, demand = next(reader), ""
            except StopIteration:
                return
            except csv.Error as error:
                cells, demand = [], f"a row of cells with separators between ({error})"
            if cells or demand:
                end = start + reader.line_num
                alone = yield _Row(cells, first + 1, end, "".join(lines[first:end]).strip("\r\n"), demand)
        yield _Row([], alone, alone, lines[alone - 1].strip("\r\n"))
        start = alone
