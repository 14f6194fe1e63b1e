"""What publishers of tables share: countries by code and day, codes written as words, dates in parts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.states import lookup, resolve

DAYS_OF_LONG_MONTHS = ("29", "30", "31")


def country(codes: pd.Series, system: str, days: pd.Series) -> pd.Series:
    """
    Resolve a publisher's country codes, also on days on which the list has no such state.

    Publishers use a number for the country as such, before its independence and under occupation too. Such a row has
    the country that the number meant next, or else last; a number that then meant no country of ISO 3166 gives "".

    Parameters
    ----------
    codes : Series of str
        Codes, "" where none.
    system : str
        List they are of, a key of `states.lookup`.
    days : Series of str
        Day of each row, YYYY-MM-DD.

    Returns
    -------
    Series of str
        ISO 3166-1 alpha-3; a code that is not on the list stays as found.

    Examples
    --------
    >>> codes, days = pd.Series(["365", "615", "300", "999"]), pd.Series(["1990-12-31", "1954-11-01", "1900-01-01", ""])
    >>> country(codes, "gw", days).tolist()
    ['SUN', 'DZA', '', '999']
    """
    keys = codes.str.strip()
    found = resolve(keys, system, days)
    open_ = found.isna() & (keys != "")
    spans = {str(code): part for code, part in lookup(system).groupby("code")}
    pairs = list(zip(keys[open_], days[open_], strict=True))
    near = {(code, day): _near(code, day, spans) for code, day in set(pairs)}
    rest = pd.Series([near[pair] for pair in pairs], index=codes.index[open_], dtype="str")
    return found.fillna("").mask(open_, rest.reindex(codes.index))


def _near(code: str, day: str, spans: Mapping[str, pd.DataFrame]) -> str:
    """Country of a code on a day on which `resolve` knows none."""
    own = spans.get(code.lstrip("0"))
    if own is None:
        return code
    covering = own[(own["start"] <= day) & (day <= own["end"])]
    if len(covering):
        return ""
    later = own[own["start"] > day]
    meant = (later if len(later) else own.iloc[::-1])["country_iso3"].iloc[0]
    return "" if pd.isna(meant) else str(meant)


def words(cells: pd.Series, meaning: Mapping[str, str]) -> pd.Series:
    """
    Write codes as words; a code that is not known stays as found.

    Examples
    --------
    >>> words(pd.Series(["1", " 2", "7", ""]), {"1": "minor", "2": "war"}).tolist()
    ['minor', 'war', '7', '']
    """
    stripped = cells.str.strip()
    return stripped.map(dict(meaning)).fillna(stripped).astype("str")


def days(year: pd.Series, month: pd.Series, day: pd.Series, *, missing: str = "01") -> tuple[pd.Series, pd.Series]:
    """
    Join the parts of a date.

    Parameters
    ----------
    year, month, day : Series of str
        Parts as found; a day may be empty.
    missing : {"01", "last"}
        Day to write where only the month is known.

    Returns
    -------
    date : Series of str
        YYYY-MM-DD, "" where there is no year; parts that are no date are joined as found.
    precision : Series of str
        "1" the day, "3" the month: there is no day, or the month has no such day (31 November).

    Examples
    --------
    >>> parts = [pd.Series(part) for part in (["2005", "2025", "2012"], ["3", "11", "2"], ["", "31", "x"])]
    >>> date, precision = days(*parts)
    >>> date.tolist(), precision.tolist()
    (['2005-03-01', '2025-11-01', '2012-02-0x'], ['3', '3', '1'])
    """
    stem = year.str.strip() + "-" + month.str.strip().str.zfill(2) + "-"
    of_month = day.str.strip().str.zfill(2).where(day.str.strip() != "", "")
    first = pd.to_datetime(stem + "01", format="%Y-%m-%d", errors="coerce")
    last = (first + pd.offsets.MonthEnd(0)).dt.strftime("%d")
    beyond = of_month.isin(DAYS_OF_LONG_MONTHS) & (of_month > last)
    vague = (of_month == "") | beyond
    filled = of_month.mask(vague, last.fillna("01") if missing == "last" else "01")
    there = year.str.strip() != ""
    precision = vague.map({True: "3", False: "1"}).astype("str")
    return (stem + filled).where(there, "").astype("str"), precision.where(there, "").astype("str")


def within(low: pd.Series, best: pd.Series, high: pd.Series) -> tuple[pd.Series, pd.Series]:
    """
    Widen an interval until it holds the best figure, which is kept as published.

    Examples
    --------
    >>> low, high = within(pd.Series(["124", "1"]), pd.Series(["118", "2"]), pd.Series(["288", ""]))
    >>> low.tolist(), high.tolist()
    (['118', '1'], ['288', ''])
    """
    least, middle, most = (pd.to_numeric(cells, errors="coerce") for cells in (low, best, high))
    return low.mask(least > middle, best), high.mask(most < middle, best)
