"""What is asked seldom is answered rightly too, or refused in words."""

import pathlib
import pickle

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import (
    DataError,
    casualties,
    check,
    comparison,
    dynamics,
    elections,
    event_panel,
    figures,
    forensics,
    load_cases,
    load_casualties,
    load_events,
    load_results,
    states,
)
from analysis.__main__ import app
from analysis.formats.examples import example
from analysis.formats.mapping import canonical
from analysis.reading import Held

WEEKLY = pd.Series(np.arange(30) % 7, index=pd.period_range("2020-01-06", periods=30, freq="W"), name="events")


def test_data_error_keeps_its_problems_in_another_process() -> None:
    with pytest.raises(DataError) as raised:
        load_events(Held("mine.csv", b"event_id,date,event_type\nA,2020-02-30,Riots\n"))
    again = pickle.loads(pickle.dumps(raised.value))
    pd.testing.assert_frame_equal(again.problems, raised.value.problems)
    assert str(again) == str(raised.value)


def test_cells_of_every_python_type_are_read_as_they_are_written() -> None:
    frame = pd.DataFrame(
        {
            "event_id": [b"A", 7.0],
            "date": [pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-06")],
            "time_local": [pd.Timestamp("2020-10-05 18:30").time(), None],
            "event_type": ["Riots", "Riots"],
            "size_best": [200.0, None],
        }
    )
    read = load_events(frame)
    assert read["event_id"].tolist() == ["A", "7"]
    assert read["time_local"].tolist()[0] == "18:30"
    assert read["size_best"].tolist() == [200, pd.NA]


def test_check_is_shown_in_a_notebook_with_what_it_set_aside() -> None:
    shown = check(example("acled", faulty=True))._repr_html_()
    assert "57 rows read" in shown
    assert "2024-02-30" in shown


# Casualties -----------------------------------------------------------------------------------------------------------


def test_reports_that_lack_columns_are_refused_and_those_without_a_cut_off_are_not() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    with pytest.raises(ValueError, match="reports lack reported_at; load your file with"):
        casualties.reconcile(october.drop(columns="reported_at"))
    asked = {"measure": "injured", "as_of": "2020-10-06 12:00"}
    with_cut_off, without = (casualties.reconcile(one, **asked) for one in (october, october.drop(columns="as_of")))
    assert (without.low, without.best) == (with_cut_off.low, with_cut_off.best) == (590, 590)


def test_forecast_from_a_count_of_a_part_says_that_it_is_one() -> None:
    reports = load_casualties()
    parts = reports[(reports["episode"] != "KGZ-2020-10") | (reports["population"] != "all")]
    found = casualties.nowcast(parts, "injured", episode="KGZ-2020-10", as_of="2020-10-12")
    assert found.high is None
    assert found.summary().endswith(f"and says nothing of all: {found.known:,} or more.")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ([0, 0], [3, 4], "every range begins at 0"),
        (pd.to_datetime(["2020-10-05"]), [3], "must be numbers, not dates"),
    ],
)
def test_counts_that_settle_no_mean_are_refused(low: object, high: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        casualties.fit_interval_counts(low, high)


def test_no_reports_cannot_be_simulated() -> None:
    with pytest.raises(ValueError, match="at least one is needed"):
        casualties.simulate_reports(0, 1)


# Models ---------------------------------------------------------------------------------------------------------------


def test_confidence_is_asked_of_a_frame_that_states_it() -> None:
    cases = load_cases()
    with pytest.raises(ValueError, match="no column confidence"):
        comparison.base_rates(cases.drop(columns="confidence"), least_confidence="high")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("events ~ C(place", "cannot be read|formula"),
        ("events ~ place +", "formula"),
        ("events ~ x", "occurs twice"),
    ],
)
def test_formula_that_cannot_be_read_is_quoted(formula: str, said: str) -> None:
    frame = pd.DataFrame({"events": [1, 2, 3, 4], "place": list("abab"), "x": [1, 2, 3, 4], "y": [1, 2, 3, 4]})
    frame.columns = ["events", "place", "x", "x"]
    with pytest.raises(ValueError, match=said):
        dynamics.fit_counts(frame, formula)


def test_category_without_rows_is_no_category_of_the_model() -> None:
    frame = pd.DataFrame({"events": [1, 2, 3, 4, 2, 5], "place": pd.Categorical(list("ababab"), ["a", "b", "c"])})
    fit = dynamics.fit_counts(frame, "events ~ place", "poisson")
    assert fit.params.index.tolist() == ["Intercept", "place[T.b]"]
    assert np.exp(fit.params["Intercept"]) == pytest.approx(2)  # (1 + 3 + 2) / 3
    assert np.exp(fit.params["place[T.b]"]) == pytest.approx(11 / 6)


@pytest.mark.parametrize(
    ("series", "options", "said"),
    [
        (WEEKLY.set_axis([pd.NaT, *WEEKLY.index[1:].to_timestamp()]), {}, "missing dates"),
        (WEEKLY.head(2).set_axis(WEEKLY.index[:2].to_timestamp()), {}, "2 dates do not tell how long a period is"),
        (WEEKLY.set_axis(pd.period_range("1999", periods=30, freq="Y")), {"harmonics": 1}, "harmonics need a cycle"),
        (WEEKLY, {"offset": np.ones(3)}, "expected one value for each of the 30 periods"),
        (WEEKLY.drop(WEEKLY.index[4]), {}, "2020-02-03"),
    ],
)
def test_series_that_cannot_be_placed_in_time_is_refused(series: pd.Series, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dynamics.interrupted(series, ["2020-04-06"], **options)


def test_hours_are_told_by_their_distance() -> None:
    hours = pd.Series([3, 1, 4, 1, 5, 9, 2, 6, 5, 3] * 5, index=pd.date_range("2020-10-05", periods=50, freq="h"))
    assert (
        "50 periods from 2020-10-05 00:00 to 2020-10-07 01:00"
        in dynamics.interrupted(hours, ["2020-10-06 00:00"]).summary()
    )


def test_unit_of_times_is_one_that_pandas_knows() -> None:
    times = pd.to_datetime(["2020-10-05 18:00", "2020-10-05 19:30", "2020-10-06 02:00"])
    with pytest.raises(ValueError, match="expected one of pandas, such as 'h'"):
        dynamics.fit_hawkes(times, unit="fortnight")


# Elections, events, states --------------------------------------------------------------------------------------------


def test_rae_leaves_out_parties_below_its_minimum() -> None:
    votes, seats = {"A": 60.0, "B": 39.5, "C": 0.5}, {"A": 6, "B": 4, "C": 0}
    # |60 - 60| and |39.5 - 40| over two parties
    assert elections.disproportionality(votes, seats, "rae", minimum_pct=1) == pytest.approx(0.25)
    with pytest.raises(ValueError, match='minimum_pct is a rule of index="rae"'):
        elections.disproportionality(votes, seats, "gallagher", minimum_pct=1)
    with pytest.raises(ValueError, match="no party has 70 percent"):
        elections.disproportionality(votes, seats, "rae", minimum_pct=70)
    with pytest.raises(ValueError, match="no votes or no seats at all"):
        elections.disproportionality({"A": 10, "B": None}, {"A": 0, "B": 5}, others="drop")


def test_codes_are_read_on_times_of_a_clock_and_need_a_date_each() -> None:
    assert states.resolve(
        pd.Series(["365"]), "gw", dates=pd.Series(pd.to_datetime(["1991-12-26 10:00Z"]))
    ).tolist() == ["RUS"]
    with pytest.raises(ValueError, match="1 for 2 codes"):
        states.resolve(pd.Series(["365", "703"]), "gw", dates=pd.Series(["2000-01-01"]))


def test_two_names_that_become_one_are_refused() -> None:
    with pytest.raises(DataError, match="names a column twice: 'event_id'"):
        canonical(["Event ID", "event_id"], "mine.csv")


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ({}, "no votes given"),
        (pd.DataFrame({"party": ["A"], "ballots": [10]}), "lacks contestant or votes; give a Series"),
    ],
)
def test_votes_that_are_none_are_refused(votes: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        elections.allocate_seats(votes, 10)


def test_regional_minimum_wants_regional_rows() -> None:
    rows = load_results(election="KGZ-2020-10-04-PARL")
    national = rows[rows["stage"] == "preliminary_2020-10-05T11:00"]
    with pytest.raises(ValueError, match='load them with level="region"'):
        elections.allocate_seats(national, 120, regional=national, regional_threshold=0.7)


# Panels ---------------------------------------------------------------------------------------------------------------

ROWS = pd.DataFrame({"date": ["2024-01-01", "2024-01-02"], "admin1": ["North", "South"], "deaths_best": [1.0, np.nan]})


def test_columns_of_any_type_are_counted_or_named() -> None:
    asked = {"by": "admin1", "freq": "D", "coverage": ("2024-01-01", "2024-01-02")}
    plain = event_panel(ROWS, **asked)
    assert plain["deaths_best"].tolist() == [1, 0, 0, pd.NA]
    pd.testing.assert_frame_equal(event_panel(ROWS.astype({"admin1": "category", "date": "object"}), **asked), plain)
    with pytest.raises(DataError, match=r"deaths_best = '1.5': expected"):
        event_panel(ROWS.assign(deaths_best=[1.5, 2.0]), **asked)
    with pytest.raises(ValueError, match="the column date is of type int64; a panel needs local calendar dates"):
        event_panel(ROWS.assign(date=[20240101, 20240102]), **asked)
    with pytest.raises(ValueError, match=r"deaths_best is of type timestamp.*; a panel needs whole numbers"):
        event_panel(ROWS.assign(deaths_best=pd.Timestamp("2024-01-01")), **asked)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"where": "reported_at > '2024-01-01'"}, "time of mixed precision; compare `date`"),
        ({"where": "deaths_best = 99999999999999999999999999999999999999999"}, "a value that no column can hold"),
        ({"coverage": pd.DataFrame({"admin1": [], "start": [], "end": []})}, "coverage has no rows"),
    ],
)
def test_panel_that_cannot_be_asked_for_is_refused(options: dict, said: str) -> None:
    rows = ROWS.assign(reported_at=pd.Timestamp("2024-01-03", tz="UTC"))
    asked = {"by": "admin1", "freq": "D", "coverage": ("2024-01-01", "2024-01-02")} | options
    with pytest.raises(ValueError, match=said):
        event_panel(rows, **asked)


# Cases and lists ------------------------------------------------------------------------------------------------------


def test_what_a_case_does_not_state_is_said_and_not_compared() -> None:
    cases = load_cases()
    cases.loc[cases["case_id"] == "KGZ-2020-10", "turnout_pct"] = np.nan
    said = comparison.nearest(cases, "KGZ-2020-10", 2).summary()
    assert "Not compared, because missing in KGZ-2020-10: " in said
    assert "turnout" in said
    with pytest.raises(ValueError, match="variables is empty"):
        comparison.nearest(cases, "KGZ-2020-10", 2, variables=[])


def test_corrections_of_a_logit_are_named() -> None:
    cases = load_cases()
    frame = pd.DataFrame({"fell": cases["incumbent_exit"].astype("float64"), "margin": cases["official_margin_pct"]})
    fit = comparison.fit_logit(frame, "fell ~ margin", prevalence=0.05, correction="weighting", bias="king_zeng")
    said = "Corrected: rows weighted to a population share of events of 0.05, as given, small-sample bias subtracted"
    assert said in fit.summary()


def test_two_lists_allow_one_model_and_say_so() -> None:
    cells = pd.DataFrame({"a": [1, 1, 0], "b": [1, 0, 1], "count": [20, 30, 40]})
    said = casualties.multiple_systems(cells).summary()
    assert "Two lists allow a single model, and no check of it." in said


# Figures --------------------------------------------------------------------------------------------------------------


def test_reasons_name_tables_that_came_and_went(tmp_path: pathlib.Path) -> None:
    path = figures.write("form2", tmp_path)
    listed = tmp_path / "manifest.json"
    text = listed.read_text(encoding="utf-8")
    assert '"turnout"' in text
    listed.write_text(text.replace('"turnout"', '"ballots"'), encoding="utf-8")
    path.write_bytes(path.read_bytes().replace(b"</svg>", b" </svg>"))
    said = figures.difference("form2", tmp_path)
    assert "ballots.csv is no longer read" in said
    assert "turnout.csv is read too" in said


# Polling stations -----------------------------------------------------------------------------------------------------


def test_report_names_what_flags_and_what_of_it_means_little() -> None:
    found = forensics.report(forensics.simulate(200, seed=3), resamples=20, permutations=50)
    said = found.summary().splitlines()
    flagged = found.tests.index[found.tests["flagged"]]
    assert said[0] == f"{len(flagged)} of {len(found.tests)} tests flag at 5%: {', '.join(flagged) or 'none'}."
    after = found.tests.index[found.tests["p_holm"] <= 0.05]
    assert said[1].endswith(f" p-values: {', '.join(after) or 'none'}.")
    assert set(after) <= set(flagged)
    assert said[-1] == "No test proves fraud, and none proves its absence."
    assert [line for line in said if line.startswith("Not run: ")] == [
        f"Not run: {row.test} ({row.reason})." for row in found.not_run.itertuples()
    ]
    with pytest.raises(ValueError, match="alpha is 5; expected a number between 0 and 1"):
        forensics.report(forensics.simulate(200, seed=3), alpha=5)


def test_stations_that_contradict_themselves_are_refused() -> None:
    rows = pd.DataFrame(
        {
            "station_id": ["1", "1", "2", "2"],
            "region": ["N", "N", "S", "S"],
            "registered": [100, 100, 200, 200],
            "contestant": ["A", "B", "A", "B"],
            "votes": [10, 20, 30, 40],
        }
    )
    assert forensics.stations(rows, "A")["votes"].tolist() == [10, 30]
    with pytest.raises(DataError, match="one row per station for 'A'"):
        forensics.stations(pd.concat([rows, rows.head(1)]), "A")
    with pytest.raises(DataError, match="the same region, registered on every row of a station"):
        forensics.stations(rows.assign(registered=[100, 101, 200, 200]), "A")
    with pytest.raises(DataError, match="a station in every row; 1 have none"):
        forensics.stations(rows.assign(station_id=["1", "1", "2", None]), "A")


# Spans and formats ----------------------------------------------------------------------------------------------------


def test_span_that_is_none_or_holds_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="start 2020-10-06 is after end 2020-10-05"):
        load_events(start="2020-10-06", end="2020-10-05")
    mine = Held("mine.csv", b"event_id,date,event_type\nA,2020-10-05,Riots\n")
    with pytest.raises(ValueError, match="no events in that span, and your file does not say what it covers"):
        load_events(mine, start="2021-01-01")
    assert load_events(mine, format="unrest")["event_id"].tolist() == ["A"]


def test_effects_of_a_logit_are_said_in_points_with_their_interval() -> None:
    cases = load_cases()
    frame = pd.DataFrame({"fell": cases["incumbent_exit"].astype("float64"), "margin": cases["official_margin_pct"]})
    effects = comparison.marginal_effects(comparison.fit_logit(frame, "fell ~ margin"))
    row = effects.table.iloc[0]
    assert f"{100 * row['effect']:+.1f} (95% interval {100 * row['low']:+.1f} to" in effects.summary()
    assert effects.summary().endswith("Associations in these rows, not effects of acts.")


def test_groups_that_no_event_compares_have_no_test() -> None:
    groups = pd.Series(["early", "early", "late", "late"])
    found = comparison.survival([1, 2, 3, 4], [0, 0, 1, 1], group=groups)
    assert "No moment can tell the groups apart" in found.summary()
    assert found.at([1]).index.get_level_values("group").tolist() == ["early", "late"]


def test_groups_that_leave_at_different_times_are_said_to_differ() -> None:
    found = comparison.survival(range(1, 41), [1] * 40, group=["early"] * 20 + ["late"] * 20)
    assert found.test.p_value < 0.001
    assert "The curves differ (log-rank chi-squared" in found.summary()


# Command line ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a data set"),
        (["ucdp", "--update", "old.csv"], "--update is for acled; fetch ucdp anew"),
        (["ucdp_ged_26_1", "--start", "2020-01-01"], "--start is for acled and ucdp; ucdp_ged_26_1 is fetched by file"),
    ],
)
def test_option_of_another_data_set_is_refused_before_anything_is_fetched(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["fetch", *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
