# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a password the account's password, when it is not yet."""

from __future__ import annotations

import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError, RefusedError, maybe_done


def ensure_password(
    old: str,
    new: str,
    *,
    log_in: t.Callable[[str], object],
    change: t.Callable[[], None],
    dry: bool,
) -> bool:
    """Make ``new`` the password and return whether it was not, or in check mode whether it would have to be made.

    The new password is tried first: a play that runs again and again never logs in with a wrong one.

    Args:
        old: the password that the account may still have.
        new: the password that it is to have.
        log_in: logs in with a password.
        change: changes the password from ``old`` to ``new``.
        dry: check mode: the logins happen, the change does not.

    Raises:
        InputError: one of the two is empty.
        RefusedError: neither logs in.
        BloqError: the service could not be asked, or does not take the new password.
    """
    for option, value in (("password", old), ("new_password", new)):
        if not value:
            raise InputError(f"{option} is missing: the account's current password and the new one are both needed.")
    if _is_good(log_in, new):
        return False
    if not _is_good(log_in, old):
        raise RefusedError(
            "Neither password nor new_password logs in, so nothing was changed. Check username and password.",
            status=401,
        )
    if not dry:
        try:
            change()
        except BloqError as error:
            # A lost reply: the service knows which of the two it is.
            if not maybe_done(error) or not _is_good(log_in, new):
                raise
    return True


def _is_good(log_in: t.Callable[[str], object], password: str) -> bool:
    try:
        log_in(password)
    except RefusedError:
        return False
    return True
