"""Where protest came first, second, third, and who could have had it from whom, as far as reported times can tell."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dynamics.neighbours import neighbourhood
from analysis.options import known

Flags = NDArray[np.bool_]

PROTEST = ("Protests", "Riots")
SPAN = ("earliest", "latest", "event_id")
WEEK = pd.Timedelta(days=6)
END_OF_DAY = pd.Timedelta(hours=23, minutes=59)


def first_protests(
    events: pd.DataFrame,
    by: str = "region",
    *,
    units: Iterable[str] | None = None,
    event_types: Iterable[str] = PROTEST,
    neighbours: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Order units by their first protest.

    Many reports give the day and no hour. The first protest of a unit then lies between two moments, and two units
    whose spans overlap are tied: their order is not known, and row order does not decide it.

    Parameters
    ----------
    events : DataFrame
        As `load_events` returns it, restricted to the span of interest: `event_id`, `event_type`, `date`, `by`, and
        where known `time_local` (HH:MM) and `date_precision` (1 day, 2 week, 3 month).
    by : str
        Column of the units.
    units : iterable of str, optional
        All units that could have had a protest, such as the index of a panel; default: those of any event and any
        border.
    event_types : iterable of str
        Which events are protest.
    neighbours : DataFrame, optional
        Borders as `load_neighbours` returns them; adds from where each unit could have had it.

    Returns
    -------
    DataFrame, shape (n_units, 8 or 10)
        Indexed by `by`, in order of the earliest possible moment. `rank_first`, `rank_last`: best and worst rank that
        the reports allow, equal where it is certain. `date`: day of the first protest, the latest it can be.
        `earliest`, `latest`: moments between which it lies, local clock. `days_after`: days from the first unit's
        `date` to this one's. `event_id`: every event that can be the first, joined with ";". `tied_with`: units whose
        order with this one is not known. With `neighbours` also `neighbours_before`, those surely earlier, and
        `neighbours_tied`, those perhaps earlier: a unit with neither cannot have had it from next door. All missing
        for a unit without a protest, which is listed last. The count of protests without a unit is in
        `attrs["without_unit"]`.

    Raises
    ------
    ValueError
        If a column is missing, a protest has no date, there is no protest at all, or a border has a unit that is not
        among `units`.

    Notes
    -----
    An event of the week is taken to lie within 6 days of its date, one of the month within the month; a stated hour is
    taken as it is, and may be that of the first report. Reports lag and some places have few reporters: the order of
    first reports is not the order of first protests, and a neighbour that was earlier need not be the origin.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "event_id": ["1", "2", "3", "4"], "event_type": "Protests", "region": ["A", "B", "C", "C"],
    ...     "date": pd.to_datetime(["2020-10-05", "2020-10-05", "2020-10-06", "2020-10-06"]),
    ...     "time_local": ["12:30", None, "03:00", None]})
    >>> order = first_protests(rows, units=["A", "B", "C", "D"])
    >>> order["rank_first"].tolist(), order["rank_last"].tolist()
    ([1, 1, 3, <NA>], [2, 2, 3, <NA>])
    >>> order.loc["C", "event_id"], order.loc["A", "tied_with"]
    ('3;4', 'B')
    >>> chain = pd.DataFrame({"region": ["A", "B", "C"], "neighbour": ["B", "C", "D"]})
    >>> first_protests(rows, neighbours=chain).loc["C", "neighbours_before"]
    'B'
    """
    for column in ("event_id", "event_type", "date", by):
        known(column, events.columns, "column of events")
    kinds = list(event_types)
    protests = events[events["event_type"].isin(kinds)]
    if protests[by].isna().all():
        raise ValueError(f"no event of type {' or '.join(kinds)} has a {by}: there is no first one")
    placed = protests.dropna(subset=by).reset_index(drop=True)
    if placed["date"].isna().any():
        raise ValueError(
            f"{placed.loc[placed['date'].isna(), 'event_id'].iloc[0]} has no date; expected a day for each"
        )
    spans = _spans(placed)
    firsts = pd.DataFrame([_first(unit, rows, spans) for unit, rows in placed.groupby(by)], columns=[by, *SPAN])
    firsts = firsts.set_index(by).sort_values(["earliest", "latest", by])
    every = _every(events[by], units, neighbours)
    touching = None
    if neighbours is not None:
        places = every.get_indexer(firsts.index)
        touching = neighbourhood(neighbours, every).touching[np.ix_(places, places)] > 0
    order = _ranked(firsts, touching)
    order = order.reindex([*order.index, *sorted(set(every) - set(order.index))]).rename_axis(by)
    order[["rank_first", "rank_last", "days_after"]] = order[["rank_first", "rank_last", "days_after"]].astype("Int64")
    order.attrs = {"without_unit": len(protests) - len(placed)}
    return order


def _every(named: pd.Series, units: Iterable[str] | None, neighbours: pd.DataFrame | None) -> pd.Index:
    """Every unit once: those of the events, and those given or else those of the borders."""
    if units is not None:
        return pd.Index(named.dropna().unique()).union(pd.Index(list(units)).unique())
    borders = [] if neighbours is None else [neighbours["region"], neighbours["neighbour"]]
    return pd.Index(pd.concat([named, *borders]).dropna().unique())


def _spans(events: pd.DataFrame) -> pd.DataFrame:
    """Earliest and latest moment of each event, on the local clock."""
    day = pd.to_datetime(events["date"])
    precision = events["date_precision"].fillna(1) if "date_precision" in events else pd.Series(1, events.index)
    month = day.dt.to_period("M")
    first = day.mask(precision == 2, day - WEEK).mask(precision >= 3, month.dt.start_time)
    last = day.mask(precision == 2, day + WEEK).mask(precision >= 3, month.dt.end_time.dt.normalize()) + END_OF_DAY
    if "time_local" in events:
        clock = day + pd.to_timedelta(events["time_local"].astype("str") + ":00", errors="coerce")
        exact = clock.notna() & (precision == 1)
        first, last = first.mask(exact, clock), last.mask(exact, clock)
    return pd.DataFrame({"earliest": first, "latest": last})


def _first(unit: object, rows: pd.DataFrame, spans: pd.DataFrame) -> tuple[object, ...]:
    """Span in which the first protest of a unit lies, and the events that it can be."""
    own = spans.loc[rows.index]
    earliest, latest = own["earliest"].min(), own["latest"].min()
    candidates = rows.loc[own["earliest"] <= latest, "event_id"]
    return unit, earliest, latest, ";".join(sorted(candidates.astype(str)))


def _ranked(firsts: pd.DataFrame, touching: Flags | None) -> pd.DataFrame:
    """Add the ranks that are possible, the ties, the days since the first, and the neighbours before."""
    earliest, latest = firsts["earliest"].to_numpy(), firsts["latest"].to_numpy()
    surely_before = latest[:, None] < earliest[None, :]
    tied = ~surely_before & ~surely_before.T & ~np.eye(len(firsts), dtype=bool)
    days = firsts["latest"].dt.normalize()
    columns = {
        "rank_first": surely_before.sum(axis=0) + 1,
        "rank_last": len(firsts) - surely_before.sum(axis=1),
        "date": days,
        "earliest": firsts["earliest"],
        "latest": firsts["latest"],
        "days_after": (days - days.min()).dt.days,
        "event_id": firsts["event_id"],
        "tied_with": _joined(firsts.index, tied),
    }
    if touching is not None:
        columns["neighbours_before"] = _joined(firsts.index, surely_before.T & touching)
        columns["neighbours_tied"] = _joined(firsts.index, tied & touching)
    return pd.DataFrame(columns, index=firsts.index)


def _joined(units: pd.Index, rows: Flags) -> list[str | None]:
    """Names of the units marked in each row, joined; None where there is none."""
    return [";".join(map(str, units[row])) or None for row in rows]
