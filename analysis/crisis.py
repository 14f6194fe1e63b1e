"""One crisis as a set of tables that belong together: cut from the bundled ones, or read from a folder of yours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.as_of import cutoff, known_by
from analysis.bundled import Opened, note_read
from analysis.choosing import of_countries, said_by
from analysis.citing import credit
from analysis.countries import iso3, known_zone, short_name, time_zone
from analysis.tables import load_casualties, load_events, load_table, no_rows, on_local_clock
from analysis.told import Told

TABLES_OF_A_CRISIS = ("events", "casualties", "elections", "results", "coverage", "sources")


@dataclass(frozen=True)
class Crisis(Told):
    """
    What happened, who was hurt, what the vote said and who said so, for one country and one crisis.

    Attributes
    ----------
    country, name : str
        ISO 3166-1 alpha-3 code, and what the events call the country.
    timezone : str
        Whose clock all times are on.
    start, end : Timestamp
        First and last day that was looked at, as the coverage says; where it does not, of the events.
    coverage_stated : bool
        Whether the coverage says it.
    folder : str
        Where the tables lie: "data", or the name of your folder.
    events, casualties, election, results, sources : DataFrame
        As the loaders return them; `casualties` of one episode, `election` none or one row, `results` of that election.
        Tables that are not there, or have nothing yet, are empty.
    """

    country: str
    name: str
    timezone: str
    start: pd.Timestamp
    end: pd.Timestamp
    coverage_stated: bool
    folder: str
    events: pd.DataFrame
    casualties: pd.DataFrame
    election: pd.DataFrame
    results: pd.DataFrame
    sources: pd.DataFrame

    def credit(self, rows: pd.DataFrame, table: str, most: int = 3) -> str:
        """Write the source line of rows of one of the tables, as `citing.credit` does."""
        if rows.empty:
            return f"Nothing in {self.folder}/{table}.csv yet"
        return credit(rows, table, most, sources=self.sources, folder=self.folder)

    def summary(self) -> str:
        """Say what is there and what is not."""
        looked = "looked at" if self.coverage_stated else "of the first and the last event (coverage.csv says nothing)"
        votes = ", ".join(self.election["election_id"])
        tables = (self.events, self.casualties, self.election, self.results)
        cited = {one for rows in tables for ids in rows["source_ids"].dropna() for one in ids.split(";")}
        found = [
            f"{self.name} ({self.country}), {self.timezone} time",
            f"days {looked}: {self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}",
            f"events: {len(self.events)}",
            f"casualties: {len(self.casualties)}" + "".join(f", {one}" for one in self.casualties["episode"].unique()),
            f"results: {len(self.results)}" + (f", {votes}" if votes else ", no election in those days"),
            f"sources cited: {len(cited)}",
        ]
        return "\n".join(found)


def load_crisis(
    data: str | os.PathLike[str] | None = None,
    *,
    country: str | None = None,
    as_of: Any = None,
    timezone: str | None = None,
) -> Crisis:
    """
    Load the tables of one crisis.

    The casualties and the vote are the first in the days that the events cover, if there are several.

    Parameters
    ----------
    data : path, optional
        Folder with `events.csv`, and what there is of `casualties.csv`, `elections.csv`, `results.csv`, `coverage.csv`
        and `sources.csv`, as `unrest new` makes it. Default: the bundled tables.
    country : str, optional
        Name or ISO code. Without it, the one of the events in the folder.
    as_of : date, datetime or str, optional
        Only what had been said by that moment, as in `load_events`.
    timezone : str, optional
        Needed where the country has several zones; for a folder only.

    Returns
    -------
    Crisis

    Raises
    ------
    DataError
        If a cell does not fit the dictionary.
    ValueError
        If the folder or its events are not there, events of several countries and none named, a country without events,
        or no time zone to tell.

    Examples
    --------
    >>> crisis = load_crisis(country="Belarus")
    >>> crisis.casualties["episode"].unique().tolist(), crisis.election["election_id"].tolist()
    (['BLR-2020-08'], ['BLR-2020-08-09-PRES'])
    """
    tables = _bundled() if data is None else _own(Path(data), known_zone(timezone))
    code = _country(tables["events"], country)
    zone = timezone or time_zone(code)
    if zone is None:
        raise ValueError(f"{code} has several time zones; name one, such as Europe/Moscow, as the timezone")
    mine = {name: on_local_clock(_of(rows, code), zone) for name, rows in tables.items()}
    events, reports = mine["events"], mine["casualties"]
    coverage = mine["coverage"].query("table == 'events'")
    span = coverage if len(coverage) else events.assign(start=events["date"], end=events["date"])
    start, end = span["start"].min(), span["end"].max()
    episode = _first(reports.groupby("episode")["reported_at"].min().dt.tz_localize(None), start, end)
    vote = _first(mine["elections"].set_index("election_id")["date"], start, end)
    reports = reports[reports["episode"] == episode].reset_index(drop=True)
    results = mine["results"]
    results = results[results["election_id"] == vote].reset_index(drop=True)
    if as_of is not None:
        events = known_by(events, cutoff(as_of, events, zone), tables["sources"], reports, zone)
        reports, results = (said_by(rows, as_of, zone) for rows in (reports, results))
    return Crisis(
        country=code,
        name=str(mine["events"]["country"].fillna(short_name(code)).iloc[0]),
        timezone=zone,
        start=start,
        end=end,
        coverage_stated=len(coverage) > 0,
        folder="data" if data is None else Path(data).resolve().name,
        events=events,
        casualties=reports,
        election=mine["elections"].query("election_id == @vote").reset_index(drop=True),
        results=results,
        sources=tables["sources"],
    )


def _bundled() -> dict[str, pd.DataFrame]:
    return {name: load_table(name) for name in TABLES_OF_A_CRISIS}


def _own(folder: Path, timezone: str | None) -> dict[str, pd.DataFrame]:
    """Read the tables of a folder, and tell who listens what was in them; those with nothing yet have no rows."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder; `unrest new {folder}` makes one to fill")
    paths = {name: folder / f"{name}.csv" for name in TABLES_OF_A_CRISIS}
    contents = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    filled = {name: content for name, content in contents.items() if _rows(content)}
    if "events" not in filled:
        raise ValueError(f"{paths['events']}: no events yet; README.md beside it says what the columns mean")
    for name, content in contents.items():
        note_read(Opened(f"{folder.resolve().name}/{name}", content))
    tables = {name: load_table(name, paths[name]) if name in filled else no_rows(name) for name in TABLES_OF_A_CRISIS}
    tables["events"] = load_events(
        paths["events"], sources=paths["sources"] if "sources" in filled else None, timezone=timezone
    )
    if "casualties" in filled:
        tables["casualties"] = load_casualties(paths["casualties"], timezone=timezone)
    return tables


def _rows(content: bytes) -> bool:
    """Tell whether anything stands below the header."""
    return any(line.strip(b" ,;\t") for line in content.splitlines()[1:])


def _country(events: pd.DataFrame, country: str | None) -> str:
    """Tell whose crisis it is: the country named, or the only one that has events."""
    present = sorted(events["country_iso3"].dropna().unique())
    if country is not None:
        [code] = iso3(country)
        of_countries(events, [code])
        return code
    if len(present) != 1:
        raise ValueError(
            f"name the country; there are events of {', '.join(present) or 'none (country_iso3 is empty)'}"
        )
    return str(present[0])


def _of(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Keep what is of a country, by its code or by the id of its election; sources are of all."""
    if "country_iso3" in rows:
        return rows[rows["country_iso3"] == code].reset_index(drop=True)
    if "election_id" in rows:
        return rows[rows["election_id"].str.startswith(f"{code}-")].reset_index(drop=True)
    return rows


def _first(dates: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> str | None:
    """Name what came first in the days looked at; the only one there is belongs to them anyhow."""
    inside = dates if len(dates) == 1 else dates[dates.between(start, end + pd.Timedelta(days=1))]
    return str(inside.sort_values(kind="stable").index[0]) if len(inside) else None
