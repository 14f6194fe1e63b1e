"""Notebooks are stored stripped and stay thin; `make notebooks` runs them."""

import ast
import pathlib
import re

import nbformat
import pandas as pd
import pytest

from analysis import (
    casualties,
    check,
    elections,
    event_panel,
    forensics,
    load_casualties,
    load_elections,
    load_events,
    load_results,
    load_table,
    notebooks,
)
from analysis.formats.examples import example
from analysis.states import resolve

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_LINES = 8


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> pathlib.Path:
    return request.param


def code_cells(path: pathlib.Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def python(cell: nbformat.NotebookNode) -> ast.Module:
    return ast.parse("\n".join(line for line in cell.source.splitlines() if not line.startswith("%")))


def test_file_is_canonical_and_without_outputs(path: pathlib.Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_cells_have_names(path: pathlib.Path) -> None:
    names = [cell["id"] for cell in nbformat.read(path, as_version=4).cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\d?(-[a-z]+\d?)*", name) for name in names), "ids are words, not hashes"


def test_shape_is_question_data_and_limits(path: pathlib.Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].source.startswith("# ")
    assert "?**" in cells[0].source
    assert "CC BY 4.0" in cells[1].source
    assert cells[-1].source.startswith("## What this does not show")


def test_cells_are_thin(path: pathlib.Path) -> None:
    for cell in code_cells(path):
        assert len(cell.source.splitlines()) <= CELL_LINES
        for node in ast.walk(python(cell)):
            assert not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.BinOp)), cell["id"]
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "/" not in node.value, "no file paths"


def prose(name: str) -> str:
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_numbers_in_the_prose_of_01_are_those_of_the_table() -> None:
    text = prose("01_what_happened")
    every = load_events()
    assert f"{every['date'].min().day} {every['date'].min():%B %Y}" in text
    assert f"{every['date'].max().day} {every['date'].max():%B %Y}" in text
    rally = every.set_index("event_id").loc["KGZ-2020-0033"]
    assert f"from {rally['size_low']:,} to {rally['size_high']:,}" in text
    assert "factor of seven" in text
    assert rally["size_high"] // rally["size_low"] == 7
    assert "Seven in eight have only a day" in text
    assert round(8 * every["time_local"].isna().mean()) == 7


def test_numbers_in_the_prose_of_02_are_those_of_the_table() -> None:
    text = prose("02_human_cost")
    reports = load_casualties()
    assert "seven episodes from 2002 to 2020" in text
    assert reports["episode"].nunique() == 7
    first_death = reports.query("episode == 'KGZ-2020-10' and measure == 'killed' and value > 0")["reported_at"].min()
    assert f"at {first_death.tz_convert('Asia/Bishkek'):%H:%M} it named one death" in text
    assert "more than 600" in text.lower()
    coverage = casualties.nowcast_coverage(reports)
    assert f"{coverage['covered'].sum()} times in {len(coverage)}" in text
    missed = coverage.index[~coverage["covered"]].tolist()
    assert missed == [
        ("KGZ-2010-06", 48),
        ("KGZ-2010-06", 96),
        ("KGZ-2019-08", 24),
        ("KGZ-2020-10", 6),
        ("KGZ-2020-10", 12),
    ]
    assert (coverage["high"] / coverage["low"]).max() > 10**2.5, "three orders of magnitude"
    lists = pd.DataFrame({"hospital": [1, 1, 0], "families": [1, 0, 1], "count": [30, 170, 120]})
    assert f"about {casualties.multiple_systems(lists).estimate:.0f} in all" in text
    before = reports.query("episode == 'KGZ-2020-10' and measure == 'killed' and reported_at_precision == 'minute'")
    assert before["reported_at"].min() == first_death


def test_numbers_in_the_prose_of_03_are_those_of_the_tables() -> None:
    text = prose("03_the_vote")
    rules = load_elections(election="KGZ-2020-10-04-PARL").iloc[0]
    count = load_results(election="KGZ-2020-10-04-PARL", stage="preliminary_2020-10-05T11:00")
    result = elections.outcome(count, rules["threshold_pct"], base=rules["ballots_cast"])
    below = result[~result["passed"] & ~result["is_option"]]
    assert f"{below['short'].iloc[0]:,} votes short" in text
    assert f"for {rules['seats_total']} seats" in text
    assert result["passed"].sum() == 4
    assert "Four passed" in text
    assert round(3 * result["wasted"].sum() / rules["ballots_cast"]) == 1
    assert "third of the ballots" in text
    stations = load_table("station_bands").drop_duplicates(["region", "form2_band"])["stations"].sum()
    assert f"{stations:,} of {rules['precincts']:,} are in the station files" in text
    assert f"recovered for {load_table('station_grid')['stations'].sum():,}" in text
    manual = load_results(election="KGZ-2020-10-04-PARL", stage="manual_2020-10-05T11:00")
    assert f"first {manual['counted_pct'].iloc[0]:.0f}% of stations" in text
    then = set(manual.loc[manual["vote_share_pct"] >= rules["threshold_pct"], "contestant"])
    now = set(result.index[result["passed"]])
    assert (len(then - now), len(now - then)) == (2, 1), "two other parties over the bar, and one below it"


def test_seats_and_bars_in_the_prose_of_03_follow_from_the_votes() -> None:
    text = prose("03_the_vote")
    rules = load_elections(election="KGZ-2020-10-04-PARL").iloc[0]
    count = load_results(election="KGZ-2020-10-04-PARL", stage="preliminary_2020-10-05T11:00")
    base = elections.bases_of(rules, count)["ballots"]
    seats = elections.allocate_seats(count, rules["seats_total"], threshold=7, base=base, cap=65).seats
    first, second, third, fourth = seats[seats > 0].sort_values(ascending=False)
    assert f"{first}, {second}, {third} and {fourth}" in text
    hand = load_results(election="KGZ-2020-10-04-PARL", stage="precincts_manual_2020-10-23", level="national")
    fifth = hand.set_index("contestant")["vote_share_pct"].nlargest(5).iloc[-1]
    assert f"has {fifth:.2f}% of the valid votes there" in text
    curve = elections.threshold_curve(hand, 120, [7], bases=elections.bases_of(rules, hand), cap=65)
    assert curve["passed"].tolist() == [5, 4, 2]
    assert "five parties pass on valid votes, four on ballots, two on registered voters" in text
    assert f"covers {hand['counted_pct'].iloc[0]:.2f}% of stations" in text
    dose = load_table("station_tests").query("test == 'dose_response'").set_index("contestant")
    assert dose["statistic"].idxmax() == "Birimdik"
    assert not dose["flagged"].any()
    assert len(dose) == 17


def test_numbers_in_the_prose_of_04_are_those_of_the_tables() -> None:
    text = prose("04_forensics")
    tests = load_table("station_tests")
    assert "nine elections" in text
    assert tests["election"].nunique() == 9
    rates = forensics.error_rates()
    assert rates.loc["turnout_share", "real_pct"] == 100, "flag nearly every real election"
    assert rates.loc[~rates["wolf"], "busing_pct"].max() < 20, "bused voters are found in few"
    october = tests[(tests["election"] == "KGZ-2020-10-04-PARL") & tests["rank"].notna()]
    assert october["p_value"].notna().sum() == 32
    assert "Thirty-two p-values" in text
    digits = october[october["test"] == "last_digit"]
    assert not digits["flagged"].any()
    gap = tests.query("test == 'count_gap' and contestant == 'Birimdik'").iloc[0]
    assert f"up by {gap['statistic']:.0f} votes" in text
    assert gap["statistic_low"] < 0 < gap["statistic_high"]
    clear = tests[(tests["test"] == "count_gap") & tests["flagged"]]
    assert f"one small party lost {-clear['statistic'].item():.0f}" in text
    klimek = tests[tests["test"] == "klimek"]
    assert not klimek["flagged"].any(), "prefers honest explanations for all real elections here"
    rules = load_elections(election="KGZ-2020-10-04-PARL").iloc[0]
    assert f"{load_table('station_grid')['stations'].sum():,} of {rules['precincts']:,} stations" in text


OWN_COVERAGE = pd.DataFrame(
    {
        "admin1": ["Upper Example", "Lower Example", "Far Example", "Near Example"],
        "start": ["2024-01-01", "2024-01-01", "2024-02-05", "2024-01-01"],
        "end": "2024-03-31",
    }
)


def test_what_08_says_of_the_file_is_what_check_finds() -> None:
    text = prose("08_your_own_data")
    mine = check(example("acled", faulty=True))
    assert f"has {mine.rows_read} rows: {len(mine.good)} fit and {len(mine.set_aside)} is set aside" in text
    assert mine.set_aside["acled_event_date"].tolist() == ["2024-02-30"]
    assert "no 30 February" in text
    assert len(mine.survey.repeats) == 1, "one more shares its day, place, type and actors"
    sizes = load_events(example("acled")).drop_duplicates("size_text").set_index("size_text")
    low, high = sizes.loc["dozens", ["size_low", "size_high"]]
    assert f'"dozens" is {low} to {high}' in text
    about = sizes.loc["around 200"]
    assert about[["size_low", "size_best", "size_high"]].fillna(-1).tolist() == [-1, 200, -1]
    assert sizes["deaths_high"].isna().all()


def test_numbers_in_the_prose_of_08_on_coverage_are_those_of_the_panel() -> None:
    text = prose("08_your_own_data")
    events = load_events(example("acled"))
    with pytest.warns(UserWarning, match="coverage is not stated") as said:
        assumed = event_panel(events, by="admin1", freq="W")
    assert f"> {said[0].message}\n" in f"{text}\n"
    weeks = event_panel(events, by="admin1", freq="W", coverage=OWN_COVERAGE)
    assert weeks.loc["Far Example", "events"].isna().sum() == 5, "five weeks without coverage"
    assert (weeks.loc["Near Example", "events"] == 0).all(), "looked for events and found none"
    some = weeks.query("events > 0")
    far = [frame.loc["Far Example", "events"].mean() for frame in (assumed, weeks, some)]
    assert "had {:.2f} events a week if five weeks without coverage count as quiet, and {:.2f}".format(*far) in text
    assert f"would say {far[2]:.2f}" in text
    severe = "event_type = 'Riots' OR deaths_best > 0"
    months = event_panel(events, by="admin1", freq="M", coverage=OWN_COVERAGE, where=severe)
    assert f"{months['events'].sum()} riots or deadly events here" in text
    assert months["events"].isna().loc["Far Example"].tolist() == [True, True, False], "February is missing"
    spread = weeks["events"].groupby("admin1").agg(["mean", "var"]).loc[["Upper Example", "Far Example"]]
    assert f"{spread['mean'].iloc[0] / spread['mean'].iloc[1]:.1f} times the events of Far Example" in text
    assert f"is {spread['var'].iloc[0] / spread['mean'].iloc[0]:.1f} times their mean" in text


def test_numbers_in_the_prose_of_08_on_deaths_news_and_codes_are_those_of_the_files() -> None:
    text = prose("08_your_own_data")
    clashes = load_events(example("ucdp_ged"))
    quarters = event_panel(clashes, by=(), freq="Q", coverage=("2019-01-01", "2020-12-31"))
    total = quarters[["deaths_low", "deaths_best", "deaths_high"]].sum()
    assert "the {} quarters add up to {} to {} deaths, best {}".format(len(quarters), *total.iloc[[0, 2, 1]]) in text
    assert quarters.loc["2019Q3", "events"] == 0
    gap = check(example("ucdp_ged")).survey.gaps.iloc[0]
    assert f"{gap['days']} days without an event, where {gap['expected_events']:.0f} were expected" in text
    tail = casualties.severity(clashes["deaths_best"], resamples=0)
    assert f"the fit gives {tail.alpha:.2f}" in text
    assert tail.lognormal_p > 0.1, "cannot tell it from a lognormal"
    assert f"for {len(clashes)} events" in text
    news = load_events(example("gdelt"))
    protests = (news["event_type"] == "Protests").sum()
    assert f"Of these {len(news)} rows, {len(news) - protests} are talk" in text
    assert f"and {protests} are protests" in text
    assert (news["date"] < "2024-01-01").sum() == 2, "two are dated a year before they were added"
    days = pd.Series(["2003-02-03", "2006-06-04", "2006-06-05"])
    assert resolve(pd.Series(["345"] * 3), "gw", days).tolist() == ["YUG", "SCG", "SRB"]


def test_failing_cell_is_named(tmp_path: pathlib.Path) -> None:
    cell = nbformat.v4.new_code_cell("1 / 0")
    cell["id"] = "division"
    bad = tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), bad)
    with pytest.raises(RuntimeError, match=r"bad\.ipynb, cell division: ZeroDivisionError"):
        notebooks.run(bad)


def test_warning_in_a_cell_is_a_failure(tmp_path: pathlib.Path) -> None:
    cell = nbformat.v4.new_code_cell("import warnings; warnings.warn('old')")
    cell["id"] = "careless"
    bad = tmp_path / "bad.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), bad)
    with pytest.raises(RuntimeError, match=r"bad\.ipynb, cell careless warns"):
        notebooks.run(bad)
