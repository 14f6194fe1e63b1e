"""
Powell and Thyne: coup attempts in the world since 1950, one row per attempt.

Jonathan Powell and Clayton Thyne list "illegal and overt attempts by the military or other elites within the state
apparatus to unseat the sitting executive"; an attempt succeeded if its makers held power for seven days at least.

Read are the list of attempts (`powell_thyne_coups_final.txt`, separated by tabs) and copies of it as CSV, in every
vintage: `country`, `ccode`, `year`, `month`, `day`, `coup` and, later, `ccode_gw`, `ccode_polity`, `version`.
Checked against the version of 29 November 2022: 488 attempts, 1950 to 2022. Of these, 457 are from 1950 to 2010,
the number Powell and Thyne (2011) publish for those years.

The file has no ids: an event's id is the country number and the day, such as `41-1950-05-10`; the list has no two
attempts in one country on one day. The event type is "Strategic developments" / "Other", for ACLED's vocabulary has
no coup; `action` is "coup_attempt" and `outcome` "successful" or "failed". The list says nothing of deaths or crowds.

Traps
-----
- `coup` is 1 for failed and 2 for successful, so its sum or mean is no count and no rate.
- `ccode` is a Correlates of War number, used also before a state was a member of that system: Syria on 28 September
  1961, Oman in 1970, the Comoros in August 1975. On such days the name of the country decides.
- `powell_thyne_ccode_year.txt` is a table of countries and years with up to four coups a row: no events, not read.
- The list is revised all the time; outcomes of old attempts change too. Cite the version (`powell_thyne_version`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import iso

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "powell_thyne"
TABLE = "events"
CITATION = (
    "Powell, Jonathan M., and Clayton L. Thyne (2011). Global instances of coups from 1950 to 2010: A new dataset. "
    "Journal of Peace Research 48(2): 249-259."
)
CODES = "cow"
MISSING = ("NA",)
HEADER = {"country", "ccode", "year", "month", "day", "coup"}
MAY_HAVE = {"ccode_gw", "ccode_polity", "version"}
OUTCOMES = MappingProxyType({"1": "failed", "2": "successful"})


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of the list of coup attempts."""
    return any(set(header) >= HEADER and set(header) <= HEADER | MAY_HAVE for header in headers.values())


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why the table of countries and years is not read."""
    if any({"ccode", "year", "coup1", "coup2"} <= set(header) for header in headers.values()):
        return "this is Powell and Thyne's table of countries and years; read powell_thyne_coups_final.txt, its events"
    return None


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    date = iso(raw.year, raw.month, raw.day)
    return {
        "event_id": raw.ccode.concat("-", date),
        "date": date,
        "date_precision": ibis.literal("1"),
        "event_type": ibis.literal("Strategic developments"),
        "sub_event_type": ibis.literal("Other"),
        "action": ibis.literal("coup_attempt"),
        "country_code": raw.ccode,
        "country": raw.country,
        "outcome": raw.coup.cases(*OUTCOMES.items(), else_=raw.coup),
    }
