"""
Crowd sizes as newspapers word them, as Ibis expressions: "dozens", "about 200", "between 100 and several hundred".

A word becomes a range, never a point: `VAGUE` is the table. Its lower bounds are those of the Crowd Counting
Consortium, whose coders enter 24 for "dozens", 200 for "hundreds", 300 for "several hundred", 2,000 for "thousands",
20,000 for "tens of thousands" and 200,000 for "hundreds of thousands" (its data dictionary, and the entries of its
files): a plural is two at least, "several" and "a few" are three at least. The upper bounds are the last number
before the next word would be used: "dozens" ends at 99 because from 100 on one says "hundreds". Other projects read
the same words otherwise: Count Love enters 10 for "dozens" and 100 for "hundreds". ACLED does not translate them: it
copies the wording of its sources into the tag "crowd size=".

A number is what it says, in digits or in words: "20,000", "2.5 million", "two dozen". "About 200" states a point and
no bounds, as in the table of casualties. "At least 500" is 500 and open above, "more than 600" is 601 and open above,
"up to 300" and "fewer than 50" have an upper bound alone. A comma, blank or apostrophe before three digits separates
thousands; a point is a decimal point and only read before "thousand" or "million" ("2.500" is left unread).

What is not wholly understood is not read at all, such as "small group", "20 vehicles", "no report" or "hundreds;
later 3,000": all three numbers are missing, and the words stay in `size_text`.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

VAGUE = MappingProxyType(
    {
        "a couple": (2, 9),
        "couple": (2, 9),
        "a few": (3, 9),
        "few": (3, 9),
        "several": (3, 9),
        "a handful": (3, 9),
        "handful": (3, 9),
        "tens": (20, 99),
        "10s": (20, 99),
        "dozens": (24, 99),
        "a couple dozen": (24, 35),
        "a couple of dozen": (24, 35),
        "couple dozen": (24, 35),
        "several dozen": (36, 99),
        "several dozens": (36, 99),
        "a few dozen": (36, 99),
        "a few dozens": (36, 99),
        "few dozen": (36, 99),
        "scores": (40, 99),
        "50s": (50, 99),
        "hundreds": (200, 999),
        "100s": (200, 999),
        "a couple hundred": (200, 299),
        "a couple of hundred": (200, 299),
        "couple hundred": (200, 299),
        "several hundred": (300, 999),
        "several hundreds": (300, 999),
        "a few hundred": (300, 999),
        "a few hundreds": (300, 999),
        "few hundred": (300, 999),
        "thousands": (2_000, 9_999),
        "1000s": (2_000, 9_999),
        "1,000s": (2_000, 9_999),
        "a couple thousand": (2_000, 2_999),
        "a couple of thousand": (2_000, 2_999),
        "several thousand": (3_000, 9_999),
        "several thousands": (3_000, 9_999),
        "a few thousand": (3_000, 9_999),
        "a few thousands": (3_000, 9_999),
        "few thousand": (3_000, 9_999),
        "tens of thousands": (20_000, 99_999),
        "10000s": (20_000, 99_999),
        "10,000s": (20_000, 99_999),
        "several tens of thousands": (30_000, 99_999),
        "hundreds of thousands": (200_000, 999_999),
        "100000s": (200_000, 999_999),
        "100,000s": (200_000, 999_999),
        "several hundred thousand": (300_000, 999_999),
        "several hundreds of thousands": (300_000, 999_999),
        "millions": (2_000_000, None),
        "several million": (3_000_000, None),
    }
)
"""Word -> fewest and most persons it stands for; None is open above."""

WORDED = MappingProxyType(
    {
        **dict.fromkeys(["about", "around", "approximately", "approx", "approx.", "roughly", "some", "circa"], "about"),
        **dict.fromkeys(["ca", "ca.", "c.", "~", "nearly", "almost", "close to", "estimated", "an estimated"], "about"),
        **dict.fromkeys(["at least", "no fewer than", "not less than", "no less than", "minimum"], "at_least"),
        **dict.fromkeys(["upwards of", ">=", "≥", "a minimum of"], "at_least"),
        **dict.fromkeys(["more than", "over", "above", ">", "in excess of", "exceeding"], "more_than"),
        **dict.fromkeys(["well over", "just over", "slightly more than", "a little more than"], "more_than"),
        **dict.fromkeys(["up to", "at most", "as many as", "no more than", "not more than", "<=", "≤"], "up_to"),
        **dict.fromkeys(["fewer than", "less than", "under", "below", "<"], "fewer_than"),
    }
)
"""Words before a number -> what they make of it."""

UNITS = MappingProxyType({"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000})
_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMERALS = MappingProxyType(
    {"a": "1", "an": "1", "half a": "0.5", "fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40"}
    | {"fifty": "50"}
    | {numeral: str(place) for place, numeral in enumerate(_NUMERALS, start=1)}
)
PERSONS = (
    *("people", "persons", "individuals", "protesters", "protestors", "demonstrators", "participants", "attendees"),
    *("marchers", "activists", "supporters", "opponents", "members", "students", "teachers", "pupils", "workers"),
    *("employees", "farmers", "residents", "villagers", "locals", "citizens", "women", "men", "youths", "rioters"),
    *("nurses", "doctors", "drivers", "lawyers", "journalists", "pensioners", "refugees", "migrants", "prisoners"),
    *("person", "protester", "demonstrator", "others", "local", "young", "university", "school"),
)
"""Words after a number that leave it a number of persons; with any other word the text is not read."""


def _either(words: Iterable[str]) -> str:
    """Write a regular expression for any of several words, the longest first."""
    return "|".join(word.replace(".", "[.]") for word in sorted(words, key=len, reverse=True))


def _worded(*meanings: str) -> str:
    """Write a regular expression for a beginning with words of these meanings."""
    return f"^(?:{_either(word for word, meaning in WORDED.items() if meaning in meanings)}) ?"


NOTE, BLANKS = r"[(][^()]*[)]", "[ \t\r\n\u00a0\u202f]+"
NOUNS = f"(?:(?: of)?(?: the)? (?:{_either(PERSONS)}))+$"
WHOLE = "(?:[0-9]{1,3}(?:[,'\u2019 ][0-9][0-9][0-9])+|[0-9]{1,12})"
_UNIT, _NUMERAL = (f"(?:{_either(words)})" for words in (UNITS, NUMERALS))
NUMBER = f"{WHOLE}(?: {_UNIT})?|[0-9]+[.][0-9]+ (?:thousand|million)|{_NUMERAL} {_UNIT}|(?:{_either(_NUMERALS)})"
AMOUNT = f"(?:{_either(VAGUE)}|{NUMBER})"
BEFORE, MORE = _worded(*WORDED.values()), "(?:[+]| plus| or more| and more)$"
ONE = f"^(?:{BEFORE[1:]})?{AMOUNT}(?:{MORE[:-1]})?$"
TWO = f"^(?:(?:from )?{AMOUNT}(?: ?[-\u2013\u2014] ?| to )|between {AMOUNT} (?:and|to) ){AMOUNT}$"
SHORTENED = "^[^0-9]*[0-9]{1,2}(?: ?[-\u2013\u2014] ?| to | and )[0-9]{1,3}[,'\u2019 ][0-9]{3}"
PARTS = "^(?:from |between )?(.*?)(?: ?[-\u2013\u2014] ?| to | and )(.*)$"


def crowd(text: ir.StringValue) -> dict[str, ir.StringValue]:
    """
    Read a crowd size in words or digits.

    Parameters
    ----------
    text : Ibis text expression
        As worded: "dozens", "about 200", "1,000-2,000", "more than 600 people", "200 (police) to 500 (organisers)".

    Returns
    -------
    dict of str to Ibis text expression
        `size_low`, `size_best`, `size_high`, persons as digits, for the event columns of those names. Missing where
        the wording states none; all missing where it is not understood.

    Notes
    -----
    Regular expressions of RE2 and portable text functions alone: it runs on DuckDB, Spark and BigQuery. Bounds of
    vague words: Crowd Counting Consortium, data dictionary (size_low, size_high); see the text of the module.

    Examples
    --------
    >>> import ibis
    >>> words = ibis.memtable({"words": ["dozens of people", "about 200", "more than 600", "100-300", "20,000"]}).words
    >>> for part in crowd(words).values():
    ...     print(part.name("read").to_pyarrow().to_pylist())
    ['24', None, '601', '100', '20000']
    [None, '200', None, None, '20000']
    ['99', None, None, '300', '20000']
    """
    import ibis

    said = _said(text)
    plain = said.re_replace(_worded("about"), "")
    (low, best, high), (fewest, most) = _one(said), _two(plain)
    shared_unit = plain.re_search(SHORTENED)  # "2-3,000": two thousand, or two?
    one, two = said.re_search(ONE), plain.re_search(TWO) & (fewest <= most) & ~shared_unit
    found = {
        "size_low": ibis.cases((one, low), (two, fewest), else_=None),
        "size_best": ibis.ifelse(one, best, None),
        "size_high": ibis.cases((one, high), (two, most), else_=None),
    }
    return {name: number.cast("int64").cast("string") for name, number in found.items()}


def read_crowds(texts: pd.Series) -> pd.DataFrame:
    """
    Read crowd sizes here and now.

    Parameters
    ----------
    texts : Series of str
        Crowd sizes as worded, such as `size_text` of `load_events()`.

    Returns
    -------
    DataFrame of Int64, shape (n_texts, 3)
        `size_low`, `size_best`, `size_high`, persons, with the index of the texts.

    Examples
    --------
    >>> read_crowds(pd.Series(["hundreds", "at least 500", "no report"])).to_numpy().tolist()
    [[200, <NA>, 999], [500, <NA>, <NA>], [<NA>, <NA>, <NA>]]
    """
    import ibis

    listed = [None if pd.isna(text) else str(text) for text in texts]
    table = ibis.memtable({"row": range(len(listed)), "text": listed}, schema={"row": "int64", "text": "string"})
    sizes = table.select("row", **crowd(table.text)).order_by("row").drop("row").to_pyarrow().to_pandas()
    return sizes.astype("Int64").set_axis(texts.index)


def _said(text: ir.StringValue) -> ir.StringValue:
    """Write a text in lower case, without notes in brackets and without the persons that are counted."""
    return text.lower().re_replace(NOTE, " ").re_replace(BLANKS, " ").strip().re_replace(NOUNS, "")


def _one(said: ir.StringValue) -> tuple[ir.IntegerValue, ir.IntegerValue, ir.IntegerValue]:
    """Lowest, best and highest of one amount, by the words around it."""
    import ibis

    amount = said.re_replace(BEFORE, "").re_replace(MORE, "")
    above = said.re_search(MORE) | said.re_search(_worded("at_least", "more_than"))
    below = said.re_search(_worded("up_to", "fewer_than"))
    number, about = _number(amount), said.re_search(_worded("about"))
    low, high = (ibis.ifelse(about, None, number).fill_null(_vague(amount, side)) for side in (0, 1))
    low += said.re_search(_worded("more_than")).cast("int64")
    high -= said.re_search(_worded("fewer_than")).cast("int64")
    return ibis.ifelse(below, None, low), ibis.ifelse(above | below, None, number), ibis.ifelse(above, None, high)


def _two(said: ir.StringValue) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """Lowest and highest of two amounts; in "5-6 thousand" the unit belongs to both."""
    import ibis

    first, second = said.re_extract(PARTS, 1), said.re_extract(PARTS, 2)
    shared = ~first.re_search(f"{_UNIT}$") & (_count(first) < _count(second))
    low = _count(first) * ibis.ifelse(shared, _unit(second), _unit(first))
    return low.round().cast("int64").fill_null(_vague(first, 0)), _number(second).fill_null(_vague(second, 1))


def _vague(amount: ir.StringValue, side: int) -> ir.IntegerValue:
    bounds = [(word, bound[side]) for word, bound in VAGUE.items() if bound[side] is not None]
    return amount.cases(*bounds, else_=None)


def _number(amount: ir.StringValue) -> ir.IntegerValue:
    """Read the number that an amount states; missing for a vague word."""
    return (_count(amount) * _unit(amount)).round().cast("int64")


def _count(amount: ir.StringValue) -> ir.FloatingValue:
    digits = amount.re_extract(f"^([0-9][0-9.,'\u2019 ]*?)(?: {_UNIT})?$", 1).re_replace("[,'\u2019 ]", "")
    numeral = amount.re_extract(f"^({_NUMERAL})(?: {_UNIT})?$", 1)
    return digits.nullif("").fill_null(numeral.cases(*NUMERALS.items(), else_=None)).cast("float64")


def _unit(amount: ir.StringValue) -> ir.IntegerValue:
    return amount.re_extract(f"({_UNIT})$", 1).cases(*UNITS.items(), else_=1)
