# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a key's life against a service that fails at the worst moments."""

from __future__ import annotations

import time

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import KeyListing, ListedKey
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    FileError,
    InputError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._times import iso, parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.intent import IntentFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    VAULT,
    Controller,
    Service,
    key_id,
)

NOW = 1_800_000_000.0


def cut_off_before_its_promotion(controller: Controller) -> None:
    """Make a key and begin a rotation that ends where the new key is to prove itself."""
    controller.run()

    def killed(client_id: str, client_secret: str) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(controller.service, "exchange", killed)
        controller.run(Wanted(rotate="always", overlap=60))


def test_a_key_is_made_once_for_one_get_and_one_post(controller: Controller, service: Service) -> None:
    assert controller.run().changed
    assert (service.lists, service.posts) == (1, 1)
    assert controller.record.client_secret == f"secret of {key_id(1)}"
    assert not controller.run().changed
    assert (service.lists, service.posts) == (2, 1)
    assert controller.left_behind == []


def test_a_rotation_keeps_the_old_key_for_the_overlap(controller: Controller, service: Service) -> None:
    controller.run()
    outcome = controller.run(Wanted(rotate="always", overlap=60))
    assert outcome.rotated
    assert set(service.keys) == {key_id(1), key_id(2)}
    assert [key.client_id for key in controller.record.retiring] == [key_id(1)]
    assert not controller.run(Wanted(overlap=0)).changed
    assert controller.run(Wanted(rotate="always", overlap=0)).rotated
    assert set(service.keys) == {key_id(1), key_id(3)}


def test_a_new_key_that_does_not_work_is_removed_before_the_old_one_is_touched(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.run()
    before = controller.record

    def refuse(client_id: str, client_secret: str) -> None:
        raise RefusedError("refused", status=401)

    monkeypatch.setattr(service, "exchange", refuse)
    with pytest.raises(RefusedError, match="removed again"):
        controller.run(Wanted(rotate="always"))
    assert set(service.keys) == {key_id(1)}
    assert controller.record == before


def test_a_key_whose_secret_cannot_be_stored_is_revoked(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: VaultFile) -> None:
        raise FileError("No space left.")

    monkeypatch.setattr(VaultFile, "store", full)
    with pytest.raises(FileError):
        controller.run()
    assert service.keys == {}
    assert controller.left_behind == []


def test_a_reply_lost_after_the_commit_is_named_and_another_key_is_made(
    controller: Controller, service: Service
) -> None:
    service.after = [UnreachableError("reset", maybe_received=True)]
    outcome = controller.run()
    assert (outcome.orphans_removed, outcome.suspects) == ([], [key_id(1)])
    assert set(service.keys) == {key_id(1), key_id(2)}
    assert controller.record.client_id == key_id(2)


def test_a_refused_creation_leaves_nothing(controller: Controller, service: Service) -> None:
    service.before = [StatusError("no", status=409)]
    with pytest.raises(StatusError):
        controller.run()
    assert service.posts == 1
    assert controller.left_behind == []


@pytest.mark.parametrize("rotation", [False, True])
def test_a_run_killed_after_the_post_is_followed_by_one_that_has_a_key(
    controller: Controller, service: Service, rotation: bool
) -> None:
    if rotation:
        controller.run()
    wanted = Wanted(rotate="always", overlap=0) if rotation else Wanted()
    service.after = [Killed()]
    with pytest.raises(Killed):
        controller.run(wanted)
    assert len(controller.left_behind) == 1
    outcome = controller.run(wanted)
    assert set(service.keys) == {controller.record.client_id, *outcome.suspects}
    assert len(outcome.suspects) == 1


def test_a_rotation_killed_before_its_promotion_is_completed(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off_before_its_promotion(controller)
    assert controller.record.client_id == key_id(1)
    assert controller.run().rotated
    assert controller.record.client_id == key_id(2)
    assert service.posts == 2


def test_a_key_of_another_account_is_not_replaced(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.run()
    monkeypatch.setattr(service, "list_keys", lambda _token: KeyListing((), 0.0))
    with pytest.raises(InputError, match="not this account's"):
        controller.run()
    assert service.posts == 1


def test_a_pending_key_that_one_list_lacks_is_not_dropped(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off_before_its_promotion(controller)
    before = controller.record
    lagging = KeyListing((ListedKey(key_id(1), service.keys[key_id(1)]),), 0.0)
    for check_mode in (True, False):
        with (
            monkeypatch.context() as patch,
            pytest.raises(ReplyError, match=f"does not list the client key {key_id(2)}"),
        ):
            patch.setattr(service, "list_keys", lambda _token: lagging)
            controller.run(check_mode=check_mode)
    assert controller.record == before
    assert controller.run().rotated
    assert controller.record.client_id == key_id(2)


def test_a_pending_key_that_is_gone_is_dropped(controller: Controller, service: Service) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    pending = {"client_id": "gone", "client_secret": "secret of gone", "created_at": iso(NOW)}
    file.with_record("ci", {**file.records["ci"], "pending": pending}).store()
    assert controller.run().changed
    assert controller.record.pending is None


def test_a_secret_that_is_not_its_ids_is_replaced(controller: Controller, service: Service) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    file.with_record("ci", {**file.records["ci"], "client_secret": "of another branch"}).store()
    assert controller.run(check_mode=True).drift
    outcome = controller.run(Wanted(overlap=60))
    assert outcome.drift and outcome.rotated
    assert "refuses the secret" in outcome.warnings[0]
    assert controller.record.client_secret == f"secret of {key_id(2)}"
    assert [key.client_id for key in controller.record.retiring] == [key_id(1)]
    assert not controller.run().changed


def test_the_current_secret_is_proved_once_and_only_where_it_can_be(controller: Controller, service: Service) -> None:
    controller.run()
    assert service.probes == 0
    controller.run()
    assert service.probes == 1
    controller.run(Wanted(verify=False))
    controller.run(Wanted(rotate="always"))
    controller.run(Wanted(present=False))
    assert service.probes == 1


def test_an_id_that_another_record_names_is_not_revoked(controller: Controller, service: Service) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    file.with_record("build", dict(file.records["ci"])).store()
    outcome = controller.run(Wanted(rotate="always", overlap=0))
    assert key_id(1) in service.keys
    assert "another record" in outcome.warnings[0]
    assert [key.client_id for key in controller.record.retiring] == [key_id(1)]
    assert not controller.run().changed
    assert "another record" in controller.run(Wanted(present=False)).warnings[0]
    assert set(service.keys) == {key_id(1)}
    assert controller.run(Wanted(present=False), name="build").changed
    assert service.keys == {}


def test_what_leaked_dies_unless_a_record_that_has_not_leaked_uses_it(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always"))
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    file.with_record("build", {**file.records["ci"], "retiring": None}).store()
    before = controller.record
    with pytest.raises(InputError, match=f"{key_id(2)} of 'ci' was not revoked: another record"):
        controller.run(Wanted(present=False), leaked=["ci"])
    assert set(service.keys) == {key_id(2)}
    assert controller.record == before
    controller.run(Wanted(present=False), leaked=["ci", "build"])
    assert service.keys == {}
    assert controller.run(Wanted(present=False), name="build", leaked=["ci", "build"]).after is None


@pytest.mark.parametrize("skew", [100 * 86400.0, -100 * 86400.0, 400 * 86400.0])
@pytest.mark.parametrize("rotate", ["always", "when_older_than"])
def test_clocks_that_do_not_agree_rotate_nothing(
    controller: Controller, service: Service, skew: float, rotate: str
) -> None:
    controller.run()
    service.keys[key_id(1)] = iso(time.time() - 50 * 86400)
    service.skew = skew
    wanted = Wanted(rotate=rotate, max_age=49 * 86400, overlap=0)
    before = controller.record
    for check_mode in (True, False):
        with pytest.raises(InputError, match=r"days (ahead of|behind) this machine's"):
            controller.run(wanted, check_mode=check_mode)
    assert controller.record == before
    assert set(service.keys) == {key_id(1)}
    assert not controller.run().changed


def test_clocks_that_do_not_agree_retire_nothing(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=86400))
    service.skew = 100 * 86400.0
    with pytest.raises(InputError, match="nothing was rotated or retired"):
        controller.run()
    assert set(service.keys) == {key_id(1), key_id(2)}


def test_a_list_from_the_future_rotates_nothing(controller: Controller, service: Service) -> None:
    controller.run()
    service.keys["theirs"] = iso(time.time() + 3 * 3600 + 60)
    with pytest.raises(InputError, match="created 3 hours ahead of"):
        controller.run(Wanted(rotate="always"))
    assert not controller.run().changed


def test_a_key_made_under_a_wrong_clock_is_as_old_as_the_service_says(controller: Controller, service: Service) -> None:
    service.skew = 400 * 86400.0
    controller.run()
    service.skew = 0.0
    assert abs((parse_iso(controller.record.created_at) or 0.0) - time.time()) < 10
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    file.with_record("ci", {**file.records["ci"], "created_at": iso(time.time() + 400 * 86400)}).store()
    service.keys[key_id(1)] = iso(time.time() - 10)
    assert not controller.run(Wanted(rotate="when_older_than", max_age=60)).changed
    assert controller.run(Wanted(rotate="when_older_than", max_age=1)).rotated


def test_the_time_of_a_key_is_the_services_where_the_record_is_off(controller: Controller, service: Service) -> None:
    assert controller.run().created_at == controller.record.created_at
    service.keys[key_id(1)] = iso(time.time() - 90000)
    outcome = controller.run()
    assert (outcome.created_at, outcome.changed) == (service.keys[key_id(1)], False)
    assert controller.run(Wanted(present=False)).created_at is None


def test_absent_revokes_everything_and_forgets(controller: Controller, service: Service) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    assert controller.run(Wanted(present=False)).changed
    assert service.keys == {}
    assert not controller.run(Wanted(present=False)).changed


@pytest.mark.parametrize("stuck", [key_id(1), key_id(2)])
def test_one_key_that_cannot_be_revoked_keeps_no_other_one_alive(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    controller.run()
    controller.run(Wanted(rotate="always", overlap=60))
    delete = service.delete_key

    def hanging(token: str, client_id: str) -> bool:
        if client_id == stuck:
            raise UnreachableError("No answer.", maybe_received=True)
        return delete(token, client_id)

    monkeypatch.setattr(service, "delete_key", hanging)
    with pytest.raises(UnreachableError):
        controller.run(Wanted(present=False))
    assert set(service.keys) == {stuck}
    monkeypatch.undo()
    controller.run(Wanted(present=False))
    assert service.keys == {}


def test_a_users_own_fields_survive_a_rotation_and_healing(controller: Controller, service: Service) -> None:
    controller.run()
    file = VaultFile.read(str(controller.folder / "keys.yml"), VAULT)
    own = {"note": "of the platform team", "limits": {"hosts": [1, 2]}}
    file.with_record("ci", {**file.records["ci"], **own}).store()
    controller.run(Wanted(rotate="always", overlap=60))
    assert controller.record.extra == own
    service.keys.clear()
    controller.run()
    assert controller.record.extra == own


def test_a_file_that_would_refuse_the_record_costs_no_key(controller: Controller, service: Service) -> None:
    (controller.folder / "keys.yml").write_text("{a: 1}\n")
    for check_mode in (True, False):
        with pytest.raises(FileError, match="flow style"):
            controller.run(check_mode=check_mode)
    assert service.posts == 0


def test_an_adopted_secret_in_the_clear_is_encrypted(controller: Controller, service: Service) -> None:
    service.keys[key_id(0)] = iso(NOW)
    path = controller.folder / "keys.yml"
    path.write_text(
        f"bloq_client_keys:\n  ci:\n    client_id: '{key_id(0)}'\n    client_secret: secret of {key_id(0)}\n"
    )
    assert controller.run(check_mode=True).changed
    assert f"secret of {key_id(0)}" in path.read_text()
    outcome = controller.run()
    assert outcome.changed
    assert "in the clear" in outcome.warnings[0]
    assert f"secret of {key_id(0)}" not in path.read_text()
    assert controller.record.client_secret == f"secret of {key_id(0)}"
    assert not controller.run().changed
    assert service.posts == 0


def test_an_adopted_key_without_a_time_is_as_old_as_the_service_says(controller: Controller, service: Service) -> None:
    service.keys[key_id(0)] = iso(time.time() - 1000)
    path = controller.folder / "keys.yml"
    path.write_text(f"bloq_client_keys:\n  ci:\n    client_id: '{key_id(0)}'\n")
    assert not controller.run(Wanted(rotate="when_older_than", max_age=2000)).changed
    assert controller.run(Wanted(rotate="when_older_than", max_age=500)).rotated


def test_drift_and_strangers_are_reported(controller: Controller, service: Service) -> None:
    controller.run()
    assert not controller.run().drift
    service.keys = {"theirs": iso(NOW)}
    outcome = controller.run()
    assert outcome.drift
    assert key_id(1) in outcome.warnings[0]
    assert outcome.unmanaged == ["theirs"]
    assert set(service.keys) == {"theirs", key_id(2)}


def test_what_another_variable_of_the_file_holds_is_no_orphan(
    controller: Controller, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(intents: IntentFile) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(IntentFile, "withdraw", killed)
        with pytest.raises(Killed):
            controller.run()
    assert controller.run(variable="others").orphans_removed == []
    assert set(service.keys) == {key_id(1), key_id(2)}
    assert controller.run().unmanaged == []


def test_a_new_key_gets_no_name_that_nobody_can_read_and_a_record_goes_on_with_its_own(
    controller: Controller, service: Service
) -> None:
    for check_mode in (True, False):
        with pytest.raises(InputError, match=r"The name 'a\\x1bb' cannot be that of a new client key"):
            controller.run(name="a\x1bb", check_mode=check_mode)
    assert (service.posts, controller.left_behind) == (0, [])
    path = controller.folder / "keys.yml"
    VaultFile.read(str(path), VAULT).with_record("a\x1bb", {"client_id": "old", "client_secret": "s"}).store()
    service.keys["old"] = iso(time.time())
    assert not controller.run(Wanted(verify=False), name="a\x1bb").changed
    assert not controller.run(Wanted(present=False), name="none\n").changed
