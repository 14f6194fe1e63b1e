"""Whether neighbouring regions are alike: Moran's I and Geary's C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import default_rng
from numpy.typing import NDArray

from analysis.dynamics.neighbours import Neighbourhood, neighbourhood
from analysis.told import Told, said_p

Floats = NDArray[np.float64]

FEWEST = 4
FEW = 20
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class SpatialAutocorrelation(Told):
    """
    How alike the values of neighbouring regions are.

    Attributes
    ----------
    morans_i : float
        Moran's I: above `expected` if neighbours are alike, below if they differ.
    expected : float
        Its expectation without any pattern, -1 / (n - 1).
    variance : float
        Its variance if every order of the values over the regions were as likely (randomisation).
    z : float
        Standard deviations from its expectation.
    p_value : float
        Share of random orders, this one included, with an I at least as large: one-sided, for likeness; NaN without
        permutations.
    gearys_c : float
        Geary's C: 1 without a pattern, below if neighbours are alike.
    gearys_z : float
        Standard deviations from 1, under randomisation.
    gearys_p_value : float
        Share of random orders with a C at least as small; NaN without permutations.
    n, borders : int
        Regions and borders between them.
    permutations : int
        Random orders behind the p-values.
    """

    morans_i: float
    expected: float
    variance: float
    z: float
    p_value: float
    gearys_c: float
    gearys_z: float
    gearys_p_value: float
    n: int
    borders: int
    permutations: int

    def summary(self) -> str:
        """Say whether neighbours are alike, and what so many regions can show."""
        parts = [
            f"Moran's I {self.morans_i:.3f} (expected {self.expected:.3f} without a pattern, z {self.z:.2f}), "
            f"Geary's C {self.gearys_c:.3f} (expected 1) over {self.n} regions with {self.borders} borders."
        ]
        if self.permutations:
            verdict = "neighbours are alike" if self.p_value <= SIGNIFICANT else "not clearly more alike than by chance"
            parts.append(f"For likeness {said_p(self.p_value)} ({self.permutations:,} random orders): {verdict}.")
        if self.n < FEW:
            parts.append(
                f"With {self.n} regions only strong patterns can show, and z is rough: quote the p-value, and take no "
                "pattern from the map by eye."
            )
        parts.append("Likeness of neighbours is not contagion: what neighbours share makes them alike as well.")
        return " ".join(parts)


def morans_i(
    values: pd.Series, neighbours: pd.DataFrame, *, permutations: int = 999, seed: int = 0
) -> SpatialAutocorrelation:
    """
    Measure whether neighbouring regions have like values.

    Parameters
    ----------
    values : Series, shape (n_regions,)
        One number per region, indexed by region: counts (0 where covered without events), or rates per head. Counts
        follow the number of people: to see more than where people live, divide by population.
    neighbours : DataFrame
        Borders as `load_neighbours` returns them: `region`, `neighbour`.
    permutations : int
        Random orders of the values for the p-values, 0 for none.
    seed : int
        Seed of the orders.

    Returns
    -------
    SpatialAutocorrelation

    Raises
    ------
    ValueError
        If a value is missing or no number, all are equal, a region has no neighbour, one in `neighbours` has no
        value, or there are fewer than 4 regions.

    Notes
    -----
    Weights of the neighbours of a region add up to 1. Moran (1950), Geary (1954); moments under randomisation after
    Cliff and Ord (1981), computed by esda (PySAL).

    Examples
    --------
    >>> chain = pd.DataFrame({"region": list("ABCDE"), "neighbour": list("BCDEF")})
    >>> found = morans_i(pd.Series([9, 8, 7, 1, 0, 0], index=list("ABCDEF")), chain)
    >>> round(found.morans_i, 2), round(found.gearys_c, 2)
    (0.76, 0.18)
    """
    from esda.geary import Geary
    from esda.moran import Moran

    y = _numbers(values)
    if permutations < 0:
        raise ValueError(f"permutations must be 0 or more, not {permutations}")
    graph = neighbourhood(neighbours, values.index)
    _check(y, graph)
    moran = Moran(y, graph.weights(), permutations=0)
    geary = Geary(y, graph.weights(), permutations=0)
    likelier = _permuted(y, graph, permutations, seed)
    return SpatialAutocorrelation(
        morans_i=float(moran.I),
        expected=float(moran.EI),
        variance=float(moran.VI_rand),
        z=float(moran.z_rand),
        p_value=likelier[0],
        gearys_c=float(geary.C),
        gearys_z=float(geary.z_rand),
        gearys_p_value=likelier[1],
        n=y.size,
        borders=graph.borders,
        permutations=permutations,
    )


def _numbers(values: pd.Series) -> Floats:
    """Values as floats; none may be missing."""
    if values.isna().any():
        unknown = ", ".join(map(str, values.index[values.isna()][:5]))
        raise ValueError(
            f"no value for {unknown}: not covered is not 0; leave these regions and their borders out, or find a source"
        )
    try:
        y = pd.to_numeric(values).to_numpy(dtype="float64")
    except (TypeError, ValueError) as problem:
        raise ValueError(f"the values must be numbers: {problem}") from problem
    if np.isinf(y).any():
        raise ValueError(f"the value of {values.index[np.isinf(y)][0]} is infinite; expected finite numbers")
    return y


def _check(y: Floats, graph: Neighbourhood) -> None:
    if y.size < FEWEST:
        raise ValueError(f"{y.size} regions are too few for a pattern; at least {FEWEST} are needed, 20 to see much")
    if np.ptp(y) == 0:
        raise ValueError(f"all {y.size} regions have the value {y[0]:g}: there is no pattern to measure")
    if graph.islands:
        raise ValueError(
            f"{', '.join(map(str, graph.islands[:5]))} touches no other region: likeness of neighbours is not defined "
            "there; leave it out, or name the regions it is connected with"
        )


def _permuted(y: Floats, graph: Neighbourhood, permutations: int, seed: int) -> tuple[float, float]:
    """Share of random orders with an I at least as large, and with a C at least as small."""
    if not permutations:
        return float("nan"), float("nan")
    weights, z = graph.shares(), y - y.mean()
    orders = default_rng(seed).permuted(np.tile(z, (permutations, 1)), axis=1)
    every = np.vstack([z, orders])
    lagged = every @ weights.T
    products = (every * lagged).sum(axis=1)
    # Geary's sum of w_ij (z_i - z_j)^2, written out; row sums of the weights are 1
    squares = every**2
    differences = squares.sum(axis=1) + squares @ weights.sum(axis=0) - 2 * products
    slack = 1e-9 * float(z @ z)
    return (
        float(np.mean(products >= products[0] - slack)),
        float(np.mean(differences <= differences[0] + slack)),
    )
