"""What was known when: the moment a report became public, and what had been said by a given moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from analysis.columns import DTYPES, localize, parse
from analysis.countries import row_zones


def cutoff(as_of: Any, frame: pd.DataFrame, timezone: str | None) -> pd.Series:
    """
    Read a moment on each row's own clock.

    Parameters
    ----------
    as_of : date, datetime or str
        A bare date means its end; a time without offset is a time in the row's country.
    frame : DataFrame
        Rows, for `row_zones`.
    timezone : str, optional
        Zone of all rows, overriding the countries'.

    Returns
    -------
    Series of datetime64[us, UTC]
        One moment per row.

    Raises
    ------
    ValueError
        If `as_of` is no moment, or has no offset and a row's country does not settle the zone.

    Examples
    --------
    >>> str(cutoff("2020-10-06", pd.DataFrame({"country_iso3": ["KGZ"]}), None)[0])
    '2020-10-06 17:59:59+00:00'
    """
    if isinstance(as_of, dt.date):
        as_of = as_of.isoformat()  # a datetime keeps its time, a date stays bare and so means its end
    zones = row_zones(frame, timezone).fillna("")
    clocks = pd.Series(zones.unique() if len(zones) else ["UTC"], dtype=object)
    moments, demand = parse(pd.Series(str(as_of), index=clocks.index, dtype="str"), "moment", clocks.replace("", None))
    if moments.isna().any():
        raise ValueError(f"as_of = {as_of!r}: expected {demand.fillna('a date or a time').iloc[0]}")
    return zones.map(dict(zip(clocks, moments, strict=True))).astype(DTYPES["moment"])


def _published(ids: pd.Series, sources: pd.DataFrame, zones: pd.Series) -> pd.DataFrame:
    """One row per event and source: `source_id`, `text` as published, `basis`, and `moment`, the latest it can be."""
    pairs = ids.dropna().str.split(";").explode().rename("source_id").to_frame()
    known = sources.set_index("source_id")
    pairs["text"] = pairs["source_id"].map(known["published"]).astype("str").fillna("")
    pairs["basis"] = pairs["source_id"].map(known["published_basis"])
    length = pairs["text"].str.len()
    month = pd.to_datetime(pairs["text"].where(length == 7), format="%Y-%m", errors="coerce") + pd.offsets.MonthEnd(0)
    last_day = (
        pairs["text"].mask(length == 4, pairs["text"] + "-12-31").mask(length == 7, month.dt.strftime("%Y-%m-%d"))
    )
    place = zones.reindex(pairs.index).reset_index(drop=True)
    moments, _ = parse(last_day.reset_index(drop=True).astype("str"), "moment", place)
    return pairs.assign(moment=moments.array)


def _happened(events: pd.DataFrame, zones: pd.Series) -> pd.Series:
    """Earliest moment at which each event can have happened, in UTC."""
    clock = pd.to_timedelta(events["time_local"].fillna("00:00") + ":00")
    wall = events["date"] + clock
    parts = [localize(rows, str(zone), earliest=True) for zone, rows in wall.groupby(zones.fillna("UTC"))]
    return pd.concat(parts).reindex(events.index) if parts else wall.dt.tz_localize("UTC")


def with_first_report(events: pd.DataFrame, sources: pd.DataFrame, timezone: str | None) -> pd.DataFrame:
    """
    Fill `reported_at` from the sources where a row does not state it, and never before the event.

    Parameters
    ----------
    events : DataFrame
        Events with typed columns, `reported_at` in UTC.
    sources : DataFrame
        Sources table, with `published` as text.
    timezone : str, optional
        Zone of all rows, overriding the countries'.

    Returns
    -------
    DataFrame
        `events` with `reported_at` and `reported_at_precision` filled where a source is dated. Pages older than the
        event announced it, and count only where there is no other.
    """
    zones = row_zones(events, timezone)
    happened = _happened(events, zones)
    pairs = _published(events["source_ids"], sources, zones).dropna(subset="moment")
    announced = pairs["moment"] < happened.reindex(pairs.index)
    pairs = pairs.assign(announced=announced).sort_values(["announced", "moment"], kind="stable")
    first = pairs[~pairs.index.duplicated()].reindex(events.index)
    own = events["reported_at"]
    said = own.fillna(first["moment"].dt.tz_convert(own.dt.tz))
    precision = (
        first["text"].str.contains("T").map({True: "minute", False: "day"}).mask(first["basis"] == "bound", "bound")
    )
    return events.assign(
        reported_at=said.where(said.isna() | (said >= happened), happened.dt.tz_convert(own.dt.tz)),
        reported_at_precision=events["reported_at_precision"].fillna(precision.where(said.notna()).astype("str")),
    )


def known_by(
    events: pd.DataFrame, moments: pd.Series, sources: pd.DataFrame, reports: pd.DataFrame, timezone: str | None
) -> pd.DataFrame:
    """
    Keep what had been said by a moment.

    Parameters
    ----------
    events : DataFrame
        As `with_first_report` returns them.
    moments : Series
        The moment, on each row's clock, as `cutoff` returns it.
    sources, reports : DataFrame
        Sources and casualties tables that the events point to.
    timezone : str, optional
        Zone of all rows, overriding the countries'.

    Returns
    -------
    DataFrame
        Events reported by then, each with only the sources and casualty reports out by then (those without a date,
        or unknown to the tables, stay).
        Where an event points to reports and none was out, its `deaths_*` and `injured_*` are missing; where a
        source was still to come, so is its `outcome`.

    Raises
    ------
    ValueError
        If an event has neither `reported_at` nor a dated source, so that nothing can be said about it.
    """
    undated = events["reported_at"].isna()
    if undated.any():
        first = events.loc[undated, "event_id"].iloc[0]
        raise ValueError(
            f"as_of needs to know when each event was reported; {undated.sum()} have neither reported_at nor a dated "
            f"source (the first is {first})"
        )
    known = events[(events["reported_at"] <= moments).to_numpy()]
    pages = _published(known["source_ids"], sources, row_zones(known, timezone))
    late = pages["moment"] > moments.reindex(pages.index)
    unfinished = late.groupby(level=0).any().reindex(known.index, fill_value=False)
    pages = pages[~late]
    said = known["report_ids"].dropna().str.split(";").explode().to_frame()
    stated = reports.set_index("report_id")["reported_at"].reindex(said["report_ids"]).set_axis(said.index)
    said = said[~(stated > moments.reindex(said.index))]
    known = known.assign(
        source_ids=_joined(pages["source_id"], known.index),
        report_ids=_joined(said["report_ids"], known.index),
        outcome=known["outcome"].mask(unfinished),
    )
    hidden = known["report_ids"].isna() & events["report_ids"].reindex(known.index).notna()
    counts = [name for name in known.columns if name.startswith(("deaths_", "injured_"))]
    return known.assign(**{name: known[name].mask(hidden) for name in counts}).reset_index(drop=True)


def _joined(ids: pd.Series, index: pd.Index) -> pd.Series:
    """Join the ids of each row with ";" again; missing where none is left."""
    return ids.groupby(level=0).agg(";".join).reindex(index).astype("str")
