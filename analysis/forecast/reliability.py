"""Do events happen as often as forecast: parts of the Brier score, and calibration curve with its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import default_rng
from numpy.typing import ArrayLike, NDArray

from analysis.forecast.scoring import read_probabilities
from analysis.options import demand_level, known
from analysis.told import Told, said_count, said_p

Floats = NDArray[np.float64]

FEWEST = 10
MOST_TIMES = 8
EDGE = 1e-3  # probabilities of 0 and 1 have no logit; they are moved in by this much for slope and intercept


class Decomposition(NamedTuple):
    """
    Brier score = reliability - resolution + uncertainty.

    Attributes
    ----------
    brier : float
        Mean Brier score (0 to 1, lower is better).
    reliability : float
        What is lost because events do not happen as often as forecast; 0 is best. Also called miscalibration.
    resolution : float
        What is gained because forecasts tell likely from unlikely events; 0 says no more than the base rate. Also
        called discrimination.
    uncertainty : float
        Score of the base rate, known in hindsight: base rate x (1 - base rate).
    n : int
        Forecasts.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    n: int


@dataclass(frozen=True, eq=False)
class Calibration(Told):
    """
    How often events happened, by the probability they were given.

    Attributes
    ----------
    curve : DataFrame, one row per distinct probability
        `probability`; `observed`: share of events, isotonic (never falling with the probability); `low`, `high`: where
        the whole curve would lie in `level` of cases if every probability were right; `n`, `events`.
    outside : int
        Distinct probabilities at which the curve leaves the band.
    p_value : float
        Share of simulated calibrated curves at least as extreme anywhere (global rank test; a little too large, because
        of ties).
    intercept, slope : float
        Of a logit of the outcomes on the logit of the probabilities: 0 and 1 if calibrated; slope below 1: too
        extreme. Missing where they have no finite estimate.
    decomposition : Decomposition
        By the same isotonic curve.
    n, events : int
        Forecasts, and events among them.
    level : float
        Of the band, for the whole curve at once.
    resamples : int
        Simulated curves.
    """

    curve: pd.DataFrame
    outside: int
    p_value: float
    intercept: float
    slope: float
    decomposition: Decomposition
    n: int
    events: int
    level: float
    resamples: int

    def summary(self) -> str:
        """Say whether the forecasts are calibrated, as far as their number can tell."""
        low, high = self.curve["probability"].iloc[[0, -1]]
        parts = self.decomposition
        lines = [
            f"{said_count(self.n, 'forecast')} from {low:.2f} to {high:.2f}, {said_count(self.events, 'event')} "
            f"({self.events / self.n:.0%}; mean forecast "
            f"{np.average(self.curve['probability'], weights=self.curve['n']):.0%})."
        ]
        if self.outside:
            lines.append(
                f"Not calibrated: the curve leaves the simultaneous {100 * self.level:g}% band at {self.outside} of "
                f"{len(self.curve)} probabilities ({said_p(self.p_value)})."
            )
        else:
            lines.append(
                f"The curve stays inside the simultaneous {100 * self.level:g}% band ({said_p(self.p_value)}): no sign "
                "of miscalibration, which with few forecasts is weak praise."
            )
        if np.isfinite(self.slope):
            lines.append(
                f"Calibration slope {self.slope:.2f} (1 is right, below 1 too extreme), intercept {self.intercept:.2f}."
            )
        lines.append(
            f"Brier {parts.brier:.3f} = reliability {parts.reliability:.3f} - resolution {parts.resolution:.3f} + "
            f"uncertainty {parts.uncertainty:.3f}."
        )
        return "\n".join(lines)


def decompose(
    outcomes: ArrayLike, probabilities: ArrayLike, method: Literal["isotonic", "values"] = "isotonic"
) -> Decomposition:
    """
    Split the Brier score into reliability, resolution and uncertainty.

    Bins are not needed, and their number would change the answer. "values" is Murphy's original, of equal forecasts;
    where nearly every forecast has its own value it calls everything resolution, so take "isotonic" there.

    Parameters
    ----------
    outcomes : array_like of 0 and 1, shape (n,)
        What happened.
    probabilities : array_like, shape (n,)
        Forecast of a 1.
    method : {"isotonic", "values"}
        How often events happen at a probability: by isotonic regression (never falling), or as counted at each value.

    Returns
    -------
    Decomposition
        `brier`, `reliability`, `resolution`, `uncertainty`, `n`; brier = reliability - resolution + uncertainty.

    Raises
    ------
    ValueError
        If there is no forecast, a cell is missing, or is no probability or no outcome of 0 or 1.

    Notes
    -----
    With c the recalibrated forecast and S the mean Brier score: reliability = S(p) - S(c), resolution = S(base rate) -
    S(c), uncertainty = S(base rate).

    References
    ----------
    Murphy, A. H. (1973). A new vector partition of the probability score. Journal of Applied Meteorology 12, 595-600.
    Dimitriadis, T., Gneiting, T., Jordan, A. I. (2021). Stable reliability diagrams for probabilistic classifiers.
    PNAS 118(8), e2016191118.

    Examples
    --------
    >>> found = decompose([0, 0, 1, 0, 1, 1], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    >>> [round(part, 4) for part in found[:4]]
    [0.24, 0.0178, 0.0278, 0.25]
    """
    known(method, ("isotonic", "values"), "method")
    y, p = _read(outcomes, probabilities)
    return _decomposition(y, p, _Groups.of(y, p), method)


def calibration(
    outcomes: ArrayLike, probabilities: ArrayLike, *, level: float = 0.9, resamples: int = 1000, seed: int = 0
) -> Calibration:
    """
    Compare how often events happened with how often they were forecast, with a band for the whole curve.

    The band says where the curve of calibrated forecasts would lie, not where the true curve lies: inside it nothing is
    shown to be wrong, outside it something is. It holds for all probabilities at once.

    Parameters
    ----------
    outcomes : array_like of 0 and 1, shape (n,)
        What happened.
    probabilities : array_like, shape (n,)
        Forecast of a 1.
    level : float
        Simultaneous level of the band.
    resamples : int
        Simulated sets of outcomes, at the least; more are drawn where there are many distinct probabilities.
    seed : int
        Seed of the simulation.

    Returns
    -------
    Calibration
        Curve with band, test, slope and intercept, decomposition.

    Raises
    ------
    ValueError
        If there are fewer than 10 forecasts, a cell is missing, or is no probability or no outcome of 0 or 1.

    Notes
    -----
    Curve: isotonic regression of outcomes on probabilities (pool adjacent violators; CORP reliability diagram). Band:
    the same curve for outcomes drawn with the forecast probabilities, independently of each other; the global envelope
    of the least extreme `level` of the drawn curves by their most extreme rank at any probability. Forecasts of the
    same country's cases are not independent, so the band is a little too narrow where countries repeat.

    References
    ----------
    Dimitriadis, T., Gneiting, T., Jordan, A. I. (2021). Stable reliability diagrams for probabilistic classifiers.
    PNAS 118(8), e2016191118.
    Myllymaki, M. et al. (2017). Global envelope tests for spatial processes. Journal of the Royal Statistical Society B
    79(2), 381-404.

    Examples
    --------
    >>> found = calibration([0, 0, 0, 0, 1, 0, 1, 1, 1, 1], [0.2] * 5 + [0.8] * 5)
    >>> found.curve[["probability", "observed"]].to_numpy().tolist(), found.outside
    ([[0.2, 0.2], [0.8, 0.8]], 0)
    """
    demand_level(level)
    if resamples < 100:
        raise ValueError(f"{resamples} resamples cannot make a band; take 100 or more")
    y, p = _read(outcomes, probabilities)
    if len(y) < FEWEST:
        raise ValueError(f"{len(y)} forecasts cannot show calibration; {FEWEST} are the least")
    groups = _Groups.of(y, p)
    observed = _isotonic(groups.events, groups.sizes)
    band = _band(groups, observed, level, resamples, seed)
    intercept, slope = _logit_line(y, p)
    curve = pd.DataFrame(
        {
            "probability": groups.levels,
            "observed": observed,
            "low": band.low,
            "high": band.high,
            "n": groups.sizes.astype("int64"),
            "events": groups.events.astype("int64"),
        }
    )
    return Calibration(
        curve=curve,
        outside=int(((observed < band.low) | (observed > band.high)).sum()),
        p_value=band.p_value,
        intercept=intercept,
        slope=slope,
        decomposition=_decomposition(y, p, groups, "isotonic"),
        n=len(y),
        events=int(y.sum()),
        level=level,
        resamples=band.resamples,
    )


class _Groups(NamedTuple):
    """Forecasts of equal probability, in rising order."""

    levels: Floats
    sizes: Floats
    events: Floats
    of_row: NDArray[np.int64]

    @classmethod
    def of(cls, y: Floats, p: Floats) -> _Groups:
        levels, of_row, sizes = np.unique(p, return_inverse=True, return_counts=True)
        events = np.bincount(of_row, weights=y, minlength=len(levels))
        return cls(levels, sizes.astype("float64"), events.astype("float64"), of_row.astype("int64"))


class _Band(NamedTuple):
    low: Floats
    high: Floats
    p_value: float
    resamples: int


def _read(outcomes: ArrayLike, probabilities: ArrayLike) -> tuple[Floats, Floats]:
    y, p = read_probabilities(outcomes, probabilities)
    if not len(y):
        raise ValueError("there are no forecasts")
    return y, p


def _isotonic(events: Floats, sizes: Floats) -> Floats:
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(events / sizes, weights=sizes).x)


def _decomposition(y: Floats, p: Floats, groups: _Groups, method: str) -> Decomposition:
    shares = groups.events / groups.sizes if method == "values" else _isotonic(groups.events, groups.sizes)
    brier, recalibrated = float(((p - y) ** 2).mean()), float(((shares[groups.of_row] - y) ** 2).mean())
    uncertainty = float(((y.mean() - y) ** 2).mean())
    return Decomposition(brier, brier - recalibrated, uncertainty - recalibrated, uncertainty, len(y))


def _simulated_curves(groups: _Groups, resamples: int, seed: int) -> Floats:
    drawn = default_rng(seed).binomial(groups.sizes.astype("int64"), groups.levels, (resamples, len(groups.levels)))
    return np.array([_isotonic(events, groups.sizes) for events in drawn.astype("float64")])


def _band(groups: _Groups, observed: Floats, level: float, resamples: int, seed: int) -> _Band:
    """
    Give the global envelope for a curve that is not among the simulated ones.

    A curve's rank is how many others are as low or lower (as high or higher) where it stands out most. The envelope at
    a rank holds all curves of that rank or more; simulated curves are ranked among the others, as the observed one is.
    Where so many probabilities compete that even rank 1 is left too often, more curves are simulated.
    """
    drawn = resamples
    while True:
        ordered = np.sort(simulated := _simulated_curves(groups, drawn, seed), axis=0)
        ranks = _most_extreme(simulated, ordered) - 1
        rank = int(np.quantile(ranks, 1 - level, method="lower"))
        if rank >= 1 or drawn >= MOST_TIMES * resamples:
            break
        drawn *= 2
    rank = max(rank, 1)
    own = int(_most_extreme(observed[None, :], ordered)[0])
    p_value = float((1 + (ranks <= own).sum()) / (1 + drawn))
    return _Band(ordered[rank - 1], ordered[-rank], p_value, drawn)


def _most_extreme(curves: Floats, ordered: Floats) -> NDArray[np.int64]:
    """Smallest number, over probabilities and both sides, of simulated values as far out or farther."""
    columns = range(ordered.shape[1])
    below = [np.searchsorted(ordered[:, k], curves[:, k], side="right") for k in columns]
    above = [len(ordered) - np.searchsorted(ordered[:, k], curves[:, k], side="left") for k in columns]
    return np.minimum(below, above).min(axis=0)


def _logit_line(y: Floats, p: Floats) -> tuple[float, float]:
    """Intercept and slope of the outcomes on the logit of the probabilities, missing where none is finite."""
    from scipy.special import logit
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    x = logit(np.clip(p, EDGE, 1 - EDGE))
    if np.ptp(x) < 1e-9 or not 0 < y.sum() < len(y) or _separated(x, y):
        return float("nan"), float("nan")
    intercept, slope = GLM(y, np.column_stack([np.ones(len(x)), x]), family=Binomial()).fit(maxiter=200).params
    return float(intercept), float(slope)


def _separated(x: Floats, y: Floats) -> bool:
    """Whether some threshold parts all events from all others, ties at it allowed."""
    events, others = x[y == 1], x[y == 0]
    return bool(others.max() <= events.min() or events.max() <= others.min())
