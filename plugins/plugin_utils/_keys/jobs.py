# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be done to a client key whose new record ends with the job that writes it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...module_utils._errors import InputError
from .._creation.job_folders import KEPT_BY, warn_of_loss
from .plan import Step, Wanted


def mind_the_job(name: str, path: str, steps: Collection[Step], wanted: Wanted, warn: Callable[[str], None]) -> None:
    """Warn of what is made and will be lost; nothing is lost of a run that leaves what it replaces to a later one.

    Such a run publishes the record first.

    Args:
        name: the key's name.
        path: the vault file, which ends with the job.
        steps: what is about to be done.
        wanted: what the task asks for.
        warn: takes the warning.

    Raises:
        InputError: the key that is in use would be revoked, and the one that takes its place lost.
    """
    if not wanted.retire:
        return
    if Step.PROMOTE in steps and wanted.overlap == 0:
        raise InputError(
            f"The client key {name!r} was not replaced: {path} is in the copy of the project that AWX removes after "
            "this job. The new secret would be lost with it, and overlap 0 revokes the key that is in use, in the same "
            f"run. {KEPT_BY}"
        )
    if {Step.CREATE, Step.ADD} & set(steps):
        warn_of_loss(f"the new client key {name!r}", path, warn)
