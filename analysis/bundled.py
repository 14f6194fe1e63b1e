"""Where the bundled tables are."""

from __future__ import annotations

from pathlib import Path


def data_folder() -> Path:
    """Folder of the bundled tables: inside the package once installed, beside it in a checkout."""
    installed = Path(__file__).parent / "data"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "data"
