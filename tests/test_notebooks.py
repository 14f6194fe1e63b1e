"""Notebooks are stored stripped and stay thin; `make notebooks` runs them."""

import ast
import pathlib
import re

import nbformat
import pytest

from analysis import notebooks

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_LINES = 8


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> pathlib.Path:
    return request.param


def code_cells(path: pathlib.Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def python(cell: nbformat.NotebookNode) -> ast.Module:
    return ast.parse("\n".join(line for line in cell.source.splitlines() if not line.startswith("%")))


def test_file_is_canonical_and_without_outputs(path: pathlib.Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_cells_have_names(path: pathlib.Path) -> None:
    names = [cell["id"] for cell in nbformat.read(path, as_version=4).cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\d?(-[a-z]+\d?)*", name) for name in names), "ids are words, not hashes"


def test_shape_is_question_data_and_limits(path: pathlib.Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].source.startswith("# ")
    assert "?**" in cells[0].source
    assert "CC BY 4.0" in cells[1].source
    assert cells[-1].source.startswith("## What this does not show")


def test_cells_are_thin(path: pathlib.Path) -> None:
    for cell in code_cells(path):
        assert len(cell.source.splitlines()) <= CELL_LINES
        for node in ast.walk(python(cell)):
            assert not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.BinOp)), cell["id"]
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "/" not in node.value, "no file paths"


def test_failing_cell_is_named(tmp_path: pathlib.Path) -> None:
    cell = nbformat.v4.new_code_cell("1 / 0")
    cell["id"] = "division"
    bad = tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), bad)
    with pytest.raises(RuntimeError, match=r"bad\.ipynb, cell division: ZeroDivisionError"):
        notebooks.run(bad)


def test_warning_in_a_cell_is_a_failure(tmp_path: pathlib.Path) -> None:
    cell = nbformat.v4.new_code_cell("import warnings; warnings.warn('old')")
    cell["id"] = "careless"
    bad = tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), bad)
    with pytest.raises(RuntimeError, match=r"bad\.ipynb, cell careless warns"):
        notebooks.run(bad)
