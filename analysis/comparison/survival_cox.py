"""Cox's proportional hazards model, plain or with Firth's penalty."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.inference import ChiSquared, chi_squared, sandwich
from analysis.comparison.survival_data import Floats
from analysis.comparison.survival_likelihood import (
    expect,
    log_likelihood,
    monotone,
    proportionality,
    score_residuals,
)
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
from analysis.options import known
from analysis.told import Told, said_count, said_p

STEEP = 1e-4  # score, in units of its standard deviation, that is no maximum


@dataclass(frozen=True, eq=False)
class CoxFit(Told):
    """
    Cox model with its errors and checks.

    Attributes
    ----------
    formula, ties, errors : str
        What was fitted, how ties were taken ("efron" or "breslow"), and which standard errors stand beside it
        ("classical" or "cluster").
    penalty : str or None
        "firth", or None for maximum likelihood.
    params, bse, p_values : Series, shape (k,)
        Log hazard ratios, standard errors and two-sided p-values: normal, or penalised likelihood ratio under "firth".
    interval : DataFrame, shape (k, 2)
        `low`, `high` of the log hazard ratios at `level`: normal, or profile under "firth" (infinite where the profile
        never falls).
    level : float
        Confidence level.
    loglik : float
        Log partial likelihood at the estimate, with the penalty under "firth".
    likelihood_ratio : ChiSquared
        `statistic`, `df`, `p_value` of all coefficients together against none, with the penalty of the full model
        under "firth"; takes rows as independent, whatever `errors` says.
    proportional : DataFrame, shape (k + 1, 3)
        Score test of each coefficient, and of "all", against drift with 1 - Kaplan-Meier: `statistic`, `df`, `p_value`.
        A small p-value says that a ratio is not the same early and late.
    separated : list of str
        Covariates along which the plain likelihood has no maximum, so that the size of their ratio comes from the
        penalty alone.
    n, events : int
        Rows used, and those with an event.
    dropped : DataFrame
        One row per row left out: `row` (its label) and `missing` (the columns whose cell is missing).
    dropped_events : int
        How many of them had an event.
    of_cases : bool
        The frame was one of cases, whose sample is purposive.
    """

    formula: str
    ties: str
    penalty: str | None
    errors: str
    params: pd.Series
    bse: pd.Series
    p_values: pd.Series
    interval: pd.DataFrame
    level: float
    loglik: float
    likelihood_ratio: ChiSquared
    proportional: pd.DataFrame
    separated: list[str]
    n: int
    events: int
    dropped: pd.DataFrame
    dropped_events: int
    of_cases: bool

    @property
    def ratios(self) -> pd.DataFrame:
        """Hazard ratios: `ratio`, `low`, `high`, `p_value`, one row per coefficient."""
        return ratios(self.params, self.interval, self.p_values)

    def summary(self) -> str:
        """Say in plain sentences which covariates go with earlier events, and what speaks against saying so."""
        kind = "Cox model with Firth's penalty" if self.penalty == "firth" else "Cox model"
        errors = ", errors by cluster" if self.errors == "cluster" else ""
        parts = [
            f"{kind} ({self.ties.capitalize()} ties{errors}) of {said_count(self.n, 'row')} with "
            f"{said_count(self.events, 'event')}."
        ]
        parts += said_ratios(self.ratios, "the hazard at every moment", self.level)
        for name in self.separated:
            parts.append(
                f"{name}: every event fell on one side of it, so the data give its ratio a direction but no size; the "
                "number is the penalty's."
            )
        whole = self.likelihood_ratio
        parts.append(
            f"All covariates together: likelihood-ratio chi-squared {whole.statistic:.2f} on {whole.df} df, "
            f"{said_p(whole.p_value)}."
        )
        parts.append(_said_proportional(self.proportional))
        parts += said_limits(self.events, len(self.params), len(self.dropped), self.dropped_events, self.of_cases)
        return " ".join(parts)


def cox(
    frame: pd.DataFrame,
    formula: str,
    *,
    time: str = "time_days",
    event: str = "exited",
    mode: Any = None,
    penalty: Literal["firth"] | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    allow: Iterable[str] = (),
) -> CoxFit:
    """
    Compare how fast events come to units that differ in covariates known at the origin.

    A covariate must be known when the clock starts. One that is settled later, such as whether a mass protest came,
    makes those who went early look as if its absence had felled them; in a frame of cases such columns are refused. The
    ratio is one for all moments: look at `proportional`. With `mode` it is that of the hazard of one way of going among
    those still there (cause-specific); for what share goes that way take `fine_gray`.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, such as `exits(cases).frame`. Rows with a missing cell in a used column are left out and
        listed in `dropped`.
    formula : str
        Covariates, such as "~ official_margin_pct + C(election_kind)" (patsy, as in statsmodels). No outcome; the
        intercept is part of the baseline hazard.
    time, event : str
        Columns of the time (any unit, from 0) and of whether it ended in an event (0, False, "none", "censored": not).
    mode : object, optional
        The only kind of event that counts, such as "coup" with `event="mode"`; units that ended otherwise are taken as
        lost from sight then. Default: any.
    penalty : {None, "firth"}
        Firth's penalty, half the log determinant of the information, keeps the estimate finite where all events fall on
        one side of a covariate, and takes the first-order bias from small samples. Ties are then Breslow's.
    cluster : str, optional
        Column of groups whose rows are not independent, such as "country_iso3"; not with a penalty. Below about 30
        groups, or where most events are in few of them, intervals are too short.
    level : float
        Confidence level.
    allow : iterable of str
        Columns of cases let through although they become known too late.

    Returns
    -------
    CoxFit
        Ratios, errors and checks.

    Raises
    ------
    ValueError
        If a column or option is unknown, becomes known too late or is constant or collinear; if there is no event; or
        if without a penalty the likelihood rises for ever along a covariate.

    Warns
    -----
    UserWarning
        Fewer than 5 events for each coefficient, or a profile interval that was not found.

    Notes
    -----
    `statsmodels.duration.hazard_regression.PHReg` with Efron's ties, and `firthmodels.FirthCoxPH`. Own code, because
    statsmodels has none or only for Breslow's: the score residuals under Efron's ties behind the cluster errors (with
    factor G / (G - 1)), the score test of proportionality (that of `cox.zph` in R's survival since 3.0), and the linear
    program that finds a monotone likelihood. In 2,000 simulated samples of 130 units with 25 events and two
    covariates (log ratios 0.5 and -0.7) the 95% intervals held the truth in 95.0% and 96.0%, and in 94.2% and 95.2% of
    1,000 with the penalty; the estimates averaged 0.52 and -0.75, with the penalty 0.53 and -0.72. With pairs of
    rows that share nearly all their fate, in 65 clusters, the clustered intervals held it in 94.4% of 1,000, the
    classical ones in 85.5%.

    References
    ----------
    Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34(2), 187-220.
    Grambsch, P. M., Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on weighted residuals.
    Biometrika 81(3), 515-526.
    Heinze, G., Schemper, M. (2001). A solution to the problem of monotone likelihood in Cox regression. Biometrics
    57(1), 114-119.
    Lin, D. Y., Wei, L. J. (1989). The robust inference for the Cox proportional hazards model. Journal of the American
    Statistical Association 84(408), 1074-1078.

    Examples
    --------
    >>> rows = pd.DataFrame({"days": [3, 5, 8, 9, 12, 14, 20, 20], "left": [1, 1, 1, 1, 0, 1, 0, 0]})
    >>> fit = cox(rows.assign(close=[1, 0] * 4), "~ close", time="days", event="left")
    >>> fit.ratios[["ratio", "low", "high"]].round(2).to_numpy().tolist()
    [[0.87, 0.14, 5.3]]
    """
    if penalty is not None:
        known(penalty, ["firth"], "penalty")
        if cluster is not None:
            raise ValueError('cluster= has no penalised counterpart; leave out one of penalty="firth" and cluster=')
    spells = read_spells(frame, formula, {"time": time, "event": event}, cluster=cluster, level=level, allow=allow)
    ended = spells.code > 0 if mode is None else spells.code == demand_mode(mode, spells.modes)
    separated = monotone(spells.columns, spells.time, ended)
    if separated and penalty is None:
        raise ValueError(
            f"{', '.join(separated)}: every event fell on one side, so that the likelihood rises for ever and no "
            'finite hazard ratio fits best; take penalty="firth", or leave it out of the formula'
        )
    warn_if_few(int(ended.sum()), spells.columns.shape[1])
    fitted = _plain(spells, ended, level) if penalty is None else _penalised(spells, ended, level)
    return CoxFit(
        formula=formula,
        penalty=penalty,
        errors="classical" if cluster is None else "cluster",
        level=level,
        separated=separated,
        n=len(spells.time),
        events=int(ended.sum()),
        dropped=spells.dropped,
        dropped_events=spells.dropped_events,
        of_cases=spells.of_cases,
        **fitted,
    )


def _plain(spells: Spells, ended: NDArray[np.bool_], level: float) -> dict[str, Any]:
    from statsmodels.duration.hazard_regression import PHReg

    columns, names = spells.columns.to_numpy(), list(spells.columns)
    nothing = np.zeros(len(names))
    start = expect(columns, spells.time, ended, nothing, "efron")
    demand_information(start.variance.sum(axis=0), names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether a maximum was reached is tested on the score
        params = PHReg(spells.time, columns, ended.astype("float64"), ties="efron").fit(disp=False).params
    events = expect(columns, spells.time, ended, params, "efron")
    information = events.variance.sum(axis=0)
    demand_information(information, names)
    bread = np.linalg.inv(information)
    score = (columns[events.place] - events.mean).sum(axis=0)
    if not score @ bread @ score < STEEP:
        raise ValueError("no maximum of the likelihood was found; take fewer covariates, or ones without far outliers")
    residuals = score_residuals(columns, spells.time, events)
    covariance = bread if spells.groups is None else sandwich(residuals, bread, spells.groups)
    loglik = log_likelihood(columns, params, events)
    return {
        "ties": "efron",
        **estimates(params, covariance, spells, level),
        "loglik": loglik,
        "likelihood_ratio": chi_squared(2 * (loglik - log_likelihood(columns, nothing, start)), len(names)),
        "proportional": _proportional(spells, ended, params, "efron"),
    }


def _penalised(spells: Spells, ended: NDArray[np.bool_], level: float) -> dict[str, Any]:
    from firthmodels import FirthCoxPH
    from sklearn.exceptions import ConvergenceWarning

    columns, names = spells.columns.to_numpy(), pd.Index(spells.columns.columns, name="term")
    start = expect(columns, spells.time, ended, np.zeros(len(names)), "breslow")
    demand_information(start.variance.sum(axis=0), names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what was not found is missing, and said below
        model = FirthCoxPH(backend="numpy", max_iter=500, gtol=1e-5).fit(columns, (ended, spells.time))
        bounds = model.lrt().conf_int(alpha=1 - level, method="pl", max_iter=500)
    if not model.converged_:
        raise ValueError("the penalised likelihood has no maximum that could be found; take fewer covariates")
    lost = names[np.isnan(bounds).any(axis=1) | np.isnan(model.lrt_pvalues_)]
    if len(lost):
        warnings.warn(
            f"no profile interval, or no p-value, was found for {', '.join(lost)}: it is missing",
            UserWarning,
            stacklevel=3,
        )
    nothing = log_likelihood(columns, np.zeros(len(names)), start) + _penalty(start.variance)
    return {
        "ties": "breslow",
        "params": pd.Series(model.coef_ / spells.scale, index=names),
        "bse": pd.Series(model.bse_ / spells.scale, index=names),
        "p_values": pd.Series(model.lrt_pvalues_, index=names),
        "interval": pd.DataFrame(bounds / spells.scale[:, None], index=names, columns=["low", "high"]),
        "loglik": float(model.loglik_ + np.log(spells.scale).sum()),  # of the columns as given
        "likelihood_ratio": chi_squared(2 * (model.loglik_ - nothing), len(names)),
        "proportional": _proportional(spells, ended, model.coef_, "breslow"),
    }


def _penalty(variance: Floats) -> float:
    return 0.5 * float(np.linalg.slogdet(variance.sum(axis=0))[1])


def _proportional(
    spells: Spells, ended: NDArray[np.bool_], params: Floats, ties: Literal["efron", "breslow"]
) -> pd.DataFrame:
    columns = spells.columns.to_numpy()
    events = expect(columns, spells.time, ended, params, ties)
    before = kaplan_meier_before(spells.time, ended, events.time)
    return proportionality(columns, list(spells.columns), before, events)


def _said_proportional(tests: pd.DataFrame) -> str:
    alone = tests.drop(index="all").dropna(subset="statistic")
    if alone.empty:
        return "The events are too few to test whether the ratios are the same early and late."
    worst = alone["p_value"].idxmin()
    whole = tests.loc["all", "p_value"]
    if min(whole, alone.loc[worst, "p_value"] * len(alone)) < 0.05:
        return (
            f"Proportional hazards are doubtful (all: {said_p(whole)}; smallest: {worst}, "
            f"{said_p(alone.loc[worst, 'p_value'])}): the ratio early is not that late, and one number hides it."
        )
    return f"Nothing speaks against ratios that stay the same over time (all: {said_p(whole)}); few events rarely can."
