# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what is written where names the version that the code writes."""

from __future__ import annotations

import re

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation import intent, receipts, suspects
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens import cache_box
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

GUIDE = (COLLECTION / "docs/docsite/rst/guide_vault_files.rst").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "version"),
    [
        (".NAME.<digest>.bloq-intent", intent._VERSION),
        (".NAME.<digest>.bloq-doubt", suspects._VERSION),
        ("~/.ansible/bloq_receipts/", receipts._VERSION),
        ("~/.ansible/bloq_tokens/", cache_box._MAGIC[-1]),
    ],
)
def test_the_table_has_the_version(file: str, version: int) -> None:
    row = GUIDE.split(f"   * - ``{file}``", 1)[1].split("   * - ", 1)[0]
    written = re.search(r"version`{0,2} (\d+)", row)
    assert written is not None and int(written[1]) == version
