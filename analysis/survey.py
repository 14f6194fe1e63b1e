"""What to look at before trusting a table: its span, its countries, repeats, gaps and zeros that may mean nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.told import Told

SAME = ["date", "country_iso3", "admin1", "location", "event_type", "sub_event_type", "actor1", "actor2"]
DAYS = ("date", "reported_at", "start", "start_date")
FEWEST_EVENTS = 30  # with fewer, a mean rate says little
RARE = 1e-3  # chance that evenly spread events leave a gap so long anywhere
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
        Events that agree in day, place, type and actors with an earlier one of another id.
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
    gaps: pd.DataFrame
    zeros: tuple[str, ...]

    def summary(self) -> str:
        """Say in a few lines what there is and what to look at."""
        span = f"{self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}" if self.first is not None else "no dates"
        named = ", ".join(f"{code} {rows:,}" for code, rows in self.countries.head(SHOWN).items())
        more = f" and {len(self.countries) - SHOWN} more" if len(self.countries) > SHOWN else ""
        lines = [f"span: {span}", f"countries: {named or 'not stated'}{more}"]
        if len(self.repeats):
            number, ids = len(self.repeats), ", ".join(self.repeats["event_id"].head(3))
            which = "event repeats" if number == 1 else "events repeat"
            lines.append(f"possible duplicates: {number:,} {which} day, place, type and actors of another ({ids})")
        lines += [
            f"gap: no event of {gap.country_iso3} between {gap.after:%Y-%m-%d} and {gap.before:%Y-%m-%d} ({gap.days} "
            f"days; {gap.expected_events:.0f} expected at its mean rate): quiet, or not covered?"
            for gap in self.gaps.head(SHOWN).itertuples()
        ]
        return "\n".join([*lines, *(f"zeros: {sentence}" for sentence in self.zeros)])


def survey(rows: pd.DataFrame) -> Survey:
    """
    Look a table over: what it spans, and what in it may mislead.

    Parameters
    ----------
    rows : DataFrame
        As a loader returns it.

    Returns
    -------
    Survey

    Notes
    -----
    A gap is listed where events spread evenly over the country's span would leave one so long with a chance below one
    in a thousand. Real unrest comes in waves, so a listed gap may well be a quiet time; only the publisher's statement
    of coverage tells.

    Examples
    --------
    >>> days = [*pd.date_range("2020-01-01", periods=40), pd.Timestamp("2020-12-31")]
    >>> events = pd.DataFrame({"event_id": [f"E{i}" for i in range(41)], "date": days, "event_type": "Protests"})
    >>> print(survey(events.assign(country_iso3="KGZ")).summary())
    span: 2020-01-01 to 2020-12-31
    countries: KGZ 41
    gap: no event of KGZ between 2020-02-09 and 2020-12-31 (326 days; 37 expected at its mean rate): quiet, or not \
covered?
    """
    days = next((rows[name].dropna() for name in DAYS if name in rows), pd.Series(dtype="datetime64[us]"))
    code = rows["country_iso3"] if "country_iso3" in rows else pd.Series(pd.NA, index=rows.index, dtype="str")
    return Survey(
        rows=len(rows),
        first=days.min() if len(days) else None,
        last=days.max() if len(days) else None,
        countries=code.fillna("not stated").value_counts(),
        repeats=_repeats(rows),
        gaps=_gaps(rows),
        zeros=_zeros(rows),
    )


def _repeats(rows: pd.DataFrame) -> pd.DataFrame:
    if not {"event_id", "date", "event_type"} <= set(rows):
        return rows.head(0)
    same = [name for name in SAME if name in rows]
    placed = rows["location"].notna() if "location" in rows else pd.Series(False, index=rows.index)
    return rows[rows.duplicated(same) & placed]


def _gaps(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    if {"date", "country_iso3", "event_id"} <= set(rows):
        for country, dates in rows.dropna(subset=["date", "country_iso3"]).groupby("country_iso3")["date"]:
            days = pd.Series(np.sort(dates.unique()))
            span = (days.iloc[-1] - days.iloc[0]).days
            if len(dates) < FEWEST_EVENTS or not span:
                continue
            lengths = days.diff().dt.days.to_numpy()[1:]
            expected = lengths * len(dates) / span
            for place in np.flatnonzero(len(dates) * np.exp(-expected) < RARE):
                found.append((country, days[place], days[place + 1], int(lengths[place]), float(expected[place])))
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
