"""UCDP, by its interface: any table of any version, by page, with a token."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from analysis.catalog.entries import DatasetUnavailable
from analysis.catalog.files import cache
from analysis.catalog.pages import (
    Fetched,
    Pages,
    Row,
    check_period,
    checked_rows,
    file_stem,
    objection,
    pages_of,
    put_in_place,
    whole_number,
    without_repeats,
    write_rows,
)
from analysis.catalog.transport import Bar, ask, bar, conceal, token_of
from analysis.options import known
from analysis.told import said_count

BASE = "https://ucdpapi.pcr.uu.se"
RESOURCES = ("gedevents", "ucdpprioconflict", "dyadic", "nonstate", "onesided", "battledeaths")
LARGEST_PAGE = 1000


def ucdp(
    resource: str = "gedevents",
    version: str = "26.1",
    *,
    country: int | str | Sequence[int | str] | None = None,
    start: str | None = None,
    end: str | None = None,
    output: str | Path | None = None,
    pagesize: int = LARGEST_PAGE,
    base: str = BASE,
) -> Fetched:
    """
    Fetch a table of UCDP.

    Parameters
    ----------
    resource : {"gedevents", "ucdpprioconflict", "dyadic", "nonstate", "onesided", "battledeaths"}
        Table.
    version : str
        Yearly release, such as "26.1", or a candidate release of gedevents, such as "26.0.8".
    country : int, or text of digits, or sequence of them, optional
        Countries by Gleditsch and Ward number, such as 703 for Kyrgyzstan; default: all.
    start, end : str, optional
        First and last day, YYYY-MM-DD; of gedevents.
    output : path, optional
        CSV file to write; default: one in the cache, named after what is asked.
    pagesize : int
        Rows per page, 1000 at most. A day's quota is 5000 requests.
    base : str
        Address of the server.

    Returns
    -------
    Fetched
        Where the file is and how many rows it has; CSV, UTF-8, UCDP's own columns.

    Raises
    ------
    DatasetUnavailable
        Without a token, or if the server cannot be reached or refuses. Pages that came are kept for a day; the same
        call goes on after them.
    DataError
        If the answer is empty, the counts differ from the server's, or a row comes twice. Nothing is written then.
    ValueError
        If there is no such table, or a version or day is of another form.

    Notes
    -----
    The token is read from the environment variable UCDP_TOKEN; it is not printed, logged or written. Header and fields
    follow UCDP's documentation (https://ucdp.uu.se/apidocs/, 2026). Which page is next is read from the server's link
    to it; the link itself is not followed, so that the token goes to no other server.

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.ucdp("events")
    Traceback (most recent call last):
        ...
    ValueError: unknown table of UCDP 'events'; did you mean gedevents?
    """
    known(resource, RESOURCES, "table of UCDP")
    if not re.fullmatch(r"\d+(\.\d+)+", version):
        raise ValueError(f"{version!r} is not a version of UCDP's data; expected one such as '26.1' or '26.0.8'")
    if not 1 <= pagesize <= LARGEST_PAGE:
        raise ValueError(f"pagesize must be 1 to {LARGEST_PAGE} rows, not {pagesize}")
    check_period(start, end)
    token = _Token(token_of("UCDP_TOKEN"))
    filters = {"Country": ",".join(_numbers(country)), "StartDate": start or "", "EndDate": end or ""}
    query = {
        "address": f"{base}/api/{resource}/{version}",
        "filters": {name: value for name, value in filters.items() if value},
        "pagesize": pagesize,
    }
    words = "_".join(filter(None, (resource, version, *filters.values())))
    place = Path(output) if output else cache() / "ucdp" / f"{file_stem(words)}.csv"
    return _fetched(query, token, place)


def _numbers(country: int | str | Sequence[int | str] | None) -> list[str]:
    numbers = [str(number) for number in ([country] if isinstance(country, int | str) else country or [])]
    if names := [number for number in numbers if not number.isdecimal()]:
        raise ValueError(f"{names[0]!r} is not a country by number; UCDP counts as Gleditsch and Ward do, such as 703")
    return numbers


@dataclass(frozen=True)
class _Token:
    """A token that nothing shows; it is not renewed."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.token:
            raise DatasetUnavailable(
                "UCDP's interface wants a token: ask for one at https://ucdp.uu.se/apidocs/ and set the environment "
                "variable UCDP_TOKEN. The yearly releases need none: catalog.fetch('ucdp_ged_26_1')"
            )

    def headers(self) -> dict[str, str]:
        """Show the token."""
        return {"x-ucdp-access-token": self.token, "Accept": "application/json"}

    def renew(self) -> bool:
        """There is no other."""
        return False

    def concealed(self, text: str) -> str:
        """Blot out the token."""
        return conceal(text, [self.token])


def _fetched(query: Mapping[str, Any], token: _Token, output: Path) -> Fetched:
    address = query["address"]
    with pages_of(output, query) as pages, bar("UCDP", "rows") as shown:
        rows = _rows(query, token, pages, shown)
        first = next(rows)
        once = without_repeats(itertools.chain([first], rows), _identity, address)
        built = pages.folder / "complete.csv"
        written = write_rows(built, once, list(first), address)
        put_in_place(built, output, query, written)
    return Fetched(output, written, added=written, changed=0, removed=0)


def _rows(query: Mapping[str, Any], token: _Token, pages: Pages, shown: Bar) -> Iterator[Row]:
    """Give all rows, page by page, and compare how many came with what the server counts."""
    address, got, page, turned = query["address"], 0, None, set[str]()
    for number in itertools.count(1):
        answer = pages.get(number, functools.partial(_page, query, token, page))
        rows = checked_rows(answer.get("Result"), number, address)
        total = whole_number(answer.get("TotalCount"), "TotalCount", address)
        if not rows:
            raise objection(address, f"page {number} is empty, of {said_count(total, 'row')} that the server counts")
        yield from rows
        got += len(rows)
        shown.begin(got, total)
        page = _next_page(answer, address)
        if page is None:
            break
        if page in turned:
            raise objection(address, f"page {number} leads back to page {page}")
        turned.add(page)
    stated = whole_number(answer.get("TotalPages"), "TotalPages", address)
    if (got, number) != (total, stated):
        raise objection(
            address, f"the server counts {said_count(total, 'row')} on {stated} pages; it sent {got} on {number}"
        )


def _page(query: Mapping[str, Any], token: _Token, page: str | None) -> dict[str, Any]:
    params = {**query["filters"], "pagesize": str(query["pagesize"])}
    return ask(query["address"], params if page is None else params | {"page": page}, token)


def _next_page(answer: Mapping[str, Any], address: str) -> str | None:
    """Read the number of the next page from the link to it; None on the last page."""
    link = answer.get("NextPageUrl")
    if not link:
        return None
    values = {name.lower(): found for name, found in parse_qs(urlsplit(str(link)).query).items()}
    if "page" not in values:
        raise objection(address, "the link to the next page names no page")
    return values["page"][0]


def _identity(row: Row) -> str | tuple[str, ...]:
    return row.get("id") or tuple(row.values())
