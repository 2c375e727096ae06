# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's token cache."""

from __future__ import annotations


class ModuleDocFragment:
    """The controller's token cache."""

    DOCUMENTATION = r"""
options:
  cache:
    description:
      - Share tokens between all hosts, tasks, forks and runs on this controller, so that the service is asked once in
        a token's lifetime.
      - The cache is a folder of the user's own, readable by nobody else, encrypted with keys derived from the
        credentials themselves. A copy of it is of no use without them.
    type: bool
    default: true
  cache_path:
    description:
      - The cache's folder. Without it the folder C(bloq_tokens) in Ansible's home, usually C(~/.ansible/bloq_tokens),
        or where that cannot be written, a private folder of the user's own, such as C(/var/tmp/bloq_tokens-1000).
    type: path
"""

    # What a lookup can read each option from besides; an action reads them from the same places.
    PLUGIN = r"""
options:
  cache:
    vars:
      - name: bloq_cache
    env:
      - name: BLOQ_CACHE
    ini:
      - section: bloq
        key: cache
  cache_path:
    vars:
      - name: bloq_cache_path
    env:
      - name: BLOQ_CACHE_PATH
    ini:
      - section: bloq
        key: cache_path
"""
