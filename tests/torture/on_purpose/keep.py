# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter for the tests: it shows values to the test on purpose, and to nobody else."""

from __future__ import annotations

import json
import os
import typing as t


def keep(value: t.Any) -> str:
    """Write a value to the file that the environment names, and return that it is done."""
    # In the types that templates have here, which JSON's encoder need not know.
    with open(os.environ["KEEP_FILE"], "w", encoding="utf-8") as stream:
        json.dump(value, stream, default=str)
    return "kept"


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"keep": keep}
