# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From 1.0.0's artifact to this version's and back again, in one home, with what a user has on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.invariants import assert_settled
from harness.service import KEYS, serve
from harness.versions import User, build

pytestmark = pytest.mark.row("upgraded, and back again")


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The artifact of each version, as Galaxy has it."""
    return build(tmp_path_factory.mktemp("artifacts"))


def _asked(log: Path) -> list[str]:
    """Return the paths of the requests that make something: logins, tokens, and keys."""
    requests = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [request["path"] for request in requests if request["method"] != "GET"]


def test_nothing_is_lost_or_asked_for_twice(tmp_path: Path, artifacts: dict[str, Path]) -> None:
    log = tmp_path / "requests.jsonl"
    with serve("--request-log", str(log)) as service:
        user = User(tmp_path, service.new_account(), artifacts)
        user.install("1.0.0")
        first = user.every_day()
        assert first.status == 0, first.output
        asked = _asked(log)
        # One login, two keys, and a token of each, with which it proves itself.
        assert sorted(asked) == ["/auth", "/auth/token", "/auth/token", KEYS, KEYS]
        before = user.vault_file.read_bytes()
        for version in ("new", "1.0.0", "new"):
            user.install(version)
            again = user.every_day()
            assert again.status == 0, again.output
            assert " changed=0 " in again.message
            assert user.vault_file.read_bytes() == before
        assert _asked(log) == asked


def test_a_rotation_is_begun_by_one_and_gone_on_with_by_the_other(tmp_path: Path, artifacts: dict[str, Path]) -> None:
    with serve() as service:
        user = User(tmp_path, service.new_account(), artifacts)
        for begins, goes_on in (("1.0.0", "new"), ("new", "1.0.0")):
            user.install(begins)
            assert user.run().status == 0
            assert user.run(rotate="always", overlap="1h").status == 0
            user.install(goes_on)
            unchanged = user.run()
            assert (unchanged.status, unchanged.result["changed"]) == (0, False), unchanged.output
            assert_settled(user, retiring=1)
            assert user.run(state="absent").status == 0
            assert user.account.key_ids() == set()


def test_what_the_new_one_left_open_the_old_one_leaves_alone(tmp_path: Path, artifacts: dict[str, Path]) -> None:
    with serve() as service:
        account = service.new_account()
        user = User(tmp_path, account, artifacts)
        user.install("new")
        assert user.run().status == 0
        service.set_faults({"method": "POST", "path": KEYS, "delay_after": 60})
        running = user.start(name="second")
        service.wait_until_struck()
        running.kill()
        service.set_faults()
        keys, file = account.key_ids(), user.vault_file.read_bytes()
        user.install("1.0.0")
        refused = user.run(name="second")
        assert refused.status != 0
        assert "cannot be read" in refused.message
        assert (account.key_ids(), user.vault_file.read_bytes()) == (keys, file)
        user.install("new")
        settled = user.run(name="second")
        assert settled.status == 0, settled.output
        assert len(settled.result["suspects"]) == 1
        assert keys < account.key_ids()
