# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that are compared: what differs between them is how they come by a token, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import typing as t

Task = dict[str, t.Any]

#: The tasks that use a token and the uses in each, where requests are counted.
TASKS = 20
USES = 3

_VAULTED = "lookup('bloq.cloud.bloq_token', 'vaulted')"
_EXPRESSIONS = {
    "literal": "literal",
    "env": "lookup('ansible.builtin.env', 'BENCHMARK_LITERAL')",
    "file": "lookup('ansible.builtin.file', folder ~ '/literal')",
    "bloq_token": "lookup('bloq.cloud.bloq_token', 'ci')",
    "bloq_token, vaulted": _VAULTED,
    "bloq_token, callback": "lookup('bloq.cloud.bloq_token', 'ci')",
    "bloq_token, vaulted, callback": _VAULTED,
    "url": "lookup('ansible.builtin.url', accounts_url)",
}
#: What lookups are compared in: a debug task with one of them.
LOOKUPS = tuple(_EXPRESSIONS)
#: Those that are named many times in one template, where it does not matter when the lookup was loaded.
REPEATED = tuple(name for name in _EXPRESSIONS if not name.endswith(", callback"))
#: Those whose plays with the most hosts would take minutes.
SLOW = frozenset({"url", "plain module", "uri"})

_MODULES: dict[str, Task] = {
    "debug": {"ansible.builtin.debug": {"msg": "{{ literal }}"}},
    "bloq_token": {"bloq.cloud.bloq_token": {"key": "ci"}},
    "bloq_token, vaulted": {"bloq.cloud.bloq_token": {"key": "vaulted"}},
    "plain module": {"ansible.builtin.ping": {"data": "{{ literal }}"}},
    "bloq_request": {"bloq.cloud.bloq_request": {"service": "nodes", "path": "/users/me/nodes", "key": "ci"}},
    "bloq_request, account": {
        "bloq.cloud.bloq_request": {"service": "nodes", "path": "/users/me/nodes", "token": "account"}
    },
    "uri": {"ansible.builtin.uri": {"url": "{{ accounts_url }}"}},
}
#: What tasks are compared in.
MODULES = tuple(_MODULES)

#: Gets a token without this collection, and registers it.
ASK_WITH_URI: Task = {
    "ansible.builtin.uri": {
        "url": "{{ accounts_url }}/auth/token",
        "method": "POST",
        "body_format": "json",
        "body": "{{ request }}",
    },
    "register": "granted",
    "no_log": True,
}

#: What the template play is compared in.
TEMPLATES = ("literal", "bloq_token, vaulted")


@dataclasses.dataclass(frozen=True)
class Case:
    """A play that is timed.

    Attributes:
        group: the cases that it is compared with.
        name: what is special about it.
        hosts: on how many hosts it is played.
        content: the playbook.
        environment: what is set for it beside what all have.
        inventory_hosts: on how many hosts it is played where ``hosts`` counts something else, as a loop's items.
    """

    group: str
    name: str
    hosts: int
    content: str
    inventory_hosts: int | None = None
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


def lookup_on_hosts(name: str, hosts: int) -> Case:
    """One task with one lookup on each host: each lookup is the first of its process."""
    task = {"ansible.builtin.debug": {"msg": f"{{{{ {_EXPRESSIONS[name]} }}}}"}}
    enabled = {"ANSIBLE_CALLBACKS_ENABLED": "bloq.cloud.bloq_summary"} if name.endswith(", callback") else {}
    return Case("first lookup", name, hosts, playbook([task]), environment=enabled)


def repeated(name: str) -> int:
    """Return how often a lookup is named in one template, to measure what it costs once it is loaded."""
    return 50 if name in SLOW else 1500


def lookup_repeated(name: str, times: int) -> Case:
    """One template that names a lookup many times: all but the first find what the first has loaded."""
    text = f"{{{{ {_EXPRESSIONS[name]} | length }}}} " * times
    return Case(f"{times} lookups", name, 1, playbook([{"ansible.builtin.debug": {"msg": text}}]))


def task_on_hosts(name: str, hosts: int) -> Case:
    """One task on each host."""
    return Case("task", name, hosts, playbook([_MODULES[name]]))


def template_on_hosts(name: str, hosts: int) -> Case:
    """One file made from a template on each host."""
    copy = {
        "dest": "{{ folder }}/{{ inventory_hostname }}.conf",
        "src": f"{{{{ folder }}}}/{_file_name(name)}.j2",
        "mode": "0600",
    }
    return Case("template", name, hosts, playbook([{"ansible.builtin.template": copy}]))


def templates() -> dict[str, str]:
    """Return the templates by their files' names."""
    text = "# Made for {{ inventory_hostname }}\nheaders:\n  Authorization: Bearer {{ %s }}\n"
    return {f"{_file_name(name)}.j2": text % _EXPRESSIONS[name] for name in TEMPLATES}


def requests_of_lookup(hosts: int) -> Case:
    """Many tasks with several lookups each."""
    return _many_uses("bloq_token", hosts, _VAULTED)


def requests_of_uri(hosts: int) -> Case:
    """The same with a request in a task of each host, whose result the other tasks use."""
    return _many_uses("uri", hosts, "granted.json.accessToken", ASK_WITH_URI)


def requests_of_url(hosts: int) -> Case:
    """The same with lookup url, which can only GET: it asks for the service's start page instead."""
    return _many_uses("url", hosts, _EXPRESSIONS["url"])


def requests_of_curl(hosts: int) -> Case:
    """The same with what is left to whoever wants a token from a lookup without this collection."""
    command = (
        "'curl --silent --fail --header Content-Type:application/json --data @' ~ folder ~ '/request.json '"
        " ~ accounts_url ~ '/auth/token'"
    )
    return _many_uses("curl", hosts, f"(lookup('ansible.builtin.pipe', {command}) | from_json).accessToken")


def _many_uses(name: str, hosts: int, expression: str, *before: Task) -> Case:
    return Case("requests", name, hosts, playbook([*before, *[used(expression)] * TASKS]))


def used(expression: str) -> Task:
    """Return a task with several uses of an expression."""
    return {"ansible.builtin.debug": {"msg": " ".join([f"{{{{ {expression} }}}}"] * USES)}}


def playbook(tasks: list[Task]) -> str:
    """Return a playbook with these tasks on each host."""
    return json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}])


def _file_name(name: str) -> str:
    return name.replace(", ", "-")
