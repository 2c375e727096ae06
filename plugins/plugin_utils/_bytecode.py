# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports of this collection's own modules through Python's cache of bytecode.

Ansible's loader compiles a collection's modules anew in every process that imports them, and every task of every host
is a process: 25 ms for what the lookup needs. Plugins themselves are loaded by Python's own loader, which does not.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator, Sequence

_PACKAGES = tuple(f"ansible_collections.bloq.cloud.plugins.{name}_utils." for name in ("module", "plugin"))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds our modules where Ansible's loader would, for Python's own loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _dot, name = fullname.rpartition(".")
        if not f"{package}.".startswith(_PACKAGES) or not path:
            return None
        file = os.path.join(path[0], f"{name}.py")
        return importlib.util.spec_from_file_location(fullname, file) if os.path.isfile(file) else None


@contextlib.contextmanager
def cached_bytecode() -> Iterator[None]:
    """Keep the bytecode of what is imported while the block runs, unless Python is set not to write any."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
