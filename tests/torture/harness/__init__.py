# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real plays against a real local Bloq, made to die and to fail, and a look at what they leave."""
