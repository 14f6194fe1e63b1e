"""Backtests: forecasts made as they could have been made then, beside plain baselines, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast.comparing import VERDICTS, Comparison, compare
from analysis.forecast.models import BASELINES, UNIT, CaseModel, FirthLogit
from analysis.forecast.panel_models import PANEL_BASELINES, LaggedCounts, PanelModel
from analysis.forecast.reliability import decompose
from analysis.forecast.rolling_cases import CaseOptions, Rolled, forecast_cases
from analysis.forecast.rolling_panel import PanelOptions, forecast_panel
from analysis.forecast.scoring import COLUMNS, discrimination
from analysis.options import known
from analysis.told import Told

SCORED_BY = tuple(name for name in COLUMNS if name != "coverage")
SAID = {
    "crps": "CRPS",
    "log_score": "log score",
    "brier": "Brier score",
    "interval_score": "interval score",
    "ignorance": "ignorance",
}
PARTS = ["reliability", "resolution", "uncertainty"]


@dataclass(frozen=True, eq=False)
class Backtest(Told):
    """
    Forecasts out of sample, scored, and judged against the best baseline.

    Attributes
    ----------
    forecasts : DataFrame
        One row per forecast and model, the same rows for all models. Cases: `row` (label in the frame), `unit`,
        `region`, `date`, `trained_on` (cases); panels: the place, `period`, `trained_to` (last period known), `ahead`.
        Then `model`, `outcome`, (`mean`,) `probability` of an event, and the columns of `scores`.
    scores : DataFrame, indexed by model
        `baseline` (bool), mean scores, `average_precision`, and `reliability`, `resolution`, `uncertainty` of the
        probability of an event.
    skill : DataFrame, indexed by model
        `skill`, `skill_low`, `skill_high`, `difference`, `difference_low`, `difference_high`, `verdict` against the
        best baseline by `score`.
    best_baseline : str
        Baseline with the lowest mean `score`, found on the same rows: a harder rival than any named beforehand.
    score : str
        What is compared.
    outcome : str
        What was forecast; an event is `event` or more of it.
    event : float
    kind : {"cases", "panel"}
    n, events, countries : int
        Forecasts per model, events among them, and countries (or other places) they come from.
    trained : (int, int)
        Cases (or periods) known at the first and the last forecast.
    untested : int
        Cases before which too few were known.
    dropped : DataFrame
        Rows (or cells) with missing cells: where, `missing`, and whether they are `used` for training.
    notes : DataFrame
        `model`, `note`, `forecasts`: where a model fell back on less.
    level : float
        Of the intervals.
    caveat : str
        What the sample does to every number here; empty for a sample of one's own.
    """

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    skill: pd.DataFrame
    best_baseline: str
    score: str
    outcome: str
    event: float
    kind: str
    n: int
    events: int
    countries: int
    trained: tuple[int, int]
    untested: int
    dropped: pd.DataFrame
    notes: pd.DataFrame
    level: float
    caveat: str

    @property
    def saved(self) -> pd.DataFrame:
        """
        Where each model's Brier score differs from that of the best baseline, indexed by model.

        `brier`: how much lower it is; `by_reliability`, `by_resolution`: how much of that because probabilities are
        nearer to what happens at them, and because they tell events from others; they add up.
        """
        other = self.scores.loc[self.best_baseline]
        return pd.DataFrame(
            {
                "brier": (other["reliability"] - other["resolution"])
                - (self.scores["reliability"] - self.scores["resolution"]),
                "by_reliability": other["reliability"] - self.scores["reliability"],
                "by_resolution": self.scores["resolution"] - other["resolution"],
            }
        )

    @property
    def verdict(self) -> pd.Series:
        """Verdict in words on each model that is no baseline."""
        candidates = self.scores.index[~self.scores["baseline"]]
        return self.skill.loc[candidates, "verdict"].map(VERDICTS)

    def of(self, model: str) -> pd.DataFrame:
        """Forecasts of one model."""
        known(model, self.scores.index, "model")
        return self.forecasts[self.forecasts["model"] == model].reset_index(drop=True)

    def summary(self) -> str:
        """Say what was forecast, the scores, and the verdict on each model."""
        what = "cases" if self.kind == "cases" else "periods"
        lines = [
            f"{self.outcome}: {self.n:,} forecasts from {self.countries:,} countries or places, {self.events:,} events "
            f"({self.events / self.n:.0%}). Known at the first forecast: {self.trained[0]:,} {what}, at the last "
            f"{self.trained[1]:,}.",
            f"Mean {SAID[self.score]} (lower is better): "
            + "; ".join(f"{name} {value:.3f}" for name, value in self.scores[self.score].items())
            + f". Best baseline: {self.best_baseline}.",
        ]
        for name, words in self.verdict.items():
            saved = self.saved.loc[name]
            lines.append(
                f"{name}: {_comparison(self, str(name)).said()}: {words}. Brier score of the event "
                f"{_signed(-saved['brier'])}: {_signed(-saved['by_reliability'])} by reliability, "
                f"{_signed(-saved['by_resolution'])} by resolution."
            )
        if self.verdict.empty:
            lines.append("Only baselines were run: nothing is claimed.")
        return "\n".join([*lines, *self._accounts()])

    def _accounts(self) -> list[str]:
        lines = []
        if not 0 < self.events < self.n:
            lines.append(f"The same happened in all {self.n} forecasts: they cannot tell good probabilities from bad.")
        if self.countries < 10:
            lines.append(f"{self.countries} countries or places: intervals are rough or cannot be had.")
        for row in self.notes.itertuples():
            lines.append(f"{row.model}, in {row.forecasts} forecasts: {row.note}.")
        if self.untested:
            lines.append(f"{self.untested} earlier cases were not forecast: too few were known before them.")
        if len(self.dropped):
            gaps = self.dropped.groupby(["missing", "used"]).size()
            said = "; ".join(f"{missing}: {count:,} used {used}" for (missing, used), count in gaps.items())
            lines.append(f"{len(self.dropped):,} rows with missing cells were not forecast ({said}).")
        return [*lines, self.caveat] if self.caveat else lines


def _signed(value: float) -> str:
    """Write a difference with its sign, and none that rounds to nothing as minus nothing."""
    return f"{round(value, 3) + 0.0:+.3f}"


def _comparison(result: Backtest, name: str) -> Comparison:
    row = result.skill.loc[name]
    return Comparison(**row.to_dict(), blocks=result.countries, n=result.n, level=result.level)


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
        Days after `date` at which an outcome is known; cases only.
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
        Bootstrap samples of countries.
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
            frame, outcome, panel_models, PanelOptions(_window(ahead), every, draws, _least(minimum, 36), event, seed)
        )
        baselines, place = [model.name for model in PANEL_BASELINES], rolled.forecasts.columns[0]
    return _judged(rolled, baselines, place, kind, outcome, event, score, level, resamples, seed)


def _demand(level: float, resamples: int, event: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level}")
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


def _window(ahead: tuple[int, int]) -> tuple[int, int]:
    first, last = ahead
    if not 1 <= first <= last:
        raise ValueError(f"ahead = {ahead}: expected the first and the last period ahead, such as (3, 14)")
    return first, last


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


def _judged(
    rolled: Rolled,
    baselines: list[str],
    place: str,
    kind: str,
    outcome: str,
    event: float,
    score: str,
    level: float,
    resamples: int,
    seed: int,
) -> Backtest:
    forecasts = rolled.forecasts
    by_model = {str(name): rows for name, rows in forecasts.groupby("model", sort=False)}
    order = [*baselines, *(name for name in by_model if name not in baselines)]
    table = pd.DataFrame([_scores_of(by_model[name], name in baselines, event) for name in order], index=order)
    table.index.name = "model"
    best = str(table.loc[baselines, score].idxmin())
    rival = by_model[best]
    compared = [
        compare(by_model[name][score], rival[score], rival[place], level=level, resamples=resamples, seed=seed)
        for name in order
    ]
    kept = [field for field in Comparison.__dataclass_fields__ if field not in ("blocks", "n", "level")]
    skill = pd.DataFrame([[getattr(found, field) for field in kept] for found in compared], index=order, columns=kept)
    skill.index.name = "model"
    return Backtest(
        forecasts=forecasts,
        scores=table,
        skill=skill,
        best_baseline=best,
        score=score,
        outcome=outcome,
        event=event,
        kind=kind,
        n=len(rival),
        events=int(_occurred(rival, event).sum()),
        countries=int(rival[place].nunique()),
        trained=rolled.trained,
        untested=rolled.untested,
        dropped=rolled.dropped,
        notes=rolled.notes,
        level=level,
        caveat=rolled.caveat,
    )


def _occurred(rows: pd.DataFrame, event: float) -> Any:
    """Whether an event happened; outcomes of cases are 0 and 1 already."""
    return (rows["outcome"] >= (1 if "trained_on" in rows else event)).to_numpy(dtype="float64")


def _scores_of(rows: pd.DataFrame, baseline: bool, event: float) -> dict[str, Any]:
    happened, probability = _occurred(rows, event), rows["probability"].to_numpy()
    parts = decompose(happened, probability)
    return {
        "baseline": baseline,
        **{name: float(np.mean(rows[name])) for name in COLUMNS},
        "average_precision": discrimination(happened, probability).average_precision,
        **{part: getattr(parts, part) for part in PARTS},
    }
