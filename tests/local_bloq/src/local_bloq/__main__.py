# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets ``python -m local_bloq`` do what the command ``local-bloq`` does."""

from __future__ import annotations

from local_bloq.cli import main

if __name__ == "__main__":
    main()
