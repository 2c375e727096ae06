# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that holds a node's certificate, for whatever takes the path of a certificate to trust."""

from __future__ import annotations

import os

from ...module_utils._errors import FileError, InputError
from ...module_utils._ordinary import NotOrdinaryError, read_ordinary
from .._files.durable import prove_writable, write_durably
from .._files.rights import Rights, rights_of

_BEGIN = b"-----BEGIN "
#: No certificate alone is as large as this.
_LARGEST = 65536


class CertificateFile:
    """The file. Nobody has to keep it: the record has the certificate.

    Args:
        path: where it is, or is to be.

    Raises:
        InputError: it is no file, or holds something else than one certificate, which is not overwritten.
        FileError: it cannot be read, or not be written.
    """

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        if not self._read():
            self._prove()

    def hold(self, certificate: str, *, check_mode: bool) -> bool:
        """Make it hold a certificate, and return whether it did not.

        Args:
            certificate: the certificate, as PEM.
            check_mode: whether nothing may be written.

        Raises:
            InputError: something else has come there since it was looked at.
            FileError: it cannot be written.
        """
        data = certificate.strip().encode() + b"\n"
        # A node can take hours to start.
        if data == self._read():
            return False
        if check_mode:
            self._prove()
        else:
            write_durably(self._path, data, like=self._rights())
        return True

    def _read(self) -> bytes:
        try:
            held = read_ordinary(self._path, _LARGEST)
        except FileNotFoundError:
            return b""
        except NotOrdinaryError:
            raise InputError(
                f"certificate_file: {self._path} is not an ordinary file, and is not replaced. Name another file."
            ) from None
        except OSError as error:
            raise FileError(f"Cannot read {self._path}: {error.strerror}.") from error
        if held and (not held.startswith(_BEGIN + b"CERTIFICATE-----") or held.count(_BEGIN) != 1):
            raise InputError(
                f"certificate_file: {self._path} holds something else than one certificate, and is not overwritten. "
                "Name another file."
            )
        return held

    def _prove(self) -> None:
        prove_writable(self._path, size=_LARGEST, like=self._rights())

    def _rights(self) -> Rights:
        # It is no secret, and others than this user are to trust it.
        return rights_of(self._path) or Rights(0o644, os.geteuid(), os.getegid(), {})
