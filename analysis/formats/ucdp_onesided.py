"""
UCDP One-sided Violence Dataset: governments and organized groups killing civilians, by year from 1989.

Uppsala Conflict Data Program; one row per actor and year with 25 or more deaths (ucdp-onesided-*.csv, OneSided_v*.csv).
Written from the codebook and published headers, without a real copy. `side_a` is the actor; there is no other side.
Countries are those of `gwno_location` (Gleditsch & Ward) on 1 July of the year; deaths are those of the year.

Traps. `gwno_location` is where the killing was, not whose government killed (`gwnoa`, only for governments). There are
no dates and no intensity. Deaths of civilians in a battle between two armed sides are not here but in the battle. Where
`best_fatality_estimate` lies outside the bounds the interval is widened to hold it, as in `ucdp_nonstate`.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.ucdp_conflicts import OF_A_YEAR, with_deaths

NAME = "ucdp_onesided"
TABLE = "conflicts"
CITATION = (
    "Eck, Kristine & Lisa Hultman (2007), One-Sided Violence Against Civilians in War: Insights from New Fatality "
    "Data, Journal of Peace Research 44(2), 233-246, with the article in the Journal of Peace Research that presents "
    "the release used, such as Pettersson, Therese et al. (2021), Organized violence 1989-2020, with a special "
    "emphasis on Syria, 58(4), 809-825. Name the version."
)
CALLED = OF_A_YEAR | {"side_a": "actor_name"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of an actor-year of one-sided violence."""
    (header,) = headers.values()
    return {"conflict_id", "is_government_actor", "actor_name", "best_fatality_estimate"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write one-sided violence in our columns; see the module."""
    return with_deaths(raw, CALLED, "one_sided")
