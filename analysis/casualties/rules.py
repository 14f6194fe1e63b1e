"""
One number from contradicting statements, by a named rule, with everything that was used and everything set aside.

Rules, when to use them, and how each fails:

`official`
    Running maximum of the competent body's running totals. For "the ministry says". Follows every error of that body,
    cannot follow a correction downwards, and counts only whom it counts. Left open (no best number) where another
    state body or a doctor stated more for the same hours.
`running_max`
    The same over all who spoke. For "up to now at least so many have been reported". One exaggeration stays for ever.
`latest`
    What was said last, whoever said it. Only for showing how it misleads: stale numbers are repeated for days.
`envelope`
    From the highest lower bound of trusted bodies to the lowest upper bound for the latest cut-off. For "between". If
    the bounds cross, the sources contradict each other: flagged, with the range left standing, never averaged.
`model`
    A never-falling curve behind all statements, each issuer type with its own error (`latent`). For many noisy
    reports. Fails if all issuers err together, as when all copy one ministry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.as_of import cutoff
from analysis.casualties.accounting import reasons, roles
from analysis.casualties.course import NONE, end_of_model, follow, model_steps, ticks
from analysis.casualties.estimate import CasualtyEstimate
from analysis.casualties.statements import WHOLE, complete, sort_out
from analysis.columns import END_OF_DAY
from analysis.countries import known_zone, local_zone
from analysis.options import known as known_option

RULES = ("official", "latest", "running_max", "envelope", "model")
TRUSTED: dict[str, tuple[str, ...] | None] = {
    "official": ("competent",),
    "envelope": ("competent", "authority", "medical", "international"),
}


ENGINE = ["low", "high", "value", "qualifier", "covers", "trusted", "issuing_body", "report_id"]
ENGINE += ["cutoff_earliest", "cutoff_latest"]
STATE_AND_DOCTORS = ("competent", "authority", "medical")  # whose higher count leaves the official one open


def reconcile(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    population: str = "all",
    location: str | None = None,
    as_of: Any = None,
    rule: str = "official",
    trusted: Iterable[str] | None = None,
    timezone: str | None = None,
) -> CasualtyEstimate:
    """
    Reconcile contradicting statements of one number by a named rule.

    Only running totals of the measure, the population and the place asked for give the number. A count of a part (one
    hospital, the police alone) is a lower bound of the whole. Everything else is set aside with its reason. The
    module's text says when to use each rule and how it fails. Which place is the whole is part of the question, not
    of what was known: without `location` it follows from all reports given, later ones included.

    Parameters
    ----------
    reports : DataFrame
        Reports of one episode, as `load_casualties(episode=...)` returns them.
    measure : str
        "injured", "killed" or another measure of the dictionary.
    population : {"all", "civilians", "security_forces"}
        Whom the number covers.
    location : str, optional
        Place; default: the whole place of the episode, which is part of no other (`part_of`).
    as_of : date, datetime or str, optional
        Hear only what had been said by that moment; a bare date means its end, a time without offset is local.
    rule : {"official", "latest", "running_max", "envelope", "model"}
        See above.
    trusted : iterable of str, optional
        Issuer types heard; default: "competent" for `official`; state bodies, doctors and international bodies for
        `envelope`; everybody for the others.
    timezone : str, optional
        Zone of `as_of` if it has no offset; default: that of the row's country.

    Returns
    -------
    CasualtyEstimate

    Raises
    ------
    ValueError
        If the reports are of several episodes, an option is not known, or nothing counts what is asked for.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> october = load_casualties(episode="KGZ-2020-10")
    >>> print(reconcile(october, as_of="2020-10-06 12:00").summary())
    590 injured in Bishkek, as known on 6 October 2020, 12:00.
    Said by Ministry of Health (CAS-0031), counted until 6 October 2020, 08:00.
    Whoever was counted later is not in it.
    Rule official: it counts only what that body counts, and cannot be corrected downwards.
    Used 3 of 21 reports said by then; .set_aside tells why not the others.
    """
    known_option(rule, RULES, "rule")
    reports = complete(reports)
    timezone = known_zone(timezone)
    until = None if as_of is None else cutoff(as_of, reports, timezone)
    asked = sort_out(reports, measure, population=population, location=location, until=until)
    episodes = asked["episode"].unique()
    if len(episodes) != 1:
        raise ValueError(
            f"reports of {len(episodes)} episodes ({', '.join(map(str, episodes[:7]))}); reconcile one at a time: "
            "reports[reports['episode'] == ...]"
        )
    zone = local_zone(asked)
    asked, heard = _heard(asked, rule, trusted)
    moment = asked["reported_at"].max() if until is None else until.iloc[0]
    known = {
        "as_of": moment.tz_convert(zone),
        "rule": rule,
        "measure": measure,
        "population": population,
        "episode": str(episodes[0]),
        "location": None if pd.isna(asked["place"].iloc[0]) else asked["place"].iloc[0],
    }
    return _told(asked, heard, known)


def timeline(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    population: str = "all",
    location: str | None = None,
    rule: str = "official",
    trusted: Iterable[str] | None = None,
    freq: str | None = None,
) -> pd.DataFrame:
    """
    Tell what could be known at each moment under a rule, without looking ahead.

    Each row equals `reconcile(..., as_of=moment)`. Under `official` and `running_max` the low end never falls; under
    the others it may: the last word can be stale, bounds can come to clash, and a model can change its mind.

    Parameters
    ----------
    reports : DataFrame
        Reports of one or more episodes, as `load_casualties` returns them.
    measure, population, location, rule, trusted
        As in `reconcile`; a place holds for all episodes.
    freq : str, optional
        Regular steps, such as "h" or "D", from the first statement to the last; default: one row at each moment at
        which something was said.

    Returns
    -------
    DataFrame
        Indexed by `moment`, below `episode` if the reports are of several. `low`, `best`, `high` (persons, nullable),
        `report_id` and `issuing_body` of the statement behind them, `contradiction`, and `location`, the whole place
        that the row answers for. Episodes that say nothing of the measure have no rows.

    Raises
    ------
    ValueError
        As `reconcile`.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> known = timeline(load_casualties(episode="KGZ-2020-10"))
    >>> known.loc["2020-10-06 10:00":"2020-10-06 17:00", "best"].dropna().tolist()
    [590, 686]
    """
    known_option(rule, RULES, "rule")
    asked = sort_out(reports, measure, population=population, location=location)
    _, heard = _heard(asked, rule, trusted)
    if heard.empty:
        raise ValueError(f"no running total of {measure} ({population}) that rule {rule!r} hears; try 'running_max'")
    known = model_steps(heard) if rule == "model" else _steps(heard, rule)
    known = known.assign(moment=known["moment"].dt.tz_convert(local_zone(asked)))
    places = dict(zip(asked["episode"], asked["place"], strict=True))
    known = known.assign(location=known["episode"].map(places).astype("str"))
    known = known[~known.duplicated(["episode", "moment"], keep="last")].set_index(["episode", "moment"])
    if freq is not None:
        known = pd.concat({name: _regular(part.droplevel(0), freq) for name, part in known.groupby(level=0)})
        known = known.rename_axis(["episode", "moment"])
    return known.droplevel("episode") if len(asked["episode"].unique()) == 1 else known


def against_known(
    reports: pd.DataFrame,
    measure: str = "injured",
    *,
    rule: str = "official",
    population: str = "all",
    location: str | None = None,
) -> pd.DataFrame:
    """
    Set each statement of the whole against what a rule had known before it can have been said.

    A statement dated by its day only can have been said at any hour of it, and is compared with what was known when
    that day began: only what was surely out of date is called stale.

    Parameters
    ----------
    reports : DataFrame
        Reports of one episode.
    measure, rule, population, location
        As in `reconcile`.

    Returns
    -------
    DataFrame
        Statements of the whole, in order of time, with `low`, `high`, `known` (missing before anything was) and
        `stale`: whether all that its wording allows, or the least of it where it is open above, had been surpassed.

    Raises
    ------
    ValueError
        If the reports are of several episodes; else as `reconcile`.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> said = against_known(load_casualties(episode="KGZ-2020-10")).set_index("report_id")
    >>> said.loc[["CAS-0070"], ["value", "known", "stale"]].to_numpy().tolist()  # the UN on 7 October: more than 100
    [[100, 686, True]]
    """
    asked = sort_out(reports, measure, population=population, location=location)
    if len(asked["episode"].unique()) != 1:
        raise ValueError("reports of several episodes; take one at a time: reports[reports['episode'] == ...]")
    said = _in_order(asked[asked["covers"] == WHOLE]).reset_index(drop=True)
    _, heard = _heard(asked, rule, None)
    if heard.empty:
        known = pd.Series(dtype="Int64", index=pd.DatetimeIndex([], tz="UTC"))
    else:
        known = timeline(reports, measure, rule=rule, population=population, location=location)["low"].dropna()
    sharp = said["reported_at_precision"] == "minute"
    earliest = said["reported_at"].where(sharp, said["reported_at"] - END_OF_DAY)
    place = known.index.searchsorted(earliest, side="left") - 1
    before = known.array.take(place, allow_fill=True)
    most = said["high"].fillna(said["low"])
    return said.assign(known=before, stale=(most < before).fillna(False).astype(bool))


def compare_rules(
    reports: pd.DataFrame, measure: str = "injured", *, rules: Sequence[str] = RULES, **options: Any
) -> pd.DataFrame:
    """
    Show the same hour under every rule.

    Parameters
    ----------
    reports : DataFrame
        Reports of one episode.
    measure : str
    rules : sequence of str
        Which, in which order.
    **options
        `population`, `location`, `as_of`, `timezone` as in `reconcile`.

    Returns
    -------
    DataFrame
        Indexed by `rule`: `low`, `best`, `high`, `number` (as it may be quoted), `report_id`, `issuing_body`,
        `contradiction`, `as_of`, `reports_used`.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> october = load_casualties(episode="KGZ-2020-10")
    >>> compare_rules(october, as_of="2020-10-06", rules=["official", "latest"])["number"].to_dict()
    {'official': '686', 'latest': '686'}
    """
    rules = [rules] if isinstance(rules, str) else list(rules)
    if not rules:
        raise ValueError(f"no rules to compare; there are {', '.join(RULES)}")
    found = [reconcile(reports, measure, rule=rule, **options) for rule in rules]
    names = ["low", "best", "high", "number", "report_id", "issuing_body", "contradiction", "as_of"]
    frame = pd.DataFrame([{name: getattr(one, name) for name in names} for one in found])
    counts = frame[["low", "best", "high"]].astype("Int64")
    frame = frame.assign(**counts, reports_used=[len(one.used) for one in found])
    return frame.set_index(pd.Index(list(rules), name="rule"))


# Who is heard, and in which order -------------------------------------------------------------------------------------


def _heard(asked: pd.DataFrame, rule: str, trusted: Iterable[str] | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add `trusted` (may give the number); and those that take part, in order, indexed by their position."""
    if isinstance(trusted, str):
        trusted = [trusted]
    types = TRUSTED.get(rule) if trusted is None else tuple(trusted)
    unknown = sorted(set(trusted or ()) - set(asked["issuer_type"].dropna()))
    if unknown:
        raise ValueError(f"no report has issuer_type {', '.join(unknown)}")
    counts, whole = asked["covers"].notna(), (asked["covers"] == WHOLE).fillna(False).astype(bool)
    believed = counts & (True if types is None else asked["issuer_type"].isin(types))
    believed &= whole | (asked["low"] > 0)  # a part of none says nothing of the whole
    if rule in ("latest", "model"):
        believed &= whole
    rival = whole & ~believed & asked["issuer_type"].isin(STATE_AND_DOCTORS)
    asked = asked.assign(trusted=believed)
    return asked, _in_order(asked[(believed | rival) if rule == "official" else believed])


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Order by when it was said, then by cut-off and number; ids settle what is left, so that row order never does."""
    if not rows["report_id"].is_monotonic_increasing:
        rows = rows.sort_values("report_id")
    keys = [rows["low"].to_numpy("int64"), ticks(rows["cutoff_earliest"]), ticks(rows["reported_at"])]
    episode = pd.factorize(rows["episode"], sort=True)[0]
    return rows.iloc[np.lexsort([*keys, episode])]


def _steps(heard: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Tell what was known after each statement, of every episode in turn."""
    episode = heard["episode"].to_numpy(object)
    starts = np.flatnonzero(np.concatenate([[True], episode[1:] != episode[:-1]]))
    engine = heard[ENGINE]
    courses = [follow(engine.iloc[a:b], rule) for a, b in itertools.pairwise([*starts, len(heard)])]
    low, best, high, holder, clash = (np.concatenate(parts) for parts in zip(*courses, strict=True))
    shift = np.repeat(starts, np.diff([*starts, len(heard)]))
    behind = heard[["report_id", "issuing_body"]].take(np.where(holder == NONE, 0, holder + shift))
    behind = behind.reset_index(drop=True).where(pd.Series(holder != NONE))
    counts = {"low": low, "best": best, "high": high}
    known = pd.DataFrame({name: pd.arrays.IntegerArray(values, values == NONE) for name, values in counts.items()})
    return known.assign(
        report_id=behind["report_id"],
        issuing_body=behind["issuing_body"],
        contradiction=clash,
        episode=heard["episode"].array,
        moment=heard["reported_at"].array,
    )


def _regular(known: pd.DataFrame, freq: str) -> pd.DataFrame:
    """Read the course of one episode at regular steps."""
    step = _step(freq)
    local, zone = known.index, known.index.tz
    if step >= pd.Timedelta(days=1):  # days begin at local midnight, however long they are
        naive = pd.date_range(local[0].tz_localize(None).floor("D"), local[-1].tz_localize(None).ceil("D"), freq=freq)
        steps = naive.tz_localize(zone, ambiguous=np.ones(len(naive), dtype=bool), nonexistent="shift_forward")
    else:
        first, last = local[0].tz_convert("UTC").floor(freq), local[-1].tz_convert("UTC").ceil(freq)
        steps = pd.date_range(first, last, freq=freq).tz_convert(zone)
    regular = known.reindex(steps, method="ffill")
    regular = regular.assign(location=regular["location"].bfill())
    return regular.assign(contradiction=regular["contradiction"].fillna(False).astype(bool))


def _step(freq: str) -> pd.Timedelta:
    """Read the length of a step."""
    try:
        step = pd.Timedelta(pd.tseries.frequencies.to_offset(freq))
    except (ValueError, TypeError):
        step = pd.Timedelta(0)
    if step <= pd.Timedelta(0):
        raise ValueError(f"freq = {freq!r}: expected steps of fixed length, such as 'h', '6h' or 'D'")
    return step


def _told(asked: pd.DataFrame, heard: pd.DataFrame, known: dict[str, Any]) -> CasualtyEstimate:
    """Tell the end of the course, with what became of each report."""
    rule = known["rule"]
    course = end_of_model(heard) if rule == "model" else follow(heard, rule)
    low, best, high = (int(values[-1]) if len(values) and values[-1] != NONE else None for values in course[:3])
    last = heard.iloc[course.holder[-1]] if len(heard) and course.holder[-1] != NONE else None
    until = _last_bounded(heard) if last is None else _confirmed(heard, last)
    body = None if last is None or pd.isna(last["issuing_body"]) else last["issuing_body"]
    played = roles(heard, course, rule)
    reason = reasons(asked, heard, course, rule)
    table = asked.drop(columns=["place", "reason", "trusted"])
    chosen = np.isin(np.arange(len(table)), list(played))
    role = pd.array([played[place] for place in np.flatnonzero(chosen).tolist()], dtype="str")
    used = table[chosen].assign(role=role)
    aside = table[~chosen].assign(reason=pd.array(reason[~chosen], dtype="str"))
    return CasualtyEstimate(
        low=low,
        best=best,
        high=high,
        counted_until=None if low is None else until.tz_convert(known["as_of"].tz),
        report_id=None if last is None else last["report_id"],
        issuing_body=body,
        contradiction=bool(len(heard)) and bool(course.clash[-1]),
        used=used.reset_index(drop=True),
        set_aside=aside.reset_index(drop=True),
        **known,
    )


def _last_bounded(heard: pd.DataFrame) -> pd.Timestamp:
    """Find the latest cut-off of a statement that is bounded above, of any if none is."""
    bounded = heard.loc[heard["high"].notna(), "cutoff_latest"]
    return bounded.max() if len(bounded) else heard["cutoff_latest"].max()


def _confirmed(heard: pd.DataFrame, last: pd.Series) -> pd.Timestamp:
    """Find the latest cut-off at which the number still stood: a trusted body said it again, with a later cut-off."""
    same = heard["trusted"] & (heard["covers"] == WHOLE) & (heard["low"] == last["low"]) & heard["as_of"].notna()
    again = heard.loc[same & (heard["high"] == last["high"]).fillna(False), "cutoff_latest"]
    return max(again.max(), last["cutoff_latest"]) if len(again) else last["cutoff_latest"]
