"""
NAVCO 3.0 (Chenoweth, Pinckney and Lewis): acts of nonviolent and violent campaigns and their opponents, 1990 to 2012.

The Nonviolent and Violent Campaigns and Outcomes project codes news by hand in the CAMEO scheme: who (`actor_3`) did
what (`verb_10`, `verb_100`) to whom (`target_3`), with method, participants, damage and casualties. Read is the event
file (`navco3-0full.xlsx`, 112,089 events; Harvard Dataverse, doi:10.7910/DVN/INNYEO), as it is or saved as CSV.
Written from descriptions of the file and from programs that read it; no real copy was at hand, so names of columns
that programs do not use may differ.

`ROOTS` and `CODES_100` say what becomes of the CAMEO verb. `num_partic_event`, `fatal_casu` and `injuries` are text
and are read as crowds are (`crowds`): "2-5" is a range, "dozens" 24 to 99. The country is told by its name.

The file has no ids. An event's id is the country, the day and its number among the events of that day and country,
ordered by what they say: `India-2012-05-19-3`.

Traps
-----
- NAVCO 1 and 2 are tables of campaigns and campaign-years, not of events, and are not read; neither are files made
  from them.
- Verbs may be statements, appeals and talks: most rows are no protests. Only root 14 is.
- -99 means "not stated", never a count.
- A row is one act by one actor towards one target: what papers call one event may be several rows, each with the
  casualties of its own act as coded.
- `verb_10` may be written with or without a leading zero ("05", "5").
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import day
from analysis.formats.keys import first_of, place_among

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "navco"
TABLE = "events"
STREAMS = False
NUMBERED = True
CITATION = (
    "Chenoweth, Erica, Jonathan Pinckney, and Orion A. Lewis (2018). Days of rage: Introducing the NAVCO 3.0 dataset. "
    "Journal of Peace Research 55(4): 524-534."
)
CODES = "name"
MISSING = ("NA", "-99", "-99.0")
HEADER = {"country_name", "date", "verb_10"}
ONE_OF = {"num_partic_event", "fatal_casu", "injuries", "nv_commission", "st_posture"}
CODES_100 = MappingProxyType(
    {
        "57": ("Strategic developments", "Agreement"),
        "145": ("Riots", "Violent demonstration"),
        "171": ("Strategic developments", "Looting/property destruction"),
        "173": ("Strategic developments", "Arrests"),
        "181": ("Violence against civilians", "Abduction/forced disappearance"),
        "182": ("Violence against civilians", "Attack"),
        "183": ("Explosions/Remote violence", None),
        "186": ("Violence against civilians", "Attack"),
        "194": ("Explosions/Remote violence", "Shelling/artillery/missile attack"),
        "195": ("Explosions/Remote violence", "Air/drone strike"),
    }
)
"""CAMEO verb of three digits -> type and sub-event type of ACLED, where it says more than its root."""
ROOTS = MappingProxyType(
    {
        "14": ("Protests", None),
        "18": ("Violence against civilians", None),
        "19": ("Battles", None),
        "20": ("Violence against civilians", None),
    }
)
"""
CAMEO root (14 protest, 18 assault, 19 fight, 20 unconventional mass violence) -> type of ACLED.

All other roots are words, talks, aid, threats and sanctions: "Strategic developments" / "Other".
"""
CAMPAIGNS = ({"campaign", "camp_goals"}, {"campaign", "prim_method"}, {"campaign", "nonviol"}, {"camp_name", "lccode"})


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of the event file."""
    return any(set(header) >= HEADER and ONE_OF & set(header) for header in headers.values())


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why campaigns and files made from them are not read."""
    for header in map(set, headers.values()):
        if any(name.startswith("nvc_1_3") for name in header) or {"revolutions", "armed", "unarmed"} <= header:
            return "these are country-years or episodes made from NAVCO 1.3, not events; NAVCO 3.0 has events"
        if "verb_10" not in header and any(names <= header for names in CAMPAIGNS):
            return "this is a table of campaigns (NAVCO 1 or 2), not of events; NAVCO 3.0 has events"
    return None


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    date, country = day(raw.date), raw.country_name.re_replace("[^A-Za-z0-9]+", "-")
    root, verb = raw.verb_10.re_replace("^0+", ""), first_of(raw, "verb_100").re_replace("^0+", "")
    types = [[(code, kind[part]) for code, kind in CODES_100.items() if kind[part]] for part in (0, 1)]
    kind = ibis.coalesce(
        verb.cases(*types[0], else_=None),
        root.cases(*((code, kind[0]) for code, kind in ROOTS.items()), else_="Strategic developments"),
    )
    number = place_among(raw, ["country_name", "date"]).cast("string")
    other = (kind == "Strategic developments") & verb.cases(*types[1], else_=None).isnull()
    return {
        "event_id": ibis.literal("-").join([country, date, number]),
        "date": date,
        "date_precision": ibis.literal("1"),
        "event_type": kind,
        "sub_event_type": ibis.ifelse(other, "Other", verb.cases(*types[1], else_=None)),
        "actor1": first_of(raw, "actor_3", "cameo_actor_3"),
        "actor2": first_of(raw, "target_3", "cameo_target_3"),
        "country_code": raw.country_name,
        "country": raw.country_name,
        "size_text": first_of(raw, "num_partic_event"),
        "size_words": _number(first_of(raw, "num_partic_event")),
        "deaths_words": _number(first_of(raw, "fatal_casu")),
        "injured_words": _number(first_of(raw, "injuries", "injuries_casu")),
    }


def _number(cell: ir.StringValue) -> ir.StringValue:
    """Write a number as such; "3.0" is how a spreadsheet writes 3."""
    return cell.re_replace("[.]0$", "")
