#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
set -eux
LOCAL_BLOQ_OPTIONS="--node-tls --node-start-seconds 1 --node-answer-seconds 2 --node-block-seconds 0.3" \
    ../setup_local_bloq/play.sh "$@"
