"""What of a table of cases may be used: each case once, codes that are sure enough, columns known in time."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.columns import DataError, problem
from analysis.options import known

LEVELS = ("low", "medium", "high")
CHOSEN = (
    "Shares and scores hold among these cases only, unless all elections of a place and time were taken or some drawn "
    "at random; the bundled cases were chosen looking back, disputed votes above all."
)
DEMAND = "0 or 1: what another code means is the coder's to say, so no row is recoded or left out"

STAGES = ("before the vote", "with the result", "with the protest", "with the outcome")
STAGE_OF = {
    **dict.fromkeys(
        ("case_id", "country_iso3", "country", "election_date", "election_kind", "round", "incumbent_ran"), 0
    ),
    **dict.fromkeys(
        (
            *("incumbent_party_won_official", "official_winner_share_pct", "official_margin_pct", "turnout_pct"),
            *("disputed", "observer_verdict"),
        ),
        1,
    ),
    **dict.fromkeys(
        (
            *("mass_protest", "first_protest_date", "last_protest_date", "internet_shutdown", "injured_best"),
            *("peak_protest_size_low", "peak_protest_size_best", "peak_protest_size_high"),
            *("deaths_low", "deaths_best", "deaths_high"),
        ),
        2,
    ),
    **dict.fromkeys(
        (
            *("security_defection", "government_building_seized", "result_annulled_or_rerun", "annulment_date"),
            *("incumbent_exit", "exit_date", "exit_mode", "days_to_exit"),
            *("exit_date_low", "exit_date_high", "time_days", "exited", "mode", "time_days_low", "time_days_high"),
        ),
        3,
    ),
}


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


def refuse_leaks(
    predictors: Iterable[str], outcome: str | None = None, *, until: str | None = None, allow: Iterable[str] = ()
) -> None:
    """
    Refuse predictors that were not known in time.

    A predictor must come from an earlier stage than the outcome, and from no later stage than `until`: `mass_protest`
    may explain `incumbent_exit`, but `security_defection` may not, because it is coded from the same days, and on
    election night neither is known. Columns that `cases` does not have pass: nothing is known of their time.

    Parameters
    ----------
    predictors : iterable of str
        Column names.
    outcome : str, optional
        Column to be explained.
    until : {"before the vote", "with the result", "with the protest", "with the outcome"}, optional
        Last stage whose columns are known.
    allow : iterable of str
        Predictors let through all the same.

    Raises
    ------
    ValueError
        If one comes too late; the message says why and what to do.
    """
    limit = len(STAGES) - 1 if until is None else STAGES.index(known(until, STAGES, "stage"))
    if outcome in STAGE_OF:
        limit = min(limit, STAGE_OF[outcome] - 1)
    late = [name for name in dict.fromkeys(predictors) if STAGE_OF.get(name, 0) > limit and name not in set(allow)]
    if late:
        said = "; ".join(f"{name} is known only {STAGES[STAGE_OF[name]]}" for name in late)
        what = f"explain {outcome}" if outcome in STAGE_OF else f"be known {STAGES[limit]}"
        raise ValueError(
            f"{said}, so it cannot {what}: such a model fits well and tells nothing. Leave it out, or name it in "
            "allow= if it is meant"
        )
