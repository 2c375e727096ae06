# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown, kept or handed on, however much a play tells: the search for canaries finds none."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import requests
from harness.canaries import JWT, Canaries
from harness.in_process import InProcess
from harness.process_listing import watched
from harness.service import serve
from harness.spy import Spy, awkward_secret
from harness.table import Row

pytestmark = pytest.mark.row("canaries in output, logs, files, processes, git", harm="leaked")

Task = dict[str, t.Any]


class Tasks:
    """The tasks of a play, whose results are kept on purpose at its end."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []
        self.wanted: dict[str, bool] = {}

    def add(self, result: str, module: str, *, fails: bool = False, task: Task | None = None, **options: t.Any) -> None:
        """Add a task.

        Args:
            result: the name of its result.
            module: the module's short name.
            fails: whether it must fail.
            task: keywords of the task besides.
            options: the module's options.
        """
        keywords = {"register": result, "ignore_errors": fails, **(task or {})}
        self._tasks.append({"name": f"Get {result}", f"bloq.cloud.{module}": options, **keywords})
        self.wanted[result] = fails

    def add_other(self, task: Task) -> None:
        """Add a task whose result nobody wants."""
        self._tasks.append(task)

    def all(self) -> list[Task]:
        """Return the tasks, the one that keeps the results last."""
        results = ", ".join(f"'{name}': {name}" for name in self.wanted)
        keep = {"ansible.builtin.debug": {"msg": "{{ {" + results + "} | keep }}"}}
        return [*self._tasks, {"name": "Keep the results", **keep}]


def _successes(vault_file: Path) -> Tasks:
    tasks = Tasks()
    # Also proves that the system log is listened to.
    other = {"name": "Do something there", "ansible.builtin.command": "true", "delegate_to": "gateway"}
    tasks.add_other({**other, "changed_when": False})
    tasks.add("login", "bloq_login", force=True)
    tasks.add("predicted", "bloq_client_key", task={"check_mode": True}, name="ci")
    tasks.add("key", "bloq_client_key", name="ci", return_secret=True)
    load = {"name": "Load the vault file", "ansible.builtin.include_vars": {"file": str(vault_file)}, "no_log": True}
    tasks.add_other(load)
    loop: Task = {"loop": ["{{ key.client_secret }}"], "become": True}
    own: Task = {"client_id": "{{ key.client_key.client_id }}", "client_secret": "{{ item }}"}
    tasks.add("tokens", "bloq_token", task=loop, return_refresh_token=True, **own)
    tasks.add("refreshed", "bloq_token", refresh_token="{{ tokens.results[0].refresh_token }}", grant="refresh_token")
    tasks.add("registered", "bloq_token", key="ci", vault_file=str(vault_file), return_refresh_token=True)
    look = {"msg": "{{ lookup('bloq.cloud.bloq_token', 'ci') | bloq.cloud.bloq_token_claims | dict2items | length }}"}
    tasks.add_other({"name": "Look a token up", "ansible.builtin.debug": look})
    tasks.add("node", "bloq_node", name="one", chain="btc", key="ci", return_credentials=True)
    tasks.add("nodes", "bloq_node_info", return_credentials=True)
    tasks.add("services", "bloq_service_info")
    tasks.add("account", "bloq_account_info", events=True)
    tasks.add("rotated", "bloq_client_key", name="ci", rotate="always", overlap="0", return_secret=True)
    tasks.add("keys", "bloq_client_key_info")
    tasks.add("changed", "bloq_account_password", new_password="{{ new_password }}")
    back: Task = {"password": "{{ new_password }}", "new_password": "{{ bloq_password }}"}
    tasks.add("changed_back", "bloq_account_password", **back)
    there: Task = {"delegate_to": "gateway", "become": True}
    tasks.add("login_there", "bloq_login", task=there, cache=False)
    tasks.add("key_there", "bloq_client_key", task=there, name="there", return_secret=True)
    tasks.add("token_there", "bloq_token", task=there, cache=False, return_refresh_token=True, **_pair("key_there"))
    tasks.add("node_there", "bloq_node", task=there, name="two", chain="btc", return_credentials=True)
    tasks.add("account_there", "bloq_account_info", task=there, access_token="{{ login_there.access_token }}")
    tasks.add("changed_there", "bloq_account_password", task=there, new_password="{{ new_password }}")
    tasks.add("changed_back_there", "bloq_account_password", task=there, **back)
    _calls(tasks, there)
    return tasks


def _calls(tasks: Tasks, there: Task) -> None:
    """Call services and nodes, from here and from there."""
    # A query is not here: urllib3's own log, which this play turns on, has every address whole.
    secret: Task = {"headers": {"X-Key": "{{ wrong_password | urlencode }}"}}
    made: Task = {"service": "accounts", "path": "/users/me/client-keys", "method": "POST", "body": secret}
    height: Task = {"name": "one", "method": "getblockcount"}
    basic: Task = {
        "url": "{{ node.node.url }}",
        "rpc_user": "{{ node.node.username }}",
        "rpc_password": "{{ node.node.password }}",
        "method": "getblockcount",
    }
    for place, task in (("", {}), ("_there", there)):
        tasks.add(f"asked{place}", "bloq_request", task=task, service="nodes", path="/users/me/nodes", **secret)
        tasks.add(f"predicted_call{place}", "bloq_request", task={**task, "check_mode": True}, **made, **secret)
        tasks.add(f"made{place}", "bloq_request", task=task, return_content=True, **made)
        tasks.add(f"rpc{place}", "bloq_node_rpc", task=task, **height)
        tasks.add(f"rpc_by_url{place}", "bloq_node_rpc", task=task, **basic)


def _failures() -> Tasks:
    tasks = Tasks()
    tasks.add("key", "bloq_client_key", name="failing", return_secret=True)
    tasks.add("login", "bloq_login")
    again: Task = {"retries": 1, "delay": 0, "until": "refused is succeeded"}
    wrong: Task = {"password": "{{ wrong_password }}", "cache": False}
    tasks.add("refused", "bloq_login", fails=True, task=again, **wrong)
    tasks.add("in_background", "bloq_login", fails=True, task={"async": 10, "poll": 0}, password="{{ new_password }}")
    reversed_: Task = {**_pair("key"), "client_secret": "{{ item }}", "cache": False}
    tasks.add("loop", "bloq_token", fails=True, task={"loop": ["{{ key.client_secret[::-1] }}"]}, **reversed_)
    tasks.add("number", "bloq_token", fails=True, min_ttl="{{ key.client_secret }}", **_pair("key"))
    tasks.add("choice", "bloq_token", fails=True, grant="{{ key.client_secret }}", **_pair("key"))
    tasks.add("kind", "bloq_token", fails=True, refresh_token="{{ login.access_token }}")
    tasks.add("unknown", "bloq_login", fails=True, secret="{{ wrong_password }}", password="{{ wrong_password }}")
    tasks.add("url", "bloq_login", fails=True, accounts_url="https://user:{{ wrong_password | urlencode }}@localhost")
    tasks.add(
        "proxy", "bloq_login", fails=True, proxy="http://user:{{ wrong_password | urlencode }}@127.0.0.1:9", **wrong
    )
    tasks.add("vault_id", "bloq_client_key", fails=True, name="other", vault_id="nobody")
    tasks.add("password", "bloq_account_password", fails=True, new_password="{{ new_password }}", **wrong)
    there: Task = {"delegate_to": "gateway"}
    tasks.add(
        "refused_there",
        "bloq_login",
        fails=True,
        task={**there, **again, "until": "refused_there is succeeded"},
        **wrong,
    )
    tasks.add(
        "loop_there", "bloq_token", fails=True, task={**there, "loop": ["{{ key.client_secret[::-1] }}"]}, **reversed_
    )
    for place, where in (("", {}), ("_there", there)):
        asked: Task = {"service": "accounts", "path": "/nothing"}
        tasks.add(f"asked{place}", "bloq_request", fails=True, task=where, **asked)
        header: Task = {**asked, "headers": {"authorization": "Bearer {{ wrong_password }}"}}
        tasks.add(f"header{place}", "bloq_request", fails=True, task=where, **header)
        node: Task = {
            "url": "{{ lookup('env', 'BLOQ_NODES_URL') }}/rpc/none",
            "rpc_user": "me",
            "rpc_password": "{{ wrong_password }}",
        }
        tasks.add(f"rpc{place}", "bloq_node_rpc", fails=True, task=where, method="uptime", **node)
        tasks.add(f"rpc_option{place}", "bloq_node_rpc", fails=True, task=where, method="uptime", name="x", **node)
        tasks.add(
            f"rpc_params{place}",
            "bloq_node_rpc",
            fails=True,
            task=where,
            method="x",
            params="{{ wrong_password }}",
            **node,
        )
    files: Task = {**there, "vars": {"ansible_connection": "files_only"}}
    tasks.add("file_there", "bloq_login", fails=True, task=files, cache=False)
    secret = "{{ lookup('bloq.cloud.bloq_token', client_id='x', client_secret=wrong_password, cache=false) }}"
    tasks.add_other({"name": "Look up", "ansible.builtin.debug": {"msg": secret}, "ignore_errors": True})
    _further_failures(tasks)
    return tasks


def _pair(result: str) -> Task:
    return {
        "client_id": f"{{{{ {result}.client_key.client_id }}}}",
        "client_secret": f"{{{{ {result}.client_secret }}}}",
    }


@pytest.fixture
def spy(tmp_path: Path) -> t.Iterator[Spy]:
    with serve("--no-login-throttle", password=awkward_secret("password")) as service:
        yield Spy(tmp_path, service.new_account())


# Those of ansible.posix and community.general are tried in tests/users_tools.
CALLBACKS = {
    "default": {},
    "minimal": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
    "oneline": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline"},
    "YAML": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
}
_SHORT = ("default",)


@pytest.mark.parametrize(
    "callback", [pytest.param(name, marks=[pytest.mark.long] if name not in _SHORT else []) for name in CALLBACKS]
)
@pytest.mark.parametrize("kind", ["successes", "failures"])
def test_a_play_of_every_module(spy: Spy, row: Row, kind: str, callback: str) -> None:
    """Nor is a callback given a secret, which may be part of an argument, or written in another way."""
    tasks = _successes(spy.vault_file) if kind == "successes" else _failures()
    run = spy.play(tasks.all(), **CALLBACKS[callback], **_telling(spy.home / "told"))
    assert run.status == 0, run.output
    results = spy.kept()
    assert {name: result.get("failed", False) for name, result in results.items()} == tasks.wanted
    assert "bloq.cloud.bloq_request" in (spy.home / "told").read_text(encoding="utf-8")
    row.tried = len(tasks.wanted)
    hits = spy.hits()
    row.harms["leaked"] = len(hits)
    assert hits == []
    if kind == "successes":
        assert "Invoked with" in (spy.home / "syslog").read_text(encoding="utf-8")
        assert "Starting new HTTP connection" in (spy.home / "python.log").read_text(encoding="utf-8")


def test_a_callback_is_given_no_secret_of_a_task_that_fails(spy: Spy) -> None:
    """ansible-runner keeps what it is given: the arguments among it, with their templates resolved."""
    told = spy.home / "told"
    wrong: Task = {"username": "somebody", "password": "{{ wrong_password }}", "cache": False}
    again: Task = {"register": "refused", "retries": 1, "delay": 0, "until": "refused is succeeded"}
    tasks: list[Task] = [
        {"name": "Be refused", "bloq.cloud.bloq_login": wrong, "ignore_errors": True},
        {"name": "Be refused again", "bloq.cloud.bloq_login": wrong, "ignore_errors": True, **again},
        {"name": "Mistype", "bloq.cloud.bloq_login": {"pasword": "{{ wrong_password }}"}, "ignore_errors": True},
        {"name": "Read", "bloq.cloud.bloq_account_info": {"password": "{{ bloq_password }}", "cache": False}},
    ]
    run = spy.play(tasks, arguments=(), **_telling(told))
    assert run.status == 0, run.output
    assert told.read_text(encoding="utf-8").count("somebody") >= 2
    assert spy.hits() == []


def _telling(told: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CALLBACKS_ENABLED": "tells",
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "telling"),
        "TELLS_FILE": str(told),
    }


def _further_failures(tasks: Tasks) -> None:
    """Give secrets in every option that can hold one, written in another way."""
    hidden = "{{ wrong_password | urlencode }}"
    address = f"https://user:{hidden}@localhost"
    tasks.add("short", "bloq_login", fails=True, task={"timeout": 1}, password="{{ new_password }}", retries="x")
    tasks.add("nodes_url", "bloq_node_info", fails=True, nodes_url=address)
    tasks.add("connect_url", "bloq_request", fails=True, service="connect", path="/", connect_url=address)
    tasks.add("url_of_call", "bloq_request", fails=True, url=f"{address}/x?key={hidden}")
    tasks.add("url_of_node", "bloq_node_rpc", fails=True, url=address, method="uptime", token="none")
    tasks.add("redis", "bloq_client_key", fails=True, name="x", coordination_url=f"redis://:{hidden}@127.0.0.1:1")
    call: Task = {"service": "accounts", "path": "/nothing"}
    # Stopped before they are sent.
    unsent: Task = {**call, "status_code": []}
    tasks.add("query", "bloq_request", fails=True, **unsent, query={"key": ["{{ wrong_password }}"]})
    tasks.add("path", "bloq_request", fails=True, **{**unsent, "path": f"/nothing?key={hidden}"})
    basic = "Basic {{ ('me:' ~ wrong_password) | b64encode }}"
    tasks.add("basic", "bloq_request", fails=True, headers={"Authorization": basic}, **call)
    text = "{{ {'password': wrong_password} | to_json }}"
    tasks.add("body", "bloq_request", fails=True, method="POST", body=text, **call)
    batch: list[Task] = [{"method": "importprivkey", "params": ["{{ wrong_password }}"]}]
    tasks.add("batch", "bloq_node_rpc", fails=True, url="https://127.0.0.1:1", token="none", batch=batch, retries=0)
    tasks.add("mistyped", "bloq_request", fails=True, header={"X": basic}, **call)


@pytest.mark.long
def test_ad_hoc(spy: Spy) -> None:
    run = spy.command("ansible", "localhost", "-m", "bloq.cloud.bloq_login", "-a", "cache=false")
    assert run.status == 0 and "censored" in run.output
    assert spy.command("ansible", "localhost", "-m", "bloq.cloud.bloq_login", "-a", "username=nobody").status != 0
    assert spy.hits() == []


@pytest.mark.parametrize("playbooks", [("bootstrap",), pytest.param(None, marks=pytest.mark.long)], ids=["one", "all"])
def test_playbooks_and_roles(spy: Spy, row: Row, playbooks: tuple[str, ...] | None) -> None:
    own = ["-e", f"bloq_vault_file={spy.vault_file}", "-e", "bloq_commit=true"]
    further = {
        "bootstrap": ["-e", "bloq_keys=ci,other"],
        "rotate": ["-e", "key_rotation_force=true", "-e", "bloq_overlap=0"],
        "report": ["-e", f"bloq_report_file={spy.home / 'report.md'}"],
        "revoke": ["-e", "bloq_revoke=ci"],
    }
    for name in playbooks or further:
        run = spy.command("ansible-playbook", f"bloq.cloud.{name}", *own, *further[name])
        assert run.status == 0, run.output
        row.tried += 1
    assert spy.hits() == []


def test_a_fault_of_ours_is_told_without_what_it_choked_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = awkward_secret("choked")

    def choke(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise LookupError(f"cannot read {secret}")

    monkeypatch.setattr(requests.Session, "request", choke)
    result = InProcess(tmp_path, cache=False).run(
        "bloq_login", accounts_url="http://127.0.0.1:1", username="user", password="another"
    )
    assert result["failed"] and "LookupError" in result["msg"] and "_transport.py" in result["exception"]
    assert Canaries({"choked": secret}).search(repr(result).encode(), "the result") == []


# The search finds what leaks


def test_the_search_finds_every_form_of_a_secret(tmp_path: Path) -> None:
    secret = awkward_secret("planted")
    canaries = Canaries({"planted": secret})
    assert canaries.search(b"", "nothing") == []
    for offset in range(3):
        text = base64.b64encode(b"user:"[:offset] + secret.encode() + b" and more").decode()
        assert canaries.search(text.encode(), "a text")
        wrapped = "\n".join(text[begin : begin + 7] for begin in range(0, len(text), 7))
        assert canaries.search(wrapped.encode(), "a text")
        assert canaries.search(repr(wrapped).encode(), "a text")
    for wrapped in (f"{secret[:9]}\n    {secret[9:]}", f"{secret[:9]}\\n{secret[9:]}", f"{secret[:3]}\r\n{secret[3:]}"):
        assert canaries.search(wrapped.encode(), "a text")
    assert canaries.search(f"Bearer {JWT}SUzI1NiJ9".encode(), "a text")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text(secret, encoding="utf-8")
    assert {hit.place for hit in canaries.search_folder(tmp_path)} == {str(tmp_path / "a" / "b" / "file")}
    token = tmp_path / f"{JWT}SUzI1NiJ9"
    token.touch()
    assert f"the name of {token}" in {hit.place for hit in canaries.search_folder(tmp_path)}


def test_the_search_finds_what_a_careless_play_leaks(spy: Spy) -> None:
    """A play without the collection puts the password in each place that is searched."""
    password, repository = "{{ bloq_password }}", spy.vault_file.parent
    git, plain = ["git", "-C", str(repository)], str(repository / "plain")
    tasks: list[Task] = [
        {"ansible.builtin.copy": {"content": password, "dest": str(spy.home / "careless")}},
        {"ansible.builtin.command": "wc -c", "args": {"stdin": password}, "delegate_to": "gateway"},
        {"ansible.builtin.command": {"argv": ["sh", "-c", "sleep 0.5; true", password]}},
        {"ansible.builtin.copy": {"content": password, "dest": plain}},
        {"ansible.builtin.command": {"argv": [*git, "add", "plain"]}},
        {"ansible.builtin.command": {"argv": [*git, "commit", "--quiet", "--message", "careless"]}},
        {"ansible.builtin.debug": {"msg": password}},
    ]
    run = spy.play([{"name": f"Leak {number}", **task} for number, task in enumerate(tasks)])
    assert run.status == 0, run.output
    found = {hit.place.removeprefix(f"{spy.home}/") for hit in spy.hits() if hit.secret == "bloq_password"}
    for place in ("the output", "a process", "ansible.log", "syslog", "careless", "tree/localhost", "vault/plain"):
        assert place in found, place
    assert f"{repository}/.git".removeprefix(f"{spy.home}/") in found
    for folder in ("gateway/", "junit/"):
        assert any(place.startswith(folder) for place in found), folder


def test_the_watch_sees_environments(tmp_path: Path) -> None:
    secret = awkward_secret("planted")
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleep, env={"PLANTED": secret}) as process:
        with watched(process.pid) as listing:
            time.sleep(0.5)
        process.kill()
    assert any(Canaries({"planted": secret}).search(content, "a process") for content in listing.seen)
