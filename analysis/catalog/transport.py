"""
Ask a server over HTTP: patient with faults that pass, bounded in size, and plain about faults that do not.

What is asked with credentials (`ask`) must be answered by a JSON object, and they never show.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import responses
from time import sleep
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from analysis.catalog.entries import DatasetUnavailable

if TYPE_CHECKING:
    import requests
    from rich.progress import Progress, TaskID

AGENT = "unrest-analysis"
TIMEOUT_S = 60
TRIES = 5
FIRST_WAIT_S = 1
LONGEST_WAIT_S = 300
PASSING_STATUS = (408, 429, 500, 502, 503, 504)
CHUNK = 1 << 16
LARGEST_RATIO = 200  # text compresses to a tenth; a bomb to a thousandth
HARMLESS_BYTES = 10_000_000  # below it no ratio is looked at
LARGEST_ANSWER_BYTES = 500_000_000
LONGEST_REDIRECTS = 3
REFUSALS = {
    401: "refused the credentials (401, the token has expired or is wrong)",
    403: "refused the credentials (403, this account may not read that)",
}

Result = TypeVar("Result")


class Passing(Exception):  # noqa: N818  not an error yet
    """A fault that may pass by itself: why, and how long the server asks to wait, if it does."""

    def __init__(self, reason: str, wait_s: float | None = None):
        super().__init__(reason)
        self.wait_s = wait_s


def persistently(attempt: Callable[[], Result]) -> Result:
    """Attempt until it succeeds, TRIES times at most, waiting as long as the server asks, else twice as long each."""
    for tries in range(TRIES):
        try:
            return attempt()
        except Passing as fault:
            wait_s = FIRST_WAIT_S * 2**tries if fault.wait_s is None else fault.wait_s
            if wait_s > LONGEST_WAIT_S:
                raise DatasetUnavailable(f"{fault} and asks to wait {wait_s:.0f} seconds; try again then") from None
            reason = str(fault)
        if tries < TRIES - 1:
            sleep(wait_s)
    raise DatasetUnavailable(f"{reason}, {TRIES} times")


@contextmanager
def asked(method: str, address: str, headers: dict[str, str], **options: Any) -> Iterator[requests.Response]:
    """Ask once; what goes wrong, then or while the answer is read, is said without the request in it."""
    import requests

    with (
        explained(address),
        requests.request(
            method, address, headers={"User-Agent": AGENT} | headers, stream=True, timeout=TIMEOUT_S, **options
        ) as response,
    ):
        yield response


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what requests raises into a reason, without the request in it; `Passing` if it may pass."""
    import requests

    host = host_of(address)
    try:
        yield
    except requests.Timeout:
        raise Passing(f"{host} did not answer within {TIMEOUT_S} seconds") from None
    except requests.exceptions.SSLError:
        raise DatasetUnavailable(f"{host} does not prove who it is (its certificate is refused)") from None
    except requests.ConnectionError as error:
        if _is(error, "NewConnectionError"):
            raise DatasetUnavailable(f"there is no connection to {host}") from None
        if _is(error, "ReadTimeoutError"):
            raise Passing(f"{host} did not answer within {TIMEOUT_S} seconds") from None
        raise Passing(f"the connection to {host} broke off") from None
    except requests.exceptions.ChunkedEncodingError:
        raise Passing(f"the connection to {host} broke off") from None
    except requests.exceptions.ContentDecodingError:
        raise Passing(f"{host} sent what cannot be unpacked") from None
    except requests.RequestException as error:
        raise DatasetUnavailable(f"{host} cannot be asked ({type(error).__name__})") from None


def _is(error: requests.ConnectionError, kind: str) -> bool:
    """Whether that error of urllib3, by its name, is behind what requests calls a connection error."""
    import urllib3.exceptions

    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), getattr(urllib3.exceptions, kind))


def accept_status(response: requests.Response, address: str) -> None:
    """Let a success through; a busy or broken server is `Passing`, any other refusal is final."""
    if response.status_code < 400:
        return
    reason = f"{host_of(address)} answered {response.status_code} {response.reason}"
    if response.status_code in PASSING_STATUS:
        raise Passing(reason, _retry_after_s(response))
    raise DatasetUnavailable(reason)


def _retry_after_s(response: requests.Response) -> float | None:
    """Seconds that the server asks to wait: it says either them or a moment."""
    said = response.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment - dt.datetime.now(moment.tzinfo)).total_seconds())


def chunks(response: requests.Response, address: str, largest_bytes: int, held_bytes: int = 0) -> Iterator[bytes]:
    """Give the content piece by piece; too much of it, or too much out of too little, is refused."""
    host, got = host_of(address), 0
    for chunk in response.iter_content(CHUNK):
        got += len(chunk)
        if held_bytes + got > largest_bytes:
            raise DatasetUnavailable(f"{host} sends more than the {largest_bytes:,} bytes there may be; stopped")
        if got > HARMLESS_BYTES and got > LARGEST_RATIO * response.raw.tell():
            raise DatasetUnavailable(f"{host} sends what unpacks to over {LARGEST_RATIO} times its size; stopped")
        yield chunk


def refuse_web_page(response: requests.Response, beginning: bytes, address: str) -> None:
    """Refuse HTML where data are due."""
    kind = response.headers.get("Content-Type", "").lower()
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if "text/html" in kind or start.startswith((b"<!doctype html", b"<html")):
        raise DatasetUnavailable(
            f"{host_of(address)} answered with a web page where data are due: a login, a notice, or a network that "
            "wants you to sign in. Look at the address in a browser"
        )


def host_of(address: str) -> str:
    """Host and port."""
    return urlsplit(address).netloc.rpartition("@")[2]


# Asking with credentials ----------------------------------------------------------------------------------------------


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


# How far it is --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A bar that can begin anew: what was got before may have to be got again."""

    progress: Progress
    task: TaskID

    def begin(self, done: int, total: int | None) -> None:
        """Show `done` of `total`, which may be unknown."""
        self.progress.update(self.task, completed=done, total=total)

    def add(self, done: int) -> None:
        """Show that much more."""
        self.progress.advance(self.task, done)


@contextmanager
def bar(title: str, unit: str) -> Iterator[Bar]:
    """Show how far a piece of work is, in bytes or in anything else."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    counted = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), counted, TextColumn(unit))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, progress.add_task(title, total=None))
