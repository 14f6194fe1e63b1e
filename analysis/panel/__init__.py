"""
Events to complete panels: every place in every period, 0 where covered and nothing happened, missing where not covered.

One Ibis expression counts and sums on whatever holds the events: DuckDB here for frames and files, Spark or BigQuery
for tables that outgrow one machine. Only the counted groups come back.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.choosing import first_day, last_day
from analysis.panel.cells import readable
from analysis.panel.complete import filled, units_of
from analysis.panel.conditions import condition, spoken_of
from analysis.panel.counting import SUMS, THINGS, Condition, Question, counted
from analysis.panel.coverage import Coverage, coverage_of
from analysis.panel.periods import Frequency, frequency
from analysis.panel.relation import WORDS, Relation, column_of, relation
from analysis.told import said_count

__all__ = ["event_panel"]
COLUMN_OF = {"country": "country_iso3", "actor": "actor1"}


def event_panel(
    events: Any,
    *,
    by: str | Iterable[str] = ("country",),
    freq: str = "D",
    start: Any = None,
    end: Any = None,
    coverage: Any = None,
    where: Any = None,
) -> pd.DataFrame:
    """
    Count events, deaths and crowds in every place and period.

    Parameters
    ----------
    events : DataFrame, path, glob or list of them, or Ibis table
        A frame as `load_events` returns it; files of a known format, which are streamed and never loaded whole; or a
        table on any engine of Ibis, in our columns or a known publisher's.
    by : str or iterable of str
        What to split by: "country" (its ISO code), "region", "admin1", "location", "event_type", "sub_event_type",
        "action", "actor" (`actor1`) or any other column. None of them, `by=()`, gives one row per period.
    freq : {"D", "W", "W-SAT", "epiweek", "M", "Q", "Y"}
        Day; week from Monday (ISO 8601); week from Sunday (epidemiological, "W-SAT" and "epiweek" alike); month;
        quarter; year.
    start, end : date or str, optional
        First and last day; rounded out to whole periods, which are counted whole. Default: the coverage, or else the
        first and last period with an event.
    coverage : (start, end) or DataFrame, optional
        What the source covers, both days included; or a frame with `start`, `end` and any of the columns in `by`, one
        row per span. A unit named there is in the panel even without events. Default: not stated; zeros are then
        assumed over the whole panel, and a warning says so.
    where : str or callable, optional
        Which events to count: SQL such as "event_type = 'Riots' AND deaths_best > 0" (comparisons, AND, OR, NOT, IN,
        BETWEEN, LIKE, IS NULL), or a function of the Ibis table, `ibis._` included, in which `date` is a date and
        counts are whole numbers however they were stored.

    Returns
    -------
    DataFrame
        `events`, `deaths_low`, `deaths_best`, `deaths_high`, `size_low`, `size_best`, `size_high` (nullable integers;
        persons), indexed by `by` and `period`. Its `attrs`: `coverage` (spans used), `outside_coverage` and
        `outside_span` (events not shown because not covered, or before `start` or after `end`), `imprecise` (events
        known less exactly than to the period, such as by the week in a panel of days), `unstated` (how many events of
        the source state no number of deaths, or no size).

    Raises
    ------
    DataError
        If a date or a count that the panel needs cannot be read, an event id is there twice, or a file has a country,
        type or region in `by` that is none.
    ValueError
        If an option is not understood, no event is left, or the panel would be too large.

    Warns
    -----
    UserWarning
        If coverage is not stated; if events lie outside it; if dates are less precise than the periods.

    Notes
    -----
    Complete means: places and kinds of event (country, region, admin1, location; event_type, sub_event_type, action) in
    the combinations that occur or that `coverage` names, crossed with each other, with every value of any other column,
    and with every period. What occurs anywhere in the events counts, also outside the span and among events that
    `where` leaves out, unless `where` speaks of places (or kinds) itself: then only those that pass. Rows without a
    place or kind are counted as "not stated".

    A cell that is covered and has no events is 0 throughout, but what no event of the source states is not coded there,
    and missing everywhere. `deaths_low` and the others sum what was reported, and are missing where events of the cell
    report none. Where any event of a cell has a range and no best number, the cell
    has no best number; where any has no high one, the cell is open above, its `*_high` missing. A period is covered if
    all its days are; others are missing throughout.

    Sizes that a file states in words (ACLED's tags) are read as `formats.crowds` says.

    Repeated ids are looked for in every row of frames and of files of up to 200,000 events; in tables on other engines
    within each cell. In longer files one in 16 ids is watched, within each cell, while the rows pass: a file pasted
    twice is seen, a few repeated rows may not be; `check` looks at every row.

    Examples
    --------
    >>> from analysis import load_events
    >>> days = ("2020-10-05", "2020-10-07")
    >>> riots = event_panel(load_events(start=days[0], end=days[1]), where="event_type = 'Riots'", coverage=days)
    >>> riots.index.get_level_values("period").astype(str).tolist()
    ['2020-10-05', '2020-10-06', '2020-10-07']
    """
    levels = [by] if isinstance(by, str) else list(by)
    columns = {level: COLUMN_OF.get(level, level) for level in levels}
    length = frequency(freq)
    stated = coverage_of(coverage, levels, columns)
    wanted = _wanted(start, end, length)
    source = relation(events)
    _demand_levels(source.table, levels, columns)
    which = condition(where)
    source, mentioned = _for_condition(source, which)
    found = counted(source, Question(list(columns.values()), length, wanted, which, mentioned))
    found = found.rename(columns={column: level for level, column in columns.items()})
    if where is not None and stated is None and not found["events"].sum():
        raise ValueError(_nothing(where))  # more often a slip in the condition than the truth
    span = _span(found, wanted, stated, length)
    units = units_of(found, levels, stated, mentioned)
    if not len(units):
        raise ValueError(_nothing(where))
    within = found["period"].between(*span)
    unstated = {thing: int(found["rows_"].sum() - found[f"{thing}_stated_"].sum()) for thing in THINGS}
    uncoded = [thing for thing in THINGS if len(found) and not found[f"{thing}_stated_"].sum()]
    panel, outside = filled(found[within & (found["events"] > 0)], units, span, length, stated, uncoded)
    attrs = {
        "outside_coverage": outside + _beyond(found, wanted, within, inside=True),
        "outside_span": _beyond(found, wanted, within, inside=False),
        "imprecise": int(found.loc[within, "imprecise_"].sum()),
        "unstated": unstated,
    }
    panel.attrs = {"coverage": (stated or _assumed(panel)).said(), **attrs}
    _warn(panel, len(units), length, stated)
    return panel


def _for_condition(source: Relation, which: Condition | None) -> tuple[Relation, set[str]]:
    """Name the columns a condition speaks of; sizes that are still in words have to be read first."""
    try:
        return source, spoken_of(which, readable(source.table))
    except ValueError:
        if source.careful is None or WORDS not in source.table.columns:
            raise
    read = source.careful()
    return read, spoken_of(which, readable(read.table))


def _demand_levels(table: Any, levels: list[str], columns: dict[str, str]) -> None:
    """Refuse levels that are there twice, are no columns, or are the period itself."""
    if len(set(columns.values())) < len(levels):
        raise ValueError(f"by names a column twice: {', '.join(levels)}")
    if taken := [name for name in levels if name in ("period", "events", *SUMS)]:
        raise ValueError(f"by cannot name {taken[0]}: every panel has it anyway; the length of periods is freq")
    for column in columns.values():
        column_of(table, column, "by")


def _wanted(start: Any, end: Any, length: Frequency) -> tuple[int | None, int | None]:
    """Give the first and last period that the user asked for."""
    first, last = first_day(start, "start"), last_day(end, "end")
    if first is not None and last is not None and first > last:
        raise ValueError(f"start {first:%Y-%m-%d} is after end {last:%Y-%m-%d}")
    return None if first is None else length.number(first), None if last is None else length.number(last)


def _span(
    found: pd.DataFrame, wanted: tuple[int | None, int | None], stated: Coverage | None, length: Frequency
) -> tuple[int, int]:
    """Give the first and last period of the panel: as asked, else as covered, else where there are events."""
    if stated is not None:
        first, last = (length.number(day) for day in stated.ends)
    elif found.empty:
        raise ValueError(_nothing(None))
    else:
        first, last = int(found["period"].min()), int(found["period"].max())
    first, last = (given if given is not None else found_ for given, found_ in zip(wanted, (first, last), strict=True))
    if first > last:
        days = [str(length.periods(number, number)[0]) for number in (first, last)]
        raise ValueError(
            f"the panel would begin with {days[0]} and end with {days[1]}: start or end lies beyond the data"
        )
    return first, last


def _beyond(found: pd.DataFrame, wanted: tuple[int | None, int | None], within: pd.Series, *, inside: bool) -> int:
    """Count events beyond the panel: inside what was asked for (then not covered), or outside it."""
    first, last = wanted
    asked = pd.Series(True, index=found.index)
    if first is not None:
        asked &= found["period"] >= first
    if last is not None:
        asked &= found["period"] <= last
    return int(found.loc[~within & (asked == inside), "events"].sum())


def _nothing(where: Any) -> str:
    which = "no event fulfils `where`" if where is not None else "there are no events"
    return f"{which}, so there is nothing to say what the panel holds; state coverage (and its units) for zeros"


def _assumed(panel: pd.DataFrame) -> Coverage:
    periods = panel.index.unique("period")
    days = {"start": [periods[0].start_time], "end": [periods[-1].end_time.normalize()]}
    return Coverage(pd.DataFrame(days))


def _warn(panel: pd.DataFrame, units: int, length: Frequency, stated: Coverage | None) -> None:
    if stated is None:
        (span,) = panel.attrs["coverage"]
        warnings.warn(
            f"coverage is not stated: zeros are assumed for {said_count(units, 'unit')} from "
            f"{span['start']} to {span['end']}; state it with coverage=(start, end)",
            UserWarning,
            stacklevel=3,
        )
    if number := panel.attrs["outside_coverage"]:
        warnings.warn(
            f"{said_count(number, 'event')} not shown, in periods that are not covered on all their days",
            UserWarning,
            stacklevel=3,
        )
    if number := panel.attrs["imprecise"]:
        warnings.warn(
            f"{said_count(number, 'event')} dated less exactly than to the {length.said}, counted in one each; take a "
            "longer freq",
            UserWarning,
            stacklevel=3,
        )
