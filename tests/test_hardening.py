"""
What goes wrong on real machines: killed processes, full disks, closed folders, other settings, odd names, hostile text.

`tests/benchmarks/kills.py` kills the whole commands fifty times each; here a few kills show that nothing has changed.
"""

import ast
import csv
import ctypes
import dataclasses
import hashlib
import io
import itertools
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from protocol_server import serving
from typer.testing import CliRunner

import analysis
from analysis import charts, comparison, dynamics, event_panel, events, figures, load_crisis, load_events
from analysis.__main__ import app
from analysis.writing import csv_text, write_whole

ROOT = pathlib.Path(__file__).parent.parent
CONTENT = bytes(itertools.islice(itertools.cycle(range(251)), 20_000_000))
WRITING = """
import sys
from pathlib import Path
from analysis.writing import write_whole
print("ready", flush=True)
while True:
    for letter in b"ab":
        write_whole(Path(sys.argv[1]), bytes([letter]) * 4_000_000)
"""
FETCHING = """
import sys
from analysis import catalog
from analysis.catalog import Dataset, File
file = File("data.bin", sys.argv[1], sha256=sys.argv[2], size_bytes=int(sys.argv[3]))
catalog.DATASETS["mine"] = Dataset("mine", "My file", (file,), "CC0", reference="nobody")
catalog.fetch("mine")
"""
DRAWING = """
import hashlib
import pandas as pd
from analysis import figures, load_casualties, load_events
tables = b"".join(table.to_csv().encode() for table in (load_events(), load_casualties()))
drawn = b"".join(figures.render(name) for name in ["timeline"])
print(hashlib.sha256(tables).hexdigest(), hashlib.sha256(drawn).hexdigest())
"""
LONG = "Ж" * 10_000


def started(*words: str, **options: object) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8", "cwd": ROOT}
    return subprocess.Popen([sys.executable, *words], **(pipes | options))  # type: ignore[call-overload]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for it, and give its code and the last line that it complained with."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said.strip().splitlines()[-1] if said.strip() else ""


# Killed -----------------------------------------------------------------------------------------------------------


def test_killed_writer_leaves_the_old_file_or_the_new(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "table.csv"
    dice = random.Random(0)
    for _ in range(12):
        with started("-c", WRITING, str(target)) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(dice.uniform(0.005, 0.06))
            process.kill()
        if target.exists():
            content = target.read_bytes()
            assert len(content) == 4_000_000
            assert len(set(content)) == 1
    assert target.exists()
    assert all(re.fullmatch(r"\.unrest-\w+\.part", path.name) for path in tmp_path.iterdir() if path != target)


def test_what_killed_writers_left_goes_after_an_hour(tmp_path: pathlib.Path) -> None:
    old, young, mine = (tmp_path / name for name in (".unrest-old.part", ".unrest-young.part", "mine.part"))
    for path in (old, young, mine):
        path.write_bytes(b"half")
    for path in (old, mine):
        os.utime(path, (time.time() - 7200,) * 2)
    write_whole(tmp_path / "table.csv", b"whole")
    assert not old.exists()
    assert young.exists()
    assert mine.read_bytes() == b"half"


def test_killed_fetch_is_finished_by_the_next(tmp_path: pathlib.Path) -> None:
    with serving() as server:
        words = ["-c", FETCHING, server.serve("/data.bin", CONTENT), hashlib.sha256(CONTENT).hexdigest()]
        settings = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "NO_PROXY": "*"}
        settings.pop("ANALYSIS_DATA", None)
        dice = random.Random(1)
        for asked in range(2):
            with started(*words, str(len(CONTENT)), env=settings) as process:
                while len(server.asked) == asked and process.poll() is None:
                    time.sleep(0.002)
                time.sleep(dice.uniform(0, 0.05))
                process.kill()
            if fetched := list(tmp_path.rglob("data.bin")):
                assert fetched[0].read_bytes() == CONTENT
                break
        assert ended(started(*words, str(len(CONTENT)), env=settings)) == (0, "")
    (fetched,) = tmp_path.rglob("data.bin")
    assert fetched.read_bytes() == CONTENT


def test_killed_figures_are_whole_or_not_there(tmp_path: pathlib.Path) -> None:
    with started("-m", "analysis", "figures", "form2", "digits", "-o", str(tmp_path)) as process:
        process.stdout.readline()
        time.sleep(random.Random(2).uniform(0, 0.3))
        process.kill()
    for path in tmp_path.glob("*.svg"):
        assert path.read_bytes().rstrip().endswith(b"</svg>")
    assert (tmp_path / "form2.svg").exists()


# Disks and folders --------------------------------------------------------------------------------------------------


def test_full_disk_is_a_sentence_and_the_old_file_stays(tmp_path: pathlib.Path) -> None:
    (tmp_path / "form2.svg").write_text("the old one")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    code, said = ended(started("-m", "analysis", "figures", "form2", "-o", str(tmp_path), preexec_fn=full))
    assert code == 2
    assert said == "unrest: [Errno 27] File too large"
    assert [path.name for path in tmp_path.iterdir()] == ["form2.svg"]
    assert (tmp_path / "form2.svg").read_text() == "the old one"


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_output_onto_a_full_disk_is_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        code, said = ended(started("-m", "analysis", "versions", stdout=full))
    assert (code, said) == (2, "unrest: [Errno 28] No space left on device")


def as_others() -> None:
    """Take from root the right to write where the permissions forbid it (CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="permissions are taken from root by a call of Linux")
def test_read_only_folder_is_refused_by_the_system_and_stays_empty(tmp_path: pathlib.Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    code, said = ended(started("-c", WRITING, str(closed / "table.csv"), preexec_fn=as_others))
    closed.chmod(0o755)
    assert code == 1
    assert said.startswith("PermissionError: [Errno 13] Permission denied")
    assert not list(closed.iterdir())


def test_file_in_place_of_a_folder_and_too_long_a_name_are_sentences(tmp_path: pathlib.Path) -> None:
    (tmp_path / "taken").write_text("")
    for folder, said in ((tmp_path / "taken", "File exists"), (tmp_path / ("n" * 300), "File name too long")):
        done = CliRunner().invoke(app, ["figures", "form2", "-o", str(folder)])
        assert done.exit_code == 2
        assert said in done.output.splitlines()[-1]


def test_file_name_as_long_as_the_system_allows_can_be_written(tmp_path: pathlib.Path) -> None:
    assert write_whole(tmp_path / ("n" * 255), b"whole").read_bytes() == b"whole"


def test_two_runs_into_one_folder_both_succeed(tmp_path: pathlib.Path) -> None:
    both = [started("-m", "analysis", "figures", "form2", "-o", str(tmp_path)) for _ in range(2)]
    assert [ended(process) for process in both] == [(0, "")] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["form2.svg", "manifest.json"]
    assert (tmp_path / "form2.svg").read_bytes() == figures.render("form2")


def test_locale_timezone_and_display_change_nothing() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "DISPLAY", "MPL"))}
    settings = [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kathmandu"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns"},
    ]
    running = [started("-c", DRAWING, env=bare | setting) for setting in settings]
    said = [process.communicate(timeout=120) for process in running]
    assert not any(error for _, error in said)
    assert len({output for output, _ in said}) == 1


def test_ascii_terminal_gets_the_same_bytes() -> None:
    bare = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with started("-m", "analysis", "cite", "results", env=bare) as process:
        said = process.stdout.read()
    assert said == CliRunner().invoke(app, ["cite", "results"]).output
    assert not said.isascii()


# Much and long ------------------------------------------------------------------------------------------------------


def million() -> pd.DataFrame:
    """The events of thirteen days, each so often that they are a million."""
    real = load_events(country="KGZ", start="2020-10-04", end="2020-10-16")
    columns = ["event_type", "date", "time_local", "date_precision", "size_low", "size_best", "size_high", "source_ids"]
    many = real[columns].take(np.tile(np.arange(len(real)), -(-1_000_000 // len(real)))).iloc[:1_000_000]
    turns = real["turning_point"].tolist() + [None] * (len(many) - len(real))
    return many.assign(event_id=np.arange(len(many)), turning_point=turns).reset_index(drop=True)


def test_timeline_of_a_million_events_is_drawn_and_says_what_a_box_is(monkeypatch: pytest.MonkeyPatch) -> None:
    many = million()
    crisis = dataclasses.replace(load_crisis(country="KGZ"), events=many)
    monkeypatch.setattr("analysis.figures.unrest.crisis_shown", lambda *_, **__: crisis)
    began = time.process_time()
    figure = figures.timeline()
    lasted_s = time.process_time() - began
    (subtitle,) = (text.get_text() for text in figure.texts if text.get_gid() == "subtitle")
    written = [text.get_text() for ax in figure.axes for text in ax.texts]
    per_box = int(re.search(r"One box per ([\d,]+)\s+events,\s+or\s+fewer", subtitle)[1].replace(",", ""))
    assert f"One box: up to {per_box:,} events" in written
    assert any("the span of all crowds of an hour" in text for text in written)
    assert sum(len(ax.patches) for ax in figure.axes) < 5_000
    assert lasted_s < 60


def test_boxes_hold_every_event_once_and_keep_hours_that_are_known_apart() -> None:
    day = {"event_type": "Riots", "date": pd.Timestamp("2020-10-06")}
    rows = pd.DataFrame({"event_id": range(1000), "time_local": ["03:00"] * 100 + [None] * 900, **day})
    few = events.boxes(events.slots(rows), highest=10)
    assert few["events"].sum() == 1000
    assert few.loc[few["timed"], "events"].sum() == 100
    assert few.groupby("start")["height"].max().max() < 10
    assert (few["events"] <= few["per_box"]).all()
    assert not few.duplicated(["start", "height"]).any()
    each = events.boxes(events.slots(rows), highest=1000)
    assert len(each) == 1000
    assert each["per_box"].eq(1).all()


def test_too_many_slots_for_a_chart_are_refused_with_a_way_out() -> None:
    days = pd.date_range("1900-01-01", periods=30_000)
    rows = {"event_id": range(30_000), "event_type": "Riots", "date": days, "time_local": "03:00"}
    with pytest.raises(ValueError, match=r"30,000 boxes are too many for a chart.*event_panel"):
        events.boxes(events.slots(pd.DataFrame(rows)), highest=2)


def test_names_of_ten_thousand_letters_are_drawn() -> None:
    began = time.process_time()
    figure = Figure(figsize=(6, 4))
    first, second, third, fourth = figure.subplots(4)
    day = pd.Timestamp("2020-10-06")
    rows = pd.DataFrame({"event_id": ["A"], "date": [day], "event_type": ["Riots"], "admin1": [LONG]})
    charts.draw_panel(first, event_panel(rows, by="admin1", freq="W", coverage=("2020-10-05", "2020-10-11")))
    counts = pd.DataFrame({"gatherings": [1], "buildings": [1], "mines": [0]}, index=["X"])
    charts.draw_region_tiles(second, counts, {"X": LONG}, {"X": (0, 0)}, {"X": LONG})
    place = pd.DataFrame({"target": [LONG], "longitude": [74.6], "latitude": [42.8], "said": [LONG]})
    charts.draw_places(third, place, {})
    charts.day_axis(fourth, day, day + pd.Timedelta(days=1))
    charts.draw_turning_points(fourth, pd.DataFrame({"date": [day], "time_local": [None], "turning_point": [LONG]}))
    assert LONG.encode() in figures.encode(figure, "svg")
    assert time.process_time() - began < 60


# Cells that a spreadsheet would run -----------------------------------------------------------------------------------

RISKY = r"(?s)^'(?='*[=+\-@\t\r\n])"


@given(st.lists(st.text(alphabet="'=+-@\t\r\nab ,\""), min_size=1))
def test_no_exported_text_is_a_formula_and_none_is_lost(cells: list[str]) -> None:
    said = csv_text(pd.DataFrame({"text": cells}), index=False)
    _, *back = csv.reader(io.StringIO(said, newline=""))
    exported = [row[0] if row else "" for row in back]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in exported)
    assert [re.sub(RISKY, "", cell) for cell in exported] == cells


def test_numbers_days_and_gaps_are_exported_as_they_are() -> None:
    frame = pd.DataFrame(
        {
            "=change": [-1.5, None],
            "day": [pd.Timestamp("2020-10-06"), pd.NaT],
            "kind": pd.Categorical(["@SUM", None]),
            "any": [-3, "-3"],
        },
        index=pd.Index(["+a", "b"], name="-place"),
    )
    assert csv_text(frame) == "'-place,'=change,day,kind,any\n'+a,-1.5,2020-10-06,'@SUM,-3\nb,,,,'-3\n"


def test_panel_of_places_named_like_formulas_is_harmless(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type,location\nE1,2020-10-05,Riots,=HYPERLINK(1)\n")
    words = ["panel", str(mine), "--by", "location", "--start", "2020-10-01", "--end", "2020-10-31"]
    assert CliRunner().invoke(app, [*words, "-o", str(tmp_path / "out.csv")]).exit_code == 0
    assert "\n'=HYPERLINK(1),2020-10,1," in (tmp_path / "out.csv").read_text()


# No code from data ----------------------------------------------------------------------------------------------------

NEVER_CALLED = {"eval", "exec", "compile", "__import__", "system", "popen", "read_pickle", "to_pickle", "unsafe_load"}
QUERIES = {"re.compile", "engine.compile"}  # of patterns and of SQL
NEVER_IMPORTED = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "subprocess",
    "pty",
    "yaml",
}


def test_package_runs_no_text_no_pickle_and_no_shell() -> None:
    for path in (ROOT / "analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                assert not {name.split(".")[0] for name in names} & NEVER_IMPORTED, path
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                assert ast.unparse(node.func) in QUERIES or called not in NEVER_CALLED, path
                if called == "query" and "catalog" not in path.parts:  # pandas runs it: only what we wrote ourselves
                    assert all(isinstance(word, ast.Constant) for word in node.args), path
                keywords = {word.arg: word.value for word in node.keywords}
                for name in ("shell", "allow_pickle"):
                    assert getattr(keywords.get(name), "value", False) is False, path


FORMULAS = {
    "fit_counts": lambda frame, code: dynamics.fit_counts(frame, f"y ~ {code}"),
    "fit_counts, of zeros": lambda frame, code: dynamics.fit_counts(frame, "y ~ x", "zip", zero_formula=f"~ {code}"),
    "fit_counts, of the outcome": lambda frame, code: dynamics.fit_counts(frame, f"{code} ~ x"),
    "spatial_lag": lambda frame, code: dynamics.spatial_lag(
        frame, f"y ~ {code}", pd.DataFrame({"region": [0], "neighbour": [1]})
    ),
    "fit_logit": lambda frame, code: comparison.fit_logit(frame, f"flag ~ {code}"),
    "cox": lambda frame, code: comparison.cox(frame, f"~ {code}", time="y", event="flag"),
    "fine_gray": lambda frame, code: comparison.fine_gray(frame, f"~ {code}", 1, time="y", event="flag"),
}


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('touch {made}')",
        "open('{made}', 'w').write('x')",
        "x.to_csv('{made}')",
        "np.savetxt('{made}', x)",
        "I(open('{made}', 'w'))",
        "np.log((lambda: open('{made}', 'w'))())",
        "x[open('{made}', 'w')]",
        "C(x, levels=[open('{made}', 'w') for _ in [1]])",
        "np.add.__class__.__base__",
        "eval('1')",
    ],
)
@pytest.mark.parametrize("entry", FORMULAS)
def test_formula_that_is_code_is_refused_before_it_runs(entry: str, code: str, tmp_path: pathlib.Path) -> None:
    frame = pd.DataFrame({"y": [1, 2, 3, 4, 5], "x": [1.0, 3.0, 2.0, 5.0, 4.0], "flag": [0, 1, 0, 1, 1]})
    made = tmp_path / "made"
    with pytest.raises(ValueError, match="formula"):
        FORMULAS[entry](frame, code.format(made=made))
    assert not made.exists()


def test_usual_formulas_pass() -> None:
    frame = pd.DataFrame({"y": [1, 0, 3, 2, 5, 4], "x": [1.0, 3.0, 2.0, 5.0, 4.0, 2.5], "kind": list("ababba")})
    for right in ("np.log(x) + C(kind)", "I(x ** 2) + x", "C(kind, Treatment('b'))", "np.where(x > 2, 1, 0)", "Q('x')"):
        assert dynamics.fit_counts(frame, f"y ~ {right}", "poisson").n == 6


@pytest.mark.parametrize(
    "where", ["__import__('os').system('true')", "read_csv('/etc/passwd') = 1", "date > 1; DROP TABLE events", "1 = 1"]
)
def test_condition_that_is_code_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match="where"):
        event_panel(
            load_events(country="KGZ"), by="region", freq="M", coverage=("2020-09-01", "2021-01-31"), where=where
        )


# Interrupted -------------------------------------------------------------------------------------------------------


def interrupted(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    return process.returncode, said.splitlines()


ONE_SENTENCE = (130, ["unrest: interrupted; no file was left half written"])


def test_interrupted_figures_leave_whole_files_and_one_sentence(tmp_path: pathlib.Path) -> None:
    with started("-m", "analysis", "figures", "form2", "timeline", "vote", "-o", str(tmp_path)) as process:
        process.stdout.readline()
        assert interrupted(process) == ONE_SENTENCE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["form2.svg", "manifest.json"]
    assert (tmp_path / "form2.svg").read_bytes() == figures.render("form2")


def test_interrupted_notebook_takes_its_kernel_along() -> None:
    with started("-m", "analysis", "notebooks", "01_what_happened") as process:
        while not (kernels := psutil.Process(process.pid).children()):
            time.sleep(0.02)
        time.sleep(0.5)
        assert interrupted(process) == ONE_SENTENCE
    _, alive = psutil.wait_procs(kernels, timeout=20)
    assert not alive


def test_these_tests_run_on_this_checkout() -> None:
    assert pathlib.Path(analysis.__file__).is_relative_to(ROOT)
