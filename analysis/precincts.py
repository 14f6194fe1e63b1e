"""Load station results, which may not be bundled: from the catalog, from a publisher's file, or the user's own."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import catalog, formats
from analysis.formats.flags import flagged
from analysis.options import known
from analysis.reading import Held, contents, header_of
from analysis.schema import PRECINCTS
from analysis.tables import complete


def load_precincts(
    election: str = "KGZ-2020-10-04-PARL", *, source: Any = None, format: str | None = None, count: str = "hand"
) -> pd.DataFrame:
    """
    Load station results, one row per polling station and contestant.

    They are not bundled, because their publishers do not allow it: without `source`, they are fetched once from
    where they were published (`catalog.fetch`). Every station stays in, whatever is odd about it.

    Parameters
    ----------
    election : str
        Election id, used without `source`; `catalog.listing()` shows for which elections there are station results.
    source : path, folder, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file, in the columns of `dictionary("precincts")` or as its publisher wrote it; a zip is read as the
        files in it, and a publisher's election may be several files.
    format : str, optional
        "unrest" for the columns of this package, or the publisher: kloop, russia, bolivia, israel, uganda, bulgaria.
        Default: told by the header.
    count : str
        Whose count, where a publisher has several: "hand" or "machine".

    Returns
    -------
    DataFrame, shape (n_stations * n_contestants, >= 10)
        `station_id`, `region`, `registered`, `issued`, `cast`, `valid`, `contestant`, `votes`, `flags`,
        `source_ids`, then the publisher's own columns. Counts are nullable integers, missing where not stated;
        `flags` names what is odd about the station (`dictionary("precincts")`).

    Raises
    ------
    DatasetUnavailable
        If the files are neither here nor can be fetched; it says which, from where, and where to put them.
    DataError
        If a cell does not fit, a station names a contestant twice, or the format is not known.
    ValueError
        If an option is not understood or the catalog has no such election.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis import load_precincts
    >>> mine = {"station_id": ["1", "1", "2"], "contestant": ["A", "B", "A"], "votes": [60, 35, 40],
    ...         "registered": [90, 90, 80], "cast": [95, 95, 40]}
    >>> load_precincts(source=pd.DataFrame(mine))["flags"].tolist()
    ['turnout_above_100', 'turnout_above_100', nan]
    """
    if source is None:
        entry = catalog.of_election(election)
        paths = catalog.fetch(entry.name, entry.elections[election]).values()
        return _published(contents(list(paths)), format or entry.format, count)
    if any(isinstance(item, pd.DataFrame) for item in (source if isinstance(source, (list, tuple)) else [source])):
        return _own_precincts(source, format, count)
    files = contents(source)
    if format == formats.OWN or (format is None and all(map(_is_own, files.values()))):
        return _own_precincts([Held(name, content) for name, content in files.items()], format, count)
    return _published(files, format, count)


def _published(files: dict[str, bytes], format: str | None, count: str) -> pd.DataFrame:
    """Station results as their publisher's adapter reads them."""
    rows = flagged(formats.find(files, format).precincts(files, count=count), ", ".join(files))
    absent = [name for name in PRECINCTS.columns if name not in rows]
    rows = rows.assign(**dict.fromkeys(absent, pd.Series(None, index=rows.index, dtype="str")))
    return rows[[*PRECINCTS.columns, *(name for name in rows if name not in PRECINCTS.columns)]]


def _own_precincts(source: Any, format: str | None, count: str) -> pd.DataFrame:
    """Station results in the columns of this package."""
    known(format or formats.OWN, [formats.OWN], "format of a DataFrame")
    known(count, ("hand",), "count of a file in the columns of this package")
    return flagged(complete(PRECINCTS.name, source), "precincts")


def _is_own(content: bytes) -> bool:
    """Tell a file in the columns of this package; publishers' files here are neither Parquet nor Excel."""
    return content.startswith((b"PAR1", b"PK")) or set(PRECINCTS.required) <= set(header_of(content))
