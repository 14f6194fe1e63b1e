"""ACLED's interface: all pages or an error in words, changes and deletions, and credentials that show nowhere."""

import csv
import hashlib
import json
import logging
import pathlib
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator

import pytest
from protocol_server import PAGE_OF_HTML, SECRET, USER, Acled, Answer, Request, Server, as_json, bomb, serving

from analysis import catalog
from analysis.catalog import DatasetUnavailable
from analysis.catalog.acled_server import Account
from analysis.columns import DataError


def event(number: int, country: str = "Kyrgyzstan", timestamp: int = 1000, **more: object) -> dict[str, object]:
    """One invented event."""
    return {
        "event_id_cnty": f"{country[:3].upper()}{number}",
        "event_date": f"2020-10-{number % 28 + 1:02}",
        "event_type": "Protests",
        "country": country,
        "iso": 417 if country == "Kyrgyzstan" else 762,
        "notes": 'Said: "no", they left,\nthen came back — чч',
        "fatalities": 0,
        "latitude": "42.8700",
        "tags": None,
        "timestamp": timestamp,
        **more,
    }


EVENTS = [event(number) for number in range(25)]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """A user's machine, with the account in the environment; returns the folder worked in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("ACLED_USERNAME", USER)
    monkeypatch.setenv("ACLED_PASSWORD", SECRET)
    monkeypatch.delenv("ACLED_TOKEN", raising=False)
    monkeypatch.setattr("analysis.catalog.transport.sleep", lambda _: None)
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def rows_of(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids_of(path: pathlib.Path) -> list[str]:
    return [row["event_id_cnty"] for row in rows_of(path)]


def reads(server: Server) -> list[Request]:
    return [request for request in server.asked if request.path == "/api/acled/read"]


# The whole ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 7, 25, 5000])
@pytest.mark.parametrize("states_total", [True, False])
def test_all_pages_come_whatever_their_size(
    limit: int, states_total: bool, server: Server, machine: pathlib.Path
) -> None:
    Acled(server, EVENTS, total=25 if states_total else None)
    result = catalog.acled(output=machine / "a.csv", limit=limit, base=server.address)
    assert (result.rows, result.added, result.changed, result.removed) == (25, 25, 0, 0)
    assert rows_of(result.path) == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in EVENTS
    ]
    assert sorted(path.name for path in machine.iterdir()) == ["a.csv", "a.csv.json"]
    assert f"{machine / 'a.csv'}: 25 rows (25 new, 0 changed, 0 removed)" == result.summary()


def test_what_was_asked_lies_beside_the_file(server: Server, machine: pathlib.Path) -> None:
    Acled(server, EVENTS)
    path = catalog.acled(country="Kyrgyzstan", start="2020-10-01", output=machine / "a.csv", base=server.address).path
    note = json.loads((machine / "a.csv.json").read_text())
    assert note["query"]["filters"] == {
        "country": "Kyrgyzstan",
        "event_date": "2020-10-01",
        "event_date_where": ">=",
    }
    assert note["rows"] == 25
    assert note["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        ({"country": ["Kyrgyzstan", "Tajikistan"]}, {"country": "Kyrgyzstan|Tajikistan"}),
        ({"iso": 417}, {"iso": "417"}),
        ({"iso": [417, 762]}, {"iso": "417|762"}),
        (
            {"start": "2020-10-03", "end": "2020-10-05"},
            {"event_date": "2020-10-03|2020-10-05", "event_date_where": "BETWEEN"},
        ),
        ({"end": "2020-10-05"}, {"event_date": "2020-10-05", "event_date_where": "<="}),
    ],
)
def test_filters_are_asked_in_the_servers_words(
    filters: dict[str, object], asked: dict[str, str], server: Server, machine: pathlib.Path
) -> None:
    Acled(server, EVENTS + [event(number, "Tajikistan") for number in range(5)])
    catalog.acled(**filters, output=machine / "a.csv", base=server.address)
    query = reads(server)[0].query
    assert {name: query[name] for name in asked} == asked
    assert set(query) - set(asked) == {"_format", "limit", "page"}


def test_without_output_the_file_is_in_the_cache_under_what_was_asked(server: Server, tmp_path: pathlib.Path) -> None:
    Acled(server, EVENTS)
    result = catalog.acled(country="Kyrgyzstan", start="2020-10-01", end="2020-10-31", base=server.address)
    folder = tmp_path / "cache" / "unrest-analysis" / "acled"
    assert result.path == folder / "acled_Kyrgyzstan_2020-10-01-2020-10-31.csv"
    assert catalog.acled(country="../../Kyrgyzstan|Kyrgyzstan", base=server.address).path.parent == folder


def test_restricted_account_is_told(server: Server, machine: pathlib.Path) -> None:
    recency = {"date_recency": {"quantity": 12, "unit": "Months", "date": "2025-08-29"}}
    acled = Acled(server, EVENTS, restrictions=recency)
    result = catalog.acled(output=machine / "a.csv", base=server.address)
    assert result.restrictions == "events at least 12 Months old, up to 2025-08-29"
    assert "The server restricts this account: events at least 12 Months" in result.summary()
    acled.events = []
    with pytest.raises(DataError, match=r"no events for this query; the server restricts .* up to 2025-08-29"):
        catalog.acled(output=machine / "b.csv", base=server.address)


# Pages that cannot be true --------------------------------------------------------------------------------------------


def page(rows: list[dict[str, object]], **more: object) -> Answer:
    return as_json({"status": 200, "success": True, "count": len(rows), "data": rows, **more})


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([page([])], "there are no events for this query"),
        ([page(EVENTS[:10], count=11)], "page 1 is said to hold 11 rows, 10 at most; it holds 10"),
        ([page(EVENTS[:11])], "page 1 is said to hold 11 rows, 10 at most; it holds 11"),
        ([page(EVENTS[:10], count="many")], "the server states no count; expected a whole number"),
        ([page(EVENTS[:10]), page(EVENTS[5:15]), page([])], "KYR5 comes twice"),
        ([page(EVENTS[:10]), page(EVENTS[:10])], "KYR0 comes twice"),
        ([page(EVENTS[:8]), page(EVENTS[8:18]), page([])], "page 1 held fewer rows than the 10 asked for, yet page 2"),
        ([page(EVENTS[:10], total_count=25), page([])], "the server counts 25 rows but sent 10"),
        ([page(EVENTS[:10], total_count=7), page([])], "the server counts 7 rows but sent 10"),
        ([page(EVENTS[:10], total_count=25), page(EVENTS[10:20], total_count=24)], "counted 25 rows, then 24"),
        ([page(EVENTS[:10]), page([event(90, extra=1)]), page([])], "not all the same columns; they differ in extra"),
        ([page([{"country": "Kyrgyzstan"}]), page([])], "a row comes without event_id_cnty"),
        ([as_json({"status": 200, "success": True, "count": 0})], "`data` is missing"),
        ([page(["a", "b"]), page([])], "page 1 holds no list of rows"),  # type: ignore[list-item]
    ],
)
def test_page_that_cannot_be_true_is_an_error_and_nothing_is_written(
    answers: list[Answer], words: str, server: Server, machine: pathlib.Path
) -> None:
    Acled(server, EVENTS).valid = "t"
    server.rules["/oauth/token"] = lambda _: as_json({"access_token": "t"})
    server.faults["/api/acled/read"] = answers
    with pytest.raises(DataError) as error:
        catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert words in str(error.value)
    assert f"{server.address}/api/acled/read" in str(error.value)
    assert list(machine.iterdir()) == [], "the next attempt begins anew"


@pytest.mark.parametrize(
    ("filters", "ignored", "words"),
    [
        ({"country": "Tajikistan"}, "country", "KYR0 was not asked for: its country is 'Kyrgyzstan'"),
        ({"iso": 762}, "iso", "KYR0 was not asked for: its iso is '417'"),
        ({"end": "2020-10-02"}, "event_date", "KYR2 was not asked for: its event_date is '2020-10-03'"),
    ],
)
def test_server_that_passes_over_a_filter_is_found_out(
    filters: dict[str, object], ignored: str, words: str, server: Server, machine: pathlib.Path
) -> None:
    Acled(server, EVENTS, ignores=(ignored,))
    with pytest.raises(DataError, match=words):
        catalog.acled(**filters, output=machine / "a.csv", base=server.address)


def test_server_that_cuts_pages_short_is_found_out(server: Server, machine: pathlib.Path) -> None:
    Acled(server, EVENTS, most=4)
    with pytest.raises(DataError, match="rows between them may be missing; ask with a smaller limit="):
        catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert catalog.acled(output=machine / "a.csv", limit=4, base=server.address).rows == 25


# Faults of the line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Answer(json.dumps({"data": EVENTS}).encode(), cut=300),
        Answer(b'{"status": 200, "data": [{"event_id'),
        Answer(b"", 429, {"Retry-After": "0"}),
        Answer(b"try later", 500),
        Answer(b"", 503),
    ],
    ids=["drop mid-page", "half an answer", "429", "500", "503"],
)
def test_fault_that_passes_is_waited_out(fault: Answer, server: Server, machine: pathlib.Path) -> None:
    Acled(server, EVENTS)
    server.faults["/api/acled/read"] = [fault, fault]
    catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    Acled(server, EVENTS)
    catalog.acled(output=machine / "b.csv", limit=10, base=server.address)
    assert (machine / "a.csv").read_bytes() == (machine / "b.csv").read_bytes()


def test_expired_token_is_renewed_once(server: Server, machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acled = Acled(server, EVENTS)
    monkeypatch.setenv("ACLED_TOKEN", "expired-token")
    assert catalog.acled(output=machine / "a.csv", base=server.address).rows == 25
    assert acled.tokens == 1
    server.rules["/api/acled/read"] = lambda _: as_json({"message": "no"}, 401)
    with pytest.raises(
        DatasetUnavailable, match=r"refused the credentials \(401, the token has expired or is wrong\): no"
    ):
        catalog.acled(output=machine / "b.csv", base=server.address)
    assert acled.tokens == 2


def test_token_that_expires_between_pages(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)

    def read(request: Request) -> Answer:
        if request.query["page"] == "2" and acled.tokens == 1:
            acled.valid = "another"
        return acled.read(request)

    server.rules["/api/acled/read"] = read
    assert catalog.acled(output=machine / "a.csv", limit=10, base=server.address).rows == 25
    assert acled.tokens == 2


def test_token_alone_is_enough(server: Server, machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acled = Acled(server, EVENTS, valid="ready-made")
    monkeypatch.setenv("ACLED_TOKEN", "ready-made")
    monkeypatch.delenv("ACLED_PASSWORD")
    assert catalog.acled(output=machine / "a.csv", base=server.address).rows == 25
    assert acled.tokens == 0


def test_interrupted_it_goes_on_after_the_pages_it_has(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    server.rules["/api/acled/read"] = lambda request: (
        acled.read(request) if request.query["page"] in "12" else Answer(b"", 503)
    )
    with pytest.raises(DatasetUnavailable, match="503 Service Unavailable, 5 times"):
        catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert [path.name for path in machine.iterdir()] == ["a.csv.pages"]
    server.rules["/api/acled/read"] = acled.read
    before = len(reads(server))
    assert catalog.acled(output=machine / "a.csv", limit=10, base=server.address).rows == 25
    assert [request.query["page"] for request in reads(server)[before:]] == ["3", "4"]
    assert ids_of(machine / "a.csv") == [str(row["event_id_cnty"]) for row in EVENTS]


@pytest.mark.parametrize("why", ["another query", "too old"])
def test_pages_of_another_query_or_day_are_not_used(
    why: str, server: Server, machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acled = Acled(server, EVENTS)
    server.rules["/api/acled/read"] = lambda request: (
        acled.read(request) if request.query["page"] == "1" else Answer(b"", 503)
    )
    with pytest.raises(DatasetUnavailable):
        catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    server.rules["/api/acled/read"] = acled.read
    if why == "too old":
        monkeypatch.setattr("analysis.catalog.pages.PAGES_KEPT_S", 0)
    before = len(reads(server))
    limit = 11 if why == "another query" else 10
    assert catalog.acled(output=machine / "a.csv", limit=limit, base=server.address).rows == 25
    assert reads(server)[before].query["page"] == "1"


FETCHER = """
import sys
from analysis import catalog
catalog.acled(output=sys.argv[1], limit=10, base=sys.argv[2])
"""


def test_killed_in_the_middle_it_goes_on(server: Server, machine: pathlib.Path, root: pathlib.Path) -> None:
    acled, reached, over = Acled(server, EVENTS), threading.Event(), threading.Event()

    def read(request: Request) -> Answer:
        if request.query["page"] == "3" and not over.is_set():
            reached.set()
            return Answer(b"{" * 1000, cut=10, hold=over)
        return acled.read(request)

    server.rules["/api/acled/read"] = read
    command = [sys.executable, "-c", FETCHER, str(machine / "a.csv"), server.address]
    with subprocess.Popen(command, cwd=root) as process:
        assert reached.wait(30)
        process.kill()
    over.set()
    before = len(reads(server))
    catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert [request.query["page"] for request in reads(server)[before:]] == ["3", "4"]
    assert ids_of(machine / "a.csv") == [str(row["event_id_cnty"]) for row in EVENTS]
    assert sorted(path.name for path in machine.iterdir()) == ["a.csv", "a.csv.json"]


def test_two_at_once_do_not_spoil_each_other(server: Server, machine: pathlib.Path) -> None:
    acled, gate = Acled(server, EVENTS, valid="t"), threading.Barrier(3)
    server.rules["/oauth/token"] = lambda _: as_json({"access_token": "t"})

    def read(request: Request) -> Answer:
        if request.query["page"] == "2":
            gate.wait(10)
        return acled.read(request)

    server.rules["/api/acled/read"] = read
    rows: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: rows.append(catalog.acled(output=machine / "a.csv", limit=10, base=server.address).rows)
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert rows == [25, 25, 25]
    assert sorted(path.name for path in machine.iterdir()) == ["a.csv", "a.csv.json"]
    assert len(ids_of(machine / "a.csv")) == 25


# Updates --------------------------------------------------------------------------------------------------------------


def test_update_brings_takes_and_alters(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, [*EVENTS[:-1], event(24, timestamp=1500)])
    path = catalog.acled(country="Kyrgyzstan", output=machine / "a.csv", base=server.address).path
    acled.events = [
        *EVENTS[2:-1],
        event(24, timestamp=1500),
        event(1, timestamp=2000, fatalities=3),
        event(30, timestamp=1600),
        event(31, timestamp=1700),
        event(50, "Tajikistan", timestamp=1700),
    ]
    acled.deleted = [
        {"event_id_cnty": "KYR0", "deleted_timestamp": "1900"},
        {"event_id_cnty": "KYR31", "deleted_timestamp": "1650"},
        {"event_id_cnty": "AFG9", "deleted_timestamp": "1900"},
        {"event_id_cnty": "KYR5", "deleted_timestamp": "1400"},
    ]
    result = catalog.acled(update=path, base=server.address)
    assert (result.rows, result.added, result.changed, result.removed) == (26, 2, 1, 1)
    assert reads(server)[-1].query["timestamp"] == "1500"
    ids = ids_of(path)
    assert ids[:3] == ["KYR1", "KYR2", "KYR3"], "in their old places"
    assert sorted(ids[-2:]) == ["KYR30", "KYR31"], "deleted before it was put in again, so it stays"
    assert "KYR0" not in ids
    assert "KYR5" in ids, "deleted before the file was made: it was put in again before that too"
    assert {row["event_id_cnty"]: row["fatalities"] for row in rows_of(path)}["KYR1"] == "3"
    again = catalog.acled(update=path, base=server.address)
    assert (again.rows, again.added, again.changed, again.removed) == (26, 0, 0, 0)
    fresh = catalog.acled(country="Kyrgyzstan", output=machine / "b.csv", base=server.address).path
    assert sorted(rows_of(path), key=str) == sorted(rows_of(fresh), key=str)


def test_update_to_another_file_leaves_the_first(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    path = catalog.acled(output=machine / "a.csv", base=server.address).path
    before = path.read_bytes()
    acled.events = [*EVENTS, event(40, timestamp=1200)]
    result = catalog.acled(update=path, output=machine / "b.csv", base=server.address)
    assert (result.path, result.rows, result.added) == (machine / "b.csv", 26, 1)
    assert path.read_bytes() == before


def test_event_deleted_after_its_last_change_goes(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    path = catalog.acled(output=machine / "a.csv", base=server.address).path
    acled.deleted = [{"event_id_cnty": "KYR3", "deleted_timestamp": 1000}]
    result = catalog.acled(update=path, base=server.address)
    assert (result.rows, result.removed) == (24, 1)


def test_empty_update_is_an_error_unless_the_newest_events_were_deleted(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, [event(1), event(2, timestamp=1500)])
    path = catalog.acled(output=machine / "a.csv", base=server.address).path
    before = path.read_bytes()
    acled.events = [event(1)]
    with pytest.raises(DataError, match=r"the answer is empty, though at least KYR2 of .* was changed at 1500"):
        catalog.acled(update=path, base=server.address)
    assert path.read_bytes() == before
    acled.deleted = [{"event_id_cnty": "KYR2", "deleted_timestamp": 1600}]
    assert catalog.acled(update=path, base=server.address).rows == 1


def test_failed_update_leaves_the_file_and_goes_on_later(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    path = catalog.acled(output=machine / "a.csv", base=server.address).path
    before = path.read_bytes()
    acled.events = [*EVENTS, event(40, timestamp=1200)]
    server.faults["/api/deleted/read"] = [Answer(b"", 500)] * 5
    with pytest.raises(DatasetUnavailable):
        catalog.acled(update=path, base=server.address)
    assert path.read_bytes() == before
    asked = len(reads(server))
    assert catalog.acled(update=path, base=server.address).added == 1
    assert len(reads(server)) == asked, "the changes had come"


def test_file_downloaded_by_hand_is_updated_with_its_filters(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    path = catalog.acled(country="Kyrgyzstan", output=machine / "a.csv", base=server.address).path
    (machine / "a.csv.json").unlink()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    acled.events = [*EVENTS, event(40, timestamp=1200)]
    with pytest.raises(ValueError, match=r"a.csv.json does not say what a.csv holds; give the countries and days"):
        catalog.acled(update=path, base=server.address)
    assert catalog.acled(update=path, country="Kyrgyzstan", base=server.address).added == 1
    with pytest.raises(ValueError, match=r"was fetched with .*Kyrgyzstan.*, not .*Tajikistan"):
        catalog.acled(update=path, country="Tajikistan", base=server.address)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("event_id_cnty,notes\nKYR1,a\n", "ACLED's columns event_id_cnty and timestamp"),
        ("event_id_cnty,timestamp\nKYR1,yesterday\n", "line 2, timestamp = 'yesterday': expected seconds since 1970"),
        ("event_id_cnty,timestamp\n", "there are none to update"),
        ("event_id_cnty,timestamp\nKYR1,5\nKYR2\n", "line 3: as many cells in each row as in the header"),
        ("event_id_cnty,timestamp\nKYR1,5\n", "the columns are no longer those of"),
    ],
)
def test_file_that_is_not_acleds_cannot_be_updated(
    content: str, words: str, server: Server, machine: pathlib.Path
) -> None:
    Acled(server, EVENTS)
    path = machine / "a.csv"
    path.write_text(content)
    with pytest.raises(DataError) as error:
        catalog.acled(update=path, country="Kyrgyzstan", base=server.address)
    assert words in str(error.value)
    assert path.read_text() == content


def test_bad_options_are_refused_before_anything_is_asked(server: Server, machine: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="'5 October 2020' is not a day; expected YYYY-MM-DD"):
        catalog.acled(start="5 October 2020", base=server.address)
    with pytest.raises(ValueError, match="limit must be 1 row or more, not 0"):
        catalog.acled(limit=0, base=server.address)
    with pytest.raises(ValueError, match=r"no file .* to update"):
        catalog.acled(update=machine / "none.csv", base=server.address)
    with pytest.raises(ValueError, match="work is a folder; expected the name of a file"):
        catalog.acled(output=machine, base=server.address)
    assert server.asked == []


# Credentials ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Answer(b"", 404), "answered 404 Not Found"),
        (Answer(b"", 500), "answered 500 Internal Server Error, 5 times"),
        (Answer(b"x" * 500, cut=3), "broke off, 5 times"),
        (Answer(b"[1, 2"), "sent half an answer, or none in JSON, 5 times"),
        (Answer(b"[1, 2]"), "answered with a JSON list, not an object"),
        (PAGE_OF_HTML, "answered with a web page where data are due"),
        (bomb(40), "unpacks to over 200 times its size; stopped"),
        (Answer(b"not gzip", headers={"Content-Encoding": "gzip"}), "sent what cannot be unpacked, 5 times"),
        (as_json({"message": f"bad token Bearer t0ken-1-abcdef of {USER}, {SECRET}"}, 401), "refused the credentials"),
        (as_json({"message": f"consent of {USER} is missing"}, 403), "(403, this account may not read that): consent"),
        (as_json({"status": 403, "success": False, "messages": [SECRET]}), "could not answer: ['***']"),
        (Answer(b"", 302, {"Location": "http://127.0.0.2:9/t0ken-1-abcdef"}), "redirects to 127.0.0.2:9; the credent"),
        (Answer(b"", 302, {"Location": "/api/acled/read"}), "redirects in a circle"),
        (Answer(b"", 429, {"Retry-After": "9999"}), "asks to wait 9999 seconds"),
        (page(EVENTS[:1], count=7), "is said to hold 7 rows"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_no_failure_shows_the_credentials(
    fault: Answer,
    words: str,
    server: Server,
    machine: pathlib.Path,
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    acled = Acled(server, EVENTS)
    server.rules["/api/acled/read"] = lambda request: (
        fault if request.query.get("page", "2") == "2" else acled.read(request)
    )
    with caplog.at_level(logging.DEBUG), pytest.raises((DatasetUnavailable, DataError)) as error:
        catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert words in str(error.value)
    assert (machine / "a.csv.pages").exists() == isinstance(error.value, DatasetUnavailable), (
        "there is something to read"
    )
    shown = [*traceback.format_exception(error.value), *capfd.readouterr(), caplog.text, *everything_in(tmp_path)]
    shown += [f"{link} {link!r} {vars(link)}" for link in chain_of(error.value)]
    for secret in (SECRET, USER, "t0ken-1-abcdef", "t0ken-2-abcdef"):
        assert not [text for text in shown if secret in text], secret


def everything_in(folder: pathlib.Path) -> list[str]:
    return [f"{path} {path.read_text(encoding='utf-8')}" for path in folder.rglob("*") if path.is_file()]


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (as_json({"error": "invalid_grant", "message": f"{USER} {SECRET}"}, 400), "refused the account (400); check"),
        (as_json({"token_type": "Bearer"}), "gave no token"),
        (Answer(b"", 302, {"Location": "http://127.0.0.2:9/"}), "redirects the sign-in; the password is not sent"),
        (Answer(b"", 503), "503 Service Unavailable, 5 times"),
        (PAGE_OF_HTML, "web page"),
    ],
)
def test_failed_sign_in_says_why_and_nothing_else(
    answer: Answer, words: str, server: Server, machine: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    Acled(server, EVENTS)
    server.rules["/oauth/token"] = lambda _: answer
    with caplog.at_level(logging.DEBUG), pytest.raises(DatasetUnavailable) as error:
        catalog.acled(output=machine / "a.csv", base=server.address)
    assert words in str(error.value)
    for text in (*traceback.format_exception(error.value), caplog.text, *map(repr, chain_of(error.value))):
        assert SECRET not in text
        assert USER not in text
    assert reads(server) == []


def test_success_leaves_no_trace_of_the_credentials(
    server: Server, machine: pathlib.Path, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    Acled(server, EVENTS)
    with caplog.at_level(logging.DEBUG):
        result = catalog.acled(output=machine / "a.csv", limit=10, base=server.address)
    assert "GET /api/acled/read" in caplog.text, "urllib3 tells what it asks"
    for text in (caplog.text, repr(result), *everything_in(tmp_path)):
        assert SECRET not in text
        assert "t0ken" not in text
    assert all(SECRET not in f"{request.path}{request.query}" for request in server.asked), "never in an address"


def test_account_does_not_show_itself() -> None:
    account = Account.of_environment("https://acleddata.com")
    assert SECRET not in f"{account!r} {account}"
    assert USER not in repr(account)


def test_redirect_within_the_server_is_followed_to_another_not(server: Server, machine: pathlib.Path) -> None:
    acled = Acled(server, EVENTS)
    server.rules["/api/v2/read"] = acled.read
    server.rules["/api/acled/read"] = lambda request: Answer(
        b"", 307, {"Location": f"/api/v2/read?_format=json&limit={request.query['limit']}&page={request.query['page']}"}
    )
    assert catalog.acled(output=machine / "a.csv", base=server.address).rows == 25
    with serving() as other:
        server.rules["/api/acled/read"] = lambda _: Answer(b"", 302, {"Location": f"{other.address}/api/acled/read"})
        with pytest.raises(DatasetUnavailable, match="so it is not asked"):
            catalog.acled(output=machine / "b.csv", base=server.address)
        assert other.asked == []


def test_password_of_a_netrc_file_does_not_take_the_tokens_place(
    server: Server, machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = machine / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    Acled(server, EVENTS)
    assert catalog.acled(output=machine / "a.csv", base=server.address).rows == 25


def test_without_an_account_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.delenv("ACLED_PASSWORD")
    with pytest.raises(DatasetUnavailable, match=r"set the environment variables ACLED_USERNAME and ACLED_PASSWORD"):
        catalog.acled(country="Kyrgyzstan", base=server.address)
    monkeypatch.setenv("ACLED_TOKEN", "one\ntwo")
    with pytest.raises(DatasetUnavailable, match=r"ACLED_TOKEN holds signs that no token has"):
        catalog.acled(country="Kyrgyzstan", base=server.address)
