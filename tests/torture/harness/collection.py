# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the collection is, for plays and for tests that load its plugins into their own process."""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

ROOT = Path(__file__).resolve().parents[3]
_NAME = ("ansible_collections", "bloq", "cloud")


def collections_folder(parent: Path) -> Path:
    """Return the folder of collections that the collection is in; for a checkout elsewhere, a link below ``parent``."""
    if ROOT.parts[-3:] == _NAME:
        return ROOT.parents[2]
    link = parent.joinpath("collections", *_NAME)
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(ROOT)
    return parent / "collections"


def load() -> None:
    """Let this process import the collection as Ansible does."""
    init_plugin_loader([str(collections_folder(ROOT / ".build" / "torture"))])
