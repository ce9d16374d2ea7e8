# make show       the show of shows/ on simulated cameras, in this terminal
# make test       every check: linter, types, unused code, spelling, tests
# make core       the tests that need no browser, socket or device
# make lesser     the tests of what depends on the system, on one with less: no timerfd, no pread, no loop signals
# make windows    tests with a Python for Windows, under Wine (minutes; needs apt-get install wine wine64)
# make companion  the module for Bitfocus Companion, as a .tgz (needs npm)
# make night      nights at random in virtual time: HOURS=2 for so long, SEED=17 for that one again
# make drawn      every example of the tests that draw some: make test draws a quarter of them
# make dist       dist/: the wheel, and one file that runs without Python on systems like this one
# make soak       a long show in real time, HOURS=1 of it: does anything grow?
# make bench      the figures of the guide, measured on this machine

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPANION := cuelang/integrations/companion

## The program under test starts a thousand times: its bytecode is kept.
unexport PYTHONDONTWRITEBYTECODE
## The tests mostly wait, for browsers, processes and sockets: four for each core.
WORKERS := -p tests.forked --workers $(shell $(PYTHON) -c 'import os; print(4 * (os.cpu_count() or 1))')
## What measures real time (OBS draws in software, too) has the machine to itself.
CALM := -n 0 -m calm tests/switchers tests/running tests/web tests/simulator tests/clock tests/screen \
	tests/triggers tests/test_benchmarks.py
## Who failed is tried once more with the machine to itself, and named: a slow machine is no fault of the program.
AGAIN := -n 0 -vv --last-failed --last-failed-no-failures none
tried = $(BIN)/pytest $(1) || { [ $$? = 1 ] && $(BIN)/pytest $(AGAIN) $(2); }
LESSER := -o cache_dir=.pytest_cache/lesser -m "not calm" -p tests.lesser_system tests/clock tests/test_app.py tests/transports/test_lines.py \
	tests/runtime/test_asrun.py tests/runtime/test_logfile.py \
	tests/transports/test_opened_again.py tests/triggers/test_osc_door.py tests/triggers/test_osc_tcp.py \
	tests/triggers/test_both_families.py

.PHONY: help show test checks suite core lesser companion night drawn soak bench clean

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

## Linters and types are checked beside the tests, which mostly wait.
test: $(READY)
	@$(MAKE) --no-print-directory -j2 checks suite
	$(call tried,$(CALM))

checks: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin cuelang
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 cuelang
	$(BIN)/vulture
	$(BIN)/codespell cuelang tests examples shows stdlib README.md
	$(call tried,-p tests.forked --workers 2 $(LESSER),$(LESSER))

suite: $(READY)
	$(call tried,$(WORKERS) -m "not calm")

core: $(READY)
	$(BIN)/pytest $(WORKERS) tests/clock tests/lang tests/models tests/output tests/playback tests/protocols \
		tests/rehearsal \
		tests/runtime tests/exchange tests/test_examples.py tests/test_imports.py

lesser: $(READY)
	$(BIN)/pytest $(WORKERS) $(LESSER)

windows: $(READY)
	$(BIN)/python -m tests.windows

companion:
	cd $(COMPANION) && npm install --no-fund --no-audit --no-package-lock && npm run build
	@ls $(COMPANION)/*.tgz

night: $(READY)
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(HOURS),--hours $(HOURS))

DIST := .venv-dist
ALONE := --onefile --name cuelang --specpath build --noconfirm --log-level WARN --collect-submodules cuelang \
	--collect-data cuelang --collect-data tzdata --collect-submodules wakepy --collect-submodules mido.backends \
	--add-data "$(CURDIR)/stdlib:cuelang/stdlib"

dist:
	$(PYTHON) -m venv $(DIST)
	$(DIST)/bin/python -m pip install --quiet --disable-pip-version-check pyinstaller build '.[midi,ltc,mqtt,xlsx,tls,lsp]'
	$(DIST)/bin/python -m build --wheel --outdir dist .
	$(DIST)/bin/python -m pip uninstall --quiet --yes cuelang
	$(DIST)/bin/python -m PyInstaller $(ALONE) --paths . cuelang/__main__.py
	dist/cuelang --version

drawn: $(READY)
	CUELANG_TESTS=night $(BIN)/pytest $(WORKERS) -m "not calm"

soak: $(READY)
	$(BIN)/python -m tests.simulation.soak $(if $(HOURS),--hours $(HOURS))

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf build dist $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis
