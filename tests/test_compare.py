"""Two forecasters compared: by hand, under the null, and where nothing can be said."""

import numpy as np
import pytest
from numpy.random import default_rng

from analysis.forecast import compare

ROWS = 12
COUNTRIES = list("AABBCCDDEEFF")


def test_skill_and_difference_by_hand() -> None:
    found = compare([0.1, 0.2, 0.3] * 4, [0.2, 0.4, 0.6] * 4, COUNTRIES)
    assert (found.skill, found.difference) == pytest.approx((0.5, -0.2))
    assert (found.blocks, found.n, found.verdict) == (6, 12, "better")
    assert "better than the baseline (12 forecasts in 6 blocks)" in found.summary()
    assert "rough" in found.summary()


def test_interval_and_verdict_agree_and_turn_round() -> None:
    rng = default_rng(0)
    ours, theirs = rng.random(60), rng.random(60) + 0.5
    blocks = np.repeat(np.arange(20), 3)
    better, worse = compare(ours, theirs, blocks), compare(theirs, ours, blocks)
    assert better.difference_high < 0 < better.skill_low
    assert worse.skill_high < 0 < worse.difference_low
    assert (better.verdict, worse.verdict) == ("better", "worse")
    assert better.difference == -worse.difference


def test_order_and_names_of_countries_do_not_matter() -> None:
    rng = default_rng(1)
    ours, theirs, blocks = rng.random(40), rng.random(40), np.repeat(np.arange(10), 4)
    order = rng.permutation(40)
    one = compare(ours, theirs, blocks)
    other = compare(ours[order], theirs[order], [f"country {code}" for code in blocks[order]])
    assert (one.skill, one.difference, one.verdict) == pytest.approx((other.skill, other.difference, other.verdict))


def test_equally_good_forecasters_are_rarely_told_apart() -> None:
    """Of 1,000 such pairs 54 are told apart; 4 to 28 of these 300 is what 5% gives at 99.9%."""
    apart = 0
    for seed in range(300):
        rng = default_rng(seed)
        blocks = np.repeat(np.arange(30), rng.integers(1, 7, 30))
        chance = 1 / (1 + np.exp(-rng.normal(size=30)[blocks]))
        happened = rng.random(len(blocks)) < chance
        ours, theirs = (
            (np.clip(chance + rng.normal(0, 0.15, len(blocks)), 0.01, 0.99) - happened) ** 2 for _ in range(2)
        )
        apart += compare(ours, theirs, blocks, resamples=500, seed=seed).verdict != "not distinguishable"
    assert 4 <= apart <= 28


def test_rows_of_one_country_do_not_count_as_many() -> None:
    rng = default_rng(2)
    difference = np.repeat(rng.normal(-0.05, 0.2, 8), 50)
    base = np.full(400, 0.5)
    by_country = compare(base + difference, base, np.repeat(np.arange(8), 50))
    by_row = compare(base + difference, base, np.arange(400))
    width = [found.difference_high - found.difference_low for found in (by_country, by_row)]
    assert width[0] > 3 * width[1]


def test_same_scores_are_called_the_same() -> None:
    found = compare([0.2] * ROWS, [0.2] * ROWS, COUNTRIES)
    assert (found.verdict, found.skill, found.difference_low, found.difference_high) == ("the same", 0, 0, 0)


def test_one_country_gives_no_interval_and_no_verdict() -> None:
    found = compare([0.1, 0.2], [0.3, 0.4], ["A", "A"])
    assert found.verdict == "cannot be judged"
    assert np.isnan(found.difference_low)
    assert found.skill == pytest.approx(4 / 7)


def test_perfect_baseline_leaves_skill_undefined() -> None:
    rng = default_rng(3)
    found = compare(rng.random(20), np.zeros(20), np.arange(20))
    assert found.verdict == "worse"
    assert found.skill == -np.inf
    assert "skill not defined" in found.summary()


def test_infinite_score_is_worse_and_two_cannot_be_judged() -> None:
    endless = compare([np.inf, 0.1], [0.2, 0.2], ["A", "B"])
    assert endless.verdict == "worse"
    assert compare([np.inf, 0.1], [np.inf, 0.2], ["A", "B"]).verdict == "cannot be judged"


@pytest.mark.parametrize(
    ("ours", "theirs", "blocks", "options", "message"),
    [
        ([1], [1, 2], ["A"], {}, "1 scores, 2 of the baseline"),
        ([], [], [], {}, "no scores"),
        ([np.nan], [1], ["A"], {}, "a score is missing"),
        ([1], [1], [None], {}, "1 rows have no block"),
        ([1], [1], ["A"], {"level": 95}, "level must be"),
        ([1], [1], ["A"], {"resamples": 5}, "5 resamples"),
    ],
)
def test_refusals(ours: list, theirs: list, blocks: list, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(ours, theirs, blocks, **options)
