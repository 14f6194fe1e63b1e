"""Digits of vote counts: last digits, last pairs, zeros and fives, second digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.forensics.result import StationTest
from analysis.forensics.stations import usable, whole
from analysis.told import said_count

Counts = NDArray[np.int64]

DIGITS = pd.RangeIndex(10, name="digit")
# Benford: a second digit d follows a first digit k with probability log10(1 + 1 / (10 k + d)).
SECOND_DIGITS = pd.Series(np.log10(1 + 1 / (10 * np.arange(1, 10)[:, None] + np.arange(10))).sum(axis=0), index=DIGITS)
# Of the hundred pairs of last digits ten repeat a digit and twenty join neighbours, 0 and 9 among them.
FAR_PAIRS = 0.7
ZERO_FIVE = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class DigitTest(StationTest):
    """
    Digits of counts against the digits expected by chance.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square.
    df : int
        Its degrees of freedom, 9.
    p_value : float
        Of that chi-square.
    observed, expected : Series, shape (10,)
        Counts with each digit 0 to 9.
    """

    df: int = 9
    observed: pd.Series
    expected: pd.Series

    which: ClassVar[str]

    @property
    def mean_digit(self) -> float:
        """Mean of the digits."""
        return float(np.average(DIGITS, weights=self.observed))

    @property
    def expected_mean(self) -> float:
        """Mean of the digits expected."""
        return float(np.average(DIGITS, weights=self.expected))

    def finding(self) -> str:
        """Say the chi-square and the mean digit."""
        return (
            f"{self.which} digits of {said_count(self.n, 'count')}: chi-square {self.statistic:.2f} with {self.df} "
            f"degrees of freedom, mean digit {self.mean_digit:.3f} against {self.expected_mean:.3f} expected."
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LastDigits(DigitTest):
    """`DigitTest` of last digits."""

    name: ClassVar[str] = "last_digit"
    which: ClassVar[str] = "Last"
    null: ClassVar[str] = "last digits are independent and uniform on 0 to 9."
    assumptions: ClassVar[str] = (
        "counts are well above ten and vary over many tens between stations. People who invent numbers favour some "
        "digits; who adds ballots and counts them, or multiplies results, leaves the digits as they were. Stations of "
        "nearly one size, or a cap on their size, break the null without fraud."
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondDigits(DigitTest):
    """`DigitTest` of second digits."""

    name: ClassVar[str] = "second_digit"
    which: ClassVar[str] = "Second"
    null: ClassVar[str] = "second digits are independent and follow Benford's law."
    assumptions: ClassVar[str] = (
        "counts mix many scales. Stations are made to be of similar size, so honest counts often break the law and "
        "altered ones may keep it: weak evidence either way (Deckert, Myagkov and Ordeshook 2011)."
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroFive(StationTest):
    """
    Counts that end in 0 or 5.

    Attributes
    ----------
    statistic : float
        Share of counts that end in 0 or 5; 0.2 is expected.
    p_value : float
        Exact binomial, two-sided.
    observed : int
        Such counts.
    """

    name: ClassVar[str] = "zero_five"
    null: ClassVar[str] = "a count ends in 0 or 5 with probability 0.2, independently of the others."
    assumptions: ClassVar[str] = (
        "nobody rounds, honestly or not: an estimate written down as 150 looks the same as an invention. Counts are "
        "well above ten."
    )

    observed: int

    def finding(self) -> str:
        """Say the share against a fifth."""
        return (
            f"{self.observed:,} of {said_count(self.n, 'count')} end in 0 or 5: {self.statistic:.1%} against "
            f"{ZERO_FIVE:.0%} expected."
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LastTwoDigits(StationTest):
    """
    Counts whose last two digits are neither equal nor neighbours.

    Attributes
    ----------
    statistic : float
        Share of counts whose last two digits differ and are no neighbours (0 and 9 are neighbours); 0.7 is expected.
    p_value : float
        Exact binomial probability of so few or fewer.
    observed : int
        Such counts.
    """

    name: ClassVar[str] = "last_two_digits"
    null: ClassVar[str] = "the last two digits are independent and uniform on 0 to 9."
    assumptions: ClassVar[str] = (
        "counts of three digits or more that vary over hundreds between stations. People who invent numbers join "
        "neighbouring digits too often and are looked for alone: a share above 0.7 is not tested. The rule was "
        "validated on few elections (Beber and Scacco 2012)."
    )

    observed: int

    def finding(self) -> str:
        """Say the share against seven tenths."""
        return (
            f"{self.observed:,} of {said_count(self.n, 'count')} end in two digits that are neither equal nor "
            f"neighbours: {self.statistic:.1%} against {FAR_PAIRS:.0%} expected."
        )


def last_digit(counts: ArrayLike, minimum: int = 100) -> DigitTest:
    """
    Test whether the last digits of counts are uniform.

    Parameters
    ----------
    counts : array_like of int, shape (n_stations,)
        Votes per station. Missing ones are left out and counted.
    minimum : int
        Smallest count to use; last digits of smaller ones are not uniform by nature.

    Returns
    -------
    DigitTest
        Chi-square with 9 degrees of freedom, digits observed and expected.

    Raises
    ------
    DataError
        If a count is negative, fractional or no number, or none is left.

    References
    ----------
    Beber, B., Scacco, A. (2012). What the numbers say: a digit-based test for election fraud. Political Analysis
    20(2), 211-234. https://doi.org/10.1093/pan/mps003

    Examples
    --------
    >>> test = last_digit(range(100, 300))
    >>> test.statistic, test.p_value, test.mean_digit
    (0.0, 1.0, 4.5)
    """
    used, excluded = _counts(counts, minimum)
    return _chi_square(LastDigits, used % 10, pd.Series(0.1, index=DIGITS), excluded)


def second_digit(counts: ArrayLike) -> DigitTest:
    """
    Test whether the second digits of counts of 10 or more follow Benford's law.

    Parameters
    ----------
    counts : array_like of int, shape (n_stations,)
        Votes per station. Missing ones, and those below 10, are left out and counted.

    Returns
    -------
    DigitTest
        Chi-square with 9 degrees of freedom, digits observed and expected; the mean digit expected is 4.187.

    Raises
    ------
    DataError
        If a count is negative, fractional or no number, or none is left.

    References
    ----------
    Mebane, W. R. (2008). Election forensics: the second-digit Benford's law test and recent American presidential
    elections. In Alvarez, Hall, Hyde (eds.), Election fraud. Brookings.
    Deckert, J., Myagkov, M., Ordeshook, P. C. (2011). Benford's law and the detection of election fraud. Political
    Analysis 19(3), 245-268. https://doi.org/10.1093/pan/mpr014

    Examples
    --------
    >>> test = second_digit([105, 110, 117, 123, 131, 148, 9])
    >>> test.observed.tolist(), test.excluded.to_numpy().tolist()
    ([1, 2, 1, 1, 1, 0, 0, 0, 0, 0], [['with a count below 10', 1]])
    """
    used, excluded = _counts(counts, 10)
    digits = np.array([int(text[1]) for text in used.astype("str")])
    return _chi_square(SecondDigits, digits, SECOND_DIGITS, excluded)


def zero_five(counts: ArrayLike, minimum: int = 100) -> ZeroFive:
    """
    Test whether a fifth of the counts end in 0 or 5.

    Parameters
    ----------
    counts : array_like of int, shape (n_stations,)
        Votes per station; or rounded percentages with `minimum=0`, whose null is rougher. Missing ones are left out
        and counted.
    minimum : int
        Smallest count to use.

    Returns
    -------
    ZeroFive
        Share and exact binomial p-value.

    Raises
    ------
    DataError
        If a count is negative, fractional or no number, or none is left.

    References
    ----------
    Kalinin, K., Mebane, W. R. (2011). Understanding electoral frauds through evolution of Russian federalism.
    (C05s; P05s when given rounded percentages.)

    Examples
    --------
    >>> test = zero_five([100, 205, 310, 412])
    >>> test.statistic, round(test.p_value, 4)
    (0.75, 0.0272)
    """
    from scipy.stats import binomtest

    used, excluded = _counts(counts, minimum)
    observed = int((used % 5 == 0).sum())
    p_value = float(binomtest(observed, used.size, ZERO_FIVE).pvalue)
    return ZeroFive(statistic=observed / used.size, p_value=p_value, n=used.size, excluded=excluded, observed=observed)


def last_two_digits(counts: ArrayLike, minimum: int = 100) -> LastTwoDigits:
    """
    Test whether too few counts end in two digits that are neither equal nor neighbours.

    Parameters
    ----------
    counts : array_like of int, shape (n_stations,)
        Votes per station. Missing ones are left out and counted.
    minimum : int
        Smallest count to use.

    Returns
    -------
    LastTwoDigits
        Share and exact binomial p-value.

    Raises
    ------
    DataError
        If a count is negative, fractional or no number, or none is left.

    References
    ----------
    Beber, B., Scacco, A. (2012). What the numbers say: a digit-based test for election fraud. Political Analysis
    20(2), 211-234. https://doi.org/10.1093/pan/mps003

    Examples
    --------
    >>> test = last_two_digits([113, 109, 112, 187, 144, 198])  # of 13 09 12 87 44 98 only 13 is far apart
    >>> test.observed, round(test.p_value, 4)
    (1, 0.0109)
    """
    from scipy.stats import binom

    used, excluded = _counts(counts, minimum)
    apart = (used // 10 - used) % 10
    observed = int(((apart >= 2) & (apart <= 8)).sum())
    p_value = float(binom.cdf(observed, used.size, FAR_PAIRS))
    return LastTwoDigits(
        statistic=observed / used.size, p_value=p_value, n=used.size, excluded=excluded, observed=observed
    )


def extreme_digits(n: int, most: int, least: int) -> float:
    """
    Give the probability that one digit is as frequent and another as rare among uniform digits.

    Parameters
    ----------
    n : int
        Independent digits, uniform on 0 to 9.
    most, least : int
        The most frequent digit occurs `most` times or more, and the rarest `least` times or fewer.

    Returns
    -------
    float
        Exact probability of both.

    Raises
    ------
    ValueError
        If `n` is below 1.

    Notes
    -----
    Beber and Scacco (2009) found 20 sevens and 5 fives among the last digits of 116 counts from Iran, by their words
    "fewer than four in a hundred"; picking the two extremes after seeing them is allowed for. They did not publish
    a test for other numbers, so choose `most` and `least` before looking.

    Examples
    --------
    >>> round(extreme_digits(116, most=20, least=5), 4)
    0.0349
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more digits, not {n}")
    without_most = _all_between(n, 0, most - 1)
    without_least = _all_between(n, least + 1, n)
    return float(np.clip(1 - without_most - without_least + _all_between(n, least + 1, most - 1), 0, 1))


def _all_between(n: int, low: int, high: int) -> float:
    """Probability that each of ten digits occurs `low` to `high` times: Poisson counts, given that their sum is n."""
    from scipy.stats import poisson

    times = np.arange(n + 1)
    one = np.where((low <= times) & (times <= high), poisson.pmf(times, n / 10), 0)
    total = np.ones(1)
    for _ in DIGITS:
        total = np.convolve(total, one)[: n + 1]
    return float(total[n] / poisson.pmf(n, n))


def _counts(counts: ArrayLike, minimum: int) -> tuple[Counts, pd.DataFrame]:
    """Whole counts of at least the minimum, and how many were left out for what."""
    frame = pd.DataFrame({"count": whole(pd.Series(counts), "count")})
    used, excluded = usable(frame, ["count"], {f"with a count below {minimum:,}": frame["count"] < minimum})
    return used["count"].to_numpy(), excluded


def _chi_square(kind: type[DigitTest], digits: Counts, shares: pd.Series, excluded: pd.DataFrame) -> DigitTest:
    from scipy.stats import chisquare

    observed = pd.Series(np.bincount(digits, minlength=10), index=DIGITS)
    expected = shares * digits.size
    test = chisquare(observed, expected)
    return kind(
        statistic=float(test.statistic),
        p_value=float(test.pvalue),
        n=digits.size,
        excluded=excluded,
        observed=observed,
        expected=expected,
    )
