"""
Reference toolkit for analysing political crises: events, casualties and elections, from sourced tables to figures.

The house has floors, and a module imports only from floors below its own:

1. `columns` (kinds of cells), `schema` (the data dictionary), `countries`, `reading` (any source to typed rows),
   `tables` (the loaders, the only place that opens data files), `codebook` (texts generated from the dictionary)
2. `panel` (place x period panels), not built yet
3. `elections` (count stages, thresholds, voters on the move), `events` (what to show of an event table)
4. `charts` (draw a frame on given Axes), `figures` (load, compute, draw: the only place that writes figures)
5. `__main__` (the command line)

Public names load on first use, so that `import analysis` costs next to nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["charts", "elections", "figures"],
    submod_attrs={
        "columns": ["DataError"],
        "tables": [
            "check",
            "cite",
            "dictionary",
            "load_cases",
            "load_casualties",
            "load_elections",
            "load_events",
            "load_results",
            "load_sources",
            "load_table",
            "load_turnout",
        ],
    },
)
