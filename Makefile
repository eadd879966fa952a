# Two commands: `make run` and `make test`. Both need Python 3.11+ with venv, and nothing else installed.

PYTHON ?= python3
BIN := .venv/bin
STATE := $(or $(REKISTERI_HOME),.rekisteri)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run ui test soak bench lint types stop clean

help: ## Show this help
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/.stamp ## Run one whole night on a real PostgreSQL and a real Airflow, and show what it did
	@$(BIN)/rekisteri run $(ARGS)

ui: .venv/.stamp ## The same, and keep the Airflow UI up
	@$(BIN)/rekisteri run --ui $(ARGS)

test: lint types ## Lint, types and the whole test suite
	$(BIN)/pytest -q -n 2 --dist loadfile $(ARGS)

soak: .venv/.stamp ## Kill steps of a night at 50 random points and compare how it ends (SEED=... POINTS=...)
	@$(BIN)/python -m tests.faults.soak $(if $(SEED),--seed $(SEED)) $(if $(POINTS),--points $(POINTS))

bench: .venv/.bench ## What a pull takes beside COPY, pandas and dlt; writes build/bench.json
	$(BIN)/python -m bench $(ARGS)

.venv/.bench: .venv/.stamp bench/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.lock
	@touch $@

lint: .venv/.stamp ## Style of the Python and the SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint include/sql

types: .venv/.stamp ## Types
	$(BIN)/mypy

stop: .venv/.stamp ## Stop PostgreSQL and Airflow; the data stays
	@$(BIN)/python -m rekisteri.embedded stop

# A server may still run on the state: without an installation that can stop it, one is made first.
clean: ## Stop the servers and remove all that was made
	@if [ -e "$(STATE)" ]; then \
	  $(BIN)/python -c 'import rekisteri.embedded.life' 2>/dev/null || $(MAKE) .venv/.stamp; \
	  $(BIN)/python -m rekisteri.embedded clean; \
	fi
	rm -rf .venv build plugins/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp comes last: an installation that broke off is taken up again, and begun anew where its pip is broken.
.venv/.stamp: requirements.lock pyproject.toml
	@command -v "$(PYTHON)" > /dev/null || \
	  { echo "no $(PYTHON): install Python 3.11 or newer, or name one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed; name one, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || \
	  { echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "installing into .venv (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . || \
	  { echo "the installation broke off: see above (no network? disk full?), then run make again" >&2; exit 1; }
	@touch $@
