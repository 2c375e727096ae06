# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault secrets of the running play, with errors that say what to do."""

from __future__ import annotations

import hashlib
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, parse_vaulttext_envelope

from ...module_utils._errors import InputError

_HOW_TO_GIVE = "--vault-id LABEL@FILE, --vault-password-file FILE, --ask-vault-pass or ANSIBLE_VAULT_PASSWORD_FILE"
_PROBE = "bloq.cloud"
#: Stands for a secret that is not known yet, to try what a file takes; what comes of the trial is never stored.
PLACEHOLDER = "0" * 80
#: What this process has decrypted, by the digest of the passwords that it was done with: without them nobody gets it.
_decrypted: dict[bytes, dict[bytes, str]] = {}
#: The placeholder's vaulttext, by the vault and the vault id: each encryption derives a key, which takes milliseconds.
_placeholders: dict[tuple[bytes, str | None], str] = {}
#: The vaults that have proved in this process that they decrypt what they encrypt.
_round_trips: set[bytes] = set()


class Vault:
    """Encrypts and decrypts with a play's vault secrets, as ``ansible-vault`` does.

    Args:
        secrets: pairs of a vault id label and its secret, in the play's order.
        vault_id: the label to encrypt with; without it the play's own encrypt id
            (``vault_encrypt_identity`` in ansible.cfg), else the first secret's.

    Attributes:
        identity: the same for vaults that encrypt and decrypt alike.
    """

    def __init__(self, secrets: t.Sequence[tuple[str, VaultSecret]], *, vault_id: str | None = None) -> None:
        self._secrets = list(secrets)
        self._is_chosen = vault_id is not None
        self._vault_id: str | None = vault_id or C.DEFAULT_VAULT_ENCRYPT_IDENTITY
        self._library = VaultLib(self._secrets)
        # A loop's items run in one process, where each has a vault of its own.
        owned = [(label, getattr(secret, "bytes", None)) for label, secret in self._secrets]
        self.identity = hashlib.sha256(repr((owned, self._vault_id, self._is_chosen)).encode()).digest()
        passwords = hashlib.sha256(repr(owned).encode()).digest()
        self._decrypted = _decrypted.setdefault(passwords, {})

    @classmethod
    def of_play(cls, loader: DataLoader, *, vault_id: str | None = None) -> Vault:
        """Return the vault of the play that ``loader`` serves.

        Args:
            loader: the data loader that ansible-core hands to action and lookup plugins.
            vault_id: the label to encrypt with (see the class).
        """
        # No public way leads to the play's secrets in 2.17 to 2.21; ansible-core's own plugins go this way.
        return cls(loader._vault.secrets or [], vault_id=vault_id)

    def check_round_trip(self) -> None:
        """Check that what this vault encrypts, it decrypts.

        Raises:
            InputError: the play has no vault secret, or none with the wanted label.
        """
        if self.identity in _round_trips:
            return
        # Not from memory: the probe must really be decrypted.
        if self._open(self.encrypt(_PROBE), where="A probe")[0] != _PROBE:
            raise InputError(
                "The vault secret of this play does not decrypt what it encrypted. Check the script or file that it "
                "comes from."
            )
        _round_trips.add(self.identity)

    def encrypt(self, text: str, *, vault_id: str | None = None) -> str:
        """Return ``text`` as armored vaulttext, which ends with a newline.

        Args:
            text: what to encrypt.
            vault_id: the label to use instead of this vault's own.

        Raises:
            InputError: no secret, no secret with that label, or the text is vaulttext already.
        """
        if text == PLACEHOLDER:
            key = (self.identity, vault_id)
            if key not in _placeholders:
                _placeholders[key] = self._encrypted(text, vault_id)
            return _placeholders[key]
        return self._encrypted(text, vault_id)

    def _encrypted(self, text: str, vault_id: str | None) -> str:
        label, secret = self._encrypting(vault_id or self._vault_id)
        try:
            return t.cast(bytes, self._library.encrypt(text, secret=secret, vault_id=label)).decode("ascii")
        except AnsibleError:
            raise InputError(
                f"ansible-core's vault could not encrypt with the vault id {label}: the value looks encrypted already."
            ) from None

    def encrypt_like(self, text: str, vaulttext: str) -> str:
        """Return ``text`` as ``encrypt`` does, for the readers of ``vaulttext``.

        A secret that takes the place of another keeps its vault id, unless the task chose one.

        Args:
            text: what to encrypt.
            vaulttext: armored vaulttext that this vault can decrypt.

        Raises:
            InputError: see ``encrypt`` and ``decrypt``.
        """
        if self._is_chosen:
            return self.encrypt(text)
        _text, secret = self._open(vaulttext, where="A value")
        label = _label(vaulttext.encode("ascii"))
        return Vault([(label, secret)], vault_id=label).encrypt(text)

    def decrypt(self, vaulttext: str | bytes, *, where: str) -> str:
        """Return the text in ``vaulttext``; the same vaulttext is decrypted only once.

        Args:
            vaulttext: armored vaulttext.
            where: what is decrypted, as a message should name it.

        Raises:
            InputError: no secret of the play decrypts it, or it is damaged, or it is not text.
        """
        known = b"".join(to_bytes(vaulttext).split())
        if known not in self._decrypted:
            self._decrypted[known] = self._open(vaulttext, where=where)[0]
        return self._decrypted[known]

    def decrypt_file(self, content: bytes, *, where: str) -> tuple[str, Vault]:
        """Return the text of a file that is encrypted whole, and the vault to encrypt it again.

        Args:
            content: the file's content.
            where: what is decrypted, as a message should name it.

        Returns:
            The text, and a vault that encrypts with the secret that opened the file, under the label that the
            file's own header has, as ``ansible-vault edit`` does.

        Raises:
            InputError: see ``decrypt``.
        """
        text, secret = self._open(content, where=where)
        label = _label(content)
        return text, Vault([(label, secret), *self._secrets], vault_id=label)

    def _encrypting(self, vault_id: str | None) -> tuple[str, VaultSecret]:
        if not self._secrets:
            raise InputError(
                f"The play has no vault password, so a secret cannot be stored encrypted. Give one with {_HOW_TO_GIVE}."
            )
        if vault_id is None:
            return self._secrets[0]
        for label, secret in self._secrets:
            if label == vault_id:
                return label, secret
        known = ", ".join(sorted({label for label, _secret in self._secrets}))
        raise InputError(
            f"The play has no vault password for the vault id {vault_id}, only for: {known}. "
            f"Give it with --vault-id {vault_id}@FILE, or name one of these as vault_id."
        )

    def _open(self, vaulttext: str | bytes, *, where: str) -> tuple[str, VaultSecret]:
        if not self._secrets:
            raise InputError(f"{where} is encrypted, and the play has no vault password. Give it with {_HOW_TO_GIVE}.")
        try:
            content, _label_used, secret = self._library.decrypt_and_get_vault_id(vaulttext)
            return t.cast(bytes, content).decode("utf-8"), secret
        except UnicodeDecodeError:
            raise InputError(
                f"{where} holds something that is not UTF-8 text. Encrypt the text itself again."
            ) from None
        # Damaged hexadecimal makes the library fail in several ways; its text quotes what it read.
        except (AnsibleError, ValueError, IndexError):
            raise InputError(
                f"{where} cannot be decrypted with the vault passwords of this play: it was encrypted with another "
                f"password, or it is damaged. Give the password it was encrypted with: {_HOW_TO_GIVE}."
            ) from None


def _label(vaulttext: bytes) -> str:
    return t.cast(str, parse_vaulttext_envelope(vaulttext)[3])
