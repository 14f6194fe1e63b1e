"""Ask a publisher's interface (API) with credentials: what it answers must be a JSON object, and they never show."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from http.client import responses
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from analysis.catalog.entries import DatasetUnavailable
from analysis.catalog.transport import (
    PASSING_STATUS,
    Passing,
    accept_status,
    asked,
    chunks,
    host_of,
    persistently,
    refuse_web_page,
)

if TYPE_CHECKING:
    import requests

LARGEST_ANSWER_BYTES = 500_000_000
LONGEST_REDIRECTS = 3
REFUSALS = {
    401: "refused the credentials (401, the token has expired or is wrong)",
    403: "refused the credentials (403, this account may not read that)",
}


class Access(Protocol):
    """Credentials of one publisher."""

    def headers(self) -> dict[str, str]:
        """Headers that show them to the server."""

    def renew(self) -> bool:
        """Get new ones after a refusal; whether there are any."""

    def concealed(self, text: str) -> str:
        """Give the text without them, should the server have repeated them."""


def environment(name: str) -> str:
    """Read a variable of the environment, without the space around it; "" if it is not set."""
    return os.environ.get(name, "").strip()


def token_of(name: str) -> str:
    """Read a token from the environment; what cannot stand in a header is none."""
    token = environment(name)
    if not (token.isascii() and token.isprintable()):
        raise DatasetUnavailable(f"the environment variable {name} holds signs that no token has; copy it again")
    return token


def conceal(text: str, secrets: Iterable[str]) -> str:
    """Blot out every secret in the text, also as it would stand in an address."""
    forms = {form(secret) for secret in secrets if secret for form in (str, quote, quote_plus)}
    for secret in sorted(forms, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def check_period(start: str | None, end: str | None) -> None:
    """Refuse days that are none, and a period that ends before it begins."""
    for day in filter(None, (start, end)):
        try:
            right = dt.date.fromisoformat(day).isoformat() == day
        except ValueError:
            right = False
        if not right:
            raise ValueError(f"{day!r} is not a day; expected YYYY-MM-DD")
    if start and end and start > end:
        raise ValueError(f"start {start} is after end {end}")


# One question ---------------------------------------------------------------------------------------------------------


def ask(address: str, params: Mapping[str, str], access: Access) -> dict[str, Any]:
    """
    Ask for one JSON object, patiently; renew the credentials once if they are refused.

    Numbers come as the text that the server wrote, so that nothing is lost by reading and writing them.
    """
    try:
        return persistently(lambda: _asked(address, params, access))
    except DatasetUnavailable as error:
        reason = access.concealed(str(error))
    raise DatasetUnavailable(reason)  # not inside `except`: the error must not lead back to the request and its headers


def _asked(address: str, params: Mapping[str, str], access: Access) -> dict[str, Any]:
    status, answer = _answer(address, params, access)
    if status == 401 and access.renew():
        status, answer = _answer(address, params, access)
    if status >= 400:
        said = f": {_message(answer)}" if _message(answer) else ""
        raise DatasetUnavailable(f"{host_of(address)} {REFUSALS.get(status) or _plainly(status)}{said}")
    return answer


def _plainly(status: int) -> str:
    return f"answered {status} {responses.get(status, '')}".rstrip()


def _answer(address: str, params: Mapping[str, str], access: Access) -> tuple[int, dict[str, Any]]:
    """Ask once, following redirects within the same server only: a token is for nobody else."""
    place, query = address, dict(params)
    for _ in range(LONGEST_REDIRECTS):
        with asked("GET", place, access.headers(), params=query, auth=as_given, allow_redirects=False) as response:
            if not response.is_redirect:
                refused = 400 <= response.status_code < 500 and response.status_code not in PASSING_STATUS
                return response.status_code, _refusal(response, place) if refused else read_object(response, place)
            place, query = _elsewhere(response, place), {}
    raise DatasetUnavailable(f"{host_of(address)} redirects in a circle")


def as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep the headers as given: without it, requests would put a password of ~/.netrc in their place."""
    return request


def _elsewhere(response: requests.Response, place: str) -> str:
    target = urljoin(place, response.headers["Location"])
    if urlsplit(target)[:2] != urlsplit(place)[:2]:
        raise DatasetUnavailable(
            f"{host_of(place)} redirects to {host_of(target)}; the credentials are not for there, so it is not asked"
        )
    return target


def read_object(response: requests.Response, address: str) -> dict[str, Any]:
    """Read a successful answer, which must be a JSON object."""
    accept_status(response, address)
    content = b"".join(chunks(response, address, LARGEST_ANSWER_BYTES))
    refuse_web_page(response, content, address)
    try:
        found = json.loads(content, parse_int=str, parse_float=str)
    except ValueError:
        raise Passing(f"{host_of(address)} sent half an answer, or none in JSON") from None
    if not isinstance(found, dict):
        raise DatasetUnavailable(f"{host_of(address)} answered with a JSON {type(found).__name__}, not an object")
    return found


def _refusal(response: requests.Response, address: str) -> dict[str, Any]:
    """Read what a refusal says of itself, if it says anything that can be read."""
    try:
        found = json.loads(b"".join(chunks(response, address, LARGEST_ANSWER_BYTES)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(answer: Mapping[str, Any]) -> str:
    said = [answer.get(name) for name in ("error_description", "message", "messages", "error")]
    return next((str(text)[:200] for text in said if text), "")
