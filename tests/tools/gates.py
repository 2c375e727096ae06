# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the noxfile's gates, some at a time, and tell what each took and found.

Names of gates as arguments run those alone, and --all adds those of every supported ansible-core version. TARGETS in
the environment narrows what ansible-test runs, for example to one integration target or one file of unit tests. The
output of each gate is kept in .build/logs.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import re
import subprocess
import sys
import time

from collection_tree import BIN, BUILD, CORES, ROOT

LOGS = BUILD / "logs"

#: What must pass before a change is merged, the slowest first.
GATES = (
    "integration",
    "fault-injection",
    "sanity",
    "units",
    "compatibility-2.17",
    "local-bloq",
    "ansible-lint",
    "examples",
    "event-driven",
    "far-hosts",
    "python-3.9",
    "build-import-check",
    "docs-check",
    "docs-site",
    "artifact",
    "execution-environment",
    "types",
    "extra-checks",
    "license-check",
    "style",
    "changelog",
)
#: What make test-all runs besides: the oldest ansible-core whole, and of those in between what meets with them.
FURTHER = (
    "coverage",
    "integration-2.17",
    "tools",
    "ansible-lint-tests",
    "sanity-tests",
    *(f"units-{core}" for core in CORES),
    *(f"compatibility-{core}" for core in CORES[1:]),
    *(f"sanity-{core}" for core in CORES if core != "next"),
)

# Sessions that make an environment of their own; the others use the one that runs this.
_OWN_ENVIRONMENT = ("docs-check", "build-import-check")

# One test in the output of gates that pytest does not count.
_TESTS = {
    "integration": re.compile(r"^Running \S+ integration test role|^Running \S+ integration test script", re.MULTILINE),
    "sanity": re.compile(r"^Running sanity test \"[^\"]+\"", re.MULTILINE),
}
_ALL_SKIPPED = re.compile(r"^\d+ skipped in [\d.]+s|^nox > Session \S+ skipped", re.MULTILINE)
# What a gate could not do here, and why.
_SKIPPED = re.compile(r"^(?:nox > .*)?(SKIPPED.*)$", re.MULTILINE)
# What a gate says of a failure, in lines that can stand alone; and what a target of the integration tests ends with.
_COMPLAINT = re.compile(r"FAILED |ERROR[ :]|FATAL|\S+: error: ")
_TARGET_FAILED = "ERROR: Command "
_PYTEST_COUNT = re.compile(r"^=*\s*(?:(\d+) failed)?[, ]*(?:(\d+) passed)?.* in [\d.]+s", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a gate found.

    Attributes:
        gate: its name.
        passed: how many tests.
        failed: how many tests.
        seconds: how long it took.
        processor_seconds: what it, and all that it ran, took of the processors.
    """

    gate: str
    passed: int
    failed: int
    seconds: float
    processor_seconds: float


def main() -> int:
    """Run the gates and return the exit code."""
    # What takes longest is begun first.
    wanted = [*FURTHER, *GATES] if sys.argv[1:] == ["--all"] else sys.argv[1:] or GATES
    LOGS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    verdicts = []
    # One more than there are processors: each gate waits now and then.
    with concurrent.futures.ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, gate) for gate in wanted]):
            verdicts.append(done.result())
            report(verdicts[-1])
    passed, failed = sum(verdict.passed for verdict in verdicts), sum(verdict.failed for verdict in verdicts)
    minutes = sum(verdict.processor_seconds for verdict in verdicts) / 60
    print(f"\n{len(verdicts)} gates in {time.monotonic() - started:.0f} s, {minutes:.1f} minutes of processor time")
    print(f"{passed} passed, {failed} failed")
    # Once more at the end, which is what is kept of a long output.
    for verdict in verdicts:
        if verdict.failed:
            print(f"{verdict.gate} FAILED, as .build/logs/{verdict.gate}.log tells:")
            print(*complaints(read_log(verdict.gate)), sep="\n", flush=True)
    return 1 if failed else 0


def run(gate: str) -> Verdict:
    """Run one gate."""
    started = time.monotonic()
    with (LOGS / f"{gate}.log").open("w", encoding="utf-8") as log:
        running = subprocess.Popen(
            [str(BIN / "nox"), "--session", gate, *(() if gate in _OWN_ENVIRONMENT else ("--no-venv",))],
            cwd=ROOT,
            # antsibull-nox looks for some programs there.
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _pid, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    passed, failed = count(gate, read_log(gate))
    if running.returncode:
        failed = failed or 1
    elif not _ALL_SKIPPED.search(read_log(gate)):
        passed = passed or 1
    return Verdict(gate, passed, failed, time.monotonic() - started, usage.ru_utime + usage.ru_stime)


def count(gate: str, output: str) -> tuple[int, int]:
    """Return how many tests passed and failed, as the gate's output tells."""
    if test := _TESTS.get(gate.partition("-")[0]):
        return len(set(test.findall(output))), 0
    scripts = len(set(_TESTS["integration"].findall(output)))
    counts = [(int(found[1] or 0), int(found[0] or 0)) for found in _PYTEST_COUNT.findall(output)]
    return scripts + sum(passed for passed, _failed in counts), sum(failed for _passed, failed in counts)


def complaints(output: str) -> list[str]:
    """Return the lines that say what failed: of each target its last task, of each test a line; else the last ones."""
    lines = [line for line in output.splitlines() if line.strip()]
    told: list[str] = []
    task = 0
    for number, line in enumerate(lines):
        if line.startswith("TASK ["):
            task = number
        if line.startswith(_TARGET_FAILED):
            told += lines[task:number][:12]
    told += [line for line in lines if _COMPLAINT.match(line)][-8:]
    return [f"    {line[:240]}" for line in told or lines[-8:]]


def read_log(gate: str) -> str:
    """Return a gate's output."""
    return (LOGS / f"{gate}.log").read_text(encoding="utf-8", errors="replace")


def report(verdict: Verdict) -> None:
    """Print a gate's row, and its output when it failed."""
    if verdict.failed:
        print(read_log(verdict.gate)[-20000:])
    word = "FAILED" if verdict.failed else "passed" if verdict.passed else "skipped"
    spent = f"{verdict.seconds:5.0f} s {verdict.processor_seconds:5.0f} s of a processor"
    print(f"{verdict.gate:18} {word:7} {verdict.passed:4} tests  {spent}", flush=True)
    for skipped in _SKIPPED.findall(read_log(verdict.gate)):
        print(f"    {skipped}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
