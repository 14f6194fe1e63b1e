"""World regions: every country has one, and it is the United Nations'."""

import pandas as pd
import pytest

from analysis import load_cases
from analysis.comparison import world_regions
from analysis.countries import iso3_codes


def test_every_code_of_iso_3166_has_one_region() -> None:
    codes = pd.Series(iso3_codes())
    assert world_regions(codes).notna().all()
    assert world_regions(codes).nunique() == 18  # the 17 sub-regions of M49, and Antarctica
    assert sorted(world_regions(codes, "continent").unique()) == [
        *("Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania")
    ]


def test_m49_puts_these_where_many_would_not() -> None:
    codes = pd.Series(["IRN", "SDN", "CYP", "GEO", "RUS", "MEX", "MNG", "LTU", "TLS", "TWN", "XKX", "SUN"])
    assert world_regions(codes).tolist() == [
        *("Southern Asia", "Northern Africa", "Western Asia", "Western Asia", "Eastern Europe"),
        *("Latin America and the Caribbean", "Eastern Asia", "Northern Europe", "South-eastern Asia"),
        *("Eastern Asia", "Southern Europe", "Eastern Europe"),
    ]


def test_central_asia_of_the_cases() -> None:
    cases = load_cases()
    there = cases.loc[world_regions(cases["country_iso3"]) == "Central Asia", "country_iso3"]
    assert set(there) == {"KAZ", "KGZ", "TJK", "UZB"}


def test_missing_code_has_no_region_and_index_is_kept() -> None:
    found = world_regions(pd.Series(["KGZ", None], index=[7, 3]))
    assert found.index.tolist() == [7, 3]
    assert found.isna().tolist() == [False, True]


def test_unknown_code_is_named() -> None:
    with pytest.raises(ValueError, match="unknown country code 'KYR'"):
        world_regions(pd.Series(["KYR"]))
    with pytest.raises(ValueError, match="unknown level"):
        world_regions(pd.Series(["KGZ"]), "planet")
