# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes the lookup quick to load, where Ansible's own way is slow: every task of every host is a process.

With ansible-core 2.21 the first lookup of a process takes 9 ms of processor time, 15 ms without the one of the two
below and 23 ms without the other; ``lookup('file')`` takes 2 ms. Nothing but time hangs on either. They can go when
Ansible's collection loader keeps bytecode, as Python's own does, and when a lookup that resolves its options itself can
say so.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
import typing as t
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
    """Keep the bytecode of what is imported while the block runs, unless Python is set not to write any.

    Ansible's loader compiles a collection's modules anew in every process that imports them; plugins themselves are
    loaded by Python's own loader, which does not.
    """
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def without_documentation(plugin: dict[str, t.Any]) -> None:
    """Hide a plugin's documentation from Ansible, which would parse it with its fragments in every process.

    It would only learn of options that the plugin resolves itself, and where there are none at all it would look for
    them at each use. Tools read the documentation from the source.

    Args:
        plugin: the plugin module's globals.
    """
    plugin["DOCUMENTATION"] = "options: {}"
