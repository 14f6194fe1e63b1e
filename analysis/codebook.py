"""
Texts generated from the data dictionary: `data/README.md` (the codebook) and `data/datapackage.json` (Frictionless).

Both are written by `unrest codebook` and never by hand; `stale` tells whether they fit the dictionary and the tables.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandera.pandas as pa

from analysis.schema import BUNDLED, TABLES, Table
from analysis.writing import write_whole

FRICTIONLESS_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "ids": {"type": "string"},
    "clock": {"type": "time", "format": "%H:%M"},
    "day": {"type": "date"},
    "moment": {"type": "string"},
    "count": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]},
}
INTRODUCTION = """# Codebook

Generated from `analysis/schema/` by `unrest codebook`; do not edit. As a frame: `analysis.dictionary("events")`.

The tables are CC BY 4.0. They hold facts coded in our own words from public reports; each row names its sources, and
`sources.csv` says who published them, where and when. `cite(frame)` prints them.

Rules of all tables: UTF-8, comma-separated, sorted by key. An empty cell means "not reported" and never zero.
Uncertain counts are `<thing>_low`, `<thing>_best`, `<thing>_high`; an empty `_high` is open above. Lists of ids are
joined with `;`. Dates are ISO; a time carries its offset. Columns marked *on loading* are not in the bundled files;
the loaders fill them. Names in bold may not be empty.
"""
NOT_BUNDLED = "No rows here: `load_{name}` fetches them from their publisher or reads yours"


def datapackage(folder: Path) -> dict[str, Any]:
    """
    Describe the tables in a folder as a Frictionless data package.

    Parameters
    ----------
    folder : Path
        With one `<table>.csv` per bundled table of the dictionary.

    Returns
    -------
    dict
        The content of `datapackage.json`.

    Examples
    --------
    >>> from analysis.bundled import data_folder
    >>> datapackage(data_folder())["resources"][0]["path"]
    'events.csv'
    """
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "unrest-analysis",
        "title": "Protest, casualty and election data with their sources",
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [_resource(table, folder) for table in BUNDLED.values()],
    }


def _resource(table: Table, folder: Path) -> dict[str, Any]:
    path = folder / f"{table.name}.csv"
    content = path.read_bytes()
    header = _header(path)
    keyed = [
        {"fields": [name], "reference": dict(zip(("resource", "fields"), _target(column), strict=True))}
        for name, column in table.columns.items()
        if column.metadata["references"] and column.metadata["kind"] != "ids" and _target(column)[0] != table.name
    ]
    return {
        "name": table.name,
        "path": path.name,
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": [_field(name, table.columns[name]) for name in header],
            "missingValues": [""],
            "primaryKey": [name for name in table.key if name in header],
        }
        | ({"foreignKeys": keyed} if keyed else {}),
    }


def _target(column: pa.Column) -> tuple[str, list[str]]:
    resource, field = column.metadata["references"].split(".")
    return resource, [field]


def _field(name: str, column: pa.Column) -> dict[str, Any]:
    about = column.metadata
    constraints = {
        "required": not column.nullable or None,
        "enum": about["allowed"],
        "minimum": about["low"],
        "maximum": about["high"],
        "pattern": about["pattern"],
    }
    constraints = {key: value for key, value in constraints.items() if value is not None}
    extra = {key: about[key] for key in ("unit", "rule", "vocabulary") if about[key]}
    field = {"name": name, **FRICTIONLESS_TYPES[about["kind"]], "description": column.description, **extra}
    return field | ({"constraints": constraints} if constraints else {})


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _count(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def markdown(folder: Path, tables: Iterable[Table] = tuple(TABLES.values()), introduction: str = INTRODUCTION) -> str:
    """
    Write the codebook of the tables in a folder.

    Parameters
    ----------
    folder : Path
        With one `<table>.csv` per bundled table of the dictionary.
    tables : iterable of Table
        Which; default: all.
    introduction : str
        What stands above.

    Returns
    -------
    str
        The content of `README.md`.

    Examples
    --------
    >>> from analysis.bundled import data_folder
    >>> markdown(data_folder()).splitlines()[0]
    '# Codebook'
    """
    return "\n".join([introduction, *(_chapter(table, folder) for table in tables)])


def _chapter(table: Table, folder: Path) -> str:
    path = folder / f"{table.name}.csv"
    header = _header(path) if table.bundled else list(table.columns)
    size = f"{_count(path):,} rows" if table.bundled else NOT_BUNDLED.format(name=table.name)
    lines = [
        f"## {table.name}",
        "",
        f"{table.title}. {table.description} {size}; key: `{'`, `'.join(table.key)}`.",
        "",
        "| column | type | unit | meaning and rule | values |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_line(name, column, name in header) for name, column in table.columns.items()]
    return "\n".join([*lines, ""])


def _line(name: str, column: pa.Column, in_file: bool) -> str:
    about = column.metadata
    meaning = " ".join(filter(None, [column.description, about["rule"]]))
    if not in_file:
        meaning += " *On loading.*"
    values = ", ".join(map(str, about["allowed"] or []))
    if about["low"] is not None:
        values = f"{about['low']} to {about['high']}"
    if about["references"]:
        values = f"`{about['references']}`"
    if about["vocabulary"]:
        values = f"{values} ({about['vocabulary']})".strip()
    mark = "**" if not column.nullable else ""
    return f"| {mark}{name}{mark} | {about['kind']} | {about['unit'] or ''} | {meaning} | {values} |"


def _texts(folder: Path) -> dict[str, str]:
    package = json.dumps(datapackage(folder), indent=2, ensure_ascii=False) + "\n"
    return {"README.md": markdown(folder), "datapackage.json": package}


def write(folder: Path) -> list[Path]:
    """
    Write both texts into the folder of the tables and return their paths.

    Examples
    --------
    >>> import shutil
    >>> from tempfile import TemporaryDirectory
    >>> from analysis.bundled import data_folder
    >>> with TemporaryDirectory() as folder:
    ...     copy = Path(shutil.copytree(data_folder(), Path(folder, "data")))
    ...     [path.name for path in write(copy)]
    ['README.md', 'datapackage.json']
    """
    return [write_whole(folder / name, text.encode("utf-8")) for name, text in _texts(folder).items()]


def stale(folder: Path) -> list[str]:
    """
    Name the texts that do not fit the dictionary and the tables as they are now.

    Examples
    --------
    >>> from analysis.bundled import data_folder
    >>> stale(data_folder())
    []
    """
    return [
        name
        for name, text in _texts(folder).items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
