# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers that share a coordination server: one login and one token, whatever their number and clocks."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
)
from harness.coordination import ended, world
from harness.table import Row

_USE: dict[str, t.Any] = {
    "name": "Use the token",
    "ansible.builtin.assert": {"that": "lookup('bloq.cloud.bloq_token') is bloq.cloud.fresh_bloq_token"},
}

_LOG_IN: dict[str, t.Any] = {"name": "Log in", "bloq.cloud.bloq_login": {}}


@pytest.mark.row("many controllers share one token")
@pytest.mark.parametrize("order", ["at once", "one after the other"])
def test_controllers_log_in_once_and_get_one_token(
    request: pytest.FixtureRequest, tmp_path: Path, coordination: Coordination, row: Row, crowd: int, order: str
) -> None:
    number = 2 * crowd if order == "at once" else 60 if request.config.getoption("--long") else 3
    with world(tmp_path, coordination.url) as found:
        client_id, secret = found.fleet.account.make_key()
        before = found.requests("POST", "/auth")
        key = {"BLOQ_CLIENT_ID": client_id, "BLOQ_CLIENT_SECRET": secret, **found.fleet.environment}
        controllers = [found.fleet.controller() for _number in range(number)]
        if order == "at once":
            ended([controller.start_play([_USE, _LOG_IN], environment=key) for controller in controllers])
        else:
            for controller in controllers:
                ended([controller.start_play([_USE, _LOG_IN], environment=key)])
                found.fleet.lose(controller)
        row.tried = number
        row.figures[f"logins, {order}"] = found.requests("POST", "/auth") - before
        row.figures[f"tokens, {order}"] = found.requests("POST", "/auth/token")
    assert list(row.figures.values()) == [1, 1]


@pytest.mark.row("many controllers share one token")
def test_a_controller_whose_clock_is_off_takes_and_gives_the_same_token(
    tmp_path: Path, coordination: Coordination
) -> None:
    """The clocks that count are the server's and the service's."""
    from ansible_collections.bloq.cloud.plugins.module_utils._granted import Token
    from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.server import Server
    from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.tokens import SharedTokens
    from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.url import checked_coordination_url
    from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import CacheKey, TokenCache

    real, minted = time.time, []

    def use(name: str, ahead: float) -> Token:
        def mint() -> Token:
            minted.append(name)
            return Token("a-token", "client", real() + 3600, 3600.0, skew=-ahead)

        server = Server(checked_coordination_url(coordination.url))
        cache = TokenCache(str(tmp_path / name), beyond=lambda: SharedTokens(server))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: real() + ahead)
            key = CacheKey("https://accounts.example.com", "me", "client_credentials")
            token, _is_minted = cache.get_or_mint(key, "s" * 80, strong=True, min_ttl=300, mint=mint)
            assert abs(token.remaining(time.time()) - 3600) < 60
            return token

    for name, ahead in (("fast", 3600.0), ("right", 0.0), ("slow", -3600.0)):
        use(name, ahead)
    assert minted == ["fast"]


@pytest.mark.row("many controllers share one token")
def test_what_is_shared_is_said_and_cleared(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        controller = fleet.controller()
        ended([fleet.start(controller)])
        record = controller.records()["ci"]
        credential = {name: record[name] for name in ("client_id", "client_secret")}
        lease = coordination.client
        (lock,) = lease.keys("bloq:*:fence")
        said = json.dumps({"host": "ci-runner-7", "process": 42, "play": "Rotate"})
        held = lock.replace(b":fence", b":lock")
        lease.hset(held, mapping={"token": "t", "holder": said, "since": "1795664284"})
        lease.expire(held, 600)
        info, clear, clear_again = (
            {"bloq.cloud.bloq_client_key_info": {"vault_file": str(controller.vault_file)}},
            {"bloq.cloud.bloq_token": {"state": "absent", **credential}, "no_log": False},
            {"bloq.cloud.bloq_token": {"state": "absent", **credential}},
        )
        (run,) = ended([controller.start_play([info, clear, clear_again], environment=fleet.environment)])
        found, cleared, nothing = run.results
        assert found["coordination"]["lock"] == {
            "host": "ci-runner-7",
            "process": 42,
            "play": "Rotate",
            "since": "2026-11-26T03:38:04Z",
        }
        (kept,) = found["coordination"]["escrow"]
        assert (kept["client_id"], kept["name"]) == (record["client_id"], "ci")
        # The login, the client token, and the client token that all share.
        assert (cleared["removed"], nothing["removed"]) == (3, 0)
        # Who waits is given the holder's name.
        waiting = fleet.start(controller, lock_timeout=0).wait()
        assert waiting.status == 2
        assert "locked by process 42 on ci-runner-7, play 'Rotate', since 2026-11-26T03:38:04Z" in waiting.message
