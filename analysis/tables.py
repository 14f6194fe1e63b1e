"""
Load and explain the tables. The only place that opens data files.

Each loader reads the bundled table, or the user's own file in the same columns, and returns every row or raises one
`DataError` that names every bad cell. `check` splits a file instead.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis import countries, formats
from analysis.as_of import cutoff, known_by, with_first_report
from analysis.bundled import Opened, data_folder, note_read
from analysis.choosing import between, of_countries, of_values, said_by
from analysis.columns import DataError
from analysis.countries import known_zone, local_zone
from analysis.options import known
from analysis.reading import Cells, read, validate
from analysis.schema import BUNDLED, TABLES


def load_events(
    source: Any = None,
    *,
    format: str | None = None,
    country: str | Iterable[str] | None = None,
    start: Any = None,
    end: Any = None,
    as_of: Any = None,
    timezone: str | None = None,
    sources: Any = None,
) -> pd.DataFrame:
    """
    Load political and protest events.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own events, in the columns of `dictionary("events")` or as a publisher wrote them (ACLED, UCDP GED, GDELT,
        ...); default: the bundled table. Delimited text, JSON, Excel, Parquet, R or Stata, also zipped or gzipped.
    format : str, optional
        "unrest" for the columns of this package, or a publisher's name, a key of `formats.publishers("events")`.
        Default: told by the header of each file.
    country : str or iterable of str, optional
        Country names or ISO codes to keep.
    start, end : date or str, optional
        First and last day to keep, both included.
    as_of : date, datetime or str, optional
        Show only what had been said by that moment: an event appears with the earliest publication among its
        sources, and never before it happened (a page older than the event announced it, and does not count as a
        report of it unless there is no other). A bare date means its end; a time without offset is read on the
        clock of the event's country; a publication known only by its date counts from the end of that day, so
        nothing is shown too early. `source_ids` and `report_ids` then list what was out by then, and deaths and
        injured are missing until a report of them was; wording, sizes and outcome are today's coding.
    timezone : str, optional
        Zone of times written without offset, such as "Europe/Minsk"; default: the zone of the row's country.
    sources : path, DataFrame or other source, optional
        Your own sources table, to date events that do not state `reported_at`. Default: the bundled one for the
        bundled events, none for yours.

    Returns
    -------
    DataFrame, shape (n_events, >= 35)
        Columns as in `dictionary("events")`, then any other column of your file, as text; a publisher's columns have
        its name as prefix (`acled_notes`). `size_*`, `deaths_*` and
        `injured_*` are nullable integers (persons); `reported_at` is when the event could first be known, on the
        local clock if all rows share one, else in UTC.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary; `.problems` lists all of them.
    ValueError
        If an option is not understood, a country is unknown or not in the table, or no country asked for is covered
        in the span. One that is covered in part, or not at all beside others that are, is warned of.

    Examples
    --------
    >>> from analysis import load_events
    >>> int(load_events(start="2020-10-05", end="2020-10-06")["deaths_best"].sum())
    1
    """
    own = timezone if source is not None else None  # the bundled rows keep their clocks; as_of may be on another
    pages = _load("sources", sources) if source is None or sources is not None else no_rows("sources")
    events = with_first_report(_load("events", source, known_zone(own), format), pages, own)
    if country is not None:
        events = of_countries(events, countries.iso3(country))
    events = between(events, start, end, covered=covered("events", country) if source is None else None)
    if as_of is not None:
        reports = _bundled("casualties") if source is None else no_rows("casualties")
        events = known_by(events, cutoff(as_of, events, known_zone(timezone)), pages, reports, own)
    return on_local_clock(events, own)


def load_casualties(
    source: Any = None,
    *,
    episode: str | Iterable[str] | None = None,
    as_of: Any = None,
    timezone: str | None = None,
) -> pd.DataFrame:
    """
    Load statements of casualty numbers, contradicting ones included.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own reports in the same columns (`dictionary("casualties")`); default: the bundled table.
    episode : str or iterable of str, optional
        Episodes to keep, such as "KGZ-2020-10".
    as_of : date, datetime or str, optional
        Show only what had been said by that moment. A bare date means its end; a time without offset is read on the
        clock of the episode's country; a report known only by its date counts from the end of that day.
    timezone : str, optional
        Zone of times written without offset; default: the zone of the row's country.

    Returns
    -------
    DataFrame, shape (n_reports, >= 18)
        One row per statement. `reported_at` is when it was said, `as_of` the cut-off of the count where stated;
        `*_precision` is "day" where only the date is known. `value*` are nullable integers (persons). Times are on
        the local clock if all rows share one, else in UTC.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary.
    ValueError
        If an option is not understood or an episode is not in the table.

    Examples
    --------
    >>> from analysis import load_casualties
    >>> known = load_casualties(episode="KGZ-2020-10", as_of="2020-10-06T12:00")
    >>> int(known.loc[known["measure"] == "injured", "value"].max())
    590
    """
    own = timezone if source is not None else None  # the bundled rows keep their clocks; as_of may be on another
    reports = of_values(_load("casualties", source, known_zone(own)), "episode", episode)
    return on_local_clock(said_by(reports, as_of, known_zone(timezone)), own)


def load_elections(
    source: Any = None, *, election: str | Iterable[str] | None = None, format: str | None = None
) -> pd.DataFrame:
    """
    Load national votes, one row each: date, system, threshold, voters, ballots, status.

    Other publishers' lists also hold rows that are no votes, such as announcements and delays in REIGN: `event` tells.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns (`dictionary("elections")`) or as REIGN or NELDA wrote it; default: the
        bundled table.
    election : str or iterable of str, optional
        Election ids to keep.
    format : str, optional
        "unrest", or a publisher's name; default: told by the header.

    Returns
    -------
    DataFrame, shape (n_elections, >= 18)

    Raises
    ------
    DataError, ValueError
        If a cell does not fit the dictionary; if an election is not in the table.

    Examples
    --------
    >>> from analysis import load_elections
    >>> load_elections(election="KGZ-2020-10-04-PARL")["status"].item()
    'annulled'
    """
    return of_values(_load("elections", source, format=format), "election_id", election)


def load_results(
    source: Any = None,
    *,
    election: str | Iterable[str] | None = None,
    stage: str | Iterable[str] | None = None,
    level: str | Iterable[str] | None = None,
    as_of: Any = None,
    format: str | None = None,
) -> pd.DataFrame:
    """
    Load election results, one row per election, count stage, unit and contestant.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns (`dictionary("results")`) or as ParlGov wrote it; default: the bundled table.
    election, stage, level : str or iterable of str, optional
        Values of `election_id`, `stage` and `level` ("national", "region", "abroad") to keep.
    as_of : date, datetime or str, optional
        Show only what had been published by that moment, as in `load_casualties`.
    format : str, optional
        "unrest", or a publisher's name; default: told by the header.

    Returns
    -------
    DataFrame, shape (n_rows, >= 17)
        `votes` and `seats` are nullable integers; `vote_share_pct` is a share of what `share_base` names.

    Raises
    ------
    DataError, ValueError
        If a cell does not fit the dictionary; if a value asked for is not in the table.

    Examples
    --------
    >>> from analysis import load_results
    >>> count = load_results(election="KGZ-2020-10-04-PARL", stage="preliminary_2020-10-05T11:00")
    >>> int(count["votes"].sum())
    1958930
    """
    rows = _load("results", source, format=format)
    for column, wanted in {"election_id": election, "stage": stage, "level": level}.items():
        rows = of_values(rows, column, wanted)
    return on_local_clock(said_by(rows, as_of))


def load_turnout(
    source: Any = None,
    *,
    election: str | Iterable[str] | None = None,
    level: str | Iterable[str] | None = None,
    as_of: Any = None,
) -> pd.DataFrame:
    """
    Load turnout reports, one row per unit and time.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns (`dictionary("turnout")`); default: the bundled table.
    election, level : str or iterable of str, optional
        Values of `election_id` and `level` to keep.
    as_of : date, datetime or str, optional
        Show only what had been published by that moment, as in `load_casualties`.

    Returns
    -------
    DataFrame, shape (n_reports, >= 10)

    Raises
    ------
    DataError, ValueError
        If a cell does not fit the dictionary; if a value asked for is not in the table.

    Examples
    --------
    >>> from analysis import load_turnout
    >>> float(load_turnout(election="KGZ-2020-10-04-PARL", level="national")["turnout_pct"].max())
    56.5
    """
    rows = of_values(of_values(_load("turnout", source), "election_id", election), "level", level)
    return on_local_clock(said_by(rows, as_of))


def load_cases(source: Any = None) -> pd.DataFrame:
    """
    Load the comparison set: national elections 1986-2024 and what followed.

    The sample is purposive (disputed votes are oversampled): any rate computed on it is conditional.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns (`dictionary("cases")`); default: the bundled table.

    Returns
    -------
    DataFrame, shape (n_cases, >= 35)
        Flags are nullable booleans.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary.

    Examples
    --------
    >>> from analysis import load_cases
    >>> cases = load_cases().set_index("case_id")
    >>> bool(cases.loc["BLR-2020-08", "mass_protest"])
    True
    """
    return _load("cases", source)


def load_sources(source: Any = None) -> pd.DataFrame:
    """
    Load the publications that all other tables cite.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns (`dictionary("sources")`); default: the bundled table.

    Returns
    -------
    DataFrame, shape (n_sources, >= 7)
        `published` stays text: some sources are known by month or year only.

    Raises
    ------
    DataError
        If any cell does not fit the dictionary.

    Examples
    --------
    >>> from analysis import load_sources
    >>> load_sources().set_index("source_id").loc["SEED-VOA", "publisher"]
    'Voice of America'
    """
    return _load("sources", source)


def load_table(name: str, source: Any = None) -> pd.DataFrame:
    """
    Load any bundled table of the dictionary by name, also those without a loader of their own.

    Parameters
    ----------
    name : str
        Table name; `dictionary()` lists them.
    source : path, glob, URL, open file, DataFrame, or a list of them, optional
        Your own file in the same columns; default: the bundled table.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError, ValueError
        If a cell does not fit the dictionary; if there is no such table, or its rows are not bundled.

    Examples
    --------
    >>> from analysis.tables import load_table
    >>> sorted(load_table("coverage")["table"].unique())[:2]
    ['cases', 'casualties']
    """
    if known(name, TABLES, "table") not in BUNDLED:
        raise ValueError(f"the rows of {name} are not bundled; use load_{name}")
    return load_events(source) if name == "events" else on_local_clock(_load(name, source))


def dictionary(name: str | None = None) -> pd.DataFrame:
    """
    Show the data dictionary of a table.

    Parameters
    ----------
    name : str, optional
        Table name; without it, the tables themselves are listed.

    Returns
    -------
    DataFrame
        One row per column: `column`, `type`, `unit`, `meaning`, `rule`, `allowed`, `vocabulary`, `required`.
        Without `name`, one row per table: `table`, `title`, `rows_are`, `key`.

    Raises
    ------
    ValueError
        If there is no such table.

    Examples
    --------
    >>> from analysis import dictionary
    >>> dictionary("casualties").set_index("column").loc["value", "unit"]
    'persons'
    """
    if name is None:
        return pd.DataFrame(
            [(t.name, t.title, t.description, ", ".join(t.key)) for t in TABLES.values()],
            columns=["table", "title", "rows_are", "key"],
        )
    model = TABLES[known(name, TABLES, "table")]
    rows = [
        {
            "column": column,
            "type": definition.metadata["kind"],
            "unit": definition.metadata["unit"] or "",
            "meaning": definition.description,
            "rule": definition.metadata["rule"] or "",
            "allowed": "; ".join(map(str, definition.metadata["allowed"] or [])),
            "vocabulary": definition.metadata["vocabulary"] or "",
            "required": definition.required,
        }
        for column, definition in model.columns.items()
    ]
    return pd.DataFrame(rows)


# What stands behind the loaders ---------------------------------------------------------------------------------------


def _load(name: str, source: Any, timezone: str | None = None, format: str | None = None) -> pd.DataFrame:
    """Every row of a table, or one `DataError`."""
    known(name, TABLES, "table")
    if source is not None:
        return complete(name, source, timezone, format)
    known(format or formats.OWN, [formats.OWN], "format of the bundled table")
    return _bundled(name).copy()


def _bundled(name: str) -> pd.DataFrame:
    rows, opened = _opened(name)
    note_read(opened)
    return rows


def no_rows(name: str) -> pd.DataFrame:
    """
    Give a table of the dictionary that has its columns and no rows.

    Parameters
    ----------
    name : str

    Returns
    -------
    DataFrame, shape (0, n_columns)

    Examples
    --------
    >>> no_rows("sources").shape
    (0, 7)
    """
    return _opened(name)[0].head(0)


@functools.cache
def _opened(name: str) -> tuple[pd.DataFrame, Opened]:
    path = data_folder() / f"{name}.csv"
    return _typed(read(path, TABLES[name]), name, None), Opened(name, path.read_bytes())


def complete(name: str, source: Any, timezone: str | None = None, format: str | None = None) -> pd.DataFrame:
    """Read every row of a source as a table of the dictionary, or raise one `DataError` with all that does not fit."""
    return _typed(formats.cells(source, TABLES[name], format), name, timezone)


def _typed(cells: Cells, name: str, timezone: str | None) -> pd.DataFrame:
    frame, problems = validate(cells, TABLES[name], timezone)
    if len(problems):
        raise DataError(problems)
    return frame


def on_local_clock(frame: pd.DataFrame, timezone: str | None = None) -> pd.DataFrame:
    """Show times on the local clock where all rows share one, in UTC otherwise."""
    zone = local_zone(frame, timezone)
    times = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.DatetimeTZDtype)]
    return frame.assign(**{name: frame[name].dt.tz_convert(zone) for name in times})


def covered(name: str, country: str | Iterable[str] | None = None) -> pd.DataFrame:
    """
    Tell from when to when a bundled table was looked for, country by country; outside of it, no row means nothing.

    Parameters
    ----------
    name : str
        Table name.
    country : str or iterable of str, optional
        Country names or ISO codes; default: every country that the coverage table names for it.

    Returns
    -------
    DataFrame
        Indexed by `country_iso3`: `start` and `end`, first and last day over all its regions and stretches.

    Raises
    ------
    ValueError
        If there is no such table, or a country is unknown or not covered by it.

    Examples
    --------
    >>> covered("events", "Belarus").astype("str").loc["BLR"].tolist()
    ['2020-08-09', '2020-11-15']
    """
    known(name, TABLES, "table")
    rows = _bundled("coverage").loc[lambda frame: frame["table"] == name]
    if country is not None:
        rows = of_countries(rows, countries.iso3(country))
    return rows.groupby("country_iso3").agg(start=("start", "min"), end=("end", "max"))
