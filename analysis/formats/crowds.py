"""
Crowd sizes as newspapers word them: "dozens", "about 200", "between 100 and several hundred".

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

import math
import re
from collections.abc import Iterable
from types import MappingProxyType

import pandas as pd

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


def _worded(*meanings: str) -> re.Pattern[str]:
    """Write a regular expression for a beginning with words of these meanings."""
    return re.compile(f"^(?:{_either(word for word, meaning in WORDED.items() if meaning in meanings)}) ?")


NOTE, BLANKS = re.compile(r"[(][^()]*[)]"), re.compile("[ \t\r\n\u00a0\u202f]+")
NOUNS = re.compile(f"(?:(?: of)?(?: the)? (?:{_either(PERSONS)}))+$")
ABOUT, BELOW, ABOVE = _worded("about"), _worded("up_to", "fewer_than"), _worded("at_least", "more_than")
FEWER, MORE_THAN, BEFORE = _worded("fewer_than"), _worded("more_than"), _worded(*WORDED.values())
MORE = re.compile("(?:[+]| plus| or more| and more)$")
_UNIT, _NUMERAL = (f"(?:{_either(words)})" for words in (UNITS, NUMERALS))
_WHOLE = "(?:[0-9]{1,3}(?:[,'\u2019 ][0-9][0-9][0-9])+|[0-9]{1,12})"
_NUMBER = f"{_WHOLE}(?: {_UNIT})?|[0-9]+[.][0-9]+ (?:thousand|million)|{_NUMERAL} {_UNIT}|(?:{_either(_NUMERALS)})"
_AMOUNT = f"(?:{_either(VAGUE)}|{_NUMBER})"
_DASH = " ?[-\u2013\u2014] ?"
ONE = re.compile(f"^(?:{BEFORE.pattern[1:]})?{_AMOUNT}(?:{MORE.pattern[:-1]})?$")
TWO = re.compile(f"^(?:(?:from )?{_AMOUNT}(?:{_DASH}| to )|between {_AMOUNT} (?:and|to) ){_AMOUNT}$")
SHORTENED = re.compile(f"^[^0-9]*[0-9]{{1,2}}(?:{_DASH}| to | and )[0-9]{{1,3}}[,'\u2019 ][0-9]{{3}}")
PARTS = re.compile(f"^(?:from |between )?(.*?)(?:{_DASH}| to | and )(.*)$")
UNIT, SEPARATORS = re.compile(f"{_UNIT}$"), re.compile("[,'\u2019 ]")
DIGITS = re.compile(f"^([0-9][0-9.,'\u2019 ]*?)(?: {_UNIT})?$")
NUMERAL = re.compile(f"^({_NUMERAL})(?: {_UNIT})?$")
NONE = (None, None)
_Size = tuple[int | None, int | None, int | None]


def read_crowds(texts: pd.Series) -> pd.DataFrame:
    """
    Read crowd sizes in words or digits.

    Parameters
    ----------
    texts : Series of str
        As worded, such as `size_text` of `load_events()`: "dozens", "about 200", "1,000-2,000", "more than 600 people",
        "200 (police) to 500 (organisers)".

    Returns
    -------
    DataFrame of Int64, shape (n_texts, 3)
        `size_low`, `size_best`, `size_high`, persons, with the index of the texts. Missing where the wording states
        none; all missing where it is not understood.

    Notes
    -----
    Bounds of vague words: Crowd Counting Consortium, data dictionary (size_low, size_high); see the text of the module.

    Examples
    --------
    >>> read_crowds(pd.Series(["hundreds", "about 200", "more than 600", "100-300", "no report"])).to_numpy().tolist()
    [[200, <NA>, 999], [<NA>, 200, <NA>], [601, <NA>, <NA>], [100, <NA>, 300], [<NA>, <NA>, <NA>]]
    """
    sizes = {text: _read(str(text)) for text in texts.dropna().unique()}
    unread = (None, None, None)
    rows = [unread if pd.isna(text) else sizes[text] for text in texts]
    return pd.DataFrame(rows, columns=["size_low", "size_best", "size_high"], dtype="Int64").set_axis(texts.index)


def _read(text: str) -> _Size:
    """Lowest, best and highest number of persons that a wording states."""
    said = _said(text)
    if ONE.search(said):
        return _one(said)
    plain = ABOUT.sub("", said)
    if TWO.search(plain) and not SHORTENED.search(plain):  # "2-3,000": two thousand, or two?
        low, high = _two(plain)
        if low is not None and high is not None and low <= high:
            return low, None, high
    return None, None, None


def _said(text: str) -> str:
    """Write a text in lower case, without notes in brackets and without the persons that are counted."""
    return NOUNS.sub("", BLANKS.sub(" ", NOTE.sub(" ", text.lower())).strip())


def _one(said: str) -> _Size:
    """Lowest, best and highest of one amount, by the words around it."""
    amount = MORE.sub("", BEFORE.sub("", said))
    number = _number(amount)
    low, high = (number, number) if number is not None and not ABOUT.search(said) else VAGUE.get(amount, (None, None))
    below, above = BELOW.search(said), ABOVE.search(said) or MORE.search(said)
    if below:
        return None, None, None if above else _plus(high, -1 if FEWER.search(said) else 0)
    low = _plus(low, 1 if MORE_THAN.search(said) else 0)
    return (low, None, None) if above else (low, number, high)


def _two(said: str) -> tuple[int | None, int | None]:
    """Lowest and highest of two amounts; in "5-6 thousand" the unit belongs to both."""
    first, second = PARTS.search(said).groups()  # type: ignore[union-attr] # what matches TWO has parts
    one, other = _count(first), _count(second)
    if one is not None and other is not None and one < other and not UNIT.search(first):
        return _whole(one * _unit(second)), _number(second)
    return _number(first, VAGUE.get(first, NONE)[0]), _number(second, VAGUE.get(second, NONE)[1])


def _number(amount: str, vague: int | None = None) -> int | None:
    """Read the number that an amount states; a vague word has none of its own."""
    count = _count(amount)
    return vague if count is None else _whole(count * _unit(amount))


def _count(amount: str) -> float | None:
    if digits := DIGITS.search(amount):
        return float(SEPARATORS.sub("", digits[1]))
    numeral = NUMERAL.search(amount)
    return float(NUMERALS[numeral[1]]) if numeral else None


def _unit(amount: str) -> int:
    unit = UNIT.search(amount)
    return UNITS[unit[0]] if unit else 1


def _whole(number: float) -> int:
    return math.floor(number + 0.5)


def _plus(number: int | None, more: int) -> int | None:
    return None if number is None else number + more
