#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_node
short_description: Manage a named node or cluster of Bloq, its credentials kept in Ansible Vault
version_added: 1.0.0
description:
  - Ensures that a blockchain node, or a cluster of nodes, exists and is started, or is absent. The service knows no
    names, so the name is kept with the node's id, address and credentials in a vault file, an ordinary vars file.
  - A node is made only after the vault file has proved writable, and its record is on disk before anything else
    happens. What a run that is cut off leaves behind, the next run with the same vault file removes where the service
    had named it. One that may be its own and may be somebody else's is left alone and named in RV(suspects).
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
  - bloq.cloud._vault_file
options:
  name:
    description:
      - The name that the node or cluster has in O(vault_file), which must be set with it.
      - Either this or O(node_id) is needed.
    type: str
  node_id:
    description:
      - Instead of O(name), the id of a node or cluster that no vault file holds, to remove it or to make sure that it
        exists and is ready. Only the task itself can set this.
      - A record with this id in O(vault_file), if that is given, says which certificate it must show. Else the one
        that it shows is taken for the node's, unless O(accept_certificate) names another.
    type: str
  state:
    description: Whether it is to exist. Only the task itself can set this.
    type: str
    choices: [present, absent]
    default: present
  service_id:
    description:
      - What to make it from, as M(bloq.cloud.bloq_service_info) lists it.
      - A cluster that exists is moved to this service, a node that exists must have been made from it.
    type: str
  chain:
    description:
      - Instead of O(service_id), the blockchain, such as V(btc). With O(network), O(software) and O(performance) it
        must mean one service.
      - One that does not exist yet needs this or O(service_id).
    type: str
  network:
    description: The blockchain's network, where O(chain) has several.
    type: str
  software:
    description: The software and its version, where O(chain) has several.
    type: str
  performance:
    description:
      - The size, as M(bloq.cloud.bloq_service_info) lists it. Without it V(standard), where O(chain) has several.
    type: str
  auth_type:
    description:
      - How the node's own clients prove who they are. V(basic) is a generated user and password, V(jwt) a bearer token
        as the lookup P(bloq.cloud.bloq_token#lookup) returns it, V(none), for clusters only, nothing.
      - Without it a new one is V(basic).
    type: str
    choices: [basic, jwt, none]
  capacity:
    description: How many nodes a cluster has, 2 to 10. Without it a new cluster has what the service thinks right.
    type: int
  alias:
    description: A cluster's alias in the account. The empty text takes it away, without it a cluster keeps what it has.
    type: str
  nodes_variable:
    description: The variable in O(vault_file) that holds the records.
    type: str
    default: bloq_nodes
  dismiss:
    description: The ids in RV(suspects) that are somebody else's. They are not named again.
    type: list
    elements: str
    default: []
    version_added: 1.1.0
  wait:
    description: Wait until it is started. Each time that it is looked at, its state is shown.
    type: bool
    default: true
  wait_for:
    description:
      - With O(wait), what to wait for. V(started) is the service's word for it, V(answering) that the node's own API
        tells its height, V(synced) that this is within O(sync_within) of Connect's. A node of Ethereum or its kin says
        itself how far the chain is, since Connect has those chains for other credentials.
      - While it waits it shows both heights, and how fast the node comes nearer.
    type: str
    choices: [started, answering, synced]
    default: started
    version_added: 1.1.0
  sync_within:
    description: With O(wait_for=synced), how many blocks the node may lack.
    type: int
    default: 2
    version_added: 1.1.0
  connect_url:
    description: The base URL of Bloq Connect, for O(wait_for=synced). C({chain}) in it stands for the node's chain.
    type: str
    default: https://{chain}.connect.bloq.cloud
    version_added: 1.1.0
  accept_certificate:
    description:
      - The SHA-256 fingerprint of another certificate than the node's record has, to take it from now on. Only the task
        itself can set this.
      - Where no certificate of the node is known yet, or with O(node_id), it is the only one that is taken.
      - It is also how to take one that the node has signed itself where an authority had signed the one before, or
        where O(ca_path) does not have it, and one that another has signed and no authority vouches for.
      - Get it from Bloq, or from whoever renewed the certificate, and not from the message that asks for it.
      - Empty it is an error.
    type: str
    version_added: 1.1.0
  certificate_file:
    description:
      - A file on the controller to keep the node's own certificate in as well, for what takes such a file as the
        O(bloq.cloud.bloq_request#module:ca_path) of M(bloq.cloud.bloq_request) or C(ca_path) of M(ansible.builtin.uri)
        does. A new one can be read by everybody.
      - As O(vault_file), it counts from the playbook's folder on. It must be an ordinary file, or none yet.
      - It is written when it does not hold that certificate. A file that holds something else than one certificate is
        not overwritten, and none is removed. Only the task itself can set this.
    type: path
    version_added: 1.1.0
  wait_timeout:
    description: Seconds to wait at most, in all. After that the task fails, the node stays, and the next run waits on.
    type: int
    default: 1800
  return_credentials:
    description:
      - Return the password too, and hide the result.
      - It is for what is used in this play alone. The vault file has the password in any case.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - What is, and what can be made, is really read. Nothing is made, changed, removed or written, and nothing is
        waited for. What only the service can give is null.
  diff_mode:
    support: full
    details: Shows the record without the password.
  idempotent:
    support: full
notes:
  - A certificate that a node has signed itself proves nothing when it is seen first. From then on
    M(bloq.cloud.bloq_node_rpc) sends the node's password to nobody who cannot show it, and a run that meets another one
    fails. With O(validate_certs=false) none is taken and none compared.
  - With O(ca_path) none that a node has signed itself is taken, unless that file has it.
  - A node or cluster that was removed behind the play's back is made anew, with a new address and new credentials.
  - Keep the nodes of different accounts in different vault files. Nodes does not say whose a client key's token is, so
    what a run with O(key) that ended too early has made is looked for in the account of the next run with the same
    file. A run with O(username) knows its account.
  - In check mode before O(key) is made the account's credential is used to read, and without that only what the task
    says is predicted.
seealso:
  - module: bloq.cloud.bloq_node_info
  - module: bloq.cloud.bloq_service_info
"""

EXAMPLES = r"""
- name: Ensure that there is a Bitcoin node
  bloq.cloud.bloq_node:
    name: btc-main
    chain: btc
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    key: ci
  register: bitcoin

- name: Load the vault file with the node's password
  ansible.builtin.include_vars:
    file: "{{ playbook_dir }}/group_vars/all/bloq.yml"

- name: Ask the node for its height
  bloq.cloud.bloq_node_rpc:
    name: btc-main
    method: getblockcount

- name: Ensure that the cluster has four nodes
  bloq.cloud.bloq_node:
    name: btc-cluster
    kind: cluster
    chain: btc
    auth_type: jwt
    capacity: 4
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"

- name: Remove the node and forget it
  bloq.cloud.bloq_node:
    name: btc-main
    state: absent
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    key: ci
"""

RETURN = r"""
node:
  description: The node or cluster. With O(node_id) and O(state=absent) it is null.
  returned: success
  type: dict
  contains:
    name:
      description: Its name in O(vault_file), null when it has none.
      type: str
    id:
      description: Its id, null when it is absent or would only now be made.
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
      description: What it was made from, as far as it is known.
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
    certificate:
      description:
        - The certificate as PEM, of a node that has signed it itself, as Bloq's do. It is taken when the node has
          started, kept in the record, and compared by each run after.
      type: str
      version_added: 1.1.0
    certificate_by:
      description:
        - V(authority) when another than the node has signed the certificate that it shows, else null. Such a one is not
          kept. Each request verifies it as everywhere, and from then on none that the node has signed itself is taken.
      type: str
      version_added: 1.1.0
    stopped_at:
      description: When it was stopped, as the service wrote it.
      type: str
    nodes_url:
      description: The service that it belongs to.
      type: str
    vault_file:
      description: Where its record is.
      type: str
    variable:
      description: The variable that holds the record.
      type: str
drift:
  description: Whether the one in the vault file was gone from the service, removed by somebody else.
  returned: success and O(name) is given
  type: bool
orphans_removed:
  description:
    - The ids of what a run that was cut off had left behind, and that was removed now. The service had named them to
      that run.
  returned: O(name) is given; with a failure too, when the account was listed before it
  type: list
  elements: str
suspects:
  description:
    - The ids of what a run that was cut off may have left behind, and what may as well be somebody else's. Nothing is
      removed without proof. Each run names them until they are gone, in a vault file, or dismissed.
    - What O(vault_file) has had and lost again, by a checkout for instance, is named by a run that lists the account.
      One that finds its own node there, and no note of an interrupted run beside the file, asks for that node alone.
      M(bloq.cloud.bloq_node_info) always lists.
  returned: O(name) is given; with a failure too, when the account was listed before it
  type: list
  elements: str
  version_added: 1.1.0
failure:
  description: >-
    What went wrong, as data. V(kind) is one of input, unreachable, reply, status, refused, library, file and
    coordination.
  returned: failure
  type: dict
  sample:
    kind: refused
    status: 403
    code: LimitExceeded
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import NODE
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(NODE)


if __name__ == "__main__":
    main()
