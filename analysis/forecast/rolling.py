"""Backtests: forecasts made as they could have been made then, beside plain baselines, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast.judging import Backtest, judged
from analysis.forecast.models import BASELINES, UNIT, CaseModel, FirthLogit
from analysis.forecast.panel_models import PANEL_BASELINES, LaggedCounts, PanelModel
from analysis.forecast.rolling_cases import CaseOptions, forecast_cases
from analysis.forecast.rolling_panel import PanelOptions, forecast_panel
from analysis.forecast.scoring import COLUMNS
from analysis.options import demand_level, known

SCORED_BY = tuple(name for name in COLUMNS if name != "coverage")


def backtest(
    frame: pd.DataFrame,
    outcome: str,
    models: Iterable[Any] | None = None,
    *,
    predictors: Iterable[str] = (),
    event: float = 1,
    date: str = "election_date",
    unit: str = "country_iso3",
    region: str | None = None,
    outcome_known_after_days: int = 365,
    allow: Iterable[str] = (),
    ahead: tuple[int, int] = (3, 14),
    every: int = 12,
    draws: int = 1000,
    minimum: int | None = None,
    score: str | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Backtest:
    """
    Forecast the past as it could have been forecast then, and score it against plain baselines.

    A frame with a level `period` in its index, as `event_panel` returns it, is forecast in windows: counts `ahead`
    periods after the last known one, as ViEWS does. Any other frame is one of cases: each is forecast, by date, from
    those whose outcome was known by then. What happens within a year of the vote is known a year later: a fall in the
    first week is known at once, but its absence is not, and to learn early from the first alone would count only
    events.

    Parameters
    ----------
    frame : DataFrame
        Cases, one row each, or a panel. Order of rows does not matter.
    outcome : str
        Column to forecast. Cases: yes/no, or a number of which `event` or more counts as an event. Panels: counts.
    models : iterable of models, optional
        What to judge; see `CaseModel` and `PanelModel`. Default: `FirthLogit(predictors)` if there are predictors;
        `LaggedCounts()` for a panel. Baselines are always added. Cases: base rate, that of the last 30 known cases,
        region base rate, last observation of the country. Panels: all zero, the place's last 12 periods, Poisson around
        its last count, all places' last 12 periods.
    predictors : iterable of str
        Columns for the Firth logit; cases only. Columns of `cases` that were not known with the result are refused.
    event : float
        Least outcome that counts as an event.
    date, unit, region : str
        Columns of cases: day of the forecast; country, whose cases stand or fall together in the bootstrap; and region.
        Without `region`, ISO codes in `country_iso3` give the sub-region of `comparison.world_regions`.
    outcome_known_after_days : int
        Days after `date` at which an outcome is known; cases only. With 0, still from cases of earlier days alone.
    allow : iterable of str
        Predictors let through although they came too late: such a score is no forecast.
    ahead : (int, int)
        First and last period forecast after the last known one; panels only.
    every : int
        Periods from one window to the next; the last window ends with the panel.
    draws : int
        Draws per forecast; panels only.
    minimum : int, optional
        Cases (default 20) or periods (default 36) known before the first forecast.
    score : {"brier", "crps", "log_score", "interval_score", "ignorance"}, optional
        What models are compared by. Default: "brier" for cases, "crps" for panels.
    level : float
        Of the intervals of skill.
    resamples : int
        Bootstrap samples of countries: `unit` of cases; of panels the level `country`, or else the
        first that is no `event_type`.
    seed : int
        Seed of draws and bootstrap.

    Returns
    -------
    Backtest
        Forecasts, scores, skill with intervals, verdicts.

    Raises
    ------
    ValueError
        If a predictor was not known in time, a column is unknown, rows are there twice, too little is known before
        every forecast, or an option is out of range.
    DataError
        If the outcome holds text.

    Notes
    -----
    skill = 1 - mean score / mean score of the best baseline; its interval resamples countries, the rows of which stay
    paired (`compare`). The best baseline is chosen on the rows that are scored, which favours it, so a verdict of
    "better" is earned against the hardest of them. Of 1,000 simulated tables of 100 cases whose 3 predictors say
    nothing, the logit is called better in 1 and worse in 133.

    References
    ----------
    Hegre, H. et al. (2025). The 2023/24 VIEWS Prediction challenge: predicting the number of fatalities in armed
    conflict, with uncertainty. Journal of Peace Research.
    Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy: an analysis and review. International Journal
    of Forecasting 16, 437-450.

    Examples
    --------
    >>> from analysis import load_cases
    >>> found = backtest(load_cases(), "incumbent_exit", predictors=["disputed", "official_margin_pct"])
    >>> found.best_baseline, found.verdict.to_dict()
    ('recent base rate', {'Firth logit': 'not distinguishable from the baseline'})
    """
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise ValueError("the frame has no rows: there is nothing to forecast")
    _demand(level, resamples, event)
    kind = "panel" if "period" in frame.index.names else "cases"
    score = known(score or {"cases": "brier", "panel": "crps"}[kind], SCORED_BY, "score")
    if kind == "cases":
        known_models = _case_models(models, predictors)
        options = CaseOptions(date, unit, region, event, outcome_known_after_days, _least(minimum, 20), tuple(allow))
        _demand_case_options(options)
        rolled = forecast_cases(frame, outcome, known_models, options)
        baselines, place = [model.name for model in BASELINES], UNIT
    else:
        panel_models = _panel_models(models, predictors)
        rolled = forecast_panel(
            frame,
            outcome,
            panel_models,
            PanelOptions(_window(ahead, every, draws), every, draws, _least(minimum, 36), event, seed),
        )
        baselines, place = [model.name for model in PANEL_BASELINES], _places(rolled.forecasts)
    return judged(rolled, baselines, place, kind, outcome, event, score, level, resamples, seed)


def _demand(level: float, resamples: int, event: float) -> None:
    demand_level(level)
    if resamples < 100:
        raise ValueError(f"{resamples} resamples cannot give an interval; take 1,000 or more")
    if not event > 0:
        raise ValueError(f"event = {event}: everything would be one; expected a number above 0")


def _demand_case_options(options: CaseOptions) -> None:
    if options.outcome_known_after_days < 0:
        raise ValueError(f"outcome_known_after_days = {options.outcome_known_after_days}: no outcome is known before")


def _least(minimum: int | None, usual: int) -> int:
    if minimum is not None and minimum < 1:
        raise ValueError(f"minimum = {minimum}: a forecast needs a past of 1 or more")
    return usual if minimum is None else minimum


def _window(ahead: tuple[int, int], every: int, draws: int) -> tuple[int, int]:
    if np.shape(ahead) != (2,) or not 1 <= ahead[0] <= ahead[1]:
        raise ValueError(f"ahead = {ahead}: expected the first and the last period ahead, such as (3, 14)")
    if every < 1 or draws < 1:
        raise ValueError(f"every = {every}, draws = {draws}: expected 1 or more of each")
    return ahead


def _places(forecasts: pd.DataFrame) -> str:
    """Name the level of a panel that is resampled: the country, or else the first that is a place."""
    levels = [str(name) for name in forecasts.columns[: forecasts.columns.get_loc("period")]]
    preferred = ["country", "country_iso3", *(name for name in levels if name != "event_type"), *levels]
    return next(name for name in preferred if name in levels)


def _case_models(models: Iterable[Any] | None, predictors: Iterable[str]) -> list[CaseModel]:
    columns = [predictors] if isinstance(predictors, str) else list(predictors)
    chosen = [*(models or []), *([FirthLogit(columns)] if columns else [])]
    for model in chosen:
        if not isinstance(model, CaseModel):
            raise ValueError(f"{model!r} is no model of cases: it needs name, columns and fit(past, outcome)")
    _demand_names([model.name for model in (*BASELINES, *chosen)])
    return chosen


def _panel_models(models: Iterable[Any] | None, predictors: Iterable[str]) -> list[PanelModel]:
    if list(predictors):
        raise ValueError("predictors are for cases; models of a panel see the counts of its past alone")
    chosen = [LaggedCounts()] if models is None else list(models)
    for model in chosen:
        if not isinstance(model, PanelModel) or hasattr(model, "columns"):
            raise ValueError(f"{model!r} is no model of a panel: it needs name and fit(past, ahead)")
    _demand_names([model.name for model in (*PANEL_BASELINES, *chosen)])
    return chosen


def _demand_names(names: list[str]) -> None:
    if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ValueError(f"two models are called {repeated[0]!r}; name one otherwise: FirthLogit(columns, name='mine')")
