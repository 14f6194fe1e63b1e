"""Exits of incumbents: what the clock starts with, what stops it, and which cases cannot be used."""

import numpy as np
import pandas as pd
import pytest

from analysis import charts, figures, load_cases
from analysis.charts import style
from analysis.comparison import cumulative_incidence, exits, survival


@pytest.fixture
def cases() -> pd.DataFrame:
    return load_cases()


def changed(cases: pd.DataFrame, **cells: object) -> pd.DataFrame:
    """Change cells of Kyrgyzstan 2020, who left on day 11."""
    row = cases["case_id"] == "KGZ-2020-10"
    for name, value in cells.items():
        if name not in cases.columns:
            cases = cases.assign(**{name: pd.Series(pd.NaT, index=cases.index)})
        cases = cases.assign(**{name: cases[name].mask(row, pd.Timestamp(value) if name[-4:] == "date" else value)})
    return cases


def kyrgyzstan(cases: pd.DataFrame, **options: object) -> list[object] | str:
    found = exits(cases, **options)
    kept = found.frame[found.frame["case_id"] == "KGZ-2020-10"]
    columns = ["time_days", "exited", "mode", "time_days_low", "time_days_high"]
    if kept.empty:
        return found.set_aside.loc[found.set_aside["case_id"] == "KGZ-2020-10", "reason"].item()
    return [None if pd.isna(value) else value for value in kept[columns].iloc[0]]


def test_bundled_cases(cases: pd.DataFrame) -> None:
    found = exits(cases)
    assert found.frame["mode"].value_counts().to_dict() == {
        **{"none": 105, "resigned": 8, "coup": 7, "fled": 6, "negotiated": 2, "lost_rerun": 2}
    }
    assert found.set_aside.empty
    assert found.frame["time_days"].notna().all()
    assert found.frame.loc[~found.frame["exited"], "time_days"].eq(365).all()
    pd.testing.assert_frame_equal(found.frame[cases.columns], cases)
    said = found.summary()
    assert "in 25 the incumbent left because of the crisis within 365 days" in said
    assert "resigned 8, coup 7, fled 6, lost_rerun 2, negotiated 2" in said
    assert "Half of the exits with a known day came by day 63" in said
    assert "cases were chosen looking back" in said


def test_day_of_the_vote_is_day_zero(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(cases) == [11, True, "resigned", 11, 11]
    assert kyrgyzstan(changed(cases, exit_date="2020-10-04", days_to_exit=0)) == [0, True, "resigned", 0, 0]


def test_exit_after_the_end_of_observation_has_not_come_yet(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(cases, until_days=11) == [11, True, "resigned", 11, 11]
    assert kyrgyzstan(cases, until_days=10) == [10, False, "none", 10, None]
    assert exits(cases, until_days=30).frame["exited"].sum() == 10
    early = exits(cases, until_days=90).frame
    late = exits(cases).frame
    a, b = (survival(frame["time_days"], frame["exited"]).at([30, 60, 90]) for frame in (early, late))
    pd.testing.assert_frame_equal(a, b)


def test_exit_within_a_month_is_a_range(cases: pd.DataFrame) -> None:
    october = changed(cases, exit_date=None, days_to_exit=pd.NA, exit_date_low=pd.Timestamp("2020-10-10"))
    october = changed(october, exit_date_high=pd.Timestamp("2020-10-31"))
    assert kyrgyzstan(october) == [None, True, "resigned", 5, 27]
    assert kyrgyzstan(october, until_days=20) == [None, None, "resigned", 5, 27]
    assert kyrgyzstan(october, until_days=4) == [4, False, "none", 4, None]
    bounds = exits(october).turnbull().survival([5, 20, 27, 300])
    known = exits(cases).frame
    whole = survival(known["time_days"], known["exited"]).at([5, 27, 300])["survival"]
    assert whole[27] < bounds.loc[20, "low"] < whole[5]
    assert bounds.loc[[5, 27, 300], "high"].to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-5)
    with pytest.warns(UserWarning, match="1 of 130 units miss time"):
        assert survival(exits(october).frame["time_days"], exits(october).frame["exited"]).groups["n"].item() == 129
    assert "take `turnbull`" in exits(october).summary()


def test_exit_that_may_come_after_the_end_is_not_counted_as_come(cases: pd.DataFrame) -> None:
    moved = changed(cases, exit_date=None, days_to_exit=pd.NA, exit_date_low=pd.Timestamp("2020-10-20"))
    moved = changed(moved, exit_date_high=pd.Timestamp("2020-11-20"))
    assert kyrgyzstan(moved, until_days=30)[:2] == [None, None]
    said = exits(moved, until_days=30).summary()
    assert "in 9 the incumbent left because of the crisis within 30 days" in said
    assert "In 1 more it left too, but its range of days ends later: perhaps not within them" in said


def test_dates_as_text_are_refused_in_words(cases: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="exit_date holds str; expected dates"):
        exits(cases.assign(exit_date=cases["exit_date"].dt.strftime("%Y-%m-%d")))


def test_case_twice_is_refused(cases: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="case_id KGZ-2020-10 stands in 2 rows"):
        exits(pd.concat([cases, cases[cases["case_id"] == "KGZ-2020-10"]]))


def test_exit_without_any_day_lies_within_twelve_months(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(changed(cases, exit_date=None, days_to_exit=pd.NA)) == [None, True, "resigned", 0, 365]
    assert kyrgyzstan(changed(cases, exit_date=None)) == [11, True, "resigned", 11, 11]


def test_exit_for_other_reasons_ends_observation(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(changed(cases, incumbent_exit=False)) == [11, False, "none", 11, None]


def test_exit_of_unknown_mode_is_a_mode_of_its_own(cases: pd.DataFrame) -> None:
    frame = exits(changed(cases, exit_mode="none")).frame
    assert frame["mode"].value_counts()["unknown"] == 1
    found = cumulative_incidence(frame["time_days"], frame["mode"], at=[365])
    assert found["incidence"].sum() == pytest.approx(25 / 130)


def test_cases_that_cannot_be_used_are_listed_with_reasons(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(changed(cases, exit_date="2020-10-01", days_to_exit=pd.NA)) == "exit before the vote"
    assert "more than 12 months" in kyrgyzstan(changed(cases, exit_date="2022-01-01", days_to_exit=454))
    assert kyrgyzstan(changed(cases, days_to_exit=12)) == "exit_date and days_to_exit differ"
    assert kyrgyzstan(changed(cases, incumbent_exit=pd.NA)) == "whether the incumbent left is missing"
    assert kyrgyzstan(changed(cases, election_date=None)) == "the day of the vote is missing"
    found = exits(cases, least_confidence="high")
    assert set(found.set_aside["reason"]) == {"confidence below high"}
    assert len(found.frame) + len(found.set_aside) == 130
    assert f"{len(found.set_aside)} set aside" in found.summary()


def test_last_day_looked_at_ends_observation(cases: pd.DataFrame) -> None:
    assert kyrgyzstan(cases, followed_to="2020-10-10") == [6, False, "none", 6, None]
    found = exits(cases, followed_to="2020-10-10")
    assert (found.frame["time_days"] >= 0).all()
    assert found.set_aside["reason"].str.startswith("the vote came after the last day looked at").all()


def test_options_and_columns_are_checked(cases: pd.DataFrame) -> None:
    for days in (0, 366):
        with pytest.raises(ValueError, match="so take 1 to 365"):
            exits(cases, until_days=days)
    with pytest.raises(ValueError, match="unknown confidence 'sure'"):
        exits(cases, least_confidence="sure")
    with pytest.raises(ValueError, match="unknown column of cases 'exit_mode'"):
        exits(cases.drop(columns="exit_mode"))
    with pytest.raises(ValueError, match="none of the 0 cases can be used"):
        exits(cases[:0])
    with pytest.raises(ValueError, match="whether the incumbent left is missing"):
        exits(cases.assign(incumbent_exit=pd.array([pd.NA] * 130, dtype="boolean")))


def test_order_and_index_of_cases_do_not_matter(cases: pd.DataFrame) -> None:
    mixed = cases.sample(frac=1, random_state=1).set_axis(np.arange(130) + 7)
    one, two = (exits(frame).frame.set_index("case_id").sort_index() for frame in (cases, mixed))
    pd.testing.assert_frame_equal(one, two)


def test_incidence_is_drawn_as_steps_in_percent_with_its_band() -> None:
    curve = pd.DataFrame({"incidence": [0, 0.1], "low": [0, 0.05], "high": [0.02, 0.2]}, index=[0.0, 9.0])
    with style.style():
        ax = style.axes(style.blank(4.0), 1, 1, 8, 2)
        charts.draw_incidence(ax, curve, "red")
        charts.draw_at_risk(ax, {0: 1300, 9: 12}, "still there")
        charts.draw_named_points(ax, [(9, 10, 4, 3, "Here")])
    assert (ax.lines[0].get_drawstyle(), ax.lines[0].get_ydata().tolist()) == ("steps-post", [0, 10])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (0, 20)
    assert [text.get_text() for text in ax.texts] == ["1,300", "12", "still there", "Here"]
    assert ax.lines[2].get_xydata().tolist() == [[9, 10]]


def test_figure_shows_what_the_cases_give(cases: pd.DataFrame) -> None:
    drawn = figures.exits()
    said = [text.get_text() for text in drawn.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert "In 25 of 130 elections the incumbent fell within a year, 10 in a month" in said
    assert "Kyrgyzstan 2020, day 11" in said
    assert "Last: Panama 1989, day 227" in said
    whole, *modes = drawn.axes
    assert whole.lines[0].get_ydata()[-1] == pytest.approx(100 * 25 / 130)
    assert sum(ax.lines[0].get_ydata()[-1] for ax in modes) == pytest.approx(100 * 25 / 130)
    assert {"130", "120", "114", "107", "105"} <= set(said)
