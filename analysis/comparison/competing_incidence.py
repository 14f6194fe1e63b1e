"""Cumulative incidence of competing events: how many have gone by each moment, and how."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.comparison.inference import jackknife, read_groups
from analysis.comparison.survival_data import (
    Floats,
    Ints,
    Observed,
    last_at_or_before,
    log_log_interval,
    read_moments,
    read_observed,
)
from analysis.options import demand_level


def cumulative_incidence(
    time: ArrayLike,
    event: ArrayLike,
    *,
    at: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """
    Estimate the probability of having ended in each of several ways by each moment (Aalen-Johansen).

    Use it in place of one minus a Kaplan-Meier curve per way, which treats those who went another way as if they could
    still go this one, and adds up to more than 1. The estimates add up to one minus the Kaplan-Meier curve of any exit.
    Units (or clusters) are taken as independent and censoring as unrelated to what would have come. A way with two or
    three events has an interval too wide to rank it; do not.

    Parameters
    ----------
    time : array_like, shape (n,)
        When each unit ended or was last seen (any unit, from 0), such as `time_days` of `exits`. At equal times
        events come before the end of observation.
    event : array_like, shape (n,)
        How it ended, as text or numbers; 0, False, "none" or "censored" where it had not. Missing is not "none": such
        units are left out, with a warning, and listed in `.attrs["dropped"]`.
    at : array_like, optional
        Moments to report. Default: every time at which a unit ended or was last seen.
    cluster : array_like, shape (n,), optional
        Sets of units that are not independent, such as those of a country: errors then come from leaving each out in
        turn (jackknife). With fewer than about 30 sets they are too small.
    level : float
        Confidence level of the pointwise intervals.

    Returns
    -------
    DataFrame
        Indexed by `event` and `time`: `incidence` (probability, 0 to 1), `se`, `low`, `high`, `at_risk` (units
        followed up to this moment: neither ended nor lost before it) and `events` (of this kind so far). Missing beyond
        the last time, if some were still there. Empty if there is no event at all.

    Raises
    ------
    ValueError
        If times are negative, not finite or not as many as events.

    Notes
    -----
    I_k(t) = sum over t_j <= t of S(t_j-) d_kj / n_j, by `statsmodels.duration.survfunc.CumIncidenceRight` (ties are
    kept, not jittered), with the delta-method variance of Dinse and Larson as there, but with its limit, in place of
    none, where all that are left go at once. Intervals are normal for log(-log I) (Choudhury 2002), which is shorter
    and more balanced for rare events than the scale log(-log(1 - I)) of `survival`, and exact before the first event
    of a kind, where units are taken as independent also with `cluster`. In 2,000 simulated samples of 130 units with 22
    events of three kinds the 95% intervals for shares of 9.9%, 6.6% and 1.7% held the truth in 94.9%, 95.2% and 98.6%.

    References
    ----------
    Aalen, O. O., Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics 5(3), 141-150.
    Choudhury, J. B. (2002). Non-parametric confidence interval estimation for competing risks analysis. Statistics in
    Medicine 21(8), 1129-1144.

    Examples
    --------
    Six incumbents: one resigns on day 2, one flees on day 4, one is lost sight of on day 5, one resigns on day 6.

    >>> incidence = cumulative_incidence(
    ...     time=[2, 4, 5, 6, 9, 9], event=["resigned", "fled", "none", "resigned", "none", "none"], at=[4, 9]
    ... )
    >>> incidence["incidence"].unstack("event").round(3).to_dict("list")
    {'fled': [0.167, 0.167], 'resigned': [0.167, 0.389]}
    """
    demand_level(level)
    observed = read_observed(time, event, **({} if cluster is None else {"cluster": cluster}))
    groups = None
    if cluster is not None:
        groups = read_groups(pd.Series(cluster).reset_index(drop=True)[observed.kept], "cluster")
    steps = incidence_steps(observed, groups)
    low, high = log_log_interval(steps["incidence"], steps["se"], level, steps["seen"])
    steps = steps.assign(low=low, high=high)
    frame = steps.set_index(["event", "time"])[["incidence", "se", "low", "high", "at_risk", "events"]]
    if at is not None:
        frame = _reported(frame, observed, read_moments(at), level)
    frame.attrs["dropped"] = observed.dropped
    return frame


def incidence_steps(observed: Observed, groups: Ints | None) -> pd.DataFrame:
    """Incidence of each kind at each distinct time, in long form; `seen`: units not lost before."""
    times, place = np.unique(observed.time, return_inverse=True)
    gone = np.bincount(place, minlength=len(times))
    at_risk = gone[::-1].cumsum()[::-1]
    tables = []
    found = _estimates(observed.time, observed.code, len(observed.modes), times)
    errors = None
    if groups is not None:
        errors = jackknife(
            groups, lambda kept: _estimates(observed.time[kept], observed.code[kept], len(observed.modes), times)
        )
    for code, mode in enumerate(observed.modes, 1):
        events = np.bincount(place, (observed.code == code).astype("float64"), len(times))
        any_event = np.bincount(place, (observed.code > 0).astype("float64"), len(times))
        incidence = found[code - 1]
        tables.append(
            pd.DataFrame(
                {
                    "event": mode,
                    "time": times,
                    "incidence": incidence,
                    "se": _deviations(incidence, events, any_event, at_risk) if errors is None else errors[code - 1],
                    "at_risk": at_risk,
                    "events": events.cumsum().astype("int64"),
                    "seen": at_risk + any_event.cumsum() - any_event,
                }
            )
        )
    columns = ["event", "time", "incidence", "se", "at_risk", "events", "seen"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns, dtype="float64")


def _estimates(time: Floats, code: Ints, modes: int, times: Floats) -> Floats:
    """Incidence of each kind at given times, shape (modes, times)."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    estimates = np.zeros((modes, len(times)))
    if code.any():
        with np.errstate(all="ignore"):
            found = CumIncidenceRight(time, code)
        place = last_at_or_before(found.times, times)
        for mode, steps in enumerate(found.cinc):
            estimates[mode] = np.append(steps, 0.0)[place]
    return np.clip(estimates, 0, 1)


def _deviations(incidence: Floats, events: NDArray[Any], any_event: NDArray[Any], at_risk: NDArray[Any]) -> Floats:
    """
    Delta-method standard error of the incidence (Dinse and Larson 1986).

    As in statsmodels, but where all at risk go at once the factor that would divide by 0 is left out: it multiplies
    I(t) - I(t_j) = 0.
    """
    stay = at_risk - any_event
    before = np.append(1.0, np.cumprod(stay / at_risk)[:-1]) / at_risk
    spread = np.where(stay > 0, any_event / (at_risk * np.maximum(stay, 1)), 0.0)
    shared = before * events / at_risk
    variance = incidence**2 * spread.cumsum() - 2 * incidence * (incidence * spread).cumsum()
    variance += (incidence**2 * spread).cumsum()
    variance += (before**2 * (at_risk - events) * events / at_risk).cumsum()
    variance += 2 * ((incidence * shared).cumsum() - incidence * shared.cumsum())
    return np.sqrt(np.maximum(variance, 0.0))


def _reported(frame: pd.DataFrame, observed: Observed, moments: Floats, level: float) -> pd.DataFrame:
    """Read the steps at given moments: 0 before the first, missing after the last."""
    times = np.unique(observed.time)
    place = last_at_or_before(times, moments)
    start = place < 0
    ends = (observed.code[observed.time == times[-1]] == 0).any() & (moments > times[-1])
    before = {
        "incidence": 0.0,
        "se": 0.0,
        "low": 0.0,
        "events": 0,
        "high": 1 - ((1 - level) / 2) ** (1 / len(observed.time)),
    }
    tables = []
    for mode in observed.modes:
        steps = frame.loc[mode]
        read = {name: np.where(start, value, steps[name].to_numpy()[place]) for name, value in before.items()}
        for name in ("incidence", "se", "low", "high"):
            read[name] = np.where(ends, np.nan, read[name])
        read["at_risk"] = (observed.time[:, None] >= moments).sum(axis=0)
        tables.append(pd.DataFrame(read, index=pd.Index(moments, name="time"), columns=steps.columns))
    return pd.concat(tables, keys=observed.modes, names=["event"]) if tables else frame
