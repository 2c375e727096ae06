# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scope of a vault file: what every clone of it has in common, and no other vault file has."""

from __future__ import annotations

import configparser
import os
import re

from ...module_utils._errors import InputError

_HOW = (
    "Set coordination_scope to a name that this vault file has on every machine and that no other vault file has, such "
    "as payments/production."
)
#: What git writes as HOST:PATH for ssh.
_HOST = r"(\[[^\]/]*\]|[^/:]*)"
_SCP_LIKE = re.compile(rf"(?:[^@/:]+@)?{_HOST}:(?!//)(.+)")
_URL = re.compile(rf"[a-z][a-z0-9+.-]*://(?:[^/]*@)?{_HOST}(?::\d+)?/(.*)", re.IGNORECASE)


def scope_of(vault_path: str, given: str | None) -> str:
    """Return the scope of a vault file.

    Args:
        vault_path: the real file, behind all symbolic links.
        given: what the option ``coordination_scope`` says.

    Raises:
        InputError: nothing is given, and the file is not in a git repository with a remote.
    """
    if given is not None and given.strip():
        return given.strip()
    top = _top_of(os.path.dirname(vault_path))
    if top is None:
        raise InputError(f"coordination_scope is missing: {vault_path} is not in a git repository. {_HOW}")
    remote = _remote(_config_of(top))
    if remote is None:
        raise InputError(f"coordination_scope is missing: the git repository {top} has no remote. {_HOW}")
    return f"{_plain(remote, top)}:{os.path.relpath(vault_path, top)}"


def _top_of(folder: str) -> str | None:
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def _config_of(top: str) -> str:
    """Return the path of a repository's configuration: git may be missing in a container, or refuse to read it."""
    place = os.path.join(top, ".git")
    if os.path.isfile(place):
        place = os.path.join(top, _line(place).removeprefix("gitdir: "))
    common = os.path.join(place, "commondir")
    if os.path.isfile(common):
        place = os.path.join(place, _line(common))
    return os.path.join(place, "config")


def _line(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.readline().strip()


def _remote(config: str) -> str | None:
    """Return the URL of the remote ``origin``, or else of the only one."""
    parser = configparser.ConfigParser(
        interpolation=None, strict=False, allow_no_value=True, delimiters=("=",), default_section=""
    )
    try:
        with open(config, encoding="utf-8", errors="surrogateescape") as file:
            parser.read_string("\n".join(line.strip() for line in file))
    except (OSError, configparser.Error):
        return None
    remotes = {name: parser[name].get("url") for name in parser if name.startswith('remote "')}
    chosen = remotes.get('remote "origin"') or (next(iter(remotes.values())) if len(remotes) == 1 else None)
    return chosen.strip('"') if chosen else None


def _plain(remote: str, top: str) -> str:
    """Return a remote's host and path: the same for ssh and https, and without the password that CI writes into it."""
    match = _URL.fullmatch(remote) or _SCP_LIKE.fullmatch(remote)
    # A path of this machine counts from the repository on.
    host, path = (match[1].lower(), match[2]) if match else ("", os.path.normpath(os.path.join(top, remote)))
    return f"{host}/{path.strip('/').removesuffix('.git')}"
