# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory bloq_nodes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bloq_nodes
short_description: An account's nodes and clusters as hosts
version_added: 1.1.0
description:
  - Asks Bloq's Nodes service for the account's nodes and clusters. Each becomes a host.
  - The inventory's file is YAML, and its name ends in C(bloq_nodes.yml) or C(bloq_nodes.yaml). What it says can be a
    template, such as a lookup for a secret.
  - Every option of this collection that the file leaves out counts from an extra variable C(bloq_<option>), the
    environment variable C(BLOQ_<OPTION>) or the section C([bloq]) of C(ansible.cfg), in this order.
  - No password is among the variables, since Ansible's caches of inventories are in the clear. It is in the node's
    record, in the vault file that M(bloq.cloud.bloq_node) writes.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - bloq.cloud._connection
  - bloq.cloud._connection.plugin
  - bloq.cloud._account
  - bloq.cloud._account.plugin
  - bloq.cloud._client
  - bloq.cloud._client.plugin
options:
  plugin:
    description: What says that the file is meant for this plugin.
    type: str
    required: true
    choices: [bloq.cloud.bloq_nodes]
  nodes_url:
    description: The base URL of Bloq's Nodes service.
    type: str
    default: https://nodes.bloq.cloud
    vars:
      - name: bloq_nodes_url
    env:
      - name: BLOQ_NODES_URL
    ini:
      - section: bloq
        key: nodes_url
  key:
    description:
      - The name of a client key, to ask with its client token. Its record is in the extra variable O(variable), or
        else in O(vault_file), of which no other secret is decrypted.
    type: str
    vars:
      - name: bloq_key
    env:
      - name: BLOQ_KEY
    ini:
      - section: bloq
        key: key
  cache_path:
    description:
      - The folder of the tokens that all plugins and modules of this collection share. Without it C(bloq_tokens) in
        Ansible's home, as the lookup P(bloq.cloud.bloq_token#lookup) has it.
      - It has nothing to do with O(cache), which keeps the inventory.
    type: path
    vars:
      - name: bloq_cache_path
    env:
      - name: BLOQ_CACHE_PATH
    ini:
      - section: bloq
        key: cache_path
  vault_file:
    description:
      - The vars file with the records of nodes that M(bloq.cloud.bloq_node) writes, counted from the inventory's file
        on. Hosts have the names of their records, and without a record their ids.
      - Nothing is decrypted for the names, unless the file is encrypted whole.
    type: path
    vars:
      - name: bloq_vault_file
    env:
      - name: BLOQ_VAULT_FILE
    ini:
      - section: bloq
        key: vault_file
  nodes_variable:
    description: The variable in O(vault_file) that holds the records of nodes.
    type: str
    default: bloq_nodes
    vars:
      - name: bloq_nodes_variable
    env:
      - name: BLOQ_NODES_VARIABLE
    ini:
      - section: bloq
        key: nodes_variable
  kind:
    description: Nodes, clusters, or both. An empty list means both, as an empty list means all in the other filters.
    type: list
    elements: str
    choices: [node, cluster]
    default: [node, cluster]
    env:
      - name: BLOQ_KIND
    ini:
      - section: bloq
        key: kind
  state:
    description:
      - The states to take, in the service's words, such as V(started). Without it all but V(stopped).
    type: list
    elements: str
    env:
      - name: BLOQ_STATE
    ini:
      - section: bloq
        key: state
  chain:
    description: The blockchains to take, such as V(btc). Without it all.
    type: list
    elements: str
    env:
      - name: BLOQ_CHAIN
    ini:
      - section: bloq
        key: chain
  network:
    description: The blockchains' networks to take, such as V(mainnet). Without it all.
    type: list
    elements: str
    env:
      - name: BLOQ_NETWORK
    ini:
      - section: bloq
        key: network
  group:
    description: The group that all hosts are in.
    type: str
    default: bloq
    env:
      - name: BLOQ_GROUP
    ini:
      - section: bloq
        key: group
  hostname:
    description:
      - A template for the hosts' names, with the variables of the host. Without it a host has the name of its record,
        or else its id.
      - A name that Ansible would take for something else, such as V(all), V(localhost) or one with a comma or a blank,
        is refused, wherever it comes from.
    type: str
    env:
      - name: BLOQ_HOSTNAME
    ini:
      - section: bloq
        key: hostname
  hostvars_prefix:
    description:
      - What stands before each variable's name, never nothing. The variables are C(id), C(name), C(kind), C(state),
        C(chain), C(network), C(software), C(performance), C(service_id), C(auth_type), C(address), C(url),
        C(certificate), C(capacity), C(health_count), C(alias), C(created_at), C(stopped_at) and C(nodes_url), null
        where nothing is known. C(ansible_host) is the address, as far as it is known and is one.
      - With V(bloq_) they are options of this collection's modules as well, where a task leaves those out, so that a
        task that runs for a host means its node.
    type: str
    default: bloq_
    env:
      - name: BLOQ_HOSTVARS_PREFIX
    ini:
      - section: bloq
        key: hostvars_prefix
notes:
  - A group of O(keyed_groups) by a number needs C(| string) in its C(key), such as C(bloq_capacity | string), since
    Ansible makes a group's name of text alone.
  - No extra variable sets O(kind), O(state), O(chain), O(network), O(group), O(hostname) and O(hostvars_prefix).
  - Hosts are for tasks that ask a node's own API, from the controller. Bloq lets nobody log in to a node, so let plays
    over them have C(gather_facts=false), and C(connection=local) or C(delegate_to=localhost).
seealso:
  - module: bloq.cloud.bloq_node
  - module: bloq.cloud.bloq_node_info
"""

EXAMPLES = r"""
# production.bloq_nodes.yml, with the account's password in the environment: BLOQ_USERNAME and BLOQ_PASSWORD
plugin: bloq.cloud.bloq_nodes
vault_file: group_vars/all/bloq.yml
kind: [node]
state: [started]
keyed_groups:
  - key: bloq_chain
    prefix: chain
groups:
  without_record: bloq_name is none
compose:
  node_port: bloq_url | urlsplit('port')

# staging.bloq_nodes.yml, with the vaulted client key ci and a cache, in the clear, for ten minutes
---
plugin: bloq.cloud.bloq_nodes
vault_file: group_vars/all/bloq.yml
key: ci
hostname: "{{ bloq_chain }}-{{ bloq_network }}-{{ bloq_id }}"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/bloq_nodes
cache_timeout: 600

# other.bloq_nodes.yml, with a client key from somewhere else
---
plugin: bloq.cloud.bloq_nodes
client_id: "{{ lookup('ansible.builtin.env', 'CI_CLIENT_ID') }}"
client_secret: "{{ lookup('ansible.builtin.env', 'CI_CLIENT_SECRET') }}"
"""

import os
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.display import Display
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import INVENTORY, connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    InputError,
    fault,
    without_secret_shapes,
)
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import Nodes
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.cached import answer, to_keep, who_asks
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.hosts import (
    address_of,
    check_name,
    check_prefix,
    described,
    host_variables,
    is_wanted,
    kinds_of,
    records_by_id,
    refuse_same_names,
    warn_of_nothing,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import (
    Options,
    ini_values,
    no_such_option,
    resolve,
    secret_values,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.templates import as_data, as_template
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import nodes_session
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.controller import controller_tokens
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import nodes_credential
from jinja2 import TemplateError

#: A node as its service describes it, without secrets.
Described = dict[str, t.Any]
#: What is about the hosts and not about the service. An extra variable of such a name is meant for tasks.
_OF_HOSTS = frozenset(
    f"bloq_{name}" for name in ("kind", "state", "chain", "network", "group", "hostname", "hostvars_prefix")
)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The account's nodes and clusters as hosts."""

    NAME = "bloq.cloud.bloq_nodes"

    def verify_file(self, path: str) -> bool:
        """Return whether a file is meant for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("bloq_nodes.yml", "bloq_nodes.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the hosts to the inventory: see Ansible's ``BaseInventoryPlugin``."""
        super().parse(inventory, loader, path, cache)
        config = dict(self._read_config_data(path))
        self._secrets: set[str] = set()
        try:
            self._add_hosts(path, self._resolved(config), cache)
        except BloqError as error:
            raise AnsibleParserError(self._without_secrets(f"bloq_nodes: {error}")) from None
        except (AnsibleError, TemplateError) as error:
            # Without what it is about: Ansible looks at that, and a value that it cannot decrypt ends the program.
            raise AnsibleParserError(self._without_secrets(f"bloq_nodes: {error}")) from None
        except Exception as error:
            raise AnsibleParserError(fault("bloq_nodes", error)["msg"]) from None

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """Let Ansible resolve its own options: ours may be templates, and nothing of theirs is to be shown."""
        own = {name: value for name, value in (direct or {}).items() if name not in INVENTORY or name == "cache"}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=own)

    def _resolved(self, config: dict[str, t.Any]) -> Options:
        ours = config.keys() & (INVENTORY.keys() - {"cache"})
        if unknown := config.keys() - ours - self._options.keys():
            raise no_such_option(unknown, {*INVENTORY, *self._options})
        self.templar.available_variables = self._vars
        hostname = config.pop("hostname", None)
        variables = Variables(self._vars or {}, self.templar.template)
        arguments = {name: self.templar.template(config[name]) for name in ours - {"hostname"}}
        self._secrets = secret_values(INVENTORY, arguments)
        options = resolve(
            INVENTORY,
            {**arguments, "hostname": hostname},
            lambda name: None if name in _OF_HOSTS else variables.get(name),
            os.environ,
            ini=ini_values(),
        )
        self._secrets |= secret_values(INVENTORY, options)
        return options

    def _add_hosts(self, path: str, options: Options, cache: bool) -> None:
        url = checked_url(options["nodes_url"], allow_http=options["allow_http"], option="nodes_url")
        check_prefix(options["hostvars_prefix"])
        loaded = self._vault_file(path, options)
        named = records_by_id(loaded.get(options["nodes_variable"]), url, options["nodes_variable"])
        hosts = []
        nodes = self._nodes(path, url, options, loaded, cache)
        for node in nodes:
            if is_wanted(node, options):
                record = named.get(node["id"])
                variables = host_variables(node, record, url, options["hostvars_prefix"])
                template = options["hostname"]
                name = self._hostname(template, variables) if template else record[0] if record else node["id"]
                check_name(name, node["id"], template)
                hosts.append((name, node, variables))
        if not hosts:
            warn_of_nothing(nodes, options, Display().warning)
        refuse_same_names((name, node["id"]) for name, node, _variables in hosts)
        group = self.inventory.add_group(self._sanitize_group_name(options["group"]))
        for name, node, variables in hosts:
            self._add_host(as_data(name), group, node, variables)

    def _add_host(self, name: str, group: str, node: Described, variables: dict[str, t.Any]) -> None:
        self.inventory.add_host(name, group=group)
        if address := address_of(node):
            variables = {**variables, "ansible_host": as_data(address)}
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _hostname(self, template: str, variables: dict[str, t.Any]) -> str:
        self.templar.available_variables = {**(self._vars or {}), **variables}
        return str(self.templar.template(as_template(template))).strip()

    def _vault_file(self, path: str, options: Options) -> dict[str, t.Any]:
        if not options["vault_file"]:
            return {}
        file = os.path.join(os.path.dirname(os.path.abspath(path)), options["vault_file"])
        if not os.path.exists(file):
            raise InputError(f"There is no file {file}. vault_file counts from the inventory's own folder on.")
        try:
            # Ansible decrypts a value when it is used, and the whole file at once where that is encrypted.
            loaded = self.loader.load_from_file(file, cache="none")
        except AnsibleError as error:
            raise InputError(f"{file} cannot be read as a vars file. Ansible says: {error}") from None
        if loaded is not None and not isinstance(loaded, dict):
            raise InputError(f"{file} must be a vars file, a mapping of names to values.")
        return loaded or {}

    def _nodes(self, path: str, url: str, options: Options, loaded: dict[str, t.Any], cache: bool) -> list[Described]:
        """Return the nodes, from Ansible's cache of the inventory where the user wants one."""
        cache_key, wants_cache = self.get_cache_key(path), self.get_option("cache")
        asked = {"nodes_url": url, "kind": sorted(kinds_of(options))}
        records = {**loaded, **(self._vars or {})}.get(options["variable"])
        who = who_asks(options, records, os.environ) if wants_cache else []
        if wants_cache and cache:
            try:
                found = self._cache[cache_key]
            except (KeyError, TypeError, AttributeError, ValueError):
                # Nothing is there, or something that a cache's plugin takes for its own and is not.
                found = None
            # What an earlier form of the file asked for, or another account, is no answer to what is asked now.
            if (nodes := answer(found, asked, who)) is not None:
                return nodes
        nodes = self._ask(options, loaded)
        if wants_cache:
            self._cache[cache_key] = to_keep(asked, who, nodes)
        return nodes

    def _ask(self, options: Options, loaded: dict[str, t.Any]) -> list[Described]:
        raw = {**loaded, **(self._vars or {})}
        if options["key"] and not options["vault_file"] and options["variable"] not in raw:
            raise InputError(
                "key names a client key in vault_file, which is missing. Give both, or another credential."
            )
        try:
            credential = nodes_credential(options, Variables(raw, self.templar.template))
        except AnsibleError as error:
            if not options["key"]:
                raise
            # Ansible's own words name neither the option nor what to do.
            raise InputError(
                f"key names the client key {options['key']!r}, and its secret cannot be read here. Give the inventory "
                "the vault password, or leave key out and give the account's credential, as AWX needs it for an "
                f"inventory source. Ansible says: {error}"
            ) from None
        source = controller_tokens(options, self.NAME)

        def nodes(url: str) -> Nodes:
            return Nodes(local_transport(connection({**options, "nodes_url": url}, "nodes_url")))

        session = nodes_session(options, credential, source, nodes, "node")
        listings = [session.ask(session.service.list_nodes, kind) for kind in kinds_of(options)]
        # Who lists one twice still has one.
        return list({node.id: described(node) for listing in listings for node in listing.nodes}.values())

    def _without_secrets(self, text: str) -> str:
        from ansible.module_utils.common.parameters import remove_values

        return str(remove_values(without_secret_shapes(text), self._secrets))
