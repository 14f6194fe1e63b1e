"""
UCDP: armed conflicts by year in which a state is a side, from the Uppsala Conflict Data Program.

Three data sets of one shape, one row per conflict or pair of sides and year with 25 or more battle-related deaths:

- UCDP/PRIO Armed Conflict Dataset (ucdp-prio-acd-*.csv, UcdpPrioConflict_v*.csv), from 1946, per conflict; written
  against real copies of 20.1 and 21.1;
- UCDP Dyadic Dataset (ucdp-dyadic-*.csv, Dyadic_v*.csv), from 1946, per pair of sides; from its codebook alone;
- UCDP Battle-related Deaths (ucdp-brd-*.csv), from 1989, with deaths (`bd_best`, `bd_low`, `bd_high`); codebook alone.

Headers of 2016 and before run words together (ConflictId, GWNoLoc) and are read too. Countries are those of `gwno_loc`
(Gleditsch & Ward), each as what it was on 1 July of the year.

Traps. `gwno_loc` lists several states ("750, 770"), and `location` their names with commas inside. Intensity is of the
year, not of the conflict; 0 is never written, a quiet year has no row. `start_date` is the first death ever, decades
before the row; the episode starts at `start_date2` (here `episode_start`). `ep_end` is 1 only in the last year, and
`ep_end_date` is empty in all others. Releases revise the past: 2019 has 54 conflicts in 20.1 and 55 in 21.1. In a
dyadic file a conflict has several rows in a year: count distinct `conflict_id`. An extrasystemic war is in the colony,
which was no state yet; it has the country that the colony became. Hyderabad (1947-48) is a state without an ISO code.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.formats.coded import country, within, words

NAME = "ucdp_conflicts"
TABLE = "conflicts"
CITATION = (
    "Gleditsch, Nils Petter, Peter Wallensteen, Mikael Eriksson, Margareta Sollenberg & Havard Strand (2002), Armed "
    "Conflict 1946-2001: A New Dataset, Journal of Peace Research 39(5), 615-637, with the article in the Journal of "
    "Peace Research that presents the release used, such as Pettersson, Therese et al. (2021), Organized violence "
    "1989-2020, with a special emphasis on Syria, 58(4), 809-825; for pairs of sides Harbom, Lotta, Erik Melander & "
    "Peter Wallensteen (2008), Dyadic Dimensions of Armed Conflict, 1946-2007, 45(5), 697-710. Name the version."
)
EPISODE = {
    "start_date": "start_date",
    "start_precision": "start_prec",
    "episode_start": "start_date2",
    "episode_start_precision": "start_prec2",
    "episode_ended": "ep_end",
    "episode_end": "ep_end_date",
    "episode_end_precision": "ep_end_prec",
}
CALLED = EPISODE | {
    "conflict_id": "conflict_id",
    "dyad_id": "dyad_id",
    "year": "year",
    "country_iso3": "gwno_loc",
    "countries_iso3": "gwno_loc",
    "conflict_type": "type_of_conflict",
    "incompatibility": "incompatibility",
    "intensity": "intensity_level",
    "deaths_low": "bd_low",
    "deaths_best": "bd_best",
    "deaths_high": "bd_high",
}
OF_A_YEAR = {  # what the files of non-state and one-sided violence both have
    "conflict_id": "conflict_id",
    "dyad_id": "dyad_id",
    "year": "year",
    "country_iso3": "gwno_location",
    "countries_iso3": "gwno_location",
    "deaths_low": "low_fatality_estimate",
    "deaths_best": "best_fatality_estimate",
    "deaths_high": "high_fatality_estimate",
    "version": "version",
}
TYPES = {"1": "extrasystemic", "2": "interstate", "3": "intrastate", "4": "internationalized_intrastate"}
INCOMPATIBILITIES = {"1": "territory", "2": "government", "3": "government_and_territory"}


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of a UCDP conflict-year, spelled as in any release."""
    (header,) = headers.values()
    names = {name.replace("_", "") for name in header}
    return {"conflictid", "typeofconflict", "incompatibility", "gwnoloc"} <= names and bool(
        {"intensitylevel", "bdbest"} & names
    )


def declines(headers: dict[str, list[str]]) -> str | None:
    """Say why a state-by-state rewriting of the data is not read."""
    (header,) = headers.values()
    if {"conflict_id", "type_of_conflict", "gwno_a"} <= set(header):
        return (
            "UCDP conflicts without `gwno_loc`, repeated for every pair of states, have no row of their own; "
            "load the file that UCDP publishes"
        )
    return None


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write conflict-years in our columns; see the module."""
    cells = raw.set_axis([name.replace("_", "") for name in raw.columns], axis=1)
    where = countries(cells["gwnoloc"], cells["year"])
    found = {
        "country_iso3": where.str.partition(";")[0],
        "countries_iso3": where,
        "conflict_type": words(cells["typeofconflict"], TYPES),
        "incompatibility": words(cells["incompatibility"], INCOMPATIBILITIES),
    }
    copied = {ours: theirs.replace("_", "") for ours, theirs in CALLED.items() if ours not in found}
    copied |= {"side_a": "sidea", "side_b": "sideb", "version": "version"}
    return pd.DataFrame(found | {ours: cells[theirs] for ours, theirs in copied.items() if theirs in cells})


def countries(codes: pd.Series, years: pd.Series) -> pd.Series:
    """
    Resolve lists of Gleditsch & Ward numbers on 1 July of their year.

    Parameters
    ----------
    codes, years : Series of str
        Such as "750, 770" and "2020".

    Returns
    -------
    Series of str
        ISO codes in the order of the list, joined with ";"; states without one left out, unknown numbers as found.

    Examples
    --------
    >>> countries(pd.Series(["750, 770", "365"]), pd.Series(["2020", "1990"])).tolist()
    ['IND;PAK', 'SUN']
    """
    single = codes.str.split(r"\s*[,;]\s*", regex=True).explode()
    row = pd.Series(single.index)
    listed = single.reset_index(drop=True)
    iso3 = country(listed, "gw", years.loc[row].reset_index(drop=True).str.strip() + "-07-01")
    named = pd.DataFrame({"row": row, "iso3": iso3})[iso3 != ""].drop_duplicates()
    return named.groupby("row")["iso3"].agg(";".join).reindex(codes.index).fillna("").astype("str")


def with_deaths(raw: pd.DataFrame, called: Mapping[str, str], conflict_type: str) -> pd.DataFrame:
    """
    Write years of non-state or one-sided violence, whose files differ in names only, in our columns.

    Parameters
    ----------
    raw : DataFrame of str
        The publisher's cells.
    called : mapping of str to str
        Our column -> the publisher's.
    conflict_type : str
        Of all rows.

    Returns
    -------
    DataFrame, one row per row of `raw`
        Bounds of deaths are widened where they miss the file's own best figure.

    Examples
    --------
    >>> raw = pd.DataFrame({"gwno_location": ["625"], "year": ["2005"], "best": ["9"], "low": ["9"], "high": ["8"]})
    >>> called = {"deaths_low": "low", "deaths_best": "best", "deaths_high": "high"}
    >>> with_deaths(raw, called, "non_state")[["country_iso3", "deaths_high"]].to_numpy().tolist()
    [['SDN', '9']]
    """
    where = countries(raw["gwno_location"], raw["year"])
    copied = {ours: raw[theirs] for ours, theirs in called.items() if theirs in raw}
    low, high = within(copied["deaths_low"], copied["deaths_best"], copied["deaths_high"])
    made = {
        "country_iso3": where.str.partition(";")[0],
        "countries_iso3": where,
        "conflict_type": conflict_type,
        "deaths_low": low,
        "deaths_high": high,
    }
    return pd.DataFrame(copied | made)
