"""
Speed and memory of backtests: `make bench`, or by hand. Never part of the tests.

A simulated panel of 170 countries and 360 months is forecast 3 to 14 months ahead with 1,000 draws; one window of it
also by a plain loop over countries, months and models. Each runs in a process of its own, so that peak memory is its
own; the panel's ratio is per forecast.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import default_rng
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
COUNTRIES, MONTHS, DRAWS = 170, 360, 1000
NIGHT = ["disputed", "official_margin_pct"]


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


def whole_panel() -> int:
    """Backtest the panel; return the number of forecasts scored."""
    from analysis.forecast import backtest

    return len(backtest(simulated_panel(COUNTRIES, MONTHS), "deaths_best", draws=DRAWS).forecasts)


def plain_loop() -> int:
    """Forecast and score one window of it cell by cell, baselines only, as one would write it at first."""
    from scoringrules import crps_ensemble

    table = simulated_panel(COUNTRIES, MONTHS)["deaths_best"].unstack("period").astype("float64")
    end, rng, forecasts = MONTHS - 14, default_rng(0), 0
    for country in table.index:
        past = table.loc[country].iloc[:end]
        for month in range(end + 2, end + 14):
            outcome = table.loc[country].iloc[month]
            for draws in (
                np.zeros(DRAWS),
                rng.choice(past.iloc[-12:], DRAWS),
                rng.poisson(past.iloc[-1], DRAWS),
                rng.choice(table.iloc[:, end - 12 : end].to_numpy().ravel(), DRAWS),
            ):
                crps_ensemble(outcome, draws)
                np.quantile(draws, [0.05, 0.95])
                forecasts += 1
    return forecasts


def cases() -> int:
    """Backtest the bundled cases."""
    from analysis import load_cases
    from analysis.forecast import backtest

    return len(backtest(load_cases(), "incumbent_exit", predictors=NIGHT).forecasts)


WORKS = {"panel": whole_panel, "loop": plain_loop, "cases": cases}


def measured(name: str) -> dict[str, float]:
    """Run one work in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--work", name], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure and print, or run one work and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", choices=list(WORKS))
    chosen = parser.parse_args().work
    if chosen:
        start, processor = time.perf_counter(), time.process_time()
        forecasts = WORKS[chosen]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        spent = {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor}
        sys.stdout.write(json.dumps(spent | {"forecasts": forecasts, "peak_mb": peak}) + "\n")
        return
    table = Table("what", "seconds", "of processor", "forecasts", "microseconds each", "peak MB")
    found = {name: measured(name) for name in WORKS}
    said = {
        "panel": f"backtest, {COUNTRIES} countries x {MONTHS} months, {DRAWS:,} draws, 5 models",
        "loop": "plain loop, one window of it, 4 baselines",
        "cases": "backtest of the cases, 5 models",
    }
    for name, took in found.items():
        each = 1e6 * took["processor"] / took["forecasts"]
        table.add_row(
            said[name],
            f"{took['seconds']:.1f}",
            f"{took['processor']:.1f}",
            f"{took['forecasts']:,}",
            f"{each:.0f}",
            f"{took['peak_mb']:.0f}",
        )
    per = {name: took["processor"] / took["forecasts"] for name, took in found.items()}
    Console().print(table)
    Console().print(f"ratio to the plain loop, per forecast: {per['panel'] / per['loop']:.4f} (goal: below 0.1)")


if __name__ == "__main__":
    main()
