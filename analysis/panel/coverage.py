"""What a source covers: which unit on which days. Inside, no events means 0; outside it means nothing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.choosing import first_day, last_day
from analysis.panel.counting import NOT_STATED
from analysis.panel.periods import Frequency


@dataclass(frozen=True)
class Coverage:
    """
    Spans of days, of all units or of each.

    Attributes
    ----------
    spans : DataFrame
        `start` and `end` (days, both included), and levels of the panel that name a unit, as text.
    """

    spans: pd.DataFrame

    @property
    def levels(self) -> list[str]:
        """Levels of the panel that tell units apart."""
        return [name for name in self.spans if name not in ("start", "end")]

    @property
    def ends(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day that anything is covered."""
        return self.spans["start"].min(), self.spans["end"].max()

    def covers(self, units: pd.DataFrame, first: int, last: int, frequency: Frequency) -> np.ndarray:
        """
        Tell which periods of which units are covered on all their days.

        Returns
        -------
        ndarray of bool, shape (n_units, last - first + 1)
        """
        spans = _joined(self.spans, self.levels)
        begin, finish = (numbers - first for numbers in frequency.whole(spans["start"], spans["end"]))
        begin, finish = begin.clip(0, last - first + 1), finish.clip(-1, last - first)
        span_of, unit_of, number = _codes(spans, units, self.levels)
        # +1 where a span begins and -1 after it: the running sum is 1 inside
        steps = np.zeros((number + 1, last - first + 2), dtype="int8")
        some = finish >= begin
        np.add.at(steps, (span_of[some], begin[some]), 1)
        np.add.at(steps, (span_of[some], finish[some] + 1), -1)
        return (steps.cumsum(axis=1, dtype="int8")[:, :-1] > 0)[unit_of]

    def said(self) -> list[dict[str, str]]:
        """Say it in plain values."""
        days = {name: self.spans[name].dt.strftime("%Y-%m-%d") for name in ("start", "end")}
        return self.spans.assign(**days).to_dict("records")


def _codes(spans: pd.DataFrame, units: pd.DataFrame, levels: list[str]) -> tuple[np.ndarray, np.ndarray, int]:
    """Count off the units of the spans, and find the units of the panel among them; those not there get the last."""
    if not levels:
        return np.zeros(len(spans), dtype="int64"), np.zeros(len(units), dtype="int64"), 1
    named = spans[levels].drop_duplicates(ignore_index=True)
    named["code"] = range(len(named))
    found = units[levels].merge(named, on=levels, how="left")["code"]
    return spans.merge(named, on=levels)["code"].to_numpy(), found.fillna(len(named)).to_numpy("int64"), len(named)


def _joined(spans: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Join spans of one unit that overlap or follow each other."""
    spans = spans.sort_values([*levels, "start"], ignore_index=True)
    groups = spans.groupby(levels, sort=False) if levels else spans.groupby(np.zeros(len(spans)))
    reached = groups["end"].cummax()
    before = reached.groupby(groups.ngroup()).shift()
    new = before.isna() | (spans["start"] > before + pd.Timedelta(days=1))
    joined = spans.assign(end=reached).groupby(new.cumsum().to_numpy())
    return joined.agg({**dict.fromkeys(levels, "first"), "start": "first", "end": "last"}).reset_index(drop=True)


def coverage_of(coverage: Any, by: Sequence[str], columns: Mapping[str, str]) -> Coverage | None:
    """
    Read the option `coverage`.

    Parameters
    ----------
    coverage : None, (start, end) or DataFrame
    by : sequence of str
        Levels of the panel.
    columns : mapping of str to str
        The column of the events behind each level, which may name it too.
    """
    if coverage is None:
        return None
    if isinstance(coverage, pd.DataFrame):
        return Coverage(_spans(coverage, by, columns))
    try:
        start, end = [] if isinstance(coverage, str) else list(coverage)
    except (TypeError, ValueError) as error:
        raise ValueError(f"coverage is (start, end) or a frame with start and end, not {coverage!r}") from error
    return Coverage(_ordered(pd.DataFrame({"start": [first_day(start, "start")], "end": [last_day(end, "end")]})))


def _spans(frame: pd.DataFrame, by: Sequence[str], columns: Mapping[str, str]) -> pd.DataFrame:
    if missing := [name for name in ("start", "end") if name not in frame]:
        raise ValueError(f"coverage has no column {' and no '.join(missing)}; its columns are: {', '.join(frame)}")
    if frame.empty:
        raise ValueError("coverage has no rows; leave it out, or state what is covered")
    spans = pd.DataFrame(
        {
            "start": [first_day(day, "start") for day in frame["start"]],
            "end": [last_day(day, "end") for day in frame["end"]],
        }
    )
    for level in by:
        name = columns[level] if columns[level] in frame else level
        if name in frame:
            spans[level] = frame[name].astype("str").fillna(NOT_STATED).to_numpy()
    if unused := [name for name in frame if name not in {"start", "end", *by, *columns.values()}]:
        near = difflib.get_close_matches(unused[0], [*by, *columns.values()], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"coverage has columns by which the panel is not split: {', '.join(unused)}{hint}; drop them, or add to by"
        )
    return _ordered(spans)


def _ordered(spans: pd.DataFrame) -> pd.DataFrame:
    if spans[["start", "end"]].isna().any(axis=None):
        raise ValueError("coverage needs a start and an end in every row")
    spans = spans.astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    wrong = spans[spans["start"] > spans["end"]]
    if len(wrong):
        first = wrong.iloc[0]
        raise ValueError(f"coverage starts on {first['start']:%Y-%m-%d}, after its end {first['end']:%Y-%m-%d}")
    return spans
