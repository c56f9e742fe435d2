# The first Python that Prefect 3.8 runs on; make setup PYTHON=/path/to/python3.12 chooses another.
PYTHON ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
RIGHT_AGE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

# The locked set is closed, so pip need not resolve it again: --no-deps saves half of the time,
# and pip check says so if the lock ever misses something.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

UV_COMPILE = pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --no-strip-extras --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test check cover bench torture lock audit clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo "  ARGS=\"...\" is handed on to demo, test, bench, torture and audit; PYTHON=... chooses the interpreter of setup."

# A Prefect server wants the machine for itself, so the tests with one run by themselves, behind the others.
# With ARGS pytest is called once, with these.
tests = $(if $(ARGS),$(BIN)/pytest $(1) $(ARGS),\
	$(BIN)/pytest $(1) -n auto -m "not server" && $(BIN)/pytest $(1) $(if $(1),--cov-append) -m server)

setup: $(STAMP) ## .venv with the locked dependencies and yanxiu itself

# The stamp is written last, so an installation that broke off is taken up again.
$(STAMP): pyproject.toml requirements-dev.txt
	@if ! $(BIN)/python -c '$(RIGHT_AGE)' 2>/dev/null; then \
	  found=; \
	  for python in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
	    if "$$python" -c '$(RIGHT_AGE)' 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "make setup: no Python from 3.11 to 3.14 found (tried: $(if $(PYTHON),$(PYTHON),$(CANDIDATES)))." >&2; \
	    echo "Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	  fi; \
	  echo "Creating $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV); \
	fi
	@echo "Installing the locked dependencies (about a minute)"
	@$(PIP) install -qq --require-hashes --no-deps --no-compile -r requirements-dev.txt
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@$(PIP) check
	@touch $@

demo: setup ## the whole office on made-up people, ready to click through
	@$(BIN)/yanxiu demo $(ARGS)

test: setup ## the tests
	@$(call tests,)

check: setup ## everything that must hold before a change goes in
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(call tests,)

cover: setup ## the tests once more, telling which branches none of them takes: twice as slow
	@$(call tests,--cov)

bench: setup ## how fast it is: one table of ratios to floors of the same run, in under 5 minutes (ARGS=--help)
	@$(BIN)/python -m benchmarks $(ARGS)

torture: setup ## what is promised, tried thousands of times: a table of failures, in half an hour (ARGS=--help)
	@$(BIN)/python -m tests.torture $(ARGS)

# uv comes and goes with a folder of its own: it writes the lock and nothing runs with it.
lock: ## requirements.txt and requirements-dev.txt anew from pyproject.toml
	@base=$$(mktemp -d) && trap 'rm -rf "$$base"' EXIT && \
	for python in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
	  if "$$python" -c '$(RIGHT_AGE)' 2>/dev/null; then "$$python" -m venv "$$base/uv"; break; fi; \
	done && \
	"$$base/uv/bin/python" -m pip --disable-pip-version-check install -qq uv && \
	"$$base/uv/bin/uv" $(UV_COMPILE) --upgrade --output-file requirements.txt && \
	"$$base/uv/bin/uv" $(UV_COMPILE) --upgrade --extra dev --constraint requirements.txt \
	  --output-file requirements-dev.txt
	@if grep -nE '://|file:' requirements.txt requirements-dev.txt; then \
	  echo "make lock: an address got into the lock (above); it must hold names, versions and hashes only." >&2; \
	  exit 1; \
	fi

# pip-audit comes and goes with a folder of its own too. What it could not ask about counts as not audited: --strict.
audit: setup ## what PyPI knows against the locked dependencies: needs its service, not a mirror
	@base=$$(mktemp -d) && trap 'rm -rf "$$base"' EXIT && \
	$(BIN)/python -m venv "$$base/audit" && \
	"$$base/audit/bin/python" -m pip --disable-pip-version-check install -qq pip-audit && \
	"$$base/audit/bin/pip-audit" --strict --require-hashes --disable-pip --progress-spinner off \
	  $(or $(ARGS),--requirement requirements-dev.txt)

clean: ## away with .venv and every cache
	rm -rf $(VENV) .coverage .coverage.* htmlcov dist .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
