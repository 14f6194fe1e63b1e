"""Where the bundled tables are, and which of them a computation reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

_listening: ContextVar[tuple[dict[str, bytes], ...]] = ContextVar("_listening", default=())


class Opened(NamedTuple):
    r"""
    A bundled table as it was when it was opened.

    Attributes
    ----------
    name : str
        Such as "events".
    content : bytes
        Of its file.

    Examples
    --------
    >>> with tables_read() as read:
    ...     note_read(Opened("turnout", b"election_id\n"))
    >>> read
    {'turnout': b'election_id\n'}
    """

    name: str
    content: bytes


def data_folder() -> Path:
    """
    Folder of the bundled tables: inside the package once installed, beside it in a checkout.

    Examples
    --------
    >>> (data_folder() / "events.csv").is_file()
    True
    """
    installed = Path(__file__).parent / "data"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "data"


@contextmanager
def tables_read() -> Iterator[dict[str, bytes]]:
    """
    Collect which bundled tables are read inside the block, also those that were opened before it.

    Yields
    ------
    dict of str to bytes
        Name of each table read so far -> content of its file when it was opened. Blocks may be nested; each collects
        what is read inside it, in its own thread or task.

    Examples
    --------
    >>> from analysis import load_turnout
    >>> with tables_read() as read:
    ...     turnout = load_turnout()
    >>> list(read)
    ['turnout']
    """
    found: dict[str, bytes] = {}
    outside = _listening.set((*_listening.get(), found))
    try:
        yield found
    finally:
        _listening.reset(outside)


def note_read(table: Opened) -> None:
    """
    Tell every open `tables_read` block that a table was read; whoever keeps tables in memory calls it each time.

    Examples
    --------
    >>> with tables_read() as read:
    ...     note_read(Opened("mine", b""))
    >>> list(read)
    ['mine']
    """
    for found in _listening.get():
        found[table.name] = table.content
