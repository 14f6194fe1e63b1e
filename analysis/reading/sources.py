"""What lies behind a source: single files, their names and their bytes."""

from __future__ import annotations

import bz2
import difflib
import glob
import gzip
import http.client
import io
import lzma
import os
import re
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import Any

from analysis.columns import DataError, problem

URL_TIMEOUT_S = 60
SOURCES = ("read", "columns", "content")  # what an open file, a frame and a sheet have
COMPRESSED: tuple[tuple[bytes, str, Any], ...] = (
    (b"\x1f\x8b", ".gz", gzip),
    (b"BZh", ".bz2", bz2),
    (b"\xfd7zXZ\x00", ".xz", lzma),
)


def expand(source: Any) -> list[Any]:
    """
    List the single sources behind a glob or a list.

    Examples
    --------
    >>> expand(["a.csv", ["b.csv", "c.csv"]])
    ['a.csv', 'b.csv', 'c.csv']
    """
    if isinstance(source, (list, tuple)):
        if not source:
            raise DataError(problem("source", "the list of sources is empty"))
        return [single for item in source for single in expand(item)]
    if not (isinstance(source, (str, os.PathLike)) or any(hasattr(source, name) for name in SOURCES)):
        raise ValueError(f"a source is a path, pattern, address, open file or DataFrame, not {source!r}"[:200])
    if not isinstance(source, (str, os.PathLike)) or is_url(source):
        return [source]
    name = os.fspath(source)
    if os.path.isdir(name):
        raise DataError(problem(name, "this is a folder; name a file, or a pattern such as folder/*.csv"))
    if os.path.exists(name) or not glob.has_magic(name):
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if not os.path.isdir(path))
    if not found:
        raise DataError(problem(name, "no file matches this pattern"))
    return list(found)


def is_url(source: Any) -> bool:
    """Whether a source is an address."""
    return isinstance(source, str) and re.match(r"https?://", source, re.IGNORECASE) is not None


def named_content(source: Any) -> tuple[str, str | bytes]:
    """Name and raw content of a path, URL or open file."""
    opened = hasattr(source, "read")
    name = str(getattr(source, "name", "open file")) if opened else os.fspath(source)
    address, name = name, _without_secrets(name) if is_url(name) else name
    try:
        if opened:
            return name, _read(source, name)
        if is_url(address):
            with urllib.request.urlopen(address, timeout=URL_TIMEOUT_S) as response:
                return name, response.read()
        return name, Path(name).read_bytes()
    except FileNotFoundError:
        raise DataError(problem(name, _missing(name))) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise DataError(problem(name, f"this cannot be read ({error})")) from error


def _read(file: Any, name: str) -> str | bytes:
    """Read an open file from where it stands; one in memory from its start, however often."""
    if isinstance(file, Held):
        return file.getvalue()
    content: str | bytes = file.read()
    if not content and hasattr(file, "seekable") and file.seekable() and file.tell():
        raise DataError(problem(name, "this open file was read to its end before; open it anew, or seek(0)"))
    return content


def _without_secrets(address: str) -> str:
    """Leave out of an address what may be a password or a key."""
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _missing(name: str) -> str:
    folder, file = os.path.split(name)
    near = difflib.get_close_matches(file, os.listdir(folder or ".") if os.path.isdir(folder or ".") else [], n=1)
    hint = f"did you mean {os.path.join(folder, near[0])}?" if near else "check the spelling and the folder"
    return f"there is no such file; {hint}"


class Held(io.BytesIO):
    r"""
    A file already in memory that still has its name: a source like an open file.

    Examples
    --------
    >>> from analysis import load_events
    >>> load_events(Held("mine.csv", b"event_id,date,event_type\nA,2020-10-05,Riots\n"))["event_type"].tolist()
    ['Riots']
    """

    def __init__(self, name: str, content: bytes):
        super().__init__(content)
        self.name = name


def contents(source: Any) -> dict[str, bytes]:
    r"""
    Unpack a source into the files it consists of.

    Parameters
    ----------
    source : path, folder, glob, URL, open file, or a list of them
        A folder stands for the files in it; a zip for its members; a gzipped file for what it holds.

    Returns
    -------
    dict of str to bytes
        Base name -> content, in order of reading.

    Raises
    ------
    DataError
        If a source is missing or unreadable, or two files have the same name.

    Examples
    --------
    >>> import gzip
    >>> contents(Held("stations.csv.gz", gzip.compress(b"station,cast\n")))
    {'stations.csv': b'station,cast\n'}
    """
    files: dict[str, bytes] = {}
    for single in expand(_inside(source)):
        name, content = named_content(single)
        for label, held in unpacked(name, content):
            member = os.path.basename(label)
            if member in files:
                raise DataError(problem(name, f"a second file is called {member}; load one election at a time"))
            files[member] = held.encode("utf-8") if isinstance(held, str) else held
    return files


def _inside(source: Any) -> list[Any]:
    """Replace folders by the files in them."""
    if isinstance(source, (list, tuple)):
        return [single for item in source for single in _inside(item)]
    if not isinstance(source, (str, os.PathLike)) or not os.path.isdir(source):
        return [source]
    found = sorted(path for path in Path(source).iterdir() if path.is_file() and not path.name.startswith("."))
    if not found:
        raise DataError(problem(os.fspath(source), "this folder holds no file"))
    return list(found)


def unpacked(name: str, content: str | bytes) -> list[tuple[str, str | bytes]]:
    """Name and content of the files in a zip or a compressed file; of the file itself if it is neither."""
    if isinstance(content, str):
        return [(name, content)]
    try:
        for mark, suffix, module in COMPRESSED:
            if content.startswith(mark):
                return [(name.removesuffix(suffix), module.decompress(content))]
        if not content.startswith(b"PK\x03\x04"):
            return [(name, content)]
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = [member for member in packed.namelist() if is_data(member)]
            if "xl/workbook.xml" in members:
                return [(name, content)]
            return [(f"{name}/{member}", packed.read(member)) for member in members]
    except (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DataError(problem(name, f"the file is damaged and cannot be read ({error})")) from error


def is_data(member: str) -> bool:
    """Whether a member of a zip is a file, and not what an archiver adds for itself."""
    return (
        not member.endswith("/") and not member.startswith("__MACOSX") and not os.path.basename(member).startswith(".")
    )
