"""The command line, as a user types it: output, exit codes, and no traceback for bad input."""

import hashlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app

ROOT = pathlib.Path(__file__).parent.parent


def unrest(*words: str, folder: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "analysis", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_figure_is_written_where_asked_and_quietly(tmp_path: pathlib.Path) -> None:
    done = unrest("figures", "form2", "--format", "png", "-o", str(tmp_path / "new" / "folder"))
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.strip().endswith("form2.png")
    assert (tmp_path / "new" / "folder" / "form2.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("under_the_lock")
def test_check_works_from_another_folder(tmp_path: pathlib.Path) -> None:
    done = unrest("figures", "form2", "--check", folder=tmp_path)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "figures are up to date", "")


def test_check_names_the_figure_that_differs(tmp_path: pathlib.Path) -> None:
    (tmp_path / "form2.svg").write_text("<svg/>")
    done = unrest("figures", "form2", "--check", "-o", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("form2: ")
    assert (tmp_path / "form2.svg").read_text() == "<svg/>"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["figures", "map"], "no such figure: map"),
        (["figures", "--check", "--format", "png"], "--check compares SVG files"),
        (["check", "no such file.csv"], "there is no such file"),
        (["check", "README.md", "--as", "evnts"], "did you mean events"),
        (["cite", "evnts"], "did you mean events"),
        (["notebooks", "nine"], "no such notebook: nine"),
    ],
)
def test_bad_input_gives_a_sentence_and_no_traceback(words: list[str], said: str) -> None:
    done = unrest(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_check_tells_good_from_bad_and_exits_1(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type\nE1,2020-10-05,Protests\nE2,5 Oct,Riots\n")
    done = unrest("check", str(mine))
    assert done.returncode == 1
    assert "2 rows read, 1 good, 1 set aside" in done.stdout
    assert "date: expected a date as YYYY-MM-DD (line 3)" in done.stdout


def test_help_tells_every_command_the_exit_codes_and_examples() -> None:
    said = CliRunner().invoke(app, ["--help"]).output
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    listed = set(re.findall(r"^  ([a-z]+)  ", said, re.MULTILINE))
    assert listed == commands
    assert "..." not in re.sub(r"\[ARGS\]\.\.\.", "", said)
    assert re.findall(r"^    (\d+)  ", said, re.MULTILINE) == ["0", "1", "2", "130", "141"]
    assert max(map(len, said.splitlines())) <= 90
    for example in re.findall(r"^    unrest ([a-z]+)", said, re.MULTILINE):
        assert example in commands


def test_versions_name_python_libraries_and_tables() -> None:
    said = json.loads(CliRunner().invoke(app, ["versions", "--json"]).output)
    assert said["python"] == platform.python_version()
    assert said["libraries"]["pandas"] == pd.__version__
    digest = hashlib.sha256((ROOT / "data" / "events.csv").read_bytes()).hexdigest()
    assert said["tables"]["events"] == digest[:16]
    assert {path.stem for path in (ROOT / "data").glob("*.csv")} == set(said["tables"])
    lines = dict(line.split("\t") for line in CliRunner().invoke(app, ["versions"]).output.splitlines())
    assert lines["events.csv"] == digest[:16]
    assert lines["numpy"] == said["libraries"]["numpy"]


@pytest.mark.parametrize("words", [["cite", "events"], ["--help"]])
def test_reader_who_stops_reading_is_no_error(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *words], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_closed_output_is_no_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "cite", "events"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        check=False,
        preexec_fn=lambda: os.close(1),
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_list_of_data_sets_in_a_pipe_is_text_with_tabs() -> None:
    header, *rows = CliRunner().invoke(app, ["fetch", "--list"]).output.splitlines()
    assert header == "name\tmegabytes\tlicence\thash\task\ttitle"
    assert all(row.count("\t") == 5 for row in rows)


def test_bundled_table_passes_its_own_check() -> None:
    done = unrest("check", "data/casualties.csv", "--as", "casualties")
    assert done.returncode == 0
    assert "0 set aside" in done.stdout


def test_check_tells_what_the_file_is_and_what_to_look_at() -> None:
    done = unrest("check", "data/events.csv")
    assert done.returncode == 0
    assert done.stdout.startswith("events: ")
    assert "span: 2020-08-09 to 2021-01-28" in done.stdout
    assert "countries: KGZ 259, BLR 95" in done.stdout
    assert "gap:" not in done.stdout


def test_check_lists_dates_in_the_future(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type\nE1,2020-10-05,Protests\nE2,2999-10-05,Riots\n")
    done = unrest("check", str(mine))
    assert done.returncode == 0
    assert "dates in the future: 1 row is dated after today or after the day of the report (E2)" in done.stdout
    assert json.loads(unrest("check", str(mine), "--json").stdout)["dated_ahead"] == 1


def test_check_of_a_file_without_rows_says_so_and_exits_1(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type\n")
    done = unrest("check", str(mine))
    assert done.returncode == 1
    assert "events: 0 rows read" in done.stdout
    assert "note: " in done.stdout
    assert "there is a header and no row below it" in done.stdout


def test_check_prints_one_json_object(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type\nE1,2020-10-05,Protests\nE2,5 Oct,Riots\n")
    done = unrest("check", str(mine), "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["table"], said["formats"], said["rows_read"]) == ("events", ["unrest"], 2)
    assert said["problems"] == [
        {"file": str(mine), "line": 3, "column": "date", "value": "5 Oct", "demand": "a date as YYYY-MM-DD"}
    ]
    assert (said["first"], said["last"]) == ("2020-10-05", "2020-10-05")


def test_check_does_not_take_station_results_for_anything_else(tmp_path: pathlib.Path) -> None:
    codes = "DISTRICT CODE,EA CODE,SCOUNTY CODE,PARISH CODE,PS CODE,DISTRICT NAME,REGISTERED VOTERS"
    stations = tmp_path / "stations.csv"
    stations.write_text(f"The Commission,,,,,,,,,,\n{codes},VALID,INVALID,SPOILT,A\n")
    done = unrest("check", str(stations))
    assert done.returncode == 2
    assert "these are station results of uganda; use load_precincts" in done.stderr


def test_cite_prints_bibtex() -> None:
    done = unrest("cite", "form2", "--style", "bibtex")
    assert done.returncode == 0
    assert done.stdout.startswith("@misc{unrest-analysis,")


def test_codebook_is_checked() -> None:
    assert unrest("codebook", "--check").stdout.strip() == "codebook is up to date"


def test_calibration_prints_rates_as_csv() -> None:
    done = unrest("calibrate", "--runs", "2", "--stations", "200", "--only", "clean")
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header == "situation,test,runs,flagged,flagged_pct,low_pct,high_pct"
    assert all(row.startswith("clean,") for row in rows)
    assert len(rows) == 9


def test_unknown_situation_or_table_of_sums_is_named() -> None:
    done = unrest("calibrate", "--only", "stuffin", "--runs", "1")
    assert (done.returncode, done.stderr.strip()) == (2, "unrest: unknown situation 'stuffin'; did you mean stuffing?")
    done = unrest("aggregate", "station_band")
    assert done.returncode == 2
    assert "did you mean station_bands" in done.stderr


def test_sums_without_the_station_file_say_what_to_fetch(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ANALYSIS_DATA", raising=False)
    done = unrest("aggregate", "station_grid", "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "PARTIES_RESULTS_REACT" in done.stderr
    assert "ANALYSIS_DATA" in done.stderr
    assert not (tmp_path / "out").exists()


def test_panel_is_split_by_a_list_and_says_what_it_assumes(tmp_path: pathlib.Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("event_id,date,event_type,country_iso3\nA,2020-10-05,Riots,KGZ\nB,2020-12-05,Riots,KGZ\n")
    done = unrest("panel", str(mine), "--by", "country, event_type")
    assert done.returncode == 0
    assert [line[:21] for line in done.stdout.splitlines()] == [
        "country,event_type,pe",
        "KGZ,Riots,2020-10,1,,",
        "KGZ,Riots,2020-11,0,,",
        "KGZ,Riots,2020-12,1,,",
    ]
    assert done.stderr.strip().endswith("from 2020-10-01 to 2020-12-31; state it with --coverage")
    stated = ("--coverage", "2020-11-01", "2020-12-31", "-o", str(tmp_path / "panel.csv"))
    done = unrest("panel", str(mine), "--by", "country", "--by", "event_type", *stated)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "panel.csv"))
    assert done.stderr.startswith("unrest: 1 event not shown, in periods that are not covered")
    assert (tmp_path / "panel.csv").read_text().splitlines()[1] == "KGZ,Riots,2020-11,0,,,,,,"
