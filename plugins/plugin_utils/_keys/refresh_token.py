# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The refresh token in a vault file's record, for environments that are not given the client secret."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils import _tokens as tokens
from ...module_utils._errors import FileError, InputError, ReplyError
from .._tokens.credentials import ClientCredential
from .._tokens.source import ObtainedToken
from .._vault.file import VaultFile
from .._vault.names import check_new_name
from .record import KeyRecord

_KEPT_SHARE = 0.25
#: Stands for a refresh token that is yet to come.
_SOME = "-"


class RefreshRecord:
    """A record that a refresh token is registered in.

    The caller holds the vault file's lock for as long as this lives.

    Args:
        file: the vault file.
        name: the record's name.

    Raises:
        InputError: what the file has under that name is not a record.
    """

    def __init__(self, file: VaultFile, name: str) -> None:
        self._file = file
        self._name = name
        found = file.records.get(name)
        self._before = self._after = None if found is None else KeyRecord.from_mapping(name, found)
        self._is_replaced = False

    @property
    def has_key(self) -> bool:
        """Whether the record can get a token by itself, with the client key."""
        return self._before is not None and self._before.client_secret is not None

    @property
    def changed(self) -> bool:
        """Whether ``store`` has something to write."""
        return self._after != self._before

    def claim(self, credential: ClientCredential, *, is_kept: bool) -> None:
        """Prove, before a token is asked for, that the refresh token that comes with it could be registered.

        Args:
            credential: what the token is to be granted to, with the refresh token that is shown to the service.
            is_kept: whether what comes in place of a refresh token that is good is kept elsewhere too.

        Raises:
            InputError: the record belongs to another client key or service, or a new one cannot have the name; or the
                vault cannot encrypt.
            FileError: the file cannot be written.
        """
        record = self._record_for(credential)
        own = record.refresh_token
        if not self._is_good(own) or (own == credential.refresh_token and not is_kept):
            some = dataclasses.replace(record, refresh_token=_SOME)
            self._file.with_record(self._name, some.to_mapping()).prove_writable()

    def take(self, credential: ClientCredential, obtained: ObtainedToken, renew: Callable[[], ObtainedToken]) -> None:
        """Take over the refresh token that came with a client token, unless the record's own is good yet.

        Its own is good while a quarter of its life is left, it belongs to the same client key, and the service did
        not refuse it when the client token was minted.

        Args:
            credential: what was claimed for.
            obtained: the client token that it was granted.
            renew: gets a new client token with a new refresh token.

        Raises:
            InputError: as ``claim``.
            ReplyError: the service grants no refresh token, or none that can be used.
        """
        record = self._record_for(credential)
        offered, own = obtained.token.refresh_token, record.refresh_token
        self._is_replaced = own is not None and own == credential.refresh_token and offered not in (None, own)
        if not self._is_replaced and self._is_good(own):
            self._after = record
            return
        if _granted_life(offered) <= _KEPT_SHARE:
            offered = renew().token.refresh_token
        if offered is None:
            raise ReplyError(
                "The service granted no refresh token, so there is none to register. Leave vault_file out."
            )
        if _granted_life(offered) <= 0:
            raise ReplyError(
                "The service granted a refresh token that has ended already, so none was registered. Check the clocks "
                "of this machine and of the service."
            )
        self._after = dataclasses.replace(record, refresh_token=offered)

    @property
    def refresh_token(self) -> str | None:
        """The refresh token that the record holds, or in check mode would hold."""
        return self._after.refresh_token if self._after else None

    def store(self, *, check_mode: bool) -> None:
        """Write the record, when it changed.

        Args:
            check_mode: only prove that the file can hold it.

        Raises:
            FileError: the file cannot be written, or was changed by someone else.
            InputError: the vault cannot encrypt.
        """
        if self._after is None or not self.changed:
            return
        file = self._file.with_record(self._name, self._after.to_mapping())
        try:
            if check_mode:
                file.prove_writable()
            else:
                file.store()
        except FileError as error:
            if not self._is_replaced:
                raise
            raise FileError(
                f"{error} The service gave another refresh token in place of the one in the record, which it may no "
                "longer take. The other one is in the token cache, unless the task has cache: false, for as long as "
                "its token lives: run the task again before that ends, or register a new one with the client key."
            ) from None

    def diff(self) -> dict[str, t.Any]:
        """Return the record before and after, with ids and times and without secrets."""
        return {
            "before": _public(self._before),
            "after": _public(self._after),
            "before_header": self._file.path,
            "after_header": self._file.path,
        }

    def _is_good(self, own: str | None) -> bool:
        return _life_left(own, f"The refresh_token of the record {self._name!r} in {self._file.path}") > _KEPT_SHARE

    def _record_for(self, credential: ClientCredential) -> KeyRecord:
        client_id, url = credential.client_id or "", credential.accounts_url
        record = self._before
        if record is None:
            check_new_name(self._name, "client key")
            return KeyRecord(url, client_id)
        where = f"The record {self._name!r} in {self._file.path}"
        if not record.is_of(url):
            raise InputError(f"{where} belongs to {record.accounts_url}, not to {url}. Use another name or file.")
        if client_id in ("", record.client_id):
            return record
        if record.client_secret is not None:
            raise InputError(f"{where} is of another client key, {record.client_id}. Use another name or file.")
        # The key was rotated: the refresh token of the previous one dies with it.
        return dataclasses.replace(record, client_id=client_id, refresh_token=None)


def _life_left(refresh_token: str | None, what: str) -> float:
    """Return the share of its life that a refresh token has left, 0 where there is none."""
    if refresh_token is None:
        return 0.0
    return tokens.life_left(tokens.expected(refresh_token, tokens.REFRESH, what), tokens.REFRESH, time.time())


def _granted_life(refresh_token: str | None) -> float:
    try:
        return _life_left(refresh_token, "refreshToken")
    except InputError:
        raise ReplyError(
            "The service granted something else as a refresh token, so none was registered. Check accounts_url, or try "
            "again later."
        ) from None


def _public(record: KeyRecord | None) -> Mapping[str, t.Any]:
    if record is None:
        return {}
    shown = record.public()
    if record.refresh_token is not None:
        end = tokens.describe_token(record.refresh_token, time.time())["expires_at"]
        shown["refresh_token"] = {"expires_at": end}
    return shown
