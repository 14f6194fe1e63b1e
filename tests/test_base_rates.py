"""Shares of cases: Wilson by hand, missing cells counted, the caveat always there."""

import numpy as np
import pandas as pd
import pytest

from analysis import DataError, load_cases
from analysis.comparison import base_rates

CAVEAT = "hold among these cases only"


def cases(**columns: list[object]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame({"case_id": [f"c{i}" for i in range(length)], **columns})


def test_wilson_by_hand() -> None:
    row = base_rates(cases(fell=[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ["fell"]).table.iloc[0]
    z, n, p = 1.959963984540054, 10, 0.1
    middle, reach = (p + z**2 / (2 * n)), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert row["share"] == 0.1
    assert row["low"] == pytest.approx((middle - reach) / (1 + z**2 / n))
    assert row["high"] == pytest.approx((middle + reach) / (1 + z**2 / n))


def test_no_event_and_only_events_have_one_sided_intervals() -> None:
    none = base_rates(cases(fell=[0] * 20), ["fell"]).table.iloc[0]
    every = base_rates(cases(fell=[1] * 20), ["fell"]).table.iloc[0]
    assert (none["low"], every["high"]) == (0, 1)
    assert none["high"] == pytest.approx(1 - every["low"]) == pytest.approx(0.161, abs=5e-4)


def test_missing_cell_is_counted_and_is_not_zero() -> None:
    found = base_rates(cases(fell=pd.array([True, False, None, None], dtype="boolean")), ["fell"])
    row = found.table.iloc[0]
    assert (row["events"], row["n"], row["missing"], row["share"]) == (1, 2, 2, 0.5)
    assert "1 of 2 = 50%" in found.summary()
    assert "2 missing" in found.summary()


def test_all_missing_column_is_said() -> None:
    found = base_rates(cases(fell=[None, None]), ["fell"])
    assert found.table.loc[0, ["share", "low", "high"]].isna().all()
    assert "fell, all cases: no case has the cell; 2 missing." in found.summary()


def test_deaths_need_every_report_and_disagreement_is_counted() -> None:
    found = base_rates(cases(deaths_low=[0, 1, 0, 0, None], deaths_high=[0, 3, 73, None, 5]), ["deaths"])
    row = found.table.iloc[0]
    assert (row["events"], row["n"], row["missing"], row["disagree"]) == (1, 4, 1, 2)
    assert "at least one by every credible report" in found.summary()


def test_bundled_cases_with_the_caveat_printed() -> None:
    found = base_rates(load_cases(), by="disputed")
    every = found.table[found.table["group"] == "all cases"].set_index("outcome")
    assert every["events"].to_dict() == {
        **{"mass_protest": 62, "deaths": 63},
        **{"result_annulled_or_rerun": 21, "incumbent_exit": 25},
    }
    assert every["n"].tolist() == [130, 128, 130, 130]
    assert CAVEAT in found.summary()
    assert "the bundled cases were chosen looking back, disputed votes above all" in found.caveat
    parts = found.table[found.table["group"] != "all cases"].groupby("outcome")["events"].sum()
    assert parts.to_dict() == every["events"].to_dict()


def test_groups_by_world_region_add_up() -> None:
    table = base_rates(load_cases(), ["incumbent_exit"], by="subregion").table.set_index("group")
    assert table.loc["Central Asia", ["events", "n"]].tolist() == [2, 13]
    assert table.drop("all cases")[["events", "n"]].sum().tolist() == [25, 130]


def test_case_without_a_group_stands_apart() -> None:
    found = base_rates(cases(fell=[1, 0, 1], kind=["a", None, "b"]), ["fell"], by="kind")
    assert found.table["group"].tolist() == ["all cases", "a", "b", "kind missing"]


def test_surer_rows_and_all_rows_are_both_shown() -> None:
    found = base_rates(load_cases(), ["incumbent_exit"], least_confidence="high")
    assert found.all_rows is not None
    assert found.cases == 65
    assert found.all_rows.cases == 130
    assert "12 of 65 = 18%" in found.summary()
    assert "of all rows 25 of 130 = 19%" in found.summary()


def test_row_order_changes_nothing() -> None:
    frame = load_cases()
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        base_rates(frame, by="election_kind").table, base_rates(shuffled, by="election_kind").table
    )


def test_a_case_that_stands_twice_is_refused() -> None:
    frame = load_cases()
    with pytest.raises(ValueError, match=r"KGZ-2020-10 stands in 2 rows .* count twice"):
        base_rates(pd.concat([frame, frame[frame["case_id"] == "KGZ-2020-10"]]))


def test_other_codes_and_names_are_refused() -> None:
    with pytest.raises(DataError, match="fell = '4': expected 0 or 1"):
        base_rates(cases(fell=[0, 4]), ["fell"])
    with pytest.raises(ValueError, match="did you mean incumbent_exit"):
        base_rates(load_cases(), ["incumbent_exits"])
    with pytest.raises(ValueError, match="counted from the column deaths_low, which is not there: load_cases reads"):
        base_rates(load_cases().drop(columns="deaths_low"))
    with pytest.raises(ValueError, match="unknown column for by"):
        base_rates(load_cases(), by="regon")
    with pytest.raises(ValueError, match="no cases"):
        base_rates(load_cases().iloc[:0])
    with pytest.raises(ValueError, match="none of the 130 rows"):
        base_rates(load_cases().assign(confidence="low"), least_confidence="high")
