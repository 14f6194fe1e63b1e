"""What an entry of the catalog is: files, where they are, what they must be, and what to do if they cannot be had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.formats import publishers

NO_LICENCE = "none stated"


class DatasetUnavailable(OSError):  # noqa: N818  the name says what happened, as FileNotFoundError does not
    """
    A data set that is neither on this machine nor can be fetched; the message says what to do.

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
    sha256 : str or None
        Hash of its content, 64 hexadecimal digits. None: nobody has stated it; the hash of the first fetch is written
        beside the file and every later use is compared with it.
    size_bytes : int or None
        Length of its content, if known; a longer answer is not read.
    about_mb : float or None
        Roughly how large it is, where the exact length is not known.
    """

    name: str
    address: str
    sha256: str | None = None
    size_bytes: int | None = None
    about_mb: float | None = None

    @property
    def megabytes(self) -> float | None:
        """Size in megabytes, exact or rough; None where neither is known."""
        return self.about_mb if self.size_bytes is None else self.size_bytes / 1e6


@dataclass(frozen=True)
class Series:
    """
    Files that appear one after another under a fixed pattern of names, too many to list.

    Attributes
    ----------
    pattern : str
        Regular expression of a whole file name.
    example : str
        One such name.
    folder : str
        Address of the folder they are in.
    sums : str or None
        Address of the publisher's list of MD5 sums: lines of "sum name" or "size sum address".
    """

    pattern: str
    example: str
    folder: str
    sums: str | None = None

    def file(self, name: str) -> File:
        """Find the file of that name; a name of another form, such as one with a path in it, is a ValueError."""
        if not re.fullmatch(self.pattern, name, re.ASCII):
            raise ValueError(f"no file can be named {name!r} here; expected a name such as {self.example!r}")
        return File(name, self.folder + name)


@dataclass(frozen=True)
class Dataset:
    """
    Files that belong together and come from one publisher.

    Attributes
    ----------
    name, title : str
        Identifier, and one line for people.
    files : tuple of File
        All files, if they can be listed.
    licence : str
        As the publisher states it; where none is stated, nobody has allowed to pass it on.
    format : str
        Value of `format=` that reads it; empty if none does.
    elections : mapping of str to tuple of str
        Election id -> names of the files that hold it.
    reference : str
        How to cite it, if it is not cited as its `format` is.
    series : Series or None
        Rule for its files, where they are asked for by name.
    ask : str
        Where to ask, for data that are given out to registered users or by hand only.
    """

    name: str
    title: str
    files: tuple[File, ...]
    licence: str
    format: str = ""
    elections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reference: str = ""
    series: Series | None = None
    ask: str = ""

    @property
    def citation(self) -> str:
        """How to cite it: as the entry says, else as its publisher's module says."""
        return self.reference or publishers()[self.format].CITATION

    @property
    def hash(self) -> str:
        """What a fetched file is compared with."""
        if self.ask:
            return "none"
        if self.series and self.series.sums:
            return "the publisher's list of MD5 sums"
        stated = bool(self.files) and all(file.sha256 for file in self.files)
        return "SHA-256 stated here" if stated else "SHA-256 recorded at the first fetch"
