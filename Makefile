# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# The newest suitable Python that really starts: a version manager's shim can be there and refuse to.
PYTHON := $(shell for python in python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin

.PHONY: venv demo test test-venv clean

venv: $(VENV)/.venv-stamp

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.venv-stamp: $(VENV)/bin/python requirements/venv.txt tests/local_bloq/pyproject.toml
	$(BIN)/python -m pip install --quiet --requirement requirements/venv.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable tests/local_bloq
	@touch $@

test-venv: $(VENV)/.test-stamp

$(VENV)/.test-stamp: $(VENV)/.venv-stamp requirements/test.txt
	$(BIN)/python -m pip install --quiet --requirement requirements/test.txt
	@touch $@

demo: venv
	@$(BIN)/python playbooks/demo/run.py

test: test-venv
	@$(BIN)/python tests/tools/gates.py

# One gate alone, such as make gate-units, or a part of it: make gate-integration TARGETS=bloq_token.
gate-%: test-venv
	@$(BIN)/python tests/tools/gates.py $*

clean:
	rm -rf $(VENV) .build bloq-demo
