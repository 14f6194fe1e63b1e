"""Resampled kernel density: Russia with the mixtures of the R package, written shares found, a p-value that holds."""

import pathlib

import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng

from analysis.columns import DataError
from analysis.forensics import ResampledKernel, resampled_kernel, simulate

RUSSIA = {"voters": "registered", "given": "issued", "received": "cast", "leader": "votes"}
TURNOUT = pd.DataFrame(
    {
        "a": [24.613503, 3.484326, 15.465279, 4.649352],
        "b": [23.7665451, 1.0541489, 7.8541021, 0.4029057],
        "weight": [0.42846911, 0.2829416, 0.21090307, 0.07768622],
    }
)
SHARE = pd.DataFrame(
    {
        "a": [18.973278, 15.801459, 10.47605, 4.223078],
        "b": [42.4747458, 19.410952, 6.9658317, 0.8989324],
        "weight": [0.2762943, 0.2747641, 0.2696109, 0.1793307],
    }
)


def drawn(n: int, turnout: pd.DataFrame, share: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Stations whose turnout and share come from beta mixtures."""
    rng = default_rng(seed)
    rates = []
    for mixture in (turnout, share):
        kind = rng.choice(len(mixture), n, p=mixture["weight"] / mixture["weight"].sum())
        rates.append(rng.beta(mixture["a"].to_numpy()[kind], mixture["b"].to_numpy()[kind]))
    registered = rng.integers(200, 2000, n)
    cast = np.maximum(rng.binomial(registered, rates[0]), 1)
    return pd.DataFrame({"registered": registered, "cast": cast, "votes": rng.binomial(cast, rates[1])})


def test_russia_2011_with_the_mixtures_of_the_package(shared: pathlib.Path) -> None:
    stations = pd.read_csv(shared / "reference/russia2011_stations.csv.gz").rename(columns=RUSSIA)
    found = resampled_kernel(stations, 200, mixtures=(TURNOUT, SHARE))
    assert found.fraud_pct == pytest.approx(1.33, abs=0.12)
    assert (found.n, found.p_value) == (95224, 1 / 201)
    assert found.low > 0
    largest = found.excess["excess"].nlargest(6).index
    assert {0.95, 0.85, 0.8, 0.65} <= set(largest.to_numpy().round(3))


def test_shares_written_down_as_round_numbers_are_found() -> None:
    world = simulate(2000, manipulation="rounding", fraction=0.2, seed=3)
    found = resampled_kernel(world, 100)
    assert 5 < found.fraud_pct <= 20
    assert found.low > 0
    assert found.flags()
    peaks = 100 * found.excess["excess"].nlargest(5).index
    assert np.abs(peaks - 5 * np.round(peaks / 5)).max() < 0.11


def test_known_pile_is_counted() -> None:
    world = drawn(1900, TURNOUT, SHARE, seed=1)
    pile = pd.DataFrame({"registered": 2000, "cast": 1000, "votes": [777] * 100})
    found = resampled_kernel(pd.concat([world, pile], ignore_index=True), 100, mixtures=(TURNOUT, SHARE))
    assert found.excess.loc[0.776:0.778, "excess"].sum() == pytest.approx(100 / 2000, abs=0.005)
    assert "at a share of 77.7%" in found.summary()


@pytest.mark.parametrize("manipulation", ["stuffing", "moving"])
def test_scattered_manipulation_is_not_seen(manipulation: str) -> None:
    found = resampled_kernel(simulate(1500, manipulation=manipulation, fraction=0.3, seed=6), 60)
    assert not found.flags()


@pytest.mark.parametrize("heterogeneity", ["none", "realistic"])
def test_p_value_holds_on_clean_elections(heterogeneity: str) -> None:
    found = [resampled_kernel(simulate(400, heterogeneity=heterogeneity, seed=seed), 39, seed) for seed in range(40)]
    p_values = np.array([one.p_value for one in found])
    assert (p_values <= 0.05).sum() <= 6
    assert (p_values <= 0.25).sum() <= 18
    assert 0.3 < p_values.mean() < 0.7


def test_estimate_falls_with_the_number_of_resamples() -> None:
    world = simulate(1000, manipulation="rounding", seed=2)
    few, many = resampled_kernel(world, 20), resampled_kernel(world, 400)
    assert many.fraud_pct < few.fraud_pct
    assert (few.resamples, many.resamples) == (20, 400)


def test_mixture_of_stations_is_recovered() -> None:
    turnout = pd.DataFrame({"a": [60.0, 40.0], "b": [40.0, 4.0], "weight": [0.7, 0.3]})
    share = pd.DataFrame({"a": [20.0], "b": [30.0], "weight": [1.0]})
    found = resampled_kernel(drawn(2000, turnout, share, seed=4), 20)
    fitted = found.components_turnout
    assert fitted["weight"].tolist() == pytest.approx([0.7, 0.3], abs=0.04)
    assert (fitted["a"] / (fitted["a"] + fitted["b"])).tolist() == pytest.approx([0.6, 40 / 44], abs=0.01)
    assert found.components_share[["a", "b"]].iloc[0].tolist() == pytest.approx([20, 30], rel=0.15)
    assert len(found.components_share) == 1


def test_fitted_mixtures_handed_back_give_the_same_result() -> None:
    world = simulate(500, seed=5)
    first = resampled_kernel(world, 30, seed=7)
    again = resampled_kernel(world, 30, seed=7, mixtures=(first.components_turnout, first.components_share))
    other = resampled_kernel(world, 30, seed=8)
    pd.testing.assert_frame_equal(first.excess, again.excess)
    assert (first.fraud_pct, first.low, first.high, first.p_value) == (
        again.fraud_pct,
        again.low,
        again.high,
        again.p_value,
    )
    assert not first.excess["envelope"].equals(other.excess["envelope"])


def test_table_adds_up() -> None:
    found = resampled_kernel(simulate(500, seed=5), 30)
    table = found.excess
    assert 100 * table["excess"].sum() == pytest.approx(found.fraud_pct)
    assert table["expected"].sum() == pytest.approx(1)
    assert table["observed"].sum() == pytest.approx(1, abs=0.1)
    assert (table.loc[table["observed"] <= table["envelope"], "excess"] == 0).all()
    assert found.low <= found.fraud_pct <= found.high


def test_everybody_or_nobody_votes_for_the_leader() -> None:
    rows = pd.DataFrame({"registered": 100, "cast": [100, 60] * 40, "votes": [100, 0] * 40})
    found = resampled_kernel(rows, 20)
    assert 0 <= found.fraud_pct <= 100


def test_stations_left_out_are_counted_and_input_stays() -> None:
    world = simulate(300, seed=1)
    for row, (name, value) in enumerate([("cast", 0), ("registered", 1), ("votes", pd.NA)]):
        world.iloc[row, world.columns.get_loc(name)] = value
    world.iloc[3, world.columns.get_loc("votes")] = world["cast"].iloc[3] + 1
    before = world.copy()
    found = resampled_kernel(world, 20)
    pd.testing.assert_frame_equal(world, before)
    assert isinstance(found, ResampledKernel)
    assert (found.n, int(found.excluded["stations"].sum())) == (296, 4)


def test_refuses_with_a_reason() -> None:
    world = simulate(60, seed=1)
    with pytest.raises(ValueError, match="at least 20"):
        resampled_kernel(world, 5)
    with pytest.raises(DataError, match="at least 50 usable stations; there are 30"):
        resampled_kernel(world.head(30), 20)
    with pytest.raises(DataError, match="the columns cast"):
        resampled_kernel(world.drop(columns="cast"), 20)
