#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the test.yml of the target that calls this, with a vault password of its own.
set -eu

ANSIBLE_VAULT_PASSWORD_FILE=$(mktemp)
export ANSIBLE_VAULT_PASSWORD_FILE
trap 'rm -f "$ANSIBLE_VAULT_PASSWORD_FILE"' EXIT
head -c 24 /dev/urandom | base64 >"$ANSIBLE_VAULT_PASSWORD_FILE"

export ANSIBLE_ROLES_PATH=..
ansible-playbook -i ../setup_local_bloq/inventory.yml -e @../../integration_config.yml test.yml "$@"
