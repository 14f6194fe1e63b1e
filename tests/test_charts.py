"""Charts draw what the frame holds: artists are read back and compared with the numbers."""

import io

import matplotlib.dates
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import charts, elections, event_panel
from analysis.charts import style

ZONE = "Asia/Bishkek"


@pytest.fixture
def ax() -> Axes:
    with style.style():
        yield style.axes(style.blank(4.0), 1, 1, 8, 2)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_bars_are_as_long_as_the_shares(ax: Axes) -> None:
    result = pd.DataFrame(
        {"share_pct": [60.0, 5.5, 1.0], "is_option": [False, False, True]}, index=["A", "B", "Against all"]
    )
    charts.draw_outcome(ax, result, {"A": "red", "B": "blue"}, 7.0, {"A": "80 seats"})
    assert [bar.get_width() for bar in ax.patches] == [60.0, 5.5, 1.0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["A", "B", "Against all"]
    assert texts(ax) == ["60.00%   80 seats", "5.50%", "1.00%"]


def test_missing_share_is_a_gap(ax: Axes) -> None:
    shares = pd.DataFrame([[10.0, np.nan, 12.0]], index=["A"], columns=["x", "y", "z"])
    charts.draw_stages(ax, shares, ["x", "y", "z"], 7.0, {})
    assert np.isnan(ax.lines[0].get_ydata()[1])


def test_every_report_is_drawn_at_its_local_hour_with_its_wording(ax: Axes) -> None:
    reports = pd.DataFrame(
        {
            "reported_at": pd.to_datetime(["2020-10-06T04:23:00Z", "2020-10-06T17:59:59Z"]),
            "reported_at_precision": ["minute", "day"],
            "value": [590, 600],
            "qualifier": ["exact", "more_than"],
            "issuer_type": ["competent", "media"],
        }
    )
    start, end = pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-08")
    charts.draw_reports(ax, reports, {"competent": "red", "media": "green"}, start, end, ZONE)
    exact, bar, vague = ax.lines
    assert pd.Timestamp(exact.get_xdata()[0]) == pd.Timestamp("2020-10-06T10:23")
    assert (exact.get_marker(), exact.get_markerfacecolor()) == ("o", "red")
    assert (vague.get_marker(), vague.get_markerfacecolor()) == ("^", "white")
    assert [pd.Timestamp(x) for x in bar.get_xdata()] == [
        pd.Timestamp("2020-10-06"),
        pd.Timestamp("2020-10-06T23:59:59"),
    ]


def test_steps_hold_until_the_next_statement_and_ignore_later_ones(ax: Axes) -> None:
    moments = pd.to_datetime(["2020-10-06T04:23Z", "2020-10-06T10:51Z", "2020-10-22T10:00Z"])
    curve = pd.DataFrame({"moment": moments, "best": [590, 686, 1250]})
    charts.draw_steps(ax, curve, pd.Timestamp("2020-10-10"), ZONE)
    line = ax.lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert list(line.get_ydata()) == [590, 686, 686]
    assert pd.Timestamp(line.get_xdata()[0]) == pd.Timestamp("2020-10-06T10:23")


def test_crowd_is_a_line_from_lowest_to_highest(ax: Axes) -> None:
    crowd = pd.DataFrame(
        {
            "event_id": ["A"],
            "event_type": ["Protests"],
            "date": [pd.Timestamp("2020-10-05")],
            "time_local": ["12:30"],
            "size_low": pd.array([2000], dtype="Int64"),
            "size_best": pd.array([5000], dtype="Int64"),
            "size_high": pd.array([15000], dtype="Int64"),
        }
    )
    charts.draw_crowds(ax, crowd)
    ranged, best = ax.lines
    assert list(ranged.get_ydata()) == [2000, 15000]
    assert list(best.get_ydata()) == [5000]
    assert pd.Timestamp(best.get_xdata()[0]) == pd.Timestamp("2020-10-05T12:30")


def test_crowd_open_above_has_an_arrow_and_no_invented_top(ax: Axes) -> None:
    crowd = pd.DataFrame(
        {
            "event_id": ["A"],
            "event_type": ["Protests"],
            "date": [pd.Timestamp("2020-10-05")],
            "time_local": [None],
            "size_low": pd.array([500], dtype="Int64"),
            "size_best": pd.array([None], dtype="Int64"),
            "size_high": pd.array([None], dtype="Int64"),
        }
    )
    charts.draw_crowds(ax, crowd)
    assert [line.get_marker() for line in ax.lines] == ["None", "^"]


def test_box_of_an_event_stands_in_its_slot(ax: Axes) -> None:
    units = pd.DataFrame(
        {
            "event_type": ["Riots", "Riots"],
            "start": pd.to_datetime(["2020-10-06T00:00", "2020-10-06T04:00"]),
            "height": [0, 0],
            "timed": [True, False],
        }
    )
    charts.draw_event_units(ax, units, 4, ["Riots"])
    first, second = ax.patches
    day = matplotlib.dates.date2num(pd.Timestamp("2020-10-06"))
    assert day < first.get_x() < first.get_x() + first.get_width() < day + 4 / 24 < second.get_x()
    assert first.get_facecolor() != second.get_facecolor()


def test_tile_has_one_mark_per_event(ax: Axes) -> None:
    counts = pd.DataFrame({"gatherings": [3], "buildings": [1], "mines": [2]}, index=["KG-T"])
    charts.draw_region_tiles(ax, counts, {}, {"KG-T": (0, 0), "KG-B": (0, 1)}, {"KG-T": "Talas", "KG-B": "Batken"})
    drawn = {line.get_marker(): len(line.get_xdata()) for line in ax.lines}
    assert drawn == {"o": 3, "s": 1, "^": 2}
    assert "none found" in texts(ax)


def test_range_of_net_movement_is_drawn(ax: Axes) -> None:
    net = pd.DataFrame({"net_low": [900.0], "net_best": [1000.0], "net_high": [1200.0]}, index=["KG-GB"])
    charts.draw_net_movement(ax, net, {"KG-GB": 1500}, {"KG-GB": "Bishkek"})
    (whisker,) = ax.containers[1].lines[2]
    assert whisker.get_segments()[0][:, 0].tolist() == pytest.approx([0.9, 1.2])
    (gross,) = (line for line in ax.lines if line.get_marker() == "D")
    assert list(gross.get_xdata()) == [1.5]


def test_cell_without_stations_stays_empty(ax: Axes) -> None:
    grid = pd.DataFrame(
        {
            "turnout_pct_low": [50],
            "turnout_pct_high": [52],
            "share_pct_low": [20],
            "share_pct_high": [22],
            "stations": [7],
        }
    )
    charts.draw_station_grid(ax, grid)
    (drawn,) = ax.collections
    assert drawn.get_array().tolist() == [7]
    (cell,) = drawn.get_paths()
    assert cell.get_extents().extents.tolist() == [50, 20, 52, 22]


def test_grids_on_one_scale_share_their_darkest_cell(ax: Axes) -> None:
    cell = {"turnout_pct_low": 0, "turnout_pct_high": 2, "share_pct_low": 0, "share_pct_high": 2, "stations": 3}
    charts.draw_station_grid(ax, pd.DataFrame([cell]), most=20)
    assert ax.collections[0].get_clim()[1] == 20
    key = style.axes(ax.figure, 1, 0.5, 2, 0.1)
    charts.draw_station_key(key, ax)
    assert [tick.get_text() for tick in key.get_xticklabels()] == ["1", "2", "5", "10", "20"]


def test_digits_stand_against_their_expectation(ax: Axes) -> None:
    cells = pd.DataFrame({"cell": range(10), "observed": [9, *[10] * 8, 30], "expected": 11.0, "sd": 3.0})
    charts.draw_digits(ax, cells, "p = 0.01", "red")
    band, (step, dots) = ax.collections[0], ax.lines
    assert list(dots.get_ydata()) == [9, *[10] * 8, 30]
    assert set(step.get_ydata()) == {11.0}
    low, high = band.get_paths()[0].get_extents().intervaly
    assert (low, high) == pytest.approx((11 - 1.96 * 3, 11 + 1.96 * 3))
    assert ax.get_ylim()[1] > 30


def test_excess_is_drawn_in_standard_deviations_with_the_band_of_chance(ax: Axes) -> None:
    rows = pd.DataFrame({"z": [14.5, -3.0], "said": ["+1,709", "none"]}, index=["A", "B"])
    charts.draw_excess(ax, rows, ["red", "blue"])
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert points == [14.5, -3.0]
    assert ax.patches[0].get_extents() is not None
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["A", "B"]
    assert texts(ax) == ["+1,709", "none"]


def test_round_percents_are_marked_and_named(ax: Axes) -> None:
    cells = pd.DataFrame({"cell": [69, 70, 71], "excess": [-3.0, 40.0, 2.0]})
    charts.draw_percent_excess(ax, cells, [70])
    assert [bar.get_height() for bar in ax.patches] == [-3.0, 40.0, 2.0]
    assert ax.patches[1].get_facecolor() != ax.patches[0].get_facecolor()
    assert texts(ax) == ["70%"]


def test_estimate_interval_and_range_are_drawn(ax: Axes) -> None:
    rows = pd.DataFrame(
        {"low": [-1.0], "best": [1.0], "high": [3.0], "range_low": [0.5], "range_high": [1.5]}, index=["A"]
    )
    charts.draw_estimates(ax, rows, {"A": "red"})
    spans = [list(line.get_xdata()) for line in ax.lines[1:]]
    assert spans == [[0.5, 1.5], [-1.0, 3.0], [1.0]]
    assert texts(ax) == ["+1.0"]
    low, high = ax.get_xlim()
    assert low == -high < -3


def test_bars_say_their_value_with_a_true_minus(ax: Axes) -> None:
    charts.draw_bars(ax, pd.Series([2.5, -1.0], index=["A", "B"]), "{:+.1f}")
    assert [bar.get_width() for bar in ax.patches] == [2.5, -1.0]
    assert texts(ax) == ["+2.5", "\N{MINUS SIGN}1.0"]


def test_rates_are_written_and_alarms_are_red(ax: Axes) -> None:
    rates = pd.DataFrame({"clean": [5.0, 60.0], "found": [100.0, np.nan]}, index=["one", "two"])
    charts.draw_rates(ax, rates, {"clean": "Clean", "found": "Found"}, wolf_pct=[10])
    assert sorted(texts(ax)) == ["100", "5.0", "60", "not run"]
    colours = {tuple(round(part, 2) for part in cell.get_facecolor()[:3]) for cell in ax.patches}
    assert len(colours) == 3
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["two", "one"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12), st.floats(0.1, 10))
def test_spread_labels_keep_their_order_and_their_distance(values: list[float], gap: float) -> None:
    placed = style.spread(values, gap)
    ranked = sorted(range(len(values)), key=lambda i: (values[i], i))
    steps = np.diff([placed[i] for i in ranked])
    assert (steps >= gap - 1e-6).all()
    assert np.mean(placed) == pytest.approx(np.mean(values), abs=1e-6)


def test_hostile_names_are_drawn_on_axes_of_the_user() -> None:
    name = r"$\nope{1}$ \alpha"
    own = Figure()
    axes = own.subplots(2, 2).flat
    result = pd.DataFrame({"contestant": [name, "b"], "votes": [500, 400]})
    outcome = elections.outcome(result, 7)
    charts.draw_outcome(axes[0], outcome, {}, 7, {name: name})
    shares = pd.DataFrame([[1.0, 2.0]], index=[name], columns=["x", "y"])
    charts.draw_stages(axes[1], shares, [name, name], 7, {})
    charts.draw_band_shares(axes[2], shares.T, [name, name], {})
    places = pd.DataFrame({"target": [name], "said": [name], "longitude": [74.6], "latitude": [42.9]})
    charts.draw_places(axes[3], places, {})
    own.savefig(io.BytesIO(), format="png")


def test_event_without_a_lane_is_an_error(ax: Axes) -> None:
    units = pd.DataFrame({"event_type": ["Battles"], "start": [pd.Timestamp("2020")], "height": [0], "timed": [True]})
    with pytest.raises(ValueError, match="no lane for Battles"):
        charts.draw_event_units(ax, units, 4, ["Riots"])


def test_style_does_not_leak_into_the_users_settings() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with style.style():
        style.blank(1.0)
    assert dict(mpl.rcParams) == before


def test_known_range_is_shaded_in_steps_and_open_to_the_top(ax: Axes) -> None:
    moments = pd.to_datetime(["2020-10-06T04:23Z", "2020-10-06T10:51Z"]).rename("moment")
    known = pd.DataFrame({"low": [16, 601], "high": [71, None]}, index=moments).astype("Int64")
    ax.set_ylim(0, 1000)
    charts.draw_known(ax, known, pd.Timestamp("2020-10-10"), ZONE)
    heights = {float(y) for y in ax.collections[0].get_paths()[0].vertices[:, 1]}
    assert heights == {16.0, 71.0, 601.0, 1000.0}


def test_surpassed_statements_are_grey(ax: Axes) -> None:
    said = pd.DataFrame(
        {
            "reported_at": pd.to_datetime(["2020-10-07T04:23Z", "2020-10-07T05:00Z"]),
            "reported_at_precision": "minute",
            "value": [768, 100],
            "qualifier": ["exact", "more_than"],
            "stale": [False, True],
        }
    )
    charts.draw_statements(ax, said, pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-08"), ZONE)
    fresh, stale = ax.lines
    assert fresh.get_markeredgecolor() == style.BLUE
    assert stale.get_markeredgecolor() not in (style.BLUE, style.VERMILION)
    assert (stale.get_marker(), stale.get_markerfacecolor()) == ("^", "white")


def test_courses_end_with_their_last_count_and_keep_labels_apart(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(0.2, 300)
    ax.set_ylim(1, 1000)
    courses = {"A": pd.Series([10, 100], index=[0.0, 2.0]), "B": pd.Series([99], index=[0.0])}
    charts.draw_courses(ax, courses, {"A": "a: 100", "B": "b: 99"}, dashed=["B"])
    assert list(ax.lines[0].get_ydata()) == [10, 100, 100]
    assert ax.lines[0].get_linestyle() == "-"
    assert ax.lines[2].get_linestyle() == "--"
    first, second = (text.get_position()[1] for text in ax.texts)
    assert first / second > 1.2
    assert texts(ax) == ["a: 100", "b: 99"]


def test_rules_show_intervals_points_and_open_ends(ax: Axes) -> None:
    rules = pd.DataFrame(
        {
            "low": [16, 71, 2, None],
            "best": [16, None, None, None],
            "high": [16, None, 4, None],
            "number": ["16", "71 or more", "2 to 4", "no count"],
            "contradiction": [False, False, True, False],
        },
        index=["official", "latest", "envelope", "model"],
    ).astype({"low": "Int64", "best": "Int64", "high": "Int64"})
    ax.set_xlim(0, 200)
    charts.draw_rules(ax, rules, {name: name for name in rules.index})
    spans = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert spans == [[16, 16], [71, 200], [2, 4]]
    assert [line.get_marker() for line in ax.lines if len(line.get_xdata()) == 1] == ["o", ">"]
    assert texts(ax) == ["16", "71 or more", "2 to 4", "no count"]
    assert ax.lines[3].get_color() == style.BLUE
    assert ax.lines[-1].get_color() == style.VERMILION


def test_rows_that_do_not_fit_are_counted_not_lost(ax: Axes) -> None:
    charts.draw_rows(ax, "Places", [(f"{day} Oct", f"Hall {day}") for day in range(1, 31)], [0, 1.2], 40)
    shown = [text for text in texts(ax) if text.startswith("Hall")]
    assert texts(ax)[-1] == f"and {30 - len(shown)} more"
    assert 0 < len(shown) < 30
    low = min(text.get_position()[1] for text in ax.texts)
    assert low >= ax.get_ylim()[0]


def test_rows_wrap_and_nothing_is_said_to_be_nothing(ax: Axes) -> None:
    charts.draw_rows(ax, "Words", [("1 Oct", "one two three four")], [0, 1.2], 9)
    assert "one two\nthree\nfour" in texts(ax)
    charts.draw_rows(ax, "Places", [], [0], 40)
    assert texts(ax)[-1] == "Nothing had been reported."


def test_large_number_is_written_smaller_not_wider(ax: Axes) -> None:
    charts.draw_number(ax, "7", "dead", ["who"])
    charts.draw_number(ax, "about 1,000,000 (900,000 to 2,000,000)", "injured", ["who"])
    sizes = [text.get_fontsize() for text in ax.texts if text.get_weight() == "bold"]
    assert sizes[0] > sizes[2]
    wide = ax.texts[3].get_window_extent().width
    assert wide <= ax.get_window_extent().width


COVERED = pd.DataFrame(
    {
        "location": ["Osh", "Talas", "Naryn", r"$\nope{1}$"],
        "start": ["2020-10-05", "2020-10-06", "2020-10-05", "2020-10-05"],
        "end": ["2020-10-08"] * 4,
    }
)


def days_of_three_places(**columns: object) -> pd.DataFrame:
    """Make a panel of four days: Osh 2, 0, 1, 0; Talas not covered, 0, 0, 1; Naryn and another nothing."""
    events = pd.DataFrame(
        {
            "event_id": list("ABCD"),
            "date": pd.to_datetime(["2020-10-05", "2020-10-05", "2020-10-07", "2020-10-08"]),
            "location": ["Osh", "Osh", "Osh", "Talas"],
            **columns,
        }
    )
    return event_panel(events, by="location", coverage=COVERED)


def of(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def test_panel_shows_counts_and_hatches_only_what_is_not_covered(ax: Axes) -> None:
    charts.draw_panel(ax, days_of_three_places())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Osh", "Talas", r"$\nope{1}$", "Naryn"]
    drawn = ax.collections[0].get_array()
    assert drawn.filled(0).tolist() == [[2, 0, 1, 0], [0, 0, 0, 1], [0] * 4, [0] * 4]
    (hatched,) = [patch for patch in ax.patches if patch.get_hatch()]
    assert hatched.get_xy() == (0, 1), "the first day of Talas"
    assert of(ax, "total") == ["3", "1", "0", "0"]
    assert [text for text in texts(ax) if text.isdigit()][:3] == ["2", "1", "1"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5 Oct", "6 Oct", "7 Oct", "8 Oct"]


def test_events_without_a_number_are_no_gap_in_coverage(ax: Axes) -> None:
    deaths = pd.array([3, 1, None, None], dtype="Int64")
    charts.draw_panel(ax, days_of_three_places(deaths_best=deaths), "deaths_best")
    asked = [text.get_position() for text in ax.texts if text.get_gid() == "unstated"]
    assert asked == [(2.5, 0.5), (3.5, 3.5)], "Osh on the third day, Talas, now last, on the fourth"
    assert len([patch for patch in ax.patches if patch.get_hatch()]) == 1
    assert of(ax, "total") == ["≥ 4", "0", "0", "≥ 0"]
    charts.draw_panel_key(ax, 0, 1.1)
    assert texts(ax)[-1] == "number not stated"


def test_key_of_a_panel_explains_only_what_is_in_it(ax: Axes) -> None:
    charts.draw_panel(ax, days_of_three_places())
    charts.draw_panel_key(ax, 0, 1.1)
    assert texts(ax)[-2:] == ["none", "not covered"]


def test_panel_without_room_has_totals_and_no_numbers() -> None:
    crowded = style.axes(style.blank(4.0), 1, 1, 0.5, 2)
    charts.draw_panel(crowded, days_of_three_places())
    assert texts(crowded) == of(crowded, "total") == ["3", "1", "0", "0"]


def test_panel_of_periods_alone_is_one_row(ax: Axes) -> None:
    days = days_of_three_places().drop(columns="size_low").groupby("period").sum()
    charts.draw_panel(ax, days)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["all"]
    assert of(ax, "total") == ["4"]


def test_panel_that_cannot_be_read_is_refused(ax: Axes) -> None:
    events = pd.DataFrame({"date": ["2020-10-05"] * 26, "location": [f"Place {place}" for place in range(26)]})
    many = event_panel(events, by="location", coverage=("2020-10-05", "2020-10-05"))
    with pytest.raises(ValueError, match="26 rows of 1 periods cannot be told apart"):
        charts.draw_panel(ax, many)
    days = days_of_three_places()
    with pytest.raises(ValueError, match="no cell of events is known"):
        charts.draw_panel(ax, days.assign(events=pd.array([pd.NA] * len(days), dtype="Int64")))


# Crises side by side ------------------------------------------------------------------------------------------------


def interval_rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["a", "a", "b"],
            "series": ["all", "sure", "all"],
            "low": [1.0, 2.0, 0.2],
            "best": [3.0, 30.0, 0.5],
            "high": [9.0, 4000.0, 0.9],
            "said": ["3", "30", "0.5"],
        }
    )


def test_intervals_are_drawn_where_they_lie_and_end_in_an_arrow_beyond_the_axis(ax: Axes) -> None:
    colours = {"all": style.BLUE, "sure": style.SOFT}
    charts.draw_intervals(ax, interval_rows(), colours, (0.1, 100), ticks=(0.1, 1, 10, 100), reference=1)
    assert ax.get_xscale() == "log"
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 4]
    assert [list(bar) for bar in bars] == [[1.0, 9.0], [2.0, 100.0], [0.2, 0.9]]
    arrows = [line for line in ax.lines if line.get_marker() in ("<", ">")]
    assert [(line.get_marker(), line.get_xdata()[0]) for line in arrows] == [(">", 100)]
    places = [line.get_ydata()[0] for line in ax.lines if line.get_linewidth() == 4]
    assert places[0] > places[1] > places[2]


def test_contributions_stack_to_the_distance_and_gaps_show_how_far_it_could_be(ax: Axes) -> None:
    parts = pd.DataFrame({"turnout": [0.1, np.nan], "margin": [0.2, 0.05]}, index=["x", "y"])
    spans = pd.DataFrame({"low": [0.3, 0.04], "high": [0.3, 0.29]}, index=["x", "y"])
    charts.draw_contributions(ax, parts, spans, {"turnout": style.BLUE, "margin": style.GREEN})
    ends = {round(bar.get_y() + bar.get_height() / 2): round(bar.get_x() + bar.get_width(), 9) for bar in ax.patches}
    assert ends == {0: 0.3, -1: 0.05}
    ranges = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.2]
    assert ranges == [[0.04, 0.29]]


def test_what_followed_is_written_bold_where_it_happened(ax: Axes) -> None:
    cells = pd.DataFrame({"Deaths": ["2 to 5", "0"]})
    charts.draw_followed(ax, cells, pd.DataFrame({"Deaths": [True, False]}), style.VERMILION, (0.1,))
    assert {text.get_text(): text.get_weight() for text in ax.texts} == {
        **{"Deaths": "bold", "2 to 5": "bold"},
        "0": "normal",
    }
