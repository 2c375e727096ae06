# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One group of defaults serves every module, and what the task itself says is nearer."""

from __future__ import annotations

import typing as t

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOGIN, TOKEN
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.module_defaults import ModuleDefaults
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Level, resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import account_credential

GROUP = "group/bloq.cloud.bloq"
LOGIN_MODULE = "bloq.cloud.bloq_login"


def of(*layers: dict[str, t.Any], action: str = LOGIN_MODULE) -> ModuleDefaults:
    return ModuleDefaults.of(layers, action, lambda value: value)


def test_the_nearest_layer_and_the_module_s_own_defaults_win() -> None:
    outer = {GROUP: {"timeout": 1, "retries": 1}, LOGIN_MODULE: {"retries": 2}}
    assert of(outer).values == {"timeout": 1, "retries": 2}
    assert of(outer, {GROUP: {"timeout": 3}}).values == {"timeout": 3, "retries": 2}
    assert of().values == {} == ModuleDefaults.of(None, LOGIN_MODULE, lambda value: value).values


def test_what_the_group_means_for_other_modules_is_left_out() -> None:
    group = {"username": "u", "client_id": "id", "vault_file": "keys.yml", "usernme": "u"}
    applied = of({GROUP: group}).applied(group, LOGIN.keys())
    assert applied == {"username": "u", "usernme": "u"}
    assert of({GROUP: group}).applied(group, TOKEN.keys() - {"vault_file"}) == {"client_id": "id", "usernme": "u"}


def test_what_the_task_says_stays() -> None:
    defaults = of({GROUP: {"vault_file": "keys.yml"}, LOGIN_MODULE: {"client_id": "id"}})
    arguments = {"vault_file": "mine.yml", "client_id": "id", "password": "p"}
    assert defaults.applied(arguments, LOGIN.keys()) == arguments


def test_a_task_s_credential_is_nearer_than_a_default_one() -> None:
    group = {"username": "u", "password": "p"}
    options = resolve(
        LOGIN,
        {**group, "access_token": "t"},
        {"bloq_cli_session": True}.get,
        {},
        module_defaults=of({GROUP: group}).values,
    )
    assert account_credential(options).access_token == "t"
    assert options.levels["username"] == Level.MODULE_DEFAULTS < Level.VARIABLE
    assert account_credential(resolve(LOGIN, group, {"bloq_cli_session": True}.get, {}, module_defaults=group)).login
