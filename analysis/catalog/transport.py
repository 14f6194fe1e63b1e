"""One request over HTTP: patient with faults that pass, bounded in size, and plain about faults that do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from analysis.catalog.entries import DatasetUnavailable

if TYPE_CHECKING:
    import requests

AGENT = "unrest-analysis"
TIMEOUT_S = 60
TRIES = 5
FIRST_WAIT_S = 1
LONGEST_WAIT_S = 300
PASSING_STATUS = (408, 429, 500, 502, 503, 504)
CHUNK = 1 << 16
LARGEST_RATIO = 200  # text compresses to a tenth; a bomb to a thousandth
HARMLESS_BYTES = 10_000_000  # below it no ratio is looked at

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
