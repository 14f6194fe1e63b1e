"""Shared fixtures."""

import json
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import settings

mpl.use("agg")
ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture
def root() -> Path:
    """Folder of the checkout."""
    return ROOT


@pytest.fixture
def shared() -> Path:
    """Folder of other publishers' files, which are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("the publishers' files (../shared) are not here")
    return SHARED


@pytest.fixture
def under_the_lock() -> None:
    """The libraries that draw are those of the lock: under others the same picture has other bytes."""
    drawn = json.loads((ROOT / "notebooks/figures/manifest.json").read_text(encoding="utf-8"))["figures"]
    names = {name for figure in drawn.values() for name in figure["libraries"]}
    pins = (line.split(" ;")[0].split("==") for line in (ROOT / "requirements.lock").read_text().splitlines())
    others = [f"{name} {version(name)}" for name, locked in pins if name in names and version(name) != locked]
    if others:
        pytest.skip(f"the lock has other versions than {', '.join(others)}")


# The same examples in every run, however slow the machine: a failure is a change of ours.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
