# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every clone of a vault file has in common."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._fleet.scope import scope_of


def _git(folder: pathlib.Path, *arguments: str) -> None:
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)  # noqa: S603, S607


def _clone(folder: pathlib.Path, remote: str | None, name: str = "origin") -> str:
    folder.mkdir()
    _git(folder, "init", "-q")
    if remote is not None:
        _git(folder, "remote", "add", name, remote)
    return str(folder / "group_vars" / "all.yml")


@pytest.mark.parametrize(
    "remote",
    [
        "https://git.example.com/team/infra.git",
        "https://ci-job:a-job-s-token@git.example.com/team/infra.git",
        "https://git.example.com:8443/team/infra",
        "ssh://git@git.example.com:2222/team/infra.git",
        "git@git.example.com:team/infra.git",
        "git@GIT.example.com:team/infra/",
        "https://me:a-job-s@token@git.example.com/team/infra",
    ],
)
def test_clones_of_one_repository_have_one_scope(tmp_path: pathlib.Path, remote: str) -> None:
    assert scope_of(_clone(tmp_path / "clone", remote), None) == "git.example.com/team/infra:group_vars/all.yml"


@pytest.mark.parametrize(
    ("remote", "scope"),
    [
        ("/srv/git/infra.git", "/srv/git/infra"),
        ("/srv/git//infra.git/", "/srv/git/infra"),
        ("file:///srv/git/infra.git", "/srv/git/infra"),
        ("../bare.git", "{parent}/bare"),
        ("git@[2001:db8::1]:team/infra.git", "[2001:db8::1]/team/infra"),
        ("ssh://git@[2001:db8::1]:22/team/infra.git", "[2001:db8::1]/team/infra"),
    ],
)
def test_a_remote_on_this_machine_or_at_an_address_is_plain_too(
    tmp_path: pathlib.Path, remote: str, scope: str
) -> None:
    found = scope_of(_clone(tmp_path / "clone", remote), None)
    assert found == f"{scope.format(parent=tmp_path)}:group_vars/all.yml"


def test_a_worktree_has_the_scope_of_its_repository(tmp_path: pathlib.Path) -> None:
    path = _clone(tmp_path / "clone", "git@git.example.com:team/infra.git")
    _git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "first")
    _git(tmp_path / "clone", "worktree", "add", "-q", str(tmp_path / "tree"))
    assert scope_of(str(tmp_path / "tree" / "group_vars" / "all.yml"), None) == scope_of(path, None)


def test_other_files_and_other_repositories_have_other_scopes(tmp_path: pathlib.Path) -> None:
    first = _clone(tmp_path / "first", "git@git.example.com:team/infra.git")
    second = _clone(tmp_path / "second", "git@git.example.com:other/infra.git")
    assert len({scope_of(first, None), scope_of(second, None), scope_of(first + "2", None)}) == 3


def test_the_only_remote_counts_by_any_name(tmp_path: pathlib.Path) -> None:
    path = _clone(tmp_path / "clone", str(tmp_path / "bare.git"), "upstream")
    assert scope_of(path, None).endswith("bare:group_vars/all.yml")


def test_a_remote_in_quotes_is_the_same(tmp_path: pathlib.Path) -> None:
    path = _clone(tmp_path / "clone", "https://git.example.com/team/infra")
    config = tmp_path / "clone" / ".git" / "config"
    config.write_text(config.read_text().replace("https://git.example.com/team/infra", '"https://git.example.com/a b"'))
    assert scope_of(path, None) == "git.example.com/a b:group_vars/all.yml"


def test_a_setting_that_is_only_named_is_no_obstacle(tmp_path: pathlib.Path) -> None:
    path = _clone(tmp_path / "clone", "git@git.example.com:team/infra.git")
    config = tmp_path / "clone" / ".git" / "config"
    config.write_text(f"[fetch]\n\tprune\n{config.read_text()}[pull]\n\trebase\n")
    _git(tmp_path / "clone", "config", "--get", "fetch.prune")
    assert scope_of(path, None) == "git.example.com/team/infra:group_vars/all.yml"


def test_what_is_given_counts(tmp_path: pathlib.Path) -> None:
    assert scope_of(str(tmp_path / "keys.yml"), " team/prod ") == "team/prod"


@pytest.mark.parametrize("inside", [True, False])
def test_without_a_remote_the_scope_must_be_given(tmp_path: pathlib.Path, inside: bool) -> None:
    path = _clone(tmp_path / "clone", None) if inside else str(tmp_path / "keys.yml")
    with pytest.raises(InputError, match="coordination_scope is missing"):
        scope_of(path, None)
