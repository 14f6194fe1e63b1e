"""NAVCO 3.0, SCAD and GTD, written as their codebooks and programs that read them describe."""

import io

import pandas as pd
import pytest

from analysis import DataError, check, event_panel, load_events


def table(text):
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


def listed(events, *columns):
    cells = events[list(columns)].astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()


# NAVCO ----------------------------------------------------------------------------------------------------------------

ACTS = table("""\
country_name,date,actor_3,target_3,verb_10,verb_100,num_partic_event,fatal_casu,injuries
India,2012-05-19,CIV,GOV,14,145,hundreds,2-5,-99
India,2012-05-19,MIL,CIV,18,183,-99,3,about 20
Kyrgyzstan,2010-04-07,OPP,GOV,14,141,5000,-99,-99
Egypt,2011-01-28,GOV,OPP,17,173,,,
Egypt,2011-02-11,GOV,OPP,01,010,,,
Egypt,2011-02-12,REB,MIL,19,190,,dozens,
""")


def test_navco_by_hand():
    events = load_events(ACTS)
    assert sorted(events["event_id"])[-3:] == ["India-2012-05-19-1", "India-2012-05-19-2", "Kyrgyzstan-2010-04-07-1"]
    assert listed(events, "event_type", "sub_event_type") == [
        ["Riots", "Violent demonstration"],
        ["Explosions/Remote violence", None],
        ["Protests", None],
        ["Strategic developments", "Arrests"],
        ["Strategic developments", "Other"],
        ["Battles", None],
    ]
    assert events["country_iso3"].tolist() == ["IND", "IND", "KGZ", "EGY", "EGY", "EGY"]
    assert listed(events, "size_low", "size_best", "size_high")[:3] == [
        [200, None, 999],
        [None, None, None],
        [5000, 5000, 5000],
    ]
    assert listed(events, "deaths_low", "deaths_best", "deaths_high") == [
        [2, None, 5],
        [3, 3, 3],
        [None, None, None],
        [None, None, None],
        [None, None, None],
        [24, None, 99],
    ]
    assert listed(events, "injured_low", "injured_best")[1] == [None, 20]
    assert listed(events, "actor1", "actor2")[0] == ["CIV", "GOV"]


def test_navco_ids_do_not_depend_on_the_order():
    one, other = load_events(ACTS), load_events(ACTS.iloc[::-1])
    assert dict(zip(one["navco_actor_3"] + one["navco_date"], one["event_id"], strict=True)) == dict(
        zip(other["navco_actor_3"] + other["navco_date"], other["event_id"], strict=True)
    )


def test_campaigns_and_files_made_from_them_are_declined(shared):
    campaigns = pd.DataFrame({"id": [1], "campaign": ["X"], "location": ["Y"], "year": [1990], "camp_goals": [0]})
    with pytest.raises(DataError, match="table of campaigns"):
        load_events(campaigns)
    for header in (["iso3", "year", "NVC_1.3_NONVIOL"], ["n", "revolutions", "armed", "unarmed"]):
        with pytest.raises(DataError, match="made from NAVCO"):
            load_events(pd.DataFrame([["1"] * len(header)], columns=header))


def test_a_row_of_navco_that_is_there_twice_is_said_and_a_file_that_repeats_itself_is_refused():
    with pytest.warns(UserWarning, match=r"1 row says the same as an earlier row in every cell .* \(line 7\)"):
        assert len(load_events(pd.concat([ACTS, ACTS.head(1)]).set_axis(range(1, 8)))) == 7
    pasted = pd.concat([ACTS, ACTS]).set_axis(range(1, 13))
    with pytest.raises(DataError, match="line 7: a row that is not there already; the file repeats itself") as error:
        load_events(pasted)
    assert error.value.problems["line"].tolist() == [*range(7, 13)]
    split = check(pasted)
    assert (split.rows_read, len(split.good), split.set_aside["line"].tolist()) == (12, 6, [*range(7, 13)])
    assert split.good["deaths_low"].sum() == load_events(ACTS)["deaths_low"].sum()


def test_a_panel_of_a_file_that_repeats_itself_is_refused(tmp_path):
    path = tmp_path / "navco.csv"
    pd.concat([ACTS, ACTS]).to_csv(path, index=False)
    with pytest.raises(DataError, match="line 8: a row that is not there already"):
        event_panel(path, freq="M")


def test_a_damaged_date_of_navco_is_named():
    with pytest.raises(DataError) as error:
        load_events(ACTS.assign(date=["19 May"] + ["2012-05-19"] * 5))
    assert "19 May" in str(error.value)


# SCAD -----------------------------------------------------------------------------------------------------------------

CONFLICTS = table("""\
eventid,ccode,countryname,styr,stmo,stday,eyr,emo,eday,etype,escalation,actor1,target1,npart,ndeath,repress,\
elocal,locnum,sublocal,latitude,longitude,issuenote
5010001,501,Kenya,2008,1,3,2008,1,5,4,0,ODM,Government,4,30,2,Kisumu,2,2,-0.1,34.75,vote
5010001,501,Kenya,2008,1,3,2008,1,5,4,0,ODM,Government,4,30,2,Nairobi,1,1,-1.28,36.82,vote
5010002,501,Kenya,2008,2,3,2008,2,3,1,0,Students,Government,1,-99,0,Nairobi,1,1,-1.28,36.82,fees
6260001,490,Zaire,1996,2,3,1996,2,3,5,0,Workers,Government,-99,-88,0,Kinshasa,1,1,-4.3,15.3,pay
0700001,70,Mexico,1994,1,1,1994,1,12,8,0,EZLN,Government,7,0,2,Chiapas,6,1,16.7,-92.6,land
""")


def test_scad_by_hand():
    events = load_events(CONFLICTS)
    assert listed(events, "event_type", "sub_event_type", "action") == [
        ["Riots", None, "spontaneous_riot"],
        ["Riots", None, "spontaneous_riot"],
        ["Protests", None, "organized_demonstration"],
        ["Strategic developments", "Other", "general_strike"],
        ["Battles", None, "anti_government_violence"],
    ]
    assert events["country_iso3"].tolist() == ["KEN", "KEN", "KEN", "COD", "MEX"]
    assert events["date"].dt.strftime("%Y-%m-%d").tolist()[:3] == ["2008-01-03", "2008-01-03", "2008-02-03"]
    assert listed(events, "size_low", "size_high") == [
        [None, None],
        [1001, 10000],
        [None, 9],
        [None, None],
        [1000001, None],
    ]
    assert listed(events, "actor1", "actor2", "location", "summary")[1] == ["ODM", "Government", "Nairobi", "vote"]
    assert events["size_best"].isna().all()


def test_an_event_in_several_places_counts_its_deaths_once():
    events = load_events(CONFLICTS)
    assert events["event_id"].tolist()[:2] == ["5010001-2", "5010001"]
    assert listed(events, "deaths_best") == [[None], [30], [None], [None], [0]]
    assert events["deaths_best"].sum() == 30
    assert events["scad_ndeath"].astype(int, errors="ignore").tolist()[:2] == ["30", "30"]


def test_a_row_of_scad_that_is_there_twice_has_one_id_and_is_refused(tmp_path):
    twice = pd.concat([CONFLICTS, CONFLICTS.tail(1)]).set_axis(range(1, 7))
    with pytest.raises(DataError, match="line 6, eventid and others = '0700001': expected rows that differ"):
        load_events(twice)
    found = check(pd.concat([CONFLICTS, CONFLICTS]))
    assert (found.rows_read, len(found.good), found.good["deaths_best"].sum()) == (10, 5, 30)
    twice.to_csv(tmp_path / "scad.csv", index=False)
    with pytest.raises(DataError, match="0700001"):
        event_panel(tmp_path / "scad.csv", freq="Y", coverage=("1990-01-01", "2017-12-31"))


def test_scad_codes_for_unknown_are_missing_and_zero_is_zero():
    deaths = load_events(CONFLICTS).set_index("event_id")["deaths_best"]
    assert pd.isna(deaths["5010002"])
    assert pd.isna(deaths["6260001"])
    assert deaths["0700001"] == 0


def test_the_latin_american_file_names_its_last_day_otherwise():
    latin = CONFLICTS.tail(1).rename(columns={"eyr": "endyr", "emo": "endmo", "eday": "endday"})
    assert load_events(latin)["scad_endday"].tolist() == ["12"]


def test_a_damaged_day_of_scad_is_named(tmp_path):
    path = tmp_path / "scad.csv"
    CONFLICTS.assign(stday=["3", "3", "31", "3", "1"]).to_csv(path, index=False, encoding="latin-1")
    with pytest.raises(DataError) as error:
        load_events(path)
    assert "scad.csv, line 4" in str(error.value)
    assert "stday" in str(error.value)


# GTD ------------------------------------------------------------------------------------------------------------------

INCIDENTS = table("""\
eventid,iyear,imonth,iday,approxdate,country,country_txt,provstate,city,latitude,longitude,specificity,suicide,\
attacktype1,targtype1,target1,gname,nkill,nkillter,nwound,doubtterr,multiple,summary
200101020001,2001,1,2,,209,Turkey,Izmir,Izmir,38.4,27.1,1,0,2,4,Soldiers,PKK,3,1,2,0,0,s
200101000002,2001,1,0,January,209,Turkey,Van,Van,38.5,43.4,3,1,3,14,Bus,Unknown,2.5,0,,0,1,s
197604100003,1976,4,10,,362,West Germany (FRG),Hesse,Bonn,,,5,0,6,2,Minister,RAF,0,0,0,-9,0,s
199209090004,1992,9,9,,235,Yugoslavia,Serbia,,,,4,0,9,1,Shop,Unknown,,,-99,1,0,s
""")


def test_gtd_by_hand():
    events = load_events(INCIDENTS)
    assert events["event_id"].tolist() == INCIDENTS["eventid"].tolist()
    assert listed(events, "event_type", "sub_event_type", "action") == [
        ["Battles", "Armed clash", "armed_assault"],
        ["Explosions/Remote violence", "Suicide bomb", "bombing"],
        ["Violence against civilians", "Abduction/forced disappearance", "kidnapping"],
        ["Strategic developments", "Other", "unknown_attack"],
    ]
    assert events["country_iso3"].tolist() == ["TUR", "TUR", "DEU", "YUG"]
    assert listed(events, "actor1", "actor2", "target", "admin1", "location")[0] == [
        "PKK",
        "Soldiers",
        "Soldiers",
        "Izmir",
        "Izmir",
    ]
    assert listed(events, "actor1")[1] == [None]
    assert listed(events, "geo_precision") == [[2], [3], [None], [3]]


def test_an_unknown_day_is_known_to_the_month_and_an_unknown_month_to_the_year():
    events = load_events(INCIDENTS)
    assert listed(events, "date_precision") == [[1], [3], [1], [1]]
    assert str(events["date"].iloc[1].date()) == "2001-01-01"
    undated = load_events(INCIDENTS.assign(imonth=["0", "1", "4", "9"], iday=["0", "0", "10", "9"]))
    assert listed(undated, "date_precision") == [[4], [3], [1], [1]]
    assert str(undated["date"].iloc[0].date()) == "2001-01-01"
    with pytest.raises(DataError, match="2001-00-02"):  # a day without a month is a slip
        load_events(INCIDENTS.assign(imonth=["0", "1", "4", "9"]))


def test_shares_of_a_toll_become_ranges_and_unknown_is_not_zero():
    events = load_events(INCIDENTS)
    assert listed(events, "deaths_low", "deaths_best", "deaths_high") == [
        [None, 3, None],
        [2, None, 3],
        [None, 0, None],
        [None, None, None],
    ]
    assert listed(events, "injured_best") == [[2], [None], [0], [None]]


def test_sums_made_from_gtd_are_declined(shared):
    for name in ("terrorism", "nkill.byCountryYr", "incidents.byCountryYr"):
        with pytest.raises(DataError, match="made from GTD"):
            load_events(shared / f"data/gtd_summaries/{name}.csv")


def test_every_country_name_of_gtd_is_known_in_its_years(shared):
    sums = pd.read_csv(shared / "data/gtd_summaries/incidents.byCountryYr.csv").query("Freq > 0")
    spans = (
        sums.groupby("country_txt")["iyear"].agg(["min", "max"]).reset_index().melt("country_txt", value_name="iyear")
    )
    like = pd.concat([INCIDENTS.head(1)] * len(spans), ignore_index=True)
    named = like.assign(country_txt=spans["country_txt"], iyear=spans["iyear"].astype(str), eventid=range(len(spans)))
    events = load_events(named)
    assert len(events) == len(spans) > 390
    assert set(events.loc[events["country_iso3"].isna(), "country"]) <= {"International"}
