"""Which files can be streamed: delimited text on this machine, plain, gzipped or in a zip."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.reading.cells import Sheet
from analysis.reading.containers import is_container
from analysis.reading.sources import is_data, is_url

HEAD_BYTES = 1_000_000
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


@dataclass(frozen=True)
class Delimited:
    """
    A delimited text file on this machine that can be streamed.

    Attributes
    ----------
    path : str
        The file, plain or gzipped.
    gzipped : bool
        Whether it is gzipped.
    start : str
        Its first million characters, to tell what it is.
    """

    path: str
    gzipped: bool
    start: str

    @property
    def head(self) -> list[str]:
        """Cells of the first row."""
        return Sheet(self.path, self.start).head


def delimited(path: Any, folder: Path) -> list[Delimited] | None:
    """
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
    """
    if not isinstance(path, (str, os.PathLike)) or is_url(path):
        return None
    name = os.fspath(path)
    with open(name, "rb") as file:
        mark = file.read(8)
    if mark.startswith(ZIP) and zipfile.is_zipfile(name):
        parts = [delimited(member, folder) for member in _members(name, folder)]
        return None if not parts or None in parts else [one for part in parts if part for one in part]
    gzipped = mark.startswith(GZIP)
    try:
        with gzip.open(name) if gzipped else open(name, "rb") as file:
            found = file.read(HEAD_BYTES)
        start = io.TextIOWrapper(io.BytesIO(found[: found.rfind(b"\n") + 1] or found), "utf-8-sig", newline="").read()
    except (OSError, EOFError, ValueError):
        return None
    return None if is_container(found) or start[:1] in "\r\n" or not start else [Delimited(name, gzipped, start)]


def _members(name: str, folder: Path) -> list[Path]:
    """Unpack the files in a zip, block by block."""
    place = folder / str(len(os.listdir(folder)))
    paths: list[Path] = []
    with zipfile.ZipFile(name) as packed:
        members = [member for member in packed.infolist() if is_data(member.filename)]
        if any(member.filename == "xl/workbook.xml" for member in members):
            return []
        for member in members:
            place.mkdir(exist_ok=True)
            paths.append(place / f"{len(paths)}_{os.path.basename(member.filename)}")
            with packed.open(member) as inside, open(paths[-1], "wb") as outside:
                shutil.copyfileobj(inside, outside, 1 << 20)
    return paths
