# Two commands are enough: `make demo` shows the product, `make test` proves it. `make` alone lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
UV := $(shell command -v uv)

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins" pyproject.toml

.PHONY: help demo test check run livekit livekit-binary sip-node pins messages clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Options for the command behind a target: make demo ARGS=--no-serve'

demo: $(RUNTIME)  ## See it work: sets everything up, plays a call, opens the admin. Needs only Python 3.11
	@$(MANAGE) demo $(ARGS)

test: $(DEV)  ## All tests: the fast ones side by side, then real calls over livekit-server (skipped without it)
	@$(PY) -m tests $(ARGS)

check: $(DEV)  ## Format, lint, types, direction of imports, migrations, known dangers, pins
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports --no-logo
	$(MANAGE) makemigrations --check --dry-run
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive voiceplatform personas campaigns calls transcripts agent_worker
	$(PY) -m tests.dependency_audit
	@$(if $(UV),$(MAKE) pins-current,echo 'Pins not compared: uv is not installed.')

run: $(RUNTIME)  ## Web, worker and background work in one terminal; Ctrl-C stops them
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) run_all $(ARGS)

livekit: livekit-binary  ## A livekit-server on this machine, for a first real call (needs Go and Redis)
	@$(MANAGE) local_livekit $(ARGS)

livekit-binary: $(RUNTIME)  ## Build var/bin/livekit-server (needs Go 1.26; 90 s the first time)
	@[ -x var/bin/livekit-server ] || $(MANAGE) local_livekit --build

sip-node: $(RUNTIME)  ## Build var/bin/sipnode, which plays outbound calls in tests (needs Go 1.26; 30 s the first time)
	@$(PY) -m tests.telephony.sip_node_binary

pins:  ## Recompile requirements*.txt from pyproject.toml (needs uv; add ARGS=--upgrade for newer versions)
	@$(if $(UV),,echo 'make pins needs uv: https://docs.astral.sh/uv/' >&2; exit 1)
	$(COMPILE) $(ARGS) --output-file requirements.txt
	$(COMPILE) $(ARGS) --group dev --constraint requirements.txt --output-file requirements-dev.txt

messages:  ## Compile our words for Django's and unfold's (needs msgfmt, of gettext)
	msgfmt --check --output-file voiceplatform/locale/en/LC_MESSAGES/django.mo voiceplatform/locale/en/LC_MESSAGES/django.po

clean:  ## Remove .venv and caches. Keeps var/: the database, keys and binaries of this checkout
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

# -- how the targets above get what they need -----------------------------------------------------------------------

.PHONY: pins-current
pins-current:
	@here=$$PWD; new=$$(mktemp -d); trap 'rm -rf "$$new"' EXIT; cp pyproject.toml requirements*.txt "$$new"; cd "$$new"; \
	$(COMPILE) --output-file requirements.txt; \
	$(COMPILE) --group dev --constraint requirements.txt --output-file requirements-dev.txt; \
	for file in requirements.txt requirements-dev.txt; do \
		diff -u "$$here/$$file" "$$file" || { echo "$$file does not follow from pyproject.toml: run make pins." >&2; exit 1; }; \
	done; echo 'Pins follow from pyproject.toml.'

# The recipe also runs when the interpreter behind an old .venv is gone: `$(PY)` is then a dangling link.
$(PY):
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
		"Python 3.11 or newer is needed; %s is %d.%d.%d. Choose another one: make PYTHON=python3.12 …" % ("$(PYTHON)", v[0], v[1], v[2]))'
	@echo 'Making $(VENV) (once) …'
	@$(if $(UV),uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(VENV),$(PYTHON) -m venv --clear $(VENV))

# Important: compile the bytecode here. uv leaves it out, and where PYTHONDONTWRITEBYTECODE is set each start would pay for it again.
define install
	@echo 'Installing $(1) (once, a minute or two) …'
	@$(if $(UV),uv pip install --quiet --compile-bytecode --python $(PY) --requirement $(1), \
		$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; $(PY) -m pip install --quiet --requirement $(1))
	@touch $@
endef

$(RUNTIME): requirements.txt | $(PY)
	$(call install,requirements.txt)

$(DEV): requirements-dev.txt | $(PY)
	$(call install,requirements-dev.txt)
