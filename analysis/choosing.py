"""Which rows of a loaded table the user asked for; asking for what is not there is an error, not an empty answer."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from analysis.as_of import cutoff
from analysis.columns import DAY
from analysis.options import known


def of_values(frame: pd.DataFrame, column: str, wanted: str | Iterable[str] | None) -> pd.DataFrame:
    """Keep rows whose `column` is among `wanted`; asking for what is not there is an error, not an empty answer."""
    if wanted is None:
        return frame
    values = [wanted] if isinstance(wanted, str) else list(wanted)
    if not values:
        raise ValueError(f"the list of {column} to keep is empty")
    present = frame[column].dropna().unique()
    for value in values:
        known(value, present, column)
    return frame[frame[column].isin(values)].reset_index(drop=True)


def said_by(rows: pd.DataFrame, as_of: Any, timezone: str | None = None) -> pd.DataFrame:
    """Keep rows said by the moment; refuse rows that do not say when they were said."""
    if as_of is None:
        return rows
    undated = int(rows["reported_at"].isna().sum())
    if undated:
        raise ValueError(f"as_of needs to know when each row was published; {undated} have no reported_at")
    said = rows["reported_at"] <= cutoff(as_of, rows, timezone)
    return rows[said.to_numpy()].reset_index(drop=True)


def of_countries(rows: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """Keep rows of these countries; a country that the table does not have is an error."""
    present = sorted(rows["country_iso3"].dropna().unique())
    absent = [code for code in codes if code not in present]
    if not codes:
        raise ValueError("the list of countries to keep is empty")
    if absent:
        raise ValueError(f"no rows of {', '.join(absent)}; the table has {', '.join(present) or 'no country codes'}")
    return rows[rows["country_iso3"].isin(codes)].reset_index(drop=True)


def between(
    events: pd.DataFrame, start: Any, end: Any, covered: tuple[pd.Timestamp, pd.Timestamp] | None
) -> pd.DataFrame:
    """Keep events of the days from `start` to `end`; what is not covered is an error, a part of it a warning."""
    if start is None and end is None:
        return events
    first = _date(start, "start") if start is not None else pd.Timestamp.min
    last = _date(end, "end") if end is not None else pd.Timestamp.max
    if first > last:
        raise ValueError(f"start {first:%Y-%m-%d} is after end {last:%Y-%m-%d}")
    chosen = events[events["date"].between(first, last)].reset_index(drop=True)
    if covered is None and chosen.empty:
        raise ValueError("no events in that span, and your file does not say what it covers")
    if covered is None:
        return chosen
    span = f"{covered[0]:%Y-%m-%d} to {covered[1]:%Y-%m-%d}"
    if last < covered[0] or first > covered[1]:
        raise ValueError(f"that span is outside what the table covers, {span}")
    if (start is not None and first < covered[0]) or (end is not None and last > covered[1]):
        warnings.warn(f"the table covers {span} only; nothing was looked for outside", UserWarning, stacklevel=3)
    return chosen


def _date(value: Any, name: str) -> pd.Timestamp:
    written = isinstance(value, str) and re.fullmatch(rf"{DAY}([T ].*)?", value) is not None
    try:
        if not (written or isinstance(value, (dt.date, np.datetime64))) or pd.isna(value):
            raise ValueError
        return pd.Timestamp(value).tz_localize(None).normalize()
    except ValueError:
        raise ValueError(f"{name} must be a date such as 2020-10-05, not {value!r}") from None
