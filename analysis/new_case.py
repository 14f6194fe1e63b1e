"""A folder to code a new crisis in: empty tables, their codebook, and a notebook that draws them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.bundled import data_folder, tables_read
from analysis.codebook import markdown
from analysis.crisis import TABLES_OF_A_CRISIS, Crisis, load_crisis
from analysis.schema import TABLES
from analysis.writing import write_whole

NOTEBOOK = "what_happened.ipynb"
README = """# One crisis in six tables

Code what public reports say, one row a fact, in your own words. The order that works:

1. `sources.csv`: every page you read gets a row and an id of your choice. `published` is its date, or better its time
   with the offset, as in `2019-10-18T21:40+03:00`: from it `as_of` knows what was known when.
2. `events.csv`: what happened, day by day. To begin with, `event_id`, `date`, `event_type`, `country_iso3`, `country`,
   `location`, `summary` and `source_ids` are enough. `turning_point` is two or three words for the chart of the days.
3. `casualties.csv`: every statement of a number of dead, injured or detained, contradicting ones too, each with its
   `episode`, wording (`qualifier`) and who said so (`issuer_type`; `competent` is the body in charge of the count).
   Where some count a town and some the country, `part_of` of the town's rows names the country.
4. `elections.csv` and `results.csv`: the vote, and each count of it, if there was one.
5. `coverage.csv`: from when to when you looked (a row with `events` as `table`). Outside of it, no row means nothing.

Leave a cell empty for "not reported"; it never means zero. Leave a table with its header alone if you have nothing.

```
unrest check FOLDER              # which cell does not fit, and which id leads nowhere
unrest figures --data FOLDER     # timeline, toll, vote and briefing, in FOLDER/figures
unrest briefing --data FOLDER --as-of "2019-10-18 21:00" -o evening.png
```

`what_happened.ipynb` shows the same. `unrest new EXAMPLE --like Belarus` makes such a folder with a coded crisis in it.
Names in bold may not be empty; columns marked *on loading* are filled for you.
"""
CELLS = {
    "title": "# What happened\n\nFill the tables as `README.md` says, then run all cells.",
    "tables": """from analysis import check_case, figures, load_crisis

print(load_crisis(".").summary())""",
    "check-text": "## Does every cell fit\n\nWhat does not is listed with its line, its column and what was expected.",
    "check": 'print(check_case(".").summary())',
    "timeline-text": "## The days\n\nBoxes are events; a hollow box has no hour.",
    "timeline": 'figures.timeline(data=".")',
    "toll-text": "## The toll\n\nEvery running total that was stated, by whom and when. They may clash.",
    "toll": 'figures.toll(data=".")',
    "vote-text": "## The vote\n\nDelete this part if there was none.",
    "vote": 'figures.vote(data=".")',
    "briefing-text": '## What was known\n\nAdd an hour, as in `as_of="2019-10-18 21:00"`, to see that evening.',
    "briefing": 'figures.briefing(data=".")',
    "limits": """## What this does not show

What nobody reported, and what was reported outside the days and places you looked at. Say here whom your sources
reach, and whom they do not.""",
}
IN_WORDS = ("title", "limits")


def write_case(folder: Path, like: str | None = None) -> list[Path]:
    """
    Write the tables of a crisis, empty or with those of a bundled one, their codebook and a notebook.

    Parameters
    ----------
    folder : Path
        Made if it does not exist. Nothing in it is written over.
    like : str, optional
        Name or ISO code of a country whose crisis is bundled, to fill the tables with its rows.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ValueError
        If one of the files is there already, or no crisis of the country is bundled.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write_case(Path(folder), like="Belarus")][-2:]
    ['README.md', 'what_happened.ipynb']
    """
    names = [*(f"{name}.csv" for name in TABLES_OF_A_CRISIS), "README.md", NOTEBOOK]
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise ValueError(f"{folder}: {', '.join(there)} there already; nothing was written")
    with tables_read() as read:
        crisis = None if like is None else load_crisis(country=like)
    texts = {name: _empty(name) if crisis is None else _rows(name, read[name], crisis) for name in TABLES_OF_A_CRISIS}
    written = [write_whole(folder / f"{name}.csv", text.encode()) for name, text in texts.items()]
    codebook = markdown(folder, [TABLES[name] for name in TABLES_OF_A_CRISIS], README)
    return [
        *written,
        write_whole(folder / "README.md", codebook.encode()),
        write_whole(folder / NOTEBOOK, _notebook().encode()),
    ]


def _empty(name: str) -> str:
    """Write the header of a bundled table."""
    with (data_folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return file.readline()


def _rows(name: str, content: bytes, crisis: Crisis) -> str:
    """Write the rows of a bundled table that belong to a crisis, cell by cell as they are."""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    cited = pd.concat([crisis.events, crisis.casualties, crisis.election, crisis.results])["source_ids"].dropna()
    wanted: dict[str, tuple[str, Iterable[str]]] = {
        "events": ("event_id", crisis.events["event_id"]),
        "casualties": ("report_id", crisis.casualties["report_id"]),
        "elections": ("election_id", crisis.election["election_id"]),
        "results": ("election_id", crisis.election["election_id"]),
        "coverage": ("country_iso3", [crisis.country]),
        "sources": ("source_id", cited.str.split(";").explode()),
    }
    column, values = wanted[name]
    ids = set(values)
    kept = [row for row in rows if row[column] in ids]
    if name == "coverage":
        kept = [row for row in kept if row["table"] in TABLES_OF_A_CRISIS]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows.fieldnames or []), lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    return text.getvalue()


def _notebook() -> str:
    """Write the notebook, without outputs."""
    cells = [
        (new_markdown_cell if name in IN_WORDS or name.endswith("-text") else new_code_cell)(text, id=name)
        for name, text in CELLS.items()
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.writes(new_notebook(cells=cells, metadata=kernel)) + "\n"
