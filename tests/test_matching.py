"""Matching: the published example, a hand-worked one, and ties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.random import default_rng
from scipy.special import expit

from analysis import load_cases
from analysis.comparison import match

COVARIATES = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]


def lalonde(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference/lalonde_matchit.csv")


def test_lalonde_as_in_the_vignette(shared: Path) -> None:
    found = match(lalonde(shared), "treat", COVARIATES, "re78")
    control = found.balance["control_after"]
    assert control["propensity_score"] == pytest.approx(0.3629, abs=5e-5)
    assert control["age"] == pytest.approx(25.3027, abs=5e-5)
    assert control["educ"] == pytest.approx(10.6054, abs=5e-5)
    assert control["re74"] == pytest.approx(2342.1076, abs=5e-5)
    assert control["re75"] == pytest.approx(1614.7451, abs=5e-5)
    assert found.att == pytest.approx(894.37, abs=5e-3)
    assert found.naive == pytest.approx(-635.03, abs=5e-3)
    assert (found.treated, found.controls, len(found.pairs), found.unmatched) == (185, 429, 185, 0)
    assert "Not balanced (above 0.1): race_black" in found.summary()


def test_experimental_benchmark(shared: Path) -> None:
    nsw = pd.read_csv(shared / "reference/nsw_experimental.csv")
    found = match(nsw, "treat", ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"], "re78")
    assert found.naive == pytest.approx(1794.34, abs=5e-3)


def votes() -> pd.DataFrame:
    return pd.DataFrame({"ran": [1, 1, 0, 0, 0, 0], "turnout": [60, 50, 50, 58, 70, 90], "fell": [1, 0, 0, 1, 0, 1]})


def test_pairs_effect_and_balance_by_hand() -> None:
    found = match(votes(), "ran", ["turnout"], "fell")
    assert found.pairs[["treated", "control"]].to_numpy().tolist() == [[1, 2], [0, 3]]  # low turnout scores high
    assert found.pairs["distance"][0] == 0
    assert found.naive == pytest.approx(0.5 - 0.5)
    assert found.att == 0
    row = found.balance.loc["turnout"]
    assert row[["treated", "control_before", "control_after"]].tolist() == [55, 67, 54]
    assert row["smd_before"] == pytest.approx((55 - 67) / np.sqrt(50))
    assert row["smd_after"] == pytest.approx((55 - 54) / np.sqrt(50))


def test_row_order_changes_nothing_while_labels_stay(shared: Path) -> None:
    frame = lalonde(shared)
    one = match(frame, "treat", COVARIATES, "re78")
    other = match(frame.sample(frac=1, random_state=3), "treat", COVARIATES, "re78")
    pd.testing.assert_frame_equal(one.pairs, other.pairs, atol=1e-8)


def test_equally_near_controls_go_by_label() -> None:
    frame = votes().set_index(pd.Index(["t1", "t2", "z", "m", "a", "k"]))
    frame["turnout"] = [60, 50, 50, 60, 60, 80]
    found = match(frame, "ran", ["turnout"])
    assert dict(zip(found.pairs["treated"], found.pairs["control"], strict=True))["t1"] == "a"
    assert found.att is None


def test_treated_without_a_control_are_counted() -> None:
    frame = pd.DataFrame({"t": [1, 1, 1, 0, 0], "x": [1.0, 2.0, 3.0, 2.5, 1.5], "y": [1.0, 2, 3, 4, 5]})
    found = match(frame, "t", ["x"], "y")
    assert (len(found.pairs), found.unmatched) == (2, 1)
    assert "1 treated rows found no control" in found.summary()


def test_matching_removes_confounding_that_was_measured() -> None:
    random = default_rng(4)
    x = random.normal(size=3000)
    treated = (random.uniform(size=3000) < expit(-2 + x)).astype(int)
    frame = pd.DataFrame({"t": treated, "x": x, "y": 1.0 * treated + 2 * x + random.normal(size=3000)})
    found = match(frame, "t", ["x"], "y")
    assert found.naive is not None
    assert found.naive > 2
    assert found.low is not None
    assert found.high is not None
    assert found.low - 0.1 <= 1 <= found.high + 0.1
    assert abs(found.balance.loc["x", "smd_after"]) < 0.1


def test_rows_with_gaps_are_listed() -> None:
    frame = votes().astype({"turnout": "float64", "fell": "Float64"})
    frame.loc[5, "fell"] = pd.NA
    frame.loc[4, "turnout"] = np.nan
    found = match(frame, "ran", ["turnout"], "fell")
    assert found.dropped.to_dict("list") == {"row": [4, 5], "missing": ["turnout", "fell"]}


def test_differences_left_are_said_to_spoil_the_effect() -> None:
    pairs = match(load_cases(), "mass_protest", ["official_margin_pct", "incumbent_ran"], "incumbent_exit")
    assert (pairs.balance["smd_after"].abs() > 0.1).any()
    assert pairs.summary().endswith("moved both treatment and outcome, and the differences left did not.")


def test_case_twice_is_refused() -> None:
    cases = load_cases()
    twice = pd.concat([cases, cases[cases["case_id"] == "KGZ-2020-10"]], ignore_index=True)
    with pytest.raises(ValueError, match="case_id KGZ-2020-10 stands in 2 rows"):
        match(twice, "mass_protest", ["turnout_pct"])


def test_covariates_that_came_with_the_treatment_are_refused() -> None:
    cases = load_cases()
    with pytest.raises(ValueError, match="deaths_low is known only with the protest"):
        match(cases, "mass_protest", ["deaths_low"], "incumbent_exit")
    with pytest.raises(ValueError, match="incumbent_exit is known only with the outcome"):
        match(cases, "incumbent_exit", ["turnout_pct"], "mass_protest")


def test_frames_that_cannot_be_matched_are_refused() -> None:
    with pytest.raises(ValueError, match="row label 0 repeats"):
        match(pd.concat([votes(), votes()]), "ran", ["turnout"])
    with pytest.raises(ValueError, match="nothing to match on"):
        match(votes(), "ran", [])
    apart = votes().assign(turnout=[10, 20, 50, 58, 70, 90])
    with pytest.raises(ValueError, match="separated by turnout"):
        match(apart, "ran", ["turnout"])
    assert len(match(apart, "ran", ["turnout"], penalty="firth").pairs) == 2
