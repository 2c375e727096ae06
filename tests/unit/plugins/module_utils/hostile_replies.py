# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies that no service should send, as strategies of hypothesis."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

from hypothesis import strategies as st

_DIGITS = "9" * 5000
_TIMES: st.SearchStrategy[t.Any] = st.sampled_from(
    [
        "2026-11-24T10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:60Z",
        "10000-01-01T00:00:00Z",
        "20261124",
        "\ud800",
        _DIGITS,
        20261124,
        10**4000,
        -1,
        1e308,
        None,
        True,
        [],
        {},
    ]
)
_NUMBERS = st.sampled_from([0, -1, 1, 2**63, 10**30, 10**4000, 1.5, float("inf"), float("nan"), 253402300799, "1"])
_TEXTS = st.one_of(
    st.sampled_from(["", "a", "\ud800", "\ud83d", "\0", "\u2028", "../..", "é" * 99, "\x1b[2J", "{{ 1/0 }}", _DIGITS]),
    st.text(max_size=9),
)


def _segment(value: t.Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


_CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "exp": st.one_of(_NUMBERS, _TIMES),
        "iat": st.one_of(_NUMBERS, _TIMES),
        "aud": st.one_of(st.sampled_from(["accounts", ["connect"], [["nodes"]], {}]), _TEXTS),
    },
)
_TOKENS = st.builds(lambda claims: f"{_segment({'alg': 'none'})}.{_segment(claims)}.c2ln", _CLAIMS)
_LEAVES = st.one_of(_TIMES, _NUMBERS, _TEXTS, _TOKENS, st.booleans(), st.none())
_NAMES = st.sampled_from(
    ["id", "createdAt", "accessToken", "refreshToken", "clientId", "clientSecret", "code", "chain", "state", "auth"]
)
_FURTHER = st.sampled_from(["user", "pass", "type", "ip", "url", "capacity", "serviceData", "metadata", "a", "\ud800"])
_KEYS = st.one_of(_NAMES, _FURTHER)
_USABLE = {
    "id": st.sampled_from(["a1", "..", "\ud800", "x" * 200, 7]),
    "clientId": st.sampled_from(["a1", "b/2"]),
    "accessToken": _TOKENS,
}
_OBJECTS = st.one_of(
    st.fixed_dictionaries(_USABLE, optional={"createdAt": _TIMES, "clientSecret": _TEXTS, "refreshToken": _TOKENS}),
    st.dictionaries(_KEYS, st.one_of(_LEAVES, st.dictionaries(_KEYS, _LEAVES, max_size=4)), max_size=5),
)
_DEEP = st.sampled_from([60, 70, 500, 900, 3000, 9000, 100_000]).flatmap(
    lambda depth: st.sampled_from(
        [
            b"[" * depth + b"]" * depth,
            b'{"id":' * depth + b"1" + b"}" * depth,
            b'[{"id":"a","x":' + b"[" * depth,
            b'{"id":"a","x":' + b"[" * depth + b"]" * depth + b"}",
        ]
    )
)
_TEXTUAL = st.builds(lambda value: json.dumps(value).encode(), st.one_of(_OBJECTS, st.lists(_OBJECTS, max_size=3)))
_BODIES = st.one_of(
    _TEXTUAL,
    _DEEP,
    st.sampled_from(
        [
            b"",
            b"<html>",
            b"\xff\xfe[\0]\0",
            b'"\xed\xa0\x80"',
            b'{"id":"\xed\xa0\x80"}',
            b'{"id":"\\ud800","email":"\\uD800\\u0041"}',
            b"[NaN]",
            b'{"id":"a","x":-Infinity}',
            b'{"id":"a","x":1e999}',
            b'[{"id":' + b"9" * 5000 + b"}]",
            b"[" + b"9" * 100_000 + b"]",
            b"\xef\xbb\xbf{}",
        ]
    ),
)
_STATUS_LINES = st.one_of(
    st.sampled_from(
        [200, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 409, 418, 429, 500, 503, 599, 999]
    ).map(lambda status: f"HTTP/1.1 {status} X".encode()),
    st.just(b"HTTP/1.1 200 OK"),
    st.just(b"HTTP/1.1 201 Created"),
    st.sampled_from(
        [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
            b"HTTP/1.1 101 Switching",
            b"HTTP/1.1 200",
            b"HTTP/1.1 200 \xff\xfe",
            b"HTTP/1.1 -200 OK",
            b"HTTP/1.1 " + b"2" * 5000,
            b"HTTP/1.1 000 X",
            b"HTTP/9.9 200 OK",
            b"HTTP/0.9 200 OK",
            b"HTTP/1.0 200 OK",
            b"ICY 200 OK",
            b"200 OK",
            b"",
            b"\x16\x03\x01",
            b"SSH-2.0-OpenSSH",
        ]
    ),
)
_HEADER_LINES = st.one_of(
    st.sampled_from(
        [
            b"Retry-After: " + b"9" * 5000,
            b"Retry-After: Fri, 31 Dec 99999 23:59:59 GMT",
            b"Retry-After: Fri, 31 Dec 9999 23:59:59 -2359",
            b"Retry-After: Fri, 31 Dec 0000 23:59:59 GMT",
            b"Retry-After: \xb2",
            b"Retry-After: \xff\xfe",
            b"Retry-After: -0",
            b"Location: http://[::1",
            b"Location: \xff\xfe",
            b"Location: //",
            b"Location: http://a:99999/",
            b"Location: " + b"/" * 9000,
            b"Date: Fri, 31 Dec 9999 23:59:59 GMT",
            b"Date: Fri, 31 Dec 9999 23:59:59 -9999",
            b"Date: Mon, 01 Jan 0001 00:00:00 GMT",
            b"Date: Fri, 31 Dec 99999 23:59:59 GMT",
            b"Date: " + b"9" * 5000,
            b"Date: \xff",
            b"Content-Encoding: gzip",
            b"Content-Encoding: deflate",
            b"Content-Encoding: br",
            b"Content-Encoding: gzip, gzip, deflate",
            b"Content-Encoding: \xff",
            b"Content-Type: application/json; charset=\xff",
            b"Content-Type: ;;;=",
            b"Set-Cookie: a=b; expires=Fri, 31 Dec 99999 23:59:59 GMT; domain=[::1",
            b"Set-Cookie: \xff=\xfe; max-age=" + b"9" * 5000,
            b"Connection: keep-alive",
            b"WWW-Authenticate: Digest \xff",
            b"X-Y: \xff\xfe\xfd",
            b"\xff\xfe: x",
            b": x",
            b"no colon",
            b" folded",
            b"X: " + b"x" * 70_000,
            b"\r",
            b"\0",
        ]
    ),
    st.just(b"\r\n".join(b"X-%d: y" % number for number in range(150))),
    st.binary(max_size=20),
)


def _framed(body: bytes, framing: str) -> tuple[list[bytes], bytes]:
    if framing == "length":
        return [b"Content-Length: %d" % len(body)], body
    if framing == "gzip":
        packer = zlib.compressobj(wbits=31)
        packed = packer.compress(body) + packer.flush()
        return [b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed)], packed
    if framing == "chunks":
        return [b"Transfer-Encoding: chunked"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    if framing.startswith("chunk "):
        size = framing[len("chunk ") :].encode()
        return [b"Transfer-Encoding: chunked"], size + b"\r\n" + body + b"\r\n0\r\n\r\n"
    if framing == "both":
        return [b"Transfer-Encoding: chunked", b"Content-Length: 3"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    if framing.startswith("length "):
        return [b"Content-Length: " + framing[len("length ") :].encode()], body
    return [b"Connection: close"], body


_FRAMINGS = st.sampled_from(
    ["length", "length", "length", "gzip", "chunks", "close", "both"]
    + [
        f"chunk {size}"
        for size in (
            "-5",
            "-1",
            "+5",
            "0x5",
            "5_0",
            "",
            "zz",
            "f" * 5000,
            "5;x=\udcff".encode("ascii", "ignore").decode(),
            " 5 ",
        )
    ]
    + [f"length {size}" for size in ("-5", "1, 2", "5, 5", "", "x", "9" * 5000, "1_0", "0")]
)


def _reply(status: bytes, headers: list[bytes], body: bytes, framing: str, cut: int | None) -> bytes:
    ours, content = _framed(body, framing)
    whole = b"\r\n".join([status, *ours, *headers]) + b"\r\n\r\n" + content
    return whole if cut is None else whole[:cut]


_CUTS = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 300))
#: The bytes of a reply.
replies = st.one_of(
    st.builds(_reply, _STATUS_LINES, st.lists(_HEADER_LINES, max_size=2), _BODIES, _FRAMINGS, _CUTS),
    st.builds(_reply, st.just(b"HTTP/1.1 200 OK"), st.just([]), _TEXTUAL, st.just("length"), st.none()),
    st.binary(max_size=60),
)
