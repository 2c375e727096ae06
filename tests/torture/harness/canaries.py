# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a test knows, and the search for them wherever they must not be."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import re
import subprocess
import typing as t
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

#: Every token of Bloq begins like this: the header of a JWT.
JWT = "eyJhbGciOi"
#: The results that carry secrets, by their keys.
_SECRET_KEYS = ("access_token", "refresh_token", "client_secret", "password")
_SHORTEST = 8
# Line breaks as they are, and as JSON and Python write them; what wraps text may indent it as well.
_BREAKS = re.compile(rb"(?:\\r|\\n|\r|\n)[ \t]*")


@dataclasses.dataclass(frozen=True)
class Hit:
    """A secret that was found.

    Attributes:
        secret: what it is, such as ``the password``.
        form: how it is written there.
        place: where it was found.
    """

    secret: str
    form: str
    place: str


class Canaries:
    """Secrets by what they are."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._needles: list[tuple[str, str, bytes]] = []
        for name, secret in {**secrets, "a token": JWT}.items():
            self.add(name, secret)

    def add(self, name: str, secret: str) -> None:
        """Add a secret, long enough not to be found by chance."""
        assert len(secret) >= _SHORTEST, f"{name} is too short to search for"
        self._needles += [(name, form, needle) for form, needle in forms(secret)]

    def add_results(self, value: t.Any, name: str = "a result") -> None:
        """Add the secrets that are anywhere in the results of modules."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key in _SECRET_KEYS and isinstance(inner, str) and inner:
                    self.add(f"{key} of {name}", inner)
                self.add_results(inner, key if name == "a result" else name)
        elif isinstance(value, list):
            for inner in value:
                self.add_results(inner, name)

    def search(self, content: bytes, place: str) -> list[Hit]:
        """Return the secrets in what ``place`` holds."""
        texts = (content, _BREAKS.sub(b"", content))
        return [Hit(name, form, place) for name, form, needle in self._needles if any(needle in text for text in texts)]

    def search_folder(self, folder: Path, *, without: t.Container[Path] = ()) -> list[Hit]:
        """Return the secrets in the names and contents of all files below a folder.

        Args:
            folder: the folder.
            without: files that the user asked to hold a secret.
        """
        hits = []
        for path in folder.rglob("*"):
            hits += self.search(str(path.relative_to(folder)).encode(), f"the name of {path}")
            if path.is_file() and path not in without:
                hits += self.search(path.read_bytes(), str(path))
        return hits

    def search_git(self, folder: Path) -> list[Hit]:
        """Return the secrets in everything that a git repository has ever taken in."""
        command = ["git", "-C", str(folder), "cat-file", "--batch-all-objects", "--batch"]
        return self.search(subprocess.run(command, check=True, capture_output=True).stdout, f"{folder}/.git")


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield the ways in which a secret may be written."""
    plain = secret.encode()
    yield "plain", plain
    for offset in range(3):
        # The characters that the secret alone decides, wherever in the encoded text it stands.
        begin = -(-offset * 8 // 6)
        end = (offset + len(plain)) * 8 // 6
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            yield name, encode(bytes(offset) + plain)[begin:end]
    yield "hexadecimal", plain.hex().encode()
    yield "reversed", plain[::-1]
    for name, text in (
        ("URL-encoded", urllib.parse.quote(secret, safe="")),
        ("URL-encoded but for slashes", urllib.parse.quote(secret)),
        ("form-encoded", urllib.parse.quote_plus(secret)),
        ("JSON", json.dumps(secret)[1:-1]),
        ("JSON in UTF-8", json.dumps(secret, ensure_ascii=False)[1:-1]),
        ("JSON in JSON", json.dumps(json.dumps(secret))[3:-3]),
        ("JSON in Python", json.dumps(secret)[1:-1].replace("\\", "\\\\").replace("'", "\\'")),
        ("Python", repr(secret)[1:-1]),
        ("Python's bytes", repr(plain)[2:-1]),
        ("HTML", html.escape(secret)),
        ("XML", html.escape(secret, quote=False)),
        ("JSON in HTML", html.escape(json.dumps(secret)[1:-1])),
        ("JSON in XML", html.escape(json.dumps(secret)[1:-1], quote=False)),
        ("JSON in UTF-8 in XML", html.escape(json.dumps(secret, ensure_ascii=False)[1:-1], quote=False)),
        ("a shell's word", secret.replace("'", "'\"'\"'")),
    ):
        yield name, text.encode()
