"""What became of each report: the part it played in an estimate, or why it was set aside."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from analysis.casualties.course import NONE, Course, rivalries, roofs, tops
from analysis.casualties.estimate import said_number, what_parts
from analysis.casualties.statements import PART


def roles(heard: pd.DataFrame, course: Course, rule: str) -> dict[int, str]:
    """
    Say what each report on which the estimate stands did.

    Parameters
    ----------
    heard : DataFrame
        Reports heard, in order, indexed by their position among all.
    course : Course
        Of the same reports.
    rule : str

    Returns
    -------
    dict
        Role by position among all reports.
    """
    if rule == "model":
        return dict.fromkeys(heard.index, "fitted")
    if not len(heard) or course.holder[-1] == NONE:
        return {}
    last = int(course.holder[-1])
    ids = heard["report_id"].array
    played = {last: "gives the number"}
    if rule in ("official", "running_max"):
        records = [int(one) for one in np.unique(course.holder) if one not in (NONE, last)]
        played |= {one: f"superseded by {ids[after]}" for one, after in itertools.pairwise([*records, last])}
    if rule == "official":
        played |= {rival: "contradicts it" for record, _, rival in rivalries(heard, course) if record == last}
    if rule == "envelope":
        roof, places = roofs(heard, tops(heard))[-1]
        played |= dict.fromkeys(places, "bounds it above")
        played[last] = "gives both bounds" if roof != NONE and last in places else "gives the lower bound"
    return {int(heard.index[place]): role for place, role in played.items()}


def reasons(asked: pd.DataFrame, heard: pd.DataFrame, course: Course, rule: str) -> np.ndarray[Any, Any]:
    """
    Say why each report would be set aside if it played no part.

    Parameters
    ----------
    asked : DataFrame, shape (n_reports, n_columns)
        All reports, as `sort_out` returns them, with `trusted`.
    heard : DataFrame
        Those heard, in order, indexed by their position in `asked`.
    course : Course
    rule : str

    Returns
    -------
    ndarray of str, shape (n_reports,)
    """
    said = asked["reason"].to_numpy(object, copy=True)
    counts = asked["covers"].notna().to_numpy()
    part = (asked["covers"] == PART).fillna(False).to_numpy(bool)
    types = asked["issuer_type"].fillna("an unknown body").str.replace("_", " ").to_numpy(object)
    stranger = counts & ~asked["trusted"].to_numpy()
    said[stranger] = np.where(rule == "official", "not the competent body: ", "not trusted here: ") + types[stranger]
    said[stranger & part & (asked["low"] == 0).to_numpy()] = "a part of none, which says nothing of the whole"
    if rule in ("latest", "model"):
        said[counts & part] = "a part of the whole; this rule takes counts of the whole only"
    if rule == "latest":
        said[counts & ~part & asked["trusted"].to_numpy()] = "not the last word"
    elif rule != "model" and len(heard):
        beside = heard["trusted"].to_numpy()
        said[heard.index[beside]] = _beside(heard, course)[beside]
    return said


def _beside(heard: pd.DataFrame, course: Course) -> np.ndarray[Any, Any]:
    """How each report stands to the record of the hour when it was said, or to the last where it held that itself."""
    places = np.arange(len(heard))
    record = np.where(course.holder == places, course.holder[-1], course.holder)
    rows, names = heard.iloc[record], heard["report_id"].to_numpy(object)[record]
    known = {one: said_number(heard.iloc[one]) for one in np.unique(record[record != NONE])}
    which = np.array([f"{known.get(one)} of " for one in record], dtype=object) + names
    low, floor = heard["low"].to_numpy("int64"), rows["low"].to_numpy("int64")
    top = tops(heard)
    earlier = (heard["cutoff_latest"].array <= rows["cutoff_earliest"].array).astype(bool)
    same = (low == floor) & (heard["qualifier"].to_numpy(object) == rows["qualifier"].to_numpy(object))
    part = (heard["covers"] == PART).to_numpy(bool)
    said = "below the " + which + ": a stale repeat, a stock, another definition or a correction"
    said = np.where(earlier, "an earlier count, below the " + which, said)
    said = np.where((top == NONE) | (top >= floor), "less exact: its range holds the " + which, said)
    said = np.where(same, "repeats the " + which, said)
    return np.where(part, "counts " + what_parts(heard) + ", a part, not above the " + which, said)
