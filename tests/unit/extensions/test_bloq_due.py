# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source, loaded by its path as ansible-rulebook does, on real vault files."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.machinery
import json
import secrets
import textwrap
import time
import types
import typing as t
from pathlib import Path

import jwt
import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import duration, iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from hypothesis import given
from hypothesis import strategies as st

SOURCE = Path(__file__).resolve().parents[3] / "extensions/eda/plugins/event_source/bloq_due.py"
PASSWORD = secrets.token_urlsafe(12)
SECRET = VaultSecret(PASSWORD.encode())
DAY = 86400


def _outcome(read: t.Callable[[], float]) -> object:
    try:
        return read()
    except (ValueError, InputError) as error:
        return str(error)


@given(st.one_of(st.from_regex(r"[0-9]{0,10}(\.[0-9]{0,3})? ?[smhdwSy]?", fullmatch=True), st.text(max_size=6)))
def test_a_duration_is_read_as_the_modules_read_it(text: str) -> None:
    source = _load()
    assert _outcome(lambda: source._duration({"max_age": text}, "max_age", "1d")) == _outcome(
        lambda: duration(text, "max_age")
    )


def _load() -> types.ModuleType:
    # Ansible's import hooks do not let runpy run a file of a collection.
    loader = importlib.machinery.SourceFileLoader("bloq_due", str(SOURCE))
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    return module


main = _load().main


def write(folder: Path, *, age: float, layout: t.Any = "inline", **more: t.Any) -> Path:
    """Write a record as bloq_client_key does."""
    path = folder / "bloq.yml"
    record = {
        "accounts_url": "https://accounts.bloq.cloud",
        "client_id": "ab" * 20,
        "client_secret": "swordfish",
        "created_at": iso(time.time() - age),
        **more,
    }
    VaultFile.read(str(path), Vault([("dev", SECRET)]), layout=layout).with_record("ci", record).store()
    return path


def password_file(folder: Path) -> str:
    (folder / "password").write_text(PASSWORD + "\n")
    return str(folder / "password")


def events(
    seconds: float = 0.3, meanwhile: t.Callable[[], object] | None = None, **args: t.Any
) -> list[dict[str, t.Any]]:
    """Run the source for a moment and return what it emitted."""

    async def run() -> list[dict[str, t.Any]]:
        queue: asyncio.Queue[dict[str, t.Any]] = asyncio.Queue()
        task = asyncio.create_task(main(queue, {"interval": "0.02", **args}))
        await asyncio.sleep(seconds)
        if meanwhile:
            meanwhile()
            await asyncio.sleep(seconds)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return [queue.get_nowait()["bloq"] for _index in range(queue.qsize())]

    return asyncio.run(run())


def test_a_key_that_is_old_enough_is_told_once_without_a_password(tmp_path: Path) -> None:
    path = write(tmp_path, age=91 * DAY)
    (event,) = events(vault_file=str(path))
    due_at = event.pop("due_at")
    assert event == {"kind": "client_key", "name": "ci", "client_id": "ab" * 20, "vault_file": str(path)}
    assert due_at < iso(time.time())


def test_a_young_key_is_not_due(tmp_path: Path) -> None:
    path = write(tmp_path, age=89 * DAY)
    assert events(vault_file=str(path)) == []
    assert [event["kind"] for event in events(vault_file=str(path), max_age="1w")] == ["client_key"]


def test_it_is_told_again_after_a_while_and_when_another_key_is_due(tmp_path: Path) -> None:
    path = write(tmp_path, age=91 * DAY)
    assert len(events(vault_file=str(path), repeat_after="0.05")) > 1
    told = events(vault_file=str(path), meanwhile=lambda: write(tmp_path, age=91 * DAY, client_id="cd" * 20))
    assert [event["client_id"] for event in told] == ["ab" * 20, "cd" * 20]


def test_a_file_may_appear_later(tmp_path: Path) -> None:
    path = tmp_path / "bloq.yml"
    assert [
        event["name"] for event in events(vault_file=str(path), meanwhile=lambda: write(tmp_path, age=91 * DAY))
    ] == ["ci"]


def test_a_retiring_key_is_due_when_its_overlap_is_over(tmp_path: Path) -> None:
    now = time.time()
    retiring = [
        {"client_id": "01" * 20, "retire_after": iso(now - 60)},
        {"client_id": "02" * 20, "retire_after": iso(now + 600)},
    ]
    (event,) = events(vault_file=str(write(tmp_path, age=0, retiring=retiring)))
    assert (event["kind"], event["client_id"]) == ("retiring_key", "01" * 20)


@pytest.mark.parametrize("layout", ["inline", "file"])
def test_a_refresh_token_that_ends_soon_is_due_when_there_is_a_password(tmp_path: Path, layout: str) -> None:
    token = jwt.encode({"exp": int(time.time() + 20 * DAY)}, secrets.token_bytes(32), algorithm="HS256")
    path = write(tmp_path, age=0, layout=layout, refresh_token=token)
    args: dict[str, t.Any] = {"vault_file": str(path), "vault_password_file": password_file(tmp_path)}
    assert [event["kind"] for event in events(**args)] == ["refresh_token"]
    assert events(**args, before="10d") == []
    assert token not in str(events(**args))


def test_a_file_that_is_encrypted_whole_needs_the_password(tmp_path: Path) -> None:
    path = write(tmp_path, age=91 * DAY, layout="file")
    with pytest.raises(ValueError, match="vault_password_file"):
        events(vault_file=str(path))
    assert len(events(vault_file=str(path), vault_password_file=password_file(tmp_path))) == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"vault_file": ""}, "needs vault_file"),
        ({"max_age": "soon"}, "max_age must be a number"),
        ({"before": "soon"}, "before must be a number"),
        ({"interval": "-1h"}, "interval must be a number"),
        ({"repeat_after": ""}, "repeat_after must be a number"),
    ],
)
def test_options_that_cannot_be_right_end_it(tmp_path: Path, args: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        events(**{"vault_file": str(tmp_path / "not-there-yet.yml"), **args})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"bloq_client_keys: [\nswordfish", "is not YAML"),
        (b"<<<<<<< HEAD\nbloq_client_keys:\n=======\nswordfish: 1\n>>>>>>> other\n", "is not YAML"),
        (b"swordfish: 2026-99-99", "is not YAML"),
        (b"[" * 5000, "is not YAML"),
        (b"bloq_client_keys: [swordfish]", "not a mapping"),
        (b"swordfish: \xff", "cannot be read: it is not text"),
    ],
)
def test_it_looks_again_after_a_look_that_failed_and_quotes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, message: str
) -> None:
    path = tmp_path / "bloq.yml"
    path.write_bytes(content)

    def mend() -> None:
        path.unlink()
        write(tmp_path, age=91 * DAY)

    assert [event["name"] for event in events(vault_file=str(path), meanwhile=mend)] == ["ci"]
    assert message in caplog.text and "looks again in 0.02 s" in caplog.text
    assert "swordfish" not in caplog.text


def test_it_looks_again_when_a_password_or_a_permission_is_mended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, age=91 * DAY, layout="file")
    password = tmp_path / "password"
    args: dict[str, t.Any] = {"vault_file": str(path), "vault_password_file": str(password)}
    assert len(events(**args, meanwhile=lambda: password_file(tmp_path))) == 1
    assert "The file with the vault password cannot be read: No such file" in caplog.text
    password.write_text("another\n")
    assert len(events(**args, meanwhile=lambda: password_file(tmp_path))) == 1
    assert "does not open" in caplog.text
    folder = tmp_path / "folder"
    folder.mkdir()

    def mend() -> None:
        folder.rmdir()
        path.rename(folder)

    assert len(events(**{**args, "vault_file": str(folder)}, meanwhile=mend)) == 1
    assert f"{folder} cannot be read: Is a directory" in caplog.text


def test_what_was_told_stays_told_over_a_look_that_failed(tmp_path: Path) -> None:
    path = write(tmp_path, age=91 * DAY)
    text = path.read_text()

    async def run() -> int:
        queue: asyncio.Queue[dict[str, t.Any]] = asyncio.Queue()
        task = asyncio.create_task(main(queue, {"interval": "0.02", "vault_file": str(path)}))
        for content in (text, "<<<<<<<\n" + text, text):
            path.write_text(content)
            await asyncio.sleep(0.2)
        task.cancel()
        return queue.qsize()

    assert asyncio.run(run()) == 1


def test_a_relative_path_is_absolute_in_the_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, age=91 * DAY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for written in ("bloq.yml", "./bloq.yml", "~/bloq.yml"):
        assert [event["vault_file"] for event in events(vault_file=written)] == [str(path)]


@pytest.mark.parametrize("name", ["{{ lookup('pipe', 'id') }}", "{% if true %}", "{# x #}"])
def test_a_name_that_a_playbook_would_evaluate_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path = write(tmp_path, age=91 * DAY)
    records = yaml.safe_dump({name: {"client_id": "cd" * 20, "created_at": "2020-01-01T00:00:00Z"}})
    path.write_text(path.read_text() + textwrap.indent(records, "  "))
    assert [event["name"] for event in events(vault_file=str(path))] == ["ci"]
    assert "passed over" in caplog.text


@pytest.mark.parametrize(
    "line",
    ["other: !unsafe '{{ x }}'", "other: !vault-encrypted x", "other: !mine {a: [1]}", "bloq_nodes: {a: !vault x}"],
)
def test_values_of_other_variables_are_nothing_to_it(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, age=91 * DAY)
    path.write_text(path.read_text() + f"{line}\n")
    assert len(events(vault_file=str(path))) == 1


@pytest.mark.parametrize("end", [-1e300, 1e300, float("inf"), float("nan"), True, None, [], "x"])
def test_a_token_that_says_nonsense_of_its_end_is_never_due(tmp_path: Path, end: object) -> None:
    token = "e30." + base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=") + ".x"
    path = write(tmp_path, age=0, refresh_token=token)
    expected = ["refresh_token"] if end is True else []
    args: dict[str, t.Any] = {"vault_file": str(path), "vault_password_file": password_file(tmp_path)}
    assert [event["kind"] for event in events(**args)] == expected


def test_a_record_that_is_spoilt_does_not_end_it(tmp_path: Path) -> None:
    path = write(tmp_path, age=91 * DAY)
    path.write_text(path.read_text() + "  other: {client_id: [1], created_at: {}, retiring: 7, refresh_token: 7}\n")
    assert [event["name"] for event in events(vault_file=str(path))] == ["ci"]


def test_other_libraries_read_the_same_vault(tmp_path: Path) -> None:
    path = write(tmp_path, age=0, layout="file")
    assert b"swordfish" in VaultLib([("dev", SECRET)]).decrypt(path.read_bytes())


BOMB = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


def test_aliases_and_depth_are_no_way_to_fill_the_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bloq.yml"
    fields = "client_id: *a11, created_at: 2020-01-01, refresh_token: *a11"
    retiring = f"[{{{fields}, retire_after: 2020-01-01}}]"
    path.write_text(f"{BOMB}bloq_client_keys:\n  ci: {{{fields}, retiring: {retiring}}}\n")
    assert [event["kind"] for event in events(vault_file=str(path))] == ["client_key", "retiring_key"]
    path.write_text("a: " + "[" * 900 + "]" * 900)
    assert events(vault_file=str(path)) == []
    assert "is not YAML that can be read" in caplog.text
