"""
ICEWS coded events: machine-coded CAMEO events of the Integrated Crisis Early Warning System, 1995 to April 2023.

Yearly and weekly tables of the Harvard Dataverse, tab-separated with a header of 20 columns, plain or quoted, "NA"
where nothing is coded; also the same columns under database names (`event_id`, `cameo_code`).

- event_id: Event ID and Event Date joined, such as 32889836-2018-06-01, because Event ID alone repeats (below);
- date: Event Date; event_type, sub_event_type, action: of CAMEO Code, by the table in `cameo.py`;
- actor1, actor2: Source Name and Target Name: who did it, and to whom;
- country: Country, a name; admin1: Province; location: City. Missing where the coder found no place.

Traps. (1) Event ID is not unique: to September 2018, 145,312 ids were given to two events each, of different days
(Beger, R package icews, which found no two rows with the same id and day). (2) A row is a statement in the news, coded
by a program; most rows are talk (see `cameo.py`), and one story gives many rows, mirrored ones among them: a meeting of
A and B is "A consults B" and "B consults A". (3) Country is where the event is placed; Source Country and Target
Country are those of the actors. (4) A row with a country alone (680 of 3,705 in a real sample)
usually has the coordinates of the capital: all 57 of North Korea lie in Pyongyang. Look at `location` before mapping
points. (5) Deaths and crowd sizes are not coded; they are missing, never 0. (6) Intensity is a constant of the CAMEO
code, not a measure of the event. (7) The series ended on 11 April 2023; POLECAT, which follows it, has other codes and
is not read.

Written against a real sample (June 2018); quoted files from the description of Dataverse alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.formats.cameo import classed
from analysis.formats.dates import day

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "icews"
TABLE = "events"
ALIKE = "a row of ICEWS is a statement in the news, and the same event is many"
CODES = "name"
MISSING = ("NA",)
CITATION = (
    "Boschee, E., Lautenschlager, J., O'Brien, S., Shellman, S., Starz, J. and Ward, M. (2015), ICEWS Coded Event "
    "Data, Harvard Dataverse, V37, https://doi.org/10.7910/DVN/28075."
)
NEEDED = {"event_id", "event_date", "cameo_code", "source_name", "target_name"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether files with these headers are ICEWS events."""
    return any(set(cells) >= NEEDED for cells in headers.values())


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns as Ibis expressions over the raw table."""
    date = day(raw.event_date)
    return {
        "event_id": raw.event_id.concat("-", date),
        "date": date,
        **classed(raw.cameo_code),
        "actor1": raw.source_name,
        "actor2": raw.target_name,
        "country_code": raw.country,
        "country": raw.country,
        "admin1": raw.province,
        "location": raw.city,
        "latitude": raw.latitude,
        "longitude": raw.longitude,
    }
