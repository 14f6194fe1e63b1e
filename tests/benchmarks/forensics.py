"""Station-level tests on a large real election, and their calibration."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.random import default_rng

from analysis import DatasetUnavailable, forensics, load_precincts

from .measuring import ROOT, Row, beside, timed

COUNT_PAIRS = (("issued", "registered"), ("votes", "cast"))


def rows(quick: bool) -> Iterator[Row]:
    """Measure integer peaks beside the draws they replace, the report, and a tenth of the published calibration."""
    unit, stations = ("simulated stations", forensics.simulate(300)) if quick else many_stations()
    draws = 2 if quick else 1000
    forensics.integer_peaks(stations.head(200))  # imports what it needs
    goals = {"ratio": 1 / 30, "seconds": 1}
    row = Row("integer_peaks", len(stations), unit, rival=f"Monte Carlo of {draws:,} draws", goals=goals)
    yield beside(row, lambda: forensics.integer_peaks(stations), lambda: drawn_peaks(stations, draws))
    spent = timed(lambda: forensics.report(stations))[0]
    yield Row("forensics.report, all tests", len(stations), unit, spent, goals={"seconds": 60})
    runs, n = (1, 200) if quick else (100, 2000)
    clean = {"clean": {"heterogeneity": "none"}}
    spent = timed(lambda: forensics.calibrate(runs, n=n, situations=clean, workers=1 if quick else None))[0]
    yield Row(
        "calibrate, a tenth of 1,000 elections", runs, f"elections of {n:,} stations", spent, goals={"seconds": 60}
    )


def many_stations() -> tuple[str, pd.DataFrame]:
    """Give the 95,225 Russian stations of 2011 where their file is at hand, as many simulated ones elsewhere."""
    shared = ROOT.parent / "shared" / "data"
    if shared.is_dir():
        os.environ.setdefault("ANALYSIS_DATA", str(shared))
    try:
        return "Russian stations", forensics.stations(load_precincts("RUS-2011-12-04-PARL"), "United Russia")
    except DatasetUnavailable:
        return "simulated stations", forensics.simulate(95_225)


def drawn_peaks(stations: pd.DataFrame, draws: int, seed: int = 0) -> float:
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
