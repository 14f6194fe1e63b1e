"""What a count gave and wasted, which count had got furthest, and how its stages line up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from analysis.elections.tallies import OPTIONS, are_whole, bar_of, exact, fold, folded, listed, votes_needed, whole_of


def outcome(results: pd.DataFrame, threshold_pct: float, base: float | None = None) -> pd.DataFrame:
    """
    Say which contestants clear a threshold, and what share of the votes is wasted on the others.

    "Against all" and invalid ballots are votes of the base but never pass; their votes are not called wasted. The
    threshold is compared in exact fractions. For seats, several bases or a regional threshold see `allocate_seats`.

    Parameters
    ----------
    results : DataFrame
        Rows of one election, stage and unit, as `load_results` returns them, with `contestant` and `votes`. Votes with
        decimals are published shares.
    threshold_pct : float
        Threshold in percent of `base`, passed by a share equal to it.
    base : float, optional
        Number the threshold is a share of: valid votes, ballots or registered voters. Default: the sum of votes.

    Returns
    -------
    DataFrame, shape (n_contestants, 6)
        Indexed by `contestant`, largest first: `votes`, `share_pct` (of the base), `is_option` (against all,
        invalid), `passed`, `wasted` (votes of parties below the threshold), `short` (votes they lacked: whole ones
        where votes are whole, else the distance to the bar, in decimals).

    Raises
    ------
    ValueError
        If a contestant has no votes stated, appears twice, all votes are 0, or the base is smaller than the votes.

    Examples
    --------
    >>> count = pd.DataFrame({"contestant": ["A", "B", "Against all"], "votes": [900, 60, 40]})
    >>> outcome(count, threshold_pct=7)["passed"].to_dict()
    {'A': True, 'B': False, 'Against all': False}
    """
    if results["votes"].isna().any():
        missing = results.loc[results["votes"].isna(), "contestant"].tolist()
        raise ValueError(f"no votes stated for {', '.join(missing)}; choose a count stage that has votes")
    if results["contestant"].duplicated().any():
        raise ValueError("a contestant appears twice; select one election, stage and unit")
    votes = results.set_index("contestant")["votes"].sort_values(ascending=False)
    counts = {name: exact(count, f"votes of {name}") for name, count in votes.items()}
    total = whole_of(counts, sum(counts.values(), Fraction(0)) if base is None else base, "base")
    option = pd.Series(votes.index.map(fold).isin(folded(OPTIONS)), index=votes.index)
    bar = bar_of(threshold_pct, total)
    passed = pd.Series([count >= bar for count in counts.values()], index=votes.index) & ~option
    whole = are_whole(counts)
    needed = votes_needed(bar) if whole else bar
    short = pd.Series([float(needed - count) for count in counts.values()], index=votes.index)
    return pd.DataFrame(
        {
            "votes": votes,
            "share_pct": [float(100 * count / total) for count in counts.values()],
            "is_option": option,
            "passed": passed,
            "wasted": votes.where(~passed & ~option, 0),
            "short": short.where(~passed & ~option, 0).astype("int64" if whole else "float64"),
        }
    )


def latest_count(results: pd.DataFrame) -> pd.DataFrame:
    """
    Keep the national count that had got furthest, and was published last among equals.

    The final result is furthest. A count that does not say how much had been counted gives way to one that does; where
    none says so, the one that names most contestants counts. Opinion and exit polls are no counts.

    Parameters
    ----------
    results : DataFrame
        Rows of one election, as `load_results` returns them, cut to a moment with its `as_of=`.

    Returns
    -------
    DataFrame
        Rows of one stage, largest share first; none if nothing had been counted.

    Examples
    --------
    >>> from analysis import load_results
    >>> known = load_results(election="KGZ-2020-10-04-PARL", as_of="2020-10-06 18:00")
    >>> latest_count(known)["stage"].unique().tolist()
    ['preliminary_2020-10-05T11:00']
    """
    polls = results["count_method"].isin(["poll", "exit_poll"])
    counts = results[(results["level"] == "national") & ~polls & results["vote_share_pct"].notna()]
    stages = counts.groupby("stage").agg(
        final=("count_method", lambda method: (method == "final").any()),
        counted=("counted_pct", "max"),
        named=("contestant", "size"),
        at=("reported_at", "max"),
    )
    ranked = stages.fillna({"counted": -1.0}).sort_values(["final", "counted", "named", "at"])
    chosen = counts[counts["stage"] == ranked.index[-1]] if len(ranked) else counts.head(0)
    return chosen.sort_values("vote_share_pct", ascending=False, ignore_index=True)


def stage_shares(results: pd.DataFrame, stages: Sequence[str], valid_pct: float) -> pd.DataFrame:
    """
    Line up contestants' shares of all ballots across count stages.

    Shares are taken as published. A stage published as shares of the valid votes is put on ballots by the given
    share of valid ballots, the only conversion possible where a stage does not state its own.

    Parameters
    ----------
    results : DataFrame
        National rows of one election, as `load_results` returns them.
    stages : sequence of str
        Stages in order; one may be given as text.
    valid_pct : float
        Valid votes in percent of ballots, above 1 and at most 100.

    Returns
    -------
    DataFrame, shape (n_contestants, n_stages)
        Percent of ballots; missing where a stage did not name the contestant.

    Raises
    ------
    ValueError
        If a stage is not in `results` or has a contestant twice, or `valid_pct` is no percentage.

    Examples
    --------
    >>> rows = {"contestant": ["A", "A"], "stage": ["first", "last"], "vote_share_pct": [20.0, 25.0]}
    >>> rows = pd.DataFrame(rows | {"share_base": ["not_stated", "valid_votes"]})
    >>> stage_shares(rows, ["first", "last"], valid_pct=98.0).loc["A"].tolist()
    [20.0, 24.5]
    """
    stages = [str(stage) for stage in listed(stages)]
    if not 1 < valid_pct <= 100:
        raise ValueError(f"valid_pct is {valid_pct!r}; expected a percentage above 1 and at most 100, such as 98.4")
    absent = [stage for stage in stages if stage not in set(results["stage"])]
    if absent:
        raise ValueError(f"no such stage: {', '.join(absent)}; there are {', '.join(results['stage'].unique())}")
    chosen = results[results["stage"].isin(stages)]
    twice = chosen[chosen.duplicated(["contestant", "stage"])]
    if len(twice):
        raise ValueError(
            f"{twice['contestant'].iloc[0]} appears twice at stage {twice['stage'].iloc[0]}; select one election, "
            "level and region"
        )
    factor = chosen["share_base"].eq("valid_votes").map({True: valid_pct / 100, False: 1.0})
    chosen = chosen.assign(share_pct=chosen["vote_share_pct"] * factor)
    return chosen.pivot(index="contestant", columns="stage", values="share_pct")[stages]
