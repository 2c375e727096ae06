# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python imports this by its name when its folder is on PYTHONPATH."""

from __future__ import annotations

import quick_derivation  # noqa: F401 - to import it is all there is to do
