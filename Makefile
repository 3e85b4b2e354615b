# make demo    sets everything up, then turns real text into word vectors you can question
# make test    sets everything up, then runs the fast tests
VENV ?= .venv
BIN := $(VENV)/bin
EXTRAS := contextual,demo,dev,docs,finetune,neural,plots,speed,traditional,translate

ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
endif

export VENV
export PIP_DISABLE_PIP_VERSION_CHECK = 1
PINNED := --quiet --constraint constraints.txt

.PHONY: help setup demo test slow bench check coverage tree docs clean
.DEFAULT_GOAL := help

help:
	@echo "make setup     install lexloom, the demo's data and the tools into $(VENV)"
	@echo "make demo      reviews -> word vectors -> report.html, in a few minutes"
	@echo "make test      the fast tests"
	@echo "make check     every gate: lint, types, docstrings, walls, spelling, docs, tests"
	@echo "make slow      the tests that take minutes or need the real data"
	@echo "make bench     the measured numbers of the README, against peers in the same run"
	@echo "make coverage  which lines and branches the tests reach"
	@echo "make tree      the tree of files in the README, from their docstrings"
	@echo "make docs      the guide as web pages, in site/"

setup: $(VENV)/.ready-to-develop

demo: $(VENV)/.ready-to-use
	$(BIN)/lexloom demo --out demo --force

test: setup
	./check tests

slow: setup
	$(BIN)/python -m pytest -m slow

check: setup
	./check

bench: $(VENV)/.ready-to-measure
	@set -e; for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file; done

coverage: setup
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	# Those of explicit vectors run compiled only, and fail here.
	-NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest --quiet --no-summary tests/reference
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

tree:
	$(BIN)/python tests/docs/tree.py

docs: setup
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist site demo .pytest_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "lexloom needs Python 3.11 or newer: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What a person needs who only wants to see it work.
$(VENV)/.ready-to-use: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install $(PINNED) --editable '.[demo]'
	@touch $@

# pydoclint has an environment to itself: docs/decisions/0001-pydoclint-apart.md says why.
$(VENV)/.ready-to-develop: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install $(PINNED) --editable '.[$(EXTRAS)]'
	$(BIN)/python -m venv $(VENV)/pydoclint
	$(VENV)/pydoclint/bin/pip install $(PINNED) pydoclint
	@touch $(VENV)/.ready-to-use $@

$(VENV)/.ready-to-measure: $(VENV)/.ready-to-develop
	$(BIN)/pip install $(PINNED) --editable '.[bench]'
	@touch $@
