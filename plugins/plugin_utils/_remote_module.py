# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's modules, run on the host that a task is delegated to."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ..module_utils._errors import BloqError, revive


class RemoteModules:
    """Runs modules there and raises what they failed with.

    Args:
        run_module: runs a module of the collection with these arguments and returns its result.
        connection: the connection options to hand on.
    """

    def __init__(
        self, run_module: Callable[[str, dict[str, t.Any]], Mapping[str, t.Any]], connection: Mapping[str, t.Any]
    ) -> None:
        self._run_module = run_module
        self._connection = connection

    def run(self, module: str, **arguments: t.Any) -> Mapping[str, t.Any]:
        """Return the result of the module.

        Raises:
            BloqError: it failed.
        """
        result = self._run_module(f"bloq.cloud.{module}", {**self._connection, **arguments})
        if result.get("failed"):
            failure = result.get("failure")
            message = str(result.get("msg") or f"{module} failed on the host that the task is delegated to.")
            raise revive(message, failure) if isinstance(failure, Mapping) else BloqError(message)
        return result
