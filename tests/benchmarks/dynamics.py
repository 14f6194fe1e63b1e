"""Models of series: change points beside ruptures, self-excitation beside hawkesbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import hawkesbook
import numpy as np
import ruptures
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.dynamics import change_points, fit_hawkes, fit_hawkes_counts, simulate_hawkes

from .measuring import LINEAR, Row, alternately, beside, grown, timed

LEVELS = (2, 5, 3, 8, 4)
BASELINE, JUMP, DECAY = 0.5, 0.6, 1.0
RATE = 1.25  # events per unit of time that these give


def rows(quick: bool) -> Iterator[Row]:
    """Measure change points first, then the self-excitation models."""
    yield from change_points_rows(500 if quick else 10_000, 1 if quick else 3)
    yield from hawkes_rows((200, 400) if quick else (10_000, 100_000, 1_000_000), 1 if quick else 3)
    yield from counts_rows(200 if quick else 3650)


def change_points_rows(n: int, rounds: int) -> Iterator[Row]:
    """
    Compare with ruptures: its C code, by dynamic programming and PELT, and PELT in Python.

    All are asked for the same division: the least squared error, the number of breaks given or penalised.
    """
    half, counts = (stepped(size) for size in (n // 2, n))
    penalty = 3 * np.log(n) * counts.var()
    in_c = ruptures.KernelCPD(kernel="linear", min_size=2)
    in_python = ruptures.Pelt(model="l2", jump=1, min_size=2)
    ways: dict[str, Callable[[], list[int]]] = {
        "ruptures KernelCPD (C), 4 breaks": lambda: in_c.fit(counts).predict(n_bkps=4)[:-1],
        "ruptures KernelCPD (C), PELT": lambda: in_c.fit(counts).predict(pen=penalty)[:-1],
    }
    gaussian, poisson = (lambda: ends(counts, "gaussian")), (lambda: ends(counts, "poisson"))
    if (division := gaussian()) != (other := [int(end) for end in next(iter(ways.values()))()]):
        raise RuntimeError(f"the divisions differ: {division} and {other}")
    shorter, ours, counted, *theirs = alternately(
        rounds, lambda: ends(half, "gaussian"), gaussian, poisson, *ways.values()
    )
    slowest = timed(lambda: in_python.fit(counts).predict(pen=penalty))[0]
    what = "change_points, Gaussian, 0 to 5 breaks"
    rivals = zip([*ways, "ruptures Pelt (Python)"], [*theirs, slowest], strict=True)
    yield from grown(Row(what, size, "points", spent) for size, spent in ((n // 2, shorter), (n, ours)))
    yield from (Row(what, n, "points", ours, rival, spent) for rival, spent in rivals)
    yield Row("change_points, Poisson, 0 to 5 breaks", n, "points", counted, next(iter(ways)), theirs[0])


def stepped(n: int) -> NDArray[np.float64]:
    """Simulate counts on five levels."""
    return default_rng(1).poisson(np.repeat(LEVELS, n // len(LEVELS))).astype("float64")


def ends(values: NDArray[np.float64], model: str) -> list[int]:
    """Ends of the segments by `change_points`, as ruptures gives them."""
    return [int(last) + 1 for last in change_points(values, model, min_size=2).breaks]


def hawkes_rows(sizes: tuple[int, ...], rounds: int) -> Iterator[Row]:
    """Fit exact times; hawkesbook starts from its own values and gives no standard errors."""
    spans = {n: events(n) for n in sizes}
    hawkesbook.exp_mle(*spans[sizes[0]])  # compiles
    goals = {100_000: {"ratio": 1}}
    fits = (hawkes(n, *span, rounds, goals.get(n, {})) for n, span in spans.items())
    yield from grown(fits, growth=LINEAR)
    fit = fit_hawkes(*spans[sizes[1]])
    yield Row("fit_hawkes, all profile intervals", sizes[1], "events", timed(lambda: fit.interval)[0])


def events(n: int) -> tuple[NDArray[np.float64], float]:
    """Simulate n events, and give the span."""
    times = simulate_hawkes(BASELINE, JUMP, DECAY, 1.05 * n / RATE + 200, seed=0)[:n]
    return times, float(times[-1])


def hawkes(n: int, times: NDArray[np.float64], end: float, rounds: int, goals: dict[str, float]) -> Row:
    """Fit with standard errors, beside hawkesbook."""
    row = Row("fit_hawkes with standard errors", n, "events", rival="hawkesbook exp_mle, without", goals=goals)
    return beside(row, lambda: fit_hawkes(times, end).se, lambda: hawkesbook.exp_mle(times, end), rounds)


def counts_rows(days: int) -> Iterator[Row]:
    """Fit daily counts."""
    counts = np.histogram(simulate_hawkes(BASELINE, JUMP, DECAY, days, seed=1), np.arange(days + 1))[0]
    spent, fit = timed(lambda: fit_hawkes_counts(counts))
    yield Row("fit_hawkes_counts with standard errors", days, "days", spent)
    yield Row("fit_hawkes_counts, all profile intervals", days, "days", timed(lambda: fit.interval)[0])
