"""Whatever the user gives as events, as one Ibis table with our columns."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from analysis.columns import DataError, to_text
from analysis.formats import publisher_of
from analysis.formats.mapping import in_steps

FILE, LINE = "_file", "_line"  # where a row was found; the label of a frame's row
WORDS = "size_words"  # sizes that an engine cannot read, only group by


@dataclass(frozen=True)
class Relation:
    """
    Events on an engine.

    Attributes
    ----------
    table : ibis Table
        With our event columns, typed or as text.
    engine : ibis backend
        What runs it.
    label : str
        What to call it in an error.
    in_memory : bool
        Whether reading it again costs next to nothing.
    is_file : bool
        Whether it is read from files of a known format.
    careful : callable, optional
        Reads the same files anew line by line, slower and whole, to say in which line a fault is.
    """

    table: ir.Table
    engine: Any
    label: str
    in_memory: bool
    is_file: bool = False
    careful: Callable[[], Relation] | None = None

    def fetch(self, query: ir.Table) -> pd.DataFrame:
        """Run a query there and bring its answer here."""
        with in_steps():
            return self.engine.to_pyarrow(query).to_pandas()

    @property
    def is_local(self) -> bool:
        """Whether DuckDB in this process runs it."""
        return self.engine.name == "duckdb"


def relation(events: Any) -> Relation:
    """Read a frame, an Ibis table, or the path, glob or list of paths of files of a known format."""
    if isinstance(events, pd.DataFrame) and not _is_published(list(events.columns)):
        return _of_frame(events)
    if isinstance(events, ir.Table):
        return _of_table(events, "events")
    from analysis.formats import scan

    def careful() -> Relation:
        return replace(_of_table(scan(events, careful=True), str(events)), is_file=True)

    return replace(_of_table(scan(events), str(events)), is_file=True, careful=careful)


def column_of(table: ir.Table, name: str, what: str) -> str:
    """Return the name of a column; a ValueError names near ones if there is none."""
    if name not in table.columns:
        near = difflib.get_close_matches(name, table.columns, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the columns are: {', '.join(table.columns)}"
        raise ValueError(f"{what}: the events have no column {name!r}; {hint}")
    return name


def _is_published(columns: Sequence[Any]) -> bool:
    """Whether columns are a publisher's own, not ours."""
    try:
        return publisher_of([str(name) for name in columns], "events", None, "events") is not None
    except DataError:
        return False


def _of_frame(frame: pd.DataFrame) -> Relation:
    if "date" not in frame:
        raise ValueError(f"the events have no column 'date'; the columns are: {', '.join(map(str, frame.columns))}")
    columns = {str(name): _plain(frame[name]) for name in frame.columns}
    labels = {LINE: pd.Series(frame.index.map(str))}
    arrays = {name: _array(cells) for name, cells in (columns | labels).items()}
    return Relation(ibis.memtable(pa.table(arrays)), ibis.duckdb.connect(), "events", in_memory=True)


def _array(cells: pd.Series) -> pa.Array:
    """Hand cells to Arrow; moments through UTC, which older Arrow reads from pandas in a way that pandas deprecates."""
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        moments = cells.dt.tz_convert(None).to_numpy()
        return pa.array(moments, pa.timestamp(cells.dtype.unit, tz=cells.dtype.tz), from_pandas=True)
    return pa.Array.from_pandas(cells)


def _plain(cells: pd.Series) -> pd.Series:
    """Write what no engine types (Python objects, categories) as text."""
    if cells.dtype == object or isinstance(cells.dtype, (pd.CategoricalDtype, pd.PeriodDtype)):
        written = to_text(cells)
        return written.mask(written == "")
    return cells


def _of_table(table: ir.Table, label: str) -> Relation:
    if _is_published(table.columns):
        from analysis.formats import mapped

        table = mapped(table)
    return Relation(table, table.get_backend(), label, in_memory=False)
