"""What must hold of any reports, whatever they say."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import casualties, load_casualties

START = pd.Timestamp("2020-10-05 12:00", tz="Asia/Bishkek")
QUALIFIERS = ["exact", "about", "at_least", "more_than", "up_to"]
ISSUERS = ["competent", "authority", "medical", "international", "media"]
QUICK = ["official", "latest", "running_max", "envelope"]  # `model` fits anew at each moment; it has tests of its own


def table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Reports as `load_casualties` returns them, from what differs."""
    common = {"episode": "KGZ-2020-10", "measure": "killed", "qualifier": "exact", "issuer_type": "competent"}
    common |= {"location": "City", "issuing_body": "Ministry", "population": "all", "scope": "cumulative"}
    frame = pd.DataFrame(
        [
            common | {"report_id": f"R{place:03d}", "reported_at": "2020-10-06T10:00+06:00"} | row
            for place, row in enumerate(rows)
        ]
    )
    return load_casualties(frame.astype("str"))


@st.composite
def reports(draw: st.DrawFn) -> pd.DataFrame:
    """Up to twelve reports of one episode, of every wording, issuer, place and population, some dated by day."""
    row = st.fixed_dictionaries(
        {
            "reported_at": st.integers(0, 300)
            .map(lambda hour: START + pd.Timedelta(hours=hour))
            .map(lambda moment: moment.isoformat() if moment.hour % 3 else moment.strftime("%Y-%m-%d")),
            "value": st.integers(0, 60) | st.sampled_from([100, 600, 590]),
            "qualifier": st.sampled_from(QUALIFIERS),
            "issuer_type": st.sampled_from(ISSUERS),
            "issuing_body": st.sampled_from(["Ministry", "City hall", "Agency"]),
            "location": st.sampled_from(["City", "City", "City: Hospital", "Elsewhere: Clinic"]),
            "population": st.sampled_from(["all", "all", "security_forces"]),
            "scope": st.sampled_from(["cumulative", "cumulative", "cumulative", "new", "current"]),
        }
    )
    return table(draw(st.lists(row, min_size=1, max_size=12)))


ASKED = {"measure": "killed", "location": "City"}


def numbers(estimate: casualties.CasualtyEstimate) -> tuple[object, ...]:
    return estimate.low, estimate.best, estimate.high, estimate.report_id, estimate.contradiction


def with_city(frame: pd.DataFrame) -> pd.DataFrame:
    """Make sure that the place asked for is there."""
    return frame.assign(location=frame["location"].mask(frame.index == 0, "City"))


@given(reports().map(with_city), st.sampled_from(QUICK))
@settings(max_examples=30)
def test_every_report_is_used_or_set_aside_with_a_reason(frame: pd.DataFrame, rule: str) -> None:
    estimate = casualties.reconcile(frame, rule=rule, **ASKED)
    ids = [*estimate.used["report_id"], *estimate.set_aside["report_id"]]
    assert sorted(ids) == sorted(frame["report_id"])
    assert estimate.set_aside["reason"].str.len().gt(0).all()
    assert estimate.used["role"].str.len().gt(0).all()
    assert (estimate.low is None) == estimate.used.empty


@given(reports().map(with_city), st.sampled_from(QUICK), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_order_of_rows_never_matters(frame: pd.DataFrame, rule: str, random: object) -> None:
    order = list(frame.index)
    random.shuffle(order)
    one, other = (casualties.reconcile(rows, rule=rule, **ASKED) for rows in (frame, frame.loc[order]))
    assert numbers(one) == numbers(other)
    by_id = [
        pd.concat([est.used, est.set_aside]).set_index("report_id").sort_index()[["role", "reason"]]
        if len(est.used)
        else None
        for est in (one, other)
    ]
    assert by_id[0] is by_id[1] or by_id[0].equals(by_id[1])


@given(reports().map(with_city), st.sampled_from(QUICK))
@settings(max_examples=15)
def test_later_reports_never_change_what_was_known(frame: pd.DataFrame, rule: str) -> None:
    for moment in sorted(set(frame["reported_at"]))[:4]:
        known = frame[frame["reported_at"] <= moment]
        if "City" not in set(known["location"]):
            continue
        then, now = (casualties.reconcile(rows, rule=rule, as_of=moment, **ASKED) for rows in (known, frame))
        assert numbers(then) == numbers(now)
        assert "said later" not in set(then.set_aside["reason"])


@given(reports().map(with_city), st.sampled_from(QUICK))
@settings(max_examples=15)
def test_timeline_is_reconcile_at_every_moment(frame: pd.DataFrame, rule: str) -> None:
    try:
        known = casualties.timeline(frame, rule=rule, **ASKED)
    except ValueError as error:
        assert "no running total of killed" in str(error)
        assert casualties.reconcile(frame, rule=rule, **ASKED).low is None
        return
    for moment, row in known.iterrows():
        estimate = casualties.reconcile(frame, rule=rule, as_of=moment, **ASKED)
        told = [None if pd.isna(value) else value for value in row[["low", "best", "high", "report_id"]]]
        assert (*told, row["contradiction"]) == numbers(estimate)


@given(reports().map(with_city), st.sampled_from(["official", "running_max"]))
@settings(max_examples=15)
def test_the_dead_never_fall(frame: pd.DataFrame, rule: str) -> None:
    estimates = [
        casualties.reconcile(frame, rule=rule, as_of=moment, **ASKED).low
        for moment in sorted(set(frame["reported_at"]))
    ]
    stated = [low for low in estimates if low is not None]
    assert stated == sorted(stated)
    assert None not in estimates[len(estimates) - len(stated) :]


@given(reports().map(with_city), st.sampled_from(QUICK))
@settings(max_examples=30)
def test_bounds_are_in_order_and_best_lies_between(frame: pd.DataFrame, rule: str) -> None:
    estimate = casualties.reconcile(frame, rule=rule, **ASKED)
    if estimate.high is not None:
        assert estimate.low <= estimate.high
    if estimate.best is not None:
        assert estimate.low <= estimate.best <= (estimate.high if estimate.high is not None else estimate.best)
    if estimate.contradiction:
        assert estimate.best is None


@pytest.mark.parametrize("rule", ["official", "running_max", "latest", "envelope", "model"])
def test_exact_and_consistent_reports_give_the_exact_answer(rule: str) -> None:
    series = [(f"2020-10-0{day}T12:00+06:00", value) for day, value in ((5, 3), (6, 10), (7, 10), (8, 25))]
    frame = table([{"reported_at": at, "value": value} for at, value in series])
    assert numbers(casualties.reconcile(frame, "killed", rule=rule))[:3] == (25, 25, 25)


@pytest.mark.parametrize(
    ("qualifier", "value", "low", "high"),
    [
        ("exact", 590, 590, 590),
        ("at_least", 74, 74, None),
        ("more_than", 600, 601, None),
        ("up_to", 2000, 0, 2000),
        ("about", 600, 550, 650),
        ("about", 190, 185, 195),
        ("about", 14, 13, 15),
        ("about", 1000, 500, 1500),
        ("about", 0, 0, 1),
    ],
)
def test_wording_is_an_interval(qualifier: str, value: int, low: int, high: int | None) -> None:
    found = casualties.bounds(pd.DataFrame({"value": [value], "qualifier": [qualifier]})).iloc[0]
    assert found["low"] == low
    assert pd.isna(found["high"]) if high is None else found["high"] == high


def test_bounds_stated_by_the_report_stand_but_never_below_its_words() -> None:
    said = pd.DataFrame(
        {
            "value": [600, 600, 300, 600],
            "qualifier": ["about", "more_than", "between", "exact"],
            "value_low": [580, 600, 200, None],
            "value_high": [620, None, 400, None],
        }
    )
    found = casualties.bounds(said)
    assert found["low"].tolist() == [580, 601, 200, 600]
    assert found["high"].tolist()[0::2] == [620, 400]
    assert found["high"].isna().tolist() == [False, True, False, False]


def test_unknown_wording_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood: \\['roughly'\\]"):
        casualties.bounds(pd.DataFrame({"value": [1], "qualifier": ["roughly"]}))


def test_late_count_of_an_early_hour_is_an_earlier_count() -> None:
    frame = table(
        [
            {"value": 20, "reported_at": "2020-10-06T10:00+06:00"},
            {"value": 12, "reported_at": "2020-10-06T12:00+06:00", "as_of": "2020-10-05T22:00+06:00"},
            {"value": 15, "reported_at": "2020-10-06T14:00+06:00"},
        ]
    )
    reason = casualties.reconcile(frame, "killed").set_aside.set_index("report_id")["reason"]
    assert reason["R001"] == "an earlier count, below the 20 of R000"
    assert reason["R002"].startswith("below the 20 of R000: a stale repeat")


def test_number_found_again_is_known_until_the_later_cut_off() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    estimate = casualties.reconcile(october, "killed", as_of="2020-10-06 18:00")
    assert estimate.report_id == "CAS-0035"
    assert f"{estimate.counted_until:%H:%M}" == "15:00"
    assert (
        "counted until 6 October 2020, 08:00.\nThe same number was counted again until 6 October 2020, 15:00."
        in estimate.summary()
    )


def test_part_is_a_lower_bound_and_the_summary_says_so() -> None:
    frame = table([{"value": 7, "location": "City: Hospital"}, {"value": 4}])
    estimate = casualties.reconcile(frame, "killed")
    assert (estimate.low, estimate.best, estimate.high) == (7, None, None)
    assert "7 or more killed in City" in estimate.summary()
    assert "counts City: Hospital only, a part" in estimate.summary()


def test_part_of_another_place_is_said_in_the_table() -> None:
    frame = table(
        [{"value": 7, "location": "Osh", "part_of": "South"}, {"value": 4, "location": "South", "part_of": ""}]
    )
    assert casualties.reconcile(frame, "killed").location == "South"
    assert casualties.reconcile(frame, "killed", location="Osh").best == 7


def test_two_places_neither_part_of_the_other_must_be_chosen() -> None:
    frame = table([{"value": 7, "location": "Osh"}, {"value": 4, "location": "Talas"}])
    with pytest.raises(ValueError, match="cover Osh and Talas, and none is said to be part of another; choose one"):
        casualties.reconcile(frame, "killed")


def test_reports_without_places_are_of_one_place() -> None:
    frame = table([{"value": 7}, {"value": 9}]).drop(columns=["location", "part_of"])
    assert casualties.reconcile(frame, "killed").best == 9


def test_same_hours_and_a_higher_state_count_leave_the_official_number_open() -> None:
    rows = [{"value": 2}, {"value": 4, "issuer_type": "authority", "issuing_body": "Rescue"}]
    estimate = casualties.reconcile(table(rows), "killed")
    assert numbers(estimate) == (2, None, 4, "R000", True)
    media = casualties.reconcile(table([rows[0], rows[1] | {"issuer_type": "media"}]), "killed")
    assert numbers(media) == (2, 2, 2, "R000", False)
    later = casualties.reconcile(table([rows[0], rows[1] | {"reported_at": "2020-10-07T10:00+06:00"}]), "killed")
    assert numbers(later) == (2, 2, 2, "R000", False), "a higher count of later hours is news, no contradiction"


def test_body_does_not_contradict_itself_within_a_day() -> None:
    frame = table([{"value": 4, "reported_at": "2020-10-06"}, {"value": 9, "reported_at": "2020-10-06"}])
    assert numbers(casualties.reconcile(frame, "killed", rule="envelope"))[:3] == (9, 9, 9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda frame: casualties.reconcile(frame, "kiled"), "unknown measure 'kiled'; did you mean killed?"),
        (lambda frame: casualties.reconcile(frame, rule="mean"), "unknown rule 'mean'; allowed: official, latest"),
        (lambda frame: casualties.timeline(frame, rule="mean"), "unknown rule 'mean'"),
        (lambda frame: casualties.reconcile(frame, location="Osh"), "unknown location 'Osh'"),
        (lambda frame: casualties.reconcile(frame, trusted=["kompetent"]), "no report has issuer_type kompetent"),
        (lambda frame: casualties.reconcile(frame.head(0)), "there are no reports"),
        (lambda frame: casualties.reconcile(frame, timezone="Mars"), "unknown timezone 'Mars'"),
        (lambda frame: casualties.compare_rules(frame, rules=[]), "no rules to compare"),
        (lambda frame: casualties.against_known(load_casualties()), "reports of several episodes"),
        (lambda frame: casualties.reconcile(frame, as_of="soon"), "as_of = 'soon': expected a date"),
        (lambda frame: casualties.reconcile(frame.drop(columns="value")), "reports lack value; load your file with"),
        (lambda frame: casualties.reconcile(pd.concat([frame, frame])), "stands twice"),
        (lambda frame: casualties.reconcile(load_casualties()), "reports of 7 episodes"),
        (lambda frame: casualties.nowcast(frame, as_of="2020-10-06", level=80), "level must be between 0 and 1"),
        (lambda frame: casualties.nowcast(frame, as_of="2020-10-06", episode="X"), "no reports of episode 'X'"),
    ],
)
def test_bad_input_is_a_sentence(call, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?").replace("(", r"\(")):
        call(load_casualties(episode="KGZ-2020-10"))


def test_input_is_not_changed() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    before = october.copy()
    for rule in QUICK:
        casualties.reconcile(october, rule=rule, as_of="2020-10-06")
    casualties.timeline(october, freq="h")
    assert october.equals(before)


def test_regular_timeline_holds_the_last_known_and_starts_empty() -> None:
    hourly = casualties.timeline(load_casualties(episode="KGZ-2020-10"), freq="h")
    assert hourly.index.freqstr == "h" or (hourly.index[1] - hourly.index[0]) == pd.Timedelta(hours=1)
    assert pd.isna(hourly["low"].iloc[0])
    assert hourly.loc["2020-10-06 17:00+06:00", "best"] == 686
    assert hourly.loc["2020-10-06 16:00+06:00", "best"] == 590


def test_timeline_of_several_episodes_is_each_alone() -> None:
    every = load_casualties()
    together = casualties.timeline(every, "killed")
    for episode in ("KGZ-2010-06", "KGZ-2020-10"):
        alone = casualties.timeline(load_casualties(episode=episode), "killed")
        part = together.xs(episode, level="episode").tz_convert(alone.index.tz)
        assert part[["low", "best", "high", "report_id"]].equals(alone[["low", "best", "high", "report_id"]])


def test_rules_side_by_side() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    rules = casualties.compare_rules(october, as_of="2020-10-05", rules=QUICK)
    assert rules["number"].to_dict() == {
        "official": "16",
        "latest": "71 or more",
        "running_max": "71 or more",
        "envelope": "16",
    }


def test_model_sees_through_stale_repeats() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    estimate = casualties.reconcile(october, rule="model")
    assert estimate.low < 1250 < estimate.high
    assert abs(estimate.best - 1250) < 60
    assert "not a count" in estimate.summary()
    assert "Fitted to 22 statements, counted until the end of 22 October 2020." in estimate.summary()


def test_stale_is_only_what_was_surely_surpassed() -> None:
    said = casualties.against_known(load_casualties(episode="KGZ-2020-10")).set_index("report_id")
    assert set(said.index[said["stale"]]) == {"CAS-0070", "CAS-0083", "CAS-0092"}
    assert not said.loc["CAS-0055", "stale"], "more than 600, some time on 6 October: perhaps before 686"


def test_nowcast_is_never_below_what_is_known_and_learns_from_others_only() -> None:
    every = load_casualties()
    seen = casualties.nowcast(every, as_of="2020-10-06 18:00")
    assert (seen.episode, seen.known, seen.low) == ("KGZ-2020-10", 686, 686)
    assert list(seen.growth.index) == ["KGZ-2010-04", "KGZ-2010-06", "KGZ-2019-08"]
    assert seen.low <= 1250 <= seen.high
    # by hand: the logarithms of 1652/351, 2327/655 and 140/86, mean 1.1014; t(2) at 90 % is 1.8856
    assert seen.growth["factor"].round(3).tolist() == [4.707, 3.553, 1.628]
    assert seen.best == round(687 * (4.70655 * 3.55267 * 1.62791) ** (1 / 3)) - 1
    more = every.assign(value=every["value"].mask(every["report_id"] == "CAS-0096", 5000))
    assert casualties.nowcast(more, as_of="2020-10-06 18:00").high == seen.high, "its own future does not matter"


def test_nowcast_from_too_few_episodes_stays_open() -> None:
    alone = casualties.nowcast(load_casualties(episode="KGZ-2020-10"), as_of="2020-10-06 18:00")
    assert (alone.low, alone.best, alone.high) == (686, None, None)
    assert "too few" in alone.summary()
    before = casualties.nowcast(load_casualties(), as_of="2020-10-05 12:00", episode="KGZ-2020-10")
    assert before.known is None
    assert "nothing had been stated" in before.summary()


def test_coverage_of_the_nowcast_is_what_the_docs_say() -> None:
    covered = casualties.nowcast_coverage(load_casualties(), hours=[6, 12, 24, 48, 96])["covered"]
    assert (covered.sum(), len(covered)) == (16, 20)


def test_nowcast_neither_learns_from_nor_forecasts_a_part_of_the_people() -> None:
    every = load_casualties()
    police = casualties.nowcast(every, as_of="2020-08-20", episode="BLR-2020-08")
    assert (police.known, police.low, police.high, police.everybody) == (121, 121, None, False)
    assert "counts a part of the people only, and says nothing of all: 121 or more" in police.summary()
    assert "BLR-2020-08" not in casualties.nowcast(every, as_of="2020-10-06 18:00").growth.index
    assert "BLR-2020-08" not in casualties.nowcast_coverage(every).reset_index()["episode"].tolist()
    others = every[every["episode"].isin(["KGZ-2010-04", "KGZ-2010-06", "KGZ-2019-08", "KGZ-2020-10"])]
    assert casualties.nowcast(others, as_of="2020-10-06 18:00").high == 6844, "the same without Belarus"
    early = casualties.nowcast(every, as_of="2020-10-05 22:00")
    assert (early.known, early.high) == (2, None), "two policemen"
    assert list(early.growth["known_then"]) == [350, 338, 85], "others at their own first count of everybody"


def test_injured_police_are_counted_by_their_own_ministry() -> None:
    estimate = casualties.reconcile(load_casualties(episode="KGZ-2020-10"), population="security_forces")
    assert (estimate.low, estimate.issuing_body) == (626, "Interior Ministry")
    assert "626 or more injured (security forces only) in Bishkek" in estimate.summary()


# Each of these was wrong once ----------------------------------------------------------------------------------------


def at(hour: int, day: int = 6) -> str:
    return f"2020-10-{day:02d}T{hour:02d}:00+06:00"


@pytest.mark.parametrize(
    ("episode", "measure", "as_of", "low", "high"),
    [("KGZ-2010-04", "injured", "2010-04-08", 500, None), ("BLR-2020-08", "killed", "2020-08-13", 2, None)],
)
def test_growth_past_an_old_bound_is_no_contradiction(episode, measure, as_of, low, high) -> None:
    estimate = casualties.reconcile(load_casualties(episode=episode), measure, as_of=as_of, rule="envelope")
    assert (estimate.low, estimate.best, estimate.high, estimate.contradiction) == (low, None, high, False)


def test_contradiction_with_an_open_count_stays_open() -> None:
    rows = [{"value": 100}, {"value": 686, "qualifier": "at_least", "issuer_type": "authority", "issuing_body": "R"}]
    estimate = casualties.reconcile(table(rows), "killed", rule="envelope")
    assert (estimate.low, estimate.best, estimate.high, estimate.contradiction) == (100, None, None, True)


def test_model_does_not_stay_below_what_was_said_since() -> None:
    rows = [{"value": 1000, "reported_at": at(8)}, {"value": 2000, "qualifier": "more_than", "reported_at": at(15, 9)}]
    estimate = casualties.reconcile(table(rows), "killed", rule="model")
    assert (estimate.low, estimate.best, estimate.high) == (2001, None, None)
    assert f"{estimate.counted_until:%d %H:%M}" == "06 08:00"


def test_model_reads_a_day_of_growing_counts_as_growth() -> None:
    rows = [{"value": value, "reported_at": "2020-10-06"} for value in (12, 4, 23, 6)]
    assert numbers(casualties.reconcile(table(rows), "killed", rule="model"))[:3] == (23, 23, 23)
    rows = [{"value": 590, "reported_at": at(10)}, {"value": 768, "reported_at": "2020-10-06"}]
    rows += [{"value": 686, "reported_at": at(15)}]
    assert numbers(casualties.reconcile(table(rows), "killed", rule="model"))[:3] == (768, 768, 768)


@pytest.mark.parametrize("as_of", ["2020-10-05 20:00", "2020-10-06 12:00", "2020-10-06 18:00"])
def test_summary_counts_only_what_had_been_said(as_of: str) -> None:
    estimate = casualties.reconcile(load_casualties(episode="KGZ-2020-10"), as_of=as_of)
    heard = len(load_casualties(episode="KGZ-2020-10", as_of=as_of))
    assert f"of {heard} reports said by then" in estimate.summary()
    later = estimate.set_aside["reported_at"] > estimate.as_of
    assert (later == (estimate.set_aside["reason"] == "said later")).all()


def test_newer_vaguer_higher_count_of_the_ministry_opens_the_number() -> None:
    rows = [{"value": 900, "reported_at": at(8)}, {"value": 1000, "qualifier": "about", "reported_at": at(15, 9)}]
    assert numbers(casualties.reconcile(table(rows), "killed")) == (900, None, 1500, "R000", False)
    rows[1]["value"] = 800
    assert numbers(casualties.reconcile(table(rows), "killed")) == (900, 900, 900, "R000", False)


def test_table_without_places_and_bodies_is_summed_up_in_words() -> None:
    frame = table([{"value": 5}]).drop(columns=["location", "part_of", "issuing_body"])
    summary = casualties.reconcile(frame, "killed", rule="running_max").summary()
    assert "5 killed in KGZ-2020-10" in summary
    assert "Said by a body not named (R000)" in summary


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ([("Osh", "South"), ("Osh", "Elsewhere")], "Osh is said to be part of South and of Elsewhere|Elsewhere and of"),
        ([("A", "B"), ("B", "A")], "part_of goes in a circle"),
    ],
)
def test_places_that_contradict_each_other_are_refused(places, message: str) -> None:
    frame = table([{"value": 1, "location": place, "part_of": wider} for place, wider in places])
    with pytest.raises(ValueError, match=message):
        casualties.reconcile(frame, "killed")


def test_vague_repeats_are_stale_only_below_their_range() -> None:
    rows = [{"value": 610, "reported_at": at(8)}, {"value": 600, "qualifier": "about", "reported_at": at(9)}]
    rows += [{"value": 609, "qualifier": "more_than", "reported_at": at(10)}, {"value": 608, "reported_at": at(11)}]
    assert casualties.against_known(table(rows), "killed")["stale"].tolist() == [False, False, False, True]


def test_nothing_known_makes_nothing_stale() -> None:
    said = casualties.against_known(load_casualties(episode="KGZ-2002-03"), "killed")
    assert said["known"].isna().all()
    assert not said["stale"].any()


def test_last_words_keep_episodes_and_nameless_bodies_apart() -> None:
    every = load_casualties()
    alone = [casualties.last_words(rows) for _, rows in every.groupby("episode")]
    assert len(casualties.last_words(every)) == sum(map(len, alone))
    nameless = table([{"value": 3}, {"value": 9, "issuer_type": "media"}]).assign(issuing_body=None)
    assert len(casualties.last_words(nameless.astype({"issuing_body": "str"}))) == 2


def test_part_of_none_says_nothing_of_the_whole() -> None:
    estimate = casualties.reconcile(table([{"value": 0, "population": "civilians"}]), "killed")
    assert estimate.low is None
    assert estimate.set_aside["reason"].tolist() == ["a part of none, which says nothing of the whole"]


def test_bounds_against_the_wording_are_refused() -> None:
    said = pd.DataFrame({"report_id": ["X"], "value": [600], "qualifier": ["more_than"], "value_high": [500]})
    with pytest.raises(ValueError, match="1 reports contradict their own wording; X says more_than 600"):
        casualties.bounds(said)


def test_numbers_as_ids_and_other_dtypes_are_understood() -> None:
    october = load_casualties(episode="KGZ-2020-10")
    numbered = october.assign(report_id=range(len(october)))
    assert casualties.reconcile(numbered).best == 1250
    assert casualties.reconcile(october.convert_dtypes()).best == 1250
    assert casualties.reconcile(october, trusted="competent").best == 1250


@pytest.mark.parametrize("freq", ["zz", "-1h", "0h", "ME"])
def test_steps_that_are_none_are_refused(freq: str) -> None:
    with pytest.raises(ValueError, match="expected steps of fixed length"):
        casualties.timeline(load_casualties(episode="KGZ-2020-10"), freq=freq)


@pytest.mark.parametrize("freq", ["h", "D"])
def test_steps_cross_the_night_of_the_clock_change(freq: str) -> None:
    frame = table([{"reported_at": f"2020-10-{day}T12:00+01:00", "value": day} for day in (24, 25, 26)])
    paris = frame.assign(reported_at=frame["reported_at"].dt.tz_convert("Europe/Paris"), country_iso3="FRA")
    known = casualties.timeline(paris, "killed", freq=freq)
    assert known.index.is_monotonic_increasing
    assert known["low"].iloc[-1] == 26


def test_coverage_without_a_forecast_is_missing() -> None:
    covered = casualties.nowcast_coverage(load_casualties(), "killed")
    assert covered["high"].isna().all()
    assert covered["covered"].isna().all()
