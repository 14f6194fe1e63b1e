"""
What a column may be: its kinds, how a cell of each kind is read, and how a bad cell is reported.

`schema.py` declares tables with the builders below (`text`, `count`, `day`, ...). `parse` turns text into typed
columns and lists every cell that is not of its kind; `DataError` carries such a list to the user.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

DTYPES = {
    "text": "str",
    "ids": "str",
    "clock": "str",
    "day": "datetime64[us]",
    "moment": "datetime64[us, UTC]",
    "count": "Int64",
    "number": "float64",
    "flag": "boolean",
}
DEMANDS = {
    "text": "text without NUL or undecodable bytes",
    "ids": "ids joined with ';', none empty",
    "clock": "a time of day as HH:MM",
    "day": "a date as YYYY-MM-DD",
    "moment": "a date as YYYY-MM-DD, or a time as YYYY-MM-DDTHH:MM+06:00",
    "count": "a whole number, 0 or more",
    "number": "a finite number",
    "flag": "0 or 1",
}
NO_ZONE = "a time with its offset, such as 2020-10-06T18:00+06:00, because the row's country does not settle the zone"
DAY = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
MOMENT = DAY + r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
END_OF_DAY = pd.Timedelta(hours=23, minutes=59, seconds=59)
LARGEST_COUNT = 2**53  # beyond it a spreadsheet's float no longer holds the integer
PROBLEM_COLUMNS = ["file", "line", "column", "value", "demand"]


class DataError(ValueError):
    """
    A table, file or cell that does not meet the data dictionary.

    Attributes
    ----------
    problems : DataFrame, shape (n_problems, 5)
        One row per bad cell: `file`, `line` (1-based as an editor shows it; the row label for a DataFrame),
        `column`, `value` (as found) and `demand` (what the dictionary asks for).

    Examples
    --------
    >>> from analysis import DataError, load_events
    >>> try:
    ...     load_events("no such file.csv")
    ... except DataError as error:
    ...     print(error)
    no such file.csv: there is no such file; check the spelling and the folder
    """

    def __init__(self, problems: pd.DataFrame):
        self.problems = problems.reindex(columns=PROBLEM_COLUMNS).reset_index(drop=True)
        super().__init__(_sentences(self.problems))

    def __reduce__(self) -> tuple[type[DataError], tuple[pd.DataFrame]]:
        return type(self), (self.problems,)


def problem(file: str, demand: str, line: Any = None, column: str | None = None, value: Any = None) -> pd.DataFrame:
    """Make the one-row problems frame of a single fault; `DataError` describes its columns."""
    return pd.DataFrame([[file, line, column, value, demand]], columns=PROBLEM_COLUMNS, dtype=object)


def _sentences(problems: pd.DataFrame, shown: int = 8) -> str:
    lines = []
    for row in problems.head(shown).itertuples():
        where = "" if pd.isna(row.line) else f", line {row.line}"
        cell = "" if pd.isna(row.column) else f", {row.column} = {str(row.value)[:60]!r}: expected"
        lines.append(f"{row.file}{where}{cell or ':'} {row.demand}")
    if len(problems) > shown:
        lines.append(f"... and {len(problems) - shown} more; `.problems` lists them all")
    return "\n".join(lines)


# Builders -----------------------------------------------------------------------------------------------------------


def column(kind: str, meaning: str, **options: Any) -> pa.Column:
    """
    Declare a column of the dictionary.

    Parameters
    ----------
    kind : {"text", "ids", "clock", "day", "moment", "count", "number", "flag"}
        How its cells are read.
    meaning : str
        One sentence for the reader.
    **options
        `need`: "key" (never empty), "required" (the file must have the column) or "optional"; `allowed`: list of
        values; `among`, `said`: a list too long to print, and how to call it; `low`, `high`: bounds, included;
        `pattern`, `form`: regular expression and how to say it; `unit`, `rule`, `vocabulary`, `references`: text for
        the codebook.

    Returns
    -------
    pandera.Column
        Its `metadata` holds kind, bounds, unit, rule, vocabulary and references.
    """
    need, allowed, low, high = (options.get(name) for name in ("need", "allowed", "low", "high"))
    checks = []
    if allowed is not None:
        checks.append(pa.Check.isin(list(allowed), error=f"one of: {', '.join(map(str, allowed))}"))
    if (codes := options.get("among")) is not None:
        checks.append(pa.Check.isin(codes, error=options["said"]))
    if low is not None or high is not None:
        checks.append(pa.Check.in_range(low, high, error=f"a value between {low} and {high}"))
    if pattern := options.get("pattern"):
        form = f"text of the form {options.get('form', pattern)}"
        checks.append(pa.Check(lambda cells: cells.str.fullmatch(pattern), error=form))
    names = ("unit", "rule", "vocabulary", "references", "allowed", "low", "high", "pattern")
    return pa.Column(
        DTYPES[kind],
        checks,
        nullable=need != "key",
        required=need in ("key", "required"),
        description=meaning,
        metadata={"kind": kind} | {name: options.get(name) for name in names},
    )


def text(meaning: str, **options: Any) -> pa.Column:
    """Declare a text column; see `column`."""
    return column("text", meaning, **options)


def day(meaning: str, **options: Any) -> pa.Column:
    """Declare a calendar date; see `column`."""
    return column("day", meaning, unit="date", **options)


def moment(meaning: str, **options: Any) -> pa.Column:
    """Declare a date or a time with offset; see `column`."""
    return column("moment", meaning, unit="date or time with offset", **options)


def count(meaning: str, unit: str = "persons", **options: Any) -> pa.Column:
    """Declare a whole number of 0 or more; see `column`."""
    return column("count", meaning, unit=unit, **options)


def pct(meaning: str, **options: Any) -> pa.Column:
    """Declare a percentage from 0 to 100; see `column`."""
    return column("number", meaning, unit="percent", low=0, high=100, **options)


def flag(meaning: str, **options: Any) -> pa.Column:
    """Declare a yes/no column written 1 and 0; see `column`."""
    return column("flag", meaning, unit="0 or 1", **options)


def count_range(thing: str, what: str, rule: str | None = None) -> dict[str, pa.Column]:
    """Declare `<thing>_low`, `<thing>_best` and `<thing>_high` for one uncertain count of persons."""
    return {
        f"{thing}_low": count(f"Lowest credible report of {what}.", rule=rule),
        f"{thing}_best": count(f"Best single figure for {what}; empty where the sources leave it open."),
        f"{thing}_high": count(f"Highest credible report of {what}; empty means open above."),
    }


def ordered(columns: dict[str, pa.Column]) -> list[pa.Check]:
    """Demand low <= best <= high of every `<thing>_low`, `<thing>_best`, `<thing>_high` among `columns`."""
    pairs = []
    for thing in (name.removesuffix("_low") for name in columns if name.endswith("_low")):
        present = [name for name in (f"{thing}_low", f"{thing}_best", f"{thing}_high") if name in columns]
        pairs += [(low, high) for i, low in enumerate(present) for high in present[i + 1 :]]
    return [pa.Check(_at_most(low, high), error=f"{low} <= {high} in the same row") for low, high in pairs]


def _at_most(low: str, high: str) -> Any:
    return lambda frame: (frame[low] <= frame[high]) | frame[low].isna() | frame[high].isna()


# Reading cells ------------------------------------------------------------------------------------------------------


def to_text(values: pd.Series) -> pd.Series:
    """
    Write any column as the text a CSV file would hold, so that every source is read by the same rules.

    Parameters
    ----------
    values : Series
        Text, numbers, booleans, dates or a mixture, as Excel, Parquet or the user's own frame gives them.

    Returns
    -------
    Series of str
        Missing cells are "". Whole floats lose their ".0"; timestamps lose their time if all of them are midnight.
    """
    if isinstance(values.dtype, pd.StringDtype) and values.dtype.storage == "pyarrow":
        return values.astype("str").fillna("")
    cells = values.astype(object)
    times = [cell for cell in cells if isinstance(cell, dt.datetime) and cell is not pd.NaT]
    dates = all(time.tzinfo is None and time.time() == dt.time() for time in times)
    return cells.map(lambda cell: _cell_text(cell, dates)).astype("str")


def _cell_text(value: Any, dates: bool) -> str:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if dates else value.isoformat()
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def parse(values: pd.Series, kind: str, zones: pd.Series | None = None) -> tuple[pd.Series, pd.Series]:
    """
    Read one column of text cells as `kind`.

    Parameters
    ----------
    values : Series of str
        Cells as text; "" is missing.
    kind : str
        Column kind, a key of `DTYPES`.
    zones : Series of str, optional
        Time zone of each row, missing where unknown. Only used for moments: a bare date means the end of that day
        there (UTC where unknown); a time without offset is a time there (bad where unknown).

    Returns
    -------
    typed : Series
        Of the kind's dtype; missing where empty or bad.
    demand : Series of object
        What was expected of each bad cell; None where the cell is good.
    """
    stripped = values if kind == "text" else values.str.strip()
    filled = values.str.strip() != ""
    unreadable = damaged(values)
    good = filled & ~unreadable
    typed, bad = _PARSERS[kind](stripped.where(good)) if kind != "moment" else _moments(stripped.where(good), zones)
    demand = pd.Series(None, index=values.index, dtype=object)
    demand[bad & good] = DEMANDS[kind]
    if kind == "moment":
        unzoned = pd.Series(True, index=values.index) if zones is None else zones.isna()
        demand[bad & good & unzoned & stripped.str.fullmatch(MOMENT)] = NO_ZONE
    demand[unreadable] = DEMANDS["text"]
    return typed.astype(DTYPES[kind]), demand


def damaged(values: pd.Series) -> pd.Series:
    """Tell which text cells hold NUL or what was left of bytes that could not be decoded."""
    return values.str.contains("\x00", regex=False) | values.str.contains("\N{REPLACEMENT CHARACTER}", regex=False)


def _texts(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    return cells, pd.Series(False, index=cells.index)


def _ids(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    bad = ~cells.str.fullmatch(r"[^;\s]+(?:;[^;\s]+)*", na=True)
    return cells.mask(bad), bad


def _clocks(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    bad = ~cells.str.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", na=True)
    return cells.mask(bad), bad


def _days(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    shaped = cells.str.extract(f"^({DAY})(?:[T ]00:00(?::00)?)?$", expand=False)
    typed = pd.to_datetime(shaped, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    return typed, typed.isna() & cells.notna()


def _counts(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    shaped = cells.where(cells.str.fullmatch(r"[0-9]{1,16}(?:\.0)?", na=False))
    typed = pd.to_numeric(shaped).astype("Int64")
    typed = typed.mask(typed > LARGEST_COUNT)
    return typed, typed.isna() & cells.notna()


def _numbers(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    shaped = cells.where(cells.str.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", na=False))
    typed = pd.to_numeric(shaped).astype("float64")
    typed = typed.where(np.isfinite(typed))
    return typed, typed.isna() & cells.notna()


def _flags(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    typed = cells.str.lower().map({"1": True, "0": False, "true": True, "false": False}).astype("boolean")
    return typed, typed.isna() & cells.notna()


def _moments(cells: pd.Series, zones: pd.Series | None) -> tuple[pd.Series, pd.Series]:
    zones = pd.Series(None, index=cells.index, dtype=object) if zones is None else zones
    typed = pd.Series(pd.NaT, index=cells.index, dtype=DTYPES["moment"])
    exact = cells.str.fullmatch(MOMENT + OFFSET, na=False)
    typed[exact] = pd.to_datetime(cells[exact], format="ISO8601", utc=True, errors="coerce").astype(DTYPES["moment"])
    bare = cells.str.fullmatch(DAY, na=False)
    local = bare | (cells.str.fullmatch(MOMENT, na=False) & zones.notna())
    wall = pd.to_datetime(cells.where(local), format="ISO8601", errors="coerce").astype("datetime64[us]")
    wall = wall.where(~bare, wall + END_OF_DAY)
    for zone, rows in wall[local].groupby(zones[local].fillna("UTC")):
        typed[rows.index] = localize(rows, str(zone))
    return typed, typed.isna() & cells.notna()


def localize(wall: pd.Series, zone: str, *, earliest: bool = False) -> pd.Series:
    """Read wall-clock times as times in `zone`; at a change of clocks the later reading counts, or the earliest."""
    summer = np.full(len(wall), earliest)
    return wall.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward").dt.tz_convert("UTC")


_PARSERS = {
    "text": _texts,
    "ids": _ids,
    "clock": _clocks,
    "day": _days,
    "count": _counts,
    "number": _numbers,
    "flag": _flags,
}


def demand_days(column: pd.Series) -> None:
    """Refuse a column that holds no days, or moments of a zone, which are no days of a calendar."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        raise ValueError(
            f"{column.name} holds {column.dtype}; expected dates: pandas.to_datetime reads them, and so does the loader"
        )
    if column.dt.tz is not None:
        raise ValueError(f"{column.name} has a time zone; expected days: .dt.tz_localize(None) keeps the local ones")
