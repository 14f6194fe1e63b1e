"""UCDP's interface: all pages or an error in words, and a token that shows nowhere."""

import csv
import logging
import pathlib
import traceback
from collections.abc import Iterator

import pytest
from protocol_server import PAGE_OF_HTML, TOKEN, Answer, Server, Ucdp, as_json, bomb, serving

from analysis import catalog
from analysis.catalog import DatasetUnavailable
from analysis.columns import DataError

PATH = "/api/gedevents/26.1"
ROWS = [
    {
        "id": 1000 + number,
        "conflict_name": 'Kyrgyzstan: Government — «тест», "a"\nb',
        "date_start": "2020-10-05T00:00:00",
        "latitude": 42.870000000000005,
        "best": number,
        "active_year": True,
        "adm_2": None,
    }
    for number in range(25)
]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """A user's machine with a token in the environment; returns the folder worked in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("UCDP_TOKEN", TOKEN)
    monkeypatch.setattr("analysis.catalog.transport.sleep", lambda _: None)
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("pagesize", [1, 10, 25, 1000])
def test_all_pages_come_with_numbers_as_the_server_wrote_them(
    pagesize: int, server: Server, machine: pathlib.Path
) -> None:
    Ucdp(server, ROWS)
    result = catalog.ucdp(output=machine / "u.csv", pagesize=pagesize, base=server.address)
    assert (result.rows, result.added) == (25, 25)
    with result.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [str(row["id"]) for row in ROWS]
    assert rows[3] == {
        "id": "1003",
        "conflict_name": ROWS[3]["conflict_name"],
        "date_start": "2020-10-05T00:00:00",
        "latitude": "42.870000000000005",
        "best": "3",
        "active_year": "true",
        "adm_2": "",
    }
    assert len(server.asked) == -(-25 // pagesize)
    assert sorted(path.name for path in machine.iterdir()) == ["u.csv", "u.csv.json"]


def test_filters_are_asked_in_the_servers_words(server: Server, tmp_path: pathlib.Path) -> None:
    Ucdp(server, ROWS)
    result = catalog.ucdp(country=[703, "702"], start="2020-10-01", end="2020-10-31", base=server.address)
    assert server.asked[0].query == {
        "Country": "703,702",
        "StartDate": "2020-10-01",
        "EndDate": "2020-10-31",
        "pagesize": "1000",
    }
    name = "gedevents_26-1_703-702_2020-10-01_2020-10-31.csv"
    assert result.path == tmp_path / "cache" / "unrest-analysis" / "ucdp" / name


def test_rows_without_an_id_are_told_apart_by_all_their_cells(server: Server, machine: pathlib.Path) -> None:
    years = [{"conflict_id": 1, "year": year} for year in (1989, 1990, 1991)]
    Ucdp(server, years)
    assert catalog.ucdp(output=machine / "u.csv", pagesize=2, base=server.address).rows == 3
    Ucdp(server, [*years, years[0]])
    with pytest.raises(DataError, match="comes twice"):
        catalog.ucdp(output=machine / "u.csv", pagesize=2, base=server.address)


def page(rows: list[dict[str, object]], total: object = 20, pages: object = 2, to: str | None = None) -> Answer:
    return as_json({"TotalCount": total, "TotalPages": pages, "NextPageUrl": to, "Result": rows})


SECOND = "http://elsewhere.example/api?pagesize=10&page=1"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([page([], 0, 0)], "page 1 is empty, of 0 rows that the server counts"),
        ([page(ROWS[:10], to=SECOND), page([])], "page 2 is empty, of 20 rows"),
        ([page(ROWS[:10], to=SECOND), page(ROWS[10:19])], "counts 20 rows on 2 pages; it sent 19 on 2"),
        ([page(ROWS[:20])], "counts 20 rows on 2 pages; it sent 20 on 1"),
        ([page(ROWS[:10])], "counts 20 rows on 2 pages; it sent 10 on 1"),
        ([page(ROWS[:10], to=SECOND), page(ROWS[10:20], 21)], "counts 21 rows on 2 pages; it sent 20 on 2"),
        ([page(ROWS[:10], to=SECOND), page(ROWS[9:19])], "1009 comes twice"),
        ([page(ROWS[:10], to=SECOND), page(ROWS[10:20], to=SECOND)], "page 2 leads back to page 1"),
        ([page(ROWS[:10], to="http://elsewhere.example/next")], "the link to the next page names no page"),
        ([page(ROWS[:10], None)], "the server states no TotalCount"),
        ([page(ROWS[:20], pages=None)], "the server states no TotalPages"),
        ([page(ROWS[:10], to=SECOND), page([{"id": 1}] * 10)], "not all the same columns"),
        ([as_json({"Message": "no such version"})], "page 1 holds no list of rows"),
    ],
)
def test_page_that_cannot_be_true_is_an_error_and_nothing_is_written(
    answers: list[Answer], words: str, server: Server, machine: pathlib.Path
) -> None:
    server.faults[PATH] = answers
    with pytest.raises(DataError) as error:
        catalog.ucdp(output=machine / "u.csv", pagesize=10, base=server.address)
    assert words in str(error.value)
    assert list(machine.iterdir()) == []


@pytest.mark.parametrize(
    "fault",
    [Answer(b'{"TotalCount": 25' * 9, cut=20), Answer(b"", 429, {"Retry-After": "0"}), Answer(b"", 500), Answer(b"{")],
    ids=["drop mid-page", "429", "500", "half an answer"],
)
def test_fault_that_passes_is_waited_out(fault: Answer, server: Server, machine: pathlib.Path) -> None:
    Ucdp(server, ROWS)
    catalog.ucdp(output=machine / "whole.csv", pagesize=10, base=server.address)
    server.faults[PATH] = [fault] * 4
    catalog.ucdp(output=machine / "u.csv", pagesize=10, base=server.address)
    assert (machine / "u.csv").read_bytes() == (machine / "whole.csv").read_bytes()


def test_interrupted_it_goes_on_after_the_pages_it_has(server: Server, machine: pathlib.Path) -> None:
    ucdp = Ucdp(server, ROWS)
    server.rules[PATH] = lambda request: Answer(b"", 503) if request.query.get("page") == "2" else ucdp.read(request)
    with pytest.raises(DatasetUnavailable, match="503 Service Unavailable, 5 times"):
        catalog.ucdp(output=machine / "u.csv", pagesize=10, base=server.address)
    server.rules[PATH] = ucdp.read
    before = len(server.asked)
    assert catalog.ucdp(output=machine / "u.csv", pagesize=10, base=server.address).rows == 25
    assert [request.query["page"] for request in server.asked[before:]] == ["2"]


def test_token_goes_to_no_other_server(server: Server, machine: pathlib.Path) -> None:
    with serving() as other:
        Ucdp(server, ROWS, link=f"{other.address}{PATH}")
        assert catalog.ucdp(output=machine / "u.csv", pagesize=10, base=server.address).rows == 25
        server.rules[PATH] = lambda _: Answer(b"", 301, {"Location": other.address + PATH})
        with pytest.raises(DatasetUnavailable, match="the credentials are not for there, so it is not asked"):
            catalog.ucdp(output=machine / "v.csv", base=server.address)
        assert other.asked == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            as_json({"message": f"wrong token {TOKEN}"}, 401),
            "(401, the token has expired or is wrong): wrong token ***",
        ),
        (as_json({"message": "quota"}, 403), "(403, this account may not read that): quota"),
        (Answer(f"no {TOKEN}".encode(), 400), "answered 400 Bad Request"),
        (Answer(b"", 500), "answered 500 Internal Server Error, 5 times"),
        (Answer(b"{}" * 50, cut=1), "broke off, 5 times"),
        (PAGE_OF_HTML, "web page where data are due"),
        (bomb(40), "unpacks to over 200 times its size"),
        (Answer(b"", 302, {"Location": f"http://127.0.0.2:9/?token={TOKEN}"}), "redirects to 127.0.0.2:9"),
        (page(ROWS[:1], total=3), "the server counts 3 rows"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_no_failure_shows_the_token(
    fault: Answer,
    words: str,
    server: Server,
    machine: pathlib.Path,
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server.rules[PATH] = lambda _: fault
    with caplog.at_level(logging.DEBUG), pytest.raises((DatasetUnavailable, DataError)) as error:
        catalog.ucdp(output=machine / "u.csv", base=server.address)
    assert words in str(error.value)
    written = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    link: BaseException | None = error.value
    while link is not None:
        written.append(f"{link!r} {vars(link)}")
        link = link.__cause__ or link.__context__
    for text in (*traceback.format_exception(error.value), *capfd.readouterr(), caplog.text, *written):
        assert TOKEN not in text


def test_options_and_token_are_checked_first(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="unknown table of UCDP 'events'; did you mean gedevents"):
        catalog.ucdp("events", base=server.address)
    with pytest.raises(ValueError, match=r"'../26' is not a version of UCDP's data; expected one such as '26.1'"):
        catalog.ucdp(version="../26", base=server.address)
    with pytest.raises(ValueError, match=r"'Kyrgyzstan' is not a country by number; .* such as 703"):
        catalog.ucdp(country="Kyrgyzstan", base=server.address)
    with pytest.raises(ValueError, match="pagesize must be 1 to 1000 rows, not 5000"):
        catalog.ucdp(pagesize=5000, base=server.address)
    with pytest.raises(ValueError, match="start 2020-02-01 is after end 2020-01-01"):
        catalog.ucdp(start="2020-02-01", end="2020-01-01", base=server.address)
    monkeypatch.delenv("UCDP_TOKEN")
    with pytest.raises(DatasetUnavailable, match=r"ask for one at https://ucdp.uu.se/apidocs/ and set .* UCDP_TOKEN"):
        catalog.ucdp(base=server.address)
    assert server.asked == []
