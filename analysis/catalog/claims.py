"""Two processes at one file: the first works at it, the second at a copy of its own."""

from __future__ import annotations

import glob
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


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
