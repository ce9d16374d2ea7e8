# make show   the show of shows/ on simulated cameras, in this terminal
# make test   every check: linter, types, unused code, spelling, tests
# make core   the tests that need no browser, socket or device
# make bench  the figures of the guide, measured on this machine

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help show test core bench clean

help:
	@sed -n 's/^# //p' Makefile

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "cuelang needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

show: $(READY)
	@$(BIN)/python shows/play.py

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/codespell cuelang tests examples shows stdlib README.md
	$(BIN)/pytest -n 2

core: $(READY)
	$(BIN)/pytest -n 2 tests/clock tests/lang tests/models tests/output tests/playback tests/protocols tests/rehearsal \
		tests/runtime tests/exchange tests/test_examples.py tests/test_imports.py

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis
