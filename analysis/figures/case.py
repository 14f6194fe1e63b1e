"""The worked case: which episode, election, places and days the published figures show, and how they write them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.charts import style

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
