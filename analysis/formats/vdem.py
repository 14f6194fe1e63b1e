"""
V-Dem: Varieties of Democracy, country-years from 1789, V-Dem Institute, University of Gothenburg.

Country-Year files (V-Dem-CY-Core-v*.csv, V-Dem-CY-Full+Others-v*.csv), one row per country of V-Dem and year. Written
from the codebook, without a real copy. The five high-level indices are `<index>_best` with the interval of the
measurement model (`_codelow`, `_codehigh`) as `_low` and `_high`; every other column stays with the prefix `vdem_`. The
core file has about 1,800 columns, the full one more than 4,000.

Countries. V-Dem's are units of its own: `country_code` is `country_text_id`, near ISO 3166-1 but not the same.
`country_iso3` is that of `COWcode` on `historical_date` (31 December), so that the Soviet Union, Czechoslovakia and
Yugoslavia have codes of their own as in other tables; else V-Dem's own text where that is an ISO code. Traps: VDR is
the Republic of Vietnam (the South) here, and the Democratic one in ISO; Palestine is two or three units (the West Bank
PSE, Gaza PSG, the British mandate), of which the first two are PSE; Somaliland and Zanzibar and the German and Italian
states have no ISO code.

More traps. `_codelow` and `_codehigh` are one standard deviation of the measurement model, no 95 % interval. Other
forms of a variable (`_osp`, `_ord`, `_mean`, `_sd`) are on other scales. Country-date files have several rows in a
year.
"""

from __future__ import annotations

import pandas as pd

from analysis.countries import iso3_codes
from analysis.states import resolve

NAME = "vdem"
TABLE = "country_years"
CITATION = (
    "Coppedge, Michael, John Gerring, Carl Henrik Knutsen, Staffan I. Lindberg, Jan Teorell et al., V-Dem "
    "[Country-Year/Country-Date] Dataset, Varieties of Democracy (V-Dem) Project, with the version, its year and its "
    "DOI; Pemstein, Daniel et al., The V-Dem Measurement Model: Latent Variable Analysis for Cross-National and "
    "Cross-Temporal Expert-Coded Data, V-Dem Working Paper 21."
)
INDICES = ("polyarchy", "libdem", "partipdem", "delibdem", "egaldem")
BOUNDS = {"low": "_codelow", "best": "", "high": "_codehigh"}
MEASURES = {f"{name}_{end}": f"v2x_{name}{suffix}" for name in INDICES for end, suffix in BOUNDS.items()}
CALLED = {
    "country_code": "country_text_id",
    "country_iso3": "country_text_id",
    "country": "country_name",
    "year": "year",
    "date": "historical_date",
    "regime": "v2x_regime",
    **MEASURES,
}
GAZA, SOUTH_VIETNAM = "138", "35"
BY_ID = {GAZA: "PSE", SOUTH_VIETNAM: "VNM"}
WITHOUT_ISO = {"139", "209", "236", *map(str, range(349, 367)), "373"}  # Somaliland, mandate, Zanzibar, German, Italian


def detects(headers: dict[str, list[str]]) -> bool:
    """Whether a header has the columns of V-Dem's country-years."""
    (header,) = headers.values()
    return {"country_name", "country_text_id", "country_id", "year", "v2x_polyarchy"} <= set(header)


def rows(raw: pd.DataFrame) -> pd.DataFrame:
    """Write country-years in our columns; see the module."""
    date = raw["historical_date"] if "historical_date" in raw else raw["year"].str.strip() + "-12-31"
    copied = {ours: raw[theirs] for ours, theirs in CALLED.items() if theirs in raw}
    return pd.DataFrame(copied | {"country_iso3": _country(raw, date), "date": date})


def _country(raw: pd.DataFrame, date: pd.Series) -> pd.Series:
    unit = raw["country_id"].str.strip()
    text = raw["country_text_id"].str.strip()
    state = resolve(raw["cowcode"], "cow", date) if "cowcode" in raw else pd.Series(None, index=raw.index, dtype="str")
    found = unit.map(BY_ID).fillna(state).fillna(text.where(text.isin(iso3_codes())))
    return found.mask(unit.isin(WITHOUT_ISO)).fillna("").astype("str")
