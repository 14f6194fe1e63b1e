"""Who would sit at other thresholds, and on other readings of what they are a share of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from analysis.elections.allocation import SeatAllocation, by_votes
from analysis.elections.apportion import AllocationError
from analysis.elections.indices import disproportionality, effective_number
from analysis.elections.seats import allocate_seats
from analysis.elections.tallies import INVALID, OPTIONS, fold, folded, listed, read_counts

COLUMNS = {
    "threshold_pct": "float64",
    "base": "str",
    "base_votes": "Float64",
    "bar_votes": "Float64",
    "passed": "Int64",
    "seated": "str",
    "wasted": "Float64",
    "wasted_share_pct": "float64",
    "effective_seats": "float64",
    "gallagher": "float64",
    "undefined": "str",
}


def threshold_curve(
    votes: Any,
    seats: int,
    thresholds: Iterable[Any],
    method: str = "hare",
    *,
    bases: Mapping[str, Any] | None = None,
    **rules: Any,
) -> pd.DataFrame:
    """
    Allocate the same votes at several thresholds and on several bases.

    Voters and parties would have acted otherwise under another threshold: this says what a rule does to the votes
    cast, not what an election under it would have brought.

    Parameters
    ----------
    votes, seats, method
        As for `allocate_seats`.
    thresholds : iterable of float
        Thresholds in percent.
    bases : mapping of str to base, optional
        What the thresholds are shares of, under names of your choice, such as
        ``{"valid votes": None, "ballots": 1_990_753, "registered": 3_523_554}``. Default: the valid votes.
    **rules
        Other rules of `allocate_seats`: `cap`, `excess`, `regional`, `regional_threshold`, `regional_base`, `never`,
        `barred`, `tie`.

    Returns
    -------
    DataFrame, one row per base and threshold
        `threshold_pct`, `base`, `base_votes`, `bar_votes` (votes needed), `passed` (parties), `seated` (names, most
        votes first, joined with ';'), `wasted` (votes), `wasted_share_pct`, `effective_seats` (Laakso and Taagepera,
        of seats), `gallagher` (percent), `undefined` (why there is no allocation; missing if there is), and one
        column of seats (Int64) for each party that sits in any row. Where there is no allocation, seats, wasted votes
        and indices are missing.

    Raises
    ------
    ValueError
        As `allocate_seats`, but rules that give no allocation at some threshold are told in `undefined`; and if a
        party has the name of a column.

    Examples
    --------
    >>> curve = threshold_curve({"A": 60, "B": 33, "C": 7}, 10, [5, 7, 8])
    >>> curve[["threshold_pct", "seated", "wasted_share_pct"]].to_numpy().tolist()
    [[5.0, 'A;B;C', 0.0], [7.0, 'A;B;C', 0.0], [8.0, 'A;B', 7.0]]
    """
    counts = read_counts(votes, "votes")
    taken = [str(party) for party in counts if str(party) in COLUMNS]
    if taken:
        raise ValueError(f"the party {taken[0]!r} has the name of a column of the curve; give it another name")
    never = folded(rules.get("never", OPTIONS))
    rules |= {"never": never, "barred": listed(rules.get("barred", ()))}
    thresholds = list(thresholds)
    rows: list[dict[str, Any]] = []
    houses: list[dict[Any, int]] = []
    for name, base in (bases or {"valid votes": None}).items():
        for threshold in thresholds:
            row = {"threshold_pct": threshold, "base": name}
            try:
                result = allocate_seats(counts, seats, method, threshold=threshold, base=base, **rules)
            except AllocationError as reason:
                rows.append(row | {"undefined": str(reason)})
                houses.append({})
                continue
            rows.append(row | _measures(counts, result, never))
            houses.append(result.seats[result.seats > 0].to_dict())
    return _frame(rows, houses, [party for party in by_votes(counts) if any(party in house for house in houses)])


def _measures(counts: Any, result: SeatAllocation, never: Any) -> dict[str, Any]:
    return {
        "base_votes": result.base_votes,
        "bar_votes": result.bar_votes,
        "passed": len(result.passed),
        "seated": ";".join(str(party) for party in result.passed if result.seats[party]),
        "wasted": result.wasted,
        "wasted_share_pct": result.wasted_share_pct,
        "effective_seats": effective_number(result.seats, never=never),
        "gallagher": disproportionality(counts, result.seats, never=never),
    }


def _frame(rows: list[dict[str, Any]], houses: list[dict[Any, int]], parties: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype(COLUMNS)
    defined = frame["undefined"].isna()
    for party in parties:
        held = pd.Series([house.get(party, 0) for house in houses], index=frame.index, dtype="Int64")
        frame[party] = held.where(defined)
    return frame


def bases_of(election: pd.Series, results: pd.DataFrame) -> dict[str, Fraction | None]:
    """
    Give the three numbers a threshold may be a share of, for one count of an election.

    A count of some stations only is set against its own part of the ballots (as valid votes go) and of the register
    (as `counted_pct` says), as if the stations not counted were like the others.

    Parameters
    ----------
    election : Series
        One row of `load_elections`: `valid_votes`, `ballots_cast`, `registered_voters`.
    results : DataFrame
        National rows of one stage, as `load_results` returns them: `contestant`, `votes`, `counted_pct`. Invalid
        ballots, where they are a row, are no valid votes and are left out.

    Returns
    -------
    dict
        For `threshold_curve`: "valid votes" (None: the votes themselves), "ballots", "registered".

    Raises
    ------
    ValueError
        If the election or the count lacks one of these numbers, or a contestant has no votes stated.

    Examples
    --------
    >>> from analysis import load_elections, load_results
    >>> rules = load_elections(election="KGZ-2020-10-04-PARL").iloc[0]
    >>> count = load_results(election="KGZ-2020-10-04-PARL", stage="preliminary_2020-10-05T11:00")
    >>> int(bases_of(rules, count)["ballots"])
    1990753
    """
    valid = results[results["contestant"].map(fold) != fold(INVALID)]
    unstated = valid.loc[valid["votes"].isna(), "contestant"].tolist()
    if unstated:
        raise ValueError(f"no votes stated for {', '.join(unstated)}; give the bases yourself")
    counted = results["counted_pct"].max()
    numbers = {"counted_pct": counted, "votes": valid["votes"].sum(min_count=1)}
    numbers |= {name: election[name] for name in ("valid_votes", "ballots_cast", "registered_voters")}
    missing = [name for name, number in numbers.items() if pd.isna(number)]
    if missing:
        raise ValueError(f"no {', '.join(missing)} stated; give the bases yourself")
    part = Fraction(int(numbers["votes"]), int(numbers["valid_votes"]))
    return {
        "valid votes": None,
        "ballots": part * int(numbers["ballots_cast"]),
        "registered": Fraction(str(counted)) / 100 * int(numbers["registered_voters"]),
    }
