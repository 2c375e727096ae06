#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Revoke the retiring client keys whose overlap is over. It is for the main branch, where the keys that replaced them are
# published; nothing but the account changes.
set -eu
. ci/branches.sh

# Before the first bootstrap is merged there is nothing to revoke.
[ -f "$(vault_file)" ] || exit 0
ansible-playbook bloq.cloud.retire --extra-vars @keys.yml
