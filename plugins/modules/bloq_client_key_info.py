#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_client_key_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_client_key_info
short_description: List the client keys of a Bloq account
version_added: 1.0.0
description:
  - Lists every client key of the account, with the name that a vault file gives it and what it is to that file.
  - The service knows no names, and never shows a secret again. Neither does this.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._cache
  - bloq.cloud._attributes
options:
  vault_file:
    description:
      - The vars file that M(bloq.cloud.bloq_client_key) keeps the keys' records in. Without it no key has a name.
      - A relative path begins at the playbook's folder.
    type: path
  variable:
    description: The variable in O(vault_file) that holds the records.
    type: str
    default: bloq_client_keys
  expect:
    description:
      - Names that are to have a record in O(vault_file). Only the task itself can set this.
      - What is not text is no name, and is missing. So V(12) does not stand for a record V("12").
    type: list
    elements: raw
    default: []
    version_added: 1.1.0
  missing:
    description:
      - What it is when O(vault_file) is not there, or has no record with a name in O(expect).
      - A file that is there and cannot be read is a failure in any case. Only the task itself can set this.
    type: str
    choices: [ok, warn, fail]
    default: ok
    version_added: 1.1.0
  plain_ids:
    description:
      - For an emergency, when O(vault_file) cannot be read. Only the task itself can set this.
      - Names come from the ids that stand in the clear in it. No secret in a record needs to be decrypted, and what
        cannot be read is passed over, and named in RV(spoilt). Keys that only the file has, and suspects, are not
        found.
    type: bool
    default: false
    version_added: 1.1.0
attributes:
  check_mode:
    support: full
    details: Nothing is ever changed.
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: bloq.cloud.bloq_client_key
"""

EXAMPLES = r"""
- name: List the client keys
  bloq.cloud.bloq_client_key_info:
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"
  register: keys

- name: Fail when the file or one of the names is mistyped
  bloq.cloud.bloq_client_key_info:
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    expect: [ci]
    missing: fail
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"

- name: Show what no vault file knows, or what somebody else revoked
  ansible.builtin.debug:
    msg: "{{ item.client_id }} is {{ item.state }}"
  loop: "{{ keys.client_keys | selectattr('state', 'in', ['unmanaged', 'missing on the server']) }}"
  loop_control:
    label: "{{ item.client_id }}"
"""

RETURN = r"""
client_keys:
  description: The account's client keys, then those that only O(vault_file) has.
  returned: success
  type: list
  elements: dict
  contains:
    client_id:
      description: The key's id.
      type: str
    created_at:
      description: When it was made, in UTC.
      type: str
    name:
      description: The name that O(vault_file) gives it, or that it has in escrow, null when it has none.
      type: str
    managed:
      description: Whether O(vault_file) has it.
      type: bool
    state:
      description:
        - V(current) is the key that its name stands for.
        - V(pending) is a new key of a rotation that was cut off. The next run of M(bloq.cloud.bloq_client_key)
          completes it.
        - V(retiring) is an earlier key that is alive until its overlap is over.
        - V(escrow) is a key whose record is on the server of O(coordination_url) and not in O(vault_file). Where
          another run has made it for this file, the next run of M(bloq.cloud.bloq_client_key) with its name takes it
          over. A key of another C(scope) is in use there, or waits for a run there.
        - V(unmanaged) is a key that O(vault_file) does not know.
        - V(suspect) is one that a run that was cut off may have left behind, or somebody else has made.
        - V(missing on the server) is a key that O(vault_file) has and the account has not. Somebody else revoked it,
          or its record belongs to another account.
      type: str
    scope:
      description: With V(escrow), the scope of the vault file that it was made for, null when that is not known here.
      type: str
      version_added: 1.1.0
    retire_after:
      description: After which time a retiring key is revoked, else null.
      type: str
    names:
      description: Every name whose record in O(vault_file) holds it, more than one when a record was copied.
      type: list
      elements: str
      version_added: 1.1.0
  sample:
    - client_id: 6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c
      created_at: "2026-11-24T10:00:00.000Z"
      name: ci
      managed: true
      state: current
      retire_after: null
      names: [ci]
      scope: null
records:
  description:
    - The records of O(vault_file), those of another service too, whose keys are not listed. Empty with O(plain_ids).
  returned: success
  type: list
  elements: dict
  version_added: 1.1.0
  contains:
    name:
      description: The record's name.
      type: str
    accounts_url:
      description: The service that it belongs to, empty when it does not say.
      type: str
    elsewhere:
      description: Whether that is another service than the one that was asked.
      type: bool
  sample:
    - name: ci
      accounts_url: https://accounts.bloq.cloud
      elsewhere: false
spoilt:
  description:
    - The names of the records in O(vault_file) that do not say, in a way that can be read, until when a retiring key
      lives. With O(plain_ids) of those in which anything cannot be read.
  returned: success
  type: list
  elements: str
  version_added: 1.1.0
  sample: []
clock_skew:
  description: The service's clock minus the clock of the machine that asked, in seconds.
  returned: success
  type: float
  sample: 0.2
coordination:
  description:
    - What the server of O(coordination_url) has of this account. Null without such a server, and with a warning when it
      cannot be used.
  returned: success
  type: dict
  version_added: 1.1.0
  contains:
    lock:
      description: Who changes the account now, null when nobody does.
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
      description: The client keys that are kept until they are revoked, the latest last.
      type: list
      elements: dict
      contains:
        client_id:
          description: The key's id.
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
    lock: null
    escrow:
      - client_id: 6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c
        name: ci
        scope: payments/production
        since: "2026-11-24T10:00:00Z"
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

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(CLIENT_KEY_INFO)


if __name__ == "__main__":
    main()
