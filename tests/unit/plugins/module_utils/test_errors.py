# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error is the same in the process that it is told to, and a fault of ours tells nothing that it choked on."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    CoordinationError,
    FileError,
    InputError,
    MissingLibraryError,
    RefusedError,
    ReplyError,
    RpcError,
    StatusError,
    UnreachableError,
    fault,
    from_dict,
    may_have_succeeded,
    to_dict,
)


def partial() -> UnreachableError:
    error = UnreachableError("cut off", maybe_received=True)
    error.is_partial = True
    return error


@pytest.mark.parametrize(
    ("error", "facts", "may_have"),
    [
        (InputError("wrong"), {"kind": "input"}, False),
        (FileError("full"), {"kind": "file"}, False),
        (CoordinationError("lost"), {"kind": "coordination"}, False),
        (ReplyError("HTML"), {"kind": "reply"}, True),
        (BloqError("something"), {"kind": "other"}, True),
        (MissingLibraryError("pyjwt"), {"kind": "library", "library": "pyjwt"}, False),
        (
            UnreachableError("refused", maybe_received=False),
            {"kind": "unreachable", "maybe_received": False, "timed_out": False},
            False,
        ),
        (
            UnreachableError("slow", maybe_received=True, timed_out=True),
            {"kind": "unreachable", "maybe_received": True, "timed_out": True},
            True,
        ),
        (partial(), {"kind": "unreachable", "maybe_received": True, "timed_out": False, "is_partial": True}, True),
        (StatusError("no", status=499), {"kind": "status", "status": 499, "code": None}, False),
        (StatusError("no", status=500, code="x"), {"kind": "status", "status": 500, "code": "x"}, True),
        (
            StatusError("busy", status=429, retry_after=0.0),
            {"kind": "status", "status": 429, "code": None, "retry_after": 0.0},
            False,
        ),
        (RefusedError("wrong", status=401), {"kind": "refused", "status": 401, "code": None}, False),
        (RpcError("m", -1, "no."), {"kind": "rpc", "code": -1, "message": "no."}, True),
    ],
)
def test_an_error_is_told_to_another_process(error: BloqError, facts: dict[str, t.Any], may_have: bool) -> None:
    assert to_dict(error) == facts
    assert may_have_succeeded(error) is may_have
    again = from_dict(str(error), json.loads(json.dumps(to_dict(error))))
    assert (type(again), str(again)) == (type(error), str(error))
    assert may_have_succeeded(again) is may_have
    for name in ("status", "code", "retry_after", "library", "maybe_received", "timed_out", "is_partial"):
        assert getattr(again, name, "none") == getattr(error, name, "none")


@pytest.mark.parametrize("failure", [{}, {"kind": "unheard of"}, {"kind": None}])
def test_an_error_of_another_version_is_an_error(failure: dict[str, t.Any]) -> None:
    error = from_dict("something", failure)
    assert (type(error), str(error)) == (BloqError, "something")


def test_what_a_node_answered_is_told_with_its_number() -> None:
    assert str(RpcError("getinfo", -5, "No such thing.")) == (
        "The node answered getinfo with error -5: No such thing. Check the method and its params."
    )
    assert "with error ?: No such thing." in str(RpcError("getinfo", None, "No such thing"))


def test_a_missing_library_is_named_with_what_installs_it() -> None:
    assert "pyjwt is missing" in str(MissingLibraryError("pyjwt"))
    assert "python3 -m pip install pyjwt" in str(MissingLibraryError("pyjwt"))


def test_a_fault_says_where_it_is_and_not_what_it_choked_on() -> None:
    def choke(word: str) -> None:
        raise KeyError(word)

    with pytest.raises(KeyError) as caught:
        choke("-".join(["the", "secret"]))
    told = fault("bloq.cloud.bloq_token", caught.value)
    assert told["failed"] is True
    assert told["msg"].startswith("A fault in bloq.cloud.bloq_token: KeyError. Please report it")
    assert told["exception"].startswith("Traceback (most recent call last):\n  File ")
    assert "in choke" in told["exception"] and told["exception"].endswith("KeyError")
    assert "the-secret" not in str(told)


def test_a_refusal_with_advice_is_still_that_refusal() -> None:
    # A session gets another token after a 401 alone.
    advised = RefusedError("No.", status=401, code="TokenExpired").advised("Log in again.")
    assert (str(advised), advised.status, advised.code) == ("No. Log in again.", 401, "TokenExpired")
