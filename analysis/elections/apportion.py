"""Dividing seats by votes with exact fractions, and saying where they tie."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import NamedTuple

METHODS = ("hare", "droop", "dhondt", "sainte_lague")
OTHER_NAMES = {"hamilton": "hare", "largest_remainder": "hare", "jefferson": "dhondt", "webster": "sainte_lague"}

Votes = Mapping[Hashable, Fraction]


class AllocationError(ValueError):
    """
    The rules give no allocation of these votes.

    Examples
    --------
    >>> from analysis import elections
    >>> try:
    ...     elections.allocate_seats({"A": 4, "B": 3}, 10, threshold=60)
    ... except elections.AllocationError as error:
    ...     print(error)
    no party passes, so nobody can be seated; lower the threshold or check its base
    """


class Claim(NamedTuple):
    """One party's claim to one seat; the best claim sorts first: by rank, then by votes, then by name."""

    minus_rank: Fraction
    minus_votes: Fraction
    name: str
    party: Hashable


class Tie(NamedTuple):
    """
    Claims to the last seats that are exactly equal.

    `broken_by` is "votes" if every winner has more votes in all than every loser, else "name".
    """

    parties: list[Hashable]
    seats: int
    given_to: list[Hashable]
    broken_by: str


class Division(NamedTuple):
    """Seats by party, and the tie for the last of them, if there is one."""

    seats: dict[Hashable, int]
    tie: Tie | None


class HeldSeats(NamedTuple):
    """Seats by party under a cap, the tie of each round (1, 2, ...) that had one, and the parties at the cap."""

    seats: dict[Hashable, int]
    ties: dict[int, Tie]
    capped: list[Hashable]


def divide(votes: Votes, seats: int, method: str) -> Division:
    """
    Divide seats among parties by their votes.

    Parameters
    ----------
    votes : mapping of party to Fraction
        All above 0.
    seats : int
        Seats to give.
    method : {"hare", "droop", "dhondt", "sainte_lague"}
        Largest remainders after a quota, or highest averages.

    Returns
    -------
    Division
        Every seat is given. Equal claims to the last seats go to the party with more votes in all, then to the first
        name in alphabetical order, and are returned as a tie.
    """
    if method in ("hare", "droop"):
        return _largest_remainders(votes, seats, quota(votes, seats, method))
    return _highest_averages(votes, seats, step=1 if method == "dhondt" else 2)


def divide_within_cap(votes: Votes, seats: int, method: str, cap: int | None, excess: str) -> HeldSeats:
    """
    Divide the seats, and move those above the cap to the other parties until none is above it.

    Parameters
    ----------
    votes, seats, method
        As for `divide`.
    cap : int or None
        Most seats of one party; all parties at it can hold the house.
    excess : {"added", "anew"}
        Whether the others divide the seats above the cap, or all seats but those of the capped.

    Returns
    -------
    HeldSeats
        Seats, ties of all rounds, and who is held at the cap.
    """
    rounds = [divide(votes, seats, method)]
    held, free = rounds[0].seats, dict(votes)
    while cap is not None and (over := [party for party in free if held[party] > cap]):
        free = {party: count for party, count in free.items() if party not in over}
        capped = {party: cap for party in votes if party not in free}
        if excess == "added":
            more = divide(free, sum(held[party] - cap for party in over), method)
            held = capped | {party: held[party] + more.seats[party] for party in free}
        else:
            more = divide(free, seats - cap * len(capped), method)
            held = capped | more.seats
        rounds.append(more)
    ties = {number: one.tie for number, one in enumerate(rounds, start=1) if one.tie}
    return HeldSeats(held, ties, [party for party in votes if party not in free])


def quota(votes: Votes, seats: int, method: str) -> Fraction:
    """Votes for one full seat: V / S (Hare) or the whole part of V / (S + 1), plus 1 (Droop)."""
    total = sum(votes.values(), Fraction(0))
    if method == "droop" and any(count.denominator != 1 for count in votes.values()):
        raise ValueError(
            "the Droop quota is a whole number of votes; give votes instead of shares, or use method='hare'"
        )
    return total / seats if method == "hare" else Fraction(math.floor(total / (seats + 1)) + 1)


def _largest_remainders(votes: Votes, seats: int, one_seat: Fraction) -> Division:
    given = Counter({party: count // one_seat for party, count in votes.items()})
    left = seats - given.total()
    if left > len(votes):
        raise AllocationError(
            f"{left} seats remain for {len(votes)} remainders: too few votes for this quota; use method='hare'"
        )
    claims = sorted(_claim(party, count % one_seat, count) for party, count in votes.items())
    given.update(claim.party for claim in claims[:left])
    return Division(dict(given), _tie(claims[:left], claims[left:]))


def _highest_averages(votes: Votes, seats: int, step: int) -> Division:
    """Give seat after seat to the highest of votes / 1, / (1 + step), / (1 + 2 step), ..."""
    given: Counter[Hashable] = Counter(dict.fromkeys(votes, 0))
    waiting = [_claim(party, count, count) for party, count in votes.items()]
    heapq.heapify(waiting)
    won = []
    for _ in range(seats):
        best = waiting[0]
        won.append(best)
        given[best.party] += 1
        average = votes[best.party] / (1 + step * given[best.party])
        heapq.heapreplace(waiting, _claim(best.party, average, votes[best.party]))
    return Division(dict(given), _tie(won, waiting))


def _claim(party: Hashable, rank: Fraction, votes: Fraction) -> Claim:
    return Claim(-rank, -votes, str(party), party)


def _tie(won: list[Claim], lost: list[Claim]) -> Tie | None:
    if not won:
        return None
    cut = max(claim.minus_rank for claim in won)
    winners = [claim for claim in won if claim.minus_rank == cut]
    losers = sorted(claim for claim in lost if claim.minus_rank == cut)
    if not losers:
        return None
    by_votes = max(claim.minus_votes for claim in winners) < losers[0].minus_votes
    given_to = [claim.party for claim in winners]
    return Tie([*given_to, *(claim.party for claim in losers)], len(winners), given_to, "votes" if by_votes else "name")
