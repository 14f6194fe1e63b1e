"""Notebooks are stored stripped and stay thin; `make notebooks` runs them."""

import ast
import pathlib
import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from analysis import (
    casualties,
    check,
    comparison,
    dynamics,
    elections,
    event_panel,
    events,
    figures,
    forecast,
    forensics,
    load_cases,
    load_casualties,
    load_elections,
    load_events,
    load_neighbours,
    load_results,
    load_sources,
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
    every = load_events(country="KGZ")
    assert f"{every['date'].min().day} {every['date'].min():%B %Y}" in text
    assert f"{every['date'].max().day} {every['date'].max():%B %Y}" in text
    rally = every.set_index("event_id").loc["KGZ-2020-0033"]
    assert f"from {rally['size_low']:,} to {rally['size_high']:,}" in text
    assert "factor of seven" in text
    assert rally["size_high"] // rally["size_low"] == 7
    assert "Seven in eight have only a day" in text
    assert round(8 * every["time_local"].isna().mean()) == 7
    crisis = every.query("'2020-10-04' <= date <= '2020-10-16'")
    sure = (crisis["date"] == "2020-10-06") & (crisis["date_precision"] == 1)
    assert f"at least {sure.sum()} of the {len(crisis)} events recorded from 4 to 16 October" in text
    seized = crisis.query("action in ['building_seizure', 'mine_seizure']")
    assert f"fell on the 6th, and all {len(seized)} seizures of buildings and mines" in text
    assert seized["date"].astype("str").unique().tolist() == ["2020-10-06"]


def test_numbers_in_the_prose_of_02_are_those_of_the_table() -> None:
    text = prose("02_human_cost")
    reports = load_casualties()
    assert "seven episodes from 2002 to 2020" in text
    october = reports.query("episode == 'KGZ-2020-10'")
    known = [casualties.reconcile(october, as_of=moment).best for moment in ("2020-10-05 23:59:59", "2020-10-06 18:00")]
    known += [
        casualties.reconcile(october).best,
        casualties.reconcile(october, "killed", as_of="2020-10-06 18:00").best,
    ]
    before, evening, last, dead = known
    assert (dead, f"one dead and {evening} injured" in text) == (1, True)
    assert f"it had said {before}; in the end it said {last:,}" in text
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
    of_valid = elections.outcome(count, rules["threshold_pct"], base=rules["valid_votes"])
    assert f"the fifth party was {of_valid['short'].iloc[4]:,} votes short" in text
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
    assert not dose["flagged"].any(), "no party gained beyond chance"
    assert len(dose) == 17
    assert load_table("station_bands")["region"].nunique() == 10, "ten regions, voters abroad being one"
    assert (
        "By the hand count four parties sit if the bar is a share of ballots, and five if it is a share of valid"
        in text
    )


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
    assert "thirty-two of them" in text
    low = october[october["p_value"] < 0.05]
    assert len(low) == 5, "five of 32"
    assert (low["test"] == "turnout_share").sum() == 3, "three of the five"
    assert "more than one in ten simulated clean elections, or more than one in four of these counts" in text
    assert (forensics.result.WOLF_PCT, forensics.result.WOLF_REAL_PCT) == (10, 25)
    digits = october[october["test"] == "last_digit"]
    assert not digits["flagged"].any()
    gap = tests.query("test == 'count_gap' and contestant == 'Birimdik'").iloc[0]
    assert f"up by {gap['statistic']:.0f} votes" in text
    assert gap["statistic_low"] < 0 < gap["statistic_high"]
    clear = tests[(tests["test"] == "count_gap") & tests["flagged"]]
    assert f"one small party is {-clear['statistic'].item():.0f} votes below its share" in text
    klimek = tests[tests["test"] == "klimek"]
    assert not klimek["flagged"].any(), "prefers honest explanations for all real elections here"
    rules = load_elections(election="KGZ-2020-10-04-PARL").iloc[0]
    assert f"{load_table('station_grid')['stations'].sum():,} of {rules['precincts']:,} stations" in text


SPAN_OF_05 = ("2020-09-01", "2021-01-28")
TURNS = [pd.Period(f"2020-10-{day}", freq="D") for day in ("05", "06", "09", "15")]


def crowds() -> pd.DataFrame:
    """Protests and riots of which the day is known."""
    return load_events(country="KGZ").query("event_type in ['Protests', 'Riots'] and date_precision == 1")


def effects(kept: pd.DataFrame) -> pd.DataFrame:
    """Rate ratios at the four turns, of some events."""
    days = event_panel(kept, by=(), coverage=SPAN_OF_05)
    return dynamics.interrupted(days, TURNS, slopes=False, trend=False).effects.set_index("break")


def test_numbers_in_the_prose_of_05_on_counts_are_those_of_the_table() -> None:
    text = prose("05_dynamics")
    every, kept = load_events(country="KGZ"), crowds()
    assert "One event is left out because only its week is known" in text
    assert len(every.query("event_type in ['Protests', 'Riots']")) == len(kept) + 1
    days = event_panel(kept, by=(), coverage=SPAN_OF_05)
    assert f"{(days['events'] == 0).sum()} of {len(days)}" in text
    poisson, negbin = (
        dynamics.fit_counts(days.reset_index(), "events ~ 1", family).zeros.expected for family in ("poisson", "negbin")
    )
    assert f"expects {poisson:.0f} days without any" in text
    assert f"same mean expects {negbin:.0f}" in text
    counts = days["events"]
    storm = counts.loc["2020-10-05":"2020-10-08"].tolist()
    assert "{1} events on its day, {0} on the day before, {2} and {3} after".format(*storm) in text
    assert f"{len(every)} coded events" in text
    assert round(3 * len(kept) / len(every)) == 1, "about a third"
    assert round(10 * counts.loc["2020-10-05":"2020-10-09"].sum() / len(kept)) == 7, "seven in ten"
    assert counts.loc["2020-10-04"] == 0, "no protest on the day of the vote"


def test_numbers_in_the_prose_of_05_on_reporters_are_those_of_the_table() -> None:
    text = prose("05_dynamics")
    every, kept, sources = load_events(country="KGZ"), crowds(), load_sources()
    publishers = events.publishers_by_period(kept, sources)["publishers"]
    assert publishers.loc["2020-09-20"] == 3
    assert f"On 6 October {publishers.loc['2020-10-06']} publishers are cited, on 20 September three" in text
    steady = events.steady_publishers(every, sources, "2020-10-05")
    assert len(steady) == 4
    same = events.reported_by(kept, sources, steady.index)
    assert f"{len(kept) - len(same)} of {len(kept)} events go" in text
    assert set(same["event_id"]) == set(events.reported_by(kept, sources, "24.kg")["event_id"])
    all_of_them, fixed = effects(kept), effects(same)
    first = all_of_them.loc[TURNS[0]], fixed.loc[TURNS[0]]
    assert "from × {:.0f} to × {:.0f}".format(*(row["rate_ratio"] for row in first)) in text
    assert first[0]["low"] < first[1]["rate_ratio"] < first[0]["high"], "inside either interval"
    assert first[1]["low"] < first[0]["rate_ratio"] < first[1]["high"]


def test_findings_in_the_prose_of_05_are_those_of_the_models() -> None:
    text = prose("05_dynamics")
    found = effects(crowds())
    assert found.loc[TURNS[0], "low"] > 10, "beyond doubt"
    assert found.loc[TURNS[2], "high"] < 0.5, "large"
    assert found.loc[TURNS[1], "low"] < 1 < found.loc[TURNS[1], "high"], "the annulment shows nothing"
    days = event_panel(crowds(), by=(), coverage=SPAN_OF_05)
    with pytest.raises(ValueError, match="from 2020-10-04 to 2020-10-04 no event was counted"):
        dynamics.interrupted(days, [pd.Period("2020-10-04"), *TURNS], slopes=False, trend=False)
    left = dynamics.leave_one_out(days, TURNS, slopes=False, trend=False)
    annulment = left[left["break"] == TURNS[1]].set_index("left_out")["rate_ratio"]
    assert (annulment.idxmin(), annulment.idxmax()) == (TURNS[1], pd.Period("2020-10-08"))
    assert "Without the 6th itself the annulment halves the rate; without the 8th it raises it by half" in text
    assert annulment.min() == pytest.approx(0.5, abs=0.05)
    assert annulment.max() == pytest.approx(1.5, abs=0.05)
    assert dynamics.change_points(days).n == 4, "four changes are found"
    strict = dynamics.change_points(days, dispersion="estimate")
    assert strict.breaks.astype(str).tolist() == ["2020-10-04", "2020-10-09"]


def test_numbers_in_the_prose_of_05_on_contagion_are_those_of_the_fits() -> None:
    text = prose("05_dynamics")
    days = event_panel(crowds(), by=(), coverage=SPAN_OF_05)
    own = dynamics.fit_hawkes_counts(days)
    assert (
        "brings on {:.2f} others ({:.2f} to {:.2f})".format(own.branching_ratio, *own.profile("branching_ratio"))
        in text
    )
    assert own.decay > 2, "within hours"
    assert own.profile("branching_ratio")[1] < 1, "just below 1"
    levels = dynamics.change_points(days).levels
    assert len(levels) == 5, "the five levels"
    course = levels["level"].repeat(levels["points"])
    rng = np.random.default_rng(0)
    wrong = [dynamics.fit_hawkes_counts(counts).branching_ratio for counts in rng.poisson(course, (40, len(course)))]
    assert f"{np.mean(wrong):.2f} on average of {len(wrong)} series" in text
    known = dynamics.fit_hawkes_counts(days, rhythm=course, cycle=len(course))
    low, high = known.profile("branching_ratio")
    assert (low, f"and {known.branching_ratio:.2f} is left, with an interval from 0 to {high:.2f}" in text) == (0, True)
    assert f"and fit (p = {known.residual_test.p_value:.3f})" in text
    assert f"does not (p = {own.residual_test.p_value:.3f};" in text
    calm = days["events"].mask((days.index >= "2020-10-04") & (days.index <= "2020-10-15"))
    rest = dynamics.fit_hawkes_counts(calm)
    low, high = rest.profile("branching_ratio")
    assert (low, f"{rest.n} events remain, and anything from 0 to {high:.2f} fits" in text) == (0, True)


def test_what_05_says_of_an_ignored_rhythm_is_what_the_fits_say() -> None:
    text = prose("05_dynamics")
    two_hours = [1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 1]
    times = dynamics.simulate_hawkes(0.5, 0, 1, end=1440, rhythm=two_hours, cycle=24, seed=3)
    ignored = dynamics.fit_hawkes(times, 1440)
    assert f"each seems to bring on {ignored.branching_ratio:.2f} others" in text
    assert ignored.profile("branching_ratio")[0] > 0.2, "far from 0"
    assert ignored.residual_test.p_value > 0.05, "does not notice"
    given = dynamics.fit_hawkes(times, 1440, rhythm=two_hours, cycle=24)
    assert f"and {given.branching_ratio:.2f} are left, with an interval that begins at 0" in text
    assert given.profile("branching_ratio")[0] == 0


def test_what_05_says_of_regions_is_what_is_found() -> None:
    text = prose("05_dynamics")
    borders = load_neighbours()
    wave = crowds().query("'2020-10-04' <= date <= '2020-10-16'")
    order = dynamics.first_protests(wave, neighbours=borders)
    assert "Four regions" in text
    assert (order["days_after"] == 0).sum() == 4
    assert order.loc[["KG-T", "KG-GO"], ["neighbours_before", "neighbours_tied"]].isna().all(axis=None)
    spans = pd.DataFrame({"region": order.index, "start": "2020-09-01", "end": "2020-10-16"})
    longer = event_panel(crowds().query("date <= '2020-10-16'"), by="region", coverage=spans)
    fit = dynamics.new_onsets(longer, borders, capital="KG-GB")
    assert f"rise to × {np.exp(fit.params['neighbours']):.0f}" in text
    assert fit.p_values["neighbours"] < 0.05
    assert fit.graph_p_value > 0.5, "on more than half"
    short = event_panel(wave, by="region", coverage=spans.assign(start="2020-10-04"))
    assert dynamics.new_onsets(short, borders, shuffles=0).onsets == 8


def test_numbers_in_the_prose_of_07_are_those_of_the_backtests() -> None:
    text = prose("07_forecasts")
    cases, night = load_cases(), ["disputed", "official_margin_pct"]
    assert f"{len(cases)} national elections, {cases['election_date'].min().year} to 2024" in text
    exits = forecast.backtest(cases, "incumbent_exit", predictors=night)
    small, old = exits.of("Firth logit"), exits.of("base rate")
    saved = forecast.compare(small["brier"], old["brier"], small["unit"])
    assert f"saves {saved.skill:.0%} of the score, and its interval excludes 0" in text
    assert saved.skill_low > 0
    rate, happened = old["probability"].mean(), old["outcome"].mean()
    assert f"{rate:.0%} on average, where {happened:.0%} of the incumbents fell" in text
    assert exits.best_baseline == "recent base rate"
    assert (exits.n, exits.events) == (95, 9), "Ninety-five forecasts with nine falls"
    skill = exits.skill.loc["Firth logit"]
    assert f"from {-skill['skill_low']:.0%} lost to {skill['skill_high']:.0%} saved" in text
    october = small[(small["unit"] == "KGZ") & (small["date"] == "2020-10-04")].iloc[0]
    assert f"With {october['trained_on']} earlier cases known" in text
    assert f"a chance of {october['probability']:.0%}: about the average forecast" in text
    assert abs(october["probability"] - small["probability"].mean()) < 0.03
    assert f"half of the {cases['days_to_exit'].count()} within {cases['days_to_exit'].median():.0f} days" in text
    leak = ["security_defection"]
    leaky = forecast.backtest(cases, "incumbent_exit", predictors=[*night, *leak], allow=leak)
    assert f"saves {leaky.skill['skill']['Firth logit']:.0%} of the score" in text


def test_verdicts_in_the_prose_of_07_are_those_of_the_figure() -> None:
    text = prose("07_forecasts")
    found = figures.forecasts.backtests(load_cases())
    models = list(figures.forecasts.COLUMNS)
    assert "No model beats the best baseline for any of the four outcomes" in text
    assert all((result.skill.loc[models, "verdict"] == "not distinguishable").all() for result in found.values())
    best = {outcome: result.best_baseline for outcome, result in found.items()}
    assert (
        "For three of them the best baseline is the rate of the last 30 cases; for deaths it is that of the region"
        in text
    )
    assert best.pop("deaths_low") == "region base rate"
    assert set(best.values()) == {"recent base rate"}
    assert all(result.skill["skill"][models[1]] < result.skill["skill"][models[0]] for result in found.values())
    small = [result.of(models[0]) for result in found.values()]
    curves = [forecast.calibration(rows["outcome"], rows["probability"]) for rows in small]
    assert "leaves the band for three of the four outcomes" in text
    assert sum(curve.outside > 0 for curve in curves) == 3
    assert all(rows["outcome"].mean() < rows["probability"].mean() for rows in small), "less often than forecast"
    assert load_cases()["observer_verdict"].nunique() == 5, "eight numbers: four verdicts, three columns, intercept"


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


def test_numbers_in_the_prose_of_06_on_shares_and_neighbours_are_those_of_the_table() -> None:
    text = prose("06_other_crises")
    cases = load_cases().set_index("case_id", drop=False)
    assert f"{len(cases)} national elections in {cases['country_iso3'].nunique()} countries" in text
    assert f"{cases['election_date'].dt.year.min()} to {cases['election_date'].dt.year.max()}" in text
    assert f"({cases['disputed'].sum()} of {len(cases)})" in text
    flags = ["mass_protest", "result_annulled_or_rerun", "incumbent_exit"]
    all_four = cases[flags].all(axis=1) & (cases["deaths_low"] > 0)
    assert f"came together in {all_four.sum()} of the {len(cases)}" in text
    assert all_four["KGZ-2020-10"]
    rates = comparison.base_rates(cases, by="disputed", least_confidence="high")
    every = rates.all_rows.table.set_index(["group", "outcome"])
    assert every.loc["all cases", "share"][["mass_protest", "deaths"]].round(1).tolist() == [0.5, 0.5], "about half"
    assert round(1 / every.loc[("all cases", "incumbent_exit"), "share"]) == 5, "one in five"
    quiet = every.loc["not disputed"]
    assert quiet["events"].sum() == 0
    assert f"they are {quiet['n'].max()}, and the interval still reaches {100 * quiet['high'].max():.0f}%" in text
    assert f"The {rates.cases} cases coded with high confidence" in text
    asian = cases[comparison.world_regions(cases["country_iso3"]) == "Central Asia"]
    assert f"two incumbents fell in {len(asian)} cases" in text
    assert asian.loc[asian["incumbent_exit"], "case_id"].tolist() == ["KGZ-2005-02", "KGZ-2020-10"]
    assert asian.loc[asian["mass_protest"], "case_id"].tolist() == ["KGZ-2005-02", "KGZ-2020-10"]
    assert (asian["country_iso3"] != "KGZ").sum() == 4, "none of the four coded votes outside Kyrgyzstan"
    near = comparison.nearest(cases, "KGZ-2020-10", 10)
    assert near.outcomes["mass_protest"].all(), "all ten"
    assert near.outcomes.index[near.outcomes["incumbent_exit"]].tolist() == [
        "KGZ-2005-02",
        "GEO-2003-11",
        "MLI-2020-04",
    ]
    first = near.table.loc["AZE-2005-11"]
    assert first.name == near.table.index[0]
    assert first["compared"] == 5, "five of eight"
    assert f"anywhere from {first['distance_low']:.0f} to {first['distance_high']:.2f}" in text
    assert near.table.index[near.table["compared"] == 8][0] == "GEO-2003-11"
    votes = cases["country_iso3"].value_counts()
    assert f"{(votes > 1).sum()} of the {len(votes)} countries stand here more than once, Kyrgyzstan nine times" in text
    assert votes["KGZ"] == 9


def test_numbers_in_the_prose_of_06_on_models_are_those_of_the_fits() -> None:
    text = prose("06_other_crises")
    cases = load_cases()
    fit = comparison.fit_logit(
        cases,
        "incumbent_exit ~ mass_protest + incumbent_ran + official_margin_pct",
        penalty="firth",
        least_confidence="high",
    )
    assert fit.separated == ["mass_protest"], "no incumbent fell without mass protest"
    per = (fit.events_per_coefficient, fit.all_rows.events_per_coefficient)
    assert "have {:.1f} events per coefficient on the surer cases and {:.1f} on all".format(*per) in text
    protest = comparison.marginal_effects(fit.all_rows).table.iloc[0]
    effect = (100 * protest[["effect", "low", "high"]].astype("float64")).round().astype(int)
    assert "goes with {} points more, from {} to {}".format(*effect) in text
    with pytest.raises(ValueError, match="security_defection") as refused:
        comparison.fit_logit(cases, "incumbent_exit ~ security_defection", penalty="firth")
    assert f"*{str(refused.value).split('. ')[0]}.*" in text
    unknown = cases[cases["official_margin_pct"].isna()]
    assert f"{len(unknown)} cases have none, {(unknown['election_kind'] == 'parliamentary').sum()} of them" in text
    assert f"with {unknown['incumbent_exit'].sum()} of the {cases['incumbent_exit'].sum()} exits" in text
    pairs = comparison.match(
        cases, "mass_protest", ["official_margin_pct", "incumbent_ran", "turnout_pct"], "incumbent_exit"
    )
    before, after = (pairs.balance[name].abs().max() for name in ("smd_before", "smd_after"))
    assert after < before / 2, "more than halves"
    assert f"the largest is still {after:.2f} standard deviations" in text
    assert f"the {100 * pairs.att:.0f} points between the pairs" in text
    assert (pairs.balance.loc[["official_margin_pct", "incumbent_ran"], "smd_before"] < 0).all(), "closer, fewer stood"


def test_numbers_in_the_prose_of_06_on_times_are_those_of_the_fits() -> None:
    text = prose("06_other_crises")
    found = comparison.exits(load_cases()).frame
    gone = found[found["exited"]].sort_values("time_days")
    assert gone["case_id"].head(3).tolist() == ["CIV-2000-10", "GAB-2023-08", "KGZ-2020-10"]
    assert gone["time_days"].iloc[2] == 11
    assert f"Ten of the {len(gone)} exits came within 30 days" in text
    assert (gone["time_days"] <= 30).sum() == 10
    assert set(gone["mode"].value_counts()) == {2, 6, 7, 8}, "two to eight exits each"
    ratio = comparison.cox(found, "~ official_margin_pct", cluster="country_iso3").ratios.iloc[0]
    assert "goes with {:.2f} times the hazard of falling, from {:.2f} to {:.2f}".format(*ratio[:3]) in text
    with pytest.raises(ValueError, match="every event fell on one side"):
        comparison.cox(found, "~ disputed")
    with pytest.raises(ValueError, match="mass_protest"):
        comparison.cox(found, "~ mass_protest")
    ways = gone.loc[gone["official_margin_pct"].notna(), "mode"].value_counts()
    assert ways[["resigned", "coup"]].tolist() == [6, 3]
    with pytest.warns(UserWarning, match="3 events for 1 coefficient"):
        comparison.fine_gray(found, "~ official_margin_pct", "coup")


def test_cover_in_the_prose_of_06_is_what_the_model_says_of_itself() -> None:
    text, said = prose("06_other_crises"), " ".join(str(comparison.fit_logit.__doc__).split())
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.]+)% \| ([\d.]+)% \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 3
    each, sizes, firth, plain, refused = ("{}, {} and {}".format(*column) for column in zip(*rows, strict=True))
    assert f"500 samples each of {sizes} rows" in said
    assert f"that is {each} events per coefficient" in said
    assert f"{firth} percent under Firth's penalty" in said
    assert f"refused {refused} of the 500 as separated; in the others its intervals covered {plain} percent" in said
    assert "500 samples of each size" in text


def test_numbers_in_the_prose_of_08_on_coverage_are_those_of_the_panel() -> None:
    text = prose("08_your_own_data")
    events = load_events(example("acled"))
    with pytest.warns(UserWarning, match="coverage is not stated") as said:
        assumed = event_panel(events, by="admin1", freq="W")
    assert "zeros are assumed" in str(said[0].message), "fills in zeros and says so"
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
