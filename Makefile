# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# The first of these Pythons that really starts: a version manager's shim can be there and refuse to.
starting = $(shell for python in $(1); do \
	"$$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

PYTHON := $(call starting,python3.13 python3.12 python3.11 python3)
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin

# Other versions of ansible-core that are tested as well, each with the newest Python that it supports; next is the newest
# of all, a pre-release where there is one.
CORES := 2.17 2.18 2.19 2.20 next
PYTHON-2.17 = $(call starting,python3.12 python3.11)
PYTHON-2.18 = $(PYTHON)
PYTHON-2.19 = $(PYTHON)
PYTHON-2.20 = $(call starting,python3.13 python3.12)
PYTHON-next = $(call starting,python3.13)

.PHONY: venv demo demo-fleet docs test test-all test-venv coverage changelog bench bench-quick bench-peers bench-peers-quick bench-fleet bench-local-bloq mutation pins audit torture clean

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

.venv-%/.stamp: requirements/core-%.txt
	@test -n "$(PYTHON-$*)" || { echo "No Python that ansible-core $* supports starts here."; exit 1; }
	"$(PYTHON-$*)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# What a token costs in a play, side by side with other ways to come by one; results in docs/benchmarks.
bench: test-venv
	@$(BIN)/python tests/benchmarks/run.py

bench-quick: test-venv
	@$(BIN)/python tests/benchmarks/run.py --quick

# The same beside what other collections offer, with a real OpenBao server.
bench-peers: .venv-peers/.stamp
	@.venv-peers/bin/python tests/benchmarks/peers.py

bench-peers-quick: .venv-peers/.stamp
	@.venv-peers/bin/python tests/benchmarks/peers.py --quick

# What a coordination server saves and costs many controllers.
bench-fleet: test-venv
	@$(BIN)/python tests/benchmarks/fleet.py

# Requests a second of the local Bloq, and how soon it is ready.
bench-local-bloq: venv
	@$(BIN)/python tests/local_bloq/benchmarks/users_me.py

demo: venv
	@$(BIN)/python playbooks/demo/run.py

# Three controllers at once with a real Valkey server, of which one is killed.
demo-fleet: test-venv
	@$(BIN)/python playbooks/demo/fleet.py

.venv-docs/.stamp: requirements/docs.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# Event-Driven Ansible runs on Java. Where there is none that is new enough, its gate says so and is skipped.
EDA := $(shell java -version 2>&1 | grep -qE 'version "(1[7-9]|[2-9][0-9])' && echo .venv-eda/.stamp)

.venv-eda/.stamp: requirements/eda.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# Other collections and a secrets server, which nothing but their benchmark needs.
.venv-peers/.stamp: requirements/peers.txt tests/local_bloq/pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	$(@D)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable tests/local_bloq
	@touch $@

.venv-mutation/.stamp: requirements/mutation.txt tests/local_bloq/pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	$(@D)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable tests/local_bloq
	@touch $@

# The oldest Python of a host that tasks are delegated to. Where there is none, its gate says so and is skipped.
PYTHON39 := $(shell python3.9 -c 'import venv' 2>/dev/null && echo .venv-python-3.9/.stamp)

.venv-python-3.9/.stamp: requirements/python-3.9.txt
	python3.9 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# What users run plays with, and look at them through.
.venv-tools/.stamp: requirements/tools.txt
	@test -n "$(PYTHON-2.20)" || { echo "No Python 3.12 or 3.13 starts here. Install one of them."; exit 1; }
	"$(PYTHON-2.20)" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# The documentation as a site, in .build/docs/html.
docs: .venv-docs/.stamp
	@.venv-docs/bin/python docs/site/build.py

# For environments alone: what else a user asks for in one go, such as clean and test, keeps its order.
SIDE_BY_SIDE = @$(MAKE) --no-print-directory --jobs=4

# What must pass before a change is merged: everything on the newest ansible-core, what meets with the oldest there too.
test:
	$(SIDE_BY_SIDE) test-venv .venv-2.17/.stamp .venv-docs/.stamp $(EDA) $(PYTHON39)
	@$(BIN)/python tests/tools/gates.py

test-all:
	$(SIDE_BY_SIDE) test-venv .venv-docs/.stamp $(EDA) $(PYTHON39) $(if $(PYTHON-2.20),.venv-tools/.stamp) \
		$(foreach core,$(CORES),$(if $(PYTHON-$(core)),.venv-$(core)/.stamp))
	@$(BIN)/python tests/tools/gates.py --all

# The lines of plugins/ that units and integration run together, and those that they do not.
coverage: test-venv
	@$(BIN)/python tests/tools/gates.py coverage
	@sed -n '/^Name .*Stmts/,/^TOTAL/p' .build/logs/coverage.log

# Release notes of galaxy.yml's version from the fragments; once more takes in those that came since.
changelog: test-venv
	PATH="$(BIN):$$PATH" antsibull-changelog release --update-existing

# One gate alone, such as make gate-units, or a part of it: make gate-integration TARGETS=bloq_token.
gate-%: test-venv
	@$(BIN)/python tests/tools/gates.py $*

gate-docs-site: test-venv .venv-docs/.stamp
	@$(BIN)/python tests/tools/gates.py docs-site

gate-event-driven: test-venv $(EDA)
	@$(BIN)/python tests/tools/gates.py event-driven

gate-tools: test-venv .venv-tools/.stamp
	@$(BIN)/python tests/tools/gates.py tools

gate-python-3.9: test-venv $(PYTHON39)
	@$(BIN)/python tests/tools/gates.py python-3.9

define gates_of_core
gate-%-$(1): test-venv .venv-$(1)/.stamp
	@$$(BIN)/python tests/tools/gates.py $$*-$(1)
endef
$(foreach core,$(CORES),$(eval $(call gates_of_core,$(core))))

# Pin what requirements/*.in ask for, with the hashes of everything that may be installed.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade
pins: test-venv
	cd requirements && $(COMPILE) --python-version 3.11 -o test.txt test.in
	cd requirements && $(COMPILE) --python-version 3.11 -c test.txt -o venv.txt venv.in
	cd requirements && $(COMPILE) --python-version 3.11 -c test.txt -o docs.txt docs.in
	cd requirements && $(COMPILE) --python-version 3.11 -o eda.txt eda.in
	cd requirements && $(COMPILE) --python-version 3.11 -c test.txt -o peers.txt peers.in
	cd requirements && $(COMPILE) --python-version 3.11 -c test.txt -o mutation.txt mutation.in
	cd requirements && $(COMPILE) --python-version 3.12 -o tools.txt tools.in
	cd requirements && $(COMPILE) --python-version 3.12 -o importer.txt importer.in
	cd requirements && $(COMPILE) --python-version 3.9 -o python-3.9.txt python-3.9.in
	cd requirements && $(COMPILE) --python-version 3.10 -o core-2.17.txt core-2.17.in
	cd requirements && $(COMPILE) --python-version 3.11 -o core-2.18.txt core-2.18.in
	cd requirements && $(COMPILE) --python-version 3.11 -o core-2.19.txt core-2.19.in
	cd requirements && $(COMPILE) --python-version 3.12 -o core-2.20.txt core-2.20.in
	cd requirements && $(COMPILE) --python-version 3.13 -o core-next.txt core-next.in

# Small faults in the code that guards secrets, files and money: which of them does no unit test notice?
mutation: .venv-mutation/.stamp
	@.venv-mutation/bin/python tests/tools/mutation.py

# Known vulnerabilities of what is pinned; this asks the package index.
audit: test-venv
	@$(BIN)/python tests/tools/audit.py

# What the gate fault-injection does, in every variation.
torture: test-venv
	@$(BIN)/python -m pytest -q tests/torture --long

clean:
	rm -rf $(VENV) .venv-* .build bloq-demo
