"""
Other publishers' files: one module per publisher, and a registry that tells them apart by their headers.

A module of this package is a publisher if it has `NAME` (the value of `format=`), `CITATION`, `detects` (headers ->
whether they are its own) and `precincts` (files -> one row per station and contestant). Adding a file adds a format.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any, Protocol, cast

import pandas as pd

from analysis.columns import DataError, problem
from analysis.options import known
from analysis.reading import header_of


class Publisher(Protocol):
    """
    What a publisher's module offers.

    Attributes
    ----------
    NAME, CITATION : str
        Value of `format=`, and how to cite the files.
    """

    NAME: str
    CITATION: str

    def detects(self, headers: dict[str, list[str]]) -> bool:
        """Whether files with these headers (file name -> cells) are this publisher's."""

    def precincts(self, files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
        """
        Read station files (file name -> content) as one row per station and contestant.

        Columns: `station_id`, `region`, `registered`, `issued`, `cast`, `valid`, `contestant`, `votes`, then the
        publisher's own; `flags`, if it has any, joins ids of what is odd about the station with ";".
        """


@functools.cache
def publishers() -> dict[str, Publisher]:
    """
    List the formats there are.

    Returns
    -------
    dict of str to module
        Value of `format=` -> publisher's module.

    Examples
    --------
    >>> publishers()["kloop"].CITATION[:5]
    'Kloop'
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules: list[Any] = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.NAME: cast(Publisher, module) for module in modules if hasattr(module, "NAME")}


def find(files: dict[str, bytes], format: str | None = None) -> Publisher:
    """
    Find the publisher whose files these are.

    Parameters
    ----------
    files : dict of str to bytes
        File name -> content, as `reading.contents` returns them.
    format : str, optional
        Name of the format; default: told by the headers.

    Returns
    -------
    module
        Of the publisher.

    Raises
    ------
    ValueError
        If there is no format of that name.
    DataError
        If no publisher, or more than one, knows the headers.

    Examples
    --------
    >>> find({}, "kloop").NAME
    'kloop'
    """
    if format is not None:
        return publishers()[known(format, publishers(), "format")]
    headers = {name: header_of(content) for name, content in files.items()}
    fitting = [publisher for publisher in publishers().values() if publisher.detects(headers)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(publisher.NAME for publisher in fitting)
    said = f"more than one format fits ({names}); name one with format=" if fitting else _unknown(headers)
    raise DataError(problem(", ".join(files) or "source", said))


def _unknown(headers: dict[str, list[str]]) -> str:
    found = next((", ".join(map(repr, cells[:8])) for cells in headers.values() if cells), "no header")
    return (
        f"no known format; the header begins {found}. Formats: unrest (this package's own columns), "
        f"{', '.join(publishers())}; name one with format="
    )
