"""Everyday costs: import the package, load events, draw all figures."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator

import pandas as pd

from analysis import load_events

from .measuring import LINEAR, Row, beside, grown, python, timed


def rows(quick: bool) -> Iterator[Row]:
    """Measure imports beside that of pandas, loading beside `read_csv`, and the command that draws."""
    pandas = python("-c", "import pandas")
    row = Row("import analysis", rival="import pandas", goals={"ratio": 1.2})
    yield beside(row, python("-c", "import analysis"), pandas, 1 if quick else 10)
    row = Row("import every public name", rival="import pandas")
    yield beside(row, python("-c", f"from analysis import {'DataError' if quick else '*'}"), pandas, 1 if quick else 5)
    sizes = (100, 200) if quick else (100_000, 200_000)
    yield from grown((loaded(n, quick) for n in sizes), growth=LINEAR)
    with tempfile.TemporaryDirectory() as folder:
        draw = python("-m", "analysis", "figures", *(["form2"] if quick else []), "-o", folder)
        drawn, printed = timed(draw)
    yield Row("unrest figures, all", len(printed.splitlines()), "figures", drawn, goals={"seconds": 30})


def loaded(n: int, quick: bool) -> Row:
    """Load n events and check every cell, and read the same with pandas."""
    content = many_events(n)
    row = Row("load_events, every cell checked", n, "rows", rival="pandas read_csv, nothing checked")
    load, read = (lambda: load_events(io.StringIO(content))), (lambda: pd.read_csv(io.StringIO(content)))
    return beside(row, load, read, 1 if quick else 3)


def many_events(n: int) -> str:
    """Write a CSV of invented events in our columns."""
    days = pd.date_range("2020-01-01", periods=n, freq="min").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"event_id": [f"E{i}" for i in range(n)], "date": days})
    frame = frame.assign(event_type="Protests", country_iso3="KGZ", location="Bishkek", size_low=100, size_high=200)
    return frame.to_csv(index=False)
