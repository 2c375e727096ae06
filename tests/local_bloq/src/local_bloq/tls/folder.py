# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of certificates: what clients need of it has fixed names."""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t
from pathlib import Path

from local_bloq.settings import SettingsError
from local_bloq.tls import kinds
from local_bloq.tls.certificates import Authority, Pair, self_signed

CA: t.Final = "ca.pem"
SERVER: t.Final = "server.pem"
SERVER_KEY: t.Final = "server-key.pem"
CLIENT: t.Final = "client.pem"
CLIENT_KEY: t.Final = "client-key.pem"

_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


@contextlib.contextmanager
def certificate_folder(path: str | None, *, kind: str, host: str) -> t.Iterator[Path]:
    """Write certificates of a new authority, and yield the folder that they are in.

    Args:
        path: the folder, made when it is not there; ``None`` for a temporary one that is removed afterwards.
        kind: one of ``kinds.KINDS``: what is wrong with the server's certificate, if anything.
        host: the address that the server listens on.

    Raises:
        SettingsError: a file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        if path is None:
            path = stack.enter_context(tempfile.TemporaryDirectory(prefix="local-bloq-tls-"))
        folder = Path(path)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _fill(folder, kind, host)
        except OSError as error:
            raise SettingsError(f"Cannot write certificates to {folder}: {error.strerror}") from error
        yield folder


def local_names(host: str) -> list[str]:
    """Return the names and addresses that a server which listens on this address is reached by."""
    return list(dict.fromkeys([*_LOCAL_NAMES, *([host] if host not in _ANY_ADDRESS else [])]))


def _fill(folder: Path, kind: str, host: str) -> None:
    authority = Authority("local-bloq CA")
    names = local_names(host)
    _write(folder / CA, authority.certificate_pem)
    _write_pair(folder, SERVER, SERVER_KEY, _server(authority, kind, names))
    _write_pair(folder, CLIENT, CLIENT_KEY, authority.client("local-bloq client"))


def _server(authority: Authority, kind: str, names: list[str]) -> Pair:
    if kind == kinds.SELF_SIGNED:
        return self_signed(names)
    if kind == kinds.UNKNOWN_CA:
        return Authority("A CA that nobody knows").server(names)
    if kind == kinds.WRONG_HOST:
        return authority.server(["another-host.example"])
    return authority.server(names, expired=kind == kinds.EXPIRED)


def _write_pair(folder: Path, certificate: str, key: str, pair: Pair) -> None:
    _write(folder / certificate, pair.certificate_pem)
    _write(folder / key, pair.key_pem, mode=0o600)


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    # A new file in place of the old one: what reads it now sees all of one, and a symlink there is not followed.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            # mkstemp made it 0600; only certificates, which are public, are opened up.
            os.fchmod(stream.fileno(), mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
