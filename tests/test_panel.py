"""What a complete panel holds: hand-worked cells, weeks, coverage, conditions, faults and properties."""

import datetime as dt
import warnings

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import DataError, load_events
from analysis.panel import event_panel

DAYS = ("2020-10-05", "2020-10-07")
ROWS = pd.DataFrame(
    {
        "event_id": list("ABCDEF"),
        "date": pd.to_datetime(["2020-10-05", "2020-10-05", "2020-10-05", "2020-10-06", "2020-10-06", "2020-10-07"]),
        "country_iso3": ["KGZ", "KGZ", "BLR", "KGZ", "KGZ", "BLR"],
        "country": ["Kyrgyzstan", "Kyrgyzstan", "Belarus", "Kyrgyzstan", "Kyrgyzstan", "Belarus"],
        "region": ["KG-B", "KG-O", "BY-MI", "KG-B", "KG-B", None],
        "event_type": ["Riots", "Protests", "Protests", "Riots", "Riots", "Protests"],
        "deaths_low": pd.array([1, 2, None, None, None, 0], dtype="Int64"),
        "deaths_best": pd.array([1, None, None, None, None, 0], dtype="Int64"),
        "deaths_high": pd.array([4, 5, None, None, None, None], dtype="Int64"),
        "size_low": pd.array([100, 601, 50, None, 20, 10], dtype="Int64"),
        "size_best": pd.array([None, None, 50, None, 20, 10], dtype="Int64"),
        "size_high": pd.array([200, None, 50, None, 20, 10], dtype="Int64"),
    }
)
NA = None


def panel(events=ROWS, **options) -> pd.DataFrame:
    return event_panel(events, **({"coverage": DAYS} | options))


def cell(panel: pd.DataFrame, *place: str) -> list:
    return [None if pd.isna(value) else int(value) for value in panel.loc[place]]


def text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).astype("str")


# Cells worked by hand -----------------------------------------------------------------------------------------------


def test_cells_of_a_country_panel():
    found = panel()
    assert found.index.names == ["country", "period"]
    assert list(found.columns) == [
        "events",
        *("deaths_low", "deaths_best", "deaths_high"),
        *("size_low", "size_best", "size_high"),
    ]
    assert set(found.dtypes.astype(str)) == {"Int64"}
    assert len(found) == 2 * 3
    assert cell(found, "KGZ", "2020-10-05") == [2, 3, NA, 9, 701, NA, NA]  # one event has a range and no best number
    assert cell(found, "KGZ", "2020-10-06") == [2, NA, NA, NA, 20, 20, 20]
    assert cell(found, "KGZ", "2020-10-07") == [0, 0, 0, 0, 0, 0, 0]
    assert cell(found, "BLR", "2020-10-07") == [1, 0, 0, NA, 10, 10, 10]


def test_a_crowd_open_above_leaves_the_sum_open_above():
    """More than 600 is low = 601 and no high."""
    found = panel(by="region")
    assert cell(found, "KG-O", "2020-10-05")[4:] == [601, NA, NA]
    assert cell(found, "KG-B", "2020-10-05")[4:] == [100, NA, 200]


def test_what_is_not_stated_is_a_group_of_its_own():
    found = panel(by="region")
    assert found.index.unique("region").tolist() == ["BY-MI", "KG-B", "KG-O", "not stated"]
    assert cell(found, "not stated", "2020-10-07")[0] == 1
    assert found["events"].sum() == len(ROWS)


def test_missing_and_a_group_called_not_stated_are_one():
    both = ROWS.assign(region=["not stated", " ", "", "KG-B", "KG-B", None])
    assert panel(both, by="region")["events"].groupby("region").sum().to_dict() == {"KG-B": 2, "not stated": 4}


def test_places_and_kinds_in_the_combinations_that_occur_crossed_with_each_other():
    found = panel(by=("region", "event_type", "country"))
    assert found.index.names == ["region", "event_type", "country", "period"]
    pairs = found.index.droplevel(["event_type", "period"]).unique().tolist()
    assert pairs == [("BY-MI", "BLR"), ("KG-B", "KGZ"), ("KG-O", "KGZ"), ("not stated", "BLR")]
    assert len(found) == 4 * 2 * 3
    assert found.index.is_monotonic_increasing


def test_other_columns_are_crossed():
    rows = ROWS.assign(action=["rally", "march", "rally", "rally", "rally", "march"], actor1=list("xxyxxy"))
    assert len(panel(rows, by=("country", "actor"))) == 2 * 2 * 3
    assert len(panel(rows, by=("action", "event_type"))) == 3 * 3


def test_a_panel_of_periods_alone():
    found = panel(by=())
    assert isinstance(found.index, pd.PeriodIndex)
    assert (found.index.name, found.index.freqstr) == ("period", "D")
    assert found["events"].tolist() == [3, 2, 1]


def test_one_level_is_a_multiindex_too():
    assert isinstance(panel(by="country").index, pd.MultiIndex)
    pd.testing.assert_frame_equal(panel(by="country"), panel(by=["country"]))


def test_columns_that_are_not_there_are_not_reported():
    found = panel(ROWS[["event_id", "date", "country_iso3"]])
    assert cell(found, "KGZ", "2020-10-05") == [2, NA, NA, NA, NA, NA, NA]
    assert cell(found, "KGZ", "2020-10-07") == [0, NA, NA, NA, NA, NA, NA], "not coded is not none"


@pytest.mark.parametrize("day", ["05/10/2020", "1.5.2024", "24-01-05", "2020-10-5", 5, 20201005, 2020.5, True, "soon"])
def test_days_that_are_written_otherwise_are_refused_and_never_guessed(day):
    for options in ({"start": day}, {"end": day}, {"coverage": (day, "2020-12-31")}):
        with pytest.raises(ValueError, match="is not a date; write it as YYYY-MM-DD"):
            panel(**options)


def test_a_year_is_a_year():
    """Pandas reads the number 2020 as nanoseconds after 1970."""
    found = panel(start=2020, end=2020, freq="Y", coverage=(2020, "2020"), by=())
    assert found.index.astype(str).tolist() == ["2020"]
    assert found["events"].tolist() == [len(ROWS)]


def test_the_bundled_events_by_region_and_day():
    events = load_events()
    with pytest.warns(UserWarning, match="coverage is not stated|dated less exactly") as said:
        found = event_panel(events, by="region")
    assert len(said) == 2
    assert found["events"].sum() == len(events)
    assert len(found) == events["region"].fillna("").nunique() * found.index.unique("period").size
    assert found.attrs["imprecise"] == (events["date_precision"] >= 2).sum()


# Weeks and other periods --------------------------------------------------------------------------------------------


def single(day: str) -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["A"], "date": [day]})


@pytest.mark.filterwarnings("ignore:coverage is not stated:UserWarning")
@pytest.mark.parametrize("day", ["2020-12-28", "2020-12-31", "2021-01-03"])
def test_the_53rd_iso_week_of_2020_runs_into_2021(day):
    (week,) = event_panel(single(day), by=(), freq="W").index
    assert (week.start_time.date(), week.end_time.date()) == (dt.date(2020, 12, 28), dt.date(2021, 1, 3))
    assert dt.date.fromisoformat(day).isocalendar()[:2] == week.start_time.isocalendar()[:2] == (2020, 53)


@pytest.mark.filterwarnings("ignore:coverage is not stated:UserWarning")
@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2020-12-27", "2020-12-27", "2021-01-02"),  # MMWR week 53 of 2020
        ("2021-01-02", "2020-12-27", "2021-01-02"),
        ("2021-01-03", "2021-01-03", "2021-01-09"),  # MMWR week 1 of 2021
        ("2014-12-31", "2014-12-28", "2015-01-03"),  # MMWR week 53 of 2014
    ],
)
@pytest.mark.parametrize("freq", ["W-SAT", "epiweek"])
def test_epidemiological_weeks_run_from_sunday_to_saturday(day, first, last, freq):
    (week,) = event_panel(single(day), by=(), freq=freq).index
    assert (str(week.start_time.date()), str(week.end_time.date())) == (first, last)


@pytest.mark.filterwarnings("ignore:coverage is not stated:UserWarning")
@pytest.mark.parametrize("freq", ["D", "W", "W-SAT", "M", "Q", "Y"])
@given(days=st.lists(st.dates(dt.date(1000, 1, 1), dt.date(2262, 1, 1)), min_size=1, max_size=20))
@settings(max_examples=3)
def test_every_day_falls_into_the_period_pandas_gives_it(freq, days):
    events = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(days))], "date": [day.isoformat() for day in days]})
    found = event_panel(events, by=(), freq=freq)["events"]
    expected = pd.Series(1, index=[pd.Period(day, {"W": "W-SUN"}.get(freq, freq)) for day in days])
    assert found[found > 0].to_dict() == expected.groupby(level=0).sum().to_dict()


def test_start_and_end_are_rounded_out_to_whole_periods():
    found = panel(by=(), freq="M", start="2020-09-15", end="2020-11", coverage=("2020-01-01", "2020-12-31"))
    assert found.index.astype(str).tolist() == ["2020-09", "2020-10", "2020-11"]
    assert found["events"].tolist() == [0, 6, 0]


def test_events_outside_start_and_end_are_counted_and_their_place_stays():
    found = panel(start="2020-10-06", end=dt.date(2020, 10, 6))
    assert found["events"].to_dict() == {
        ("BLR", pd.Period("2020-10-06")): 0,
        ("KGZ", pd.Period("2020-10-06")): 2,
    }
    assert (found.attrs["outside_span"], found.attrs["outside_coverage"]) == (4, 0)


# Coverage -----------------------------------------------------------------------------------------------------------


def test_outside_coverage_is_missing_and_inside_is_zero():
    with pytest.warns(UserWarning, match="3 events not shown, in periods that are not covered"):
        found = panel(by=(), coverage=("2020-10-06", "2020-10-08"), start="2020-10-04")
    assert found["events"].isna().tolist() == [True, True, False, False, False]
    assert found["events"].dropna().tolist() == [2, 1, 0]
    assert found[found["events"].isna()].isna().all(axis=None)
    assert found.attrs["outside_coverage"] == 3
    assert found.attrs["coverage"] == [{"start": "2020-10-06", "end": "2020-10-08"}]


def test_events_beyond_the_coverage_are_said_too():
    with pytest.warns(UserWarning, match="4 events not shown"):
        found = panel(by=(), coverage=("2020-10-06", "2020-10-06"))
    assert len(found) == 1
    assert (found.attrs["outside_coverage"], found.attrs["outside_span"]) == (4, 0)


def test_a_week_covered_in_part_is_missing():
    with pytest.warns(UserWarning, match="6 events not shown"):
        found = panel(by=(), freq="W", coverage=("2020-10-06", "2020-10-18"))
    assert found["events"].isna().tolist() == [True, False]


def test_spans_that_meet_cover_the_month_together():
    spans = pd.DataFrame({"start": ["2020-10-01", "2020-10-16"], "end": ["2020-10-15", "2020-10-31"]})
    assert panel(by=(), freq="M", coverage=spans)["events"].tolist() == [6]
    apart = spans.assign(start=["2020-10-01", "2020-10-17"])
    with pytest.warns(UserWarning, match="6 events"):
        assert panel(by=(), freq="M", coverage=apart)["events"].isna().all()


@pytest.mark.parametrize("name", ["country", "country_iso3"])
def test_each_country_has_its_own_coverage(name):
    spans = pd.DataFrame(
        {name: ["KGZ", "ARM"], "start": ["2020-10-05", "2020-10-06"], "end": [dt.date(2020, 10, 7)] * 2}
    )
    with pytest.warns(UserWarning, match="2 events not shown"):
        found = panel(coverage=spans)
    assert found.loc["KGZ", "events"].tolist() == [2, 2, 0]
    assert found.loc["BLR", "events"].isna().all()
    assert found.loc["ARM", "events"].fillna(-1).tolist() == [-1, 0, 0]


def test_unstated_coverage_is_said_with_its_span():
    with pytest.warns(UserWarning, match="for 2 units from 2020-10-05 to 2020-10-07; state it with coverage="):
        found = event_panel(ROWS)
    assert found.attrs["coverage"] == [{"start": "2020-10-05", "end": "2020-10-07"}]


def test_no_events_inside_a_stated_coverage_are_zeros():
    nothing = ROWS.head(0)
    spans = pd.DataFrame({"country": ["KGZ"], "start": ["2020-10-05"], "end": ["2020-10-06"]})
    assert panel(nothing, coverage=spans)["events"].tolist() == [0, 0]
    assert panel(nothing, by=())["events"].tolist() == [0, 0, 0]


def test_dates_known_by_week_month_or_year_are_said():
    rows = ROWS.assign(date_precision=pd.array([1, 2, 3, 4, None, 1], dtype="Int64"))
    with pytest.warns(UserWarning, match="3 events dated less exactly than to the day, counted in one each"):
        assert panel(rows).attrs["imprecise"] == 3
    for freq, number in {"W": 2, "M": 1, "Q": 1}.items():
        with pytest.warns(UserWarning, match=f"{number} events? dated less exactly"):
            panel(text(rows), freq=freq, coverage=("2020-01-01", "2020-12-31"))
    assert panel(rows, freq="Y", coverage=("2020-01-01", "2020-12-31")).attrs["imprecise"] == 0


# Conditions ---------------------------------------------------------------------------------------------------------

SAME = {
    "deaths_best > 0": lambda rows: rows["deaths_best"] > 0,
    "event_type = 'Riots' AND NOT (size_low < 100)": lambda rows: (
        (rows["event_type"] == "Riots") & ~(rows["size_low"] < 100)
    ),
    "date >= '2020-10-06'": lambda rows: rows["date"] >= "2020-10-06",
    "date between '2020-10-06' and '2020-10-06' or region is null": lambda rows: (
        (rows["date"] == "2020-10-06") | rows["region"].isna()
    ),
    "region IN ('KG-B', 'KG-O') AND size_low IN (100, 601)": lambda rows: (
        rows["region"].isin(["KG-B", "KG-O"]) & rows["size_low"].isin([100, 601])
    ),
    "event_type LIKE 'Pro%' AND region IS NOT NULL": lambda rows: (
        rows["event_type"].str.startswith("Pro") & rows["region"].notna()
    ),
    "\"country\" <> 'Belarus'": lambda rows: rows["country"] != "Belarus",
    "deaths_low > deaths_best OR deaths_best = 0": lambda rows: (
        (rows["deaths_low"] > rows["deaths_best"]) | (rows["deaths_best"] == 0)
    ),
    "0 < size_low AND size_low > -5": lambda rows: rows["size_low"] > 0,
}


@pytest.mark.parametrize("where", SAME)
@pytest.mark.parametrize("events", [ROWS, text(ROWS)], ids=["typed", "text"])
def test_sql_keeps_what_pandas_keeps(events, where):
    kept = ROWS[SAME[where](ROWS).fillna(False).astype(bool)]
    assert 0 < len(kept) < len(ROWS)
    found = panel(events, where=where)
    pd.testing.assert_frame_equal(found[found["events"] > 0], panel(kept).loc[lambda cells: cells["events"] > 0])
    assert (found[found["events"] == 0] == 0).all(axis=None)


@pytest.mark.parametrize("events", [ROWS, text(ROWS)], ids=["typed", "text"])
def test_ibis_keeps_what_sql_keeps(events):
    expected = panel(where="deaths_best >= 1 AND date < '2020-10-06'")
    later = ibis.date("2020-10-06")
    pd.testing.assert_frame_equal(
        panel(events, where=lambda rows: (rows.deaths_best >= 1) & (rows.date < later)), expected
    )
    pd.testing.assert_frame_equal(panel(events, where=(ibis._.deaths_best >= 1) & (ibis._.date < later)), expected)


def test_a_place_without_the_events_asked_for_is_a_row_of_zeros():
    """Filtered first, a table has lost the quiet places; the panel has not."""
    riots = panel(by="region", where="event_type = 'Riots'")
    assert riots.index.unique("region").tolist() == panel(by="region").index.unique("region").tolist()
    assert riots["events"].sum() == (ROWS["event_type"] == "Riots").sum()
    assert (riots.groupby("region")["events"].sum() == 0).any()


def test_a_condition_on_places_chooses_the_places():
    found = panel(by=("region", "event_type"), where="region = 'KG-B'")
    assert found.index.unique("region").tolist() == ["KG-B"]
    assert found.index.unique("event_type").tolist() == sorted(ROWS["event_type"].unique())


def test_a_condition_that_no_event_fulfils_is_an_error_and_not_a_panel_of_zeros():
    with pytest.raises(ValueError, match="no event fulfils `where`"):
        panel(where="event_type = 'Riot'", coverage=None)
    zeros = panel(where="event_type = 'Riot'", coverage=("2020-10-05", "2020-10-06"))
    assert (zeros == 0).all(axis=None), "stated coverage says that they were looked for"


def test_low_best_and_high_of_a_cell_never_contradict_each_other():
    """A best sum over fewer events than the low one would lie below it."""
    said = {"deaths_low": [5, 0], "deaths_best": [None, 0], "deaths_high": [9, 0]}
    counts = {name: pd.array(values, dtype="Int64") for name, values in said.items()}
    found = panel(ROWS.head(2).assign(**counts, date=ROWS["date"][0]), by=())
    assert found.iloc[0, 1:4].fillna(-1).tolist() == [5, -1, 9]


def test_numbers_in_columns_of_the_user_are_compared_as_numbers():
    typed = ROWS.assign(tone=[1.5, 10.0, -2.0, 9.0, np.nan, 0.0])
    for events in (typed, text(typed)):
        assert panel(events, by=(), where="tone > 2")["events"].sum() == 2


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("event_type = 'Riots'; DROP TABLE events", "position 21: ';' is not allowed"),
        ("event_type = 'Riots' -- all", "a comment is not allowed"),
        ("event_type = 'Riots' /* all */", "a comment is not allowed"),
        ("upper(event_type) = 'RIOTS'", r"position 1: a function or query, upper\(\.\.\.\) is not allowed"),
        ("read_csv('/etc/passwd') = 1", "a function or query"),
        ("deaths_best > (SELECT 1)", "no column 'SELECT'"),
        ("event_id IN (SELECT event_id FROM x)", "no column 'SELECT'"),
        ("deaths_best + 1 > 2", r"'\+' is not allowed"),
        ("event_type || 'x' = 'y'", "is not allowed"),
        ("x.event_type = 'Riots'", "no column 'x'"),
        ("deaths > 0", "position 1: the events have no column 'deaths'; did you mean deaths_low"),
        ("deaths_best", "is not allowed there"),
        ("1 = 1", "is not allowed there"),
        ("deaths_best >", "is not a condition"),
        ("deaths_best > 0 event_type", "not"),
        ("event_type 'Riots'", "not"),
        ("(deaths_best > 0", "is not a condition"),
        ("event_type = 'Riots", "cannot be read"),
        ("event_type > 0", "event_type is string; compare it with a value in quotes, not 0"),
        ("deaths_best = 'many'", "deaths_best is int64; compare it with a number"),
        ("deaths_best = event_type", "different kinds"),
        ("deaths_best LIKE '1%'", "LIKE looks at text"),
        ("event_type LIKE country", "is not allowed there"),
        ("date > 'yesterday'", "'yesterday' is not a date"),
        ("date > 20201006", "date is date; compare it with a date as 'YYYY-MM-DD'"),
        ("event_type IS TRUE", "is not allowed there"),
        ("event_type = NULL", "is not allowed there"),
        (" ", "where is empty"),
        (lambda rows: rows.deaths, "where cannot be applied"),
        (lambda rows: rows.deaths_best, "where gives int64, not true or false"),
        (ROWS["deaths_best"] > 0, "where cannot be Series"),
    ],
)
def test_what_is_no_condition_is_refused_in_words(where, message):
    with pytest.raises(ValueError, match=message):
        panel(where=where)


def test_a_value_of_sql_stays_a_value():
    """A quote inside quotes, and words of SQL inside a value, are text like any other."""
    rows = ROWS.assign(region=["O'Higgins; DROP TABLE x --", *ROWS["region"].iloc[1:]])
    assert panel(rows, by=(), where="region = 'O''Higgins; DROP TABLE x --'")["events"].sum() == 1


# Faults -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "demand"),
    [
        ("date", "5 October", "a date as YYYY-MM-DD"),
        ("date", "2020-02-30", "a date as YYYY-MM-DD"),
        ("date", "0020-10-05", "a date as YYYY-MM-DD"),
        ("date", "infinity", "a date as YYYY-MM-DD"),
        ("date", "20200-10-05", "a date as YYYY-MM-DD"),
        ("date", "", "never empty"),
        ("deaths_best", "many", "a whole number"),
        ("deaths_low", "-1", "a whole number"),
        ("size_high", "1.5", "a whole number"),
        ("size_high", "1e3", "a whole number"),
        ("size_low", "99999999999999999", "a whole number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(column, value, demand):
    rows = text(ROWS)
    rows.loc[3, column] = value
    with pytest.raises(DataError, match=demand) as error:
        panel(rows, where="event_id = 'A'")  # whatever is asked for
    assert error.value.problems[["line", "column", "value"]].to_numpy().tolist() == [["3", column, value]]


def test_a_file_with_words_of_its_own_is_refused_as_by_its_loader(tmp_path):
    path = tmp_path / "events.csv"
    rows = text(ROWS).assign(
        event_type=["riot", *ROWS["event_type"][1:]], country_iso3=["kgz", *ROWS["country_iso3"][1:]]
    )
    rows.to_csv(path, index=False)
    with pytest.raises(DataError) as error:
        panel(path, by=("country", "event_type"))
    assert error.value.problems[["column", "value"]].to_numpy().tolist() == [
        ["country_iso3", "kgz"],
        ["event_type", "riot"],
    ]
    assert panel(path, by=("country", "event_type"), where="event_id <> 'A'")["events"].sum() == len(ROWS) - 1
    assert panel(rows, by="event_type")["events"].sum() == len(ROWS)  # a frame may have its own


def test_all_bad_cells_are_listed():
    rows = text(ROWS).assign(deaths_best=["x", "y", "1", "1", "1", "1"], size_low="?")
    with pytest.raises(DataError) as error:
        panel(rows)
    assert error.value.problems["column"].value_counts().to_dict() == {"size_low": 6, "deaths_best": 2}


def test_midnight_blanks_and_leading_zeros_are_read():
    rows = text(ROWS)
    rows["date"] = [f" {day} " for day in rows["date"]]
    rows.loc[0, ["date", "deaths_low"]] = ["2020-10-05T00:00", "0001"]
    pd.testing.assert_frame_equal(panel(rows), panel())


def test_a_row_pasted_twice_is_refused():
    with pytest.raises(DataError, match="event_id = 'B': expected one row per event; this id is in 2 rows"):
        panel(pd.concat([ROWS, ROWS.iloc[[1]]]))


def test_one_id_in_two_places_is_refused_too():
    moved = ROWS.iloc[[1]].assign(country_iso3="BLR", date=pd.Timestamp("2020-10-07"))
    with pytest.raises(DataError, match="this id is in 2 rows"):
        panel(pd.concat([ROWS, moved]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "contry"}, "no column 'contry'; did you mean country"),
        ({"by": ("country", "country_iso3")}, "by names a column twice"),
        ({"by": "period"}, "the length of periods is freq"),
        ({"by": "size_low"}, "by cannot name size_low"),
        ({"freq": "ME"}, "unknown freq 'ME'; did you mean 'M'.*epidemiological"),
        ({"start": "soon"}, "start 'soon' is not a date"),
        ({"start": "2020-11-01", "end": "2020-10-01"}, "start 2020-11-01 is after end 2020-10-01"),
        ({"start": "2021-01-01"}, "lies beyond the data"),
        ({"coverage": "2020"}, r"coverage is \(start, end\) or a frame"),
        ({"coverage": ("2020-10-07", "2020-10-05")}, "coverage starts on 2020-10-07, after its end 2020-10-05"),
        ({"coverage": ("2020-10-07", None)}, "needs a start and an end"),
        ({"coverage": pd.DataFrame({"start": ["2020-10-07"]})}, "coverage has no column end"),
        (
            {"coverage": pd.DataFrame({"start": ["2020"], "end": ["2020"], "regoin": ["x"]}), "by": "region"},
            "not split: regoin; did you mean region",
        ),
        ({"where": "event_type = 'Battles'", "coverage": None}, "no event fulfils `where`"),
        ({"start": "1000-01-01", "by": ("event_id", "region", "tone")}, "more than 20,000,000"),
    ],
)
def test_options_that_cannot_be_met_are_refused_in_words(options, message):
    with pytest.raises(ValueError, match=message):
        panel(ROWS.assign(tone=range(6)), **options)


def test_no_events_and_no_coverage_is_an_error():
    with pytest.raises(ValueError, match="there are no events"):
        event_panel(ROWS.head(0))


def test_a_frame_without_dates_is_refused():
    with pytest.raises(ValueError, match="no column 'date'"):
        panel(ROWS.drop(columns="date"))


def test_moments_are_no_calendar_dates():
    with pytest.raises(ValueError, match="local calendar dates"):
        panel(ROWS.assign(date=ROWS["date"].dt.tz_localize("UTC")))


# Files --------------------------------------------------------------------------------------------------------------


def test_files_give_the_panel_of_their_rows(tmp_path):
    text(ROWS.head(4)).to_csv(tmp_path / "a.csv", index=False)
    text(ROWS.tail(2)).to_csv(tmp_path / "b.csv.gz", index=False)
    for events in (str(tmp_path / "*.csv*"), [tmp_path / "a.csv", tmp_path / "b.csv.gz"]):
        pd.testing.assert_frame_equal(panel(events, where="size_low > 10"), panel(where="size_low > 10"))


def test_a_bad_cell_of_a_file_has_its_file_and_line(tmp_path):
    rows = text(ROWS).assign(deaths_best=["1", "x", "", "", "", ""])
    rows.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(DataError, match=r"mine.csv, line 3, deaths_best = 'x': expected a whole number"):
        panel(tmp_path / "mine.csv")


def test_a_file_pasted_to_itself_is_refused(tmp_path):
    text(ROWS).to_csv(tmp_path / "a.csv", index=False)
    text(ROWS).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(DataError, match="this id is in 2 rows"):
        panel(str(tmp_path / "*.csv"))


# Properties ---------------------------------------------------------------------------------------------------------

COUNT = st.none() | st.integers(0, 5)


@st.composite
def frames(draw) -> pd.DataFrame:
    """Draw events of 40 days with gaps; low, best and high may contradict each other."""
    size = draw(st.integers(1, 25))
    rows = st.fixed_dictionaries(
        {
            "date": st.dates(dt.date(2020, 12, 10), dt.date(2021, 1, 19)),
            "country_iso3": st.sampled_from(["KGZ", "BLR"]),
            "region": st.sampled_from(["a", "b", None]),
            "event_type": st.sampled_from(["Riots", "Protests"]),
            **dict.fromkeys(["deaths_low", "deaths_best", "deaths_high"], COUNT),
        }
    )
    frame = pd.DataFrame(draw(st.lists(rows, min_size=size, max_size=size)))
    counts = dict.fromkeys(["deaths_low", "deaths_best", "deaths_high"], "Int64")
    frame = frame.astype({"date": "datetime64[us]", "region": "str", **counts})
    return frame.assign(event_id=[f"E{i}" for i in range(size)])


def silent(events, **options) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return event_panel(events, **options)


def naive(events: pd.DataFrame, by: list[str], freq: str) -> pd.DataFrame:
    """Fill the panel cell by cell."""
    events = events.fillna({"region": "not stated"}).assign(period=events["date"].dt.to_period(freq))
    units = sorted(set(map(tuple, events[by].to_numpy())))
    periods = pd.period_range(events["period"].min(), events["period"].max(), freq=freq)
    rows = {}
    for unit in units:
        for period in periods:
            cell = events[(events[by] == list(unit)).all(axis=1) & (events["period"] == period)]
            open_above = ((cell["deaths_low"].notna() | cell["deaths_best"].notna()) & cell["deaths_high"].isna()).any()
            unsettled = ((cell["deaths_low"].notna() | cell["deaths_high"].notna()) & cell["deaths_best"].isna()).any()
            sums = [cell[f"deaths_{bound}"].sum(min_count=min(1, len(cell))) for bound in ("low", "best", "high")]
            sums[1] = pd.NA if unsettled else sums[1]
            rows[*unit, period] = [len(cell), *sums[:2], pd.NA if open_above else sums[2]]
    index = pd.MultiIndex.from_tuples(rows, names=[*by, "period"])
    names = ["events", "deaths_low", "deaths_best", "deaths_high"]
    return pd.DataFrame(list(rows.values()), index=index, columns=names).astype("Int64")


@given(frames(), st.sampled_from(["D", "W-SUN", "W-SAT", "M"]))
@settings(max_examples=12)
def test_a_panel_is_what_filling_it_cell_by_cell_gives(events, freq):
    found = silent(events, by=("country_iso3", "region"), freq=freq)
    expected = naive(events, ["country_iso3", "region"], freq)
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_index_type=False)


@given(frames(), st.randoms(use_true_random=False))
@settings(max_examples=6)
def test_no_event_is_lost_and_the_order_of_rows_is_irrelevant(events, random):
    before = events.copy()
    found = silent(events, by=("region", "event_type"), freq="W")
    assert found["events"].sum() == len(events)
    order = random.sample(range(len(events)), len(events))
    pd.testing.assert_frame_equal(silent(events.iloc[order], by=("region", "event_type"), freq="W"), found)
    pd.testing.assert_frame_equal(events, before)


@given(frames())
@settings(max_examples=6)
def test_finer_groups_and_periods_add_up_to_coarser_ones(events):
    fine = silent(events, by=("country", "region"), freq="D", start="2020-12", end="2021-01")["events"]
    coarse = silent(events, by="country", freq="M", start="2020-12", end="2021-01")["events"]
    months = fine.index.get_level_values("period").asfreq("M")
    added = fine.groupby([fine.index.get_level_values("country"), months.rename("period")]).sum()
    pd.testing.assert_series_equal(added, coarse, check_index_type=False)
