# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test fresh_bloq_token."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fresh_bloq_token
short_description: Whether a token of Bloq is good for some time yet
version_added: 1.0.0
description:
  - Tells whether a token has at least O(min_ttl) seconds left, by its own words and the clock of the controller.
  - It does not know whether the service still takes the token. The signature is not verified.
author:
  - The bloq.cloud contributors (@bloq)
options:
  _input:
    description: The token. V(none), an empty text and a text that is not a token are not fresh.
    type: str
    required: true
  min_ttl:
    description: The seconds that must be left.
    type: int
    default: 300
seealso:
  - plugin: bloq.cloud.bloq_token_claims
    plugin_type: filter
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Get a token only when the one that was saved is due
  bloq.cloud.bloq_token:
    key: ci
  register: token
  when: saved_token | default('') is not bloq.cloud.fresh_bloq_token(min_ttl=600)
"""

RETURN = r"""
_value:
  description: Whether the token is fresh.
  type: bool
"""

import time
import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError
from ansible_collections.bloq.cloud.plugins.module_utils._tokens import is_reusable
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.omitted import is_omitted
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.template_values import token_text

_MIN_TTL = 300.0


def fresh_bloq_token(token: object, min_ttl: float = _MIN_TTL) -> bool:
    """Return whether a token has ``min_ttl`` seconds left."""
    try:
        return is_reusable(token_text(token), _MIN_TTL if is_omitted(min_ttl) else min_ttl, time.time())
    except BloqError as error:
        raise AnsibleFilterError(f"fresh_bloq_token: {error}") from None


class TestModule:
    """The test, for Ansible."""

    def tests(self) -> dict[str, t.Callable[..., bool]]:
        """Return the test by its name."""
        return {"fresh_bloq_token": fresh_bloq_token}
