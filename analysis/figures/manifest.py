"""The manifest of a folder of figures: what each was made from, and what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from analysis.figures.made import Made, made_from, rows
from analysis.schema import TABLES
from analysis.writing import write_whole

NAME = "manifest.json"
FIELDS = {"data", "libraries", "package", "published", "sha256", "tables"}
ROW_LETTERS = 8
MOST_NAMED = 3


def record(figure: Path, content: bytes, read: Mapping[str, bytes]) -> Path:
    """
    Enter a figure that was just written into the manifest of its folder, and drop those whose file is gone.

    Parameters
    ----------
    figure : Path
        Its file.
    content : bytes
        What was written there.
    read : mapping of str to bytes
        Tables it was made from, name -> content.

    Returns
    -------
    Path
        Of the manifest.

    Notes
    -----
    JSON with sorted keys. `figures` has the SHA-256 of each file and what `Made` says; `tables` has, for each hash in
    use of each table, its `columns` and one word a row: a digest of its key, then one of all its cells.
    """
    path = figure.parent / NAME
    known = load(figure.parent)
    made = made_from(read)
    entry = asdict(made) | {"data": made.data, "sha256": hashlib.sha256(content).hexdigest()}
    figures = {name: one for name, one in known["figures"].items() if (figure.parent / name).is_file()}
    figures |= {figure.name: entry}
    tables = known["tables"]
    for name, digits in made.tables.items():
        tables.setdefault(name, {})[digits] = _digests(name, read[name])
    in_use = {pair for one in figures.values() for pair in one["tables"].items()}
    kept = {
        name: {digits: one for digits, one in versions.items() if (name, digits) in in_use}
        for name, versions in tables.items()
    }
    whole = {"figures": figures, "tables": {name: versions for name, versions in kept.items() if versions}}
    return write_whole(path, (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the manifest of a folder; one that is missing or was spoilt says nothing."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        figures = {name: one for name, one in found["figures"].items() if one.keys() >= FIELDS}
        return {"figures": figures, "tables": dict(found["tables"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {"figures": {}, "tables": {}}


def stale(figure: Path, content: bytes, read: Mapping[str, bytes]) -> str | None:
    """
    Say what the manifest has wrong about a figure whose file is as it should be.

    Parameters
    ----------
    figure : Path
        Its file.
    content : bytes
        Of the file.
    read : mapping of str to bytes
        Tables it was made from, name -> content.

    Returns
    -------
    str or None
    """
    entry = load(figure.parent)["figures"].get(figure.name)
    if entry is None:
        return f"{figure.parent / NAME} does not list it"
    same = entry["sha256"] == hashlib.sha256(content).hexdigest() and entry["tables"] == made_from(read).tables
    return None if same else f"{figure.parent / NAME} tells of another edition of it"


def reasons(figure: Path, content: bytes, read: Mapping[str, bytes]) -> list[str]:
    """
    Say why a figure is not what was drawn before: which tables, versions or files have changed.

    Parameters
    ----------
    figure : Path
        Its file.
    content : bytes
        Of the file, as drawn before.
    read : mapping of str to bytes
        Tables it would be made from now, name -> content.

    Returns
    -------
    list of str
        At least one. That the code changed is said if nothing else did, for nothing else is left.
    """
    known = load(figure.parent)
    entry = known["figures"].get(figure.name)
    if entry is None:
        return [f"{NAME} does not list it, so the reason is not known"]
    now = made_from(read)
    said = [*_tables_changed(entry["tables"], now, read, known["tables"]), *_versions_changed(entry, now)]
    if entry["sha256"] != hashlib.sha256(content).hexdigest():
        said.append("the file was changed after it was drawn")
    return said or ["tables and versions are the same, so the code changed"]


def _tables_changed(
    then: Mapping[str, str], now: Made, read: Mapping[str, bytes], digests: Mapping[str, Any]
) -> Iterable[str]:
    for name in sorted({*then, *now.tables}):
        if name not in now.tables:
            yield f"{name}.csv is no longer read"
        elif name not in then:
            yield f"{name}.csv is read too"
        elif then[name] != now.tables[name]:
            yield f"{name}.csv changed: {_rows_changed(name, digests.get(name, {}).get(then[name]), read[name])}"


def _rows_changed(name: str, then: Mapping[str, Any] | None, content: bytes) -> str:
    """Count rows that were added, changed and removed, and name some that are there."""
    if then is None:
        return "its earlier rows are not known"
    now = _digests(name, content)
    if then["columns"] != now["columns"]:
        return f"its columns were {', '.join(then['columns'])}"
    before = {word[:ROW_LETTERS]: word for word in then["rows"]}
    after = {word[:ROW_LETTERS]: word for word in now["rows"]}
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    changed = {key for key in after.keys() & before.keys() if after[key] != before[key]}
    total = len(added) + len(changed) + len(removed)
    if not total:
        return "no rows, only how they are written or ordered"
    counts = {"added": len(added), "changed": len(changed), "removed": len(removed)}
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    there = [key for row in rows(content) if _digest(key := _key(name, row)) in added | changed]
    named = f"; {', '.join(there[:MOST_NAMED])}{' ...' if len(there) > MOST_NAMED else ''}" if there else ""
    return f"{total} row{'s' if total > 1 else ''} ({kinds}{named})"


def _versions_changed(entry: Mapping[str, Any], now: Made) -> Iterable[str]:
    if entry["package"] != now.package:
        yield f"this package was {entry['package']} and is {now.package}"
    for name in sorted({*entry["libraries"], *now.libraries}):
        then, this = entry["libraries"].get(name, "not used"), now.libraries.get(name, "not used")
        if then != this:
            yield f"{name} was {then} and is {this}"


def _digests(name: str, content: bytes) -> dict[str, list[str]]:
    found = rows(content)
    words = sorted(_digest(_key(name, row)) + _digest("\x1f".join(map(str, row.values()))) for row in found)
    return {"columns": list(found[0]) if found else [], "rows": words}


def _key(name: str, row: Mapping[str, str]) -> str:
    return " / ".join(row.get(column) or "-" for column in TABLES[PurePath(name).name].key)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:ROW_LETTERS]
