"""
GTD: the Global Terrorism Database of START (University of Maryland), attacks by non-state actors from 1970 on.

Read are the full files, as .xlsx or saved as CSV (`globalterrorismdb_*`), of every version since 2012. The data are
given out on request only; this was written from the codebook (August 2021), without a real copy.

`date` is `iyear`, `imonth`, `iday`; `ATTACKS` says what becomes of `attacktype1`. An armed assault (2) on police or
the military (`targtype1` 3 or 4) is "Battles" / "Armed clash", on anybody else "Violence against civilians"; a
bombing (3) by suicide has its sub-event type. `actor1` is the group (`gname`, missing where "Unknown"), `actor2` and
`target` are `target1`, `summary` is `summary`. `specificity` 1 (the town) is `geo_precision` 2, 2 and 3 (middle of
the district) and 4 (of the province) are 3. The country is told by its name, on the date of the attack.

Traps
-----
- `iday` 0 is an unknown day: the first of the month with `date_precision` 3. `imonth` and `iday` 0 are an unknown
  month: 1 January with `date_precision` 4, which counts as imprecise in panels shorter than a year. Leave such rows
  out of anything by month. A day without a month is named by validation.
- 1993 was lost before the data were made digital. A year without rows is no year without attacks.
- Sources and methods changed in 1998, in April 2008 and in November 2011 (incidents from 2012 on): rises at those
  dates are not rises in terrorism.
- `nkill` counts perpetrators too (`nkillter`). Where one toll was stated for several attacks it is spread over them
  and may be a fraction: 2.5 becomes 2 to 3 without a best figure.
- -9 and -99 mean "unknown", an empty cell likewise; none is 0.
- `doubtterr` 1 marks cases that may not be terrorism; they are in the file. `success` 0 marks foiled attacks.
- `country` is a code of GTD's own, neither ISO nor COW; `country_txt` "International" is no country.
- A row is an incident; attacks that belong together are `multiple` 1 and list each other in `related`.
- Sums by country and year made from GTD are not events and are not read.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import iso

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "gtd"
TABLE = "events"
CITATION = (
    "START (National Consortium for the Study of Terrorism and Responses to Terrorism) (2022). Global Terrorism "
    "Database 1970 - 2020 [data file]. University of Maryland. https://www.start.umd.edu/gtd"
)
CODES = "name"
MISSING = ("NA", "-9", "-99")
HEADER = {"eventid", "iyear", "imonth", "iday", "country_txt", "attacktype1"}
ATTACKS = MappingProxyType(
    {
        "1": ("Violence against civilians", "Attack", "assassination"),
        "2": ("Violence against civilians", "Attack", "armed_assault"),
        "3": ("Explosions/Remote violence", None, "bombing"),
        "4": ("Violence against civilians", "Abduction/forced disappearance", "hijacking"),
        "5": ("Violence against civilians", "Abduction/forced disappearance", "hostage_taking"),
        "6": ("Violence against civilians", "Abduction/forced disappearance", "kidnapping"),
        "7": ("Strategic developments", "Looting/property destruction", "facility_attack"),
        "8": ("Violence against civilians", "Attack", "unarmed_assault"),
        "9": ("Strategic developments", "Other", "unknown_attack"),
    }
)
"""
Attack type -> type and sub-event type of ACLED, and the publisher's own class.

Hijackings and hostage takings hold people against their will. A facility attack is aimed at things. An unknown type
(9) says nothing that would make it a battle or violence against civilians.
"""
FORCES = ("3", "4")  # targtype1: police, military
PRECISIONS = MappingProxyType({"1": "2", "2": "3", "3": "3", "4": "3"})
GIVEN = MappingProxyType(
    {
        "actor2": "target1",
        "country": "country_txt",
        "admin1": "provstate",
        "location": "city",
        "latitude": "latitude",
        "longitude": "longitude",
        "target": "target1",
        "summary": "summary",
    }
)


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of the incidents."""
    return any(set(header) >= HEADER for header in headers.values())


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why sums made from GTD are not read."""
    for header in headers.values():
        names = set(header)
        by_year = "rownames" in names and {"1992", "1994"} <= names and "1993" not in names
        if by_year or {"country_txt", "iyear", "freq"} <= names or {"incidents", "nkill", "pna_nkill"} <= names:
            return "these are sums by year or country made from GTD, not its incidents; ask START for the full file"
    return None


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    dayless = raw.iday == "0"
    monthless = dayless & (raw.imonth == "0")
    kinds = [[(code, kind[part]) for code, kind in ATTACKS.items() if kind[part]] for part in range(3)]
    at_forces = (raw.attacktype1 == "2") & raw.targtype1.isin(FORCES)
    by_suicide = (raw.attacktype1 == "3") & (raw.suicide == "1")
    given = {ours: raw[name] for ours, name in GIVEN.items() if name in raw.columns}
    placed = {"geo_precision": raw.specificity.cases(*PRECISIONS.items(), else_=None)}
    return {
        "event_id": raw.eventid,
        "date": iso(raw.iyear, ibis.ifelse(monthless, "1", raw.imonth), ibis.ifelse(dayless, "1", raw.iday)),
        "date_precision": ibis.cases((monthless, "4"), (dayless, "3"), else_="1"),
        "event_type": ibis.cases((at_forces, "Battles"), else_=raw.attacktype1.cases(*kinds[0], else_=raw.attacktype1)),
        "sub_event_type": ibis.cases(
            (at_forces, "Armed clash"),
            (by_suicide, "Suicide bomb"),
            else_=raw.attacktype1.cases(*kinds[1], else_=None),
        ),
        "action": raw.attacktype1.cases(*kinds[2], else_=None),
        "actor1": raw.gname.nullif("Unknown"),
        "country_code": raw.country_txt.nullif("International"),
        **(placed if "specificity" in raw.columns else {}),
        **_toll(raw.nkill, "deaths"),
        **_toll(raw.nwound, "injured"),
        **given,
    }


def _toll(stated: ir.StringValue, thing: str) -> dict[str, ir.StringValue]:
    """One number; a fraction, which is a share of a toll stated for several incidents, becomes the whole numbers."""
    import ibis

    share = stated.re_extract("^[0-9]+[.][0-9]*[1-9][0-9]*$", 0).nullif("").cast("float64")
    bounds = {
        f"{thing}_low": share.floor().cast("int64").cast("string"),
        f"{thing}_high": share.ceil().cast("int64").cast("string"),
    }
    return {f"{thing}_best": ibis.ifelse(share.isnull(), stated, None), **bounds}
