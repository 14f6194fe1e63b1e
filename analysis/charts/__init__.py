"""
Draw one frame or one result on a given Axes and return the Axes. No arithmetic on data, no files.

`style` holds the look; `unrest`, `toll` and `vote` hold the charts of events, casualties and elections; `page` the
parts of a briefing.
"""

from analysis.charts.page import draw_number, draw_rows
from analysis.charts.style import draw_group_key
from analysis.charts.toll import (
    draw_courses,
    draw_known,
    draw_reports,
    draw_rules,
    draw_statements,
    draw_steps,
    draw_wording_key,
    wall,
)
from analysis.charts.unrest import (
    day_axis,
    draw_crowds,
    draw_distance,
    draw_event_units,
    draw_mark_key,
    draw_places,
    draw_region_tiles,
    draw_turning_points,
    name_lane,
)
from analysis.charts.vote import (
    draw_band_shares,
    draw_bracket,
    draw_net_movement,
    draw_outcome,
    draw_stages,
    draw_station_grid,
)

__all__ = [
    "day_axis",
    "draw_band_shares",
    "draw_bracket",
    "draw_courses",
    "draw_crowds",
    "draw_distance",
    "draw_event_units",
    "draw_group_key",
    "draw_known",
    "draw_mark_key",
    "draw_net_movement",
    "draw_number",
    "draw_outcome",
    "draw_places",
    "draw_region_tiles",
    "draw_reports",
    "draw_rows",
    "draw_rules",
    "draw_stages",
    "draw_statements",
    "draw_station_grid",
    "draw_steps",
    "draw_turning_points",
    "draw_wording_key",
    "name_lane",
    "wall",
]
