# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts of the GitOps example do when what they made is not published."""

from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.tests.unit.examples.forge import (
    NEW,
    OLD,
    OTHER,
    VAULT_FILE,
    Forge,
    commit,
    git,
)


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
