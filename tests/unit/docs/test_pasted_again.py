# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents print to be pasted into a shell does no harm there, however it is pasted and how often."""

from __future__ import annotations

import re
import textwrap
import typing as t

import pytest
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

_DOCUMENTS = ("README.md", "docs/**/*.rst", "docs/**/*.md", "roles/*/README.md", "tests/local_bloq/**/*.md")
_SHELL = "bash|console|sh|shell"
_MARKDOWN = re.compile(rf"^```(?:{_SHELL})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RST = re.compile(rf"^( *)\.\. code-block:: (?:{_SHELL})\n\n((?:(?:\1 {{4}}.*)?\n)+)", re.MULTILINE)


def _blocks() -> t.Iterator[t.Any]:
    for pattern in _DOCUMENTS:
        for path in sorted(COLLECTION.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            found = [match[1] for match in _MARKDOWN.finditer(text)]
            if path.suffix == ".rst":
                found = [textwrap.dedent(match[2]) for match in _RST.finditer(text)]
            for number, block in enumerate(found, 1):
                yield pytest.param(block.strip(), id=f"{path.relative_to(COLLECTION)}:{number}")


_BLOCKS = list(_blocks())


def test_there_are_blocks() -> None:
    assert len(_BLOCKS) > 30
    assert any("> vault-password" in block.values[0] for block in _BLOCKS)


@pytest.mark.parametrize("block", _BLOCKS)
def test_a_secret_that_is_there_is_kept(block: str) -> None:
    for line in block.splitlines():
        for file in re.findall(r"[^>]> *([\w./-]*(?:password|secret)[\w./-]*)", line):
            assert line.startswith(f"[ -e {file} ] || "), f"pasted again, it destroys {file}: {line}"
        if made := re.search(r"(\w+)=\$\(openssl rand", line):
            assert "PASSWORD" not in made[1] or made[1] == "LOCAL_BLOQ_PASSWORD", line


@pytest.mark.parametrize("block", _BLOCKS)
def test_what_asks_a_person_stands_alone(block: str) -> None:
    # Pasted with more, it takes the next line for the answer, and the shell the answer for a command.
    if re.search(r"\bread -\w*s", block):
        assert block.startswith("printf ") and len(block.splitlines()) == 1, block


@pytest.mark.parametrize("block", _BLOCKS)
def test_nothing_is_waited_for_without_an_end(block: str) -> None:
    assert not re.search(r"^\s*(until|while) ", block, re.MULTILINE), block
