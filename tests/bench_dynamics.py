"""
Speed of the models of series, as ratios measured side by side in one run: `make bench`. Never part of the tests.

Rivals are asked for the same division: the least squared error of 10,000 Gaussian points, the number of breaks given or
penalised. `change_points` answers more in its time: every number of breaks up to 5, and an interval for each date.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import ruptures
from numpy.random import default_rng
from rich.console import Console
from rich.table import Table

from analysis.dynamics import change_points

LEVELS = (2, 5, 3, 8, 4)
SLOWEST = 20.0  # seconds after which one round is enough


def timed(work: Callable[[], list[int]], rounds: int) -> tuple[float, list[int]]:
    """Median seconds of a few rounds, and the answer."""
    seconds: list[float] = []
    while len(seconds) < rounds and sum(seconds) < SLOWEST:
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def found(values: np.ndarray, model: str) -> list[int]:
    """Ends of the segments by `change_points`, as ruptures gives them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [int(last) + 1 for last in change_points(values, model, min_size=2).breaks]


def bench_change_points(report: Table, size: int = 10_000, rounds: int = 3) -> None:
    """Compare with ruptures: its C code, by dynamic programming and PELT, and PELT in Python."""
    counts = default_rng(1).poisson(np.repeat(LEVELS, size // len(LEVELS))).astype("float64")
    penalty = 3 * np.log(size) * counts.var()
    in_c = ruptures.KernelCPD(kernel="linear", min_size=2)
    in_python = ruptures.Pelt(model="l2", jump=1, min_size=2)
    ways: dict[str, Callable[[], list[int]]] = {
        "change_points, Gaussian, 0 to 5 breaks": lambda: found(counts, "gaussian"),
        "change_points, Poisson, 0 to 5 breaks": lambda: found(counts, "poisson"),
        "ruptures KernelCPD (C), 4 breaks": lambda: in_c.fit(counts).predict(n_bkps=4)[:-1],
        "ruptures KernelCPD (C), PELT": lambda: in_c.fit(counts).predict(pen=penalty)[:-1],
        "ruptures Pelt (Python)": lambda: in_python.fit(counts).predict(pen=penalty)[:-1],
    }
    results = {name: timed(work, rounds) for name, work in ways.items()}
    ours = results["change_points, Gaussian, 0 to 5 breaks"][0]
    for name, (seconds, answer) in results.items():
        report.add_row(f"{name}, {size:,} points", f"{seconds:.2f}", f"{seconds / ours:.2f}", str([*map(int, answer)]))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--size", type=int, default=10_000, help="points of the series")
    chosen = options.parse_args()
    report = Table("what", "median s", "times change_points", "ends of segments")
    bench_change_points(report, chosen.size, chosen.rounds)
    Console(width=150).print(report)


if __name__ == "__main__":
    main()
