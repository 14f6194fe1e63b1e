"""The result of reconciling reports, and how to say it so that nobody misquotes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.told import Told, said_count

CAVEATS = {
    "official": "it counts only what that body counts, and cannot be corrected downwards.",
    "latest": "the last word is often a stale one.",
    "running_max": "it is the highest lower bound that anybody stated; one exaggeration stays in it.",
    "envelope": "between the bounds of the trusted bodies, nothing is more likely than anything else.",
    "model": "it is a model of all statements, not a count.",
}


@dataclass(frozen=True, slots=True)
class CasualtyEstimate(Told):
    """
    What a rule makes of the reports.

    Attributes
    ----------
    low, best, high : int or None
        Persons. `best` is None where the sources leave it open, `high` where nothing bounds it above, `low` where
        nothing was stated at all; None is never zero.
    as_of : Timestamp
        The moment up to which statements were heard, on the local clock.
    rule, measure, population : str
    episode, location : str or None
        What was counted, and where.
    counted_until : Timestamp or None
        Cut-off of the count behind the number, or of a later count by a trusted body that found the same (its latest
        possible moment); whoever was counted later is not in it.
    report_id, issuing_body : str or None
        The statement behind the number, and who made it. None for `model`.
    contradiction : bool
        Whether bodies that the rule hears contradict each other about the same hours.
    used : DataFrame
        Reports on which the estimate stands, with their bounds `low`, `high`, the window of their cut-off, and `role`.
    set_aside : DataFrame
        All other reports, each with `reason`.
    """

    low: int | None
    best: int | None
    high: int | None
    as_of: pd.Timestamp
    rule: str
    measure: str
    population: str
    episode: str | None
    location: str | None
    counted_until: pd.Timestamp | None
    report_id: str | None
    issuing_body: str | None
    contradiction: bool
    used: pd.DataFrame
    set_aside: pd.DataFrame

    @property
    def number(self) -> str:
        """The number as it may be quoted: "590", "601 or more", "2 to 4", "no count"."""
        return quotable(self.low, self.best, self.high)

    def summary(self) -> str:
        """Say the number with what a reader must know not to misquote it."""
        whom = "" if self.population == "all" else f" ({self.population.replace('_', ' ')} only)"
        what = f"{self.measure.replace('_', ' ')}{whom} in {self.location or self.episode}"
        number = "No count of" if self.low is None else self.number.capitalize()
        later = int((self.set_aside["reason"] == "said later").sum())
        heard = len(self.used) + len(self.set_aside) - later
        return "\n".join(
            [
                f"{number} {what}, as known {_at(self.as_of)}.",
                *self._behind(),
                f"Rule {self.rule}: {CAVEATS[self.rule]}",
                f"Used {len(self.used)} of {said_count(heard, 'report')} said by then; .set_aside tells why not the "
                "others.",
            ]
        )

    def _behind(self) -> list[str]:
        """Who stands behind the number, and whether they agree."""
        if self.low is None:
            return ["Nobody whom this rule hears had stated it; that is not zero."]
        lines = []
        if self.contradiction:
            clashing = self.used[~self.used["role"].str.startswith("superseded")].sort_values(["low", "report_id"])
            bodies = "; ".join(
                f"{_named(row['issuing_body'])}, {row['report_id']}: {said_number(row)}"
                for _, row in clashing.iterrows()
            )
            lines.append(f"The sources contradict each other ({bodies}): quote the range, not one of them.")
        elif self.low != self.high:
            lines.append("No single number is supported: quote the range.")
        return [*lines, *self.stands_on(), "Whoever was counted later is not in it."]

    def stands_on(self) -> list[str]:
        """Say who counted, until when, and whether only a part; nothing where bodies contradict each other."""
        if self.counted_until is None or self.contradiction:
            return []
        if self.report_id is None:
            return [
                f"Fitted to {said_count(len(self.used), 'statement')}, counted until "
                f"{_at(self.counted_until, word='')}."
            ]
        row = self.used.set_index("report_id").loc[self.report_id]
        until = _at(row["cutoff_latest"], day=row["cutoff_earliest"] != row["cutoff_latest"], word="")
        lines = [f"Said by {self.issuing_body or 'a body not named'} ({self.report_id}), counted until {until}."]
        if self.counted_until > row["cutoff_latest"]:
            lines.append(f"The same number was counted again until {_at(self.counted_until, word='')}.")
        if row["covers"] == "part":
            lines.append(f"It counts {what_parts(row.to_frame().T)[0]} only, a part of the whole.")
        return lines

    @property
    def partial(self) -> bool:
        """Whether the statement behind the number counts only a part of the whole."""
        return self.report_id is not None and (self.used.set_index("report_id").loc[self.report_id, "covers"] == "part")


def quotable(low: int | None, best: int | None, high: int | None) -> str:
    """
    Write an interval as it may be quoted.

    Parameters
    ----------
    low, best, high : int or None
        Persons; None where open.

    Returns
    -------
    str

    Examples
    --------
    >>> quotable(601, None, None), quotable(550, 600, 650), quotable(590, 590, 590), quotable(None, None, None)
    ('601 or more', 'about 600 (550 to 650)', '590', 'no count')
    """
    if low is None:
        return "no count"
    if high is None:
        return f"{low:,} or more"
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}" if best is None else f"about {best:,} ({low:,} to {high:,})"


def said_number(report: pd.Series) -> str:
    """
    Write the number of one statement as it may be quoted.

    Parameters
    ----------
    report : Series
        With `low`, `high`, `value` and `qualifier`.

    Returns
    -------
    str

    Examples
    --------
    >>> said_number(pd.Series({"low": 601, "high": None, "value": 600, "qualifier": "more_than"}))
    '601 or more'
    """
    best = int(report["value"]) if report["qualifier"] in ("exact", "about") else None
    return quotable(int(report["low"]), best, None if pd.isna(report["high"]) else int(report["high"]))


def what_parts(reports: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Name what each partial count covers: whom, if not all, and where."""
    population = reports["population"].str.replace("_", " ").to_numpy(object)
    whom = np.where(population == "all", "", population + ", ")
    return whom + reports["location"].fillna("no place stated").to_numpy(object)


def _named(body: Any) -> str:
    return "a body not named" if pd.isna(body) else str(body)


def _at(moment: pd.Timestamp, *, day: bool = False, word: str = "on ") -> str:
    """Name a moment; the last second of a day is its end."""
    date = f"{moment.day} {moment:%B %Y}"
    if day:
        return date
    return (
        f"{word and 'at '}the end of {date}" if f"{moment:%H:%M:%S}" == "23:59:59" else f"{word}{date}, {moment:%H:%M}"
    )
