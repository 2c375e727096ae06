# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's artifact where everything has left its traces, install it and run the demo from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from collection_tree import BIN, ROOT, git

#: What lies around after the demo and the tests. The first of them opens the vault file beside it.
_TRACES = (
    "bloq-demo/vault-password",
    "bloq-cloud-0.0.1.tar.gz",
    ".venv/pyvenv.cfg",
    ".build/logs/units.log",
    "changelogs/.plugin-cache.yaml",
    "plugins/modules/__pycache__/bloq_token.pyc",
    "tests/integration/integration_config.yml",
    "tests/local_bloq/.hypothesis/examples",
    "tests/local_bloq/.pytest_cache/README.md",
    "tests/local_bloq/src/local_bloq.egg-info/PKG-INFO",
    "tests/output/coverage/coverage",
)
# What a user of the artifact has no use for.
_ONLY_FOR_DEVELOPMENT = (
    "changelogs/fragments/",
    "docs/site/",
    "tests/benchmarks/",
    "tests/event_driven/",
    "tests/far_hosts/",
    "tests/tools/",
    "tests/torture/",
    "tests/users_tools/",
)
_OWN = {"FILES.json", "MANIFEST.json"}
_GALAXY = str(BIN / "ansible-galaxy")


def main() -> int:
    """Run the check and return the exit code."""
    wanted = set(git(ROOT, "ls-files", "-z").split("\0"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source"
        shutil.copytree(ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        for trace in _TRACES:
            (source / trace).parent.mkdir(parents=True, exist_ok=True)
            (source / trace).touch()
        installed = folder / "installed"
        environment = build_and_install(source, folder, installed)
        collection = installed / "ansible_collections" / "bloq" / "cloud"
        files = {str(path.relative_to(collection)) for path in collection.rglob("*") if not path.is_dir()}
        unwanted = {file for file in files if file.startswith(_ONLY_FOR_DEVELOPMENT)} | (files - wanted - _OWN)
        missing = {file for file in wanted if file.startswith(("docs/examples/", "plugins/", "roles/"))} - files
        for fault, found in (("holds what it should not", unwanted), ("lacks", missing)):
            if found:
                print(f"The artifact {fault}:", *sorted(found)[:20], sep="\n  ")
                return 1
        _install_the_local_bloq(collection, folder / "packages")
        subprocess.run([_GALAXY, "collection", "verify", "--offline", "bloq.cloud"], check=True, env=environment)
        subprocess.run([sys.executable, str(collection / "playbooks/demo/run.py")], cwd=folder, check=True)
    print(f"The artifact holds {len(files)} files, installs, stays as it was with the local Bloq, and its demo runs.")
    return 0


def build_and_install(source: Path, folder: Path, installed: Path) -> dict[str, str]:
    """Build the collection and install it, and return the environment that finds it there and nowhere else.

    Args:
        source: the collection.
        folder: where the artifact is to be.
        installed: where it is to be installed.
    """
    subprocess.run([_GALAXY, "collection", "build", "--output-path", str(folder), str(source)], check=True)
    artifact = next(folder.glob("bloq-cloud-*.tar.gz"))
    # Without other folders to look into, where the collection may be installed already.
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    command = [_GALAXY, "collection", "install", "--offline", "--no-deps", "-p", str(installed), str(artifact)]
    subprocess.run(command, check=True, env=environment)
    return environment


def _install_the_local_bloq(collection: Path, target: Path) -> None:
    """Install it from the installed collection, as a user of Galaxy does; what it needs is here already."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(target)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options]
    subprocess.run([*pip, str(collection / "tests/local_bloq")], check=True)


if __name__ == "__main__":
    sys.exit(main())
