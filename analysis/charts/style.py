"""The look of every figure: one style, one palette, one headline. No arithmetic on data."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

WIDTH_IN = 10.0
MARGIN_IN = 0.35
FOOT_IN = 0.18  # below the source, for what the figure was made from

# Okabe and Ito (2008), distinguishable with every common colour-vision deficiency, and greys.
BLUE, VERMILION, GREEN, ORANGE, SKY, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7"
INK, SOFT, PALE, FAINT, STALE = "#222222", "#666666", "#767676", "#D9D9D9", "#9A9A9A"

EVENT_COLOURS = {
    "Battles": INK,
    "Explosions/Remote violence": ORANGE,
    "Protests": BLUE,
    "Riots": VERMILION,
    "Violence against civilians": PURPLE,
    "Strategic developments": "#7A7A7A",
}
ALIGNMENT_COLOURS = {"pro_government": VERMILION, "opposition": BLUE, "mixed": PURPLE, "unknown": "#9A9A9A"}

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.grid": False,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "unrest-analysis",
    "text.color": INK,
    "text.parse_math": False,  # names may hold $ and \
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 11,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 11,
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Apply the style to everything drawn or saved inside the block, whatever the user's settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def blank(height_in: float) -> Figure:
    """Make an empty figure of the house width, with room for a line at its foot, without pyplot state."""
    return Figure(figsize=(WIDTH_IN, height_in + FOOT_IN))


def headline(figure: Figure, title: str, subtitle: str, source: str) -> None:
    """
    Write the finding above the figure and the source below it.

    Parameters
    ----------
    figure : Figure
        Of any height; the texts keep their distance from its edges in inches.
    title : str
        What the figure shows, as a sentence.
    subtitle : str
        What is drawn, with units and caveats; may have several lines.
    source : str
        Where the numbers come from; may have several lines.
    """
    height = figure.get_figheight()
    left = MARGIN_IN / WIDTH_IN
    figure.text(left, 1 - 0.28 / height, title, size=16, weight="bold", va="top", gid="title")
    figure.text(left, 1 - 0.68 / height, subtitle, size=11, color=SOFT, va="top", linespacing=1.35, gid="subtitle")
    above_foot = (0.18 + FOOT_IN) / height
    figure.text(left, above_foot, source, size=9, color=SOFT, va="bottom", linespacing=1.35, gid="source")


def footline(figure: Figure, text: str) -> None:
    """Write one line into the room below the source."""
    place = (MARGIN_IN / WIDTH_IN, 0.16 / figure.get_figheight())
    figure.text(*place, text, size=9, color=PALE, va="bottom", gid="made")


def axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place given in inches from the left edge and from the top of the foot that `blank` leaves."""
    total_width, total_height = figure.get_size_inches()
    box = (left / total_width, (bottom + FOOT_IN) / total_height, width / total_width, height / total_height)
    return figure.add_axes(box)


def label(ax: Axes, x: float, y: float, text: str, **options: Any) -> Text:
    """Write a label in data coordinates that is never clipped."""
    defaults: dict[str, Any] = {"size": 10.5, "va": "center", "clip_on": False, "parse_math": False}
    return ax.text(x, y, text, **(defaults | options))


def name_ticks(ax: Axes, which: Literal["x", "y"], places: Iterable[float], names: Sequence[str]) -> None:
    """Put names, which may hold dollars and backslashes, at places of the "x" or "y" axis, without tick marks."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks(list(places), list(names))
    for tick in axis.get_major_ticks():
        tick.label1.set_parse_math(False)
    ax.tick_params(axis=which, length=0, pad=7)


def draw_group_key(ax: Axes, colours: Mapping[str, str], x: float, y: float) -> Axes:
    """Explain colours in a column of squares and names, from axes coordinates (x, y) downwards."""
    height = ax.get_window_extent().height / ax.figure.dpi
    for rank, (name, colour) in enumerate(colours.items()):
        place = y - 0.25 * rank / height
        ax.plot(x, place, "s", color=colour, markersize=8, transform=ax.transAxes, clip_on=False)
        label(ax, x + 0.018, place, name, transform=ax.transAxes, size=10.5)
    return ax


def spread(values: list[float], gap: float) -> list[float]:
    """
    Move label positions apart until neighbours are at least `gap` away, as little as possible and in order.

    Parameters
    ----------
    values : list of float
        Wanted positions, in any order.
    gap : float
        Least distance, in the same unit.

    Returns
    -------
    list of float
        Positions in the order of `values`.

    Examples
    --------
    >>> spread([1.0, 1.2, 5.0], gap=1.0)
    [0.6, 1.6, 5.0]
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    blocks: list[tuple[list[int], float]] = []  # indices and the centre of each run of touching labels
    for index in order:
        members, centre = [index], values[index]
        while blocks and centre - blocks[-1][1] < gap * (len(members) + len(blocks[-1][0])) / 2:
            members = blocks.pop()[0] + members
            centre = sum(values[i] for i in members) / len(members)
        blocks.append((members, centre))
    placed = [0.0] * len(values)
    for members, centre in blocks:
        for rank, index in enumerate(members):
            placed[index] = round(centre + gap * (rank - (len(members) - 1) / 2), 10)
    return placed
