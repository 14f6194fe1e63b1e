"""
Casualties: one curve from many statements.

All functions take reports as `load_casualties` returns them and return new frames; none reads files or draws.
"""

from __future__ import annotations

import pandas as pd


def running_maximum(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    issuing_body: str,
    location: str,
    population: str = "all",
) -> pd.DataFrame:
    """
    Highest running total one body had stated by each moment.

    Only exact, cumulative statements for the whole place count: rounded ones repeat them, and components
    ("City: Hospital") are part of them. Being a maximum, it cannot follow a correction downwards.

    Parameters
    ----------
    reports : DataFrame
        Reports of one episode.
    measure : str
        What is counted.
    issuing_body, location, population : str
        Whose statements, for which place and which people.

    Returns
    -------
    DataFrame
        One row per rise, in order of time: `reported_at`, `value` (persons), `report_id`.

    Raises
    ------
    ValueError
        If the body made no such statement.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> october = load_casualties(episode="KGZ-2020-10")
    >>> curve = running_maximum(october, issuing_body="Ministry of Health", location="Bishkek")
    >>> int(curve["value"].iloc[-1])
    1250
    """
    of_interest = {
        "measure": measure,
        "issuing_body": issuing_body,
        "location": location,
        "population": population,
        "scope": "cumulative",
        "qualifier": "exact",
    }
    chosen = reports
    for column, value in of_interest.items():
        chosen = chosen[chosen[column] == value]
    if chosen.empty:
        raise ValueError(f"{issuing_body} stated no exact running total of {measure} ({population}) for {location}")
    ordered = chosen.sort_values(["reported_at", "value", "report_id"])
    rises = ordered["value"] > ordered["value"].cummax().shift(fill_value=-1)
    return ordered.loc[rises, ["reported_at", "value", "report_id"]].reset_index(drop=True)
