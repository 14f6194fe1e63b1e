"""Cases matched one to one by how likely they were to be treated, and how alike that makes them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.comparison.logit import fit_logit
from analysis.comparison.logit_fit import LogitFit
from analysis.comparison.usable import demand_distinct_cases, refuse_leaks
from analysis.designs import complete_rows, left_out
from analysis.options import known
from analysis.told import Told, said_count

BALANCED = 0.1  # standardised difference below which a covariate counts as balanced (Austin 2011)
DECIMALS = 10  # scores closer than this are ties


@dataclass(frozen=True, eq=False)
class Matching(Told):
    """
    Pairs of treated and control rows, their balance, and the raw difference of an outcome.

    Attributes
    ----------
    treatment : str
    outcome : str or None
    pairs : DataFrame, shape (n_pairs, 3)
        `treated`, `control` (row labels), `distance` (difference of propensity scores, 0 to 1), in the order matched.
    balance : DataFrame
        Indexed by covariate (a row per category; `propensity_score` first): `treated` (mean), `control_before`,
        `control_after`, `smd_before`, `smd_after` (difference of means over the standard deviation of all treated).
    scores : Series
        Propensity score of every row used, 0 to 1.
    treated, controls : int
        Rows used before matching.
    unmatched : int
        Treated rows for which no control was left.
    naive : float or None
        Difference of mean outcomes, treated minus control, before matching.
    att : float or None
        Mean difference of outcomes within pairs: the raw effect on the treated, without further adjustment.
    low, high : float or None
        Normal interval of `att` from the differences within pairs, at `level`; takes pairs and scores as given.
    level : float
        Confidence level, 0 to 1.
    dropped : DataFrame
        Rows left out: `row`, `missing`.
    model : LogitFit
        The propensity model.
    """

    treatment: str
    outcome: str | None
    pairs: pd.DataFrame
    balance: pd.DataFrame
    scores: pd.Series
    treated: int
    controls: int
    unmatched: int
    naive: float | None
    att: float | None
    low: float | None
    high: float | None
    level: float
    dropped: pd.DataFrame
    model: LogitFit

    def summary(self) -> str:
        """Say the pairs, what balance they reached, and the raw difference."""
        after = self.balance["smd_after"].abs()
        loose = after[after > BALANCED].sort_values(ascending=False, kind="stable")
        lines = [
            f"{said_count(len(self.pairs), 'pair')} of {said_count(self.treated, 'row')} with {self.treatment} and "
            f"{self.controls:,} without; {left_out(self.dropped)}.",
            f"Largest standardised difference {self.balance['smd_before'].abs().max():.2f} before, {after.max():.2f} "
            "after matching.",
        ]
        if self.unmatched:
            lines.append(f"{self.unmatched:,} treated rows found no control.")
        if len(loose):
            said = ", ".join(f"{name} {size:.2f}" for name, size in loose.items())
            lines.append(f"Not balanced (above {BALANCED}): {said}. The pairs still differ in these.")
        if self.att is not None:
            lines.append(
                f"Mean {self.outcome}, treated minus control: {self.naive:,.4g} before matching, {self.att:,.4g} "
                f"within pairs ({100 * self.level:g}% interval {self.low:,.4g} to {self.high:,.4g}, taking the "
                "pairs as given)."
            )
        also = ", and the differences left did not" if len(loose) else ""
        return "\n".join([*lines, f"An effect only if nothing unmeasured moved both treatment and outcome{also}."])


def match(
    frame: pd.DataFrame,
    treatment: str,
    covariates: Sequence[str],
    outcome: str | None = None,
    *,
    penalty: Literal["firth"] | None = None,
    until: str | None = None,
    allow: Iterable[str] = (),
    level: float = 0.95,
) -> Matching:
    """
    Match each treated row to the control with the nearest propensity score, one to one, without replacement.

    Greedy matching depends on order. Here the treated with the largest score choose first; among equal scores and
    among equally near controls the smaller row label goes first. The order of rows does not matter, their labels do.

    Parameters
    ----------
    frame : DataFrame
        One row per case, each with its own label.
    treatment : str
        Column of 0 and 1.
    covariates : sequence of str
        Columns known before the treatment: numbers, flags or categories.
    outcome : str, optional
        Column whose mean is compared.
    penalty : {"firth"}, optional
        Of the propensity model, where covariates separate treated from controls or rows are few.
    until : str, optional
        Last stage whose columns may be covariates, as in `usable.refuse_leaks`.
    allow : iterable of str
        Covariates let through although they came with the treatment or later.
    level : float
        Confidence level.

    Returns
    -------
    Matching
        `pairs`, `balance`, `naive`, `att`, `summary()`.

    Raises
    ------
    ValueError
        If a name is unknown, labels or cases repeat, covariates come too late, are constant or collinear, or separate
        treated from controls: then nobody is comparable.

    Notes
    -----
    Scores come from a logit of the treatment on the covariates, each as one term. Standardised
    differences divide by the standard deviation of the treated before matching, before and after alike.

    References
    ----------
    Rosenbaum, P. R., Rubin, D. B. (1983). The central role of the propensity score in observational studies for causal
    effects. Biometrika 70(1), 41-55.
    Ho, D. E., Imai, K., King, G., Stuart, E. A. (2007). Matching as nonparametric preprocessing. Political Analysis
    15(3), 199-236.

    Examples
    --------
    >>> votes = pd.DataFrame({"ran": [1, 1, 0, 0, 0, 1], "turnout": [60, 50, 50, 58, 70, 66]})
    >>> votes["fell"] = [1, 0, 0, 1, 0, 1]
    >>> found = match(votes, "ran", ["turnout"], "fell")
    >>> found.pairs[["treated", "control"]].to_numpy().tolist()
    [[1, 2], [0, 3], [5, 4]]
    >>> round(found.att, 3)
    0.333
    """
    if frame.index.has_duplicates:
        raise ValueError(f"row label {frame.index[frame.index.duplicated()][0]} repeats; use reset_index() first")
    demand_distinct_cases(frame)
    if not len(covariates):
        raise ValueError("covariates is empty: there is nothing to match on")
    columns = [*dict.fromkeys([treatment, *covariates, *([outcome] if outcome else [])])]
    for name in columns:
        known(name, frame.columns, "column")
    if outcome is not None:
        refuse_leaks([treatment], outcome, allow=allow)
    kept, dropped = complete_rows(frame[columns])
    rows = frame.loc[kept, columns]
    formula = f"{_term(treatment)} ~ {' + '.join(map(_term, covariates))}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few events: scores rank rows, and no coefficient is read
        model = fit_logit(rows, formula, penalty, until=until, allow=allow, level=level)
    treated = rows[treatment].astype("float64") == 1
    scores = model.predict(rows).rename("propensity_score")
    pairs = _pairs(scores.round(DECIMALS), treated)
    naive, att, low, high = _effect(rows[outcome].astype("float64"), treated, pairs, level) if outcome else [None] * 4
    return Matching(
        treatment=treatment,
        outcome=outcome,
        pairs=pairs,
        balance=_balance(rows[list(covariates)], scores, treated, pairs),
        scores=scores,
        treated=int(treated.sum()),
        controls=int((~treated).sum()),
        unmatched=int(treated.sum()) - len(pairs),
        naive=naive,
        att=att,
        low=low,
        high=high,
        level=level,
        dropped=dropped,
        model=model,
    )


def _term(name: str) -> str:
    return name if name.isidentifier() else f"Q({name!r})"


def _pairs(scores: pd.Series, treated: pd.Series) -> pd.DataFrame:
    """Let each treated row, largest score first, take the nearest control left."""
    chosen = scores.sort_index(kind="stable")
    first = chosen[treated].sort_values(ascending=False, kind="stable")
    controls = chosen[~treated]
    left = np.ones(len(controls), dtype=bool)
    found = []
    for label, score in first.items():
        if not left.any():
            break
        distance = np.where(left, np.abs(controls.to_numpy() - score), np.inf).round(DECIMALS)
        nearest = int(distance.argmin())  # the first of equals, thus the smallest label
        left[nearest] = False
        found.append((label, controls.index[nearest], float(distance[nearest])))
    return pd.DataFrame(found, columns=["treated", "control", "distance"])


def _balance(covariates: pd.DataFrame, scores: pd.Series, treated: pd.Series, pairs: pd.DataFrame) -> pd.DataFrame:
    columns = pd.get_dummies(covariates, dtype="float64").astype("float64")
    columns.insert(0, "propensity_score", scores)
    inside = columns[treated]
    table = pd.DataFrame(
        {
            "treated": inside.mean(),
            "control_before": columns[~treated].mean(),
            "control_after": columns.loc[pairs["control"]].mean(),
        }
    )
    matched = columns.loc[pairs["treated"]].mean()
    spread = inside.std().replace(0.0, np.nan)
    table["smd_before"] = (table["treated"] - table["control_before"]) / spread
    table["smd_after"] = (matched - table["control_after"]) / spread
    table.index.name = "covariate"
    return table


def _effect(
    values: pd.Series, treated: pd.Series, pairs: pd.DataFrame, level: float
) -> tuple[float, float, float, float]:
    from scipy.stats import norm

    naive = float(values[treated].mean() - values[~treated].mean())
    within = values[pairs["treated"]].to_numpy() - values[pairs["control"]].to_numpy()
    reach = float(norm.ppf((1 + level) / 2) * within.std(ddof=1) / np.sqrt(len(within))) if len(within) > 1 else np.nan
    att = float(within.mean())
    return naive, att, att - reach, att + reach
