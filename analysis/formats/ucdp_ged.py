"""
UCDP Georeferenced Event Dataset (GED): deadly events of organized violence, by the Uppsala Conflict Data Program.

Yearly releases (1989 on), monthly candidate releases and the API (records under "Result"), which share their columns;
also as the Humanitarian Data Exchange (HDX) republishes them, with a second header row of tags (#date+start, ...),
which is no event and left out. Releases to 5.0 call the estimates best_est, low_est and high_est.

- event_id: id; actor1, actor2: side_a, side_b; admin1: adm_1; location: where_coordinates;
- date: date_start, the earliest possible day; date_end stays in `ucdp_ged_date_end`;
- date_precision: of date_prec, 1 (the day) 1, 2 (two to six days) and 3 (a week) 2, 4 (a month) 3, 5 (more than a
  month, up to a year) 4;
- geo_precision: of where_prec, 1 (exact) 1, 2 (around a named place) 2, 3 (district), 4 (province), 5 (larger or
  vague), 6 (country) and 7 (sea or air) 3, which is here "the region or coarser";
- event_type: of type_of_violence, 1 state-based and 2 non-state: "Battles", "Armed clash"; 3 one-sided: "Violence
  against civilians", "Attack". UCDP types events by who fights whom, not by means: an air strike of one party on the
  other is an armed clash here;
- deaths_best: best; deaths_low, deaths_high: the lowest and the highest of low, best and high;
- country: country_id, Gleditsch and Ward's number, on the day of the event.

Traps. (1) An event needs at least one death in one of the estimates, and belongs to a conflict, dyad or actor that
reached 25 deaths in a year (candidate events: may reach). A country without rows had no such event: it may have had
violence, and protests are not covered at all. (2) best can be 0 while high is not: in 11 of 1,200 rows of a real
copy. best > 0 is not "a deadly event". (3) Two of these rows are out of order as published: best 7 above high 6, and
low 7 above best 6. best stays, the bounds are the lowest and the highest of the three; as published they are in
`ucdp_ged_low`, `ucdp_ged_best` and `ucdp_ged_high`. (4) best is the sum of deaths_a, deaths_b, deaths_civilians and
deaths_unknown, so deaths_civilians alone undercounts civilians. (5) An event of date_prec 2 to 5 lasts, or lies
somewhere between date_start and date_end; counted by date_start it falls on its first day. (6) Candidate ids are
replaced in the next yearly release; do not add the two for the same months. (7) A new release changes the past: cite
the version. (8) Of these 1,200 rows, 334 agree with an earlier one in every cell but `id` and `relid`: several like
events of one day and place have ids of their own and are no repeats.

Written against the first 1,200 events of a real copy (Ukraine, from HDX); the API, candidate releases and releases to
5.0 from the codebooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.formats.dates import day

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "ucdp_ged"
TABLE = "events"
ALIKE = "UCDP gives each of several like events an id of its own"
CODES = "gw"
CITATION = (
    "Sundberg, R. and Melander, E. (2013), Introducing the UCDP Georeferenced Event Dataset, Journal of Peace Research "
    "50(4), 523-532; with the article of the release, for 24.1: Davies, S., Engström, G., Pettersson, T. and Öberg, M. "
    "(2024), Organized violence 1989-2023, and the prevalence of organized crime groups, Journal of Peace Research "
    "61(4), 673-693."
)
NEEDED = {"id", "type_of_violence", "where_prec", "date_prec", "date_start"}
TYPES = {"1": "Battles", "2": "Battles", "3": "Violence against civilians"}
SUB_TYPES = {"1": "Armed clash", "2": "Armed clash", "3": "Attack"}
DATE_PRECISIONS = {"1": "1", "2": "2", "3": "2", "4": "3", "5": "4"}
GEO_PRECISIONS = {"1": "1", "2": "2"} | dict.fromkeys("34567", "3")


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether files with these headers are UCDP GED."""
    return any(set(cells) >= NEEDED for cells in headers.values())


def is_row(raw: ir.Table) -> ir.BooleanValue:
    """Whether a row is an event, not the tags of HDX or the header again."""
    start = raw.date_start.fill_null("")
    return ~(start.startswith("#") | (start == "date_start"))


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns as Ibis expressions over the raw table."""
    import ibis

    kind = raw.type_of_violence
    return {
        "event_id": raw.id,
        "date": day(raw.date_start),
        "date_precision": ibis.coalesce(raw.date_prec.cases(*DATE_PRECISIONS.items(), else_=None), raw.date_prec),
        "event_type": ibis.coalesce(kind.cases(*TYPES.items(), else_=None), kind),
        "sub_event_type": kind.cases(*SUB_TYPES.items(), else_=None),
        "actor1": raw.side_a,
        "actor2": raw.side_b,
        "country_code": raw.country_id,
        "country": raw.country,
        "admin1": raw.adm_1,
        "location": raw.where_coordinates,
        "latitude": raw.latitude,
        "longitude": raw.longitude,
        "geo_precision": ibis.coalesce(raw.where_prec.cases(*GEO_PRECISIONS.items(), else_=None), raw.where_prec),
        **_deaths(raw),
    }


def _deaths(raw: ir.Table) -> dict[str, ir.StringValue]:
    """Estimates in order of size; where one of them cannot be read, all as found."""
    import ibis

    found = {name: raw[name if name in raw.columns else f"{name}_est"] for name in ("low", "best", "high")}
    low, best, high = (number.try_cast("float64") for number in found.values())
    smallest = ibis.cases(
        ((best < low) & (best <= high), found["best"]), (high < low, found["high"]), else_=found["low"]
    )
    largest = ibis.cases(
        ((best > high) & (best >= low), found["best"]), (low > high, found["low"]), else_=found["high"]
    )
    return {"deaths_low": smallest, "deaths_best": found["best"], "deaths_high": largest}
