"""What changed: between stages of one count, and between two elections."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from analysis.elections.outcomes import stage_shares
from analysis.elections.seats import allocate_seats, refuse_residuals
from analysis.elections.tallies import (
    OPTIONS,
    bar_of,
    exact,
    fold,
    folded,
    listed,
    read_counts,
    whole_of,
    without_invalid,
)
from analysis.options import known
from analysis.told import Told

STAGE_COLUMNS = [
    "contestant",
    "stage",
    "votes",
    "share_pct",
    "change_votes",
    "change_points",
    "passed",
    "crossed",
    "seats",
]
STAGE_RULES = ["cap", "excess", "never", "barred", "tie"]


def compare_stages(
    results: pd.DataFrame,
    stages: Sequence[str],
    *,
    valid_pct: float,
    threshold: float,
    seats: int | None = None,
    method: str = "hare",
    **rules: Any,
) -> pd.DataFrame:
    """
    Compare count stages contestant by contestant: votes, shares, who crosses the threshold, who would sit.

    Where a stage states the votes of all it names, passing and seats are worked out from the votes; otherwise from
    the shares of `stage_shares`, whose rounding may move a seat. The threshold is a share of the ballots, whose number
    is that of which the votes are the shares.

    Parameters
    ----------
    results : DataFrame
        National rows of one election, as `load_results` returns them.
    stages : sequence of str
        Stages in order; each is compared with the one before it. One may be given as text.
    valid_pct : float
        Valid votes in percent of ballots, above 1 and at most 100, for stages that do not state their own.
    threshold : float
        Percent of the ballots a party needs.
    seats : int, optional
        Seats to give at each stage. By default none are given, and votes are only compared with the threshold, which
        nobody need reach.
    method : str
        As for `allocate_seats`.
    **rules
        Other rules of `allocate_seats`: `cap`, `excess`, `never`, `barred`, `tie`.

    Returns
    -------
    DataFrame, one row per contestant and stage
        `contestant`, `stage`, `votes`, `share_pct` (of ballots), `change_votes` and `change_points` from the stage
        before, `passed`, `crossed` ("in" or "out" since the stage before, else empty) and `seats`. Missing where a
        stage did not name the contestant, or where the contestants a stage leaves out could together hide one that
        passes (then it has no `seats`).

    Raises
    ------
    ValueError
        If a stage is not in `results` or has a contestant twice, `valid_pct` is no percentage, a rule is not one of
        those above, or no allocation follows from a stage.

    Examples
    --------
    >>> rows = {"contestant": ["A", "B"] * 2, "stage": ["noon", "noon", "night", "night"], "votes": [90, 8, 186, 10]}
    >>> rows = pd.DataFrame(rows | {"vote_share_pct": [90.0, 8.0, 93.0, 5.0], "share_base": "ballots"})
    >>> changed = compare_stages(rows, ["noon", "night"], valid_pct=98, threshold=7, seats=10)
    >>> changed.loc[changed["stage"] == "night", ["contestant", "change_points", "crossed", "seats"]].values.tolist()
    [['A', 3.0, '', 10], ['B', -3.0, 'out', 0]]
    """
    if "base" in rules:
        raise ValueError("base cannot be chosen here: the threshold is a share of the ballots; see allocate_seats")
    for rule in rules:
        known(rule, STAGE_RULES, "rule")
    shares = stage_shares(results, stages, valid_pct)
    order = shares.iloc[:, -1].sort_values(ascending=False, kind="stable").index
    parts = []
    for stage in shares.columns:
        share = shares[stage].reindex(order)
        votes = results[results["stage"] == stage].set_index("contestant")["votes"].reindex(order).astype("Int64")
        passed, held = _passed_and_held(share.dropna(), votes, threshold, seats, method, rules)
        hides = valid_pct - share.sum() >= threshold
        parts.append(_stage(stage, share, votes, passed, held.mask([hides] * len(held))))
    compared = _with_changes(pd.concat(parts, ignore_index=True))
    return compared[STAGE_COLUMNS if seats is not None else STAGE_COLUMNS[:-1]]


def _passed_and_held(
    share: pd.Series, votes: pd.Series, threshold: float, seats: int | None, method: str, rules: Mapping[str, Any]
) -> tuple[pd.Series, pd.Series]:
    """Say who passes at a stage and, if there are seats to give, who holds how many."""
    cast, ballots = votes.loc[share.index], exact(100)
    if cast.isna().any():
        cast = share
    else:
        counted = int(cast.sum())
        ballots = max(exact(counted), 100 * counted / exact(share.sum()))
    if seats is None:
        return _passed(cast, ballots, threshold, rules), pd.Series(pd.NA, index=cast.index, dtype="Int64")
    allocation = allocate_seats(cast, seats, method, threshold=threshold, base=ballots, **rules)
    return allocation.table["passed"], allocation.seats.astype("Int64")


def _passed(cast: pd.Series, ballots: Fraction, threshold: float, rules: Mapping[str, Any]) -> pd.Series:
    counts = read_counts(cast, "votes")
    never, barred = folded(rules.get("never", OPTIONS)), {str(party) for party in listed(rules.get("barred", ()))}
    bar = bar_of(threshold, whole_of(without_invalid(counts), ballots, "base"))
    passed = {
        party: fold(party) not in never and str(party) not in barred and count >= bar for party, count in counts.items()
    }
    refuse_residuals(party for party, passes in passed.items() if passes)
    return pd.Series(passed)


def _stage(stage: str, share: pd.Series, votes: pd.Series, passed: pd.Series, held: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "contestant": share.index,
            "stage": stage,
            "votes": votes.to_numpy(),
            "share_pct": share.to_numpy(),
            "passed": passed.reindex(share.index).astype("boolean").to_numpy(),
            "seats": held.reindex(share.index).to_numpy(),
        }
    ).astype({"votes": "Int64", "passed": "boolean", "seats": "Int64"})


def _with_changes(stages: pd.DataFrame) -> pd.DataFrame:
    """Add the differences from the stage before, contestant by contestant."""
    by_contestant = stages.assign(passed=stages["passed"].astype("Int64")).groupby("contestant", sort=False)
    step = by_contestant["passed"].diff()
    return stages.assign(
        change_votes=by_contestant["votes"].diff(),
        change_points=by_contestant["share_pct"].diff(),
        crossed=step.map({1: "in", -1: "out"}).astype("str").fillna(""),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Volatility(Told):
    """
    Net change of the vote between two elections.

    Attributes
    ----------
    index : float
        Pedersen's index: half the sum of all absolute changes in percentage points, 0 to 100.
    entry_exit : float
        The part due to parties that entered or left (Powell and Tucker's type A).
    stable : float
        The part due to changes among parties that stood both times (type B). The two sum to `index`.
    new, vanished : list of str
        Parties that stood only the second time, or only the first.
    table : DataFrame, shape (n_parties, 4)
        Indexed by `party` (successors joined with " + "), largest change first: `before_pct`, `after_pct`,
        `change_points`, `status` ("stable", "new" or "vanished").
    """

    index: float
    entry_exit: float
    stable: float
    new: list[str]
    vanished: list[str]
    table: pd.DataFrame

    def summary(self) -> str:
        """Say how much changed, by whom, and what the index cannot see."""
        return (
            f"Net volatility is {self.index:.1f} of at most 100 points: {self.entry_exit:.1f} from parties that "
            f"entered ({', '.join(self.new) or 'none'}) or left ({', '.join(self.vanished) or 'none'}), "
            f"{self.stable:.1f} among those that stood both times. Voters who changed sides and cancel each other out "
            "are not in it, and a party that only changed its name counts as two unless it is named as successor."
        )


def volatility(
    before: Any,
    after: Any,
    *,
    successors: Mapping[Hashable, Any] | None = None,
    before_total: Any = None,
    after_total: Any = None,
    never: Iterable[Hashable] = OPTIONS,
) -> Volatility:
    """
    Measure the net change of party votes between two elections.

    Parameters
    ----------
    before, after : DataFrame, Series or mapping
        Votes by party at the two elections: counts or published shares. A frame is one count as `load_results`
        returns it. A residual row ("Other parties") counts as one party, which hides change within it.
    successors : mapping of old party to new party or list of new parties, optional
        Renamed, merged and split parties. Parties joined by a merger or a split are compared as one: the old ones
        together with the new ones together.
    before_total, after_total : float, optional
        What the numbers are shares of, as `total` of `effective_number`.
    never : iterable
        Names that are no party and are left out.

    Returns
    -------
    Volatility
        Pedersen's index, its two parts, new and vanished parties, and the changes.

    Raises
    ------
    ValueError
        If votes are missing, or `successors` names a party that did not stand.

    References
    ----------
    Pedersen, M. N. (1979). The dynamics of European party systems: changing patterns of electoral volatility. European
    Journal of Political Research 7, 1-26.
    Powell, E. N., Tucker, J. A. (2014). Revisiting electoral volatility in post-communist countries: new data, new
    results and new approaches. British Journal of Political Science 44, 123-147.

    Examples
    --------
    >>> result = volatility({"A": 50, "B": 30, "C": 20}, {"A": 40, "BC": 60}, successors={"B": "BC", "C": "BC"})
    >>> result.index, result.entry_exit, result.stable
    (10.0, 0.0, 10.0)
    """
    old, new = (read_counts(votes, "votes", never) for votes in (before, after))
    old_whole, new_whole = whole_of(old, before_total), whole_of(new, after_total)
    rows = {}
    for olds, news in _lineages(list(old), list(new), successors or {}):
        was = sum((old[party] for party in olds), Fraction(0)) / old_whole
        now = sum((new[party] for party in news), Fraction(0)) / new_whole
        status = "stable" if olds and news else "new" if news else "vanished"
        name = " + ".join(str(party) for party in news or olds)
        rows[name] = (float(100 * was), float(100 * now), float(100 * (now - was)), status)
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["before_pct", "after_pct", "change_points", "status"]
    ).rename_axis("party")
    return _volatility(table)


def _volatility(table: pd.DataFrame) -> Volatility:
    size = table["change_points"].abs()
    half = size.groupby(table["status"]).sum() / 2
    stable = float(half.get("stable", 0.0))
    entry_exit = float(half.drop("stable", errors="ignore").sum())
    return Volatility(
        index=stable + entry_exit,
        entry_exit=entry_exit,
        stable=stable,
        new=table.index[table["status"] == "new"].tolist(),
        vanished=table.index[table["status"] == "vanished"].tolist(),
        table=table.loc[size.sort_values(ascending=False, kind="stable").index],
    )


def _lineages(
    old: list[Hashable], new: list[Hashable], successors: Mapping[Hashable, Any]
) -> list[tuple[list[Hashable], list[Hashable]]]:
    """Group old and new parties that are the same, or joined by a merger or a split."""
    links = _links(old, new, successors)
    groups = [({party}, links[party]) for party in old]
    groups += [(set(), {party}) for party in new if not any(party in news for news in links.values())]
    merged: list[tuple[set[Hashable], set[Hashable]]] = []
    for olds, news in groups:
        kin = [group for group in merged if group[1] & news]
        merged = [group for group in merged if group not in kin]
        merged.append((olds.union(*(group[0] for group in kin)), news.union(*(group[1] for group in kin))))
    return [([p for p in old if p in olds], [p for p in new if p in news]) for olds, news in merged]


def _links(
    old: list[Hashable], new: list[Hashable], successors: Mapping[Hashable, Any]
) -> dict[Hashable, set[Hashable]]:
    """Find the new parties that continue each old one: its named successors, else the one of the same name."""
    named: dict[Hashable, set[Hashable]] = {
        party: {heirs} if isinstance(heirs, str) else set(heirs) for party, heirs in successors.items()
    }
    absent = [str(party) for party in named if party not in old]
    absent += [str(party) for heirs in named.values() for party in heirs if party not in new]
    if absent:
        raise ValueError(f"successors names {', '.join(absent)}, which did not stand; spell names as in the votes")
    return {party: named.get(party, {party} & set(new)) for party in old}
