# Meltano starts three times slower without compiled bytecode.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
# Daybook's own locks do the work of Meltano's, which would keep a day
# closed for five minutes after a crash.
export MELTANO_RUN_FORCE := 1
# uv does not read pip's settings.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME MELTANO_ENVIRONMENT

BIN := .venv/bin
UV = $(BIN)/uv pip
PY = --python $(BIN)/python
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 \
	python3.11; do $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$name && break; done)
RUFF = $(BIN)/ruff
# Files in order of their names, so that the quick unit tests come last and
# both workers end at the same time.
PYTEST = $(BIN)/pytest -c plugins/pyproject.toml --rootdir . -n 2 \
	--dist loadfile --no-loadscope-reorder
STEP = @printf '==> %s\n'
# What `make setup` installs; Airflow is large and comes when it is needed.
PLUGINS := tap-csv tap-duckdb tap-mysql tap-postgres target-csv \
	target-mysql target-neo4j target-postgres daybook
# A day of the pipelines, and the size of the generated film ratings; with
# CHANGED these go to their second day.
DAY ?= 2024-12-20
SCALE ?= 1
CHANGED ?=

.PHONY: help setup demo airflow movielens people retail docs test test-long test-cluster \
	test-compose lint env lock lock-neo4j lock-mariadb bench clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' \
		Makefile

setup: .meltano/.installed ## install Meltano and the plugins into .venv and .meltano
	@:

demo: setup ## run two days of a generated shop from the sources to the databases
	@$(BIN)/python -m demo

airflow: setup .meltano/.airflow .meltano/.dbt ## run Airflow on this machine until Ctrl-C
	@exec $(BIN)/python -m orchestrate.airflow.local

movielens: setup .meltano/.dbt ## run DAY of film ratings, from MySQL into PostgreSQL and Neo4j
	@$(BIN)/python -m demo.movielens --day '$(DAY)' --scale '$(SCALE)' \
		$(if $(CHANGED),--changed)

people: setup .meltano/.dbt ## run DAY of people and places, from two files into MySQL
	@$(BIN)/python -m demo.people --day '$(DAY)'

retail: setup .meltano/.dbt ## run DAY of a shop's deliveries, from JSON lines into PostgreSQL and Neo4j
	@$(BIN)/python -m demo.retail --day '$(DAY)'

docs: setup .meltano/.dbt ## describe the models in transform/target/static_index.html
	@$(BIN)/meltano invoke dbt:docs

test: setup lint ## run ruff, mypy and the tests
	$(STEP) 'Tests, on embedded servers'
	@$(PYTEST) -m 'not long' tests

test-long: setup .meltano/.airflow .meltano/.dbt ## run the tests of demos, kills and restarts
	$(STEP) 'Demos, kills and restarts'
	@$(PYTEST) -m long tests

test-cluster: setup .meltano/.airflow ## run five days on two Celery workers and kill one; needs redis-server
	$(STEP) 'Airflow on two workers, one of which is killed'
	@$(BIN)/pytest -c plugins/pyproject.toml --rootdir . \
		tests/cluster/kill_a_worker.py

lint: setup ## run ruff and mypy only
	$(STEP) 'Style and types'
	@$(RUFF) check
	@$(RUFF) format --check
	@$(BIN)/mypy --config-file plugins/pyproject.toml

env: ## add to .env the containers' secrets that it lacks
	@$(PYTHON) docker/make_env.py

test-compose: setup ## bring up docker-compose.yaml, run a day, take it down
	$(STEP) 'The containers, with Docker or podman'
	@$(BIN)/pytest -c plugins/pyproject.toml --rootdir . -s -x \
		tests/compose/containers.py

lock: setup ## pin anew everything that requirements.txt needs
	@$(UV) compile --universal --python-version 3.11 --upgrade \
		--override overrides.txt --no-emit-package daybook \
		--quiet requirements.txt -o requirements.lock

lock-neo4j: setup ## pin anew the jars of the embedded Neo4j; needs Maven
	@$(BIN)/python -m daybook.services.maven_lock neo4j

lock-mariadb: setup ## pin anew the archive of the embedded MariaDB
	@$(BIN)/python -m daybook.services.maven_lock mariadb

bench: setup ## measure extracts and loads against psql's COPY
	@$(BIN)/python -m bench

clean: ## remove environments and caches; keep the lake and the servers' data
	@if $(BIN)/daybook services down 2>/dev/null; then :; fi
	rm -rf .venv .meltano .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.synced: requirements.lock requirements.txt plugins/pyproject.toml
	@if [ -z '$(PYTHON)' ]; then echo 'Daybook needs Python 3.11 or newer:' \
		'install it, or name it: make PYTHON=/path/to/python3' >&2; exit 2; fi
	$(STEP) 'Packages into .venv'
	@if [ ! -x $(BIN)/uv ] || ! $(BIN)/python -c '' 2>/dev/null; then \
		$(PYTHON) -m venv --clear .venv && \
		$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements.txt)"; \
	fi
	@$(UV) sync $(PY) --quiet requirements.lock
	@$(UV) install $(PY) --quiet --no-deps --editable ./plugins
	@$(BIN)/python -m compileall -q plugins/daybook demo
	@touch $@

.meltano/.installed: .venv/.synced meltano.yml
	$(STEP) 'Plugins into .meltano'
	@mkdir -p .meltano && chmod 700 .meltano
	@$(BIN)/meltano --log-level=warning install $(PLUGINS)
	@touch $@

.meltano/.dbt: transform/constraints.txt plugins/pyproject.toml \
		| .meltano/.installed
	$(STEP) 'dbt into .meltano'
	@$(BIN)/meltano --log-level=warning install dbt
	@touch $@

.meltano/.airflow: orchestrate/airflow/constraints.txt | .meltano/.installed
	$(STEP) 'Airflow into .meltano'
	@$(BIN)/meltano --log-level=warning install airflow
	@touch $@
