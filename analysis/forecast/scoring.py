"""Proper scores of forecasts given as draws or as probabilities, and of named distributions."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.options import demand_level, known

Floats = NDArray[np.float64]
Estimator = Literal["nrg", "fair"]

BIN_EDGES = (0.0, 0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5)  # of ViEWS 2023; the last is open above
ESTIMATORS = {"nrg": "qd", "fair": "pwm"}  # scoringrules' names of the same numbers without all pairs of draws
COLUMNS = ["crps", "log_score", "brier", "interval_score", "coverage", "ignorance"]
CELLS_AT_ONCE = 131_072  # draws scored together: as many as stay in a processor's cache
LAWS = {"normal": ("mu", "sigma"), "poisson": ("mean",), "negbin": ("n", "prob")}


class Discrimination(NamedTuple):
    """
    How well probabilities rank events above non-events, whatever their level.

    Attributes
    ----------
    average_precision : float
        Mean precision over the events, by falling probability (0 to 1); ranking at random gives about `base_rate`.
        Missing without an event.
    roc_auc : float
        Chance that an event has the higher probability than a non-event, ties half. Missing without both.
    base_rate : float
        Share of events.
    events, n : int
        Events, and forecasts.
    """

    average_precision: float
    roc_auc: float
    base_rate: float
    events: int
    n: int


def scores(
    outcomes: ArrayLike | pd.Series,
    draws: ArrayLike,
    *,
    event: float = 1,
    level: float = 0.9,
    estimator: Estimator = "nrg",
) -> pd.DataFrame:
    """
    Score forecasts against what happened, one row per forecast; lower is better in all columns but `coverage`.

    Give draws from the predictive distribution, or one probability per outcome of 0 or 1. The two halves of the table
    judge different things: `crps`, `interval_score`, `coverage` and `ignorance` the whole number, `brier` and
    `log_score` only the probability of an event, that is of `event` or more.

    Parameters
    ----------
    outcomes : array_like or Series, shape (n,)
        What happened. A missing outcome has missing scores.
    draws : array_like, shape (n, m) or (n,)
        `m` draws of each forecast; or, in one dimension, the probability that the outcome is 1.
    event : float
        Least outcome that counts as an event for `brier` and `log_score`.
    level : float
        Content of the central interval, 0 to 1.
    estimator : {"nrg", "fair"}
        CRPS of the draws as they are (all pairs, as ViEWS 2023 does), or unbiased for the distribution behind them,
        which differs much when draws are few.

    Returns
    -------
    DataFrame, shape (n, 6)
        `crps` (unit of the outcome), `log_score` (nats), `brier` (0 to 1), `interval_score` (unit of the outcome),
        `coverage` (1 if the outcome lies in the interval, 0 if not), `ignorance` (bits). Indexed as `outcomes`.

    Raises
    ------
    ValueError
        If shapes do not fit, a draw is missing or infinite, a probability lies outside 0 to 1 or meets an outcome that
        is neither 0 nor 1, or an option is not understood.

    Notes
    -----
    CRPS = mean|x - y| - mean|x - x'|/2, by `scoringrules`. For a probability p it is the Brier score (p - y)^2.
    Interval score = (u - l) + (2/a)(l - y)+ + (2/a)(y - u)+ with a = 1 - level and linear quantiles of the draws
    (`numpy.quantile`); for a probability l and u are the quantiles of its 0-1 distribution.
    Log score = -ln of the probability given to what happened: for draws (k + 1/2)/(m + 1) if k of m are on its side, so
    that no number of draws is certain; a probability is taken at its word, and certain and wrong costs infinity.
    Ignorance = -log2((c + 1)/(m + 11)), c the draws in the outcome's of the 11 bins of ViEWS 2023 (0, 1-2, 3-5, 6-10,
    11-25, 26-50, 51-100, 101-250, 251-500, 501-1000, more). It depends on m, so compare equal numbers of draws: ViEWS
    brings all to 1,000 first, here they are scored as given. Draws below 0 count as 0 there. For a probability it is
    the log score in bits.

    References
    ----------
    Gneiting, T., Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the
    American Statistical Association 102(477), 359-378.
    Hegre, H. et al. (2025). The 2023/24 VIEWS Prediction challenge: predicting the number of fatalities in armed
    conflict, with uncertainty. Journal of Peace Research.

    Examples
    --------
    >>> table = scores([0, 3], [[0, 0, 0, 0, 1, 2, 0, 0, 0, 5], list(range(10))])
    >>> table[["crps", "interval_score", "coverage", "ignorance"]].round(3).to_numpy().tolist()
    [[0.16, 3.65, 1.0, 1.392], [1.05, 8.1, 1.0, 2.392]]
    >>> scores([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])["brier"].mean().round(4)
    np.float64(0.0375)
    """
    known(estimator, ESTIMATORS, "estimator")
    demand_level(level)
    happened, forecasts, index = _read(outcomes, draws)
    if forecasts.ndim == 1:
        return pd.DataFrame(_of_probabilities(happened, forecasts, level), columns=COLUMNS, index=index)
    _demand_draws(forecasts, estimator)
    rows = max(CELLS_AT_ONCE // forecasts.shape[1], 1)
    parts = [
        _of_draws(happened[first : first + rows], forecasts[first : first + rows], event, level, estimator)
        for first in range(0, len(happened), rows)
    ]
    return pd.DataFrame(np.concatenate([*parts, np.empty((0, len(COLUMNS)))]), columns=COLUMNS, index=index)


def _read(outcomes: Any, draws: Any) -> tuple[Floats, NDArray[Any], pd.Index]:
    happened = pd.Series(outcomes) if not isinstance(outcomes, pd.Series) else outcomes
    values = pd.to_numeric(happened).to_numpy(dtype="float64", na_value=np.nan)
    forecasts = np.asarray(draws)
    if forecasts.dtype.kind not in "biuf":
        forecasts = forecasts.astype("float64")
    if forecasts.ndim not in (1, 2) or len(forecasts) != len(values):
        raise ValueError(
            f"draws have shape {forecasts.shape} for {len(values)} outcomes; expected ({len(values)}, number of draws) "
            f"or ({len(values)},) for probabilities"
        )
    if np.isinf(values).any():
        raise ValueError(f"outcome {happened.index[np.isinf(values)][0]} is infinite; expected a number or a gap")
    return values, forecasts, happened.index


def _demand_draws(forecasts: NDArray[Any], estimator: str) -> None:
    least = 2 if estimator == "fair" else 1
    if forecasts.shape[1] < least:
        raise ValueError(
            f"{forecasts.shape[1]} draws for each outcome; the {estimator} estimator needs {least} or more"
        )
    if forecasts.dtype.kind == "f" and (broken := ~np.isfinite(forecasts).all(axis=1)).any():
        raise ValueError(
            f"{broken.sum()} forecasts have draws that are missing or infinite (first: row {broken.argmax()}); "
            "a forecast must be whole, leave the row out otherwise"
        )


def _of_draws(happened: Floats, forecasts: NDArray[Any], event: float, level: float, estimator: str) -> Floats:
    from scoringrules import crps_ensemble

    known_rows = np.isfinite(happened)
    found = np.full((len(happened), len(COLUMNS)), np.nan)
    y, x = happened[known_rows], np.sort(forecasts[known_rows], axis=1).astype("float64")
    if not len(y):
        return found
    crps = crps_ensemble(y, x, estimator=ESTIMATORS[estimator], sorted_ensemble=True, backend="numpy")
    low, high = _sorted_quantile(x, (1 - level) / 2), _sorted_quantile(x, (1 + level) / 2)
    said, occurred = (x >= event).sum(axis=1), y >= event
    m = x.shape[1]
    right = np.where(occurred, said, m - said)
    found[known_rows] = np.column_stack(
        [
            crps,
            -np.log((right + 0.5) / (m + 1)),
            (said / m - occurred) ** 2,
            *_interval(y, low, high, level),
            _ignorance(y, x),
        ]
    )
    return found


def _sorted_quantile(x: Floats, share: float) -> Floats:
    """Linear quantile of each sorted row, as `numpy.quantile` gives it."""
    place = share * (x.shape[1] - 1)
    below = int(np.floor(place))
    above = min(below + 1, x.shape[1] - 1)
    return x[:, below] + (place - below) * (x[:, above] - x[:, below])


def _interval(y: Floats, low: Floats, high: Floats, level: float) -> tuple[Floats, Floats]:
    from scoringrules import interval_score

    return interval_score(y, low, high, 1 - level, backend="numpy"), ((low <= y) & (y <= high)).astype("float64")


def _ignorance(y: Floats, x: Floats) -> Floats:
    edges = np.array([*BIN_EDGES, np.inf])
    place = np.searchsorted(edges, y, side="right") - 1
    inside = np.clip(place, 0, len(BIN_EDGES) - 1)
    floor, top = np.where(inside > 0, edges[inside], -np.inf)[:, None], edges[inside + 1][:, None]
    counted = ((x >= floor) & (x < top)).sum(axis=1)
    return np.where(place < 0, np.nan, -np.log2((counted + 1) / (x.shape[1] + len(BIN_EDGES))))


def read_probabilities(outcomes: Any, probabilities: Any) -> tuple[Floats, Floats]:
    """Read outcomes of 0 or 1 and their probabilities; both have no missing cells."""
    happened, forecasts, _ = _read(outcomes, probabilities)
    if forecasts.ndim != 1:
        raise ValueError(
            f"probabilities have shape {forecasts.shape}; expected one for each of {len(happened)} outcomes"
        )
    if np.isnan(happened).any():
        raise ValueError(f"{int(np.isnan(happened).sum())} outcomes are missing; leave these rows out")
    _demand_probabilities(happened, forecasts)
    return happened, forecasts.astype("float64")


def _demand_probabilities(happened: Floats, forecasts: NDArray[Any]) -> None:
    if (wrong := ~((forecasts >= 0) & (forecasts <= 1))).any():
        raise ValueError(
            f"{wrong.sum()} probabilities are missing or outside 0 to 1 (first: {forecasts[wrong][0]}); divide "
            "percentages by 100"
        )
    if (other := np.isfinite(happened) & ~np.isin(happened, (0, 1))).any():
        raise ValueError(
            f"an outcome is {happened[other][0]:g}; probabilities are for outcomes of 0 and 1, for counts give draws"
        )


def _of_probabilities(happened: Floats, forecasts: NDArray[Any], level: float) -> Floats:
    from scoringrules import brier_score, log_score

    _demand_probabilities(happened, forecasts)
    p = forecasts.astype("float64")
    found = np.full((len(happened), len(COLUMNS)), np.nan)
    known_rows = np.isfinite(happened)
    y, p = happened[known_rows], p[known_rows]
    if not len(y):
        return found
    brier = brier_score(y, p, backend="numpy")
    with np.errstate(divide="ignore"):
        nats = log_score(y, p, backend="numpy")
    low, high = ((p > 1 - tail).astype("float64") for tail in ((1 - level) / 2, (1 + level) / 2))
    found[known_rows] = np.column_stack([brier, nats, brier, *_interval(y, low, high, level), nats / np.log(2)])
    return found


def closed_crps(outcomes: ArrayLike, law: Literal["normal", "poisson", "negbin"], **parameters: ArrayLike) -> Floats:
    """
    Give the CRPS of a named distribution exactly, without draws.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        What happened.
    law : {"normal", "poisson", "negbin"}
        Distribution. Negative binomial: failures before success number `n`, each trial a success with `prob`; from a
        mean and an NB2 `alpha`, n = 1/alpha and prob = 1/(1 + alpha mean).
    **parameters : array_like
        `mu`, `sigma`; `mean`; or `n`, `prob`: one for each outcome, or one for all.

    Returns
    -------
    array of float, shape (n,)
        In the unit of the outcome; lower is better.

    Raises
    ------
    ValueError
        If the law is unknown or its parameters are others.

    Examples
    --------
    >>> closed_crps([4], "negbin", n=5, prob=0.3).round(6).tolist()
    [4.441459]
    """
    import scoringrules

    names = LAWS[known(law, LAWS, "law")]
    if set(parameters) != set(names):
        raise ValueError(f"the {law} law takes {' and '.join(names)}, not {', '.join(parameters) or 'nothing'}")
    values = [np.asarray(parameters[name], dtype="float64") for name in names]
    y, *values = np.broadcast_arrays(np.asarray(outcomes, dtype="float64"), *values)
    return np.asarray(getattr(scoringrules, f"crps_{law.replace('negbin', 'negbinom')}")(y, *values, backend="numpy"))


def discrimination(outcomes: ArrayLike, probabilities: ArrayLike) -> Discrimination:
    """
    Say how well probabilities rank events above non-events; it does not see whether they are too high or too low.

    For rare events read `average_precision` beside the base rate. It is not the area under the precision-recall curve
    by trapezoids, which flatters.

    Parameters
    ----------
    outcomes : array_like of 0 and 1, shape (n,)
        What happened.
    probabilities : array_like, shape (n,)
        Forecast of a 1.

    Returns
    -------
    Discrimination
        `average_precision`, `roc_auc`, `base_rate`, `events`, `n`.

    Raises
    ------
    ValueError
        If a cell is missing, or is no probability or no outcome of 0 or 1.

    Examples
    --------
    >>> found = discrimination([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> round(found.average_precision, 4), found.roc_auc
    (0.8333, 0.75)
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    y, p = read_probabilities(outcomes, probabilities)
    events = int(y.sum())
    return Discrimination(
        average_precision=float(average_precision_score(y, p)) if events else float("nan"),
        roc_auc=float(roc_auc_score(y, p)) if 0 < events < len(y) else float("nan"),
        base_rate=float(y.mean()) if len(y) else float("nan"),
        events=events,
        n=len(y),
    )
