# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import re
import secrets
import subprocess
import sys
import textwrap
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.bloq.cloud.tests.unit.plugins.plain_secrets import SCRIPT, SECRET, TOKEN, encrypted, found
from hypothesis import given
from hypothesis import strategies as st


def record(secret: str) -> str:
    return (
        "# ours\nnetwork: main\nbloq_client_keys:\n  ci:\n"
        f"    client_id: {'ab' * 20}\n    client_secret: {secret}    created_at: '2026-11-24T10:00:00Z'\n"
    )


def test_an_encrypted_record_is_good() -> None:
    assert found(record("!vault |\n" + encrypted("swordfish", indent=" " * 6))) == []
    assert found(record("!vault |\n" + encrypted("swordfish", vault_id=None, indent=" " * 6))) == []


def test_a_file_that_is_encrypted_whole_is_good() -> None:
    assert found(encrypted(record("swordfish\n"))) == []


def test_a_record_in_the_clear_is_refused_at_its_line_and_not_shown() -> None:
    (complaint,) = found(record("swordfish\n"))
    assert complaint == "line 6: bloq_client_keys.ci.client_secret is not encrypted."


NAMES = ("api-token", "tokens", "vault-secret", "webhook_secrets", "password", "passwd", "private-key")


@pytest.mark.parametrize("name", NAMES)
def test_a_record_may_have_a_name_like_a_secrets(name: str) -> None:
    sealed = "!vault |\n" + encrypted("swordfish", indent=" " * 6)
    key = record(sealed).replace("  ci:", f"  {name}:") + f"    retiring:\n    - client_id: {'cd' * 20}\n"
    node = f"bloq_nodes:\n  {name}:\n    nodes_url: https://nodes.bloq.cloud\n    id: n1\n    password: {sealed}\n"
    assert found(key) == [] == found(node)
    assert found(key.replace(sealed, "swordfish\n"))[0].endswith("client_secret is not encrypted.")
    assert found(node.replace(sealed, "swordfish\n"))[0].endswith("password is not encrypted.")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_only_like_a_record_is_a_secret(name: str) -> None:
    for field in ("value: swordfish", "client_id: swordfish", "note: swordfish"):
        assert found(record("!vault |\n" + encrypted("x", indent=" " * 6)).replace("  ci:", f"  {name}:\n    {field}"))


@pytest.mark.parametrize(
    "text",
    [
        "node_password: swordfish\n",
        "BLOQ_PASSWORD: swordfish\n",
        "a: [{password: swordfish}]\n",
        "x: &x swordfish\npassword: *x\n",
        "password: [swordfish]\n",
        "password: 12345\n",
        "--- {}\n---\npassword: swordfish\n",
        "a: {<<: {password: swordfish}}\n",
        "password: !vault swordfish\n",
        "note: !vault swordfish\n",
        "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  swordfish\n",
    ],
)
def test_plain_secrets_in_every_dress_are_refused(text: str) -> None:
    complained = found(text)
    assert complained
    assert "swordfish" not in "".join(complained)


def test_what_was_added_to_an_encrypted_file_is_refused() -> None:
    assert found(encrypted("a: b") + "password: swordfish\n")
    assert found("$ANSIBLE_VAULT;1.1;AES256\nbloq: plain\n")


def test_what_is_no_yaml_is_refused() -> None:
    assert found("a: [\n") == ["line 2: it is not YAML, so what is in it cannot be checked."]


def test_secrets_and_tokens_are_known_by_their_looks() -> None:
    secret = secrets.token_hex(40)
    assert found(f"a: b\n# was {secret}\n") == ["line 2: this looks like a secret or a token of Bloq's."]
    token = "eyJ" + secrets.token_urlsafe(20) + ".eyJ" + secrets.token_urlsafe(20) + ".x"
    assert found(f"a: {token}\n")
    after = "!vault |\n" + encrypted("swordfish", indent=" " * 6)
    assert found(record(after) + f"# {secret}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "password: '{{ vaulted_password }}'\n",
        "password:\n",
        "password: ''\n",
        "tokens: 3\n",
        "a: &a [*a]\n",
    ],
)
def test_what_holds_no_secret_is_good(text: str) -> None:
    assert found(text) == []


@given(names=st.lists(st.sampled_from(["client_secret", "refresh_token", "note", "ci"])), data=st.data())
def test_one_plain_secret_among_encrypted_ones_never_passes(names: list[str], data: st.DataObject) -> None:
    value: t.Any = "swordfish"
    for name in ["client_secret", *names]:
        value = {name: value} if data.draw(st.booleans()) or name == "client_secret" else [value]
    text = yaml.safe_dump({"a": value}) + "b: !vault |\n" + encrypted("x", indent="  ")
    assert found(text)


def test_what_is_nested_too_deeply_is_refused() -> None:
    complaint = "line 1: it is nested too deeply to look through."
    assert found("a: " + "[" * 900 + "]" * 900) == [complaint]


def test_as_a_program_it_tells_by_its_exit_code(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(encrypted("a: b"))
    bad.write_text("password: swordfish\n")
    command = [sys.executable, str(SCRIPT)]
    assert subprocess.run([*command, str(good)], check=False).returncode == 0
    done = subprocess.run([*command, str(good), str(bad)], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{bad}: line 1: password is not encrypted." in done.stderr
    assert "swordfish" not in done.stderr + done.stdout
    assert subprocess.run([*command, str(tmp_path / "none.yml")], check=False, capture_output=True).returncode == 1


# Names


@pytest.mark.parametrize(
    "name",
    [
        *("pass", "Pass", "dbPass", "pwd", "passphrase", "password2", "password_2", "PASSWORD_OLD", "x.password"),
        *("token", "token-1", "accessToken", "refresh-token", "x_token", "apiKey", "API-KEY", "private_key"),
        *("clientSecret", "client-secret", "client_secret_value", "clientsecret", '"client\\x53ecret"'),
    ],
)
def test_a_secret_is_known_by_its_name_however_that_is_spelt(name: str) -> None:
    (complaint,) = found(f"a:\n  - {name}: swordfish\n")
    assert complaint.startswith("line 2: a.")
    assert found(f"a:\n  - {name}: '{{{{ vaulted }}}}'\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "- name: X_PASSWORD\n  value: swordfish\n",
        "- {value: swordfish, name: X_PASSWORD}\n",
        "- {Name: dbPass, Value: swordfish}\n",
        "- {key: client-secret, value: [swordfish]}\n",
        "environment:\n- DB_PASSWORD=swordfish\n",
        "passwords: [swordfish]\n",
        "secrets: {db: swordfish}\n",
        "password: {swordfish}\n",
        "config: |\n  [db]\n  password = swordfish\n",
        "config: |\n  db:\n    password: swordfish\n",
        "proxy: http://me:swordfish@proxy.example.com:3128\n",
        "# bloq_password: swordfish\n",
        "a: b  # password: 'sword fish'\n",
        "a: |  # password: swordfish\n  b\n",
    ],
)
def test_a_secret_beside_its_name_is_refused(text: str) -> None:
    complained = found(text)
    assert complained
    assert "swordfish" not in "".join(complained)


# Looks


def _escaped(data: st.DataObject, text: str) -> str:
    forms = [
        lambda sign: sign,
        lambda sign: f"\\x{ord(sign):02x}",
        lambda sign: f"\\u{ord(sign):04X}",
        lambda sign: f"\\U{ord(sign):08x}",
        lambda sign: f"{sign}\\\n   ",
    ]
    return "".join(data.draw(st.sampled_from(forms))(sign) for sign in text)


def _cut(data: st.DataObject, text: str) -> list[str]:
    places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), min_size=1, max_size=9)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)])]


@given(value=st.sampled_from([SECRET, SECRET.upper(), TOKEN]), data=st.data())
def test_a_secret_is_seen_through_escapes_and_line_continuations(value: str, data: st.DataObject) -> None:
    text = f'a:\n  note: "was {_escaped(data, value)} once"\n'
    assert value in yaml.safe_load(text)["a"]["note"]
    assert found(text) == ["line 2: this looks like a secret or a token of Bloq's."]


@given(
    value=st.sampled_from([SECRET, TOKEN]),
    style=st.sampled_from([">", "|", ">-", "|-", "", "#"]),
    around=st.sampled_from([("", ""), ("it was:\n", ""), ("a dead end:\n", "\nbeef, that is")]),
    data=st.data(),
)
def test_a_secret_is_seen_when_it_is_folded_over_lines(
    value: str, style: str, around: tuple[str, str], data: st.DataObject
) -> None:
    lines = around[0] + "\n".join(_cut(data, value)) + around[1]
    if style == "#":
        text = textwrap.indent(lines, "# ") + "\na: b\n"
    elif style:
        text = f"note: {style}\n" + textwrap.indent(lines, "  ") + "\n"
    else:
        text = "note:\n" + textwrap.indent(lines.replace(": ", " ").replace(":\n", "\n"), "  ") + "\n"
    complained = found(text)
    assert complained
    assert value[:20] not in "".join(complained)


@pytest.mark.parametrize(
    "text",
    [
        "note: " + "_".join(textwrap.wrap(SECRET, 8)),
        "note: 0x" + "_".join(textwrap.wrap(SECRET, 20)),
        f"note: key_{SECRET}_x",
        f"{SECRET}: b",
        f"{SECRET}: {{password: x}}",
        f"a: &{SECRET} b",
        f"a: !{SECRET} b",
        "note: !!binary " + base64.b64encode(SECRET.encode()).decode(),
        f"a: |  # {SECRET}\n  b",
        f"a: !vault  # {SECRET}\n  x",
        f"a: b # {TOKEN}",
        f"%TAG !e! tag:{SECRET},2000:\n---\na: b",
    ],
    # What is random must not be in the names of tests.
    ids=range(12),
)
def test_a_secret_is_seen_wherever_it_stands_and_not_shown(text: str) -> None:
    complained = found(text + "\n")
    assert complained
    assert SECRET not in "".join(complained)


# Work is bounded


@given(st.text(max_size=60) | st.text("[]{}&*a!|>-:#'\"\\\n xU0\t%", max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert all(re.match(r"line \d+: ", line) for line in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "a: " + "- " * 100_000,
        'a: "\\UFFFFFFFF"\n',
        "%YAML 1." + "9" * 5000 + "\na: b",
    ],
    ids=["sequences", "mappings", "compact", "no sign", "version"],
)
def test_what_cannot_be_read_is_refused_at_once(text: str) -> None:
    began = time.monotonic()
    assert len(found(text)) == 1
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [b]\n"
        + "".join(f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1 if n else '')] * 9)}]\n" for n in range(60)),
        "a: " + "ab " * 100_000,
        "a: |\n" + "  password\n" * 30_000,
        "# password: a\n" * 20_000,
        "a: |\n" + "  $ANSIBLE_VAULT;1.1;AES256\n  ab\n" * 10_000,
        "a: '" + "{{ (" * 60_000 + "'",
        "a: " + "eyJaaaaa." * 30_000,
        'a: "' + "\\n" * 100_000 + '"',
    ],
    ids=["aliases", "hex", "names", "comments", "vaults", "templates", "tokens", "lines"],
)
def test_the_work_grows_no_faster_than_the_file(text: str) -> None:
    began = time.monotonic()
    found(text)
    assert time.monotonic() - began < 20


def test_what_is_too_long_is_refused(tmp_path: Path) -> None:
    assert "too much" in found("a: b\n" * 200_001)[0]
    assert found(encrypted("a: b\n" * 200_001)) == []


def test_a_nodes_password_in_a_playbook_is_refused() -> None:
    play = """
- hosts: localhost
  tasks:
    - bloq.cloud.bloq_node_rpc:
        url: https://192.0.2.1:8332
        rpc_user: me
        rpc_password: %s
        token: none
        method: getblockcount
"""
    refused = "tasks.bloq.cloud.bloq_node_rpc.rpc_password is not encrypted."
    assert found(play % "hunter2") == [f"line 7: {refused}"]
    assert found(play % "\"{{ node_password | default('hunter2') }}\"") == [f"line 7: {refused}"]
    assert found(play % '"{{ node_password }}"') == []
