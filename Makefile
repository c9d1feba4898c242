# Two commands: `make demo` and `make test`. Both make the environment they need, and start at once the second time.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PORT ?= 8000
FRESH ?=
export UV_LINK_MODE ?= copy
# Compiled once, five processes start from it.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
PYTHON := $(BIN)/python

.PHONY: help demo test torture bench bench-million bench-clarity shots lint types check lock ci chromium
help:
	@echo "make demo [PORT=8000] [FRESH=1]   the whole product with demo data"
	@echo "make test                         every test on SQLite and PostgreSQL"
	@echo "make torture | bench | bench-million | bench-clarity | shots | lint | types | check | lock"

# One stamp an environment: the run's packages, or those and the tools.
.venv/run.stamp: requirements.lock
	@./.ci/environment requirements.lock
	@touch $@
.venv/dev.stamp: requirements-dev.lock requirements.lock
	@./.ci/environment requirements-dev.lock
	@touch .venv/run.stamp $@

demo: .venv/run.stamp
	@exec $(PYTHON) manage.py demo --port $(PORT) $(if $(FRESH),--fresh)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium …"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	  else echo "The journeys need Chromium: install your distribution's “chromium” package, then run this again." >&2; exit 1; fi; }

test: .venv/dev.stamp chromium
	@$(PYTHON) tests/run.py $(ARGS)

torture: .venv/dev.stamp
	@TORTURE=1 $(PYTHON) tests/run.py tests/resilience

bench: .venv/dev.stamp
	@$(PYTHON) benchmarks/run.py

bench-million: .venv/dev.stamp
	@$(PYTHON) -m benchmarks.million

bench-clarity: .venv/dev.stamp
	@$(PYTHON) -m benchmarks.clarity

shots: .venv/dev.stamp chromium
	@$(PYTHON) tests/shots.py

lint: .venv/dev.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: .venv/dev.stamp
	@$(BIN)/mypy accounts config contractors core engagements milestones reminders

check: .venv/dev.stamp
	@DUCKROW_MODE=test $(PYTHON) manage.py makemigrations --check --dry-run
	@DUCKROW_MODE=production SECRET_KEY=$$(printf 'k%.0s9Z_wq7Rt' {1..30}) FIELD_KEYS=KvX1DkTq0w8v7w1tJ0Yq8pYk1gkq0yq8W5YkJm9yM2A= \
	  SITE_URL=https://duckrow.example ALLOWED_HOSTS=duckrow.example EMAIL_URL=smtp://localhost:25 DUCKROW_VAR=$$(mktemp -d) \
	  $(PYTHON) manage.py check --deploy --fail-level WARNING

lock:
	@uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra embedded pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra embedded --extra dev --extra ops pyproject.toml -o requirements-dev.lock
