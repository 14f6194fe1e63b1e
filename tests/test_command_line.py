"""The command line, as a user types it: output, exit codes, and no traceback for bad input."""

import json
import pathlib
import subprocess
import sys

import pytest

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
