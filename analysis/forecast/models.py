"""Forecasters of cases: what a model must have, the baselines, and a penalised logit on what is known on the night."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.designs import dependent_columns

Floats = NDArray[np.float64]

UNIT, REGION, DATE = "unit", "region", "date"  # columns that every model is given
NEWTON_STEPS = 50


class CaseForecaster(Protocol):
    """What a model is after it was fitted."""

    @property
    def note(self) -> str:
        """Why it forecasts less than it should, such as "did not converge: base rate"; empty where it does not."""
        ...

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Give the probability of an event in each row, shape (n,)."""
        ...


@runtime_checkable
class CaseModel(Protocol):
    """
    A model of cases, as `backtest` wants it; a model of one's own needs these two attributes and one method.

    Examples
    --------
    >>> from analysis import forecast
    >>> class Never:
    ...     name, columns, note = "never", (), ""
    ...
    ...     def fit(self, past, outcome):
    ...         return self
    ...
    ...     def predict(self, rows):
    ...         return np.zeros(len(rows))
    >>> isinstance(Never(), forecast.CaseModel)
    True
    """

    @property
    def name(self) -> str:
        """As the tables show it."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Predictors; no other column of the frame is handed over, apart from `unit`, `region` and `date`."""
        ...

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Learn from past rows, whose outcome (0.0 or 1.0) is known, and return what can predict others."""
        ...


class _Lookup(NamedTuple):
    """A probability by unit or region, another where there is none."""

    column: str
    known: dict[Any, float]
    otherwise: float
    note: str = ""

    def predict(self, rows: pd.DataFrame) -> Floats:
        return np.array([self.known.get(place, self.otherwise) for place in rows[self.column].to_numpy()])


def _by_place(places: pd.Series, outcome: Floats) -> tuple[Any, Floats, Floats]:
    """Names, events and cases of each unit or region; cases without one are nobody's."""
    codes, names = pd.factorize(places.to_numpy(dtype=object))
    has = codes >= 0
    events, cases = (np.bincount(codes[has], weights, len(names)) for weights in (outcome[has], None))
    return names, events.astype("float64"), cases.astype("float64")


class _Constant(NamedTuple):
    probability: float
    note: str = ""

    def predict(self, rows: pd.DataFrame) -> Floats:
        return np.full(len(rows), self.probability)


def _base_rate(outcome: pd.Series) -> float:
    return float((outcome.sum() + 0.5) / (len(outcome) + 1))


@dataclass(frozen=True)
class BaseRate:
    """
    Baseline: the share of events among past cases, (events + 1/2) / (cases + 1), so that it is never certain.

    Attributes
    ----------
    name : str
    columns : tuple of str
        None.

    Examples
    --------
    >>> past = pd.DataFrame({"unit": ["A", "A", "B"]})
    >>> BaseRate().fit(past, pd.Series([0.0, 1.0, 0.0])).predict(past).tolist()  # (1 + 1/2) / (3 + 1)
    [0.375, 0.375, 0.375]
    """

    name: str = "base rate"
    columns: tuple[str, ...] = ()

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Count."""
        return _Constant(_base_rate(outcome))


@dataclass(frozen=True)
class RecentBaseRate:
    """
    Baseline: the share of events among the last cases, for where the rate drifts.

    Attributes
    ----------
    cases : int
        How many of the latest past cases: (events + 1/2) / (cases + 1).
    name : str
    columns : tuple of str
        None.

    Examples
    --------
    >>> past = pd.DataFrame({"date": pd.to_datetime(["2001-01-01", "2003-01-01", "2005-01-01"])})
    >>> RecentBaseRate(cases=1).fit(past, pd.Series([0.0, 0.0, 1.0])).predict(past).tolist()  # (1 + 1/2) / (1 + 1)
    [0.75, 0.75, 0.75]
    """

    cases: int = 30
    name: str = "recent base rate"
    columns: tuple[str, ...] = ()

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Count the last ones by date; those on the day of the first of them all count."""
        first = past[DATE].nlargest(self.cases).min()
        return _Constant(_base_rate(outcome[(past[DATE] >= first).to_numpy()]))


@dataclass(frozen=True)
class RegionBaseRate:
    """
    Baseline: the share of events among past cases of the region, shrunk towards that of all.

    Attributes
    ----------
    weight : float
        Cases that the base rate of all counts for: (events + weight x base rate) / (cases + weight).
    name : str
    columns : tuple of str
        None: the region is always known.

    Examples
    --------
    >>> past = pd.DataFrame({"region": ["North", "North", "South"]})
    >>> fitted = RegionBaseRate(weight=1).fit(past, pd.Series([1.0, 1.0, 0.0]))
    >>> fitted.predict(past).round(3).tolist()  # of all: 0.625; North (2 + 0.625) / 3, South 0.625 / 2
    [0.875, 0.875, 0.312]
    """

    weight: float = 5.0
    name: str = "region base rate"
    columns: tuple[str, ...] = ()

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Count by region."""
        overall = _base_rate(outcome)
        names, events, cases = _by_place(past[REGION], outcome.to_numpy())
        shrunk = (events + self.weight * overall) / (cases + self.weight)
        return _Lookup(REGION, dict(zip(names, shrunk, strict=True)), overall)


@dataclass(frozen=True)
class LastObservation:
    """
    Baseline: what happened in the country's last case, 0 or 1; the base rate where it has none.

    It is certain, so its log score is infinite as soon as it is wrong once.

    Attributes
    ----------
    name : str
    columns : tuple of str
        None.

    Examples
    --------
    >>> past = pd.DataFrame({"unit": ["A", "A"], "date": pd.to_datetime(["2001-01-01", "2005-01-01"])})
    >>> fitted = LastObservation().fit(past, pd.Series([1.0, 0.0]))
    >>> fitted.predict(pd.DataFrame({"unit": ["A", "B"]})).tolist()  # nothing is known of B
    [0.0, 0.5]
    """

    name: str = "last observation"
    columns: tuple[str, ...] = ()

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Take the last by date; the mean of several on one day."""
        codes, _ = pd.factorize(past[UNIT].to_numpy(dtype=object))
        days = past[DATE].to_numpy().astype("int64")
        last = np.full(codes.max(initial=-1) + 1, np.iinfo("int64").min)
        np.maximum.at(last, codes, days)
        latest = days == last[codes]
        names, events, cases = _by_place(past[UNIT][latest], outcome.to_numpy()[latest])
        return _Lookup(UNIT, dict(zip(names, events / cases, strict=True)), _base_rate(outcome))


class _Logit(NamedTuple):
    coding: _Coding
    coefficients: Floats
    intercept: float
    note: str = ""

    def predict(self, rows: pd.DataFrame) -> Floats:
        from scipy.special import expit

        return expit(self.intercept + self.coding.design(rows) @ self.coefficients)


class FirthLogit:
    """
    Logit with Firth's penalty on columns known in time, its probabilities right on average.

    Text columns become one column per level of the past but the most common; a level not seen in the past counts as
    the most common. Columns that do not vary in the past, or repeat others, are left out there. If the past has no
    event, or nothing else, or fewer rows than coefficients, it forecasts the base rate, and the result says how often.

    Parameters
    ----------
    columns : iterable of str
        Predictors: numbers, yes/no or text.
    name : str
        As the tables show it.

    Notes
    -----
    Firth (1993) by `firthmodels`. The penalty pulls probabilities towards 1/2; the intercept is therefore estimated
    again by plain maximum likelihood with the slopes held (FLIC), so that they average the share of events.

    References
    ----------
    Puhr, R. et al. (2017). Firth's logistic regression with rare events: accurate effect estimates and predictions?
    Statistics in Medicine 36, 2302-2317.

    Examples
    --------
    >>> past = pd.DataFrame({"margin": [1.0, 2.0, 8.0, 9.0, 3.0, 7.0]})
    >>> fitted = FirthLogit(["margin"]).fit(past, pd.Series([1.0, 1.0, 0.0, 0.0, 0.0, 1.0]))
    >>> round(float(fitted.predict(past).mean()), 6)
    0.5
    """

    def __init__(self, columns: Iterable[str], name: str = "Firth logit"):
        self.columns = (columns,) if isinstance(columns, str) else tuple(columns)
        self.name = name
        if not self.columns:
            raise ValueError(
                "a logit without predictors is the base rate, which is always there; name one column or more"
            )

    def fit(self, past: pd.DataFrame, outcome: pd.Series) -> CaseForecaster:
        """Fit to past rows without missing cells; see `CaseModel`."""
        from firthmodels import FirthLogisticRegression

        rate, y = _base_rate(outcome), outcome.to_numpy()
        if not 0 < y.sum() < len(y):
            return _Constant(rate, "all outcomes of the past are alike: base rate")
        coding = _Coding.of(past, self.columns)
        design = coding.design(past)
        if not design.shape[1] or len(y) <= design.shape[1] + 1:
            return _Constant(rate, "no column varies in the past, or too few rows: base rate")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said in the note
            fit = FirthLogisticRegression(backend="numpy", max_iter=200).fit(design, y.astype("int64"))
        if not fit.converged_:
            return _Constant(rate, "did not converge: base rate")
        return _Logit(coding, fit.coef_, _mean_intercept(design @ fit.coef_, y, float(fit.intercept_)))


class _Coding(NamedTuple):
    """How the past turns columns into numbers."""

    steps: tuple[tuple[str, Any, float], ...]  # column, centre and spread of a number; or column, level and 0
    kept: NDArray[np.int64]

    @classmethod
    def of(cls, past: pd.DataFrame, columns: tuple[str, ...]) -> _Coding:
        steps: list[tuple[str, Any, float]] = []
        for column in columns:
            cells = past[column].to_numpy()
            if cells.dtype.kind in "biuf":
                numbers = cells.astype("float64")
                steps.append((column, float(numbers.mean()), float(numbers.std()) or 1.0))
            else:
                levels, counts = np.unique(cells.astype(str), return_counts=True)
                steps += [(column, level, 0.0) for level in np.delete(levels, counts.argmax())]
        whole = cls(tuple(steps), np.arange(len(steps)))
        names = ["one", *range(len(steps))]
        design = pd.DataFrame(np.column_stack([np.ones(len(past)), whole.design(past)]), columns=names)
        spare = set(dependent_columns(design))
        return whole._replace(kept=np.array([k for k in range(len(steps)) if str(k) not in spare], dtype="int64"))

    def design(self, rows: pd.DataFrame) -> Floats:
        cells = {column: rows[column].to_numpy() for column, _, _ in self.steps}
        made = [
            (cells[column].astype("float64") - level) / spread
            if spread
            else (cells[column].astype(str) == level).astype("float64")
            for column, level, spread in self.steps
        ]
        return np.column_stack([np.empty((len(rows), 0)), *made])[:, self.kept]


def _mean_intercept(linear: Floats, y: Floats, start: float) -> float:
    """Intercept at which probabilities average the share of events, by Newton's method."""
    from scipy.special import expit

    intercept = start
    for _ in range(NEWTON_STEPS):
        chance = expit(intercept + linear)
        step = float((y - chance).sum() / max(float((chance * (1 - chance)).sum()), 1e-12))
        intercept += float(np.clip(step, -2, 2))
        if abs(step) < 1e-10:
            break
    return intercept


BASELINES: tuple[CaseModel, ...] = (BaseRate(), RecentBaseRate(), RegionBaseRate(), LastObservation())
