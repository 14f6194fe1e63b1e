"""
Other publishers' files: one module per publisher, and a registry that tells them apart by their headers.

A module of this package is a publisher if it has `NAME` (the value of `format=`); `publisher.py` says what else it
offers. Adding a file adds a format. `cells` reads a file of any publisher as text cells in our columns, `scan` does
the same lazily, and `find` names the publisher of station files.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats.publisher import EventPublisher, Publisher, StationPublisher, TablePublisher, naming_lacks
from analysis.options import known
from analysis.reading import Cells, Dialect, Sheet, header_of, joined, own, sheets
from analysis.schema import TABLES, Table

if TYPE_CHECKING:
    import ibis.expr.types as ir

OWN = "unrest"

__all__ = [
    "OWN",
    "EventPublisher",
    "Publisher",
    "StationPublisher",
    "TablePublisher",
    "cells",
    "find",
    "mapped",
    "publisher_of",
    "publishers",
    "scan",
    "table_of",
]


@functools.cache
def publishers(table: str | None = None) -> dict[str, Any]:
    """
    List the formats there are.

    Parameters
    ----------
    table : str, optional
        Only those whose files are read as this table.

    Returns
    -------
    dict of str to module
        Value of `format=` -> publisher's module.

    Examples
    --------
    >>> publishers()["kloop"].CITATION[:5]
    'Kloop'
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules: list[Any] = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.NAME: module for module in modules if hasattr(module, "NAME") and table in (None, module.TABLE)}


# Stations -------------------------------------------------------------------------------------------------------------


def find(files: dict[str, bytes], format: str | None = None) -> StationPublisher:
    """
    Find the publisher whose station files these are.

    Parameters
    ----------
    files : dict of str to bytes
        File name -> content, as `reading.contents` returns them.
    format : str, optional
        Name of the format; default: told by the headers.

    Returns
    -------
    module
        Of the publisher.

    Raises
    ------
    ValueError
        If there is no format of that name.
    DataError
        If no publisher, or more than one, knows the headers.

    Examples
    --------
    >>> find({}, "kloop").NAME
    'kloop'
    """
    there = publishers("precincts")
    if format is not None:
        return there[known(format, there, "format")]
    headers = {name: header_of(content) for name, content in files.items()}
    fitting = [publisher for publisher in there.values() if publisher.detects(headers)]
    if len(fitting) == 1:
        return fitting[0]
    head = next(filter(None, headers.values()), [])
    raise DataError(problem(", ".join(files) or "source", _undecided(fitting, head, there)))


# Events and other tables ----------------------------------------------------------------------------------------------


def publisher_of(head: list[str], name: str, format: str | None = None, table: str | None = None) -> Any:
    """
    Tell whose file it is by its first row.

    Parameters
    ----------
    head : list of str
        Cells of the first row.
    name : str
        What to call the file in a message.
    format : str, optional
        Name of the format; default: told by the header.
    table : str, optional
        Table it is to be read as.

    Returns
    -------
    module or None
        Of the publisher; None for a file in the columns of this package, or in something close to them.

    Raises
    ------
    ValueError
        If there is no format of that name.
    DataError
        If no publisher, or more than one, knows the header, or its files are another table.

    Examples
    --------
    >>> publisher_of(["event_id", "date", "event_type"], "mine.csv") is None
    True
    """
    from analysis.formats.mapping import canonical

    if not any(head):
        raise DataError(problem(name, "the file is empty, or its first row is"))
    there = {key: one for key, one in publishers().items() if one.TABLE != "precincts"}
    if format is not None and known(format, [OWN, *there], "format") == OWN:
        return None
    if format is None and _is_own(head, table):
        return None
    headers = {name: canonical(head, name) if len(set(head)) == len(head) else head}
    fitting = [there[format]] if format else [one for one in there.values() if one.detects(headers)]
    if len(fitting) != 1:
        reasons = (one.declines(headers) for one in there.values() if hasattr(one, "declines"))
        said = next(filter(None, reasons), None)
        if not said and not fitting and table is not None and _near(head, TABLES[table]):
            return None
        raise DataError(problem(name, said or _undecided(fitting, head, there)))
    publisher = fitting[0]
    if table is not None and table != publisher.TABLE:
        holds = f"which holds {publisher.TABLE}: load_{publisher.TABLE}"
        demand = f"expected {table}; this is a file of {publisher.NAME}, {holds}"
        raise DataError(problem(name, demand))
    return publisher


def _is_own(head: list[str], table: str | None) -> bool:
    names = {cell.casefold() for cell in head}
    tables = [TABLES[table]] if table else list(TABLES.values())
    return any(set(one.required) <= names for one in tables)


def _undecided(fitting: list[Any], head: list[str], there: dict[str, Any]) -> str:
    if fitting:
        return f"more than one format fits ({', '.join(one.NAME for one in fitting)}); name one as the format"
    if any("\x00" in cell for cell in head):
        return "expected text with a header; the file does not begin with text (a program, a picture, damaged?)"
    begins = ", ".join(map(repr, head[:8])) or "no header"
    return (
        f"no known format; the header begins {begins}. Formats: unrest (this package's own columns), "
        f"{', '.join(there)}; name one as the format"
    )


def table_of(sheet: Sheet, format: str | None = None) -> str:
    """
    Tell which table of the dictionary a sheet is to be read as.

    Parameters
    ----------
    sheet : Sheet
        As `reading.sheets` lists them.
    format : str, optional
        Name of the format; default: told by the header.

    Returns
    -------
    str
        Name of the table; of those whose required columns are all there, the one with most.

    Raises
    ------
    DataError
        If nobody knows the header, or these are station results, which only `load_precincts` reads.

    Examples
    --------
    >>> table_of(Sheet("mine.csv", b"event_id,date,event_type"))
    'events'
    """
    head = header_of(sheet.content) if isinstance(sheet.content, bytes) else sheet.head  # it may stand below titles
    for station in publishers("precincts").values():
        if station.detects({sheet.name: head}):
            raise DataError(problem(sheet.name, f"these are station results of {station.NAME}; use load_precincts"))
    publisher = publisher_of(sheet.head, sheet.name, format)
    if publisher is not None:
        return str(publisher.TABLE)
    names = {cell.casefold() for cell in sheet.head}
    fitting = [table for table in TABLES.values() if set(table.required) <= names]
    return max(fitting, key=lambda table: len(table.required)).name


def cells(source: Any, table: Table, format: str | None = None, *, lenient: bool = False) -> Cells:
    """
    Read a source of any known format as text cells in the columns of a table.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        In the columns of this package or as a publisher wrote it.
    table : Table
        To read it as.
    format : str, optional
        Name of the format; default: told by the header of each file.
    lenient : bool
        Let sources without any row pass, and leave it to the caller to tell the `notes`.

    Returns
    -------
    Cells
        Rows of all sources, in order.

    Raises
    ------
    ValueError
        If there is no format of that name.
    DataError
        If a source cannot be read, or is of no known format or of another table; if there is no row in any of them.

    Warns
    -----
    UserWarning
        If a sheet of a workbook was not read, one of several files has no rows, or rows of a publisher that has no ids
        say the same in every cell.

    Examples
    --------
    >>> mine = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]})
    >>> cells(mine, TABLES["events"]).text["event_type"].tolist()
    ['Riots']
    """
    known(format or OWN, [OWN, *publishers(table.name)], "format")
    found = joined([_with_notes(_sheet_cells(sheet, table, format)) for sheet in sheets(source)])
    if lenient:
        return found
    if found.text.empty:
        raise DataError(problem(found.name, "at least one row; there is a header and nothing below it"))
    for note in found.notes:
        warnings.warn(note, UserWarning, stacklevel=5)  # at the call of a loader
    return found


def _with_notes(found: Cells) -> Cells:
    """Note that a source has no rows."""
    said = (f"{found.name}: there is a header and no row below it",) if found.text.empty else ()
    return replace(found, notes=found.notes + said)


def _sheet_cells(sheet: Sheet, table: Table, format: str | None) -> Cells:
    if not publishers(table.name):
        return _own_cells(sheet, table)
    publisher = publisher_of(sheet.head, sheet.name, format, table.name)
    if publisher is None:
        return _own_cells(sheet, table)
    found = sheet.cells(getattr(publisher, "DIALECT", Dialect()))
    with naming_lacks(publisher, list(found.text.columns), found.name):
        if not hasattr(publisher, "events"):
            return replace(_rewritten(found, publisher), formats=(publisher.NAME,))
        from analysis.formats.keys import without_copies
        from analysis.formats.mapping import in_our_columns

        whole = without_copies(found) if getattr(publisher, "NUMBERED", False) else found
        return replace(in_our_columns(whole, publisher), formats=(publisher.NAME,))


def _own_cells(sheet: Sheet, table: Table) -> Cells:
    return replace(own(sheet.cells(), table), formats=(OWN,))


def _near(head: list[str], table: Table) -> bool:
    """Whether a header looks like one in our columns with a slip in it: it has half of what is required."""
    required = {name.casefold() for name in table.required}
    return not head or 2 * len(required & {cell.casefold() for cell in head}) >= len(required)


def _rewritten(found: Cells, publisher: TablePublisher) -> Cells:
    """Text cells of a publisher in our columns, its own behind them with its name as prefix."""
    from analysis.formats.mapping import canonical

    names = canonical(list(found.text.columns), found.name)
    raw = found.text.set_axis(names, axis=1)
    raw = raw.mask(raw.isin(list(getattr(publisher, "MISSING", ()))), "")
    ours = publisher.rows(raw).astype("str").fillna("")
    written = dict(zip(names, found.text.columns, strict=True))
    called = {column: written[name] for column, name in getattr(publisher, "CALLED", {}).items() if name in written}
    return replace(found, text=pd.concat([ours, raw.add_prefix(f"{publisher.NAME}_")], axis=1), called=called)


# Lazily ---------------------------------------------------------------------------------------------------------------


def mapped(table: ir.Table, format: str | None = None) -> ir.Table:
    """
    Lay the mapping of a publisher over a raw Ibis table, on whatever engine it is.

    Parameters
    ----------
    table : Ibis table
        In a publisher's own columns, such as the events table of GDELT on BigQuery.
    format : str, optional
        Name of the format; default: told by the columns.

    Returns
    -------
    Ibis table
        Our event columns as text, then the publisher's with its name as prefix.

    Raises
    ------
    DataError
        If no publisher, or more than one, knows the columns.

    Examples
    --------
    >>> import ibis
    >>> gdelt = {"GLOBALEVENTID": [1], "SQLDATE": [20201005], "EventCode": ["141"], "ActionGeo_CountryCode": ["KG"]}
    >>> mapped(ibis.memtable(gdelt)).country_iso3.to_pyarrow().to_pylist()
    ['KGZ']
    """
    from analysis.formats.mapping import canonical
    from analysis.formats.mapping import mapped as laid_over

    publisher = publisher_of(list(table.columns), "table", format, "events")
    if publisher is None:
        return table
    names = canonical(list(table.columns), "table")
    with naming_lacks(publisher, names, "table"):
        return laid_over(table.rename(dict(zip(names, table.columns, strict=True))), publisher)


def scan(source: Any, format: str | None = None, *, careful: bool = False) -> ir.Table:
    """
    Read events of any known format lazily: the rows are never all in memory.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        Delimited text, plain or gzipped, is streamed; anything else is read whole.
    format : str, optional
        Name of the format; default: told by the header of each file.
    careful : bool
        Read everything whole and line by line: for files that DuckDB refuses, to say which line is wrong or to read
        rows of several layouts.

    Returns
    -------
    Ibis table
        On DuckDB in this process: our event columns as text, then the publisher's with its name as prefix.

    Raises
    ------
    DataError
        If a source cannot be read or is of no known format.

    Examples
    --------
    >>> mine = pd.DataFrame({"event_id": ["A"], "date": ["2020-10-05"], "event_type": ["Riots"]})
    >>> scan(mine).event_type.to_pyarrow().to_pylist()
    ['Riots']
    """
    from analysis.formats.scanning import scanned

    return scanned(source, format, careful)
