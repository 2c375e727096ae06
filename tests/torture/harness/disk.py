# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small disk of its own for a folder, that can be filled and made read-only while plays run."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_BYTES = 512 * 1024


class Disk:
    """A file system in memory, mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no room."""
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(bytes(4096))

    def make_room(self) -> None:
        """Take back what filled it."""
        self._filler.unlink()

    def set_writable(self, writable: bool) -> None:
        """Make it read-only or writable."""
        for _attempt in range(50):
            # While somebody writes it is busy.
            if _mount("-o", f"remount,{'rw' if writable else 'ro'}", str(self._folder)):
                return
            time.sleep(0.02)
        raise AssertionError(f"{self._folder} cannot be mounted otherwise")


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Mount a small disk on a folder while the block runs; the test is skipped where that is not allowed."""
    if not _mount("-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(folder)):
        pytest.skip("this user may not mount a file system")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - as for mount


def _mount(*arguments: str) -> bool:
    command = ["mount", *arguments]  # where it is differs between systems
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def bound(source: Path, target: Path) -> Iterator[None]:
    """Show a file at another path as well, as ``docker run --volume`` does."""
    target.touch()
    if not _mount("--bind", str(source), str(target)):
        pytest.skip("this user may not mount a file")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(target)], check=True)  # noqa: S607 - as for mount


@contextlib.contextmanager
def protected(path: Path, attribute: str) -> Iterator[None]:
    """Set an attribute of ``chattr``."""
    command = ["chattr", f"+{attribute}", str(path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"no chattr +{attribute} for this user or in this folder")
    try:
        yield
    finally:
        subprocess.run(["chattr", f"-{attribute}", str(path)], check=True)  # noqa: S607 - as for mount
