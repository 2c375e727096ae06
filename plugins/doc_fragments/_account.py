# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the account is."""

from __future__ import annotations


class ModuleDocFragment:
    """Who the account is."""

    DOCUMENTATION = r"""
options:
  username:
    description:
      - The account's email address or user id.
      - Give O(username) with O(password), or O(access_token), or O(cli_session).
        When several places name one, the place nearest to the task counts.
    type: str
  password:
    description: The account's password.
    type: str
  access_token:
    description: An Account Access Token, as M(bloq.cloud.bloq_login) returns it. A client token is refused.
    type: str
  cli_session:
    description:
      - Use the session that C(bcl login) left in the configuration file of Bloq's CLI on the controller.
      - It must belong to O(accounts_url) and must not be over.
    type: bool
    default: false
"""

    # What a lookup can read each option from besides; an action reads them from the same places.
    PLUGIN = r"""
options:
  username:
    vars:
      - name: bloq_username
    env:
      - name: BLOQ_USERNAME
    ini:
      - section: bloq
        key: username
  password:
    vars:
      - name: bloq_password
    env:
      - name: BLOQ_PASSWORD
    ini:
      - section: bloq
        key: password
  access_token:
    vars:
      - name: bloq_access_token
    env:
      - name: BLOQ_ACCESS_TOKEN
    ini:
      - section: bloq
        key: access_token
  cli_session:
    vars:
      - name: bloq_cli_session
    env:
      - name: BLOQ_CLI_SESSION
    ini:
      - section: bloq
        key: cli_session
"""
