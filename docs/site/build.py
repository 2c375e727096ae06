# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site from the collection: reference pages from the plugins, guides from docs/docsite.

The site is in .build/docs/html. Nothing is asked of the network, and a warning is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent
COLLECTION = SITE.parents[1]
BIN = Path(sys.executable).parent


def main() -> int:
    """Build the site and return the exit code."""
    # A copy in a folder ansible_collections/bloq/cloud keeps what it builds beside itself.
    build = COLLECTION / ".build" / "docs"
    source = build / "source"
    shutil.rmtree(build, ignore_errors=True)
    source.mkdir(parents=True, mode=0o755)
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(_collections_path(build)),
        # antsibull-docs writes a log there.
        "HOME": str(build),
        # antsibull-docs starts the programs of ansible-core that stand beside it.
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    pages = [str(BIN / "antsibull-docs"), "--config-file", str(SITE / "antsibull-docs.cfg"), "collection"]
    pages += ["--use-current", "--fail-on-error", "--no-add-antsibull-docs-version"]
    pages += ["--dest-dir", str(source), "bloq.cloud"]
    subprocess.run(pages, check=True, env=environment)
    shutil.copy2(SITE / "index.rst", source)
    guides = source / "collections" / "bloq" / "cloud" / "docsite"
    shutil.copytree(COLLECTION / "docs" / "docsite" / "rst" / "images", guides / "images", dirs_exist_ok=True)
    html = [str(BIN / "python"), "-m", "sphinx", "-b", "html", "-c", str(SITE), "-d", str(build / "doctrees")]
    html += ["--fail-on-warning", "--keep-going", "--quiet", str(source), str(build / "html")]
    subprocess.run(html, check=True, env=environment)
    print(f"The site is in {os.path.relpath(build / 'html')}.")
    return 0


def _collections_path(build: Path) -> Path:
    """Return a folder in which Ansible finds this very collection."""
    if COLLECTION.parts[-3:] == ("ansible_collections", "bloq", "cloud"):
        return COLLECTION.parents[2]
    link = build / "collections" / "ansible_collections" / "bloq" / "cloud"
    link.parent.mkdir(parents=True)
    link.symlink_to(COLLECTION)
    return build / "collections"


if __name__ == "__main__":
    sys.exit(main())
