# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client key whose record ends with the job that writes it."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._keys.key_world import Controller, Service, key_id

LOST = "and the record of the new client key 'ci' with it, unless this job publishes it"


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_key_in_use_is_not_revoked_for_one_that_is_lost(
    controller: Controller, service: Service, check_mode: bool
) -> None:
    controller.run()
    before = controller.record
    with pytest.raises(InputError, match="'ci' was not replaced"):
        controller.run(Wanted(rotate="always", overlap=0), lasts=False, check_mode=check_mode)
    assert (set(service.keys), service.posts, controller.record) == ({key_id(1)}, 1, before)
    assert controller.left_behind == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_new_key_comes_with_a_warning(controller: Controller, check_mode: bool) -> None:
    assert LOST in controller.run(lasts=False, check_mode=check_mode).warnings[0]
    controller.run()
    assert LOST in controller.run(Wanted(rotate="always"), lasts=False, check_mode=check_mode).warnings[0]


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(rotate="always", overlap=0, retire=False), Wanted(present=False)])
def test_there_is_no_warning_where_nothing_is_lost(controller: Controller, wanted: Wanted) -> None:
    controller.run()
    assert controller.run(wanted, lasts=False).warnings == []
