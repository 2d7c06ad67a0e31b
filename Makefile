# Every target does all the set-up it needs in .venv; the set-up runs again when pyproject.toml changes.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup train test test-all check format bench clean

PYTHON ?= python3
# Pinned: pip would otherwise take the newest torch, and gigabytes of CUDA libraries with it.
TORCH_VERSION ?= 2.13.0
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RESULTS ?= results
BENCHMARKS ?= $(filter-out benchmarks/assert_quickstart.py,$(wildcard benchmarks/*.py))
# mypy reads packages from folders that lie as they are imported; package-dir does that for Python only.
TYPING := .cache/typing

help:
	@echo "make setup     create .venv and install the project with all it needs"
	@echo "make train     train the quick start's tiny model with ProRL, results in $(RESULTS)/"
	@echo "make test      run the tests"
	@echo "make test-all  run the tests, slow ones too"
	@echo "make check     lint, format check, types"
	@echo "make format    put the code into the project's format"
	@echo "make bench     run the benchmarks; one alone: make bench BENCHMARKS=benchmarks/NAME.py"
	@echo "make clean     remove caches (not .venv, not $(RESULTS)/)"

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1). Use: make PYTHON=python3.11 setup"; exit 1; }
	@echo "Installing into $(VENV); this takes a minute or two."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) 'torch==$(TORCH_VERSION)'
	$(PIP) -e '.[rllib,dev]'
	@touch $@

train: $(STAMP)
	$(BIN)/rllib train file tuned_examples/prorl/quickstart.py --storage-path $(RESULTS)

test: $(STAMP)
	$(BIN)/python -m pytest

test-all: $(STAMP)
	$(BIN)/python -m pytest -m 'slow or not slow'

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p $(TYPING)/prorl_rllib
	@ln -sfn $(CURDIR)/prorl_rllib/* $(CURDIR)/envs $(CURDIR)/algorithms $(CURDIR)/tuned_examples $(TYPING)/prorl_rllib/
	cd $(TYPING) && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache -p prorl_rllib

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	@set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done

clean:
	rm -rf .cache/typing .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist *.egg-info
