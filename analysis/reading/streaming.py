"""Which files can be streamed: delimited text on this machine, plain, gzipped or in a zip."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.reading.cells import Sheet
from analysis.reading.containers import is_container
from analysis.reading.sources import is_data, is_url
from analysis.reading.splitting import GZIP

HEAD_BYTES = 1_000_000
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Delimited:
    r"""
    A delimited text file on this machine that can be streamed.

    Attributes
    ----------
    path : str
        The file, plain or gzipped.
    name : str
        What to call it in a message: a member of a zip has the name of the zip before its own.
    gzipped : bool
        Whether it is gzipped.
    start : str
        Its first million characters, to tell what it is.

    Examples
    --------
    >>> Delimited("mine.csv", "mine.csv", gzipped=False, start="day,place\n2020-10-05,Osh\n").head
    ['day', 'place']
    """

    path: str
    name: str
    gzipped: bool
    start: str

    @property
    def head(self) -> list[str]:
        """Cells of the first row."""
        return Sheet(self.name, self.start).head


def delimited(path: Any, folder: Path) -> list[Delimited] | None:
    r"""
    Find the text files behind a path that DuckDB can stream.

    Parameters
    ----------
    path : Any
        One source, as `expand` lists them.
    folder : Path
        Where members of a zip are unpacked.

    Returns
    -------
    list of Delimited or None
        None for anything that has to be read whole: an address, an open file, a frame, another kind of file, text
        that does not begin as UTF-8.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     written = path.write_text("day,place\n2020-10-05,Osh\n")
    ...     [one.head for one in delimited(path, Path(folder))]
    [['day', 'place']]
    """
    if not isinstance(path, (str, os.PathLike)) or is_url(path):
        return None
    name = os.fspath(path)
    if not os.path.isfile(name):
        return None
    with open(name, "rb") as file:
        mark = file.read(8)
    if mark.startswith(ZIP) and zipfile.is_zipfile(name):
        parts = [(member, delimited(path, folder)) for member, path in _members(name, folder)]
        if not parts or any(part is None for _, part in parts):
            return None
        return [replace(one, name=f"{name}/{member}") for member, part in parts for one in part or []]
    gzipped = mark.startswith(GZIP)
    try:
        with gzip.open(name) if gzipped else open(name, "rb") as file:
            found = file.read(HEAD_BYTES)
        start = io.TextIOWrapper(io.BytesIO(found[: found.rfind(b"\n") + 1] or found), "utf-8-sig", newline="").read()
    except (OSError, EOFError, ValueError):
        return None
    return None if is_container(found) or start[:1] in "\r\n" or not start else [Delimited(name, name, gzipped, start)]


def _members(name: str, folder: Path) -> list[tuple[str, Path]]:
    """Unpack the files in a zip, block by block."""
    place = folder / str(len(os.listdir(folder)))
    found: list[tuple[str, Path]] = []
    with zipfile.ZipFile(name) as packed:
        members = [member for member in packed.infolist() if is_data(member.filename)]
        if any(member.filename == "xl/workbook.xml" for member in members):
            return []
        for member in members:
            place.mkdir(exist_ok=True)
            path = place / f"{len(found)}_{os.path.basename(member.filename)}"
            found.append((member.filename, path))
            with packed.open(member) as inside, open(path, "wb") as outside:
                shutil.copyfileobj(inside, outside, 1 << 20)
    return found
