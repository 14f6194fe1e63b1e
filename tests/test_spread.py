"""Spread over neighbours: order of first protest, likeness of neighbours, onsets that follow those next door."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats

from analysis import dynamics, event_panel, load_events, load_neighbours, load_table

CHAIN = pd.DataFrame({"region": list("ABCDE"), "neighbour": list("BCDEF")})


# Borders of Kyrgyzstan


def touching() -> dict[str, set[str]]:
    both = pd.concat(
        [load_neighbours(), load_neighbours().rename(columns={"region": "neighbour", "neighbour": "region"})]
    )
    return both.groupby("region")["neighbour"].agg(set).to_dict()


def test_nine_regions_border_each_other_both_ways_and_hang_together() -> None:
    borders = touching()
    assert set(borders) == set(load_table("turnout")["region"]) & set(borders)
    assert len(borders) == 9
    assert all(one in borders[other] for one, others in borders.items() for other in others)
    reached, before = {"KG-GB"}, set()
    while reached != before:
        before, reached = reached, reached.union(*(borders[region] for region in reached))
    assert reached == set(borders)


def test_cities_touch_only_the_region_around_them() -> None:
    borders = touching()
    assert borders["KG-GB"] == {"KG-C"}, "Bishkek lies inside Chuy"
    assert borders["KG-GO"] == {"KG-O"}, "Osh city lies inside Osh region"


def test_batken_and_talas_are_at_the_edge_and_naryn_in_the_middle() -> None:
    borders = touching()
    assert borders["KG-B"] == {"KG-O"}
    assert borders["KG-T"] == {"KG-C", "KG-J"}
    assert borders["KG-Y"] == {"KG-C", "KG-N"}
    assert borders["KG-N"] == {"KG-C", "KG-J", "KG-O", "KG-Y"}


# Order of first protest


def protests(*rows: tuple[str, str, str | None], precision: int = 1) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["region", "date", "time_local"])
    ids = [str(number) for number in range(1, len(frame) + 1)]
    return frame.assign(
        event_id=ids, event_type="Protests", date=pd.to_datetime(frame["date"]), date_precision=precision
    )


def test_hours_order_a_day_where_they_are_known_and_leave_ties_where_not() -> None:
    rows = protests(("A", "2020-10-05", "09:00"), ("B", "2020-10-05", "12:30"), ("C", "2020-10-05", None))
    order = dynamics.first_protests(rows)
    assert order.loc[["A", "B", "C"], "rank_first"].tolist() == [1, 2, 1]
    assert order.loc[["A", "B", "C"], "rank_last"].tolist() == [2, 3, 3]
    assert order["tied_with"].to_dict() == {"A": "C", "B": "C", "C": "A;B"}
    assert order.loc["A", "earliest"] == order.loc["A", "latest"] == pd.Timestamp("2020-10-05 09:00")
    assert order.loc["C", "latest"] == pd.Timestamp("2020-10-05 23:59")


def test_an_event_without_an_hour_can_be_earlier_than_a_timed_one_of_the_same_region() -> None:
    rows = protests(("A", "2020-10-05", "12:30"), ("A", "2020-10-05", None), ("A", "2020-10-06", "01:00"))
    first = dynamics.first_protests(rows).loc["A"]
    assert (first["earliest"], first["latest"]) == (pd.Timestamp("2020-10-05"), pd.Timestamp("2020-10-05 12:30"))
    assert first["event_id"] == "1;2"


def test_events_put_together_from_two_frames_keep_their_own_times() -> None:
    rows = protests(("A", "2020-10-05", "09:00"), ("B", "2020-10-06", "12:30"))
    twice = pd.concat([rows.iloc[:1], rows.iloc[1:].set_axis([0])])
    pd.testing.assert_frame_equal(dynamics.first_protests(twice), dynamics.first_protests(rows))


def test_event_of_the_week_or_month_spans_it() -> None:
    week = dynamics.first_protests(protests(("A", "2020-10-07", "10:00"), precision=2)).loc["A"]
    assert (week["earliest"], week["latest"]) == (pd.Timestamp("2020-10-01"), pd.Timestamp("2020-10-13 23:59"))
    month = dynamics.first_protests(protests(("A", "2020-10-07", None), precision=3)).loc["A"]
    assert (month["earliest"], month["latest"]) == (pd.Timestamp("2020-10-01"), pd.Timestamp("2020-10-31 23:59"))


def test_region_that_never_protested_is_listed_last_without_a_rank() -> None:
    rows = protests(("B", "2020-10-05", None), ("A", "2020-10-06", None))
    order = dynamics.first_protests(rows, units=["A", "B", "C"])
    assert order.index.tolist() == ["B", "A", "C"]
    assert order.loc["C"].isna().all()
    assert order.loc["A", "days_after"] == 1


def test_neighbours_surely_before_are_kept_apart_from_those_that_tie() -> None:
    rows = protests(
        ("A", "2020-10-05", None), ("B", "2020-10-06", None), ("C", "2020-10-06", None), ("E", "2020-10-06", None)
    )
    order = dynamics.first_protests(rows, neighbours=CHAIN)
    assert order.loc["B", ["neighbours_before", "neighbours_tied"]].tolist() == ["A", "C"]
    assert pd.isna(order.loc["C", "neighbours_before"])
    assert order.loc["E", ["neighbours_before", "neighbours_tied"]].isna().all(), "D never protested"
    assert order.index.tolist() == ["A", "B", "C", "E", "D", "F"]


def test_protests_without_a_region_are_counted() -> None:
    rows = protests(("A", "2020-10-05", None), (None, "2020-10-04", None))
    assert dynamics.first_protests(rows).attrs["without_unit"] == 1


def test_order_of_nothing_is_refused() -> None:
    rows = protests(("A", "2020-10-05", None))
    with pytest.raises(ValueError, match="no event of type Riots has a region: there is no first one"):
        dynamics.first_protests(rows, event_types=["Riots"])
    with pytest.raises(ValueError, match="1 has no date"):
        dynamics.first_protests(rows.assign(date=pd.NaT))
    with pytest.raises(ValueError, match="unknown column of events 'oblast'"):
        dynamics.first_protests(rows, "oblast")
    with pytest.raises(ValueError, match="F has neighbours but no data"):
        dynamics.first_protests(rows, units=list("ABCDE"), neighbours=CHAIN)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.integers(1, 4), st.one_of(st.none(), st.integers(0, 23))),
        min_size=1,
        max_size=12,
    ),
    st.randoms(),
)
def test_true_order_lies_within_the_ranks_whatever_the_row_order(
    rows: list[tuple[str, int, int | None]], random: object
) -> None:
    frame = protests(*((r, f"2020-10-0{d}", None if h is None else f"{h:02}:00") for r, d, h in rows))
    order = dynamics.first_protests(frame)
    hours = [random.randrange(24) if h is None else h for _, _, h in rows]
    true = pd.Series([24 * d + h for (_, d, _), h in zip(rows, hours, strict=True)]).groupby(frame["region"]).min()
    low, high = true.rank(method="min"), true.rank(method="max")
    assert (order["rank_first"].astype(float) <= high[order.index]).all()
    assert (order["rank_last"].astype(float) >= low[order.index]).all()
    pd.testing.assert_frame_equal(dynamics.first_protests(frame.iloc[::-1]), order)


def test_first_protests_of_october_2020_are_tied_across_the_country_on_the_first_day() -> None:
    days = load_events(country="KGZ", start="2020-10-04", end="2020-10-16")
    order = dynamics.first_protests(days, neighbours=load_neighbours())
    assert len(order) == 9
    first = order[order["days_after"] == 0]
    assert set(first.index) == {"KG-GB", "KG-N", "KG-T", "KG-Y"}
    assert first["neighbours_before"].isna().all()
    assert first.loc["KG-T", ["neighbours_before", "neighbours_tied"]].isna().all(), "Talas: nobody next door yet"
    assert order.index[-1] == "KG-B"
    assert pd.isna(order.loc["KG-B", "rank_first"])


# Likeness of neighbours


@pytest.fixture
def columbus(shared: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared / "reference/columbus_old.csv")
    return frame.set_index(pd.RangeIndex(1, len(frame) + 1))


@pytest.fixture
def columbus_borders(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/columbus_neighbours.csv").set_axis(["region", "neighbour"], axis=1)


@pytest.fixture
def published(shared: Path) -> pd.Series:
    rows = pd.read_csv(shared / "reference/expected.csv", header=None).query("`0` == 'A10'")
    return rows.set_index(1)[2].astype(float)


def test_likeness_in_columbus_is_as_published(
    columbus: pd.DataFrame, columbus_borders: pd.DataFrame, published: pd.Series
) -> None:
    found = dynamics.morans_i(columbus["CRIME"], columbus_borders)
    assert found.morans_i == pytest.approx(published["Moran I"], abs=1e-8)
    assert found.variance == pytest.approx(published["Moran var (randomisation)"], abs=1e-8)
    assert found.z == pytest.approx(published["Moran z"], abs=1e-4)
    assert found.gearys_c == pytest.approx(published["Geary C"], abs=1e-8)
    assert found.expected == pytest.approx(-1 / 48)
    assert found.p_value == found.gearys_p_value == 1 / 1000, "none of 999 random orders is as alike"
    assert "p = 0.001 (999 random orders): neighbours are alike" in found.summary()


def test_spatial_lag_of_columbus_is_as_published(
    columbus: pd.DataFrame, columbus_borders: pd.DataFrame, published: pd.Series
) -> None:
    fit = dynamics.spatial_lag(columbus, "CRIME ~ INC + HOVAL", columbus_borders)
    assert fit.rho == pytest.approx(published["spatial lag rho"], abs=1e-4)
    assert fit.params["Intercept"] == pytest.approx(published["lag const"], abs=1e-3)
    assert fit.params["INC"] == pytest.approx(published["lag INC"], abs=1e-4)
    assert fit.params["HOVAL"] == pytest.approx(published["lag HOVAL"], abs=1e-4)
    assert fit.loglik == pytest.approx(published["lag loglik"], abs=1e-3)
    assert fit.params["rho"] == fit.rho
    assert "over 49 regions" in fit.summary()


def test_likeness_on_a_square_is_as_worked_by_hand() -> None:
    square = pd.DataFrame({"region": list("ABCD"), "neighbour": list("BCDA")})
    found = dynamics.morans_i(pd.Series([1.0, 1, 0, 0], index=list("ABCD")), square, permutations=0)
    # deviations are +-1/2; A has B (like) and D (unlike): every product sum is 0, so I = 0
    assert found.morans_i == pytest.approx(0)
    # C = (n-1)/(2 S0) sum w (difference)^2 / sum z^2 = 3/(2*4) * (4 * 1/2) / 1
    assert found.gearys_c == pytest.approx(0.75)
    assert found.borders == 4
    assert np.isnan(found.p_value)
    opposite = dynamics.morans_i(pd.Series([1.0, 0, 1, 0], index=list("ABCD")), square, permutations=0)
    assert opposite.morans_i == pytest.approx(-1)


def test_borders_count_once_whether_listed_once_or_both_ways() -> None:
    values = pd.Series([5, 3, 4, 1, 0, 2], index=list("ABCDEF"))
    twice = pd.concat([CHAIN, CHAIN.rename(columns={"region": "neighbour", "neighbour": "region"})])
    assert dynamics.morans_i(values, twice) == dynamics.morans_i(values, CHAIN)
    shuffled = values.sample(frac=1, random_state=3)
    assert dynamics.morans_i(shuffled, CHAIN, permutations=0).morans_i == pytest.approx(
        dynamics.morans_i(values, CHAIN, permutations=0).morans_i
    )


def test_permutation_p_values_are_uniform_where_there_is_no_pattern() -> None:
    borders, rng = load_neighbours(), default_rng(5)
    regions = sorted(touching())
    found = [
        dynamics.morans_i(pd.Series(rng.exponential(size=9), index=regions), borders, permutations=199, seed=seed)
        for seed in range(500)
    ]
    for p_values in ([one.p_value for one in found], [one.gearys_p_value for one in found]):
        assert stats.kstest(p_values, "uniform").pvalue > 0.01
        assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.08


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1, 2, 3, 4, 5, None], "no value for F: not covered is not 0"),
        ([2] * 6, "all 6 regions have the value 2: there is no pattern to measure"),
        (["many"] * 5 + ["few"], "the values must be numbers"),
        ([1, 2, 3, 4, 5, np.inf], "the value of F is infinite"),
    ],
)
def test_values_without_a_pattern_are_answered_in_words(values: list[object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dynamics.morans_i(pd.Series(values, index=list("ABCDEF")), CHAIN)


def test_few_regions_islands_and_strangers_are_answered_in_words() -> None:
    with pytest.raises(ValueError, match="1 regions are too few for a pattern"):
        dynamics.morans_i(pd.Series([1], index=["A"]), CHAIN.iloc[:0])
    island = pd.Series(range(7), index=list("ABCDEFG"))
    with pytest.raises(ValueError, match="G touches no other region"):
        dynamics.morans_i(island, CHAIN)
    with pytest.raises(ValueError, match="E, F have neighbours but no data"):
        dynamics.morans_i(pd.Series(range(4), index=list("ABCD")), CHAIN)
    with pytest.raises(ValueError, match="each region must have a code and occur once; see A"):
        dynamics.morans_i(pd.Series(range(6), index=list("ABCDEA")), CHAIN)
    with pytest.raises(ValueError, match="needs two different regions"):
        dynamics.morans_i(pd.Series(range(6), index=list("ABCDEF")), CHAIN.assign(neighbour="A"))
    with pytest.raises(ValueError, match="no column neighbour"):
        dynamics.morans_i(pd.Series(range(6), index=list("ABCDEF")), CHAIN[["region"]])
    with pytest.raises(ValueError, match="permutations must be 0 or more"):
        dynamics.morans_i(pd.Series(range(6), index=list("ABCDEF")), CHAIN, permutations=-1)


def test_likeness_of_nine_regions_says_how_little_they_show() -> None:
    found = dynamics.morans_i(pd.Series([3, 1, 0, 2, 5, 1], index=list("ABCDEF")), CHAIN)
    assert "With 6 regions only strong patterns can show" in found.summary()
    assert "Likeness of neighbours is not contagion" in found.summary()


@pytest.mark.parametrize(
    ("formula", "rows", "why"),
    [
        ("y ~ x", 4, "4 regions cannot carry 2 coefficients"),
        ("y ~ 1", 6, "an intercept and at least one term"),
        ("y ~ x + z", 6, "one term is a sum of multiples of the others"),
        ("y ~ nothing", 6, "does not fit the frame"),
        ("gap ~ x", 6, "does not fit the frame"),
    ],
)
def test_lag_model_that_cannot_be_fitted_is_refused(formula: str, rows: int, why: str) -> None:
    frame = pd.DataFrame(
        {"y": [3.0, 1, 2, 5, 4, 6], "x": [0, 1, 0, 1, 1, 0], "gap": [1, 2, None, 3, 4, 5]}, index=list("ABCDEF")
    ).assign(z=lambda table: 2 * table["x"])
    with pytest.raises(ValueError, match=why):
        dynamics.spatial_lag(frame.iloc[:rows], formula, CHAIN.iloc[: rows - 1])
    with pytest.raises(ValueError, match="F touches no other region"):
        dynamics.spatial_lag(frame, "y ~ x", CHAIN.iloc[:-1])


# Onsets next door


def panel_of(began: dict[str, float], periods: int, missing: dict[str, list[int]] | None = None) -> pd.DataFrame:
    """Make a panel in which each region is active from a period on, and not covered in those listed as missing."""
    index = pd.MultiIndex.from_product([list(began), range(periods)], names=["region", "period"])
    events = [pd.NA if t in (missing or {}).get(r, []) else int(t >= began[r]) for r, t in index]
    return pd.DataFrame({"events": pd.array(events, dtype="Int64")}, index=index)


def test_rows_at_risk_are_those_until_the_first_protest() -> None:
    panel = panel_of({"A": 0, "B": 2, "C": 3, "D": 9, "E": 9, "F": 4}, 5)
    fit = dynamics.new_onsets(panel, CHAIN, shuffles=0)
    share = fit.rows.set_index(["region", "period"])["neighbours"]
    assert share["B"].to_dict() == {1: 0.5, 2: 0.5}, "A of its two neighbours was active"
    assert share["C"].to_dict() == {1: 0.0, 2: 0.0, 3: 0.5}, "B began in 2, which counts in 3"
    assert share["D"].to_dict() == {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.5}
    assert fit.rows.query("onset == 1")["region"].tolist() == ["B", "C", "F"]
    assert (fit.onsets, fit.n, fit.left_out) == (3, len(share), {"regions active in the first period": 1})


def test_capital_counts_everywhere_but_at_home() -> None:
    panel = panel_of({"A": 2, "B": 4, "C": 3, "D": 9, "E": 4, "F": 9}, 6)
    rows = dynamics.new_onsets(panel, CHAIN, capital="A", shuffles=0).rows.set_index(["region", "period"])
    assert rows.loc["A", "capital"].tolist() == [0, 0]
    assert rows.loc["E", "capital"].tolist() == [0, 0, 1, 1]


def test_more_lags_remember_longer() -> None:
    index = pd.MultiIndex.from_product([list("ABC"), range(6)], names=["region", "period"])
    events = [0, 1, 0, 0, 0, 0] + [0, 0, 0, 1, 0, 0] + [0] * 6
    panel = pd.DataFrame({"events": events}, index=index)
    chain = CHAIN.iloc[:2]
    one, two = (dynamics.new_onsets(panel, chain, lags=lags, shuffles=0).rows for lags in (1, 2))
    assert one.query("region == 'B'")["neighbours"].tolist() == [0, 0.5, 0]
    assert two.query("region == 'B'")["neighbours"].tolist() == [0.5, 0.5]


def firth(rows: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Maximise the penalised likelihood of one term by brute force."""
    from scipy.optimize import minimize

    design, onset = np.column_stack([np.ones(len(rows)), rows["neighbours"]]), rows["onset"].to_numpy()

    def loss(beta: np.ndarray) -> float:
        mean = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (mean * (1 - mean))[:, None])
        loglik = onset @ np.log(mean) + (1 - onset) @ np.log(1 - mean)
        return -float(loglik + 0.5 * np.linalg.slogdet(information)[1])

    found = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-11})
    held = minimize(lambda intercept: loss(np.array([intercept[0], 0.0])), [0.0], method="Nelder-Mead")
    return found.x, float(stats.chi2.sf(2 * (held.fun - found.fun), 1))


def test_estimate_and_test_are_those_of_the_penalised_likelihood() -> None:
    panel = panel_of({"A": 0, "B": 2, "C": 3, "D": 9, "E": 9, "F": 4}, 6)
    fit = dynamics.new_onsets(panel, CHAIN, shuffles=0)
    beta, p_value = firth(fit.rows)
    assert fit.params.tolist() == pytest.approx(beta.tolist(), abs=1e-4)
    assert fit.p_values["neighbours"] == pytest.approx(p_value, abs=1e-4)
    low, high = fit.intervals.loc["neighbours"]
    assert low < fit.params["neighbours"] < high


def test_separated_onsets_have_a_finite_estimate_and_are_named() -> None:
    panel = panel_of({"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "F": 5}, 7)
    fit = dynamics.new_onsets(panel, CHAIN, shuffles=0)
    assert fit.separated == ("neighbours",), "no onset without an active neighbour, and none missing with one"
    assert np.isfinite(fit.params).all()
    assert "neighbours separates onsets from the rest" in fit.summary()


def test_summary_says_open_sides_of_intervals_in_words() -> None:
    fit = dynamics.new_onsets(panel_of({"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "F": 5}, 7), CHAIN, shuffles=0)
    assert "nan" not in fit.summary()
    assert "e+" not in fit.summary()


def test_region_not_covered_is_no_longer_at_risk_and_its_neighbours_are_unknown() -> None:
    began = {"A": 0, "B": 3, "C": 4, "D": 9, "E": 9, "F": 5}
    fit = dynamics.new_onsets(panel_of(began, 7, {"D": [2]}), CHAIN, shuffles=0)
    rows = fit.rows.set_index(["region", "period"])
    assert rows.loc["D"].index.tolist() == [1], "whether D began on day 2 is unknown, so it leaves"
    assert 3 not in rows.loc["E"].index, "a neighbour of E was not covered the day before"
    assert fit.left_out["regions not covered before any protest, from then on"] == 1
    assert fit.left_out["region-periods with neighbours or capital not covered before"] == 2
    assert "Left out: " in fit.summary()


def test_island_is_named_and_has_no_active_neighbours() -> None:
    began = {"A": 0, "B": 1, "C": 3, "D": 9, "E": 9, "F": 5, "G": 2}
    fit = dynamics.new_onsets(panel_of(began, 7), CHAIN, shuffles=0)
    assert fit.islands == ("G",)
    assert (fit.rows.query("region == 'G'")["neighbours"] == 0).all()
    assert "Without neighbours: G" in fit.summary()


def test_capital_that_adds_nothing_is_left_out_and_counted() -> None:
    panel = panel_of({"A": 0, "B": 2, "C": 3, "D": 9, "E": 9, "F": 4}, 6)
    fit = dynamics.new_onsets(panel, CHAIN, capital="A", shuffles=0)
    assert "capital" not in fit.params
    assert fit.left_out["the term capital, which never varies, or always as the neighbours do"] == 1


@pytest.mark.parametrize(
    ("began", "why"),
    [
        (dict.fromkeys("ABCDEF", 9), "no first protest in the 24 region-periods at risk"),
        (dict.fromkeys("ABCDEF", 0), "all were active from the start"),
        (dict.fromkeys("ABCDEF", 1), "nothing but first protests in the 6 region-periods"),
        (dict.fromkeys("ABCDEF", 3), "the share of active neighbours is 0 in every region-period"),
        ({"A": 0}, "spread needs at least two"),
    ],
)
def test_panels_without_a_comparison_are_answered_in_words(began: dict[str, float], why: str) -> None:
    borders = CHAIN if len(began) > 1 else CHAIN.iloc[:0]
    with pytest.raises(ValueError, match=why):
        dynamics.new_onsets(panel_of(began, 5), borders)


def test_days_taken_out_of_a_panel_are_noticed() -> None:
    days = pd.period_range("2020-10-05", periods=4, freq="D")
    index = pd.MultiIndex.from_product([["A", "B"], days], names=["region", "period"])
    panel = pd.DataFrame({"events": [1, 0, 0, 0, 0, 0, 0, 1]}, index=index)
    observed = panel[panel.index.get_level_values("period") != pd.Period("2020-10-06")]
    with pytest.raises(ValueError, match="the panel lacks 2020-10-06; give every period"):
        dynamics.new_onsets(observed, CHAIN.iloc[:1])
    with pytest.raises(ValueError, match="lacks some periods of some regions"):
        dynamics.new_onsets(panel.iloc[:-1], CHAIN.iloc[:1])
    with pytest.raises(ValueError, match="is in the panel twice"):
        dynamics.new_onsets(pd.concat([panel, panel]), CHAIN.iloc[:1])
    with pytest.raises(ValueError, match="counts -1 events somewhere"):
        dynamics.new_onsets(panel.replace(1, -1), CHAIN.iloc[:1])
    with pytest.raises(ValueError, match="expected a panel with `events`"):
        dynamics.new_onsets(panel.reset_index(), CHAIN.iloc[:1])


def test_options_that_make_no_sense_are_refused() -> None:
    panel = panel_of({"A": 0, "B": 2, "C": 3, "D": 9, "E": 9, "F": 4}, 6)
    with pytest.raises(ValueError, match="lags must be a whole number of periods from 1, not 0"):
        dynamics.new_onsets(panel, CHAIN, lags=0)
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        dynamics.new_onsets(panel, CHAIN, level=95)
    with pytest.raises(ValueError, match="the capital 'KG-GB' is no region of the panel"):
        dynamics.new_onsets(panel, CHAIN, capital="KG-GB")


GRID = pd.DataFrame(
    [(5 * row + column, 5 * row + column + step) for row in range(5) for column in range(5) for step in (1, 5)],
    columns=["region", "neighbour"],
).query("neighbour < 25 and not (neighbour == region + 1 and neighbour % 5 == 0)")
NEXT_TO = np.zeros((25, 25))
NEXT_TO[GRID["region"], GRID["neighbour"]] = NEXT_TO[GRID["neighbour"], GRID["region"]] = 1
NEXT_TO /= NEXT_TO.sum(axis=1, keepdims=True)


def simulated(seed: int, contagion: float, common: list[float]) -> pd.DataFrame:
    """Simulate onsets on a square grid: logit of the daily risk = common + contagion x share of active neighbours."""
    rng, active = default_rng(seed), np.zeros((25, len(common) + 1))
    for day, level in enumerate(common, start=1):
        risk = 1 / (1 + np.exp(-level - contagion * NEXT_TO @ active[:, day - 1]))
        active[:, day] = np.maximum(active[:, day - 1], rng.random(25) < risk)
    index = pd.MultiIndex.from_product([range(25), range(len(common) + 1)], names=["region", "period"])
    return pd.DataFrame({"events": active.ravel().astype(int)}, index=index)


def test_simulated_contagion_is_recovered() -> None:
    fits = [dynamics.new_onsets(simulated(seed, 4, [-3.5] * 15), GRID, shuffles=39) for seed in range(12)]
    assert np.mean([fit.params["neighbours"] for fit in fits]) == pytest.approx(4, abs=0.6)
    covered = [fit.intervals.loc["neighbours", "low"] < 4 < fit.intervals.loc["neighbours", "high"] for fit in fits]
    assert np.mean(covered) >= 0.8
    assert np.mean([fit.graph_p_value <= 0.05 for fit in fits]) >= 0.8


def test_common_shock_fools_the_odds_ratio_and_not_the_exchange_of_places() -> None:
    shock = list(np.linspace(-5, 1, 12))
    fits = [dynamics.new_onsets(simulated(seed, 0, shock), GRID, shuffles=39, seed=seed) for seed in range(20)]
    assert np.mean([fit.p_values["neighbours"] <= 0.05 for fit in fits]) > 0.5
    assert np.mean([fit.graph_p_value <= 0.05 for fit in fits]) <= 0.15
    assert stats.kstest([fit.graph_p_value for fit in fits], "uniform").pvalue > 0.01


def test_same_seed_gives_the_same_maps_and_row_order_does_not_matter() -> None:
    panel = simulated(1, 3, [-3.0] * 10)
    one = dynamics.new_onsets(panel, GRID, shuffles=19, seed=4)
    other = dynamics.new_onsets(panel.sample(frac=1, random_state=2).sort_index(), GRID.iloc[::-1], shuffles=19, seed=4)
    assert one.graph_p_value == other.graph_p_value
    pd.testing.assert_series_equal(one.params, other.params)


def test_october_2020_says_that_nine_regions_do_not_show_spread_by_borders() -> None:
    borders = load_neighbours()
    crowds = load_events(country="KGZ", start="2020-10-04", end="2020-10-16").query(
        "event_type in ['Protests', 'Riots']"
    )
    spans = pd.DataFrame({"region": sorted(touching()), "start": "2020-10-04", "end": "2020-10-16"})
    panel = event_panel(crowds, by="region", coverage=spans)
    fit = dynamics.new_onsets(panel, borders, capital="KG-GB", shuffles=99)
    assert fit.onsets == 8
    assert (fit.intervals.loc["neighbours", "low"] < 0) & (fit.intervals.loc["neighbours", "high"] > 0)
    assert fit.graph_p_value > 0.05
    assert "With 8 onsets the intervals say more than the estimates" in fit.summary()
