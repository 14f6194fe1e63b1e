"""The Fine-Gray model: which covariates go with a larger share that ends in one way, the others competing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.inference import sandwich
from analysis.comparison.survival_data import Floats
from analysis.comparison.survival_likelihood import monotone
from analysis.comparison.survival_model import (
    Spells,
    demand_information,
    demand_mode,
    estimates,
    kaplan_meier_before,
    ratios,
    read_spells,
    said_limits,
    said_ratios,
    warn_if_few,
)
from analysis.told import Told, said_count

FINE_ENOUGH = 1e-12
MOST_STEPS = 100


class Weighted(NamedTuple):
    """Weighted partial likelihood at given coefficients, with expectations at each time of an event asked for."""

    loglik: float
    score: Floats
    information: Floats
    mean: Floats
    hazard: Floats
    risk: Floats


class RiskSets(NamedTuple):
    """Who counts as at risk: `times` of the events asked for, their `sizes` and `weights` of each unit at each."""

    times: Floats
    sizes: Floats
    weights: Floats
    asked: NDArray[np.bool_]
    competing: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FineGrayFit(Told):
    """
    Fine-Gray model of one way of ending.

    Attributes
    ----------
    formula, errors : str
        What was fitted, and which standard errors stand beside it ("robust" or "cluster").
    mode : object
        The event asked for, as the frame has it.
    params, bse, p_values : Series, shape (k,)
        Log ratios of the subdistribution hazard, robust standard errors and two-sided normal p-values.
    interval : DataFrame, shape (k, 2)
        `low`, `high` of the log ratios at `level`.
    level : float
        Confidence level.
    loglik : float
        Log weighted partial likelihood (Breslow ties); no likelihood, so no ratio test.
    n, events, competing : int
        Rows used, those that ended as asked, and those that ended otherwise.
    dropped : DataFrame
        One row per row left out: `row` (its label) and `missing` (the columns whose cell is missing).
    dropped_events : int
        How many of them had an event.
    of_cases : bool
        The frame was one of cases, whose sample is purposive.
    """

    formula: str
    errors: str
    mode: Any
    params: pd.Series
    bse: pd.Series
    p_values: pd.Series
    interval: pd.DataFrame
    level: float
    loglik: float
    n: int
    events: int
    competing: int
    dropped: pd.DataFrame
    dropped_events: int
    of_cases: bool

    @property
    def ratios(self) -> pd.DataFrame:
        """Ratios of the subdistribution hazard: `ratio`, `low`, `high`, `p_value`, one row per coefficient."""
        return ratios(self.params, self.interval, self.p_values)

    def summary(self) -> str:
        """Say in plain sentences which covariates go with a larger share that ends this way."""
        parts = [
            f"Fine-Gray model of {self.mode!r} among {said_count(self.n, 'row')}: {self.events:,} ended so, "
            f"{self.competing:,} otherwise, and keep a place among those at risk, so that the ratios order the shares "
            "that end this way."
        ]
        parts += said_ratios(self.ratios, "the subdistribution hazard", self.level)
        parts.append("Such a ratio mixes what brings this end with what prevents the others; it is no risk per day.")
        parts += said_limits(self.events, len(self.params), len(self.dropped), self.dropped_events, self.of_cases)
        return " ".join(parts)


def fine_gray(
    frame: pd.DataFrame,
    formula: str,
    mode: Any,
    *,
    time: str = "time_days",
    event: str = "mode",
    cluster: str | None = None,
    level: float = 0.95,
    allow: Iterable[str] = (),
) -> FineGrayFit:
    """
    Compare the share of units that end in one way by each moment, given covariates known at the origin.

    Use it for who ends up going this way, all told; for what hastens this end among those still there, take `cox` with
    the same `mode`. The two can differ in sign: what fells incumbents fast by coup leaves fewer to resign.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, such as `exits(cases).frame`. Rows with a missing cell in a used column are left out and
        listed in `dropped`.
    formula : str
        Covariates, such as "~ official_margin_pct". No outcome, no intercept.
    mode : object
        The event asked for, such as "resigned".
    time, event : str
        Columns of the time (any unit, from 0) and of how it ended (0, False, "none" or "censored": not).
    cluster : str, optional
        Column of groups whose rows are not independent.
    level : float
        Confidence level.
    allow : iterable of str
        Columns of cases let through although they become known too late.

    Returns
    -------
    FineGrayFit
        Ratios with robust errors.

    Raises
    ------
    ValueError
        If a column or mode is unknown, a column becomes known too late or is constant or collinear, or the likelihood
        rises for ever along a covariate.

    Warns
    -----
    UserWarning
        Fewer than 5 events of the kind asked for, for each coefficient.

    Notes
    -----
    Own code: no kept library has it. Maximises sum over events of the kind of x b - log sum_j w_j(t) exp(x_j b) with
    w_j(t) = 1 while j is there, G(t-) / G(X_j-) after another end at X_j, and 0 after it was lost from sight; G is the
    Kaplan-Meier curve of being lost, with all at an equal time at risk, so censoring may not depend on the covariates.
    Errors are those of Fine and Gray, the estimation of G included, with g / (g - 1) for g clusters. Memory grows with
    rows times distinct times of events. In 1,000 simulated samples of 300 units with about 72 events of the kind, a
    quarter lost from sight, the 95% intervals held the truth in 95.8%; estimates averaged 0.501 for 0.5.

    References
    ----------
    Fine, J. P., Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk. Journal
    of the American Statistical Association 94(446), 496-509.
    Zhou, B., Fine, J., Latouche, A., Labopin, M. (2012). Competing risks regression for clustered data. Biostatistics
    13(3), 371-383.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "days": [2, 3, 5, 6, 8, 9, 11, 14, 15, 20, 20, 20],
    ...         "how": ["resigned", "coup", "resigned", "resigned", "coup", "resigned", "none", "resigned", "coup"]
    ...         + ["none"] * 3,
    ...         "close": [1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0],
    ...     }
    ... )
    >>> fit = fine_gray(rows, "~ close", "resigned", time="days", event="how")
    >>> fit.ratios[["ratio", "low", "high"]].round(2).to_numpy().tolist()
    [[1.73, 0.33, 8.95]]
    """
    spells = read_spells(frame, formula, {"time": time, "event": event}, cluster=cluster, level=level, allow=allow)
    asked = spells.code == demand_mode(mode, spells.modes)
    competing = (spells.code > 0) & ~asked
    until = np.where(competing, np.inf, spells.time)
    if names := monotone(spells.columns, spells.time, asked, until):
        raise ValueError(
            f"{', '.join(names)}: every {mode!r} fell on one side, so that the likelihood rises for ever and no finite "
            "ratio fits best; leave it out of the formula"
        )
    warn_if_few(int(asked.sum()), spells.columns.shape[1])
    sets = _risk_sets(spells.time, asked, competing)
    params, found = _maximise(spells, sets)
    residuals = _influence(spells, sets, found)
    bread: Floats = np.linalg.inv(found.information).astype("float64")
    covariance = sandwich(residuals, bread, spells.groups)
    return FineGrayFit(
        formula=formula,
        errors="robust" if cluster is None else "cluster",
        mode=mode,
        level=level,
        loglik=found.loglik,
        n=len(spells.time),
        events=int(asked.sum()),
        competing=int(competing.sum()),
        dropped=spells.dropped,
        dropped_events=spells.dropped_events,
        of_cases=spells.of_cases,
        **estimates(params, covariance, spells, level),
    )


def _risk_sets(time: Floats, asked: NDArray[np.bool_], competing: NDArray[np.bool_]) -> RiskSets:
    times, sizes = np.unique(time[asked], return_counts=True)
    lost = ~(asked | competing)
    there = kaplan_meier_before(time, lost, times)
    own = kaplan_meier_before(time, lost, time)
    weights = np.where(competing[:, None], there / own[:, None], 0.0)
    weights = np.where(time[:, None] >= times, 1.0, weights)
    return RiskSets(times, sizes.astype("float64"), weights, asked, competing)


def _weigh(columns: Floats, sets: RiskSets, params: Floats) -> Weighted:
    predictor = columns @ params
    shift = predictor.max()
    risk = np.exp(predictor - shift)
    weighted = sets.weights * risk[:, None]
    total = weighted.sum(axis=0)
    mean = weighted.T @ columns / total[:, None]
    hazard = sets.sizes / total
    information = columns.T @ (columns * (weighted @ hazard)[:, None]) - mean.T @ (mean * sets.sizes[:, None])
    loglik = float(predictor[sets.asked].sum() - sets.sizes @ (np.log(total) + shift))
    score = columns[sets.asked].sum(axis=0) - sets.sizes @ mean
    return Weighted(loglik, score, information, mean, hazard, risk)


def _maximise(spells: Spells, sets: RiskSets) -> tuple[Floats, Weighted]:
    """Newton's steps, halved while they lead down; the log likelihood is concave."""
    columns = spells.columns.to_numpy()
    params = np.zeros(columns.shape[1])
    found = _weigh(columns, sets, params)
    for _ in range(MOST_STEPS):
        demand_information(found.information, spells.columns)
        step = np.linalg.solve(found.information, found.score)
        if found.score @ step < FINE_ENOUGH:
            return params, found
        tried = _weigh(columns, sets, params + step)
        while tried.loglik < found.loglik - FINE_ENOUGH:
            step = step / 2
            tried = _weigh(columns, sets, params + step)
        params, found = params + step, tried
    raise ValueError("no maximum of the likelihood was found; take fewer covariates, or columns without far outliers")


def _influence(spells: Spells, sets: RiskSets, found: Weighted) -> Floats:
    """Take what each unit adds to the score: itself (eta), and through the curve of being lost (psi in the paper)."""
    columns, time = spells.columns.to_numpy(), spells.time
    pull = sets.weights * found.risk[:, None] * found.hazard
    eta = -(columns * pull.sum(axis=1)[:, None] - pull @ found.mean)
    eta[sets.asked] += columns[sets.asked] - found.mean[np.searchsorted(sets.times, time[sets.asked])]
    lost = ~(sets.asked | sets.competing)
    if not lost.any():
        return eta
    moments, sizes = np.unique(time[lost], return_counts=True)
    at_risk = (time[:, None] >= moments).sum(axis=0)
    weight = np.zeros((len(moments), columns.shape[1]))
    for place, moment in enumerate(moments):
        passed, later = sets.competing & (time <= moment), sets.times > moment
        reach = pull[np.ix_(passed, later)]
        weight[place] = columns[passed].T @ reach.sum(axis=1) - reach.sum(axis=0) @ found.mean[later]
    per_unit = weight / at_risk[:, None]
    paid = np.vstack([np.zeros(columns.shape[1]), (per_unit * (sizes / at_risk)[:, None]).cumsum(axis=0)])
    psi = -paid[np.searchsorted(moments, time, side="right")]
    psi[lost] += per_unit[np.searchsorted(moments, time[lost])]
    return eta + psi
