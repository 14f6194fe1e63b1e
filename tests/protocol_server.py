"""A server on loopback that speaks as the publishers do: files with ranges, ACLED's and UCDP's interfaces, faults."""

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

SECRET = "s3cret-pa55word-ä/x"
TOKEN = "t0ken-of-ucdp/x+y"
USER = "someone@example.org"


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Answer:
    """
    What is answered, and how it goes wrong.

    `cut` sends so many bytes of the body and closes the connection; `hold` keeps it open, silent, until it is set.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hold: threading.Event | None = None


Rule = Callable[[Request], Answer]


class Server(http.server.ThreadingHTTPServer):
    """Answers by path; keeps what was asked; goes through `faults` first, one per request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rules: dict[str, Rule] = {}
        self.asked: list[Request] = []
        self.faults: dict[str, list[Answer]] = {}

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.asked]

    def serve(self, path: str, content: bytes, **headers: str) -> str:
        """Offer a file, with ranges; its ETag changes with its content."""
        self.rules[path] = ranged(content, {"Content-Type": "application/zip", **headers})
        return self.address + path

    def answer(self, request: Request) -> Answer:
        """Answer with the next fault of that path, else by its rule."""
        self.asked.append(request)
        if waiting := self.faults.get(request.path):
            return waiting.pop(0)
        rule = self.rules.get(request.path)
        return rule(request) if rule else Answer(b"not here", 404)


class Handler(http.server.BaseHTTPRequestHandler):
    """Hands requests to the server and sends what it says."""

    def do_GET(self) -> None:
        """Pass the request on and send the answer."""
        length = int(self.headers.get("Content-Length") or 0)
        form = {name: found[0] for name, found in parse_qs(self.rfile.read(length).decode()).items()}
        parts = urlsplit(self.path)
        query = {name: found[0] for name, found in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answer(Request(self.command, parts.path, query, headers, form))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.wfile.flush()
        if answer.hold:
            answer.hold.wait(20)
        self.close_connection = True

    do_POST = do_GET  # noqa: N815  http.server wants this name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def ranged(content: bytes, headers: dict[str, str], mark: str = "ETag") -> Rule:
    """Serve a file from where it is asked for, if the asker's edition is this one."""
    edition = f'"{hash(content):x}"' if mark == "ETag" else "Mon, 05 Oct 2020 12:00:00 GMT"

    def rule(request: Request) -> Answer:
        marked = {**headers, mark: edition}
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        if start == 0 or request.headers.get("if-range", edition) != edition:
            return Answer(content, headers=marked)
        if start >= len(content):
            return Answer(b"", 416, {"Content-Range": f"bytes */{len(content)}"})
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Answer(content[start:], 206, {**marked, "Content-Range": span})

    return rule


def as_json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


def bomb(megabytes: int) -> Answer:
    """JSON that is small on the wire and large in memory."""
    packed = gzip.compress(b'{"data": "' + b"0" * (megabytes * 1_000_000) + b'"}')
    return Answer(packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


PAGE_OF_HTML = Answer(b"<!DOCTYPE html><html>Please sign in</html>", headers={"Content-Type": "text/html"})


@dataclass
class Acled:
    """ACLED's interface over some events; its fields make it lie."""

    server: Server
    events: list[dict[str, object]]
    deleted: list[dict[str, object]] = field(default_factory=list)
    tokens: int = 0
    valid: str = ""
    total: int | None = None
    restrictions: dict[str, object] = field(default_factory=dict)
    ignores: tuple[str, ...] = ()
    most: int = 5000

    def __post_init__(self) -> None:
        self.server.rules["/oauth/token"] = self.token
        self.server.rules["/api/acled/read"] = self.read
        self.server.rules["/api/deleted/read"] = self.read_deleted

    def token(self, request: Request) -> Answer:
        """Give a token for the right account; a refusal repeats what it was given, as a careless server might."""
        due = {"grant_type": "password", "client_id": "acled", "username": USER, "password": SECRET}
        if request.method != "POST" or not due.items() <= request.form.items():
            return as_json({"error": "invalid_grant", "message": f"no account with {request.form}"}, 400)
        self.tokens += 1
        self.valid = f"t0ken-{self.tokens}-abcdef"
        return as_json({"token_type": "Bearer", "expires_in": 86400, "access_token": self.valid, "refresh_token": "r"})

    def read(self, request: Request) -> Answer:
        """Give a page of the events asked for."""
        return self._page(request, [event for event in self.events if self._fits(event, request.query)])

    def read_deleted(self, request: Request) -> Answer:
        """Give a page of the deletions since a moment."""
        since = int(request.query["deleted_timestamp"])
        assert request.query["deleted_timestamp_where"] == ">="
        return self._page(request, [row for row in self.deleted if int(row["deleted_timestamp"]) >= since])

    def _fits(self, event: dict[str, object], query: dict[str, str]) -> bool:
        asked = {name: value for name, value in query.items() if name not in self.ignores}
        fits = "country" not in asked or event["country"] in asked["country"].split("|")
        fits &= "iso" not in asked or str(event["iso"]) in asked["iso"].split("|")
        if "event_date" in asked:
            days, day = asked["event_date"].split("|"), str(event["event_date"])
            fits &= {
                "BETWEEN": days[0] <= day <= days[-1],
                ">=": day >= days[0],
                "<=": day <= days[0],
            }[asked["event_date_where"]]
        if "timestamp" in asked:
            assert asked["timestamp_where"] == ">="
            fits &= int(str(event["timestamp"])) >= int(asked["timestamp"])
        return fits

    def _page(self, request: Request, rows: list[dict[str, object]]) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.valid}":
            return as_json({"message": f"token expired: {request.headers.get('authorization')}"}, 401)
        limit, number = int(request.query["limit"]), int(request.query.get("page", 1))
        assert request.query["_format"] == "json"
        page = rows[(number - 1) * limit : number * limit][: self.most]
        answer = {"status": 200, "success": True, "count": len(page), "messages": [], "data": page}
        if self.total is not None:
            answer["total_count"] = self.total
        if self.restrictions:
            answer["data_query_restrictions"] = self.restrictions
        return as_json(answer)


@dataclass
class Ucdp:
    """UCDP's interface over some rows; pages are counted from 0, and links to them name a host of their own."""

    server: Server
    rows: list[dict[str, object]]
    token: str = TOKEN
    total: int | None = None
    link: str = "http://inside.example/api/gedevents/26.1"

    def __post_init__(self) -> None:
        self.server.rules["/api/gedevents/26.1"] = self.read

    def read(self, request: Request) -> Answer:
        """Give a page, if the token is right."""
        if request.headers.get("x-ucdp-access-token") != self.token:
            return as_json({"message": f"wrong token {request.headers.get('x-ucdp-access-token')}"}, 401)
        size, page = int(request.query["pagesize"]), int(request.query.get("page", 0))
        pages = -(-len(self.rows) // size)
        return as_json(
            {
                "TotalCount": len(self.rows) if self.total is None else self.total,
                "TotalPages": pages,
                "PreviousPageUrl": None,
                "NextPageUrl": f"{self.link}?pagesize={size}&page={page + 1}" if page + 1 < pages else "",
                "Result": self.rows[page * size : (page + 1) * size],
            }
        )


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
