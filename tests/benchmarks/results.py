"""The table of all rows, and the page that says on what and how it was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .measuring import LINEAR, Row

HEAD = ("what", "size", "seconds", "beside", "its seconds", "ratio", "peak MB", "its peak MB", "growth", "goal")
WORDS = ("what", "beside", "goal")  # the other columns are numbers
RIVALS = ("polars", "ruptures", "hawkesbook")
MEASURES = {"ratio": "ratio", "seconds": "seconds", "peak_mb": "peak MB", "growth": "growth"}
QUICK = "**A quick look at small sizes, to see that everything runs: the figures mean nothing.**\n\n"
PAGE = """\
# Benchmarks

{quick}Measured on {date} in {minutes:.0f} minutes by `make bench`: {machine}. Python {python}, {libraries}.

{table}

## How to read it

- *Ratio*: our seconds over those of what stands beside, measured in turns in this one run; below 1 we are faster.
- *Seconds*: the median of a few rounds, or one round where that takes long; of panels, the fastest of a few. Where
  memory is measured, each round is a process of its own and its imports are left out; the time of an `import` is that
  of a whole process. *Peak MB* is the most memory that the process held.
- *Growth*: the power of the size with which time grows, from the row of the next smaller size: 1 is linear, 2 is
  quadratic; up to {linear} counts as linear.
- *Goal*: missing one fails nothing; the goals missed are listed below.
- The plain ways beside `event_panel` check nothing. It reads dates in any shape, checks every date, count and
  precision, turns codes into countries and wordings into crowd sizes, and watches for repeated ids; "DuckDB, such
  checks" is what about the same costs in SQL written by hand for this one file.
- `change_points` answers more in its time than `ruptures`: every number of breaks up to 5, an interval for each date.
- All series, panels and files are invented, but for the Russian stations of 2011 where their file is at hand.

## Goals missed

{missed}
"""


def said(value: float | None) -> str:
    """Three digits, or none if there is no value."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cells(row: Row) -> list[str]:
    """One row as texts, in the order of the head."""
    goals = [
        f"{MEASURES[of]} at most {said(most)}: {'missed' if of in row.missed else 'met'}"
        for of, most in row.goals.items()
    ]
    return [
        row.what,
        f"{row.size:,} {row.unit}" if row.size else "",
        said(row.seconds),
        row.rival,
        *map(said, (row.rival_seconds, row.ratio, row.peak_mb, row.rival_peak_mb, row.growth)),
        row.problem or "; ".join(goals),
    ]


def markdown(rows: Sequence[Row]) -> str:
    """Write the table as Markdown, numbers to the right."""
    marks = ["---" if name in WORDS else "---:" for name in HEAD]
    lines = [HEAD, marks, *([cell.replace("|", "\\|") for cell in cells(row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(rows: Sequence[Row], seconds: float, quick: bool) -> str:
    """Write the whole page."""
    from analysis.versions import versions

    made = versions()
    libraries = made["libraries"] | {name: version(name) for name in RIVALS}
    missed = [
        f"- {' '.join([*cells(row)[:2], *(['beside', row.rival] if row.rival else [])])}: "
        f"{MEASURES[of]} {said(getattr(row, of))}, goal at most {said(most)}"
        for row in rows
        for of, most in row.missed.items()
    ]
    return PAGE.format(
        quick=QUICK if quick else "",
        date=datetime.now(UTC).date(),
        minutes=seconds / 60,
        machine=machine(),
        python=made["python"],
        libraries=", ".join(f"{name} {number}" for name, number in libraries.items()),
        table=markdown(rows),
        linear=LINEAR,
        missed="\n".join(missed) or "None.",
    )


def machine() -> str:
    """Name the processor, memory and system, as far as the system tells."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = f"{platform.system()} {platform.release()}"
    return f"{model}, {os.cpu_count()} processors, {gigabytes:.0f} GB of memory, {system}"
