"""
Crowd Counting Consortium: protests in the United States since 2017, with crowd sizes, from news and social media.

Read are the compiled files of all three phases: phase 1 (2017 to 2020) and phase 2 (2021 to 2024), whose columns are
`type`, `actors`, `claims`, `injuries_crowd`, `source_1`, and phase 3 (2025 on), whose columns are `event_type`,
`organizations`, `claims_summary`, `participant_injuries`, `source1`. Checked against a copy of phase 3 of March 2025
(4,492 events) and the publisher's data dictionary; phases 1 and 2 are written from the dictionary. The files are UTF-8
with single cells in Windows-1252, mixed.

`date` is the first day in the locality; a date with slashes is month/day/year. `admin1` is the postal abbreviation of
the state or territory; all rows are the country USA, as the publisher counts them, Puerto Rico and Guam included.
Coordinates are those of the locality (`geo_precision` 2). The first kind of action named (`type`) is `action`;
`organizations` or `actors` are `actor1`, `targets` are `actor2`.

An event with property damage or police injuries reported is "Riots" / "Violent demonstration". Others are "Protests":
"Protest with intervention" with arrests or chemical agents reported, "Peaceful protest" if the file says that there
were no arrests, no sub-event type if it does not say. Events that were online only are "Strategic developments" /
"Other" with the action "online".

The files have no ids. An event's id is the day, the state, the locality and its number among the events of that day
and place, ordered by what they say and not by where they stand in the file: `2025-01-18-DC-Washington-4`. When the
publisher adds an event of the same day and place, later numbers may move.

Traps
-----
- `size_mean` is the mean of the lowest and the highest report and was reported by nobody; it is not `size_best`, which
  is missing unless one number was reported. Sums of `size_mean` hide a range that is nearly 2 to 1 in the copy read
  (219,347 to 419,710).
- `size_low` and `size_high` hold conventions, not reports, where a source used words: 24 for "dozens", 200 for
  "hundreds", 100 for "more than 100". Here the words count (`crowds`): "dozens" is 24 to 99. Where several
  wordings are joined by ";" and one is open, the lowest number stays and the top is open.
- Two thirds of the events have no size at all; a missing size is not a small one.
- `size_low` and `size_high` are once the wrong way round; the smaller is the lower bound here. Large numbers may be
  written as R does ("1e+05").
- `arrests`, injuries and deaths are empty ("NA") where nothing is reported, which is not 0. One side alone (crowd or
  police) gives a lower bound for all; they are added only where both are stated.
- A counter-protest is a row of its own; `macroevent` joins it with what it was aimed at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.formats.dates import day
from analysis.formats.keys import first_of, place_among
from analysis.reading import Dialect

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "crowd_counting"
TABLE = "events"
STREAMS = False
NUMBERED = True
CITATION = "Crowd Counting Consortium (2017-). Crowd data. https://sites.google.com/view/crowdcountingconsortium"
CODES = "iso3"
MISSING = ("NA",)
DIALECT = Dialect(stray="cp1252")
HEADER = {"date", "locality", "state", "valence", "size_text", "size_low", "size_high", "size_mean"}
PLACE = ["date", "state", "locality"]
OPEN = "dozen|hundred|thousand|million|scores|few|several|more than|over|at least|[+]"
"""What makes the top of joined wordings open."""
NUMBER = r"^[0-9]+(?:[.][0-9]+)?(?:e[+]?[0-9]+)?$"


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of the compiled file."""
    return any(set(header) >= HEADER for header in headers.values())


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    date = day(raw.date, slashes="mdy")
    number = place_among(raw, PLACE).cast("string")
    place = raw.locality.fill_null("").re_replace("[ ;]+", "-")
    actors = ibis.coalesce(first_of(raw, "organizations"), first_of(raw, "actors"))
    return {
        "event_id": ibis.literal("-").join([date, raw.state.fill_null(""), place, number]),
        "date": date,
        "date_precision": ibis.literal("1"),
        **_kind(raw),
        "actor1": actors,
        "actor2": first_of(raw, "targets"),
        "country_iso3": ibis.literal("USA"),
        "country": ibis.literal("United States"),
        "admin1": raw.state,
        "location": raw.locality,
        "latitude": first_of(raw, "lat"),
        "longitude": first_of(raw, "lon"),
        "geo_precision": ibis.ifelse(first_of(raw, "lat").notnull(), "2", None),
        **_size(raw),
        "size_text": raw.size_text,
        **_together(first_of(raw, "participant_deaths"), first_of(raw, "police_deaths"), "deaths"),
        **_together(
            first_of(raw, "participant_injuries", "injuries_crowd"),
            first_of(raw, "police_injuries", "injuries_police"),
            "injured",
        ),
        "summary": first_of(raw, "title", "claims_summary", "claims"),
    }


def _says_yes(raw: ir.Table, *names: str) -> ir.BooleanValue:
    """Whether one of several columns says 1; no column says nothing."""
    import ibis

    return ibis.or_(
        ibis.literal(False), *((raw[name] == "1").fill_null(False) for name in names if name in raw.columns)
    )


def _kind(raw: ir.Table) -> dict[str, ir.StringValue]:
    import ibis

    online = _says_yes(raw, "online")
    violent = _says_yes(raw, "property_damage_any", "police_casualties_any", "injuries_police_any")
    broken_up, calm = _says_yes(raw, "arrests_any", "chemical_agents"), first_of(raw, "arrests_any")
    what = first_of(raw, "event_type", "type").lower().re_extract("^[^;]*", 0).strip().re_replace("[^a-z]+", "_")
    return {
        "event_type": ibis.cases((online, "Strategic developments"), (violent, "Riots"), else_="Protests"),
        "sub_event_type": ibis.cases(
            (online, "Other"),
            (violent, "Violent demonstration"),
            (broken_up, "Protest with intervention"),
            (calm.fill_null("") == "0", "Peaceful protest"),
            else_=None,
        ),
        "action": ibis.ifelse(online, "online", what.nullif("")),
    }


def _size(raw: ir.Table) -> dict[str, ir.StringValue]:
    """Crowd by the words of the sources, and the lowest and highest number for where they are not understood."""
    import ibis

    low, high = _whole(raw.size_low), _whole(raw.size_high)
    swapped = low.try_cast("int64") > high.try_cast("int64")
    open_above = raw.size_text.lower().re_search(OPEN).fill_null(False)
    return {
        "size_words": raw.size_text,
        "size_low": ibis.ifelse(swapped, high, low),
        "size_best": ibis.ifelse((low == high) & ~open_above, low, None),
        "size_high": ibis.cases((open_above, None), (swapped, low), else_=high),
    }


def _whole(cell: ir.StringValue) -> ir.StringValue:
    """Write a number without exponent or decimals; anything else stays as found."""
    import ibis

    number = cell.re_extract(NUMBER, 0).nullif("").cast("float64").round().cast("int64").cast("string")
    return ibis.coalesce(number, cell)


def _together(crowd_count: ir.StringValue, police_count: ir.StringValue, thing: str) -> dict[str, ir.StringValue]:
    """Add what is stated of both sides; one side alone is a lower bound, words are none."""
    import ibis

    one, other = (cell.re_extract("^[0-9]+(?:[.]0)?$", 0).nullif("") for cell in (crowd_count, police_count))
    one, other = (cell.cast("float64").cast("int64") for cell in (one, other))
    least = ibis.ifelse(one.isnull() & other.isnull(), None, one.fill_null(0) + other.fill_null(0))
    return {f"{thing}_low": least.cast("string"), f"{thing}_best": (one + other).cast("string")}
