# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which client key or refresh token a client token is for."""

from __future__ import annotations


class ModuleDocFragment:
    """Which client key or refresh token a client token is for."""

    DOCUMENTATION = r"""
options:
  client_id:
    description: The client key's id. Goes with O(client_secret).
    type: str
  client_secret:
    description: The client key's secret.
    type: str
  refresh_token:
    description: A Client Refresh Token, where the client key itself is not to be given away.
    type: str
  variable:
    description: The variable with the client keys' records, as M(bloq.cloud.bloq_client_key) writes them.
    type: str
    default: bloq_client_keys
  grant:
    description:
      - What is traded for the token.
      - V(auto) takes the refresh token while it is good and the client key when there is none or it was refused.
    type: str
    choices: [auto, client_credentials, refresh_token]
    default: auto
"""

    # What a lookup can read each option from besides; an action reads them from the same places.
    PLUGIN = r"""
options:
  client_id:
    vars:
      - name: bloq_client_id
    env:
      - name: BLOQ_CLIENT_ID
    ini:
      - section: bloq
        key: client_id
  client_secret:
    vars:
      - name: bloq_client_secret
    env:
      - name: BLOQ_CLIENT_SECRET
    ini:
      - section: bloq
        key: client_secret
  refresh_token:
    vars:
      - name: bloq_refresh_token
    env:
      - name: BLOQ_REFRESH_TOKEN
    ini:
      - section: bloq
        key: refresh_token
  variable:
    vars:
      - name: bloq_variable
    env:
      - name: BLOQ_VARIABLE
    ini:
      - section: bloq
        key: variable
  grant:
    vars:
      - name: bloq_grant
    env:
      - name: BLOQ_GRANT
    ini:
      - section: bloq
        key: grant
"""
