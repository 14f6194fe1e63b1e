"""
The published figures: one function each, that needs no arguments, loads, computes, draws and returns a Figure.

Each module holds the figures of one subject, `page` the briefing, `case` what they share. `write` and `save` are the
only places that write figures; `difference` compares one with the file on disk, byte for byte. Each figure says at its
foot what it was `made` from, and `write` keeps the `manifest` of the folder, from which `difference` tells what changed.
The functions in `__all__` are the figures, each `@published`; a new one needs no other registration.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis import elections
from analysis.bundled import tables_read
from analysis.charts import style
from analysis.crisis import Crisis
from analysis.figures import manifest
from analysis.figures.comparison import base_rates, neighbours, odds
from analysis.figures.dynamics import contagion, counterfactual, counts_and_breaks, spread
from analysis.figures.election import count_stages, form2
from analysis.figures.forecasts import calibration_of_forecasts, skill
from analysis.figures.page import briefing
from analysis.figures.stations import calibration, digits, fingerprint, form2_dose, hand_and_machine, integer_peaks
from analysis.figures.survival import exits
from analysis.figures.toll import episodes, injured_as_known, injured_as_reported, rules_compared, toll
from analysis.figures.unrest import panel, timeline, where
from analysis.figures.vote import vote
from analysis.writing import write_whole

__all__ = [
    "base_rates",
    "briefing",
    "calibration",
    "calibration_of_forecasts",
    "contagion",
    "count_stages",
    "counterfactual",
    "counts_and_breaks",
    "digits",
    "episodes",
    "exits",
    "fingerprint",
    "form2",
    "form2_dose",
    "hand_and_machine",
    "injured_as_known",
    "injured_as_reported",
    "integer_peaks",
    "neighbours",
    "odds",
    "panel",
    "rules_compared",
    "skill",
    "spread",
    "timeline",
    "toll",
    "vote",
    "where",
]

OF_A_CASE = ("timeline", "toll", "vote", "briefing")  # which any crisis has, and draw a folder's with `data`
FORMATS = ("svg", "png", "pdf")
FOOTLINE = re.compile(rb'<g id="made">.*?</g>', flags=re.DOTALL)


def names(wanted: list[str] | None = None, among: Sequence[str] = tuple(__all__)) -> list[str]:
    """
    List figures, in the order of `__all__`.

    Parameters
    ----------
    wanted : list of str, optional
        Names to check; default: all.
    among : sequence of str
        Which there are to choose from.

    Raises
    ------
    ValueError
        If a name is not a figure.
    """
    unknown = sorted(set(wanted or []) - set(among))
    if unknown:
        raise ValueError(f"no such figure: {', '.join(unknown)}; the figures are {', '.join(among)}")
    return list(wanted or among)


def lacking(case: Crisis) -> dict[str, str]:
    """
    Say which figures of a case cannot be drawn yet, and what they lack.

    Parameters
    ----------
    case : Crisis

    Returns
    -------
    dict of str to str
        Name of the figure -> what is missing.
    """
    national = case.results[case.results["level"] == "national"]
    found = {
        "toll": None if (case.casualties["scope"] == "cumulative").any() else "casualties.csv has no running total",
        "vote": "elections.csv has no vote in these days" if case.election.empty else None,
        "briefing": "nothing is dated in sources.csv" if case.events["reported_at"].isna().any() else None,
    }
    if found["vote"] is None and elections.latest_count(national).empty:
        found["vote"] = "results.csv has no national count of it"
    return {name: why for name, why in found.items() if why}


def render(name: str, format: str = "svg", **options: Any) -> bytes:
    """
    Draw one figure.

    Parameters
    ----------
    name : str
        Name of a figure.
    format : {"svg", "png", "pdf"}
    **options
        Arguments of the figure, such as `as_of` of the briefing.

    Returns
    -------
    bytes
        The file. The same tables and library versions give the same bytes.

    Raises
    ------
    ValueError
        If the name or format is not known.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; allowed: {', '.join(FORMATS)}")
    draw: Callable[..., Figure] = globals()[names([name])[0]]
    with style.style():
        return encode(draw(**options), format)


def encode(figure: Figure, format: str) -> bytes:
    """
    Turn a drawn figure into the bytes of a file, which are the same in every run.

    Parameters
    ----------
    figure : Figure
    format : {"svg", "png", "pdf"}

    Returns
    -------
    bytes
    """
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[format]
    buffer = io.BytesIO()
    with style.style():
        figure.savefig(buffer, format=format, dpi=160, metadata=metadata)
    return buffer.getvalue()


def write(name: str, folder: str | os.PathLike[str], format: str = "svg", **options: Any) -> Path:
    """
    Write one figure, whole or not at all, and enter it into `manifest.json` beside it.

    Parameters
    ----------
    name : str
        Name of a figure.
    folder : path
        Made if it does not exist.
    format : {"svg", "png", "pdf"}
    **options
        Arguments of the figure.

    Returns
    -------
    Path
        Of the file, `<name>.<format>`.
    """
    with tables_read() as read:
        content = render(name, format, **options)
    path = write_whole(Path(folder) / f"{name}.{format}", content)
    manifest.record(path, content, read)
    return path


def save(name: str, path: str | os.PathLike[str], **options: Any) -> Path:
    """
    Write one figure to a file of any name, whole or not at all.

    Parameters
    ----------
    name : str
        Name of a figure.
    path : path
        Ends in .svg, .png or .pdf.
    **options
        Arguments of the figure.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the name or the ending is not known.
    """
    ending = Path(path).suffix.lstrip(".").lower()
    if ending not in FORMATS:
        raise ValueError(f"{path}: name a file that ends in {', '.join(f'.{known}' for known in FORMATS)}")
    return write_whole(Path(path), render(name, ending, **options))


def difference(name: str, folder: str | os.PathLike[str], **options: Any) -> str | None:
    """
    Compare one figure with its SVG on disk.

    Parameters
    ----------
    name : str
        Name of a figure.
    folder : path
        Where the SVG lies.
    **options
        Arguments of the figure.

    Returns
    -------
    str or None
        What is wrong, and why: the file is missing, or drawn by another Matplotlib (then bytes cannot be compared), or
        tables, versions or code changed, in the picture or only in the line at its foot; or the figure is as it should
        be and the manifest does not say so. None if all is well.
    """
    path = Path(folder) / f"{name}.svg"
    if not path.is_file():
        return f"{name}: {path} does not exist; run `unrest figures {name}`"
    on_disk = path.read_bytes()
    with tables_read() as read:
        now = render(name, **options)
    if on_disk == now:
        stale = manifest.stale(path, on_disk, read)
        return f"{name}: {stale}; run `unrest figures {name}`" if stale else None
    drawn_by = re.search(rb"Matplotlib v([\w.]+)", on_disk)
    if drawn_by and drawn_by[1].decode() != mpl.__version__:
        differs = f"drawn by Matplotlib {drawn_by[1].decode()}, this is {mpl.__version__}; bytes cannot be compared"
    elif FOOTLINE.sub(b"", on_disk) == FOOTLINE.sub(b"", now):
        differs = f"{path} shows what the tables give now, but the line at its foot does not"
    else:
        differs = f"{path} differs from what the tables give now"
    why = "; ".join(manifest.reasons(path, on_disk, read))
    return f"{name}: {differs} ({why}); run `unrest figures {name}` and look at it"
