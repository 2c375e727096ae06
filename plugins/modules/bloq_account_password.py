#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_account_password."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_account_password
short_description: Change the password of a Bloq account
version_added: 1.0.0
description:
  - Makes O(new_password) the account's password. When it logs in already, nothing is changed. When neither password
    logs in, the task fails and changes nothing.
  - The controller's token cache forgets the sessions of the old password.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._cache
  - bloq.cloud._attributes
options:
  username:
    description: The account's email address or user id. It must be set, here or in another of an option's places.
    type: str
  password:
    description:
      - The password that the account has until now. It must be set.
      - Once the password is changed this may stay as it is, or become the new one.
    type: str
  new_password:
    description: The password that the account is to have. It must be set.
    type: str
attributes:
  check_mode:
    support: full
    details: The logins really happen, so that the prediction is true. The password is not changed.
  diff_mode:
    support: none
    details: There is nothing to show that may be shown.
  idempotent:
    support: full
notes:
  - The new password is tried first, so that a play that runs again and again never logs in with a wrong one. The run
    that changes the password does so once.
  - Neither password is ever shown. Keep both in Ansible Vault or in the environment of the controller.
  - Run it once for each account, on one host (C(run_once)), not once for each host of a play.
seealso:
  - module: bloq.cloud.bloq_login
"""

EXAMPLES = r"""
- name: Ensure that the account has its new password
  bloq.cloud.bloq_account_password:
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"
    new_password: "{{ bloq_new_password }}"
"""

RETURN = r"""
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

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT_PASSWORD
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(ACCOUNT_PASSWORD)


if __name__ == "__main__":
    main()
