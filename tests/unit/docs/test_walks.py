# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CONTRIBUTING.md leads to where a change goes: its map has every room, its walks the files that a change needs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

TEXT = (COLLECTION / "CONTRIBUTING.md").read_text(encoding="utf-8")
UTILS = COLLECTION / "plugins/plugin_utils"
#: Rooms from the top floor to the ground: what a room imports stands below it.
FLOORS = re.findall(r"^\| `(_\w+)(?:\.py|/)` \|", TEXT, re.MULTILINE)


def _walk(title: str) -> set[str]:
    """Return the files of plugins that a walk names."""
    section = TEXT.split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]
    return set(re.findall(r"plugins/\w+/(?:_\w+/)?\w+\.py", section))


def _files_with(word: str, *, docs: bool = False) -> set[str]:
    """Return the files of plugins whose code has a word; with ``docs`` those whose documentation has it."""
    found = set()
    for path in (COLLECTION / "plugins").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        is_documentation = path.parent.name in ("modules", "doc_fragments", "lookup")
        if re.search(rf"\b{word}\b", source) and is_documentation is docs:
            found.add(str(path.relative_to(COLLECTION)))
    return found


def test_every_file_of_the_walks_is_there() -> None:
    named = re.findall(r"`((?:plugins|tests|docs)/[\w/.-]+\.\w+)`", TEXT)
    assert len(named) > 15
    assert [name for name in named if not (COLLECTION / name).is_file()] == []


def test_the_map_names_every_room() -> None:
    rooms = {path.stem for path in UTILS.iterdir() if path.name.startswith("_") and path.name != "__pycache__"}
    assert set(FLOORS) == rooms
    for room in sorted(path for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"):
        files = {path.stem for path in room.glob("*.py")}
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{room.name}/` |"))
        unnamed = {file for file in files if not re.search(rf"\b{file}\b", row)}
        assert len(unnamed) <= len(files) / 3, f"{room.name}: {unnamed}"


def _imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    depth = len(path.relative_to(UTILS).parts)
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            rooms |= {(node.module or alias.name).split(".")[0] for alias in node.names}
    return {room for room in rooms if room.startswith("_")}


@pytest.mark.parametrize("room", FLOORS)
def test_imports_go_down(room: str) -> None:
    place = UTILS / room
    files = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    below = set(FLOORS[FLOORS.index(room) + 1 :])
    row = next(line for line in TEXT.splitlines() if re.match(rf"\| `{room}(\.py|/)` \|", line)).split("|")[3]
    for path in files:
        imported = _imported_rooms(path) - {room}
        assert imported <= below, path
        if "everything" not in row:
            assert imported <= set(re.findall(r"`(_\w+)`", row)), path


def test_an_endpoint_with_a_module_is_four_files() -> None:
    walk = {name for name in _walk("An endpoint with a module") if "doc_fragments" not in name}
    assert len(walk) == 4
    # The endpoint that the walk shows, its module and its options stand in no other code.
    assert {name for word in ("ACCOUNT_INFO", r"def events|\.events") for name in _files_with(word)} <= walk


def test_an_option_is_two_files_and_its_documentation() -> None:
    walk = _walk("An option")
    assert _files_with(r'"overlap"') <= walk
    assert _files_with("overlap", docs=True) & walk


def test_a_step_is_in_the_plan_and_the_lifecycle() -> None:
    assert _files_with(r"Step\.VERIFY") == _walk("A step of a rotation")
