"""Turnout and share: whether a contestant did better where more people are said to have voted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import DataError, problem
from analysis.forensics.result import StationTest
from analysis.forensics.stations import countable
from analysis.told import said_count

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FEWEST, FEWEST_FREE = 3, 10
# Differences from a region's mean below this are rounding errors.
NO_DIFFERENCE = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class TurnoutShare(StationTest):
    """
    Correlation of turnout and share over stations, and the Sobyanin-Sukhovolsky slope.

    Attributes
    ----------
    statistic : float
        Unweighted Pearson correlation of turnout and share over all stations (-1 to 1).
    p_value : float or None
        Two-sided, of the relation within regions, robust to stations that vary more than others. None if no region
        has stations that differ, or fewer than ten stations are left beyond one per region.
    within : float
        Correlation after taking out each region's mean turnout and mean share; NaN if no region has stations that
        differ.
    regions : int
        Regions, 1 if none is stated; stations without one form a region of their own.
    slope : float
        Of votes / registered on turnout, by least squares.
    mean_share : float
        Unweighted mean of the stations' shares (0 to 1): the slope to expect if share does not depend on turnout.
    excess_slope, excess_slope_se : float
        `slope` - `mean_share`, and its standard error (robust to unequal variances, `mean_share` taken as known).
    """

    name: ClassVar[str] = "turnout_share"
    null: ClassVar[str] = "within a region the share at a station is unrelated to its turnout."
    assumptions: ClassVar[str] = (
        "stations of one region differ in turnout and in share for unrelated reasons. Town and country, age and "
        "local loyalty break this in clean elections too: the relation is no evidence of fraud by itself."
    )

    within: float
    regions: int
    slope: float
    mean_share: float
    excess_slope: float
    excess_slope_se: float

    def finding(self) -> str:
        """Say the correlation and the slope."""
        within = f", at {self.within:.3f} within {self.regions:,} regions" if self.regions > 1 else ""
        return (
            f"Turnout and share correlate at {self.statistic:.3f} over {said_count(self.n, 'station')}{within}; votes "
            f"per registered voter rise by {self.slope:.2f} points for each point of turnout, against a mean share of "
            f"{self.mean_share:.2f} (difference {self.excess_slope:+.3f}, standard error {self.excess_slope_se:.3f})."
        )


def turnout_share(stations: pd.DataFrame, minimum: int = 100) -> TurnoutShare:
    """
    Correlate turnout and share over stations, without weights.

    If ballots are stuffed for one contestant, turnout and share rise together, and the contestant gains more than
    its share of each added point of turnout (Sobyanin and Sukhovolsky), even more than all of it.

    Parameters
    ----------
    stations : DataFrame
        As `forensics.stations` returns it. Turnout is issued / registered (cast where issued is not stated), share is
        votes / cast.
    minimum : int
        Smallest number of registered voters.

    Returns
    -------
    TurnoutShare
        Correlation over all stations and within regions, slope and its standard error.

    Raises
    ------
    DataError
        If a column is absent, a number is negative, or fewer than three stations can be used, or they all have one
        turnout or one share.

    Notes
    -----
    The p-value is that of the slope of share on turnout with a constant per region and errors robust to unequal
    variances (HC3, MacKinnon and White 1985); stations alone in their region are left out of it.
    Small stations vary more in turnout and in share, so that permuting shares among stations, which takes all for
    alike, flags about 10 % of elections in which the two are unrelated. The p-value says that a relation is there,
    never why.

    References
    ----------
    Sobyanin, A. A., Sukhovolsky, V. G. (1995). Demokratiya, ogranichennaya falsifikatsiyami. Moscow.
    MacKinnon, J. G., White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with improved
    finite sample properties. Journal of Econometrics 29(3).
    Myagkov, M., Ordeshook, P. C., Shakin, D. (2009). The forensics of election fraud. Cambridge University Press.

    Examples
    --------
    >>> rows = pd.DataFrame({"registered": 1000, "cast": [400, 500, 600, 900], "votes": [200, 250, 330, 720]})
    >>> found = turnout_share(rows)
    >>> round(found.statistic, 3), round(found.slope, 3), round(found.mean_share, 4)
    (0.967, 1.079, 0.5875)
    """
    used, excluded = countable(stations, minimum=minimum, issued=True)
    turnout = (used["issued"] / used["registered"]).to_numpy()
    share = (used["votes"] / used["cast"]).to_numpy()
    if len(used) < FEWEST or np.ptp(turnout) == 0 or np.ptp(share) == 0:
        demand = f"{FEWEST} or more stations that differ in turnout and in share; {len(used)} can be used"
        raise DataError(problem("stations", demand))
    regions = region_codes(used)
    within, p_value = _within(turnout, share, regions)
    slope, excess, error = _slope(turnout, (used["votes"] / used["registered"]).to_numpy(), float(share.mean()))
    return TurnoutShare(
        statistic=float(np.corrcoef(turnout, share)[0, 1]),
        p_value=p_value,
        n=len(used),
        excluded=excluded,
        within=within,
        regions=int(regions.max()) + 1,
        slope=slope,
        mean_share=float(share.mean()),
        excess_slope=excess,
        excess_slope_se=error,
    )


def region_codes(used: pd.DataFrame) -> Codes:
    """Give each station the number of its region, from 0; stations without one form a region of their own."""
    if "region" not in used:
        return np.zeros(len(used), dtype="int64")
    return pd.factorize(used["region"], use_na_sentinel=False)[0].astype("int64")


def _within(turnout: Floats, share: Floats, regions: Codes) -> tuple[float, float | None]:
    """Correlation within regions of two stations or more, and the p-value of a relation there."""
    from scipy.stats import t

    size = np.bincount(regions)
    several = size[regions] > 1
    x, y = (values - (np.bincount(regions, values) / size)[regions] for values in (turnout, share))
    x, y = (np.where(np.abs(values) < NO_DIFFERENCE, 0, values)[several] for values in (x, y))
    spread_x, spread_y, joint = float(x @ x), float(y @ y), float(x @ y)
    if spread_x == 0 or spread_y == 0:
        return float("nan"), None
    free = len(x) - int((size > 1).sum()) - 1
    if free < FEWEST_FREE:
        return joint / np.sqrt(spread_x * spread_y), None
    leverage = 1 / size[regions][several] + x**2 / spread_x
    residual = (y - joint / spread_x * x) / np.maximum(1 - leverage, NO_DIFFERENCE)
    error = np.sqrt(float((x * residual) @ (x * residual)))
    return joint / np.sqrt(spread_x * spread_y), float(2 * t.sf(abs(joint) / error, free)) if error > 0 else 0.0


def _slope(turnout: Floats, support: Floats, mean_share: float) -> tuple[float, float, float]:
    """Slope of votes per registered voter on turnout, how far it is from the mean share, and that one's error."""
    from statsmodels.regression.linear_model import OLS

    design = np.column_stack([np.ones_like(turnout), turnout])
    excess = OLS(support - mean_share * turnout, design).fit(cov_type="HC1")
    return float(excess.params[1]) + mean_share, float(excess.params[1]), float(excess.bse[1])
