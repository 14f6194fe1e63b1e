"""What a figure was made from: the tables it read, the libraries that computed it, and the line that says so."""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib.metadata
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import ParamSpec

from matplotlib.figure import Figure

from analysis.bundled import tables_read
from analysis.charts import style
from analysis.versions import HASH_LETTERS, LIBRARIES, PACKAGE

ALSO_COMPUTE = ("esda", "firthmodels", "libpysal", "scoringrules", "spreg")
DATA_LETTERS = 8

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Made:
    """
    What a figure was made from.

    Attributes
    ----------
    tables : dict of str to str
        Each table it read -> the first 16 hex digits of the SHA-256 of its file. A table of your own is named with its
        folder, such as "lebanon_2019/events".
    published : str
        When the latest source that rows of these tables cite was published; empty if they cite none.
    package : str
        Version of this package.
    libraries : dict of str to str
        Libraries that compute or draw -> version. Python is not among them: the same bytes come from each.
    """

    tables: dict[str, str]
    published: str
    package: str
    libraries: dict[str, str]

    @property
    def data(self) -> str:
        """Eight hex digits that stand for all tables read: of the SHA-256 of their names and hashes."""
        return _sha256(repr(sorted(self.tables.items())).encode())[:DATA_LETTERS]

    def line(self) -> str:
        """Say it in one line, as it stands under the figure. The date is that of whole tables, not of what is drawn."""
        if not self.tables:
            return f"{PACKAGE} {self.package}, no tables read"
        latest = f", latest source {self.published}" if self.published else ""
        return f"Data {self.data}: whole tables {', '.join(sorted(self.tables))}{latest}; {PACKAGE} {self.package}"


def made_from(read: Mapping[str, bytes]) -> Made:
    """
    Tell what a figure was made from.

    Parameters
    ----------
    read : mapping of str to bytes
        Tables that were read, as `bundled.tables_read` collects them.

    Returns
    -------
    Made
    """
    cited = {
        one for content in read.values() for row in rows(content) for one in (row.get("source_ids") or "").split(";")
    }
    dated = {
        row.get("source_id"): row.get("published") or ""
        for name, content in read.items()
        if PurePath(name).name == "sources"
        for row in rows(content)
    }
    return Made(
        tables={name: _sha256(content)[:HASH_LETTERS] for name, content in sorted(read.items())},
        published=max((dated.get(one, "")[:10] for one in cited), default=""),
        package=importlib.metadata.version(PACKAGE),
        libraries={name: importlib.metadata.version(name) for name in sorted((*LIBRARIES, *ALSO_COMPUTE))},
    )


def rows(content: bytes) -> list[dict[str, str]]:
    """Read the cells of a table as they are written."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))


def published(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Make a function that loads, computes and draws also say at the foot of the figure what it was made from."""

    @functools.wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with tables_read() as read:
            figure = draw(*args, **kwargs)
        with style.style():
            style.footline(figure, made_from(read).line())
        return figure

    return drawn


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
