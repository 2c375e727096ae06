# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a password the account's password, when it is not yet."""

from __future__ import annotations

import typing as t

from ._errors import BloqError, InputError, RefusedError, may_have_succeeded
from ._granted import Token


class PasswordService(t.Protocol):
    """What this asks of Accounts."""

    def log_in(self, username: str, password: str) -> Token:
        """Return an Account Access Token."""

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Change the account's password from ``old`` to ``new``."""


def ensure_password(service: PasswordService, username: str, old: str, new: str, *, check_mode: bool) -> bool:
    """Make ``new`` the password and return whether it was not, or in check mode whether it would have to be made.

    The new password is tried first: a play that runs again and again never logs in with a wrong one. The run that
    makes it does so once.

    Args:
        service: Accounts.
        username: whose password it is.
        old: the password that the account may still have.
        new: the password that it is to have.
        check_mode: whether nothing may be changed: the logins happen, the change does not.

    Raises:
        InputError: one of the two is empty.
        RefusedError: neither logs in.
        BloqError: the service could not be asked, or does not take the new password.
    """
    for option, value in (("password", old), ("new_password", new)):
        if not value:
            raise InputError(f"{option} is missing: the account's current password and the new one are both needed.")
    if _session(service, username, new) is not None:
        return False
    session = _session(service, username, old)
    if session is None:
        raise RefusedError(
            "Neither password nor new_password logs in, so nothing was changed. Check username and password.",
            status=401,
        )
    if not check_mode:
        try:
            service.change_password(session.access_token, old, new)
        except BloqError as error:
            # A lost reply: the service knows which of the two it is.
            if not may_have_succeeded(error) or _session(service, username, new) is None:
                raise
    return True


def _session(service: PasswordService, username: str, password: str) -> Token | None:
    try:
        return service.log_in(username, password)
    except RefusedError:
        return None
