"""Forecasters of counts in a panel: what a model must have, baselines, and a regression on each place's own past."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.told import said_count

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

LARGEST = 2**31 - 1
SHORTEST_PAST = 12  # periods before a point of learning
CLASS_EDGES = (0.5, 0.75, 0.9, 0.97)  # quantiles of the fitted mean between classes of dispersion


class PanelForecaster(Protocol):
    """What a model is after it was fitted."""

    @property
    def note(self) -> str:
        """Why it forecasts less than it should; empty where it does not."""
        ...

    def draw(self, units: NDArray[np.int64], ahead: NDArray[np.int64], draws: int, rng: Generator) -> Counts:
        """Draw counts for places (rows of the past) so many periods after its end: (units, periods, draws)."""
        ...


@runtime_checkable
class PanelModel(Protocol):
    """
    A model of counts, as `backtest` wants it; a model of one's own needs this attribute and one method.

    Examples
    --------
    >>> from analysis import forecast
    >>> class Always:
    ...     name, note = "always one", ""
    ...
    ...     def fit(self, past, ahead):
    ...         return self
    ...
    ...     def draw(self, units, ahead, draws, rng):
    ...         return np.ones((len(units), len(ahead), draws), dtype="int32")
    >>> isinstance(Always(), forecast.PanelModel)
    True
    """

    @property
    def name(self) -> str:
        """As the tables show it."""
        ...

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Learn from counts, shape (units, periods so far), NaN where not covered, to forecast `ahead` periods."""
        ...


class _Nothing(NamedTuple):
    note: str = ""

    def draw(self, units: NDArray[np.int64], ahead: NDArray[np.int64], draws: int, rng: Generator) -> Counts:
        return np.zeros((len(units), len(ahead), draws), dtype="int32")


class _Pool(NamedTuple):
    """Values to draw from with equal chance: `values[unit, :sizes[unit]]`."""

    values: Counts
    sizes: NDArray[np.int64]
    note: str = ""

    def draw(self, units: NDArray[np.int64], ahead: NDArray[np.int64], draws: int, rng: Generator) -> Counts:
        shape = (len(units), len(ahead), draws)
        if self.values.shape[0] == 1:
            return self.values[0][rng.integers(0, self.sizes[0], shape)]
        sizes = self.sizes[units][:, None, None]
        chosen = np.minimum((rng.random(shape, dtype="float32") * sizes).astype("int32"), (sizes - 1).astype("int32"))
        return np.take_along_axis(self.values[units][:, None, :], chosen, axis=2)


class _Poisson(NamedTuple):
    means: Floats
    note: str = ""

    def draw(self, units: NDArray[np.int64], ahead: NDArray[np.int64], draws: int, rng: Generator) -> Counts:
        return _counts(rng.poisson(self.means[units][:, None, None], (len(units), len(ahead), draws)))


class _NegativeBinomial(NamedTuple):
    means: Floats
    alphas: Floats
    note: str = ""

    def draw(self, units: NDArray[np.int64], ahead: NDArray[np.int64], draws: int, rng: Generator) -> Counts:
        means, alphas = self.means[units][:, None, None], self.alphas[units][:, None, None]
        shape = np.broadcast_to(1 / alphas, (len(units), len(ahead), draws))
        return _counts(rng.negative_binomial(shape, 1 / (1 + alphas * means)))


def _counts(drawn: NDArray[Any]) -> Counts:
    return np.minimum(drawn, LARGEST).astype("int32")


def _pooled(past: Floats) -> Counts:
    """All counts of all units as one pool; a past without any counts as zero."""
    values = past[np.isfinite(past)]
    return _counts(values if len(values) else np.zeros(1))[None, :]


@dataclass(frozen=True)
class AllZero:
    """
    Baseline: nothing happens anywhere. Hard to beat where most cells are zero.

    Attributes
    ----------
    name : str

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> one, ahead = np.array([0]), np.array([1, 2])
    >>> AllZero().fit(np.array([[3.0, 1.0]]), ahead).draw(one, ahead, 2, default_rng(0)).tolist()
    [[[0, 0], [0, 0]]]
    """

    name: str = "all zero"

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Learn nothing."""
        return _Nothing()


@dataclass(frozen=True)
class Conflictology:
    """
    Baseline: draws from the place's own last periods, as if the coming year were like the last.

    Attributes
    ----------
    periods : int
        How many of the last periods, as far as covered; a place without any draws from all places.
    name : str

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> one, ahead = np.array([0]), np.array([1])
    >>> fitted = Conflictology(periods=2).fit(np.array([[9.0, 4.0, 5.0]]), ahead)
    >>> sorted(set(fitted.draw(one, ahead, 100, default_rng(0)).ravel().tolist()))
    [4, 5]
    """

    periods: int = 12
    name: str = "last 12 periods"

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Keep each place's last periods."""
        recent = past[:, -self.periods :]
        order = np.argsort(~np.isfinite(recent), axis=1, kind="stable")
        values = np.nan_to_num(np.take_along_axis(recent, order, axis=1))
        sizes = np.isfinite(recent).sum(axis=1)
        if (bare := sizes == 0).any():
            pool = _pooled(recent)[0]
            width = max(values.shape[1], len(pool))
            values = np.pad(values, ((0, 0), (0, width - values.shape[1])))
            values[bare, : len(pool)], sizes[bare] = pool, len(pool)
        note = f"{said_count(bare.sum(), 'place')} without a covered period: drawn from all" if bare.any() else ""
        return _Pool(_counts(np.atleast_2d(values)), sizes.astype("int64"), note)


@dataclass(frozen=True)
class GlobalBootstrap:
    """
    Baseline: draws from the last periods of all places together (a benchmark of ViEWS 2023).

    Attributes
    ----------
    periods : int
        How many of the last periods.
    name : str

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> one, ahead = np.array([0]), np.array([1])
    >>> fitted = GlobalBootstrap(periods=1).fit(np.array([[9.0, 4.0], [9.0, 7.0]]), ahead)
    >>> sorted(set(fitted.draw(one, ahead, 100, default_rng(0)).ravel().tolist()))
    [4, 7]
    """

    periods: int = 12
    name: str = "all places' last 12 periods"

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Pool them."""
        pool = _pooled(past[:, -self.periods :])
        return _Pool(pool, np.array([pool.shape[1]]))


@dataclass(frozen=True)
class LastPoisson:
    """
    Baseline: Poisson draws around the place's last covered count (a benchmark of ViEWS 2023); 0 if it has none.

    Attributes
    ----------
    name : str

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> one, ahead = np.array([0]), np.array([1])
    >>> fitted = LastPoisson().fit(np.array([[9.0, 4.0, np.nan]]), ahead)  # the last period is not covered
    >>> round(float(fitted.draw(one, ahead, 10_000, default_rng(0)).mean()), 1)
    4.0
    """

    name: str = "last count, Poisson"

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Take it."""
        return _Poisson(_last(past))


def _last(past: Floats) -> Floats:
    seen = np.isfinite(past)
    place = past.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), np.nan_to_num(past[np.arange(len(past)), place]), 0.0)


@dataclass(frozen=True)
class LaggedCounts:
    """
    Negative binomial forecasts from a regression on each place's own past, the same for all places.

    It learns from pairs that were complete in time: what was known at some earlier point, every `every` periods back,
    and what followed as far ahead as is now forecast.

    Attributes
    ----------
    windows : tuple of int
        Logarithms of 1 + the mean count of the last so many periods are the predictors.
    every : int
        Periods from one point of learning to the next.
    points : int
        Most points, the latest ones.
    name : str

    Notes
    -----
    log mean = b0 + sum b_k log(1 + m_k), by Poisson quasi-likelihood (`statsmodels`), which weighs large counts, where
    a negative binomial likelihood would follow the many small ones and go astray on the large. Variance = mean + alpha
    mean^2, with alpha by maximum likelihood for each of five classes of the fitted mean. The mean is the same for all
    periods ahead, and no larger than twice the largest count seen.

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> ahead = np.array([1])
    >>> past = default_rng(0).poisson([[1.0], [20.0]], (2, 80)).astype("float64")  # a quiet place and a loud one
    >>> drawn = LaggedCounts().fit(past, ahead).draw(np.array([0, 1]), ahead, 10_000, default_rng(0))
    >>> quiet, loud = drawn.mean(axis=(1, 2))
    >>> bool(0 < quiet < 2), bool(18 < loud < 22)
    (True, True)
    """

    windows: tuple[int, ...] = (1, 12, 60)
    every: int = 12
    points: int = 10
    name: str = "lagged counts"

    def fit(self, past: Floats, ahead: NDArray[np.int64]) -> PanelForecaster:
        """Fit to pairs of the past."""
        ends = range(past.shape[1] - int(ahead.max()), min(self.windows[-1], SHORTEST_PAST) - 1, -self.every)
        pairs = [self._pairs(past, end, ahead) for end in list(ends)[: self.points]]
        columns = np.concatenate([np.empty((0, len(self.windows) + 1)), *(x for x, _ in pairs)])
        counts = np.concatenate([np.empty(0), *(y for _, y in pairs)])
        if not counts.any():
            why = "no event in the past to learn from" if len(counts) else "too short a past to learn from"
            return _Nothing(f"{why}: all zero")
        coefficients = _poisson_slopes(columns, counts)
        if coefficients is None:
            return _Poisson(_row_means(past, self.windows[-1]), "did not converge: Poisson around the mean count")
        most = 2 * max(float(np.nanmax(past)), 1.0)
        learned, now = (np.minimum(np.exp(x @ coefficients), most) for x in (columns, self._design(past)))
        edges = np.quantile(learned, CLASS_EDGES)
        classes = np.searchsorted(edges, learned)
        alphas = np.array([_alpha(counts[classes == k], learned[classes == k]) for k in range(len(edges) + 1)])
        return _NegativeBinomial(now, alphas[np.searchsorted(edges, now)])

    def _design(self, past: Floats) -> Floats:
        logs = [np.log1p(_row_means(past, window)) for window in self.windows]
        return np.column_stack([np.ones(len(past)), *logs])

    def _pairs(self, past: Floats, end: int, ahead: NDArray[np.int64]) -> tuple[Floats, Floats]:
        future = past[:, end - 1 + ahead]
        known = np.isfinite(future)
        return np.repeat(self._design(past[:, :end]), known.sum(axis=1), axis=0), future[known]


def _row_means(past: Floats, window: int) -> Floats:
    """Mean of the covered counts among the last `window`; 0 where none is."""
    recent = past[:, -window:]
    seen = np.isfinite(recent)
    return np.nansum(recent, axis=1) / np.maximum(seen.sum(axis=1), 1)


def _poisson_slopes(columns: Floats, counts: Floats) -> Floats | None:
    """Coefficients, 0 for columns that do not vary; None if the fit fails."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    varying = np.flatnonzero(np.r_[True, np.ptp(columns[:, 1:], axis=0) > 1e-9])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a failed fit returns None
        try:
            fit = GLM(counts, columns[:, varying], family=Poisson()).fit(maxiter=100)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError, PerfectSeparationError):
            return None
    if not (fit.converged and np.isfinite(fit.params).all()):
        return None
    coefficients = np.zeros(columns.shape[1])
    coefficients[varying] = fit.params
    return coefficients


def _alpha(counts: Floats, means: Floats) -> float:
    """Dispersion that makes the counts likeliest, means held; of no counts, that of an exponential."""
    if not len(counts):
        return 1.0
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    def cost(log_alpha: float) -> float:
        shape = np.exp(-log_alpha)
        return -float(
            (
                gammaln(counts + shape)
                - gammaln(shape)
                + shape * np.log(shape / (shape + means))
                + counts * np.log(means / (shape + means))
            ).sum()
        )

    found = minimize_scalar(cost, bounds=(-9, 6), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))


PANEL_BASELINES: tuple[PanelModel, ...] = (AllZero(), Conflictology(), LastPoisson(), GlobalBootstrap())
