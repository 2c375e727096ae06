#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_request
short_description: Call Bloq Connect, Nodes or Accounts without touching a token
version_added: 1.1.0
description:
  - Sends one request to one of Bloq's services and returns the answer.
  - The token comes from the controller's cache, or is asked for once. It is in no argument, log or result, and is sent
    to the service that it belongs to and nowhere else. No redirect is followed.
  - When the service answers C(401) with V(jwt expired), or refuses a token that was in the cache, the request is sent
    once more with a new token. What comes then is the answer.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._client
  - bloq.cloud._cache
  - bloq.cloud._nodes.url
  - bloq.cloud._nodes.bearer
  - bloq.cloud._attributes
options:
  service:
    description: The service to call. Give O(service) or O(url).
    type: str
    choices: [connect, nodes, accounts]
  url:
    description:
      - The whole address, in place of O(service), O(chain) and O(path).
      - A token is sent to it when scheme, host and port are those of O(connect_url), O(nodes_url) or O(accounts_url).
        Any other address needs O(token=none).
    type: str
  connect_url:
    description: The base URL of Bloq Connect. C({chain}) in it stands for O(chain).
    type: str
    default: https://{chain}.connect.bloq.cloud
  chain:
    description: The chain that Connect is asked about, such as V(btc) or V(bch).
    type: str
  path:
    description:
      - The path below the service's URL, with or without a query. Messages show the path, so it is no place for a
        secret.
    type: str
  method:
    description:
      - The HTTP method.
      - V(GET) and V(HEAD) are sent again when the service is busy or the connection breaks. Any other is sent again
        only when the service has said, or shown by refusing the connection, that it did nothing.
    type: str
    choices: [GET, HEAD, POST, PUT, PATCH, DELETE]
    default: GET
  query:
    description:
      - The query's names and values. A list stands for several values of the same name. No result and no message shows
        it.
    type: dict
    default: {}
  body:
    description: What to send, as JSON. A mapping, a list, or a text that is JSON already.
    type: raw
  headers:
    description: Further headers. C(Authorization) is refused, as are headers that the task sets itself.
    type: dict
    default: {}
  status_code:
    description: The statuses that mean success.
    type: list
    elements: int
    default: [200, 201, 202, 204]
  return_content:
    description: Return the answer as text too. Without it an answer that is not JSON is a failure.
    type: bool
    default: false
  token:
    description:
      - Which token to send. Accounts takes the account's alone, Connect and Nodes take either.
      - V(auto) takes what the service accepts and the task has. Where both credentials are equally near to the task,
        the client key is used.
    type: str
    choices: [auto, client, account, none]
    default: auto
attributes:
  check_mode:
    support: partial
    details: V(GET) and V(HEAD) are really sent. Of others the result says what would be sent.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: As the request is.
notes:
  - C(changed) is false for V(GET) and V(HEAD) and true for others, also when the answer to one of those was lost, or is
    an error that does not say that nothing was done. Say otherwise with C(changed_when).
  - An answer with a secret in it, such as a new client key's, is not shown. The registered variable has it.
  - A loop over many paths sends each with the same token. Each attempt of C(until) gets a token of its own when it
    needs one.
  - C(become) changes nothing on the controller.
  - C(async) is refused. To wait for something, use C(until).
seealso:
  - module: bloq.cloud.bloq_node_rpc
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Wait for the chain
  bloq.cloud.bloq_request:
    service: connect
    chain: btc
    path: /api/v1/status
    key: ci
  register: chain
  until: chain.json.info.blocks >= 10
  retries: 20

- name: Ask for some blocks
  bloq.cloud.bloq_request:
    service: connect
    chain: btc
    path: /api/v1/block-index/{{ item }}
    key: ci
  loop: "{{ range(0, 3) | list }}"
  register: blocks

- name: List the account's nodes, with the account's own token
  bloq.cloud.bloq_request:
    service: nodes
    path: /users/me/nodes
    token: account

- name: Ask whether Accounts is there
  bloq.cloud.bloq_request:
    service: accounts
    path: /
    token: none
    return_content: true
"""

RETURN = r"""
status:
  description: The HTTP status.
  returned: when there was an answer
  type: int
  sample: 200
url:
  description: Where the request was sent, without the query.
  returned: when it was or would be sent
  type: str
  sample: https://btc.connect.bloq.cloud/api/v1/status
json:
  description: The answer, null when it is empty or not JSON.
  returned: when there was an answer
  type: raw
  sample: {info: {blocks: 10}}
content:
  description: The answer as text.
  returned: with O(return_content=true)
  type: str
method:
  description: The method that was not sent.
  returned: in check mode, except for V(GET) and V(HEAD)
  type: str
  sample: POST
failure:
  description: What went wrong, as data. V(kind) is one of input, unreachable, reply, status, refused, library and file.
  returned: failure
  type: dict
  sample:
    kind: refused
    status: 401
    code: jwt expired
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import REQUEST
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(REQUEST)


if __name__ == "__main__":
    main()
