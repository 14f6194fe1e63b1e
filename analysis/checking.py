"""Split a file into rows that fit the data dictionary and rows that do not."""

from __future__ import annotations

import datetime as dt
import html
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import formats
from analysis.countries import known_zone
from analysis.options import known
from analysis.reading import sheets, validate
from analysis.schema import TABLES
from analysis.survey import Survey, survey
from analysis.tables import on_local_clock


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
