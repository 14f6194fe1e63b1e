"""Powell and Thyne's list of coup attempts."""

import pytest

from analysis import DataError, check, load_events
from analysis.formats import publishers

ROWS = """country,ccode,ccode_gw,ccode_polity,year,month,day,coup,version
Cuba,40,NA,NA,1952,3,10,2,V2022.11.29
Syria,652,NA,NA,1961,9,28,2,V2022.11.29
Russia,365,NA,364,1991,8,18,1,V2022.11.29
Yemen,679,NA,NA,2014,9,21,2,V2022.11.29
"""


def written(tmp_path, text, name="coups.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_column_by_hand(tmp_path):
    coups = load_events(written(tmp_path, ROWS))
    assert coups["event_id"].tolist() == ["40-1952-03-10", "652-1961-09-28", "365-1991-08-18", "679-2014-09-21"]
    assert coups["date"].dt.strftime("%Y-%m-%d").tolist() == ["1952-03-10", "1961-09-28", "1991-08-18", "2014-09-21"]
    assert coups["country_iso3"].tolist() == ["CUB", "SYR", "SUN", "YEM"]
    assert coups["outcome"].tolist() == ["successful", "successful", "failed", "successful"]
    assert set(coups["action"]) == {"coup_attempt"}
    assert set(coups["event_type"]) == {"Strategic developments"}
    assert set(coups["sub_event_type"]) == {"Other"}
    assert coups["date_precision"].tolist() == [1, 1, 1, 1]
    assert coups[["deaths_best", "size_best"]].isna().all(axis=None)
    assert coups["powell_thyne_version"].tolist() == ["V2022.11.29"] * 4


def test_the_original_separated_by_tabs_and_the_list_without_later_columns(tmp_path):
    short = "\n".join(",".join((c := line.split(","))[:2] + c[4:8]) for line in ROWS.splitlines())
    original = load_events(written(tmp_path, ROWS.replace(",", "\t"), "powell_thyne_coups_final.txt"))
    for name, text in (("short.csv", short), ("short.txt", short.replace(",", "\t"))):
        assert load_events(written(tmp_path, text, name))["event_id"].tolist() == original["event_id"].tolist()


def test_a_damaged_day_names_the_publishers_columns(tmp_path):
    with pytest.raises(DataError) as error:
        load_events(written(tmp_path, ROWS.replace("1952,3,10", "1952,3,41")))
    assert "line 2" in str(error.value)
    assert "year and month and day" in str(error.value)
    assert "1952-03-41" in str(error.value)


def test_an_unknown_outcome_or_country_is_not_guessed(tmp_path):
    text = ROWS.replace("40,NA,NA,1952,3,10,2", "4000,NA,NA,1952,3,10,2").replace("Cuba", "Atlantis")
    found = check(written(tmp_path, text))
    assert found.rows_read == 4
    assert len(found.good) == 3
    outcome = load_events(written(tmp_path, ROWS.replace("1991,8,18,1", "1991,8,18,4")))["outcome"]
    assert outcome.tolist()[2] == "4"


def test_the_table_of_countries_and_years_is_declined(tmp_path):
    table = "country\tccode\tyear\tcoup1\tcoup2\tcoup3\tcoup4\nCuba\t40\t1952\t2\t0\t0\t0\n"
    with pytest.raises(DataError, match="countries and years"):
        load_events(written(tmp_path, table, "powell_thyne_ccode_year.txt"))


def test_the_published_number_of_attempts(shared):
    coups = load_events(shared / "data/powell_thyne_coups/input_ptcoups.csv")
    assert len(coups) == 488
    assert coups["event_id"].is_unique
    assert coups["country_iso3"].notna().all()
    article = coups[coups["date"] <= "2010-12-31"]
    assert len(article) == 457  # Powell and Thyne 2011
    assert article["outcome"].value_counts().to_dict() == {"failed": 232, "successful": 225}
    assert coups["outcome"].value_counts().to_dict() == {"failed": 245, "successful": 243}


def test_states_before_their_membership_of_the_correlates_of_war(shared):
    coups = load_events(shared / "data/powell_thyne_coups/input_ptcoups.csv").set_index("event_id")["country_iso3"]
    assert coups["652-1961-09-28"] == "SYR"
    assert coups["698-1970-07-26"] == "OMN"
    assert coups["581-1975-08-03"] == "COM"


def test_no_other_publisher_knows_the_header():
    header = {"x": ["country", "ccode", "ccode_gw", "ccode_polity", "year", "month", "day", "coup", "version"]}
    there = publishers("events")
    assert [name for name, one in there.items() if one.detects(header)] == ["powell_thyne"]
