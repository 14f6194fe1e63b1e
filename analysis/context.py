"""
What surrounds events: armed conflicts, leaders in office, indicators by country and year, borders of regions.

Only the borders are bundled, those of Kyrgyzstan. For all others the loader reads a file of their publishers as it is,
or one in our columns. Every row is returned, or one `DataError` names every bad cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.choosing import of_countries
from analysis.countries import iso3
from analysis.schema import TABLES
from analysis.tables import complete, load_table


def load_conflicts(source: Any, *, format: str | None = None) -> pd.DataFrame:
    """
    Load armed conflicts by year.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        File of UCDP (armed conflicts, pairs of sides, battle-related deaths, non-state conflicts, one-sided violence)
        or one in our columns (`dictionary("conflicts")`).
    format : {"ucdp_conflicts", "ucdp_nonstate", "ucdp_onesided", "unrest"}, optional
        Layout of `source`; default: told by its header.

    Returns
    -------
    DataFrame, shape (n_rows, >= 20)
        Columns as in `dictionary("conflicts")`, then the publisher's with its name as prefix, as text. `deaths_*` are
        nullable integers (persons). A year without fighting of the size counted has no row; it is not missing.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary; `.problems` lists all of them.
    ValueError
        If there is no such format.

    Examples
    --------
    >>> mine = pd.DataFrame({"conflict_id": ["11"], "year": [2020], "conflict_type": ["intrastate"]})
    >>> load_conflicts(mine)["conflict_type"].tolist()
    ['intrastate']
    """
    return complete("conflicts", source, None, format)


def load_leaders(source: Any, *, format: str | None = None, country: str | Iterable[str] | None = None) -> pd.DataFrame:
    """
    Load spells of leaders in office.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        File of Archigos or REIGN, or one in our columns (`dictionary("leaders")`).
    format : {"archigos", "reign_leaders", "unrest"}, optional
        Layout of `source`; default: told by its header.
    country : str or iterable of str, optional
        Country names or ISO codes to keep.

    Returns
    -------
    DataFrame, shape (n_spells, >= 17)
        Columns as in `dictionary("leaders")`, then the publisher's with its name as prefix, as text. `end` is missing
        while `in_office`; such a spell is censored, not short.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary; `.problems` lists all of them.
    ValueError
        If there is no such format, or a country is unknown or has no spell.

    Examples
    --------
    >>> mine = pd.DataFrame({"spell_id": ["A"], "leader": ["Otunbayeva"], "country_iso3": ["KGZ"], "in_office": [0],
    ...                      "start": ["2010-04-07"], "end": ["2011-12-01"]})
    >>> load_leaders(mine, country="Kyrgyzstan")["leader"].item()
    'Otunbayeva'
    """
    leaders = complete("leaders", source, None, format)
    if country is None:
        return leaders
    return of_countries(leaders, iso3(country))


def load_country_years(source: Any, *, format: str | None = None) -> pd.DataFrame:
    """
    Load indicators by country and year.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        File of V-Dem or Polity, or one in our columns (`dictionary("country_years")`).
    format : {"vdem", "polity", "unrest"}, optional
        Layout of `source`; default: told by its header.

    Returns
    -------
    DataFrame, shape (n_rows, >= 29)
        Columns as in `dictionary("country_years")`, then the publisher's with its name as prefix: numbers (float64)
        where every filled cell is one, else text. The publisher's columns keep the publisher's special codes.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary; `.problems` lists all of them.
    ValueError
        If there is no such format.

    Examples
    --------
    >>> mine = pd.DataFrame({"country_code": ["KGZ"], "year": [2020], "my_index": ["0.25"]})
    >>> load_country_years(mine)["my_index"].tolist()
    [0.25]
    """
    frame = complete("country_years", source, None, format)
    extra = [name for name in frame if name not in TABLES["country_years"].columns]
    return frame.assign(**{name: _numbers(frame[name]) for name in extra})


def load_neighbours(source: Any = None) -> pd.DataFrame:
    """
    Load which regions touch.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file with the columns `region` and `neighbour`, any codes, each border once or both ways; default:
        the bundled table, the nine first-level regions of Kyrgyzstan.

    Returns
    -------
    DataFrame, shape (n_borders, >= 3)
        Columns as in `dictionary("neighbours")`. A border holds both ways.

    Raises
    ------
    DataError
        If a cell is empty, a row is there twice, or a region borders itself; `.problems` lists all of them.

    Examples
    --------
    >>> borders = load_neighbours()
    >>> len(borders), borders.loc[borders["region"] == "KG-GO", "neighbour"].item()
    (12, 'KG-O')
    """
    return load_table("neighbours", source)


def _numbers(cells: pd.Series) -> pd.Series:
    """Cells as numbers, if all of them are."""
    try:
        return cells.astype("string[pyarrow]").astype("double[pyarrow]").astype("float64")  # many times to_numeric
    except ValueError:
        return cells
