# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes scrypt quick in the processes of a test's plays, which each derive the key of the token cache anew.

A third of a second of a processor for each task keeps a real password from being guessed; the passwords of tests
are no secrets. That the derivation is slow is tested where this is not loaded: tests/unit/plugins/plugin_utils/_tokens.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
import typing as t
from collections.abc import Sequence

_NAME = "cryptography.hazmat.primitives.kdf.scrypt"


class _Finder(importlib.abc.MetaPathFinder):
    """Changes the module when it is imported: most processes never do, and would wait for it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = _quick(spec.loader.exec_module)  # type: ignore[method-assign, assignment]
        return spec


def _quick(execute: t.Callable[[types.ModuleType], None]) -> t.Callable[[types.ModuleType], None]:
    def execute_and_change(module: types.ModuleType) -> None:
        execute(module)
        scrypt = module.Scrypt
        module.Scrypt = lambda **arguments: scrypt(**{**arguments, "n": 2, "r": 1})  # type: ignore[attr-defined]

    return execute_and_change


sys.meta_path.insert(0, _Finder())
