"""
Pages of a query, kept on disk until all are there, and the table that is made of them.

Pages that came whole lie in a folder beside the output, so that an interrupted query goes on where it stopped.
Credentials are in none of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from analysis.columns import DataError, problem
from analysis.told import Told, said_count
from analysis.writing import claimed, move_whole, write_whole

PAGES_KEPT_S = 24 * 3600  # older pages are of another state of the data
Row = dict[str, str]


@dataclass(frozen=True)
class Fetched(Told):
    """
    What came of a query to a publisher's interface.

    Attributes
    ----------
    path : Path
        The file: CSV, UTF-8, the publisher's own columns. `<path>.json` beside it says what was asked and when.
    rows : int
        Rows in the file.
    added, changed, removed : int
        Rows that an update brought, altered and took away; for a first fetch, `added` is `rows`.
    restrictions : str
        What the server says it kept from this account; empty if nothing.
    """

    path: Path
    rows: int
    added: int
    changed: int
    removed: int
    restrictions: str = ""

    def summary(self) -> str:
        """Say how many rows there are and what has changed."""
        changes = f"{self.added:,} new, {self.changed:,} changed, {self.removed:,} removed"
        told = f"{self.path}: {said_count(self.rows, 'row')} ({changes})"
        return f"{told}\nThe server restricts this account: {self.restrictions}" if self.restrictions else told


def check_period(start: str | None, end: str | None) -> None:
    """Refuse days that are none, and a period that ends before it begins."""
    for day in filter(None, (start, end)):
        try:
            right = dt.date.fromisoformat(day).isoformat() == day
        except ValueError:
            right = False
        if not right:
            raise ValueError(f"{day!r} is not a day; expected YYYY-MM-DD")
    if start and end and start > end:
        raise ValueError(f"start {start} is after end {end}")


# Pages on disk --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pages:
    """Answers of one query, kept until all of them are there."""

    folder: Path

    def get(self, number: int, ask_for_it: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Give a page: the one kept, else the one asked for, which is then kept."""
        place = self.folder / f"{number:06}.json"
        if place.is_file():
            return dict(json.loads(place.read_text(encoding="utf-8")))
        answer = ask_for_it()
        write_whole(place, json.dumps(answer, ensure_ascii=False).encode())
        return answer


@contextmanager
def pages_of(output: Path, query: Mapping[str, Any]) -> Iterator[Pages]:
    """
    Open the folder of a query's pages; it is emptied first if they are of another query, or too old.

    It goes when the work is done, and when what the server said cannot be true: then the next attempt begins anew.
    """
    if output.is_dir():
        raise ValueError(f"{output} is a folder; expected the name of a file to write")
    with claimed(output.with_name(f"{output.name}.pages")) as folder:
        note = folder / "query.json"
        if not _goes_on(note, query):
            shutil.rmtree(folder, ignore_errors=True)
            write_whole(note, json.dumps({"query": query, "begun": time()}).encode())
        try:
            yield Pages(folder)
        except DataError:
            shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def _goes_on(note: Path, query: Mapping[str, Any]) -> bool:
    try:
        begun = json.loads(note.read_text(encoding="utf-8"))
        return bool(begun["query"] == query and time() - begun["begun"] < PAGES_KEPT_S)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def file_stem(words: str) -> str:
    """Make a file name of what is asked, with nothing in it that a path could be made of."""
    return re.sub(r"[^\w-]+", "-", words)


# Tables ---------------------------------------------------------------------------------------------------------------


def objection(address: str, demand: str) -> DataError:
    """Say what is wrong with what the server sent."""
    return DataError(problem(address, demand))


def whole_number(value: Any, what: str, address: str) -> int:
    """Read a count that the server states."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise objection(address, f"the server states no {what}; expected a whole number") from None


def checked_rows(rows: Any, page: int, address: str) -> list[Row]:
    """Take the rows of one page as text cells; a missing value is an empty cell."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise objection(address, f"page {page} holds no list of rows")
    return [{str(name): _cell(value) for name, value in row.items()} for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str], address: str) -> int:
    """Write rows as CSV; returns how many. A row with other columns is a fault of the server."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            if row.keys() != set(columns):
                odd = sorted(row.keys() ^ set(columns))
                raise objection(address, f"the rows have not all the same columns; they differ in {', '.join(odd)}")
            writer.writerow(row)
            written += 1
    return written


def without_repeats(rows: Iterable[Row], key: Callable[[Row], Any], address: str) -> Iterator[Row]:
    """Give the rows; a second one with the same key means that pages overlap."""
    seen = set()
    for row in rows:
        identity = key(row)
        if identity in seen:
            raise objection(
                address,
                f"{str(identity)[:60]} comes twice: the data were changed while they were fetched, or pages overlap; "
                "nothing was written, try again",
            )
        seen.add(identity)
        yield row


def put_in_place(built: Path, output: Path, query: Mapping[str, Any], rows: int) -> None:
    """Put the finished file where it belongs, and beside it what was asked, without credentials."""
    with built.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    note = {"query": query, "rows": rows, "sha256": sha256, "fetched": int(time())}
    move_whole(built, output)
    write_whole(note_of(output), (json.dumps(note, indent=2, ensure_ascii=False) + "\n").encode())


def note_of(output: Path) -> Path:
    """Where it is written what was asked."""
    return output.with_name(f"{output.name}.json")
