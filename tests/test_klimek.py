"""Klimek's model: the published kernel, elections of its own making recovered, honest ones that it cannot accuse."""

import math
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gaussian_kde

from analysis.columns import DataError
from analysis.forensics import KlimekFit, klimek, simulate
from analysis.forensics.klimek_cells import cells, honest_cells, klimek_cells

RUSSIA = {"voters": "registered", "given": "issued", "received": "cast", "leader": "votes"}


def russia(shared: pathlib.Path, year: int) -> pd.DataFrame:
    return pd.read_csv(shared / f"reference/russia{year}_stations.csv.gz").rename(columns=RUSSIA)


def made(seed: int, n: int = 3000, **options: object) -> KlimekFit:
    process = {"manipulation": "klimek", "sigma_turnout": 0.08, "sigma_share": 0.08}
    return klimek(simulate(n, seed=seed, **(process | options)))


@pytest.mark.parametrize(
    ("year", "kernel", "mebane", "published"),
    [
        (2011, (0.529, 0.081381, 0.324, 0.069723, 0.559001), 0.121, 0.64),
        (2012, (0.605, 0.069407, 0.600, 0.091970, 0.418900), 0.084, 0.39),
    ],
)
def test_russia_has_the_published_kernel_and_no_settled_extent(
    shared: pathlib.Path, year: int, kernel: tuple[float, ...], mebane: float, published: float
) -> None:
    fit = klimek(russia(shared, year))
    assert (fit.tau, fit.sigma_tau, fit.nu, fit.sigma_nu, fit.theta) == pytest.approx(kernel, abs=1e-6)
    assert fit.fitted["kernel"].dropna().tolist() == pytest.approx(kernel, abs=1e-6)
    assert mebane < fit.f_i < published
    assert (fit.f_i_low, fit.f_e_low) == (0, 0)
    assert fit.dispersion > 50
    assert not fit.flags()
    assert fit.effect_votes is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_modes_are_those_of_an_exact_kernel_density(seed: int) -> None:
    world = simulate(700, turnout=0.7, seed=seed)
    counts = world[["registered", "issued", "cast", "votes"]].astype(float)
    grid = np.linspace(0, 1, 1001)
    for mode, values in (
        (klimek(world).tau, counts["issued"] / counts["registered"]),
        (klimek(world).nu, counts["votes"] / counts["cast"]),
    ):
        density = gaussian_kde(values)(grid)
        inner = (density[1:-1] > density[:-2]) & (density[1:-1] > density[2:]) & (grid[1:-1] > 0.3)
        assert mode == pytest.approx(grid[1:-1][inner][0], abs=1e-9)


@pytest.mark.parametrize("theta", [0.2, 0.4])
def test_its_own_elections_are_recovered(theta: float) -> None:
    fits = [made(seed, theta=theta) for seed in range(8)]
    assert np.mean([fit.f_i for fit in fits]) == pytest.approx(0.3, abs=0.05)
    assert np.mean([fit.f_e for fit in fits]) == pytest.approx(0.03, abs=0.01)
    assert np.mean([fit.alpha for fit in fits]) == pytest.approx(1.5, abs=0.35)
    assert np.mean([fit.fitted.loc["theta", "fitted"] for fit in fits]) == pytest.approx(theta, abs=0.05)
    assert sum(fit.f_i_low <= 0.3 <= fit.f_i_high for fit in fits) >= 6
    assert sum(fit.f_e_low <= 0.03 <= fit.f_e_high for fit in fits) >= 6
    assert all(fit.flags() for fit in fits)


def test_votes_by_fraud_are_those_that_were_added() -> None:
    worlds = [
        simulate(3000, manipulation="klimek", heterogeneity="none", sigma_turnout=0.08, sigma_share=0.08, seed=seed)
        for seed in range(4)
    ]
    added = sum(int((world["votes"] - world["votes_true"]).sum()) for world in worlds)
    assert sum(klimek(world).effect_votes for world in worlds) == pytest.approx(added, rel=0.08)


def test_without_fraud_its_own_elections_have_none() -> None:
    fits = [made(seed, incremental=0.0, extreme=0.0) for seed in range(6)]
    assert max(fit.f_i for fit in fits) < 0.03
    assert max(fit.f_e for fit in fits) < 0.01
    assert not any(fit.flags() for fit in fits)
    assert all(math.isnan(fit.alpha) for fit in fits if fit.f_i == fit.f_e == 0)


def test_extreme_fraud_alone_is_not_called_incremental() -> None:
    fits = [made(seed, incremental=0.0, extreme=0.05) for seed in range(3)]
    assert all(fit.f_i < 0.03 for fit in fits)
    assert np.mean([fit.f_e for fit in fits]) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("turnout", "share"), [(0.6, 0.5), (0.4, 0.3), (0.65, 0.88), (0.85, 0.75)])
def test_honest_differences_look_like_fraud_to_the_point_estimate_but_do_not_flag(turnout: float, share: float) -> None:
    fit = klimek(simulate(2000, turnout=turnout, share=share, seed=5))
    assert fit.f_i > 0.1
    assert fit.f_i_low == 0
    assert fit.statistic < 0
    assert not fit.flags()
    assert "as well or better" in fit.summary()


def test_published_rule_takes_a_bump_for_the_mode_but_the_fit_does_not_stand_on_it() -> None:
    fit = klimek(simulate(800, share=0.97, seed=1))
    assert fit.nu < 0.9
    assert fit.fitted.loc["nu", "fitted"] != pytest.approx(fit.nu, abs=0.02)
    assert 0 == fit.f_i_low <= fit.f_i <= fit.f_i_high <= 1


def test_without_a_mode_above_the_limit_the_highest_one_counts() -> None:
    fit = klimek(simulate(800, turnout=0.15, share=0.1, heterogeneity="none", seed=1))
    assert (fit.tau, fit.nu) == pytest.approx((0.15, 0.1), abs=0.01)
    assert fit.f_i < 0.03


def test_order_and_seed_are_irrelevant_and_input_stays() -> None:
    world = simulate(600, seed=4)
    before = world.copy()
    first, other = klimek(world), klimek(world.sample(frac=1, random_state=1), seed=9)
    pd.testing.assert_frame_equal(world, before)
    assert first.fitted["fitted"].tolist() == pytest.approx(other.fitted["fitted"].tolist(), abs=1e-6)


def test_higher_level_is_wider_and_flags_follow_alpha() -> None:
    world = simulate(1500, manipulation="klimek", seed=2)
    usual, wide = klimek(world), klimek(world, level=0.999)
    assert wide.f_i_low < usual.f_i_low < usual.f_i < usual.f_i_high < wide.f_i_high
    assert usual.flags(0.05)
    assert not usual.flags(1e-300)


def test_stations_left_out_are_counted() -> None:
    world = simulate(300, seed=1)
    world.iloc[0, world.columns.get_loc("cast")] = 0
    world.iloc[1, world.columns.get_loc("issued")] = world["registered"].iloc[1] + 1
    world.iloc[2, world.columns.get_loc("votes")] = pd.NA
    fit = klimek(world)
    assert (fit.n, int(fit.excluded["stations"].sum())) == (297, 3)
    assert "Used 297 of 300" in fit.summary()


@pytest.mark.parametrize(
    ("votes", "n", "message"), [([40, 50], 10, "at least 50 usable stations"), ([50, 50], 60, "all have a share of")]
)
def test_refuses_with_a_reason(votes: list[int], n: int, message: str) -> None:
    rows = pd.DataFrame({"registered": 200, "cast": range(100, 100 + n), "votes": [0] * n})
    rows["votes"] = rows["cast"] // 2 if votes == [40, 50] else 0
    with pytest.raises(DataError, match=message):
        klimek(rows)


@settings(max_examples=40)
@given(
    st.tuples(
        st.floats(0.05, 0.95),
        st.floats(0.02, 0.3),
        st.floats(0.05, 0.95),
        st.floats(0.02, 0.3),
        st.floats(0.1, 1.5),
        st.floats(0.3, 5),
        st.floats(0, 0.9),
        st.floats(0, 0.9),
    )
)
def test_every_station_falls_into_one_cell(values: tuple[float, ...]) -> None:
    assert klimek_cells(np.array(values)).sum() == pytest.approx(1, abs=1e-4)
    kinds = np.array([*values[:4], 0.3, *values[2:4], *values[:2], -0.3, -1])
    assert honest_cells(kinds).sum() == pytest.approx(1, abs=1e-6)


def test_cells_are_those_of_the_simulated_process() -> None:
    world = simulate(40_000, manipulation="klimek", heterogeneity="none", seed=3)
    counts = world[["registered", "cast", "votes"]].astype(float)
    counts = counts[counts["registered"] > 500]
    observed = cells((counts["cast"] / counts["registered"]).to_numpy(), (counts["votes"] / counts["cast"]).to_numpy())
    expected = klimek_cells(np.array([0.6, 0.1, 0.5, 0.1, 0.4, 1.5, 0.3, 0.03 / 0.7]))
    common = expected * len(counts) > 20
    pearson = (observed - expected * len(counts))[common] ** 2 / (expected * len(counts))[common]
    assert pearson.mean() < 1.6
