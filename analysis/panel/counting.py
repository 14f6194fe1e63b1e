"""The one query of a panel: counts and sums by group and period, on the engine that holds the events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats.crowds import read_crowds
from analysis.panel.cells import BAD, CELL, FILLED, UNREADABLE, demands, is_filled, readable, text
from analysis.panel.periods import Frequency
from analysis.panel.relation import FILE, LINE, WORDS, Relation
from analysis.schema import TABLES

THINGS = ("deaths", "size")
SUMS = [f"{thing}_{bound}" for thing in THINGS for bound in ("low", "best", "high")]
SIZES = SUMS[3:]
NOT_STATED = "not stated"
LISTED = 100  # faults listed in an error
FEW = 200_000  # rows of a file that are read again to look at every id
LEARNED = 50_000  # rows from which wordings of crowd sizes are learned
WATCHED = 16  # of longer files, one in so many ids is watched for repeats while the rows pass by
ID, MARK = "event_id", "mark_"
EVENTS = TABLES["events"].columns
SAID, WANTED = "said_", "wanted_"

Condition = Callable[[ir.Table], ir.BooleanValue]


@dataclass(frozen=True)
class Question:
    """
    What is asked of the events.

    Attributes
    ----------
    columns : list of str
        What groups.
    frequency : Frequency
        Length of the periods.
    span : (int or None, int or None)
        First and last period of interest; earlier and later ones come back as one each, just outside.
    condition : callable, optional
        Which rows of the readable table to count; the groups of all others are listed with 0 events.
    mentioned : set of str
        Columns that the condition speaks of.
    """

    columns: list[str]
    frequency: Frequency
    span: tuple[int | None, int | None]
    condition: Condition | None
    mentioned: set[str]

    def rows(self, table: ir.Table, *also: str) -> ir.Table:
        """Read the cells of a table that the answer depends on; columns that are neither used nor named here go."""
        used = {*SUMS, "date_precision", *self.mentioned}
        kept = {"date", ID, WORDS, *self.columns, *used, *also}
        return readable(table.select(*(name for name in table.columns if name in kept)), used)


def counted(events: Relation, asked: Question) -> pd.DataFrame:
    """
    Count and sum the events of each group and period.

    Parameters
    ----------
    events : Relation
    asked : Question

    Returns
    -------
    DataFrame
        The columns asked for, `period` (its number), `events` (0 where only others are there), `imprecise_`, the sums,
        and `<thing>_open_` and `<thing>_unsettled_`: events that state something, but no high or no best number.

    Raises
    ------
    DataError
        If a date or a count cannot be read, an event is there twice, or a file has a value of no known meaning.
    """
    try:
        found = events.fetch(summed(events, asked, _learned(events)))
    except duckdb.Error:
        if events.careful is None:
            raise
        return counted(events.careful(), asked)  # says which line cannot be read
    number = int(found["rows_"].sum())
    if bad := int(found["bad_"].sum()):
        again = events.careful if number <= FEW else None
        raise DataError(_bad_cells(again() if again else events, asked, bad))
    if ID in events.table.columns and ((found["watched_"] > found["distinct_"]).any() or _is_cheap(events, number)):
        _refuse_repeats(events)
    found = found.rename(columns={f"key{place}": column for place, column in enumerate(asked.columns)})
    found = _folded(_spelt_out(found), asked.columns)
    _demand_known(found[found["events"] > 0], asked.columns, events)
    return found


def summed(events: Relation, asked: Question, learned: pd.DataFrame | None = None) -> ir.Table:
    """Write the query that `counted` runs; sizes in words that are learned need not group."""
    table = events.table if learned is None else _with_sizes(events.table, learned)
    rows = asked.rows(table)
    keys = {f"key{place}": text(rows[name]) for place, name in enumerate(asked.columns)}
    said = {SAID: rows[WORDS]} if WORDS in rows.columns else {}
    wanted = {} if asked.condition is None else {WANTED: asked.condition(rows).fill_null(False)}
    numbered = rows.mutate(**keys, **said, **wanted, period_=asked.frequency.numbered(rows.date), **_mark(rows))
    prepared = numbered.mutate(period_=_clipped(numbered.period_, *asked.span))
    measures = {
        "rows_": prepared.count(),
        "bad_": prepared[UNREADABLE].cast("int64").sum(),
        **_repeats(prepared, events),
        **_measures(prepared, asked.frequency, prepared[WANTED] if wanted else None),
    }
    return prepared.group_by([*keys, *said, "period_"]).aggregate(**measures).rename(period="period_")


def _learned(events: Relation) -> pd.DataFrame | None:
    """Read the wordings of the first rows of a file; what few others there are, the engine groups by."""
    if WORDS not in events.table.columns or events.in_memory or not events.is_local:
        return None
    words = events.fetch(events.table.select(WORDS).limit(LEARNED).distinct())[WORDS].dropna()
    return read_crowds(words.astype("str")).add_prefix("learned_").assign(learned_=words)


def _with_sizes(table: ir.Table, learned: pd.DataFrame) -> ir.Table:
    """Write the sizes that learned wordings stand for; where one is not understood, the numbers given stay."""
    known = ibis.memtable(learned)
    rows = table.left_join(known, table[WORDS] == known.learned_)
    read = {name: rows[f"learned_{name}"] for name in SIZES}
    understood = ibis.or_(*(size.notnull() for size in read.values()))
    sizes = {
        name: ibis.ifelse(understood, size.cast("string"), rows[name]) if name in table.columns else size
        for name, size in read.items()
    }
    return rows.mutate(**sizes, **{WORDS: ibis.ifelse(rows.learned_.isnull(), rows[WORDS], ibis.null("string"))})


def _measures(rows: ir.Table, frequency: Frequency, wanted: ir.BooleanValue | None) -> dict[str, ir.Value]:
    """Count and sum over the events that are asked for."""

    def number(which: ir.BooleanValue) -> ir.IntegerScalar:
        return rows.count(where=which if wanted is None else which & wanted)

    measures = {"events": rows.count(where=wanted), "imprecise_": ibis.literal(0)}
    if frequency.too_coarse is not None and "date_precision" in rows.columns:
        measures["imprecise_"] = number(rows.date_precision >= frequency.too_coarse)
    for thing in THINGS:
        names = [f"{thing}_{bound}" for bound in ("low", "best", "high")]
        low, best, high = (rows[name].notnull() if name in rows.columns else ibis.literal(False) for name in names)
        measures |= {name: rows[name].sum(where=wanted) for name in names if name in rows.columns}
        measures[f"{thing}_stated_"] = rows.count(where=low | best | high)
        measures |= {
            f"{thing}_open_": number((low | best) & ~high),
            f"{thing}_unsettled_": number((low | high) & ~best),
        }
    return measures


def _spelt_out(found: pd.DataFrame) -> pd.DataFrame:
    """Read the sizes that stand in words; an engine has counted the events of each wording."""
    if SAID not in found:
        return found
    words = found[SAID].dropna().unique()
    read = read_crowds(pd.Series(words, dtype="str")).set_axis(words).astype("float64")
    stated = read.reindex(found[SAID]).set_axis(found.index).mul(found["events"], axis=0)
    low, best, high = (stated[name].notna() for name in SIZES)
    counts = {"size_open_": (low | best) & ~high, "size_unsettled_": (low | high) & ~best}
    understood = low | best | high
    given = found.reindex(columns=list(stated), fill_value=np.nan)
    return found.drop(columns=SAID).assign(
        **{name: stated[name].where(understood, given[name]) for name in stated},
        **{name: (which * found["events"]).where(understood, found[name]) for name, which in counts.items()},
        size_stated_=found["size_stated_"].where(~understood, found["rows_"]),
    )


def _folded(found: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Add up the groups of a cell: those of several wordings, and those whose key is missing or blank."""
    named = {
        column: found[column].where(found[column].str.contains(FILLED, na=False), NOT_STATED) for column in columns
    }
    sums = [name for name in SUMS if name in found]
    groups = found.assign(**named).groupby([*columns, "period"], sort=False)
    others = [name for name in found if name not in (*columns, "period", *sums)]
    return groups[others].sum().join(groups[sums].sum(min_count=1)).reset_index()


def _clipped(number: ir.IntegerValue, first: int | None, last: int | None) -> ir.IntegerValue:
    outside = [(number < first, first - 1)] if first is not None else []
    outside += [(number > last, last + 1)] if last is not None else []
    return ibis.cases(*outside, else_=number) if outside else number


def _mark(rows: ir.Table) -> dict[str, ir.Value]:
    return {MARK: rows[ID].cast("string").hash()} if ID in rows.columns else {}


def _repeats(rows: ir.Table, events: Relation) -> dict[str, ir.Value]:
    """Count ids, and different ids; on this machine a sixteenth of them, because all would cost a third more time."""
    if MARK not in rows.columns or events.in_memory:
        return {"watched_": ibis.literal(0), "distinct_": ibis.literal(0)}
    watched = rows[MARK].notnull()
    if events.is_local:
        watched = watched & (rows[MARK] % WATCHED == 0)
    return {"watched_": rows.count(where=watched), "distinct_": rows[MARK].nunique(where=watched)}


# Faults -------------------------------------------------------------------------------------------------------------


def _bad_cells(events: Relation, asked: Question, number: int) -> pd.DataFrame:
    """List the first cells that cannot be read."""
    rows = asked.rows(events.table, FILE, LINE)
    expected = demands(rows)
    place = [name for name in (FILE, LINE, ID) if name in rows.columns]
    cells = {f"{CELL}{name}": rows[f"{CELL}{name}"].cast("string") for name in expected}
    shown = rows.filter(rows[UNREADABLE]).select(
        *(f"{BAD}{name}" for name in expected), **cells, **{name: rows[name].cast("string") for name in place}
    )
    found = events.fetch(shown.limit(LISTED))
    problems = [
        problem(row.get(FILE) or events.label, _demand(row, demand), row.get(LINE), name, row[f"{CELL}{name}"] or "")
        for row in found.astype(object).where(found.notna(), None).to_dict("records")
        for name, demand in expected.items()
        if row[f"{BAD}{name}"]
    ]
    if number > LISTED:
        problems.append(problem(events.label, f"{number} rows have such cells; those of the first {LISTED} are listed"))
    return pd.concat(problems, ignore_index=True)


def _demand_known(found: pd.DataFrame, columns: Sequence[str], events: Relation) -> None:
    """Refuse values of a file that no vocabulary has, as its loader does; a table may have words of its own."""
    problems = []
    for column in (name for name in columns if name in EVENTS and events.is_file):
        number = found[found[column] != NOT_STATED].groupby(column)["events"].sum()
        for check in EVENTS[column].checks:
            odd = number[~check(number.index.to_series()).check_output]
            hint = "(events: {:,}; leave them out with where, or see their lines with check)"
            problems += [
                problem(events.label, f"{check.error} {hint.format(rows)}", None, column, str(value))
                for value, rows in odd.items()
            ]
    if problems:
        raise DataError(pd.concat(problems, ignore_index=True))


def _demand(row: dict[str, object], demand: str) -> str:
    return f"{demand} (event {row[ID]})" if row.get(ID) and not row.get(LINE) else demand


def _is_cheap(events: Relation, rows: int) -> bool:
    return events.in_memory or (events.is_local and rows <= FEW)


def _refuse_repeats(events: Relation) -> None:
    """Raise if an id is in several rows: two downloads pasted together would be counted twice."""
    rows = events.table
    ids = rows.filter(is_filled(rows[ID])).group_by(ID).aggregate(rows=lambda group: group.count())
    found = events.fetch(ids.filter(ids.rows > 1).order_by(ID).limit(LISTED))
    problems = [
        problem(
            events.label, f"one row per event; this id is in {row.rows} rows, drop the copies", None, ID, row.event_id
        )
        for row in found.itertuples()
    ]
    if problems:
        raise DataError(pd.concat(problems, ignore_index=True))
