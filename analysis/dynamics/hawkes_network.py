"""Which unit's events bring on events elsewhere: self-excitation among a few units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dynamics.hawkes_recursion import excited
from analysis.dynamics.hawkes_times import read_times
from analysis.dynamics.rhythm import Rhythm, rhythm_of
from analysis.options import demand_level
from analysis.told import Told, said_count

Floats = NDArray[np.float64]

STEP = 1e-3  # of the log decay
SMALLEST = 1e-9  # expected events below which a share is taken for 0
PER_PARAMETER = 10


@dataclass(frozen=True, eq=False)
class HawkesNetworkFit(Told):
    """
    Self-excitation among units, with one decay.

    Attributes
    ----------
    baselines : Series, shape (k,)
        Events per unit of time and unit that no event has excited.
    branching : DataFrame, shape (k, k)
        Events that one event in the unit of the column excites, on average, in the unit of the row.
    decay : float
        Rate per unit of time at which excitation fades.
    radius : float
        Spectral radius of `branching`; the process is stationary below 1 and explodes from 1 on.
    radius_low, radius_high : float
        Its interval by the delta method, at `level`.
    baselines_se, branching_se : Series, DataFrame
        Standard errors (observed information); NaN where the estimate is 0, the edge of what is allowed.
    decay_se : float
    loglik, poisson_loglik : float
        Log likelihood, and that without any excitation.
    n : Series
        Events by unit.
    dropped : DataFrame
        `unit`, `position`, `reason` of entries without a time.
    shared_times : int
        Events at exactly the time of one in another unit; neither excites the other.
    level : float
    """

    baselines: pd.Series
    branching: pd.DataFrame
    decay: float
    radius: float
    radius_low: float
    radius_high: float
    baselines_se: pd.Series
    branching_se: pd.DataFrame
    decay_se: float
    loglik: float
    poisson_loglik: float
    n: pd.Series
    dropped: pd.DataFrame
    shared_times: int
    level: float

    @property
    def stationary(self) -> bool:
        """Whether the fitted process settles down: its spectral radius is below 1."""
        return self.radius < 1

    def summary(self) -> str:
        """Say how much is excited within and between units, and what to beware of."""
        k = len(self.n)
        own = float(np.diag(self.branching).mean())
        rest = (float(self.branching.to_numpy().sum()) - own * k) / k
        lines = [
            f"{said_count(self.n.sum(), 'event')} in {said_count(k, 'unit')}. An event excites {own:.2f} events in its "
            f"own unit and {rest:.2f} in the others together, on average over units; mean wait {1 / self.decay:.3g}.",
            f"Spectral radius {self.radius:.2f} ({100 * self.level:g}% interval {self.radius_low:.2f} to "
            f"{self.radius_high:.2f}): {_said_stability(self)}",
        ]
        parameters = k * (k + 1) + 1
        if self.n.sum() < PER_PARAMETER * parameters:
            lines.append(
                f"{self.n.sum():,} events are few for {parameters} parameters: single cells of the matrix say little."
            )
        if self.shared_times:
            lines.append(
                f"{said_count(self.shared_times, 'event')} at the very time of one elsewhere: as if neither knew of it."
            )
        lines.append("A common cause or a shared rhythm that is left out looks like excitation between units.")
        return "\n".join(lines)


def _said_stability(fit: HawkesNetworkFit) -> str:
    if not fit.stationary:
        return "not stationary, each wave would outgrow the last; look for a trend or a common cause."
    if fit.radius_high >= 1:
        return "below 1, but a process that explodes is compatible."
    return "stationary, waves die out."


class _Units(NamedTuple):
    """Event times by unit, the span, and the rhythm."""

    times: list[Floats]
    start: float
    end: float
    rhythm: Rhythm

    @property
    def exposure(self) -> float:
        return float(self.rhythm.integral(self.start, self.end))

    def design(self, decay: float) -> tuple[list[Floats], Floats]:
        """Give rates at each unit's events, per unit of each parameter, and what each parameter lets expect in all."""
        rates = [
            np.column_stack([self.rhythm.at(at), *(decay * excited(at, source, decay)[0] for source in self.times)])
            for at in self.times
        ]
        shares = [-np.expm1(-decay * (self.end - source)).sum() for source in self.times]
        return rates, np.array([self.exposure, *shares])


def fit_hawkes_network(
    times: Mapping[Any, Any],
    end: Any = None,
    *,
    start: Any = None,
    rhythm: Any = None,
    cycle: float | None = None,
    unit: str = "h",
    level: float = 0.95,
) -> HawkesNetworkFit:
    """
    Fit self-excitation within and between a few units, by maximum likelihood with one decay.

    The matrix has k x k numbers: with nine regions 91 parameters. Few events per parameter say little of single cells;
    the spectral radius is steadier. A rhythm or a cause that units share looks like excitation between them.

    Parameters
    ----------
    times : mapping of unit to array_like
        Moments of the events of each unit, numbers or timestamps, as in `fit_hawkes`.
    end, start : number or timestamp, optional
        Span that was watched in all units. Default: to the last event of any; from 0, or midnight of the first day.
    rhythm, cycle
        Known weights of all baselines over a cycle, as in `fit_hawkes`.
    unit : str
        Unit of the fit for timestamps: "h", "D", "min".
    level : float
        Coverage of the interval of the spectral radius.

    Returns
    -------
    HawkesNetworkFit

    Raises
    ------
    ValueError
        If there are fewer than two events, ties within a unit, or events outside the span.

    Notes
    -----
    Rate of unit j: baseline_j x rhythm(t) + decay x sum over k of branching_jk x sum over earlier events of k of
    exp(-decay (t - t_i)). Given the decay the likelihood is concave and falls apart by unit (projected Newton steps,
    all numbers at least 0); the decay is sought outside. Stationary if the spectral radius of the matrix is below 1.
    Standard errors are those of the numbers above 0.

    References
    ----------
    Embrechts, Liniger and Lin (2011), Multivariate Hawkes processes: an application to financial data, Journal of
    Applied Probability 48A.

    Examples
    --------
    >>> from analysis.dynamics import simulate_hawkes_network
    >>> capital, south = simulate_hawkes_network([0.5, 0.1], [[0.5, 0], [0.3, 0.2]], 1.0, end=2000, seed=2)
    >>> fit = fit_hawkes_network({"capital": capital, "south": south}, end=2000)
    >>> fit.branching.round(1).loc["south"].tolist(), round(fit.radius, 1), fit.stationary
    ([0.3, 0.2], 0.5, True)
    """
    demand_level(level)
    names, units, dropped = _read(times, start, end, unit, rhythm_of(rhythm, cycle))
    log_decay = _best_decay(units)
    shares = _highest_given(units, log_decay)
    counts = np.array([len(at) for at in units.times])
    none = float(sum(n * math.log(n / units.exposure) - n for n in counts if n))
    none += float(sum(np.log(units.rhythm.at(at)).sum() for at in units.times))
    information, free = _information(units, shares, log_decay)
    covariance = np.asarray(np.linalg.pinv(information), dtype="float64")
    spread = np.full(shares.size + 1, np.nan)
    spread[free] = np.sqrt(np.maximum(np.diag(covariance), 0))
    errors = spread[:-1].reshape(shares.shape)
    radius, low, high = _radius(shares[:, 1:], covariance, free, level)
    merged = np.concatenate(units.times)
    return HawkesNetworkFit(
        baselines=pd.Series(shares[:, 0], index=names),
        branching=pd.DataFrame(shares[:, 1:], index=names, columns=names),
        decay=math.exp(log_decay),
        radius=radius,
        radius_low=low,
        radius_high=high,
        baselines_se=pd.Series(errors[:, 0], index=names),
        branching_se=pd.DataFrame(errors[:, 1:], index=names, columns=names),
        decay_se=float(spread[-1]) * math.exp(log_decay),
        loglik=_loglik(units, shares, log_decay),
        poisson_loglik=none,
        n=pd.Series(counts, index=names),
        dropped=dropped,
        shared_times=len(merged) - len(np.unique(merged)),
        level=level,
    )


def _read(
    times: Mapping[Any, Any], start: Any, end: Any, unit: str, rhythm: Rhythm
) -> tuple[list[Any], _Units, pd.DataFrame]:
    """Read all units on one clock."""
    if not isinstance(times, Mapping) or not times:
        raise ValueError("times: expected a mapping of unit to its event times, such as {'Osh': [...], 'Talas': [...]}")
    series = [pd.Series(values, dtype=None if len(values) else "float64") for values in times.values()]
    together = pd.concat([one for one in series if len(one)], ignore_index=True) if any(map(len, series)) else []
    whole = read_times(pd.Series(together).drop_duplicates() if len(together) else [], start, end, unit)
    found, dropped = [], []
    for name, one in zip(times, series, strict=True):
        missing = one.isna().to_numpy()
        dropped += [{"unit": name, "position": int(place), "reason": "no time"} for place in np.flatnonzero(missing)]
        known = one[~missing]
        numbers = np.sort(whole.numbers(known)) if len(known) else np.empty(0)
        if ties := int((np.diff(numbers) == 0).sum()):
            tied = said_count(ties, "event")
            raise ValueError(f"unit {name}: {tied} with the time of another of that unit; the times are rounded")
        found.append(numbers)
    table = pd.DataFrame(dropped, columns=["unit", "position", "reason"])
    return list(times), _Units(found, whole.start, whole.end, rhythm), table


def _best_decay(units: _Units) -> float:
    """Maximise the likelihood over the log decay, everything else moved to where it fits best."""
    from scipy.optimize import minimize_scalar

    gaps = np.diff(np.sort(np.concatenate(units.times)))
    span = units.end - units.start
    slow, quick = -math.log(span), math.log(20 / float(np.median(gaps[gaps > 0])))
    grid = np.linspace(slow, max(quick, slow + 1), 12)

    def loss(log_decay: float) -> float:
        return -_loglik(units, _highest_given(units, log_decay), log_decay)

    lowest = int(np.argmin([loss(value) for value in grid]))
    bounds = (grid[max(lowest - 1, 0)], grid[min(lowest + 1, len(grid) - 1)])
    return float(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x)


def _highest_given(units: _Units, log_decay: float) -> Floats:
    """Baselines and branching that fit best with a decay, shape (k, k + 1)."""
    rates, expected = units.design(math.exp(log_decay))
    scale = np.maximum(expected, SMALLEST)
    return np.array([_highest(one / scale) / scale for one in rates])


def _highest(rates: Floats) -> Floats:
    """Maximise sum log(rates @ x) - sum x over x >= 0, by Newton steps cut at 0, or by EM where those fail."""
    n, size = rates.shape
    x = np.full(size, n / size)
    if not n:
        return x
    value = float(np.log(rates @ x).sum() - x.sum())
    for _ in range(200):
        fitted = rates @ x
        gradient = (rates / fitted[:, None]).sum(axis=0) - 1
        free = (x > SMALLEST) | (gradient > 0)
        scaled = rates[:, free] / fitted[:, None]
        move = np.zeros(size)
        move[free] = np.linalg.lstsq(scaled.T @ scaled, gradient[free], rcond=1e-12)[0]
        trials = [np.maximum(x + share * move, 0) for share in (1, 0.25, 0.06)] + [x * (1 + gradient)]
        best, value_of = x, value
        for trial in trials:
            with np.errstate(divide="ignore"):
                reached = float(np.log(rates @ trial).sum() - trial.sum())
            if reached > value_of:
                best, value_of = trial, reached
                break
        done = value_of - value < 1e-10
        x, value = best, value_of
        if done:
            break
    return np.where(x > SMALLEST * n, x, 0.0)


def _loglik(units: _Units, shares: Floats, log_decay: float) -> float:
    rates, expected = units.design(math.exp(log_decay))
    return sum(float(np.log(one @ row).sum() - expected @ row) for one, row in zip(rates, shares, strict=True))


def _slopes(units: _Units, shares: Floats, log_decay: float) -> Floats:
    """Give the gradient of the log likelihood by baselines and branching, flat."""
    rates, expected = units.design(math.exp(log_decay))
    return np.concatenate(
        [
            (one / np.maximum(one @ row, 1e-300)[:, None]).sum(axis=0) - expected
            for one, row in zip(rates, shares, strict=True)
        ]
    )


def _information(units: _Units, shares: Floats, log_decay: float) -> tuple[Floats, NDArray[np.intp]]:
    """Observed information of the numbers above 0 and the log decay, and which those are."""
    rates, _ = units.design(math.exp(log_decay))
    size = shares.size
    found = np.zeros((size + 1, size + 1))
    for place, (one, row) in enumerate(zip(rates, shares, strict=True)):
        scaled = one / np.maximum(one @ row, 1e-300)[:, None]
        part = slice(place * len(row), (place + 1) * len(row))
        found[part, part] = scaled.T @ scaled
    up, down = log_decay + STEP, log_decay - STEP
    found[:-1, -1] = found[-1, :-1] = -(_slopes(units, shares, up) - _slopes(units, shares, down)) / (2 * STEP)
    values = [_loglik(units, shares, at) for at in (down, log_decay, up)]
    found[-1, -1] = -(values[0] - 2 * values[1] + values[2]) / STEP**2
    free = np.flatnonzero(np.append(shares.ravel() > 0, (shares[:, 1:] > 0).any()))
    return found[np.ix_(free, free)], free


def _radius(branching: Floats, covariance: Floats, free: NDArray[np.intp], level: float) -> tuple[float, float, float]:
    """Spectral radius and its interval: its derivative by each cell is the product of left and right eigenvectors."""
    from scipy.linalg import eig
    from scipy.stats import norm

    values, left, right = eig(branching, left=True)
    top = int(np.argmax(values.real))
    radius = max(float(values[top].real), 0.0)
    one, other = left[:, top].real, right[:, top].real
    product = float(one @ other)
    if radius <= 0 or abs(product) < 1e-12:
        return radius, 0.0, math.nan
    slopes = np.zeros((len(branching), len(branching) + 1))
    slopes[:, 1:] = np.outer(one, other) / product
    slope = np.append(slopes.ravel(), 0.0)[free]
    reach = float(norm.ppf((1 + level) / 2)) * math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    return radius, max(radius - reach, 0.0), radius + reach
