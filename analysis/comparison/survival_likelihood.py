"""Partial likelihoods: who was at risk at each event, what the model expected of them, and what follows from it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.inference import ChiSquared, chi_squared
from analysis.comparison.survival_data import Floats, Ints

Ties = Literal["efron", "breslow"]

SLACK = 1e-7


class Events(NamedTuple):
    """
    Expectations over those at risk, one row per event, in order of time.

    Attributes
    ----------
    place : array of int, shape (m,)
        Row of the unit that had the event.
    time : array of float, shape (m,)
        When.
    share : array of float, shape (m,)
        Share of the weight of units tied with it that counts as gone already (Efron; 0 for Breslow).
    total : array of float, shape (m,)
        Sum of risks, over exp(`shift`).
    mean : array of float, shape (m, k)
        Expected covariates of the unit that has the event.
    variance : array of float, shape (m, k, k)
        Their variance.
    risk : array of float, shape (n,)
        exp(x b - shift) of each unit.
    shift : float
        Largest x b.
    """

    place: Ints
    time: Floats
    share: Floats
    total: Floats
    mean: Floats
    variance: Floats
    risk: Floats
    shift: float


def expect(columns: Floats, time: Floats, ended: NDArray[np.bool_], params: Floats, ties: Ties) -> Events:
    """Take the expectations of Cox's partial likelihood at given coefficients."""
    n, k = columns.shape
    predictor = columns @ params
    shift = float(predictor.max())
    risk = np.exp(predictor - shift)
    order = np.argsort(-time, kind="stable")
    products = np.einsum("ij,ik->ijk", columns, columns).reshape(n, k * k)
    moments = np.column_stack([np.ones(n), columns, products]) * risk[:, None]
    place = np.flatnonzero(ended)
    place = place[np.argsort(time[place], kind="stable")]
    at = time[place]
    reach = np.searchsorted(-time[order], -at, side="right")
    all_at_risk = moments[order].cumsum(axis=0)[reach - 1]
    _, start, tie, size = np.unique(at, return_index=True, return_inverse=True, return_counts=True)
    share = (np.arange(len(at)) - start[tie]) / size[tie] if ties == "efron" else np.zeros(len(at))
    going = np.add.reduceat(moments[place], start, axis=0)[tie]
    left = all_at_risk - share[:, None] * going
    total = left[:, 0]
    mean = left[:, 1 : k + 1] / total[:, None]
    variance = left[:, k + 1 :].reshape(-1, k, k) / total[:, None, None] - np.einsum("ij,ik->ijk", mean, mean)
    return Events(place, at, share, total, mean, variance, risk, shift)


def log_likelihood(columns: Floats, params: Floats, events: Events) -> float:
    """Log partial likelihood."""
    return float((columns[events.place] @ params - np.log(events.total) - events.shift).sum())


def score_residuals(columns: Floats, time: Floats, events: Events) -> Floats:
    """Take what each unit adds to the score, its share in later risk sets included (Lin and Wei 1989)."""
    _, start, tie, size = np.unique(events.time, return_index=True, return_inverse=True, return_counts=True)
    rate, pull = 1 / events.total, events.mean / events.total[:, None]
    until = np.searchsorted(events.time, time, side="right")
    sum_rate = np.append(0.0, rate.cumsum())[until]
    sum_pull = np.vstack([np.zeros(columns.shape[1]), pull.cumsum(axis=0)])[until]
    residuals = -events.risk[:, None] * (columns * sum_rate[:, None] - sum_pull)
    mean = (np.add.reduceat(events.mean, start, axis=0) / size[:, None])[tie]
    spared_rate = np.add.reduceat(events.share * rate, start)[tie]
    spared_pull = np.add.reduceat(events.share[:, None] * pull, start, axis=0)[tie]
    own = columns[events.place]
    residuals[events.place] += own - mean
    residuals[events.place] += events.risk[events.place, None] * (own * spared_rate[:, None] - spared_pull)
    return residuals


def proportionality(columns: Floats, names: list[str], before: Floats, events: Events) -> pd.DataFrame:
    """
    Test whether coefficients drift with time (Grambsch and Therneau 1994), as score tests of column x g(time).

    Parameters
    ----------
    columns : array of float, shape (n, k)
        Covariates.
    names : list of str
        Their names.
    before : array of float, shape (m,)
        Kaplan-Meier survival just before each event; g is 1 less it.
    events : Events
        Expectations at the estimate.

    Returns
    -------
    DataFrame
        One row per column, and "all": `statistic`, `df`, `p_value`.
    """
    drift = (1 - before) - (1 - before).mean()
    slopes = (drift[:, None] * (columns[events.place] - events.mean)).sum(axis=0)
    within = events.variance.sum(axis=0)
    across = np.einsum("i,ijk->jk", drift, events.variance)
    own = np.einsum("i,ijk->jk", drift**2, events.variance)
    information = own - across @ np.linalg.pinv(within) @ across
    rows = {}
    for place, name in enumerate(names):
        size = information[place, place]
        rows[name] = chi_squared(slopes[place] ** 2 / size if size > SLACK else np.nan, 1)
    total = slopes @ np.linalg.pinv(information) @ slopes
    rows["all"] = chi_squared(total, int(np.linalg.matrix_rank(information, hermitian=True)) or 1)
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(ChiSquared._fields)).rename_axis("term")


def monotone(columns: pd.DataFrame, time: Floats, ended: NDArray[np.bool_], last: Floats | None = None) -> list[str]:
    """
    Name the columns along which the partial likelihood rises for ever.

    It does if some b lets every unit that has an event have the highest x b of those at risk, and not all of them the
    same: a linear program in b and the highest x b at each time, whose size grows with n, not with n squared.

    Parameters
    ----------
    columns : DataFrame, shape (n, k)
        Covariates.
    time : array of float, shape (n,)
        When each unit had its event or was last seen.
    ended : array of bool, shape (n,)
        Whether it had the event.
    last : array of float, shape (n,), optional
        Until when each unit counts as at risk. Default: `time`.

    Returns
    -------
    list of str
        Empty if the maximum is finite.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, csr_array, hstack, vstack

    values = columns.to_numpy(dtype="float64")
    scaled = values / np.maximum(np.abs(values - values.mean(axis=0)).max(axis=0), 1e-300)
    times = np.unique(time[ended])
    counted = np.searchsorted(times, time if last is None else last, side="right") - 1
    present = np.flatnonzero(counted >= 0)
    gone = np.flatnonzero(ended)
    m = len(times)

    def tops(places: Ints) -> coo_array:
        shape = (len(places), m)
        return coo_array((np.ones(len(places)), (np.arange(len(places)), places)), shape=shape)

    rows = [
        hstack([csr_array(scaled[present]), -tops(counted[present])]),
        hstack([csr_array(-scaled[gone]), tops(np.searchsorted(times, time[gone]))]),
    ]
    if m > 1:
        later = np.arange(1, m)
        rows.append(hstack([csr_array((m - 1, scaled.shape[1])), tops(later) - tops(later - 1)]))
    slack = vstack(rows, format="csr")
    k = scaled.shape[1]
    found = linprog(
        slack.sum(axis=0), A_ub=slack, b_ub=np.zeros(slack.shape[0]), bounds=[(-1, 1)] * k + [(None, None)] * m
    )
    if not found.success or -found.fun <= SLACK * slack.shape[0]:
        return []
    return [str(name) for name, size in zip(columns.columns, found.x[:k], strict=True) if abs(size) > SLACK]
