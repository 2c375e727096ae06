#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
set -eux
LOCAL_BLOQ_OPTIONS="--clock-offset=-3600 --account-token-ttl 1800 --client-token-ttl 240" ../setup_local_bloq/play.sh "$@"
