"""A frame and a formula, read into counts, columns and offset."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from analysis.columns import DataError, problem
from analysis.designs import (
    columns_of,
    complete_rows,
    demand_finite,
    demand_independent,
    demand_rows,
    evaluated,
    matrix,
    plain,
)
from analysis.options import known

Floats = NDArray[np.float64]


class Design(NamedTuple):
    """What a model needs of a frame: rows without missing cells, and where they stood."""

    counts: Floats
    columns: pd.DataFrame
    zero_columns: pd.DataFrame
    offset: Floats
    groups: NDArray[np.int64] | None
    places: NDArray[np.int64]
    length: int
    dropped: pd.DataFrame


def read_design(
    frame: pd.DataFrame, formula: str, zero_formula: str | None, offset: Any, cluster: str | None
) -> Design:
    """Read a model's data; `zero_formula` defaults to the right side of `formula`."""
    demand_rows(frame)
    used = columns_of(formula, frame, sides=2)
    used += [name for name in columns_of(zero_formula, frame, sides=1) if name not in used] if zero_formula else []
    exposure = pd.Series(
        _offset(offset, frame), index=frame.index, name=offset if isinstance(offset, str) else "offset"
    )
    needed = [frame[used], exposure]
    if cluster is not None:
        needed.append(frame[known(cluster, frame.columns, "column for cluster")])
    kept, dropped = complete_rows(pd.concat(needed, axis=1))
    prepared = frame.loc[kept, used].apply(plain)
    outcome, columns = _matrices(formula, prepared)
    zero_columns = matrix(zero_formula, prepared) if zero_formula else columns
    _demand_counts(outcome)
    for table in (columns, zero_columns):
        demand_independent(table)
    return Design(
        counts=outcome.to_numpy(),
        columns=columns,
        zero_columns=zero_columns,
        offset=_finite_offset(exposure[kept]),
        groups=None if cluster is None else pd.factorize(frame.loc[kept, cluster])[0].astype("int64"),
        places=np.flatnonzero(kept),
        length=len(frame),
        dropped=dropped,
    )


def _offset(offset: Any, frame: pd.DataFrame) -> Floats:
    if offset is None:
        return np.zeros(len(frame))
    values = frame[known(offset, frame.columns, "column for offset")] if isinstance(offset, str) else offset
    if np.shape(values) != (len(frame),):
        raise ValueError(f"offset has shape {np.shape(values)}; expected one value for each of the {len(frame)} rows")
    return pd.to_numeric(pd.Series(np.asarray(values))).to_numpy(dtype="float64", na_value=np.nan)


def _finite_offset(offset: pd.Series) -> Floats:
    if (wrong := offset[~np.isfinite(offset)]).size:
        raise ValueError(
            f"offset is {wrong.iloc[0]} in row {wrong.index[0]}: it is the logarithm of the exposure, which must be "
            "above 0; leave rows without exposure out"
        )
    return offset.to_numpy()


def _matrices(formula: str, cells: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    outcome, columns = evaluated(patsy.dmatrices, formula, cells)
    kinds = {factor.type for factor in outcome.design_info.factor_infos.values()}
    if outcome.shape[1] != 1 or "categorical" in kinds:
        raise ValueError(f"the outcome {formula.split('~')[0].strip()} is no column of numbers; expected counts")
    return outcome.iloc[:, 0], demand_finite(columns)


def _demand_counts(outcome: pd.Series) -> None:
    values = outcome.to_numpy()
    wrong = outcome[~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))]
    if len(wrong):
        demand = "a whole number, 0 or more"
        raise DataError(
            pd.concat([problem("frame", demand, row, str(outcome.name), value) for row, value in wrong.items()])
        )
    if not values.any():
        raise ValueError(f"all {len(values)} counts of {outcome.name} are 0, so no rate and no ratio can be estimated")
