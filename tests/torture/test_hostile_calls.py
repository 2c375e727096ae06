# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""bloq_request and bloq_node_rpc, given what careless users give and answered by services that want to harm."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import time
import typing as t
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.canaries import Canaries
from harness.elsewhere import Elsewhere, another_host
from harness.error_messages import assert_clear
from harness.in_process import InProcess, Result
from harness.service import KEYS, NODES, Account, serve
from harness.table import Row
from harness.tampering import Script, Tampering, dripping, sending, tampering

Options = dict[str, t.Any]

_HASTE: Options = {"timeout": 0.5, "retries": 0, "max_retry_wait": 0.2}
_LATE = 5.0
_RPC = "/rpc/node"
_JSON_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n%s\r\n"


@dataclasses.dataclass
class Scene:
    """A controller with a client key, whose Nodes service is not what it seems.

    Attributes:
        account: the account.
        controller: the controller.
        stand: stands before Nodes.
        elsewhere: another host, which nobody must ask.
        secrets: what nobody must tell.
    """

    account: Account
    controller: InProcess
    stand: Tampering
    elsewhere: Elsewhere
    secrets: Canaries

    def ask(self, **options: t.Any) -> Result:
        """Call Nodes."""
        return self._run("bloq_request", {"service": "nodes", "path": NODES, **options})

    def ask_node(self, **options: t.Any) -> Result:
        """Call a node, with a password."""
        node = {"url": f"{self.stand.url}{_RPC}", "rpc_user": "me", "rpc_password": "password of the node"}
        return self._run("bloq_node_rpc", {**node, "method": "getinfo", **options})

    def _run(self, module: str, options: Options) -> Result:
        began = time.monotonic()
        result = self.controller.run(module, **{**_HASTE, **options})
        assert time.monotonic() - began < _LATE
        assert self.elsewhere.visits == []
        if result.get("failed"):
            assert_clear(result, {**self.controller.options, **options})
        shown = {name: value for name, value in result.items() if not name.startswith("_ansible")}
        assert self.secrets.search(json.dumps(shown).encode(), module) == []
        return result


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with serve() as service, another_host() as elsewhere, tampering(service.nodes_url) as stand:
        account = service.new_account()
        client_id, client_secret = account.make_key()
        own = {"client_id": client_id, "client_secret": client_secret}
        urls = {"accounts_url": service.url, "nodes_url": stand.url, "connect_url": service.connect_url}
        controller = InProcess(tmp_path_factory.mktemp("home"), **urls, **own)
        secrets = {"the secret": client_secret, "the node's": "password of the node", "theirs": "a word of theirs"}
        yield Scene(account, controller, stand, elsewhere, Canaries(secrets))


# Careless users

_WORD = "a word of theirs"
CARELESS: dict[str, tuple[Options, str]] = {
    **{
        f"the header {name!r}": ({"headers": {name: f"Bearer {_WORD}"}}, "headers must")
        for name in (
            *(
                "Authorization",
                "AUTHORIZATION",
                "authorization ",
                " Authorization",
                "Authorization\t",
                "Authorization:",
            ),
            *("Proxy-Authorization", "COOKIE", "Host", "Transfer-Encoding", "content-length", "X\r\nAuthorization", ""),
        )
    },
    "a header of two lines": ({"headers": {"X-A": "b\r\nAuthorization: c"}}, "headers must be a mapping"),
    "a header of a line feed": ({"headers": {"X-A": "b\nc"}}, "headers must be a mapping"),
    "a header that is a list": ({"headers": {"X-A": [1]}}, "headers must be a mapping"),
    "a header of other letters": ({"headers": {"X-A": "\u20ac"}}, "headers must be a mapping"),
    "headers that are a list": ({"headers": ["a"]}, "headers"),
    "a path without a slash": ({"path": "users"}, "begins with /"),
    "a path with a host": ({"path": "https://example.com/"}, "begins with /"),
    "a path with a fragment": ({"path": "/x#y"}, "fragment"),
    "a path that goes up": ({"path": f"{NODES}/../client-keys"}, r"must not have \. or \.\."),
    "a path that goes up, quoted": ({"path": f"{NODES}/%2e%2E/client-keys"}, r"must not have \. or \.\."),
    "a path that goes up, backwards": ({"path": "/x\\..\\y"}, r"must not have \. or \.\."),
    "a path that is a list": ({"path": ["/x"]}, "."),
    "a URL that goes up": ({"service": None, "path": None, "url": "NODES/x/../y"}, r"must not have \. or \.\."),
    "a URL of another host": ({"service": None, "path": None, "url": "ELSEWHERE/x"}, "not at one of the services"),
    "a URL with another host's user": (
        {"service": None, "path": None, "url": "http://127.0.0.1@localhost/"},
        "carry a user",
    ),
    "a URL with a backslash": ({"service": None, "path": None, "url": "http://127.0.0.1:1\\@localhost/"}, "."),
    "a URL without a scheme": ({"service": None, "path": None, "url": "//127.0.0.1/x"}, "must look like"),
    "a URL of a file": ({"service": None, "path": None, "url": "file:///etc/passwd"}, "must look like"),
    "a URL in the clear": (
        {"service": None, "path": None, "token": "none", "url": "http://192.0.2.1/x"},
        "in the clear",
    ),
    "no service": ({"service": None}, "service or url is missing"),
    "an unknown service": ({"service": "node"}, "service"),
    "a chain with a slash": ({"service": "connect", "chain": "btc/../x"}, "short name"),
    "a chain with a host": ({"service": "connect", "chain": "btc.example.com#"}, "short name"),
    "a chain of Nodes": ({"chain": "btc"}, "connect alone"),
    "a chain in capitals": ({"service": "connect", "chain": "BTC"}, "short name"),
    "a body that is no JSON": ({"method": "POST", "body": "{"}, "JSON in a text"),
    "a body of endless numbers": ({"method": "POST", "body": {"a": float("inf")}}, "a number that JSON"),
    "a body of lone surrogates": ({"method": "POST", "body": {"a": "\ud800"}}, "Unicode"),
    "a body too deep": ({"method": "POST", "body": "[" * 30000}, "JSON in a text"),
    "a status of words": ({"status_code": ["ok"]}, "status_code"),
    "no status": ({"status_code": []}, "names no status"),
    "a status that is a mapping": ({"status_code": {"a": 1}}, "status_code"),
    "a query of mappings": ({"query": {"a": {"b": _WORD}}}, "In query, a must"),
    "a query that is a list": ({"query": [_WORD]}, "query"),
    "a method of one's own": ({"method": "get"}, "method"),
    "another kind of token": ({"service": "accounts", "path": "/users/me", "token": "client"}, "no client token"),
    "no such key": ({"key": "none", "client_id": None, "client_secret": None}, "is not set here"),
    "an unknown option": ({"header": {"a": "b"}}, "header"),
}


@pytest.mark.row("a careless call", harm="let in")
@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_call_is_refused_before_any_request(scene: Scene, name: str) -> None:
    options, words = CARELESS[name]
    scene.stand.strike("GET", NODES, sending(b""))
    url = options.get("url", "").replace("ELSEWHERE", scene.elsewhere.url).replace("NODES", scene.stand.url)
    result = scene.ask(**{**options, **({"url": url} if url else {})})
    assert result.get("failed") and result["failure"]["kind"] == "input"
    assert re.search(words, result["msg"]), result["msg"]


HARMLESS: dict[str, Options] = {
    "a path of two slashes": {"path": "//localhost/x", "status_code": [404]},
    "a path of three slashes": {"path": "///x", "status_code": "404"},
    "a path with an at": {"path": "/@localhost/x", "status_code": "404, 405"},
    "a path with quoted slashes": {"path": "/%2f%2flocalhost/x", "status_code": ["404", 405]},
    "a path with quoted line ends": {"path": "/x%0d%0aHost:%20localhost", "status_code": 404},
    "a path with line ends": {"path": "/x\r\nHost: localhost", "status_code": 404},
    "a path with dots": {"path": "/...", "status_code": 404},
    "an empty path": {"path": "", "status_code": [200, 404]},
    "a query with ends of lines": {"query": {"a": "b\r\nHost: localhost", "c&d": "e=f", "n": None, "l": [1, True]}},
    "an empty query": {"query": {}},
    "no headers": {"headers": {}},
    "a body with GET": {"body": {"a": 1}},
}


@pytest.mark.row("a careless call", harm="let in")
@pytest.mark.parametrize("name", HARMLESS)
def test_a_strange_call_goes_nowhere_else(scene: Scene, name: str) -> None:
    scene.stand.rest()
    result = scene.ask(**{"return_content": True, **HARMLESS[name]})
    assert not result.get("failed"), result["msg"]


# Hostile services


def _reply(body: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> Script:
    return sending(_JSON_HEAD % (status, headers) + body)


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(bytes(1 << 20)) for _piece in range(64)) + packer.flush()


def _endless_interim(connection: socket.socket) -> None:
    dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n")(connection)


_LOCATION = b"Location: %s/x\r\n"
_DRIPPING = "took too long|did not answer within|100|closed the connection|not HTTP"
#: What a service sends, and what the task says then; None where it is an answer.
HOSTILE: dict[str, tuple[Script, str | None]] = {
    "401 for ever": (_reply(b"{}", b"401 Unauthorized"), "answered 401"),
    "jwt expired for ever": (_reply(b"jwt expired", b"401 Unauthorized"), r"answered 401 \(jwt expired\)"),
    "403": (_reply(b'{"code": "NotYours"}', b"403 Forbidden"), "answered 403 .NotYours"),
    "a status of its own": (_reply(b"{}", b"999 Odd"), "answered 999"),
    "a negative status": (_reply(b"{}", b"-1 Odd"), "."),
    "no status": (sending(b"\r\n\r\n\r\n"), "."),
    "a gzip bomb": (_reply(_bomb(), headers=b"Content-Encoding: gzip\r\n"), "too large"),
    "what is no gzip": (_reply(b"{}", headers=b"Content-Encoding: gzip\r\n"), "cannot be unpacked"),
    "endless headers": (sending(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200000), "."),
    "a header of a megabyte": (sending(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000000), "."),
    "a header with a bare CR": (_reply(b"[]", headers=b"X: a\rSet-Cookie: b=c\r\n"), None),
    "a negative length": (_reply(b"[]", headers=b"Content-Length: -5\r\n"), None),
    "a length too long": (_reply(b"[]", headers=b"Content-Length: 99\r\n"), "closed the connection"),
    "two lengths": (_reply(b"[]", headers=b"Content-Length: 2\r\nContent-Length: 3\r\n"), "."),
    "chunks without end": (
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        "too long",
    ),
    "a chunk of a strange size": (
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nx"),
        ".",
    ),
    "a drip of headers": (dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), "did not answer"),
    "a drip of 100 Continue": (_endless_interim, "did not answer|closed the connection"),
    "more than is wanted": (_reply(b"[" + b"1," * 5000000 + b"1]"), "too large"),
    "HTML": (_reply(b"<html>{{ 1 }}</html>"), "is not JSON"),
    "JSON too deep": (_reply(b"[" * 5000 + b"]" * 5000), "is not JSON"),
    "JSON of NaN": (_reply(b"[NaN]"), "is not JSON"),
    "JSON of a huge number": (_reply(b"[1e999]"), "is not JSON"),
    "JSON of a long number": (_reply(b"[" + b"9" * 5000 + b"]"), "is not JSON"),
    "JSON of half a character": (_reply(b'["\\ud800"]'), None),
    "bytes that are no text": (_reply(b"\xff\xfe\x00"), "is not JSON"),
    "words of Ansible's": (
        _reply(b'{"failed": true, "_ansible_no_log": false, "ansible_facts": {"a": "{{ 1 }}"}, "exception": "x"}'),
        None,
    ),
    "a type of Ansible's": (_reply(b'{"__ansible_unsafe": "x", "__ansible_type": "y", "__ansible_vault": "z"}'), None),
}


@pytest.mark.row("a service is hostile to a call", harm="let in")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_does_no_harm(scene: Scene, name: str) -> None:
    script, words = HOSTILE[name]
    scene.stand.strike("GET", NODES, script)
    result = scene.ask()
    if words is None:
        assert not result.get("failed"), result["msg"]
        assert "ansible_facts" not in result
    else:
        assert result.get("failed") and re.search(words, result["msg"]), result
    scene.stand.rest()
    assert scene.ask()["status"] == 200


@pytest.mark.row("a service is hostile to a call", harm="let in")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_lost_reply_does_not_ask_for_the_same_again(scene: Scene, method: str) -> None:
    scene.stand.strike(method, NODES, lambda connection: None)
    result = scene.ask(method=method)
    assert result["failed"] and result["changed"] and result["failure"]["maybe_received"]
    assert "finds out" not in result["msg"] and f"The {method} may have been carried out" in result["msg"]


@pytest.mark.row("a service is hostile to a call", harm="let in")
@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308", b"201", b"401", b"503"])
def test_no_answer_sends_a_call_elsewhere(scene: Scene, status: bytes) -> None:
    headers = b"Location: %s/x\r\nRefresh: 0; url=%s\r\n" % ((scene.elsewhere.url.encode(),) * 2)
    scene.stand.strike("GET", NODES, _reply(b"{}", status + b" Moved", headers))
    assert scene.ask()["status"] == int(status)


ECHOES = {
    "in a text": b'{"echo": "Authorization: Bearer %s"}',
    "in a name": b'{"%s": 1}',
    "in a list": b'[["%s"]]',
    "in a code": b'{"code": "%s"}',
    "in no JSON": b"<html>%s</html>",
}


@pytest.mark.row("a service tells the token it was given", harm="leaked")
@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad", b"401 No"])
@pytest.mark.parametrize("name", ECHOES)
@pytest.mark.parametrize("how", ["plain", "escaped"])
def test_a_token_that_is_told_is_not_repeated(scene: Scene, name: str, status: bytes, how: str) -> None:
    token = scene.controller.run("bloq_token")["access_token"]
    told = token if how == "plain" else "".join(f"\\u{ord(letter):04x}" for letter in token)
    scene.stand.strike("GET", NODES, _reply(ECHOES[name] % told.encode(), status))
    assert token not in str(scene.ask(return_content=True))


@pytest.mark.row("a service tells the token it was given", harm="leaked")
@pytest.mark.parametrize(
    "body", ['{"result": "%s", "id": 1}', '{"error": {"code": 1, "message": "%s"}, "id": 1}', "%s"]
)
def test_a_node_that_tells_its_password_is_not_repeated(scene: Scene, body: str) -> None:
    scene.stand.strike("POST", _RPC, _reply((body % "password of the node").encode()))
    scene.ask_node()


@pytest.mark.row("a service is hostile to a call", harm="let in")
@pytest.mark.parametrize(
    "body",
    [
        *('{"id": 1}', "[]", "[1]", '{"result": 1, "id": 2}', '{"result": 1, "id": true}', '{"result": 1, "id": "1"}'),
        *('{"error": 5, "id": 1}', '{"error": {"code": "x", "message": []}, "id": 1}', '{"error": {}, "id": 1}'),
        *('[{"result": 1, "id": 1}, {"result": 2, "id": 1}]', "null", "", "5", '"x"', "<html>"),
        '{"error": {"code": 1, "message": "a\\r\\nb\\u001b[31m' + "x" * 5000 + '"}, "id": 1}',
    ],
)
def test_a_node_that_answers_nonsense_fails_in_words_that_help(scene: Scene, body: str) -> None:
    scene.stand.strike("POST", _RPC, _reply(body.encode()))
    result = scene.ask_node()
    if not result.get("failed"):
        assert result["result"] == 1
    else:
        assert len(result["msg"]) < 600 and "\x1b" not in result["msg"]


# Tokens that are over


@pytest.mark.row("a cached token is refused", harm="lost")
def test_another_process_and_a_token_that_is_refused(scene: Scene, row: Row, tmp_path: Path) -> None:
    """A token of the cache that the service refuses is replaced for all, once."""
    scene.stand.rest()
    first = scene.controller.run("bloq_token")
    own = {name: scene.controller.options[name] for name in ("client_id", "client_secret", "accounts_url", "nodes_url")}
    other = InProcess(tmp_path, **own)
    other.options["cache_path"] = scene.controller.options["cache_path"]
    refusals = {"service": "nodes", "method": "GET", "path": NODES, "status": 401, "times": 1}
    scene.account.service.set_faults(refusals)
    assert scene.ask()["status"] == 200
    replaced = scene.controller.run("bloq_token")
    assert replaced["source"] == "cache" and replaced["access_token"] != first["access_token"]
    assert other.run("bloq_request", service="nodes", path=NODES)["status"] == 200
    assert other.run("bloq_token")["access_token"] == replaced["access_token"]
    row.tried = 4


@pytest.mark.row("a cached token is refused", harm="lost")
def test_nothing_is_made_twice_for_a_token_that_is_over(scene: Scene) -> None:
    """The refused request was not carried out, so the second one is the only one."""
    service = scene.account.service
    login: Options = {
        "client_id": None,
        "client_secret": None,
        "username": scene.account.email,
        "password": service.password,
    }
    scene.ask(service="accounts", path="/users/me", **login)
    before = scene.account.key_ids()
    service.set_faults({"service": "accounts", "method": "POST", "path": KEYS, "status": 401, "times": 1})
    made = scene.controller.run("bloq_request", service="accounts", path=KEYS, method="POST", **login)
    assert made["changed"] and scene.account.key_ids() - before == {made["json"]["clientId"]}
    assert made["_ansible_no_log"]
