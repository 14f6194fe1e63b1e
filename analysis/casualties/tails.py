"""How severe events are: the tail of deaths per event as a discrete power law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from analysis.told import Told, said_count

Floats = NDArray[np.float64]

STEEPEST = 5.0
SEARCHED = 20.0
RULED_OUT = 0.1
SIGNIFICANT = 0.05
SMALL_TAIL = 50
# How far below xmin a lognormal's centre may run (log deaths): from there it is a power law over any data.
FARTHEST = 200.0
# Standard deviations beyond which the upper tail of a lognormal, as powerlaw computes it, is no longer a number.
UNDERFLOW = 35.0


@dataclass(frozen=True, slots=True)
class Severity(Told):
    """
    Power-law tail of event severities, and how well it holds against the data and against other tails.

    Attributes
    ----------
    alpha : float
        Exponent of p(x) = x^-alpha / zeta(alpha, xmin), x = xmin, xmin + 1, ... (no unit).
    alpha_se : float
        Its standard error from the Fisher information, with `xmin` taken as known.
    xmin : int
        Deaths per event from which the law is fitted.
    xmin_given : bool
        Whether the caller set `xmin`; otherwise it is the one with the smallest Kolmogorov-Smirnov distance.
    n, n_tail : int
        Events with at least one death, and those of them with at least `xmin`.
    distance : float
        Largest gap between the shares of tail events below x, observed and fitted, over the observed x (0 to 1).
    p_value : float
        Share of bootstrap samples from the fitted law that lie further from their own fit; NaN without resamples.
        Small is bad: below 0.1 the power law is ruled out.
    resamples : int
        Bootstrap samples behind `p_value`.
    lognormal_ratio, lognormal_p : float
        Normalised log likelihood ratio of the power law against a lognormal tail, positive where the power law is
        likelier, and the two-sided p-value of its sign. NaN where the lognormal could not be fitted. Near 0 where its
        best fit runs off towards a power law, which is its limit.
    exponential_ratio, exponential_p : float
        The same against an exponential (geometric) tail.
    dropped : mapping of str to int
        Events left out, by reason; empty if none was.
    """

    alpha: float
    alpha_se: float
    xmin: int
    xmin_given: bool
    n: int
    n_tail: int
    distance: float
    p_value: float
    resamples: int
    lognormal_ratio: float
    lognormal_p: float
    exponential_ratio: float
    exponential_p: float
    dropped: Mapping[str, int]

    def summary(self) -> str:
        """Say in plain sentences what the tail is, whether the law holds, and what it does not say."""
        known = "threshold given" if self.xmin_given else "threshold chosen from the data, its uncertainty not included"
        parts = [
            f"Of {said_count(self.n, 'event')} with at least one death, the {self.n_tail:,} with {self.xmin:,} or more "
            f"are described by a power law with exponent {self.alpha:.2f} (standard error {self.alpha_se:.2f}; "
            f"{known}).",
            _verdict(self.p_value, self.resamples),
            _told_apart("a lognormal", self.lognormal_ratio, self.lognormal_p),
            _told_apart("an exponential", self.exponential_ratio, self.exponential_p),
        ]
        if self.n_tail < SMALL_TAIL:
            parts.append(
                f"With fewer than {SMALL_TAIL} events in the tail the exponent is biased and the tests are weak."
            )
        if self.alpha < 3:
            moment = "mean and variance" if self.alpha < 2 else "variance"
            parts.append(f"At this exponent the {moment} of severities is infinite: averages of past events mislead.")
        if self.dropped:
            parts.append("Left out: " + ", ".join(f"{count:,} ({why})" for why, count in self.dropped.items()) + ".")
        parts.append("This is the spread of past severities; it does not say how many the next event will kill.")
        return " ".join(parts)


class _Events(NamedTuple):
    tolls: Floats
    counts: Floats


class _Tail(NamedTuple):
    xmin: float
    alpha: float
    distance: float


def severity(deaths: ArrayLike, *, xmin: int | None = None, resamples: int = 200, seed: int = 0) -> Severity:
    """
    Fit a discrete power law to the tail of deaths per event, and test it.

    For each candidate `xmin` (every observed severity but the two largest) the exponent is the exact maximum
    likelihood one, with the Hurwitz zeta function and not its approximation, and the `xmin` with the smallest
    Kolmogorov-Smirnov distance is kept. Exponents from 5 on are not considered: nothing tells such a tail from an
    exponential one, and a search among them finds a "power law" in the last few events of any data. The distance
    compares P(X < x) observed and fitted at the observed x, as Clauset, Shalizi and Newman and `powerlaw` do;
    comparing P(X <= x) as well would choose another `xmin`. The goodness of fit is their semiparametric bootstrap:
    events below `xmin` drawn from the data, the others from the fitted law, `xmin` chosen anew in each sample. The
    lognormal tail and Vuong's test are those of `powerlaw`.

    Use it for many comparable events (attacks, clashes, whole episodes) to ask whether the largest are of one kind
    with the rest and how fast they thin out. It fails quietly in these ways:

    - `xmin` is uncertain, and `alpha_se` ignores that: refit with neighbouring `xmin`, report how `alpha` moves;
    - with few events (under 50 in the tail, under about 100 in all) the exponent is biased, hardly any law is ruled
      out, and a lognormal is seldom told apart; `p_value` above 0.1 is not evidence for a power law;
    - `xmin` is free, so the last events of an exponential sample can pass for a power law: look at `exponential_ratio`
      too, and at `n_tail` beside `n`;
    - tolls reported as round numbers (10, 50, "hundreds") heap, which shifts `xmin` and lowers `p_value`;
    - small events are the ones most often missed, which `xmin` forgives only if all larger ones are recorded;
    - the tail describes events of the past: by itself it says nothing about the toll of the next crisis.

    Parameters
    ----------
    deaths : array_like, shape (n_events,)
        Deaths per event (persons, whole numbers). A power law has no zero: events without deaths and events whose
        toll is missing are left out and counted in `dropped`.
    xmin : int, optional
        Deaths from which to fit, if known beforehand; the bootstrap then keeps it. Default: chosen from the data.
    resamples : int
        Bootstrap samples for `p_value`, 0 for none. Its error is about 1 / (2 sqrt(resamples)): 2,500 samples give
        two decimals. Each costs milliseconds for a hundred distinct severities, a tenth of a second for a thousand.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Severity
        Exponent, threshold, distance, tests and what was left out.

    Raises
    ------
    ValueError
        If a toll is negative, fractional or no number, too few distinct tolls are left, or no exponent fits.

    References
    ----------
    Clauset, A., Shalizi, C. R., Newman, M. E. J. (2009). Power-law distributions in empirical data. SIAM Review
    51(4), 661-703. https://doi.org/10.1137/070710111
    Alstott, J., Bullmore, E., Plenz, D. (2014). powerlaw: a Python package for analysis of heavy-tailed
    distributions. PLoS ONE 9(1), e85777. https://doi.org/10.1371/journal.pone.0085777
    Vuong, Q. H. (1989). Likelihood ratio tests for model selection and non-nested hypotheses. Econometrica 57(2).

    Examples
    --------
    >>> deaths = [1] * 60 + [2] * 15 + [3] * 7 + [4] * 4 + [5] * 3 + [7] * 2 + [9, 14, 22, 60] + [0] * 10
    >>> fit = severity(deaths, resamples=50)
    >>> fit.xmin, round(fit.alpha, 2), fit.n_tail, fit.dropped
    (1, 2.13, 95, {'no deaths, which a power law cannot hold': 10})
    """
    events, dropped = _read(deaths)
    _check_options(events, xmin, resamples)
    tail = _fit(events, xmin)
    if tail is None:
        raise ValueError(f"no tail has an exponent between 1 and {STEEPEST:g}: these severities are no power law")
    distances = _bootstrap(events, tail, xmin, resamples, default_rng(seed))
    sample = np.repeat(events.tolls, events.counts.astype("int64"))
    sample = sample[sample >= tail.xmin]
    lognormal_ratio, lognormal_p = _against_lognormal(sample, tail)
    exponential_ratio, exponential_p = _against_exponential(sample, tail)
    return Severity(
        alpha=tail.alpha,
        alpha_se=_standard_error(tail, sample.size),
        xmin=int(tail.xmin),
        xmin_given=xmin is not None,
        n=int(events.counts.sum()),
        n_tail=int(sample.size),
        distance=tail.distance,
        p_value=float(np.mean(distances >= tail.distance)) if distances.size else float("nan"),
        resamples=int(distances.size),
        lognormal_ratio=lognormal_ratio,
        lognormal_p=lognormal_p,
        exponential_ratio=exponential_ratio,
        exponential_p=exponential_p,
        dropped=dropped,
    )


def _read(deaths: ArrayLike) -> tuple[_Events, dict[str, int]]:
    """Distinct severities with their counts, and the events left out."""
    try:
        tolls = pd.to_numeric(pd.Series(deaths)).to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"deaths must be one list of whole numbers: {problem}") from problem
    stated = tolls[~np.isnan(tolls)]
    wrong = stated[(stated < 0) | ~np.isfinite(stated) | (stated != np.floor(stated))]
    if wrong.size:
        raise ValueError(
            f"deaths per event must be whole numbers from 0: {wrong[0]:g} is not; "
            "leave events out or use one bound where a toll is a range or an average"
        )
    left_out = {
        "no deaths, which a power law cannot hold": int((stated == 0).sum()),
        "toll missing": int(tolls.size - stated.size),
    }
    values, counts = np.unique(stated[stated > 0], return_counts=True)
    return _Events(values, counts.astype("float64")), {why: count for why, count in left_out.items() if count}


def _check_options(events: _Events, xmin: int | None, resamples: int) -> None:
    if resamples < 0:
        raise ValueError(f"resamples must be 0 or more, not {resamples}")
    if xmin is None:
        if events.tolls.size < 3:
            raise ValueError(
                f"only {events.tolls.size} distinct severities above 0; at least 3 are needed to choose xmin"
            )
        return
    if xmin < 1 or xmin != int(xmin):
        raise ValueError(f"xmin must be a whole number of deaths from 1, not {xmin}")
    if (events.tolls >= xmin).sum() < 2:
        raise ValueError(f"fewer than 2 distinct severities from xmin {xmin}; choose a smaller one")


def _fit(events: _Events, xmin: int | None) -> _Tail | None:
    """Tail with the smallest distance among the candidates, None if no exponent exists for any."""
    values, counts = events
    starts = values[:-2] if xmin is None else np.array([float(xmin)])
    if not starts.size:
        return None
    first = np.searchsorted(values, starts)
    above = counts[::-1].cumsum()[::-1]
    mean_log = (counts * np.log(values))[::-1].cumsum()[::-1] / above
    alphas = _exponents(starts, mean_log[first])
    distances = np.array(
        [
            _distance(alpha, start, values[place:], above[place:])
            for alpha, start, place in zip(alphas, starts, first, strict=True)
        ]
    )
    if np.isnan(distances).all():
        return None
    best = int(np.nanargmin(distances))
    return _Tail(float(starts[best]), float(alphas[best]), float(distances[best]))


def _exponents(xmin: Floats, mean_log: Floats) -> Floats:
    """Exact maximum likelihood exponent for each xmin; NaN where it is not between 1 and `STEEPEST`."""
    from scipy.optimize.elementwise import bracket_minimum, find_minimum

    approximate = np.minimum(1 / (mean_log - np.log(xmin - 0.5)), 0.75 * SEARCHED)
    bracket = bracket_minimum(
        _minus_loglik,
        1 + approximate,
        xl0=1 + 0.8 * approximate,
        xr0=1 + 1.2 * approximate,
        xmin=1.0,
        xmax=SEARCHED,
        args=(xmin, mean_log),
    )
    found = find_minimum(_minus_loglik, bracket.bracket, args=(xmin, mean_log))
    return np.where(bracket.success & found.success & (found.x < STEEPEST), found.x, np.nan)


def _minus_loglik(alpha: Any, xmin: Any, mean_log: Any) -> Any:
    """Minus the mean log likelihood, convex in alpha."""
    from scipy.special import zeta

    return alpha * mean_log + np.log(zeta(alpha, xmin))


def _distance(alpha: float, xmin: float, values: Floats, above: Floats) -> float:
    """Largest gap at the observed values between the shares of the tail at or above them."""
    from scipy.special import zeta

    return float(np.abs(zeta(alpha, values) / zeta(alpha, xmin) - above / above[0]).max())


def _standard_error(tail: _Tail, n_tail: int) -> float:
    """Inverse root of the Fisher information, the curvature of log zeta (Clauset et al. 2009, equation 3.6)."""
    from scipy.differentiate import hessian
    from scipy.special import zeta

    curvature = hessian(lambda point: np.log(zeta(point[0], tail.xmin)), np.array([tail.alpha]), initial_step=0.02)
    return float(1 / np.sqrt(n_tail * curvature.ddf.item()))


def _bootstrap(events: _Events, tail: _Tail, xmin: int | None, resamples: int, rng: Generator) -> Floats:
    """Distances of samples like the data from their own fits; samples that cannot be fitted are left out."""
    refits = (_fit(_resample(events, tail, rng), xmin) for _ in range(resamples))
    return np.array([refit.distance for refit in refits if refit is not None])


def _resample(events: _Events, tail: _Tail, rng: Generator) -> _Events:
    """As many events, those below the tail drawn from the data, the others from the law."""
    below = events.tolls < tail.xmin
    small, counts = events.tolls[below], events.counts[below]
    n = int(events.counts.sum())
    n_below = rng.binomial(n, counts.sum() / n)
    drawn, how_often = np.unique(_draw(tail, n - n_below, rng), return_counts=True)
    if below.any():
        counts = rng.multinomial(n_below, counts / counts.sum()).astype("float64")
    return _Events(np.append(small[counts > 0], drawn), np.append(counts[counts > 0], how_often))


def _draw(tail: _Tail, size: int, rng: Generator) -> Floats:
    """
    Draw from the fitted law, exactly.

    x^-alpha is convex, so zeta(alpha, x) (alpha - 1) lies between x^(1 - alpha) and (x - 1/2)^(1 - alpha): inverting
    both leaves two whole numbers to choose from.
    """
    from scipy.special import zeta

    share_above = (1 - rng.random(size)) * zeta(tail.alpha, tail.xmin)
    drawn = np.floor((share_above * (tail.alpha - 1)) ** (-1 / (tail.alpha - 1)) + 0.5)
    drawn = np.maximum(drawn, tail.xmin)
    return np.maximum(np.where(zeta(tail.alpha, drawn) < share_above, drawn - 1, drawn), tail.xmin)


def _against_lognormal(sample: Floats, tail: _Tail) -> tuple[float, float]:
    """Normalised log likelihood ratio and Vuong's p-value."""
    from powerlaw import Lognormal

    with np.errstate(all="ignore"):
        fitted = Lognormal(
            data=sample,
            xmin=tail.xmin,
            discrete=True,
            verbose=0,
            parameter_ranges={"mu": [np.log(tail.xmin) - FARTHEST, None], "sigma": [0, None]},
        )
        other = fitted.loglikelihoods(sample)
    far = (np.log(tail.xmin - 0.5) - fitted.mu) / fitted.sigma
    return _vuong(sample, tail, other) if far < UNDERFLOW else (float("nan"), float("nan"))


def _against_exponential(sample: Floats, tail: _Tail) -> tuple[float, float]:
    """Compare as with a lognormal; powerlaw's own one is floored at 1e-307, which flatters it at extreme events."""
    from scipy.stats import geom

    return _vuong(sample, tail, geom(1 / (sample.mean() - tail.xmin + 1), loc=tail.xmin - 1).logpmf(sample))


def _vuong(sample: Floats, tail: _Tail, other: Floats) -> tuple[float, float]:
    from powerlaw import loglikelihood_ratio
    from scipy.special import zeta

    power = -tail.alpha * np.log(sample) - np.log(zeta(tail.alpha, tail.xmin))
    ratio, p_value = loglikelihood_ratio(power, other, normalized_ratio=True)
    return float(ratio), float(p_value)


def _verdict(p_value: float, resamples: int) -> str:
    if not resamples:
        return "Whether a power law holds there was not tested."
    held = "is ruled out" if p_value < RULED_OUT else "is not ruled out, which does not prove it"
    return f"In {resamples:,} bootstrap samples the goodness of fit has p = {p_value:.2f}: the power law {held}."


def _told_apart(name: str, ratio: float, p_value: float) -> str:
    if np.isnan(ratio):
        return f"The comparison with {name} tail could not be made."
    numbers = f"normalised log likelihood ratio {ratio:.2f}, p = {p_value:.2f}"
    if p_value >= SIGNIFICANT:
        return f"The data do not tell it from {name} tail ({numbers})."
    better = "better" if ratio > 0 else "worse"
    return f"It fits {better} than {name} tail ({numbers})."
