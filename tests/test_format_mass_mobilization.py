"""Mass Mobilization: protests against governments, written as the public file is."""

import pandas as pd
import pytest

from analysis import DataError, check, load_events

COLUMNS = [
    "id",
    "country",
    "ccode",
    "year",
    "region",
    "protest",
    "protestnumber",
    "startday",
    "startmonth",
    "startyear",
    "endday",
    "endmonth",
    "endyear",
    "protesterviolence",
    "location",
    "participants_category",
    "participants",
    "protesteridentity",
    "protesterdemand1",
    "protesterdemand2",
    "protesterdemand3",
    "protesterdemand4",
    "stateresponse1",
    "stateresponse2",
    "stateresponse3",
    "stateresponse4",
    "stateresponse5",
    "stateresponse6",
    "stateresponse7",
    "sources",
    "notes",
]
COMMON = {"id": "", "country": "Serbia", "ccode": "340", "year": "2009", "region": "Europe", "protest": "1"}
STARTED = {"startday": "5", "startmonth": "10", "startyear": "2009", "endday": "7", "endmonth": "10"}


def rows(*given):
    return pd.DataFrame([COMMON | STARTED | {"protesterviolence": "0"} | one for one in given], columns=COLUMNS)


PROTESTS = rows(
    {"id": "3402009001", "participants": "50s", "participants_category": "50-99", "stateresponse1": "ignore"},
    {"id": "3402009002", "participants": "dozens", "stateresponse1": "arrests", "stateresponse2": "ignore"},
    {"id": "3402009003", "participants": "5000", "stateresponse1": "crowd dispersal", "stateresponse2": "killings"},
    {"id": "3402009004", "participants": "some", "participants_category": ">10000", "protesterviolence": "1"},
    {"id": "3402009005", "participants_category": "2000-4999", "protesteridentity": "workers", "location": "Nis"},
    {"id": "3402009006", "participants_category": "6", "stateresponse1": "."},
    {"id": "3402009000", "protest": "0", "startday": "", "startmonth": "", "startyear": "", "participants": ""},
)


def test_every_column_by_hand():
    events = load_events(PROTESTS).set_index("event_id")
    assert events.index.tolist() == [f"340200900{n}" for n in range(1, 7)]
    assert set(events["date"].dt.strftime("%Y-%m-%d")) == {"2009-10-05"}
    assert set(events["country_iso3"]) == {"SRB"}
    assert events["event_type"].tolist() == ["Protests", "Protests", "Protests", "Riots", "Protests", "Protests"]
    assert events["sub_event_type"].astype(object).where(events["sub_event_type"].notna(), None).tolist() == [
        "Peaceful protest",
        "Protest with intervention",
        "Excessive force against protesters",
        "Violent demonstration",
        None,
        None,
    ]
    assert events["outcome"].iloc[1] == "arrests;ignore"
    assert events.loc["3402009005", ["actor1", "location"]].tolist() == ["workers", "Nis"]
    assert events["mass_mobilization_endday"].tolist() == ["7"] * 6


def test_words_go_before_classes_and_codes_are_no_crowds():
    sizes = load_events(PROTESTS)[["size_low", "size_best", "size_high"]].astype(object)
    assert sizes.where(sizes.notna(), None).to_numpy().tolist() == [
        [50, None, 99],
        [24, None, 99],
        [5000, 5000, 5000],
        [10001, None, None],
        [2000, None, 4999],
        [None, None, None],
    ]


def test_country_years_without_protest_are_no_events_and_are_told():
    from ibis import memtable

    from analysis.formats.mass_mobilization import no_event

    assert len(load_events(PROTESTS)) == 6
    assert no_event(memtable(PROTESTS.astype("str"))).sum().to_pyarrow().as_py() == 1


def test_a_damaged_day_names_the_publishers_columns(tmp_path):
    path = tmp_path / "mmALL.csv"
    PROTESTS.assign(startday=["5", "x", "5", "5", "5", "5", ""]).to_csv(path, index=False)
    with pytest.raises(DataError) as error:
        load_events(path)
    assert "mmALL.csv, line 3" in str(error.value)
    assert "startday" in str(error.value)
    assert "2009-10-0x" in str(error.value)
    assert len(check(path).good) == 5


def test_names_of_states_that_ended_are_read_by_date():
    old = rows(
        {"id": "1", "country": "Yugoslavia", "startyear": "1996", "startmonth": "11"},
        {"id": "2", "country": "Germany West", "startyear": "1990", "startmonth": "3"},
        {"id": "3", "country": "USSR", "startyear": "1991", "startmonth": "1"},
        {"id": "4", "country": "Congo Kinshasa", "startyear": "1991", "startmonth": "1"},
    )
    assert load_events(old)["country_iso3"].tolist() == ["YUG", "DEU", "SUN", "COD"]


def test_sums_by_country_and_year_are_declined(shared):
    with pytest.raises(DataError, match="sums of Mass Mobilization by country and year"):
        load_events(shared / "data/massmob_derived/main_data.csv")


def test_every_country_name_of_the_publisher_is_known_in_its_years(shared):
    sums = pd.read_csv(shared / "data/massmob_derived/main_data.csv")
    spans = sums.groupby("country")["year"].agg(["min", "max"]).reset_index().melt("country", value_name="year")
    named = rows(
        *(
            {"country": one.country, "startyear": str(one.year), "id": str(n)}
            for n, one in enumerate(spans.itertuples())
        )
    )
    events = load_events(named.assign(startmonth=spans["variable"].map({"min": "9", "max": "2"})))
    assert len(events) == len(spans)
    assert events["country_iso3"].notna().all()
