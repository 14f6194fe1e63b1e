"""The report: one page from executed notebooks, that asks nobody for anything."""

import base64
import html.parser
import re

import nbformat
import pandas as pd
import pytest

from analysis import figures
from analysis.report import cells, frames, page
from analysis.schema import BUNDLED

ASKS = re.compile(r"\b(src|srcset|action|data|poster)=\"(?!data:)|@import|url\(|<script|<iframe|<link(?! rel=\"icon\")")


class Page(html.parser.HTMLParser):
    """Ids, links within the page, pictures with their texts, and tags that were not closed."""

    VOID = ("meta", "link", "img", "br", "hr", "input", "col")

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.open: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, links and pictures."""
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"][1:]] if (given.get("href") or "").startswith("#") else []
        self.pictures += [given] if tag == "img" else []
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        """Compare with the tag that was opened last."""
        assert self.open.pop() == tag


def notebook() -> nbformat.NotebookNode:
    """Give an executed notebook with every kind of output."""
    new = nbformat.v4
    forms = [
        {"text/html": '<table border="1" class="dataframe"><tr><th></th><td>1</td></tr></table>'},
        {"image/svg+xml": figures.render("vote").decode()},
        {"text/markdown": "**At most 5** were hurt."},
        {"text/plain": "<Thing> & more"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "box"}},
    ]
    outputs = [new.new_output("stream", name="stdout", text="\x1b[1m3 < 4\x1b[0m\n")]
    outputs += [new.new_output("execute_result", {"text/plain": "-"} | form) for form in forms]
    widgets = {
        "box": {"model_name": "VBoxModel", "state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_page"]}},
        "slider": {"model_name": "SelectionSliderModel", "state": {"_options_labels": ["noon", "dusk"], "index": 1}},
        "page": {"model_name": "ImageModel", "state": {}, "buffers": [{"data": base64.b64encode(b"png").decode()}]},
    }
    found = new.new_notebook(
        cells=[
            new.new_markdown_cell("# A title\n\nText. **Question?**", id="title"),
            new.new_code_cell("x = '<b>'\nx", outputs=outputs, id="many-kinds"),
            new.new_markdown_cell(
                "## Wahl & Zählung\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>bad()</script>", id="more"
            ),
        ]
    )
    found.metadata["widgets"] = {cells.WIDGET_STATE: {"state": widgets}}
    return found


@pytest.fixture(scope="module")
def chapter() -> cells.Chapter:
    return cells.chapter(notebook(), "01_first")


def test_chapter_has_title_sections_and_unique_anchors(chapter: cells.Chapter) -> None:
    assert (chapter.id, chapter.title) == ("01_first", "A title")
    assert chapter.headings == [("01_first-wahl-zahlung", "Wahl & Zählung")]
    assert '<h2 id="01_first-a-title">A title</h2>' in chapter.body
    assert '<h3 id="01_first-wahl-zahlung">Wahl &amp; Zählung</h3>' in chapter.body


def test_every_kind_of_output_is_there_and_nothing_runs(chapter: cells.Chapter) -> None:
    body = chapter.body
    assert "3 &lt; 4" in body
    assert "\x1b" not in body
    assert "<strong>At most 5</strong> were hurt." in body
    assert "&lt;Thing&gt; &amp; more" in body
    assert "x = '&lt;b&gt;'" in body
    assert "<script" not in body
    frame = re.search(r"<div ([^>]*)>\s*<table>", body)[1]
    assert {'aria-label="Table many kinds of 01 first"', 'tabindex="0"'} <= set(re.findall(r'[\w-]+="[^"]*"', frame))


def test_long_output_scrolls_in_a_box_that_the_keyboard_reaches() -> None:
    assert cells.boxed("one\ntwo") == '<pre class="said">one\ntwo</pre>'
    assert 'class="said long" tabindex="0"' in cells.boxed("line\n" * 40)


def test_addresses_in_printed_text_are_links_and_nothing_else_is() -> None:
    said = cells.boxed("A. https://example.org/a?b=1&c=<2>. See http://example.org/d, (https://example.org/e)")
    assert re.findall('href="(.*?)"', said) == [
        "https://example.org/a?b=1&amp;c=",
        "http://example.org/d",
        "https://example.org/e",
    ]


def test_table_has_one_row_of_names_numbers_to_the_right_and_dashes_for_what_is_missing() -> None:
    table = pd.DataFrame(
        {"n": [1.5, None], "day": pd.to_datetime(["2020-10-05", None]), "said": ["a & b", None]},
        index=pd.Index(["x", "y"], name="unit"),
    )
    tidy = frames.tidy(table.to_html())
    head, body = tidy.split("</thead>")
    assert re.findall(r"<th ([^>]*)>(.*?)</th>", head) == [
        ('scope="col"', "unit"),
        ('class="number" scope="col"', "n"),
        ('scope="col"', "day"),
        ('scope="col"', "said"),
    ]
    dash = frames.DASH
    assert re.findall(r'<td class="number">(.*?)</td>', body) == ["1.5", dash]
    assert re.findall(r'<td class="unbroken">(.*?)</td>', body) == ["2020-10-05"]
    assert re.findall(r"<td>(.*?)</td>", body) == ["a &amp; b", dash, dash]
    assert re.findall(r'<th scope="row">(.*?)</th>', body) == ["x", "y"]


def test_names_of_columns_in_two_rows_stay_two_rows() -> None:
    table = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["all"], ["low", "high"]]))
    assert frames.tidy(table.to_html()).count("<tr>") == 3
    assert frames.tidy("<table><tr><td>unclosed") == "<table><tr><td>unclosed"


def test_figures_are_svg_and_say_what_they_show(chapter: cells.Chapter) -> None:
    read = Page()
    read.feed(chapter.body)
    drawn, widget = read.pictures
    drawing = base64.b64decode(drawn["src"].removeprefix("data:image/svg+xml;base64,")).decode()
    title = re.search(r'<g id="title">.*?<text[^>]*>(.*?)</text>', drawing, re.S)[1]
    assert drawn["alt"].startswith(title)
    assert "Sources:" in drawn["alt"]
    assert widget["alt"] == "The page that a slider shows in JupyterLab, here at dusk."


def test_page_is_whole_and_asks_nobody(chapter: cells.Chapter) -> None:
    second = cells.chapter(notebook(), "02_second")
    text = page.page([chapter, second])
    read = Page()
    read.feed(text)
    assert not read.open
    assert len(set(read.ids)) == len(read.ids)
    assert set(read.links) <= set(read.ids)
    assert {"01_first", "02_second", "tables", "sources", "versions"} <= set(read.links)
    assert not ASKS.search(text)
    for name in BUNDLED:
        assert f'<th scope="row">{name}</th>' in text


def test_page_is_the_same_bytes_twice(chapter: cells.Chapter) -> None:
    assert page.page([chapter]) == page.page([cells.chapter(notebook(), "01_first")])
