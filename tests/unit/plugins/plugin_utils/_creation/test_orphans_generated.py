# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deaths at any moment, in any order, of projects that share an account: none takes another's key."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import intent
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._creation.interrupted import Killed
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import (
    Controller,
    Service,
    killed_before_the_store,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

_ACTIONS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["run", "die before the request", "die before the reply", "die before the store", "drift"]),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=25)
@given(actions=_ACTIONS)
@example(actions=[(0, "die before the reply"), (1, "die before the reply"), (0, "die before the request")])
@example(actions=[(2, "die before the reply"), (0, "die before the reply"), (2, "die before the store")])
def test_projects_never_take_each_other_s_keys(actions: list[tuple[int, str]]) -> None:
    """Three vault files, one account, deaths at any moment in any order: each ends with a key that nobody took.

    Whatever lives besides is named by the run that may have left it.
    """
    with tempfile.TemporaryDirectory() as machine, pytest.MonkeyPatch.context() as patch:
        patch.setattr(intent, "default_folder", lambda: f"{machine}/receipts")
        service = Service()
        controllers = [Controller(Path(tempfile.mkdtemp(dir=machine)), service) for _number in range(3)]
        for number, action in actions:
            held = [_held(controller) for controller in controllers]
            _do(controllers[number], action)
            for other, client_id in enumerate(held):
                assert other == number or client_id is None or client_id in service.keys
        suspects = {client_id for controller in controllers for client_id in controller.run().suspects}
        suspects |= {client_id for controller in controllers for client_id in controller.run().suspects}
        assert set(service.keys) - {_held(controller) for controller in controllers} <= suspects


def _held(controller: Controller) -> str | None:
    return controller.record.client_id if (controller.folder / "keys.yml").exists() else None


def _do(controller: Controller, action: str) -> None:
    service = controller.service
    if action == "run":
        controller.run()
    elif action == "drift":
        held = _held(controller)
        if held is not None:
            service.keys.pop(held, None)
            controller.run()
    elif action == "die before the store":
        if _held(controller) is None:
            killed_before_the_store(controller)
    else:
        if action == "die before the request":
            service.before = [Killed()]
        else:
            service.after = [Killed()]
        with contextlib.suppress(Killed):
            controller.run()
        service.before, service.after = [], []
