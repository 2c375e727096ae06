# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation: every block of YAML and of shell commands.

A comment right above a block says what is to be done with it:

- ``example: not run: REASON`` where it cannot be run;
- ``example: file NAME`` where a later block of shell commands uses it as the file NAME;
- ``example: beside the others: REASON`` where its last command does not end, so the blocks after it run beside it.

In reStructuredText that is ``.. example: ...``, in Markdown ``<!-- example: ... -->``.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import textwrap
import typing as t
from pathlib import Path

import yaml

_GUIDES = "docs/docsite/rst/*.rst"
_READMES = ("README.md", "roles/*/README.md")
_PLUGINS = "plugins/*/[!_]*.py"

_SHELL = ("bash", "console", "sh", "shell")
_RST = re.compile(
    r"^(?P<margin> *)(?:\.\. example: (?P<note>.+)\n\n(?P=margin))?\.\. code-block:: (?P<language>\w+)\n\n"
    r"(?P<text>(?:(?:(?P=margin) {4}.*)?\n)+)",
    re.MULTILINE,
)
_MARKDOWN = re.compile(
    r"^(?:<!-- example: (?P<note>[^\n]+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclasses.dataclass(frozen=True)
class Block:
    """One example.

    Attributes:
        document: the name of what it stands in, such as ``guide_tokens`` or ``bloq_token_lookup``.
        place: the file and line where it begins.
        language: ``yaml`` or ``shell``.
        text: the example.
        reason: why it is not run; empty when it is.
        file: the file that it is; empty when it is run by itself.
        beside: whether the blocks after it run beside it.
    """

    document: str
    place: str
    language: str
    text: str
    reason: str = ""
    file: str = ""
    beside: bool = False


_TASKS = """
- name: "{place}"
  hosts: {hosts}
  gather_facts: false
  tasks:
{text}
"""
_VARIABLES = """
- name: "{place}"
  hosts: {hosts}
  gather_facts: false
  vars:
{text}
  tasks:
    - name: Evaluate each variable
      ansible.builtin.assert:
        that: lookup('ansible.builtin.vars', item) is defined
      loop: {names}
"""


def plays(block: Block, text: str, hosts: str) -> str:
    """Return an example as plays. It has plays already, or tasks or variables, which are put into one.

    Args:
        block: the example.
        text: what it says here.
        hosts: where it runs.
    """
    content = yaml.safe_load(text)
    if isinstance(content, list) and any("hosts" in item for item in content):
        return re.sub(r"\bhosts: localhost\b", f"hosts: {hosts}", f"\n{text}")
    given = {"place": block.place, "hosts": hosts, "text": textwrap.indent(text, "    ")}
    if isinstance(content, dict):
        return _VARIABLES.format(**given, names=list(content))
    return _TASKS.format(**given)


def blocks(root: Path) -> list[Block]:
    """Return the examples of the collection in a folder, in the order of its documents."""
    found = [block for path in sorted(root.glob(_GUIDES)) for block in _in_text(root, path, path.stem, _RST)]
    for pattern in _READMES:
        for path in sorted(root.glob(pattern)):
            name = "readme" if path.parent == root else f"{path.parent.name}_role"
            found += _in_text(root, path, name, _MARKDOWN)
    for path in sorted(root.glob(_PLUGINS)):
        found += _in_plugin(root, path)
    return found


def _in_text(root: Path, path: Path, document: str, pattern: re.Pattern[str]) -> t.Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in pattern.finditer(text):
        language = "shell" if found["language"] in _SHELL else found["language"]
        if language in ("yaml", "shell"):
            line = text.count("\n", 0, found.start("text")) + 1
            kind, _space, rest = (found["note"] or "").partition(" ")
            notes: dict[str, t.Any] = {"reason": rest.removeprefix("run: ")}
            if kind in ("file", "beside"):
                notes = {"file": rest} if kind == "file" else {"beside": True}
            yield Block(document, f"{path.relative_to(root)}:{line}", language, textwrap.dedent(found["text"]), **notes)


def _in_plugin(root: Path, path: Path) -> t.Iterator[Block]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            kind = path.parent.name.removesuffix("s")
            place = f"{path.relative_to(root)}:{node.lineno}"
            # An inventory's examples are its files.
            reason = "the test inventory_bloq_nodes lists them" if kind == "inventory" else ""
            yield Block(f"{path.stem}_{kind}", place, "yaml", ast.literal_eval(node.value), reason)
