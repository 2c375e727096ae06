# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables, written here and read as Ansible reads them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault import yaml_document
from ansible_collections.bloq.cloud.plugins.plugin_utils._vault.secrets import Vault

SECRET = VaultSecret(b"a pass phrase")
LIBRARY = VaultLib([("default", SECRET)])
VAULT = Vault([("default", SECRET)])
PARSERS = pytest.mark.parametrize("parser", [yaml.SafeLoader, yaml_document.PARSER], ids=["python", "libyaml"])


def sealed(text: str, indent: int) -> str:
    lines = LIBRARY.encrypt(text, secret=SECRET, salt="always the same salt").decode().splitlines()
    return "!vault |\n" + "\n".join(" " * indent + line for line in lines)


class Loader(yaml.SafeLoader):
    """What Ansible makes of a vars file, by other code than ours."""


def _vaulted(_loader: Loader, node: yaml.ScalarNode) -> str:
    return t.cast(str, LIBRARY.decrypt(node.value).decode())


def _unsafe(loader: Loader, node: yaml.ScalarNode) -> t.Any:
    return loader.construct_scalar(node)


def _custom(loader: Loader, node: yaml.MappingNode) -> t.Any:
    return loader.construct_mapping(node)


Loader.add_constructor("!vault", _vaulted)
Loader.add_constructor("!unsafe", _unsafe)
Loader.add_constructor("!custom", _custom)


def load(text: str) -> t.Any:
    return yaml.load(text, Loader)  # noqa: S506 - it is a SafeLoader


def write(folder: pathlib.Path, text: str) -> str:
    path = folder / "vars.yml"
    path.write_bytes(text.encode())
    return str(path)
