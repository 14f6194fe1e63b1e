"""What a backtest found: scores, skill against the best baseline, verdicts in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast.comparing import VERDICTS, Comparison, compare
from analysis.forecast.reliability import decompose
from analysis.forecast.rolling_cases import Rolled
from analysis.forecast.scoring import COLUMNS, discrimination
from analysis.forecast.transforms import pit_histogram
from analysis.options import known
from analysis.told import Told, said_count

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
        `region`, `date`, `trained_on` (cases known, of which a model learns from those with all its columns); panels:
        the place, `period`, `trained_to` (last period known), `ahead`.
        Then `model`, `outcome`, (`mean`,) `probability` of an event, the columns of `scores`, and for panels `pit_low`,
        `pit_high` (share of draws below the outcome, and up to it).
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
        Rows (or cells) with missing cells: where, `missing`, and whether they are `used` for training, which is of
        the models that do not need the missing cell.
    notes : DataFrame
        `model`, `note`, `forecasts`: where a model fell back on less.
    level : float
        Of the intervals.
    caveat : str
        How the bundled cases were chosen, and so what every number here holds for; said of any table with the columns
        of `cases`, empty otherwise.
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

    def pit(self, model: str, bins: int = 10) -> pd.DataFrame:
        """Give the PIT of a model's counts, as the function `pit` does; panels only."""
        if self.kind != "panel":
            raise ValueError("probabilities of 0 and 1 have no PIT; `calibration` is for them")
        rows = self.of(model)
        return pit_histogram(rows["pit_low"].to_numpy(), rows["pit_high"].to_numpy(), bins)

    def summary(self) -> str:
        """Say what was forecast, the scores, and the verdict on each model."""
        what = "cases" if self.kind == "cases" else "periods"
        lines = [
            f"{self.outcome}: {said_count(self.n, 'forecast')} from "
            f"{said_count(self.countries, 'country or place', 'countries or places')}, "
            f"{said_count(self.events, 'event')} ({self.events / self.n:.0%}). Known at the first forecast: "
            f"{self.trained[0]:,} {what}, at the last {self.trained[1]:,}.",
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
            share = "all" if self.events else "none"
            lines.append(f"An event came in {share} of {self.n:,} forecasts: its probability cannot be judged.")
        if self.countries < 10:
            lines.append(
                f"{said_count(self.countries, 'country or place', 'countries or places')}: intervals are rough or "
                "cannot be had."
            )
        for row in self.notes.itertuples():
            lines.append(f"{row.model}, in {said_count(row.forecasts, 'forecast')}: {row.note}.")
        if self.untested:
            lines.append(f"Not forecast: {said_count(self.untested, 'earlier case')}; too few were known before them.")
        if len(self.dropped):
            gaps = self.dropped.groupby(["missing", "used"]).size()
            said = "; ".join(f"{missing}: {count:,} used {used}" for (missing, used), count in gaps.items())
            lines.append(f"Not forecast for missing cells: {said_count(len(self.dropped), 'row')} ({said}).")
        return [*lines, self.caveat] if self.caveat else lines


def _signed(value: float) -> str:
    """Write a difference with its sign, and none that rounds to nothing as minus nothing."""
    return f"{round(value, 3) + 0.0:+.3f}"


def _comparison(result: Backtest, name: str) -> Comparison:
    row = result.skill.loc[name]
    return Comparison(**row.to_dict(), blocks=result.countries, n=result.n, level=result.level)


def judged(
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
    """Score what was rolled out, and compare every model with the best baseline by whole countries or places."""
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
