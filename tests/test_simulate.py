"""Made-up elections: what holds of every one, what each manipulation leaves alone, and where the defaults come from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis.forensics import Heterogeneity, simulate

COUNTS = ["registered", "issued", "cast", "valid", "votes"]
TRUE = [f"{name}_true" for name in COUNTS]
MANIPULATIONS = ["none", "stuffing", "moving", "rounding", "busing", "klimek"]
WORLDS = st.fixed_dictionaries(
    {
        "n": st.integers(1, 60),
        "turnout": st.floats(0, 1),
        "share": st.floats(0, 1),
        "heterogeneity": st.sampled_from(["none", "realistic"]),
        "fraction": st.floats(0, 0.3),
        "strength": st.floats(0, 1),
        "step": st.integers(1, 25),
        "concentrated": st.booleans(),
        "seed": st.integers(0, 1000),
    }
)


def rates(world: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Turnout and share of the stations with valid ballots."""
    voted = world[world["valid"] > 0].drop(columns="region").astype(float)
    return (voted["cast"] / voted["registered"]).to_numpy(), (voted["votes"] / voted["valid"]).to_numpy()


@given(WORLDS, st.sampled_from([name for name in MANIPULATIONS if name != "busing"]))
def test_counts_are_possible_and_favour_the_leader_only(options: dict, manipulation: str) -> None:
    world = simulate(manipulation=manipulation, **options)
    assert len(world) == options["n"]
    for columns in (COUNTS, TRUE):
        ladder = world[columns].to_numpy(dtype="int64")
        assert (ladder[:, -1] >= 0).all()
        assert (np.diff(ladder, axis=1) <= 0).all()
    assert (world["registered"] == world["registered_true"]).all()
    for name in ("issued", "cast", "valid", "votes"):
        assert (world[name] >= world[f"{name}_true"]).all()
    honest = world[~world["manipulated"]]
    assert (honest[COUNTS].to_numpy() == honest[TRUE].to_numpy()).all()


@given(WORLDS)
def test_stuffing_leaves_the_votes_of_others_alone(options: dict) -> None:
    world = simulate(manipulation="stuffing", **options)
    assert (world["valid"] - world["votes"] == world["valid_true"] - world["votes_true"]).all()
    assert (world["cast"] - world["valid"] == world["cast_true"] - world["valid_true"]).all()
    absent = world["registered"] - world["issued_true"]
    assert (world["cast"] - world["cast_true"] <= (options["strength"] * absent).astype(float) + 0.5).all()


@given(WORLDS)
def test_moving_leaves_all_but_the_votes_alone(options: dict) -> None:
    world = simulate(manipulation="moving", **options)
    assert (world[COUNTS[:-1]].to_numpy() == world[TRUE[:-1]].to_numpy()).all()


@given(WORLDS)
def test_rounding_writes_the_counts_nearest_to_round_percentages(options: dict) -> None:
    written = simulate(manipulation="rounding", **options).query("manipulated")
    step = options["step"]
    assert (written["cast"] == written["valid"]).all()
    for part, of in [("cast", "registered"), ("votes", "valid")]:
        pct = 100 * (written[part] / written[of].clip(lower=1)).astype(float)
        nearest = np.minimum(step * np.rint(pct / step), 100)
        capped = (pct >= step * (100 // step)) & (pct > 100 - step)
        off = np.minimum((pct - nearest).abs(), np.where(capped, (100 - pct).abs(), np.inf))
        assert (off * written[of].astype(float) / 100 <= 0.5 + 1e-9).all()


@given(WORLDS)
def test_busing_conserves_voters(options: dict) -> None:
    try:
        world = simulate(manipulation="busing", **options)
    except ValueError as error:
        assert "lower `fraction` or `strength`" in str(error)
        return
    for name in ("registered", "issued", "cast", "valid"):
        assert world[name].sum() == world[f"{name}_true"].sum()
    ladder = world[COUNTS].to_numpy(dtype="int64")
    assert (ladder[:, -1] >= 0).all()
    assert (np.diff(ladder, axis=1) <= 0).all()
    arrived = (world["registered"] - world["registered_true"])[world["manipulated"]]
    gained = (world["votes"] - world["votes_true"])[world["manipulated"]]
    assert (arrived >= 0).all()
    assert (arrived == gained).all()
    assert (world["registered"] <= world["registered_true"])[~world["manipulated"]].all()


@given(WORLDS, st.sampled_from(["stuffing", "moving", "rounding"]))
def test_honest_counts_depend_on_the_seed_alone(options: dict, manipulation: str) -> None:
    assert_frame_equal(simulate(**options), simulate(**options))
    clean, crooked = simulate(**options), simulate(manipulation=manipulation, **options)
    assert not clean["manipulated"].any()
    assert crooked["manipulated"].sum() == round(options["fraction"] * options["n"])
    assert (clean[COUNTS].to_numpy() == crooked[TRUE].to_numpy()).all()


@pytest.mark.parametrize("manipulation", MANIPULATIONS)
def test_same_seed_same_frame_other_seed_another(manipulation: str) -> None:
    first, again, other = (simulate(300, manipulation=manipulation, seed=seed) for seed in (1, 1, 2))
    assert_frame_equal(first, again)
    assert (first["votes"] != other["votes"]).any()


def test_frame_is_that_of_stations_and_the_truth() -> None:
    world = simulate(3)
    assert world.columns.tolist() == ["region", *COUNTS, "manipulated", *TRUE]
    assert world.index.name == "station_id"
    assert world.index.is_unique
    assert set(world.dtypes.astype(str)) == {"str", "Int64", "bool"}


def test_without_heterogeneity_every_station_is_binomial_with_one_turnout_and_share() -> None:
    world = simulate(20_000, turnout=0.6, share=0.45, heterogeneity="none", seed=3)
    counts = world[COUNTS].astype(float)
    for part, of, p in [("cast", "registered", 0.6), ("votes", "valid", 0.45)]:
        z = (counts[part] - p * counts[of]) / np.sqrt(p * (1 - p) * counts[of])
        assert z.mean() == pytest.approx(0, abs=4 / np.sqrt(20_000))
        assert z.var() == pytest.approx(1, abs=4 * np.sqrt(2 / 20_000))
    assert (world["issued"] == world["valid"]).all()


def test_realistic_world_is_as_uneven_as_undisputed_elections() -> None:
    spread = []
    for seed in range(10):
        world = simulate(2500, seed=seed)
        turnout, share = rates(world)
        size = np.log(world["registered"].to_numpy(dtype=float))
        spread.append([turnout.std(), share.std(), np.corrcoef(turnout, share)[0, 1], (turnout > 0.95).mean()])
        assert np.corrcoef(turnout, size)[0, 1] < -0.15
    sd_turnout, sd_share, correlation, near_full = np.mean(spread, axis=0)
    assert sd_turnout == pytest.approx(0.145, abs=0.01)
    assert 0.11 < sd_share < 0.17
    assert 0.3 < correlation < 0.5
    assert 0.005 < near_full < 0.036
    counts = world[COUNTS].sum()
    assert 1 - counts["valid"] / counts["cast"] == pytest.approx(0.01, abs=0.002)
    assert 1 - counts["cast"] / counts["issued"] == pytest.approx(0.001, abs=0.0003)


def test_correlation_without_fraud_is_that_of_the_heterogeneity() -> None:
    def mean_correlation(**options: float) -> float:
        world = Heterogeneity(special=0, **options)
        return np.mean([np.corrcoef(*rates(simulate(2000, heterogeneity=world, seed=s)))[0, 1] for s in range(5)])

    assert mean_correlation(correlation=0, rural_share_gap=0) == pytest.approx(0, abs=0.07)
    assert mean_correlation(correlation=-0.5, rural_share_gap=0) < -0.3


def test_stuffing_adds_uniform_parts_of_the_absent() -> None:
    world = simulate(20_000, manipulation="stuffing", fraction=0.5, strength=0.4, heterogeneity="none", seed=5)
    chosen = world[world["manipulated"]]
    part = (chosen["cast"] - chosen["cast_true"]) / (chosen["registered"] - chosen["cast_true"])
    assert part.mean() == pytest.approx(0.2, abs=0.005)
    assert part.std() == pytest.approx(0.4 / np.sqrt(12), abs=0.005)


def test_concentrated_manipulation_fills_one_region_after_the_other() -> None:
    spread = simulate(2000, manipulation="moving", fraction=0.25, seed=4)
    dense = simulate(2000, manipulation="moving", fraction=0.25, concentrated=True, seed=4)
    by_region = dense.groupby("region")["manipulated"].mean()
    assert ((by_region > 0) & (by_region < 1)).sum() <= 1
    assert spread.groupby("region")["manipulated"].mean().between(0.15, 0.35).all()


def test_klimek_draws_their_normals_and_classes() -> None:
    world = simulate(
        40_000, turnout=0.5, share=0.4, manipulation="klimek", heterogeneity="none", incremental=0.3, extreme=0.03,
        alpha=2.0, theta=0.3, sigma_turnout=0.08, sigma_share=0.06, seed=2,
    )  # fmt: skip
    true = world[TRUE].astype(float)
    turnout, share = true["cast_true"] / true["registered_true"], true["votes_true"] / true["valid_true"]
    assert (turnout.mean(), turnout.std()) == (pytest.approx(0.5, abs=0.002), pytest.approx(0.08, abs=0.001))
    assert (share.mean(), share.std()) == (pytest.approx(0.4, abs=0.002), pytest.approx(0.06, abs=0.001))
    xi = (world["cast"] - world["cast_true"]) / (world["registered"] - world["cast_true"])
    others = world["valid_true"] - world["votes_true"]
    assert world["manipulated"].mean() == pytest.approx(0.33, abs=0.01)
    assert (xi > 0.8).mean() == pytest.approx(0.03 * 0.9924 + 0.3 * 0.0077, abs=0.003)
    lost = (others - (world["valid"] - world["votes"])) / others
    assert (lost - xi**2).abs().max() < 0.05
    assert xi[world["manipulated"] & (xi < 0.6)].median() == pytest.approx(0.3 * 0.645, abs=0.02)


def test_klimek_without_either_class_is_clean() -> None:
    world = simulate(200, manipulation="klimek", incremental=0, extreme=0)
    assert not world["manipulated"].any()
    assert (world[COUNTS].to_numpy() == world[TRUE].to_numpy()).all()


def test_a_single_station_can_be_simulated() -> None:
    assert simulate(1, manipulation="busing").loc["00001", "manipulated"] == np.False_


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "expected at least one station"),
        ({"turnout": 60}, "turnout is 60; expected a share between 0 and 1"),
        ({"fraction": -0.1}, "fraction is -0.1"),
        ({"step": 0}, "step is 0; expected a number above 0"),
        ({"theta": 0.0}, "theta is 0; expected a number above 0"),
        ({"incremental": 0.7, "extreme": 0.5}, "add up to 1.2; expected at most 1"),
        ({"manipulation": "stuffed"}, "did you mean stuffing"),
        ({"heterogeneity": "real"}, "unknown heterogeneity 'real'; did you mean realistic"),
        ({"manipulation": "busing", "fraction": 0.9, "strength": 1.0}, "lower `fraction` or `strength`"),
    ],
)
def test_refusals(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        simulate(**options)


@settings(max_examples=20)
@given(st.integers(1, 30))
def test_more_regions_than_stations_do_no_harm(n: int) -> None:
    assert len(simulate(n, heterogeneity=Heterogeneity(regions=50), manipulation="moving", concentrated=True)) == n
