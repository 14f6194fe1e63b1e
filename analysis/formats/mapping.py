"""
A publisher's raw table in our columns: one Ibis expression, for the loader, the check and every engine of the panel.

`mapped` lays a publisher's `events` over a raw table of any backend; `in_our_columns` does the same with text cells
and keeps their file, their line and the publisher's own column names for messages.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from analysis.columns import DataError, problem
from analysis.formats.coded import spells_of
from analysis.formats.crowds import read_crowds
from analysis.reading import Cells
from analysis.schema import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analysis.formats.publisher import EventPublisher

ROW, RAW = "_row", "raw_cells"
WORDS = ("size_words", "deaths_words", "injured_words")
ACCENTED = "áàâäãåçéèêëíìîïñóòôöõúùûüý"
PLAIN = "aaaaaaceeeeiiiinooooouuuuy"
NAMED = 6  # of the publisher's columns behind one of ours; ids made of all of them name the first


@contextmanager
def in_steps() -> Iterator[None]:
    """Write each step of a query as one of its own; fused, an expression is evaluated again wherever it is used."""
    import ibis

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


def canonical(columns: list[str], name: str) -> list[str]:
    """
    Write column names in lower case with underscores, so that every vintage of a publisher's header is the same.

    Raises
    ------
    DataError
        If two names become the same.

    Examples
    --------
    >>> canonical(["Event ID", "EVENT_DATE", "Country"], "x.tab")
    ['event_id', 'event_date', 'country']
    """
    names = [re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_") or column for column in columns]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise DataError(problem(name, f"the header names a column twice: {', '.join(map(repr, twice))}", line=1))
    return names


def mapped(raw: ir.Table, publisher: EventPublisher) -> ir.Table:
    """
    Lay a publisher's mapping over its raw table.

    Parameters
    ----------
    raw : Ibis table
        On any backend; column names as `canonical` writes them, cells of any type, text best.
    publisher : module
        As `EventPublisher` describes it.

    Returns
    -------
    Ibis table
        Our event columns as text, then sizes in words that are still to be read (`size_words`), then the publisher's
        columns with its name as prefix. Rows that are no data (a second header) are left out.
    """
    texts = _texts(raw, publisher)
    rows = texts.filter(publisher.is_row(texts)) if hasattr(publisher, "is_row") else texts
    return _columns(rows, publisher)


def _texts(raw: ir.Table, publisher: EventPublisher) -> ir.Table:
    """Every cell as text, missing where the publisher writes nothing or a mark that means nothing."""

    def text(name: str) -> Any:
        cell = raw[name] if raw[name].type().is_string() else raw[name].cast("string")
        for mark in ("", *getattr(publisher, "MISSING", ())):
            cell = cell.nullif(mark)
        return cell

    return raw.select(**{name: raw[name] if name == ROW else text(name) for name in raw.columns})


def _columns(rows: ir.Table, publisher: EventPublisher) -> ir.Table:
    ours = publisher.events(rows)
    words = {name: ours.pop(name).cast("string") for name in WORDS if name in ours}
    code = ours.pop("country_code", None)
    theirs = words | {f"{publisher.NAME}_{name}": rows[name] for name in rows.columns if name != ROW}
    kept = {ROW: rows[ROW]} if ROW in rows.columns else {}
    given = {name: value.cast("string") for name, value in ours.items()}
    if code is None:
        return rows.select(**kept, **_in_order(given), **theirs)
    table = rows.select(**kept, **given, country_code=code.cast("string"), **theirs)
    return _with_country(table, publisher.CODES, [*kept, *_in_order({**given, "country_iso3": None}), *theirs])


def _in_order(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: columns[name] for name in TABLES["events"].columns if name in columns}


def _with_country(table: ir.Table, system: str, columns: list[str]) -> ir.Table:
    """Resolve `country_code` on the date of the row, or else the country's name; an unknown code stays as found."""
    import ibis

    code = table.country_code
    key, as_found, names = code, [code], "country" in table.columns and system != "name"
    if system == "name":
        key = _as_name(code)
    elif names:
        key, as_found = ibis.coalesce(code, _as_name(table.country)), [code, table.country]
    keyed = table.mutate(country_key=key, country_found=ibis.coalesce(*as_found))
    spells = _written_out(spells_of(system, names))
    on = [keyed.country_key == spells.spell_code, keyed.date >= spells.spell_start, keyed.date <= spells.spell_end]
    rows = keyed.left_join(spells, on)
    country = ibis.ifelse(rows.spell_code.isnull(), rows.country_found, rows.spell_country_iso3)
    return rows.select(**{name: country if name == "country_iso3" else rows[name] for name in columns})


def _written_out(spells: pd.DataFrame) -> ir.Table:
    """Put a short table into the query itself, so that no engine needs a right to upload one."""
    import ibis

    rows = spells[["code", "country_iso3", "start", "end"]].fillna("").itertuples(index=False)
    text: ir.StringValue = ibis.literal(";".join(map(",".join, rows)))
    row = text.split(";").name("row").as_table().unnest("row").row
    cells = row.as_table().select(cells=row.split(",")).cells
    named = {"spell_code": cells[0], "spell_country_iso3": cells[1].nullif(""), "spell_start": cells[2]}
    return cells.as_table().select(**named, spell_end=cells[3])


def _as_name(text: ir.StringValue) -> ir.StringValue:
    """Write a country's name as `lookup("name")` has it: lower case, no accents, blanks for all other marks."""
    plain = text.lower().translate(ACCENTED, PLAIN)
    return plain.re_replace(r"[^a-z0-9]+", " ").strip()


def in_our_columns(cells: Cells, publisher: EventPublisher) -> Cells:
    """
    Lay a publisher's mapping over text cells.

    Parameters
    ----------
    cells : Cells
        As read, in the publisher's columns.
    publisher : module
        As `EventPublisher` describes it.

    Returns
    -------
    Cells
        In our columns, then the publisher's with its name as prefix; `called` names what stands behind each of ours.
    """
    import duckdb

    names = canonical(list(cells.text.columns), cells.name)
    query = _query(publisher, tuple(names))  # type: ignore[arg-type] # modules are hashable
    text = cells.text.set_axis(names, axis=1)
    with duckdb.connect() as engine:
        engine.execute("SET enable_progress_bar = false")
        engine.register(RAW, pa.Table.from_pandas(text.assign(**{ROW: range(len(text))}), preserve_index=False))
        found = engine.sql(query.cells).to_arrow_table().to_pandas()
        data = engine.sql(query.data).to_arrow_table().to_pandas() if query.data else None
    frame = _spelt_out(found.set_index(ROW).sort_index().astype("str").fillna("").rename_axis(None))
    called = _called(query.behind, dict(zip(names, cells.text.columns, strict=True)))
    if data is None:
        return replace(cells, text=frame, called=called)
    is_data = data.set_index(ROW)["data"].sort_index().fillna(True).astype(bool)
    return _kept(replace(cells, text=frame, called=called), is_data | frame.index.isin(cells.faults["row"]))


@dataclass(frozen=True)
class _Query:
    """The mapping of a publisher's columns as SQL of DuckDB: for the cells, and for whether a row is data."""

    cells: str
    data: str | None
    behind: dict[str, list[str]]  # ours -> theirs, in their canonical names


@functools.lru_cache(maxsize=128)
def _query(publisher: EventPublisher, names: tuple[str, ...]) -> _Query:
    """Write the mapping of a header once: for a folder of small files that takes longer than to run it."""
    import ibis

    raw = ibis.table({**dict.fromkeys(names, "string"), ROW: "int64"}, name=RAW)
    texts = _texts(raw, publisher)
    with in_steps():
        cells = str(ibis.to_sql(_columns(texts, publisher), dialect="duckdb"))
        data = None
        if hasattr(publisher, "is_row"):
            rows = texts.select(texts[ROW], data=publisher.is_row(texts))
            data = str(ibis.to_sql(rows, dialect="duckdb"))
    return _Query(cells, data, _behind(texts, publisher))


def _spelt_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the numbers that words stand for; where the words are not understood, the publisher's numbers stay."""
    for words in (name for name in WORDS if name in frame):
        bounds = [words.replace("words", bound) for bound in ("low", "best", "high")]
        said = pd.Series(frame[words].unique())
        read = read_crowds(said[said != ""]).set_axis(bounds, axis=1).set_axis(said[said != ""])
        spoken = read.reindex(frame[words]).set_axis(frame.index)
        given = frame.reindex(columns=bounds, fill_value="")
        numbers = spoken.astype("str").fillna("").where(spoken.notna().any(axis=1), given)
        frame = frame.drop(columns=[words, *bounds], errors="ignore").join(numbers)
    ours = [name for name in TABLES["events"].columns if name in frame]
    return frame[[*ours, *(name for name in frame if name not in ours)]]


def _kept(cells: Cells, kept: pd.Series) -> Cells:
    """Leave out rows that are no data."""
    place = kept.cumsum() - 1
    return replace(
        cells,
        text=cells.text[kept].reset_index(drop=True),
        origin=cells.origin[kept.to_numpy()].reset_index(drop=True),
        faults=cells.faults.assign(row=cells.faults["row"].map(place)),
    )


def _behind(texts: ir.Table, publisher: EventPublisher) -> dict[str, list[str]]:
    """List the publisher's columns that each of ours is made of."""
    from ibis.expr import operations

    behind = {}
    for name, value in publisher.events(texts).items():
        fields = [node.name for node in value.op().find(operations.Field) if node.rel == texts.op()]
        behind["country_iso3" if name == "country_code" else name.replace("words", "low")] = list(dict.fromkeys(fields))
    return behind


def _called(behind: dict[str, list[str]], written: dict[str, str]) -> dict[str, str]:
    """Name the publisher's columns behind each of ours as its file writes them."""
    theirs = {ours: [written[name] for name in fields] for ours, fields in behind.items()}
    return {
        ours: " and ".join(names if len(names) <= NAMED else [names[0], "others"]) or ours
        for ours, names in theirs.items()
    }
