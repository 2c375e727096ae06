# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves that a key is a dead run's orphan, and what must never be taken for one."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts_service import KeyListing
from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, StatusError
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso
from ansible_collections.bloq.cloud.plugins.plugin_utils import _creation
from ansible_collections.bloq.cloud.plugins.plugin_utils._intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._receipts import Receipts
from ansible_collections.bloq.cloud.plugins.plugin_utils._sending import Sending
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils.key_world import URL, Controller, Killed, Service
from hypothesis import example, given, settings
from hypothesis import strategies as st


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def controller(tmp_path: Path, service: Service) -> Controller:
    return Controller(tmp_path, service)


def killed(controller: Controller, *, login: str = "me") -> None:
    """Run to where the service has made the key and its reply is on the way."""
    controller.service.after = [Killed()]
    with pytest.raises(Killed):
        controller.run(login=login)


def test_the_orphan_of_a_run_by_another_name_of_the_account_is_removed(
    controller: Controller, service: Service
) -> None:
    killed(controller, login="me@example.com")
    assert controller.run(login="me").orphans_removed == ["key1"]
    assert controller.left_behind == []


def test_the_intent_of_another_account_is_left_to_it(controller: Controller, service: Service) -> None:
    service.keys["theirs"] = iso(time.time())
    killed(controller, login="somebody.else@example.com")
    service.keys = {"ours": iso(time.time())}
    outcome = controller.run()
    assert outcome.orphans_removed == []
    assert "ours" in service.keys
    assert len(controller.left_behind) == 1
    assert "cannot be told" in outcome.warnings[0]


def test_a_key_that_both_knew_proves_that_it_is_one_account(controller: Controller, service: Service) -> None:
    service.keys["before"] = iso(time.time() - 100)
    killed(controller, login="token 0123")
    assert controller.run().orphans_removed == ["key1"]


def test_a_reply_that_came_proves_it_whatever_else_was_made(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(file: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        # Nothing of a killed run cleans up.
        patch.setattr("ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file.VaultFile.store", died)
        patch.setattr(service, "delete_key", died)
        with pytest.raises(Killed):
            controller.run()
    service.keys["theirs"] = iso(time.time())
    assert controller.run().orphans_removed == ["key1"]
    assert "theirs" in service.keys


def test_what_another_project_on_this_machine_received_is_no_orphan(
    controller: Controller, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    theirs = Controller(tmp_path_factory.mktemp("theirs"), service)
    theirs.run()
    assert controller.run().orphans_removed == []
    assert theirs.record.client_id in service.keys


def test_a_key_that_is_made_late_is_waited_for(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    monkeypatch.setattr(_creation, "GRACE", 3.0)
    monkeypatch.setattr(time, "sleep", lambda _seconds: service.keys.update(late=iso(time.time())))
    assert controller.run().orphans_removed == ["late"]


def test_two_lost_replies_in_a_row_leave_nothing(controller: Controller, service: Service) -> None:
    service.after = [StatusError("broken", status=500), StatusError("broken", status=500)]
    with pytest.raises(StatusError):
        controller.run()
    assert service.keys == {}
    assert controller.left_behind == []


def test_a_listing_that_fails_too_leaves_the_intent(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.after = [StatusError("the creation", status=500)]
    listings = iter([KeyListing((), 0.0)])

    def once() -> KeyListing:
        try:
            return next(listings)
        except StopIteration:
            raise StatusError("the listing", status=500) from None

    with monkeypatch.context() as patch, pytest.raises(StatusError, match="the creation"):
        patch.setattr(service, "list_keys", once)
        controller.run()
    assert controller.run().orphans_removed == ["key1"]


def test_a_doubt_outlives_the_runs_that_die_and_is_told_once(
    controller: Controller, service: Service, tmp_path_factory: pytest.TempPathFactory
) -> None:
    killed(controller)
    killed(Controller(tmp_path_factory.mktemp("theirs"), service))
    service.before = [Killed()]
    with pytest.raises(Killed):
        controller.run()
    assert {"key1", "key2"} <= service.keys.keys()
    assert [warning for warning in controller.run(dry=True).warnings if "key1, key2" in warning]
    assert [warning for warning in controller.run().warnings if "key1, key2" in warning]
    assert controller.run().warnings == []
    assert controller.left_behind == []


def test_the_doubt_of_another_account_is_left_to_it(controller: Controller, service: Service) -> None:
    note = controller.folder / ".keys.yml.0123456789ab.bloq-doubt"
    note.write_text(json.dumps({"url": URL, "groups": [["theirs1", "theirs2"]]}))
    assert controller.run().warnings == []
    assert note.exists()


def test_a_doubt_that_cannot_be_read_is_told(controller: Controller) -> None:
    (controller.folder / ".keys.yml.0123456789ab.bloq-doubt").write_text("{")
    with pytest.raises(FileError, match="Compare what the account has"):
        controller.run()


def test_nothing_tells_of_a_request_while_the_service_has_said_no(tmp_path: Path) -> None:
    intents = IntentFile(str(tmp_path / "keys.yml"), "https://accounts.example.com", "me")
    with Sending(intents, Receipts(str(tmp_path / "receipts")), frozenset(), 0.0) as sending:
        first = intents.own()
        with sending.pause():
            assert intents.own() is None
            time.sleep(0.05)
        second = intents.own()
    assert first is not None
    assert second is not None
    assert second.started >= first.started + 0.05


def test_an_intent_that_cannot_be_read_is_told(controller: Controller, service: Service) -> None:
    killed(controller)
    (controller.folder / controller.left_behind[0]).write_text("{")
    with pytest.raises(FileError, match="Compare what the account has"):
        controller.run()
    assert "key1" in service.keys


def test_the_id_behind_an_intent_may_be_cut(controller: Controller, service: Service) -> None:
    killed(controller)
    path = controller.folder / controller.left_behind[0]
    path.write_text(path.read_text() + json.dumps({"made": "key1"})[:-4])
    assert controller.run().orphans_removed == ["key1"]


@pytest.mark.parametrize("trouble", ["open to others", "a link", "a file"])
def test_receipts_are_kept_in_a_folder_of_ours_alone(tmp_path: Path, trouble: str) -> None:
    folder = tmp_path / "receipts"
    if trouble == "open to others":
        folder.mkdir()
        folder.chmod(0o755)
    elif trouble == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("")
    receipts = Receipts(str(folder))
    with receipts.receiving():
        receipts.add("key1")
    assert "key1" not in receipts
    assert sum(1 for _path in tmp_path.rglob("*")) == (2 if trouble == "a link" else 1)


_ACTIONS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["run", "die before the request", "die before the reply", "die before the store", "drift"]),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=25)
@given(actions=_ACTIONS)
@example(actions=[(0, "die before the reply"), (1, "die before the reply"), (0, "die before the request")])
@example(actions=[(2, "die before the reply"), (0, "die before the reply"), (2, "die before the store")])
def test_projects_of_one_machine_never_take_each_other_s_keys(actions: list[tuple[int, str]]) -> None:
    """Three vault files, one account, deaths at any moment in any order: each ends with a key that nobody took.

    What is left over besides, because two died at the same time, was told of.
    """
    with tempfile.TemporaryDirectory() as machine, pytest.MonkeyPatch.context() as patch:
        patch.setattr(_creation, "default_folder", lambda: f"{machine}/receipts")
        service = Service()
        controllers = [Controller(Path(tempfile.mkdtemp(dir=machine)), service) for _number in range(3)]
        warnings: list[str] = []
        for number, action in actions:
            held = [_held(controller) for controller in controllers]
            warnings += _do(controllers[number], action)
            for other, client_id in enumerate(held):
                assert other == number or client_id is None or client_id in service.keys
        for controller in controllers:
            warnings += controller.run().warnings
        left_over = set(service.keys) - {_held(controller) for controller in controllers}
        assert all(any(client_id in warning for warning in warnings) for client_id in left_over)
        assert len(service.keys) == len(controllers) + len(left_over)
        assert all(controller.left_behind == [] for controller in controllers)


def _held(controller: Controller) -> str | None:
    return controller.record.client_id if (controller.folder / "keys.yml").exists() else None


def _do(controller: Controller, action: str) -> list[str]:
    service = controller.service
    warnings: list[str] = []
    if action == "run":
        warnings += controller.run().warnings
    elif action == "drift":
        held = _held(controller)
        if held is not None:
            service.keys.pop(held, None)
            warnings += controller.run().warnings
    else:
        with pytest.MonkeyPatch.context() as patch:
            if action == "die before the request":
                service.before = [Killed()]
            elif action == "die before the reply":
                service.after = [Killed()]
            else:
                patch.setattr("ansible_collections.bloq.cloud.plugins.plugin_utils._vault_file.VaultFile.store", _died)
                patch.setattr(service, "delete_key", _dies_for_new(service))
            with contextlib.suppress(Killed):
                warnings += controller.run().warnings
            service.before, service.after = [], []
    return warnings


def _died(_file: object) -> None:
    raise Killed


def _dies_for_new(service: Service) -> object:
    delete = service.delete_key
    newest = service.made + 1

    def delete_key(client_id: str) -> bool:
        # The run is dead before it could give up its own key; what it settles first is settled.
        if client_id == f"key{newest}":
            raise Killed
        return delete(client_id)

    return delete_key
