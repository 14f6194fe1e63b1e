"""Country names and codes to ISO 3166-1 alpha-3, and the time zone of a country and of each row of a table."""

from __future__ import annotations

import difflib
import functools
import importlib.resources
import re
import unicodedata
import zoneinfo
from collections.abc import Iterable

import pandas as pd
import pycountry

from analysis.options import known

ISO3_PREFIX = r"^([A-Z]{3})-"  # of episodes, elections and events

# Names in daily use and in published data sets that ISO 3166 does not list, as `plain` writes them, and Kosovo's
# user-assigned code. Here are only names that mean one country whatever the date; the others are in `states`.
ALIASES = {
    "bahamas the": "BHS",
    "belarus byelorussia": "BLR",
    "bosnia": "BIH",
    "brunei": "BRN",
    "burkina faso upper volta": "BFA",
    "burma": "MMR",
    "byelorussia": "BLR",
    "cambodia kampuchea": "KHM",
    "cape verde": "CPV",
    "cen african rep": "CAF",
    "central african rep": "CAF",
    "ceylon": "LKA",
    "congo brazzaville": "COG",
    "congo brz": "COG",
    "congo democratic republic": "COD",
    "congo democratic republic of": "COD",
    "congo democratic republic of zaire": "COD",
    "congo kinshasa": "COD",
    "congo zaire": "COD",
    "czech rep": "CZE",
    "dahomey": "BEN",
    "dem rep congo": "COD",
    "democratic republic of congo": "COD",
    "democratic republic of the congo": "COD",
    "dominican rep": "DOM",
    "dr congo": "COD",
    "dr congo zaire": "COD",
    "drc": "COD",
    "east timor": "TLS",
    "falkland islands": "FLK",
    "frg": "DEU",
    "fyrom": "MKD",
    "gambia the": "GMB",
    "german federal republic": "DEU",
    "germany west": "DEU",
    "great britain": "GBR",
    "holy see": "VAT",
    "hong kong sar china": "HKG",
    "iran persia": "IRN",
    "italy sardinia": "ITA",
    "ivory coast": "CIV",
    "kampuchea": "KHM",
    "korea north": "PRK",
    "korea people s republic of": "PRK",
    "korea south": "KOR",
    "kosovo": "XKX",
    "luxemburg": "LUX",
    "macau": "MAC",
    "macedonia": "MKD",
    "macedonia former yugoslav republic of": "MKD",
    "madagascar malagasy": "MDG",
    "malagasy republic": "MDG",
    "micronesia": "FSM",
    "myanmar burma": "MMR",
    "new hebrides": "VUT",
    "north yemen": "YEM",
    "occupied palestinian territory": "PSE",
    "ottoman empire": "TUR",
    "palestine": "PSE",
    "palestinian territories": "PSE",
    "palestinian territory occupied": "PSE",
    "people s republic of the congo": "COG",
    "persia": "IRN",
    "republic of congo": "COG",
    "republic of vietnam": "VNM",
    "rhodesia": "ZWE",
    "rumania": "ROU",
    "russia": "RUS",
    "saint vincent": "VCT",
    "samoa western samoa": "WSM",
    "south vietnam": "VNM",
    "southern rhodesia": "ZWE",
    "sri lanka ceylon": "LKA",
    "sudan north": "SDN",
    "sudan north sudan": "SDN",
    "surinam": "SUR",
    "swaziland": "SWZ",
    "tajkistan": "TJK",
    "tanganyika": "TZA",
    "tanzania tanganyika": "TZA",
    "the bahamas": "BHS",
    "the former yugoslav republic of macedonia": "MKD",
    "the gambia": "GMB",
    "trinidad": "TTO",
    "turkey": "TUR",
    "turkey ottoman empire": "TUR",
    "uae": "ARE",
    "uk": "GBR",
    "ukg": "GBR",
    "united arab emirate": "ARE",
    "upper volta": "BFA",
    "vatican": "VAT",
    "vatican city": "VAT",
    "vietnam republic of": "VNM",
    "vietnam south": "VNM",
    "west bank and gaza": "PSE",
    "west bank and gaza strip": "PSE",
    "west germany": "DEU",
    "west germany frg": "DEU",
    "western samoa": "WSM",
    "xkx": "XKX",
    "yemen arab rep": "YEM",
    "yemen arab republic": "YEM",
    "yemen arab republic n yemen": "YEM",
    "yemen arab republic of yemen": "YEM",
    "yemen north": "YEM",
    "yemen north yemen": "YEM",
    "zaire": "COD",
    "zimbabwe rhodesia": "ZWE",
}


def iso3(country: str | Iterable[str]) -> list[str]:
    """
    Resolve country names or codes to ISO 3166-1 alpha-3.

    Parameters
    ----------
    country : str or iterable of str
        Names ("Kyrgyzstan", "Russia"), two- or three-letter codes or ISO numbers, in any case.

    Returns
    -------
    list of str
        One code per entry, in order.

    Raises
    ------
    ValueError
        If a name is unknown; the message suggests the nearest ones.

    Examples
    --------
    >>> iso3(["Kyrgyzstan", "by"])
    ['KGZ', 'BLR']
    >>> iso3("Kirgizstan")
    Traceback (most recent call last):
        ...
    ValueError: unknown country 'Kirgizstan'; did you mean Kyrgyzstan?
    """
    return [_one(str(name)) for name in ([country] if isinstance(country, str) else country)]


@functools.cache
def _one(name: str) -> str:
    if code := iso3_names().get(plain(name)):
        return code
    near = difflib.get_close_matches(plain(name), _spellings(), n=3, cutoff=0.75)
    hint = (
        f"did you mean {' or '.join(_spellings()[match] for match in near)}?"
        if near
        else "use an ISO 3166 name or code"
    )
    raise ValueError(f"unknown country {name!r}; {hint}")


def plain(name: str) -> str:
    """Write a name without case, accents and punctuation, with one blank between words."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z0-9]+", letters.casefold()))


@functools.cache
def iso3_names() -> dict[str, str]:
    """
    List every name and code that means one country whatever the date.

    Returns
    -------
    dict of str to str
        Name or code as `plain` writes it -> ISO 3166-1 alpha-3; common and official names, codes, numbers and the
        names of `ALIASES`, those with "Saint" also with "St", those with "and" also without it.
    """
    fields = ("name", "common_name", "official_name", "alpha_2", "alpha_3", "numeric")
    listed = [
        (plain(getattr(country, field)), country.alpha_3)
        for country in pycountry.countries
        for field in fields
        if hasattr(country, field)
    ]
    names = dict(listed) | ALIASES
    short = {re.sub(r"^saint ", "st ", name): code for name, code in names.items()} | names
    return {name.replace(" and ", " "): code for name, code in short.items()} | short


@functools.cache
def _spellings() -> dict[str, str]:
    """Known names as `plain` writes them, each with its proper spelling."""
    names = [getattr(c, "common_name", None) or c.name for c in pycountry.countries]
    return {name: name.title() for name in ALIASES if len(name) > 3} | {plain(name): name for name in names}


@functools.cache
def iso3_codes() -> list[str]:
    """List every ISO 3166-1 alpha-3 code, of today's and of former countries, and Kosovo's XKX."""
    listed = [country.alpha_3 for country in (*pycountry.countries, *pycountry.historic_countries)]
    return sorted({*listed, "XKX"})


def short_name(code: str) -> str:
    """
    Name a country as people commonly do.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    str
        The common name, else the short name of ISO 3166-1; the code itself if it is not known.

    Examples
    --------
    >>> short_name("LBN"), short_name("VEN"), short_name("XKX")
    ('Lebanon', 'Venezuela', 'XKX')
    """
    country = pycountry.countries.get(alpha_3=code)
    return code if country is None else str(getattr(country, "common_name", country.name)).split(",")[0]


def time_zone(code: str) -> str | None:
    """
    Name the time zone of a country, where it has exactly one in the tz database.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    str or None
        Such as "Asia/Bishkek"; None for an unknown code and for countries with several zones.

    Examples
    --------
    >>> time_zone("KGZ"), time_zone("RUS")
    ('Asia/Bishkek', None)
    """
    country = pycountry.countries.get(alpha_3=code)
    zones = _zones().get(country.alpha_2, []) if country else []
    return zones[0] if len(zones) == 1 else None


@functools.cache
def _zones() -> dict[str, list[str]]:
    """Zones of each two-letter country code, from the tz database's own table."""
    table = (importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            zones.setdefault(code, []).append(zone)
    return zones


def row_zones(text: pd.DataFrame, timezone: str | None = None) -> pd.Series:
    """
    Name the time zone of each row.

    Parameters
    ----------
    text : DataFrame
        With `country_iso3`, or an id that begins with the country code (`episode`, `election_id`, `event_id`).
    timezone : str, optional
        Zone of all rows, overriding the countries'.

    Returns
    -------
    Series of object
        Zone names; None where the country is not known or has several zones.
    """
    if timezone is not None:
        return pd.Series(timezone, index=text.index, dtype=object)
    code = pd.Series(None, index=text.index, dtype=object)
    for column in ("country_iso3", "episode", "election_id", "event_id"):
        if column in text and code.isna().any():
            pattern = "^([A-Z]{3})$" if column == "country_iso3" else ISO3_PREFIX
            values = pd.Series(text[column].unique(), dtype="str")
            found = dict(zip(values, values.str.extract(pattern)[0].astype(object), strict=True))
            code = code.where(code.notna(), text[column].map(found).astype(object))
    return code.map({one: time_zone(one) for one in code.dropna().unique()}).astype(object)


def known_zone(timezone: str | None) -> str | None:
    """Return the zone if the tz database has it; otherwise raise a ValueError that suggests the nearest."""
    return None if timezone is None else known(timezone, zoneinfo.available_timezones(), "timezone")


def local_zone(frame: pd.DataFrame, timezone: str | None = None) -> str:
    """Name the zone that all rows share, as `row_zones` finds it; UTC if they do not."""
    zones = row_zones(frame, timezone).unique()
    return zones[0] if len(zones) == 1 and isinstance(zones[0], str) else "UTC"
