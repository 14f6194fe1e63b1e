"""
One page that holds everything: the executed notebooks, their figures as SVG, the tables with sources and hashes.

The page is one HTML file that asks no other host for anything. `cells.html.j2` turns the cells of a notebook into
HTML (nbconvert picks which form of an output to show), `page.html.j2` puts the notebooks into a page, `page.css` is
its look.
"""

from __future__ import annotations

from analysis.report.page import build

__all__ = ["build"]
