"""Station files of election commissions: invented rows in the shape of each, real files against what is published."""

import csv
import functools
import io
import pathlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import DataError
from analysis.formats import find, publishers
from analysis.formats.tidy import COLUMNS
from analysis.reading import contents

# Invented rows -------------------------------------------------------------------------------------------------------

RUSSIA = """\
region,tik,uik,"Число избирателей, включенных в список избирателей",\
"Число избирательных бюллетеней, полученных комиссией",\
"Число избирательных бюллетеней, выданных избирателям, проголосовавшим досрочно",\
"Число избирательных бюллетеней, выданных в помещении",Число погашенных избирательных бюллетеней,\
Число избирательных бюллетеней в переносных ящиках для голосования,\
Число бюллетеней в стационарных ящиках для голосования,\
Число недействительных избирательных бюллетеней,Число действительных избирательных бюллетеней,\
"Число открепительных удостоверений, выданных избирателям",2. Партия мечты,Путин Владимир Владимирович,url
Край А,1 Первая,1,1000,900,10,500,390,9,499,8,500,77,200,300,http://x
Край А,2 Вторая,1,800,700,0,400,300,0,400,0,400,5,150,250,http://y
Край Б,1 Первая,1,60,60,0,60,0,0,60,0,60,0,0,60,http://z
"""
BOLIVIA = """\
Número Mesa,País,Departamento,Provincia,Recinto,lat,lon,Inscritos,CC,MAS - IPSP,PAN-BOL,Blancos,Nulos
1,España,Madrid,Madrid,Escuela,40.4,-3.7,100,50,20,0,1,2
2,Bolivia,La Paz,Murillo,"Colegio ""A"", bloque 2",,,220,60,110,3,10,7
"""
ISRAEL = """\
שם ישוב,סמל ישוב,קלפי,בזב,מצביעים,פסולים,כשרים,מחל,נ,ן,
אילת,2600,1.1,500,300,10,290,200,60,30,
אילת,2600,1.10,400,100,0,100,50,50,0,
מעטפות חיצוניות,9999,1.1,0,700,7,693,600,90,3,
"""
UGANDA_HEADER = (
    "DISTRICT CODE,DISTRICT NAME,EA CODE,SCOUNTY CODE,PARISH CODE,PS CODE,PS NAME,REGISTERED VOTERS,"
    "MAO NORBERT,YOWERI MUSEVENI KAGUTA,VALID,INVALID,SPOILT"
)
UGANDA = f"""\
The Electoral Commission,,,,,,,,,,,,
Presidential Election Results 2011,,,,,,,,,,,,
{UGANDA_HEADER}
001,APAC,003,03,012,01,HILL SCHOOL,"1,557","1,000",92,"1,092",11,2
001,APAC,003,03,012,02,"TWO
LINES",790,?,?,,,
The Electoral Commission,,,,,,,,,,,,
Presidential Election Results 2011,,,,,,,,,,,,
{UGANDA_HEADER}
002,ARUA,013,03,012,01,ZEBRA,343,X,X,,,
002,ARUA,013,03,012,02,MARKET,500,100,150,250,0,40
"""
PROTOCOL = (
    "section_id;registered_voters;onsite_listed_voters;voted_voters;urn_paper_ballots;valid_paper_votes_for_parties;"
    "support_noone_paper_ballots;urn_machine_ballots;valid_machine_votes_for_parties;support_noone_machine_ballots\n"
)
BULGARIA = {
    "41_protocols.csv": PROTOCOL
    + "010100001;300;10;150;50;46;3;100;98;2\n"
    + "010100002;200;0;90;10;10;0;80;80;0\n"
    + "020100001;90;1;40;0;0;0;40;39;0\n",
    "31_sections.csv": "section_id;rik_name\n010100001;Горе\n010100002;Горе\n020100001;Долу\n",
    "21_participants.csv": "code;name;registration_code;registration_sub_code;registration_name\n"
    "160;ПП;25;0;ПРОДЪЛЖАВАМЕ ПРОМЯНАТА\n7;Л;37;1;ИВАН ИВАНОВ\n8;Л;37;2;ПЕТЪР ПЕТРОВ\n"
    "999;Н;99;0;НЕ ПОДКРЕПЯМ НИКОГО\n",
    "50_votes_paper.csv": "section_id;party;votes\n010100001;25;40\n010100001;37;6\n010100001;99;3\n"
    "010100001;100;46\n010100001;101;50\n010100002;25;4\n010100002;37;6\n010100002;99;0\n",
    "50_votes_machine_from_machine_data.csv": "section_id;party;votes\n"
    "010100001;25;90\n010100001;37;8\n010100001;99;2\n"
    "020100001;25;30\n020100001;37;9\n020100001;38;1\n020100001;99;0\n",
}
INVENTED = {
    "russia": {"2018.csv": RUSSIA.encode()},
    "bolivia": {"computo.csv": BOLIVIA.encode("utf-8-sig")},
    "israel": {"expb.csv": ISRAEL.encode("windows-1255")},
    "uganda": {"2011.csv": UGANDA.encode()},
    "bulgaria": {name: text.encode() for name, text in BULGARIA.items()},
}
STATIONS = {"russia": 3, "bolivia": 2, "israel": 3, "uganda": 4, "bulgaria": 3}


def station(frame: pd.DataFrame, station_id: str) -> dict[str, object]:
    """Turn the rows of one station into its numbers and its votes by contestant; None is missing."""
    found = frame[frame["station_id"] == station_id].astype(object)
    found = found.where(found.notna(), None)
    return {**found.iloc[0].to_dict(), "votes": dict(zip(found["contestant"], found["votes"], strict=True))}


def changed(name: str, file: str, old: str, new: str, encoding: str = "utf-8") -> dict[str, bytes]:
    """Change invented files in one place."""
    content = INVENTED[name][file].decode(encoding)
    assert content.count(old) == 1
    return INVENTED[name] | {file: content.replace(old, new).encode(encoding)}


@pytest.mark.parametrize("name", INVENTED)
def test_each_publisher_is_told_by_its_headers_and_reads_every_station(name: str) -> None:
    files = dict(INVENTED[name])
    publisher = find(files)
    assert publisher is publishers()[name]
    frame = publisher.precincts(files)
    assert tuple(frame.columns[: len(COLUMNS)]) == COLUMNS
    assert frame.dtypes.astype(str)[list(COLUMNS)].tolist() == ["str"] * 2 + ["Int64"] * 4 + ["str", "Int64"]
    assert frame["station_id"].nunique() == STATIONS[name]
    assert not frame.duplicated(["station_id", "contestant"]).any()
    assert frame[["station_id", "region", "contestant"]].notna().all(axis=None)
    assert files == INVENTED[name]
    assert len(publisher.CITATION) > 60


def test_russian_lines_are_found_by_their_words_and_ballots_given_out_are_summed() -> None:
    frame = find(INVENTED["russia"]).precincts(INVENTED["russia"])
    first = station(frame, "Край А / 1 Первая / 1")
    assert (first["registered"], first["issued"], first["cast"], first["valid"]) == (1000, 510, 508, 500)
    assert first["votes"] == {"Партия мечты": 200, "Vladimir Putin": 300}
    assert station(frame, "Край Б / 1 Первая / 1")["region"] == "Край Б"


def test_bolivian_ballots_are_summed_and_tables_abroad_belong_to_their_country() -> None:
    frame = find(INVENTED["bolivia"]).precincts(INVENTED["bolivia"])
    abroad, home = station(frame, "1"), station(frame, "2")
    assert (abroad["region"], home["region"]) == ("España", "La Paz")
    assert (home["registered"], home["cast"], home["valid"], home["blank"], home["spoilt"]) == (220, 190, 173, 10, 7)
    assert home["issued"] is None
    assert home["votes"] == {"CC": 60, "MAS-IPSP": 110, "PAN-BOL": 3}


def test_israeli_double_envelopes_are_kept_but_are_no_station() -> None:
    frame = find(INVENTED["israel"]).precincts(INVENTED["israel"])
    envelopes, box = station(frame, "9999-1.1"), station(frame, "2600-1.1")
    assert (envelopes["region"], envelopes["registered"], envelopes["flags"]) == (
        "double envelopes",
        None,
        "double_envelopes",
    )
    assert (box["region"], box["registered"], box["cast"], box["valid"], box["flags"]) == ("אילת", 500, 300, 290, "")


def test_israeli_box_1_10_is_not_box_1_1() -> None:
    frame = find(INVENTED["israel"]).precincts(INVENTED["israel"])
    assert station(frame, "2600-1.10")["votes"] == {"Mem-Het-Lamed": 50, "Nun": 50, "FinalNun": 0}


def test_ballot_letters_have_a_name_only_in_a_knesset_that_is_known() -> None:
    publisher = publishers()["israel"]
    lists = ["אמת", "ב", "ג", "ודעם", "ט", "יז", "כן", "ל", "מחל", "מרצ", "עם", "פה", "שס", "ת", "ז"]
    start = "שם ישוב,סמל ישוב,קלפי,בזב,מצביעים,פסולים,כשרים,"
    text = start + ",".join(lists) + "\nאילת,1,1,99,99,0,99" + ",1" * len(lists)
    known = publisher.precincts({"a.csv": text.encode("windows-1255")})["contestant"].tolist()
    assert (known[8], known[11], known[14]) == ("Likud", "Yesh Atid", "Zayin")
    less = text.replace(",ת,", ",תת,")
    unknown = publisher.precincts({"a.csv": less.encode("windows-1255")})["contestant"].tolist()
    assert (unknown[8], unknown[11], unknown[13]) == ("Mem-Het-Lamed", "Pe-He", "Tav-Tav")


def test_ugandan_stations_without_result_have_missing_votes_and_say_so() -> None:
    frame = find(INVENTED["uganda"]).precincts(INVENTED["uganda"])
    first, unknown, crossed = (
        station(frame, f"{code}-03-012-0{n}") for code, n in (("001-003", 1), ("001-003", 2), ("002-013", 1))
    )
    assert (first["registered"], first["cast"], first["valid"], first["spoilt"]) == (1557, 1103, 1092, 2)
    assert first["votes"] == {"Norbert Mao": 1000, "Yoweri Museveni": 92}
    assert (first["flags"], unknown["flags"], crossed["flags"]) == ("", "result_question_mark", "result_x")
    assert unknown["votes"] == {"Norbert Mao": None, "Yoweri Museveni": None}
    assert (crossed["registered"], crossed["cast"], crossed["valid"]) == (343, None, None)


def test_bulgarian_paper_and_machine_votes_are_summed_and_protocol_lines_are_no_parties() -> None:
    frame = find(INVENTED["bulgaria"]).precincts(INVENTED["bulgaria"])
    first = station(frame, "010100001")
    assert (first["registered"], first["issued"], first["cast"], first["valid"]) == (310, 150, 150, 149)
    assert first["votes"] == {"We Continue the Change": 130, "ИВАН ИВАНОВ": 14, "No one": 5}
    assert (first["votes_paper"], first["votes_machine"], first["flags"]) == (40, 90, "")


def test_bulgarian_machine_votes_that_are_not_in_the_memory_are_missing_not_zero() -> None:
    frame = find(INVENTED["bulgaria"]).precincts(INVENTED["bulgaria"])
    second = station(frame, "010100002")
    assert second["votes"] == {"We Continue the Change": None, "ИВАН ИВАНОВ": None, "No one": None}
    assert (second["votes_paper"], second["votes_machine"], second["flags"]) == (4, None, "machine_votes_missing")


def test_bulgarian_sums_that_disagree_with_the_protocol_stand_as_found() -> None:
    third = station(find(INVENTED["bulgaria"]).precincts(INVENTED["bulgaria"]), "020100001")
    assert third["votes"] == {"We Continue the Change": 30, "ПЕТЪР ПЕТРОВ": 9, "list 38": 1, "No one": 0}
    assert (third["valid"], third["flags"]) == (39, "machine_votes_differ")


def test_a_bulgarian_section_without_any_votes_has_its_districts_contestants() -> None:
    more = BULGARIA["31_sections.csv"] + "020100009;Долу\n"
    frame = publishers()["bulgaria"].precincts(INVENTED["bulgaria"] | {"31_sections.csv": more.encode()})
    closed = station(frame, "020100009")
    assert closed["votes"] == dict.fromkeys(["We Continue the Change", "ПЕТЪР ПЕТРОВ", "list 38", "No one"], None)
    assert (closed["registered"], closed["flags"]) == (None, "paper_votes_missing;machine_votes_missing")


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "line", "column"),
    [
        ("russia", "2018.csv", "150,250,http", "150,25O,http", 3, "Путин Владимир Владимирович"),
        ("bolivia", "computo.csv", "50,20,0,1,2", "50,-20,0,1,2", 2, "MAS - IPSP"),
        ("israel", "expb.csv", "200,60,30", "200,6.5,30", 2, "נ"),
        ("uganda", "2011.csv", "343,X,X", "343,X,7", 9, "MAO NORBERT"),
        ("uganda", "2011.csv", '"1,000",92', '"1,00",92', 4, "MAO NORBERT"),
        ("bulgaria", "50_votes_paper.csv", "010100002;25;4", "010100002;25;four", 7, "votes"),
        ("bulgaria", "41_protocols.csv", "200;0;90", "200;0;?", 3, "voted_voters"),
    ],
)
def test_a_cell_that_is_no_count_is_named(name: str, file: str, old: str, new: str, line: int, column: str) -> None:
    encoding = {"israel": "windows-1255", "bolivia": "utf-8-sig"}.get(name, "utf-8")
    with pytest.raises(DataError) as raised:
        publishers()[name].precincts(changed(name, file, old, new, encoding))
    found = raised.value.problems
    assert found[["file", "line", "column"]].to_numpy().tolist() == [[file, line, column]]
    assert found["value"].iloc[0] in new.split(",") + new.split(";") + ["1,00"]


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "message"),
    [
        ("russia", "2018.csv", "Край Б,1", "Край А,1", "Край А / 1 Первая / 1"),
        ("russia", "2018.csv", "Число действительных", "Число прочих", "a column whose name matches"),
        ("bolivia", "computo.csv", "Inscritos", "Votantes", "Inscritos"),
        ("israel", "expb.csv", "כשרים", "כשר", "the columns כשרים"),
        ("uganda", "2011.csv", "002,ARUA,013,03,012,02,MARKET", "TOTAL,ARUA,,,,,", "a station with its codes"),
        ("uganda", "2011.csv", "002,ARUA,013,03,012,02,MARKET", "002,ARUA,013,03,012,01,MARKET", "002-013-03-012-01"),
        ("bulgaria", "50_votes_paper.csv", "010100002;25", "010100001;25", "010100001 25"),
        ("bulgaria", "50_votes_paper.csv", "010100002;25", "990100002;25", "990100002"),
        ("bulgaria", "41_protocols.csv", "voted_voters", "voters", "voted_voters"),
    ],
)
def test_what_cannot_be_placed_is_refused(name: str, file: str, old: str, new: str, message: str) -> None:
    encoding = {"israel": "windows-1255", "bolivia": "utf-8-sig"}.get(name, "utf-8")
    with pytest.raises(DataError, match=message):
        publishers()[name].precincts(changed(name, file, old, new, encoding))


@pytest.mark.parametrize("name", ["russia", "bolivia", "israel", "uganda"])
def test_two_elections_at_once_are_refused(name: str) -> None:
    (content,) = INVENTED[name].values()
    with pytest.raises(DataError, match=r"a\.csv, b\.csv: one file"):
        publishers()[name].precincts({"a.csv": content, "b.csv": content})


def test_a_bulgarian_file_that_is_not_there_is_named() -> None:
    files = {name: content for name, content in INVENTED["bulgaria"].items() if not name.startswith("50")}
    with pytest.raises(DataError, match=r"missing: 50_votes_paper\.csv, 50_votes_machine_from_machine_data\.csv"):
        find(files).precincts(files)


@pytest.mark.parametrize("name", INVENTED)
def test_a_count_that_is_not_published_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown count 'machine'; allowed: hand"):
        publishers()[name].precincts(INVENTED[name], count="machine")


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), min_size=1, max_size=8))
def test_every_vote_arrives_at_its_station_and_list(votes: list[list[int]]) -> None:
    lines = ["שם ישוב,סמל ישוב,קלפי,בזב,מצביעים,פסולים,כשרים,א,ב,ש"]
    lines += [
        f"עיר,7,{box},{sum(row)},{sum(row)},0,{sum(row)}," + ",".join(map(str, row)) for box, row in enumerate(votes)
    ]
    frame = publishers()["israel"].precincts({"expb.csv": "\r\n".join(lines).encode("windows-1255")})
    assert frame["contestant"].tolist() == ["Alef", "Bet", "Shin"] * len(votes)
    assert frame["votes"].tolist() == [cell for row in votes for cell in row]
    assert frame["valid"].tolist() == [sum(row) for row in votes for _ in range(3)]


# Real files ----------------------------------------------------------------------------------------------------------


@functools.cache
def real(path: pathlib.Path) -> tuple[str, pd.DataFrame]:
    """Read a publisher's real file or folder once."""
    files = contents(path)
    publisher = find(files)
    return publisher.NAME, publisher.precincts(files)


def totals(frame: pd.DataFrame) -> dict[str, int]:
    """Sum votes by contestant, and the numbers of the stations."""
    stations = frame.drop_duplicates("station_id")[["registered", "issued", "cast", "valid"]].sum(min_count=1).dropna()
    return {**frame.groupby("contestant")["votes"].sum().to_dict(), **stations.to_dict()}


def summed(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the votes of all contestants of a station beside its numbers."""
    votes = frame.groupby("station_id", sort=False)["votes"].sum(min_count=1)
    return frame.drop_duplicates("station_id").set_index("station_id").assign(votes=votes)


def rows(path: pathlib.Path, encoding: str = "utf-8-sig") -> list[list[str]]:
    """Read a CSV the slow way."""
    (content,) = contents(path).values()
    return list(csv.reader(io.StringIO(content.decode(encoding))))


@pytest.mark.parametrize(
    ("year", "leader", "votes", "stations"),
    [
        (2011, "United Russia", 32_379_135 - 7_398, 95_225),
        (2012, "Vladimir Putin", 45_602_075, 95_415),
        (2018, "Vladimir Putin", 56_430_712, 97_699),
    ],
)
def test_russia_station_by_station(shared: pathlib.Path, year: int, leader: str, votes: int, stations: int) -> None:
    name, frame = real(shared / f"data/russia_dkobak/{year}.csv.zip")
    own = frame[frame["contestant"] == leader]
    reference = pd.read_csv(shared / f"reference/russia{year}_stations.csv.gz")
    assert name == "russia"
    assert len(own) == len(reference) == stations == frame["station_id"].nunique()
    found = own[["registered", "issued", "cast", "votes"]].to_numpy(dtype="int64")
    assert (found == reference[["voters", "given", "received", "leader"]].to_numpy()).all()
    assert own["votes"].sum() == votes
    whole = summed(frame)
    assert (whole["valid"] == whole["votes"]).all()


def test_bolivia_final_count_as_published(shared: pathlib.Path) -> None:
    path = shared / "data/bolivia2019/final_computo.zip"
    name, frame = real(path)
    found = totals(frame)
    assert name == "bolivia"
    assert frame["station_id"].tolist()[::9] == [row[0] for row in rows(path)[1:]]
    assert (found["MAS-IPSP"], found["CC"], found["MTS"], found["PAN-BOL"]) == (2_889_359, 2_240_920, 76_827, 39_826)
    assert (found["registered"], found["cast"], found["valid"]) == (7_315_364, 6_460_515, 6_137_671)
    places = frame.drop_duplicates("station_id")
    assert (places["blank"].sum(), places["spoilt"].sum()) == (93_507, 229_337)
    assert set(places["region"]) >= {"La Paz", "Santa Cruz", "Argentina", "España"}


def test_bolivia_preliminary_count_has_some_of_the_tables_of_the_final_one(shared: pathlib.Path) -> None:
    early = summed(real(shared / "data/bolivia2019/trep - acta.2019.10.20.19.40.57.zip")[1])
    final = summed(real(shared / "data/bolivia2019/final_computo.zip")[1])
    assert (len(early), len(final)) == (28_975, 34_555)
    assert early.index.isin(final.index).all()
    assert early["valid"].sum() == 5_152_979
    assert (early["registered"] == final["registered"].reindex(early.index)).all()


@pytest.mark.parametrize(
    ("knesset", "boxes", "envelopes", "certified"),
    [
        (
            21,
            10_765,
            305,
            {"Likud": 1_140_370, "Blue and White": 1_125_881, "Shas": 258_275, "United Torah Judaism": 249_049}
            | {"Hadash-Ta'al": 193_442, "Labor": 190_870, "Yisrael Beiteinu": 173_004, "Meretz": 156_473}
            | {"Union of Right-Wing Parties": 159_468, "Kulanu": 152_756, "Ra'am-Balad": 143_666, "New Right": 138_598}
            | {"Zehut": 118_031, "Gesher": 74_701, "registered": 6_339_729, "cast": 4_340_253, "valid": 4_309_270},
        ),
        (
            24,
            12_926,
            799,
            {"Likud": 1_066_892, "Yesh Atid": 614_112, "Ra'am": 167_064, "registered": 6_578_084, "valid": 4_410_052},
        ),
    ],
)
def test_israel_as_certified(
    shared: pathlib.Path, knesset: int, boxes: int, envelopes: int, certified: dict[str, int]
) -> None:
    path = shared / f"data/israel/{knesset}/expb.csv"
    name, frame = real(path)
    assert name == "israel"
    assert totals(frame).items() >= certified.items()
    whole = summed(frame)
    assert len(whole) == boxes == len(rows(path, "windows-1255")) - 1
    assert (whole["valid"] == whole["votes"]).all()
    apart = whole["flags"] == "double_envelopes"
    assert (apart.sum(), whole["registered"].isna().sum()) == (envelopes, envelopes)
    assert (whole["cast"] <= whole["registered"])[~apart].all()


def test_uganda_is_near_the_declared_result_but_is_not_it(shared: pathlib.Path) -> None:
    path = shared / "data/uganda/2011_Pres_Pstn.csv"
    name, frame = real(path)
    found = totals(frame)
    assert name == "uganda"
    assert frame["station_id"].nunique() == 23_968 == sum(row[0].isdigit() for row in rows(path))
    assert (found["Yoweri Museveni"], found["Kizza Besigye"]) == (5_428_369 + 8_270, 2_064_963 + 6_434)
    assert found["Jaberi Bidandi Ssali"] == 34_688 - 25_394
    assert (found["registered"], found["valid"]) == (13_954_129, 7_938_212 - 9_936)
    whole = summed(frame)
    assert whole["flags"].value_counts().to_dict() == {"": 23_827, "result_x": 76, "result_question_mark": 65}
    assert (whole["votes"].isna() == (whole["flags"] != "")).all()
    assert (whole["valid"] == whole["votes"])[whole["flags"] == ""].all()


def test_bulgaria_as_far_as_the_machines_memory_goes(shared: pathlib.Path) -> None:
    name, frame = real(shared / "data/bulgaria/20211114")
    winner = frame[frame["contestant"] == "We Continue the Change"]
    assert name == "bulgaria"
    assert frame["station_id"].nunique() == 13_238
    assert winner["votes_paper"].sum() + winner["votes_machine"].sum() == 673_170 - 1_003
    assert winner["votes"].sum() == 671_458
    assert (frame["votes_paper"].sum(), frame["votes_machine"].sum()) == (317_033, 2_337_131)
    whole = summed(frame)
    assert (whole["issued"].sum(), whole["cast"].sum(), whole["valid"].sum()) == (2_669_260, 2_669_391, 2_658_541)
    assert whole["flags"].value_counts().to_dict() == {
        "": 13_169,
        "machine_votes_missing": 28,
        "paper_votes_differ": 21,
        "machine_votes_differ": 20,
    }
    assert (whole["votes"].isna() == (whole["flags"] == "machine_votes_missing")).all()
    assert (whole["valid"] == whole["votes"])[whole["flags"] == ""].all()
    assert set(frame.loc[frame["contestant"] == "list 38", "region"]) == {"София 24 МИР"}
