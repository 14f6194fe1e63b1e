"""
Uganda: station results of the presidential election of 18 February 2011, as the Electoral Commission published them.

One CSV, printed page by page: every page begins with two title lines and the header again, every other row is a
station (names with line breaks in them, counts with thousands commas). There are no sub-totals; a row that is no
title, no header and has no district code is refused.

- station_id: codes of district, electoral area, sub-county, parish and station, joined with "-"; region: district;
- registered: REGISTERED VOTERS; issued: not stated;
- valid: VALID; cast: VALID and INVALID, summed. SPOILT ballots were handed back and replaced, never in the box: they
  are the extra column `spoilt`;
- contestant: the candidates, surname last; others as printed.

Traps. Stations whose votes are printed as "X" (76) or "?" (65) have no result: their numbers are missing, not 0, and
`flags` says `result_x` or `result_question_mark`; the file does not explain the marks. The file is not the final tally:
of the commission's 112 district totals, 105 have the same votes for Museveni, all the same registered voters; it sums
to 5,436,639 for Museveni and 2,071,397 for Besigye, 8,270 and 6,434 above the declared 5,428,369 and 2,064,963. Votes
for Bidandi Ssali differ in 99 districts (9,294 here, 34,688 declared). `UEDP_2011_Dataset.7z`, a cleaned version of the
same election by another publisher, is packed in a format this package does not open.
"""

from __future__ import annotations

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import header_of, raw_table

NAME = "uganda"
TABLE = "precincts"
CITATION = (
    "Electoral Commission of Uganda (2011), Presidential Election Results 2011 by polling station, as kept at "
    "github.com/NaokiEto/PS139 (2011_Pres_Pstn.csv)."
)
CODES = ["DISTRICT CODE", "EA CODE", "SCOUNTY CODE", "PARISH CODE", "PS CODE"]
REGION, VOTERS, VALID, INVALID, SPOILT = "DISTRICT NAME", "REGISTERED VOTERS", "VALID", "INVALID", "SPOILT"
MARKS = {"X": "result_x", "?": "result_question_mark"}
THOUSANDS = r"^\s*([0-9]{1,3}),([0-9]{3})\s*$"
CANDIDATES = {
    "ABED BWANIKA": "Abed Bwanika",
    "BESIGYE KIFEFE KIZZA": "Kizza Besigye",
    "BETI OLIVE KAMYA NAMISANGO": "Beti Kamya",
    "BIDANDI? SSALI JABERI": "Jaberi Bidandi Ssali",
    "MAO NORBERT": "Norbert Mao",
    "OLARA OTUNNU": "Olara Otunnu",
    "SAMUEL LUBEGA MUKAAKU WALTER": "Samuel Lubega",
    "YOWERI MUSEVENI KAGUTA": "Yoweri Museveni",
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell this file by the codes of a station, registered voters and spoilt ballots."""
    return any({*CODES, VOTERS, VALID, SPOILT} <= set(cells) for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the stations.

    Parameters
    ----------
    files : dict of str to bytes
        The one CSV.
    count : {"hand"}
        There is one count.

    Returns
    -------
    DataFrame, one row per station and candidate
        The columns of `Publisher.precincts`, then `spoilt` and `flags`.

    Raises
    ------
    DataError
        If there are several files, a row is neither title, header nor station, or a cell is no count.

    Examples
    --------
    >>> header = "DISTRICT CODE,DISTRICT NAME,EA CODE,SCOUNTY CODE,PARISH CODE,PS CODE,PS NAME,REGISTERED VOTERS"
    >>> text = [header + ",MAO NORBERT,VALID,INVALID,SPOILT", '001,APAC,003,03,012,01,AROCHA,"1,557",92,95,11,0']
    >>> precincts({"p.csv": chr(10).join(text).encode()}).iloc[:, :8].to_numpy().tolist()
    [['001-003-03-012-01', 'APAC', 1557, <NA>, 106, 95, 'Norbert Mao', 92]]
    """
    known(count, ["hand"], "count")
    file, content = tidy.only(files)
    table = _stations(content, file)
    candidates = list(table.columns[table.columns.get_loc(VOTERS) + 1 : table.columns.get_loc(VALID)])
    read = table[[VOTERS, *candidates, VALID, INVALID, SPOILT]].replace(THOUSANDS, r"\1\2", regex=True)
    marks = read[candidates].apply(lambda cells: cells.str.strip().where(cells.str.strip().isin(MARKS), ""))
    marked = marks.eq(marks.iloc[:, 0], axis=0).all(axis=1) & (marks.iloc[:, 0] != "")
    read.loc[marked, candidates] = ""
    numbers = tidy.counts(read, file, read.columns)
    places = pd.DataFrame(
        {
            "station_id": table[CODES[0]].str.cat(table[CODES[1:]], sep="-"),
            "region": table[REGION],
            "registered": numbers[VOTERS],
            "cast": numbers[VALID] + numbers[INVALID],
            "valid": numbers[VALID],
            "spoilt": numbers[SPOILT],
            "flags": marks.iloc[:, 0].map({"": "", **MARKS}).where(marked, ""),
        }
    )
    return tidy.long(places, numbers[candidates].rename(columns=CANDIDATES), file)


def _stations(content: bytes, file: str) -> pd.DataFrame:
    """Rows of the file without its page titles and repeated headers, indexed by row."""
    header = header_of(content)
    missing = [column for column in (*CODES, REGION, VOTERS, VALID, INVALID, SPOILT) if column not in header]
    if missing:
        raise DataError(problem(file, f"a header with {', '.join(missing)}"))
    table = raw_table(content, file, header=None, names=header)
    title = (table.iloc[:, 0] != "") & (table.iloc[:, 1:] == "").all(axis=1)
    repeated = (table == header).all(axis=1)
    station = table[CODES].apply(lambda cells: cells.str.fullmatch(r"[0-9]+")).all(axis=1)
    other = table.index[~(title | repeated | station)]
    if len(other):
        raise DataError(problem(file, "a page title, a header or a station with its codes", other[0]))
    return table[station]
