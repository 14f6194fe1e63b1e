"""ACLED, by its interface: a token for an account, events by page, and changes and deletions since the last time."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from analysis.catalog.acled_server import BASE, KEY, Account, Source, as_asked, restrictions_in
from analysis.catalog.files import cache
from analysis.catalog.pages import (
    Fetched,
    Pages,
    Row,
    check_period,
    file_stem,
    note_of,
    objection,
    pages_of,
    put_in_place,
    whole_number,
    without_repeats,
    write_rows,
)
from analysis.catalog.transport import bar
from analysis.columns import DataError, problem

CHANGED = "timestamp"
REMOVED = "deleted_timestamp"


def acled(
    *,
    country: str | Sequence[str] | None = None,
    iso: int | Sequence[int] | None = None,
    start: str | None = None,
    end: str | None = None,
    output: str | Path | None = None,
    update: str | Path | None = None,
    limit: int = 5000,
    base: str = BASE,
) -> Fetched:
    """
    Fetch ACLED's events of some countries and days, or bring a file of them up to date.

    Parameters
    ----------
    country : str or sequence of str, optional
        Countries as ACLED names them, such as "Kyrgyzstan"; default: all.
    iso : int or sequence of int, optional
        Countries by ISO 3166 number, such as 417.
    start, end : str, optional
        First and last day of the events, YYYY-MM-DD, both included.
    output : path, optional
        CSV file to write; default: one in the cache, named after what is asked.
    update : path, optional
        File to bring up to date: rows that ACLED has added or changed since come in by `event_id_cnty`, deleted ones
        go. What was asked the first time is asked again, as noted in `<file>.json`; for a file without that note (one
        downloaded by hand), say which countries and days it covers.
    limit : int
        Rows per page.
    base : str
        Address of the server.

    Returns
    -------
    Fetched
        Where the file is and how many rows came, changed and went; CSV, UTF-8, ACLED's own columns.

    Raises
    ------
    DatasetUnavailable
        Without credentials, or if the server cannot be reached or refuses. Pages that came are kept for a day; the
        same call goes on after them.
    DataError
        If the answer is empty, a page is cut short, a count differs from the server's, an event comes twice, or rows
        come that were not asked for. Nothing is written then.
    ValueError
        If days are not YYYY-MM-DD or the wrong way round.

    Notes
    -----
    The account is read from the environment variables ACLED_USERNAME (its e-mail address) and ACLED_PASSWORD, or a
    token from ACLED_TOKEN; neither is printed, logged or written. A token is renewed once when the server refuses it.
    Endpoints and fields follow ACLED's documentation of its interface (https://acleddata.com/api-documentation/,
    2025): `oauth/token`, `api/acled/read` and `api/deleted/read`. Some accounts may only read events that are a year
    old or more: what the server says of that is in `restrictions`. An event that ACLED moves out of the countries or
    days asked for, without deleting it, is not reported by its server and stays in an updated file; fetch anew now and
    then.

    Examples
    --------
    >>> from analysis import catalog
    >>> catalog.acled(country="Kyrgyzstan", start="2020-10-31", end="2020-10-01")
    Traceback (most recent call last):
        ...
    ValueError: start 2020-10-31 is after end 2020-10-01
    """
    filters = _filters(country, iso, start, end)
    if limit < 1:
        raise ValueError(f"limit must be 1 row or more, not {limit}")
    account = Account.of_environment(base)
    if update is None:
        place = Path(output) if output else cache() / "acled" / _name(filters)
        return _first_time(Source(base, filters, limit, account), place)
    held = Path(update)
    if not held.is_file():
        raise ValueError(f"there is no file {held} to update; leave out update= to fetch it")
    return _update(Source(base, _noted(held, filters), limit, account), held, Path(output or held))


def _filters(
    country: str | Sequence[str] | None, iso: int | Sequence[int] | None, start: str | None, end: str | None
) -> dict[str, str]:
    """Put what to ask for in the server's words."""
    check_period(start, end)
    countries = [country] if isinstance(country, str) else country or []
    numbers = [iso] if isinstance(iso, int) else iso or []
    filters = {"country": "|".join(countries), "iso": "|".join(map(str, numbers))}
    if start or end:
        filters["event_date"] = "|".join(filter(None, (start, end)))
        filters["event_date_where"] = "BETWEEN" if start and end else ">=" if start else "<="
    return {name: value for name, value in filters.items() if value}


def _name(filters: Mapping[str, str]) -> str:
    """Name a file after what is asked."""
    parts = [filters.get(name, "") for name in ("country", "iso", "event_date_where", "event_date")]
    words = "_".join(filter(None, parts)).replace("BETWEEN_", "").replace(">=", "from").replace("<=", "to")
    return f"{file_stem(f'acled_{words}' if words else 'acled_all')}.csv"


def _noted(held: Path, filters: dict[str, str]) -> dict[str, str]:
    """Read what was asked when the file was made; what is asked now must be the same."""
    try:
        noted = dict(json.loads(note_of(held).read_text(encoding="utf-8"))["query"]["filters"])
    except (OSError, ValueError, KeyError, TypeError):
        if filters:
            return filters
        raise ValueError(
            f"{note_of(held)} does not say what {held.name} holds; give the countries and days it was fetched with"
        ) from None
    if filters and filters != noted:
        raise ValueError(f"{held} was fetched with {noted}, not {filters}; leave the filters out to update it")
    return noted


# The whole, and what changed ------------------------------------------------------------------------------------------


def _first_time(source: Source, output: Path) -> Fetched:
    query = source.events()
    with pages_of(output, query) as pages, bar("ACLED", "events") as shown:
        rows = as_asked(source.rows(query, pages, shown), source.filters, query["address"])
        first = next(rows, None)
        restrictions = restrictions_in(pages.get(1, dict))
        if first is None:
            also = f"; the server restricts this account: {restrictions}" if restrictions else ""
            raise objection(query["address"], f"there are no events for {dict(source.filters) or 'this query'}{also}")
        once = without_repeats(itertools.chain([first], rows), itemgetter(KEY), query["address"])
        built = pages.folder / "complete.csv"
        written = write_rows(built, once, list(first), query["address"])
        put_in_place(built, output, query, written)
    return Fetched(output, written, added=written, changed=0, removed=0, restrictions=restrictions)


def _update(source: Source, held: Path, output: Path) -> Fetched:
    since, newest = _newest(held)
    changes = source.events({CHANGED: str(since), f"{CHANGED}_where": ">="})
    deletions = source.query("deleted", {REMOVED: str(since), f"{REMOVED}_where": ">="})
    with pages_of(output, {"changes": changes, "deletions": deletions}) as pages, bar("ACLED", "changes") as shown:
        kept = Pages(pages.folder / "changes")
        rows = as_asked(source.rows(changes, kept, shown), source.filters, changes["address"])
        new = {row[KEY]: row for row in without_repeats(rows, itemgetter(KEY), changes["address"])}
        gone = _gone(source.rows(deletions, Pages(pages.folder / "deletions"), shown), new, deletions["address"])
        if not new and not newest <= gone:
            raise objection(
                changes["address"],
                f"the answer is empty, though at least {min(newest - gone)} of {held} was changed at {since}; "
                "nothing was changed",
            )
        touched = {row[KEY]: row for row in _rows(held) if row[KEY] in new or row[KEY] in gone}
        _same_columns(held, new, changes["address"])
        built = pages.folder / "complete.csv"
        written = write_rows(built, _merged(held, new, gone), _columns(held), changes["address"])
        put_in_place(built, output, source.events(), written)
        restrictions = restrictions_in(kept.get(1, dict))
    there = new.keys() - gone
    return Fetched(
        output,
        written,
        added=len(there - touched.keys()),
        changed=sum(new[name] != touched[name] for name in there & touched.keys()),
        removed=len(gone & touched.keys()),
        restrictions=restrictions,
    )


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def _rows(path: Path) -> Iterator[Row]:
    """Give the rows of a file; each must have as many cells as there are columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            if None in row or None in row.values():
                raise DataError(problem(str(path), "as many cells in each row as in the header", reader.line_num))
            yield row


def _newest(held: Path) -> tuple[int, set[str]]:
    """When the file was last changed by ACLED, and which events then."""
    if not {KEY, CHANGED} <= set(_columns(held)):
        raise DataError(problem(str(held), f"ACLED's columns {KEY} and {CHANGED}; without them it cannot be updated"))
    moments = {}
    for line, row in enumerate(_rows(held), 2):
        if not row[CHANGED].isdecimal():
            demand = "seconds since 1970, as ACLED writes them"
            raise DataError(problem(str(held), demand, line, CHANGED, row[CHANGED]))
        moments[row[KEY]] = int(row[CHANGED])
    if not moments:
        raise DataError(problem(str(held), "rows; there are none to update, so fetch it anew"))
    since = max(moments.values())
    return since, {name for name, moment in moments.items() if moment == since}


def _gone(rows: Iterable[Row], new: Mapping[str, Row], address: str) -> set[str]:
    """Events that were deleted, and not put in again since."""
    gone = set()
    for row in rows:
        name, when = row.get(KEY, ""), whole_number(row.get(REMOVED), REMOVED, address)
        if name not in new or when >= whole_number(new[name].get(CHANGED), CHANGED, address):
            gone.add(name)
    return gone


def _same_columns(held: Path, new: Mapping[str, Row], address: str) -> None:
    columns = set(_columns(held))
    if odd := next((row.keys() ^ columns for row in new.values() if row.keys() != columns), None):
        raise objection(
            address,
            f"the columns are no longer those of {held}; they differ in {', '.join(sorted(odd))}. Fetch it anew",
        )


def _merged(held: Path, new: Mapping[str, Row], gone: set[str]) -> Iterator[Row]:
    """Give the rows of the file, changed ones in their place, deleted ones left out, new ones at the end."""
    passed = set(gone)
    for row in _rows(held):
        passed.add(row[KEY])
        if row[KEY] not in gone:
            yield new.get(row[KEY], row)
    yield from (row for name, row in new.items() if name not in passed)
