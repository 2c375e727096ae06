# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the stand-in has, under /_local: inspect its state, and set faults."""
