#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Install what the pipelines need, and name who commits.
set -eu
pip install --quiet --requirement requirements.txt
ansible-galaxy collection install --requirements-file requirements.yml
git config user.name "Bloq credentials"
git config user.email "bloq-credentials@example.com"
