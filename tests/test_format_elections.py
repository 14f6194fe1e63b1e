"""Elections of REIGN and NELDA, results of ParlGov."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import DataError, check, load_elections, load_results

REIGN = (
    "ccode,electionnumber,country,elec_year,elec_month,elec_day,sequence,event,elecnum,type,direct,regular,victory,"
    "change,runoff\n"
)
NELDA = "stateid,ccode,country,electionid,types,year,mmdd,nelda1,nelda2,nelda11,notes\n"
PARLGOV = (
    "country_name_short,country_name,election_type,election_date,vote_share,seats,seats_total,party_name_short,"
    "party_name,party_name_english,left_right,country_id,election_id,previous_parliament_election_id,"
    "previous_cabinet_id,party_id\n"
)


def written(tmp_path: Path, header: str, *rows: str) -> Path:
    path = tmp_path / "file.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_only_votes_of_reign_are_votes(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        REIGN,
        "703,8,Kyrgyz Republic,2005,3, ,1,Announced,703008,X,Y,Y,Y,N,N",
        '703,8,Kyrgyz Republic,2005,7,10,2,"Vote, Early",703008,X,Y,Y,Y,N,N',
        '703,9,Kyrgyz Republic,2020,10,4,1,"Vote, As scheduled ",703009,L,Y,Y,Y,N,N',
        '703,9,Kyrgyz Republic,2021,1,,2,"Deadline, Not Met",703009,R,Y,Y,Y,N,N',
        '703,9,Kyrgyz Republic,2027,1,30,3,"Upcoming, Scheduled",703009,X,Y,Y,,,N',
        "703,9,Kyrgyz Republic,2027,1,30,4,Voided ,703009,X,Y,Y,,,N",
    )
    found = load_elections(path)
    assert found["event"].tolist() == ["announcement", "vote", "vote", "deadline", "scheduled", "voided"]
    assert found["election_id"].tolist()[:3] == ["703008-1", "703008-2", "703009-1"]
    assert found["kind"].tolist()[1:4] == ["presidential", "parliamentary", "referendum"]
    assert set(found["country_iso3"]) == {"KGZ"}
    assert found["date"].tolist()[:3] == [pd.Timestamp(day) for day in ("2005-03-01", "2005-07-10", "2020-10-04")]
    assert found["date_precision"].tolist()[:4] == [3, 1, 1, 3]  # a blank day is no first of the month


def test_the_31st_of_november_is_november(tmp_path: Path) -> None:
    path = written(tmp_path, REIGN, '830,14,Singapore,2025,11,31,1,"Upcoming, Deadline",830014,L,Y,Y,,,N')
    row = load_elections(path).iloc[0]
    assert (row["date"], row["date_precision"]) == (pd.Timestamp("2025-11-01"), 3)
    assert row["reign_elections_elec_day"] == "31"


def test_a_number_on_no_list_is_read_by_the_name_beside_it(tmp_path: Path) -> None:
    row = '{code},1,{name},2025,5,31,1,"Upcoming, Scheduled",1,X,Y,Y,,,N'
    path = written(tmp_path, REIGN, row.format(code=533, name="Malawi"))
    assert load_elections(path)["country_iso3"].item() == "MWI"
    with pytest.raises(DataError, match="ccode = '533'"):
        load_elections(written(tmp_path, REIGN, row.format(code=533, name="Atlantis")))


def test_damaged_cells_of_reign_are_named_in_its_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        REIGN,
        '703,8,Kyrgyz Republic,2005,7,45,2,"Vote, Early",1,X,Y,Y,Y,N,N',
        '703,8,Kyrgyz Republic,2005,7,10,2,"Vote, Late",2,X,Y,Y,Y,N,N',
        '703,8,Kyrgyz Republic,2005,7,10,2,"Vote, Early",3,Q,Y,Y,Y,N,N',
        '703,8,Kyrgyz Republic,2005,7,10,2,"Vote, Early",4,X,Y,Y,Y,N,N',
    )
    with pytest.raises(DataError) as raised:
        load_elections(path)
    found = raised.value.problems
    assert found["line"].tolist() == [2, 3, 4]
    assert found["column"].tolist() == ["elec_day", "event", "type"]
    assert found["value"].tolist() == ["2005-07-45", "Vote, Late", "Q"]
    assert len(check(path, "elections").good) == 1


def test_a_round_of_nelda(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        NELDA,
        "USA,2,United States,USA-1948-1102-P1,Executive,1948,1102,no,no,N/A,",
        "XXX,703,Kyrgyzstan,KYR-2009-0704-L1,Legislative/Parliamentary,2009,704,unclear,yes,no,",
        "XXX,703,Kyrgyzstan,KYR-2009-0704-A1,Constituent Assembly,2009,0704,yes,yes,no,",
    )
    found = load_elections(path)
    assert found["election_id"].tolist()[0] == "USA-1948-1102-P1"
    assert found["country_iso3"].tolist() == ["USA", "KGZ", "KGZ"]
    assert found["date"].tolist() == [pd.Timestamp(day) for day in ("1948-11-02", "2009-07-04", "2009-07-04")]
    assert found["kind"].tolist() == ["presidential", "parliamentary", "constituent"]
    assert set(found["event"]) == {"vote"}
    assert found["nelda_nelda11"].tolist() == ["N/A", "no", "no"]  # the question does not arise; that is no "no"
    assert found["nelda_nelda1"].tolist()[1] == "unclear"


def test_damaged_cells_of_nelda_are_named_in_its_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        NELDA,
        "USA,2,United States,A,Executive,1948,1302,no,no,no,",
        "USA,2,United States,B,Local,1948,1102,no,no,no,",
        "USA,9999,United States,C,Executive,1948,1102,no,no,no,",
    )
    with pytest.raises(DataError) as raised:
        load_elections(path)
    assert raised.value.problems["column"].tolist() == ["mmdd", "types", "ccode"]


def test_a_result_of_parlgov(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        PARLGOV,
        "NZL,New Zealand,parliament,2099-07-27,36.85,55,120,Lab,Labour Party,Labour Party,3.8,1,7,,,5",
        "NZL,New Zealand,parliament,2099-07-27,20.8,,120,A+B,Alliance,Alliance,7.1,1,7,,,6",
        "NZL,New Zealand,parliament,2099-07-27,,0,120,none,none,none,,1,7,,,7",
        "FRA,France,ep,2099-05-26,23.3,23,79,RN,Rassemblement,Rally,9.0,2,8,,,9",
    )
    found = load_results(path)
    assert found["election_id"].unique().tolist() == ["NZL-2099-07-27-PARL", "FRA-2099-05-26-EP"]
    assert found["contestant"].tolist() == ["Lab", "A+B", "none", "RN"]
    assert found["vote_share_pct"].tolist()[:2] == [36.85, 20.8]
    assert found["seats"].tolist()[0] == 55
    assert pd.isna(found["seats"][1])  # an alliance whose members have the seats
    assert pd.isna(found["seats_status"][1])
    assert pd.isna(found["vote_share_pct"][2])
    assert pd.isna(found["share_base"][2])
    assert found["seats"][2] == 0  # a statement of none
    assert set(found["stage"]) == {"final"}
    assert set(found["level"]) == {"national"}
    assert found["share_base"].tolist()[0] == "not_stated"


def test_damaged_cells_of_parlgov_are_named_in_its_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        PARLGOV,
        "NZL,New Zealand,parliament,2099-07-27,136.85,55,120,Lab,Labour Party,Labour Party,3.8,1,7,,,5",
        "NZL,New Zealand,parliament,2099-07-27,20.8,5.5,120,Nat,National,National,7.1,1,7,,,6",
        "NZL,New Zealand,parliament,2099-07-27,1.8,1,120,,Third,Third,7.1,1,7,,,7",
    )
    with pytest.raises(DataError) as raised:
        load_results(path)
    found = raised.value.problems
    assert found["column"].tolist() == ["vote_share", "seats", "party_name_short"]
    assert found["value"].tolist()[:2] == ["136.85", "5.5"]


def test_all_of_reigns_elections(shared: Path) -> None:
    found = load_elections(shared / "data" / "reign" / "electionlist_3_21.csv")
    assert len(found) == 4351
    votes = found[found["event"] == "vote"]
    assert len(votes) == 2803
    assert (votes["date_precision"] == 3).sum() == 166
    assert found["country_iso3"].notna().all()
    kyrgyz = votes[votes["country_iso3"] == "KGZ"]
    assert kyrgyz.loc[kyrgyz["kind"] == "presidential", "date"].dt.strftime("%Y-%m-%d").tolist()[-3:] == [
        "2011-10-30",
        "2017-10-15",
        "2021-01-10",
    ]


def test_all_of_parlgov(shared: Path) -> None:
    found = load_results(shared / "data" / "parlgov" / "view_election.csv")
    assert len(found) == 8673
    assert found["election_id"].nunique() == found["parlgov_election_id"].nunique() == 999
    assert found["election_id"].str.endswith("-EP").groupby(found["election_id"]).first().sum() == 183
    assert found["vote_share_pct"].isna().sum() == 546
    assert found["seats"].isna().sum() == 69


def test_seats_of_parlgov_sum_to_the_house_in_all_elections_but_one(shared: Path) -> None:
    found = load_results(shared / "data" / "parlgov" / "view_election.csv")
    won = found.groupby("election_id")["seats"].sum()
    stated = found.groupby("election_id")["parlgov_seats_total"].first().astype("Int64")
    assert won.index[won != stated].tolist() == ["CYP-2021-05-30-PARL"]
    assert (won["CYP-2021-05-30-PARL"], stated["CYP-2021-05-30-PARL"]) == (52, 56)


def test_german_result_of_2013(shared: Path) -> None:
    # Bundeswahlleiter: CDU 34.1 %, CSU 7.4 %, 255 and 56 seats of 631.
    found = load_results(shared / "data" / "parlgov" / "view_election.csv", election="DEU-2013-09-22-PARL")
    seats = found.set_index("contestant")["seats"]
    assert seats[["CDU", "CSU", "SPD", "FDP"]].tolist() == [255, 56, 193, 0]
    assert found["seats"].sum() == 631
