"""Klimek's model: how many stations look stuffed, and how many look invented."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import logit
from scipy.stats import norm

from analysis.columns import DataError, problem
from analysis.forensics.klimek_cells import KIND, SIGMA_EXTREME, Fitted, cells, fit_cells, honest_cells, klimek_cells
from analysis.forensics.result import StationTest
from analysis.forensics.stations import countable

Floats = NDArray[np.float64]

FEWEST_STATIONS = 50
GRID = 1000  # points of the kernel density between 0 and 1
FINER = 8  # bins per point of the grid, so that binning moves no maximum
LOWEST_MODE = 0.3
USUAL_ALPHA = 1.5
PARAMETERS = ("tau", "sigma_tau", "nu", "sigma_nu", "theta", "alpha", "f_i", "extreme")
LOW = np.array([0.01, 0.005, 0.01, 0.005, 0.1, 0.3, 0, 0])
HIGH = np.array([0.99, 0.5, 0.99, 0.5, 1.5, 5, 0.98, 0.98])
SCALE = np.array([0.1, 0.05, 0.1, 0.05, 0.2, 1, 0.2, 0.05])
# Bounds and steps of one kind of honest stations, as `honest_cells` takes them.
NORMAL_KIND = np.array([[-0.5, 0.01, -0.5, 0.01, -0.95], [1.5, 0.6, 1.5, 0.6, 0.95], [0.1, 0.05, 0.1, 0.05, 0.3]])
ODDS_KIND = np.array([[-8, 0.05, -8, 0.05, -0.95], [8, 4, 8, 4, 0.95], [0.4, 0.2, 0.4, 0.2, 0.3]])
ODDS_REACH = 9.0


class Kernel(NamedTuple):
    """The published rule: modes, spreads below them, and theta; shares between 0 and 1."""

    tau: float
    sigma_tau: float
    nu: float
    sigma_nu: float
    theta: float


@dataclass(frozen=True, kw_only=True, eq=False)
class KlimekFit(StationTest):
    """
    Klimek's model of one election, beside an honest rival.

    Attributes
    ----------
    statistic : float
        Smallest BIC of the honest rivals (one or two kinds of stations; turnout and share, or their log-odds, normal
        and correlated) minus that of Klimek's model: above 0 the model explains the stations better than they do.
    p_value : None
        There is none; `flags` says whether a lower bound is above 0.
    tau, sigma_tau, nu, sigma_nu, theta : float
        Published kernel rule: first maximum of the density of turnout and of share above 0.3 (the highest one where
        there is none), spread below it, and square root of the spread of the shares above `nu`.
    f_i, f_e : float
        Share of stations with incremental and with extreme fraud, by maximum likelihood; 0 where the model without
        has the lower BIC.
    f_i_low, f_i_high, f_e_low, f_e_high : float
        Wald intervals, widened by the square root of `dispersion`; the lower ends are 0 where an honest rival has
        the lower BIC.
    f_i_se, f_e_se : float
        Their standard errors, widened alike.
    alpha : float
        How votes are moved: xi ** alpha of the others' votes go to the leader. NaN where `f_i` and `f_e` are 0.
    dispersion : float
        Mean Pearson chi-squared per cell of turnout and share, at least 1; far above 1 the model does not fit.
    fitted : DataFrame
        Indexed by parameter: `kernel`, `fitted` (all parameters estimated together), `se`.
    level : float
        Level of the intervals.
    effect_votes : float
        Votes the leader would owe to fraud if `f_i`, `f_e` and the model were right, large and small stations taken
        alike; None where an honest rival has the lower BIC.
    """

    name: ClassVar[str] = "klimek"
    null: ClassVar[str] = (
        "stations are of one or two honest kinds; in each, turnout and share (or their log-odds) are normal and may go "
        "together."
    )
    assumptions: ClassVar[str] = (
        "honest turnout and share are independent and normal with the same mean everywhere, so that a smear towards "
        "100% turnout and 100% share is fraud. Regions, towns and villages that differ make the same smear: the "
        "point estimates then count honest stations. Fits of one election by different rules differ several-fold."
    )

    tau: float
    sigma_tau: float
    nu: float
    sigma_nu: float
    theta: float
    f_i: float
    f_i_low: float
    f_i_high: float
    f_i_se: float
    f_e: float
    f_e_low: float
    f_e_high: float
    f_e_se: float
    alpha: float
    dispersion: float
    fitted: pd.DataFrame
    level: float

    def flags(self, alpha: float = 0.05) -> bool:
        """Whether fraud is told from honest differences, and a lower bound of its extent is above 0."""
        z = norm.ppf(1 - alpha / 2)
        return bool(self.statistic > 0 and (self.f_i > z * self.f_i_se or self.f_e > z * self.f_e_se))

    def finding(self) -> str:
        """Say both shares with their intervals, and whether honest differences explain as much."""
        said = (
            f"Incremental fraud in {self.f_i_low:.1%} to {self.f_i_high:.1%} of the stations (point {self.f_i:.1%}), "
            f"extreme fraud in {self.f_e_low:.1%} to {self.f_e_high:.1%} (point {self.f_e:.1%}), by Klimek's model."
        )
        if self.statistic > 0:
            return said + " One or two kinds of honest stations explain the counts less well."
        return said + " One or two kinds of honest stations explain the counts as well or better."


def klimek(stations: pd.DataFrame, seed: int = 0, *, level: float = 0.95) -> KlimekFit:
    """
    Fit the model of Klimek et al. (2012), and ask whether honest differences would do.

    Each station has honest turnout a ~ N(tau, sigma_tau) and share v ~ N(nu, sigma_nu), cut to [0, 1]. With probability
    f_i xi ~ |N(0, theta)|, with probability f_e xi ~ 1 - |N(0, 0.075)|, otherwise xi = 0; xi of the non-voters and
    xi ** alpha of the others' votes go to the leader.

    Parameters
    ----------
    stations : DataFrame
        As `forensics.stations` returns it. Turnout is issued / registered (cast where issued is not stated), share is
        votes / cast; all stations with ballots are used.
    seed : int
        Not used: nothing here is drawn. All tests of stations take it.
    level : float
        Level of the intervals.

    Returns
    -------
    KlimekFit

    Raises
    ------
    DataError
        If a column is absent, a number is negative, fewer than 50 stations can be used, or all have the same turnout
        or share.

    Notes
    -----
    `tau` to `theta` follow the published rule (sigma_tau over stations below both modes, as in the code of Kobak and
    Pshenichnikov). f_i and f_e do not: the eight parameters are estimated together by
    maximum likelihood from counts of stations in 40 x 40 cells of turnout and share. The kernel rule reads a mixture
    of honest and stuffed stations, and its theta is not the one of the process (0.37 where the process has 0.4, 0.33
    where it has 0.2), so that f_i given it is biased.

    Measured on 50 elections each, simulated by this process with f_i .3, f_e .03, alpha 1.5 and sigmas .08: mean f_i
    .306 (standard deviation .012) and f_e .029 (.003) at theta .4 and 5,000 stations, .310 (.032) and .030 (.002) at
    theta .2, .303 (.008) and .029 (.001) at theta .4 and 20,000 stations; the 95 % intervals hold f_i in 50, 48 and
    45 of 50, f_e in 47, 49 and 47; alpha comes out too high, 1.6 to 1.7. All are flagged. Without fraud f_i is 0 in all
    50, and none is flagged.

    Where it fails: the smear that the model calls fraud is also what honest differences make. On elections without
    fraud in which regions, towns and villages differ (`simulate` as it comes, five pairs of turnout and share, 2,000
    stations) the mean f_i is .25 to .97. That is why the model has to win against honest rivals: it did so in none of
    these 250 elections. But it did not in 50 with a tenth of such stations stuffed either, nor in 20 with three tenths.
    A flag says that Klimek's process describes the election; no flag says nothing.

    f_i is weakly identified. For Russia 2011 and 2012 the paper has f_i .64 and .39, f_e .033 and .021; Mebane's refit
    of the same model has f_i .121 and .084, f_e .003 and .002. Here the points are f_i .47 and .29, f_e .038 and .019
    (upper ends .54 and .35, .057 and .040), but two kinds of honest stations describe both elections better than the
    model does, so that the intervals start at 0.

    References
    ----------
    Klimek, P., Yegorov, Y., Hanel, R., Thurner, S. (2012). Statistical detection of systematic election
    irregularities. PNAS 109(41), 16469-16473. https://doi.org/10.1073/pnas.1210722109

    Examples
    --------
    >>> from analysis.forensics import simulate
    >>> stuffed = simulate(3000, manipulation="klimek", incremental=0.3, extreme=0.03, seed=2)
    >>> fit = klimek(stuffed)
    >>> fit.f_i_low < 0.3 < fit.f_i_high, fit.f_e_low < 0.03 < fit.f_e_high, fit.flags()
    (True, True, True)
    """
    used, excluded = countable(stations, issued=True)
    numbers = used[["registered", "issued", "cast", "votes"]].astype("float64")
    turnout = (numbers["issued"] / numbers["registered"]).to_numpy()
    share = (numbers["votes"] / numbers["cast"]).to_numpy()
    _demand_spread(turnout, share)
    kernel = _kernel(turnout, share)
    observed = cells(turnout, share)
    full, chosen = _process(observed, _start(turnout, share))
    rival = min(_honest(observed, kinds, log_odds=odds).bic for kinds in (1, 2) for odds in (False, True))
    told_apart = float(rival - full.bic)
    return KlimekFit(
        statistic=told_apart,
        p_value=None,
        n=len(used),
        excluded=excluded,
        effect_votes=float(numbers["registered"].sum() * _stolen(chosen)) if told_apart > 0 else None,
        **kernel._asdict(),
        **_interval(full, chosen, told_apart, level),
        alpha=float(chosen[5]) if _extent(chosen).any() else float("nan"),
        dispersion=max(full.dispersion, 1.0),
        fitted=_table(kernel, full),
        level=level,
    )


def _demand_spread(turnout: Floats, share: Floats) -> None:
    if len(turnout) < FEWEST_STATIONS:
        raise DataError(problem("stations", f"at least {FEWEST_STATIONS} usable stations; there are {len(turnout)}"))
    for values, what in ((turnout, "turnout"), (share, "share")):
        if np.ptp(values) == 0:
            raise DataError(problem("stations", f"stations that differ; all have a {what} of {values[0]:.1%}"))


# The published rule -------------------------------------------------------------------------------------------------


def _kernel(turnout: Floats, share: Floats) -> Kernel:
    tau, nu = _first_mode(turnout), _first_mode(share)
    lower = share < nu
    return Kernel(
        tau,
        _spread(turnout[lower & (turnout < tau)], tau),
        nu,
        _spread(share[lower], nu),
        _spread(share[share > nu], nu) ** 0.5,
    )


def _first_mode(values: Floats) -> float:
    """Find the first local maximum above 0.3 of a Gaussian kernel density with Scott's bandwidth."""
    bandwidth = values.std(ddof=1) * len(values) ** -0.2
    bins = GRID * FINER
    place = values * bins
    left = np.minimum(place.astype("int64"), bins - 1)
    right = place - left
    binned = np.bincount(left, 1 - right, bins + 1) + np.bincount(left + 1, right, bins + 1)
    density = gaussian_filter1d(binned, bandwidth * bins, mode="constant", truncate=6)[::FINER]
    inner = density[1:-1]
    peaks = 1 + np.flatnonzero((inner > density[:-2]) & (inner > density[2:]))
    peaks = peaks[peaks > LOWEST_MODE * GRID]
    return float(peaks[0] if len(peaks) else density.argmax()) / GRID


def _spread(values: Floats, centre: float) -> float:
    return float(np.sqrt(np.mean((values - centre) ** 2))) if len(values) else float("nan")


# Maximum likelihood -------------------------------------------------------------------------------------------------


def _start(turnout: Floats, share: Floats) -> Floats:
    """Start from the lower half, which fraud moves least."""
    (tau_low, tau), (nu_low, nu) = (np.quantile(values, [0.16, 0.45]) for values in (turnout, share))
    return np.array([tau, tau - tau_low, nu, nu - nu_low, 0.4, USUAL_ALPHA, 0.2, 0.03])


def _process(observed: Floats, start: Floats) -> tuple[Fitted, Floats]:
    """Fit the full process; and give the parameters of it or of a smaller one, whichever has the lowest BIC."""
    full = fit_cells(observed, klimek_cells, start, LOW, HIGH, SCALE)
    plain = np.array([*start[:4], 0.4, USUAL_ALPHA, 0, 0])
    best, bic = full.estimate, full.bic
    for free in ([0, 1, 2, 3], [0, 1, 2, 3, 7]):

        def model(values: Floats, free: list[int] = free) -> Floats:
            everything = plain.copy()
            everything[free] = values
            return klimek_cells(everything)

        smaller = fit_cells(observed, model, start[free], LOW[free], HIGH[free], SCALE[free])
        if smaller.bic < bic:
            best, bic = plain.copy(), smaller.bic
            best[free] = smaller.estimate
    return full, best


def _honest(observed: Floats, kinds: int, *, log_odds: bool) -> Fitted:
    """Fit kinds of honest stations, with normal turnout and share or with normal log-odds of them."""
    centre = (np.arange(len(observed)) + 0.5) / len(observed)
    scale = logit(centre) if log_odds else centre
    near, far = [], []
    for axis in (1, 0):
        weight = observed.sum(axis=axis) / observed.sum()
        mean = weight @ scale
        sd = np.sqrt(weight @ (scale - mean) ** 2)
        near += [mean, 0.8 * sd]
        far += [min(mean + 1.5 * sd, scale[-3]), 0.8 * sd]
    odds = np.ones(kinds - 1)
    low, high, step = ODDS_KIND if log_odds else NORMAL_KIND
    return fit_cells(
        observed,
        partial(honest_cells, log_odds=log_odds),
        np.array([*near, 0.1, *far, 0.1][: KIND * kinds] + [-1.5] * (kinds - 1)),
        np.concatenate([np.tile(low, kinds), -ODDS_REACH * odds]),
        np.concatenate([np.tile(high, kinds), ODDS_REACH * odds]),
        np.concatenate([np.tile(step, kinds), odds]),
    )


def _extent(values: Floats) -> Floats:
    """Give f_i and f_e."""
    return np.array([values[6], (1 - values[6]) * values[7]])


def _errors(full: Fitted) -> tuple[Floats, Floats]:
    """Give the standard errors of all parameters, and those of f_i and f_e, widened by the misfit."""
    slopes = np.array([[1, 0], [-full.estimate[7], 1 - full.estimate[6]]])
    covariance = max(full.dispersion, 1.0) * full.covariance
    variances = np.diag(covariance), np.diag(slopes @ covariance[6:, 6:] @ slopes.T)
    return np.sqrt(np.maximum(variances[0], 0)), np.sqrt(np.maximum(variances[1], 0))


def _interval(full: Fitted, chosen: Floats, told_apart: float, level: float) -> dict[str, float]:
    """Give f_i and f_e with their ends and standard errors, by the names of the result."""
    point, error = _extent(chosen), _errors(full)[1]
    reach = norm.ppf((1 + level) / 2) * error
    low = np.maximum(point - reach, 0) * (told_apart > 0)
    high = np.minimum(np.maximum(point, _extent(full.estimate)) + reach, 1)
    parts = {"": point, "_low": low, "_high": high, "_se": error}
    return {f"{name}{end}": float(part[i]) for i, name in enumerate(("f_i", "f_e")) for end, part in parts.items()}


def _table(kernel: Kernel, full: Fitted) -> pd.DataFrame:
    index = pd.Index(PARAMETERS, name="parameter")
    rule = pd.Series(kernel._asdict()).reindex(index)
    return pd.DataFrame({"kernel": rule, "fitted": full.estimate, "se": _errors(full)[0]}, index=index)


def _stolen(values: Floats) -> float:
    """Give the expected votes by fraud, per registered voter."""
    tau, _, nu, _, theta, alpha, f_i, extreme = values
    xi = (np.arange(2000) + 0.5) / 2000
    total = 0.0
    for weight, far, sigma in ((f_i, xi, theta), ((1 - f_i) * extreme, 1 - xi, SIGMA_EXTREME)):
        density = np.exp(-0.5 * (far / sigma) ** 2)
        total += weight * (density @ (xi * (1 - tau) + xi**alpha * (1 - nu) * tau)) / density.sum()
    return float(total)
