"""What is odd about a station, said beside its numbers; no station is left out for it."""

from __future__ import annotations

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats.tidy import STATION

FLAGS = {
    "turnout_above_100": "more ballots cast or given out than voters registered",
    "cast_above_issued": "more ballots cast than given out",
    "valid_above_cast": "more valid votes, stated or summed, than ballots cast",
    "votes_above_valid": "a contestant has more votes than there are valid votes",
    "sum_not_valid": "the votes of all contestants do not sum to the valid votes",
    "empty": "no ballots",
}


def flagged(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """
    Say of each station what is odd about its numbers.

    Parameters
    ----------
    frame : DataFrame
        One row per station and contestant, as a publisher's `precincts` gives it; its own `flags` are kept.
    name : str
        What to call the source in a message.

    Returns
    -------
    DataFrame
        The same rows, with `flags`: ids, those of the publisher and then the keys of `FLAGS`, joined with ";";
        missing where nothing is odd. A comparison with a number that is not stated raises no flag.

    Raises
    ------
    DataError
        If a station names a contestant twice, or its rows disagree on voters or ballots.

    Examples
    --------
    >>> from analysis.formats.tidy import in_order
    >>> rows = in_order(pd.DataFrame({"station_id": ["1", "2"], "registered": 9, "cast": [8, 10], "votes": [8, 7],
    ...                               "contestant": "A"}))
    >>> flagged(rows, "x.csv")["flags"].tolist()
    [nan, 'turnout_above_100']
    """
    _demand_one(frame, ["station_id", "contestant"], "one row per station and contestant", name)
    places = frame.drop_duplicates(list(STATION))
    _demand_one(places, ["station_id"], f"the same {', '.join(STATION[1:])} in every row of a station", name)
    found = _odd(frame, places.set_index("station_id"))
    said = pd.Series("", index=found.index)
    for flag in FLAGS:
        said = said.mask(found[flag], said + ";" + flag)
    general = said.reindex(frame["station_id"]).to_numpy()
    joined = (_own(frame) + general).str.strip(";")
    return frame.assign(flags=joined.mask(joined == "").astype("str"))


def _own(frame: pd.DataFrame) -> pd.Series:
    """Keep the publisher's flags; those of `FLAGS` are worked out again."""
    if "flags" not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    stated = frame["flags"].fillna("")
    kept = {said: ";".join(flag for flag in said.split(";") if flag not in FLAGS) for said in stated.unique()}
    return stated.map(kept).astype("str")


def _demand_one(frame: pd.DataFrame, key: list[str], demand: str, name: str) -> None:
    repeated = frame[frame.duplicated(key)]
    if len(repeated):
        first = repeated.iloc[0]
        raise DataError(problem(name, demand, column=", ".join(key), value=", ".join(str(first[part]) for part in key)))


def _odd(frame: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Tell which flags apply to which station."""
    votes = frame["votes"].groupby(frame["station_id"], sort=False)
    known = votes.count() == votes.size()
    total, most = votes.sum().where(known), votes.max()
    registered, issued, cast, valid = (places[column] for column in STATION[2:])
    odd = {
        "turnout_above_100": (cast > registered).fillna(False) | (issued > registered).fillna(False),
        "cast_above_issued": cast > issued,
        "valid_above_cast": (valid > cast).fillna(False) | (total > cast).fillna(False),
        "votes_above_valid": most > valid,
        "sum_not_valid": total != valid,
        "empty": cast.fillna(valid).fillna(total) == 0,
    }
    return pd.DataFrame({flag: applies.fillna(False).astype(bool) for flag, applies in odd.items()})
