"""
UCDP Non-State Conflict Dataset: fighting between groups of which none is the government of a state, by year from 1989.

Uppsala Conflict Data Program; one row per pair of sides and year with 25 or more deaths (ucdp-nonstate-*.csv,
Nonstate_v*.csv). Written against a real copy of 21.1. Countries are those of `gwno_location` (Gleditsch & Ward) on 1
July of the year; deaths are those of the year.

Traps. `best_fatality_estimate` lies outside the published bounds in 6 of the 1,356 rows of 21.1 (Syria 2018: low 124,
best 118): there the interval is widened to hold it, and the published bounds stay in `ucdp_nonstate_*`. `org` is how
organized the sides are (1 formally organized groups, 2 supporters of parties and the like, 3 communities): such sides
are hardly comparable. `ep_end` is 1 in most rows, because most of these conflicts last one year; `start_date` and
`start_date2` are as in armed conflicts.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.ucdp_conflicts import EPISODE, OF_A_YEAR, with_deaths

NAME = "ucdp_nonstate"
TABLE = "conflicts"
CITATION = (
    "Sundberg, Ralph, Kristine Eck & Joakim Kreutz (2012), Introducing the UCDP Non-State Conflict Dataset, Journal of "
    "Peace Research 49(2), 351-362, with the article in the Journal of Peace Research that presents the release used, "
    "such as Pettersson, Therese et al. (2021), Organized violence 1989-2020, with a special emphasis on Syria, 58(4), "
    "809-825. Name the version."
)
CALLED = OF_A_YEAR | EPISODE | {"side_a": "side_a_name", "side_b": "side_b_name"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of a non-state conflict-year."""
    (header,) = headers.values()
    return {"conflict_id", "org", "side_a_name", "side_b_name", "best_fatality_estimate"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write non-state conflict-years in our columns; see the module."""
    return with_deaths(raw, CALLED, "non_state")
