# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users file: accounts for the start, without passwords on a command line that every process can read."""

from __future__ import annotations

import jsonschema_rs
import yaml

from local_bloq.settings import AccountSeed, SettingsError
from local_bloq.web.schemas import EMAIL, PASSWORD, items, text

_SCHEMA = items(
    {
        "type": "object",
        "required": ["email", "password"],
        "additionalProperties": False,
        "properties": {
            "email": EMAIL,
            "password": PASSWORD,
            "admin": {"type": "boolean"},
            "verified": {"type": "boolean"},
            "display_name": text(minLength=1),
        },
    }
)


def read_users_file(path: str) -> list[AccountSeed]:
    """Return the accounts in a YAML file: a list of mappings with the attributes of ``AccountSeed``.

    Raises:
        SettingsError: it cannot be read, or is not such a list; the message never quotes it.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            users = yaml.safe_load(stream)
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not YAML"
        raise SettingsError(f"Cannot read the users file {path}: {reason}") from None
    wrong = next(jsonschema_rs.validator_for(_SCHEMA).iter_errors(users), None)
    if wrong is not None:
        where = "".join(f"[{part!r}]" for part in wrong.instance_path)
        raise SettingsError(
            f"The users file {path} is not a list of accounts, each with email and password (at {where or 'its top'})"
        )
    return [AccountSeed(**user) for user in users]
