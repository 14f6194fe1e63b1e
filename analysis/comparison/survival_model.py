"""What a model of times needs of a frame, and what Cox and Fine-Gray models tell alike."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.comparison.inference import read_groups, wald
from analysis.comparison.survival_data import Floats, Ints, ended, read_observed
from analysis.comparison.usable import CHOSEN, refuse_leaks
from analysis.designs import demand_independent, read_predictors
from analysis.options import demand_level, known
from analysis.told import said_count, said_p

FEW_PER_COEFFICIENT = 10
CASES = {"case_id", "election_date", "incumbent_exit"}
KNOWN_AT_ORIGIN = "with the result"


class Spells(NamedTuple):
    """
    A frame read for a model of times.

    Attributes
    ----------
    columns : DataFrame, shape (n, k)
        Covariates, without an intercept, centred and in units of their standard deviation.
    scale : array of float, shape (k,)
        These standard deviations.
    time : array of float, shape (n,)
        Times.
    code : array of int, shape (n,)
        0 without an event, otherwise 1 + the place in `modes`.
    modes : list
        Kinds of event.
    groups : array of int, shape (n,), or None
        Clusters, from 0.
    dropped : DataFrame
        Rows left out.
    dropped_events : int
        How many of them had an event.
    of_cases : bool
        The frame is one of cases, whose sample is purposive.
    """

    columns: pd.DataFrame
    scale: Floats
    time: Floats
    code: Ints
    modes: list[Any]
    groups: Ints | None
    dropped: pd.DataFrame
    dropped_events: int
    of_cases: bool


def read_spells(
    frame: pd.DataFrame,
    formula: str,
    columns: dict[str, str],
    *,
    cluster: str | None,
    level: float,
    allow: Iterable[str],
) -> Spells:
    """Read covariates, times and events; `columns` names those of the frame for "time" and "event"."""
    demand_level(level)
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(f"expected a frame with one row per unit, not {type(frame).__name__}")
    for what, name in columns.items():
        known(name, frame.columns, f"column for {what}")
    if cluster is not None:
        known(cluster, frame.columns, "column for cluster")
    predictors = read_predictors(frame, formula, [*columns.values(), *([cluster] if cluster else [])])
    of_cases = set(frame.columns) >= CASES
    if outcome := [name for name in predictors.names if name in columns.values()]:
        raise ValueError(f"{outcome[0]} is what is to be explained; leave it out of the formula")
    if of_cases:
        refuse_leaks(predictors.names, until=KNOWN_AT_ORIGIN, allow=allow)
    rows = frame.loc[predictors.kept]
    observed = read_observed(rows[columns["time"]], rows[columns["event"]])
    if not observed.modes:
        raise ValueError(
            f"none of the {len(rows)} rows has an event ({columns['event']}), so no hazard can be compared"
        )
    design, scale = _standardised(predictors.columns)
    return Spells(
        columns=design,
        scale=scale,
        time=observed.time,
        code=observed.code,
        modes=observed.modes,
        groups=None if cluster is None else read_groups(rows[cluster], cluster),
        dropped=predictors.dropped,
        dropped_events=int(ended(frame.loc[~predictors.kept, columns["event"]].dropna()).sum()),
        of_cases=of_cases,
    )


def _standardised(columns: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """Covariates less their mean, over their standard deviation; the intercept is part of the baseline hazard."""
    design = columns.drop(columns="Intercept", errors="ignore")
    if design.empty:
        raise ValueError("the formula names no covariate; for curves without covariates take `survival`")
    demand_independent(pd.concat([pd.DataFrame({"Intercept": 1.0}, index=design.index), design], axis=1))
    scale = design.to_numpy().std(axis=0)
    return (design - design.mean()) / scale, scale


def demand_mode(mode: Any, modes: list[Any]) -> int:
    """Give the code of a kind of event, or refuse it."""
    if mode not in modes:
        raise ValueError(f"no row ended as {mode!r}; there are {', '.join(map(repr, modes))}")
    return modes.index(mode) + 1


def demand_information(information: Floats, names: Iterable[str]) -> None:
    """Refuse covariates that do not differ among those at risk at any event."""
    sizes, directions = np.linalg.eigh(information)
    if sizes[0] <= 1e-8 * max(sizes[-1], 1e-300):
        flat = [name for name, size in zip(names, np.abs(directions[:, 0]), strict=True) if size > 1e-4]
        raise ValueError(
            f"{', '.join(flat)}: among the units at risk when events happened these do not differ, or only together, "
            "so no hazard ratio can be estimated; leave one out"
        )


def warn_if_few(events: int, coefficients: int) -> None:
    """Warn where there are fewer events than 5 for each coefficient."""
    if events < 5 * coefficients:
        warnings.warn(
            f"{_per_coefficient(events, coefficients)}, fewer than 5 each: estimates are often far too large and "
            "intervals too short. Take fewer covariates",
            UserWarning,
            stacklevel=3,
        )


def estimates(params: Floats, covariance: Floats, spells: Spells, level: float) -> dict[str, pd.Series | pd.DataFrame]:
    """Put estimates on the scale of the columns as given, with normal intervals and p-values."""
    names = pd.Index(spells.columns.columns, name="term")
    found = wald(params, covariance, level)
    return {
        "params": pd.Series(params / spells.scale, index=names),
        "bse": pd.Series(found.bse / spells.scale, index=names),
        "p_values": pd.Series(found.p_values, index=names),
        "interval": pd.DataFrame({"low": found.low / spells.scale, "high": found.high / spells.scale}, index=names),
    }


def ratios(params: pd.Series, interval: pd.DataFrame, p_values: pd.Series) -> pd.DataFrame:
    """Coefficients as ratios: `ratio`, `low`, `high`, `p_value`."""
    table = np.exp(interval)
    table.insert(0, "ratio", np.exp(params))
    return table.assign(p_value=p_values)


def said_ratios(table: pd.DataFrame, what: str, level: float) -> list[str]:
    """Say each ratio with its interval."""
    return [
        f"{_said_term(str(name))} goes with {row['ratio']:.2f} times {what} ({100 * level:g}% interval "
        f"{row['low']:.2f} to {_said_high(row['high'])}, "
        f"{said_p(row['p_value']) if pd.notna(row['p_value']) else 'no p-value found'})."
        for name, row in table.iterrows()
    ]


def _said_term(name: str) -> str:
    """Say a coefficient's column: a level of a category is told against the level left out."""
    level = re.fullmatch(r"(?:C\()?([^:\[\](),]+)[^:\[\]]*\[T\.(.+)\]", name)
    return f"{level[1]} = {level[2]}, rather than the level left out," if level else f"One unit more of {name}"


def _said_high(high: float) -> str:
    return "no upper bound" if not np.isfinite(high) else f"{high:.2f}" if high < 1e4 else f"{high:.2g}"


def said_limits(events: int, coefficients: int, dropped: int, dropped_events: int, of_cases: bool) -> list[str]:
    """Say what keeps a reader from taking the ratios for more than they are."""
    parts = []
    if dropped:
        lost = f", {dropped_events} of them with an event" if dropped_events else ""
        parts.append(f"Left out for missing cells and listed in `dropped`: {said_count(dropped, 'row')}{lost}.")
    if events < FEW_PER_COEFFICIENT * coefficients:
        parts.append(
            f"With {_per_coefficient(events, coefficients)}, fewer than {FEW_PER_COEFFICIENT} each, the ratios "
            "tend to be too large."
        )
    parts.append("These are associations, not effects.")
    if of_cases:
        parts.append(CHOSEN)
    return parts


def _per_coefficient(events: int, coefficients: int) -> str:
    return f"{said_count(events, 'event')} for {said_count(coefficients, 'coefficient')}"


def kaplan_meier_before(time: Floats, ended: NDArray[np.bool_], moments: Floats) -> Floats:
    """Kaplan-Meier survival just before each moment, all those with an equal time being at risk."""
    from statsmodels.duration.survfunc import SurvfuncRight

    if not ended.any():
        return np.ones(len(moments))
    with np.errstate(all="ignore"):
        found = SurvfuncRight(time, ended.astype("float64"))
    return np.append(1.0, found.surv_prob)[np.searchsorted(found.surv_times, moments, side="left")]
