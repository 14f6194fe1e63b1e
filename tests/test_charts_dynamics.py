"""Charts of dynamics draw what the results hold: artists are read back and compared with the numbers."""

import matplotlib.dates
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from analysis import charts, dynamics
from analysis.charts import style

DAYS = pd.period_range("2020-10-01", periods=10, freq="D", name="period")
COUNTS = pd.Series([1, 0, 1, 0, 12, 14, 11, 13, 12, 15], index=DAYS)


@pytest.fixture
def ax() -> Axes:
    with style.style():
        drawn = style.axes(style.blank(4.0), 1, 1, 7, 2)
        charts.day_axis(drawn, pd.Timestamp("2020-10-01"), pd.Timestamp("2020-10-11"))
        yield drawn


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def at(stamp: str) -> float:
    return float(matplotlib.dates.date2num(pd.Timestamp(stamp)))


def test_stacked_bars_are_as_high_as_the_counts_and_stand_on_each_other(ax: Axes) -> None:
    counts = pd.DataFrame({"Protests": [2, 3], "Riots": [1, 0]}, index=DAYS[:2])
    charts.draw_daily_counts(ax, counts, {"Protests": "blue", "Riots": "red"})
    assert [(bar.get_y(), bar.get_height()) for bar in ax.patches] == [(0, 2), (0, 3), (2, 1), (3, 0)]
    assert ax.patches[0].get_x() + ax.patches[0].get_width() / 2 == pytest.approx(at("2020-10-01 12:00"))


def test_day_that_is_not_covered_has_no_bar_and_a_mark_of_its_own(ax: Axes) -> None:
    counts = pd.DataFrame({"Protests": pd.array([2, None, 0], dtype="Int64")}, index=DAYS[:3])
    charts.draw_daily_counts(ax, counts, {"Protests": "blue"})
    assert np.isnan(ax.patches[1].get_height())
    assert ax.patches[2].get_height() == 0
    (gap,) = ax.lines
    assert list(gap.get_xdata()) == [at("2020-10-02"), at("2020-10-03")], "the day with 0 has none"


def test_levels_and_changes_are_those_found(ax: Axes) -> None:
    found = dynamics.change_points(COUNTS)
    assert found.n == 1
    charts.draw_levels(ax, found.levels)
    quiet, loud = ax.lines
    assert list(quiet.get_xdata()) == [at("2020-10-01"), at("2020-10-05")]
    assert list(loud.get_xdata()) == [at("2020-10-05"), at("2020-10-11")]
    assert [line.get_ydata()[0] for line in (quiet, loud)] == found.levels["level"].tolist()
    heights = [set(band.get_paths()[0].vertices[:, 1]) for band in ax.collections]
    assert heights == [set(row) for row in found.levels[["low", "high"]].to_numpy().tolist()]


def test_change_stands_between_two_days_on_its_interval(ax: Axes) -> None:
    table = pd.DataFrame({"last_before": DAYS[[3, 6]], "low": DAYS[[3, 5]], "high": DAYS[[4, 8]]})
    charts.draw_changes(ax, table, ["first", "second"], [True, False])
    bars = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert bars == [[at("2020-10-05"), at("2020-10-06")], [at("2020-10-07"), at("2020-10-10")]]
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in marks] == [at("2020-10-05"), at("2020-10-08")]
    assert [line.get_markerfacecolor() for line in marks] == [style.INK, "white"]
    assert texts(ax) == ["first", "second"]


def test_course_and_expectation_are_those_of_the_path(ax: Axes) -> None:
    path = dynamics.interrupted(COUNTS, "2020-10-05", slopes=False, trend=False).path
    charts.draw_expected(ax, path.iloc[4:])
    line = ax.lines[0]
    assert line.get_ydata()[0] == pytest.approx(0.5)
    assert (line.get_xdata()[0], line.get_xdata()[-1]) == (at("2020-10-05"), at("2020-10-11"))
    single, mean = (band.get_paths()[0].vertices[:, 1] for band in ax.collections)
    assert (mean.min(), mean.max()) == pytest.approx((path["low"].iloc[4], path["high"].iloc[4]))
    assert single.max() == path["predicted_high"].iloc[4:].max()
    charts.draw_course(ax, path)
    assert [bar.get_height() for bar in ax.patches] == COUNTS.tolist()
    assert texts(ax) == [str(count) for count in COUNTS if count], "no number on a day without events"


def test_excitation_is_shaded_from_what_nothing_excited_to_what_is_expected(ax: Axes) -> None:
    path = dynamics.fit_hawkes_counts(COUNTS).path
    charts.draw_excitation(ax, path)
    expected, baseline = ax.lines
    assert list(expected.get_ydata()[::2]) == path["expected"].tolist()
    assert list(expected.get_xdata()[2:4]) == [at("2020-10-02"), at("2020-10-03")]
    assert set(baseline.get_ydata()) == set(path["baseline"])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (path["baseline"].iloc[0], path["expected"].max())


def test_branching_has_intervals_and_simulations_are_ticks_around_their_mean(ax: Axes) -> None:
    rows = pd.DataFrame({"best": [0.8, 0.7], "low": [0.6, np.nan], "high": [1.2, np.nan]}, index=["A", "B"])
    charts.draw_branching(ax, rows, ["one", "two"], {"B": np.array([0.65, 0.75])})
    spans = [list(line.get_xdata()) for line in ax.lines[1:] if line.get_linewidth() == 4]
    assert spans[0] == [0.6, 1.2]
    assert np.isnan(spans[1]).all()
    assert [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "|"] == [[], [0.65, 0.75]]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"] == [0.8, 0.7]
    assert ax.lines[0].get_xdata()[0] == 1, "from which it explodes"
    assert ax.get_xlim()[1] > 1.2
    assert texts(ax) == ["one", "two"]


def test_departures_lie_between_the_dashed_lines_of_their_own_test(ax: Axes) -> None:
    fit = dynamics.fit_hawkes_counts(COUNTS)
    curve, critical = fit.residual_departure, fit.residual_test.critical
    charts.draw_departures(ax, {"A": curve}, {"A": critical}, {"A": "red"}, ["p"])
    assert list(ax.lines[1].get_ydata()) == curve.tolist()
    dashed = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert sorted(dashed) == [-critical, critical]
    low, high = ax.get_ylim()
    assert low < -max(critical, curve.abs().max()) < max(critical, curve.abs().max()) < high
    assert texts(ax) == ["p"]


def test_ratios_are_drawn_with_open_ends_and_missing_ones_only_said(ax: Axes) -> None:
    rows = pd.DataFrame({"ratio": [2.0, np.nan, 0.5], "low": [1.0, np.nan, np.nan], "high": [4.0, np.nan, 3.0]})
    ax.set_xlim(0.1, 10)
    charts.draw_ratios(ax, rows.set_axis(["A", "B", "C"]), ["two", "none", "open"])
    spans = [list(line.get_xdata()) for line in ax.lines[1:] if len(line.get_xdata()) == 2]
    assert spans == [[1.0, 4.0], [0.1, 3.0]]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"] == [2.0, 0.5]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "<"] == [0.1]
    assert texts(ax) == ["two", "none", "open"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["A", "B", "C"]
    assert ax.get_xscale() == "log"


def test_placebos_are_ticks_and_the_turn_a_diamond(ax: Axes) -> None:
    table = pd.DataFrame({"role": ["placebo", "break", "set aside", "placebo"], "statistic": [1.0, 9.0, np.nan, 2.0]})
    charts.draw_placebos(ax, [table, table], ["one", "two"])
    ticks = [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "|"]
    assert ticks == [[1.0, 2.0]] * 2
    assert [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "D"] == [[9.0]] * 2
    assert texts(ax) == ["one", "two"]


def test_first_protest_is_a_bar_where_only_the_day_is_known_and_a_dot_at_its_hour(ax: Axes) -> None:
    events = pd.DataFrame(
        {
            "event_id": list("1234"),
            "event_type": "Protests",
            "region": ["A", "B", "C", "C"],
            "date": pd.to_datetime(["2020-10-05", "2020-10-05", "2020-10-06", "2020-10-06"]),
            "time_local": ["12:30", None, "09:00", None],
        }
    )
    order = dynamics.first_protests(events, units=list("ABCD"))
    said = pd.DataFrame({"Rank": ["2nd", "1st", "3rd", ""], "Before": ["b", "a", "c", ""]})
    charts.draw_order(ax, order, dict(zip("ABCD", "abcd", strict=True)), said, [1.1, 1.2], "none")
    dot = next(line for line in ax.lines if line.get_marker() == "o")
    assert pd.Timestamp(dot.get_xdata()[0]) == pd.Timestamp("2020-10-05 12:30")
    bars = [[pd.Timestamp(x) for x in line.get_xdata()] for line in ax.lines if line.get_marker() != "o"]
    assert bars == [
        [pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-05 23:59")],
        [pd.Timestamp("2020-10-06"), pd.Timestamp("2020-10-06 09:00")],
    ]
    assert [text for text in texts(ax) if text.startswith(("at", "by", "none"))] == ["at 12:30", "by 09:00", "none"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        {"A": "a", "B": "b", "C": "c", "D": "d"}[u] for u in order.index
    ]
    assert {"Rank", "Before", "3rd"} <= set(texts(ax))


def test_weeks_begin_on_mondays(ax: Axes) -> None:
    charts.week_axis(ax, pd.Timestamp("2020-10-01"), pd.Timestamp("2020-10-20"))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5 Oct", "12 Oct", "19 Oct"]
