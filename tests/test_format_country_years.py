"""Indicators by country and year as V-Dem and Polity write them."""

import functools
from pathlib import Path

import pandas as pd
import pytest

from analysis import DataError, check
from analysis.context import load_country_years

POLITY = "p5,cyear,ccode,scode,country,year,flag,fragment,democ,autoc,polity,polity2,durable,xrreg\n"
VDEM = (
    "country_name,country_text_id,country_id,year,historical_date,COWcode,v2x_polyarchy,v2x_polyarchy_codelow,"
    "v2x_polyarchy_codehigh,v2x_libdem,v2x_libdem_codelow,v2x_libdem_codehigh,v2x_regime,v2x_corr,v2exnamhos\n"
)


def written(tmp_path: Path, header: str, *rows: str) -> Path:
    path = tmp_path / "file.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@functools.cache
def all_of_polity(shared: Path) -> pd.DataFrame:
    return load_country_years(shared / "data" / "democracyData" / "polity5.rda")


def test_a_score_of_polity(tmp_path: Path) -> None:
    row = load_country_years(written(tmp_path, POLITY, "0,7032018,703,KYR,Kyrgyzstan,2018,0,0,8,0,8,8,13,3")).iloc[0]
    assert (row["country_code"], row["country_iso3"], row["country"]) == ("703", "KGZ", "Kyrgyzstan")
    assert (row["year"], row["date"]) == (2018, pd.Timestamp("2018-12-31"))
    assert row[["democ", "autoc", "polity", "polity2", "durable"]].tolist() == [8, 0, 8, 8, 13]
    assert pd.isna(row["polity_state"])
    assert row["polity_xrreg"] == 3.0


@pytest.mark.parametrize(
    ("code", "state", "polity2"),
    [("-66", "interruption", ""), ("-77", "interregnum", "0"), ("-88", "transition", "-3")],
)
def test_special_codes_of_polity_are_no_scores(tmp_path: Path, code: str, state: str, polity2: str) -> None:
    path = written(tmp_path, POLITY, f"0,7002002,700,AFG,Afghanistan,2002,0,2,{code},{code},{code},{polity2},0,{code}")
    row = load_country_years(path).iloc[0]
    assert row[["democ", "autoc", "polity"]].isna().all()
    assert row["polity_state"] == state
    assert str(row["polity2"]) == ("nan" if polity2 == "" else f"{float(polity2)}")
    assert row["polity_polity"] == float(code)  # the publisher's column keeps the publisher's code


def test_numbers_of_polity_are_not_those_of_the_correlates_of_war(tmp_path: Path) -> None:
    row = "0,{code}2005,{code},X,Some,{year},0,0,5,0,5,5,1,3"
    codes = [("341", 2010), ("347", 2005), ("529", 1999), ("364", 1980)]
    path = written(tmp_path, POLITY, *(row.format(code=code, year=year) for code, year in codes))
    assert load_country_years(path)["country_iso3"].tolist() == ["XKX", "SCG", "ETH", "SUN"]


def test_damaged_cells_of_polity_are_named_in_its_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        POLITY,
        "0,1,703,KYR,Kyrgyzstan,2018,0,0,8,0,12,8,13,3",
        "0,2,9999,KYR,Kyrgyzstan,2017,0,0,8,0,8,8,13,3",
        "0,3,703,KYR,Kyrgyzstan,2016,0,0,x,0,8,8,13,3",
        "0,4,703,KYR,Kyrgyzstan,2015,0,0,8,0,8,8,13,3",
    )
    with pytest.raises(DataError) as raised:
        load_country_years(path)
    found = raised.value.problems
    assert found["line"].tolist() == [2, 3, 4]
    assert found["column"].tolist() == ["polity", "ccode", "democ"]
    assert found["value"].tolist() == ["12", "9999", "x"]
    assert check(path, "country_years").good["year"].tolist() == [2015]


def test_an_index_of_vdem_carries_its_interval(tmp_path: Path) -> None:
    path = written(
        tmp_path, VDEM, "Kyrgyzstan,KGZ,122,2019,2019-12-31,703,0.453,0.401,0.501,0.293,0.26,0.325,1,0.79,A name"
    )
    row = load_country_years(path).iloc[0]
    assert (row["country_code"], row["country_iso3"]) == ("KGZ", "KGZ")
    assert row[["polyarchy_low", "polyarchy_best", "polyarchy_high"]].tolist() == [0.401, 0.453, 0.501]
    assert row[["libdem_low", "libdem_best", "libdem_high"]].tolist() == [0.26, 0.293, 0.325]
    assert pd.isna(row["egaldem_best"])
    assert row["regime"] == 1
    assert row["date"] == pd.Timestamp("2019-12-31")
    assert row["vdem_v2x_corr"] == 0.79  # the other columns are numbers where they hold numbers
    assert row["vdem_v2exnamhos"] == "A name"


@pytest.mark.parametrize(
    ("name", "text", "unit", "year", "cow", "iso3"),
    [
        ("Russia", "RUS", 11, 1980, "365", "SUN"),
        ("Russia", "RUS", 11, 2000, "365", "RUS"),
        ("Czech Republic", "CZE", 157, 1980, "315", "CSK"),
        ("Republic of Vietnam", "VDR", 35, 1970, "817", "VNM"),
        ("Vietnam", "VNM", 34, 1970, "816", "VDR"),
        ("Vietnam", "VNM", 34, 2000, "816", "VNM"),
        ("Palestine/Gaza", "PSG", 138, 2010, "", "PSE"),
        ("Palestine/West Bank", "PSE", 128, 2010, "", "PSE"),
        ("Kosovo", "XKX", 43, 2015, "347", "XKX"),
        ("Algeria", "DZA", 103, 1900, "615", "DZA"),
        ("Hong Kong", "HKG", 167, 2010, "", "HKG"),
        ("German Democratic Republic", "DDR", 137, 1980, "265", "DDR"),
    ],
)
def test_countries_of_vdem(tmp_path: Path, name: str, text: str, unit: int, year: int, cow: str, iso3: str) -> None:
    path = written(tmp_path, VDEM, f"{name},{text},{unit},{year},{year}-12-31,{cow},0.1,0.1,0.2,,,,0,,")
    row = load_country_years(path).iloc[0]
    assert row["country_code"] == text
    assert row["country_iso3"] == iso3


@pytest.mark.parametrize(
    ("name", "text", "unit"), [("Somaliland", "SML", 139), ("Zanzibar", "ZZB", 236), ("Baden", "BAD", 349)]
)
def test_units_of_vdem_that_iso_does_not_know(tmp_path: Path, name: str, text: str, unit: int) -> None:
    path = written(tmp_path, VDEM, f"{name},{text},{unit},1860,1860-12-31,,0.1,0.1,0.2,,,,0,,")
    row = load_country_years(path).iloc[0]
    assert (row["country_code"], row["country"]) == (text, name)
    assert pd.isna(row["country_iso3"])


def test_damaged_cells_of_vdem_are_named_in_its_words(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        VDEM,
        "Kyrgyzstan,KGZ,122,2019,2019-12-31,703,1.453,0.401,,,,,1,,",
        "Kyrgyzstan,KGZ,122,2018,2018-12-31,703,0.3,0.4,0.5,,,,1,,",
        "Kyrgyzstan,KGZ,122,twenty,2017-12-31,703,0.45,0.4,0.5,,,,1,,",
        "Kyrgyzstan,KGZ,122,2016,2016-12-31,703,0.45,0.4,0.5,,,,4,,",
    )
    with pytest.raises(DataError) as raised:
        load_country_years(path)
    found = raised.value.problems
    assert found.loc[found["line"] == 2, "column"].tolist() == ["v2x_polyarchy"]
    assert set(found.loc[found["line"] == 3, "column"]) == {"v2x_polyarchy_codelow", "v2x_polyarchy"}
    assert found.loc[found["line"] == 4, "column"].tolist() == ["year"]
    assert found.loc[found["line"] == 5, "column"].tolist() == ["v2x_regime"]


def test_all_of_polity(shared: Path) -> None:
    found = all_of_polity(shared)
    assert len(found) == 17_574
    assert found["polity_state"].value_counts().to_dict() == {
        "transition": 312,
        "interruption": 260,
        "interregnum": 237,
    }
    assert found["polity"].isna().sum() == 809
    assert found["polity"].min() == -10
    assert found.loc[found["polity_state"] == "interregnum", "polity2"].eq(0).all()
    assert found.loc[found["polity_state"] == "interruption", "polity2"].isna().all()
    scored = found[found["polity"].notna()]
    assert (scored["polity"] == scored["democ"] - scored["autoc"]).mean() > 0.999
    kyrgyz = found[found["country_iso3"] == "KGZ"].set_index("year")["polity"]
    assert kyrgyz[[2004, 2009, 2012]].tolist() == [-3, 1, 7]


def test_two_countries_of_polity_share_a_code_only_in_years_of_change(shared: Path) -> None:
    found = all_of_polity(shared)
    coded = found[found["country_iso3"].notna()]
    twice = coded[coded.duplicated(["country_iso3", "year"])]
    assert sorted(zip(twice["country_iso3"], twice["year"], strict=True)) == [
        ("DEU", 1945),
        ("DEU", 1990),
        ("ETH", 1993),
        ("SDN", 2011),
        ("YEM", 1990),
        ("YUG", 1991),
    ]


def test_polity_without_an_iso_code_are_states_of_the_past(shared: Path) -> None:
    found = all_of_polity(shared)
    without = found.loc[found["country_iso3"].isna(), ["country", "year"]]
    assert without["year"].max() < 1919
    assert {"Bavaria", "Gran Colombia", "Two Sicilies"} <= set(without["country"])
