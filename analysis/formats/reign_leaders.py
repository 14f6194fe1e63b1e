"""
REIGN: leaders in office since 1950 or independence, by Curtis Bell, One Earth Future; collected to August 2021.

leaderlist_*.csv of the Rulers, Elections, and Irregular Governance dataset, one row per spell of the effective ruler.
Written against a real copy of March 2021 (2,524 spells; two of its columns have no name). `ccode` is a number of the
Correlates of War. The list continues Archigos, with its old ids (`leadid` A2.9-...), but says nothing of entry and
exit.

Traps. The end has a month and a year but no day: `end` is the last day of that month, `end_precision` 3. Spells still
open have no end (194): censored. Unknown birth years and genders are -99; all of these are captains regent of San
Marino. `gender` is 1 for men. `leadid` A2.9-6199 stands for two persons of Iceland; a spell is `leadid` and its first
day. The text is in UTF-8 with single bytes of Windows-1252.

The regimes of REIGN (regime_list*.csv, and by country and year in the R package democracyData) are not read: a country
has several in a year, with no rule which one counts.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import country, days, words
from analysis.reading import Dialect

NAME = "reign_leaders"
TABLE = "leaders"
CITATION = (
    "Bell, Curtis, Clayton Besaw & Matthew Frank (2021), The Rulers, Elections, and Irregular Governance (REIGN) "
    "Dataset, Broomfield, CO: One Earth Future."
)
DIALECT = Dialect(stray="cp1252")
CALLED = {
    "spell_id": "leadid",
    "leader_id": "leadid",
    "leader": "leader",
    "country_iso3": "ccode",
    "start": "sdate",
    "end": "emonth",
    "birth_year": "birthyear",
    "gender": "gender",
}
GENDERS = {"1": "male", "0": "female", "-99": ""}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of the list of leaders."""
    (header,) = headers.values()
    return {"ccode", "leadid", "leader", "sdate", "smonth", "syear", "emonth", "eyear"} <= set(header)


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why regimes are not read."""
    (header,) = headers.values()
    if {"gwf_casename", "gwf_startdate", "gwf_enddate", "gwf_regimetype"} <= set(header):
        return (
            "regimes of REIGN are not read: a country has several in a year, and the file does not say which counts; "
            "its lists of leaders and elections are read"
        )
    return None


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write spells in our columns; see the module."""
    start, start_precision = days(raw["syear"], raw["smonth"], raw["sdate"])
    unknown = pd.Series("", index=raw.index)
    end, end_precision = days(raw["eyear"], raw["emonth"], unknown, missing="last")
    held = (raw["eyear"].str.strip() == "") & (raw["emonth"].str.strip() == "")
    return pd.DataFrame(
        {
            "spell_id": raw["leadid"].str.strip() + "-" + start,
            "leader_id": raw["leadid"],
            "leader": raw["leader"],
            "country_iso3": country(raw["ccode"], "cow", start),
            "start": start,
            "start_precision": start_precision,
            "end": end,
            "end_precision": end_precision,
            "in_office": held.map({True: "1", False: "0"}),
            "birth_year": raw["birthyear"].mask(raw["birthyear"].str.strip() == "-99", ""),
            "gender": words(raw["gender"], GENDERS),
        }
    )
