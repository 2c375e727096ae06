# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Ordinary files: what else may be at a path has no end, waits for somebody, or is the system's own."""

from __future__ import annotations

import errno
import os
import stat
import typing as t

from ._errors import InputError


class NotOrdinaryError(OSError):
    """A pipe, a device, a socket or a folder is where a file is to be."""


def open_ordinary(path: str) -> t.BinaryIO:
    """Open a file for reading, and nothing but a file: a pipe, whose other end nobody may have, would never open.

    Raises:
        NotOrdinaryError: something else is there.
        OSError: it cannot be opened.
    """
    # To open a device can be to use it.
    _check(path, os.stat(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(path, os.fstat(descriptor))
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_ordinary(path: str, most: int = -1) -> bytes:
    """Return what is in a file, no more than ``most`` bytes.

    Raises:
        NotOrdinaryError: something else is there.
        OSError: it cannot be read.
    """
    with open_ordinary(path) as stream:
        return stream.read(most)


def check_tls_file(option: str, path: str | None) -> None:
    """Check a file that OpenSSL is to read, before it waits for what comes out of it.

    Args:
        option: the option that names it.
        path: a file or a folder, which need not be there.

    Raises:
        InputError: it is neither.
    """
    if path is not None and os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise InputError(f"{option}: {path} is not an ordinary file. Name a PEM file.")


def _check(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotOrdinaryError(errno.EINVAL, "it is not an ordinary file", path)
