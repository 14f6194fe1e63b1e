"""The final toll as seen from an early hour, learnt from how the counts of other episodes grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.as_of import cutoff
from analysis.casualties.estimate import quotable
from analysis.casualties.rules import timeline
from analysis.casualties.statements import complete
from analysis.countries import local_zone
from analysis.options import demand_level
from analysis.told import Told

LEAST_RISES = 3  # a count that never grew while it was reported says nothing about growth
LEAST_EPISODES = 3  # with two, the quantile of t at 90 % is 6.3 and the interval says nothing


@dataclass(frozen=True, slots=True)
class Nowcast(Told):
    """
    The final toll as seen from a moment.

    Attributes
    ----------
    low, best, high : int or None
        Persons. `low` is never below what is already known; `best` and `high` are None where there are too few other
        episodes to learn from or only a part of the hurt was counted, `low` where nothing has been stated yet.
    known : int or None
        What the rule knew at that moment (its low end).
    everybody : bool
        Whether that number counts all who were hurt, and not civilians or security forces alone.
    as_of : Timestamp
    level : float
        Nominal probability of the interval; `nowcast_coverage` shows what it is worth.
    episode, measure, rule : str
    growth : DataFrame
        One row per other episode: `known_then` (at the same time since its first count of everybody), `final`, and
        `factor`.
    """

    low: int | None
    best: int | None
    high: int | None
    known: int | None
    everybody: bool
    as_of: pd.Timestamp
    level: float
    episode: str
    measure: str
    rule: str
    growth: pd.DataFrame

    def summary(self) -> str:
        """Say the forecast with what it rests on."""
        if self.known is None:
            return f"{self.episode}: nothing had been stated about {self.measure}; no forecast."
        start = f"{self.episode}: {self.known:,} {self.measure} known on {self.as_of:%Y-%m-%d %H:%M}; "
        if not self.everybody:
            return f"{start}that counts a part of the people only, and says nothing of all: {self.known:,} or more."
        if self.high is None:
            few = f"{len(self.growth)} other episodes are too few to say how far it may grow"
            return f"{start}{few}: {self.known:,} or more."
        factors = ", ".join(f"{one.factor:.1f} in {one.Index}" for one in self.growth.itertuples())
        return (
            f"{start}final count {quotable(self.low, self.best, self.high)} at a nominal {self.level:.0%}. It rests on "
            f"{len(self.growth)} other episodes only, whose counts still grew by a factor of {factors}."
        )


def nowcast(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    as_of: Any,
    level: float = 0.8,
    episode: str | None = None,
    rule: str = "official",
    timezone: str | None = None,
) -> Nowcast:
    """
    Forecast the final count from how the counts of other episodes still grew at the same age.

    Only counts of everybody (`population` "all") are learnt from and forecast: from the injured police to all injured
    is no growth. The age is the time since the first of them. The logarithms of the other episodes' remaining growth
    are taken as draws from one normal distribution; the interval is its predictive t interval, cut off at no growth. It
    forecasts what the same rule will say in the end, not how many were hurt. The other episodes are heard to their end
    even where they came later: leave-one-out, not history. With so few episodes it is wide, and its real coverage can
    be shown, not proved: over the injured of four episodes at five ages, the 80 % interval held the final count 16
    times in 20, and those 20 are not independent (`nowcast_coverage`).

    Parameters
    ----------
    reports : DataFrame
        Reports of the episode and of others, as `load_casualties()` returns them.
    measure : str
    as_of : date, datetime or str
        The moment from which to look.
    level : float
        Nominal probability of the interval.
    episode : str, optional
        Which one; default: the one in which the measure was first stated last before `as_of`, of whomever.
    rule : str
        Rule that gives the counts, as in `timeline`.
    timezone : str, optional
        Zone of `as_of` if it has no offset; default: that of the episode's country.

    Returns
    -------
    Nowcast

    Raises
    ------
    ValueError
        If an option is not known, or the episode has no statement of the measure.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> seen = nowcast(load_casualties(), as_of="2020-10-06 18:00")
    >>> seen.known, seen.low <= 1250 <= seen.high
    (686, True)
    """
    demand_level(level)
    courses = _courses(reports, measure, rule)
    moments = cutoff(as_of, reports, timezone)
    if episode is None:
        begun = {name: course.index[0] for name, course in courses.items() if course.index[0] <= moments.max()}
        episode = max(begun, key=lambda name: begun[name]) if begun else reports["episode"].iloc[0]
    if episode not in set(reports["episode"]):
        raise ValueError(f"no reports of episode {episode!r}; there are {', '.join(sorted(set(reports['episode'])))}")
    moment = moments[reports["episode"] == episode].iloc[0]
    own = courses.pop(episode, None)
    stated = pd.DataFrame(columns=["low", "everybody"]) if own is None else own[own.index <= moment]
    known = int(stated["low"].iloc[-1]) if len(stated) else None
    everybody = bool(stated["everybody"].iloc[-1]) if len(stated) else False
    age = moment - stated.index[stated["everybody"].argmax()] if everybody else pd.Timedelta(0)
    growth = _growth(_of_everybody(courses), age)
    low, best, high = _grown(known, growth["factor"], level) if known is not None and everybody else (known, None, None)
    moment = moment.tz_convert(local_zone(reports[reports["episode"] == episode]))
    return Nowcast(low, best, high, known, everybody, moment, level, episode, measure, rule, growth)


def nowcast_coverage(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    hours: Sequence[float] = (6, 12, 24, 48, 96),
    level: float = 0.8,
    rule: str = "official",
) -> pd.DataFrame:
    """
    Nowcast every episode from the others at several ages, and look whether the final count lay inside.

    Rows of one episode are not independent of each other, and there are few episodes: read the rows, not the mean.

    Parameters
    ----------
    reports : DataFrame
        Reports of several episodes.
    measure : str
    hours : sequence of float
        Ages since the first count of everybody.
    level : float
    rule : str

    Returns
    -------
    DataFrame
        Indexed by `episode` and `hours`: `known`, `low`, `best`, `high`, `final`, `covered` (missing where there was no
        forecast). Only episodes whose count of everybody grew.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> nowcast_coverage(load_casualties(), hours=[24])["covered"].tolist()
    [True, True, False, True]
    """
    every = _of_everybody(_courses(reports, measure, rule))
    courses = {name: course for name, course in every.items() if _grew(course)}
    rows = []
    for name, course in courses.items():
        others = {other: curve for other, curve in courses.items() if other != name}
        for age in hours:
            known = _known_at(course, course.index[0] + pd.Timedelta(hours=age))
            low, best, high = _grown(known or 0, _growth(others, pd.Timedelta(hours=age))["factor"], level)
            final = int(course.iloc[-1])
            inside = pd.NA if high is None else low <= final <= high
            rows.append([name, age, known, low, best, high, final, inside])
    names = ["episode", "hours", "known", "low", "best", "high", "final", "covered"]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[2:7], "Int64") | {"covered": "boolean"})
    return frame.set_index(["episode", "hours"])


def _courses(reports: pd.DataFrame, measure: str, rule: str) -> dict[str, pd.DataFrame]:
    """
    By episode, the low end of what was known, from the first moment at which anything was.

    `everybody` tells whether the statement behind it counts all people; where the rule names no statement, whether any
    such count had been heard.
    """
    known = timeline(reports, measure, rule=rule)
    if "episode" not in known.index.names:
        known = pd.concat({reports["episode"].iloc[0]: known}, names=["episode"])
    known = known.dropna(subset="low").astype({"low": "int64"}).reset_index(level="episode")
    told = complete(reports).query("measure == @measure and scope == 'cumulative' and population == 'all'")
    heard = known["episode"].map(told.groupby("episode")["reported_at"].min()) <= known.index
    everybody = known["report_id"].isin(told["report_id"]) | (known["report_id"].isna() & heard)
    known = known.assign(everybody=everybody)[["episode", "low", "everybody"]]
    return {str(name): rows.drop(columns="episode") for name, rows in known.groupby("episode")}


def _of_everybody(courses: dict[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """Keep the counts of everybody, by episode."""
    counted = {name: course.loc[course["everybody"], "low"] for name, course in courses.items()}
    return {name: lows for name, lows in counted.items() if len(lows)}


def _grew(course: pd.Series) -> bool:
    return course.nunique() >= LEAST_RISES


def _known_at(course: pd.Series, moment: pd.Timestamp) -> int | None:
    before = course[course.index <= moment]
    return int(before.iloc[-1]) if len(before) else None


def _growth(courses: dict[str, pd.Series], age: pd.Timedelta) -> pd.DataFrame:
    """Tell what each episode still grew after an age; only those that grew at all while they were reported."""
    rows = {
        name: (_known_at(course, course.index[0] + age), int(course.iloc[-1]))
        for name, course in courses.items()
        if _grew(course)
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["known_then", "final"]).rename_axis("episode")
    return frame.assign(factor=(frame["final"] + 1) / (frame["known_then"] + 1))


def _grown(known: int, factors: pd.Series, level: float) -> tuple[int, int | None, int | None]:
    """Predictive interval of the final count: t, on the logarithm of the remaining growth, never below no growth."""
    number = len(factors)
    if number < LEAST_EPISODES:
        return known, None, None
    logs = np.log(factors.to_numpy(dtype="float64"))
    half = stats.t.ppf((1 + level) / 2, number - 1) * logs.std(ddof=1) * np.sqrt(1 + 1 / number)
    low, best, high = (np.exp(max(value, 0.0)) for value in (logs.mean() - half, logs.mean(), logs.mean() + half))
    return tuple(max(known, round((known + 1) * float(factor)) - 1) for factor in (low, best, high))  # type: ignore[return-value]
