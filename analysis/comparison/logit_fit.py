"""What a logit found, and how it says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from analysis.comparison.inference import ChiSquared
from analysis.designs import columns_of, left_out, plain
from analysis.options import known
from analysis.told import Told, said_count, said_p

Floats = NDArray[np.float64]

FEW_EVENTS = 10  # per coefficient: below, maximum likelihood is biased away from 0


class RareEvents(NamedTuple):
    """
    How the sample's share of events was corrected (King and Zeng 2001).

    Attributes
    ----------
    prevalence : float or None
        Share of events in the population, 0 to 1.
    correction : str or None
        "prior": the intercept was shifted; "weighting": rows count by their rarity in the sample.
    bias : str or None
        "king_zeng": the small-sample bias of the coefficients was subtracted.
    """

    prevalence: float | None
    correction: str | None
    bias: str | None

    def said(self) -> str:
        """Say the correction."""
        parts = []
        if self.prevalence is not None:
            how = "the intercept shifted" if self.correction == "prior" else "rows weighted"
            parts.append(f"{how} to a population share of events of {self.prevalence:.4g}, as given")
        if self.bias:
            parts.append("small-sample bias subtracted (King and Zeng)")
        return f"Corrected: {', '.join(parts)}."


@dataclass(frozen=True, eq=False)
class LogitFit(Told):
    """
    A logit with its errors, and what limits it.

    Attributes
    ----------
    outcome, formula : str
        What was explained, and how.
    penalty : str or None
        "firth", or None for maximum likelihood.
    errors : str
        "classical", "robust" or "cluster": what `bse` is.
    params, bse : Series, shape (n_params,)
        Coefficients on the log-odds scale and standard errors. Classical ones are the roots of the inverse Fisher
        information at the estimate, also under Firth's penalty.
    p_values, statistics : Series, shape (n_params,)
        Two-sided p-values and the chi-squared statistics (1 degree of freedom) they come from: `test` says which.
        Missing for an intercept moved by the prior correction.
    test : str
        "Wald", or "penalised likelihood ratio" under Firth's penalty with classical errors.
    interval : DataFrame, shape (n_params, 2)
        `low`, `high` at `level`: normal, or of the profile penalised likelihood where `test` is the ratio. Missing
        where the profile found no bound.
    level : float
        Confidence level, 0 to 1.
    covariance : DataFrame, shape (n_params, n_params)
    loglik : float
        Log likelihood; the penalised one under Firth's penalty; the weighted one under weighting.
    global_test : ChiSquared
        `statistic`, `df`, `p_value` of all slopes being 0.
    n, events : int
        Rows used, and those with outcome 1.
    dropped : DataFrame
        One row per row left out: `row` (its label) and `missing` (the columns whose cell is missing).
    separated : list of str
        Terms that tell outcomes apart without error, so that the plain likelihood has no maximum.
    rare : RareEvents or None
        `prevalence`, `correction`, `bias` where the sample's share of events was corrected.
    all_rows : LogitFit or None
        The same model on all rows, where `least_confidence` left some out.
    model : statsmodels result or firthmodels estimator
        As the library returned it, fitted to columns scaled to at most 1.
    cells, columns, weights : DataFrame, DataFrame, array
        The rows used: cells of the formula's variables, columns of the linear predictor, weights (mean 1).
    """

    outcome: str
    formula: str
    penalty: str | None
    errors: str
    params: pd.Series
    bse: pd.Series
    p_values: pd.Series
    statistics: pd.Series
    test: str
    interval: pd.DataFrame
    level: float
    covariance: pd.DataFrame
    loglik: float
    global_test: ChiSquared
    n: int
    events: int
    dropped: pd.DataFrame
    separated: list[str]
    rare: RareEvents | None
    all_rows: LogitFit | None
    model: Any
    cells: pd.DataFrame
    columns: pd.DataFrame
    weights: Floats

    @property
    def odds(self) -> pd.DataFrame:
        """Odds ratios without the intercept: `ratio`, `low`, `high`, `p_value`; beside them those of all rows."""
        names = [name for name in self.params.index if name != "Intercept"]
        table = np.exp(self.interval.loc[names])
        table.insert(0, "ratio", np.exp(self.params[names]))
        table = table.assign(p_value=self.p_values[names])
        return table if self.all_rows is None else table.join(self.all_rows.odds.add_suffix("_all_rows"))

    @property
    def events_per_coefficient(self) -> float:
        """Rows of the rarer outcome per coefficient that is not the intercept; infinite if there is none."""
        slopes = int((self.params.index != "Intercept").sum())
        return min(self.events, self.n - self.events) / slopes if slopes else float("inf")

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """
        Give each row's probability of the outcome; missing where a cell is.

        Parameters
        ----------
        frame : DataFrame
            With the columns of the formula's right side, categories among those fitted.

        Returns
        -------
        Series of float, shape (n_rows,)
            On the frame's index.
        """
        from scipy.special import expit

        info = self.columns.design_info
        used = [name for name in self.cells.columns if name in sides_of(self.formula, self.cells)[1]]
        for name in used:
            known(name, frame.columns, "column in the formula")
        complete = ~frame[used].isna().any(axis=1)
        chances = pd.Series(np.nan, index=frame.index, name=self.outcome)
        if complete.any():
            try:
                (columns,) = patsy.build_design_matrices([info], frame.loc[complete, used].apply(plain))
            except patsy.PatsyError as error:
                raise ValueError(f"the rows cannot be predicted: {error}".splitlines()[0]) from error
            chances[complete] = expit(np.asarray(columns) @ self.params.to_numpy())
        return chances

    def summary(self) -> str:
        """Say the fit, what it rests on, and what was left out."""
        way = "Firth's penalised likelihood" if self.penalty else "maximum likelihood"
        lines = [
            f"Logit by {way}, {self.formula}: {said_count(self.n, 'row')}, {self.events:,} with outcome 1, "
            f"{left_out(self.dropped)}.",
            *self._limits(),
            f"{'Penalised log' if self.penalty else 'Log'} likelihood {self.loglik:.2f}; all slopes 0: "
            f"chi-squared {self.global_test.statistic:.2f} on {self.global_test.df}, "
            f"{said_p(self.global_test.p_value)}.",
        ]
        lines += [_said_odds(row, self.level) for row in self.odds.itertuples()]
        bounds = "profile penalised likelihood" if self.test != "Wald" else f"normal, {self.errors} standard errors"
        lines.append(f"Intervals: {bounds}; p-values: {self.test} tests. Odds ratios are associations, not effects.")
        return "\n".join(lines)

    def _limits(self) -> list[str]:
        lines = []
        if self.events_per_coefficient < np.inf:
            lines.append(
                f"{self.events_per_coefficient:.1f} rows of the rarer outcome per coefficient"
                + (": few, so that only large odds ratios can be told from 1." if self._few else ".")
            )
        if self.separated:
            lines.append(
                f"Separated by {', '.join(self.separated)}: the plain likelihood has no maximum, and the size of these "
                "odds ratios rests on the penalty."
            )
        if self.rare is not None:
            lines.append(self.rare.said())
        if self.all_rows is not None:
            lines.append(f"Only the surer rows; all {self.all_rows.n:,} rows stand beside them.")
        return lines

    @property
    def _few(self) -> bool:
        return self.events_per_coefficient < FEW_EVENTS


def _said_odds(row: Any, level: float) -> str:
    said = f"{row.Index}: odds x {_digits(row.ratio)} ({100 * level:g}% interval {_digits(row.low)} to "
    said += f"{_digits(row.high)}; {said_p(row.p_value)}"
    if hasattr(row, "ratio_all_rows"):
        said += f"; all rows x {_digits(row.ratio_all_rows)}, {_digits(row.low_all_rows)} to "
        said += _digits(row.high_all_rows)
    return said + ")"


def _digits(value: float) -> str:
    """Write a number with three digits, zeros at the end too, and all digits from a thousand to a million."""
    if not np.isfinite(value):
        return "no bound found"
    return f"{value:,.0f}" if 1000 <= value < 1e6 else f"{value:#.3g}".rstrip(".")


def sides_of(formula: str, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Columns on the left and on the right side of a formula."""
    used = columns_of(formula, frame, sides=2)
    left, _, right = formula.partition("~")
    predictors = columns_of(f"~ {right}", frame, sides=1)
    outcomes = columns_of(f"~ {left}", frame, sides=1)
    return outcomes, [name for name in used if name in predictors]
