"""Any file as text cells that remember their file and line: delimited text, JSON, Excel, Parquet, R and Stata."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.columns import PROBLEM_COLUMNS, DataError, problem, to_text
from analysis.reading.containers import NOTE, frame_of
from analysis.reading.sources import expand, named_content, unpacked
from analysis.reading.splitting import Dialect, decoded, demand_header, first_row, split
from analysis.schema import Table


@dataclass(frozen=True)
class Cells:
    r"""
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
    called : dict of str to str
        Column -> what its publisher calls it, where that is another name.
    formats : tuple of str
        Publishers of the sources.
    notes : tuple of str
        What a user has to know of the sources beside their cells, such as sheets that were not read.

    Examples
    --------
    >>> Sheet("mine.csv", b"day,place\n2020-10-05,Osh\n").cells().text["place"].tolist()
    ['Osh']
    """

    text: pd.DataFrame
    origin: pd.DataFrame
    faults: pd.DataFrame
    name: str
    called: dict[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    r"""
    One table as it lies in a file, not yet split into cells.

    Attributes
    ----------
    name : str
        File, and the member of a zip.
    content : bytes, str or DataFrame
        Delimited text, or the frame that another kind of file holds.
    notes : tuple of str
        As in `Cells`.

    Examples
    --------
    >>> Sheet("mine.csv", b"day;place\n2020-10-05;Osh\n").head
    ['day', 'place']
    """

    name: str
    content: bytes | str | pd.DataFrame
    notes: tuple[str, ...] = ()

    @cached_property
    def head(self) -> list[str]:
        """Cells of the first row, which is the header unless the publisher writes none."""
        if isinstance(self.content, pd.DataFrame):
            return [str(column).strip() for column in self.content.columns]
        start = self.content[:1_000_000]
        loose = Dialect(("utf-8-sig", "cp1252", "latin-1"))
        return [cell.strip() for cell in first_row(start if isinstance(start, str) else _start(start, loose), loose)]

    def cells(self, dialect: Dialect | None = None) -> Cells:
        """Split the sheet into text cells; DataError if it is empty or has no readable header."""
        dialect = dialect or Dialect()
        if isinstance(self.content, pd.DataFrame):
            frame, lines = self.content, [*self.content.index]
            header = demand_header([str(column) for column in frame.columns], self.name)
            columns = {column: to_text(frame.iloc[:, place]) for place, column in enumerate(header)}
            return replace(_cells(pd.DataFrame(columns, index=frame.index), self.name, lines), notes=self.notes)
        text = self.content if isinstance(self.content, str) else decoded(self.content, dialect)
        found = split(text.removeprefix("\ufeff"), self.name, dialect.below(self.head))
        return _cells(found.text, self.name, found.lines, found.faults)


def _start(content: bytes, dialect: Dialect) -> str:
    """Text of the start of a file, whose last character may be cut."""
    return decoded(content[: content.rfind(b"\n") + 1] or content, dialect)


def sheets(source: Any) -> Iterator[Sheet]:
    """
    List the tables that a source holds.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        Delimited text, JSON, Excel (.xlsx, first sheet), Parquet, R (.rda, .rds) or Stata (.dta), also gzipped or in
        a zip; told apart by content, not by name.

    Yields
    ------
    Sheet

    Raises
    ------
    DataError
        If a source is missing, a folder, empty, damaged or of a kind that is not read.

    Examples
    --------
    >>> [sheet.head for sheet in sheets(pd.DataFrame({"day": ["2020-10-05"], "place": ["Osh"]}))]
    [['day', 'place']]
    """
    for item in expand(source):
        if isinstance(item, (Sheet, pd.DataFrame)):
            yield item if isinstance(item, Sheet) else Sheet("DataFrame", item)
            continue
        for name, content in unpacked(*named_content(item)):
            frame = frame_of(content, name) if isinstance(content, bytes) else None
            if frame is None:
                yield Sheet(name, content)
            else:
                note = frame.attrs.pop(NOTE, None)
                yield Sheet(name, frame, () if note is None else (f"{name}: {note}",))


def read(source: Any, table: Table) -> Cells:
    r"""
    Read a source in the columns of a table as text cells.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        As in `sheets`.
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

    Examples
    --------
    >>> from analysis.reading import Held
    >>> from analysis.schema import TABLES
    >>> mine = Held("mine.csv", b"event_id,date,event_type\nA,2020-10-05,Riots\n")
    >>> read(mine, TABLES["events"]).origin.iloc[0].tolist()
    ['mine.csv', 2]
    """
    return joined([own(sheet.cells(), table) for sheet in sheets(source)])


def joined(parts: list[Cells]) -> Cells:
    r"""
    Put the cells of several sources below each other.

    Examples
    --------
    >>> first, second = (Sheet(name, b"day\n2020-10-05\n").cells() for name in ("a.csv", "b.csv"))
    >>> joined([first, second]).origin["file"].tolist()
    ['a.csv', 'b.csv']
    """
    text = pd.concat([part.text for part in parts], ignore_index=True).fillna("")
    offsets = [0, *pd.Series([len(part.text) for part in parts]).cumsum()]
    faults = [part.faults.assign(row=part.faults["row"] + offset) for part, offset in zip(parts, offsets, strict=False)]
    origin = pd.concat([part.origin for part in parts], ignore_index=True)
    called = {column: name for part in parts for column, name in part.called.items()}
    publishers = tuple(dict.fromkeys(publisher for part in parts for publisher in part.formats))
    notes = tuple(note for part in parts for note in part.notes)
    return Cells(text, origin, pd.concat(faults, ignore_index=True), parts[0].name, called, publishers, notes)


def own(cells: Cells, table: Table) -> Cells:
    r"""
    Take a source as one in the columns of a table; refuse it if a required one is missing, and say what it has.

    Examples
    --------
    >>> from analysis.schema import TABLES
    >>> mine = Sheet("mine.csv", b"Event_ID,date,event_type\nA,2020-10-05,Riots\n").cells()
    >>> own(mine, TABLES["events"]).text.columns[0]
    'event_id'
    """
    wanted = {column.casefold(): column for column in table.columns}
    names = {found: wanted.get(found.casefold(), found) for found in cells.text.columns}
    if len(set(names.values())) == len(names):
        cells = replace(cells, text=cells.text.rename(columns=names))
    missing = [column for column in table.required if column not in cells.text.columns]
    if missing:
        near = {column: difflib.get_close_matches(column, cells.text.columns, n=1, cutoff=0.75) for column in missing}
        hints = [f"{column} (is it {near[column][0]!r}?)" if near[column] else column for column in missing]
        has = ", ".join(repr(column) for column in cells.text.columns[:12])
        demand = f"as {table.name}, the header lacks {', '.join(hints)}; it has {has}"
        raise DataError(problem(cells.name, demand, line=1))
    return cells


def _cells(text: pd.DataFrame, name: str, lines: list[Any], faults: pd.DataFrame | None = None) -> Cells:
    if faults is None:
        faults = pd.DataFrame(columns=["row", *PROBLEM_COLUMNS], dtype=object)
    origin = pd.DataFrame({"file": name, "line": pd.Series(lines, dtype=object)}, index=range(len(lines)))
    return Cells(text.reset_index(drop=True), origin, faults, name)
