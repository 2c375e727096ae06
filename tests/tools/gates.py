# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the gates, two at a time, and tell what each took and found.

Names of gates as arguments run those alone, and --all runs those of every ansible-core version that there is an
environment for. TARGETS in the environment narrows what ansible-test runs, for example to one integration target or one
file of unit tests. The output of each gate is kept in .build/logs.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
LOGS = BUILD / "logs"
BIN = Path(sys.executable).parent
OLDEST = "2.17"
OLDER = (OLDEST, "2.19")

_PYTEST_COUNT = re.compile(r"^=*\s*(?:(\d+) failed)?[, ]*(?:(\d+) passed)?.* in [\d.]+s", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Gate:
    """Something that must pass.

    Attributes:
        name: its name on the command line.
        commands: what is run, one after the other, in the gate's own copy of the collection.
        tests: a pattern of one test in the output, for gates whose output has no count of pytest's.
        core: the version of ansible-core that runs it, when that is not the newest.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    tests: str | None = None
    core: str | None = None

    @property
    def tools(self) -> Path:
        """The folder of the programs that it runs."""
        return ROOT / f".venv-{self.core}" / "bin" if self.core else BIN


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a gate found."""

    gate: Gate
    passed: int
    failed: int
    seconds: float


def on_core(core: str | None = None) -> tuple[Gate, ...]:
    """Return what ansible-test runs with a version of ansible-core, by default the newest."""
    options = ("--venv", "--color", "no")
    suffix = f"-{core}" if core else ""
    return (
        Gate(
            f"integration{suffix}",
            (("ansible-test", "integration", "--continue-on-error", *options),),
            tests=r"^Running \S+ integration test role|^Running \S+ integration test script",
            core=core,
        ),
        Gate(
            f"sanity{suffix}",
            (("ansible-test", "sanity", *options),),
            tests=r"^Running sanity test \"[^\"]+\"",
            core=core,
        ),
        Gate(f"units{suffix}", (("ansible-test", "units", *options),), core=core),
    )


GATES = (
    *on_core(),
    *on_core(OLDEST),
    Gate("local-bloq", (("python", "-m", "pytest", "-q", "tests/local_bloq"),)),
    Gate(
        "types",
        (
            ("mypy", "--python-version", "3.10", "-p", "ansible_collections.bloq.cloud.plugins"),
            ("mypy", "tests/local_bloq/src", "tests/local_bloq/benchmarks", "playbooks/demo/run.py", "tests/tools"),
        ),
    ),
    Gate("style", (("ruff", "check", "."), ("ruff", "format", "--check", "."))),
    Gate("ansible-lint", (("ansible-lint", "--offline", "--profile", "production", "-q"),)),
    Gate("docs", (("antsibull-docs", "lint-collection-docs", "--plugin-docs", "."), ("antsibull-changelog", "lint"))),
    Gate("licenses", (("reuse", "lint", "-q"),)),
    Gate("artifact", (("python", "tests/tools/artifact.py"),)),
)
FURTHER_GATES = tuple(gate for core in OLDER if core != OLDEST for gate in on_core(core))


def main() -> int:
    """Run the gates and return the exit code."""
    known = {gate.name: gate for gate in (*GATES, *FURTHER_GATES)}
    wanted = sys.argv[1:]
    if wanted == ["--all"]:
        wanted = list(known)
    unknown = set(wanted) - known.keys()
    if unknown:
        print(f"There is no gate {', '.join(unknown)}; there are {', '.join(known)}.")
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    for core in (None, *OLDER):
        place_pip_bootstrap(core)
    started = time.monotonic()
    verdicts = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(run, gate) for gate in ([known[name] for name in wanted] or GATES)]
        for done in concurrent.futures.as_completed(running):
            verdict = done.result()
            verdicts.append(verdict)
            report(verdict)
    passed, failed = sum(verdict.passed for verdict in verdicts), sum(verdict.failed for verdict in verdicts)
    print(f"\n{len(verdicts)} gates in {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def copy_collection(collections: Path) -> Path:
    """Copy the collection to where ansible-test wants it, without what git ignores, and return where that is."""
    shutil.rmtree(collections, ignore_errors=True)
    tree = collections / "ansible_collections" / "bloq" / "cloud"
    tree.mkdir(parents=True)
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    # ansible-test and reuse ask git which files there are, and must not find the repository around this copy.
    for command in (["init", "-q"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    config = tree / "tests" / "integration" / "integration_config.yml"
    config.write_text(f"local_bloq_executable: {BIN / 'local-bloq'}\n", encoding="utf-8")
    return tree


def run(gate: Gate) -> Verdict:
    """Run one gate."""
    # Gates run side by side, and each leaves its traces where it runs.
    collections = BUILD / gate.name
    tree = copy_collection(collections)
    environment = {
        **os.environ,
        # A home of its own: ansible-test's environments and caches stay in the build folder.
        "HOME": str(BUILD / "home"),
        "PATH": f"{gate.tools}{os.pathsep}{os.environ['PATH']}",
        "MYPYPATH": str(collections),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    started = time.monotonic()
    output, failures = "", 0
    for command in gate.commands:
        arguments = [*command[1:]]
        if command[0] == "ansible-test":
            arguments += ["--python", python_version(gate.tools), *os.environ.get("TARGETS", "").split()]
        done = subprocess.run(
            [str(gate.tools / command[0]), *arguments],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        output += done.stdout
        failures += done.returncode != 0
    (LOGS / f"{gate.name}.log").write_text(output, encoding="utf-8")
    passed, failed = count(gate, output)
    if failures and not failed:
        failed = failures
    if not failures and not passed:
        passed = len(gate.commands)
    return Verdict(gate, passed, failed, time.monotonic() - started)


def count(gate: Gate, output: str) -> tuple[int, int]:
    """Return how many tests passed and failed, as the gate's output tells."""
    if gate.tests:
        return len(set(re.findall(gate.tests, output, re.MULTILINE))), 0
    counts = [(int(found[1] or 0), int(found[0] or 0)) for found in _PYTEST_COUNT.findall(output)]
    return sum(passed for passed, _failed in counts), sum(failed for _passed, failed in counts)


def python_version(tools: Path) -> str:
    """Return the major and minor version of the Python beside the programs in a folder."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(tools / "python"), "-c", ask], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def place_pip_bootstrap(core: str | None) -> None:
    """Give the ansible-test of an ansible-core version the script that it would download otherwise."""
    venv = ROOT / f".venv-{core}" if core else BIN.parent
    for source in venv.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"):
        for version in re.findall(r"pip='([\d.]+)'", source.read_text(encoding="utf-8")):
            target = BUILD / "home" / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / "tests" / "tools" / "get_pip_bundled.py", target)


def report(verdict: Verdict) -> None:
    """Print a gate's row, and its output when it failed."""
    log = LOGS / f"{verdict.gate.name}.log"
    if verdict.failed:
        print(log.read_text(encoding="utf-8")[-20000:])
    word = "FAILED" if verdict.failed else "passed"
    print(f"{verdict.gate.name:16} {word}  {verdict.passed:4} tests  {verdict.seconds:5.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
