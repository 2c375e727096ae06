# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of the GitOps example, run for real with a real git, and with stubs in place of Ansible and gh."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/examples/gitops"
VAULT_FILE = "group_vars/all/bloq.yml"
OLD, NEW, OTHER = "01" * 20, "02" * 20, "03" * 20
WAITS = "waits to be merged. Merge it and remove it, then run this again."

# Notes its arguments and the variables of JSON files among them, then does what the test wants.
_STUB = """#!/bin/sh
set -eu
{
    printf '%s' "${0##*/}"
    for argument; do
        printf '\\t%s' "$argument"
        case $argument in @/*) printf '\\t%s' "$(cat "${argument#@}")" ;; esac
    done
    echo
} >>"$STUB_LOG"
[ "${1:-}" != bloq.cloud.retire ] || exit "${DO_RETIRE:-0}"
do=$(printf '%s' "${0##*/}" | tr a-z- A-Z_)
eval "eval \\"\\${DO_$do:-}\\""
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def record(client_id: str) -> str:
    return f"bloq_client_keys:\n  ci:\n    client_id: {client_id}\n    retiring: []\n"


@dataclasses.dataclass
class Run:
    """What a script did."""

    code: int
    output: str
    calls: list[list[str]]

    def called(self, program: str) -> list[list[str]]:
        return [arguments for name, *arguments in self.calls if name == program]


class Forge:
    """A repository like the example, and the runners that clone it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        (folder / "bin").mkdir()
        for program in ("ansible-playbook", "ansible", "ansible-vault", "gh"):
            (folder / "bin" / program).write_text(_STUB)
            (folder / "bin" / program).chmod(0o755)
        git(folder, "init", "--quiet", "--bare", "-b", "main", str(self.origin))
        begin = self.clone("begin")
        shutil.copytree(EXAMPLE, begin, dirs_exist_ok=True)
        (begin / VAULT_FILE).write_text(record(OLD))
        self.push(begin, "main")

    def clone(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        git(self.folder, "clone", "--quiet", str(self.origin), str(folder))
        git(folder, "config", "user.name", "runner")
        git(folder, "config", "user.email", "runner@example.com")
        return folder

    def push(self, folder: Path, branch: str) -> None:
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", "-m", "Change")
        git(folder, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def branch(self, name: str, text: str | None = None) -> None:
        """Push a branch with other keys in it."""
        folder = self.clone("somebody")
        (folder / VAULT_FILE).write_text(text or record(OTHER))
        self.push(folder, name)

    def branches(self) -> set[str]:
        return set(git(self.origin, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split())

    def run(self, *command: str, **settings: str) -> Run:
        """Run a script in a fresh clone. Settings such as DO_ANSIBLE_PLAYBOOK say what a stub does."""
        runner = self.clone("runner")
        log = self.folder / "calls.log"
        log.unlink(missing_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        environment = {
            **os.environ,
            # Beside this Python there is the library for YAML.
            "PATH": os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "STUB_LOG": str(log),
            "TMPDIR": str(self.folder / "tmp"),
            "ORIGIN": str(self.origin),
            **settings,
        }
        done = subprocess.run(
            command, cwd=runner, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert list((self.folder / "tmp").iterdir()) == [] == list(runner.glob(".report.*")), "it tidies up"
        calls = [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []
        return Run(done.returncode, done.stdout + done.stderr, calls)


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return Forge(tmp_path)


def commit(client_id: str = NEW) -> str:
    """Return what makes a key and commits it."""
    edits = f"s/{OLD}/{client_id}/; s/\\[\\]/[{{client_id: {OLD}}}]/"
    return f"sed -i '{edits}' {VAULT_FILE}; git commit -qam Rotate"


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
    run = forge.run("ci/change.sh", "revoke", name)
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


@pytest.mark.parametrize("waiting", ["bloq-bootstrap", "bloq-rotate", "bloq-revoke"])
def test_a_branch_that_waits_stops_a_change(forge: Forge, waiting: str) -> None:
    forge.branch(waiting)
    run = forge.run("ci/change.sh", "rotate")
    assert (run.code, run.calls, run.output) == (0, [], f"The branch {waiting} {WAITS}\n")
    revoke = forge.run("ci/change.sh", "revoke", "ci")
    assert (revoke.code, revoke.calls) == (1, []), "an emergency command never succeeds by doing nothing"
    assert revoke.output == f"The branch {waiting} {WAITS}\nNothing was revoked.\n"


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


def meanwhile(branch: str) -> str:
    """Return what another pipeline does while this one is at work."""
    return (
        "rm -rf ../other; git clone -q $ORIGIN ../other; cd ../other; git config user.name other;"
        f" git config user.email other@example.com; {commit(OTHER)}; git push -q origin HEAD:refs/heads/{branch};"
        " cd ../runner"
    )


@pytest.mark.parametrize("other", ["bloq-rotate", "bloq-revoke", "bloq-bootstrap"])
def test_the_loser_of_two_pipelines_revokes_what_it_made_and_says_so(forge: Forge, other: str) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{meanwhile(other)}; {commit()}")
    assert run.code == 1
    revoked = [call[-1] for call in run.called("ansible")]
    assert revoked == [f"client_id={NEW} state=absent"], "its own key, not the one that it replaces"
    assert f"Revoking {NEW}" in run.output
    assert forge.branches() == {"main", other}, "the two cannot be merged into a conflict"
    assert OTHER in git(forge.origin, "show", f"{other}:{VAULT_FILE}")


def test_the_loser_tells_what_it_could_not_revoke(forge: Forge) -> None:
    do = f"{meanwhile('bloq-rotate')}; {commit()}"
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=do, DO_ANSIBLE="exit 2")
    assert run.code == 1
    assert f"Revoke these client ids, which nobody holds: {NEW}" in run.output


def test_a_revocation_that_loses_says_what_is_left(forge: Forge) -> None:
    do = f"{meanwhile('bloq-rotate')}; echo 'bloq_client_keys: {{}}' >{VAULT_FILE}; git commit -qam Revoke".replace(
        "{{}}", "{}"
    )
    run = forge.run("ci/change.sh", "revoke", "ci", DO_ANSIBLE_PLAYBOOK=do)
    assert run.code == 1 and run.called("ansible") == []
    assert "bloq-rotate was pushed by another run meanwhile" in run.output
    assert "The keys are revoked, but their records are still on the main branch" in run.output
    assert forge.branches() == {"main", "bloq-rotate"}


def hooked(name: str) -> str:
    """Return what puts a hook that refuses into the repository."""
    hook = f".git/hooks/{name}"
    return f"printf '#!/bin/sh\\necho No. >&2\\nexit 1\\n' >{hook}; chmod +x {hook}"


# Each stops a commit of a repository in which one could be made before.
_IN_THE_WAY = {
    "pre-commit": hooked("pre-commit"),
    "commit-msg": hooked("commit-msg"),
    "prepare-commit-msg": hooked("prepare-commit-msg"),
    "a signature": "git config commit.gpgsign true; git config gpg.program false",
    "a disk": "touch .git/index.lock",
}


@pytest.mark.parametrize("what", _IN_THE_WAY)
def test_what_git_does_not_commit_is_revoked(forge: Forge, what: str) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{_IN_THE_WAY[what]}; {commit()} || exit 2")
    assert run.code == 1
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"], "not what main holds"
    assert f"Revoking {NEW}" in run.output and "changed and was not committed" in run.output
    assert forge.branches() == {"main"}


def test_a_hook_that_refuses_the_push_leaves_no_key(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{commit()}; {hooked('pre-push')}")
    assert run.code == 1
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"]


def test_a_hook_that_refuses_every_push_costs_no_key(forge: Forge) -> None:
    run = forge.run("sh", "-c", f"{hooked('pre-push')}; ci/change.sh rotate", DO_ANSIBLE_PLAYBOOK=commit())
    assert run.code != 0
    assert [call[0] for call in run.called("ansible-playbook")] == ["bloq.cloud.retire"]


def test_a_run_that_does_not_commit_leaves_no_key_each_night(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=commit().partition("; git")[0])
    assert run.code == 1 and "Nothing changed" not in run.output
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"]


def test_a_revocation_that_git_does_not_commit_says_what_is_left(forge: Forge) -> None:
    do = f"echo 'bloq_client_keys: {{}}' >{VAULT_FILE}; exit 2"
    run = forge.run("ci/change.sh", "revoke", "ci", DO_ANSIBLE_PLAYBOOK=do)
    assert run.code == 1 and run.called("ansible") == []
    assert "The keys are revoked, but their records are still on the main branch" in run.output


def test_what_is_published_is_never_revoked(forge: Forge) -> None:
    publish = f"{commit()}; git push -q origin HEAD:refs/heads/other; git reset -q --soft HEAD~"
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=publish)
    assert run.code == 1 and run.called("ansible") == []


def test_what_was_there_before_the_run_is_never_revoked(forge: Forge) -> None:
    # In a way that the collection would not write, on no branch: somebody's own, or that of a run before.
    mine = f"echo 'mine: {OTHER}' >>{VAULT_FILE}"
    do = f"sed -i '/{OTHER}/d; s/{OLD}/{NEW}/' {VAULT_FILE}; echo 'client_id: {OTHER}' >>{VAULT_FILE}"
    run = forge.run("sh", "-c", f"{mine}; ci/change.sh rotate", DO_ANSIBLE_PLAYBOOK=do)
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"]


def test_what_a_link_leads_to_is_revoked(forge: Forge) -> None:
    folder = forge.clone("linked")
    (folder / VAULT_FILE).rename(folder / "real.yml")
    (folder / VAULT_FILE).symlink_to("../../real.yml")
    forge.push(folder, "main")
    do = f"{meanwhile('bloq-rotate')}; {commit()}".replace(VAULT_FILE, "real.yml")
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=do)
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"]


def test_a_file_that_is_encrypted_whole_is_looked_into(forge: Forge) -> None:
    # The stub for ansible-vault shows what is behind the header.
    folder = forge.clone("whole")
    (folder / VAULT_FILE).write_text("$ANSIBLE_VAULT;1.1;AES256\nold\n")
    forge.push(folder, "main")
    do = f"printf '$ANSIBLE_VAULT;1.1;AES256\\nnew\\n' >{VAULT_FILE}; exit 2"
    shown = f'grep -q old "$2" && echo "client_id: {OLD}" || echo "client_id: {NEW}, retiring: {OLD}"'
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=do, DO_ANSIBLE_VAULT=shown)
    assert [call[-1] for call in run.called("ansible")] == [f"client_id={NEW} state=absent"]
    unread = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=do, DO_ANSIBLE_VAULT="exit 1")
    assert unread.code != 0 and unread.called("ansible") == [], "nobody knows what it made"


def test_the_forge_may_go_while_keys_are_made(forge: Forge) -> None:
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=f"{commit()}; git remote set-url origin /nowhere")
    assert run.code == 1 and run.called("ansible") == []
    assert f"This run made: {NEW}" in run.output


def test_a_branch_is_never_replaced(forge: Forge) -> None:
    # Of the same commit as main: an ordinary push would move it on.
    do = f"git push -q origin HEAD:refs/heads/bloq-rotate; {commit()}"
    run = forge.run("ci/change.sh", "rotate", DO_ANSIBLE_PLAYBOOK=do)
    assert run.code == 1
    assert git(forge.origin, "rev-parse", "bloq-rotate") == git(forge.origin, "rev-parse", "main")


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


def _github() -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], yaml.safe_load((EXAMPLE / ".github/workflows/bloq.yml").read_text()))


def test_github_keeps_runs_apart_and_cancels_no_revoke() -> None:
    jobs, change = _github()["jobs"], "bloq-keys-${{ inputs.job == 'revoke' && github.run_id || 'change' }}"
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
