"""From a publisher's wide station table to one row per station and contestant."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.columns import DataError, problem
from analysis.reading import integers

STATION = ("station_id", "region", "registered", "issued", "cast", "valid")
COLUMNS = (*STATION, "contestant", "votes")


def only(files: dict[str, bytes]) -> tuple[str, bytes]:
    """Name and content of the one file of an election that is published as a single file."""
    if len(files) != 1:
        raise DataError(problem(", ".join(files) or "source", "one file, which holds one election or count"))
    return next(iter(files.items()))


def counts(table: pd.DataFrame, file: str, columns: Iterable[str]) -> pd.DataFrame:
    """Read some columns of a raw table as nullable integers."""
    return pd.DataFrame({column: integers(table[column], file, column) for column in columns}, index=table.index)


def demand_unique(table: pd.DataFrame, file: str, columns: list[str]) -> None:
    """Refuse a raw table, indexed by line, in which two rows have the same key."""
    repeated = table.loc[table.duplicated(columns), columns]
    if len(repeated):
        value, line = " ".join(repeated.iloc[0]), repeated.index[0]
        raise DataError(problem(file, "a key that no earlier row has", line, ", ".join(columns), value))


def long(places: pd.DataFrame, votes: pd.DataFrame, file: str) -> pd.DataFrame:
    """
    Put every contestant of every station in a row of its own.

    Parameters
    ----------
    places : DataFrame, shape (n_stations, >= 2)
        `station_id`, `region` and, where the publisher states them, `registered`, `issued`, `cast`, `valid`; further
        columns are carried along. Indexed by line of the file.
    votes : DataFrame of Int64, shape (n_stations, n_contestants)
        One column per contestant, same index.
    file : str
        What to call the file in a message.

    Returns
    -------
    DataFrame, shape (n_stations * n_contestants, >= 8)
        `COLUMNS`, then the further columns; contestants of a station one below the other.

    Raises
    ------
    DataError
        If two stations have the same id.

    Examples
    --------
    >>> places = pd.DataFrame({"station_id": ["1", "2"], "region": "North", "cast": [9, 5]})
    >>> votes = pd.DataFrame({"A": [6, 3], "B": [2, None]}, dtype="Int64")
    >>> long(places, votes, "x.csv")[["station_id", "cast", "contestant", "votes"]].to_numpy().tolist()
    [['1', 9, 'A', 6], ['1', 9, 'B', 2], ['2', 5, 'A', 3], ['2', 5, 'B', <NA>]]
    """
    demand_unique(places, file, ["station_id"])
    stations = in_order(places).drop(columns=["contestant", "votes"])
    frame = stations.take(np.repeat(np.arange(len(places)), votes.shape[1])).reset_index(drop=True)
    frame["contestant"] = votes.columns.astype("str").take(np.tile(np.arange(votes.shape[1]), len(places)))
    frame["votes"] = pd.array(votes.to_numpy(dtype="float64", na_value=np.nan).ravel(), dtype="Int64")
    return in_order(frame)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Order and type the columns every publisher has; those not stated are missing, the publisher's own come last."""
    own = [column for column in frame if column not in COLUMNS]
    texts = {"station_id", "region", "contestant"}
    types = {column: "str" if column in texts else "Int64" for column in COLUMNS}
    return frame.reindex(columns=[*COLUMNS, *own]).astype(types)
