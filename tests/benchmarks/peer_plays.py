# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that are compared with what other collections offer."""

from __future__ import annotations

import dataclasses

from plays import ASK_WITH_URI, Case, Task, playbook, used

_VAULT = "community.hashi_vault."
_KV = f"lookup('{_VAULT}vault_kv2_get', 'ci'%s).secret.token"
_ANY = f"lookup('{_VAULT}hashi_vault', 'secret/data/ci:token'%s)"
_LOGIN = f"lookup('{_VAULT}vault_login').auth.client_token"
_LOGGED_IN = ", auth_method='token', token=login"


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to come by a secret.

    Attributes:
        name: what it is called.
        told: what it does, as Markdown.
        expression: what the tasks use.
        before: the tasks before them.
        fresh: whether a use gets what is still good after what was got before has ended.
    """

    name: str
    told: str
    expression: str
    before: tuple[Task, ...] = ()
    fresh: str = "yes"

    def on(self, hosts: int, tasks: int) -> Case:
        """Return the play with many tasks and several uses in each."""
        return Case("uses", self.name, hosts, playbook([*self.before, *[self.use] * tasks]))

    @property
    def use(self) -> Task:
        """A task with several uses."""
        return used(self.expression)


def _once(name: str, expression: str) -> Task:
    """Evaluate something on the first host alone, for all of them."""
    return {"ansible.builtin.set_fact": {name: f"{{{{ {expression} }}}}"}, "run_once": True, "no_log": True}


_CACHED = {"bloq.cloud.bloq_token": {"key": "vaulted"}, "register": "granted", "no_log": True}

#: What the others are compared with, and what all of them are compared with.
OURS, LITERAL = "bloq_token", "literal"

WAYS = (
    Way(LITERAL, "a literal, for what the play itself costs", "literal"),
    Way(OURS, "`lookup('bloq.cloud.bloq_token')` at each use", "lookup('bloq.cloud.bloq_token', 'vaulted')"),
    Way(
        "bloq_token task",
        "`bloq.cloud.bloq_token` in a task of each host, registered",
        "granted.access_token",
        (_CACHED,),
        fresh="no",
    ),
    Way("vault_login", "`lookup('community.hashi_vault.vault_login')` at each use: a new token each time", _LOGIN),
    Way("vault_kv2_get, AppRole", "`vault_kv2_get` with AppRole at each use", _KV % ""),
    Way("hashi_vault, AppRole", "`hashi_vault` with AppRole at each use", _ANY % ""),
    Way(
        "vault_kv2_get, token",
        "`vault_kv2_get` at each use, with the token of one `vault_login` before",
        _KV % _LOGGED_IN,
        (_once("login", _LOGIN),),
        fresh="secret yes, login no",
    ),
    Way(
        "hashi_vault, token",
        "`hashi_vault` at each use, with the token of one `vault_login` before",
        _ANY % _LOGGED_IN,
        (_once("login", _LOGIN),),
        fresh="secret yes, login no",
    ),
    Way(
        "vault_kv2_get once",
        "`vault_kv2_get` once with `run_once`, kept as a fact",
        "secret",
        (_once("secret", _KV % ""),),
        fresh="no",
    ),
    Way(
        "uri",
        "`ansible.builtin.uri` in a task of each host, registered",
        "granted.json.accessToken",
        (ASK_WITH_URI,),
        "no",
    ),
    Way(
        "url",
        "`lookup('ansible.builtin.url')` at each use; it cannot POST and asks for Bloq's start page",
        "lookup('ansible.builtin.url', accounts_url)",
    ),
)

_APPROLE = {
    "url": "{{ lookup('ansible.builtin.env', 'ANSIBLE_HASHI_VAULT_ADDR') }}",
    "auth_method": "approle",
    "role_id": "{{ lookup('ansible.builtin.env', 'ANSIBLE_HASHI_VAULT_ROLE_ID') }}",
    "secret_id": "{{ lookup('ansible.builtin.env', 'ANSIBLE_HASHI_VAULT_SECRET_ID') }}",
}
_TOKEN = {
    "url": _APPROLE["url"],
    "auth_method": "token",
    "token": "{{ lookup('ansible.builtin.env', 'BENCHMARK_OPENBAO_TOKEN') }}",
}
_REQUEST = {"service": "nodes", "path": "/users/me/nodes", "key": "vaulted"}

#: What one task of each host is compared in; each but the first two sends a request or more.
MODULES: dict[str, Task] = {
    "ansible.builtin.debug": {"ansible.builtin.debug": {"msg": "{{ literal }}"}},
    "bloq.cloud.bloq_token": {"bloq.cloud.bloq_token": {"key": "vaulted"}},
    "bloq.cloud.bloq_request": {"bloq.cloud.bloq_request": _REQUEST},
    "bloq.cloud.bloq_node_info": {"bloq.cloud.bloq_node_info": {"key": "vaulted"}},
    "ansible.builtin.uri": {"ansible.builtin.uri": {"url": "{{ accounts_url }}"}},
    f"{_VAULT}vault_login, AppRole": {f"{_VAULT}vault_login": _APPROLE},
    f"{_VAULT}vault_kv2_get, AppRole": {f"{_VAULT}vault_kv2_get": {**_APPROLE, "path": "ci"}},
    f"{_VAULT}vault_kv2_get, token": {f"{_VAULT}vault_kv2_get": {**_TOKEN, "path": "ci"}},
    "hetzner.hcloud.location_info": {"hetzner.hcloud.location_info": {}},
}


def task_on(name: str, hosts: int) -> Case:
    """One task on each host."""
    return Case("a task", name, hosts, playbook([MODULES[name]]))


def everything() -> Case:
    """All of them once on one host: Python's cache has their bytecode from then on."""
    ways = [task for way in WAYS for task in (*way.before, way.use)]
    return Case("everything", "once", 1, playbook([*ways, *MODULES.values()]))
