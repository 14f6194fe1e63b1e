"""The command line: `unrest`, or `python -m analysis`."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

EXIT_CODES = """\b
Exit status:
  0    all is well
  1    the answer is no: rows were set aside, a file differs, a notebook failed
  2    it cannot be done as asked; one sentence says why
  130  interrupted by Ctrl-C; no file is left half written
  141  whoever read the output stopped reading, as `head` does
"""
EXAMPLES = """\b
Examples:
  unrest briefing --as-of "2020-10-06 18:00" -o evening.png
  unrest check my_export.csv
  unrest panel my_export.csv --by admin1 --freq W -o weeks.csv
  unrest fetch --list
  unrest versions --json
"""
NOTES = """\b
Results go to standard output; progress, warnings and errors to standard error.
Files are written whole or not at all. Output in a pipe is UTF-8 and has no colours.
`unrest COMMAND --help` explains a command; README.md has the same in Python.
"""


class _Commands(typer.core.TyperGroup):
    """Says what went wrong before Typer does, which would leave with other codes."""

    def make_context(self, *words: Any, **options: Any) -> Any:
        with _said_shortly():
            return super().make_context(*words, **options)

    def invoke(self, context: Any) -> Any:
        with _said_shortly():
            return super().invoke(context)


app = typer.Typer(
    name="unrest",
    cls=_Commands,
    help="Structured protest, casualty and election data: figures, checks, panels, forensic tests and citations.",
    epilog=f"{NOTES}\n{EXIT_CODES}\n{EXAMPLES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """File formats of figures."""

    svg = "svg"
    png = "png"
    pdf = "pdf"


class Style(StrEnum):
    """Citation styles."""

    text = "text"
    bibtex = "bibtex"


@app.command(short_help="Draw the published figures, or check them.")
def figures(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Figures; default: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a figure on disk differs.")] = False,
    format: Annotated[Format, typer.Option(help="File format.")] = Format.svg,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; default: notebooks/figures.")] = None,
) -> None:
    """Draw the published figures, or check that they are what the tables give."""
    from analysis import figures as drawn

    folder = output or _home("notebooks/figures")
    if check and format is not Format.svg:
        raise ValueError("--check compares SVG files; leave out --format")
    wrong: list[str] = []
    for name in _progress(drawn.names(names), "checking" if check else "drawing"):
        if check:
            wrong += filter(None, [drawn.difference(name, folder)])
        else:
            print(drawn.write(name, folder, format.value))
    _fail_if(wrong, "figures are up to date" if check else "")


@app.command(short_help="Run the notebooks top to bottom, without changing them.")
def notebooks(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Notebooks; default: all.")] = None,
) -> None:
    """Run the notebooks top to bottom, without changing them."""
    from analysis.notebooks import run

    found = _notebooks(names)
    wrong = []
    for name in _progress(list(found), "running"):
        try:
            run(found[name])
        except RuntimeError as error:
            wrong.append(str(error))
    _fail_if(wrong, "all notebooks ran")


@app.command(short_help="Run the notebooks and write them as one HTML page.")
def report(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Notebooks; default: all.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file.")] = Path("report.html"),
) -> None:
    """Run the notebooks and write one HTML page that holds them, their figures, the sources and all versions."""
    from analysis.report import build
    from analysis.writing import write_whole

    found = _notebooks(names)
    try:
        page = build(found[name] for name in _progress(list(found), "running"))
    except RuntimeError as error:
        _fail_if([str(error)], "")
    print(write_whole(output, page.encode()))


@app.command(short_help="Draw one page of what was known at an hour.")
def briefing(
    as_of: Annotated[str, typer.Option("--as-of", help="Moment, local time; a bare date means its end.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File, .svg, .png or .pdf; default: briefing_<moment>.svg here."),
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Name or ISO code of a country whose events are bundled; default: Kyrgyzstan.")
    ] = None,
) -> None:
    """Draw one page of what was known at an hour: events, toll, places, the count, and who had said what last."""
    from analysis import figures as drawn

    moment = "".join(character if character.isalnum() else "-" for character in as_of)
    options = {"as_of": as_of} | ({} if country is None else {"country": country})
    print(drawn.save("briefing", output or Path(f"briefing_{moment}.svg"), **options))


@app.command(short_help="Say what a file is, and what in it does not fit.")
def check(
    file: Annotated[str, typer.Argument(help="File, pattern or address to check.")],
    table: Annotated[str | None, typer.Option("--as", help="Table to read it as; default: told by the header.")] = None,
    format: Annotated[str | None, typer.Option(help="Whose layout it is in; default: told by the header.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a file is, what fits the dictionary, what is set aside and what to look at; exit 1 if not all fits."""
    from datetime import date

    from analysis.checking import check as split

    result = split(file, table, format=format, today=date.today())
    print(
        dumps(result.record(), ensure_ascii=False, indent=1)
        if json
        else f"{result.summary()}\n{result.survey.summary()}"
    )
    if len(result.set_aside) or not result.rows_read:
        raise typer.Exit(1)


@app.command(short_help="Count events by place and period, zeros included, as CSV.")
def panel(
    file: Annotated[str, typer.Argument(help="Event file or pattern, of any known format.")],
    by: Annotated[list[str] | None, typer.Option(help="What to split by: a column, or several with commas.")] = None,
    freq: Annotated[str, typer.Option(help="Period: D, W, W-SAT (epidemiological week), M, Q or Y.")] = "M",
    start: Annotated[str | None, typer.Option(help="First day.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day.")] = None,
    coverage: Annotated[
        tuple[str, str] | None, typer.Option(metavar="FIRST LAST", help="Days the source covers; no zeros outside.")
    ] = None,
    where: Annotated[str | None, typer.Option(help="Which events, as in \"event_type = 'Riots'\".")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV file; default: standard output.")] = None,
) -> None:
    """Count events, deaths and crowds by place and period, zeros included, as CSV that no spreadsheet runs."""
    from analysis.panel import event_panel
    from analysis.writing import csv_text, write_whole

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        levels = [level.strip() for part in by or ["country"] for level in part.split(",") if level.strip()]
        counted = event_panel(file, by=levels, freq=freq, start=start, end=end, coverage=coverage, where=where)
    for warning in said:
        print(f"unrest: {str(warning.message).replace('coverage=(start, end)', '--coverage')}", file=sys.stderr)
    text = csv_text(counted)
    if output is None:
        print(text, end="")
    else:
        write_whole(output, text.encode())
        print(output)


@app.command(short_help="Fetch data we may not ship, or list it.")
def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Data set; acled and ucdp ask their APIs.")
    ] = None,
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Files of it; default: all.")] = None,
    show: Annotated[
        bool, typer.Option("--list", help="List data sets with size, licence and how to get them.")
    ] = False,
    country: Annotated[list[str] | None, typer.Option(help="acled: name; ucdp: Gleditsch-Ward number.")] = None,
    start: Annotated[str | None, typer.Option(help="acled, ucdp: first day.")] = None,
    end: Annotated[str | None, typer.Option(help="acled, ucdp: last day.")] = None,
    update: Annotated[Path | None, typer.Option(help="acled: file to bring up to date.")] = None,
    resource: Annotated[str, typer.Option(help="ucdp: table.")] = "gedevents",
    version: Annotated[str, typer.Option(help="ucdp: version of the data.")] = "26.1",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="acled, ucdp: file to write.")] = None,
) -> None:
    """Fetch data we may not ship; accounts come from ACLED_USERNAME and ACLED_PASSWORD, or UCDP_TOKEN."""
    from analysis import catalog

    query: dict[str, Any] = {"country": country, "start": start, "end": end, "output": output}
    given = [option for option, value in {**query, "update": update}.items() if value]
    if show:
        _table(catalog.listing()[["name", "megabytes", "licence", "hash", "ask", "title"]])
    elif name is None:
        raise ValueError("name a data set; `unrest fetch --list` shows them")
    elif name == "acled":
        print(catalog.acled(**query, update=update).summary())
    elif name == "ucdp":
        if update:
            raise ValueError("--update is for acled; fetch ucdp anew")
        print(catalog.ucdp(resource, version, **query).summary())
    elif given:
        raise ValueError(f"--{given[0]} is for acled and ucdp; {name} is fetched by file")
    else:
        print("\n".join(map(str, catalog.fetch(name, files or None).values())))


@app.command(short_help="List the sources of a bundled table.")
def cite(
    table: Annotated[str, typer.Argument(help="Table whose sources to list.")],
    style: Annotated[Style, typer.Option(help="Style.")] = Style.text,
) -> None:
    """List the sources of a bundled table."""
    from analysis.citing import cite as sources

    print(sources(table, style=style.value))


@app.command(short_help="Write the codebook from the dictionary, or check it.")
def codebook(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a text is stale.")] = False,
) -> None:
    """Write data/README.md and data/datapackage.json from the dictionary, or check them."""
    from analysis import codebook as texts
    from analysis.bundled import data_folder

    if not (data_folder().parent / "pyproject.toml").is_file():
        raise ValueError("the codebook is written in a checkout; this is an installed package")
    if check:
        wrong = [f"data/{name} is stale; run `unrest codebook`" for name in texts.stale(data_folder())]
        _fail_if(wrong, "codebook is up to date")
        return
    for path in texts.write(data_folder()):
        print(path)


@app.command(short_help="Compute the sums over polling stations, or check them.")
def aggregate(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Tables; default: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a table on disk differs.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; default: data.")] = None,
) -> None:
    """Compute the bundled sums and tests from the station files, or check them; needs the station files."""
    from analysis import aggregates
    from analysis.options import known

    folder = output or _home("data")
    wrong: list[str] = []
    chosen = [known(name, aggregates.names(), "table of sums") for name in names or aggregates.names()]
    for name in _progress(chosen, "computing"):
        if check:
            path = folder / f"{name}.csv"
            same = path.is_file() and path.read_text(encoding="utf-8") == aggregates.text(name)
            wrong += [] if same else [f"{name}: {path} differs from what the station files give"]
        else:
            print(aggregates.write(name, folder))
    _fail_if(wrong, "tables are what the station files give" if check else "")


@app.command(short_help="Measure how often each forensic test flags.")
def calibrate(
    runs: Annotated[int, typer.Option(help="Elections per situation.", min=1)] = 1000,
    stations: Annotated[int, typer.Option(help="Stations per election.", min=50)] = 2000,
    only: Annotated[list[str] | None, typer.Option(help="Situation, may be repeated; default: all.")] = None,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
) -> None:
    """Measure how often each forensic test flags simulated elections, clean and manipulated, as CSV."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread a process, and before NumPy is there
    from analysis import forensics
    from analysis.forensics.calibration import SITUATIONS
    from analysis.options import known
    from analysis.writing import csv_text

    situations = {known(name, SITUATIONS, "situation"): SITUATIONS[name] for name in only or SITUATIONS}
    with _bar() as progress:
        task = progress.add_task("simulating", total=runs * len(situations))
        rates = forensics.calibrate(
            runs,
            situations=situations,
            n=stations,
            seed=seed,
            progress=lambda done: progress.update(task, completed=done),
        )
    print(csv_text(rates.round(2), index=False), end="")


@app.command(short_help="Say what results are made with, with hashes of the tables.")
def versions(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what results are made with: Python, this package, its libraries, and a hash of each bundled table."""
    from analysis.versions import versions as made_with

    found = made_with()
    if json:
        print(dumps(found, indent=1))
        return
    print(f"python\t{found['python']}\nunrest-analysis\t{found['package']}")
    print("\n".join(f"{name}\t{version}" for name, version in found["libraries"].items()))
    print("\n".join(f"{name}.csv\t{digits}" for name, digits in found["tables"].items()))


def _notebooks(names: list[str] | None) -> dict[str, Path]:
    """Notebooks by name, all or those asked for, in reading order."""
    folder = _home("notebooks")
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    unknown = sorted(set(names or []) - set(found))
    if unknown or not found:
        raise ValueError(f"no such notebook: {', '.join(unknown) or folder}; there are {', '.join(found) or 'none'}")
    return {name: found[name] for name in names or found}


def _home(folder: str) -> Path:
    """Folder of the checkout; beside the working directory once installed."""
    from analysis.bundled import data_folder

    root = data_folder().parent
    return root / folder if (root / "pyproject.toml").is_file() else Path(folder)


def _progress(items: list[str], verb: str) -> Iterator[str]:
    """Show what is being worked on, on a terminal only."""
    with _bar() as progress:
        task = progress.add_task(verb, total=len(items))
        for item in items:
            progress.update(task, description=f"{verb} {item}")
            yield item
            progress.advance(task)


def _table(rows: pd.DataFrame) -> None:
    """Print a table: in columns on a terminal, separated by tabs in a pipe."""
    if not sys.stdout.isatty():
        from analysis.writing import csv_text

        print(csv_text(rows, index=False, separator="\t"), end="")
        return
    shown = Table(*rows.columns, box=None, header_style="bold")
    for row in rows.astype("str").itertuples(index=False):
        shown.add_row(*row)
    Console().print(shown)


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _fail_if(wrong: list[str], otherwise: str) -> None:
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        raise typer.Exit(1)
    if otherwise:
        print(otherwise)


@contextmanager
def _said_shortly() -> Iterator[None]:
    """Say what is wrong in a sentence, without a traceback, and leave with the code that the help promises."""
    try:
        yield
    except BrokenPipeError:
        _give_up_output()
        sys.exit(141)
    except (ValueError, OSError) as error:
        print(f"unrest: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("unrest: interrupted; no file was left half written", file=sys.stderr)
        sys.exit(130)


def _give_up_output() -> None:
    """Send what is still to be printed nowhere: Python would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _flush() -> None:
    if not isinstance(sys.stdout, TextIOWrapper):
        return  # closed from the start
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_output()
        raise


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # none without a console, another in a notebook
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    with _said_shortly():
        try:
            app()
        finally:
            _flush()


if __name__ == "__main__":
    main()
