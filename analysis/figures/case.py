"""The worked case: which country, episode, election, places and days the published figures show; words of all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis import casualties
from analysis.charts import style
from analysis.crisis import Crisis, load_crisis
from analysis.tables import load_events, load_table

COUNTRY = "KGZ"
ELECTION = "KGZ-2020-10-04-PARL"
EPISODE = "KGZ-2020-10"
ZONE = "Asia/Bishkek"
EVENING = "2020-10-06 18:00"  # of the day on which the first report spoke of more than 600 injured
FIRST_DAY, LAST_DAY = pd.Timestamp("2020-10-04"), pd.Timestamp("2020-10-16")
LAST_FULL_COUNT = "preliminary_2020-10-05T11:00"
PARTY_COLOURS = {
    "Birimdik": style.VERMILION,
    "Mekenim Kyrgyzstan": style.ORANGE,
    "Kyrgyzstan": style.PURPLE,
    "Butun Kyrgyzstan": style.BLUE,
    "Mekenchil": style.GREEN,
    "Respublika": style.SKY,
}
MEASURES = {
    "killed": "Dead",
    "injured": "Injured",
    "detained": "Detained",
    "missing": "Missing",
    "hospitalised": "In hospital so far",
}
RULES = {
    "official": "official",
    "latest": "newest",
    "running_max": "highest so far",
    "envelope": "range",
    "model": "model",
}
TILES = {
    "KG-T": (0, 0),
    "KG-C": (0, 1),
    "KG-GB": (0, 2),
    "KG-Y": (0, 3),
    "KG-J": (1, 1),
    "KG-N": (1, 2),
    "KG-B": (2, 0),
    "KG-GO": (2, 1),
    "KG-O": (2, 2),
}


def events_of_case(first: pd.Timestamp | None = None, last: pd.Timestamp | None = None) -> pd.DataFrame:
    """Load the events of the worked case, of all days or from `first` to `last`."""
    return load_events(country=COUNTRY, start=first, end=last)


def region_names() -> dict[str, str]:
    """Name the regions of the worked case, by code."""
    turnout = load_table("turnout")
    here = turnout[turnout["election_id"].str.startswith(f"{COUNTRY}-")]
    return here.drop_duplicates("region").set_index("region")["region_name"].to_dict()


def thin_regions() -> list[str]:
    """Name the regions of the worked case that few local sources reach."""
    thin = load_table("coverage").query("table == 'events' and country_iso3 == @COUNTRY and completeness == 'thin'")
    return sorted(thin["region"].map(region_names()))


def day(date: pd.Timestamp) -> str:
    """Write a day as "6 October"."""
    return f"{date.day} {date:%B}"


def crisis_shown(
    country: str | None, data: str | os.PathLike[str] | None, as_of: Any = None, timezone: str | None = None
) -> Crisis:
    """Load the crisis that a figure shows: that of a folder, of a country, or the worked case."""
    return load_crisis(
        data, country=COUNTRY if country is None and data is None else country, as_of=as_of, timezone=timezone
    )


class Grown(NamedTuple):
    """
    How a toll grew.

    Attributes
    ----------
    course : DataFrame
        `moment` and `persons`, where they changed.
    said : str
        Which number it is, broken for the margin of a chart.
    """

    course: pd.DataFrame
    said: str


def grown(reports: pd.DataFrame, measure: str) -> Grown | None:
    """Follow the count of the competent body, or what it allows at least, or what anybody stated; None if nobody did."""
    kinds = [
        ("official", "best", "highest official\ncount so far"),
        ("official", "low", "at least, by\nofficial counts"),
        ("running_max", "low", "at least, by any\ncount so far"),
    ]
    total = reports[(reports["measure"] == measure) & (reports["scope"] == "cumulative")]
    kinds = kinds if (total["issuer_type"] == "competent").any() else kinds[2:]
    for rule, bound, said in kinds if len(total) else []:
        known = casualties.timeline(reports, measure, rule=rule).dropna(subset=bound).reset_index()
        course = known.assign(persons=known[bound].astype("int64")).drop_duplicates("persons")
        if len(course):
            return Grown(course[["moment", "persons"]], said)
    return None


def span_said(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Write days as "4 to 16 October 2020", with month and year once where they are the same."""
    start = f"{first.day}" if first.to_period("M") == last.to_period("M") else day(first)
    start += f" {first.year}" if first.year != last.year else ""
    return f"{day(last)} {last.year}" if first == last else f"{start} to {day(last)} {last.year}"


def clock_said(timezone: str) -> str:
    """Name the clock of a zone by its city."""
    return f"{timezone.rpartition('/')[2].replace('_', ' ')} time"


def boxes_said(boxes: pd.DataFrame) -> str:
    """Write what a box of `events.boxes` stands for."""
    per_box = int(boxes["per_box"].max())
    return "One box per event" if per_box == 1 else f"One box per {per_box:,} events, or fewer"


def listed(words: Sequence[object], last: str = "and") -> str:
    """Join words as a sentence does."""
    *first, final = map(str, words)
    return f"{', '.join(first)} {last} {final}" if first else final
