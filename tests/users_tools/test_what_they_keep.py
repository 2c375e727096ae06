# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tools of users show and keep of a play holds no secret, and what leaks by their doing is as documented."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import subprocess
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import serve_coordination
from harness.canaries import Canaries
from tool_stage import Stage

_CALLBACKS = (
    "ansible.posix.debug",
    "ansible.posix.json",
    "ansible.posix.jsonl",
    "community.general.counter_enabled",
    "community.general.dense",
    "community.general.diy",
    "community.general.unixy",
)
_BESIDE = "ansible.posix.profile_tasks,ansible.posix.timer,community.general.log_plays,community.general.syslog_json"


@pytest.mark.parametrize("callback", _CALLBACKS)
def test_callbacks(stage: Stage, callback: str) -> None:
    run = stage.program("ansible-playbook", "-vvvvv", "--diff", str(stage.playbook), ANSIBLE_STDOUT_CALLBACK=callback)
    assert run.status == 0, run.output
    assert "not find" not in run.output and "Invalid callback" not in run.output, run.output
    stage.check()


def test_callbacks_beside_the_one_that_prints(stage: Stage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(0.2)
        run = stage.program(
            "ansible-playbook",
            "-vvvvv",
            str(stage.playbook),
            ANSIBLE_CALLBACKS_ENABLED=_BESIDE,
            ANSIBLE_LOG_FOLDER=str(stage.home / "log_plays"),
            SYSLOG_SERVER="127.0.0.1",
            SYSLOG_PORT=str(syslog.getsockname()[1]),
        )
        assert run.status == 0, run.output
        heard = b""
        with contextlib.suppress(TimeoutError):
            while True:
                heard += syslog.recv(65536)
    assert b"Log in" in heard or b"task" in heard.lower(), "the callback sent nothing"
    stage.see("syslog_json", heard)
    assert list((stage.home / "log_plays").iterdir())
    stage.check()


def _private_data(stage: Stage, environment: dict[str, str]) -> Path:
    folder = stage.home / "runner"
    (folder / "project").mkdir(parents=True)
    shutil.copy(stage.playbook, folder / "project")
    (folder / "env").mkdir()
    (folder / "env" / "envvars").write_text(json.dumps(environment), encoding="utf-8")
    return folder


def test_ansible_runner(stage: Stage) -> None:
    folder = _private_data(stage, {})
    run = stage.program("ansible-runner", "run", str(folder), "-p", "play.yml", "--cmdline=-vvvvv --diff")
    assert run.status == 0, run.output
    assert list(folder.glob("artifacts/*/job_events/*.json"))
    stage.check()


def test_ansible_runner_keeps_the_environment_of_a_job(stage: Stage) -> None:
    """As guide_awx.rst says: as the job's, and where facts are gathered as one of them."""
    folder = _private_data(stage, {"BLOQ_PASSWORD": "in-the-environment"})
    assert stage.program("ansible-runner", "run", str(folder), "-p", "play.yml").status == 0
    (command,) = folder.glob("artifacts/*/command")
    (facts,) = folder.glob("artifacts/*/fact_cache/*")
    places = Canaries({"it": "in-the-environment"}).search_folder(folder / "artifacts")
    assert {hit.place for hit in places} == {str(command), str(facts)}


def test_ansible_navigator(stage: Stage) -> None:
    artifact = stage.home / "artifact.json"
    run = stage.program(
        "ansible-navigator",
        "run",
        str(stage.playbook),
        "--mode=stdout",
        "--execution-environment=false",
        f"--playbook-artifact-save-as={artifact}",
        "--log-level=debug",
        f"--log-file={stage.home / 'navigator.log'}",
        "-vvvvv",
        "--diff",
    )
    assert run.status == 0, run.output
    assert "Make a key" in artifact.read_text(encoding="utf-8")
    stage.check()


def test_ara(stage: Stage, programs: Path) -> None:
    plugins = _ask(programs, "import ara.setup; print(ara.setup.callback_plugins)")
    run = stage.program(
        "ansible-playbook",
        "-vvvvv",
        str(stage.playbook),
        ANSIBLE_CALLBACK_PLUGINS=plugins,
        ARA_BASE_DIR=str(stage.home / "ara"),
    )
    assert run.status == 0, run.output
    stage.see("ARA's database", _values(stage.home / "ara" / "ansible.sqlite"))
    stage.check()


def _values(database: Path) -> bytes:
    """Return all that a database of ARA's holds, uncompressed."""
    found = []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for value in (value for row in connection.execute(f'SELECT * FROM "{table}"') for value in row):  # noqa: S608
                with contextlib.suppress(zlib.error):
                    value = zlib.decompress(value) if isinstance(value, bytes) else value
                found.append(value if isinstance(value, bytes) else str(value).encode())
    assert any(b"censored" in value for value in found), "the results are not where they are looked for"
    return b"\n".join(found)


def test_the_fact_cache_of_files(stage: Stage) -> None:
    folder = stage.home / "facts"
    run = stage.program(
        "ansible-playbook",
        str(stage.playbook),
        ANSIBLE_CACHE_PLUGIN="ansible.builtin.jsonfile",
        ANSIBLE_CACHE_PLUGIN_CONNECTION=str(folder),
        ANSIBLE_GATHER_SUBSET="!all",
    )
    assert run.status == 0, run.output
    assert list(folder.iterdir())
    stage.check()


def test_the_fact_cache_of_redis(stage: Stage) -> None:
    with serve_coordination(stage.home / "redis") as server:
        run = stage.program(
            "ansible-playbook",
            str(stage.playbook),
            ANSIBLE_CACHE_PLUGIN="community.general.redis",
            ANSIBLE_CACHE_PLUGIN_CONNECTION=f"127.0.0.1:{server.port}:0",
            ANSIBLE_GATHER_SUBSET="!all",
        )
        assert run.status == 0, run.output
        kept = [server.client.get(key) for key in server.client.scan_iter(_type="string")]
    assert any(b"ansible_" in value for value in kept)
    stage.see("the cache", b"\n".join(kept))
    stage.check()


def test_mitogen(stage: Stage, programs: Path) -> None:
    folder = Path(_ask(programs, "import ansible_mitogen; print(list(ansible_mitogen.__path__)[0])"))
    run = stage.program(
        "ansible-playbook",
        "-vvvvv",
        "--diff",
        str(stage.playbook),
        ANSIBLE_STRATEGY="mitogen_linear",
        ANSIBLE_STRATEGY_PLUGINS=str(folder / "plugins" / "strategy"),
    )
    assert run.status == 0, run.output
    assert "mitogen" in run.output
    stage.check()


def test_ansible_pull(stage: Stage) -> None:
    origin = stage.home / "origin"
    origin.mkdir()
    shutil.copy(stage.playbook, origin)
    git = ("git", "-C", str(origin), "-c", "user.name=founder", "-c", "user.email=founder@example.com")
    for command in (("init", "-q", "-b", "main"), ("add", "--all"), ("commit", "-q", "-m", "Begin")):
        subprocess.run([*git, *command], check=True)
    run = stage.program(
        "ansible-pull", "-U", str(origin), "-d", str(stage.home / "pulled"), "-i", "localhost,", "-vvvvv", "play.yml"
    )
    assert run.status == 0, run.output
    stage.check()


def test_molecule(stage: Stage) -> None:
    scenario = stage.home / "molecule" / "default"
    scenario.mkdir(parents=True)
    shutil.copy(stage.playbook, scenario / "converge.yml")
    settings: dict[str, t.Any] = {
        "driver": {"name": "default", "options": {"managed": False}},
        "platforms": [{"name": "localhost"}],
        "provisioner": {"name": "ansible"},
        "scenario": {"test_sequence": ["syntax", "converge"]},
    }
    (scenario / "molecule.yml").write_text(json.dumps(settings), encoding="utf-8")
    run = stage.program("molecule", "--debug", "test")
    assert run.status == 0, run.output
    stage.check()


def _ask(programs: Path, question: str) -> str:
    """Return what a line of Python prints in the environment of the tools."""
    done = subprocess.run([str(programs / "python"), "-c", question], check=True, capture_output=True, text=True)
    return done.stdout.strip()
