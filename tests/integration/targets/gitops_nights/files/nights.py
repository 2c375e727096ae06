# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hard nights of a GitOps repository, on the local Bloq: nights.py EXAMPLE FOLDER REQUEST_LOG.

Each night a pipeline of the example meets with something, and the machine that it ran on is gone in the morning. The
table at the end says what is left: live keys, keys that no branch holds, and whether what main holds opens a door. It
exits with 1 when a night ends otherwise than it must.

What is left in the morning is asked from the service itself, and the secret is decrypted with ansible-core alone, so
that nobody is judged by himself.

Without a coordination server one thing cannot be had: a machine that dies between the request for a key and the push
takes the secret with it, and no branch knows the id. Then one key is left that nobody holds, which the report shows.
What main holds works all the same.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import typing as t
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

EXAMPLE, FOLDER, LOG = (Path(argument).resolve() for argument in sys.argv[1:4])
ORIGIN = FOLDER / "origin.git"
RUNNER = FOLDER / "runner"
ARRIVED = FOLDER / "arrived"
VAULT_FILE = "group_vars/all/bloq.yml"
KEYS = {
    "bloq_vault_file": VAULT_FILE,
    "bloq_max_age": "0s",
    "bloq_overlap": "0s",
    "bloq_commit": True,
}
#: Stops where it is called, until the machine dies.
STOP = f"#!/bin/sh\ntouch {ARRIVED}\nexec sleep 60\n"
#: By this variable the processes of a machine are known, wherever they went.
MARK = "NIGHT_MACHINE"
PATIENCE = 120
REFUSE = "#!/bin/sh\necho Not like this. >&2\nexit 1\n"


@dataclasses.dataclass
class Morning:
    """What a night left: the account's keys, those that no branch holds, and whether main's key works."""

    night: str
    live: int
    orphans: list[str]
    works: bool
    code: int | None
    said: str


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it prints."""
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout


def ask(method: str, path: str, headers: dict[str, str], body: dict[str, str] | None = None) -> t.Any:
    """Send Accounts a request and return the JSON of its reply, or None when it is refused."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["BLOQ_ACCOUNTS_URL"] + path, content, headers, method=method)  # noqa: S310
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:  # noqa: S310 - the local Bloq
            return json.loads(reply.read() or b"{}")
    except urllib.error.HTTPError:
        return None


@functools.cache
def account() -> dict[str, str]:
    """Return the headers of who is logged in to the account."""
    pair = f"{os.environ['BLOQ_USERNAME']}:{os.environ['BLOQ_PASSWORD']}"
    reply = ask("POST", "/auth", {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})
    return {"Authorization": f"Bearer {reply['accessToken']}"}


def opens(name: str) -> bool:
    """Tell whether the client key of that name in the clone's vault file can be exchanged for a token."""
    vault = VaultLib([("default", VaultSecret(os.environ["VAULT_PASSWORD"].strip().encode()))])
    content = (RUNNER / VAULT_FILE).read_bytes()

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!vault", lambda _loader, node: vault.decrypt(node.value).decode())
    record = yaml.load(content, Loader)["bloq_client_keys"][name]  # noqa: S506 - it is a SafeLoader
    body = {"clientId": record["client_id"], "clientSecret": record["client_secret"]}
    return ask("POST", "/auth/token", {}, {"grantType": "clientCredentials", **body}) is not None


def clone(folder: Path = RUNNER) -> Path:
    """Give a machine a fresh clone of main."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", str(ORIGIN), str(folder)], check=True)
    git(folder, "config", "user.name", "runner")
    git(folder, "config", "user.email", "runner@example.com")
    return folder


def start(*command: str, folder: Path = RUNNER) -> subprocess.Popen[str]:
    """Start a job on a machine, in a session of its own."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, MARK: str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill(job: subprocess.Popen[str], folder: Path = RUNNER) -> None:
    """Let the machine die with all that runs on it, and its folder be deleted."""
    mark = f"{MARK}={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue
    job.wait(PATIENCE)
    shutil.rmtree(folder)


def wait_for(condition: Callable[[], bool], job: subprocess.Popen[str]) -> None:
    """Wait until the job has come as far as it is to come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if job.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"The job did not come so far: {job.stdout.read() if job.stdout else ''}")
        time.sleep(0.01)


def write_keys(*names: str) -> None:
    """Write which keys there are."""
    keys = {**KEYS, "bloq_keys": names}
    (RUNNER / "keys.yml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in keys.items()))


def posts() -> int:
    """Return how many client keys were asked for."""
    seen = (json.loads(line) for line in LOG.read_text().splitlines())
    return sum(line["method"] == "POST" and line["path"] == "/users/me/client-keys" for line in seen)


def held(*branches: str) -> set[str]:
    """Return the client ids that the vault file names on the branches, or on all."""
    names = branches or git(ORIGIN, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    ids: set[str] = set()
    for name in names:
        shown = subprocess.run(
            ["git", "-C", str(ORIGIN), "show", f"{name}:{VAULT_FILE}"], check=False, capture_output=True, text=True
        ).stdout
        ids |= set(re.findall(r"client_id: *\"?([0-9a-f]{40})", shown))
    return ids


def hook(folder: Path, name: str, text: str) -> Path:
    """Write a hook of git."""
    path = folder / "hooks" / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def finish(job: subprocess.Popen[str]) -> tuple[int, str]:
    """Let a job end and return its code and what it printed."""
    said, _nothing = job.communicate(timeout=PATIENCE)
    return job.returncode, said


def killed_when(night: str, condition: Callable[[], bool]) -> Morning:
    """Rotate on a machine that dies at the condition."""
    job = start("ci/change.sh", "rotate")
    wait_for(condition, job)
    kill(job)
    return morning(night, None, "")


def killed_at_the_request() -> Morning:
    """Die as soon as the service has made the key."""
    before = posts()
    return killed_when("killed when the key was made", lambda: posts() > before)


def killed_at_the_commit() -> Morning:
    """Die when the key is stored and committed, and not pushed."""
    hook(RUNNER / ".git", "post-commit", STOP)
    return killed_when("killed before the push", ARRIVED.exists)


def killed_after_the_push() -> Morning:
    """Die when the branch has arrived."""
    path = hook(ORIGIN, "post-receive", STOP)
    try:
        return killed_when("killed after the push", ARRIVED.exists)
    finally:
        path.unlink()


def refused_push() -> Morning:
    """Let the forge refuse the branch."""
    path = hook(ORIGIN, "pre-receive", REFUSE)
    try:
        return morning("the push is refused", *finish(start("ci/change.sh", "rotate")))
    finally:
        path.unlink()


def refused_commit() -> Morning:
    """Let a hook of the repository's refuse the commit."""
    hook(RUNNER / ".git", "pre-commit", REFUSE)
    return morning("a hook refuses the commit", *finish(start("ci/change.sh", "rotate")))


def refused_whole_file() -> Morning:
    """Let a hook refuse the commit of a file that is encrypted whole."""
    subprocess.run(["ansible-vault", "encrypt", VAULT_FILE], cwd=RUNNER, check=True, capture_output=True)
    git(RUNNER, "commit", "-q", "-a", "-m", "Encrypt it whole")
    git(RUNNER, "push", "-q", "origin", "main")
    hook(RUNNER / ".git", "pre-commit", REFUSE)
    end = finish(start("ci/change.sh", "rotate"))
    # In the morning its ids are to be read.
    git(clone(), "revert", "--no-edit", "HEAD")
    git(RUNNER, "push", "-q", "origin", "main")
    return morning("so it does with a file encrypted whole", *end)


def two_at_once() -> Morning:
    """Let two machines rotate at the same time."""
    other = clone(FOLDER / "runner2")
    jobs = [start("ci/change.sh", "rotate"), start("ci/change.sh", "rotate", folder=other)]
    ends = [finish(job) for job in jobs]
    shutil.rmtree(other)
    codes = sorted(code for code, _said in ends)
    return morning("two pipelines at once", 0 if codes == [0, 1] else 9, "".join(said for _code, said in ends))


def failing_key() -> Morning:
    """Have one record that fails, beside a healthy key."""
    record = {"accounts_url": "http://127.0.0.1:9", "client_id": "01" * 20}
    with (RUNNER / VAULT_FILE).open("a") as file:
        file.write(f"  broken: {json.dumps(record)}\n")
    write_keys("broken", "ci")
    git(RUNNER, "commit", "-q", "-a", "-m", "Break a record")
    git(RUNNER, "push", "-q", "origin", "main")
    try:
        return morning("one key fails", *finish(start("ci/change.sh", "rotate")))
    finally:
        clone()
        git(RUNNER, "revert", "--no-edit", "HEAD")
        git(RUNNER, "push", "-q", "origin", "main")


def mistyped_revoke() -> Morning:
    """Revoke in a hurry."""
    return morning("a mistyped revoke", *finish(start("ci/change.sh", "revoke", "c1")))


def declined_request() -> Morning:
    """Rotate without overlap, have the request declined, and rotate once more on a machine that keeps its folder."""
    finish(start("ci/change.sh", "rotate"))
    git(ORIGIN, "branch", "-q", "-D", "bloq-rotate")
    return morning("a request is declined", *finish(start("ci/change.sh", "rotate")))


def retired_on_a_branch() -> Morning:
    """Rotate without overlap on a branch, push it, and revoke there."""
    finish(start("ci/change.sh", "rotate"))
    return morning("a revocation where nothing is merged", *finish(start("ci/retire.sh")))


def killed_before_the_revocation() -> Morning:
    """Rotate without overlap, merge, and die before the step that revokes."""
    code, said = finish(start("ci/change.sh", "rotate"))
    git(clone(), "merge", "-q", "--no-edit", "origin/bloq-rotate")
    git(RUNNER, "push", "-q", "origin", "main", ":bloq-rotate")
    return morning("killed between merge and revocation", code, said)


def revoked_after_the_merge() -> Morning:
    """Run the step that revokes what main holds no more."""
    return morning("the step after the merge", *finish(start("ci/retire.sh")))


def morning(night: str, code: int | None, said: str) -> Morning:
    """Look at what is left, from a fresh clone."""
    clone()
    live = {key["id"] for key in ask("GET", "/users/me/client-keys", account())}
    return Morning(night, len(live), sorted(live - held()), opens("ci"), code, said)


def tidy(left: Morning) -> None:
    """Bring the repository and the account back to what main holds."""
    for name in git(ORIGIN, "for-each-ref", "--format=%(refname:short)", "refs/heads").split():
        if name != "main":
            left.orphans += sorted(held(name) - held("main"))
            git(ORIGIN, "branch", "-q", "-D", name)
    for client_id in left.orphans:
        ask("DELETE", f"/users/me/client-keys/{client_id}", account())
    ARRIVED.unlink(missing_ok=True)


def begin() -> None:
    """Make the repository and its first key."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(ORIGIN)], check=True)
    shutil.copytree(EXAMPLE, RUNNER)
    write_keys("ci")
    git(RUNNER, "init", "-q", "-b", "main")
    git(RUNNER, "config", "user.name", "runner")
    git(RUNNER, "config", "user.email", "runner@example.com")
    git(RUNNER, "remote", "add", "origin", str(ORIGIN))
    git(RUNNER, "add", "--all")
    git(RUNNER, "commit", "-q", "-m", "Begin")
    git(RUNNER, "push", "-q", "origin", "main")
    code, said = finish(start("ci/change.sh", "bootstrap"))
    if code != 0:
        raise AssertionError(said)
    git(RUNNER, "push", "-q", "origin", "HEAD:main", ":bloq-bootstrap")


WITHDRAWN = "Revoking [0-9a-f]{40}, which this run made and could not publish"
# Other hooks that refuse, of a message or before a push, end as these do: tests/unit/examples/test_gitops_losers.py.
#: Each night, and what it must leave: live keys, keys nobody holds, and the job's end where it had one.
NIGHTS: tuple[tuple[Callable[[], Morning], int, int, int | None, str], ...] = (
    (killed_at_the_request, 2, 1, None, ""),
    (killed_at_the_commit, 2, 1, None, ""),
    (killed_after_the_push, 2, 0, None, ""),
    (refused_push, 1, 0, 1, f"(?s){WITHDRAWN}.*could not be pushed"),
    (refused_commit, 1, 0, 1, WITHDRAWN),
    (refused_whole_file, 1, 0, 1, WITHDRAWN),
    (two_at_once, 2, 0, 0, WITHDRAWN),
    (failing_key, 2, 0, 2, "'broken'"),
    (mistyped_revoke, 1, 0, 2, "No record in .* has the name 'c1'"),
    (declined_request, 3, 1, 0, "The change begins at what the branch main holds"),
    (retired_on_a_branch, 2, 0, 2, "The branch origin/main, which is deployed, does not have"),
    (killed_before_the_revocation, 2, 0, 0, ""),
    (revoked_after_the_merge, 1, 0, 0, ""),
)


def main() -> int:
    """Go through the nights and return the exit code."""
    begin()
    print(f"{'night':38}{'live keys':>10}{'nobody holds':>14}{'main works':>12}")
    wrong = 0
    for night, live, orphans, code, said in NIGHTS:
        clone()
        left = night()
        good = (left.live, len(left.orphans), left.works, left.code) == (live, orphans, True, code)
        good = good and re.search(said, left.said) is not None and "somebody else" not in left.said
        print(f"{left.night:38}{left.live:>10}{len(left.orphans):>14}{'yes' if left.works else 'NO':>12}")
        if not good:
            wrong += 1
            print(
                f"  It was to leave {live} live and {orphans} that nobody holds, and end with {code}, not {left.code}:"
            )
            print(left.said[-3000:])
        tidy(left)
    print("Without a coordination server, a machine that dies before its push leaves a key that nobody holds.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
