# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback bloq_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bloq_summary
type: notification
short_description: Tokens used and client keys due, in two lines at the end of a run, and quicker lookups
version_added: 1.1.0
description:
  - At the end of a run it prints how many tokens were minted and how many came from the cache, and which client keys
    are due within O(due_within). For that it sends no request and decrypts no secret.
  - Before Ansible forks it loads what P(bloq.cloud.bloq_token#lookup) needs to find a token in the cache, so that not
    every task of every host does. The first lookup of a process then takes about as long as
    P(ansible.builtin.file#lookup), a third of what it takes without.
requirements:
  - C(callbacks_enabled = bloq.cloud.bloq_summary) in the section C([defaults]) of C(ansible.cfg), or the same in the
    environment variable E(ANSIBLE_CALLBACKS_ENABLED).
author:
  - The bloq.cloud contributors (@bloq)
options:
  max_age:
    description: The age at which a client key is due.
    type: str
    default: 90d
    env:
      - name: BLOQ_MAX_AGE
    ini:
      - {section: bloq, key: max_age}
  due_within:
    description: How long before it is due a client key is named.
    type: str
    default: 14d
    env:
      - name: BLOQ_DUE_WITHIN
    ini:
      - {section: bloq, key: due_within}
  variable:
    description: The variable that holds the client keys' records.
    type: str
    default: bloq_client_keys
    env:
      - name: BLOQ_VARIABLE
    ini:
      - {section: bloq, key: variable}
notes:
  - It knows the records that the first 25 hosts of the last play have in O(variable), from C(group_vars), C(vars_files)
    or M(ansible.builtin.include_vars). For a look at the account itself see M(bloq.cloud.bloq_client_key_info).
seealso:
  - plugin: bloq.cloud.bloq_token
    plugin_type: lookup
  - plugin: bloq.cloud.bloq_key_report
    plugin_type: filter
"""

import codecs
import time
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import duration
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.due import due_keys

_MOST_HOSTS = 25


class CallbackModule(CallbackBase):
    """Counts tokens in all processes of a run, and tells at its end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "bloq.cloud.bloq_summary"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        """Load what a token of the cache needs, and begin to count; Ansible has forked nothing yet."""
        # Through Ansible, for its own part of loading a lookup takes as long.
        lookup_loader.get("bloq.cloud.bloq_token")
        from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cache_box import load
        from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.tally import Tally

        load()
        # A URL's host is checked with it, and older versions of ansible-core have had no use for it by now.
        codecs.lookup("idna")
        self._tally = Tally()
        self._play: t.Any = None

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """Remember the last play, whose variables have the records."""
        self._play = play

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """Print what there is to tell."""
        minted, cached = self._tally.count("minted"), self._tally.count("cache")
        self._display.display(f"bloq.cloud: tokens minted: {minted}, taken from the cache: {cached}")
        try:
            for line in self._due(sorted(stats.processed)[:_MOST_HOSTS]):
                self._display.display(f"bloq.cloud: {line}")
        except (AnsibleError, InputError) as error:
            self._display.warning(f"bloq_summary: which client keys are due is not known. {error}")

    def _due(self, hosts: list[str]) -> list[str]:
        if self._play is None:
            return []
        manager = self._play.get_variable_manager()
        records: dict[str, t.Any] = {}
        for host in filter(None, map(manager._inventory.get_host, hosts)):
            found = manager.get_vars(play=self._play, host=host).get(self.get_option("variable"))
            records.update(found if isinstance(found, Mapping) else {})
        max_age, within = self.get_option("max_age"), self.get_option("due_within")
        return due_keys(records, max_age, duration(within, "due_within"), time.time())
