"""Files of the catalog: looked for on this machine, fetched from the publisher, and compared with their hash."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

import pandas as pd

from analysis.catalog.datasets import DATASETS
from analysis.catalog.download import Downloader
from analysis.catalog.entries import Dataset, DatasetUnavailable, File, Series
from analysis.catalog.transport import host_of
from analysis.columns import DataError, problem
from analysis.options import known
from analysis.writing import write_whole

FOLDER_VARIABLE = "ANALYSIS_DATA"
TEMPORARY_KEPT_S = 24 * 3600  # longer than a download takes


def of_election(election: str) -> Dataset:
    """
    Find the data set that holds the stations of an election.

    Parameters
    ----------
    election : str
        Election id, such as "KGZ-2020-10-04-PARL".

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If no data set holds it; it names those there are.

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.of_election("RUS-2011-12-04-PARL").name
    'russia_dkobak'
    """
    for dataset in DATASETS.values():
        if election in dataset.elections:
            return dataset
    there = ", ".join(name for dataset in DATASETS.values() for name in dataset.elections)
    raise ValueError(f"no station results of {election!r}; there are {there}; for your own file, use source=")


def fetch(name: str, files: Iterable[str] | None = None) -> dict[str, Path]:
    """
    Get the files of a data set: from $ANALYSIS_DATA, else the cache, else the publisher's address.

    Parameters
    ----------
    name : str
        Data set; `listing` shows them.
    files : iterable of str, optional
        Names of the files to get; default: all. GDELT and the UCDP candidate releases have too many for that: name
        those you want, such as "20201005.export.CSV.zip" of gdelt1.

    Returns
    -------
    dict of str to Path
        Name -> where the file is. It has the hash that the catalog states; where nobody states one, the hash it had
        when it was first fetched, which is kept beside it (`<name>.sha256`).

    Raises
    ------
    DatasetUnavailable
        If a file is neither here nor can be fetched; what is there of it stays, and the next call goes on from it.
    DataError
        If a file in $ANALYSIS_DATA is another one; it is not replaced.
    ValueError
        If there is no such data set or file.

    Notes
    -----
    A busy or broken server is asked again, five times at most, after as long as it says (`Retry-After`) or after 1, 2,
    4 and 8 seconds. Web pages in place of data, zip files that name paths out of their folder, and what unpacks to
    over 200 times its size are refused. GDELT's lists of MD5 sums are kept in the cache, and fetched again when a file
    is not in them; that of GDELT 2.0 is large.

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.fetch("bulgarie")
    Traceback (most recent call last):
        ...
    ValueError: unknown data set 'bulgarie'; did you mean bulgaria?
    >>> catalog.fetch("gdelt1")
    Traceback (most recent call last):
        ...
    ValueError: gdelt1 has too many files to get all; name some, such as files=['20201005.export.CSV.zip']
    """
    dataset = DATASETS[known(name, DATASETS, "data set")]
    wanted = _wanted(dataset, files)
    if dataset.ask:
        raise DatasetUnavailable(
            f"{dataset.name} ({dataset.title}) is not fetched by file: {dataset.ask}. Licence: {dataset.licence}"
        )
    held = {file: _provided(dataset, file) or _cached(dataset, file) for file in wanted}
    absent = [file for file, place in held.items() if place is None]
    return {file.name: place or _downloaded(dataset, file, absent) for file, place in held.items()}


def listing() -> pd.DataFrame:
    """
    List the data sets that can be fetched, and those that must be asked for.

    Returns
    -------
    DataFrame, one row per data set
        `name`, `title`, `elections` (ids joined with ";"), `files` (how many; missing where they are asked for by
        name), `megabytes` (missing where the publisher does not state it), `licence`, `citation`, `hash` (what a file
        is compared with), `ask` (where to ask, if it cannot be fetched by file) and `held`: whether all its files are
        on this machine (they are checked when fetched).

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.listing().set_index("name").loc["bulgaria", "licence"]
    'CC BY-SA 4.0'
    """
    rows = [
        {
            "name": dataset.name,
            "title": dataset.title,
            "elections": ";".join(dataset.elections),
            "files": len(dataset.files) or None,
            "megabytes": _megabytes(dataset),
            "licence": dataset.licence,
            "citation": dataset.citation,
            "hash": dataset.hash,
            "ask": dataset.ask,
            "held": bool(dataset.files) and all(_is_here(dataset, file) for file in dataset.files),
        }
        for dataset in DATASETS.values()
    ]
    return pd.DataFrame(rows).astype({"files": "Int64", "megabytes": "Float64"})


def _megabytes(dataset: Dataset) -> float | None:
    sizes = [file.megabytes for file in dataset.files]
    return round(sum(filter(None, sizes)), 1) if sizes and None not in sizes else None


def _wanted(dataset: Dataset, names: Iterable[str] | None) -> list[File]:
    """Files of those names; all of them, if the data set lists them."""
    if names is None and dataset.series:
        raise ValueError(
            f"{dataset.name} has too many files to get all; name some, such as files=['{dataset.series.example}']"
        )
    if dataset.series:
        return [dataset.series.file(name) for name in names or ()]
    by_name = {file.name: file for file in dataset.files}
    return [by_name[known(name, by_name, f"file of {dataset.name}")] for name in names or by_name]


# Where a file may be --------------------------------------------------------------------------------------------------


def cache() -> Path:
    """Folder that outlives versions of this package."""
    import pooch

    return Path(pooch.os_cache("unrest-analysis"))


def _in_folder(dataset: Dataset, file: File) -> Path | None:
    """Find the file under $ANALYSIS_DATA, with or without the name of the data set."""
    folder = os.environ.get(FOLDER_VARIABLE)
    places = [Path(folder, dataset.name, file.name), Path(folder, file.name)] if folder else []
    return next((place for place in places if place.is_file()), None)


def _in_cache(dataset: Dataset, file: File) -> Path:
    """Place in the cache: by hash, so that another version lies beside it, not over it; else by data set."""
    return cache() / (file.sha256[:16] if file.sha256 else dataset.name) / Path(file.name).name


def _is_here(dataset: Dataset, file: File) -> bool:
    return _in_folder(dataset, file) is not None or _in_cache(dataset, file).is_file()


def _provided(dataset: Dataset, file: File) -> Path | None:
    """Give the user's own copy, if there is one and it is the right one."""
    place = _in_folder(dataset, file)
    if place is None or (due := _due(file, place)) is None or (found := _hash(place)) == due:
        return place
    demand = f"the file {file.name} of {dataset.name}, SHA-256 {due}; this one has {found}. Replace or remove it"
    raise DataError(problem(str(place), demand))


def _cached(dataset: Dataset, file: File) -> Path | None:
    place = _in_cache(dataset, file)
    return place if place.is_file() and _hash(place) == _due(file, place) else None


def _hash(path: Path) -> str:
    import pooch

    return str(pooch.file_hash(path, alg="sha256"))


def _record(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


def _due(file: File, place: Path) -> str | None:
    """Hash the file must have: as stated, else as recorded when it was first fetched."""
    if file.sha256 or not _record(place).is_file():
        return file.sha256
    return _record(place).read_text(encoding="utf-8").split()[0]


# Fetching -------------------------------------------------------------------------------------------------------------


def _downloaded(dataset: Dataset, file: File, absent: list[File]) -> Path:
    """Fetch the file into the cache; pooch moves it there only once its hash is right."""
    import pooch

    place = _in_cache(dataset, file)
    due = _due(file, place)
    _sweep(place.parent)
    try:
        with _quiet(pooch.get_logger()):
            pooch.retrieve(
                file.address,
                f"sha256:{due}" if due else _published_sum(dataset.series, file),
                fname=place.name,
                path=place.parent,
                downloader=Downloader(place, file.size_bytes),
            )
        if due is None:
            write_whole(_record(place), f"{_hash(place)}  {place.name}\n".encode())
    except (OSError, ValueError) as error:
        raise DatasetUnavailable(_advice(dataset, absent, _reason(error, file, place))) from None
    return place


def _sweep(folder: Path) -> None:
    """Remove pooch's temporary files whose process was killed."""
    for left in folder.glob("tmp????????"):
        with suppress(OSError):  # another process may be first
            if time() - left.stat().st_mtime > TEMPORARY_KEPT_S:
                left.unlink()


def _published_sum(series: Series | None, file: File) -> str | None:
    """Give the MD5 sum of the file from its publisher's list, which is fetched again if the file is not in it."""
    if series is None or series.sums is None:
        return None
    place = cache() / "sums" / f"{host_of(series.sums).replace(':', '_')}_{Path(series.sums).name}"
    if place.is_file() and (found := _sum_in(place, file.name)):
        return f"md5:{found}"
    Downloader(place)(series.sums, str(place))
    if found := _sum_in(place, file.name):
        return f"md5:{found}"
    raise DatasetUnavailable(f"{series.sums} does not list {file.name}: there is none, or not yet")


def _sum_in(path: Path, name: str) -> str | None:
    """Look a file up in lines of "sum name" or "size sum address"."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            cells = line.split()
            if len(cells) >= 2 and cells[-1].rpartition("/")[2] == name:
                return cells[-2]
    return None


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch from announcing what the progress bar shows."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _reason(error: Exception, file: File, place: Path) -> str:
    if isinstance(error, DatasetUnavailable):
        return str(error)
    if isinstance(error, OSError):
        return f"the cache cannot be written ({error})"
    host = host_of(file.address)
    if file.sha256:
        return f"{host} has another file there, or half of it (its SHA-256 is not {file.sha256})"
    if _record(place).is_file():
        return f"{host} has another file there than at the first fetch; to accept it, remove {_record(place)}"
    return f"{host} has another file there than its own list of MD5 sums says"


def _advice(dataset: Dataset, absent: list[File], reason: str) -> str:
    addresses = "\n".join(f"  {file.address}{_size(file)} as {file.name}" for file in absent)
    return (
        f"{dataset.name} ({dataset.title}) is not on this machine and could not be fetched: {reason}. Fetch\n"
        f"{addresses}\ninto a folder {dataset.name} and set the environment variable {FOLDER_VARIABLE} to the folder "
        f"above it. Licence: {dataset.licence}"
    )


def _size(file: File) -> str:
    return "" if file.megabytes is None else f" ({file.megabytes:.1f} MB)"
