# Everything a developer runs. It needs Python 3.11 or later and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
JOBS ?= 3
# Bytecode is kept whatever the environment says: the many programs that tests start would compile everything anew each time.
unexport PYTHONDONTWRITEBYTECODE
# Simulated histories of `make test-long`.
SIMULATIONS ?= 10000

.PHONY: help demo test lint types layers unit test-long test-mutants replay bench test-container lock schema clean

help:
	@echo "make demo    a real synchronisation between two sandbox systems, start to end"
	@echo "make test    lint, types, layers, tests"
	@echo "make test-long SIMULATIONS=10000   the same tests with long budgets, and that many simulated histories"
	@echo "make test-mutants                  write wrongs into a copy of the code, and see that the tests fail"
	@echo "make replay SEED=17                tell one simulated history again, with what else its story names (AIM=after_effect:2)"
	@echo "make format  put the code into the house's form"
	@echo "make test-container  build the container image, run it and see whether it does what it should"
	@echo "make bench   speed and memory against yardsticks measured in the same run (BENCH='--sizes 10000' for less)"
	@echo "make schema  write config/sync.schema.json afresh from the code"
	@echo "make lock    resolve the dependencies anew into requirements*.lock"

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "syncsvc needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --no-compile -r requirements-dev.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib  # as pip would, but on all cores
	@touch $@

demo: $(STAMP)
	@$(BIN)/syncsvc demo

test: lint types layers unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

types: $(STAMP)
	$(BIN)/mypy --num-workers 2

layers: $(STAMP)
	$(BIN)/lint-imports --no-cache

unit: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist worksteal

# The same tests with long budgets: thousands of generated examples and simulated histories instead of hundreds.
test-long: $(STAMP)
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n $(JOBS) --dist worksteal --timeout 3000 --ignore tests/simulation
	SIMULATIONS=$(SIMULATIONS) $(BIN)/pytest -n $(JOBS) --dist worksteal --timeout 3000 tests/simulation

# One history from its seed, with all that happened in it; AIM and ON as the story of a crash point or a late server says them.
replay: $(STAMP)
	SEED='$(SEED)' AIM='$(AIM)' ON='$(ON)' $(BIN)/pytest -n 0 -s tests/simulation/test_replay.py -k test_one_history

test-mutants: $(STAMP)
	$(BIN)/python tests/mutants/run.py

# Beside the tests' environment: the two libraries that planning is compared with are for benchmarks alone.
bench: $(STAMP)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-bench.lock
	$(BIN)/python tests/bench/measure.py $(BENCH)

# Builds the image and runs it; with Docker, or with buildah and podman (docs/container.md says what else that takes).
test-container: $(STAMP)
	$(BIN)/pytest -n 0 --timeout 3000 tests/container/check_image.py

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(STAMP)
	$(BIN)/syncsvc rules schema > config/sync.schema.json

# Locks with hashes, valid on every platform, and without any registry's address.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install -qq --disable-pip-version-check uv
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --group pyproject.toml:build -o requirements-build.lock
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -o requirements-dev.lock
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml --group dev --group bench -o requirements-bench.lock

clean:
	rm -rf $(VENV) .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis
