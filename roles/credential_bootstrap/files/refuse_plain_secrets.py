#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse YAML files that hold a secret in the clear; a check before a commit, by hand or by pre-commit.

Usage: refuse_plain_secrets.py FILE...

A file is good when Ansible Vault encrypted it whole, or when each value with a secret's name is encrypted or nothing
but templates that hold no literal, and nothing else in it looks like a secret of Bloq's: 80 hexadecimal digits, or a
token. Values are looked at as YAML reads them, after escapes and folding; comments as text. What is encrypted is known
by Ansible Vault's structure, not by its header or its tag. A file that has the name of a vault password's and holds one
line is refused whatever that is. Needs PyYAML alone. It exits with 1 when it refuses a file,
and never shows what it found, only where.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import sys
import typing as t
from collections.abc import Iterator

import yaml

#: How much is looked at, in characters: a file that is encrypted whole costs next to nothing, YAML some seconds.
LARGEST_FILE, LARGEST_YAML = 16_000_000, 500_000


#: The names that vault passwords' files have; a script that prints one has an ending of its own.
_PASSWORD_FILE = re.compile(
    r"(.*vault[-_.]?(pass[^.]*|pwd?|key|secret)|(.*[-_.])?(password|passphrase)|\.(.*[-_.])?vault|(.*[-_.])?vault(?=\.txt))"
    r"(\.(txt|key|secret|old|bak|dev|test|stag\w*|prod\w*))?",
    re.IGNORECASE,
)
_BELONGS_ELSEWHERE = (
    "it is named as a vault password's file and holds one line. Take it out of the commit with git rm --cached, and "
    "keep it outside of the repository."
)
_MERGE_MARK = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)
_HAS_BOTH_SIDES = (
    "the marks of a merge are here, so both sides are in it. Take one side of each record, remove the marks, and look "
    "for keys of the other side in the report."
)


def complaints_of_file(path: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a file, by its name and by its text."""
    is_named_so = _PASSWORD_FILE.fullmatch(os.path.basename(path)) is not None
    if is_named_so and len(text.strip().splitlines()) == 1:
        yield _BELONGS_ELSEWHERE
    # A script that prints a password may have such a name too, and is no YAML.
    elif not (is_named_so and text.startswith("#!")):
        yield from complaints(text)


def complaints(text: str) -> Iterator[str]:
    """Yield what is wrong with a file, each with the line where it is."""
    if is_encrypted(text):
        return
    if text.startswith("$ANSIBLE_VAULT;"):
        yield "line 1: it begins like a file of Ansible Vault's, but is not one: it is damaged, or something was added."
        return
    if len(text) > LARGEST_YAML:
        yield f"line 1: it is longer than {LARGEST_YAML} characters, which is too much to look through."
        return
    mark = _MERGE_MARK.search(text)
    if mark:
        yield f"line {text.count(chr(10), 0, mark.start()) + 1}: {_HAS_BOTH_SIDES}"
        return
    try:
        documents, scalars = _parsed(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        problem = getattr(error, "problem_mark", None)
        yield f"line {problem.line + 1 if problem else 1}: it is not YAML, so what is in it cannot be checked."
        return
    except RecursionError:
        yield "line 1: it is nested too deeply to look through."
        return
    found = {finding for document in documents for finding in _of_document(document)}
    found.update(_of_text(_beside_values(text, scalars)))
    for line, complaint in sorted(found):
        yield f"line {line}: {complaint}"


# Ciphertext

_VAULT = re.compile(r"\s*\$ANSIBLE_VAULT;1\.[12];AES256(?:;[^\s;]+)?[^\S\n]*\n(?P<body>[0-9a-fA-F\s]+)")
_VAULT_IN_TEXT = re.compile(r"\$ANSIBLE_VAULT;[^\n]*(?:\n[^\S\n]*#*[^\S\n]*[0-9a-fA-F]+[^\S\n]*(?=\n|\Z))+")


def is_encrypted(text: str) -> bool:
    """Tell whether a text is one of Ansible Vault's, whole and by its structure.

    Its body is the hexadecimal form of three lines, each hexadecimal again: the salt, an HMAC of 32 bytes, and
    ciphertext in blocks of 16 bytes.
    """
    vault = _VAULT.fullmatch(text)
    if vault is None:
        return False
    try:
        lines = binascii.unhexlify("".join(vault["body"].split())).split(b"\n")
        salt, digest, ciphertext = (binascii.unhexlify(line) for line in lines)
    except ValueError:
        return False
    return (
        len(salt) > 0
        and len(digest) == 32
        and len(ciphertext) > 0
        and len(ciphertext) % 16 == 0
        # The salt can be a text of the user's own (VAULT_ENCRYPT_SALT); the others never are.
        and not _is_text(digest)
        and not _is_text(ciphertext)
    )


def _is_text(content: bytes) -> bool:
    """Tell whether bytes, less what pads them to a block, are printable: ciphertext is so once in millions."""
    padding = content[-1:] * content[-1]
    if content.endswith(padding):
        content = content.removesuffix(padding)
    return all(32 <= byte < 127 or byte in b"\t\r\n\0" for byte in content)


def _without_ciphertext(text: str) -> str:
    """Return a text without what is encrypted in it. Its lines stay, for the numbers."""

    def keep_lines(found: re.Match[str]) -> str:
        plain = "\n".join(line.strip().lstrip("#") for line in found[0].splitlines())
        return "\n" * found[0].count("\n") if is_encrypted(plain) else found[0]

    return _VAULT_IN_TEXT.sub(keep_lines, text)


# The names of secrets

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET = re.compile(r".*(secret|password|passwd|passphrase|token|(api|private|secret|access|encryption|signing)key)")
_SHORT = {"pass", "pwd", "pw"}
#: What a name may end with without being another thing's.
_QUALIFIERS = {"old", "new", "current", "previous", "next", "value", "text", "plain", "raw", "base64", "b64", "backup"}
_NAMING, _NAMED = {"name", "key", "id", "var", "variable", "env"}, {"value", "val", "default", "content"}
#: The fields of a record of this collection's, by which it is known whatever its name is.
_KEY_FIELDS = {"accounts_url", "client_id", "client_secret", "created_at", "pending", "refresh_token", "retiring"}
_NODE_FIELDS = {"auth_type", "certificate", "chain", "created_at", "id", "kind", "network", "nodes_url", "service_id"}
_NODE_FIELDS |= {"password", "url", "username"}
#: What stands for no secret under such a name: choices of this collection's options, and of the forges' pipelines.
_HARMLESS = {("token", word) for word in ("auto", "client", "account", "none")}
_HARMLESS |= {("idtoken", "write"), ("idtoken", "none"), ("secret", "inherit")}


def _plain_name(name: str) -> str:
    """Return a name without its case, separators, numbers and qualifiers: client_secret, clientSecret-2 and so on."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _QUALIFIERS):
        words.pop()
    return "pass" if words and words[-1] in _SHORT else "".join(words)


def _is_secret(name: str) -> bool:
    plain = _plain_name(name)
    return plain == "pass" or _SECRET.fullmatch(plain) is not None


def _is_secrets(name: str) -> bool:
    plain = _plain_name(name)
    return plain.endswith("s") and _SECRET.fullmatch(plain[:-1]) is not None


# Values

_NOTHING = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"}
_NO, _ITEMS, _ALL = range(3)  # Whether a node is a secret: no, what it lists is, or it is at any depth.
_VALUE_TAGS = ("!vault", "!vault-encrypted")


def _of_document(document: yaml.Node) -> Iterator[tuple[int, str]]:
    """Yield the lines and complaints of a YAML document. An alias is looked at once, however often it is used."""
    waiting: list[tuple[yaml.Node, str, int]] = [(document, "", _NO)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        node, path, secret = waiting.pop()
        if (id(node), secret) in seen:
            continue
        seen.add((id(node), secret))
        if isinstance(node, yaml.MappingNode):
            waiting += _members(node, path, secret)
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, path, _inner(item, secret)) for item in node.value]
        elif isinstance(node, yaml.ScalarNode):
            for complaint in _of_scalar(node, path, secret):
                yield node.start_mark.line + 1, complaint


def _inner(node: yaml.Node, secret: int) -> int:
    """Return what an item or a member is when what holds it is a secret, or secrets."""
    if secret == _ITEMS:
        return _ALL if isinstance(node, yaml.ScalarNode) else _NO
    return secret


def _members(node: yaml.MappingNode, path: str, secret: int) -> Iterator[tuple[yaml.Node, str, int]]:
    names = {key.value.lower(): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    beside = [name.value for word, name in names.items() if word in _NAMING and isinstance(name, yaml.ScalarNode)]
    secrets_beside = list(filter(_is_secret, beside))
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name.lower() in _NAMED and secrets_beside:
            name, inner = secrets_beside[0], _ALL
        elif _is_module(name, value) or _is_record(value):
            inner = _NO
        elif _is_secret(name):
            inner = _ALL
        elif _is_secrets(name):
            inner = max(secret, _ITEMS)
        else:
            inner = _inner(value, secret)
        # A key without a value is an item of a set.
        yield key, path, secret if secret == _ALL and _is_nothing(value) else _NO
        yield value, f"{path}.{_shown(name)}".lstrip("."), inner


def _is_module(name: str, value: yaml.Node) -> bool:
    """Tell whether a name that ends like a secret's is a module's, with its options."""
    last = name.rpartition(".")[2]
    return isinstance(value, yaml.MappingNode) and (name.count(".") >= 2 or last == "bloq_token")


def _is_record(value: yaml.Node) -> bool:
    """Tell whether a value is a record of ours, by its fields: a user can give it a name like a secret's."""
    if not isinstance(value, yaml.MappingNode):
        return False
    fields = {key.value: field for key, field in value.value if isinstance(key, yaml.ScalarNode)}
    if len(fields) < len(value.value):
        return False
    client_id = getattr(fields.get("client_id"), "value", "")
    is_key = isinstance(client_id, str) and re.fullmatch("[0-9a-f]{40}", client_id) is not None
    return (is_key and fields.keys() <= _KEY_FIELDS) or ({"nodes_url", "id"} <= fields.keys() <= _NODE_FIELDS)


def _shown(name: str) -> str:
    """Return a name for a message, unless it is something else than a name."""
    return name if re.fullmatch(r"[\w.-]{1,64}", name) and not _looks_secret(name) else "?"


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (node.tag in _NOTHING or not node.value.strip())


def _of_scalar(node: yaml.ScalarNode, path: str, secret: int) -> Iterator[str]:
    text = node.value
    if is_encrypted(text):
        return
    if node.tag in _VALUE_TAGS:
        yield f"{path or 'a value'} is tagged !vault, but is not encrypted."
    elif secret == _ALL or (secret == _ITEMS and node.tag == "tag:yaml.org,2002:str"):
        name = _plain_name(path.rpartition(".")[2])
        if not _is_nothing(node) and not is_template(text) and (name.rstrip("s"), text) not in _HARMLESS:
            yield f"{path} is not encrypted."
    if node.tag == "tag:yaml.org,2002:binary":
        with_padding = "".join(text.split()) + "=="
        text = base64.b64decode(with_padding, validate=False).decode("utf-8", "replace") if len(text) % 4 != 1 else text
    yield from (complaint for _line, complaint in _of_text(text))


# Templates

_OUTSIDE = re.compile(r"(?i)\s*(?:bearer|basic)?[\s$:;,./_-]*")
_PART = re.compile(
    r"(?P<space>\s+)|(?P<literal>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\d[\w.]*)|(?P<name>[^\W\d]\w*)|[=!<>]=|.",
    re.DOTALL,
)
_WORDS_BETWEEN = {"and", "or", "not", "in", "is", "if", "elif", "else", "set"}
_COMPARISONS = {"==", "!=", "<", ">", "<=", ">=", "in"}
#: What is given names, patterns and places, and returns none of them.
_TAKES_NAMES = {
    *(
        "lookup",
        "query",
        "q",
        "selectattr",
        "rejectattr",
        "extract",
        "attr",
        "json_query",
        "mandatory",
        "undef",
        "split",
    ),
    *(
        "strip",
        "lstrip",
        "rstrip",
        "search",
        "match",
        "regex_search",
        "regex_findall",
        "startswith",
        "endswith",
        "hash",
    ),
    *("password_hash", "b64decode", "b64encode", "random"),
}
_TAKES_A_NAME_FIRST = {"get", "map", "replace", "regex_replace"}
#: Lookups that return what they are given.
_ECHOES = re.compile(r".([\w.]+\.)?(items|list|dict|nested|together|flattened|random_choice|indexed_items|cartesian).")
_RETURNS_WHAT_IT_TAKES = {"", "default", "d", "ternary"}


def is_template(text: str) -> bool:
    """Tell whether a text is nothing but templates of Jinja, without a literal that could be the secret itself."""
    place, found = 0, False
    while True:
        begin = re.compile(r"\{[{%]").search(text, place)
        if _OUTSIDE.fullmatch(text, place, begin.start() if begin else len(text)) is None:
            return False
        if begin is None:
            return found
        place, found = _past_template(text, begin.end(), "}}" if begin[0] == "{{" else "%}"), True
        if place < 0:
            return False


class _Bracket:
    """What is open around a place in a template."""

    def __init__(self, function: str = "", *, harmless: bool = False) -> None:
        """Take the function that is called, or whether what a group or subscript holds cannot be returned."""
        self.function, self.harmless = function, harmless
        self.arguments, self.keyword, self.echoes = 0, "", False

    def passes(self, literal: str) -> None:
        """Take notice of an argument."""
        looks_up = self.function in ("lookup", "query", "q") and self.arguments == 0
        self.echoes = self.echoes or (looks_up and _ECHOES.fullmatch(literal) is not None)

    def names(self) -> bool:
        """Tell whether an argument at this place is a name, a pattern or a place, which is not returned."""
        if not self.function:
            return self.harmless
        if self.echoes or self.keyword == "default" or _is_secret(self.keyword):
            return False
        first = self.arguments == 0 and not self.keyword
        return self.function in _TAKES_NAMES or (
            self.function in _TAKES_A_NAME_FIRST and (first or self.keyword == "attribute")
        )


def _past_template(text: str, place: int, end: str) -> int:
    """Return where a template ends, or -1 when it does not end, or holds a literal that could be the secret."""
    inside, before, comparisons = [_Bracket()], "", _COMPARISONS
    while place < len(text):
        if len(inside) == 1 and text.startswith(end, place):
            return place + 2
        part = _PART.match(text, place)
        if part is None:
            return -1
        place, what = part.end(), part[0]
        if part["space"]:
            continue
        if part["literal"]:
            inside[-1].passes(what)
            compared = before in comparisons or re.compile(r"\s*([=!<>]=|[<>]|in\b)").match(text, place)
            if not (compared or inside[-1].names() or _is_empty(what, inside[-1])):
                return -1
        elif what in "([{":
            value_before = re.fullmatch(r"\w+|[)\]\"']", before[-1:]) and before not in _WORDS_BETWEEN
            if what == "(" and value_before:
                inside.append(_Bracket(before))
            else:
                looked_up = (what == "[" and value_before) or before in comparisons
                inside.append(_Bracket(harmless=bool(looked_up) or inside[-1].names()))
        elif what in ")]}":
            if len(inside) == 1:
                return -1
            inside.pop()
        elif what in "\"'":
            return -1
        elif what == ",":
            inside[-1].arguments, inside[-1].keyword = inside[-1].arguments + 1, ""
        elif what == "=":
            inside[-1].keyword = before
        elif what == "for":
            comparisons = _COMPARISONS - {"in"}
        before = what
    return -1


def _is_empty(literal: str, inside: _Bracket) -> bool:
    """Tell whether a literal is a text of nothing, or of marks that join or part others."""
    if literal[0] not in "\"'":
        return False
    text = literal[1:-1].strip()
    return not text or (inside.function not in _RETURNS_WHAT_IT_TAKES and not re.search(r"\w", text))


# Text

_COMPLAINT = "this looks like a secret or a token of Bloq's."
#: What can stand within a secret that is written over several lines, in parts, or with separators of digits.
_JOINTS = re.compile(r"[\s_#\\\"'+~]*")
_TOKEN = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
_PAIR = re.compile(
    r"""^[^\w"'\n]*(?:export[ ]+)?(?P<mark>["']?)(?P<name>[A-Za-z][\w.-]{0,99})(?P=mark)[ ]*[:=][ ]*"""
    r"""(?P<value>[^\s=].*)$""",
    re.MULTILINE,
)
#: What stands for a value that is somewhere else, or is one of a programming language.
_REFERENCE = re.compile(r"[$<&*|>%!.(\[{]|\{\{|[\w.]+[(\[]|(true|false|yes|no|null|none)\b", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/?#@:'\"]*:(?![{$<*])[^\s/?#@'\"{]+@", re.IGNORECASE)


def _of_text(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines and complaints of a text: what looks like a secret, and what stands beside a secret's name."""
    text = _without_ciphertext(text)
    found = [(place, _COMPLAINT) for place in _secret_places(text)]
    found += [(url.start(), _COMPLAINT) for url in _URL_PASSWORD.finditer(text)]
    for pair in _PAIR.finditer(text):
        if _is_secret(pair["name"]) and _is_written_out(pair["value"].strip().rstrip(",")):
            found.append((pair.start("name"), f"{_shown(pair['name'])} is not encrypted."))
    line, end = 1, 0
    for place, complaint in sorted(found):
        line, end = line + text.count("\n", end, place), place
        yield line, complaint


def _is_written_out(value: str) -> bool:
    """Tell whether what stands behind a secret's name in a text is a value: one word, or a text in quotes."""
    quoted = re.fullmatch(r"([\"'])(.*)\1", value)
    if quoted:
        return bool(quoted[2].strip()) and not _REFERENCE.match(quoted[2])
    return not re.search(r"\s", value) and not _REFERENCE.match(value) and re.search(r"\w", value) is not None


def _looks_secret(text: str) -> bool:
    return any(True for _place in _secret_places(text))


def _secret_places(text: str) -> Iterator[int]:
    """Yield where a text holds 80 hexadecimal digits, neither more nor fewer, or a token, in one piece or in parts."""
    parts: list[tuple[int, int]] = []  # Where each part begins, and how long it is.
    length = end = 0
    for found in re.compile(r"[0-9a-fA-F]+").finditer(text):
        if not _JOINTS.fullmatch(text, end, found.start()):
            parts, length = [], 0
        parts.append((found.start(), len(found[0])))
        length, end = length + len(found[0]), found.end()
        while length > 80:
            length -= parts.pop(0)[1]
        if length == 80:
            yield parts[0][0]
    # A token's own characters are among the joints, so its parts are put together without the others.
    if "e" in text and "." in text:
        kept = [(place, sign) for place, sign in enumerate(text) if not (sign.isspace() or sign in "#\\\"'+~")]
        joined = "".join(sign for _place, sign in kept)
        yield from (kept[found.start()][0] for found in _TOKEN.finditer(joined))


# YAML


class _Loader(yaml.SafeLoader):
    """A loader that remembers where the scalars are."""

    scalars: list[yaml.ScalarToken]

    def get_token(self) -> t.Any:
        token = super().get_token()  # type: ignore[no-untyped-call]
        if isinstance(token, yaml.ScalarToken):
            self.scalars.append(token)
        return token


def _parsed(text: str) -> tuple[list[yaml.Node], list[yaml.ScalarToken]]:
    """Return the documents of a YAML text, and the tokens of its scalars."""
    loader = _Loader(text)
    loader.scalars, documents = [], []
    while loader.check_node():
        documents.append(loader.get_node())
    return [document for document in documents if document is not None], loader.scalars


def _beside_values(text: str, scalars: list[yaml.ScalarToken]) -> str:
    """Return what is in a YAML text beside its values, such as comments, in the same lines."""
    kept, end = [], 0
    for token in scalars:
        start, end_of_value = token.start_mark.index, token.end_mark.index
        value = text[start:end_of_value]
        header = re.match(r"[|>][-+\d]*[^\S\n]*(#[^\n]*)", value) if token.style in ("|", ">") else None
        kept += [text[end:start], header[1] if header else "", "\n" * value.count("\n")]
        end = end_of_value
    return "".join(kept) + text[end:]


def main(paths: list[str]) -> int:
    """Check the files and return the exit code."""
    refused = is_to_be_encrypted = False
    for path in paths:
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read(LARGEST_FILE + 1)
            is_small = len(text) <= LARGEST_FILE
            found = list(complaints_of_file(path, text)) if is_small else ["it is too large to look through."]
        except (OSError, UnicodeDecodeError) as error:
            found = [f"it cannot be read: {type(error).__name__}."]
        for complaint in found:
            print(f"{path}: {complaint}", file=sys.stderr)
            is_to_be_encrypted |= not complaint.endswith((_BELONGS_ELSEWHERE, _HAS_BOTH_SIDES))
        refused = refused or bool(found)
    if is_to_be_encrypted:
        print("Encrypt it with ansible-vault encrypt or ansible-vault encrypt_string, then commit.", file=sys.stderr)
    return int(refused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
