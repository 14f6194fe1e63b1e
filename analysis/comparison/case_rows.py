"""Which rows of a table of cases count: each case once, and those whose coder was sure enough."""

from __future__ import annotations

import pandas as pd

from analysis.columns import DataError, problem
from analysis.options import known

LEVELS = ("low", "medium", "high")
CHOSEN = (
    "Shares and scores hold among these cases only, unless all elections of a place and time were taken or some drawn "
    "at random; the bundled cases were chosen looking back, disputed votes above all."
)
DEMAND = "0 or 1: what another code means is the coder's to say, so no row is recoded or left out"


def sure_enough(frame: pd.DataFrame, least_confidence: str) -> pd.DataFrame:
    """
    Keep the rows of at least a confidence; rows whose confidence is missing are not among them.

    Parameters
    ----------
    frame : DataFrame
        With a column `confidence`.
    least_confidence : {"low", "medium", "high"}

    Returns
    -------
    DataFrame
        A part of `frame`.

    Raises
    ------
    ValueError
        If there is no such column or level, or no row is left.
    """
    rank = LEVELS.index(known(least_confidence, LEVELS, "confidence"))
    if "confidence" not in frame.columns:
        raise ValueError("least_confidence is given, but the frame has no column confidence that says how sure it is")
    kept = frame[frame["confidence"].isin(LEVELS[rank:])]
    if kept.empty:
        raise ValueError(f"none of the {len(frame)} rows has confidence {least_confidence} or more")
    return kept


def demand_distinct_cases(cases: pd.DataFrame) -> None:
    """Refuse a table in which a case stands twice, because it would count twice."""
    if "case_id" in cases.columns and (twice := cases.loc[cases["case_id"].duplicated(), "case_id"]).size:
        raise ValueError(
            f"case_id {twice.iloc[0]} stands in {(cases['case_id'] == twice.iloc[0]).sum()} rows "
            f"({len(twice)} rows too many in all), so that a case would count twice; leave the copies out"
        )


def zero_or_one(values: pd.Series) -> pd.Series:
    """Read a flag as 0.0, 1.0 or missing; refuse every other value, each with its row."""
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    wrong = values[values.notna() & ~numbers.isin([0, 1]).fillna(False)]
    if len(wrong):
        found = [problem("frame", DEMAND, row, str(values.name), cell) for row, cell in wrong.items()]
        raise DataError(pd.concat(found))
    return numbers
