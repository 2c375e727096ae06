# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests reach the service as meant, are repeated only when that is safe, and fail in words without secrets."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import http.client
import http.server
import json
import logging
import math
import pathlib
import socket
import threading
import time
import types
import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection, checked_url
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    InputError,
    MissingLibraryError,
    RefusedError,
    ReplyError,
    StatusError,
    UnreachableError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._transport import Transport

CANARY = "the-canary"


class Answer(t.NamedTuple):
    """What the service answers: raw bytes instead of HTTP when ``raw`` is set, and nothing at all when it is empty."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: t.Mapping[str, str] = types.MappingProxyType({})
    raw: bytes | None = None
    delay: float = 0.0


class Service:
    """An HTTP service on this machine that gives its answers in their order, the last one for ever."""

    def __init__(self) -> None:
        self.answers = [Answer()]
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.requests.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer.delay:
                    time.sleep(answer.delay)
                self.close_connection = True
                with contextlib.suppress(OSError):
                    if answer.raw is not None:
                        self.wfile.write(answer.raw)
                        return
                    self.send_response_only(answer.status)
                    for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *_args: t.Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def transport(self, **settings: t.Any) -> Transport:
        return Transport(Connection(self.url, **{"retries": 2, "timeout": 5.0, "max_retry_wait": 5.0, **settings}))

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Service]:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited between attempts, without waiting them."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def sent(service: Service, number: int = 0) -> dict[str, str]:
    return service.requests[number][2]


# What is sent


def test_a_request_and_its_answer(service: Service) -> None:
    reply = service.transport().send("POST", "/auth/token", body={"grantType": "x"}, bearer="token")
    assert (reply.status, reply.body) == (200, {"ok": True})
    method, path, headers, body = service.requests[0]
    assert (method, path, json.loads(body)) == ("POST", "/auth/token", {"grantType": "x"})
    assert headers["Authorization"] == "Bearer token" and headers["Content-Type"] == "application/json"


def test_a_login_is_sent_as_utf_8(service: Service) -> None:
    service.transport().send("POST", "/auth", basic=("jörg@example.com", "pä:ß"))
    assert base64.b64decode(sent(service)["Authorization"].split()[1]).decode() == "jörg@example.com:pä:ß"


def test_netrc_is_not_asked(service: Service, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    service.transport().send("GET", "/", bearer="token")
    service.transport().send("GET", "/")
    assert sent(service)["Authorization"] == "Bearer token"
    assert "Authorization" not in sent(service, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(service: Service, status: int) -> None:
    service.answer(Answer(status, headers={"Location": f"{service.url}/elsewhere"}))
    with pytest.raises(StatusError, match="redirect, which is never followed"):
        service.transport().send("POST", "/auth", basic=("u", CANARY))
    assert len(service.requests) == 1


# What comes back


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (Answer(401, b'{"code": "InvalidToken"}'), RefusedError, r"answered 401 \(InvalidToken\) to GET /path\."),
        (Answer(403, b"<html>"), RefusedError, r"answered 403 to GET /path\."),
        (Answer(404, b'{"code": "a b<script>"}'), StatusError, r"answered 404 to GET /path: .* Check the options"),
        (Answer(400, b'{"code": 7}'), StatusError, r"answered 400 to GET /path: .* Check the options"),
        (Answer(429, b"", {"Retry-After": "99999"}), StatusError, "too many requests. Try again later"),
        (Answer(500, b"oops"), StatusError, "overloaded or broken"),
        (Answer(204, b""), StatusError, "answered 204 to GET /path: .* Check the URL"),
    ],
)
def test_other_statuses_are_told_without_the_body(
    service: Service, waits: list[float], answer: Answer, kind: type[BloqError], told: str
) -> None:
    service.answer(answer._replace(headers={"X-Echo": CANARY}, body=answer.body + b" " * 9))
    with pytest.raises(kind, match=told) as error:
        service.transport().send("GET", "/path", bearer=CANARY)
    assert error.type is kind
    assert CANARY not in str(error.value) and "<" not in str(error.value)


def test_what_is_no_json_is_handed_on_for_the_operation_to_judge(service: Service) -> None:
    service.answer(Answer(200, b"<html>"), Answer(200, b""), Answer(200, b"[" * 100000))
    bodies = [service.transport().send("GET", "/").body for _turn in range(3)]
    assert bodies == [b"<html>", None, b"[" * 100000]


def test_a_reply_without_end_is_cut_off(service: Service) -> None:
    service.answer(Answer(200, b"x" * (5 * 1024 * 1024)))
    with pytest.raises(ReplyError, match="too large"):
        service.transport().send("GET", "/")


@pytest.mark.parametrize(
    ("offset", "skew"), [(3600, 3600), (-3600, -3600), (0, 0), (86400 * 400, 86400 * 400), (None, 0), ("soon", 0)]
)
def test_the_skew_is_what_the_date_header_says(service: Service, offset: t.Any, skew: float) -> None:
    text = email.utils.formatdate(time.time() + offset, usegmt=True) if isinstance(offset, int) else offset
    service.answer(Answer(headers={} if text is None else {"Date": text}))
    assert abs(service.transport().send("GET", "/").skew - skew) <= 3


# What is tried again


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again(service: Service, waits: list[float], status: int) -> None:
    service.answer(Answer(status), Answer(status), Answer())
    assert service.transport().send("GET", "/").status == 200
    assert len(service.requests) == 3 and all(0 <= wait <= 5 for wait in waits)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
def test_other_answers_are_final(service: Service, waits: list[float], status: int) -> None:
    service.answer(Answer(status))
    with pytest.raises(StatusError):
        service.transport().send("GET", "/")
    assert len(service.requests) == 1 and waits == []


def test_after_the_last_attempt_the_answer_is_told(service: Service, waits: list[float]) -> None:
    service.answer(Answer(503))
    with pytest.raises(StatusError, match="raise retries") as error:
        service.transport(retries=1).send("GET", "/")
    assert error.value.status == 503 and len(service.requests) == 2


def test_retry_after_in_seconds_is_waited(service: Service, waits: list[float]) -> None:
    service.answer(Answer(429, headers={"Retry-After": "3"}), Answer())
    service.transport().send("GET", "/")
    assert waits == [3]


def test_retry_after_as_a_date_is_waited(service: Service, waits: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 4, usegmt=True)
    service.answer(Answer(503, headers={"Retry-After": date}), Answer())
    service.transport().send("GET", "/")
    assert len(waits) == 1 and 0 < waits[0] <= 4


@pytest.mark.parametrize("value", ["soon", "", "-3", "1e3", "NaN", "Tue, 99 Nov 2026"])
def test_an_absurd_retry_after_is_as_good_as_none(service: Service, waits: list[float], value: str) -> None:
    service.answer(Answer(429, headers={"Retry-After": value}), Answer())
    assert service.transport().send("GET", "/").status == 200
    assert all(0 <= wait <= 5 for wait in waits)


@pytest.mark.parametrize("value", ["6", "86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_beyond_our_patience_ends_the_attempts(service: Service, waits: list[float], value: str) -> None:
    service.answer(Answer(429, headers={"Retry-After": value}))
    with pytest.raises(StatusError) as error:
        service.transport(max_retry_wait=5.0).send("GET", "/")
    assert error.value.status == 429
    assert len(service.requests) == 1 and waits == []


def test_all_waits_together_are_bounded(service: Service, waits: list[float]) -> None:
    service.answer(Answer(429, headers={"Retry-After": "2"}))
    with pytest.raises(StatusError):
        service.transport(retries=10, max_retry_wait=5.0).send("GET", "/")
    assert waits == [2, 2] and len(service.requests) == 3


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
@pytest.mark.parametrize(("repeatable", "attempts"), [(True, 3), (False, 1)])
def test_a_broken_answer_is_asked_for_again_only_when_that_is_safe(
    service: Service, waits: list[float], raw: bytes, repeatable: bool, attempts: int
) -> None:
    service.answer(Answer(raw=raw))
    with pytest.raises(UnreachableError, match="closed the connection") as error:
        service.transport().send("POST", "/", bearer=CANARY, repeatable=repeatable)
    assert error.value.maybe_received and not error.value.timed_out and CANARY not in str(error.value)
    # Once the head is there, the request was carried out: asking again is for the caller to decide.
    assert len(service.requests) == (1 if raw else attempts)


@pytest.mark.parametrize(("status", "attempts"), [(429, 2), (500, 1), (502, 1), (503, 1)])
def test_what_must_not_be_done_twice_is_repeated_only_after_429(
    service: Service, waits: list[float], status: int, attempts: int
) -> None:
    service.answer(Answer(status, headers={"Retry-After": "1"}), Answer())
    with contextlib.suppress(StatusError):
        service.transport().send("POST", "/", repeatable=False)
    assert len(service.requests) == attempts


# What is not reached


def test_a_service_that_does_not_answer(service: Service) -> None:
    service.answer(Answer(delay=1.0))
    with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 s") as error:
        service.transport(timeout=0.2, retries=0).send("POST", "/", bearer=CANARY)
    assert error.value.maybe_received and error.value.timed_out


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0.0},
        {"timeout": -1.0},
        {"timeout": math.nan},
        {"timeout": 1e30},
        {"retries": -1},
        {"retries": 10**9},
        {"max_retry_wait": -5.0},
        {"max_retry_wait": math.inf},
    ],
    ids=str,
)
def test_what_cannot_be_waited_or_counted_is_told(settings: dict[str, t.Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(settings))} must be"):
        Connection("https://accounts.bloq.cloud", **settings)


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="refuses connections") as error:
            Transport(Connection(url, retries=0)).send("GET", "/", bearer=CANARY)
    assert not error.value.maybe_received


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(UnreachableError, match=r"no host nobody\.invalid") as error:
        Transport(Connection("https://nobody.invalid", retries=0)).send("GET", "/")
    assert not error.value.maybe_received


def test_a_service_without_tls(service: Service) -> None:
    url = service.url.replace("http:", "https:")
    with pytest.raises(UnreachableError, match="No trusted TLS connection") as error:
        Transport(Connection(url, retries=0)).send("GET", "/", bearer=CANARY)
    assert not error.value.maybe_received and service.requests == []


def test_a_proxy_that_is_not_there(service: Service) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://user:{CANARY}@127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="option proxy") as error:
            service.transport(proxy=proxy, retries=0).send("GET", "/")
    assert CANARY not in str(error.value) and not error.value.maybe_received


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_a_tls_file_that_is_not_there(option: str) -> None:
    settings: dict[str, t.Any] = {option: "/nowhere/file.pem"}
    with pytest.raises(InputError, match="TLS file"):
        Transport(Connection("https://127.0.0.1:1", retries=0, **settings)).send("GET", "/")


# Proxies, and what others turn on around us


@pytest.fixture
def proxy() -> t.Iterator[Service]:
    """What a proxy would see: requests that name the whole URL."""
    running = Service()
    yield running
    running.stop()


_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


@pytest.mark.parametrize("variable", _PROXY_VARIABLES)
def test_no_proxy_of_the_environment_sees_what_is_not_encrypted(
    service: Service, proxy: Service, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    service.transport().send("POST", "/auth", basic=("user", CANARY))
    assert len(service.requests) == 1 and proxy.requests == []
    # The proxy is one: whoever allows http:// anywhere gets it.
    service.transport(allow_http=True).send("GET", "/")
    assert len(service.requests) == 1 and proxy.requests[0][1] == f"{service.url}/"


@pytest.mark.parametrize("elsewhere", ["http://proxy.example.com:3128", "proxy.example.com:3128", "http://[::1", "x"])
def test_a_proxy_elsewhere_never_sees_what_is_not_encrypted(service: Service, elsewhere: str) -> None:
    with pytest.raises(InputError, match="in the clear"):
        service.transport(proxy=elsewhere)
    assert Transport(Connection("https://accounts.bloq.cloud", proxy=elsewhere))


def test_a_proxy_on_this_machine_may_be_named(service: Service, proxy: Service) -> None:
    service.transport(proxy=proxy.url).send("GET", "/")
    assert proxy.requests[0][1] == f"{service.url}/" and service.requests == []


def test_no_proxy_in_the_environment_is_honoured(
    service: Service, proxy: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    service.transport(allow_http=True).send("GET", "/")
    assert len(service.requests) == 1 and proxy.requests == []


@pytest.mark.parametrize("through_proxy", [False, True])
def test_the_debug_settings_of_http_libraries_print_no_header(
    service: Service,
    proxy: Service,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    through_proxy: bool,
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler()])
    monkeypatch.setattr(logging.root, "level", logging.DEBUG)
    named = {"proxy": proxy.url} if through_proxy else {}
    service.transport(**named).send("POST", "/auth", bearer=CANARY, body={"clientSecret": CANARY})
    told = "".join(capfd.readouterr())
    assert "Starting new HTTP connection" in told
    assert CANARY not in told and "send:" not in told
    # They print them where nobody holds them back.
    http.client.HTTPConnection("127.0.0.1", service.server.server_port).request("GET", "/", headers={"X-Y": CANARY})
    assert CANARY in capfd.readouterr().out


# Where secrets may go


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://accounts.bloq.cloud/", "https://accounts.bloq.cloud"),
        (" https://accounts.bloq.cloud/base/ ", "https://accounts.bloq.cloud/base"),
        ("http://localhost:4000", "http://localhost:4000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:4000", "http://[::1]:4000"),
    ],
)
def test_urls_that_are_safe(url: str, checked: str) -> None:
    assert checked_url(url, allow_http=False) == checked


@pytest.mark.parametrize(
    "url",
    [
        "accounts.bloq.cloud",
        "ftp://accounts.bloq.cloud",
        "https://",
        "https://host:99999",
        "https://host:0",
        "https://user:word@host",
        "https://host/?token=x",
        "https://host/#x",
        "http://accounts.bloq.cloud",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "",
    ],
)
def test_urls_that_are_not(url: str) -> None:
    with pytest.raises(InputError):
        Transport(Connection(url))


def test_http_to_elsewhere_must_be_allowed() -> None:
    assert checked_url("http://10.0.0.1", allow_http=True) == "http://10.0.0.1"


def test_no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.bloq.cloud.plugins.module_utils._transport.requests", None)
    with pytest.raises(MissingLibraryError, match=r"pip install requests$"):
        Transport(Connection("http://127.0.0.1:9"))


def test_a_urllib3_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("urllib3.BaseHTTPResponse")
    with pytest.raises(MissingLibraryError, match=r"pip install urllib3~=2\.0$"):
        Transport(Connection("http://127.0.0.1:9"))
