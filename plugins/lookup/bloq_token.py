# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup bloq_token."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bloq_token
short_description: A bearer token of Bloq that is fresh whenever it is used
version_added: 0.1.0
description:
  - Returns a bearer token for Bloq's services. The service is asked once in a token's lifetime, for all hosts, tasks,
    forks and runs on this controller.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._connection.plugin
  - bloq.cloud._account
  - bloq.cloud._account.plugin
  - bloq.cloud._client
  - bloq.cloud._client.plugin
  - bloq.cloud._cache
  - bloq.cloud._cache.plugin
  - bloq.cloud._freshness
  - bloq.cloud._freshness.plugin
options:
  _terms:
    description:
      - Names of client keys in O(variable). Without a name the token is for O(client_id) with O(client_secret), for
        O(refresh_token), or with O(kind=account) for the account.
    type: list
    elements: str
  kind:
    description: Which token. A client token for Connect and Nodes, or an account token, which Accounts takes as well.
    type: str
    choices: [client, account]
    default: client
notes:
  - The short name C(lookup('bloq_token')) works where C(ansible.cfg) names this collection's folder C(plugins/lookup)
    in C(lookup_plugins), since Ansible does not search collections for the short names of lookups.
  - A file with a token in it changes, and handlers run, about once in a token's lifetime, and its token is over an hour
    later. See R(A token in a file, ansible_collections.bloq.cloud.docsite.guide_tokens), and give a program that runs
    for long the client key.
  - Give a task that hands a token to another module C(no_log=true). M(ansible.builtin.uri) and others write their
    arguments into the syslog of the host they run on, at any verbosity and on every ansible-core. Up to ansible-core
    2.20 M(ansible.builtin.uri) prints its headers at C(-vvv) as well.
  - Do not put a token into a task's C(environment), which is shown at C(-vvv) and is on the far host's command line,
    nor into a C(loop) or C(with_bloq.cloud.bloq_token), whose items are shown.
  - Ansible evaluates a task's arguments once for all tries of C(until), so each try sends the same token. Let
    O(min_ttl) be longer than the tries last.
  - To call one of Bloq's services, take M(bloq.cloud.bloq_request), which needs neither token nor C(no_log).
seealso:
  - module: bloq.cloud.bloq_request
  - module: bloq.cloud.bloq_token
  - module: bloq.cloud.bloq_client_key
"""

EXAMPLES = r"""
- name: Call one of Bloq's services, which needs no token in the task
  bloq.cloud.bloq_request:
    service: connect
    chain: btc
    path: /api/v1/status
    key: ci

- name: Give another program a token, in a file that nobody else can read
  ansible.builtin.copy:
    dest: "{{ playbook_dir }}/connect-token"
    content: "{{ lookup('bloq.cloud.bloq_token', 'ci', min_ttl=1800) }}"
    mode: "0600"
  # Or --diff shows the token.
  no_log: true

- name: Give it an account token too
  ansible.builtin.copy:
    dest: "{{ playbook_dir }}/account-token"
    content: "{{ lookup('bloq.cloud.bloq_token', kind='account') }}"
    mode: "0600"
  no_log: true
"""

RETURN = r"""
_raw:
  description: The tokens, one for each name.
  type: list
  elements: str
"""

import importlib.machinery
import importlib.util
import os
import sys
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from jinja2 import TemplateError

# By Python's own loader, as this file is: Ansible's would compile it anew in every process.
_LOADING = "ansible_collections.bloq.cloud.plugins.plugin_utils._loading"
if _LOADING not in sys.modules:
    _loader = importlib.machinery.SourceFileLoader(_LOADING, f"{os.path.dirname(__file__)}/../plugin_utils/_loading.py")
    sys.modules[_LOADING] = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(_LOADING, _loader))
    _loader.exec_module(sys.modules[_LOADING])

from ansible_collections.bloq.cloud.plugins.plugin_utils._loading import cached_bytecode, without_documentation

with cached_bytecode():
    from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT, CLIENT, LOOKUP, NODES, Spec
    from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, InputError, fault
    from ansible_collections.bloq.cloud.plugins.plugin_utils._options.omitted import is_omitted
    from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import (
        Options,
        environment_values,
        ini_values,
        no_such_option,
        resolve,
    )
    from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
    from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.controller import controller_tokens
    from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import (
        account_credential,
        client_credential,
    )

without_documentation(globals())


class LookupModule(LookupBase):
    """Returns a fresh bearer token for each term."""

    def run(self, terms: list[t.Any] | None, variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        """Return the tokens."""
        self._variables = Variables(variables or {}, self._templar.template)
        self._environment = environment_values(os.environ)
        given = {name: value for name, value in kwargs.items() if not is_omitted(value)}
        names = [term for term in terms or [] if not is_omitted(term)]
        try:
            if unknown := given.keys() - LOOKUP.keys():
                # Keys are named by the terms.
                raise no_such_option(unknown, LOOKUP.keys() - {"key"})
            # Without a term the key may still be named by bloq_key or BLOQ_KEY.
            return [self._token({**given, "key": name}) for name in names] or [self._token({**given})]
        except BloqError as error:
            raise AnsibleError(f"bloq_token: {self._without_secrets(str(error), kwargs)}") from None
        except (AnsibleError, TemplateError):
            raise
        except Exception as error:
            raise AnsibleError(fault("bloq_token", error)["msg"]) from None

    def _without_secrets(self, text: str, arguments: dict[str, t.Any]) -> str:
        """Return a message without what was given in the place of something else, such as a secret as a key's name."""
        from ansible.module_utils.common.parameters import remove_values
        from ansible_collections.bloq.cloud.plugins.plugin_utils._known_secrets import known_secrets
        from ansible_collections.bloq.cloud.plugins.plugin_utils._options.module_defaults import ModuleDefaults

        known = known_secrets(LOOKUP, arguments, ModuleDefaults(), self._variables, os.environ, item="item")
        return str(remove_values(text, known.texts))

    def _token(self, arguments: dict[str, t.Any]) -> str:
        kind = self._kind(arguments.pop("kind", None))
        # What the other kind needs is not read: its secrets may not even be decryptable here.
        left_out = {"kind"} | (ACCOUNT if kind == "client" else CLIENT).keys() - arguments.keys()
        options = self._resolve({name: entry for name, entry in LOOKUP.items() if name not in left_out}, arguments)
        source = controller_tokens(options, "bloq.cloud.bloq_token", min_ttl=options["min_ttl"], force=options["force"])
        if kind == "client":
            credential = client_credential(options, self._variables)
            return source.client(credential, options["grant"]).token.access_token
        if arguments.get("key"):
            raise InputError("An account token has no key's name. Leave the name out, or use kind='client'.")
        return source.account(options["accounts_url"], account_credential(options)).token.access_token

    def _kind(self, given: t.Any) -> str:
        # Of a host that is a node, bloq_kind says what kind of node: the inventory sets it.
        elsewhere = self._variables.get("bloq_kind")
        others = {} if elsewhere in NODES["kind"]["choices"] else {"bloq_kind": elsewhere}
        spec = {"kind": LOOKUP["kind"]}
        return str(resolve(spec, {"kind": given}, others.get, self._environment, ini=ini_values())["kind"])

    def _resolve(self, spec: Spec, arguments: dict[str, t.Any]) -> Options:
        return resolve(
            spec, arguments, self._variables.get, self._environment, ini=ini_values(), task_only=frozenset({"force"})
        )
