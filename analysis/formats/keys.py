"""What publishers without ids and with changing columns need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.reading import Cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

INTERNAL = "_"  # columns that begin so are no publisher's
SHOWN = 5  # lines named in a note


def place_among(
    raw: ir.Table, alike: list[str], by: list[ir.Value] | None = None, *, copies: bool = True
) -> ir.IntegerValue:
    """
    Count through the rows that are alike in some columns, from 1, whatever the order of the file.

    Parameters
    ----------
    raw : Ibis table
        All text.
    alike : list of str
        Columns in which the rows are alike.
    by : list of Ibis expressions, optional
        What orders them first; then all other columns do.
    copies : bool
        Whether rows that agree in every column have places of their own, or one together.

    Returns
    -------
    Ibis integer expression

    Examples
    --------
    >>> import ibis
    >>> rows = ibis.memtable({"day": ["Mon", "Tue", "Mon"], "town": ["B", "A", "A"]})
    >>> rows.select("day", "town", n=place_among(rows, ["day"])).order_by("day", "town").n.to_pyarrow().to_pylist()
    [1, 2, 1]
    """
    import ibis

    rest = [name for name in raw.columns if name not in alike and not name.startswith(INTERNAL)]
    order = [*(by or []), *(raw[name].fill_null("") for name in rest)]
    group = [raw[name].fill_null("") for name in alike]
    number = ibis.row_number() if copies else ibis.dense_rank()
    return number.over(group_by=group, order_by=order) + 1


def first_of(raw: ir.Table, *names: str) -> ir.StringValue:
    """
    Take the first of several columns that says something; missing where the table has none of them.

    Examples
    --------
    >>> import ibis
    >>> rows = ibis.memtable({"old": ["A", "B"], "new": ["C", None]})
    >>> first_of(rows, "new", "old", "older").name("one").to_pyarrow().to_pylist()
    ['C', 'B']
    """
    import ibis

    there = [raw[name] for name in names if name in raw.columns]
    return ibis.coalesce(*there) if there else ibis.null("string")


def without_copies(found: Cells) -> Cells:
    r"""
    Look for rows that say the same as an earlier one in every cell, in a file without ids.

    A few are what publishers have, and are noted; where every row is there twice or more on average, the file repeats
    itself, and the copies are faults.

    Parameters
    ----------
    found : Cells
        As split, in the publisher's columns.

    Returns
    -------
    Cells
        The same rows, with a note or with faults.

    Examples
    --------
    >>> from analysis.reading import Sheet
    >>> without_copies(Sheet("x.csv", "town,day\nA,1\nB,1\nA,1\nC,2").cells()).notes[0][:52]
    'x.csv: 1 row says the same as an earlier row in ever'
    """
    copies = found.text.duplicated() & ~found.text.index.isin(found.faults["row"])
    number, lines = int(copies.sum()), found.origin["line"][copies]
    if not number:
        return found
    if 2 * number < len(copies):
        which = ", ".join(map(str, lines.head(SHOWN))) + (", ..." if number > SHOWN else "")
        what = f"{number} rows say" if number > 1 else "1 row says"
        note = (
            f"{found.name}: {what} the same as an earlier row in every cell and, for want of ids, count as events of "
            f"their own (line {which})"
        )
        return replace(found, notes=(*found.notes, note))
    demand = "a row that is not there already; the file repeats itself"
    again = found.origin[copies].assign(row=lines.index, column=None, value=None, demand=demand)
    faults = pd.concat([found.faults, again[found.faults.columns].astype(object)], ignore_index=True)
    return replace(found, faults=faults.sort_values("row", ignore_index=True))
