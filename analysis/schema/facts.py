"""Tables of what happened and who said it: events, casualties, cases, sources, coverage."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from analysis.columns import column, count, count_range, day, flag, moment, pct, text
from analysis.schema.common import (
    ACLED,
    COUNTRY,
    COUNTRY_ISO3,
    OWN,
    REGION,
    SOURCE_IDS,
    precision,
    table,
)

EVENT_TYPES = {
    "Battles": ["Government regains territory", "Non-state actor overtakes territory", "Armed clash"],
    "Explosions/Remote violence": [
        "Chemical weapon",
        "Air/drone strike",
        "Suicide bomb",
        "Shelling/artillery/missile attack",
        "Remote explosive/landmine/IED",
        "Grenade",
    ],
    "Violence against civilians": ["Sexual violence", "Attack", "Abduction/forced disappearance"],
    "Protests": ["Peaceful protest", "Protest with intervention", "Excessive force against protesters"],
    "Riots": ["Violent demonstration", "Mob violence"],
    "Strategic developments": [
        "Agreement",
        "Arrests",
        "Change to group/activity",
        "Disrupted weapons use",
        "Headquarters or base established",
        "Looting/property destruction",
        "Non-violent transfer of territory",
        "Other",
    ],
}
SUB_EVENT_TYPES = {sub: event_type for event_type, subs in EVENT_TYPES.items() for sub in subs}
PAIRED = "sub_event_type of event_type in the same row"


def _of_its_type(events: pd.DataFrame) -> pd.Series:
    """Whether each sub-event type belongs to the event type beside it; unknown ones are another check's matter."""
    belongs = events["sub_event_type"].map(SUB_EVENT_TYPES)
    return belongs.isna() | (belongs == events["event_type"])


EVENTS = table(
    "events",
    "Political and protest events",
    "One row per event: a rally, clash, seizure, release, decision or statement, in ACLED vocabulary.",
    "event_id",
    {
        "event_id": text("Identifier; never reused.", need="key"),
        "date": day("Day on which it happened, local calendar.", need="key"),
        "time_local": column("clock", "Local time of day, where a source gives one.", unit="HH:MM"),
        "date_precision": count(
            "Precision of `date`.",
            "code",
            low=1,
            high=4,
            rule="1 the day, 2 the week, 3 the month, 4 longer, up to the year. 4 is not ACLED's.",
            vocabulary=ACLED,
        ),
        "event_type": text("Type of event.", need="key", allowed=list(EVENT_TYPES), vocabulary=ACLED),
        "sub_event_type": text("Type within the event type.", allowed=list(SUB_EVENT_TYPES), vocabulary=ACLED),
        "action": text("What was done, in one word.", rule="Open vocabulary.", vocabulary=OWN),
        "turning_point": text("Short label, on the few events that turned the crisis.", rule="Editorial choice."),
        "actor1": text("Who acted; several are joined with ';'."),
        "actor2": text("The other side or addressee."),
        "country_iso3": COUNTRY_ISO3,
        "country": COUNTRY,
        "region": REGION,
        "admin1": text("Name of the first-level region."),
        "location": text("Place or landmark."),
        "latitude": column("number", "Latitude of the place.", unit="degrees north", low=-90, high=90),
        "longitude": column("number", "Longitude of the place.", unit="degrees east", low=-180, high=180),
        "geo_precision": count(
            "Precision of the coordinates.",
            "code",
            low=1,
            high=3,
            rule="1 landmark, 2 town, 3 region.",
            vocabulary=ACLED,
        ),
        **count_range("size", "the crowd", rule="Split counts stay a range; they are never averaged."),
        "size_text": text("Crowd size as worded by the sources."),
        "target": text("Building or thing aimed at."),
        "outcome": text("How it ended."),
        **count_range(
            "deaths", "deaths in this event", rule="Each death sits on one event, so a sum over events is right."
        ),
        **count_range(
            "injured",
            "persons hurt in this event",
            rule="Only counts of this event alone. Running totals are casualties.",
        ),
        "report_ids": column(
            "ids", "Statements of casualty numbers that belong to this event.", references="casualties.report_id"
        ),
        "summary": text("What happened, in one sentence."),
        "reported_at": moment(
            "When it could first be known.",
            rule="Filled for the bundled table: earliest dated publication among the sources, never before the event.",
        ),
        "reported_at_precision": precision("reported_at"),
        "source_ids": SOURCE_IDS,
    },
    checks=[pa.Check(_of_its_type, error=PAIRED)],
)

CASUALTIES = table(
    "casualties",
    "Casualty reports",
    "One row per statement of a number by one body at one time. Contradicting statements are all kept.",
    "report_id",
    {
        "report_id": text("Identifier; never reused.", need="key"),
        "episode": text("Episode the number belongs to, as ISO3-YYYY-MM.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "reported_at": moment("When it was said.", need="key"),
        "reported_at_precision": precision("reported_at"),
        "as_of": moment("Cut-off of the count, where the report states one.", rule="Not the time of the report."),
        "as_of_precision": precision("as_of"),
        "measure": text(
            "What is counted.",
            need="key",
            allowed=[
                "killed",
                "injured",
                "hospitalised",
                "intensive_care",
                "surgery",
                "discharged",
                "missing",
                "detained",
            ],
            rule="'Sought help' is injured; outpatients and refused admission are discharged.",
            vocabulary=OWN,
        ),
        "population": text(
            "Whom it covers.", need="key", allowed=["all", "civilians", "security_forces"], vocabulary=OWN
        ),
        "scope": text(
            "Running total, additional persons, or the stock at that hour.",
            need="key",
            allowed=["cumulative", "new", "current"],
            rule="Follows the wording, which is often loose for hospital figures.",
            vocabulary=OWN,
        ),
        "location": text("Place covered; 'City: Hospital' is a component of the city."),
        "part_of": text(
            "The wider place, as named in `location`, whose count includes this one.",
            rule="Empty for the whole place of the episode. Without the column, 'City: Hospital' is part of 'City'.",
        ),
        "value": count("The number said. 0 is a statement of none.", need="key"),
        "qualifier": text(
            "How the number was worded.",
            need="key",
            allowed=["exact", "about", "at_least", "more_than", "up_to", "between"],
            vocabulary=OWN,
        ),
        "value_low": count("Lower bound the wording allows: more than 600 is 601.", rule="Empty for 'about'."),
        "value_high": count("Upper bound the wording allows; empty means open above.", rule="Empty for 'about'."),
        "issuing_body": text("Who said it, or whom the outlet quotes."),
        "issuer_type": text(
            "What kind of body that is.",
            allowed=["competent", "authority", "medical", "international", "rights_group", "opposition", "media"],
            rule="competent: the body whose task the count is, here the health ministry, and the interior ministry for "
            "its own staff; repeats by outlets included.",
            vocabulary=OWN,
        ),
        "notes": text("What a reader must know before using the number."),
        "source_ids": SOURCE_IDS,
    },
)


CASES = table(
    "cases",
    "Disputed and undisputed national elections, 1986-2024",
    "One row per national election and what followed. A purposive sample: disputed votes are oversampled, so any "
    "rate is conditional on the sample.",
    "case_id",
    {
        "case_id": text("Identifier.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "country": COUNTRY,
        "election_date": day("Polling day.", need="key"),
        "election_kind": text(
            "Kind of election.", allowed=["presidential", "parliamentary", "general", "constituent"], vocabulary=OWN
        ),
        "round": count("Round of voting.", "round", low=1, high=5),
        "incumbent_ran": flag("The incumbent stood."),
        "incumbent_party_won_official": flag("The official result gave the incumbent side the win."),
        "official_winner_share_pct": pct("Official share of the winner."),
        "official_margin_pct": column(
            "number",
            "Official lead of the winner over the next contender.",
            unit="percentage points",
            low=-100,
            high=100,
            rule="Negative where the declared winner had fewer votes.",
        ),
        "turnout_pct": pct("Official turnout."),
        "disputed": flag("A main contender rejected the result."),
        "observer_verdict": text(
            "Verdict of international observers.",
            allowed=["free_fair", "mostly", "flawed", "not_credible", "none"],
            rule="none: no such mission.",
            vocabulary=OWN,
        ),
        "mass_protest": flag(
            "Mass protest followed.", rule="10,000 or more on one day, or thousands for three days or more."
        ),
        **count_range("peak_protest_size", "the largest crowd"),
        "first_protest_date": day("First protest day after the vote."),
        "last_protest_date": day("Last protest day."),
        **count_range("deaths", "deaths in the crisis", rule="0 is a statement of none."),
        "injured_best": count("Best figure for persons hurt."),
        "security_defection": flag(
            "Security forces refused orders or changed sides.", rule="Close to the outcome by definition."
        ),
        "government_building_seized": flag("A seat of government was seized."),
        "result_annulled_or_rerun": flag("The result was annulled or the vote repeated."),
        "annulment_date": day("Day of annulment."),
        "incumbent_exit": flag("The incumbent left within 12 months and because of the crisis."),
        "exit_date": day("Day of exit."),
        "exit_mode": text(
            "How the incumbent left.",
            allowed=["resigned", "fled", "coup", "negotiated", "lost_rerun", "none"],
            vocabulary=OWN,
        ),
        "days_to_exit": count("Days from the vote to the exit.", "days"),
        "internet_shutdown": flag("The internet was cut or throttled."),
        "notes": text("Coding notes; names every cell that rests on general knowledge."),
        "confidence": text("Coder's confidence in the row.", allowed=["high", "medium", "low"], vocabulary=OWN),
        "source_ids": SOURCE_IDS,
    },
)

SOURCES = table(
    "sources",
    "Sources",
    "One row per publication that any other table cites.",
    "source_id",
    {
        "source_id": text("Identifier used in `source_ids`.", need="key"),
        "publisher": text("Publisher, and the agency or paper it copies."),
        "title": text("What the page says, in our words; not its headline."),
        "url": text("Address."),
        "published": text(
            "Date or time of publication; a year or month where only that is known.",
            pattern=r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d[+-]\d\d:\d\d)?)?)?",
            form="2020, 2020-10, 2020-10-06 or 2020-10-06T10:23+06:00",
            rule="A bare date is read as the end of that day, a month or year as its last day.",
        ),
        "published_basis": text(
            "Where the date comes from.",
            allowed=["page", "bound", "unverified"],
            rule="page: read off the page with its clock; bound: latest it can be, from a later page of the same "
            "numbered series; unverified: a date taken from the page, its address or its content.",
            vocabulary=OWN,
        ),
        "language": text("Language of the page.", vocabulary="ISO 639-1"),
    },
)

COVERAGE = table(
    "coverage",
    "What each table covers",
    "One row per table, place and span in which a missing row means none was found. Nothing was looked for outside it.",
    "table country_iso3 region start",
    {
        "table": text("Table it speaks of.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "region": REGION,
        "start": day("First day covered.", need="key"),
        "end": day("Last day covered.", need="key"),
        "completeness": text("How complete the table is there.", allowed=["good", "thin", "sample"], vocabulary=OWN),
        "notes": text("What is known to be missing."),
    },
)
