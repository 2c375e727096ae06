# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only the credential's holder can name and read an entry, and no other bytes are ever taken for one."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache_box
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_box import CacheBox
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.derived_keys import DerivedKeys
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from hypothesis import given
from hypothesis import strategies as st

CONTEXT = ("https://accounts.bloq.cloud", "ci", "client_credentials")
CONTENT = {"word": "to be hidden", "number": 1.5, "nothing": None}

texts = st.text(st.characters(), max_size=30)


def box(credential: str = "a credential", context: t.Sequence[str] = CONTEXT, *, strong: bool = True) -> CacheBox:
    return CacheBox(credential, context, strong=strong)


@pytest.mark.parametrize("strong", [True, False])
def test_a_box_made_again_opens_what_was_sealed(strong: bool) -> None:
    sealed = box(strong=strong).seal(CONTENT, "token")
    assert box(strong=strong).open(sealed, "token") == CONTENT
    assert b"hidden" not in sealed


@given(credential=texts, context=st.lists(texts, max_size=3))
def test_any_text_is_a_credential_and_a_context(credential: str, context: list[str]) -> None:
    sealed = box(credential, context).seal(CONTENT, "token")
    assert box(credential, context).open(sealed, "token") == CONTENT


def test_lone_surrogates_are_no_obstacle() -> None:
    assert box("\ud800", ("\udfff",)).open(box("\ud800", ("\udfff",)).seal(CONTENT, "token"), "token") == CONTENT


@given(one=st.tuples(texts, st.lists(texts, max_size=4)), other=st.tuples(texts, st.lists(texts, max_size=4)))
def test_another_credential_or_context_has_another_name_and_key(
    one: tuple[str, list[str]], other: tuple[str, list[str]]
) -> None:
    sealed = box(*one).seal(CONTENT, "token")
    assert (box(*one).name == box(*other).name) == (one == other)
    assert (box(*other).open(sealed, "token") is not None) == (one == other)


def test_parts_of_the_context_do_not_run_together() -> None:
    contexts = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("", "abc"), ('a", "bc',)]
    assert len({box(context=context).name for context in contexts}) == len(contexts)


def test_a_password_is_derived_otherwise_than_a_machines_secret() -> None:
    assert box(strong=True).name != box(strong=False).name


@pytest.fixture
def derived_afresh(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    """What an earlier test derived is not there, and what this one derives is not there for the next."""
    cache_box._derive.cache_clear()
    monkeypatch.setattr(cache_box, "_derived_keys", DerivedKeys(48))
    yield
    cache_box._derive.cache_clear()


@pytest.mark.usefixtures("derived_afresh")
@pytest.mark.parametrize(
    "error",
    [UnsupportedAlgorithm("scrypt is not supported"), InternalError("error", []), ValueError(), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_where_scrypt_is_refused_a_password_is_derived_with_what_fips_allows(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    usual = box(strong=False).name
    monkeypatch.setattr(cache_box, "_derived_keys", DerivedKeys(48))
    cache_box._derive.cache_clear()

    def refuse(*_args: object, **_settings: object) -> t.NoReturn:
        raise error

    monkeypatch.setattr("cryptography.hazmat.primitives.kdf.scrypt.Scrypt", refuse)
    # The guesser's cost is what it is about, not the test's.
    monkeypatch.setattr(cache_box, "_PBKDF2_TURNS", 1000)
    sealed = box("1", strong=False).seal(CONTENT, "token")
    assert box("1", strong=False).open(sealed, "token") == CONTENT
    assert len({usual, *(box(text, strong=strong).name for text in ("1", "2") for strong in (True, False))}) == 5


def test_a_guess_costs_what_owasp_asks() -> None:
    """The cheat sheet "Password Storage" allows 2^17/8/1, 2^16/8/2, 2^15/8/3, 2^14/8/5 and 2^13/8/10."""
    allowed = {(2**17, 8, 1), (2**16, 8, 2), (2**15, 8, 3), (2**14, 8, 5), (2**13, 8, 10)}
    assert allowed >= {(*cache_box._SCRYPT, cache_box._TURNS)}
    assert cache_box._PBKDF2_TURNS >= 600_000


def test_what_was_sealed_for_one_purpose_does_not_open_for_another() -> None:
    assert box().open(box().seal(CONTENT, "failure"), "token") is None


def test_no_two_sealings_are_alike() -> None:
    assert box().seal(CONTENT, "token") != box().seal(CONTENT, "token")


def test_the_name_and_the_representation_tell_nothing() -> None:
    made = box("a credential")
    assert len(made.name) == 32 and int(made.name, 16) >= 0
    assert "credential" not in repr(made)


@given(st.binary(max_size=200))
def test_foreign_bytes_do_not_open(data: bytes) -> None:
    assert box().open(data, "token") is None
    assert box().open(b"bloq\x01" + data, "token") is None


@given(st.data())
def test_changed_bytes_do_not_open(data: st.DataObject) -> None:
    sealed = bytearray(box().seal(CONTENT, "token"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    assert box().open(bytes(sealed), "token") is None


@given(st.integers(0, 80))
def test_truncated_bytes_do_not_open(kept: int) -> None:
    assert box().open(box().seal(CONTENT, "token")[:kept], "token") is None


def _refuse(*_arguments: object, **_settings: object) -> t.NoReturn:
    raise ValueError


#: What a box of each kind was called, and how it sealed {"word": "kept"}, before.
_EARLIER = {
    "machine": (
        "f3e16e0e6038e5075a40e4f0af8780b8",
        "626c6f7101c98a90754471e310dcce2444a7041c8e869027d90c1cc776570018670553200d58bc11255792b5382a5c5c59",
    ),
    "password": (
        "cb86c4e57f13c6586e16f01012a832aa",
        "626c6f7101bd0a7b5fabb297bd3438b6cca072340a2ba5179aa3ffde0308bf2088ba60ced818d06a12aa9b6cea280b599d",
    ),
    "password in 1.0.0": (
        "74684b03c33fd54b82c50c5c4439c5e2",
        "626c6f710136b7a2ef9832b72d4af8d5ff72e6275491e915b2f1ecb75e59a7342d62bfe21d2b30576703bd8fde465fb7bd",
    ),
    "password in FIPS mode": (
        "9ed78df7d842e91ae71c02cb85c3f387",
        "626c6f7101525457f4114ee2837128330ac4f6ff113b16337eed5f022d85009e94a122222a580cd1b970d5b7bebc47a554",
    ),
}


@pytest.mark.usefixtures("derived_afresh")
@pytest.mark.parametrize("kind", _EARLIER)
def test_what_earlier_runs_have_sealed_is_found_and_opened(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    name, sealed = _EARLIER[kind]
    if kind == "password in FIPS mode":
        monkeypatch.setattr("cryptography.hazmat.primitives.kdf.scrypt.Scrypt", _refuse)
    turns = {"turns": cache_box.TURNS_OF_1_0_0} if kind == "password in 1.0.0" else {}
    made = CacheBox("a credential", CONTEXT, strong=kind == "machine", **turns)
    assert (made.name, made.open(bytes.fromhex(sealed), "token")) == (name, {"word": "kept"})


@pytest.mark.usefixtures("derived_afresh")
def test_loading_derives_nothing_slowly_and_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cryptography.hazmat.primitives.kdf.scrypt.Scrypt", _refuse)
    monkeypatch.setattr(cache_box, "_pbkdf2", _refuse)
    cache_box.load()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    cache_box.load()
