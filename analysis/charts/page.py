"""The parts of a one-page briefing: a number that fills a panel, and rows of text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from analysis.charts.style import FAINT, INK, SOFT, label

LETTER_IN = 0.078  # mean width of a letter of 9.5 points
LINE_IN = 0.19  # from one line of a row to the next


def _inches(ax: Axes) -> tuple[float, float]:
    """Make the data units of the Axes inches from its upper left corner; return its width and height."""
    box = ax.get_window_extent()
    wide, high = box.width / ax.figure.dpi, box.height / ax.figure.dpi
    ax.set_xlim(0, wide)
    ax.set_ylim(-high, 0)
    ax.axis("off")
    return wide, high


def draw_number(ax: Axes, number: str, what: str, lines: Sequence[str], colour: str = INK) -> Axes:
    """
    Draw a number as large as its panel allows, what it counts, and the lines a reader needs to quote it.

    Parameters
    ----------
    ax : Axes
        Its data units become inches.
    number, what : str
        Such as "686" and "injured".
    lines : sequence of str
        Written below, small, wrapped to the panel.
    colour : str

    Returns
    -------
    Axes
    """
    wide, _ = _inches(ax)
    size = min(34, 100 * wide / max(len(number), 1))
    label(ax, 0, -0.28, number, size=size, weight="bold", color=colour)
    label(ax, 0, -0.68, what, size=12, weight="bold", color=colour)
    wrapped = [part for line in lines for part in textwrap.wrap(line, int(wide / LETTER_IN))]
    label(ax, 0, -0.88, "\n".join(wrapped), size=9.5, color=SOFT, va="top", linespacing=1.35)
    return ax


def draw_rows(ax: Axes, title: str, rows: Sequence[Sequence[str]], columns: Sequence[float], letters: int) -> Axes:
    """
    Write rows of text under a title, the last cell wrapped, as many as fit; say how many do not.

    Parameters
    ----------
    ax : Axes
        Its data units become inches.
    title : str
    rows : sequence of sequences of str
        Cells, as many as columns.
    columns : sequence of float
        Where each column begins, inches from the left.
    letters : int
        Width of the last column.

    Returns
    -------
    Axes
    """
    wide, high = _inches(ax)
    label(ax, 0, -0.1, title, weight="bold", size=12)
    ax.plot([0, wide], [-0.27, -0.27], color=FAINT, linewidth=0.8)
    y = -0.42
    for shown, row in enumerate(rows):
        last = textwrap.wrap(row[-1], letters) or [""]
        room = high + y - LINE_IN * (len(last) - 1)
        if room < (LINE_IN if shown < len(rows) - 1 else 0):
            label(ax, 0, y, f"and {len(rows) - shown} more", size=9.5, color=SOFT)
            return ax
        for x, text in zip(columns, [*row[:-1], "\n".join(last)], strict=True):
            label(ax, x, y + 0.07, text, size=9.5, va="top", linespacing=1.25, color=INK if x else SOFT)
        y -= LINE_IN * len(last) + 0.05
    if not rows:
        label(ax, 0, y, "Nothing had been reported.", size=9.5, color=SOFT)
    return ax
