# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection has is in the README's table, and each guide is in its list."""

from __future__ import annotations

import re

from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

_README = (COLLECTION / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_plugin_and_role() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| (\w+) \|", _README, re.MULTILINE))
    plugins = {
        (path.stem, kind)
        for folder, kind in (("modules", "module"), ("lookup", "lookup"), ("filter", "filter"), ("test", "test"))
        for path in (COLLECTION / "plugins" / folder).glob("[!_]*.py")
    }
    roles = {(path.name, "role") for path in (COLLECTION / "roles").iterdir()}
    assert not (plugins | roles) - rows


def test_the_readme_names_every_playbook() -> None:
    table = "".join(line for line in _README.splitlines() if "| playbooks |" in line)
    for path in (COLLECTION / "playbooks").glob("*.yml"):
        assert re.search(rf"[`.]{path.stem}`", table), path.name


def test_the_readme_and_the_site_link_to_every_guide() -> None:
    site = COLLECTION / "docs" / "site" / "index.rst"
    for path in (COLLECTION / "docs" / "docsite" / "rst").glob("*.rst"):
        assert f"(docs/docsite/rst/{path.name})" in _README, path.name
        assert not site.exists() or path.stem in site.read_text(encoding="utf-8"), path.name


def test_links_in_the_readme_lead_to_files() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", _README):
        assert (COLLECTION / link).exists(), link
