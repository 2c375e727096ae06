# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fresh a token must be."""

from __future__ import annotations


class ModuleDocFragment:
    """How fresh a token must be."""

    DOCUMENTATION = r"""
options:
  min_ttl:
    description:
      - Seconds that the token must still be good for. One with less life left is replaced, by some controllers a
        little earlier, so that not all come at once.
      - When the service's tokens do not live longer than this at all, each is used for half of its life.
    type: int
    default: 300
  force:
    description: Get a new token even when a fresh one is in the cache, for example after the service answered 401.
    type: bool
    default: false
"""

    # What a lookup can read each option from besides; an action reads them from the same places.
    PLUGIN = r"""
options:
  min_ttl:
    vars:
      - name: bloq_min_ttl
    env:
      - name: BLOQ_MIN_TTL
    ini:
      - section: bloq
        key: min_ttl
"""
