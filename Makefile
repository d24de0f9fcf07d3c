# Needs Python >= 3.11 with pip, and make. Everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
SEEDS ?= 200
FIRST ?= 1
BIN := $(VENV)/bin
MEMBERS := packages/odoo_rpc packages/order_mapper packages/poller_core apps/cli apps/tui
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: setup demo test units simulate real bench check format screenshots lock clean
setup: $(VENV)/.setup ## install odoo-poller into .venv
	@echo 'odoo-poller is in $(BIN). See it work: make demo. Use it:'
	@echo '  → export PATH=$$PWD/$(BIN):$$PATH'
	@echo '  → odoo-poller connections add'
demo: $(VENV)/.setup ## everything at once: a local Odoo stand-in, a receiver, the poller between them
	$(BIN)/odoo-poller demo
test: $(VENV)/.dev ## every test that needs nothing but this machine
	$(BIN)/python -m pytest -q -n 2 -m 'not real_odoo' tests
units: $(VENV)/.dev ## the same without the slow ones
	$(BIN)/python -m pytest -q -n 2 -m 'not real_odoo and not slow' tests
simulate: $(VENV)/.dev ## SEEDS worlds on a virtual clock in which everything goes wrong; one again: make simulate FIRST=7 SEEDS=1
	cd tests && $(abspath $(BIN))/python -m simulation --seeds $(SEEDS) --first $(FIRST)
real: $(VENV)/.dev ## the suite against both real Odoos; REAL_ODOO names the tool that starts them
	$(BIN)/python -m pytest -q -m real_odoo tests
ROUNDS ?= 7
bench: $(VENV)/.bench ## every measurement, a quarter of an hour, and docs/benchmarks.md from them; QUICK=1: three minutes, written nowhere
	$(BIN)/python benchmarks/run.py $(if $(QUICK),--quick,--rounds $(ROUNDS) --write docs/benchmarks.md)
check: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
screenshots: $(VENV)/.dev ## draw the pictures of README and docs anew
	$(BIN)/python docs/screenshots.py
lock: ## pin requirements/*.txt anew, with hashes and without index addresses (needs uv)
	for set in runtime dev bench; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	    --no-header requirements/$$set.in -o requirements/$$set.txt || exit 1; done
clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "odoo-poller needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
$(VENV)/.setup: requirements/runtime.txt $(MEMBERS:%=%/pyproject.toml) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	touch $@
$(VENV)/.dev: requirements/dev.txt $(VENV)/.setup
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@
$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/bench.txt
	touch $@
