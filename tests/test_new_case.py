"""A crisis of your own: a folder to fill, checked, drawn, and the same as a bundled one."""

import json
import pathlib
import shutil
from collections.abc import Callable

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from typer.testing import CliRunner, Result

from analysis import check_case, events, figures, load_casualties, load_crisis, load_events, load_results
from analysis.__main__ import app
from analysis.bundled import data_folder
from analysis.charts import style
from analysis.columns import DataError
from analysis.crisis import TABLES_OF_A_CRISIS
from analysis.new_case import NOTEBOOK, write_case

LEBANON = {
    "events": """event_id,date,event_type,country_iso3,location,size_best,turning_point,source_ids
A1,2019-10-17,Protests,LBN,Beirut,5000,Tax on calls,S1
A2,2019-10-18,Riots,LBN,Tripoli,,,S2
A3,2019-10-29,Strategic developments,LBN,Beirut,,Premier resigns,S2
""",
    "sources": """source_id,publisher,title,url,published
S1,Daily,Title,https://example.org/1,2019-10-17T22:00+03:00
S2,Agency,Title,https://example.org/2,2019-10-29
""",
    "casualties": """report_id,episode,country_iso3,reported_at,measure,population,scope,location,value,qualifier,\
issuing_body,issuer_type,source_ids
R1,LBN-2019-10,LBN,2019-10-18,injured,all,cumulative,Lebanon,60,at_least,Red Cross,medical,S2
""",
}
VOTE = {
    "elections": """election_id,country_iso3,date,kind,threshold_pct,threshold_base,ballots_cast,seats_total,source_ids
LBN-2019-10-20-PARL,LBN,2019-10-20,parliamentary,10,ballots,1000,10,S2
""",
    "results": """election_id,stage,count_method,reported_at,level,contestant,alignment,votes,vote_share_pct,source_ids
LBN-2019-10-20-PARL,final,final,2019-10-21,national,Cedar,pro_government,600,60,S2
LBN-2019-10-20-PARL,final,final,2019-10-21,national,Sea,opposition,300,30,S2
LBN-2019-10-20-PARL,final,final,2019-10-21,national,Hill,opposition,90,9,S2
""",
}


@pytest.fixture
def lebanon(tmp_path: pathlib.Path) -> pathlib.Path:
    """Three events, one statement, two sources, in the fewest columns."""
    folder = tmp_path / "lebanon_2019"
    return filled(folder, LEBANON)


@pytest.fixture(scope="module")
def belarus(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("cases") / "belarus"
    write_case(folder, "Belarus")
    return folder


def filled(folder: pathlib.Path, tables: dict[str, str]) -> pathlib.Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def drawn(draw: Callable[[], Figure]) -> list[str]:
    """All that is written in a figure but its source and the line at its foot."""
    with style.style():
        figure = draw()
        FigureCanvasAgg(figure).draw()
    return [text.get_text() for text in figure.findobj(Text) if text.get_gid() not in {"source", "made"}]


def unrest(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_new_folder_has_the_columns_of_the_dictionary_and_no_rows(tmp_path: pathlib.Path) -> None:
    done = unrest("new", tmp_path / "case")
    assert (done.exit_code, done.stderr) == (0, "")
    for name in TABLES_OF_A_CRISIS:
        [header] = (tmp_path / "case" / f"{name}.csv").read_text().splitlines()
        bundled = (data_folder() / f"{name}.csv").read_text().splitlines()[0]
        assert header == bundled
    codebook = (tmp_path / "case/README.md").read_text()
    assert all(f"## {name}\n" in codebook for name in TABLES_OF_A_CRISIS)
    assert "0 rows" in codebook


def test_new_never_writes_over_what_is_there(tmp_path: pathlib.Path) -> None:
    (tmp_path / "sources.csv").write_text("mine")
    done = unrest("new", tmp_path)
    assert done.exit_code == 2
    assert "sources.csv there already; nothing was written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["sources.csv"]


def test_an_empty_case_says_what_to_do(tmp_path: pathlib.Path) -> None:
    unrest("new", tmp_path / "case")
    assert unrest("check", tmp_path / "case").exit_code == 1
    done = unrest("figures", "--data", tmp_path / "case")
    assert done.exit_code == 2
    assert "events.csv: no events yet; README.md beside it" in done.stderr
    assert unrest("figures", "--data", tmp_path / "none").stderr.endswith("none` makes one to fill\n")


def test_bundled_crisis_comes_back_from_its_folder(belarus: pathlib.Path) -> None:
    own, bundled = load_crisis(belarus), load_crisis(country="BLR")
    for name in ("events", "casualties", "election", "results"):
        pd.testing.assert_frame_equal(getattr(own, name), getattr(bundled, name))
    assert (own.start, own.end, own.timezone, own.name) == (bundled.start, bundled.end, "Europe/Minsk", "Belarus")
    assert len(own.events) >= 40
    assert len(own.casualties) >= 25
    split = check_case(belarus)
    assert split.fits
    assert split.unresolved.empty


@pytest.mark.parametrize("name", figures.OF_A_CASE)
def test_figure_of_a_folder_says_what_that_of_the_bundled_tables_says(belarus: pathlib.Path, name: str) -> None:
    draw = getattr(figures, name)
    assert drawn(lambda: draw(data=belarus)) == drawn(lambda: draw(country="Belarus"))


def test_crisis_as_of_is_what_the_loaders_show_by_then() -> None:
    moment = "2020-10-06 18:00"
    then = load_crisis(country="KGZ", as_of=moment)
    pd.testing.assert_frame_equal(then.events, load_events(country="KGZ", as_of=moment))
    pd.testing.assert_frame_equal(then.casualties, load_casualties(episode="KGZ-2020-10", as_of=moment))
    pd.testing.assert_frame_equal(then.results, load_results(election="KGZ-2020-10-04-PARL", as_of=moment))


def test_three_events_are_enough_and_what_is_lacking_is_said(lebanon: pathlib.Path) -> None:
    done = unrest("figures", "--data", lebanon)
    assert done.exit_code == 0
    assert done.stderr == "unrest: no vote: elections.csv has no vote in these days\n"
    assert {path.stem for path in (lebanon / "figures").glob("*.svg")} == {"timeline", "toll", "briefing"}
    words = drawn(lambda: figures.timeline(data=lebanon))
    assert "3 recorded events, none on the same day as another" in words
    assert "Tax on calls" in words


def test_latest_briefing_shows_what_was_reported_last(lebanon: pathlib.Path) -> None:
    words = drawn(lambda: figures.briefing(data=lebanon))
    assert "Premier resigns" in words, "its source is known by the day alone: the end of the 29th"
    assert any(text.startswith("Lebanon, as known on 29 October 2019 at 23:59.") for text in words)
    assert "No official count of dead or injured, no seizure reported" in words
    assert any("Highest of others: 60 or more." in " ".join(text.split()) for text in words)
    early = drawn(lambda: figures.briefing("2019-10-17 23:00", data=lebanon))
    assert "Tax on calls" in early
    assert "Premier resigns" not in early


def test_one_event_without_a_source_has_a_timeline(tmp_path: pathlib.Path) -> None:
    folder = filled(tmp_path, {"events": "event_id,date,event_type,country_iso3\nA1,2019-10-17,Protests,LBN\n"})
    done = unrest("figures", "--data", folder)
    assert done.exit_code == 0
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" no toll", " no vote", " no briefing"]
    assert "One event recorded, on 17 October 2019" in drawn(lambda: figures.timeline(data=folder))


def test_vote_is_held_against_the_bar_of_its_own_base(lebanon: pathlib.Path) -> None:
    filled(lebanon, VOTE)
    words = drawn(lambda: figures.vote(data=lebanon))
    assert "2 of 3 parties cleared the national bar; 9% of ballots went to the others" in words
    assert "9.00%   10 votes short" in words
    assert "Lebanon: final result, 21 October 2019." in words


def test_vote_without_a_bar_names_the_first_two(lebanon: pathlib.Path) -> None:
    filled(lebanon, {**VOTE, "elections": VOTE["elections"].replace(",10,ballots,", ",,,")})
    assert "60.0% for Cedar, 30.0% for Sea" in drawn(lambda: figures.vote(data=lebanon))


def test_shares_without_votes_are_taken_as_published(lebanon: pathlib.Path) -> None:
    results = VOTE["results"]
    for votes, share in ((600, 60), (300, 30), (90, 9)):
        results = results.replace(f",{votes},{share},", f",,{share},")
    filled(lebanon, {**VOTE, "results": results})
    words = drawn(lambda: figures.vote(data=lebanon))
    assert "60.00%" in words
    assert "2 of 3 parties cleared the national bar; 9% of votes, base not stated went to the others" in words
    assert not any("votes short" in text for text in words), "nobody stated votes"


def test_votes_of_contestants_too_many_to_draw_still_count(lebanon: pathlib.Path) -> None:
    small = "".join(
        f"LBN-2019-10-20-PARL,final,final,2019-10-21,national,List {n},opposition,10,1,S2\n" for n in range(30)
    )
    results = VOTE["results"].replace(",600,60,", ",310,31,") + small
    filled(lebanon, {**VOTE, "results": results})
    words = drawn(lambda: figures.vote(data=lebanon))
    assert "2 of 33 parties cleared the national bar; 39% of ballots went to the others" in words
    with style.style():
        source = next(text for text in figures.vote(data=lebanon).texts if text.get_gid() == "source").get_text()
    assert "Not drawn: 15 smaller ones." in source


def test_bad_cell_is_named_with_its_file_and_line(lebanon: pathlib.Path) -> None:
    events_csv = lebanon / "events.csv"
    events_csv.write_text(events_csv.read_text().replace("2019-10-18,Riots", "18 Oct,Riots"))
    with pytest.raises(DataError) as error:
        load_crisis(lebanon)
    assert error.value.problems[["line", "column", "value"]].to_numpy().tolist() == [[3, "date", "18 Oct"]]
    done = unrest("figures", "--data", lebanon)
    assert done.exit_code == 2
    assert "events.csv, line 3, date = '18 Oct'" in done.stderr
    assert not (lebanon / "figures").exists()


def test_ids_that_lead_nowhere_are_listed(lebanon: pathlib.Path) -> None:
    sources = lebanon / "sources.csv"
    sources.write_text(sources.read_text().replace("S2,", "S9,"))
    done = unrest("check", lebanon)
    assert done.exit_code == 1
    assert "events.source_ids: 1 not in sources.csv: S2" in done.stdout
    record = json.loads(unrest("check", lebanon, "--json").stdout)
    assert not record["fits"]
    assert {"table": "casualties", "column": "source_ids", "value": "S2", "missing_in": "sources"} in record[
        "unresolved"
    ]
    (lebanon / "notes.csv").write_text("a\n1\n")
    assert "notes.csv is no table" in check_case(lebanon).summary()


def test_country_with_several_clocks_needs_one_named(lebanon: pathlib.Path) -> None:
    for path in lebanon.glob("*.csv"):
        path.write_text(path.read_text().replace("LBN", "RUS"))
    done = unrest("figures", "--data", lebanon, "timeline")
    assert done.exit_code == 2
    assert "RUS has several time zones" in done.stderr
    assert unrest("figures", "--data", lebanon, "timeline", "--timezone", "Europe/Moscow").exit_code == 0
    words = drawn(lambda: figures.timeline(data=lebanon, timezone="Europe/Moscow"))
    assert any("Moscow time" in text for text in words)


def test_two_countries_in_one_folder_need_one_named(lebanon: pathlib.Path) -> None:
    with (lebanon / "events.csv").open("a") as file:
        file.write("B1,2019-10-20,Protests,IRQ,Baghdad,,,S1\n")
    with pytest.raises(ValueError, match="name the country; there are events of IRQ, LBN"):
        load_crisis(lebanon)
    assert load_crisis(lebanon, country="Iraq").events["event_id"].tolist() == ["B1"]


def test_days_outside_the_coverage_are_not_drawn_and_counted(lebanon: pathlib.Path) -> None:
    filled(lebanon, {"coverage": "table,country_iso3,start,end,completeness\nevents,LBN,2019-10-17,2019-11-30,thin\n"})
    crisis = load_crisis(lebanon)
    assert (crisis.coverage_stated, f"{crisis.end:%Y-%m-%d}") == (True, "2019-11-30")
    with pytest.raises(ValueError, match="the tables end on 30 November 2019"):
        figures.briefing("2019-12-24", data=lebanon)


def test_check_of_a_case_says_which_row_changed(belarus: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(belarus, folder)
    figures.write("vote", folder / "figures", data=folder)
    assert figures.difference("vote", folder / "figures", data=folder) is None
    results = folder / "results.csv"
    results.write_text(results.read_text().replace(",4661075,80.1,", ",4661000,80.1,"))
    why = figures.difference("vote", folder / "figures", data=folder)
    assert "copy/results.csv changed: 1 row (1 changed; BLR-2020-08-09-PRES / final" in str(why)


def test_notebook_of_a_case_runs(belarus: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(belarus)
    notebook = nbformat.read(belarus / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(1, 20))
def test_no_other_stretch_has_more_events_than_the_busiest(days: list[int], length: int) -> None:
    start = pd.Timestamp("2020-01-01")
    frame = pd.DataFrame({"date": start + pd.to_timedelta(days, unit="D")})
    end = start + pd.Timedelta(days=60)
    first, last = events.busiest(frame, length, start, end)
    assert (last - first).days == length - 1
    inside = sum(first <= date <= last for date in frame["date"])
    assert inside == max(sum(day <= one < day + length for one in days) for day in range(61 - length + 1))


def test_timeline_of_the_worked_case_shows_the_thirteen_days_of_the_crisis() -> None:
    crisis = load_crisis(country="KGZ")
    first, last = events.busiest(crisis.events, 13, crisis.start, crisis.end)
    assert (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}") == ("2020-10-04", "2020-10-16")
