"""Crowd Counting Consortium: protests in the United States, all column vintages."""

import pandas as pd
import pytest

from analysis import DataError, check, load_events

PHASE_3 = """date,locality,state,lat,lon,title,event_type,organizations,targets,claims_summary,valence,online,\
size_text,size_low,size_high,size_mean,participant_injuries,police_injuries,arrests,property_damage,arrests_any,\
police_casualties_any,property_damage_any,participant_deaths,police_deaths
2025-01-18,Washington,DC,38.9,-77.0,People's March,rally; march,Women's March,President Trump,for democracy,1,0,\
dozens,24,24,24,NA,NA,NA,NA,0,0,0,NA,NA
2025-01-18,Washington,DC,38.9,-77.0,NA,counter-protest,NA,NA,against democracy,2,0,\
count video,10,15,12,NA,NA,3.0,NA,1,0,0,NA,NA
2025-01-18,Washington,DC,38.9,-77.0,NA,demonstration,NA,NA,for peace,0,0,\
thousands; tens of thousands,2000,1e+05,51000,4.0,2.0,NA,graffiti,0,1,1,1,0
2025-01-18,NA,NA,NA,NA,NA,NA,NA,NA,NA,0,1,NA,NA,NA,NA,NA,NA,NA,NA,0,0,0,NA,NA
2025-01-19,Boston,MA,42.3,-71.0,NA,vigil,NA,NA,NA,0,0,several dozen; about 60,60,36,48,unspecified,NA,NA,NA,0,0,0,NA,NA
"""
PHASE_1 = """date,locality,state,location_detail,online,type,macroevent,actors,claims,valence,issues,\
size_low,size_high,size_mean,size_text,size_cat,arrests,arrests_any,injuries_crowd,injuries_crowd_any,injuries_police,injuries_police_any,\
property_damage,property_damage_any,chemical_agents,lat,lon
6/1/2020,Dallas,TX,City Hall,0,protest; march,,students,against racism,1,racism,100,300,200,,2,unclear,1,2,1,1,0,,0,1,\
32.7,-96.8
2017-01-21,Reno,NV,,0,march,,Women's March,for women's rights,1,women,500,500,500,,2,,0,,0,,0,,0,,39.5,-119.8
"""


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "ccc.csv"
    path.write_text(text, encoding=encoding)
    return path


def listed(events, *columns):
    cells = events[list(columns)].astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    return load_events(written(tmp_path_factory.mktemp("third"), PHASE_3))


def test_phase_3_by_hand(third):
    assert listed(third, "event_type", "sub_event_type", "action") == [
        ["Protests", "Peaceful protest", "rally"],
        ["Protests", "Protest with intervention", "counter_protest"],
        ["Riots", "Violent demonstration", "demonstration"],
        ["Strategic developments", "Other", "online"],
        ["Protests", "Peaceful protest", "vigil"],
    ]
    assert listed(third.head(1), "actor1", "actor2", "admin1", "location", "country_iso3", "country", "summary") == [
        ["Women's March", "President Trump", "DC", "Washington", "USA", "United States", "People's March"]
    ]
    assert listed(third, "latitude", "longitude", "geo_precision")[2:4] == [[38.9, -77.0, 2], [None, None, None]]
    assert third["size_text"].iloc[0] == "dozens"


def test_the_mean_is_no_report_and_words_are_ranges(third):
    assert listed(third, "size_low", "size_best", "size_high") == [
        [24, None, 99],
        [10, None, 15],
        [2000, None, None],
        [None, None, None],
        [36, None, None],
    ]
    assert third["crowd_counting_size_mean"].iloc[1] == "12"


def test_people_hurt_are_added_where_both_sides_are_stated(third):
    assert listed(third, "injured_low", "injured_best") == [[None, None]] * 2 + [[6, 6]] + [[None, None]] * 2
    assert listed(third, "deaths_low", "deaths_best")[2] == [1, 1]


def test_ids_do_not_depend_on_the_order_of_the_file(tmp_path, third):
    head, *lines = PHASE_3.splitlines()
    turned = load_events(written(tmp_path, "\n".join([head, *lines[::-1]])))
    ids = third.set_index(third["crowd_counting_claims_summary"].fillna("") + third["date"].astype(str))["event_id"]
    again = turned.set_index(turned["crowd_counting_claims_summary"].fillna("") + turned["date"].astype(str))[
        "event_id"
    ]
    assert third["event_id"].is_unique
    assert ids.to_dict() == again.to_dict()
    assert sorted(ids)[:3] == ["2025-01-18---1", "2025-01-18-DC-Washington-1", "2025-01-18-DC-Washington-2"]


def test_phases_1_and_2_by_hand(tmp_path):
    first = load_events(written(tmp_path, PHASE_1, "cp1252"))
    assert first["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-06-01", "2017-01-21"]
    assert listed(first, "sub_event_type", "action", "actor1", "summary") == [
        ["Protest with intervention", "protest", "students", "against racism"],
        ["Peaceful protest", "march", "Women's March", "for women's rights"],
    ]
    assert listed(first, "size_low", "size_best", "size_high") == [[100, None, 300], [500, 500, 500]]
    assert listed(first, "injured_low", "injured_best") == [[3, 3], [None, None]]


def test_a_damaged_cell_names_the_publishers_column(tmp_path):
    with pytest.raises(DataError) as error:
        load_events(written(tmp_path, PHASE_3.replace("count video,10,15", "count video,ten,15")))
    assert "ccc.csv, line 3, " in str(error.value)
    assert "size_low" in str(error.value)
    assert "'ten'" in str(error.value)


def test_the_real_copy_is_read_whole_and_no_size_is_lost_or_added(shared, tmp_path):
    file = shared / "data/crowd_counting/ccc-phase3-public.csv"
    mended = tmp_path / file.name
    mended.write_bytes(file.read_bytes().replace(b"\xf1", b"\xc3\xb1"))  # two cells of another encoding
    with pytest.warns(UserWarning, match=r"4 rows say the same .* \(line 4352, 4390, 4395, 4397\)"):
        real = load_events(mended)
    assert len(real) == 4492
    assert real["event_id"].is_unique
    assert real["event_type"].value_counts().to_dict() == {"Protests": 4473, "Riots": 13, "Strategic developments": 6}
    assert real["date"].min() == pd.Timestamp("2025-01-01")
    stated = real["crowd_counting_size_low"].notna() | real["crowd_counting_size_high"].notna()
    sized = real[["size_low", "size_best", "size_high"]].notna().any(axis=1)
    assert (stated.sum(), sized.sum()) == (1385, 1385)
    words = real[real["size_text"] == "dozens"]
    assert len(words) == 69
    assert set(words["crowd_counting_size_high"]) == {"24"}
    assert set(words["size_high"]) == {99}


def test_two_cells_of_the_real_copy_are_in_another_encoding_and_read_all_the_same(shared):
    found = check(shared / "data/crowd_counting/ccc-phase3-public.csv")
    assert (found.rows_read, len(found.good)) == (4492, 4492)
    assert len(found.notes) == 1
    assert "4 rows say the same as an earlier row in every cell" in found.summary()
    assert found.survey.gaps.empty, "a day or two without a protest is this file's rhythm"
    assert {"Do\u00f1a Ana County"} <= set(found.good["crowd_counting_resolved_county"].dropna())
