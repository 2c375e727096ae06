# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""How to reach a service."""

from __future__ import annotations

import dataclasses
import typing as t

from ._errors import InputError

_DAY = 86400
_MOST_RETRIES = 1000

#: Returns a context to wait in between two attempts.
Pause = t.Callable[[], t.ContextManager[None]]
#: The warning for whoever turns ``validate_certs`` off.
UNVERIFIED = "validate_certs is off: whoever is between this machine and Bloq can read every secret."


@dataclasses.dataclass(frozen=True)
class Connection:
    """How to reach one service.

    Attributes:
        url: the service's base URL.
        validate_certs: whether the service must prove who it is.
        certificate: the one certificate, as PEM, that the service must show; no authority need have signed it.
        ca_path: a PEM file of authorities to trust instead of the usual ones.
        client_cert: a PEM file with our certificate, for services that ask for one.
        client_key_path: its private key, when it is in a file of its own.
        proxy: the proxy's URL; without it the environment's proxy settings count, but never for http:// that must
            stay on this machine.
        timeout: seconds for one attempt, from looking up the host to the last byte of the reply.
        retries: how many further attempts, where none is answered by 429: those count by their waits.
        max_retry_wait: seconds to wait between attempts, all together.
        allow_http: whether http:// may leave this machine.
    """

    url: str
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key_path: str | None = None
    proxy: str | None = dataclasses.field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 4
    max_retry_wait: float = 60.0
    allow_http: bool = False
    certificate: str | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: one cannot be waited or counted.
        """
        for name, least, most in (("timeout", 0.001, _DAY), ("retries", 0, _MOST_RETRIES), ("max_retry_wait", 0, _DAY)):
            if not least <= getattr(self, name) <= most:
                raise InputError(f"{name} must be a number from {least:g} to {most:g}.")

    @property
    def longest(self) -> float:
        """The seconds after which no request of one call can be under way: all its attempts and all its waits."""
        return self.timeout * (self.retries + 1) + self.max_retry_wait
