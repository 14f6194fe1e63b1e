"""Read the cells of any events table on its engine, text or typed, by the rules of the loader."""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from analysis.columns import DAY, DEMANDS, LARGEST_COUNT
from analysis.schema import TABLES

KINDS = {name: column.metadata["kind"] for name, column in TABLES["events"].columns.items()}
CELL, BAD, UNREADABLE = "cell_", "bad_", "unreadable_"  # before a column's name; whether any of the row is bad
KEY_DAY = "a date as YYYY-MM-DD, never empty"
SHAPE_OF_DAY = rf"^{DAY}([T ]00:00(:00)?)?$"
SHAPE_OF_COUNT = "^[0-9]{1,16}$"
FILLED = r"\S"


def readable(table: ir.Table, used: Collection[str] = ()) -> ir.Table:
    """
    Type the columns of the dictionary, and mark the rows that have a cell which cannot be read.

    Parameters
    ----------
    table : Table
        Events, text or typed.
    used : collection of str
        Counts that the answer depends on; the cells of others are not looked at.

    Returns
    -------
    Table
        `date` as date, counts as int64, numbers as float64, all others as they are, and `unreadable_`: any of the
        `bad_<column>` is true, for the date and what is used. A cell that cannot be read has no certain value.
    """
    counts = [name for name in table.columns if KINDS.get(name) == "count"]
    numbers = [name for name in table.columns if KINDS.get(name) == "number" and table[name].type().is_string()]
    # In steps, so that an engine that evaluates step by step reads each cell once
    cells = table.mutate(**{f"{CELL}{name}": _cell(table[name]) for name in ("date", *counts)})
    values = cells.mutate(
        date=_day(cells[f"{CELL}date"]),
        **{name: _count(cells[f"{CELL}{name}"], name) for name in counts},
        **{name: table[name].try_cast("float64") for name in numbers},
    )
    bad = {"date": values.date.isnull()} | {
        name: ibis.ifelse(
            values[name].between(0, LARGEST_COUNT).fill_null(False), False, is_filled(values[f"{CELL}{name}"])
        )
        for name in counts
        if name in used
    }
    marked = values.mutate(**{f"{BAD}{name}": faulty for name, faulty in bad.items()})
    return marked.mutate(**{UNREADABLE: ibis.or_(*(marked[f"{BAD}{name}"] for name in bad))})


def demands(table: ir.Table) -> dict[str, str]:
    """Say what is expected of each column that `readable` looks at."""
    return {
        name: KEY_DAY if name == "date" else DEMANDS["count"]
        for name in table.columns
        if f"{BAD}{name}" in table.columns
    }


def text(column: ir.Value) -> ir.StringValue:
    """Write a column as text."""
    return column if column.type().is_string() else column.cast("string")


def is_filled(cell: ir.Value) -> ir.BooleanValue:
    """Whether a cell is neither missing nor blank."""
    return cell.re_search(FILLED).fill_null(False) if cell.type().is_string() else cell.notnull()


def _cell(column: ir.Value) -> ir.Value:
    """Give a cell; not-a-number is missing."""
    kind = column.type()
    if kind.is_floating():
        return ibis.ifelse(column.isnan(), ibis.null(kind), column)
    return column


def _shaped(cell: ir.StringValue, kind: str, shape: str) -> ir.Value:
    """Read text of a shape; text that is not written as an engine itself writes it is looked at with more care."""
    plain = cell.try_cast(kind)
    is_plain = plain.cast("string") == cell
    if kind == "date":
        is_plain = is_plain & cell.between("1000", "9999-12-31") & (cell.length() == 10)  # not "infinity", not 0044
    bare = cell.strip().re_replace(r"\.0$", "")
    careful = (bare.left(10) if kind == "date" else bare).try_cast(kind)
    return ibis.cases((is_plain, plain), (bare.re_search(shape), careful), else_=None)


def _day(cell: ir.Value) -> ir.Value:
    kind = cell.type()
    if kind.is_string():
        return _shaped(cell, "date", SHAPE_OF_DAY)
    if kind.is_date():
        return cell
    if kind.is_timestamp() and kind.timezone is None:
        return ibis.ifelse(cell.cast("date").cast(kind) == cell, cell.cast("date"), ibis.null("date"))
    raise ValueError(f"the column date is of type {kind}; a panel needs local calendar dates (date, or text)")


def _count(cell: ir.Value, name: str) -> ir.Value:
    kind = cell.type()
    if kind.is_string():
        return _shaped(cell, "int64", SHAPE_OF_COUNT)
    if kind.is_integer() or kind.is_null():
        return cell.cast("int64")
    if kind.is_floating() or kind.is_decimal():
        whole = (cell >= 0) & (cell <= LARGEST_COUNT) & (cell == cell.floor())
        return ibis.ifelse(whole, cell, ibis.null(kind)).cast("int64")
    raise ValueError(f"the column {name} is of type {kind}; a panel needs whole numbers, or text")
