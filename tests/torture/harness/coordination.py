# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers of a fleet that share a coordination server, and what is asserted of them."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.controller import Controller, Run, Running
from harness.here import Here
from harness.service import Account, Service, serve

LONG_AGO = "2020-01-01T00:00:00.000Z"


class Fleet:
    """Controllers of one account, each with a home and a clone of its own, that share one server.

    Args:
        folder: where their homes are.
        account: whom their plays log in as.
        url: the server's URL.
    """

    def __init__(self, folder: Path, account: Account, url: str) -> None:
        self.folder = folder
        self.account = account
        self.environment = {"BLOQ_COORDINATION_URL": url, "BLOQ_COORDINATION_SCOPE": "team/production"}
        self._vault_password = secrets.token_urlsafe(18)
        self._committed: bytes | None = None

    def controller(self, name: str = "ci") -> Here:
        """Return one more controller, with what has been committed in its clone."""
        home = self.folder / f"home-{secrets.token_hex(4)}"
        home.mkdir(parents=True)
        (home / "vault-password").write_text(self._vault_password, encoding="utf-8")
        shared = {name.lower().removeprefix("bloq_"): value for name, value in self.environment.items()}
        controller = Here(home, self.account, name, **shared)
        if self._committed is not None:
            controller.vault_file.write_bytes(self._committed)
        return controller

    def commit(self, controller: Controller) -> None:
        """Make a controller's vault file what the others find in their clones."""
        self._committed = controller.vault_file.read_bytes()

    def start(self, controller: Controller, **options: t.Any) -> Running:
        """Start a play of bloq_client_key with these options."""
        return controller.start(environment=self.environment, **options)

    @staticmethod
    def run(controller: Here, **options: t.Any) -> Run:
        """Run such a task in this process, which must end well: it is about what the controller leaves or finds."""
        run = controller.run(**options)
        assert run.status == 0, run.output
        return run

    def lose(self, controller: Controller) -> None:
        """Remove a container with everything in it."""
        shutil.rmtree(controller.home)


class World(t.NamedTuple):
    """A Bloq of its own, and a fleet.

    Attributes:
        service: the local Bloq.
        fleet: the controllers.
        log: the requests that the service got, a line each.
    """

    service: Service
    fleet: Fleet
    log: Path

    def requests(self, method: str, path: str) -> int:
        """Return how many requests have been carried out."""
        lines = map(json.loads, self.log.read_text(encoding="utf-8").splitlines())
        return sum((line["method"], line["path"]) == (method, path) for line in lines)


@contextlib.contextmanager
def world(folder: Path, url: str) -> Iterator[World]:
    log = folder / "requests"
    with serve("--request-log", str(log)) as service:
        yield World(service, Fleet(folder, service.new_account(), url), log)


def ended(running: t.Sequence[t.Any]) -> list[Run]:
    runs = [each.wait() for each in running]
    assert [run.status for run in runs] == [0] * len(runs), next(run.output for run in runs if run.status)
    return runs


def assert_one_key(fleet: Fleet, *controllers: Controller, others: t.Collection[str] = ()) -> None:
    """Assert that all controllers hold one key, that it works, and that the account has no more than is known."""
    records = [controller.records()["ci"] for controller in controllers]
    (client_id,) = {record["client_id"] for record in records}
    assert all(fleet.account.service.works(client_id, record["client_secret"]) for record in records)
    assert fleet.account.key_ids() == {client_id, *others}


#: Where programs put what other machines do not see.
_OF_A_MACHINE = ("/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108


def machine_of_its_own() -> list[str]:
    """Return the command that runs another one with private system folders, or skip the test where that cannot be."""
    mounts = " && ".join(f"mount -t tmpfs none {folder}" for folder in _OF_A_MACHINE if Path(folder).is_dir())
    prefix = ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
    try:
        tried = subprocess.run([*prefix, "true"], capture_output=True, timeout=30, check=False)
    except OSError:
        pytest.skip("there is no unshare here, so machines are imitated by homes alone")
    if tried.returncode:
        pytest.skip("mount namespaces are not allowed here, so machines are imitated by homes alone")
    return prefix
