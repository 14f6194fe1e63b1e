"""
Dates as publishers write them, as Ibis expressions: text to text, YYYY-MM-DD where a shape is known.

Whatever has no known shape, or is no day of the calendar, stays as found, so that validation names the cell; nothing
is guessed. Dates with slashes are read only where the publisher states the order, because 4/10/2020 is a day in April
for some and in October for others. A bare number of days is not read: programs count from different days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONTHS = (
    "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t|tember)?|oct(ober)?|nov(ember)?|"
    "dec(ember)?"
)
NUMBERED = "jan01feb02mar03apr04may05jun06jul07aug08sep09oct10nov11dec12"
COMPACT = r"^[0-9]{8}$"  # 20140218
TIMED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+-][0-9:]+)?$"  # 2014-01-22 00:00:00.000
NAMED = f"(?i)^[0-9]{{1,2}}[ -]({MONTHS})[ -]([0-9]{{2}}|[0-9]{{4}})$"  # 03 December 2020, 9-May-20
SLASHED = r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$"
PIVOT_YEAR = "70"  # two-digit years from here on are of the twentieth century


def day(text: ir.StringValue, *, slashes: str | None = None) -> ir.StringValue:
    """
    Read a date in any known shape.

    Parameters
    ----------
    text : Ibis text expression
        `2020-12-03`, `2014-01-22 00:00:00.000`, `20140218`, `03 December 2020`, `9-May-20`.
    slashes : {"mdy", "dmy"}, optional
        Order of a date with slashes, where the publisher states one.

    Returns
    -------
    Ibis text expression
        YYYY-MM-DD, or the text as found. The time of a date with time is cut off, in whatever zone it is.

    Notes
    -----
    The shape most files have, YYYY-MM-DD, is told by its dashes alone, without a regular expression: a bad one stays as
    found anyway. Years of two digits are 1970 to 2069.

    Examples
    --------
    >>> import ibis, pyarrow
    >>> found = ["03 December 2020", "9-May-20", "20140218", "2014-01-22 00:00:00.000", "4/10/2020", "soon"]
    >>> day(ibis.memtable(pyarrow.table({"text": found})).text).name("day").to_pyarrow().to_pylist()
    ['2020-12-03', '2020-05-09', '2014-02-18', '2014-01-22', '4/10/2020', 'soon']
    """
    import ibis

    plain = (text.length() == 10) & (text.substr(4, 1) == "-") & (text.substr(7, 1) == "-")
    branches = [
        (text.re_search(COMPACT), text.left(4).concat("-", text.substr(4, 2), "-", text.right(2))),
        (text.re_search(NAMED), _named(text)),
        (text.re_search(TIMED), text.left(10)),
    ]
    if slashes is not None:
        first, second = (text.re_extract(SLASHED, place) for place in (1, 2))
        month, of_month = (first, second) if slashes == "mdy" else (second, first)
        written = iso(text.right(4), month, of_month)
        branches.append((text.re_search(SLASHED), written))
    read = ibis.cases(*branches, else_=None).try_cast("date").cast("string")
    return ibis.ifelse(plain, text, ibis.coalesce(read, text))


def _named(text: ir.StringValue) -> ir.StringValue:
    import ibis

    months: ir.StringValue = ibis.literal(NUMBERED)
    month = months.substr(months.find(text.re_extract("[A-Za-z]{3}", 0).lower()) + 3, 2)
    short = text.right(2)
    century = ibis.ifelse(short >= PIVOT_YEAR, "19", "20")
    year = ibis.ifelse(text.right(3).left(1).isin([" ", "-"]), century.concat(short), text.right(4))
    return year.concat("-", month, "-", _padded(text.re_extract("^[0-9]+", 0)))


def iso(year: ir.StringValue, month: ir.StringValue, of_month: ir.StringValue) -> ir.StringValue:
    """
    Join the parts of a date as YYYY-MM-DD, or whatever they give: nothing is cut, so that bad parts stay bad.

    Parameters
    ----------
    year, month, of_month : Ibis text expressions
        Digits; month and day of the month with or without a leading zero.

    Returns
    -------
    Ibis text expression
        Missing where a part is.

    Examples
    --------
    >>> import ibis, pyarrow
    >>> parts = ibis.memtable(pyarrow.table({"y": ["2020", "2020"], "m": ["3", "123"], "d": ["9", "9"]}))
    >>> iso(parts.y, parts.m, parts.d).name("day").to_pyarrow().to_pylist()
    ['2020-03-09', '2020-123-09']
    """
    return year.concat("-", _padded(month), "-", _padded(of_month))


def _padded(part: ir.StringValue) -> ir.StringValue:
    """Two digits at least."""
    import ibis

    zero: ir.StringValue = ibis.literal("0")
    return ibis.ifelse(part.length() == 1, zero.concat(part), part)
