"""
ParlGov: results of national parliamentary and European Parliament elections, by Holger Döring and Philip Manow.

view_election.csv of the Parliaments and governments database, one row per election and party, from 1900, in 37
democracies of the EU and the OECD. Written against a real copy of 2021 (8,673 rows: 816 parliamentary and 183 European
elections). `election_id` is country, day and PARL or EP: AUS-1901-03-30-PARL; ParlGov's own stays in
`parlgov_election_id`. The contestant is `party_name_short`, which is unique within an election; `country_name_short` is
ISO 3166-1 alpha-3. Of an election over several days ParlGov gives the last.

Traps. European elections are of `parlgov_election_type` "ep", a country's share of the seats. An empty `vote_share`
(546 rows) or `seats` (69) is not zero: seats are empty for an alliance whose members have them, shares for members
whose alliance has it, so that neither is counted twice. Rows "none", "no-seat" and "one-seat" are no parties but what
is left. Parties under one percent are mostly left out, so shares sum to less than 100 (median 98.8). Seats sum to
`seats_total` in 998 of the 999 elections (not in Cyprus 2021: 52 of 56, whose Democratic Front is missing). What a
share is a share of is not stated. 0 seats is a statement of none.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.coded import words

NAME = "parlgov"
TABLE = "results"
CITATION = (
    "Döring, Holger & Philip Manow (2021), Parliaments and governments database (ParlGov): Information on parties, "
    "elections and cabinets in modern democracies, parlgov.org. Name the version."
)
CALLED = {
    "election_id": "election_type",
    "contestant": "party_name_short",
    "vote_share_pct": "vote_share",
    "seats": "seats",
}
KINDS = {"parliament": "PARL", "ep": "EP"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of ParlGov's view of elections."""
    (header,) = headers.values()
    wanted = {"country_name_short", "election_type", "election_date", "vote_share", "seats", "party_name_short"}
    return wanted <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write results in our columns; see the module."""
    kind = words(raw["election_type"], KINDS)
    seats = raw["seats"].str.strip()
    return pd.DataFrame(
        {
            "election_id": raw["country_name_short"] + "-" + raw["election_date"] + "-" + kind,
            "stage": "final",
            "count_method": "final",
            "level": "national",
            "contestant": raw["party_name_short"],
            "vote_share_pct": raw["vote_share"],
            "share_base": (raw["vote_share"].str.strip() != "").map({True: "not_stated", False: ""}),
            "seats": seats,
            "seats_status": (seats != "").map({True: "allocated", False: ""}),
        }
    )
