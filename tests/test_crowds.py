"""Crowd sizes in words: a word is a range, a number is what it says, what is not understood is missing."""

import itertools

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.formats.crowds import UNITS, VAGUE, read_crowds

NOTHING = [None, None, None]


def read(*texts):
    sizes = read_crowds(pd.Series(texts, dtype=object)).astype(object)
    return sizes.where(sizes.notna(), None).to_numpy().tolist()


def test_vague_words_are_ranges_and_never_points():
    assert read(*VAGUE) == [[low, None, high] for low, high in VAGUE.values()]


def test_the_table_holds_together():
    assert all(high is None or low < high for low, high in VAGUE.values())
    steps = ["a few", "dozens", "hundreds", "thousands", "tens of thousands", "hundreds of thousands", "millions"]
    for lower, upper in itertools.pairwise(steps):
        assert VAGUE[lower][1] < VAGUE[upper][0], f"{lower} ends where {upper} has begun"


def test_lower_bounds_are_those_of_the_crowd_counting_consortium():
    coded = {"dozens": 24, "several dozen": 36, "a couple dozen": 24, "hundreds": 200, "several hundred": 300}
    coded |= {"couple hundred": 200, "thousands": 2_000, "tens of thousands": 20_000, "hundreds of thousands": 200_000}
    assert {word: VAGUE[word][0] for word in coded} == coded


WORDINGS = {
    "200": [200, 200, 200],
    "20,000": [20_000, 20_000, 20_000],
    "20 000": [20_000, 20_000, 20_000],
    "20\u00a0000": [20_000, 20_000, 20_000],
    "1'250'000": [1_250_000, 1_250_000, 1_250_000],
    "2.5 million": [2_500_000, 2_500_000, 2_500_000],
    "a dozen": [12, 12, 12],
    "two dozen protesters": [24, 24, 24],
    "half a million": [500_000, 500_000, 500_000],
    "0": [0, 0, 0],
    "about 200": [None, 200, None],
    "Approximately 1,500 people": [None, 1_500, None],
    "about a million": [None, 1_000_000, None],
    "~300": [None, 300, None],
    "at least 500": [500, None, None],
    "500+": [500, None, None],
    "500 or more": [500, None, None],
    "more than 600": [601, None, None],
    ">10000": [10_001, None, None],
    "over a hundred": [101, None, None],
    "up to 300": [None, None, 300],
    "fewer than 50": [None, None, 49],
    "between 100 and 300": [100, None, 300],
    "100-300": [100, None, 300],
    "100–300": [100, None, 300],
    "1,000 to 4,999": [1_000, None, 4_999],
    "about 100-200 students": [100, None, 200],
    "5-6 thousand": [5_000, None, 6_000],
    "two to three thousand": [2_000, None, 3_000],
    "500 to 1 thousand": [500, None, 1_000],
    "200 (police) to 500 (organisers)": [200, None, 500],
    "dozens of people": [24, None, 99],
    "Hundreds  of protesters": [200, None, 999],
    "between several dozen and 100": [36, None, 100],
    "hundreds to thousands": [200, None, 9_999],
    "more than several hundred": [301, None, None],
    "up to several thousand": [None, None, 9_999],
    "100s": [200, None, 999],
    "1000s": [2_000, None, 9_999],
    "50s": [50, None, 99],
}


def test_wordings():
    assert dict(zip(WORDINGS, read(*WORDINGS), strict=True)) == WORDINGS


UNREAD = [
    "",
    None,
    "no report",
    "unknown",
    "NA",
    "-99",
    "small",
    "a large crowd",
    "hundreds of vehicles",
    "20 tractors",
    "2.500",
    "1,00",
    "10,0000",
    "1.5",
    "12 March",
    "100%",
    "300-100",
    "100 and 200",
    "hundreds; later 3,000",
    "a",
    "1234567890123",
    "five thousandths",
    "2020/21",
    "0x20",
    "1e5",
    "±200",
]


def test_what_is_not_wholly_understood_is_missing():
    assert dict(zip(UNREAD, read(*UNREAD), strict=True)) == dict.fromkeys(UNREAD, NOTHING)


@settings(max_examples=3)
@given(st.lists(st.integers(0, 10**9), min_size=100, max_size=100))
def test_a_number_is_what_it_says_with_and_without_separators(numbers):
    assert read(*map(str, numbers)) == read(*(f"{number:,}" for number in numbers)) == [[n] * 3 for n in numbers]


@settings(max_examples=3)
@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=100, max_size=100))
def test_bounds_are_in_order(pairs):
    assert read(*(f"{low}-{low + more}" for low, more in pairs)) == [[low, None, low + more] for low, more in pairs]


@settings(max_examples=3)
@given(
    st.lists(
        st.text(max_size=12)
        | st.from_regex("(about |over )?[0-9]{1,3}([ ,.][0-9]{1,4}){0,2}( people)?", fullmatch=True),
        min_size=100,
        max_size=100,
    )
)
def test_any_text_is_read_or_left(texts):
    for sizes in read(*texts):
        stated = [bound for bound in sizes if bound is not None]
        assert stated == sorted(stated)


def test_units_scale():
    assert read(*(f"3 {unit}" for unit in UNITS)) == [[3 * size] * 3 for size in UNITS.values()]


def test_the_index_of_the_texts_is_kept():
    sizes = read_crowds(pd.Series(["dozens", None], index=[7, 3]))
    assert sizes.index.tolist() == [7, 3]
    assert (sizes.dtypes == "Int64").all()


def test_a_bound_from_both_sides_states_none():
    assert read("fewer than 1,000 plus", "less than hundreds or more") == [[None] * 3] * 2


def test_a_shortened_range_is_left_unread():
    """Whether "2-3,000" begins with two or with two thousand is not said."""
    read = read_crowds(pd.Series(["2-3,000", "10 to 20,000", "100-1,000", "2,000-3,000"]))
    assert read.fillna(-1).to_numpy().tolist() == [[-1] * 3, [-1] * 3, [100, -1, 1000], [2000, -1, 3000]]
