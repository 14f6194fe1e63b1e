"""Tables of what surrounds events: conflicts, leaders in office, indicators by country and year, borders of regions."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from analysis.columns import column, count, count_range, day, flag, text
from analysis.schema.common import ACLED, COUNTRY, COUNTRY_ISO3, ISO_3166_1, ISO_3166_2, OWN, SOURCE_IDS, table

UCDP = "UCDP/PRIO Armed Conflict Dataset Codebook"
ARCHIGOS = "Archigos 4.1 (Goemans, Gleditsch & Chiozza 2009)"
VDEM = "V-Dem Codebook"
POLITY = "Polity5 Dataset Users' Manual (Marshall & Gurr 2020)"
YEAR = count("Calendar year.", "year", need="key", low=1600, high=2200)


def _certainty(of: str) -> pa.Column:
    return count(
        f"Precision of `{of}`.",
        "code",
        low=0,
        high=7,
        rule="As the publisher codes it: 1 the day is known; the higher, the less certain.",
        vocabulary=UCDP,
    )


CONFLICTS = table(
    "conflicts",
    "Armed conflicts by year",
    "One row per conflict and year in which it was active, or per pair of sides and year in a dyadic file.",
    "conflict_id dyad_id year",
    {
        "conflict_id": text("Identifier of the conflict.", need="key"),
        "dyad_id": text("Identifier of the pair of sides.", rule="Empty where the row is a whole conflict."),
        "year": YEAR,
        "country_iso3": COUNTRY_ISO3,
        "countries_iso3": text(
            "Every country fought in, or whose territory or government is fought over; joined with ';'.",
            pattern="[A-Z]{3}(;[A-Z]{3})*",
            form="KGZ or IND;PAK",
            rule="`country_iso3` is the first of them. A state without an ISO code is left out.",
            vocabulary=ISO_3166_1,
        ),
        "conflict_type": text(
            "Kind of conflict.",
            need="key",
            allowed=[
                "extrasystemic",
                "interstate",
                "intrastate",
                "internationalized_intrastate",
                "non_state",
                "one_sided",
            ],
            rule="The first four are state-based; a war on civilians (one_sided) has no second side.",
            vocabulary=UCDP,
        ),
        "side_a": text("One side; in a state-based conflict a government; the attacker in one-sided violence."),
        "side_b": text("The other side."),
        "incompatibility": text(
            "What is fought over.", allowed=["territory", "government", "government_and_territory"], vocabulary=UCDP
        ),
        "intensity": count(
            "Intensity in that year.",
            "code",
            low=1,
            high=2,
            rule="1 minor, 25 to 999 battle-related deaths in the year; 2 war, 1,000 or more.",
            vocabulary=UCDP,
        ),
        "start_date": day("First death of the conflict, in whatever year.", rule="Not the start of this episode."),
        "start_precision": _certainty("start_date"),
        "episode_start": day("Start of the episode that this year belongs to."),
        "episode_start_precision": _certainty("episode_start"),
        "episode_ended": flag("1 where the episode ended in this year."),
        "episode_end": day("Last activity of the episode; only in the year it ended."),
        "episode_end_precision": _certainty("episode_end"),
        **count_range("deaths", "deaths of the conflict in this year", rule="Empty where the file states none."),
        "version": text("Release of the data; later ones revise earlier years."),
        "source_ids": SOURCE_IDS,
    },
    bundled=False,
)


def _in_order(leaders: pd.DataFrame) -> pd.Series:
    return (leaders["start"] <= leaders["end"]) | leaders["start"].isna() | leaders["end"].isna()


LEADERS = table(
    "leaders",
    "Leaders in office",
    "One row per spell of one person as effective ruler of a country.",
    "spell_id",
    {
        "spell_id": text("Identifier of the spell.", need="key"),
        "leader_id": text("Identifier of the person, as the publisher gives it.", rule="Repeated for each spell."),
        "leader": text("Name of the leader.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "country": COUNTRY,
        "start": day("First day in office.", need="key"),
        "start_precision": count("Precision of `start`.", "code", low=1, high=3, rule="1 the day, 3 the month."),
        "end": day(
            "Last day in office.",
            rule="Empty while in office. Last day of the month where only that is known: the latest it can be.",
        ),
        "end_precision": count(
            "Precision of `end`.", "code", low=1, high=3, rule="1 the day, 3 the month.", vocabulary=ACLED
        ),
        "in_office": flag("1 where the spell had not ended when the data were closed.", need="required"),
        "observed_until": day("Day on which the data were closed, where stated; a spell still open is known up to it."),
        "entry": text(
            "How power was reached.", allowed=["regular", "irregular", "foreign", "unknown"], vocabulary=ARCHIGOS
        ),
        "exit": text(
            "How power was lost.",
            allowed=["regular", "irregular", "foreign", "natural_death", "ill_health", "suicide", "unknown"],
            rule="Empty while in office.",
            vocabulary=ARCHIGOS,
        ),
        "exit_detail": text("How, in the publisher's words."),
        "birth_year": count("Year of birth.", "year", low=1600, high=2200),
        "gender": text("Gender.", allowed=["female", "male"], vocabulary=OWN),
        "source_ids": SOURCE_IDS,
    },
    checks=[pa.Check(_in_order, error="start <= end in the same row")],
    bundled=False,
)


def _index(name: str, what: str) -> dict[str, pa.Column]:
    """Declare an index from 0 to 1 with the ends of its interval of measurement."""
    scale = {"unit": "index, 0 to 1", "low": 0, "high": 1, "vocabulary": VDEM}
    rule = "Interval of the measurement model, about one standard deviation either way; no 95 % interval."
    return {
        f"{name}_low": column("number", f"{what}: lower end.", rule=rule, **scale),
        f"{name}_best": column("number", f"{what}: point estimate.", **scale),
        f"{name}_high": column("number", f"{what}: upper end.", rule=rule, **scale),
    }


def _score(meaning: str, low: float, rule: str) -> pa.Column:
    return column("number", meaning, unit="points", low=low, high=10, rule=rule, vocabulary=POLITY)


NO_CODES = "Empty in the years of `polity_state`."

COUNTRY_YEARS = table(
    "country_years",
    "Indicators by country and year",
    "One row per country, as its publisher draws countries, and year. Two of them may share a `country_iso3` in "
    "a year, such as the two Ethiopias of Polity in 1993; where ISO has no code it is empty.",
    "country_code year",
    {
        "country_code": text("Country as the publisher codes it.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "country": COUNTRY,
        "year": YEAR,
        "date": day("Day within the year that the row describes."),
        **_index("polyarchy", "Electoral democracy index"),
        **_index("libdem", "Liberal democracy index"),
        **_index("partipdem", "Participatory democracy index"),
        **_index("delibdem", "Deliberative democracy index"),
        **_index("egaldem", "Egalitarian democracy index"),
        "regime": count(
            "Regimes of the world.",
            "code",
            low=0,
            high=3,
            rule="0 closed autocracy, 1 electoral autocracy, 2 electoral democracy, 3 liberal democracy.",
            vocabulary=VDEM,
        ),
        "democ": _score("Institutionalized democracy.", 0, NO_CODES),
        "autoc": _score("Institutionalized autocracy.", 0, NO_CODES),
        "polity": _score("Combined score, democ minus autoc.", -10, NO_CODES),
        "polity2": _score(
            "Combined score for time series.",
            -10,
            "The publisher writes 0 for interregnum, interpolates transitions and leaves interruptions empty.",
        ),
        "polity_state": text(
            "Why there is no score.",
            allowed=["interruption", "interregnum", "transition"],
            rule="-66 interruption (foreign occupation), -77 interregnum (collapse), -88 transition.",
            vocabulary=POLITY,
        ),
        "durable": count("Years since the last regime change.", "years", vocabulary=POLITY),
        "source_ids": SOURCE_IDS,
    },
    bundled=False,
)


def _apart(borders: pd.DataFrame) -> pd.Series:
    """Whether the two sides of each border are two regions."""
    return borders["region"] != borders["neighbour"]


NEIGHBOURS = table(
    "neighbours",
    "Regions that touch",
    "One row per land border of two first-level regions, as of November 2018. A border holds both ways and is listed "
    "once; bundled are the regions of Kyrgyzstan.",
    "region neighbour",
    {
        "region": text("Code of one region.", need="key", rule="In bundled rows the first of the two codes."),
        "neighbour": text("Code of the other.", need="key", vocabulary=f"{ISO_3166_2}; in your own rows any codes"),
        "source_ids": SOURCE_IDS,
    },
    checks=[pa.Check(_apart, error="two different regions in the same row")],
)
