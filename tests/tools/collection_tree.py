# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the collection for one gate: gates run side by side, and each leaves its traces where it runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
BIN = Path(sys.executable).parent

#: Versions of ansible-core that are tested besides the newest; next is a pre-release, where there is one.
CORES = ("2.17", "2.18", "2.19", "2.20", "next")


def copy_collection(name: str) -> Path:
    """Copy the collection, without what git ignores, to where ansible-test wants it, and return where that is."""
    collections = BUILD / name
    shutil.rmtree(collections, ignore_errors=True)
    tree = collections / "ansible_collections" / "bloq" / "cloud"
    tree.mkdir(parents=True)
    for file in filter(None, git(ROOT, "ls-files", "-co", "--exclude-standard", "-z").split("\0")):
        if (ROOT / file).is_file():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file)
    # ansible-test and reuse ask git which files there are, and must not find the repository around this copy.
    for command in (["init", "-q"], ["add", "--all"]):
        git(tree, *command)
    config = tree / "tests" / "integration" / "integration_config.yml"
    config.write_text(f"local_bloq_executable: {BIN / 'local-bloq'}\n", encoding="utf-8")
    return tree


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return its output."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment(tree: Path, tools: Path) -> dict[str, str]:
    """Return the environment for programs that run in a copy.

    Args:
        tree: the copy.
        tools: the folder of the programs.
    """
    collections = str(tree.parents[2])
    return {
        "HOME": str(home_of(tree)),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "MYPYPATH": os.pathsep.join([collections, str(tree / "tests" / "tools")]),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def home_of(tree: Path) -> Path:
    """Return the home of programs that run in a copy: ansible-test keeps environments, caches and an SSH key there.

    One for each gate, since two of them would make that key at the same time.
    """
    return BUILD / "home" / tree.parents[2].name


def tools_of(core: str | None) -> Path:
    """Return the folder of the programs of an ansible-core version, by default the newest."""
    return ROOT / f".venv-{core}" / "bin" if core else BIN


def python_version(tools: Path) -> str:
    """Return the major and minor version of the Python beside the programs in a folder."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(tools / "python"), "-c", ask], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def place_pip_bootstrap(tools: Path, home: Path) -> None:
    """Give an ansible-test the script that it would download otherwise.

    Args:
        tools: the folder of its program.
        home: its home.
    """
    for source in tools.parent.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py"):
        for version in re.findall(r"pip='([\d.]+)'", source.read_text(encoding="utf-8")):
            target = home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.symlink_to(ROOT / "tests" / "tools" / "pip_bootstrap.py")
