# Bare `make` runs what CI runs after the README's own commands.
PY ?= .venv/bin/python

.PHONY: all venv test lint types docs golden eval bench train wheel errors
all: lint types docs test eval wheel

.venv/bin/python:
	python3 -m venv .venv
	.venv/bin/pip install -q -e '.[dev]'

venv: .venv/bin/python

test: venv
	-@$(PY) hatch_build.py --tests   # what the desk's tests need from npm; without it, they are skipped and say so
	$(PY) -m pytest

lint: venv
	$(PY) -m ruff check .

types: venv
	$(PY) -m mypy

docs: venv
	$(PY) docs/check.py
	$(PY) -m mkdocs build --strict --quiet --site-dir site

golden: venv            ## rewrites tests/golden after a change of the reader that is meant
	$(PY) tests/golden/update.py

eval: venv              ## every figure with its floor
	$(PY) benchmarks/eval.py $(EVAL)

errors: venv            ## what is wrong on the development sets, by kind
	$(PY) benchmarks/errors.py

bench: venv
	$(PY) benchmarks/speed.py --gate
	$(PY) benchmarks/store.py
	$(PY) benchmarks/batch.py 60
	$(PY) benchmarks/serve.py --seconds 10

wheel: venv             ## builds the wheel and runs it where nothing else is installed
	bash .ci/wheel

train:                  ## reproduces the weights from their inputs (needs torch; hours on two cores)
	bash training/run
