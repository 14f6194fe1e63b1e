"""The maximum of a likelihood of baseline, branching ratio and decay, and the ends of profile intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 1e-8  # gain of log likelihood for which no more step is taken
LOOSE = 1e-5  # the same along a profile
NEAR = 1e-4  # gain still promised at what is called a maximum
BOLDEST = np.array([1.5, 0.5, 1.0])  # step of log baseline, branching ratio, log decay
BRANCHING = (0.1, 0.4, 0.8)  # of the grid
STEPS = 80
TIGHT = 1e-5  # bracket of an end
CLOSE = 5e-4  # of the signed root of the likelihood ratio


class Shape(NamedTuple):
    """Log likelihood at k points, shape (k,), its gradients (k, 3) and its Hessians (k, 3, 3)."""

    value: Floats
    gradient: Floats
    hessian: Floats


Evaluate = Callable[[Floats], Shape]


class Limits(NamedTuple):
    """Smallest and largest log decay that the data can tell from none and from at once."""

    low: float
    high: float


class Peak(NamedTuple):
    """Where the climb ended: points, shape (k, 3), the shape there, and whether each is a maximum."""

    theta: Floats
    shape: Shape
    converged: NDArray[np.bool_]


def by_differences(values: Callable[[Floats], Floats], step: float = 2e-4) -> Evaluate:
    """Differentiate a likelihood of many points at once by central differences."""
    corners = [(0, 1), (0, 2), (1, 2)]
    unit = np.eye(3) * step
    moves = [np.zeros(3), *unit, *-unit]
    moves += [unit[i] + unit[j] for i, j in corners] + [-unit[i] - unit[j] for i, j in corners]

    def evaluate(thetas: Floats) -> Shape:
        found = values((thetas[:, None, :] + np.array(moves)).reshape(-1, 3)).reshape(len(thetas), -1)
        here, up, down = found[:, :1], found[:, 1:4], found[:, 4:7]
        hessian = np.empty((len(thetas), 3, 3))
        hessian[:, range(3), range(3)] = up + down - 2 * here
        for place, (i, j) in enumerate(corners):
            both = found[:, 7 + place] + found[:, 10 + place]
            cross = both - up[:, i] - up[:, j] - down[:, i] - down[:, j] + 2 * here[:, 0]
            hessian[:, i, j] = hessian[:, j, i] = cross / 2
        return Shape(here[:, 0], (up - down) / (2 * step), hessian / step**2)

    return evaluate


def two_best(values: Callable[[Floats], Floats], log_rate: float, decays: Floats) -> Floats:
    """Choose the best two points of a grid, of different log decays, to climb from: shape (2, 3)."""
    grid = np.array(
        [[log_rate + math.log(1 - branching), branching, decay] for decay in decays for branching in BRANCHING]
    )
    order = np.argsort(-values(grid), kind="stable")
    other = next(place for place in order if grid[place, 2] != grid[order[0], 2])
    return grid[[order[0], other]]


def climb(
    evaluate: Evaluate,
    thetas: Floats,
    limits: Limits,
    fixed: NDArray[np.bool_] | None = None,
    tolerance: float = TOLERANCE,
) -> Peak:
    """
    Climb from several points at once, by Newton steps that never go down.

    Parameters
    ----------
    evaluate : callable
    thetas : array, shape (k, 3)
        Where to begin.
    limits : Limits
        Of the log decay. The branching ratio is at least 0.
    fixed : array, shape (k, 3), optional
        Coordinates that stay.
    tolerance : float
        Gain of log likelihood for which no more step is taken.

    Returns
    -------
    Peak
    """
    theta = thetas.copy()
    held = np.zeros(theta.shape, dtype=bool) if fixed is None else fixed
    now = evaluate(theta)
    shape = Shape(now.value.copy(), now.gradient.copy(), now.hessian.copy())
    scale, gains, climbing = np.ones(len(theta)), np.full(len(theta), np.inf), np.ones(len(theta), dtype=bool)
    for _ in range(STEPS):
        moves = np.zeros_like(theta)
        for row in np.flatnonzero(climbing):
            moves[row], gains[row] = _newton(theta[row], shape.gradient[row], shape.hessian[row], held[row], limits)
            climbing[row] = gains[row] > tolerance and scale[row] > 1e-6
        rows = np.flatnonzero(climbing)
        if not len(rows):
            break
        trial = _inside(theta[rows] + scale[rows, None] * moves[rows], held[rows], theta[rows], limits)
        found = evaluate(trial)
        better = found.value >= shape.value[rows] - 1e-12 * np.abs(shape.value[rows])
        better &= np.isfinite(found.hessian).all(axis=(1, 2))
        scale[rows] = np.where(better, 1.0, scale[rows] / 4)
        taken = rows[better]
        theta[taken] = trial[better]
        for old, new in zip(shape, found, strict=True):
            old[taken] = new[better]
    return Peak(theta, shape, (gains < NEAR) & np.isfinite(shape.hessian).all(axis=(1, 2)))


def _newton(
    theta: Floats, gradient: Floats, hessian: Floats, fixed: NDArray[np.bool_], limits: Limits
) -> tuple[Floats, float]:
    """Give a step uphill and the gain it promises; coordinates at a bound that pulls outward stay."""
    stuck = np.array([False, theta[1] <= 0 and gradient[1] <= 0, _leaves(theta[2], gradient[2], limits)])
    free = np.flatnonzero(~(fixed | stuck))
    move = np.zeros(3)
    if not len(free) or not np.isfinite(hessian).all():
        return move, 0.0
    values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    curved = np.maximum(np.abs(values), 1e-6 * max(float(np.abs(values).max()), 1e-6))
    move[free] = vectors @ (vectors.T @ gradient[free] / curved)
    gain = 0.5 * float(move @ gradient)
    return move / max(1.0, float(np.max(np.abs(move) / BOLDEST))), gain


def _leaves(decay: float, slope: float, limits: Limits) -> bool:
    return (decay <= limits.low and slope <= 0) or (decay >= limits.high and slope >= 0)


def _inside(trial: Floats, fixed: NDArray[np.bool_], theta: Floats, limits: Limits) -> Floats:
    trial[:, 1] = np.maximum(trial[:, 1], 0)
    trial[:, 2] = np.clip(trial[:, 2], limits.low, limits.high)
    return np.where(fixed, theta, trial)


def with_jump(evaluate: Evaluate, log_decay: float) -> Evaluate:
    """Let the second coordinate be the jump, in units of one decay, instead of the branching ratio."""

    def changed(thetas: Floats) -> Shape:
        plain = thetas.copy()
        plain[:, 1] *= np.exp(log_decay - thetas[:, 2])
        shape = evaluate(plain)
        for row, (_, branching, decay) in enumerate(plain):
            ratio, pull = math.exp(log_decay - decay), shape.gradient[row, 1]
            turn = np.array([[1, 0, 0], [0, ratio, -branching], [0, 0, 1]])
            bend = pull * np.array([[0, 0, 0], [0, 0, -ratio], [0, -ratio, branching]])
            shape.hessian[row] = turn.T @ shape.hessian[row] @ turn + bend
            shape.gradient[row] = turn.T @ shape.gradient[row]
        return shape

    return changed


@dataclass
class _End:
    """One end of one interval on its way: coordinate, side, present value, and the bracket around the end."""

    place: int
    side: int
    value: float
    inside: float
    outside: float
    result: float | None = None

    def move(self, root: float, slope: float, reach: float, limits: Limits) -> None:
        """Go on by Newton's method on the signed root of the likelihood ratio, or halve the bracket."""
        if abs(root - reach) < CLOSE:
            self.result = self.value
            return
        if root < reach:
            self.inside = self.value
        else:
            self.outside = self.value
        if abs(self.outside - self.inside) < TIGHT:  # where the best fit jumps from one to another
            self.result = self.outside
            return
        if self.place == 2 and root < reach and self.value in limits:
            self.result = self.side * math.inf
            return
        steep = -self.side * slope / max(root, CLOSE)
        aim = self.value + self.side * (reach - root) / steep if steep > 0 else math.nan
        if not min(self.inside, self.outside) < aim < max(self.inside, self.outside):
            bounded = math.isfinite(self.outside)
            aim = (self.inside + self.outside) / 2 if bounded else self.inside + self.side * BOLDEST[self.place]
        if not math.isfinite(self.outside):
            aim = self.inside + self.side * min(abs(aim - self.inside), 2 * BOLDEST[self.place])
        self.value = min(max(aim, limits.low), limits.high) if self.place == 2 else aim


def profile_ends(
    evaluate: Evaluate, best: Floats, shape: Shape, clear: bool, limits: Limits, reach: float, places: Iterable[int]
) -> dict[tuple[int, int], float]:
    """
    Find where the profile likelihood has fallen by reach^2 / 2 on either side of the maximum.

    Parameters
    ----------
    evaluate : callable
    best : array, shape (3,)
        The maximum; its branching ratio may be 0.
    shape : Shape
        One row, at the maximum.
    clear : bool
        Whether there is excitation beyond doubt; if not, its intervals begin with 0, and the decay may be any.
    limits : Limits
        Of the log decay; an end beyond it is infinite.
    reach : float
        Normal quantile, 1.96 for 95 %.
    places : iterable of int
        Coordinates whose ends are wanted.

    Returns
    -------
    dict
        By coordinate and side (-1, 1). All ends are sought at once, the other coordinates always where they fit best;
        one that is not found in 40 steps is put where it is certainly not nearer.
    """
    keys = [(place, side) for place in places for side in (-1, 1)]
    ends = [_begun(place, side, best, shape, reach, limits) for place, side in keys]
    top = float(shape.value[0])
    if not clear:
        for end in ends:
            if end.place == 1 and end.side < 0:
                end.result = 0.0
            elif end.place == 2:
                end.result = end.side * math.inf
    points = np.repeat(best[None], len(ends), axis=0)
    for _ in range(40):
        rows = [row for row, end in enumerate(ends) if end.result is None]
        if not rows:
            break
        fixed = np.zeros((len(rows), 3), dtype=bool)
        for place, row in enumerate(rows):
            fixed[place, ends[row].place] = True
            points[row, ends[row].place] = ends[row].value
        peak = climb(evaluate, points[rows], limits, fixed, LOOSE)
        points[rows] = peak.theta
        for place, row in enumerate(rows):
            root = math.sqrt(max(2 * (top - peak.shape.value[place]), 0.0))
            ends[row].move(root, float(peak.shape.gradient[place, ends[row].place]), reach, limits)
    return {key: end.outside if end.result is None else end.result for key, end in zip(keys, ends, strict=True)}


def _begun(place: int, side: int, best: Floats, shape: Shape, reach: float, limits: Limits) -> _End:
    """Begin where the curvature at the maximum says."""
    curvature = np.linalg.pinv(-shape.hessian[0])[place, place]
    step = min(reach * math.sqrt(curvature) if curvature > 0 else math.inf, BOLDEST[place])
    if place == 1 and side < 0:
        return _End(1, -1, float(best[1] - min(step, 0.75 * best[1])), float(best[1]), 0.0)
    value = float(best[place]) + side * step
    if place == 2:
        value = min(max(value, limits.low), limits.high)
    return _End(place, side, value, float(best[place]), side * math.inf)
