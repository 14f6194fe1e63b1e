"""A second threshold that must be reached in every region."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from analysis.elections.tallies import Counts, are_whole, as_number, bar_of, read_counts, whole_of, without_invalid

LONG = {"region", "contestant", "votes"}


def regional_failures(regional: Any, threshold: Any, base: Any, national: Counts) -> dict[Hashable, list[str]]:
    """
    List, for each party that misses the threshold somewhere, the regions where it does.

    Parameters
    ----------
    regional : DataFrame, mapping or None
        Votes by region, as `allocate_seats` takes them.
    threshold : float or None
        Percent needed in each region.
    base : float, mapping of region to float, or None
        What it is a share of; None for the region's valid votes.
    national : dict of party to Fraction
        Votes in all of the parties that must be named in every region.

    Returns
    -------
    dict of party to list of str
        Regions in the order given; empty without a regional threshold.

    Raises
    ------
    ValueError
        If a region does not name a party, or the regions give a party more votes than it has in all.
    """
    if (regional is None) != (threshold is None):
        raise ValueError("a regional threshold needs both regional= (votes by region) and regional_threshold=")
    failures: dict[Hashable, list[str]] = {}
    regions = _by_region(regional)
    for region, counts in regions.items():
        bar = bar_of(threshold, _region_base(region, counts, base))
        for party in national:
            if party not in counts:
                raise ValueError(f"no votes stated for {party} in {region}; give 0 where it won none")
            if counts[party] < bar:
                failures.setdefault(party, []).append(str(region))
    _check_sums(regions, national)
    return failures


def _check_sums(regions: Mapping[Hashable, Counts], national: Counts) -> None:
    """Votes add up over regions, shares do not."""
    if not all(are_whole(counts) for counts in (national, *regions.values())):
        return
    for party, count in national.items():
        summed = sum((counts[party] for counts in regions.values()), Fraction(0))
        if summed > count:
            raise ValueError(
                f"the regions give {party} {as_number(summed):,} votes, more than its {as_number(count):,} in all; "
                "take both from the same count"
            )


def _by_region(regional: Any) -> dict[Hashable, Counts]:
    if regional is None:
        return {}
    if isinstance(regional, pd.DataFrame):
        return _of_frame(regional)
    return {region: read_counts(votes, "votes") for region, votes in regional.items()}


def _of_frame(frame: pd.DataFrame) -> dict[Hashable, Counts]:
    if not set(frame.columns) >= LONG:
        return {region: read_counts(row, "votes") for region, row in frame.iterrows()}
    if "level" in frame.columns and set(frame["level"]) != {"region"}:
        raise ValueError('regional holds rows of other levels; load them with level="region"')
    return {region: read_counts(rows, "votes") for region, rows in frame.groupby("region", sort=False)}


def _region_base(region: Hashable, counts: Counts, base: Any) -> Fraction:
    valid = without_invalid(counts)
    if base is None:
        return sum(valid.values(), Fraction(0))
    if not isinstance(base, (Mapping, pd.Series)):
        return whole_of(valid, base, "regional_base")
    if region not in base:
        raise ValueError(f"no regional_base for {region}; give one for every region")
    return whole_of(valid, base[region], "regional_base")
