"""
Election forensics: station-level tests, each with its null, its exclusions and its measured error rate.

No test proves fraud and none proves its absence. All functions take one row per station, as `stations` makes them
from `load_precincts`, and return new objects; none reads files or draws.
"""

from analysis.forensics.anomalous import AnomalousVotes, anomalous_votes
from analysis.forensics.calibration import calibrate
from analysis.forensics.combined import ForensicReport, report
from analysis.forensics.digits import (
    DigitTest,
    LastTwoDigits,
    ZeroFive,
    extreme_digits,
    last_digit,
    last_two_digits,
    second_digit,
    zero_five,
)
from analysis.forensics.dose import DoseResponse, dose_response
from analysis.forensics.gaps import CountGap, count_gap
from analysis.forensics.integers import IntegerPeaks, integer_peaks
from analysis.forensics.klimek_model import KlimekFit, klimek
from analysis.forensics.relation import TurnoutShare, turnout_share
from analysis.forensics.result import error_rates
from analysis.forensics.rozenas import ResampledKernel, resampled_kernel
from analysis.forensics.simulated import Heterogeneity, Manipulation, simulate
from analysis.forensics.stations import stations

__all__ = [
    "AnomalousVotes",
    "CountGap",
    "DigitTest",
    "DoseResponse",
    "ForensicReport",
    "Heterogeneity",
    "IntegerPeaks",
    "KlimekFit",
    "LastTwoDigits",
    "Manipulation",
    "ResampledKernel",
    "TurnoutShare",
    "ZeroFive",
    "anomalous_votes",
    "calibrate",
    "count_gap",
    "dose_response",
    "error_rates",
    "extreme_digits",
    "integer_peaks",
    "klimek",
    "last_digit",
    "last_two_digits",
    "report",
    "resampled_kernel",
    "second_digit",
    "simulate",
    "stations",
    "turnout_share",
    "zero_five",
]
