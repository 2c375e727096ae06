# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook rotates a due key of the local Bloq, run as the guide says."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from local_bloq.running import running

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

from example_blocks import Block, blocks  # noqa: E402

ACCOUNT = "you@example.com"
VAULT_FILE = Path("group_vars/all/bloq.yml")
CONFLICT = "<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"


class World:
    """A repository with client keys on a local Bloq.

    Attributes:
        folder: the repository.
        environment: for the programs that run in it.
    """

    def __init__(self, folder: Path, accounts_url: str, password: str) -> None:
        self.folder = folder
        (folder / "home").mkdir()
        (folder / VAULT_FILE).parent.mkdir(parents=True)
        (folder / "vault-password").write_text(secrets.token_urlsafe(24), encoding="utf-8")
        self.environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT.parents[2]),
            "ANSIBLE_NOCOLOR": "true",
            "BLOQ_ACCOUNTS_URL": accounts_url,
            "BLOQ_PASSWORD": password,
            "BLOQ_USERNAME": ACCOUNT,
            "HOME": str(folder / "home"),
            "PWD": str(folder),
        }

    def bootstrap(self, *keys: str) -> None:
        """Make client keys."""
        variables = {"bloq_vault_file": str(VAULT_FILE), "bloq_keys": list(keys)}
        command = ["ansible-playbook", "bloq.cloud.bootstrap", "--extra-vars", json.dumps(variables)]
        environment = {**self.environment, "ANSIBLE_VAULT_PASSWORD_FILE": "vault-password"}
        subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True, timeout=120)

    def age(self, name: str, created_at: str) -> None:
        """Make a key as old as this, by the service and by the vault file."""
        with contextlib.closing(sqlite3.connect(self.folder / "bloq.db", timeout=30, isolation_level=None)) as database:
            row = (f"{created_at[:-1]}.000Z", self.ids()[name])
            changed = database.execute("UPDATE client_keys SET created_at = ? WHERE id = ?", row)
            assert changed.rowcount == 1
        before, mark, record = self.text().partition(self.ids()[name])
        self.write(before + mark + re.sub(r"created_at: .*", f'created_at: "{created_at}"', record, count=1))

    def text(self) -> str:
        """Return the vault file."""
        return (self.folder / VAULT_FILE).read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        """Replace the vault file as git does."""
        (self.folder / "new.yml").write_text(text, encoding="utf-8")
        (self.folder / "new.yml").replace(self.folder / VAULT_FILE)

    def ids(self) -> dict[str, str]:
        """Return the client id of each key."""
        return dict(re.findall(r"^  \"?(\w+)\"?:\n(?:    .*\n)*?    client_id: (\S+)$", self.text(), re.MULTILINE))


@pytest.fixture
def world(tmp_path: Path) -> t.Iterator[World]:
    if shutil.which("ansible-rulebook") is None:
        pytest.skip(
            "ansible-rulebook is not installed, for it needs Java 17 or newer (Debian: openjdk-17-jre-headless)"
        )
    with running("--user", ACCOUNT, "--db", "bloq.db", folder=tmp_path) as bloq:
        yield World(tmp_path, bloq.accounts, bloq.password)


def guide() -> tuple[dict[str, str], str]:
    """Return the files that the guide shows, and its command."""
    found = [block for block in blocks(ROOT) if block.document == "guide_awx"]
    files = {block.file: block.text for block in found if block.file}
    (command,) = (block for block in found if _is_command(block))
    # The password is in the environment already; nobody is here to type it.
    return files, "\n".join(line for line in command.text.splitlines() if "BLOQ_PASSWORD" not in line)


def _is_command(block: Block) -> bool:
    return block.language == "shell" and "ansible-rulebook --rulebook" in block.text


@contextlib.contextmanager
def rulebook(world: World, **variables: str) -> t.Iterator[Path]:
    """Run the guide's rulebook with other values of its variables; give the file with its output."""
    files, command = guide()
    files["rotate_when_due.yml"] = yaml.safe_dump({**yaml.safe_load(files["rotate_when_due.yml"]), **variables})
    for name, text in files.items():
        (world.folder / name).write_text(text, encoding="utf-8")
    log = world.folder / "rulebook.log"
    with log.open("w", encoding="utf-8") as output:
        run = subprocess.Popen(
            ["/bin/bash", "-ec", command],
            cwd=world.folder,
            env=world.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield log
        assert run.poll() is None, log.read_text(encoding="utf-8")[-4000:]
    finally:
        # With Java and a playbook that may be running.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def wait_for(what: t.Callable[[], bool], log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not what():
        printed = log.read_text(encoding="utf-8")
        assert time.monotonic() < end and "Terminating" not in printed, printed[-4000:]
        time.sleep(0.1)


def test_the_due_key_is_rotated_and_no_other_though_a_look_fails(world: World) -> None:
    # 007 is a name that templates like to take for a number.
    world.bootstrap("007", "young")
    before = world.ids()
    old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=91)
    world.age("007", f"{old:%Y-%m-%dT%H:%M:%SZ}")
    text = world.text()
    world.write(CONFLICT.format(text=text))
    with rulebook(world, bloq_interval="1s") as log:
        wait_for(lambda: "bloq_due looks again in 1 s" in log.read_text(encoding="utf-8"), log)
        world.write(text)
        wait_for(lambda: world.ids()["007"] != before["007"], log)
        wait_for(lambda: "PLAY RECAP" in log.read_text(encoding="utf-8"), log)
        # It is still looking: another key is due.
        rotated = world.ids()["007"]
        assert world.ids()["young"] == before["young"]
        world.age("young", "2020-01-01T00:00:00Z")
        wait_for(lambda: world.ids()["young"] != before["young"], log)
    printed = log.read_text(encoding="utf-8")
    assert rotated in world.text(), "the key that was replaced is retiring"
    assert world.environment["BLOQ_PASSWORD"] not in printed
    assert not re.search(r"\b[0-9a-f]{80}\b|eyJ[\w-]+\.", printed)


def test_a_rotation_that_failed_is_tried_again(world: World) -> None:
    world.bootstrap("ci")
    before = world.ids()
    world.age("ci", "2020-01-01T00:00:00Z")
    password = (world.folder / "vault-password").read_text(encoding="utf-8")
    (world.folder / "vault-password").write_text("another one", encoding="utf-8")
    with rulebook(world, bloq_interval="1s", bloq_repeat_after="2s") as log:
        wait_for(lambda: "failed=1" in log.read_text(encoding="utf-8"), log)
        assert world.ids() == before
        (world.folder / "vault-password").write_text(password, encoding="utf-8")
        wait_for(lambda: world.ids() != before, log)
