# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's token cache, and the server that many controllers share."""

from __future__ import annotations


class ModuleDocFragment:
    """The controller's token cache, and the server that many controllers share."""

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
  coordination_url:
    description:
      - The URL of a Redis or Valkey server that all controllers reach, such as
        C(rediss://bloq:PASSWORD@valkey.example.com:6379/0). With it, controllers in containers or on several machines
        share one token for each credential, change an account's client keys and nodes one after the other, and lose
        nothing with a workspace. See the guide on many controllers.
      - It needs the Python library redis on the controller, and is asked only when the local cache has no token, or
        when a client key or node is to change.
      - C(redis://) is for this machine alone, C(unix://) for a socket. Elsewhere C(rediss://) is needed. O(ca_path) and
        O(validate_certs) count for it as well. Where sentinels know which server it is,
        C(rediss+sentinel://bloq:PASSWORD@a.example.com,b.example.com/NAME/0).
    type: str
    version_added: 1.1.0
  coordination_scope:
    description:
      - What tells a vault file from others that use the same names, on every machine. Without it, the URL of the
        git repository's remote C(origin) and the file's path in the repository. Outside git it must be given.
    type: str
    version_added: 1.1.0
  coordination_required:
    description:
      - Whether client keys and nodes may be created, rotated and removed only while the server of O(coordination_url)
        can be used. With V(false) a play goes on without it, with a warning and with what one machine can promise.
      - Tokens are then shared on this controller alone in any case.
    type: bool
    default: true
    version_added: 1.1.0
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
  coordination_url:
    vars:
      - name: bloq_coordination_url
    env:
      - name: BLOQ_COORDINATION_URL
    ini:
      - section: bloq
        key: coordination_url
  coordination_scope:
    vars:
      - name: bloq_coordination_scope
    env:
      - name: BLOQ_COORDINATION_SCOPE
    ini:
      - section: bloq
        key: coordination_scope
  coordination_required:
    vars:
      - name: bloq_coordination_required
    env:
      - name: BLOQ_COORDINATION_REQUIRED
    ini:
      - section: bloq
        key: coordination_required
"""
