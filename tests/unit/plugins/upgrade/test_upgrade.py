# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What 1.0.0 has left on disk is read and carried on: the upgrade costs nobody a key or a login.

The folder ``left_by_1_0_0`` was written by 1.0.0 itself, with its own unit tests' service, made-up secrets and a clock
that stood still.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import login_key
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import URL, Controller, Service

LEFT = Path(__file__).with_name("left_by_1_0_0")
#: When 1.0.0 ran.
THEN = 1793000000.0
MADE = "2026-10-26T07:33:20Z"


class Upgraded(Controller):
    """A controller with the new version, in a folder that 1.0.0 has left."""

    def __init__(self, case: str, folder: Path, **keys: str) -> None:
        shutil.copytree(LEFT / case, folder)
        service = Service()
        service.keys = dict(keys)
        super().__init__(folder, service)

    @property
    def text(self) -> str:
        return (self.folder / "keys.yml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(time, "time", lambda: THEN + 3000.0)
    monkeypatch.setattr(
        "ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent.default_folder",
        lambda: str(tmp_path / "receipts"),
    )


@pytest.mark.parametrize("case", ["inline", "whole"])
def test_a_vault_file_is_as_good_as_before(case: str, tmp_path: Path) -> None:
    keys = {"key1": MADE, "key2": "2026-10-26T07:34:20Z"} if case == "inline" else {"key1": MADE}
    controller = Upgraded(case, tmp_path / case, **keys)
    before = controller.text
    outcome = controller.run()
    assert (outcome.changed, outcome.suspects, outcome.warnings, controller.service.posts) == (False, [], [], 0)
    assert controller.text == before


def test_a_rotation_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Upgraded("inline", tmp_path / "inline", key1=MADE, key2="2026-10-26T07:34:20Z")
    monkeypatch.setattr(time, "time", lambda: THEN + 86400 + 3600)
    assert controller.run().changed
    assert (set(controller.service.keys), controller.record.retiring) == ({"key2"}, ())
    assert controller.text.startswith("# ours\nother: 1\n")


def test_a_key_whose_reply_came_is_proven_ours_and_removed(tmp_path: Path) -> None:
    controller = Upgraded("answered", tmp_path / "answered", key1=MADE)
    controller.service.made = 1
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects, controller.left_behind) == (["key1"], [], [])
    assert set(controller.service.keys) == {"key2"}


def test_a_key_whose_reply_was_lost_is_named_and_left_alone(tmp_path: Path) -> None:
    controller = Upgraded("unanswered", tmp_path / "unanswered", key1=MADE)
    controller.service.made = 1
    for _run in range(2):
        outcome = controller.run()
        assert (outcome.orphans_removed, outcome.suspects) == ([], ["key1"])
    assert set(controller.service.keys) == {"key1", "key2"}
    assert controller.run(Wanted(), remove_suspects=True).orphans_removed == ["key1"]


def test_what_was_in_doubt_stays_so(tmp_path: Path) -> None:
    controller = Upgraded("doubted", tmp_path / "doubted", key1=MADE, theirs=MADE)
    assert controller.run().suspects == ["theirs"]
    assert controller.run(dismissed=["theirs"]).suspects == []
    assert set(controller.service.keys) == {"key1", "theirs"}


def test_tokens_are_still_good(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    shutil.copytree(LEFT / "cache", folder)
    folder.chmod(0o700)
    for entry in folder.iterdir():
        entry.chmod(0o600)
    cache = TokenCache(str(folder), pytest.fail)

    def mint() -> Token:
        pytest.fail("the upgrade costs a request")

    login, client = login_key(URL, "me"), CacheKey(URL, "key1", "client_credentials")
    for _use in range(2):
        token, minted = cache.get_or_mint(login, "a made-up password", strong=False, min_ttl=300.0, mint=mint)
        assert (token.access_token, minted) == ("made-up account token", False)
        token, minted = cache.get_or_mint(client, "secret of key1", strong=True, min_ttl=300.0, mint=mint)
        assert (token.access_token, minted) == ("made-up client token", False)


def test_an_old_password_s_session_is_forgotten_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    shutil.copytree(LEFT / "cache", folder)
    folder.chmod(0o700)
    for entry in folder.iterdir():
        entry.chmod(0o600)
    TokenCache(str(folder), pytest.fail).forget(login_key(URL, "me"), "a made-up password", strong=False)
    assert len(list(folder.iterdir())) == 1
