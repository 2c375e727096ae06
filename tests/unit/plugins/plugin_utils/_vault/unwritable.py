# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be replaced."""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t

import pytest

either_mode = pytest.mark.parametrize("check_mode", [False, True])


@contextlib.contextmanager
def unwritable() -> t.Iterator[None]:
    """No file can be replaced, as if ``chattr +i`` had been used."""

    def fail(_path: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with pytest.MonkeyPatch.context() as fault:
        fault.setattr(os, "rmdir", fail)
        yield
