"""
Draw one frame or one result on a given Axes and return the Axes. No arithmetic on data, no files.

`style` holds the look, `page` the parts of a briefing, and every other module the charts of one subject.
"""

from analysis.charts.crises import draw_contributions, draw_followed, draw_intervals
from analysis.charts.dynamics import (
    draw_branching,
    draw_changes,
    draw_course,
    draw_daily_counts,
    draw_departures,
    draw_excitation,
    draw_expected,
    draw_levels,
    draw_order,
    draw_placebos,
    draw_ratios,
    week_axis,
)
from analysis.charts.exits import draw_at_risk, draw_incidence, draw_named_points
from analysis.charts.forecasts import draw_calibration, draw_forecast_histogram, draw_skill
from analysis.charts.page import draw_number, draw_rows
from analysis.charts.panel import draw_panel, draw_panel_key
from analysis.charts.stations import (
    draw_bars,
    draw_digits,
    draw_estimates,
    draw_excess,
    draw_percent_excess,
    draw_rates,
    draw_station_grid,
    draw_station_key,
)
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
    MOST_DAYS,
    day_axis,
    draw_crowds,
    draw_distance,
    draw_event_units,
    draw_mark_key,
    draw_places,
    draw_region_tiles,
    draw_turning_points,
    name_lane,
    time_axis,
)
from analysis.charts.vote import (
    draw_band_shares,
    draw_bracket,
    draw_net_movement,
    draw_outcome,
    draw_stages,
)

__all__ = [
    "MOST_DAYS",
    "day_axis",
    "draw_at_risk",
    "draw_band_shares",
    "draw_bars",
    "draw_bracket",
    "draw_branching",
    "draw_calibration",
    "draw_changes",
    "draw_contributions",
    "draw_course",
    "draw_courses",
    "draw_crowds",
    "draw_daily_counts",
    "draw_departures",
    "draw_digits",
    "draw_distance",
    "draw_estimates",
    "draw_event_units",
    "draw_excess",
    "draw_excitation",
    "draw_expected",
    "draw_followed",
    "draw_forecast_histogram",
    "draw_group_key",
    "draw_incidence",
    "draw_intervals",
    "draw_known",
    "draw_levels",
    "draw_mark_key",
    "draw_named_points",
    "draw_net_movement",
    "draw_number",
    "draw_order",
    "draw_outcome",
    "draw_panel",
    "draw_panel_key",
    "draw_percent_excess",
    "draw_placebos",
    "draw_places",
    "draw_rates",
    "draw_ratios",
    "draw_region_tiles",
    "draw_reports",
    "draw_rows",
    "draw_rules",
    "draw_skill",
    "draw_stages",
    "draw_statements",
    "draw_station_grid",
    "draw_station_key",
    "draw_steps",
    "draw_turning_points",
    "draw_wording_key",
    "name_lane",
    "time_axis",
    "wall",
    "week_axis",
]
