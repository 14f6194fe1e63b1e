"""Armed conflicts by year as UCDP writes them."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import DataError, check
from analysis.context import load_conflicts

ACD = (
    '"conflict_id","location","side_a","side_a_id","side_a_2nd","side_b","side_b_id","side_b_2nd","incompatibility",'
    '"territory_name","year","intensity_level","cumulative_intensity","type_of_conflict","start_date","start_prec",'
    '"start_date2","start_prec2","ep_end","ep_end_date","ep_end_prec","gwno_a","gwno_a_2nd","gwno_b","gwno_b_2nd",'
    '"gwno_loc","region","version"\n'
)
ONE = (
    '"901","India, Pakistan","Government of A","1","","Group B","2","","{over}","Hills","{year}","{level}","1",'
    '"{kind}","1965-08-05","1","1999-05-08","2","{ended}","{end}","","750","","","","{where}","3","21.1"\n'
)


def acd(tmp_path: Path, *rows: dict[str, str]) -> Path:
    usual = {"over": "1", "year": "1999", "level": "2", "kind": "2", "ended": "0", "end": "", "where": "750, 770"}
    path = tmp_path / "ucdp-prio-acd-999.csv"
    path.write_text(ACD + "".join(ONE.format(**(usual | row)) for row in rows))
    return path


def test_a_conflict_year_in_our_columns(tmp_path: Path) -> None:
    row = load_conflicts(acd(tmp_path, {"ended": "1", "end": "1999-07-26"})).iloc[0]
    assert row["conflict_id"] == "901"
    assert row["year"] == 1999
    assert row["country_iso3"] == "IND"
    assert row["countries_iso3"] == "IND;PAK"
    assert row["conflict_type"] == "interstate"
    assert (row["side_a"], row["side_b"]) == ("Government of A", "Group B")
    assert row["incompatibility"] == "territory"
    assert row["intensity"] == 2
    assert (row["start_date"], row["start_precision"]) == (pd.Timestamp("1965-08-05"), 1)
    assert (row["episode_start"], row["episode_start_precision"]) == (pd.Timestamp("1999-05-08"), 2)
    assert bool(row["episode_ended"])
    assert row["episode_end"] == pd.Timestamp("1999-07-26")
    assert row["version"] == "21.1"
    assert pd.isna(row["deaths_best"])  # the file states none, which is not zero
    assert row["ucdp_conflicts_location"] == "India, Pakistan"


def test_every_kind_and_issue_has_its_word(tmp_path: Path) -> None:
    rows = [{"kind": kind, "over": over, "year": f"200{kind}"} for kind, over in zip("1234", "1233", strict=True)]
    found = load_conflicts(acd(tmp_path, *rows))
    assert found["conflict_type"].tolist() == [
        "extrasystemic",
        "interstate",
        "intrastate",
        "internationalized_intrastate",
    ]
    assert found["incompatibility"].tolist()[:3] == ["territory", "government", "government_and_territory"]


def test_a_number_means_the_state_of_that_year(tmp_path: Path) -> None:
    rows = [{"where": "365", "year": year} for year in ("1990", "1991", "1994")]
    assert load_conflicts(acd(tmp_path, *rows))["country_iso3"].tolist() == ["SUN", "SUN", "RUS"]


def test_a_war_in_a_colony_has_the_country_that_the_colony_became(tmp_path: Path) -> None:
    found = load_conflicts(acd(tmp_path, {"where": "615", "year": "1956", "kind": "1"}))
    assert found["country_iso3"].item() == "DZA"


def test_a_state_without_an_iso_code_has_none(tmp_path: Path) -> None:
    found = load_conflicts(acd(tmp_path, {"where": "751", "year": "1948", "kind": "3"}))
    assert found["country_iso3"].isna().all()


def test_headers_of_2016_run_words_together(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text(
        "ConflictId,Location,SideA,SideB,Incompatibility,Year,IntensityLevel,TypeOfConflict,StartDate,StartPrec,"
        "StartDate2,StartPrec2,EpEnd,EpEndDate,EpEndPrec,GWNoLoc,Version\n"
        "1-99,Mali,Government of Mali,Group,1,2012,1,3,2012-01-17,1,2012-01-17,1,0,,,432,4-2016\n"
    )
    row = load_conflicts(path).iloc[0]
    assert (row["country_iso3"], row["conflict_type"], row["intensity"]) == ("MLI", "intrastate", 1)


def test_a_dyadic_file_repeats_the_conflict_for_every_pair_of_sides(tmp_path: Path) -> None:
    path = tmp_path / "Dyadic_v99_1.csv"
    path.write_text(
        "dyad_id,conflict_id,location,side_a,side_b,incompatibility,year,intensity_level,type_of_conflict,start_date,"
        "start_prec,start_date2,start_prec2,gwno_a,gwno_loc,region,version\n"
        "71,9,Mali,Government of Mali,X,2,2020,1,4,2012-01-17,1,2012-01-17,1,432,432,4,99.1\n"
        "72,9,Mali,Government of Mali,Y,2,2020,1,4,2015-01-17,1,2015-01-17,1,432,432,4,99.1\n"
    )
    found = load_conflicts(path)
    assert found["dyad_id"].tolist() == ["71", "72"]
    assert found["conflict_id"].tolist() == ["9", "9"]


def test_battle_related_deaths_come_with_their_bounds(tmp_path: Path) -> None:
    path = tmp_path / "ucdp-brd-dyadic-999.csv"
    path.write_text(
        "conflict_id,dyad_id,location_inc,side_a,side_b,incompatibility,year,bd_best,bd_low,bd_high,type_of_conflict,"
        "gwno_a,gwno_loc,region,version\n9,71,Mali,Government of Mali,X,2,2020,120,100,,4,432,432,4,99.1\n"
    )
    row = load_conflicts(path).iloc[0]
    assert (row["deaths_low"], row["deaths_best"]) == (100, 120)
    assert pd.isna(row["deaths_high"])
    assert pd.isna(row["intensity"])


NONSTATE = (
    "conflict_id,dyad_id,org,side_a_name,side_b_name,start_date,start_prec,start_date2,start_prec2,ep_end,ep_end_date,"
    "ep_end_prec,year,best_fatality_estimate,low_fatality_estimate,high_fatality_estimate,location,gwno_location,region,"
    "version\n"
)


def test_a_non_state_conflict(tmp_path: Path) -> None:
    path = tmp_path / "Nonstate_v99_1.csv"
    path.write_text(
        NONSTATE + "5,6,1,Band,Gang,2018-02-01,1,2018-03-04,2,1,2018-12-30,0,2018,30,25,44,Syria,652,2,9.1\n"
    )
    row = load_conflicts(path).iloc[0]
    assert (row["conflict_type"], row["country_iso3"], row["side_a"], row["side_b"]) == (
        "non_state",
        "SYR",
        "Band",
        "Gang",
    )
    assert row[["deaths_low", "deaths_best", "deaths_high"]].tolist() == [25, 30, 44]
    assert row["episode_end_precision"] == 0


def test_an_interval_that_misses_its_best_figure_is_widened_to_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    body = "5,6,1,Band,Gang,2018-02-01,1,2018-03-04,2,0,,,{year},{best},{low},{high},Syria,652,2,9.1\n"
    path.write_text(
        NONSTATE
        + body.format(year=2018, best=118, low=124, high=288)
        + body.format(year=2019, best=97, low=97, high=92)
    )
    found = load_conflicts(path)
    assert found["deaths_low"].tolist() == [118, 97]
    assert found["deaths_best"].tolist() == [118, 97]
    assert found["deaths_high"].tolist() == [288, 97]
    assert found["ucdp_nonstate_low_fatality_estimate"].tolist() == ["124", "97"]


def test_one_sided_violence_is_where_the_killing_was(tmp_path: Path) -> None:
    path = tmp_path / "OneSided_v99_1.csv"
    path.write_text(
        "conflict_id,dyad_id,actor_id,coalition_components,actor_name,actor_name_fulltext,actor_name_mothertongue,year,"
        "best_fatality_estimate,low_fatality_estimate,high_fatality_estimate,is_government_actor,location,gwno_location,"
        'gwnoa,region,version\n4,8,15,,Group,Group,,2020,60,50,70,0,"Niger, Nigeria","436, 475",,4,99.1\n'
    )
    row = load_conflicts(path).iloc[0]
    assert (row["conflict_type"], row["countries_iso3"], row["side_a"]) == ("one_sided", "NER;NGA", "Group")
    assert pd.isna(row["side_b"])
    assert row[["deaths_low", "deaths_best", "deaths_high"]].tolist() == [50, 60, 70]


def test_damaged_cells_are_named_in_the_words_of_ucdp(tmp_path: Path) -> None:
    rows = [
        {"kind": "9"},
        {"where": "750, 9999", "year": "2000"},
        {"year": "2001", "level": "x"},
        {"year": "2002", "ended": "1", "end": "soon"},
    ]
    path = acd(tmp_path, *rows)
    with pytest.raises(DataError) as raised:
        load_conflicts(path)
    found = raised.value.problems
    assert found["line"].tolist() == [2, 3, 4, 5]
    assert found["column"].tolist() == ["type_of_conflict", "gwno_loc", "intensity_level", "ep_end_date"]
    assert found["value"].tolist()[2:] == ["x", "soon"]
    assert "9999" in found["value"].tolist()[1]
    assert (found["file"] == str(path)).all()
    assert len(check(acd(tmp_path, {}, *rows), "conflicts").good) == 1


def test_a_conflict_twice_in_a_year_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rows that differ in conflict_id, dyad_id, year"):
        load_conflicts(acd(tmp_path, {}, {}))


@pytest.mark.parametrize(
    ("release", "rows", "year", "conflicts", "wars"), [("201", 2448, 2019, 54, 7), ("211", 2506, 2020, 56, 8)]
)
def test_published_numbers_of_conflicts_and_wars(
    shared: Path, release: str, rows: int, year: int, conflicts: int, wars: int
) -> None:
    # Pettersson & Öberg (2020), Organized violence 1989-2019; Pettersson et al. (2021), Organized violence 1989-2020.
    found = load_conflicts(shared / "data" / "ucdp_acd" / f"ucdp-prio-acd-{release}.csv")
    assert len(found) == rows
    active = found[found["year"] == year]
    assert active["conflict_id"].nunique() == conflicts
    assert (active["intensity"] == 2).sum() == wars
    assert found.loc[found["country_iso3"].isna(), "ucdp_conflicts_gwno_loc"].unique().tolist() in ([], ["751"])


def test_thirty_conflicts_were_in_africa_in_2020(shared: Path) -> None:
    found = load_conflicts(shared / "data" / "ucdp_acd" / "ucdp-prio-acd-211.csv")
    africa = found["ucdp_conflicts_region"].str.contains("4") & (found["year"] == 2020)
    assert africa.sum() == 30


def test_every_row_of_the_non_state_file_loads(shared: Path) -> None:
    found = load_conflicts(shared / "data" / "ucdp_acd" / "ucdp-nonstate-211.csv")
    assert len(found) == 1356
    assert found["deaths_best"].sum() == 260_791
    assert found.loc[found["year"] == 2020, "conflict_id"].nunique() == 72
    assert found["country_iso3"].notna().all()
    changed = found["deaths_low"].astype("str") != found["ucdp_nonstate_low_fatality_estimate"]
    changed |= found["deaths_high"].astype("str") != found["ucdp_nonstate_high_fatality_estimate"]
    assert changed.sum() == 6


def test_a_rewriting_by_pairs_of_states_is_refused(shared: Path) -> None:
    with pytest.raises(DataError):
        load_conflicts(shared / "data" / "peacesciencer" / "ucdp_acd.rda")
