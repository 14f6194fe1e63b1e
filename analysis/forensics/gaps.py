"""Two counts of the same stations: who gained from the first to the second, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.forensics.count_pairs import (
    MISMATCHED,
    Pair,
    has_flag,
    left_out,
    matched,
    places_of,
    read_count,
    with_mismatched,
    with_mismatches,
)
from analysis.forensics.result import StationTest
from analysis.options import demand_level
from analysis.told import said_count, said_p

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class CountGap(StationTest):
    """
    Differences between two counts of the same stations; every gap is second minus first, in votes.

    Attributes
    ----------
    statistic : float
        The largest |`excess`| / `excess_se` of any contestant.
    p_value : float or None
        Smallest `excess_p_holm`; None where no contestant's excess has a standard error.
    n : int
        Stations behind `excess`: those in both counts, not left out and not mismatched. `excluded` names the others.
    effect_votes : float
        Votes that differ, up or down, summed over contestants and the stations that are not mismatched.
    by_contestant : DataFrame
        One row per `contestant`, largest `gap_matched` first. `first`, `second`, `gap`: votes in all stations
        compared, mismatched ones among them, with the interval `low` to `high`. `gained`, `lost`, `equal`: stations,
        mismatched ones among them. `points`: change of the share of all votes, in percentage points. `gap_matched`,
        `matched_low`, `matched_high`: the gap without the mismatched stations. `excess`, `excess_low`, `excess_high`,
        `excess_se`: what of `gap_matched` is left after each station's total gap is shared out like its first count,
        so that ballots found for everybody alike give 0. `excess_p`, `excess_p_holm`: test of `excess` = 0, alone and
        corrected for the number of contestants (1 where it cannot be computed); the intervals are not corrected.
        `p_value`, `p_holm`: exact sign test of `gained` against `lost`, which rejects for everybody whenever the
        second count finds, or loses, ballots for everybody.
    by_region : DataFrame
        The same without p-values, one row per `region` and `contestant`.
    by_flag : DataFrame
        One row per flag ("none", the publisher's, "mismatched"): `stations`, `first`, `second`, `gap`, `difference`.
        A station with two flags counts under both.
    stations : DataFrame
        One row per station compared, largest `difference` first: `region`, `flags`, `first`, `second`, `gap` (totals),
        `difference` (sum of the contestants' absolute gaps), `gainer` and `loser` (largest single gap up and down).
    unmatched : DataFrame
        What is in one count only or has no number: `station_id`, `contestant` (one of the two is missing where the
        whole contestant or station is), `reason`, `votes` (in the count that has them).
    mismatch_pct : float
        Stations whose totals differ by more than this per cent are "mismatched".
    level : float
        Level of the intervals.
    """

    name: ClassVar[str] = "count_gap"
    null: ClassVar[str] = (
        "what the second count found or lost at a station fell on the contestants by their share of the first count."
    )
    assumptions: ClassVar[str] = (
        "stations err independently of one another, and enough of them differ for a t distribution. A rejection does "
        "not say which count is right, nor why they differ."
    )

    by_contestant: pd.DataFrame
    by_region: pd.DataFrame
    by_flag: pd.DataFrame
    stations: pd.DataFrame
    unmatched: pd.DataFrame
    mismatch_pct: float
    level: float

    def finding(self) -> str:
        """Say how much the counts differ, with and without mismatched stations, and who gained."""
        differ = int((self.stations["difference"] > 0).sum())
        if not differ:
            return f"The two counts agree in {said_count(len(self.stations), 'station')}."
        compared = said_count(len(self.stations), "station")
        total = self.by_contestant[["first", "second", "gap", "gap_matched"]].sum()
        odd = int(has_flag(self.stations["flags"], MISMATCHED).sum())
        up = int((self.by_contestant["gap_matched"] > 0).sum())
        return (
            f"The counts differ in {differ:,} of {compared}: {said_count(total['first'], 'vote')} in the first, "
            f"{total['second']:,} in the second ({total['gap']:+,}; {total['gap_matched']:+,} without "
            f"{said_count(odd, 'station')} whose totals differ by more than {self.mismatch_pct:g}%). {up} of "
            f"{said_count(len(self.by_contestant), 'contestant')} gained. {self._beyond_even_split()}"
        )

    def _beyond_even_split(self) -> str:
        rows = self.by_contestant
        top = rows.loc[rows["excess"].abs().idxmax()]
        said = f"Beyond an even split, {top['contestant']} changed most: {self._excess(top)}."
        if self.p_value is None:
            return said
        clearest = rows.loc[rows["excess_p"].idxmin()]
        if clearest["contestant"] == top["contestant"]:
            return said
        return f"{said} Clearest is {clearest['contestant']}: {self._excess(clearest)}."

    def _excess(self, row: pd.Series) -> str:
        votes = f"{row['excess']:+,.0f} votes"
        if np.isnan(row["excess_se"]):
            return f"{votes} (no interval from fewer than two stations, or from stations that all changed alike)"
        interval = f"{row['excess_low']:+,.0f} to {row['excess_high']:+,.0f}"
        corrected = f"{said_p(row['excess_p_holm'])} corrected for their number"
        return f"{votes} ({100 * self.level:g}% interval not corrected: {interval}; {corrected})"


def count_gap(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    leave_out: str | Collection[str] = (),
    mismatch_pct: float = 10.0,
    level: float = 0.95,
) -> CountGap:
    """
    Compare two counts of the same stations, such as the machines' and the hand count.

    How much each contestant gained is `gap`. A few doubled stations can dominate it, so `gap_matched` leaves out the
    stations whose totals differ by more than `mismatch_pct`, and both are always given. `excess` is what went to a
    contestant there beyond its share of the station's first count; the test asks whether it is 0, corrected for the
    number of contestants (Holm). How often a contestant gained and lost is given with an exact sign test. If errors
    only move votes between contestants, gains are as frequent as losses; a second count that finds ballots for
    everybody makes that test reject without favouring anyone, so it is not the result's `p_value`.

    Parameters
    ----------
    first, second : DataFrame
        One row per station and contestant, as `load_precincts` returns them: `station_id`, `contestant`, `votes`;
        `region` and `flags` (ids joined with ";") where known, taken from the second count first.
    leave_out : str or collection of str
        Flag or flags of stations to leave out altogether; "mismatched" is one. Left out stations are counted in
        `excluded`.
    mismatch_pct : float
        See above; in per cent of the smaller total.
    level : float
        Level of the intervals, which treat stations as independent draws (jackknife over stations, t distribution
        with as many degrees of freedom as stations differ, less one).

    Returns
    -------
    CountGap

    Raises
    ------
    DataError
        If a column is missing, a station names a contestant twice, votes are no whole number, 0 or more, or no
        station is left.
    ValueError
        If a flag to leave out does not occur.

    Notes
    -----
    The jackknife of a sum of n independent gaps has the variance n s^2 (Efron and Stein 1981).

    Examples
    --------
    >>> votes = {"station_id": list("112233"), "contestant": list("ABABAB"), "votes": [9, 5, 8, 6, 7, 7]}
    >>> machine = pd.DataFrame(votes)
    >>> gap = count_gap(machine, machine.assign(votes=[9, 5, 9, 5, 8, 6]))
    >>> gap.by_contestant[["contestant", "gap", "gained", "lost", "p_value"]].to_numpy().tolist()
    [['A', 2, 2, 0, 0.5], ['B', -2, 0, 2, 0.5]]
    """
    demand_level(level)
    pair, unmatched = matched(read_count(first, "first"), read_count(second, "second"), places_of(second, first))
    pair = with_mismatches(pair, mismatch_pct)
    used, excluded = left_out(pair, unmatched, [leave_out] if isinstance(leave_out, str) else leave_out)
    close = ~has_flag(used.places["flags"], MISMATCHED)
    tests = _tested(_compared(used, close, level))
    by_region = [
        _compared(used.at(rows), close[rows], level).assign(region=name).drop(columns=["excess_se", "excess_p"])
        for name, rows in _regions(used.places["region"])
    ]
    sizes = tests["excess"].abs()
    return CountGap(
        statistic=float((sizes / tests["excess_se"]).where(sizes > 0, 0 * tests["excess_se"]).max()),
        p_value=float(tests["excess_p_holm"].min()) if tests["excess_p"].notna().any() else None,
        n=int(close.sum()),
        excluded=with_mismatched(excluded, int((~close).sum())),
        effect_votes=float(np.abs(used.gaps[close]).sum()),
        by_contestant=tests.sort_values("gap_matched", ascending=False, ignore_index=True),
        by_region=_region_first(pd.concat(by_region, ignore_index=True)),
        by_flag=_by_flag(used),
        stations=_by_station(used),
        unmatched=unmatched,
        mismatch_pct=mismatch_pct,
        level=level,
    )


# Comparing them -----------------------------------------------------------------------------------------------------


def _compared(pair: Pair, close: Flags, level: float) -> pd.DataFrame:
    """Compute gaps, shares and excess of each contestant."""
    gaps = pair.gaps
    matched = pair.at(close)
    frame = pd.DataFrame({"contestant": pair.contestants})
    frame["first"], frame["second"] = pair.first.sum(axis=0), pair.second.sum(axis=0)
    frame["gap"] = gaps.sum(axis=0)
    frame["low"], frame["high"], _, _ = _sum_interval(gaps, level)
    frame["gained"], frame["lost"], frame["equal"] = ((np.sign(gaps) == sign).sum(axis=0) for sign in (1, -1, 0))
    frame["points"] = 100 * (_share(frame["second"]) - _share(frame["first"]))
    frame["gap_matched"] = matched.gaps.sum(axis=0)
    frame["matched_low"], frame["matched_high"], _, _ = _sum_interval(matched.gaps, level)
    excess = _excess(matched)
    frame["excess"] = excess.sum(axis=0)
    names = ["excess_low", "excess_high", "excess_se", "excess_p"]
    frame[names] = np.column_stack(_sum_interval(excess, level))
    return frame.astype(dict.fromkeys(["first", "second", "gap", "gap_matched"], "int64"))


def _share(votes: pd.Series) -> pd.Series:
    return votes / votes.sum() if votes.sum() else votes * np.nan


def _excess(pair: Pair) -> Floats:
    """Take from each gap the contestant's part of the station's total gap, by the first count."""
    total = pair.first.sum(axis=1, keepdims=True)
    part = np.divide(pair.first, total, out=np.zeros_like(pair.first), where=total > 0)
    excess = pair.gaps - pair.gaps.sum(axis=1, keepdims=True) * part
    return np.where(np.abs(excess) > ROUNDING, excess, 0.0)


def _sum_interval(values: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Jackknife each column's sum over stations: low, high, standard error, p-value of a sum of 0; missing if none."""
    n = len(values)
    if n < 2:
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing, nothing, nothing
    total = values.sum(axis=0)
    se = np.sqrt(n * values.var(axis=0, ddof=1))
    se[(se <= ROUNDING * np.abs(total)) & (total != 0)] = np.nan
    df = np.maximum((values != 0).sum(axis=0) - 1, 1)
    half = stats.t.ppf((1 + level) / 2, df) * se
    z = np.divide(np.abs(total), se, out=np.zeros_like(se), where=se != 0)
    return total - half, total + half, se, 2 * stats.t.sf(z, df)


def _tested(compared: pd.DataFrame) -> pd.DataFrame:
    decided = compared["gained"] + compared["lost"]
    p_values = [
        stats.binomtest(int(up), int(of)).pvalue if of else 1.0
        for up, of in zip(compared["gained"], decided, strict=True)
    ]
    return compared.assign(
        p_value=p_values,
        p_holm=multipletests(p_values, method="holm")[1],
        excess_p_holm=multipletests(compared["excess_p"].fillna(1.0), method="holm")[1],
    )


def _regions(region: pd.Series) -> Iterator[tuple[str | None, Flags]]:
    for name in region.unique():
        known = not pd.isna(name)
        yield (name if known else None), (region == name if known else region.isna()).to_numpy(dtype=bool)


def _region_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["region", *frame.columns.drop("region")]].astype({"region": "str"})


def _by_flag(pair: Pair) -> pd.DataFrame:
    flags = pair.places["flags"]
    names = dict.fromkeys(flag for cell in flags for flag in cell.split(";") if flag)
    rows = [("none", (flags == "").to_numpy()), *((name, has_flag(flags, name)) for name in names)]
    return pd.DataFrame(
        [
            (
                name,
                at.sum(),
                pair.first[at].sum(),
                pair.second[at].sum(),
                pair.gaps[at].sum(),
                np.abs(pair.gaps[at]).sum(),
            )
            for name, at in rows
        ],
        columns=["flag", "stations", "first", "second", "gap", "difference"],
    ).astype(dict.fromkeys(["stations", "first", "second", "gap", "difference"], "int64"))


def _by_station(pair: Pair) -> pd.DataFrame:
    gaps, names = pair.gaps, np.array(pair.contestants, dtype=object)
    frame = pair.places.copy()
    frame["first"], frame["second"] = pair.first.sum(axis=1), pair.second.sum(axis=1)
    frame["gap"], frame["difference"] = gaps.sum(axis=1), np.abs(gaps).sum(axis=1)
    frame = frame.astype(dict.fromkeys(["first", "second", "gap", "difference"], "int64"))
    for column, extreme in (("gainer", gaps), ("loser", -gaps)):
        best = pd.Series(names[extreme.argmax(axis=1)], index=frame.index)
        frame[column] = best.where(extreme.max(axis=1) > 0).astype("str")
    return frame.sort_values("difference", ascending=False, kind="stable")
