# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules of this collection have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """What the modules of this collection have in common."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bloq.cloud.bloq) in C(module_defaults) to set defaults for all modules of this collection.
    details: Each module takes what it has an option for. What the task itself says is nearer.
    support: full
    membership:
      - bloq.cloud.bloq
  async:
    description: Can be used with C(async).
    support: none
    details: The controller does the work itself.
  check_mode:
    description: Can run in check mode and return what would change without changing it.
  diff_mode:
    description: Returns what changed or would change when in diff mode.
  idempotent:
    description: A second run right after the first changes nothing.
"""
