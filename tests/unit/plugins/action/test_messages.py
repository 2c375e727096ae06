# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message about an option names it, and what is expected of it, in words that are not Python's."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.bloq.cloud.plugins.action import (
    bloq_client_key,
    bloq_client_key_info,
    bloq_login,
    bloq_node,
    bloq_request,
    bloq_service_info,
    bloq_token,
)
from ansible_collections.bloq.cloud.plugins.lookup.bloq_token import LookupModule
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.templates import as_template
from ansible_collections.bloq.cloud.tests.unit.plugins.action.in_process import said

KEY, INFO, LOGIN, NODE, REQUEST, SERVICES, TOKEN = (
    module.ActionModule
    for module in (
        bloq_client_key,
        bloq_client_key_info,
        bloq_login,
        bloq_node,
        bloq_request,
        bloq_service_info,
        bloq_token,
    )
)
ASKED = {"service": "accounts", "path": "/"}


@pytest.mark.parametrize(
    ("action", "options", "message"),
    [
        (LOGIN, {"accounts_url": "127.0.0.1:24500"}, "accounts_url must look like https://accounts.bloq.cloud"),
        (SERVICES, {"nodes_url": "127.0.0.1:24502"}, "nodes_url must look like https://"),
        (REQUEST, {"service": "connect", "chain": "btc", "connect_url": "x:1"}, "connect_url must look like https://"),
        (REQUEST, {"url": "x/y"}, "url must look like https://"),
        (KEY, {"name": "app"}, "vault_file is missing: name and vault_file say which client key"),
        (KEY, {"vault_file": "keys.yml"}, "name is missing: name and vault_file say which client key"),
        (NODE, {"name": "one"}, "vault_file is missing: name and vault_file say which node"),
        (LOGIN, {"timeout": "5s"}, "timeout must be a number of seconds without a unit."),
        (LOGIN, {"retries": "many"}, "retries must be a whole number without a unit."),
        (LOGIN, {"cache": "perhaps"}, "cache must be true or false."),
        (REQUEST, {**ASKED, "headers": "Accept"}, "headers must be a mapping."),
        (REQUEST, {**ASKED, "status_code": ["good"]}, "Each entry of status_code must be a whole number"),
        (
            LOGIN,
            {"pasword": "x"},
            "There is no option pasword here. Did you mean password? The options are access_token",
        ),
        (LOGIN, {"xyz": "x"}, "There is no option xyz here. The options are access_token"),
        (INFO, {"vault_file": "/none.yml", "missing": "fail"}, "no file /none.yml. Check the names and vault_file."),
    ],
)
def test_a_message(action: type[BloqAction], options: dict[str, t.Any], message: str) -> None:
    assert message in said(action, **options)["msg"]


def test_the_lookup_names_its_own_options() -> None:
    lookup = LookupModule(templar=Templar(loader=DataLoader(), variables={}))
    with pytest.raises(AnsibleError) as raised:
        lookup.run(["ci"], {}, knd="account")
    message = str(raised.value)
    assert "There is no option knd here. Did you mean kind? The options are access_token" in message
    # Keys are named by terms.
    assert " kind," in message and " key," not in message


def test_a_key_that_another_vars_file_has_hidden() -> None:
    keys = {"prod": {"client_id": "x"}, "dev": {"client_id": "{{ not_defined }}"}}
    elsewhere = {"bloq_client_keys": as_template("{{ mine }}"), "mine": {"prod": {}, "dev": {}}}
    for variables in ({"bloq_client_keys": keys}, elsewhere):
        message = said(TOKEN, variables, key="app")["msg"]
        assert "has no client key 'app'. It has: 'dev', 'prod'. Another vars file may set the same" in message
    assert "It has: none." in said(TOKEN, {"bloq_client_keys": {}}, key="app")["msg"]
