"""Probability integral transform of counts: whether predictive distributions are as wide as they should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def pit(outcomes: ArrayLike, draws: ArrayLike, *, bins: int = 10) -> pd.DataFrame:
    """
    Give the probability integral transform of counts, without randomisation: flat if the spread is right.

    A U says too narrow, a hump too wide, a slope too low (rising) or too high (falling). Flat does not mean sharp.

    Parameters
    ----------
    outcomes : array_like, shape (n,)
        Counts that happened; missing ones are left out.
    draws : array_like, shape (n, m)
        Draws of each forecast.
    bins : int
        Number of bins of equal width.

    Returns
    -------
    DataFrame, shape (bins, 3)
        `low`, `high` (0 to 1) and `density`, on average 1. Its `attrs["n"]`: forecasts used.

    Raises
    ------
    ValueError
        If shapes do not fit, or no outcome is left.

    Notes
    -----
    With F the distribution of the draws, each count y spreads evenly over F(y - 1) to F(y).

    References
    ----------
    Czado, C., Gneiting, T., Held, L. (2009). Predictive model assessment for count data. Biometrics 65, 1254-1261.

    Examples
    --------
    >>> pit([0, 1], [[0, 1], [0, 1]], bins=2)["density"].tolist()
    [1.0, 1.0]
    >>> pit([0, 0], [[0, 1], [0, 1]], bins=2)["density"].tolist()
    [2.0, 0.0]
    """
    y = pd.to_numeric(pd.Series(np.asarray(outcomes).ravel())).to_numpy(dtype="float64", na_value=np.nan)
    x = np.asarray(draws, dtype="float64")
    if x.ndim != 2 or len(x) != len(y) or x.shape[1] < 1:
        raise ValueError(f"draws have shape {x.shape} for {len(y)} outcomes; expected ({len(y)}, number of draws)")
    if bins < 1:
        raise ValueError(f"{bins} bins; take 1 or more")
    kept = np.isfinite(y)
    if not kept.any():
        raise ValueError("every outcome is missing")
    y, x = y[kept, None], x[kept]
    return pit_histogram((x <= y - 1).mean(axis=1), (x <= y).mean(axis=1), bins)


def pit_histogram(below: Floats, upto: Floats, bins: int) -> pd.DataFrame:
    """Spread each forecast evenly from P(count < outcome) to P(count <= outcome); see `pit` for what comes back."""
    edges = np.linspace(0, 1, bins + 1)
    width = (upto - below)[:, None]
    inside = np.clip((edges - below[:, None]) / np.where(width > 0, width, 1), 0, 1)
    inside = np.where(width > 0, inside, edges >= upto[:, None])
    reached = inside.mean(axis=0)
    reached[0] = 0  # an outcome below or above all draws lies at the edge itself
    reached[-1] = 1
    table = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "density": np.diff(reached) * bins})
    table.attrs = {"n": len(below)}
    return table
