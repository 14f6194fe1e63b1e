"""Marginal effects of a logit: how far the probability moves, on average over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from analysis.comparison.logit_fit import LogitFit, sides_of
from analysis.options import demand_level, known
from analysis.told import Told, said_count

Floats = NDArray[np.float64]

STEP = 1e-5  # of a variable's range: half the distance of the difference quotient


@dataclass(frozen=True, eq=False)
class MarginalEffects(Told):
    """
    Average marginal effects.

    Attributes
    ----------
    table : DataFrame
        One row per contrast: `variable`, `contrast` ("1 against 0", "flawed against free_fair", "one unit more"),
        `effect` (difference of probabilities, -1 to 1), `se`, `low`, `high`.
    outcome : str
    n : int
        Rows averaged over.
    level : float
        Confidence level of the normal intervals, 0 to 1.
    """

    table: pd.DataFrame
    outcome: str
    n: int
    level: float

    def summary(self) -> str:
        """Say each effect in percentage points."""
        lines = [
            f"Average change of the probability of {self.outcome} over {said_count(self.n, 'row')}, in percentage "
            "points:"
        ]
        lines += [
            f"{row.variable}, {row.contrast}: {100 * row.effect:+.1f} ({100 * self.level:g}% interval "
            f"{100 * row.low:+.1f} to {100 * row.high:+.1f})"
            for row in self.table.itertuples()
        ]
        return "\n".join(
            [*lines, "Normal intervals by the delta method. Associations in these rows, not effects of acts."]
        )


def marginal_effects(fit: LogitFit, variables: Sequence[str] | None = None, *, level: float = 0.95) -> MarginalEffects:
    """
    Average over the rows how the probability changes with each variable.

    A flag is moved from 0 to 1, a category from the first (in its order, or the alphabet's) to each other, a number by
    a small step whose slope is given per unit. A variable moves in every term in which it stands: in squares,
    logarithms and interactions too.

    Parameters
    ----------
    fit : LogitFit
        From `fit_logit`; its covariance, weights and prevalence are used.
    variables : sequence of str, optional
        Columns of the frame. Default: all on the right side of the formula.
    level : float
        Confidence level.

    Returns
    -------
    MarginalEffects
        Effects with intervals.

    Raises
    ------
    ValueError
        If a variable is not in the formula.

    Notes
    -----
    AME = mean_i [p(x_i with the change) - p(x_i)]; its variance is g'Vg with g the gradient of AME in the
    coefficients. The rows are those of the sample: where events were sampled on purpose, correction="weighting" counts
    them by their rarity, correction="prior" does not. Under Firth's penalty these normal intervals can differ from the
    profile intervals of the odds.

    References
    ----------
    Leeper, T. J. (2021). Interpreting regression results using average marginal effects with R's margins.

    Examples
    --------
    >>> from analysis.comparison import fit_logit
    >>> votes = pd.DataFrame({"fell": [0, 0, 0, 1, 0, 1, 1, 1], "close": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> marginal_effects(fit_logit(votes, "fell ~ close", penalty="firth")).table["effect"].round(3).tolist()
    [0.4]
    """
    from scipy.stats import norm

    demand_level(level)
    listed = sides_of(fit.formula, fit.cells)[1]
    chosen = listed if variables is None else [known(name, listed, "variable of the formula") for name in variables]
    rows = [row for name in chosen for row in _contrasts(fit, name)]
    table = pd.DataFrame(rows, columns=["variable", "contrast", "effect", "se"])
    reach = norm.ppf((1 + level) / 2) * table["se"]
    table = table.assign(low=table["effect"] - reach, high=table["effect"] + reach)
    return MarginalEffects(table, fit.outcome, fit.n, level)


def _contrasts(fit: LogitFit, name: str) -> list[tuple[str, str, float, float]]:
    values = fit.cells[name]
    if not pd.api.types.is_numeric_dtype(values):
        if isinstance(values.dtype, pd.CategoricalDtype):
            first, *others = values.cat.categories
        else:
            first, *others = sorted(values.unique())
        return [(name, f"{one} against {first}", *_difference(fit, name, one, first)) for one in others]
    if set(values.unique()) <= {0.0, 1.0}:
        return [(name, "1 against 0", *_difference(fit, name, 1.0, 0.0))]
    step = STEP * float(np.ptp(values)) or STEP
    effect, error = _difference(fit, name, values + step, values - step)
    return [(name, "one unit more", effect / (2 * step), error / (2 * step))]


def _difference(fit: LogitFit, name: str, high: Any, low: Any) -> tuple[float, float]:
    """Mean difference of probabilities between two settings of a variable, and its standard error."""
    from scipy.special import expit

    columns = [_columns(fit, name, setting) for setting in (high, low)]
    chances = [expit(x @ fit.params.to_numpy()) for x in columns]
    slopes = [x * (p * (1 - p))[:, None] for x, p in zip(columns, chances, strict=True)]
    gradient = np.average(slopes[0] - slopes[1], axis=0, weights=fit.weights)
    effect = float(np.average(chances[0] - chances[1], weights=fit.weights))
    return effect, float(np.sqrt(gradient @ fit.covariance.to_numpy() @ gradient))


def _columns(fit: LogitFit, name: str, setting: Any) -> Floats:
    (columns,) = patsy.build_design_matrices([fit.columns.design_info], fit.cells.assign(**{name: setting}))
    return np.asarray(columns, dtype="float64")
