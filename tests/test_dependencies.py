"""What the project imports is what it declares, and each floor it declares is a version that was tested."""

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
EXTRAS = [Requirement(line) for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
DEV = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
NOT_IMPORTED = {"jupyterlab", "tzdata"}  # opened by the reader of a notebook; read as files


def pins(name: str) -> dict[str, Version]:
    """Read the version of each package in a list of pins."""
    rows = (line.split(" ;")[0].split("==") for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(package): Version(version) for package, version in rows}


def floor(requirement: Requirement) -> Version:
    return next(Version(part.version) for part in requirement.specifier if part.operator == ">=")


def imports(folder: Path) -> set[str]:
    """List what the files of a folder import from neither Python nor the project, anywhere in them."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).split(".")[0])
    ours = {"analysis", "tests"} | {path.stem for path in (ROOT / "tests").rglob("*")}
    return names - ours - set(sys.stdlib_module_names)


def packages(module: str) -> set[str]:
    """Name the installed packages that bring a module."""
    return {canonicalize_name(name) for name in metadata.packages_distributions().get(module, [])}


def brought(requirement: Requirement) -> set[str]:
    """Name a required package, and those that its extras add to it."""
    added = (Requirement(line) for line in metadata.requires(requirement.name) or [])
    return {canonicalize_name(requirement.name)} | {
        canonicalize_name(needed.name)
        for needed in added
        for extra in requirement.extras
        if needed.marker and needed.marker.evaluate({"extra": extra}) and not needed.marker.evaluate({"extra": ""})
    }


def test_the_library_imports_exactly_what_it_declares() -> None:
    used = {module: packages(module) for module in imports(ROOT / "analysis")}
    assert all(len(found) == 1 for found in used.values()), used
    declared = {canonicalize_name(requirement.name) for requirement in NEEDED}
    assert set().union(*used.values()) == declared - NOT_IMPORTED


def test_what_the_tests_import_is_declared() -> None:
    declared = set().union(*map(brought, NEEDED + DEV))
    assert [module for module in sorted(imports(ROOT / "tests")) if not packages(module) & declared] == []


@pytest.mark.parametrize("requirements", [NEEDED, DEV], ids=["needed", "dev"])
def test_dependencies_are_listed_by_name(requirements: list[Requirement]) -> None:
    names = [requirement.name for requirement in requirements]
    assert names == sorted(set(names))


@pytest.mark.parametrize("requirement", NEEDED, ids=lambda requirement: requirement.name)
def test_each_floor_is_the_version_of_the_oldest_environment(requirement: Requirement) -> None:
    assert pins("tests/oldest.txt")[canonicalize_name(requirement.name)] == floor(requirement)


@pytest.mark.parametrize("name", ["requirements.lock", "tests/oldest.txt"])
def test_pinned_versions_are_within_the_declared_ranges(name: str) -> None:
    pinned = pins(name)
    for requirement in NEEDED + EXTRAS + DEV:
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement
    newest = pins("requirements.lock")
    assert all(pinned[package] <= newest[package] for package in pinned.keys() & newest.keys())


def test_oldest_python_is_the_one_required_and_all_are_named() -> None:
    named = [row.split(" :: ")[-1] for row in PROJECT["project"]["classifiers"] if "Python :: 3." in row]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    assert named == sorted(named, key=Version)
    assert f"OLDEST_PYTHON ?= python{named[0]}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
