"""Two counts of the same stations, brought into one order: what has no counterpart or a flag is set aside, and said."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import DataError, problem
from analysis.forensics.stations import demand_columns, whole

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MISMATCHED = "mismatched"


class Pair(NamedTuple):
    """Both counts in the same order: arrays of stations x contestants, and what is known of the stations."""

    first: Floats
    second: Floats
    contestants: list[str]
    places: pd.DataFrame

    def at(self, rows: Flags) -> Pair:
        """Keep some stations."""
        return Pair(self.first[rows], self.second[rows], self.contestants, self.places[rows])

    @property
    def gaps(self) -> Floats:
        """Votes gained from the first count to the second, by station and contestant."""
        return self.second - self.first


def read_count(count: pd.DataFrame, which: str) -> pd.DataFrame:
    """Spread one count: stations x contestants, missing where there is no number."""
    demand_columns(count, ["station_id", "contestant", "votes"])
    twice = count.duplicated(["station_id", "contestant"])
    if twice.any():
        row = count[twice].iloc[0]
        demand = f"one row per station for {row['contestant']!r}"
        raise DataError(problem(f"{which} count", demand, None, "station_id", str(row["station_id"])))
    votes = whole(count.set_index("station_id")["votes"], "votes", f"{which} count")
    count = count.assign(votes=votes.to_numpy("float64", na_value=np.nan))
    return count.pivot(index="station_id", columns="contestant", values="votes")


def places_of(*counts: pd.DataFrame) -> pd.DataFrame:
    """Region and flags of every station; the first count that states a region settles it, flags are joined."""
    both = pd.concat([count.drop_duplicates("station_id") for count in counts])
    rows = both.reindex(columns=["station_id", "region", "flags"]).astype({"flags": "str"})
    rows = rows.fillna({"flags": ""}).groupby("station_id")
    flags = rows["flags"].agg(";".join).map(_once_each)
    return pd.DataFrame({"region": rows["region"].first().astype("str"), "flags": flags.astype("str")})


def _once_each(flags: str) -> str:
    return ";".join(dict.fromkeys(flag for flag in flags.split(";") if flag))


def has_flag(flags: pd.Series, flag: str) -> Flags:
    """Tell which stations have a flag among theirs."""
    return np.array([flag in cell.split(";") for cell in flags], dtype=bool)


def matched(first: pd.DataFrame, second: pd.DataFrame, places: pd.DataFrame) -> tuple[Pair, pd.DataFrame]:
    """Keep the stations with every common contestant's number in both counts; list the rest."""
    contestants = [name for name in second.columns if name in first.columns]
    if not contestants:
        raise DataError(problem("counts", "at least one contestant in both counts; check the spelling of the names"))
    rows = [
        (None, name, f"contestant only in the {which} count", count[name].sum())
        for which, count in (("first", first), ("second", second))
        for name in count.columns.difference(contestants)
    ]
    stations = places.index
    one, two = first[contestants].reindex(stations), second[contestants].reindex(stations)
    for station, reason in _faults(one.isna(), two.isna()).items():
        rows.append((station, None, reason, one.loc[station].sum() or two.loc[station].sum()))
    unmatched = pd.DataFrame(rows, columns=["station_id", "contestant", "reason", "votes"])
    good = ~(one.isna().any(axis=1) | two.isna().any(axis=1)).to_numpy()
    pair = Pair(one.to_numpy()[good], two.to_numpy()[good], contestants, places[good])
    return pair, unmatched.astype({"station_id": "str", "contestant": "str", "reason": "str", "votes": "int64"})


def _faults(no_first: pd.DataFrame, no_second: pd.DataFrame) -> pd.Series:
    """Name what is wrong with each station that cannot be compared."""
    partly = no_first.any(axis=1) | no_second.any(axis=1)
    reason = pd.Series("with votes missing for some contestants", index=no_first.index)[partly]
    reason[no_first.all(axis=1)] = "only in the second count"
    reason[no_second.all(axis=1)] = "only in the first count"
    reason[no_first.all(axis=1) & no_second.all(axis=1)] = "without votes in either count"
    return reason


def with_mismatches(pair: Pair, mismatch_pct: float) -> Pair:
    """Flag the stations whose totals differ by more than `mismatch_pct` of the smaller."""
    totals = np.stack([pair.first.sum(axis=1), pair.second.sum(axis=1)])
    odd = np.abs(totals[1] - totals[0]) > mismatch_pct / 100 * totals.min(axis=0)
    marked = (pair.places["flags"] + ";" + MISMATCHED).str.strip(";")
    return pair._replace(places=pair.places.assign(flags=pair.places["flags"].where(~odd, marked)))


def left_out(pair: Pair, unmatched: pd.DataFrame, leave_out: Collection[str]) -> tuple[Pair, pd.DataFrame]:
    """Leave out the stations with one of some flags; give the rest, and how many stations are excluded for what."""
    missing = unmatched.loc[unmatched["station_id"].notna(), "reason"].value_counts(sort=False)
    rows = list(missing.items())
    left = np.ones(len(pair.places), dtype=bool)
    for flag in leave_out:
        flagged = has_flag(pair.places["flags"], flag)
        if not flagged.any() and flag != MISMATCHED:
            there = sorted({each for cell in pair.places["flags"] for each in cell.split(";") if each})
            raise ValueError(f"no station is flagged {flag!r}; flags: {', '.join(there) or 'none'}")
        rows.append((f"flagged {flag}", int((flagged & left).sum())))
        left &= ~flagged
    if not left.any():
        said = ", ".join(f"{number} {reason}" for reason, number in rows) or "there are none"
        raise DataError(problem("counts", f"at least one station with votes in both counts; {said}"))
    excluded = pd.DataFrame([row for row in rows if row[1]], columns=["reason", "stations"])
    return pair.at(left), excluded.astype({"reason": "str", "stations": "int64"})


def with_mismatched(excluded: pd.DataFrame, mismatched: int) -> pd.DataFrame:
    """Add the stations that take part in the totals but not in the tests."""
    row = pd.DataFrame({"reason": ["mismatched totals"], "stations": [mismatched]})
    return pd.concat([excluded, row], ignore_index=True) if mismatched else excluded
