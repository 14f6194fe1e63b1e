"""What each figure says it was made from, and why a figure differs from the one drawn before."""

import hashlib
import json
import pathlib
import platform
import shutil
from collections.abc import Callable, Iterator

import pytest

from analysis import figures, load_events, states, tables
from analysis.bundled import tables_read
from analysis.charts import style
from analysis.figures.made import made_from

COMMITTED = pathlib.Path(__file__).parent.parent / "notebooks" / "figures"
Edit = Callable[..., None]


@pytest.fixture
def edit(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Replace the text of a table by what a function makes of it, for as long as the test lasts."""
    data = tmp_path / "data"
    shutil.copytree(tables.data_folder(), data)
    monkeypatch.setattr(tables, "data_folder", lambda: data)
    tables._opened.cache_clear()

    def edited(table: str, change: Callable[[str], str]) -> None:
        path = data / f"{table}.csv"
        before = path.read_text(encoding="utf-8")
        path.write_text(change(before), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != before
        tables._opened.cache_clear()

    yield edited
    monkeypatch.undo()
    tables._opened.cache_clear()


@pytest.fixture
def drawn(tmp_path: pathlib.Path) -> pathlib.Path:
    """Folder with the figure of voters who moved."""
    figures.write("form2", tmp_path / "drawn")
    return tmp_path / "drawn"


def manifest(folder: pathlib.Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def rewrite(folder: pathlib.Path, change: Callable[[dict], object]) -> None:
    found = manifest(folder)
    change(found)
    (folder / "manifest.json").write_text(json.dumps(found), encoding="utf-8")


def spoil(path: pathlib.Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"</svg>", b"<!-- by hand --></svg>"))


# The manifest -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", figures.__all__)
def test_committed_manifest_has_each_figure_its_tables_and_the_hash_on_its_line(name: str) -> None:
    entry = manifest(COMMITTED)["figures"][f"{name}.svg"]
    content = (COMMITTED / f"{name}.svg").read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert f"Data {entry['data']}: whole tables {', '.join(entry['tables'])}, ".encode() in content
    for table, digits in entry["tables"].items():
        file = (tables.data_folder() / f"{table}.csv").read_bytes()
        assert hashlib.sha256(file).hexdigest().startswith(digits)
        assert len(manifest(COMMITTED)["tables"][table][digits]["rows"]) == len(tables.load_table(table))


def test_manifest_is_sorted_has_unix_lines_and_says_nothing_of_python_or_the_hour(tmp_path: pathlib.Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, names in ((one, ["form2", "digits"]), (other, ["digits", "form2", "form2"])):
        for name in names:
            figures.write(name, folder)
    content = (one / "manifest.json").read_bytes()
    assert content == (other / "manifest.json").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"}\n")
    assert platform.python_version().encode() not in content


def test_figure_that_is_gone_leaves_the_manifest_with_its_tables(drawn: pathlib.Path) -> None:
    (drawn / "form2.svg").unlink()
    figures.write("rules_compared", drawn, "png")
    assert list(manifest(drawn)["figures"]) == ["rules_compared.png"]
    assert set(manifest(drawn)["tables"]) == {"casualties", "sources"}


def test_tables_in_memory_are_read_again_and_blocks_may_be_nested() -> None:
    load_events(country="Kyrgyzstan")
    with tables_read() as outer:
        load_events(country="Kyrgyzstan")
        with tables_read() as inner:
            states.states()
        tables.load_elections()
    states.states()
    assert set(inner) == {"states"}
    assert set(outer) == {"events", "coverage", "sources", "states", "elections"}
    assert outer["events"] == (tables.data_folder() / "events.csv").read_bytes()


def test_figure_of_no_table_says_so() -> None:
    assert made_from({}).line().startswith("unrest-analysis ")
    assert made_from({}).line().endswith(", no tables read")


# Why a figure differs -----------------------------------------------------------------------------------------------


def test_changed_and_removed_rows_are_counted_and_named(edit: Edit, tmp_path: pathlib.Path) -> None:
    figures.write("form2", tmp_path)
    edit("turnout", lambda text: text.replace("136804,27.49", "136904,27.49", 1))
    assert "(turnout.csv changed: 1 row (1 changed; KGZ-" in figures.difference("form2", tmp_path)
    edit("turnout", lambda text: "".join(text.splitlines(keepends=True)[:-1]))
    assert "(turnout.csv changed: 2 rows (1 changed, 1 removed; KGZ-" in figures.difference("form2", tmp_path)


def test_added_row_that_the_picture_does_not_show_changes_the_line_only(edit: Edit, drawn: pathlib.Path) -> None:
    def add(text: str) -> str:
        first = text.splitlines()[1]
        return f"{text}{first.replace(first.split(',')[0], 'NEW-1', 1)}\n"

    edit("sources", add)
    said = figures.difference("form2", drawn)
    assert "but the line at its foot does not (sources.csv changed: 1 row (1 added; NEW-1))" in said


def test_many_rows_are_not_all_named(edit: Edit, drawn: pathlib.Path) -> None:
    edit("sources", lambda text: text.replace(",unverified,", ",page,"))
    said = figures.difference("form2", drawn)
    assert " ...)" in said
    assert len(said) < 500


def test_table_written_in_another_order_has_no_changed_rows(edit: Edit, drawn: pathlib.Path) -> None:
    def turn(text: str) -> str:
        header, *lines = text.splitlines(keepends=True)
        return "".join([header, *sorted(lines, reverse=True)])

    edit("sources", turn)
    assert "sources.csv changed: no rows, only how they are" in figures.difference("form2", drawn)


def test_change_in_a_table_that_the_figure_does_not_read_is_no_difference(edit: Edit, drawn: pathlib.Path) -> None:
    edit("events", lambda text: text.replace("Result annulled", "Result voided"))
    assert figures.difference("form2", drawn) is None


def test_figure_drawn_before_keeps_its_reasons_when_another_is_redrawn(edit: Edit, drawn: pathlib.Path) -> None:
    edit("station_bands", lambda text: "".join(text.splitlines(keepends=True)[:-1]))
    figures.write("form2_dose", drawn)
    assert figures.difference("form2_dose", drawn) is None
    assert "station_bands.csv changed: 1 row (1 removed)" in figures.difference("form2", drawn)
    assert len(manifest(drawn)["tables"]["station_bands"]) == 2


def test_changed_code_is_the_reason_when_nothing_else_is(drawn: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "SOFT", "#010203")
    said = figures.difference("form2", drawn)
    assert f"{drawn / 'form2.svg'} differs from what the tables give now" in said
    assert "(tables and versions are the same, so the code changed)" in said


def test_other_library_or_package_is_named(drawn: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def older(found: dict) -> None:
        found["figures"]["form2.svg"]["libraries"]["pandas"] = "3.0.0"
        found["figures"]["form2.svg"]["package"] = "0.0.1"

    rewrite(drawn, older)
    assert figures.difference("form2", drawn) is None  # the same bytes, whichever made them
    monkeypatch.setattr(style, "SOFT", "#010203")
    said = figures.difference("form2", drawn)
    assert "this package was 0.0.1 and is" in said
    assert "pandas was 3.0.0 and is" in said
    assert "code" not in said


def test_file_changed_by_hand_is_said(drawn: pathlib.Path) -> None:
    spoil(drawn / "form2.svg")
    assert "the file was changed after it was drawn" in figures.difference("form2", drawn)


@pytest.mark.parametrize("left", [None, "", "[1]", '{"figures": {"form2.svg": {}}, "tables": {}}', "{}"])
def test_missing_or_spoilt_manifest_is_noticed_and_written_anew(drawn: pathlib.Path, left: str | None) -> None:
    path = drawn / "manifest.json"
    path.unlink()
    if left is not None:
        path.write_text(left)
    assert figures.difference("form2", drawn) == f"form2: {path} does not list it; run `unrest figures form2`"
    spoil(drawn / "form2.svg")
    assert "so the reason is not known" in figures.difference("form2", drawn)
    figures.write("form2", drawn)
    assert figures.difference("form2", drawn) is None


@pytest.mark.parametrize("field", ["sha256", "tables"])
def test_manifest_of_another_edition_is_noticed(drawn: pathlib.Path, field: str) -> None:
    rewrite(drawn, lambda found: found["figures"]["form2.svg"].update({field: {"form2": "0"}}))
    assert "manifest.json tells of another edition of it" in figures.difference("form2", drawn)


def test_new_column_is_said(edit: Edit, drawn: pathlib.Path) -> None:
    def widen(text: str) -> str:
        header, *lines = text.splitlines()
        return "\n".join([f"{header},extra", *(f"{line}," for line in lines)]) + "\n"

    edit("form2", widen)
    assert "form2.csv changed: its columns were election_id, measure," in figures.difference("form2", drawn)
