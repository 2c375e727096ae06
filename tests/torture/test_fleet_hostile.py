# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A coordination server in which somebody has put what no controller of ours puts there."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import Coordination
from harness.coordination import assert_one_key, world
from harness.table import Row

_UNREADABLE = b"[" * 100_000
_NONSENSE: tuple[bytes, ...] = (
    b"",
    b"null",
    b"5",
    b"[]",
    b"[[]]",
    b"{}",
    b'"text"',
    b"\xff\xfe not text",
    _UNREADABLE,
    b'{"id": [], "at": "never", "fence": {}, "sealed": 5}',
    b'{"id": "x", "at": 1e999, "fence": NaN, "sealed": "$ANSIBLE_VAULT;1.1;AES256"}',
    b'[{"known": 5, "started": [], "deadline": 1e999, "skew": null, "created": {}}]',
    b'[{"known": [], "started": 0, "deadline": 9e99, "skew": 0, "created": null}]',
    b'{"scope": [], "at": "x"}',
    b'{"host": [], "process": "x", "play": {}}',
    b"9" * 5_000,
    b"\x1b[31m" + b"x" * 20_000_000,
)


#: Those that are played, for what a play would show of them; the others' tasks run in this process.
_PLAYED = (_NONSENSE[7], _NONSENSE[11], _NONSENSE[-1])


def _hashes(client: t.Any) -> list[bytes]:
    return list(client.scan_iter("bloq:*", _type="hash"))


@pytest.mark.row("the coordination server has nonsense in it")
def test_nonsense_in_every_field_is_no_fault_and_costs_no_key(
    tmp_path: Path, coordination: Coordination, row: Row
) -> None:
    client = coordination.client
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        controller = fleet.controller()
        fleet.run(controller)
        tasks: dict[str, dict[str, t.Any]] = {
            "bloq_client_key_info": {},
            "bloq_client_key": {"name": "ci"},
            "bloq_login": {"force": True},
        }
        for value in _NONSENSE:
            row.tried += 1
            for key in _hashes(client):
                client.hset(key, mapping=dict.fromkeys([*client.hkeys(key), b"\xff", b"a:b:c"], value))
            for key in list(client.scan_iter("bloq:*", _type="string")):
                if not key.endswith((b":fence", b"probe")):
                    client.set(key, value)
            if value in _PLAYED:
                environment = {**fleet.environment, "BLOQ_VAULT_FILE": str(controller.vault_file)}
                play = [{f"bloq.cloud.{module}": options, "ignore_errors": True} for module, options in tasks.items()]
                runs = [controller.start_play(play, environment=environment).wait()]
            else:
                runs = [controller.task(module, **options) for module, options in tasks.items()]
            for run in runs:
                assert "A fault in" not in run.message and "Traceback" not in run.message, (value[:80], run.output)
                assert "is not a Redis or Valkey server" not in run.message, (value[:80], run.output)
                assert "\x1b[31m" not in run.output
            if value is _UNREADABLE:
                for run in runs[:2]:
                    assert "something that cannot be read in" in str(run.result["warnings"]), run.output
            assert_one_key(fleet, controller)
            for key in client.keys("bloq:*:lock"):
                client.delete(key)


@pytest.mark.row("the coordination server has nonsense in it")
def test_other_types_under_our_keys_are_refused_before_anything_is_made(
    tmp_path: Path, coordination: Coordination, row: Row
) -> None:
    client = coordination.client
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        controller = fleet.controller()
        others: dict[str, t.Callable[[bytes], t.Any]] = {
            "text": lambda key: client.set(key, "x"),
            "list": lambda key: client.rpush(key, "x"),
            "set": lambda key: client.sadd(key, "x"),
        }
        for make in others.values():
            client.flushall()
            fleet.run(controller)
            for key in client.keys("bloq:*"):
                client.delete(key)
                make(key)
            row.tried += 1
            run = fleet.start(controller, rotate="always", overlap="0").wait()
            assert run.status == 2 and "has something else under a key" in run.message, run.output
            assert_one_key(fleet, controller)
