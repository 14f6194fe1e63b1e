"""Tables of votes: elections, results by contestant, turnout, voters who moved, irregularities."""

from __future__ import annotations

from analysis.columns import column, count, day, moment, pct, text
from analysis.schema.common import (
    ACLED,
    COUNTRY_ISO3,
    ELECTION_ID,
    LEVEL,
    OWN,
    RECONSTRUCTED,
    REGION,
    REGION_NAME,
    SOURCE_IDS,
    precision,
    table,
)

ELECTIONS = table(
    "elections",
    "Elections and referendums",
    "One row per national vote; in files of other publishers also per round, or per step towards a vote: see `event`.",
    "election_id",
    {
        "election_id": text("Identifier, ISO3-YYYY-MM-DD-KIND.", need="key"),
        "country_iso3": COUNTRY_ISO3,
        "date": day(
            "Polling day (of the first round).",
            need="key",
            rule="First of the month where only that is known: see `date_precision`.",
        ),
        "date_precision": count("Precision of `date`.", "code", low=1, high=3, rule="1 the day, 3 the month."),
        "event": text(
            "What the row records.",
            allowed=["vote", "announcement", "scheduled", "deadline", "delay", "voided", "regime_failure"],
            rule="Only a vote took place; the others are steps towards one, or a vote that never came. Empty: a vote.",
            vocabulary=OWN,
        ),
        "kind": text(
            "Kind of vote.",
            need="key",
            allowed=["parliamentary", "presidential", "general", "constituent", "referendum", "local"],
            vocabulary=OWN,
        ),
        "body": text("Body or question voted on."),
        "seats_total": count("Seats at stake.", "seats"),
        "threshold_pct": pct("National threshold for seats."),
        "threshold_base": text(
            "What the threshold is a share of; it changed between laws.",
            allowed=["ballots", "valid_votes", "registered"],
            rule="ballots: of all voters who took part.",
            vocabulary=OWN,
        ),
        "system": text("Electoral system in words."),
        "registered_voters": count("Voters on the final list.", "voters"),
        "ballots_cast": count("Voters who took part.", "ballots"),
        "valid_votes": count("Valid votes, 'against all' included.", "votes"),
        "turnout_pct": pct("Turnout as announced, share of registered voters."),
        "precincts": count("Polling stations.", "stations"),
        "status": text(
            "Standing of the result.",
            allowed=["certified", "disputed", "annulled", "provisional"],
            vocabulary=OWN,
        ),
        "notes": text("Bases, conflicts between sources, caveats."),
        "source_ids": SOURCE_IDS,
    },
)

RESULTS = table(
    "results",
    "Election results by count stage",
    "One row per election, count stage, unit and contestant.",
    "election_id stage level region contestant",
    {
        "election_id": ELECTION_ID,
        "stage": text("Count stage, named by method and time.", need="key"),
        "count_method": text(
            "How these votes were counted.",
            allowed=["electronic", "manual", "final", "announced", "poll", "exit_poll"],
            rule="announced: published without saying how it was counted.",
            vocabulary=OWN,
        ),
        "reported_at": moment("When it was published."),
        "reported_at_precision": precision("reported_at"),
        "counted_pct": pct("Share of stations counted."),
        "level": LEVEL,
        "region": REGION,
        "region_name": REGION_NAME,
        "contestant": text("Party, candidate or option.", need="key"),
        "alignment": text(
            "Stance towards the government at the time.",
            allowed=["pro_government", "opposition", "mixed", "unknown"],
            vocabulary=OWN,
        ),
        "votes": count("Votes won.", "votes"),
        "vote_share_pct": pct("Share as published."),
        "share_base": text(
            "What `vote_share_pct` is a share of.",
            allowed=["ballots", "valid_votes", "registered", "respondents", "not_stated"],
            rule="Set where it can be checked against votes or the source says so; otherwise not_stated.",
            vocabulary=OWN,
        ),
        "seats": count("Seats won.", "seats"),
        "seats_status": text("Standing of the seats.", allowed=["allocated", "projected", "annulled"], vocabulary=OWN),
        "source_ids": SOURCE_IDS,
    },
)

TURNOUT = table(
    "turnout",
    "Turnout reports",
    "One row per report of turnout for one unit at one time.",
    "election_id reported_at region source_ids",
    {
        "election_id": ELECTION_ID,
        "reported_at": moment("When it was announced; intermediate reports carry the hour they describe.", need="key"),
        "reported_at_precision": precision("reported_at"),
        "level": LEVEL,
        "region": REGION,
        "region_name": REGION_NAME,
        "registered": count("Registered voters.", "voters"),
        "voted": count("Voters who had voted.", "voters"),
        "turnout_pct": pct("Turnout as announced."),
        "source_ids": SOURCE_IDS,
    },
)

FORM2 = table(
    "form2",
    "Voters who changed their electoral address (Form 2)",
    "One row per figure for one unit.",
    "election_id measure region as_of detail",
    {
        "election_id": ELECTION_ID,
        "measure": text(
            "What is counted.",
            need="key",
            allowed=["applications", "moved_in", "list_shrinkage"],
            rule="moved_in: voters added to lists of this unit; list_shrinkage: fall of the list without Form 2.",
            vocabulary=OWN,
        ),
        "level": LEVEL,
        "region": REGION,
        "region_name": REGION_NAME,
        "as_of": day("Day the figure describes."),
        "detail": text("Part of the whole, or how it was stated."),
        "voters": count("Number of voters.", "voters", need="key"),
        "qualifier": text("How exactly it was stated.", allowed=["exact", "about", "more_than"], vocabulary=OWN),
        "reconstructed": RECONSTRUCTED,
        "source_ids": SOURCE_IDS,
    },
)

IRREGULARITIES = table(
    "irregularities",
    "Reported irregularities",
    "One row per reported irregularity or finding.",
    "irregularity_id",
    {
        "irregularity_id": text("Identifier.", need="key"),
        "election_id": ELECTION_ID,
        "date": day("Day of the report; first of the month where only that is known.", need="key"),
        "date_precision": count("Precision of `date`.", "code", low=1, high=3, vocabulary=ACLED),
        "level": LEVEL,
        "region": REGION,
        "region_name": REGION_NAME,
        "place": text("Place within the region."),
        "kind": text("Kind of irregularity.", need="key", rule="Open vocabulary.", vocabulary=OWN),
        "summary": text("What was reported."),
        "value": column("number", "The number reported; its unit is in `unit`.", unit="see `unit`"),
        "unit": text("Unit of `value`.", rule="Open vocabulary.", vocabulary=OWN),
        "reconstructed": RECONSTRUCTED,
        "source_ids": SOURCE_IDS,
    },
)
