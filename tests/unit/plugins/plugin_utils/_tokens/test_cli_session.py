# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session that bcl left is found, and used only for the service that it belongs to."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import BloqError, FileError, InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.cli_session import config_path, read_access_token

PROD = "https://accounts.bloq.cloud"


class Cli:
    """The configuration file of Bloq's CLI."""

    def __init__(self, home: pathlib.Path) -> None:
        self.environment = {"XDG_CONFIG_HOME": str(home)}
        self.path = home / "@bloq" / "cloud-cli-nodejs" / "config.json"
        self.warnings: list[str] = []

    def holds(self, content: t.Any, mode: int = 0o600) -> None:
        self.path.parent.mkdir(parents=True)
        self.path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        self.path.chmod(mode)

    def token(self, url: str = PROD) -> str:
        return read_access_token(url, self.environment, self.warnings.append)


@pytest.fixture
def cli(tmp_path: pathlib.Path) -> Cli:
    return Cli(tmp_path)


def session(env: str | None = "prod", url: str | None = None, **more: t.Any) -> dict[str, t.Any]:
    config: dict[str, t.Any] = {"user": "someone", "accessToken": "the-token", **more}
    if env is not None:
        config["env"] = env
    if url is not None:
        config["services"] = {env: {"accounts": {"url": url}}}
    return config


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    below = "@bloq/cloud-cli-nodejs/config.json"
    assert config_path({"XDG_CONFIG_HOME": "/etc/mine"}) == f"/etc/mine/{below}"
    assert config_path({}) == config_path({"XDG_CONFIG_HOME": ""}) == f"/home/someone/.config/{below}"


def test_without_a_home_no_session_of_the_current_folder_is_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    Cli(tmp_path / "~" / ".config").holds(session())
    with pytest.raises(FileError, match="no home folder"):
        read_access_token(PROD, {}, lambda _text: None)


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (session(), PROD),
        (session(None), PROD),
        (session(url=f"{PROD}/"), PROD),
        (session("staging"), "https://accounts.bloqclouddev.com"),
        (session("local"), "http://localhost:4000"),
        (session("local", "http://127.0.0.1:5000"), "http://127.0.0.1:5000"),
        (session("mine", "https://accounts.example.com"), "https://accounts.example.com"),
        (session("mine", "https://accounts.example.com"), "https://ACCOUNTS.example.com:443/"),
        (session("local"), "http://127.0.0.1:4000"),
        (session("local"), "http://[::1]:4000/"),
        (session("local", "http://127.0.0.1:5000"), "http://localhost:5000"),
    ],
)
def test_the_session_of_the_service_is_used(cli: Cli, config: dict[str, t.Any], url: str) -> None:
    cli.holds(config)
    assert cli.token(url) == "the-token" and cli.warnings == []


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (session(), "https://accounts.bloqclouddev.com"),
        (session("staging"), PROD),
        (session("local", "http://127.0.0.1:5000"), "http://127.0.0.1:4000"),
        (session("local"), "https://127.0.0.1:4000"),
        (session("local"), "http://127.0.0.1:4000/elsewhere"),
        (session("local"), "http://localhost.example.com:4000"),
        (session("local", "http://127.0.0.1:port"), "http://127.0.0.1:4000"),
        (session("unheard-of"), PROD),
        ({**session(), "env": 7}, PROD),
        ({**session(), "services": []}, "https://accounts.example.com"),
    ],
)
def test_a_session_of_another_service_is_refused(cli: Cli, config: dict[str, t.Any], url: str) -> None:
    cli.holds(config)
    with pytest.raises(InputError, match="belongs to") as told:
        cli.token(url)
    assert url in str(told.value) and "the-token" not in str(told.value)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o400, 0), (0o644, 1), (0o640, 1), (0o604, 1)])
def test_a_file_that_others_can_read_is_warned_of(cli: Cli, mode: int, warned: int) -> None:
    cli.holds(session(), mode)
    assert cli.token() == "the-token"
    assert len(cli.warnings) == warned
    assert all(f"chmod 600 {cli.path}" in text for text in cli.warnings)


@pytest.mark.parametrize("token", [None, "", 7, ["the-token"]])
def test_without_a_session_the_login_is_named(cli: Cli, token: t.Any) -> None:
    cli.holds({**session(), "accessToken": token})
    with pytest.raises(InputError, match="bcl login"):
        cli.token()


@pytest.mark.parametrize(
    ("url", "commands"),
    [
        (PROD, "bcl conf env prod && bcl login"),
        ("http://127.0.0.1:4000", "bcl conf env local && bcl login"),
        ("https://accounts.example.com/", "bcl conf env mine && bcl login"),
        (
            "http://127.0.0.1:5000/",
            "bcl conf env local && bcl conf services.local.accounts.url http://127.0.0.1:5000 && bcl login",
        ),
    ],
)
def test_the_login_names_the_environment(cli: Cli, url: str, commands: str) -> None:
    cli.holds({**session("mine", "https://accounts.example.com"), "accessToken": ""})
    with pytest.raises(InputError) as told:
        cli.token(url)
    assert str(told.value).endswith(f"Log in with: {commands}")


def test_the_login_names_the_environment_after_a_logout(cli: Cli) -> None:
    # bcl leaves an empty file, and is back at production.
    cli.holds({})
    with pytest.raises(InputError, match=r"bcl conf env local && bcl login$"):
        cli.token("http://localhost:4000")


def test_a_session_of_production_is_not_sent_to_this_machine(cli: Cli) -> None:
    cli.holds(session())
    with pytest.raises(InputError, match=r"log in there with: bcl conf env local && bcl login$"):
        cli.token("http://127.0.0.1:4000")


def test_without_a_file_the_login_is_named(cli: Cli) -> None:
    with pytest.raises(FileError, match="bcl login"):
        cli.token()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"', "[" * 100000, " " * 2**20 + "{}"])
def test_another_program_s_file_is_told(cli: Cli, content: str) -> None:
    cli.holds(content)
    with pytest.raises(InputError, match="not a configuration file"):
        cli.token()


def test_a_folder_in_its_place_is_told(cli: Cli) -> None:
    cli.path.mkdir(parents=True)
    with pytest.raises(BloqError, match="Cannot read"):
        cli.token()
