"""The worked case: which country, episode, election, places and days the published figures show, and their words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.charts import style
from analysis.tables import covered, load_casualties, load_elections, load_events, load_table

COUNTRY = "KGZ"
ELECTION = "KGZ-2020-10-04-PARL"
EPISODE = "KGZ-2020-10"
ZONE = "Asia/Bishkek"
EVENING = "2020-10-06 18:00"  # of the day on which the first report spoke of more than 600 injured
FIRST_DAY, LAST_DAY = pd.Timestamp("2020-10-04"), pd.Timestamp("2020-10-16")
LAST_FULL_COUNT = "preliminary_2020-10-05T11:00"
PROJECTED = "preliminary_2020-10-05T08:49"
PARTY_COLOURS = {
    "Birimdik": style.VERMILION,
    "Mekenim Kyrgyzstan": style.ORANGE,
    "Kyrgyzstan": style.PURPLE,
    "Butun Kyrgyzstan": style.BLUE,
    "Mekenchil": style.GREEN,
    "Respublika": style.SKY,
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


def crisis(country: str) -> tuple[str, str]:
    """
    Tell the vote and the episode of a country's bundled crisis: the first of each in the days that its events cover.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    election, episode : str

    Raises
    ------
    ValueError
        If no events of the country are bundled, or no vote or no statement of a toll in the days they cover.

    Examples
    --------
    >>> crisis("KGZ"), crisis("BLR")
    (('KGZ-2020-10-04-PARL', 'KGZ-2020-10'), ('BLR-2020-08-09-PRES', 'BLR-2020-08'))
    """
    start, end = covered("events", country).loc[country]
    votes = load_elections().query("country_iso3 == @country").set_index("election_id")["date"]
    reports = load_casualties().query("country_iso3 == @country")
    begun = reports.groupby("episode")["reported_at"].min().dt.tz_localize(None)
    found = [dates[dates.between(start, end + pd.Timedelta(days=1))].sort_values() for dates in (votes, begun)]
    for dates, what in zip(found, ("vote", "statement of a toll"), strict=True):
        if dates.empty:
            raise ValueError(
                f"no {what} of {country} is bundled in the days of its events, {start:%Y-%m-%d} to {end:%Y-%m-%d}"
            )
    election, episode = (str(dates.index[0]) for dates in found)
    return election, episode


def day(date: pd.Timestamp) -> str:
    """Write a day as "6 October"."""
    return f"{date.day} {date:%B}"


def boxes_said(boxes: pd.DataFrame) -> str:
    """Write what a box of `events.boxes` stands for."""
    per_box = int(boxes["per_box"].max())
    return "One box per event" if per_box == 1 else f"One box per {per_box:,} events, or fewer"


def listed(words: Sequence[object], last: str = "and") -> str:
    """Join words as a sentence does."""
    *first, final = map(str, words)
    return f"{', '.join(first)} {last} {final}" if first else final
