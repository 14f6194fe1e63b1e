"""What a fit of self-excitation says, whether to event times or to counts."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dynamics.hawkes_maximum import Limits, Shape, profile_ends, with_jump
from analysis.dynamics.laws import RARE, ResidualTest
from analysis.told import Told, said_count, said_p

Floats = NDArray[np.float64]

PARAMETERS = ["baseline", "jump", "decay", "branching_ratio"]
AGAINST_POISSON = (
    "no event excites another; the decay means nothing then, and the branching ratio lies at the edge of what is "
    "allowed, so that the p-value is only near: half of chi-squared with 2 degrees of freedom"
)


class RatioTest(NamedTuple):
    """
    Likelihood ratio test.

    Attributes
    ----------
    statistic : float
        Twice the difference of the log likelihoods, from 0.
    p_value : float
        Probability of one at least as large under the null.
    null : str
        What the p-value supposes.
    """

    statistic: float
    p_value: float
    null: str


@dataclass(frozen=True, eq=False)
class Excitation(Told):
    """Estimates of baseline, jump, decay and branching ratio, and how sure they are."""

    baseline: float
    jump: float
    decay: float
    branching_ratio: float
    loglik: float
    poisson_loglik: float
    se: pd.Series
    n: int
    converged: bool
    level: float
    shape: Shape
    limits: Limits

    @classmethod
    def at(
        cls,
        theta: Floats,
        shape: Shape,
        none: float,
        limits: Limits,
        n: int,
        converged: bool,
        level: float,
        **more: Any,
    ) -> Self:
        """Describe the maximum: log baseline, branching ratio, log decay, and the likelihood there."""
        if not converged:
            warnings.warn("the search did not end at a maximum of the likelihood: do not use the fit", stacklevel=3)
        baseline, branching = math.exp(theta[0]), float(theta[1])
        decay = math.exp(theta[2]) if branching > 0 else math.nan
        return cls(
            baseline=baseline,
            jump=branching * decay if branching > 0 else 0.0,
            decay=decay,
            branching_ratio=branching,
            loglik=float(shape.value[0]),
            poisson_loglik=none,
            se=_standard_errors(theta, shape.hessian[0]),
            n=n,
            converged=converged,
            level=level,
            shape=shape,
            limits=limits,
            **more,
        )

    def _evaluate(self, thetas: Floats) -> Shape:
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """What times are measured in."""
        raise NotImplementedError

    @property
    def residual_test(self) -> ResidualTest:
        """Whether the residuals have the distribution that they have if the model holds."""
        raise NotImplementedError

    @property
    def _doubts(self) -> list[str]:
        return []

    @property
    def _theta(self) -> Floats:
        decay = self.decay if self.branching_ratio > 0 else math.exp((self.limits.low + self.limits.high) / 2)
        return np.array([math.log(self.baseline), self.branching_ratio, math.log(decay)])

    def summary(self) -> str:
        """Say how much events excite one another, how sure that is, and what to beware of."""
        low, high = self.profile("branching_ratio")
        lines = [_said_branching(self, low, high), *_said_limits(low, high)]
        if not self.converged:
            lines.append("The search did not end at a maximum: do not use these numbers.")
        lines += [_said_residuals(self.residual_test), *self._doubts]
        if self.branching_ratio > 0:
            lines.append(
                "Whatever makes events cluster looks like this: a rhythm left out, a common cause, more reporters."
            )
        return "\n".join(lines)

    def profile(self, name: str) -> tuple[float, float]:
        """
        Give the profile interval of one parameter: quicker than all of `interval`.

        Parameters
        ----------
        name : {"baseline", "jump", "decay", "branching_ratio"}

        Returns
        -------
        tuple
            Low and high end at `level`.
        """
        return self._profiles([name])[name]

    @cached_property
    def interval(self) -> pd.DataFrame:
        """Profile intervals of all four at `level`: rows by name, columns `low`, `high`."""
        return pd.DataFrame.from_dict(self._profiles(PARAMETERS), orient="index", columns=["low", "high"])

    def _profiles(self, names: list[str]) -> dict[str, tuple[float, float]]:
        from scipy.stats import norm

        reach, theta = float(norm.ppf((1 + self.level) / 2)), self._theta
        places = {"baseline": 0, "branching_ratio": 1, "decay": 2}
        wanted = [places[name] for name in names if name in places]
        ends: dict[tuple[int, int], float] = {}
        clear = self.poisson_test.p_value < 1 - self.level
        if wanted:
            ends = profile_ends(self._evaluate, theta, self.shape, clear, self.limits, reach, wanted)
        if "jump" in names and not clear:
            ends |= {(3, -1): 0.0, (3, 1): math.inf}
        elif "jump" in names:
            jump = with_jump(self._evaluate, theta[2])
            shape = jump(theta[None])
            found = profile_ends(jump, theta, shape, clear, self.limits, reach, [1])
            ends |= {(3, side): value for (_, side), value in found.items()}
        where = places | {"jump": 3}
        return {name: (_natural(ends, where[name], -1, theta), _natural(ends, where[name], 1, theta)) for name in names}

    @property
    def poisson_test(self) -> RatioTest:
        """Likelihood ratio against the same baseline without excitation."""
        ratio = max(2 * (self.loglik - self.poisson_loglik), 0.0)
        return RatioTest(ratio, 1.0 if ratio == 0 else 0.5 * math.exp(-ratio / 2), AGAINST_POISSON)


def _natural(ends: dict[tuple[int, int], float], place: int, side: int, theta: Floats) -> float:
    """Undo the logarithms of baseline and decay, and the unit of the jump, which is one fitted decay."""
    value = ends[place, side]
    if place == 1:
        return value
    return value * math.exp(theta[2]) if place == 3 else math.exp(value)


def _said_branching(fit: Excitation, low: float, high: float) -> str:
    """Say the estimate with its interval, and the test against none."""
    interval = f"{100 * fit.level:g}% interval {low:.2f} to {high:.2f}"
    if fit.branching_ratio <= 0:
        return f"{said_count(fit.n, 'event')}, and none is seen to excite another ({interval} events excited by each)."
    return (
        f"{said_count(fit.n, 'event')}; each excites {fit.branching_ratio:.2f} others on average ({interval}; against "
        f"none {said_p(fit.poisson_test.p_value)}). Mean wait {1 / fit.decay:.3g}, baseline {fit.baseline:.3g} events "
        f"per unit (unit: {fit.unit})."
    )


def _said_limits(low: float, high: float) -> list[str]:
    """Say where the interval reaches an edge."""
    if low <= 0 and not high < 1:
        return [
            "These events are too few to tell: anything from no excitation to an explosion is compatible with them."
        ]
    if low <= 0:
        return ["No excitation at all is compatible with them."]
    if low >= 1:
        return ["From 1 on each wave outgrows the last: the process explodes. Look for a trend or a common cause."]
    if not high < 1:
        return ["A process that explodes (1 or more) is compatible with them."]
    return []


def _said_residuals(test: ResidualTest) -> str:
    if test.p_value < RARE:
        return f"They do not fit an exponential kernel on this baseline well (residual test {said_p(test.p_value)})."
    return f"The residual test finds nothing against the kernel and the baseline ({said_p(test.p_value)})."


def _standard_errors(theta: Floats, hessian: Floats) -> pd.Series:
    """Observed information, carried over to the four parameters by the delta method."""
    if theta[1] <= 0:
        baseline = math.exp(theta[0]) / math.sqrt(-hessian[0, 0])
        return pd.Series([baseline, math.nan, math.nan, math.nan], index=PARAMETERS)
    baseline, branching, decay = math.exp(theta[0]), theta[1], math.exp(theta[2])
    turn = np.array([[baseline, 0, 0], [0, decay, branching * decay], [0, 0, decay], [0, 1, 0]])
    variances = np.diag(turn @ np.linalg.pinv(-hessian) @ turn.T)
    return pd.Series(np.sqrt(np.where(variances > 0, variances, np.nan)), index=PARAMETERS)
