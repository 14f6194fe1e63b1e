"""How often crises like these ended so, with the caveat that these cases were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.regions import LEVELS, world_regions
from analysis.comparison.usable import CHOSEN, demand_distinct_cases, sure_enough, zero_or_one
from analysis.options import demand_level, known
from analysis.told import Told, said_count

OUTCOMES = ("mass_protest", "deaths", "result_annulled_or_rerun", "incumbent_exit")
CAVEAT = f"{CHOSEN} Intervals take the cases as independent, also those of one country."
DEATHS = (
    "deaths: at least one by every credible report (deaths_low of 1 or more); where deaths_low is 0 but deaths_high is "
    "not, reports disagree and the case counts as none"
)


@dataclass(frozen=True, eq=False)
class BaseRates(Told):
    """
    Shares of cases with each outcome.

    Attributes
    ----------
    table : DataFrame
        One row per outcome and group: `outcome`, `group` ("all cases" first), `events` (cases with it), `n` (cases
        whose cell is filled), `missing` (cases whose cell is not), `disagree` (cases counted as none although a
        credible report says otherwise; only of deaths), `share`, `low`, `high` (0 to 1; Wilson; missing where n is 0).
    by : str or None
        What the groups are.
    cases : int
        Cases in all.
    level : float
        Confidence level, 0 to 1.
    caveat : str
        What must be printed with any of the shares.
    all_rows : BaseRates or None
        The same of all rows, where `least_confidence` left some out.
    """

    table: pd.DataFrame
    by: str | None
    cases: int
    level: float
    caveat: str
    all_rows: BaseRates | None

    def summary(self) -> str:
        """Say each share with its interval, its missing cells and the caveat."""
        lines = [f"{said_count(self.cases, 'case')}. {self.caveat}"]
        if "deaths" in self.table["outcome"].to_numpy():
            lines.append(f"Counted as {DEATHS}.")
        every = [None] * len(self.table)
        beside = every if self.all_rows is None else _beside(self.table, self.all_rows.table)
        lines += [_said(row, other, self.level) for row, other in zip(self.table.itertuples(), beside, strict=True)]
        return "\n".join(lines)


def _beside(table: pd.DataFrame, other: pd.DataFrame) -> list[Any]:
    """Rows of another table for the same outcome and group."""
    rows = {(row.outcome, row.group): row for row in other.itertuples()}
    return [rows[row.outcome, row.group] for row in table.itertuples()]


def _said(row: Any, other: Any, level: float) -> str:
    where = f"{row.outcome}, {row.group}"
    gaps = f"; {row.missing} missing" if row.missing else ""
    gaps += f"; reports disagree in {row.disagree}" if row.disagree else ""
    if row.n == 0:
        return f"{where}: no case has the cell{gaps}."
    said = f"{where}: {row.events} of {row.n} = {100 * row.share:.0f}% ({100 * level:g}% interval "
    said += f"{100 * row.low:.0f} to {100 * row.high:.0f}%){gaps}"
    if other is not None:
        said += f"; of all rows {other.events} of {other.n} = {100 * other.share:.0f}%"
    return said + "."


def base_rates(
    cases: pd.DataFrame,
    outcomes: Sequence[str] = OUTCOMES,
    by: str | None = None,
    *,
    level: float = 0.95,
    least_confidence: str | None = None,
) -> BaseRates:
    """
    Give the share of cases with each outcome, with Wilson intervals.

    A share says how often it came so among these cases. The bundled ones were chosen, disputed votes above all, so that
    it says nothing of elections at large. The summary prints that with every share.

    Parameters
    ----------
    cases : DataFrame
        As `load_cases` returns it, one row per case.
    outcomes : sequence of str
        Flags of `cases`, or "deaths": at least one death by every credible report.
    by : str, optional
        Groups: a column such as "disputed" or "election_kind", or "subregion" or "continent" (United Nations M49, from
        `country_iso3`). All cases together come first in any case.
    level : float
        Confidence level.
    least_confidence : {"low", "medium", "high"}, optional
        Leave out rows whose `confidence` is lower; the shares of all rows stand in `all_rows` and in the summary.

    Returns
    -------
    BaseRates
        `table`, `caveat`, `summary()`.

    Raises
    ------
    DataError
        If an outcome is not 0 or 1.
    ValueError
        If there is no case, a case stands twice, or a name is unknown.

    Notes
    -----
    Wilson: (p + z^2/2n +- z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n), which keeps its level for shares near 0 and 1
    and few cases.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212.

    Examples
    --------
    >>> from analysis import load_cases
    >>> rates = base_rates(load_cases(), ["incumbent_exit"])
    >>> rates.table[["events", "n", "share", "low", "high"]].round(3).to_numpy().tolist()
    [[25.0, 130.0, 0.192, 0.134, 0.268]]
    """
    if not isinstance(cases, pd.DataFrame) or cases.empty:
        raise ValueError("there are no cases: no share can be given")
    demand_level(level)
    demand_distinct_cases(cases)
    kept = cases if least_confidence is None else sure_enough(cases, least_confidence)
    groups = _groups(cases, by)
    everything = None if least_confidence is None else base_rates(cases, outcomes, by, level=level)
    rows = [row for outcome in outcomes for row in _rows(kept, outcome, groups, level)]
    columns = ["outcome", "group", "events", "n", "missing", "disagree", "share", "low", "high"]
    return BaseRates(pd.DataFrame(rows, columns=columns), by, len(kept), level, CAVEAT, everything)


def _groups(cases: pd.DataFrame, by: str | None) -> pd.Series | None:
    """Name each case's group; missing where the cell is."""
    if by is None:
        return None
    if by in LEVELS and by not in cases.columns:
        return world_regions(cases["country_iso3"], by)
    values = cases[known(by, [*cases.columns, *LEVELS], "column for by")]
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: by, False: f"not {by}"})
    return values.astype("str")


def _rows(cases: pd.DataFrame, outcome: str, groups: pd.Series | None, level: float) -> Iterable[list[Any]]:
    happened, disagree = _outcome(cases, outcome)
    yield [outcome, "all cases", *_share(happened, disagree, level)]
    if groups is not None:
        group = groups.reindex(cases.index)
        for name in sorted(groups.dropna().unique()):
            yield [outcome, name, *_share(happened[group == name], disagree[group == name], level)]
        if group.isna().any():
            yield [outcome, f"{groups.name} missing", *_share(happened[group.isna()], disagree[group.isna()], level)]


def _outcome(cases: pd.DataFrame, outcome: str) -> tuple[pd.Series, pd.Series]:
    """Whether it happened (0, 1, missing), and whether a credible report says otherwise than a 0."""
    if outcome == "deaths" and "deaths" not in cases.columns:
        if "deaths_low" not in cases.columns:
            raise ValueError(
                "deaths are counted from the column deaths_low, which is not there: load_cases reads a file with every "
                "column of cases, or name other outcomes"
            )
        low = cases["deaths_low"].astype("Float64")
        high = cases["deaths_high"].astype("Float64") if "deaths_high" in cases.columns else low
        return (low > 0).astype("Float64"), ((low == 0) & ~(high == 0).fillna(False)).fillna(False).astype("bool")
    values = cases[known(outcome, [*cases.columns, "deaths"], "outcome")]
    return zero_or_one(values), pd.Series(False, index=cases.index)


def _share(happened: pd.Series, disagree: pd.Series, level: float) -> list[Any]:
    from statsmodels.stats.proportion import proportion_confint

    n, events = int(happened.notna().sum()), int(happened.sum())
    counts = [events, n, int(happened.isna().sum()), int(disagree.sum())]
    if n == 0:
        return [*counts, np.nan, np.nan, np.nan]
    low, high = proportion_confint(events, n, alpha=1 - level, method="wilson")
    return [*counts, events / n, max(float(low), 0.0), min(float(high), 1.0)]
