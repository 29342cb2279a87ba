# The commands of Tallystick's workshop. `make` alone lists them.
#
# A bare clone needs only make and Python 3.11: everything else goes into .venv, from uv.lock, and
# is brought up to date when uv.lock or pyproject.toml changes. Every path is relative and quoted,
# so the clone may lie in a folder with blanks in its name.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test soak simulate check bench fuzz kafka clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced

# How the tests are spread over processes. The workers share one server, and each test or worker has
# databases of its own on it.
PYTEST_WORKERS ?= -n 2 --dist load

# ACCOUNTS, KAFKA and SCALE are read by the demo, the tests and the benchmarks: make passes what is
# given on its command line (make demo ACCOUNTS=20000) or in the environment on to every command.

# A virtual environment holds absolute paths, so one that was moved or copied is made again.
HERE := $(shell pwd -P)
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(HERE))
.PHONY: $(STAMP)
endif

help: ## this list
	@printf 'Tallystick: an event-sourced accounts-receivable ledger.\n\nCommands:\n'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	  while IFS='|' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done
	@printf '\nVariables:\n'
	@printf '  ACCOUNTS=n     size of the demo, in debtor accounts\n'
	@printf '  KAFKA=...      send the demo'\''s bills through Kafka: 1 starts a broker, or host:port\n'
	@printf '  SCALE=n        size of the benchmarks\n'
	@printf '  FUZZ_SECONDS=n how long each reader is fuzzed\n'
	@printf '  SOAK_MINUTES=n how long the long versions of the tests go on in rounds\n'
	@printf '  SEEDS=n        how many seeds are simulated, from SEED=n on (0)\n'
	@printf '  WORKERS=n      in how many processes\n'
	@printf '  PYTHON=path    the Python 3.11 or later that .venv is made with\n'

setup: $(STAMP) ## make .venv and install the locked dependencies (the others do it when needed)

demo: $(STAMP) ## a council's ledger from bill to board report, with an embedded PostgreSQL
	@$(BIN)/tallystick demo

test: $(STAMP) ## the whole test suite, against a real PostgreSQL
	@$(BIN)/python -m pytest $(PYTEST_WORKERS) tests

soak: $(STAMP) ## kills, full disks and races at growing sizes (SOAK_MINUTES=30 in all)
	@$(BIN)/python tests/soak.py "$${SOAK_MINUTES:-30}" $(PYTEST_WORKERS) tests

check: $(STAMP) ## formatting, lint, types, import rules, sizes and names, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/house/test_form_of_the_code.py tests/house/test_generated_files.py

bench: $(STAMP) ## measure intake, projections and reports
	@$(BIN)/python -m benchmarks

fuzz: $(STAMP) ## feed every file reader with broken files (FUZZ_SECONDS=60 for each)
	@PATH="$$PATH:$$PWD/$(BIN)" UV_PROJECT_ENVIRONMENT=.venv \
	  uv sync --quiet --locked --all-extras --group fuzz --python $(BIN)/python
	@$(BIN)/python tests/fuzz/run.py "$${FUZZ_SECONDS:-60}"

simulate: $(STAMP) ## a small council's year under faults, SEEDS=1000 times, WORKERS=2 at a time
	@$(BIN)/python -m tests.simulation.run "$${SEEDS:-1000}" "$${WORKERS:-2}" "$${SEED:-0}"

kafka: $(STAMP) ## a real Apache Kafka on 127.0.0.1 until Ctrl-C
	@$(BIN)/python tests/kafka/broker.py

clean: ## stop and delete the embedded database, .venv, caches and demo output
	@if [ -x $(BIN)/python ] && [ -d .tallystick ]; then $(BIN)/python -c \
	  'import pathlib, service.embedded as e; [e.discard(h) for h in (pathlib.Path(".tallystick/demo"), pathlib.Path(".tallystick")) if h.is_dir()]'; fi
	@rm -rf .tallystick demo-out .venv build dist
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Tallystick needs Python 3.11 or later; '$(PYTHON)' is" \
	    "$$($(PYTHON) --version 2>&1 || true). Install a newer one, or name it:" \
	    "make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Preparing .venv from uv.lock (the first time takes a minute or two)" >&2
	@if [ ! -x $(BIN)/python ] || [ "$$(cat $(STAMP) 2>/dev/null || pwd -P)" != "$$(pwd -P)" ]; then \
	  $(PYTHON) -m venv --clear .venv || { \
	    echo "This Python cannot make virtual environments." \
	      "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; fi
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet uv
	@PATH="$$PATH:$$PWD/$(BIN)" UV_PROJECT_ENVIRONMENT=.venv \
	  uv sync --quiet --locked --all-extras --python $(BIN)/python
	@pwd -P > $(STAMP)
