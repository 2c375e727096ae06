# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put small faults into the code that holds secrets, locks, files, tokens and money, and see whether a unit test fails.

The environment says how much: MUTANTS (of each room, a number or "all"), SEED (which of them), ROOMS (only these, by
name) and JOBS (how many at a time). What no test noticed is listed at the end.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import itertools
import os
import queue
import re
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path
from xml.etree import ElementTree

import coverage
from collection_tree import BIN, ROOT, copy_collection, environment
from mutants import Mutant, Mutants, equivalents

_UTILS = "plugins/plugin_utils"
_MODULE_UTILS = ("_wire", "_retries", "_granted", "_urls", "_errors")
#: The files that get faults, by room.
ROOMS = {
    **{
        room: sorted(str(file.relative_to(ROOT)) for file in (ROOT / _UTILS / room).glob("*.py"))
        for room in ("_creation", "_tokens", "_vault", "_files", "_keys", "_nodes", "_fleet")
    },
    "module_utils": [f"plugins/module_utils/{name}.py" for name in _MODULE_UTILS],
}
#: In these no fault may go unnoticed.
STRICT = ("_creation", "_tokens", "_vault")
#: The share of faults that must be noticed, in percent.
GOAL = 95

_TESTS = "tests/unit/plugins"
_PACKAGE = "ansible_collections.bloq.cloud."
# A mutant may wait for ever. This is far more than the tests need, even on a busy machine: seconds, and a factor.
_PATIENCE = (60, 5)
# pytest's exit codes when a test that it is given is not there, and when there is none to run.
_NOT_FOUND, _NO_TESTS = 4, 5

_KILLED, _TIMED_OUT, _EQUIVALENT, _SURVIVED = _VERDICTS = ("killed", "timed out", "equivalent", "survived")


class Tests:
    """Which unit tests run a line, and how long they take."""

    def __init__(self, tree: Path, folders: t.Iterable[str]) -> None:
        """Run them once without a fault.

        Args:
            tree: a copy of the collection.
            folders: where they are.

        Raises:
            SystemExit: they fail, so nothing can be learnt from them.
        """
        data, report = tree / ".coverage", tree / "times.xml"
        settings = tree / "mutation.coveragerc"
        settings.write_text(
            f"[run]\ndata_file = {data}\nsource = plugins\ndynamic_context = test_function\n", encoding="utf-8"
        )
        # The tracer in C is the one that knows which test runs.
        command = ["-m", "coverage", "run", f"--rcfile={settings}", "-m", *_pytest(*folders, f"--junitxml={report}")]
        if _run(tree, command, 3600):
            raise SystemExit("The unit tests fail without any fault. See to that first: make gate-units")
        self._data = coverage.CoverageData(str(data))
        self._data.read()
        self._tree = tree
        self._seconds: dict[str, float] = collections.defaultdict(float)
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own file
            name = f"{case.attrib['classname']}.{case.attrib['name'].partition('[')[0]}"
            self._seconds[name.removeprefix(_PACKAGE)] += float(case.attrib["time"])

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run a mutant's lines, as pytest names them, the quickest first."""
        first, last = mutant.lines
        by_line = self._data.contexts_by_lineno(str(self._tree / mutant.path))
        names = {
            name.removeprefix(_PACKAGE) for line in range(first, last + 1) for name in by_line.get(line, ()) if name
        }
        return [_as_argument(name) for name in sorted(names & self._seconds.keys(), key=self._seconds.__getitem__)]

    def seconds(self, tests: t.Collection[str]) -> float:
        """Return how long tests take, or those in a folder."""
        return sum(seconds for name, seconds in self._seconds.items() if _as_argument(name).startswith(tuple(tests)))


def _as_argument(name: str) -> str:
    """Return what pytest wants to be given for a test, which may be in a class."""
    folder, inside = re.split(r"(?<=\.)(?=test_)", name, maxsplit=1)
    file, *test = inside.split(".")
    return "::".join([f"{folder.replace('.', '/')}{file}.py", *test])


def main() -> int:
    """Make the mutants, run the tests against each, and return the exit code."""
    started = time.monotonic()
    seed, rooms = os.environ.get("SEED") or "1", (os.environ.get("ROOMS") or "").split() or list(ROOMS)
    jobs = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    trees: queue.Queue[Path] = queue.Queue()
    for job in range(jobs):
        trees.put(copy_collection(f"mutation-{job}"))
    known = equivalents(ROOT)
    tests = Tests(trees.queue[0], map(_mirror, rooms))
    counts = {room: collections.Counter[str]() for room in rooms}
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        judged = {
            pool.submit(_judge, mutant, room, tests, trees, known): (room, mutant)
            for room in rooms
            for mutant in _sample(room, seed, os.environ.get("MUTANTS") or "40")
        }
        for done in concurrent.futures.as_completed(judged):
            room, mutant = judged[done]
            counts[room][done.result()] += 1
            if done.result() == _SURVIVED:
                print(f"\n{mutant.path}:{mutant.lines[0]}\n{mutant.diff}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    print(f"\nSeed {seed}, {(time.monotonic() - started) / 60:.0f} minutes")
    return _report(counts)


def _sample(room: str, seed: str, size: str) -> t.Iterator[Mutant]:
    files = [Mutants(ROOT, path) for path in ROOMS[room]]
    every = [(rank, file, index) for file in files for index, rank in enumerate(file.ranks(seed))]
    for _rank, file, index in sorted(every)[: None if size == "all" else int(size)]:
        yield file[index]


def _mirror(room: str) -> str:
    """Return where the tests of a room are."""
    return f"{_TESTS}/module_utils" if room == "module_utils" else f"{_TESTS}/plugin_utils/{room}"


def _judge(mutant: Mutant, room: str, tests: Tests, trees: queue.Queue[Path], known: set[tuple[str, str]]) -> str:
    if (mutant.path, mutant.diff) in known:
        return _EQUIVALENT
    tree = trees.get()
    try:
        with _mutated(tree, mutant):
            first = tests.of(mutant)
            # Then those that run it in another process, or before any test.
            rest = [_mirror(room), *(f"--deselect={test}" for test in first)]
            for wanted in (first, rest) if first else (rest,):
                code = _run(tree, ["-m", *_pytest("-x", *wanted)], _PATIENCE[0] + _PATIENCE[1] * tests.seconds(wanted))
                # Where a file cannot be imported pytest does not find its tests, and only with all of them says why.
                if code not in (0, _NO_TESTS) and (code != _NOT_FOUND or wanted is rest):
                    return _TIMED_OUT if code == -signal.SIGALRM else _KILLED
    finally:
        trees.put(tree)
    return _SURVIVED


_moments = itertools.count(1)


@contextlib.contextmanager
def _mutated(tree: Path, mutant: Mutant) -> t.Iterator[None]:
    path = tree / mutant.path
    before = path.read_text(encoding="utf-8")
    for code in (mutant.code, before):
        path.write_text(code, encoding="utf-8")
        # Python takes what it has compiled before when time and size are the same.
        moment = next(_moments)
        os.utime(path, (moment, moment))
        if code is mutant.code:
            try:
                yield
            except BaseException:
                path.write_text(before, encoding="utf-8")
                raise


def _pytest(*arguments: str) -> list[str]:
    return ["pytest", "-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0", *arguments]


def _run(tree: Path, command: list[str], bound: float) -> int:
    """Run Python in a tree; returns its exit code, as of a process that an alarm ended when it took too long."""
    env = {**environment(tree, BIN), "PYTHONPATH": str(tree.parents[2])}
    # Compiled once for all mutants, outside the tree.
    env |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tree.parents[2] / "compiled")}
    with (tree / "output.log").open("w", encoding="utf-8") as log:
        running = subprocess.Popen(
            [sys.executable, *command],
            cwd=tree,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return running.wait(bound)
        except subprocess.TimeoutExpired:
            return -signal.SIGALRM
        finally:
            # With it whatever it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def _report(counts: dict[str, collections.Counter[str]]) -> int:
    """Print a row for each room and one for all; returns the exit code."""
    total = sum(counts.values(), collections.Counter())
    print(f"{'':13}{'mutants':>8}" + "".join(f"{verdict:>12}" for verdict in _VERDICTS) + f"{'noticed':>10}")
    for room, count in [*counts.items(), ("all", total)]:
        figures = "".join(f"{count[verdict]:12}" for verdict in _VERDICTS)
        print(f"{room:13}{count.total():8}{figures}{_noticed(count):9.1f}%")
    unnoticed = [room for room in STRICT if room in counts and counts[room][_SURVIVED]]
    return 1 if unnoticed or _noticed(total) < GOAL else 0


def _noticed(count: collections.Counter[str]) -> float:
    """Return the percentage of faults that a test noticed, of those that change behaviour."""
    faults = count.total() - count[_EQUIVALENT]
    return 100 * (faults - count[_SURVIVED]) / faults if faults else 100.0


if __name__ == "__main__":
    sys.exit(main())
