# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates: everything that is checked, each as a session. ``make test`` runs them side by side.

They use the pinned environments that ``make test-venv`` makes; those of antsibull-nox that need another one make it
from requirements/ themselves.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import antsibull_nox
import nox

sys.path.insert(0, str(Path(__file__).parent / "tests" / "tools"))

from collection_tree import (
    BIN,
    CORES,
    copy_collection,
    environment,
    home_of,
    place_pip_bootstrap,
    python_version,
    tools_of,
)

nox.options.envdir = ".build/nox"
nox.options.error_on_missing_interpreters = True

antsibull_nox.load_antsibull_nox_toml()

# What ansible-test can do for a part of the collection.
_TARGETED = ("sanity", "units", "integration")

_UNITS = ("tests/unit",)
# What meets with ansible-core itself: options, the play's vault, results, templates, connections. The targets say so
# in their aliases.
_UNITS_OF_A_CORE = (
    "tests/unit/plugins/plugin_utils/_options/",
    "tests/unit/plugins/plugin_utils/_vault/",
    "tests/unit/plugins/plugin_utils/test_action_loading.py",
    "tests/unit/plugins/plugin_utils/test_delegation.py",
    "tests/unit/plugins/plugin_utils/test_known_secrets.py",
    "tests/unit/plugins/plugin_utils/test_loading.py",
)
_INTEGRATION_OF_A_CORE = ("compatibility/",)
# The tests are as much again for ansible-test, and four times as much for ansible-lint, with no fault that a user would
# meet: left to make test-all, and to whoever names some.
_SHIPPED = () if os.environ.get("TARGETS") else ("--exclude", "tests/")
# Left to make test-all, which runs them on the oldest core and for the coverage, and to whoever names one.
_LONG = () if os.environ.get("TARGETS") else ("--exclude", "nights/")

#: Environments that not every machine can have, and why its gate is skipped then.
_SOMETIMES = {
    "python-3.9": "no python3.9 starts here. Install one, and make gate-python-3.9 runs",
    "tools": "their environment is not there. make gate-tools makes it, with Python 3.12 or 3.13",
    **{core: f"no Python that ansible-core {core} supports starts here" for core in CORES},
}

_MYPY_COLLECTION = ("mypy", "--python-version", "3.10", "-p", "ansible_collections.bloq.cloud.plugins")
# One version for what follows, the oldest that runs it: what one run has read of it and of libraries, the next knows.
_MYPY = ("mypy", "--python-version", "3.11")
_MYPY_UNITS = (*_MYPY, "-p", "ansible_collections.bloq.cloud.tests.unit")
_MYPY_TOOLS = (
    *_MYPY,
    "tests/local_bloq/src",
    "tests/local_bloq/benchmarks",
    "tests/tools",
    "tests/benchmarks",
    "docs/site/build.py",
)

# In one process: ansible-test makes one for each test, which costs more again than the tests do. It runs all of them on
# each core in make test-all.
_PYTEST = ("python", "-m", "pytest", "-q", "-o", "pythonpath=../../..")
_LINT = ("ansible-lint", "--offline", "--profile", "production", "-q")


def _gate(name: str, *commands: tuple[str, ...], core: str | None = None) -> None:
    """Declare a session that runs commands in a copy of the collection.

    Args:
        name: the session's name.
        commands: what is run, one after the other; the first that fails ends it.
        core: the version of ansible-core that runs them, when that is not the newest; or ``docs`` for the environment
            that builds the documentation, ``eda`` for the one of Event-Driven Ansible, ``python-3.9`` and ``tools``.
    """

    def session(session: nox.Session) -> None:
        tools = tools_of(core)
        if core in _SOMETIMES and not tools.exists():
            session.skip(f"SKIPPED: {_SOMETIMES[core]}")
        tree = copy_collection(name)
        session.chdir(tree)
        for program, *arguments in commands:
            if program == "ansible-test":
                arguments += ["--python", python_version(tools), "--color", "no"]
                if arguments[0] == "sanity":
                    # Its tests want versions of their own; everything else runs with what is pinned here.
                    place_pip_bootstrap(tools, home_of(tree))
                    arguments.append("--venv")
                arguments += os.environ.get("TARGETS", "").split() if arguments[0] in _TARGETED else []
            session.run(str(tools / program), *arguments, env=environment(tree, tools), external=True)

    session.__doc__ = "; ".join(" ".join(command[:2]) for command in commands)
    nox.session(session, name=name, venv_backend="none", default=False)


for _core in (None, *CORES):
    _suffix = f"-{_core}" if _core else ""
    _gate(f"sanity{_suffix}", ("ansible-test", "sanity", *(() if _core else _SHIPPED)), core=_core)
    _without = () if _core else _LONG
    _gate(f"integration{_suffix}", ("ansible-test", "integration", "--continue-on-error", *_without), core=_core)
    if _core:
        _gate(f"units{_suffix}", ("ansible-test", "units"), core=_core)
        _gate(
            f"compatibility-{_core}",
            (*_PYTEST, *_UNITS_OF_A_CORE),
            ("ansible-test", "integration", "--continue-on-error", *_INTEGRATION_OF_A_CORE),
            core=_core,
        )

_gate(
    "coverage",
    ("ansible-test", "units", "--coverage"),
    ("ansible-test", "integration", "--coverage"),
    ("ansible-test", "coverage", "combine", "--all"),
    ("coverage", "report", "--data-file", "tests/output/coverage/coverage"),
)
_gate("units", (*_PYTEST, *(os.environ.get("TARGETS", "").split() or _UNITS)))
_gate("fault-injection", ("python", "-m", "pytest", "-q", "tests/torture"))
# ansible-rulebook is in that environment, pytest is not.
_gate("event-driven", (str(BIN / "pytest"), "-q", "-rs", "tests/event_driven"), core="eda")
_gate(
    "python-3.9",
    (*_PYTEST, "-rs", "tests/unit/plugins/module_utils"),
    core="python-3.9",
)
# The tools are in that environment, pytest and the local Bloq are not.
_gate(
    "tools",
    (str(BIN / "pytest"), "-q", "-rs", "-o", "pythonpath=tests/torture", "tests/users_tools"),
    core="tools",
)
_gate("far-hosts", ("python", "-m", "pytest", "-q", "-rs", "tests/far_hosts"))
_gate("local-bloq", ("python", "-m", "pytest", "-q", "tests/local_bloq"))
_gate(
    "types",
    _MYPY_COLLECTION,
    _MYPY_UNITS,
    _MYPY_TOOLS,
    # Apart from the benchmarks, which have files of the same names.
    (*_MYPY, "playbooks/demo"),
    (*_MYPY, "tests/torture"),
    (*_MYPY, "tests/event_driven"),
    (*_MYPY, "tests/far_hosts"),
    (*_MYPY, "tests/users_tools"),
)
_gate("style", ("ruff", "check", "."), ("ruff", "format", "--check", "."))
_gate("ansible-lint", (*_LINT, *_SHIPPED), ("python", "tests/tools/option_checks.py"))
_gate("ansible-lint-tests", _LINT)
_gate("sanity-tests", ("ansible-test", "sanity", "tests/"))
_gate("changelog", ("antsibull-changelog", "lint"))
_gate("artifact", ("python", "tests/tools/artifact.py"))
_gate("execution-environment", ("python", "tests/tools/execution_environment.py"))
_gate("examples", ("python", "tests/tools/examples.py"))
_gate("docs-site", ("python", "docs/site/build.py"), ("python", "tests/tools/site_links.py"), core="docs")
