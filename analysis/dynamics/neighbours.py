"""Which units touch, as a graph over the units of a series."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Neighbourhood(NamedTuple):
    """Units in the order of the data, and which of them touch: a symmetric matrix of 0 and 1, shape (n, n)."""

    units: list[Any]
    touching: Floats

    @property
    def borders(self) -> int:
        """Number of borders."""
        return round(float(self.touching.sum()) / 2)

    @property
    def islands(self) -> list[Any]:
        """Units that touch no other."""
        return [unit for unit, row in zip(self.units, self.touching, strict=True) if not row.any()]

    def shares(self) -> Floats:
        """Weights of the neighbours of each unit, which add up to 1 (to 0 for an island)."""
        return self.touching / np.maximum(self.touching.sum(axis=1, keepdims=True), 1)

    def weights(self) -> Any:
        """Give the same to PySAL, with weights that add up to 1."""
        from libpysal.weights import W

        found = [np.flatnonzero(row).tolist() for row in self.touching]
        weights = W(dict(enumerate(found)), silence_warnings=True)
        weights.transform = "r"
        return weights


def neighbourhood(neighbours: pd.DataFrame, units: pd.Index) -> Neighbourhood:
    """
    Read borders over the units of a series.

    Parameters
    ----------
    neighbours : DataFrame
        With `region` and `neighbour`, one row per border, listed once or both ways.
    units : Index
        Units of the data, each once, in their order.

    Returns
    -------
    Neighbourhood

    Raises
    ------
    ValueError
        If a column is missing, a unit occurs twice or has no name, borders itself, or has borders but no data.
    """
    absent = [name for name in ("region", "neighbour") if name not in getattr(neighbours, "columns", [])]
    if absent:
        raise ValueError(f"the neighbours have no column {absent[0]}; expected `region` and `neighbour`")
    if units.hasnans or not units.is_unique:
        raise ValueError(
            f"each region must have a code and occur once; see {units[units.isna() | units.duplicated()][0]}"
        )
    first, second = neighbours["region"], neighbours["neighbour"]
    if first.isna().any() or second.isna().any() or (first == second).any():
        raise ValueError("every row of the neighbours needs two different regions")
    unknown = sorted({str(unit) for unit in pd.concat([first, second]) if unit not in units})
    if unknown:
        raise ValueError(
            f"{', '.join(unknown[:5])} {'has' if len(unknown) == 1 else 'have'} neighbours but no data; give 0 where "
            "covered without events, or leave the borders out if the region is not studied"
        )
    one, other = units.get_indexer(first), units.get_indexer(second)
    touching = np.zeros((len(units), len(units)))
    touching[one, other] = touching[other, one] = 1
    return Neighbourhood(list(units), touching)
