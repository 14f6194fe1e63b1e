"""Elections made up station by station, honest or not, with the truth beside the counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri

from analysis.forensics.stations import COUNTS
from analysis.options import known

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Manipulation = Literal["none", "stuffing", "moving", "rounding", "busing", "klimek"]
MANIPULATIONS = ("none", "stuffing", "moving", "rounding", "busing", "klimek")

SMALLEST_STATION, LARGEST_STATION = 20, 3000
SPECIAL_MEDIAN, SPECIAL_SIZE_SD = 35, 0.7  # Bulgaria, November 2021: mobile and ship stations
SPECIAL_TURNOUT = (20.0, 0.6)  # beta distribution: mean .97, a tenth below .91
SPOILED_SHAPE = 1.5  # gamma distribution of a station's rate of spoiled ballots
SIGMA_EXTREME = 0.075  # Klimek et al. 2012


@dataclass(frozen=True, kw_only=True)
class Heterogeneity:
    """
    How much honest stations differ; each `sd` and `gap` is in log-odds, so 0.25 is about 6 points around 60 %.

    The defaults are the "realistic" world, set by stations of three undisputed elections: Israel in April 2019 and
    March 2021, Bulgaria in November 2021. There turnout had a standard deviation of 14 to 15 points, the leader's
    share one of 11 to 17, and the two a correlation of .03 to .26; here they have 14, 14 and about .4, because
    an honest correlation is what most often passes for fraud. Bulgarian districts differed by 5 points in turnout and 4
    to 6 in share; 4 % of the Bulgarian stations were mobile or on ships, with 35 voters in the middle and a median
    turnout of 98 %; 0.3 to 0.7 % of the ballots were spoiled. Sizes lie between those of these stations (median about
    600 registered) and the Kyrgyz ones of 2020 (about 1,450); regions are nine as there.

    Attributes
    ----------
    regions : int
        Number of regions, each with its own turnout and share.
    sd_regional_turnout, sd_regional_share : float
        Spread of the regions.
    sd_turnout, sd_share : float
        Spread of the stations of a region.
    correlation : float
        Of turnout and share, between regions and between the stations of a region.
    rural : float
        Share of stations that are rural.
    rural_turnout_gap, rural_share_gap : float
        Rural minus urban.
    rural_median, urban_median : float
        Registered voters of the typical station of each kind; `sd_size` is the spread of their logarithm.
    special : float
        Share of stations that are a hospital, a ship or the like: tiny, with a turnout near 100 %.
    spoiled : float
        Mean share of invalid ballots among those in the box.
    lost : float
        Share of issued ballots that never reach the box.

    Examples
    --------
    >>> from analysis import forensics
    >>> alike = Heterogeneity(sd_regional_turnout=0, sd_turnout=0)
    >>> stations = forensics.simulate(2000, heterogeneity=alike)
    >>> round(float((stations["cast"] / stations["registered"]).std()), 2)  # 0.14 with the defaults
    0.06
    """

    regions: int = 9
    sd_regional_turnout: float = 0.2
    sd_regional_share: float = 0.3
    sd_turnout: float = 0.55
    sd_share: float = 0.5
    correlation: float = 0.4
    rural: float = 0.4
    rural_turnout_gap: float = 0.3
    rural_share_gap: float = 0.3
    rural_median: float = 500.0
    urban_median: float = 1100.0
    sd_size: float = 0.5
    special: float = 0.02
    spoiled: float = 0.01
    lost: float = 0.001


HETEROGENEITIES = {
    "realistic": Heterogeneity(),
    "none": Heterogeneity(
        sd_regional_turnout=0,
        sd_regional_share=0,
        sd_turnout=0,
        sd_share=0,
        correlation=0,
        rural_turnout_gap=0,
        rural_share_gap=0,
        special=0,
        spoiled=0,
        lost=0,
    ),
}


class Counts(NamedTuple):
    """One array per count, stations along it."""

    registered: Ints
    issued: Ints
    cast: Ints
    valid: Ints
    votes: Ints


class Places(NamedTuple):
    """What stations are before anyone votes."""

    region: Ints
    registered: Ints
    turnout: Floats
    share: Floats


def simulate(
    n: int = 2000,
    *,
    turnout: float = 0.6,
    share: float = 0.5,
    heterogeneity: str | Heterogeneity = "realistic",
    manipulation: Manipulation = "none",
    fraction: float = 0.1,
    strength: float = 0.5,
    step: int = 5,
    concentrated: bool = False,
    incremental: float = 0.3,
    extreme: float = 0.03,
    alpha: float = 1.5,
    theta: float = 0.4,
    sigma_turnout: float = 0.1,
    sigma_share: float = 0.1,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Make up an election of known honesty.

    Honest stations: log-odds of turnout and share are those given, plus a region's deviation, plus a rural-urban
    gap, plus a station's own deviation (both deviations normal and correlated, so that turnout and share rise
    together without fraud); then ballots issued are binomial in the registered, ballots in the box in those issued,
    valid ballots in those, and the leader's votes in the valid ones. `Heterogeneity` holds the spreads and says what
    they were set by. Without heterogeneity turnout and share are the same everywhere, and no ballot is lost or spoiled.

    Then `manipulation`, with U uniform on (0, `strength`), one draw per manipulated station:

    - "stuffing": U of the non-voters get a ballot for the leader; everything but the others' votes rises.
    - "moving": U of the others' valid votes are counted for the leader; all but `votes` stays.
    - "rounding": the commission rounds turnout and share up to a multiple of `step` per cent and writes the whole
      numbers nearest to them, with no spoiled ballot.
    - "busing": U of a station's registered number are added to its list by change of address. They are drawn from
      those who cast a valid vote at all other stations, leave the lists there, and all vote for the leader here.
      Registered voters, ballots and valid votes stay the same in total.
    - "klimek": the process of Klimek et al. (2012). Each station has turnout a ~ N(`turnout`, `sigma_turnout`) and
      share v ~ N(`share`, `sigma_share`), cut to [0, 1]. With probability `incremental` xi ~ |N(0, `theta`)|, with
      probability `extreme` xi ~ 1 - |N(0, 0.075)|, otherwise xi = 0. Of the non-voters xi, of the others' votes
      xi ** alpha go to the leader: votes = registered (a v + xi (1 - a) + xi ** alpha (1 - v) a). `heterogeneity`
      then sets sizes, spoiled and lost ballots only.

    Parameters
    ----------
    n : int
        Stations.
    turnout, share : float
        Turnout among the registered and the leader's share among valid votes of a typical station, between 0 and 1.
    heterogeneity : {"realistic", "none"} or Heterogeneity
        How honest stations differ.
    manipulation : {"none", "stuffing", "moving", "rounding", "busing", "klimek"}
        What is done to the counts.
    fraction : float
        Share of stations that are manipulated (all but "klimek").
    strength : float
        Upper limit of U ("stuffing", "moving", "busing").
    step : int
        Percentage points between round numbers, usually 1 or 5 ("rounding").
    concentrated : bool
        Whether the manipulated stations fill one region after the other instead of being scattered.
    incremental, extreme, alpha, theta, sigma_turnout, sigma_share : float
        See "klimek".
    seed : int
        Seed. The honest counts depend on it alone, not on the manipulation (all but "klimek").

    Returns
    -------
    DataFrame, shape (n, 12)
        As `stations` returns it, indexed by `station_id`: `region`, `registered`, `issued`, `cast`, `valid`, `votes`.
        Then the truth: `manipulated` (bool; "busing" marks the receiving stations only), `registered_true`,
        `issued_true`, `cast_true`, `valid_true`, `votes_true`: what honest counting would have shown.

    Raises
    ------
    ValueError
        If an option is unknown or out of range, or "busing" wants more voters than the other stations have.

    Notes
    -----
    Klimek, Yegorov, Hanel, Thurner 2012, "Statistical detection of systematic election irregularities", PNAS 109.

    Examples
    --------
    >>> world = simulate(500, manipulation="stuffing", fraction=0.2)
    >>> int(world["manipulated"].sum()), bool((world["votes"] > world["votes_true"]).any())
    (100, True)
    >>> int((world["valid"] - world["votes"] - world["valid_true"] + world["votes_true"]).abs().sum())
    0
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected at least one station")
    _demand_shares(
        turnout=turnout, share=share, fraction=fraction, strength=strength, incremental=incremental, extreme=extreme
    )
    _demand_positive(step=step, alpha=alpha, theta=theta, sigma_turnout=sigma_turnout, sigma_share=sigma_share)
    if incremental + extreme > 1:
        raise ValueError(f"incremental and extreme add up to {incremental + extreme:g}; expected at most 1")
    known(manipulation, MANIPULATIONS, "manipulation")
    world = _heterogeneity(heterogeneity)
    honest, crooked = default_rng(seed).spawn(2)
    places = _places(honest, n, turnout, share, world)
    if manipulation == "klimek":
        turnouts, shares = (
            _truncated_normal(honest, mean, sd, n) for mean, sd in [(turnout, sigma_turnout), (share, sigma_share)]
        )
        true = _counted(honest, places._replace(turnout=turnouts, share=shares), world, _nearest)
        xi = _xi(crooked, n, incremental, extreme, theta)
        return _frame(places.region, _favoured(true, of_absent=xi, of_others=xi**alpha), true, xi > 0)
    true = _counted(honest, places, world, honest.binomial)
    if manipulation == "none":
        return _frame(places.region, true, true, np.zeros(n, dtype=bool))
    chosen = _chosen(crooked, places.region, round(fraction * n), concentrated)
    degree = np.where(chosen, crooked.uniform(0, strength, n), 0.0)
    counts = {
        "stuffing": lambda: _favoured(true, of_absent=degree),
        "moving": lambda: _favoured(true, of_others=degree),
        "rounding": lambda: _rounded(true, chosen, step),
        "busing": lambda: _bused(crooked, true, degree),
    }[manipulation]()
    return _frame(places.region, counts, true, chosen)


def _demand_shares(**values: float) -> None:
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value:g}; expected a share between 0 and 1")


def _demand_positive(**values: float) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} is {value:g}; expected a number above 0")


def _heterogeneity(given: str | Heterogeneity) -> Heterogeneity:
    if isinstance(given, Heterogeneity):
        return given
    return HETEROGENEITIES[known(given, HETEROGENEITIES, "heterogeneity")]


# Honest stations ----------------------------------------------------------------------------------------------------


def _places(rng: Generator, n: int, turnout: float, share: float, world: Heterogeneity) -> Places:
    region = rng.integers(world.regions, size=n)
    rural = rng.random(n) < world.rural
    median = np.where(rural, world.rural_median, world.urban_median)
    size = median * np.exp(world.sd_size * rng.standard_normal(n))
    regional = _correlated(rng, world.regions, world.correlation)[:, region]
    own = _correlated(rng, n, world.correlation)
    gap = rural - world.rural
    with np.errstate(divide="ignore"):
        turnout_odds = logit(turnout) + world.rural_turnout_gap * gap
        share_odds = logit(share) + world.rural_share_gap * gap
    turnouts = expit(turnout_odds + world.sd_regional_turnout * regional[0] + world.sd_turnout * own[0])
    shares = expit(share_odds + world.sd_regional_share * regional[1] + world.sd_share * own[1])
    special = rng.random(n) < world.special
    size = np.where(special, SPECIAL_MEDIAN * np.exp(SPECIAL_SIZE_SD * rng.standard_normal(n)), size)
    turnouts = np.where(special, rng.beta(*SPECIAL_TURNOUT, n), turnouts)
    registered = np.clip(np.rint(size), SMALLEST_STATION, LARGEST_STATION).astype("int64")
    return Places(region, registered, turnouts, shares)


def _correlated(rng: Generator, n: int, correlation: float) -> Floats:
    """Draw n pairs of standard normals."""
    first, second = rng.standard_normal((2, n))
    return np.stack([first, correlation * first + np.sqrt(1 - correlation**2) * second])


def _counted(rng: Generator, places: Places, world: Heterogeneity, draw: Callable[[Ints, Floats], Ints]) -> Counts:
    """Let them vote; `draw` says how many of so many do what they do with a probability."""
    issued = draw(places.registered, places.turnout)
    cast = issued - rng.binomial(issued, world.lost)
    spoiling = np.minimum(rng.gamma(SPOILED_SHAPE, world.spoiled / SPOILED_SHAPE, len(cast)), 1)
    valid = cast - rng.binomial(cast, spoiling)
    return Counts(places.registered, issued, cast, valid, draw(valid, places.share))


def _nearest(of: Ints, part: Floats | float) -> Ints:
    return np.rint(of * part).astype("int64")


def _truncated_normal(rng: Generator, mean: float, sd: float, n: int) -> Floats:
    """Draw normals on condition that they lie between 0 and 1."""
    low, high = ndtr((0 - mean) / sd), ndtr((1 - mean) / sd)
    return np.clip(mean + sd * ndtri(low + (high - low) * rng.random(n)), 0, 1)


# Manipulation -------------------------------------------------------------------------------------------------------


def _chosen(rng: Generator, region: Ints, wanted: int, concentrated: bool) -> NDArray[np.bool_]:
    order = rng.permutation(len(region))
    if concentrated:
        rank = rng.permutation(region.max() + 1)
        order = order[np.argsort(rank[region[order]], kind="stable")]
    chosen = np.zeros(len(region), dtype=bool)
    chosen[order[:wanted]] = True
    return chosen


def _favoured(true: Counts, *, of_absent: Floats | float = 0.0, of_others: Floats | float = 0.0) -> Counts:
    """Give the leader ballots for a part of the non-voters, and a part of the others' valid votes."""
    added = _nearest(true.registered - true.issued, of_absent)
    moved = _nearest(true.valid - true.votes, of_others)
    registered, issued, cast, valid, votes = true
    return Counts(registered, issued + added, cast + added, valid + added, votes + added + moved)


def _xi(rng: Generator, n: int, incremental: float, extreme: float, theta: float) -> Floats:
    kind = rng.random(n)
    some = _truncated_normal(rng, 0, theta, n)
    most = 1 - _truncated_normal(rng, 0, SIGMA_EXTREME, n)
    return np.select([kind < extreme, kind < extreme + incremental], [most, some], 0.0)


def _rounded(true: Counts, chosen: NDArray[np.bool_], step: int) -> Counts:
    """Write the counts that give round percentages, the next higher ones."""
    turnout_pct = np.minimum(step * np.ceil(_pct(true.cast, true.registered) / step), 100)
    cast = _nearest(true.registered, turnout_pct / 100)
    share_pct = np.minimum(step * np.ceil(_pct(true.votes, true.valid) / step), 100)
    written = Counts(true.registered, np.maximum(true.issued, cast), cast, cast, _nearest(cast, share_pct / 100))
    return Counts(*(np.where(chosen, new, old) for new, old in zip(written, true, strict=True)))


def _pct(part: Ints, of: Ints) -> Floats:
    return 100 * part / np.maximum(of, 1)


def _bused(rng: Generator, true: Counts, degree: Floats) -> Counts:
    """Move voters from the lists of the other stations to those of the receiving ones."""
    arriving = _nearest(true.registered, degree)
    available = np.where(degree > 0, 0, true.valid)
    if arriving.sum() > available.sum():
        raise ValueError(
            f"busing wants {arriving.sum():,} voters and the other stations have {available.sum():,}; "
            "lower `fraction` or `strength`"
        )
    leaving = rng.multivariate_hypergeometric(available, arriving.sum(), method="marginals")
    leaving_leader = rng.hypergeometric(true.votes, true.valid - true.votes, leaving)
    registered, issued, cast, valid, votes = true
    net = arriving - leaving
    return Counts(registered + net, issued + net, cast + net, valid + net, votes + arriving - leaving_leader)


def _frame(region: Ints, counts: Counts, true: Counts, manipulated: NDArray[np.bool_]) -> pd.DataFrame:
    index = pd.Index([f"{number:05d}" for number in range(1, len(region) + 1)], name="station_id", dtype="str")
    names = np.array([f"Region {number}" for number in range(1, region.max() + 2)])
    columns: dict[str, object] = {"region": pd.array(names[region], dtype="str")}
    columns |= {name: pd.array(values, dtype="Int64") for name, values in zip(COUNTS, counts, strict=True)}
    columns |= {"manipulated": manipulated}
    columns |= {f"{name}_true": pd.array(values, dtype="Int64") for name, values in zip(COUNTS, true, strict=True)}
    return pd.DataFrame(columns, index=index)
