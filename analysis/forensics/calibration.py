"""How often each test is wrong: flags on simulated clean elections, and on manipulated ones."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.forensics.combined import run
from analysis.forensics.simulated import simulate

DRAWS = {"resamples": 100, "permutations": 99}  # enough for flags at 5 %
SITUATIONS: dict[str, dict[str, Any]] = {
    "clean": {"heterogeneity": "none"},
    "realistic": {},
    "stuffing": {"manipulation": "stuffing"},
    "moving": {"manipulation": "moving"},
    "rounding": {"manipulation": "rounding"},
    "busing": {"manipulation": "busing"},
    "klimek": {"manipulation": "klimek"},
}


def calibrate(
    runs: int = 1000,
    *,
    situations: Mapping[str, Mapping[str, Any]] | None = None,
    n: int = 2000,
    seed: int = 0,
    alpha: float = 0.05,
    workers: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """
    Measure how often each test flags simulated elections of known making.

    Parameters
    ----------
    runs : int
        Elections per situation; run r uses seed `seed` + r, in every situation.
    situations : mapping of str to mapping, optional
        Name -> keywords of `simulate`. Default: `SITUATIONS`, two clean ones and five kinds of manipulation.
    n : int
        Stations per election.
    seed : int
        First seed.
    alpha : float
        Level of the flags.
    workers : int, optional
        Processes; default: one per processor. 1 runs in this process. The result is the same for any number.
    progress : callable, optional
        Called after every election with the number done.

    Returns
    -------
    DataFrame
        One row per `situation` and `test`: `runs` (in which the test could be run), `flagged`, `flagged_pct`, and
        the 95 % Wilson interval `low_pct`, `high_pct`.

    Examples
    --------
    >>> rates = calibrate(2, situations={"clean": {"heterogeneity": "none"}}, n=300, workers=1)
    >>> set(rates["runs"])
    {2}
    """
    chosen = {name: dict(keywords) for name, keywords in (situations or SITUATIONS).items()}
    jobs = [(name, keywords, n, seed + run, alpha) for name, keywords in chosen.items() for run in range(runs)]
    flags = []
    for done, rows in enumerate(_mapped(jobs, workers or os.cpu_count() or 1), start=1):
        flags.extend(rows)
        if progress is not None:
            progress(done)
    frame = pd.DataFrame(flags, columns=["situation", "test", "flagged"])
    rates = frame.groupby(["situation", "test"], sort=False)["flagged"].agg(runs="size", flagged="sum").reset_index()
    low, high = proportion_confint(rates["flagged"], rates["runs"], method="wilson")
    return rates.assign(flagged_pct=100 * rates["flagged"] / rates["runs"], low_pct=100 * low, high_pct=100 * high)


def _mapped(jobs: list[tuple[Any, ...]], workers: int) -> Any:
    if workers == 1:
        yield from map(_flags, jobs)
        return
    pool = ProcessPoolExecutor(workers, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        yield from pool.map(_flags, jobs)
    finally:
        pool.shutdown(cancel_futures=True)  # on Ctrl-C too, which is ours to answer, not the workers'


def _flags(job: tuple[str, dict[str, Any], int, int, float]) -> list[tuple[str, str, bool]]:
    situation, keywords, n, seed, alpha = job
    results, _ = run(simulate(n, seed=seed, **keywords), seed, **DRAWS)
    return [(situation, name, result.flags(alpha)) for name, result in results.items()]
