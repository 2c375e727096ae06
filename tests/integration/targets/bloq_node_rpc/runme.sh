#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
set -eux
# Each node signs its own certificate, as Bloq's do.
LOCAL_BLOQ_OPTIONS=--node-tls ../setup_local_bloq/play.sh "$@"
