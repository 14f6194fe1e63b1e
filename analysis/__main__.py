"""The command line: `unrest`, or `python -m analysis`."""

from __future__ import annotations

import os
import sys
import warnings
from enum import StrEnum
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis import terminal

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
  unrest new lebanon_2019
  unrest figures --data lebanon_2019
  unrest panel my_export.csv --by admin1 --freq W -o weeks.csv
  unrest fetch --list
  unrest versions --json
"""
NOTES = """\b
Results go to standard output; progress, warnings and errors to standard error.
Files are written whole or not at all. Output in a pipe is UTF-8 and has no colours.
`unrest COMMAND --help` explains a command; README.md has the same in Python.
"""


app = typer.Typer(
    name="unrest",
    cls=terminal.Commands,
    help="Structured protest, casualty and election data: figures, checks, panels, forensic tests and citations.",
    epilog=f"{NOTES}\n{EXIT_CODES}\n{EXAMPLES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


Data = Annotated[
    Path | None, typer.Option("--data", metavar="FOLDER", help="Tables of a case of yours; default: the bundled ones.")
]
Country = Annotated[
    str | None, typer.Option(help="Name or ISO code; default: Kyrgyzstan, or the one of the events in --data.")
]
Timezone = Annotated[str | None, typer.Option(help="Whose clock; needed with --data where a country has several.")]


class Format(StrEnum):
    """File formats of figures."""

    svg = "svg"
    png = "png"
    pdf = "pdf"


class Style(StrEnum):
    """Citation styles."""

    text = "text"
    bibtex = "bibtex"


@app.command(short_help="Draw the published figures, or those of your case, or check them.")
def figures(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Figures; default: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a figure on disk differs.")] = False,
    format: Annotated[Format, typer.Option(help="File format.")] = Format.svg,
    data: Data = None,
    timezone: Timezone = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder; default: notebooks/figures, or `figures` in --data.")
    ] = None,
) -> None:
    """
    Draw the published figures, or check that they are what the tables give.

    With --data, draw the timeline, the toll, the vote and the briefing of a case of yours; what its tables have
    nothing for is left out, and said.
    """
    from analysis import figures as drawn

    folder = output or (_home("notebooks/figures") if data is None else data / "figures")
    if check and format is not Format.svg:
        raise ValueError("--check compares SVG files; leave out --format")
    wrong: list[str] = []
    options = {} if data is None else {"data": data, "timezone": timezone}
    chosen = drawn.names(names) if data is None else _of_case(data, timezone, names)
    for name in terminal.progress(chosen, "checking" if check else "drawing"):
        if check:
            wrong += filter(None, [drawn.difference(name, folder, **options)])
        else:
            print(drawn.write(name, folder, format.value, **options))
    terminal.fail_if(wrong, "figures are up to date" if check else "")


@app.command(short_help="Run the notebooks top to bottom, without changing them.")
def notebooks(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Notebooks; default: all.")] = None,
) -> None:
    """Run the notebooks top to bottom, without changing them."""
    from analysis.notebooks import run

    found = _notebooks(names)
    wrong = []
    for name in terminal.progress(list(found), "running"):
        try:
            run(found[name])
        except RuntimeError as error:
            wrong.append(str(error))
    terminal.fail_if(wrong, "all notebooks ran")


@app.command(short_help="Run the notebooks and write them as one HTML page.")
def report(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Notebooks; default: all.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file.")] = Path("report.html"),
) -> None:
    """Run the notebooks and write one HTML page that holds them, their figures, the sources and all versions."""
    from analysis.report import build
    from analysis.writing import write_whole

    found = _notebooks(names)
    try:
        page = build(found[name] for name in terminal.progress(list(found), "running"))
    except RuntimeError as error:
        terminal.fail_if([str(error)], "")
    print(write_whole(output, page.encode()))


@app.command(short_help="Draw one page of what was known at an hour.")
def briefing(
    as_of: Annotated[str, typer.Option("--as-of", help="Moment, local time; a bare date means its end.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File, .svg, .png or .pdf; default: briefing_<moment>.svg here."),
    ] = None,
    country: Country = None,
    data: Data = None,
    timezone: Timezone = None,
) -> None:
    """Draw one page of what was known at an hour: events, toll, places, the count, and who had said what last."""
    from analysis import figures as drawn

    moment = "".join(character if character.isalnum() else "-" for character in as_of)
    options = {"as_of": as_of, "country": country, "data": data, "timezone": timezone}
    print(drawn.save("briefing", output or Path(f"briefing_{moment}.svg"), **options))


@app.command(short_help="Make a folder to code a crisis of your own in.")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    like: Annotated[
        str | None, typer.Option(help="Country whose bundled crisis fills the tables, to see how one is coded.")
    ] = None,
) -> None:
    """Make a folder with the empty tables of a case, their codebook and a notebook that draws them."""
    from analysis.new_case import write_case

    for path in write_case(folder, like):
        print(path)


@app.command(short_help="Say what a file is, and what in it does not fit.")
def check(
    file: Annotated[str, typer.Argument(help="File, pattern or address to check; or the folder of a case.")],
    table: Annotated[str | None, typer.Option("--as", help="Table to read it as; default: told by the header.")] = None,
    format: Annotated[str | None, typer.Option(help="Whose layout it is in; default: told by the header.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """
    Say what a file is, what fits the dictionary, what is set aside and what to look at; exit 1 if not all fits.

    A folder is checked table by table, and for ids that lead nowhere.
    """
    from datetime import date

    from analysis import checking

    if Path(file).is_dir():
        if table or format:
            raise ValueError("the tables of a folder are told by their names; leave out --as and --format")
        case = checking.check_case(file, today=date.today())
        record, said, fits = case.record(), case.summary(), case.fits
    else:
        result = checking.check(file, table, format=format, today=date.today())
        record, said = result.record(), f"{result.summary()}\n{result.survey.summary()}"
        fits = result.rows_read > 0 and result.set_aside.empty
    print(dumps(record, ensure_ascii=False, indent=1) if json else said)
    if not fits:
        raise typer.Exit(1)


@app.command(short_help="Count events by place and period, zeros included, as CSV.")
def panel(
    file: Annotated[str, typer.Argument(help="Event file or pattern, of any known format.")],
    by: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="What to split by: a column, or several with commas.")
    ] = None,
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
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Data set; acled and ucdp ask their APIs.")] = None,
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE", help="Files of it; default: all.")] = None,
    show: Annotated[
        bool, typer.Option("--list", help="List data sets with size, licence and how to get them.")
    ] = False,
    country: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="acled: name; ucdp: Gleditsch-Ward number.")
    ] = None,
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
        terminal.print_table(catalog.listing()[["name", "megabytes", "licence", "hash", "ask", "title"]])
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
        terminal.fail_if(wrong, "codebook is up to date")
        return
    for path in texts.write(data_folder()):
        print(path)


@app.command(short_help="Compute the sums over polling stations, or check them.")
def aggregate(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Tables; default: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a table on disk differs.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; default: data.")] = None,
) -> None:
    """Compute the bundled sums and tests from the station files, or check them; needs the station files."""
    from analysis import aggregates
    from analysis.options import known

    folder = output or _home("data")
    wrong: list[str] = []
    chosen = [known(name, aggregates.names(), "table of sums") for name in names or aggregates.names()]
    for name in terminal.progress(chosen, "computing"):
        if check:
            path = folder / f"{name}.csv"
            same = path.is_file() and path.read_text(encoding="utf-8") == aggregates.text(name)
            wrong += [] if same else [f"{name}: {path} differs from what the station files give"]
        else:
            print(aggregates.write(name, folder))
    terminal.fail_if(wrong, "tables are what the station files give" if check else "")


@app.command(short_help="Measure how often each forensic test flags.")
def calibrate(
    runs: Annotated[int, typer.Option(help="Elections per situation.", min=1)] = 1000,
    stations: Annotated[int, typer.Option(help="Stations per election.", min=50)] = 2000,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Situation, may be repeated; default: all.")
    ] = None,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
) -> None:
    """Measure how often each forensic test flags simulated elections, clean and manipulated, as CSV."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread a process, and before NumPy is there
    from analysis import forensics
    from analysis.forensics.calibration import SITUATIONS
    from analysis.options import known
    from analysis.writing import csv_text

    situations = {known(name, SITUATIONS, "situation"): SITUATIONS[name] for name in only or SITUATIONS}
    with terminal.bar() as progress:
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


def _of_case(data: Path, timezone: str | None, names: list[str] | None) -> list[str]:
    """Figures of a case that its tables have rows for; say which are left out."""
    from analysis import figures as drawn
    from analysis.crisis import load_crisis

    case = load_crisis(data, timezone=timezone)
    lacking = {name: why for name, why in drawn.lacking(case).items() if name in (names or drawn.OF_A_CASE)}
    for name, why in lacking.items():
        print(f"unrest: no {name}: {why}", file=sys.stderr)
    return [name for name in drawn.names(names, drawn.OF_A_CASE) if name not in lacking]


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


def main() -> None:
    """Run the command line."""
    terminal.run(app)


if __name__ == "__main__":
    main()
