"""Charts of forecasts draw what the frames hold."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from analysis import charts
from analysis.charts import style


@pytest.fixture
def ax() -> Axes:
    with style.style():
        yield style.axes(style.blank(4.0), 1, 1, 6, 2)


def test_skill_is_drawn_with_its_interval_and_the_best_baseline_marked(ax: Axes) -> None:
    rows = pd.DataFrame(
        {
            "skill": [0.2, -0.4, 0.0, -0.1],
            "skill_low": [0.1, -1.5, 0.0, np.nan],
            "skill_high": [0.3, -0.2, 0.0, np.nan],
            "verdict": ["better", "worse", "the same", "cannot be judged"],
            "baseline": [False, False, True, True],
        },
        index=["mine", "yours", "rate", "last"],
    )
    charts.draw_skill(ax, rows, 1.0)
    zero, first, point, second, arrow, other, rival, _, last = ax.lines
    assert list(zero.get_xdata()) == [0, 0]
    assert (list(first.get_xdata()), list(point.get_xdata())) == ([10, 30], [20])
    assert first.get_color() == style.BLUE
    assert (list(second.get_xdata()), arrow.get_marker()) == ([-100, -20], "<"), "beyond the axis, and says so"
    assert (second.get_color(), list(other.get_xdata())) == (style.VERMILION, [-40])
    assert rival.get_marker() == "D"
    assert list(last.get_xdata()) == [-10], "a point without an interval"
    assert [text.get_text() for text in ax.texts] == ["+20%", "\N{MINUS SIGN}40%", "best baseline", "\N{MINUS SIGN}10%"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["mine", "yours", "rate", "last"]


def test_curve_outside_its_band_is_dotted(ax: Axes) -> None:
    curve = pd.DataFrame(
        {"probability": [0.1, 0.5, 0.9], "observed": [0.1, 0.2, 0.9], "low": [0.0, 0.3, 0.7], "high": [0.3, 0.7, 1.0]}
    )
    charts.draw_calibration(ax, curve)
    diagonal, line, dots = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 100]
    assert list(line.get_ydata()) == pytest.approx([10, 20, 90])
    assert (list(dots.get_xdata()), list(dots.get_ydata())) == ([50], [20])
    assert len(ax.collections) == 1


def test_histogram_has_events_up_and_others_down_and_names_the_longest(ax: Axes) -> None:
    counts = pd.DataFrame({"low": [0.0, 0.5], "high": [0.5, 1.0], "events": [1, 4], "others": [7, 2]})
    charts.draw_forecast_histogram(ax, counts)
    assert [bar.get_height() for bar in ax.patches] == [1, 4, -7, -2]
    assert [(text.get_text(), text.get_position()) for text in ax.texts] == [("4", (75, 4)), ("7", (25, -7))]
