"""
The seven episodes under the rules, as worked out by hand from their reports before the code was run on them.

Numbers stand for report ids: 31 is CAS-0031. `said` limits what is set aside to reports of the measure that had been
said by then, whatever their scope, place or population.
"""

import pandas as pd
import pytest

from analysis import casualties, load_casualties

OCTOBER = "KGZ-2020-10"
APRIL = "KGZ-2010-04"
JUNE = "KGZ-2010-06"

# episode, measure, as_of, low, best, high, used, set aside
OFFICIAL = [
    (OCTOBER, "injured", "2020-10-06 12:00", 590, 590, 590, {1, 6, 31}, {2, 4, 5, 11, 12, 14, 15}),
    (OCTOBER, "injured", "2020-10-06 18:00", 686, 686, 686, {1, 6, 31, 45}, {2, 4, 5, 11, 12, 14, 15, 43}),
    (
        OCTOBER,
        "injured",
        None,
        1250,
        1250,
        1250,
        {1, 6, 31, 45, 57, 62, 73, 79, 96},
        {2, 4, 5, 11, 12, 14, 15, 27, 37, 39, 41, 43, 44, 50, 52, 54, 55, 63, 67, 70}
        | {83, 84, 85, 86, 89, 92, 94, 225},
    ),
    (OCTOBER, "killed", "2020-10-06 09:00", None, None, None, set(), set()),
    (OCTOBER, "killed", "2020-10-06 10:23", 1, 1, 1, {35}, set()),
    (OCTOBER, "killed", "2020-10-06 12:00", 1, 1, 1, {35}, set()),
    (OCTOBER, "killed", None, 1, 1, 1, {35}, {18, 21, 36, 40, 49, 56, 61, 69, 71, 75, 82}),
    (APRIL, "killed", "2010-04-07", 47, None, None, {106, 108, 111, 113}, {104, 105, 110}),
    (APRIL, "killed", "2010-04-08", 75, None, None, {106, 108, 111, 113, 114, 116, 117}, {104, 105, 110}),
    (
        APRIL,
        "killed",
        None,
        84,
        84,
        84,
        {106, 108, 111, 113, 114, 116, 117, 121, 124, 125, 130, 131},
        {104, 105, 110, 120, 128, 133, 135, 136},
    ),
    (APRIL, "injured", "2010-04-07", 350, 400, 450, {107, 109, 112}, {100, 101, 102}),
    (APRIL, "injured", "2010-04-08", 500, None, None, {107, 109, 112, 118}, {100, 101, 102}),
    (APRIL, "injured", None, 1651, 1651, 1651, {107, 109, 112, 118, 119, 126}, {100, 101, 102, 129, 134}),
    (JUNE, "killed", "2010-06-11", 23, None, None, {137, 138, 140, 141, 142}, {139}),
    (JUNE, "killed", "2010-06-13", 82, 82, 82, {137, 138, 140, 141, 142, 144, 146, 148}, {139, 147, 150}),
    (
        JUNE,
        "killed",
        "2010-07-30",
        356,
        None,
        893,
        {137, 138, 140, 141, 142, 144, 146, 148, 152, 154, 155, 157, 158, 159, 161, 164, 165, 166, 167, 226, 227},
        {139, 147, 150, 160, 162, 163},
    ),
    (
        JUNE,
        "killed",
        None,
        426,
        426,
        426,
        {137, 138, 140, 141, 142, 144, 146, 148, 152, 154, 155, 157, 158, 159, 161, 164, 165, 166, 168, 226, 227},
        {139, 147, 150, 160, 162, 163, 167, 169, 170, 171},
    ),
    (JUNE, "injured", None, 2326, 2326, 2326, {143, 145, 149, 153, 228, 229, 230, 231, 232, 233}, {235}),
    ("KGZ-2005-03", "killed", None, 2, None, 4, {176, 178}, {177}),
    ("KGZ-2005-03", "injured", None, 367, 367, 367, {179}, {173, 174, 181, 182}),
    ("KGZ-2002-03", "killed", None, None, None, None, set(), {184, 187, 188, 189, 190}),
    ("KGZ-2019-08", "injured", "2019-08-08", 85, 85, 85, {195, 196, 199, 200, 201, 202}, set()),
    ("KGZ-2019-08", "injured", "2019-08-10", 132, 132, 132, {195, 196, 199, 200, 201, 202, 203}, set()),
    ("KGZ-2019-08", "injured", None, 139, 139, 139, {195, 196, 199, 200, 201, 202, 203, 208, 211}, set()),
    ("KGZ-2019-08", "killed", None, None, None, None, set(), {194}),
    (
        "BLR-2020-08",
        "killed",
        None,
        2,
        2,
        2,
        {242, 246, 259},
        {214, 220, 223, 224, 236, 243, 257, 260, 261, 262, 263, 267, 273, 283, 302, 306, 321},
    ),
]


def numbers(frame: pd.DataFrame) -> set[int]:
    return set(frame["report_id"].str[4:].astype(int))


@pytest.mark.parametrize(("episode", "measure", "as_of", "low", "best", "high", "used", "aside"), OFFICIAL)
def test_official_by_hand(episode, measure, as_of, low, best, high, used, aside) -> None:
    estimate = casualties.reconcile(load_casualties(episode=episode), measure, as_of=as_of)
    assert (estimate.low, estimate.best, estimate.high) == (low, best, high)
    assert numbers(estimate.used) == used
    left = estimate.set_aside
    assert numbers(left[(left["measure"] == measure) & (left["reason"] != "said later")]) == aside
    assert left["reason"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("episode", "measure", "rule", "options", "low", "best", "high"),
    [
        ("KGZ-2005-03", "killed", "envelope", {}, 2, None, 4),
        ("KGZ-2005-03", "killed", "running_max", {}, 4, 4, 4),
        (JUNE, "killed", "envelope", {"as_of": "2010-06-23"}, 240, None, 251),
        (JUNE, "killed", "running_max", {}, 1001, None, None),
        (JUNE, "killed", "official", {"location": "Osh"}, 23, 23, 23),
        (APRIL, "killed", "official", {"location": "Bishkek"}, 75, 75, 75),
        ("KGZ-2002-03", "killed", "running_max", {"population": "civilians"}, 6, 6, 6),
        ("KGZ-2002-03", "killed", "running_max", {}, 6, None, None),
        ("KGZ-2002-03", "injured", "running_max", {}, 61, 61, 61),
        ("KGZ-2019-08", "killed", "running_max", {}, 1, None, None),
        ("KGZ-2019-08", "injured", "official", {"location": "Koi-Tash"}, 52, 52, 52),
        ("BLR-2020-08", "killed", "running_max", {}, 5, None, None),
        ("BLR-2020-08", "killed", "official", {"trusted": ["authority"]}, 3, 3, 3),
        ("BLR-2020-08", "killed", "envelope", {}, 3, None, 4),
        (OCTOBER, "injured", "envelope", {"as_of": "2020-10-06 18:00"}, 686, 686, 686),
        (OCTOBER, "injured", "envelope", {"as_of": "2020-10-06"}, 686, 686, 686),
        (OCTOBER, "killed", "envelope", {"as_of": "2020-10-06"}, 1, 1, 1),
        (OCTOBER, "injured", "latest", {"as_of": "2020-10-10 12:00"}, 1001, None, None),
        (OCTOBER, "injured", "running_max", {"as_of": "2020-10-05"}, 71, None, None),
        (OCTOBER, "hospitalised", "official", {}, 279, 279, 279),
        (OCTOBER, "hospitalised", "official", {"as_of": "2020-10-08 12:00"}, 218, 218, 218),
        (OCTOBER, "injured", "official", {"population": "security_forces"}, 626, None, None),
    ],
)
def test_other_rules_places_and_populations_by_hand(episode, measure, rule, options, low, best, high) -> None:
    estimate = casualties.reconcile(load_casualties(episode=episode), measure, rule=rule, **options)
    assert (estimate.low, estimate.best, estimate.high) == (low, best, high)


def test_left_open_is_said_and_not_averaged() -> None:
    march = load_casualties(episode="KGZ-2005-03")
    for rule in ("official", "envelope"):
        estimate = casualties.reconcile(march, "killed", rule=rule)
        assert estimate.contradiction
        assert estimate.best is None
        assert "2 to 4 killed in Bishkek" in estimate.summary()
        assert "quote the range" in estimate.summary()
    assert not casualties.reconcile(march, "injured").contradiction


def test_reasons_tell_what_kind_of_report_it_is() -> None:
    estimate = casualties.reconcile(load_casualties(episode=OCTOBER))
    reason = estimate.set_aside.set_index("report_id")["reason"]
    for report, text in {
        "CAS-0012": "not the competent body: media",
        "CAS-0037": "below the 686 of CAS-0045",
        "CAS-0050": "counts Bishkek: Traumatology Centre, a part",
        "CAS-0054": "repeats the 686 of CAS-0045",
        "CAS-0067": "its range holds the 911 of CAS-0062",
        "CAS-0086": "additional persons",
        "CAS-0094": "counts security forces, Bishkek, a part",
        "CAS-0092": "its range holds the 1,218 of CAS-0079",
        "CAS-0034": "another thing: intensive care",
    }.items():
        assert text in reason[report], report
