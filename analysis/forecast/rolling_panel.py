"""Forecasts of panels as they could have been made: windows some periods ahead, from the counts known by then."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from analysis.forecast.panel_models import PANEL_BASELINES, PanelForecaster, PanelModel
from analysis.forecast.rolling_cases import Rolled
from analysis.forecast.scoring import COLUMNS, scores
from analysis.options import known
from analysis.told import said_count

Floats = NDArray[np.float64]

DRAWS_AT_ONCE = 2_500_000  # held in memory: as many as a window of 208 places with 1,000 draws


class PanelOptions(NamedTuple):
    """What a backtest of a panel needs to be told."""

    ahead: tuple[int, int]
    every: int
    draws: int
    minimum: int
    event: float
    seed: int


class _Wide(NamedTuple):
    counts: Floats  # units x periods, NaN where not covered
    units: pd.DataFrame
    periods: pd.PeriodIndex


def forecast_panel(panel: pd.DataFrame, outcome: str, models: Sequence[PanelModel], options: PanelOptions) -> Rolled:
    """
    Forecast every window from the past alone, with all baselines and models; draws are scored and let go.

    `forecasts`: one row per place, period and model: the levels of the panel's index, `trained_to` (last period whose
    counts were known), `ahead`, `model`, `outcome`, `mean` (of the draws), `probability` (of `event` or more), the
    columns of `scores`, and `pit_low`, `pit_high` (share of draws below the outcome, and up to it). `dropped`: cells of
    the windows that are not covered. `trained`: periods known at the first and the last window.
    """
    wide = _widened(panel, outcome)
    ahead = np.arange(options.ahead[0], options.ahead[1] + 1)
    ends = _ends(wide, options)
    parts, notes, gaps = [], [], []
    for end in ends:
        past, future = wide.counts[:, :end], wide.counts[:, end - 1 + ahead]
        covered = np.isfinite(future)
        gaps.append(_named(wide, end, ahead, ~covered))
        if not covered.any():
            continue
        rows = _named(wide, end, ahead, covered)
        for model in (*PANEL_BASELINES, *models):
            fitted = model.fit(past, ahead)
            rng = default_rng([options.seed, end, zlib.crc32(model.name.encode())])
            scored = _scored(fitted, future, ahead, options, rng)
            scored.index = rows.index
            parts.append(pd.concat([rows.assign(model=model.name), scored], axis=1))
            notes += [(model.name, fitted.note, len(rows))] if fitted.note else []
    if not parts:
        raise ValueError(f"no cell of {outcome} in the {len(ends)} windows is covered: there is nothing to score")
    dropped = pd.concat(gaps, ignore_index=True).assign(missing=outcome, used="for nothing")
    table = pd.DataFrame(notes, columns=["model", "note", "forecasts"])
    return Rolled(
        forecasts=pd.concat(parts, ignore_index=True),
        dropped=dropped,
        untested=0,
        trained=(min(ends), max(ends)),
        notes=table.groupby(["model", "note"], as_index=False)["forecasts"].sum(),
        caveat="",
    )


def _widened(panel: pd.DataFrame, outcome: str) -> _Wide:
    known(outcome, panel.columns, "column")
    if not isinstance(panel.index.get_level_values("period"), pd.PeriodIndex):
        raise ValueError("the level `period` of the panel holds no periods; make the panel with event_panel")
    if (repeated := panel.index.duplicated()).any():
        raise ValueError(
            f"There twice: {said_count(repeated.sum(), 'cell')} (first: {panel.index[repeated][0]}); which one counts?"
        )
    values = pd.Series(panel[outcome].to_numpy(dtype="float64", na_value=np.nan), index=panel.index)
    if (wrong := (values < 0) | (values % 1 > 0)).any():
        raise ValueError(
            f"{outcome} is {values[wrong].iloc[0]:g} at {values.index[wrong][0]}; expected counts, 0 or more"
        )
    levels = [str(name) for name in panel.index.names if name != "period"]
    if not levels:
        values = pd.concat({"all": values}, names=["unit"])
        levels = ["unit"]
    table = values.unstack("period").sort_index()
    periods = pd.period_range(table.columns.min(), table.columns.max(), freq=table.columns.freq)
    table = table.reindex(columns=periods)
    return _Wide(table.to_numpy(dtype="float64"), table.index.to_frame(index=False)[levels], periods)


def _ends(wide: _Wide, options: PanelOptions) -> list[int]:
    """How many periods are known at each window, so that the last window ends with the panel."""
    last = len(wide.periods) - options.ahead[1]
    ends = list(range(last, options.minimum - 1, -options.every))[::-1]
    if not ends:
        raise ValueError(
            f"the panel has {len(wide.periods)} periods; {options.minimum} to learn from and {options.ahead[1]} ahead "
            f"are {options.minimum + options.ahead[1]}. Bring a longer panel, or lower minimum= or ahead="
        )
    return ends


def _named(wide: _Wide, end: int, ahead: NDArray[np.int64], which: NDArray[np.bool_]) -> pd.DataFrame:
    unit, step = np.nonzero(which)
    rows = wide.units.iloc[unit].reset_index(drop=True)
    return rows.assign(period=wide.periods[end - 1 + ahead[step]], trained_to=wide.periods[end - 1], ahead=ahead[step])


def _scored(
    fitted: PanelForecaster, future: Floats, ahead: NDArray[np.int64], options: PanelOptions, rng: Generator
) -> pd.DataFrame:
    at_once = max(DRAWS_AT_ONCE // (len(ahead) * options.draws), 1)
    parts = []
    for first in range(0, len(future), at_once):
        units = np.arange(first, min(first + at_once, len(future)))
        covered = np.isfinite(future[units])
        drawn = fitted.draw(units, ahead, options.draws, rng)[covered]
        happened = future[units][covered]
        scored = scores(happened, drawn, event=options.event)[COLUMNS]
        scored["pit_low"] = (drawn <= happened[:, None] - 1).mean(axis=1)
        scored["pit_high"] = (drawn <= happened[:, None]).mean(axis=1)
        scored.insert(0, "probability", (drawn >= options.event).mean(axis=1))
        scored.insert(0, "mean", drawn.mean(axis=1))
        scored.insert(0, "outcome", happened)
        parts.append(scored)
    return pd.concat(parts, ignore_index=True)
