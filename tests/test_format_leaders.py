"""Leaders in office as Archigos and REIGN write them."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import DataError, check
from analysis.context import load_leaders

ARCHIGOS = (
    "obsid,leadid,ccode,idacr,leader,startdate,eindate,enddate,eoutdate,entry,exit,exitcode,prevtimesinoffice,gender,"
    "yrborn\n"
)
REIGN = (
    "stateabb,ccode,leadid,leader,sdate,smonth,syear,emonth,eyear,birthyear,gender,militarycareer,l_month,l_year,,,"
    "codedby,notes\n"
)


def archigos(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "Archigos_4.1.csv"
    path.write_text(ARCHIGOS + "".join(f"{row}\n" for row in rows))
    return path


def reign(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "leaderlist_9_99.csv"
    path.write_text(REIGN + "".join(f"{row}\n" for row in rows))
    return path


def test_a_spell_of_archigos_in_our_columns(tmp_path: Path) -> None:
    path = archigos(
        tmp_path, 'KYR-1990,u-1,703,KYR,Ruler A,1990-10-27,,2005-03-25,,Regular,Irregular,"Popular Protest",0,M,1944'
    )
    row = load_leaders(path).iloc[0]
    assert (row["spell_id"], row["leader_id"], row["leader"]) == ("KYR-1990", "u-1", "Ruler A")
    assert row["country_iso3"] == "KGZ"  # in office before the state was on the list
    assert (row["start"], row["end"]) == (pd.Timestamp("1990-10-27"), pd.Timestamp("2005-03-25"))
    assert (row["start_precision"], row["end_precision"]) == (1, 1)
    assert not row["in_office"]
    assert pd.isna(row["observed_until"])
    assert (row["entry"], row["exit"], row["exit_detail"]) == ("regular", "irregular", "Popular Protest")
    assert (row["birth_year"], row["gender"]) == (1944, "male")


def test_a_ruler_still_in_office_is_censored_and_has_no_exit(tmp_path: Path) -> None:
    path = archigos(
        tmp_path, "X-2011,u-2,703,KYR,Ruler B,2011-12-01,,2015-12-31,,Regular,Still in Office,Still in Office,0,F,1956"
    )
    row = load_leaders(path).iloc[0]
    assert row["in_office"]
    assert pd.isna(row["end"])
    assert pd.isna(row["exit"])
    assert row["observed_until"] == pd.Timestamp("2015-12-31")


def test_a_negative_year_of_birth_is_unknown(tmp_path: Path) -> None:
    path = archigos(tmp_path, "X-1,u,703,KYR,R,1990-01-01,,1991-01-01,,Foreign Imposition,Foreign,Unknown,0,M,-999")
    row = load_leaders(path).iloc[0]
    assert pd.isna(row["birth_year"])
    assert (row["entry"], row["exit"]) == ("foreign", "foreign")


@pytest.mark.parametrize(
    ("written", "exit_"),
    [("Natural Death", "natural_death"), ("Retired Due to Ill Health", "ill_health"), ("Suicide", "suicide")],
)
def test_every_exit_has_its_word(tmp_path: Path, written: str, exit_: str) -> None:
    path = archigos(tmp_path, f"X-1,u,703,KYR,R,1992-01-01,,1993-01-01,,Irregular,{written},Unknown,0,M,1930")
    assert load_leaders(path)["exit"].item() == exit_


def test_the_number_is_of_gleditsch_and_ward_although_its_column_says_ccode(tmp_path: Path) -> None:
    path = archigos(tmp_path, "YEM-1,u,678,YEM,R,1994-01-01,,1995-01-01,,Regular,Regular,Regular,0,M,1942")
    assert load_leaders(path)["country_iso3"].item() == "YEM"  # the Correlates of War give 678 up in 1990


def test_damaged_cells_of_archigos_are_named_in_its_words(tmp_path: Path) -> None:
    path = archigos(
        tmp_path,
        "A,u,9999,KYR,R,1992-01-01,,1993-01-01,,Regular,Regular,Regular,0,M,1930",
        "B,u,703,KYR,R,1992-13-01,,1993-01-01,,Regular,Regular,Regular,0,M,1930",
        "C,u,703,KYR,R,1992-01-01,,1993-01-01,,Elected,Regular,Regular,0,M,1930",
        "D,u,703,KYR,R,1994-01-01,,1993-01-01,,Regular,Regular,Regular,0,M,1930",
        "E,u,703,KYR,R,1992-01-01,,1993-01-01,,Regular,Regular,Regular,0,M,1930",
    )
    with pytest.raises(DataError) as raised:
        load_leaders(path)
    found = raised.value.problems
    assert found["line"].tolist() == [2, 3, 4, 5, 5]
    assert found["column"].tolist()[:3] == ["ccode", "startdate", "entry"]
    assert found["value"].tolist()[:3] == ["9999", "1992-13-01", "Elected"]
    assert set(found["column"][3:]) == {"startdate", "enddate"}  # the end is before the start
    assert check(path, "leaders").good["spell_id"].tolist() == ["E"]


def test_a_spell_of_reign_ends_on_a_day_that_is_not_known(tmp_path: Path) -> None:
    row = load_leaders(reign(tmp_path, "KYR,703,A-1,Ruler A,27,10,1990,2,2004,1944,1,0,10,1991,,,,")).iloc[0]
    assert row["spell_id"] == "A-1-1990-10-27"
    assert row["country_iso3"] == "KGZ"
    assert (row["start"], row["start_precision"]) == (pd.Timestamp("1990-10-27"), 1)
    assert (row["end"], row["end_precision"]) == (pd.Timestamp("2004-02-29"), 3)  # the latest it can be
    assert (row["birth_year"], row["gender"]) == (1944, "male")
    assert pd.isna(row["exit"])  # not in the data, which is not "unknown"


def test_a_spell_of_reign_without_an_end_is_open(tmp_path: Path) -> None:
    row = load_leaders(reign(tmp_path, "KYR,703,B-2,Ruler B,28,1,2021,,,1968,0,0,1,2021,,,ab,")).iloc[0]
    assert row["in_office"]
    assert pd.isna(row["end"])
    assert pd.isna(row["end_precision"])
    assert row["gender"] == "female"


def test_minus_99_is_no_year_and_no_gender(tmp_path: Path) -> None:
    row = load_leaders(reign(tmp_path, "SNM,331,C-3,Regents,1,4,1979,10,1979,-99,-99,-99,,,,,,")).iloc[0]
    assert pd.isna(row["birth_year"])
    assert pd.isna(row["gender"])
    assert row["country_iso3"] == "SMR"  # a member of no list before 1992


def test_an_end_without_its_month_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        load_leaders(reign(tmp_path, "KYR,703,A-1,Ruler A,27,10,1990,,2004,1944,1,0,10,1991,,,,"))
    assert raised.value.problems["column"].tolist() == ["emonth"]


def test_country_keeps_its_spells_and_refuses_one_that_has_none(tmp_path: Path) -> None:
    path = reign(
        tmp_path,
        "KYR,703,A-1,Ruler A,27,10,1990,4,2005,1944,1,0,10,1991,,,,",
        "USA,2,A-2,Ruler B,20,1,2009,1,2017,1961,1,0,11,2008,,,,",
    )
    assert load_leaders(path, country="Kyrgyzstan")["leader"].tolist() == ["Ruler A"]
    with pytest.raises(ValueError, match="FRA"):
        load_leaders(path, country=["France"])


def test_all_of_archigos(shared: Path) -> None:
    found = load_leaders(shared / "data" / "peacesciencer" / "archigos.rda")
    assert len(found) == 3409  # version 4.1
    assert found["spell_id"].is_unique
    assert found["in_office"].sum() == 168
    assert found["end"].isna().sum() == 168
    grant = found.set_index("spell_id").loc["USA-1869"]
    assert (grant["start"], grant["end"]) == (pd.Timestamp("1869-03-04"), pd.Timestamp("1877-03-04"))
    akayev = found.set_index("spell_id").loc["KYR-1990"]
    assert (akayev["exit"], akayev["end"]) == ("irregular", pd.Timestamp("2005-03-25"))
    assert akayev["exit_detail"] == "Popular Protest, without Foreign Support"
    assert set(found["exit"].dropna().value_counts().head(3).index) == {"regular", "irregular", "natural_death"}
    without = found.loc[found["country_iso3"].isna(), "archigos_gwcode"]
    assert sorted(without.unique()) == ["245", "255", "300", "511", "563", "564", "711", "730"]  # no ISO code


def test_all_of_reigns_leaders(shared: Path) -> None:
    found = check(shared / "data" / "reign" / "leaderlist_3_21.csv", "leaders")
    assert found.rows_read == 2524
    assert len(found.set_aside) <= 1  # one note has a byte that is no UTF-8
    good = found.good
    assert good["in_office"].sum() == 194
    assert good["country_iso3"].notna().all()
    assert good["gender"].isna().sum() == 144  # captains regent of San Marino
    assert set(good.loc[good["gender"].isna(), "country_iso3"]) == {"SMR"}
    assert good["spell_id"].is_unique
    kyrgyz = good[good["country_iso3"] == "KGZ"]
    assert kyrgyz["leader"].tolist()[:4] == ["Akayev", "Bakiyev", "Otunbayeva", "Atambayev"]
    assert kyrgyz["gender"].tolist()[2] == "female"


def test_both_lists_date_kyrgyz_rulers_alike_but_for_the_entry_of_2005(shared: Path) -> None:
    by_archigos = load_leaders(shared / "data" / "peacesciencer" / "archigos.rda", country="KGZ")
    by_reign = check(shared / "data" / "reign" / "leaderlist_3_21.csv", "leaders").good
    kyrgyz = by_reign[by_reign["country_iso3"] == "KGZ"].head(len(by_archigos)).reset_index(drop=True)
    apart = by_archigos["start"] != kyrgyz["start"]
    assert by_archigos.loc[apart, "leader"].tolist() == ["Bakiyev"]
    assert kyrgyz.loc[apart, "start"].tolist() == [pd.Timestamp("2005-04-11")]


def test_regimes_of_reign_are_declined_with_the_reason(shared: Path) -> None:
    with pytest.raises(DataError, match="a country has several in a year"):
        load_leaders(shared / "data" / "reign" / "regime_list.csv")
