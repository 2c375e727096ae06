# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a record leaves every other byte of any file as it was, however its YAML is written."""

from __future__ import annotations

import pathlib
import typing as t
from unittest import mock

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.file import VaultFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.records import SECRET_FIELDS
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import (
    LIBRARY,
    PARSERS,
    SECRET,
    VAULT,
    load,
    sealed,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "yes",
        "1e3",
        "12:30",
        "=",
        "<<",
        "~",
        "- a",
        "a: b",
        "a #b",
        "{{ x }}",
        "2026-01-01",
        "\r\n",
        " x ",
        "!vault",
        "x" * 1100,
    ]
)
MARK = "not to be seen: "
SECRETS = st.dictionaries(st.sampled_from(["client_secret", "password"]), TEXTS.map(MARK.__add__), max_size=1)
FIELD = TEXTS.filter(lambda name: name not in SECRET_FIELDS)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELD, inner, max_size=2) | SECRETS,
    max_leaves=4,
)
RECORDS = st.builds(
    lambda plain, secret: {**plain, **secret},
    st.dictionaries(FIELD, VALUES, max_size=4),
    SECRETS,
)
POOL = [sealed(text, 10) for text in ("pool one", "pool two")]
OTHERS = (
    "{v}: plain # c\n",
    "# a comment: with {{ things }}\n",
    "\n",
    "{v}:\t'tab\there'\n",
    "{v}: &a{v}\n  deep: {{bloq_client_keys: 1}}\n  bloq_client_keys: {{ci: 1}}\nuses_{v}: *a{v}\n",
    "{v}: |\n  bloq_client_keys:\n    ci: no\n\n",
    "{v}: |+\n  kept\n\n\n",
    "{v}: >-\n  folded\n  text # no comment\n",
    "{v}:\n- a\n-   b: c\n    d: [1,\n  2]\n",
    "{v}: !unsafe '{{{{ x }}}}'\n",
    "{v}: !custom {{a: 1}}\n",
    "{v}: !vault |\n" + POOL[0].split("\n", 1)[1] + "\n",
    '"quoted {v}": "line one\n  line two \\u263a"\n',
    "? {v}\n: value\n",
    "grüße_{v}: 'é𝄞\u2028x'\n",
    "m{v}: &m{v} {{a: 1}}\nn{v}:\n  <<: *m{v}\n  b: 2\n",
    "{v}:\n",
)
OURS = (
    "bloq_client_keys:\n",
    "bloq_client_keys: {}  # none\n",
    "bloq_client_keys: {ci: {client_id: a}, 'b c': {x: [1, {y: z}]}} # flow\n",
    f"bloq_client_keys: # block\n  ci:\n    client_id: 6f0c # id\n    client_secret: {POOL[0]}\n",
    "bloq_client_keys:\n    # c\n    ci:\n        client_id: a\n\n"
    f"        client_secret: {POOL[1]}\n    # d\n    two: {{a: b}}\n",
    f'"bloq_client_keys": &keys\n  two:\n    password: {POOL[0]}\n\n\n  ci: # c\n    x: |\n      y\n',
    "bloq_client_keys:\n  ? ci\n  : client_id: a\n  two: &t {client_id: b}\n  three: *t\n",
)


@st.composite
def files(draw: t.Callable[..., t.Any]) -> tuple[str, str, str]:
    """Return what is before our variable, our variable (or nothing), and what is behind it."""
    numbers = iter(range(100))
    start = draw(st.sampled_from(["", "---\n", "# c\n---\n", "%YAML 1.1\n---\n", "\ufeff", "\ufeff---\n"]))
    ends = ["", "# end\n"] + ["...\n", "... # end\n"] * ("---" in start)
    end = draw(st.sampled_from(ends))

    def some() -> str:
        blocks = draw(st.lists(st.sampled_from(OTHERS), max_size=4))
        return "".join(block.format(v=f"v{next(numbers)}") for block in blocks)

    before, ours, after = start + some(), draw(st.sampled_from(("", *OURS))), some() + end
    breaks = draw(st.sampled_from([["\n"] * 3, ["\r\n"] * 3]) | st.tuples(*[st.sampled_from(["\n", "\r\n"])] * 3))
    parts = [part.replace("\n", line_break) for part, line_break in zip((before, ours, after), breaks, strict=True)]
    if draw(st.booleans()) and not end:
        last = max((number for number, part in enumerate(parts) if part), default=0)
        parts[last] = parts[last].removesuffix(breaks[last])
    return parts[0], parts[1], parts[2]


@PARSERS
@settings(max_examples=150, deadline=None)
@given(file=files(), name=TEXTS | st.just("ci"), record=st.none() | RECORDS, whole=st.booleans())
def test_every_other_byte_stays_and_the_records_come_back(
    parser: t.Any,
    tmp_path_factory: pytest.TempPathFactory,
    file: tuple[str, str, str],
    name: str,
    record: dict[str, t.Any] | None,
    whole: bool,
) -> None:
    before, ours, after = file
    text = before + ours + after
    if parser is yaml.SafeLoader:
        # Only libyaml takes a tab behind a colon.
        text, before = text.replace(":\t", ": "), before.replace(":\t", ": ")
        after = after.replace(":\t", ": ")
    # An empty file has no layout yet.
    whole = whole and bool(text.strip())
    stored = LIBRARY.encrypt(text, secret=SECRET).decode() if whole else text
    path = write(tmp_path_factory.mktemp("vars"), stored)
    with mock.patch.object(yaml_document, "PARSER", parser):
        old = VaultFile.read(path, VAULT)
        new = old.with_record(name, record)
        new.store()
        wanted = {key: value for key, value in old.records.items() if record is not None or key != name}
        if record is not None:
            wanted[name] = record
        again = VaultFile.read(path, VAULT)
    on_disk = pathlib.Path(path).read_bytes()
    result = LIBRARY.decrypt(on_disk).decode() if whole else on_disk.decode()
    assert dict(new.records) == dict(again.records) == wanted
    assert (result != text) == old.with_record(name, record).changed
    assert MARK not in on_disk.decode()
    if ours:
        assert result.startswith(before)
        assert result.endswith(after)
    elif result != text:
        assert_only_inserted(text, result)
    if "\n" not in text.replace("\r\n", "") and "\r\n" in text:
        assert "\n" not in result.replace("\r\n", "")
    for vaulttext in POOL:
        kept = vaulttext.split("\n")[2].strip()
        assert text.count(kept) - result.count(kept) <= (name in old.records and kept in ours)
    if "\t" not in text:
        loaded, expected = load(result) or {}, load(text) or {}
        assert (loaded.pop("bloq_client_keys", None) or {}) == wanted
        expected.pop("bloq_client_keys", None)
        assert loaded == expected


def assert_only_inserted(text: str, result: str) -> None:
    shared = 0
    while shared < min(len(text), len(result)) and text[shared] == result[shared]:
        shared += 1
    assert any(result.endswith(text[cut:]) for cut in range(shared + 1))
