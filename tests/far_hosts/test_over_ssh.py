# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that are delegated over real SSH: nothing is made twice, nothing is lost unnoticed, nothing is shown."""

from __future__ import annotations

import re
import signal
import subprocess
import time
import typing as t

import pytest
from world import World

VAULT = "{{ playbook_dir }}/keys.yml"
KEY: dict[str, t.Any] = {
    "bloq.cloud.bloq_client_key": {"name": "ci", "vault_file": VAULT, "return_secret": True},
    "register": "made",
}
KEEP = {"ansible.builtin.set_fact": {"seen": {"made": "{{ made }}"}}, "no_log": True}
CREATION = "POST /users/me/client-keys"


def _made(world: World) -> dict[str, t.Any]:
    return dict(world.seen()["made"])


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_everything_works_there_and_nothing_is_shown(world: World, pipelining: str) -> None:
    done = world.play(
        {"bloq.cloud.bloq_login": {}, "register": "session"},
        {"bloq.cloud.bloq_account_info": {"events": True}},
        {**KEY, "check_mode": True},
        KEY,
        {**KEY, "register": "again"},
        {"bloq.cloud.bloq_client_key": {"name": "ci", "vault_file": VAULT, "rotate": "always", "overlap": "0"}},
        {"bloq.cloud.bloq_client_key_info": {"vault_file": VAULT}, "register": "listed"},
        {"ansible.builtin.include_vars": {"file": VAULT}, "no_log": True},
        {"bloq.cloud.bloq_token": {"key": "ci", "return_refresh_token": True}, "register": "token"},
        {"bloq.cloud.bloq_service_info": {}},
        {
            "bloq.cloud.bloq_node": {"name": "main", "chain": "btc", "vault_file": "{{ playbook_dir }}/nodes.yml"},
            "register": "node",
        },
        {"bloq.cloud.bloq_node_info": {"return_credentials": True}, "register": "nodes"},
        {"bloq.cloud.bloq_node": {"name": "main", "state": "absent", "vault_file": "{{ playbook_dir }}/nodes.yml"}},
        {
            "bloq.cloud.bloq_account_password": {"new_password": "{{ lookup('ansible.builtin.env', 'NEW') }}"},
            "register": "password",
        },
        {
            "ansible.builtin.set_fact": {
                "seen": {
                    name: f"{{{{ {name} }}}}" for name in ("session", "made", "again", "token", "nodes", "password")
                }
            },
            "no_log": True,
        },
        NEW="a new word of ours",
        ANSIBLE_PIPELINING=pipelining,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    seen = world.seen()
    assert seen["made"]["changed"] and not seen["again"]["changed"] and seen["password"]["changed"]
    assert world.far.terminals == 0
    secrets = [
        world.bloq.password,
        "a new word of ours",
        seen["session"]["access_token"],
        seen["made"]["client_secret"],
        seen["token"]["access_token"],
        seen["token"]["refresh_token"],
        *(node["password"] for node in seen["nodes"]["nodes"]),
    ]
    assert all(secrets)
    files = [path for path in world.far.home.rglob("*") if path.is_file()]
    places = [world.output, (world.folder / "ansible.log").read_text(encoding="utf-8"), *world.far.commands]
    places += [path.read_text(encoding="utf-8", errors="replace") for path in files]
    assert not [place[:200] for place in places for secret in secrets if secret in place]
    assert not [path for path in files if "AnsiballZ" in path.name]


def test_a_lost_connection_makes_no_second_key_that_nobody_knows(world: World) -> None:
    world.fault(path="/users/me/client-keys", method="POST", delay_after=2)
    world.front.when(CREATION, world.far.lose_connections)
    done = world.play(KEY, KEEP, ANSIBLE_SSH_RETRIES="3")
    known = {_made(world)["client_key"]["client_id"], *_made(world)["suspects"]} if done.returncode == 0 else set()
    if done.returncode:
        assert "may have been done" in done.stdout
        again = world.play(KEY, KEEP)
        assert again.returncode == 0, again.stdout[-3000:]
        known = {_made(world)["client_key"]["client_id"], *_made(world)["suspects"]}
    time.sleep(3)
    assert world.keys() == known
    assert len(known) == 2
    assert "may have been left behind by a run that ended too early" in world.output


def test_a_connection_that_runs_the_module_again_sends_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a connection plugin would whose retries have another name: the far host itself refuses.
    plugin = world.folder / "connection_plugins" / "stubborn.py"
    plugin.parent.mkdir()
    plugin.write_text(
        '''
DOCUMENTATION = """
name: stubborn
short_description: Runs each command twice, as if the first reply were lost
extends_documentation_fragment: connection_pipelining
options: {}
"""
from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    transport = "stubborn"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        if in_data:
            super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
''',
        encoding="utf-8",
    )
    monkeypatch.setenv("ANSIBLE_CONNECTION_PLUGINS", str(plugin.parent))
    done = world.play(
        {**KEY, "vars": {"ansible_connection": "stubborn"}},
        KEEP,
        ANSIBLE_CONNECTION_PLUGINS=str(plugin.parent),
    )
    assert "has run the module again" in done.stdout or done.returncode == 0
    again = world.play(KEY, KEEP)
    assert again.returncode == 0, again.stdout[-3000:]
    assert world.keys() == {_made(world)["client_key"]["client_id"], *_made(world)["suspects"]}


def test_nobody_sends_later_what_a_killed_run_was_asked_to_wait_with(world: World) -> None:
    world.fault(path="/users/me/client-keys", method="POST", status=429, retry_after=6, times=1)
    asked: list[float] = []
    world.front.when(CREATION, lambda: asked.append(time.monotonic()))
    with subprocess.Popen(
        world.command([KEY, KEEP]),
        cwd=world.folder,
        env=world.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        deadline = time.monotonic() + 60
        while not asked and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1.5)
        running.send_signal(signal.SIGKILL)
    world.far.lose_connections()
    done = world.play(KEY, KEEP)
    assert done.returncode == 0, done.stdout[-3000:]
    time.sleep(max(0.0, 9 - (time.monotonic() - asked[0])))
    assert world.keys() == {_made(world)["client_key"]["client_id"]}


def test_a_module_that_is_killed_there_leaves_a_request_of_unknown_fate(world: World) -> None:
    world.fault(path="/users/me/client-keys", method="POST", delay_after=1)
    world.front.when(CREATION, world.far.kill_what_runs)
    done = world.play(KEY, KEEP)
    if done.returncode:
        assert "without a result" in done.stdout and "may have been done" in done.stdout
        done = world.play(KEY, KEEP)
    assert done.returncode == 0, done.stdout[-3000:]
    time.sleep(2)
    assert world.keys() == {_made(world)["client_key"]["client_id"], *_made(world)["suspects"]}
    assert len(_made(world)["suspects"]) == 1


@pytest.mark.parametrize("how", ["-tt", "-o RequestTTY=force", "a file"])
def test_nothing_is_typed_into_a_terminal(world: World, how: str) -> None:
    config = world.folder / "config"
    config.write_text("Host *\n  RequestTTY force\n", encoding="utf-8")
    world.set_ssh_arguments(f"-F {config}" if how == "a file" else how)
    done = world.play(KEY)
    assert done.returncode == 2
    assert "ask for a terminal" in done.stdout
    assert world.far.commands == [] or not any("bloq" in command for command in world.far.commands)
    assert world.keys() == set()


def test_a_crash_there_says_why(world: World) -> None:
    broken = world.folder / "broken-python"
    broken.write_text("#!/bin/sh\ncat >/dev/null\necho out of everything >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    done = world.play({**KEY, "vars": {"ansible_python_interpreter": str(broken)}})
    assert done.returncode == 2
    assert re.search(r"bloq_relay ended on far without a result, return code 3: .*out of everything", done.stdout)
    assert world.bloq.password not in done.stdout + done.stderr


def test_it_is_said_from_where_a_service_was_not_reached(world: World) -> None:
    done = world.play(KEY, BLOQ_ACCOUNTS_URL="http://127.0.0.1:9")
    assert done.returncode == 2
    assert "127.0.0.1:9 refuses connections" in done.stdout and "tried from far" in done.stdout
