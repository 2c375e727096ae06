# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vars file that holds the records."""

from __future__ import annotations


class ModuleDocFragment:
    """The vars file that holds the records."""

    DOCUMENTATION = r"""
options:
  vault_file:
    description:
      - The vars file that holds the records. It is made when it is missing, but not its folder.
      - A relative path begins at the playbook's folder. A symbolic link is followed.
      - Only the record's own lines change, every other byte stays.
    type: path
  vault_id:
    description:
      - The label of the vault secret to encrypt with. Without it, a secret has the label of the one that it replaces,
        and else the play's own encrypt id.
      - A file that is encrypted whole keeps its own.
    type: str
  vault_layout:
    description:
      - How a new file is laid out. V(inline) encrypts the secrets alone, V(file) the whole file.
      - A file that exists keeps its own layout.
    type: str
    choices: [inline, file]
    default: inline
  lock_timeout:
    description:
      - How many seconds to wait for another run that changes the same vault file. After 5 seconds the task says for
        which process it waits.
      - V(0) does not wait.
    type: int
    default: 300
    version_added: 1.1.0
"""
