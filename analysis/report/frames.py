"""Tables of pandas for readers: names in one header row, numbers to the right, what is missing as a dash."""

from __future__ import annotations

import re
from itertools import zip_longest
from xml.etree import ElementTree

DASH = "\u2013"
MISSING = {"NaN", "NaT", "None", "<NA>"}
NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?|[-+]?inf")
UNBROKEN = re.compile(r"\d{4}-\d\d(-\d\d)?|[A-Z]{3}-\d{4}-\d\d")


def tidy(table: str) -> str:
    """
    Make a table of pandas readable.

    Parameters
    ----------
    table : str
        HTML of one frame.

    Returns
    -------
    str
        The same cells. What is not XML comes back as it was.
    """
    try:
        root = ElementTree.fromstring(table)
    except ElementTree.ParseError:
        return table
    head, body = root.findall("./thead/tr"), root.findall("./tbody/tr")
    root.attrib.clear()
    for row in (*head, *body):
        row.attrib.clear()
    if head and body:
        _merge(root, head)
        _align(root.findall("./thead/tr")[-1], body)
    for scope, rows in (("col", root.findall("./thead/tr")), ("row", body)):
        for cell in (cell for row in rows for cell in row):
            _mark(cell, scope)
    return ElementTree.tostring(root, encoding="unicode", method="html")


def _merge(root: ElementTree.Element, head: list[ElementTree.Element]) -> None:
    """Put the names of the index, which pandas writes into a row of their own, into the row above."""
    if len(head) < 2 or head[-1][-1].text or len(head[-1]) != len(head[-2]):
        return
    for name, above in zip(head[-1], head[-2], strict=True):
        above.text = name.text or above.text
    for thead in root.findall("./thead"):
        thead.remove(head[-1])


def _align(labels: ElementTree.Element, body: list[ElementTree.Element]) -> None:
    """Set columns of numbers to the right, with their names."""
    rows = [row.findall("td") for row in body]
    columns = list(zip_longest(*rows))
    for label, column in zip(list(labels)[-len(columns) :], columns, strict=False):
        said = [cell.text or "" for cell in column if cell is not None and cell.text not in MISSING]
        if said and all(NUMBER.fullmatch(text) for text in said):
            for cell in (label, *(cell for cell in column if cell is not None)):
                cell.set("class", "number")


def _mark(cell: ElementTree.Element, scope: str) -> None:
    """Say what a cell is: a name, an empty corner, a missing value, a date that must not break."""
    text = cell.text or ""
    if cell.tag == "th" and not text:
        cell.tag = "td"
    elif cell.tag == "th":
        cell.set("scope", scope)
    if text in MISSING:
        cell.text = DASH
    if UNBROKEN.match(text) and len(text) <= len("2020-10-06 10:10:00+06:00"):
        cell.set("class", "unbroken")
