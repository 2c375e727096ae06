# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter bloq_token_claims."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bloq_token_claims
short_description: What a token of Bloq says about itself
version_added: 1.0.0
description:
  - Returns a token's claims, its kind and its remaining life.
  - The signature is not verified, since Bloq publishes no key. Trust a token for where it comes from, not for what it
    says.
author:
  - The bloq.cloud contributors (@bloq)
options:
  _input:
    description: A token, without the word C(Bearer). Anything else is an error.
    type: str
    required: true
seealso:
  - plugin: bloq.cloud.fresh_bloq_token
    plugin_type: test
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Get a token for the client key that the vault file knows as ci
  bloq.cloud.bloq_token:
    key: ci
  register: token

- name: Show until when the token is good
  ansible.builtin.debug:
    msg: "{{ (token.access_token | bloq.cloud.bloq_token_claims).expires_at }}"
"""

RETURN = r"""
_value:
  description: What the token says.
  type: dict
  contains:
    claims:
      description: All claims, as they are in the token.
      type: dict
      sample:
        aud: [connect, nodes]
        exp: 1795611600
    kind:
      description: One of V(account), V(client) and V(refresh), or V(none) when the audience is not a known one.
      type: str
      sample: client
    expires_at:
      description:
        - When the token ends, in UTC.
        - For a token that does not say so, the documented life of its kind (12 hours, 1 hour or 1 year) from the time
          that it was issued, else from now. V(none) when the kind is not known either.
      type: str
      sample: "2026-11-24T11:00:00Z"
    expires_in:
      description: The seconds until then by the clock of the controller, 0 for a token that has ended.
      type: int
      sample: 3600
"""

import time
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import describe_token
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.template_values import token_text


def bloq_token_claims(token: object) -> dict[str, t.Any]:
    """Return a token's claims, kind and remaining life, unverified."""
    try:
        return describe_token(token_text(token), time.time())
    except BloqError as error:
        raise AnsibleFilterError(f"bloq_token_claims: {error}") from None


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"bloq_token_claims": bloq_token_claims}
