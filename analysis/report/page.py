"""The page around the notebooks: contents, tables with sources and hashes, versions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analysis.notebooks import run
from analysis.report.cells import FOLDER, Chapter, chapter
from analysis.schema import BUNDLED
from analysis.tables import load_sources, load_table
from analysis.versions import PACKAGE, table_hash, versions

TITLE = "Kyrgyzstan, October 2020, and crises like it"
DESCRIPTION = (
    "A disputed vote, a night of seized buildings, an annulled result and a president gone: what happened, who was "
    "hurt, what the count said and what models can and cannot add, with a source and a range for every number."
)


def build(notebooks: Iterable[Path]) -> str:
    """
    Run notebooks and put them into one page.

    Parameters
    ----------
    notebooks : iterable of Path
        Notebook files, in reading order. They stay as they are.

    Returns
    -------
    str
        HTML that needs no other file and no other host.

    Raises
    ------
    RuntimeError
        If a cell of a notebook fails or warns.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import nbformat
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.ipynb")
    ...     nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Mine")]), path)
    ...     "Mine</h2>" in build([path])
    True
    """
    chapters = [chapter(run(path, pictures="svg"), path.stem) for path in notebooks]
    return page(chapters)


def page(chapters: list[Chapter]) -> str:
    """
    Put chapters into the page.

    Parameters
    ----------
    chapters : list of Chapter

    Returns
    -------
    str
        HTML.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made_with = versions()
    templates = Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False)
    return templates.get_template("page.html.j2").render(
        title=TITLE,
        description=DESCRIPTION,
        version=made_with["package"],
        css=(FOLDER / "page.css").read_text(encoding="utf-8"),
        chapters=chapters,
        tables=[_table(name) for name in BUNDLED],
        sources=load_sources().astype("str").fillna("").to_dict("records"),
        versions=[
            ("Python", made_with["python"]),
            (PACKAGE, made_with["package"]),
            *made_with["libraries"].items(),
        ],
    )


def _table(name: str) -> dict[str, Any]:
    """Say what a bundled table is, and which bytes it has."""
    rows = load_table(name)
    ids = rows["source_ids"].dropna().str.split(";").explode() if "source_ids" in rows else []
    return {
        "name": name,
        "description": BUNDLED[name].title,
        "rows": len(rows),
        "sources": len(set(ids)),
        "sha256": table_hash(name),
    }
