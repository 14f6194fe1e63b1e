# The two commands: `make figures` and `make test`. Each builds .venv first if it is missing or older than the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export MPLBACKEND := agg
# One thread a process: the tests use every processor by themselves, and the models are small.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

# A Python named on the command line that is not the one of the environment makes it anew.
ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) -V 2>&1),$(shell $(BIN)/python -V 2>/dev/null))
$(shell rm -f $(READY))
endif
endif

# An environment: of this Python, in this folder, with these packages and the checkout itself.
define environment
$(1) -m venv --clear $(2)
$(2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(3)
$(2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch $(2)/.ready
endef

.PHONY: figures test oldest coverage report lab notebooks lint types bench clean

figures: $(READY)
	$(BIN)/unrest figures

test: $(READY) lint types
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not browser"
	$(BIN)/unrest codebook --check
	$(BIN)/unrest figures --check
	$(BIN)/unrest report -o build/report.html
	$(BIN)/python -m pytest -q -m browser tests/test_browser.py

# Branches too, and what the command line does in processes of its own; on a full disk coverage itself cannot write.
coverage: $(READY)
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not browser" --cov \
		--deselect tests/test_hardening.py::test_full_disk_is_a_sentence_and_the_old_file_stays

# The tests with the oldest Python and the oldest version of each dependency that pyproject.toml admits, as
# `uv pip compile --resolution lowest-direct --group dev` finds them, with all others as in the lock.
OLDEST_PYTHON ?= python3.11
OLDEST := .venv-oldest

oldest: $(OLDEST)/.ready
	$(OLDEST)/bin/python -m pytest -q -n auto --dist loadgroup -m "not browser"

report: $(READY)
	$(BIN)/unrest report -o report.html

lab: $(READY)
	$(BIN)/jupyter lab notebooks

notebooks: $(READY)
	$(BIN)/unrest notebooks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m tests.benchmarks -o tests/benchmarks/RESULTS.md

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	$(call environment,$(PYTHON),$(VENV),requirements.lock)

$(OLDEST)/.ready: tests/oldest.txt pyproject.toml
	$(call environment,$(OLDEST_PYTHON),$(OLDEST),tests/oldest.txt)

clean:
	rm -rf $(VENV) $(OLDEST) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
