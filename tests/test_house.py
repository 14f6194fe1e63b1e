"""The house rules, as tests: imports go down, names are documented, nothing private is in the files."""

import ast
import importlib
import inspect
import pathlib
import re
import subprocess
import sys

import pytest

import analysis
from analysis import figures
from analysis.schema import TABLES

ROOT = pathlib.Path(__file__).parent.parent
FLOORS = [
    ["options", "columns", "writing", "told"],
    ["countries", "designs"],
    ["schema"],
    ["reading"],
    ["bundled"],
    ["states"],
    ["formats"],
    ["catalog"],
    ["as_of"],
    ["choosing"],
    ["tables"],
    ["context", "precincts", "survey"],
    ["checking", "citing", "codebook", "versions"],
    ["crisis"],
    ["new_case"],
    ["events", "casualties", "elections", "forensics", "panel"],
    ["dynamics"],
    ["comparison"],
    ["forecast"],
    ["charts"],
    ["aggregates", "figures"],
    ["interactive"],
    ["notebooks"],
    ["report"],
    ["terminal"],
    ["__main__"],
]
BETWEEN_THE_DOORS = {"events", "casualties", "elections", "forensics", "dynamics", "comparison", "forecast", "charts"}
DOORS = {
    "tables",
    "context",
    "precincts",
    "reading",
    "formats",
    "catalog",
    "checking",
    "figures",
    "aggregates",
    "codebook",
    "citing",
    "crisis",
    "new_case",
}


def modules() -> dict[str, pathlib.Path]:
    return {
        ".".join(path.relative_to(ROOT / "analysis").with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / "analysis").rglob("*.py"))
    }


def imported(path: pathlib.Path) -> set[str]:
    """Modules of the package that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            names.add(node.module.removeprefix("analysis."))
    return names


def floor(module: str) -> int:
    return next(level for level, names in enumerate(FLOORS) if module.split(".")[0] in names)


@pytest.mark.parametrize("module", [name for name in modules() if name != "__init__"])
def test_imports_go_down(module: str) -> None:
    inside = module.split(".")[0]
    for name in imported(modules()[module]):
        if name.split(".")[0] == inside:
            continue
        assert floor(name) < floor(module), f"{module} imports {name}"


@pytest.mark.parametrize("module", [name for name in modules() if name.split(".")[0] in BETWEEN_THE_DOORS])
def test_between_the_doors_nothing_reads_or_writes(module: str) -> None:
    assert not {name.split(".")[0] for name in imported(modules()[module])} & DOORS
    text = modules()[module].read_text(encoding="utf-8")
    assert not re.search(r"\bopen\(|read_csv|read_text|write_text|savefig\(|\.today\(|\.now\(|np\.random\.", text)


def test_only_figures_write_figures_and_only_reading_opens_tables() -> None:
    for name, path in modules().items():
        text = path.read_text(encoding="utf-8")
        assert ("savefig(" in text) == (name == "figures"), name
        assert not re.search(r"read_(parquet|excel|csv)\(", text) or name.split(".")[0] == "reading", name


def test_no_print_assert_or_bare_except_in_the_library() -> None:
    for name, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Assert), name
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                assert name in {"__main__", "terminal"}


PUBLIC = (
    "tables",
    "context",
    "precincts",
    "panel",
    "states",
    "survey",
    "catalog",
    "checking",
    "citing",
    "crisis",
    "new_case",
    "codebook",
    "versions",
    "bundled",
    "schema",
    "reading",
    "formats",
    "events",
    "casualties",
    "elections",
    "forensics",
    "dynamics",
    "comparison",
    "forecast",
    "charts",
    "interactive",
    "report",
)
WITHOUT_EXAMPLE = {"tables.on_local_clock", "tables.complete"}  # what loaders share
BRIEF = {"bundled", "charts", "codebook", "reading"}  # short functions, which may leave a heading out


def public_things() -> dict[str, object]:
    """Give every function and class that is a public name, by module and name."""
    found = {}
    for module in PUBLIC:
        loaded = importlib.import_module(f"analysis.{module}")
        listed = {name: getattr(loaded, name) for name in getattr(loaded, "__all__", vars(loaded))}
        found |= {
            f"{module}.{name}": thing
            for name, thing in listed.items()
            if not name.startswith("_")
            and (inspect.isfunction(thing) or (inspect.isclass(thing) and "." not in thing.__qualname__))
            and thing.__module__.startswith(loaded.__name__)
        }
    return found


THINGS = public_things()


def has_examples(thing: object) -> bool:
    _, found, shown = (inspect.getdoc(thing) or "").partition("Examples\n--------\n")
    return bool(found) and ">>> " in shown


def annotated(thing: object) -> str:
    """What a function returns, or a result holds, as its annotations say."""
    if inspect.isfunction(thing):
        return str(inspect.signature(thing).return_annotation)
    return " ".join(map(str, inspect.get_annotations(thing).values()))


def drawn_by_figures() -> set[str]:
    """Names of the charts that published figures call."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "analysis/figures").glob("*.py"))
    return set(re.findall(r"\b(?:charts|style)\.(\w+)\(", text))


def shown_by_examples() -> set[str]:
    """
    Give the public names that a runnable example shows.

    A name has an example of its own; or it is a class, and a name of its package that is shown returns or holds it; or
    it is a chart, and a published figure draws it.
    """
    shown = {name for name, thing in THINGS.items() if has_examples(thing)}
    shown |= {f"charts.{name}" for name in drawn_by_figures()}
    while True:
        more = {
            name
            for name, thing in THINGS.items()
            if name not in shown and inspect.isclass(thing)
            for other in shown & THINGS.keys()
            if other.split(".")[0] == name.split(".")[0]
            and re.search(rf"\b{thing.__name__}\b", annotated(THINGS[other]))
        }
        if not more:
            return shown
        shown |= more


SHOWN = shown_by_examples()


@pytest.mark.parametrize("name", THINGS)
def test_public_name_is_documented_and_shown_by_a_runnable_example(name: str) -> None:
    thing, text = THINGS[name], inspect.getdoc(THINGS[name])
    assert text
    assert name in SHOWN or name in WITHOUT_EXAMPLE, "write an example, or one for the function that returns it"
    if inspect.isfunction(thing) and name.split(".")[0] not in BRIEF and name not in WITHOUT_EXAMPLE:
        assert has_examples(thing)
        assert "Returns\n-------" in text
        if inspect.signature(thing).parameters:
            assert "Parameters\n----------" in text


def test_every_name_of_the_package_is_among_those_that_are_shown() -> None:
    names = {name.split(".")[1] for name in THINGS}
    packages = {name for name in analysis.__all__ if inspect.ismodule(getattr(analysis, name))}
    assert set(analysis.__all__) - packages - {"DataError"} <= names
    assert has_examples(analysis.DataError)
    assert packages - {"figures"} <= set(PUBLIC)  # a figure is an example: it needs no arguments
    for figure in figures.__all__:
        needed = inspect.signature(getattr(figures, figure)).parameters.values()
        assert all(one.default is not inspect.Parameter.empty for one in needed), figure


def test_every_public_name_can_be_imported() -> None:
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None


def test_package_costs_nothing_until_used() -> None:
    code = "import sys, analysis; sys.exit(any(name in sys.modules for name in ('pandas', 'matplotlib', 'pandera')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_readme_shows_every_figure_notebook_table_and_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in figures.__all__:
        assert f"notebooks/figures/{name}.svg" in readme, name
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{path.name}" in readme, path.name
    for name in TABLES:
        assert f"`{name}`" in readme, name
    commands = re.findall(r"^@app\.command\(.*\)\ndef (\w+)", (ROOT / "analysis/__main__.py").read_text(), flags=re.M)
    assert commands
    for name in commands:
        assert f"unrest {name}" in readme, name


def test_committed_figures_are_those_of_the_module() -> None:
    files = {f"{name}.svg" for name in figures.__all__}
    assert {path.name for path in (ROOT / "notebooks/figures").iterdir()} == files | {"manifest.json"}


def tracked_files() -> list[pathlib.Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("pins", ["requirements.lock", "tests/oldest.txt"])
def test_pins_name_versions_and_no_addresses(pins: str) -> None:
    for line in (ROOT / pins).read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[\w,]+\])?==[^\s;]+( ; .+)?", line), line


def test_no_machine_path_in_any_file() -> None:
    private = re.compile(rb"/(home|Users|root|work|tmp)/\w")
    for path in tracked_files():
        if path.suffix in {".py", ".md", ".toml", ".cff", ".ipynb", ".svg", ".json", ".csv", ".lock"}:
            found = private.search(re.sub(rb"https?://\S+", b"", path.read_bytes()))
            assert found is None, (path.name, found)
