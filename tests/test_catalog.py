"""Data sets we may not ship: found where the user put them, fetched once, never taken for another file."""

import hashlib
import http.server
import pathlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from analysis import DataError, catalog
from analysis.catalog import Dataset, DatasetUnavailable, File
from analysis.formats import publishers
from analysis.precincts import load_precincts

CONTENT = b"station_id,contestant,votes\n1,A,3\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Publisher(http.server.BaseHTTPRequestHandler):
    """Serves one file well, another cut short, a third wrong."""

    def do_GET(self) -> None:
        """Answer a request for one of them."""
        answers = {"/good.csv": CONTENT, "/cut.csv": CONTENT[:100], "/wrong.csv": CONTENT[:-1]}
        if self.path not in answers:
            self.send_error(404)
            return
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT if self.path == "/cut.csv" else answers[self.path])))
        self.end_headers()
        self.wfile.write(answers[self.path])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    serving.asked = []
    thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield serving
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """A machine that has fetched nothing yet and waits for nothing; returns its cache."""
    monkeypatch.setattr("analysis.catalog.transport.sleep", lambda _: None)
    monkeypatch.delenv("ANALYSIS_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "cache"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, server: http.server.ThreadingHTTPServer) -> str:
    """Address of the server; the data set `mine` has `good.csv` there."""
    offer(monkeypatch, f"http://127.0.0.1:{server.server_port}/good.csv")
    return f"http://127.0.0.1:{server.server_port}"


def offer(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    file = File("2020/good.csv", address, SHA256, len(CONTENT))
    dataset = Dataset("mine", "My stations", (file,), "CC0", "kloop", {"XXX-2020-01-01-PARL": (file.name,)})
    monkeypatch.setitem(catalog.DATASETS, "mine", dataset)


def files_in(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


STATIONS = {name: dataset for name, dataset in catalog.DATASETS.items() if dataset.elections}


def test_station_files_are_pinned_to_a_commit_and_a_hash() -> None:
    assert len(STATIONS) == 6
    for dataset in STATIONS.values():
        assert set().union(*dataset.elections.values()) <= {file.name for file in dataset.files}
        assert dataset.format in publishers()
        assert dataset.hash == "SHA-256 stated here"
        for file in dataset.files:
            assert file.address.startswith("https://raw.githubusercontent.com/")
            assert len(file.address.split("/")[5]) == 40, "a commit, not a branch"
            assert file.address.endswith(file.name.replace(" ", "%20"))
            assert len(file.sha256) == 64


def test_every_entry_says_where_it_is_what_it_allows_and_how_to_cite_it() -> None:
    for name, dataset in catalog.DATASETS.items():
        assert name == dataset.name
        assert len(dataset.citation) > 50
        assert dataset.licence
        assert dataset.title
        assert bool(dataset.files) + bool(dataset.series) + bool(dataset.ask) == 1
        names = [file.name for file in dataset.files]
        assert len(names) == len(set(names))
        for file in dataset.files:
            parts = urlsplit(file.address)
            assert parts.scheme in ("http", "https")
            assert parts.hostname
            assert not parts.query
            assert ".." not in file.name


def test_series_give_their_own_example() -> None:
    for dataset in catalog.DATASETS.values():
        if dataset.series:
            assert dataset.series.file(dataset.series.example).address == (
                dataset.series.folder + dataset.series.example
            )


def test_entries_are_the_files_we_have(shared: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_DATA", str(shared / "data"))
    for name, dataset in STATIONS.items():
        held = catalog.fetch(name)
        assert {file.name: file.size_bytes for file in dataset.files} == {
            file: path.stat().st_size for file, path in held.items()
        }
    assert catalog.listing().set_index("name").loc[list(STATIONS), "held"].all()


def test_each_election_is_found_in_one_data_set() -> None:
    ids = [election for dataset in catalog.DATASETS.values() for election in dataset.elections]
    assert len(ids) == len(set(ids))
    assert catalog.of_election("KGZ-2020-10-04-PARL").name == "kyrgyz2020_kloop"
    with pytest.raises(ValueError, match=r"no station results of 'KGZ-2005-07-10-PRES'; there are KGZ-2020.*source="):
        load_precincts("KGZ-2005-07-10-PRES")


@pytest.mark.parametrize("place", ["data/mine/2020/good.csv", "data/2020/good.csv"])
def test_users_own_copy_comes_first(
    place: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, offered: str, empty_machine: pathlib.Path
) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    monkeypatch.setenv("ANALYSIS_DATA", str(tmp_path / "data"))
    assert catalog.fetch("mine") == {"2020/good.csv": path}
    assert not empty_machine.exists()


def test_another_file_in_its_place_is_an_error_and_stays(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, offered: str
) -> None:
    path = tmp_path / "data/mine/2020/good.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"edited")
    monkeypatch.setenv("ANALYSIS_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError) as error:
        catalog.fetch("mine")
    for part in (str(path), SHA256, hashlib.sha256(b"edited").hexdigest(), "Replace or remove it"):
        assert part in str(error.value)
    assert path.read_bytes() == b"edited"


def test_fetched_once_then_read_from_the_cache_in_silence(
    offered: str,
    server: http.server.ThreadingHTTPServer,
    empty_machine: pathlib.Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert not catalog.listing().set_index("name").loc["mine", "held"]
    first = catalog.fetch("mine")["2020/good.csv"]
    assert first.name == "good.csv"
    assert first.read_bytes() == CONTENT
    assert catalog.fetch("mine")["2020/good.csv"] == first
    assert server.asked == ["/good.csv"]
    assert files_in(empty_machine) == ["good.csv"]
    assert catalog.listing().set_index("name").loc["mine", "held"]
    assert capfd.readouterr() == ("", "")


def test_damaged_cache_is_fetched_again(offered: str, server: http.server.ThreadingHTTPServer) -> None:
    path = catalog.fetch("mine")["2020/good.csv"]
    path.write_bytes(b"half")
    assert catalog.fetch("mine")["2020/good.csv"].read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("missing.csv", "answered 404 Not Found"),
        ("wrong.csv", f"has another file there, or half of it (its SHA-256 is not {SHA256})"),
        ("cut.csv", "broke off"),
    ],
)
def test_failed_fetch_says_why_and_leaves_nothing(
    file: str, reason: str, offered: str, monkeypatch: pytest.MonkeyPatch, empty_machine: pathlib.Path
) -> None:
    offer(monkeypatch, f"{offered}/{file}")
    with pytest.raises(DatasetUnavailable) as error:
        catalog.fetch("mine")
    assert reason in str(error.value)
    assert f"{offered}/{file}" in str(error.value)
    assert files_in(empty_machine) == []


def test_closed_port_is_no_connection(monkeypatch: pytest.MonkeyPatch, server: http.server.ThreadingHTTPServer) -> None:
    port = server.server_port
    server.shutdown()
    server.server_close()
    offer(monkeypatch, f"http://127.0.0.1:{port}/good.csv")
    with pytest.raises(DatasetUnavailable, match=f"there is no connection to 127.0.0.1:{port}"):
        catalog.fetch("mine")


def test_cache_that_cannot_be_written_is_said(
    offered: str, empty_machine: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_machine.write_text("a file where the folder should be")
    with pytest.raises(DatasetUnavailable, match="the cache cannot be written"):
        catalog.fetch("mine")


def test_offline_the_loader_says_what_to_put_where(
    monkeypatch: pytest.MonkeyPatch, server: http.server.ThreadingHTTPServer
) -> None:
    unreachable = f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    entry = catalog.DATASETS["kyrgyz2020_kloop"]
    moved = tuple(File(file.name, f"{unreachable}/{file.name}", file.sha256, file.size_bytes) for file in entry.files)
    there = Dataset(entry.name, entry.title, moved, entry.licence, entry.format, entry.elections)
    monkeypatch.setitem(catalog.DATASETS, entry.name, there)
    with pytest.raises(DatasetUnavailable) as error:
        load_precincts()
    said = str(error.value)
    assert said.startswith("kyrgyz2020_kloop (Kyrgyzstan 2020")
    assert "could not be fetched: there is no connection to 127.0.0.1" in said
    assert all(f"{file.address} (0.5 MB) as {file.name}" in said for file in moved)
    assert "into a folder kyrgyz2020_kloop and set the environment variable ANALYSIS_DATA" in said
    assert "Licence: none stated" in said
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(DatasetUnavailable("not here")))
    assert (type(error), str(error)) == (DatasetUnavailable, "not here")


def test_unknown_names_are_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown data set 'russia'; did you mean russia_dkobak"):
        catalog.fetch("russia")
    with pytest.raises(ValueError, match=r"unknown file of uganda .*allowed: 2011_Pres_Pstn.csv"):
        catalog.fetch("uganda", ["nothing"])


def test_listing_tells_licence_size_and_how_a_file_is_known() -> None:
    listed = catalog.listing().set_index("name")
    columns = ["title", "elections", "files", "megabytes", "licence", "citation", "hash", "ask", "held"]
    assert list(listed.columns) == columns
    assert listed.loc["kyrgyz2020_kloop", ["files", "megabytes", "licence"]].tolist() == [3, 1.5, "none stated"]
    assert listed.loc[list(STATIONS), "citation"].str.contains("github.com|bechirot").all()
    assert listed.loc["ucdp_ged_25_1", ["files", "megabytes", "licence"]].tolist() == [1, 29.3, "CC BY 4.0"]
    assert listed.loc["ucdp_ged_25_1", "hash"] == "SHA-256 recorded at the first fetch"
    assert listed.loc["gdelt2", "hash"] == "the publisher's list of MD5 sums"
    assert listed.loc["gdelt2", ["files", "megabytes"]].isna().all(), "not known is not none"
    assert "https://www.start.umd.edu/gtd/" in listed.loc["gtd", "ask"]
    assert not listed["held"].any()


def test_no_download_library_until_something_is_fetched(root: pathlib.Path) -> None:
    code = "import sys, analysis.tables; sys.exit(any(name in sys.modules for name in ('pooch', 'requests')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
