"""
REIGN: elections and what led to them since 1950, by Curtis Bell, One Earth Future; collected to August 2021.

electionlist_*.csv of the Rulers, Elections, and Irregular Governance dataset: elections and referendums that could
decide who rules. Written against a real copy of March 2021 (4,351 rows). One row per step (`event`) of an election
(`elecnum`): 2,803 rows are votes; the others are announcements, deadlines met or missed, delays, votes that were voided
or overtaken by the fall of a regime, and votes still to come. `type` is L parliamentary, X presidential (the executive,
also where a parliament elects it: `reign_elections_direct` is N), R referendum. `ccode` is a number of the Correlates
of War.

Traps. Counting rows counts announcements: keep `event == "vote"`. The day is a blank where only the month is known (989
rows, 166 of the votes): `date` is the first of the month, `date_precision` 3; a deadline of "31 November" too. Some
votes predate independence. The spelling of events varies ("Deadline, Met", "Anulled"). A number that is on no list (533
for Malawi) is read by the country's name. Rows of the future are forecasts of March 2021.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import country, days, words
from analysis.states import resolve

NAME = "reign_elections"
TABLE = "elections"
CITATION = (
    "Bell, Curtis, Clayton Besaw & Matthew Frank (2021), The Rulers, Elections, and Irregular Governance (REIGN) "
    "Dataset, Broomfield, CO: One Earth Future."
)
CALLED = {
    "election_id": "elecnum",
    "country_iso3": "ccode",
    "date": "elec_day",
    "event": "event",
    "kind": "type",
}
KINDS = {"L": "parliamentary", "X": "presidential", "R": "referendum"}
EVENTS = {
    "vote as scheduled": "vote",
    "vote early": "vote",
    "announced": "announcement",
    "announcement": "announcement",
    "announcement assumed": "announcement",
    "upcoming scheduled": "scheduled",
    "upcoming deadline": "deadline",
    "deadline met": "deadline",
    "deadline not met": "deadline",
    "delay": "delay",
    "delay announced": "delay",
    "voided": "voided",
    "voided by regime change": "voided",
    "anulled": "voided",
    "regime failure": "regime_failure",
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of the list of elections."""
    (header,) = headers.values()
    return {"ccode", "elecnum", "elec_year", "elec_month", "elec_day", "sequence", "event", "type"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write steps of elections in our columns; see the module."""
    date, date_precision = days(raw["elec_year"], raw["elec_month"], raw["elec_day"])
    known = raw["event"].str.lower().str.replace(",", "").str.strip().map(EVENTS)
    coded = country(raw["ccode"], "cow", date)
    named = resolve(raw["country"], "name", date)
    return pd.DataFrame(
        {
            "election_id": raw["elecnum"].str.strip() + "-" + raw["sequence"].str.strip(),
            "country_iso3": coded.mask((coded == raw["ccode"].str.strip()) & named.notna(), named),
            "date": date,
            "date_precision": date_precision,
            "event": known.fillna(raw["event"]),
            "kind": words(raw["type"], KINDS),
        }
    )
