"""
Polity5: authority characteristics of states by year, 1776-2018, Center for Systemic Peace.

p5v2018 (country-years; save the .xls or .sav as CSV or .xlsx), and the copy in the R package democracyData
(`polity_annual_ccode`), against which this was written: 17,574 rows to 2020. One row per country of Polity and year,
scored as of 31 December.

Traps. -66, -77 and -88 are not scores: foreign interruption, interregnum, transition. A mean over them is nonsense, and
`polity` has 809 of them. Here `democ`, `autoc` and `polity` are then empty and `polity_state` says which; the prefixed
columns keep them, also the components (`polity_xrreg`, ...). `polity2` is the score for time series: 0 for
interregnums, interpolated in transitions, empty in interruptions; those zeros are no measurements. `ccode` is Polity's
own and differs from the Correlates of War (529 Ethiopia from 1993, 341 Kosovo, 347 Serbia and Montenegro). In the year
of a change two codes have a row (Ethiopia 1993, Sudan 2011, Yemen 1990): `country_iso3` and year are not unique.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import country

NAME = "polity"
TABLE = "country_years"
CITATION = (
    "Marshall, Monty G. & Ted Robert Gurr (2020), Polity5: Political Regime Characteristics and Transitions, "
    "1800-2018, Dataset Users' Manual, Center for Systemic Peace, systemicpeace.org."
)
CALLED = {
    "country_code": "ccode",
    "country_iso3": "ccode",
    "country": "country",
    "year": "year",
    "democ": "democ",
    "autoc": "autoc",
    "polity": "polity",
    "polity2": "polity2",
    "durable": "durable",
}
STATES = {"-66": "interruption", "-77": "interregnum", "-88": "transition"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of Polity's country-years."""
    (header,) = headers.values()
    return {"cyear", "scode", "year", "democ", "autoc", "polity", "polity2"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write country-years in our columns; see the module."""
    code, name = (raw[mine if mine in raw else f"polity_annual_{mine}"] for mine in ("ccode", "country"))
    date = raw["year"].str.strip() + "-12-31"
    scores = {score: raw[score].mask(raw[score].str.strip().isin(STATES), "") for score in ("democ", "autoc", "polity")}
    return pd.DataFrame(
        {
            "country_code": code,
            "country_iso3": country(code, "polity", date),
            "country": name,
            "year": raw["year"],
            "date": date,
            **scores,
            "polity2": raw["polity2"],
            "polity_state": raw["polity"].str.strip().map(STATES).fillna(""),
            "durable": raw["durable"],
        }
    )
