# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays timed in turns, A B C A B C, so that whatever else the machine does hurts all of them alike."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from plays import Case
from stage import Stage


@dataclasses.dataclass(frozen=True)
class Sample:
    """One run of a play.

    Attributes:
        group: see ``Case``.
        name: see ``Case``.
        hosts: see ``Case``.
        wall: seconds on the clock.
        processor: seconds of processor time, of ansible-playbook and all that it started.
        memory: mebibytes of the largest of these processes.
    """

    group: str
    name: str
    hosts: int
    wall: float
    processor: float
    memory: float


@dataclasses.dataclass(frozen=True)
class Times:
    """The least that a case took, in seconds: whatever else the machine did only added to it."""

    wall: float
    processor: float


class Samples:
    """All samples of a benchmark."""

    def __init__(self) -> None:
        self.all: list[Sample] = []

    def times(self, group: str, name: str, hosts: int) -> Times:
        """Return the least that a case took."""
        own = [s for s in self.all if (s.group, s.name, s.hosts) == (group, name, hosts)]
        return Times(min(s.wall for s in own), min(s.processor for s in own))

    def memory(self, group: str, name: str, hosts: int) -> float:
        """Return the mebibytes of the largest process of a case."""
        return max(s.memory for s in self.all if (s.group, s.name, s.hosts) == (group, name, hosts))

    def hosts(self, group: str, name: str) -> list[int]:
        """Return on how many hosts a case was played, ascending."""
        return sorted({sample.hosts for sample in self.all if (sample.group, sample.name) == (group, name)})

    def names(self, group: str) -> list[str]:
        """Return the names of a group's cases, in the order in which they were played."""
        return list(dict.fromkeys(sample.name for sample in self.all if sample.group == group))


def measure(stage: Stage, samples: Samples, cases: Sequence[Case], repetitions: int) -> None:
    """Play each case so many times, in turns."""
    for _repetition in range(repetitions):
        for case in cases:
            samples.all.append(run(stage, case))
            print(".", end="", flush=True)


def run(stage: Stage, case: Case) -> Sample:
    """Play a case once.

    Raises:
        SystemExit: it fails.
    """
    playbook = stage.folder / "case.yml"
    playbook.write_text(case.content, encoding="utf-8")
    started = time.monotonic()
    with subprocess.Popen(
        stage.command(playbook, case.inventory_hosts or case.hosts),
        env={**stage.environment, **case.environment},
        cwd=stage.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        errors = running.stderr.read() if running.stderr else ""
        # What it and all that it waited for took.
        _pid, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if running.returncode:
        raise SystemExit(f"The play {case.group}, {case.name} failed:\n{errors[-2000:]}")
    return Sample(case.group, case.name, case.hosts, wall, usage.ru_utime + usage.ru_stime, _mebibytes(usage.ru_maxrss))


def _mebibytes(most: int) -> float:
    """Return what the kernel counts in kibibytes, or on macOS in bytes."""
    return most / (2**20 if sys.platform == "darwin" else 2**10)
