"""
ACLED (Armed Conflict Location & Event Data): political violence and protest, one row per event and day.

Exports of every generation are read, as CSV, Excel, JSON of the API (records under "data") or R:

- to 2018 (versions 1 to 8): GWNO, EVENT_ID_CNTY, EVENT_DATE as dd/mm/yyyy, ALLY_ACTOR_1 or ASSOC_ACTOR_1, event types
  such as "Riots/Protests", no sub-event types, no ISO code;
- 2018 to March 2023: data_id, iso, iso3, event_date as "03 December 2020", current event types (from 2019);
- from March 2023: disorder_type, civilian_targeting, tags; no data_id, iso3 and event_id_no_cnty;
- from 2024: inter1, inter2 and interaction in words ("Protesters only"), population columns where asked for.

Columns:

- event_id: event_id_cnty; actor1, actor2, admin1, location, latitude, longitude: of those names; summary: notes;
- date: event_date; date_precision: time_precision; geo_precision: of that name (2 is ACLED's "near a town or a small
  part of a region");
- country: iso, the ISO number; where a file has none, and for Kosovo, whose number ACLED writes as 0, the name decides;
- event_type, sub_event_type: as they are, small letters and "protestors" aside; those of before 2019 by `OLD_TYPES`.
  "Riots/Protests" was split by ACLED's actor codes: with rioters (5) it is "Riots", with protesters (6) and no rioters
  "Protests". Types that the dictionary does not have stay as found;
- size_text: the wording after "crowd size=" in tags, or "size=" in notes before there were tags; size_low, size_best
  and size_high are read from it by `crowds.py`. "No report" is missing;
- deaths_low, deaths_best: fatalities. ACLED takes the most conservative of conflicting reports, which is the lowest
  credible one, and states no upper bound: deaths_high is missing, which means open above.

Traps. (1) Coverage starts on different days: Africa in 1997, parts of South and Southeast Asia in 2010, other regions
later. No rows before the start means not covered, not quiet; ACLED's list of countries and periods says when. (2) 0
fatalities is "none reported", also where nobody knows. "Tens" is entered as 10, "dozens" as 12 and "hundreds" as 100,
deaths without a number as a set small number; a total over several days or places is spread over its events. (3) The
data are revised all the time: events change, and vanish. Note the day of the download; `timestamp` is the time of the
last change, not when the event was first known. (4) event_id_cnty is unique in one export; two overlapping exports
repeat it, and the repeated rows are refused. So are exports with a row per actor. data_id, which changed with every
update, is not used. (5) Strategic developments are not collected systematically and cannot be counted over time. (6)
An event of time precision 2 or 3 is put on one day of its week or month, so days with many events may be such days. (7)
region is ACLED's region of the world, not a region of the country: it stays in `acled_region`.

Copying data of ACLED to others needs its permission; the user's own export is read and never stored. Written against
the samples of the R package acledR (events of 2022) and an answer of the API; versions to 2018 and from 2018 to 2023
from published headers and the codebooks.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import day
from analysis.schema.facts import EVENT_TYPES, SUB_EVENT_TYPES

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "acled"
TABLE = "events"
CODES = "iso_numeric"
MISSING = ("NA",)
CITATION = (
    "Raleigh, C., Kishi, R. and Linke, A. (2023), Political instability patterns are obscured by conflict dataset "
    "scope conditions, sources, and coding choices, Humanities and Social Sciences Communications 10, 74; Armed "
    "Conflict Location & Event Data (ACLED), www.acleddata.com, with the day of the download."
)
NEEDED = {"event_id_cnty", "event_date", "event_type"}
OLD_TYPES: MappingProxyType[str, tuple[str, str | None]] = MappingProxyType(
    {
        "battle-no change of territory": ("Battles", "Armed clash"),
        "battle-government regains territory": ("Battles", "Government regains territory"),
        "battle-non-state actor overtakes territory": ("Battles", "Non-state actor overtakes territory"),
        "remote violence": ("Explosions/Remote violence", None),
        "headquarters or base established": ("Strategic developments", "Headquarters or base established"),
        "non-violent transfer of territory": ("Strategic developments", "Non-violent transfer of territory"),
        "non-violent activity by a conflict actor": ("Strategic developments", None),
        "strategic development": ("Strategic developments", None),
    }
)
AS_THEY_ARE = MappingProxyType(
    {
        "date_precision": "time_precision",
        "actor1": "actor1",
        "actor2": "actor2",
        "country": "country",
        "admin1": "admin1",
        "location": "location",
        "latitude": "latitude",
        "longitude": "longitude",
        "geo_precision": "geo_precision",
        "deaths_low": "fatalities",
        "deaths_best": "fatalities",
        "summary": "notes",
    }
)
RIOTERS, PROTESTERS = ["5", "Rioters"], ["6", "Protesters"]
CROWD = r"(?:crowd |\[)size=([^;\]]*)"  # "crowd size=dozens; women targeted: girls", "[size=dozens]"
CROWD_TAG = "crowd size="


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether files with these headers are ACLED events."""
    return any(set(cells) >= NEEDED for cells in headers.values())


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why a file of ACLED that holds no events is not read."""
    for cells in map(set, headers.values()):
        if {"event_id_cnty", "deleted_timestamp"} <= cells:
            return "expected ACLED events; this is the list of deleted ones"
        if {"country", "events", "fatalities"} <= cells and cells & {"week", "month", "year"}:
            return "expected ACLED events; this is a table of counts by week, month or year, which has no single events"
    return None


def is_row(raw: ir.Table) -> ir.BooleanValue:
    """Whether a row is an event, not the tags of HDX or the header again."""
    date = raw.event_date.fill_null("")
    return ~(date.re_search("^#[a-z]") | date.isin(["event_date", "EVENT_DATE"]))


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns as Ibis expressions over the raw table."""
    return {
        "event_id": raw.event_id_cnty,
        "date": day(raw.event_date, slashes=None if "sub_event_type" in raw.columns else "dmy"),
        "event_type": _type(raw),
        "sub_event_type": _sub_type(raw),
        **_country(raw),
        **{ours: raw[theirs] for ours, theirs in AS_THEY_ARE.items() if theirs in raw.columns},
        **_size(raw),
    }


def _type(raw: ir.Table) -> ir.StringValue:
    import ibis

    found = raw.event_type
    plain = found.strip().lower()
    names = {name.lower(): name for name in EVENT_TYPES} | {name: types[0] for name, types in OLD_TYPES.items()}
    inter = [raw[name] for name in ("inter1", "inter2") if name in raw.columns]
    split = [
        (code.isin(codes), ours) for codes, ours in ((RIOTERS, "Riots"), (PROTESTERS, "Protests")) for code in inter
    ]
    mixed = ibis.cases(*split, else_=found) if split else found
    older = ibis.ifelse(plain == "riots/protests", mixed, plain.cases(*names.items(), else_=found))
    return found.cases(*((name, name) for name in EVENT_TYPES), else_=older)


def _sub_type(raw: ir.Table) -> ir.StringValue:
    import ibis

    implied = {name: types[1] for name, types in OLD_TYPES.items() if types[1] is not None}
    of_type = raw.event_type.strip().lower().cases(*implied.items(), else_=None)
    if "sub_event_type" not in raw.columns:
        return of_type
    found = raw.sub_event_type
    names = {name.lower(): name for name in SUB_EVENT_TYPES}
    older = found.strip().lower().replace("protestors", "protesters").cases(*names.items(), else_=found)
    return found.cases(*((name, name) for name in SUB_EVENT_TYPES), else_=ibis.coalesce(older, of_type))


def _country(raw: ir.Table) -> dict[str, ir.StringValue]:
    """ISO number with its leading zeros; where a file has none, as for Kosovo (0), the country's name decides."""
    import ibis

    if "iso" not in raw.columns:
        return {"country_code": ibis.null("string")}
    zeros: ir.StringValue = ibis.literal("00")
    padded = ibis.ifelse(raw.iso.length() < 3, zeros.concat(raw.iso).right(3), raw.iso)
    return {"country_code": padded.nullif("000")}


def _size(raw: ir.Table) -> dict[str, ir.StringValue]:
    """Size of the crowd in words, from tags before notes."""
    import ibis

    places = [raw[name] for name in ("tags", "notes") if name in raw.columns]
    if not places:
        return {}
    said = ibis.cases(*(branch for place in places for branch in _crowd(place)))
    text = said.strip().nullif("")
    return {"size_text": ibis.ifelse(text.lower().startswith("no report"), None, text), "size_words": said}


def _crowd(place: ir.StringValue) -> list[tuple[ir.BooleanValue, ir.StringValue]]:
    """Say where a cell has the crowd's size, and how it words it: only tags with others beside need an expression."""
    alone = place.startswith(CROWD_TAG) & ~place.contains(";") & ~place.contains("]")
    return [(alone, place.substr(len(CROWD_TAG))), (place.contains("size="), place.re_extract(CROWD, 1))]
