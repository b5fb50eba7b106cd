# What a fresh machine needs: git, make and Python 3.11 or newer. Everything else is installed into .venv from the
# hashed locks in requirements/, by uv where it is present or can be had, else by pip, which only takes longer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A shim that stands in the path but cannot run (pyenv leaves such) is no uv, so each is tried.
UV = $(shell for uv in uv $(BIN)/uv; do "$$uv" --version >/dev/null 2>&1 && echo "$$uv" && break; done)
# The locks are whole, so nothing is added to them; of one package only the data are wanted, without what it depends on.
INSTALL = $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install) --quiet --require-hashes \
	--no-deps
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(LOCK_OPTIONS)

# The vendors' SDKs exclude each other, so none of them is in .venv.
SDKS := llama_cloud_2 llama_cloud_1 landingai_ade unsiloed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-long test-live sdks check format lock bench bench-poll bench-overhead bench-engine bench-hostile

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.base $(VENV)/.embeddings  ## Start the desk on this machine; prints address, login and API key
	@exec $(BIN)/python manage.py up

test: $(VENV)/.dev  ## Run the suite on SQLite, then state, queue and flows again on PostgreSQL and Redis
	$(BIN)/python -m pytest
	$(BIN)/python -m tests.support.team_services -m "both_databases and not long"

test-long: $(VENV)/.dev sdks  ## Run what takes long: chaos, fuzz, long browser walks (exit status 5: there is none)
	$(BIN)/python -m pytest -m long || test $$? -eq 5
	$(BIN)/python -m tests.support.team_services -m "both_databases and long" || test $$? -eq 5

test-live: $(VENV)/.dev sdks  ## Run the SDKs' checks against the real services whose keys are set (costs credits)
	$(BIN)/python -m pytest -m live

sdks: $(SDKS:%=.venv-sdks/%/.installed)  ## Install the vendors' SDKs, each in an environment of its own

check: export DJANGO_SETTINGS_MODULE = tests.settings
check: $(VENV)/.dev  ## Lint, types, import contracts, migrations, templates, compose file, image
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile

format: $(VENV)/.dev  ## Format the code and mend what can be mended by machine
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

lock: $(VENV)/.dev  ## Write the locks anew after a change of dependencies (LOCK_OPTIONS=--upgrade for newer versions)
	@test -n "$(UV)" || { echo "Locks are written by uv, which could not be installed here." >&2; exit 1; }
	$(COMPILE) pyproject.toml -o requirements/base.txt
	$(COMPILE) pyproject.toml --extra embeddings -o requirements/embeddings.txt
	$(COMPILE) pyproject.toml --extra embeddings --group dev -o requirements/dev.txt
	$(COMPILE) --group bootstrap -o requirements/bootstrap.txt
	for sdk in $(SDKS); do $(COMPILE) tests/sdks/$$sdk/requirements.in -o tests/sdks/$$sdk/requirements.txt || exit; done

bench: $(VENV)/.dev  ## Measure throughput, pages, memory and start; writes bench.json
	$(BIN)/python -m classifyhub.bench

bench-poll: $(VENV)/.dev .venv-sdks/llama_cloud_2/.installed  ## Measure bringing 3,000 remote answers home, against the vendor's SDK
	$(BIN)/python -m classifyhub.bench polling --output bench-poll.json

bench-overhead: $(VENV)/.dev  ## Measure what a remote document takes beyond the provider's own time
	$(BIN)/python -m classifyhub.bench overhead --output bench-overhead.json

bench-engine: $(VENV)/.dev  ## Measure the local engine on labelled documents: make bench-engine CORPUS=folder
	@test -d "$(CORPUS)" || { echo "Which folder? make bench-engine CORPUS=folder" >&2; exit 2; }
	$(BIN)/python -m classifyhub.bench.engine "$(CORPUS)"

bench-hostile: $(VENV)/.dev  ## Feed a folder of hostile files to the engine: make bench-hostile CORPUS=folder
	@test -d "$(CORPUS)" || { echo "Which folder? make bench-hostile CORPUS=folder" >&2; exit 2; }
	$(BIN)/python -m classifyhub.bench.hostile "$(CORPUS)"

# The stamps say which lock is installed: a second start installs nothing.
$(VENV)/.base: requirements/base.txt | $(BIN)/python
$(VENV)/.dev: requirements/dev.txt | $(BIN)/python
$(VENV)/.base $(VENV)/.dev:
	@echo "Installing $< into $(VENV)"
	@$(INSTALL) -r $<
	@touch $@

.venv-sdks/%/.installed: tests/sdks/%/requirements.txt | $(BIN)/python
	@echo "Installing $< into $(@D)"
	@rm -rf $(@D)
	@if test -n "$(UV)"; then \
		$(UV) venv --quiet --python $(BIN)/python $(@D) && \
		$(UV) pip install --quiet --require-hashes --python $(@D)/bin/python -r $<; \
	else \
		$(BIN)/python -m venv $(@D) && $(@D)/bin/python -m pip install --quiet --require-hashes -r $<; \
	fi
	@touch $@

# The desk works without it, so a machine that cannot have it starts all the same.
$(VENV)/.embeddings: requirements/embeddings.txt | $(VENV)/.base
	@echo "Installing $< into $(VENV)"
	@if $(INSTALL) -r $<; then touch $@; else echo "Sentence vectors could not be installed; the desk works without"; fi

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ClassifyHub needs Python 3.11 or newer; name yours: make run PYTHON=python3.12" >&2; exit 1; }
	@rm -rf $(VENV)
	@if test -n "$(UV)"; then $(UV) venv --quiet --python "$(PYTHON)" $(VENV); else \
		$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt \
			|| echo "uv cannot be had here; pip installs instead"; fi
