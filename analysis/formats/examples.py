"""
Invented rows in publishers' layouts, to try the package on before one's own file is at hand.

Nothing here happened. The places are called Exampleville, Sampleton and Mocktown; they are put into San Marino because
a country has to be one of ISO 3166. The rows follow from the few numbers in this file and are the same every time.
"""

from __future__ import annotations

import pandas as pd

from analysis.formats.gdelt import COLUMNS
from analysis.options import known
from analysis.reading.sources import Held

COUNTRY = "San Marino"
WEEKLY = {  # place: region, latitude, longitude, events in each of thirteen weeks from Monday 1 January 2024
    "Exampleville": ("Upper Example", "43.94", "12.45", (1, 0, 1, 2, 2, 5, 9, 6, 4, 2, 1, 1, 0)),
    "Sampleton": ("Lower Example", "43.91", "12.47", (0, 1, 0, 1, 1, 3, 4, 3, 1, 0, 1, 0, 0)),
    "Mocktown": ("Far Example", "43.97", "12.49", (0, 0, 0, 0, 0, 1, 2, 1, 1, 0, 0, 0, 1)),
}
KINDS = (("Protests", "Peaceful protest"), ("Protests", "Peaceful protest"), ("Riots", "Violent demonstration"))
CROWDS = ("around 200", "dozens", "no report", "several hundred", "no report")
TOLLS, EXPONENT = 120, 2.3  # events of the GED example, and the discrete power law whose quantiles their deaths are
TALK = ("010", "042", "020", "051", "043", "141", "112", "036", "173", "061")  # CAMEO codes: one protest, one arrest


def example(format: str, *, faulty: bool = False) -> Held:
    """
    Give an open file of invented rows as a publisher lays them out.

    Parameters
    ----------
    format : {"acled", "ucdp_ged", "gdelt"}
        Whose layout: ACLED as it exports CSV since 2023 (55 events, January to March 2024), UCDP GED (120 events, 2019
        and 2020), GDELT 2.0 without a header (60 events, February 2024).
    faulty : bool
        Add two rows as real files have them: one with a date that does not exist, one that repeats another event
        under an id of its own.

    Returns
    -------
    file
        To be read once, by any loader; its `name` says that it is an example.

    Raises
    ------
    ValueError
        If there is no example of that format.

    Examples
    --------
    >>> from analysis import load_events
    >>> load_events(example("acled"))["location"].unique().tolist()
    ['Exampleville', 'Sampleton', 'Mocktown']
    """
    make, key, date, impossible = EXAMPLES[known(format, EXAMPLES, "example")]
    rows = make()
    if faulty:
        wrong, again = rows.iloc[[9]].assign(**{date: impossible}), rows.iloc[[20]]
        added = pd.concat([wrong, again])
        rows = pd.concat([rows, added.assign(**{key: [f"{first}9" for first in added[key]]})])
    separator, header = ("\t", False) if format == "gdelt" else (",", True)
    text = rows.to_csv(index=False, sep=separator, header=header, lineterminator="\n")
    return Held(f"{format}_example.csv", text.encode())


def _acled() -> pd.DataFrame:
    """Make a wave of protest: 55 events in three places, with and without an answer by the police."""
    rows: list[dict[str, str]] = []
    for place, (region, latitude, longitude, weeks) in WEEKLY.items():
        for week, number in enumerate(weeks):
            for turn in range(number):
                day = pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=week, days=3 * turn % 7)
                kind, sub_kind = KINDS[turn % 3]
                rows.append(
                    {
                        "event_id_cnty": f"SMR{len(rows) + 1}",
                        "event_date": f"{day:%d %B %Y}",
                        "year": "2024",
                        "time_precision": "1",
                        "disorder_type": "Demonstrations",
                        "event_type": kind,
                        "sub_event_type": sub_kind,
                        "actor1": f"{'Rioters' if kind == 'Riots' else 'Protesters'} ({COUNTRY})",
                        "actor2": "Police Forces (invented)" if turn % 2 else "",
                        "iso": "674",
                        "country": COUNTRY,
                        "admin1": region,
                        "location": place,
                        "latitude": latitude,
                        "longitude": longitude,
                        "geo_precision": "1",
                        "source": "Invented Herald",
                        "notes": "Invented: nothing of this happened.",
                        "fatalities": "1" if turn == 5 else "0",
                        "tags": f"crowd size={CROWDS[len(rows) % len(CROWDS)]}",
                    }
                )
    return pd.DataFrame(rows)


def _ged() -> pd.DataFrame:
    """Make clashes with deaths that thin out as a power law does, and four months without any in their middle."""
    from scipy.stats import zipf  # slow to import, and every look for a format imports this module

    number = pd.Series(range(TOLLS))
    first, second = pd.Timestamp("2019-01-01"), pd.Timestamp("2019-11-01")
    days = (first + pd.to_timedelta(3 * number, unit="D")).where(
        number < TOLLS // 2, second + pd.to_timedelta(7 * (number - TOLLS // 2), unit="D")
    )
    quantile = (37 * number % TOLLS + 0.5) / TOLLS  # 37 has no divisor in common with 120, so each is there once
    best = pd.Series(zipf.ppf(quantile, EXPONENT)).astype("int64")
    return pd.DataFrame(
        {
            "id": 1000 + number,
            "type_of_violence": 1,
            "side_a": "Government of Example",
            "side_b": "Sample Front",
            "where_prec": 2,
            "where_coordinates": pd.Series(list(WEEKLY)).reindex(number % 3).to_list(),
            "adm_1": pd.Series([region for region, *_ in WEEKLY.values()]).reindex(number % 3).to_list(),
            "latitude": 43.94,
            "longitude": 12.45,
            "country": COUNTRY,
            "country_id": 331,
            "date_prec": 1,
            "date_start": days.dt.strftime("%Y-%m-%d"),
            "date_end": days.dt.strftime("%Y-%m-%d"),
            "best": best,
            "high": best + best // 2 + number % 2,
            "low": best - best // 4,
        }
    ).astype("str")


def _gdelt() -> pd.DataFrame:
    """Make sixty rows of which six are protests; two are dated a year before the day they were added."""
    number = pd.Series(range(60))
    added = pd.Timestamp("2024-02-01") + pd.to_timedelta(number // 3, unit="D")
    told = added.where(number % 30 != 7, added - pd.DateOffset(years=1))
    code = number.map(lambda place: TALK[place % len(TALK)])
    filled = {
        "GLOBALEVENTID": 900_000 + number,
        "SQLDATE": told.dt.strftime("%Y%m%d"),
        "MonthYear": told.dt.strftime("%Y%m"),
        "Year": told.dt.year,
        "FractionDate": told.dt.year,
        "Actor1Name": "EXAMPLEVILLE",
        "Actor1Code": "SMR",
        "IsRootEvent": 1,
        "EventCode": code,
        "EventBaseCode": code,
        "EventRootCode": code.str[:2],
        "NumMentions": 4,
        "ActionGeo_Type": 4,
        "ActionGeo_FullName": "Exampleville, San Marino",
        "ActionGeo_CountryCode": "SM",
        "ActionGeo_ADM1Code": "SM00",
        "ActionGeo_Lat": 43.94,
        "ActionGeo_Long": 12.45,
        "DATEADDED": added.dt.strftime("%Y%m%d") + "120000",
        "SOURCEURL": "https://example.org/invented",
    }
    return pd.DataFrame({name: filled.get(name, "") for name in COLUMNS}, index=number).astype("str")


EXAMPLES = {  # format: its rows, their id, their date, and a date that does not exist as it would write it
    "acled": (_acled, "event_id_cnty", "event_date", "2024-02-30"),
    "ucdp_ged": (_ged, "id", "date_start", "2019-02-30"),
    "gdelt": (_gdelt, "GLOBALEVENTID", "SQLDATE", "20240230"),
}
