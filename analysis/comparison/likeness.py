"""The cases most alike to one, by what was known of each on election night."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison.usable import demand_distinct_cases, refuse_leaks
from analysis.options import known
from analysis.told import Told, said_count

VARIABLES = (
    "election_kind",
    "incumbent_ran",
    "incumbent_party_won_official",
    "official_winner_share_pct",
    "official_margin_pct",
    "turnout_pct",
    "disputed",
    "observer_verdict",
)
OUTCOMES = (
    *("mass_protest", "deaths_low", "deaths_high", "result_annulled_or_rerun", "incumbent_exit", "exit_mode"),
    "days_to_exit",
)
NAMES = ("country", "election_date")
DECIMALS = 12  # distances closer than this are ties


@dataclass(frozen=True, eq=False)
class Neighbours(Told):
    """
    The cases nearest to one.

    Attributes
    ----------
    case_id : str
        The case in question.
    table : DataFrame, shape (n, ...)
        Nearest first, indexed by `case_id`: `country`, `election_date` where the cases have them, `distance` (0: alike
        in everything compared; 1: as unlike as two cases can be), `distance_low`, `distance_high` (if the cells that
        could not be compared were alike, and if they were as unlike as can be), `compared` (variables filled in both).
    contributions : DataFrame, shape (n, n_variables)
        Part of the distance that each variable adds; rows sum to `distance`. Missing where it was not compared.
    outcomes : DataFrame
        What followed in each neighbour; no part of the distance.
    values : DataFrame, shape (n + 1, n_variables)
        The cells compared, the case itself first.
    variables : tuple of str
    candidates : int
        Other cases that could be compared.
    set_aside : DataFrame
        Cases with fewer than half of the variables comparable: `case_id`, `compared`, `missing`.
    tied : tuple of str
        Cases as near as the last one shown, left out because less is known of them, or only because their id comes
        later.
    """

    case_id: str
    table: pd.DataFrame
    contributions: pd.DataFrame
    outcomes: pd.DataFrame
    values: pd.DataFrame
    variables: tuple[str, ...]
    candidates: int
    set_aside: pd.DataFrame
    tied: tuple[str, ...]

    def summary(self) -> str:
        """Say the neighbours, why they are near, and what followed."""
        own = self.values.iloc[0]
        gaps = [name for name in self.variables if pd.isna(own[name])]
        lines = [
            f"Nearest to {self.case_id} among {said_count(self.candidates, 'case')} by {', '.join(self.variables)}, "
            "each of equal weight (Gower distance, 0 to 1); what followed is no part of it."
        ]
        if gaps:
            lines.append(f"Not compared, because missing in {self.case_id}: {', '.join(gaps)}.")
        lines += [self._said(one) for one in self.table.index]
        if self.tied:
            lines.append(f"As near as the last: {', '.join(self.tied)}.")
        if len(self.set_aside):
            few = said_count(len(self.set_aside), "case")
            lines.append(f"{few} set aside: fewer than half of the variables are comparable.")
        return "\n".join([*lines, "Likeness is no forecast: near cases ended differently, and cases were chosen."])

    def _said(self, one: str) -> str:
        parts = self.contributions.loc[one].dropna().astype("float64")
        parts = parts[parts > 0].sort_values(ascending=False, kind="stable").head(2)
        why = ", ".join(f"{name} {part:.2f}" for name, part in parts.items()) or "nothing"
        then = ", ".join(
            f"{name} {_plain(value)}" for name, value in self.outcomes.loc[one].items() if not pd.isna(value)
        )
        row = self.table.loc[one]
        gaps = len(self.variables) - row["compared"]
        span = f" ({row['distance_low']:.2f} to {row['distance_high']:.2f} for {gaps} missing)" if gaps else ""
        return (
            f"{one}: distance {row['distance']:.2f}{span} over {said_count(row['compared'], 'variable')}, most from "
            f"{why}. Followed: {then or 'not known'}."
        )


def _plain(value: object) -> object:
    return int(value) if isinstance(value, (bool, np.bool_)) else value


def nearest(
    cases: pd.DataFrame,
    case_id: str,
    n: int = 5,
    variables: Sequence[str] = VARIABLES,
    *,
    until: str = "with the result",
    allow: Iterable[str] = (),
    outcomes: Sequence[str] = OUTCOMES,
) -> Neighbours:
    """
    Find the cases most alike to one, by what was known of each on election night.

    What followed the vote is refused as a variable, so that likeness does not peek at it; it is shown beside.

    Parameters
    ----------
    cases : DataFrame
        As `load_cases` returns it, one row per case.
    case_id : str
        The case in question.
    n : int
        Neighbours wanted.
    variables : sequence of str
        Columns compared, each of equal weight. Numbers differ by their distance over the range in `cases`, flags and
        categories by 0 or 1; two cases without a thing are as alike as two with it.
    until : {"before the vote", "with the result", "with the protest", "with the outcome"}
        Last stage whose columns may be compared.
    allow : iterable of str
        Variables let through although they came later.
    outcomes : sequence of str
        Columns shown beside, where `cases` has them.

    Returns
    -------
    Neighbours
        `table`, `contributions`, `outcomes`, `summary()`.

    Raises
    ------
    ValueError
        If the case or a column is unknown, a case stands twice, a variable came too late, or is missing or the same in
        every case, or fewer than half of them are filled in the case itself.

    Notes
    -----
    d_ij = sum_k w_ijk d_ijk / sum_k w_ijk, with w_ijk = 0 where either cell is missing and 1 otherwise. A missing cell
    is thus taken to be as the others are; `distance_low` and `distance_high` say how far that can be wrong. A case
    compared on fewer than half of the variables is set aside.

    References
    ----------
    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics 27(4), 857-871.

    Examples
    --------
    >>> votes = pd.DataFrame(
    ...     {"case_id": ["a", "b", "c"], "turnout_pct": [50.0, 60.0, 90.0], "disputed": [True, True, False]}
    ... )
    >>> found = nearest(votes, "a", 2, ["turnout_pct", "disputed"])
    >>> found.table["distance"].to_dict()
    {'b': 0.125, 'c': 1.0}
    >>> found.contributions.loc["b"].to_dict()
    {'turnout_pct': 0.125, 'disputed': 0.0}
    """
    demand_distinct_cases(cases)
    known(case_id, cases["case_id"], "case_id")
    refuse_leaks(variables, until=until, allow=allow)
    for name in variables:
        known(name, cases.columns, "variable")
    table = cases.set_index("case_id").sort_index()
    apart = _differences(table[list(variables)], case_id)
    compared = apart.notna().sum(axis=1)
    enough = 2 * compared >= len(variables)
    distance = apart.mean(axis=1).round(DECIMALS)
    known_part = apart.sum(axis=1) / len(variables)
    ranked = pd.DataFrame({"distance": distance, "gaps": -compared})[enough]
    order = ranked.sort_values(["distance", "gaps"], kind="stable")["distance"]
    if not 1 <= n <= len(order):
        raise ValueError(
            f"n = {n}: expected 1 to {len(order)}, the number of cases that can be compared with {case_id}"
        )
    chosen = order.index[:n]
    tied = order.index[n:][order.iloc[n:] == order.iloc[n - 1]]
    gaps = apart[~enough]
    missing = [", ".join(gaps.columns[row]) for row in gaps.isna().to_numpy()]
    return Neighbours(
        case_id=case_id,
        table=table.loc[chosen, [name for name in NAMES if name in table]].assign(
            distance=order[chosen],
            distance_low=known_part[chosen],
            distance_high=(known_part + apart.isna().mean(axis=1))[chosen],
            compared=compared[chosen],
        ),
        contributions=apart.loc[chosen].div(compared[chosen], axis=0),
        outcomes=table.loc[chosen, [name for name in outcomes if name in table]],
        values=table.loc[[case_id, *chosen], list(variables)],
        variables=tuple(variables),
        candidates=len(order),
        set_aside=pd.DataFrame(
            {"case_id": gaps.index, "compared": compared[gaps.index].to_numpy(), "missing": missing}
        ),
        tied=tuple(tied),
    )


def _differences(cells: pd.DataFrame, case_id: str) -> pd.DataFrame:
    """How far every other case is from one, variable by variable: 0 to 1, missing where either cell is."""
    if not len(cells.columns):
        raise ValueError("variables is empty: name the columns to compare")
    for name in cells:
        filled = cells[name].dropna()
        if (filled == filled.iloc[:1].squeeze()).all() if len(filled) else True:
            what = "the same" if len(filled) else "missing"
            raise ValueError(f"{name} is {what} in all {len(cells)} cases and tells none apart; leave it out")
    filled = int(cells.loc[case_id].notna().sum())
    if 2 * filled < len(cells.columns):
        raise ValueError(
            f"only {filled} of {len(cells.columns)} variables are filled in {case_id}; name variables that it has"
        )
    return pd.DataFrame({name: _difference(cells[name], case_id) for name in cells}).drop(index=case_id)


def _difference(values: pd.Series, case_id: str) -> pd.Series:
    own = values[case_id]
    if pd.isna(own):
        return pd.Series(np.nan, index=values.index)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype("float64")
        return (numbers - float(own)).abs() / (numbers.max() - numbers.min())
    return values.ne(own).astype("float64").mask(values.isna())
