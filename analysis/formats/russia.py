"""
Russia: station results of federal elections, as collected from the Central Election Commission by Sergey Shpilkin.

One CSV per election (UTF-8; `region`, `tik`, `uik`, the numbered lines of the protocol under their Russian names, one
column per party or candidate, `url`). The names of the lines change from year to year, so they are told by their words:

- registered: voters on the list (внесенных, in later years включенных, в список избирателей);
- issued: ballots given out early, in the station and outside it (бюллетеней, выданных ...), summed;
- cast: ballots found in the portable and stationary boxes (в ... ящиках), summed;
- valid: valid ballots (действительных). Invalid ballots are `cast` less `valid` and no contestant;
- contestant: every column that is no line of the protocol (Число ...); those of 2011, 2012 and 2018 under their
  English names, without the number on the ballot, others as printed.

Traps. `uik` numbers start again in every region: a station is `region / tik / uik`. Absentee certificates
(открепительных удостоверений, выданных) are no ballots. The 2011 file sums to 32,371,737 votes for United Russia,
which its publisher found to agree with the commission's database, 7,398 below the official 32,379,135; 2012 and 2018
sum to the official 45,602,075 and 56,430,712 for Putin. Four stations of 2018, cancelled later, are still in the file
(7,122 voters; its publisher's notes name them).
"""

from __future__ import annotations

import re

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import raw_table

NAME = "russia"
TABLE = "precincts"
CITATION = (
    "Central Election Commission of the Russian Federation, station protocols collected by S. Shpilkin; published by "
    "D. Kobak at github.com/dkobak/elections. Described in Kobak, D., Shpilkin, S. and Pshenichnikov, M. S. (2016), "
    "Integer percentages as electoral falsification fingerprints, Annals of Applied Statistics 10(1), 54-73."
)
PLACE = ("region", "tik", "uik")
LINES = {
    "registered": r"Число избирателей,.*в список избирателей",
    "issued": r"Число .*бюллетеней,? выданных",
    "cast": r"Число .*бюллетеней в .*ящиках",
    "valid": r"Число (?:.* )?действительных",
}
CONTESTANTS = {
    "Политическая партия СПРАВЕДЛИВАЯ РОССИЯ": "A Just Russia",
    'Политическая партия "Либерально-демократическая партия России"': "LDPR",
    'Политическая партия "ПАТРИОТЫ РОССИИ"': "Patriots of Russia",
    'Политическая партия "Коммунистическая партия Российской Федерации"': "Communist Party",
    'Политическая партия "Российская объединенная демократическая партия "ЯБЛОКО"': "Yabloko",
    'Всероссийская политическая партия "ЕДИНАЯ РОССИЯ"': "United Russia",
    'Всероссийская политическая партия "ПРАВОЕ ДЕЛО"': "Right Cause",
    "Бабурин Сергей Николаевич": "Sergey Baburin",
    "Грудинин Павел Николаевич": "Pavel Grudinin",
    "Жириновский Владимир Вольфович": "Vladimir Zhirinovsky",
    "Зюганов Геннадий Андреевич": "Gennady Zyuganov",
    "Миронов Сергей Михайлович": "Sergey Mironov",
    "Прохоров Михаил Дмитриевич": "Mikhail Prokhorov",
    "Путин Владимир Владимирович": "Vladimir Putin",
    "Собчак Ксения Анатольевна": "Ksenia Sobchak",
    "Сурайкин Максим Александрович": "Maxim Suraykin",
    "Титов Борис Юрьевич": "Boris Titov",
    "Явлинский Григорий Алексеевич": "Grigory Yavlinsky",
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell these files by region, territorial commission (tik) and station commission (uik)."""
    return any(set(PLACE) <= set(cells) for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the stations of one election.

    Parameters
    ----------
    files : dict of str to bytes
        The one CSV of the election.
    count : {"hand"}
        There is one count.

    Returns
    -------
    DataFrame, one row per station and contestant
        The columns of `Publisher.precincts`.

    Raises
    ------
    DataError
        If there are several files, a line of the protocol is missing, or a cell is no count.

    Examples
    --------
    >>> header = (
    ...     "region,tik,uik,'Число избирателей, внесенных в список избирателей',"
    ...     "'Число бюллетеней, выданных в помещении',Число бюллетеней в стационарных ящиках,"
    ...     "Число действительных бюллетеней,'6. Всероссийская политическая партия ''ЕДИНАЯ РОССИЯ''',url"
    ... )
    >>> text = header.replace("'", '"') + chr(10) + "Алтай,1 Горная,7,900,500,499,490,300,x"
    >>> precincts({"2011.csv": text.encode()}).to_numpy().tolist()
    [['Алтай / 1 Горная / 7', 'Алтай', 900, 500, 499, 490, 'United Russia', 300]]
    """
    known(count, ["hand"], "count")
    file, content = tidy.only(files)
    table = raw_table(content, file)
    places = table[["region"]].assign(station_id=table["region"] + " / " + table["tik"] + " / " + table["uik"])
    for line, words in LINES.items():
        places[line] = tidy.counts(table, file, _columns(table, file, words)).sum(axis=1, skipna=False)
    stood = [column for column in table if column not in (*PLACE, "url") and not column.startswith("Число")]
    votes = tidy.counts(table, file, stood).rename(columns=_contestant)
    return tidy.long(places, votes, file)


def _columns(table: pd.DataFrame, file: str, words: str) -> list[str]:
    found = [column for column in table if re.match(words, column)]
    if not found:
        raise DataError(problem(file, f"a column whose name matches {words!r}", line=1))
    return found


def _contestant(header: str) -> str:
    printed = re.sub(r"^\d+\.\s*", "", header)
    return CONTESTANTS.get(printed, printed)
