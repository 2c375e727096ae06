# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter bloq_key_report."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bloq_key_report
short_description: What client keys are due when, as a table and as data
version_added: 1.0.0
description:
  - Makes a report that a person reads from what the modules return of client keys.
author:
  - The bloq.cloud contributors (@bloq)
positional: max_age, named
options:
  _input:
    description:
      - Client keys, as M(bloq.cloud.bloq_client_key) and M(bloq.cloud.bloq_client_key_info) return them.
    type: list
    elements: dict
    required: true
  max_age:
    description: The age at which a key is due, such as V(90d).
    type: str
    default: 90d
  named:
    description:
      - The keys that are to exist, each a name, or a mapping with C(name) and perhaps a C(max_age) of its own.
      - One that is not among the client keys is reported as missing.
    type: list
    elements: raw
    default: []
  now:
    description: The time to report for, in ISO 8601. Without it the present.
    type: str
seealso:
  - plugin: bloq.cloud.key_rotation
    plugin_type: role
"""

EXAMPLES = r"""
- name: Read the account's client keys
  bloq.cloud.bloq_client_key_info:
    vault_file: "{{ playbook_dir }}/group_vars/all/bloq.yml"
  register: account

- name: Show what is due when
  ansible.builtin.debug:
    msg: "{{ (account.client_keys | bloq.cloud.bloq_key_report('90d')).lines }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    lines:
      description: A table of at most 69 columns, so that it fits a terminal of 80 as the C(msg) of a task too.
      type: list
      elements: str
    rows:
      description:
        - The same as data, what is due first.
        - Each row has C(name), C(age_days), C(due_at), C(due), C(retiring_until), C(state) and C(drifted).
        - C(state) is one of those that RV(bloq.cloud.bloq_client_key_info#module:client_keys[].state) can be.
          It is V(retired) for an earlier key of a record that is revoked already. The next rotation takes that out.
      type: list
      elements: dict
    due:
      description: The names of the keys that are due.
      type: list
      elements: str
    drift:
      description:
        - The names of the keys in which the account and the vault file differ. A key that has no name is shown by the
          beginning of its id.
      type: list
      elements: str
"""

import dataclasses
import time
import typing as t
from collections.abc import Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._times import parse_iso
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.report import report, table
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.omitted import is_omitted

_MAX_AGE = "90d"


def bloq_key_report(
    keys: list[dict[str, t.Any]],
    max_age: str = _MAX_AGE,
    named: list[str | dict[str, t.Any]] | None = None,
    now: str | None = None,
) -> dict[str, t.Any]:
    """Return the report."""
    max_age = _MAX_AGE if is_omitted(max_age) else max_age
    named = None if is_omitted(named) else named
    now = None if is_omitted(now) else now
    moment = time.time() if now is None else parse_iso(now)
    if moment is None:
        raise AnsibleFilterError("bloq_key_report: now must be a time such as 2026-11-24T10:00:00Z.")
    try:
        rows = report(keys, max_age, moment, named or [])
    except InputError as error:
        raise AnsibleFilterError(f"bloq_key_report: {error}") from None
    return {
        "lines": table(rows),
        "rows": [dataclasses.asdict(row) for row in rows],
        "due": [row.name for row in rows if row.due],
        "drift": [row.name for row in rows if row.drifted],
    }


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Callable[..., t.Any]]:
        """Return it by its name."""
        return {"bloq_key_report": bloq_key_report}
