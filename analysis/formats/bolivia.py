"""
Bolivia: the presidential election of 20 October 2019 by polling table (mesa), final count or preliminary count.

One CSV (UTF-8 with a byte order mark): the table's number and place, voters on its list (Inscritos), one column per
party, blank (Blancos) and spoilt votes (Nulos). The final count (cómputo) and the preliminary count (TREP, as it stood
at 19:40 on the evening) have the same columns, so each is loaded by itself and their tables match by `station_id`.
Both files hold the vote for president alone, not the vote for deputies on the other half of the ballot.

- registered: Inscritos; issued: not stated;
- valid: the votes for parties, summed (the file leaves the sum out); cast: these, blank and spoilt votes, summed;
- region: the department, or the country for tables abroad, whose department is a city;
- contestant: the party as printed ("MAS - IPSP" as MAS-IPSP); blank and spoilt votes are no contestants but the extra
  columns `blank` and `spoilt`.

Traps. Law counts shares of valid votes, without blank ones. The TREP file lacks the tables not yet sent by 19:40
(5,580 of 34,555): these are absent, not zero; where both files have a table, its voters agree and its votes differ in
427. A table with 0 everywhere (4 in the final count) stands as written. The final file sums to the published 2,889,359
votes for the MAS-IPSP and 2,240,920 for the CC, of 6,137,671 valid.
"""

from __future__ import annotations

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import raw_table

NAME = "bolivia"
TABLE = "precincts"
CITATION = (
    "Órgano Electoral Plurinacional, Tribunal Supremo Electoral de Bolivia (2019), Elecciones generales 2019: cómputo "
    "and TREP by acta, as kept at github.com/futurebum/boliviasims."
)
MESA, VOTERS, BLANK, SPOILT = "Número Mesa", "Inscritos", "Blancos", "Nulos"
PLACE = (MESA, "País", "Departamento", "Provincia", "Municipio", "Localidad", "Distrito", "Zona", "Recinto")
COORDINATES = ("lat", "lon")


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell these files by table, voters, blank and spoilt votes."""
    return any({MESA, VOTERS, BLANK, SPOILT} <= set(cells) for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the polling tables of one count.

    Parameters
    ----------
    files : dict of str to bytes
        The one CSV of the count.
    count : {"hand"}
        Final or preliminary is a matter of the file.

    Returns
    -------
    DataFrame, one row per table and party
        The columns of `Publisher.precincts`, then `blank`, `spoilt`.

    Raises
    ------
    DataError
        If there are several files, a column is missing, or a cell is no count.

    Examples
    --------
    >>> text = "Número Mesa,País,Departamento,Inscritos,CC,MAS - IPSP,Blancos,Nulos" + chr(10)
    >>> frame = precincts({"c.csv": (text + "7,Bolivia,Pando,200,60,90,5,3").encode("utf-8-sig")})
    >>> frame.tail(1).to_numpy().tolist()
    [['7', 'Pando', 200, <NA>, 158, 150, 'MAS-IPSP', 90, 5, 3]]
    """
    known(count, ["hand"], "count")
    file, content = tidy.only(files)
    table = raw_table(content, file).rename(columns=str.strip)
    missing = [column for column in (*PLACE[:3], VOTERS, BLANK, SPOILT) if column not in table]
    if missing:
        raise DataError(problem(file, f"the columns {', '.join(missing)}", line=1))
    parties = [column for column in table if column not in (*PLACE, *COORDINATES, VOTERS, BLANK, SPOILT)]
    numbers = tidy.counts(table, file, [VOTERS, *parties, BLANK, SPOILT])
    places = pd.DataFrame(
        {
            "station_id": table[MESA],
            "region": table["Departamento"].where(table["País"] == "Bolivia", table["País"]),
            "registered": numbers[VOTERS],
            "cast": numbers[[*parties, BLANK, SPOILT]].sum(axis=1, skipna=False),
            "valid": numbers[parties].sum(axis=1, skipna=False),
            "blank": numbers[BLANK],
            "spoilt": numbers[SPOILT],
        }
    )
    return tidy.long(places, numbers[parties].rename(columns=lambda party: party.replace(" - ", "-")), file)
