# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vault files end with a job of AWX."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.escrow import NoEscrow
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.job_folders import is_lost_with_job

#: What a job in a container sees.
AWX = {"AWX_PRIVATE_DATA_DIR": "/var/awx_61_ifxztvul", "AWX_ISOLATED_DATA_DIR": "/runner/artifacts/61"}


@pytest.mark.parametrize(
    ("path", "environment", "lost"),
    [
        ("/runner/project/group_vars/all/bloq.yml", AWX, True),
        ("/var/awx_61_ifxztvul/project/bloq.yml", AWX, True),
        ("/var/awx_61_ifxztvul/project/bloq.yml", {"AWX_PRIVATE_DATA_DIR": "/var/awx_61_ifxztvul"}, True),
        ("/runner/projects/bloq.yml", AWX, False),
        ("/var/clone/bloq.yml", AWX, False),
        # ansible-runner by itself, whose folder lasts.
        ("/runner/project/bloq.yml", {"AWX_ISOLATED_DATA_DIR": "/runner/artifacts/61"}, False),
        ("/runner/project/bloq.yml", {}, False),
    ],
)
def test_a_file_in_the_copy_of_the_project_is_lost(path: str, environment: dict[str, str], lost: bool) -> None:
    assert is_lost_with_job(path, NoEscrow(), environment) is lost


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "job/project").mkdir(parents=True)
    (tmp_path / "lasting").mkdir()
    (tmp_path / "job/project/vars").symlink_to(tmp_path / "lasting")
    environment = {"AWX_PRIVATE_DATA_DIR": str(tmp_path / "job")}
    assert not is_lost_with_job(str(tmp_path / "job/project/vars/bloq.yml"), NoEscrow(), environment)


def test_what_is_in_escrow_is_not_lost() -> None:
    escrow: t.Any = object()
    assert not is_lost_with_job("/runner/project/bloq.yml", escrow, AWX)
