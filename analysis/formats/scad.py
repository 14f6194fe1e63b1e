"""
SCAD (Salehyan and Hendrix): demonstrations, riots, strikes and political violence in Africa and Latin America.

The Social Conflict Analysis Database covers Africa, Mexico, Central America and the Caribbean from 1990 to 2017, from
the wires of AP and AFP. Read are `SCAD2018Africa_Final.csv`, `SCAD2018LatinAmerica_Final.csv` (Latin-1) and older
versions of both. Written from the codebook of version 3.3 and from programs that read the public files; no real copy
was at hand.

`date` is the first day (`styr`, `stmo`, `stday`); the last day (`eyr`, `emo`, `eday` for Africa, `endyr`, `endmo`,
`endday` for Latin America) stays in the publisher's columns. `TYPES` says what becomes of `etype`, `PARTICIPANTS` of
`npart`. Strikes are no protests in ACLED unless people gather, so they are "Strategic developments" / "Other" with
their own `action`.

Traps
-----
- An event in several places is one row per place, with the deaths and the crowd of the WHOLE event in each: summed
  over rows they count several times. Here they stand on the first place (`sublocal`, then `locnum`) and are missing
  on the others, whose ids have the number of the place: 4900123, 4900123-2. To count events, count different
  `scad_eventid`. A row that is there twice in every cell has one id and is refused.
- `ndeath` is -99 where unknown, and -77 or -88 where known only in words. All three are missing here, never 0 and
  never negative; the code stays in `scad_ndeath`.
- `npart` is a class, not a number: 6 is not six people.
- `etype` -9 marks an armed conflict that other data cover: a placeholder, kept as "Strategic developments" / "Other".
- An event may last for months; all its deaths stand on its first day.
- Wars and their battles are left out by design, so deaths here are not the deaths of a country.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import iso
from analysis.formats.keys import place_among
from analysis.reading import Dialect

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "scad"
TABLE = "events"
CITATION = (
    "Salehyan, Idean, Cullen S. Hendrix, Jesse Hamner, Christina Case, Christopher Linebarger, Emily Stull, and "
    "Jennifer Williams (2012). Social Conflict in Africa: A New Database. International Interactions 38(4): 503-511."
)
CODES = "name"
MISSING = ("NA", "-99", "-88", "-77", "[]")
DIALECT = Dialect(encodings=("utf-8-sig", "cp1252", "latin-1"))
HEADER = {"eventid", "ccode", "etype", "npart", "ndeath", "styr", "stmo", "stday"}
TYPES = MappingProxyType(
    {
        "1": ("Protests", None, "organized_demonstration"),
        "2": ("Protests", None, "spontaneous_demonstration"),
        "3": ("Riots", None, "organized_riot"),
        "4": ("Riots", None, "spontaneous_riot"),
        "5": ("Strategic developments", "Other", "general_strike"),
        "6": ("Strategic developments", "Other", "limited_strike"),
        "7": ("Violence against civilians", None, "pro_government_violence"),
        "8": ("Battles", None, "anti_government_violence"),
        "9": ("Violence against civilians", None, "extra_government_violence"),
        "10": ("Battles", "Armed clash", "intra_government_violence"),
        "-9": ("Strategic developments", "Other", "armed_conflict_elsewhere"),
    }
)
"""
Event type -> type and sub-event type of ACLED, and the publisher's own class.

Demonstrations may be met with force and riots may be of either kind, so they have no sub-event type. Type 7 is
violence by or for the government against an alleged opposition, 8 is violence of a non-state group against the
government, 9 violence of a non-state group against others, 10 violence between parts of the government.
"""
PARTICIPANTS = MappingProxyType(
    {
        "1": (None, "9"),
        "2": ("10", "100"),
        "3": ("101", "1000"),
        "4": ("1001", "10000"),
        "5": ("10001", "100000"),
        "6": ("100001", "1000000"),
        "7": ("1000001", None),
    }
)
"""Class of `npart` -> fewest and most participants; None is open."""


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of SCAD."""
    return any(set(header) >= HEADER for header in headers.values())


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    there = [raw[name] for name in ("sublocal", "locnum") if name in raw.columns]
    sites = [cell.re_extract("^[0-9]{1,9}$", 0).nullif("").cast("int64") for cell in there]
    place = place_among(raw, ["eventid"], sites, copies=False)
    first = place == 1
    kinds = [[(code, kind[part]) for code, kind in TYPES.items() if kind[part]] for part in range(3)]
    sizes = [[(code, bound[side]) for code, bound in PARTICIPANTS.items() if bound[side]] for side in (0, 1)]
    given = {ours: raw[name] for ours, name in GIVEN.items() if name in raw.columns}
    return {
        "event_id": ibis.ifelse(first, raw.eventid, raw.eventid.concat("-", place.cast("string"))),
        "date": iso(raw.styr, raw.stmo, raw.stday),
        "date_precision": ibis.literal("1"),
        "event_type": raw.etype.cases(*kinds[0], else_=raw.etype),
        "sub_event_type": raw.etype.cases(*kinds[1], else_=None),
        "action": raw.etype.cases(*kinds[2], else_=None),
        "country_code": raw.countryname,
        "size_low": ibis.ifelse(first, raw.npart.cases(*sizes[0], else_=None), None),
        "size_high": ibis.ifelse(first, raw.npart.cases(*sizes[1], else_=None), None),
        "deaths_best": ibis.ifelse(first, raw.ndeath, None),
        **given,
    }


GIVEN = MappingProxyType(
    {
        "actor1": "actor1",
        "actor2": "target1",
        "country": "countryname",
        "location": "elocal",
        "latitude": "latitude",
        "longitude": "longitude",
        "summary": "issuenote",
    }
)
