"""Text cells typed by the data dictionary, and every cell that does not fit."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from analysis.columns import DAY, DEMANDS, DTYPES, PROBLEM_COLUMNS, parse
from analysis.countries import row_zones
from analysis.reading.cells import Cells
from analysis.schema import Table

DAY_OF_PUBLISHER = "a date that exists, in a form its publisher uses"


def validate(cells: Cells, table: Table, timezone: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""
    Type text cells by the dictionary and list every cell that does not fit.

    Parameters
    ----------
    cells : Cells
        As `read` returns them.
    table : Table
        The model to meet.
    timezone : str, optional
        Zone of times written without offset; default: that of the row's country.

    Returns
    -------
    frame : DataFrame, shape (n_rows, n_columns)
        All rows, typed; columns of the dictionary first and in its order, then the source's other columns as text.
    problems : DataFrame
        Columns of `DataError.problems` plus `row`, the row's position. Empty if all is well.

    Examples
    --------
    >>> from analysis.reading import Held, read
    >>> from analysis.schema import TABLES
    >>> mine = Held("mine.csv", b"event_id,date,event_type\nA,2020-02-30,Riots\n")
    >>> validate(read(mine, TABLES["events"]), TABLES["events"])[1][["line", "column", "value"]].to_numpy().tolist()
    [[2, 'date', '2020-02-30']]
    """
    zones = row_zones(cells.text, timezone)
    moments = [name for name, column in table.columns.items() if column.metadata["kind"] == "moment"]
    precisions = {f"{name}_precision": name for name in moments}
    typed, found = {}, [cells.faults]
    for name, column in table.columns.items():
        kind = column.metadata["kind"]
        if name in cells.text:
            typed[name], demand = parse(cells.text[name], kind, zones)
            found += _bad(cells, demand, name)
        else:
            stated = precisions.get(name)
            typed[name] = _precision(cells.text[stated]) if stated in cells.text else _absent(cells.text.index, kind)
    extra = {}
    for name in (name for name in cells.text if name not in typed):
        extra[name], demand = parse(cells.text[name], "text")
        found += _bad(cells, demand, name)
    frame = pd.DataFrame(typed | extra)
    broken = set(cells.faults["row"])  # a row that could not be split has one problem, not one for each of its cells
    found.append(_failures(frame[list(table.columns)].drop(index=list(broken)), cells, table))
    problems = pd.concat(found, ignore_index=True).drop_duplicates(["row", "column"])
    problems = problems[~problems["row"].isin(broken) | problems["column"].isna()]
    return frame, problems.sort_values("row", kind="stable", ignore_index=True)


def _absent(index: pd.Index, kind: str) -> pd.Series:
    return pd.Series(None, index=index, dtype=object).astype(DTYPES[kind])


def _precision(moments: pd.Series) -> pd.Series:
    """Whether each moment is written as a bare date ("day") or with a time ("minute")."""
    bare = moments.str.strip().str.fullmatch(DAY).map({True: "day", False: "minute"})
    return bare.where(moments.str.strip() != "").astype("str")


def _bad(cells: Cells, demand: pd.Series, column: str) -> list[pd.DataFrame]:
    """Problems of one column, if it has any: a wide file has thousands of columns."""
    bad = demand.dropna()
    return [_problems(cells, bad, column)] if len(bad) else []


def _problems(cells: Cells, demand: pd.Series, column: str) -> pd.DataFrame:
    rows = demand.index
    origin = cells.origin.loc[rows]
    return pd.DataFrame(
        {
            "row": rows,
            "file": origin["file"],
            "line": origin["line"],
            "column": cells.called.get(column, column),
            "value": cells.text.loc[rows, column] if column in cells.text else "",
            "demand": demand.replace(DEMANDS["day"], DAY_OF_PUBLISHER) if column in cells.called else demand,
        },
        dtype=object,
    )


def _failures(frame: pd.DataFrame, cells: Cells, table: Table) -> pd.DataFrame:
    """Cells that are of their kind but break a check of the pandera model."""
    try:
        table.model.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return pd.DataFrame(columns=["row", *PROBLEM_COLUMNS], dtype=object)
    # A check across columns lists every cell of the row; keep the two it names, as in "a <= b in the same row".
    wide = cases["check"].str.extract(r"^(\w+) (?:<=|of) (\w+) in the same row$")
    cases = cases[wide[0].isna() | (cases["column"] == wide[0]) | (cases["column"] == wide[1])]
    repeated = cases["check"] == "multiple_fields_uniqueness"
    cases = cases[~repeated | (cases["column"] == table.key[0])]
    said = {
        "not_nullable": "a value; this cell may not be empty",
        "multiple_fields_uniqueness": f"rows that differ in {', '.join(table.key)}; an earlier row has the same",
    }
    demand = cases["check"].replace(said)
    parts = [
        _problems(cells, part.set_axis(cases.loc[part.index, "index"]), column)
        for column, part in demand.groupby(pd.Categorical(cases["column"], list(table.columns)), observed=True)
    ]
    return pd.concat(parts, ignore_index=True)
