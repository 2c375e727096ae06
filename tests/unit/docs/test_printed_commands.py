# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that somebody pastes whole do no harm where one of them fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

_BLOCK_OF_RST = re.compile(r"^\.\. code-block:: bash\n((?:\n| +.*\n)+)", re.MULTILINE)
_BLOCK_OF_MARKDOWN = re.compile(r"^```(?:bash|sh|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DELETES_A_BRANCH = re.compile(r"\bgit push\b.*(--delete|\s-d\s|\s\+?:\S)|\bgit branch\b.*(--delete|\s-[dD]\s)")


def _blocks() -> Iterator[tuple[str, str]]:
    for folder in (COLLECTION, COLLECTION / "docs", COLLECTION / "roles"):
        for path in folder.glob("*.md") if folder == COLLECTION else folder.rglob("*.md"):
            yield from ((path.name, block) for block in _BLOCK_OF_MARKDOWN.findall(path.read_text(encoding="utf-8")))
    for path in (COLLECTION / "docs").rglob("*.rst"):
        yield from ((path.name, block) for block in _BLOCK_OF_RST.findall(path.read_text(encoding="utf-8")))


def test_a_branch_is_deleted_when_everything_before_it_was_good() -> None:
    found = 0
    for where, block in _blocks():
        # A line that goes on is one command with the next.
        commands = re.sub(r"(\\|&&)\n\s*", r"\1 ", block).splitlines()
        for command in filter(_DELETES_A_BRANCH.search, commands):
            found += 1
            parts = [part.strip(" \\") for part in command.split("&&")]
            assert parts[0].startswith("git fetch "), f"{where}: what is merged is not fetched: {command}"
            assert any(part.startswith("git merge ") and " origin/" in part for part in parts), f"{where}: {command}"
            # A push of two branches deletes the one although the other was refused.
            assert parts[-2] == "git push origin main", f"{where}: it is deleted whatever became of main: {command}"
            assert _DELETES_A_BRANCH.search(parts[-1]), f"{where}: {command}"
    assert found >= 2
