"""Charts of events: when, how many people, and where."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from analysis.charts.style import BLUE, EVENT_COLOURS, FAINT, INK, ORANGE, SOFT, VERMILION, label

MOST_DAYS = pd.Timedelta(days=14)  # whose names fit below an axis
MOST_DATED = pd.Timedelta(days=300)  # to be told apart without a year
METRES_PER_DEGREE = 111_320  # of latitude; of longitude at the equator
MOST_PERSONS = 22_000  # on the axis of crowds, if no crowd is larger
MARK_STEP_IN = 0.17
LANE_IN = 0.37  # two lines, for the name of a lane
CHARACTER_IN = 0.068  # mean width of a character of 9 points
PLACE_NAMES = {"gatherings": "gathering", "buildings": "seized building", "mines": "seized mine"}
PLACE_MARKS = {"gatherings": ("o", BLUE), "buildings": ("s", VERMILION), "mines": ("^", ORANGE)}


def day_axis(ax: Axes, start: pd.Timestamp, end: pd.Timestamp, named: bool = True) -> Axes:
    """Set a wall-clock axis from `start` to `end`: a line at each midnight and, if `named`, the day below its noon."""
    ax.set_xlim(start, end)
    days = pd.date_range(start.normalize(), end, freq="D")
    ax.set_xticks(days, [""] * len(days))
    noons = [day + pd.Timedelta(hours=12) for day in days if day + pd.Timedelta(hours=12) < end]
    ax.set_xticks(noons, [f"{noon:%a} {noon.day}" if named else "" for noon in noons], minor=True)
    ax.tick_params(axis="x", which="both", length=0)
    ax.tick_params(axis="x", which="minor", labelsize=10)
    ax.grid(axis="x", which="major")
    return ax


def time_axis(ax: Axes, start: pd.Timestamp, end: pd.Timestamp, named: bool = True) -> Axes:
    """Set a wall-clock axis from `start` to `end`: of days if there are few, else of the dates that fit."""
    if end - start <= MOST_DAYS:
        return day_axis(ax, start, end, named)
    ax.set_xlim(start, end)
    ax.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(minticks=4, maxticks=8))
    ax.xaxis.set_major_formatter(lambda place, _: _dated(matplotlib.dates.num2date(place), end - start))
    ax.tick_params(axis="x", length=0, labelbottom=named)
    ax.grid(axis="x")
    return ax


def _dated(moment: dt.datetime, span: pd.Timedelta) -> str:
    """Write a date as short as the span of an axis allows."""
    return f"{moment:%b %Y}" if span > MOST_DATED else f"{moment.day} {moment:%b}"


def name_lane(ax: Axes, text: str) -> Axes:
    """Name a panel at its right."""
    label(ax, 1.012, 0.98, text, transform=ax.transAxes, weight="bold", va="top")
    return ax


def draw_mark_key(ax: Axes, x: float, y: float) -> Axes:
    """Explain the marks of `draw_region_tiles` in a column, from data coordinates (x, y) downwards."""
    for rank, (kind, (mark, colour)) in enumerate(PLACE_MARKS.items()):
        ax.plot(x, y - 0.25 * rank, mark, color=colour, markersize=8)
        label(ax, x + 0.18, y - 0.25 * rank, PLACE_NAMES[kind])
    return ax


def draw_event_units(ax: Axes, units: pd.DataFrame, slot_hours: int, types: list[str]) -> Axes:
    """
    Draw one box per event, or per so many events, stacked by slot of the day, one lane per event type.

    Parameters
    ----------
    ax : Axes
        With a wall-clock axis already set.
    units : DataFrame
        As `events.boxes` or `events.slots` returns it: `event_type`, `start`, `height`, `timed`, and `per_box` where a
        box may stand for more than one event, which is then written above the lanes.
    slot_hours : int
        Width of a slot.
    types : list of str
        Lanes from the top; each as high as its highest stack.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If an event has a type without a lane.
    """
    if unknown := set(units["event_type"]) - set(types):
        raise ValueError(f"no lane for {', '.join(sorted(unknown))}")
    width = slot_hours / 24
    highest = units.groupby("event_type")["height"].max()
    height_in = ax.get_window_extent().height / ax.figure.dpi
    lowest_lane = 2.6
    for _ in range(4):  # higher lanes make the chart higher
        lowest_lane = max(lowest_lane, LANE_IN / height_in * float((highest + 1.6).clip(lower=lowest_lane).sum()))
    floor = 0.0
    for event_type in reversed(types):
        lane = units[units["event_type"] == event_type]
        colour = EVENT_COLOURS.get(event_type, SOFT)
        for row in lane.itertuples():
            left = matplotlib.dates.date2num(row.start)
            box = Rectangle((left + width * 0.09, floor + row.height + 0.1), width * 0.82, 0.8, edgecolor=colour)
            box.set_facecolor(colour if row.timed else "white")
            box.set_linewidth(1)
            ax.add_patch(box)
        ax.axhline(floor, color=SOFT, linewidth=0.8)
        name = event_type.replace(" against ", "\nagainst ").replace("Strategic ", "Strategic\n").replace("/", "/\n")
        place = {"transform": ax.get_yaxis_transform(), "va": "bottom"}
        label(ax, 1.012, floor + 0.35, name, color=colour, weight="bold", **place)
        floor += max(int(highest.get(event_type, 0)) + 1.6, lowest_lane)
    ax.set_ylim(0, floor)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    per_box = int(units["per_box"].max()) if "per_box" in units and len(units) else 1
    if per_box > 1:
        _say_inside(ax, 0.98, f"One box: up to {per_box:,} events", "top")
    return ax


def draw_turning_points(ax: Axes, points: pd.DataFrame, row_height: float = 1.0) -> Axes:
    """
    Write labels at the start of their days, each in the first row where it does not run into another.

    Parameters
    ----------
    ax : Axes
        With a wall-clock axis already set; its y axis becomes rows, the first on top.
    points : DataFrame
        `date`, `time_local` (may be missing) and `turning_point`, in order of time.
    row_height : float
        Distance of rows in data units.

    Returns
    -------
    Axes
    """
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    ends: list[float] = []
    to_data = ax.transData.inverted()
    ax.set_ylim(-8 * row_height, 0.5 * row_height)
    for row in points.itertuples():
        clock = f"{row.time_local} " if isinstance(row.time_local, str) else ""
        x = matplotlib.dates.date2num(row.date) + 0.06
        text = label(
            ax, x, 0, f"{clock}{row.turning_point}", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}
        )
        right = to_data.transform(text.get_window_extent(renderer).get_points()[1])[0]
        fits = [rank for rank, end in enumerate(ends) if end < x]
        rank = fits[0] if fits else len(ends)
        ends = [*ends[:rank], right + 0.12, *ends[rank + 1 :]]
        text.set_y(-rank * row_height)
        ax.plot([x - 0.06] * 2, [-rank * row_height + 0.4, -100], color=FAINT, linewidth=0.8, zorder=0)
    ax.set_ylim(-(len(ends) - 0.4) * row_height, 0.6 * row_height)
    ax.axis("off")
    return ax


def draw_crowds(ax: Axes, crowds: pd.DataFrame) -> Axes:
    """
    Draw the reported range of each crowd as a line from lowest to highest, with the best figure as a dot.

    Parameters
    ----------
    ax : Axes
        With a wall-clock axis already set.
    crowds : DataFrame
        As `events.crowds` or `events.crowd_spans` returns it. Crowds of a day without a time are spread over that day,
        in order, and hollow. Where rows are spans of several crowds, that is written above.

    Returns
    -------
    Axes
    """
    for (date, timed), rows in crowds.assign(timed=crowds["time_local"].notna()).groupby(["date", "timed"]):
        offsets = (np.arange(len(rows)) + 0.5) / len(rows)
        for row, offset in zip(rows.sort_values("event_id").itertuples(), offsets, strict=True):
            at = pd.Timedelta(days=float(offset)) if not timed else pd.Timedelta(f"{row.time_local}:00")
            x = date + at
            colour = EVENT_COLOURS.get(row.event_type, SOFT)
            stated = [value for value in (row.size_low, row.size_best, row.size_high) if pd.notna(value)]
            ax.plot([x, x], [min(stated), max(stated)], color=colour, linewidth=2, solid_capstyle="butt")
            if getattr(row, "open_above", pd.isna(row.size_high)):
                ax.plot(x, max(stated), marker="^", color=colour, markersize=6)
            if pd.notna(row.size_best):
                fill = colour if timed else "white"
                ax.plot(x, row.size_best, "o", markersize=5, markerfacecolor=fill, markeredgecolor=colour)
    ax.set_yscale("log")
    most = float(crowds[["size_low", "size_best", "size_high"]].max(axis=None)) if len(crowds) else 0.0
    decades = [10**power for power in range(1, 5 if most < MOST_PERSONS else 8)]
    ax.set_yticks(decades, [f"{decade:,}" for decade in decades])
    ax.minorticks_on()
    ax.tick_params(axis="y", which="minor", length=0)
    ax.set_ylim(8, MOST_PERSONS if most < MOST_PERSONS else 2 * most)
    ax.grid(axis="y")
    if "crowds" in crowds and (crowds["crowds"] > 1).any():
        said = f"One line: the span of all crowds of an hour, {crowds['crowds'].sum():,} in all"
        _say_inside(ax, 0.03, said, "bottom")
    return ax


def _say_inside(ax: Axes, height: float, text: str, side: str) -> None:
    """Write what the marks stand for into the right end of the axes."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    label(ax, 0.99, height, text, transform=ax.transAxes, weight="bold", ha="right", va=side, bbox=ground)


def draw_region_tiles(
    ax: Axes,
    counts: pd.DataFrame,
    taken: Mapping[str, str],
    tiles: Mapping[str, tuple[int, int]],
    names: Mapping[str, str],
) -> Axes:
    """
    Draw a tile per region, each with a mark for every gathering, seized building and seized mine, and their names.

    Parameters
    ----------
    ax : Axes
        Its data units become inches, so that marks keep their distance.
    counts : DataFrame
        As `events.by_region` returns it.
    taken : mapping
        What to write about the seized places of a region; regions without a text get none.
    tiles : mapping
        Row and column of each region's tile, from the upper left.
    names : mapping
        Region names by code.

    Returns
    -------
    Axes
    """
    box = ax.get_window_extent()
    wide, high = box.width / ax.figure.dpi, box.height / ax.figure.dpi
    columns, rows = (max(place[axis] for place in tiles.values()) + 1 for axis in (1, 0))
    width, height = wide / columns, high / rows
    per_line = int((width - 0.3) / MARK_STEP_IN)
    for region, (row, column) in tiles.items():
        left, top = column * width, -row * height
        tile = Rectangle((left + 0.04, top - height + 0.04), width - 0.08, height - 0.08, facecolor="#F3F3F3")
        ax.add_patch(tile)
        label(ax, left + 0.14, top - 0.2, names[region], weight="bold", size=12)
        found = counts.loc[region] if region in counts.index else pd.Series(0, index=list(PLACE_MARKS))
        y = top - 0.44
        for kind, (mark, colour) in PLACE_MARKS.items():
            for first in range(0, int(found[kind]), per_line):
                number = min(per_line, int(found[kind]) - first)
                x = [left + 0.2 + MARK_STEP_IN * i for i in range(number)]
                ax.plot(x, [y] * number, mark, color=colour, markersize=7, linestyle="none")
                y -= MARK_STEP_IN
        said = taken.get(region, "") if found.sum() else "none found"
        wrapped = textwrap.fill(said, int((width - 0.25) / CHARACTER_IN))
        label(ax, left + 0.14, y + 0.06, wrapped, size=9, color=SOFT, va="top", linespacing=1.25)
    ax.set_xlim(0, wide)
    ax.set_ylim(-high, 0)
    ax.axis("off")
    return ax


def draw_places(
    ax: Axes, places: pd.DataFrame, sides: Mapping[str, str], margin: float = 0.0035, *, marked: bool = True
) -> Axes:
    """
    Draw places at their coordinates and name them; the first call on the Axes sets the span of the map.

    Parameters
    ----------
    ax : Axes
    places : DataFrame
        `target`, `longitude`, `latitude`, and `said` (what to write).
    sides : mapping
        Where to write by `target`: "left", "right", "above" or "below"; default right.
    margin : float
        Degrees of latitude to show around the outermost places.
    marked : bool
        Filled squares; otherwise hollow circles and soft names, for places to find one's way by.

    Returns
    -------
    Axes
    """
    offsets = {
        "left": (-10, 0, "right"),
        "right": (10, 0, "left"),
        "above": (0, 20, "center"),
        "below": (0, -20, "center"),
    }
    for row in places.itertuples():
        if marked:
            ax.plot(row.longitude, row.latitude, "s", color=VERMILION, markersize=9)
        else:
            ax.plot(row.longitude, row.latitude, "o", markeredgecolor=BLUE, markerfacecolor="white", markersize=8)
        across, up, anchor = offsets[sides.get(row.target, "right")]
        ax.annotate(
            row.said,
            (row.longitude, row.latitude),
            xytext=(across, up),
            textcoords="offset points",
            ha=anchor,
            va="center",
            size=10,
            color=INK if marked else BLUE,
            parse_math=False,
        )
    if not marked:
        return ax
    box = ax.get_window_extent()
    low, high = places["latitude"].min() - margin, places["latitude"].max() + margin
    width = (high - low) * box.width / box.height / np.cos(np.deg2rad((low + high) / 2))
    west = (places["longitude"].min() + places["longitude"].max() - width) / 2
    ax.set_xlim(west, west + width)
    ax.set_ylim(low, high)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(FAINT)
    return ax


def draw_distance(ax: Axes, metres: int = 500) -> Axes:
    """Draw a scale bar in the lower left corner of a map whose x axis is longitude."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    length = metres / (METRES_PER_DEGREE * np.cos(np.deg2rad(low)))
    x, y = left + 0.03 * (right - left) + length, low + 0.09 * (high - low)
    ax.plot([x - length, x], [y, y], color=INK, linewidth=2, solid_capstyle="butt")
    label(ax, x - length / 2, y + 0.08 * (high - low), f"{metres} m", ha="center", size=9.5)
    return ax
