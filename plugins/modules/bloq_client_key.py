#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_client_key."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_client_key
short_description: Manage a named client key of Bloq, its secret kept in Ansible Vault
version_added: 0.1.0
description:
  - Ensures that a client key exists, is rotated, or is absent. The service shows a key's secret once and knows no
    names, so both are kept in a vault file on the controller, an ordinary vars file.
  - A key is made only after the vault file has proved writable, and its secret is on disk before anything else happens.
    What a run that is cut off was doing, the next run finishes. A key of its that the service has named is removed; one
    that may be its own and may be somebody else's is left alone and named in RV(suspects).
  - A record that is in the vault file already is adopted. Fields of your own in it stay. A secret that stands in it in
    the clear is encrypted, with a warning.
  - What is done when is a table in the guide
    R(How a client key lives, ansible_collections.bloq.cloud.docsite.guide_rotation).
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._cache
  - bloq.cloud._vault_file
  - bloq.cloud._attributes
options:
  name:
    description: The key's name in the vault file.
    type: str
  client_id:
    description:
      - Instead of O(name), the id of a key that no vault file holds, to remove it or to make sure that it exists.
      - Only the task itself can set this.
    type: str
  state:
    description: Whether the key is to exist. Only the task itself can set this.
    type: str
    choices: [present, absent]
    default: present
  variable:
    description: The variable in O(vault_file) that holds the records.
    type: str
    default: bloq_client_keys
  rotate:
    description:
      - When to replace the key with a new one. The new key is made, stored and verified before the old one is touched.
      - A rotation that was cut off is completed whatever this says.
    type: str
    choices: [never, when_older_than, always]
    default: never
  max_age:
    description:
      - The age for O(rotate=when_older_than), such as V(90d) or V(12h). A number alone is seconds, so V(30) is half a
        minute and V(30d) are thirty days; less than a day is warned of when it is a number alone.
    type: str
  overlap:
    description:
      - How long the previous key stays alive. The first run after that revokes it.
      - Keys that were replaced earlier stay for the overlap that was given then, unless O(leaked) is given too.
      - A number alone is seconds, so V(24) is not V(24h); less than an hour, other than V(0), is warned of when it is a
        number alone.
      - V(0s) revokes it in the same run. That is refused in a job of AWX when O(vault_file) is in the copy of the
        project that is removed after the job, unless O(coordination_url) or O(retire=false) is given.
    type: str
    default: 24h
  verify:
    description:
      - Let a new key prove itself by a token before the old one is touched, and the current one when nothing else is to
        be done. A token in the cache that is still fresh is proof enough of the latter.
      - A secret that the service refuses although its id is alive, after a merge for example, is replaced with a new
        key.
    type: bool
    default: true
  retire:
    description:
      - Revoke retiring keys whose overlap is over, with O(overlap=0) the one that is replaced just now too.
      - V(false) is for pipelines that publish the vault file later, in a commit for example. Until then everybody uses
        the previous key.
    type: bool
    default: true
    version_added: 1.1.0
  orphans:
    description:
      - What to do with the keys in RV(suspects). V(remove) says that this vault file alone makes keys of this account,
        so that what was made around the time of an interrupted request can be nobody else's, and is revoked.
      - Never say V(remove) where people, other projects or other machines make keys of the same account.
    type: str
    choices: [report, remove]
    default: report
    version_added: 1.1.0
  dismiss:
    description: The ids of keys in RV(suspects) that are somebody else's. They are not named again.
    type: list
    elements: str
    default: []
    version_added: 1.1.0
  leaked:
    description:
      - For an emergency, all names that have leaked, this O(name) among them. Only the task itself can set this.
      - With O(rotate=always), keys that were replaced earlier live no longer than the one that is replaced now, so with
        O(overlap=0) everything older dies. The rest is for O(state=absent).
      - A key that only they hold is revoked. One that another record holds too is a failure, and the record stays.
      - When the record cannot be removed, since O(vault_file) cannot be locked, read or written, the keys whose ids
        stand there are revoked by them. The task fails all the same and returns RV(revoked).
    type: list
    elements: str
    default: []
    version_added: 1.1.0
  return_secret:
    description:
      - Return the secret too, and hide the result.
      - What is registered is an ordinary variable. Never give it to M(ansible.builtin.set_stats), which AWX keeps in
        the clear for the next job of a workflow.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details: What is, is really read. Nothing is made, revoked or written. Ids that only the service can give are null.
  diff_mode:
    support: full
    details: Shows the record's ids and times, never a secret.
  idempotent:
    support: partial
    details: With O(rotate=always) each run makes a new key.
seealso:
  - module: bloq.cloud.bloq_client_key_info
  - module: bloq.cloud.bloq_token
"""

EXAMPLES = r"""
- name: Ensure that the client key ci exists and its secret is in the vault file
  bloq.cloud.bloq_client_key:
    name: ci
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"

- name: Replace the key once a quarter, leaving the old one alive for a day
  bloq.cloud.bloq_client_key:
    name: ci
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    rotate: when_older_than
    max_age: 90d
    overlap: 24h
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"

- name: Revoke the key and forget it
  bloq.cloud.bloq_client_key:
    name: ci
    state: absent
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"
"""

RETURN = r"""
client_key:
  description: The key.
  returned: success
  type: dict
  contains:
    name:
      description: Its name, null with O(client_id). So are RV(client_key.vault_file) and RV(client_key.variable).
      type: str
    client_id:
      description: Its id, null when it is absent or would only now be made.
      type: str
    created_at:
      description: When it was made, in UTC.
      type: str
    vault_file:
      description: Where its record is.
      type: str
    variable:
      description: The variable that holds the record.
      type: str
    retiring:
      description: Earlier keys that are still alive, with the time after which they are revoked.
      type: list
      elements: dict
  sample:
    name: ci
    client_id: 6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c6f0c
    created_at: "2026-11-24T10:00:00Z"
    vault_file: /srv/deploy/group_vars/all/bloq.yml
    variable: bloq_client_keys
    retiring: []
client_secret:
  description: The key's secret.
  returned: success and O(return_secret=true)
  type: str
rotated:
  description: Whether the key was replaced while it was alive.
  returned: success and O(name) is given
  type: bool
drift:
  description: Whether the key in the vault file was gone from the service, or its secret was refused.
  returned: success and O(name) is given
  type: bool
adopted:
  description:
    - The id of a key that another run had made for this name and that was taken over from the server of
      O(coordination_url), else null.
  returned: success and O(name) is given
  type: str
  version_added: 1.1.0
unmanaged:
  description:
    - The ids of the account's keys that O(vault_file) does not know, which are left alone. Empty when there was nothing
      to ask the service for.
  returned: success and O(name) is given
  type: list
  elements: str
orphans_removed:
  description:
    - The ids of keys that a run that was cut off had left behind, and that were revoked now. The service had named them
      to that run, or O(orphans=remove).
  returned: O(name) is given; with a failure too, when the account was listed before it
  type: list
  elements: str
suspects:
  description:
    - The ids of living keys that a run that was cut off may have left behind, and that may as well be somebody else's.
      Each run names them until they are gone, in a vault file, or dismissed.
  returned: O(name) is given; with a failure too, when the account was listed before it
  type: list
  elements: str
  version_added: 1.1.0
revoked:
  description:
    - The ids of the keys that the service has said to have revoked. After a failure with O(leaked), of those whose
      record stays although they are revoked.
  returned: success, or failure and O(leaked) or O(client_id) is given and it came to that
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
    status: 401
    code: null
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(CLIENT_KEY)


if __name__ == "__main__":
    main()
