# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be found in a vault file that cannot be read."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import ListedKey
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plain_ids import plain_states, spoilt_names
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

A, B, C, D = "aa" * 20, "bb" * 20, "cc" * 20, "dd" * 20
URL = "https://accounts.example.com"
SPOILT = "!vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        zz"


def vault(password: bytes = b"right") -> Vault:
    return Vault([("default", VaultSecret(password))])


def found(path: Path, text: str | bytes, with_vault: Vault | None = None) -> dict[str, tuple[str | None, str]]:
    """Return the name and the state of each key that stands in the file."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    listed = [ListedKey(client_id, "2026-01-01T00:00:00Z") for client_id in (A, B, C, D)]
    states = plain_states(listed, str(path), with_vault or vault(), variable="keys", accounts_url=URL)
    assert [state.client_id for state in states] == [A, B, C, D]
    return {state.client_id[:1]: (state.name, state.state) for state in states if state.managed}


def test_a_spoilt_secret_hides_no_id(tmp_path: Path) -> None:
    text = f"""
keys:
  bad: {{client_secret: !vault x}}
  ci:
    client_id: {A}
    client_secret: {SPOILT}
    pending: {{client_id: {B}, client_secret: !other x}}
    retiring: [{{client_id: {C}}}, 1, null]
  list: [1]
  none:
  12: {{client_id: {D}}}
"""
    assert found(tmp_path / "keys.yml", text) == {
        "a": ("ci", "current"),
        "b": ("ci", "pending"),
        "c": ("ci", "retiring"),
        "d": ("12", "current"),
    }


def test_each_side_of_a_merge_goes_on_where_the_other_one_began(tmp_path: Path) -> None:
    ours = f"    client_id: {A}\n    retiring:\n      - {{client_id: {B}}}\n  site:\n    client_id: {C}\nother: 1\n"
    theirs = f"    client_id: {D}\n"
    for base in ("", "||||||| base\n    note: old\n"):
        text = f"keys:\n  ci:\n    note: x\n<<<<<<< HEAD\n{ours}{base}=======\n{theirs}>>>>>>> other\n"
        assert found(tmp_path / "keys.yml", text) == {
            "a": ("ci", "current"),
            "b": ("ci", "retiring"),
            "c": ("site", "current"),
            "d": ("ci", "current"),
        }


def test_a_key_in_use_by_another_record_is_that_ones(tmp_path: Path) -> None:
    one, other = f"one: {{retiring: [{{client_id: {A}}}]}}", f"other: {{client_id: {A}}}"
    for records in ((one, other), (other, one)):
        text = "keys:\n" + "".join(f"  {record}\n" for record in records)
        assert found(tmp_path / "keys.yml", text) == {"a": ("other", "current")}


def test_a_name_that_is_there_twice_has_both_keys(tmp_path: Path) -> None:
    text = f"keys:\n  ci: {{client_id: {A}}}\n  ci: {{client_id: {B}}}\n"
    assert found(tmp_path / "keys.yml", text) == {"a": ("ci", "current"), "b": ("ci", "current")}


def test_another_services_record_is_passed_over(tmp_path: Path) -> None:
    text = f"keys:\n  ci: {{client_id: {A}, accounts_url: https://x}}\n  me: {{client_id: {B}, accounts_url: {URL}/}}\n"
    assert found(tmp_path / "keys.yml", text) == {"b": ("me", "current")}
    assert found(tmp_path / "keys.yml", f"others:\n  ci: {{client_id: {A}}}\n") == {}


def test_a_file_that_is_encrypted_whole_needs_its_password(tmp_path: Path) -> None:
    text = vault().encrypt(f"keys:\n  ci: {{client_id: {A}}}\n  bad: 1\n")
    assert found(tmp_path / "keys.yml", text) == {"a": ("ci", "current")}
    assert found(tmp_path / "keys.yml", text, vault(b"wrong")) == {}


TORN = f"""---
# keys:
keys:
  # ci: {{client_id: {C}}}
  ci:
    accounts_url: {URL}
<<<<<<< HEAD
    client_id: {A}
=======
    client_id: {B.upper()}  # client_id: {C}
>>>>>>> bloq-rotate
    client_secret: !vault |
          client_id: {C}
    note: client_id: {C}
    other: "client_id: {C}
"""


@pytest.mark.parametrize("spoilt", ["", "\t", "\a", "\x85", "---\nkeys: 1\n", "last:\n  me:\n    client_id: " + C])
def test_a_file_that_is_no_yaml_is_read_by_its_lines(tmp_path: Path, spoilt: str) -> None:
    more = f"  'web':\n    retiring:\n    - {{client_id: {D}, retire_after: x}}\n{spoilt}\n"
    known = found(tmp_path / "keys.yml", TORN + more)
    assert known == {"a": ("ci", "current"), "b": ("ci", "current"), "d": ("web", "retiring")}
    assert found(tmp_path / "keys.yml", vault().encrypt(TORN + more)) == known
    assert found(tmp_path / "keys.yml", (TORN + more).replace(URL, "https://x.example.com")) == {"d": known["d"]}


@pytest.mark.parametrize(
    "record",
    [
        f"ci:\n    client_id: {A}\n\tx: 1\n    pending:\n      client_id: {B}\n    retiring:\n      - client_id: {C}",
        f"ci: {{client_id: {A}}}\n\tx: 1\n  ci:\n    pending: {{client_id: {B}}}\n"
        f"    retiring: [{{x: 1, client_id: {C}}}]",
        f"ci: &a\n    # |\n    pending:\n\t  x: 1\n      client_id: '{B}'\n    retiring:\n    - client_id: {C}\n"
        f"    client_id: {A}",
    ],
)
def test_each_kind_of_key_is_found_line_by_line(tmp_path: Path, record: str) -> None:
    text = f"keys:\n  {record}\n  web: {{client_id: 12}}\nothers:\n  ci: {{client_id: {D}}}\n"
    expected = {"a": ("ci", "current"), "b": ("ci", "pending"), "c": ("ci", "retiring")}
    assert found(tmp_path / "keys.yml", text) == expected


def test_what_stands_below_no_name_is_nobodys(tmp_path: Path) -> None:
    text = f"keys:\n  ci: {{client_id: {A}}}\n\tx: 1\n  torn\n    client_id: {B}\n"
    assert found(tmp_path / "keys.yml", text) == {"a": ("ci", "current")}


def test_an_id_in_upper_case_is_the_same(tmp_path: Path) -> None:
    assert found(tmp_path / "keys.yml", f"keys:\n  ci: {{client_id: {A.upper()}}}\n") == {"a": ("ci", "current")}


def test_a_byte_of_another_encoding_hides_no_id(tmp_path: Path) -> None:
    text = f"# caf\xe9\nkeys:\n  ci: {{client_id: {A}}}\n".encode("latin-1")
    assert found(tmp_path / "keys.yml", text) == {"a": ("ci", "current")}


_PIECES = [
    "\n",
    "\t",
    " ",
    "  ",
    "keys:",
    "ci:",
    "client_id: ",
    A,
    B,
    "retiring:",
    "#",
    ": |",
    "- ",
    "{",
    "'",
    "=======",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(st.sampled_from(_PIECES)).map("".join))
def test_whatever_the_lines_are_nothing_breaks(tmp_path: Path, text: str) -> None:
    known = found(tmp_path / "keys.yml", f"keys:\n  me: {{client_id: {D}}}\n\t- torn\nlast: 1\n{text}")
    assert known["d"] == ("me", "current")


@pytest.mark.parametrize("text", ["", "keys:", "keys: [", "- keys", "keys: &a [*a]", b"\xff\xfe\x00", "[" * 5000])
def test_what_is_no_vars_file_names_nothing(tmp_path: Path, text: str | bytes) -> None:
    assert found(tmp_path / "keys.yml", text) == {}
    assert plain_states([], str(tmp_path), vault(), variable="keys", accounts_url=URL) == []
    assert plain_states([], str(tmp_path / "none"), vault(), variable="keys", accounts_url=URL) == []


_VALUES: st.SearchStrategy[t.Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([A, B]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["client_id", "pending", "retiring", "x"]), inner, max_size=3)
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=_VALUES)
def test_whatever_a_record_is_nothing_breaks(tmp_path: Path, value: t.Any) -> None:
    known = found(tmp_path / "keys.yml", json.dumps({"keys": {"any": value, "ci": {"client_id": D}}}))
    assert known["d"] == ("ci", "current")


def test_each_record_of_which_something_cannot_be_read_is_named(tmp_path: Path) -> None:
    path, time = tmp_path / "keys.yml", '"2026-01-01T00:00:00Z"'
    text = f"""
keys:
  sound: {{client_id: {A}, retiring: [{{client_id: {B}, retire_after: {time}}}]}}
  bare: {{client_id: {A}, client_secret: x, created_at: 2026-01-01T00:00:00Z}}
  text: just text
  none:
  list: [1]
  secret: {{client_id: {A}, client_secret: !vault x}}
  tag: {{client_id: {A}, note: !other x}}
  idless: {{client_secret: x}}
  pending: {{client_id: {A}, pending: x}}
  retiring: {{client_id: {A}, retiring: x}}
  timeless: {{client_id: {A}, retiring: [{{client_id: {B}}}]}}
  listed: {{client_id: {A}, retiring: [{{client_id: {B}, retire_after: [x]}}]}}
  soon: {{client_id: {A}, retiring: [{{client_id: {B}, retire_after: soon}}]}}
  twice: {{client_id: {A}}}
  twice: {{client_id: {A}}}
  12: {{client_id: {A}}}
  [secret]: {{client_id: {A}}}
  loop: &loop {{client_id: {A}, note: *loop}}
"""
    path.write_text(text)
    spoilt = ["text", "none", "list", "secret", "tag", "idless", "pending", "retiring", "timeless", "listed", "soon"]
    assert spoilt_names(str(path), vault(), variable="keys") == [*spoilt, "twice", "12", "?", "loop"]
    path.write_text(f"{text}<<<<<<< HEAD\n")
    assert spoilt_names(str(path), vault(), variable="keys") == []


def test_a_retiring_key_has_its_time(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    path.write_text(f"keys:\n  ci: {{client_id: {A}, retiring: [{{client_id: {B}, retire_after: soon}}]}}\n")
    listed = [ListedKey(A, "2026-01-01T00:00:00Z"), ListedKey(B, "2026-01-01T00:00:00Z")]
    states = plain_states(listed, str(path), vault(), variable="keys", accounts_url=URL)
    assert [state.retire_after for state in states] == [None, "soon"]
