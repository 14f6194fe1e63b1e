"""What a statement says: its wording as an interval, its cut-off as a window, and whether it counts what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import END_OF_DAY
from analysis.options import known

NEEDED = ["report_id", "episode", "reported_at", "measure", "value", "qualifier"]
ASSUMED = {
    "population": "all",
    "scope": "cumulative",
    "location": None,
    "part_of": None,
    "value_low": None,
    "value_high": None,
    "issuing_body": None,
    "issuer_type": None,
    "reported_at_precision": "minute",
    "as_of_precision": "minute",
}
LATER = "said later"
PLACED = ["episode", "population", "location"]
WHOLE, PART = "whole", "part"


def bounds(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Turn the wording of each statement into the interval of whole numbers it allows.

    "Exactly 590" is 590 to 590, "at least 74" is 74 and open above, "more than 600" is 601 and open above, "up to
    2,000" is 0 to 2,000. "About 600" is read as rounded to its last non-zero digit: 550 to 650, and one person either
    way at least. What the report itself states in `value_low` and `value_high` goes before this reading, but never
    below what "at least" and "more than" say.

    Parameters
    ----------
    reports : DataFrame, shape (n_reports, >= 2)
        `value` and `qualifier`; `value_low`, `value_high` where known.

    Returns
    -------
    DataFrame, shape (n_reports, 2)
        `low` and `high`, persons, nullable integers; `high` is missing where the wording is open above.

    Raises
    ------
    ValueError
        If a wording is not one of the dictionary's.

    Examples
    --------
    >>> said = pd.DataFrame({"value": [590, 600, 600], "qualifier": ["exact", "more_than", "about"]})
    >>> bounds(said).to_numpy().tolist()
    [[590, 590], [601, <NA>], [550, 650]]
    """
    value = reports["value"].astype("Int64")
    wording = reports["qualifier"]
    unknown = set(wording.dropna()) - {"exact", "about", "at_least", "more_than", "up_to", "between"}
    if unknown or wording.isna().any() or value.isna().any():
        raise ValueError(f"every report needs a value and a known qualifier; not understood: {sorted(unknown) or 'NA'}")
    stated_low, stated_high = (_stated(reports, name) for name in ("value_low", "value_high"))
    vague = wording.isin(["about", "between"])
    step = _half_of_last_digit(value)
    floor = value.where(~vague, value - step).mask(wording == "up_to", 0) + (wording == "more_than").astype("Int64")
    low = floor.mask(vague, stated_low.fillna(floor)).clip(lower=0)
    above = wording.isin(["at_least", "more_than"]) & stated_low.notna()
    low = low.mask(above, np.maximum(stated_low.fillna(0), low))
    top = value.where(~vague, value + step).mask(wording.isin(["at_least", "more_than"]))
    high = top.mask(wording != "exact", stated_high.fillna(top)).mask(wording == "up_to", value)
    low = low.mask(wording == "exact", value)
    if (crossed := (low > high).fillna(False)).any():
        row = reports[crossed].iloc[0]
        raise ValueError(
            f"{crossed.sum()} reports contradict their own wording; {row.get('report_id', crossed.idxmax())} "
            f"says {row['qualifier']} {row['value']} with bounds {low[crossed].iloc[0]} to {high[crossed].iloc[0]}"
        )
    return pd.DataFrame({"low": low, "high": high})


def _stated(reports: pd.DataFrame, name: str) -> pd.Series:
    return reports[name].astype("Int64") if name in reports else pd.Series(pd.NA, index=reports.index, dtype="Int64")


def _half_of_last_digit(value: pd.Series) -> pd.Series:
    """Half a unit of the last non-zero digit: 50 for 600, 5 for 190; 1 at least."""
    number = value.to_numpy(dtype="int64")
    unit = np.ones_like(number)
    for power in 10 ** np.arange(1, 16):
        unit = np.where((number % power == 0) & (number > 0), power, unit)
    return pd.Series(np.maximum(unit // 2, 1), index=value.index, dtype="Int64")


def windows(reports: pd.DataFrame) -> pd.DataFrame:
    """
    Bound the moment up to which each statement counts.

    The cut-off is `as_of` where stated and `reported_at` otherwise, and never later than `reported_at`. One known
    only by its day, or only as "not later than", lies anywhere in the day before its latest moment.

    Parameters
    ----------
    reports : DataFrame, shape (n_reports, >= 4)
        `reported_at`, `as_of`, and the precision of both.

    Returns
    -------
    DataFrame, shape (n_reports, 2)
        `cutoff_earliest` and `cutoff_latest`.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> reports = load_casualties(episode="KGZ-2020-10").set_index("report_id")
    >>> str(windows(reports).loc["CAS-0045", "cutoff_latest"])
    '2020-10-06 15:00:00+06:00'
    """
    said = reports["reported_at"]
    counted = reports["as_of"].astype(said.dtype)
    exact = {name: reports[name] == "minute" for name in ("reported_at_precision", "as_of_precision")}
    stated = counted.notna()
    own = counted.where(exact["as_of_precision"], counted - END_OF_DAY)
    page = said.where(exact["reported_at_precision"], said - END_OF_DAY)
    latest = said.where(~stated | (counted > said), counted)
    earliest = page.where(~stated, own)
    return pd.DataFrame({"cutoff_earliest": earliest.where(earliest <= latest, latest), "cutoff_latest": latest})


def sort_out(
    reports: pd.DataFrame,
    measure: str,
    *,
    population: str = "all",
    location: str | None = None,
    until: pd.Series | None = None,
) -> pd.DataFrame:
    """
    Say of every report whether it counts what is asked for, a part of it, or why it does not belong.

    A count of a part (one hospital of a city, the police among all) is a lower bound for the whole and nothing more.

    Parameters
    ----------
    reports : DataFrame
        As `load_casualties` returns them; one or more episodes.
    measure, population : str
        What is counted, and whom it covers ("all", "civilians", "security_forces").
    location : str, optional
        Place; default: the whole place of each episode, the one that is part of no other.
    until : Series of moments, optional
        Leave out what was said later, as `as_of.cutoff` returns it, one moment per row.

    Returns
    -------
    DataFrame, shape (n_reports, n_columns + 7)
        All reports, with `low`, `high`, `cutoff_earliest`, `cutoff_latest`, `covers` ("whole", "part" or missing),
        `place` (what counts as the whole) and `reason` (missing where `covers` is not).

    Raises
    ------
    ValueError
        If a column is missing, or nothing counts the measure, the population or the place, or the whole place of an
        episode is not clear.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> asked = sort_out(load_casualties(episode="KGZ-2005-03"), "killed")
    >>> asked["covers"].value_counts().to_dict()
    {'whole': 3}
    """
    reports = complete(reports)
    if reports.empty:
        raise ValueError("there are no reports")
    known(measure, sorted(reports["measure"].unique()), "measure")
    known(population, sorted({*reports["population"].dropna(), "all"}), "population")
    parents = _parents(reports)
    if location is not None:
        wider = {place for one in parents.values() for place in one.values()}
        known(location, sorted({*reports["location"].dropna(), *wider}), "location")
    places: dict[str, str | None] = dict.fromkeys(parents, location)
    if location is None:
        counted = reports.loc[(reports["measure"] == measure) & (reports["scope"] == "cumulative"), PLACED]
        for episode, rows in counted.drop_duplicates().groupby("episode", sort=False):
            places[episode] = _whole_place(episode, rows, population, parents[episode])
    relation = _relation(reports, places, parents)
    foreign = (reports["population"] != population).to_numpy()
    late = np.zeros(len(reports), dtype=bool)
    if until is not None:
        late = (reports["reported_at"].array > until.array).astype(bool)
    reason = np.full(len(reports), None, dtype=object)
    whom = f"does not count {population.replace('_', ' ')} alone, but "
    for where, text, column in [  # from the weakest reason to the strongest, which stands
        (relation == "unstated", "does not say which place it counts", None),
        (relation == "other", "counts another place: ", "location"),
        (relation == "wider", "counts the wider place ", "location"),
        (foreign & (population != "all"), whom, "population"),
        ((reports["scope"] == "new").to_numpy(), "counts additional persons, not a running total", None),
        ((reports["scope"] == "current").to_numpy(), "the stock at that hour, not a running total", None),
        ((reports["measure"] != measure).to_numpy(), "counts another thing: ", "measure"),
        (late, LATER, None),
    ]:
        said = "" if column is None else reports.loc[where, column].str.replace("_", " ").to_numpy(object)
        reason[where] = text + said
    covers = np.where((relation == PART) | foreign, PART, WHOLE)
    covers = pd.Series(covers, index=reports.index, dtype="str").where(pd.isna(reason))
    codes, episodes = pd.factorize(reports["episode"])
    place = pd.Series(pd.array([places[name] for name in episodes], dtype="str").take(codes), index=reports.index)
    return reports.assign(**bounds(reports), **windows(reports), covers=covers, place=place, reason=reason)


def complete(reports: pd.DataFrame) -> pd.DataFrame:
    """Refuse what is not a table of reports; fill columns that it may lack."""
    missing = [name for name in NEEDED if name not in reports]
    if missing:
        raise ValueError(f"reports lack {', '.join(missing)}; load your file with load_casualties(file) first")
    if not isinstance(reports["reported_at"].dtype, pd.DatetimeTZDtype) or reports["reported_at"].isna().any():
        raise ValueError(
            "reported_at must be times with one zone, none missing; load your file with load_casualties(file), and "
            "bring joined tables to one zone first: frame['reported_at'].dt.tz_convert('UTC')"
        )
    if reports["report_id"].duplicated().any():
        twice = reports.loc[reports["report_id"].duplicated(), "report_id"].iloc[0]
        raise ValueError(f"report_id {twice!r} stands twice; each report needs its own")
    absent = {name: value for name, value in ASSUMED.items() if name not in reports}
    filled: dict[str, pd.Series] = {
        name: pd.Series(value, index=reports.index, dtype="str") for name, value in absent.items()
    }
    if "as_of" not in reports:
        filled["as_of"] = pd.Series(pd.NaT, index=reports.index, dtype=reports["reported_at"].dtype)
    ids = reports["report_id"].astype("str")
    return reports.assign(**filled, report_id=ids).reset_index(drop=True)


def _parents(reports: pd.DataFrame) -> dict[str, dict[str, str]]:
    """By episode, the wider place of each place: as stated in `part_of`, else the city of "City: Hospital"."""
    pairs = reports[["episode", "location", "part_of"]].drop_duplicates().sort_values("part_of")  # stated ones first
    parents: dict[str, dict[str, str]] = {}
    for row in pairs.itertuples(index=False):
        wider = parents.setdefault(row.episode, {})
        if isinstance(row.part_of, str) and isinstance(row.location, str):
            if wider.setdefault(row.location, row.part_of) != row.part_of:
                raise ValueError(f"{row.location} is said to be part of {wider[row.location]} and of {row.part_of}")
        elif isinstance(row.location, str) and ":" in row.location:
            wider.setdefault(row.location, row.location.split(":")[0].strip())
    return parents


def _lineage(place: str, parents: dict[str, str]) -> list[str]:
    """List a place and all that contain it, from narrow to wide."""
    line = [place]
    while (wider := parents.get(line[-1])) is not None:
        if wider in line:
            raise ValueError(f"part_of goes in a circle: {', '.join([*line, wider])}")
        line.append(wider)
    return line


def _whole_place(episode: str, counted: pd.DataFrame, population: str, parents: dict[str, str]) -> str | None:
    """Find the one place that is part of no other; None where no report names a place."""
    asked = counted[counted["population"] == population]
    named = (asked if len(asked) else counted)["location"].dropna().unique()
    tops = sorted({_lineage(place, parents)[-1] for place in named})
    if len(tops) > 1:
        raise ValueError(
            f"{episode}: the reports cover {' and '.join(tops)}, and none is said to be part of another; choose one "
            "with location=, or name the wider place in the column part_of"
        )
    return tops[0] if tops else None


def _relation(
    reports: pd.DataFrame, places: dict[str, str | None], parents: dict[str, dict[str, str]]
) -> np.ndarray[Any, Any]:
    """How each report's place stands to the one asked for: whole, part, wider, other or unstated."""
    pairs = reports[["episode", "location"]]
    stands = [
        _stands(location if isinstance(location, str) else None, places[episode], parents[episode])
        for episode, location in pairs.drop_duplicates().itertuples(index=False)
    ]
    episode, location = (pd.factorize(pairs[name], use_na_sentinel=False)[0] for name in pairs)
    codes = pd.factorize(episode * (location.max(initial=0) + 1) + location)[0]
    return np.array(stands, dtype=object)[codes]


def _stands(location: str | None, place: str | None, parents: dict[str, str]) -> str:
    if location == place:
        return WHOLE
    if location is None or place is None:
        return "unstated" if location is None else "other"
    if place in _lineage(location, parents):
        return PART
    return "wider" if location in _lineage(place, parents) else "other"


def last_words(reports: pd.DataFrame, measures: Sequence[str] = ("killed", "injured")) -> pd.DataFrame:
    """
    Keep what each body said last of each running total, whatever part of it that counts.

    Parameters
    ----------
    reports : DataFrame
        As `load_casualties` returns them, cut to a moment with its `as_of=`.
    measures : sequence of str

    Returns
    -------
    DataFrame
        One row per issuing body, measure, population and place, the last said first, with `low` and `high`.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> evening = last_words(load_casualties(episode="KGZ-2020-10", as_of="2020-10-06 18:00"))
    >>> evening.loc[evening["issuing_body"] == "Ministry of Health", "value"].tolist()[:2]
    [686, 1]
    """
    reports = complete(reports)
    totals = reports[reports["measure"].isin(measures) & (reports["scope"] == "cumulative")]
    totals = totals.assign(**bounds(totals), **windows(totals))
    ordered = totals.sort_values(["reported_at", "low", "report_id"], ascending=[False, False, True])
    body = ordered["issuing_body"].fillna(ordered["report_id"])  # bodies without a name are not one body
    again = ordered.assign(body=body).duplicated(["episode", "body", "measure", "population", "location"])
    return ordered[~again].reset_index(drop=True)
