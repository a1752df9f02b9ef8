# Two commands on a bare Linux machine: `make plan` runs the main job, `make test` passes the tests.
# Everything lives in .venv; the system's pip is never used. ARGS are handed on: make plan ARGS="--set horizon.deorbit_by=2031-12-31"

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
SYNC := $(BIN)/uv sync --frozen --inexact --quiet --python $(BIN)/python
WORKERS ?= 2

.PHONY: plan test check lint types imports validate bench reference docs format clean
.DEFAULT_GOAL := plan

plan: .venv/run-stamp
	@$(BIN)/pointnemo plan $(ARGS)

test: .venv/dev-stamp
	$(BIN)/pytest -n $(WORKERS) --dist loadscope -m "not validation" $(ARGS)

check: lint types imports test

lint: .venv/dev-stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev-stamp
	$(BIN)/pyright

imports: .venv/dev-stamp
	$(BIN)/lint-imports

validate: .venv/dev-stamp
	@rm -rf .validation && mkdir .validation
	POINTNEMO_VALIDATION_FOLDER=.validation $(BIN)/pytest -n $(WORKERS) -m validation $(ARGS); \
	status=$$?; $(BIN)/python tools/collect_validation.py .validation validation.json || status=1; exit $$status

bench: .venv/dev-stamp
	$(BIN)/python -m benchmarks $(ARGS)

# The public part of the validation data, by checksum, for those who want to repeat the validation.
reference: .venv/run-stamp
	$(BIN)/python tools/fetch_reference.py $(ARGS)

# After a change that moves numbers: redraw the picture and refill the outputs that README and docs quote.
docs: .venv/dev-stamp
	$(BIN)/python tools/draw_readme.py

format: .venv/dev-stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .validation validation.json

# --- the environment: pinned uv inside .venv, then exactly what uv.lock says -------------------------------------

.venv/run-stamp: pyproject.toml uv.lock | .venv/uv-stamp
	@echo "installing what pointnemo needs into .venv (once)" >&2
	@$(SYNC) --no-dev
	@touch $@

.venv/dev-stamp: pyproject.toml uv.lock | .venv/uv-stamp
	@echo "installing what the tests need into .venv (once)" >&2
	@$(SYNC)
	@touch $@ .venv/run-stamp

.venv/uv-stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || \
	    { echo "pointnemo needs Python 3.11 to 3.14; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 plan" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	    { echo "this Python cannot make virtual environments; on Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@touch $@
