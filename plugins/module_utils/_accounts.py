# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The operations of Bloq's Accounts service, one method an endpoint (bloq-api.md section 4)."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import time
import typing as t

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

from . import _tokens as tokens
from ._connection import Pause
from ._errors import InputError, RefusedError, ReplyError, StatusError
from ._granted import Token
from ._times import parse_iso
from ._transport import Reply, Transport

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_BLOQ = "Check accounts_url: this does not look like Bloq's Accounts service."


@dataclasses.dataclass(frozen=True)
class ListedKey:
    """A client key as the service lists it, never with its secret.

    Attributes:
        client_id: the key's id.
        created_at: when it was made, as the service wrote it; empty when it did not say.
    """

    client_id: str
    created_at: str

    @functools.cached_property
    def created(self) -> float | None:
        """When it was made, in seconds since 1970 by the service's clock."""
        return parse_iso(self.created_at)


@dataclasses.dataclass(frozen=True)
class KeyListing:
    """The account's client keys.

    Attributes:
        keys: each key.
        skew: the service's clock minus ours, in seconds.
    """

    keys: tuple[ListedKey, ...]
    skew: float

    @property
    def created_by_id(self) -> dict[str, float | None]:
        """When each key was made, by its id."""
        return {key.client_id: key.created for key in self.keys}


@dataclasses.dataclass(frozen=True)
class NewKey:
    """A client key just made. Its secret is shown this once (S, D:keys).

    Attributes:
        client_id: the key's id.
        client_secret: its secret.
        created: when it was made, in seconds since 1970 by the service's clock.
    """

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    created: float

    @property
    def id(self) -> str:
        """The key's id."""
        return self.client_id


class Accounts:
    """Accounts. Every method raises a ``BloqError`` when the service could not be asked or said no.

    Args:
        transport: asks it.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def log_in(self, username: str, password: str) -> Token:
        """Return an Account Access Token (POST /auth, HTTP Basic. S, D:acc).

        Raises:
            RefusedError: wrong user or password.
        """
        if ":" in username:
            raise InputError("username must not hold a colon: HTTP Basic ends the user's name there.")
        try:
            reply = self._transport.send("POST", "/auth", basic=(username, password))
        except RefusedError as error:
            raise error.advised("The user or the password is wrong. Check username and password.") from None
        return _granted(reply, tokens.ACCOUNT)

    def exchange(self, client_id: str, client_secret: str) -> Token:
        """Return a Client Access Token and its refresh token (POST /auth/token. D:acc).

        Raises:
            RefusedError: the client key is wrong or revoked.
        """
        body = {"grantType": "clientCredentials", "clientId": client_id, "clientSecret": client_secret}
        try:
            reply = self._transport.send("POST", "/auth/token", body=body)
        except RefusedError as error:
            raise error.advised("The client key is wrong or revoked. Make a new one with bloq_client_key.") from None
        return _granted(reply, tokens.CLIENT)

    def refresh(self, refresh_token: str) -> Token:
        """Return a Client Access Token for a refresh token (POST /auth/token. D:tok).

        Raises:
            RefusedError: the refresh token is expired or revoked.
        """
        body = {"grantType": "refreshToken", "refreshToken": refresh_token}
        try:
            reply = self._transport.send("POST", "/auth/token", body=body)
        except RefusedError as error:
            raise error.advised(
                "The refresh token is expired or revoked. Get another with client_id and client_secret."
            ) from None
        return _granted(reply, tokens.CLIENT)

    def list_keys(self, access_token: str) -> KeyListing:
        """Return the account's client keys (GET /users/me/client-keys. CLI4)."""
        reply = self._authorized("GET", "/users/me/client-keys", access_token)
        if not isinstance(reply.body, list):
            raise ReplyError(f"The list of client keys is not a list. {_NOT_BLOQ}")
        keys = []
        for entry in reply.body:
            client_id, said = (entry.get("id"), entry.get("createdAt")) if isinstance(entry, dict) else (None, None)
            key = _listed(client_id, said if isinstance(said, str) else "") if isinstance(client_id, str) else None
            if key is None:
                raise ReplyError(f"The list of client keys has an entry without a usable id. {_NOT_BLOQ}")
            keys.append(key)
        return KeyListing(tuple(keys), reply.skew)

    def create_key(self, access_token: str, pause: Pause = contextlib.nullcontext) -> NewKey:
        """Make a client key (POST /users/me/client-keys; 200 or 201. D:acc, CLI4).

        It is repeated only when the service has said, or shown by refusing the connection, that it did nothing.

        Args:
            access_token: the account's token.
            pause: entered for each wait between two requests.

        Raises:
            UnreachableError: with ``maybe_received`` the key may have been made; list before another try.
        """
        reply = self._authorized(
            "POST", "/users/me/client-keys", access_token, expect=(200, 201), repeatable=False, pause=pause
        )
        client_id, secret = (_text(reply, field) for field in ("clientId", "clientSecret"))
        if not _CLIENT_ID.fullmatch(client_id):
            raise ReplyError(f"The service made a client key with an id that cannot be used. {_NOT_BLOQ}")
        return NewKey(client_id, secret, time.time() + reply.skew)

    def delete_key(self, access_token: str, client_id: str) -> bool:
        """Revoke a client key (DELETE /users/me/client-keys/{id}; 204. D:acc). Return False when there was none."""
        if not _CLIENT_ID.fullmatch(client_id):
            raise InputError("client_id must be a client key's id, as bloq_client_key_info lists it.")
        try:
            self._authorized("DELETE", f"/users/me/client-keys/{client_id}", access_token, expect=(204,))
        except StatusError as error:
            if error.status == 404:
                return False
            raise
        return True

    def profile(self, access_token: str) -> dict[str, t.Any]:
        """Return the account's profile, its names in snake case (GET /users/me. D:acc, CLI4)."""
        reply = self._authorized("GET", "/users/me", access_token)
        _text(reply, "id")
        return dict(camel_dict_to_snake_dict(reply.body))

    def events(self, access_token: str) -> list[dict[str, t.Any]]:
        """Return the account's daily events, their names in snake case (GET /users/me/events. D:acc, CLI4).

        What a service returns in ``service_data`` keeps the service's own names.
        """
        reply = self._authorized("GET", "/users/me/events", access_token)
        if not isinstance(reply.body, list) or not all(isinstance(event, dict) for event in reply.body):
            raise ReplyError(f"The list of events is not a list. {_NOT_BLOQ}")
        return [camel_dict_to_snake_dict(event, ignore_list=["serviceData"]) for event in reply.body]

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Change the account's password from ``old`` to ``new`` (PUT /users/me/password; 200 or 204. D:acc, CLI28).

        Never repeated by itself.

        Raises:
            StatusError: 400, the service does not take the new password, or ``old`` is not the old one.
            UnreachableError: with ``maybe_received`` it may be changed; log in to find out.
        """
        body = {"oldPassword": old, "newPassword": new}
        try:
            reply = self._authorized(
                "PUT", "/users/me/password", access_token, body=body, expect=(200, 204), repeatable=False
            )
        except StatusError as error:
            if error.status != 400:
                raise
            raise StatusError(
                f"{error} The password stays: the service does not take the new one, or the old one is wrong.",
                status=error.status,
                code=error.code,
            ) from None
        if isinstance(reply.body, bytes):
            raise ReplyError(f"The reply to the new password is not JSON. {_NOT_BLOQ}")

    def _authorized(self, method: str, path: str, access_token: str, **options: t.Any) -> Reply:
        tokens.expected(access_token, tokens.ACCOUNT, "access_token")
        try:
            return self._transport.send(method, path, bearer=access_token, **options)
        except RefusedError as error:
            advice = {
                401: "The account token is expired or not from this service. Log in again.",
                403: "Use an account token with the right to do this, as bloq.cloud.bloq_login returns it.",
            }
            raise error.advised(advice[error.status], method) from None


# Each item of a loop over an account's keys lists all of them.
@functools.lru_cache(maxsize=8192)
def _listed(client_id: str, said: str) -> ListedKey | None:
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    return ListedKey(client_id, said if parse_iso(said) is not None else "")


def _text(reply: Reply, field: str) -> str:
    value = reply.body.get(field) if isinstance(reply.body, dict) else None
    if not isinstance(value, str) or not value:
        raise ReplyError(f"The reply has no {field}. {_NOT_BLOQ}")
    return value


def _granted(reply: Reply, kind: str) -> Token:
    access_token = _text(reply, "accessToken")
    try:
        claims = tokens.read_claims(access_token)
    except InputError:
        raise ReplyError(f"The reply's accessToken is not a JWT. {_NOT_BLOQ}") from None
    # One wrong Date header must not make a token look ended, or good for another year.
    skew = tokens.believable_skew(claims, reply.skew, time.time())
    now = time.time() + skew
    expires_at = tokens.end_of(claims, kind, now)
    refresh_token = reply.body.get("refreshToken")
    return Token(
        access_token=access_token,
        kind=kind,
        expires_at=expires_at,
        lifetime=max(0.0, expires_at - now),
        skew=skew,
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
    )
