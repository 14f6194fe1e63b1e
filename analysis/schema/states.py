"""The table of country codes by date: what each number or name of a published list of states meant, and when."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from analysis.columns import day, text
from analysis.countries import iso3_codes
from analysis.schema.common import ISO_3166_1, table

LISTS = (
    "gw: Gleditsch & Ward (1999), list of independent states and list of microstates, with updates; "
    "cow: Correlates of War, State System Membership v2016; polity: Polity5 (2018); "
    "fips: FIPS 10-4 as GDELT writes it; iso_numeric: ISO 3166-1 and UN M49"
)


def _in_order(states: pd.DataFrame) -> pd.Series:
    """Whether each span ends on or after its first day; an open end has no order."""
    return (states["start"] <= states["end"]) | states["start"].isna() | states["end"].isna()


STATES = table(
    "states",
    "Codes of states by date",
    "One row per code or name of a list of states and span of days in which it meant one country.",
    "system code start",
    {
        "system": text(
            "List the code is of.",
            need="key",
            allowed=["cow", "fips", "gw", "iso2", "iso3", "iso_numeric", "name", "polity"],
            rule="Of iso2, iso3, iso_numeric and name only what is not in today's ISO 3166-1, or depends on the date.",
            vocabulary=LISTS,
        ),
        "code": text(
            "Code as its publisher prints it; for name, the name.",
            need="key",
            rule="gw, cow and polity without leading zeros; iso_numeric with three digits.",
        ),
        "name": text("Name of the state in that span.", need="key"),
        "country_iso3": text(
            "Country code; empty where ISO 3166 has none.",
            among=iso3_codes(),
            said="an ISO 3166-1 alpha-3 code, such as KGZ",
            rule="A state that ended before ISO 3166 has the code of the one state that carried it on; one that split "
            "up or was merged into several has none. A state that only changed its name has today's code.",
            vocabulary=ISO_3166_1,
        ),
        "start": day("First day of the span.", rule="Empty is open. The lists gw and cow begin with 1816."),
        "end": day("Last day of the span.", rule="Empty is open."),
        "notes": text("What a reader of the row should know."),
    },
    checks=[pa.Check(_in_order, error="start <= end in the same row")],
)
