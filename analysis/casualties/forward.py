"""
The model of `fit_latent` on a grid of totals: the likelihood of reports, and the distribution of the total given them.

A point is a vector of parameters: logit(still), log(rise), logit(wrong), then log(error) of each issuer. Methods take
many points at once, shape (n_points, n_parameters). Totals are handled as log(1 + persons).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Moves: TypeAlias = tuple[Floats, list[tuple[Floats, Floats]]]

BURST_RISE, BURST_SHARE = 1.5, 0.03  # mean rise of the log total in a burst, and the share of rises that are bursts
WRONG_REACH = float(np.log(10))  # a wrong report is anything up to ten times the total
GRID_STEP, GRID_REACH = 0.015, 2  # of the log total, up to twice the largest bound
TAIL_STEP, TAIL_REACH = 0.05, 20  # beyond that, up to twenty times

# Of each parameter: centre and spread of its penalty, and its limits; the last row is that of every issuer's error.
N_SHARED = 3
PRIORS = np.array(
    [
        [0.0, 1.5, -6.0, 6.0],
        [np.log(0.25), 1.0, np.log(0.02), np.log(5.0)],
        [logit(0.05), 0.7, -7.0, 0.0],
        [np.log(0.1), 1.0, np.log(0.001), np.log(2.0)],
    ]
)
CELLS_AT_ONCE = 4_000_000
TINY = float(np.finfo("float64").tiny)


class Reports(NamedTuple):
    """Checked reports, in an order that does not depend on that of the rows."""

    moments: pd.Series  # distinct cut-offs in order, as given
    when: Whole  # position of each report's cut-off in `moments`
    issuer: Whole  # position of each report's issuer in `names`
    low: Floats  # persons
    high: Floats  # persons, inf where open
    names: tuple[str, ...]


def totals_grid(low: Floats, high: Floats) -> Floats:
    """
    Choose the totals the likelihood is summed over (persons).

    All whole numbers while they are over 1.5 percent apart, then steps of 1.5 percent up to twice the largest bound
    and of 5 percent up to twenty times; every bound, and its neighbours at distances 1, 2, 4, ... up to the step there.
    """
    bounds = np.unique(np.concatenate([low, high[np.isfinite(high)]]))
    bend, top = GRID_REACH * (bounds[-1] + 5), TAIL_REACH * (bounds[-1] + 5)
    whole = np.arange(min(bend, 1 / GRID_STEP) + 1)
    coarse = np.arange(np.log(whole[-1] + 1), np.log(bend), GRID_STEP)
    tail = np.arange(np.log(bend), np.log(top), TAIL_STEP)
    doublings = int(np.log2(max(2.0, GRID_STEP * bounds[-1]))) + 1
    offsets = np.concatenate([[0], 2.0 ** np.arange(doublings)])
    near = np.concatenate([bounds[:, None] + offsets, bounds[:, None] - offsets], axis=None)
    grid = np.unique(np.concatenate([whole, np.rint(np.exp(np.concatenate([coarse, tail]))), near, [top]]))
    return grid[(grid >= 0) & (grid <= top)]


def normal_below(deviates: Floats) -> Floats:
    """Look up the normal probability below each deviate, computed only where it is not 0 or 1 to 18 digits."""
    chances = (deviates > 0).astype("float64")
    near = np.abs(deviates) < 9  # by index: with `where=`, ndtr of SciPy 1.17 writes past its arrays
    chances[near] = ndtr(deviates[near])
    return chances


class Model:
    """The penalised likelihood of reports, and the distribution of the total at each cut-off."""

    def __init__(self, reports: Reports) -> None:
        """Prepare what does not depend on parameters."""
        totals = totals_grid(reports.low, reports.high)
        middles = (totals[:-1] + totals[1:]) / 2
        self.reports = reports
        self.persons = np.concatenate([[-0.5], middles, [totals[-1] + 0.5]])  # limits of the cells
        self.logs, self.edges = np.log1p(totals), np.log1p(middles)
        width = np.diff(np.concatenate([[0.0], self.edges, [2 * self.logs[-1] - self.edges[-1]]]))
        self.first = width / width.sum()  # before any report, totals are even in the log
        self.lower = np.where(reports.low > 0, np.log1p(np.maximum(reports.low, 1) - 0.5), -np.inf)
        self.upper = np.log1p(reports.high + 0.5)
        reach = self.logs + WRONG_REACH
        overlap = np.minimum(self.upper[:, None], reach) - np.maximum(self.lower, 0)[:, None]
        self.wrongly = np.maximum(overlap, 0) / reach  # probability of each report if it is wrong, by cell
        rows = [*range(N_SHARED), *[N_SHARED] * len(reports.names)]
        self.centre, self.spread, self.least, self.most = PRIORS[rows].T

    def objective(self, points: Floats) -> Floats:
        """Penalised minus log-likelihood of each point, in nats."""
        return self.penalty(points) - self.loglik(points)

    def penalty(self, points: Floats) -> Floats:
        """Penalty of each point, in nats."""
        return 0.5 * (((points - self.centre) / self.spread) ** 2).sum(axis=1)

    def loglik(self, points: Floats) -> Floats:
        """Log-likelihood of each point, in batches that fit into memory."""
        cells = len(points) * len(self.reports.moments) * len(self.logs)
        batches = np.array_split(points, -(-cells // CELLS_AT_ONCE))
        return np.concatenate([self._forward(*self._emissions(batch), self._moves(batch))[0] for batch in batches])

    def smoothed(self, points: Floats) -> tuple[Floats, Floats]:
        """Log-likelihood of each point, and distributions given all reports: (n_cutoffs, n_points, n_cells)."""
        (given, scales), moves = self._emissions(points), self._moves(points)
        loglik, so_far = self._forward(given, scales, moves)
        return loglik, self._backward(given, moves, so_far)

    def limited(self, points: Floats) -> Floats:
        """Points moved to within the limits of the parameters."""
        return np.clip(points, self.least, self.most)

    def _emissions(self, points: Floats) -> tuple[Floats, Floats]:
        """Probability of the reports of each cut-off, (n_cutoffs, n_points, n_cells), and the logs of its scales."""
        points = self.limited(points)
        given = np.ones((len(self.reports.moments), len(points), len(self.logs)))
        scales = np.zeros(len(points))
        wrong = expit(points[:, 2])[:, None]
        for issuer in range(len(self.reports.names)):
            errors, which = np.unique(np.exp(points[:, N_SHARED + issuer]), return_inverse=True)
            for report in np.flatnonzero(self.reports.issuer == issuer):
                chance = (1 - wrong) * self._rightly(int(report), errors)[which] + wrong * self.wrongly[report]
                scale = np.maximum(chance.max(axis=1), TINY)
                scales += np.log(scale)
                given[self.reports.when[report]] *= chance / scale[:, None]
        return given, scales

    def _rightly(self, report: int, errors: Floats) -> Floats:
        """Probability of a report that is not wrong, by error and total: (n_errors, n_cells)."""
        chance = np.ones((len(errors), len(self.logs)))
        if np.isfinite(self.upper[report]):
            chance = normal_below((self.upper[report] - self.logs) / errors[:, None])
        if np.isfinite(self.lower[report]):
            chance -= normal_below((self.lower[report] - self.logs) / errors[:, None])
        return np.maximum(chance, 0)

    def _moves(self, points: Floats) -> Moves:
        """
        Factor the transition from a cell i to a later cell j as up_i * down_j, so that a cumulative sum applies it.

        Returns the probability of staying in a cell, (n_points, n_cells), and (up, down) of ordinary rises and of
        bursts, each (n_points, n_cells - 1): `up` of all cells but the last, `down` of all but the first.
        """
        points = self.limited(points)
        moving = 1 - expit(points[:, :1])
        middle = self.logs[-1] / 2
        stay = np.ones((len(points), len(self.logs)))
        factors = []
        for rise, share in ((np.exp(points[:, 1:2]), 1 - BURST_SHARE), (np.full_like(moving, BURST_RISE), BURST_SHARE)):
            up = np.exp((self.logs[:-1] - middle) / rise)
            down = moving * share * np.exp(-(self.edges - middle) / rise)
            stay[:, :-1] -= up * down
            down[:, :-1] -= down[:, 1:].copy()
            factors.append((up, down))
        return stay, factors

    def _forward(self, given: Floats, scales: Floats, moves: Moves) -> tuple[Floats, Floats]:
        """Log-likelihood of each point, and distributions given the reports so far, shaped as `given`."""
        stay, factors = moves
        so_far = np.empty_like(given)
        loglik = np.zeros(given.shape[1])
        now = np.broadcast_to(self.first, given.shape[1:])
        for step in range(len(given)):
            if step:
                after = now * stay
                for up, down in factors:
                    after[:, 1:] += down * np.cumsum(now[:, :-1] * up, axis=1)
                now = after
            now = now * given[step]
            total = np.maximum(now.sum(axis=1), TINY)
            loglik += np.log(total)
            now = now / total[:, None]
            so_far[step] = now
        return loglik + scales, so_far

    def _backward(self, given: Floats, moves: Moves, so_far: Floats) -> Floats:
        """Distributions given all reports, shaped as `given`."""
        stay, factors = moves
        smooth = so_far.copy()
        later = np.ones(given.shape[1:])
        for step in range(len(given) - 2, -1, -1):
            ahead = given[step + 1] * later
            later = ahead * stay
            for up, down in factors:
                later[:, :-1] += up * np.cumsum((down * ahead[:, 1:])[:, ::-1], axis=1)[:, ::-1]
            later /= np.maximum(later.max(axis=1), TINY)[:, None]
            smooth[step] *= later
            smooth[step] /= np.maximum(smooth[step].sum(axis=1), TINY)[:, None]
        return smooth
