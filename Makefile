# Everything runs in .venv, which the first target that needs it sets up from the hash-checked requirements.
# `make help` lists the targets.

# Candidates in order; the first one that is Python 3.11 to 3.14 with venv and pip creates .venv.
PYTHON ?= python3.11 python3 python3.12 python3.13 python3.14
ARGS ?=
WORKERS ?= 2
RESOLUTION ?= lowest-direct
COMPAT_PYTHON ?= $(BIN)/python

BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(UPGRADE)
AUDIT := $(UV) run --quiet --no-project --isolated --python $(BIN)/python --with-requirements requirements/audit.txt --
# Plugins with requirements of their own: requirements/NAME.in and .txt.
PINNED := target-postgres target-jsonl dbt
DEMO_PLUGINS := tap-sei-efficiency target-duckdb dbt-duckdb report
DEMO_PINS := tap target-duckdb dbt report
OTHER_PLUGINS := target-postgres target-jsonl dbt-postgres
# Only `make warehouses` installs these loaders, and the emulators of their warehouses. dbt comes from .venv-dialects.
WAREHOUSE_LOADERS := target-snowflake target-bigquery
EMULATORS := fakesnow bqemulator

# tests/conftest.py says which tests stay together and in which order they start. ARGS=-n0 uses one process.
PARALLEL := --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MELTANO_SEND_ANONYMOUS_USAGE_STATS := false
# If this is set, every start of Meltano, dbt and a loader compiles its modules again, which takes 1 to 2 s.
unexport PYTHONDONTWRITEBYTECODE

# A virtual environment contains its own path, so it does not work in a moved folder.
ifneq ($(filter-out clean help,$(MAKECMDGOALS)),)
ifneq ($(wildcard .venv/pyvenv.cfg),)
ifneq ($(shell grep '^command = ' .venv/pyvenv.cfg | grep -vF "$(CURDIR)/.venv"),)
$(error this folder was moved or copied after `make setup`; run `make clean`, then the same command again)
endif
endif
endif

.DELETE_ON_ERROR:
.PHONY: help setup plugins demo test test-unit coverage orchestrate dialects warehouses compat lint format types generate build sbom audit bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: .venv/.tap ## create .venv with the tap and everything that the other targets need

demo: .meltano/.demo-plugins ## load the stand-in's figures into DuckDB twice, model them, and show them
	@$(BIN)/python -m demo $(ARGS)

test: .meltano/.plugins .venv-front/.requirements ## run all tests, WORKERS=2 at a time; ARGS go to pytest
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-unit: setup ## run the tests that need no Meltano plugin, no database and no dbt
	$(BIN)/python -m pytest $(PARALLEL) -m "not integration" --hypothesis-profile quick $(ARGS)

coverage: setup ## run the same tests, and list the lines and branches of the tap that they do not cover
	$(BIN)/python -m pytest $(PARALLEL) -m "not integration" --cov --cov-report term-missing:skip-covered $(ARGS)

orchestrate: .venv-orchestrate/.requirements .meltano/.plugins ## run four shards at once on Dagster, against a stand-in and PostgreSQL
	$(BIN)/python -m pytest --verbose tests/orchestrate $(ARGS)

dialects: .venv-dialects/.requirements ## compile the dbt project for BigQuery, Snowflake, Redshift and Spark
	$(BIN)/python -m pytest --verbose tests/transform/test_dialects.py $(ARGS)

warehouses: .meltano/.warehouses $(EMULATORS:%=.venv-%/.requirements) .venv-dialects/.requirements ## load into emulators of Snowflake and BigQuery, and build the models there
	$(BIN)/python -m pytest --verbose tests/warehouses $(ARGS)

compat: .meltano/.plugins .venv-front/.requirements ## run the tests with RESOLUTION=lowest-direct or highest, COMPAT_PYTHON=python3.14
	$(UV) venv --quiet --clear --python $(COMPAT_PYTHON) .venv-compat
	$(UV) pip install --quiet --python .venv-compat/bin/python --resolution $(RESOLUTION) --editable . --editable ./loader
	$(UV) pip install --quiet --python .venv-compat/bin/python --requirement requirements/dev.in
	.venv-compat/bin/python -m pytest $(PARALLEL) $(ARGS)

lint: setup ## check style, dependencies, workflows and generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/deptry tap_sei_efficiency
	$(BIN)/check-jsonschema --builtin-schema vendor.meltano meltano.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/python -m scripts.generate --check

format: setup ## apply the style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: setup ## check types
	$(BIN)/mypy

generate: setup ## update the generated files: settings in meltano.yml, the Hub definition, tables in docs/
	$(BIN)/python -m scripts.generate

plugins: .meltano/.plugins ## install the Meltano plugins

build: setup ## build the sdist and the wheel into dist/ and check their metadata
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/twine check --strict dist/*

sbom: build ## write build/sbom.cdx.json: the wheel and the versions that it was tested with, as CycloneDX
	$(UV) venv --quiet --clear --python $(BIN)/python build/sbom
	$(UV) pip install --quiet --python build/sbom/bin/python --require-hashes --requirement requirements/tap.txt
	$(UV) pip install --quiet --python build/sbom/bin/python --no-deps --no-index --find-links dist \
		--prerelease allow tap-sei-efficiency
	$(AUDIT) cyclonedx-py environment --output-reproducible --output-file build/sbom.cdx.json build/sbom/bin/python

audit: setup ## look up known vulnerabilities of all pinned packages
	for file in requirements/*.txt; do $(AUDIT) pip-audit --disable-pip --require-hashes --requirement $$file || exit; done

bench: .meltano/.plugins ## compare the tap with its peers
	$(BIN)/python -m bench $(ARGS)

lock: setup ## compile requirements/*.txt again; UPGRADE=--upgrade allows newer versions
	$(COMPILE) pyproject.toml loader/pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/tap.txt
	$(COMPILE) loader/pyproject.toml -c requirements/dev.txt -o requirements/target-duckdb.txt
	for name in build meltano report uv; do \
		$(COMPILE) requirements/$$name.in -c requirements/dev.txt -o requirements/$$name.txt || exit; \
	done
	for name in audit front orchestrate dialects $(PINNED) $(WAREHOUSE_LOADERS) $(EMULATORS); do \
		override=requirements/$$name.override; \
		$(COMPILE) $$(test ! -f $$override || echo --override $$override) \
			requirements/$$name.in -o requirements/$$name.txt || exit; \
	done

clean: ## remove the files of the other targets; ALL=1 also removes output/ (warehouses) and .meltano/meltano.db (state)
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist
ifdef ALL
	rm -rf .meltano
	find output -mindepth 1 ! -name .gitkeep -delete
else
	if [ -d .meltano ]; then find .meltano -mindepth 1 -maxdepth 1 ! -name 'meltano.db*' -exec rm -rf {} +; fi
	@echo "make: kept output/ and the state in .meltano/meltano.db; make clean ALL=1 removes them too"
endif

.venv/bin/python:
	@for python in $(PYTHON) ""; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
			2>/dev/null && break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make: none of [$(PYTHON)] is Python 3.11 to 3.14 with venv and pip; name one: make PYTHON=..." >&2; \
		exit 1; \
	fi; \
	echo "make: .venv with $$("$$python" --version) ($$python), the first of [$(PYTHON)] that the project runs on"; \
	"$$python" -m venv --clear .venv

.venv/.uv: requirements/uv.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
	@touch $@

.venv/.requirements: requirements/dev.txt .venv/.uv
	@echo "make: installing what the targets need, from requirements/dev.txt"
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv/.tap: pyproject.toml loader/pyproject.toml .venv/.requirements
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . --editable ./loader
	@touch $@

.venv-%/.requirements: requirements/%.txt .venv/.uv
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-$*
	$(UV) pip install --quiet --python .venv-$*/bin/python --require-hashes --requirement $<
	@touch $@

# Meltano compares the arguments of a plugin's installation, not the content of the files in them: hence --clean.
.meltano/.demo-plugins: meltano.yml pyproject.toml loader/pyproject.toml $(DEMO_PINS:%=requirements/%.txt) .venv/.tap
	@echo "make: installing the Meltano plugins $(DEMO_PLUGINS)"
	$(BIN)/meltano install --clean $(DEMO_PLUGINS)
	.meltano/extractors/tap-sei-efficiency/venv/bin/tap-sei-efficiency --version
	.meltano/loaders/target-duckdb/venv/bin/target-duckdb --help > /dev/null
	.meltano/utilities/dbt-duckdb/venv/bin/dbt --help > /dev/null
	@touch $@

.meltano/.plugins: $(PINNED:%=requirements/%.txt) .meltano/.demo-plugins
	$(BIN)/meltano install --clean $(OTHER_PLUGINS)
	@touch $@

.meltano/.warehouses: $(WAREHOUSE_LOADERS:%=requirements/%.txt) .meltano/.plugins
	$(BIN)/meltano install --clean $(WAREHOUSE_LOADERS)
	@touch $@
