"""Capture histories, read from a table of lists, and the loglinear models of them."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COUNT_NAMES = ("count", "n")
MOST_LISTS = 15


class Captures(NamedTuple):
    """Victims by history 1, 2, ...: list `i` holds those of the histories in which bit `i` is set."""

    lists: tuple[str, ...]
    counts: Floats

    @property
    def observed(self) -> int:
        """Victims on at least one list."""
        return round(float(self.counts.sum()))


def read_captures(cells: pd.DataFrame) -> Captures:
    """Sum the counts of each capture history, with zero for those that do not occur."""
    count_column = _count_column(cells)
    columns = [column for column in cells.columns if column != count_column]
    if len(columns) < 2:
        raise ValueError(f"{len(columns)} list given; expected two or more columns of 0 and 1 besides the count")
    if len(columns) > MOST_LISTS:
        raise ValueError(f"{len(columns)} lists given; merge similar ones, at most {MOST_LISTS} can be fitted")
    held = np.column_stack([_indicator(cells[column], column) for column in columns])
    counts = np.ones(len(cells)) if count_column is None else _whole_counts(cells[count_column], count_column)
    empty = [str(column) for column, total in zip(columns, counts @ held, strict=True) if total == 0]
    if empty:
        raise ValueError(f"no victim is on list {', '.join(empty)}; leave it out")
    history = held @ (1 << np.arange(len(columns)))
    totals = np.bincount(history, weights=counts, minlength=2 ** len(columns)).astype("float64")
    if totals[0] > 0:
        raise ValueError(
            f"{totals[0]:,.0f} victims are on no list (all columns 0); leave such rows out, their number is estimated"
        )
    return Captures(tuple(map(str, columns)), totals[1:])


def _count_column(cells: pd.DataFrame) -> str | None:
    repeated = cells.columns[cells.columns.duplicated()].unique()
    if len(repeated):
        raise ValueError(f"column {', '.join(map(str, repeated))} occurs twice; give each list its own name")
    present = [name for name in COUNT_NAMES if name in cells.columns]
    if len(present) > 1:
        raise ValueError("both `count` and `n` are columns; keep the one that counts victims, rename the other")
    return present[0] if present else None


def _indicator(values: pd.Series, column: object) -> NDArray[np.int64]:
    if values.isna().any():
        raise ValueError(f"list {column} has missing values; expected 1 (on the list) or 0 (not on it) in every row")
    wrong = values[~values.isin([0, 1])]
    if len(wrong):
        raise ValueError(
            f"list {column} has the value {wrong.tolist()[0]!r}; expected 0 or 1; drop the column if it is no list"
        )
    return values.to_numpy(dtype="int64")


def _whole_counts(values: pd.Series, column: str) -> Floats:
    if not pd.api.types.is_numeric_dtype(values):
        raise ValueError(f"column {column} holds {values.dtype}; expected whole numbers of victims")
    if values.isna().any():
        raise ValueError(f"column {column} has missing values; expected the number of victims, 0 where there is none")
    counts = values.to_numpy(dtype="float64")
    wrong = counts[~((counts >= 0) & (counts == np.floor(counts)) & np.isfinite(counts))]
    if wrong.size:
        raise ValueError(f"column {column} has the value {wrong[0]:g}; expected whole numbers of victims, 0 or more")
    return counts


Terms = tuple[int, ...]


class Fit(NamedTuple):
    """A model, by its terms, and what its fit says of the unseen."""

    terms: Terms
    parameters: int
    df: int
    deviance: float = math.nan
    loglik: float = math.nan
    unseen: float = math.nan
    log_variance: float = math.nan
    expected: Floats | None = None

    @property
    def identified(self) -> bool:
        """Whether the fit exists, and with it the number of the unseen."""
        return not math.isnan(self.unseen)


def hierarchical_models(lists: int) -> list[Terms]:
    """Give every set of dependences, each with all dependences inside it, short of that of all lists."""
    models: list[Terms] = [()]
    for term in itertools.chain.from_iterable(_sets(lists, size) for size in range(2, lists)):
        inner = [face for face in (term ^ (1 << i) for i in _members(term)) if face.bit_count() > 1]
        models += [(*model, term) for model in models if all(face in model for face in inner)]
    return models


def generating_class(terms: Terms, lists: tuple[str, ...]) -> str:
    """Name a model by its largest dependences, and the lists that are in none."""
    every = [*terms, *_sets(len(lists), 1)]
    largest = [term for term in every if not any(term != other and term & other == term for other in every)]
    members = sorted((_members(term) for term in largest), key=lambda chosen: (-len(chosen), chosen))
    return " + ".join(":".join(lists[i] for i in chosen) for chosen in members)


def fit_model(captures: Captures, terms: Terms, *, empty_out: bool = False) -> Fit:
    """
    Fit one model by maximum likelihood.

    With `empty_out`, the dependence of lists that share nobody is estimated as minus infinity: histories on all of
    them leave the fit. Otherwise a model with such a dependence is not identified.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    shared = captures.counts @ _on_all(captures, terms) if empty_out else np.ones(len(terms))
    finite = tuple(term for term, victims in zip(terms, shared, strict=True) if victims > 0)
    emptied = tuple(term for term in terms if term not in finite)
    kept = ~_on_all(captures, emptied).any(axis=1)
    design = _on_all(captures, (0, *_sets(len(captures.lists), 1), *finite))[kept]
    counts = captures.counts[kept]
    failed = Fit(tuple(sorted(terms)), design.shape[1] + len(emptied), len(counts) - design.shape[1])
    if not _has_estimate(design, counts):
        return failed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # saturated models divide by 0 degrees of freedom and fit "perfectly"
        fitted = GLM(counts, design, family=Poisson()).fit()
    if not fitted.converged:
        return failed
    expected = np.zeros(kept.size)
    expected[kept] = fitted.mu
    return failed._replace(
        deviance=max(float(fitted.deviance), 0.0),
        loglik=float(fitted.llf),
        unseen=math.exp(fitted.params[0]),
        log_variance=float(fitted.normalized_cov_params[0, 0]),
        expected=expected,
    )


def forward_selection(captures: Captures, p_enter: float) -> list[Fit]:
    """Fits along a selection of dependences of two lists, from independence to the chosen model."""
    pairs = _sets(len(captures.lists), 2)
    within = _on_all(captures, pairs)
    shared = captures.counts @ within
    steps = [fit_model(captures, ())]
    while (last := steps[-1]).expected is not None:
        p_values = _poisson_p(shared, last.expected @ within)
        ranked = [pairs[i] for i in np.argsort(p_values, kind="stable") if p_values[i] < p_enter]
        larger = ((*last.terms, pair) for pair in ranked if pair not in last.terms)
        tried = (fit_model(captures, terms, empty_out=True) for terms in larger)
        step = next((fit for fit in tried if fit.identified), None)
        if step is None:
            break
        steps.append(step)
    return steps


def _sets(lists: int, size: int) -> Terms:
    return tuple(sum(1 << i for i in chosen) for chosen in itertools.combinations(range(lists), size))


def _members(term: int) -> list[int]:
    return [i for i in range(term.bit_length()) if term >> i & 1]


def _on_all(captures: Captures, terms: Terms) -> Floats:
    """Say, in shape (n_histories, n_terms), whether the history is on all lists of the term."""
    histories, wanted = np.arange(1, len(captures.counts) + 1), np.array(terms, dtype="int64")
    return ((histories[:, None] & wanted) == wanted).astype("float64")


def _has_estimate(design: Floats, counts: Floats) -> bool:
    """
    Say whether the maximum-likelihood estimate of a Poisson log-linear model exists and is unique.

    It does not if some direction of the parameters leaves the expected count of every positive cell as it is and
    raises that of no zero cell: the likelihood then rises, or stays, for ever along it. A linear programme looks for
    a direction that lowers a zero cell (Fienberg and Rinaldo 2012); one that lowers none is a rank deficiency.
    """
    from scipy.optimize import linprog

    parameters = design.shape[1]
    positive, zero = design[counts > 0], design[counts == 0]
    if (positive.sum(axis=0) == 0).any() or np.linalg.matrix_rank(design) < parameters:
        return False
    if np.linalg.matrix_rank(positive) == parameters:
        return True
    lowered = linprog(
        zero.sum(axis=0),
        A_ub=np.vstack([zero, -zero]),
        b_ub=np.repeat([0.0, 1.0], len(zero)),
        A_eq=positive,
        b_eq=np.zeros(len(positive)),
        bounds=(None, None),
    )
    # A direction can be stretched until it lowers some cell by the full 1, so the optimum is 0 or below -1.
    return bool(lowered.success and lowered.fun > -0.5)


def _poisson_p(observed: Floats, expected: Floats) -> Floats:
    """Give the smaller one-sided Poisson p-value of each observed total."""
    from scipy.special import pdtr, pdtrc

    as_many = np.where(observed > 0, pdtrc(np.maximum(observed - 1, 0), expected), 1.0)
    return np.minimum(pdtr(observed, expected), as_many)
