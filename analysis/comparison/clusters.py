"""Rows that hang together, such as the elections of a country."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def read_groups(groups: Any, what: str) -> Ints:
    """Take the groups, numbered from 0; at least two."""
    numbers = pd.factorize(pd.Series(groups))[0].astype("int64")
    if (count := int(numbers.max()) + 1) < 2:
        raise ValueError(f"{what} has {count} group; errors by group need at least 2, and about 30 to be right")
    return numbers


def jackknife(groups: Ints, estimate: Callable[[NDArray[np.bool_]], Floats]) -> Floats:
    """Take standard errors from leaving each group out in turn."""
    count = int(groups.max()) + 1
    without = np.array([estimate(groups != group) for group in range(count)])
    return np.sqrt((count - 1) / count * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
