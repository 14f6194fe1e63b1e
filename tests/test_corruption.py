"""
Damaged files: only a DataError or a right answer, never another exception, never a silently shorter frame.

Each variant of a file is checked against the file itself: a record whose text is still there, byte for byte, must come
out as it did before, or be set aside with a reason. `ANALYSIS_VARIANTS=10000` runs as many variants as one likes.
"""

import os
import pathlib
import random
from collections import Counter
from collections.abc import Iterator

import pandas as pd
import pytest

from analysis import DataError, check, formats
from analysis.schema import TABLES

VARIANTS = int(os.environ.get("ANALYSIS_VARIANTS", "120"))
RECORDS = 40
OWN = (
    "event_id,date,event_type,country_iso3,location,size_low,size_best,size_high,summary\n"
    + "".join(
        f'E{i},2020-10-{1 + i % 30:02d},{"Protests" if i % 3 else "Riots"},KGZ,Талас,{i},,{i + 9},"said ""no"", left"\n'
        for i in range(RECORDS)
    )
).encode()
REAL = {
    "acled": ("acled_api_json/acled_sample.json", "events"),
    "ucdp_ged": ("ucdp_ged_ukraine_hdx/conflict_data_ukr_first1200.csv", "events"),
    "gdelt": ("gdelt/sparkgdelt_events1.csv", "events"),
    "icews": ("icews/events.2018.sample.tab", "events"),
    "crowd_counting": ("crowd_counting/ccc-phase3-public.csv", "events"),
    "powell_thyne": ("powell_thyne_coups/input_ptcoups.csv", "events"),
    "ucdp_conflicts": ("ucdp_acd/ucdp-prio-acd-211.csv", "conflicts"),
    "ucdp_nonstate": ("ucdp_acd/ucdp-nonstate-211.csv", "conflicts"),
    "reign_elections": ("reign/electionlist_3_21.csv", "elections"),
    "reign_leaders": ("reign/leaderlist_3_21.csv", "leaders"),
    "parlgov": ("parlgov/view_election.csv", "results"),
}
SHARE = VARIANTS // (len(REAL) + 1)


# Ways to damage a file ------------------------------------------------------------------------------------------------


def flipped(content: bytes, chance: random.Random) -> bytes:
    """A few bytes are others."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def cut(content: bytes, chance: random.Random) -> bytes:
    """The end is missing."""
    return content[: chance.randrange(len(content))]


def torn(content: bytes, chance: random.Random) -> bytes:
    """A piece in the middle is missing."""
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randint(1, 300) :]


def shuffled(content: bytes, chance: random.Random) -> bytes:
    """A line below the header is lost, twice there, or moved."""
    lines = content.splitlines(keepends=True)
    if len(lines) < 3:
        return flipped(content, chance)
    place = chance.randrange(1, len(lines))
    line = lines.pop(place)
    for _ in range(chance.randrange(3)):
        lines.insert(chance.randrange(1, len(lines) + 1), line)
    return b"".join(lines)


def shifted(content: bytes, chance: random.Random) -> bytes:
    """A separator or a quote is gone, or there is one too many."""
    mark = chance.choice([b",", b";", b"\t", b'"', b"\n", b"\x00"])
    places = [place for place in range(len(content)) if content[place : place + 1] == mark]
    place = chance.choice(places) if places and chance.random() < 0.5 else chance.randrange(len(content))
    if content[place : place + 1] == mark:
        return content[:place] + content[place + 1 :]
    return content[:place] + mark + content[place:]


def recoded(content: bytes, chance: random.Random) -> bytes:
    """A line is in another encoding than the rest."""
    lines = content.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    text = lines[place].decode("utf-8", errors="replace") + chance.choice(["é", "Ж", "ש"])
    lines[place] = text.encode(chance.choice(["latin-1", "cp1251", "cp1255", "utf-16", "utf-8"]), errors="replace")
    return b"".join(lines)


def renamed(content: bytes, chance: random.Random) -> bytes:
    """The header has lost a letter, a name, or has two swapped."""
    header, line_end, rest = content.partition(b"\n")
    separator = max((b",", b";", b"\t"), key=header.count)
    names = header.split(separator)
    first, second = chance.randrange(len(names)), chance.randrange(len(names))
    names[first], names[second] = names[second], names[first][chance.randint(0, 1) :]
    return separator.join(names) + line_end + rest


DAMAGES = [flipped, cut, torn, shuffled, shifted, recoded, renamed]


# What must hold -------------------------------------------------------------------------------------------------------


def first_records(path: pathlib.Path, table: str) -> bytes:
    """The header and the first records of a file."""
    content = path.read_bytes()
    if content.startswith(b"{"):
        return content
    last = formats.cells(path, TABLES[table], lenient=True).origin["line"].iloc[RECORDS] - 1
    return b"".join(content.splitlines(keepends=True)[:last])


def answers(frame: pd.DataFrame) -> list[int]:
    """One number per row, whatever its id: a built id counts the events of a day and place, damaged ones included."""
    return pd.util.hash_pandas_object(
        frame.drop(columns="event_id", errors="ignore").astype("str"), index=False
    ).tolist()


def variants(content: bytes, seed: str, n: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(seed)
    for _ in range(n):
        damage = chance.choice(DAMAGES)
        yield damage.__name__, damage(content, chance)


def lost(content: bytes, sound: list[int], damaged: bytes, found: pd.DataFrame) -> int:
    """Records whose line is still in the damaged file, and whose answer is not among those found."""
    lines = content.splitlines()[-len(sound) :]
    there = Counter(damaged.splitlines())
    intact: Counter[int] = Counter()
    for line, answer in zip(lines, sound, strict=True):
        if there[line]:
            there[line] -= 1
            intact[answer] += 1
    return sum((intact - Counter(answers(found))).values())


def demand_right(content: bytes, seed: str, table: str, folder: pathlib.Path) -> None:
    path = folder / "file"
    path.write_bytes(content)
    whole = check(path, table)
    assert whole.rows_read
    one_line_each = not content.startswith(b"{") and len(whole.set_aside) == 0
    one_line_each &= len(content.splitlines()) - whole.rows_read <= 2
    sound = answers(whole.good)
    for kind, damaged in variants(content, seed, SHARE):
        path.write_bytes(damaged)
        try:
            found = check(path, table)
        except DataError as error:
            assert str(error), "it says what is wrong"
            continue
        assert found.rows_read == len(found.good) + len(found.set_aside), kind
        assert found.set_aside["reason"].notna().all(), kind
        if one_line_each and damaged.partition(b"\n")[0] == content.partition(b"\n")[0]:
            assert lost(content, sound, damaged, found.good) <= len(found.set_aside), kind


def test_damaged_file_in_our_columns(tmp_path: pathlib.Path) -> None:
    demand_right(OWN, "own", "events", tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_damaged_file_of_a_publisher(shared: pathlib.Path, tmp_path: pathlib.Path, name: str) -> None:
    file, table = REAL[name]
    demand_right(first_records(shared / "data" / file, table), name, table, tmp_path)
