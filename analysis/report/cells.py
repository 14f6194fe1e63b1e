"""The cells of an executed notebook as HTML: prose with anchors, figures with text alternatives, tables that scroll."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import nbformat

from analysis.report.frames import tidy

FOLDER = Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
LONG_LINES = 24  # beyond which an output gets a box of its own that scrolls
ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:)\]])")
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Chapter(NamedTuple):
    """
    One notebook of the page.

    Attributes
    ----------
    id, title : str
        Anchor and heading.
    headings : list of (str, str)
        Anchor and text of each section.
    body : str
        HTML.
    """

    id: str
    title: str
    headings: list[tuple[str, str]]
    body: str


def chapter(notebook: nbformat.NotebookNode, name: str) -> Chapter:
    """
    Turn an executed notebook into a chapter.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs.
    name : str
        Its file's stem, which makes its anchors unique in the page.

    Returns
    -------
    Chapter
    """
    from nbconvert import HTMLExporter

    headings: list[tuple[str, str]] = []
    exporter = HTMLExporter(raw_template=(FOLDER / "cells.html.j2").read_text(encoding="utf-8"))
    for filter_name, function in {
        "prose": lambda source, chapter_id: prose(source, chapter_id, headings),
        "drawing": drawing,
        "photograph": photograph,
        "framed": framed,
        "plain": plain,
        "boxed": boxed,
        "widget": widget,
    }.items():
        exporter.register_filter(filter_name, function)
    body, _ = exporter.from_notebook_node(notebook, resources={"notebook": name})
    (_, title), *sections = headings or [(name, name)]
    return Chapter(name, title, sections, body)


def prose(source: str, chapter_id: str, headings: list[tuple[str, str]]) -> str:
    """Turn Markdown into HTML, one level of headings lower, and note each heading with its anchor."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(source)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "heading_open":
            text = tokens[place + 1].content
            anchor = f"{chapter_id}-{_slug(text)}"
            token.attrSet("id", anchor)
            headings.append((anchor, text))
    text = str(reader.renderer.render(tokens, reader.options, {}))
    frame = f'<div class="wide" role="region" aria-label="Table of {html.escape(chapter_id)}" tabindex="0"><table>'
    return text.replace("<table>", frame).replace("</table>", "</table></div>")


def drawing(svg: str) -> str:
    """Embed a figure, with its title and subtitle as the text alternative."""
    root = ElementTree.fromstring(svg)
    said = [_text(root, part) for part in ("title", "subtitle", "source")]
    alternative = " ".join(part for part in said if part) or "A figure; the text around it says what it shows."
    return photograph(base64.b64encode(svg.encode()).decode(), alternative, "svg+xml", said[0])


def _text(root: ElementTree.Element, part: str) -> str:
    """Text of one part of a figure of ours; an SVG says line by line what stood in one text."""
    lines = [
        "".join(text.itertext()).strip()
        for group in root.iter(f"{SVG}g")
        if group.get("id") == part
        for text in group.iter(f"{SVG}text")
    ]
    said = " ".join(line for line in lines if line)
    return said if not said or said[-1] in ".!?" else f"{said}."


def photograph(encoded: str, alternative: str, kind: str = "png", title: str = "") -> str:
    """Embed a picture given in base64; on a narrow screen it scrolls sideways below its title."""
    address = f"data:image/{kind};base64,{encoded.strip()}"
    above = (
        f'<p class="narrow" aria-hidden="true">{html.escape(title or "Figure")} <span>(scroll it sideways)</span></p>'
    )
    return f'{above}<figure tabindex="0"><img src="{address}" alt="{html.escape(alternative)}"></figure>'


def framed(table: str, cell_id: str, chapter_id: str) -> str:
    """Put a table into a frame that scrolls sideways and can be reached by keyboard."""
    bare = re.sub(r"<style.*?</style>", "", table, flags=re.S)
    bare = re.sub(r"<table.*?</table>", lambda found: tidy(found.group()), bare, flags=re.S)
    label = html.escape(f"Table {cell_id} of {chapter_id}".replace("-", " ").replace("_", " "))
    return f'<div class="wide" role="region" aria-label="{label}" tabindex="0">{bare}</div>'


def plain(text: str) -> str:
    """Leave out what colours text on a terminal."""
    return TERMINAL_COLOURS.sub("", text).strip("\n")


def boxed(text: str) -> str:
    """Put printed text into a box, with links; a long one scrolls, and can be reached by keyboard."""
    scrolls = ' tabindex="0" role="group" aria-label="Printed text"' if text.count("\n") > LONG_LINES else ""
    parts = enumerate(html.escape(part) for part in ADDRESS.split(text))
    linked = "".join(f'<a href="{part}" rel="noreferrer">{part}</a>' if place % 2 else part for place, part in parts)
    return f'<pre class="said{" long" if scrolls else ""}"{scrolls}>{linked}</pre>'


def widget(view: dict[str, Any], metadata: dict[str, Any]) -> str:
    """Show the picture of a widget as it stood when the notebook ended; sliders move in JupyterLab only."""
    models = metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    inside = _below(view["model_id"], models)
    chosen = next((_chosen(model["state"]) for model in inside if "_options_labels" in model["state"]), "")
    return "".join(
        photograph(buffer["data"], f"The page that a slider shows in JupyterLab{chosen}.")
        for model in inside
        if model["model_name"] == "ImageModel"
        for buffer in model.get("buffers", [])
    )


def _below(model_id: str, models: dict[str, Any]) -> list[dict[str, Any]]:
    model = models.get(model_id.removeprefix("IPY_MODEL_"))
    if model is None:
        return []
    return [model, *(found for child in model["state"].get("children", []) for found in _below(child, models))]


def _chosen(state: dict[str, Any]) -> str:
    return f", here at {state['_options_labels'][state['index']]}"


def _slug(text: str) -> str:
    plain_letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain_letters).strip("-") or "section"
