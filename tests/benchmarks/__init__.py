"""
Speed beside the alternatives, as ratios measured in one run: `make bench`, or `python -m tests.benchmarks --help`.

Each subject is a module with `rows(quick)`, which yields one `Row` after the other; `results` makes one table of all.
`kills` is no timing and is run by hand. Never part of the tests, which only look that all of it runs (`--quick`).
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # before NumPy is imported; children inherit it
    os.environ.setdefault(threads, "1")
