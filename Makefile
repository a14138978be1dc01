# make demo and make test do all their own set-up: Python >= 3.11 and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?=
COVER ?=
ONLY ?=
OUT ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-page lint format bench models up down test-compose sbom lock clean

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "doctrail needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The locks name every dependency with its hashes, so --no-deps loses nothing.
.make/runtime: requirements.lock | $(VENV)/bin/python
	@mkdir -p .make
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.make/dev: requirements-dev.lock | $(VENV)/bin/python
	@mkdir -p .make
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .make/runtime

demo: .make/runtime ## documents in, records out, on the embedded default
	@$(BIN)/python -m app.demo

# Tracing what is covered doubles what the tests compute; CI asks for it. Files go in their order: by number
# of tests, the slowest would come last, when the other process has nothing left to do.
test: .make/dev ## everything that must hold: lint, types, contracts, tests (COVER=1: and coverage)
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(COVER),--cov --cov-report=term:skip-covered)

test-page: .make/dev ## the review page in a real browser, every test of it (needs Chromium)
	DOCTRAIL_THOROUGH=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests/browser

lint: .make/dev ## style, types, import contracts, published schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m app schemas check

format: .make/dev ## rewrite the sources in the one style
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

bench: .make/dev ## side-by-side benchmarks, printed as ratios
	$(BIN)/python -m benchmarks.run

models: .make/dev ## train the shipped models again (DATA=DIR with labelled sets; ONLY="nda receipt" OUT=DIR)
	$(BIN)/python -m app models --data "$(DATA)" $(addprefix --only ,$(ONLY)) $(if $(OUT),--out "$(OUT)")

# Secrets are made once; whoever wants others edits the file. What a later release adds is added to it.
# A database that was made with other secrets would let nobody in.
.env: .env.example
	@test -s $@ || ! docker volume inspect doctrail_postgres >/dev/null 2>&1 || { \
		echo "what an earlier installation kept is still there, its secrets are not: put its .env here, or remove what it kept:"; \
		echo "docker volume rm doctrail_home doctrail_kafka doctrail_objects doctrail_postgres"; exit 1; }
	@umask 077; touch $@; while IFS= read -r line; do \
		if [ -n "$${line%%#*}" ] && grep -q "^$${line%%=*}=" $@; then continue; fi; \
		case "$$line" in \
		*=) printf '%s%s\n' "$$line" "$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;; \
		*) grep -qxF -- "$$line" $@ || printf '%s\n' "$$line" ;; esac; done <.env.example >>$@
	@touch $@
	@echo "secrets of the services were made: they lie in .env, and are shown nowhere else"

up: .env ## every agent a service of its own, with Kafka, S3 and PostgreSQL (needs Docker)
	@COMMIT="$$(git rev-parse HEAD 2>/dev/null)" docker compose up --build --detach --wait
	@echo "drop files into inbox/; then: docker compose exec watch doctrail status"
	@echo "review at http://localhost:$$(sed -n 's/^REVIEW_PORT=//p' .env | grep . || echo 28765)/ as admin, password: REVIEW_ADMIN_PASSWORD in .env"

down: ## stop the services; what they keep stays (docker compose down -v removes it)
	@docker compose down

test-compose: ## the services brought up apart from yours, used, killed and brought down (needs Docker)
	@$(or $(wildcard $(BIN)/python),$(PYTHON)) -m tests.compose

.make/sbom: requirements-sbom.lock | $(VENV)/bin/python
	@mkdir -p .make
	$(BIN)/python -m venv $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-sbom.lock
	@touch $@

sbom: .make/runtime .make/sbom ## what a release is made of, with licences: build/sbom.json (CycloneDX)
	@mkdir -p build
	.make/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible --of JSON -o build/sbom.json $(BIN)/python

lock: .make/dev ## compile the locks anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra setup --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra setup --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements-dev.lock
	$(BIN)/uv pip compile --group sbom --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements-sbom.lock

clean: ## remove what make made, state of the demo included
	rm -rf $(VENV) .make .doctrail build dist
