# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session that ``bcl login`` left in the configuration file of Bloq's CLI (bloq-api.md section 7)."""

from __future__ import annotations

import json
import os
import stat
import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.bloq.cloud.plugins.module_utils._errors import FileError, InputError

_BELOW_CONFIG_HOME = "@bloq/cloud-cli-nodejs/config.json"
_LARGEST_FILE = 1024 * 1024
#: Where the CLI goes when its file names no services (CLI4 src/default-config.js).
_DEFAULT_URLS = {
    "prod": "https://accounts.bloq.cloud",
    "staging": "https://accounts.bloqclouddev.com",
    "local": "http://localhost:4000",
}


def config_path(environment: Mapping[str, str]) -> str:
    """Return the path of the CLI's configuration file.

    Raises:
        FileError: there is no home to look in.
    """
    home = environment.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    # Else the tilde would be the name of a folder of the project.
    if home.startswith("~"):
        raise FileError("There is no home folder, so no session of Bloq's CLI. Set HOME or XDG_CONFIG_HOME.")
    return os.path.join(home, _BELOW_CONFIG_HOME)


def read_access_token(accounts_url: str, environment: Mapping[str, str], warn: Callable[[str], None]) -> str:
    """Return the account token of the CLI's session for ``accounts_url``.

    Args:
        accounts_url: the service that the token is for.
        environment: the controller's environment.
        warn: told when others can read the file.

    Raises:
        FileError: the file is not there or cannot be read.
        InputError: it holds no session, or one of another service.
    """
    path = config_path(environment)
    config, mode = _load(path)
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        warn(f"Other users of this machine can read the session in {path}. Close it with: chmod 600 {path}")
    token = config.get("accessToken")
    if not isinstance(token, str) or not token:
        raise InputError(f"{path} holds no session. Log in with: bcl login")
    url = _session_url(config)
    if url is None or url.rstrip("/") != accounts_url.rstrip("/"):
        raise InputError(
            f"The session in {path} belongs to {url or 'an unknown service'}, not to {accounts_url}. "
            "Log in there with bcl, or set accounts_url."
        )
    return token


def _load(path: str) -> tuple[dict[str, t.Any], int]:
    try:
        with open(path, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise FileError(f"There is no session of Bloq's CLI: {path} does not exist. Log in with: bcl login") from None
    except OSError as error:
        raise FileError(f"Cannot read {path}: {error.strerror}.") from None
    try:
        config = json.loads(content) if len(content) <= _LARGEST_FILE else None
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise InputError(f"{path} is not a configuration file of Bloq's CLI. Log in with: bcl login")
    return config, mode


def _session_url(config: Mapping[str, t.Any]) -> str | None:
    env = config.get("env") or "prod"
    node: t.Any = config
    for name in ("services", env, "accounts", "url"):
        node = node.get(name) if isinstance(node, dict) and isinstance(name, str) else None
    return node if isinstance(node, str) else _DEFAULT_URLS.get(str(env))
