# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refresh token is registered once, kept while it is good, and replaced when it is not."""

from __future__ import annotations

import base64
import json
import pathlib
import time
import typing as t

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, ReplyError
from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import CLIENT
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.refresh_token import RefreshRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import ClientCredential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import ObtainedToken
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault

URL = "https://accounts.example.com"
VAULT = Vault([("default", VaultSecret(b"a pass phrase"))])
KEY = ClientCredential(URL, "id", "the-secret")
YEAR = 365 * 86400.0


def refresh_token(word: str, left: float = YEAR, life: float = YEAR, **claims: t.Any) -> str:
    """Return a refresh token that is told apart by a word, with this many seconds left of its life."""
    end = time.time() + left
    claims = {"aud": ["auth/token"], "jti": word, "iat": end - life, "exp": end, **claims}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)]
    return ".".join([*parts, "c2ln"])


def obtained(offered: str | None) -> ObtainedToken:
    return ObtainedToken(Token("the-access-token", CLIENT, time.time() + 3600, 3600.0, refresh_token=offered), "minted")


class Folder:
    """A vault file, and how often a new refresh token was asked for."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.path = folder / "keys.yml"
        self.renewed = 0
        self.new: str | None = refresh_token("new")

    def record(self) -> RefreshRecord:
        return RefreshRecord(VaultFile.read(str(self.path), VAULT), "ci")

    def holds(self, **fields: t.Any) -> None:
        VaultFile.read(str(self.path), VAULT).with_record("ci", {"accounts_url": URL, **fields}).store()

    def content(self) -> dict[str, t.Any]:
        return dict(VaultFile.read(str(self.path), VAULT).records["ci"])

    def register(
        self, offered: str | None, credential: ClientCredential = KEY, *, check_mode: bool = False
    ) -> RefreshRecord:
        def renew() -> ObtainedToken:
            self.renewed += 1
            return obtained(self.new)

        record = self.record()
        record.claim(credential, is_kept=True)
        record.take(credential, obtained(offered), renew)
        record.store(check_mode=check_mode)
        return record


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> Folder:
    return Folder(tmp_path)


def test_a_record_is_made_without_the_secret(folder: Folder) -> None:
    offered = refresh_token("offered")
    assert folder.register(offered).changed
    assert folder.content() == {"accounts_url": URL, "client_id": "id", "refresh_token": offered}
    assert not folder.register(refresh_token("later")).changed
    assert folder.content()["refresh_token"] == offered and folder.renewed == 0


def test_in_check_mode_nothing_is_written(folder: Folder) -> None:
    record = folder.register(refresh_token("offered"), check_mode=True)
    assert record.changed and not folder.path.exists()


def test_the_key_s_own_record_keeps_everything_else(folder: Folder) -> None:
    before = {"client_id": "id", "client_secret": "the-secret", "created_at": "2026-01-01T00:00:00Z", "mine": "x"}
    folder.holds(**before)
    assert folder.record().has_key
    offered = refresh_token("offered")
    folder.register(offered)
    assert folder.content() == {"accounts_url": URL, **before, "refresh_token": offered}


@pytest.mark.parametrize(
    ("left", "life", "kept"), [(YEAR * 0.26, YEAR, True), (YEAR * 0.24, YEAR, False), (-5, YEAR, False), (50, 60, True)]
)
def test_a_quarter_of_its_life_decides(folder: Folder, left: float, life: float, kept: bool) -> None:
    own = refresh_token("own", left, life)
    folder.holds(client_id="id", refresh_token=own)
    record = folder.register(refresh_token("offered"))
    assert record.changed is not kept
    assert (record.refresh_token == own) is kept


@pytest.mark.parametrize("offered", [None, refresh_token("worn", YEAR * 0.1)])
def test_what_is_not_good_any_more_is_not_registered(folder: Folder, offered: str | None) -> None:
    assert folder.register(offered).refresh_token == folder.new
    assert folder.renewed == 1


def test_what_the_service_refused_or_replaced_is_replaced(folder: Folder) -> None:
    own, offered = refresh_token("own"), refresh_token("offered")
    folder.holds(client_id="id", client_secret="the-secret", refresh_token=own)
    used = ClientCredential(URL, "id", "the-secret", own)
    assert not folder.register(own, used).changed
    assert folder.register(offered, used).refresh_token == offered


def test_a_rotated_key_s_record_follows(folder: Folder) -> None:
    folder.holds(client_id="previous", refresh_token=refresh_token("previous"))
    offered = refresh_token("offered")
    folder.register(offered)
    assert folder.content() == {"accounts_url": URL, "client_id": "id", "refresh_token": offered}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"client_id": "other", "client_secret": "the-secret"}, "another client key, other"),
        ({"client_id": "id", "accounts_url": "https://elsewhere.example.com"}, "belongs to https://elsewhere"),
        ({"client_id": "id", "refresh_token": "no token"}, "The refresh_token of the record 'ci' in .*keys.yml: "),
    ],
)
def test_another_key_s_record_is_left_alone(folder: Folder, fields: dict[str, t.Any], told: str) -> None:
    folder.holds(**fields)
    before = folder.path.read_bytes()
    with pytest.raises(InputError, match=told) as error:
        folder.register(refresh_token("offered"))
    assert "the-secret" not in str(error.value) and folder.path.read_bytes() == before


def test_a_service_without_refresh_tokens_is_told(folder: Folder) -> None:
    folder.new = None
    with pytest.raises(ReplyError, match="no refresh token"):
        folder.register(None)
    assert not folder.path.exists()


@pytest.mark.parametrize(
    ("granted", "told"),
    [(refresh_token("ended", -5), "has ended already"), ("garbage", "something else"), ("a.b.c", "something else")],
)
def test_what_works_is_not_replaced_by_what_does_not(folder: Folder, granted: str, told: str) -> None:
    folder.holds(client_id="id", refresh_token=refresh_token("worn", YEAR * 0.1))
    before, folder.new = folder.path.read_bytes(), granted
    for offered in (granted, None):
        with pytest.raises(ReplyError, match=told) as error:
            folder.register(offered)
        assert granted not in str(error.value)
    assert folder.path.read_bytes() == before


def test_the_diff_has_times_and_no_secret(folder: Folder) -> None:
    folder.holds(client_id="id", client_secret="the-secret")
    offered = refresh_token("offered")
    diff = folder.register(offered).diff()
    assert "refresh_token" not in diff["before"]
    assert diff["after"]["refresh_token"]["expires_at"].startswith("20")
    assert offered not in json.dumps(diff) and "the-secret" not in json.dumps(diff)
