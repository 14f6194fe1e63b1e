"""One row of the table, and the ways to measure what stands in it."""

from __future__ import annotations

import math
import re
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
LINEAR = 1.1  # the exponent of growth that still counts as linear
FRESH = "import sys; from tests.benchmarks.measuring import spent; print(*spent(sys.argv[1]))"


@dataclass(frozen=True)
class Row:
    """
    What was measured, beside what.

    `size` counts `unit`s, 0 if there is nothing to count. Memory is the highest of the process. `growth` is the power
    of the size with which time grows: 1 is linear. `goals` are upper limits of `ratio`, `seconds`, `peak_mb` and
    `growth`. `problem` says why there is no figure.
    """

    what: str
    size: int = 0
    unit: str = ""
    seconds: float | None = None
    rival: str = ""
    rival_seconds: float | None = None
    peak_mb: float | None = None
    rival_peak_mb: float | None = None
    growth: float | None = None
    goals: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def ratio(self) -> float | None:
        """Our seconds over the rival's; below 1 we are faster."""
        return self.seconds / self.rival_seconds if self.seconds and self.rival_seconds else None

    @property
    def missed(self) -> dict[str, float]:
        """The goals that are not met, and their limits."""
        found = {name: getattr(self, name) for name in self.goals}
        return {name: most for name, most in self.goals.items() if found[name] is None or found[name] > most}


class Spent(NamedTuple):
    """What a process took without its imports, and what it found."""

    seconds: float
    peak_mb: float
    answer: int


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of one call, and what it returned."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def alternately(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Call all in turns, and give the median seconds of each."""
    return [
        statistics.median(times) for times in zip(*([timed(w)[0] for w in works] for _ in range(rounds)), strict=True)
    ]


def beside(row: Row, ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 1) -> Row:
    """Fill in the seconds of both, called in turns."""
    seconds, rival_seconds = alternately(rounds, ours, theirs)
    return replace(row, seconds=seconds, rival_seconds=rival_seconds)


def grown(rows: Iterable[Row], **goals: float) -> Iterator[Row]:
    """Fill in the growth of each row since the one before it, which is the same at a smaller size, and its goals."""
    before = None
    for row in rows:
        if before:
            power = math.log(row.seconds / before.seconds) / math.log(row.size / before.size)
            yield replace(row, growth=power, goals={**row.goals, **goals})
        else:
            yield row
        before = row


def python(*words: str) -> Callable[[], str]:
    """Python in a fresh process of the checkout; gives what it printed."""

    def run() -> str:
        done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return done.stdout

    return run


def fresh(code: str, quick: bool) -> Spent:
    """Run code in a process of its own, or for a quick look in this one."""
    if quick:
        return spent(code)
    seconds, peak_mb, answer = python("-c", FRESH, code)().splitlines()[-1].split()
    return Spent(float(seconds), float(peak_mb), int(answer))


def spent(code: str) -> Spent:
    """Run code that calls `imported()` when the clock is to start, and leaves an `answer`."""
    started: list[float] = []
    names: dict[str, Any] = {"imported": lambda: started.append(time.perf_counter())}
    warnings.simplefilter("ignore")
    exec(code, names)
    return Spent(time.perf_counter() - started[0], peak_mb(), int(names["answer"]))


def peak_mb() -> float:
    """Tell the most memory that this process held. What `getrusage` says of a new one begins with its parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
