# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Nodes is, how it is asked, and by whom; what takes either token is asked by the same."""

from __future__ import annotations


class ModuleDocFragment:
    """How Nodes is asked, and by whom."""

    DOCUMENTATION = r"""
options:
  kind:
    description: Whether this is about single nodes or about clusters of nodes.
    type: str
    choices: [node, cluster]
    default: node
notes:
  - Nodes takes the tokens of an account and of its client keys. Where both credentials are equally near to the task,
    the client key is used.
"""

    URL = r"""
options:
  nodes_url:
    description: The base URL of Bloq's Nodes service.
    type: str
    default: https://nodes.bloq.cloud
"""

    BEARER = r"""
options:
  key:
    description: The name of a client key in O(variable), to ask with its client token.
    type: str
  access_token:
    description: A bearer token, as M(bloq.cloud.bloq_login) or M(bloq.cloud.bloq_token) returns it.
    type: str
"""
