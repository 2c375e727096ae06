# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of interrupted runs share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ansible_collections.bloq.cloud.plugins.module_utils._errors import CoordinationError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import ACCOUNT
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken


class Killed(BaseException):
    """In place of SIGKILL: nothing of ours may catch it."""


def obtain(_fresh: bool) -> ObtainedToken:
    """Return a token that every service of these tests takes."""
    return ObtainedToken(Token("a token", ACCOUNT, 4102444800.0, 3600.0), "option")


@contextlib.contextmanager
def losing_the_lock(*_of: object) -> Iterator[None]:
    """Remove something in this block, at whose end it is found that the lock is lost: in place of ``removal``."""
    yield
    raise CoordinationError("lost")
