"""
Bulgaria: section results of parliamentary elections, prepared from the Central Election Commission's open data.

A folder per election of CSV files (UTF-8, ";"), which belong together and are loaded together:

- `41_protocols.csv`: one row per section, the numbers of the commission's protocol;
- `50_votes_paper.csv`, `50_votes_machine_from_machine_data.csv`: section, registration code of the party, votes;
- `31_sections.csv`: where the section is; `21_participants.csv`: who has which registration code.

Columns of the result:

- registered: voters on the list handed to the section and those written in on the day, summed (abroad the latter are
  most); issued: voters who signed for a ballot (voted_voters); cast: paper and machine ballots in the box;
- valid: valid votes for parties and for "I support no one", which is a contestant here (code 99). Official shares
  leave the latter out: divide by `valid` less that contestant's votes;
- votes: paper and machine votes, summed; the extra columns `votes_paper`, `votes_machine` hold the parts;
- contestant: the parties that won seats in November 2021 and "No one" by `CONTESTANTS`, others by their name of
  registration, in Bulgarian; independents share code 37 and are told by their district; a code that the register
  lacks is named by number, "list 38".

Traps. In the paper file codes 100 to 106 are no parties but lines of the protocol again, and are left out: with them
its 317,033 votes would be 2,144,514. Machine votes come from the machines' memory, and it is not whole: where the
protocol counts machine ballots and the memory file has no row for the section (28 sections, 3,438 votes for parties in
November 2021) the section's `votes` are missing, flag `machine_votes_missing`; where sums disagree with the protocol
the numbers stand as found, flags `machine_votes_differ` (20 sections) and `paper_votes_differ` (21). The winner of 14
November 2021 has 672,167 votes in these files, 1,003 below the official 673,170; 671,458 in sections whose votes are
whole.
"""

from __future__ import annotations

import pandas as pd

from analysis.columns import DataError, problem
from analysis.formats import tidy
from analysis.options import known
from analysis.reading import raw_table

NAME = "bulgaria"
TABLE = "precincts"
CITATION = (
    "Central Election Commission of Bulgaria, open data of the elections of 14 November 2021, prepared by D. Ivanov at "
    "github.com/dimitarivanov/bulgarian-elections-opendata (CC BY-SA 4.0)."
)
PROTOCOLS, SECTIONS, PARTIES = "41_protocols.csv", "31_sections.csv", "21_participants.csv"
VOTES = {"paper": "50_votes_paper.csv", "machine": "50_votes_machine_from_machine_data.csv"}
CONTESTANTS = {
    "ПРОДЪЛЖАВАМЕ ПРОМЯНАТА": "We Continue the Change",
    "ГЕРБ СДС": "GERB-SDS",
    "ДВИЖЕНИЕ ЗА ПРАВА И СВОБОДИ ДПС": "Movement for Rights and Freedoms",  # noqa: RUF001
    "БСП ЗА БЪЛГАРИЯ": "BSP for Bulgaria",  # noqa: RUF001
    "ИМА ТАКЪВ НАРОД": "There Is Such a People",
    "ДЕМОКРАТИЧНА БЪЛГАРИЯ ОБЕДИНЕНИЕ ДА БЪЛГАРИЯ ДСБ ЗЕЛЕНО ДВИЖЕНИЕ": "Democratic Bulgaria",
    "ВЪЗРАЖДАНЕ": "Revival",
    "НЕ ПОДКРЕПЯМ НИКОГО": "No one",  # noqa: RUF001
}
FILES = (PROTOCOLS, SECTIONS, PARTIES, *VOTES.values())
PROTOCOL_LINES = [str(code) for code in range(100, 107)]
SUMS = {
    "registered": ["registered_voters", "onsite_listed_voters"],
    "issued": ["voted_voters"],
    "cast": ["urn_paper_ballots", "urn_machine_ballots"],
    "paper": ["valid_paper_votes_for_parties", "support_noone_paper_ballots"],
    "machine": ["valid_machine_votes_for_parties", "support_noone_machine_ballots"],
}


def detects(headers: dict[str, list[str]]) -> bool:
    """Tell these files by the protocol's columns, or by those of the votes."""
    votes = ["section_id", "party", "votes"]
    return any("urn_paper_ballots" in cells or cells == votes for cells in headers.values())


def precincts(files: dict[str, bytes], *, count: str = "hand") -> pd.DataFrame:
    """
    Read the sections of one election.

    Parameters
    ----------
    files : dict of str to bytes
        The files `FILES`; others of the same folder are not used.
    count : {"hand"}
        Of paper and machine votes together, there is one.

    Returns
    -------
    DataFrame, one row per section and contestant
        The columns of `Publisher.precincts`, then `votes_paper`, `votes_machine`, `flags`.

    Raises
    ------
    DataError
        If a file or column is missing, a cell is no count, votes have no protocol, or a section votes twice for a
        party.
    """
    known(count, ["hand"], "count")
    lacking = [file for file in FILES if file not in files]
    if lacking:
        raise DataError(
            problem(", ".join(files) or "source", f"all files of the election; missing: {', '.join(lacking)}")
        )
    sections = _sections(files)
    votes = _votes(files, sections)
    for ballots in VOTES:
        counted = votes.groupby("section_id")[f"votes_{ballots}"].sum(min_count=1).reindex(sections.index)
        missing = counted.isna() & (sections[ballots].isna() | (sections[ballots] > 0))
        sections[f"{ballots}_votes_missing"] = missing
        sections[f"{ballots}_votes_differ"] = (counted.fillna(0) != sections[ballots]).fillna(True) & ~missing
        votes[f"votes_{ballots}"] = votes[f"votes_{ballots}"].fillna(0).mask(votes["section_id"].map(missing))
    votes["votes"] = votes["votes_paper"] + votes["votes_machine"]
    sections["flags"] = _flags(sections)
    sections["valid"] = sections["paper"] + sections["machine"]
    stated = sections[["region", "registered", "issued", "cast", "valid", "flags"]]
    named = votes.assign(contestant=_contestants(votes, files)).merge(stated, left_on="section_id", right_index=True)
    return tidy.in_order(named.rename(columns={"section_id": "station_id"}).drop(columns="party"))


def _table(files: dict[str, bytes], file: str, columns: list[str]) -> pd.DataFrame:
    table = raw_table(files[file], file, sep=";")
    missing = [column for column in columns if column not in table]
    if missing:
        raise DataError(problem(file, f"the columns {', '.join(missing)}", line=1))
    return table


def _sections(files: dict[str, bytes]) -> pd.DataFrame:
    """Sum up the protocol of each section; a section without protocol has missing numbers."""
    lines = [line for summed in SUMS.values() for line in summed]
    protocols = _table(files, PROTOCOLS, ["section_id", *lines])
    tidy.demand_unique(protocols, PROTOCOLS, ["section_id"])
    numbers = tidy.counts(protocols, PROTOCOLS, lines)
    places = _table(files, SECTIONS, ["section_id", "rik_name"])
    tidy.demand_unique(places, SECTIONS, ["section_id"])
    sections = pd.DataFrame({name: numbers[summed].sum(axis=1, skipna=False) for name, summed in SUMS.items()})
    sections = sections.set_index(protocols["section_id"])
    return sections.join(places.set_index("section_id")["rik_name"].rename("region"), how="outer")


def _votes(files: dict[str, bytes], sections: pd.DataFrame) -> pd.DataFrame:
    """Join paper and machine votes by section and party; a section without any gets the parties of its district."""
    paper, machine = (_ballots(files, ballots, sections) for ballots in VOTES)
    votes = paper.merge(machine, on=["section_id", "party"], how="outer")
    district = votes["section_id"].str[:2].rename("district")
    standing = pd.concat([district, votes["party"]], axis=1).drop_duplicates()
    silent = sections.index.difference(votes["section_id"]).to_series(name="section_id").reset_index(drop=True)
    added = silent.to_frame().assign(district=silent.str[:2]).merge(standing, on="district").drop(columns="district")
    votes = pd.concat([votes, added], ignore_index=True)
    return votes.sort_values(["section_id", "party"], key=lambda cells: cells.str.zfill(9), ignore_index=True)


def _ballots(files: dict[str, bytes], ballots: str, sections: pd.DataFrame) -> pd.DataFrame:
    file = VOTES[ballots]
    table = _table(files, file, ["section_id", "party", "votes"])
    table = table[~table["party"].isin(PROTOCOL_LINES)]
    tidy.demand_unique(table, file, ["section_id", "party"])
    strange = table.loc[~table["section_id"].isin(sections.index), "section_id"]
    if len(strange):
        demand = f"a section of {PROTOCOLS} or {SECTIONS}"
        raise DataError(problem(file, demand, strange.index[0], "section_id", strange.iloc[0]))
    numbers = tidy.counts(table, file, ["votes"])["votes"]
    return table[["section_id", "party"]].assign(**{f"votes_{ballots}": numbers})


def _contestants(votes: pd.DataFrame, files: dict[str, bytes]) -> pd.Series:
    """Name the contestants as registered: by code, or by code and district for independents."""
    columns = ["registration_code", "registration_sub_code", "registration_name"]
    register = _table(files, PARTIES, columns)
    tidy.demand_unique(register, PARTIES, columns[:2])
    names = register.set_index(register[columns[0]] + "/" + register[columns[1]])["registration_name"]
    everywhere = (votes["party"] + "/0").map(names)
    local = (votes["party"] + "/" + votes["section_id"].str[:2].str.lstrip("0")).map(names)
    registered = everywhere.fillna(local).fillna("list " + votes["party"])
    return registered.replace(CONTESTANTS)


def _flags(sections: pd.DataFrame) -> pd.Series:
    """Join ids of what is odd about each section with ";"; "" where nothing is."""
    kinds = [f"{ballots}_votes_{kind}" for kind in ("missing", "differ") for ballots in VOTES]
    joined = sum(
        (sections[kind].map({True: f"{kind};", False: ""}) for kind in kinds), start=pd.Series("", sections.index)
    )
    return joined.str.rstrip(";")
