#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_node_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_node_info
short_description: List the nodes or clusters of a Bloq account
version_added: 1.0.0
description:
  - Returns the account's nodes or clusters with their state, each with the name that the vault file gives it.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._nodes
  - bloq.cloud._nodes.url
  - bloq.cloud._nodes.bearer
  - bloq.cloud._account
  - bloq.cloud._client
  - bloq.cloud._cache
  - bloq.cloud._attributes
options:
  node_id:
    description: Only the one with this id. When there is none, the list is empty.
    type: str
  vault_file:
    description:
      - The vars file that holds the records, for the names and for what nodes were made from. Without it nothing has a
        name.
      - A relative path begins at the playbook's folder.
    type: path
  nodes_variable:
    description: The variable in O(vault_file) that holds the records.
    type: str
    default: bloq_nodes
  return_credentials:
    description: Return the passwords too, and hide the result.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details: Reads only, and really reads.
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: bloq.cloud.bloq_node
"""

EXAMPLES = r"""
- name: List the account's nodes
  bloq.cloud.bloq_node_info:
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    key: ci
  register: bloq

- name: Notify which run
  ansible.builtin.debug:
    msg: "{{ bloq.nodes | selectattr('state', 'eq', 'started') | map(attribute='id') | list }}"
"""

RETURN = r"""
nodes:
  description: The nodes or clusters, those that were stopped too.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name in O(vault_file), or in escrow, null when it has none.
      type: str
    id:
      description: Its id.
      type: str
    kind:
      description: V(node) or V(cluster).
      type: str
    state:
      description: The service's word for its state, such as V(starting), V(started) or V(stopped).
      type: str
    chain:
      description: The blockchain.
      type: str
    network:
      description: The blockchain's network.
      type: str
    software:
      description: The software and its version.
      type: str
    performance:
      description: The service's word for its size.
      type: str
    service_id:
      description:
        - What it was made from. The service never says so of a node, so this is what O(vault_file) remembers, and null
          for a node that it does not have.
      type: str
    auth_type:
      description: How its own clients prove who they are.
      type: str
    url:
      description: Where its own API is, null until that is known.
      type: str
    address:
      description: A node's IP address or a cluster's domain.
      type: str
    username:
      description: With V(basic), the generated user.
      type: str
    password:
      description: With V(basic), the generated password. Only with O(return_credentials=true).
      type: str
    capacity:
      description: How many nodes a cluster has.
      type: int
    health_count:
      description: How many of them are well.
      type: int
    alias:
      description: The cluster's alias.
      type: str
    created_at:
      description: When it was made, as the service wrote it.
      type: str
    stopped_at:
      description: When it was stopped, as the service wrote it.
      type: str
    managed:
      description: Whether O(vault_file) has it.
      type: bool
    escrow:
      description:
        - Whether its record is on the server of O(coordination_url) and not in O(vault_file). Where another run has
          made it for this file, the next run of M(bloq.cloud.bloq_node) with its name takes it over.
      type: bool
      version_added: 1.1.0
    scope:
      description: The scope of the vault file that one in escrow was made for, null when that is not known here.
      type: str
      version_added: 1.1.0
    suspect:
      description: Whether a run that was cut off may have left it behind. Somebody else may as well have made it.
      type: bool
      version_added: 1.1.0
    updating_service_id:
      description: What a cluster is being moved to.
      type: str
clock_skew:
  description: The service's clock minus the clock of the machine that asked, in seconds. With O(node_id) it is 0.
  returned: success
  type: float
  sample: 0.2
coordination:
  description:
    - What the server of O(coordination_url) has of this service. Null without such a server, and with a warning when it
      cannot be used.
  returned: success
  type: dict
  version_added: 1.1.0
  contains:
    lock:
      description: Who changes nodes or clusters now, null when nobody does. All accounts of a service share one lock.
      type: dict
      contains:
        host:
          description: The controller.
          type: str
        process:
          description: The process there.
          type: int
        play:
          description: The play's name.
          type: str
        since:
          description: Since when, in UTC.
          type: str
    escrow:
      description: The nodes and clusters of all accounts that are kept until they are removed, the latest last.
      type: list
      elements: dict
      contains:
        id:
          description: Its id.
          type: str
        name:
          description: Its name, null when it was encrypted with another vault password.
          type: str
        scope:
          description: The scope of the vault file that it was made for, null when that is not known here.
          type: str
        since:
          description: When it was made, in UTC.
          type: str
  sample:
    lock:
      host: ci-runner-7
      process: 4711
      play: Provision the nodes
      since: "2026-11-24T10:00:00Z"
    escrow: []
failure:
  description: >-
    What went wrong, as data. V(kind) is one of input, unreachable, reply, status, refused, library, file and
    coordination.
  returned: failure
  type: dict
  sample:
    kind: refused
    status: 401
    code: null
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(NODE_INFO)


if __name__ == "__main__":
    main()
