"""The four recipes of the README, followed to the letter in a copy of the checkout."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from analysis import forecast

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES = dict(
    re.findall(
        r"^\*\*A (\w+)\*\* (.*?)(?=^\*\*A |\Z)", README.split("## Four recipes")[1].split("\n## ")[0], re.S | re.M
    )
)
DIARY = """No,When,State,Square,Crowd
SW1,2024-03-04,SM,Old Market,about 200
SW2,2024-03-05,SM,Old Market,
SW3,2024-03-17,SM,Station,hundreds
"""


def files_of(recipe: str) -> dict[str, str]:
    """Each file that a recipe shows, by the path that stands before its block."""
    return dict(re.findall(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```", RECIPES[recipe], flags=re.S))


def copy_of_the_checkout(folder: pathlib.Path, recipe: str) -> pathlib.Path:
    """Copy what a recipe needs, and write its files."""
    for name in ("analysis", "data", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, content in files_of(recipe).items():
        assert not (folder / path).exists(), f"{path} is there already; the recipe needs another example"
        (folder / path).write_text(content, encoding="utf-8")
    return folder


def run(folder: pathlib.Path, *words: str) -> str:
    """Run a Python of this environment on the copy; return what it said."""
    environment = os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def proved_by(folder: pathlib.Path, *words: str) -> str:
    return run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *words)


def name_in(path: pathlib.Path, listed: str, entry: str, imported: str) -> None:
    """Import a name at the head of a module, and enter it at the head of a list in it."""
    text = path.read_text(encoding="utf-8")
    assert text.count(listed) == 1
    first = re.search(r"^from analysis", text, flags=re.M).start()
    text = f"{text[:first]}{imported}\n{text[first:]}".replace(listed, f"{listed}\n    {entry},")
    path.write_text(text, encoding="utf-8")


def test_every_recipe_is_there_once() -> None:
    assert list(RECIPES) == ["table", "format", "figure", "model"]
    assert [list(files_of(recipe)) for recipe in RECIPES] == [
        ["analysis/schema/curfews.py", "data/curfews.csv"],
        ["analysis/formats/square_watch.py"],
        ["analysis/charts/turnout.py", "analysis/figures/turnout.py"],
        [],
    ]


def test_files_of_the_recipes_are_in_the_style_of_the_house(tmp_path: pathlib.Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for recipe in RECIPES:
        for path, content in files_of(recipe).items():
            if path.endswith(".py"):
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_text(content, encoding="utf-8")
    run(tmp_path, "-m", "ruff", "check", "--no-cache", "--config", "lint.isort.known-first-party = ['analysis']", ".")
    run(tmp_path, "-m", "ruff", "format", "--no-cache", "--check", ".")


def test_recipe_of_a_table(tmp_path: pathlib.Path) -> None:
    folder = copy_of_the_checkout(tmp_path / "checkout", "table")
    registry = folder / "analysis/schema/__init__.py"
    name_in(registry, "    for table in (", "CURFEWS", "from analysis.schema.curfews import CURFEWS")
    said = run(folder, "-m", "analysis", "codebook")
    assert said.split() == [str(folder / "data" / name) for name in ("README.md", "datapackage.json")]
    assert "## curfews\n\nCurfews. One row per order and region. 2 rows; key: `region`, `start`." in (
        folder / "data/README.md"
    ).read_text(encoding="utf-8")
    assert '"path": "curfews.csv"' in (folder / "data/datapackage.json").read_text(encoding="utf-8")
    code = """
from analysis import cite, dictionary, load_table
print(*load_table("curfews")["begins"], *dictionary("curfews")["column"])
print("URDU-1055608" in cite("curfews", style="bibtex"))
"""
    shown, cited = run(folder, "-c", code).splitlines()
    assert shown.split() == ["21:00", "22:00", "region", "start", "begins", "source_ids"]
    assert cited == "True"
    whole = "curfews or source or codebook or history"
    assert " passed" in proved_by(folder, "tests/test_data.py", "-k", whole)


def test_recipe_of_a_format(tmp_path: pathlib.Path) -> None:
    folder = copy_of_the_checkout(tmp_path / "checkout", "format")
    (folder / "diary.csv").write_text(DIARY, encoding="utf-8")
    code = """
from analysis import check, event_panel, load_events
events = load_events("diary.csv")
print(*events["event_id"], *events["country_iso3"].unique(), events["size_best"].tolist(), events["size_low"].tolist())
print(check("diary.csv").summary().splitlines()[0])
print(*check("damaged.csv").problems[["line", "column", "value"]].iloc[0])
weeks = event_panel("diary.csv", by="location", freq="W", coverage=("2024-03-04", "2024-03-17"))
print(weeks["events"].tolist())
"""
    (folder / "damaged.csv").write_text(DIARY.replace("2024-03-05", "2024-02-30"), encoding="utf-8")
    ids, checked, bad, counted = run(folder, "-c", code).splitlines()
    assert ids == "SW1 SW2 SW3 SMR [200, <NA>, <NA>] [<NA>, <NA>, 200]"
    assert checked == "events (square_watch): 3 rows read, 3 good, 0 set aside"
    assert bad == "3 When 2024-02-30"
    assert counted == "[2, 0, 0, 1]"


def test_recipe_of_a_figure(tmp_path: pathlib.Path) -> None:
    folder = copy_of_the_checkout(tmp_path / "checkout", "figure")
    registry = folder / "analysis/figures/__init__.py"
    name_in(registry, "__all__ = [", '"early_voting"', "from analysis.figures.turnout import early_voting")
    run(folder, "-m", "analysis", "figures", "early_voting", "-o", "drawn")
    assert sorted(path.name for path in (folder / "drawn").iterdir()) == ["early_voting.svg", "manifest.json"]
    assert "Up to 43% were said to have voted" in (folder / "drawn/early_voting.svg").read_text(encoding="utf-8")
    run(folder, "-m", "analysis", "figures", "early_voting", "--check", "-o", "drawn")
    assert "6 passed" in proved_by(folder, "tests/test_figures.py", "-k", "early_voting")


def test_recipe_of_a_model() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", RECIPES["model"], flags=re.S)
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert isinstance(names["DisputedAlike"](), forecast.CaseModel)
    scores = names["tested"].scores
    assert len(scores) == 5
    mine, plain = (scores.loc[name] for name in ("disputed alike", "base rate"))
    assert mine["brier"] != plain["brier"]
    rows = pd.DataFrame({"disputed": [True, True, False, True]})
    learnt = names["DisputedAlike"]().fit(rows, pd.Series([1.0, 0.0, 0.0, 1.0]))
    assert learnt.predict(rows).tolist() == pytest.approx([2 / 3, 2 / 3, 0, 2 / 3])
