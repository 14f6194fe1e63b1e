"""What a result was made with: Python, this package, the libraries that compute, and the bytes of the tables."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from typing import Any

from analysis.bundled import data_folder
from analysis.schema import BUNDLED

PACKAGE = "unrest-analysis"
LIBRARIES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "ibis-framework", "duckdb")
HASH_LETTERS = 16


def versions() -> dict[str, Any]:
    """
    Tell what a result was made with.

    Returns
    -------
    dict
        `python`; `package`; `libraries`, name -> version; `tables`, name of each bundled table -> the first 16 hex
        digits of the SHA-256 of its file.

    Examples
    --------
    >>> sorted(versions())
    ['libraries', 'package', 'python', 'tables']
    """
    return {
        "python": platform.python_version(),
        "package": importlib.metadata.version(PACKAGE),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "tables": {name: table_hash(name) for name in BUNDLED},
    }


def table_hash(name: str) -> str:
    """
    Hash the file of a bundled table.

    Parameters
    ----------
    name : str
        Bundled table.

    Returns
    -------
    str
        The first 16 hex digits of its SHA-256.

    Examples
    --------
    >>> len(table_hash("events"))
    16
    """
    return hashlib.sha256((data_folder() / f"{name}.csv").read_bytes()).hexdigest()[:HASH_LETTERS]
