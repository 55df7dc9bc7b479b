# Needs only Python and make. PYTHON=... takes another interpreter, OUT=... another folder for the results,
# ARGS=... further arguments for `chatsim compare` (see `chatsim compare --help`).

PYTHON ?= python3
OUT ?= study/default
ARGS ?=

CORE_COVERAGE = 85
SHELL_COVERAGE = 85
SHELLS = chatsim/server/*,chatsim/chat/*,chatsim/client*,chatsim/cli/*,clients/chatsim_clients/tcp*

BIN = .venv/bin
PIP = PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt

.PHONY: help compare test style types floors tests wheel clean
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo 'make compare   compare the default forwarding policies; says where the report is'
	@echo 'make test      every gate: style, types, floors, tests with coverage, the wheel'
	@echo 'make clean     remove what the other two made, the environment too; results stay'
	@echo 'Both make an environment in .venv first, when it is missing or a pin has changed.'

compare: .venv/run.stamp
	@$(BIN)/chatsim compare --out "$(OUT)" $(ARGS)

test: style types floors tests wheel
	@echo 'Every gate is green.'

style: .venv/dev.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: .venv/dev.stamp
	$(BIN)/python -m mypy

floors: .venv/dev.stamp
	$(BIN)/lint-imports

tests: .venv/dev.stamp
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal
	$(BIN)/python -m coverage combine --quiet
	@echo 'Coverage of the core:'
	$(BIN)/python -m coverage report --omit='$(SHELLS)' --fail-under=$(CORE_COVERAGE)
	@echo 'Coverage of the shells:'
	$(BIN)/python -m coverage report --include='$(SHELLS)' --fail-under=$(SHELL_COVERAGE)

wheel: .venv/dev.stamp
	$(BIN)/python scripts/check_wheel.py

# The environment. Stamps are newer than the pins they were installed from, so a second call installs nothing.

define PYTHON_CHECK
import sys
sys.version_info >= (3, 11) or sys.exit(
    "chatsim needs Python 3.11 or newer, and $(PYTHON) is %d.%d: say which to take, as in make PYTHON=python3.12"
    % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("$(PYTHON) cannot make environments, because its venv or ensurepip module is missing: "
             "install it (Debian and Ubuntu call it python3-venv) or take another, as in make PYTHON=python3.12")
endef
export PYTHON_CHECK

.venv/made.stamp:
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here: chatsim needs Python 3.11 or newer;" \
	    "say which to take, as in make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c "$$PYTHON_CHECK"
	@echo 'Making the environment in .venv (about 950 MB; a minute or two the first time).'
	@"$(PYTHON)" -m venv --clear .venv
	@touch $@

.venv/run.stamp: pyproject.toml constraints.txt | .venv/made.stamp
	@echo 'Installing what chatsim requires, as pinned in constraints.txt.'
	@$(PIP) hatchling
	@$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@echo 'Installing the development tools.'
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
