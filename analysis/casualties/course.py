"""The course of one episode's number, statement by statement, under the rules that pick one statement or a bound."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.casualties.statements import WHOLE

NONE = -1  # in arrays of counts and of positions: none
COURSE_COLUMNS = ["low", "best", "high", "report_id", "issuing_body", "contradiction", "episode", "moment"]


class Course(NamedTuple):
    """After each statement heard: the interval, the position of the statement behind it, and whether bodies clash."""

    low: np.ndarray[Any, Any]
    best: np.ndarray[Any, Any]
    high: np.ndarray[Any, Any]
    holder: np.ndarray[Any, Any]
    clash: np.ndarray[Any, Any]


def follow(rows: pd.DataFrame, rule: str) -> Course:
    """Follow one episode through its statements, in order."""
    low = rows["low"].to_numpy("int64")
    whole, high = (rows["covers"] == WHOLE).to_numpy(), tops(rows)
    pointed = whole & rows["qualifier"].isin(["exact", "about"]).to_numpy()
    best = np.where(pointed, rows["value"].to_numpy("int64"), NONE)
    trusted = rows["trusted"].to_numpy()
    if rule == "latest":
        return _held(low, best, high, np.arange(len(rows)))
    precision = np.select([pointed & (low == high), whole & (high != NONE)], [2, 1], 0)
    key = np.where(trusted, low * 3 + precision, NONE)
    holder = _record(key)
    if rule == "envelope":
        return _enveloped(rows, low, high, holder)
    course = _held(low, best, high, holder)
    return _contested(rows, _loosened(rows, course, high), high) if rule == "official" else course


def _record(key: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Position of the first statement that reached the running maximum; NONE before any did."""
    reached = np.maximum.accumulate(key) if len(key) else key
    before = np.concatenate([[NONE], reached[:-1]]) if len(key) else key
    return np.maximum.accumulate(np.where(reached > before, np.arange(len(key)), NONE)) if len(key) else key


def _held(
    low: np.ndarray[Any, Any], best: np.ndarray[Any, Any], high: np.ndarray[Any, Any], holder: np.ndarray[Any, Any]
) -> Course:
    """Give each step the interval of the statement that holds the record."""
    low, best, high = (np.where(holder == NONE, NONE, values[holder]) for values in (low, best, high))
    return Course(low, best, high, holder, np.zeros(len(holder), dtype=bool))


def _loosened(rows: pd.DataFrame, course: Course, high: np.ndarray[Any, Any]) -> Course:
    """Open the number above where a later count of the trusted bodies says less exactly that it may be more."""
    best, top = course.best.copy(), course.high.copy()
    value, trusted = rows["value"].to_numpy("int64"), rows["trusted"].to_numpy()
    earliest, latest = ticks(rows["cutoff_earliest"]), ticks(rows["cutoff_latest"])
    for place in np.flatnonzero(trusted & (high > course.high) & (value > course.high)):
        record = course.holder[place]
        if record in (NONE, place) or course.high[place] == NONE or earliest[place] <= latest[record]:
            continue
        inside = slice(place, np.searchsorted(course.holder, record, side="right"))
        best[inside] = NONE
        top[inside] = np.maximum(top[inside], high[place])
    return Course(course.low, best, top, course.holder, course.clash)


def _contested(rows: pd.DataFrame, course: Course, high: np.ndarray[Any, Any]) -> Course:
    """Leave the official number open while another state body or doctor stated more for the same hours."""
    best, top, clash = course.best.copy(), course.high.copy(), course.clash.copy()
    for record, position, rival in rivalries(rows, course):
        end = np.searchsorted(course.holder, record, side="right")
        inside = slice(position, end)
        best[inside], clash[inside] = NONE, True
        open_above = (top[inside] == NONE) | (high[rival] == NONE)
        top[inside] = np.where(open_above, NONE, np.maximum(top[inside], high[rival]))
    return Course(course.low, best, top, course.holder, clash)


def rivalries(rows: pd.DataFrame, course: Course) -> list[tuple[int, int, int]]:
    """List (record, position from which it is contested, rival) for all rivals above a record of the same hours."""
    rivals = np.flatnonzero(~rows["trusted"].to_numpy())
    if not len(rivals):
        return []
    low = rows["low"].to_numpy("int64")
    earliest, latest = ticks(rows["cutoff_earliest"]), ticks(rows["cutoff_latest"])
    found = []
    for record in np.unique(course.holder[course.holder != NONE]):
        start, end = np.searchsorted(course.holder, [record, record + 1])
        above = rivals[(rivals < end) & (course.high[start] != NONE) & (low[rivals] > course.high[start])]
        above = above[(earliest[above] <= latest[record]) & (latest[above] >= earliest[record])]
        found += [(int(record), max(int(rival), int(start)), int(rival)) for rival in above]
    return found


def _enveloped(
    rows: pd.DataFrame, low: np.ndarray[Any, Any], high: np.ndarray[Any, Any], holder: np.ndarray[Any, Any]
) -> Course:
    """
    Take the highest lower bound, and the lowest upper bound among the counts with the latest cut-off.

    A floor above the roof is growth if its count is certainly the later one, and then nothing bounds the total above;
    else the two contradict each other, and the range reaches from the roof to the top of the floor's own statement.
    """
    floor = np.where(holder == NONE, NONE, low[holder])
    found = roofs(rows, high)
    roof = np.array([value for value, _ in found], dtype="int64")
    under = np.array([places[-1] if places else 0 for _, places in found], dtype="int64")
    above = (roof != NONE) & (floor > roof)
    grown = above & (ticks(rows["cutoff_earliest"])[holder] > ticks(rows["cutoff_latest"])[under])
    clash = above & ~grown
    best = np.where(floor == roof, floor, NONE)
    top = np.where(grown, NONE, np.where(clash, high[holder], roof))
    return Course(np.where(clash, roof, floor), best, top, holder, clash)


def roofs(rows: pd.DataFrame, high: np.ndarray[Any, Any]) -> list[tuple[int, list[int]]]:
    """
    After each statement, the lowest upper bound and the positions of the statements it comes from.

    A total grows, so an upper bound holds for its own cut-off only. A body that states several totals for hours that
    cannot be told apart does not contradict itself: its highest counts.
    """
    earliest, body = ticks(rows["cutoff_earliest"]), rows["issuing_body"].fillna(rows["report_id"]).tolist()
    last, stated, found = -np.inf, dict[str, tuple[int, int]](), []
    for position, (moment, top) in enumerate(zip(earliest.tolist(), high.tolist(), strict=True)):
        if top != NONE and moment >= last:
            stated = stated if moment == last else {}
            last = moment
            stated[body[position]] = max(stated.get(body[position], (NONE, position)), (top, position))
        roof = min((value for value, _ in stated.values()), default=NONE)
        found.append((roof, [place for value, place in stated.values() if value == roof]))
    return found


def tops(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Upper bounds of counts of the whole; a part bounds nothing above."""
    return np.where(rows["covers"] == WHOLE, rows["high"].fillna(NONE).to_numpy("int64"), NONE)


def ticks(moments: pd.Series) -> np.ndarray[Any, Any]:
    """Count microseconds since 1970, UTC."""
    return moments.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype("int64")


# The model ------------------------------------------------------------------------------------------------------------


def _fit(rows: pd.DataFrame) -> list[int | None]:
    """
    Fit the curve and read it at the last cut-off of a statement that is bounded above.

    What was only bounded below since then raises the low end and leaves the rest open.
    """
    from analysis.casualties.latent import fit_latent  # SciPy's optimisers, not needed by the other rules

    low, high = (rows[name].to_numpy("float64", na_value=np.nan) for name in ("low", "high"))
    cutoffs = _placed(rows, low)
    path = fit_latent(cutoffs, low, high, rows["issuer_type"].fillna("not stated").to_numpy(object)).path
    bounded = cutoffs[~np.isnan(high)]
    last = bounded.max() if len(bounded) else cutoffs.max()
    at = path[path["cutoff"] <= last].iloc[-1]
    least, best, most = (None if pd.isna(at[name]) else int(at[name]) for name in ("low", "best", "high"))
    since = int(low[cutoffs > last].max(initial=0))
    if least is not None and since > least:  # somebody has stated a higher lower bound since
        return [since, None, None]
    return [least, best, most]


def _placed(rows: pd.DataFrame, low: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """
    Put each count at its cut-off; one known by its day after the counts of that day which it surpasses.

    So a day of growing counts reads as growth. Only the order matters to the model: the places are ranks.
    """
    earliest, latest = ticks(rows["cutoff_earliest"]), ticks(rows["cutoff_latest"])
    placed = latest.copy()
    for one in np.flatnonzero(earliest < latest):
        within = (earliest == latest) & (latest >= earliest[one]) & (latest <= latest[one]) & (low <= low[one])
        placed[one] = latest[within].max(initial=earliest[one])
    vague = earliest < latest
    places = pd.DataFrame({"at": placed, "vague": vague, "low": np.where(vague, low, 0)})
    return places.groupby(["at", "vague", "low"]).ngroup().to_numpy("float64")


def end_of_model(heard: pd.DataFrame) -> Course:
    """Give the fitted total as the one step of a course."""
    if heard.empty:
        none = np.zeros(0, dtype="int64")
        return Course(none, none, none, none, none)
    low, best, high = (np.array([NONE if value is None else value]) for value in _fit(heard))
    return Course(low, best, high, np.array([NONE]), np.array([False]))


def model_steps(heard: pd.DataFrame) -> pd.DataFrame:
    """Fit once per episode and moment at which something was said."""
    rows = []
    for episode, reports in heard.groupby("episode", sort=True):
        for moment in reports["reported_at"].drop_duplicates():
            fitted = _fit(reports[reports["reported_at"] <= moment])
            rows.append((*fitted, None, None, False, episode, moment))
    known = pd.DataFrame(rows, columns=COURSE_COLUMNS)
    return known.astype(dict.fromkeys(["low", "best", "high"], "Int64"))
