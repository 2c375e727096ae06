#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# In place of ssh: runs the command here, so that a test can have a host whose connection is not local.
set -eu

for last; do :; done
exec /bin/sh -c "$last"
