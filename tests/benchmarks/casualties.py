"""Counts of casualties: what was known when, and several incomplete lists."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.random import default_rng

from analysis import load_casualties
from analysis.casualties import multiple_systems, nowcast, reconcile, timeline

from .measuring import LINEAR, Row, alternately, beside, grown, timed

KNOWN = "timeline, and reconcile each episode"
LOOP = "plain pandas loop: one rule, no reasons"


def rows(quick: bool) -> Iterator[Row]:
    """Measure timelines beside a plain loop over statements, and the search over lists beside single models."""
    episodes, few, many = (2, 20, 200) if quick else (200, 20_000, 1_000_000)
    some, all_reports = many_reports(few, episodes), many_reports(many, episodes)
    known_and_reconciled(some.head(10))  # imports what it needs
    row = Row(KNOWN, few, f"reports in {episodes} episodes", rival=LOOP, goals={"ratio": 1})
    first = beside(row, lambda: known_and_reconciled(some), lambda: plain_loop(some))
    row = Row(KNOWN, many, f"reports in {episodes} episodes", timed(lambda: known_and_reconciled(all_reports))[0])
    yield from grown([first, row], growth=LINEAR)
    one = all_reports[all_reports["episode"] == all_reports["episode"].iloc[0]]
    row = Row(KNOWN, len(one), "of them, one episode", rival=LOOP, goals={"ratio": 1})
    yield beside(row, lambda: known_and_reconciled(one), lambda: plain_loop(one))
    bundled = load_casualties()
    spent = timed(lambda: nowcast(bundled, as_of="2020-10-06 18:00"))[0]
    yield Row("nowcast of October 2020 from the other episodes", len(bundled), "reports", spent)
    persons = listed(3 if quick else 5)
    cells = persons.value_counts().rename("count").reset_index()
    ours, found = timed(lambda: multiple_systems(persons))
    models = len(found.models)
    theirs = models * alternately(20, lambda: one_model(cells))[0]
    what = f"multiple_systems, {persons.shape[1]} lists, all hierarchical models"
    yield Row(what, models, "models", ours, "one GLM of statsmodels, so many times", theirs, goals={"ratio": 1})


def many_reports(n: int, episodes: int, seed: int = 0) -> pd.DataFrame:
    """Simulate growing, noisy, half stale running totals, as `load_casualties` would return them."""
    rng = default_rng(seed)
    episode = np.repeat(np.arange(episodes), n // episodes)
    hours = np.sort(rng.exponential(96, (episodes, n // episodes)), axis=1).ravel()
    truth = rng.lognormal(6, 1, episodes)[episode] * (1 - np.exp(-hours / 40))
    frame = pd.DataFrame(
        {
            "report_id": [f"R{number:07d}" for number in range(n)],
            "episode": np.char.add("KGZ-2020-", np.char.zfill(episode.astype(str), 3)),
            "country_iso3": "KGZ",
            "measure": "injured",
            "population": "all",
            "scope": "cumulative",
            "location": "City",
            "qualifier": rng.choice(["exact", "about", "at_least", "more_than"], n, p=[0.7, 0.1, 0.1, 0.1]),
            "issuing_body": rng.choice(["Ministry", "Mayor", "Agency"], n),
            "issuer_type": rng.choice(["competent", "authority", "media"], n),
        }
    ).astype("str")
    value = (truth * np.exp(rng.normal(0, 0.1, n)) * rng.uniform(0.3, 1, n)).astype("int64")
    spoken = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(np.round(hours * 60), unit="min")
    return frame.assign(value=value, reported_at=spoken)


def known_and_reconciled(reports: pd.DataFrame) -> None:
    """Follow all episodes, and reconcile each."""
    timeline(reports)
    for _, told in reports.groupby("episode"):
        reconcile(told)


def plain_loop(reports: pd.DataFrame) -> list[int]:
    """Find the ministry's highest count so far at each of its statements, as one would write it at first."""
    known = []
    for _, told in reports.groupby("episode"):
        for moment in told["reported_at"]:
            heard = told[(told["reported_at"] <= moment) & (told["issuer_type"] == "competent")]
            known.append(heard["value"].max())
    return known


def listed(lists: int, seed: int = 0) -> pd.DataFrame:
    """Simulate 2,000 persons on lists, of whom some are on none."""
    seen = default_rng(seed).random((2000, lists)) < np.array([0.35, 0.3, 0.3, 0.25, 0.2])[:lists]
    return pd.DataFrame(seen[seen.any(axis=1)], columns=list("ABCDE")[:lists]).astype("int64")


def one_model(cells: pd.DataFrame) -> None:
    """Fit one log-linear model with statsmodels."""
    sm.GLM(cells["count"], sm.add_constant(cells.drop(columns="count")), family=sm.families.Poisson()).fit()
