"""What to look at before trusting a table: span, countries, repeats, gaps, dates ahead, zeros that may mean nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.formats import publishers
from analysis.told import Told

PLACE_AND_KIND = ("date", "country_iso3", "admin1", "location", "event_type", "sub_event_type", "action", "target")
COUNTS = tuple(f"{thing}_{bound}" for thing in ("size", "deaths", "injured") for bound in ("low", "best", "high"))
SAME = (*PLACE_AND_KIND, "actor1", "actor2", *COUNTS)
DAYS = ("date", "reported_at", "start", "start_date")
FEWEST_EVENTS = 30  # with fewer, a mean rate says little
RARE = 1e-3  # chance that evenly spread events leave a gap so long anywhere
MOST, LONGER = 0.95, 3  # a gap is so many times longer than this share of the country's other pauses
ONE_DAY = pd.Timedelta(days=1)
SHOWN = 5


@dataclass(frozen=True)
class Survey(Told):
    """
    What a table holds, and what in it may mislead; hints to look at, not errors.

    Attributes
    ----------
    rows : int
        Rows looked at.
    first, last : Timestamp or None
        First and last day in them; None where the table has no dates.
    countries : Series of int64
        ISO 3166-1 code -> rows, most first; rows without a code under "not stated".
    repeats : DataFrame
        Events that agree in day, place, type, action, target, actors and all counts with an earlier one of another id.
    alike : tuple of str
        Why the rows of a publisher are not among them: there, rows that agree are no sign of a repeat.
    ahead : DataFrame
        Rows dated after today, or more than a day after they were reported.
    gaps : DataFrame
        Spans without any event of a country that has many: `country_iso3`, `after`, `before` (days of the events
        around the gap), `days`, `expected_events` at the mean rate of the country in this table; longest first.
    zeros : tuple of str
        Sentences about zeros that may stand for "not coded".
    """

    rows: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    countries: pd.Series
    repeats: pd.DataFrame
    alike: tuple[str, ...]
    ahead: pd.DataFrame
    gaps: pd.DataFrame
    zeros: tuple[str, ...]

    def summary(self) -> str:
        """Say in a few lines what there is and what to look at."""
        span = f"{self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}" if self.first is not None else "no dates"
        named = ", ".join(f"{code} {rows:,}" for code, rows in self.countries.head(SHOWN).items())
        more = f" and {len(self.countries) - SHOWN} more" if len(self.countries) > SHOWN else ""
        lines = [f"span: {span}", f"countries: {named or 'not stated'}{more}"]
        if len(self.repeats):
            which = "1 event repeats" if len(self.repeats) == 1 else f"{len(self.repeats):,} events repeat"
            ids = ", ".join(self.repeats["event_id"].head(3))
            lines.append(f"possible duplicates: {which} day, place, type, actors and counts of another ({ids})")
        lines += [f"possible duplicates: not looked for; {sentence}" for sentence in self.alike]
        if len(self.ahead):
            which = "1 row is" if len(self.ahead) == 1 else f"{len(self.ahead):,} rows are"
            ids = ", ".join(self.ahead.iloc[:3, 0].astype("str"))
            lines.append(f"dates in the future: {which} dated after today or after the day of the report ({ids})")
        lines += [
            f"gap: no event of {gap.country_iso3} between {gap.after:%Y-%m-%d} and {gap.before:%Y-%m-%d} ({gap.days} "
            f"days; {gap.expected_events:.0f} expected at its mean rate): quiet, or not covered?"
            for gap in self.gaps.head(SHOWN).itertuples()
        ]
        return "\n".join([*lines, *(f"zeros: {sentence}" for sentence in self.zeros)])


def survey(rows: pd.DataFrame, *, today: dt.date | None = None) -> Survey:
    """
    Look a table over: what it spans, and what in it may mislead.

    Parameters
    ----------
    rows : DataFrame
        As a loader returns it.
    today : date, optional
        Day after which a date lies in the future; default: dates are held against `reported_at` alone.

    Returns
    -------
    Survey

    Notes
    -----
    A gap is listed if it is more than three times as long as nineteen in twenty of the country's other pauses, and if
    events spread evenly over the country's span would leave one so long with a chance below one in a thousand. Real
    unrest comes in waves, so a listed gap may well be a quiet time; only the publisher's statement of coverage tells.

    Examples
    --------
    >>> days = [*pd.date_range("2020-01-01", periods=40), pd.Timestamp("2020-12-31")]
    >>> events = pd.DataFrame({"event_id": [f"E{i}" for i in range(41)], "date": days, "event_type": "Protests"})
    >>> print(survey(events.assign(country_iso3="KGZ"), today=dt.date(2020, 6, 1)).summary())
    span: 2020-01-01 to 2020-12-31
    countries: KGZ 41
    dates in the future: 1 row is dated after today or after the day of the report (E40)
    gap: no event of KGZ between 2020-02-09 and 2020-12-31 (326 days; 37 expected at its mean rate): quiet, or not \
covered?
    """
    dated = next((name for name in DAYS if name in rows and rows[name].notna().any()), None)
    days = pd.Series(dtype="datetime64[us]") if dated is None else rows[dated].dropna()
    code = rows["country_iso3"] if "country_iso3" in rows else pd.Series(pd.NA, index=rows.index, dtype="str")
    alike = _alike(rows)
    return Survey(
        rows=len(rows),
        first=days.min() if len(days) else None,
        last=days.max() if len(days) else None,
        countries=code.fillna("not stated").value_counts(),
        repeats=_repeats(rows, alike),
        alike=tuple(alike),
        ahead=_ahead(rows, dated, today),
        gaps=_gaps(rows),
        zeros=_zeros(rows),
    )


def _alike(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Why rows of a publisher that agree are no repeats -> which rows are that publisher's."""
    found = {}
    for name, publisher in publishers("events").items():
        if hasattr(publisher, "ALIKE"):
            theirs = [column for column in rows if str(column).startswith(f"{name}_")]
            found[publisher.ALIKE] = rows[theirs].notna().any(axis=1)
    return {said: there for said, there in found.items() if there.any()}


def _repeats(rows: pd.DataFrame, alike: dict[str, pd.Series]) -> pd.DataFrame:
    if not {"event_id", "date", "event_type", "location"} <= set(rows):
        return rows.head(0)
    looked_at = rows[rows["location"].notna()]
    for there in alike.values():
        looked_at = looked_at[~there.reindex(looked_at.index)]
    return looked_at[looked_at.duplicated([name for name in SAME if name in rows])]


def _ahead(rows: pd.DataFrame, dated: str | None, today: dt.date | None) -> pd.DataFrame:
    """Rows dated after today or after they were reported; a day later may be the same day on another clock."""
    if dated is None or dated == "reported_at":
        return rows.head(0)
    ahead = rows[dated] > pd.Timestamp.max if today is None else rows[dated] > pd.Timestamp(today)
    if "reported_at" in rows:
        ahead |= rows[dated] > rows["reported_at"].dt.tz_localize(None) + ONE_DAY
    return rows[ahead]


def _gaps(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    if {"date", "country_iso3", "event_id"} <= set(rows):
        for country, dates in rows.dropna(subset=["date", "country_iso3"]).groupby("country_iso3")["date"]:
            days = pd.Series(np.sort(dates.unique()))
            pauses = days.diff().dt.days.to_numpy()[1:]
            if len(dates) < FEWEST_EVENTS or len(pauses) < 2:
                continue
            expected = pauses * len(dates) / pauses.sum()
            for place in np.flatnonzero(len(dates) * np.exp(-expected) < RARE):
                if pauses[place] > LONGER * np.quantile(np.delete(pauses, place), MOST):
                    found.append((country, days[place], days[place + 1], int(pauses[place]), float(expected[place])))
    gaps = pd.DataFrame(found, columns=["country_iso3", "after", "before", "days", "expected_events"])
    return gaps.sort_values("expected_events", ascending=False, ignore_index=True)


def _zeros(rows: pd.DataFrame) -> tuple[str, ...]:
    said = []
    for name in (name for name in rows if str(name).endswith("_best")):
        stated = rows[name].dropna()
        if len(stated) >= FEWEST_EVENTS and (stated == 0).all():
            said.append(f"{name} is 0 in all {len(stated):,} rows that state it: none, or not coded?")
    if {"latitude", "longitude"} <= set(rows):
        nowhere = int(((rows["latitude"] == 0) & (rows["longitude"] == 0)).sum())
        if nowhere:
            said.append(f"{nowhere:,} rows lie at 0 degrees north, 0 degrees east, which is in the sea")
    return tuple(said)
