"""
Backtests, with their memory: each in a process of its own.

A simulated panel of 170 countries and 360 months is forecast 3 to 14 months ahead with 1,000 draws; one window of it
also by a plain loop over countries, months and models. Their ratio is per forecast.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.random import default_rng
from scoringrules import crps_ensemble

from analysis import load_cases
from analysis.forecast import backtest

from .measuring import Row, Spent, fresh, grown

NIGHT = ["disputed", "official_margin_pct"]
WORK = "from tests.benchmarks import forecast; imported(); answer = forecast.{}"


def rows(quick: bool) -> Iterator[Row]:
    """Measure the bundled cases, and the panel beside the loop."""
    countries, months, draws = (4, 80, 20) if quick else (170, 360, 1000)
    spent = fresh(WORK.format(f"cases({60 if quick else None})"), quick)
    yield Row("backtest of the cases, 5 models", spent.answer, "forecasts", spent.seconds, peak_mb=spent.peak_mb)
    sizes = [countries // 2, countries]
    panels = {n: fresh(WORK.format(f"whole_panel({n}, {months}, {draws})"), quick) for n in sizes}
    yield from grown(panel_row(n, months, draws, panel) for n, panel in panels.items())
    loop, panel = fresh(WORK.format(f"plain_loop({countries}, {months}, {draws})"), quick), panels[countries]
    ours, theirs = (1000 * each.seconds / each.answer for each in (panel, loop))
    goals = {"ratio": 0.1}
    yield Row("the same", 1000, "forecasts of it", ours, "plain loop, 4 baselines, one window", theirs, goals=goals)


def panel_row(countries: int, months: int, draws: int, panel: Spent) -> Row:
    """Say what a backtest of a panel took."""
    what = f"backtest of a panel, {countries} countries x {months} months, {draws:,} draws, 5 models"
    return Row(what, panel.answer, "forecasts", panel.seconds, peak_mb=panel.peak_mb)


def cases(n: int | None) -> int:
    """Backtest the bundled cases; return the number of forecasts scored."""
    return len(backtest(load_cases()[:n], "incumbent_exit", predictors=NIGHT).forecasts)


def whole_panel(countries: int, months: int, draws: int) -> int:
    """Backtest the panel."""
    return len(backtest(simulated_panel(countries, months), "deaths_best", draws=draws).forecasts)


def plain_loop(countries: int, months: int, draws: int) -> int:
    """Forecast and score one window of it cell by cell, baselines only, as one would write it at first."""
    table = simulated_panel(countries, months)["deaths_best"].unstack("period").astype("float64")
    end, rng, forecasts = months - 14, default_rng(0), 0
    for country in table.index:
        past = table.loc[country].iloc[:end]
        for month in range(end + 2, end + 14):
            outcome = table.loc[country].iloc[month]
            for drawn in (
                np.zeros(draws),
                rng.choice(past.iloc[-12:], draws),
                rng.poisson(past.iloc[-1], draws),
                rng.choice(table.iloc[:, end - 12 : end].to_numpy().ravel(), draws),
            ):
                crps_ensemble(outcome, drawn)
                np.quantile(drawn, [0.05, 0.95])
                forecasts += 1
    return forecasts


def simulated_panel(countries: int, months: int, seed: int = 0) -> pd.DataFrame:
    """Deaths by country and month: levels far apart that drift slowly, most cells zero."""
    rng = default_rng(seed)
    level, drift = rng.normal(-2, 2.2, countries)[:, None], np.zeros((countries, months))
    for month in range(1, months):
        drift[:, month] = 0.95 * drift[:, month - 1] + rng.normal(0, 0.5, countries)
    means = np.exp(np.minimum(level + drift, 8))
    names = [f"C{code:03d}" for code in range(countries)]
    index = pd.MultiIndex.from_product(
        [names, pd.period_range("1994-01", periods=months, freq="M")], names=["country", "period"]
    )
    counts = rng.negative_binomial(0.5, 0.5 / (0.5 + means)).ravel()
    return pd.DataFrame({"deaths_best": pd.array(counts, dtype="Int64")}, index=index)
