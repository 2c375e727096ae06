#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_login."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_login
short_description: Get an Account Access Token of Bloq
version_added: 0.1.0
description:
  - Returns an Account Access Token. Nothing is asked of the service while a fresh one is in the controller's cache.
  - Account tokens manage the account. Programs use client tokens, as M(bloq.cloud.bloq_token) gets them.
author:
  - The bloq.cloud contributors (@bloq)
extends_documentation_fragment:
  - bloq.cloud._connection
  - bloq.cloud._account
  - bloq.cloud._cache
  - bloq.cloud._freshness
  - bloq.cloud._attributes
attributes:
  check_mode:
    support: full
    details: The login really happens. A token is not state, and a plan that cannot log in is a wrong plan.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: A token that is fresh stays. With O(cache=false) or O(force=true) each run gets a new one.
notes:
  - The result is hidden from every output, O(ignore:no_log) need not be set. The registered variable has its values.
seealso:
  - module: bloq.cloud.bloq_token
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Log in to Bloq
  bloq.cloud.bloq_login:
    username: "{{ bloq_username }}"
    password: "{{ bloq_password }}"
  register: session

- name: Show the account's profile
  bloq.cloud.bloq_request:
    service: accounts
    path: /users/me
    access_token: "{{ session.access_token }}"
"""

RETURN = r"""
access_token:
  description: The Account Access Token.
  returned: success
  type: str
  sample: eyJ...
token_kind:
  description: The token's kind.
  returned: success
  type: str
  sample: account
expires_at:
  description: When the token ends, in UTC.
  returned: success
  type: str
  sample: "2026-11-24T22:00:00Z"
expires_in:
  description: The seconds until then.
  returned: success
  type: int
  sample: 43200
source:
  description: Where the token came from, V(minted), V(cache), V(option) or V(cli).
  returned: success
  type: str
  sample: cache
headers:
  description: The HTTP header to send.
  returned: success
  type: dict
  sample:
    Authorization: Bearer eyJ...
failure:
  description: What went wrong, as data. V(kind) is one of input, unreachable, reply, status, refused, library and file.
  returned: failure
  type: dict
  sample:
    kind: refused
    status: 401
    code: null
"""

from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOGIN
from ansible_collections.bloq.cloud.plugins.module_utils._module import needs_the_controller


def main() -> None:
    """Run the module."""
    needs_the_controller(LOGIN)


if __name__ == "__main__":
    main()
