# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credential a task means, when several places could name one: the nearest to the task wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...module_utils._errors import InputError
from ...module_utils._urls import same_service
from .._options.resolve import Level, Options
from .._options.variables import Variables
from .._vault.fields import fields_of, text_field

# As many as one reads in a message.
_MOST_NAMES = 10


class _Credential:
    """What both have in common. Neither is a data class: making one takes every process of the lookup a millisecond."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]


class AccountCredential(_Credential):
    """How to get an account token. Exactly one way is set.

    Attributes:
        login: user (email or user id) and password.
        access_token: a token that the user already has.
        cli_session: whether to take the session of Bloq's CLI.
    """

    __slots__ = ("access_token", "cli_session", "login")

    def __init__(
        self, login: tuple[str, str] | None = None, access_token: str | None = None, cli_session: bool = False
    ) -> None:
        self.login = login
        self.access_token = access_token
        self.cli_session = cli_session

    def __repr__(self) -> str:
        """Return what may be shown of it."""
        return f"AccountCredential(cli_session={self.cli_session!r})"


class ClientCredential(_Credential):
    """How to get a client token.

    Attributes:
        accounts_url: the service that the credential belongs to.
        client_id: the key's id, None when only a refresh token is known.
        client_secret: the key's secret, if known.
        refresh_token: a refresh token, if known.
    """

    __slots__ = ("accounts_url", "client_id", "client_secret", "refresh_token")

    def __init__(
        self,
        accounts_url: str,
        client_id: str | None = None,
        client_secret: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        self.accounts_url = accounts_url
        self.client_id = client_id
        self.client_secret = client_secret
        self.refresh_token = refresh_token

    def __repr__(self) -> str:
        """Return what may be shown of it."""
        return f"ClientCredential(accounts_url={self.accounts_url!r}, client_id={self.client_id!r})"


def account_credential(options: Options) -> AccountCredential:
    """Choose the account credential.

    Raises:
        InputError: there is none, or the task itself names two.
    """
    chosen = _nearest(_account_levels(options))
    if chosen is None:
        raise InputError(
            "There is no account credential. Give username and password, access_token or cli_session: true, "
            "as options, as variables bloq_... or as BLOQ_... in the environment."
        )
    if chosen == "access_token":
        return AccountCredential(access_token=options["access_token"])
    if chosen == "cli_session":
        return AccountCredential(cli_session=True)
    missing = [name for name in ("username", "password") if not options[name]]
    if missing:
        raise InputError(f"{missing[0]} is missing: a login needs username and password.")
    return AccountCredential(login=(options["username"], options["password"]))


def client_credential(options: Options, variables: Variables) -> ClientCredential:
    """Choose the client credential.

    Args:
        options: the task's options.
        variables: the variables, of which one holds the client keys' records.

    Raises:
        InputError: there is none, the task itself names two, or the named key is not in the variable.
    """
    chosen = _nearest(_client_levels(options))
    if chosen is None:
        raise InputError(
            "There is no client credential. Give a key's name, client_id and client_secret, or refresh_token, "
            "as options, as variables bloq_... or as BLOQ_... in the environment."
        )
    if chosen == "key":
        variable = options["variable"]
        return record_credential(options, variables.get_entry(variable, options["key"]), variables.entries(variable))
    if options["client_secret"] and not options["client_id"]:
        raise InputError("client_id is missing: client_secret is of no use without it.")
    if not options["client_secret"] and not options["refresh_token"]:
        raise InputError(
            "client_secret is missing: a client token needs client_id and client_secret, or refresh_token."
        )
    return ClientCredential(
        accounts_url=options["accounts_url"],
        client_id=options["client_id"],
        client_secret=options["client_secret"],
        refresh_token=options["refresh_token"],
    )


def nodes_credential(options: Options, variables: Variables) -> AccountCredential | ClientCredential:
    """Choose the credential for a service that takes account tokens and client tokens.

    Args:
        options: the task's options.
        variables: the variables, of which one holds the client keys' records.

    Raises:
        InputError: see ``account_credential`` and ``client_credential``.
    """
    # Equally near, a client key is preferred: it can do less.
    clients = _client_levels(options)
    if _nearest({**clients, **_account_levels(options)}) in clients:
        return client_credential(options, variables)
    return account_credential(options)


def record_credential(options: Options, records: object, names: Collection[str] = ()) -> ClientCredential:
    """Return the client credential in the record that the option ``key`` names.

    Args:
        options: the task's options.
        records: the records by name, or None when there are none.
        names: the names of all records, where ``records`` has no more than the one.

    Raises:
        InputError: the record is not there, cannot be used, or belongs to another service than the task names.
    """
    name, variable = options["key"], options["variable"]
    if records is None:
        raise InputError(
            f"The variable {variable} is not set here. Load the vault file that holds the client key {name!r}, "
            "for example with vars_files."
        )
    if not isinstance(records, Mapping):
        raise InputError(f"The variable {variable} must be a mapping of names to client keys.")
    if name not in records:
        has = ", ".join(map(repr, sorted(names or map(str, records))[:_MOST_NAMES])) or "none"
        raise InputError(
            f"The variable {variable} has no client key {name!r}. It has: {has}. Another vars file may set the same "
            "variable, which replaces this one. Check the name, or make the key with bloq.cloud.bloq_client_key."
        )
    record = fields_of(name, records[name])
    client_secret = text_field(name, record, "client_secret", required=False)
    refresh_token = text_field(name, record, "refresh_token", required=False)
    if not client_secret and not refresh_token:
        raise InputError(
            f"The record of the client key {name!r} has neither client_secret nor refresh_token. Load the whole vault "
            "file, or remove the record and make the key anew with bloq.cloud.bloq_client_key."
        )
    url = text_field(name, record, "accounts_url", required=False) or options["accounts_url"]
    if options.levels["accounts_url"] == Level.TASK and not same_service(options["accounts_url"], url):
        raise InputError(
            f"The client key {name!r} belongs to {url}, not to the accounts_url given here. Leave accounts_url out, or "
            "use another key."
        )
    return ClientCredential(
        accounts_url=url,
        # Who was given the refresh token alone need not know the key's id.
        client_id=text_field(name, record, "client_id", required=refresh_token is None),
        client_secret=client_secret,
        refresh_token=refresh_token,
    )


def _account_levels(options: Options) -> dict[str, Level | None]:
    return {
        "access_token": options.level("access_token"),
        "username and password": options.level("username", "password"),
        "cli_session": options.level("cli_session"),
    }


def _client_levels(options: Options) -> dict[str, Level | None]:
    return {
        "key": options.level("key"),
        "client_id or refresh_token": options.level("client_id", "client_secret", "refresh_token"),
    }


def _nearest(levels: Mapping[str, Level | None]) -> str | None:
    found = {name: level for name, level in levels.items() if level is not None}
    if not found:
        return None
    nearest = min(found.values())
    rivals = [name for name, level in found.items() if level == nearest]
    if nearest == Level.TASK and len(rivals) > 1:
        raise InputError(f"Give only one of {', '.join(rivals)}.")
    return rivals[0]
