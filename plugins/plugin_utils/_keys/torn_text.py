# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ids in a vars file that is no YAML any more, read line by line: a tab, the marks of a merge, a wrong byte.

It is for an emergency alone: whoever uses an id that is found here checks that the account has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .states import CURRENT, PENDING, RETIRING

_MERGE_MARK = re.compile(r"(?P<mark><{7}|\|{7}|={7}|>{7})( |$)")
_NAME = re.compile(r"""(["']?)(?P<name>[^"'{}\[\]]+?)\1\s*:(?=\s|$)(?P<rest>.*)""")
# At the start of a field or of a list's item, never within a text.
_ID = re.compile(r"""[\s\-\[{]*(?:\{[^"'#]*?,)?\s*["']?client_id["']?\s*:\s*["']?(?P<id>[0-9a-fA-F]{40})(?![\w-])""")
_URL = re.compile(r"""\s*["']?accounts_url["']?\s*:\s*["']?(?P<url>[^\s"',}]+)""")
_PART = re.compile(r"""\s*["']?(?P<part>pending|retiring)["']?\s*:(?=\s|$)(?P<rest>.*)""")
_BLOCK = re.compile(r""":(\s+[!&]\S+)*\s+[|>][-+0-9]*\s*$""")
_COMMENT = re.compile(r"(^|\s)#.*")


def torn_records(text: str, variable: str) -> dict[str, tuple[list[tuple[str, str]], list[str]]]:
    """Return what stands below each name of a variable: the states with their ids, and the URLs of services.

    Comments and texts of several lines name nothing. Both sides of a merge do.

    Args:
        text: the file's text, decrypted when it is encrypted whole.
        variable: the variable that holds the records.
    """
    found: dict[str, tuple[list[tuple[str, str]], list[str]]] = {}
    name, state, state_depth = fork = "", CURRENT, 0
    for depth, is_name, line in _lines_of(text, variable):
        if mark := _MERGE_MARK.match(line):
            # Each side goes on where the other one began.
            if mark["mark"].startswith("<"):
                fork = name, state, state_depth
            elif not mark["mark"].startswith(">"):
                name, state, state_depth = fork
            continue
        match = _NAME.match(line)
        if is_name:
            name, state = match["name"].strip() if match else "", CURRENT
            line = match["rest"] if match else ""
        elif part := _PART.match(line):
            state, state_depth = PENDING if part["part"] == "pending" else RETIRING, depth
            line = part["rest"]
        elif depth <= state_depth and not line.lstrip().startswith("-"):
            state = CURRENT
        ids, urls = found.setdefault(name, ([], []))
        if held := _ID.match(line):
            ids.append((state, held["id"].lower()))
        if url := _URL.match(line):
            urls.append(url["url"])
    found.pop("", None)
    return found


def _lines_of(text: str, variable: str) -> Iterator[tuple[int, bool, str]]:
    """Yield the lines below a variable, without comments: how deep each is, and whether it begins a record.

    The marks of a merge are among them, and each side is as much below the variable as the other one at its beginning.
    """
    begins = re.compile(rf"""(["']?){re.escape(variable)}\1\s*:(\s+&\S+)?\s*$""")
    is_inside, names_at = fork = False, 0
    text_at: int | None = None
    # What other marks end a line for, a comment goes on after.
    for raw in text.split("\n"):
        line = raw.expandtabs().rstrip()
        depth = len(line) - len(line.lstrip())
        if mark := _MERGE_MARK.match(line):
            if mark["mark"].startswith("<"):
                fork = is_inside, names_at
            elif not mark["mark"].startswith(">"):
                is_inside, names_at = fork
            text_at = None
            yield 0, False, line
            continue
        if text_at is not None and depth > text_at:
            continue
        line = _COMMENT.sub("", line).rstrip()
        if not line:
            continue
        text_at = depth if _BLOCK.search(line) else None
        if depth == 0:
            is_inside, names_at = bool(begins.match(line)), 0
        elif is_inside:
            names_at = names_at or depth
            yield depth, depth <= names_at, line[depth:]
