"""
Data sets we may not ship: where they are, what they must be, who made them, and how to cite them.

`fetch` looks in the folder named by the environment variable ANALYSIS_DATA, then in a cache that outlives versions of
this package, then at the publisher's address (pooch). Whatever it finds must have the SHA-256 stated here.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import publishers
from analysis.options import known

FOLDER_VARIABLE = "ANALYSIS_DATA"
TIMEOUT_S = 10
NO_LICENCE = "none stated"


class DatasetUnavailable(OSError):  # noqa: N818  the name says what happened, as FileNotFoundError does not
    """
    A data set that is neither on this machine nor can be fetched; the message says what to put where.

    Examples
    --------
    >>> from analysis import catalog
    >>> issubclass(catalog.DatasetUnavailable, OSError)
    True
    """


@dataclass(frozen=True)
class File:
    """
    One file of a data set.

    Attributes
    ----------
    name : str
        Path below the folder of the data set.
    address : str
        Where its publisher has it.
    sha256 : str
        Hash of its content, 64 hexadecimal digits.
    size_bytes : int
        Length of its content.
    """

    name: str
    address: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Dataset:
    """
    Files that belong together and come from one publisher.

    Attributes
    ----------
    name, title : str
        Identifier, and one line for people.
    files : tuple of File
        All files.
    licence : str
        As the publisher states it; where none is stated, nobody has allowed to pass it on.
    format : str
        Value of `format=` that reads it.
    elections : mapping of str to tuple of str
        Election id -> names of the files that hold it.
    """

    name: str
    title: str
    files: tuple[File, ...]
    licence: str
    format: str
    elections: Mapping[str, tuple[str, ...]]

    @property
    def citation(self) -> str:
        """How to cite it: as its publisher's module says."""
        return publishers()[self.format].CITATION


def _github(repository: str, commit: str, folder: str, *rows: tuple[str, int, str]) -> tuple[File, ...]:
    """Files of one commit: name below the folder, bytes, SHA-256."""
    root = f"https://raw.githubusercontent.com/{repository}/{commit}/{folder}"
    return tuple(File(name, root + quote(name), sha256, size) for name, size, sha256 in rows)


_ALL = (
    Dataset(
        name="kyrgyz2020_kloop",
        title="Kyrgyzstan 2020, parliament: stations, hand and machine count, Form 2 shares",
        files=_github(
            "KloopMedia/ParliamentCalculatorV2",
            "1e616c2780cdcad0b23065f31778c201b19174ef",
            "src/data/",
            (
                "PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv",
                539_550,
                "a6b7b0e5d9c3f1e9e09c575d6ec0ed9a8ea6091379ecb1b49bd9f97a2de3dd00",
            ),
            (
                "PARTIES_RESULTS_REACT_LEVEL_ONE.csv",
                539_151,
                "bcd5fa0bb354ac6bc87b2cb186cdb830578c46296ad890004872ae8146bdcd22",
            ),
            ("PARTIES_RESULTS_REACT.csv", 462_396, "deb1f34e8a29bb7bf3548df8788d7f5fdbabffdc3fcb0336846c7c64d046d8b2"),
        ),
        licence=NO_LICENCE,
        format="kloop",
        elections={
            "KGZ-2020-10-04-PARL": (
                "PARTIES_RESULTS_REACT_LEVEL_ONE_NEW.csv",
                "PARTIES_RESULTS_REACT_LEVEL_ONE.csv",
                "PARTIES_RESULTS_REACT.csv",
            )
        },
    ),
    Dataset(
        name="russia_dkobak",
        title="Russia 2011, 2012 and 2018: stations",
        files=_github(
            "dkobak/elections",
            "8003707eb94e3a1e69f8b1b965cdf93f80153808",
            "data/",
            ("2011.csv.zip", 3_425_812, "fd8aeceeebe92664872cf6fcaa43a11c2bf3f4914d9667bbd9bf2df6972cbd8f"),
            ("2012.csv.zip", 3_267_774, "01e1a3296ecbaef2aafcbfda72dfdd7dcde86442a5a8715b1f7b978a99331590"),
            ("2018.csv.zip", 3_096_195, "0ecfa337c877a2db52c99460307ea153b9e3a33810811685a1e92e8154287176"),
        ),
        licence=NO_LICENCE,
        format="russia",
        elections={
            "RUS-2011-12-04-PARL": ("2011.csv.zip",),
            "RUS-2012-03-04-PRES": ("2012.csv.zip",),
            "RUS-2018-03-18-PRES": ("2018.csv.zip",),
        },
    ),
    Dataset(
        name="bolivia2019",
        title="Bolivia 2019, president: tables, final count, and preliminary count (TREP) of 19:40",
        files=_github(
            "futurebum/boliviasims",
            "b48866de724c02403a2a4def11aad7dd4c236a50",
            "",
            ("final_computo.zip", 667_586, "91951a47f459d81dae3f9dbb4612294154a6976e6fce57ecd7f6329676a3862e"),
            (
                "trep - acta.2019.10.20.19.40.57.zip",
                499_379,
                "5cc9c61ed65013daeba786d0b6015272f82df38593d286c668849dd1599e6207",
            ),
        ),
        licence=NO_LICENCE,
        format="bolivia",
        elections={"BOL-2019-10-20-PRES": ("final_computo.zip",)},
    ),
    Dataset(
        name="israel",
        title="Israel, Knessets of April 2019 (21st) and March 2021 (24th): stations",
        files=_github(
            "JacobWeinbren/Israel-Data",
            "d320e99c1739b117adbc64754cffc3e05f2f52bf",
            "data/",
            ("21/expb.csv", 1_337_291, "b4f9a2c92602c73bd16b12c254712408f6147678d7c979e6f0e5d4f1f9fce179"),
            ("24/expb.csv", 1_691_073, "3905c0382bed984f8e3cded4b53ceac408c5107b758aade47f135b6158d15b07"),
        ),
        licence="MIT, for the repository; the files are the election committee's",
        format="israel",
        elections={"ISR-2019-04-09-PARL": ("21/expb.csv",), "ISR-2021-03-23-PARL": ("24/expb.csv",)},
    ),
    Dataset(
        name="uganda",
        title="Uganda 2011, president: stations",
        files=_github(
            "NaokiEto/PS139",
            "09b131ba0d4df222241cea8884c05d5a66012c65",
            "",
            ("2011_Pres_Pstn.csv", 3_166_107, "57d2dea2e0de1dcd16e6449fac0604160243008530d4bb488c17e49a641f1ce3"),
        ),
        licence=NO_LICENCE,
        format="uganda",
        elections={"UGA-2011-02-18-PRES": ("2011_Pres_Pstn.csv",)},
    ),
    Dataset(
        name="bulgaria",
        title="Bulgaria, 14 November 2021, parliament: sections, paper and machine votes",
        files=_github(
            "dimitarivanov/bulgarian-elections-opendata",
            "4dbdb2b668ecb463800b0fe58b445aedce884073",
            "data/",
            ("20211114/21_participants.csv", 2_403, "de485ba26acb498aaadc3b9ca29f8f0bb35aa6053ff438b7fbe62199b6205713"),
            ("20211114/31_sections.csv", 1_795_264, "fa16fdaa43e6b1ad319ca6438eeb29103f413e18d0e66116fd4fa9a60d020486"),
            ("20211114/41_protocols.csv", 675_247, "9da19df96df08e21d98cf1e180d17d0e7df2729e2bcf26ac4b1cf2704ec3f267"),
            (
                "20211114/50_votes_machine_from_machine_data.csv",
                4_041_232,
                "1f25fd35b84bd801030ed091d0056c2c0b10c562ae1d2dfa2588c057629a288d",
            ),
            (
                "20211114/50_votes_paper.csv",
                1_975_606,
                "a9c6d517e623ce0118787d5e5c0ae60ebac80996862b380b1ffecfa8cc661137",
            ),
        ),
        licence="CC BY-SA 4.0",
        format="bulgaria",
        elections={
            "BGR-2021-11-14-PARL": (
                "20211114/21_participants.csv",
                "20211114/31_sections.csv",
                "20211114/41_protocols.csv",
                "20211114/50_votes_machine_from_machine_data.csv",
                "20211114/50_votes_paper.csv",
            )
        },
    ),
)
DATASETS = {dataset.name: dataset for dataset in _ALL}


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
        Names of the files to get; default: all.

    Returns
    -------
    dict of str to Path
        Name -> where the file is. Its SHA-256 is the one of the catalog.

    Raises
    ------
    DatasetUnavailable
        If a file is neither here nor can be fetched.
    DataError
        If a file in $ANALYSIS_DATA is another one; it is not replaced.
    ValueError
        If there is no such data set or file.

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.fetch("no such set")
    Traceback (most recent call last):
        ...
    ValueError: unknown data set 'no such set'; allowed: kyrgyz2020_kloop, russia_dkobak, bolivia2019, israel, \
uganda, bulgaria
    """
    dataset = DATASETS[known(name, DATASETS, "data set")]
    by_name = {file.name: file for file in dataset.files}
    wanted = [by_name[known(file, by_name, f"file of {name}")] for file in files or by_name]
    held = {file: _provided(dataset, file) or _cached(file) for file in wanted}
    absent = [file for file, place in held.items() if place is None]
    return {file.name: place or _downloaded(dataset, file, absent) for file, place in held.items()}


def listing() -> pd.DataFrame:
    """
    List the data sets that can be fetched.

    Returns
    -------
    DataFrame, one row per data set
        `name`, `title`, `elections` (ids joined with ";"), `files` (how many), `megabytes`, `licence`, `citation` and
        `held`: whether all its files are on this machine (they are checked when fetched).

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
            "files": len(dataset.files),
            "megabytes": round(sum(file.size_bytes for file in dataset.files) / 1e6, 1),
            "licence": dataset.licence,
            "citation": dataset.citation,
            "held": all(_in_folder(dataset, file) or _in_cache(file).is_file() for file in dataset.files),
        }
        for dataset in DATASETS.values()
    ]
    return pd.DataFrame(rows)


# Where a file may be --------------------------------------------------------------------------------------------------


def _in_folder(dataset: Dataset, file: File) -> Path | None:
    """Find the file under $ANALYSIS_DATA, with or without the name of the data set."""
    folder = os.environ.get(FOLDER_VARIABLE)
    places = [Path(folder, dataset.name, file.name), Path(folder, file.name)] if folder else []
    return next((place for place in places if place.is_file()), None)


def _provided(dataset: Dataset, file: File) -> Path | None:
    """Give the user's own copy, if there is one and it is the right one."""
    place = _in_folder(dataset, file)
    if place is None or (found := _hash(place)) == file.sha256:
        return place
    demand = (
        f"the file {file.name} of {dataset.name}, SHA-256 {file.sha256}; this one has {found}. Replace or remove it"
    )
    raise DataError(problem(str(place), demand))


def _in_cache(file: File) -> Path:
    """Place of the file in the cache: by hash, so that another version of it lies beside it, not over it."""
    import pooch

    return Path(pooch.os_cache("unrest-analysis"), file.sha256[:16], Path(file.name).name)


def _cached(file: File) -> Path | None:
    place = _in_cache(file)
    return place if place.is_file() and _hash(place) == file.sha256 else None


def _hash(path: Path) -> str:
    import pooch

    return str(pooch.file_hash(path, alg="sha256"))


def _downloaded(dataset: Dataset, file: File, absent: list[File]) -> Path:
    """Fetch the file into the cache; pooch moves it there only once its hash is right."""
    import pooch

    place = _in_cache(file)
    try:
        with _quiet(pooch.get_logger()):
            pooch.retrieve(
                file.address,
                f"sha256:{file.sha256}",
                fname=place.name,
                path=place.parent,
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT_S, stream=False),  # a stream may stay open
            )
    except (OSError, ValueError) as error:  # what requests raises is an OSError; a wrong hash is a ValueError
        raise DatasetUnavailable(_advice(dataset, absent, _reason(error, file))) from None
    return place


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Let pooch say that it downloads on a terminal only."""
    level = logger.level
    logger.setLevel(level if sys.stderr.isatty() else logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _reason(error: Exception, file: File) -> str:
    import requests

    host = urlsplit(file.address).netloc
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{host} answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"{host} did not answer within {TIMEOUT_S} seconds"
    if isinstance(error, requests.ConnectionError):
        return f"there is no connection to {host}"
    if isinstance(error, requests.RequestException):
        return f"the connection to {host} broke off"
    if isinstance(error, OSError):
        return f"the cache cannot be written ({error})"
    return f"{host} has another file there, or half of it (its SHA-256 is not {file.sha256})"


def _advice(dataset: Dataset, absent: list[File], reason: str) -> str:
    addresses = "\n".join(f"  {file.address} ({file.size_bytes / 1e6:.1f} MB) as {file.name}" for file in absent)
    return (
        f"{dataset.name} ({dataset.title}) is not on this machine and could not be fetched: {reason}. Fetch\n"
        f"{addresses}\ninto a folder {dataset.name} and set the environment variable {FOLDER_VARIABLE} to the folder "
        f"above it. Licence: {dataset.licence}"
    )
