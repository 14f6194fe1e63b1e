"""The result of an allocation: seats, who passed and why not, what was wasted and what a tie decided."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

from analysis.elections.apportion import HeldSeats, quota
from analysis.elections.tallies import Counts, are_whole, as_number, fold, votes_needed, without_invalid
from analysis.told import Told, said_count

TIE_COLUMNS = ["round", "parties", "seats", "given_to", "broken_by"]


SAID = {
    "hare": "Hare quota and largest remainders",
    "droop": "Droop quota and largest remainders",
    "dhondt": "D'Hondt's highest averages",
    "sainte_lague": "Sainte-Lague's highest averages",
}


@dataclass(frozen=True, slots=True, eq=False)
class SeatAllocation(Told):
    """
    Seats from one count under one set of rules, with every vote accounted for.

    Attributes
    ----------
    seats : Series of int64, shape (n_contestants,)
        Seats by contestant, 0 for those that got none; sums to `house`.
    passed : list
        Contestants that took part in the allocation, most votes first.
    wasted : int or float
        Votes of parties that got no seat. "Against all" and invalid ballots are not counted as wasted.
    wasted_share_pct : float
        The same in percent of all votes given but invalid ones, "against all" included.
    ties : DataFrame, shape (n_ties, 5)
        One row per seat-deciding tie: `round` (1, and one more for every round the cap made necessary), `parties`
        (tuple, all with the same claim), `seats` at stake, `given_to` (tuple) and `broken_by` ("votes": to the
        parties with more votes in all; "name": nothing but the alphabet decided).
    quota : Fraction or None
        Votes for one full seat in the first round; None for methods of highest averages.
    bar_votes : int or float or None
        Votes a party needed to pass, a whole number where votes are; None without threshold.
    base_votes : int or float or None
        What the threshold is a share of.
    threshold_pct : float or None
        The threshold in percent of the base.
    method : str
        "hare", "droop", "dhondt" or "sainte_lague".
    house : int
        Seats given in all.
    cap : int or None
        Most seats one party may hold.
    capped : list
        Parties held at the cap.
    table : DataFrame, shape (n_contestants, 5)
        Indexed by `contestant`, most votes first: `votes`, `share_pct` (of the base, else of the votes given),
        `passed`, `kept_out` (why it took no part; empty if it did) and `seats`.
    """

    seats: pd.Series
    passed: list[Hashable]
    wasted: int | float
    wasted_share_pct: float
    ties: pd.DataFrame
    quota: Fraction | None
    bar_votes: int | float | None
    base_votes: int | float | None
    threshold_pct: float | None
    method: str
    house: int
    cap: int | None
    capped: list[Hashable]
    table: pd.DataFrame

    def summary(self) -> str:
        """Say who sits by which rule, what was wasted, and what a tie decided."""
        seated = self.seats[self.seats > 0].sort_values(ascending=False, kind="stable")
        listed = ", ".join(f"{party} {count}" for party, count in seated.items())
        parts = [f"{said_count(self.house, 'seat')} by {SAID[self.method]}: {listed}.", self._of_threshold()]
        if self.capped:
            parts.append(f"Held at the cap of {self.cap} seats: {', '.join(map(str, self.capped))}.")
        parts.append(
            f"Votes of parties without a seat: {self.wasted:,.10g} ({self.wasted_share_pct:.1f}% of all votes given)."
        )
        parts += [self._of_tie(tie) for tie in self.ties.itertuples()]
        return " ".join(part for part in parts if part)

    def _of_threshold(self) -> str:
        if self.threshold_pct is None:
            return "No threshold was applied."
        return (
            f"In the division: {said_count(len(self.passed), 'party', 'parties')}; the threshold is "
            f"{self.threshold_pct:g}% of {self.base_votes:,.10g}, reached by {self.bar_votes:,.10g}."
        )

    @staticmethod
    def _of_tie(tie: Any) -> str:
        rule = "their larger vote" if tie.broken_by == "votes" else "alphabetical order, which no law may support"
        return (
            f"{', '.join(map(str, tie.parties))} tied exactly for {tie.seats} seat{'s' * (tie.seats > 1)}; "
            f"given to {', '.join(map(str, tie.given_to))} by {rule}."
        )


class Rules(NamedTuple):
    """
    The rules of one allocation, read and checked.

    `never` holds names as `fold` gives them, `failed` the regions where a party misses the threshold.
    """

    house: int
    method: str
    threshold: Fraction | None
    base: Fraction | None
    cap: int | None
    never: frozenset[str]
    barred: frozenset[str]
    failed: dict[Hashable, list[str]]

    @property
    def bar(self) -> Fraction | None:
        """Votes a party needs, exactly."""
        if self.threshold is None or self.base is None:
            return None
        return self.threshold * self.base / 100


def account(counts: Counts, kept_out: dict[Hashable, str], held: HeldSeats, rules: Rules) -> SeatAllocation:
    """
    Account for every seat and vote of an allocation.

    Parameters
    ----------
    counts : dict of contestant to Fraction
        All votes.
    kept_out : dict of contestant to str
        Why a contestant took no part; empty if it did.
    held : HeldSeats
        Seats of those that took part.
    rules : Rules
        The rules applied.

    Returns
    -------
    SeatAllocation
        The result with its tables.
    """
    order = by_votes(counts)
    passed = {party: counts[party] for party in order if not kept_out[party]}
    won = {party: held.seats.get(party, 0) for party in counts}
    valid = sum(without_invalid(counts).values(), Fraction(0))
    lost = (count for party, count in counts.items() if fold(party) not in rules.never and not won[party])
    wasted = sum(lost, Fraction(0))
    bar = rules.bar
    return SeatAllocation(
        seats=pd.Series(won.values(), index=_index(counts), dtype="int64", name="seats"),
        passed=list(passed),
        wasted=as_number(wasted),
        wasted_share_pct=float(100 * wasted / valid),
        ties=_tie_table(held),
        quota=quota(passed, rules.house, rules.method) if rules.method in ("hare", "droop") else None,
        bar_votes=None if bar is None else votes_needed(bar) if are_whole(counts) else as_number(bar),
        base_votes=None if rules.base is None else as_number(rules.base),
        threshold_pct=None if rules.threshold is None else float(rules.threshold),
        method=rules.method,
        house=rules.house,
        cap=rules.cap,
        capped=held.capped,
        table=_table(counts, kept_out, won, rules.base or valid).loc[order],
    )


def by_votes(counts: Counts) -> list[Hashable]:
    """Names with the most votes first, in alphabetical order where they are equal."""
    return sorted(counts, key=lambda party: (-counts[party], str(party)))


def _index(counts: Counts) -> pd.Index:
    return pd.Index(list(counts), name="contestant")


def _table(counts: Counts, kept_out: dict[Hashable, str], won: dict[Hashable, int], base: Fraction) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "votes": [as_number(count) for count in counts.values()],
            "share_pct": [float(100 * count / base) for count in counts.values()],
            "passed": [not kept_out[party] for party in counts],
            "kept_out": pd.array([kept_out[party] for party in counts], dtype="str"),
            "seats": list(won.values()),
        },
        index=_index(counts),
    )


def _tie_table(held: HeldSeats) -> pd.DataFrame:
    rows = [
        (number, tuple(tie.parties), tie.seats, tuple(tie.given_to), tie.broken_by) for number, tie in held.ties.items()
    ]
    return pd.DataFrame(rows, columns=TIE_COLUMNS)
