"""What all tables share: how one is declared, and the columns that several have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandera.pandas as pa

from analysis.columns import column, flag, ordered, text
from analysis.countries import iso3_codes

ACLED = "ACLED Codebook (2023), event and sub-event types"
ISO_3166_1 = "ISO 3166-1 alpha-3"
ISO_3166_2 = "ISO 3166-2; a bare country code such as KG or BY is the whole country, ABROAD is out-of-country voting"
OWN = "this project"


@dataclass(frozen=True)
class Table:
    """
    One table of the dictionary.

    Attributes
    ----------
    name, title, description : str
        File stem under `data/`, one line for people, and what one row is.
    key : tuple of str
        Columns that together identify a row; rows are sorted by them.
    model : pandera.DataFrameSchema
        Types, vocabularies and checks. Each column's `metadata` holds kind, unit, rule, vocabulary, references.
    bundled : bool
        Whether the package ships its rows; if not, they are fetched from their publisher or the user's own.

    Examples
    --------
    >>> from analysis.schema import TABLES
    >>> TABLES["events"].required
    ['event_id', 'date', 'event_type']
    """

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    model: pa.DataFrameSchema
    bundled: bool = True

    @property
    def columns(self) -> dict[str, pa.Column]:
        """Column definitions in file order."""
        return dict(self.model.columns)

    @property
    def required(self) -> list[str]:
        """Columns a file must have; all others are filled with missing values when absent."""
        return [name for name, column in self.model.columns.items() if column.required]


def precision(of: str) -> pa.Column:
    """Declare how exactly a moment is known; filled on loading."""
    return text(
        f"How exactly `{of}` is known.",
        allowed=["day", "minute", "bound"],
        rule=f"Filled on loading. day: `{of}` is a date, read as the end of that day; bound: the latest it can be.",
        vocabulary=OWN,
    )


COUNTRY_ISO3 = text(
    "Country code.", among=iso3_codes(), said="an ISO 3166-1 alpha-3 code, such as KGZ", vocabulary=ISO_3166_1
)
COUNTRY = text("Country name.", vocabulary="ISO 3166-1 short names, as commonly used")
REGION = text(
    "Code of the first-level region.",
    pattern="[A-Z]{2}(-[A-Z0-9]{1,3})?|ABROAD",
    form="KG-GB, KG or ABROAD",
    vocabulary=ISO_3166_2,
)
REGION_NAME = text("Name of that region.")
LEVEL = text("What the row counts.", allowed=["national", "region", "abroad"], vocabulary=OWN)
SOURCE_IDS = column("ids", "Sources of the row, joined with ';'.", references="sources.source_id")
ELECTION_ID = text("Election or referendum.", need="key", references="elections.election_id")
RECONSTRUCTED = flag("1 where the number was recovered from published ratios, not published itself.", need="key")


def table(
    name: str,
    title: str,
    description: str,
    key: str,
    columns: dict[str, pa.Column],
    *,
    checks: Sequence[pa.Check] = (),
    bundled: bool = True,
) -> Table:
    """Declare a table; `key` names its columns with blanks between, `checks` are demands beyond low <= best <= high."""
    keys = tuple(key.split())
    every = [*ordered(columns), *checks]
    model = pa.DataFrameSchema(columns, checks=every, unique=list(keys), report_duplicates="exclude_first", name=name)
    return Table(name, title, description, keys, model, bundled)
