# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that come at one moment of a task that runs in this process."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable
from unittest import mock


@contextlib.contextmanager
def after(holder: type, name: str, lose: Callable[[], object]) -> t.Iterator[None]:
    """Lose something in this block each time that a method has been carried out."""
    carry_out = getattr(holder, name)

    def carry_out_and_lose(*arguments: t.Any, **named: t.Any) -> t.Any:
        result = carry_out(*arguments, **named)
        lose()
        return result

    with mock.patch.object(holder, name, carry_out_and_lose):
        yield
