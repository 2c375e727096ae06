# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that looks at a part of a file writes what a change that looks at all of it writes."""

from __future__ import annotations

import pathlib
import typing as t
from unittest import mock

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import cut, yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import file as vault_file
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.test_file_edits_generated import OTHERS
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import (
    PARSERS,
    VAULT,
    sealed,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

SEALED = sealed("always the same", 10)
#: What a record's value can look like, from behind its colon on.
BODIES = (
    " {{client_id: a}}\n",
    " # c\n{i}  client_id: '{n}'\n{i}  client_secret: " + SEALED.replace("{", "{{") + "\n",
    "\n{i}  note: |\n{i}    r1:\n{i}      client_id: no\n\n{i}  client_id: a\n",
    '\n{i}  note: "line one\n\n{i}    line two # no comment"\n',
    "\n{i}  note: >-\n{i}    folded\n{i}    text\n\n\n",
    "\n{i}  retiring:\n{i}  - {{client_id: b}}\n{i}  - client_id: c\n",
    " &a{n} {{client_id: a}}\n",
    "\n{i}  a: b & c\n",
    " {{}} # none\n{i}# about the next one\n",
    "\n{i}  # inside\n\n{i}  client_id: a\n\n# at the margin\n",
)
NAMES = st.sampled_from([f"r{number}" for number in range(16)] + ["new", "yes", "a b", "# c"])
RECORDS = st.none() | st.sampled_from(
    [{"client_id": "x"}, {"client_id": "y", "retiring": [{"client_id": "x"}]}, {"note": "a\nb\n"}, {}]
)


@st.composite
def files(draw: t.Callable[..., t.Any]) -> str:
    """Return a file with so many records that some of them are far from each other."""
    indent = draw(st.sampled_from(["  ", "    "]))
    numbers = draw(st.lists(st.integers(0, 15), min_size=1, max_size=14, unique=True))
    bodies = draw(st.lists(st.sampled_from(BODIES), min_size=len(numbers), max_size=len(numbers)))
    ours = "".join(
        f"{indent}r{number}:" + body.format(i=indent, n=number) for number, body in zip(numbers, bodies, strict=True)
    )
    others = [
        "".join(block.format(v=f"{place}{number}") for number, block in enumerate(blocks))
        for place in ("before", "after")
        for blocks in [draw(st.lists(st.sampled_from(OTHERS), max_size=2))]
    ]
    start, end = draw(st.sampled_from(["", "---\n", "# c\n---\n"])), draw(st.sampled_from(["", "# end\n"]))
    text = f"{start}{others[0]}bloq_client_keys:\n{ours}{others[1]}{end}"
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


def changed(path: str, changes: list[tuple[str, t.Any]], fewest: int) -> list[t.Any]:
    """Return what each change makes of the file, or that it is refused."""
    vault_file._known_files.clear()
    seen: list[t.Any] = []
    with mock.patch.object(cut, "_FEWEST", fewest):
        file = VaultFile.read(path, VAULT)
        for name, record in changes:
            try:
                file = file.with_record(name, record)
            except BloqError as error:
                seen.append(str(error))
            else:
                ids = [word for word in ("a", "b", "c", "x", "y", "no", "r1") if file.mentions(word)]
                elsewhere = [word for word in ("a", "b", "x") if file.is_named_elsewhere(word, name)]
                seen.append((file._text, dict(file.records), ids, elsewhere, file.is_sealed(name), file.changed))
    return seen


@PARSERS
@settings(max_examples=100, deadline=None)
@given(text=files(), changes=st.lists(st.tuples(NAMES, RECORDS), min_size=1, max_size=4))
def test_a_part_is_as_good_as_the_whole(
    parser: t.Any, tmp_path_factory: pytest.TempPathFactory, text: str, changes: list[tuple[str, t.Any]]
) -> None:
    if parser is yaml.SafeLoader:
        text = text.replace(":\t", ": ")
    path = write(tmp_path_factory.mktemp("vars"), text)
    with mock.patch.object(yaml_document, "PARSER", parser):
        assert changed(path, changes, fewest=3) == changed(path, changes, fewest=10**9)


def test_a_part_is_looked_at(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, "bloq_client_keys:\n" + "".join(f"  r{n}: {{client_id: a}}\n" for n in range(40)))
    file = VaultFile.read(path, VAULT)
    assert file._changed_near("r20", {"client_id": "b"}) is not None
