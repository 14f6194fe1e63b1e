"""
Israel: ballot-box results of Knesset elections, as the Central Elections Committee publishes them (`expb.csv`).

One CSV per election (windows-1255, Hebrew): locality and its code, number of the ballot box, then

- registered: בזב, voters entitled to vote there; cast: מצביעים, voters who voted; issued: not stated;
- valid: כשרים, valid votes; invalid ones (פסולים) are `cast` less `valid`;
- region: the locality, in Hebrew;
- contestant: one column per list, headed by its ballot letters. Letters pass from list to list between elections, so
  they have a name only where all major lists of a known Knesset stand in the header: those of the 21st (April 2019)
  and 24th (March 2021) that `KNESSETS` names. Every other list keeps its letters, spelled out ("Nun-Zayin").

Traps. "Double envelopes" (soldiers, hospitals, prisons, polling staff, travellers) are counted centrally and are no
stations: their rows have region "double envelopes", `registered` missing (the file writes 0) and the flag
`double_envelopes`. Ballot boxes are numbered 1, 1.1, 1.2: the number is text, 1.10 is not 1.1. The files sum to the
certified results: 4,309,270 valid votes in 2019, 1,140,370 of them for Likud; 4,410,052 and 1,066,892 in 2021.
"""

from __future__ import annotations

import unicodedata

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import raw_table

NAME = "israel"
TABLE = "precincts"
CITATION = (
    "Central Elections Committee of Israel, results by ballot box (expb.csv) of the elections to the 21st and 24th "
    "Knesset, votes21.bechirot.gov.il and votes24.bechirot.gov.il."
)
LOCALITY, CODE, VOTERS, CAST, INVALID, VALID = "שם ישוב", "סמל ישוב", "בזב", "מצביעים", "פסולים", "כשרים"
BOX = ("מספר קלפי", "קלפי")
ENVELOPES = "מעטפות חיצוניות"
KNESSETS = {
    21: {
        "אמת": "Labor",
        "ג": "United Torah Judaism",
        "דעם": "Ra'am-Balad",
        "ום": "Hadash-Ta'al",
        "ז": "Zehut",
        "טב": "Union of Right-Wing Parties",
        "כ": "Kulanu",
        "ל": "Yisrael Beiteinu",
        "מחל": "Likud",
        "מרצ": "Meretz",
        "נ": "New Right",
        "נר": "Gesher",
        "פה": "Blue and White",
        "שס": "Shas",
    },
    24: {
        "אמת": "Labor",
        "ב": "Yamina",
        "ג": "United Torah Judaism",
        "ודעם": "Joint List",
        "ט": "Religious Zionist Party",  # noqa: RUF001
        "יז": "New Economic Party",
        "כן": "Blue and White",
        "ל": "Yisrael Beiteinu",
        "מחל": "Likud",
        "מרצ": "Meretz",
        "עם": "Ra'am",
        "פה": "Yesh Atid",
        "שס": "Shas",
        "ת": "New Hope",
    },
}
LETTERS = {
    chr(code): unicodedata.name(chr(code)).removeprefix("HEBREW LETTER ").title().replace(" ", "")
    for code in range(0x5D0, 0x5EB)
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell these files by voters entitled, voters, valid and invalid votes."""
    return any({LOCALITY, VOTERS, CAST, INVALID, VALID} <= set(cells) for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the ballot boxes of one election.

    Parameters
    ----------
    files : dict of str to bytes
        The one `expb.csv` of the election.
    count : {"hand"}
        There is one count.

    Returns
    -------
    DataFrame, one row per ballot box and list
        The columns of `Publisher.precincts`, then `flags`.

    Raises
    ------
    DataError
        If there are several files, a column is missing, or a cell is no count.

    Examples
    --------
    >>> text = "שם ישוב,סמל ישוב,מספר קלפי,בזב,מצביעים,פסולים,כשרים,מחל,ץ" + chr(10) + "חיפה,4000,1.2,50,30,1,29,20,9"
    >>> precincts({"expb.csv": text.encode("windows-1255")})[["station_id", "contestant", "votes"]].to_numpy().tolist()
    [['4000-1.2', 'Mem-Het-Lamed', 20], ['4000-1.2', 'FinalTsadi', 9]]
    """
    known(count, ["hand"], "count")
    file, content = tidy.only(files)
    table = raw_table(content, file, encoding="windows-1255").rename(columns=str.strip)
    box = next((column for column in BOX if column in table), BOX[0])
    missing = [column for column in (LOCALITY, CODE, box, VOTERS, CAST, INVALID, VALID) if column not in table]
    if missing:
        raise DataError(problem(file, f"the columns {', '.join(missing)}", line=1))
    lists = [column for column in table.columns[table.columns.get_loc(VALID) + 1 :] if column]
    numbers = tidy.counts(table, file, [VOTERS, CAST, INVALID, VALID, *lists])
    envelopes = table[LOCALITY].str.strip() == ENVELOPES
    places = pd.DataFrame(
        {
            "station_id": table[CODE] + "-" + table[box],
            "region": table[LOCALITY].mask(envelopes, "double envelopes"),
            "registered": numbers[VOTERS].mask(envelopes),
            "cast": numbers[CAST],
            "valid": numbers[VALID],
            "flags": envelopes.map({True: "double_envelopes", False: ""}),
        }
    )
    return tidy.long(places, numbers[lists].rename(columns=_names(lists)), file)


def _names(lists: list[str]) -> dict[str, str]:
    """Name of each list: of the Knesset whose major lists are all here, otherwise its letters spelled out."""
    stood = next((names for names in KNESSETS.values() if names.keys() <= set(lists)), {})
    return {
        letters: stood.get(letters) or "-".join(LETTERS.get(letter, letter) for letter in letters) for letters in lists
    }
