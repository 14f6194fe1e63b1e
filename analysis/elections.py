"""
Elections: what the count gave, what it wasted, how it changed between stages, and voters who moved their vote.

All functions take frames as the loaders return them and return new frames; none reads files or draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

FORM2_EDGES_PCT = (0, 5, 10, 25, 100)
GRID_STEP_PCT = 2


def outcome(results: pd.DataFrame, threshold_pct: float, base: float | None = None) -> pd.DataFrame:
    """
    Say which contestants clear a threshold, and what share of the votes is wasted on the others.

    "Against all" and invalid ballots are votes of the base but never pass; their votes are not called wasted.

    Parameters
    ----------
    results : DataFrame
        Rows of one election, stage and unit, as `load_results` returns them, with `contestant` and `votes`.
    threshold_pct : float
        Threshold in percent of `base`, passed by a share equal to it.
    base : float, optional
        Number the threshold is a share of: valid votes, ballots or registered voters. Default: the sum of votes.

    Returns
    -------
    DataFrame, shape (n_contestants, 6)
        Indexed by `contestant`, largest first: `votes`, `share_pct` (of the base), `is_option` (against all,
        invalid), `passed`, `wasted` (votes of parties below the threshold), `short` (votes they lacked).

    Raises
    ------
    ValueError
        If a contestant has no votes stated, appears twice, or the base is smaller than the votes.

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
    total = float(votes.sum()) if base is None else float(base)
    if total < votes.sum():
        raise ValueError(f"base {total:,.0f} is smaller than the sum of votes {votes.sum():,}")
    share = (100 * votes / total).astype("float64")
    option = pd.Series(votes.index.isin(["Against all", "Invalid"]), index=votes.index)
    passed = (share >= threshold_pct) & ~option
    return pd.DataFrame(
        {
            "votes": votes,
            "share_pct": share,
            "is_option": option,
            "passed": passed,
            "wasted": votes.where(~passed & ~option, 0),
            "short": (np.ceil(threshold_pct * total / 100) - votes).where(~passed & ~option, 0).astype("int64"),
        }
    )


def latest_count(results: pd.DataFrame) -> pd.DataFrame:
    """
    Keep the national count that had got furthest, and was published last among equals.

    Opinion and exit polls are no counts.

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
        counted=("counted_pct", "max"), named=("contestant", "size"), at=("reported_at", "max")
    )
    ranked = stages.dropna(subset="counted").sort_values(["counted", "named", "at"])
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
        Stages in order.
    valid_pct : float
        Valid votes in percent of ballots.

    Returns
    -------
    DataFrame, shape (n_contestants, n_stages)
        Percent of ballots; missing where a stage did not name the contestant.

    Raises
    ------
    ValueError
        If a stage is not in `results`.

    Examples
    --------
    >>> rows = {"contestant": ["A", "A"], "stage": ["first", "last"], "vote_share_pct": [20.0, 25.0]}
    >>> rows = pd.DataFrame(rows | {"share_base": ["not_stated", "valid_votes"]})
    >>> stage_shares(rows, ["first", "last"], valid_pct=98.0).loc["A"].tolist()
    [20.0, 24.5]
    """
    absent = [stage for stage in stages if stage not in set(results["stage"])]
    if absent:
        raise ValueError(f"no such stage: {', '.join(absent)}; there are {', '.join(results['stage'].unique())}")
    chosen = results[results["stage"].isin(stages)]
    factor = chosen["share_base"].eq("valid_votes").map({True: valid_pct / 100, False: 1.0})
    chosen = chosen.assign(share_pct=chosen["vote_share_pct"] * factor)
    return chosen.pivot(index="contestant", columns="stage", values="share_pct")[list(stages)]


def implied_list(turnout: pd.DataFrame) -> pd.DataFrame:
    """
    Recover the number of registered voters behind a published turnout percentage.

    A turnout printed as 27.49 percent lies between 27.485 and 27.495, so the list lies between `voted` over each.
    A percentage stored with fewer decimals than its neighbours is read with the fewer.

    Parameters
    ----------
    turnout : DataFrame
        With `region`, `voted` and `turnout_pct`, one row per region, as `load_turnout` returns them.

    Returns
    -------
    DataFrame, shape (n_regions, 3)
        Indexed by `region`: `registered_low`, `registered_best`, `registered_high` (voters, floats).

    Examples
    --------
    >>> one = pd.DataFrame({"region": ["KG-GB"], "voted": [136804], "turnout_pct": [27.49]})
    >>> implied_list(one).round(0).iloc[0].tolist()
    [497560.0, 497650.0, 497741.0]
    """
    rows = turnout.dropna(subset=["voted", "turnout_pct"]).set_index("region")
    voted, pct = rows["voted"].astype("float64"), rows["turnout_pct"]
    decimals = pct.map(lambda value: len(f"{value:.10g}".partition(".")[2]))
    half_unit = 0.5 * 10.0**-decimals
    return pd.DataFrame(
        {
            "registered_low": 100 * voted / (pct + half_unit),
            "registered_best": 100 * voted / pct,
            "registered_high": 100 * voted / (pct - half_unit),
        }
    )


def net_movement(with_moves: pd.DataFrame, without_moves: pd.DataFrame) -> pd.DataFrame:
    """
    Estimate how many voters each region gained or lost when voters could choose where to vote.

    The list of a vote with address changes is compared with that of a vote without. Growth of the whole electorate
    between the two is removed by scaling the second list to the total of the first:
    net = list - share of the other list x total list. Sums to 0 over the regions.

    Parameters
    ----------
    with_moves, without_moves : DataFrame
        Turnout by region of the two votes, for `implied_list`; regions in only one of them are left out of both.

    Returns
    -------
    DataFrame, shape (n_regions, 4)
        Indexed by `region`, largest gain first: `net_low`, `net_best`, `net_high` (voters; the range is that of the
        printed percentages' rounding alone) and `net_pct` of the region's list without moves.

    Raises
    ------
    ValueError
        If the two share no region.

    Examples
    --------
    >>> moved = pd.DataFrame({"region": ["A", "B"], "voted": [60, 40], "turnout_pct": [50.0, 50.0]})
    >>> home = pd.DataFrame({"region": ["A", "B"], "voted": [50, 50], "turnout_pct": [50.0, 50.0]})
    >>> net_movement(moved, home)["net_best"].to_dict()
    {'A': 20.0, 'B': -20.0}
    """
    here, home = implied_list(with_moves), implied_list(without_moves)
    regions = here.index.intersection(home.index)
    if regions.empty:
        raise ValueError("the two votes share no region with both voters and turnout")
    here, home = here.loc[regions], home.loc[regions]
    scale = here["registered_best"].sum() / home["registered_best"].sum()
    home = home * scale
    net = pd.DataFrame(
        {
            "net_low": here["registered_low"] - home["registered_high"],
            "net_best": here["registered_best"] - home["registered_best"],
            "net_high": here["registered_high"] - home["registered_low"],
        }
    )
    net["net_pct"] = 100 * net["net_best"] / home["registered_best"]
    return net.sort_values("net_best", ascending=False)


def station_bands(stations: pd.DataFrame) -> pd.DataFrame:
    """
    Sum stations by region and by their share of address-change voters.

    Parameters
    ----------
    stations : DataFrame
        One row per station and contestant: `station_id`, `region`, `contestant`, `form2_share_pct` (of the
        station's list), `ballots`, `votes` (hand count) and `votes_machine` (missing where the machine row is
        missing or doubled).

    Returns
    -------
    DataFrame
        One row per `region`, `form2_band` and `contestant`: `stations`, `ballots`, `valid_votes`, `votes_hand`,
        `votes_machine`, `stations_machine`. Bands include their lower edge; 100 belongs to the last.

    Examples
    --------
    >>> one = {"station_id": "1", "region": "KG-T", "contestant": "A", "form2_share_pct": 30.0, "ballots": 9}
    >>> bands = station_bands(pd.DataFrame([one | {"votes": 8, "votes_machine": 8}]))
    >>> bands["form2_band"].item(), int(bands["votes_hand"].item())
    ('25-100', 8)
    """
    labels = [f"{low}-{high}" for low, high in itertools.pairwise(FORM2_EDGES_PCT)]
    edges = [*FORM2_EDGES_PCT[:-1], np.inf]
    band = pd.cut(stations["form2_share_pct"], edges, right=False, labels=labels).astype("str")
    rows = stations.assign(form2_band=band)
    by_place = ["region", "form2_band"]
    one_each = rows.drop_duplicates("station_id").groupby(by_place)
    places = pd.DataFrame({"stations": one_each.size(), "ballots": one_each["ballots"].sum()})
    places["valid_votes"] = rows.groupby(by_place)["votes"].sum()
    cells = rows.groupby([*by_place, "contestant"]).agg(
        votes_hand=("votes", "sum"), votes_machine=("votes_machine", "sum"), stations_machine=("votes_machine", "count")
    )
    return cells.reset_index().merge(places.reset_index(), on=by_place)


def band_shares(bands: pd.DataFrame) -> pd.DataFrame:
    """
    Share of each contestant in each Form 2 band, at the same mix of regions in every band.

    Movers went where few of some parties' voters live, so shares pooled over regions mix the effect of the band with
    that of the region (Simpson's paradox). Each region's share in the band is therefore weighted with the region's
    valid votes in all bands (direct standardisation). Regions without votes in some band are left out of all.

    Parameters
    ----------
    bands : DataFrame
        As `station_bands` returns them.

    Returns
    -------
    DataFrame, shape (n_bands, n_contestants)
        Percent of valid votes, hand count; bands in rising order; each row sums to 100.

    Raises
    ------
    ValueError
        If no region has votes in every band.

    Examples
    --------
    >>> rows = pd.DataFrame({"form2_band": ["0-5", "0-5"], "contestant": ["A", "B"], "votes_hand": [3, 1]})
    >>> band_shares(rows.assign(region="KG-T")).loc["0-5", "A"]
    np.float64(75.0)
    """
    votes = bands.pivot_table(index=["region", "form2_band"], columns="contestant", values="votes_hand", aggfunc="sum")
    total = votes.sum(axis=1).astype("float64").unstack()
    total = total[sorted(total.columns, key=lambda band: int(band.split("-")[0]))].dropna()
    if total.empty:
        raise ValueError("no region has votes in every band")
    weight = total.sum(axis=1) / total.to_numpy().sum()
    shares = votes.astype("float64").mul(100).div(votes.sum(axis=1).astype("float64"), axis=0)
    rows = {band: shares.xs(band, level="form2_band").mul(weight, axis=0).sum() for band in total.columns}
    return pd.DataFrame(rows).T.rename_axis(index="form2_band")


def station_grid(stations: pd.DataFrame, step_pct: int = GRID_STEP_PCT) -> pd.DataFrame:
    """
    Count stations by turnout and by share of one contestant.

    Parameters
    ----------
    stations : DataFrame
        One row per station with `registered`, `ballots`, `valid` and `votes` of the contestant.
    step_pct : int
        Width of a cell in percentage points.

    Returns
    -------
    DataFrame
        One row per non-empty cell: `turnout_pct_low`, `turnout_pct_high`, `share_pct_low`, `share_pct_high`,
        `stations`. Cells include their lower edge; 100 belongs to the last. Stations without registered voters,
        ballots or valid votes have no place in the grid and are left out.

    Examples
    --------
    >>> one = pd.DataFrame({"registered": [100], "ballots": [57], "valid": [50], "votes": [50]})
    >>> station_grid(one).iloc[0].tolist()
    [56, 58, 98, 100, 1]
    """
    known = stations.dropna(subset=["registered", "ballots", "valid", "votes"])
    known = known[(known["registered"] > 0) & (known["valid"] > 0)]
    turnout = 100 * known["ballots"].astype("float64") / known["registered"].astype("float64")
    share = 100 * known["votes"].astype("float64") / known["valid"].astype("float64")
    last = 100 - step_pct
    cell = pd.DataFrame({"turnout_pct_low": turnout, "share_pct_low": share})
    cell = (cell // step_pct * step_pct).clip(upper=last).astype("int64")
    grid = cell.value_counts(sort=False).sort_index().rename("stations").reset_index()
    return pd.DataFrame(
        {
            "turnout_pct_low": grid["turnout_pct_low"],
            "turnout_pct_high": grid["turnout_pct_low"] + step_pct,
            "share_pct_low": grid["share_pct_low"],
            "share_pct_high": grid["share_pct_low"] + step_pct,
            "stations": grid["stations"],
        }
    )
