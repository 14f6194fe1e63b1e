"""
What to show of an event table: crowds, seized places, and each event's place on the clock.

All functions take events as `load_events` returns them and return new frames; none reads files or draws.
"""

from __future__ import annotations

import pandas as pd

GIVEN_BACK = ("building_returned", "building_cleared")
SEIZED = {"building_seizure": "building", "mine_seizure": "mine"}
GATHERINGS = ("rally", "march", "picket")
SLOT_HOURS = 4


def gatherings(events: pd.DataFrame) -> pd.DataFrame:
    """
    Keep rallies, marches and pickets.

    Parameters
    ----------
    events : DataFrame
        With `action`.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> len(gatherings(pd.DataFrame({"action": ["rally", "arrest"]})))
    1
    """
    return events[events["action"].isin(GATHERINGS)]


def crowds(events: pd.DataFrame) -> pd.DataFrame:
    """
    Keep protests and riots for which any crowd size was reported.

    Votes, sessions and guard duties also carry a number of persons; they are not crowds.

    Parameters
    ----------
    events : DataFrame
        With `event_type` and `size_low`, `size_best`, `size_high`.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> rows = {"event_type": ["Protests", "Strategic developments"], "size_low": [10, 80]}
    >>> len(crowds(pd.DataFrame(rows | {"size_best": [10, 80], "size_high": [10, 80]})))
    1
    """
    sized = events[["size_low", "size_best", "size_high"]].notna().any(axis=1)
    return events[events["event_type"].isin(["Protests", "Riots"]) & sized]


def seized(events: pd.DataFrame) -> pd.DataFrame:
    """
    List buildings and mines that were seized, once each, in order of day.

    Parameters
    ----------
    events : DataFrame
        With `action`, `target`, `date`.

    Returns
    -------
    DataFrame
        First seizure of each target, with `kind` ("building" or "mine") and `given_back` (whether the place was
        reported returned or cleared since). Attempts are not seizures.

    Examples
    --------
    >>> rows = {"action": ["mine_seizure", "rally"], "target": ["Jerooy", None], "date": ["2020-10-06"] * 2}
    >>> seized(pd.DataFrame(rows))["kind"].tolist()
    ['mine']
    """
    taken = events[events["action"].isin(SEIZED.keys())].sort_values("date", kind="stable")
    freed = events[events["action"].isin(GIVEN_BACK)].dropna(subset="target").groupby("target")["date"].max()
    since = freed.reindex(taken["target"]).set_axis(taken.index)
    place = [name for name in ("country_iso3", "region", "location", "target") if name in taken]
    taken = taken[taken["target"].isna() | ~taken.duplicated(place)]
    given_back = (since >= taken["date"]).reindex(taken.index)
    return taken.assign(kind=taken["action"].map(SEIZED), given_back=given_back)


def by_region(events: pd.DataFrame) -> pd.DataFrame:
    """
    Count gatherings and seized places by region.

    Parameters
    ----------
    events : DataFrame
        With `region`, `action`, `target`, `date`.

    Returns
    -------
    DataFrame
        Indexed by `region`: `gatherings`, `buildings`, `mines`. Only regions with events; 0 means none among them.
        Events without a region are counted under "not stated".

    Examples
    --------
    >>> rows = {"region": ["KG-T"], "action": ["mine_seizure"], "target": ["Jerooy"], "date": ["2020-10-06"]}
    >>> by_region(pd.DataFrame(rows)).loc["KG-T"].tolist()
    [0, 0, 1]
    """
    events = events.assign(region=events["region"].fillna("not stated"))
    taken = seized(events)
    counts = {
        "gatherings": gatherings(events).groupby("region").size(),
        "buildings": taken[taken["kind"] == "building"].groupby("region").size(),
        "mines": taken[taken["kind"] == "mine"].groupby("region").size(),
    }
    return pd.DataFrame(counts).reindex(sorted(events["region"].unique())).fillna(0).astype("int64")


def slots(events: pd.DataFrame, hours: int = SLOT_HOURS, until: pd.Timestamp | None = None) -> pd.DataFrame:
    """
    Give each event a slot of the day and a height in it, for a chart with one mark per event.

    An event with a time goes to the slot of its hour. One without goes to the least filled slot of its day, and is
    marked as such, because its hour is not known.

    Parameters
    ----------
    events : DataFrame
        With `event_id`, `event_type`, `date`, `time_local`.
    hours : int
        Length of a slot; divides 24.
    until : Timestamp, optional
        Wall clock up to which events can have happened; no event without a time goes into a slot that begins later.

    Returns
    -------
    DataFrame, shape (n_events, 5)
        `event_id`, `event_type`, `start` (of the slot, local wall clock), `height` (0 for the lowest) and `timed`.

    Examples
    --------
    >>> rows = {"event_id": ["A", "B"], "event_type": ["Riots"] * 2, "date": pd.to_datetime(["2020-10-06"] * 2)}
    >>> slots(pd.DataFrame(rows | {"time_local": ["03:00", None]}))["start"].dt.hour.tolist()
    [0, 4]
    """
    rows = events.sort_values(["date", "event_id"])[["event_id", "event_type", "date", "time_local"]]
    rows = rows.assign(timed=rows["time_local"].notna()).sort_values("timed", ascending=False, kind="stable")
    filled: dict[tuple[object, object], list[int]] = {}
    places = []
    for row in rows.itertuples():
        day = filled.setdefault((row.event_type, row.date), [0] * (24 // hours))
        open_slots = day if until is None else day[: max(1, -((row.date - until) // pd.Timedelta(hours=hours)))]
        slot = int(str(row.time_local)[:2]) // hours if row.timed else open_slots.index(min(open_slots))
        places.append((row.date + pd.Timedelta(hours=hours * slot), day[slot]))
        day[slot] += 1
    starts = [start for start, _ in places]
    heights = [height for _, height in places]
    return rows.assign(start=starts, height=heights)[["event_id", "event_type", "start", "height", "timed"]]
