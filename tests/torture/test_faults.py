# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that fails at the worst moments: nothing is lost, no orphan stays, and the message says what to do."""

from __future__ import annotations

import contextlib
import signal
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession, NodesSession
from harness.afterwards import after
from harness.here import Here
from harness.invariants import assert_settled
from harness.service import CLUSTERS, KEYS, NODES, Service, serve

pytestmark = pytest.mark.row("a creation or rotation meets a fault")

_CREATION = {"method": "POST", "path": KEYS}
_HTML = {"body": "<html>Sorry</html>", "content_type": "text/html"}
_TRUNCATED = {"body": '{"clientId": "0123', "content_type": "application/json"}

#: Faults that a play gets over by itself, and whether a key is left whose secret nobody has seen.
SURVIVED: dict[str, tuple[dict[str, t.Any], bool]] = {
    "the reply is lost": ({"reset": "after"}, True),
    "the request is lost": ({"reset": "before"}, False),
    "the reply comes too late": ({"delay_after": 4}, True),
    "the request is carried out too late": ({"delay": 4}, True),
    "500 before the commit": ({"status": 500}, False),
    "500 after the commit": ({"status": 500, "commit": True}, True),
    "502": ({"status": 502}, False),
    "503": ({"status": 503}, False),
    "429 once": ({"status": 429, "retry_after": 1}, False),
    "201 with HTML": ({"status": 201, **_HTML, "commit": True}, True),
    "truncated JSON": ({"status": 200, **_TRUNCATED, "commit": True}, True),
    "half a reply": ({"truncate": True}, True),
}

#: Faults that a play does not get over, a word of the message, and how many keys are left whose secret nobody has seen.
TOLD: dict[str, tuple[list[dict[str, t.Any]], str, int]] = {
    "a storm of 500 after the commit": (
        [{**_CREATION, "status": 500, "commit": True, "times": 50}],
        "Try again later",
        2,
    ),
    "a storm of 429": ([{"path": "/users/*", "status": 429, "times": 50}], "Try again later", 0),
    "a storm of 503 everywhere": ([{"path": "*", "status": 503, "times": 50}], "Try again later", 0),
    "201 with HTML, always": (
        [{**_CREATION, "status": 201, **_HTML, "commit": True, "times": 50}],
        "Check accounts_url",
        2,
    ),
    "the key is refused at once": ([{"method": "POST", "path": "/auth/token", "status": 401}], "removed again", 0),
}


@pytest.mark.parametrize("rotation", [False, pytest.param(True, marks=pytest.mark.long)], ids=["create", "rotate"])
@pytest.mark.parametrize("fault", SURVIVED)
def test_a_fault_that_a_play_gets_over(tmp_path: Path, service: Service, fault: str, rotation: bool) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    options = {"timeout": 2, **({"rotate": "always", "overlap": "0"} if rotation else {})}
    if rotation:
        assert controller.run().status == 0
    how, leaves_one = SURVIVED[fault]
    service.set_faults({**_CREATION, **how})
    run = controller.run(**options)
    assert run.status == 0, run.output
    suspects = set(run.result["suspects"])
    assert len(suspects) == leaves_one
    assert all(client_id in run.message for client_id in suspects)
    assert_settled(controller, left_over=suspects, interrupted=True)


@pytest.mark.parametrize("fault", ["502", "503", "the request is lost"])
def test_a_key_of_somebody_else_made_during_a_fault_stays(tmp_path: Path, service: Service, fault: str) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    service.set_faults({**_CREATION, **SURVIVED[fault][0], "delay": 2})
    running = controller.start()
    service.wait_until_struck()
    theirs, secret = account.make_key()
    run = running.wait()
    assert run.status == 0, run.output
    assert service.works(theirs, secret)
    assert run.result["suspects"] == [theirs]
    assert_settled(controller, left_over={theirs}, interrupted=True)


@pytest.mark.parametrize("rotation", [pytest.param(False, marks=pytest.mark.long), True], ids=["create", "rotate"])
@pytest.mark.parametrize("fault", TOLD)
def test_a_fault_that_a_play_tells(tmp_path: Path, service: Service, fault: str, rotation: bool) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account)
    options = {"retries": 1, "max_retry_wait": 2, **({"rotate": "always", "overlap": "0"} if rotation else {})}
    if rotation:
        assert controller.run().status == 0
    before = controller.records()
    faults, word, leaves = TOLD[fault]
    service.set_faults(*faults)
    run = controller.run(**options)
    assert run.status != 0
    assert word in run.message
    service.set_faults()
    assert controller.records() == before
    again = controller.run(**options)
    assert again.status == 0, again.output
    suspects = set(again.result["suspects"])
    assert len(suspects) == leaves
    assert_settled(controller, left_over=suspects, interrupted=True)


def test_a_run_that_fails_names_what_an_earlier_one_left(tmp_path: Path, service: Service) -> None:
    """It may be what the run fails of: an account that is full."""
    controller = Here(tmp_path, service.new_account())
    service.set_faults({**_CREATION, "reset": "after"})
    suspects = controller.run().result["suspects"]
    assert len(suspects) == 1
    service.set_faults({**_CREATION, "status": 403, "times": 2})
    run = controller.run(rotate="always")
    assert run.status == 2
    assert (run.result["suspects"], run.result["orphans_removed"], run.result["changed"]) == (suspects, [], False)
    assert any(suspects[0] in warning for warning in run.result["warnings"])
    run = controller.run(rotate="always", orphans="remove")
    assert run.status == 2
    assert (run.result["suspects"], run.result["orphans_removed"], run.result["changed"]) == ([], suspects, True)
    # What was not looked for is not said to be nothing.
    service.set_faults({"path": KEYS, "method": "GET", "status": 403})
    assert "suspects" not in controller.run().result


def test_a_wait_for_a_node_that_fails_names_what_an_earlier_run_left(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account(), nodes_url=service.nodes_url)
    node = {"name": "main", "chain": "btc"}
    service.set_faults({"method": "POST", "path": "/users/me/nodes", "service": "nodes", "reset": "after"})
    suspects = controller.task("bloq_node", **node).result["suspects"]
    assert len(suspects) == 1
    service.set_faults({"path": "/rpc/*", "service": "nodes", "status": 503, "times": 99})
    run = controller.task("bloq_node", wait_for="answering", wait_timeout=1, **node)
    assert run.status == 2 and "does not answer yet" in run.message
    assert run.result["suspects"] == suspects


def test_a_run_that_fails_late_says_what_it_changed(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account(), nodes_url=service.nodes_url)
    controller.run()
    service.set_faults({"path": KEYS + "/*", "method": "DELETE", "status": 403, "times": 9})
    run = controller.run(rotate="always", overlap="0s")
    assert (run.status, run.result["changed"]) == (2, True)
    run = controller.run(state="absent")
    assert (run.status, run.result["changed"]) == (2, False)
    service.set_faults({"path": "/rpc/*", "service": "nodes", "status": 503, "times": 99})
    node = {"name": "main", "chain": "btc", "wait_for": "answering", "wait_timeout": 1}
    assert [controller.task("bloq_node", **node).result["changed"] for _turn in range(2)] == [True, False]
    cluster = {"kind": "cluster", "wait_timeout": 1}
    made = controller.task("bloq_node", name="many", chain="btc", **cluster, wait=False).result["node"]["id"]
    more = {"node_id": made, "capacity": 3, "wait_for": "answering", **cluster}
    assert [controller.task("bloq_node", **more).result["changed"] for _turn in range(2)] == [True, False]


def test_a_password_that_is_changed_is_told_though_nobody_can_log_in(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    service.set_faults({"path": "/users/me", "method": "GET", "status": 403, "times": 9})
    run = controller.task("bloq_account_password", new_password="another-password")  # noqa: S106
    assert (run.status, run.result["changed"]) == (2, True)


def test_an_emergency_that_fails_names_what_it_revoked(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    service.set_faults({**_CREATION, "reset": "after"})
    first = controller.run().result
    second = controller.run(rotate="always", overlap="2h").result["client_key"]["client_id"]
    # Its first key goes; the second one, which another record has too, does not.
    with controller.vault_file.open("a", encoding="utf-8") as file:
        file.write(f"  twin:\n    client_id: {second}\n")
    run = controller.run(state="absent", leaked=["ci"])
    assert run.status == 2 and f"{second} of 'ci' was not revoked" in run.message
    assert (run.result["revoked"], run.result["changed"]) == ([first["client_key"]["client_id"]], True)
    assert run.result["suspects"] == first["suspects"]


class TaskTimeoutError(BaseException):
    """What ansible-core raises in a task whose keyword ``timeout`` is over; it is known by this name."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def end(*_arguments: object) -> None:
        raise TaskTimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_the_task_s_own_time_limit_hides_nothing_that_was_done(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    service.set_faults({**_CREATION, "reset": "after"})
    first = controller.run().result
    second = controller.run(rotate="always", overlap="2h").result["client_key"]["client_id"]
    # Which of the two goes first hangs on their ids.
    a_removal = {"method": "DELETE", "path": f"{KEYS}/*"}
    service.set_faults({**a_removal, "headers": {"X-Removed": "once"}}, {**a_removal, "hold": True})
    with _time_limit(2):
        run = controller.run(state="absent", leaked=["ci"])
    assert run.status == 2 and "The task's timeout of" in run.message
    [gone], alive = run.result["revoked"], controller.account.key_ids()
    assert {gone} == {first["client_key"]["client_id"], second} - alive and run.result["changed"]
    assert run.result["suspects"] == first["suspects"]


def test_a_request_that_the_time_limit_cuts_off_may_have_been_a_change(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    for method in ("POST", "GET"):
        service.set_faults({"method": method, "path": KEYS, "delay_after": 4})
        with _time_limit(2):
            run = controller.task("bloq_request", service="accounts", path=KEYS, method=method, token="account")  # noqa: S106
        assert run.status == 2 and "Check that first: running the task again sends it again." in run.message
        assert run.result["changed"] == (method == "POST")


@pytest.mark.parametrize("kind", ["intent", "doubt"])
def test_a_run_that_cannot_read_its_notes_does_not_say_that_there_are_no_suspects(
    tmp_path: Path, service: Service, kind: str
) -> None:
    controller = Here(tmp_path, service.new_account())
    service.set_faults({**_CREATION, "reset": "after"})
    assert len(controller.run().result["suspects"]) == 1
    for note in controller.vault_file.parent.glob("*.bloq-*"):
        note.rename(note.with_suffix(f".bloq-{kind}"))
    [note] = controller.vault_file.parent.glob(".*.bloq-*")
    note.write_text("")
    run = controller.run()
    assert run.status == 2 and "cannot be read" in run.message
    assert "suspects" not in run.result


def test_the_account_s_token_ends_in_the_middle(tmp_path: Path) -> None:
    with serve("--account-token-ttl", "3") as service:
        controller = Here(tmp_path, service.new_account())
        # While the creation waits for its turn, the token that it began with ends.
        service.set_faults({**_CREATION, "status": 429, "retry_after": 4})
        run = controller.run()
        assert run.status == 0, run.output
        record = controller.records()["ci"]
        assert service.works(record["client_id"], record["client_secret"])
        assert controller.left_behind() == []


@pytest.mark.parametrize("fault", [{"status": 400}, {"status": 403}, {"status": 500, "times": 50}, {"reset": "before"}])
@pytest.mark.parametrize("is_named", [True, False], ids=["name", "node_id"])
def test_a_cluster_that_is_half_changed_is_a_change(
    tmp_path: Path, service: Service, fault: dict[str, t.Any], is_named: bool
) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account, nodes_url=service.nodes_url, retries=0)
    main = {"name": "main", "kind": "cluster", "chain": "btc", "wait": False}
    cluster_id = controller.task("bloq_node", **main, capacity=2, alias="old").result["node"]["id"]
    which = main if is_named else {"node_id": cluster_id, "kind": "cluster", "wait": False}
    naming = {"service": "nodes", "method": "POST", "path": f"{CLUSTERS}/*/alias"}
    service.set_faults({**naming, **fault})
    run = controller.task("bloq_node", **which, capacity=5, alias="new")
    assert run.status == 2 and run.result["changed"] is True, run.output
    assert account.has()["clusters"] == [(cluster_id, 5, "old")]
    # The size is what it is to be: nothing is changed when the rest fails again.
    service.set_faults({**naming, "status": 403})
    run = controller.task("bloq_node", **which, capacity=5, alias="new")
    assert run.status == 2 and not run.result.get("changed", False), run.output


@pytest.mark.parametrize(
    ("session", "path", "task"),
    [(AccountSession, KEYS, {"name": "ci"}), (NodesSession, NODES, {"name": "main", "chain": "btc", "wait": False})],
    ids=["client key", "node"],
)
def test_what_can_neither_be_stored_nor_removed_is_a_change(
    tmp_path: Path, service: Service, session: type, path: str, task: dict[str, t.Any]
) -> None:
    account = service.new_account()
    controller = Here(tmp_path, account, nodes_url=service.nodes_url, retries=0)
    module = "bloq_client_key" if path == KEYS else "bloq_node"
    what = "keys" if path == KEYS else "nodes"
    fault = {"method": "DELETE", "path": f"{path}/*", "status": 403}
    service.set_faults(fault if path == KEYS else {**fault, "service": "nodes"})
    # Somebody else writes the file meanwhile.
    with after(session, "create", lambda: controller.vault_file.write_text("other: 1\n")):
        run = controller.task(module, **task)
    [left] = account.has()[what]
    assert run.status == 2 and f"{left} that was just made could not be removed either" in run.result["msg"], run.output
    assert run.result["msg"].endswith("The next run removes it.")
    # It is proven to be this run's, so it is no suspect.
    assert (run.result["changed"], run.result["suspects"]) == (True, [])
    run = controller.task(module, **task)
    assert run.status == 0 and run.result["orphans_removed"] == [left], run.output
