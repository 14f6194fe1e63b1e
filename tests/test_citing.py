"""Citations and the dictionary."""

import re

import pandas as pd
import pytest

from analysis import cite, dictionary, load_events, load_sources, load_table
from analysis.citing import credit
from analysis.schema import TABLES


def test_every_source_of_a_frame_is_cited_once() -> None:
    events = load_events(start="2020-10-05", end="2020-10-05")
    ids = set(events["source_ids"].str.split(";").explode())
    lines = cite(events).splitlines()
    assert len(lines) == len(ids) + 1
    assert {line.split("]")[0].lstrip("[") for line in lines[1:]} == ids
    assert "CC BY 4.0" in lines[0]


def test_table_can_be_cited_by_name() -> None:
    assert cite("form2") == cite(load_table("form2"))


def test_unknown_ids_are_listed_and_not_dropped() -> None:
    mine = pd.DataFrame({"source_ids": ["SEED-VOA;MY-PAPER", None]})
    assert "[MY-PAPER] not in the sources table" in cite(mine)
    assert "@misc{MY-PAPER," in cite(mine, style="bibtex")


def test_bibtex_is_balanced_and_escaped() -> None:
    text = cite("events", style="bibtex")
    for entry in text.split("\n@"):
        bare = re.sub(r"\\[{}&%$#_]", "", entry)
        assert bare.count("{") == bare.count("}")
    titles = re.findall(r"title = \{\{(.*)\}\}", text)
    assert titles
    assert not any(re.search(r"(?<!\\)[&%$#_]", title) for title in titles)


def test_frame_without_sources_is_refused() -> None:
    with pytest.raises(ValueError, match="no source_ids column"):
        cite(pd.DataFrame({"a": [1]}))
    with pytest.raises(ValueError, match="unknown style 'apa'"):
        cite("events", style="apa")


def test_source_line_names_the_publishers_cited_most() -> None:
    sources = load_sources().set_index("source_id")["publisher"]
    events = load_events()
    most = events["source_ids"].str.split(";").explode().map(sources).value_counts().index[0]
    assert credit(events, "events").startswith(f"Sources: {most},")
    assert credit(events, "events").endswith("more (data/events.csv)")


@pytest.mark.parametrize("name", TABLES)
def test_dictionary_explains_every_column(name: str) -> None:
    shown = dictionary(name)
    assert shown["column"].tolist() == list(TABLES[name].columns)
    assert (shown["meaning"].str.len() > 5).all()
    numeric = shown["type"].isin(["count", "number", "day", "moment", "flag", "clock"])
    assert (shown.loc[numeric, "unit"] != "").all(), "every number has a unit"
    closed = shown["allowed"] != ""
    assert (shown.loc[closed, "vocabulary"] != "").all(), "every vocabulary has a source"


def test_dictionary_without_a_name_lists_the_tables() -> None:
    assert dictionary()["table"].tolist() == list(TABLES)
    with pytest.raises(ValueError, match="unknown table 'evnts'; did you mean events"):
        dictionary("evnts")
