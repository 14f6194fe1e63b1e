"""Shared fixtures."""

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


# The same examples in every run, however slow the machine: a failure is a change of ours.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
