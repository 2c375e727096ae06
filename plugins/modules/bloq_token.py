#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_token
short_description: Get a Client Access Token of Bloq
version_added: 0.1.0
description:
  - Returns a Client Access Token, for Bloq's Connect and Nodes. Nothing is asked of the service while a fresh one is in
    the controller's cache.
  - In templates and in long plays use the lookup P(bloq.cloud.bloq_token#lookup), which is fresh whenever it is used.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._client
  - bloq.cloud._cache
  - bloq.cloud._freshness
  - bloq.cloud._vault_file
  - bloq.cloud._attributes
options:
  key:
    description:
      - The name of a client key in O(variable). Instead of O(client_id) and O(refresh_token).
      - With O(vault_file) also the name of the record that gets the refresh token. Then O(client_id) with
        O(client_secret) may be given besides.
    type: str
  state:
    description:
      - V(present) returns a token.
      - V(absent) empties the cache in O(cache_path). The tokens of all credentials go, account tokens too. They stay
        good until they end, for the service cannot revoke a token. Only the task itself can set this.
      - With O(coordination_url), V(absent) also removes what all controllers share of the credential that the task
        names, if it names one.
    type: str
    choices: [present, absent]
    default: present
    version_added: 1.0.0
  vault_file:
    description:
      - Register the Client Refresh Token in the record O(key) of this vars file, so that an environment can be given
        the refresh token and not the client secret. Only the task itself can set this.
      - The record's own refresh token stays while at least a quarter of its life is left, it belongs to the same
        client key, and the service did not refuse it. Otherwise a new one takes its place.
      - A record with a client secret in this file is the credential itself. Without one, the credential is O(key) in
        the variable O(variable) and the file gets a record with a refresh token and no secret.
      - A file or record that is missing is made, but not its folder. A relative path begins at the playbook's folder.
        A symbolic link is followed. Only the record's own lines change, every other byte stays.
    type: path
    version_added: 1.0.0
  return_refresh_token:
    description: Return the Client Refresh Token as well.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - The token is really granted. A token is not state, and a plan that cannot get one is a wrong plan.
      - Nothing is written and the cache is not emptied.
  diff_mode:
    support: partial
    details:
      - With O(vault_file) the registered variable has the record's ids and times before and after as RV(ignore:diff).
        It is not printed, since the result as a whole is hidden.
  idempotent:
    support: partial
    details: A token that is fresh stays. With O(cache=false) or O(force=true) each run gets a new one.
notes:
  - The result is hidden from every output, O(ignore:no_log) need not be set. The registered variable has its values.
  - To call one of Bloq's services, take M(bloq.cloud.bloq_request), which needs no token.
seealso:
  - module: bloq.cloud.bloq_client_key
  - module: bloq.cloud.bloq_request
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Get a token for the client key that the vault file knows as ci
  bloq.cloud.bloq_token:
    key: ci
  register: token

- name: Say until when it is good
  ansible.builtin.debug:
    var: token.expires_at

- name: Call one of Bloq's services, which gets its token by itself
  bloq.cloud.bloq_request:
    service: connect
    chain: btc
    path: /api/v1/status
    key: ci

- name: Give an environment the refresh token and not the client secret
  bloq.cloud.bloq_token:
    key: ci
    vault_file: "{{ playbook_dir }}/group_vars/staging/bloq.yml"

- name: Empty the cache of this controller
  bloq.cloud.bloq_token:
    state: absent
"""

RETURN = r"""
access_token:
  description: The Client Access Token.
  returned: success and O(state=present)
  type: str
  sample: eyJ...
token_kind:
  description: The token's kind.
  returned: success and O(state=present)
  type: str
  sample: client
client_id:
  description: The id of the client key that the token belongs to, when it is known.
  returned: success and O(state=present)
  type: str
expires_at:
  description: When the token ends, in UTC.
  returned: success and O(state=present)
  type: str
  sample: "2026-11-24T11:00:00Z"
expires_in:
  description: The seconds until then.
  returned: success and O(state=present)
  type: int
  sample: 3600
source:
  description: Where the token came from, V(minted) or V(cache).
  returned: success and O(state=present)
  type: str
  sample: minted
headers:
  description: The HTTP header to send.
  returned: success and O(state=present)
  type: dict
  sample:
    Authorization: Bearer eyJ...
refresh_token:
  description: The Client Refresh Token, with O(vault_file) the one in the record.
  returned: success, O(state=present) and O(return_refresh_token=true)
  type: str
  sample: eyJ...
removed:
  description: How many tokens were in the cache.
  returned: success and O(state=absent)
  type: int
  sample: 2
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

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import TOKEN
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(TOKEN)


if __name__ == "__main__":
    main()
