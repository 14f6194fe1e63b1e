"""How many parties there are in effect, and how far seats stray from votes."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.elections.tallies import OPTIONS, Counts, Tally, are_whole, folded, read_tally, whole_of
from analysis.options import known

Floats = NDArray[np.float64]

Others = Literal["listed", "lump", "drop"]


def effective_number(
    votes: Any, index: str = "laakso_taagepera", *, total: Any = None, never: Iterable[Hashable] = OPTIONS
) -> float:
    """
    Count parties by their weight: five equal parties are 5, one giant among dwarfs little more than 1.

    Parameters
    ----------
    votes : DataFrame, Series, mapping or array_like, shape (n_parties,)
        Votes or seats: counts or shares by party. A frame is one count as `load_results` returns it (one election,
        stage, level and region), read at its `votes`; for seats give the column, indexed by contestant.
    index : {"laakso_taagepera", "golosov"}
        With p the shares: 1 / sum p^2, or sum p / (p + max(p)^2 - p^2). Golosov's counts less where one party leads
        far, and more where all are small.
    total : float, optional
        What the numbers are shares of. By default whole numbers are counts and shares of their sum; numbers with
        decimals are published shares, of 1 if they sum to about 1 or less, of 100 if to about 100 or less. A table
        that lists 97.2 percent of the votes thus keeps its percentages, and the parties it does not list count as
        infinitely small.
    never : iterable
        Names that are no party and are left out, of the total of counts too. Compared without regard to case.

    Returns
    -------
    float
        Effective number of parties. From 1 to n by Laakso and Taagepera and from 1 up by Golosov if all parties are
        listed; with unlisted ones it may exceed n.

    Raises
    ------
    ValueError
        If the index is unknown, a party appears twice, a number is missing while the total depends on it, or a frame
        holds several counts.

    References
    ----------
    Laakso, M., Taagepera, R. (1979). "Effective" number of parties: a measure with application to West Europe.
    Comparative Political Studies 12, 3-27.
    Golosov, G. V. (2010). The effective number of parties: a new approach. Party Politics 16, 171-192.

    Examples
    --------
    >>> effective_number({"A": 50, "B": 50})
    2.0
    >>> round(effective_number([0.75, 0.25]), 2), round(effective_number([0.75, 0.25], "golosov"), 2)
    (1.6, 1.33)
    """
    known(index, ["laakso_taagepera", "golosov"], "index")
    tally = read_tally(votes, "votes", never)
    shares = _floats(tally.counts.values(), _whole(tally, total, "votes"))
    if index == "laakso_taagepera":
        return float(1 / (shares**2).sum())
    present = shares[shares > 0]
    return float((present / (present + present.max() ** 2 - present**2)).sum())


def disproportionality(
    votes: Any,
    seats: Any,
    index: str = "gallagher",
    *,
    others: Others = "listed",
    votes_total: Any = None,
    seats_total: Any = None,
    minimum_pct: float = 0,
    never: Iterable[Hashable] = OPTIONS,
) -> float:
    """
    Measure how far the shares of seats lie from the shares of votes, in percent.

    With v and s the shares of votes and seats in percent:

    - "gallagher": least squares, sqrt(sum (s - v)^2 / 2); a few large gaps count more than many small ones.
    - "loosemore_hanby": sum |s - v| / 2, the share of seats that sits in the wrong place.
    - "rae": mean |s - v| over parties, which falls as more small parties are listed.
    - "sainte_lague": sum (s - v)^2 / v, relative to the party's votes; it has no upper end.
    - "lijphart": the largest s - v, the bonus of the most favoured party.

    Parameters
    ----------
    votes : DataFrame, Series, mapping or array_like, shape (n_parties,)
        Counts or shares by party. A frame is one count as `load_results` returns it; it can be given as `seats` too.
    seats : DataFrame, Series, mapping or array_like
        Seats, or shares of seats. Matched with the votes by name; a party without an entry has no seat. If one of the
        two is a plain list, both are taken in order and must be of one length.
    index : {"gallagher", "loosemore_hanby", "rae", "sainte_lague", "lijphart"}
        Which index.
    others : {"listed", "lump", "drop"}
        What to do where the parties listed do not make up the whole, or a row (such as "etc") has seats but its
        votes are missing. "listed": sum over the parties listed, with their shares as given. "lump": the rest is one
        more party. "drop": shares are of the listed parties' own sums. The index moves by tenths of a percent, so
        say which rule was used.
    votes_total, seats_total : float, optional
        What the numbers are shares of. By default whole numbers are counts and shares of their sum (rows with
        missing votes do count in the sum of seats, but not with "drop"); numbers with decimals are published shares,
        of 1 if they sum to about 1 or less, of 100 if to about 100 or less.
    minimum_pct : float
        For "rae" alone: parties below this share of the votes are not counted. By default n is the number of parties
        listed (with "lump" the rest is one of them); Rae himself counted those above 0.5 percent.
    never : iterable
        Names that are no party and are left out. Compared without regard to case.

    Returns
    -------
    float
        Percent; 0 where every share of seats equals the share of votes.

    Raises
    ------
    ValueError
        If the index or rule is unknown, a party appears twice, seats belong to a party that the votes do not name,
        seats are missing, or Sainte-Lague's index meets seats of a party with 0 votes.

    References
    ----------
    Gallagher, M. (1991). Proportionality, disproportionality and electoral systems. Electoral Studies 10, 33-51. Also
    describes the Sainte-Lague index.
    Loosemore, J., Hanby, V. J. (1971). The theoretical limits of maximum distortion: some analytic expressions for
    electoral systems. British Journal of Political Science 1, 467-477.
    Rae, D. W. (1967). The political consequences of electoral laws. Yale University Press.
    Lijphart, A. (1994). Electoral systems and party systems. Oxford University Press.

    Examples
    --------
    >>> votes, seats = {"A": 48, "B": 40, "C": 12}, {"A": 6, "B": 4}
    >>> round(disproportionality(votes, seats), 2), disproportionality(votes, seats, "loosemore_hanby")
    (12.0, 12.0)
    """
    known(index, INDICES, "index")
    known(others, ["listed", "lump", "drop"], "rule for others")
    if minimum_pct and index != "rae":
        raise ValueError(f'minimum_pct is a rule of index="rae"; "{index}" takes all parties')
    v, s = _shares(_matched(votes, seats, never), others, votes_total, seats_total)
    if index == "rae":
        counted = v >= minimum_pct
        if not counted.any():
            raise ValueError(f"no party has {minimum_pct:g} percent of the votes; choose a lower minimum_pct")
        v, s = v[counted], s[counted]
    return float(INDICES[index](v, s))


def _sainte_lague(v: Floats, s: Floats) -> float:
    if (s[v == 0] > 0).any():
        raise ValueError("a party has seats but 0 votes, which makes the Sainte-Lague index infinite; use gallagher")
    voted = v > 0
    return float(((s - v)[voted] ** 2 / v[voted]).sum())


INDICES: dict[str, Callable[[Floats, Floats], float]] = {
    "gallagher": lambda v, s: math.sqrt(((s - v) ** 2).sum() / 2),
    "loosemore_hanby": lambda v, s: abs(s - v).sum() / 2,
    "rae": lambda v, s: abs(s - v).mean(),
    "sainte_lague": _sainte_lague,
    "lijphart": lambda v, s: (s - v).max(),
}


def _matched(votes: Any, seats: Any, never: Iterable[Hashable]) -> tuple[Tally, Tally]:
    outside = folded(never)
    cast, held = read_tally(votes, "votes", outside), read_tally(seats, "seats", outside)
    if held.missing:
        raise ValueError(f"no seats stated for {', '.join(map(str, held.missing))}; give 0 where there were none")
    names = [*cast.counts, *cast.missing]
    if cast.named and held.named:
        strangers = [str(name) for name in held.counts if name not in set(names)]
        if strangers:
            raise ValueError(
                f"{', '.join(strangers)} has seats but is not among the parties with votes; spell names alike, "
                "or give it a row with its votes (missing where they are not known)"
            )
        return cast, held
    return _in_order(cast, held)


def _in_order(cast: Tally, held: Tally) -> tuple[Tally, Tally]:
    """Match by position, which takes as many seats as votes and none missing."""
    if cast.missing or len(cast.counts) != len(held.counts):
        raise ValueError(
            f"{len(cast.counts)} parties have votes, {len(held.counts)} have seats; give both with the parties' names"
        )
    return cast, held._replace(counts=dict(zip(cast.counts, held.counts.values(), strict=True)))


def _shares(tallies: tuple[Tally, Tally], others: str, votes_total: Any, seats_total: Any) -> tuple[Floats, Floats]:
    """Shares in percent of the parties listed, and of the rest where it counts as one."""
    cast, held = tallies
    won = {name: held.counts.get(name, Fraction(0)) for name in cast.counts}
    if others == "drop":
        return _pct(cast.counts.values(), sum(cast.counts.values())), _pct(won.values(), sum(won.values()))
    all_votes, all_seats = _whole(cast, votes_total, "votes"), whole_of(held.counts, seats_total)
    v, s = list(cast.counts.values()), list(won.values())
    if others == "lump":
        v.append(max(all_votes - sum(v), Fraction(0)))
        s.append(max(all_seats - sum(s), Fraction(0)))
    return _pct(v, all_votes), _pct(s, all_seats)


def _whole(tally: Tally, total: Any, what: str) -> Fraction:
    counts: Counts = tally.counts
    if tally.missing and total is None and are_whole(counts):
        raise ValueError(
            f"no {what} stated for {', '.join(map(str, tally.missing))}, so their sum is not known; "
            "give the total, or leave the rows out"
        )
    return whole_of(counts, total)


def _pct(values: Iterable[Fraction], whole: Fraction | int) -> Floats:
    if not whole:
        raise ValueError("the parties listed have no votes or no seats at all; expected some of both")
    return 100 * _floats(values, Fraction(whole))


def _floats(values: Iterable[Fraction], whole: Fraction) -> Floats:
    return np.array([float(value / whole) for value in values], dtype="float64")
