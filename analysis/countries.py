"""Country names and codes to ISO 3166-1 alpha-3, and the time zone of a country and of each row of a table."""

from __future__ import annotations

import difflib
import functools
import importlib.resources
import unicodedata
import zoneinfo
from collections.abc import Iterable

import pandas as pd
import pycountry

from analysis.options import known

ISO3_PREFIX = r"^([A-Z]{3})-"  # of episodes, elections and events

# Names in daily use that ISO 3166 does not list, and Kosovo's user-assigned code.
ALIASES = {
    "burma": "MMR",
    "cape verde": "CPV",
    "cote d'ivoire": "CIV",
    "czech republic": "CZE",
    "democratic republic of the congo": "COD",
    "dr congo": "COD",
    "east timor": "TLS",
    "ivory coast": "CIV",
    "kosovo": "XKX",
    "macedonia": "MKD",
    "palestine": "PSE",
    "republic of the congo": "COG",
    "russia": "RUS",
    "swaziland": "SWZ",
    "turkey": "TUR",
    "xkx": "XKX",
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
    if alias := ALIASES.get(name.strip().casefold()):
        return alias
    try:
        return str(pycountry.countries.lookup(name.strip()).alpha_3)
    except LookupError:
        near = difflib.get_close_matches(_plain(name), _names(), n=3, cutoff=0.75)
        hint = (
            f"did you mean {' or '.join(_names()[match] for match in near)}?"
            if near
            else "use an ISO 3166 name or code"
        )
        raise ValueError(f"unknown country {name!r}; {hint}") from None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip().casefold()


@functools.cache
def _names() -> dict[str, str]:
    """Known names without accents and in lower case, each with its proper spelling."""
    names = [getattr(c, "common_name", None) or c.name for c in pycountry.countries]
    names += [alias.title() for alias in ALIASES if len(alias) > 3]
    return {_plain(name): name for name in names}


@functools.cache
def iso3_codes() -> list[str]:
    """List every ISO 3166-1 alpha-3 code, of today's and of former countries, and Kosovo's XKX."""
    listed = [country.alpha_3 for country in (*pycountry.countries, *pycountry.historic_countries)]
    return sorted({*listed, "XKX"})


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
