"""Figures of forecasts: what models of election night are worth out of sample, and whether their numbers can be believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import charts, forecast
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.case import listed
from analysis.figures.made import published
from analysis.tables import load_cases

EVENTS = {
    "mass_protest": "Mass protest",
    "deaths_low": "Deaths",
    "result_annulled_or_rerun": "Result annulled or rerun",
    "incumbent_exit": "Incumbent's exit",
}
FEW, MORE = "logit, 2 columns", "logit, 4 columns"
COLUMNS = {FEW: ["disputed", "official_margin_pct"]}
COLUMNS[MORE] = [*COLUMNS[FEW], "incumbent_ran", "observer_verdict"]
ROW_NAMES = {"last observation": "country's last case"}
REACH = 1.0
LEVEL = 0.9
BINS = np.linspace(0, 1, 11)
PURPOSIVE = "Cases were chosen looking back, disputed votes above all, the early ones mostly where something followed: most events grow rarer over time, and\nno score here holds for elections at large."
PURPOSIVE_NARROW = "Cases were chosen looking back, disputed votes above all, the early ones mostly where something\nfollowed: most events grow rarer over time, and no score here holds for elections at large."


def backtests(cases: pd.DataFrame) -> dict[str, forecast.Backtest]:
    """Backtest both logits on each of the four outcomes."""
    models = [forecast.FirthLogit(columns, name) for name, columns in COLUMNS.items()]
    return {outcome: forecast.backtest(cases, outcome, models) for outcome in EVENTS}


@published
def skill() -> Figure:
    """Skill of two logits and the baselines against the best baseline, for what may follow an election."""
    cases = load_cases()
    found = backtests(cases)
    verdicts = pd.concat([result.skill.loc[list(COLUMNS), "verdict"] for result in found.values()])
    better, worse = int((verdicts == "better").sum()), int((verdicts == "worse").sum())
    first = found["mass_protest"]
    dates = first.forecasts["date"]
    with style.style():
        figure = style.blank(7.2)
        style.headline(
            figure,
            f"From election night, {_none(better)} of {len(verdicts)} models beats the best plain baseline",
            f"Brier score saved against the best baseline, out of sample, with 95% interval; right of 0 is better. Votes of {dates.min().year} to\n"
            f"{dates.max().year}, each forecast from earlier ones whose outcome was known, a year after the vote. {_worse(worse, better, len(verdicts))}",
            f"{credit(cases, 'cases')}; {first.countries} countries, resampled whole.\nLogits with Firth's penalty. 2 columns: disputed, official margin; 4: also whether the incumbent ran, and the observers' verdict. Baselines: share\n"
            "of events among all known cases, among the last 30, in the region (shrunk); and what happened in the country's last case.\n"
            f"{PURPOSIVE}",
        )
        for place, (outcome, result) in enumerate(found.items()):
            table = result.skill.assign(baseline=result.scores["baseline"])
            rows = pd.concat([table.loc[list(COLUMNS)], table.loc[table["baseline"]]]).rename(index=ROW_NAMES)
            left, bottom = (1.95, 6.1)[place % 2], (3.95, 1.85)[place // 2]
            ax = style.axes(figure, left, bottom, 2.95, 1.5)
            charts.draw_skill(ax, rows, REACH, named=place % 2 == 0)
            ax.set_title(f"{EVENTS[outcome]}: {result.events} of {result.n}", size=11)
            ax.tick_params(labelbottom=place > 1)
            if place > 1:
                ax.set_xlabel("Skill, % of the best baseline's score")
    return figure


def _none(count: int) -> str:
    return "none" if count == 0 else f"{count}"


def _worse(worse: int, better: int, models: int) -> str:
    """Say what the colours of the models mean, as far as they occur."""
    colours = [f"{worse} worse (red)" if worse else "", f"{better} better (blue)" if better else ""]
    unclear = f"{models - worse - better} cannot be told from it (black)" if worse or better else "All are"
    said = [part for part in (*colours, unclear) if part]
    return (
        f"{listed(said)}."
        if worse or better
        else f"Black: not\ndistinguishable, as all {models} logits are; grey: the baselines."
    )


@published
def calibration_of_forecasts() -> Figure:
    """How often events happened, by the probability that the smaller logit gave them on election night."""
    cases = load_cases()
    found = {outcome: result.of(FEW) for outcome, result in backtests(cases).items()}
    curves = {
        outcome: forecast.calibration(rows["outcome"], rows["probability"], level=LEVEL)
        for outcome, rows in found.items()
    }
    off = [EVENTS[outcome].lower() for outcome, curve in curves.items() if curve.outside]
    exits = found["incumbent_exit"]
    said, happened = exits["probability"].mean(), exits["outcome"].mean()
    with style.style():
        figure = style.blank(6.35)
        style.headline(
            figure,
            f"Exits of incumbents were forecast at {said:.0%} and came in {happened:.0%}",
            f"Blue: share of events by forecast probability (logit of 2 columns, {len(exits)} votes, each from its past alone). Grey: where\n"
            f"the whole curve would lie in {LEVEL:.0%} of cases if they were right; red dots: it does not ({listed(off) if off else 'none'}).\n"
            "Below: number of forecasts by probability, with the event (up) and without (down).",
            f"{credit(cases, 'cases')}; isotonic curve, simultaneous consistency band.\nBrier score = reliability (lost because events are not as frequent as forecast) \N{MINUS SIGN} resolution (gained by telling them apart) + uncertainty (score of\n"
            f"the base rate in hindsight). {PURPOSIVE_NARROW}",
        )
        for place, (outcome, curve) in enumerate(curves.items()):
            left = 0.8 + 2.32 * place
            ax = charts.draw_calibration(style.axes(figure, left, 2.95, 1.95, 1.7), curve.curve)
            ax.set_title(EVENTS[outcome], size=11)
            ax.tick_params(labelleft=place == 0)
            parts = curve.decomposition
            strip = charts.draw_forecast_histogram(style.axes(figure, left, 1.85, 1.95, 0.55), _binned(found[outcome]))
            text = f"reliability {parts.reliability:.3f}\nresolution {parts.resolution:.3f}\nuncertainty {parts.uncertainty:.3f}"
            style.label(strip, 0, -0.3, text, transform=strip.transAxes, va="top", size=9.5, color=style.SOFT)
        figure.axes[0].set_ylabel("Happened, %")
        figure.axes[0].set_xlabel("Forecast, %", loc="left")
    return figure


def _binned(rows: pd.DataFrame) -> pd.DataFrame:
    happened = rows["outcome"] == 1
    events, others = (np.histogram(rows.loc[which, "probability"], BINS)[0] for which in (happened, ~happened))
    return pd.DataFrame({"low": BINS[:-1], "high": BINS[1:], "events": events, "others": others})
