"""
Tables computed from station files that may not be shipped: sums, counts in cells, and what the tests gave.

The bundled `station_bands`, `station_grid`, `station_tests` and `station_cells` are made here and nowhere else, from
`load_precincts`, so that figures and notebooks need no station file. `unrest aggregate` writes them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis import elections, forensics
from analysis.forensics.result import StationTest
from analysis.options import known
from analysis.precincts import load_precincts
from analysis.schema import TABLES
from analysis.writing import csv_text, write_whole

KYRGYZSTAN = "KGZ-2020-10-04-PARL"
SOURCE = "KLOOP-GH"
OF_VOTES_ALONE = ("last_digit", "zero_five", "last_two_digits", "second_digit", "count_gap", "dose_response")
PERCENTS_OF = ("KGZ-2020-10-04-PARL", "RUS-2018-03-18-PRES", "ISR-2021-03-23-PARL")


class Vote(NamedTuple):
    """An election whose stations are tested: was its count disputed, whose votes are tested, source of the file."""

    disputed: bool
    leaders: int
    source: str


VOTES = {
    "KGZ-2020-10-04-PARL": Vote(disputed=True, leaders=4, source=SOURCE),
    "RUS-2011-12-04-PARL": Vote(disputed=True, leaders=1, source="DKOBAK-GH"),
    "RUS-2012-03-04-PRES": Vote(disputed=True, leaders=1, source="DKOBAK-GH"),
    "RUS-2018-03-18-PRES": Vote(disputed=True, leaders=1, source="DKOBAK-GH"),
    "UGA-2011-02-18-PRES": Vote(disputed=True, leaders=1, source="PS139-GH"),
    "BOL-2019-10-20-PRES": Vote(disputed=True, leaders=1, source="BOLIVIASIMS-GH"),
    "ISR-2019-04-09-PARL": Vote(disputed=False, leaders=3, source="ISRAELDATA-GH"),
    "ISR-2021-03-23-PARL": Vote(disputed=False, leaders=3, source="ISRAELDATA-GH"),
    "BGR-2021-11-14-PARL": Vote(disputed=False, leaders=3, source="BGVOTES-GH"),
}


def names() -> list[str]:
    """List the tables made here."""
    return list(_TABLES)


def table(name: str) -> pd.DataFrame:
    """
    Compute one table from the station files.

    Parameters
    ----------
    name : {"station_bands", "station_grid", "station_tests", "station_cells"}

    Returns
    -------
    DataFrame
        Columns and order of the bundled table.

    Raises
    ------
    DatasetUnavailable
        If a station file is neither here nor can be fetched.
    ValueError
        If no table of that name is made here.
    """
    frame = _TABLES[known(name, _TABLES, "table of sums")]()
    model = TABLES[name]
    return frame.sort_values(list(model.key), ignore_index=True)[
        [column for column in model.columns if column in frame]
    ]


def text(name: str) -> str:
    """Compute one table as the text of its file: numbers to six digits, flags as 1 and 0."""
    frame = table(name)
    for column in frame.columns:
        if frame[column].dtype == "bool":
            frame[column] = frame[column].astype("int64")
    return csv_text(frame, index=False, float_format="%.6g")


def write(name: str, folder: str | os.PathLike[str]) -> Path:
    """Write one table as CSV, whole or not at all."""
    return write_whole(Path(folder) / f"{name}.csv", text(name).encode())


# Sums over the stations of 4 October 2020 ---------------------------------------------------------------------------


def _bands() -> pd.DataFrame:
    machine, hand = load_precincts(KYRGYZSTAN, count="machine"), load_precincts(KYRGYZSTAN)
    both = forensics.count_gap(machine, hand, leave_out=["mismatched"]).stations.index
    matched = machine["votes"].where(machine["station_id"].isin(both))
    keys = ["station_id", "contestant"]
    votes_machine = machine.assign(votes_machine=matched)[[*keys, "votes_machine"]]
    rows = hand.rename(columns={"cast": "ballots"})
    bands = elections.station_bands(rows.merge(votes_machine, on=keys))
    return bands.assign(election_id=KYRGYZSTAN, reconstructed=True, source_ids=SOURCE)


def _grid() -> pd.DataFrame:
    rows = load_precincts(KYRGYZSTAN)
    leader = _leaders(rows, 1)[0]
    stations = forensics.stations(rows, leader).rename(columns={"cast": "ballots"})
    grid = elections.station_grid(stations)
    return grid.assign(election_id=KYRGYZSTAN, contestant=leader, reconstructed=True, source_ids=SOURCE)


# Tests --------------------------------------------------------------------------------------------------------------


def _tests() -> pd.DataFrame:
    rows = [row for election in VOTES for row in _station_tests(election)]
    return pd.DataFrame([*rows, *_gap_rows(), *_dose_rows()])


def _leaders(precincts: pd.DataFrame, number: int) -> list[str]:
    votes = precincts[~precincts["contestant"].isin(elections.OPTIONS)].groupby("contestant")["votes"].sum()
    return [str(name) for name in votes.nlargest(number).index]


def _station_tests(election: str) -> Iterator[dict[str, Any]]:
    vote = VOTES[election]
    precincts = load_precincts(election)
    for rank, contestant in enumerate(_leaders(precincts, vote.leaders), start=1):
        report = forensics.report(forensics.stations(precincts, contestant))
        for name, result in report.results.items():
            yield _row(election, contestant, name, result) | {"rank": rank}


def _row(election: str, contestant: str, name: str, result: StationTest) -> dict[str, Any]:
    return {
        "election": election,
        "disputed": VOTES[election].disputed,
        "contestant": contestant,
        "test": name,
        "n": result.n,
        "excluded": int(result.excluded["stations"].sum()),
        "statistic": result.statistic,
        "expected": getattr(result, "expected", math.nan) if name == "integer_peaks" else math.nan,
        "sd": getattr(result, "sd", math.nan),
        "p_value": result.p_value,
        "flagged": result.flags(),
        "effect_votes": result.effect_votes,
        "reconstructed": election == KYRGYZSTAN and name not in OF_VOTES_ALONE,
        "source_ids": VOTES[election].source,
    }


def _gap_rows() -> Iterator[dict[str, Any]]:
    """Give each party what the hand count found for it beyond an even split."""
    gap = forensics.count_gap(load_precincts(KYRGYZSTAN, count="machine"), load_precincts(KYRGYZSTAN))
    for row in gap.by_contestant.itertuples():
        yield _row(KYRGYZSTAN, row.contestant, gap.name, gap) | {
            "statistic": row.excess,
            "statistic_low": row.excess_low,
            "statistic_high": row.excess_high,
            "p_value": row.excess_p_holm,
            "flagged": row.excess_p_holm <= 0.05,
            "effect_votes": row.gap_matched,
        }


def _dose_rows() -> Iterator[dict[str, Any]]:
    dose = forensics.dose_response(load_precincts(KYRGYZSTAN))
    for row in dose.estimates.itertuples():
        yield _row(KYRGYZSTAN, row.contestant, dose.name, dose) | {
            "statistic": row.estimate,
            "statistic_low": row.low,
            "statistic_high": row.high,
            "range_low": row.without_low,
            "range_high": row.without_high,
            "p_value": row.p_holm,
            "flagged": row.p_holm <= 0.05,
            "effect_votes": row.votes,
        }


# Cells --------------------------------------------------------------------------------------------------------------


def _cells() -> pd.DataFrame:
    return pd.concat([part for election in VOTES for part in _cells_of(election)], ignore_index=True)


def _cells_of(election: str) -> Iterator[pd.DataFrame]:
    vote = VOTES[election]
    precincts = load_precincts(election)
    for contestant in _leaders(precincts, vote.leaders):
        stations = forensics.stations(precincts, contestant)
        known_of = {"election": election, "contestant": contestant, "source_ids": vote.source}
        for test in (forensics.last_digit, forensics.second_digit):
            digits = test(stations["votes"])
            counted = pd.DataFrame({"observed": digits.observed, "expected": digits.expected})
            yield counted.rename_axis("cell").reset_index().assign(counted=test.__name__, **known_of)
        if election in PERCENTS_OF and contestant == _leaders(precincts, 1)[0]:
            percents = forensics.integer_peaks(stations).by_percent
            counted = percents.rename(columns={"percent": "cell"})
            yield counted.assign(counted=counted["measure"] + "_percent", **known_of).drop(columns="measure")


_TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "station_bands": _bands,
    "station_grid": _grid,
    "station_tests": _tests,
    "station_cells": _cells,
}
