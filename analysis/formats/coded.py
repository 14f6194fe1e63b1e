"""What publishers of tables share: countries by code and day, codes written as words, dates in parts."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pandas as pd

from analysis.states import FIRST_DAY, LAST_DAY, lookup

DAYS_OF_LONG_MONTHS = ("29", "30", "31")


@functools.cache
def spells_of(system: str, names: bool = False) -> pd.DataFrame:
    """
    List what the codes of a system mean on any date.

    Publishers use the codes of their list for places before independence and under occupation too: outside the days on
    which the list holds a code, it means the state it meant next, or else last.

    Parameters
    ----------
    system : str
        List they are of, a key of `states.lookup`.
    names : bool
        Whether names of countries stand among the codes.

    Returns
    -------
    DataFrame of str
        `code`, `country_iso3`, `start`, `end` as in `states.lookup`; the spans of a code have no days between them.

    Examples
    --------
    >>> spells_of("gw").query("code == '265'").to_numpy().tolist()
    [['265', 'DDR', '0001-01-01', '9999-12-31']]
    """
    spans = lookup(system)
    if names:
        helping = lookup("name").loc[lambda name: ~name["code"].str.fullmatch("[0-9]+")]
        spans = pd.concat([spans, helping], ignore_index=True)
    spans = spans.sort_values(["code", "start"], ignore_index=True)
    same = spans["code"].eq(spans["code"].shift())
    before = pd.to_datetime(spans["end"].where(spans["end"] < LAST_DAY), format="%Y-%m-%d").shift() + pd.Timedelta("1D")
    follows = before.dt.strftime("%Y-%m-%d")
    last = spans["code"].ne(spans["code"].shift(-1))
    return spans.assign(start=follows.where(same, FIRST_DAY), end=spans["end"].mask(last, LAST_DAY))


def country(codes: pd.Series, system: str, days: pd.Series) -> pd.Series:
    """
    Resolve a publisher's country codes, also on days on which the list has no such state: see `spells_of`.

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
        ISO 3166-1 alpha-3; "" where the code then meant no country of ISO 3166. A code that is not on the list stays
        as found.

    Examples
    --------
    >>> codes, days = pd.Series(["365", "615", "300", "999"]), pd.Series(["1990-12-31", "1954-11-01", "1900-01-01", ""])
    >>> country(codes, "gw", days).tolist()
    ['SUN', 'DZA', '', '999']
    """
    keys = pd.DataFrame({"code": codes.str.strip().str.lstrip("0"), "day": days})
    met = keys.drop_duplicates().merge(spells_of(system), on="code")
    meant = met[met["day"].between(met["start"], met["end"])].set_index(["code", "day"])["country_iso3"].fillna("")
    found = meant.reindex(pd.MultiIndex.from_frame(keys)).set_axis(codes.index)
    return found.fillna(codes.str.strip()).astype("str")


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
