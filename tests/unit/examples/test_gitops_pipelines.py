# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of the GitOps example, as GitHub and GitLab read them."""

from __future__ import annotations

import typing as t

import yaml
from ansible_collections.bloq.cloud.tests.unit.examples.forge import (
    EXAMPLE,
)


def _github() -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], yaml.safe_load((EXAMPLE / ".github/workflows/bloq.yml").read_text()))


def test_github_keeps_runs_apart_and_cancels_none_after_a_leak() -> None:
    alone = "(inputs.job == 'revoke' || inputs.job == 'rotate-leaked')"
    jobs, change = _github()["jobs"], f"bloq-keys-${{{{ {alone} && github.run_id || 'change' }}}}"
    assert "concurrency" not in _github()
    assert jobs["change"]["concurrency"] == {"group": change}
    assert jobs["report"]["concurrency"] == {"group": "bloq-keys-change"}
    assert jobs["report"]["needs"] == "change" and jobs["report"]["if"].startswith("!cancelled()")
    assert jobs["deploy"]["concurrency"]["group"].startswith("bloq-deploy")


def test_no_step_has_an_expression_in_its_commands() -> None:
    for job in _github()["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_gitlab_keeps_runs_apart() -> None:
    jobs = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text())
    assert jobs[".change"]["resource_group"] == jobs["report"]["resource_group"] == "bloq-keys"
    assert jobs["report"]["stage"] == ".post"
    assert {rule["when"] for rule in jobs["report"]["rules"]} == {"always"}
    assert "resource_group" not in jobs["deploy"]


def test_a_leak_rotates_when_a_person_says_so_and_never_by_itself() -> None:
    inputs = _github()[next(key for key in _github() if key in ("on", True))]["workflow_dispatch"]["inputs"]
    assert "rotate-leaked" in inputs["job"]["options"]
    job = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text())["rotate-leaked"]
    assert job["script"] == ['ci/change.sh rotate-leaked "${LEAKED:-}"'] and job["extends"] == ".change"
    assert [(rule["if"], rule["when"]) for rule in job["rules"]] == [('$CI_PIPELINE_SOURCE == "web"', "manual")]
