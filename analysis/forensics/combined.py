"""All tests of stations on one election, corrected for their number and set beside their measured error rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from analysis.columns import DataError, problem
from analysis.forensics.anomalous import anomalous_votes
from analysis.forensics.digits import last_digit, last_two_digits, second_digit, zero_five
from analysis.forensics.integers import integer_peaks
from analysis.forensics.klimek_model import klimek
from analysis.forensics.relation import turnout_share
from analysis.forensics.result import StationTest, error_rates
from analysis.forensics.rozenas import resampled_kernel
from analysis.forensics.stations import demand_columns
from analysis.told import Told

RESAMPLES = 200
PERMUTATIONS = 199  # fewer, and no p-value could survive Holm's correction over eight tests
FIRST_COLUMNS = ["statistic", "p_value", "p_holm", "p_bh", "flagged"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ForensicReport(Told):
    """
    What every test says of one election.

    Attributes
    ----------
    tests : DataFrame, one row per test that could be run
        Indexed by `test`: `statistic`, `p_value`, `p_holm`, `p_bh` (corrected for the tests that have a p-value),
        `flagged` (uncorrected; an estimate without a p-value flags when its interval leaves 0 out), `effect_votes`,
        `n`, `excluded` (stations), and how often, in percent, the test flags clean elections: `clean_pct`
        (simulated, stations alike), `realistic_pct`, `real_pct`; `wolf`: too often for a flag to mean much.
    not_run : DataFrame
        `test`, `reason`: tests these stations do not allow.
    results : dict of str to StationTest
        The full result of every test that was run.
    calibration : DataFrame
        Measured error rates, as `error_rates` returns them.
    alpha : float
        Level of the flags.
    """

    tests: pd.DataFrame
    not_run: pd.DataFrame
    results: Mapping[str, StationTest]
    calibration: pd.DataFrame
    alpha: float

    def summary(self) -> str:
        """Say how many tests flag before and after correction, and which of them also flag clean elections."""
        flagged = self.tests[self.tests["flagged"]]
        after = self.tests.index[self.tests["p_holm"] <= self.alpha]
        lines = [
            f"{len(flagged)} of {len(self.tests)} tests flag at {self.alpha:.0%}: {_listed(flagged.index)}.",
            f"After Holm's correction for {self.tests['p_value'].notna().sum()} p-values: {_listed(after)}.",
        ]
        wolf = flagged.index[flagged["wolf"]]
        if len(wolf):
            lines.append(f"Of these, tests that flag clean elections too often to mean much alone: {_listed(wolf)}.")
        lines += [f"Not run: {row.test} ({row.reason})." for row in self.not_run.itertuples()]
        return "\n".join([*lines, "No test proves fraud, and none proves its absence."])


def report(
    stations: pd.DataFrame,
    seed: int = 0,
    *,
    alpha: float = 0.05,
    resamples: int = RESAMPLES,
    permutations: int = PERMUTATIONS,
) -> ForensicReport:
    """
    Run every test on one election, correct for their number, and set the error rates beside them.

    Parameters
    ----------
    stations : DataFrame
        One row per station, as `stations` makes it: `registered`, `cast`, `votes`; `issued`, `valid` and
        `region` where known.
    seed : int
        Seed of the tests that draw: permutations, resamples, bootstrap.
    alpha : float
        Level of the flags.
    resamples, permutations : int
        Draws of `resampled_kernel` and of the permutation tests. The error rates were measured with half of the
        defaults, which leaves rates at 5 % as they are.

    Returns
    -------
    ForensicReport

    Raises
    ------
    DataError
        If a column is missing, a number is negative, or no test can be run.

    Notes
    -----
    Holm (1979) bounds the chance of any false flag, Benjamini and Hochberg (1995) the share of false ones among the
    flags. Both take the p-values as they are: a test whose null fails on clean elections, because turnout and
    support go together there, stays wrong after correction. Its row says how often.

    Examples
    --------
    >>> from analysis import forensics
    >>> clean = forensics.simulate(300, heterogeneity="none", seed=1)
    >>> result = report(clean)
    >>> len(result.tests) + len(result.not_run)
    9
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha:g}; expected a number between 0 and 1, such as 0.05")
    results, not_run = run(stations, seed, resamples=resamples, permutations=permutations)
    rates = error_rates()
    return ForensicReport(
        tests=_table(results, rates, alpha),
        not_run=pd.DataFrame(list(not_run.items()), columns=["test", "reason"]),
        results=results,
        calibration=rates,
        alpha=alpha,
    )


def run(
    stations: pd.DataFrame, seed: int = 0, *, resamples: int = RESAMPLES, permutations: int = PERMUTATIONS
) -> tuple[dict[str, StationTest], dict[str, str]]:
    """Run every test; give the results, and why the others could not be run."""
    demand_columns(stations, ["registered", "cast", "votes"])
    results, not_run = {}, {}
    for name, test in _tests(seed, resamples, permutations).items():
        try:
            results[name] = test(stations)
        except DataError as error:
            if any(error.problems["column"].notna()):
                raise
            not_run[name] = str(error)
    if not results:
        raise DataError(problem("stations", f"stations that some test can use; {next(iter(not_run.values()))}"))
    return results, not_run


def _tests(seed: int, resamples: int, permutations: int) -> dict[str, Callable[[pd.DataFrame], StationTest]]:
    return {
        "last_digit": lambda frame: last_digit(frame["votes"]),
        "zero_five": lambda frame: zero_five(frame["votes"]),
        "last_two_digits": lambda frame: last_two_digits(frame["votes"]),
        "second_digit": lambda frame: second_digit(frame["votes"]),
        "integer_peaks": integer_peaks,
        "turnout_share": turnout_share,
        "anomalous_votes": lambda frame: anomalous_votes(frame, permutations=permutations, seed=seed),
        "klimek": lambda frame: klimek(frame, seed=seed),
        "resampled_kernel": lambda frame: resampled_kernel(frame, resamples=resamples, seed=seed),
    }


def _table(results: Mapping[str, StationTest], rates: pd.DataFrame, alpha: float) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "test": name,
            "statistic": result.statistic,
            "p_value": result.p_value,
            "flagged": result.flags(alpha),
            "effect_votes": result.effect_votes,
            "n": result.n,
            "excluded": int(result.excluded["stations"].sum()),
        }
        for name, result in results.items()
    ]
    table = pd.DataFrame(rows).set_index("test").astype({"p_value": "float64", "effect_votes": "float64"})
    stated = table["p_value"].dropna()
    corrected = [multipletests(stated, method="holm")[1], false_discovery_control(stated)] if len(stated) else [[], []]
    for column, p_values in zip(("p_holm", "p_bh"), corrected, strict=True):
        table[column] = pd.Series(p_values, index=stated.index, dtype="float64")
    table = table.join(rates[["clean_pct", "realistic_pct", "real_pct", "wolf"]])
    return table[[*FIRST_COLUMNS, *(name for name in table if name not in FIRST_COLUMNS)]]


def _listed(names: Any) -> str:
    return ", ".join(map(str, names)) or "none"
