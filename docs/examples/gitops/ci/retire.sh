#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Revoke the retiring client keys whose overlap is over. It is for the main branch, where the keys that replaced them are
# published; nothing but the account changes. A vault file that is not what the forge has there is a failure.
set -eu
ansible-playbook bloq.cloud.retire --extra-vars @keys.yml
