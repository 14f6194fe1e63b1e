"""What the README shows is run as it stands there, on invented files of the names it uses."""

import functools
import http.server
import pathlib
import re
import shlex
import shutil
import threading
from collections.abc import Iterator

import pandas as pd
import pytest
from test_new_case import LEBANON, filled
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.formats.examples import example

README = (pathlib.Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README.split("## Four recipes")[0], flags=re.S)
ELSEWHERE = ("ibis.bigquery", "pyspark")  # need an account or a cluster: `test_panel_engines.py` has both
COMMANDS = re.findall(r"^unrest ([^#\n]*)|`unrest ([^`]+)`", README, flags=re.M)
FETCHES = ("fetch ucdp", "fetch acled")  # need the network, and an account
TESTED = ("figures --check", "report", "notebooks", "codebook", "aggregate", "calibrate")  # in files of their own
CONFLICT = {
    "conflict_id": "901", "location": "India", "side_a": "Government of A", "side_b": "Group B", "incompatibility": "1",
    "year": "1999", "intensity_level": "2", "cumulative_intensity": "1", "type_of_conflict": "3", "gwno_loc": "750",
    "start_date": "1965-08-05", "start_prec": "1", "start_date2": "1999-05-08", "start_prec2": "2", "ep_end": "0",
    "version": "21.1",
}  # fmt: skip
SPELL = {
    "obsid": "KYR-1990", "leadid": "u-1", "ccode": 703, "idacr": "KYR", "leader": "Ruler A", "startdate": "1990-10-27",
    "eindate": "", "enddate": "2005-03-25", "eoutdate": "", "entry": "Regular", "exit": "Irregular",
    "exitcode": "Popular Protest", "prevtimesinoffice": 0, "gender": "M", "yrborn": 1944,
}  # fmt: skip


def acled(**options: bool) -> str:
    return example("acled", **options).read().decode()


@pytest.fixture
def files(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Stand in a folder of files that a user could have, under the names of the README."""
    rows = acled().replace(",674,San Marino,", ",112,Belarus,").splitlines(keepends=True)
    abroad = [line.replace(",112,Belarus,", ",268,Georgia,") for line in rows[20:]]
    (tmp_path / "my_acled_export.csv").write_text("".join([*rows[:20], *abroad]), encoding="utf-8")
    (tmp_path / "my_export.csv").write_text(acled(), encoding="utf-8")
    (tmp_path / "my_ucdp_folder").mkdir()
    pd.DataFrame([CONFLICT]).to_csv(tmp_path / "my_ucdp_folder/ucdp-prio-acd-211.csv", index=False)
    pd.DataFrame([SPELL]).to_stata(tmp_path / "my_archigos.dta", write_index=False)
    days = pd.date_range("2019-01-07", "2021-12-26", freq="3D")
    days = days.append(days[days >= "2020-08-09"])  # twice as many after the vote
    pd.DataFrame({"when": days, "province": "North"}).to_csv(tmp_path / "my_events.csv", index=False)
    filled(tmp_path / "lebanon_2019", LEBANON)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def address(files: pathlib.Path) -> Iterator[str]:
    """Serve the folder on this machine alone."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(files))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_python_of_the_readme_runs(block: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = compile(block.replace("https://example.org/", address), "README.md", "exec")
    if any(name in block for name in ELSEWHERE):
        return
    names: dict[str, object] = {}
    exec(code, names)
    frames = {name: value for name, value in names.items() if isinstance(value, pd.DataFrame)}
    assert frames
    for name, frame in frames.items():
        assert len(frame), name
    if "my_leaders" in names:
        assert sorted(names["my_events"]["country_iso3"].unique()) == ["BLR", "GEO"]
        assert names["my_wars"]["country_iso3"].tolist() == ["IND"]
        assert names["my_leaders"]["leader"].tolist() == ["Ruler A"]
    if "my_table" in names:
        assert "rate x 1.93 (95% interval 1.68 to 2.22" in capsys.readouterr().out
    if "my_weeks" in names:
        assert names["my_weeks"]["events"].sum() == 2, "those with deaths"


def test_only_blocks_for_other_engines_are_not_run() -> None:
    assert sum(any(name in block for name in ELSEWHERE) for block in BLOCKS) == 2
    assert len(BLOCKS) >= 7


def test_check_says_what_the_readme_says(files: pathlib.Path) -> None:
    (files / "my_export.csv").write_text(acled(faulty=True), encoding="utf-8")
    command, shown = re.search(r"```\n\$ unrest (check .*?)\n(.*?)```", README, flags=re.S).groups()
    said = CliRunner().invoke(app, shlex.split(command))
    assert said.exit_code == 1
    assert said.output.startswith(shown)


def commands() -> list[str]:
    """Commands with their arguments, but those that need the network or are tested elsewhere."""
    found = sorted({(block or inline).strip() for block, inline in COMMANDS})
    return [command for command in found if " " in command and not command.startswith((*FETCHES, *TESTED))]


@pytest.mark.parametrize("command", commands())
def test_command_of_the_readme_runs(command: str, files: pathlib.Path) -> None:
    if command.startswith("new "):
        shutil.rmtree(files / "lebanon_2019")
    before = set(files.iterdir())
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code == 0, done.output
    written = set(files.iterdir()) - before
    assert done.stdout.strip() or written
    if " -o " in command:
        assert [path.name for path in written] == [command.rsplit(" -o ")[1]]


def test_commands_are_found() -> None:
    assert {command.split()[0] for command in commands()} == {
        "briefing",
        "check",
        "cite",
        "fetch",
        "figures",
        "new",
        "panel",
        "versions",
    }
