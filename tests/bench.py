"""
Speed, as ratios measured side by side in one run: `make bench`. Never part of the tests.

Every pair is timed alternately in fresh processes (imports) or in this one (loading), and the medians are compared.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import default_rng
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
COUNT_PAIRS = (("issued", "registered"), ("votes", "cast"))


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Time two calls in turns and return both medians, in seconds."""
    times = [(seconds(one), seconds(other)) for _ in range(rounds)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def python(code: str) -> Callable[[], object]:
    """Run a line of Python in a fresh process of the checkout."""
    return lambda: subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def many_events(rows: int) -> str:
    """Write a CSV of invented events in our columns."""
    days = pd.date_range("2020-01-01", periods=rows, freq="min").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"event_id": [f"E{i}" for i in range(rows)], "date": days})
    frame = frame.assign(event_type="Protests", country_iso3="KGZ", location="Bishkek", size_low=100, size_high=200)
    return frame.to_csv(index=False)


def many_reports(reports: int, episodes: int, seed: int = 0) -> pd.DataFrame:
    """Simulate growing, noisy, half stale running totals, as `load_casualties` would return them."""
    rng = default_rng(seed)
    episode = np.repeat(np.arange(episodes), reports // episodes)
    hours = np.sort(rng.exponential(96, (episodes, reports // episodes)), axis=1).ravel()
    truth = rng.lognormal(6, 1, episodes)[episode] * (1 - np.exp(-hours / 40))
    frame = pd.DataFrame(
        {
            "report_id": [f"R{number:07d}" for number in range(reports)],
            "episode": np.char.add("KGZ-2020-", np.char.zfill(episode.astype(str), 3)),
            "country_iso3": "KGZ",
            "measure": "injured",
            "population": "all",
            "scope": "cumulative",
            "location": "City",
            "qualifier": rng.choice(["exact", "about", "at_least", "more_than"], reports, p=[0.7, 0.1, 0.1, 0.1]),
            "issuing_body": rng.choice(["Ministry", "Mayor", "Agency"], reports),
            "issuer_type": rng.choice(["competent", "authority", "media"], reports),
        }
    ).astype("str")
    value = (truth * np.exp(rng.normal(0, 0.1, reports)) * rng.uniform(0.3, 1, reports)).astype("int64")
    said = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(np.round(hours * 60), unit="min")
    return frame.assign(value=value, reported_at=said)


def plain_loop(reports: pd.DataFrame) -> list[int]:
    """Find the ministry's highest count so far at each of its statements, as one would write it at first."""
    known = []
    for _, rows in reports.groupby("episode"):
        for moment in rows["reported_at"]:
            heard = rows[(rows["reported_at"] <= moment) & (rows["issuer_type"] == "competent")]
            known.append(heard["value"].max())
    return known


def known_and_reconciled(reports: pd.DataFrame) -> None:
    """Follow all episodes, and reconcile each."""
    from analysis.casualties import reconcile, timeline

    timeline(reports)
    for _, rows in reports.groupby("episode"):
        reconcile(rows)


def five_lists(seed: int = 0) -> pd.DataFrame:
    """Simulate 2,000 persons on five lists, of whom some are on none."""
    seen = default_rng(seed).random((2000, 5)) < [0.35, 0.3, 0.3, 0.25, 0.2]
    return pd.DataFrame(seen[seen.any(axis=1)], columns=list("ABCDE")).astype("int64")


def one_model(cells: pd.DataFrame) -> None:
    """Fit one log-linear model with statsmodels."""
    import statsmodels.api as sm

    sm.GLM(cells["count"], sm.add_constant(cells.drop(columns="count")), family=sm.families.Poisson()).fit()


def many_stations() -> tuple[str, pd.DataFrame]:
    """Give the 95,225 Russian stations of 2011 where their file is at hand, as many simulated ones elsewhere."""
    from analysis import DatasetUnavailable, forensics, load_precincts

    shared = ROOT.parent / "shared" / "data"
    if shared.is_dir():
        os.environ.setdefault("ANALYSIS_DATA", str(shared))
    try:
        stations = forensics.stations(load_precincts("RUS-2011-12-04-PARL"), "United Russia")
    except DatasetUnavailable:
        return "95,225 simulated stations", forensics.simulate(95_225)
    return "95,225 Russian stations", stations


def drawn_peaks(stations: pd.DataFrame, draws: int = 1000, seed: int = 0) -> float:
    """Expect round percentages by drawing every station anew, as the method was first published."""
    rng = default_rng(seed)
    used = stations[(stations["cast"] > 0) & (stations["registered"] >= 100)].astype(
        dict.fromkeys(["registered", "issued", "cast", "votes"], "int64")
    )
    used = used[(used["issued"] <= 0.99 * used["registered"]) & (used["votes"] <= 0.99 * used["cast"])]
    pairs = [(used[whole].to_numpy(), used[part].to_numpy()) for part, whole in COUNT_PAIRS]
    found = 0
    for _ in range(draws):
        near = [np.abs((p := 100 * rng.binomial(n, k / n) / n) - np.round(p)) <= 0.05 for n, k in pairs]
        found += int((near[0] | near[1]).sum())
    return found / draws


def main() -> None:
    """Measure and print."""
    from analysis import forensics, load_events
    from analysis.casualties import multiple_systems

    table = Table("what", "seconds", "compared with", "seconds", "ratio", "goal")

    def report(what: str, other: str, medians: tuple[float, float], goal: str) -> None:
        table.add_row(what, f"{medians[0]:.3f}", other, f"{medians[1]:.3f}", f"{medians[0] / medians[1]:.2f}", goal)

    report(
        "import analysis",
        "import pandas",
        paired(python("import analysis"), python("import pandas"), 10),
        "at most 1.2",
    )
    report(
        "import every public name",
        "import pandas",
        paired(python("from analysis import *"), python("import pandas"), 5),
        "",
    )
    content = many_events(100_000)
    report(
        "load_events, 100,000 rows checked",
        "read_csv of the same, unchecked",
        paired(lambda: load_events(io.StringIO(content)), lambda: pd.read_csv(io.StringIO(content)), 3),
        "",
    )
    longer = many_events(200_000)
    report(
        "load_events, 200,000 rows",
        "100,000 rows",
        paired(lambda: load_events(io.StringIO(longer)), lambda: load_events(io.StringIO(content)), 3),
        "about 2",
    )
    some, many = many_reports(20_000, 200), many_reports(1_000_000, 200)
    one = many[many["episode"] == many["episode"].iloc[0]]
    report(
        "timeline + reconcile, 20,000 reports, 200 episodes",
        "plain loop: one rule, no reasons",
        paired(lambda: known_and_reconciled(some), lambda: plain_loop(some), 1),
        "below 1",
    )
    report(
        "timeline + reconcile, 1 of 200 episodes, 5,000 reports",
        "plain loop: one rule, no reasons",
        paired(lambda: known_and_reconciled(one), lambda: plain_loop(one), 1),
        "below 1",
    )
    report(
        "timeline + reconcile, 1,000,000 reports, 200 episodes",
        "20,000 reports",
        paired(lambda: known_and_reconciled(many), lambda: known_and_reconciled(some), 1),
        "below 50",
    )
    persons = five_lists()
    cells = persons.value_counts().rename("count").reset_index()
    one_model(cells)  # imports statsmodels
    report(
        "multiple_systems, 5 lists, all 6,893 models",
        "one GLM of statsmodels",
        paired(lambda: multiple_systems(persons), lambda: one_model(cells), 1),
        "below 6,893",
    )
    which, stations = many_stations()
    forensics.integer_peaks(stations.head(1000))  # imports what it needs
    report(
        f"integer_peaks, {which}",
        "Monte Carlo of 1,000 draws",
        paired(lambda: forensics.integer_peaks(stations), lambda: drawn_peaks(stations), 1),
        "at most 0.03, under 1 s",
    )
    table.add_row(f"report, {which}", f"{seconds(lambda: forensics.report(stations)):.1f}", "", "", "", "under 60 s")
    clean = {"clean": {"heterogeneity": "none"}}
    table.add_row(
        "calibrate, 100 elections of 2,000 stations",
        f"{seconds(lambda: forensics.calibrate(100, situations=clean)):.1f}",
        "",
        "",
        "",
        "under 60 s on 2 processors",
    )
    with tempfile.TemporaryDirectory() as folder:
        draw = [sys.executable, "-m", "analysis", "figures", "-o", folder]
        drawn = seconds(lambda: subprocess.run(draw, cwd=ROOT, check=True, capture_output=True))
    table.add_row("unrest figures, all", f"{drawn:.1f}", "", "", "", "under 30 s")
    Console().print(table)


if __name__ == "__main__":
    main()
