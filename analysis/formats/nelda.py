"""
NELDA: national elections 1945-2020, by Susan Hyde and Nikolay Marinov.

National Elections Across Democracy and Autocracy, version 6; one row per ROUND of a direct national election, and,
where the executive and a legislature are elected on one day, one row each. Written from the codebook, without a real
copy. Columns `stateid`, `ccode` (Correlates of War), `country`, `electionid` (USA-1948-1102-P1), `types`, `year`,
`mmdd`, `nelda1` to `nelda58` with "yes", "no", "unclear", "N/A", and notes.

Traps. `mmdd` is a number in most copies, so its leading zero is gone: 704 is 4 July. Rounds are rows: the unit is not
the election. "unclear" is no "no", and "N/A" means that the question does not arise: both stay as they are in
`nelda_nelda*`. Presidents elected by a parliament, by-elections and referendums are not in the data.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import country, words

NAME = "nelda"
TABLE = "elections"
CITATION = (
    "Hyde, Susan D. & Nikolay Marinov (2012), Which Elections Can Be Lost?, Political Analysis 20(2), 191-210; "
    "National Elections Across Democracy and Autocracy dataset, nelda.co. Name the version."
)
CALLED = {"election_id": "electionid", "country_iso3": "ccode", "date": "mmdd", "kind": "types"}
KINDS = {
    "Executive": "presidential",
    "Legislative/Parliamentary": "parliamentary",
    "Constituent Assembly": "constituent",
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of NELDA."""
    (header,) = headers.values()
    return {"electionid", "types", "year", "mmdd", "ccode", "nelda1"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write rounds of elections in our columns; see the module."""
    within = raw["mmdd"].str.strip().str.zfill(4)
    date = raw["year"].str.strip() + "-" + within.str[:-2] + "-" + within.str[-2:]
    return pd.DataFrame(
        {
            "election_id": raw["electionid"],
            "country_iso3": country(raw["ccode"], "cow", date),
            "date": date,
            "date_precision": "1",
            "event": "vote",
            "kind": words(raw["types"], KINDS),
        }
    )
