#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
set -eux
LOCAL_BLOQ_OPTIONS="--node-start-seconds 0" ../setup_local_bloq/play.sh "$@"
