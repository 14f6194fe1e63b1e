"""Figures of events: when, where, and both."""

from __future__ import annotations

import os
import textwrap
import warnings

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import charts, events
from analysis.charts import style
from analysis.citing import credit
from analysis.crisis import Crisis
from analysis.figures.case import (
    COUNTRY,
    FIRST_DAY,
    LAST_DAY,
    MEASURES,
    TILES,
    boxes_said,
    clock_said,
    crisis_shown,
    day,
    events_of_case,
    grown,
    listed,
    region_names,
    span_said,
    thin_regions,
)
from analysis.figures.made import published
from analysis.panel import event_panel
from analysis.tables import covered
from analysis.told import said_count

DAYS_SHOWN = 13  # of the timeline
LEAST_DAYS = pd.Timedelta(days=4)
LINE_LETTERS = 112  # of a subtitle
LINE_IN = 0.205
LABEL_LETTERS = 40  # of a place on the map


@published
def timeline(
    country: str | None = None, data: str | os.PathLike[str] | None = None, timezone: str | None = None
) -> Figure:
    """
    Draw events by type, crowd sizes and the toll, hour by hour, over the 13 days with most events.

    Parameters
    ----------
    country : str, optional
        Name or ISO code; default: that of the worked case, or the one of the events in `data`.
    data : path, optional
        Folder with the tables of your case, as `load_crisis` reads it; default: the bundled tables.
    timezone : str, optional
        Needed where the country has several zones.

    Returns
    -------
    Figure
    """
    case = crisis_shown(country, data, timezone=timezone)
    first, last = events.busiest(case.events, DAYS_SHOWN, case.start, case.end)
    period = case.events[case.events["date"].between(first, last)].reset_index(drop=True)
    if period.empty:
        raise ValueError(f"no events of {case.name} on the days that {case.folder}/coverage.csv names")
    end = max(last, first + LEAST_DAYS) + pd.Timedelta(days=1)
    lanes = [kind for kind in style.EVENT_COLOURS if (period["event_type"] == kind).any()]
    lanes += sorted(set(period["event_type"]) - set(lanes))
    boxes = events.boxes(events.slots(period))
    subtitle = textwrap.wrap(
        f"{case.name}, {span_said(first, last)}, {clock_said(case.timezone)}. {boxes_said(boxes)}: filled where the hour is known, "
        f"hollow where only the day is (placed anywhere in it){_uncertain(period)}.{_elsewhere(case, period)}",
        LINE_LETTERS,
    )
    with style.style():
        figure = style.blank(9.19 + LINE_IN * len(subtitle))
        style.headline(
            figure,
            _most_on_one_day(period),
            "\n".join(subtitle),
            f"{case.credit(period, 'events')}\n{case.credit(case.casualties, 'casualties')}",
        )
        left, width = 0.95, 7.35
        labels = style.axes(figure, left, 7.05, width, 1.35)
        units_ax = style.axes(figure, left, 3.85, width, 3.1)
        crowd_ax = style.axes(figure, left, 2.35, width, 1.3)
        toll_ax = style.axes(figure, left, 0.98, width, 1.15)
        for ax in (labels, units_ax, crowd_ax, toll_ax):
            charts.day_axis(ax, first, end, named=ax in (units_ax, toll_ax))
        charts.draw_event_units(units_ax, boxes, events.SLOT_HOURS, lanes)
        charts.draw_turning_points(labels, period.dropna(subset="turning_point").sort_values(["date", "event_id"]))
        crowds = events.crowds(period)
        charts.draw_crowds(crowd_ax, events.crowd_spans(crowds))
        none = "No crowd size\nwas reported"
        charts.name_lane(crowd_ax, "Crowd: lowest\nto highest report,\ndot: best" if len(crowds) else none)
        _toll(toll_ax, case, end)
    return figure


def _most_on_one_day(period: pd.DataFrame) -> str:
    """Say on which day most events fell."""
    per_day = period["date"].value_counts().sort_index()
    most, top = int(per_day.max()), per_day.idxmax()
    if len(period) == 1:
        return f"One event recorded, on {day(top)} {top.year}"
    if most == 1:
        return f"{len(period)} recorded events, none on the same day as another"
    return f"{most:,} of {len(period):,} recorded events fell on one day, {day(top)} {top.year}"


def _uncertain(period: pd.DataFrame) -> str:
    unsure = int((period["date_precision"] > 1).sum())
    return f"; of {unsure:,} the day is not certain" if unsure else ""


def _elsewhere(case: Crisis, period: pd.DataFrame) -> str:
    """Say how many events fell on other days than those shown."""
    rest = len(case.events) - len(period)
    return f" Not shown: {said_count(rest, 'event')} of other days." if rest else ""


def _toll(ax: Axes, case: Crisis, end: pd.Timestamp) -> None:
    """Draw how a toll grew: of the injured if there is any, counted by the competent body if there is any."""
    tolls = {measure: grown(case.casualties, measure) for measure in ("injured", "killed", "detained")}
    named, found = next(((name, toll) for name, toll in tolls.items() if toll), ("", None))
    shown = None if found is None else found.course[charts.wall(found.course["moment"], case.timezone) <= end]
    if found is None or shown is None or shown.empty:
        charts.name_lane(ax, "No toll\nwas stated")
        ax.set_yticks([])
        return
    top = int(shown["persons"].max())
    charts.draw_steps(ax, shown.assign(best=shown["persons"]), end, case.timezone)
    charts.name_lane(ax, f"{MEASURES[named]},\n{found.said}:\n{top:,}")
    ax.set_ylim(0, 1.2 * max(top, 1))
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="y")


@published
def where() -> Figure:
    """Gatherings and seized places by region, and both in central Bishkek."""
    period = events_of_case(FIRST_DAY, LAST_DAY)
    counts = events.by_region(period)
    taken = events.seized(period)
    mapped = (taken["region"] == "KG-GB") & (taken["geo_precision"] == 1)
    clock = taken["time_local"].map(lambda time: f", {time}", na_action="ignore").fillna("")
    short = taken["location"].where(taken["location"].str.len() <= LABEL_LETTERS, taken["target"])
    centre = taken.assign(said=short + "\n" + taken["date"].map(day) + clock)[mapped]
    crowded = events.gatherings(period).query("region == 'KG-GB' and geo_precision == 1")
    crowded = crowded[~crowded["location"].isin(centre["location"])]
    often = crowded["location"].value_counts().head(2)
    squares = crowded[crowded["location"].isin(often.index)].drop_duplicates("location")
    squares = squares.assign(target=squares["location"], said=_gathered(squares["location"], often))
    said = taken[~mapped].groupby("region")["target"].agg(", ".join).to_dict()
    if "KG-GB" in said:
        said["KG-GB"] = f"Map below; also {said['KG-GB']}"
    named = region_names()
    thin = thin_regions()
    per_day = taken["date"].value_counts()
    capital, mines = int((taken["region"] == "KG-GB").sum()), int((taken["kind"] == "mine").sum())
    all_of_them = per_day.max() == len(taken)
    with style.style():
        figure = style.blank(9.95)
        style.headline(
            figure,
            f"{'All' if all_of_them else f'{per_day.max()} of'} {len(taken)} recorded seizures came on {day(per_day.idxmax())}: "
            f"{capital} in Bishkek, {mines} mines",
            f"Kyrgyzstan, {FIRST_DAY.day} to {day(LAST_DAY)} 2020. Each mark is one event. Few local sources reach {listed(thin)},\n"
            "so few marks there do not mean calm.",
            f"{credit(period, 'events')}\nTiles stand roughly where the regions lie. Attempts that failed are not shown.",
        )
        grid = style.axes(figure, 0.31, 3.5, 9.38, 5.2)
        charts.draw_region_tiles(grid, counts, said, TILES, named)
        charts.draw_mark_key(grid, 7.3, -2.0)
        inset = style.axes(figure, 0.35, 0.8, 9.3, 2.35)
        inset.set_title("Central Bishkek: seized buildings, and where crowds gathered", pad=8)
        sides = {"OTRK": "above", "White House": "left"}
        sides |= dict.fromkeys(["Bishkek City Hall", "State Committee for National Security"], "below")
        charts.draw_places(inset, centre, sides)
        charts.draw_places(inset, squares, {"Government House, Old Square": "left"}, marked=False)
        charts.draw_distance(inset)
    return figure


@published
def panel() -> Figure:
    """Protests and riots by region and week, over the whole span of the events table."""
    named = region_names()
    crowds = events_of_case().query("event_type in ['Protests', 'Riots']")
    span = covered("events", COUNTRY)
    spans = span.merge(pd.Series([named[code] for code in TILES], name="region"), how="cross")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what is not counted is said in the subtitle
        weeks = event_panel(crowds.assign(region=crowds["region"].map(named)), by="region", freq="W", coverage=spans)
    counts = weeks["events"].unstack()
    worst = counts.sum().idxmax()
    most = counts[worst].idxmax()
    first, last = span.loc[COUNTRY]
    with style.style():
        figure = style.blank(5.85)
        style.headline(
            figure,
            f"{counts[worst].sum()} of {counts.sum().sum()} protests and riots fell in one week, "
            f"{counts.loc[most, worst]} of them in {most}",
            f"Kyrgyzstan, {day(first)} {first.year} to {day(last)} {last.year}; the one week is that of {day(worst.start_time)}. A cell: events of\n"
            f"a region in the week beginning on the Monday below. Few local sources reach {listed(thin_regions())},\n"
            f"so few events there do not mean calm. First and last week are covered in part; {weeks.attrs['outside_coverage']} events there are left out.",
            credit(crowds, "events"),
        )
        ax = style.axes(figure, 1.35, 0.98, 7.95, 3.15)
        charts.draw_panel(ax, weeks)
        charts.draw_panel_key(ax, 0, 1.04)
    return figure


def _gathered(locations: pd.Series, times: pd.Series) -> pd.Series:
    return locations + locations.map(times).map("\n{} gatherings".format)
