"""The benchmarks run, and their table says what was asked: never how fast, which depends on the machine."""

import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.__main__ import SUBJECTS, main
from benchmarks.measuring import Row, fresh, grown
from benchmarks.results import HEAD, cells, machine, markdown, page

ASKED = {
    ("import analysis", "import pandas"),
    ("load_events, every cell checked", "pandas read_csv, nothing checked"),
    ("unrest figures, all", ""),
    ("timeline, and reconcile each episode", "plain pandas loop: one rule, no reasons"),
    ("multiple_systems, 3 lists, all hierarchical models", "one GLM of statsmodels, so many times"),
    ("integer_peaks", "Monte Carlo of 2 draws"),
    ("forensics.report, all tests", ""),
    ("calibrate, a tenth of 1,000 elections", ""),
    *(
        ("event_panel by country, type and month, file of ACLED's shape", rival)
        for rival in ("", "DuckDB, plain SQL", "Polars, lazy", "pandas", "DuckDB, such checks")
    ),
    ("event_panel by country, type and month, file of GDELT's shape", "DuckDB, plain SQL"),
    ("change_points, Gaussian, 0 to 5 breaks", "ruptures KernelCPD (C), 4 breaks"),
    ("fit_hawkes with standard errors", "hawkesbook exp_mle, without"),
    ("fit_hawkes_counts with standard errors", ""),
    ("backtest of the cases, 5 models", ""),
    ("the same", "plain loop, 4 baselines, one window"),
}


def broken(quick: bool) -> Iterator[Row]:
    yield Row("first", seconds=1.0)
    raise RuntimeError("no\nengine | here")


def well(quick: bool) -> Iterator[Row]:
    yield Row("slow", 10, "rows", 4.0, "fast", 2.0, peak_mb=50, goals={"ratio": 1.3, "peak_mb": 100, "growth": 1.1})


@pytest.fixture
def subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.__main__.SUBJECTS", ("broken", "well"))
    for rows in (broken, well):
        monkeypatch.setitem(sys.modules, f"benchmarks.{rows.__name__}", types.SimpleNamespace(rows=rows))


def test_quick_look_makes_the_whole_table(root: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.benchmarks", "--quick", "-o", str(tmp_path / "RESULTS.md")]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert tuple(head) == HEAD
    table = [dict(zip(HEAD, row, strict=True)) for row in rows]
    assert {(row["what"], row["beside"]) for row in table} >= ASKED
    assert all(float(row["seconds"].replace(",", "")) > 0 for row in table)
    assert all(bool(row["beside"]) == bool(row["its seconds"]) == bool(row["ratio"]) for row in table)
    assert sum(bool(row["growth"]) for row in table) >= 6
    assert all("missed" in row["goal"] or "met" in row["goal"] for row in table if row["goal"])
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert done.stdout in written
    assert "the figures mean nothing" in written
    assert all(re.search(rf"\b{name} \d", written) for name in ("Python", "pandas", "duckdb", "polars", "ruptures"))
    assert machine() in written
    assert str(root) not in written


def test_subject_that_fails_loses_neither_its_rows_nor_the_others(
    subjects: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in printed[2:]] == ["first", "broken", "slow"]
    assert printed[3].endswith(r"| failed: RuntimeError: no engine \| here |")


def test_missed_goal_is_said_and_fails_nothing(subjects: None, tmp_path: Path) -> None:
    assert main(["well", "-o", str(tmp_path / "page.md")]) == 0
    (row,) = well(quick=True)
    assert cells(row)[2:7] == ["4", "fast", "2", "2", "50"]
    assert cells(row)[-1] == "ratio at most 1.3: missed; peak MB at most 100: met; growth at most 1.1: missed"
    missed = (tmp_path / "page.md").read_text(encoding="utf-8").partition("## Goals missed\n\n")[2]
    assert missed.startswith("- slow 10 rows beside fast: ratio 2, goal at most 1.3\n- slow 10 rows")
    assert page([Row("fine", seconds=1.0, goals={"seconds": 1})], 60, quick=False).endswith(
        "## Goals missed\n\nNone.\n"
    )


def test_unknown_subject_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["speed"])
    assert f"unknown subject speed; there are {', '.join(SUBJECTS)}" in capsys.readouterr().err


def test_growth_is_the_power_of_the_size() -> None:
    first, second, third = grown([Row("", 10, "", 1.0), Row("", 20, "", 4.0), Row("", 200, "", 40.0)], growth=1.1)
    assert first.growth is None
    assert (second.growth, third.growth) == pytest.approx((2, 1))
    assert (list(second.missed), list(third.missed)) == (["growth"], [])


def test_process_of_its_own_tells_time_memory_and_answer_or_why_it_failed() -> None:
    found = fresh("import time; imported(); time.sleep(0.2); held = b'x' * 30_000_000; answer = len(held)", quick=False)
    assert found.answer == 30_000_000
    assert found.seconds >= 0.2
    assert found.peak_mb > 30
    with pytest.raises(RuntimeError, match="NameError: name 'nobody' is not defined"):
        fresh("imported(); answer = nobody", quick=False)


def test_memory_of_a_process_is_its_own_and_not_that_of_who_started_it() -> None:
    held = bytearray(1_000_000_000)
    held[::4096] = b"\1" * len(held[::4096])
    assert fresh("imported(); answer = 1", quick=False).peak_mb < 500


def test_head_and_cells_of_markdown_agree() -> None:
    assert [line.count(" | ") for line in markdown([Row("a")]).splitlines()] == [len(HEAD) - 1] * 3
