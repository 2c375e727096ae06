# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides that are followed from beginning to end: every file and every command as printed, as a new user would.

The home is empty but for the collection, installed from its artifact, and there is no network but the machine itself.
Only what installs from the network is passed over, and what a gate of its own does.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from collection_tree import ROOT
from example_blocks import Block

TOOLS = Path(sys.executable).parent

_FIRST = "guide_getting_started"

#: The guides, and how often each asks for a password.
GUIDES = {_FIRST: 2, "guide_local_bloq": 0}
#: Guides whose commands are for who has followed the first one, in the same folder. Their tasks are run by themselves.
AFTERWARDS = {"guide_vault_files": 3}

# What is not done: the one needs the network, a gate of its own does the other.
_NOT_FOLLOWED = ("it installs from the network", "make test runs it")
_SECONDS = 240
_LOOPBACK_ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def follow(guide: str, found: list[Block]) -> bool:
    """Follow a guide; tell whether that went well, and print what it printed when it did not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work").mkdir()
        environment = _new_user(folder)
        (folder / "guide.sh").write_text(script(_blocks(guide, found)), encoding="utf-8")
        password = secrets.token_urlsafe(24)
        code, printed = _run(folder, environment, f"{password}\n" * {**GUIDES, **AFTERWARDS}[guide])
    good = code == 0 and not re.search(r"failed=[1-9]|FAILED!", printed) and password not in printed
    if not good:
        print(printed)
    return good


def _blocks(guide: str, found: list[Block]) -> list[Block]:
    blocks = [block for block in found if block.document == guide]
    if guide not in AFTERWARDS:
        return blocks
    first = [block for block in found if block.document == _FIRST]
    # What the first guide made must still work at the end.
    return [*first, *(block for block in blocks if block.language == "shell"), first[-1]]


def follows(block: Block) -> bool:
    """Tell whether a block is done where its guide is followed."""
    followed = block.document in GUIDES or (block.document in AFTERWARDS and block.language == "shell")
    return followed and not block.reason.startswith(_NOT_FOLLOWED)


def script(blocks: list[Block]) -> str:
    """Return a guide as a script: its files and commands, in the order in which they are printed."""
    parts = ["set -eux"]
    for block in blocks:
        if block.file:
            parts.append(f"mkdir -p {Path(block.file).parent}")
            parts.append(f"cat > {block.file} <<'END OF FILE'\n{block.text}END OF FILE")
        elif block.beside:
            parts.append(f"{{\n{block.text}}} > beside &\nuntil [ -s beside ]; do sleep 0.1; done")
        elif block.language == "shell" and follows(block):
            parts.append(block.text)
    return "\n".join(parts)


def _new_user(folder: Path) -> dict[str, str]:
    """Make a home with the collection in it, and return its environment."""
    home = folder / "home"
    home.mkdir()
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
    }
    galaxy = [str(TOOLS / "ansible-galaxy"), "collection"]
    run = functools.partial(subprocess.run, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    run([*galaxy, "build", str(ROOT)])
    run([*galaxy, "install", *map(str, folder.glob("*.tar.gz"))])
    return environment


def _run(folder: Path, environment: dict[str, str], typed: str) -> tuple[int, str]:
    # Into a file: the server that the guide leaves behind would keep a pipe open.
    with (folder / "log").open("w", encoding="utf-8") as log, (folder / "typed").open("w+", encoding="utf-8") as keys:
        keys.write(typed)
        keys.seek(0)
        followed = subprocess.Popen(
            [*_alone(), "bash", str(folder / "guide.sh")],
            cwd=folder / "work",
            env=environment,
            stdin=keys,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = followed.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            code = 1
        finally:
            os.killpg(followed.pid, signal.SIGKILL)
    return code, (folder / "log").read_text(encoding="utf-8")


@functools.cache
def _alone() -> tuple[str, ...]:
    """Return what keeps a command from every network; nothing where the system does not let us."""
    able = shutil.which("unshare") and subprocess.run([*_LOOPBACK_ALONE, "true"], capture_output=True, check=False)
    if able and able.returncode == 0:
        return _LOOPBACK_ALONE
    print("SKIPPED: guides are followed with the network at hand, for unshare does not work here.")
    return ()
