# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure of the service is told, counts for a step, and spoils nothing that is kept."""

from __future__ import annotations

import errno
import os
import pathlib

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import RefusedError, UnreachableError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache import TokenCache
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._tokens.cache_world import (
    Service,
    Use,
    fail_in,
    sleep,
)


@pytest.mark.parametrize(
    "fault",
    [
        RefusedError("Wrong.", status=401, code="nope"),
        UnreachableError("Nobody there.", maybe_received=False),
        KeyError("a bug"),
    ],
)
def test_a_failure_is_told_and_the_next_call_asks_again(use: Use, fault: Exception) -> None:
    use.service.fault = fault
    for count in (1, 2):
        with pytest.raises(type(fault)) as caught:
            use.get()
        assert caught.value is fault and use.service.minted == count
    use.service.fault = None
    assert use.get()[1]
    assert not list(use.folder.glob("*.failure"))


@pytest.mark.parametrize(("later", "minted"), [(1, 1), (29, 1), (30.5, 2), (-60, 2)])
def test_a_refusal_counts_for_a_step_a_few_seconds_and_once_in_each_process(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, later: float, minted: int
) -> None:
    service = Service()
    service.fault = RefusedError("The password is wrong.", status=401)
    use = Use(tmp_path / "cache", service)
    use.cache = TokenCache(str(use.folder), step="a task")
    with pytest.raises(RefusedError):
        use.get()
    monkeypatch.setattr(cache, "_known_failures", set())  # as in another process
    sleep(monkeypatch, later)
    with pytest.raises(RefusedError):
        use.get()
    assert service.minted == minted
    service.fault = None
    assert use.get()[1], "a second try in the same process asks, for the refusal may be over"


def test_a_failure_leaves_the_token_that_is_there(use: Use) -> None:
    first, _minted = use.get()
    use.service.fault = RefusedError("Wrong.", status=403)
    with pytest.raises(RefusedError):
        use.get(force=True)
    assert use.get() == (first, False)
    assert b"Wrong" not in use.entry("failure").read_bytes()


def test_a_failure_is_told_where_nothing_can_be_written(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use.service.fault = RefusedError("Wrong.", status=401)
    fail_in(monkeypatch, os, "fsync", errno.ENOSPC)
    with pytest.raises(RefusedError):
        use.get()
