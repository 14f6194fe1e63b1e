"""Widgets for notebooks."""

from __future__ import annotations

from typing import Any

import ipywidgets
import pandas as pd

from analysis import figures
from analysis.figures.case import COUNTRY


def briefing_slider(
    start: Any, end: Any, *, at: Any = None, freq: str = "6h", country: str = COUNTRY
) -> ipywidgets.VBox:
    """
    Make a slider over hours that draws the briefing of each anew.

    The page is drawn when the slider is let go. In a notebook that is not running, the page drawn last stays.

    Parameters
    ----------
    start, end : str or Timestamp
        First and last hour of the slider, local time.
    at : str or Timestamp, optional
        Where it stands at first, one of its steps; default: the last.
    freq : str
        Step.
    country : str
        Name or ISO code of a country whose events are bundled.

    Returns
    -------
    ipywidgets.VBox
        A `SelectionSlider` above an `Image`.

    Raises
    ------
    ValueError
        If there are no hours, `at` is not one of them, or nothing had been reported by the first.

    Examples
    --------
    >>> from analysis.interactive import briefing_slider
    >>> slider, page = briefing_slider("2020-10-06 12:00", "2020-10-06 18:00").children
    >>> slider.value
    '2020-10-06 18:00'
    """
    hours = pd.date_range(start, end, freq=freq).strftime("%Y-%m-%d %H:%M").tolist()
    if not hours:
        raise ValueError(f"no hours from {start} to {end}; is the start after the end?")
    chosen = hours[-1] if at is None else f"{pd.Timestamp(at):%Y-%m-%d %H:%M}"
    if chosen not in hours:
        raise ValueError(f"{chosen} is not a step of the slider; the steps are {', '.join(hours[:3])} ... {hours[-1]}")
    _page(hours[0], country)  # fails here, not when the slider gets there
    width = ipywidgets.Layout(width="640px")
    slider = ipywidgets.SelectionSlider(
        options=hours, value=chosen, description="Known at", continuous_update=False, layout=width
    )
    page = ipywidgets.Image(value=_page(chosen, country), format="png", layout=width)

    def draw(change: dict[str, Any]) -> None:
        page.value = _page(change["new"], country)

    slider.observe(draw, names="value")
    return ipywidgets.VBox([slider, page])


def _page(hour: str, country: str) -> bytes:
    return figures.render("briefing", "png", as_of=hour, country=country)
