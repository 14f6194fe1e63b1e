"""One row per station and contestant, and which stations a test can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.columns import LARGEST_COUNT, DataError, problem
from analysis.options import known

COUNTS = ("registered", "issued", "cast", "valid", "votes")


def stations(precincts: pd.DataFrame, contestant: str) -> pd.DataFrame:
    """
    Pick one contestant out of a long station table.

    Parameters
    ----------
    precincts : DataFrame
        One row per station and contestant, as `load_precincts` returns them: `station_id`, `contestant`, `votes`,
        and `registered`, `issued`, `cast`, `valid` (the same on every row of a station), `region` where known.
    contestant : str
        Whose votes.

    Returns
    -------
    DataFrame, shape (n_stations, >= 6)
        Indexed by `station_id`, every station of `precincts` once: `region`, `registered`, `issued`, `cast`, `valid`,
        `votes` (nullable integers; missing where the station has no row for the contestant). Columns the source does
        not have are all missing.

    Raises
    ------
    DataError
        If `station_id`, `contestant`, `votes` or `registered` is no column, a count is no whole number of 0 or more,
        a row has no station, or a station names the contestant twice or disagrees with itself on voters or ballots.
    ValueError
        If nobody of that name stood.

    Examples
    --------
    >>> one = pd.DataFrame({"station_id": ["1", "1"], "contestant": ["A", "B"], "votes": [30, 20]})
    >>> stations(one.assign(registered=100, cast=51), "A")[["registered", "cast", "votes"]].iloc[0].tolist()
    [100, 51, 30]
    """
    demand_columns(precincts, ["station_id", "contestant", "votes", "registered"])
    known(contestant, precincts["contestant"].dropna().astype("str").unique(), "contestant")
    _demand_one_place(precincts)
    own = precincts[precincts["contestant"] == contestant].set_index("station_id")
    if own.index.has_duplicates:
        twice = own.index[own.index.duplicated()][0]
        raise DataError(problem("stations", f"one row per station for {contestant!r}", None, "station_id", str(twice)))
    places = precincts.drop_duplicates("station_id").set_index("station_id")
    frame = pd.DataFrame(index=places.index)
    frame["region"] = places["region"] if "region" in places else pd.Series(None, index=places.index, dtype="str")
    for name in COUNTS:
        stated = own if name == "votes" else places
        given = stated[name].reindex(frame.index) if name in stated else pd.Series(pd.NA, index=frame.index)
        frame[name] = whole(given, name)
    return frame


def _demand_one_place(precincts: pd.DataFrame) -> None:
    """Refuse rows without a station, and rows of one station that disagree on what is the station's."""
    if precincts["station_id"].isna().any():
        missing = int(precincts["station_id"].isna().sum())
        raise DataError(problem("stations", f"a station in every row; {missing} have none", None, "station_id", ""))
    of_station = [name for name in ("region", *COUNTS[:-1]) if name in precincts]
    stated = precincts[["station_id", *of_station]].drop_duplicates()
    twice = stated["station_id"][stated["station_id"].duplicated()]
    if len(twice):
        demand = f"the same {', '.join(of_station)} on every row of a station"
        raise DataError(problem("stations", demand, None, "station_id", str(twice.iloc[0])))


def whole(values: pd.Series, name: str, file: str = "stations") -> pd.Series:
    """Read counts, indexed by station, as nullable integers; refuse all but 0, 1, 2 ... and missing ones."""
    if isinstance(values.dtype, pd.Int64Dtype) or values.dtype == "int64":
        numbers = values.astype("Int64")
        good = numbers >= 0
    else:
        decimals = pd.to_numeric(values, errors="coerce").astype("Float64")
        good = (decimals >= 0) & (decimals % 1 == 0) & (decimals <= LARGEST_COUNT)
        numbers = decimals.where(good).astype("Int64")
    wrong = values[values.notna() & ~good.fillna(False)]
    if len(wrong):
        demand = f"a whole number, 0 or more (station {wrong.index[0]})"
        raise DataError(problem(file, demand, None, name, str(wrong.iloc[0])))
    return numbers


def demand_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame without the columns a method stands on."""
    missing = list(dict.fromkeys(name for name in names if name not in frame.columns))
    if missing:
        has = ", ".join(map(repr, frame.columns[:12]))
        raise DataError(problem("stations", f"the columns {', '.join(missing)} are missing; there are {has}"))


def usable(
    frame: pd.DataFrame, need: Sequence[str], demands: Mapping[str, pd.Series] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split stations into those a method can use and a count of the others by reason.

    Every station is counted once, under the first reason that applies: a needed number is missing (reasons
    "no registered stated" ...), then the demands in their order.

    Parameters
    ----------
    frame : DataFrame
        As `stations` returns it.
    need : sequence of str
        Columns whose numbers must be there.
    demands : mapping of str to Series of bool, optional
        Reason to leave a station out -> where that reason applies (missing counts as no).

    Returns
    -------
    used : DataFrame
        The `need` columns as int64, and `region` where there is one, at the stations used.
    excluded : DataFrame
        `reason`, `stations`; only reasons that apply to some station.

    Raises
    ------
    DataError
        If a needed column is absent, a number is negative or no whole number, a station is there twice, or none is
        left.

    Examples
    --------
    >>> rows = pd.DataFrame({"registered": [100, None, 50], "cast": [60, 30, 0]})
    >>> used, excluded = usable(rows, ["registered", "cast"], {"with no ballots": rows["cast"] == 0})
    >>> len(used), excluded.to_numpy().tolist()
    (1, [['with no registered stated', 1], ['with no ballots', 1]])
    """
    demand_columns(frame, need)
    if frame.index.name == "station_id" and frame.index.has_duplicates:
        twice = str(frame.index[frame.index.duplicated()][0])
        raise DataError(problem("stations", "every station once", None, "station_id", twice))
    frame = frame.assign(**{name: whole(frame[name], name) for name in need})
    reasons = {f"with no {name} stated": frame[name].isna() for name in need} | dict(demands or {})
    left = pd.Series(True, index=frame.index)
    rows = []
    for reason, applies in reasons.items():
        now = left & applies.fillna(False).astype(bool)
        left &= ~now
        rows.append((reason, int(now.sum())))
    if not left.any():
        said = ", ".join(f"{number} {reason}" for reason, number in rows if number) or "there are none"
        raise DataError(problem("stations", f"at least one usable station; {said}"))
    used = frame.loc[left, [*need]].astype("int64")
    if "region" in frame:
        used["region"] = frame.loc[left, "region"]
    excluded = pd.DataFrame([row for row in rows if row[1]], columns=["reason", "stations"])
    return used, excluded.astype({"stations": "int64"})


def countable(
    frame: pd.DataFrame, *, minimum: int = 1, highest_pct: int = 100, issued: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split stations into those with a possible turnout and share, and a count of the others by reason.

    Parameters
    ----------
    frame : DataFrame
        As `stations` returns it.
    minimum : int
        Smallest number of registered voters.
    highest_pct : int
        Highest turnout and share (percent).
    issued : bool
        Whether the method counts turnout by ballots issued; where they are not stated, `cast` stands for them.

    Returns
    -------
    used, excluded : DataFrame
        As from `usable`, with `registered`, `cast`, `votes`, and `issued` if asked for. Besides small stations, those
        without ballots and those over `highest_pct`, stations with more ballots than voters, more votes than ballots
        or more valid votes than ballots are left out: one of the numbers is wrong.
    """
    demand_columns(frame, ["registered", "cast", "votes"])
    asked = [name for name in COUNTS if name in frame]
    frame = frame.assign(**{name: whole(frame[name], name) for name in asked})
    registered, cast, votes = (frame[name] for name in ("registered", "cast", "votes"))
    out = frame["issued"].fillna(cast) if issued and "issued" in frame else cast
    reasons = {
        f"with fewer than {minimum:,} registered": registered < minimum,
        "with no ballots": cast == 0,
        "with turnout over 100%": (out > registered) | (cast > registered),
        "with more votes than ballots": votes > cast,
    }
    if "valid" in frame:
        reasons["with more valid votes than ballots"] = frame["valid"] > cast
    if highest_pct < 100:
        reasons[f"with turnout over {highest_pct}%"] = 100 * out > highest_pct * registered
        reasons[f"with a share over {highest_pct}%"] = 100 * votes > highest_pct * cast
    need = ["registered", "cast", "votes", *(["issued"] if issued else [])]
    return usable(frame.assign(issued=out), need, reasons)
