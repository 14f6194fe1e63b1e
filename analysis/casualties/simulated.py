"""Simulated reports of a running total that is known, to measure how often `fit_latent` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

_STILL, _RISE = 0.3, 0.2  # share of cut-offs without a rise, mean rise of the log total at the others
_ERRORS: Mapping[str, float] = MappingProxyType({"competent": 0.03, "authority": 0.08, "media": 0.2})
_WORDINGS: Mapping[str, float] = MappingProxyType({"exact": 0.6, "more_than": 0.15, "about": 0.2, "up_to": 0.05})


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    Simulated reports with the total they err about.

    Attributes
    ----------
    cutoffs : ndarray, shape (n_reports,)
        Cut-off of each report (hours).
    low, high : ndarray, shape (n_reports,)
        What each report says (persons); `high` is inf where open.
    issuers : tuple of str, length n_reports
        Issuer group of each report.
    moments : ndarray, shape (n_cutoffs,)
        Distinct cut-offs in order (hours).
    truth : ndarray, shape (n_cutoffs,)
        True total at each of `moments` (persons).
    """

    cutoffs: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    issuers: tuple[str, ...]
    moments: NDArray[np.float64]
    truth: NDArray[np.int64]


def simulate_reports(
    n: int,
    seed: int,
    *,
    errors: Mapping[str, float] = _ERRORS,
    wrong: float = 0.05,
    bias: float = 0.0,
    herd: float = 0.0,
) -> Simulation:
    """
    Simulate reporting of a running total that is known.

    Half as many cut-offs as reports (1 to 20) fall evenly on 96 hours. The first total is log-uniform on 50 to
    200 persons; at each later cut-off it stays in 30 percent of cases, or its log rises by an exponential amount of
    mean 0.2. A report perceives the total times a log-normal error of its issuer, or, if it is stale, that of a random
    earlier cut-off, and words it exactly (60 percent), as "more than" (15), "about" (20) or "up to" (5) one leading
    digit. The model of `fit_latent` differs in what a wrong report says, in bursts, and in that a wording chosen by
    rounding says more than its interval.

    Parameters
    ----------
    n : int
        Reports.
    seed : int
        The same seed gives the same reports.
    errors : mapping of str to float
        Issuer groups and the standard deviation of their log error.
    wrong : float
        Share of stale reports.
    bias : float
        Share of the total that every issuer misses, to see the model fail.
    herd : float
        Share of the reports on the last third of the cut-offs that repeat one total from before, to see it fail.

    Returns
    -------
    Simulation
        Reports in order of drawing, and the truth.

    Raises
    ------
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> simulated = simulate_reports(12, seed=1)
    >>> len(simulated.cutoffs), len(simulated.truth), bool((np.diff(simulated.truth) >= 0).all())
    (12, 6, True)
    """
    if n < 1:
        raise ValueError(f"{n} reports asked for; at least one is needed")
    rng = default_rng(seed)
    count = min(max(1, n // 2), 20)
    moments = np.sort(rng.uniform(0, 96, count))
    rises = rng.exponential(_RISE, count) * (rng.random(count) >= _STILL) * (np.arange(count) > 0)
    truth = np.rint(np.expm1(rng.uniform(np.log(50), np.log(200)) + np.cumsum(rises)))
    when = np.concatenate([np.arange(count), rng.integers(0, count, n - count)])
    names = np.array(sorted(errors))
    who = rng.integers(0, len(names), n)
    about = np.where(rng.random(n) < wrong, (rng.random(n) * when).astype("int64"), when)
    third = 2 * count // 3
    about = np.where((rng.random(n) < herd) & (when >= third), max(third - 1, 0), about)
    deviation = np.array([errors[name] for name in names])[who]
    log_total = np.log1p(truth[about]) + np.log1p(-bias) + deviation * rng.standard_normal(n)
    low, high = _worded(np.rint(np.maximum(np.expm1(log_total), 0)), rng)
    return Simulation(moments[when], low, high, tuple(names[who].tolist()), moments, truth.astype("int64"))


def _worded(total: NDArray[np.float64], rng: Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put totals into words drawn at random, and the words into intervals."""
    words = rng.choice(list(_WORDINGS), len(total), p=list(_WORDINGS.values()))
    unit = 10.0 ** np.floor(np.log10(np.maximum(total, 1)))
    nearest = np.rint(total / unit) * unit
    chosen = [(words == "more_than") & (total > 0), words == "about", words == "up_to"]
    below = np.floor((total - 1) / unit) * unit + 1
    lows = [below, np.ceil(np.maximum(nearest - unit / 2, 0)), np.zeros_like(total)]
    highs = [np.full_like(total, np.inf), np.floor(nearest + unit / 2), np.ceil(total / unit) * unit]
    return np.select(chosen, lows, total), np.select(chosen, highs, total)
