"""Download one file: taken up again where it broke off, whole or not at all, and what it claims to be."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from analysis.catalog.entries import DatasetUnavailable
from analysis.catalog.transport import (
    HARMLESS_BYTES,
    LARGEST_RATIO,
    Bar,
    Passing,
    accept_status,
    asked,
    bar,
    chunks,
    host_of,
    persistently,
    refuse_web_page,
)
from analysis.writing import claimed, move_whole

if TYPE_CHECKING:
    import requests

LARGEST_BYTES = 20_000_000_000
LARGEST_UNPACKED_BYTES = 100_000_000_000


@dataclass(frozen=True)
class Downloader:
    """
    What pooch calls to download a file.

    Attributes
    ----------
    place : Path
        Where the file will be in the end; what is there of it meanwhile lies beside as `<name>.part`, and `.part.json`
        says which edition of the file it is a part of.
    size_bytes : int or None
        Length the file must not exceed.
    """

    place: Path
    size_bytes: int | None = None

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:
        """Download `url` to `output_file`."""
        with claimed(self.place.with_name(f"{self.place.name}.part")) as part, bar(self.place.name, "bytes") as shown:
            try:
                persistently(lambda: _continue(url, part, self.size_bytes or LARGEST_BYTES, shown))
            except BaseException:
                if not _note(part).exists():
                    part.unlink(missing_ok=True)
                raise
            try:
                refuse_archive_bomb(part, self.place.name)
            except DatasetUnavailable:
                _discard(part)
                raise
            move_whole(part, Path(output_file))
            _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _continue(address: str, part: Path, largest_bytes: int, shown: Bar) -> None:
    """Get what is missing of the file; all of it, if it is another edition than the part held."""
    edition = _edition_held(part, address)
    held = part.stat().st_size if edition else 0
    headers = {"Accept-Encoding": "identity"}
    if edition:
        headers |= {"Range": f"bytes={held}-", "If-Range": edition}
    with asked("GET", address, headers) as response:
        if response.status_code == 416:
            if response.headers.get("Content-Range") == f"bytes */{held}":
                return  # all of it was there
            _discard(part)
            raise Passing(f"{host_of(address)} has changed the file meanwhile", wait_s=0)
        accept_status(response, address)
        refuse_path(_suggested_name(response), f"the file name that {host_of(address)} gives")
        start = _start(response, part)
        if start == 0:
            _discard(part)  # before another edition is noted: a process can end between any two lines
            _note_edition(part, address, response)
        _append(response, address, part, start, largest_bytes, shown)


def _append(response: requests.Response, address: str, part: Path, start: int, largest_bytes: int, shown: Bar) -> None:
    length = response.headers.get("Content-Length", "")
    shown.begin(start, start + int(length) if length.isdecimal() else None)
    with part.open("ab" if start else "wb") as file:
        try:
            for number, chunk in enumerate(chunks(response, address, largest_bytes, start)):
                if number == 0 and start == 0:
                    refuse_web_page(response, chunk, address)
                file.write(chunk)
                shown.add(len(chunk))
        except DatasetUnavailable:  # what is there is not the file
            _note(part).unlink(missing_ok=True)
            raise


def _edition_held(part: Path, address: str) -> str | None:
    """Tell which edition we have a part of; None if there is none to go on with."""
    try:
        noted = json.loads(_note(part).read_text(encoding="utf-8"))
        return str(noted["edition"]) if noted["address"] == address and part.stat().st_size else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note_edition(part: Path, address: str, response: requests.Response) -> None:
    """Write down what identifies this edition; a file without such a mark cannot be taken up again."""
    tag = response.headers.get("ETag", "")
    edition = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    if edition is None or response.headers.get("Content-Encoding", "identity") != "identity":
        _note(part).unlink(missing_ok=True)
        return
    _note(part).write_text(json.dumps({"address": address, "edition": edition}), encoding="utf-8")


def _start(response: requests.Response, part: Path) -> int:
    """Where the answer begins: after what we have, or at 0."""
    if response.status_code != 206:
        return 0
    said = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    held = part.stat().st_size
    if said is None or int(said[1]) != held:
        _discard(part)
        raise Passing("the server went on from another place than asked", wait_s=0)
    return held


def _discard(part: Path) -> None:
    _note(part).unlink(missing_ok=True)
    part.unlink(missing_ok=True)


# What a file must not be ----------------------------------------------------------------------------------------------


def _suggested_name(response: requests.Response) -> str:
    """Name in Content-Disposition; it is never used, but one with a path in it tells of a server not to trust."""
    header = Message()
    header["Content-Disposition"] = response.headers.get("Content-Disposition", "attachment")
    return header.get_filename("")


def refuse_path(name: str, what: str) -> None:
    """Refuse a name that leads out of the folder it is meant for."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    if windows.drive or windows.root or posix.root or ".." in windows.parts or "\0" in name:
        raise DatasetUnavailable(f"{what} leads out of its folder: {name!r}; refused")


def refuse_archive_bomb(path: Path, name: str) -> None:
    """Refuse a zip that is none, that names files outside its folder, or that unpacks beyond all measure."""
    if not name.lower().endswith(".zip"):
        return
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise DatasetUnavailable(f"{name} is not a zip file, or half of one") from None
    for member in members:
        refuse_path(member.filename, f"a file in {name}")
        if member.file_size > max(HARMLESS_BYTES, LARGEST_RATIO * member.compress_size):
            raise DatasetUnavailable(
                f"{member.filename} in {name} would unpack to {member.file_size:,} bytes, over {LARGEST_RATIO} times "
                "its size; refused"
            )
    if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES:
        raise DatasetUnavailable(f"{name} would unpack to more than {LARGEST_UNPACKED_BYTES:,} bytes; refused")
