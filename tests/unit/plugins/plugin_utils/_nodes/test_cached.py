# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cache of an inventory keeps answers the same question of the same account, and holds no secret."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import Node
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.cached import answer, to_keep, who_asks
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.hosts import described
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cli_session import config_path

_ASKED = {"nodes_url": "https://nodes.bloq.cloud", "kind": ["node"]}
_NODES = [described(Node("n-1", "node", "started", chain="btc", capacity=2))]
_OPTIONS: dict[str, t.Any] = {
    **dict.fromkeys(("access_token", "key", "client_id", "refresh_token")),
    "accounts_url": "https://accounts.bloq.cloud",
    "username": "me@example.com",
    "cli_session": False,
    "variable": "bloq_client_keys",
}
_KEYS = {"ci": {"client_id": "id-1", "client_secret": object()}}


def _who(records: object = None, environment: t.Any = None, **options: t.Any) -> list[t.Any]:
    return who_asks({**_OPTIONS, **options}, records, environment or {})


def _kept(who: list[t.Any]) -> t.Any:
    return json.loads(json.dumps(to_keep(_ASKED, who, _NODES)))


def test_the_same_question_is_answered() -> None:
    for who in (_who(), _who(_KEYS, key="ci")):
        assert answer(_kept(who), _ASKED, who) == _NODES
        assert answer(_kept(who), {**_ASKED, "kind": ["cluster"]}, who) is None


class Vaulted:
    """What ansible-core has of a value that the user encrypted in the file: no text until it is asked for it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def test_who_asks_may_be_encrypted() -> None:
    kept = _kept(_who(access_token=Vaulted("a token")))
    assert answer(kept, _ASKED, _who(access_token=Vaulted("a token"))) == _NODES
    assert answer(kept, _ASKED, _who(access_token=Vaulted("another"))) is None
    assert "a token" not in json.dumps(kept)


@pytest.mark.parametrize(
    "other",
    [
        {"username": "you@example.com"},
        {"username": None, "access_token": "a token"},
        {"key": "the key"},
        {"client_id": "id-2"},
        {"refresh_token": "another token"},
        {"accounts_url": "https://elsewhere"},
    ],
)
def test_another_account_is_not(other: dict[str, t.Any]) -> None:
    kept = _kept(_who(**other))
    assert answer(kept, _ASKED, _who()) is None
    assert not any(str(value) in json.dumps(kept) for value in other.values() if value)


def test_another_key_of_the_same_name_is_not() -> None:
    kept = _kept(_who(_KEYS, key="ci"))
    assert answer(kept, _ASKED, _who({"ci": {"client_id": "id-2"}}, key="ci")) is None
    for records in ("text", {"ci": "text"}, {"ci": {"client_id": object()}}):
        assert answer(kept, _ASKED, _who(records, key="ci")) is None


def test_another_session_of_the_cli_is_not(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    path = Path(config_path(home))
    path.parent.mkdir(parents=True)
    seen = []
    for token in ("one", "two"):
        path.write_text(json.dumps({"accessToken": token}))
        seen.append(_who(None, home, cli_session=True))
    path.unlink()
    assert answer(_kept(seen[0]), _ASKED, seen[1]) is None
    assert answer(_kept(seen[0]), _ASKED, _who(None, home, cli_session=True)) is None


@pytest.mark.parametrize("found", [None, 5, "x", [1, 2], {}, {"asked": _ASKED}, {"asked": _ASKED, "salt": 5, "by": 5}])
def test_what_was_not_kept_is_no_answer(found: object) -> None:
    assert answer(found, _ASKED, _who()) is None


_WRONG: list[dict[str, t.Any]] = [
    {"id": ["n-1"]},
    {"state": None},
    {"chain": {}},
    {"more": 1},
    {"url": 5},
    {"address": True},
    {"capacity": "two"},
]


@pytest.mark.parametrize(
    "nodes",
    [
        None,
        {},
        [5],
        [{}],
        *([{**_NODES[0], **wrong}] for wrong in _WRONG),
    ],
)
def test_nor_is_an_answer_that_was_changed(nodes: object) -> None:
    assert answer({**_kept(_who()), "nodes": nodes}, _ASKED, _who()) is None
