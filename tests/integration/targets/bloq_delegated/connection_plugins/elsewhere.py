# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another host that is this machine, so that delegated tasks can be tested without a network."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = r"""
name: elsewhere
short_description: This machine, as if it were another one
description:
  - Runs everything here, and is not the connection C(local).
author:
  - The bloq.cloud contributors (@bloq)
options:
  become_success_timeout:
    description: See the connection plugin C(local).
    type: int
    default: 10
  become_strip_preamble:
    description: See the connection plugin C(local).
    type: bool
    default: true
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(Local):
    """This machine, as if it were another one."""

    transport = "elsewhere"
