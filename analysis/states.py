"""
One country key, right by date: the codes and names of published lists to ISO 3166-1 alpha-3.

A number of Gleditsch & Ward or Correlates of War stands for a state, and states end: 365 is the Soviet Union until
25 December 1991 and Russia from the next day. The bundled table `states` holds, for each code, the spans of days in
which it meant one country; today's ISO 3166-1 codes and names come from pycountry and have no dates.

Rules of the table. A code is unknown outside the spans of its own list: before independence, under occupation, after
the end. ISO's own rules decide what a country is: Yugoslavia (YUG) is Serbia and Montenegro (SCG) from 4 February 2003
and Serbia (SRB) from 5 June 2006; East Germany (DDR), South Yemen (YMD) and North Vietnam (VDR, to 1 July 1976) have
codes of their own, while West Germany, North Yemen and South Vietnam have those of the united country (DEU, YEM, VNM).
A country that changed its name only, such as Zaire or Burma, has today's code. A state that ended before ISO 3166
has the code of the one state that carried it on (the Ottoman Empire TUR, the Russian Empire RUS); one that split up
or was merged into several has none (Austria-Hungary, Prussia, Zanzibar) and resolves to missing. Names and FIPS codes
of today's countries mean the place, on any date; names of states that ended mean nothing after their end.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import pandas as pd
import pycountry

from analysis.bundled import Opened, data_folder, note_read
from analysis.columns import DTYPES, DataError, parse, to_text
from analysis.countries import iso3_codes, iso3_names, plain
from analysis.options import known
from analysis.reading import read, validate
from analysis.schema import TABLES

SYSTEMS = ("cow", "fips", "gw", "iso2", "iso3", "iso_numeric", "name", "polity")
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


def states() -> pd.DataFrame:
    """
    Load the bundled table of state codes by date.

    Returns
    -------
    DataFrame, shape (n_spans, 7)
        Columns as in `dictionary("states")`; `start` and `end` are days, missing where open.

    Examples
    --------
    >>> east = states().query("system == 'gw' and code == '265'").iloc[0]
    >>> east["country_iso3"], str(east["end"].date())
    ('DDR', '1990-10-02')
    """
    return _states().copy()


def _states() -> pd.DataFrame:
    table, opened = _opened()
    note_read(opened)
    return table


@functools.cache
def _opened() -> tuple[pd.DataFrame, Opened]:
    path = data_folder() / "states.csv"
    table, problems = validate(read(path, TABLES["states"]), TABLES["states"])
    if len(problems):
        raise DataError(problems)
    return table, Opened("states", path.read_bytes())


def lookup(system: str) -> pd.DataFrame:
    """
    List the codes of a system as text, to be joined by code and span of days.

    Parameters
    ----------
    system : {"cow", "fips", "gw", "iso2", "iso3", "iso_numeric", "name", "polity"}
        Whose codes.

    Returns
    -------
    DataFrame of str, shape (n_spans, 4)
        `code`, `country_iso3`, `start`, `end`, sorted by code and start. Days are written YYYY-MM-DD, an open start as
        0001-01-01 and an open end as 9999-12-31; both days belong to the span, and spans of one code never overlap.
        `country_iso3` is missing where the code means no country of ISO 3166. Names are in lower case, without
        accents, every run of other characters than letters and digits a blank: "cote d ivoire".

    Raises
    ------
    ValueError
        If there is no such system.

    Examples
    --------
    >>> lookup("gw").query("code == '365'").to_numpy().tolist()[1:]
    [['365', 'SUN', '1922-12-30', '1991-12-25'], ['365', 'RUS', '1991-12-26', '9999-12-31']]
    """
    spans = _spans(known(system, SYSTEMS, "system of country codes"))
    days = {
        name: spans[name].dt.strftime("%Y-%m-%d").fillna(bound).astype("str")
        for name, bound in (("start", FIRST_DAY), ("end", LAST_DAY))
    }
    return spans.assign(**days)


def resolve(codes: pd.Series, system: str, dates: pd.Series | None = None) -> pd.Series:
    """
    Resolve country codes or names to ISO 3166-1 alpha-3, each on its date.

    Parameters
    ----------
    codes : Series, shape (n,)
        Codes as text or numbers; leading zeros and case do not matter. For "name", country names as ISO, UCDP, ICEWS,
        GTD, ParlGov, Polity, REIGN and Powell & Thyne write them; case, accents and punctuation do not matter.
    system : {"cow", "fips", "gw", "iso2", "iso3", "iso_numeric", "name", "polity"}
        List the codes are of: Correlates of War, FIPS 10-4 as GDELT writes it, Gleditsch & Ward, ISO 3166-1, names,
        Polity.
    dates : Series of datetime or YYYY-MM-DD text, shape (n,), optional
        Day of each row, in the same order. Without it a code means what it meant last: 365 is Russia.

    Returns
    -------
    Series of str, shape (n,)
        On the index of `codes`. Missing where the code is unknown, unknown on that day, or of no country of ISO 3166;
        and, for a row without a date, where the code has meant several countries.

    Raises
    ------
    ValueError
        If there is no such system, or `dates` is of another length than `codes`.

    Notes
    -----
    Lists: Gleditsch & Ward (1999), Interactions 25, 393-413, with updates; Correlates of War Project (2017), State
    System Membership v2016; Marshall & Gurr (2020), Polity5; FIPS 10-4 (withdrawn 2008); ISO 3166-1 and 3166-3.
    Polity differs from Correlates of War in 324 Sardinia, 341 Kosovo, 342 Serbia, 347 Yugoslavia from 1991 and Serbia
    and Montenegro, 348 Montenegro, 364 USSR, 525 South Sudan, 529 Ethiopia from 1993, 626 Sudan from 2011, 769 Pakistan
    to 1971 and 818 Vietnam from 1976; its records are of years, so its codes have no dates unless they changed meaning.

    Examples
    --------
    >>> codes, days = pd.Series([365, 365, 345]), pd.Series(["1991-12-25", "1991-12-26", "2006-06-05"])
    >>> resolve(codes, "gw", days).tolist()
    ['SUN', 'RUS', 'SRB']
    >>> resolve(pd.Series(["DR Congo (Zaire)", "Cote d'Ivoire"]), "name").tolist()
    ['COD', 'CIV']
    """
    spans = _spans(known(system, SYSTEMS, "system of country codes"))
    keys = _keys(to_text(codes).str.strip(), system)
    if dates is None:
        return keys.map(spans.drop_duplicates("code", keep="last").set_index("code")["country_iso3"]).astype("str")
    if len(dates) != len(codes):
        raise ValueError(f"dates must have one entry per code; there are {len(dates)} for {len(codes)} codes")
    rows = pd.DataFrame({"code": keys.to_numpy(), "day": _days(dates).to_numpy()})
    found = rows.merge(_on_day(rows.drop_duplicates(), spans), on=["code", "day"], how="left")
    return found["country_iso3"].set_axis(codes.index).astype("str").rename(codes.name)


def _on_day(pairs: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Country of each pair of code and day that has one."""
    kinds = spans.drop_duplicates(["code", "country_iso3"]).groupby("code").size()
    found = pairs.merge(spans, on="code")
    begun = found["start"].isna() | (found["start"] <= found["day"])
    ended = found["end"] < found["day"]
    undated = found["day"].isna() & (found["code"].map(kinds) == 1)
    chosen = found[(found["day"].notna() & begun & ~ended) | undated]
    return chosen.drop_duplicates(["code", "day"])[["code", "day", "country_iso3"]]


def _days(dates: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(dates):
        return dates.dt.tz_localize(None).dt.normalize().astype(DTYPES["day"])
    return parse(to_text(dates).str[:10], "day")[0]


def _keys(codes: pd.Series, system: str) -> pd.Series:
    """Write codes as the spans have them."""
    if system == "name":
        return codes.map({name: plain(name) for name in codes.unique()}).astype("str")
    if system == "iso_numeric":
        return codes.str.zfill(3)
    if system in ("cow", "gw", "polity"):
        return codes.str.lstrip("0")
    return codes.str.upper()


@functools.cache
def _spans(system: str) -> pd.DataFrame:
    """Spans of the codes of a system: those of the table, and today's ISO codes or names where it has none."""
    stored = _states().query("system == @system")[["code", "country_iso3", "start", "end"]]
    stored = stored.assign(code=_keys(stored["code"], system)).drop_duplicates()
    codes = _LISTED.get(system, dict)()
    listed = pd.DataFrame({"code": list(codes), "country_iso3": list(codes.values())}, dtype="str")
    listed = listed[~listed["code"].isin(stored["code"])].reindex(columns=stored.columns)
    every = pd.concat([stored, listed.astype(stored.dtypes)])
    return every.sort_values(["code", "start"], kind="stable", ignore_index=True)


def _alphabetic() -> dict[str, str]:
    """Two-letter codes of today, and those of former countries that were not given to another."""
    former = {old.alpha_2: _todays().get(old.alpha_3, old.alpha_3) for old in pycountry.historic_countries}
    return former | {country.alpha_2: country.alpha_3 for country in pycountry.countries}


def _numeric() -> dict[str, str]:
    """Numbers of today, and those of former countries that were not given to another."""
    former = {
        old.numeric: _todays().get(old.alpha_3, old.alpha_3)
        for old in pycountry.historic_countries
        if hasattr(old, "numeric")
    }
    return former | {country.numeric: country.alpha_3 for country in pycountry.countries}


def _todays() -> dict[str, str]:
    """Code of today for each former three-letter code of a country that only changed its name or was merged."""
    renamed = _states().query("system == 'iso3'")
    return dict(zip(renamed["code"], renamed["country_iso3"], strict=True))


_LISTED: dict[str, Callable[[], dict[str, str]]] = {
    "iso2": _alphabetic,
    "iso3": lambda: {code: code for code in iso3_codes()},
    "iso_numeric": _numeric,
    "name": iso3_names,
}
