"""
World regions of countries, as the United Nations Statistics Division groups them (standard M49).

The grouping is geographic and made for statistics. It says nothing about politics, so that no crisis moves a country
from one region to another. Places that M49 does not list stand with their neighbours: Taiwan in Eastern Asia, Kosovo
in Southern Europe. Countries that ended have the region of the land they held: the Soviet Union Eastern Europe, as
the Statistics Division put it, Yugoslavia Southern Europe.
"""

from __future__ import annotations

import functools

import pandas as pd

from analysis.countries import iso3_codes
from analysis.options import known

SUBREGIONS = {
    "Africa": {
        "Northern Africa": "DZA EGY ESH LBY MAR SDN TUN",
        "Sub-Saharan Africa": (
            "AFI AGO ATF BDI BEN BFA BWA CAF CIV CMR COD COG COM CPV DHY DJI ERI ETH GAB GHA GIN GMB GNB GNQ "
            "HVO IOT KEN LBR LSO MDG MLI MOZ MRT MUS MWI MYT NAM NER NGA REU RHO RWA SEN SHN SLE SOM SSD STP "
            "SWZ SYC TCD TGO TZA UGA ZAF ZAR ZMB ZWE"
        ),
    },
    "Americas": {
        "Latin America and the Caribbean": (
            "ABW AIA ANT ARG ATG BES BHS BLM BLZ BOL BRA BRB BVT CHL COL CRI CUB CUW CYM DMA DOM ECU FLK GLP "
            "GRD GTM GUF GUY HND HTI JAM KNA LCA MAF MEX MSR MTQ NIC PAN PCZ PER PRI PRY SGS SLV SUR SXM TCA "
            "TTO URY VCT VEN VGB VIR"
        ),
        "Northern America": "BMU CAN GRL SPM USA",
    },
    "Asia": {
        "Central Asia": "KAZ KGZ TJK TKM UZB",
        "Eastern Asia": "CHN HKG JPN KOR MAC MNG PRK TWN",
        "South-eastern Asia": "BRN BUR IDN KHM LAO MMR MYS PHL SGP THA TLS TMP VDR VNM",
        "Southern Asia": "AFG BGD BTN IND IRN LKA MDV NPL PAK SKM",
        "Western Asia": "ARE ARM AZE BHR CYP GEO IRQ ISR JOR KWT LBN NTZ OMN PSE QAT SAU SYR TUR YEM YMD",
    },
    "Europe": {
        "Eastern Europe": "BGR BLR BYS CSK CZE DDR HUN MDA POL ROU RUS SUN SVK UKR",
        "Northern Europe": "ALA DNK EST FIN FRO GBR GGY IMN IRL ISL JEY LTU LVA NOR SJM SWE",
        "Southern Europe": "ALB AND BIH ESP GIB GRC HRV ITA MKD MLT MNE PRT SCG SMR SRB SVN VAT XKX YUG",
        "Western Europe": "AUT BEL CHE DEU FRA FXX LIE LUX MCO NLD",
    },
    "Oceania": {
        "Australia and New Zealand": "AUS CCK CXR HMD NFK NZL",
        "Melanesia": "FJI NCL NHB PNG SLB VUT",
        "Micronesia": "FSM GEL GUM JTN KIR MHL MID MNP NRU PCI PLW PUS UMI WAK",
        "Polynesia": "ASM COK CTE NIU PCN PYF TKL TON TUV WLF WSM",
    },
    "Antarctica": {
        "Antarctica": "ATA ATB ATN",
    },
}
LEVELS = ("subregion", "continent")


def world_regions(codes: pd.Series, level: str = "subregion") -> pd.Series:
    """
    Give the world region of each country, as the United Nations' M49 standard groups them.

    Parameters
    ----------
    codes : Series of str, shape (n,)
        ISO 3166-1 alpha-3 codes, of today's or former countries, such as the column `country_iso3` of `load_cases`;
        `analysis.states.resolve` makes them of names and of other lists' codes.
    level : {"subregion", "continent"}
        The 17 sub-regions ("Central Asia", "Sub-Saharan Africa") or the 5 regions of M49 ("Asia"), and Antarctica.

    Returns
    -------
    Series of str, shape (n,)
        On the index of `codes`, named as the level. Missing where the code is missing.

    Raises
    ------
    ValueError
        If a code is none of ISO 3166-1 alpha-3.

    References
    ----------
    United Nations Statistics Division. Standard country or area codes for statistical use (M49).
    https://unstats.un.org/unsd/methodology/m49/

    Examples
    --------
    >>> codes = pd.Series(["KGZ", "KEN", "BOL", "SRB"])
    >>> world_regions(codes).tolist()
    ['Central Asia', 'Sub-Saharan Africa', 'Latin America and the Caribbean', 'Southern Europe']
    >>> world_regions(codes, "continent").tolist()
    ['Asia', 'Africa', 'Americas', 'Europe']
    """
    region_of = _region_of(known(level, LEVELS, "level"))
    for code in codes.dropna().unique():
        known(code, iso3_codes(), "country code")
    return codes.map(region_of).astype("str").rename(level)


@functools.cache
def _region_of(level: str) -> dict[str, str]:
    """Region of every code."""
    return {
        code: continent if level == "continent" else subregion
        for continent, subregions in SUBREGIONS.items()
        for subregion, listed in subregions.items()
        for code in listed.split()
    }
