# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of the GitOps example, run for real."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.bloq.cloud.tests.unit.examples.forge import (
    NEW,
    OLD,
    OTHER,
    VAULT_FILE,
    Forge,
    commit,
    git,
    record,
)

WAITS = "waits to be merged. Merge it and remove it, then run this again."


def variables(call: list[str]) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], json.loads(call[-1]))


@pytest.mark.parametrize(
    "name",
    [
        "ci old",
        "ci,site",
        "x bloq_whole_account=true",
        "--help",
        "@/etc/passwd",
        "$(touch evaluated)",
        "`touch evaluated`",
        "'; touch evaluated; '",
        '"], "bloq_whole_account": "true',
        "key: value",
        "ключ",
    ],
)
def test_the_name_of_a_key_stays_one_name(forge: Forge, name: str) -> None:
    run = forge.run("ci/change.sh", "revoke", name)
    (call,) = run.called("ansible-playbook")
    assert call[:4] == ["bloq.cloud.revoke", "--extra-vars", "@keys.yml", "--extra-vars"]
    assert variables(call) == {"bloq_revoke": [name]}
    assert not (forge.folder / "runner/evaluated").exists()
    run = forge.run("ci/change.sh", "rotate-leaked", name)
    (_retire, call) = run.called("ansible-playbook")
    assert call[:5] == ["bloq.cloud.rotate", "--extra-vars", "@keys.yml", "--extra-vars", "bloq_leaked=true"]
    assert variables(call) == {"bloq_keys": [name]}
    assert not (forge.folder / "runner/evaluated").exists()


def test_a_leak_without_a_name_replaces_every_key(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate-leaked", DO_ANSIBLE_PLAYBOOK=commit(), GITHUB_ACTIONS="true")
    assert run.code == 0, run.output
    assert variables(run.called("ansible-playbook")[1]) == {"bloq_keys": []}
    assert forge.branches() == {"main", "bloq-rotate-leaked"}
    assert "bloq-rotate-leaked" in run.called("gh")[0]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}",
        "x credential_revocation_keys={{[]}} bloq_whole_account=true",
        "{% set x = 1 %}",
        "{#",
        "a\nb",
    ],
)
def test_a_name_that_ansible_would_evaluate_is_refused(forge: Forge, name: str) -> None:
    for what in ("revoke", "rotate-leaked") if name else ("revoke",):
        run = forge.run("ci/change.sh", what, name)
        assert (run.code, run.calls) == (1, [])
        assert "Give the name of one client key" in run.output


@pytest.mark.parametrize("arguments", [(), ("revoke",), ("remove", "ci"), ("../x",)])
def test_what_is_no_change_is_refused(forge: Forge, arguments: tuple[str, ...]) -> None:
    run = forge.run("ci/change.sh", *arguments)
    assert (run.code, run.calls) == (1, [])


@pytest.mark.parametrize(
    "branch", ["alice/bloq-rotate", "bloq-rotate-old", "my-bloq-rotate", "old/refs/heads/bloq-rotate"]
)
def test_a_branch_with_a_name_alike_stops_nothing(forge: Forge, branch: str) -> None:
    forge.branch(branch)
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=commit())
    assert run.code == 0, run.output
    assert "bloq-rotate" in forge.branches()
    assert "waits" not in forge.run("ci/change.sh", "rotate").output.replace(f"The branch bloq-rotate {WAITS}", "")
    git(forge.origin, "branch", "-D", "bloq-rotate")
    assert "This is how it will be" not in forge.run("ci/report.sh").output


@pytest.mark.parametrize("waiting", ["bloq-bootstrap", "bloq-rotate", "bloq-rotate-leaked", "bloq-revoke"])
def test_a_branch_that_waits_stops_a_change(forge: Forge, waiting: str) -> None:
    forge.branch(waiting)
    run = forge.run("ci/change.sh", "rotate")
    assert (run.code, run.calls, run.output) == (0, [], f"The branch {waiting} {WAITS}\n")
    revoke = forge.run("ci/change.sh", "revoke", "ci")
    assert (revoke.code, revoke.calls) == (1, []), "an emergency command never succeeds by doing nothing"
    assert f"The branch {waiting} {WAITS}\n" in revoke.output and "Nothing was revoked.\n" in revoke.output
    assert "ansible-playbook bloq.cloud.revoke -e @keys.yml -e bloq_revoke=NAME && git push\n" in revoke.output
    leaked = forge.run("ci/change.sh", "rotate-leaked")
    assert (leaked.code, leaked.calls) == (1, []) and "Nothing was rotated.\n" in leaked.output
    assert "ansible-playbook bloq.cloud.rotate -e @keys.yml -e bloq_leaked=true && git push && ci" in leaked.output


@pytest.mark.parametrize("script", [("ci/change.sh", "rotate"), ("ci/report.sh",)])
def test_a_forge_that_does_not_answer_is_no_answer(forge: Forge, script: tuple[str, ...]) -> None:
    run = forge.run("sh", "-c", f"git remote set-url origin {forge.folder}/gone && exec {' '.join(script)}")
    assert run.code != 0 and run.calls == []


def test_a_change_is_published_with_a_request_to_merge_it(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate", "", DO_ANSIBLE_PLAYBOOK=commit(), GITHUB_ACTIONS="true")
    assert run.code == 0, run.output
    # What main holds is published, so what it has replaced may go first.
    assert run.called("ansible-playbook") == [
        [f"bloq.cloud.{playbook}", "--extra-vars", "@keys.yml"] for playbook in ("retire", "rotate")
    ]
    assert git(forge.origin, "diff", "--name-only", "main", "bloq-rotate").split() == [VAULT_FILE]
    ((*_create, title, _body, _text),) = [call[:8] for call in run.called("gh")]
    assert "rotate" in title


def test_a_change_begins_at_main_after_one_that_was_declined(forge: Forge) -> None:
    declined = "git push -q origin --delete bloq-rotate"
    run = forge.run(
        "sh",
        "-c",
        f"ci/change.sh rotate && {declined} && ci/change.sh rotate",
        DO_ANSIBLE_PLAYBOOK=f"cat {VAULT_FILE}; echo >>README.md; {commit()}",
    )
    assert run.code == 0, run.output
    assert run.output.count(record(OLD)) == 2, "the second change does not build on the first"
    assert "The change begins at what the branch main holds" in run.output
    assert len(git(forge.origin, "log", "--format=%h", "main..bloq-rotate").split()) == 1


@pytest.mark.parametrize("depth", ["0", "1"])
def test_a_change_begins_at_main_which_a_colleague_moved_on(forge: Forge, depth: str) -> None:
    deepen = "git fetch -q --depth 1 origin main && git checkout -q FETCH_HEAD" if depth == "1" else "true"
    moved = (
        "git clone -q $ORIGIN ../colleague && cd ../colleague && git config user.name c && git config user.email c@c"
        f" && sed -i s/{OLD}/{OTHER}/ {VAULT_FILE} && git commit -qam Moved && git push -q origin main && cd ../runner"
    )
    do = f"cat {VAULT_FILE}"
    run = forge.run("sh", "-c", f"{deepen} && {moved} && ci/change.sh rotate", DO_ANSIBLE_PLAYBOOK=do)
    assert run.code == 0 and record(OTHER) in run.output, run.output


def test_the_branch_that_is_deployed_can_be_named(forge: Forge) -> None:
    folder = forge.clone("release")
    (folder / VAULT_FILE).write_text(record(OTHER))
    with (folder / "keys.yml").open("a") as file:
        file.write("bloq_published_branch: release # what runs\n")
    forge.push(folder, "release")
    forge.push(folder, "settings")
    git(forge.origin, "symbolic-ref", "HEAD", "refs/heads/settings")
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{commit()}; exit 0", GITHUB_ACTIONS="true")
    assert run.code == 0, run.output
    assert "release" in run.called("gh")[0]


@pytest.mark.parametrize("written", ["{} # here", "'{}' # here", '"{}"', " {}", ">-\n  {}"])
def test_the_vault_file_is_read_as_yaml(forge: Forge, written: str) -> None:
    folder = forge.clone("written")
    (folder / "keys.yml").write_text(f"bloq_vault_file: {written.format(VAULT_FILE)}\n")
    forge.push(folder, "main")
    run = forge.run("ci/report.sh")
    assert (run.code, run.output) == (0, "")
    assert f"bloq_vault_file={VAULT_FILE}" in run.called("ansible-playbook")[0]


@pytest.mark.parametrize("text", ["bloq_keys: [ci]\n", "bloq_vault_file: 12\n", "a: [\n", "- a\n", ""])
@pytest.mark.parametrize("script", [("ci/change.sh", "rotate"), ("ci/report.sh",)])
def test_keys_that_name_no_vault_file_are_a_failure(forge: Forge, text: str, script: tuple[str, ...]) -> None:
    folder = forge.clone("wrong")
    (folder / "keys.yml").write_text(text)
    forge.push(folder, "main")
    run = forge.run(*script, DO_ANSIBLE_PLAYBOOK="exit 9")
    assert run.code == 1 and "keys.yml" in run.output and "Traceback" not in run.output


def test_retire_does_not_end_well_without_a_vault_file(forge: Forge) -> None:
    folder = forge.clone("wrong")
    (folder / VAULT_FILE).unlink()
    forge.push(folder, "main")
    run = forge.run("ci/retire.sh", DO_RETIRE="2")
    assert run.code == 2 and len(run.called("ansible-playbook")) == 1


def test_a_runner_that_keeps_its_folder_runs_again(forge: Forge) -> None:
    again = "git push -q origin HEAD:main && git push -q origin --delete bloq-rotate && git switch -q --detach main"
    run = forge.run(
        "sh",
        "-c",
        f"ci/change.sh rotate && {again} && git reset -q --hard origin/main && ci/change.sh rotate",
        DO_ANSIBLE_PLAYBOOK="echo >>README.md; git commit -qam Rotate",
    )
    assert run.code == 0, run.output
    assert len(git(forge.origin, "log", "--format=%h", "--grep=Rotate", "bloq-rotate").split()) == 2


def test_without_a_commit_there_is_nothing_to_publish(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate")
    assert (run.code, run.output) == (0, "Nothing changed.\n")
    failed = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK="exit 2")
    assert failed.code == 2 and "Nothing changed" not in failed.output
    assert forge.branches() == {"main"}


def test_what_was_made_is_published_though_something_failed_and_the_job_fails(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{commit()}; exit 2")
    assert run.code == 2
    assert NEW in git(forge.origin, "show", f"bloq-rotate:{VAULT_FILE}")


def test_the_report_takes_the_vault_file_alone_from_a_branch_that_waits(forge: Forge) -> None:
    folder = forge.clone("evil")
    (folder / VAULT_FILE).write_text(record(OTHER))
    (folder / "ci/report.sh").write_text("#!/bin/sh\ntouch evaluated\n")
    (folder / "ansible.cfg").write_text("[defaults]\nvault_password_file = ci/evil.sh\n")
    (folder / "group_vars/all/evil.yml").write_text("evil: true\n")
    (folder / "keys.yml").write_text("bloq_vault_file: /etc/passwd\n")
    forge.push(folder, "bloq-rotate")
    given = 'for a; do case $a in bloq_vault_file=*) cat "${a#*=}"; esac; done'
    seen = f"{given}; cat {VAULT_FILE} ansible.cfg keys.yml; ls group_vars/all"
    run = forge.run("ci/report.sh", DO_ANSIBLE_PLAYBOOK=seen)
    assert run.code == 0, run.output
    assert run.output.startswith(
        f"This is how it will be when the branch bloq-rotate is merged.\n{record(OTHER)}{record(OLD)}"
    )
    assert "evil" not in run.output and "/etc/passwd" not in run.output
    assert not (forge.folder / "runner/evaluated").exists()


def test_the_report_takes_a_link_for_what_it_is(forge: Forge) -> None:
    folder = forge.clone("evil")
    (folder / VAULT_FILE).unlink()
    (folder / VAULT_FILE).symlink_to("/etc/hostname")
    forge.push(folder, "bloq-rotate")
    seen = 'for a; do case $a in bloq_vault_file=*) cat "${a#*=}"; test ! -L "${a#*=}"; esac; done'
    assert forge.run("ci/report.sh", DO_ANSIBLE_PLAYBOOK=seen).output.endswith("\n/etc/hostname")


def test_without_a_branch_the_report_is_of_what_there_is(forge: Forge) -> None:
    run = forge.run("ci/report.sh")
    (call,) = run.called("ansible-playbook")
    assert f"bloq_vault_file={VAULT_FILE}" in call
