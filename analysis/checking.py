"""Split a file into rows that fit the data dictionary and rows that do not."""

from __future__ import annotations

import datetime as dt
import html
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import formats
from analysis.countries import known_zone
from analysis.options import known
from analysis.reading import sheets, validate
from analysis.schema import TABLES
from analysis.survey import Survey, survey
from analysis.tables import on_local_clock
from analysis.told import Told


@dataclass(frozen=True)
class Check:
    """
    A file split into rows that fit the dictionary and rows that do not; good + set aside = read.

    Attributes
    ----------
    table : str
        Table it was read as.
    formats : tuple of str
        Whose layout it is in: "unrest" for the columns of this package, or publishers' names.
    rows_read : int
        Data rows in the source.
    good : DataFrame
        Typed rows without any problem.
    set_aside : DataFrame
        The other rows as found, in text, with `file`, `line`, `reason`, and `raw`, the whole line where it could not
        be split into cells.
    problems : DataFrame
        One row per bad cell, as in `DataError.problems`.
    notes : tuple of str
        What to know of the file beside its cells: sheets that were not read, no rows, rows that say the same.
    today : date or None
        Day after which a date lies in the future, for `survey`.
    """

    table: str
    formats: tuple[str, ...]
    rows_read: int
    good: pd.DataFrame
    set_aside: pd.DataFrame
    problems: pd.DataFrame
    notes: tuple[str, ...] = ()
    today: dt.date | None = None

    @property
    def survey(self) -> Survey:
        """What the good rows hold, and what in them may mislead."""
        return survey(self.good, today=self.today)

    def summary(self) -> str:
        """Say in a few lines what was read and what was set aside, by column and demand."""
        whose = "" if self.formats == (formats.OWN,) else f" ({', '.join(self.formats)})"
        lines = [
            f"{self.table}{whose}: {self.rows_read} rows read, {len(self.good)} good, {len(self.set_aside)} set aside"
        ]
        kinds = self.problems.fillna({"column": "row"}).groupby(["column", "demand"], sort=False)["line"]
        for (column, demand), where in kinds:
            shown = ", ".join(map(str, where.head(5))) + (", ..." if len(where) > 5 else "")
            lines.append(f"  {column}: expected {demand} (line {shown})")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """Say the same, and the survey, in values that JSON knows."""
        seen = self.survey
        return {
            "table": self.table,
            "formats": list(self.formats),
            "rows_read": self.rows_read,
            "good": len(self.good),
            "set_aside": len(self.set_aside),
            "notes": list(self.notes),
            "problems": json.loads(self.problems.to_json(orient="records", default_handler=str)),
            "first": None if seen.first is None else f"{seen.first:%Y-%m-%d}",
            "last": None if seen.last is None else f"{seen.last:%Y-%m-%d}",
            "countries": {str(code): int(rows) for code, rows in seen.countries.items()},
            "possible_duplicates": len(seen.repeats),
            "dated_ahead": len(seen.ahead),
            "gaps": json.loads(seen.gaps.to_json(orient="records", date_format="iso")),
            "zeros": list(seen.zeros),
        }

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>{self.set_aside.head(20).to_html()}"


@dataclass(frozen=True)
class CaseCheck(Told):
    """
    The tables of a folder, each split by `check`, and what they say of each other.

    Attributes
    ----------
    tables : dict of str to Check
        By name, in the order of the dictionary.
    unresolved : DataFrame
        One row per id that its table does not have: `table`, `column`, `value` and `missing_in`.
    others : tuple of str
        CSV files of the folder that are no table of the dictionary, and were not read.
    """

    tables: dict[str, Check]
    unresolved: pd.DataFrame
    others: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether there are events, every row of every table fits, and every id is known."""
        aside = any(len(one.set_aside) for one in self.tables.values())
        return not aside and self.unresolved.empty and self.tables["events"].rows_read > 0

    def summary(self) -> str:
        """Say in a few lines what was read, what was set aside, and which ids lead nowhere."""
        lines = [one.summary() for one in self.tables.values()]
        for (table, column, target), rows in self.unresolved.groupby(["table", "column", "missing_in"], sort=False):
            shown = ", ".join(rows["value"].head(5)) + (", ..." if len(rows) > 5 else "")
            lines.append(f"{table}.{column}: {len(rows)} not in {target}.csv: {shown}")
        lines += [f"note: {name} is no table of the dictionary and was not read" for name in self.others]
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """Say the same in values that JSON knows."""
        return {
            "fits": self.fits,
            "tables": {name: one.record() for name, one in self.tables.items()},
            "unresolved": self.unresolved.to_dict("records"),
            "others": list(self.others),
        }


def check_case(
    folder: str | os.PathLike[str], *, timezone: str | None = None, today: dt.date | None = None
) -> CaseCheck:
    """
    Check the tables of a case, as `unrest new` makes them, one by one and against each other.

    Parameters
    ----------
    folder : path
        With `events.csv` and other tables of the dictionary.
    timezone, today
        As in `check`.

    Returns
    -------
    CaseCheck

    Raises
    ------
    DataError
        If a file as a whole cannot be read.
    ValueError
        If the folder is not there or has no `events.csv`.

    Examples
    --------
    >>> from analysis.bundled import data_folder
    >>> check_case(data_folder()).fits
    True
    """
    home = Path(folder)
    files = {path.stem: path for path in sorted(home.glob("*.csv"))}
    if "events" not in files:
        raise ValueError(f"{home}: no events.csv there; `unrest new` makes a folder with the tables of a case")
    tables = {name: check(files[name], name, timezone=timezone, today=today) for name in TABLES if name in files}
    others = tuple(path.name for name, path in files.items() if name not in TABLES)
    return CaseCheck(tables, _unresolved(tables), others)


def _unresolved(tables: Mapping[str, Check]) -> pd.DataFrame:
    """List ids that the table they point to does not have, not even among the rows set aside."""
    rows: list[tuple[str, str, str, str]] = []
    for name, one in tables.items():
        for column, definition in TABLES[name].columns.items():
            target, _, key = (definition.metadata["references"] or "").partition(".")
            if not target or target == name or column not in one.good:
                continue
            there = tables.get(target)
            known_ids = set() if there is None else {*there.good[key], *there.set_aside.get(key, ())}
            ids = one.good[column].dropna().astype("str").str.split(";").explode().unique()
            rows += [(name, column, value, target) for value in sorted({*ids} - known_ids)]
    return pd.DataFrame(rows, columns=["table", "column", "value", "missing_in"])


def check(
    source: Any,
    table: str | None = "events",
    *,
    format: str | None = None,
    timezone: str | None = None,
    today: dt.date | None = None,
) -> Check:
    """
    Split a file into rows that fit the dictionary and rows set aside, each with its reason.

    Parameters
    ----------
    source : path, glob, URL, open file, DataFrame, or a list of them
        File to check.
    table : str or None
        Table to read it as; None: told by the header.
    format : str, optional
        Whose layout it is in; default: told by the header.
    timezone : str, optional
        Zone of times written without offset.
    today : date, optional
        Day after which a date lies in the future, which the survey then lists; default: none does.

    Returns
    -------
    Check
        Its `rows_read` equals good plus set aside. Bad rows never raise.

    Raises
    ------
    DataError
        Only if the file as a whole cannot be read: missing, empty, no such columns.
    ValueError
        If the table, format or zone is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis import check
    >>> rows = {"event_id": ["A", "B"], "date": ["2020-10-05", "5 Oct"], "event_type": ["Protests", "Riots"]}
    >>> print(check(pd.DataFrame(rows)).summary())
    events: 2 rows read, 1 good, 1 set aside
      date: expected a date as YYYY-MM-DD (line 1)
    """
    known(table or "events", TABLES, "table")
    source = list(sheets(source))
    table = formats.table_of(source[0], format) if table is None else table
    model = TABLES[table]
    cells = formats.cells(source, model, format, lenient=True)
    frame, problems = validate(cells, model, known_zone(timezone))
    said = problems["column"].fillna("row").astype(str) + ": expected " + problems["demand"].astype(str)
    reason = said.groupby(problems["row"]).agg("; ".join).reindex(frame.index)
    bad = reason.notna()
    found = cells.text.rename(columns={name: f"{name}_found" for name in ("file", "line", "reason", "raw")})
    raw = cells.faults.set_index("row")["value"].reindex(frame.index)
    aside = pd.concat([cells.origin.assign(reason=reason, raw=raw), found], axis=1)[bad].reset_index(drop=True)
    good = on_local_clock(frame[~bad].reset_index(drop=True), timezone)
    return Check(table, cells.formats, len(frame), good, aside, problems.drop(columns="row"), cells.notes, today)
