# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that would keep, show or type a secret on a far host are refused."""

from __future__ import annotations

import shutil
import types
import typing as t
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._far_safety import refuse_unsafe


class Plugin:
    """A connection or shell plugin with these options."""

    transport = "ssh"

    def __init__(self, **options: t.Any) -> None:
        self.options = options
        self._shell: t.Any = types.SimpleNamespace(get_option=options.__getitem__)

    def get_option(self, name: str) -> t.Any:
        return self.options[name]


needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh client")


@needs_ssh
@pytest.mark.parametrize("where", ["ssh_args", "ssh_common_args", "ssh_extra_args"])
@pytest.mark.parametrize("how", ["-t", "-tt", "-o RequestTTY=force", "-o 'RequestTTY yes'", "-F {file}"])
def test_a_terminal_is_refused(tmp_path: Path, where: str, how: str) -> None:
    (tmp_path / "config").write_text("Host *\n  RequestTTY force\n", encoding="utf-8")
    plugin = Plugin(host="far", **{where: how.format(file=tmp_path / "config")})
    with pytest.raises(InputError, match="ask for a terminal"):
        refuse_unsafe(plugin, is_pipelined=True)


@needs_ssh
@pytest.mark.parametrize("arguments", ["-F none", "-F none -C -o ControlMaster=auto", "-F none -T", "-F none -v"])
def test_other_settings_are_fine(arguments: str) -> None:
    refuse_unsafe(Plugin(host="far", ssh_args=arguments), is_pipelined=True)


@pytest.mark.parametrize("is_pipelined", [True, False])
def test_a_file_that_everybody_may_read_is_refused(is_pipelined: bool) -> None:
    plugin = Plugin(world_readable_temp=True)
    plugin.transport = "another"
    if is_pipelined:
        refuse_unsafe(plugin, is_pipelined=True)
        return
    with pytest.raises(InputError, match="WORLD_READABLE"):
        refuse_unsafe(plugin, is_pipelined=False)


@pytest.mark.parametrize(("name", "is_pipelined"), [("DEFAULT_DEBUG", True), ("DEFAULT_KEEP_REMOTE_FILES", False)])
def test_traces_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, is_pipelined: bool) -> None:
    monkeypatch.setattr(constants, name, True)
    with pytest.raises(InputError, match="ANSIBLE_"):
        refuse_unsafe(Plugin(), is_pipelined=is_pipelined)
