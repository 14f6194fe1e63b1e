"""
Kloop Media: station results of the Kyrgyz parliamentary election of 4 October 2020, annulled two days later.

Three CSV files (UTF-8, one row per station, one column per party under its Kyrgyz name, `total` of valid votes):

- PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv: hand count; `form2_percent` is Form 2 voters (those who changed their voting
  address) as a share of the final list; `level_one` is the region;
- PARTIES_RESULTS_REACT_LEVEL_ONE.csv: the same rows, but the share is of ballots cast (it can exceed 100, or be inf);
- PARTIES_RESULTS_REACT.csv: machine count, the same share of ballots cast, no region.

Which file is which count is inferred: nobody labels them. Traps. Votes went through floating point (82.99999999999999).
Stations have no id: `station_id` is the region and the sequence in it. The machine file lacks 74 of the 2,413 stations
and has 60 that the hand count lacks; rows are paired by the order both keep and by the share of Form 2 voters,
identical to the last digit in both. 17 stations are doubled in the machine file, 21 others differ by more than 10 %.

Registered voters, ballots and Form 2 voters are not in the files. They are the whole numbers behind the two shares,
which have one numerator: the shares give both ratios exactly, but only up to a common multiple, and the multiple is the
one that makes ballots fit the valid votes. That is a RECONSTRUCTION. `estimate_quality` says how sure it is: "exact",
one multiple leaves 0 to 5 % of the ballots above the valid votes; "ambiguous", several do, or only one within 10 %
either way; "none". The ballots are those of the machine count: where it is partial, so are they (`machine_mismatch`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import integers, raw_table

NAME = "kloop"
TABLE = "precincts"
CITATION = (
    "Kloop Media (2020), parliament calculator: station results of the Kyrgyz parliamentary election of 4 October 2020 "
    "with Form 2 shares, github.com/KloopMedia/ParliamentCalculatorV2."
)
OF_LIST = "PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv"
OF_BALLOTS = "PARTIES_RESULTS_REACT_LEVEL_ONE.csv"
MACHINE = "PARTIES_RESULTS_REACT.csv"
CONTESTANTS = {
    "«БИРИМДИК»": "Birimdik",
    "«МЕКЕНЧИЛ»": "Mekenchil",
    "«ЫЙМАН НУРУ»": "Yiman Nuru",  # noqa: RUF001
    "«МЕКЕНИМ КЫРГЫЗСТАН»": "Mekenim Kyrgyzstan",
    "«РЕФОРМА» партиясы": "Reforma",
    "«АТА МЕКЕН» саясий социалисттик партиясы": "Ata Meken",  # noqa: RUF001
    "«ЗАМАНДАШ»": "Zamandash",
    "«БҮТҮН КЫРГЫЗСТАН» саясий партиясы": "Butun Kyrgyzstan",
    "СОЦИАЛ-ДЕМОКРАТТАР": "Social Democrats",
    "«МЕКЕН ЫНТЫМАГЫ»": "Meken Yntymagy",  # noqa: RUF001
    "«АФГАНИСТАН СОГУШУНУН АРДАГЕРЛЕРИ ЖАНА УШУЛ СЫЯКТУУ КАГЫШУУЛАРГА КАТЫШКАНДАРДЫН САЯСИЙ ПАРТИЯСЫ»": (
        "Afghan War Veterans"
    ),
    "«ОРДО»": "Ordo",
    "«БИР БОЛ»": "Bir Bol",
    "РЕСПУБЛИКА": "Respublika",
    "«КЫРГЫЗСТАН»": "Kyrgyzstan",
    "«ЧОҢ КАЗАТ»": "Chon Kazat",  # noqa: RUF001
    "БААРЫНА КАРШЫ": "Against all",
}
REGIONS = {
    "БИШКЕК Г.": "KG-GB",
    "ОШ Г.": "KG-GO",
    "БАТКЕНСКАЯ ОБЛАСТЬ": "KG-B",
    "ДЖАЛАЛ-АБАДСКАЯ ОБЛАСТЬ": "KG-J",
    "НАРЫНСКАЯ ОБЛАСТЬ": "KG-N",
    "ОШСКАЯ ОБЛАСТЬ": "KG-O",
    "ТАЛАССКАЯ ТИК": "KG-T",
    "ЧУЙСКАЯ ОБЛАСТЬ": "KG-C",
    "ЫСЫК-КУЛЬСКАЯ ОБЛАСТЬ": "KG-Y",
    "МИД КР": "ABROAD",  # noqa: RUF001
}
COLUMNS = (*CONTESTANTS, "total", "form2_percent")
ROUNDING = 1e-6  # votes were shares times totals once
MOST_VOTERS = 5000  # no list is longer: stations serve up to 2,500 voters, and the longest recovered list has 3,381
SPARE_BALLOTS = 0.05  # in 99 of 100 stations fewer than 3.5 % of the ballots are above the valid votes
NEAR = 0.10
MISMATCH = 0.10
EXTRAS = ("form2_voters", "form2_share_pct", "estimate_quality", "flags", "source_ids")


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell Kloop's files by their columns."""
    return any(set(COLUMNS) <= set(cells) for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the three files as one row per station and contestant.

    Parameters
    ----------
    files : dict of str to bytes
        The three files under their own names; others are not read.
    count : {"hand", "machine"}
        Whose `valid` and `votes` to give; those of the machine are missing where it has no row for the station.

    Returns
    -------
    DataFrame, shape (n_stations * 17, 13)
        The columns of every publisher, then `form2_voters`, `form2_share_pct` (of the final list),
        `estimate_quality` ("exact", "ambiguous", "none"), `flags` and `source_ids`.

    Raises
    ------
    DataError
        If a file is missing, a cell is no number, or the two files of the hand count disagree.
    ValueError
        If there is no such count.
    """
    known(count, ("hand", "machine"), "count")
    of_list, of_ballots, machine = (_table(files, name) for name in (OF_LIST, OF_BALLOTS, MACHINE))
    votes = _votes(of_list, OF_LIST)
    _demand_same(votes, _votes(of_ballots, OF_BALLOTS))
    machine_votes = _votes(machine, MACHINE)
    partner = _paired(votes, of_ballots["form2_percent"], machine_votes, machine["form2_percent"])
    machine_votes = machine_votes.reset_index(drop=True).reindex(partner).set_index(votes.index)
    places = _places(of_list).assign(source_ids="KLOOP-GH")
    odd = _odd(votes["total"], machine_votes["total"])
    list_share, ballot_share = _shares(of_list, OF_LIST), _shares(of_ballots, OF_BALLOTS)
    found = _recovered(list_share, ballot_share, votes["total"], machine_votes["total"], odd == "doubled_machine")
    places = places.join(found).assign(form2_share_pct=list_share)
    places["flags"] = _flags(odd, found["estimate_quality"])
    counted = votes if count == "hand" else machine_votes
    places["valid"] = counted["total"]
    frame = tidy.long(places, counted[list(CONTESTANTS)].rename(columns=CONTESTANTS), OF_LIST)
    return frame[[*tidy.COLUMNS, *EXTRAS]]


def _table(files: dict[str, bytes], name: str) -> pd.DataFrame:
    """Raw cells of one of the three files."""
    if name not in files:
        raise DataError(problem(", ".join(files), f"all of {OF_LIST}, {OF_BALLOTS}, {MACHINE}; {name} is missing"))
    table = raw_table(files[name], name)
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise DataError(problem(name, f"the header lacks {', '.join(missing)}", line=1))
    return table


def _votes(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Votes by contestant and `total`, one row per station, by line of the file."""
    columns = [*CONTESTANTS, "total"]
    return pd.DataFrame({column: integers(table[column], name, column, tolerance=ROUNDING) for column in columns})


def _shares(table: pd.DataFrame, name: str) -> pd.Series:
    """Form 2 shares as full-precision percentages; inf where nobody voted."""
    shares = pd.to_numeric(table["form2_percent"], errors="coerce")
    bad = table["form2_percent"][shares.isna() | (shares < 0)]
    if len(bad):
        raise DataError(problem(name, "a share in percent", bad.index[0], "form2_percent", bad.iloc[0]))
    return table["form2_percent"].map(float)  # to_numeric may be off in the last digit


def _demand_same(votes: pd.DataFrame, again: pd.DataFrame) -> None:
    """Both files of the hand count hold the same stations in the same order."""
    if len(votes) != len(again):
        raise DataError(problem(OF_BALLOTS, f"the {len(votes)} stations of {OF_LIST}, found {len(again)}"))
    differ = (votes.to_numpy() != again.to_numpy()).any(axis=1)
    if differ.any():
        line = votes.index[differ][0]
        raise DataError(problem(OF_BALLOTS, f"the same votes as in {OF_LIST}; the files are of different dates", line))


def _places(table: pd.DataFrame) -> pd.DataFrame:
    """Region and id of each station."""
    name = table["level_one"].str.strip()
    unknown = table["level_one"][~name.isin(REGIONS)]
    if len(unknown):
        demand = f"one of: {', '.join(REGIONS)}"
        raise DataError(problem(OF_LIST, demand, unknown.index[0], "level_one", unknown.iloc[0]))
    region = name.map(REGIONS)
    sequence = (region.groupby(region).cumcount() + 1).astype("str").str.zfill(3)
    return pd.DataFrame({"station_id": region + "-" + sequence, "region": region})


# Machine rows ---------------------------------------------------------------------------------------------------------


def _paired(hand: pd.DataFrame, hand_share: pd.Series, machine: pd.DataFrame, machine_share: pd.Series) -> np.ndarray:
    """
    Machine row (from 0) of each hand row, -1 where it has none.

    Both files keep one order, and a station has the same Form 2 share, digit for digit, in both. Among the pairings
    that respect this, the one whose shares of the parties overlap most (dynamic programming, as in sequence alignment)
    settles the stations with a share of 0.
    """
    own, other = (_party_shares(votes) for votes in (machine, hand))
    key = hand_share.to_numpy()
    best = np.zeros((len(machine) + 1, len(hand) + 1))
    for row, (share, parties) in enumerate(zip(machine_share, own, strict=True)):
        paired = best[row].copy()
        same = np.flatnonzero(key == share)
        paired[same + 1] = np.maximum(paired[same + 1], best[row, same] + np.minimum(other[same], parties).sum(axis=1))
        best[row + 1] = np.maximum.accumulate(paired)
    return _traced(best)


def _party_shares(votes: pd.DataFrame) -> np.ndarray:
    parties = votes[list(CONTESTANTS)].to_numpy(dtype="float64", na_value=0.0)
    return parties / np.maximum(parties.sum(axis=1, keepdims=True), 1.0)


def _traced(best: np.ndarray) -> np.ndarray:
    """Walk back through the table of best scores."""
    partner = np.full(best.shape[1] - 1, -1)
    row, column = best.shape[0] - 1, best.shape[1] - 1
    while row and column:
        if best[row, column] == best[row, column - 1]:
            column -= 1
        elif best[row, column] == best[row - 1, column]:
            row -= 1
        else:
            row, column = row - 1, column - 1
            partner[column] = row
    return partner


def _odd(valid: pd.Series, machine: pd.Series) -> pd.Series:
    """Say what is odd about the machine's valid votes: none there, doubled, more than 10 % off, or ""."""
    times = (machine / valid).astype("float64")
    odd = pd.Series("", index=valid.index).mask((times - 1).abs() > MISMATCH, "machine_mismatch")
    return odd.mask((times - 2).abs() <= MISMATCH / 2, "doubled_machine").mask(machine.isna(), "no_machine")


def _flags(odd: pd.Series, quality: pd.Series) -> pd.Series:
    rebuilt = pd.Series("reconstructed", index=odd.index).where(quality != "none", "")
    return (odd + ";" + rebuilt).str.strip(";").replace("", None).astype("str")


# Whole numbers behind the shares --------------------------------------------------------------------------------------


class _Numbers(NamedTuple):
    """What was recovered of a station."""

    registered: int | None = None
    cast: int | None = None
    form2_voters: int | None = None
    estimate_quality: str = "none"


def _recovered(
    of_list: pd.Series, of_ballots: pd.Series, valid: pd.Series, machine: pd.Series, doubled: pd.Series
) -> pd.DataFrame:
    """Recover voters, ballots and Form 2 voters of every station, and say how sure they are."""
    stations = zip(of_list, of_ballots, valid, machine.fillna(valid), doubled, strict=True)
    rows = pd.DataFrame([_station(*station) for station in stations], index=of_list.index)
    return rows.astype(dict.fromkeys(("registered", "cast", "form2_voters"), "Int64") | {"estimate_quality": "str"})


def _station(of_list: float, of_ballots: float, valid: int, machine: int, doubled: bool) -> _Numbers:
    """
    Find the numbers of one station; a doubled machine row doubles the ballots, and they are halved again.

    The ballots are those of the machine count, so its valid votes come first; those of the hand count are a second try.
    """
    if of_list == 0 or of_ballots == 0:
        return _Numbers(form2_voters=0) if of_list == of_ballots else _Numbers()
    found = list(_multiples(of_list, of_ballots))
    fitting = [numbers for numbers in found if machine <= numbers.ballots <= machine * (1 + SPARE_BALLOTS)]
    times = 2 if doubled else 1
    near = [n for n in found for votes in (machine, valid * times) if abs(n.ballots - votes) <= votes * NEAR]
    if not fitting and not near:
        return _Numbers()
    best = fitting[0] if fitting else min(near, key=lambda numbers: abs(numbers.ballots - machine))
    if best.ballots % times:
        return _Numbers()
    sure = len(fitting) == 1 and best.ballots // times <= best.registered
    return _Numbers(best.registered, best.ballots // times, best.form2, "exact" if sure else "ambiguous")


class _Multiple(NamedTuple):
    """Three whole numbers behind both shares of a station."""

    form2: int
    registered: int
    ballots: int


def _multiples(of_list: float, of_ballots: float) -> Iterator[_Multiple]:
    """Every set of whole numbers with these shares, digit for digit, and a list of a possible length."""
    ratios = [Fraction(share / 100).limit_denominator(MOST_VOTERS) for share in (of_list, of_ballots) if share < 1e6]
    if len(ratios) < 2 or any(r.numerator == 0 for r in ratios):
        return
    if any(r.numerator / r.denominator * 100 != share for r, share in zip(ratios, (of_list, of_ballots), strict=True)):
        return
    smallest = math.lcm(*(ratio.numerator for ratio in ratios))
    registered, ballots = (int(smallest / ratio) for ratio in ratios)
    for times in range(1, MOST_VOTERS // registered + 1):
        yield _Multiple(smallest * times, registered * times, ballots * times)
