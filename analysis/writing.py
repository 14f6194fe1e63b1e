"""Write a file whole or not at all, one writer at a time, and tables as CSV that a spreadsheet does not run."""

from __future__ import annotations

import csv
import glob
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PARTIAL_PREFIX, PARTIAL_SUFFIX = ".unrest-", ".part"
PARTIAL_KEPT_S = 3600  # longer than any write of ours takes
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # after apostrophes too, so that what is put in front can be taken off again


def write_whole(path: Path, content: bytes) -> Path:
    """
    Write a file so that a reader, or a second writer, never meets half of it.

    Parameters
    ----------
    path : Path
        File to write or replace; its folder is made if it does not exist.
    content : bytes

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        If the folder cannot be written, or has no room; the file stays as it was, and nothing is left behind.

    Notes
    -----
    The content goes into `.unrest-<random>.part` beside the file, onto the disk, and then under its name in one step.
    A process that is killed leaves at most such a file; the next write to the folder removes those older than an hour.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PARTIAL_PREFIX, suffix=PARTIAL_SUFFIX)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        partial.chmod(0o644)
        move_whole(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def move_whole(built: Path, path: Path) -> None:
    """
    Give a finished file its name in one step, once it is on the disk; a crash leaves the old or the new.

    Parameters
    ----------
    built : Path
        The finished file, on the same file system.
    path : Path
        Its name from now on; what has it is replaced.
    """
    with built.open("rb+") as file:
        os.fsync(file.fileno())
    built.replace(path)
    if sys.platform != "win32":  # which opens no folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network file systems do not know how
                os.fsync(folder)
        finally:
            os.close(folder)


def _sweep(folder: Path) -> None:
    """Remove what killed writers left."""
    for left in folder.glob(f"{PARTIAL_PREFIX}*{PARTIAL_SUFFIX}"):
        with suppress(OSError):  # another process may be first
            if time() - left.stat().st_mtime > PARTIAL_KEPT_S:
                left.unlink()


@contextmanager
def claimed(path: Path) -> Iterator[Path]:
    """
    Give a file or folder that nobody else writes, beside others' or left by a process that died.

    Parameters
    ----------
    path : Path
        Where the work is kept, so that it can be taken up again.

    Yields
    ------
    Path
        `path`; or, while another process or thread works there, one of our own, which does not outlive the work.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("ab") as file:
        if _alone(file) and _same(file, lock):
            try:
                yield path
            finally:
                with suppress(OSError):  # an open file cannot be removed on Windows
                    lock.unlink()
            return
    own = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield own
    finally:
        for left in path.parent.glob(f"{glob.escape(own.name)}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _alone(file: IO[bytes]) -> bool:
    """Lock an open file unless somebody else has; the system unlocks it when the process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _same(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is still the one of that name: its last owner removes it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def csv_text(frame: pd.DataFrame, *, index: bool = True, separator: str = ",", float_format: str | None = None) -> str:
    r"""
    Write a table as CSV in which no text is a formula.

    A spreadsheet runs a cell that begins with =, +, - or @, or with a tab or line break before one, as a formula,
    whoever wrote it. Such text, in cells, index and header, gets an apostrophe in front; numbers stay as they are.

    Parameters
    ----------
    frame : DataFrame
    index : bool
        Whether the index is written.
    separator : str
    float_format : str, optional
        Such as "%.6g"; default: all digits.

    Returns
    -------
    str
        With "\n" at the end of each line.

    Notes
    -----
    Text that begins with apostrophes and then such a sign gets one more, so that nothing is lost: to have the text as
    it was, take one apostrophe off what begins with apostrophes and then such a sign.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_text(pd.DataFrame({"place": ["=1+1", "Osh"], "change": [-3, 4]}), index=False)
    "place,change\n'=1+1,-3\nOsh,4\n"
    """
    table = frame.reset_index() if index else frame.copy(deep=False)
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        if not _is_number(column):
            table.isetitem(place, column.astype(object).map(_inert, na_action="ignore"))
    table.columns = [_inert(name) for name in table.columns]
    written = {"index": False, "sep": separator, "float_format": float_format, "lineterminator": "\n"}
    text = str(table.to_csv(**written))
    if "\r" in text:  # which pandas does not quote, and readers take for the end of the row
        text = str(table.to_csv(**written, quoting=csv.QUOTE_NONNUMERIC))
    return text


def _is_number(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(column) or is_datetime64_any_dtype(column))


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
