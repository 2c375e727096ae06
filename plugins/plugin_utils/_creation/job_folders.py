# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vault files that end with the job that writes them: AWX runs each job in a copy of its project, and removes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from .escrow import Escrow, NoEscrow

#: What a user can do so that a record outlives the job.
KEPT_BY = (
    "Set coordination_url, or work on a clone of the repository that this job pushes, or do it in CI: see the guide on "
    "AWX."
)


def is_lost_with_job(path: str, escrow: Escrow, environment: Mapping[str, str]) -> bool:
    """Return whether a vault file ends with the job, and what is made for it is kept nowhere else.

    Args:
        path: the vault file, whose links are followed.
        escrow: what keeps its records besides.
        environment: the controller's environment.
    """
    if not isinstance(escrow, NoEscrow):
        return False
    file = os.path.realpath(path)
    return any(file.startswith(os.path.join(folder, "")) for folder in _projects(environment))


def warn_of_loss(what: str, path: str, warn: Callable[[str], None]) -> None:
    """Warn of what is made where its record will be lost.

    Args:
        what: what is made.
        path: the vault file.
        warn: takes the warning.
    """
    warn(
        f"{path} is in the copy of the project that AWX removes after this job, and the record of {what} with it, "
        f"unless this job publishes it. {KEPT_BY}"
    )


def _projects(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield where the copy of a job's project may be, nothing where AWX did not start it.

    AWX sets AWX_PRIVATE_DATA_DIR, the job's folder as its own machine sees it. ansible-runner, which others use with
    folders that last, sets AWX_ISOLATED_DATA_DIR, ``artifacts/ID`` in that folder as the job sees it: in a container
    that is another one, ``/runner``.
    """
    private = environment.get("AWX_PRIVATE_DATA_DIR")
    if private:
        artifacts = environment.get("AWX_ISOLATED_DATA_DIR")
        folders = [private, *([os.path.dirname(os.path.dirname(artifacts))] if artifacts else [])]
        for folder in folders:
            yield os.path.realpath(os.path.join(folder, "project"))
