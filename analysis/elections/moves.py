"""Voters who moved their vote: lists behind published turnout, and stations by share of address-change voters."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from analysis.columns import DataError, problem

FORM2_EDGES_PCT = (0, 5, 10, 25, 100)
GRID_STEP_PCT = 2


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
        One row per `region`, `form2_band` and `contestant`: `votes_hand`, `votes_machine`, `votes_hand_matched` (where
        there is a machine count too), `stations_machine` (with a machine count), `stations`, `ballots` of the
        `stations_ballots` that state them, `valid_votes`. Sums are missing where no station states the number. Bands
        include their lower edge; 100 belongs to the last.

    Raises
    ------
    DataError
        If the share of address-change voters is missing or below 0 at some station.

    Examples
    --------
    >>> one = {"station_id": "1", "region": "KG-T", "contestant": "A", "form2_share_pct": 30.0, "ballots": 9}
    >>> bands = station_bands(pd.DataFrame([one | {"votes": 8, "votes_machine": 8}]))
    >>> bands["form2_band"].item(), int(bands["votes_hand"].item())
    ('25-100', 8)
    """
    labels = [f"{low}-{high}" for low, high in itertools.pairwise(FORM2_EDGES_PCT)]
    edges = [*FORM2_EDGES_PCT[:-1], np.inf]
    band = pd.cut(stations["form2_share_pct"].astype("float64"), edges, right=False, labels=labels)
    _refuse_without_band(stations[band.isna()])
    counts = stations[["votes", "votes_machine", "ballots"]].astype("Int64")
    matched = counts["votes"].where(counts["votes_machine"].notna())
    rows = stations.assign(**counts, form2_band=band.astype("str"), matched=matched)
    by_place = ["region", "form2_band"]
    one_each = rows.drop_duplicates("station_id").groupby(by_place)
    places = pd.DataFrame({"stations": one_each.size(), "ballots": one_each["ballots"].sum(min_count=1)})
    places["stations_ballots"] = one_each["ballots"].count()
    places["valid_votes"] = rows.groupby(by_place)["votes"].sum(min_count=1)
    cell = rows.groupby([*by_place, "contestant"])
    summed = {"votes_hand": "votes", "votes_machine": "votes_machine", "votes_hand_matched": "matched"}
    cells = pd.DataFrame({name: cell[column].sum(min_count=1) for name, column in summed.items()})
    cells["stations_machine"] = cell["votes_machine"].count()
    return cells.reset_index().merge(places.reset_index(), on=by_place)


def _refuse_without_band(rows: pd.DataFrame) -> None:
    if len(rows):
        first, count = rows.iloc[0], rows["station_id"].nunique()
        demand = f"0 or more at every station, not so at {count} of them; leave those out and say how many"
        raise DataError(problem("stations", demand, first["station_id"], "form2_share_pct", first["form2_share_pct"]))


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
        ballots or valid votes, with more valid votes than ballots, turnout or share above 100 percent have no place and
        are left out.

    Examples
    --------
    >>> one = pd.DataFrame({"registered": [100], "ballots": [57], "valid": [50], "votes": [50]})
    >>> station_grid(one).iloc[0].tolist()
    [56, 58, 98, 100, 1]
    """
    known = stations.dropna(subset=["registered", "ballots", "valid", "votes"])
    known = known[(known["registered"] > 0) & (known["valid"] > 0) & (known["valid"] <= known["ballots"])]
    turnout = 100 * known["ballots"].astype("float64") / known["registered"].astype("float64")
    share = 100 * known["votes"].astype("float64") / known["valid"].astype("float64")
    last = 100 - step_pct
    cell = pd.DataFrame({"turnout_pct_low": turnout, "share_pct_low": share})
    cell = cell[(cell <= 100).all(axis=1)]
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
