"""Citations: the sources of any frame, as text, BibTeX or the source line of a figure."""

from __future__ import annotations

import importlib.metadata

import pandas as pd

from analysis.options import known
from analysis.tables import load_sources, load_table


def cite(data: pd.DataFrame | str, style: str = "text") -> str:
    """
    List the sources of a frame or table, and this data set itself.

    Parameters
    ----------
    data : DataFrame or str
        Any frame with a `source_ids` column, or the name of a bundled table.
    style : {"text", "bibtex"}
        One line per source, or BibTeX entries.

    Returns
    -------
    str
        First the data set, then every source once, in the order of its id. Ids that the sources table does not
        know are listed as such, never left out.

    Raises
    ------
    ValueError
        If the frame has no `source_ids`, or the style or table is not known.

    Examples
    --------
    >>> from analysis import cite, load_casualties
    >>> reports = load_casualties(episode="KGZ-2020-10")
    >>> print(cite(reports[reports["report_id"] == "CAS-0055"]).splitlines()[1])
    [SEED-VOA] Voice of America, 2020-10-06. Kyrgyzstan Opposition Seizes Government Buildings. \
https://www.voanews.com/a/south-central-asia_kyrgyzstan-opposition-seizes-government-buildings/6196799.html
    """
    known(style, ("text", "bibtex"), "style")
    frame = load_table(data) if isinstance(data, str) else data
    if "source_ids" not in frame:
        raise ValueError("the frame has no source_ids column to cite from")
    ids = sorted(set(frame["source_ids"].dropna().astype(str).str.split(";").explode()) - {""})
    sources = load_sources().set_index("source_id").fillna("")
    write = _bibtex if style == "bibtex" else _line
    entries = [write(one, sources.loc[one] if one in sources.index else None) for one in ids]
    return "\n".join([_itself(style), *entries])


def credit(
    data: pd.DataFrame, table: str, most: int = 3, *, sources: pd.DataFrame | None = None, folder: str = "data"
) -> str:
    """
    Write the source line of a figure: the publishers most often cited, how many more, and the table.

    Parameters
    ----------
    data : DataFrame
        Rows behind the figure, with `source_ids`.
    table : str
        Table they come from.
    most : int
        How many publishers to name.
    sources : DataFrame, optional
        Your own sources table; default: the bundled one.
    folder : str
        Where the table lies.

    Returns
    -------
    str

    Examples
    --------
    >>> from analysis import load_turnout
    >>> credit(load_turnout(election="KGZ-2021-11-28-PARL"), "turnout")
    'Source: Trend (data/turnout.csv)'
    """
    pages = load_sources() if sources is None else sources
    publisher = pages.set_index("source_id")["publisher"].str.replace(r"\s*\(.*\)| / .*", "", regex=True)
    times = data["source_ids"].value_counts().rename_axis("source_id").reset_index(name="times")
    ids = times.assign(source_id=times["source_id"].str.split(";")).explode("source_id")
    cited = ids.groupby(ids["source_id"].map(publisher).fillna("unknown"))["times"].sum()
    ranked = sorted(cited.index, key=lambda name: (-cited[name], name))
    named = ", ".join(ranked[:most]) or "not stated"
    rest = f" and {len(ranked) - most} more" if len(ranked) > most else ""
    return f"Source{'s' if len(ranked) > 1 else ''}: {named}{rest} ({folder}/{table}.csv)"


def _itself(style: str) -> str:
    version = importlib.metadata.version("unrest-analysis")
    title = "unrest-analysis: protest, casualty and election data with their sources"
    if style == "bibtex":
        return (
            f"@misc{{unrest-analysis,\n  title = {{{{{title}}}}},\n  note = {{Version {version}, data CC BY 4.0}},\n}}"
        )
    return f"{title}. Version {version}. Data CC BY 4.0."


def _line(source_id: str, source: pd.Series | None) -> str:
    if source is None:
        return f"[{source_id}] not in the sources table"
    date = f", {source['published']}" if source["published"] else ", undated"
    return f"[{source_id}] {source['publisher'] or 'no publisher'}{date}. {source['title']}. {source['url']}".rstrip()


def _bibtex(source_id: str, source: pd.Series | None) -> str:
    if source is None:
        return f"@misc{{{source_id},\n  note = {{Not in the sources table}},\n}}"
    fields = {
        "author": f"{{{_latex(source['publisher'])}}}",
        "title": f"{{{_latex(source['title'])}}}",
        "year": source["published"][:4],
        "date": source["published"][:10],
        "url": source["url"],
        "langid": source["language"],
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value.strip("{}")]
    return "\n".join([f"@misc{{{source_id},", *lines, "}"])


def _latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {character: f"\\{character}" for character in "&%$#_{}"}
    return "".join(special.get(character, character) for character in text)
