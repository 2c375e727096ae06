# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session that ``bcl login`` left in the configuration file of Bloq's CLI (bloq-api.md section 7)."""

from __future__ import annotations

import json
import os
import shlex
import stat
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ...module_utils._errors import FileError, InputError
from ...module_utils._ordinary import open_ordinary
from ...module_utils._urls import same_service

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
        accounts_url: the service that the token is for. Names of this machine are one and the same.
        environment: the controller's environment.
        warn: called when others can read the file.

    Raises:
        FileError: the file is not there or cannot be read.
        InputError: it holds no session, or one of another service.
    """
    path = config_path(environment)
    config, mode = _load(path, accounts_url)
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        warn(f"Other users of this machine can read the session in {path}. Close it with: chmod 600 {path}")
    token = config.get("accessToken")
    if not isinstance(token, str) or not token:
        raise InputError(f"{path} holds no session. Log in with: {_login(accounts_url, config)}")
    url = _session_url(config)
    if url is None or not same_service(url, accounts_url):
        raise InputError(
            f"The session in {path} belongs to {url or 'an unknown service'}, not to {accounts_url}. "
            f"Set accounts_url, or log in there with: {_login(accounts_url, config)}"
        )
    return token


def _load(path: str, accounts_url: str) -> tuple[dict[str, t.Any], int]:
    try:
        with open_ordinary(path) as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise FileError(
            f"There is no session of Bloq's CLI: {path} does not exist. Log in with: {_login(accounts_url, {})}"
        ) from None
    except OSError as error:
        raise FileError(f"Cannot read {path}: {error.strerror}.") from None
    try:
        config = json.loads(content) if len(content) <= _LARGEST_FILE else None
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise InputError(
            f"{path} is not a configuration file of Bloq's CLI. Remove it, then log in with: {_login(accounts_url, {})}"
        )
    return config, mode


def _session_url(config: Mapping[str, t.Any]) -> str | None:
    env = config.get("env") or "prod"
    return (isinstance(env, str) and _urls(config).get(env)) or None


def _urls(config: Mapping[str, t.Any]) -> dict[str, str]:
    """Return the Accounts service of each environment that the CLI knows."""
    return {**_DEFAULT_URLS, **dict(_configured_urls(config))}


def _configured_urls(config: Mapping[str, t.Any]) -> Iterator[tuple[str, str]]:
    services = config.get("services")
    for env in services if isinstance(services, dict) else ():
        node: t.Any = services
        for name in (env, "accounts", "url"):
            node = node.get(name) if isinstance(node, dict) else None
        if isinstance(node, str) and node:
            yield env, node


def _login(accounts_url: str, config: Mapping[str, t.Any]) -> str:
    """Return the commands that log in at a service, wherever the CLI is now.

    A logout takes it back to production, where the password of another service must not go.
    """
    for env, url in _urls(config).items():
        if same_service(url, accounts_url):
            return f"bcl conf env {shlex.quote(env)} && bcl login"
    # A slash at the end would become two in the CLI's requests.
    url = shlex.quote(accounts_url.rstrip("/"))
    return f"bcl conf env local && bcl conf services.local.accounts.url {url} && bcl login"
