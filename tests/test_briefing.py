"""One page of what was known at an hour, from the figure, the command and the slider."""

import pathlib
import subprocess
import sys

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import figures
from analysis.charts import style
from analysis.interactive import briefing_slider


def drawn(as_of: str, country: str = "KGZ") -> Figure:
    with style.style():
        figure = figures.briefing(as_of, country)
        FigureCanvasAgg(figure).draw()
    return figure


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def test_evening_of_the_sixth() -> None:
    page = words(drawn("2020-10-06 18:00"))
    assert "1 dead, 686 injured, 5 places reported seized" in page
    assert "6 October 2020 at 18:00" in page
    assert "counted until 6 October 2020,\n15:00." in page or "until 6 October 2020, 15:00" in page
    assert "Rule: official. By other rules, dead: newest 1" in page
    assert "The count, 98% of stations" in page
    assert "annulled (reported 6 October, 14:46)" in page
    for place in ("White House", "OTRK", "State Committee for National Security", "Bishkek City Hall"):
        assert place in page


def test_noon_does_not_know_the_evening() -> None:
    page = words(drawn("2020-10-06 12:00"))
    assert "590 injured" in page
    for later in ("686", "annulled", "Jerooy", "164"):
        assert later not in page


def test_before_anybody_was_hurt_nothing_is_zero() -> None:
    page = words(drawn("2020-10-04 23:00"))
    assert "No count of dead or injured, no seizure reported" in page
    assert page.count("no count") == 2
    assert "The count: none published by then" in page
    assert "Nothing in data/casualties.csv yet" in page


def test_briefing_of_another_country_is_on_its_own_clock() -> None:
    page = words(drawn("2020-08-17 18:30", "Belarus"))
    assert "Belarus, as known on 17 August 2020 at 18:30" in page
    assert "2 dead, 121 or more injured, no seizure reported" in page
    assert "17 Aug, 18:09" in page, "the minister, local time"
    assert "The count, final, 14 August" in page
    assert "bar" not in page, "no threshold in a vote for a president"
    assert "\nopen\n" in page, "police alone were counted, so that nothing is forecast"
    for other in ("Bishkek", "Kyrgyz", "annulled", "Jeenbekov"):
        assert other not in page


def test_count_that_does_not_say_how_far_it_got() -> None:
    page = words(drawn("2020-08-10 12:00", "BLR"))
    assert "The count, share not said, 9 August, 23:50" in page


def test_country_without_a_bundled_crisis_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows of KAZ; the table has BLR, KGZ"):
        figures.briefing("2020-10-06", "Kazakhstan")


@pytest.mark.parametrize(
    ("as_of", "country"),
    [
        *(
            (as_of, "KGZ")
            for as_of in ("2020-10-04 23:00", "2020-10-05 22:00", "2020-10-07", "2020-10-16", "2021-01-15")
        ),
        *((as_of, "BLR") for as_of in ("2020-08-10 12:00", "2020-11-15")),
    ],
)
def test_no_text_leaves_the_page(as_of: str, country: str) -> None:
    figure = drawn(as_of, country)
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.texts + [text for ax in figure.axes for text in ax.texts]:
        box = text.get_window_extent()
        assert box.x0 >= -1, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= height, text.get_text()


def test_moment_before_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing had been reported by 2019-01-01"):
        figures.briefing("2019-01-01")


def unrest(*arguments: str, cwd: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analysis", "briefing", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_command_writes_one_file_where_it_is_told(tmp_path: pathlib.Path) -> None:
    done = unrest("--as-of", "2020-10-06 18:00", "-o", str(tmp_path / "new" / "evening.png"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "new" / "evening.png").read_bytes().startswith(b"\x89PNG")
    done = unrest("--as-of", "2020-10-06 18:00", cwd=tmp_path)
    assert done.stdout == "briefing_2020-10-06-18-00.svg\n"
    assert "686 injured" in (tmp_path / "briefing_2020-10-06-18-00.svg").read_text(encoding="utf-8")


def test_command_and_slider_take_the_country(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "minsk.svg"
    done = unrest("--as-of", "2020-08-17 18:30", "--country", "Belarus", "-o", str(page), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Belarus, as known on 17 August 2020" in page.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no rows of KAZ; the table has BLR, KGZ"):
        briefing_slider("2020-10-06 12:00", "2020-10-06 18:00", country="Kazakhstan")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "2020-10-06", "--country", "Kazakhstan"], "no rows of KAZ; the table has BLR, KGZ"),
        (["--as-of", "tomorrow"], "as_of = 'tomorrow': expected a date"),
        (["--as-of", "2019-01-01"], "nothing had been reported by 2019-01-01"),
        (["--as-of", "2020-10-06", "-o", "page.jpg"], "page.jpg: name a file that ends in .svg, .png, .pdf"),
        (["--as-of", "2020-10-06", "-o", "page"], "page: name a file that ends in .svg, .png, .pdf"),
    ],
)
def test_bad_input_is_a_sentence_and_leaves_nothing(tmp_path: pathlib.Path, arguments: list[str], said: str) -> None:
    done = unrest(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_slider_draws_the_page_of_its_hour() -> None:
    slider, page = briefing_slider("2020-10-06 12:00", "2020-10-06 18:00").children
    assert list(slider.options) == ["2020-10-06 12:00", "2020-10-06 18:00"]
    assert page.value == figures.render("briefing", "png", as_of="2020-10-06 18:00")
    slider.value = "2020-10-06 12:00"
    assert page.value == figures.render("briefing", "png", as_of="2020-10-06 12:00")


def test_hour_off_the_slider_is_refused() -> None:
    with pytest.raises(ValueError, match="2020-10-06 13:00 is not a step of the slider"):
        briefing_slider("2020-10-06 12:00", "2020-10-06 18:00", at="2020-10-06 13:00")


def test_slider_without_hours_or_before_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="no hours from 2020-10-07 to 2020-10-06"):
        briefing_slider("2020-10-07", "2020-10-06")
    with pytest.raises(ValueError, match="nothing had been reported by 2019-01-01"):
        briefing_slider("2019-01-01", "2020-10-06", freq="D")


def test_moment_after_the_tables_end_is_refused() -> None:
    with pytest.raises(ValueError, match="the tables end on 28 January 2021"):
        figures.briefing("2031-01-01")
    with pytest.raises(ValueError, match="the tables end on 15 November 2020"):
        figures.briefing("2020-12-01", "BLR")


def test_place_given_back_is_no_longer_held() -> None:
    page = words(drawn("2020-10-16"))
    assert "2 given back" in page
    assert "White House (given back)" in page


def test_partial_count_is_said_and_not_forecast() -> None:
    page = words(drawn("2020-10-05 23:00"))
    assert "2 or more" in page
    assert "security forces" in page
    assert "\nopen\n" in page


def test_old_numbers_are_marked_as_such() -> None:
    page = words(drawn("2020-10-12"))
    assert "1,001 or more injured, Bishkek (out of date when it was said)" in page.replace("\n", " ")
