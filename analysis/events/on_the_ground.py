"""What happened where and when: crowds, seized places, and each event's place on the clock."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

GIVEN_BACK = ("building_returned", "building_cleared")
SEIZED = {"building_seizure": "building", "mine_seizure": "mine"}
GATHERINGS = ("rally", "march", "picket")
SLOT_HOURS = 4
HIGHEST_STACK = 40  # boxes in a slot; the highest of October 2020 has 8
MOST_BOXES = 20_000  # in a chart
MOST_CROWDS = 2_000
MOST_SPANS = 5_000


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
    place = ["event_type", "date", "slot"]
    known = rows[rows["timed"]].assign(slot=lambda those: those["time_local"].str[:2].astype("int64") // hours)
    known = known.assign(height=known.groupby(place).cumcount())
    filled = known.groupby(place).size()
    parts = [known]
    for (kind, date), those in rows[~rows["timed"]].groupby(["event_type", "date"]):
        open_slots = 24 // hours
        if until is not None:
            open_slots = min(open_slots, max(1, -((date - until) // pd.Timedelta(hours=hours))))
        start = [int(filled.get((kind, date, slot), 0)) for slot in range(open_slots)]
        slot, height = _least_filled(start, len(those))
        parts.append(those.assign(slot=slot, height=height))
    placed = pd.concat(parts).reindex(rows.index) if len(parts) > 1 else known
    start_of_slot = placed["date"] + pd.to_timedelta(placed["slot"] * hours, unit="h")
    return placed.assign(start=start_of_slot)[["event_id", "event_type", "start", "height", "timed"]]


def _least_filled(filled: list[int], more: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put `more` things one by one into the least filled slot, the first of those; give their slots and heights."""
    levels = np.add.outer(np.array(filled), np.arange(more)).ravel()
    slot = np.repeat(np.arange(len(filled)), more)
    first = np.lexsort((slot, levels))[:more]
    return slot[first], levels[first]


def boxes(units: pd.DataFrame, highest: int = HIGHEST_STACK) -> pd.DataFrame:
    """
    Stack events as boxes to draw: one box per event, or per so many that no stack is higher than a chart can show.

    Parameters
    ----------
    units : DataFrame
        As `slots` returns it.
    highest : int
        Boxes above which one stands for more than one event.

    Returns
    -------
    DataFrame, one row per box
        `event_type`, `start`, `height`, `timed`, `events` (how many the box holds) and `per_box` (how many it can
        hold, the same in all rows). Boxes with and without a time are kept apart, so that two boxes of a stack may be
        filled in part.

    Raises
    ------
    ValueError
        If there are more slots with events than a chart has room for.

    Examples
    --------
    >>> rows = {"event_id": range(5), "event_type": "Riots", "date": pd.Timestamp("2020-10-06"), "time_local": "03:00"}
    >>> boxes(slots(pd.DataFrame(rows)), highest=3)["events"].tolist()
    [3, 2]
    """
    columns = ["event_type", "start", "height", "timed", "events", "per_box"]
    counts = units.groupby(["event_type", "start", "timed"]).size()
    most = int(units["height"].max()) + 1 if len(units) else 0
    per_box = 1 if most <= highest else -(-most // max(1, highest - 1))
    needed = -(-counts // per_box)
    if needed.sum() > MOST_BOXES:
        raise ValueError(
            f"{needed.sum():,} boxes are too many for a chart, which has room for {MOST_BOXES:,}: choose a shorter "
            "span or longer slots, or count by week with event_panel and draw that with charts.draw_panel"
        )
    if per_box == 1:
        return units.assign(events=1, per_box=1)[columns]
    found = counts.rename("all").reset_index().loc[lambda rows: rows.index.repeat(needed.to_numpy())]
    rank = found.groupby(level=0).cumcount()
    held = (found["all"] - rank * per_box).clip(upper=per_box)
    found = found.assign(events=held, per_box=per_box).sort_values("timed", ascending=False, kind="stable")
    height = found.groupby(["event_type", "start"]).cumcount()
    return found.assign(height=height)[columns].reset_index(drop=True)


def crowd_spans(crowds: pd.DataFrame, most: int = MOST_CROWDS) -> pd.DataFrame:
    """
    Keep crowds as they are, or, where they are too many to draw, the span of those of a day, an hour and a type.

    Parameters
    ----------
    crowds : DataFrame
        As `crowds` returns it.
    most : int
        Crowds that a chart has room for.

    Returns
    -------
    DataFrame
        `event_id` (the first), `event_type`, `date`, `time_local`, `size_low`, `size_best`, `size_high`, `open_above`
        and `crowds` (how many the row stands for). A row of several has the lowest and the highest number that any of
        them states, no best, and is open above if one of them is.

    Raises
    ------
    ValueError
        If the hours with crowds are more than a chart has room for.

    Examples
    --------
    >>> day = {"event_type": "Riots", "date": pd.Timestamp("2020-10-06"), "time_local": ["03:10", "03:50"]}
    >>> rows = pd.DataFrame({"event_id": ["A", "B"], "size_low": [10, 80], "size_best": [None, 90], **day})
    >>> crowd_spans(rows.assign(size_high=[20, 99]), most=1)[["size_low", "size_high", "crowds"]].to_numpy().tolist()
    [[10.0, 99.0, 2.0]]
    """
    sizes = ["size_low", "size_best", "size_high"]
    kept = crowds[["event_id", "event_type", "date", "time_local", *sizes]]
    if len(kept) <= most:
        return kept.assign(open_above=kept["size_high"].isna(), crowds=1)
    stated = kept.assign(
        time_local=kept["time_local"].str[:2] + ":00",
        size_low=kept[sizes].min(axis=1),
        size_high=kept[sizes].max(axis=1),
        open_above=kept["size_high"].isna(),
    )
    groups = stated.sort_values("event_id").groupby(["date", "time_local", "event_type"], dropna=False)
    spans = groups.agg(
        event_id=("event_id", "first"),
        size_low=("size_low", "min"),
        size_high=("size_high", "max"),
        open_above=("open_above", "any"),
        crowds=("event_id", "size"),
    )
    if len(spans) > MOST_SPANS:
        raise ValueError(
            f"{len(spans):,} hours with crowds are too many for a chart, which has room for {MOST_SPANS:,}: choose a "
            "shorter span"
        )
    return spans.reset_index().assign(size_best=None)


def busiest(
    events: pd.DataFrame, days: int, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """
    Name the stretch of so many days on which most events fell, the first of equals.

    Parameters
    ----------
    events : DataFrame
        With `date`.
    days : int
        Length of the stretch.
    start, end : Timestamp
        First and last day to choose from; if there are not more days than asked for, all of them.

    Returns
    -------
    first, last : Timestamp

    Examples
    --------
    >>> dates = pd.to_datetime(["2020-10-04", "2020-10-06", "2020-10-06", "2020-10-09"])
    >>> first, last = busiest(pd.DataFrame({"date": dates}), 2, dates[0], dates[-1])
    >>> f"{first:%d} to {last:%d}"
    '05 to 06'
    """
    every = pd.date_range(start, end, freq="D")
    if len(every) <= days:
        return start, end
    per_day = events["date"].value_counts().reindex(every, fill_value=0)
    last = per_day.rolling(days).sum().idxmax()
    return last - pd.Timedelta(days=days - 1), last
