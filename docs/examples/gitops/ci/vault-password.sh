#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints the vault password for ansible-playbook and ansible-vault, so that it is on no command line and in no file.
printf '%s\n' "${VAULT_PASSWORD:?Set VAULT_PASSWORD to the vault password.}"
