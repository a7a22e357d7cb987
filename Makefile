# Everything a developer runs. It needs Python 3.11 or later and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
JOBS ?= 2

.PHONY: help demo test lint types layers unit test-long lock schema clean

help:
	@echo "make demo    a real synchronisation between two sandbox systems, start to end"
	@echo "make test    lint, types, layers, tests"
	@echo "make format  put the code into the house's form"
	@echo "make schema  write config/sync.schema.json afresh from the code"
	@echo "make lock    resolve the dependencies anew into requirements*.lock"

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "syncsvc needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	@$(BIN)/syncsvc demo

test: lint types layers unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports --no-cache

unit: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist worksteal

# The same tests with long budgets: thousands of generated examples instead of hundreds.
test-long: $(STAMP)
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n $(JOBS) --dist worksteal --timeout 3000

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(STAMP)
	$(BIN)/syncsvc rules schema > config/sync.schema.json

# Locks with hashes, valid on every platform, and without any registry's address.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis
