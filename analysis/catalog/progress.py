"""A progress bar on a terminal, and silence elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(frozen=True)
class Bar:
    """A bar that can begin anew: what was got before may have to be got again."""

    progress: Progress
    task: TaskID

    def begin(self, done: int, total: int | None) -> None:
        """Show `done` of `total`, which may be unknown."""
        self.progress.update(self.task, completed=done, total=total)

    def add(self, done: int) -> None:
        """Show that much more."""
        self.progress.advance(self.task, done)


@contextmanager
def bar(title: str, unit: str) -> Iterator[Bar]:
    """Show how far a piece of work is, in bytes or in anything else."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    counted = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), counted, TextColumn(unit))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, progress.add_task(title, total=None))
