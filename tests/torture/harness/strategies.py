# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody should hand to the collection, as strategies of hypothesis."""

from __future__ import annotations

import base64
import json
import typing as t

from hypothesis import strategies as st

_NASTY = (
    "",
    " ",
    "..",
    "../../etc/passwd",
    "/dev/null/x",
    "a\nb",
    "a\0b",
    "\u2028",
    "\ud800",
    "{{ 1 / 0 }}",
    "{% raw %}",
    "!vault |",
    "&a [*a]",
    "%s%n",
    "'\"`",
    "é" * 300,
    "x" * 100_000,
    "-1",
    "1e400",
    "nan",
    "0x10",
    "yes",
    "null",
    "https://",
    "https://[::1",
    "http://127.0.0.1:99999",
    "https://user:pass@host",
    "file:///etc/passwd",
    "9" * 5000,
)
texts = st.one_of(st.sampled_from(_NASTY), st.text(max_size=40))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**63, 10**30]),
    st.floats(),
    texts,
)


def values(names: t.Sequence[str] = ()) -> st.SearchStrategy[t.Any]:
    """Return a strategy of values of any shape, whose mappings have some of these names."""
    keys = st.one_of(st.sampled_from(names), texts) if names else texts
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=6)),
        max_leaves=12,
    )


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _jwt(header: t.Any, claims: t.Any, signature: str) -> str:
    return ".".join([_segment(json.dumps(header).encode()), _segment(json.dumps(claims).encode()), signature])


_TIMES: st.SearchStrategy[t.Any] = st.one_of(
    st.sampled_from([0, -1, 10**30, -(10**30), 1.5, float("inf"), float("nan"), "1", "soon", True, None, [], {}]),
    st.integers(),
    st.floats(),
)
_AUDIENCES = st.one_of(
    st.sampled_from(["accounts", ["accounts"], ["connect", "nodes"], "auth/token", ["manager"], [["accounts"]], {}]),
    values(),
)
_CLAIMS = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"exp": _TIMES, "iat": _TIMES, "nbf": _TIMES, "aud": _AUDIENCES, "sub": values()}
    ),
    values(["exp", "aud", "iat"]),
)
_HEADERS: st.SearchStrategy[t.Any] = st.one_of(
    st.sampled_from(
        [
            {"alg": "none"},
            {"alg": "RS256", "typ": "JWT"},
            {"alg": "HS256"},
            {"alg": 5},
            {},
            [],
            None,
            {"alg": "none", "crit": [1]},
        ]
    ),
    values(["alg", "typ", "kid", "crit", "b64", "zip"]),
)
_WELL_FORMED = st.builds(_jwt, _HEADERS, _CLAIMS, st.sampled_from(["", "c2ln", "!", "a" * 20000]))
_DEEP = _segment(b'{"alg":"none"}') + "." + _segment(b'{"a":' * 3000 + b"1" + b"}" * 3000) + "."
jwts = st.one_of(
    _WELL_FORMED,
    st.builds(
        lambda token, place, bit: token[:place] + bit + token[place + 1 :], _WELL_FORMED, st.integers(0, 60), texts
    ),
    st.lists(texts, max_size=5).map(".".join),
    st.sampled_from([_DEEP, "a" * 10**6, ".".join(["e30"] * 3), "e30.e30.e30.e30", "...", "Bearer e30.e30."]),
    texts,
)


def spoilt(content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of contents that differ from this one: cut, with bytes changed, put in or taken out."""
    places = st.integers(0, len(content))
    pieces = st.one_of(
        st.binary(max_size=12), st.sampled_from([b"\n", b"\t", b"\0", b"\xff", b"  ", b": ", b"- ", b"!vault |", b"*a"])
    )
    return st.one_of(
        st.builds(
            lambda place, piece, length: content[:place] + piece + content[place + length :],
            places,
            pieces,
            st.integers(0, 60),
        ),
        st.builds(lambda place: content[:place], places),
        st.binary(max_size=200),
        st.just(content * 2),
        st.just(b""),
    )
