#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
set -eux
../setup_local_bloq/play.sh "$@"
