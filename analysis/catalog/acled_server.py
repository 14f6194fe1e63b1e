"""
ACLED's server: an account there, and pages asked for one after another, counted, and held against what was asked.

Nothing shows the account's password or its token.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.catalog.entries import DatasetUnavailable
from analysis.catalog.pages import Pages, Row, checked_rows, objection, whole_number
from analysis.catalog.transport import (
    Bar,
    as_given,
    ask,
    asked,
    conceal,
    environment,
    host_of,
    persistently,
    read_object,
    token_of,
)
from analysis.told import said_count

BASE = "https://acleddata.com"
KEY = "event_id_cnty"


@dataclass
class Account:
    """An account's token, asked for when it is first needed."""

    base: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    token: str = field(repr=False)
    before: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def of_environment(cls, base: str) -> Account:
        """Read the account from the environment."""
        username, password = environment("ACLED_USERNAME"), environment("ACLED_PASSWORD")
        token = token_of("ACLED_TOKEN")
        if not token and not (username and password):
            raise DatasetUnavailable(
                "ACLED gives its data to registered users: set the environment variables ACLED_USERNAME and "
                "ACLED_PASSWORD (or ACLED_TOKEN). Accounts: https://acleddata.com/"
            )
        return cls(base, username, password, token)

    def headers(self) -> dict[str, str]:
        """Show the token."""
        if not self.token:
            self._sign_in()
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    def renew(self) -> bool:
        """Sign in again, if there is something to sign in with."""
        if self.username and self.password:
            self._sign_in()
            return True
        return False

    def concealed(self, text: str) -> str:
        """Blot out the account and every token there has been."""
        return conceal(text, {*self.before, self.token, self.password, self.username})

    def _sign_in(self) -> None:
        self.before.add(self.token)
        answer = persistently(self._asked_for_token)
        self.token = str(answer.get("access_token") or "")
        if not self.token:
            raise DatasetUnavailable(f"{host_of(self.base)} gave no token")

    def _asked_for_token(self) -> Mapping[str, Any]:
        address = f"{self.base}/oauth/token"
        form = {
            "grant_type": "password",
            "client_id": "acled",
            "scope": "authenticated",
            "username": self.username,
            "password": self.password,
        }
        headers = {"Accept": "application/json"}
        with asked("POST", address, headers, data=form, auth=as_given, allow_redirects=False) as response:
            if response.status_code in (400, 401, 403):
                raise DatasetUnavailable(
                    f"{host_of(address)} refused the account ({response.status_code}); check ACLED_USERNAME and "
                    "ACLED_PASSWORD"
                )
            if response.is_redirect:
                raise DatasetUnavailable(f"{host_of(address)} redirects the sign-in; the password is not sent there")
            return read_object(response, address)


@dataclass(frozen=True)
class Source:
    """What is asked of the server, and in whose name."""

    base: str
    filters: Mapping[str, str]
    limit: int
    account: Account

    def query(self, endpoint: str, filters: Mapping[str, str]) -> dict[str, Any]:
        """All that decides what the answer is; no credentials among it."""
        return {"address": f"{self.base}/api/{endpoint}/read", "filters": dict(filters), "limit": self.limit}

    def events(self, more: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Query for the events, or those of them that changed."""
        return self.query("acled", {**self.filters, **(more or {})})

    def rows(self, query: Mapping[str, Any], pages: Pages, shown: Bar) -> Iterator[Row]:
        """
        Give all rows, page by page, until the server's total is reached or, if it states none, a page comes empty.

        A short page is the last one: if another follows, the server cuts pages short, and rows may be missing.
        """
        got, short, total, address = 0, 0, None, query["address"]
        for number in itertools.count(1):
            answer = pages.get(number, functools.partial(self._page, query, number))
            rows = checked_rows(answer["data"], number, address)
            total = _total(answer, total, address)
            if short and rows:
                raise objection(
                    address,
                    f"page {short} held fewer rows than the {self.limit} asked for, yet page {number} follows: rows "
                    "between them may be missing; ask with a smaller limit=",
                )
            yield from rows
            got += len(rows)
            shown.begin(got, total)
            if not rows or got == total:
                break
            short = number if len(rows) < self.limit else 0
        if total not in (None, got):
            raise objection(address, f"the server counts {said_count(total, 'row')} but sent {got}")

    def _page(self, query: Mapping[str, Any], number: int) -> dict[str, Any]:
        """Ask for a page; it must say that it went well and hold as many rows as it says."""
        address = query["address"]
        params = {"_format": "json", **query["filters"], "limit": str(self.limit), "page": str(number)}
        answer = ask(address, params, self.account)
        if answer.get("success") is False or str(answer.get("status", 200)) != "200":
            said = self.account.concealed(str(answer.get("messages") or answer.get("error") or "it does not say why"))
            raise DatasetUnavailable(f"{host_of(address)} could not answer: {said[:300]}")
        if not isinstance(answer.get("data"), list):
            raise objection(address, f"page {number} holds no rows, not even none: `data` is missing")
        count, found = whole_number(answer.get("count", len(answer["data"])), "count", address), len(answer["data"])
        if count != found or found > self.limit:
            raise objection(
                address, f"page {number} is said to hold {count} rows, {self.limit} at most; it holds {found}"
            )
        return answer


def _total(answer: Mapping[str, Any], before: int | None, address: str) -> int | None:
    """Count of all rows, if the server states it; it must not change from page to page."""
    if answer.get("total_count") is None:
        return before
    total = whole_number(answer["total_count"], "total count", address)
    if before not in (None, total):
        raise objection(
            address, f"the server counted {said_count(before, 'row')}, then {total}: the data changed; try again"
        )
    return total


def as_asked(rows: Iterable[Row], filters: Mapping[str, str], address: str) -> Iterator[Row]:
    """Give the rows, all of which must be what was asked for: a server may pass over a filter it does not know."""
    countries = set(filters.get("country", "").casefold().split("|")) - {""}
    numbers = set(filters.get("iso", "").split("|")) - {""}
    first, last = _days(filters)
    for row in rows:
        if not row.get(KEY):
            raise objection(address, f"a row comes without {KEY}")
        wrong = [
            name
            for name, right in {
                "country": not countries or row.get("country", "").casefold() in countries,
                "iso": not numbers or row.get("iso") in numbers,
                "event_date": first <= row.get("event_date", "") <= last,
            }.items()
            if not right
        ]
        if wrong:
            raise objection(address, f"{row[KEY]} was not asked for: its {wrong[0]} is {row.get(wrong[0])!r}")
        yield row


def _days(filters: Mapping[str, str]) -> tuple[str, str]:
    """First and last day asked for, as text that sorts; a bound left open admits all."""
    days, where = filters.get("event_date", ""), filters.get("event_date_where")
    if where == "BETWEEN":
        return tuple(days.split("|"))  # type: ignore[return-value]
    return (days if where == ">=" else "", days if where == "<=" else "9999")


def restrictions_in(answer: Mapping[str, Any]) -> str:
    """Say what the server keeps from this account."""
    stated = answer.get("data_query_restrictions") or {}
    recency = stated.get("date_recency") if isinstance(stated, dict) else None
    if isinstance(recency, dict):
        return f"events at least {recency.get('quantity')} {recency.get('unit')} old, up to {recency.get('date')}"
    return json.dumps(stated, ensure_ascii=False) if stated else ""
