"""Turnbull's estimate: the distribution of times known only to lie between two moments, without a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.casualties.intervals import Bounds, Flags, Floats, read_bounds
from analysis.told import Told, said_count

MOST_STEPS = 100_000
NO_MASS = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Turnbull(Told):
    """
    Distribution of times known only to lie between two moments, without assuming its form.

    Attributes
    ----------
    masses : DataFrame, shape (n_intervals, 3)
        `left`, `right` (unit of the input; infinite where the end is unknown) and `mass` (probability): all that the
        data tell is how much falls in each (left, right], or at the moment itself where the two are equal.
    loglik : float
        Log likelihood of the masses.
    gap : float
        By how much at most the log likelihood could still rise.
    steps : int
        Self-consistency steps taken.
    n : int
        Times.
    """

    masses: pd.DataFrame
    loglik: float
    gap: float
    steps: int
    n: int

    def survival(self, times: ArrayLike) -> pd.DataFrame:
        """
        Probability that it has not happened by given times.

        Parameters
        ----------
        times : array_like, shape (n_times,)
            Moments, in the unit of the input.

        Returns
        -------
        DataFrame, shape (n_times, 2)
            Indexed by time: `low` and `high`, equal except inside an interval, where the data do not say more.
        """
        at = np.atleast_1d(np.asarray(times, dtype="float64"))[:, None]
        left, right, mass = (self.masses[name].to_numpy() for name in ("left", "right", "mass"))
        ended, begun = right <= at, (left < at) | (right <= at)
        shares = {"low": 1 - (begun * mass).sum(axis=1), "high": 1 - (ended * mass).sum(axis=1)}
        return pd.DataFrame(shares, index=pd.Index(at[:, 0], name="time")).clip(0, 1)

    def summary(self) -> str:
        """Say in plain sentences by when half had happened and what is not known."""
        half = self.masses[self.masses["mass"].cumsum() >= 0.5 - NO_MASS].iloc[0]
        if np.isinf(half["right"]):
            said = f"half had not come by {half['left']:g}"
        elif half["left"] == half["right"]:
            said = f"half had come by {half['right']:g}"
        else:
            said = f"the moment by which half had come lies between {half['left']:g} and {half['right']:g}"
        parts = [f"Of {said_count(self.n, 'time')}, {said}."]
        never = float(self.masses.loc[np.isinf(self.masses["right"]), "mass"].sum())
        if never > 0:
            parts.append(f"A share of {never:.2f} had not come by the last bound; nothing is known of when it does.")
        parts.append("Within the intervals of the masses the data do not say when.")
        return " ".join(parts)


def turnbull(lower: ArrayLike, upper: ArrayLike, *, tolerance: float = 1e-6) -> Turnbull:
    """
    Estimate the distribution of times known only to lie in (lower, upper], assuming nothing of its form.

    Turnbull's self-consistency steps, each of which shares a time out over the innermost intervals it may lie in,
    repeated until the log likelihood can rise by no more than the tolerance. Use it for how long it took until a
    body's count reached a number, or until a death, when only the bulletins before and after are dated. It fails
    where bulletins were timed by what happened (more bulletins once many died): the bounds must not depend on the
    time beyond containing it. With few wide intervals the masses are not unique, only their likelihood is.

    Parameters
    ----------
    lower : array_like, shape (n,)
        Last moments at which it had not happened (any unit, from 0); 0 where not even that is known.
    upper : array_like, shape (n,)
        First moments at which it had; missing or infinite where it had not yet; equal to `lower` if exactly known.
    tolerance : float
        Largest gain in log likelihood left when the steps end. The default takes seconds for 500 distinct intervals;
        for thousands raise it (0.001 is still far below what data can tell).

    Returns
    -------
    Turnbull
        Masses of the innermost intervals (those without mass left out), and survival at any time.

    Raises
    ------
    ValueError
        If bounds are negative, cross or differ in length, or the steps do not converge.

    References
    ----------
    Turnbull, B. W. (1976). The empirical distribution function with arbitrarily grouped, censored and truncated
    data. Journal of the Royal Statistical Society B 38(3), 290-295.
    Gentleman, R., Geyer, C. J. (1994). Maximum likelihood for interval censored data: consistency and computation.
    Biometrika 81(3), 618-623.

    Examples
    --------
    Hours from the first shot until the ministry's count passed ten: the bulletin before, and the first one after.

    >>> fit = turnbull(lower=[0, 2, 2, 5, 6], upper=[3, 4, 6, None, 8])
    >>> fit.masses.round(2).to_numpy().tolist()
    [[2.0, 3.0, 0.6], [6.0, 8.0, 0.4]]
    >>> fit.survival([4])["high"].round(2).tolist()
    [0.4]
    """
    bounds = read_bounds(lower, upper)
    if not tolerance > 0:
        raise ValueError(f"tolerance must be above 0, not {tolerance}")
    weights, left, right, inside = _innermost(bounds)
    mass, gap, steps = _self_consistent(weights, inside, tolerance)
    if gap > tolerance:
        raise ValueError(
            f"no convergence in {steps:,} steps: the log likelihood can still rise by {gap:.2g}; raise the tolerance"
        )
    few = mass > 0.1 / weights.sum()
    if not few.all() and inside[:, few].any(axis=1).all():
        # A mass that belongs at 0 gets there ever more slowly: if the others alone are as likely, it is 0.
        alone = np.zeros(mass.size)
        alone[few], _, more = _self_consistent(weights, inside[:, few], tolerance)
        if (gap_alone := _gap(weights, inside, alone)) <= tolerance:
            mass, gap, steps = alone, gap_alone, steps + more
    kept = mass > NO_MASS
    masses = pd.DataFrame({"left": left[kept], "right": right[kept], "mass": mass[kept] / mass[kept].sum()})
    loglik = float(weights @ np.log(inside @ mass))
    return Turnbull(masses=masses, loglik=loglik, gap=gap, steps=steps, n=bounds.lower.size)


def _innermost(bounds: Bounds) -> tuple[Floats, Floats, Floats, Flags]:
    """
    Weights of the distinct times, both ends of the innermost intervals, and which of these lie inside which time.

    An end is ranked by value and, at equal values, as exact moment, right end (closed), left end (open): an innermost
    interval is a left end directly followed by a right end.
    """
    times, weights = np.unique(np.column_stack(bounds), axis=0, return_counts=True)
    exact = times[:, 0] == times[:, 1]
    lefts = np.column_stack([times[:, 0], np.where(exact, 0, 2)])
    rights = np.column_stack([times[:, 1], np.ones(len(times))])
    ends, rank = np.unique(np.vstack([lefts, rights]), axis=0, return_inverse=True)
    starts, stops = rank.reshape(2, -1, 1)
    is_right = ends[:, 1] == 1
    first = np.flatnonzero(~is_right[:-1] & is_right[1:])
    inside = (starts <= first) & (first + 1 <= stops)
    return weights.astype("float64"), ends[first, 0], ends[first + 1, 0], inside


def _self_consistent(weights: Floats, inside: Flags, tolerance: float) -> tuple[Floats, float, int]:
    """Masses, what the log likelihood can still rise by, and the steps taken (Turnbull 1976)."""
    mass = np.full(inside.shape[1], 1 / inside.shape[1])
    gap = _gap(weights, inside, mass)
    steps = 0
    while gap > tolerance and steps < MOST_STEPS:
        mass = mass * _pull(weights, inside, mass)
        gap = _gap(weights, inside, mass)
        steps += 1
    return mass, gap, steps


def _pull(weights: Floats, inside: Flags, mass: Floats) -> Floats:
    """Factor by which a self-consistency step multiplies each mass: the slope of the mean log likelihood."""
    return np.asarray((weights / (inside @ mass)) @ inside / weights.sum())


def _gap(weights: Floats, inside: Flags, mass: Floats) -> float:
    """Bound on what is left to gain, the log likelihood being concave in the masses (Gentleman and Geyer 1994)."""
    return float(weights.sum() * max(_pull(weights, inside, mass).max() - 1, 0.0))
