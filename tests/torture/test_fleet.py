# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers that share a coordination server: one token, one key for a name, nothing lost with a container."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import json
import signal
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._fleet.real_server import (
    Coordination,
    programs,
    serve_coordination,
)
from harness import steps
from harness.canaries import Canaries
from harness.controller import Controller, Run
from harness.coordination import Fleet
from harness.processes import stopped
from harness.service import KEYS, Service, serve
from harness.table import Row
from harness.tcp_front import serve_front, tls_context

_LONG_AGO = "2020-01-01T00:00:00.000Z"
_USE: dict[str, t.Any] = {
    "name": "Use the token",
    "ansible.builtin.assert": {"that": "lookup('bloq.cloud.bloq_token') is bloq.cloud.fresh_bloq_token"},
}


@pytest.fixture(params=sorted(programs()))
def coordination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Coordination]:
    with serve_coordination(tmp_path / "data", program=programs()[request.param]) as server:
        yield server


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


def _ended(running: t.Sequence[t.Any]) -> list[Run]:
    runs = [each.wait() for each in running]
    assert [run.status for run in runs] == [0] * len(runs), next(run.output for run in runs if run.status)
    return runs


def _assert_one_key(fleet: Fleet, *controllers: Controller, others: t.Collection[str] = ()) -> None:
    """Assert that all controllers hold one key, that it works, and that the account has no more than is known."""
    records = [controller.records()["ci"] for controller in controllers]
    (client_id,) = {record["client_id"] for record in records}
    assert all(fleet.account.service.works(client_id, record["client_secret"]) for record in records)
    assert fleet.account.key_ids() == {client_id, *others}


@pytest.mark.row("many controllers share one token")
def test_controllers_at_once_log_in_once_and_get_one_token(
    tmp_path: Path, coordination: Coordination, row: Row
) -> None:
    number = 20
    with world(tmp_path, coordination.url) as (service, fleet, log):
        client_id, secret = fleet.account.make_key()
        before = World(service, fleet, log).requests("POST", "/auth")
        key = {"BLOQ_CLIENT_ID": client_id, "BLOQ_CLIENT_SECRET": secret, **fleet.environment}
        tasks = [_USE, {"name": "Log in", "bloq.cloud.bloq_login": {}}]
        _ended([fleet.controller().start_play(tasks, environment=key) for _number in range(number)])
        found = World(service, fleet, log)
        row.tried = number
        row.figures["logins"] = found.requests("POST", "/auth") - before
        row.figures["tokens"] = found.requests("POST", "/auth/token")
    assert row.figures == {"logins": 1, "tokens": 1}


@pytest.mark.row("many controllers share one token")
def test_a_controller_whose_clock_is_off_takes_and_gives_the_same_token(
    tmp_path: Path, coordination: Coordination
) -> None:
    """The clocks that count are the server's and the service's."""
    from ansible_collections.bloq.cloud.plugins.module_utils._tokens import Token
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


@pytest.mark.row("many controllers bootstrap one name")
def test_ten_controllers_bootstrap_one_name(tmp_path: Path, coordination: Coordination, row: Row) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        controllers = [fleet.controller() for _number in range(10)]
        _ended([fleet.start(controller) for controller in controllers])
        _assert_one_key(fleet, *controllers)
        row.tried = len(controllers)
        row.figures["keys made"] = World(service, fleet, log).requests("POST", KEYS)
        canaries = Canaries({})
        for name, secret in (
            ("the account's password", service.password),
            ("the client secret", controllers[0].records()["ci"]["client_secret"]),
            ("the vault password", controllers[0].password_file.read_text(encoding="utf-8")),
        ):
            canaries.add(name, secret)
        assert canaries.search(coordination.everything(), "the coordination server") == []
        assert service.password.encode() not in coordination.everything()
    assert row.figures["keys made"] == 1


@pytest.mark.row("many controllers rotate one name")
@pytest.mark.parametrize("overlap", ["24h", "0"])
def test_ten_controllers_rotate_one_due_key(tmp_path: Path, coordination: Coordination, row: Row, overlap: str) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        first = fleet.controller()
        _ended([fleet.start(first)])
        fleet.commit(first)
        old = first.records()["ci"]["client_id"]
        service.age(old, _LONG_AGO)
        controllers = [fleet.controller() for _number in range(10)]
        due = {"rotate": "when_older_than", "max_age": "1h", "overlap": overlap}
        _ended([fleet.start(controller, **due) for controller in controllers])
        _assert_one_key(fleet, *controllers, others=[old] if overlap == "24h" else [])
        row.tried = len(controllers)
        row.figures["keys made"] = World(service, fleet, log).requests("POST", KEYS) - 1
    assert row.figures["keys made"] == 1


_KILLED: dict[str, tuple[tuple[str, ...], dict[str, t.Any]]] = {
    "create": (steps.CREATE, {}),
    "rotate": (steps.ROTATE, {"rotate": "when_older_than", "max_age": "1h", "overlap": "24h"}),
    "rotate without overlap": (
        steps.ROTATE_WITHOUT_OVERLAP,
        {"rotate": "when_older_than", "max_age": "1h", "overlap": "0"},
    ),
}


def _kill(folder: Path, url: str, step: str, options: dict[str, t.Any], *, rotates: bool) -> None:
    """Kill a run before a step and remove its container; the next one has what was committed before."""
    with world(folder, url) as (service, fleet, _log):
        olds = []
        if rotates:
            first = fleet.controller()
            _ended([fleet.start(first, timeout=5)])
            fleet.commit(first)
            olds = [first.records()["ci"]["client_id"]]
            service.age(olds[0], _LONG_AGO)
        # A key that is nobody's of ours stays.
        foreign, _secret = fleet.account.make_key()
        killed = fleet.controller()
        environment = {**killed._traced(), "TORTURE_KILL_AT": step, **fleet.environment}
        run = killed.start(environment=environment, timeout=5, **options).wait()
        assert run.status == -9, run.output
        fleet.lose(killed)
        heir = fleet.controller()
        (again,) = _ended([fleet.start(heir, timeout=5, **options)])
        assert again.result["suspects"] == [], again.output
        others = [foreign, *(olds if options.get("overlap") == "24h" else [])]
        _assert_one_key(fleet, heir, others=others)


@pytest.mark.row("a container is killed and removed")
@pytest.mark.parametrize("job", _KILLED)
def test_killed_at_every_step_with_the_container_removed(
    request: pytest.FixtureRequest, tmp_path: Path, row: Row, job: str
) -> None:
    all_steps, options = _KILLED[job]
    chosen = all_steps if request.config.getoption("--long") else _FEW[job]
    if job != "create":
        # The run before has left its login on the server.
        chosen = tuple(step for step in chosen if step != "send POST /auth 1")
    with (
        serve_coordination(tmp_path / "data") as coordination,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        tries = {}
        for number, step in enumerate(chosen):
            folder = tmp_path / str(number)
            folder.mkdir()
            kill = functools.partial(_kill, folder, coordination.url, step, options, rotates=job != "create")
            tries[step] = pool.submit(kill)
        row.tried = len(chosen)
        failed = {step: error for step, each in tries.items() if (error := each.exception())}
    row.harms["lost"] = len(failed)
    assert not failed, failed


_FEW = {
    "create": ("send POST /users/me/client-keys 1", "write the intent 1", "rename the vault file 1", steps.CREATE[-1]),
    "rotate": ("write the intent 1", "send POST /auth/token 1", "rename the vault file 2"),
    "rotate without overlap": ("send DELETE /users/me/client-keys 1", steps.ROTATE_WITHOUT_OVERLAP[-1]),
}


@pytest.mark.row("a container is killed and removed")
def test_killed_before_the_reply_it_leaves_a_suspect_that_every_clone_names(
    tmp_path: Path, coordination: Coordination
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        killed = fleet.controller()
        service.set_faults({"method": "POST", "path": KEYS, "delay_after": 30})
        running = fleet.start(killed, timeout=5)
        service.wait_until_struck()
        time.sleep(0.2)
        assert running.kill().status == -9
        fleet.lose(killed)
        (left,) = fleet.account.key_ids()
        heir = fleet.controller()
        (run,) = _ended([fleet.start(heir, timeout=5)])
        assert run.result["suspects"] == [left]
        other = fleet.controller()
        task = {"bloq.cloud.bloq_client_key_info": {"vault_file": str(other.vault_file)}}
        (info,) = _ended([other.start_play([task], environment=fleet.environment)])
        states = {key["client_id"]: key["state"] for key in info.result["client_keys"]}
        assert states[left] == "suspect"
        (cleaned,) = _ended([fleet.start(other, orphans="remove")])
        assert cleaned.result["orphans_removed"] == [left]
        _assert_one_key(fleet, heir, other)


@pytest.mark.row("a holder is stopped past its lease")
def test_a_holder_that_was_stopped_past_its_lease_changes_nothing_more(
    tmp_path: Path, coordination: Coordination
) -> None:
    with world(tmp_path, coordination.url) as (service, fleet, log):
        sleeper, other = fleet.controller(), fleet.controller()
        # It has the lock, and has not yet sent its POST.
        service.set_faults({"method": "GET", "path": KEYS, "delay": 2})
        running = fleet.start(sleeper, timeout=20)
        service.wait_until_struck()
        with stopped(running.pid):
            _ended([fleet.start(other)])
        run = running.wait()
        assert run.status != 0 and "was lost" in run.message, run.output
        _assert_one_key(fleet, other)
        assert World(service, fleet, log).requests("POST", KEYS) == 1
        _ended([fleet.start(sleeper)])
        _assert_one_key(fleet, other, sleeper)


@pytest.mark.row("the coordination server cannot be used")
@pytest.mark.parametrize(
    "fault", ["nobody listens", "blocked", "read-only", "out of memory", "wrong password", "another protocol"]
)
def test_changes_are_refused_before_any_request(tmp_path: Path, fault: str) -> None:
    with (
        serve_coordination(tmp_path / "data", password="right") as coordination,  # noqa: S106
        world(tmp_path, coordination.url) as (service, fleet, log),
    ):
        keep = fleet.controller()
        words = _break(coordination, fault)
        url = {"wrong password": coordination.url.replace(":right@", ":wr0ng-canary@")}.get(fault, coordination.url)
        if fault == "another protocol":
            url = service.url.replace("http:", "redis:")
        environment = {"BLOQ_COORDINATION_URL": url, "BLOQ_COORDINATION_SCOPE": "team/production"}
        try:
            began = time.monotonic()
            run = keep.start(environment=environment).wait()
            took = time.monotonic() - began
            assert run.status == 2 and words in run.message, run.output
            assert "wr0ng-canary" not in run.output
            assert not log.exists() or World(service, fleet, log).log.read_text() == ""
            # A play takes about a second.
            assert took < 8
            assert not keep.vault_file.exists()
            # Tokens and reports go on, with a warning.
            use = keep.start_play([{"name": "Log in", "bloq.cloud.bloq_login": {}}], environment=environment).wait()
            assert use.status == 0 and words in use.message, use.output
            assert use.message.count("WARNING") == 1
            without = keep.start(environment=environment, coordination_required=False).wait()
            assert without.status == 0 and "coordination_required is false" in without.message, without.output
        finally:
            with contextlib.suppress(ProcessLookupError):
                coordination.process.send_signal(signal.SIGCONT)


def _break(coordination: Coordination, fault: str) -> str:
    """Bring a fault about, and return the words of the message."""
    if fault == "nobody listens":
        coordination.process.kill()
        coordination.process.wait(timeout=30)
        return "cannot be reached"
    if fault == "blocked":
        coordination.process.send_signal(signal.SIGSTOP)
        return "does not answer within 2 s"
    if fault == "read-only":
        coordination.client.replicaof("127.0.0.1", "9")
        return "read-only replica"
    if fault == "out of memory":
        coordination.client.config_set("maxmemory", "1")
        return "no memory left"
    return "refuses the user or the password" if fault == "wrong password" else "as a Redis or Valkey server does"


@pytest.mark.row("the coordination server loses its data")
def test_a_server_that_has_lost_its_data_costs_no_key(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        first = fleet.controller()
        _ended([fleet.start(first)])
        coordination.client.flushall()
        (again,) = _ended([fleet.start(first)])
        assert not again.result["changed"]
        _ended([fleet.start(first, rotate="always", overlap="0")])
        _assert_one_key(fleet, first)


@pytest.mark.row("many controllers share one token")
def test_controllers_one_after_the_other_log_in_once(tmp_path: Path, coordination: Coordination, row: Row) -> None:
    number = 6
    with world(tmp_path, coordination.url) as found:
        for _number in range(number):
            task = {"name": "Log in", "bloq.cloud.bloq_login": {}}
            controller = found.fleet.controller()
            _ended([controller.start_play([task], environment=found.fleet.environment)])
            found.fleet.lose(controller)
        row.tried = number
        row.figures["logins, one after the other"] = found.requests("POST", "/auth")
    assert row.figures["logins, one after the other"] == 1


@pytest.mark.row("many controllers bootstrap one name")
def test_ten_controllers_make_one_node(tmp_path: Path, coordination: Coordination, row: Row) -> None:
    number = 4
    with world(tmp_path, coordination.url) as (service, fleet, _log):
        controllers = [fleet.controller() for _number in range(number)]
        node = {"name": "mine", "chain": "btc", "network": "mainnet", "wait": False}
        runs = _ended(
            [
                controller.start_play(
                    [{"bloq.cloud.bloq_node": {**node, "vault_file": str(controller.vault_file)}}],
                    environment={**fleet.environment, "BLOQ_NODES_URL": service.nodes_url},
                )
                for controller in controllers
            ]
        )
        row.tried = number
        assert len({run.result["node"]["id"] for run in runs}) == 1
        assert len(fleet.account.has()["nodes"]) == 1


@pytest.mark.row("the coordination server cannot be used")
def test_a_slow_server_is_waited_for(tmp_path: Path) -> None:
    """Each answer takes a second, which is less than anybody waits for one."""
    with (
        serve_coordination(tmp_path / "data") as coordination,
        serve_front(coordination.port, delay=1.0) as port,
        world(tmp_path, f"redis://127.0.0.1:{port}/0") as (_service, fleet, _log),
    ):
        controllers = [fleet.controller(), fleet.controller()]
        _ended([fleet.start(controller) for controller in controllers])
        _assert_one_key(fleet, *controllers)


@pytest.mark.row("the coordination server proves who it is")
@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path, trusted: bool) -> None:
    authority, context = tls_context(tmp_path)
    with (
        serve_coordination(tmp_path / "data") as coordination,
        serve_front(coordination.port, context=context) as port,
        world(tmp_path, f"rediss://localhost:{port}/0") as (_service, fleet, log),
    ):
        controller = fleet.controller()
        url = f"rediss://localhost:{port}/0{f'?ssl_ca_certs={authority}' if trusted else ''}"
        environment = {**fleet.environment, "BLOQ_COORDINATION_URL": url}
        run = controller.start(environment=environment).wait()
        if trusted:
            assert run.status == 0, run.output
            assert b"escrow" in coordination.everything()
        else:
            assert run.status == 2 and "certificate that is not trusted" in run.message, run.output
            assert not log.exists() or not log.read_text(encoding="utf-8")


@pytest.mark.row("two vault files of one account")
def test_a_scope_is_one_account_s(tmp_path: Path, coordination: Coordination) -> None:
    with serve(accounts=2) as service:
        ours, theirs = (Fleet(tmp_path, service.new_account(), coordination.url) for _number in range(2))
        _ended([ours.start(ours.controller())])
        run = theirs.start(theirs.controller()).wait()
        assert run.status == 2 and "is in use by another account" in run.message, run.output
        assert theirs.account.key_ids() == set()


@pytest.mark.row("many controllers share one token")
def test_what_is_shared_is_said_and_cleared(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        controller = fleet.controller()
        _ended([fleet.start(controller)])
        record = controller.records()["ci"]
        credential = {name: record[name] for name in ("client_id", "client_secret")}
        lease = coordination.client
        (lock,) = lease.keys("bloq:*:fence")
        said = json.dumps({"host": "ci-runner-7", "process": 42, "play": "Rotate"})
        lease.hset(lock.replace(b":fence", b":lock"), mapping={"token": "t", "holder": said, "since": "1795664284"})
        info, clear, clear_again = (
            {"bloq.cloud.bloq_client_key_info": {"vault_file": str(controller.vault_file)}},
            {"bloq.cloud.bloq_token": {"state": "absent", **credential}, "no_log": False},
            {"bloq.cloud.bloq_token": {"state": "absent", **credential}},
        )
        (run,) = _ended([controller.start_play([info, clear, clear_again], environment=fleet.environment)])
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


@pytest.mark.row("two vault files of one account")
def test_two_vault_files_of_one_account_keep_to_their_own_keys(tmp_path: Path, coordination: Coordination) -> None:
    with world(tmp_path, coordination.url) as (_service, fleet, _log):
        one, two = fleet.controller(), fleet.controller()
        others = {**fleet.environment, "BLOQ_COORDINATION_SCOPE": "team/staging"}
        runs = _ended([fleet.start(one), two.start(environment=others)])
        assert [run.result["suspects"] for run in runs] == [[], []]
        ids = {controller.records()["ci"]["client_id"] for controller in (one, two)}
        assert len(ids) == 2 and fleet.account.key_ids() == ids
