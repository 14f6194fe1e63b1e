"""Forecasts of cases as they could have been made: every election from the cases whose outcome was known by then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import DataError, demand_days, problem
from analysis.comparison.usable import CHOSEN, refuse_leaks
from analysis.forecast.models import BASELINES, DATE, REGION, UNIT, CaseModel
from analysis.forecast.scoring import COLUMNS, scores
from analysis.options import known
from analysis.told import said_count

Places = NDArray[np.int64]

NIGHT = "with the result"


class CaseOptions(NamedTuple):
    """What a backtest of cases needs to be told."""

    date: str
    unit: str
    region: str | None
    event: float
    outcome_known_after_days: int
    minimum: int
    allow: tuple[str, ...]


class Rolled(NamedTuple):
    """Forecasts and what they rest on."""

    forecasts: pd.DataFrame
    dropped: pd.DataFrame
    untested: int
    trained: tuple[int, int]
    notes: pd.DataFrame
    caveat: str


def forecast_cases(frame: pd.DataFrame, outcome: str, models: Sequence[CaseModel], options: CaseOptions) -> Rolled:
    """
    Forecast every case from the past alone, with all baselines and models.

    `forecasts`: one row per case and model, in order of date: `row` (label in the frame), `unit`, `region`, `date`,
    `trained_on` (cases), `model`, `outcome` (0.0 or 1.0), `probability`, and the columns of `scores`. `dropped`: `row`,
    `missing`, `used` ("for nothing", or "for training"). `untested`: complete cases with fewer than `minimum` known
    before. `notes`: `model`, `note`, `forecasts`.
    """
    columns = tuple(dict.fromkeys(column for model in models for column in model.columns))
    _demand_columns(frame, outcome, columns, options)
    table = _table(frame, outcome, columns, options)
    usable, tested, dropped = _split(table, columns)
    if not usable.any():
        raise ValueError(f"no row has {outcome}, {options.date} and {options.unit}: there is nothing to forecast")
    if not tested.any():
        gaps = dropped["missing"].value_counts()
        raise ValueError(
            f"every one of the {len(table)} rows misses a cell, so none can be forecast: "
            + "; ".join(f"{name} in {count}" for name, count in gaps.items())
        )
    ready = table[usable].reset_index(drop=True)
    origins = _origins(ready, tested[usable], options)
    tried = [rows for _, rows in origins]
    sizes = [len(past) for past, _ in origins]
    described = ready.loc[np.concatenate(tried), ["row", UNIT, REGION, DATE]].reset_index(drop=True).infer_objects()
    described["trained_on"] = np.repeat(sizes, [len(rows) for rows in tried])
    happened = ready["outcome"].to_numpy()[np.concatenate(tried)]
    parts, notes = [], []
    for model in (*BASELINES, *models):
        probability, said = _forecast(ready, model, origins)
        parts.append(described.assign(model=model.name, outcome=happened, probability=probability))
        notes += said
    forecasts = pd.concat(parts, ignore_index=True)
    scored = scores(forecasts["outcome"], forecasts["probability"])
    return Rolled(
        forecasts=pd.concat([forecasts, scored[COLUMNS]], axis=1),
        dropped=dropped,
        untested=int(tested.sum()) - len(described),
        trained=(min(sizes), max(sizes)),
        notes=_counted(notes),
        caveat=_caveat(frame),
    )


def _demand_columns(frame: pd.DataFrame, outcome: str, columns: tuple[str, ...], options: CaseOptions) -> None:
    for name in (outcome, options.date, options.unit, *columns, *([options.region] if options.region else [])):
        known(name, frame.columns, "column")
    if taken := sorted({UNIT, DATE, REGION, "row", "outcome"}.intersection(columns)):
        raise ValueError(
            f"a predictor may not be called {taken[0]}, a name that the backtest uses itself; rename the column"
        )
    if outcome in columns:
        raise ValueError(f"{outcome} is what is forecast, so it cannot be a predictor")
    refuse_leaks(columns, outcome, until=NIGHT, allow=options.allow)
    demand_days(frame[options.date])
    repeated = frame.duplicated("case_id") if "case_id" in frame else frame.duplicated()
    if repeated.any():
        raise ValueError(
            f"Repeating another: {said_count(repeated.sum(), 'row')} (first: row {frame.index[repeated][0]}); a case "
            "that is there twice would be learned and scored twice: drop_duplicates() leaves one"
        )


def _table(frame: pd.DataFrame, outcome: str, columns: tuple[str, ...], options: CaseOptions) -> pd.DataFrame:
    """Only what a model may see, in order of date and whatever the order of the rows; and the outcome as 0.0 or 1.0."""
    table = frame[list(columns)].copy()
    for column in columns:
        cells = frame[column]
        if pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_numeric_dtype(cells.dtype):
            table[column] = cells.to_numpy(dtype="float64", na_value=np.nan)
        else:
            table[column] = cells.astype(object)  # which thousands of small tables handle faster than Arrow's text
    table[UNIT], table[REGION] = frame[options.unit].astype(object), _regions(frame, options).astype(object)
    table[DATE] = frame[options.date]
    table["row"], table["outcome"] = frame.index, _outcome(frame[outcome], options.event)
    return table.sort_values([DATE, UNIT, *columns, "outcome"], kind="stable").reset_index(drop=True)


def _regions(frame: pd.DataFrame, options: CaseOptions) -> pd.Series:
    if options.region is not None:
        return frame[options.region]
    if options.unit == "country_iso3":
        from analysis.comparison import world_regions

        return world_regions(frame["country_iso3"])
    return pd.Series("all", index=frame.index, dtype="str")


def _outcome(values: pd.Series, event: float) -> NDArray[np.float64]:
    if not (pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype)):
        first = values.first_valid_index()
        raise DataError(problem("frame", "0, 1 or a number", first, str(values.name), values.get(first)))
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isnan(numbers), np.nan, (numbers >= event).astype("float64"))


def _split(table: pd.DataFrame, columns: tuple[str, ...]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], pd.DataFrame]:
    """Which rows can be learned from, which forecast too, and what the others miss."""
    needed = [DATE, UNIT, "outcome"]
    missing = table[[*needed, *columns]].isna()
    usable, tested = ~missing[needed].any(axis=1).to_numpy(), ~missing.any(axis=1).to_numpy()
    gaps = missing[~tested]
    said = [", ".join(gaps.columns[cells]) for cells in gaps.to_numpy()]
    used = np.where(usable[~tested], "for training", "for nothing")
    dropped = pd.DataFrame(
        {
            "row": table.loc[~tested, "row"].to_numpy(),
            "missing": pd.array(said, dtype="str"),
            "used": pd.array(used, dtype="str"),
        }
    )
    return usable, tested, dropped


def _origins(ready: pd.DataFrame, tested: NDArray[np.bool_], options: CaseOptions) -> list[tuple[Places, Places]]:
    """For each day of the vote, the places of earlier cases with known outcome and of those to be forecast."""
    days = ready[DATE].to_numpy()
    known_on = days + np.timedelta64(options.outcome_known_after_days, "D")
    pairs = [
        (np.flatnonzero((known_on <= day) & (days < day)), np.flatnonzero((days == day) & tested))
        for day in np.unique(days[tested])
    ]
    if enough := [pair for pair in pairs if len(pair[0]) >= options.minimum]:
        return enough
    raise ValueError(
        f"no case can be forecast: {options.minimum} cases must be known, that is {options.outcome_known_after_days} "
        f"days old, before the first forecast, and there are {len(ready)} usable cases "
        f"from {ready[DATE].min():%Y-%m-%d} to {ready[DATE].max():%Y-%m-%d}; bring more cases, or lower minimum="
    )


def _forecast(
    ready: pd.DataFrame, model: CaseModel, origins: list[tuple[Places, Places]]
) -> tuple[NDArray[np.float64], list[tuple[str, str, int]]]:
    """Forecast each day's cases after fitting to its past, as far as that has no missing cell; and say what failed."""
    seen, outcome = ready[[UNIT, REGION, DATE, *model.columns]], ready["outcome"]
    complete = ready[list(model.columns)].notna().all(axis=1).to_numpy()
    made, notes = [], []
    for past, rows in origins:
        learned = past[complete[past]]
        fitted = model.fit(seen.iloc[learned], outcome.iloc[learned])
        probability = np.asarray(fitted.predict(seen.iloc[rows]), dtype="float64")
        if probability.shape != (len(rows),):
            raise ValueError(
                f"{model.name} returned shape {probability.shape} for {len(rows)} rows; expected one probability each"
            )
        made.append(probability)
        notes += [(model.name, fitted.note, len(rows))] if fitted.note else []
    return np.concatenate(made), notes


def _counted(notes: list[tuple[str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(notes, columns=["model", "note", "forecasts"])
    return table.groupby(["model", "note"], as_index=False)["forecasts"].sum()


def _caveat(frame: pd.DataFrame) -> str:
    return CHOSEN if {"case_id", "disputed", "incumbent_exit"} <= set(frame.columns) else ""
