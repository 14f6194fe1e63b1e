"""Event files read lazily by DuckDB, so that their rows are never all in memory."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.columns import DataError
from analysis.formats import cells, publisher_of
from analysis.formats.mapping import canonical, in_steps, mapped
from analysis.formats.publisher import naming_lacks
from analysis.reading import Delimited, Dialect, delimited, demand_header, even, expand, separator_of, strict
from analysis.schema import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVENTS = TABLES["events"]
MEMORY_LIMIT = "1GB"  # DuckDB goes to disk beyond it
_Layout = tuple[Any, tuple[str, ...], str, bool, bool, bool]  # publisher, columns, separator, quoted, header, gzipped


def scanned(source: Any, format: str | None, careful: bool) -> ir.Table:
    """Lay our columns over event files; `analysis.formats.scan` says how."""
    import ibis

    engine = ibis.duckdb.connect(preserve_insertion_order=False, memory_limit=MEMORY_LIMIT)
    engine.raw_sql(f"SET enable_progress_bar = {sys.stdout.isatty()}")
    unpacked = Path(tempfile.mkdtemp(prefix="unrest-"))
    weakref.finalize(engine, shutil.rmtree, unpacked, ignore_errors=True)  # it lives as long as the connection
    whole: list[Any] = []
    files: dict[_Layout, list[str]] = {}
    for item in expand(source):
        found = [] if careful else delimited(item, unpacked) or []
        layouts = [(_layout(file, format), file.path) for file in found]
        if not found or not all(_streams(*one) for one in layouts):
            whole.append(item)
            continue
        for layout, path in layouts:
            files.setdefault(layout, []).append(path)
    parts = [_streamed(engine, layout, paths) for layout, paths in files.items()]
    return _stacked(parts + ([_held(whole, format)] if whole else []))


def _layout(file: Delimited, format: str | None) -> _Layout:
    """Tell what a file is, so that files of the same kind are read as one relation."""
    head = file.head
    publisher = publisher_of(head, file.name, format, "events")
    dialect = getattr(publisher, "DIALECT", Dialect()).below(head)
    names = dialect.layouts.get(len(head)) or tuple(demand_header(head, file.name))
    separator = dialect.separator or separator_of(file.start)
    return publisher, names, separator, dialect.quoted, not dialect.layouts, file.gzipped


def _streams(layout: _Layout, path: str) -> bool:
    """Whether a file can be left to DuckDB: its publisher's files are large, and its rows are of one width."""
    publisher, _, separator, quoted, _, _ = layout
    return getattr(publisher, "STREAMS", True) and even(path, separator=separator, quoted=quoted)


def _streamed(engine: Any, layout: _Layout, paths: list[str]) -> ir.Table:
    publisher, names, separator, quoted, header, gzipped = layout
    raw = strict(
        engine,
        paths,
        _ours(names) if publisher is None else canonical(list(names), paths[0]),
        separator=separator,
        quoted=quoted,
        header=header,
        gzipped=gzipped,
    )
    if publisher is not None:
        with naming_lacks(publisher, list(raw.columns), paths[0]):
            return _fixed(engine, mapped(raw, publisher))
    return raw.select(**{name: raw[name].nullif("") for name in raw.columns})


def _fixed(engine: Any, table: ir.Table) -> ir.Table:
    """Make a mapping a view: questions are written on top of it, and not around a copy of it each time."""
    name = f"mapped_{len(engine.list_tables())}"
    with in_steps():
        engine.raw_sql(f"CREATE TEMP VIEW {name} AS {engine.compile(table)}")
    return engine.table(name)


def _ours(names: Iterable[str]) -> list[str]:
    wanted = {column.casefold(): column for column in EVENTS.columns}
    return [wanted.get(name.casefold(), name) for name in names]


def _held(sources: list[Any], format: str | None) -> ir.Table:
    """Read sources that cannot be streamed whole and line by line."""
    import ibis

    found = cells(sources, EVENTS, format)
    if len(found.faults):
        raise DataError(found.faults)
    places = found.origin.add_prefix("_").astype("str")
    return ibis.memtable(found.text.mask(found.text == "").join(places))


def _stacked(parts: list[ir.Table]) -> ir.Table:
    """Put tables below each other; a column that one of them lacks is missing there."""
    import ibis

    if len(parts) == 1:
        return parts[0]
    columns = list(dict.fromkeys(name for part in parts for name in part.columns))
    nothing = ibis.null("string")
    return ibis.union(
        *[part.select(**{name: part[name] if name in part.columns else nothing for name in columns}) for part in parts]
    )
