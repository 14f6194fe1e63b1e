"""Anomalous votes: the leader's votes beyond proportion to the others', by turnout (Shpilkin)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from analysis.columns import DataError, problem
from analysis.forensics.relation import region_codes
from analysis.forensics.result import StationTest
from analysis.forensics.stations import countable
from analysis.told import said_count

Floats = NDArray[np.float64]
Bins = NDArray[np.int64]

WIDTH_PCT = Fraction(1)
OTHER_WIDTHS_PCT = (Fraction(1, 2), Fraction(2))
SMOOTHED_BINS = 5
# No Gaussian runs through the stations where everybody is said to have voted: the last bin, smoothed into three.
LEFT_OUT_BINS = 3
# How far from the middle of the fitted Gaussian the fullest bin is looked for.
NEAR_PCT = 2
NEIGHBOURS = 5
# Standard deviation from which the fit starts, as a part of all bins.
START_SD = 0.1
MOST_STEPS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class AnomalousVotes(StationTest):
    """
    The leader's votes beyond proportion to the votes for the others.

    Attributes
    ----------
    statistic, effect_votes, votes : float
        Anomalous votes; negative if the leader did worse at high turnout.
    p_value : float or None
        Share of permutations with as many anomalous votes or more, the data among them; None without permutations.
    share_of_leader : float
        Anomalous votes per vote of the leader.
    peak_bin : float
        Lower edge (percent) of the turnout bin taken as honest: 51 stands for 51 < turnout <= 52.
    peak_rule : {"fit", "argmax"}
        How it was found: by the fitted Gaussians, or, where that failed, as the fullest bin of smoothed other votes.
    coefficient : float
        Votes for the leader per other vote in that bin.
    bins : DataFrame
        One row per bin, indexed by its lower edge `turnout_pct`: `stations`, `leader`, `other` (votes), `expected`
        (`coefficient` x `other`) and `anomalous` (votes).
    sensitivity : DataFrame
        The same estimate with other choices: `bin_width_pct`, `peak_rule` ("fit", "argmax", or "shifted" by some
        bins), `peak_bin`, `coefficient`, `votes`, `share_of_leader`.
    permutations : int
        Permutations behind `p_value`.
    """

    name: ClassVar[str] = "anomalous_votes"
    null: ClassVar[str] = "within a region a station's turnout is unrelated to its size and the leader's share."
    assumptions: ClassVar[str] = (
        "without falsification turnout and share are unrelated, and the bin with most other votes is honest. "
        "Differences between town and country alone make many anomalous votes. The number is an estimate of "
        "fraud only if every cause of the relation but fraud is excluded, and it hangs on the bin chosen: see "
        "`sensitivity`."
    )

    share_of_leader: float
    peak_bin: float
    peak_rule: str
    coefficient: float
    bins: pd.DataFrame
    sensitivity: pd.DataFrame
    permutations: int

    @property
    def votes(self) -> float:
        """Anomalous votes."""
        return self.statistic

    def flags(self, alpha: float = 0.05) -> bool:
        """Whether the leader has conspicuously many votes at high turnout; never for fewer than in proportion."""
        return self.votes > 0 and super().flags(alpha)

    def finding(self) -> str:
        """Say the votes, and how far they move with the bin chosen."""
        low, high = self.sensitivity["votes"].min(), self.sensitivity["votes"].max()
        if self.votes < 0:
            return (
                f"The leader did worse at high turnout: {said_count(-self.votes, 'vote')} fewer than in proportion to "
                f"the others, turnout above {self.peak_bin:g}% taken as honest; {low:,.0f} to {high:,.0f} with other "
                "bins."
            )
        return (
            f"{self.votes:,.0f} votes ({self.share_of_leader:.1%} of the leader's) are out of proportion to the other "
            f"votes, taking turnout above {self.peak_bin:g}% as honest; {low:,.0f} to {high:,.0f} with other bins."
        )


class _Sums(NamedTuple):
    """Votes in each bin of turnout."""

    leader: Floats
    other: Floats

    def anomalous(self, honest: int) -> float:
        """Votes of the leader beyond proportion to the others, where one bin gives the proportion."""
        return float(self.leader.sum() - self.leader[honest] / self.other[honest] * self.other.sum())


class _Peak(NamedTuple):
    """Number of the bin taken as honest, and the rule that found it."""

    bin: int
    rule: str


def anomalous_votes(
    stations: pd.DataFrame, *, minimum: int = 101, permutations: int = 199, seed: int = 0
) -> AnomalousVotes:
    """
    Estimate the leader's votes beyond proportion to the others' (Shpilkin's method).

    Votes are added up in turnout bins one percent wide. In the bin where the votes for the others peak, the leader's
    votes per other vote are taken as honest; applied to the other votes of all bins they give the leader's expected
    votes, and the rest is anomalous.

    Parameters
    ----------
    stations : DataFrame
        As `forensics.stations` returns it, for the leading contestant. Turnout is cast / registered; other votes are
        cast - votes, invalid ballots among them.
    minimum : int
        Smallest number of registered voters.
    permutations : int
        Permutations of shares among the stations of a region, for the p-value; 0 for none.
    seed : int
        Seed of the permutations.

    Returns
    -------
    AnomalousVotes
        The votes, the bins for a figure, and the same number under other choices.

    Raises
    ------
    DataError
        If a column is absent, a number is negative, no station can be used, or nobody else has a vote.
    ValueError
        If `permutations` is negative.

    Notes
    -----
    The peak: a sum of two Gaussians is fitted to the other votes (moving average over five bins, the last three left
    out); the honest bin is the fullest of the smoothed ones within two percent of the middle of the taller Gaussian.
    The two percent are a choice made here; with it the published totals of 2011, 2012 and 2018 are met to the vote.
    Where no such fit is found, as in small elections, it is the fullest of all, and `peak_rule` says so.

    References
    ----------
    Shpilkin, S. (2011). Matematika vyborov. Troitsky variant 40(94). Kobak, D., Shpilkin, S., Pshenichnikov, M. S.
    (2016). Statistical fingerprints of electoral fraud? Significance 13(4), 20-23.
    Cedar (2024). Evolution of Russian elections: how to uncover electoral fraud (two Gaussians for the peak).

    Examples
    --------
    >>> rows = pd.DataFrame({"registered": 1000, "cast": [500] * 9 + [900], "votes": [250] * 9 + [700]})
    >>> found = anomalous_votes(rows, permutations=0)
    >>> found.peak_bin, found.coefficient, found.votes  # the last station: 200 other votes explain 200 of 700
    (49.0, 1.0, 500.0)
    """
    if permutations < 0:
        raise ValueError(f"permutations must be 0 or more, not {permutations}")
    used, excluded = countable(stations, minimum=minimum)
    if (used["votes"] == used["cast"]).all():
        raise DataError(problem("stations", "votes for others too; the contestant has every ballot"))
    bins = _bins(used, WIDTH_PCT)
    sums = _sums(bins, used["cast"].to_numpy(), used["votes"].to_numpy(), WIDTH_PCT)
    peak = _peak(sums.other, WIDTH_PCT)
    votes = sums.anomalous(peak.bin)
    drawn = _permuted(used, bins, permutations, default_rng(seed))
    return AnomalousVotes(
        statistic=votes,
        effect_votes=votes,
        p_value=float((1 + (drawn >= votes).sum()) / (1 + permutations)) if permutations else None,
        n=len(used),
        excluded=excluded,
        share_of_leader=_per_vote(votes, sums),
        peak_bin=float(peak.bin * WIDTH_PCT),
        peak_rule=peak.rule,
        coefficient=float(sums.leader[peak.bin] / sums.other[peak.bin]),
        bins=_table(bins, sums, peak),
        sensitivity=_sensitivity(used, peak),
        permutations=permutations,
    )


def _bins(used: pd.DataFrame, width_pct: Fraction) -> Bins:
    """Bin of each station's turnout, the lower edge excluded and the upper one included, in whole numbers."""
    cast, registered = used["cast"].to_numpy(), used["registered"].to_numpy()
    return (100 * width_pct.denominator * cast - 1) // (width_pct.numerator * registered)


def _sums(bins: Bins, cast: Floats, votes: Floats, width_pct: Fraction) -> _Sums:
    number = int(100 / width_pct)
    leader_sum, other_sum = (np.bincount(bins, of, number).astype("float64") for of in (votes, cast - votes))
    return _Sums(leader_sum, other_sum)


def _peak(other: Floats, width_pct: Fraction) -> _Peak:
    """Bin taken as honest: the fullest near the middle of the taller of two Gaussians fitted to the other votes."""
    smoothed = _smoothed(other)
    middle = _taller_gaussian(smoothed[:-LEFT_OUT_BINS])
    near = (np.abs(np.arange(other.size) - middle) <= float(NEAR_PCT / width_pct)) & (other > 0)
    return _Peak(int(np.argmax(np.where(near, smoothed, 0))), "fit") if near.any() else _fullest(other)


def _fullest(other: Floats) -> _Peak:
    return _Peak(int(np.argmax(np.where(other > 0, _smoothed(other), 0))), "argmax")


def _smoothed(other: Floats) -> Floats:
    return np.convolve(other, np.ones(SMOOTHED_BINS) / SMOOTHED_BINS, mode="same")


def _taller_gaussian(heights: Floats) -> float:
    """Middle (bins from 0) of the taller of two Gaussians whose sum is fitted to heights; NaN where none is found."""
    from scipy.optimize import least_squares

    if not heights.any():
        return float("nan")
    place, heights = np.arange(heights.size), heights / heights.max()

    def misses(curve: Floats) -> Floats:
        height, middle, sd = curve.reshape(2, 3).T[:, :, None]
        return (height * np.exp(-(((place - middle) / sd) ** 2) / 2)).sum(axis=0) - heights

    def gradient(curve: Floats) -> Floats:
        height, middle, sd = curve.reshape(2, 3).T[:, :, None]
        off = (place - middle) / sd
        bell = np.exp(-(off**2) / 2)
        return np.stack([bell, height * bell * off / sd, height * bell * off**2 / sd], axis=1).reshape(6, -1).T

    top, sd = float(heights.argmax()), START_SD * heights.size
    start = [1, top, sd, 0.5, top + 2 * sd, sd]
    with np.errstate(all="ignore"):
        fit = least_squares(misses, start, gradient, method="lm", max_nfev=MOST_STEPS)
    taller = fit.x[:3] if fit.x[0] > fit.x[3] else fit.x[3:]
    return float(taller[1]) if fit.success and taller[0] > 0 else float("nan")


def _permuted(used: pd.DataFrame, bins: Bins, permutations: int, rng: Generator) -> Floats:
    """Anomalous votes when turnouts are dealt anew among the stations of each region, which keep size and share."""
    regions, registered = region_codes(used), used["registered"].to_numpy()
    turnout = used["cast"].to_numpy() / registered
    share = (used["votes"] / used["cast"]).to_numpy()
    by_region = np.argsort(regions, kind="stable")
    dealt, drawn = np.empty_like(by_region), np.empty(permutations)
    for number in range(permutations):
        dealt[by_region] = np.argsort(regions + rng.random(regions.size))
        cast = registered * turnout[dealt]
        sums = _sums(bins[dealt], cast, cast * share, WIDTH_PCT)
        drawn[number] = sums.anomalous(_peak(sums.other, WIDTH_PCT).bin)
    return drawn


def _table(bins: Bins, sums: _Sums, peak: _Peak) -> pd.DataFrame:
    number = sums.leader.size
    table = pd.DataFrame({"stations": np.bincount(bins, minlength=number), **sums._asdict()})
    table["expected"] = sums.leader[peak.bin] / sums.other[peak.bin] * sums.other
    table["anomalous"] = table["leader"] - table["expected"]
    table.index = pd.Index(np.arange(number) * float(WIDTH_PCT), name="turnout_pct")
    return table


def _sensitivity(used: pd.DataFrame, peak: _Peak) -> pd.DataFrame:
    """Anomalous votes by both rules and three widths of bin, and with the honest bin shifted."""
    rows = []
    for width_pct in (WIDTH_PCT, *OTHER_WIDTHS_PCT):
        sums = _sums(_bins(used, width_pct), used["cast"].to_numpy(), used["votes"].to_numpy(), width_pct)
        honest = [_peak(sums.other, width_pct), _fullest(sums.other)]
        if width_pct == WIDTH_PCT:
            near = range(max(peak.bin - NEIGHBOURS, 0), min(peak.bin + NEIGHBOURS + 1, sums.other.size))
            honest += [_Peak(bin_, "shifted") for bin_ in near if bin_ != peak.bin and sums.other[bin_] > 0]
        rows += [_choice(sums, width_pct, one) for one in honest]
    return pd.DataFrame(rows)


def _choice(sums: _Sums, width_pct: Fraction, peak: _Peak) -> dict[str, float | str]:
    votes = sums.anomalous(peak.bin)
    return {
        "bin_width_pct": float(width_pct),
        "peak_rule": peak.rule,
        "peak_bin": float(peak.bin * width_pct),
        "coefficient": float(sums.leader[peak.bin] / sums.other[peak.bin]),
        "votes": votes,
        "share_of_leader": _per_vote(votes, sums),
    }


def _per_vote(votes: float, sums: _Sums) -> float:
    leader = float(sums.leader.sum())
    return votes / leader if leader else 0.0
