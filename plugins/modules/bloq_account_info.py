#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_account_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_account_info
short_description: Read the profile and the events of a Bloq account
version_added: 1.0.0
description:
  - Returns the account's profile, and on request what the services did for it, day by day.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._cache
  - bloq.cloud._attributes
options:
  events:
    description: Return the account's daily events as well.
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
  - module: bloq.cloud.bloq_account_password
"""

EXAMPLES = r"""
- name: Read the account's profile and events
  bloq.cloud.bloq_account_info:
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"
    events: true
  register: bloq

- name: Notify whose account it is
  ansible.builtin.debug:
    msg: "{{ bloq.account.display_name }} <{{ bloq.account.email }}>, {{ bloq.events | length }} events"
"""

RETURN = r"""
account:
  description: The profile, as far as the service returns it.
  returned: success
  type: dict
  contains:
    id:
      description: The user id.
      type: str
    display_name:
      description: The name to show.
      type: str
    email:
      description: The email address.
      type: str
    entity_type:
      description: What the account is of, such as V(individual).
      type: str
    verified_at:
      description: When the email address was verified.
      type: str
    created_at:
      description: When the account was made.
      type: str
    updated_at:
      description: When the account was last changed.
      type: str
    billing_address:
      description: The billing address.
      type: dict
  sample:
    id: user-3c9a1c0e-5d7b-4a53-8c0f-0d2f6f3a9b11
    display_name: Example
    email: ops@example.com
    verified_at: "2026-11-24T10:00:00.000Z"
events:
  description: The daily events, as the service orders them.
  returned: success and O(events=true)
  type: list
  elements: dict
  contains:
    id:
      description: The event's id.
      type: str
    service:
      description: The service that it is about.
      type: str
    service_data:
      description: What the service counted, under the service's own names.
      type: dict
    created_at:
      description: When it was made.
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

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT_INFO
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(ACCOUNT_INFO)


if __name__ == "__main__":
    main()
