"""What publishers without ids and with changing columns need, as Ibis expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

INTERNAL = "_"  # columns that begin so are no publisher's


def place_among(raw: ir.Table, alike: list[str], by: list[ir.Value] | None = None) -> ir.IntegerValue:
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
    return ibis.row_number().over(group_by=group, order_by=order) + 1


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
