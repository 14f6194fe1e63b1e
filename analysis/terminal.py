"""How the command line speaks: progress, tables, errors in a sentence, exit codes, clean pipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import typer
import typer.core
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd


class Commands(typer.core.TyperGroup):
    """Says what went wrong before Typer does, which would leave with other codes."""

    def make_context(self, *words: Any, **options: Any) -> Any:
        """Read the words of the command line."""
        with said_shortly():
            return super().make_context(*words, **options)

    def invoke(self, context: Any) -> Any:
        """Run the command."""
        with said_shortly():
            return super().invoke(context)


def progress(items: Iterable[str], verb: str) -> Iterator[str]:
    """Show what is being worked on, on a terminal only."""
    every = list(items)
    with bar() as shown:
        task = shown.add_task(verb, total=len(every))
        for item in every:
            shown.update(task, description=f"{verb} {item}")
            yield item
            shown.advance(task)


def print_table(rows: pd.DataFrame) -> None:
    """Print a table: on a terminal in columns, or row by row where these have no room; separated by tabs in a pipe."""
    if not sys.stdout.isatty():
        from analysis.writing import csv_text

        print(csv_text(rows, index=False, separator="\t"), end="")
        return
    texts, console = rows.astype("str"), Console(highlight=False, markup=False)
    wide = sum(max(len(name), *texts[name].str.len()) + 2 for name in texts)
    if wide > console.width:
        for _, row in texts.iterrows():
            console.print(row.iloc[0], style="bold")
            for name, text in row.iloc[1:].items():
                if text:
                    console.print(Padding(f"{name}: {text}", (0, 0, 0, 2)))
        return
    shown = Table(*texts.columns, box=None, header_style="bold")
    for cells in texts.itertuples(index=False):
        shown.add_row(*cells)
    console.print(shown)


def bar() -> Progress:
    """Make a bar for long work, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def fail_if(wrong: list[str], otherwise: str) -> None:
    """Say what is wrong and leave with 1, or say that all is well."""
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        raise typer.Exit(1)
    if otherwise:
        print(otherwise)


@contextmanager
def said_shortly() -> Iterator[None]:
    """Say what is wrong in a sentence, without a traceback, and leave with the code that the help promises."""
    try:
        yield
    except BrokenPipeError:
        _give_up_output()
        sys.exit(141)
    except (ValueError, OSError) as error:
        print(f"unrest: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("unrest: interrupted; no file was left half written", file=sys.stderr)
        sys.exit(130)


def _give_up_output() -> None:
    """Send what is still to be printed nowhere: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush() -> None:
    if not isinstance(sys.stdout, TextIOWrapper):
        return  # closed from the start
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_output()
        raise


def run(app: typer.Typer) -> None:
    """Run a command line, with output as the help promises it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # none without a console, another in a notebook
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    with said_shortly():
        try:
            app()
        finally:
            _flush()
