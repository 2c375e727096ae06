# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The play's vault secrets: which one encrypts, and what a person is told when none does."""

from __future__ import annotations

import functools
import typing as t

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import secrets as vault_secrets
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault
from hypothesis import given, settings
from hypothesis import strategies as st

ONE, TWO = VaultSecret(b"first pass phrase"), VaultSecret(b"second pass phrase")
TEXT = "Zufälliger Text 𝄞\n"
SEALED = VaultLib([("default", ONE)]).encrypt("hello", secret=ONE)


def test_the_first_secret_encrypts_and_default_has_no_label() -> None:
    vaulttext = Vault([("default", ONE), ("dev", TWO)]).encrypt(TEXT)
    assert vaulttext.startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert vaulttext.endswith("\n")
    assert VaultLib([("x", ONE)]).decrypt(vaulttext).decode() == TEXT


@pytest.mark.parametrize("how", ["class", "call", "ansible.cfg"])
def test_the_wanted_label_encrypts(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [("default", ONE), ("dev", TWO)]
    if how == "ansible.cfg":
        monkeypatch.setattr(C, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "dev")
    vault = Vault(secrets, vault_id="dev" if how == "class" else None)
    vaulttext = vault.encrypt(TEXT, vault_id="dev" if how == "call" else None)
    assert vaulttext.startswith("$ANSIBLE_VAULT;1.2;AES256;dev\n")
    assert VaultLib([("x", TWO)]).decrypt(vaulttext).decode() == TEXT
    assert vault.decrypt(vaulttext, where="it") == TEXT


def test_the_task_s_vault_id_goes_before_the_configured_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(C, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "default")
    assert ";dev\n" in Vault([("default", ONE), ("dev", TWO)], vault_id="dev").encrypt(TEXT)


def test_the_play_s_secrets_are_found() -> None:
    loader = DataLoader()
    with pytest.raises(InputError, match="no vault password"):
        Vault.of_play(loader).check_round_trip()
    loader.set_vault_secrets([("dev", TWO)])
    Vault.of_play(loader).check_round_trip()
    Vault.of_play(loader, vault_id="dev").check_round_trip()


def test_the_vault_id_of_the_task_is_taken_among_the_play_s() -> None:
    loader = DataLoader()
    loader.set_vault_secrets([("default", ONE), ("dev", TWO)])
    assert ";dev\n" in Vault.of_play(loader, vault_id="dev").encrypt(TEXT)
    assert ";dev\n" not in Vault.of_play(loader).encrypt(TEXT)


@pytest.fixture
def nothing_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """No vault has proved anything in this process."""
    monkeypatch.setattr(vault_secrets, "_round_trips", set())


@pytest.mark.usefixtures("nothing_proved")
@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (AnsibleError("damaged"), "A probe cannot be decrypted with the vault passwords"),
        ((b"another text", "dev", ONE), "does not decrypt what it encrypted"),
    ],
)
def test_a_vault_that_does_not_open_what_it_seals_is_told(
    monkeypatch: pytest.MonkeyPatch, reply: t.Any, told: str
) -> None:
    def answer(*_arguments: object) -> t.Any:
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr(VaultLib, "decrypt_and_get_vault_id", answer)
    vault = Vault([("default", ONE)])
    for _attempt in range(2):
        with pytest.raises(InputError, match=told):
            vault.check_round_trip()


@pytest.mark.usefixtures("nothing_proved")
def test_a_vault_proves_itself_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    Vault([("default", ONE)]).check_round_trip()

    def fail(*_arguments: object) -> t.NoReturn:
        raise AnsibleError("damaged")

    monkeypatch.setattr(VaultLib, "decrypt_and_get_vault_id", fail)
    Vault([("default", ONE)]).check_round_trip()
    for other in (Vault([("default", TWO)]), Vault([("dev", ONE)]), Vault([("default", ONE)], vault_id="default")):
        with pytest.raises(InputError, match="A probe"):
            other.check_round_trip()


def test_a_secret_like_one_that_cannot_be_opened_is_refused() -> None:
    with pytest.raises(InputError, match="A value cannot be decrypted"):
        Vault([("default", TWO)]).encrypt_like("new", SEALED.decode())


def test_a_secret_like_another_has_its_password_and_its_label() -> None:
    vault = Vault([("default", TWO), ("dev", ONE)])
    theirs = VaultLib([]).encrypt(TEXT, secret=ONE, vault_id="prod").decode()
    sealed = vault.encrypt_like("new", theirs)
    assert sealed.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert VaultLib([("x", ONE)]).decrypt(sealed) == b"new"
    chosen = Vault([("default", TWO), ("dev", ONE)], vault_id="default").encrypt_like("new", theirs)
    assert VaultLib([("x", TWO)]).decrypt(chosen) == b"new"


def test_without_secrets_the_ways_to_give_one_are_named() -> None:
    vault = Vault([])
    encrypt, decrypt = (
        functools.partial(vault.encrypt, TEXT),
        functools.partial(vault.decrypt, SEALED, where="The value"),
    )
    for attempt in (vault.check_round_trip, encrypt, decrypt):
        with pytest.raises(InputError, match=r"--vault-id .*ANSIBLE_VAULT_PASSWORD_FILE"):
            attempt()


def test_an_unknown_vault_id_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="vault id prod, only for: default, dev"):
        Vault([("dev", TWO), ("default", ONE)], vault_id="prod").check_round_trip()


def test_a_wrong_password_names_the_place_and_no_content() -> None:
    with pytest.raises(InputError) as caught:
        Vault([("default", TWO)]).decrypt(SEALED, where="The file x.yml")
    assert str(caught.value).startswith("The file x.yml cannot be decrypted")
    assert SEALED.decode().split()[1] not in str(caught.value)


def test_the_same_vaulttext_is_decrypted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault([("default", ONE)])
    vault.decrypt(SEALED, where="it")

    def fail(*_arguments: object) -> None:
        raise ValueError

    monkeypatch.setattr(VaultLib, "decrypt_and_get_vault_id", fail)
    assert vault.decrypt(SEALED.decode().replace("\n", "\r\n"), where="it") == "hello"
    with pytest.raises(InputError):
        vault.decrypt(SEALED + b"00", where="it")


def test_what_is_not_text_is_refused() -> None:
    vault = Vault([("default", ONE)])
    binary = VaultLib([("default", ONE)]).encrypt(b"\xff\xfe", secret=ONE)
    with pytest.raises(InputError, match="not UTF-8"):
        vault.decrypt(binary, where="it")
    with pytest.raises(InputError, match="with the vault id default: the value looks encrypted already"):
        vault.encrypt(SEALED.decode())


def test_a_file_is_encrypted_again_as_it_was() -> None:
    # The label is only a name: here it names another secret than the one that fits.
    content = VaultLib([]).encrypt(TEXT, secret=ONE, vault_id="dev")
    text, again = Vault([("default", TWO), ("dev", TWO), ("old", ONE)], vault_id="default").decrypt_file(
        content, where="it"
    )
    assert text == TEXT
    assert again.encrypt("new").startswith("$ANSIBLE_VAULT;1.2;AES256;dev\n")
    assert VaultLib([("x", ONE)]).decrypt(again.encrypt("new")) == b"new"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_damage_is_told_and_nothing_else_is_raised(position: int, instead: bytes, cut: int) -> None:
    damaged = SEALED[:position] + instead + SEALED[position + cut :]
    try:
        assert Vault([("default", ONE)]).decrypt(damaged, where="it") == "hello"
    except InputError as error:
        assert str(error).startswith("it ")
