"""Write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """
    Write a file so that a reader, or a second writer, never meets half of it.

    Parameters
    ----------
    path : Path
        File to write or replace; its folder is made if it does not exist.
    content : bytes

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        If the folder cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
