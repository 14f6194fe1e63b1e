"""A file is downloaded whole or not at all, however the server behaves, and what broke off is taken up again."""

import contextlib
import datetime as dt
import gzip
import hashlib
import io
import itertools
import json
import pathlib
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from email.utils import format_datetime

import pytest
from protocol_server import PAGE_OF_HTML, Answer, Request, Server, bomb, ranged, serving

from analysis import catalog
from analysis.catalog import Dataset, DatasetUnavailable, File, Series
from analysis.columns import DataError

CONTENT = bytes(itertools.islice(itertools.cycle(range(251)), 400_000))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """A machine that has fetched nothing yet; returns its cache."""
    monkeypatch.delenv("ANALYSIS_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "unrest-analysis"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been waited."""
    waited: list[float] = []
    monkeypatch.setattr("analysis.catalog.transport.sleep", waited.append)
    return waited


def offer(
    monkeypatch: pytest.MonkeyPatch, address: str, name: str = "data.bin", content: bytes | None = None
) -> pathlib.Path | None:
    """Put a data set of one file in the catalog; with a content, its hash and size are stated."""
    stated = {} if content is None else {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    dataset = Dataset("mine", "My file", (File(name, address, **stated),), "CC0", reference="nobody")
    monkeypatch.setitem(catalog.DATASETS, "mine", dataset)


def edition_of(server: Server, path: str = "/data.bin") -> dict[str, str]:
    """Headers that identify the edition of a file."""
    return server.rules[path](Request("GET", path, {}, {}, {})).headers


def files_in(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def zipped(**members: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return memory.getvalue()


# Faults that pass -----------------------------------------------------------------------------------------------------


def test_what_broke_off_is_taken_up_where_it_broke(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT), content=CONTENT)
    server.faults["/data.bin"] = [Answer(CONTENT, headers=edition_of(server), cut=150_000)]
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    ranges = [request.headers.get("range") for request in server.asked]
    assert ranges[0] is None
    assert 0 < int(ranges[1].removeprefix("bytes=").removesuffix("-")) <= 150_000


@pytest.mark.parametrize("mark", ["ETag", "Last-Modified"])
def test_a_later_call_goes_on_with_the_part_of_an_earlier_one(
    mark: str, server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    server.rules["/data.bin"] = ranged(CONTENT, {}, mark)
    offer(monkeypatch, server.address + "/data.bin")
    server.faults["/data.bin"] = [Answer(CONTENT, headers=edition_of(server), cut=200_000), *[Answer(b"", 503)] * 4]
    with pytest.raises(DatasetUnavailable, match=r"answered 503 Service Unavailable, 5 times"):
        catalog.fetch("mine")
    assert files_in(machine) == ["data.bin.part", "data.bin.part.json"]
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    assert int(server.asked[-1].headers["range"][6:-1]) > 0
    assert files_in(machine) == ["data.bin", "data.bin.sha256"]


def test_a_part_of_another_edition_is_thrown_away(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    server.faults["/data.bin"] = [
        Answer(b"old" * 99_999, headers={"ETag": '"old"'}, cut=200_000),
        *[Answer(b"", 500)] * 4,
    ]
    with pytest.raises(DatasetUnavailable):
        catalog.fetch("mine")
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT


def test_a_whole_part_needs_nothing_more(
    server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    folder = machine / "mine"
    folder.mkdir(parents=True)
    (folder / "data.bin.part").write_bytes(CONTENT)
    note = {"address": f"{server.address}/data.bin", "edition": edition_of(server)["ETag"]}
    (folder / "data.bin.part.json").write_text(json.dumps(note))
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_server_that_goes_on_from_another_place_is_not_believed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT), content=CONTENT)
    edition = edition_of(server)
    wrong = {**edition, "Content-Range": f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}"}
    server.faults["/data.bin"] = [
        Answer(CONTENT, headers=edition, cut=150_000),
        Answer(CONTENT[7:], 206, wrong),
    ]
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_and_broken_servers_are_asked_again_at_growing_intervals(
    status: int, server: Server, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    server.faults["/data.bin"] = [Answer(b"", status)] * 4
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    assert waits == [1, 2, 4, 8]


def test_server_says_how_long_to_wait(server: Server, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    moment = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60), usegmt=True)
    server.faults["/data.bin"] = [
        Answer(b"", 429, {"Retry-After": "7"}),
        Answer(b"", 503, {"Retry-After": moment}),
        Answer(b"", 503, {"Retry-After": "soon"}),
    ]
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    assert waits[0] == 7
    assert 50 < waits[1] <= 60
    assert waits[2] == 4, "what cannot be read is passed over"


def test_nobody_waits_for_an_hour(server: Server, monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    server.faults["/data.bin"] = [Answer(b"", 429, {"Retry-After": "3600"})]
    with pytest.raises(DatasetUnavailable, match=r"429 Too Many Requests and asks to wait 3600 seconds; try again"):
        catalog.fetch("mine")
    assert waits == []


def test_silent_server_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.address + "/slow.bin")
    over = threading.Event()
    server.rules["/slow.bin"] = lambda _: Answer(b"half", cut=1, hold=over)
    monkeypatch.setattr("analysis.catalog.transport.TIMEOUT_S", 0.05)
    with pytest.raises(DatasetUnavailable, match=r"did not answer within 0.05 seconds, 5 times"):
        catalog.fetch("mine")
    over.set()


# Faults that do not ---------------------------------------------------------------------------------------------------


def test_final_refusal_is_not_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.address + "/gone.bin")
    with pytest.raises(DatasetUnavailable, match="answered 404 Not Found"):
        catalog.fetch("mine")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "page",
    [
        PAGE_OF_HTML,
        Answer(b"Please sign in", headers={"Content-Type": "text/html; charset=utf-8"}),
        Answer(PAGE_OF_HTML.body, headers={"Content-Type": "text/csv", "ETag": '"page"'}),
        Answer(b"\n\n <HTML><body>maintenance</body>", headers={"ETag": '"page"'}),
    ],
    ids=["says so", "says so and looks like text", "says CSV", "says nothing"],
)
def test_web_page_is_not_a_file(
    page: Answer, server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    server.rules["/data.csv"] = lambda _: page
    offer(monkeypatch, server.address + "/data.csv", "data.csv")
    with pytest.raises(DatasetUnavailable, match="answered with a web page where data are due"):
        catalog.fetch("mine")
    assert files_in(machine) == []


@pytest.mark.parametrize(
    "suggested",
    [
        'attachment; filename="../../.bashrc"',
        'attachment; filename="/etc/passwd"',
        r'attachment; filename="C:\\autoexec.bat"',
        r'attachment; filename="..\\..\\x"',
        "attachment; filename*=UTF-8''..%2F..%2Fx",
    ],
)
def test_server_that_names_a_path_is_refused(
    suggested: str, server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT, **{"Content-Disposition": suggested}))
    with pytest.raises(DatasetUnavailable, match="leads out of its folder"):
        catalog.fetch("mine")
    assert files_in(machine) == []


def test_the_name_is_ours_whatever_the_server_calls_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.serve("/1234", CONTENT, **{"Content-Disposition": 'attachment; filename="other.bin"'}))
    assert catalog.fetch("mine")["data.bin"].name == "data.bin"


@pytest.mark.parametrize("name", ["../up.csv", "a/../../up.csv", "/etc/passwd", "C:\\x.csv", "C:x.csv", "..\\up.csv"])
def test_zip_with_a_path_out_is_refused(name: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.serve("/data.zip", zipped(**{name: b"x"})), "data.zip")
    with pytest.raises(DatasetUnavailable, match=r"a file in data.zip leads out of its folder"):
        catalog.fetch("mine")


def test_zip_bomb_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path) -> None:
    offer(monkeypatch, server.serve("/data.zip", zipped(ged=bytes(30_000_000))), "data.zip")
    with pytest.raises(DatasetUnavailable, match=r"ged in data.zip would unpack to 30,000,000 bytes, over 200 times"):
        catalog.fetch("mine")
    assert files_in(machine / "mine") == []


def test_half_a_zip_and_an_ordinary_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zipped(a=b"x,y\n" * 10_000, b=b"1")
    offer(monkeypatch, server.serve("/half.zip", whole[:-30]), "half.zip")
    with pytest.raises(DatasetUnavailable, match=r"half.zip is not a zip file, or half of one"):
        catalog.fetch("mine")
    offer(monkeypatch, server.serve("/whole.zip", whole), "whole.zip")
    assert catalog.fetch("mine")["whole.zip"].read_bytes() == whole


def test_more_than_the_stated_size_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT + b"more"), content=CONTENT)
    with pytest.raises(DatasetUnavailable, match="sends more than the 400,000 bytes there may be; stopped"):
        catalog.fetch("mine")


def test_gzip_bomb_is_stopped_before_it_fills_the_disk(
    server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    packed = bomb(40)
    server.rules["/data.bin"] = lambda _: Answer(packed.body, headers={"Content-Encoding": "gzip"})
    offer(monkeypatch, server.address + "/data.bin")
    with pytest.raises(DatasetUnavailable, match="unpacks to over 200 times its size; stopped"):
        catalog.fetch("mine")
    assert files_in(machine) == []


def test_encoded_answer_is_unpacked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.rules["/data.bin"] = lambda _: Answer(gzip.compress(CONTENT), headers={"Content-Encoding": "gzip"})
    offer(monkeypatch, server.address + "/data.bin", content=CONTENT)
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT


# Hashes nobody has stated ---------------------------------------------------------------------------------------------


def test_first_fetch_sets_the_hash_that_later_ones_must_have(
    server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    place = catalog.fetch("mine")["data.bin"]
    record = place.with_name("data.bin.sha256")
    assert record.read_text() == f"{hashlib.sha256(CONTENT).hexdigest()}  data.bin\n"
    place.write_bytes(b"damaged")
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    place.write_bytes(b"damaged")
    server.serve("/data.bin", b"a new edition")
    with pytest.raises(DatasetUnavailable, match=r"another file there than at the first fetch; to accept it, remove "):
        catalog.fetch("mine")
    record.unlink()
    place.unlink()
    assert catalog.fetch("mine")["data.bin"].read_bytes() == b"a new edition"


def test_own_copy_is_taken_as_it_is_unless_a_hash_lies_beside_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, "http://127.0.0.1:9/data.bin")
    own = tmp_path / "data" / "mine" / "data.bin"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    monkeypatch.setenv("ANALYSIS_DATA", str(tmp_path / "data"))
    assert catalog.fetch("mine") == {"data.bin": own}
    own.with_name("data.bin.sha256").write_text(f"{'0' * 64}  data.bin\n")
    with pytest.raises(DataError, match="Replace or remove it"):
        catalog.fetch("mine")


# Files by name --------------------------------------------------------------------------------------------------------


def gdelt(server: Server, monkeypatch: pytest.MonkeyPatch, listed: bytes) -> None:
    server.rules["/events/md5sums"] = lambda _: Answer(listed, headers={"Content-Type": "text/plain"})
    entry = catalog.DATASETS["gdelt1"]
    series = Series(
        entry.series.pattern, entry.series.example, f"{server.address}/events/", f"{server.address}/events/md5sums"
    )
    there = Dataset("gdelt1", entry.title, (), entry.licence, reference=entry.reference, series=series)
    monkeypatch.setitem(catalog.DATASETS, "gdelt1", there)


@pytest.mark.parametrize("form", ["{sum}  {name}\n", "1234 {sum} http://data.gdeltproject.org/gdeltv2/{name}\n"])
def test_gdelt_is_compared_with_its_own_list(form: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name, day = "20201005.export.CSV.zip", zipped(**{"20201005.export.CSV": b"1\t2\n"})
    server.serve(f"/events/{name}", day)
    other = form.format(sum="0" * 32, name="20201004.export.CSV.zip")
    md5 = hashlib.md5(day, usedforsecurity=False).hexdigest()
    gdelt(server, monkeypatch, (other + form.format(sum=md5, name=name)).encode())
    assert catalog.fetch("gdelt1", [name])[name].read_bytes() == day
    assert catalog.fetch("gdelt1", [name])[name].read_bytes() == day
    assert server.paths() == ["/events/md5sums", f"/events/{name}"]
    gdelt(server, monkeypatch, other.encode())
    with pytest.raises(DatasetUnavailable, match=r"md5sums does not list 20201006.export.CSV.zip"):
        catalog.fetch("gdelt1", ["20201006.export.CSV.zip"])
    server.serve("/events/20201004.export.CSV.zip", day)
    with pytest.raises(DatasetUnavailable, match="another file there than its own list of MD5 sums says"):
        catalog.fetch("gdelt1", ["20201004.export.CSV.zip"])


def test_gdelt_file_that_is_not_as_listed_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "20201005.export.CSV.zip"
    server.serve(f"/events/{name}", zipped(a=b"1"))
    gdelt(server, monkeypatch, f"{'0' * 32}  {name}\n".encode())
    with pytest.raises(DatasetUnavailable, match="another file there than its own list of MD5 sums says"):
        catalog.fetch("gdelt1", [name])


@pytest.mark.parametrize("name", ["../../x.zip", "20201005.export.CSV.zip/../x", "20201005.csv", "20201005.zip\n", ""])
def test_names_of_another_form_are_refused_before_anything_is_asked(name: str, server: Server) -> None:
    with pytest.raises(ValueError, match=r"no file can be named .* expected a name such as '20201005.export.CSV.zip'"):
        catalog.fetch("gdelt1", [name])
    with pytest.raises(ValueError, match="too many files to get all"):
        catalog.fetch("gdelt1")


def test_published_names_are_understood() -> None:
    names = {
        "gdelt1": ["1979.zip", "200601.zip", "20130401.export.CSV.zip"],
        "gdelt2": ["20150218230000.export.CSV.zip"],
        "ucdp_candidate": ["GEDEvent_v26_0_8.csv", "GEDEvent_v26_01_26_06.csv", "GEDEvent_v25_0_12.csv"],
    }
    for dataset, forms in names.items():
        for name in forms:
            assert catalog.DATASETS[dataset].series.file(name).address.endswith(f"/{name}")


def test_data_given_out_by_hand_say_where(machine: pathlib.Path) -> None:
    with pytest.raises(DatasetUnavailable, match=r"gtd .* not fetched by file: fill in the form at https://www.start"):
        catalog.fetch("gtd")
    with pytest.raises(DatasetUnavailable, match=r"ACLED_USERNAME and ACLED_PASSWORD, and use catalog.acled"):
        catalog.fetch("acled")


# Death and company ----------------------------------------------------------------------------------------------------

FETCHER = """
import sys
from analysis import catalog
from analysis.catalog import Dataset, File
catalog.DATASETS["mine"] = Dataset("mine", "", (File("data.bin", sys.argv[1]),), "CC0", reference="nobody")
print(catalog.fetch("mine")["data.bin"])
"""


def test_killed_in_the_middle_it_goes_on(
    server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path, root: pathlib.Path
) -> None:
    address, over = server.serve("/data.bin", CONTENT), threading.Event()
    server.faults["/data.bin"] = [Answer(CONTENT, headers=edition_of(server), cut=200_000, hold=over)]
    part = machine / "mine" / "data.bin.part"
    with subprocess.Popen([sys.executable, "-c", FETCHER, address], cwd=root) as process:
        until = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size) and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
    over.set()
    assert 0 < part.stat().st_size < len(CONTENT)
    offer(monkeypatch, address)
    assert catalog.fetch("mine")["data.bin"].read_bytes() == CONTENT
    assert [request.headers.get("range", "all")[:6] for request in server.asked] == ["all", "bytes="]
    assert not [name for name in files_in(machine) if ".part" in name]


def test_two_at_once_do_not_spoil_each_other(
    server: Server, monkeypatch: pytest.MonkeyPatch, machine: pathlib.Path
) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    whole, gate = server.rules["/data.bin"], threading.Barrier(4)

    def together(request: object) -> Answer:
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(5)
        return whole(request)

    server.rules["/data.bin"] = together
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(catalog.fetch("mine")["data.bin"].read_bytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [CONTENT] * 4
    assert files_in(machine) == ["data.bin", "data.bin.sha256"]


def test_quiet_in_a_pipe(server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    offer(monkeypatch, server.serve("/data.bin", CONTENT))
    catalog.fetch("mine")
    assert capfd.readouterr() == ("", "")
