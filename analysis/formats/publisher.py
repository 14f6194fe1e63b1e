"""What a publisher's module offers: stations, events, or a table as it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from analysis.columns import DataError, problem

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Publisher(Protocol):
    """
    What every publisher's module offers.

    Attributes
    ----------
    NAME : str
        Value of `format=`.
    TABLE : str
        Table of the dictionary that its files are read as.
    CITATION : str
        How to cite the files.

    Examples
    --------
    >>> from analysis.formats import publishers
    >>> publishers()["acled"].TABLE
    'events'
    """

    NAME: str
    TABLE: str
    CITATION: str

    def detects(self, headers: dict[str, list[str]]) -> bool:
        """Whether files with these headers (file name -> cells) are this publisher's."""


class StationPublisher(Publisher, Protocol):
    """
    A publisher of station results; TABLE is "precincts".

    Examples
    --------
    >>> from analysis.formats import publishers
    >>> sorted(publishers("precincts"))[:3]
    ['bolivia', 'bulgaria', 'israel']
    """

    def precincts(self, files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
        """
        Read station files (file name -> content) as one row per station and contestant.

        Columns: `station_id`, `region`, `registered`, `issued`, `cast`, `valid`, `contestant`, `votes`, then the
        publisher's own; `flags`, if it has any, joins ids of what is odd about the station with ";".
        """


class EventPublisher(Publisher, Protocol):
    """
    A publisher of events; TABLE is "events". `detects` gets one header, as `mapping.canonical` writes it.

    Attributes
    ----------
    CODES : str
        Code system of `country_code`, a key of `states.lookup`, where `events` gives one.

    A module may also have `DIALECT` (a `reading.Dialect`, if its files are not plain UTF-8 with a header), `MISSING`
    (cells that mean "not stated", such as "NA"), `STREAMS` (False where files are small and read whole), `NUMBERED`
    (True where the file has no ids and rows are numbered instead: copies of rows are then looked for; such files are
    read whole), `ALIKE` (why rows that agree in all that identifies an event are no sign of a repeat), `is_row(raw)`
    (an Ibis condition, false for a second header) and `declines(headers)` (why a file of this publisher is not read,
    or None).

    Examples
    --------
    >>> from analysis.formats import publishers
    >>> publishers("events")["ucdp_ged"].CODES
    'gw'
    """

    CODES: str

    def events(self, raw: ir.Table) -> dict[str, ir.Value]:
        """
        Give our event columns as Ibis expressions over the raw table.

        `raw` has the publisher's columns in lower case with underscores, all text, NULL where nothing is stated.
        `country_code` instead of `country_iso3` is resolved by CODES on the date of the row. `size_words` (also
        `deaths_words`, `injured_words`) are words or digits that `crowds` reads; where it understands them, they count
        instead of `size_low`, `size_best` and `size_high`.
        """


class TablePublisher(Publisher, Protocol):
    """
    A publisher of any other table. `detects` gets one header, as `mapping.canonical` writes it.

    Examples
    --------
    >>> from analysis.formats import publishers
    >>> sorted(publishers("leaders"))
    ['archigos', 'reign_leaders']
    """

    def rows(self, raw: pd.DataFrame) -> pd.DataFrame:
        """
        Write the publisher's text cells in our columns.

        `raw` has the publisher's columns in lower case with underscores, all text, "" where nothing is stated. The
        result has the same rows in the same order; what cannot be read stays as found, so that validation names it.
        """


@contextmanager
def naming_lacks(publisher: Any, columns: Sequence[str], name: str) -> Iterator[None]:
    """
    Turn a failed look for a column, inside the block, into a `DataError` that names the column.

    A publisher's module uses the columns that its files have always had without asking for them first; a file whose
    header is damaged lacks one of them.
    """
    try:
        yield
    except Exception as error:  # Ibis and pandas say it with AttributeError, KeyError and errors of their own
        named = re.search(r"(?:Column|attribute) '(\w+)'|^'(\w+)'$", str(error))
        column = named and (named[1] or named[2])
        if isinstance(error, DataError) or column is None or column in columns:
            raise
        near = difflib.get_close_matches(column, columns, n=1)
        hint = f" (is it {near[0]!r}?)" if near else ""
        has = ", ".join(map(repr, columns[:12]))
        demand = f"as {publisher.NAME}, the header lacks {column}{hint}; it has {has}"
        raise DataError(problem(name, demand, line=1)) from error
