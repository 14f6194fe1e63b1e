"""Speed of the self-excitation models against hawkesbook, in one run: `make bench`. Never part of the tests."""

from __future__ import annotations

import hawkesbook
import numpy as np
from bench import paired, seconds
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from analysis.dynamics import fit_hawkes, fit_hawkes_counts, simulate_hawkes

RATE = 1.25  # events per unit of time of baseline 0.5, jump 0.6, decay 1


def events(n: int, seed: int = 0) -> tuple[NDArray[np.float64], float]:
    """Simulate n events, and give the span."""
    times = simulate_hawkes(0.5, 0.6, 1.0, 1.05 * n / RATE + 200, seed=seed)[:n]
    return times, float(times[-1])


def ours(times: NDArray[np.float64], end: float) -> float:
    """Fit, with standard errors."""
    return float(fit_hawkes(times, end).se["branching_ratio"])


def theirs(times: NDArray[np.float64], end: float) -> NDArray[np.float64]:
    """Fit from their own start; no standard errors."""
    return hawkesbook.exp_mle(times, end)


def main() -> None:
    """Measure and print."""
    table = Table("what", "seconds", "compared with", "seconds", "ratio", "goal")
    few = events(300)
    theirs(*few)  # compiles
    ours(*few)
    spans = {n: events(n) for n in (10_000, 100_000, 1_000_000)}
    for n, rounds in ((10_000, 5), (100_000, 3)):
        mine, other = paired(lambda n=n: ours(*spans[n]), lambda n=n: theirs(*spans[n]), rounds)
        what = f"fit_hawkes with standard errors, {n:,} events"
        table.add_row(what, f"{mine:.3f}", "exp_mle of hawkesbook", f"{other:.3f}", f"{mine / other:.2f}", "at most 1")
    for n in (100_000, 1_000_000):
        more, fewer = paired(lambda n=n: ours(*spans[n]), lambda n=n: ours(*spans[n // 10]), 3)
        what = f"fit_hawkes, {n:,} events"
        table.add_row(what, f"{more:.3f}", f"{n // 10:,} events", f"{fewer:.3f}", f"{more / fewer:.1f}", "about 10")
    fit = fit_hawkes(*spans[100_000])
    table.add_row("all profile intervals, 100,000 events", f"{seconds(lambda: fit.interval):.2f}", "", "", "", "")
    days = np.histogram(simulate_hawkes(0.5, 0.6, 1.0, 3650, seed=1), np.arange(3651))[0]
    table.add_row("fit_hawkes_counts, 3,650 days", f"{seconds(lambda: fit_hawkes_counts(days)):.2f}", "", "", "", "")
    counted = fit_hawkes_counts(days)
    table.add_row("their profile intervals", f"{seconds(lambda: counted.interval):.2f}", "", "", "", "")
    Console().print(table)


if __name__ == "__main__":
    main()
