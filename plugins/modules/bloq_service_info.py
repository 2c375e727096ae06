#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_service_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_service_info
short_description: List what nodes or clusters of Bloq can be made from
version_added: 1.0.0
description:
  - Returns the services, which is what a node or cluster is made from, and the chains that they are for.
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
  chain:
    description: Only this blockchain, such as V(btc).
    type: str
  network:
    description: Only this network.
    type: str
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
- name: List what Bitcoin nodes can be made from
  bloq.cloud.bloq_service_info:
    chain: btc
    key: ci
  register: bloq

- name: Notify the ids
  ansible.builtin.debug:
    msg: "{{ bloq.services | rejectattr('disabled') | map(attribute='id') | list }}"
"""

RETURN = r"""
services:
  description: The services, the disabled ones too.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id, for O(bloq.cloud.bloq_node#module:service_id).
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
    region:
      description: Where it runs.
      type: str
    disabled:
      description: Whether nothing new can be made of it.
      type: bool
chains:
  description: The chains that there are nodes or clusters of.
  returned: success
  type: list
  elements: dict
  contains:
    chain:
      description: The blockchain.
      type: str
    network:
      description: The blockchain's network.
      type: str
    software:
      description: The software and its version.
      type: str
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

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import SERVICE_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(SERVICE_INFO)


if __name__ == "__main__":
    main()
