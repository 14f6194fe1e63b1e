"""Tables of polling stations: the stations themselves, which may not be shipped, and sums and tests over them."""

from __future__ import annotations

from analysis.columns import column, count, flag, pct, text
from analysis.schema.common import ELECTION_ID, OWN, RECONSTRUCTED, REGION, SOURCE_IDS, table

STATION_BANDS = table(
    "station_bands",
    "Votes by region and Form 2 share of the station",
    "Stations of 4 October 2020 summed by region and by the share of address-change voters on the station's list. "
    "Summed by `elections.station_bands` from station files published by Kloop; ballots are reconstructed from ratios.",
    "election_id region form2_band contestant",
    {
        "election_id": ELECTION_ID,
        "region": REGION,
        "form2_band": text(
            "Form 2 voters as a share of the station's list, as published.",
            need="key",
            unit="percent",
            rule="Lower edge included.",
        ),
        "contestant": text("Party or option.", need="key"),
        "stations": count("Stations in the cell.", "stations"),
        "ballots": count("Ballots cast there, reconstructed.", "ballots"),
        "stations_ballots": count("Stations behind `ballots`; the others state none.", "stations"),
        "valid_votes": count("Valid votes there, hand count.", "votes"),
        "votes_hand": count("Votes of the contestant, hand count.", "votes"),
        "votes_machine": count(
            "Votes of the contestant, machine count.",
            "votes",
            rule="Stations without a machine row, or with totals more than 10 % apart, are left out.",
        ),
        "votes_hand_matched": count(
            "Votes of the contestant, hand count, at the stations behind `votes_machine`.", "votes"
        ),
        "stations_machine": count("Stations behind `votes_machine`.", "stations"),
        "reconstructed": RECONSTRUCTED,
        "source_ids": SOURCE_IDS,
    },
)

STATION_GRID = table(
    "station_grid",
    "Turnout and share of the leading party, counted in cells",
    "Stations of 4 October 2020 in each cell of turnout x share, counted by `elections.station_grid` from the same "
    "files. Turnout is reconstructed.",
    "election_id contestant turnout_pct_low share_pct_low",
    {
        "election_id": ELECTION_ID,
        "contestant": text("The leading party, nationally.", need="key"),
        "turnout_pct_low": pct("Lower edge of the turnout cell, included.", need="key"),
        "turnout_pct_high": pct("Upper edge, excluded; 100 is included."),
        "share_pct_low": pct("Lower edge of the share cell, included.", need="key"),
        "share_pct_high": pct("Upper edge, excluded; 100 is included."),
        "stations": count("Stations in the cell.", "stations"),
        "reconstructed": RECONSTRUCTED,
        "source_ids": SOURCE_IDS,
    },
)

PRECINCTS = table(
    "precincts",
    "Station results",
    "One row per polling station and contestant; voters and ballots are repeated on every row of the station.",
    "station_id contestant",
    {
        "station_id": text("Polling station; unique within the election.", need="key"),
        "region": text("Region, as the publisher names it.", rule="ISO 3166-2 code where the adapter can tell."),
        "registered": count("Voters on the station's list.", "voters"),
        "issued": count("Ballots given out.", "ballots"),
        "cast": count("Ballots found in the boxes.", "ballots"),
        "valid": count("Valid ballots.", "ballots"),
        "contestant": text("Party, candidate or option.", need="key"),
        "votes": count("Votes of the contestant.", "votes", need="required", rule="Empty where there is no count."),
        "flags": column(
            "ids",
            "What is odd about the station, joined with ';'.",
            rule="Filled on loading. turnout_above_100, cast_above_issued, valid_above_cast, votes_above_valid, "
            "sum_not_valid, empty; then those of the publisher's adapter. No station is left out.",
            vocabulary=OWN,
        ),
        "source_ids": SOURCE_IDS,
    },
    bundled=False,
)

ELECTION = text("Election of the stations, country and day first.", need="key", rule="As in the catalog.")
COMPUTED_BY = "Computed by `unrest aggregate` from station files that may not be shipped."

STATION_TESTS = table(
    "station_tests",
    "What the tests of stations gave on real elections",
    f"One row per election, contestant and test of `analysis.forensics`. {COMPUTED_BY}",
    "election contestant test",
    {
        "election": ELECTION,
        "disputed": flag("1 where observers, a court or protest put the count itself in doubt.", need="key"),
        "contestant": text("Party or candidate.", need="key"),
        "rank": count("Place of the contestant by votes at the stations.", "rank"),
        "test": text("Function of `analysis.forensics`.", need="key"),
        "n": count("Stations (or counts) used.", "stations"),
        "excluded": count("Stations (or counts) left out.", "stations"),
        "statistic": column(
            "number",
            "The test's number.",
            unit="as the test",
            rule="What it is, is said by each result class; count_gap: votes beyond an even split, hand minus machine; "
            "dose_response: points of share per 10 points of Form 2.",
        ),
        "statistic_low": column(
            "number", "Lower end of its 95 % interval, where the method has one.", unit="as the test"
        ),
        "statistic_high": column("number", "Upper end.", unit="as the test"),
        "range_low": column("number", "Lowest value with one region left out, where computed.", unit="as the test"),
        "range_high": column("number", "Highest value with one region left out.", unit="as the test"),
        "expected": column("number", "What the null expects (integer_peaks).", unit="stations"),
        "sd": column("number", "Standard deviation under the null (integer_peaks).", unit="stations"),
        "p_value": column(
            "number",
            "Probability under the null; empty for an estimate.",
            unit="probability",
            low=0,
            high=1,
            rule="count_gap, dose_response: corrected over the contestants (Holm).",
        ),
        "flagged": flag("1 where the test flags at 5 %, before any correction over tests."),
        "effect_votes": column("number", "Size in votes, where the method has one.", unit="votes"),
        "reconstructed": RECONSTRUCTED,
        "source_ids": SOURCE_IDS,
    },
)

STATION_CELLS = table(
    "station_cells",
    "Digits and round percentages of real elections, counted",
    f"One row per election, contestant, what is counted and cell. {COMPUTED_BY}",
    "election contestant counted cell",
    {
        "election": ELECTION,
        "contestant": text("Party or candidate.", need="key"),
        "counted": text(
            "What is counted.",
            need="key",
            allowed=["last_digit", "second_digit", "turnout_percent", "share_percent"],
            rule="Digits of the contestant's votes; whole percents that turnout or share lie within 0.05 points of.",
            vocabulary=OWN,
        ),
        "cell": count("The digit, or the percent.", "digit or percent", need="key"),
        "observed": count("Stations there.", "stations"),
        "expected": column("number", "Stations expected there under the null of the test.", unit="stations"),
        "source_ids": SOURCE_IDS,
    },
)
