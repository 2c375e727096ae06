# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault file that cannot be replaced, or has an ACL: nothing is asked of the service, and nobody gains a right."""

from __future__ import annotations

import contextlib
import os
import struct
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.controller import Controller, Run
from harness.disk import bound, protected
from harness.here import Here
from harness.invariants import assert_settled
from harness.service import Service, serve
from harness.table import Row

pytestmark = pytest.mark.row("a vault file with mounts, chattr or ACLs")

_ACL = "system.posix_acl_access"
_ALL = 0xFFFFFFFF


@contextlib.contextmanager
def _mounted(path: Path) -> Iterator[None]:
    original = path.parent.parent / "original.yml"
    original.write_bytes(path.read_bytes() if path.exists() else b"---\n")
    with bound(original, path):
        yield


_TROUBLES: dict[str, tuple[Callable[[Path], t.ContextManager[None]], str]] = {
    "a mount": (_mounted, "is a mount of its own, as a single file in a container is. Mount its folder instead."),
    "immutable": (lambda path: protected(path, "i"), "It is immutable or append-only: chattr -i -a"),
    "append-only": (lambda path: protected(path, "a"), "It is immutable or append-only: chattr -i -a"),
    "in an append-only folder": (lambda path: protected(path.parent, "a"), "it is append-only. Run: chattr -a"),
}
_CHANGES: tuple[tuple[str, dict[str, t.Any]], ...] = (
    ("bloq_token", {"key": "ci"}),
    ("bloq_client_key", {"name": "other"}),
    ("bloq_client_key", {"name": "ci", "state": "absent"}),
    ("bloq_client_key", {"name": "ci", "rotate": "always"}),
)


@pytest.mark.parametrize(
    "trouble", [pytest.param(name, marks=[] if name == "a mount" else pytest.mark.long) for name in _TROUBLES]
)
def test_what_cannot_be_replaced_is_known_before_any_request(tmp_path: Path, trouble: str, row: Row) -> None:
    log = tmp_path / "requests"
    with serve("--request-log", str(log)) as service:
        controller = Here(tmp_path / "controller", service.new_account())
        assert controller.run().status == 0
        before = controller.records()
        begin, remedy = _TROUBLES[trouble]
        with begin(controller.vault_file):
            asked, listed = log.read_bytes(), controller.left_behind()
            for arguments in (("-v", "--check"), ("-v",)):
                results = _change(controller, *arguments).results
                assert [remedy in result["msg"] for result in results] == [True] * len(_CHANGES), results
                row.tried += len(_CHANGES)
            assert log.read_bytes() == asked
            assert controller.left_behind() == listed
            assert controller.records() == before
            # What has nothing to change needs nothing.
            assert controller.run().status == 0
        if trouble != "a mount":
            assert _change(controller, "-v").results[-1]["changed"]
            assert controller.left_behind() == []


def test_a_rotation_keeps_an_acl(tmp_path: Path, service: Service) -> None:
    controller = Here(tmp_path, service.new_account())
    assert controller.run().status == 0
    # user::rw-, user:1234:r--, group::---, mask::r--, other::---
    entries = [(1, 6, _ALL), (2, 4, 1234), (4, 0, _ALL), (16, 4, _ALL), (32, 0, _ALL)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(controller.vault_file, _ACL, acl)
        os.setxattr(controller.vault_file, "user.note", b"keep")
    except (AttributeError, OSError) as error:
        pytest.skip(f"no ACLs or attributes here: {error}")
    mode = controller.vault_file.stat().st_mode
    assert controller.run(rotate="always", overlap="0").result["rotated"]
    assert os.getxattr(controller.vault_file, _ACL) == acl
    assert os.getxattr(controller.vault_file, "user.note") == b"keep"
    assert controller.vault_file.stat().st_mode == mode
    assert_settled(controller)


def _change(controller: Controller, *arguments: str) -> Run:
    """Run each change in one play, whatever becomes of the others."""
    file = {"vault_file": str(controller.vault_file)}
    tasks = [
        {"name": "Change the file", f"bloq.cloud.{module}": {**file, **options}, "ignore_errors": True}
        for module, options in _CHANGES
    ]
    return controller.start_play(tasks, arguments=arguments).wait()
