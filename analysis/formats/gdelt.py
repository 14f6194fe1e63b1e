"""
GDELT events 1.0 and 2.0: machine-coded CAMEO events of the GDELT Project, from 1979 on.

Files have no header and are tab-separated without quotes, 57 cells in a row (1.0 to March 2013), 58 (1.0 since, with
SOURCEURL) or 61 (2.0, with ADM2 codes); the kinds may be mixed in one file. Files whose first row names the columns as
the publisher does, with any separator, and tables such as `gdelt-bq.gdeltv2.events` on BigQuery are read by name.
Mentions, the Global Knowledge Graph and the reduced file are other tables and are refused with the reason.

- date: SQLDATE; reported_at: DATEADDED, the quarter of an hour (2.0, UTC) or the day (1.0) it came into the data;
- event_type, sub_event_type, action: of EventCode, by the table of CAMEO codes in `cameo.py`;
- country: ActionGeo_CountryCode, FIPS 10-4 on that date; admin1: ActionGeo_ADM1Code, a FIPS code, not a name, empty
  where the place is the country as a whole ("LY", "LY00");
- geo_precision: ActionGeo_Type 3 and 4 (city) 2, 2 and 5 (state) and 1 (country) 3, which is here "region or coarser";
- actor1, actor2: the names, or the code where there is none.

Traps. (1) A row is a statement in the news, coded by a program; the same event is many rows, and most rows are talk
(see `cameo.py`). NumMentions and NumArticles count coverage, not events. (2) SQLDATE comes from the text: an article
that says "a year ago" gives the day a year before DATEADDED, and an anniversary may give its century. Of the 100 rows
of a real 2.0 sample, 29 lie exactly a year before the day they were added, 14 a week and 2 a month. (3) Country codes
are FIPS: AS is Australia, AU Austria, RS Russia, SZ Switzerland, SW Sweden. Actor1CountryCode is another list (CAMEO).
(4) Coordinates are of a representative point: an event of the country lies somewhere in its middle. Rows without a
place have 0 and 0 in files of 1.0, a place in the sea; here they have none. (5) Numbers of deaths or participants are
not coded; they are missing, never 0. (6) Coverage grows with the web and with the languages translated (from 2015):
divide counts by all rows of the day before comparing them over time. (7) Rows of 1.0 for 1979 to 2012 were all added in
2013 or later: nobody could know them when they happened.

Codes are text; read as numbers they lose zeros, and such rows are refused (see `cameo.py`). Written against real rows
of all three layouts and the codebooks of 1.0 and 2.0.
"""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.cameo import classed
from analysis.formats.dates import day
from analysis.formats.keys import first_of
from analysis.reading import Dialect

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "gdelt"
TABLE = "events"
ALIKE = "a row of GDELT is a statement in the news, and the same event is many"
CODES = "fips"
CITATION = (
    "Leetaru, K. and Schrodt, P. A. (2013), GDELT: Global Data on Events, Location, and Tone, 1979-2012, ISA Annual "
    "Convention 2(4), 1-49; data of the GDELT Project, www.gdeltproject.org."
)
EVENT = ("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate")
ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code")
ROLES = ("Type1Code", "Type2Code", "Type3Code")
ACTION = ("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale")
NEWS = ("NumMentions", "NumSources", "NumArticles", "AvgTone")
PLACE = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
COLUMNS = (
    *EVENT,
    *(f"Actor{side}{name}" for side in (1, 2) for name in (*ACTOR, *ROLES)),
    *(*ACTION, *NEWS),
    *(f"{whose}Geo_{name}" for whose in ("Actor1", "Actor2", "Action") for name in PLACE),
    *("DATEADDED", "SOURCEURL"),
)
FIRST_GENERATION = tuple(name for name in COLUMNS if not name.endswith("ADM2Code"))
LAYOUTS = MappingProxyType({57: FIRST_GENERATION[:-1], 58: FIRST_GENERATION, 61: COLUMNS})
DIALECT = Dialect(quoted=False, layouts=LAYOUTS, separator="\t")
PRECISIONS = {"1": "3", "2": "3", "3": "2", "4": "2", "5": "3"}  # ActionGeo_Type -> geo_precision
LABELS = ({"tableid", "datatype", "description"}, {"name", "type", "description"})


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether files with these headers, or first rows, are GDELT events."""
    return any(_named(cells) or _bare(cells) for cells in headers.values())


def _named(cells: list[str]) -> bool:
    return {"globaleventid", "sqldate", "eventcode", "actiongeo_countrycode"} <= {cell.casefold() for cell in cells}


def _bare(cells: list[str]) -> bool:
    """Whether a row of data has the cells that no other file of that width has in these places."""
    if len(cells) not in LAYOUTS:
        return False
    row = dict(zip(LAYOUTS[len(cells)], cells, strict=True))
    date, added = row["SQLDATE"], row["DATEADDED"]
    dated = date.isdecimal() and len(date) == 8 and added.isdecimal() and len(added) in (8, 14)
    return dated and row["GLOBALEVENTID"].isdecimal() and row["IsRootEvent"] in ("0", "1")


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why a file of GDELT that holds no events is not read."""
    for cells in headers.values():
        other = _other(cells)
        if other is not None:
            return f"expected GDELT events; this is {other}"
    return None


def _other(cells: list[str]) -> str | None:
    names = {cell.casefold() for cell in cells}
    begun = [cell.isdecimal() and len(cell) == 14 for cell in cells[1:3]]
    if len(cells) == 16 and begun == [True, True]:
        return "a file of GDELT mentions, articles that mention an event"
    if {"date", "numarts", "counts", "themes"} <= names or (len(cells) == 27 and "-" in cells[0][14:16]):
        return "a file of the Global Knowledge Graph, which has articles, not events"
    if {"date", "source", "target", "cameocode", "numevents"} <= names:
        return "the reduced file, which has counts, not events"
    if any(labels <= names for labels in LABELS):
        return "a list of column names, such as GDELT publishes beside its files"
    return None


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns as Ibis expressions over the raw table."""
    import ibis

    stated = functools.partial(first_of, raw)
    kind = stated("actiongeo_type").nullif("0")
    place, admin1 = raw.actiongeo_countrycode, stated("actiongeo_adm1code")
    return {
        "event_id": raw.globaleventid,
        "date": day(raw.sqldate),
        **classed(raw.eventcode),
        "actor1": ibis.coalesce(stated("actor1name"), stated("actor1code")),
        "actor2": ibis.coalesce(stated("actor2name"), stated("actor2code")),
        "country_code": place,
        "admin1": ibis.ifelse((admin1 == place) | (admin1 == place.concat("00")), None, admin1),
        "location": stated("actiongeo_fullname"),
        "latitude": ibis.ifelse(kind.isnull(), None, stated("actiongeo_lat")),
        "longitude": ibis.ifelse(kind.isnull(), None, stated("actiongeo_long")),
        "geo_precision": ibis.coalesce(kind.cases(*PRECISIONS.items(), else_=None), kind),
        "reported_at": _moment(stated("dateadded")),
    }


def _moment(added: ir.StringValue) -> ir.StringValue:
    """Fourteen digits as a time, eight as a day."""
    import ibis

    timed = added.length() == 14
    clock = added.substr(8, 2).concat(":", added.substr(10, 2), ":", added.right(2), "Z")
    of_day = day(ibis.ifelse(timed, added.left(8), added))
    return of_day.concat(ibis.ifelse(timed, ibis.literal("T").concat(clock), ""))
