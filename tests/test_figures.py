"""The published figures: complete, readable, reproducible, and bound to the tables."""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis import figures, tables
from analysis.charts import style

OVERLAP_PX = 1.5
ROOT = pathlib.Path(__file__).parent.parent


SECOND = [f"{name} of Belarus" for name in figures.OF_A_CASE]


@pytest.fixture(scope="module", params=[*figures.__all__, *SECOND])
def figure(request: pytest.FixtureRequest) -> Figure:
    name, _, country = request.param.partition(" of ")
    with style.style():
        drawn = getattr(figures, name)(**({"country": country} if country else {}))
        FigureCanvasAgg(drawn).draw()
    return drawn


def visible_texts(figure: Figure) -> list[Text]:
    """Texts that are drawn: not empty, and no labels of ticks beyond the ends of their axis."""
    beyond = set()
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        beyond |= {label for tick in ticks if not low <= tick.get_loc() <= high for label in (tick.label1, tick.label2)}
    texts = [text for text in figure.findobj(Text) if text not in beyond and text.get_text().strip()]
    return [text for text in texts if text.get_visible()]


def named(figure: Figure, gid: str) -> str:
    return next(text.get_text() for text in figure.texts if text.get_gid() == gid)


def test_title_says_a_finding_and_source_names_the_table(figure: Figure) -> None:
    assert any(character.isdigit() for character in named(figure, "title"))
    assert named(figure, "source").startswith("Source")
    assert "data/" in named(figure, "source")
    assert named(figure, "subtitle")


def test_line_at_the_foot_names_every_table_of_the_source(figure: Figure) -> None:
    line = named(figure, "made")
    parts = r"Data [0-9a-f]{8}: whole tables [a-z0-9_, ]+, latest source [0-9-]+; unrest-analysis [0-9.]+"
    assert re.fullmatch(parts, line)
    for table in re.findall(r"data/(\w+)\.csv", named(figure, "source")):
        assert re.search(rf"\b{table}\b", line.split(":")[1]), table


def test_no_axes_are_empty(figure: Figure) -> None:
    for ax in figure.axes:
        assert ax.lines or ax.patches or ax.collections or ax.texts


def test_no_text_leaves_the_figure(figure: Figure) -> None:
    width, height = figure.get_size_inches() * figure.dpi
    for text in visible_texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y1 <= height, text.get_text()


def test_no_text_overlaps_another(figure: Figure) -> None:
    boxes = [(text.get_text(), Bbox(text.get_window_extent().get_points())) for text in visible_texts(figure)]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        common = Bbox.intersection(a, b)
        assert common is None or min(common.width, common.height) < OVERLAP_PX, f"{one!r} and {other!r}"


def test_text_is_readable_at_half_size(figure: Figure) -> None:
    assert min(text.get_fontsize() for text in visible_texts(figure)) >= 9


@pytest.mark.usefixtures("under_the_lock")
def test_committed_figures_are_drawn_again_under_another_hash_seed() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    check = [sys.executable, "-m", "analysis", "figures", "--check"]
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_passes_on_what_was_just_written(tmp_path: pathlib.Path) -> None:
    figures.write("form2", tmp_path)
    assert figures.difference("form2", tmp_path) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["form2.svg", "manifest.json"]


def test_missing_figure_is_a_difference(tmp_path: pathlib.Path) -> None:
    assert "does not exist" in figures.difference("vote", tmp_path)


def test_other_matplotlib_is_said_and_not_called_a_change(tmp_path: pathlib.Path) -> None:
    path = figures.write("vote", tmp_path)
    path.write_bytes(path.read_bytes().replace(f"Matplotlib v{mpl.__version__}".encode(), b"Matplotlib v3.0.0"))
    assert "bytes cannot be compared" in figures.difference("vote", tmp_path)


@pytest.mark.parametrize(
    ("table", "old", "new", "changed"),
    [
        (
            "casualties.csv",
            ",1218,exact,1218,1218,",
            ",1219,exact,1219,1219,",
            ["injured_as_reported", "injured_as_known", "rules_compared", "timeline"],
        ),
        ("casualties.csv", ",686,exact,686,686,", ",687,exact,687,687,", ["briefing"]),
        ("casualties.csv", ",426,exact,426,426,", ",427,exact,427,427,", ["episodes"]),
        ("results.csv", ",487685,24.5,", ",487686,24.5,", ["vote"]),
        ("turnout.csv", "136804,27.49", "136904,27.49", ["form2"]),
        ("events.csv", "Result annulled", "Result voided", ["timeline"]),
        ("events.csv", "Jerooy gold mine", "Jeroy gold mine", ["where"]),
        ("events.csv", "2020-10-05,,1,Protests", "2020-10-07,,1,Protests", ["counts_and_breaks", "contagion"]),
        ("neighbours.csv", "KG-J,KG-T,", "KG-J,KG-Y,", ["spread"]),
        ("results.csv", "pro_government,466940,24.317", "pro_government,466941,25.317", ["count_stages"]),
        ("station_grid.csv", ",20,1,KLOOP-GH", ",21,1,KLOOP-GH", ["fingerprint"]),
        ("station_cells.csv", "PARL,Birimdik,last_digit,5,", "PARL,Birimdik,last_digit,5,1", ["digits"]),
        ("station_tests.csv", "integer_peaks,2304,109,-1.0", "integer_peaks,2304,109,-2.0", ["integer_peaks"]),
        ("station_tests.csv", "count_gap,2300,113,271.", "count_gap,2300,113,281.", ["hand_and_machine"]),
        (
            "cases.csv",
            "KGZ-2005-02,KGZ,Kyrgyzstan,2005-02-27,parliamentary,1,1,1,,,57",
            "KGZ-2005-02,KGZ,Kyrgyzstan,2005-02-27,parliamentary,1,1,1,,50,57",
            ["neighbours", "odds"],
        ),
        ("cases.csv", "flawed,1,,,,2014-06-21,", "flawed,0,,,,2014-06-21,", ["base_rates"]),
        ("cases.csv", ",2020-10-15,resigned,11,", ",2020-10-16,resigned,12,", ["exits"]),
        ("cases.csv", "1,24.5,0.62,56.5", "1,24.5,30.62,56.5", ["skill"]),
        ("station_tests.csv", "dose_response,2413,0,1.16", "dose_response,2413,0,1.26", ["form2_dose"]),
    ],
)
def test_changed_value_is_noticed_and_the_figure_named(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, table: str, old: str, new: str, changed: list[str]
) -> None:
    shutil.copytree(tables.data_folder(), tmp_path / "data")
    for name in changed:
        figures.write(name, tmp_path)
        assert figures.difference(name, tmp_path) is None
    path = tmp_path / "data" / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(tables, "data_folder", lambda: tmp_path / "data")
    tables._opened.cache_clear()
    try:
        for name in changed:
            said = figures.difference(name, tmp_path)
            assert said.startswith(f"{name}: {tmp_path / name}.svg differs")  # the picture, not only its line
            rows = "2 rows (1 added, 1 removed; " if table == "neighbours.csv" else "1 row (1 changed; "  # two keys
            assert f"{table} changed: {rows}" in said
    finally:
        monkeypatch.undo()
        tables._opened.cache_clear()


def test_failed_write_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    (tmp_path / "vote.svg").mkdir()
    with pytest.raises(OSError, match=r"vote\.svg"):
        figures.write("vote", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vote.svg"]


def test_unknown_figure_or_format_lists_what_there_is() -> None:
    with pytest.raises(ValueError, match="no such figure: map; the figures are base_rates, briefing, calibration"):
        figures.names(["map"])
    with pytest.raises(ValueError, match="unknown format 'jpg'; allowed: svg, png, pdf"):
        figures.render("vote", "jpg")


@pytest.mark.parametrize("format", ["png", "pdf"])
def test_other_formats_are_reproducible_too(format: str) -> None:
    assert figures.render("fingerprint", format) == figures.render("fingerprint", format)
