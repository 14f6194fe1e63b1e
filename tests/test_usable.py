"""What was known when: a model may not use what came with the outcome."""

import pytest

from analysis import load_cases
from analysis.comparison import cox, exits, fit_logit
from analysis.comparison.usable import STAGE_OF, refuse_leaks


def test_every_column_of_cases_has_its_time() -> None:
    known = {*exits(load_cases()).frame.columns, "exit_date_low", "exit_date_high"}
    assert known - set(STAGE_OF) == {"notes", "confidence", "source_ids"}
    assert set(STAGE_OF) <= known


@pytest.mark.parametrize("column", ["time_days", "exited", "mode", "time_days_low", "time_days_high"])
def test_exit_cannot_explain_itself_under_another_name(column: str) -> None:
    frame = exits(load_cases()).frame
    with pytest.raises(ValueError, match=f"{column} is known only with the outcome"):
        fit_logit(frame, f"incumbent_exit ~ {column}", penalty="firth")
    with pytest.raises(ValueError, match=f"{column} is (known only with|what is to be)"):
        cox(frame, f"~ {column}")


def test_security_defection_cannot_explain_the_exit() -> None:
    with pytest.raises(ValueError, match="security_defection is known only with the outcome") as refusal:
        refuse_leaks(["official_margin_pct", "security_defection"], "incumbent_exit")
    assert "official_margin_pct" not in str(refusal.value)
    refuse_leaks(["security_defection"], "incumbent_exit", allow=["security_defection"])


def test_protest_may_explain_the_exit_but_is_unknown_on_election_night() -> None:
    refuse_leaks(["mass_protest"], "incumbent_exit")
    with pytest.raises(ValueError, match="mass_protest is known only with the protest"):
        refuse_leaks(["mass_protest"], "incumbent_exit", until="with the result")


def test_deaths_cannot_explain_the_protest_in_which_they_happened() -> None:
    with pytest.raises(ValueError, match="deaths_low"):
        refuse_leaks(["deaths_low"], "mass_protest")


def test_columns_of_other_tables_pass() -> None:
    refuse_leaks(["gdpenl"], "onset", until="before the vote")


def test_unknown_stage_is_named() -> None:
    with pytest.raises(ValueError, match="unknown stage"):
        refuse_leaks(["disputed"], until="tomorrow")
