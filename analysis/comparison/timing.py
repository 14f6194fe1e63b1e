"""When each column of a case is known, so that nothing is explained or forecast by what came with it or after it."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.options import known

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
