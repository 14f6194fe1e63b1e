"""Invented files in publishers' layouts: complete, the same every time, and wrong only where they are meant to be."""

import pytest

from analysis import check, load_events
from analysis.formats.examples import example


@pytest.mark.parametrize(("format", "rows"), [("acled", 55), ("ucdp_ged", 120), ("gdelt", 60)])
def test_example_is_told_by_its_header_and_loads_whole(format: str, rows: int) -> None:
    split = check(example(format))
    assert split.formats == (format,)
    assert (split.rows_read, len(split.good)) == (rows, rows)
    events = load_events(example(format))
    assert events["event_id"].is_unique
    assert (events["country_iso3"] == "SMR").all()
    assert events["location"].str.split(",").str[0].isin(["Exampleville", "Sampleton", "Mocktown"]).all()


@pytest.mark.parametrize("format", ["acled", "ucdp_ged", "gdelt"])
def test_faulty_example_has_one_impossible_date_and_one_repeat_more(format: str) -> None:
    whole, faulty = check(example(format)), check(example(format, faulty=True))
    assert len(faulty.good) == len(whole.good) + 1
    (reason,) = faulty.set_aside["reason"]
    assert "date that exists" in reason
    looked_for = not faulty.survey.alike
    assert looked_for == (format == "acled"), "the others have like events by the dozen"
    assert len(faulty.survey.repeats) == len(whole.survey.repeats) + looked_for


def test_example_is_the_same_every_time() -> None:
    assert example("acled").read() == example("acled").read()


def test_an_example_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="scad"):
        example("scad")
