# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides that are followed from beginning to end: every file and every command as printed, as a new user would.

The home is empty but for the collection, installed from its artifact, and there is no network but the machine itself.
Only what needs the network or a controller is passed over, and what a gate of its own does; each such block says so.
"""

from __future__ import annotations

import contextlib
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
from example_blocks import Block, plays

TOOLS = Path(sys.executable).parent

_FIRST = "guide_getting_started"

#: Guides for who has followed the first one, in the same folder. What the first one made must still work at the end.
_AFTER_FIRST = (
    "guide_vault_files",
    "guide_rotation",
    "guide_tokens",
    "guide_connect",
    "guide_nodes",
    "guide_bcl",
    "guide_awx",
    "guide_troubleshooting",
)
#: Guides for who has an account and has said who that is, as the first one tells; the second in the first's repository.
_WITH_ACCOUNT = ("guide_gitops", "guide_leaks")
GUIDES = ("readme", _FIRST, "guide_local_bloq", *_AFTER_FIRST, *_WITH_ACCOUNT)
# Who reads on does so in the same folder, with all that the guides before have left there. At the end of guide_nodes
# another local Bloq runs than at the beginning.
_PAUSE = _AFTER_FIRST.index("guide_nodes") + 1
_WALKS = (
    ("readme",),
    (_FIRST, *_AFTER_FIRST[:_PAUSE]),
    (_FIRST, *_AFTER_FIRST[_PAUSE:]),
    ("guide_local_bloq",),
    _WITH_ACCOUNT,
)

# What examples.py cannot do, and who follows a guide can. Whatever else has a reason for not being run is not done.
_TYPED = "a person types"
# More often than this no guide asks for it.
_PASSWORDS = 9
_SECONDS = 400
_GIT = (("NAME", ""), ("EMAIL", "@example.com"))
_LOOPBACK_ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def follow_all(found: list[Block]) -> list[str]:
    """Follow every guide and return those that failed."""
    with tempfile.TemporaryDirectory() as name:
        installed = _install(Path(name))
        return [" ".join(guides) for guides in _WALKS if not _follow(guides, found, installed)]


def _follow(guides: tuple[str, ...], found: list[Block], installed: Path) -> bool:
    """Follow guides one after the other; tell whether that went well, and print what was printed when it did not.

    Args:
        guides: their documents.
        found: the blocks of all documents.
        installed: a home in which there is nothing but the collection.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work").mkdir()
        shutil.copytree(installed, folder / "home")
        environment = _new_user(folder)
        (folder / "guide.sh").write_text(script(_blocks(guides, found)), encoding="utf-8")
        password = secrets.token_urlsafe(24)
        code, printed = _run(folder, environment, f"{password}\n" * _PASSWORDS * len(guides), _SECONDS * len(guides))
    good = code == 0 and not re.search(r"failed=[1-9]|FAILED!", printed) and password not in printed
    if not good:
        print(printed)
    return good


def _blocks(guides: tuple[str, ...], found: list[Block]) -> list[Block]:
    first = [block for block in found if block.document == _FIRST]
    blocks = [block for guide in guides for block in found if block.document == guide]
    if guides[0] == _FIRST:
        return [*blocks, first[-1]]
    if guides[0] in _WITH_ACCOUNT:
        makes_a_key = next(number for number, block in enumerate(first) if block.file)
        return [*first[:makes_a_key], *blocks]
    return blocks


def follows(block: Block) -> bool:
    """Tell whether a block is done where its guide is followed."""
    return block.document in GUIDES and (not block.reason or block.reason.startswith(_TYPED))


def script(blocks: list[Block]) -> str:
    """Return a guide as a script: its files and commands, in the order in which they are printed.

    Tasks that are no file are put into a play of their own, as the guides ask the reader to do.
    """
    parts = ["set -eux"]
    for number, block in enumerate(blocks):
        if not follows(block):
            continue
        if block.file:
            parts += [f"mkdir -p {Path(block.file).parent}", _written(block.file, block.text)]
        elif block.beside:
            parts.append(f"rm -f beside\n{{\n{block.text}}} > beside &\nuntil [ -s beside ]; do sleep 0.1; done")
        elif block.language == "shell":
            parts.append(block.text)
        else:
            play = f"printed-{number}.yml"
            parts += [_written(play, plays(block, block.text, "localhost")), f"ansible-playbook {play}"]
    return "\n".join(parts)


def _written(file: str, text: str) -> str:
    return f"cat > {file} <<'END OF FILE'\n{text}\nEND OF FILE"


def _install(folder: Path) -> Path:
    """Install the collection from its artifact into a home, and return that."""
    home = folder / "home"
    home.mkdir()
    environment = {"HOME": str(home), "LANG": "C.UTF-8", "PATH": os.pathsep.join((str(TOOLS), os.environ["PATH"]))}
    galaxy = [str(TOOLS / "ansible-galaxy"), "collection"]
    run = functools.partial(subprocess.run, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    run([*galaxy, "build", str(ROOT)])
    run([*galaxy, "install", *map(str, folder.glob("*.tar.gz"))])
    return home


def _new_user(folder: Path) -> dict[str, str]:
    """Return the environment of who has a home there, with the collection in it."""
    # It stands in for Bloq's own program, which is not to be had without the network.
    (folder / "bin").mkdir()
    (folder / "bin" / "bcl").symlink_to(ROOT / "tests" / "tools" / "bcl.py")
    return {
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((str(folder / "bin"), str(TOOLS), os.environ["PATH"])),
        # Who uses git has said it once.
        **{f"GIT_{who}_{what}": f"you{at}" for who in ("AUTHOR", "COMMITTER") for what, at in _GIT},
    }


def _run(folder: Path, environment: dict[str, str], typed: str, seconds: int) -> tuple[int, str]:
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
            code = followed.wait(seconds)
        except subprocess.TimeoutExpired:
            code = 1
        finally:
            with contextlib.suppress(ProcessLookupError):
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
