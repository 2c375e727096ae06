#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse YAML files that hold a secret in the clear; a check before a commit, by hand or by pre-commit.

Usage: refuse_plain_secrets.py FILE...

A file is good when Ansible Vault encrypted it whole, or when each value with a secret's name is an encrypted ``!vault``
value or a template, and nothing else in it looks like a secret of Bloq's: 80 hexadecimal digits, or a token. Needs
PyYAML alone. It exits with 1 when it refuses a file, and never shows what it found, only where.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import yaml

SECRET_NAMES = re.compile(r"(?i)(^|_)(secret|password|passwd|access_token|refresh_token|api_key|private_key)$")
SECRET_LOOKS = re.compile(r"\b[0-9a-fA-F]{80}\b|\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
VAULT = re.compile(r"\s*\$ANSIBLE_VAULT;1\.[12];AES256(;[^\s;]+)?\s*\n(\s*[0-9a-f]+\s*(\n|$))+\s*")
TEMPLATE = re.compile(r"\s*\{\{.*\}\}\s*", re.DOTALL)


def complaints(text: str) -> Iterator[str]:
    """Yield what is wrong with a file, each with the line where it is."""
    if VAULT.fullmatch(text):
        return
    if text.startswith("$ANSIBLE_VAULT;"):
        yield "line 1: it begins like a file of Ansible Vault's, but is none: it is damaged, or something was added."
        return
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield f"line {mark.line + 1 if mark else 1}: it is no YAML, so nobody can tell what is in it."
        return
    except RecursionError:
        yield "line 1: it is nested too deeply, so nobody can tell what is in it."
        return
    encrypted: list[tuple[int, int]] = []
    for document in documents:
        yield from _of_node(document, "", encrypted, set())
    for start, end in sorted(encrypted, reverse=True):
        # What is encrypted looks like secrets too. The lines stay, for the numbers.
        text = text[:start] + "\n" * text[start:end].count("\n") + text[end:]
    for found in SECRET_LOOKS.finditer(text):
        yield f"line {text.count(chr(10), 0, found.start()) + 1}: this looks like a secret or a token of Bloq's."


def _of_node(node: yaml.Node | None, path: str, encrypted: list[tuple[int, int]], seen: set[int]) -> Iterator[str]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if SECRET_NAMES.search(name) and not _may_stand(value):
                yield f"line {value.start_mark.line + 1}: {path}{name} is not encrypted."
            yield from _of_node(key, path, encrypted, seen)
            yield from _of_node(value, f"{path}{name}.", encrypted, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _of_node(item, path, encrypted, seen)
    elif node.tag in ("!vault", "!vault-encrypted"):
        if VAULT.fullmatch(node.value):
            encrypted.append((node.start_mark.index, node.end_mark.index))
        else:
            yield f"line {node.start_mark.line + 1}: {path.rstrip('.')} is tagged !vault, but is not encrypted."


def _may_stand(value: yaml.Node) -> bool:
    """Tell whether a secret's value may be committed: what is encrypted, a template, or nothing."""
    if not isinstance(value, yaml.ScalarNode):
        return False
    # A value that is tagged !vault is judged where it stands.
    return (
        value.tag.startswith("!vault")
        or not value.value.strip()
        or bool(value.tag == "tag:yaml.org,2002:null" or TEMPLATE.fullmatch(value.value))
    )


def main(paths: list[str]) -> int:
    """Check the files and return the exit code."""
    refused = False
    for path in paths:
        try:
            with open(path, encoding="utf-8") as stream:
                found = list(complaints(stream.read()))
        except (OSError, UnicodeDecodeError) as error:
            found = [f"it cannot be read: {type(error).__name__}."]
        for complaint in found:
            print(f"{path}: {complaint}", file=sys.stderr)
        refused = refused or bool(found)
    if refused:
        print("Encrypt it with ansible-vault encrypt or ansible-vault encrypt_string, then commit.", file=sys.stderr)
    return int(refused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
