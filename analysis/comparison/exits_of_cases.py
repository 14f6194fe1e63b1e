"""From cases to times: how long incumbents lasted after the vote, and how they went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.casualties import Turnbull, turnbull
from analysis.columns import demand_days
from analysis.comparison.usable import CHOSEN, demand_distinct_cases, sure_enough
from analysis.options import known
from analysis.told import Told, said_count

YEAR_DAYS = 365
LONGEST_DAYS = 366  # 12 months, leap years included: the coding rule of `incumbent_exit`
NEEDED = ("case_id", "election_date", "incumbent_exit", "exit_date", "exit_mode")
DAYS = ("election_date", "exit_date", "exit_date_low", "exit_date_high")
UNKNOWN_MODE = "unknown"


@dataclass(frozen=True, eq=False)
class Exits(Told):
    """
    Times from the vote to the incumbent's exit because of the crisis.

    Attributes
    ----------
    frame : DataFrame
        The cases that can be used, in their order, with four columns more. `time_days`: days from the vote to the exit,
        or to the end of observation; missing where the exit is known only to lie between two days. `exited`: whether it
        ended in an exit (missing where that depends on the day). `mode`: how ("none" without an exit, "unknown" where
        not coded). `time_days_low`, `time_days_high`: the exit lies in (low, high], equal where the day is known; high
        is missing where there was none while observed.
    set_aside : DataFrame
        `case_id` and `reason` of the others.
    until_days : int
        Days after the vote at which observation ends.
    """

    frame: pd.DataFrame
    set_aside: pd.DataFrame
    until_days: int

    def turnbull(self) -> Turnbull:
        """Estimate how long incumbents last with the days between which an exit lies, where its day is not known."""
        high = self.frame["time_days_high"].to_numpy(dtype="float64", na_value=np.nan)
        return turnbull(self.frame["time_days_low"].to_numpy(dtype="float64"), high)

    def summary(self) -> str:
        """Say in plain sentences how many fell, how and when, and of what sample this is said."""
        read = self.frame
        ended, unclear = read["exited"].fillna(False), int(read["exited"].isna().sum())
        modes = read.loc[ended, "mode"].value_counts()
        order = sorted(modes.index, key=lambda mode: (-modes[mode], mode))
        how = ", ".join(f"{mode} {modes[mode]}" for mode in order)
        parts = [
            f"{said_count(len(read) + len(self.set_aside), 'election')}, {len(read)} usable: in {int(ended.sum())} the "
            f"incumbent left because of the crisis within {said_count(self.until_days, 'day')} of the "
            f"vote{f' ({how})' if how else ''}."
        ]
        if unclear:
            parts.append(f"In {unclear} more it left too, but its range of days ends later: perhaps not within them.")
        if (days := read.loc[ended, "time_days"].dropna().astype("float64")).size:
            parts.append(f"Half of the exits with a known day came by day {int(np.ceil(days.median()))}.")
        if between := int(read["time_days"].isna().sum()):
            parts.append(f"In {between} the day is known only to lie in a range: take `turnbull`.")
        if len(self.set_aside):
            parts.append(f"{len(self.set_aside)} set aside, with reasons.")
        if (modes < 5).any():
            parts.append("Modes with fewer than 5 exits cannot be ranked.")
        parts.append(
            f"{CHOSEN} Incumbents who left for other reasons count as still there unless an exit date says when."
        )
        return " ".join(parts)


def exits(
    cases: pd.DataFrame,
    *,
    until_days: int = YEAR_DAYS,
    followed_to: str | pd.Timestamp | None = None,
    least_confidence: str | None = None,
) -> Exits:
    """
    Turn cases into times from the vote to the incumbent's exit.

    The clock starts on polling day (of the round that the case is about), because the crisis is one over that vote;
    an exit on polling day has time 0. It stops at the exit because of the crisis, at an exit for other reasons (a date
    with `incumbent_exit` 0), or at the end of observation. The coding rule asks for 12 months: nothing is known later.

    Parameters
    ----------
    cases : DataFrame
        As `load_cases` returns it. `exit_date_low` and `exit_date_high`, if there, are the first and last day on which
        an exit without an `exit_date` may have come (a month: its first and last day); without them `days_to_exit` is
        used, and without that the exit is known only to lie within 12 months. Not modified.
    until_days : int
        Days after the vote at which observation ends, 1 to 365. Exits later than this count as not yet come.
    followed_to : date, optional
        Day on which the coders last looked: cases whose 12 months were not over by then are observed until then.
        Default: all were followed for the whole time.
    least_confidence : {"low", "medium", "high"}, optional
        Set cases coded with less confidence aside, and those whose confidence is missing.

    Returns
    -------
    Exits
        `frame` for `survival`, `cumulative_incidence`, `cox` and `fine_gray`; `set_aside` with reasons.

    Raises
    ------
    ValueError
        If a column is missing or holds no dates, a case stands twice, an option is out of range, or no case can be
        used.

    Examples
    --------
    >>> from analysis import load_cases
    >>> found = exits(load_cases())
    >>> found.frame["mode"].value_counts().sort_index().to_dict()
    {'coup': 7, 'fled': 6, 'lost_rerun': 2, 'negotiated': 2, 'none': 105, 'resigned': 8}
    >>> found.frame.set_index("case_id").loc["KGZ-2020-10", "time_days"].item()
    11
    """
    for name in NEEDED:
        known(name, cases.columns, "column of cases")
    for name in DAYS:
        if name in cases.columns and cases[name].notna().any():
            demand_days(cases[name])
    demand_distinct_cases(cases)
    if not 1 <= until_days <= YEAR_DAYS:
        raise ValueError(
            f"until_days is {until_days}: exits are coded for the 12 months after the vote, so take 1 to 365"
        )
    times = _times(cases, until_days, followed_to)
    reasons = _reasons(cases, times)
    if least_confidence is not None:
        sure = sure_enough(cases.reset_index(drop=True), least_confidence).index
        unsure = ~np.isin(np.arange(len(cases)), sure)
        reasons = reasons.mask((reasons == "") & unsure, f"confidence below {least_confidence}")
    usable = (reasons == "").to_numpy()
    if not usable.any():
        raise ValueError(f"none of the {len(cases)} cases can be used: {', '.join(sorted(set(reasons))) or 'no rows'}")
    columns = ["time_days", "exited", "mode", "time_days_low", "time_days_high"]
    set_aside = pd.DataFrame({"case_id": cases["case_id"], "reason": reasons})[~usable]
    return Exits(
        frame=cases.assign(**{name: times[name] for name in columns})[usable],
        set_aside=set_aside.reset_index(drop=True),
        until_days=until_days,
    )


def _times(cases: pd.DataFrame, until_days: int, followed_to: Any) -> pd.DataFrame:
    """Give bounds of each exit in days since the vote, cut at the end of observation."""
    vote = cases["election_date"]
    left = cases["incumbent_exit"].astype("boolean")
    days = _days(cases, "exit_date", vote)
    coded = _numbers(cases, "days_to_exit")
    day = days.fillna(coded)
    low = day.fillna((_days(cases, "exit_date_low", vote) - 1).clip(lower=0)).fillna(0)
    high = day.fillna(_days(cases, "exit_date_high", vote)).fillna(YEAR_DAYS)
    end = pd.Series(float(until_days), index=cases.index)
    if followed_to is not None:
        end = end.clip(upper=(pd.Timestamp(followed_to) - vote).dt.days.astype("float64"))
    ended = left.fillna(False).astype("bool")
    other = ~ended & day.notna()
    end = end.where(~other, np.minimum(end, day))
    past = ended & ((low >= end) & (low < high) | (low > end))
    exited = (ended & ~past).astype("boolean").mask(ended & ~past & (high > end))
    exact = exited.fillna(False) & (low == high)
    known_time = (~ended | past | exact).astype("bool")
    mode = cases["exit_mode"].where(ended & ~past, "none")
    return pd.DataFrame(
        {
            "days": days,
            "coded": coded,
            "low": low,
            "high": high,
            "end": end,
            "time_days": low.where(exact, end).where(known_time).astype("Int64"),
            "exited": exited,
            "mode": mode.mask(ended & ~past & (mode.isna() | (mode == "none")), UNKNOWN_MODE),
            "time_days_low": low.where(ended & ~past, end).astype("Int64"),
            "time_days_high": high.where(ended & ~past).astype("Int64"),
        }
    )


def _days(cases: pd.DataFrame, name: str, vote: pd.Series) -> pd.Series:
    if name not in cases.columns:
        return pd.Series(np.nan, index=cases.index)
    return (pd.to_datetime(cases[name]) - vote).dt.days.astype("float64")


def _numbers(cases: pd.DataFrame, name: str) -> pd.Series:
    if name not in cases.columns:
        return pd.Series(np.nan, index=cases.index)
    return cases[name].astype("Float64").astype("float64")


def _reasons(cases: pd.DataFrame, times: pd.DataFrame) -> pd.Series:
    """Say why a case cannot be used; empty where it can."""
    ended = cases["incumbent_exit"].fillna(False).astype("bool")
    reasons = pd.Series("", index=cases.index, dtype="str")
    differ = times["days"].notna() & times["coded"].notna() & (times["days"] != times["coded"])
    for wrong, reason in (
        (times["end"] < 0, "the vote came after the last day looked at, or an exit for other reasons before the vote"),
        (ended & (times["low"] > LONGEST_DAYS), "exit more than 12 months after the vote, against the coding rule"),
        (ended & (times["low"] > times["high"]), "the first possible day of exit is after the last"),
        (ended & (times["high"] < 0), "exit before the vote"),
        (ended & differ, "exit_date and days_to_exit differ"),
        (cases["incumbent_exit"].isna(), "whether the incumbent left is missing"),
        (cases["election_date"].isna(), "the day of the vote is missing"),
    ):
        reasons = reasons.mask(wrong.to_numpy(dtype="bool"), reason)
    return reasons
