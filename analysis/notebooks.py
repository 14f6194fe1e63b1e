"""Run a notebook as a reader would: top to bottom, in its own folder, without touching the file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

CELL_TIMEOUT_S = 300
AS_SVG = "\n\nfrom analysis.notebooks import show_figures_as_svg\n\nshow_figures_as_svg()"


def run(path: Path, *, pictures: Literal["png", "svg"] = "png") -> nbformat.NotebookNode:
    """
    Execute every cell of a notebook.

    Parameters
    ----------
    path : Path
        Notebook file.
    pictures : {"png", "svg"}
        Format of the figures in the outputs.

    Returns
    -------
    NotebookNode
        The executed notebook, with outputs. The file stays as it is.

    Raises
    ------
    RuntimeError
        If a cell fails or warns; the message names the notebook and the cell and repeats the error.
    KeyboardInterrupt
        If the user interrupts it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.ipynb")
    ...     nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")]), path)
    ...     run(path).cells[0].outputs[0].data["text/plain"]
    '42'
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises what its JSON and schema libraries raise
        raise RuntimeError(f"{path.name} is not a notebook ({type(error).__name__})") from error
    setup = next((cell for cell in notebook.cells if cell.cell_type == "code"), None)
    if pictures == "svg" and setup is not None:
        written, setup.source = setup.source, setup.source + AS_SVG
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        _execute(client)
    except CellExecutionError as error:
        failed = next(cell["id"] for cell in notebook.cells if _outputs(cell, output_type="error"))
        raise RuntimeError(f"{path.name}, cell {failed}: {error.ename}: {error.evalue}") from error
    except DeadKernelError as error:
        raise RuntimeError(f"{path.name}: the kernel died") from error
    for cell in notebook.cells:
        for output in _outputs(cell, output_type="stream", name="stderr"):
            raise RuntimeError(f"{path.name}, cell {cell['id']} warns: {output['text'].strip()}")
    if pictures == "svg" and setup is not None:
        setup.source = written
    return notebook


def _execute(client: NotebookClient) -> None:
    """Execute; nbclient takes Ctrl-C for itself, ends the kernel, and trips over its absence in one way or another."""
    try:
        client.execute()
    except BaseException:  # of asyncio too
        if "_async_cleanup_kernel_future" in vars(client):
            raise KeyboardInterrupt from None
        raise


def show_figures_as_svg() -> None:
    """Let the running notebook show figures as the SVG that would be published, with text as text."""
    from IPython import get_ipython
    from matplotlib.figure import Figure

    from analysis import figures

    formatters = get_ipython().display_formatter.formatters
    for formatter in formatters.values():
        formatter.pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, lambda figure: figures.encode(figure, "svg").decode())


def _outputs(cell: nbformat.NotebookNode, **fields: str) -> list[nbformat.NotebookNode]:
    """List the outputs of a cell whose fields have these values."""
    return [output for output in cell.get("outputs", []) if fields.items() <= output.items()]
