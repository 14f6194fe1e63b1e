"""
Speed, as ratios measured side by side in one run: `make bench`. Never part of the tests.

Every pair is timed alternately in fresh processes (imports) or in this one (loading), and the medians are compared.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Time two calls in turns and return both medians, in seconds."""
    times = [(seconds(one), seconds(other)) for _ in range(rounds)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def python(code: str) -> Callable[[], object]:
    """Run a line of Python in a fresh process of the checkout."""
    return lambda: subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def many_events(rows: int) -> str:
    """Write a CSV of invented events in our columns."""
    days = pd.date_range("2020-01-01", periods=rows, freq="min").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"event_id": [f"E{i}" for i in range(rows)], "date": days})
    frame = frame.assign(event_type="Protests", country_iso3="KGZ", location="Bishkek", size_low=100, size_high=200)
    return frame.to_csv(index=False)


def main() -> None:
    """Measure and print."""
    from analysis import load_events

    table = Table("what", "seconds", "compared with", "seconds", "ratio", "goal")

    def report(what: str, other: str, medians: tuple[float, float], goal: str) -> None:
        table.add_row(what, f"{medians[0]:.3f}", other, f"{medians[1]:.3f}", f"{medians[0] / medians[1]:.2f}", goal)

    report(
        "import analysis",
        "import pandas",
        paired(python("import analysis"), python("import pandas"), 10),
        "at most 1.2",
    )
    report(
        "import every public name",
        "import pandas",
        paired(python("from analysis import *"), python("import pandas"), 5),
        "",
    )
    content = many_events(100_000)
    report(
        "load_events, 100,000 rows checked",
        "read_csv of the same, unchecked",
        paired(lambda: load_events(io.StringIO(content)), lambda: pd.read_csv(io.StringIO(content)), 3),
        "",
    )
    longer = many_events(200_000)
    report(
        "load_events, 200,000 rows",
        "100,000 rows",
        paired(lambda: load_events(io.StringIO(longer)), lambda: load_events(io.StringIO(content)), 3),
        "about 2",
    )
    with tempfile.TemporaryDirectory() as folder:
        draw = [sys.executable, "-m", "analysis", "figures", "-o", folder]
        drawn = seconds(lambda: subprocess.run(draw, cwd=ROOT, check=True, capture_output=True))
    table.add_row("unrest figures, all", f"{drawn:.1f}", "", "", "", "under 30 s")
    Console().print(table)


if __name__ == "__main__":
    main()
