# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event-Driven Ansible: an event when a client key or a refresh token is due.

ansible-rulebook runs this file by itself, without the collection's other code, so it needs nothing but PyYAML, and
ansible-core where a vault password is given.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

DOCUMENTATION = r"""
short_description: An event when a client key or a refresh token of Bloq is due
description:
  - Reads the vault file in which M(bloq.cloud.bloq_client_key) keeps its records, again and again, and emits an event
    for each client key that is as old as it may get, for each key whose overlap is over and that is to be revoked, and
    for each refresh token that ends soon. Each is told once, and again when O(repeat_after) has passed.
  - A look at which the file cannot be read, in the middle of a merge for example, is logged, and the next one comes
    after O(interval). Only options that cannot be right end the source.
  - It asks no service. Keys' ages are in the clear in a file of the layout V(inline), so no vault password is needed
    for them. Refresh tokens, and files that are encrypted whole, need O(vault_password_file).
options:
  vault_file:
    description:
      - The vars file that holds the keys' records. It may appear later.
      - Events have it as an absolute path, since ansible-rulebook runs playbooks in a folder of their own. It is one of
        the machine or the container where the rulebook runs, so a job template elsewhere must have a path of its own.
    type: path
    required: true
  variable:
    description: The variable that holds the records.
    type: str
    default: bloq_client_keys
  vault_password_file:
    description: A file with the vault password. Its first line counts.
    type: path
  max_age:
    description: The age at which a client key is due, such as V(90d).
    type: str
    default: 90d
  before:
    description: How long before a refresh token ends it is due.
    type: str
    default: 30d
  interval:
    description: How often to look.
    type: str
    default: 1h
  repeat_after:
    description: When to tell once more of what is still due.
    type: str
    default: 1d
"""

EXAMPLES = r"""
- name: Rotate client keys when they are due
  hosts: localhost
  sources:
    - name: Look at the vault file every hour
      bloq.cloud.bloq_due:
        vault_file: /srv/deploy/group_vars/all/bloq.yml
        max_age: 90d
  rules:
    - name: Rotate what is due
      condition: event.bloq.kind == "client_key"
      action:
        run_playbook:
          name: bloq.cloud.rotate
          extra_vars:
            bloq_vault_file: "{{ event.bloq.vault_file }}"
            bloq_keys: "{{ [event.bloq.name] }}"
            bloq_max_age: 90d
"""

_CENTURY = 36525 * 86400
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

_LAST_MOMENT = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc).timestamp()

# What a playbook would evaluate: a rulebook hands on an event's values as extra variables, which are templates.
_TEMPLATE = re.compile(r"\{[{%#]")

_logger = logging.getLogger("bloq.cloud.bloq_due")

Event = dict[str, Any]


class UnreadableError(Exception):
    """The vault file, or the password for it, cannot be read now; the next look may be able to."""


async def main(queue: asyncio.Queue[Event], args: dict[str, Any]) -> None:
    """Put an event into the queue for each thing that is due, until cancelled.

    Args:
        queue: takes ``{"bloq": {"kind", "name", "client_id", "due_at", "vault_file"}}``, the kind being ``client_key``,
            ``retiring_key`` or ``refresh_token``.
        args: the options, see the documentation above.

    Raises:
        ValueError: an option is missing or not understood.
    """
    if not args.get("vault_file"):
        raise ValueError("bloq_due needs vault_file, the vars file that holds the client keys' records.")
    path = Path(os.path.abspath(os.path.expanduser(str(args["vault_file"]))))
    interval = max(_duration(args, "interval", "1h"), 0.01)
    repeat_after = _duration(args, "repeat_after", "1d")
    limits = _duration(args, "max_age", "90d"), _duration(args, "before", "30d")
    told: dict[tuple[str, str], float] = {}
    while True:
        now = time.time()
        try:
            found = {(item["kind"], item["client_id"]): item for item in _due(path, args, limits, now)}
        except UnreadableError as error:
            _logger.warning("%s bloq_due looks again in %g s.", error, interval)
        else:
            # What is no longer due is forgotten, and told again when it is due again.
            told = {which: when for which, when in told.items() if which in found}
            for which, item in found.items():
                if now - told.get(which, float("-inf")) >= repeat_after:
                    told[which] = now
                    await queue.put({"bloq": item})
        await asyncio.sleep(interval)


def _due(path: Path, args: Mapping[str, Any], limits: tuple[float, float], now: float) -> Iterator[Event]:
    max_age, before = limits
    for name, record in _records(path, args).items():
        moments = [("client_key", record.get("client_id"), _moment(record.get("created_at")), max_age)]
        moments += [
            ("retiring_key", entry.get("client_id"), _moment(entry.get("retire_after")), 0.0)
            for entry in [_flat(entry) for entry in _list(record.get("retiring")) if isinstance(entry, Mapping)]
        ]
        moments.append(("refresh_token", record.get("client_id"), _end_of_token(record.get("refresh_token")), -before))
        for kind, client_id, moment, after in moments:
            if moment is None or moment + after > now:
                continue
            if _TEMPLATE.search(f"{name}\n{client_id}"):
                _logger.warning("A record in %s has a template in its name or client id, so it is passed over.", path)
            else:
                yield {
                    "kind": kind,
                    "name": str(name),
                    "client_id": str(client_id),
                    "due_at": _iso(moment + after),
                    "vault_file": str(path),
                }


def _records(path: Path, args: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path} cannot be read: {_reason(error)}.") from None
    decrypt = _decrypter(args.get("vault_password_file"))
    if text.startswith("$ANSIBLE_VAULT;"):
        if decrypt is None:
            raise ValueError(f"{path} is encrypted whole. Give vault_password_file too.")
        text = decrypt(text)

    class Loader(yaml.SafeLoader):
        """Reads the values that are encrypted, or passes them over when there is no password."""

    def construct(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str | None:
        return decrypt(loader.construct_scalar(node)) if decrypt else None

    Loader.add_constructor("!vault", construct)
    # The values of other variables are nothing to it.
    Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
    try:
        loaded = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        # The error's own text quotes the file.
        raise UnreadableError(f"{path} is not YAML that can be read.") from None
    records = loaded.get(args.get("variable") or "bloq_client_keys") if isinstance(loaded, Mapping) else None
    if records is not None and not isinstance(records, Mapping):
        raise UnreadableError(f"The client keys in {path} are not a mapping of names.")
    return {name: _flat(record) for name, record in (records or {}).items() if isinstance(record, Mapping)}


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without what is neither text, number nor time: written as text, aliases could fill any memory."""
    return {
        field: value
        for field, value in record.items()
        if field == "retiring" or not isinstance(value, (Mapping, list, tuple, set))
    }


def _decrypter(password_file: str | None) -> Callable[[str], str] | None:
    if not password_file:
        return None
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import VaultLib, VaultSecret

    try:
        password = Path(password_file).expanduser().read_text(encoding="utf-8").split("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"The file with the vault password cannot be read: {_reason(error)}.") from None
    library = VaultLib([("default", VaultSecret(password.encode()))])

    def decrypt(text: str) -> str:
        try:
            return str(library.decrypt(text).decode())
        except (AnsibleError, ValueError):
            raise UnreadableError("The vault password does not open the vault file.") from None

    return decrypt


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _reason(error: Exception) -> str:
    return str((isinstance(error, OSError) and error.strerror) or "it is not text")


def _duration(args: Mapping[str, Any], name: str, default: str) -> float:
    # As module_utils/_times.py reads it, of which an event source can import nothing.
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdw]?)", str(args.get(name, default)).strip().lower())
    if match is None:
        raise ValueError(
            f"{name} must be a number with s, m, h, d or w behind it, such as 12h or 90d. A number alone is seconds."
        )
    seconds = float(match.group(1)) * _SECONDS[match.group(2)]
    if seconds > _CENTURY:
        raise ValueError(f"{name} must not be longer than a hundred years.")
    return seconds


def _moment(value: object) -> float | None:
    if not isinstance(value, datetime.datetime):
        try:
            value = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            return None
    return (value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)).timestamp()


def _end_of_token(token: object) -> float | None:
    """Return when a token ends, read without verification; None when it does not say."""
    try:
        payload = str(token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None
    return end if 0 <= end < _LAST_MOMENT else None


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
