"""
The data dictionary: one pandera model per table.

A column is declared once, here: its kind, unit, coding rule, vocabulary and the source of that vocabulary.
Loaders parse and validate by it, `dictionary()` shows it, and `data/README.md` and `data/datapackage.json`
are generated from it. `TABLES` maps each table's name to its `Table`; `BUNDLED` are those whose rows the package ships.

Every table follows the same rules. An empty cell means "not reported"; it never means zero. Uncertain counts
come as `<thing>_low`, `<thing>_best`, `<thing>_high`. A list of ids is joined with ";". Vocabularies marked
"open" may be extended by a user's own file; all others are closed and checked.
"""

from __future__ import annotations

from analysis.schema.common import Table
from analysis.schema.context import CONFLICTS, COUNTRY_YEARS, LEADERS, NEIGHBOURS
from analysis.schema.facts import CASES, CASUALTIES, COVERAGE, EVENTS, SOURCES
from analysis.schema.states import STATES
from analysis.schema.stations import PRECINCTS, STATION_BANDS, STATION_CELLS, STATION_GRID, STATION_TESTS
from analysis.schema.votes import ELECTIONS, FORM2, IRREGULARITIES, RESULTS, TURNOUT

TABLES = {
    table.name: table
    for table in (
        EVENTS,
        CASUALTIES,
        ELECTIONS,
        RESULTS,
        TURNOUT,
        FORM2,
        IRREGULARITIES,
        CASES,
        STATION_BANDS,
        STATION_GRID,
        STATION_TESTS,
        STATION_CELLS,
        PRECINCTS,
        CONFLICTS,
        LEADERS,
        COUNTRY_YEARS,
        COVERAGE,
        NEIGHBOURS,
        STATES,
        SOURCES,
    )
}
BUNDLED = {name: table for name, table in TABLES.items() if table.bundled}

__all__ = ["BUNDLED", "PRECINCTS", "TABLES", "Table"]
