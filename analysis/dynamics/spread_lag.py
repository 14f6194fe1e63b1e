"""A regression in which the outcome of a region follows that of its neighbours: the spatial lag model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.designs import refuse_code
from analysis.dynamics.neighbours import neighbourhood
from analysis.told import Told, said_count


@dataclass(frozen=True, slots=True, eq=False)
class SpatialLag(Told):
    """
    Spatial lag model y = rho W y + X b + e, W the mean of the neighbours.

    Attributes
    ----------
    params, bse, p_values : Series
        Estimate, standard error and two-sided p-value of every term of the formula and of `rho` (last). Coefficients
        are direct effects before they echo through the neighbours; the whole one is b / (1 - rho).
    rho : float
        Share of the neighbours' mean that a region takes over.
    loglik : float
        Log likelihood.
    n, borders : int
        Regions and borders between them.
    """

    params: pd.Series
    bse: pd.Series
    p_values: pd.Series
    rho: float
    loglik: float
    n: int
    borders: int

    def summary(self) -> str:
        """Say how much a region follows its neighbours, and show the terms."""
        half = 1.96 * self.bse["rho"]
        table = pd.DataFrame({"estimate": self.params, "se": self.bse, "p": self.p_values}).round(4)
        return (
            f"rho {self.rho:.3f} (95% interval {self.rho - half:.3f} to {self.rho + half:.3f}) over "
            f"{said_count(self.n, 'region')} with {self.borders} borders; log likelihood "
            f"{self.loglik:.2f}.\n{table.to_string()}\nNeighbours that share a cause the formula leaves out give a rho "
            "above 0 as well."
        )


def spatial_lag(frame: pd.DataFrame, formula: str, neighbours: pd.DataFrame) -> SpatialLag:
    """
    Fit a regression in which each region also follows the mean of its neighbours.

    Parameters
    ----------
    frame : DataFrame, shape (n_regions, n_columns)
        One row per region, indexed by region.
    formula : str
        Outcome and terms, such as "events_per_100k ~ unemployment".
    neighbours : DataFrame
        Borders as `load_neighbours` returns them.

    Returns
    -------
    SpatialLag

    Raises
    ------
    ValueError
        If a cell is missing, a region has no neighbour, a column is unknown, or there are too few regions for the
        terms.

    Notes
    -----
    Maximum likelihood (Ord 1975; Anselin 1988) by spreg (PySAL). The errors are taken as normal with one variance,
    which small counts are not.

    Examples
    --------
    >>> chain = pd.DataFrame({"region": list("ABCDEFG"), "neighbour": list("BCDEFGH")})
    >>> frame = pd.DataFrame({"y": [9, 8.5, 7, 5, 2, 1, 0.5, 0], "x": [1, 0, 1, 0, 1, 0, 1, 0]}, index=list("ABCDEFGH"))
    >>> fit = spatial_lag(frame, "y ~ x", chain)
    >>> fit.rho > 0.5, fit.params.index.tolist()
    (True, ['Intercept', 'x', 'rho'])
    """
    import patsy
    from spreg.ml_lag import BaseML_Lag

    try:
        refuse_code(formula)
        outcome, terms = patsy.dmatrices(formula, frame, NA_action="raise", return_type="dataframe")
    except patsy.PatsyError as problem:
        raise ValueError(f"the formula {formula!r} does not fit the frame: {problem}") from problem
    graph = neighbourhood(neighbours, frame.index)
    _check(terms, graph.islands)
    fit = BaseML_Lag(outcome.to_numpy(), terms.to_numpy(), graph.weights())
    names = pd.Index([*terms.columns, "rho"])
    params = pd.Series(np.ravel(fit.betas).astype("float64"), index=names)
    bse = pd.Series(np.sqrt(np.diag(fit.vm)), index=names)
    return SpatialLag(
        params=params,
        bse=bse,
        p_values=pd.Series(2 * stats.norm.sf((params / bse).abs()), index=names),
        rho=float(params["rho"]),
        loglik=float(fit.logll),
        n=len(frame),
        borders=graph.borders,
    )


def _check(terms: pd.DataFrame, islands: list[object]) -> None:
    if "Intercept" not in terms or terms.shape[1] < 2:
        raise ValueError("the formula needs an intercept and at least one term, such as 'rate ~ unemployment'")
    if islands:
        raise ValueError(f"{', '.join(map(str, islands[:5]))} touches no other region; leave it out of the frame")
    if len(terms) < terms.shape[1] + 3:
        raise ValueError(f"{len(terms)} regions cannot carry {terms.shape[1]} coefficients, rho and a variance")
    if np.linalg.matrix_rank(terms.to_numpy()) < terms.shape[1]:
        raise ValueError("one term is a sum of multiples of the others, or constant; leave it out")
