"""Measure all subjects, or some, and print one table of every ratio; missed goals fail nothing."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Table

from .measuring import Row
from .results import HEAD, WORDS, cells, markdown, page

SUBJECTS = ("package", "casualties", "forensics", "panel", "dynamics", "forecast")


def measured(names: Sequence[str], quick: bool) -> Iterator[Row]:
    """Measure the subjects, each as far as it comes."""
    for name in names:
        try:
            yield from import_module(f".{name}", __package__).rows(quick)
        except Exception as error:  # the others are measured all the same
            yield Row(name, problem=f"failed: {type(error).__name__}: {' '.join(str(error).split())}")


def show(rows: Sequence[Row], terminal: Console) -> None:
    """Print a table for eyes, or Markdown into a pipe."""
    if not terminal.is_terminal:
        print(markdown(rows))
        return
    table = Table()
    for name in HEAD:
        table.add_column(name, justify="left" if name in WORDS else "right")
    for row in rows:
        table.add_row(*cells(row))
    terminal.print(table)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a subject failed. A missed goal is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"default: all of {', '.join(SUBJECTS)}")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="also write a page with the machine, versions and method"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.subjects) - set(SUBJECTS):
        parser.error(f"unknown subject {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    warnings.simplefilter("ignore")
    start, rows, errors = time.perf_counter(), [], Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        console=errors,
        transient=True,
        auto_refresh=False,
        disable=not errors.is_terminal,
    ) as progress:
        task = progress.add_task("measuring")
        for row in measured(chosen.subjects or SUBJECTS, chosen.quick):
            rows.append(row)
            progress.update(task, description=f"{len(rows)} rows, last: {row.what}", refresh=True)
    show(rows, Console(markup=False))
    if chosen.output:
        from analysis.writing import write_whole

        write_whole(chosen.output, page(rows, time.perf_counter() - start, chosen.quick).encode())
    return int(any(row.problem for row in rows))


if __name__ == "__main__":
    sys.exit(main())
