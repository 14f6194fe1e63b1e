"""Who reported events: publishers by period, those that were there all along, and what they alone report."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.options import known


def publishers_by_period(events: pd.DataFrame, sources: pd.DataFrame, freq: str = "D") -> pd.DataFrame:
    """
    Count events and the publishers cited for them, period by period.

    Look at it before you read a rise of events as a rise of unrest: more reporters find more events. It is no exposure
    to divide by, because a publisher is seen here only through the events it is cited for, and on a day without events
    not at all.

    Parameters
    ----------
    events : DataFrame
        With `event_id`, `date` and `source_ids` (joined with ";").
    sources : DataFrame
        As `load_sources` returns it: `source_id`, `publisher`.
    freq : str
        Length of a period, such as "D", "W" or "M".

    Returns
    -------
    DataFrame, indexed by period; only periods with events
        `events`; `publishers` cited for any of them, each once; `seen_once`, events for which one publisher is cited.

    Raises
    ------
    ValueError
        If a cited source is not in `sources`.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["a", "b", "c"], "publisher": ["24.kg", "24.kg", "TASS"]})
    >>> rows = {"event_id": ["1", "2"], "date": pd.to_datetime(["2020-10-05"] * 2), "source_ids": ["a;b", "b;c"]}
    >>> publishers_by_period(pd.DataFrame(rows), sources).to_dict("records")
    [{'events': 2, 'publishers': 2, 'seen_once': 1}]
    """
    cited = _cited(events, sources)
    period = cited["date"].dt.to_period(freq).rename("period")
    witnesses = cited.groupby([period, "event_id"])["publisher"].nunique()
    return pd.DataFrame(
        {
            "events": witnesses.groupby("period").size(),
            "publishers": cited.groupby(period)["publisher"].nunique(),
            "seen_once": (witnesses == 1).groupby("period").sum(),
        }
    )


def steady_publishers(events: pd.DataFrame, sources: pd.DataFrame, at: str | pd.Timestamp) -> pd.DataFrame:
    """
    List the publishers that are cited both before and since a date.

    With `reported_by` they hold the reporters fixed: what only newcomers saw is left out on both sides of the date, so
    that a rise cannot come from their arrival. It can still come from the same newsrooms looking harder.

    Parameters
    ----------
    events : DataFrame
        All events, not only those to be counted: `event_id`, `date`, `source_ids`.
    sources : DataFrame
        As `load_sources` returns it.
    at : date
        First day of the time since.

    Returns
    -------
    DataFrame, indexed by publisher
        `before` and `since`: events it is cited for. Most cited before first; empty if no publisher is in both.

    Raises
    ------
    ValueError
        If a cited source is not in `sources`.

    Notes
    -----
    Who is cited is a choice of those who coded the events: they stop when an event is supported. A publisher that
    reported and is not cited counts as silent.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["a", "b"], "publisher": ["24.kg", "TASS"]})
    >>> days = pd.to_datetime(["2020-10-01", "2020-10-05", "2020-10-06"])
    >>> rows = pd.DataFrame({"event_id": ["1", "2", "3"], "date": days, "source_ids": ["a", "a;b", "b"]})
    >>> steady_publishers(rows, sources, "2020-10-05").to_dict("index")
    {'24.kg': {'before': 1, 'since': 1}}
    """
    cited = _cited(events, sources).drop_duplicates(["event_id", "publisher"])
    since = cited["date"] >= pd.Timestamp(at)
    counts = pd.DataFrame(
        {
            "before": cited.loc[~since, "publisher"].value_counts(),
            "since": cited.loc[since, "publisher"].value_counts(),
        }
    )
    counts = counts.dropna().astype("int64").rename_axis("publisher")
    return counts.sort_index().sort_values(["before", "since"], ascending=False, kind="stable")


def reported_by(events: pd.DataFrame, sources: pd.DataFrame, publishers: str | Iterable[str]) -> pd.DataFrame:
    """
    Keep events for which at least one of some publishers is cited.

    Parameters
    ----------
    events : DataFrame
        With `event_id`, `date`, `source_ids`.
    sources : DataFrame
        As `load_sources` returns it.
    publishers : str or iterable of str
        Names as in `sources`.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If a publisher has no source, or a cited source is not in `sources`.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["a", "b"], "publisher": ["24.kg", "TASS"]})
    >>> rows = {"event_id": ["1", "2"], "date": pd.to_datetime(["2020-10-05"] * 2), "source_ids": ["a;b", "b"]}
    >>> reported_by(pd.DataFrame(rows), sources, "24.kg")["event_id"].tolist()
    ['1']
    """
    names = [publishers] if isinstance(publishers, str) else list(publishers)
    for name in names:
        known(name, sources["publisher"].dropna().unique(), "publisher")
    cited = _cited(events, sources)
    return events[events["event_id"].isin(cited.loc[cited["publisher"].isin(names), "event_id"])]


def _cited(events: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """One row per event and source: `event_id`, `date`, `publisher`."""
    named = sources.set_index("source_id")["publisher"]
    rows = events[["event_id", "date"]].assign(source_id=events["source_ids"].str.split(";")).explode("source_id")
    unknown = sorted(set(rows["source_id"].dropna()) - set(named.index))
    if unknown:
        raise ValueError(f"cited but not among the sources: {', '.join(unknown[:5])}; pass the table that lists them")
    return rows.assign(date=pd.to_datetime(rows["date"]), publisher=rows["source_id"].map(named))
