# The verbs of this project. `make` alone lists them.
# Options for what a verb runs: make demo ARGS="--port 8001", make test ARGS="-k export".
# Needs Python 3.11 or newer, make and git; everything else is installed into .venv from locks with hashes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# Each can be run alone: .venv/bin/python -m benchmarks.webhooks --help
BENCHES := rivals webhooks load past pages pushing month_end profitability recharging reminders sizes simulated_week

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check format audit bench docs pictures wheel lock clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(VENV)/.runtime ## set everything up and run Counterfoil beside its stand-in Xero
	@$(BIN)/counterfoil demo $(ARGS)

test: $(VENV)/.dev ## set everything up and run all tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-slow: $(VENV)/.dev ## the proofs that take minutes
	@$(BIN)/python -m pytest -m slow $(ARGS)

check: $(VENV)/.dev ## format, lint, types and floors
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python -m counterfoil.config.manage check --fail-level WARNING
	@$(BIN)/python -m counterfoil.config.manage makemigrations --check --dry-run

format: $(VENV)/.dev ## write the code the one way it is written
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

audit: $(VENV)/.dev ## ask for known weaknesses of the locked libraries; without the internet it says so
	@$(BIN)/python tools/audit.py

bench: $(VENV)/.dev ## measure everything, an hour or two; the first figures go to docs/performance.md
	@$(BIN)/python -m benchmarks
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

docs: $(VENV)/.dev ## write the documentation as a site, to site/
	@$(BIN)/zensical build --strict --clean

pictures: $(VENV)/.dev ## take the README's pictures from a demo, to docs/pictures/
	@$(BIN)/python tools/take_pictures.py

wheel: $(VENV)/.dev ## build the release, to dist/
	@$(BIN)/python -m pip wheel -q --no-deps -w dist .

lock: ## renew the locks from pyproject.toml (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o locks/runtime.txt
	uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra dev -c locks/runtime.txt pyproject.toml -o locks/dev.txt

clean: ## remove the environment
	rm -rf $(VENV)

# One recipe makes either environment: $(1) is the lock. The lock comes from the same
# resolution, so `dev` only adds to `runtime`. `.unfinished` tells of an installation that was
# cut off: what it left behind cannot be trusted, so the next one begins with an empty folder.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Counterfoil needs Python 3.11 or newer, and $(PYTHON) is not that; name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make an environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@{ test ! -e $(VENV)/.unfinished && $(BIN)/python -m pip --version >/dev/null 2>&1; } || $(PYTHON) -m venv --clear $(VENV)
	@touch $(VENV)/.unfinished
	@echo "Installing into $(VENV) from $(1)"
	@if [ -n "$(UV)" ]; then "$(UV)" pip install -q --python $(BIN)/python --require-hashes -r $(1); \
	 else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); fi
	@$(BIN)/python tools/link_sources.py
	@touch $@
	@rm $(VENV)/.unfinished
endef

$(VENV)/.runtime: locks/runtime.txt
	$(call install,locks/runtime.txt)

$(VENV)/.dev: locks/dev.txt
	$(call install,locks/dev.txt)
	@touch $(VENV)/.runtime
