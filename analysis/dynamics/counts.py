"""Regression for counts of events: Poisson, negative binomial, zero-inflated and hurdle models, with their checks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.designs import left_out
from analysis.dynamics.designs import Design, read_design
from analysis.dynamics.laws import (
    ResidualTest,
    Zeros,
    pearson_dispersion,
    quantile_residuals,
    residual_test,
    zeros,
)
from analysis.dynamics.likelihoods import (
    ERRORS,
    FAMILIES,
    ZERO_PART,
    Errors,
    Likelihood,
    covariance,
    law_of,
    maximise,
    newey_west_lags,
)
from analysis.options import demand_level, known
from analysis.told import Told, said_count, said_p

Floats = NDArray[np.float64]
Family = Literal["poisson", "negbin", "zip", "zinb", "hurdle", "hurdle_negbin"]

FEW_GROUPS = 30
SAID = {
    "poisson": "Poisson",
    "negbin": "negative binomial (NB2)",
    "zip": "zero-inflated Poisson",
    "zinb": "zero-inflated negative binomial",
    "hurdle": "hurdle Poisson",
    "hurdle_negbin": "hurdle negative binomial",
}
ODDS = {"inflated": "odds of an excess zero", "hurdle": "odds of any event"}


class Dispersion(NamedTuple):
    """
    How much the counts vary beyond the Poisson.

    Attributes
    ----------
    alpha : float
        NB2 dispersion in variance = mean + alpha mean^2; 0 for families without it.
    theta : float
        1 / alpha, as R prints it; infinite where alpha is 0.
    pearson : float
        Pearson statistic of the fitted model over its degrees of freedom; well above 1: more variance than the model
        has.
    """

    alpha: float
    theta: float
    pearson: float


NO_DISPERSION = Dispersion(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class CountFit(Told):
    """
    A count model with its errors and checks.

    Attributes
    ----------
    family, formula, errors : str
        What was fitted and which standard errors stand beside it.
    params, bse, p_values : Series, shape (n_params,)
        Coefficients on the log scale (zero part: logit scale), standard errors and two-sided normal p-values. Names
        with `zero_` are the zero part: of an excess zero in "zip" and "zinb", of any event in the hurdles. `alpha` is
        the dispersion; its p-value is missing, because 0 is the edge of what it can be.
    interval : DataFrame, shape (n_params, 2)
        `low`, `high` at `level` (0 to 1).
    level : float
        Confidence level.
    loglik, aic, bic : float
        Log likelihood and criteria, alpha counted as a parameter.
    n : int
        Rows used.
    dropped : DataFrame
        One row per row left out: `row` (its label) and `missing` (the columns whose cell is missing).
    converged : bool
        Whether a maximum was reached; if not, every estimate here is NaN.
    dispersion : Dispersion
        `alpha`, `theta`, `pearson`.
    zeros : Zeros
        `observed`, `expected`, `low`, `high`, `p_value`: zeros, and what the model expects.
    residuals : Series, shape (n,)
        Randomised quantile residuals, standard normal if the model holds; indexed as the rows used.
    residual_test : ResidualTest
        `statistic`, `p_value`, `null` of the Kolmogorov-Smirnov test of the residuals.
    model : statsmodels result or (result, result)
        What statsmodels returned, with its own classical errors; for a hurdle the logit and the truncated count model.
        None without a maximum.
    """

    family: str
    formula: str
    errors: str
    params: pd.Series
    bse: pd.Series
    p_values: pd.Series
    interval: pd.DataFrame
    level: float
    loglik: float
    aic: float
    bic: float
    n: int
    dropped: pd.DataFrame
    converged: bool
    dispersion: Dispersion
    zeros: Zeros
    residuals: pd.Series
    residual_test: ResidualTest
    model: Any

    @property
    def ratios(self) -> pd.DataFrame:
        """
        Coefficients as ratios, without intercepts and alpha.

        `part` ("count": ratio of expected counts; "zero": ratio of odds), `ratio`, `low`, `high`, `p_value`.
        """
        names = [name for name in self.params.index if name != "alpha" and not name.endswith("Intercept")]
        table = np.exp(self.interval.loc[names])
        table.insert(0, "ratio", np.exp(self.params[names]))
        part = np.where(pd.Index(names, dtype="str").str.startswith("zero_"), "zero", "count")
        table.insert(0, "part", pd.array(part if self.family in ZERO_PART else ["count"] * len(names), dtype="str"))
        return table.assign(p_value=self.p_values[names])

    def summary(self) -> str:
        """Say the fit, its checks, and what was left out."""
        name, errors = SAID[self.family], "HAC" if self.errors == "hac" else self.errors
        lines = [
            f"{name[0].upper()}{name[1:]} model, {self.formula}: {said_count(self.n, 'row')}, {left_out(self.dropped)}."
        ]
        if not self.converged:
            return lines[0] + "\nIt did not converge: there are no estimates."
        lines.append(
            f"Log likelihood {self.loglik:.2f}, AIC {self.aic:.1f}, BIC {self.bic:.1f}; {errors} standard errors."
        )
        for row in self.ratios.itertuples():
            what = ODDS[ZERO_PART[self.family]] if row.part == "zero" else "rate"
            lines.append(
                f"{row.Index}: {what} x {row.ratio:.3g} ({100 * self.level:g}% interval {row.low:.3g} to "
                f"{row.high:.3g})"
            )
        return "\n".join([*lines, *self._checks()])

    def _checks(self) -> list[str]:
        zero, test = self.zeros, self.residual_test
        return [
            f"Dispersion: alpha {self.dispersion.alpha:.3g}, Pearson {self.dispersion.pearson:.2f} (1 if the variance "
            "is right).",
            f"Zeros: {zero.observed:,} observed, {zero.expected:.1f} expected ({zero.low:.1f} to {zero.high:.1f}; "
            f"{said_p(zero.p_value)}).",
            f"Residuals against the normal: D = {test.statistic:.3f}, {said_p(test.p_value)}. Null: {test.null}.",
        ]


def fit_counts(
    frame: pd.DataFrame,
    formula: str,
    family: Family = "negbin",
    *,
    offset: str | ArrayLike | None = None,
    zero_formula: str | None = None,
    errors: Errors = "robust",
    cluster: str | None = None,
    lags: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> CountFit:
    """
    Fit a regression to counts, and check it.

    Use it for events per place and period, or per person, when the question is which of them go with more events.
    Counts whose zeros are only days nobody reported need a model of reporting, not a zero part. Rows of one place over
    time are not independent: cluster by place, or use "hac" for a single series.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. Rows with a missing cell in a used column are left out and listed in `dropped`.
    formula : str
        Such as "events ~ after + C(region) + np.log(population)" (patsy, as in statsmodels). The outcome must be whole
        numbers from 0.
    family : {"negbin", "poisson", "zip", "zinb", "hurdle", "hurdle_negbin"}
        Poisson; negative binomial with variance mean + alpha mean^2 (NB2); either of them zero-inflated (some rows
        cannot have events: Lambert 1992) or with a hurdle (a logit for any event, and a truncated count model for how
        many: Mullahy 1986).
    offset : str or array_like, shape (n_rows,), optional
        Column or values added to the linear predictor of the count: the logarithm of the exposure (population, days
        covered). There is no `exposure` argument, so that nobody takes the logarithm twice. Zero parts have no offset.
    zero_formula : str, optional
        Such as "~ region": the columns of the zero part. Default: the right side of `formula`.
    errors : {"robust", "classical", "cluster", "hac"}
        Standard errors: sandwich with factor n / (n - k) (HC1); inverse information; by group of `cluster`; Newey-West
        over the frame's rows, which must then be one series in order of time.
    cluster : str, optional
        Column of groups, for `errors="cluster"`. Below about 30 groups the intervals are too short.
    lags : int, optional
        For `errors="hac"`. Default: 4 (n / 100)^(2/9), rounded down.
    level : float
        Confidence level of the normal intervals.
    seed : int
        Seed of the randomised residuals.

    Returns
    -------
    CountFit
        Estimates, errors and checks.

    Raises
    ------
    DataError
        If an outcome is no whole number from 0.
    ValueError
        If a column or option is unknown, no row is left, all counts are 0, columns are collinear, a family with a zero
        part meets no zero, or a term separates the zeros so that no finite estimate exists.

    Warns
    -----
    ConvergenceWarning
        (A UserWarning of statsmodels.) No maximum was found, or the zero part vanishes: the result holds NaN, never a
        number to quote.
    UserWarning
        The counts are not overdispersed: alpha is 0, and the model is its Poisson limit. Or there are fewer than 30
        groups of `cluster`.

    Notes
    -----
    Hurdles are a `Logit` and a `TruncatedLF` model of statsmodels whose log likelihoods add up, as in R's
    `pscl::hurdle`; statsmodels' own `HurdleCountModel` has a censored count in place of the logit. All fits start from
    the Poisson. A maximum counts as reached if the optimiser says so, the likelihood curves down in every direction,
    and one more Newton step would raise it by less than 0.00001.

    References
    ----------
    Cameron, A. C., Trivedi, P. K. (1998). Regression Analysis of Count Data. Cambridge University Press.
    Dunn, P. K., Smyth, G. K. (1996). Randomized quantile residuals. Journal of Computational and Graphical Statistics
    5(3), 236-244.
    Zeileis, A., Kleiber, C., Jackman, S. (2008). Regression models for count data in R. Journal of Statistical
    Software 27(8).

    Examples
    --------
    >>> days = pd.DataFrame({"events": [0, 2, 1, 0, 3, 1, 4, 9, 6, 2, 8, 5], "after": [0] * 6 + [1] * 6})
    >>> fit = fit_counts(days, "events ~ after", "poisson")
    >>> fit.ratios[["ratio", "low", "high"]].round(2).to_numpy().tolist()
    [[4.86, 2.01, 11.72]]
    """
    known(family, FAMILIES, "family")
    _check_options(errors, cluster, lags, level)
    if zero_formula is not None and family not in ZERO_PART:
        raise ValueError(f'zero_formula is given, but "{family}" has no zero part; take one of {", ".join(ZERO_PART)}')
    design = read_design(frame, formula, zero_formula, offset, cluster)
    _demand_groups(design, cluster)
    found = maximise(family, design)
    _warn(found, family)
    return _result(found, design, family, formula, errors, lags, level, seed)


def _check_options(errors: str, cluster: str | None, lags: int | None, level: float) -> None:
    known(errors, ERRORS, "errors")
    if (errors == "cluster") != (cluster is not None):
        raise ValueError('errors="cluster" and cluster=<column of groups> belong together; give both or neither')
    if lags is not None and (errors != "hac" or lags < 0):
        raise ValueError(f'lags = {lags}: expected 0 or more, and only with errors="hac"')
    demand_level(level)


def _demand_groups(design: Design, cluster: str | None) -> None:
    if design.groups is None:
        return
    if (count := len(np.unique(design.groups))) < 2:
        raise ValueError(f"{cluster} has {count} group; errors by group need at least 2, and {FEW_GROUPS} to be right")
    if count < FEW_GROUPS:
        warnings.warn(
            f"{cluster} has {count} groups: with fewer than about {FEW_GROUPS} errors by group are too small, and "
            "intervals too short",
            UserWarning,
            stacklevel=3,
        )


def _warn(found: Likelihood, family: str) -> None:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    if found.vanished:
        warnings.warn(
            f"there are no more zeros than the count part expects, so the zero part of the {SAID[family]} model "
            'vanishes and has no finite estimate: the result holds none. Take "poisson" or "negbin"',
            ConvergenceWarning,
            stacklevel=3,
        )
    elif not found.converged:
        simpler = {"zip": '"poisson"', "zinb": '"negbin" or "zip"', "hurdle_negbin": '"hurdle"', "negbin": '"poisson"'}
        warnings.warn(
            f"the {SAID[family]} model did not converge: the result holds no estimates. Try "
            f"{simpler.get(family, 'fewer columns')}, a smaller zero_formula, or columns of similar size",
            ConvergenceWarning,
            stacklevel=3,
        )
    elif found.at_poisson:
        warnings.warn(
            "the counts are not overdispersed: alpha is 0, and the negative binomial is the Poisson",
            UserWarning,
            stacklevel=3,
        )


def _result(
    found: Likelihood,
    design: Design,
    family: str,
    formula: str,
    errors: str,
    lags: int | None,
    level: float,
    seed: int,
) -> CountFit:
    from scipy.stats import norm

    n, k = len(design.counts), len(found.names)
    params = found.params if found.converged else np.full(k, np.nan)
    loglik = found.loglik if found.converged else np.nan
    deviations = _deviations(found, design, errors, lags) if found.converged else np.full(k, np.nan)
    bse, params = (pd.Series(values, index=found.names) for values in (deviations, params))
    reach = norm.ppf((1 + level) / 2) * bse
    p_values = pd.Series(2 * norm.sf(np.abs(params / bse)), index=found.names)
    law = law_of(family, design, params.to_numpy())
    residuals = pd.Series(quantile_residuals(design.counts, law, seed), index=design.columns.index)
    return CountFit(
        family=family,
        formula=formula,
        errors=errors,
        params=params,
        bse=bse,
        p_values=p_values.mask(p_values.index == "alpha"),
        interval=pd.DataFrame({"low": params - reach, "high": params + reach}),
        level=level,
        loglik=loglik,
        aic=2 * k - 2 * loglik,
        bic=float(np.log(n)) * k - 2 * loglik,
        n=n,
        dropped=design.dropped,
        converged=found.converged,
        dispersion=_dispersion(law.alpha, pearson_dispersion(design.counts, law, k))
        if found.converged
        else NO_DISPERSION,
        zeros=zeros(design.counts, law, level),
        residuals=residuals,
        residual_test=residual_test(residuals.to_numpy()),
        model=found.model if found.converged else None,
    )


def _deviations(found: Likelihood, design: Design, errors: str, lags: int | None) -> Floats:
    """Take the standard errors; missing for an alpha of 0. Rows left out keep their place in time."""
    inner = slice(0, len(found.params) - found.at_poisson)
    scores, groups = found.scores[:, inner], design.groups
    if errors == "hac":
        spread = np.zeros((design.length, scores.shape[1]))
        spread[design.places] = scores
        scores = spread
    lags = newey_west_lags(len(design.counts)) if lags is None else lags
    cov = covariance(scores, found.hessian[inner, inner], errors, n=len(design.counts), groups=groups, lags=lags)
    return np.append(np.sqrt(np.diag(cov)), [np.nan] * found.at_poisson)


def _dispersion(alpha: float, pearson: float) -> Dispersion:
    return Dispersion(alpha, 1 / alpha if alpha > 0 else (np.nan if np.isnan(alpha) else np.inf), pearson)
