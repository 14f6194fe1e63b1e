"""Simulated self-exciting events, generation by generation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from analysis.dynamics.rhythm import Rhythm, rhythm_of

Floats = NDArray[np.float64]


def simulate_hawkes(
    baseline: float,
    jump: float,
    decay: float,
    end: float,
    *,
    start: float = 0.0,
    rhythm: Any = None,
    cycle: float | None = None,
    seed: int = 0,
) -> Floats:
    """
    Simulate self-exciting events.

    The process begins with no past, so that its first events are fewer than later ones: it takes some multiples of
    1 / (decay - jump) to reach its long-run rate, baseline / (1 - jump / decay).

    Parameters
    ----------
    baseline : float
        Events per unit of time that nothing has excited.
    jump : float
        By how much each event raises the rate at once; 0 gives a Poisson process.
    decay : float
        Rate per unit of time at which that fades; jump / decay is the branching ratio and must be below 1.
    end, start : float
        Span of time.
    rhythm, cycle
        Weights of the baseline over a cycle, as in `fit_hawkes`.
    seed : int
        Of the random numbers.

    Returns
    -------
    array, shape (n,)
        Increasing times.

    Raises
    ------
    ValueError
        If a number is out of range, or the process would explode.

    Notes
    -----
    A Hawkes process is a branching process in time (Hawkes and Oakes 1974): immigrants arrive at the baseline rate,
    and every event has Poisson(jump / decay) offspring after exponential waits.

    Examples
    --------
    >>> times = simulate_hawkes(0.5, 0.6, 1.0, end=10_000, seed=1)
    >>> round(len(times) / 10_000, 1)  # 0.5 / (1 - 0.6) = 1.25 in the long run
    1.3
    """
    found = simulate_hawkes_network(
        [baseline], [[jump]], decay, end, start=start, rhythm=rhythm, cycle=cycle, seed=seed
    )
    return found[0]


def simulate_hawkes_network(
    baselines: ArrayLike,
    jumps: ArrayLike,
    decay: float,
    end: float,
    *,
    start: float = 0.0,
    rhythm: Any = None,
    cycle: float | None = None,
    seed: int = 0,
) -> list[Floats]:
    """
    Simulate events of several units that excite themselves and one another.

    Parameters
    ----------
    baselines : array_like, shape (k,)
        Events per unit of time that nothing has excited, by unit.
    jumps : array_like, shape (k, k)
        By how much an event in the unit of the column raises the rate in the unit of the row.
    decay : float
        Rate at which all of that fades.
    end, start : float
        Span of time.
    rhythm, cycle
        Weights of the baselines over a cycle, as in `fit_hawkes`.
    seed : int
        Of the random numbers.

    Returns
    -------
    list of arrays
        Increasing times, by unit.

    Raises
    ------
    ValueError
        If a number is out of range, or the process would explode.

    Examples
    --------
    >>> one, other = simulate_hawkes_network([0.2, 0], [[0.3, 0], [0.4, 0]], 1.0, end=1000)
    >>> len(one) > 0, bool(other[0] > one[0])  # the second has only what the first excites
    (True, True)
    """
    if not decay > 0:
        raise ValueError(f"decay is {decay:g}; expected a rate above 0")
    rates, branching = np.asarray(baselines, dtype="float64"), np.asarray(jumps, dtype="float64") / decay
    _check(rates, branching, start, end)
    beat, rng = rhythm_of(rhythm, cycle), default_rng(seed)
    now = [_immigrants(rate, start, end, beat, rng) for rate in rates]
    found = [[times] for times in now]
    while any(len(times) for times in now):
        born: list[list[Floats]] = [[] for _ in now]
        for source, parents in enumerate(now):
            for target in np.flatnonzero(branching[:, source]):
                children = np.repeat(parents, rng.poisson(branching[target, source], len(parents)))
                children = children + rng.exponential(1 / decay, len(children))
                born[target].append(children[children < end])
        now = [np.concatenate(parts) if parts else np.empty(0) for parts in born]
        for all_times, times in zip(found, now, strict=True):
            all_times.append(times)
    return [np.sort(np.concatenate(parts)) for parts in found]


def _immigrants(rate: float, start: float, end: float, rhythm: Rhythm, rng: Generator) -> Floats:
    reach = float(rhythm.integral(start, end))
    return rhythm.times_of(rng.uniform(0, reach, rng.poisson(rate * reach)), start)


def _check(rates: Floats, branching: Floats, start: float, end: float) -> None:
    if rates.ndim != 1 or branching.shape != (len(rates), len(rates)):
        raise ValueError(f"{rates.size} baselines and jumps of shape {branching.shape}; expected k and k x k numbers")
    if not ((rates >= 0).all() and (branching >= 0).all() and np.isfinite(rates).all()):
        raise ValueError("baseline and jump must be numbers from 0 on")
    if not end > start:
        raise ValueError(f"end is {end:g}, start {start:g}; expected a later end")
    radius = float(np.abs(np.linalg.eigvals(branching)).max())
    if not radius < 1:
        raise ValueError(
            f"each event would have {radius:.3g} offspring (jump / decay): from 1 on the process explodes; lower jump"
        )
