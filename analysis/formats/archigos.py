"""
Archigos: effective rulers of independent states, 1875-2015, by Goemans, Gleditsch & Chiozza.

Version 4.1, one row per spell in office (`obsid`, such as KYR-2005); 3,409 spells. Read against the copy in the R
package peacesciencer (11 of the columns, `gwcode`); the original (Archigos_4.1.txt and .dta, `ccode`, `idacr`,
`eindate`, `eoutdate` and more) from its codebook. `ccode` is a number of Gleditsch & Ward, not of the Correlates of
War, although it bears the name; the country is that of the first day in office.

Traps. Spells still open when the data were closed end on that day (31 December 2015, for a few 2014) with exit "Still
in Office": they are censored, so here `end` and `exit` are empty, `in_office` is 1 and `observed_until` that day. Years
of birth that are not known are negative (-999, -777). `leadid` is the person, with several spells; `obsid` is the
spell. Some rulers held office before their country was independent; rulers of Prussia, Austria-Hungary, Bavaria,
Zanzibar, Transvaal, the Orange Free State, Tibet and Korea before 1910 have no ISO code.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import country, words

NAME = "archigos"
TABLE = "leaders"
CITATION = (
    "Goemans, Henk E., Kristian Skrede Gleditsch & Giacomo Chiozza (2009), Introducing Archigos: A Dataset of "
    "Political Leaders, Journal of Peace Research 46(2), 269-283, version 4.1."
)
CALLED = {
    "spell_id": "obsid",
    "leader_id": "leadid",
    "leader": "leader",
    "country_iso3": "ccode",
    "start": "startdate",
    "end": "enddate",
    "observed_until": "enddate",
    "entry": "entry",
    "exit": "exit",
    "exit_detail": "exitcode",
    "birth_year": "yrborn",
    "gender": "gender",
}
IN_OFFICE = "Still in Office"
ENTRIES = {"Regular": "regular", "Irregular": "irregular", "Foreign Imposition": "foreign", "Unknown": "unknown"}
EXITS = {
    "Regular": "regular",
    "Irregular": "irregular",
    "Foreign": "foreign",
    "Natural Death": "natural_death",
    "Retired Due to Ill Health": "ill_health",
    "Suicide": "suicide",
    "Unknown": "unknown",
    IN_OFFICE: "",
}
GENDERS = {"M": "male", "F": "female", "W": "female"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of Archigos 4."""
    (header,) = headers.values()
    return {"obsid", "leadid", "startdate", "enddate", "entry", "exit", "exitcode"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write spells in our columns; see the module."""
    start, end = raw["startdate"].str[:10], raw["enddate"].str[:10]
    held = raw["exit"].str.strip() == IN_OFFICE
    code = raw["gwcode"] if "gwcode" in raw else raw["ccode"]
    return pd.DataFrame(
        {
            "spell_id": raw["obsid"],
            "leader_id": raw["leadid"],
            "leader": raw["leader"],
            "country_iso3": country(code, "gw", start),
            "start": start,
            "start_precision": "1",
            "end": end.mask(held, ""),
            "end_precision": held.map({True: "", False: "1"}),
            "in_office": held.map({True: "1", False: "0"}),
            "observed_until": end.where(held, ""),
            "entry": words(raw["entry"], ENTRIES),
            "exit": words(raw["exit"], EXITS),
            "exit_detail": raw["exitcode"],
            "birth_year": raw["yrborn"].mask(raw["yrborn"].str.startswith("-"), ""),
            "gender": words(raw["gender"], GENDERS),
        }
    )
