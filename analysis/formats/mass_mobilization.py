"""
Mass Mobilization (Clark and Regan): protests of 50 people or more against a government, 162 countries, 1990 to 2020.

Read are the files of Harvard Dataverse, doi:10.7910/DVN/HTTWYL (`mmALL_*`, as .csv, .tab or .dta). Written from the
users' manual and from programs that read the public file; no real copy was at hand. The publisher says how many
protests there are: 15,239 in the version of 31 July 2020, besides 1,906 rows that state that nothing happened.

`date` is the first day of a protest (`startyear`, `startmonth`, `startday`); the last day stays in the publisher's
columns. `protesterviolence` 1 is "Riots" / "Violent demonstration". Other protests are "Protests": "Excessive force
against protesters" if the state answered with shootings or killings, else "Protest with intervention" if with
arrests, beatings or dispersal, else "Peaceful protest" if an answer is stated at all. `actor1` is `protesteridentity`
and `outcome` the state's answers, joined with ";". The country is told by its name: `ccode` is
read as a Correlates of War number by some users and as one of Polity by others.

Crowd sizes are in `participants`, as worded ("50s", "hundreds", "5000"), read by `crowds`; where that says
nothing, the class of `participants_category` gives the range and no best figure.

Traps
-----
- Rows with `protest` 0 are countries and years WITHOUT a protest. They are no events, and they are what tells
  "nothing happened" from "not covered". They are left out of the events by `is_row`; `no_event` gives the condition.
- Up to 2020 every country and year has a row at least; a country and year without any row is not covered.
- A protest of several days is one row: counts per day after the first miss it.
- Where one report tells of protests in several towns, they are one row with several places in `location`; there are
  no coordinates.
- The words of `participants_category` are classes, and the codes 1 to 7 of the manual are not in the public file;
  a code that is there by itself is left unread and not taken for a crowd of six.
- Deaths are not counted: "killings" in a state response has no number.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analysis.formats.dates import iso

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "mass_mobilization"
TABLE = "events"
STREAMS = False
CITATION = (
    "Clark, David, and Patrick Regan (2016). Mass Mobilization Protest Data. Harvard Dataverse, "
    "https://doi.org/10.7910/DVN/HTTWYL."
)
CODES = "name"
MISSING = ("NA", ".", "-99")
HEADER = {"id", "country", "protest", "protestnumber", "protesterviolence", "startyear", "participants"}
CATEGORIES = MappingProxyType(
    {
        "50-99": ("50", "99"),
        "100-999": ("100", "999"),
        "1000-1999": ("1000", "1999"),
        "2000-4999": ("2000", "4999"),
        "5000-10000": ("5000", "10000"),
        ">10000": ("10001", None),
    }
)
"""Class of crowd size -> fewest and most; None is open above."""
FORCE = ("shootings", "killings")
INTERVENTION = ("arrests", "beatings", "crowd dispersal")


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether the header is that of the protests."""
    return any(set(header) >= HEADER for header in headers.values())


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why tables made from the protests are not read."""
    if any({"protest_time", "reasons_social", "responses_ignore"} <= set(header) for header in headers.values()):
        return "these are sums of Mass Mobilization by country and year made by somebody else; read mmALL_*.csv itself"
    return None


def no_event(raw: ir.Table) -> ir.BooleanValue:
    """Tell the rows that state that a country had no protest in a year."""
    return (raw.protest == "0").fill_null(False)


def is_row(raw: ir.Table) -> ir.BooleanValue:
    """Tell the rows that are protests."""
    return ~no_event(raw)


def events(raw: ir.Table) -> dict[str, ir.Value]:
    """Give our event columns; the module says how."""
    import ibis

    answers = [raw[name] for name in raw.columns if name.startswith("stateresponse")]
    violent = raw.protesterviolence == "1"
    answered = [("Excessive force against protesters", FORCE), ("Protest with intervention", INTERVENTION)]
    kinds = [(_any(answers, words), sub) for sub, words in answered]
    stated = ibis.coalesce(*answers).notnull() if answers else ibis.literal(False)
    peaceful = (stated & (raw.protesterviolence == "0"), "Peaceful protest")
    return {
        "event_id": raw.id,
        "date": iso(raw.startyear, raw.startmonth, raw.startday),
        "date_precision": ibis.literal("1"),
        "event_type": ibis.ifelse(violent.fill_null(False), "Riots", "Protests"),
        "sub_event_type": ibis.cases((violent, "Violent demonstration"), *kinds, peaceful, else_=None),
        "action": ibis.literal("protest"),
        "actor1": raw.protesteridentity,
        "country_code": raw.country,
        "country": raw.country,
        "location": raw.location,
        **_size(raw),
        "size_text": raw.participants,
        "outcome": _joined(answers),
        "summary": raw.notes,
    }


def _any(answers: list[ir.StringValue], words: tuple[str, ...]) -> ir.BooleanValue:
    import ibis

    return ibis.or_(*(answer.lower().isin(words).fill_null(False) for answer in answers))


def _joined(answers: list[ir.StringValue]) -> ir.StringValue:
    """Join answers with ";" as they stand; missing where there are none."""
    import ibis

    text = ibis.literal("")
    for answer in answers:
        text = text.concat(ibis.coalesce(ibis.literal(";").concat(answer), ""))
    return text.substr(1).nullif("")


def _size(raw: ir.Table) -> dict[str, ir.StringValue]:
    """Crowd as worded, or else the bounds of its class."""
    if "participants_category" not in raw.columns:
        return {"size_words": raw.participants}
    bounds = ([(words, bound[side]) for words, bound in CATEGORIES.items() if bound[side]] for side in (0, 1))
    low, high = (raw.participants_category.strip().cases(*pairs, else_=None) for pairs in bounds)
    return {"size_words": raw.participants, "size_low": low, "size_high": high}
