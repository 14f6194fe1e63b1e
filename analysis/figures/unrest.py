"""Figures of events: when, where, and both."""

from __future__ import annotations

import warnings

import pandas as pd
from matplotlib.figure import Figure

from analysis import casualties, charts, events
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.case import (
    COUNTRY,
    EPISODE,
    FIRST_DAY,
    LAST_DAY,
    TILES,
    ZONE,
    boxes_said,
    day,
    events_of_case,
    listed,
    region_names,
    thin_regions,
)
from analysis.figures.made import published
from analysis.panel import event_panel
from analysis.tables import covered, load_casualties

LABEL_LETTERS = 40  # of a place on the map


@published
def timeline() -> Figure:
    """Events by type, crowd sizes and the injured, hour by hour, 4 to 16 October 2020."""
    period = events_of_case(FIRST_DAY, LAST_DAY)
    reports = load_casualties(episode=EPISODE)
    toll = casualties.timeline(reports).dropna(subset="best").reset_index()
    turns = period.dropna(subset="turning_point").sort_values(["date", "event_id"])
    end = LAST_DAY + pd.Timedelta(days=1)
    sure = period[period["date_precision"] == 1]
    per_day = sure["date"].value_counts()
    shown = toll[charts.wall(toll["moment"], ZONE) <= end]
    lanes = [kind for kind in style.EVENT_COLOURS if (period["event_type"] == kind).any()]
    boxes = events.boxes(events.slots(period))
    with style.style():
        figure = style.blank(9.6)
        style.headline(
            figure,
            f"{per_day.max():,} of {len(period):,} recorded events fell on one day, {day(per_day.idxmax())} 2020",
            f"Kyrgyzstan, {FIRST_DAY.day} to {day(LAST_DAY)} 2020, Bishkek time. {boxes_said(boxes)}: filled where the hour is\n"
            f"known, hollow where only the day is (placed anywhere in it); of {len(period) - len(sure):,} the day is not certain.",
            f"{credit(period, 'events')}\n{credit(reports, 'casualties')}",
        )
        left, width = 0.95, 7.35
        labels = style.axes(figure, left, 7.05, width, 1.35)
        units_ax = style.axes(figure, left, 3.85, width, 3.1)
        crowd_ax = style.axes(figure, left, 2.35, width, 1.3)
        toll_ax = style.axes(figure, left, 0.98, width, 1.15)
        for ax in (labels, units_ax, crowd_ax, toll_ax):
            charts.day_axis(ax, FIRST_DAY, end, named=ax in (units_ax, toll_ax))
        charts.draw_event_units(units_ax, boxes, events.SLOT_HOURS, lanes)
        charts.draw_turning_points(labels, turns)
        charts.draw_crowds(crowd_ax, events.crowd_spans(events.crowds(period)))
        charts.name_lane(crowd_ax, "Crowd: lowest\nto highest report,\ndot: best")
        charts.draw_steps(toll_ax, toll, end, ZONE)
        charts.name_lane(toll_ax, f"Injured,\nhighest official\ncount so far:\n{int(shown['best'].max()):,}")
        toll_ax.set_ylim(0, 1.2 * shown["best"].max())
        toll_ax.set_yticks(range(0, int(shown["best"].max()), 500))
        toll_ax.yaxis.set_major_formatter("{x:,.0f}")
        toll_ax.grid(axis="y")
    return figure


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
        sides = {"OTRK": "above", "White House": "left", "Bishkek City Hall": "below", "Dostuk hotel": "left"}
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
