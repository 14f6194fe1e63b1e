"""
Kill the commands at random moments: `python tests/benchmarks/kills.py [KILLS]`.

Runs `unrest figures`, `unrest report` and `unrest fetch` (from a server on loopback) and kills each KILLS times (50
unless told), with all its children, at a moment drawn from the time one whole run takes. After each kill every file in
place must be whole: byte for byte what an undisturbed run writes (figures, fetched files), or the whole old or a whole
new page (report). Prints one line for each command. Not part of the tests: it takes a quarter of an hour.

November 2026, Linux, Python 3.11, two busy cores: of 50 kills each, none left a broken file. fetch over 2.1 s: 6 files
in place, 7 leftovers; figures over 29 s: 1,050 in place; report (of notebook 01) over 15 s: 50 in place.
"""

import hashlib
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from numpy.random import default_rng

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from protocol_server import serving
from test_hardening import FETCHING

ROOT = pathlib.Path(__file__).parents[2]
CONTENT = bytes(itertools.islice(itertools.cycle(range(251)), 40_000_000))
LEFTOVERS = (".unrest-", "tmp", "data.bin.part")
Judge = Callable[[pathlib.Path], bool]


def started(words: list[str], folder: pathlib.Path) -> subprocess.Popen[bytes]:
    cache = {"XDG_CACHE_HOME": str(folder)} if folder.name == "fetch" else {}
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"} | cache
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed(name: str, words: list[str], folder: pathlib.Path, kills: int, whole: Judge, before: Callable[[], None]):
    began = time.monotonic()
    before()
    assert started(words, folder).wait() == 0, name
    lasts_s = time.monotonic() - began
    broken: list[str] = []
    done = left = found = 0
    for moment in default_rng(0).uniform(0, lasts_s, kills):
        before()
        process = started(words, folder)
        time.sleep(moment)
        done += process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
        files = [path for path in folder.rglob("*") if path.is_file()]
        left += sum(path.name.startswith(LEFTOVERS) for path in files)
        in_place = [path for path in files if not path.name.startswith(LEFTOVERS)]
        found += len(in_place)
        broken += [str(path) for path in in_place if not whole(path)]
        for path in files:
            if path.name.startswith((".unrest-", "tmp")):
                path.unlink()
    said = f"{kills} kills over {lasts_s:.1f} s ({done} after its end), {found} files in place, {left} leftovers"
    print(f"{name}: {said}, {len(broken)} broken {broken[:3]}", flush=True)


def main(kills: int) -> None:
    with tempfile.TemporaryDirectory() as temporary, serving() as server:
        folders = {name: pathlib.Path(temporary, name) for name in ("figures", "report", "fetch")}
        for folder in folders.values():
            folder.mkdir()

        def nothing_there() -> None:
            for path in folders["fetch"].rglob("data.bin"):
                path.unlink()

        digest = hashlib.sha256(CONTENT).hexdigest()
        address = server.serve("/data.bin", CONTENT)
        words = ["-c", FETCHING, address, digest, str(len(CONTENT))]
        killed("fetch", words, folders["fetch"], kills, lambda path: path.read_bytes() == CONTENT, nothing_there)

        published = ROOT / "notebooks" / "figures"
        words = ["-m", "analysis", "figures", "-o", str(folders["figures"])]

        def same(path: pathlib.Path) -> bool:
            if path.suffix == ".json":  # lists the figures that are there
                return bool(json.loads(path.read_text(encoding="utf-8"))["figures"])
            return path.read_bytes() == (published / path.name).read_bytes()

        killed("figures", words, folders["figures"], kills, same, lambda: None)

        words = ["-m", "analysis", "report", "01_what_happened", "-o", str(folders["report"] / "report.html")]
        page: Judge = lambda path: path.read_text(encoding="utf-8").rstrip().endswith("</html>")  # noqa: E731
        killed("report", words, folders["report"], kills, page, lambda: None)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
