"""
Reference toolkit for analysing political crises: events, casualties and elections, from sourced tables to figures.

The house has floors, and a module imports only from floors below its own:

1. `options`, `countries`, `columns` (kinds of cells), `designs` (a model's formula, read), `schema` (the data
   dictionary), `reading` (any source to typed rows), `states` (country codes by date), `formats` (other publishers'
   files), `catalog` (data sets we may not ship), `as_of` (what was known when), `choosing` (the rows asked for),
   `tables`, `context` and `precincts` (the loaders, the only place that opens data files), `survey` and `checking`
   (what a file holds, and what in it does not fit), `citing`, `codebook` (texts generated from the dictionary),
   `crisis` (the tables of one crisis, bundled or in a folder of yours), `new_case` (such a folder, to fill)
2. `panel` (events to complete panels, on any engine), `events` (crowds, seized places, who reported them), `casualties`
   (one number from contradicting statements, and what was known when), `elections` (seats, thresholds, count stages,
   voters on the move), `forensics` (tests of polling stations, with their error rates), `dynamics` (counts,
   interruptions, change points, contagion, spread), `comparison` (crises side by side: base rates, likeness, odds,
   exits), `forecast` (scored out of sample): pure functions between the two doors
3. `charts` (draw a frame on given Axes), `figures` (load, compute, draw: the only place that writes figures),
   `aggregates` (tables of sums over station files that may not be shipped)
4. `interactive` (widgets), `notebooks` (run them), `report` (one page that holds them), `terminal` and `__main__` (the
   command line)

Public names load on first use, so that `import analysis` costs next to nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "casualties",
        "catalog",
        "charts",
        "comparison",
        "dynamics",
        "elections",
        "events",
        "figures",
        "forecast",
        "forensics",
        "formats",
    ],
    submod_attrs={
        "catalog": ["DatasetUnavailable"],
        "checking": ["check", "check_case"],
        "citing": ["cite"],
        "columns": ["DataError"],
        "context": ["load_conflicts", "load_country_years", "load_leaders", "load_neighbours"],
        "crisis": ["load_crisis"],
        "panel": ["event_panel"],
        "precincts": ["load_precincts"],
        "tables": [
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
