#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_node_rpc."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_node_rpc
short_description: Call a Bloq node or cluster by JSON-RPC
version_added: 1.1.0
description:
  - Makes one call of a node's or a cluster's own API, or a batch of them, and returns the result.
  - The record that M(bloq.cloud.bloq_node) has written says where the node is and how it wants to be asked. No password
    and no token is in an argument, log or result.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._client
  - bloq.cloud._cache
  - bloq.cloud._nodes.bearer
  - bloq.cloud._attributes
options:
  name:
    description: The name of the node's or cluster's record. Give O(name) or O(url).
    type: str
  vault_file:
    description:
      - The vars file that holds the record. Without it the variable O(nodes_variable) must be loaded, for example with
        C(vars_files).
      - A relative path begins at the playbook's folder.
    type: path
  nodes_variable:
    description: The variable that holds the records.
    type: str
    default: bloq_nodes
  url:
    description: The address of a node that has no record.
    type: str
  rpc_user:
    description: The user of the node at O(url). Goes with O(rpc_password).
    type: str
  rpc_password:
    description: The password of the node at O(url).
    type: str
  certificate:
    description:
      - The one certificate that the node must show, as PEM, for a node that has signed its own. Neither its name nor
        its end is looked at.
      - Without it the record's own counts, and where there is none, the usual authorities or O(ca_path).
    type: str
  token:
    description:
      - Which token to send to a node that takes tokens.
      - V(auto) takes the credential nearest to the task for a node by its O(name), if its record says that it takes
        tokens, and no token at all for an O(url).
    type: str
    choices: [auto, client, account, none]
    default: auto
  method:
    description: The method to call.
    type: str
  params:
    description:
      - The method's parameters, a list, or a mapping for a node that takes them by name.
      - Up to ansible-core 2.18 a template within a list is a text, which a node does not take for a number. Write the
        list as one template there, such as C("{{ [height | int] }}").
    type: raw
  batch:
    description:
      - Several calls, sent as one request, in place of O(method) and O(params). Each has C(method) and, if it takes
        any, C(params).
      - Not every node takes batches.
    type: list
    elements: dict
  jsonrpc:
    description: The version of JSON-RPC.
    type: str
    choices: ["1.0", "2.0"]
    default: "2.0"
  changes:
    description:
      - Whether the call changes something.
      - Without it the collection goes by its list of methods that only read, such as V(getblockcount) and
        V(eth_blockNumber), and takes any other for one that changes something.
    type: bool
attributes:
  check_mode:
    support: partial
    details: Calls that change nothing are really made. Of others the result says that they were not.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: As the call is.
notes:
  - A call is never sent again when the node may have carried it out. To wait for a node, use C(until).
  - C(become) changes nothing on the controller.
  - C(async) is refused.
seealso:
  - module: bloq.cloud.bloq_node
  - module: bloq.cloud.bloq_request
"""

EXAMPLES = r"""
- name: Ensure that there is a Bitcoin node
  bloq.cloud.bloq_node:
    name: btc-main
    chain: btc
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    key: ci

- name: Ask the node for its height
  bloq.cloud.bloq_node_rpc:
    name: btc-main
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    method: getblockcount
  register: height
  until: height is success and height.result >= 10
  retries: 20

- name: Ask it for a block's hash
  bloq.cloud.bloq_node_rpc:
    name: btc-main
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    method: getblockhash
    params: [3]
"""

RETURN = r"""
result:
  description: What the call returned; of a O(batch) a list, in its order, with null for a call that failed.
  returned: when there was an answer
  type: raw
  sample: 10
url:
  description: The node's address.
  returned: when it was or would be asked
  type: str
  sample: https://192.0.2.1:8332
failure:
  description:
    - What went wrong, as data. V(kind) is one of input, unreachable, reply, status, refused, rpc, library and file.
    - With V(rpc), C(code) and C(message) are the node's, for the first call that failed.
  returned: failure
  type: dict
  sample:
    kind: rpc
    code: -8
    message: Block height out of range
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE_RPC
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(NODE_RPC)


if __name__ == "__main__":
    main()
