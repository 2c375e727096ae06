# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes plugins quick to load, where Ansible's own way is slow: every task of every host is a process.

Nothing but time hangs on it. It can go when Ansible's collection loader keeps bytecode, as Python's own does, and when
a lookup that resolves its options itself can say so.
"""

from __future__ import annotations

import contextlib
import os
import sys
import typing as t
from importlib.util import spec_from_file_location

_PACKAGES = (
    "ansible_collections.bloq.cloud.plugins.module_utils.",
    "ansible_collections.bloq.cloud.plugins.plugin_utils.",
)


class _Finder:
    """Finds our modules where Ansible's loader would, for Python's own loader."""

    @staticmethod
    def find_spec(fullname: str, path: t.Any, target: t.Any = None) -> t.Any:
        if not path or not fullname.startswith(_PACKAGES):
            return None
        file = f"{path[0]}/{fullname.rpartition('.')[2]}.py"
        return spec_from_file_location(fullname, file) if os.path.isfile(file) else None


@contextlib.contextmanager
def cached_bytecode() -> t.Iterator[None]:
    """Keep the bytecode of what is imported while the block runs, unless Python is set not to write any.

    Ansible's loader compiles a collection's modules anew in every process that imports them; plugins themselves are
    loaded by Python's own loader, which does not.
    """
    sys.meta_path.insert(0, t.cast(t.Any, _Finder))
    try:
        yield
    finally:
        sys.meta_path.remove(t.cast(t.Any, _Finder))


def without_documentation(plugin: dict[str, t.Any]) -> None:
    """Hide a plugin's documentation from Ansible, which would parse it with its fragments in every process.

    It would only learn of options that the plugin resolves itself, and where there are none at all it would look for
    them at each use. Tools read the documentation from the source.

    Args:
        plugin: the plugin module's globals.
    """
    plugin["DOCUMENTATION"] = "options: {}"
