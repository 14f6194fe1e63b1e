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

SHAPE = r"[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?"  # a year, a month, a day


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


def between(events: pd.DataFrame, start: Any, end: Any, covered: pd.DataFrame | None) -> pd.DataFrame:
    """
    Keep events of the days from `start` to `end`; what is not covered is an error, a part of it a warning.

    Parameters
    ----------
    events : DataFrame
        With `date`.
    start, end : as `first_day` and `last_day` read them
    covered : DataFrame or None
        `start` and `end` of what was looked for, one row per country asked for; None where nothing says.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If the span is none, outside the coverage of every country, or empty where no coverage is stated.
    """
    if start is None and end is None:
        return events
    first, last = first_day(start, "start") or pd.Timestamp.min, last_day(end, "end") or pd.Timestamp.max
    if first > last:
        raise ValueError(f"start {first:%Y-%m-%d} is after end {last:%Y-%m-%d}")
    chosen = events[events["date"].between(first, last)].reset_index(drop=True)
    if covered is None and chosen.empty:
        raise ValueError("no events in that span, and your file does not say what it covers")
    if covered is None:
        return chosen
    outside = (covered["start"] > last) | (covered["end"] < first)
    if outside.all():
        raise ValueError(f"that span is outside what the table covers, {_said_spans(covered)}")
    before = start is not None and (covered["start"] > first)
    after = end is not None and (covered["end"] < last)
    short = covered[outside | before | after]
    if len(short):
        said = f"the table covers {_said_spans(short)} only; nothing was looked for outside"
        warnings.warn(said, UserWarning, stacklevel=3)
    return chosen


def _said_spans(covered: pd.DataFrame) -> str:
    """Say what is covered, country by country."""
    return ", ".join(f"{row.Index} {row.start:%Y-%m-%d} to {row.end:%Y-%m-%d}" for row in covered.itertuples())


def first_day(value: Any, name: str) -> pd.Timestamp | None:
    """
    Read the option `name`: a day, or the first day of a month, quarter or year such as "2020-10".

    Parameters
    ----------
    value : str, int (a year), date, datetime, numpy.datetime64, Period or None
        None is left as it is. The time of day is cut off, in whatever zone it is.
    name : str
        What to call it in a message.

    Returns
    -------
    Timestamp or None

    Raises
    ------
    ValueError
        If the value is no date.

    Examples
    --------
    >>> first_day("2020-10", "start")
    Timestamp('2020-10-01 00:00:00')
    """
    return None if value is None else _period(value, name).start_time


def last_day(value: Any, name: str) -> pd.Timestamp | None:
    """
    Read the option `name`: a day, or the last day of a month, quarter or year; otherwise as `first_day`.

    Examples
    --------
    >>> last_day("2020-10", "end")
    Timestamp('2020-10-31 00:00:00')
    """
    return None if value is None else _period(value, name).end_time.normalize()


def _period(value: Any, name: str) -> pd.Period:
    """Day, month, quarter or year that a value names."""
    text = str(value).strip() if isinstance(value, (str, int, np.integer)) and not isinstance(value, bool) else ""
    try:
        if isinstance(value, pd.Period) and value is not pd.NaT:
            return value
        if re.fullmatch(SHAPE, text):
            return pd.Period(text)
        if re.fullmatch(rf"{DAY}[T ].*", text) or (isinstance(value, (dt.date, np.datetime64)) and not pd.isna(value)):
            return pd.Timestamp(text or value).tz_localize(None).to_period("D")
    except ValueError:
        pass
    raise ValueError(f"{name} {value!r} is not a date; write it as YYYY-MM-DD, or a month or year")
